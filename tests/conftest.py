"""What the tests share: a frozen configuration, sheets made of a few rows, and profiles for Hypothesis."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fake_google import ROBOT, SHEETS, FakeGoogle, FakeSpreadsheet, FakeTab
from hypothesis import Phase, settings

from job.__main__ import main
from job.config import Config
from job.config_file import load_config
from job.model import ROLES, SHEET_ADDRESS, Record, Snapshot, Tab

ROOT = Path(__file__).parents[1]

# The same examples on every machine: a failure in CI is a failure here.
settings.register_profile(
    "reproducible",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=80,
    phases=set(Phase) - {Phase.explain},
)
settings.register_profile("fast", settings.get_profile("reproducible"), max_examples=20)


def pytest_configure(config: pytest.Config) -> None:
    """`make fast` looks at a quarter of the examples; `make test` at all."""
    settings.load_profile("fast" if config.option.markexpr == "not slow" else "reproducible")


def examples(count: int) -> settings:
    """As many examples as that, a quarter of them in `make fast`."""
    return settings(max_examples=count // 4 if settings.get_current_profile_name() == "fast" else count)


FROZEN = ROOT / "tests" / "data" / "config.toml"


def copy_project(folder: Path) -> Path:
    """What an operator owns, copied there: the frozen configuration, whose path you get, and the templates."""
    shutil.copytree(ROOT / "templates", folder / "templates")
    return Path(shutil.copy(FROZEN, folder / "config.toml"))


def replace_once(path: Path, old: str, new: str) -> None:
    """Write a file again with the first `old`, which it must have, replaced."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def with_real_characters(text: str) -> str:
    """The text of a test file, in which ‹U+000A› stands for that character."""
    return re.sub("‹U\\+([0-9A-F]+)›", lambda code: chr(int(code[1], 16)), text)


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The configuration as it was once: a new category in config.toml changes no test.

    Make it anew (`cp config.toml tests/data/`) when a test needs what the real one now says.
    """
    return load_config(copy_project(tmp_path_factory.mktemp("frozen")))


@pytest.fixture(scope="session")
def live() -> Config:
    """The repository's own configuration, for the few facts that hold whatever is added to it."""
    return load_config(ROOT / "config.toml")


# A row nobody has anything to say about. It stands in columns A to G, in this order.
SOUND = {
    "theme": "Données géospatiales",
    "category": "Adresses",
    "name": "Base Adresse Nationale",
    "producer": "IGN",
    "ministry": "Ministère de la Transition écologique et de la Cohésion des territoires",
    "status": "Disponible",
    "url": "https://adresse.data.gouv.fr/donnees-nationales",
    "link_at": "",
}
SOUND_RECORD = Record(*(SOUND[field] for field in ROLES))  # type: ignore[arg-type]  # `extra` keeps its default
BLANK = dict.fromkeys(SOUND, "")
LETTERS = dict(zip(ROLES, "ABCDEFG", strict=True))


def row(**cells: str) -> dict[str, str]:
    """A sound row, but for these cells."""
    return SOUND | cells


def sheet(*rows: Mapping[str, str], columns: Mapping[str, str] = LETTERS, sheet_id: str = "") -> Snapshot:
    """A sheet of one tab with these rows from line 2 on; with an identifier it is a Google Sheet, else a CSV file."""
    return sheet_of_tabs({"Suivi": rows}, columns=columns, sheet_id=sheet_id)


def sheet_of_tabs(
    tabs: Mapping[str, tuple[Mapping[str, str], ...]], *, columns: Mapping[str, str] = LETTERS, sheet_id: str = ""
) -> Snapshot:
    """A sheet with several tabs, numbered from gid 10."""
    cells: list[dict[str, Any]] = [
        {"tab": tab, "row": line, **cells}
        for tab, rows in enumerate(tabs.values())
        for line, cells in enumerate(rows, start=2)
    ]
    frame = pd.DataFrame(
        {
            name: pd.Series([cell[name] for cell in cells], dtype="int64" if name in ("tab", "row") else "object")
            for name in (cells[0] if cells else ("tab", "row", *SOUND))
        }
    )
    sheet = sheet_id and SHEET_ADDRESS.format(sheet_id)
    titles = tuple(
        Tab(title, number, sheet and f"{sheet}#gid={number + 9}", columns) for number, title in enumerate(tabs, start=1)
    )
    return Snapshot("Suivi HVD", sheet, titles, frame, ())


TITLES = ("Thématique", "Catégorie", "Nom du jeu de données", "Producteur", "Ministère de tutelle", "Statut", "URL")


def lines(*names: str) -> list[list[str]]:
    """Lines of a sheet, one for each dataset; each has an address of its own."""
    rows = (row(name=name, url=f"https://exemple.fr/{number}") for number, name in enumerate(names))
    return [[each[field] for field in ROLES] for each in rows]


def cells_of(records: Iterable[Record]) -> list[dict[str, str]]:
    """The records as plain dictionaries, of the columns that every list has."""
    return [{field: getattr(record, field) for field in ROLES} for record in records]


class SharedSheet:
    """A project whose sheet stands on the fake Google, and the job run on it by its command line."""

    def __init__(self, folder: Path, google: FakeGoogle, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.google = google
        self.capsys = capsys

    def run(self, command: str, *arguments: str | Path, today: date = date(2026, 3, 2)) -> tuple[int, str, str]:
        """Exit code, standard output, standard error; the calls to Google are counted anew."""
        self.google.seen.clear()
        code = main([command, "--config", str(self.folder / "config.toml"), *map(str, arguments)], {}, lambda: today)
        out, err = self.capsys.readouterr()
        return code, out, err

    @property
    def calls(self) -> list[str]:
        """What the last command asked of the sheet."""
        return [seen.partition(" ")[0] for seen in self.google.calls(SHEETS)]

    def configure(self, old: str, new: str) -> None:
        replace_once(self.folder / "config.toml", old, new)

    def tab(self, title: str) -> FakeTab:
        return next(tab for tab in self.google.spreadsheet.tabs if tab.title == title)


@pytest.fixture
def shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[SharedSheet]:
    """A brand-new spreadsheet, shared with the robot as an editor."""
    copy_project(tmp_path)
    with FakeGoogle(FakeSpreadsheet("1AbC", "Suivi HVD", [FakeTab("Feuille 1", 0, row_count=120)])) as google:
        google.editors.add(ROBOT)
        for name, value in google.environment.items():
            monkeypatch.setenv(name, value)
        sheet = SharedSheet(tmp_path, google, capsys)
        sheet.configure('id = ""', 'id = "1AbC"')
        yield sheet
        assert google.refusals == []


# --- the command line --------------------------------------------------------------------------------------------

EXAMPLE = ROOT / "tests" / "data" / "tableau.csv"
PAGE, DATA = "site/liste_donnees_forte-valeur.md", "site/public/donnees-de-forte-valeur.csv"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what an operator owns: configuration, templates, the published page."""
    copy_project(tmp_path)
    return tmp_path


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on that copy: exit code, standard output, standard error."""

    def run(command: str, *arguments: str | Path, environ: Mapping[str, str] | None = None) -> tuple[int, str, str]:
        code = main([command, "--config", str(project / "config.toml"), *map(str, arguments)], environ or {})
        out, err = capsys.readouterr()
        return code, out, err

    return run


def contents(project: Path) -> dict[str, bytes]:
    return {str(path.relative_to(project)): path.read_bytes() for path in project.rglob("*") if path.is_file()}


def edited(project: Path, edit: Callable[[list[list[str]]], Iterable[list[str]]]) -> Path:
    """The example, edited."""
    with EXAMPLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    out = io.StringIO()
    csv.writer(out).writerows(edit(rows))
    path = project / "edited.csv"
    path.write_text(out.getvalue(), encoding="utf-8")
    return path
