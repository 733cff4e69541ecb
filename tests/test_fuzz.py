"""Whatever comes in: no traceback, no lost row, the same bytes for the same rows, and no news on reading them again."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_sheet import config_of

from job import render, sheet
from job.config import Config
from job.model import FIELDS, JobError
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


@TOGETHER
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

    name_at = [fold(clean(title)) for title in header].index(
        next(key for key in map(fold, map(clean, header)) if key in names_of("name", config))
    )
    published_names = set(found.records["name"])
    told = {finding.row for finding in found.findings if finding.severity == "bloquant"}
    for number, row in enumerate(rows, start=2):
        name = clean(row[name_at]) if len(row) > name_at else ""
        filled = any(clean(text) for text in row[: len(config.columns)])
        assert not filled or number in told or name in published_names or fold(name) == fold(config.placeholder)

    title = {column.field: column.title for column in config.columns}
    records = [list(record) for record in found.records.itertuples(index=False, name=None)]
    second = read(tmp_path, [title[field] for field in FIELDS], records, config)
    news = {finding.code for finding in second.findings} - {finding.code for finding in found.findings}
    assert news <= {"statut-vide", "producteur-vide", "ministere-vide", "adresse-manquante"}
    assert render.render_page(second.records, config) == page


def names_of(field: str, config: Config) -> set[str]:
    return {fold(name) for it in config.columns if it.field == field for name in (it.title, *it.aliases)}


@TOGETHER
@given(content=st.one_of(st.binary(max_size=200), ANYTHING.map(str.encode)))
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
