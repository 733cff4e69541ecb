"""Whatever comes in: no traceback, no lost row, the same bytes for the same rows, and no news on reading them again."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from conftest import BLANK, Run, examples, row, sheet
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from nights import google_sheet, play

from job.changes.compare import compare, under_current_labels
from job.config import Config
from job.model import ROLES, Kind, Record, Severity, Verdict
from job.output.edition import parse_data, render_data, render_json
from job.output.page import render_page
from job.rules.judge import in_page_order, judge
from job.rules.notes import KINDS
from job.source.csv_file import read_csv
from job.source.google import fetch_snapshot
from job.text import clean, fold

DAY = date(2026, 11, 25)
TOGETHER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each example writes its file anew

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


def cell(labels: Sequence[str]) -> st.SearchStrategy[str]:
    dressed = st.builds(lambda dress, label: dress(label), st.sampled_from(DRESSED), st.sampled_from(labels))
    return st.one_of(dressed, dressed, ANYTHING, NASTY, st.just(""))


def rows_like(config: Config) -> st.SearchStrategy[list[dict[str, str]]]:
    """Rows of a sheet, as hurried and as malicious people fill them in. Few labels, so that rows meet."""
    lists = {
        "theme": [theme.label for theme in config.themes],
        "category": [*config.theme_of][:3],
        "name": ["Cadastre", "Sols", "BD Topo"],
        "producer": ["IGN", "Insee"],
        "ministry": [ministry.label for ministry in config.vocabulary.ministries],
        "status": [status.label for status in config.vocabulary.statuses],
        "url": ["https://www.data.gouv.fr/fr/datasets/x/", "https://x.fr/a?b=1&c=2"],
    }
    cells = st.fixed_dictionaries({field: cell(labels) for field, labels in lists.items()})
    return st.lists(cells.map(lambda typed: BLANK | typed), max_size=12)


def published(verdict: Verdict, config: Config) -> tuple[bytes, bytes, bytes]:
    records = verdict.records
    page = render_page(records, config, DAY)
    return b"".join(render_data(records, config)), b"".join(render_json(records, config)), page


@examples(60)
@given(data=st.data())
def test_any_sheet_is_published_whole_in_any_order_and_reads_back(data: st.DataObject, config: Config) -> None:
    rows = data.draw(rows_like(config))
    first = [row(), *rows]  # what stands right under the titles may be a row of help: it stays there
    found = judge(sheet(*first), config)
    files = published(found, config)
    mixed = random.Random(1).sample(rows, len(rows))  # noqa: S311  an order like another
    assert published(judge(sheet(row(), *mixed), config), config) == files
    assert lost(first, found, config) == []

    back = parse_data(files[0], "data", config)
    assert tuple(back) == found.records
    again = judge(sheet(*(BLANK | dict(zip(ROLES, map(str, record), strict=False)) for record in back)), config)
    assert published(again, config) == files, "published rows typed into a sheet are published as they are"


def lost(rows: Sequence[dict[str, str]], found: Verdict, config: Config) -> list[int]:
    """The rows that name something, but are neither published, nor told to be left out, nor rows to come."""
    names = {record.name for record in found.records}
    told = {it.row for it in found.findings if it.severity is Severity.BLOCKING or it.code in KINDS}
    nothing = {"", fold(config.placeholder)}
    return [
        number
        for number, typed in enumerate(rows, start=2)
        if fold(clean(typed["name"])) not in nothing and clean(typed["name"]) not in names and number not in told
    ]


@TOGETHER
@given(data=st.data())
def test_a_csv_file_in_any_shape_is_read_as_the_same_rows(data: st.DataObject, config: Config, tmp_path: Path) -> None:
    """Titles in any order and spelling, with strangers among them; ragged rows; three delimiters."""
    rows = [row(), *data.draw(rows_like(config))]
    order = data.draw(st.permutations(config.new_sheet_columns))
    titles = [data.draw(st.sampled_from(DRESSED))(data.draw(st.sampled_from([it.title, *it.aliases]))) for it in order]
    strangers = data.draw(st.lists(st.sampled_from(["Commentaire", "Suivi par"]), max_size=2, unique=True))
    delimiter = data.draw(st.sampled_from(",;\t"))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow([*titles, *strangers])
    writer.writerows([typed[it.field] for it in order] for typed in rows)
    (tmp_path / "sheet.csv").write_text(text.getvalue(), encoding="utf-8")
    read = judge(read_csv(tmp_path / "sheet.csv", config), config)
    assert published(read, config) == published(judge(sheet(*rows), config), config)


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


class Answer:
    """What gspread's client is to fetch_snapshot: somebody who hands over Google's JSON."""

    def __init__(self, answer: Any) -> None:
        self.http_client = self
        self.answer = answer

    def fetch_sheet_metadata(self, *_: object) -> Any:
        return self.answer


@examples(40)
@given(data=st.data())
def test_any_sheet_of_googles_is_published_in_any_order(data: st.DataObject, config: Config) -> None:
    rows = data.draw(rows_like(config))
    preamble = data.draw(st.lists(st.sampled_from([[], ["Suivi"], ["", "Merci de remplir", "2026"]]), max_size=8))
    extras = data.draw(st.lists(st.lists(EXTRAS, min_size=7, max_size=7), min_size=len(rows), max_size=len(rows)))
    hidden = data.draw(st.lists(st.booleans(), max_size=15))

    def fetch(order: Sequence[int]) -> Verdict:
        titles = [config.title(field) for field in ROLES]
        cells: list[list[dict[str, Any]]] = [
            [{"formattedValue": text} if text else {} for text in texts]
            for texts in [*preamble, titles, list(row().values())[: len(ROLES)]]
        ]
        for place in order:
            dressed = zip((rows[place][field] for field in ROLES), extras[place], strict=True)
            cells.append([({"formattedValue": text} if text else {}) | extra for text, extra in dressed])
        segment = {
            "rowData": [{"values": it} if it else {} for it in cells],
            "rowMetadata": [{"hiddenByUser": True} if it else {} for it in hidden],
        }
        tab = {"properties": {"sheetId": 7, "title": "Suivi", "sheetType": "GRID"}, "data": [segment]}
        answer = {"properties": {"title": "HVD"}, "sheets": [tab]}
        return judge(fetch_snapshot(Answer(answer), config), config)  # type: ignore[arg-type]

    found = fetch(range(len(rows)))
    again = fetch(random.Random(1).sample(range(len(rows)), len(rows)))  # noqa: S311  an order like another
    assert published(again, config) == published(found, config)


@st.composite
def nights(draw: st.DrawFn, config: Config) -> list[list[dict[str, str]]]:
    """The rows of a sheet, night after night, as ministries and accidents edit them."""
    sound = st.fixed_dictionaries(
        {
            "category": st.sampled_from([*config.theme_of][:4]),
            "name": st.sampled_from([f"Jeu {letter}" for letter in "ABCDEFGH"] + ["A venir"]),
            "producer": st.sampled_from(["IGN", "Insee", ""]),
            "ministry": st.sampled_from([config.vocabulary.ministries[0].label, "Ministère du Temps", ""]),
            "status": st.sampled_from([status.label for status in config.vocabulary.statuses]),
            "url": st.sampled_from(["https://x.fr/1", "https://x.fr/2", "https://x.fr/3", ""]),
        }
    )
    rows = draw(st.lists(sound, min_size=1, max_size=12))
    spoilt = st.sampled_from(["", "#REF!", "x", "A venir", "Total", "mdp : azerty42", "Jeu A", "a" * 400])
    story = [rows]
    for _ in range(draw(st.integers(1, 4))):
        rows = [dict(typed) for typed in rows]
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


@examples(60)
@given(data=st.data())
def test_night_after_night_nothing_leaves_the_page_without_being_told(data: st.DataObject, config: Config) -> None:
    before: tuple[Record, ...] = ()
    for rows in data.draw(nights(config)):
        night = play(google_sheet(BLANK | typed for typed in rows), config, before)
        changes = night.changes
        gone = Counter(it.old for it in changes if it.kind is not Kind.ADDED)
        come = Counter(it.new for it in changes if it.kind is not Kind.REMOVED)
        assert Counter(before) - gone + come == Counter(night.records)
        kept = Counter(night.records) - Counter(night.verdict.records)
        assert (kept <= Counter(before), kept.total()) == (True, len(night.kept))
        assert not compare(night.records, night.records)
        back = parse_data(b"".join(render_data(night.records, config)), "data", config)
        assert render_page(in_page_order(back, config), config, DAY) == render_page(night.records, config, DAY)
        before = under_current_labels(back, config)
        assert before == night.records


@TOGETHER
@given(content=st.one_of(st.binary(max_size=200), ANYTHING.map(str.encode)))
@example(content=b"\xef")  # the beginning of a byte order mark
def test_any_file_is_read_or_refused_in_one_sentence(content: bytes, run: Run, project: Path) -> None:
    (project / "any.csv").write_bytes(content)
    code, _, err = run("sync", "--from", project / "any.csv")
    assert code in (1, 3)
    assert err.count("\n") == 1
    assert err.endswith(("Rien n'a été modifié.\n", "La page n'a pas été modifiée.\n"))
