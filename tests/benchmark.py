"""How fast the job is, and how that grows: `python tests/benchmark.py [--rows 100,1000,…]`.

Each size is a realistic sheet (spellings, gaps and mistakes in the proportions of tests/data/tableau.csv), run as a
whole process from CSV, and again after one change. Figures depend on the machine; look at ratios and growth.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from job.config import Config  # noqa: E402  found next to this file, whatever is installed
from job.config_file import load_config  # noqa: E402

CLOSED = ("theme", "category", "status", "ministry")
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


def package_of(sheet: Path, config: Config) -> Path:
    """What tells a general validator the constraints that the rules hold a sheet to, as far as it knows them."""
    fields = [
        {
            "name": column.title,
            "type": "string",
            "format": "uri" if column.field == "url" else "default",
            "constraints": {
                "required": column.field != "url",
                **({"enum": list(config.labels(column.field))} if column.field in CLOSED else {}),
                **({"maxLength": config.limits.name} if column.field == "name" else {}),
            },
        }
        for column in config.new_sheet_columns
    ]
    schema = {"fields": fields, "primaryKey": [config.title(field) for field in ("category", "name", "producer")]}
    package = sheet.with_name("datapackage.json")
    package.write_text(json.dumps({"resources": [{"name": "sheet", "path": sheet.name, "schema": schema}]}))
    return package


def measure(command: list[str], codes: tuple[int, ...] = (0,)) -> tuple[float, float]:
    """Seconds of processor time (user and system) and peak memory (MB) of a process."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in codes:
        raise SystemExit(f"{' '.join(command)} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def night(sheet: Path, config: Path) -> list[str]:
    return [sys.executable, "-m", "job", "sync", "--from", str(sheet), "--config", str(config)]


def start_up(times: int) -> None:
    """The example sheet against the bare import of what the job cannot do without."""
    with tempfile.TemporaryDirectory() as name:
        job, bare = night(EXAMPLE, project_in(Path(name))), [sys.executable, "-c", IMPORTS]
        measure(job), measure(bare)  # warm the file cache
        pairs = [(measure(job)[0], measure(bare)[0]) for _ in range(times)]
    whole, imports = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"97 rows {whole:.3f} s, {IMPORTS!r} {imports:.3f} s, ratio {whole / imports:.2f}")


def two_nights(rows: int) -> None:
    """A first night, a second one after a single change, and a general validator on the same sheet."""
    with tempfile.TemporaryDirectory() as name:
        sheet, config = Path(name) / "sheet.csv", project_in(Path(name))
        write_sheet(sheet, rows)
        first, peak = measure(night(sheet, config))
        package = package_of(sheet, load_config(config))
        validate = [
            sys.executable,
            "-m",
            "frictionless",
            "validate",
            str(package),
            "--trusted",
            "--limit-errors=1000000",
        ]
        (printed, _), (validator, _) = measure(validate, (0, 1)), measure([*validate, "--json"], (0, 1))
        sheet.write_text(sheet.read_text(encoding="utf-8").replace(" n° 7", " n° sept", 1), encoding="utf-8")
        second, peak_again = measure(night(sheet, config))
    print(
        f"{rows:9d} {first:8.2f} {rows / first:8.0f} {peak:8.0f} {second:8.2f} {peak_again:8.0f}"
        f" {second / first:8.2f} {first / validator:8.2f} {first / printed:8.2f}"
    )


def main() -> None:
    """Print the start-up ratio, then one line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="100,1000,10000,100000", help="sizes")
    parser.add_argument("--times", type=int, default=9, help="repetitions of the start-up measure")
    options = parser.parse_args()
    start_up(options.times)
    print("     rows  seconds   rows/s  peak MB   second  peak MB  / first  / frictionless, and its table")
    for rows in map(int, options.rows.split(",")):
        two_nights(rows)


if __name__ == "__main__":
    main()
