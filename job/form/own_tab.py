"""A tab that the job writes as a whole: « Mode d'emploi », « Contrôle automatique ». Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from job.text import clean

Request = Mapping[str, Any]  # one member of batchUpdate's `requests`

MARK = "Posé par le robot (setup)"  # the description of our protected ranges, by which they are found again


class Cell(NamedTuple):
    """A cell to be written."""

    text: str
    link: str = ""
    size: int = 10  # points
    is_bold: bool = False
    wraps: bool = True  # else it runs over the cells to its right


def text_value(text: str) -> dict[str, Any]:
    """Cell data that holds this text and nothing that could be computed."""
    return {"userEnteredValue": {"stringValue": text}} if text else {}


def width(gid: int, column: int, pixels: int) -> Request:
    """The request that gives a column this width."""
    where = {"sheetId": gid, "dimension": "COLUMNS", "startIndex": column, "endIndex": column + 1}
    return {"updateDimensionProperties": {"range": where, "properties": {"pixelSize": pixels}, "fields": "pixelSize"}}


def says(found: Iterable[Sequence[str]], rows: Iterable[Sequence[Cell]]) -> bool:
    """Whether the tab's text is already that of these rows."""
    return _trimmed(found) == _trimmed([cell.text for cell in cells] for cells in rows)


def _trimmed(rows: Iterable[Sequence[str]]) -> str:
    """The text without the empty cells and rows at its ends: Google leaves them out."""
    return "\n".join("\t".join(map(clean, cells)).rstrip("\t") for cells in rows).rstrip("\n")


def rewrite(
    gid: int, rows: Sequence[Sequence[Cell]], widths: Sequence[int], *, add_as: str = "", frozen: int = 0
) -> Iterator[Request]:
    """The requests that write the whole tab anew. With a title, `add_as`, it is added first."""
    size = {"rowCount": len(rows) + 1, "columnCount": len(widths), "frozenRowCount": frozen}
    properties = {"sheetId": gid, "gridProperties": size}
    if add_as:
        protection = {"range": {"sheetId": gid}, "description": MARK, "warningOnly": True}
        yield {"addSheet": {"properties": {**properties, "title": add_as}}}
        yield {"addProtectedRange": {"protectedRange": protection}}
    else:
        yield {"updateSheetProperties": {"properties": properties, "fields": f"gridProperties({','.join(size)})"}}
    yield {
        "updateCells": {
            "range": {"sheetId": gid, "endRowIndex": len(rows) + 1, "endColumnIndex": len(widths)},
            "rows": [{"values": list(map(_written, cells))} for cells in rows],
            "fields": "userEnteredValue,userEnteredFormat,textFormatRuns,note,dataValidation",
        }
    }
    yield from (width(gid, column, pixels) for column, pixels in enumerate(widths))


def _written(cell: Cell) -> dict[str, Any]:
    look = {
        "textFormat": {"bold": cell.is_bold, "fontSize": cell.size},
        "wrapStrategy": "WRAP" if cell.wraps else "OVERFLOW_CELL",
        "verticalAlignment": "TOP",
    }
    runs = {"textFormatRuns": [{"startIndex": 0, "format": {"link": {"uri": cell.link}}}]} if cell.link else {}
    return {**text_value(cell.text), "userEnteredFormat": look, **runs}
