"""The shell: arguments, environment, wiring, exit codes. main() reads like the flow."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from job.config import Config, load_config
from job.model import CANNOT, INTERRUPTED, USAGE, JobError, Snapshot

if TYPE_CHECKING:
    import gspread
    import pandas as pd


def _today_in_paris() -> date:
    from zoneinfo import ZoneInfo  # noqa: PLC0415  only the feedback in the sheet knows dates

    return datetime.now(ZoneInfo("Europe/Paris")).date()


def main(
    arguments: Sequence[str] | None = None,
    environ: Mapping[str, str] = os.environ,
    today: Callable[[], date] = _today_in_paris,
) -> int:
    """Run one command and return its exit code: 0 done, 1 could not be done, 2 usage, 3 a guard refused.

    And 130 when somebody stopped it (Ctrl-C).
    """
    for stream in (sys.stdout, sys.stderr):
        _speak_utf8(stream)
    options = _parse(arguments)
    gc.disable()  # one run, then the process ends: looking for cycles among millions of cells would cost a third of it
    try:
        command: Callable[[argparse.Namespace, Config, Mapping[str, str]], None] = options.run
        options.today = today
        command(options, load_config(options.config), environ)
    except JobError as error:
        _say(str(error), sys.stderr)
        return error.exit_code
    except MemoryError:
        _say("La mémoire de la machine ne suffit pas. Vérifiez ce que le robot doit lire, puis relancez.", sys.stderr)
        return CANNOT
    except KeyboardInterrupt:
        _say("Interrompu : relancez quand vous voulez, les fichiers publiés sont entiers.", sys.stderr)
        return INTERRUPTED
    return 0


def sync(options: argparse.Namespace, config: Config, environ: Mapping[str, str]) -> None:
    """The whole job: sheet → page, data and report."""
    from job import compare, decide, publish, render, report, validate  # noqa: PLC0415  a usage error needs none of them

    with publish.alone(config, may_publish=not options.check) as finished:
        _say_finished(finished=finished)
        publish.check_github(environ)
        published = _read_published(config.output.data, config)
        pulls = decide.read_pulls(options.pulls) if options.pulls else None
        under_review = _under_review(options.under_review, config)

        client, snapshot = _read(options, config)
        validation = validate.validate(snapshot, config)
        records, kept = compare.keep_last_good_versions(published, validation, config)
        changes = compare.compare(published, records)
        compare.refuse_suspicious(published, records, changes, kept, config, accept_removals=options.accept_removals)
        feedback = None
        if client and config.feedback.enabled:
            from job.feedback import follow_up  # noqa: PLC0415  off by default

            feedback = follow_up(snapshot, validation.findings, records, config, options.today())
            validation = replace(validation, findings=feedback.findings)

        page = render.render_page(records, config).encode()
        data = render.render_data(records, config)
        night = report.Night(
            snapshot=snapshot,
            validation=validation,
            published=published,
            records=records,
            changes=changes,
            kept=kept,
            since_review=None if under_review is None else compare.compare(under_review, records),
            fingerprint=render.fingerprint(page, data),
            differs=page != publish.read_text(config.output.page).encode()
            or data != publish.read_text(config.output.data).encode(),
            pulls=pulls,
            run=_run_address(environ),
        )
        reports = {config.output.report / name: text for name, text in report.render_all(night, config).items()}
        stale = set(config.output.report.glob("ministries/*.md")) - reports.keys()
        body = reports[config.output.report / "report.md"].decode()
        published_files = {} if options.check else {config.output.page: page, config.output.data: data}
        publish.write_files({**reports, **published_files}, config, stale=sorted(stale))
        if client and feedback and feedback.requests and not options.check:
            night = replace(night, feedback_failure=_send(client, config, feedback.requests))
        if night.feedback_failure:
            with suppress(JobError):  # the log says it in any case
                body = report.render_report(night, config)
                publish.write_files({config.output.report / "report.md": body}, config)
        publish.tell_github(environ, night.outputs, body)
        _say(report.render_log(night, config, written=not options.check), sys.stdout)


def render_again(options: argparse.Namespace, config: Config, environ: Mapping[str, str]) -> None:  # noqa: ARG001
    """The page, from the published data alone."""
    from job import compare, publish, render, validate  # noqa: PLC0415

    with publish.alone(config) as finished:
        _say_finished(finished=finished)
        published = _read_published(config.output.data, config)
        records = validate.in_page_order(compare.without_withheld(published), config)
        page = render.render_page(records, config)
        changed = publish.write_files({config.output.page: page}, config)
        _say(f"{config.output.page.name} : {'page reconstruite' if changed else 'déjà à jour'}.", sys.stdout)


def setup(options: argparse.Namespace, config: Config, environ: Mapping[str, str]) -> None:  # noqa: ARG001
    """The Google Sheet, made the shared form."""
    from job import form, sheet  # noqa: PLC0415

    rows = sheet.read_csv(options.source, config).rows if options.source else None
    client = sheet.open_sheet(config, writes=True)
    plan = form.plan_form(sheet.fetch_spreadsheet(client, config, form.MASK), config, rows)
    if plan.requests:
        sheet.send_requests(client, config, plan.requests)
    _say(form.render_plan(plan), sys.stdout)


def _read(options: argparse.Namespace, config: Config) -> tuple[gspread.Client | None, Snapshot]:
    """The source's rows, and what to write to it with: None for a CSV export."""
    from job import sheet  # noqa: PLC0415

    if options.source:
        return None, sheet.read_csv(options.source, config)
    client = sheet.open_sheet(config, writes=config.feedback.enabled and not options.check)
    return client, sheet.fetch_snapshot(client, config)


def _send(client: gspread.Client, config: Config, requests: Sequence[Mapping[str, Any]]) -> str:
    """Write the feedback into the sheet. Returns why it could not be: no reason to hold back the page."""
    from job import sheet  # noqa: PLC0415

    try:
        sheet.send_requests(client, config, requests)
    except JobError as error:
        return str(error).removesuffix(" Rien n'a été modifié.")
    return ""


def _read_published(path: Path, config: Config) -> pd.DataFrame:
    from job import compare, publish, render  # noqa: PLC0415

    text = publish.read_text(path)
    if not text and path.exists():
        raise render.damaged(path.name)  # and not « nothing is published »: that would let everything vanish
    published = render.parse_data(text, path.name)
    return compare.fit_to_repeat(compare.under_todays_names(published, config))


def _under_review(path: Path | None, config: Config) -> pd.DataFrame | None:
    """The data of the open pull request; a person may have put anything on that branch, which must not stop a night."""
    try:
        return _read_published(path, config) if path else None
    except JobError:
        return None


def _run_address(environ: Mapping[str, str]) -> str:
    """The web address of this run on GitHub Actions, "" elsewhere."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = (environ.get(name, "") for name in names)
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""


def _say(text: str, stream: TextIO | None) -> None:
    """Print lines in which no runner finds a command."""
    from job.render import escape_log  # noqa: PLC0415

    if stream is None:
        return  # closed by whoever started us
    try:
        for line in text.splitlines():
            print(escape_log(line), file=stream)
        stream.flush()
    except OSError:  # nobody listens any more, or the disk it goes to is full: no reason to fail, now or at the exit
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _say_finished(*, finished: bool) -> None:
    if finished:
        _say("Une publication interrompue a d'abord été achevée.", sys.stdout)


def _speak_utf8(stream: object) -> None:
    """French comes out right whatever the locale; what cannot be encoded is shown by its number."""
    reconfigure = getattr(stream, "reconfigure", None)  # absent where a test has put another stream
    if reconfigure:
        reconfigure(encoding="utf-8", errors="backslashreplace")


class _Help(argparse.HelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:  # noqa: ARG002
        super().add_usage(usage, actions, groups, "utilisation : ")


class _Parser(argparse.ArgumentParser):
    """argparse, in French."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, formatter_class=_Help, add_help=False, allow_abbrev=False)
        self.add_argument("-h", "--help", action="help", help="affiche cette aide")

    def error(self, message: str) -> NoReturn:  # noqa: ARG002  argparse's own is in English
        self.print_usage(sys.stderr)
        _say("Commande non comprise. « python -m job --help » liste les commandes et leurs options.", sys.stderr)
        raise SystemExit(USAGE)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _Parser(
        prog="python -m job",
        description="Publie la page des jeux de données de forte valeur depuis le tableau partagé.",
        usage="python -m job COMMANDE [options]",
    )
    commands = parser.add_subparsers(title="commandes", metavar="COMMANDE", required=True)

    def command(name: str, run: Callable[..., None], purpose: str) -> argparse.ArgumentParser:
        usage = f"python -m job {name} [options]"
        it = commands.add_parser(name, help=purpose, description=purpose, usage=usage)
        it.set_defaults(run=run)
        it.add_argument(
            "--config", type=Path, default=Path("config.toml"), metavar="FICHIER", help="configuration (config.toml)"
        )
        return it

    it = command("sync", sync, "Lit le tableau, le vérifie, et écrit la page, ses données et le compte rendu.")
    it.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="FICHIER.csv",
        help="rejoue un export CSV au lieu du tableau Google : ni clé, ni réseau",
    )
    it.add_argument("--check", action="store_true", help="n'écrit que le compte rendu, pas la page ni ses données")
    it.add_argument(
        "--accept-removals",
        action="store_true",
        help="laisse passer une fois de nombreuses disparitions, si c'est voulu",
    )
    it.add_argument(
        "--pulls",
        type=Path,
        metavar="FICHIER.json",
        help="les demandes de fusion existantes, telles que GitHub les donne",
    )
    it.add_argument(
        "--under-review", type=Path, metavar="FICHIER.csv", help="les données de la demande de fusion déjà ouverte"
    )
    it = command("setup", setup, "Prépare le tableau Google : titres, listes déroulantes, mode d'emploi.")
    it.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="FICHIER.csv",
        help="remplit un tableau neuf et vide avec les lignes de ce fichier",
    )
    command("render", render_again, "Reconstruit la page depuis les données publiées, sans lire le tableau.")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    # Everything is said and written: taking millions of cells apart one by one would only cost time.
    os._exit(main())
