"""The row of titles of a tab: which column holds which field. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from job.content import echo
from job.model import UNCHANGED, JobError
from job.text import clean, fold, nearest, title_key

if TYPE_CHECKING:
    from job.config import Config
    from job.source.table import Grid

HEADER_WITHIN = 10  # rows from the top
_LEAST_TITLES = 3  # a tab with fewer of our very titles is somebody's own


@dataclass(frozen=True)
class Header:
    """Where the titles stand, counted from 0."""

    row: int
    columns: Mapping[str, int]  # field → column


def where(row: int | None, column: int) -> str:
    """« F1 » for a row and a column counted from 0; « F » without a row."""
    letters = ""
    while column >= 0:
        column, letter = divmod(column, 26)
        letters = chr(ord("A") + letter) + letters
        column -= 1
    return letters if row is None else f"{letters}{row + 1}"


def find_header(grid: Grid, config: Config, *, expected: bool) -> Header | None:
    """The row of titles, None when the tab is somebody's own and no titles are expected of it.

    Raises:
        JobError: one title is missing, or stands there twice; or several are missing where they are expected.
    """
    row, titles = _row_of_titles(grid, config)
    columns, twice = _columns(row or 0, titles, config)
    missing = [column.field for column in config.columns if column.required and column.field not in columns]
    if missing and not expected and (len(missing) > 1 or _is_own(grid, titles, columns, config)):
        return None
    if missing:
        _refuse_without(missing, grid, row, titles, columns, config)
    if twice:
        raise JobError(f"{grid.place} : {twice[0]} Supprimez ou renommez l'une des deux. {UNCHANGED}")
    return Header(row or 0, columns)


def _is_own(grid: Grid, titles: Sequence[str], columns: Mapping[str, int], config: Config) -> bool:
    """Whether a tab that lacks one title is nobody's loss: few of its titles are our very own, or it is a copy."""
    ours = sum(title_key(titles[column]) == title_key(config.title(name)) for name, column in columns.items())
    return ours < _LEAST_TITLES or config.sheet.ignores(grid.title)


def _refuse_without(
    missing: Sequence[str],
    grid: Grid,
    row: int | None,
    titles: Sequence[str],
    columns: Mapping[str, int],
    config: Config,
) -> NoReturn:
    place = f"{grid.place}, {'dix premières lignes' if row is None else f'ligne {row + 1}'}"
    names = [config.title(name) for name in missing]
    lacks = (
        f"il manque {'la colonne' if len(names) == 1 else 'les colonnes'} {', '.join(f'« {name} »' for name in names)}."
    )
    seen = _seen(row or 0, titles, set(columns.values()), names)
    unknown = f" Titres non reconnus : {seen}." if seen else ""
    raise JobError(f"{place} : {lacks}{unknown} Rétablissez les titres de colonnes, sur une même ligne. {UNCHANGED}")


def nearest_titles(grid: Grid, config: Config) -> str:
    """What a tab without our titles has instead: « F1 « Statut d'ouv. » », "" when nothing resembles."""
    row, titles = _row_of_titles(grid, config)
    titles = titles or next((cells for cells in grid.rows if any(cells)), ())
    return _seen(row or 0, titles, set(), [column.title for column in config.columns if column.required])


def _row_of_titles(grid: Grid, config: Config) -> tuple[int | None, Sequence[str]]:
    """Of the first rows, the first with every required title, else the one with the most; None when none has any."""
    required = {column.field for column in config.columns if column.required}
    found = [{config.titles.get(title_key(cell)) for cell in cells} - {None} for cells in grid.rows[:HEADER_WITHIN]]
    best = max(found, key=lambda fields: (required <= fields, len(fields) * (not required <= fields)), default=set())
    return (found.index(best), grid.rows[found.index(best)]) if best else (None, ())


def _columns(row: int, titles: Sequence[str], config: Config) -> tuple[dict[str, int], list[str]]:
    """Field → its column; and a sentence for each that could be either of two."""
    known = [config.titles.get(title_key(title)) for title in titles]
    blocks = _blocks(titles)
    main = Counter(block for block, field in zip(blocks, known, strict=True) if field).most_common(1)
    beside = {column for column, block in enumerate(blocks) if main and block == main[0][0]}
    columns: dict[str, int] = {}
    twice: list[str] = []
    for field in filter(None, dict.fromkeys(known)):
        columns[field], *others = _preferred(field, known, titles, beside, config.title(field))
        if others:
            one, other = (f"{where(row, each)} « {echo(titles[each]) or '?'} »" for each in (columns[field], others[0]))
            twice.append(f"la colonne « {config.title(field)} » existe deux fois, en {one} et en {other}.")
    return columns, twice


def _preferred(
    field: str, known: Sequence[str | None], titles: Sequence[str], beside: set[int], title: str
) -> list[int]:
    """A title wins over an alias; one beside the others over one of another table; one without marks over one with."""
    columns = [column for column, each in enumerate(known) if each == field]
    exact = {column for column in columns if title_key(titles[column]) == title_key(title)}
    unmarked = {column for column in columns if fold(clean(titles[column])) == fold(title)}
    for better in (exact, beside, unmarked):
        columns = [column for column in columns if column in better] or columns
    return columns


def _blocks(titles: Sequence[str]) -> list[int]:
    """For each column, the number of the table it belongs to: an empty title parts two tables."""
    blocks, number = [], 0
    for title in titles:
        number += not clean(title)
        blocks.append(number)
    return blocks


def _seen(row: int, titles: Sequence[str], known: set[int], wanted: Sequence[str]) -> str:
    """The titles that nobody knows, those that resemble a wanted one first."""
    others = {column: text for column, title in enumerate(titles) if column not in known and (text := echo(title))}
    close = [column for column, text in others.items() if any(_resembles(text, title) for title in wanted)]
    return ", ".join(f"{where(row, column)} « {others[column]} »" for column in (close or [*others])[:5])


def _resembles(text: str, title: str) -> bool:
    return bool(nearest(text, [title], score=60)) or fold(title)[:5] == fold(text)[:5]
