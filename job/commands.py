"""The commands: each reads like the flow in job/__init__.py."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from job.changes.compare import as_of_today, compare, keep_last_good_versions, published_again
from job.changes.decide import Choice, PullRequest, decide, marker, read_pulls
from job.changes.guards import refuse_suspicious
from job.config import Config
from job.model import UNCHANGED, JobError, Night, Record, Severity, Snapshot, Verdict
from job.output.digests import render_digests, render_findings
from job.output.edition import damaged, fingerprint, parse_changed, parse_data, render_data, render_json, render_package
from job.output.escape import escape_log
from job.output.figures import count_changes, render_log, render_summary
from job.output.files import read_bytes, tell_github, write_files
from job.output.github import Counts, render_decision, render_night
from job.output.page import render_page, without_its_date
from job.output.report import render_report
from job.rules.judge import in_page_order, judge

if TYPE_CHECKING:
    import gspread

    from job.form.feedback import Feedback


def sync(options: argparse.Namespace, config: Config, environ: Mapping[str, str]) -> None:
    """The whole job: sheet → page, data and report."""
    published = _read_published(config.output.data, config)
    pulls, under_review = _read_github(options.github, config)
    client, snapshot = _read_source(options, config)

    verdict = judge(snapshot, config, options.today().isoformat())
    records, kept = keep_last_good_versions(published, verdict, config)
    verdict, feedback = _follow_up(client, snapshot, verdict, records, options, config)
    files = _render_published(records, config, options.today())
    mark, differs = _compare_files(files, config)
    choice = decide(mark, pulls or (), differs=differs)
    night = Night(
        snapshot=snapshot,
        verdict=verdict,
        published=published,
        records=records,
        changes=compare(published, records),
        kept=kept,
        since_review=None if under_review is None else compare(under_review, records),
        fingerprint=mark,
        differs=differs,
        decision=choice.decision,
        run=_run(environ),
    )

    reports = _render_reports(night, choice, config)
    write_files(reports, stale=set((config.output.report / "ministries").glob("*.md")) - reports.keys())
    if not options.accept:
        refuse_suspicious(published, under_review, records, kept, verdict, config)
    if not options.check:
        write_files(files)
        night = replace(night, feedback_failure=_send(client, config, feedback))
    tell_github(environ, {"decision": night.decision}, _render_body(night, config).decode() + render_decision(choice))
    _say(render_log(night, config, written=not options.check))


def render(options: argparse.Namespace, config: Config, environ: Mapping[str, str]) -> None:  # noqa: ARG001
    """Page and data files, from the published data alone."""
    published = _read_published(config.output.data, config)
    records = in_page_order(published_again(published), config)
    changed = write_files(_render_published(records, config, options.today()))
    _say(f"{config.output.page.name} : {'page reconstruite' if changed else 'déjà à jour'}.")


def setup(options: argparse.Namespace, config: Config, environ: Mapping[str, str]) -> None:  # noqa: ARG001
    """The Google Sheet, made the shared form."""
    from job.form import setup as form  # noqa: PLC0415  only this command and its libraries
    from job.source import csv_file, google  # noqa: PLC0415

    rows = csv_file.read_csv(options.source, config).rows if options.source else None
    client = google.open_sheet(config, writes=True)
    plan = form.plan_form(google.fetch_spreadsheet(client, config, form.MASK), config, rows)
    if plan.requests:
        google.send_requests(client, config, plan.requests)
    _say(form.render_plan(plan))


def doctor(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """What a night needs, looked at one by one. Returns the exit code: 1 when something is missing."""
    from job.doctor import examine  # noqa: PLC0415  only this command

    def is_up_to_date(config: Config) -> bool:
        records = in_page_order(published_again(_read_published(config.output.data, config)), config)
        files = _render_published(records, config, options.today())
        return not _compare_files(files, config)[1]

    checks = list(examine(options.config, is_up_to_date, environ))
    _say("\n".join(map(str, checks)))
    return int(any(check.mark == "✗" for check in checks))


# --- what is read ------------------------------------------------------------------------------------------------


def _read_published(path: Path, config: Config) -> tuple[Record, ...]:
    """What the default branch publishes. An older installation has the data beside the page."""
    older = config.output.page.parent / path.name
    path = older if not path.exists() and older.exists() else path
    content = read_bytes(path)
    if not content and path.exists():
        raise damaged(path.name)  # and not « nothing is published »: that would let everything vanish
    return as_of_today(parse_data(content, path.name, config), config)


def _read_github(
    folder: Path | None, config: Config
) -> tuple[tuple[PullRequest, ...] | None, tuple[Record, ...] | None]:
    """The pull requests that exist, and the data of the open one; None where nobody asked, or none is open."""
    if folder is None:
        return None, None
    data = folder / "under-review.csv"
    try:
        under_review = as_of_today(parse_data(read_bytes(data), data.name, config), config) if data.exists() else None
    except JobError:  # a person may have put anything on that branch, which must not stop a night
        under_review = None
    return read_pulls(folder, config.list.branch), under_review


def _read_source(options: argparse.Namespace, config: Config) -> tuple[gspread.Client | None, Snapshot]:
    """The sheet's rows, and what to write to it with: None for a CSV export."""
    from job.source import csv_file  # noqa: PLC0415  a CSV export needs none of Google's libraries

    if options.source:
        return None, csv_file.read_csv(options.source, config)
    from job.source import google  # noqa: PLC0415

    client = google.open_sheet(config, writes=config.feedback.enabled and not options.check)
    return client, google.fetch_snapshot(client, config)


# --- what is made of it ------------------------------------------------------------------------------------------


def _render_published(records: Sequence[Record], config: Config, today: date) -> dict[Path, bytes]:
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


def _compare_files(files: Mapping[Path, bytes], config: Config) -> tuple[str, bool]:
    """The fingerprint of what would be published, and whether it differs from what is."""
    mark = fingerprint(files[config.output.data], without_its_date(files[config.output.page]))
    return mark, any(read_bytes(path) != content for path, content in files.items())


def _run(environ: Mapping[str, str]) -> str:
    """The web address of this run on GitHub Actions, "" elsewhere."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = (environ.get(name, "") for name in names)
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""


def _render_body(night: Night, config: Config) -> bytes:
    return render_report(night, config, marker(night.fingerprint))


def _render_reports(night: Night, choice: Choice, config: Config) -> dict[Path, bytes]:
    """Everything that the report folder holds."""
    folder, counts = (
        config.output.report,
        Counts(**count_changes(night.changes), broken=len(night.findings(Severity.BLOCKING))),
    )
    texts = render_night(choice, title=config.list.title, branch=config.list.branch, counts=counts)
    return {
        folder / "report.md": _render_body(night, config),
        folder / "findings.csv": render_findings(night.verdict.findings),
        folder / "summary.json": render_summary(night, config),
        **{folder / "ministries" / name: text for name, text in render_digests(night, config).items()},
        **{folder / "github" / name: text.encode() for name, text in texts.items()},
    }


# --- the sheet as a form -----------------------------------------------------------------------------------------


def _follow_up(
    client: gspread.Client | None,
    snapshot: Snapshot,
    verdict: Verdict,
    records: Sequence[Record],
    options: argparse.Namespace,
    config: Config,
) -> tuple[Verdict, Feedback | None]:
    """The findings with the date each was first seen, and what brings the sheet's own tab up to date."""
    if client is None or not config.feedback.enabled:
        return verdict, None
    from job.form.feedback import follow_up  # noqa: PLC0415  off by default

    feedback = follow_up(snapshot, verdict.findings, records, config, options.today())
    return replace(verdict, findings=feedback.findings), feedback


def _send(client: gspread.Client | None, config: Config, feedback: Feedback | None) -> str:
    """Write the feedback into the sheet. Returns why it could not be: no reason to hold back the page."""
    if client is None or feedback is None or not feedback.requests:
        return ""
    from job.source import google  # noqa: PLC0415

    try:
        google.send_requests(client, config, feedback.requests)
    except JobError as error:
        return str(error).removesuffix(f" {UNCHANGED}")
    return ""


def _say(text: str) -> None:
    for line in text.splitlines():
        print(escape_log(line))
