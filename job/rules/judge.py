"""Snapshot → Verdict: every row judged by every rule, and told in as few messages as it takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

from job.config import Config
from job.model import Broken, Finding, Record, Severity, Snapshot, Verdict
from job.rules.address import CONFIDENTIAL
from job.rules.cell import WITHDRAWN
from job.rules.notes import KINDS, what_it_is
from job.rules.row import Row, read_rows
from job.rules.rules import (
    RULES,
    address_is_of_one_dataset,
    category_belongs_to_the_theme,
    cells_can_be_published,
    dataset_is_listed_once,
)
from job.text import fold

_CONFIDENTIAL = {*CONFIDENTIAL, *(why.code for why in CONFIDENTIAL.values())}  # in any cell; in an address


def judge(snapshot: Snapshot, config: Config, today: str = "") -> Verdict:
    """What the sheet gives: every row that was read is among the records, in the findings, or both.

    `today`: in ISO, for the one rule that knows the date; "" keeps it silent.
    """
    rows = list(read_rows(snapshot, config, today))
    sound, broken = _each_by_itself(rows, config)
    twins = dict(dataset_is_listed_once([row for row in sound if not row.is_placeholder], config))
    sound = [row for row in sound if row not in twins]
    for row, finding in twins.items():
        row.findings = [finding]  # of a twin only that it is one
    for row, finding in address_is_of_one_dataset(sound, config):
        row.findings.append(finding)
    told = (sorted(row.findings, key=lambda finding: finding.severity.rank) for row in rows if row.findings)
    return Verdict(
        records=tuple(in_page_order(_with_useful_placeholders([row.record for row in sound]), config)),
        broken=tuple(broken),
        findings=(*snapshot.findings, *chain.from_iterable(told)),
        rows_read=len(rows),
        lines={row.record: (row.number, row.tab.link(f"{row.number}:{row.number}")) for row in sound},
    )


def _each_by_itself(rows: Iterable[Row], config: Config) -> tuple[list[Row], list[Broken]]:
    """The rows that may be published, and those that may not. Each row gets its findings."""
    sound: list[Row] = []
    broken: list[Broken] = []
    begun_tabs: set[int] = set()  # a dataset was met there
    for row in rows:
        kind = what_it_is(row, config, is_first=row.tab.number not in begun_tabs)
        row.findings = _of_no_dataset(row, kind, config) if kind else _of_a_dataset(row, config)
        if kind:
            continue
        begun_tabs.add(row.tab.number)
        if row.findings and row.findings[0].severity is Severity.BLOCKING:
            why = row["name"].refusal  # what stands further to the left may be what the finding is about
            broken.append(Broken(row.record, row.findings[0], why is not None and why.code != WITHDRAWN))
        elif row["category"].value or not row.is_placeholder:
            sound.append(row)
    return sound, broken


def _of_no_dataset(row: Row, kind: str, config: Config) -> list[Finding]:
    """One remark on the row; and what is confidential in it all the same."""
    field = next(field for field in ("name", "category", *row.cells) if row[field].text)
    problem, remedy = KINDS[kind]
    remark = row.info(field, kind, f"{problem.format(one=config.list.one)} ; elle n'est pas publiée.", remedy)
    unfit = (finding for finding in cells_can_be_published(row, config) if finding.code in _CONFIDENTIAL)
    return [remark, *(replace(finding, severity=Severity.TO_FIX, effect="") for finding in unfit)]


def _of_a_dataset(row: Row, config: Config) -> list[Finding]:
    """Every finding of a row that is published; of a blocked row a single one, which also says what else is wrong."""
    rules = (cells_can_be_published, category_belongs_to_the_theme) if row.is_placeholder else RULES
    findings = [finding for rule in rules for finding in rule(row, config)]
    # From left to right; but what is withdrawn is to be deleted, and not to be completed.
    findings.sort(key=lambda it: (it.severity.rank, it.code != WITHDRAWN, len(it.cell), it.cell))
    if not findings or findings[0].severity is not Severity.BLOCKING:
        return findings
    first, *others = (finding for finding in findings if finding.severity is not Severity.INFO)
    # `typed` is left out: a remedy is ours, and is printed as it is.
    places = ("" if other.code == "ligne-incomplete" else f"{other.cell} ({other.column}) : " for other in others)
    also = " ; ".join(place + other.problem.rstrip(".") for place, other in zip(places, others, strict=True))
    also = also.replace("ligne incomplète", "il manque")
    return [replace(first, remedy=f"{first.remedy} Sur la même ligne, {also}.".strip()) if also else first]


def _with_useful_placeholders(records: Sequence[Record]) -> list[Record]:
    """Of a category's placeholder rows one is kept; none where it has no dataset: the page shows its own there."""
    datasets = [record for record in records if not record.is_placeholder]
    covered = {record.category for record in datasets}
    useful = {record.category: record for record in records if record.is_placeholder and record.category in covered}
    return [*datasets, *useful.values()]


_LETTERS = re.compile(r"\w+")


def in_page_order(records: Iterable[Record], config: Config) -> list[Record]:
    """The records by category, then in French alphabetical order, those without a name yet last; no tie is left."""
    position = {label: number for number, label in enumerate(config.theme_of)}

    def place(record: Record) -> tuple[object, ...]:
        # Letters and figures decide; accents, case and punctuation only between names that are otherwise the same.
        letters = " ".join(_LETTERS.findall(fold(record.name)))
        return position.get(record.category, len(position)), record.name == config.placeholder, letters, record

    return sorted(records, key=place)
