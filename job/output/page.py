"""Records → the page."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from job.config import Config
from job.model import ROLES, UNCHANGED, JobError, Record
from job.output.escape import Trusted, escape_address, escape_page, render_template
from job.text import MONTHS, iso_date, shorten


def render_page(records: Sequence[Record], config: Config, changed: date) -> bytes:
    """The whole page, in Markdown. `changed`: the day of the last change of the data.

    Raises:
        JobError: the template is wrong, or a record has a category or a status that config.toml does not know.
    """
    _refuse_unknown(records, config)
    component = config.output.component
    fields = ["name", *(field for field in ("producer", "ministry", "status") if field in config.column)]
    fields += [it.field for it in config.extra if it.on_page and any(config.value(one, it.field) for one in records)]
    return render_template(
        "page.md.j2",
        config,
        escape_page,
        themes=config.themes,
        rows=_rows(records, fields, config),
        placeholder=config.placeholder,
        columns=[Trusted(config.title(field)) for field in fields],
        contact=config.sheet.contact,
        day=Trusted(in_french(changed)),
        data=Trusted(_address_on_site(config.output.data, config)),
        json=Trusted(_address_on_site(config.output.json, config)),
        component=Trusted(os.path.relpath(component, config.output.page.parent)) if component else "",
        **_figures([record for record in records if not record.is_placeholder], config),
    )


def _rows(records: Sequence[Record], fields: Sequence[str], config: Config) -> dict[str, list[Trusted]]:
    """Category → its rows, as the table has them."""
    rows: dict[str, list[Trusted]] = {label: [] for label in config.theme_of}
    for record in records:
        rows[record.category].append(Trusted(" | ".join(_cell(record, field, config) for field in fields)))
    return rows


def _refuse_unknown(records: Sequence[Record], config: Config) -> None:
    for field in ("category", "status"):
        unknown = {config.value(record, field) for record in records}.difference(config.labels(field))
        if unknown:
            raise JobError(
                f"Les données publiées citent « {shorten(min(unknown))} » ({config.title(field)}), que config.toml ne "
                f"connaît pas. Rendez-le à config.toml, ou corrigez les données. {UNCHANGED}"
            )


def _figures(datasets: Sequence[Record], config: Config) -> dict[str, object]:
    """What the summary counts, by theme, and the statuses that it explains."""
    used = {record.status for record in datasets}
    return {
        "covered": Counter(map(config.theme_of.get, {record.category for record in datasets})),
        "datasets": Counter(record.theme for record in datasets),
        "accessible": Counter(record.theme for record in datasets if _is_accessible(record, config)),
        "statuses": [status for status in config.vocabulary.statuses if status.label in used and status.meaning],
    }


def _is_accessible(record: Record, config: Config) -> bool:
    return config.promises_access(record.status) and bool(record.url or "url" not in config.column)


def _cell(record: Record, field: str, config: Config) -> str:
    """What the page shows of a field, escaped."""
    text, kind = config.value(record, field), config.kinds[field]
    if not text:
        role = config.placeholder if record.is_placeholder else config.vocabulary.unknown
        return escape_page(role if field in ROLES else "–")
    if field == "name" and record.url:
        return f"[{escape_page(text)}](<{escape_address(record.url)}>)"
    if kind == "address":
        return f"[{escape_page(config.title(field))}](<{escape_address(text)}>)"
    if kind == "date" and (day := iso_date(text)):  # none when a hand edited the data, or the column held text before
        return in_french(date.fromisoformat(day))
    lacks_link = field == "status" and config.promises_access(text) and not _is_accessible(record, config)
    return f"{escape_page(text)} *lien à venir*" if lacks_link else escape_page(text)


def _address_on_site(path: Path, config: Config) -> str:
    """The address of a published file on the site: what lies in public/ is served from the root."""
    _, public, below = path.relative_to(config.root).as_posix().rpartition("public/")
    return f"/{below}" if public else os.path.relpath(path, config.output.page.parent)


def in_french(day: date) -> str:
    """« 24 novembre 2026 », « 1er mars 2026 »."""
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"
