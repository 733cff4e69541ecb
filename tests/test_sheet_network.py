"""Google Sheet → Snapshot, through real sockets with the real gspread and google-auth."""

from __future__ import annotations

import json
import logging
import time
import traceback
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fake_google import (
    FEDERATED,
    FEDERATION,
    IMPERSONATION,
    OIDC,
    READ_ONLY,
    READ_WRITE,
    ROBOT,
    SHEETS,
    TOKEN,
    TOKENS,
    FakeCell,
    FakeGoogle,
    FakeSpreadsheet,
    FakeTab,
    body,
    cut,
    drip,
    hang,
    key_info,
    redirect,
    reset,
    status,
)
from test_sheet import CELLS, TITLES, config_of, rows_of

from job.model import Finding, JobError, Snapshot, Tab
from job.sheet import FEEDBACK_TAB, INSTRUCTIONS_TAB, Patience, connect, fetch_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IMPATIENT = Patience(credentials_s=5, total_s=5, connect_s=2, read_s=2, tries=3, first_pause_s=0.01)
HASTY = replace(IMPATIENT, total_s=0.6, read_s=0.15)  # for what never answers
COLUMNS = dict(zip(("theme", "category", "name", "producer", "ministry", "status", "url"), "ABCDEFG", strict=True))
LINK = "https://docs.google.com/spreadsheets/d/1AbC/edit#gid="
HTML = "<!DOCTYPE html><title>Error 502 (Server Error)!!1</title>"


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGoogle]:
    """A sheet with one tab and one dataset, and the environment that leads to it."""
    spreadsheet = FakeSpreadsheet("1AbC", "Suivi HVD", [FakeTab("Données", 0, [TITLES, CELLS])])
    with FakeGoogle(spreadsheet) as fake:
        for name, value in fake.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
        yield fake


def fetch(*tabs: str | int, sheet_id: str = "1AbC", patience: Patience = IMPATIENT) -> Snapshot:
    return fetch_snapshot(connect(patience=patience), config_of(Path(), sheet_id=sheet_id, tabs=tabs), patience)


def refusal(*tabs: str | int, sheet_id: str = "1AbC", patience: Patience = IMPATIENT) -> str:
    """The sentence, proved to end as every sentence does and to hold no secret however it is printed."""
    with pytest.raises(JobError) as refused:
        fetch(*tabs, sheet_id=sheet_id, patience=patience)
    error = refused.value
    assert (error.exit_code, error.__context__, error.__cause__) == (1, None, None)
    printed = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert not any(secret in printed for secret in SECRETS)
    sentence, end = str(error).split(" Rien n'a été modifié.")
    assert end == ""
    return sentence


SECRETS = (TOKEN, "Bearer", "assertion", key_info()["private_key"][100:140])


# --- what is read ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 12])
def test_a_night_costs_one_token_and_one_read_whatever_the_number_of_tabs(google: FakeGoogle, count: int) -> None:
    google.spreadsheet.tabs = [FakeTab(f"Onglet {gid}", gid, [TITLES, CELLS]) for gid in range(count)]
    snapshot = fetch()
    assert google.calls(TOKENS, SHEETS) == ["POST /token", "GET /v4/spreadsheets/1AbC"]
    assert rows_of(snapshot.rows) == [(tab, 2, *CELLS, "") for tab in range(count)]
    assert (snapshot.source, snapshot.sheet_id, snapshot.findings) == ("Suivi HVD", "1AbC", ())
    assert snapshot.tabs == tuple(Tab(f"Onglet {gid}", gid, COLUMNS) for gid in range(count))


def test_the_scope_is_read_only_unless_the_command_writes(google: FakeGoogle) -> None:
    fetch()
    fetch_snapshot(connect(READ_WRITE, IMPATIENT), config_of(Path()), IMPATIENT)
    assert google.scopes == [READ_ONLY, READ_WRITE]


def test_neither_notes_nor_anybodys_address_are_asked_for(google: FakeGoogle) -> None:
    google.spreadsheet.tabs = [FakeTab("Données", 0, [TITLES, ["Géo", "A", FakeCell("Nom", person="jo@min.fr")]])]
    assert rows_of(fetch().rows) == [(0, 2, "Géo", "A", "Nom", "", "", "", "", "")]
    (mask,) = next(seen.query["fields"] for seen in google.seen if seen.host == SHEETS)
    assert not [word for word in ("person", "note", "userEntered", "includeGridData") if word in mask]


def data(title: str, gid: int, **more: Any) -> FakeTab:
    return FakeTab(title, gid, [TITLES, CELLS], **more)


EXAMPLE_TABS = (
    FakeTab("Bienvenue", 1, [["Bonjour"], ["Ceci est le suivi"]]),
    data("Suivi", 2),
    data("Archives", 3, hidden=True),
    data(FEEDBACK_TAB, 4),
    data(INSTRUCTIONS_TAB.upper().replace("'", "’"), 5),
    FakeTab("Graphique", 6, kind="OBJECT"),
    data("Suivi (Météo)", 7),
    FakeTab("Vide", 8),
)


@pytest.mark.parametrize(
    ("named", "read", "skipped"),
    [
        pytest.param((), ["Suivi", "Suivi (Météo)"], ["Bienvenue", "Vide"], id="every visible tab with the titles"),
        pytest.param(("Suivi",), ["Suivi"], [], id="one by title"),
        pytest.param(
            (7, "suivi "), ["Suivi", "Suivi (Météo)"], [], id="by gid and by folded title, in the sheet's order"
        ),
        pytest.param((2, "Suivi"), ["Suivi"], [], id="named twice, read once"),
        pytest.param(("Archives",), ["Archives"], [], id="a hidden one when it is named"),
    ],
)
def test_tabs_are_those_named_or_else_those_that_can_be_seen(
    google: FakeGoogle, named: tuple[str | int, ...], read: list[str], skipped: list[str]
) -> None:
    google.spreadsheet.tabs = EXAMPLE_TABS
    snapshot = fetch(*named)
    assert [tab.title for tab in snapshot.tabs] == read
    assert [(finding.code, finding.tab) for finding in snapshot.findings] == [("onglet-ignore", tab) for tab in skipped]


@pytest.mark.parametrize("title", ["Suivi, mdp : hunter2", "Suivi \u202egnp.exe", "jean.dupont@exemple.fr", ""])
def test_a_title_that_may_not_be_repeated_is_not(google: FakeGoogle, title: str) -> None:
    google.spreadsheet.title = title
    google.spreadsheet.tabs = [data(title or "\u202e", 1)]
    snapshot = fetch()
    assert (snapshot.source, snapshot.tabs[0].title) == ("?", "?")


def test_a_renamed_tab_is_found_by_its_gid(google: FakeGoogle) -> None:
    google.spreadsheet.tabs = [data("Suivi 2027 (ne pas renommer !)", 42)]
    assert fetch(42).tabs == (Tab("Suivi 2027 (ne pas renommer !)", 42, COLUMNS),)


EXISTING = (
    "Onglets existants : « Bienvenue » (gid 1), « Suivi » (gid 2), « Archives » (gid 3), « Suivi (Météo) » (gid 7), "
    "« Vide » (gid 8). Corrigez sheet.tabs dans config.toml."
)


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ((99,), f"L'onglet gid 99 n'existe pas dans la feuille. {EXISTING}"),
        (("Suivi", "Météo"), f"L'onglet « Météo » n'existe pas dans la feuille. {EXISTING}"),
        ((FEEDBACK_TAB,), f"L'onglet « {FEEDBACK_TAB} » n'existe pas dans la feuille. {EXISTING}"),
        (("Graphique",), f"L'onglet « Graphique » n'existe pas dans la feuille. {EXISTING}"),
        (
            ("Vide",),
            (
                "Onglet « Vide », dix premières lignes : il manque les colonnes « Catégorie », "
                "« Nom du jeu de données », « Producteur », « Statut ». Rétablissez les titres de colonnes, "
                "sur une même ligne."
            ),
        ),
    ],
)
def test_a_named_tab_that_is_missing_or_without_titles_stops_the_job(
    google: FakeGoogle, named: tuple[str | int, ...], sentence: str
) -> None:
    google.spreadsheet.tabs = EXAMPLE_TABS
    assert refusal(*named) == sentence


@pytest.mark.parametrize(
    ("titles", "sentence"),
    [
        (
            ["Catégorie", "Nom du jeu de données", "Producteur"],
            (
                "Onglet « Météo », ligne 2 : il manque la colonne « Statut ». Rétablissez les titres de colonnes, "
                "sur une même ligne."
            ),
        ),
        (
            ["Statut", "Producteur"],
            (
                "Onglet « Météo », ligne 2 : il manque les colonnes « Catégorie », « Nom du jeu de données ». "
                "Rétablissez les titres de colonnes, sur une même ligne."
            ),
        ),
        (
            ["Catégorie", "Titre", "Producteur", "Statut", "Nom du jeu de données"],
            (
                "Onglet « Météo » : la colonne « Nom du jeu de données » existe deux fois, en B2 et en E2. "
                "Supprimez ou renommez l'une des deux."
            ),
        ),
    ],
)
def test_a_tab_with_some_of_the_titles_stops_the_job(google: FakeGoogle, titles: list[str], sentence: str) -> None:
    google.spreadsheet.tabs = [data("Suivi", 1), FakeTab("Météo", 2, [[], titles])]
    assert refusal() == sentence


def test_a_tab_with_one_word_of_the_titles_is_not_a_broken_table(google: FakeGoogle) -> None:
    google.spreadsheet.tabs = [data("Suivi", 1), FakeTab("Légende", 2, [["Statut", "Sens"], ["A venir", "plus tard"]])]
    assert fetch().findings == (
        Finding(
            severity="info",
            code="onglet-ignore",
            problem="Cet onglet n'a pas été lu : ses dix premières lignes ne portent pas les titres attendus.",
            remedy="S'il contient des jeux de données, donnez-lui les mêmes titres de colonnes qu'aux autres onglets.",
            tab="Légende",
            link=f"{LINK}2",
        ),
    )


@pytest.mark.parametrize(
    "tabs", [[FakeTab("Feuille 1", 0)], [data("Caché", 0, hidden=True)], [FakeTab("Notes", 0, [["Bonjour"]])]]
)
def test_a_sheet_without_any_table_stops_the_job(google: FakeGoogle, tabs: list[FakeTab]) -> None:
    google.spreadsheet.tabs = tabs
    assert refusal() == (
        "Aucun onglet visible du tableau ne porte les titres attendus (« Catégorie », « Nom du jeu de données », "
        "« Producteur », « Statut ») dans ses dix premières lignes. Rétablissez-les, ou indiquez l'onglet dans "
        "config.toml (sheet.tabs)."
    )


def test_a_header_alone_is_a_table_without_rows(google: FakeGoogle) -> None:
    google.spreadsheet.tabs = [FakeTab("Données", 0, [TITLES])]
    snapshot = fetch()
    assert (rows_of(snapshot.rows), snapshot.tabs) == ([], (Tab("Données", 0, COLUMNS),))


def test_hidden_rows_are_read_and_counted(google: FakeGoogle) -> None:
    rows = [["En préparation"], TITLES, CELLS, [], CELLS, CELLS]
    google.spreadsheet.tabs = [
        FakeTab("Un", 1, rows, hidden_rows=frozenset({0, 2, 3}), filtered_rows=frozenset({2, 4})),
        FakeTab("Deux", 2, rows, filtered_rows=frozenset({5})),
    ]
    snapshot = fetch()
    assert rows_of(snapshot.rows) == [(tab, row, *CELLS, "") for tab in (0, 1) for row in (3, 5, 6)]
    remedy = "Pour qu'un jeu de données ne soit plus publié, supprimez sa ligne au lieu de la masquer."
    two, one = "2 lignes masquées ont été lues comme les autres.", "1 ligne masquée a été lue comme les autres."
    assert snapshot.findings == (
        Finding("info", "ligne-masquee", two, remedy, tab="Un", link=f"{LINK}1"),
        Finding("info", "ligne-masquee", one, remedy, tab="Deux", link=f"{LINK}2"),
    )


def test_an_unknown_column_is_mentioned_with_a_link_to_its_title(google: FakeGoogle) -> None:
    google.spreadsheet.tabs = [FakeTab("Données", 7, [[*TITLES, "Mémo\n interne"], [*CELLS, "x"]])]
    problem = "Cette colonne n'est pas connue : elle n'est pas publiée."
    assert fetch().findings == (
        Finding("info", "colonne-ignoree", problem, "", "Données", "H1", 1, "Mémo interne", link=f"{LINK}7&range=H1"),
    )


BAN, RNB = "https://ban.fr", "https://rnb.fr"


LINKS: list[tuple[str, str | FakeCell, str | FakeCell, tuple[str, str, str]]] = [
    # where the link is; the name's cell; the URL's cell; name, address, link as read
    ("on the name", FakeCell("N", link=BAN), "", ("N", "", BAN)),
    ("on a part of the name", FakeCell("N", runs=("", BAN)), "", ("N", "", BAN)),
    ("twice the same", FakeCell("N", runs=(BAN, "", BAN)), "", ("N", "", BAN)),
    ("two of them: never guess", FakeCell("N", runs=(BAN, RNB)), "", ("N", "", "")),
    ("a smart chip", FakeCell("N", chips=(BAN,)), "", ("N", "", BAN)),
    ("a chip and another link", FakeCell("N", chips=(BAN,), runs=(RNB,)), "", ("N", "", "")),
    ("behind the text of the URL cell", "N", FakeCell("Lien", link=BAN), ("N", BAN, "")),
    ("on a part of the URL cell", "N", FakeCell("ban.fr", runs=(BAN,)), ("N", BAN, "")),
    ("a typed address wins over its own link", "N", FakeCell(RNB, link=BAN), ("N", RNB, "")),
    ("in capitals too", "N", FakeCell(" HTTP://rnb.fr", link=BAN), ("N", " HTTP://rnb.fr", "")),
    ("two in the URL cell", "N", FakeCell("Liens", runs=(BAN, RNB)), ("N", "Liens", "")),
    ("one on each", FakeCell("N", link=RNB), FakeCell("Lien", link=BAN), ("N", BAN, RNB)),
    ("an error has no link", "N", FakeCell("#REF!", error="REF", link=BAN), ("N", "#REF!", "")),
    ("none", "N", "", ("N", "", "")),
]


def test_links_are_read_from_the_cell_that_carries_them(google: FakeGoogle) -> None:
    rows = [["Géo", FakeCell("A", link=RNB), name, "", "", "", url] for _, name, url, _ in LINKS]
    google.spreadsheet.tabs = [FakeTab("Données", 0, [TITLES, *rows])]
    read = fetch().rows
    found = zip(read["name"], read["url"], read["link"], strict=True)
    assert dict(zip([case for case, *_ in LINKS], found, strict=True)) == {case: right for case, _, _, right in LINKS}
    assert set(read["category"]) == {"A"}


def test_a_formula_error_reads_as_its_english_name_whatever_is_shown(google: FakeGoogle) -> None:
    shown = {
        "ERROR": "#ERROR!",
        "NULL_VALUE": "#NULL!",
        "DIVIDE_BY_ZERO": "#DIV/0!",
        "VALUE": "#VALUE!",
        "REF": "#REF!",
        "NAME": "#NAME?",
        "NUM": "#NUM!",
        "N_A": "#N/A",
        "LOADING": "Loading...",
        "INVENTED_TOMORROW": "#ERROR!",
    }
    rows: list[list[str | FakeCell]] = [["", "A", FakeCell("un nom", error=kind)] for kind in shown]
    google.spreadsheet.tabs = [FakeTab("Données", 0, [TITLES, *rows])]
    assert list(fetch().rows["name"]) == list(shown.values())


MERGES: list[tuple[str, list[tuple[int, int, int, int]], list[tuple[str, str]]]] = [
    # what is merged; first row, end row, first column, end column; theme and category read on the first four rows
    ("none", [], [("T1", "C1"), ("", ""), ("T2", "C2"), ("", "")]),
    ("theme", [(1, 3, 0, 1)], [("T1", "C1"), ("T1", ""), ("T2", "C2"), ("", "")]),
    ("category", [(1, 3, 1, 2)], [("T1", "C1"), ("", "C1"), ("T2", "C2"), ("", "")]),
    ("several", [(1, 3, 0, 1), (1, 3, 1, 2), (3, 5, 1, 2)], [("T1", "C1"), ("T1", "C1"), ("T2", "C2"), ("", "C2")]),
    ("wide: its left column", [(1, 3, 0, 2)], [("T1", "C1"), ("T1", ""), ("T2", "C2"), ("", "")]),
    ("below the last row", [(3, 900, 0, 1)], [("T1", "C1"), ("", ""), ("T2", "C2"), ("T2", "")]),
    ("from the header", [(0, 3, 0, 1)], [("T1", "C1"), ("", ""), ("T2", "C2"), ("", "")]),
    ("names are no labels", [(1, 3, 2, 3)], [("T1", "C1"), ("", ""), ("T2", "C2"), ("", "")]),
]


def test_a_merged_theme_or_category_counts_for_every_row_it_covers(google: FakeGoogle) -> None:
    rows = [TITLES, ["T1", "C1", "n1"], ["", "", "n2"], ["T2", "C2", "n3"], ["", "", "n4"], ["T3", "C3", "n5"]]
    google.spreadsheet.tabs = [FakeTab(case, gid, rows, merges=merges) for gid, (case, merges, _) in enumerate(MERGES)]
    read = fetch().rows
    found = {
        case: list(zip(tab["theme"], tab["category"], strict=True))
        for (case, *_), (_, tab) in zip(MERGES, read.groupby("tab"), strict=True)
    }
    assert found == {case: [*right, ("T3", "C3")] for case, _, right in MERGES}
    assert list(read["name"]) == ["n1", "n2", "n3", "n4", "n5"] * len(MERGES)


def test_a_merge_makes_no_row_of_an_empty_one(google: FakeGoogle) -> None:
    rows = [TITLES, ["T", "C", "n1"], [], ["", "", "n3"]]
    google.spreadsheet.tabs = [FakeTab("Données", 0, rows, merges=[(1, 4, 0, 1), (1, 4, 1, 2)])]
    assert rows_of(fetch().rows) == [
        (0, 2, "T", "C", "n1", "", "", "", "", ""),
        (0, 4, "T", "C", "n3", "", "", "", "", ""),
    ]


def test_cells_keep_their_place_when_google_sends_them_in_segments(google: FakeGoogle) -> None:
    rows = [["", "", *TITLES], ["", "", *CELLS], [], ["", "", *CELLS]]
    google.spreadsheet.tabs = [
        FakeTab("Données", 0, rows, segments=[(0, 2), (2, 1)], hidden_rows=frozenset({3})),
    ]
    snapshot = fetch()
    assert rows_of(snapshot.rows) == [(0, 2, *CELLS, ""), (0, 4, *CELLS, "")]
    assert snapshot.tabs[0].columns["theme"] == "C"
    assert [finding.code for finding in snapshot.findings] == ["ligne-masquee"]


# --- what can go wrong ----------------------------------------------------------------------------------------------

DOWN = "Google est en panne (réponse {}). Relancez plus tard."
TOO_LATE = "Google n'a pas répondu à temps. Relancez plus tard."
UNREADABLE = "La réponse de Google est illisible ou incomplète. Relancez plus tard."
UNREACHABLE = "Google est injoignable : pas de connexion. Vérifiez l'accès à Internet, puis relancez."
MISSHAPEN = "La réponse de Google n'a pas la forme attendue. Relancez ; si cela persiste, signalez-le."
QUOTA = "Le quota de l'API Google Sheets est épuisé. Relancez dans quelques minutes."
KEY_REFUSED = (
    "Google refuse les identifiants du robot. La clé est sans doute révoquée ou remplacée, ou la fédération d'identité "
    "mal réglée : vérifiez le compte de service et sa clé."
)
NO_TOKEN = "Google ne délivre pas de jeton d'accès pour l'instant. Relancez plus tard."  # noqa: S105  a sentence
REFUSED = "Google refuse la lecture de la feuille 1AbC (réponse {}). Vérifiez sheet.id dans config.toml."
NOT_ENABLED = (
    "L'API Google Sheets n'est pas activée dans le projet projet-hvd. Activez-la dans la console Google Cloud."
)


def cells(value: object) -> str:
    """An answer with this in the place of a cell."""
    rows = [{"values": [value]}]
    return json.dumps({"sheets": [{"properties": {"sheetType": "GRID"}, "data": [{"rowData": rows}]}]})


def as_json(text: str, code: int = 200) -> Callable[..., None]:
    return body(code, text, "application/json")


@pytest.mark.parametrize(
    ("fault", "sentence", "tries"),
    [
        pytest.param(status(500), DOWN.format(500), 3, id="500"),
        pytest.param(status(503), DOWN.format(503), 3, id="503"),
        pytest.param(body(502, HTML), DOWN.format(502), 3, id="502 in HTML"),
        pytest.param(as_json('{"error": "boom"}', 503), UNREADABLE, 3, id="an error gspread cannot read"),
        pytest.param(status(429), QUOTA, 3, id="429"),
        pytest.param(status(403, reason="RATE_LIMIT_EXCEEDED"), QUOTA, 3, id="quota told as 403"),
        pytest.param(hang, TOO_LATE, 3, id="silence"),
        pytest.param(drip, TOO_LATE, 1, id="drip"),
        pytest.param(reset, UNREACHABLE, 3, id="reset"),
        pytest.param(cut, UNREADABLE, 3, id="cut"),
        pytest.param(body(200, HTML), UNREADABLE, 3, id="HTML"),
        pytest.param(as_json('{"sheets": ['), UNREADABLE, 3, id="half a JSON"),
        pytest.param(as_json(""), UNREADABLE, 3, id="nothing"),
        pytest.param(as_json("null"), MISSHAPEN, 1, id="null"),
        pytest.param(as_json("[]"), MISSHAPEN, 1, id="a list"),
        pytest.param(as_json("{}"), MISSHAPEN, 1, id="no tab at all"),
        pytest.param(as_json('{"sheets": 3}'), MISSHAPEN, 1, id="tabs that are a number"),
        pytest.param(as_json('{"sheets": [3]}'), MISSHAPEN, 1, id="a tab that is a number"),
        pytest.param(as_json(cells(3)), MISSHAPEN, 1, id="a cell that is a number"),
        pytest.param(as_json(cells({"formattedValue": 3})), MISSHAPEN, 1, id="a text that is a number"),
        pytest.param(as_json(cells({"textFormatRuns": [{"format": ""}]})), MISSHAPEN, 1, id="a format that is a text"),
        pytest.param(status(400), REFUSED.format(400), 1, id="400"),
        pytest.param(body(403, HTML), REFUSED.format(403), 1, id="403 in HTML"),
        pytest.param(status(418), REFUSED.format(418), 1, id="418"),
        pytest.param(status(401), KEY_REFUSED, 3, id="401, google-auth's own three tries"),
        pytest.param(
            status(400, "This operation is not supported for this document"),
            "Le document est un classeur Excel déposé dans Drive. Ouvrez-le, choisissez Fichier > Enregistrer au "
            "format Google Sheets, puis indiquez l'identifiant de la nouvelle feuille dans config.toml (sheet.id).",
            1,
            id="a workbook in Drive",
        ),
        pytest.param(status(403, reason="SERVICE_DISABLED"), NOT_ENABLED, 1, id="API not enabled"),
        pytest.param(
            as_json('{"error": {"code": 403, "message": "", "errors": [{"reason": "accessNotConfigured"}]}}', 403),
            NOT_ENABLED,
            1,
            id="API not enabled, told the old way",
        ),
        pytest.param(
            status(403, reason="ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
            "Vos identifiants Google ne donnent pas accès aux feuilles de calcul. Reconnectez-vous avec gcloud auth "
            f"application-default login --scopes={READ_ONLY},https://www.googleapis.com/auth/cloud-platform.",
            1,
            id="a login without the scope",
        ),
    ],
)
def test_each_fault_of_the_sheets_api_has_its_sentence_within_its_time(
    google: FakeGoogle, caplog: pytest.LogCaptureFixture, fault: Callable[..., None], sentence: str, tries: int
) -> None:
    google.always(SHEETS, fault)
    caplog.set_level(logging.DEBUG)
    patience = HASTY if sentence == TOO_LATE else IMPATIENT
    start = time.monotonic()
    assert refusal(patience=patience) == sentence
    assert time.monotonic() - start < 5  # what never ends would take 30 s
    assert google.calls(SHEETS) == ["GET /v4/spreadsheets/1AbC"] * tries
    assert not [secret for secret in SECRETS if secret in caplog.text]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]  # they would go to stderr


GRANT = '{{"error": "invalid_grant", "error_description": "{}"}}'


@pytest.mark.parametrize(
    ("fault", "sentence", "tries"),
    [
        pytest.param(as_json(GRANT.format("Invalid JWT Signature."), 400), KEY_REFUSED, 1, id="revoked"),
        pytest.param(as_json(GRANT.format("Invalid grant: account not found"), 400), KEY_REFUSED, 1, id="deleted"),
        pytest.param(
            as_json(GRANT.format("Invalid JWT: … a reasonable timeframe. Check your iat and exp values …"), 400),
            "Google refuse les identifiants du robot : l'horloge de la machine n'est pas à l'heure. Réglez-la et "
            "relancez.",
            1,
            id="clock",
        ),
        pytest.param(body(502, HTML), NO_TOKEN, 3, id="502 in HTML"),
        pytest.param(status(503), NO_TOKEN, 3, id="503"),
        pytest.param(status(429), NO_TOKEN, 3, id="429"),
        pytest.param(body(200, HTML), UNREADABLE, 3, id="HTML"),
        pytest.param(as_json("{}"), UNREADABLE, 3, id="no token in it"),
        pytest.param(as_json("[]", 400), UNREADABLE, 3, id="a list"),
        pytest.param(cut, UNREADABLE, 3, id="cut"),
        pytest.param(reset, UNREACHABLE, 3, id="reset"),
        pytest.param(hang, TOO_LATE, 3, id="silence"),
        pytest.param(drip, TOO_LATE, 1, id="drip"),
    ],
)
def test_each_fault_of_the_token_endpoint_has_its_sentence_within_its_time(
    google: FakeGoogle, caplog: pytest.LogCaptureFixture, fault: Callable[..., None], sentence: str, tries: int
) -> None:
    google.always(TOKENS, fault)
    caplog.set_level(logging.DEBUG)
    patience = HASTY if sentence == TOO_LATE else IMPATIENT
    start = time.monotonic()
    assert refusal(patience=patience) == sentence
    assert time.monotonic() - start < 5  # what never ends would take 30 s
    assert google.calls(TOKENS, SHEETS) == ["POST /token"] * tries
    assert not [secret for secret in SECRETS if secret in caplog.text]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]  # they would go to stderr


def test_a_sheet_that_is_not_shared_names_the_account_to_share_it_with(google: FakeGoogle) -> None:
    google.shared_with.clear()
    assert refusal() == f"Accès refusé à la feuille 1AbC. Partagez-la en lecture avec {ROBOT}."


def test_a_sheet_that_does_not_exist_is_named(google: FakeGoogle) -> None:
    assert refusal(sheet_id="1AbCd") == (
        "La feuille 1AbCd n'existe pas. Vérifiez sheet.id dans config.toml, et qu'elle n'a pas été supprimée."
    )
    assert google.calls(SHEETS) == ["GET /v4/spreadsheets/1AbCd"]


@pytest.mark.parametrize(
    ("sheet_id", "sentence"),
    [
        ("", "Aucune feuille Google n'est indiquée. Renseignez sheet.id dans config.toml, ou utilisez --from."),
        (
            "https://docs.google.com/spreadsheets/d/1AbC/edit",
            (
                "sheet.id, dans config.toml, n'est pas un identifiant de feuille. Copiez ce qui se trouve entre /d/ et "
                "/edit dans l'adresse de la feuille."
            ),
        ),
    ],
)
def test_nothing_is_asked_without_a_sheet_to_ask_for(google: FakeGoogle, sheet_id: str, sentence: str) -> None:
    assert refusal(sheet_id=sheet_id) == sentence
    assert google.seen == []


NO_CREDENTIALS = (
    "Aucun identifiant Google n'a été trouvé. Indiquez dans la variable GOOGLE_APPLICATION_CREDENTIALS le chemin du "
    "fichier de clé du compte de service, ou rejouez un export avec --from."
)
BAD_KEY_FILE = (
    "Le fichier de clé indiqué par GOOGLE_APPLICATION_CREDENTIALS n'est pas utilisable. Téléchargez à nouveau la clé "
    "JSON du compte de service."
)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(None, NO_CREDENTIALS, id="missing"),
        pytest.param("", BAD_KEY_FILE, id="empty"),
        pytest.param('{"type": "service_account"', BAD_KEY_FILE, id="half a file"),
        pytest.param("[]", BAD_KEY_FILE, id="a list"),
        pytest.param("{}", BAD_KEY_FILE, id="no type"),
        pytest.param(json.dumps({"type": "service_account", "client_email": ROBOT}), BAD_KEY_FILE, id="no key"),
        pytest.param(json.dumps({**key_info(), "private_key": "abc"}), BAD_KEY_FILE, id="no such key"),
    ],
)
def test_a_key_file_that_cannot_be_used_says_so(google: FakeGoogle, content: str | None, sentence: str) -> None:
    google.key_file.unlink()
    if content is not None:
        google.key_file.write_text(content, encoding="utf-8")
    assert refusal() == sentence
    assert google.seen == []


def test_without_any_credentials_the_sentence_says_how_to_give_some(
    google: FakeGoogle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")
    assert refusal() == NO_CREDENTIALS
    assert google.seen == []


def test_a_key_that_google_does_not_know_is_refused(google: FakeGoogle) -> None:
    google.key_file.write_text(json.dumps({**key_info(), "client_email": "other@projet.example"}), encoding="utf-8")
    assert refusal() == KEY_REFUSED


@pytest.fixture
def federated(google: FakeGoogle, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Run as a workflow of GitHub's that holds this token, without a key."""

    def run_with(token: str) -> None:
        for name, value in google.federate(token).items():
            monkeypatch.setenv(name, value)

    return run_with


def test_a_workflow_reads_through_federation_without_a_key(
    google: FakeGoogle, federated: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    federated(OIDC)
    caplog.set_level(logging.DEBUG)
    assert len(fetch().rows) == 1
    assert google.scopes == [READ_ONLY]
    assert google.calls(TOKENS, SHEETS) == ["GET /v4/spreadsheets/1AbC"]
    assert not [secret for secret in (*SECRETS, OIDC, FEDERATED) if secret in caplog.text]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_under_federation_too_the_account_to_share_with_is_named(
    google: FakeGoogle, federated: Callable[[str], None]
) -> None:
    federated(OIDC)
    google.shared_with.clear()
    assert refusal() == f"Accès refusé à la feuille 1AbC. Partagez-la en lecture avec {ROBOT}."


@pytest.mark.parametrize("host", [FEDERATION, IMPERSONATION])
def test_a_federation_that_does_not_answer_well_has_its_sentence(
    google: FakeGoogle, federated: Callable[[str], None], host: str
) -> None:
    federated(OIDC)
    google.always(host, status(503))
    assert refusal() == NO_TOKEN
    assert len(google.calls(host)) == 3
    google.always(host, status(403))
    assert refusal() == KEY_REFUSED


@pytest.mark.parametrize("code", [301, 302, 307, 308])
@pytest.mark.parametrize("host", [SHEETS, TOKENS, FEDERATION, IMPERSONATION])
def test_nothing_is_sent_where_an_answer_points_to(
    google: FakeGoogle, federated: Callable[[str], None], host: str, code: int
) -> None:
    if host in (FEDERATION, IMPERSONATION):
        federated(OIDC)
    google.always(host, redirect(code, "https://evil.example/x"))
    assert refusal() in (UNREADABLE, UNREACHABLE, KEY_REFUSED)
    assert {seen.host for seen in google.seen} <= {SHEETS, TOKENS, FEDERATION, IMPERSONATION}


@pytest.mark.parametrize("nested", ["[" * 100_000, '{"a":' * 100_000])
@pytest.mark.parametrize("host", [SHEETS, TOKENS])
def test_an_answer_too_deep_to_read_has_its_sentence(google: FakeGoogle, host: str, nested: str) -> None:
    google.always(host, as_json(nested))
    assert refusal() == UNREADABLE


def test_an_expired_run_token_is_refused_with_its_sentence(
    google: FakeGoogle, federated: Callable[[str], None]
) -> None:
    federated("an-old-one")
    assert refusal() == KEY_REFUSED
    assert google.calls(SHEETS) == []


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        pytest.param(("HTTPS_PROXY", "https_proxy"), UNREACHABLE, id="nobody answers"),
        pytest.param(("REQUESTS_CA_BUNDLE",), UNREACHABLE, id="no such authority file"),
    ],
)
def test_an_unreachable_google_has_its_sentence(
    google: FakeGoogle, monkeypatch: pytest.MonkeyPatch, variables: tuple[str, ...], sentence: str
) -> None:
    for variable in variables:
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    assert refusal() == sentence
    assert google.calls(SHEETS) == []


def test_a_certificate_we_do_not_trust_has_its_sentence(google: FakeGoogle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert refusal() == (
        "Google est injoignable : la connexion chiffrée est refusée. Vérifiez l'accès à Internet et le mandataire "
        "(proxy)."
    )
    assert google.calls(SHEETS, TOKENS) == []


# --- patience -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "faults"),
    [
        (SHEETS, [status(503), reset]),
        (SHEETS, [cut, body(200, HTML)]),
        (SHEETS, [hang]),
        (SHEETS, [status(429)]),
        (TOKENS, [reset, body(502, HTML)]),
    ],
)
def test_a_passing_fault_does_not_spoil_the_night(
    google: FakeGoogle, host: str, faults: list[Callable[..., None]]
) -> None:
    google.next(host, *faults)
    assert rows_of(fetch(patience=replace(IMPATIENT, read_s=0.3)).rows) == [(0, 2, *CELLS, "")]
    assert len(google.calls(host)) == len(faults) + 1


def test_a_token_that_expired_is_renewed_once(google: FakeGoogle) -> None:
    google.next(SHEETS, status(401))
    assert rows_of(fetch().rows) == [(0, 2, *CELLS, "")]
    assert google.calls(TOKENS, SHEETS) == ["POST /token", "GET /v4/spreadsheets/1AbC"] * 2


def in_an_hour() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)


@pytest.mark.parametrize(
    ("asked", "pause_s"),
    [("7", 7), ("0", 0), ("3600", 60), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), (in_an_hour(), 60)],
    ids=["seconds", "at once", "too long", "a date gone by", "a date too far"],
)
def test_retry_after_is_honoured_up_to_a_minute(google: FakeGoogle, asked: str, pause_s: float) -> None:
    pauses: list[float] = []
    google.next(SHEETS, status(429, Retry_After=asked))
    fetch(patience=replace(IMPATIENT, total_s=90, sleep=pauses.append))
    assert pauses == [pause_s]


def test_a_retry_after_beyond_the_deadline_is_not_waited_for(google: FakeGoogle) -> None:
    pauses: list[float] = []
    google.next(SHEETS, status(429, Retry_After="30"))
    assert refusal(patience=replace(IMPATIENT, sleep=pauses.append)) == QUOTA
    assert pauses == []


@pytest.mark.parametrize("asked", ["soon", "-5", "1e9", "²"])
def test_a_retry_after_that_makes_no_sense_is_ignored(google: FakeGoogle, asked: str) -> None:
    pauses: list[float] = []
    google.next(SHEETS, status(503, Retry_After=asked.encode().decode("latin-1")))
    fetch(patience=replace(IMPATIENT, sleep=pauses.append))
    assert [pause <= 0.01 for pause in pauses] == [True]


def test_pauses_are_drawn_below_a_ceiling_that_doubles() -> None:
    patience = Patience(first_pause_s=1, longest_pause_s=5)
    for attempt, ceiling in ((1, 1), (2, 2), (3, 4), (4, 5), (5, 5)):
        drawn = [patience.pause_s(attempt, None) for _ in range(200)]
        assert 0 <= min(drawn) < ceiling / 4
        assert ceiling * 3 / 4 < max(drawn) <= ceiling


def test_the_default_patience_is_two_minutes_in_all() -> None:
    patience = Patience()
    assert patience.credentials_s + patience.total_s + patience.writing_s == 120
    assert (patience.connect_s, patience.read_s) == (5, 60)


def test_what_google_auth_asks_on_the_side_neither_delays_nor_fails_the_night(google: FakeGoogle) -> None:
    google.always("iamcredentials.googleapis.com", hang)
    start = time.monotonic()
    assert rows_of(fetch().rows) == [(0, 2, *CELLS, "")]
    assert time.monotonic() - start < 5


# --- the fake -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mask", ["", "sheet", "sheets(", "sheets(data", "sheets)", "sheets(data,)", "sheets data", "*"]
)
def test_the_fake_refuses_a_mask_google_would_refuse(google: FakeGoogle, mask: str) -> None:
    from gspread.exceptions import APIError  # noqa: PLC0415  only here

    with pytest.raises(APIError, match="invalid argument"):
        connect(patience=IMPATIENT).http_client.fetch_sheet_metadata("1AbC", {"fields": mask})
    assert len(google.calls(SHEETS)) == 1


def test_the_fake_refuses_what_it_does_not_know(google: FakeGoogle) -> None:
    from gspread.exceptions import APIError  # noqa: PLC0415  only here

    client = connect(patience=IMPATIENT).http_client
    for path in ("v4/spreadsheets/1AbC/values/A1", "v4/spreadsheets/1AbC:batchUpdate"):
        with pytest.raises(APIError) as refused:
            client.request("get", f"https://{SHEETS}/{path}")
        assert refused.value.response.status_code == 404
    assert len(google.calls(SHEETS)) == 2
