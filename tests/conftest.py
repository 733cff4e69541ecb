"""What the tests share: the real configuration, sheets made of a few rows, and one profile for Hypothesis."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import settings

from job.config import Config, load_config
from job.model import FIELDS, SNAPSHOT_COLUMNS, Snapshot, Tab

ROOT = Path(__file__).parents[1]

# The same examples on every machine: a failure in CI is a failure here.
settings.register_profile("reproducible", derandomize=True, database=None, deadline=None, max_examples=80)
settings.load_profile("reproducible")


@pytest.fixture(scope="session")
def config() -> Config:
    """The repository's own configuration."""
    return load_config(ROOT / "config.toml")


# A row nobody has anything to say about. It stands in columns A to G, in this order.
SOUND = {
    "theme": "Données géospatiales",
    "category": "Adresses",
    "name": "Base Adresse Nationale",
    "producer": "IGN",
    "ministry": "Ministère de la Transition écologique et de la Cohésion des territoires",
    "status": "Disponible",
    "url": "https://adresse.data.gouv.fr/donnees-nationales",
    "link": "",
}
BLANK = dict.fromkeys(SOUND, "")
LETTERS = dict(zip(FIELDS, "ABCDEFG", strict=True))


def row(**cells: str) -> dict[str, str]:
    """A sound row, but for these cells."""
    return SOUND | cells


def sheet(*rows: Mapping[str, str], columns: Mapping[str, str] = LETTERS, sheet_id: str = "") -> Snapshot:
    """A sheet of one tab with these rows from line 2 on; with an identifier it is a Google Sheet, else a CSV file."""
    return sheet_of_tabs({"Suivi": rows}, columns=columns, sheet_id=sheet_id)


def sheet_of_tabs(
    tabs: Mapping[str, tuple[Mapping[str, str], ...]], *, columns: Mapping[str, str] = LETTERS, sheet_id: str = ""
) -> Snapshot:
    """A sheet with several tabs, numbered from gid 10."""
    cells: list[dict[str, Any]] = [
        {"tab": tab, "row": line, **cells}
        for tab, rows in enumerate(tabs.values())
        for line, cells in enumerate(rows, start=2)
    ]
    frame = pd.DataFrame(
        {
            name: pd.Series([cell[name] for cell in cells], dtype="int64" if name in ("tab", "row") else "object")
            for name in SNAPSHOT_COLUMNS
        }
    )
    titles = tuple(Tab(title, gid if sheet_id else None, columns) for gid, title in enumerate(tabs, start=10))
    return Snapshot("Suivi HVD", sheet_id, titles, frame, ())


def cells_of(records: pd.DataFrame) -> list[dict[str, str]]:
    """A frame's rows as plain dictionaries."""
    return [dict(zip(records.columns, cells, strict=True)) for cells in records.itertuples(index=False, name=None)]
