"""Config × the spreadsheet as it is → the requests that make it the shared form. Pure.

What is ours is written anew each time: the notes and protection of our titles, the rules and colours of our columns.
In a table that is in use no value and no format is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import pandas as pd

from job.config import Column, Config
from job.model import ROLES, UNCHANGED, JobError
from job.output.escape import Trusted, render_template
from job.source.table import INSTRUCTIONS_GID, INSTRUCTIONS_TAB, Grid, Header, chosen_grids, find_header, our_tab, where
from job.text import clean, plural

# Where the tables are, and what is ours in them.
MASK = (
    "properties(title),sheets("
    "properties(sheetId,title,hidden,sheetType,gridProperties(rowCount,columnCount,frozenRowCount)),"
    "protectedRanges(protectedRangeId,description),conditionalFormats(booleanRule),"
    "data(rowData(values(formattedValue,note))))"
)

Request = Mapping[str, Any]  # one member of batchUpdate's `requests`

_OUR_RANGE = "Posé par le robot (setup)"  # the description of our protected ranges, by which they are found again
_NOTE_END = f"Voir l'onglet « {INSTRUCTIONS_TAB} »."  # the last line of our notes, by which they are known for ours
_ALWAYS = '=("robot"<>"")*'  # the start of our conditional formats' formulas, likewise; it is true


def plan_form(
    grids: Sequence[Grid], config: Config, rows: pd.DataFrame | None = None
) -> tuple[list[Request], list[str]]:
    """What turns a spreadsheet with these tabs into the shared form, and a French sentence on each of them.

    Rows, as in a Snapshot, are filled into a new table.

    Raises:
        JobError: a tab has some of the titles only; rows are to be filled in where something stands already.
    """
    tables = _tables(grids, config)
    lines = [] if rows is None else _lines(rows, tables, config)
    requests = [request for table in tables for request in _plan_table(table, lines, config)]
    done = "titres, notes, listes déroulantes, avertissements et couleurs sont en place"
    done += f", avec {plural(len(lines), 'ligne')}." if lines else "."
    told = "en place."
    found = our_tab(grids, INSTRUCTIONS_TAB, INSTRUCTIONS_GID)
    if found and found.gid != INSTRUCTIONS_GID:
        told = "laissé tel quel, car une personne l'a créé. Renommez-le pour obtenir celui du robot."
    else:
        add_as = "" if found else INSTRUCTIONS_TAB
        requests += rewrite(INSTRUCTIONS_GID, render_instructions(config), (260, 720), add_as=add_as)
    said = [f"Onglet « {table.grid.name} » : {done}" for table in tables]
    return requests, [*said, f"Onglet « {INSTRUCTIONS_TAB} » : {told}"]


def _lines(rows: pd.DataFrame, tables: Sequence[_Table], config: Config) -> list[list[str]]:
    """The cells of these rows, in the order of a new table's columns."""
    if [table.is_new for table in tables] != [True]:
        remedy = "Videz l'onglet, ou partez d'une feuille neuve."
        raise JobError(f"--from ne remplit qu'un tableau neuf : un seul onglet, et vide. {remedy} {UNCHANGED}")
    fields = [column.field for column in config.new_sheet_columns]
    lines: list[list[str]] = rows.reindex(columns=fields, fill_value="").to_numpy().tolist()
    return lines


# --- where the tables are ----------------------------------------------------------------------------------------


class _Table(NamedTuple):
    """A tab with our titles, or one that is to get them. Rows and columns are counted from 0."""

    grid: Grid  # without a resource, it is to be added
    header: Header
    is_new: bool  # nothing stands in it yet

    def below(self, column: int) -> dict[str, int]:
        """The GridRange of a column's cells below its title, whatever is added at the bottom."""
        place = {"startRowIndex": self.header.row + 1, "startColumnIndex": column, "endColumnIndex": column + 1}
        return {"sheetId": self.grid.gid or 0, **place}

    def title(self, column: int) -> dict[str, int]:
        return {**self.below(column), "startRowIndex": self.header.row, "endRowIndex": self.header.row + 1}


def _tables(grids: Sequence[Grid], config: Config) -> list[_Table]:
    """The tabs that are the form, or that will be: those named in config.toml, else those with our titles, else one."""
    in_order = Header(0, {column.field: position for position, column in enumerate(config.new_sheet_columns)})
    tables = []
    for grid in chosen_grids(grids, config):
        if not grid.is_expected and config.sheet.ignores(grid.title):
            continue
        is_new = not any(map(clean, chain.from_iterable(grid.rows)))
        if header := in_order if is_new else find_header(grid, config):
            tables.append(_Table(grid, header, is_new))
    if config.sheet.tabs:
        return tables
    name = config.list.plural[:1].upper() + config.list.plural[1:]
    to_add = _Table(Grid(name, INSTRUCTIONS_GID + 1, ()), in_order, is_new=True)
    return [table for table in tables if not table.is_new] or [*tables, to_add][:1]


# --- what people are told in it ----------------------------------------------------------------------------------


def what_to_type(column: Column, config: Config) -> str:
    """What people are told of a column, in its note and in the instructions. Tests hold it against the rules."""
    promising = " ou ".join(f"« {status.label} »" for status in config.vocabulary.statuses if status.promises_access)
    blocks = "Si cette case est vide, la ligne n'est pas publiée."
    asked = "Si cette case est vide, le robot demande de la compléter."
    when_empty = {
        "category": blocks,
        "name": f"{plural(config.limits.name, 'caractère')} au plus. {blocks}",
        "status": f"{asked} La ligne est publiée avec le statut « {config.placeholder} ».",
        "url": f"Attendu avec le statut {promising}." if promising else "Facultatif.",
    }.get(column.field, asked if column.field in config.needed else "Facultatif.")
    of_list = "Rien d'autre que la liste n'est accepté." if config.labels(column.field) else ""
    if column.field == "ministry":
        whom = f" {config.sheet.contact} peut l'y ajouter." if config.sheet.contact else ""
        of_list = f"Un seul, le principal. S'il n'est pas dans la liste, tapez-le : il sera publié tel quel.{whom}"
    return " ".join(filter(None, (column.help, of_list, when_empty)))


def render_instructions(config: Config) -> list[list[NewCell]]:
    """The rows of the instructions tab: one or two cells each."""
    columns = [(column.title, column.example, what_to_type(column, config)) for column in config.new_sheet_columns]
    text = render_template("instructions.txt.j2", config, Trusted, columns=columns, settings=config).decode()
    return [_line(*line.strip().split(" | ", 1)) for line in text.strip().split("\n")]


_SIZES = {"# ": 16, "## ": 12}  # of a line that begins so, in points


def _line(first: str, *second: str) -> list[NewCell]:
    mark = next((mark for mark in _SIZES if first.startswith(mark)), "")
    text, size, is_pair = first.removeprefix(mark), _SIZES.get(mark, 10), bool(second)
    return [NewCell(text, size=size, is_bold=bool(mark) or is_pair, wraps=is_pair), *map(NewCell, second)]


# --- what a table needs ------------------------------------------------------------------------------------------


def _plan_table(table: _Table, lines: Sequence[Sequence[str]], config: Config) -> Iterator[Request]:
    """The titles and these lines where nothing stands yet; and all that is ours, anew."""
    gid, header, found = table.grid.gid or 0, table.header, table.grid.resource
    if not found:
        yield {"addSheet": {"properties": {"sheetId": gid, "title": table.grid.title}}}
    now = found.get("properties", {}).get("gridProperties", {})
    yield _resize(
        gid,
        rows=max(now.get("rowCount", 1000), header.row + 2 + len(lines)),
        columns=max(now.get("columnCount", 26), max(header.columns.values()) + 1),
        frozen=max(now.get("frozenRowCount", 0), header.row + 1),
    )
    if table.is_new:  # values come before the rules, so that a mere alias gets in
        titles = [NewCell(column.title, is_bold=True) for column in config.new_sheet_columns]
        yield from _fill(gid, [titles, *([NewCell(text) for text in line] for line in lines)], [220] * len(titles))
    for item in found.get("protectedRanges", ()):
        if item.get("description") == _OUR_RANGE:
            yield {"deleteProtectedRange": {"protectedRangeId": item["protectedRangeId"]}}
    yield from _explained(table, config)
    yield from _colours(table, config)


def _explained(table: _Table, config: Config) -> Iterator[Request]:
    """What to type in each column: a note on its title, unless somebody wrote one, and its rule."""
    header = table.header
    rows = table.grid.resource.get("data", [{}])[0].get("rowData", ())[header.row : header.row + 1]
    notes = {at: cell.get("note", "") for row in rows for at, cell in enumerate(row.get("values", ()))}
    for field, at in header.columns.items():
        column = config.column[field]
        yield _protect(table.title(at))
        is_somebodys = notes.get(at) and not notes[at].endswith(_NOTE_END)
        note = {} if is_somebodys else {"note": f"{what_to_type(column, config)}\n{_NOTE_END}"}
        look = {"userEnteredFormat": {"wrapStrategy": "WRAP", "verticalAlignment": "TOP"}} if table.is_new else {}
        for cells, cell in ((table.title(at), note), (table.below(at), look | _rule(column, config))):
            if cell:
                yield {"repeatCell": {"range": cells, "cell": cell, "fields": ",".join(cell)}}


def _rule(column: Column, config: Config) -> dict[str, Any]:
    """What may be typed in a column, as Google says it; {} when anything may."""
    values = [{"userEnteredValue": label} for label in config.labels(column.field)]
    is_closed = bool(values) and column.field != "ministry"  # there are more ministries than any list of them
    kinds = {"address": "TEXT_IS_URL", "date": "DATE_IS_VALID"}
    kind = "ONE_OF_LIST" if values else kinds.get(config.kinds[column.field])
    rule = {"condition": {"type": kind, "values": values}, "strict": is_closed, "inputMessage": column.help}
    return {"dataValidation": {**rule, "showCustomUi": True}} if kind else {}


def _colours(table: _Table, config: Config) -> Iterator[Request]:
    """Every row that is not complete; above it, every status that blocks its row."""
    found = table.grid.resource.get("conditionalFormats", ())
    for index in reversed([index for index, rule in enumerate(found) if _ALWAYS in str(rule)]):  # in its formula
        yield {"deleteConditionalFormatRule": {"sheetId": table.grid.gid or 0, "index": index}}
    columns, first = table.header.columns, table.header.row + 2
    for formula, fields, colour in (
        (incomplete_formula(columns, first, config), [*columns], {"red": 1.0, "green": 0.94, "blue": 0.7}),
        (unlisted_formula(columns, first, config), ["status"], {"red": 0.96, "green": 0.72, "blue": 0.7}),
    ):
        condition = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": formula}]}
        rule = {"condition": condition, "format": {"backgroundColorStyle": {"rgbColor": colour}}}
        ranges = [table.below(columns[field]) for field in fields]
        yield {"addConditionalFormatRule": {"rule": {"ranges": ranges, "booleanRule": rule}, "index": 0}}


# Formulas of operators only: the names and separators of functions change with the sheet's language. `row` is counted
# from 1. Tests hold them against the rules.

# What makes a row more than a note, a heading or a total: `*` is and, `+` is or.
_TELLING = (
    "({url}+{name}*({category}+{producer}+{ministry}+{status})+{status}*({category}+{producer}+{ministry})"
    "+{category}*{producer})"
)


def incomplete_formula(columns: Mapping[str, int], row: int, config: Config) -> str:
    """True of a row that tells something of a dataset while a needed cell is empty."""
    cells = {field: f"${where(None, column)}{row}" for field, column in columns.items()}
    tells = {field: f'({cell}<>"")*({cell}<>{_quoted(config.placeholder)})' for field, cell in cells.items()}
    score = _TELLING.format_map(dict.fromkeys(ROLES, "0") | tells)
    gaps = "+".join(f'({cell}="")' for field, cell in cells.items() if field in config.needed)
    return f"{_ALWAYS}({score}>0)*(({gaps})>0)>0"


def unlisted_formula(columns: Mapping[str, int], row: int, config: Config) -> str:
    """True of a status that is neither a label nor an alias."""
    names = ["", *(name for status in config.vocabulary.statuses for name in status.names)]
    cell = f"${where(None, columns['status'])}{row}"
    return f"{_ALWAYS}{'*'.join(f'({cell}<>{_quoted(name)})' for name in names)}>0"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


# --- a whole tab --------------------------------------------------------------------------------------------------


class NewCell(NamedTuple):
    """A cell to be written: its text is never computed."""

    text: str
    link: str = ""
    size: int = 10  # points
    is_bold: bool = False
    wraps: bool = True  # else it runs over the cells to its right


def _protect(where: Mapping[str, int]) -> Request:
    """The request by which whoever types in this range is warned."""
    return {"addProtectedRange": {"protectedRange": {"range": where, "description": _OUR_RANGE, "warningOnly": True}}}


def _resize(gid: int, rows: int, columns: int, frozen: int) -> Request:
    """The request that gives a tab so many rows and columns, and frozen rows."""
    size = {"rowCount": rows, "columnCount": columns, "frozenRowCount": frozen}
    properties = {"sheetId": gid, "gridProperties": size}
    return {"updateSheetProperties": {"properties": properties, "fields": f"gridProperties({','.join(size)})"}}


def _fill(gid: int, rows: Sequence[Sequence[NewCell]], widths: Sequence[int]) -> Iterator[Request]:
    """The requests that give a tab these cells, and no others, and its columns these widths in pixels; 0 hides one."""
    values = [{"values": list(map(_written, cells))} for cells in rows]
    fields = "userEnteredValue,userEnteredFormat,textFormatRuns"
    yield {"updateCells": {"range": {"sheetId": gid}, "rows": values, "fields": fields}}
    for column, pixels in enumerate(widths):
        where = {"sheetId": gid, "dimension": "COLUMNS", "startIndex": column, "endIndex": column + 1}
        look = {"pixelSize": pixels or 100, "hiddenByUser": not pixels}
        yield {"updateDimensionProperties": {"range": where, "properties": look, "fields": ",".join(look)}}


def rewrite(
    gid: int, rows: Sequence[Sequence[NewCell]], widths: Sequence[int], *, add_as: str = "", frozen: int = 0
) -> Iterator[Request]:
    """The requests that write a tab of ours anew. With a title, `add_as`, it is added first."""
    if add_as:
        yield {"addSheet": {"properties": {"sheetId": gid, "title": add_as}}}
        yield _protect({"sheetId": gid})
    yield _resize(gid, len(rows) + 1, len(widths), frozen)
    yield from _fill(gid, rows, widths)


def _written(cell: NewCell) -> dict[str, Any]:
    look = {
        "textFormat": {"bold": cell.is_bold, "fontSize": cell.size},
        "wrapStrategy": "WRAP" if cell.wraps else "OVERFLOW_CELL",
        "verticalAlignment": "TOP",
    }
    value = {"userEnteredValue": {"stringValue": cell.text}} if cell.text else {}
    runs = {"textFormatRuns": [{"startIndex": 0, "format": {"link": {"uri": cell.link}}}]} if cell.link else {}
    return {**value, "userEnteredFormat": look, **runs}
