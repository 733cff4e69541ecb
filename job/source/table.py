"""A grid of text (a Google tab, a CSV file) → titles, merges, links → Snapshot. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby, islice, zip_longest
from typing import Any

import pandas as pd

from job.config import Config
from job.content import echo
from job.model import ROLES, UNCHANGED, Finding, JobError, Severity, Snapshot, Tab
from job.text import clean, fold, plural, title_key

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
    is_expected: bool = False  # to have our titles: config.toml names it, or it is the one table of a CSV export
    resource: Mapping[str, Any] = field(default_factory=dict, compare=False)  # as Google describes it

    @property
    def name(self) -> str:
        """Its title, as it may be repeated."""
        return echo(self.title) or "?"

    @property
    def place(self) -> str:
        """What a sentence begins with."""
        return f"{'Fichier' if self.gid is None else 'Onglet'} « {self.name} »"

    @cached_property
    def keys(self) -> set[str]:
        """What it may be named by: its folded title, and its number."""
        return {fold(clean(self.title)), str(self.gid)}


# --- which tabs are read -----------------------------------------------------------------------------------------


def our_tab(grids: Sequence[Grid], title: str, gid: int) -> Grid | None:
    """The tab of ours with this title, or else with this number; None when there is none."""
    return next((grid for key in (fold(title), str(gid)) for grid in grids if key in grid.keys), None)


def chosen_grids(grids: Sequence[Grid], config: Config) -> list[Grid]:
    """The tabs that may be read, in the sheet's order."""
    ours = {fold(FEEDBACK_TAB), fold(INSTRUCTIONS_TAB), str(FEEDBACK_GID), str(INSTRUCTIONS_GID)}
    grids = [grid for grid in grids if not grid.keys & ours]
    if not config.sheet.tabs:
        return [grid for grid in grids if not grid.hidden]
    wanted = {fold(clean(str(tab))): tab for tab in config.sheet.tabs}
    absent = wanted.keys() - set().union(*(grid.keys for grid in grids))
    if absent:
        existing = ", ".join(f"« {grid.name} » (gid {grid.gid})" for grid in grids)
        problem = f"L'onglet « {wanted[min(absent)]} » n'existe pas dans la feuille. Onglets existants : {existing}."
        raise JobError(f"{problem} Corrigez sheet.tabs dans config.toml. {UNCHANGED}")
    return [replace(grid, is_expected=True) for grid in grids if grid.keys & wanted.keys()]


# --- which column holds which field ------------------------------------------------------------------------------

_HEADER_WITHIN = 10  # rows from the top
_LEAST_TITLES = 3  # a tab with fewer of our very titles is somebody's own
_MOST_SHOWN = 5  # titles that nobody knows, in a refusal


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


def best_titles(rows: Iterable[Sequence[str]], config: Config) -> tuple[int, int, Sequence[str]]:
    """Of the first rows, the first with the most required titles: how many it has, its number from 0, its cells."""
    required = {column.field for column in config.columns if column.required}
    fields = [(cells, {config.titles.get(title_key(cell)) for cell in cells}) for cells in islice(rows, _HEADER_WITHIN)]
    counts = [(len(required & found), row, cells) for row, (cells, found) in enumerate(fields)]
    return max(counts, key=lambda count: count[0], default=(0, 0, ()))


def find_header(grid: Grid, config: Config) -> Header | None:
    """The row of titles, None when the tab is somebody's own and no titles are expected of it.

    Raises:
        JobError: one title is missing, or stands there twice; or several are missing where they are expected.
    """
    _, row, titles = best_titles(grid.rows, config)
    found = _columns(titles, config)
    columns = {field: at for field, (at, *_) in found.items()}
    missing = [column.title for column in config.columns if column.required and column.field not in columns]
    if missing:
        if not grid.is_expected and (len(missing) > 1 or _is_somebodys(grid, titles, columns, config)):
            return None
        remedy = "Rétablissez les titres de colonnes, sur une même ligne, parmi les dix premières"
        remedy += "." if grid.is_expected else " ; si cet onglet n'est pas à publier, masquez-le."
        raise JobError(f"{grid.place} : {_missing(missing, grid.rows[row:], row, config)} {remedy} {UNCHANGED}")
    for name, (one, *others) in found.items():
        if others:
            cells = f"{_seen(row, one, titles)} et en {_seen(row, others[0], titles)}"
            twice = f"la colonne « {config.title(name)} » existe deux fois, en {cells}."
            raise JobError(f"{grid.place} : {twice} Supprimez ou renommez l'une des deux. {UNCHANGED}")
    return Header(row, columns)


def _is_somebodys(grid: Grid, titles: Sequence[str], columns: Mapping[str, int], config: Config) -> bool:
    """Whether few of its titles are our very own, or its name says that it is no data."""
    ours = sum(title_key(titles[at]) == title_key(config.title(field)) for field, at in columns.items())
    return ours < _LEAST_TITLES or config.sheet.ignores(grid.title)


def _columns(titles: Sequence[str], config: Config) -> dict[str, list[int]]:
    """Field → its column, or all those of which nothing says which one is ours.

    A title wins over an alias; one in our table over one beyond an empty title; one without marks over one with marks.
    """
    fields = [config.titles.get(title_key(title), "") for title in titles]
    stretches = groupby(range(len(titles)), key=lambda at: bool(clean(titles[at])))
    tables = [set(stretch) for is_filled, stretch in stretches if is_filled]
    ours = max(tables, key=lambda table: sum(bool(fields[at]) for at in table), default=set())
    ranks: dict[str, dict[int, tuple[bool, bool, bool]]] = defaultdict(dict)
    for at, (name, title) in enumerate(zip(fields, titles, strict=True)):
        if name:
            wanted = config.title(name)
            is_title, is_bare = title_key(title) == title_key(wanted), fold(clean(title)) == fold(wanted)
            ranks[name][at] = (is_title, at in ours, is_bare)
    return {name: [at for at in found if found[at] == max(found.values())] for name, found in ranks.items()}


def _missing(wanted: Sequence[str], rows: Sequence[Sequence[str]], row: int, config: Config) -> str:
    """What is missing; the titles that nobody knows, those most like a wanted one first; columns without a title."""
    from rapidfuzz import fuzz  # only a refusal pays for it  # noqa: PLC0415

    titles = rows[0] if rows else ()
    others = [at for at, title in enumerate(titles) if title_key(title) not in config.titles and clean(title)]
    others.sort(key=lambda at: max(fuzz.WRatio(fold(titles[at]), fold(title)) for title in wanted), reverse=True)
    unknown = ", ".join(_seen(row, at, titles) for at in others[:_MOST_SHOWN])
    what = f"il manque {'la colonne' if len(wanted) == 1 else 'les colonnes'} « {' », « '.join(wanted)} »."
    has_ours = config.titles.keys() & set(map(title_key, titles))  # else it is no row of titles
    seen = {"Titres non reconnus": unknown, "Titres vides": _untitled(rows, row) if has_ours else ""}
    return " ".join([what, *(f"{kind} : {cells}." for kind, cells in seen.items() if cells)])


def _untitled(rows: Sequence[Sequence[str]], row: int) -> str:
    """The empty titles with something below."""
    columns = enumerate(zip_longest(*rows, fillvalue=""))
    found = (where(row, at) for at, (title, *cells) in columns if not clean(title) and any(map(clean, cells)))
    return ", ".join(islice(found, _MOST_SHOWN))


def _seen(row: int, column: int, titles: Sequence[str]) -> str:
    return f"{where(row, column)} « {echo(titles[column]) or '?'} »"


# --- the tabs that are data --------------------------------------------------------------------------------------

_LEAST_SHARED = 3  # datasets: two ministries' tabs share none

# The findings on a tab, or on one of its columns; its name and cell are added where it is met.
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
_BESIDE = Finding(
    Severity.TO_FIX,
    "second-tableau",
    "un second tableau commence ici : ses lignes ne sont pas lues.",
    "Si elles sont à publier, mettez-les sous celles du premier ; puis effacez ses titres.",
)
_ADDRESSES = Finding(
    Severity.TO_FIX,
    "colonne-d-adresses",
    "cette colonne contient des adresses, mais son titre n'est pas connu : elles ne sont pas publiées.",
)
_NO_TAB = (
    "Aucun onglet n'a été lu. Ceux qui sont masqués, et ceux dont le nom est celui d'une copie, d'une archive ou d'un "
    "brouillon (sheet.ignore), ne le sont que si config.toml les nomme dans sheet.tabs."
)


def build_snapshot(source: str, sheet: str, grids: Sequence[Grid], config: Config) -> Snapshot:
    """The rows of these grids, below their titles; `sheet`: its web address, "" for a file.

    Raises:
        JobError: a tab lacks a title, or has one twice; no tab has the titles.
    """
    tabs: list[Tab] = []
    frames: list[pd.DataFrame] = []
    findings: list[Finding] = []
    for number, grid in enumerate(grids, start=1):
        tab = Tab(grid.name, number, f"{sheet}#gid={grid.gid}" if sheet else "")
        header = find_header(grid, config)
        rows = _rows(grid, header, len(tabs), config) if header else pd.DataFrame()
        if not header:
            remarks = [_OWN_TAB]
        elif not grid.is_expected and _is_copy(grid, rows, frames, config):
            remarks = [_COPY]
        else:
            remarks = [*_remarks(grid, header, rows, config)]
            letters = {field: where(None, column) for field, column in header.columns.items()}
            has_addresses = any(it.code == _ADDRESSES.code for it in remarks)
            tabs.append(replace(tab, columns=letters, header=header.row + 1, has_unknown_addresses=has_addresses))
            frames.append(rows)
        findings += [replace(it, tab=tab.title, link=tab.link(it.cell)) for it in remarks]
    if not tabs:
        if grids:
            closest = max(grids, key=lambda grid: best_titles(grid.rows, config)[0])
            find_header(replace(closest, is_expected=True), config)  # says what it lacks
        raise JobError(f"{_NO_TAB} {UNCHANGED}")
    return Snapshot(source, sheet, tuple(tabs), pd.concat(frames, ignore_index=True).fillna(""), tuple(findings))


def _is_copy(grid: Grid, rows: pd.DataFrame, others: Sequence[pd.DataFrame], config: Config) -> bool:
    """Whether its title says so, or two thirds of its datasets stand in a tab that was read."""
    datasets, *read = ({*zip(frame["category"], frame["name"], strict=True)} for frame in (rows, *others))
    shared = sum(bool(name) for _, name in datasets & set().union(*read))
    return config.sheet.ignores(grid.title) or (shared >= _LEAST_SHARED and shared * 3 >= len(datasets) * 2)


# --- the rows of a tab -------------------------------------------------------------------------------------------

_ADDRESS = re.compile("https?://", re.IGNORECASE)
# Where a link may lead there: on a category it leads to the regulation, in a further column to whatever is told there.
_LEADING_TO_THE_DATASET = ("name", "producer", "ministry", "status", "url")


def _rows(grid: Grid, header: Header, tab: int, config: Config) -> pd.DataFrame:
    """The rows in which somebody typed something, as in a Snapshot. A merged cell is seen on every row it covers."""
    count, fields = len(grid.rows), dict(zip(header.columns.values(), header.columns, strict=True))
    texts = {name: [""] * count for name in (*ROLES, "link_at")}
    for at, name in fields.items():
        texts[name] = [cells[at] if at < len(cells) else "" for cells in grid.rows]
    links: dict[int, dict[str, str]] = defaultdict(dict)  # row → field → address, or several
    for (row, at), addresses in grid.links.items():
        if fields.get(at) in _LEADING_TO_THE_DATASET:
            links[row][fields[at]] = " ".join(addresses)
    for first, end, at in grid.merges:
        if at in fields and first > header.row:  # Google leaves out rows that are empty to the end
            _spread(first, min(end, count), fields[at], texts, links)
    _use_links(texts, links)
    filled = [row for row, cells in enumerate(grid.rows) if _is_data(row, cells, header, config)]
    rows = {"tab": tab, "row": range(1, count + 1), **texts}
    return pd.DataFrame(rows, dtype=object).iloc[filled].astype({"tab": int, "row": int})


def _spread(first: int, end: int, field: str, texts: Mapping[str, list[str]], links: dict[int, dict[str, str]]) -> None:
    """What a merged cell holds, its link too, on every row that it covers."""
    for row in range(first, end):
        texts[field][row] = texts[field][first]
        if field in links.get(first, ()):
            links[row][field] = links[first][field]


def _use_links(texts: Mapping[str, list[str]], links: Mapping[int, Mapping[str, str]]) -> None:
    """An address cell that reads « Lien » holds its link; an empty one holds that of the name, or else all others."""
    for row, found in links.items():
        typed = clean(texts["url"][row])
        at = next(name for name in ("url", "name", *found) if name in found)
        if not (_ADDRESS.match(typed) if at == "url" else typed):
            texts["url"][row] = found[at] if at in ("url", "name") else " ".join(dict.fromkeys(found.values()))
            texts["link_at"][row] = "" if at == "url" else at


def _is_data(row: int, cells: Sequence[str], header: Header, config: Config) -> bool:
    """Whether something was typed below the titles; above them is a preamble, or a dataset that a sort took there."""
    texts = ((field, clean(cells[at])) for field, at in header.columns.items() if at < len(cells))
    if row > header.row:
        return any(text for _, text in texts)
    return any(field in ("category", "status") and fold(text) in config.lookup[field] for field, text in texts)


def _second_table(titles: Sequence[str], header: Header, config: Config) -> list[int]:
    """The columns of a second table beside the first: [] unless it has every title that is required."""
    used = header.columns.values()
    others = [at for at, title in enumerate(titles) if at not in used and title_key(title) in config.titles]
    required = sum(column.required for column in config.columns)
    return others if best_titles([[titles[at] for at in others]], config)[0] == required else []


def _remarks(grid: Grid, header: Header, rows: pd.DataFrame, config: Config) -> Iterator[Finding]:
    """Somebody's own columns; a second table; a column of addresses under another title; rows that look withdrawn."""
    wants_addresses = "url" in config.column and "url" not in header.columns
    second = _second_table(grid.rows[header.row], header, config)
    ours = {*header.columns.values(), *second[1:]}
    for column, (typed_title, *cells) in enumerate(zip_longest(*grid.rows[header.row :], fillvalue="")):
        if column in ours:
            continue
        title, texts = echo(typed_title), [text for cell in cells if (text := clean(cell))]
        remark = _BESIDE if column in second else _OWN_COLUMN
        if wants_addresses and sum(map(bool, map(_ADDRESS.match, texts))) * 2 > len(texts):
            remark = replace(_ADDRESSES, remedy=f"Donnez-lui le titre « {config.title('url')} ».")
        if title or texts:
            yield replace(remark, cell=where(header.row, column), row=header.row + 1, column=title)
    yield from _withdrawn(grid, rows)


def _withdrawn(grid: Grid, rows: pd.DataFrame) -> Iterator[Finding]:
    """How many rows look withdrawn, though they are read."""
    count = int(rows["row"].isin([row + 1 for row in grid.withdrawn_rows]).sum())
    if count:
        several = "lignes masquées ou barrées ont été lues comme les autres"
        problem = plural(count, "ligne masquée ou barrée a été lue comme les autres", several)
        remedy = "Pour qu'une ligne ne soit plus publiée, supprimez-la : masquer ou barrer ne suffit pas."
        yield Finding(Severity.INFO, "ligne-masquee", f"{problem}.", remedy)
