"""The workflow's steps that are not `sync`, on a bare Python: the night whose installation fails needs them too.

    python3 -m job.workflow settings      the branch and the paths of config.toml, as outputs
    python3 -m job.workflow say FOLDER    what the pull request is told before its branch moves
    python3 -m job.workflow issue FOLDER  what becomes of the issue of failed nights

FOLDER holds what GitHub answered. A request to GitHub is printed as a line of JSON, for send.sh.
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


def read_settings(path: Path = Path("config.toml")) -> dict[str, str]:
    """What the workflow has to know of config.toml.

    Raises:
        JobError: it is no TOML, or something is missing or of another type.
    """
    try:
        config = tomllib.loads(path.read_text(encoding="utf-8-sig"))
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
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"il y manque {error}" if isinstance(error, KeyError) else error
        raise JobError(github.UNREADABLE_SETTINGS.format(reason=reason)) from None


def _settings(_: Mapping[str, Any], environ: Mapping[str, str]) -> list[github.Request]:
    try:
        github.tell_github(environ, read_settings(), "")
    except JobError as error:
        github.tell_github(environ, *github.render_failure(error))
        sys.exit(str(error))
    return []


def _say(answers: Mapping[str, Any], environ: Mapping[str, str]) -> list[github.Request]:
    night, pull = answers["night"], answers.get("pull", {})
    number, requests = night["pull"].get("number"), github.say(night, pull, answers.get("comments", ()))
    changed = f"La demande de fusion n° {number} a changé entre-temps\u00a0: le robot n'y touche pas cette nuit.\n"
    outputs = {
        "go": "no" if requests is None else "yes",
        "title": night["title"],
        "to_draft": number if requests and night["decision"] == "update" and not pull["draft"] else "",
    }
    github.tell_github(environ, outputs, changed if requests is None else "")
    return requests or []


def _issue(answers: Mapping[str, Any], environ: Mapping[str, str]) -> list[github.Request]:
    failure = github.failure_of(environ)
    if failure and not environ["FAILURE"]:  # what failed could not tell the summary of it
        github.tell_github(environ, {}, github.render_refusal(failure))
    return github.keep_issue(failure, answers["issues"], environ) if "issues" in answers else []


def main(command: str, folder: str = "") -> None:
    """Run one of the commands above."""
    files = Path(folder).glob("*.json") if folder else ()
    answers = {file.stem: json.loads(file.read_bytes()) for file in files}
    requests = {"settings": _settings, "say": _say, "issue": _issue}[command](answers, os.environ)
    sys.stdout.writelines(json.dumps(request) + "\n" for request in requests)


if __name__ == "__main__":
    main(*sys.argv[1:])
