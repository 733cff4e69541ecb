"""A fake Google at the socket: nothing in the job knows that it is there.

gspread and google-auth talk to their real host names through an HTTPS proxy (`HTTPS_PROXY`) that ends the TLS itself,
with a certificate of our own authority (`REQUESTS_CA_BUNDLE`). What it does not know it refuses, as Google would.

    with FakeGoogle(FakeSpreadsheet("1AbC", "Suivi", [FakeTab("Données", 0, rows)])) as google:
        subprocess.run([sys.executable, "-m", "job", "sync"], env={**os.environ, **google.environment})
    assert google.calls(SHEETS) == ["GET /v4/spreadsheets/1AbC"]

To teach it another request, add it to `_ROUTES`; another field, to `_KNOWN_FIELDS` and to what makes its resource.
"""

from __future__ import annotations

import base64
import io
import json
import re
import socket
import ssl
import struct
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

import discovery
import trustme
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from fake_batch import RefusedError, applied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

SHEETS = "sheets.googleapis.com"
TOKENS = "oauth2.googleapis.com"
FEDERATION = "sts.googleapis.com"
IMPERSONATION = "iamcredentials.googleapis.com"
ROBOT = "robot@projet-hvd.iam.gserviceaccount.com"
PROJECT = "projet-hvd"
READ_ONLY = "https://www.googleapis.com/auth/spreadsheets.readonly"
READ_WRITE = "https://www.googleapis.com/auth/spreadsheets"
TOKEN = "ya29.a-token-nobody-may-see"  # noqa: S105  it opens nothing
OIDC, FEDERATED = "a-run-of-github-that-nobody-may-see", "a-federated-token-that-nobody-may-see"
LOGIN = "a-login-that-nobody-may-see"
CLOUD = "https://www.googleapis.com/auth/cloud-platform"
_IMPERSONATION_URL = f"https://{IMPERSONATION}/v1/projects/-/serviceAccounts/{ROBOT}:generateAccessToken"


# --- the spreadsheet ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FakeCell:
    """A cell that is more than its text."""

    text: str = ""
    link: str = ""  # on the whole cell
    runs: tuple[str, ...] = ()  # links on parts of the text; "" for a part without one
    chips: tuple[str, ...] = ()  # files shown as smart chips
    person: str = ""  # the e-mail address of a person shown as a smart chip
    error: str = ""  # a type of ErrorValue: REF, N_A, LOADING…
    note: str = ""
    struck: bool = False  # the whole of it

    def resource(self) -> dict[str, Any]:
        chips = [{"startIndex": i, "chip": {"richLinkProperties": {"uri": uri}}} for i, uri in enumerate(self.chips)]
        if self.person:
            chips.append({"chip": {"personProperties": {"email": self.person, "displayFormat": "DEFAULT"}}})
        return _without_empty(
            {
                "formattedValue": self.text,
                "userEnteredValue": {"stringValue": self.text} if self.text else {},
                "effectiveValue": {"errorValue": {"type": self.error, "message": "…"}} if self.error else {},
                "hyperlink": self.link,
                "textFormatRuns": [
                    {"startIndex": i, "format": {"bold": True, **({"link": {"uri": uri}} if uri else {})}}
                    for i, uri in enumerate(self.runs)
                ],
                "chipRuns": chips,
                "note": self.note,
                "effectiveFormat": {"textFormat": {"strikethrough": True}} if self.struck else {},
            }
        )


@dataclass
class FakeTab:
    """A tab. Rows and columns are counted from 0; `merges` are (first row, end row, first column, end column)."""

    title: str
    gid: int
    rows: Sequence[Sequence[str | FakeCell]] = ()
    hidden: bool = False
    kind: str = "GRID"
    merges: Sequence[tuple[int, int, int, int]] = ()
    hidden_rows: frozenset[int] = frozenset()
    filtered_rows: frozenset[int] = frozenset()
    segments: Sequence[tuple[int, int]] = ((0, 0),)  # where each segment of data starts; the last one takes the rest
    row_count: int = 120  # a new tab of Google's has 1000: eight times as long to test
    column_count: int = 26
    frozen_rows: int = 0
    hide_gridlines: bool = False
    extra: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)  # (row, column) → all but the text
    columns: dict[int, dict[str, Any]] = field(default_factory=dict)  # column → DimensionProperties
    basic_filter: dict[str, Any] | None = None
    owned: dict[str, list[dict[str, Any]]] = field(  # in Google's own words
        default_factory=lambda: {"protectedRanges": [], "bandedRanges": [], "conditionalFormats": []}
    )

    def __post_init__(self) -> None:
        self.row_count = max(self.row_count, len(self.rows))

    def text(self, row: int, column: int) -> str:
        """What stands in this cell."""
        cell = self.rows[row][column] if row < len(self.rows) and column < len(self.rows[row]) else ""
        return cell.text if isinstance(cell, FakeCell) else cell

    def type_text(self, row: int, column: int, text: str) -> None:
        """Somebody types: the cell keeps its format, not its links."""
        rows = [list(cells) for cells in self.rows]
        rows += [[] for _ in range(row + 1 - len(rows))]
        rows[row] += [""] * (column + 1 - len(rows[row]))
        rows[row][column] = text
        self.rows = rows

    def resource(self, index: int) -> dict[str, Any]:
        properties: dict[str, Any] = {
            "sheetId": self.gid,
            "title": self.title,
            "index": index,
            "sheetType": self.kind,
            "gridProperties": _without_empty(
                {
                    "rowCount": self.row_count,
                    "columnCount": self.column_count,
                    "frozenRowCount": self.frozen_rows,
                    "hideGridlines": self.hide_gridlines,
                }
            ),
        }
        if self.hidden:
            properties["hidden"] = True
        if self.kind != "GRID":
            return {"properties": properties}
        keys = ("startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex")
        return _without_empty(
            {
                "properties": properties,
                "merges": [{key: at for key, at in zip(keys, merge, strict=True) if at} for merge in self.merges],
                "data": list(self._segments()),
                "basicFilter": self.basic_filter or {},
                **self.owned,
            }
        )

    def _segments(self) -> Iterator[dict[str, Any]]:
        height = max(len(self.rows), *(row + 1 for row, _ in self.extra), 0) if self.extra else len(self.rows)
        ends = [*(top for top, _ in self.segments[1:]), height]
        for (top, left), end in zip(self.segments, ends, strict=True):
            segment: dict[str, Any] = {
                "rowMetadata": [self._metadata(row) for row in range(top, end)],
                "rowData": [self._row(row, left) for row in range(top, end)],
                "columnMetadata": [
                    {"pixelSize": 100, **self.columns.get(column, {})} for column in range(left, self.column_count)
                ],
            }
            yield segment | ({"startRow": top} if top else {}) | ({"startColumn": left} if left else {})

    def _row(self, row: int, left: int) -> dict[str, Any]:
        cells = list(self.rows[row]) if row < len(self.rows) else []
        if not self.extra:
            return _row(cells[left:])
        cells += [""] * (self.column_count - len(cells))
        values = [
            (cell if isinstance(cell, FakeCell) else FakeCell(cell)).resource()
            | _without_empty(self.extra.get((row, column), {}))
            for column, cell in enumerate(cells[left:], left)
        ]
        while values and not values[-1]:
            values.pop()
        return {"values": values} if values else {}

    def _metadata(self, row: int) -> dict[str, Any]:
        hidden = {"hiddenByUser": True} if row in self.hidden_rows else {}
        return {"pixelSize": 21, **hidden, **({"hiddenByFilter": True} if row in self.filtered_rows else {})}


@dataclass
class FakeSpreadsheet:
    id: str
    title: str
    tabs: Sequence[FakeTab]

    def resource(self) -> dict[str, Any]:
        """All of it, as `spreadsheets.get` knows it."""
        return {
            "spreadsheetId": self.id,
            "properties": {"title": self.title, "locale": "fr_FR", "timeZone": "Europe/Paris"},
            "sheets": [tab.resource(index) for index, tab in enumerate(self.tabs)],
            "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{self.id}/edit",
        }


def _row(cells: Sequence[str | FakeCell]) -> dict[str, Any]:
    values = [(cell if isinstance(cell, FakeCell) else FakeCell(cell)).resource() for cell in cells]
    while values and not values[-1]:
        values.pop()
    return {"values": values} if values else {}


def _without_empty(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Google leaves out what is empty."""
    return {key: value for key, value in resource.items() if value not in ("", [], {})}


# --- field masks ----------------------------------------------------------------------------------------------------

_KNOWN_FIELDS = frozenset(  # that a resource here may have
    """spreadsheetId spreadsheetUrl properties title locale timeZone sheets sheetId index sheetType hidden
    gridProperties rowCount columnCount frozenRowCount hideGridlines
    protectedRanges protectedRangeId range description warningOnly requestingUserCanEdit
    bandedRanges bandedRangeId rowProperties conditionalFormats ranges booleanRule basicFilter
    merges startRowIndex endRowIndex startColumnIndex endColumnIndex
    data startRow startColumn rowMetadata columnMetadata hiddenByFilter hiddenByUser pixelSize rowData values
    formattedValue userEnteredValue stringValue formulaValue effectiveValue errorValue type message hyperlink note
    dataValidation userEnteredFormat effectiveFormat wrapStrategy verticalAlignment textFormat strikethrough
    textFormatRuns startIndex format bold link uri chipRuns chip richLinkProperties personProperties email""".split()
)


def known_mask(mask: str) -> dict[str, Any]:
    """The fields of the mask, all of which Google has, and this fake too."""
    if unknown := set(re.findall(r"\w+", mask)) - _KNOWN_FIELDS:
        raise discovery.MaskError(f"the fake has no {sorted(unknown)}")
    return discovery.parse_mask(mask, "Spreadsheet")


def masked(resource: Any, mask: Mapping[str, Any]) -> Any:
    """Only what the mask names; everything below a name without parentheses."""
    if isinstance(resource, list):
        return [masked(item, mask) for item in resource]
    if not mask or not isinstance(resource, dict):
        return resource
    return {key: masked(value, mask[key]) for key, value in resource.items() if key in mask}


# --- what can go wrong ----------------------------------------------------------------------------------------------


def status(code: int, message: str = "…", reason: str = "", **headers: str) -> Callable[[_Handler], None]:
    """An error of the API, told in Google's way."""
    error: dict[str, Any] = {"code": code, "message": message, "status": "…"}
    if reason:
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}]
    return lambda handler: handler.answer(
        code, {"error": error}, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def body(code: int, text: str, kind: str = "text/html") -> Callable[[_Handler], None]:
    """This very body."""
    return lambda handler: handler.answer(code, text.encode(), kind=kind)


def redirect(code: int, to: str) -> Callable[[_Handler], None]:
    """Go and ask somebody else."""
    return lambda handler: handler.answer(code, {}, headers={"Location": to})


def cut(handler: _Handler) -> None:
    """Half an answer, then the connection is closed."""
    handler.head(200, "application/json", length=5000)
    handler.wfile.write(b'{"properties": {"title": "Su')
    handler.close_connection = True


def reset(handler: _Handler) -> None:
    """The connection breaks without an answer."""
    connection = handler.connection
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.rfile.close()
    handler.wfile.close()
    connection.close()
    handler.rfile, handler.wfile = io.BytesIO(), io.BytesIO()
    handler.close_connection = True


def hang(handler: _Handler) -> None:
    """No answer at all."""
    handler.google.closing.wait(30)
    handler.close_connection = True


# --- the server -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """One request that arrived."""

    method: str
    host: str
    path: str
    query: dict[str, list[str]]
    body: bytes = b""
    scope: str = ""  # of the token that came along


class FakeGoogle:
    """Google, as far as this spreadsheet goes. A context manager."""

    def __init__(self, spreadsheet: FakeSpreadsheet) -> None:
        self.spreadsheet = spreadsheet
        self.shared_with = {ROBOT}
        self.editors: set[str] = set()
        self.login_scope = CLOUD  # what a login with gcloud gives: no sheets, unless it asked for them
        self.seen: list[Seen] = []
        self.refusals: list[str] = []  # why it refused to write
        self.closing = threading.Event()
        self._tokens: dict[str, str] = {}  # token → scope
        self._faults: dict[str, Iterator[Callable[[_Handler], None] | None]] = defaultdict(lambda: iter(()))
        self._bugs: list[BaseException] = []

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        (folder / "key.json").write_text(json.dumps(key_info()), encoding="utf-8")
        _authority().cert_pem.write_to_path(str(folder / "authority.pem"))
        self._server = _Server(("127.0.0.1", 0), partial(_Handler, self))
        self._server.bugs = self._bugs
        threading.Thread(target=partial(self._server.serve_forever, poll_interval=0.01), daemon=True).start()
        proxy = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.key_file = folder / "key.json"
        self.environment = {
            "GOOGLE_APPLICATION_CREDENTIALS": str(self.key_file),
            "REQUESTS_CA_BUNDLE": str(folder / "authority.pem"),
            "NO_GCE_CHECK": "true",  # no look-out for a metadata server
            "CLOUDSDK_CONFIG": str(folder),  # nor for the developer's own login
            **dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), proxy),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), ""),
        }
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._folder.cleanup()
        assert not self._bugs, self._bugs

    def next(self, host: str, *faults: Callable[[_Handler], None] | None) -> None:
        """What happens to the next requests to this host: a fault each, None for an ordinary answer."""
        self._faults[host] = iter(faults)

    def always(self, host: str, fault: Callable[[_Handler], None]) -> None:
        """What happens to every request to this host from now on."""
        self.during(host, fault, lambda: True)

    def during(self, host: str, fault: Callable[[_Handler], None], lasting: Callable[[], bool]) -> None:
        """What happens to every request to this host while that lasts."""
        self._faults[host] = (fault if lasting() else None for _ in count())

    def fault(self, host: str) -> Callable[[_Handler], None] | None:
        return next(self._faults[host], None)

    def calls(self, *hosts: str) -> list[str]:
        """The requests to these hosts, in order: « GET /v4/spreadsheets/1AbC »."""
        return [f"{seen.method} {seen.path}" for seen in self.seen if seen.host in hosts]

    @property
    def scopes(self) -> list[str]:
        """What the tokens it gave allow."""
        return list(self._tokens.values())

    def waits_for(self, host: str) -> bool:
        """Whether somebody asks this host within ten seconds."""
        return any(self.calls(host) or self.closing.wait(0.01) for _ in range(1000))

    # - requests it knows -

    def give_token(self, request: Seen) -> tuple[int, Any]:
        form = {key: values[0] for key, values in parse_qs(request.body.decode()).items()}
        if form.get("refresh_token") == LOGIN:
            return self._token(self.login_scope)
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        head, claims, signature = (base64.urlsafe_b64decode(part + "==") for part in form["assertion"].split("."))
        signed = form["assertion"].rpartition(".")[0].encode()
        try:
            _key().public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        claim = json.loads(claims)
        if json.loads(head)["alg"] != "RS256" or claim["aud"] != f"https://{TOKENS}/token" or claim["iss"] != ROBOT:
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT."}
        if not claim["iat"] - 60 <= time.time() <= claim["exp"] <= claim["iat"] + 3600:
            return 400, {
                "error": "invalid_grant",
                "error_description": "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
                "timeframe. Check your iat and exp values in the JWT claim.",
            }
        if claim["scope"] not in (READ_ONLY, READ_WRITE):
            return 400, {"error": "invalid_scope", "error_description": "Invalid OAuth scope or ID token audience."}
        return self._token(claim["scope"])

    def _token(self, scope: str) -> tuple[int, dict[str, Any]]:
        token = f"{TOKEN}-{len(self._tokens)}"
        self._tokens[token] = scope
        return 200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}

    def get_spreadsheet(self, request: Seen) -> tuple[int, Any]:
        if refused := self._refused(request):
            return refused
        if request.scope not in (READ_ONLY, READ_WRITE):
            return _OUT_OF_SCOPE
        try:
            mask = known_mask(",".join(request.query.get("fields", [])))
        except discovery.MaskError as error:
            return _error(400, "INVALID_ARGUMENT", f"Request contains an invalid argument: {error}")
        if set(request.query) != {"fields", "prettyPrint"}:
            return _error(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
        return 200, masked(self.spreadsheet.resource(), mask)

    def batch_update(self, request: Seen) -> tuple[int, Any]:
        """All of the requests, or none; what Google's own description does not allow is a mistake of ours."""
        if refused := self._refused(request):
            return refused
        if request.scope != READ_WRITE:
            return _OUT_OF_SCOPE
        if ROBOT not in self.editors:
            return _error(403, "PERMISSION_DENIED", "The caller does not have permission")
        content = json.loads(request.body)
        problems = discovery.mistakes(content, "BatchUpdateSpreadsheetRequest")
        try:
            draft = None if problems else applied(self.spreadsheet, content["requests"])
        except RefusedError as error:
            problems, draft = [str(error)], None
        if draft is None:
            self.refusals += problems
            return _error(400, "INVALID_ARGUMENT", f"Invalid requests: {problems}")
        self.spreadsheet = draft
        return 200, {"spreadsheetId": draft.id, "replies": [{} for _ in content["requests"]]}

    def _refused(self, request: Seen) -> tuple[int, Any] | None:
        if request.path.split("/")[3].partition(":")[0] != self.spreadsheet.id:
            return _error(404, "NOT_FOUND", "Requested entity was not found.")
        if ROBOT not in self.shared_with:
            return _error(403, "PERMISSION_DENIED", "The caller does not have permission")
        return None

    def lets_in(self, host: str, authorization: str | None) -> bool:
        """Whether this host needs no token, or the one that came along is good there."""
        if host == IMPERSONATION:
            return authorization == f"Bearer {FEDERATED}" or self.scope_of(authorization) == CLOUD
        return host in (TOKENS, FEDERATION) or bool(self.scope_of(authorization))

    def scope_of(self, authorization: str | None) -> str:
        """The scope of the token that came along, "" when it is none of ours."""
        return self._tokens.get((authorization or "").removeprefix("Bearer "), "")

    # - without a key -

    def federate(self, subject_token: str) -> None:
        """What google-github-actions/auth sets up, in a run of GitHub's that holds this token."""
        (self.key_file.parent / "oidc").write_text(subject_token, encoding="utf-8")
        pool = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github/providers/page"
        self.use(
            type="external_account",
            audience=pool,
            subject_token_type="urn:ietf:params:oauth:token-type:jwt",  # noqa: S106  the name of a kind
            token_url=f"https://{FEDERATION}/v1/token",
            service_account_impersonation_url=_IMPERSONATION_URL,
            credential_source={"file": str(self.key_file.parent / "oidc")},
        )

    def log_in(self, refresh_token: str, *, impersonating: bool) -> None:
        """What `gcloud auth application-default login` leaves on somebody's machine."""
        login = {"type": "authorized_user", "client_id": "1", "client_secret": "2", "refresh_token": refresh_token}
        robot = {"type": "impersonated_service_account", "service_account_impersonation_url": _IMPERSONATION_URL}
        self.use(**({**robot, "source_credentials": login} if impersonating else login))

    def use(self, **credentials: Any) -> None:
        """Put this into the credentials file."""
        self.key_file.write_text(json.dumps(credentials), encoding="utf-8")

    def exchange(self, request: Seen) -> tuple[int, Any]:
        form = {key: values[0] for key, values in parse_qs(request.body.decode()).items()}
        if form.get("subject_token") != OIDC:
            message = "The ID Token issued at 1 and expired at 2 is stale to sign-in."
            return 400, {"error": "invalid_grant", "error_description": message}
        kind = "urn:ietf:params:oauth:token-type:access_token"
        return 200, {"access_token": FEDERATED, "issued_token_type": kind, "token_type": "Bearer", "expires_in": 3600}

    def impersonate(self, request: Seen) -> tuple[int, Any]:
        (scope,) = json.loads(request.body)["scope"]
        end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        return 200, {"accessToken": self._token(scope)[1]["access_token"], "expireTime": end}


_ROUTES: list[tuple[str, str, str, Callable[[FakeGoogle, Seen], tuple[int, Any]]]] = [
    ("POST", TOKENS, r"/token", FakeGoogle.give_token),
    ("POST", FEDERATION, r"/v1/token", FakeGoogle.exchange),
    ("POST", IMPERSONATION, r"/v1/projects/-/serviceAccounts/[^/]+:generateAccessToken", FakeGoogle.impersonate),
    ("GET", SHEETS, r"/v4/spreadsheets/[^/:]+", FakeGoogle.get_spreadsheet),
    ("POST", SHEETS, r"/v4/spreadsheets/[^/:]+:batchUpdate", FakeGoogle.batch_update),
]


def _error(code: int, name: str, message: str) -> tuple[int, Any]:
    return code, {"error": {"code": code, "message": message, "status": name}}


_OUT_OF_SCOPE = _error(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.")
_OUT_OF_SCOPE[1]["error"]["details"] = [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    bugs: list[BaseException]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  the base class's signature
        """A client that hangs up is no bug; anything else fails the test."""
        error = sys.exception()
        if error and not isinstance(error, (ConnectionError, ssl.SSLError)):
            self.bugs.append(error)


class _Handler(BaseHTTPRequestHandler):
    """One connection to the proxy: CONNECT, then requests inside TLS."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else an answer waits 40 ms

    def __init__(self, google: FakeGoogle, *args: Any) -> None:
        self.google = google
        self.host = ""
        super().__init__(*args)

    def do_CONNECT(self) -> None:
        host = self.path.rpartition(":")[0]
        if not host.endswith(".googleapis.com"):
            self.google.seen.append(Seen("CONNECT", host, "", {}))
            self.answer(403, b"", kind="text/plain")
            return
        self.send_response(200, "Connection established")
        self.end_headers()
        self.host = host
        self.close_connection = False  # although http.client says CONNECT in HTTP/1.0
        self.connection = _tls().wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb")

    def do_GET(self) -> None:
        if hasattr(socket, "TCP_QUICKACK"):  # urllib3 lets Nagle hold back the second half of a POST to a proxy: 40 ms
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        url = urlsplit(self.path)
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        scope = self.google.scope_of(self.headers["Authorization"])
        request = Seen(self.command, self.host, url.path, parse_qs(url.query), content, scope)
        self.google.seen.append(request)
        fault = self.google.fault(self.host)
        if fault:
            fault(self)
            return
        for method, host, path, respond in _ROUTES:
            if (method, host) == (request.method, request.host) and re.fullmatch(path, request.path):
                if not self.google.lets_in(host, self.headers["Authorization"]):
                    self.answer(*_error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."))
                    return
                self.answer(*respond(self.google, request))
                return
        self.answer(404, b"<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>", kind="text/html")

    do_POST = do_GET  # noqa: N815  the base class's name

    def answer(
        self, code: int, content: Any, kind: str = "application/json", headers: Mapping[str, str] | None = None
    ) -> None:
        """A whole answer: bytes as they are, anything else as JSON."""
        raw = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
        self.head(code, kind, len(raw), headers)
        self.wfile.write(raw)

    def head(self, code: int, kind: str, length: int, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in {"Content-Type": kind, "Content-Length": str(length), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silence: `FakeGoogle.seen` remembers."""


# --- keys and certificates, made once -------------------------------------------------------------------------------


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  loads five times faster


@cache
def key_info() -> dict[str, str]:
    """The content of the service account's key file."""
    pem = _key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "0123456789abcdef",
        "private_key": pem.decode(),
        "client_email": ROBOT,
        "client_id": "1",
        "token_uri": f"https://{TOKENS}/token",
    }


@cache
def _authority() -> trustme.CA:
    return trustme.CA()


@cache
def _tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _authority().issue_cert("*.googleapis.com").configure_cert(context)
    return context
