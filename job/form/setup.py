"""Config × the spreadsheet as it is → the requests that make it the shared form. Pure.

What is wanted is plain data, compared with what Google says. In a table that is in use no value and no format is
written: only the notes and protection of our titles, and the rules and colours of our columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from job.config import Column, Config
from job.form.instructions import choices, is_closed, render_instructions, what_to_type
from job.form.own_tab import MARK, Request, rewrite, says, text_value, width
from job.model import UNCHANGED, JobError
from job.source.table import INSTRUCTIONS_GID, INSTRUCTIONS_TAB, Grid, chosen_grids, own_grid
from job.source.titles import find_header, where
from job.text import clean, plural

if TYPE_CHECKING:
    from job.source.google import Spreadsheet

# What is compared with what is wanted, and no more.
MASK = (
    "properties(title),sheets("
    "properties(sheetId,title,hidden,sheetType,gridProperties(rowCount,columnCount,frozenRowCount)),"
    "protectedRanges(protectedRangeId,range,description,warningOnly),conditionalFormats(ranges,booleanRule),"
    "data(rowData(values(formattedValue,note,dataValidation))))"
)

_NOTE_END = f"Voir l'onglet « {INSTRUCTIONS_TAB} »."  # the last line of our notes, by which they are known for ours
_ALWAYS = '=("robot"<>"")*'  # the start of our conditional formats' formulas, likewise; it is true
_TITLE_LOOK = {"wrapStrategy": "WRAP", "verticalAlignment": "MIDDLE", "textFormat": {"bold": True}}
_CELL_LOOK = {"wrapStrategy": "WRAP", "verticalAlignment": "TOP"}
_YELLOW = {"red": 1.0, "green": 0.94, "blue": 0.7}
_RED = {"red": 0.96, "green": 0.72, "blue": 0.7}
_WIDTH = 220  # pixels, of the columns of a new table


class Plan(NamedTuple):
    """What to ask of Google, and what to tell the operator. Without requests everything is as it should be."""

    requests: Sequence[Request]
    told: Sequence[str]  # French sentences


def plan_form(spreadsheet: Spreadsheet, config: Config, rows: pd.DataFrame | None = None) -> Plan:
    """What turns this spreadsheet into the shared form, filled with these rows (as in a Snapshot) when there are any.

    Raises:
        JobError: a tab has some of the titles only; rows are to be filled in where something stands already.
    """
    fields = [column.field for column in config.asked]
    filled = [] if rows is None else rows.reindex(columns=fields, fill_value="").to_numpy().tolist()
    tables = _tables(spreadsheet, config, [[column.title for column in config.asked], *filled])
    if rows is not None and not (len(tables) == 1 and tables[0].lines):
        remedy = "Videz l'onglet, ou partez d'une feuille neuve."
        raise JobError(f"--from ne remplit qu'un tableau neuf : un seul onglet, et vide. {remedy} {UNCHANGED}")
    plans = [*(_plan_table(table, config) for table in tables), _plan_instructions(spreadsheet, config)]
    return Plan(
        [request for plan in plans for request in plan.requests], [line for plan in plans for line in plan.told]
    )


def render_plan(plan: Plan) -> str:
    """What `setup` tells at the end."""
    return "\n".join([*plan.told, *(["Rien à changer : la feuille est déjà en place."] if not plan.requests else [])])


# --- where the tables are ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Table:
    """A tab with our titles, or one that is to get them. Rows and columns are counted from 0."""

    grid: Grid
    resource: Mapping[str, Any]  # as Google describes it; {}: the tab is to be added
    header: int  # the row of titles
    columns: Mapping[str, int]  # field → column
    lines: Sequence[Sequence[str]]  # titles and rows that are still to be written

    @property
    def gid(self) -> int:
        return self.grid.gid or 0

    @cached_property
    def size(self) -> dict[str, int]:
        """The grid it should have: room for what is to be written, and frozen titles."""
        now = self.resource.get("properties", {}).get("gridProperties", {})
        return {
            "rowCount": max(now.get("rowCount", 1000), self.header + 1 + max(len(self.lines), 1)),
            "columnCount": max(now.get("columnCount", 26), max(self.columns.values()) + 1),
            "frozenRowCount": max(now.get("frozenRowCount", 0), self.header + 1),
        }

    @cached_property
    def cells(self) -> dict[tuple[int, int], Mapping[str, Any]]:
        rows = self.resource.get("data", [{}])[0].get("rowData", ())
        return {(row, at): cell for row, cells in enumerate(rows) for at, cell in enumerate(cells.get("values", ()))}

    @property
    def titles(self) -> range:
        return range(self.header, self.header + 1)

    @property
    def body(self) -> range:
        return range(self.header + 1, self.size["rowCount"])

    def box(self, rows: range, columns: range) -> dict[str, int]:
        """A GridRange."""
        names = ("startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex")
        ends = (rows.start, rows.stop, columns.start, columns.stop)
        return {"sheetId": self.gid, **dict(zip(names, ends, strict=True))}

    def boxes(self, rows: range) -> list[dict[str, int]]:
        """These rows of our columns: a range for each stretch without a column of somebody else."""
        stretches = groupby(enumerate(sorted(self.columns.values())), key=lambda item: item[1] - item[0])
        runs = [[column for _, column in stretch] for _, stretch in stretches]
        return [self.box(rows, range(run[0], run[-1] + 1)) for run in runs]

    def whole(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """A GridRange as Google gives it, with what it leaves out: a zero, an end that is the tab's own."""
        return {**self.box(range(self.size["rowCount"]), range(self.size["columnCount"])), **found}


def _tables(spreadsheet: Spreadsheet, config: Config, lines: Sequence[Sequence[str]]) -> list[_Table]:
    """The tabs that are the form, or that will be: those named in config.toml, else those with our titles, else one."""
    resources = {resource["properties"].get("sheetId", 0): resource for resource in spreadsheet.resources}
    in_order = {column.field: position for position, column in enumerate(config.asked)}
    tables, empty = [], []
    for grid, expected in chosen_grids(spreadsheet.grids, config):
        resource = resources[grid.gid]
        if not expected and config.sheet.ignores(grid.title):
            continue
        if _is_empty(grid):
            empty.append(_Table(grid, resource, 0, in_order, lines))
        elif header := find_header(grid, config, expected=expected):
            tables.append(_Table(grid, resource, header.row, header.columns, ()))
    if config.sheet.tabs:
        return tables + empty
    name = config.list.plural[:1].upper() + config.list.plural[1:]
    return tables or [*empty, _Table(Grid(name, INSTRUCTIONS_GID + 1, ()), {}, 0, in_order, lines)][:1]


def _is_empty(grid: Grid) -> bool:
    return not any(clean(cell) for cells in grid.rows for cell in cells)


# --- what a table needs ------------------------------------------------------------------------------------------


def _plan_table(table: _Table, config: Config) -> Plan:
    count = len(table.lines) - 1
    steps = {  # values come before the rules, so that a mere alias gets in
        "titres figés" if table.resource else "ajouté": [*_sized(table)],
        f"titres et {plural(count, 'ligne')} écrits" if count > 0 else "titres écrits": [*_values(table)],
        "titres expliqués": [*_notes(table, config)],
        "listes déroulantes et règles de saisie": [*_rules(table, config)],
        "titres protégés par un avertissement": [*_protected(table)],
        "lignes incomplètes et statuts hors liste en couleur": [*_coloured(table, config)],
    }
    done = ", ".join(what for what, requests in steps.items() if requests)
    told = [f"Onglet « {table.grid.name} » : {done}."] if done else []
    return Plan([request for requests in steps.values() for request in requests], told)


def _sized(table: _Table) -> Iterator[Request]:
    properties = {"sheetId": table.gid, "gridProperties": table.size}
    if not table.resource:
        yield {"addSheet": {"properties": {**properties, "title": table.grid.title}}}
    elif table.size != table.resource["properties"]["gridProperties"]:
        fields = f"gridProperties({','.join(table.size)})"
        yield {"updateSheetProperties": {"properties": properties, "fields": fields}}


def _values(table: _Table) -> Iterator[Request]:
    """The titles of a new table, its rows, and how they look."""
    if not table.lines:
        return
    rows = [{"values": list(map(text_value, line))} for line in table.lines]
    start = {"sheetId": table.gid, "rowIndex": 0, "columnIndex": 0}
    yield {"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}}
    for part, look in ((table.titles, _TITLE_LOOK), (table.body, _CELL_LOOK)):
        yield _repeat(table, part, range(len(table.columns)), {"userEnteredFormat": look})
    yield from (width(table.gid, column, _WIDTH) for column in table.columns.values())


def _repeat(table: _Table, rows: range, columns: range, cell: Mapping[str, Any]) -> Request:
    return {"repeatCell": {"range": table.box(rows, columns), "cell": cell, "fields": ",".join(cell)}}


def _notes(table: _Table, config: Config) -> Iterator[Request]:
    """What to type, on each title, unless somebody wrote a note there."""
    for field, column in table.columns.items():
        found = table.cells.get((table.header, column), {}).get("note", "")
        wanted = f"{what_to_type(config.column(field), config)}\n{_NOTE_END}"
        if found != wanted and (not found or found.endswith(_NOTE_END)):
            yield _repeat(table, table.titles, range(column, column + 1), {"note": wanted})


def _rules(table: _Table, config: Config) -> Iterator[Request]:
    for field, column in table.columns.items():
        wanted = _rule(config.column(field), config)
        if wanted and any(table.cells.get((row, column), {}).get("dataValidation") != wanted for row in table.body):
            yield _repeat(table, table.body, range(column, column + 1), {"dataValidation": wanted})


def _rule(column: Column, config: Config) -> dict[str, Any]:
    """What may be typed in a column, as Google says it; {} when anything may."""
    labels = choices(column, config)
    kind = "address" if column.field == "url" else column.kind
    condition = "ONE_OF_LIST" if labels else {"address": "TEXT_IS_URL", "date": "DATE_IS_VALID"}.get(kind)
    values = {"values": [{"userEnteredValue": label} for label in labels]} if labels else {}
    strict = {"strict": True} if labels and is_closed(column) else {}
    rule = {"condition": {"type": condition, **values}, **strict, "inputMessage": column.help, "showCustomUi": True}
    return rule if condition else {}


def _protected(table: _Table) -> Iterator[Request]:
    ours = [item for item in table.resource.get("protectedRanges", ()) if item.get("description") == MARK]
    wanted = table.boxes(table.titles)
    if [table.whole(item["range"]) for item in ours if item.get("warningOnly")] != wanted or len(ours) > len(wanted):
        yield from ({"deleteProtectedRange": {"protectedRangeId": item["protectedRangeId"]}} for item in ours)
        for box in wanted:
            item = {"range": box, "description": MARK, "warningOnly": True}
            yield {"addProtectedRange": {"protectedRange": item}}


def _coloured(table: _Table, config: Config) -> Iterator[Request]:
    """Every row that is not complete; above it, every status that blocks its row."""
    status, first = table.columns["status"], table.header + 2
    wanted = {
        unlisted_formula(table.columns, first, config): ([table.box(table.body, range(status, status + 1))], _RED),
        incomplete_formula(table.columns, first, config): (table.boxes(table.body), _YELLOW),
    }
    rules = enumerate(table.resource.get("conditionalFormats", ()))
    ours = {index: rule for index, rule in rules if _formula(rule).startswith(_ALWAYS)}
    found = [(_formula(rule), [*map(table.whole, rule["ranges"])]) for rule in ours.values()]
    if found == [(formula, boxes) for formula, (boxes, _) in wanted.items()]:
        return
    for index in reversed(ours):
        yield {"deleteConditionalFormatRule": {"sheetId": table.gid, "index": index}}
    for index, (formula, (boxes, colour)) in enumerate(wanted.items()):
        condition = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": formula}]}
        rule = {"condition": condition, "format": {"backgroundColorStyle": {"rgbColor": colour}}}
        yield {"addConditionalFormatRule": {"rule": {"ranges": boxes, "booleanRule": rule}, "index": index}}


def _formula(rule: Mapping[str, Any]) -> str:
    values = rule.get("booleanRule", {}).get("condition", {}).get("values", ())
    return "".join(value.get("userEnteredValue", "") for value in values)


# Formulas of operators only: the names and separators of functions change with the sheet's language. `row` is counted
# from 1. Tests hold them against the rules.

# What makes a row more than a note, a heading or a total: any of these cells, or pairs of cells.
_TELLING = (
    ("url",),
    *(("name", field) for field in ("category", "producer", "ministry", "status")),
    *(("status", field) for field in ("category", "producer", "ministry")),
    ("category", "producer"),
)
_NEEDED = ("category", "name", "producer", "ministry", "status")


def incomplete_formula(columns: Mapping[str, int], row: int, config: Config) -> str:
    """True of a row that tells something of a dataset while a needed cell is empty."""
    cells = {field: f"${where(None, column)}{row}" for field, column in columns.items()}
    tells = {field: f'({cell}<>"")*({cell}<>{_quoted(config.placeholder)})' for field, cell in cells.items()}
    told = "+".join("*".join(tells[field] for field in fields) for fields in _TELLING if tells.keys() >= {*fields})
    gaps = "+".join(f'({cells[field]}="")' for field in _NEEDED if field in cells)
    return f"{_ALWAYS}(({told})>0)*(({gaps})>0)>0"


def unlisted_formula(columns: Mapping[str, int], row: int, config: Config) -> str:
    """True of a status that is neither a label nor an alias."""
    names = ["", *(name for status in config.statuses for name in status.names)]
    cell = f"${where(None, columns['status'])}{row}"
    return f"{_ALWAYS}{'*'.join(f'({cell}<>{_quoted(name)})' for name in names)}>0"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


# --- the instructions tab -----------------------------------------------------------------------------------------


def _plan_instructions(spreadsheet: Spreadsheet, config: Config) -> Plan:
    """The instructions tab, unless somebody wrote one."""
    rows = render_instructions(config)
    name, widths = f"Onglet « {INSTRUCTIONS_TAB} »", (260, 720)
    found = own_grid(spreadsheet.grids, INSTRUCTIONS_TAB, INSTRUCTIONS_GID)
    if found is None:
        return Plan([*rewrite(INSTRUCTIONS_GID, rows, widths, add_as=INSTRUCTIONS_TAB)], [f"{name} : ajouté."])
    if says(found.rows, rows):
        return Plan([], [])
    if found.gid != INSTRUCTIONS_GID and not _is_empty(found):
        told = "laissé tel quel, car une personne l'a écrit. Renommez-le pour obtenir celui du robot."
        return Plan([], [f"{name} : {told}"])
    return Plan([*rewrite(found.gid or 0, rows, widths)], [f"{name} : mis à jour."])
