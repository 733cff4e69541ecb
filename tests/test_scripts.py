"""The workflow's scripts and steps, run against a fake GitHub."""

from __future__ import annotations

import base64
import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import FROZEN, copy_project
from fake_gh import BOT, BRANCH, ROOT, RUN, SCRIPTS, FakeGitHub, commit, pull

from job.changes.decide import Choice, Decision, PullRequest, decide, marker, read_pulls
from job.model import JobError
from job.output import github as texts
from job.output.github import read_settings

pytestmark = pytest.mark.slow

SETTINGS = read_settings(FROZEN)
FINGERPRINT = "0123456789abcdef"
TITLE = "Données : 1 ajout"
GOOD = {"READ": "success", "PROPOSE": "skipped", "TELL": "skipped", "FAILURE": "", "SHEET": "1AbC"}
ASKING = {"BRANCH": BRANCH, "BASE": "main", "DATA": SETTINGS["data"]}
JOBS = yaml.safe_load((ROOT / ".github/workflows/sync.yml").read_text())["jobs"]
STEPS = {step["name"]: step["run"] for job in JOBS.values() for step in job["steps"] if "run" in step}


# --- a bare Python --------------------------------------------------------------------------------------------------


def test_why_a_night_failed_is_told_where_nothing_is_installed(tmp_path: Path) -> None:
    (tmp_path / "issues.json").write_text("[]")
    environ = FakeGitHub(tmp_path).environ | GOOD | {"READ": "failure", "INSTALL": "failure"}
    command = [sys.executable, "-S", "-m", "job.output.github", "issue", "."]  # -S: none of the installed packages
    done = subprocess.run(command, cwd=tmp_path, env=environ, check=True, capture_output=True, text=True)
    assert '["POST", "issues", {"title": ' in done.stdout


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("[list", "config.toml n'est pas du TOML : Expected ']' at the end of a table declaration"),
        ("[output]\ndata = 1\n", "config.toml contient "),
    ],
)
def test_a_broken_config_says_so_before_anything_else(config: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(config)
    with pytest.raises(JobError, match=re.escape(sentence)):
        read_settings(tmp_path / "config.toml")
    github = FakeGitHub(tmp_path)
    ran = github.run("python3", "-m", "job.output.github", "settings", cwd=tmp_path)
    assert (ran.returncode, ran.stderr.startswith(sentence)) == (1, True)
    kind, said = json.loads(github.outputs["failure"])
    assert (kind, said.startswith(sentence), sentence in github.summary) == ("job", True, True)


# --- asking GitHub --------------------------------------------------------------------------------------------------


def test_without_a_pull_request_there_is_nothing_under_review(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path)
    assert _ask(github, differs=True) == Choice("open")
    assert sorted(path.name for path in (tmp_path / "night").iterdir()) == ["pulls.json"]


def test_the_job_is_told_of_every_pull_request_and_of_what_is_under_review(tmp_path: Path) -> None:
    pulls = [
        pull(4, marker(FINGERPRINT), state="closed"),
        pull(3, state="closed", merged_at="2026-11-20T03:17:00Z"),
        pull(5, marker(FINGERPRINT)),
        pull(8, fork=True),
        pull(9, head={"ref": BRANCH, "sha": "9" * 40, "repo": None}),  # a fork that is gone
    ]
    github = FakeGitHub(
        tmp_path,
        pulls=pulls,
        commits={"5": [commit("a", BOT), commit("b", BOT, "a"), commit("c", None, "b")]},
        contents={f"{SETTINGS['data']}@{'5' * 40}": "nom\r\nune donnée\r\n"},
    )
    decision, about = _ask(github, differs=True)
    assert (decision, about and about.number, about and about.ours) == ("blocked", 5, "b" * 40)
    assert (tmp_path / "night/under-review.csv").read_bytes() == "nom\r\nune donnée\r\n".encode()


def test_a_branch_without_the_data_is_a_branch_with_nothing_under_review(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path, pulls=[pull(5)], commits={"5": []})
    assert _ask(github, differs=True).decision == "update"
    assert not (tmp_path / "night/under-review.csv").exists()


def test_what_the_last_night_asked_is_forgotten(tmp_path: Path) -> None:
    data = {f"{SETTINGS['data']}@{'5' * 40}": "nom"}
    github = FakeGitHub(tmp_path, pulls=[pull(5)], commits={"5": []}, contents=data)
    _ask(github, differs=True)
    github.state |= {"pulls": []}
    _ask(github, differs=True)
    assert sorted(path.name for path in (tmp_path / "night").iterdir()) == ["pulls.json"]


@pytest.mark.parametrize(("thinking", "decision"), [(0, "update"), (2, "update"), (9, "keep")])
def test_github_is_given_time_to_find_a_conflict(tmp_path: Path, thinking: int, decision: Decision) -> None:
    conflict = pull(5, marker(FINGERPRINT), mergeable=False)
    github = FakeGitHub(tmp_path, pulls=[conflict], commits={"5": [commit("a", BOT)]}, thinking=thinking)
    assert _ask(github, differs=True).decision == decision
    assert github.pauses == ["2", "5", "10"][:thinking]


def _ask(github: FakeGitHub, *, differs: bool) -> Choice:
    """What is decided from GitHub's answers, when this is the night's fingerprint."""
    ran = github.run("again.sh", SCRIPTS / "ask-github.sh", github.folder / "night", environ=ASKING)
    assert ran.returncode == 0, ran.stderr
    assert github.writes == []
    return decide(FINGERPRINT, read_pulls(github.folder / "night"), differs=differs)


@pytest.mark.parametrize("what", ["GET pulls$", "GET pulls/5$", "commits", "contents"])
@pytest.mark.parametrize(("times", "pauses"), [(1, ["5"]), (3, ["5", "20", "60"]), (-1, ["5", "20", "60"])])
def test_github_is_asked_again_for_a_while(tmp_path: Path, what: str, times: int, pauses: list[str]) -> None:
    github = FakeGitHub(tmp_path, pulls=[pull(5)], commits={"5": []}, failures={what: times})
    ran = github.run("again.sh", SCRIPTS / "ask-github.sh", tmp_path / "night", environ=ASKING)
    assert (ran.returncode, github.pauses) == (1 if times < 0 else 0, pauses)


# --- the Google key, where there is no federation -------------------------------------------------------------------

KEY = json.dumps({"type": "service_account", "private_key": "-----BEGIN-----\nabc"})


def test_the_key_is_written_for_us_alone_and_outside_the_workspace(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path)
    secret = base64.b64encode(KEY.encode()).decode()
    ran = github.run("use-google-key.sh", tmp_path / "key.json", environ={"GOOGLE_SERVICE_ACCOUNT_KEY": secret})
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert (tmp_path / "key.json").read_text() == KEY
    assert stat.S_IMODE((tmp_path / "key.json").stat().st_mode) == 0o600
    assert (tmp_path / "GITHUB_ENV").read_text() == f"GOOGLE_APPLICATION_CREDENTIALS={tmp_path}/key.json\n"
    assert '"$RUNNER_TEMP/google-key.json"' in STEPS["Log in to Google, with a key"]


@pytest.mark.parametrize("secret", ["", KEY, "bm90IGEga2V5", "à peu près"])
def test_anything_else_than_a_key_in_base64_is_refused_without_being_shown(tmp_path: Path, secret: str) -> None:
    ran = FakeGitHub(tmp_path).run(
        "use-google-key.sh", tmp_path / "key.json", environ={"GOOGLE_SERVICE_ACCOUNT_KEY": secret}
    )
    assert ran.returncode == 1
    assert "GOOGLE_SERVICE_ACCOUNT_KEY" in ran.stderr
    assert not secret or secret not in ran.stdout + ran.stderr
    assert not (tmp_path / "key.json").exists()


# --- running the job ------------------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the job needs of a checkout, with nothing published yet."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    copy_project(folder)
    return folder


def test_a_dry_run_shows_the_report_and_the_decision_and_writes_no_page(tmp_path: Path, checkout: Path) -> None:
    github = FakeGitHub(tmp_path)
    _ask(github, differs=True)
    assert _sync(github, checkout, "--check", "--from", ROOT / "tests/data/tableau.csv") == 0
    assert github.outputs["decision"] == "open"
    assert github.summary.startswith((checkout / "build/report.md").read_text())
    assert github.summary.endswith("**Décision** (open)\u00a0: une demande de fusion est à ouvrir.\n")
    assert [path.name for path in checkout.iterdir() if path.name == "site"] == []


def test_a_refusing_guard_is_quoted(tmp_path: Path, checkout: Path) -> None:
    github = FakeGitHub(tmp_path)
    _ask(github, differs=True)
    (tmp_path / "empty.csv").write_text((ROOT / "tests/data/tableau.csv").read_text().partition("\n")[0] + "\n")
    assert _sync(github, checkout, "--from", tmp_path / "empty.csv") == 3
    kind, sentence = json.loads(github.outputs["failure"])
    assert (kind, sentence in github.summary, "Que faire" in github.summary) == ("guard", True, True)


def test_a_wrong_config_is_quoted(tmp_path: Path, checkout: Path) -> None:
    github = FakeGitHub(tmp_path)
    _ask(github, differs=True)
    (checkout / "config.toml").write_text(FROZEN.read_text() + "\nmistake = 1\n")
    assert _sync(github, checkout, "--from", ROOT / "tests/data/tableau.csv") == 1
    kind, sentence = json.loads(github.outputs["failure"])
    assert (kind, "mistake" in sentence) == ("job", True)


def _sync(github: FakeGitHub, checkout: Path, *options: str | Path) -> int:
    return github.run("run-job.sh", "--github", github.folder / "night", *options, cwd=checkout).returncode


def test_the_runner_does_not_listen_to_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    (tmp_path / "job/__main__.py").write_text(r"raise ValueError('\n::add-mask::Disponible')")
    github = FakeGitHub(tmp_path)
    ran = github.run("run-job.sh", cwd=tmp_path, environ={"PYTHONPATH": ""})
    opening, *told, closing = ran.stdout.splitlines()
    assert (ran.returncode, ran.stderr) == (1, "")
    assert re.fullmatch(r"::stop-commands::[0-9a-f]{32}", opening)
    assert closing == f"::{opening.rpartition('::')[2]}::"
    assert "::add-mask::Disponible" in told
    assert github.outputs == {}
    assert _issue(github, READ="failure", JOB="failure") == 0
    assert str(texts.FAILURES["JOB"]) in github.state["issues"][0]["body"]


# --- what the pull request is told, and the issue of failed nights --------------------------------------------------


def _say(github: FakeGitHub, decision: str, comment: str = "Un mot.\n\n<!-- robot : un mot -->\n") -> int:
    """Exit code of the step that speaks under pull request 5, when this was decided about it."""
    folder = github.folder / "build"
    folder.mkdir(exist_ok=True)
    about = PullRequest(5, is_open=True, is_merged=False, fingerprint=FINGERPRINT, head="5" * 40)._asdict()
    night = {"decision": decision, "pull": {} if decision == "open" else about, "title": TITLE, "comment": comment}
    (folder / "night.json").write_text(json.dumps(night))
    return github.run("again.sh", SCRIPTS / "say.sh", folder).returncode


def test_an_opening_asks_and_tells_github_nothing(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path)
    assert _say(github, "open", "") == 0
    assert github.outputs == {"go": "yes", "to_draft": "", "title": TITLE}
    assert github.state["calls"] == []


@pytest.mark.parametrize(("draft", "to_draft"), [(False, "5"), (True, "")])
def test_an_update_takes_the_fingerprint_away_and_goes_back_to_draft(
    tmp_path: Path,
    draft: bool,
    to_draft: str,
) -> None:
    github = FakeGitHub(tmp_path, pulls=[pull(5, f"Bonjour\n\n{marker(FINGERPRINT)}\n", draft=draft)])
    assert _say(github, "update", "") == 0
    assert github.writes == ["PATCH pulls/5"]
    assert github.pull(5)["body"] == "Bonjour\n\n"
    assert github.outputs == {"go": "yes", "to_draft": to_draft, "title": TITLE}


def test_a_draft_is_asked_for_in_words_that_gh_knows(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path, pulls=[pull(5)], failures={"ready": 1})
    environ = github.environ | {"PULL": "5"}
    subprocess.run(["bash", "-c", STEPS["Back to draft"]], cwd=ROOT, env=environ, check=True)
    assert github.pull(5)["draft"] is True


def test_what_somebody_did_a_minute_ago_stops_the_proposal(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path, pulls=[pull(5, state="closed")])
    assert _say(github, "update", "") == 0
    assert (github.outputs["go"], github.outputs["to_draft"], github.writes) == ("no", "", [])
    assert "a changé entre-temps" in github.summary


@pytest.mark.parametrize("decision", ["close", "blocked"])
@pytest.mark.parametrize("failing", ["GET pulls", "GET issues", "PATCH", "POST"])
def test_a_word_is_said_once_whatever_fails(tmp_path: Path, decision: str, failing: str) -> None:
    github = FakeGitHub(tmp_path, pulls=[pull(5)], failures={failing: 1}, comments={"5": [{"user": None, "body": ""}]})
    for _ in range(3):
        assert _say(github, decision) == 0
    assert github.comments(5) == ["", "Un mot.\n\n<!-- robot : un mot -->\n"]


def _issue(github: FakeGitHub, **results: str) -> int:
    """Exit code of the step that keeps the issue, after a good night but for these results."""
    folder = github.folder / "issue"
    return github.run("again.sh", SCRIPTS / "keep-issue.sh", folder, environ=GOOD | results).returncode


def test_the_summary_tells_once_what_is_tried_again(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path, failures={"POST issues": 2})
    assert (_issue(github, PROPOSE="failure"), github.pauses) == (0, ["5", "20"])
    assert github.summary == texts.render_refusal(texts.FAILURES["PROPOSE"])


def test_the_issue_opens_and_closes_by_itself_whatever_fails_once(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path, pulls=[pull(5)], failures={"GET": 1, "POST": 1, "PATCH": 1})
    said = json.dumps(["job", "Accès refusé à la feuille 1AbC."])
    assert [_issue(github, READ="failure", FAILURE=said), _issue(github, READ="failure", FAILURE=said)] == [0, 0]
    (issue,) = github.state["issues"]
    assert "Accès refusé à la feuille 1AbC." in issue["body"]
    assert f"[Journal de l'exécution]({RUN})" in issue["body"]
    assert "[Toutes les phrases et leurs remèdes](https://github.example/etalab/page/blob/HEAD/docs/" in issue["body"]
    assert github.summary == ""  # the step that failed has told
    assert _issue(github) == 0
    assert github.state["issues"][0]["state"] == "closed"
    github.forget_calls()
    assert _issue(github) == 0
    assert github.writes == []


@pytest.mark.parametrize(("proposed", "summary"), [("success", ""), ("failure", str(texts.FAILURES["PROPOSE"]))])
def test_without_issues_a_good_night_is_green_and_a_bad_one_is_told_in_the_summary(
    tmp_path: Path, proposed: str, summary: str
) -> None:
    github = FakeGitHub(tmp_path, has_issues=False)
    assert _issue(github, PROPOSE=proposed) == 0
    assert github.writes == []
    assert (summary in github.summary, bool(summary)) == (True, bool(github.summary))
