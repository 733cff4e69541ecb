"""One row: what was typed, and what would be published. A rule needs to know nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partialmethod

from job.config import Config, Status
from job.model import Finding, Record, Severity, Snapshot, Tab
from job.rules.cell import EMPTY, Cell, Cells
from job.text import shorten


@dataclass(slots=True, eq=False)
class Row:
    """One row with something in it."""

    config: Config
    tab: Tab
    number: int  # the line's number in the sheet
    cells: Mapping[str, Cell]  # by field: one for each column that some tab has
    link_at: str  # the field of the cell on which the address was found, "" for its own
    today: str  # ISO, "" where no rule may know the date
    # The fields and cells that are not published as typed. Most rules have nothing to say of the others.
    altered: list[tuple[str, Cell]] = field(init=False)
    # It names no dataset and tells nothing of one: it only says that something is to come.
    is_placeholder: bool = field(init=False)
    status: Status | None = field(init=False)  # as typed; None when it is not known
    record: Record = field(init=False)  # what would be published; "" where that cannot be told
    findings: list[Finding] = field(init=False)  # what it is told

    def __post_init__(self) -> None:
        self.altered = [(field, cell) for field, cell in self.cells.items() if cell.raw != cell.value]
        _, category, name, producer, ministry, status, url, *further = self.cells.values()
        extra = tuple(self[column.field].value for column in self.config.extra) if further else ()
        told = (name, producer, ministry, status, url, *further)
        self.is_placeholder = not any(cell.is_filled for cell in told)
        self.status = self.config.status.get(status.value)
        self.record = Record(
            theme=self.config.theme_of.get(category.value, ""),
            category=category.value,
            name=name.value or (self.config.placeholder if self.is_placeholder else ""),
            producer=producer.value,
            ministry=ministry.value,
            status=self.config.placeholder if status.says_nothing else status.value,
            url=url.value,
            extra=extra if any(extra) else (),
        )

    def __getitem__(self, field: str) -> Cell:
        return self.cells.get(field, EMPTY)

    def number_for(self, other: Row) -> str:
        """The row's number in the other row's message (its tab by a number too: a title is somebody's text)."""
        is_near = self.tab.number == other.tab.number
        return f"{self.number}" if is_near else f"{self.number} de l'onglet n° {self.tab.number}"

    def cell_name(self, field: str) -> str:
        """« G36 »: where this field stands, or should."""
        return f"{self.tab.columns.get(field, '')}{self.number}"

    def finding(
        self,
        severity: Severity,
        field: str,
        code: str,
        problem: str,
        remedy: str = "",
        *,
        effect: str = "",
        suggestion: str = "",
        quoted: bool = True,
    ) -> Finding:
        """A remark on this cell; `effect` says in a sentence what is published all the same."""
        at = self.link_at if field == "url" and self.link_at else field
        if at != field and severity is not Severity.INFO:  # the text with the link is no place for an address
            typed_there = f"se tape en {self.cell_name(field)}"
            how = typed_there if field in self.tab.columns else "se change dans le lien, et non dans le texte"
            remedy = f"{remedy} L'adresse {how}.".lstrip()
        at = at if at in self.tab.columns else "name"
        cell = self.cell_name(at)
        return Finding(
            severity,
            code,
            problem,
            remedy,
            effect,
            tab=self.tab.title,
            cell=cell,
            row=self.number,
            column=self.config.title(at),
            name=shorten(self["name"].typed),
            ministry=self.record.ministry if self["ministry"].is_listed else "",
            category=self.record.category,
            typed=shorten(self[field].typed) if quoted else "",
            suggestion=suggestion,
            link=self.tab.link(cell),
        )

    blocking = partialmethod(finding, Severity.BLOCKING)  # the row is not published as typed
    to_fix = partialmethod(finding, Severity.TO_FIX)  # it is, without this cell or with it as it is
    info = partialmethod(finding, Severity.INFO)  # nobody has to do anything


def read_rows(snapshot: Snapshot, config: Config, today: str = "") -> Iterator[Row]:
    """The rows of the snapshot in which something can be seen, in sheet order."""
    frame = snapshot.rows
    cell_of = {field: Cells(field, config) for field in config.fields if field in frame}
    judged = (map(cell_of[field].__getitem__, frame[field]) for field in cell_of)
    others = (frame[name].tolist() for name in ("tab", "row", "link_at"))
    for tab, number, link_at, *typed in zip(*others, *judged, strict=True):
        cells = dict(zip(cell_of, typed, strict=True))
        if any(cell.text for cell in typed):
            yield Row(config, snapshot.tabs[tab], number, cells, link_at, today)
