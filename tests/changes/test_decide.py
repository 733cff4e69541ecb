"""Fingerprint × pull requests → decision: every cell of the table, and its edges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fake_gh import BOT, BRANCH, ITSELF, PERSON, commit, pull, update_branch

from job.changes.decide import MARKER, Choice, decide, marker, read_pulls
from job.model import JobError

NOW, BEFORE = marker("a" * 16), marker("b" * 16)
PROPOSED = f"Bonjour\n\n{NOW}\n"
MERGED: dict[str, Any] = {"state": "closed", "merged_at": "2026-11-01T00:00:00Z"}
ROBOT, TAKEN = commit("a", BOT), commit("c", PERSON, "a")
STRANGER = commit("c", None, "a")  # GitHub knows no account for the commit's address


def choice(folder: Path, pulls: list[dict[str, Any]], commits: list[dict[str, Any]], *, differs: bool = True) -> Choice:
    """What is decided when these are the answers of GitHub."""
    told = [it | {"commits": commits} if it["state"] == "open" else it for it in pulls]
    (folder / "pulls.json").write_text(json.dumps(told))
    return decide("a" * 16, read_pulls(folder), differs=differs)


@pytest.mark.parametrize(
    ("case", "differs", "pulls", "commits", "expected"),
    [
        ("nothing differs, nothing open", False, [], [], "none"),
        ("nothing differs, the last one was merged", False, [pull(1, NOW, **MERGED)], [], "none"),
        ("nothing differs, an untouched one is open", False, [pull(1, NOW)], [ROBOT], "close 1"),
        ("nothing differs, a person works on the open one", False, [pull(1, NOW)], [ROBOT, TAKEN], "blocked 1"),
        ("differs, none open", True, [], [], "open"),
        ("differs, open with the same fingerprint", True, [pull(1, PROPOSED)], [ROBOT], "keep 1"),
        ("differs, open with another fingerprint", True, [pull(1, BEFORE)], [ROBOT], "update 1"),
        ("the same fingerprint, in conflict", True, [pull(1, NOW, mergeable=False)], [ROBOT], "update 1"),
        ("the same fingerprint, GitHub is still thinking", True, [pull(1, NOW, mergeable=None)], [ROBOT], "keep 1"),
        ("the same fingerprint, approved or draft", True, [pull(1, NOW, draft=True)], [ROBOT], "keep 1"),
        ("an update was cut short", True, [pull(1, PROPOSED.replace(NOW, ""))], [ROBOT], "update 1"),
        ("nothing differs, in conflict", False, [pull(1, NOW, mergeable=False)], [ROBOT], "close 1"),
        ("differs, a person has committed", True, [pull(1, BEFORE)], [ROBOT, TAKEN], "blocked 1"),
        ("the same fingerprint, a person has committed", True, [pull(1, NOW)], [TAKEN], "blocked 1"),
        ("in conflict, a person has committed", True, [pull(1, NOW, mergeable=False)], [TAKEN], "blocked 1"),
        ("differs, a commit without an account", True, [pull(1, BEFORE)], [ROBOT, STRANGER], "blocked 1"),
        ("this very fingerprint was closed unmerged", True, [pull(1, NOW, state="closed")], [], "muted 1"),
        ("an older fingerprint was closed unmerged", True, [pull(1, BEFORE, state="closed")], [], "open"),
        (
            "this fingerprint was refused, then an older one merged",
            True,
            [pull(1, NOW, state="closed"), pull(2, BEFORE, **MERGED)],
            [],
            "muted 1",
        ),
        (
            "this fingerprint was refused, later merged",
            True,
            [pull(1, NOW, state="closed"), pull(2, NOW, **MERGED)],
            [],
            "open",
        ),
        ("merged once, refused later", True, [pull(1, NOW, **MERGED), pull(2, NOW, state="closed")], [], "muted 2"),
        ("refused once, another is open", True, [pull(1, NOW, state="closed"), pull(2, BEFORE)], [ROBOT], "update 2"),
        ("somebody removed the marker", True, [pull(1, "Réécrit à la main")], [ROBOT], "update 1"),
        ("the body is empty", True, [pull(1) | {"body": None}], [ROBOT], "update 1"),
        ("a marker typed inside a line", True, [pull(1, f"- `{NOW}`")], [ROBOT], "update 1"),
        ("Windows line endings", True, [pull(1, f"Bonjour\r\n\r\n{NOW}\r\n")], [ROBOT], "keep 1"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value[:-2] else "",
)
def test_each_situation_has_its_decision(
    case: str,
    differs: bool,
    pulls: list[dict[str, Any]],
    commits: list[dict[str, Any]],
    expected: str,
    tmp_path: Path,
) -> None:
    decision, about = choice(tmp_path, pulls, commits, differs=differs)
    assert f"{decision} {about.number if about else ''}".strip() == expected, case


@pytest.mark.parametrize(
    ("case", "commits", "taken_over_by", "ours"),
    [
        ("the robot's only", [ROBOT], "", "a"),
        ("a person's on top", [ROBOT, TAKEN], "c", "a"),
        ("two of a person's: one take-over", [ROBOT, TAKEN, commit("d", PERSON, "c")], "c", "a"),
        ("the branch was handed back, then taken again", [commit("e", BOT), commit("f", PERSON, "e")], "f", "e"),
        ("a person's alone", [TAKEN], "c", ""),
        ("« Update branch »", [ROBOT, update_branch("d", "a", "9")], "", "d"),
        ("« Update branch », twice", [ROBOT, update_branch("d", "a", "9"), update_branch("e", "d", "8")], "", "e"),
        ("« Update branch », then a person's", [ROBOT, update_branch("d", "a", "9"), TAKEN], "c", "d"),
        ("a merge of another branch", [ROBOT, commit("b", PERSON), update_branch("d", "a", "b")], "b", "a"),
        ("a merge of another name", [ROBOT, update_branch("d", "a", "9", base="dev")], "d", "a"),
        (
            "a merge made by hand",
            [ROBOT, commit("d", PERSON, "a", "9", committer=PERSON, message=f"Merge branch 'main' into {BRANCH}")],
            "d",
            "a",
        ),
        ("the same, signed by that person", [ROBOT, update_branch("d", "a", "9") | {"committer": PERSON}], "d", "a"),
        ("a person's edit on the site", [ROBOT, commit("d", PERSON, "a", committer=ITSELF)], "d", "a"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_a_take_over_is_known_by_its_first_commit(
    case: str, commits: list[dict[str, Any]], taken_over_by: str, ours: str, tmp_path: Path
) -> None:
    about = choice(tmp_path, [pull(1, NOW)], commits).pull
    assert about
    assert (about.taken_over_by, about.ours) == (taken_over_by * 40, ours * 40), case


@pytest.mark.parametrize("left", [None, "", '[{"number": 1,'], ids=["nothing", "an empty file", "half of it"])
def test_without_githubs_answer_nothing_is_decided(tmp_path: Path, left: str | None) -> None:
    if left is not None:
        (tmp_path / "pulls.json").write_text(left)
    with pytest.raises(JobError, match="La liste des demandes de fusion est absente"):
        read_pulls(tmp_path)


@pytest.mark.parametrize(
    ("body", "rest"),
    [(PROPOSED, "Bonjour\n\n"), (f"Bonjour\r\n\r\n{NOW}\r\n", "Bonjour\r\n\r\n"), (f"- `{NOW}`", f"- `{NOW}`")],
)
def test_the_marker_is_a_whole_line(body: str, rest: str) -> None:
    assert MARKER.sub("", body) == rest
