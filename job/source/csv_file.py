"""A CSV export → Snapshot."""

from __future__ import annotations

import csv
from pathlib import Path
from sys import intern

from job.config import Config
from job.model import UNCHANGED, JobError, Snapshot
from job.source.table import Grid, best_titles, build_snapshot
from job.text import clean


def read_csv(path: Path, config: Config) -> Snapshot:
    """The rows of a CSV export: comma, semicolon or tab; UTF-8 with or without byte order mark.

    A row's number is its number in the sheet: a line break inside quotes does not count. There is nothing to link to.

    Raises:
        JobError: not readable, not CSV in UTF-8, or without the columns that are required.
    """
    place = f"Fichier « {path} »"
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = {}  # delimiter → how many of our titles it shows
            for delimiter in ",;\t":
                records = csv.reader(file, delimiter=delimiter)
                found[delimiter] = best_titles(records, config)[0]
                file.seek(0)
            records = csv.reader(file, delimiter=max(found, key=found.__getitem__), strict=True)
            rows = [list(map(intern, cells)) for cells in records]  # labels come back: kept once
    except OSError:
        sentence = f"{place} introuvable ou illisible. Vérifiez le chemin donné à --from."
    except UnicodeDecodeError:
        sentence = f"{place} : ce n'est pas un CSV en UTF-8. Enregistrez le tableau au format « CSV UTF-8 »."
    except csv.Error:
        problem = "des guillemets sont mal placés, ou une cellule est trop longue"
        sentence = f"{place}, vers la ligne {records.line_num} : {problem}. Exportez à nouveau le tableau."
    else:
        name = clean(path.name)
        return build_snapshot(name, "", [Grid(name, None, rows, is_expected=True)], config)
    raise JobError(f"{sentence} {UNCHANGED}")
