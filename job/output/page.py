"""Records → the page."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from job.config import Config
from job.model import ROLES, UNCHANGED, JobError, Record
from job.output.escape import Trusted, escape_address, escape_page
from job.output.template import render_template
from job.text import MONTHS, shorten


def render_page(records: Sequence[Record], config: Config, changed: date | None = None) -> bytes:
    """The whole page, in Markdown. `changed`: the day of the last change of the data, None when nothing is published.

    Raises:
        JobError: the template is wrong, or a record has a category or a status that config.toml does not know.
    """
    for field in ("category", "status"):
        unknown = {config.value(record, field) for record in records}.difference(config.labels(field))
        if unknown:
            raise JobError(
                f"Les données publiées citent « {shorten(min(unknown))} » ({config.title(field)}), que config.toml ne "
                f"connaît pas. Rendez-le à config.toml, ou corrigez les données. {UNCHANGED}"
            )
    further = [column.field for column in config.extra if column.on_page]
    fields = [field for field in ("producer", "ministry", "status") if config.has(field)]
    fields += [field for field in further if any(config.value(record, field) for record in records)]
    rows: dict[str, list[Trusted]] = {label: [] for label in config.theme_of}  # the cells as the table has them
    for record in records:
        name = escape_page(record.name)
        link = f"[{name}](<{escape_address(record.url)}>)" if record.url else name
        rows[record.category].append(Trusted(" | ".join([link, *(_cell(record, field, config) for field in fields)])))
    return render_template(
        "page.md.j2",
        config,
        escape_page,
        themes=config.themes,
        rows=rows,
        placeholder=config.placeholder,
        columns=[Trusted(config.title(field)) for field in ("name", *fields)],
        contact=config.sheet.contact,
        **_summary(records, changed, config),
    )


def _summary(records: Sequence[Record], changed: date | None, config: Config) -> dict[str, object]:
    """What opens the page: figures, the date, where the data and the filter are."""
    datasets = [record for record in records if not record.is_placeholder]
    usable = [record for record in datasets if record.url or not config.has("url")]
    used = {record.status for record in datasets}
    output, component = config.output, config.output.component
    return {
        "covered": Counter(map(config.theme_of.get, {record.category for record in datasets})),
        "datasets": Counter(record.theme for record in datasets),
        "accessible": Counter(record.theme for record in usable if config.promises_access(record.status)),
        "statuses": [status for status in config.statuses if status.label in used and status.meaning],
        "day": Trusted(in_french(changed)) if changed else "",
        "data": Trusted(_address_on_site(output.data, config)),
        "json": Trusted(_address_on_site(output.json, config)),
        "component": Trusted(os.path.relpath(component, output.page.parent)) if component else "",
        "component_name": Trusted(component.stem) if component else "",
    }


def _cell(record: Record, field: str, config: Config) -> str:
    """What the page shows of a field, escaped."""
    text, kind = config.value(record, field), config.kinds[field]
    if text and kind == "address":
        return f"[{escape_page(config.title(field))}](<{escape_address(text)}>)"
    if text and kind == "date":
        return in_french(date.fromisoformat(text))
    if field == "status" and config.has("url") and not record.url and config.promises_access(text):
        return f"{escape_page(text)} *lien à venir*"
    if not text and field in ROLES:
        text = config.placeholder if record.is_placeholder else config.vocabulary.unknown
    return escape_page(text or "–")


def _address_on_site(path: Path, config: Config) -> str:
    """The address of a published file on the site: what lies in public/ is served from the root."""
    _, public, below = path.relative_to(config.root).as_posix().rpartition("public/")
    return f"/{below}" if public else os.path.relpath(path, config.output.page.parent)


def in_french(day: date) -> str:
    """« 24 novembre 2026 », « 1er mars 2026 »."""
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"
