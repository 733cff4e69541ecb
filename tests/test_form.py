"""`setup`: what it makes of a spreadsheet, what it leaves alone, and what it tells the agents."""

from __future__ import annotations

import copy
import csv
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import BLANK, SOUND, SharedSheet, sheet
from discovery import mask_mistakes, mistakes
from fake_google import READ_WRITE, ROBOT, SHEETS, FakeCell, FakeTab, body, cut, redirect, status

from job import form
from job import sheet as job_sheet
from job.config import Config
from job.model import FIELDS
from job.sheet import INSTRUCTIONS_GID, INSTRUCTIONS_TAB, column_letters
from job.validate import validate

EXAMPLE = Path(__file__).parent / "data" / "tableau.csv"
READ, WRITE = "GET", "POST"


def table() -> list[list[str]]:
    with EXAMPLE.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


# --- an empty spreadsheet -------------------------------------------------------------------------------------------


def box(where: dict[str, int]) -> str:
    """A range in A1 notation."""
    first = f"{column_letters(where.get('startColumnIndex', 0))}{where.get('startRowIndex', 0) + 1}"
    return f"{first}:{column_letters(where['endColumnIndex'] - 1)}{where['endRowIndex']}"


def described(tab: FakeTab) -> Iterator[str]:
    """Everything about a tab but its notes, a line each; cells with the same properties as one range."""
    yield f"{tab.row_count} rows, {tab.column_count} columns, {tab.frozen_rows} frozen"
    for column in range(tab.column_count):
        looks = [(row, look(tab, row, column)) for row in range(tab.row_count)]
        for what, rows in itertools.groupby(looks, key=lambda item: item[1]):
            numbers = [row + 1 for row, _ in rows]
            if what:
                yield f"{column_letters(column)}{numbers[0]}:{numbers[-1]} {what}"
    yield "widths " + " ".join(f"{column_letters(i)}={c['pixelSize']}" for i, c in sorted(tab.columns.items()))
    for protected in tab.owned["protectedRanges"]:
        yield f"protected {box(protected['range'])}{', warning only' if protected['warningOnly'] else ''}"
    for banding in tab.owned["bandedRanges"]:
        yield f"banded {box(banding['range'])}"
    for rule in tab.owned["conditionalFormats"]:
        (value,) = rule["booleanRule"]["condition"]["values"]
        yield f"coloured {box(rule['ranges'][0])} where {value['userEnteredValue']}"


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
    code, out, err = shared.run("setup")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        (
            "Onglet « Feuille 1 » : titres écrits, titres figés, titres mis en forme, note sur chaque titre, titres "
            "protégés par un avertissement, listes déroulantes et règle des adresses, textes à la ligne, largeurs, "
            "couleurs alternées, lignes incomplètes signalées."
        ),
        "Onglet « Mode d'emploi » : ajouté.",
    ]
    assert (shared.calls, shared.google.scopes) == ([READ, WRITE], [READ_WRITE])
    assert [tab.title for tab in shared.google.spreadsheet.tabs] == ["Feuille 1", INSTRUCTIONS_TAB]
    assert list(described(shared.tab("Feuille 1"))) == [
        "120 rows, 26 columns, 1 frozen",
        "A1:1 'Thématique' bold WRAP MIDDLE",
        "A2:120 WRAP TOP ONE_OF_LIST(6) only",
        "B1:1 'Catégorie' bold WRAP MIDDLE",
        "B2:120 WRAP TOP ONE_OF_LIST(66) only",
        "C1:1 'Nom du jeu de données' bold WRAP MIDDLE",
        "C2:120 WRAP TOP",
        "D1:1 'Producteur' bold WRAP MIDDLE",
        "D2:120 WRAP TOP",
        "E1:1 'Ministère de tutelle' bold WRAP MIDDLE",
        "E2:120 WRAP TOP ONE_OF_LIST(14) else a warning",
        "F1:1 'Statut' bold WRAP MIDDLE",
        "F2:120 WRAP TOP ONE_OF_LIST(8) only",
        "G1:1 'URL' bold WRAP MIDDLE",
        "G2:120 WRAP TOP TEXT_IS_URL(0) else a warning",
        "widths A=200 B=260 C=320 D=150 E=300 F=170 G=320",
        "protected A1:G1, warning only",
        "banded A1:G120",
        (
            'coloured A2:G120 where =("ligne incomplète"<>"")*(($A2&$B2&$C2&$D2&$E2&$F2&$G2)<>"")*($C2<>"A venir")'
            '*((($B2="")+($C2="")+($D2="")+($E2="")+($F2=""))>0)>0'
        ),
    ]


def test_each_title_has_a_note_that_says_what_to_type(shared: SharedSheet, config: Config) -> None:
    shared.run("setup")
    notes = [extra["note"] for place, extra in sorted(shared.tab("Feuille 1").extra.items()) if "note" in extra]
    assert len(notes) == len(config.columns)
    for column, note in zip(config.columns, notes, strict=True):
        assert note.startswith(column.help)
        assert note.endswith("\nVoir l'onglet « Mode d'emploi ».")
    assert notes[5] == (
        "Choisissez dans la liste l'avancement de l'ouverture. Rien d'autre n'est accepté. Si la case est vide : il "
        "manque le statut ; le jeu est publié avec « A venir ». La ligne est publiée, et le robot demande de "
        "compléter.\nVoir l'onglet « Mode d'emploi »."
    )


def test_run_twice_it_changes_nothing(shared: SharedSheet) -> None:
    shared.run("setup")
    assert shared.run("setup") == (0, "Rien à changer : la feuille est déjà en place.\n", "")
    assert shared.calls == [READ]


def test_the_form_and_its_instructions_are_read_as_a_table_without_rows(shared: SharedSheet) -> None:
    shared.run("setup")
    code, out, _ = shared.run("sync", "--check")
    assert (code, out) == (3, "")  # no row to publish
    shared.run("setup", "--from", EXAMPLE)
    code, out, _ = shared.run("sync", "--check")
    assert (code, out.splitlines()[:2]) == (0, ["97 lignes lues", "97 jeux dans 49 catégories sur 66"])


@pytest.mark.parametrize(
    ("tabs", "configured", "titles"),
    [
        pytest.param([FakeTab("Notes", 3, [["Bonjour"]])], "[]", ["Notes", "Jeux de données"], id="no empty tab"),
        pytest.param(
            [FakeTab("A", 3), FakeTab("B", 4, hidden=True)], '["Suivi"]', ["A", "B", "Suivi"], id="a tab yet to be made"
        ),
        pytest.param([FakeTab("A", 3), FakeTab("B", 4)], '["B"]', ["A", "B"], id="the tab that is named"),
        pytest.param([FakeTab("A", 3), FakeTab("B", 4)], "[4]", ["A", "B"], id="by its number"),
        pytest.param([FakeTab("B", 4, row_count=1, column_count=3)], "[]", ["B"], id="too small a tab"),
    ],
)
def test_the_form_goes_where_it_belongs(
    shared: SharedSheet, tabs: list[FakeTab], configured: str, titles: list[str]
) -> None:
    before = copy.deepcopy(tabs[0])
    shared.google.spreadsheet.tabs = tabs
    shared.configure("tabs = []", f"tabs = {configured}")
    assert shared.run("setup")[0] == 0
    assert [tab.title for tab in shared.google.spreadsheet.tabs] == [*titles, INSTRUCTIONS_TAB]
    assert [shared.tab(titles[-1]).text(0, column) for column in (0, 6)] == ["Thématique", "URL"]
    if len(titles) > 1:
        assert shared.tab(titles[0]) == before
    assert shared.run("setup")[0] == 0
    assert shared.calls == [READ]


# --- a sheet that is in use -----------------------------------------------------------------------------------------


def in_use() -> FakeTab:
    """The 97 rows below a remark, columns in another order, with two columns of the agents' own, and their habits."""
    titles, *rows = table()
    order = [2, 1, 0, 4, 3, 5, 6]

    def line(cells: list[str], inner: str, last: str) -> list[str | FakeCell]:
        moved: list[str | FakeCell] = [cells[i] for i in order]
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
            (1, 1): {"note": "Demandez à Jo avant de choisir."},
        },
        owned={
            "protectedRanges": [{"protectedRangeId": 1, "range": {"sheetId": 42, "endRowIndex": 1}}],
            "bandedRanges": [
                {"bandedRangeId": 2, "range": {"sheetId": 42, "startColumnIndex": 8}, "rowProperties": {"a": {}}},
                {
                    "bandedRangeId": 3,
                    "range": {"sheetId": 42, "startColumnIndex": 0, "endColumnIndex": 2},
                    "rowProperties": {"b": {}},
                },
            ],
            "conditionalFormats": [
                {"ranges": [{"sheetId": 42}], "booleanRule": {"condition": {"type": "TEXT_CONTAINS"}}}
            ],
        },
    )


def test_nothing_of_somebodys_is_touched(shared: SharedSheet) -> None:
    before = in_use()
    shared.google.spreadsheet.tabs = [in_use()]
    code, out, err = shared.run("setup")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        (
            "Onglet « Suivi » : titres mis en forme, note sur chaque titre, titres protégés par un avertissement, "
            "listes déroulantes et règle des adresses, textes à la ligne, largeurs, couleurs alternées, lignes "
            "incomplètes signalées."
        ),
        "Onglet « Mode d'emploi » : ajouté.",
        "Laissé tel quel : onglet « Suivi », 97 lignes saisies.",
        "Laissé tel quel : onglet « Suivi », 2 colonnes ajoutées (« Échéance », « Commentaire »).",
        "Laissé tel quel : onglet « Suivi », 1 note écrite par une personne.",
        "Laissé tel quel : onglet « Suivi », des couleurs alternées choisies par une personne.",
    ]
    after = shared.tab("Suivi")
    same = ("rows", "merges", "filtered_rows", "basic_filter", "frozen_rows", "row_count", "column_count", "gid")
    assert {name: getattr(after, name) for name in same} == {name: getattr(before, name) for name in same}
    assert {place: extra for place, extra in after.extra.items() if place[1] in (3, 8) or place[0] == 0} == {
        (5, 3): before.extra[5, 3]
    }
    assert after.extra[5, 0]["userEnteredFormat"]["textFormat"] == {"bold": True}
    assert after.extra[1, 1]["note"] == "Demandez à Jo avant de choisir."
    assert (after.columns[0], after.columns[3], after.columns[1]) == (
        {"pixelSize": 444}, {"pixelSize": 77}, {"pixelSize": 260},
    )  # fmt: skip
    for kind, items in before.owned.items():
        assert [item for item in after.owned[kind] if item in items] == items
    ours = {kind: [item for item in items if item not in before.owned[kind]] for kind, items in after.owned.items()}
    assert [box(item["range"]) for item in ours["protectedRanges"]] == ["A2:C2", "E2:H2"]
    assert [box(item["range"]) for item in ours["bandedRanges"]] == ["E2:H120"]
    assert [box(where) for where in ours["conditionalFormats"][0]["ranges"]] == ["A3:C120", "E3:H120"]
    assert after.extra[15, 1]["dataValidation"]["strict"]  # a row that the filter hides


def test_on_a_sheet_in_use_too_a_second_run_changes_nothing(shared: SharedSheet) -> None:
    shared.google.spreadsheet.tabs = [in_use()]
    shared.run("setup")
    assert shared.run("setup")[1].splitlines()[0] == "Rien à changer : la feuille est déjà en place."
    assert shared.calls == [READ]


_SET_UP: list[Sequence[FakeTab]] = []  # the sheet in use, after its first setup


def repaired(shared: SharedSheet, spoil: Callable[[FakeTab], object]) -> str:
    """What a run tells after somebody spoilt the form; it is then as it was."""
    if not _SET_UP:
        shared.google.spreadsheet.tabs = [in_use()]
        shared.run("setup")
        _SET_UP.append(shared.google.spreadsheet.tabs)
    right = copy.deepcopy(_SET_UP[0])
    shared.google.spreadsheet.tabs = copy.deepcopy(right)
    spoil(shared.tab("Suivi"))
    out = shared.run("setup")[1].splitlines()[0]
    for tab, wanted in zip(shared.google.spreadsheet.tabs, right, strict=True):
        for item in [*tab.owned["protectedRanges"], *wanted.owned["protectedRanges"]]:
            item.pop("protectedRangeId")
        for item in [*tab.owned["bandedRanges"], *wanted.owned["bandedRanges"]]:
            item.pop("bandedRangeId")
        assert tab == wanted
    return out


NUMBERED = {"protectedRangeId": 9}
PROTECTED, COLOURED = "titres protégés par un avertissement", "lignes incomplètes signalées"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda tab: tab.extra[7, 6].pop("dataValidation"), "listes déroulantes et règle des adresses"),
        (lambda tab: tab.extra[7, 6]["dataValidation"].pop("strict", 0), "listes déroulantes et règle des adresses"),
        (lambda tab: tab.extra[1, 2].update(note="Ancien.\nVoir l'onglet « Mode d'emploi »."), "note sur chaque titre"),
        (lambda tab: tab.owned["protectedRanges"].pop(), PROTECTED),
        (lambda tab: tab.owned["protectedRanges"][-1].pop("warningOnly"), PROTECTED),
        (lambda tab: tab.owned["protectedRanges"].append(tab.owned["protectedRanges"][-1] | NUMBERED), PROTECTED),
        (lambda tab: tab.owned["bandedRanges"][-1]["range"].update(endRowIndex=50), "couleurs alternées"),
        (lambda tab: tab.owned["conditionalFormats"][0]["ranges"].pop(), COLOURED),
        (lambda tab: tab.owned["conditionalFormats"].append(tab.owned["conditionalFormats"][0]), COLOURED),
        (lambda tab: tab.extra[9, 0]["userEnteredFormat"].pop("wrapStrategy"), "textes à la ligne"),
        (lambda tab: tab.extra[1, 0]["userEnteredFormat"].pop("textFormat"), "titres mis en forme"),
        (lambda tab: tab.columns.pop(1), "largeurs"),
    ],
)  # fmt: skip
def test_what_is_ours_is_put_back_and_nothing_else_written(
    shared: SharedSheet, spoil: Callable[[FakeTab], object], told: str
) -> None:
    assert repaired(shared, spoil) == f"Onglet « Suivi » : {told}."


def test_rows_added_at_the_bottom_get_the_rules_too(shared: SharedSheet) -> None:
    shared.run("setup")
    shared.tab("Feuille 1").row_count = 140
    shared.run("setup")
    assert list(described(shared.tab("Feuille 1")))[-2] == "banded A1:G140"
    assert shared.tab("Feuille 1").extra[139, 1]["dataValidation"]["strict"]
    shared.run("setup")
    assert shared.calls == [READ]


# --- rows to start from ---------------------------------------------------------------------------------------------


def test_a_new_sheet_is_filled_from_a_file(shared: SharedSheet) -> None:
    code, out, _ = shared.run("setup", "--from", EXAMPLE)
    assert (code, shared.calls) == (0, [READ, WRITE])
    assert "97 lignes remplies" in out
    tab = shared.tab("Feuille 1")
    assert [[tab.text(row, column) for column in range(7)] for row in range(99)] == [*table(), [""] * 7]


def test_rows_find_their_columns_and_room_for_them(shared: SharedSheet) -> None:
    titles = ["Statut", "Note", "URL", "Nom", "Catégorie", "Producteur", "Thème", "Ministère"]
    shared.google.spreadsheet.tabs = [FakeTab("Suivi", 0, [titles], row_count=5)]
    assert shared.run("setup", "--from", EXAMPLE)[0] == 0
    tab, rows = shared.tab("Suivi"), table()
    assert [tab.text(97, column) for column in (3, 1, 0)] == [rows[97][2], "", rows[97][5]]
    assert tab.row_count == 99


@pytest.mark.parametrize(
    ("tabs", "sentence"),
    [
        (
            [in_use()],
            "L'onglet « Suivi » contient déjà 97 lignes : --from ne remplit qu'un tableau neuf et vide.",
        ),
        (
            [FakeTab("A", 1, [table()[0]]), FakeTab("B", 2, [table()[0]])],
            "La feuille compte déjà 2 onglets à remplir : --from ne remplit qu'un tableau neuf et vide.",
        ),
        (
            [FakeTab("A", 1, [table()[0][1:6]])],
            (
                "L'onglet « A » n'a pas de colonne pour « Thématique », « URL ». Ajoutez-la. --from ne remplit qu'un "
                "tableau neuf et vide."
            ),
        ),
    ],
)
def test_rows_are_never_filled_in_where_some_are(shared: SharedSheet, tabs: list[FakeTab], sentence: str) -> None:
    shared.google.spreadsheet.tabs = tabs
    assert shared.run("setup", "--from", EXAMPLE) == (1, "", f"{sentence} Rien n'a été modifié.\n")
    assert shared.calls == [READ]


# --- what an agent reads --------------------------------------------------------------------------------------------


def test_the_instructions_say_what_the_validator_does(config: Config) -> None:
    lines = form.render_instructions(config, form.column_rules(config))
    pairs = {tuple(line) for line in lines}
    rules = dict(line for line in lines if len(line) == 2)
    example = {column.field: column.example for column in config.columns}
    for column in config.columns:
        assert (column.title, column.example) in pairs
        assert rules[column.title].startswith(column.help)
        (finding, *_) = validate(sheet({**SOUND, **example, column.field: ""}), config).findings
        assert finding.wrong in rules[column.title]
        assert ("n'est pas publiée" in rules[column.title]) == (finding.severity == "bloquant")
    assert validate(sheet({**example, "link": ""}), config).findings == ()
    for status_ in config.statuses:
        assert rules[status_.label].startswith(status_.meaning)
        assert ("Une adresse est attendue" in rules[status_.label]) == status_.promises_access
    for category, theme in config.theme_of.items():
        assert (theme, category) in pairs
    assert f"«\u00a0{config.placeholder}\u00a0»" in " ".join(line[0] for line in lines)
    assert max(len(line[0]) for line in lines) <= 130


def test_every_choice_of_the_lists_is_published_as_it_is(config: Config) -> None:
    choices = form.choices(config)
    assert set(choices["theme"][0]) == set(config.theme_of.values())
    for field in ("category", "status", "ministry"):
        cells = [{**SOUND, field: label, "name": f"Jeu {label}"} for label in choices[field][0]]
        if field == "category":
            cells = [{**row, "theme": config.theme_of[row["category"]]} for row in cells]
        validation = validate(sheet(*cells), config)
        assert config.title(field) not in {finding.column for finding in validation.findings}
        assert sorted(validation.records[field]) == sorted(choices[field][0])


def test_an_example_that_is_none_is_refused(shared: SharedSheet) -> None:
    shared.configure('example = "Adresses"', 'example = "Adresse"')
    code, out, err = shared.run("setup")
    assert (code, out) == (1, "")
    assert err == (
        "config.toml : l'exemple des colonnes (columns.example) n'en est pas un. Catégorie : « Adresse » : cette "
        "catégorie n'existe pas. Choisissez une valeur dans la liste déroulante. Vouliez-vous dire « Adresses » ? "
        "Rien n'a été modifié.\n"
    )


def test_the_instructions_follow_the_configuration(shared: SharedSheet) -> None:
    shared.run("setup")
    shared.configure('contact = ""', 'contact = "donnees@exemple.gouv.fr"')
    shared.configure("enabled = false", "enabled = true")
    code, out, _ = shared.run("setup")
    assert (code, out) == (0, "Onglet « Mode d'emploi » : mis à jour.\n")
    tab = shared.tab(INSTRUCTIONS_TAB)
    texts = [tab.text(row, 0) for row in range(tab.row_count)]
    assert "Écrivez à donnees@exemple.gouv.fr." in texts
    assert [text for text in texts if "Contrôle automatique" in text]
    assert shared.run("setup")[0] == 0
    assert shared.calls == [READ]


def test_instructions_written_by_hand_are_left_alone(shared: SharedSheet) -> None:
    mine = FakeTab("MODE D’EMPLOI", 5, [["Appelez Jo."]])
    shared.google.spreadsheet.tabs = [FakeTab("Suivi", 0), copy.deepcopy(mine)]
    out = shared.run("setup")[1].splitlines()
    assert out[1:] == [
        (
            "Laissé tel quel : onglet « Mode d'emploi », que le robot n'a pas écrit. Pour obtenir celui du robot, "
            "renommez-le et relancez."
        )
    ]
    assert shared.google.spreadsheet.tabs[1] == mine


def test_instructions_that_were_renamed_are_still_ours(shared: SharedSheet) -> None:
    shared.run("setup")
    shared.tab(INSTRUCTIONS_TAB).title = "À lire d'abord"
    assert shared.run("setup")[1] == "Rien à changer : la feuille est déjà en place.\n"
    assert [tab.gid for tab in shared.google.spreadsheet.tabs] == [0, INSTRUCTIONS_GID]


INCOMPLETE = {"categorie-vide", "nom-vide", "ligne-sans-jeu", "producteur-vide", "ministere-vide", "statut-vide"}


@pytest.mark.parametrize(
    "cells",
    [
        SOUND,
        BLANK,
        {**BLANK, "category": "Adresses", "name": "A venir"},
        {**BLANK, "category": "Adresses"},
        {**BLANK, "name": "Cadastre"},
        {**SOUND, "theme": "", "url": "", "status": "Planifié"},
        *({**SOUND, field: ""} for field in FIELDS),
    ],
)
def test_a_row_is_coloured_when_the_validator_misses_a_cell(cells: dict[str, str], config: Config) -> None:
    columns = {field: column for column, field in enumerate(FIELDS)}
    formula = form.incomplete_formula(columns, 2, config.placeholder).removeprefix("=")
    for sign, python in (("<>", "!="), ('=""', '==""'), ('!==""', '!=""'), ("&", "+")):
        formula = formula.replace(sign, python)
    values = {f"{column_letters(column)}2": cells[field] for field, column in columns.items()}
    shown = eval(formula.replace("$", ""), {}, values)  # noqa: S307  our own formula, of comparisons only
    codes = {finding.code for finding in validate(sheet(cells), config).findings}
    assert shown == bool(codes & INCOMPLETE)


# --- when Google refuses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (
            lambda google: google.editors.clear(),
            f"Écriture refusée dans la feuille 1AbC. Partagez-la avec {ROBOT} comme « Éditeur ». Rien n'a été modifié.",
        ),
        (
            lambda google: google.next(SHEETS, None, status(400, "You are trying to edit a protected cell or object.")),
            (
                f"Une plage protégée de la feuille 1AbC empêche d'écrire. Autorisez {ROBOT} à la modifier. Rien n'a "
                "été modifié."
            ),
        ),
        (
            lambda google: google.next(SHEETS, None, status(400, "Invalid requests[0].addSheet: …")),
            (
                "Google refuse d'écrire dans la feuille 1AbC (réponse 400). Si cela persiste, signalez-le. Rien n'a "
                "été modifié."
            ),
        ),
        (
            lambda google: google.next(SHEETS, None, status(403, reason="ACCESS_TOKEN_SCOPE_INSUFFICIENT")),
            (
                "Vos identifiants Google ne donnent pas le droit d'écrire dans les feuilles de calcul. "
                f"Reconnectez-vous avec gcloud auth application-default login --scopes={READ_WRITE},"
                "https://www.googleapis.com/auth/cloud-platform. Rien n'a été modifié."
            ),
        ),
        (
            lambda google: google.next(SHEETS, None, cut),
            (
                "La réponse de Google est illisible ou incomplète. Relancez plus tard. La feuille a peut-être déjà été "
                "modifiée : relancer ne fera rien deux fois."
            ),
        ),
        *(
            (
                lambda google, answer=answer: google.next(SHEETS, None, answer),
                (
                    "La réponse de Google est illisible ou incomplète. Relancez plus tard. La feuille a peut-être "
                    "déjà été modifiée : relancer ne fera rien deux fois."
                ),
            )
            for answer in (body(200, "{}", "application/json"), redirect(302, "https://evil.example/"))
        ),
        (
            lambda google: google.next(SHEETS, None, status(503)),
            (
                "Google est en panne (réponse 503). Relancez plus tard. La feuille a peut-être déjà été modifiée : "
                "relancer ne fera rien deux fois."
            ),
        ),
    ],
)
def test_a_write_that_fails_is_said_and_never_repeated(
    shared: SharedSheet, prepare: Callable[[Any], object], sentence: str
) -> None:
    prepare(shared.google)
    assert shared.run("setup") == (1, "", f"{sentence}\n")
    assert shared.calls == [READ, WRITE]


def test_the_quota_is_waited_for(shared: SharedSheet) -> None:
    shared.google.next(SHEETS, None, status(429, Retry_After="0"))
    assert shared.run("setup")[0] == 0
    assert shared.calls == [READ, WRITE, WRITE]


# --- the description of the API -------------------------------------------------------------------------------------


def test_what_is_asked_for_exists() -> None:
    assert [mask_mistakes(mask, "Spreadsheet") for mask in (job_sheet.MASK, form.MASK)] == [[], []]


@pytest.mark.parametrize(
    ("request_", "mistake"),
    [
        ({"addSheets": {}}, "Request.addSheets: unknown field"),
        ({}, "Request: empty"),
        ({"addSheet": {"properties": {"sheetId": "1"}}}, "Request.addSheet.properties.sheetId: not of type integer"),
        ({"addSheet": {"properties": {"sheetId": 2**31}}}, "Request.addSheet.properties.sheetId: beyond 32 bits"),
        (
            {"addSheet": {"properties": {"sheetType": "X"}}},
            "Request.addSheet.properties.sheetType: 'X' is none of its values",
        ),
        ({"updateCells": {"fields": "userEntered"}}, "Request.updateCells.fields: 'userEntered' is not in CellData"),
        (
            {"updateCells": {"rows": [{"values": [{"hyperlink": 3}]}]}},
            "Request.updateCells.rows[0].values[0].hyperlink: not of type string",
        ),
        (
            {"setDataValidation": {"rule": {"condition": {"type": "TEXT_IS_URL", "values": [{}]}}}},
            "Request.setDataValidation.rule: TEXT_IS_URL takes no value",
        ),
        (
            {"setDataValidation": {"rule": {"condition": {"type": "TEXT_STARTS_WITH"}}}},
            "Request.setDataValidation.rule: TEXT_STARTS_WITH is not for data validation",
        ),
    ],
)  # fmt: skip
def test_the_description_refuses_what_google_would(request_: dict[str, Any], mistake: str) -> None:
    assert mistake in mistakes(request_, "Request")


def test_no_request_of_a_plan_writes_a_formula(shared: SharedSheet) -> None:
    shared.run("setup", "--from", EXAMPLE)
    (sent,) = [seen.body.decode() for seen in shared.google.seen if seen.method == WRITE and seen.host == SHEETS]
    assert not re.search("formulaValue|numberValue|boolValue", sent)
