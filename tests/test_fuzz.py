"""Whatever comes in: no traceback, no lost row, the same bytes for the same rows, and no news on reading them again."""

from __future__ import annotations

import csv
import io
import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from conftest import sheet as sheet_of
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from test_sheet import config_of

from job import compare, render, sheet
from job.config import Config, SheetConfig
from job.model import FIELDS, RECORD_COLUMNS, JobError, no_rows, records_in
from job.text import clean, fold
from job.validate import Validation, in_page_order, validate

TOGETHER = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # each example writes its own file anew

# What stands between neat and mad: known labels, in every dress, among anything at all.
DRESSED: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    lambda text: f"  {text}\u00a0",
    lambda text: text.replace("'", "’"),
    lambda text: text.replace(" ", "\n", 1),
    lambda text: f"\u200b{text}",
)
ANYTHING = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=25)
NASTY = st.sampled_from(
    ["#REF!", "=1+1", "A venir", "Total", "{{ x.y }}", "ghp_" + "0" * 30, "a" * 400, "https://x.fr/a"]
)


def cell(labels: list[str]) -> st.SearchStrategy[str]:
    dressed = st.builds(lambda dress, label: dress(label), st.sampled_from(DRESSED), st.sampled_from(labels))
    return st.one_of(dressed, dressed, ANYTHING, NASTY, st.just(""))


@st.composite
def sheets(draw: st.DrawFn, config: Config) -> tuple[list[str], list[list[str]]]:
    """A header in any order and spelling, perhaps with strangers in it, and ragged rows."""
    order = draw(st.permutations(config.columns))
    lists = {
        "theme": [theme.label for theme in config.themes],
        "category": [*config.theme_of][:3],  # few, so that rows meet
        "name": ["Cadastre", "Sols", "BD Topo"],
        "producer": ["IGN", "Insee"],
        "ministry": [ministry.label for ministry in config.ministries],
        "status": [status.label for status in config.statuses],
        "url": ["https://www.data.gouv.fr/fr/datasets/x/", "https://x.fr/a?b=1&c=2"],
    }
    header = [draw(st.sampled_from(DRESSED))(draw(st.sampled_from([it.title, *it.aliases]))) for it in order]
    header += draw(st.lists(st.sampled_from(["Commentaire", "", "Suivi par"]), max_size=2, unique=True))
    rows = draw(st.lists(st.tuples(*(cell(lists[column.field]) for column in order)).map(list), max_size=12))
    ragged = draw(st.integers(0, len(header)))
    return header, [row[: max(4, ragged)] if number % 3 else row for number, row in enumerate(rows)]


def read(folder: Path, header: list[str], rows: list[list[str]], config: Config) -> Validation:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    (folder / "sheet.csv").write_text(text.getvalue(), encoding="utf-8")
    return validate(sheet.read_csv(folder / "sheet.csv", config), config)


@settings(TOGETHER, max_examples=50)
@given(data=st.data())
def test_any_sheet_is_published_whole_in_any_order_and_reads_back(
    data: st.DataObject, config: Config, tmp_path: Path
) -> None:
    header, rows = data.draw(sheets(config))
    found = read(tmp_path, header, rows, config)
    page, published = render.render_page(found.records, config), render.render_data(found.records, config)

    mixed = random.Random(1).sample(rows, len(rows))  # noqa: S311  an order like another
    again = read(tmp_path, header, mixed, config)
    assert render.render_page(again.records, config) == page
    assert render.render_data(again.records, config) == published

    back = in_page_order(render.parse_data(published.decode(), "data"), config)
    assert render.render_page(back, config) == page

    assert lost(rows, column_of("name", header, config), len(config.columns), 2, found, config) == []

    title = {column.field: column.title for column in config.columns}
    records = [list(record) for record in found.records.itertuples(index=False, name=None)]
    second = read(tmp_path, [title[field] for field in FIELDS], records, config)
    news = {finding.code for finding in second.findings} - {finding.code for finding in found.findings}
    assert news <= {"statut-vide", "producteur-vide", "ministere-vide", "adresse-manquante"}
    assert render.render_page(second.records, config) == page


def column_of(field: str, header: list[str], config: Config) -> int:
    names = {fold(name) for it in config.columns if it.field == field for name in (it.title, *it.aliases)}
    return next(place for place, title in enumerate(header) if fold(clean(title)) in names)


def lost(
    rows: list[list[str]], name_at: int, width: int, first: int, found: Validation, config: Config
) -> list[tuple[int, list[str]]]:
    """The rows that hold something, but are neither published, nor told to be left out, nor rows to come."""
    published = set(found.records["name"])
    told = {finding.row for finding in found.findings if finding.severity == "bloquant"}
    missing = []
    for number, row in enumerate(rows, start=first):
        name = clean(row[name_at]) if len(row) > name_at else ""
        says_nothing = {fold(clean(text)) for text in row[:width]} <= {"", fold(config.placeholder)}
        to_come = says_nothing or fold(name) == fold(config.placeholder)
        if not (to_come or number in told or name in published):
            missing.append((number, row))
    return missing


# What Google says of a cell besides its text; all of it may come with any text.
EXTRAS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {},
        {},
        {"effectiveValue": {"numberValue": 12.5}},
        {"effectiveValue": {"boolValue": True}, "userEnteredValue": {"boolValue": True}},
        {"effectiveValue": {"errorValue": {"type": "N_A"}}},
        {"effectiveValue": {"errorValue": {"type": "LOADING", "message": "…"}}},
        {"hyperlink": "https://www.data.gouv.fr/fr/datasets/lien/"},
        {"hyperlink": "javascript:alert(1)"},
        {"textFormatRuns": [{"format": {}}, {"startIndex": 1, "format": {"link": {"uri": "https://x.fr/"}}}]},
        {"chipRuns": [{"chip": {"richLinkProperties": {"uri": "https://x.fr/puce"}}}, {"startIndex": 3}]},
        {"note": "une note", "userEnteredFormat": {"numberFormat": {"type": "DATE"}}},
    ]
)


@settings(max_examples=40)
@given(data=st.data())
def test_any_sheet_of_googles_is_published_whole_in_any_order(data: st.DataObject, config: Config) -> None:
    with_id = replace(config, sheet=SheetConfig("1AbC", ()))
    header, rows = data.draw(sheets(config))
    preamble = data.draw(st.lists(st.sampled_from([[], ["Suivi"], ["", "Merci de remplir", "2026"]]), max_size=9))
    extras = data.draw(st.lists(st.lists(EXTRAS, min_size=9, max_size=9), min_size=len(rows), max_size=len(rows)))
    hidden = data.draw(st.lists(st.booleans(), max_size=15))

    def fetch(order: list[int]) -> Validation:
        cells: list[list[dict[str, Any]]] = [
            [{"formattedValue": text} if text else {} for text in row] for row in [*preamble, header]
        ]
        for place in order:
            dressed = zip(rows[place], extras[place], strict=False)
            cells.append([({"formattedValue": text} if text else {}) | extra for text, extra in dressed])
        segment = {
            "rowData": [{"values": row} if row else {} for row in cells],
            "rowMetadata": [{"hiddenByUser": True} if it else {} for it in hidden],
        }
        tab = {"properties": {"sheetId": 7, "title": "Suivi", "sheetType": "GRID"}, "data": [segment]}
        answer = {"properties": {"title": "HVD"}, "sheets": [tab]}
        return validate(sheet.fetch_snapshot(Answer(answer), with_id), with_id)  # type: ignore[arg-type]

    found = fetch([*range(len(rows))])
    again = fetch(random.Random(1).sample(range(len(rows)), len(rows)))  # noqa: S311  an order like another
    assert render.render_data(again.records, config) == render.render_data(found.records, config)
    assert render.render_page(again.records, config) == render.render_page(found.records, config)
    # A formula's error stands for whatever text came with it.
    shown = [
        [
            "#N/A" if "errorValue" in extra.get("effectiveValue", {}) else text
            for text, extra in zip(*both, strict=False)
        ]
        for both in zip(rows, extras, strict=True)
    ]
    first = len(preamble) + 2
    assert lost(shown, column_of("name", header, config), len(config.columns), first, found, config) == []


@st.composite
def nights(draw: st.DrawFn, config: Config) -> list[list[dict[str, str]]]:
    """The rows of a sheet, night after night, as ministries and accidents edit them."""
    labels = [*config.theme_of][:4]
    sound = st.fixed_dictionaries(
        {
            "category": st.sampled_from(labels),
            "name": st.sampled_from([f"Jeu {letter}" for letter in "ABCDEFGH"] + ["A venir"]),
            "producer": st.sampled_from(["IGN", "Insee", ""]),
            "ministry": st.sampled_from([config.ministries[0].label, "Ministère du Temps", ""]),
            "status": st.sampled_from([status.label for status in config.statuses]),
            "url": st.sampled_from(["https://x.fr/1", "https://x.fr/2", "https://x.fr/3", ""]),
        }
    )
    rows = draw(st.lists(sound, min_size=1, max_size=12))
    spoilt = st.sampled_from(["", "#REF!", "x", "A venir", "Total", "mdp : azerty42", "Jeu A", "a" * 400])
    story = [rows]
    for _ in range(draw(st.integers(1, 4))):
        rows = [dict(row) for row in rows]
        for _ in range(draw(st.integers(0, 3))):
            place = draw(st.integers(0, len(rows)))
            if place == len(rows):
                rows.append(draw(sound))
            elif draw(st.booleans()):
                rows[place][draw(st.sampled_from([*rows[place]]))] = draw(spoilt)
            elif draw(st.booleans()):
                rows[place] = draw(sound)
            else:
                del rows[place]
        story.append(rows)
    return story


@settings(max_examples=40)
@given(data=st.data())
def test_night_after_night_nothing_leaves_the_page_without_being_told(data: st.DataObject, config: Config) -> None:
    published = no_rows(RECORD_COLUMNS)
    for rows in data.draw(nights(config)):
        found = validate(sheet_of(*({"theme": "", "link": "", **row} for row in rows), sheet_id="1AbC"), config)
        records, kept = compare.keep_last_good_versions(published, found, config)
        changes = compare.compare(published, records)
        before, after = Counter(records_in(published)), Counter(records_in(records))
        gone = Counter[tuple[str, ...]](changes.removed) + Counter(pair.old for pair in changes.pairs)
        come = Counter[tuple[str, ...]](changes.added) + Counter(pair.new for pair in changes.pairs)
        assert before - gone + come == after
        assert Counter[tuple[str, ...]](each.dataset for each in kept) <= before & after
        assert not compare.compare(records, records)
        data_file = render.render_data(records, config)
        back = render.parse_data(data_file.decode(), "data")
        assert render.render_page(in_page_order(back, config), config) == render.render_page(records, config)
        published = compare.fit_to_repeat(compare.under_todays_names(back, config))
        assert [*records_in(published)] == [*records_in(records)]


@TOGETHER
@given(content=st.one_of(st.binary(max_size=200), ANYTHING.map(str.encode)))
@example(content=b"\xef")  # the beginning of a byte order mark
def test_any_file_is_read_or_refused_in_one_sentence(content: bytes, run: Run, project: Path) -> None:
    (project / "any.csv").write_bytes(content)
    code, _, err = run("sync", "--from", project / "any.csv")
    assert code in (1, 3)
    assert err.count("\n") == 1
    assert err.endswith(("Rien n'a été modifié.\n", "La page n'a pas été modifiée.\n"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                "properties title sheets sheetId hidden sheetType merges startRowIndex data startRow startColumn"
                " rowData values formattedValue effectiveValue errorValue type hyperlink textFormatRuns"
                " rowMetadata".split()
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


class Answer:
    """What gspread's client is to fetch_snapshot: somebody who hands over Google's JSON."""

    def __init__(self, answer: Any) -> None:
        self.http_client = self
        self.answer = answer

    def set_timeout(self, timeout: tuple[float, float]) -> None:
        pass

    def fetch_sheet_metadata(self, *_: object) -> Any:
        return self.answer


@given(answer=JSON)
def test_any_json_that_google_could_send_is_read_or_refused(answer: Any) -> None:
    try:
        sheet.fetch_snapshot(Answer(answer), config_of(Path(), sheet_id="1AbC"))  # type: ignore[arg-type]
    except JobError as error:
        assert str(error).endswith("Rien n'a été modifié.")  # noqa: PT017  either end is right


@pytest.mark.parametrize(
    "text", ["{}", '{"repository": 1}', "[1]", '"x"', "\ud800".encode("utf-8", "replace").decode()]
)
def test_any_list_of_pull_requests_is_read_or_refused(text: str, run: Run, project: Path) -> None:
    (project / "pulls.json").write_text(json.dumps(text) if text == "?" else text, encoding="utf-8")
    example = Path(__file__).parent / "data" / "tableau.csv"
    code, _, err = run("sync", "--from", example, "--pulls", project / "pulls.json")
    assert (code, err.count("\n")) == (1, 1)
