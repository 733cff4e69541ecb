"""Whole nights, played without a network: the example sheet as ministries and accidents edit it.

`make golden` writes the reports of these nights anew (tests/data/reports/). Look at each before it is kept.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from conftest import EXAMPLE, ROOT, SOUND, copy_project, sheet

from job.changes.compare import compare, keep_last_good_versions
from job.config import Config
from job.config_file import load_config
from job.model import ROLES, Night, Record, Snapshot, Verdict
from job.output.report import render_report
from job.rules.judge import judge

REPORTS = ROOT / "tests" / "data" / "reports"
MARKER = "<!-- empreinte : 0000000000000000 -->"

Row = Mapping[str, str]


def example_rows() -> list[dict[str, str]]:
    """The 97 rows of the example."""
    with EXAMPLE.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    return [dict.fromkeys(SOUND, "") | dict(zip(ROLES, row, strict=True)) for row in rows]


def google_sheet(rows: Iterable[Row]) -> Snapshot:
    """These rows as one tab of a Google Sheet, from line 2 on."""
    return sheet(*rows, sheet_id="1AbC")


def published_from(rows: Iterable[Row], config: Config) -> tuple[Record, ...]:
    """What a first night publishes of these rows."""
    return judge(google_sheet(rows), config).records


def play(
    snapshot: Snapshot,
    config: Config,
    published: Sequence[Record] = (),
    under_review: Sequence[Record] | None = None,
    **parts: Any,
) -> Night:
    """The night on which this sheet is read, over what is published."""
    verdict = judge(snapshot, config)
    records, kept = keep_last_good_versions(published, verdict, config)
    return night_of(snapshot, verdict, published, records, under_review, kept=kept, **parts)


def night_of(
    snapshot: Snapshot,
    verdict: Verdict,
    published: Sequence[Record],
    records: Sequence[Record],
    under_review: Sequence[Record] | None = None,
    **parts: Any,
) -> Night:
    """A night that would publish these records, over what is published."""
    changes = compare(published, records)
    given: dict[str, Any] = {
        "snapshot": snapshot,
        "verdict": verdict,
        "published": tuple(published),
        "records": tuple(records),
        "changes": changes,
        "kept": (),
        "since_review": None if under_review is None else compare(under_review, records),
        "fingerprint": "0" * 16,
        "differs": bool(changes),
        "decision": "open",
        "run": "https://github.com/o/r/actions/runs/42",
        "has_preview": True,
    }
    return Night(**{**given, **parts})


def edited(rows: Iterable[Row], edits: Mapping[str, Row | None]) -> list[Row]:
    """The rows with these cells changed, by the dataset's name; None takes its rows away."""
    return [{**row, **(edits.get(row["name"]) or {})} for row in rows if edits.get(row["name"], {}) is not None]


ADDED = SOUND | {
    "theme": "Données sur la mobilité",
    "category": "Réseaux de transport",
    "name": "Base nationale des lieux de covoiturage",
    "producer": "",
    "status": "Disponible sur data.gouv.fr",
    "url": "https://www.data.gouv.fr/fr/datasets/base-nationale-des-lieux-de-covoiturage/",
}
# One of each kind: a removal and a move that each empty a category, a status, a rename, and a row broken tonight.
FIVE_CHANGES: Mapping[str, Row | None] = {
    "Tourisme": None,
    "Mortalité": {"status": "Partiellement disponible"},
    "Zonage en potentiel radon": {"name": "Zonage du potentiel radon des communes"},
    "Cadastre": {"category": "Parcelles de référence"},
    "Fécondité": {"status": "Dispo"},
}


def quiet(config: Config) -> Night:
    """Nothing changed."""
    rows = example_rows()
    return play(google_sheet(rows), config, published_from(rows, config), decision="none")


def first(config: Config) -> Night:
    """Nothing was published yet."""
    return play(google_sheet(example_rows()), config)


def mixed(config: Config) -> Night:
    """Five changes, and one row broken tonight."""
    rows = example_rows()
    return play(google_sheet([*edited(rows, FIVE_CHANGES), ADDED]), config, published_from(rows, config))


def update(config: Config) -> Night:
    """The same, while yesterday's version of it waits for its reviewer."""
    rows = example_rows()
    yesterday = {name: edit for name, edit in FIVE_CHANGES.items() if name not in ("Mortalité", "Fécondité")}
    under_review = published_from(edited(rows, yesterday), config)
    after = google_sheet([*edited(rows, FIVE_CHANGES), ADDED])
    return play(after, config, published_from(rows, config), under_review, decision="update")


def many(config: Config) -> Night:
    """5 000 rows: 1 500 removed, 2 000 modified, 1 500 added."""
    rows = [SOUND | {"name": f"Jeu n° {n}", "url": f"https://x.fr/{n}"} for n in range(5_000)]
    moved_on = [row | {"status": "Planifié"} for row in rows[1_500:3_500]]
    new = [row | {"name": f"Nouveau {row['name']}", "url": f"{row['url']}/bis"} for row in rows[:1_500]]
    return play(google_sheet([*moved_on, *rows[3_500:], *new]), config, published_from(rows, config))


NIGHTS: Mapping[str, Callable[[Config], Night]] = {
    "quiet": quiet,
    "first": first,
    "mixed": mixed,
    "update": update,
    "many": many,
}


def main(folder: Path = REPORTS) -> None:
    """Write the report of each night."""
    with TemporaryDirectory() as project:
        config = load_config(copy_project(Path(project)))
        folder.mkdir(parents=True, exist_ok=True)
        for name, night in NIGHTS.items():
            (folder / f"{name}.md").write_bytes(render_report(night(config), config))


if __name__ == "__main__":
    main()
