"""`setup`: what it makes of a spreadsheet, what it leaves alone, and what it tells the agents."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import BLANK, EXAMPLE, SOUND, SharedSheet, sheet
from discovery import mask_mistakes, mistakes
from fake_batch import copied
from fake_google import READ_WRITE, SHEETS, FakeCell, FakeTab

from job.config import Config
from job.config_file import load_config
from job.form import setup as form
from job.form.setup import render_instructions, what_to_type
from job.model import ROLES, Finding, Severity
from job.rules.judge import judge
from job.source import google as job_google
from job.source.table import INSTRUCTIONS_TAB, where

READ, WRITE = "GET", "POST"
DONE = "titres, notes, listes déroulantes, avertissements et couleurs sont en place"
INSTRUCTIONS = "Onglet « Mode d'emploi » : en place.\n"


def table() -> list[list[str]]:
    with EXAMPLE.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def plain(text: str) -> str:
    """The text without our typography."""
    return text.replace("\u00a0", " ")


def box(found: dict[str, int]) -> str:
    """A range in A1 notation."""
    first = where(found.get("startRowIndex", 0), found.get("startColumnIndex", 0))
    last = where(None, found["endColumnIndex"] - 1) if "endColumnIndex" in found else ""
    return f"{first}:{last}{found.get('endRowIndex', '')}"


def without_ids(tab: FakeTab) -> FakeTab:
    tab = copied(tab)
    for item in tab.owned["protectedRanges"]:
        item.pop("protectedRangeId")
    return tab


def run_again(shared: SharedSheet) -> None:
    """A second run leaves every tab as the first one did."""
    before = [without_ids(tab) for tab in shared.google.spreadsheet.tabs]
    assert shared.run("setup")[0] == 0
    assert [without_ids(tab) for tab in shared.google.spreadsheet.tabs] == before


# --- an empty spreadsheet -----------------------------------------------------------------------------------------


def described(tab: FakeTab) -> Iterator[str]:
    """Everything about a tab but its notes, a line each; cells with the same properties as one range."""
    yield f"{tab.row_count} rows, {tab.column_count} columns, {tab.frozen_rows} frozen"
    for column in range(tab.column_count):
        looks = [(row, look(tab, row, column)) for row in range(tab.row_count)]
        for what, rows in itertools.groupby(looks, key=lambda item: item[1]):
            numbers = [row + 1 for row, _ in rows]
            if what:
                yield f"{where(None, column)}{numbers[0]}:{numbers[-1]} {what}"
    for protected in tab.owned["protectedRanges"]:
        yield f"protected {box(protected['range'])}{', warning only' if protected['warningOnly'] else ''}"
    for rule in tab.owned["conditionalFormats"]:
        (value,) = rule["booleanRule"]["condition"]["values"]
        yield f"coloured {' '.join(map(box, rule['ranges']))} where {value['userEnteredValue']:.71}"


def look(tab: FakeTab, row: int, column: int) -> str:
    extra = tab.extra.get((row, column), {})
    shape = extra.get("userEnteredFormat", {})
    rule = extra.get("dataValidation", {})
    condition = rule.get("condition", {})
    parts = [
        repr(tab.text(row, column)) if tab.text(row, column) else "",
        "bold" if shape.get("textFormat", {}).get("bold") else "",
        *(shape.get(name, "") for name in ("wrapStrategy", "verticalAlignment")),
        f"{condition['type']}({len(condition.get('values', []))})" if condition else "",
        ("only" if rule.get("strict") else "else a warning") if rule else "",
    ]
    return " ".join(filter(None, parts))


def test_an_empty_spreadsheet_becomes_the_form(shared: SharedSheet) -> None:
    assert shared.run("setup") == (0, f"Onglet « Feuille 1 » : {DONE}.\n{INSTRUCTIONS}", "")
    assert (shared.calls, shared.google.scopes) == ([READ, WRITE], [READ_WRITE])
    assert [tab.title for tab in shared.google.spreadsheet.tabs] == ["Feuille 1", INSTRUCTIONS_TAB]
    assert list(described(shared.tab("Feuille 1"))) == [
        "120 rows, 26 columns, 1 frozen",
        "A1:1 'Thématique' bold WRAP TOP",
        "A2:120 WRAP TOP ONE_OF_LIST(6) only",
        "B1:1 'Catégorie' bold WRAP TOP",
        "B2:120 WRAP TOP ONE_OF_LIST(66) only",
        "C1:1 'Nom du jeu de données' bold WRAP TOP",
        "C2:120 WRAP TOP",
        "D1:1 'Producteur' bold WRAP TOP",
        "D2:120 WRAP TOP",
        "E1:1 'Ministère de tutelle' bold WRAP TOP",
        "E2:120 WRAP TOP ONE_OF_LIST(14) else a warning",
        "F1:1 'Statut' bold WRAP TOP",
        "F2:120 WRAP TOP ONE_OF_LIST(8) only",
        "G1:1 'URL' bold WRAP TOP",
        "G2:120 WRAP TOP TEXT_IS_URL(0) else a warning",
        *(f"protected {column}1:{column}1, warning only" for column in "ABCDEFG"),
        'coloured F2:F where =("robot"<>"")*($F2<>"")*($F2<>"A venir")*($F2<>"Non disponible")*($F2<',
        "coloured A2:A B2:B C2:C D2:D E2:E F2:F G2:G where "
        '=("robot"<>"")*((($G2<>"")*($G2<>"A venir")+($C2<>"")*($C2<>"A venir")*',
    ]
    run_again(shared)


def test_a_further_column_has_the_rule_of_its_kind(shared: SharedSheet) -> None:
    for field, rest in {
        "api": 'kind = "address"',
        "opening": 'kind = "date"',
        "study": 'kind = "choice"\nchoices = ["oui", "non"]',
        "reasons": "",
    }.items():
        column = f'[[columns]]\nfield = "{field}"\ntitle = "{field}"\nrequired = true\nhelp = "…"\n{rest}\n\n'
        shared.configure("[[themes]]", f"{column}[[themes]]")
    shared.run("setup")
    assert [
        line.split(" TOP", 1)[1] for line in described(shared.tab("Feuille 1")) if line[:2] in ("H2", "I2", "J2", "K2")
    ] == [
        " TEXT_IS_URL(0) else a warning",
        " DATE_IS_VALID(0) else a warning",
        " ONE_OF_LIST(2) only",
        "",
    ]
    run_again(shared)


def test_the_form_is_a_sheet_without_rows_and_takes_some(shared: SharedSheet) -> None:
    shared.run("setup")
    assert shared.run("sync", "--check")[0] == 3  # no row to publish
    shared.google.spreadsheet.tabs = [FakeTab("Feuille 1", 0, row_count=5)]
    code, out, _ = shared.run("setup", "--from", EXAMPLE)
    assert (code, shared.calls) == (0, [READ, WRITE])
    assert out == f"Onglet « Feuille 1 » : {DONE}, avec 97 lignes.\n{INSTRUCTIONS}"
    tab = shared.tab("Feuille 1")
    assert [[tab.text(row, column) for column in range(7)] for row in range(tab.row_count)] == [*table(), [""] * 7]
    code, out, _ = shared.run("sync", "--check")
    assert (code, out.splitlines()[0]) == (0, "97 lignes lues")


@pytest.mark.parametrize(
    ("tabs", "configured", "titles"),
    [
        pytest.param([FakeTab("Notes", 3, [["Bonjour"]])], "[]", ["Notes", "Jeux de données"], id="no empty tab"),
        pytest.param([FakeTab("A", 3), FakeTab("B", 4)], '["B"]', ["A", "B"], id="the tab that is named"),
        pytest.param([FakeTab("A", 3), FakeTab("B", 4)], "[4]", ["A", "B"], id="by its number"),
        pytest.param([FakeTab("B", 4, row_count=1, column_count=3)], "[]", ["B"], id="too small a tab"),
        pytest.param([FakeTab("Copie de B", 3, table()), FakeTab("B", 4)], "[]", ["Copie de B", "B"], id="not a copy"),
    ],
)
def test_the_form_goes_where_it_belongs(
    shared: SharedSheet, tabs: list[FakeTab], configured: str, titles: list[str]
) -> None:
    before = copied(tabs[0])
    shared.google.spreadsheet.tabs = tabs
    shared.configure("tabs = []", f"tabs = {configured}")
    assert shared.run("setup")[0] == 0
    assert [tab.title for tab in shared.google.spreadsheet.tabs] == [*titles, INSTRUCTIONS_TAB]
    assert [shared.tab(titles[-1]).text(0, column) for column in (0, 6)] == ["Thématique", "URL"]
    if len(titles) > 1:
        assert shared.tab(titles[0]) == before
    run_again(shared)


@pytest.mark.parametrize(
    "tabs",
    [
        pytest.param([FakeTab("A", 1, table()[:2])], id="rows"),
        pytest.param([FakeTab("A", 1, table()[:1])], id="titles alone"),
        pytest.param([FakeTab("A", 1, table()[:1]), FakeTab("B", 2, table()[:1])], id="two tables"),
    ],
)
def test_rows_are_only_filled_into_a_new_table(shared: SharedSheet, tabs: list[FakeTab]) -> None:
    shared.google.spreadsheet.tabs = tabs
    sentence = (
        "--from ne remplit qu'un tableau neuf : un seul onglet, et vide. "
        "Videz l'onglet, ou partez d'une feuille neuve. Rien n'a été modifié.\n"
    )
    assert shared.run("setup", "--from", EXAMPLE) == (1, "", sentence)
    assert shared.calls == [READ]


# --- a sheet that is in use ---------------------------------------------------------------------------------------


def in_use() -> FakeTab:
    """The 97 rows below a remark, columns in another order, with two columns of the agents' own, and their habits."""
    titles, *rows = table()

    def line(cells: list[str], inner: str, last: str) -> list[str | FakeCell]:
        moved: list[str | FakeCell] = [cells[i] for i in (2, 1, 0, 4, 3, 5, 6)]
        return [*moved[:3], inner, *moved[3:], last]

    body = [line(cells, f"réunion {i}", "=SOMME(1)") for i, cells in enumerate(rows)]
    body[4][0] = FakeCell("Base Adresse Nationale", link="https://ban.fr", note="vu avec Jo")
    return FakeTab(
        "Suivi",
        42,
        [["Merci de compléter avant le 15 !"], line(titles, "Échéance", "Commentaire"), *body],
        merges=[(0, 1, 0, 9)],
        frozen_rows=3,
        row_count=120,
        filtered_rows=frozenset(range(10, 20)),
        basic_filter={"range": {"sheetId": 42, "startRowIndex": 1, "endRowIndex": 99, "endColumnIndex": 9}},
        columns={0: {"pixelSize": 444}, 3: {"pixelSize": 77}},
        extra={
            (5, 0): {"userEnteredFormat": {"textFormat": {"bold": True}}},
            (5, 3): {"note": "à confirmer", "userEnteredFormat": {"wrapStrategy": "CLIP"}},
            (5, 5): {"dataValidation": {"condition": {"type": "TEXT_CONTAINS"}}},
            (1, 1): {"note": "Demandez à Jo avant de choisir."},
        },
        owned={
            "protectedRanges": [{"protectedRangeId": 1, "range": {"sheetId": 42, "endRowIndex": 1}}],
            "bandedRanges": [{"bandedRangeId": 2, "range": {"sheetId": 42}, "rowProperties": {"a": {}}}],
            "conditionalFormats": [
                {"ranges": [{"sheetId": 42}], "booleanRule": {"condition": {"type": "TEXT_CONTAINS"}}}
            ],
        },
    )


def test_nothing_of_somebodys_is_touched(shared: SharedSheet) -> None:
    before = in_use()
    shared.google.spreadsheet.tabs = [in_use()]
    assert shared.run("setup") == (0, f"Onglet « Suivi » : {DONE}.\n{INSTRUCTIONS}", "")
    after = shared.tab("Suivi")
    same = "rows merges filtered_rows basic_filter frozen_rows row_count column_count gid columns".split()
    assert {name: getattr(after, name) for name in same} == {name: getattr(before, name) for name in same}
    assert {place: extra for place, extra in after.extra.items() if place[1] in (3, 8) or place[0] == 0} == {
        (5, 3): before.extra[5, 3]
    }
    assert after.extra[5, 0]["userEnteredFormat"]["textFormat"] == {"bold": True}
    assert after.extra[5, 5]["dataValidation"] == before.extra[5, 5]["dataValidation"]  # a producer: as one likes
    assert after.extra[1, 1]["note"] == "Demandez à Jo avant de choisir."
    for kind, items in before.owned.items():
        assert [item for item in after.owned[kind] if item in items] == items
    ours = {kind: [item for item in items if item not in before.owned[kind]] for kind, items in after.owned.items()}
    assert [box(item["range"]) for item in ours["protectedRanges"]] == [f"{column}2:{column}2" for column in "ABCEFGH"]
    assert [[box(found) for found in item["ranges"]] for item in ours["conditionalFormats"]] == [
        ["G3:G"],
        [f"{column}3:{column}" for column in "ABCEFGH"],
    ]
    assert after.extra[15, 1]["dataValidation"]["strict"]  # a row that the filter hides
    run_again(shared)


NUMBERED = {"protectedRangeId": 9}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda tab: tab.extra[7, 6].pop("dataValidation"),
        lambda tab: tab.extra[7, 6]["dataValidation"].pop("strict"),
        lambda tab: tab.extra[1, 2].update(note="Ancien.\nVoir l'onglet « Mode d'emploi »."),
        lambda tab: tab.extra[1, 2].pop("note"),
        lambda tab: tab.owned["protectedRanges"].pop(),
        lambda tab: tab.owned["protectedRanges"][-1].pop("warningOnly"),
        lambda tab: tab.owned["protectedRanges"][-1]["range"].update(endRowIndex=9),
        lambda tab: tab.owned["protectedRanges"].append({**tab.owned["protectedRanges"][-1], **NUMBERED}),
        lambda tab: tab.owned["conditionalFormats"][1]["ranges"].pop(),
        lambda tab: tab.owned["conditionalFormats"].pop(0),
        lambda tab: tab.owned["conditionalFormats"].append(tab.owned["conditionalFormats"][0]),
        lambda tab: setattr(tab, "frozen_rows", 0),
    ],
)
def test_what_is_ours_is_put_back(shared: SharedSheet, spoil: Callable[[FakeTab], object]) -> None:
    tab = in_use()
    tab.frozen_rows = 2
    shared.google.spreadsheet.tabs = [tab]
    shared.run("setup")
    right = without_ids(shared.tab("Suivi"))
    spoil(shared.tab("Suivi"))
    assert without_ids(shared.tab("Suivi")) != right
    assert shared.run("setup")[0] == 0
    assert without_ids(shared.tab("Suivi")) == right


def test_rows_added_at_the_bottom_get_the_rules_too(shared: SharedSheet) -> None:
    shared.run("setup")
    shared.tab("Feuille 1").row_count = 140
    shared.run("setup")
    assert shared.tab("Feuille 1").extra[139, 1]["dataValidation"]["strict"]


# --- what an agent reads ------------------------------------------------------------------------------------------


def findings(cells: dict[str, str], config: Config) -> dict[str, Finding]:
    """Column → what the rules ask for there, of a sheet of this row."""
    told = judge(sheet(cells), config).findings
    return {finding.column: finding for finding in told if finding.severity is not Severity.INFO}


def example(config: Config) -> dict[str, str]:
    return {**BLANK, **{column.field: column.example for column in config.columns}}


def test_the_example_is_a_row_that_nobody_has_anything_to_say_about(config: Config) -> None:
    assert judge(sheet(example(config)), config).findings == ()


def test_every_title_has_a_note_that_says_what_to_type(shared: SharedSheet, config: Config) -> None:
    shared.run("setup")
    notes = [extra["note"] for _, extra in sorted(shared.tab("Feuille 1").extra.items()) if "note" in extra]
    assert [note.removesuffix("\nVoir l'onglet « Mode d'emploi ».") for note in notes] == [
        what_to_type(column, config) for column in config.new_sheet_columns
    ]


CLOSED = "Rien d'autre que la liste n'est accepté."
BLOCKS, ASKED = (
    "Si cette case est vide, la ligne n'est pas publiée.",
    "Si cette case est vide, le robot demande de la compléter.",
)


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("theme", f"{CLOSED} Facultatif."),
        ("category", f"{CLOSED} {BLOCKS}"),
        ("name", f"300 caractères au plus. {BLOCKS}"),
        ("producer", ASKED),
        (
            "ministry",
            f"Un seul, le principal. S'il n'est pas dans la liste, tapez-le : il sera publié tel quel. {ASKED}",
        ),
        ("status", f"{CLOSED} {ASKED} La ligne est publiée avec le statut « A venir »."),
        (
            "url",
            "Attendu avec le statut « Partiellement disponible » ou « Disponible » ou « Disponible sur data.gouv.fr ».",
        ),
    ],
)
def test_a_note_says_what_an_empty_cell_entails(field: str, told: str, config: Config) -> None:
    assert plain(what_to_type(config.column[field], config)) == f"{config.column[field].help} {told}"


def test_a_further_column_that_is_required_is_asked_for_in_its_note(shared: SharedSheet) -> None:
    shared.configure("required = false\nexplains = true", "required = true\nexplains = true")
    config = load_config(shared.folder / "config.toml")
    told = [what_to_type(config.column[field], config) for field in ("raisons", "actions")]
    assert told == [f"{config.column['raisons'].help} {ASKED}", f"{config.column['actions'].help} Facultatif."]


def test_a_list_without_addresses_asks_for_none(shared: SharedSheet) -> None:
    shared.configure('field = "url"', 'field = "lien"')
    lines = render_instructions(load_config(shared.folder / "config.toml"))
    assert [cell.text for line in lines for cell in line if "adresse est attendue" in cell.text] == []


@pytest.mark.parametrize("field", ROLES)
def test_what_an_empty_cell_entails_is_what_the_rules_do(field: str, config: Config) -> None:
    title, text = config.title(field), what_to_type(config.column[field], config)
    for status in config.vocabulary.statuses:
        asked = findings({**example(config), "status": status.label, field: ""}, config).get(title)
        blocks = asked is not None and asked.severity is Severity.BLOCKING
        assert blocks == (BLOCKS in text)
        assert bool(asked) == (blocks or ASKED in text or f"« {status.label} »" in text.partition("Attendu")[2])


def test_the_instructions_say_what_the_rules_do(config: Config) -> None:
    lines = [tuple(cell.text for cell in line) for line in render_instructions(config)]
    for column in config.new_sheet_columns:
        assert {(column.title, column.example), (column.title, what_to_type(column, config))} <= set(lines)
    meant = dict(line for line in lines if len(line) == 2)
    for status in config.vocabulary.statuses:
        assert meant[status.label].startswith(status.meaning)
        asked = findings({**example(config), "status": status.label, "url": ""}, config)
        assert ("Une adresse est attendue" in meant[status.label]) == (config.title("url") in asked)
    assert {(theme, category) for category, theme in config.theme_of.items()} <= set(lines)
    assert max(len(line[0]) for line in lines if len(line) == 1) <= 130


@pytest.mark.parametrize("field", ["theme", "category", "ministry", "status"])
def test_every_choice_of_a_list_is_published_as_it_is(field: str, config: Config) -> None:
    for label in config.labels(field):
        category = next((category for category, theme in config.theme_of.items() if theme == label), "Adresses")
        cells = {**SOUND, "category": category, field: label}
        cells["theme"] = config.theme_of[cells["category"]]
        verdict = judge(sheet(cells), config)
        assert config.title(field) not in {finding.column for finding in verdict.findings}
        assert getattr(verdict.records[0], field) == label


def test_the_instructions_follow_the_configuration(shared: SharedSheet) -> None:
    shared.run("setup")
    shared.configure('contact = ""', 'contact = "donnees@exemple.gouv.fr"')
    shared.configure("enabled = false", "enabled = true")
    shared.run("setup")
    tab = shared.tab(INSTRUCTIONS_TAB)
    text = "\n".join(tab.text(row, column) for row in range(tab.row_count) for column in range(2))
    for sentence in (
        "Écrivez à donnees@exemple.gouv.fr.",
        "tapez-le : il sera publié tel quel. donnees@exemple.gouv.fr peut l'y ajouter.",
        "L'onglet « Contrôle automatique » dit quelle case corriger",
    ):
        assert sentence in plain(text)


def become(tab: FakeTab, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(tab, name, value)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda tab: become(tab, title="À lire d'abord"), id="renamed"),
        pytest.param(lambda tab: tab.type_text(2, 0, "Coucou"), id="edited"),
        pytest.param(lambda tab: tab.type_text(tab.row_count - 1, 1, "Coucou"), id="added to"),
        pytest.param(lambda tab: become(tab, frozen_rows=1, row_count=200), id="another size"),
    ],
)
def test_the_instructions_are_written_again(shared: SharedSheet, change: Callable[[FakeTab], object]) -> None:
    shared.run("setup")
    tab = shared.tab(INSTRUCTIONS_TAB)
    before = list(described(tab))
    change(tab)
    assert shared.run("setup")[1].endswith(INSTRUCTIONS)
    after = shared.google.spreadsheet.tabs[1]
    assert (after.title, list(described(after))) == (tab.title, before)


def test_instructions_that_somebody_wrote_are_left_alone(shared: SharedSheet) -> None:
    hers = FakeTab("MODE D’EMPLOI", 5, [["Jo"]])
    shared.google.spreadsheet.tabs = [*shared.google.spreadsheet.tabs, hers]
    assert shared.run("setup")[1].endswith(
        "Onglet « Mode d'emploi » : laissé tel quel, car une personne l'a créé. "
        "Renommez-le pour obtenir celui du robot.\n"
    )
    assert shared.google.spreadsheet.tabs[1:] == [FakeTab("MODE D’EMPLOI", 5, [["Jo"]])]


# --- the colours --------------------------------------------------------------------------------------------------


def shown(formula: Callable[..., str], cells: dict[str, str], config: Config) -> bool:
    """What a formula of operators gives for this row; Sheets compares texts without their case."""
    columns = {field: column for column, field in enumerate(ROLES)}
    text = formula(columns, 2, config).removeprefix("=")
    for sign, python in (("<>", "!="), ('=""', '==""'), ('!==""', '!=""')):
        text = text.replace(sign, python)
    values = {f"{where(None, column)}2": cells[field].casefold() for field, column in columns.items()}
    return bool(eval(text.replace("$", "").casefold(), {}, {k.casefold(): v for k, v in values.items()}))  # noqa: S307  ours


INCOMPLETE = {"nom-vide", "categorie-vide", "statut-vide", "producteur-vide", "ministere-vide", "ligne-incomplete"}


@pytest.mark.parametrize(
    "cells",
    [
        SOUND,
        *({**SOUND, field: ""} for field in ROLES),
        {**BLANK, "category": "Adresses", "name": "A venir"},
        {**BLANK, "category": "Adresses", "name": "A venir", "producer": "IGN"},
        {**BLANK, "category": "Adresses", "name": "A venir", "status": "A venir"},
        {**BLANK, "theme": "Données géospatiales", "category": "Adresses"},
        {**BLANK, "theme": "Données géospatiales"},
        {**BLANK, "theme": "Merci de compléter avant le 15 !"},
        {**BLANK, "name": "Source : nos services."},
        {**BLANK, "name": "Cadastre", "category": "Adresses"},
        {**BLANK, "name": "Cadastre", "status": "Disponible"},
        {**BLANK, "url": "https://ban.fr"},
        *(
            {**BLANK, **{field: SOUND[field] for field in fields.split()}}
            for fields in ("name ministry", "status ministry", "category producer", "category ministry")
        ),
    ],
    ids=lambda cells: ", ".join(field for field, text in cells.items() if text),
)
def test_a_row_is_yellow_when_the_rules_miss_a_cell(cells: dict[str, str], config: Config) -> None:
    codes = {finding.code for finding in judge(sheet(cells), config).findings}
    assert shown(form.incomplete_formula, cells, config) == bool(codes & INCOMPLETE)


def test_a_blank_row_has_no_colour(config: Config) -> None:
    assert not shown(form.incomplete_formula, BLANK, config)


def test_a_column_that_the_list_lacks_makes_no_row_yellow(config: Config) -> None:
    columns = {"category": 1, "name": 2, "status": 5}
    for cells, is_yellow in ((BLANK, False), ({**BLANK, "name": "Cadastre"}, False), ({**SOUND, "status": ""}, True)):
        assert shown(lambda _, *rest: form.incomplete_formula(columns, *rest), cells, config) == is_yellow


@pytest.mark.parametrize(
    ("status", "is_red"),
    [
        ("Disponible", False),
        ("disponible", False),
        ("En ligne", False),  # an alias
        ("", False),
        ("Diponible", True),
        ("En cours", True),
        ("2026", True),
    ],
)
def test_a_status_is_red_when_it_blocks_its_row(status: str, is_red: bool, config: Config) -> None:
    cells = {**SOUND, "status": status}
    blocked = [it.code for it in findings(cells, config).values() if it.severity is Severity.BLOCKING]
    assert (shown(form.unlisted_formula, cells, config), blocked == ["statut-inconnu"]) == (is_red, is_red)


# --- Google -------------------------------------------------------------------------------------------------------


def test_a_write_that_is_refused_is_said(shared: SharedSheet) -> None:
    shared.google.editors.clear()
    code, out, err = shared.run("setup")
    assert (code, out, shared.calls) == (1, "", [READ, WRITE])
    assert err.startswith("Écriture refusée dans la feuille 1AbC.")


def test_what_is_asked_for_exists() -> None:
    assert [mask_mistakes(mask, "Spreadsheet") for mask in (job_google.MASK, form.MASK)] == [[], []]


def rule(kind: str, *values: dict[str, str]) -> dict[str, Any]:
    return {"setDataValidation": {"rule": {"condition": {"type": kind, "values": [*values]}}}}


@pytest.mark.parametrize(
    ("request_", "mistake"),
    [
        ({"addSheets": {}}, ".addSheets: unknown field"),
        ({}, ": empty"),
        ({"addSheet": {"properties": {"sheetId": "1"}}}, ".addSheet.properties.sheetId: not of type integer"),
        ({"addSheet": {"properties": {"sheetId": 2**31}}}, ".addSheet.properties.sheetId: beyond 32 bits"),
        ({"addSheet": {"properties": {"sheetType": "X"}}}, ".addSheet.properties.sheetType: 'X' is none of its values"),
        ({"updateCells": {"fields": "userEntered"}}, ".updateCells.fields: 'userEntered' is not in CellData"),
        ({"updateCells": {"rows": [{"values": [3]}]}}, ".updateCells.rows[0].values[0]: not an object"),
        (rule("TEXT_IS_URL", {}), ".setDataValidation.rule: TEXT_IS_URL takes no value"),
        (rule("TEXT_STARTS_WITH"), ".setDataValidation.rule: TEXT_STARTS_WITH is not for data validation"),
    ],
)  # fmt: skip
def test_the_description_refuses_what_google_would(request_: dict[str, Any], mistake: str) -> None:
    assert f"Request{mistake}" in mistakes(request_, "Request")


def test_what_stands_in_the_file_never_becomes_a_formula(shared: SharedSheet, tmp_path: Path) -> None:
    rows = table()[:4]
    rows[1][2], rows[2][4] = "=IMPORTXML(1;2)", "+1"
    path = tmp_path / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    assert shared.run("setup", "--from", path)[0] == 0
    (sent,) = [seen.body.decode() for seen in shared.google.seen if seen.method == WRITE and seen.host == SHEETS]
    assert "IMPORTXML" in sent
    assert not {"formulaValue", "numberValue", "boolValue"} & set(sent.replace('"', " ").split())
