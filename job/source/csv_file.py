"""A CSV export → Snapshot."""

from __future__ import annotations

import csv
import io
import itertools
from sys import intern
from typing import TYPE_CHECKING

from job.model import UNCHANGED, JobError, Snapshot
from job.source.table import Grid, build_snapshot, refuse
from job.source.titles import HEADER_WITHIN
from job.text import title_key

if TYPE_CHECKING:
    from pathlib import Path

    from job.config import Config


_EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .xls
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read_csv(path: Path, config: Config) -> Snapshot:
    """The rows of a CSV export: comma, semicolon or tab; UTF-8 with or without byte order mark.

    A row's number is its number in the sheet: a line break inside quotes does not count. There is nothing to link to.

    Raises:
        JobError: not readable, not UTF-8, not CSV, empty, or without the columns that are required.
    """
    raw = _read_bytes(path)
    place = f"Fichier « {path} »"
    if raw.startswith(_EXCEL):
        refuse(f"{place} : c'est un classeur Excel. Enregistrez-le au format CSV UTF-8.")
    if raw.startswith(_UTF_16):
        refuse(f"{place} : le texte n'est pas en UTF-8. Enregistrez-le en UTF-8 (Excel : « CSV UTF-8 »).")
    if b"\0" in raw:
        refuse(f"{place} : ce n'est pas un fichier texte. Exportez le tableau au format CSV.")
    if not raw.removeprefix(b"\xef\xbb\xbf").strip():
        refuse(f"{place} : le fichier est vide. Exportez à nouveau le tableau.")
    records = csv.reader(_text(raw), delimiter=_delimiter(raw, config), strict=True)
    try:
        grid = Grid(path.name, None, [list(map(intern, cells)) for cells in records])  # labels come back: kept once
    except UnicodeDecodeError:
        sentence = f"{place} : le texte n'est pas en UTF-8. Enregistrez-le en UTF-8 (Excel : « CSV UTF-8 »)."
    except csv.Error as error:
        too_long = "une cellule est trop longue, ou " if "field limit" in str(error) else ""
        problem = f"{too_long}des guillemets sont mal placés"
        sentence = f"{place}, vers la ligne {records.line_num} : {problem}. Exportez à nouveau le tableau."
    else:
        return build_snapshot(grid.name, "", [(grid, True)], config)
    raise JobError(f"{sentence} {UNCHANGED}")


def _read_bytes(path: Path) -> bytes:
    place = f"Fichier « {path} »"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        sentence = f"{place} introuvable. Vérifiez le chemin donné à --from."
    except IsADirectoryError:
        sentence = f"{place} : c'est un dossier. Donnez à --from le chemin d'un fichier CSV."
    except OSError as error:
        sentence = f"{place} illisible ({error.strerror}). Vérifiez les droits d'accès."
    raise JobError(f"{sentence} {UNCHANGED}")


def _text(raw: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8-sig", newline="")


def _delimiter(raw: bytes, config: Config) -> str:
    """The one that shows the most known titles in the first rows; the comma when none shows any."""

    def known(delimiter: str) -> int:
        records = itertools.islice(csv.reader(_text(raw), delimiter=delimiter), HEADER_WITHIN)
        try:
            return max(
                (len({config.titles.get(title_key(cell)) for cell in cells} - {None}) for cells in records), default=0
            )
        except (csv.Error, UnicodeDecodeError):
            return 0  # reading it for good says what is wrong

    return max(",;\t", key=known)
