"""Config × the spreadsheet as it is → the requests that make it the shared form. Pure; `job/sheet.py` sends them.

What it owns, and nothing else: on each table the titles it wrote itself, the notes on the titles, one protected range,
the rules and wrapping of our columns, one colouring of incomplete rows, the alternate colours; and the tab « Mode
d'emploi ». Each is found again by a mark of its own, compared with what is wanted, and asked for only when it differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pandas as pd

from job.content import echo
from job.model import FIELDS, SNAPSHOT_COLUMNS, Finding, JobError, Snapshot, Tab
from job.render import Trusted, plural, render_template
from job.sheet import (
    INSTRUCTIONS_GID,
    INSTRUCTIONS_TAB,
    Grid,
    Spreadsheet,
    chosen_grids,
    column_letters,
    find_header,
    own_grid,
)
from job.text import clean, fold
from job.validate import validate

if TYPE_CHECKING:
    from job.config import Column, Config

Request = Mapping[str, Any]  # one member of batchUpdate's `requests`

# What is compared with what is wanted, and no more.
MASK = (
    "properties(title),sheets("
    "properties(sheetId,title,hidden,sheetType,gridProperties(rowCount,columnCount,frozenRowCount)),"
    "protectedRanges(protectedRangeId,range,description,warningOnly),bandedRanges(bandedRangeId,range,rowProperties),"
    "conditionalFormats(ranges,booleanRule),"
    "data(startRow,startColumn,columnMetadata(pixelSize),rowData(values(formattedValue,note,dataValidation,"
    "userEnteredFormat(wrapStrategy,verticalAlignment,textFormat)))))"
)

MARK = "Posé par le robot (setup)"  # the description of our protected ranges, by which they are found again
_NOTE_END = f"Voir l'onglet « {INSTRUCTIONS_TAB} »."  # the last line of our notes, likewise
_RULE_START = '=("ligne incomplète"<>"")*'  # always true; the start of our conditional format's formula, likewise
_NEW_TAB = "Jeux de données"
_NEW_GID = INSTRUCTIONS_GID + 1
_USUAL_WIDTH = 100  # pixels: nobody has chosen another
_WIDTHS = {"theme": 200, "category": 260, "name": 320, "producer": 150, "ministry": 300, "status": 170, "url": 320}


def _colour(hexadecimal: str) -> dict[str, Any]:
    red, green, blue = (value / 255 for value in bytes.fromhex(hexadecimal))
    return {"rgbColor": {"red": red, "green": green, "blue": blue}}


_BANDS = {
    "headerColorStyle": _colour("c9d7f2"),
    "firstBandColorStyle": _colour("ffffff"),
    "secondBandColorStyle": _colour("f2f6fd"),
}
_INCOMPLETE_LOOK = {"backgroundColorStyle": _colour("fff0b3")}
_TITLE_LOOK = {"wrapStrategy": "WRAP", "verticalAlignment": "MIDDLE", "textFormat": {"bold": True}}
_CELL_LOOK = {"wrapStrategy": "WRAP", "verticalAlignment": "TOP"}


@dataclass(frozen=True)
class Plan:
    """What to ask of Google, and what to tell the operator. Without requests everything is as it should be."""

    requests: tuple[Request, ...]
    done: tuple[str, ...]  # French sentences: what the requests change
    left: tuple[str, ...]  # French sentences: what is somebody's, and stays


def plan_form(spreadsheet: Spreadsheet, config: Config, rows: pd.DataFrame | None = None) -> Plan:
    """What turns this spreadsheet into the shared form, filled with these rows (SNAPSHOT_COLUMNS) when there are any.

    Raises:
        JobError: a tab has some of the titles only; there are rows already, where rows are to be filled in; the
            example of config.toml is none to follow.
    """
    rules = column_rules(config)
    tables = _tables(spreadsheet, config)
    if rows is not None:
        _check_room(tables, rows, config)
    requests: list[Request] = []
    done: list[str] = []
    left: list[str] = []
    for table in tables:
        steps = [(what, [*wanted]) for what, wanted in _steps(table, config, rules, rows)]
        requests += [request for _, wanted in steps for request in wanted]
        names = [what for what, wanted in steps if wanted and what]
        done += [f"Onglet « {table.title} » : {', '.join(names)}."] if names else []
        left += _left(table, rules)
    wanted, told = _instructions(spreadsheet, config, rules)
    requests += wanted
    (done if wanted else left).extend([told] if told else [])
    return Plan(tuple(requests), tuple(done), tuple(left))


def render_plan(plan: Plan) -> str:
    """What `setup` tells at the end."""
    done = plan.done or ("Rien à changer : la feuille est déjà en place.",)
    return "\n".join([*done, *(f"Laissé tel quel : {text}" for text in plan.left)])


# --- where the tables are -------------------------------------------------------------------------------------------


@dataclass
class _Table:
    """A tab with our titles, or one that is to get them. Rows and columns are counted from 0."""

    gid: int
    title: str  # as a message may repeat it
    row_count: int
    column_count: int
    header: int  # the row of titles
    columns: Mapping[str, int]  # field → column
    fresh: bool = False  # the titles are still to be written
    resource: Mapping[str, Any] = field(default_factory=dict)  # as Google describes it; {}: a tab to be added
    grid: Grid | None = None

    def __post_init__(self) -> None:
        self.cells = _cells(self.resource)

    def cell(self, row: int, column: int) -> Mapping[str, Any]:
        cells = self.cells[row] if row < len(self.cells) else []
        return cells[column] if column < len(cells) else {}

    @property
    def runs(self) -> list[tuple[int, int]]:
        """Our columns, as stretches without a column of somebody else: first, after the last one."""
        columns = sorted(self.columns.values())
        stretches = groupby(enumerate(columns), key=lambda item: item[1] - item[0])
        return [(run[0][1], run[-1][1] + 1) for run in (list(items) for _, items in stretches)]

    def box(self, rows: tuple[int, int], columns: tuple[int, int]) -> dict[str, int]:
        """A GridRange."""
        names = ("startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex")
        return {"sheetId": self.gid, **dict(zip(names, (*rows, *columns), strict=True))}

    @property
    def titles_rows(self) -> tuple[int, int]:
        return self.header, self.header + 1

    @property
    def typed_rows(self) -> tuple[int, int]:
        return self.header + 1, self.row_count

    def is_at(self, found: Mapping[str, Any], box: Mapping[str, int]) -> bool:
        """Whether a range that Google describes is this one; it leaves out a zero, and an end that is the tab's own."""
        ends = {"endRowIndex": self.row_count, "endColumnIndex": self.column_count}
        return all(found.get(name, ends.get(name, 0)) == index for name, index in box.items())

    def filled(self) -> int:
        """How many rows below the titles have something in them."""
        rows = self.grid.rows[self.header + 1 :] if self.grid and not self.fresh else ()
        return sum(any(map(clean, cells)) for cells in rows)


def _cells(resource: Mapping[str, Any]) -> list[list[Mapping[str, Any]]]:
    rows: list[list[Mapping[str, Any]]] = []
    for segment in resource.get("data", []):
        top, left = segment.get("startRow", 0), segment.get("startColumn", 0)
        for row, cells in enumerate(segment.get("rowData", []), top):
            values = cells.get("values", [])
            rows += [[] for _ in range(row + 1 - len(rows))]
            rows[row] += [{} for _ in range(left + len(values) - len(rows[row]))]
            rows[row][left : left + len(values)] = values
    return rows


def _tables(spreadsheet: Spreadsheet, config: Config) -> list[_Table]:
    """The tabs that are the form, or that will be: those named in config.toml, else those with our titles, else one."""
    grids = spreadsheet.grids
    resources = {id(grid): resource for grid, resource in zip(grids, spreadsheet.resources, strict=True)}
    titles = {fold(clean(grid.title)) for grid in grids}
    absent = [tab for tab in config.sheet.tabs if isinstance(tab, str) and fold(clean(tab)) not in titles]
    present = replace(config.sheet, tabs=tuple(tab for tab in config.sheet.tabs if tab not in absent))
    chosen = [] if absent and not present.tabs else chosen_grids(grids, replace(config, sheet=present))
    tables = []
    for grid, expected in chosen:
        if expected and _is_empty(grid):
            tables.append(_fresh(config, grid, resources[id(grid)]))
        elif header := find_header(grid, config, expected=expected):
            tables.append(_table(grid, resources[id(grid)], header.row, header.columns))
    tables += [_added(config, title, rank) for rank, title in enumerate(absent)]
    if not tables:
        empty = [grid for grid, _ in chosen if _is_empty(grid)]
        tables = [_fresh(config, empty[0], resources[id(empty[0])]) if empty else _added(config, _NEW_TAB, 0)]
    return tables


def _is_empty(grid: Grid) -> bool:
    return not any(clean(cell) for cells in grid.rows for cell in cells)


def _table(grid: Grid, resource: Mapping[str, Any], header: int, columns: Mapping[str, int]) -> _Table:
    size = resource["properties"].get("gridProperties", {})
    return _Table(
        gid=grid.gid or 0,
        title=echo(grid.title) or "?",
        row_count=size.get("rowCount", 0),
        column_count=size.get("columnCount", 0),
        header=header,
        columns=columns,
        resource=resource,
        grid=grid,
    )


def _in_order(config: Config) -> dict[str, int]:
    return {column.field: position for position, column in enumerate(config.columns)}


def _fresh(config: Config, grid: Grid, resource: Mapping[str, Any]) -> _Table:
    return replace(_table(grid, resource, 0, _in_order(config)), fresh=True)


def _added(config: Config, title: str, rank: int) -> _Table:
    return _Table(_NEW_GID + rank, title, 1000, 26, 0, _in_order(config), fresh=True)


def _check_room(tables: Sequence[_Table], rows: pd.DataFrame, config: Config) -> None:
    remedy = "--from ne remplit qu'un tableau neuf et vide. Rien n'a été modifié."
    if len(tables) > 1:
        raise JobError(f"La feuille compte déjà {len(tables)} onglets à remplir : {remedy}")
    count = tables[0].filled()
    if count:
        raise JobError(f"L'onglet « {tables[0].title} » contient déjà {plural(count, 'ligne')} : {remedy}")
    lacking = [name for name in FIELDS if name not in tables[0].columns and rows[name].map(clean).any()]
    if lacking:
        titles = ", ".join(f"« {config.title(name)} »" for name in lacking)
        raise JobError(f"L'onglet « {tables[0].title} » n'a pas de colonne pour {titles}. Ajoutez-la. {remedy}")


# --- what a table needs ---------------------------------------------------------------------------------------------

_Step = tuple[str, Iterable[Request]]  # what it changes, in French; the requests, none when nothing is to be changed


def _steps(table: _Table, config: Config, rules: Mapping[str, str], rows: pd.DataFrame | None) -> list[_Step]:
    return [
        *_growth(table, rows),
        *_titles(table, config),
        *_filled_rows(table, rows),
        ("titres figés", _frozen(table)),
        ("titres mis en forme", _look(table, table.titles_rows, _TITLE_LOOK)),
        ("note sur chaque titre", _notes(table, rules)),
        ("titres protégés par un avertissement", _protected(table)),
        ("listes déroulantes et règle des adresses", _checked(table, config)),
        ("textes à la ligne", _look(table, table.typed_rows, _CELL_LOOK)),
        ("largeurs", _widths(table)),
        ("couleurs alternées", _banded(table)),
        ("lignes incomplètes signalées", _incomplete(table, config)),
    ]


def _growth(table: _Table, rows: pd.DataFrame | None) -> Iterator[_Step]:
    """The tab itself, and room in it."""
    if not table.resource:
        size = {"rowCount": table.row_count, "columnCount": table.column_count}
        properties = {"sheetId": table.gid, "title": table.title, "gridProperties": size}
        yield "ajouté", [{"addSheet": {"properties": properties}}]
    needed = {
        "COLUMNS": max(table.columns.values()) + 1 - table.column_count,
        "ROWS": table.header + 2 + (0 if rows is None else len(rows)) - table.row_count,
    }
    for dimension, length in needed.items():
        if length > 0:
            yield "", [{"appendDimension": {"sheetId": table.gid, "dimension": dimension, "length": length}}]
    table.column_count += max(needed["COLUMNS"], 0)
    table.row_count += max(needed["ROWS"], 0)


def _written(table: _Table, row: int, column: int, rows: list[list[dict[str, Any]]], fields: str) -> Request:
    start = {"sheetId": table.gid, "rowIndex": row, "columnIndex": column}
    return {"updateCells": {"start": start, "rows": [{"values": cells} for cells in rows], "fields": fields}}


def text_cell(text: str) -> dict[str, Any]:
    """A cell that holds this text and nothing that could be computed."""
    return {"userEnteredValue": {"stringValue": text}} if text else {}


def _titles(table: _Table, config: Config) -> Iterator[_Step]:
    if table.fresh:
        titles = [text_cell(column.title) for column in config.columns]
        yield "titres écrits", [_written(table, 0, 0, [titles], "userEnteredValue")]


def _filled_rows(table: _Table, rows: pd.DataFrame | None) -> Iterator[_Step]:
    """Before the rules, so that a label that is only an alias gets in."""
    if rows is not None and len(rows):
        fields = {column: name for name, column in table.columns.items()}
        wanted = [
            _written(
                table,
                table.header + 1,
                first,
                [
                    [text_cell(text) for text in cells]
                    for cells in rows[[fields[column] for column in range(first, end)]].itertuples(index=False)
                ],
                "userEnteredValue",
            )
            for first, end in table.runs
        ]
        yield plural(len(rows), "ligne remplie", "lignes remplies"), wanted


def _frozen(table: _Table) -> Iterator[Request]:
    now = table.resource.get("properties", {}).get("gridProperties", {}).get("frozenRowCount", 0)
    if now <= table.header:
        properties = {"sheetId": table.gid, "gridProperties": {"frozenRowCount": table.header + 1}}
        yield {"updateSheetProperties": {"properties": properties, "fields": "gridProperties.frozenRowCount"}}


def _look(table: _Table, rows: tuple[int, int], look: Mapping[str, Any]) -> Iterator[Request]:
    names = ",".join("textFormat.bold" if name == "textFormat" else name for name in look)
    fields = ",".join(f"userEnteredFormat.{name}" for name in names.split(","))
    for run in table.runs:
        cells = (table.cell(row, column) for row in range(*rows) for column in range(*run))
        if not all(_holds(cell.get("userEnteredFormat"), look) for cell in cells):
            repeated = {"range": table.box(rows, run), "cell": {"userEnteredFormat": look}, "fields": fields}
            yield {"repeatCell": repeated}


def _notes(table: _Table, rules: Mapping[str, str]) -> Iterator[Request]:
    for name, column in table.columns.items():
        note = table.cell(table.header, column).get("note", "")
        wanted = f"{rules[name]}\n{_NOTE_END}"
        if note != wanted and not _is_somebodys(note):
            yield _written(table, table.header, column, [[{"note": wanted}]], "note")


def _is_somebodys(note: str) -> bool:
    return bool(note) and not note.endswith(_NOTE_END)


def _protected(table: _Table) -> Iterator[Request]:
    wanted = [table.box(table.titles_rows, run) for run in table.runs]
    ours = [item for item in table.resource.get("protectedRanges", []) if item.get("description") == MARK]
    for rank, box in enumerate(wanted):
        protection = {"range": box, "description": MARK, "warningOnly": True}
        if rank >= len(ours):
            yield {"addProtectedRange": {"protectedRange": protection}}
        elif not table.is_at(ours[rank].get("range", {}), box) or not ours[rank].get("warningOnly"):
            identified = {"protectedRangeId": ours[rank]["protectedRangeId"], **protection}
            yield {"updateProtectedRange": {"protectedRange": identified, "fields": "range,warningOnly"}}
    for item in ours[len(wanted) :]:
        yield {"deleteProtectedRange": {"protectedRangeId": item["protectedRangeId"]}}


def choices(config: Config) -> dict[str, tuple[list[str], bool]]:
    """Field → the labels to choose from, and whether nothing else may be typed."""
    return {
        "theme": ([theme.label for theme in config.themes], True),
        "category": (list(config.theme_of), True),
        "ministry": ([ministry.label for ministry in config.ministries], False),
        "status": ([status.label for status in config.statuses], True),
    }


def _checked(table: _Table, config: Config) -> Iterator[Request]:
    helps = {column.field: column.help for column in config.columns}
    rules: dict[str, dict[str, Any]] = {
        name: {
            "condition": {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": label} for label in labels]},
            "strict": closed,
        }
        for name, (labels, closed) in choices(config).items()
        if labels
    }
    rules["url"] = {"condition": {"type": "TEXT_IS_URL"}, "strict": False}
    for name, rule in rules.items():
        column = table.columns.get(name)
        wanted = {**rule, "inputMessage": helps[name], "showCustomUi": True}
        if column is not None and not all(
            _holds(table.cell(row, column).get("dataValidation"), wanted) for row in range(*table.typed_rows)
        ):
            box = table.box(table.typed_rows, (column, column + 1))
            yield {"setDataValidation": {"range": box, "rule": wanted, "filteredRowsIncluded": True}}


def _widths(table: _Table) -> Iterator[Request]:
    """Where nobody has chosen a width yet."""
    known: dict[int, int] = {
        column: metadata.get("pixelSize", _USUAL_WIDTH)
        for segment in table.resource.get("data", [])
        for column, metadata in enumerate(segment.get("columnMetadata", []), segment.get("startColumn", 0))
    }
    for name, column in table.columns.items():
        if known.get(column, _USUAL_WIDTH) == _USUAL_WIDTH:
            yield width(table.gid, column, _WIDTHS[name])


def width(gid: int, column: int, pixels: int) -> Request:
    """The request that gives a column this width."""
    where = {"sheetId": gid, "dimension": "COLUMNS", "startIndex": column, "endIndex": column + 1}
    return {"updateDimensionProperties": {"range": where, "properties": {"pixelSize": pixels}, "fields": "pixelSize"}}


def _banded(table: _Table) -> Iterator[Request]:
    ours, others = _bandings(table)
    for run in table.runs:
        box = table.box((table.header, table.row_count), run)
        if any(_meet(table, other["range"], box) for other in others):
            continue
        mine = next((item for item in ours if _meet(table, item["range"], box)), None)
        if mine is None:
            yield {"addBanding": {"bandedRange": {"range": box, "rowProperties": _BANDS}}}
            continue
        ours.remove(mine)
        if not table.is_at(mine["range"], box):
            moved = {"bandedRangeId": mine["bandedRangeId"], "range": box}
            yield {"updateBanding": {"bandedRange": moved, "fields": "range"}}


def _bandings(table: _Table) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The alternate colours that are ours, and those of somebody else."""
    found = table.resource.get("bandedRanges", [])
    ours = [item for item in found if _holds(item.get("rowProperties"), _BANDS)]
    return ours, [item for item in found if item not in ours]


def _meet(table: _Table, found: Mapping[str, Any], box: Mapping[str, int]) -> bool:
    ends = {"Row": table.row_count, "Column": table.column_count}
    return all(
        found.get(f"start{axis}Index", 0) < box[f"end{axis}Index"]
        and box[f"start{axis}Index"] < found.get(f"end{axis}Index", end)
        for axis, end in ends.items()
    )


_NEEDED = ("category", "name", "producer", "ministry", "status")  # a test holds this against the validator


def incomplete_formula(columns: Mapping[str, int], row: int, placeholder: str) -> str:
    """True of a row in which something is typed and something needed is not; of a row « A venir » it never is.

    `row` is counted from 1. Operators only: function names and argument separators change with the sheet's language.
    """
    letters = {name: column_letters(column) for name, column in columns.items()}
    text = "&".join(f"${letter}{row}" for letter in letters.values())
    gaps = "+".join(f'(${letters[name]}{row}="")' for name in _NEEDED if name in letters)
    return f'{_RULE_START}(({text})<>"")*(${letters["name"]}{row}<>"{placeholder}")*(({gaps})>0)>0'


def _incomplete(table: _Table, config: Config) -> Iterator[Request]:
    formula = incomplete_formula(table.columns, table.header + 2, config.placeholder)
    condition = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": formula}]}
    boxes = [table.box(table.typed_rows, run) for run in table.runs]
    rule = {"ranges": boxes, "booleanRule": {"condition": condition, "format": _INCOMPLETE_LOOK}}
    ours = [index for index, found in enumerate(table.resource.get("conditionalFormats", [])) if _is_ours(found)]
    if not ours:
        yield {"addConditionalFormatRule": {"rule": rule, "index": 0}}
        return
    found = table.resource["conditionalFormats"][ours[0]]
    ranges = found.get("ranges", [])
    same_place = len(ranges) == len(boxes) and all(map(table.is_at, ranges, boxes))
    if not same_place or not _holds(found["booleanRule"], rule["booleanRule"]):
        yield {"updateConditionalFormatRule": {"sheetId": table.gid, "index": ours[0], "rule": rule}}
    for index in reversed(ours[1:]):
        yield {"deleteConditionalFormatRule": {"sheetId": table.gid, "index": index}}


def _is_ours(rule: Mapping[str, Any]) -> bool:
    values = rule.get("booleanRule", {}).get("condition", {}).get("values", [])
    return bool(values) and str(values[0].get("userEnteredValue", "")).startswith(_RULE_START)


def _holds(found: Any, wanted: Any) -> bool:
    """Whether what Google says holds what is wanted: it leaves out what is empty or false, and rounds colours."""
    if isinstance(wanted, Mapping):
        parts = found if isinstance(found, Mapping) else {}
        return all(_holds(parts.get(key), part) for key, part in wanted.items())
    if isinstance(wanted, list):
        found = found or []
        return len(found) == len(wanted) and all(map(_holds, found, wanted))
    if isinstance(wanted, float):
        return bool(abs((found or 0) - wanted) < 1 / 512)  # half a step of a colour
    return bool(found == wanted or (not found and not wanted))


def _left(table: _Table, rules: Mapping[str, str]) -> Iterator[str]:
    """What is somebody's on this tab."""
    place = f"onglet « {table.title} », "
    count = table.filled()
    if count:
        yield f"{place}{plural(count, 'ligne saisie', 'lignes saisies')}."
    titles = table.grid.rows[table.header] if table.grid and not table.fresh else ()
    others = [
        echo(title) or "?"
        for column, title in enumerate(titles)
        if clean(title) and column not in table.columns.values()
    ]
    if others:
        named = ", ".join(f"« {title} »" for title in others)
        yield f"{place}{plural(len(others), 'colonne ajoutée', 'colonnes ajoutées')} ({named})."
    notes = [table.cell(table.header, table.columns[name]).get("note", "") for name in rules if name in table.columns]
    if any(map(_is_somebodys, notes)):
        yield f"{place}{plural(sum(map(_is_somebodys, notes)), 'note écrite', 'notes écrites')} par une personne."
    boxes = [table.box((table.header, table.row_count), run) for run in table.runs]
    if any(_meet(table, other["range"], box) for other in _bandings(table)[1] for box in boxes):
        yield f"{place}des couleurs alternées choisies par une personne."


# --- what people are told -------------------------------------------------------------------------------------------


def _example(config: Config) -> dict[str, str]:
    """Field → what the example row holds there; {} when config.toml gives none."""
    cells = {column.field: column.example for column in config.columns}
    return cells if any(cells.values()) else {}


def _findings(rows: Sequence[Mapping[str, str]], config: Config) -> tuple[Finding, ...]:
    """What the validator says of a sheet of these rows, numbered from 1."""
    numbered = [{"tab": 0, "row": number, **cells, "link": ""} for number, cells in enumerate(rows, 1)]
    frame = pd.DataFrame({name: pd.Series([row[name] for row in numbered]) for name in SNAPSHOT_COLUMNS})
    letters = {name: column_letters(column) for column, name in enumerate(FIELDS)}
    return validate(Snapshot("", "", (Tab("", None, letters),), frame, ()), config).findings


_EFFECTS = {
    "bloquant": " La ligne n'est pas publiée.",
    "à corriger": " La ligne est publiée, et le robot demande de compléter.",
    "info": "",
}


def column_rules(config: Config) -> dict[str, str]:
    """Field → what to type there, and what an empty cell entails: in the validator's own words.

    Raises:
        JobError: the validator has something to say about the example.
    """
    example = _example(config)
    if example and (findings := _findings([example], config)):
        raise JobError(
            f"config.toml : l'exemple des colonnes (columns.example) n'en est pas un. {findings[0].column} : "
            f"{findings[0].message} Rien n'a été modifié."
        )
    blank = _without_each_cell(example, config) if example else {}
    return {column.field: " ".join(_rule(column, blank, config)) for column in config.columns}


def _without_each_cell(example: Mapping[str, str], config: Config) -> dict[str, str]:
    """Field → what an empty cell there entails."""
    findings = _findings([{**example, name: ""} for name in FIELDS], config)
    told = dict.fromkeys(FIELDS, "Facultatif.")
    for finding in reversed(findings):
        name = FIELDS[finding.row - 1]
        if finding.column == config.title(name):  # and not, say, that these rows look alike
            told[name] = f"Si la case est vide : {finding.wrong}{_EFFECTS[finding.severity]}"
    return told


def _rule(column: Column, blank: Mapping[str, str], config: Config) -> Iterator[str]:
    yield column.help
    labels, closed = choices(config).get(column.field, ([], False))
    if labels:
        tolerated = "S'il n'y est pas, tapez-le : il sera publié tel quel et signalé."
        yield "Rien d'autre n'est accepté." if closed else tolerated
    if column.field == "name":
        yield f"{plural(config.limits.name, 'caractère')} au plus."
    if blank:
        yield blank[column.field]


def render_instructions(config: Config, rules: Mapping[str, str]) -> list[list[str]]:
    """The rows of the instructions tab: one or two cells each; « # » and « ## » start a title.

    Raises:
        JobError: the template is wrong.
    """
    example = _example(config)
    text = render_template(
        "instructions.txt.j2",
        config,
        Trusted,
        columns=[(column.title, rules[column.field]) for column in config.columns],
        example=[(column.title, example[column.field]) for column in config.columns] if example else [],
        statuses=config.statuses,
        themes=config.themes,
        placeholder=config.placeholder,
        contact=config.sheet.contact,
        feedback=config.feedback.enabled,
    )
    return [line.strip().split(" | ", 1) for line in text.strip().split("\n")]


_TITLE, _HEADING = "# ", "## "


def _instructions(spreadsheet: Spreadsheet, config: Config, rules: Mapping[str, str]) -> tuple[list[Request], str]:
    """The requests that write the instructions tab, none when it is as it should be; and what to tell of it."""
    lines = render_instructions(config, rules)
    texts = [[_shown(lines_cell) for lines_cell in line] for line in lines]
    found = own_grid(spreadsheet.grids, INSTRUCTIONS_TAB, INSTRUCTIONS_GID)
    place = f"Onglet « {INSTRUCTIONS_TAB} »"
    size = {"rowCount": len(lines) + 1, "columnCount": 2}
    if found is None:
        properties = {
            "sheetId": INSTRUCTIONS_GID,
            "title": INSTRUCTIONS_TAB,
            "gridProperties": {**size, "hideGridlines": True},
        }
        protection = {"range": {"sheetId": INSTRUCTIONS_GID}, "description": MARK, "warningOnly": True}
        added: list[Request] = [{"addSheet": {"properties": properties}}]
        protected: list[Request] = [{"addProtectedRange": {"protectedRange": protection}}]
        return [*added, *_text_of(INSTRUCTIONS_GID, lines, size), *protected], f"{place} : ajouté."
    resource = spreadsheet.resources[[*spreadsheet.grids].index(found)]
    marked = any(item.get("description") == MARK for item in resource.get("protectedRanges", []))
    if not marked and found.gid != INSTRUCTIONS_GID and not _is_empty(found):
        remedy = "Pour obtenir celui du robot, renommez-le et relancez."
        return [], f"onglet « {INSTRUCTIONS_TAB} », que le robot n'a pas écrit. {remedy}"
    if trimmed(found.rows) == trimmed(texts):
        return [], ""
    gid = found.gid or 0
    grown: Request = {
        "updateSheetProperties": {
            "properties": {"sheetId": gid, "gridProperties": size},
            "fields": "gridProperties.rowCount,gridProperties.columnCount",
        }
    }
    return [grown, *_text_of(gid, lines, size)], f"{place} : mis à jour."


def _shown(cell: str) -> str:
    return cell.removeprefix(_HEADING).removeprefix(_TITLE)


def trimmed(rows: Iterable[Sequence[str]]) -> list[list[str]]:
    """Rows without the empty cells and rows at their ends, as two ways of writing the same."""
    trimmed = ["\0".join(map(clean, cells)).rstrip("\0").split("\0") for cells in rows]
    while trimmed and trimmed[-1] == [""]:
        trimmed.pop()
    return trimmed


def _text_of(gid: int, lines: Iterable[Sequence[str]], size: Mapping[str, int]) -> Iterator[Request]:
    box = {
        "sheetId": gid,
        "startRowIndex": 0,
        "endRowIndex": size["rowCount"],
        "startColumnIndex": 0,
        "endColumnIndex": size["columnCount"],
    }
    rows = [
        {"values": [_line_cell(cell, first=rank == 0, alone=len(line) == 1) for rank, cell in enumerate(line)]}
        for line in lines
    ]
    yield {"updateCells": {"range": box, "rows": rows, "fields": "userEnteredValue,userEnteredFormat,note"}}
    yield width(gid, 0, 260)
    yield width(gid, 1, 720)


def _line_cell(text: str, *, first: bool, alone: bool) -> dict[str, Any]:
    sizes = {_TITLE: 16, _HEADING: 12}
    size = next((points for mark, points in sizes.items() if text.startswith(mark)), 10)
    look = {
        "textFormat": {"bold": size in sizes.values() or (first and not alone), "fontSize": size},
        "wrapStrategy": "OVERFLOW_CELL" if alone else "WRAP",
        "verticalAlignment": "TOP",
    }
    return {**text_cell(_shown(text)), "userEnteredFormat": look}
