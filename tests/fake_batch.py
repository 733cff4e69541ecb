"""spreadsheets.batchUpdate on the fake spreadsheet: every request is carried out, or all are refused."""

from __future__ import annotations

import copy
import itertools
import struct
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fake_google import FakeSpreadsheet, FakeTab


class RefusedError(ValueError):
    """Google answers 400 to such a request."""


def applied(spreadsheet: FakeSpreadsheet, requests: list[dict[str, Any]]) -> FakeSpreadsheet:
    """The spreadsheet as these requests leave it; it is not changed itself.

    Raises:
        RefusedError: one of them is not known here, or cannot be carried out.
    """
    draft = copy.deepcopy(spreadsheet)
    for request in requests:
        ((name, parts),) = request.items()
        if name not in _REQUESTS:
            raise RefusedError(f"{name}: not known here")
        _REQUESTS[name](draft, copy.deepcopy(parts))
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


_Box = tuple[range, range]


def _box(tab: FakeTab, grid_range: dict[str, Any]) -> _Box:
    """The rows and columns of a range."""
    rows = range(grid_range.get("startRowIndex", 0), grid_range.get("endRowIndex", tab.row_count))
    columns = range(grid_range.get("startColumnIndex", 0), grid_range.get("endColumnIndex", tab.column_count))
    if not rows or not columns or rows.stop > tab.row_count or columns.stop > tab.column_count:
        raise RefusedError(f"range exceeds grid limits: {grid_range}")
    return rows, columns


def _overlap(one: _Box, other: _Box) -> bool:
    return all(a.start < b.stop and b.start < a.stop for a, b in zip(one, other, strict=True))


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
    known = {path.split(".")[0] for path in _paths(fields)}
    if known - _CELL_FIELDS:
        raise RefusedError(f"not known here: {known - _CELL_FIELDS}")
    if "userEnteredValue" in known:
        value = cell.get("userEnteredValue", {})
        if set(value) - {"stringValue"}:
            raise RefusedError(f"not known here: {value}")
        tab.type_text(row, column, value.get("stringValue", ""))
        known.remove("userEnteredValue")
    masks = ",".join(path for path in _paths(fields) if path != "userEnteredValue")
    if masks:
        _assign(tab.extra.setdefault((row, column), {}), cell, masks)


def _update_cells(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    rows = [row.get("values", []) for row in parts.get("rows", [])]
    if "start" in parts:
        start = parts["start"]
        top, left = start.get("rowIndex", 0), start.get("columnIndex", 0)
        tab = _tab(spreadsheet, start.get("sheetId", 0))
        for row, cells in enumerate(rows, top):
            for column, cell in enumerate(cells, left):
                _box(tab, {"startRowIndex": row, "endRowIndex": row + 1, "endColumnIndex": column + 1})
                _set_cell(tab, row, column, cell, parts["fields"])
        return
    tab = _tab(spreadsheet, parts["range"].get("sheetId", 0))
    box = _box(tab, parts["range"])
    if len(rows) > len(box[0]) or max(map(len, rows), default=0) > len(box[1]):
        raise RefusedError("more data than the range holds")
    for row, column in itertools.product(*box):
        inside = row - box[0].start < len(rows) and column - box[1].start < len(rows[row - box[0].start])
        cell = rows[row - box[0].start][column - box[1].start] if inside else {}
        if cell or (row, column) in tab.extra or tab.text(row, column):
            _set_cell(tab, row, column, cell, parts["fields"])


def _repeat_cell(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    tab = _tab(spreadsheet, parts["range"].get("sheetId", 0))
    for row, column in itertools.product(*_box(tab, parts["range"])):
        _set_cell(tab, row, column, parts.get("cell", {}), parts["fields"])


def _set_data_validation(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    tab = _tab(spreadsheet, parts["range"].get("sheetId", 0))
    rows, columns = _box(tab, parts["range"])
    for row, column in itertools.product(rows, columns):
        if row not in tab.filtered_rows or parts.get("filteredRowsIncluded"):
            _set_cell(tab, row, column, {"dataValidation": parts["rule"]}, "dataValidation")


def _add_sheet(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    from fake_google import FakeTab  # noqa: PLC0415  each needs the other

    properties = parts["properties"]
    for tab in spreadsheet.tabs:
        if tab.title.casefold() == properties["title"].casefold() or tab.gid == properties["sheetId"]:
            raise RefusedError(f"a sheet with this name or id already exists: {properties}")
    tab = FakeTab(properties["title"], properties["sheetId"])
    _set_grid(tab, properties.get("gridProperties", {}))
    tabs = list(spreadsheet.tabs)
    tabs.insert(properties.get("index", len(tabs)), tab)
    spreadsheet.tabs = tabs


_GRID = {
    "rowCount": "row_count",
    "columnCount": "column_count",
    "frozenRowCount": "frozen_rows",
    "hideGridlines": "hide_gridlines",
}


def _set_grid(tab: FakeTab, grid: dict[str, Any]) -> None:
    for key, value in grid.items():
        setattr(tab, _GRID[key], value)
    if tab.frozen_rows >= tab.row_count:
        raise RefusedError("you can't freeze all visible rows on the sheet")
    tab.rows = [list(cells[: tab.column_count]) for cells in tab.rows[: tab.row_count]]
    tab.extra = {
        (row, column): extra
        for (row, column), extra in tab.extra.items()
        if row < tab.row_count and column < tab.column_count
    }


def _update_sheet_properties(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    properties = parts["properties"]
    tab = _tab(spreadsheet, properties.get("sheetId", 0))
    paths = list(_paths(parts["fields"]))
    if any(not path.startswith("gridProperties.") for path in paths):
        raise RefusedError(f"not known here: {paths}")
    _set_grid(tab, {path.split(".")[1]: properties["gridProperties"].get(path.split(".")[1], 0) for path in paths})


def _append_dimension(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    tab = _tab(spreadsheet, parts.get("sheetId", 0))
    _set_grid(tab, {"rowCount" if parts["dimension"] == "ROWS" else "columnCount": parts["length"] + (
        tab.row_count if parts["dimension"] == "ROWS" else tab.column_count)})  # fmt: skip


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


def _owned(kind: str, key: str, id_key: str) -> dict[str, Callable[[FakeSpreadsheet, dict[str, Any]], None]]:
    """Adding, updating and deleting what a tab has a list of."""

    def check(tab: FakeTab, item: dict[str, Any]) -> dict[str, Any]:
        box = _box(tab, item["range"])
        others = [_box(tab, other["range"]) for other in tab.owned[kind] if other[id_key] != item[id_key]]
        if kind == "bandedRanges" and any(_overlap(box, other) for other in others):
            raise RefusedError("alternating background colors overlap")
        found: dict[str, Any] = as_google_says(item)
        return found

    def find(spreadsheet: FakeSpreadsheet, number: int) -> tuple[FakeTab, int]:
        for tab in spreadsheet.tabs:
            for rank, item in enumerate(tab.owned[kind]):
                if item[id_key] == number:
                    return tab, rank
        raise RefusedError(f"no {key} with id: {number}")

    def add(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
        tab = _tab(spreadsheet, parts[key]["range"].get("sheetId", 0))
        tab.owned[kind].append(check(tab, {**parts[key], id_key: next(_IDS)}))

    def update(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
        tab, rank = find(spreadsheet, parts[key][id_key])
        item = copy.deepcopy(tab.owned[kind][rank])
        _assign(item, parts[key], parts["fields"])
        tab.owned[kind][rank] = check(tab, item)

    def delete(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
        tab, rank = find(spreadsheet, parts[id_key])
        del tab.owned[kind][rank]

    name = key[0].upper() + key[1:] if key != "bandedRange" else "Banding"
    return {f"add{name}": add, f"update{name}": update, f"delete{name}": delete}


def _add_conditional_format(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    tab = _tab(spreadsheet, parts["rule"]["ranges"][0].get("sheetId", 0))
    for where in parts["rule"]["ranges"]:
        _box(tab, where)
    tab.owned["conditionalFormats"].insert(parts.get("index", 0), as_google_says(parts["rule"]))


def _update_conditional_format(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    tab = _tab(spreadsheet, parts.get("sheetId", 0))
    if parts["index"] >= len(tab.owned["conditionalFormats"]):
        raise RefusedError("no conditional format on this index")
    tab.owned["conditionalFormats"][parts["index"]] = as_google_says(parts["rule"])


def _delete_conditional_format(spreadsheet: FakeSpreadsheet, parts: dict[str, Any]) -> None:
    tab = _tab(spreadsheet, parts.get("sheetId", 0))
    if parts["index"] >= len(tab.owned["conditionalFormats"]):
        raise RefusedError("no conditional format on this index")
    del tab.owned["conditionalFormats"][parts["index"]]


_REQUESTS: dict[str, Callable[[FakeSpreadsheet, dict[str, Any]], None]] = {
    "addSheet": _add_sheet,
    "updateSheetProperties": _update_sheet_properties,
    "appendDimension": _append_dimension,
    "updateDimensionProperties": _update_dimension_properties,
    "updateCells": _update_cells,
    "repeatCell": _repeat_cell,
    "setDataValidation": _set_data_validation,
    "setBasicFilter": _set_basic_filter,
    "addConditionalFormatRule": _add_conditional_format,
    "updateConditionalFormatRule": _update_conditional_format,
    "deleteConditionalFormatRule": _delete_conditional_format,
    **_owned("protectedRanges", "protectedRange", "protectedRangeId"),
    **_owned("bandedRanges", "bandedRange", "bandedRangeId"),
}
