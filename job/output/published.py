"""What a night reads again and writes: the published files, and everything in the report folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from job.changes.compare import as_of_today
from job.changes.decide import Choice, marker
from job.model import Night, Record, Severity
from job.output.digests import render_digests, render_findings
from job.output.edition import (
    damaged,
    fingerprint,
    parse_changed,
    parse_data,
    render_data,
    render_json,
    render_package,
)
from job.output.figures import count_changes, render_summary
from job.output.files import read_bytes
from job.output.github import Counts, render_night
from job.output.page import render_page
from job.output.report import render_report

if TYPE_CHECKING:
    from job.config import Config


def read_published(config: Config, path: Path | None = None) -> tuple[Record, ...]:
    """What the default branch publishes, or what this data file holds. () for nothing yet.

    Raises:
        JobError: this is no data file of ours.
    """
    data = path or config.output.data
    older = config.output.page.parent / data.name  # where an earlier version left it, beside the page
    data = older if not data.exists() and older.exists() else data
    content = read_bytes(data)
    if not content and data.exists():
        raise damaged(data.name)  # and not « nothing is published »: that would let everything vanish
    return as_of_today(parse_data(content, data.name, config), config)


def render_published(records: Sequence[Record], config: Config, today: date) -> dict[Path, bytes]:
    """The published files: the one with the date, which is kept while the data stay the same; data; page.

    In this order a run that is killed leaves nothing that the next one takes for its own.
    """
    output, data = config.output, render_data(records, config)
    is_same = data == read_bytes(output.data)
    changed = (parse_changed(read_bytes(output.package)) if is_same else None) or today
    return {
        output.package: render_package(records, changed, config),
        output.json: render_json(records, config),
        output.data: data,
        output.page: render_page(records, config, changed),
    }


def compare_files(files: Mapping[Path, bytes], config: Config) -> tuple[str, bool]:
    """The fingerprint of what would be published, and whether it differs from what is."""
    mark = fingerprint(files[config.output.data], files[config.output.page])
    return mark, any(read_bytes(path) != content for path, content in files.items())


def render_reports(night: Night, choice: Choice, config: Config) -> dict[Path, bytes]:
    """Everything that the report folder holds."""
    folder = config.output.report
    counts = Counts(**count_changes(night.changes), broken=len(night.findings(Severity.BLOCKING)))
    texts = render_night(choice, title=config.list.title, branch=config.list.branch, counts=counts)
    return {
        folder / "report.md": render_report(night, config, marker(night.fingerprint)),
        folder / "findings.csv": render_findings(night.verdict.findings),
        folder / "summary.json": render_summary(night, config),
        **{folder / "ministries" / name: text for name, text in render_digests(night, config).items()},
        **{folder / "github" / name: text.encode() for name, text in texts.items()},
    }
