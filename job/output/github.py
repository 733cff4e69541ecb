"""Every text that GitHub shows beside the report, and what GitHub is asked to do. Pure: job/workflow.py passes it on.

The words stand in templates/github.toml. A request is {"method", "endpoint", "body"}, its endpoint below the
repository's own. Imports nothing that has to be installed: a night whose installation fails says so too.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from job.changes.decide import Choice, marker, without_marker
from job.model import REFUSED, JobError, french
from job.text import plural, shorten

Request = dict[str, Any]  # method, endpoint, body

_TEXTS = tomllib.loads((Path(__file__).parents[2] / "templates" / "github.toml").read_text(encoding="utf-8"))


def _request(method: str, endpoint: str, **body: str) -> Request:
    return {"method": method, "endpoint": endpoint, "body": body}


def site_of(data: Path) -> Path | None:
    """The site that npm can build and whose public/ folder holds the data; None where there is none."""
    sites = (folder.parent for folder in data.parents if folder.name == "public")
    return next((site for site in sites if (site / "package-lock.json").exists()), None)


# --- the pull request -----------------------------------------------------------------------------------------------


class Counts(NamedTuple):
    """How many datasets a night changes, and how many rows are not published as typed."""

    removed: int = 0
    modified: int = 0
    renamed: int = 0
    moved: int = 0
    added: int = 0
    broken: int = 0


_COUNTED = ("disparition", "modification", "renommage", "déplacement", "ajout")


def render_title(title: str, counts: Counts) -> str:
    """The pull request's title: constants and figures, nothing from the sheet. `title` is the list's own."""
    *changes, broken = counts
    said = [plural(count, word) for count, word in zip(changes, _COUNTED, strict=True) if count]
    errors = [plural(broken, "ligne en erreur", "lignes en erreur")] if broken else []
    return f"{title} : {', '.join([*(said or ['présentation de la page']), *errors])}"


def render_comment(choice: Choice, branch: str) -> str:
    """What this decision has to say under its pull request, "" for nothing. Its last line tells that it was said."""
    comment, pull = _TEXTS["comments"].get(choice.decision), choice.pull
    if not comment or not pull:
        return ""
    known = {**pull._asdict(), "branch": branch, "marker": marker("…")}
    by_git = comment["by_git"].format(**known) if pull.ours and "by_git" in comment else ""
    text = french(comment["text"].format(**known, by_git=by_git))
    return f"{text}\n<!-- robot : {comment['said'].format(**known)} -->\n"


def render_night(choice: Choice, *, title: str, branch: str, counts: Counts) -> dict[str, str]:
    """File name → content, of what the workflow passes on: title, decision with its pull request, comment."""
    pull = choice.pull
    night = {
        "decision": choice.decision,
        "pull": pull.number if pull else "",
        "state": "open" if pull and pull.is_open else "closed",
        "head": pull.head if pull else "",
    }
    return {
        "title.txt": render_title(title, counts) + "\n",
        "night.json": json.dumps(night) + "\n",
        "comment.md": render_comment(choice, branch),
    }


def render_decision(choice: Choice) -> str:
    """The decision in words, for the end of the run's summary."""
    number = f", n° {choice.pull.number}" if choice.pull else ""
    return french(f"\n**Décision** ({choice.decision}{number}) : {_TEXTS['decisions'][choice.decision]}\n")


def say(
    night: Mapping[str, Any], pull: Mapping[str, Any], comment: str, comments: Iterable[Any]
) -> list[Request] | None:
    """What the pull request is told before its branch moves; None when it changed since the decision was made.

    Its fingerprint goes first, and comes back with the new description: an update that is cut short is seen, and done
    again, by the next night; and a pull request that the robot closes is no refusal.
    """
    if not night["pull"]:
        return []
    if (pull["state"], pull["head"]["sha"]) != (night["state"], night["head"]):
        return None
    requests: list[Request] = []
    if night["decision"] in ("update", "close"):
        requests.append(_request("PATCH", f"pulls/{night['pull']}", body=without_marker(pull["body"] or "")))
    said = comment.strip().rpartition("\n")[2]
    if comment and not any(said in (it["body"] or "") for it in comments if _is_robots(it)):
        requests.append(_request("POST", f"issues/{night['pull']}/comments", body=comment))
    return requests


def _is_robots(item: Mapping[str, Any]) -> bool:
    return (item["user"] or {}).get("type") == "Bot"


# --- why a night failed ---------------------------------------------------------------------------------------------


class Failure(NamedTuple):
    """What kind of failure it is, by which its remedy is found, and what the robot says of it."""

    kind: str
    sentence: str


FAILURES = {name: Failure(*told) for name, told in _TEXTS["failures"].items()}
UNREADABLE_SETTINGS = "config.toml est illisible ou incomplet : {reason}."


def render_failure(error: JobError) -> str:
    """What `sync` leaves as `failure.json`, beside GitHub's answers, when it could not be done."""
    kind = "guard" if error.exit_code == REFUSED else "passing" if error.passing else "job"
    return json.dumps(Failure(kind, str(error))._asdict())


def why(outcomes: Mapping[str, str], said: str) -> Failure:
    """Why the `read` job failed, from the outcomes of its steps and what `sync` said ("" for nothing)."""
    if said:
        return Failure(**json.loads(said))
    failed = (failure for step, failure in FAILURES.items() if outcomes.get(step) == "failure")
    return next(failed, FAILURES["CUT_SHORT"])


def failure_of(results: Mapping[str, str], said: str) -> Failure | None:
    """Why the night failed, from the results of the other jobs and what `why` said; None for a good night."""
    if results["READ"] != "success":
        return Failure(**json.loads(said)) if said else FAILURES["CUT_SHORT"]
    if results["PROPOSE"] not in ("success", "skipped"):
        return FAILURES["NOT_PROPOSED"]
    return FAILURES["NOT_SAID"] if results["TELL"] not in ("success", "skipped") else None


# --- the issue of failed nights -------------------------------------------------------------------------------------

_ISSUE = "<!-- robot : nuit en échec -->"


class Links(NamedTuple):
    """Web addresses that help: "" for one that is not known."""

    sheet: str
    run: str
    help: str


def keep_issue(failure: Failure | None, issues: Iterable[Any], links: Links) -> list[Request]:
    """One issue: opened at the first failure, commented when the reason changes, closed at the next good night."""
    issue = min(filter(_is_our_issue, issues), key=lambda it: int(it["number"]), default=None)
    text = render_issue(failure, links) if failure else ""
    if issue is None:
        return [_request("POST", "issues", title=_TEXTS["issue"]["title"], body=text)] if failure else []
    if failure and _reason(failure) in issue["body"]:
        return []
    this, end = f"issues/{issue['number']}", french(_TEXTS["issue"]["good"])
    comment = f"La raison a changé.\n\n{text}" if failure else f"[Cette nuit]({links.run}) {end}"
    change = {"body": text} if failure else {"state": "closed", "state_reason": "completed"}
    return [_request("POST", f"{this}/comments", body=comment), _request("PATCH", this, **change)]


def _is_our_issue(item: Any) -> bool:
    return _is_robots(item) and "pull_request" not in item and _ISSUE in (item["body"] or "")


def render_issue(failure: Failure, links: Links) -> str:
    """The issue's body: what the robot says, what to do, where to look."""
    names = ("Le tableau", "Journal de l'exécution", "Toutes les phrases et leurs remèdes")
    where = " · ".join(f"[{name}]({address})" for name, address in zip(names, links, strict=True) if address)
    return f"{render_refusal(failure)}\n\n{where}\n\n{_TEXTS['issue']['ending']}\n\n{_ISSUE}\n{_reason(failure)}\n"


def render_refusal(failure: Failure) -> str:
    """What the robot says and what to do, for the issue and for the run's summary."""
    remedy = french(f"**Que faire :** {_TEXTS['remedies'][failure.kind]}")
    return f"{french(_TEXTS['issue']['said'])}\n\n{_quote(failure.sentence)}\n\n{remedy}"


def _reason(failure: Failure) -> str:
    """Tells one reason from another: « 31 lignes sur 97 » one night and « 32 lignes sur 97 » the next are the same."""
    first = re.split(r"(?<=[.?!]) |\n", failure.sentence)[0]
    digest = hashlib.sha256(f"{failure.kind} {re.sub('[0-9]', '', first)}".encode()).hexdigest()
    return f"<!-- raison : {digest[:16]} -->"


_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def _quote(text: str) -> str:
    """The text as a block of code that it cannot leave: no mention, no reference, and an address can be pasted."""
    seen = _UNSEEN.sub("", text).replace("`", "'").strip("\n")
    return f"```text\n{shorten(seen, 2_000)}\n```"
