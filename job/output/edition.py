"""Records → the data for machines (CSV, JSON, Data Package), and back. The CSV is the memory of what is published."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from operator import itemgetter
from pathlib import Path
from sys import intern
from typing import Any

from job.config import Config
from job.model import UNCHANGED, JobError, Record
from job.output.escape import BREAKS, escape_csv, escape_log, render_csv, unescape_csv
from job.rules.address import address_key
from job.text import fold

# Column of the data file → field. The titles are for people who reuse the data, so they do not follow the sheet's.
_FIELDS = {
    "thematique": "theme",
    "categorie": "category",
    "nom": "name",
    "producteur": "producer",
    "ministere": "ministry",
    "statut": "status",
    "adresse": "url",
}
_URIS = ("thematique_uri", "categorie_uri")
_OF_ITS_CATEGORY = ("categorie", "categorie_uri", "thematique", "thematique_uri")


def _titles(config: Config, records: Iterable[Record] = ()) -> dict[str, str]:
    """Column of the data file → field, of this list; with the columns that only this list has, when a record does."""
    roles = {title: field for title, field in _FIELDS.items() if field == "theme" or field in config.column}
    further = config.extra if any(record.extra for record in records) else ()
    return roles | {column.field: column.field for column in further}


def _table(records: Sequence[Record], config: Config) -> tuple[list[str], Iterator[tuple[str, ...]]]:
    """The columns of the data file, with the addresses of theme and category in the EU vocabulary last; its rows."""
    uris = {category.label: (theme.uri, category.uri) for theme in config.themes for category in theme.categories}
    titles = _titles(config, records)
    cells, blanks = itemgetter(*map(config.fields.index, titles.values())), ("",) * len(config.extra)
    rows = (
        (*cells((*record[:-1], *(record.extra or blanks))), *uris.get(record.category, ("", ""))) for record in records
    )
    return [*titles, *_URIS], rows


def render_data(records: Sequence[Record], config: Config) -> Iterator[bytes]:
    """The published rows as CSV, line by line: as one text they may be 50 MB."""
    return render_csv(*_table(records, config))


def parse_data(content: bytes, source: str, config: Config) -> list[Record]:
    """What render_data was given. `source` names the file in messages.

    Raises:
        JobError: this is no data file of ours. An empty one is none either: « nothing is published » lets all vanish.
    """
    try:
        rows = csv.reader(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline=""), strict=True)
        header = next(rows, [])
        text_of, width, needed = _Texts(), len(header), _titles(config)
        positions = [header.index(title) if title in needed else width for title in _FIELDS]
        further = [header.index(it.field) if it.field in header else width for it in config.extra]
        return [_record([*row, ""], width, positions, further, text_of) for row in rows]
    except (csv.Error, UnicodeDecodeError, ValueError, IndexError):
        raise JobError(
            f"Le fichier de données {escape_log(source)} est abîmé : colonnes attendues « {', '.join(_FIELDS)} ». "
            f"Rétablissez-le depuis l'historique du dépôt. {UNCHANGED}"
        ) from None


def _record(row: list[str], width: int, positions: list[int], further: list[int], text_of: _Texts) -> Record:
    """One row of the file; the cell behind its last one stands for a column that it lacks."""
    if len(row) != width + 1:
        raise ValueError("not as wide as its titles")
    extra = tuple(text_of[row[position]] for position in further)
    return Record._make((*[text_of[row[position]] for position in positions], extra if any(extra) else ()))


class _Texts(dict[str, str]):
    """A cell of the CSV → its text. Kept once, for all the rows in which it comes back, and for the sheet's own."""

    def __missing__(self, cell: str) -> str:
        if BREAKS.search(cell):
            raise ValueError("no cleaned text has a line break")
        text = self[cell] = intern(unescape_csv(cell))
        return text


def fingerprint(data: Path, page: Path) -> str:
    """What tells two publications apart: 16 hexadecimal digits of them, without the day of the last change."""
    digest = hashlib.sha256()
    for path in (data, page):
        with path.open("rb") as lines:
            for line in lines:
                digest.update(b"\n" if line.startswith("Données au ".encode()) else line)
        digest.update(b"\0")
    return digest.hexdigest()[:16]


# --- one object per dataset --------------------------------------------------------------------------------------


def render_json(records: Sequence[Record], config: Config) -> Iterator[bytes]:
    """The datasets as JSON, a line for each: a reviewer reads the difference.

    Rows with one address, or without any the same name and producer, are one dataset.
    Each dataset has the cells of its first row, in page order; a category says what its own row tells otherwise.
    """
    titles, table = _table(records, config)
    datasets: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for record, texts in zip(records, table, strict=True):
        if not record.is_placeholder:
            datasets.setdefault(_dataset_key(record, config), []).append(texts)
    before, encode = "[\n", json.JSONEncoder(ensure_ascii=False).encode
    for group in datasets.values():
        rows = [dict(zip(titles, texts, strict=True)) for texts in group]
        categories = [{title: row.pop(title) for title in _OF_ITS_CATEGORY} for row in rows]
        for category, row in zip(categories, rows, strict=True):
            category |= {title: text for title, text in row.items() if text != rows[0][title]}
        yield f"{before}{encode(rows[0] | {'categories': categories})}".encode()
        before = ",\n"
    yield b"\n]\n" if datasets else b"[]\n"


def _dataset_key(record: Record, config: Config) -> tuple[str, ...]:
    """What rows of one dataset have in common."""
    where = record.category if record.name == config.placeholder else ""  # it names no dataset
    return (address_key(record.url),) if record.url else (where, fold(record.name), fold(record.producer))


# --- what describes both -----------------------------------------------------------------------------------------


def _described(title: str, field: str, config: Config) -> dict[str, Any]:
    """A field of the Table Schema."""
    column = config.column.get(field)  # a list may tell the theme from the category
    kind = config.kinds[field]
    enum = {"enum": [escape_csv(label) for label in config.labels(field)]} if kind == "choice" else {}
    return {
        "name": title,
        "title": column.title if column else title,
        "type": "date" if kind == "date" else "string",
        "constraints": {"required": field in ("theme", "category", "name", "status"), **enum},
    }


def render_package(records: Sequence[Record], changed: date, config: Config) -> bytes:
    """A Data Package that describes both files. `changed`: the day of the last change of the data."""
    fields = [_described(title, field, config) for title, field in _titles(config, records).items()]
    fields += [{"name": name, "type": "string", "format": "uri"} for name in _URIS]
    licence = config.list.licence
    described = {
        "name": config.output.data.stem,
        "title": config.list.title,
        "description": config.list.reference,
        "created": f"{changed}T00:00:00Z",
        "licenses": [licence.model_dump()] if licence else [],
        "resources": [
            {
                "name": config.output.data.stem,
                "path": config.output.data.name,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": {"fields": fields, "missingValues": [""]},
            },
            {
                "name": f"{config.output.data.stem}-json",
                "path": config.output.json.name,
                "format": "json",
                "mediatype": "application/json",
                "encoding": "utf-8",
                "type": "json",
            },
        ],
    }
    package = {key: part for key, part in described.items() if part}
    return (json.dumps(package, ensure_ascii=False, indent=1) + "\n").encode()


def read_changed(package: Path) -> date | None:
    """The day that render_package was given, None when it cannot be told."""
    try:
        return date.fromisoformat(json.loads(package.read_bytes())["created"][:10])
    except (OSError, ValueError, KeyError, TypeError):
        return None
