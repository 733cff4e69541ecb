"""Fingerprint × existing pull requests → what to do with ours. GitHub is not called: its answers are files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Literal, NamedTuple

from job.model import UNCHANGED, JobError

Decision = Literal["none", "close", "open", "keep", "update", "blocked", "muted"]

_MARKER = re.compile(r"^<!-- empreinte : ([0-9a-f]{16}) -->\s*$", re.MULTILINE)  # a whole line: no cell can make one


def marker(fingerprint: str) -> str:
    """What a pull request's body carries, unseen, to tell which content it proposes."""
    return f"<!-- empreinte : {fingerprint} -->"


def without_marker(body: str) -> str:
    """The body of a pull request that proposes nothing for now: it is about to change, or to close."""
    return _MARKER.sub("", body)


class PullRequest(NamedTuple):
    """What matters of one pull request of our branch."""

    number: int
    is_open: bool
    is_merged: bool
    fingerprint: str  # "" when the body does not carry it: an update was cut short, or a person removed it
    head: str  # the commit at the tip of the branch
    has_conflict: bool = False  # with the branch it is to be merged into
    taken_over_by: str = ""  # the first commit of a person, "" when only the robot committed
    ours: str = ""  # the last commit before that one, "" when there is none


class Choice(NamedTuple):
    """A decision, and the pull request it is about."""

    decision: Decision
    pull: PullRequest | None = None


def decide(fingerprint: str, pulls: Sequence[PullRequest], *, differs: bool) -> Choice:
    """What to do, `differs` telling whether the content is other than the default branch's. `pulls`: newest first."""
    ours = next((pull for pull in pulls if pull.is_open), None)
    if ours:
        return Choice(_of_the_open_one(ours, fingerprint, differs=differs), ours)
    if not differs:
        return Choice("none")
    last = next((pull for pull in pulls if pull.fingerprint == fingerprint), None)
    return Choice("muted", last) if last and not last.is_merged else Choice("open")


def _of_the_open_one(ours: PullRequest, fingerprint: str, *, differs: bool) -> Decision:
    if ours.taken_over_by:
        return "blocked"
    if not differs:
        return "close"
    return "keep" if ours.fingerprint == fingerprint and not ours.has_conflict else "update"


def read_pulls(folder: Path, branch: str) -> tuple[PullRequest, ...]:
    """The pull requests of our branch, newest first, from GitHub's own answers: what ask-github.sh left.

    `pulls.json` holds the pages of the list; `pull.json` and `commits.json` tell more of the newest open one.

    Raises:
        JobError: a file is missing.
    """
    try:
        ours = [pull for pull in read_pages(folder / "pulls.json") if _is_of(pull, branch)]
        ours.sort(key=lambda pull: int(pull["number"]), reverse=True)
        newest = next((pull for pull in ours if pull["state"] == "open"), None)
        return tuple(_pull(pull, _state(pull, folder) if pull is newest else {}) for pull in ours)
    except OSError:
        remedy = "Relancez l'étape qui la demande à GitHub."
        raise JobError(f"La liste des demandes de fusion est absente. {remedy} {UNCHANGED}") from None


def read_pages(path: Path) -> Iterator[dict[str, Any]]:
    """The items of a list that `gh api --paginate --slurp` gave page by page."""
    return chain.from_iterable(json.loads(path.read_bytes()))


def _is_of(pull: Mapping[str, Any], branch: str) -> bool:
    """Whether it is about our branch, and not a fork's of the same name."""
    repository = (pull["head"]["repo"] or {}).get("full_name")
    return (pull["head"]["ref"], repository) == (branch, pull["base"]["repo"]["full_name"])


def _pull(pull: Mapping[str, Any], state: Mapping[str, Any]) -> PullRequest:
    found = _MARKER.findall(pull["body"] or "")
    return PullRequest(
        number=int(pull["number"]),
        is_open=pull["state"] == "open",
        is_merged=pull["merged_at"] is not None,
        fingerprint=found[-1] if found else "",
        head=pull["head"]["sha"],
        **state,
    )


def _state(pull: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What only an open one has."""
    commits = list(read_pages(folder / "commits.json"))
    known = {commit["sha"] for commit in commits}
    first = next((n for n, commit in enumerate(commits) if not _is_ours(commit, pull["base"]["ref"], known)), None)
    return {
        "has_conflict": json.loads((folder / "pull.json").read_bytes())["mergeable"] is False,  # null: not known yet
        "taken_over_by": "" if first is None else commits[first]["sha"],
        "ours": commits[first - 1]["sha"] if first else "",
    }


def _is_ours(commit: Mapping[str, Any], base: str, known: set[str]) -> bool:
    """Whether it holds nobody's work: a bot's account authored it, or it only brings the base in (« Update branch »).

    GitHub gives no account for an address it does not know. A parent that is not of the pull request is on the base.
    """
    if (commit["author"] or {}).get("type") == "Bot":
        return True
    return (
        (commit["committer"] or {}).get("login") == "web-flow"  # GitHub itself made it
        and commit["commit"]["message"].startswith(f"Merge branch '{base}' into ")
        and [parent["sha"] in known for parent in commit["parents"]] == [True, False]
    )
