"""How fast the job is, and how that grows: `python tests/benchmark.py [--rows 100,1000,…]`.

Each size is a realistic sheet (spellings, gaps and mistakes in the proportions of tests/data/tableau.csv), run as a
whole process from CSV. Figures depend on the machine; ratios and growth are what to look at.
"""

from __future__ import annotations

import argparse
import csv
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "tests" / "data" / "tableau.csv"
IMPORTS = "import pandas, jinja2"


def write_sheet(path: Path, rows: int) -> None:
    """A CSV of that many rows: the example's under other names, with now and then a slip of the keyboard."""
    chance = random.Random(rows)  # noqa: S311  the same sheet every time
    with EXAMPLE.open(encoding="utf-8", newline="") as file:
        header, *real = csv.reader(file)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for number in range(rows):
            theme, category, name, producer, ministry, status, url = chance.choice(real)
            slip = chance.random()
            if slip < 0.01:
                status = status.replace("i", "", 1)
            elif slip < 0.03:
                name = f"  {name}\u00a0"
            elif slip < 0.05:
                producer = producer.upper()
            writer.writerow(
                [theme, category, f"{name} n° {number}", producer, ministry, status, f"{url.rstrip('/')}-{number}/"]
            )


def project_in(folder: Path) -> Path:
    """A copy of what the job needs to run, so that the repository's own page is left alone."""
    shutil.copy(ROOT / "config.toml", folder)
    shutil.copytree(ROOT / "templates", folder / "templates", dirs_exist_ok=True)
    return folder / "config.toml"


def measure(command: list[str]) -> tuple[float, float]:
    """Seconds and peak memory (MB) of a process."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # of the largest child so far: sizes must grow
    return seconds, peak / 1024


def start_up(times: int) -> None:
    """The example sheet against the bare import of what the job cannot do without."""
    with tempfile.TemporaryDirectory() as name:
        config = project_in(Path(name))
        job = [sys.executable, "-m", "job", "sync", "--from", str(EXAMPLE), "--config", str(config)]
        bare = [sys.executable, "-c", IMPORTS]
        measure(job), measure(bare)  # warm the file cache
        pairs = [(measure(job)[0], measure(bare)[0]) for _ in range(times)]
    whole, imports = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"97 rows {whole:.3f} s, {IMPORTS!r} {imports:.3f} s, ratio {whole / imports:.2f}")


def main() -> None:
    """Print the start-up ratio, then one line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="100,1000,10000,100000,1000000", help="sizes, in growing order")
    parser.add_argument("--times", type=int, default=9, help="repetitions of the start-up measure")
    options = parser.parse_args()
    start_up(options.times)
    print(f"{'rows':>9} {'seconds':>8} {'rows/s':>8} {'peak MB':>8}")
    for rows in map(int, options.rows.split(",")):
        with tempfile.TemporaryDirectory() as name:
            sheet = Path(name) / "sheet.csv"
            write_sheet(sheet, rows)
            config = project_in(Path(name))
            command = [sys.executable, "-m", "job", "sync", "--from", str(sheet), "--config", str(config)]
            seconds, peak = measure(command)
        print(f"{rows:9d} {seconds:8.2f} {rows / seconds:8.0f} {peak:8.0f}")


if __name__ == "__main__":
    main()
