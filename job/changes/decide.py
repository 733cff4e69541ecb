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
    ours: str = "…"  # the last commit before that one, "…" when there is none


class Choice(NamedTuple):
    """A decision, and the pull request it is about."""

    decision: Decision
    pull: PullRequest | None = None


def decide(fingerprint: str, pulls: Sequence[PullRequest], *, differs: bool) -> Choice:
    """What to do, `differs` telling whether the content is other than the default branch's. `pulls`: newest first."""
    ours = next((pull for pull in pulls if pull.is_open), None)
    if ours and ours.taken_over_by:
        return Choice("blocked", ours)
    if not differs:
        return Choice("close", ours) if ours else Choice("none")
    if ours:
        is_proposed = ours.fingerprint == fingerprint and not ours.has_conflict
        return Choice("keep" if is_proposed else "update", ours)
    last = next((pull for pull in pulls if pull.fingerprint == fingerprint), None)
    return Choice("muted", last) if last and not last.is_merged else Choice("open")


def read_pulls(folder: Path) -> tuple[PullRequest, ...]:
    """The pull requests of our branch, newest first, from GitHub's own answers: what ask-github.sh left.

    `pulls.json` is their list; `pull.json` and `commits.json` tell more of the open one.

    Raises:
        JobError: a file is missing.
    """
    try:
        listed = sorted(_read(folder / "pulls.json"), key=lambda pull: int(pull["number"]), reverse=True)
        return tuple(_pull(pull, folder) for pull in listed)
    except OSError:
        remedy = "Relancez l'étape qui la demande à GitHub."
        raise JobError(f"La liste des demandes de fusion est absente. {remedy} {UNCHANGED}") from None


def _read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def _pull(listed: Mapping[str, Any], folder: Path) -> PullRequest:
    found = MARKER.findall(listed["body"] or "")
    pull = PullRequest(
        number=int(listed["number"]),
        is_open=listed["state"] == "open",
        is_merged=listed["merged_at"] is not None,
        fingerprint=found[-1] if found else "",
        head=listed["head"]["sha"],
    )
    if not pull.is_open:
        return pull
    commits = _read(folder / "commits.json")
    ours = list(takewhile(lambda commit: _is_ours(commit, listed["base"]["ref"]), commits))
    theirs = commits[len(ours) :]
    return pull._replace(
        has_conflict=_read(folder / "pull.json")["mergeable"] is False,  # null: not known yet
        taken_over_by=theirs[0]["sha"] if theirs else "",
        ours=ours[-1]["sha"] if ours else "…",
    )


def _is_ours(commit: Mapping[str, Any], base: str) -> bool:
    """Whether it holds nobody's work: a bot's account authored it, or it only brings the base in (« Update branch »).

    GitHub gives no account for an address it does not know.
    """
    is_by_github = (commit["committer"] or {}).get("login") == "web-flow"  # what its buttons do
    is_update = is_by_github and commit["commit"]["message"].startswith(f"Merge branch '{base}' into ")
    return is_update or (commit["author"] or {}).get("type") == "Bot"
