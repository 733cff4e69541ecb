"""Counts the published CSV by itself, knowing nothing of the job: `python tests/output/recount.py FILE.csv`."""

import csv
import sys
from pathlib import Path

OPEN = {"Partiellement disponible", "Disponible", "Disponible sur data.gouv.fr"}


def recount(path: Path) -> dict[str, list[int]]:
    """Theme ("" for all) → how many datasets, how many accessible, how many categories with one."""
    counted: dict[str, list[int]] = {"": [0, 0, 0]}
    categories: dict[str, set[str]] = {"": set()}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            names_nothing = row["nom"] == row["statut"] and not (
                row["producteur"] or row["ministere"] or row["adresse"]
            )
            if names_nothing:
                continue
            for theme in ("", row["thematique"]):
                figures = counted.setdefault(theme, [0, 0, 0])
                figures[0] += 1
                figures[1] += row["statut"] in OPEN and row["adresse"] != ""
                categories.setdefault(theme, set()).add(row["categorie"])
                figures[2] = len(categories[theme])
    return counted


if __name__ == "__main__":
    for label, (datasets, accessible, covered) in recount(Path(sys.argv[1])).items():
        sys.stdout.write(f"{label or 'Total'} : {datasets} {accessible} {covered}\n")
