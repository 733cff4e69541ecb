"""The Google Sheet → Snapshot, or a CSV export → Snapshot; requests → the Google Sheet. All our talk with Google.

Both sources become grids of text first, so that tabs, headers, merges and links are judged in one place. gspread and
google-auth are imported where they are used: replaying a CSV export needs neither.
"""

from __future__ import annotations

import csv
import io
import itertools
import random
import re
import sys
import threading
import time
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import pandas as pd

from job.content import echo
from job.model import FIELDS, SNAPSHOT_COLUMNS, Finding, JobError, OwnTab, Snapshot, Tab, cell_link, in_french
from job.text import clean, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import gspread
    import requests
    from google.auth.credentials import Credentials
    from gspread.exceptions import APIError

    from job.config import Config

# Tabs written by the job, never read as data: known by their title, or by their number when somebody renamed them.
FEEDBACK_TAB, FEEDBACK_GID = "Contrôle automatique", 1_020_230_138
INSTRUCTIONS_TAB, INSTRUCTIONS_GID = "Mode d'emploi", 1_020_230_139
HEADER_WITHIN = 10  # rows from the top

READ_ONLY = "https://www.googleapis.com/auth/spreadsheets.readonly"
READ_WRITE = "https://www.googleapis.com/auth/spreadsheets"

IGNORED_TAB = "onglet-ignore"
IGNORED_COLUMN = "colonne-ignoree"
HIDDEN_ROWS = "ligne-masquee"

T = TypeVar("T")


def _refuse(sentence: str, ending: str = "Rien n'a été modifié.") -> NoReturn:
    raise JobError(f"{sentence} {ending}")


# --- a grid of text, whatever it comes from -------------------------------------------------------------------------


@dataclass(frozen=True)
class Grid:
    """One tab. Rows and columns are counted from 0 here, from 1 and A in everything a person reads."""

    title: str
    gid: int | None  # None: a CSV export
    rows: Sequence[Sequence[str]]  # ragged
    hidden: bool = False
    links: Mapping[tuple[int, int], str] = field(default_factory=dict)  # (row, column) → the address placed on the cell
    merges: Sequence[tuple[int, int, int]] = ()  # (first row, row after the last one, left column)
    hidden_rows: frozenset[int] = frozenset()

    @property
    def name(self) -> str:
        """Its title, as it may be repeated."""
        return echo(self.title) or "?"

    @property
    def place(self) -> str:
        """How a message names it."""
        return f"{'Fichier' if self.gid is None else 'Onglet'} « {self.name} »"


@dataclass(frozen=True)
class Header:
    row: int
    columns: Mapping[str, int]  # field → column


def column_letters(column: int) -> str:
    """The letters of a column counted from 0: A, …, Z, AA, …"""
    letters = ""
    while column >= 0:
        column, letter = divmod(column, 26)
        letters = chr(ord("A") + letter) + letters
        column -= 1
    return letters


def _a1(row: int, column: int) -> str:
    return f"{column_letters(column)}{row + 1}"


def _fields(config: Config) -> dict[str, str]:
    """Folded title or alias → field."""
    return {fold(clean(title)): column.field for column in config.columns for title in (column.title, *column.aliases)}


def find_header(grid: Grid, config: Config, *, expected: bool) -> Header | None:
    """The row of titles, None when the tab has none and none is expected of it.

    Raises:
        JobError: some of the required columns are missing, or one stands there twice.
    """
    fields = _fields(config)
    required = [column for column in config.columns if column.required]
    row, matches = 0, list[tuple[int, str]]()
    for candidate, cells in enumerate(grid.rows[:HEADER_WITHIN]):
        found = [(i, fields[key]) for i, cell in enumerate(cells) if (key := fold(clean(cell))) in fields]
        if len({name for _, name in found}) > len({name for _, name in matches}):
            row, matches = candidate, found
        if {column.field for column in required} <= {name for _, name in matches}:
            break  # one further down is the same again
    present = {name for _, name in matches}
    missing = [f"« {column.title} »" for column in required if column.field not in present]
    if not expected and len(required) - len(missing) < min(2, len(required)):
        return None
    if missing:
        where = f"ligne {row + 1}" if matches else "dix premières lignes"
        _refuse(
            f"{grid.place}, {where} : il manque "
            + (f"la colonne {missing[0]}. " if len(missing) == 1 else f"les colonnes {', '.join(missing)}. ")
            + "Rétablissez les titres de colonnes, sur une même ligne."
        )
    columns: dict[str, int] = {}
    for column, name in matches:
        if name in columns:
            _refuse(
                f"{grid.place} : la colonne « {config.title(name)} » existe deux fois, en {_a1(row, columns[name])} et "
                f"en {_a1(row, column)}. Supprimez ou renommez l'une des deux."
            )
        columns[name] = column
    return Header(row, columns)


def _snapshot(source: str, sheet_id: str, grids: Sequence[tuple[Grid, bool]], config: Config) -> Snapshot:
    """The rows of these grids, below their headers. Each comes with whether its header is expected."""
    tabs: list[Tab] = []
    findings: list[Finding] = []
    rows: dict[str, list[Any]] = {column: [] for column in SNAPSHOT_COLUMNS}
    for grid, expected in grids:
        header = find_header(grid, config, expected=expected)
        if header is None:
            findings.append(_ignored_tab(grid, sheet_id))
            continue
        found = _rows(grid, header, config)
        rows["tab"] += [len(tabs)] * len(found["row"])
        for column, cells in found.items():
            rows[column] += cells
        findings += _passed_over(grid, header, found["row"], sheet_id)
        letters = {name: column_letters(header.columns[name]) for name in FIELDS if name in header.columns}
        tabs.append(Tab(grid.name, grid.gid, letters))
    if not tabs:
        titles = ", ".join(f"« {column.title} »" for column in config.columns if column.required)
        _refuse(
            f"Aucun onglet visible du tableau ne porte les titres attendus ({titles}) dans ses dix premières lignes. "
            "Rétablissez-les, ou indiquez l'onglet dans config.toml (sheet.tabs)."
        )
    frame = pd.DataFrame(
        {name: pd.Series(cells, dtype="int64" if name in ("tab", "row") else "object") for name, cells in rows.items()}
    )
    return Snapshot(source, sheet_id, tuple(tabs), frame, tuple(findings))


_VISIBLE = re.compile("[!-~À-ɏ]")  # settles nearly every row at once; clean() judges the others
_ADDRESS = re.compile("https?://", re.IGNORECASE)


def _rows(grid: Grid, header: Header, config: Config) -> dict[str, list[Any]]:
    """Every column of the snapshot but `tab`, for the rows in which somebody typed something."""
    # What stands above the titles is a preamble, unless a sort has taken a dataset there.
    above = [cells if _is_dataset(cells, header, config) else [] for cells in grid.rows[: header.row]]
    body = [*above, [], *grid.rows[header.row + 1 :]]
    known = {  # labels come back row after row: each is kept in memory once
        name: [sys.intern(cells[column]) if column < len(cells) else "" for cells in body]
        for name, column in header.columns.items()
    }
    filled = [
        i
        for i, text in enumerate(map("".join, zip(*known.values(), strict=True)))
        if _VISIBLE.search(text) or clean(text)
    ]
    for name in ("theme", "category"):
        if name in known:
            column = header.columns[name]
            _spread_merges(known[name], [merge for merge in grid.merges if merge[2] == column], header.row)
    link = [""] * len(body)
    for (row, column), address in grid.links.items():
        if not body[row]:
            continue
        if column == header.columns.get("name"):
            link[row] = address
        elif column == header.columns.get("url") and not _ADDRESS.match(clean(known["url"][row])):
            known["url"][row] = address  # the cell reads « Lien »
    columns = {**{name: known.get(name) or [""] * len(body) for name in FIELDS}, "link": link}
    if len(filled) < len(body):
        columns = {name: [cells[i] for i in filled] for name, cells in columns.items()}
    return {"row": [1 + i for i in filled], **columns}


_FILLED_LIKE_A_DATASET = 3  # of the columns that are required


def _is_dataset(cells: Sequence[str], header: Header, config: Config) -> bool:
    """Whether a row above the titles is a dataset all the same: nearly whole, or in a category that we know."""
    required = [column.field for column in config.columns if column.required]
    typed = {
        name: clean(cells[column])
        for name, column in header.columns.items()
        if name in required and column < len(cells)
    }
    is_title = fold(typed.get("name", "")) in _fields(config)
    in_a_category = fold(typed.get("category", "")) in config.lookup.get("category", {})
    return not is_title and (in_a_category or sum(map(bool, typed.values())) >= _FILLED_LIKE_A_DATASET)


def _spread_merges(cells: list[str], merges: Sequence[tuple[int, int, int]], header_row: int) -> None:
    for first, end, _ in merges:
        if first <= header_row:
            continue  # it holds the title, or stands above
        for row in range(first + 1, min(end, len(cells))):
            if not clean(cells[row]):
                cells[row] = cells[first]


def _ignored_tab(grid: Grid, sheet_id: str) -> Finding:
    return Finding(
        severity="info",
        code=IGNORED_TAB,
        problem="Cet onglet n'a pas été lu : ses dix premières lignes ne portent pas les titres attendus.",
        remedy="S'il contient des jeux de données, donnez-lui les mêmes titres de colonnes qu'aux autres onglets.",
        tab=grid.name,
        link=cell_link(sheet_id, grid.gid),
    )


_LOOKED_AT = 60  # columns: beyond, nobody types a dataset


def _passed_over(grid: Grid, header: Header, numbers: Sequence[int], sheet_id: str) -> Iterator[Finding]:
    """What was not read of a tab that was read, and what was read although it cannot be seen."""
    titles = grid.rows[header.row]
    body = grid.rows[header.row + 1 :]
    width = min(max(map(len, body), default=0), _LOOKED_AT)
    for column in range(max(len(titles), width)):
        if column in header.columns.values():
            continue
        title = echo(titles[column]) if column < len(titles) else ""
        if not title and not any(len(cells) > column and clean(cells[column]) for cells in body):
            continue
        cell = _a1(header.row, column)
        yield Finding(
            severity="info",
            code=IGNORED_COLUMN,
            problem="Cette colonne n'est pas connue : elle n'est pas publiée."
            if title
            else "Cette colonne n'a pas de titre : elle n'est pas publiée.",
            remedy="",
            tab=grid.name,
            cell=cell,
            row=header.row + 1,
            column=title,
            link=cell_link(sheet_id, grid.gid, cell),
        )
    count = sum(number - 1 in grid.hidden_rows for number in numbers)
    if count:
        yield Finding(
            severity="info",
            code=HIDDEN_ROWS,
            problem="1 ligne masquée a été lue comme les autres."
            if count == 1
            else f"{count} lignes masquées ont été lues comme les autres.",
            remedy="Pour qu'un jeu de données ne soit plus publié, supprimez sa ligne au lieu de la masquer.",
            tab=grid.name,
            link=cell_link(sheet_id, grid.gid),
        )


# --- a CSV export ---------------------------------------------------------------------------------------------------

_EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .xls
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read_csv(path: Path, config: Config) -> Snapshot:
    """The rows of a CSV export: comma, semicolon or tab; UTF-8 with or without byte order mark.

    A row's number is its number in the sheet: a line break inside quotes does not count. There is nothing to link to.

    Raises:
        JobError: not readable, not UTF-8, not CSV, empty, or without the columns that are required.
    """
    raw = _read_bytes(path)
    place = f"Fichier « {path} »"
    if raw.startswith(_EXCEL):
        _refuse(f"{place} : c'est un classeur Excel. Enregistrez-le au format CSV UTF-8.")
    if raw.startswith(_UTF_16):
        _refuse(f"{place} : le texte n'est pas en UTF-8. Enregistrez-le en UTF-8 (Excel : « CSV UTF-8 »).")
    if b"\0" in raw:
        _refuse(f"{place} : ce n'est pas un fichier texte. Exportez le tableau au format CSV.")
    if not raw.removeprefix(b"\xef\xbb\xbf").strip():
        _refuse(f"{place} : le fichier est vide. Exportez à nouveau le tableau.")
    records = csv.reader(_text(raw), delimiter=_delimiter(raw, config), strict=True)
    try:
        grid = Grid(path.name, None, list(records))
    except UnicodeDecodeError:
        sentence = f"{place} : le texte n'est pas en UTF-8. Enregistrez-le en UTF-8 (Excel : « CSV UTF-8 »)."
    except csv.Error as error:
        too_long = "une cellule est trop longue, ou " if "field limit" in str(error) else ""
        problem = f"{too_long}des guillemets sont mal placés"
        sentence = f"{place}, vers la ligne {records.line_num} : {problem}. Exportez à nouveau le tableau."
    else:
        return _snapshot(grid.name, "", [(grid, True)], config)
    _refuse(sentence)


def _read_bytes(path: Path) -> bytes:
    place = f"Fichier « {path} »"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        sentence = f"{place} introuvable. Vérifiez le chemin donné à --from."
    except IsADirectoryError:
        sentence = f"{place} : c'est un dossier. Donnez à --from le chemin d'un fichier CSV."
    except OSError as error:
        sentence = f"{place} illisible ({in_french(error)}). Vérifiez les droits d'accès."
    _refuse(sentence)


def _text(raw: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8-sig", newline="")


def _delimiter(raw: bytes, config: Config) -> str:
    """The one that shows the most known titles in the first rows; the comma when none shows any."""
    fields = _fields(config)

    def known(delimiter: str) -> int:
        records = itertools.islice(csv.reader(_text(raw), delimiter=delimiter), HEADER_WITHIN)
        try:
            return max(
                (len({fields.get(fold(clean(cell))) for cell in cells} - {None}) for cells in records), default=0
            )
        except (csv.Error, UnicodeDecodeError):
            return 0  # reading it for good says what is wrong

    return max(",;\t", key=known)


# --- Google ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Patience:
    """How long Google may take. Two minutes in all."""

    credentials_s: float = 20.0  # finding who we are, whatever happens
    total_s: float = 70.0  # reading, retries and pauses included, whatever happens
    writing_s: float = 30.0  # the same, of the one write
    connect_s: float = 5.0  # one connection
    read_s: float = 60.0  # one silence
    tries: int = 5
    first_pause_s: float = 1.0  # doubles each time; the pause is drawn below it (full jitter)
    longest_pause_s: float = 60.0  # even when Retry-After asks for more
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def pause_s(self, attempt: int, retry_after_s: float | None) -> float:
        """How long to wait after this attempt (counted from 1)."""
        if retry_after_s is not None:
            return min(retry_after_s, self.longest_pause_s)
        ceiling = min(self.first_pause_s * 2 ** (attempt - 1), self.longest_pause_s)
        return random.uniform(0, ceiling)  # noqa: S311  spreads retries, protects nothing


PATIENCE = Patience()

# Only what is used: a person chip's e-mail address, notes and formulas are not even asked for.
MASK = (
    "properties(title),sheets(properties(sheetId,title,hidden,sheetType),"
    "merges(startRowIndex,endRowIndex,startColumnIndex),"
    "data(startRow,startColumn,rowMetadata(hiddenByFilter,hiddenByUser),rowData(values("
    "formattedValue,effectiveValue(errorValue(type)),hyperlink,textFormatRuns(format(link(uri))),"
    "chipRuns(chip(richLinkProperties(uri)))))))"
)
_ERROR_TEXT = {
    "ERROR": "#ERROR!",
    "NULL_VALUE": "#NULL!",
    "DIVIDE_BY_ZERO": "#DIV/0!",
    "VALUE": "#VALUE!",
    "REF": "#REF!",
    "NAME": "#NAME?",
    "NUM": "#NUM!",
    "N_A": "#N/A",
    "LOADING": "Loading...",
}
_SHEET_ID = re.compile(r"[A-Za-z0-9_-]+")


def connect(scope: str = READ_ONLY, patience: Patience = PATIENCE) -> gspread.Client:
    """A client acting as the Application Default Credentials: a key file, workload identity, a developer's login.

    Raises:
        JobError: there are none, or they cannot be used.
    """
    import google.auth  # noqa: PLC0415  replaying a CSV export needs no Google library
    import gspread  # noqa: PLC0415  the same
    import requests  # noqa: PLC0415  the same
    from google.auth.exceptions import RefreshError  # noqa: PLC0415  the same
    from google.auth.transport.requests import AuthorizedSession, Request  # noqa: PLC0415  the same

    def find() -> Credentials:
        credentials, _ = google.auth.default(scopes=[scope])
        return credentials

    credentials = _patiently(find, patience.credentials_s, patience, _credentials_fault)
    asking = requests.Session()
    asking.max_redirects = 0  # a key's signature would be posted again, to whoever is named
    ask = Request(asking)

    def ask_for_token(*arguments: Any, **options: Any) -> Any:
        """A token's answer. Of a passing fault, google-auth makes pauses of its own, or (federation) a refusal."""
        answer = ask(*arguments, **options)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise RefreshError(_NO_TOKEN, retryable=True)  # type: ignore[no-untyped-call]  # theirs
        return answer

    # Left to itself, google-auth asks for a token four times in a row, and urllib3 says so in English on stderr.
    session = AuthorizedSession(credentials, auth_request=ask_for_token)  # type: ignore[no-untyped-call]  # theirs
    session.max_redirects = 0
    return gspread.Client(auth=credentials, session=session)


def open_sheet(config: Config, *, writes: bool) -> gspread.Client:
    """A client for the configured sheet, acting as whoever runs the job; read-only unless it is to write.

    Raises:
        JobError: no sheet is configured, or what connect raises.
    """
    _sheet_id(config)  # said before anything about credentials
    return connect(READ_WRITE if writes else READ_ONLY)


def _sheet_id(config: Config) -> str:
    sheet_id = config.sheet.id
    if not sheet_id:
        _refuse("Aucune feuille Google n'est indiquée. Renseignez sheet.id dans config.toml, ou utilisez --from.")
    if not _SHEET_ID.fullmatch(sheet_id):
        _refuse(
            "sheet.id, dans config.toml, n'est pas un identifiant de feuille. "
            "Copiez ce qui se trouve entre /d/ et /edit dans l'adresse de la feuille."
        )
    return sheet_id


def fetch_snapshot(client: gspread.Client, config: Config, patience: Patience = PATIENCE) -> Snapshot:
    """Every tab's cells as the text a person sees, in one request.

    The values endpoint loses links placed on text, so this reads grid data
    (https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/get).

    Raises:
        JobError: not shared, no such sheet or tab, header not whole, quota, Google unreachable for two minutes.
    """
    spreadsheet = fetch_spreadsheet(client, config, MASK, patience)
    snapshot = _snapshot(spreadsheet.title, config.sheet.id, chosen_grids(spreadsheet.grids, config), config)
    left = own_grid(spreadsheet.grids, FEEDBACK_TAB, FEEDBACK_GID)
    return replace(snapshot, feedback=OwnTab(left.gid or 0, tuple(map(tuple, left.rows))) if left else None)


@dataclass(frozen=True)
class Spreadsheet:
    """What one request says of the whole document."""

    title: str
    grids: Sequence[Grid]
    resources: Sequence[Any]  # the `Sheet` resource of each grid, as Google gave it: whatever the mask asked for


def fetch_spreadsheet(client: gspread.Client, config: Config, mask: str, patience: Patience = PATIENCE) -> Spreadsheet:
    """The fields of the mask, in one request.

    Raises:
        JobError: not shared, no such sheet, quota, Google unreachable for two minutes.
    """
    sheet_id = _sheet_id(config)
    client.set_timeout((patience.connect_s, patience.read_s))
    answer = _patiently(
        lambda: client.http_client.fetch_sheet_metadata(sheet_id, {"fields": mask}),
        patience.total_s,
        patience,
        lambda error: _fault(error, _Request(sheet_id, getattr(client.http_client.session, "credentials", None))),
    )
    try:
        source = _part(_part(answer, "properties", dict), "title", str)
        resources = [tab for tab in _parts(answer, "sheets") if _sheet_type(tab) == "GRID"]
        grids = [_grid(tab) for tab in resources]
    except _MisshapenError:
        grids = []
    if not grids:
        _refuse("La réponse de Google n'a pas la forme attendue. Relancez ; si cela persiste, signalez-le.")
    return Spreadsheet(echo(source) or "?", grids, resources)


def send_requests(
    client: gspread.Client, config: Config, requests: Sequence[Mapping[str, Any]], patience: Patience = PATIENCE
) -> None:
    """Change the sheet: all of these requests or none, in one call.

    A call whose answer got lost is not sent again: it may have been carried out.

    Raises:
        JobError: the robot is no editor of the sheet, quota, Google unreachable…
    """
    sheet_id = _sheet_id(config)
    client.set_timeout((patience.connect_s, patience.read_s))
    request = _Request(sheet_id, getattr(client.http_client.session, "credentials", None), writes=True)
    answer = _patiently(
        lambda: client.http_client.batch_update(sheet_id, {"requests": list(requests)}),
        patience.writing_s,
        patience,
        lambda error: _fault(error, request),
        writes=True,
    )
    if not isinstance(answer, dict) or "spreadsheetId" not in answer:  # some proxy's
        _refuse(_UNREADABLE, _PERHAPS)


def own_grid(grids: Sequence[Grid], title: str, gid: int) -> Grid | None:
    """The tab of ours with this title, or else with this number; None when there is none."""
    return next((grid for grid in grids if fold(clean(grid.title)) == fold(title)), None) or next(
        (grid for grid in grids if grid.gid == gid), None
    )


def chosen_grids(grids: Sequence[Grid], config: Config) -> list[tuple[Grid, bool]]:
    """The tabs to read, in the sheet's order, and whether a header is expected there: it is when they are named."""
    ours = {fold(FEEDBACK_TAB), fold(INSTRUCTIONS_TAB), FEEDBACK_GID, INSTRUCTIONS_GID}
    grids = [grid for grid in grids if not {fold(clean(grid.title)), grid.gid} & ours]
    if not config.sheet.tabs:
        return [(grid, False) for grid in grids if not grid.hidden]
    named = {_named(wanted, grids).gid for wanted in config.sheet.tabs}
    return [(grid, True) for grid in grids if grid.gid in named]


def _named(wanted: str | int, grids: Sequence[Grid]) -> Grid:
    alike = [grid for grid in grids if wanted in (grid.gid, grid.title)]
    if not alike and isinstance(wanted, str):
        alike = [grid for grid in grids if fold(clean(grid.title)) == fold(clean(wanted))]
    if len(alike) != 1:
        name = f"gid {wanted}" if isinstance(wanted, int) else f"« {echo(wanted) or '?'} »"
        existing = ", ".join(f"« {echo(grid.title) or '?'} » (gid {grid.gid})" for grid in grids)
        _refuse(
            f"L'onglet {name} n'existe pas dans la feuille. Onglets existants : {existing or 'aucun'}. "
            "Corrigez sheet.tabs dans config.toml."
        )
    return alike[0]


# --- what Google answers → a grid -----------------------------------------------------------------------------------


class _MisshapenError(Exception):
    """JSON, but not the JSON of a spreadsheet."""


def _part(value: Any, key: str, kind: type[T]) -> T:
    """The part of a JSON object under this key; Google leaves out what is empty, zero or false."""
    if not isinstance(value, dict):
        raise _MisshapenError
    part = value.get(key)
    if part is None:
        return kind()
    if not isinstance(part, kind):
        raise _MisshapenError
    return part


def _parts(value: Any, key: str) -> list[Any]:
    return _part(value, key, list)


_MOST_CELLS = 10_000_000  # of a Google Sheet: an index beyond is no index


def _index(value: Any, key: str) -> int:
    index = _part(value, key, int)
    if not 0 <= index <= _MOST_CELLS:
        raise _MisshapenError
    return index


def _sheet_type(tab: Any) -> str:
    return _part(_part(tab, "properties", dict), "sheetType", str)


def _grid(tab: Any) -> Grid:
    properties = _part(tab, "properties", dict)
    rows: list[list[str]] = []
    links: dict[tuple[int, int], str] = {}
    hidden_rows: set[int] = set()
    for segment in _parts(tab, "data"):
        top, left = _index(segment, "startRow"), _index(segment, "startColumn")
        for row, metadata in enumerate(_parts(segment, "rowMetadata"), top):
            if _part(metadata, "hiddenByUser", bool) or _part(metadata, "hiddenByFilter", bool):
                hidden_rows.add(row)
        for row, cells in enumerate(_parts(segment, "rowData"), top):
            values = _parts(cells, "values")
            if not values:
                continue
            rows += [[] for _ in range(row + 1 - len(rows))]
            rows[row] += [""] * (left + len(values) - len(rows[row]))
            for column, cell in enumerate(values, left):
                if cell:
                    rows[row][column], link = _cell(cell)
                    if link:
                        links[row, column] = link
    return Grid(
        title=_part(properties, "title", str),
        gid=_part(properties, "sheetId", int),
        rows=rows,
        hidden=_part(properties, "hidden", bool),
        links=links,
        merges=[
            (_index(merge, "startRowIndex"), _index(merge, "endRowIndex"), _index(merge, "startColumnIndex"))
            for merge in _parts(tab, "merges")
        ],
        hidden_rows=frozenset(hidden_rows),
    )


def _cell(cell: Any) -> tuple[str, str]:
    """The text of a cell, and the one address placed on it ("" when there is none, or several)."""
    if isinstance(cell, dict) and len(cell) == 1 and isinstance(text := cell.get("formattedValue"), str):
        return text, ""  # the ordinary case
    error = _part(_part(_part(cell, "effectiveValue", dict), "errorValue", dict), "type", str)
    if error:
        return _ERROR_TEXT.get(error, "#ERROR!"), ""
    link = _part(cell, "hyperlink", str)
    if not link:
        found = {
            _part(_part(_part(run, "format", dict), "link", dict), "uri", str) for run in _parts(cell, "textFormatRuns")
        } | {
            _part(_part(_part(run, "chip", dict), "richLinkProperties", dict), "uri", str)
            for run in _parts(cell, "chipRuns")
        }
        found.discard("")
        link = found.pop() if len(found) == 1 else ""
    return _part(cell, "formattedValue", str), link


# --- when Google does not answer ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Fault:
    """Why there is no answer. Holds nothing of the exception: an APIError carries the request, and so the token."""

    sentence: str
    passing: bool = False  # worth another try
    refused: bool = False  # Google answered that it did nothing
    retry_after_s: float | None = None  # what Google asked for


@dataclass(frozen=True)
class _Request:
    """What the sentences need to know of the request that failed."""

    sheet_id: str
    credentials: Any  # google.auth.credentials.Credentials, of any kind
    writes: bool = False

    @property
    def account(self) -> str:
        email = getattr(self.credentials, "service_account_email", None)
        return email if isinstance(email, str) and "@" in email else "le compte du robot"

    @property
    def project(self) -> str:
        project = getattr(self.credentials, "project_id", None)
        return f"dans le projet {project}" if isinstance(project, str) and project else "dans le projet du robot"


def _patiently(
    call: Callable[[], T],
    seconds: float,
    patience: Patience,
    explain: Callable[[Exception], _Fault],
    *,
    writes: bool = False,
) -> T:
    """What the call returns, tried again while the fault may pass, given up after so many seconds even in mid-answer.

    Raises:
        JobError: with no other exception attached, so that no traceback can show a token.
    """
    deadline = patience.clock() + seconds
    attempt = 1
    while not isinstance(outcome := _outcome(call, deadline - patience.clock(), explain), Future):
        pause_s = patience.pause_s(attempt, outcome.retry_after_s)
        if writes and not outcome.refused:
            _refuse(outcome.sentence, _PERHAPS)
        if not outcome.passing or attempt >= patience.tries or patience.clock() + pause_s >= deadline:
            _refuse(outcome.sentence)
        patience.sleep(pause_s)
        attempt += 1
    return outcome.result()


_PERHAPS = "La feuille a peut-être déjà été modifiée : relancer ne fera rien deux fois."
_TOO_LATE = "Google n'a pas répondu à temps. Relancez plus tard."
_UNREADABLE = "La réponse de Google est illisible ou incomplète. Relancez plus tard."
_UNREACHABLE = "Google est injoignable : pas de connexion. Vérifiez l'accès à Internet, puis relancez."
_CERTIFICATE = (
    "Google est injoignable : la connexion chiffrée est refusée. Vérifiez l'accès à Internet et le mandataire (proxy)."
)
_NO_CREDENTIALS = (
    "Aucun identifiant Google n'a été trouvé. Indiquez dans la variable GOOGLE_APPLICATION_CREDENTIALS le chemin du "
    "fichier de clé du compte de service, ou rejouez un export avec --from."
)
_BAD_KEY_FILE = (
    "Le fichier de clé indiqué par GOOGLE_APPLICATION_CREDENTIALS n'est pas utilisable. "
    "Téléchargez à nouveau la clé JSON du compte de service."
)
_KEY_REFUSED = (
    "Google refuse les identifiants du robot. La clé est sans doute révoquée ou remplacée, ou la fédération d'identité "
    "mal réglée : vérifiez le compte de service et sa clé."
)
_CLOCK = "Google refuse les identifiants du robot : l'horloge de la machine n'est pas à l'heure. Réglez-la et relancez."
_NO_TOKEN = "Google ne délivre pas de jeton d'accès pour l'instant. Relancez plus tard."  # noqa: S105  a sentence
_QUOTA = "Le quota de l'API Google Sheets est épuisé. Relancez dans quelques minutes."
_SCOPE = (
    "Vos identifiants Google ne donnent pas accès aux feuilles de calcul. Reconnectez-vous avec gcloud auth "
    f"application-default login --scopes={READ_ONLY},https://www.googleapis.com/auth/cloud-platform."
)
_SCOPE_TO_WRITE = _SCOPE.replace("accès aux", "le droit d'écrire dans les").replace(READ_ONLY, READ_WRITE)
_EXCEL_IN_DRIVE = (
    "Le document est un classeur Excel déposé dans Drive. Ouvrez-le, choisissez Fichier > Enregistrer au format "
    "Google Sheets, puis indiquez l'identifiant de la nouvelle feuille dans config.toml (sheet.id)."
)


def _outcome(call: Callable[[], T], seconds: float, explain: Callable[[Exception], _Fault]) -> Future[T] | _Fault:
    """What the call returned, or why it did not.

    It runs in a daemon thread: a server that sends one byte at a time defeats every time-out that requests has, and
    neither a slow name server nor google-auth's own pauses know of our deadline.
    """
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415  replaying a CSV export needs no Google library
    from gspread.exceptions import GSpreadException  # noqa: PLC0415  the same

    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001  handed over to the thread that waits
            future.set_exception(error)

    threading.Thread(target=run, name="google", daemon=True).start()
    wait([future], timeout=max(seconds, 0))
    if not future.done():
        return _Fault(_TOO_LATE)
    try:
        future.result()
    except (GSpreadException, GoogleAuthError, OSError) as error:  # OSError: whatever requests raises
        return explain(error)
    except (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError) as error:
        return explain(error)  # gspread and google-auth trip over an answer or a key file of an unexpected shape
    return future


def _credentials_fault(error: Exception) -> _Fault:
    from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError  # noqa: PLC0415  imported when needed

    if isinstance(error, DefaultCredentialsError):
        return _Fault(_NO_CREDENTIALS if "not found" in str(error) else _BAD_KEY_FILE)
    if isinstance(error, GoogleAuthError):  # workload identity asks for its first token here
        return _auth_fault(error)
    return _Fault(_BAD_KEY_FILE)


def _fault(error: Exception, request: _Request) -> _Fault:
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415  imported when needed
    from gspread.exceptions import APIError  # noqa: PLC0415  the same

    if isinstance(error, APIError):
        return _refusal(error, request)
    if isinstance(error, GoogleAuthError):
        return _auth_fault(error)
    return _transport_fault(error)


def _auth_fault(error: Exception) -> _Fault:
    """Why there is no token."""
    from google.auth.exceptions import GoogleAuthError, TransportError  # noqa: PLC0415  imported when needed

    if isinstance(error, TransportError):
        return _transport_fault(error.__cause__ if isinstance(error.__cause__, OSError) else ConnectionError())
    if isinstance(error, GoogleAuthError) and error.retryable:
        return _Fault(_NO_TOKEN, passing=True)
    body = str(error.args[0]).strip() if error.args else ""
    answer = error.args[1] if len(error.args) > 1 else {"error": body} if body and not body.startswith("<") else {}
    if isinstance(answer, dict) and "error" not in answer:
        return _Fault(_UNREADABLE, passing=True)  # google-auth takes a proxy's error page for a refusal
    if "iat and exp" in body or "timeframe" in body:
        return _Fault(_CLOCK)
    return _Fault(_KEY_REFUSED)


def _transport_fault(error: Exception) -> _Fault:
    from requests import exceptions  # noqa: PLC0415  imported when needed

    if isinstance(error, exceptions.Timeout):
        return _Fault(_TOO_LATE, passing=True)
    if isinstance(error, exceptions.SSLError):
        return _Fault(_CERTIFICATE, passing=True)
    if isinstance(error, exceptions.TooManyRedirects):  # none is followed
        return _Fault(_UNREADABLE)
    if isinstance(error, exceptions.ChunkedEncodingError | exceptions.ContentDecodingError | ValueError):
        return _Fault(_UNREADABLE, passing=True)
    if isinstance(error, OSError):
        return _Fault(_UNREACHABLE, passing=isinstance(error, (ConnectionError, exceptions.ConnectionError)))
    return _Fault(_UNREADABLE, passing=True)


_OVER_QUOTA = {"RATE_LIMIT_EXCEEDED", "rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"}
_API_DISABLED = {"SERVICE_DISABLED", "accessNotConfigured"}


def _refusal(error: APIError, request: _Request) -> _Fault:
    """What the Sheets API's answer means. The status comes from the response: gspread's own is -1 on an HTML body."""
    status = error.response.status_code
    reasons = _reasons(error.error)
    denied = status == HTTPStatus.FORBIDDEN
    sheet = echo(request.sheet_id)
    if status == HTTPStatus.TOO_MANY_REQUESTS or (denied and reasons & _OVER_QUOTA):
        return _Fault(_QUOTA, passing=True, refused=True, retry_after_s=_retry_after_s(error.response))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        sentence = f"Google est en panne (réponse {status}). Relancez plus tard."
        return _Fault(sentence, passing=True, retry_after_s=_retry_after_s(error.response))
    in_project = f"n'est pas activée {request.project}"
    not_shared = denied and error.code == status  # and not some proxy's page
    excel = status == HTTPStatus.BAD_REQUEST and "not supported for this document" in str(error.error.get("message"))
    sentences = (
        (
            denied and reasons & _API_DISABLED,
            f"L'API Google Sheets {in_project}. Activez-la dans la console Google Cloud.",
        ),
        (denied and "ACCESS_TOKEN_SCOPE_INSUFFICIENT" in reasons, _SCOPE_TO_WRITE if request.writes else _SCOPE),
        (
            not_shared and request.writes,
            f"Écriture refusée dans la feuille {sheet}. Partagez-la avec {request.account} comme « Éditeur ».",
        ),
        (
            status == HTTPStatus.BAD_REQUEST and request.writes and "protected" in str(error.error.get("message")),
            f"Une plage protégée de la feuille {sheet} empêche d'écrire. Autorisez {request.account} à la modifier.",
        ),
        (not_shared, f"Accès refusé à la feuille {sheet}. Partagez-la en lecture avec {request.account}."),
        (excel, _EXCEL_IN_DRIVE),
        (status == HTTPStatus.UNAUTHORIZED, _KEY_REFUSED),
        (
            status == HTTPStatus.NOT_FOUND,
            f"La feuille {sheet} n'existe pas. Vérifiez sheet.id dans config.toml, et qu'elle n'a pas été supprimée.",
        ),
        (
            request.writes,
            f"Google refuse d'écrire dans la feuille {sheet} (réponse {status}). Si cela persiste, signalez-le.",
        ),
        (
            True,
            f"Google refuse la lecture de la feuille {sheet} (réponse {status}). Vérifiez sheet.id dans config.toml.",
        ),
    )
    return _Fault(next(sentence for applies, sentence in sentences if applies), refused=True)


def _reasons(error: Mapping[str, Any]) -> set[str]:
    """The machine-readable reasons of an error, in Google's two ways of giving them."""
    stated = [part for key in ("details", "errors") if isinstance(parts := error.get(key), list) for part in parts]
    return {str(part.get("reason")) for part in stated if isinstance(part, dict)}


def _retry_after_s(response: requests.Response) -> float | None:
    """What the header Retry-After asks for: seconds, or a date."""
    from datetime import UTC, datetime  # noqa: PLC0415  imported when needed
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  the same

    asked = response.headers.get("Retry-After", "").strip()
    if asked.isdecimal() and asked.isascii():
        return float(asked[:9])
    try:
        return max((parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds(), 0)
    except (TypeError, ValueError):  # no such header, no such date, or a date without a time zone
        return None
