"""The row of titles of a tab: which column holds which field. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING

from job.content import echo
from job.model import UNCHANGED, JobError
from job.text import clean, fold, title_key

if TYPE_CHECKING:
    from job.config import Config
    from job.source.table import Grid

_HEADER_WITHIN = 10  # rows from the top
_LEAST_TITLES = 3  # a tab with fewer of our very titles is somebody's own
_MOST_SHOWN = 5


@dataclass(frozen=True)
class Header:
    """Where the titles stand, counted from 0."""

    row: int
    columns: Mapping[str, int]  # field → column


def where(row: int | None, column: int) -> str:
    """« F1 » for a row and a column counted from 0; « F » without a row."""
    letters = ""
    while column >= 0:
        letters = chr(ord("A") + column % 26) + letters
        column = column // 26 - 1
    return letters if row is None else f"{letters}{row + 1}"


def most_titles(rows: Iterable[Sequence[str]], config: Config) -> int:
    """How many required titles that one of the first rows has that has most of them."""
    return max((_count(cells, config) for cells in islice(rows, _HEADER_WITHIN)), default=0)


def _count(cells: Sequence[str], config: Config) -> int:
    found = {config.titles.get(title_key(cell)) for cell in cells}
    return sum(column.required and column.field in found for column in config.columns)


def find_header(grid: Grid, config: Config, *, expected: bool) -> Header | None:
    """The row of titles, None when the tab is somebody's own and no titles are expected of it.

    Raises:
        JobError: one title is missing, or stands there twice; or several are missing where they are expected.
    """
    first_rows = enumerate(grid.rows[:_HEADER_WITHIN])
    row, titles = max(first_rows, key=lambda line: _count(line[1], config), default=(0, ()))
    columns = _columns(titles, config)
    missing = [column.title for column in config.columns if column.required and column.field not in columns]
    if missing:
        ours = sum(title_key(titles[at]) == title_key(config.title(field)) for field, (at, *_) in columns.items())
        is_own = len(missing) > 1 or ours < _LEAST_TITLES or config.sheet.ignores(grid.title)
        if is_own and not expected:
            return None
        what = "la colonne" if len(missing) == 1 else "les colonnes"
        unknown = _unknown(row, titles, missing, config)
        remedy = "Rétablissez les titres de colonnes, sur une même ligne, parmi les dix premières."
        raise JobError(f"{grid.place} : il manque {what} « {' », « '.join(missing)} ».{unknown} {remedy} {UNCHANGED}")
    for field, (one, *others) in columns.items():
        if others:
            cells = f"{_seen(row, one, titles)} et en {_seen(row, others[0], titles)}"
            twice = f"la colonne « {config.title(field)} » existe deux fois, en {cells}."
            raise JobError(f"{grid.place} : {twice} Supprimez ou renommez l'une des deux. {UNCHANGED}")
    return Header(row, {field: at for field, (at, *_) in columns.items()})


def _columns(titles: Sequence[str], config: Config) -> dict[str, list[int]]:
    """Field → its column; or several, when nothing says which of them is ours.

    A title wins over an alias; one of our table over one of another, beyond an empty title; one without marks over one
    with marks.
    """
    fields = [config.titles.get(title_key(title), "") for title in titles]
    stretches = groupby(range(len(titles)), key=lambda at: bool(clean(titles[at])))
    tables = [set(stretch) for is_filled, stretch in stretches if is_filled]
    ours = max(tables, key=lambda table: sum(bool(fields[at]) for at in table), default=set())
    columns: dict[str, list[int]] = {}
    for field in filter(None, dict.fromkeys(fields)):
        wanted = config.title(field)
        ranks = {
            at: (title_key(title) == title_key(wanted), at in ours, fold(clean(title)) == fold(wanted))
            for at, title in enumerate(titles)
            if fields[at] == field
        }
        columns[field] = [at for at, rank in ranks.items() if rank == max(ranks.values())]
    return columns


def _unknown(row: int, titles: Sequence[str], missing: Sequence[str], config: Config) -> str:
    """A sentence with the titles that nobody knows, those most like a missing one first."""
    from rapidfuzz import fuzz  # only a refusal pays for it  # noqa: PLC0415

    others = [at for at, title in enumerate(titles) if title_key(title) not in config.titles and clean(title)]
    others.sort(key=lambda at: max(fuzz.WRatio(fold(titles[at]), fold(title)) for title in missing), reverse=True)
    seen = ", ".join(_seen(row, at, titles) for at in others[:_MOST_SHOWN])
    return f" Titres non reconnus : {seen}." if seen else ""


def _seen(row: int, column: int, titles: Sequence[str]) -> str:
    return f"{where(row, column)} « {echo(titles[column]) or '?'} »"
