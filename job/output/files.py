"""The files of a night: what is published, read again and replaced atomically, and everything in the report folder."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from job.changes.compare import published_again, under_current_labels
from job.changes.decide import Choice
from job.config import Config
from job.model import UNCHANGED, JobError, Night, Record, Severity
from job.output.edition import fingerprint, parse_data, read_changed, render_data, render_json, render_package
from job.output.github import render_night
from job.output.page import render_page
from job.output.report import in_words, render_digests, render_findings, render_report, render_summary
from job.rules.judge import in_page_order


def read_published(config: Config, path: Path | None = None) -> tuple[Record, ...]:
    """What the default branch publishes, or what this data file holds. () for nothing yet.

    Raises:
        JobError: it cannot be read, or is no data file of ours.
    """
    data, older = path or config.output.data, config.output.older
    data = older if path is None and not data.exists() and older.exists() else data
    try:
        content = data.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise JobError(f"Impossible de lire {data} ({error.strerror}). {UNCHANGED}") from None
    return under_current_labels(dict.fromkeys(parse_data(content, data.name, config)), config)  # a hand may double rows


def stage_published(
    records: Sequence[Record], config: Config, today: date, folder: Path
) -> tuple[dict[Path, Path], str]:
    """The published files that are to change, staged in this folder; and the fingerprint of them all.

    The date of the last change is kept while the data stay the same. It is replaced first and the page last: a run that
    is killed leaves nothing that the next one takes for its own.
    """
    output = config.output
    data = stage_file(output.data, render_data(records, config), folder)
    changed = (None if data else read_changed(output.package)) or today
    package = stage_file(output.package, [render_package(records, changed, config)], folder)
    json = stage_file(output.json, render_json(records, config), folder)
    page = stage_file(output.page, [render_page(records, config, changed)], folder)
    staged = package | json | data | page
    return staged, fingerprint(*(staged.get(path, path) for path in (output.data, output.page)))


def stage_again(config: Config, today: date, folder: Path) -> dict[Path, Path]:
    """The published files that change when they are made from the published data alone, staged in this folder."""
    records = in_page_order(published_again(read_published(config)), config)
    return stage_published(records, config, today, folder)[0]


def write_reports(night: Night, choice: Choice, config: Config) -> str:
    """Fill the report folder. Returns the body of the pull request."""
    folder, words = config.output.report, config.list
    changes, broken = in_words(night.changes), len(night.findings(Severity.BLOCKING))
    body = render_report(night, config)
    digests = {f"ministries/{name}": text for name, text in render_digests(night, config).items()}
    reports = digests | {
        "report.md": body,
        "findings.csv": render_findings(night.verdict.findings),
        "summary.json": render_summary(night, config),
        "github/night.json": render_night(choice, changes, broken, title=words.title, branch=words.branch),
    }
    for name, text in reports.items():
        publish_files(stage_file(folder / name, [text]))
    for stale in {*(folder / "ministries").glob("*.md")} - {folder / name for name in digests}:
        stale.unlink()
    return body.decode()


def stage_file(path: Path, content: Iterable[bytes], folder: Path | None = None) -> dict[Path, Path]:
    """Write these pieces. The file, if it is to change → where they lie ready for it: beside it, or in this folder."""
    ready = folder / path.name if folder else path.with_name(f".{path.name}.new")
    with _writing(path):
        ready.parent.mkdir(parents=True, exist_ok=True)
        with ready.open("wb") as file:
            file.writelines(content)
        if path.is_file() and filecmp.cmp(ready, path, shallow=False):
            ready.unlink()
            return {}
    return {path: ready}


def publish_files(staged: Mapping[Path, Path]) -> None:
    """Put what was staged in its place, in this order. Each file is replaced atomically."""
    for path, ready in staged.items():
        with _writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(ready, path)  # noqa: PTH105  the word everybody looks for


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """What cannot be written is a JobError: the disk is full, a folder stands in the place of a file…"""
    try:
        yield
    except OSError as error:
        place = error.filename2 or error.filename or path
        raise JobError(f"Impossible d'écrire {place} ({error.strerror}). Corrigez, puis relancez.") from None
