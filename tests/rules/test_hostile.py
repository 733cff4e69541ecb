"""Rows made to do harm, or harmed themselves: each ends as data/hostile.csv says, and none of them touches another.

In that file ‹U+202E› stands for a character that cannot be seen; `cell` is the one that matters; `expected` is what the
page shows there, then the codes of what the row's author is told.
"""

from __future__ import annotations

import csv
import itertools
import re
from pathlib import Path
from time import process_time

import pytest
from conftest import SOUND, cells_of, copy_project, sheet, with_real_characters
from test_content import lines_of

from job.__main__ import main
from job.config import Config
from job.config_file import load_config
from job.content import MOST_CHARACTERS, content_fault
from job.model import ROLES, Verdict
from job.rules.judge import judge
from job.text import clean

HOSTILE = Path(__file__).parents[1] / "data" / "hostile.csv"


def _rows() -> list[dict[str, str]]:
    with HOSTILE.open(encoding="utf-8", newline="") as file:
        return [{name: with_real_characters(text) for name, text in cells.items()} for cells in csv.DictReader(file)]


ROWS = _rows()
CELLS = [{field: cells[field] for field in ROLES} | {"link_at": ""} for cells in ROWS]


@pytest.fixture(scope="module")
def verdict(config: Config) -> Verdict:
    """All of them in one sheet."""
    return judge(sheet(*CELLS, sheet_id="1AbC"), config)


def _outcome(verdict: Verdict, line: int) -> str:
    """What became of the row on this line, in the words of data/hostile.csv."""
    cells = ROWS[line - 2]
    codes = " ".join(dict.fromkeys(finding.code for finding in verdict.findings if finding.row == line))
    # In each row either the name or the address is its own.
    alone = "url" if cells["cell"] == "name" else "name"
    records = [record for record in cells_of(verdict.records) if cells[alone] and record[alone] == cells[alone]]
    if not records:
        return f"left out | {codes}" if codes else "passed over"
    (record,) = records
    text = record[cells["cell"]]
    shown = "shown as typed" if text == cells[cells["cell"]] else f"shown as {text}" if text else "shown empty"
    return f"{shown} | {codes}" if codes else shown


@pytest.mark.parametrize("line", range(2, len(ROWS) + 2), ids=[cells["attack"] for cells in ROWS])
def test_a_hostile_row_ends_as_expected(verdict: Verdict, line: int) -> None:
    assert _outcome(verdict, line) == ROWS[line - 2]["expected"]


@pytest.mark.parametrize("line", range(2, len(ROWS) + 2, 10))
def test_a_hostile_row_fares_the_same_alone(verdict: Verdict, config: Config, line: int) -> None:
    alone = judge(sheet(CELLS[line - 2], sheet_id="1AbC"), config)
    together = [finding.message for finding in verdict.findings if finding.row == line]
    assert [finding.message for finding in alone.findings] == together


@pytest.mark.parametrize("sign", ["@", "-"])
def test_a_cell_of_one_sign_is_judged_in_no_time(sign: str, config: Config) -> None:
    start = process_time()
    judge(sheet(*(SOUND | {"status": sign * (MOST_CHARACTERS - row)} for row in range(10))), config)
    assert process_time() - start < 1


def test_every_row_of_the_file_is_of_its_own_kind() -> None:
    assert len({cells["attack"] for cells in ROWS}) == len(ROWS) > 160


def test_no_secret_person_or_control_reaches_the_page_or_a_message(verdict: Verdict) -> None:
    everything = repr((verdict.findings, cells_of(verdict.records), verdict.broken))
    for telling in (
        "hunter2",
        "azerty42",
        "ghp_",
        "AKIA",
        "AIza",
        "eyJ",
        "BEGIN",
        "sig=",
        "apikey",
        "dupont",
        "12 34 56",
    ):
        assert telling not in everything
    for record in cells_of(verdict.records):
        assert [content_fault(text) for text in record.values()] == [""] * len(ROLES)
        assert all(text.isprintable() for text in record.values())


def everything_written_and_said(folder: Path, rows: list[dict[str, str]], capfd: pytest.CaptureFixture[str]) -> str:
    """Of a night with these rows: the page, the data, the report and all beside it, the outputs, the log."""
    titles = {column.field: column.title for column in load_config(copy_project(folder)).columns}
    with (folder / "sheet.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([titles[field] for field in ROLES])
        for cells in rows:  # a text file has neither half characters nor NUL; the others reach the job as they are
            writer.writerow([cells[field].encode("utf-8", "replace").decode().replace("\0", "") for field in ROLES])
    environ = {name: str(folder / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    arguments = ["--config", str(folder / "config.toml"), "--from", str(folder / "sheet.csv")]
    assert main(["sync", *arguments], environ) == 0
    written = [path for path in folder.rglob("*") if path.is_file() and path.name not in ("sheet.csv", "config.toml")]
    return "".join(capfd.readouterr()) + "".join(path.read_text(encoding="utf-8") for path in written)


def test_no_secret_or_person_typed_in_a_cell_is_repeated_in_any_file_or_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    private = {
        cells[cells["cell"]].strip()
        for cells in ROWS
        if re.search(r"\b(secret|coordonnees-personnelles|identifiants-dans-l-adresse)\b", cells["expected"])
    }
    said = everything_written_and_said(tmp_path, ROWS, capfd)
    assert len(private) >= 20
    assert {text for text in private if text in said} == set()


def test_no_text_of_the_lists_is_repeated_whatever_the_column(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    private = [*lines_of("secrets.txt"), *lines_of("people.txt")]
    fields = itertools.cycle(ROLES)
    rows = [SOUND | {"name": f"Jeu {n}"} | {next(fields): text} for n, text in enumerate(private)]
    said = everything_written_and_said(tmp_path, [*rows, SOUND | {"name": "Jeu"}], capfd)
    assert {text for text in private if clean(text) in said} == set()
