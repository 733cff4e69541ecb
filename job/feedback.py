"""Findings × what the tab « Contrôle automatique » says already → the findings with their dates, and the new tab.

The tab is also the memory: it is where a night finds when a finding was first seen. Nothing in it is ever read as data,
and whatever an editor did to it costs a date at worst. Pure; `job/sheet.py` sends the requests.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from job.form import MARK, Request, text_cell, trimmed, width
from job.model import SEVERITIES, Finding, OwnTab, Snapshot
from job.render import plural
from job.report import by_ministry, coverage
from job.sheet import FEEDBACK_GID, FEEDBACK_TAB
from job.text import fold
from job.validate import count_datasets

if TYPE_CHECKING:
    import pandas as pd

    from job.config import Config

# Titles no table of datasets has: a copy of this tab must not pass for one. The last column, hidden, tells a finding
# from the others wherever its row has been moved to.
_COLUMNS: Mapping[str, int] = {  # title → width in pixels
    "Gravité": 90,
    "Où": 90,
    "Pour qui": 240,
    "Jeu concerné": 240,
    "Dans la colonne": 150,
    "Ce qui ne va pas": 360,
    "Que faire": 360,
    "Depuis quand": 150,
    "Repère": 100,
}
_MOST = 2000  # findings; nobody reads more, and Google wants requests of a few megabytes at most


@dataclass(frozen=True)
class Feedback:
    """What a night has to say in the sheet."""

    findings: tuple[Finding, ...]  # those it was given, each with its `since`
    requests: tuple[Request, ...]  # () when the tab says all this already


def follow_up(
    snapshot: Snapshot, findings: Sequence[Finding], records: pd.DataFrame, config: Config, today: date
) -> Feedback:
    """Tonight's findings with the date each was first seen, and what brings the tab up to date."""
    left = snapshot.feedback
    first_seen, last_written = _memory(left, today)
    if left and last_written:
        dated = _dated(findings, first_seen, today, last_written)
        if trimmed(_texts(_rows(snapshot, dated, records, config, last_written))) == trimmed(left.rows):
            return Feedback(dated, ())
    dated = _dated(findings, first_seen, today, today)
    rows = _rows(snapshot, dated, records, config, today)
    return Feedback(dated, tuple(_requests(left, rows)))


# --- since when -----------------------------------------------------------------------------------------------------

_DATE = r"(\d\d/\d\d/\d{4})"
_SINCE = re.compile(rf"(?:nouveau|depuis) le {_DATE}")
_WRITTEN = re.compile(rf"Contrôle fait chaque nuit.*, le {_DATE}\.")
_KEY = re.compile(r"([0-9a-f]{12})-\d*")


def _memory(left: OwnTab | None, today: date) -> tuple[dict[str, date], date | None]:
    """Key → the day that finding was first seen; and the day the tab was last written. In whatever order rows stand."""
    first_seen: dict[str, date] = {}
    written = None
    for cells in left.rows if left else ():
        # From the right: further left stand a dataset's name and what was typed, which may look like anything.
        keys = [found[1] for cell in reversed(cells) if (found := _KEY.fullmatch(cell))]
        days = [day for cell in reversed(cells) if (found := _SINCE.fullmatch(cell)) and (day := _day(found[1], today))]
        if keys and days:
            first_seen[keys[0]] = min(days[0], first_seen.get(keys[0], today))
        if not keys:
            written = next((_day(found[1], today) for cell in cells if (found := _WRITTEN.fullmatch(cell))), written)
    return first_seen, written


def _day(text: str, today: date) -> date | None:
    try:
        day = datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007  a day has no time zone
    except ValueError:
        return None
    return day if day <= today else None


def _key(finding: Finding) -> str:
    """What makes two nights' findings the same: not the row, which a sort moves, unless the dataset has no name."""
    which = (finding.category, fold(finding.name)) if finding.name else (finding.tab, finding.cell)
    parts = "\0".join((finding.code, finding.column, *which))
    return hashlib.sha256(parts.encode()).hexdigest()[:12]


def _dated(
    findings: Sequence[Finding], first_seen: Mapping[str, date], today: date, written: date
) -> tuple[Finding, ...]:
    """The findings with their dates; new are those that were first seen the day the tab was written."""

    def since(finding: Finding) -> str:
        day = first_seen.get(_key(finding), today)
        return f"{'nouveau' if day == written else 'depuis'} le {_shown(day)}"

    return tuple(replace(finding, since=since(finding)) for finding in findings)


def _shown(day: date) -> str:
    return f"{day:%d/%m/%Y}"


# --- the tab --------------------------------------------------------------------------------------------------------

_Cell = tuple[str, str]  # text, address it links to


def _rows(
    snapshot: Snapshot, findings: Sequence[Finding], records: pd.DataFrame, config: Config, written: date
) -> list[list[_Cell]]:
    introduction = _introduction(findings, records, config, written)
    rows = [[(text, "")] for text in introduction] + [[(title, "") for title in _COLUMNS]]
    kept = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))[:_MOST]
    several = len(snapshot.tabs) > 1
    for ministry, group in by_ministry(kept, config).items():
        rows += [_row(finding, ministry, several=several) for finding in group]
    if len(findings) > len(kept):
        rows.append([(f"… et {plural(len(findings) - len(kept), 'autre')}", "")])
    return rows


def _introduction(findings: Sequence[Finding], records: pd.DataFrame, config: Config, written: date) -> list[str]:
    themes = coverage(records, records, config)
    covered, categories = sum(theme.after for theme in themes), sum(theme.total for theme in themes)
    published = plural(count_datasets(records, config), "jeu de données est", "jeux de données sont")
    counts = Counter(finding.severity for finding in findings)
    to_fix = [
        plural(counts["bloquant"], "point bloquant", "points bloquants"),
        plural(counts["à corriger"], "point à corriger", "points à corriger"),
    ]
    asks = counts["bloquant"] or counts["à corriger"]
    return [
        FEEDBACK_TAB,
        f"{published} sur la page ou en attente de relecture, dans {plural(covered, 'catégorie')} sur {categories}.",
        f"{', '.join(to_fix)} : la case à corriger est dans la colonne « Où »." if asks else "Rien à corriger, merci !",
        f"Contrôle fait chaque nuit ; onglet réécrit seulement s'il change : la dernière fois, le {_shown(written)}.",
        "N'y tapez rien : corrigez la case elle-même, et sa ligne disparaîtra d'ici à la nuit prochaine.",
    ]


def _row(finding: Finding, ministry: str, *, several: bool) -> list[_Cell]:
    place = f"{finding.cell} ({finding.tab})" if finding.cell and several else finding.cell or finding.tab
    gid = re.search(r"gid=(\d+)", finding.link)
    texts = (
        finding.severity,
        place,
        ministry or "Ministère à préciser",
        finding.name,
        finding.column,
        finding.wrong,
        finding.to_do,
        finding.since,
        f"{_key(finding)}-{gid[1] if gid else ''}",
    )
    return [(text, finding.link if column == 1 else "") for column, text in enumerate(texts)]


def _texts(rows: Sequence[Sequence[_Cell]]) -> list[list[str]]:
    return [[text for text, _ in cells] for cells in rows]


def _requests(left: OwnTab | None, rows: Sequence[Sequence[_Cell]]) -> Iterator[Request]:
    """The whole tab, written anew; nothing outside it."""
    gid = left.gid if left else FEEDBACK_GID
    titles = next(rank for rank, cells in enumerate(rows) if len(cells) == len(_COLUMNS))
    size = {"rowCount": len(rows) + 1, "columnCount": len(_COLUMNS), "frozenRowCount": titles + 1}
    properties = {"sheetId": gid, "gridProperties": size}
    if left:
        fields = ",".join(f"gridProperties.{name}" for name in size)
        yield {"updateSheetProperties": {"properties": properties, "fields": fields}}
    else:
        yield {"addSheet": {"properties": {**properties, "title": FEEDBACK_TAB}}}
        protection = {"range": {"sheetId": gid}, "description": MARK, "warningOnly": True}
        yield {"addProtectedRange": {"protectedRange": protection}}
    box = {"sheetId": gid, "startColumnIndex": 0, "endColumnIndex": len(_COLUMNS)}
    yield {
        "updateCells": {
            "range": {**box, "startRowIndex": 0, "endRowIndex": len(rows) + 1},
            "rows": [{"values": [_cell(cell, rank, titles) for cell in cells]} for rank, cells in enumerate(rows)],
            "fields": "userEnteredValue,userEnteredFormat,textFormatRuns,note,dataValidation",
        }
    }
    yield {"setBasicFilter": {"filter": {"range": {**box, "startRowIndex": titles, "endRowIndex": len(rows)}}}}
    yield from (width(gid, column, pixels) for column, pixels in enumerate(_COLUMNS.values()))
    last = {"sheetId": gid, "dimension": "COLUMNS", "startIndex": len(_COLUMNS) - 1, "endIndex": len(_COLUMNS)}
    hidden = {"range": last, "properties": {"hiddenByUser": True}, "fields": "hiddenByUser"}
    yield {"updateDimensionProperties": hidden}


def _cell(cell: _Cell, rank: int, titles: int) -> dict[str, Any]:
    text, link = cell
    look = {
        "textFormat": {"bold": rank in (0, titles), "fontSize": 16 if rank == 0 else 10},
        "wrapStrategy": "OVERFLOW_CELL" if rank < titles else "WRAP",
        "verticalAlignment": "TOP",
    }
    runs = {"textFormatRuns": [{"startIndex": 0, "format": {"link": {"uri": link}}}]} if text and link else {}
    return {**text_cell(text), "userEnteredFormat": look, **runs}
