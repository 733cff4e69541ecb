"""The requests that write a whole tab: « Mode d'emploi », « Contrôle automatique », a new table. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Request = Mapping[str, Any]  # one member of batchUpdate's `requests`

OUR_RANGE = "Posé par le robot (setup)"  # the description of our protected ranges, by which they are found again


class NewCell(NamedTuple):
    """A cell to be written: its text is never computed."""

    text: str
    link: str = ""
    size: int = 10  # points
    is_bold: bool = False
    wraps: bool = True  # else it runs over the cells to its right


def protect(where: Mapping[str, int]) -> Request:
    """The request by which whoever types in this range is warned."""
    return {"addProtectedRange": {"protectedRange": {"range": where, "description": OUR_RANGE, "warningOnly": True}}}


def resize(gid: int, rows: int, columns: int, frozen: int) -> Request:
    """The request that gives a tab so many rows and columns, and frozen rows."""
    size = {"rowCount": rows, "columnCount": columns, "frozenRowCount": frozen}
    properties = {"sheetId": gid, "gridProperties": size}
    return {"updateSheetProperties": {"properties": properties, "fields": f"gridProperties({','.join(size)})"}}


def fill(gid: int, rows: Sequence[Sequence[NewCell]], widths: Sequence[int]) -> Iterator[Request]:
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
        yield protect({"sheetId": gid})
    yield resize(gid, len(rows) + 1, len(widths), frozen)
    yield from fill(gid, rows, widths)


def _written(cell: NewCell) -> dict[str, Any]:
    look = {
        "textFormat": {"bold": cell.is_bold, "fontSize": cell.size},
        "wrapStrategy": "WRAP" if cell.wraps else "OVERFLOW_CELL",
        "verticalAlignment": "TOP",
    }
    value = {"userEnteredValue": {"stringValue": cell.text}} if cell.text else {}
    runs = {"textFormatRuns": [{"startIndex": 0, "format": {"link": {"uri": cell.link}}}]} if cell.link else {}
    return {**value, "userEnteredFormat": look, **runs}
