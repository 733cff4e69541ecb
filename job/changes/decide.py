"""Fingerprint × existing pull requests → what to do with ours. GitHub is not called: its answers are files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal, NamedTuple

from job.model import UNCHANGED, JobError

Decision = Literal["none", "close", "open", "keep", "update", "blocked", "muted"]

MARKER = re.compile(r"^<!-- empreinte : ([0-9a-f]{16}) -->\s*$", re.MULTILINE)  # a whole line: no cell can make one


def marker(fingerprint: str) -> str:
    """What a pull request's body carries, unseen, to tell which content it proposes."""
    return f"<!-- empreinte : {fingerprint} -->"


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


def read_pulls(folder: Path) -> tuple[PullRequest, ...]:
    """The pull requests of our branch, newest first, from GitHub's own answers: what ask-github.sh left.

    Raises:
        JobError: it left nothing, or half of it.
    """
    try:
        listed = json.loads((folder / "pulls.json").read_bytes())
    except (OSError, ValueError):  # ask-github.sh was stopped: an empty file
        raise JobError(f"La liste des demandes de fusion est absente. Relancez ask-github.sh. {UNCHANGED}") from None
    return tuple(map(_pull, sorted(listed, key=lambda pull: int(pull["number"]), reverse=True)))


def _pull(answer: Mapping[str, Any]) -> PullRequest:
    fingerprints = MARKER.findall(answer["body"] or "")
    commits = answer.get("commits", [])  # of an open one only
    ours = list(takewhile(lambda commit: _is_ours(commit, answer["base"]["ref"]), commits))
    theirs = commits[len(ours) :]
    return PullRequest(
        number=int(answer["number"]),
        is_open=answer["state"] == "open",
        is_merged=answer["merged_at"] is not None,
        fingerprint=fingerprints[-1] if fingerprints else "",
        head=answer["head"]["sha"],
        has_conflict=answer.get("mergeable") is False,  # null: not known yet
        taken_over_by=theirs[0]["sha"] if theirs else "",
        ours=ours[-1]["sha"] if ours else "",
    )


def _is_ours(commit: Mapping[str, Any], base: str) -> bool:
    """Whether it holds nobody's work: a bot authored it, or it only brings the base in (« Update branch »)."""
    author, committer = (commit[role] or {} for role in ("author", "committer"))  # null: an address without an account
    is_update = commit["commit"]["message"].startswith(f"Merge branch '{base}' into ")
    return author.get("type") == "Bot" or (is_update and committer.get("login") == "web-flow")  # GitHub's own buttons
