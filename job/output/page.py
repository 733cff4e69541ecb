"""Records → the page."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from job.model import UNCHANGED, JobError, Record
from job.output.escape import Trusted, escape_address, escape_page
from job.output.figures import covered
from job.output.template import render_template
from job.text import shorten, slug

if TYPE_CHECKING:
    from pathlib import Path

    from job.config import Config, Theme

_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()


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
    promising = {status.label for status in config.statuses if status.promises_access}
    rows: dict[str, list[tuple[str, ...]]] = {label: [] for label in config.theme_of}
    for record in records:
        rows[record.category].append(_row(record, promising, config))
    datasets = [record for record in records if not record.is_placeholder]
    used = {record.status for record in datasets}
    output = config.output
    return render_template(
        "page.md.j2",
        config,
        escape_page,
        themes=[
            (Trusted(theme.label), [(Trusted(category.label), rows[category.label]) for category in theme.categories])
            for theme in config.themes
        ],
        placeholder=config.placeholder,
        columns=[Trusted(config.title(field)) for field in ("name", "producer", "ministry", "status")],
        list=config.list,
        summary=[_theme(theme, datasets, promising) for theme in config.themes],
        datasets=len(datasets),
        statuses=[status for status in config.statuses if status.label in used and status.meaning],
        day=Trusted(in_french(changed)) if changed else "",
        data=Trusted(_address_on_site(output.data, config)),
        json=Trusted(_address_on_site(output.json, config)),
        component=Trusted(os.path.relpath(output.component, output.page.parent)) if output.component else "",
        component_name=Trusted(output.component.stem) if output.component else "",
        contact=config.sheet.contact,
    )


def _refuse_unknown(records: Sequence[Record], config: Config) -> None:
    for field, known in (("category", config.theme_of), ("status", config.labels("status"))):
        unknown = {getattr(record, field) for record in records}.difference(known)
        if unknown:
            raise JobError(
                f"Les données publiées citent « {shorten(min(unknown))} » ({config.title(field)}), que config.toml ne "
                f"connaît pas. Rendez-le à config.toml, ou corrigez les données. {UNCHANGED}"
            )


def _row(record: Record, promising: Container[str], config: Config) -> tuple[str, ...]:
    """The cells of a row: name, producer, ministry, status, address, and a remark on the status."""
    if record.is_placeholder:
        return record.name, config.placeholder, config.placeholder, record.status, "", ""
    return (
        record.name,
        record.producer or config.unknown,
        record.ministry or config.unknown,
        record.status,
        Trusted(escape_address(record.url)) if record.url else "",
        "lien à venir" if record.status in promising and not record.url else "",
    )


def _theme(theme: Theme, datasets: Sequence[Record], promising: Container[str]) -> _Theme:
    here = [record for record in datasets if record.theme == theme.label]
    accessible = sum(bool(record.url) and record.status in promising for record in here)
    anchor = Trusted(slug(theme.label))
    return _Theme(Trusted(theme.label), anchor, len(covered(here)), len(theme.categories), len(here), accessible)


def _address_on_site(path: Path, config: Config) -> str:
    """The address of a published file on the site: what lies in public/ is served from the root."""
    before, _, below = path.relative_to(config.root).as_posix().rpartition("public/")
    return f"/{below}" if before or below != path.name else os.path.relpath(path, config.output.page.parent)


def in_french(day: date) -> str:
    """« 24 novembre 2026 », « 1er mars 2026 »."""
    return f"{'1er' if day.day == 1 else day.day} {_MONTHS[day.month - 1]} {day.year}"


def without_its_date(page: bytes) -> bytes:
    """The page as its fingerprint sees it: the day of the last change is no content."""
    return re.sub(rb"(?m)^Donn\xc3\xa9es au .*$", b"", page)
