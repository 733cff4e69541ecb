"""A fake GitHub behind a fake `gh` on PATH: enough of `gh api` for the workflow's scripts. It refuses the rest.

    github = FakeGitHub(tmp_path, pulls=[...])
    github.run("comment-blocked.sh", environ={"PULL": "5", "BRANCH": BRANCH})
    assert github.writes == ["POST repos/etalab/page/issues/5/comments"]

To teach it another request, add it to `_ROUTES`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / ".github" / "scripts"
REPOSITORY = "etalab/page"
BOT = {"login": "github-actions[bot]", "type": "Bot"}
PERSON = {"login": "camille", "type": "User"}
_STEP_FILES = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV")
_PAGE = 2  # items of one page of a list: two are enough to forget the second page

State = dict[str, Any]


class FakeGitHub:
    """A repository, its state in a file beside the fake `gh`, and the scripts run against it."""

    def __init__(self, folder: Path, **state: Any) -> None:
        missing = [program for program in ("bash", "jq") if not shutil.which(program)]
        if missing and not os.environ.get("CI"):  # GitHub's machines have them; a laptop need not
            pytest.skip(f"left out: the workflow's scripts need {' and '.join(missing)}")
        self.folder = folder
        self._state = folder / "github.json"
        empty: State = {
            "pulls": [],
            "issues": [],
            "commits": {},
            "comments": {},
            "contents": {},
            "broken": "",
            "calls": [],
        }
        self.state = empty | state
        programs = folder / "bin"
        programs.mkdir()
        (programs / "gh").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" "{self._state}" "$@"\n')
        (programs / "gh").chmod(0o755)
        self._path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])

    @property
    def state(self) -> State:
        """What GitHub holds now."""
        state: State = json.loads(self._state.read_text())
        return state

    @state.setter
    def state(self, state: State) -> None:
        self._state.write_text(json.dumps(state))

    @property
    def writes(self) -> list[str]:
        """Every request that changed something, in order."""
        return [call for call in self.state["calls"] if not call.startswith("GET ")]

    def forget_calls(self) -> None:
        """Begin another night."""
        self.state |= {"calls": []}

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a step of the workflow, this `gh` first on PATH."""
        return {
            "PATH": self._path,
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_RUN_ID": "42",
            **{name: str(self.folder / name) for name in _STEP_FILES},
        }

    def run(
        self, script: str, *arguments: str | Path, cwd: Path = ROOT, environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """One script, as a step of the workflow. What it handed on is then in `outputs` and `summary`."""
        for name in _STEP_FILES:
            (self.folder / name).write_text("")
        return subprocess.run(
            [SCRIPTS / script, *arguments],
            cwd=cwd,
            env={**self.environ, **(environ or {})},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def outputs(self) -> dict[str, str]:
        """What the last script handed to the next steps."""
        lines = (self.folder / "GITHUB_OUTPUT").read_text().splitlines()
        return {name: value for name, _, value in (line.partition("=") for line in lines)}

    @property
    def summary(self) -> str:
        """What the last script added to the run's summary."""
        return (self.folder / "GITHUB_STEP_SUMMARY").read_text()


def pull(number: int, body: str = "", *, state: str = "open", merged: bool = False, fork: bool = False) -> State:
    """A pull request of the robot's branch, as GitHub's REST API tells it; its head is `number` written forty times."""
    return {
        "number": number,
        "state": state,
        "body": body,
        "merged_at": "2026-11-20T03:17:00Z" if merged else None,
        "user": BOT,
        "head": {
            "ref": "robot/donnees-de-forte-valeur",
            "sha": f"{number:x}" * 40,
            "repo": {"full_name": "etalab/fork" if fork else REPOSITORY},
        },
        "base": {"ref": "main"},
    }


def commit(sha: str, author: State | None) -> State:
    """A commit of a pull request; GitHub gives no author for an address that it does not know."""
    return {"sha": sha * 40, "author": author}


# --- behind `gh` ----------------------------------------------------------------------------------------------------


def _pulls(state: State, _: None, query: dict[str, list[str]]) -> Any:
    if query["state"] != ["all"] or query["head"] != ["etalab:robot/donnees-de-forte-valeur"]:
        raise _Unknown
    return state["pulls"]


def _find(items: list[State], number: str) -> State:
    return next(item for item in items if item["number"] == int(number))


def _open_issues(state: State, _: None, query: dict[str, list[str]]) -> Any:
    if query["state"] != ["open"]:
        raise _Unknown
    # GitHub's list of issues holds the pull requests too
    pulls = [pull | {"pull_request": {}} for pull in state["pulls"]]
    return [issue for issue in state["issues"] + pulls if issue["state"] == "open"]


def _open_issue(state: State, sent: State, _: object) -> Any:
    state["issues"].append({"number": 100 + len(state["issues"]), "state": "open", "user": BOT, **sent})
    return state["issues"][-1]


def _comment(state: State, sent: State, _: object, number: str) -> Any:
    state["comments"].setdefault(number, []).append({"user": BOT, **sent})
    return {}


def _contents(state: State, _: None, query: dict[str, list[str]], path: str) -> Any:
    return state["contents"][f"{path}@{query['ref'][0]}"]


_ROUTES: dict[str, Callable[..., Any]] = {
    r"GET pulls": _pulls,
    r"GET pulls/(\d+)": lambda state, _sent, _query, number: _find(state["pulls"], number),
    r"GET pulls/(\d+)/commits": lambda state, _sent, _query, number: state["commits"][number],
    r"PATCH pulls/(\d+)": lambda state, sent, _query, number: _find(state["pulls"], number).update(sent),
    r"GET issues": _open_issues,
    r"POST issues": _open_issue,
    r"PATCH issues/(\d+)": lambda state, sent, _query, number: _find(state["issues"], number).update(sent),
    r"GET issues/(\d+)/comments": lambda state, _sent, _query, number: state["comments"].get(number, []),
    r"POST issues/(\d+)/comments": _comment,
    r"GET contents/(.+)": _contents,
}


class _Unknown(Exception):  # noqa: N818  no error of GitHub's: of the script, or of this fake
    pass


def _answer(state: State, method: str, endpoint: str, sent: State | None) -> Any:
    path, _, query = endpoint.removeprefix(f"repos/{REPOSITORY}/").partition("?")
    state["calls"].append(f"{method} {endpoint.partition('?')[0]}")
    for route, answer in _ROUTES.items():
        if found := re.fullmatch(route, f"{method} {path}"):
            return answer(state, sent, parse_qs(query), *found.groups())
    raise _Unknown


class _Call:
    """The arguments of one `gh api`."""

    def __init__(self, arguments: list[str]) -> None:
        self.method, self.endpoint, self.paginated, self.raw = "GET", "", False, False
        self.sent: State | None = None
        rest = iter(arguments)
        if next(rest) != "api":
            raise _Unknown
        for argument in rest:
            self._take(argument, rest)

    def _take(self, argument: str, rest: Iterator[str]) -> None:
        match argument:
            case "--paginate":
                self.paginated = True
            case "--method":
                self.method = next(rest)
            case "-H" if next(rest) == "Accept: application/vnd.github.raw+json":
                self.raw = True
            case "--input" if next(rest) == "-":
                self.sent = json.load(sys.stdin)
            case _ if argument.startswith(f"repos/{REPOSITORY}/") and not self.endpoint:
                self.endpoint = argument
            case _:
                raise _Unknown(argument)


def main(state_file: Path, arguments: list[str]) -> int:
    """`gh ARGUMENTS`, against this state."""
    state = json.loads(state_file.read_text())
    call = _Call(arguments)
    if state["broken"] and re.search(state["broken"], call.endpoint):
        sys.stderr.write("gh: Server Error (HTTP 500)\n")
        return 1
    try:
        answer = _answer(state, call.method, call.endpoint, call.sent)
    except (KeyError, StopIteration):
        sys.stderr.write("gh: Not Found (HTTP 404)\n")
        return 1
    state_file.write_text(json.dumps(state))
    if not call.paginated and isinstance(answer, list):
        raise _Unknown  # a script that forgets the following pages
    if call.paginated:  # page after page, as gh prints them
        for start in range(0, max(len(answer), 1), _PAGE):
            sys.stdout.write(json.dumps(answer[start : start + _PAGE]))
    else:
        sys.stdout.write(answer if call.raw else json.dumps(answer))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), sys.argv[2:]))
