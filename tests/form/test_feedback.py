"""The findings in the sheet itself: nights that follow one another, with people typing in between."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from datetime import date

import pytest
from conftest import EXAMPLE, PAGE, SharedSheet
from fake_google import READ_ONLY, READ_WRITE, SHEETS, FakeCell, FakeTab, cut, status

from job.config import Config
from job.form.feedback import _TITLES
from job.source.table import FEEDBACK_GID, FEEDBACK_TAB
from job.text import title_key

READ, WRITE = "GET", "POST"
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 3, day) for day in (2, 3, 4, 5))


@pytest.fixture
def nights(shared: SharedSheet) -> SharedSheet:
    """A sheet of ten sound rows, with the feedback on."""
    with EXAMPLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    sound = [row for row in rows if all(row)][:11]
    shared.google.spreadsheet.tabs = [FakeTab("Suivi", 0, sound)]
    shared.configure("enabled = false", "enabled = true")
    return shared


def table(nights: SharedSheet) -> tuple[list[str], list[list[str]]]:
    """The tab's introduction, and its findings without their hidden mark."""
    tab = next(tab for tab in nights.google.spreadsheet.tabs if tab.gid == FEEDBACK_GID)
    rows = [[cell.text if isinstance(cell, FakeCell) else cell for cell in cells] for cells in tab.rows]
    title = rows.index(_TITLES)
    return [cells[0] for cells in rows[:title]], [cells[:8] for cells in rows[title + 1 :] if any(cells)]


def dates(nights: SharedSheet) -> dict[str, str]:
    """Cell → since when it is told to be wrong."""
    return {cells[1]: cells[7] for cells in table(nights)[1]}


def break_three_rows(nights: SharedSheet) -> None:
    sheet = nights.tab("Suivi")
    sheet.type_text(3, 5, "Diponible")
    sheet.type_text(5, 4, "")
    sheet.type_text(7, 6, '=HYPERLINK("javascript:alert(1)")')


def test_a_night_without_findings_says_so_and_the_next_one_writes_nothing(nights: SharedSheet) -> None:
    assert nights.run("sync", today=MONDAY)[0] == 0
    assert (nights.calls, nights.google.scopes) == ([READ, WRITE], [READ_WRITE])
    assert table(nights) == (
        [
            "Contrôle automatique",
            "Sur la page ou en attente de relecture : 10 jeux de données, dans 6 catégories sur 66.",
            "Rien à corriger, merci !",
            "Le contrôle est fait chaque nuit ; cet onglet n'est réécrit que s'il change.",
            "N'y tapez rien : corrigez la case elle-même, et sa ligne disparaîtra d'ici à la nuit prochaine.",
        ],
        [],
    )
    page = (nights.folder / PAGE).read_bytes()
    nights.tab(FEEDBACK_TAB).type_text(0, 3, " ")  # a blank beside the text changes nothing
    for day in (TUESDAY, WEDNESDAY):
        assert nights.run("sync", today=day)[0] == 0
        assert nights.calls == [READ]
    assert (nights.folder / PAGE).read_bytes() == page


def test_the_tab_follows_rows_that_are_broken_then_repaired(nights: SharedSheet) -> None:
    sound = [list(map(str, cells)) for cells in nights.tab("Suivi").rows]
    nights.run("sync", today=MONDAY)
    break_three_rows(nights)
    typed = [list(cells) for cells in nights.tab("Suivi").rows]

    nights.run("sync", today=TUESDAY)
    assert nights.calls == [READ, WRITE]
    introduction, findings = table(nights)
    assert introduction[2] == "1 point bloquant, 2 points à corriger : la case à corriger est dans la colonne « Où »."
    assert [finding[:5] for finding in findings] == [
        ["bloquant", "F4", sound[3][4], sound[3][2], "Statut"],
        ["à corriger", "G8", sound[7][4], sound[7][2], "URL"],
        ["à corriger", "E6", "Ministère à préciser", sound[5][2], "Ministère de tutelle"],
    ]
    assert [text.replace("\u00a0", " ") for text in findings[0][5:]] == [
        "« Diponible » : ce statut n'existe pas.",
        "Vouliez-vous dire « Disponible » ?",
        "03/03/2026",
    ]
    assert nights.tab("Suivi").rows == typed  # nothing else is written

    nights.run("sync", today=WEDNESDAY)
    assert nights.calls == [READ]  # the same findings: not a word to change

    nights.tab("Suivi").type_text(3, 5, sound[3][5])
    nights.tab("Suivi").type_text(2, 3, "")
    nights.run("sync", today=THURSDAY)
    assert nights.calls == [READ, WRITE]
    assert dates(nights) == {"D3": "05/03/2026", "G8": "03/03/2026", "E6": "03/03/2026"}

    nights.tab("Suivi").rows = sound
    nights.run("sync", today=date(2026, 3, 6))
    assert (nights.calls, table(nights)[1]) == ([READ, WRITE], [])


def test_a_finding_is_new_on_its_first_day_only(nights: SharedSheet) -> None:
    break_three_rows(nights)
    told = []
    for day in (MONDAY, TUESDAY):
        nights.run("sync", today=day)
        paths = [nights.folder / "build/report.md", *sorted((nights.folder / "build/ministries").iterdir())]
        text = "".join(path.read_text(encoding="utf-8") for path in paths)
        told.append((text.count("(nouveau)"), text.count("(depuis le 02/03/2026)")))
    assert told == [(6, 0), (0, 6)]  # three findings, each in the report and in a digest


def test_what_asks_for_nothing_stays_out_of_the_tab(nights: SharedSheet) -> None:
    nights.tab("Suivi").type_text(3, 5, "en ligne")
    nights.google.spreadsheet.tabs = [*nights.google.spreadsheet.tabs, FakeTab("Contacts", 5, [["Nom", "Téléphone"]])]
    nights.run("sync")
    assert table(nights)[1] == []
    assert "Contacts" in (nights.folder / "build/findings.csv").read_text(encoding="utf-8")


def test_the_tab_can_be_filtered_and_leads_to_the_cell(nights: SharedSheet) -> None:
    break_three_rows(nights)
    nights.run("sync")
    tab = nights.tab(FEEDBACK_TAB)
    assert (tab.gid, tab.frozen_rows, tab.row_count, tab.column_count) == (FEEDBACK_GID, 6, 10, 9)
    assert tab.basic_filter == {"range": {"sheetId": FEEDBACK_GID, "startRowIndex": 5, "endRowIndex": 9}}
    assert tab.extra[6, 1]["textFormatRuns"] == [
        {"format": {"link": {"uri": "https://docs.google.com/spreadsheets/d/1AbC/edit#gid=0&range=F4"}}}
    ]
    assert tab.columns[8] == {"pixelSize": 100, "hiddenByUser": True}
    assert [protected["warningOnly"] for protected in tab.owned["protectedRanges"]] == [True]


def test_of_several_tabs_each_place_says_which(nights: SharedSheet) -> None:
    titles, *rows = nights.tab("Suivi").rows
    nights.google.spreadsheet.tabs = [
        FakeTab("MTE", 1, [titles, *rows[:5]]),
        FakeTab("Culture", 2, [titles, *rows[5:]]),
    ]
    nights.tab("Culture").type_text(1, 3, "")
    nights.run("sync")
    assert list(dates(nights)) == ["D2 (Culture)"]


@pytest.mark.parametrize(
    "meddle",
    [
        pytest.param(lambda tab: random.Random(7).shuffle(tab.rows), id="sorted"),  # noqa: S311  any order will do
        pytest.param(lambda tab: tab.rows.reverse(), id="upside down"),
        pytest.param(lambda tab: [cells.insert(0, "✔") for cells in tab.rows], id="a column added"),
        pytest.param(lambda tab: [cells.insert(8, "vu") for cells in tab.rows if len(cells) > 8], id="answers beside"),
        pytest.param(lambda tab: tab.type_text(7, 5, "C'est fait !"), id="edited"),
        pytest.param(lambda tab: setattr(tab, "title", "Erreurs"), id="renamed"),
        pytest.param(lambda tab: setattr(tab, "hidden", True), id="hidden"),
        pytest.param(lambda tab: setattr(tab, "filtered_rows", frozenset({6, 7})), id="filtered"),
    ],
)
def test_whatever_an_editor_does_to_the_tab_dates_are_kept(
    nights: SharedSheet, meddle: Callable[[FakeTab], object]
) -> None:
    break_three_rows(nights)
    nights.run("sync", today=MONDAY)
    meddle(nights.tab(FEEDBACK_TAB))
    nights.tab("Suivi").type_text(1, 3, "")
    assert nights.run("sync", today=TUESDAY)[0] == 0
    assert nights.calls == [READ, WRITE]
    assert dates(nights) == {"D2": "03/03/2026", "F4": "02/03/2026", "G8": "02/03/2026", "E6": "02/03/2026"}
    assert nights.run("sync", today=WEDNESDAY)[0] == 0
    assert nights.calls == [READ]


@pytest.mark.parametrize("name", ["01/01/2001", "0123456789ab", "Contrôle automatique"])
def test_a_dataset_named_like_what_the_job_writes_changes_no_date(nights: SharedSheet, name: str) -> None:
    nights.tab("Suivi").type_text(3, 2, name)
    break_three_rows(nights)
    nights.run("sync", today=MONDAY)
    nights.run("sync", today=TUESDAY)
    assert nights.calls == [READ]
    assert set(dates(nights).values()) == {"02/03/2026"}


@pytest.mark.parametrize("nonsense", ["", "toujours", "99/99/2026", "01/01/2099"])
def test_a_date_that_makes_no_sense_starts_anew(nights: SharedSheet, nonsense: str) -> None:
    break_three_rows(nights)
    nights.run("sync", today=MONDAY)
    nights.tab(FEEDBACK_TAB).type_text(6, 7, nonsense)
    nights.run("sync", today=TUESDAY)
    assert dates(nights) == {"F4": "03/03/2026", "G8": "02/03/2026", "E6": "02/03/2026"}


def test_a_tab_that_was_deleted_comes_back_and_starts_anew(nights: SharedSheet) -> None:
    break_three_rows(nights)
    nights.run("sync", today=MONDAY)
    nights.google.spreadsheet.tabs = [nights.tab("Suivi")]
    assert nights.run("sync", today=TUESDAY)[0] == 0
    assert set(dates(nights).values()) == {"03/03/2026"}


def test_a_row_that_moves_keeps_its_date(nights: SharedSheet) -> None:
    break_three_rows(nights)
    nights.run("sync", today=MONDAY)
    titles, *rows = nights.tab("Suivi").rows
    nights.tab("Suivi").rows = [titles, *reversed(rows)]
    nights.run("sync", today=TUESDAY)
    assert dates(nights) == {"F9": "02/03/2026", "G5": "02/03/2026", "E7": "02/03/2026"}


def test_links_follow_a_tab_that_was_replaced_by_its_copy(nights: SharedSheet) -> None:
    break_three_rows(nights)
    nights.run("sync", today=MONDAY)
    nights.tab("Suivi").gid = 7
    nights.run("sync", today=TUESDAY)
    assert nights.tab(FEEDBACK_TAB).extra[6, 1]["textFormatRuns"][0]["format"]["link"]["uri"].endswith("gid=7&range=F4")
    assert set(dates(nights).values()) == {"02/03/2026"}


def test_a_copy_of_the_tab_is_no_table(nights: SharedSheet, config: Config) -> None:
    break_three_rows(nights)
    nights.run("sync", today=MONDAY)
    copied = FakeTab("Les erreurs", 77, nights.tab(FEEDBACK_TAB).rows)
    nights.google.spreadsheet.tabs = [*nights.google.spreadsheet.tabs, copied]
    code, out, _ = nights.run("sync", today=TUESDAY)
    assert (code, out.splitlines()[0]) == (0, "10 lignes lues")
    assert not config.titles.keys() & set(map(title_key, _TITLES))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda google: google.editors.clear(), "Écriture refusée dans la feuille 1AbC."),
        (lambda google: google.next(SHEETS, None, status(500)), "Google est en panne, ou sa réponse est illisible."),
        (lambda google: google.next(SHEETS, None, cut), "Google est en panne, ou sa réponse est illisible."),
    ],
)
def test_a_tab_that_cannot_be_written_holds_nothing_back(
    nights: SharedSheet, spoil: Callable[[object], object], sentence: str
) -> None:
    spoil(nights.google)
    code, out, err = nights.run("sync")
    assert (code, err, nights.calls) == (0, "", [READ, WRITE])
    assert f"Le contrôle n'a pas pu être écrit dans le tableau : {sentence}" in out
    assert "Adresses" in (nights.folder / PAGE).read_text(encoding="utf-8")
    assert [tab.title for tab in nights.google.spreadsheet.tabs] == ["Suivi"]


def test_a_night_that_is_refused_leaves_the_tab_as_it_was(nights: SharedSheet) -> None:
    nights.run("sync", today=MONDAY)
    nights.tab("Suivi").rows = nights.tab("Suivi").rows[:1]
    assert nights.run("sync", today=TUESDAY)[0] == 3
    assert nights.calls == [READ]


@pytest.mark.parametrize(
    ("command", "enabled", "calls", "news"),
    [
        pytest.param(["--check"], "true", [READ], 3, id="a check reads the dates and writes nothing"),
        pytest.param([], "false", [READ], 0, id="off: nothing is written nor dated"),
        pytest.param(["--from", str(EXAMPLE)], "true", [], 0, id="a CSV export has no dates"),
    ],
)
def test_some_nights_write_nothing(
    nights: SharedSheet, command: list[str], enabled: str, calls: list[str], news: int
) -> None:
    nights.configure("enabled = true", f"enabled = {enabled}")
    break_three_rows(nights)
    assert nights.run("sync", *command)[0] == 0
    assert (nights.calls, set(nights.google.scopes) <= {READ_ONLY}) == (calls, True)
    assert (nights.folder / "build/report.md").read_text(encoding="utf-8").count("(nouveau)") == news


def test_what_is_typed_never_becomes_a_formula(nights: SharedSheet) -> None:
    for column in (2, 5, 6):
        nights.tab("Suivi").type_text(4, column, "=IMPORTXML(1;2)")
    nights.run("sync")
    (sent,) = [seen.body.decode() for seen in nights.google.seen if seen.method == WRITE and seen.host == SHEETS]
    assert "IMPORTXML" in sent
    assert "formulaValue" not in sent
