"""Every text that GitHub shows beside the report, what GitHub is asked to do, and the workflow's steps but for `sync`.

    python3 -m job.output.github settings      the branch and the paths of config.toml, as outputs
    python3 -m job.output.github say FOLDER    what the pull request is told before its branch moves
    python3 -m job.output.github issue FOLDER  what becomes of the issue of failed nights

FOLDER holds what GitHub answered. A request to GitHub is printed as a line of JSON, for send.sh.
Nothing that has to be installed is imported, but by `settings`: a night whose installation fails says so too.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from job.changes.decide import MARKER, Choice, marker
from job.model import SHEET_ADDRESS, JobError, french
from job.text import plural, shorten

Request = tuple[str, str, dict[str, str]]  # method, endpoint below the repository's own, body

# The no-break spaces of the whole file at once: TOML itself needs no space that French binds.
_TEXTS = tomllib.loads(french((Path(__file__).parents[2] / "templates" / "github.toml").read_text(encoding="utf-8")))


def site_of(data: Path) -> Path | None:
    """The site that npm can build and whose public/ folder holds the data; None where there is none."""
    sites = (folder.parent for folder in data.parents if folder.name == "public")
    return next((site for site in sites if (site / "package-lock.json").exists()), None)


def tell_github(environ: Mapping[str, str], outputs: Mapping[str, str | int], summary: str) -> None:
    """Hand the run's outputs and its summary to GitHub Actions, when it is what runs us."""
    lines = [f"{name}={value}\n" for name, value in outputs.items()]
    for line in lines:
        if not re.fullmatch(r"[a-z_]+=[^\r\n]*\n", line):  # a line break in a value would add an output
            raise ValueError(f"unsafe output: {line!r}")
    for name, text in (("GITHUB_OUTPUT", "".join(lines)), ("GITHUB_STEP_SUMMARY", summary)):
        if environ.get(name):
            Path(environ[name]).write_text(text, encoding="utf-8", newline="\n")  # once, though a step is tried again


def render_night(choice: Choice, changes: str, broken: int, *, title: str, branch: str) -> bytes:
    """What the workflow passes on: the decision, its pull request as it was seen, the title, and what it is told.

    The title holds constants and figures, nothing from the sheet: `changes` in words, how many rows are `broken`.
    """
    errors = f", {plural(broken, 'ligne en erreur', 'lignes en erreur')}" if broken else ""
    pull = choice.pull._asdict() if choice.pull else {}
    comment = _TEXTS["comments"].get(choice.decision, "") if pull else ""
    undo = _TEXTS["undo"].format(**pull, branch=branch) if pull.get("ours") else ""
    night = {
        "decision": choice.decision,
        "pull": pull,
        "title": f"{title} : {changes or 'présentation ou libellés'}{errors}",
        "comment": comment.format(**pull, undo=undo, branch=branch, marker=marker("…")),
    }
    return json.dumps(night, ensure_ascii=False, indent=2).encode()


def render_decision(choice: Choice) -> str:
    """The decision in words, for the end of the run's summary."""
    number = f", n° {choice.pull.number}" if choice.pull else ""
    return f"\n**Décision** ({choice.decision}{number})\u00a0: {_TEXTS['decisions'][choice.decision]}\n"


def say(answers: Mapping[str, Any], environ: Mapping[str, str]) -> list[Request]:
    """What the pull request is told before its branch moves: nothing when it changed since the decision was made.

    Its fingerprint goes first, and comes back with the new description: the next night sees an update that was cut
    short, and does it again; and a pull request that the robot closes is no refusal.
    """
    night, pull, requests = answers["night"], answers.get("pull", {}), list[Request]()
    seen, decision, number = night["pull"], night["decision"], night["pull"].get("number", "")
    if seen and (pull["state"] == "open", pull["head"]["sha"]) != (seen["is_open"], seen["head"]):
        changed = f"La demande de fusion n° {number} a changé entre-temps\u00a0: le robot n'y touche pas cette nuit.\n"
        tell_github(environ, {"go": "no", "title": night["title"], "to_draft": ""}, changed)
        return []
    if decision in ("update", "close"):
        requests.append(("PATCH", f"pulls/{number}", {"body": MARKER.sub("", pull["body"] or "")}))
    said = night["comment"].strip().rpartition("\n")[2]
    if said and not any(said in (it["body"] or "") for it in answers.get("comments", ()) if _is_robots(it)):
        requests.append(("POST", f"issues/{number}/comments", {"body": night["comment"]}))
    to_draft = number if decision == "update" and not pull["draft"] else ""
    tell_github(environ, {"go": "yes", "title": night["title"], "to_draft": to_draft}, "")
    return requests


def _is_robots(item: Mapping[str, Any]) -> bool:
    return (item["user"] or {}).get("type") == "Bot"


# --- the issue of failed nights -------------------------------------------------------------------------------------


FAILURES = {name: JobError(sentence, kind) for name, (kind, sentence) in _TEXTS["failures"].items()}
_JOBS = ("READ", "PROPOSE", "TELL")
_ISSUE = "<!-- robot : nuit en échec -->"


def render_failure(error: JobError) -> tuple[dict[str, str], str]:
    """What a step leaves when it could not be done: the output `failure`, and the run's summary."""
    return {"failure": json.dumps([error.kind, str(error)])}, render_refusal(error)


def failure_of(environ: Mapping[str, str]) -> JobError | None:
    """Why the night failed, from its own output and the results of its steps and jobs; None for a good night."""
    if environ["FAILURE"]:
        kind, sentence = json.loads(environ["FAILURE"])
        return JobError(sentence, kind)
    for name, failure in FAILURES.items():
        if environ.get(name) == "failure" or (name in _JOBS and environ.get(name) == "cancelled"):  # by its time limit
            return failure
    return None


def keep_issue(answers: Mapping[str, Any], environ: Mapping[str, str]) -> list[Request]:
    """One issue: opened at the first failure, commented when the reason changes, closed at the next good night."""
    failure = failure_of(environ)
    if failure and not environ["FAILURE"]:  # what failed could not tell the summary of it
        tell_github(environ, {}, render_refusal(failure))
    ours = min(filter(_is_our_issue, answers.get("issues", ())), key=lambda it: int(it["number"]), default=None)
    if failure is None:
        told, change = _TEXTS["issue"]["good"].format(**environ), {"state": "closed", "state_reason": "completed"}
        return _comment_and_change(ours, told, change) if ours else []
    text = render_issue(failure, environ)
    if ours:
        is_known = _reason(text, failure.kind) == _reason(ours["body"], failure.kind)
        comment = f"La raison a changé.\n\n{text}"
        return [] if is_known else _comment_and_change(ours, comment, {"body": text})
    is_open = "issues" in answers  # else they are switched off
    return [("POST", "issues", {"title": _TEXTS["issue"]["title"], "body": text})] if is_open else []


def _is_our_issue(item: Mapping[str, Any]) -> bool:
    return _is_robots(item) and "pull_request" not in item and _ISSUE in (item["body"] or "")


def _comment_and_change(issue: Mapping[str, Any], comment: str, change: dict[str, str]) -> list[Request]:
    this = f"issues/{issue['number']}"
    return [("POST", f"{this}/comments", {"body": comment}), ("PATCH", this, change)]


def _reason(body: str, kind: str) -> str:
    """What is quoted; of a guard without its figures and the rows it names, which may be others every night."""
    quoted = body.partition("```text\n")[2].partition("\n```")[0]
    return re.sub(r"[0-9]|\s:.*", "", quoted, flags=re.DOTALL) if kind == "guard" else quoted


def render_issue(failure: JobError, environ: Mapping[str, str]) -> str:
    """The issue's body: what the robot says, what to do, where to look."""
    sheet = environ["SHEET"] and f"[Le tableau]({SHEET_ADDRESS.format(environ['SHEET'])}) · "
    return f"{render_refusal(failure)}\n{_TEXTS['issue']['end'].format_map({**environ, 'sheet': sheet})}\n{_ISSUE}\n"


def render_refusal(failure: JobError) -> str:
    """What the robot says and what to do, for the issue and for the run's summary.

    The sentence stands in a block of code that it cannot leave: no mention, no reference, and an address can be pasted.
    """
    seen = "".join(char for char in str(failure) if char.isprintable() or char in "\n\u00a0\u202f")
    quoted = shorten(seen.replace("`", "'").strip("\n"), 2_000)
    return str(_TEXTS["issue"]["refusal"].format(sentence=quoted, remedy=_TEXTS["remedies"][failure.kind]))


# --- the workflow's steps -----------------------------------------------------------------------------------------


def read_settings(path: Path = Path("config.toml")) -> dict[str, str]:
    """What the workflow has to know of config.toml. What is wrong with it is a JobError, as for `load_config`."""
    from job.config_file import load_config  # noqa: PLC0415  the other steps run where nothing is installed

    config = load_config(path)
    output = config.output
    paths = {
        "page": output.page,
        "data": output.data,
        "older": output.older if output.older != output.data and output.older.exists() else None,
        "json": output.json,
        "package": output.package,
        "site": site_of(output.data),  # built for the reviewer
        "report": output.report,
    }
    told = {name: str(place.relative_to(config.root)) if place else "" for name, place in paths.items()}
    return {"branch": config.list.branch, "sheet": config.sheet.id, **told}


def _settings(_: Mapping[str, Any], environ: Mapping[str, str]) -> list[Request]:
    try:
        tell_github(environ, read_settings(), "")
    except JobError as error:
        tell_github(environ, *render_failure(error))
        sys.exit(str(error))
    return []


def main(command: str, folder: str = "") -> None:
    """Run one of the commands above."""
    files = Path(folder).glob("*.json") if folder else ()
    answers = {file.stem: json.loads(file.read_bytes()) for file in files}
    requests = {"settings": _settings, "say": say, "issue": keep_issue}[command](answers, os.environ)
    sys.stdout.writelines(json.dumps(request) + "\n" for request in requests)


if __name__ == "__main__":
    main(*sys.argv[1:])
