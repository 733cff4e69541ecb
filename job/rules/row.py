"""One row: what was typed, and what would be published. A rule needs to know nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partialmethod

from job.config import Config
from job.model import ROLES, Finding, Record, Severity, Snapshot, Tab, cell_link
from job.rules.cell import EMPTY, Cell, Cells
from job.text import shorten

_URL = ROLES.index("url")
WITHOUT_THIS_CELL = "La ligne est publiée sans cette cellule."


class Row:
    """One row with something in it."""

    __slots__ = (
        *("cells", "position", "altered", "record", "status", "is_placeholder"),
        *("config", "sheet_id", "tab", "tab_number", "number", "link_at", "today"),
    )

    def __init__(
        self, cells: Sequence[Cell], position: Mapping[str, int], config: Config, sheet_id: str, tab: Tab
    ) -> None:
        self.cells = cells  # one for each column that some tab has
        self.position = position  # field → the position of its cell
        # The fields and cells that are not published as typed. Most rules have nothing to say of the others.
        self.altered = [(field, cell) for field, cell in zip(position, cells, strict=True) if cell.raw != cell.value]
        self.config = config
        self.sheet_id = sheet_id
        self.tab = tab
        self.tab_number = 0  # position among the tabs that were read
        self.number = 0  # the line's number in the sheet
        self.today = ""  # ISO, "" where no rule may know the date
        self.link_at = ""  # the field of the cell on which the address was found, "" for its own
        _, category, name, producer, ministry, status, url, *further = cells
        extra = tuple(self[column.field].value for column in config.extra) if further else ()
        # It names no dataset and tells nothing of one: it only says that something is to come.
        is_silent = not (name.is_filled or any(cell.is_filled for cell in cells[3:]))
        self.is_placeholder = is_silent and not any(cell.fault for cell in cells)
        self.status = config.status(status.value) if status.value else None  # as typed; None when it is not known
        self.record = Record(  # what would be published; "" where that cannot be told
            theme=config.theme_of.get(category.value, ""),
            category=category.value,
            name=name.value or (config.placeholder if self.is_placeholder else ""),
            producer=producer.value,
            ministry=ministry.value,
            status=config.placeholder if status.says_nothing and not status.fault else status.value,
            url=url.value,
            extra=extra if any(extra) else (),
        )

    def __getitem__(self, field: str) -> Cell:
        position = self.position.get(field)
        return EMPTY if position is None else self.cells[position]

    def number_for(self, other: Row) -> str:
        """The row's number in the other row's message (its tab by a number too: a title is somebody's text)."""
        is_near = self.tab_number == other.tab_number
        return f"{self.number}" if is_near else f"{self.number} de l'onglet n° {self.tab_number + 1}"

    @property
    def link(self) -> str:
        """The address that opens the sheet on this row, "" for a file."""
        return cell_link(self.sheet_id, self.tab.gid, f"{self.number}:{self.number}")

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
        at = at if at in self.tab.columns else "name"
        cell = self.cell_name(at)
        return Finding(
            severity=severity,
            code=code,
            problem=problem,
            remedy=remedy,
            effect=effect,
            tab=self.tab.title,
            cell=cell,
            row=self.number,
            column=self.config.title(at),
            name=shorten(self["name"].typed),
            ministry=self.record.ministry if self["ministry"].is_listed else "",
            category=self.record.category,
            typed=shorten(self[field].typed) if quoted else "",
            suggestion=suggestion,
            link=cell_link(self.sheet_id, self.tab.gid, cell),
        )

    blocking = partialmethod(finding, Severity.BLOCKING)  # the row is not published as typed
    to_fix = partialmethod(finding, Severity.TO_FIX)  # it is, without this cell or with it as it is
    info = partialmethod(finding, Severity.INFO)  # nobody has to do anything


def read_rows(snapshot: Snapshot, config: Config, today: str = "") -> Iterator[Row]:
    """The rows of the snapshot in which something can be seen, in sheet order."""
    frame = snapshot.rows
    cell_of = {field: Cells(field, config) for field in config.fields if field in frame}
    position = {field: number for number, field in enumerate(cell_of)}
    judged = (map(cell_of[field].__getitem__, frame[field]) for field in cell_of)
    others = (frame[name].tolist() for name in ("tab", "row", "link", "link_at"))
    for tab, number, link, link_at, *cells in zip(*others, *judged, strict=True):
        uses_link = bool(link) and not cells[_URL].text
        if uses_link:
            cells[_URL] = cell_of["url"][link]
        if any(cell.text for cell in cells):
            row = Row(cells, position, config, snapshot.sheet_id, snapshot.tabs[tab])
            row.tab_number, row.number, row.link_at = tab, number, link_at if uses_link else ""
            row.today = today
            yield row
