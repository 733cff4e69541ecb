"""The values that flow from step to step, and the one exception. Imports nothing of ours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

# The columns that every list shares. A list may have more (config.toml, [[columns]]).
ROLES = ("theme", "category", "name", "producer", "ministry", "status", "url")

CANNOT = 1  # could not be done: configuration, source, network
USAGE = 2  # the command line is wrong (argparse's own code)
REFUSED = 3  # a guard refused
INTERRUPTED = 130  # Ctrl-C, as shells say it

UNCHANGED = "Rien n'a été modifié."
SHEET_ADDRESS = "https://docs.google.com/spreadsheets/d/{}/edit"  # of the sheet with this id


class JobError(Exception):
    """A page we would not sign. Carries one French text: where, what, what to do, what was not changed."""

    def __init__(self, message: str, kind: str = "job") -> None:
        super().__init__(message)
        self.kind = kind  # by which templates/github.toml has its remedy: "passing", when it may work tomorrow…
        self.exit_code = REFUSED if kind == "guard" else CANNOT


class Severity(Enum):
    """How bad a finding is; the value is the word people read."""

    BLOCKING = "bloquant"  # the row is not published as typed
    TO_FIX = "à corriger"  # the row is published without the cell
    INFO = "info"  # nothing to do

    @property
    def rank(self) -> int:
        """The worst is 0."""
        return list(Severity).index(self)


# --- what is read ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tab:
    """One tab that was read."""

    title: str  # as a message may repeat it
    number: int  # from 1, among those that are seen: what a message names it by
    address: str  # opens it, "" for a CSV export
    columns: Mapping[str, str] = field(default_factory=dict)  # field → letters ("A", "AB") of a column that it has
    header: int = 1  # the line of the titles
    has_unknown_addresses: bool = False  # a column without a known title holds them: one finding for the whole tab

    def link(self, cell: str) -> str:
        """The address that opens the sheet on this very cell, "" when it was read from a file."""
        return f"{self.address}&range={cell}" if self.address and cell else self.address


@dataclass(frozen=True)
class Snapshot:
    """Everything read from the source, as text. No rule has looked at it yet."""

    source: str  # the spreadsheet's title, or the CSV's file name
    sheet: str  # its web address, "" for a CSV export
    tabs: tuple[Tab, ...]
    # In sheet order: tab (a position in `tabs`) and row (the line's number), both int; a column of text for each
    # field that a tab has, "" for empty; link_at (the field of the cell on which the address was found, or "").
    rows: pd.DataFrame
    findings: tuple[Finding, ...]  # on tabs, columns and hidden rows
    # The tab « Contrôle automatique », by its gid and its ragged rows, which somebody may have sorted or edited.
    feedback: tuple[int, Sequence[Sequence[str]]] | None = None  # None: there is none yet


# --- what is judged ----------------------------------------------------------------------------------------------


class Record(NamedTuple):
    """One published row: canonical labels, "" for an empty cell."""

    theme: str
    category: str
    name: str
    producer: str
    ministry: str
    status: str
    url: str
    extra: tuple[str, ...] = ()  # the list's further columns, in the order of config.toml

    @property
    def is_placeholder(self) -> bool:
        """Whether it only says that something is to come: its name is its status, and nothing else is given."""
        return self.name == self.status and not (self.producer or self.ministry or self.url or any(self.extra))


def count_datasets(records: Iterable[Record]) -> Counter[str]:
    """Category → how many of these records announce a dataset, rather than that something is to come."""
    return Counter(record.category for record in records if not record.is_placeholder)


_UNBREAKABLE = re.compile("(?<=«) | (?=[»:;?!])")


@cache  # few sentences, many findings
def french(sentence: str) -> str:
    """The sentence with no-break spaces inside its quotation marks and before its colons and question marks."""
    return _UNBREAKABLE.sub("\u00a0", sentence)


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark on one cell, for the person who typed it.

    `tab`, `column`, `name`, `typed` and `suggestion` may come from the sheet: cleaned, but never to be trusted by a
    renderer. `problem`, `remedy` and `effect` are ours.
    """

    severity: Severity
    code: str  # stable, kebab-case
    problem: str  # what is wrong: a French sentence, without its capital
    remedy: str = ""  # what to do: a French sentence, "" when there is nothing to do
    effect: str = ""  # what is published all the same: a French sentence, "" when the row is not
    tab: str = ""
    cell: str = ""  # A1 notation, "" when the whole tab is meant
    row: int = 0  # 1-based, 0 when the whole tab is meant
    column: str = ""  # the column's title
    name: str = ""  # the dataset of that row, when it can be told
    ministry: str = ""  # canonical label, "" when unknown
    typed: str = ""  # what stands in the cell, "" where it may not be repeated
    suggestion: str = ""  # what to type instead, when there is one
    link: str = ""  # opens the sheet on that very cell
    category: str = ""  # canonical label, "" when unknown
    since: str = ""  # in French, when it was first seen; "" when nobody keeps track

    def __post_init__(self) -> None:
        for sentence in ("problem", "remedy", "effect"):
            object.__setattr__(self, sentence, french(getattr(self, sentence)))

    @property
    def sentence(self) -> str:
        """The problem, with its capital when nothing is quoted before it."""
        return self.problem if self.typed else self.problem[:1].upper() + self.problem[1:]

    @property
    def wrong(self) -> str:
        """What is wrong, in French: « typed » : problem. Effect."""
        typed = f"«\u00a0{self.typed}\u00a0»\u00a0: " if self.typed else ""
        return f"{typed}{self.sentence} {self.effect}".rstrip()

    @property
    def to_do(self) -> str:
        """What to do, in French; "" when there is nothing to do."""
        hint = f"Vouliez-vous dire «\u00a0{self.suggestion}\u00a0»\u00a0?" if self.suggestion else ""
        return " ".join(part for part in (hint, self.remedy) if part)

    @property
    def message(self) -> str:
        """The finding in one French text."""
        return " ".join(part for part in (self.wrong, self.to_do) if part)


@dataclass(frozen=True)
class Broken:
    """A row that is not published as typed: what it still says ("" for what cannot be told), and why."""

    record: Record
    finding: Finding
    has_damaged_name: bool  # its name cell is filled, but cannot be used


@dataclass(frozen=True)
class Verdict:
    """What the rules make of the sheet."""

    records: tuple[Record, ...]  # in page order, placeholder rows included
    broken: tuple[Broken, ...]
    findings: tuple[Finding, ...]  # in sheet order
    rows_read: int  # rows with something in them
    # Record → its line and the link that opens it.
    lines: Mapping[Record, tuple[int, str]] = field(default_factory=dict)

    @property
    def actionable(self) -> list[Finding]:
        """The findings that ask somebody to do something, in sheet order."""
        return [finding for finding in self.findings if finding.severity is not Severity.INFO]


# --- what a night changes ----------------------------------------------------------------------------------------


class Kind(Enum):
    """What a change is; the value is the word people read. Every text counts and shows them in this order."""

    REMOVED = "disparition"
    MODIFIED = "modification"  # neither renamed nor moved
    RENAMED = "renommage"  # another name in the same category
    MOVED = "déplacement"  # another category
    ADDED = "ajout"


class Change(NamedTuple):
    """What becomes of one dataset. One that is removed or added is the same on both sides."""

    kind: Kind
    old: Record  # as published
    new: Record  # as it would be


@dataclass(frozen=True)
class Night:
    """Everything that one run knows at its end."""

    snapshot: Snapshot
    verdict: Verdict
    published: tuple[Record, ...]  # what the default branch holds
    records: tuple[Record, ...]  # what would be published
    changes: tuple[Change, ...]  # from one to the other, by kind, then in page order
    kept: tuple[Finding, ...]  # what breaks the rows whose published version stays
    since_review: tuple[Change, ...] | None  # against the pull request that is open
    fingerprint: str  # of what would be published
    differs: bool  # from the files of the default branch
    decision: str  # what becomes of the pull request
    run: str = ""  # web address of the run, "" on a laptop
    has_preview: bool = False  # the run also builds the site with the proposed page
    refusal: str = ""  # by a guard: what it says, in French
    feedback_failure: str = ""  # why the findings could not be written into the sheet: a French sentence

    @cached_property
    def before(self) -> Counter[str]:
        """Category → how many datasets the default branch holds."""
        return count_datasets(self.published)

    @cached_property
    def after(self) -> Counter[str]:
        """Category → how many datasets would be published."""
        return count_datasets(self.records)

    def findings(self, severity: Severity) -> list[Finding]:
        """The findings of this severity, in sheet order."""
        return [finding for finding in self.verdict.findings if finding.severity is severity]
