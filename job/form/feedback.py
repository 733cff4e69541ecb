"""Findings × what the tab « Contrôle automatique » says already → the findings with their dates, and the new tab.

The tab remembers when a finding was first seen. Nothing in it is read as data: whatever an editor did to it costs a
date at worst. What it says does not depend on the day, so that the same findings leave it as it is. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime

from job.config import Config
from job.form.setup import NewCell, Request, rewrite
from job.model import Finding, Record, Severity, Snapshot, Verdict, count_datasets
from job.output.report import by_ministry
from job.source.table import FEEDBACK_GID, FEEDBACK_TAB
from job.text import clean, fold, plural

# Titles no table of datasets has: a copy of this tab must not pass for one. The last column, hidden, tells a finding
# from the others wherever its row has been moved to.
_TITLES = "Gravité|Où|Pour qui|Jeu concerné|Dans la colonne|Ce qui ne va pas|Que faire|Vu depuis le|Repère".split("|")
_WIDTHS = (90, 90, 240, 240, 150, 360, 360, 100, 0)  # pixels; 0: hidden
_DAY = "%d/%m/%Y"


def follow_up(
    snapshot: Snapshot, verdict: Verdict, records: Sequence[Record], config: Config, today: date
) -> tuple[Verdict, Sequence[Request]]:
    """The verdict with the date each finding was first seen, and what brings the tab up to date, if anything."""
    if not config.feedback.enabled or not snapshot.sheet:
        return verdict, ()
    gid, left = snapshot.feedback or (FEEDBACK_GID, ())
    first_seen = _first_seen(left, today)
    to_do = sorted(verdict.actionable, key=lambda finding: finding.severity.rank)
    days = {key: first_seen.get(key, today) for key in map(_key, to_do)}

    def dated(finding: Finding) -> Finding:
        day = days.get(_key(finding))
        since = "nouveau" if day == today else f"depuis le {day:{_DAY}}" if day else ""
        return replace(finding, since=since)

    introduction = _introduction(to_do, records, config)
    rows = [*introduction, *_table(to_do, days, config, several=len(snapshot.tabs) > 1)]
    requests: list[Request] = []
    if _text(left) != _text([cell.text for cell in cells] for cells in rows):
        add_as = "" if snapshot.feedback else FEEDBACK_TAB
        requests += rewrite(gid, rows, _WIDTHS, add_as=add_as, frozen=len(introduction) + 1)
        where = {"sheetId": gid, "startRowIndex": len(introduction), "endRowIndex": len(rows)}
        requests.append({"setBasicFilter": {"filter": {"range": where}}})
    return replace(verdict, findings=tuple(map(dated, verdict.findings))), requests


def _first_seen(rows: Iterable[Sequence[str]], today: date) -> dict[str, date]:
    """Finding → the day that the tab gives for it."""
    first_seen: dict[str, date] = {}
    for *texts, mark in filter(None, rows):
        for typed in texts:  # somebody may have added a column for answers; of two dates the last counts
            with suppress(ValueError):  # no date
                first_seen[mark.partition(" ")[0]] = min(datetime.strptime(typed, _DAY).date(), today)  # noqa: DTZ007
    return first_seen


def _key(finding: Finding) -> str:
    """What makes two nights' findings the same: not the row, which a sort moves, unless the dataset has no name."""
    which = (finding.category, fold(finding.name)) if finding.name else (finding.tab, finding.cell)
    parts = "\0".join((finding.code, finding.column, *which))
    return hashlib.sha256(parts.encode()).hexdigest()[:12]


def _text(rows: Iterable[Iterable[str]]) -> str:
    """What a tab says, without the empty cells and rows at its ends: Google leaves them out."""
    return "\n".join("\t".join(map(clean, cells)).rstrip("\t") for cells in rows).rstrip("\n")


def _introduction(to_do: Sequence[Finding], records: Sequence[Record], config: Config) -> list[list[NewCell]]:
    datasets = count_datasets(records)
    published = plural(datasets.total(), config.list.singular, config.list.plural)
    covered = f"{plural(len(datasets), 'catégorie')} sur {len(config.theme_of)}"
    count = sum(it.severity is Severity.BLOCKING for it in to_do)
    counts = f"{plural(count, 'point bloquant', 'points bloquants')}, {plural(len(to_do) - count, 'point')} à corriger"
    texts = (
        f"Sur la page ou en attente de relecture : {published}, dans {covered}.",
        f"{counts} : la case à corriger est dans la colonne « Où »." if to_do else "Rien à corriger, merci !",
        "Le contrôle est fait chaque nuit ; cet onglet n'est réécrit que s'il change.",
        "N'y tapez rien : corrigez la case elle-même, et sa ligne disparaîtra d'ici à la nuit prochaine.",
    )
    title = NewCell(FEEDBACK_TAB, size=16, is_bold=True, wraps=False)
    return [[title], *([NewCell(text, wraps=False)] for text in texts)]


def _table(
    to_do: Sequence[Finding], days: Mapping[str, date], config: Config, *, several: bool
) -> Iterator[list[NewCell]]:
    """A line of titles, and a line for each finding, by ministry; `several`: there are several tabs to tell apart."""
    yield [NewCell(title, is_bold=True) for title in _TITLES]
    for ministry, group in by_ministry(to_do, config).items():
        for it in group:
            key, who = _key(it), ministry or "Ministère à préciser"
            place = f"{it.cell} ({it.tab})" if it.cell and several else it.cell or it.tab
            texts = (who, it.name, it.column, it.wrong, it.to_do, f"{days[key]:{_DAY}}", f"{key} {it.link}".rstrip())
            yield [NewCell(it.severity.value), NewCell(place, link=it.link), *map(NewCell, texts)]
