"""Records → the page."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from job.model import ROLES, UNCHANGED, JobError, Record
from job.output.escape import Trusted, escape_address, escape_page
from job.output.template import render_template
from job.text import MONTHS, shorten, slug

if TYPE_CHECKING:
    from pathlib import Path

    from job.config import Config, Theme


class _Theme(NamedTuple):
    """One line of the table that opens the page."""

    label: Trusted
    anchor: Trusted  # of its heading
    covered: int  # categories that have a dataset
    total: int  # categories
    datasets: int
    accessible: int


def render_page(records: Sequence[Record], config: Config, changed: date | None = None) -> bytes:
    """The whole page, in Markdown. `changed`: the day of the last change of the data, None when nothing is published.

    Raises:
        JobError: the template is wrong, or a record has a category or a status that config.toml does not know.
    """
    _refuse_unknown(records, config)
    fields = _fields(records, config)
    rows: dict[str, list[_Row]] = {label: [] for label in config.theme_of}
    for record in records:
        address = Trusted(escape_address(record.url)) if record.url else ""
        cells = " | ".join([_cell(record, field, config) for field in fields])
        rows[record.category].append((record.name, address, Trusted(cells)))
    return render_template(
        "page.md.j2",
        config,
        escape_page,
        themes=[
            (Trusted(theme.label), [(Trusted(category.label), rows[category.label]) for category in theme.categories])
            for theme in config.themes
        ],
        placeholder=config.placeholder,
        columns=[Trusted(config.title(field)) for field in ("name", *fields)],
        contact=config.sheet.contact,
        **_summary(records, changed, config),
    )


def _summary(records: Sequence[Record], changed: date | None, config: Config) -> dict[str, object]:
    """What opens the page: figures, the date, where the data and the filter are."""
    datasets = [record for record in records if not record.is_placeholder]
    used = {record.status for record in datasets}
    output, component = config.output, config.output.component
    return {
        "summary": [_theme(theme, datasets, config) for theme in config.themes],
        "datasets": len(datasets),
        "statuses": [status for status in config.statuses if status.label in used and status.meaning],
        "day": Trusted(in_french(changed)) if changed else "",
        "data": Trusted(_address_on_site(output.data, config)),
        "json": Trusted(_address_on_site(output.json, config)),
        "component": Trusted(os.path.relpath(component, output.page.parent)) if component else "",
        "component_name": Trusted(component.stem) if component else "",
    }


def _fields(records: Sequence[Record], config: Config) -> list[str]:
    """The columns of the page beside the name: a further one stands there when a row has it."""
    further = [column.field for column in config.extra if column.on_page]
    used = [field for field in further if any(config.value(record, field) for record in records)]
    return [field for field in ("producer", "ministry", "status") if config.has(field)] + used


def _refuse_unknown(records: Sequence[Record], config: Config) -> None:
    for field, known in (("category", config.theme_of), ("status", config.labels("status"))):
        unknown = {getattr(record, field) for record in records}.difference(known)
        if unknown:
            raise JobError(
                f"Les données publiées citent « {shorten(min(unknown))} » ({config.title(field)}), que config.toml ne "
                f"connaît pas. Rendez-le à config.toml, ou corrigez les données. {UNCHANGED}"
            )


_Row = tuple[str, str, Trusted]  # name, address, the other cells as the table has them


def _cell(record: Record, field: str, config: Config) -> str:
    """What the page shows of a field, escaped."""
    text = config.value(record, field)
    if field not in ROLES:
        return _further_cell(text, field, config)
    if field == "status" and config.has("url") and not record.url and config.promises_access(text):
        return f"{escape_page(text)} *lien à venir*"
    return escape_page(text or (config.placeholder if record.is_placeholder else config.vocabulary.unknown))


def _further_cell(text: str, field: str, config: Config) -> str:
    kind = config.kinds[field]
    if text and kind == "address":
        return f"[{escape_page(config.title(field))}](<{escape_address(text)}>)"
    return in_french(date.fromisoformat(text)) if text and kind == "date" else escape_page(text or "–")


def _theme(theme: Theme, datasets: Sequence[Record], config: Config) -> _Theme:
    here = [record for record in datasets if record.theme == theme.label]
    usable = [record for record in here if record.url or not config.has("url")]
    accessible = sum(config.promises_access(record.status) for record in usable)
    anchor = Trusted(slug(theme.label))
    covered = len({record.category for record in here})
    return _Theme(Trusted(theme.label), anchor, covered, len(theme.categories), len(here), accessible)


def _address_on_site(path: Path, config: Config) -> str:
    """The address of a published file on the site: what lies in public/ is served from the root."""
    before, _, below = path.relative_to(config.root).as_posix().rpartition("public/")
    return f"/{below}" if before or below != path.name else os.path.relpath(path, config.output.page.parent)


def in_french(day: date) -> str:
    """« 24 novembre 2026 », « 1er mars 2026 »."""
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"
