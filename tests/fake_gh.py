"""A fake GitHub behind a fake `gh` on PATH: enough of it for the workflow's scripts. It refuses the rest.

    github = FakeGitHub(tmp_path, pulls=[...])
    github.run("say.sh", tmp_path / "night")
    assert github.writes == ["POST issues/5/comments"]

To teach it another request, add it to `_ROUTES`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / ".github" / "scripts"
REPOSITORY = "etalab/page"
BRANCH = "robot/donnees-de-forte-valeur"
RUN = "https://github.example/etalab/page/actions/runs/42"
BOT = {"login": "github-actions[bot]", "type": "Bot"}
PERSON = {"login": "camille", "type": "User"}
ITSELF = {"login": "web-flow", "type": "User"}  # GitHub, as the committer of what its buttons do
_STEP_FILES = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV")
_PAGE = 2  # items of one page of a list: two are enough to forget the second page

State = dict[str, Any]


class FakeGitHub:
    """A repository, its state in a file beside the fake `gh`, and the scripts run against it."""

    def __init__(self, folder: Path, **state: Any) -> None:
        missing = [program for program in ("bash", "jq") if not shutil.which(program)]
        if missing and not os.environ.get("CI"):  # GitHub's machines have them; a laptop need not
            import pytest  # noqa: PLC0415  the fake `gh` itself has no use for it, and starts often

            pytest.skip(f"left out: the workflow's scripts need {' and '.join(missing)}")
        self.folder = folder
        self._state = folder / "github.json"
        empty: State = {
            "pulls": [],
            "issues": [],
            "commits": {},
            "comments": {},
            "contents": {},
            "failures": {},  # what to fail (a pattern) → how many times, -1: always
            "has_issues": True,
            "thinking": 0,  # how many times GitHub does not know yet whether there is a conflict
            "calls": [],
        }
        self.state = empty | state
        programs = folder / "bin"
        programs.mkdir()
        (programs / "gh").write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{__file__}" "{self._state}" "$@"\n')
        (programs / "sleep").write_text(f'#!/bin/sh\necho "$1" >>"{folder}/slept"\n')
        for program in programs.iterdir():
            program.chmod(0o755)
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

    def pull(self, number: int) -> State:
        """A pull request as it stands now."""
        return _find(self.state["pulls"], str(number))

    def comments(self, number: int) -> list[str]:
        """What was written under an issue or a pull request."""
        return [comment["body"] for comment in self.state["comments"].get(str(number), [])]

    @property
    def pauses(self) -> list[str]:
        """How long the scripts waited, in seconds."""
        slept = self.folder / "slept"
        return slept.read_text().split() if slept.exists() else []

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
        """One script or program, as a step of the workflow. What it hands on is then in `outputs` and `summary`."""
        for name in _STEP_FILES:
            (self.folder / name).write_text("")
        return subprocess.run(
            [SCRIPTS / script if script.endswith(".sh") else script, *arguments],
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


def pull(number: int, body: str = "", *, state: str = "open", fork: bool = False, **other: Any) -> State:
    """A pull request of the robot's branch, as GitHub's REST API tells it; its head is `number` written forty times."""
    return {
        "number": number,
        "state": state,
        "body": body,
        "merged_at": None,
        "draft": False,
        "mergeable": True,
        "user": BOT,
        "head": {
            "ref": BRANCH,
            "sha": f"{number:x}" * 40,
            "repo": {"full_name": "etalab/fork" if fork else REPOSITORY},
        },
        "base": {"ref": "main", "repo": {"full_name": REPOSITORY}},
        **other,
    }


def commit(sha: str, author: State | None, *parents: str, committer: State = BOT, message: str = "…") -> State:
    """A commit of a pull request; GitHub gives no author for an address that it does not know."""
    return {
        "sha": sha * 40,
        "author": author,
        "committer": committer,
        "parents": [{"sha": parent * 40} for parent in parents or ("0",)],
        "commit": {"message": message, "verification": {"verified": committer in (BOT, ITSELF)}},
    }


def update_branch(sha: str, *parents: str, base: str = "main") -> State:
    """What the button « Update branch » leaves, when a person presses it."""
    return commit(sha, PERSON, *parents, committer=ITSELF, message=f"Merge branch '{base}' into {BRANCH}")


# --- behind `gh` ----------------------------------------------------------------------------------------------------


def _pulls(state: State, _: None, query: dict[str, list[str]]) -> Any:
    if (query["state"], query["base"], query["head"]) != (["all"], ["main"], [f"etalab:{BRANCH}"]):
        raise _Unknown
    return [{name: value for name, value in pull.items() if name != "mergeable"} for pull in state["pulls"]]


def _one_pull(state: State, _: None, _query: object, number: str) -> Any:
    if state["thinking"]:
        state["thinking"] -= 1
        return _find(state["pulls"], number) | {"mergeable": None}
    return _find(state["pulls"], number)


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
    r"GET pulls/(\d+)": _one_pull,
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


class _Refused(Exception):  # noqa: N818  the same
    """What `gh` says on standard error, before it exits with 1."""


def _api(state: State, arguments: list[str]) -> str:
    """`gh api ARGUMENTS`: what it prints."""
    options = {"--method": "GET", "--input": "", "-H": ""}
    flags, endpoints = set(), []
    rest = iter(arguments)
    for argument in rest:
        if argument in options:
            options[argument] = next(rest)
        elif argument.startswith("-"):
            flags.add(argument)
        else:
            endpoints.append(argument)
    sent = json.load(sys.stdin) if options["--input"] == "-" else None
    raw = options["-H"] == "Accept: application/vnd.github.raw+json"
    if flags not in (set(), {"--paginate", "--slurp"}) or (options["-H"] and not raw):
        raise _Unknown(flags)
    path, _, query = "".join(endpoints).removeprefix(f"repos/{REPOSITORY}/").partition("?")
    asked = f"{options['--method']} {path}"
    _note(state, asked)
    if path.startswith("issues") and not re.search(r"\d", path) and not state["has_issues"]:
        raise _Refused("gh: Issues has been disabled in this repository (HTTP 410)")
    for route, answer in _ROUTES.items():
        if found := re.fullmatch(route, asked):
            answered = answer(state, sent, parse_qs(query), *found.groups())
            break
    else:
        raise _Unknown(asked)
    if isinstance(answered, list) is not bool(flags):
        raise _Unknown(asked)  # a script that forgets the following pages
    if flags:
        answered = [answered[start : start + _PAGE] for start in range(0, max(len(answered), 1), _PAGE)]
    return answered if raw else json.dumps(answered)


def _pr(state: State, arguments: list[str]) -> str:
    """`gh pr ARGUMENTS`: what it prints."""
    match arguments:
        case ["ready", "--undo", number, "--repo", repository] if repository == REPOSITORY:
            _note(state, f"pr ready --undo {number}")
            _find(state["pulls"], number)["draft"] = True
            return ""
    raise _Unknown(arguments)


def _note(state: State, call: str) -> None:
    state["calls"].append(call)
    for what, times in state["failures"].items():
        if times and re.search(what, call):
            state["failures"][what] -= 1
            raise _Refused("gh: Bad Gateway (HTTP 502)")


def main(state_file: Path, arguments: list[str]) -> int:
    """`gh ARGUMENTS`, against this state."""
    state = json.loads(state_file.read_text())
    try:
        said = {"api": _api, "pr": _pr}[arguments[0]](state, arguments[1:])
    except _Refused as refused:
        said = str(refused)
        code = 1
    except (KeyError, StopIteration):
        said, code = "gh: Not Found (HTTP 404)", 1
    else:
        code = 0
    state_file.write_text(json.dumps(state))
    (sys.stderr if code else sys.stdout).write(said)
    return code


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), sys.argv[2:]))
