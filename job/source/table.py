"""A grid of text → titles, merges, links → Snapshot. Pure.

A Google tab and a CSV file become grids first, so that titles and tabs are judged in one place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING

import pandas as pd

from job.content import echo
from job.model import ROLES, UNCHANGED, Finding, JobError, Severity, Snapshot, Tab, cell_link
from job.source.titles import Header, find_header, most_titles, where
from job.text import clean, fold, plural

if TYPE_CHECKING:
    from job.config import Config

# Tabs written by the job, never read as data: known by their title, or by their number when somebody renamed them.
FEEDBACK_TAB, FEEDBACK_GID = "Contrôle automatique", 1_020_230_138
INSTRUCTIONS_TAB, INSTRUCTIONS_GID = "Mode d'emploi", 1_020_230_139


@dataclass(frozen=True)
class Grid:
    """One tab. Rows and columns are counted from 0 here, from 1 and A in everything a person reads."""

    title: str
    gid: int | None  # None: a CSV export
    rows: Sequence[Sequence[str]]  # ragged
    hidden: bool = False
    links: Mapping[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)  # (row, column) → addresses on it
    merges: Sequence[tuple[int, int, int]] = ()  # (first row, row after the last one, left column)
    withdrawn_rows: frozenset[int] = frozenset()  # hidden or struck through: they look as if they did not count

    @property
    def name(self) -> str:
        """Its title, as it may be repeated."""
        return echo(self.title) or "?"

    @property
    def place(self) -> str:
        """How a message names it."""
        return f"{'Fichier' if self.gid is None else 'Onglet'} « {self.name} »"

    @cached_property
    def keys(self) -> set[str]:
        """What it may be named by: its folded title, and its number."""
        return {fold(clean(self.title)), str(self.gid)}


# --- which tabs are read -----------------------------------------------------------------------------------------


def own_grid(grids: Sequence[Grid], title: str, gid: int) -> Grid | None:
    """The tab of ours with this title, or else with this number; None when there is none."""
    return next((grid for key in (fold(title), str(gid)) for grid in grids if key in grid.keys), None)


def chosen_grids(grids: Sequence[Grid], config: Config) -> list[tuple[Grid, bool]]:
    """The tabs that may be read, in the sheet's order; titles are expected in those that config.toml names."""
    ours = {fold(FEEDBACK_TAB), fold(INSTRUCTIONS_TAB), str(FEEDBACK_GID), str(INSTRUCTIONS_GID)}
    grids = [grid for grid in grids if not grid.keys & ours]
    if not config.sheet.tabs:
        return [(grid, False) for grid in grids if not grid.hidden]
    wanted = {fold(clean(str(tab))): tab for tab in config.sheet.tabs}
    absent = wanted.keys() - set().union(*(grid.keys for grid in grids))
    if absent:
        existing = ", ".join(f"« {grid.name} » (gid {grid.gid})" for grid in grids)
        problem = f"L'onglet « {wanted[min(absent)]} » n'existe pas dans la feuille. Onglets existants : {existing}."
        raise JobError(f"{problem} Corrigez sheet.tabs dans config.toml. {UNCHANGED}")
    return [(grid, True) for grid in grids if grid.keys & wanted.keys()]


# --- the tabs that are data --------------------------------------------------------------------------------------

_LEAST_SHARED = 3  # datasets: two ministries' tabs share none

# What is told of a tab, or of one of its columns. Where it stands is added when it is told.
_OWN_TAB = Finding(
    Severity.INFO,
    "onglet-ignore",
    "cet onglet n'a pas été lu : il ne porte pas les titres attendus dans ses dix premières lignes.",
    "S'il contient des lignes à publier, donnez-lui les mêmes titres de colonnes qu'aux autres onglets.",
)
_COPY = Finding(
    Severity.TO_FIX,
    "onglet-copie",
    "cet onglet est une copie, une archive ou un brouillon : il n'a pas été lu.",
    "Masquez-le ou supprimez-le ; s'il est à publier, renommez-le et retirez les lignes en double.",
)
_OWN_COLUMN = Finding(Severity.INFO, "colonne-ignoree", "cette colonne n'est pas connue : elle n'est pas publiée.")
_ADDRESSES = Finding(
    Severity.TO_FIX,
    "colonne-d-adresses",
    "cette colonne contient des adresses, mais son titre n'est pas connu : elles ne sont pas publiées.",
)
_NO_TAB = (
    "Aucun onglet n'a été lu. Ceux qui sont masqués, et ceux dont le nom est celui d'une copie, d'une archive ou d'un "
    "brouillon (sheet.ignore), ne le sont que si config.toml les nomme dans sheet.tabs."
)


def build_snapshot(source: str, sheet_id: str, grids: Sequence[tuple[Grid, bool]], config: Config) -> Snapshot:
    """The rows of these grids, below their titles. Each comes with whether its titles are expected.

    Raises:
        JobError: a tab lacks a title, or has one twice; no tab has the titles.
    """
    tabs: list[Tab] = []
    frames: list[pd.DataFrame] = []
    findings: list[Finding] = []
    for grid, expected in grids:
        header = find_header(grid, config, expected=expected)
        rows = _rows(grid, header, len(frames), config) if header else pd.DataFrame()
        if not header:
            told = [_OWN_TAB]
        elif not expected and _is_copy(grid, rows, frames, config):
            told = [_COPY]
        else:
            told = [*_remarks(grid, header, rows, config)]
            letters = {field: where(None, column) for field, column in header.columns.items()}
            has_addresses = any(finding.code == _ADDRESSES.code for finding in told)
            tabs.append(Tab(grid.name, grid.gid, letters, header.row + 1, has_addresses))
            frames.append(rows)
        findings += [replace(it, tab=grid.name, link=cell_link(sheet_id, grid.gid, it.cell)) for it in told]
    if not tabs and grids:
        closest, _ = max(grids, key=lambda it: most_titles(it[0].rows, config))
        find_header(closest, config, expected=True)  # says what it lacks
    if not tabs:
        raise JobError(f"{_NO_TAB} {UNCHANGED}")
    return Snapshot(source, sheet_id, tuple(tabs), pd.concat(frames, ignore_index=True).fillna(""), tuple(findings))


def _is_copy(grid: Grid, rows: pd.DataFrame, others: Sequence[pd.DataFrame], config: Config) -> bool:
    """Whether its title says so, or two thirds of its datasets stand in a tab that was read."""
    datasets, *read = ({*zip(frame["category"], frame["name"], strict=True)} for frame in (rows, *others))
    shared = sum(bool(name) for _, name in datasets & set().union(*read))
    return config.sheet.ignores(grid.title) or (shared >= _LEAST_SHARED and shared * 3 >= len(datasets) * 2)


# --- the rows of a tab -------------------------------------------------------------------------------------------

_ADDRESS = re.compile("https?://", re.IGNORECASE)


def _rows(grid: Grid, header: Header, tab: int, config: Config) -> pd.DataFrame:
    """The rows in which somebody typed something, as in a Snapshot.

    What stands above the titles is a preamble, unless a sort has taken a dataset there: its category or its status is
    one of ours.
    """
    columns = {
        field: [cells[at] if at < len(cells) else "" for cells in grid.rows] for field, at in header.columns.items()
    }
    filled = [row for row in range(len(grid.rows)) if _is_data(row, columns, header, config)]
    links = _merge_and_link(columns, grid, header)
    placed = [links.get(row, {}) for row in filled]
    texts = {field: [cells[row] for row in filled] for field, cells in columns.items()}
    rows = {
        "tab": tab,
        "row": [row + 1 for row in filled],
        **dict.fromkeys(ROLES, ""),
        **texts,
        "link": [at.get("name") or " ".join(dict.fromkeys(at.values())) for at in placed],
        "link_at": ["name" if "name" in at else next(iter(at), "") for at in placed],
    }
    return pd.DataFrame(rows, dtype=object).astype({"tab": int, "row": int})


def _is_data(row: int, columns: Mapping[str, list[str]], header: Header, config: Config) -> bool:
    if row > header.row:
        return any(clean(cells[row]) for cells in columns.values())
    return any(fold(clean(columns[field][row])) in config.lookup[field] for field in ("category", "status"))


def _merge_and_link(columns: Mapping[str, list[str]], grid: Grid, header: Header) -> dict[int, dict[str, str]]:
    """Row → field → the address placed on that cell, or several. The columns are completed with what people see.

    A merged cell is seen on every row it covers, and so is its link. An address cell that reads « Lien » holds its
    link instead.
    """
    fields = {column: field for field, column in header.columns.items()}
    links = {(row, fields[at]): " ".join(found) for (row, at), found in grid.links.items() if at in fields}
    for first, end, at in grid.merges:
        if at in fields and first > header.row:
            field = fields[at]
            for row in range(first + 1, min(end, len(grid.rows))):
                columns[field][row] = columns[field][first]
                if (first, field) in links:
                    links[row, field] = links[first, field]
    found: dict[int, dict[str, str]] = {}
    for (row, field), addresses in links.items():
        if field != "url":
            found.setdefault(row, {})[field] = addresses
        elif not _ADDRESS.match(clean(columns["url"][row])):
            columns["url"][row] = addresses
    return found


def _remarks(grid: Grid, header: Header, rows: pd.DataFrame, config: Config) -> Iterator[Finding]:
    """Somebody's own columns; without an address column, one whose title should be that; rows that look withdrawn."""
    for column, (typed_title, *cells) in enumerate(zip_longest(*grid.rows[header.row :], fillvalue="")):
        title, texts = echo(typed_title), [text for cell in cells if (text := clean(cell))]
        if column in header.columns.values() or not (title or texts):
            continue
        told = _OWN_COLUMN
        if (
            config.has("url")
            and "url" not in header.columns
            and sum(map(bool, map(_ADDRESS.match, texts))) * 2 > len(texts)
        ):
            told = replace(_ADDRESSES, remedy=f"Donnez-lui le titre « {config.title('url')} ».")
        yield replace(told, cell=where(header.row, column), row=header.row + 1, column=title)
    count = int(rows["row"].isin([row + 1 for row in grid.withdrawn_rows]).sum())
    if count:
        several = "lignes masquées ou barrées ont été lues comme les autres"
        problem = plural(count, "ligne masquée ou barrée a été lue comme les autres", several)
        remedy = "Pour qu'une ligne ne soit plus publiée, supprimez-la : masquer ou barrer ne suffit pas."
        yield Finding(Severity.INFO, "ligne-masquee", f"{problem}.", remedy)
