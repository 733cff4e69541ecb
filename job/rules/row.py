"""One row: what was typed, and what would be published. A rule needs to know nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial, partialmethod
from typing import TYPE_CHECKING, Any

from job.content import content_fault
from job.model import Finding, Record, Severity, Snapshot, Tab, cell_link
from job.rules.address import CONFIDENTIAL, Refusal, public_address
from job.text import clean, fold, has_foreign_letters, iso_date, nearest, shorten

if TYPE_CHECKING:
    from job.config import Config, Status

LOOK_ALIKE = "lettres-trompeuses"
_CLOSED = ("theme", "category", "status", "ministry")  # lists that people choose from
_KINDS = dict.fromkeys(("theme", "category", "status"), "list")  # of a role's cells; further columns say theirs
_KINDS |= {"name": "text", "producer": "text", "ministry": "text", "url": "address"}
_NAMES = re.compile(r"[^\W\d_]")  # a producer and a ministry have letters
_SAYS = re.compile(r"\w")
_DITTO = re.compile(  # folded
    r"""\W*(?:idem|ibid|ditto|memes?|pareil)\b.{0,30}|id\.?|["'«»〃″^↑/ ]+"""
    r"""|\W*(?:voir |cf\.? )?(?:=|ci-dessus|(?:la )?ligne (?:precedente|du dessus|au-dessus))\W*"""
)
_AROUND = " ()[]<>{}.…:;,!?*_-"
# A no-break space is good French typography: publishing it as a plain one is not worth a word.
_FINE_SPACES = re.compile(r"[\u00a0\u202f\u2009]")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, judged by itself."""

    raw: str  # as it stands in the sheet
    text: str  # cleaned; may hold what must not be repeated
    typed: str = ""  # what a message may quote of it, "" when it is unfit
    value: str = ""  # the label, text or address it stands for, "" when there is none to publish
    is_listed: bool = False  # it is a label of its field's list, or an alias of one
    meant: str = ""  # the label that was probably meant instead, "" in doubt
    fault: str = ""  # the code of what makes it unfit to be repeated (job/content.py)
    refusal: Refusal | None = None  # why its address is not published
    is_ditto: bool = False  # « idem »: the value of the row above is meant
    says_nothing: bool = False  # empty, « n/c », « idem »
    is_to_come: bool = False  # « A venir », however it is spelt

    @property
    def is_filled(self) -> bool:
        """Whether it tells something of the dataset."""
        return not (self.says_nothing or self.is_to_come)

    @property
    def is_neat(self) -> bool:
        """Whether it is published with the very characters that were typed."""
        return not self.typed or self.raw == self.typed or _FINE_SPACES.sub(" ", self.raw) == self.typed


_EMPTY = Cell("", "", says_nothing=True)


def cell_reader(config: Config) -> Callable[[str, str], Cell]:
    """What judges the text of a cell, by its field. A distinct text is judged once for each field."""
    known: dict[str, dict[str, Cell]] = {field: {"": _EMPTY} for field in config.fields}

    def read(field: str, raw: str) -> Cell:
        cell = known[field].get(raw)
        if cell is None:
            cell = known[field][raw] = _judge(field, raw, config)
        return cell

    return read


def _judge(field: str, raw: str, config: Config) -> Cell:
    text = clean(raw)
    lookup = config.lookup.get(field, {})
    key = fold(text)
    fault = _fault(field, text, config, is_listed=key in lookup)
    is_closed = field in _CLOSED or (field not in _KINDS and bool(lookup))
    is_odd = is_closed and key not in lookup and fault in ("", LOOK_ALIKE)
    cell = partial(Cell, raw, text, is_listed=key in lookup, meant=_meant(field, text, lookup) if is_odd else "")
    if fault:
        return cell(fault=fault)
    is_ditto = bool(_DITTO.fullmatch(key))
    if key not in lookup and (is_ditto or _says_nothing(field, key, config.nothing)):
        return cell(text, says_nothing=True, is_ditto=is_ditto)
    if key == fold(config.placeholder):
        return cell(text, config.placeholder if field in ("name", "status") else "", is_to_come=True)
    return cell(**_value(field, text, lookup, config))


def _value(field: str, text: str, lookup: Mapping[str, str], config: Config) -> dict[str, Any]:
    """What a message may quote of the text, and what it stands for."""
    kind = _KINDS.get(field) or config.column(field).kind
    if kind == "date":
        return {"typed": text, "value": iso_date(text)}
    if kind != "address":
        is_free = kind == "text" and len(text) <= config.limits.name
        return {"typed": text, "value": lookup.get(fold(text), text if is_free else "")}
    found = public_address(text, config)
    if isinstance(found, str):
        return {"typed": text, "value": found}
    return {"typed": text if found.may_be_repeated else "", "refusal": found}


def _fault(field: str, text: str, config: Config, *, is_listed: bool) -> str:
    """The code of what makes it unfit to be repeated. What is confidential in an address is its refusal's to say."""
    fault = content_fault(text)
    if fault in CONFIDENTIAL and (_KINDS.get(field) or config.column(field).kind) == "address":
        return ""
    is_look_alike = field in _CLOSED and not is_listed and has_foreign_letters(text)
    return fault or (LOOK_ALIKE if is_look_alike else "")


def _says_nothing(field: str, key: str, words: frozenset[str]) -> bool:
    """Whether it is punctuation, a word that says nothing, or begins with several that do: « à préciser par X »."""
    if not (_NAMES if field in ("producer", "ministry") else _SAYS).search(key):
        return True
    nothing = _nothing(words)
    return bool(nothing.fullmatch(key) or nothing.fullmatch(key.strip(_AROUND)))


@cache
def _nothing(words: frozenset[str]) -> re.Pattern[str]:
    several = "|".join(re.escape(word) for word in words if " " in word)
    return re.compile(f"{'|'.join(map(re.escape, words))}|(?:{several}) .*")


def _meant(field: str, text: str, lookup: Mapping[str, str]) -> str:
    """The label that was probably meant. Another name of a ministry is no mistake: governments change."""
    if field != "ministry":
        return nearest(text, lookup)
    before = fold(_ASIDE.split(text)[0])
    return lookup.get(before, "") or (nearest(text, lookup, with_beginnings=False) if " " in text else "")


_ASIDE = re.compile(r" ?[(/:]| - ")  # « MTECT (CGDD) »


class Row:
    """One row with something in it."""

    __slots__ = ("cells", "config", "link_at", "number", "record", "sheet_id", "tab", "tab_number", "today")

    def __init__(self, cells: dict[str, Cell], config: Config, sheet_id: str, tab: Tab) -> None:
        self.cells = cells
        self.config = config
        self.sheet_id = sheet_id
        self.tab = tab
        self.tab_number = 0  # position among the tabs that were read
        self.number = 0  # the line's number in the sheet
        self.today = ""  # ISO, "" where no rule may know the date
        self.link_at = ""  # the field of the cell on which the address was found, "" for its own
        extra = tuple(cells[column.field].value for column in config.extra)
        category = cells["category"].value
        status = cells["status"]
        self.record = Record(  # what would be published; "" where that cannot be told
            theme=config.theme_of.get(category, ""),
            category=category,
            name=cells["name"].value,
            producer=cells["producer"].value,
            ministry=cells["ministry"].value,
            status=config.placeholder if status.says_nothing and not status.fault else status.value,
            url=cells["url"].value,
            extra=extra if any(extra) else (),
        )

    def __getitem__(self, field: str) -> Cell:
        return self.cells[field]

    @property
    def status(self) -> Status | None:
        """The status that was typed, None when it is not known."""
        label = self.cells["status"].value
        return self.config.status(label) if label else None

    @property
    def is_placeholder(self) -> bool:
        """Whether it names no dataset and tells nothing of one: it only says that something is to come."""
        silent = not any(cell.is_filled for field, cell in self.cells.items() if field not in ("theme", "category"))
        return silent and not any(cell.fault for cell in self.cells.values())

    def place_for(self, other: Row) -> str:
        """The row as the other row's message names it (a tab by its number: its title is somebody's text)."""
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
        ministry = self.record.ministry
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
            name=shorten(self.cells["name"].typed),
            ministry=ministry if ministry in self.config.lookup["ministry"].values() else "",
            category=self.record.category,
            typed=shorten(self.cells[field].typed) if quoted else "",
            suggestion=suggestion,
            link=cell_link(self.sheet_id, self.tab.gid, cell),
        )

    blocking = partialmethod(finding, Severity.BLOCKING)  # the row is not published as typed
    to_fix = partialmethod(finding, Severity.TO_FIX)  # it is, without this cell or with it as it is
    info = partialmethod(finding, Severity.INFO)  # nobody has to do anything


def read_rows(snapshot: Snapshot, config: Config, today: str = "") -> Iterator[Row]:
    """The rows of the snapshot in which something can be seen, in sheet order."""
    read = cell_reader(config)
    frame = snapshot.rows
    fields = [field for field in config.fields if field in frame]
    absent = dict.fromkeys((field for field in config.fields if field not in frame), _EMPTY)
    places = zip(
        frame["tab"].tolist(), frame["row"].tolist(), frame["link"].tolist(), frame["link_at"].tolist(), strict=True
    )
    for (tab, number, link, link_at), texts in zip(
        places, zip(*(frame[field].tolist() for field in fields), strict=True), strict=True
    ):
        cells = {field: read(field, text) for field, text in zip(fields, texts, strict=True)} | absent
        uses_link = bool(link) and not cells["url"].text
        if uses_link:
            cells["url"] = read("url", link)
        if not any(cell.text for cell in cells.values()):
            continue
        row = Row(cells, config, snapshot.sheet_id, snapshot.tabs[tab])
        row.tab_number, row.number, row.link_at = tab, number, link_at if uses_link else ""
        row.today = today
        yield row
