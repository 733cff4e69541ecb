"""Config × the spreadsheet as it is → the requests that make it the shared form. Pure.

What is wanted is plain data. What Google does not say already (`_holds`) is asked for. In a table that is in use no
value is written: only the look, notes and protection of our titles, and the rules, wrapping and colours of our columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pandas as pd

from job.form.instructions import choices, is_closed, render_instructions, what_to_type
from job.form.own_tab import MARK, Request, rewrite, says, text_value, width
from job.model import UNCHANGED, JobError
from job.source.table import INSTRUCTIONS_GID, INSTRUCTIONS_TAB, Grid, chosen_grids, own_grid
from job.source.titles import find_header, where
from job.text import clean, fold, plural

if TYPE_CHECKING:
    from job.config import Column, Config
    from job.source.google import Spreadsheet

# What is compared with what is wanted, and no more.
MASK = (
    "properties(title),sheets("
    "properties(sheetId,title,hidden,sheetType,gridProperties(rowCount,columnCount,frozenRowCount)),"
    "protectedRanges(protectedRangeId,range,description,warningOnly),conditionalFormats(ranges,booleanRule),"
    "data(startRow,startColumn,"
    "rowData(values(formattedValue,note,dataValidation,userEnteredFormat(wrapStrategy,verticalAlignment,textFormat)))))"
)

_NOTE_END = f"Voir l'onglet « {INSTRUCTIONS_TAB} »."  # the last line of our notes, by which they are known for ours
_ALWAYS = '=("robot"<>"")*'  # the start of our conditional formats' formulas, likewise; it is true
_TITLE_LOOK = {"wrapStrategy": "WRAP", "verticalAlignment": "MIDDLE", "textFormat": {"bold": True}}
_CELL_LOOK = {"wrapStrategy": "WRAP", "verticalAlignment": "TOP"}
_YELLOW = {"red": 1.0, "green": 0.94, "blue": 0.7}
_RED = {"red": 0.96, "green": 0.72, "blue": 0.7}
_WIDTH = 220  # pixels, of the columns of a new table


@dataclass(frozen=True)
class Plan:
    """What to ask of Google, and what to tell the operator. Without requests everything is as it should be."""

    requests: tuple[Request, ...]
    told: tuple[str, ...]  # French sentences


def plan_form(spreadsheet: Spreadsheet, config: Config, rows: pd.DataFrame | None = None) -> Plan:
    """What turns this spreadsheet into the shared form, filled with these rows (as in a Snapshot) when there are any.

    Raises:
        JobError: a tab has some of the titles only; rows are to be filled in where something stands already.
    """
    tables = _tables(spreadsheet, config, 0 if rows is None else len(rows))
    if rows is not None and not (len(tables) == 1 and tables[0].is_new):
        remedy = "Videz l'onglet, ou partez d'une feuille neuve."
        raise JobError(f"--from ne remplit qu'un tableau neuf : un seul onglet, et vide. {remedy} {UNCHANGED}")
    texts = {column.field: what_to_type(column, config) for column in config.columns}
    requests: list[Request] = []
    told: list[str] = []
    for table in tables:
        steps = {what: [*wanted] for what, wanted in _steps(table, config, texts, rows).items()}
        requests += [request for wanted in steps.values() for request in wanted]
        names = [what for what, wanted in steps.items() if wanted]
        told += [f"Onglet « {table.grid.name} » : {', '.join(names)}."] if names else []
    instructions = _instructions(spreadsheet, config, texts)
    return Plan((*requests, *instructions.requests), (*told, *instructions.told))


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
    is_new: bool  # the titles are still to be written
    rows_to_fill: int

    @property
    def gid(self) -> int:
        return self.grid.gid or 0

    @cached_property
    def size(self) -> dict[str, int]:
        """The grid it should have: room for what is to be written, and frozen titles."""
        now = self.resource.get("properties", {}).get("gridProperties", {})
        return {
            "rowCount": max(now.get("rowCount", 1000), self.header + 2 + self.rows_to_fill),
            "columnCount": max(now.get("columnCount", 26), max(self.columns.values()) + 1),
            "frozenRowCount": max(now.get("frozenRowCount", 0), self.header + 1),
        }

    @cached_property
    def cells(self) -> dict[tuple[int, int], Mapping[str, Any]]:
        return {
            (row, column): cell
            for segment in self.resource.get("data", ())
            for row, cells in enumerate(segment.get("rowData", ()), segment.get("startRow", 0))
            for column, cell in enumerate(cells.get("values", ()), segment.get("startColumn", 0))
        }

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


def _tables(spreadsheet: Spreadsheet, config: Config, rows_to_fill: int) -> list[_Table]:
    """The tabs that are the form, or that will be: those named in config.toml, else those with our titles, else one.

    A tab that config.toml names and that is not there is taken for an empty one that is to be added.
    """
    present = {fold(clean(grid.title)) for grid in spreadsheet.grids}
    absent = [tab for tab in config.sheet.tabs if isinstance(tab, str) and fold(clean(tab)) not in present]
    grids = [*spreadsheet.grids, *(Grid(title, INSTRUCTIONS_GID + 1 + i, ()) for i, title in enumerate(absent))]
    resources = {resource["properties"].get("sheetId", 0): resource for resource in spreadsheet.resources}
    in_order = {column.field: position for position, column in enumerate(config.columns)}
    tables, empty = [], []
    for grid, expected in chosen_grids(grids, config):
        resource = resources.get(grid.gid, {})
        if not expected and config.sheet.ignores(grid.title):
            continue
        if _is_empty(grid):
            empty.append(_Table(grid, resource, 0, in_order, is_new=True, rows_to_fill=rows_to_fill))
        elif header := find_header(grid, config, expected=expected):
            tables.append(_Table(grid, resource, header.row, header.columns, is_new=False, rows_to_fill=rows_to_fill))
    if config.sheet.tabs:
        return tables + empty
    name = config.list.plural[:1].upper() + config.list.plural[1:]
    added = _Table(Grid(name, INSTRUCTIONS_GID + 1, ()), {}, 0, in_order, is_new=True, rows_to_fill=rows_to_fill)
    return tables or [*empty, added][:1]


def _is_empty(grid: Grid) -> bool:
    return not any(clean(cell) for cells in grid.rows for cell in cells)


# --- what a table needs ------------------------------------------------------------------------------------------


def _steps(
    table: _Table, config: Config, texts: Mapping[str, str], rows: pd.DataFrame | None
) -> dict[str, Iterator[Request]]:
    """What it changes, in French → the requests. Values come before the rules, so that a mere alias gets in."""
    filled = f"titres et {plural(table.rows_to_fill, 'ligne')} écrits" if table.rows_to_fill else "titres écrits"
    return {
        "titres figés" if table.resource else "ajouté": _sized(table),
        filled: _values(table, config, rows),
        "titres expliqués": _titles(table, texts),
        "listes déroulantes et règles de saisie": _typed_cells(table, config),
        "titres protégés par un avertissement": _protected(table),
        "lignes incomplètes et statuts hors liste en couleur": _coloured(table, config),
    }


def _sized(table: _Table) -> Iterator[Request]:
    properties = {"sheetId": table.gid, "gridProperties": table.size}
    if not table.resource:
        yield {"addSheet": {"properties": {**properties, "title": table.grid.title}}}
    elif not _holds(table.resource["properties"], properties):
        fields = f"gridProperties({','.join(table.size)})"
        yield {"updateSheetProperties": {"properties": properties, "fields": fields}}


def _values(table: _Table, config: Config, rows: pd.DataFrame | None) -> Iterator[Request]:
    """The titles of a new table, and its rows."""
    if not table.is_new:
        return
    frame = pd.DataFrame() if rows is None else rows
    lines = [[column.title for column in config.columns]]
    lines += frame.reindex(columns=[column.field for column in config.columns], fill_value="").to_numpy().tolist()
    values = [{"values": list(map(text_value, line))} for line in lines]
    start = {"sheetId": table.gid, "rowIndex": 0, "columnIndex": 0}
    yield {"updateCells": {"start": start, "rows": values, "fields": "userEnteredValue"}}
    yield from (width(table.gid, column, _WIDTH) for column in table.columns.values())


def _titles(table: _Table, texts: Mapping[str, str]) -> Iterator[Request]:
    """Their look, and a note on each that says what to type, unless somebody wrote one."""
    for field, column in table.columns.items():
        note = table.cells.get((table.header, column), {}).get("note", "")
        ours = {"note": f"{texts[field]}\n{_NOTE_END}"} if not note or note.endswith(_NOTE_END) else {}
        yield from _repeated(table, table.titles, column, {"userEnteredFormat": _TITLE_LOOK, **ours})


def _typed_cells(table: _Table, config: Config) -> Iterator[Request]:
    for field, column in table.columns.items():
        wanted = {"userEnteredFormat": _CELL_LOOK, **_rule(config.column(field), config)}
        yield from _repeated(table, table.body, column, wanted)


def _repeated(table: _Table, rows: range, column: int, wanted: Mapping[str, Any]) -> Iterator[Request]:
    """The same cell data on these rows of a column, unless they all hold it; values and other formats stay."""
    if not all(_holds(table.cells.get((row, column)), wanted) for row in rows):
        box = table.box(rows, range(column, column + 1))
        yield {"repeatCell": {"range": box, "cell": wanted, "fields": ",".join(_paths(wanted))}}


def _paths(wanted: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """The field mask of this cell data: formats one by one, so that others stay; a rule as a whole."""
    for key, part in wanted.items():
        if isinstance(part, Mapping) and key != "dataValidation":
            yield from _paths(part, f"{above}{key}.")
        else:
            yield above + key


def _rule(column: Column, config: Config) -> dict[str, Any]:
    """Cell data that says what may be typed in a column, {} when anything may."""
    values = [{"userEnteredValue": label} for label in choices(column, config)]
    kind = "address" if column.field == "url" else column.kind
    condition = "ONE_OF_LIST" if values else {"address": "TEXT_IS_URL", "date": "DATE_IS_VALID"}.get(kind)
    rule = {"condition": {"type": condition, "values": values}, "strict": bool(values) and is_closed(column)}
    return {"dataValidation": {**rule, "inputMessage": column.help, "showCustomUi": True}} if condition else {}


def _protected(table: _Table) -> Iterator[Request]:
    wanted = [{"range": box, "description": MARK, "warningOnly": True} for box in table.boxes(table.titles)]
    ours = [item for item in table.resource.get("protectedRanges", ()) if item.get("description") == MARK]
    if not _holds([{**item, "range": table.whole(item.get("range", {}))} for item in ours], wanted):
        yield from ({"deleteProtectedRange": {"protectedRangeId": item["protectedRangeId"]}} for item in ours)
        yield from ({"addProtectedRange": {"protectedRange": item}} for item in wanted)


def _coloured(table: _Table, config: Config) -> Iterator[Request]:
    """Every row that is not complete; above it, every status that blocks its row."""
    status = table.columns["status"]
    looks = (
        (unlisted_formula, [table.box(table.body, range(status, status + 1))], _RED),
        (incomplete_formula, table.boxes(table.body), _YELLOW),
    )
    wanted = []
    for formula, boxes, colour in looks:
        values = [{"userEnteredValue": formula(table.columns, table.header + 2, config)}]
        look = {"backgroundColorStyle": {"rgbColor": colour}}
        rule = {"condition": {"type": "CUSTOM_FORMULA", "values": values}, "format": look}
        wanted.append({"ranges": boxes, "booleanRule": rule})
    found = enumerate(table.resource.get("conditionalFormats", ()))
    ours = {index: rule for index, rule in found if _formula(rule).startswith(_ALWAYS)}
    if not _holds([{**rule, "ranges": [*map(table.whole, rule.get("ranges", ()))]} for rule in ours.values()], wanted):
        for index in reversed(ours):
            yield {"deleteConditionalFormatRule": {"sheetId": table.gid, "index": index}}
        yield from ({"addConditionalFormatRule": {"rule": rule, "index": index}} for index, rule in enumerate(wanted))


def _formula(rule: Mapping[str, Any]) -> str:
    values = rule.get("booleanRule", {}).get("condition", {}).get("values", ())
    return "".join(value.get("userEnteredValue", "") for value in values)


def _holds(found: Any, wanted: Any) -> bool:
    """Whether what Google says holds what is wanted: it leaves out what is empty or false, and rounds colours."""
    if isinstance(wanted, Mapping):
        return all(_holds((found or {}).get(key), part) for key, part in wanted.items())
    if isinstance(wanted, list):
        return len(found or ()) == len(wanted) and all(map(_holds, found or (), wanted))
    if isinstance(wanted, float):
        return bool(abs((found or 0) - wanted) < 1 / 255)  # one step of a colour
    return bool(found == wanted or (not found and not wanted))


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


def _instructions(spreadsheet: Spreadsheet, config: Config, texts: Mapping[str, str]) -> Plan:
    """The instructions tab, unless somebody wrote one."""
    rows = render_instructions(config, texts)
    name, widths = f"Onglet « {INSTRUCTIONS_TAB} »", (260, 720)
    found = own_grid(spreadsheet.grids, INSTRUCTIONS_TAB, INSTRUCTIONS_GID)
    if found is None:
        return Plan(tuple(rewrite(INSTRUCTIONS_GID, rows, widths, add_as=INSTRUCTIONS_TAB)), (f"{name} : ajouté.",))
    if says(found.rows, rows):
        return Plan((), ())
    if found.gid != INSTRUCTIONS_GID and not _is_empty(found):
        told = f"{name} : laissé tel quel, car une personne l'a écrit. Renommez-le pour obtenir celui du robot."
        return Plan((), (told,))
    return Plan(tuple(rewrite(found.gid or 0, rows, widths)), (f"{name} : mis à jour.",))
