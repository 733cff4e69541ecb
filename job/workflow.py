"""The workflow's steps that are not `sync`: what they read and leave. GitHub itself is never called.

    python3 -m job.workflow settings      the branch and the paths of config.toml, as outputs
    python3 -m job.workflow why FOLDER    why the night failed: the output `failure`, and the run's summary
    python3 -m job.workflow say FOLDER    what the pull request is told before its branch moves
    python3 -m job.workflow issue FOLDER  what becomes of the issue of failed nights

FOLDER holds what GitHub answered; `say` and `issue` leave requests.json there, for send.sh. Runs on a bare Python: the
night whose installation fails needs it too.
"""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from job.changes.decide import read_pages
from job.model import JobError, french
from job.output import github


def read_settings(path: Path) -> dict[str, str]:
    """What the workflow has to know of config.toml: branch, page, data, older, json, package, site, report, sheet.

    Raises:
        JobError: it is no TOML, or one of them is missing.
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


def _tell(environ: Mapping[str, str], summary: str = "", **outputs: object) -> None:
    """Give GitHub Actions these outputs, and this text for the run's summary."""
    lines = "".join(f"{name}={value}\n" for name, value in outputs.items())
    for file, text in {"GITHUB_OUTPUT": lines, "GITHUB_STEP_SUMMARY": summary}.items():
        with Path(environ.get(file) or os.devnull).open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(text)


def _settings(_folder: Path, environ: Mapping[str, str]) -> None:
    _tell(environ, **read_settings(Path("config.toml")))


def _why(folder: Path, environ: Mapping[str, str]) -> None:
    said = folder / "failure.json"
    try:
        read_settings(Path("config.toml"))
        failure = github.why(environ, said.read_text(encoding="utf-8") if said.exists() else "")
    except JobError as error:
        failure = github.Failure("job", str(error))
    _tell(environ, f"{github.render_refusal(failure)}\n", failure=json.dumps(failure._asdict()))


def _say(folder: Path, environ: Mapping[str, str]) -> None:
    night = json.loads((folder / "night.json").read_bytes())
    pull = json.loads((folder / "pull.json").read_bytes()) if night["pull"] else {}
    comments = read_pages(folder / "comments.json") if night["pull"] else ()
    requests = github.say(night, pull, (folder / "comment.md").read_text(encoding="utf-8"), comments)
    changed = f"La demande de fusion n° {night['pull']} a changé entre-temps : le robot n'y touche pas cette nuit."
    to_draft = requests is not None and night["decision"] == "update" and not pull["draft"]
    _tell(
        environ,
        french(f"\n{changed}\n") if requests is None else "",
        go="no" if requests is None else "yes",
        pull=night["pull"],
        to_draft="yes" if to_draft else "no",
        title=(folder / "title.txt").read_text(encoding="utf-8").strip(),
    )
    _leave(folder, requests or [])


def _issue(folder: Path, environ: Mapping[str, str]) -> None:
    failure = github.failure_of(environ, environ["FAILURE"])
    repository = f"{environ['GITHUB_SERVER_URL']}/{environ['GITHUB_REPOSITORY']}"
    try:
        sheet = read_settings(Path("config.toml"))["sheet"]
    except JobError:
        sheet = ""
    links = github.Links(
        f"https://docs.google.com/spreadsheets/d/{sheet}/edit" if sheet else "",
        f"{repository}/actions/runs/{environ['GITHUB_RUN_ID']}",
        f"{repository}/blob/HEAD/docs/when-a-night-fails.md",
    )
    asked = folder / "issues.json"
    _leave(folder, github.keep_issue(failure, read_pages(asked), links) if asked.exists() else [])
    if failure and not environ["FAILURE"]:  # `why` has told of its own
        _tell(environ, github.render_refusal(failure) + "\n")


def _leave(folder: Path, requests: Sequence[github.Request]) -> None:
    (folder / "requests.json").write_text(json.dumps(requests), encoding="utf-8")


def main(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> None:
    """Run one of the commands above.

    Raises:
        SystemExit: with a sentence, for standard error.
    """
    command, *folder = arguments
    try:
        {"settings": _settings, "why": _why, "say": _say, "issue": _issue}[command](Path(*folder), environ)
    except JobError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main(sys.argv[1:])
