"""Google Sheet → Snapshot, through real sockets with the real gspread and google-auth."""

from __future__ import annotations

import base64
import json
import logging
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import gspread
import pytest
from conftest import FROZEN, copy_project, replace_once
from fake_google import (
    FEDERATED,
    FEDERATION,
    IMPERSONATION,
    LOGIN,
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
    hang,
    key_info,
    redirect,
    reset,
    status,
)

from job.config import Config
from job.config_file import load_config
from job.model import SHEET_ADDRESS, UNCHANGED, JobError
from job.source import google as job_google
from job.source import refusals
from job.source.google import MASK, fetch_snapshot, fetch_spreadsheet, open_sheet, send_requests
from job.source.refusals import PASSING, PERHAPS_DONE, account
from job.source.table import FEEDBACK_GID, FEEDBACK_TAB, Grid

SECRETS = (TOKEN, "Bearer", "assertion", key_info()["private_key"][100:140], OIDC, FEDERATED, LOGIN)
HTML = "<!DOCTYPE html><html><title>Error 502 (Server Error)!!1</title></html>"
READ, WRITE = "GET /v4/spreadsheets/1AbC", "POST /v4/spreadsheets/1AbC:batchUpdate"
TITLES = ["Thématique", "Catégorie", "Nom du jeu de données", "Producteur", "Ministère de tutelle", "Statut", "URL"]
CELLS = ["Géo", "Adresses", "BAN", "IGN", "MTE", "Disponible", "https://ban.fr"]
BAN, RNB = "https://ban.fr", "https://rnb.fr"

Fault = Callable[..., None]


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGoogle]:
    """A sheet with one tab and one dataset, and the environment that leads to it."""
    with FakeGoogle(FakeSpreadsheet("1AbC", "Suivi HVD", [FakeTab("Données", 0, [TITLES, CELLS])])) as fake:
        for name, value in fake.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
        yield fake


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The frozen configuration, with a sheet."""
    path = copy_project(tmp_path_factory.mktemp("project"))
    replace_once(path, 'id = ""', 'id = "1AbC"')
    return load_config(path)


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, whoever made them; nobody waits for them."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


def connect(config: Config) -> gspread.Client:
    return open_sheet(config, writes=False)


def told(call: Callable[[], object], log: pytest.LogCaptureFixture) -> tuple[str, bool]:
    """What is said when this fails, and whether it passes by itself; proved to hold no secret however it is printed."""
    log.set_level(logging.DEBUG)
    with pytest.raises(JobError) as refused:
        call()
    error = refused.value
    assert error.exit_code == 1
    printed = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert not [secret for secret in SECRETS if secret in printed + log.text]
    return str(error), error.kind == "passing"


def said(sentence: str, ending: str = UNCHANGED, **known: object) -> tuple[str, bool]:
    """What is told with this sentence."""
    known = {"account": ROBOT, "sheet": "1AbC", **known}
    return f"{sentence.format(**known)} {ending}", sentence in PASSING


def as_json(text: str, code: int = 200) -> Fault:
    return body(code, text, "application/json")


# --- what is read ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 12])
def test_a_night_costs_one_token_and_one_read_whatever_the_number_of_tabs(
    google: FakeGoogle, config: Config, count: int
) -> None:
    google.spreadsheet.tabs = [FakeTab(f"Onglet {gid}", gid, [TITLES, CELLS]) for gid in range(count)]
    grids = fetch_spreadsheet(connect(config), config, MASK)[1]
    assert grids == [Grid(f"Onglet {gid}", gid, [TITLES, CELLS], merges=[]) for gid in range(count)]
    assert [f"{seen.host}{seen.path}" for seen in google.seen] == [f"{TOKENS}/token", f"{SHEETS}/v4/spreadsheets/1AbC"]


def test_a_sheet_becomes_a_snapshot(google: FakeGoogle, config: Config) -> None:
    google.spreadsheet.tabs = [
        FakeTab("Suivi", 7, [[], TITLES, [*CELLS[:2], FakeCell("BAN", link=BAN), *CELLS[3:6]]]),
        FakeTab(FEEDBACK_TAB, FEEDBACK_GID, [["Ligne", "Remarque"], ["", "Rien"]]),
    ]
    snapshot = fetch_snapshot(connect(config), config)
    sheet = SHEET_ADDRESS.format("1AbC")
    assert (snapshot.source, snapshot.sheet, snapshot.findings) == ("Suivi HVD", sheet, ())
    assert [(tab.title, tab.address) for tab in snapshot.tabs] == [("Suivi", f"{sheet}#gid=7")]
    (row,) = snapshot.rows.to_dict("records")
    assert (row["row"], row["name"], row["status"], row["url"]) == (3, "BAN", "Disponible", BAN)
    assert snapshot.feedback == (FEEDBACK_GID, [["Ligne", "Remarque"], ["", "Rien"]])


@pytest.mark.parametrize("title", ["Suivi, mdp : hunter2", "Suivi \u202egnp.exe", "jean.dupont@exemple.fr", ""])
def test_a_title_that_may_not_be_repeated_is_not(google: FakeGoogle, config: Config, title: str) -> None:
    google.spreadsheet.title = title
    assert fetch_spreadsheet(connect(config), config, MASK)[0] == "?"


def test_the_scope_is_read_only_unless_the_command_writes(google: FakeGoogle, config: Config) -> None:
    for writes in (False, True):
        fetch_spreadsheet(open_sheet(config, writes=writes), config, MASK)
    assert google.scopes == [READ_ONLY, READ_WRITE]


def test_neither_notes_nor_anybodys_address_are_asked_for(google: FakeGoogle, config: Config) -> None:
    fetch_spreadsheet(connect(config), config, MASK)
    (mask,) = google.seen[-1].query["fields"]
    assert not [word for word in ("person", "note", "userEntered", "includeGridData") if word in mask]


def only_grid(google: FakeGoogle, config: Config, tab: FakeTab) -> Grid:
    google.spreadsheet.tabs = [FakeTab("Graphique", 6, kind="OBJECT"), tab]
    (grid,) = fetch_spreadsheet(connect(config), config, MASK)[1]
    return grid


def test_every_trait_of_a_tab_is_read_and_charts_are_passed_over(google: FakeGoogle, config: Config) -> None:
    tab = FakeTab(
        "Suivi",
        7,
        [["A1"], [], ["", "B3", ""], ["A4"]],
        hidden=True,
        merges=[(0, 2, 0, 1), (1, 4, 2, 3)],
        hidden_rows=frozenset({1}),
        filtered_rows=frozenset({3}),
    )
    assert only_grid(google, config, tab) == Grid(
        "Suivi",
        7,
        [["A1"], [], ["", "B3"], ["A4"]],
        hidden=True,
        merges=[(0, 2, 0), (1, 4, 2)],
        withdrawn_rows=frozenset({1, 3}),
    )


def test_cells_keep_their_place_beside_empty_ones(google: FakeGoogle, config: Config) -> None:
    rows: list[list[str | FakeCell]] = [
        ["", "", "C1"],
        ["", "", FakeCell("C2", link=BAN)],
        [],
        ["", "", FakeCell("C4", struck=True)],
    ]
    assert only_grid(google, config, FakeTab("Suivi", 0, rows)) == Grid(
        "Suivi",
        0,
        [["", "", "C1"], ["", "", "C2"], [], ["", "", "C4"]],
        links={(1, 2): (BAN,)},
        merges=[],
        withdrawn_rows=frozenset({3}),
    )


LINKS: list[tuple[str, FakeCell, tuple[str, ...]]] = [
    ("on the whole cell", FakeCell("N", link=BAN), (BAN,)),
    ("on a part", FakeCell("N", runs=("", BAN)), (BAN,)),
    ("on the whole cell and on its part", FakeCell("N", link=BAN, runs=(BAN,)), (BAN,)),
    ("twice the same", FakeCell("N", runs=(BAN, "", BAN)), (BAN,)),
    ("two of them", FakeCell("N", runs=(BAN, RNB)), (BAN, RNB)),
    ("a smart chip", FakeCell("N", chips=(BAN,)), (BAN,)),
    ("a chip and another link", FakeCell("N", runs=(RNB,), chips=(BAN,)), (RNB, BAN)),
    ("a person is no address", FakeCell("N", person="jo@min.fr"), ()),
    ("none", FakeCell("N"), ()),
]


def test_every_distinct_address_on_a_cell_is_read(google: FakeGoogle, config: Config) -> None:
    tab = FakeTab("Suivi", 0, [["", cell] for _, cell, _ in LINKS])
    links = only_grid(google, config, tab).links
    found = {case: links.get((row, 1), ()) for row, (case, *_) in enumerate(LINKS)}
    assert found == {case: right for case, _, right in LINKS}


STRUCK = [
    # which of two cells beside an empty one are struck through; is the row?
    ((False, False), False),
    ((True, False), False),
    ((False, True), False),
    ((True, True), True),
]


@pytest.mark.parametrize(("cells", "is_struck"), STRUCK)
def test_a_row_is_struck_through_when_all_that_stands_in_it_is(
    google: FakeGoogle, config: Config, cells: tuple[bool, bool], is_struck: bool
) -> None:
    name, status = (FakeCell("text", struck=struck) for struck in cells)
    nothing = {(1, 0): {"effectiveFormat": {"textFormat": {"strikethrough": True}}}}
    tab = FakeTab("Suivi", 0, [[name, "", status], []], extra=nothing)
    assert only_grid(google, config, tab).withdrawn_rows == frozenset({0} if is_struck else ())


@pytest.mark.parametrize("kind", ["REF", "N_A", "LOADING"])
def test_a_formula_error_reads_the_same_whatever_is_shown(google: FakeGoogle, config: Config, kind: str) -> None:
    tab = FakeTab("Suivi", 0, [[FakeCell("un nom", error=kind)]])
    assert only_grid(google, config, tab).rows == [["#ERROR!"]]


# --- what can go wrong ----------------------------------------------------------------------------------------------


TRIES = 7
OUTAGE, REFUSED = partial(said, refusals.OUTAGE), partial(said, refusals.REFUSED)


@pytest.mark.parametrize(
    ("fault", "sentence", "tries"),
    [
        pytest.param(status(500), OUTAGE(), TRIES, id="500"),
        pytest.param(status(503), OUTAGE(), TRIES, id="503"),
        pytest.param(body(502, HTML), OUTAGE(), TRIES, id="502 in HTML"),
        pytest.param(status(408), OUTAGE(), TRIES, id="408"),
        pytest.param(status(429), said(refusals.QUOTA), TRIES, id="429"),
        pytest.param(hang, said(refusals.UNREACHABLE), TRIES, id="silence"),
        pytest.param(reset, said(refusals.UNREACHABLE), TRIES, id="reset"),
        pytest.param(cut, said(refusals.OUTAGE), 1, id="cut"),
        pytest.param(body(200, HTML), said(refusals.OUTAGE), 1, id="HTML"),
        pytest.param(as_json('{"sheets": ['), said(refusals.OUTAGE), 1, id="half a JSON"),
        pytest.param(as_json("null"), said(refusals.OUTAGE), 1, id="null"),
        pytest.param(as_json("{}"), said(refusals.OUTAGE), 1, id="no tab at all"),
        pytest.param(as_json('{"sheets": [3]}'), said(refusals.OUTAGE), 1, id="a tab that is a number"),
        pytest.param(status(400), REFUSED(status=400), 1, id="400"),
        pytest.param(body(403, HTML), OUTAGE(), 1, id="403 of some proxy"),
        pytest.param(status(403), said(refusals.NOT_SHARED), 1, id="403"),
        pytest.param(status(404), said(refusals.NO_SUCH_SHEET), 1, id="404"),
        pytest.param(status(401), REFUSED(status=401), 3, id="401, google-auth's own three tries"),
        pytest.param(status(400, "… not supported for this document"), said(refusals.EXCEL), 1, id="Excel in Drive"),
        pytest.param(status(403, reason="SERVICE_DISABLED"), said(refusals.API_DISABLED), 1, id="API not enabled"),
        pytest.param(status(403, reason="CONSUMER_SUSPENDED"), REFUSED(status=403), 1, id="another project's trouble"),
    ],
)
def test_each_fault_of_the_sheets_api_has_its_sentence(
    google: FakeGoogle,
    config: Config,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    sentence: tuple[str, bool],
    tries: int,
) -> None:
    monkeypatch.setattr(job_google, "TIMEOUT_S", (2, 0.1))
    google.always(SHEETS, fault)
    assert told(lambda: fetch_spreadsheet(connect(config), config, MASK), caplog) == sentence
    assert google.calls(SHEETS) == [READ] * tries


GRANT = '{{"error": "invalid_grant", "error_description": "{}"}}'
CLOCK = "Invalid JWT: … in a reasonable timeframe. Check your iat and exp values in the JWT claim."


@pytest.mark.parametrize(
    ("fault", "refusal", "tries"),
    [
        pytest.param(as_json(GRANT.format("Invalid JWT Signature."), 400), refusals.KEY_REFUSED, 1, id="revoked"),
        pytest.param(as_json(GRANT.format("account not found"), 400), refusals.KEY_REFUSED, 1, id="deleted"),
        pytest.param(as_json(GRANT.format(CLOCK), 400), refusals.KEY_REFUSED, 1, id="clock"),
        pytest.param(body(502, HTML), refusals.OUTAGE, TRIES, id="502 in HTML"),
        pytest.param(status(503), refusals.OUTAGE, TRIES, id="503"),
        pytest.param(status(429), refusals.OUTAGE, TRIES, id="429"),
        pytest.param(as_json('{"error": "internal_failure"}', 400), refusals.OUTAGE, 3, id="a fault told as 400"),
        pytest.param(body(403, HTML), refusals.OUTAGE, 1, id="some proxy's page"),
        pytest.param(as_json("[]"), refusals.OUTAGE, 1, id="a list"),
        pytest.param(cut, refusals.OUTAGE, 1, id="cut"),
        pytest.param(reset, refusals.UNREACHABLE, TRIES, id="reset"),
        pytest.param(hang, refusals.UNREACHABLE, TRIES, id="silence"),
    ],
)
def test_each_fault_of_the_token_endpoint_has_its_sentence(
    google: FakeGoogle,
    config: Config,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    refusal: str,
    tries: int,
) -> None:
    monkeypatch.setattr(job_google, "TIMEOUT_S", (2, 0.1))
    google.always(TOKENS, fault)
    assert told(lambda: fetch_spreadsheet(connect(config), config, MASK), caplog) == said(refusal)
    assert google.calls(TOKENS, SHEETS) == ["POST /token"] * tries


@pytest.mark.parametrize(
    ("variables", "refusal"),
    [
        (("HTTPS_PROXY", "https_proxy"), refusals.UNREACHABLE),  # nobody is there
        (("REQUESTS_CA_BUNDLE",), refusals.UNREACHABLE),  # no such file
        ((), refusals.UNREACHABLE),  # a certificate that nobody here trusts
    ],
)
def test_an_unreachable_google_has_its_sentence(
    google: FakeGoogle,
    config: Config,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    variables: tuple[str, ...],
    refusal: str,
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    for variable in variables:
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    assert told(lambda: fetch_spreadsheet(connect(config), config, MASK), caplog) == said(refusal)
    assert google.calls(SHEETS, TOKENS) == []


def test_a_name_that_nobody_knows_is_no_time_out(
    google: FakeGoogle, config: Config, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(*_: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    for variable in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(variable)
    assert told(lambda: fetch_spreadsheet(connect(config), config, MASK), caplog) == said(refusals.UNREACHABLE)
    assert google.seen == []


@pytest.mark.parametrize(
    ("fault", "sentence", "tries"),
    [
        pytest.param(None, said(refusals.NOT_EDITOR), 1, id="no editor"),
        pytest.param(
            status(400, "You are trying to edit a protected cell"), said(refusals.NOT_EDITOR), 1, id="protected"
        ),
        pytest.param(status(400, "Invalid requests[0]"), REFUSED(status=400), 1, id="400"),
        pytest.param(status(429, Retry_After="7"), said(refusals.QUOTA), TRIES, id="429: Google did nothing"),
        pytest.param(status(500), OUTAGE(PERHAPS_DONE), 1, id="500"),
        pytest.param(status(503, Retry_After="1"), OUTAGE(PERHAPS_DONE), 1, id="503 with Retry-After"),
        pytest.param(hang, said(refusals.UNREACHABLE, PERHAPS_DONE), 1, id="silence"),
        pytest.param(reset, said(refusals.UNREACHABLE, PERHAPS_DONE), 1, id="reset"),
        pytest.param(cut, said(refusals.OUTAGE, PERHAPS_DONE), 1, id="cut"),
        pytest.param(as_json("{}"), said(refusals.OUTAGE, PERHAPS_DONE), 1, id="no answer of Google's"),
        pytest.param(redirect(307, "https://evil.example/x"), said(refusals.OUTAGE, PERHAPS_DONE), 1, id="redirect"),
    ],
)
def test_a_write_is_only_sent_again_when_google_did_nothing(
    google: FakeGoogle,
    config: Config,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault | None,
    sentence: tuple[str, bool],
    tries: int,
) -> None:
    monkeypatch.setattr(job_google, "TIMEOUT_S", (2, 0.1))
    client = open_sheet(config, writes=True)
    fetch_spreadsheet(client, config, MASK)
    if fault:
        google.always(SHEETS, fault)
    assert told(lambda: send_requests(client, config, []), caplog) == sentence
    assert google.calls(SHEETS) == [READ] + [WRITE] * tries


def test_a_write_waits_for_the_quota(google: FakeGoogle, config: Config) -> None:
    google.editors.add(ROBOT)
    google.next(SHEETS, status(429), status(429))
    send_requests(open_sheet(config, writes=True), config, [{"addSheet": {"properties": {"sheetId": 5, "title": "T"}}}])
    assert google.calls(SHEETS) == [WRITE] * 3
    assert [tab.title for tab in google.spreadsheet.tabs] == ["Données", "T"]


@pytest.mark.parametrize("code", [301, 302, 307, 308])
@pytest.mark.parametrize("host", [SHEETS, TOKENS, FEDERATION, IMPERSONATION])
def test_nothing_is_sent_where_an_answer_points_to(google: FakeGoogle, config: Config, host: str, code: int) -> None:
    if host in (FEDERATION, IMPERSONATION):
        google.federate(OIDC)
    google.always(host, redirect(code, "https://evil.example/x"))
    with pytest.raises(JobError):
        fetch_spreadsheet(connect(config), config, MASK)
    assert {seen.host for seen in google.seen} <= {SHEETS, TOKENS, FEDERATION, IMPERSONATION}


# --- patience -------------------------------------------------------------------------------------------------------

BY_KEY, BY_FEDERATION = (SHEETS, TOKENS), (FEDERATION, IMPERSONATION)


@pytest.mark.parametrize("host", [*BY_KEY, *BY_FEDERATION])
@pytest.mark.parametrize(
    ("fault", "seconds"),
    [(status(429), 5), (status(503), 10), (body(502, HTML), 30), (reset, 60)],
    ids=["429 for 5 s", "503 for 10 s", "502 in HTML for 30 s", "reset for a minute"],
)
def test_what_passes_within_a_minute_does_not_spoil_the_night(
    google: FakeGoogle, config: Config, pauses: list[float], host: str, fault: Fault, seconds: float
) -> None:
    if host in BY_FEDERATION:
        google.federate(OIDC)
    google.during(host, fault, lambda: sum(pauses) < seconds)
    assert fetch_spreadsheet(connect(config), config, MASK)[0] == "Suivi HVD"


@pytest.mark.slow
@pytest.mark.parametrize("host", [*BY_KEY, *BY_FEDERATION])
@pytest.mark.parametrize(
    "fault",
    [status(429), status(429, Retry_After="3600"), status(503), body(502, HTML), reset],
    ids=["429", "429 for an hour", "503", "502 in HTML", "reset"],
)
def test_what_does_not_pass_is_given_up_after_one_to_two_minutes(
    google: FakeGoogle, config: Config, pauses: list[float], host: str, fault: Fault
) -> None:
    if host in BY_FEDERATION:
        google.federate(OIDC)
    google.always(host, fault)
    with pytest.raises(JobError) as refused:
        fetch_spreadsheet(connect(config), config, MASK)
    assert refused.value.kind == "passing"
    assert 60 <= sum(pauses) <= 130
    assert max(pauses) == 20


def test_pauses_double_and_are_never_quite_the_same(google: FakeGoogle, config: Config, pauses: list[float]) -> None:
    google.always(SHEETS, status(503))
    for _ in range(2):
        with pytest.raises(JobError):
            fetch_spreadsheet(connect(config), config, MASK)
    for made in (pauses[:5], pauses[5:]):
        assert [4 <= made[0] <= 8, 8 <= made[1] <= 12, 16 <= made[2] <= 20, *made[3:]] == [True, True, True, 20, 20]
    assert pauses[:2] != pauses[5:7]


@pytest.mark.parametrize(("asked", "made"), [("7", [7]), ("0", []), ("3600", [20])])
def test_google_is_given_the_time_it_asks_for_up_to_a_limit(
    google: FakeGoogle, config: Config, pauses: list[float], asked: str, made: list[float]
) -> None:
    google.next(SHEETS, status(429, Retry_After=asked))
    fetch_spreadsheet(connect(config), config, MASK)
    assert pauses == made


def test_a_token_that_expired_is_renewed_once(google: FakeGoogle, config: Config) -> None:
    google.next(SHEETS, status(401))
    fetch_spreadsheet(connect(config), config, MASK)
    assert google.calls(TOKENS, SHEETS) == ["POST /token", READ] * 2


def test_what_google_auth_asks_on_the_side_neither_delays_nor_fails_the_night(
    google: FakeGoogle, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_SDK_EXPERIMENTAL_PYTHON_REGIONAL_ACCESS_BOUNDARY_LOOKUP_ENABLED", "true")
    google.always(IMPERSONATION, hang)
    assert fetch_spreadsheet(connect(config), config, MASK)[0] == "Suivi HVD"
    assert google.waits_for(IMPERSONATION)  # still without an answer


# --- who we are -----------------------------------------------------------------------------------------------------


def test_nothing_is_asked_without_a_sheet_to_ask_for(google: FakeGoogle, caplog: pytest.LogCaptureFixture) -> None:
    assert told(lambda: open_sheet(load_config(FROZEN), writes=False), caplog) == said(refusals.NO_SHEET)
    assert google.seen == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        '{"type": "service_account"',
        "[]",
        "{}",
        json.dumps({"type": "service_account", "client_email": ROBOT}),
        json.dumps({**key_info(), "private_key": "abc"}),
    ],
    ids=["empty", "half a file", "a list", "no type", "no key", "no such key"],
)
def test_a_credentials_file_that_cannot_be_used_is_named(
    google: FakeGoogle, config: Config, caplog: pytest.LogCaptureFixture, content: str
) -> None:
    google.key_file.write_text(content, encoding="utf-8")
    assert told(lambda: connect(config), caplog) == said(refusals.NO_KEY_FILE, path=google.key_file)
    assert google.seen == []


@pytest.mark.parametrize(
    ("variable", "refusal"),
    [
        ("", refusals.NO_CREDENTIALS),
        ("/nowhere/key.json", refusals.NO_KEY_FILE),
        ('{"type": "external_account"}', refusals.KEY_AS_PATH),
        (key_info()["private_key"], refusals.KEY_AS_PATH),
        (base64.b64encode(json.dumps(key_info()).encode()).decode(), refusals.KEY_AS_PATH),
        ("".join(key_info()["private_key"].splitlines()[1:-1]), refusals.KEY_AS_PATH),
    ],
    ids=["nothing", "no such file", "the file's content", "the key alone", "in base64", "the key without its frame"],
)
def test_a_variable_that_leads_to_no_credentials_says_so(
    google: FakeGoogle,
    config: Config,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    refusal: str,
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", variable)
    logging.getLogger("google.auth").setLevel(logging.INFO)  # at DEBUG it repeats the variable
    assert told(lambda: connect(config), caplog) == said(refusal, path=variable)
    assert google.seen == []


def run_of_github(google: FakeGoogle) -> None:
    google.federate(OIDC)


def run_of_another_repository(google: FakeGoogle) -> None:
    google.federate("another-one")


def without_the_role(google: FakeGoogle) -> None:
    google.federate(OIDC)
    google.always(IMPERSONATION, status(403))


def login_as_the_robot(google: FakeGoogle) -> None:
    google.log_in(LOGIN, impersonating=True)


def expired_login_as_the_robot(google: FakeGoogle) -> None:
    google.log_in("an-old-one", impersonating=True)


def login_of_a_person(google: FakeGoogle) -> None:
    google.log_in(LOGIN, impersonating=False)


def login_for_sheets(google: FakeGoogle) -> None:
    google.log_in(LOGIN, impersonating=False)
    google.login_scope = READ_ONLY


def unknown_key(google: FakeGoogle) -> None:
    google.use(**{**key_info(), "client_email": "other@projet.example"})


READ_ONCE = [f"{SHEETS}/v4/spreadsheets/1AbC"]
TOKEN_CALL, GENERATE = f"{TOKENS}/token", f"{IMPERSONATION}/v1/projects/-/serviceAccounts/{ROBOT}:generateAccessToken"


@pytest.mark.parametrize(
    ("identity", "name", "calls"),
    [
        (lambda _: None, ROBOT, [TOKEN_CALL]),
        (run_of_github, ROBOT, [f"{FEDERATION}/v1/token", GENERATE]),
        (login_as_the_robot, ROBOT, [TOKEN_CALL, GENERATE]),
        (login_for_sheets, "le compte connecté", [TOKEN_CALL]),
    ],
    ids=["a key", "federation", "a person as the robot", "a person"],
)
def test_the_sheet_is_read_and_the_account_named_whoever_asks(
    google: FakeGoogle,
    config: Config,
    caplog: pytest.LogCaptureFixture,
    identity: Callable[[FakeGoogle], None],
    name: str,
    calls: list[str],
) -> None:
    identity(google)
    client = connect(config)
    assert fetch_spreadsheet(client, config, MASK)[0] == "Suivi HVD"
    assert [f"{seen.host}{seen.path}" for seen in google.seen] == calls + READ_ONCE
    assert google.scopes[-1] == READ_ONLY
    assert account(client) == name
    google.shared_with.clear()
    not_shared = said(refusals.NOT_SHARED, account=name)
    assert told(lambda: fetch_spreadsheet(client, config, MASK), caplog) == not_shared


@pytest.mark.parametrize(
    ("identity", "refusal"),
    [
        (unknown_key, refusals.KEY_REFUSED),
        (run_of_another_repository, refusals.FEDERATION_REFUSED),
        (without_the_role, refusals.FEDERATION_REFUSED),
        (expired_login_as_the_robot, refusals.LOGIN_REFUSED),
        (login_of_a_person, refusals.LOGIN_REFUSED),
    ],
)
def test_an_identity_that_google_refuses_has_its_sentence(
    google: FakeGoogle,
    config: Config,
    caplog: pytest.LogCaptureFixture,
    identity: Callable[[FakeGoogle], None],
    refusal: str,
) -> None:
    identity(google)
    sentence, passing = told(lambda: fetch_spreadsheet(connect(config), config, MASK), caplog)
    assert (sentence, passing) == said(refusal, account=account(connect(config)))
    assert ("clé" in sentence) == (identity is unknown_key)


# --- the fake -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mask", ["", "sheet", "sheets(", "sheets(data", "sheets)", "sheets(data,)", "sheets data", "*", "namedRanges"]
)
def test_the_fake_refuses_a_mask_that_google_or_itself_does_not_know(
    google: FakeGoogle, config: Config, caplog: pytest.LogCaptureFixture, mask: str
) -> None:
    assert told(lambda: fetch_spreadsheet(connect(config), config, mask), caplog) == REFUSED(status=400)
    assert google.calls(SHEETS) == [READ]


def test_the_fake_refuses_what_it_does_not_know(google: FakeGoogle, config: Config) -> None:
    session: Any = connect(config).http_client.session
    for path in ("v4/spreadsheets/1AbC/values/A1", "v4/spreadsheets/1AbC:batchUpdate"):
        assert session.get(f"https://{SHEETS}/{path}").status_code == 404
    assert len(google.calls(SHEETS)) == 2
