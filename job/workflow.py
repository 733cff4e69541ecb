"""The workflow's steps that are not `sync`: what they read and print. GitHub itself is never called.

    python3 -m job.workflow settings      the branch and the paths of config.toml, as outputs
    python3 -m job.workflow say FOLDER    what the pull request is told before its branch moves
    python3 -m job.workflow issue FOLDER  what becomes of the issue of failed nights

FOLDER holds what GitHub answered. Each request that is printed is a line of JSON, for send.sh. Runs on a bare Python:
the night whose installation fails needs it too.
"""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from job.model import JobError
from job.output import github
from job.output.files import tell_github


def read_settings(path: Path = Path("config.toml")) -> dict[str, str]:
    """What the workflow has to know of config.toml.

    Raises:
        JobError: it is no TOML, or something is missing.
    """
    try:
        config = tomllib.loads(path.read_text(encoding="utf-8"))
        output, data = config["output"], PurePosixPath(config["output"]["data"])
        older = PurePosixPath(output["page"]).with_name(data.name)  # where an earlier version left the data
        return {
            "branch": config["list"]["branch"],
            "page": output["page"],
            "data": str(data),
            "older": str(older) if older != data and Path(older).exists() else "",
            "json": str(data.with_suffix(".json")),
            "package": str(data.with_name("datapackage.json")),
            "site": str(github.site_of(Path(data)) or ""),  # built for the reviewer
            "report": output["report"],
            "sheet": config["sheet"]["id"],
        }
    except (OSError, ValueError, KeyError) as error:
        reason = f"il y manque {error}" if isinstance(error, KeyError) else error
        raise JobError(github.UNREADABLE_SETTINGS.format(reason=reason)) from None


def _settings(_folder: Path, environ: Mapping[str, str]) -> list[github.Request]:
    try:
        tell_github(environ, read_settings(), "")
    except JobError as error:
        tell_github(environ, *github.render_failure(error))
        sys.exit(str(error))
    return []


def _say(folder: Path, environ: Mapping[str, str]) -> list[github.Request]:
    night, pull, comments = (_read(folder / name) for name in ("night.json", "pull.json", "comments.json"))
    number, requests = night["pull"].get("number"), github.say(night, pull, comments)
    changed = f"La demande de fusion n° {number} a changé entre-temps\u00a0: le robot n'y touche pas cette nuit.\n"
    outputs = {
        "go": "no" if requests is None else "yes",
        "title": night["title"],
        "to_draft": number if requests and night["decision"] == "update" and not pull["draft"] else "",
    }
    tell_github(environ, outputs, changed if requests is None else "")
    return requests or []


def _issue(folder: Path, environ: Mapping[str, str]) -> list[github.Request]:
    failure = github.failure_of(environ)
    if failure and not environ["FAILURE"]:  # what failed could not tell the summary of it
        tell_github(environ, {}, github.render_refusal(failure))
    issues = _read(folder / "issues.json")
    return [] if issues is None else github.keep_issue(failure, issues, environ)


def _read(path: Path) -> Any:
    """An answer of GitHub's, None where there was none."""
    return json.loads(path.read_bytes()) if path.exists() else None


def main(command: str, folder: str = "") -> None:
    """Run one of the commands above."""
    requests = {"settings": _settings, "say": _say, "issue": _issue}[command](Path(folder), os.environ)
    sys.stdout.writelines(json.dumps(request) + "\n" for request in requests)


if __name__ == "__main__":
    main(*sys.argv[1:])
