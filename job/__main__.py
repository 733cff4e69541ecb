"""Arguments → a command → an exit code."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from job import commands
from job.config_file import load_config
from job.model import INTERRUPTED, USAGE, JobError
from job.output.escape import escape_log
from job.output.github import render_failure, tell_github


def today_in_paris() -> date:
    """The day it is where the readers of the page live."""
    return datetime.now(ZoneInfo("Europe/Paris")).date()


def main(
    arguments: Sequence[str] | None = None,
    environ: Mapping[str, str] = os.environ,
    today: Callable[[], date] = today_in_paris,
) -> int:
    """Run one command and return its exit code.

    0 done · 1 could not be done · 2 usage · 3 a guard refused · 130 stopped (Ctrl-C).
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # French comes out right whatever the locale
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = _parse(arguments)
    options.today = today()  # once: a night that passes midnight has one date
    gc.disable()  # the process ends after one run; the cyclic collector costs a third of a large one
    try:
        if options.run is commands.doctor:  # what is wrong with config.toml is one of its lines
            return int(commands.doctor(options, environ))
        options.run(options, load_config(options.config), environ)
    except JobError as error:
        for line in str(error).splitlines():
            print(escape_log(line), file=sys.stderr)
        if options.run is commands.sync:  # for the workflow's next steps
            tell_github(environ, *render_failure(error))
        return error.exit_code
    except KeyboardInterrupt:
        print("Interrompu : relancez quand vous voulez.", file=sys.stderr)
        return INTERRUPTED
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m job",
        description="Publie une page et ses données depuis un tableau partagé.",
        allow_abbrev=False,
    )
    commands_ = parser.add_subparsers(title="commandes", metavar="COMMANDE", required=True)

    def command(name: str, run: Callable[..., Any], purpose: str) -> argparse.ArgumentParser:
        it = commands_.add_parser(name, help=purpose, description=purpose, allow_abbrev=False)
        it.set_defaults(run=run)
        it.add_argument("--config", type=Path, default=Path("config.toml"), metavar="FICHIER", help="configuration")
        return it

    it = command("sync", commands.sync, "Lit le tableau, le vérifie, et écrit la page, ses données et le rapport.")
    it.add_argument("--from", dest="source", type=Path, metavar="FICHIER.csv", help="lit un export CSV, sans réseau")
    it.add_argument("--check", action="store_true", help="n'écrit que le dossier du rapport")
    it.add_argument("--accept", action="store_true", help="laisse passer une fois le refus d'un garde-fou")
    it.add_argument("--github", type=Path, metavar="DOSSIER", help="ce que GitHub a répondu (ask-github.sh)")
    it = command("setup", commands.setup, "Prépare le tableau Google : titres, listes déroulantes, mode d'emploi.")
    it.add_argument("--from", dest="source", type=Path, metavar="FICHIER.csv", help="lignes d'un tableau neuf et vide")
    command("render", commands.render, "Reconstruit la page depuis les données publiées, sans lire le tableau.")
    command("doctor", commands.doctor, "Dit ce qui est en place pour une nuit, et ce qui manque.")

    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        print(f"Option inconnue : {escape_log(unknown[0])}. Voir python -m job --help.", file=sys.stderr)
        raise SystemExit(USAGE)
    return options


if __name__ == "__main__":
    code = 0
    with suppress(BrokenPipeError):  # « | head » has read enough
        code = main()
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)  # taking millions of cells apart one by one costs a sixth of the run
