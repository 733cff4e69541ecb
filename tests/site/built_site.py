"""The site as a user builds it, from pages that the job itself writes: shared by the tests of this folder."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import pytest
from conftest import FROZEN, copy_project, with_real_characters

from job.__main__ import main
from job.config import Config
from job.model import ROLES
from job.output.escape import escape_csv, unescape_csv

ROOT = Path(__file__).parents[2]
SITE = ROOT / "site"
TITLES = ("thematique", "categorie", "nom", "producteur", "ministere", "statut", "adresse")
PAGE = "liste_donnees_forte-valeur"
DATA = "donnees-de-forte-valeur"
UNKNOWN = "Non renseigné"  # what the page shows for an empty producer or ministry


def leave_out(reason: str, variable: str) -> NoReturn:
    """The test is skipped, or fails where the environment requires it."""
    if os.environ.get(variable) == "1":
        pytest.fail(f"{variable}=1, but {reason}", pytrace=False)
    pytest.skip(f"left out: {reason}")


def sheet_of_hostile_rows(path: Path, config: Config) -> Path:
    """The rows of data/hostile.csv as a CSV export of one sheet, but for what no text file can hold."""
    lines = (ROOT / "tests" / "data" / "hostile.csv").read_text(encoding="utf-8").splitlines()
    rows = [[with_real_characters(row[field]).replace("\0", "") for field in ROLES] for row in csv.DictReader(lines)]
    with path.open("w", encoding="utf-8", newline="", errors="replace") as file:
        csv.writer(file).writerows([[config.title(field) for field in ROLES], *rows])
    return path


class Project:
    """A copy of site/ in which the job publishes, and which VitePress then builds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = folder / "site"
        if shutil.which("node") is None:
            leave_out("Node is not installed", "REQUIRE_VITEPRESS")
        if not (SITE / "node_modules" / "vitepress").is_dir():
            leave_out("VitePress is not installed (run `npm ci` in site/)", "REQUIRE_VITEPRESS")
        kept_apart = shutil.ignore_patterns("node_modules", "cache", "dist", "public", "*.csv", f"{PAGE}.md")
        shutil.copytree(SITE, self.site, ignore=kept_apart)
        (self.site / "node_modules").symlink_to(SITE / "node_modules")
        copy_project(folder)

    def run(self, *arguments: str | Path, page: str, data: str, on_page: Iterable[str] = ()) -> None:
        """The job, publishing this page and these data. `on_page`: further columns that the page shows."""
        config = FROZEN.read_text(encoding="utf-8")
        for key, path in {"page": f"site/{page}.md", "data": f"site/public/{data}.csv"}.items():
            config, count = re.subn(rf'(?m)^{key} = "[^"]*"', f'{key} = "{path}"', config)
            assert count == 1
        for field in on_page:
            config = config.replace(f'field = "{field}"', f'field = "{field}"\non_page = true')
        (self.folder / "config.toml").write_text(config, encoding="utf-8")
        assert main([*map(str, arguments), "--config", str(self.folder / "config.toml")], {}) == 0

    def publish(self, sheet: Path, page: str = PAGE, data: str = DATA) -> list[tuple[str, ...]]:
        """The rows that the job publishes from this CSV export, in the order of the page."""
        self.run("sync", "--from", sheet, page=page, data=data)
        return self.published(data)

    def render(self, rows: Iterable[tuple[str, ...]], name: str) -> None:
        """The page of rows that could not all come from a sheet, as if they had been published."""
        self.run("sync", "--from", ROOT / "tests" / "data" / "tableau.csv", page=name, data=name)
        path = self.site / "public" / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            titles = next(csv.reader(file))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerow(titles)
            writer.writerows([*map(escape_csv, row), *("" for _ in titles[len(row) :])] for row in rows)
        self.run("render", page=name, data=name)

    def published(self, data: str = DATA) -> list[tuple[str, ...]]:
        """The rows of a published CSV, in the columns TITLES."""
        with (self.site / "public" / f"{data}.csv").open(encoding="utf-8", newline="") as file:
            return [tuple(unescape_csv(row[title]) for title in TITLES) for row in csv.DictReader(file)]

    def build(self, out: Path, base: str = "/") -> None:
        """The site, built as `npm run build` does."""
        built = subprocess.run(
            ["node", "node_modules/vitepress/bin/vitepress.js", "build", "--outDir", str(out)],
            cwd=self.site,
            env=os.environ | {"BASE": base},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert built.returncode == 0, f"vitepress build failed:\n{built.stdout[-3000:]}\n{built.stderr[-3000:]}"
