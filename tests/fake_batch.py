"""spreadsheets.batchUpdate on the fake spreadsheet: every request is carried out, or all are refused."""

from __future__ import annotations

import itertools
import pickle
import struct
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from fake_google import FakeSpreadsheet, FakeTab

T = TypeVar("T")


class RefusedError(ValueError):
    """Google answers 400 to such a request."""


def copied(value: T) -> T:
    """A deep copy, five times as fast as that of `copy`: a tab has thousands of cells."""
    twin: T = pickle.loads(pickle.dumps(value))  # noqa: S301  its own, a moment ago
    return twin


def applied(spreadsheet: FakeSpreadsheet, requests: list[dict[str, Any]]) -> FakeSpreadsheet:
    """The spreadsheet as these requests leave it; it is not changed itself.

    Raises:
        RefusedError: one of them is not known here, or cannot be carried out.
    """
    draft = copied(spreadsheet)
    for request in requests:
        ((name, parts),) = request.items()
        if name not in _REQUESTS:
            raise RefusedError(f"{name}: not known here")
        _REQUESTS[name](draft, copied(parts))
    return draft


def as_google_says(value: Any) -> Any:
    """A message as Google gives it back: without what is empty, zero or false, its numbers rounded to 32 bits."""
    if isinstance(value, dict):
        parts = {key: as_google_says(part) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part}
    if isinstance(value, list):
        return [as_google_says(part) for part in value]
    return struct.unpack("f", struct.pack("f", value))[0] if isinstance(value, float) else value


def _tab(spreadsheet: FakeSpreadsheet, gid: int) -> FakeTab:
    for tab in spreadsheet.tabs:
        if tab.gid == gid:
            return tab
    raise RefusedError(f"no grid with id: {gid}")


def _box(tab: FakeTab, grid_range: dict[str, Any]) -> tuple[range, range]:
    """The rows and columns of a range."""
    rows = range(grid_range.get("startRowIndex", 0), grid_range.get("endRowIndex", tab.row_count))
    columns = range(grid_range.get("startColumnIndex", 0), grid_range.get("endColumnIndex", tab.column_count))
    if not rows or not columns or rows.stop > tab.row_count or columns.stop > tab.column_count:
        raise RefusedError(f"range exceeds grid limits: {grid_range}")
    return rows, columns


def _assign(target: dict[str, Any], source: dict[str, Any], fields: str) -> None:
    """Set in target what the mask names, to what source says: nothing, when it says nothing."""
    for path in _paths(fields):
        *above, last = path.split(".")
        here, there = target, source
        for key in above:
            here, there = here.setdefault(key, {}), there.get(key, {})
        here.pop(last, None)
        if last in there:
            here[last] = as_google_says(there[last])


def _paths(fields: str) -> Iterator[str]:
    """`a,b(c,d)` → a, b.c, b.d."""
    prefix, word = [], ""
    for char in [*fields, ","]:
        if char == "(":
            prefix.append(word)
            word = ""
        elif char in ",)":
            if word:
                yield ".".join([*prefix, word])
            word = ""
            if char == ")":
                prefix.pop()
        else:
            word += char


_CELL_FIELDS = {"userEnteredValue", "userEnteredFormat", "textFormatRuns", "note", "dataValidation"}


def _set_cell(tab: FakeTab, row: int, column: int, cell: dict[str, Any], fields: str) -> None:
    paths = list(_paths(fields))
    if unknown := {path.split(".")[0] for path in paths} - _CELL_FIELDS:
        raise RefusedError(f"not known here: {unknown}")
    if "userEnteredValue" in paths:
        value = cell.get("userEnteredValue", {})
        if set(value) - {"stringValue"}:
            raise RefusedError(f"not known here: {value}")
        tab.type_text(row, column, value.get("stringValue", ""))
        paths.remove("userEnteredValue")
    if paths:
        _assign(tab.extra.setdefault((row, column), {}), cell, ",".join(paths))


def _update_cells(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    """From a start, the cells that are given; in a range, all of its cells, those that are not given being cleared."""
    given = {
        (row, column): cell
        for row, line in enumerate(parts.get("rows", []))
        for column, cell in enumerate(line.get("values", []))
    }
    where = parts["range"] if "range" in parts else {
        "sheetId": parts["start"].get("sheetId", 0),
        "startRowIndex": (top := parts["start"].get("rowIndex", 0)),
        "startColumnIndex": (left := parts["start"].get("columnIndex", 0)),
        "endRowIndex": top + 1 + max(row for row, _ in given),
        "endColumnIndex": left + 1 + max(column for _, column in given),
    }  # fmt: skip
    tab = _tab(spreadsheet, where.get("sheetId", 0))
    rows, columns = _box(tab, where)
    for row, column in given:
        if row >= len(rows) or column >= len(columns):
            raise RefusedError("more data than the range holds")
    for row, column in itertools.product(rows, columns):
        cell = given.get((row - rows.start, column - columns.start), {})
        if cell or ("range" in parts and ((row, column) in tab.extra or tab.text(row, column))):
            _set_cell(tab, row, column, cell, parts["fields"])


def _repeat_cell(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    tab = _tab(spreadsheet, parts["range"].get("sheetId", 0))
    for row, column in itertools.product(*_box(tab, parts["range"])):
        _set_cell(tab, row, column, parts.get("cell", {}), parts["fields"])


def _add_sheet(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    from fake_google import FakeTab  # noqa: PLC0415  each needs the other

    properties = parts["properties"]
    for tab in spreadsheet.tabs:
        if tab.title.casefold() == properties["title"].casefold() or tab.gid == properties["sheetId"]:
            raise RefusedError(f"a sheet with this name or id already exists: {properties}")
    tab = FakeTab(properties["title"], properties["sheetId"])
    _set_grid(tab, properties.get("gridProperties", {}))
    spreadsheet.tabs = [*spreadsheet.tabs, tab]


_GRID = {"rowCount": "row_count", "columnCount": "column_count", "frozenRowCount": "frozen_rows"}


def _set_grid(tab: FakeTab, grid: dict[str, Any]) -> None:
    for key, value in grid.items():
        setattr(tab, _GRID[key], value)
    if tab.frozen_rows >= tab.row_count:
        raise RefusedError("you can't freeze all visible rows on the sheet")
    tab.rows = [list(cells[: tab.column_count]) for cells in tab.rows[: tab.row_count]]
    tab.extra = {at: extra for at, extra in tab.extra.items() if at[0] < tab.row_count and at[1] < tab.column_count}


def _update_sheet_properties(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    properties = parts["properties"]
    paths = [path.split(".") for path in _paths(parts["fields"])]
    if any(path[0] != "gridProperties" for path in paths):
        raise RefusedError(f"not known here: {paths}")
    grid = {path[1]: properties["gridProperties"].get(path[1], 0) for path in paths}
    _set_grid(_tab(spreadsheet, properties.get("sheetId", 0)), grid)


def _update_dimension_properties(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    where = parts["range"]
    tab = _tab(spreadsheet, where.get("sheetId", 0))
    if where["dimension"] != "COLUMNS" or where["endIndex"] > tab.column_count:
        raise RefusedError(f"no such dimension: {where}")
    for column in range(where.get("startIndex", 0), where["endIndex"]):
        _assign(tab.columns.setdefault(column, {}), parts["properties"], parts["fields"])


def _set_basic_filter(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    tab = _tab(spreadsheet, parts["filter"]["range"].get("sheetId", 0))
    _box(tab, parts["filter"]["range"])
    tab.basic_filter = as_google_says(parts["filter"])
    tab.filtered_rows = frozenset()


_IDS = itertools.count(7001)


def _add_protected_range(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    item = parts["protectedRange"]
    tab = _tab(spreadsheet, item["range"].get("sheetId", 0))
    _box(tab, item["range"])
    tab.owned["protectedRanges"].append(as_google_says({**item, "protectedRangeId": next(_IDS)}))


def _delete_protected_range(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    for tab in spreadsheet.tabs:
        kept = [it for it in tab.owned["protectedRanges"] if it["protectedRangeId"] != parts["protectedRangeId"]]
        if len(kept) < len(tab.owned["protectedRanges"]):
            tab.owned["protectedRanges"] = kept
            return
    raise RefusedError(f"no protected range with id: {parts['protectedRangeId']}")


def _add_conditional_format(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    tab = _tab(spreadsheet, parts["rule"]["ranges"][0].get("sheetId", 0))
    for where in parts["rule"]["ranges"]:
        _box(tab, where)
    tab.owned["conditionalFormats"].insert(parts.get("index", 0), as_google_says(parts["rule"]))


def _delete_conditional_format(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    rules = _tab(spreadsheet, parts.get("sheetId", 0)).owned["conditionalFormats"]
    if parts["index"] >= len(rules):
        raise RefusedError("no conditional format on this index")
    del rules[parts["index"]]


_REQUESTS: dict[str, Callable[[FakeSpreadsheet, dict[str, Any]], None]] = {
    "addSheet": _add_sheet,
    "updateSheetProperties": _update_sheet_properties,
    "updateDimensionProperties": _update_dimension_properties,
    "updateCells": _update_cells,
    "repeatCell": _repeat_cell,
    "setBasicFilter": _set_basic_filter,
    "addProtectedRange": _add_protected_range,
    "deleteProtectedRange": _delete_protected_range,
    "addConditionalFormatRule": _add_conditional_format,
    "deleteConditionalFormatRule": _delete_conditional_format,
}
