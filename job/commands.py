"""The commands: each reads like the flow in job/__init__.py."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from job.changes.compare import compare, keep_last_good_versions
from job.changes.decide import PullRequest, decide, read_pulls
from job.changes.guards import suspicion
from job.config import Config
from job.doctor import examine
from job.form.feedback import follow_up
from job.form.setup import MASK, Request, plan_form
from job.model import UNCHANGED, JobError, Night, Record, Snapshot
from job.output.escape import escape_log
from job.output.files import publish_files, read_published, stage_again, stage_published, write_reports
from job.output.github import render_decision, site_of, tell_github
from job.output.report import render_log
from job.rules.judge import judge
from job.source.csv_file import read_csv

_RUN = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}"  # its web address, on GitHub Actions


def sync(options: argparse.Namespace, config: Config, environ: Mapping[str, str]) -> None:
    """The whole job: sheet → page, data and report."""
    published = read_published(config)
    pulls, under_review = _read_github(options.github, config)
    write, snapshot = _read_source(options, config)

    verdict = judge(snapshot, config, options.today.isoformat())
    records, kept = keep_last_good_versions(published, verdict, config)
    verdict, requests = follow_up(snapshot, verdict, records, config, options.today)
    changes = compare(published, records)
    since_review = None if under_review is None else compare(under_review, records)

    staged, fingerprint = stage_published(records, config, options.today, config.output.report / "published")
    choice = decide(fingerprint, pulls, differs=bool(staged))
    run = _RUN.format_map(environ) if "GITHUB_RUN_ID" in environ else ""
    outcome = (fingerprint, bool(staged), choice.decision, run)
    has_preview = not options.check and choice.decision in ("open", "update") and bool(site_of(config.output.data))
    night = Night(snapshot, verdict, published, records, changes, kept, since_review, *outcome, has_preview=has_preview)

    night = night if options.accept else replace(night, refusal=suspicion(night, under_review, config))
    body = write_reports(night, choice, config)
    if night.refusal:
        raise JobError(night.refusal, "guard")
    if not options.check:
        publish_files(staged)
        if failure := _send(write, requests):
            night = replace(night, feedback_failure=failure)
            body = write_reports(night, choice, config)
    tell_github(environ, {"decision": night.decision}, body + render_decision(choice))
    _say(render_log(night, config, written=not options.check))


def render(options: argparse.Namespace, config: Config, environ: Mapping[str, str]) -> None:  # noqa: ARG001
    """Page and data files, from the published data alone."""
    staged = stage_again(config, options.today, config.output.report / "published")
    publish_files(staged)
    _say(f"{config.output.page.name} : {'page reconstruite' if staged else 'déjà à jour'}.")


def setup(options: argparse.Namespace, config: Config, environ: Mapping[str, str]) -> None:  # noqa: ARG001
    """The Google Sheet, made the shared form."""
    from job.source import google  # noqa: PLC0415  its libraries are heavy

    rows = read_csv(options.source, config).rows if options.source else None
    client = google.open_sheet(config, writes=True)
    _, grids = google.fetch_spreadsheet(client, config, MASK)
    requests, lines = plan_form(grids, config, rows)
    google.send_requests(client, config, requests)
    _say("\n".join(lines))


def doctor(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Check what a night needs, one thing at a time. Returns the exit code: 1 when something is missing."""
    checks = list(examine(options.config, options.today, environ))
    _say("\n".join(checks))
    return int(any(check.startswith("✗") for check in checks))


# --- what is read ------------------------------------------------------------------------------------------------


def _read_github(folder: Path | None, config: Config) -> tuple[tuple[PullRequest, ...], tuple[Record, ...] | None]:
    """The pull requests that exist, and the data of the open one: None without --github, or when none is open."""
    if folder is None:
        return (), None
    data = folder / "under-review.csv"
    try:
        under_review = read_published(config, data) if data.exists() else None
    except JobError:  # a person may have put anything on that branch, which must not stop a night
        under_review = None
    return read_pulls(folder), under_review


def _read_source(options: argparse.Namespace, config: Config) -> tuple[Callable[[Sequence[Request]], None], Snapshot]:
    """What writes to the sheet, and the sheet's rows."""
    if options.source:
        return lambda _: None, read_csv(options.source, config)
    from job.source import google  # noqa: PLC0415  its libraries are heavy, and a CSV export needs none

    client = google.open_sheet(config, writes=config.feedback.enabled and not options.check)
    return partial(google.send_requests, client, config), google.fetch_snapshot(client, config)


def _send(write: Callable[[Sequence[Request]], None], requests: Sequence[Request]) -> str:
    """Write the findings into the sheet. Returns why it could not be: no reason to hold back the page."""
    try:
        if requests:
            write(requests)
    except JobError as error:
        return str(error).removesuffix(f" {UNCHANGED}")
    return ""


def _say(text: str) -> None:
    for line in text.splitlines():
        print(escape_log(line))
