"""The Google Sheet → Snapshot; requests → the Google Sheet. The only module that opens a socket."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import google.auth
import gspread
import requests
from google.auth.credentials import with_scopes_if_required
from google.auth.transport.requests import AuthorizedSession, Request
from gspread.urls import SPREADSHEET_BATCH_UPDATE_URL
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from job.config import Config
from job.content import echo
from job.model import SHEET_ADDRESS, Snapshot
from job.source import refusals
from job.source.table import FEEDBACK_GID, FEEDBACK_TAB, Grid, build_snapshot, chosen_grids, our_tab

TIMEOUT_S = (5.0, 30.0)  # one connection, one silence

# Seven tries: the second one at once, then pauses of 4, 8, 16, 20 and 20 s, the first three up to 4 s longer. That is
# 68 to 80 s in all, or two minutes when Google asks for longer pauses (Retry-After).
_RETRY = Retry(total=6, backoff_factor=2, backoff_jitter=4, backoff_max=20, retry_after_max=20, raise_on_status=False)
_PASSING = {408, 429, *range(500, 600)}
READING = _RETRY.new(status_forcelist=_PASSING)  # GET only; gspread judges the last answer
# Asking for a token is a POST. google-auth makes three more rounds of tries over a bad answer, but none over an error.
TOKENS = _RETRY.new(status_forcelist=_PASSING, allowed_methods=None, raise_on_status=True)
# A write is only sent again when Google says that it did nothing, or when there was no connection to send it through.
# A 503 that has a Retry-After would be tried again too.
WRITING = _RETRY.new(
    status_forcelist={429}, allowed_methods={"POST"}, read=0, other=0, respect_retry_after_header=False
)


def open_sheet(config: Config, *, writes: bool) -> gspread.Client:
    """A client acting as the Application Default Credentials: a key file, workload identity, a developer's login.

    Read-only unless it is to write. Nothing is asked of Google yet.

    Raises:
        JobError: no sheet is configured; there are no credentials, or they cannot be read.
    """
    if not config.sheet.id:  # said before anything about credentials
        raise refusals.refusal(refusals.NO_SHEET)
    try:
        credentials, _ = google.auth.default()
    except refusals.CAUGHT:
        raise refusals.explain_login(os.environ.get("GOOGLE_APPLICATION_CREDENTIALS", "")) from None
    # Not by default(): given a scope, it asks Google for the name of a federation's project, which nothing here needs.
    scopes = [f"https://www.googleapis.com/auth/spreadsheets{'' if writes else '.readonly'}"]
    credentials = with_scopes_if_required(credentials, scopes)  # type: ignore[no-untyped-call]  # theirs
    tokens = requests.Session()
    session = AuthorizedSession(credentials, auth_request=Request(tokens))  # type: ignore[no-untyped-call]  # theirs
    for each, retry in ((tokens, TOKENS), (session, READING)):
        each.mount("https://", HTTPAdapter(max_retries=retry))
        each.max_redirects = 0  # Google redirects nothing that is asked here
    client = gspread.Client(auth=credentials, session=session)
    client.set_timeout(TIMEOUT_S)
    return client


# Only what is used: a person chip's e-mail address, notes and formulas are not even asked for.
MASK = (
    "properties(title),sheets(properties(sheetId,title,hidden,sheetType),"
    "merges(startRowIndex,endRowIndex,startColumnIndex),"
    "data(rowMetadata(hiddenByFilter,hiddenByUser),rowData(values("
    "formattedValue,effectiveValue(errorValue),effectiveFormat(textFormat(strikethrough)),hyperlink,"
    "textFormatRuns(format(link(uri))),chipRuns(chip(richLinkProperties(uri)))))))"
)


def fetch_snapshot(client: gspread.Client, config: Config) -> Snapshot:
    """Every tab's cells as the text a person sees, in one request.

    The values endpoint loses links placed on text, so this reads grid data
    (https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/get).

    Raises:
        JobError: not shared, no such sheet or tab, header not whole, quota, Google unreachable for a minute or two.
    """
    title, grids = fetch_spreadsheet(client, config, MASK)
    snapshot = build_snapshot(title, SHEET_ADDRESS.format(config.sheet.id), chosen_grids(grids, config), config)
    left = our_tab(grids, FEEDBACK_TAB, FEEDBACK_GID)
    return replace(snapshot, feedback=(left.gid or 0, left.rows) if left else None)


def fetch_spreadsheet(client: gspread.Client, config: Config, mask: str) -> tuple[str, list[Grid]]:
    """The title and the tabs, in one request. What goes wrong is a JobError, as for `fetch_snapshot`."""
    with _in_french(client, config.sheet.id):
        answer = client.http_client.fetch_sheet_metadata(config.sheet.id, {"fields": mask, "prettyPrint": "false"})
        grids = [_grid(tab) for tab in answer["sheets"] if tab["properties"]["sheetType"] == "GRID"]
        return echo(answer["properties"]["title"]) or "?", grids


def send_requests(client: gspread.Client, config: Config, requests: Sequence[Mapping[str, Any]]) -> None:
    """Change the sheet: all of these requests or none, in one call. A JobError says whether it may have been done."""
    sheet_id = config.sheet.id
    client.http_client.session.mount(SPREADSHEET_BATCH_UPDATE_URL % sheet_id, HTTPAdapter(max_retries=WRITING))
    with _in_french(client, sheet_id, writes=True):
        client.http_client.batch_update(sheet_id, {"requests": list(requests)})["spreadsheetId"]


@contextmanager
def _in_french(client: gspread.Client, sheet_id: str, *, writes: bool = False) -> Iterator[None]:
    """Whatever goes wrong with Google is a JobError with its sentence, and shows nothing of the exception."""
    try:
        yield
    except refusals.CAUGHT as error:
        raise refusals.explain(error, sheet_id, client, writes=writes) from None


def _grid(tab: Mapping[str, Any]) -> Grid:
    """A `Sheet` resource as a grid. Google leaves out what is empty, zero or false."""
    properties, data = tab["properties"], tab.get("data", [{}])[0]  # one: no range was asked for
    rows = [line.get("values", ()) for line in data.get("rowData", ())]
    filled = {(row, at): cell for row, cells in enumerate(rows) for at, cell in enumerate(cells) if _text(cell)}
    merges = tab.get("merges", ())
    return Grid(
        title=properties["title"],
        gid=properties.get("sheetId", 0),
        rows=[list(map(_text, cells)) for cells in rows],
        hidden=properties.get("hidden", False),
        links={place: links for place, cell in filled.items() if (links := _links(cell))},
        merges=[(it.get("startRowIndex", 0), it["endRowIndex"], it.get("startColumnIndex", 0)) for it in merges],
        withdrawn_rows=_withdrawn_rows(data.get("rowMetadata", ()), filled),
        resource=tab,
    )


def _withdrawn_rows(metadata: Sequence[Any], filled: Mapping[tuple[int, int], Any]) -> frozenset[int]:
    """The rows that are hidden, and those of which all that is filled is struck through."""
    hidden = {row for row, told in enumerate(metadata) if told.get("hiddenByUser") or told.get("hiddenByFilter")}
    looks = {place: cell.get("effectiveFormat", {}).get("textFormat", {}) for place, cell in filled.items()}
    plain = {row for (row, _), look in looks.items() if not look.get("strikethrough")}
    return frozenset(hidden | ({row for row, _ in filled} - plain))


def _text(cell: Mapping[str, Any]) -> str:
    """What stands in the cell; the same for every formula's error, which is shown in the sheet's language."""
    return "#ERROR!" if "errorValue" in cell.get("effectiveValue", {}) else cell.get("formattedValue", "")


def _links(cell: Mapping[str, Any]) -> tuple[str, ...]:
    """Every distinct address placed on the cell: on the whole of it, on parts of its text, as smart chips."""
    runs = (run.get("format", {}).get("link", {}).get("uri") for run in cell.get("textFormatRuns", ()))
    chips = (run.get("chip", {}).get("richLinkProperties", {}).get("uri") for run in cell.get("chipRuns", ()))
    return tuple(uri for uri in dict.fromkeys((cell.get("hyperlink"), *runs, *chips)) if uri)
