"""The values that flow from step to step, and the one exception. Imports nothing of ours."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

# The cells of a row that we know how to publish, in the order of the page's data file.
FIELDS = ("theme", "category", "name", "producer", "ministry", "status", "url")

# One line of a sheet. `tab` is a position in Snapshot.tabs and `row` the line's number in the sheet (both int); the
# cells are text as a person sees it, "" when empty; `link` is the address placed *on* the dataset's name.
SNAPSHOT_COLUMNS = ("tab", "row", *FIELDS, "link")

# One published dataset: canonical labels, "" for an empty optional cell. All text.
RECORD_COLUMNS = FIELDS

Severity = Literal["bloquant", "à corriger", "info"]
SEVERITIES: tuple[Severity, ...] = ("bloquant", "à corriger", "info")

CANNOT = 1  # could not be done: configuration, source, network
USAGE = 2  # the command line is wrong (argparse's own code)
REFUSED = 3  # a guard refused
INTERRUPTED = 130  # Ctrl-C, as shells say it


class JobError(Exception):
    """A page we would not sign. Carries one French text: where, what, what to do, what was not changed."""

    def __init__(self, message: str, exit_code: int = CANNOT) -> None:
        super().__init__(message)
        self.exit_code = exit_code


_REASONS = {
    "ENOSPC": "le disque est plein",
    "EDQUOT": "le disque est plein",
    "EACCES": "accès refusé",
    "EPERM": "accès refusé",
    "EROFS": "le disque est en lecture seule",
    "ENOTDIR": "un fichier se trouve à la place d'un dossier",
    "EEXIST": "un fichier se trouve à la place d'un dossier",
    "EISDIR": "un dossier se trouve à la place du fichier",
    "EXDEV": "un lien mène hors du dossier du projet",
    "EBUSY": "le fichier est occupé",
    "ENAMETOOLONG": "le nom est trop long",
    "ENOENT": "il n'existe pas",
}


def in_french(error: OSError) -> str:
    """Why the system would not, for the middle of a sentence."""
    return _REASONS.get(errno.errorcode.get(error.errno or 0, ""), error.strerror or "erreur du système")


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark on one cell, for the person who typed it.

    `tab`, `column`, `name`, `ministry` and `typed` come from the sheet: cleaned, but never to be trusted by a renderer.
    `problem`, `remedy` and `suggestion` are ours.
    """

    severity: Severity
    code: str  # stable, kebab-case
    problem: str  # what is wrong: a French sentence
    remedy: str  # what to do: a French sentence, "" when there is nothing to do
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

    @property
    def wrong(self) -> str:
        """What is wrong, in French: « typed »: problem."""
        return (f"« {self.typed} » : " if self.typed else "") + self.problem

    @property
    def to_do(self) -> str:
        """What to do, in French: remedy, suggestion; "" when there is nothing to do."""
        hint = f"Vouliez-vous dire « {self.suggestion} » ?" if self.suggestion else ""
        return " ".join(part for part in (self.remedy, hint) if part)

    @property
    def message(self) -> str:
        """The finding in one French text: « typed »: problem. Remedy. Suggestion."""
        return " ".join(part for part in (self.wrong, self.to_do) if part)


@dataclass(frozen=True)
class Tab:
    """One tab that was read."""

    title: str
    gid: int | None  # None: a CSV export
    columns: Mapping[str, str]  # field → column letters ("A", "AB"); a field whose column is absent is absent


@dataclass(frozen=True)
class OwnTab:
    """The tab in which the job left its findings, as somebody may have sorted or edited it since. Never data."""

    gid: int
    rows: tuple[tuple[str, ...], ...]  # ragged


@dataclass(frozen=True)
class Snapshot:
    """Everything read from the source in one go, as text, before any judgement."""

    source: str  # the spreadsheet's title, or the CSV's file name
    sheet_id: str  # "" for a CSV export
    tabs: tuple[Tab, ...]
    rows: pd.DataFrame  # columns: SNAPSHOT_COLUMNS, in sheet order
    findings: tuple[Finding, ...]  # what was passed over: tabs, columns, hidden rows
    feedback: OwnTab | None = None  # None: there is none yet


def cell_link(sheet_id: str, gid: int | None, cell: str = "") -> str:
    """The address that opens the sheet on this very cell, "" when it was read from a file."""
    if not sheet_id or gid is None:
        return ""
    return f"https://docs.google.com/spreadsheets/d/{sheet_id}/edit#gid={gid}" + (f"&range={cell}" if cell else "")


def records_in(frame: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """The records of a frame, one by one (ten times faster than `itertuples`)."""
    return zip(*(frame[column].tolist() for column in RECORD_COLUMNS), strict=True)


def no_rows(columns: tuple[str, ...]) -> pd.DataFrame:
    """An empty frame of text with these columns."""
    return pd.DataFrame({column: pd.Series(dtype="object") for column in columns})
