"""Fingerprint × pull requests → decision: every cell of the table, and its edges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from job.decide import BRANCH, decide, marker, read_pulls
from job.model import JobError

NOW, BEFORE = "a" * 16, "b" * 16
ROBOT = {"author": {"login": "github-actions[bot]", "type": "Bot"}}
PERSON = {"author": {"login": "camille", "type": "User"}}
STRANGER = {"author": None}  # GitHub knows no account for the commit's address


def pull(number: int = 1, state: str = "open", *, body: str | None = None, **other: Any) -> dict[str, Any]:
    return {
        "number": number,
        "state": state,
        "merged_at": None,
        "body": f"Bonjour\n\n{marker(NOW)}" if body is None else body,
        "head": {"ref": BRANCH, "repo": {"full_name": "o/r"}},
        "base": {"ref": "main"},
        **other,
    }


def old(number: int = 1, **other: Any) -> dict[str, Any]:
    return pull(number, body=marker(BEFORE), **other)


def decision(folder: Path, pulls: list[dict[str, Any]], commits: list[dict[str, Any]], *, differs: bool = True) -> str:
    path = folder / "pulls.json"
    path.write_text(json.dumps({"repository": "o/r", "base": "main", "pulls": pulls, "commits": commits}))
    return decide(NOW, read_pulls(path), differs=differs)


closed: dict[str, Any] = {"state": "closed"}
merged: dict[str, Any] = {"state": "closed", "merged_at": "2026-11-01T00:00:00Z"}
fork: dict[str, Any] = {"head": {"ref": BRANCH, "repo": {"full_name": "stranger/r"}}}
gone_fork: dict[str, Any] = {"head": {"ref": BRANCH, "repo": None}}
other_branch: dict[str, Any] = {"head": {"ref": "dependabot/pip", "repo": {"full_name": "o/r"}}}


@pytest.mark.parametrize(
    ("case", "differs", "pulls", "commits", "expected"),
    [
        ("nothing differs, nothing open", False, [], [], "none"),
        ("nothing differs, the last one was merged", False, [pull(**merged)], [], "none"),
        ("nothing differs, an untouched one is open", False, [pull()], [ROBOT], "close"),
        ("nothing differs, a person works on the open one", False, [pull()], [ROBOT, PERSON], "blocked"),
        ("differs, none open", True, [], [], "open"),
        ("differs, open with the same fingerprint", True, [pull()], [ROBOT], "keep"),
        ("differs, open with another fingerprint", True, [old()], [ROBOT], "update"),
        ("differs, a person has committed", True, [old()], [ROBOT, PERSON], "blocked"),
        ("the same fingerprint, a person has committed", True, [pull()], [PERSON], "blocked"),
        ("differs, a commit without an account", True, [old()], [STRANGER], "blocked"),
        ("this very fingerprint was closed unmerged", True, [pull(**closed)], [], "muted"),
        ("an older fingerprint was closed unmerged", True, [old(**closed)], [], "open"),
        (
            "this fingerprint was refused, then an older one merged",
            True,
            [pull(1, **closed), old(2, **merged)],
            [],
            "muted",
        ),
        ("this fingerprint was refused, later merged", True, [pull(1, **closed), pull(2, **merged)], [], "open"),
        ("merged once, refused later", True, [pull(1, **merged), pull(2, **closed)], [], "muted"),
        ("refused, then reopened", True, [pull()], [ROBOT], "keep"),
        ("refused once, another is open", True, [pull(1, **closed), old(2)], [ROBOT], "update"),
        ("several open: the newest counts", True, [old(1), pull(2)], [ROBOT], "keep"),
        ("a fork's branch of the same name", True, [pull(**fork)], [PERSON], "open"),
        ("a deleted fork's branch", True, [pull(**gone_fork, **closed)], [], "open"),
        ("another bot's branch", True, [pull(**other_branch)], [ROBOT], "open"),
        ("towards another branch", True, [pull(base={"ref": "dev"})], [ROBOT], "open"),
        ("somebody removed the marker", True, [pull(body="Réécrit à la main")], [ROBOT], "update"),
        ("the body is empty", True, [{**pull(), "body": None}], [ROBOT], "update"),
        ("a marker typed inside a line", True, [pull(body=f"- `{marker(NOW)}`")], [ROBOT], "update"),
        ("Windows line endings", True, [pull(body=f"Bonjour\r\n\r\n{marker(NOW)}\r\n")], [ROBOT], "keep"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_each_situation_has_its_decision(
    case: str,
    differs: bool,  # noqa: FBT001
    pulls: list[dict[str, Any]],
    commits: list[dict[str, Any]],
    expected: str,
    tmp_path: Path,
) -> None:
    assert decision(tmp_path, pulls, commits, differs=differs) == expected, case


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", "null", '{"pulls": 3}', '{"repository":"o/r","base":"m","pulls":[1]}']
)
def test_another_file_than_githubs_answers_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "pulls.json"
    path.write_text(content)
    with pytest.raises(JobError, match="illisible"):
        read_pulls(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"pulls\.json"):
        read_pulls(tmp_path / "pulls.json")
