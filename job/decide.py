"""Fingerprint × existing pull requests → what to do with ours. GitHub is never called: its answers are handed over."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from job.model import JobError

if TYPE_CHECKING:
    from pathlib import Path

Decision = Literal["none", "close", "open", "keep", "update", "blocked", "muted"]

BRANCH = "robot/donnees-de-forte-valeur"  # the one branch of the one pull request
_MARKER = re.compile(
    r"^<!-- empreinte : ([0-9a-f]{16}) -->\s*$", re.MULTILINE
)  # a line of its own: no cell can make one


def marker(fingerprint: str) -> str:
    """What a pull request's body carries, unseen, to tell which content it proposes."""
    return f"<!-- empreinte : {fingerprint} -->"


@dataclass(frozen=True)
class PullRequest:
    """What matters of one pull request of our branch."""

    number: int
    is_open: bool
    is_merged: bool
    fingerprint: str  # "" when the body does not carry it (any more)
    has_human_commits: bool


def decide(fingerprint: str, pulls: tuple[PullRequest, ...], *, differs: bool) -> Decision:
    """What to do, `differs` telling whether the content is other than the default branch's."""
    ours = next((pull for pull in pulls if pull.is_open), None)
    if ours and ours.has_human_commits:
        return "blocked"
    if not differs:
        return "close" if ours else "none"
    if ours:
        return "keep" if ours.fingerprint == fingerprint else "update"
    last = next((pull for pull in pulls if pull.fingerprint == fingerprint), None)
    return "muted" if last and not last.is_merged else "open"


def read_pulls(path: Path) -> tuple[PullRequest, ...]:
    """The pull requests of our branch, newest first, from GitHub's own JSON.

    The file holds `{"repository": "owner/name", "base": "main", "pulls": […], "commits": […]}`, the lists being the
    answers of `GET /repos/{repository}/pulls?state=all&head={owner}:{BRANCH}` and, for the open pull request, of
    `GET /repos/{repository}/pulls/{number}/commits`.

    Raises:
        JobError: the file is missing or holds something else.
    """
    try:
        answer = json.loads(path.read_bytes())
        pulls = [
            _pull(pull, answer["commits"])
            for pull in answer["pulls"]
            if pull["head"]["ref"] == BRANCH
            and (pull["head"]["repo"] or {}).get("full_name") == answer["repository"]  # not a fork's branch
            and pull["base"]["ref"] == answer["base"]
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise JobError(
            f"La liste des demandes de fusion ({path.name}) est absente ou illisible. "
            "Relancez l'étape qui la demande à GitHub. Rien n'a été modifié."
        ) from None
    return tuple(sorted(pulls, key=lambda pull: pull.number, reverse=True))


def _pull(pull: dict[str, Any], commits: list[dict[str, Any]]) -> PullRequest:
    found = _MARKER.findall(pull["body"] or "")
    is_open = pull["state"] == "open"
    return PullRequest(
        number=int(pull["number"]),
        is_open=is_open,
        is_merged=pull["merged_at"] is not None,
        fingerprint=found[-1] if found else "",
        has_human_commits=is_open and not all(_is_robots(commit) for commit in commits),
    )


def _is_robots(commit: dict[str, Any]) -> bool:
    """Whether a bot's account authored the commit. GitHub gives no account for an address it does not know."""
    author = commit["author"]
    return author is not None and author.get("type") == "Bot"
