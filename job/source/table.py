"""A grid of text → titles, merges, links → Snapshot. Pure.

A Google tab and a CSV file become grids first, so that titles and tabs are judged in one place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import pandas as pd

from job.content import echo
from job.model import ROLES, UNCHANGED, Finding, JobError, Severity, Snapshot, Tab, cell_link
from job.source.titles import Header, find_header, nearest_titles, where
from job.text import clean, fold

if TYPE_CHECKING:
    from job.config import Config

# Tabs written by the job, never read as data: known by their title, or by their number when somebody renamed them.
FEEDBACK_TAB, FEEDBACK_GID = "Contrôle automatique", 1_020_230_138
INSTRUCTIONS_TAB, INSTRUCTIONS_GID = "Mode d'emploi", 1_020_230_139


def refuse(sentence: str, ending: str = UNCHANGED) -> NoReturn:
    raise JobError(f"{sentence} {ending}")


@dataclass(frozen=True)
class Grid:
    """One tab. Rows and columns are counted from 0 here, from 1 and A in everything a person reads."""

    title: str
    gid: int | None  # None: a CSV export
    rows: Sequence[Sequence[str]]  # ragged
    hidden: bool = False
    links: Mapping[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)  # (row, column) → addresses on it
    merges: Sequence[tuple[int, int, int]] = ()  # (first row, row after the last one, left column)
    hidden_rows: frozenset[int] = frozenset()
    struck_rows: frozenset[int] = frozenset()

    @property
    def name(self) -> str:
        """Its title, as it may be repeated."""
        return echo(self.title) or "?"

    @property
    def place(self) -> str:
        """How a message names it."""
        return f"{'Fichier' if self.gid is None else 'Onglet'} « {self.name} »"


# --- which tabs are read -----------------------------------------------------------------------------------------


def own_grid(grids: Sequence[Grid], title: str, gid: int) -> Grid | None:
    """The tab of ours with this title, or else with this number; None when there is none."""
    return next((grid for grid in grids if fold(clean(grid.title)) == fold(title)), None) or next(
        (grid for grid in grids if grid.gid == gid), None
    )


def chosen_grids(grids: Sequence[Grid], config: Config) -> list[tuple[Grid, bool]]:
    """The tabs that may be read, in the sheet's order; titles are expected in those that config.toml names."""
    ours = {fold(FEEDBACK_TAB), fold(INSTRUCTIONS_TAB), FEEDBACK_GID, INSTRUCTIONS_GID}
    grids = [grid for grid in grids if not {fold(clean(grid.title)), grid.gid} & ours]
    if not config.sheet.tabs:
        return [(grid, False) for grid in grids if not grid.hidden]
    named = {_named(wanted, grids).gid for wanted in config.sheet.tabs}
    return [(grid, True) for grid in grids if grid.gid in named]


def _named(wanted: str | int, grids: Sequence[Grid]) -> Grid:
    alike = [grid for grid in grids if wanted in (grid.gid, grid.title)]
    if not alike and isinstance(wanted, str):
        alike = [grid for grid in grids if fold(clean(grid.title)) == fold(clean(wanted))]
    if len(alike) != 1:
        name = f"gid {wanted}" if isinstance(wanted, int) else f"« {wanted} »"
        existing = ", ".join(f"« {grid.name} » (gid {grid.gid})" for grid in grids)
        refuse(
            f"L'onglet {name} n'existe pas dans la feuille. Onglets existants : {existing or 'aucun'}. "
            "Corrigez sheet.tabs dans config.toml."
        )
    return alike[0]


def build_snapshot(source: str, sheet_id: str, grids: Sequence[tuple[Grid, bool]], config: Config) -> Snapshot:
    """The rows of these grids, below their titles. Each comes with whether its titles are expected.

    Raises:
        JobError: a tab lacks a title, or has one twice; no tab has the titles.
    """
    tables, findings = _tables(grids, sheet_id, config)
    if not tables:
        _refuse_without_tabs([grid for grid, _ in grids], findings, config)
    tabs: list[Tab] = []
    for grid, header, found in tables:
        told = [*_own_columns(grid, header, sheet_id, config), *_unseen_rows(grid, found["row"], sheet_id)]
        findings += told
        letters = {name: where(None, header.columns[name]) for name in config.fields if name in header.columns}
        has_addresses = any(finding.code == _ADDRESSES for finding in told)
        tabs.append(Tab(grid.name, grid.gid, letters, header.row + 1, has_addresses))
    return Snapshot(source, sheet_id, tuple(tabs), _joined([found for _, _, found in tables]), tuple(findings))


def _joined(tables: Sequence[Mapping[str, list[Any]]]) -> pd.DataFrame:
    """The rows of all tabs. A column that a tab lacks is empty there; every role has one."""
    names = dict.fromkeys(("tab", "row", *ROLES, *(name for found in tables for name in found)))
    rows: dict[str, list[Any]] = {name: [] for name in names}
    for number, found in enumerate(tables):
        count = len(found["row"])
        for name, cells in rows.items():
            cells.extend([number] * count if name == "tab" else found.get(name) or [""] * count)
    return pd.DataFrame(
        {name: pd.Series(cells, dtype="int64" if name in ("tab", "row") else "object") for name, cells in rows.items()}
    )


Table = tuple[Grid, Header, dict[str, list[Any]]]


def _tables(grids: Sequence[tuple[Grid, bool]], sheet_id: str, config: Config) -> tuple[list[Table], list[Finding]]:
    """The tabs that are data, with their rows; and a remark on each other one."""
    tables: list[Table] = []
    findings: list[Finding] = []
    seen: set[tuple[str, str]] = set()  # the datasets of the tabs that were read
    for grid, expected in grids:
        header = find_header(grid, config, expected=expected)
        if header is None:
            findings.append(_own_tab(grid, sheet_id))
            continue
        found = _rows(grid, header, config)
        datasets = set(zip(found["category"], found["name"], strict=True)) if len(grids) > 1 else set()
        if not expected and (config.sheet.ignores(grid.title) or _is_copy(datasets, seen)):
            findings.append(_copied_tab(grid, sheet_id))
            continue
        seen |= datasets
        tables.append((grid, header, found))
    return tables, findings


_COPY, _ADDRESSES = "onglet-copie", "colonne-d-adresses"
_LEAST_SHARED = 3  # rows


def _is_copy(datasets: set[tuple[str, str]], seen: set[tuple[str, str]]) -> bool:
    """Whether two thirds of these datasets stand in a tab that was read: two ministries' tabs share none."""
    shared = len({dataset for dataset in datasets if dataset[1]} & seen)
    return shared >= _LEAST_SHARED and shared * 3 >= len(datasets) * 2


def _refuse_without_tabs(grids: Sequence[Grid], findings: Sequence[Finding], config: Config) -> NoReturn:
    copies = [finding.tab for finding in findings if finding.code == _COPY]
    if copies:
        refuse(
            f"Onglet « {copies[0]} » : il porte les titres attendus, mais son nom est celui d'une copie, d'une archive "
            "ou d'un brouillon (sheet.ignore dans config.toml). Renommez-le, ou indiquez-le dans sheet.tabs."
        )
    titles = ", ".join(f"« {column.title} »" for column in config.columns if column.required)
    seen = next((text for grid in grids if (text := nearest_titles(grid, config))), "")
    refuse(
        f"Aucun onglet visible du tableau ne porte les titres attendus ({titles}) dans ses dix premières lignes."
        f"{f' Titres lus : {seen}.' if seen else ''} "
        "Rétablissez-les, ou indiquez l'onglet dans config.toml (sheet.tabs)."
    )


# --- the rows of a tab -------------------------------------------------------------------------------------------

_VISIBLE = re.compile("[!-~À-ɏ]")  # settles nearly every row at once; clean() judges the others
_ADDRESS = re.compile("https?://", re.IGNORECASE)


def _rows(grid: Grid, header: Header, config: Config) -> dict[str, list[Any]]:
    """Every column of the snapshot but `tab`, for the rows in which somebody typed something."""
    # What stands above the titles is a preamble, unless a sort has taken a dataset there.
    above = [cells if _is_dataset(cells, header, config) else [] for cells in grid.rows[: header.row]]
    body = [*above, [], *grid.rows[header.row + 1 :]]
    known = {name: _column(body, column) for name, column in header.columns.items()}
    texts = map("".join, zip(*known.values(), strict=True))
    filled = [row for row, text in enumerate(texts) if _VISIBLE.search(text) or clean(text)]
    link, link_at = _links(_spread(known, grid, header), header, known, len(body))
    columns = {**known, "link": link, "link_at": link_at}
    if len(filled) < len(body):
        columns = {name: [cells[row] for row in filled] for name, cells in columns.items()}
    return {"row": [1 + row for row in filled], **columns}


def _column(body: Sequence[Sequence[str]], column: int) -> list[str]:
    return [cells[column] if column < len(cells) else "" for cells in body]


Links = dict[tuple[int, int], tuple[str, ...]]


def _spread(known: dict[str, list[str]], grid: Grid, header: Header) -> Links:
    """The links; a merged cell is seen on every row it covers, and so is its link."""
    links = dict(grid.links)
    fields = {column: name for name, column in header.columns.items()}
    for first, end, column in (merge for merge in grid.merges if merge[2] in fields and merge[0] > header.row):
        cells = known[fields[column]]
        for row in (row for row in range(first + 1, min(end, len(cells))) if not clean(cells[row])):
            cells[row] = cells[first]
            if (first, column) in links:
                links[row, column] = links[first, column]
    return links


def _links(links: Links, header: Header, known: Mapping[str, list[str]], height: int) -> tuple[list[str], list[str]]:
    """For each row the address placed on a cell other than the address's own, and the field of that cell.

    The name's comes first, then the one on any other cell that is read. Several addresses are given together: a rule
    says so. An address cell that reads « Lien » holds its link instead.
    """
    fields = {column: name for name, column in header.columns.items()}
    found: dict[int, dict[str, str]] = {}
    for (row, column), addresses in links.items():
        name = fields.get(column) if row < height else None
        if name == "url" and not _ADDRESS.match(clean(known["url"][row])):
            known["url"][row] = " ".join(addresses)
        elif name:
            found.setdefault(row, {})[name] = " ".join(addresses)
    link, link_at = [""] * height, [""] * height
    for row, by_field in found.items():
        link_at[row] = "name" if "name" in by_field else next(iter(by_field))
        link[row] = by_field.get("name") or " ".join(dict.fromkeys(by_field.values()))
    return link, link_at


def _is_dataset(cells: Sequence[str], header: Header, config: Config) -> bool:
    """Whether a row above the titles is a dataset all the same: its category or its status is one of ours."""
    return any(
        fold(clean(cells[header.columns[name]])) in config.lookup[name]
        for name in ("category", "status")
        if header.columns[name] < len(cells)
    )


# --- what is told of a tab ---------------------------------------------------------------------------------------


def _own_tab(grid: Grid, sheet_id: str) -> Finding:
    return Finding(
        Severity.INFO,
        "onglet-ignore",
        "cet onglet n'a pas été lu : il ne porte pas les titres attendus dans ses dix premières lignes.",
        "S'il contient des lignes à publier, donnez-lui les mêmes titres de colonnes qu'aux autres onglets.",
        tab=grid.name,
        link=cell_link(sheet_id, grid.gid),
    )


def _copied_tab(grid: Grid, sheet_id: str) -> Finding:
    return Finding(
        Severity.TO_FIX,
        _COPY,
        "cet onglet est une copie, une archive ou un brouillon : il n'a pas été lu.",
        "Masquez-le ou supprimez-le ; s'il est à publier, renommez-le et retirez les lignes en double.",
        tab=grid.name,
        link=cell_link(sheet_id, grid.gid),
    )


_LOOKED_AT = 60  # columns: beyond, nobody types a dataset


def _own_columns(grid: Grid, header: Header, sheet_id: str, config: Config) -> Iterator[Finding]:
    """Somebody's own columns; where there is no address column, one whose title should be that."""
    titles, body = grid.rows[header.row], grid.rows[header.row + 1 :]
    width = max(len(titles), min(max(map(len, body), default=0), _LOOKED_AT))
    for column in sorted(set(range(width)) - set(header.columns.values())):
        title = echo(titles[column]) if column < len(titles) else ""
        cells = [text for line in body if column < len(line) and (text := clean(line[column]))]
        if title or cells:
            are_addresses = sum(bool(_ADDRESS.match(text)) for text in cells) * 2 > len(cells)
            is_wanted = are_addresses and "url" not in header.columns and config.has("url")
            cell = where(header.row, column)
            link = cell_link(sheet_id, grid.gid, cell)
            said = _own_column(title, config.title("url") if is_wanted else "")
            yield Finding(*said, tab=grid.name, cell=cell, row=header.row + 1, column=title, link=link)


def _own_column(title: str, wanted: str) -> tuple[Severity, str, str, str]:
    if wanted:
        problem = "cette colonne contient des adresses, mais son titre n'est pas connu : elles ne sont pas publiées."
        return Severity.TO_FIX, _ADDRESSES, problem, f"Donnez-lui le titre « {wanted} »."
    reason = "n'est pas connue" if title else "n'a pas de titre"
    return Severity.INFO, "colonne-ignoree", f"cette colonne {reason} : elle n'est pas publiée.", ""


def _unseen_rows(grid: Grid, numbers: Sequence[int], sheet_id: str) -> Iterator[Finding]:
    """The rows that are read although they look withdrawn."""
    for rows, code, look, hide in (
        (grid.hidden_rows, "ligne-masquee", "masquée", "masquer"),
        (grid.struck_rows, "ligne-barree", "barrée", "barrer"),
    ):
        count = sum(number - 1 in rows for number in numbers)
        if count:
            several = f"{count} lignes {look}s ont été lues comme les autres."
            problem = f"1 ligne {look} a été lue comme les autres." if count == 1 else several
            remedy = f"Pour qu'une ligne ne soit plus publiée, supprimez-la : {hide} ne suffit pas."
            yield Finding(Severity.INFO, code, problem, remedy, tab=grid.name, link=cell_link(sheet_id, grid.gid))
