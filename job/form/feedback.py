"""Findings × what the tab « Contrôle automatique » says already → the findings with their dates, and the new tab.

The tab is also the memory: it says when a finding was first seen. Nothing in it is ever read as data, and whatever an
editor did to it costs a date at worst. What it says of a finding does not depend on the day, so that the same findings
leave it as it is. Pure; `job/source/google.py` sends the requests.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from job.config import Config
from job.form.own_tab import Cell, Request, rewrite, says
from job.model import Finding, OwnTab, Record, Severity, Snapshot, count_datasets
from job.output.figures import by_ministry
from job.source.table import FEEDBACK_GID, FEEDBACK_TAB
from job.text import fold, plural

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
    "Vu depuis le": 100,
    "Repère": 100,
}
_MOST = 2000  # findings; nobody reads more, and Google wants requests of a few megabytes at most


class Feedback(NamedTuple):
    """What a night has to say in the sheet."""

    findings: tuple[Finding, ...]  # those it was given; each that asks for something with its `since`
    requests: Sequence[Request]  # [] when the tab says all this already


def follow_up(
    snapshot: Snapshot, findings: Sequence[Finding], records: Sequence[Record], config: Config, today: date
) -> Feedback:
    """Tonight's findings with the date each was first seen, and what brings the tab up to date."""
    to_do = sorted((it for it in findings if it.severity is not Severity.INFO), key=lambda it: it.severity.rank)
    first_seen = _first_seen(snapshot.feedback, today)
    days = {key: first_seen.get(key, today) for key in map(_key, to_do)}

    def dated(finding: Finding) -> Finding:
        day = days.get(_key(finding))
        since = "nouveau" if day == today else f"depuis le {day:{_DAY}}" if day else ""
        return replace(finding, since=since)

    introduction = _introduction(to_do, records, config)
    table = _table(to_do, days, config, several=len(snapshot.tabs) > 1)
    return Feedback(tuple(map(dated, findings)), [*_requests(snapshot.feedback, introduction, table)])


# --- since when --------------------------------------------------------------------------------------------------

_DAY = "%d/%m/%Y"
_MARK = re.compile(r"([0-9a-f]{12})(?: https://\S+)?")  # the hidden cell: a finding's key, and its link


def _first_seen(left: OwnTab | None, today: date) -> dict[str, date]:
    """Key → the day that finding was first seen, in whatever order the rows stand."""
    first_seen: dict[str, date] = {}
    for cells in left.rows if left else ():
        # From the right: further left stand a dataset's name and what was typed, which may look like anything.
        key = next((found[1] for cell in reversed(cells) if (found := _MARK.fullmatch(cell))), "")
        day = next((day for cell in reversed(cells) if (day := _day(cell))), today)
        first_seen[key] = min(day, first_seen.get(key, today))  # never a day to come
    return first_seen


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, _DAY).date()  # noqa: DTZ007  a day
    except ValueError:
        return None


def _key(finding: Finding) -> str:
    """What makes two nights' findings the same: not the row, which a sort moves, unless the dataset has no name."""
    which = (finding.category, fold(finding.name)) if finding.name else (finding.tab, finding.cell)
    parts = "\0".join((finding.code, finding.column, *which))
    return hashlib.sha256(parts.encode()).hexdigest()[:12]


# --- the tab -----------------------------------------------------------------------------------------------------


def _introduction(to_do: Sequence[Finding], records: Sequence[Record], config: Config) -> list[list[Cell]]:
    datasets = count_datasets(records)
    covered = f"{plural(len(datasets), 'catégorie')} sur {len(config.theme_of)}"
    published = plural(datasets.total(), config.list.singular, config.list.plural)
    blocking = plural(sum(it.severity is Severity.BLOCKING for it in to_do), "point bloquant", "points bloquants")
    others = plural(sum(it.severity is not Severity.BLOCKING for it in to_do), "point")
    counts = f"{blocking}, {others} à corriger : la case à corriger est dans la colonne « Où »."
    texts = (
        f"Sur la page ou en attente de relecture : {published}, dans {covered}.",
        counts if to_do else "Rien à corriger, merci !",
        "Le contrôle est fait chaque nuit ; cet onglet n'est réécrit que s'il change.",
        "N'y tapez rien : corrigez la case elle-même, et sa ligne disparaîtra d'ici à la nuit prochaine.",
    )
    return [[Cell(FEEDBACK_TAB, size=16, is_bold=True, wraps=False)], *([Cell(text, wraps=False)] for text in texts)]


def _table(to_do: Sequence[Finding], days: Mapping[str, date], config: Config, *, several: bool) -> list[list[Cell]]:
    """A line of titles, and a line for each finding, by ministry; `several`: there are several tabs to tell apart."""
    lines = [[Cell(title, is_bold=True) for title in _COLUMNS]]
    for ministry, group in by_ministry(to_do[:_MOST], config).items():
        for finding in group:
            key = _key(finding)
            place = f"{finding.cell} ({finding.tab})" if finding.cell and several else finding.cell or finding.tab
            lines.append([
                Cell(finding.severity.value),
                Cell(place, link=finding.link),
                Cell(ministry or "Ministère à préciser"),
                *map(Cell, (finding.name, finding.column, finding.wrong, finding.to_do, f"{days[key]:{_DAY}}")),
                Cell(f"{key} {finding.link}".rstrip()),
            ])  # fmt: skip
    others = len(to_do) - _MOST
    return [*lines, [Cell(f"… et {plural(others, 'autre')}")]] if others > 0 else lines


def _requests(
    left: OwnTab | None, introduction: Sequence[Sequence[Cell]], table: Sequence[Sequence[Cell]]
) -> Iterator[Request]:
    """The whole tab, written anew when it does not say this already; nothing outside it."""
    rows, top = [*introduction, *table], len(introduction)
    if left and says(left.rows, rows):
        return
    gid = left.gid if left else FEEDBACK_GID
    widths = [*_COLUMNS.values()]
    yield from rewrite(gid, rows, widths, add_as="" if left else FEEDBACK_TAB, frozen=top + 1)
    yield {"setBasicFilter": {"filter": {"range": {"sheetId": gid, "startRowIndex": top, "endRowIndex": len(rows)}}}}
    last = {"sheetId": gid, "dimension": "COLUMNS", "startIndex": len(widths) - 1, "endIndex": len(widths)}
    yield {"updateDimensionProperties": {"range": last, "properties": {"hiddenByUser": True}, "fields": "hiddenByUser"}}
