"""The workflows as they stand, and their scripts run against a fake GitHub."""

from __future__ import annotations

import base64
import json
import re
import shutil
import stat
import subprocess
import tomllib
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
import yaml
from fake_gh import BOT, PERSON, REPOSITORY, ROOT, SCRIPTS, FakeGitHub, commit, pull
from packaging.requirements import Requirement

from job.decide import BRANCH, Decision, decide, marker, read_pulls

Job = dict[Any, Any]  # a part of a workflow, as YAML tells it

WORKFLOWS: dict[str, Job] = {
    path.name: yaml.safe_load(path.read_text()) for path in (ROOT / ".github/workflows").glob("*.yml")
}
SYNC = WORKFLOWS["sync.yml"]
JOBS = {f"{name}, {job}": it for name, workflow in WORKFLOWS.items() for job, it in workflow["jobs"].items()}
STEPS = {f"{job}, {step['name']}": step for job, it in JOBS.items() for step in it["steps"]}
OUTPUT = tomllib.loads((ROOT / "config.toml").read_text())["output"]
FINGERPRINT = "0123456789abcdef"
ASKING = {"BRANCH": BRANCH, "BASE": "main"}
OURS_IS_AWAY = {"PYTHONPATH": ""}  # `python -m job` is then what _fake_job wrote


def test_both_workflows_are_read() -> None:
    assert sorted(WORKFLOWS) == ["ci.yml", "sync.yml"]


# --- what must be true of every workflow ----------------------------------------------------------------------------


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_every_job_has_a_time_limit_and_says_what_its_token_may_do(job: Job) -> None:
    assert job["timeout-minutes"] <= 20
    assert job["permissions"]


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=WORKFLOWS)
def test_a_token_may_do_nothing_but_what_its_job_says(workflow: Job) -> None:
    assert workflow["permissions"] == {}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_every_action_is_pinned_by_its_commit(step: Job) -> None:
    assert "run" in step or re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_no_value_is_pasted_into_a_command(step: Job) -> None:
    assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_a_checkout_leaves_no_token_behind(step: Job) -> None:
    if "actions/checkout" in step.get("uses", ""):
        assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_a_secret_is_only_read_from_an_environment(job: Job) -> None:
    assert "environment" in job or "secrets." not in json.dumps(job)


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.sh")), ids=lambda path: path.name)
def test_every_script_is_used_and_can_be_run(script: Path) -> None:
    used = "".join(path.read_text() for path in [*ROOT.glob(".github/workflows/*.yml"), *SCRIPTS.glob("*.sh")])
    assert f"/{script.name}" in used
    assert bool(script.stat().st_mode & stat.S_IXUSR) == script.read_text().startswith("#!")


# --- what must be true of the nightly one ---------------------------------------------------------------------------


def test_it_runs_at_an_odd_minute_in_paris() -> None:
    (schedule,) = SYNC[True]["schedule"]  # YAML 1.1 reads `on` as true
    minute, hour, *rest = schedule["cron"].split()
    assert int(minute) % 5, "full hours and their round parts are the busiest"
    assert 0 <= int(hour) < 6
    assert rest == ["*"] * 3
    assert ZoneInfo(schedule["timezone"]).key == "Europe/Paris"


def test_a_run_waits_for_the_one_before() -> None:
    assert SYNC["concurrency"]["cancel-in-progress"] is False


def test_google_and_the_right_to_write_never_share_a_job() -> None:
    google = {
        name for name, job in SYNC["jobs"].items() if "id-token" in job["permissions"] or "GOOGLE" in json.dumps(job)
    }
    writing = {name for name, job in SYNC["jobs"].items() if "write" in {**job["permissions"], "id-token": ""}.values()}
    assert google == {"read"}
    assert writing == {"propose", "hand-back", "failures", "stay-scheduled"}


def test_only_the_job_that_proposes_can_change_the_repository() -> None:
    assert [name for name, job in SYNC["jobs"].items() if job["permissions"].get("contents") == "write"] == ["propose"]


def test_the_two_keys_stand_in_two_environments() -> None:
    assert [job.get("environment") for job in SYNC["jobs"].values()] == [
        "google-sheet",
        "pull-request",
        None,
        None,
        None,
    ]


def test_the_branch_is_the_one_the_job_decides_about() -> None:
    assert SYNC["env"]["BRANCH"] == BRANCH


def test_the_artifact_holds_the_report_the_page_and_its_data_and_nothing_else() -> None:
    path = _step("read", "upload-artifact")["with"]["path"]
    assert path.splitlines() == [f"{OUTPUT['report']}/", OUTPUT["page"], OUTPUT["data"]]


def test_a_commit_holds_the_page_and_its_data_and_nothing_else() -> None:
    proposal = _step("propose", "create-pull-request")["with"]
    assert proposal["add-paths"].splitlines() == [OUTPUT["page"], OUTPUT["data"]]
    prepare = next(step for step in SYNC["jobs"]["propose"]["steps"] if step.get("id") == "prepare")["env"]
    assert [prepare["PAGE"], prepare["DATA"]] == [OUTPUT["page"], OUTPUT["data"]]


def test_what_google_leaves_in_the_workspace_is_in_no_commit_and_no_artifact() -> None:
    kept = (
        _step("read", "upload-artifact")["with"]["path"] + _step("propose", "create-pull-request")["with"]["add-paths"]
    )
    assert not re.search(r"[*?\[]", kept), "a pattern could match gha-creds-*.json"
    assert "gha-creds-*.json" in (ROOT / ".gitignore").read_text().splitlines()


def test_the_pull_request_is_only_touched_when_the_decision_says_so() -> None:
    acting = set(json.loads(re.findall(r"fromJSON\('(.+?)'\)", SYNC["jobs"]["propose"]["if"])[0]))
    assert acting == set(get_args(Decision)) - {"none", "keep", "blocked", "muted"}
    assert "decision == 'blocked'" in SYNC["jobs"]["hand-back"]["if"]


@pytest.mark.parametrize("job", ["propose", "hand-back", "failures"])
def test_a_dry_run_or_another_branch_than_the_default_one_acts_on_nothing(job: str) -> None:
    condition = SYNC["jobs"][job]["if"]
    assert "!inputs.dry_run &&" in condition
    assert "(github.event_name == 'schedule' || github.ref_name == github.event.repository.default_branch)" in condition


def _step(job: str, action: str) -> dict[str, Any]:
    """The one step of a job of the nightly workflow that uses this action."""
    (step,) = (step for step in SYNC["jobs"][job]["steps"] if f"/{action}@" in step.get("uses", ""))
    return dict(step)


# --- requirements.txt -----------------------------------------------------------------------------------------------

PINNED = {
    Requirement(entry.partition("--hash")[0]).name: (Requirement(entry.partition("--hash")[0]), entry)
    for entry in re.sub(r"\\\n|#.*", "", (ROOT / "requirements.txt").read_text()).splitlines()
    if "==" in entry
}


def test_the_nightly_list_holds_what_the_job_needs() -> None:
    wanted = [Requirement(it) for it in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]]
    versions = {name: next(iter(requirement.specifier)).version for name, (requirement, _) in PINNED.items()}
    assert [str(it) for it in wanted if not it.specifier.contains(versions.get(it.name, "0"))] == []


def test_everything_of_the_nightly_list_is_pinned_by_hash() -> None:
    assert [name for name, (_, entry) in PINNED.items() if "--hash=sha256:" not in entry] == []


def test_no_list_names_a_registry() -> None:
    lists = ["requirements.txt", ".ci/package-lock.json", "tests/vitepress/package-lock.json"]
    assert [name for name in lists if "registry" in (text := (ROOT / name).read_text()) or "index-url" in text] == []


# --- asking GitHub --------------------------------------------------------------------------------------------------


def test_without_a_pull_request_there_is_nothing_under_review(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path)
    asked = _ask(github)
    assert asked == {"repository": REPOSITORY, "base": "main", "pulls": [], "commits": []}
    assert not (tmp_path / "night/under-review.csv").exists()
    assert github.outputs == {}


def test_the_job_is_told_of_every_pull_request_and_of_what_is_under_review(tmp_path: Path) -> None:
    pulls = [
        pull(4, state="closed"),
        pull(3, merged=True, state="closed"),
        pull(5, marker(FINGERPRINT)),
        pull(9, fork=True),
    ]
    commits = [commit("a", BOT), commit("b", BOT), commit("c", PERSON)]
    github = FakeGitHub(
        tmp_path,
        pulls=pulls,
        commits={"5": commits},
        contents={f"{OUTPUT['data']}@{'5' * 40}": "nom\r\nune donnée\r\n"},
    )
    assert _ask(github) == {"repository": REPOSITORY, "base": "main", "pulls": pulls, "commits": commits}
    assert (tmp_path / "night/under-review.csv").read_bytes() == "nom\r\nune donnée\r\n".encode()
    assert github.outputs == {"head": "5" * 40}
    assert decide("f" * 16, read_pulls(tmp_path / "night/pulls.json"), differs=True) == "blocked"
    assert sorted(path.name for path in (tmp_path / "night").iterdir()) == ["pulls.json", "under-review.csv"]


def test_a_branch_without_the_data_is_a_branch_with_nothing_under_review(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path, pulls=[pull(5)], commits={"5": []})
    assert _ask(github)["pulls"] == [pull(5)]
    assert not (tmp_path / "night/under-review.csv").exists()


@pytest.mark.parametrize("broken", ["pulls[?]", "commits", "contents"])
def test_when_github_does_not_answer_the_night_fails(tmp_path: Path, broken: str) -> None:
    github = FakeGitHub(tmp_path, pulls=[pull(5)], commits={"5": []}, broken=broken)
    assert github.run("ask-github.sh", tmp_path / "night", environ=ASKING).returncode == 1
    assert not (tmp_path / "night/pulls.json").exists()


def _ask(github: FakeGitHub) -> dict[str, Any]:
    ran = github.run("ask-github.sh", github.folder / "night", environ=ASKING)
    assert ran.returncode == 0, ran.stderr
    assert github.writes == []
    asked: dict[str, Any] = json.loads((github.folder / "night/pulls.json").read_text())
    return asked


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
    assert '"$RUNNER_TEMP/google-key.json"' in STEPS["sync.yml, read, Log in to Google, with a key"]["run"]


@pytest.mark.parametrize("secret", ["", KEY, "bm90IGEga2V5", "à peu près"])
def test_anything_else_than_a_key_in_base64_is_refused_without_being_shown(tmp_path: Path, secret: str) -> None:
    ran = FakeGitHub(tmp_path).run(
        "use-google-key.sh", tmp_path / "key.json", environ={"GOOGLE_SERVICE_ACCOUNT_KEY": secret}
    )
    assert ran.returncode == 1
    assert "GOOGLE_SERVICE_ACCOUNT_KEY" in ran.stderr
    assert not secret or secret not in ran.stdout + ran.stderr
    assert not (tmp_path / "key.json").exists()


# --- running the job, and saying why it failed ----------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the job needs of a checkout, with nothing published yet."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    shutil.copy(ROOT / "config.toml", folder)
    shutil.copytree(ROOT / "templates", folder / "templates")
    return folder


def test_a_dry_run_shows_the_report_and_the_decision_and_writes_no_page(tmp_path: Path, checkout: Path) -> None:
    github = FakeGitHub(tmp_path)
    _ask(github)
    ran = github.run(
        "run-job.sh", tmp_path / "night", "--check", "--from", ROOT / "tests/data/tableau.csv", cwd=checkout
    )
    assert ran.returncode == 0, ran.stderr
    assert github.outputs["decision"] == "open"
    assert github.summary.startswith((checkout / "build/report.md").read_text())
    assert github.summary.endswith("**Décision** (open) : une demande de fusion est à ouvrir.\n")
    assert [path.name for path in checkout.iterdir() if path.name == "site"] == []


def test_a_second_identical_night_does_nothing_at_all(tmp_path: Path, checkout: Path) -> None:
    sheet = ("--from", ROOT / "tests/data/tableau.csv")
    github = FakeGitHub(tmp_path)
    _ask(github)
    assert github.run("run-job.sh", tmp_path / "night", *sheet, cwd=checkout).returncode == 0
    proposed = pull(5, (checkout / "build/report.md").read_text())
    data = (checkout / OUTPUT["data"]).read_text()
    github.state |= {
        "pulls": [proposed],
        "commits": {"5": [commit("a", BOT)]},
        "contents": {f"{OUTPUT['data']}@{'5' * 40}": data},
    }
    shutil.rmtree(checkout / "site")  # the next night checks out the default branch, where nothing is merged yet
    _ask(github)
    assert github.run("run-job.sh", tmp_path / "night", *sheet, cwd=checkout).returncode == 0
    assert (github.outputs["decision"], github.outputs["pull"]) == ("keep", "5")
    assert github.run("keep-failure-issue.sh", environ=_results()).returncode == 0
    assert github.writes == []
    assert "Depuis la version en cours de relecture" not in github.summary


def test_every_decision_has_its_words(tmp_path: Path, checkout: Path) -> None:
    _fake_job(checkout, 'import sys; open("build/summary.json", "w").write(\'{"decision": "%s"}\' % sys.argv[-1])')
    said = {}
    github = FakeGitHub(tmp_path)
    (tmp_path / "night").mkdir()
    for decision in get_args(Decision):
        assert (
            github.run("run-job.sh", tmp_path / "night", decision, cwd=checkout, environ=OURS_IS_AWAY).returncode == 0
        )
        said[decision] = github.summary
    assert len(set(said.values())) == len(get_args(Decision))
    assert github.run("run-job.sh", tmp_path / "night", "else", cwd=checkout, environ=OURS_IS_AWAY).returncode == 1


def test_a_refusing_guard_is_quoted(tmp_path: Path, checkout: Path) -> None:
    github = FakeGitHub(tmp_path)
    _ask(github)
    (tmp_path / "empty.csv").write_text((ROOT / "tests/data/tableau.csv").read_text().partition("\n")[0] + "\n")
    ran = github.run("run-job.sh", tmp_path / "night", "--from", tmp_path / "empty.csv", cwd=checkout)
    assert ran.returncode == 3
    sentence = (tmp_path / "night/error.txt").read_text().strip()
    assert sentence in ran.stderr
    assert _why(github) == {"kind": "guard", "sentence": sentence}
    assert sentence in github.summary


@pytest.mark.parametrize(
    ("code", "kind", "sentence"),
    [
        ('import sys; sys.exit("Une phrase.")', "job", "Une phrase."),
        (
            'import sys; sys.exit("Onglet « Traceback (most recent call last): » : il manque une colonne.")',
            "job",
            "Onglet « Traceback (most recent call last): » : il manque une colonne.",
        ),
        (
            "raise ValueError('the value of a cell')",
            "bug",
            "Le robot s'est arrêté sur une erreur imprévue (ValueError).",
        ),
        ("import sys; sys.exit(139)", "bug", "Le robot s'est arrêté sur une erreur imprévue."),
    ],
)
def test_the_reason_is_the_jobs_sentence_and_never_a_traceback(
    tmp_path: Path, checkout: Path, code: str, kind: str, sentence: str
) -> None:
    _fake_job(checkout, code)
    github = FakeGitHub(tmp_path)
    (tmp_path / "night").mkdir()
    assert github.run("run-job.sh", tmp_path / "night", cwd=checkout, environ=OURS_IS_AWAY).returncode
    assert _why(github) == {"kind": kind, "sentence": sentence}


def test_the_runner_does_not_listen_to_a_traceback(tmp_path: Path, checkout: Path) -> None:
    _fake_job(checkout, r"raise ValueError('\n::add-mask::Disponible')")
    (tmp_path / "night").mkdir()
    lines = (
        FakeGitHub(tmp_path)
        .run("run-job.sh", tmp_path / "night", cwd=checkout, environ=OURS_IS_AWAY)
        .stderr.splitlines()
    )
    opening = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", lines[0])
    assert opening
    assert lines[-1] == f"::{opening[1]}::"
    assert "::add-mask::Disponible" in lines[1:-1]


@pytest.mark.parametrize(
    ("outcomes", "kind"),
    [
        ({"INSTALL": "failure"}, "install"),
        ({"INSTALL": "success", "ASK_GITHUB": "failure"}, "github"),
        ({"GOOGLE": "failure"}, "google"),
        ({"GOOGLE": "skipped", "KEY": "failure"}, "google"),
        ({"JOB": "success"}, "other"),
    ],
)
def test_a_night_that_fails_before_the_job_says_at_which_step(
    tmp_path: Path, outcomes: dict[str, str], kind: str
) -> None:
    assert _why(FakeGitHub(tmp_path), **{"JOB": "skipped", **outcomes})["kind"] == kind


def _why(github: FakeGitHub, **outcomes: str) -> dict[str, str]:
    steps = {"INSTALL": "", "ASK_GITHUB": "", "GOOGLE": "", "KEY": "", "JOB": "failure"}
    ran = github.run("say-why.sh", github.folder / "night", environ=steps | outcomes)
    assert ran.returncode == 0, ran.stderr
    why: dict[str, str] = json.loads(github.outputs["failure"])
    return why


def _fake_job(checkout: Path, code: str) -> None:
    (checkout / "job").mkdir()
    (checkout / "job/__main__.py").write_text(code)
    (checkout / "build").mkdir()


# --- the proposal ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("added", "modified", "removed", "title"),
    [
        ("0", "0", "0", "Données de forte valeur : présentation de la page"),
        ("1", "0", "0", "Données de forte valeur : 1 ajout"),
        ("97", "1", "0", "Données de forte valeur : 97 ajouts, 1 modification"),
        ("0", "12", "2", "Données de forte valeur : 12 modifications, 2 disparitions"),
    ],
)
def test_the_title_holds_figures_and_nothing_from_the_sheet(
    tmp_path: Path, added: str, modified: str, removed: str, title: str
) -> None:
    github = FakeGitHub(tmp_path)
    _prepare(github, "open", ADDED=added, MODIFIED=modified, REMOVED=removed)
    assert github.outputs == {"title": title, "go": "true"}
    assert github.state["calls"] == []


@pytest.mark.parametrize("decision", ["open", "update", "close"])
def test_the_nights_page_and_data_are_put_in_place(tmp_path: Path, decision: str) -> None:
    workspace = _prepare(FakeGitHub(tmp_path, pulls=[pull(5)]), decision)
    assert {path: (workspace / path).read_text() for path in (OUTPUT["page"], OUTPUT["data"])} == {
        OUTPUT["page"]: "the page",
        OUTPUT["data"]: "the data",
    }


@pytest.mark.parametrize("decision", ["update", "close"])
@pytest.mark.parametrize("change", [{"state": "closed"}, {"head": {"sha": "6" * 40}}])
def test_what_somebody_did_a_minute_ago_is_not_overwritten(tmp_path: Path, decision: str, change: Job) -> None:
    github = FakeGitHub(tmp_path, pulls=[pull(5, marker(FINGERPRINT)) | change])
    _prepare(github, decision)
    assert github.outputs == {"go": "false"}
    assert github.writes == []
    assert "a changé entre-temps" in github.summary


def test_an_update_leaves_the_pull_request_to_the_action(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path, pulls=[pull(5, marker(FINGERPRINT))])
    _prepare(github, "update")
    assert github.writes == []


def test_closing_says_why_and_is_no_refusal(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path, pulls=[pull(5, f"Le compte rendu\n\n{marker(FINGERPRINT)}\n")], commits={"5": []})
    _prepare(github, "close")
    (closed,) = github.state["pulls"]
    assert closed["body"] == "Le compte rendu\n\n"
    (comment,) = github.state["comments"]["5"]
    assert comment["body"].startswith("Il n'y a plus rien à proposer")
    github.state |= {"pulls": [closed | {"state": "closed"}]}  # what the action then does
    github.forget_calls()
    _ask(github)
    assert decide(FINGERPRINT, read_pulls(tmp_path / "night/pulls.json"), differs=True) == "open"


def test_a_closing_that_has_to_be_tried_again_says_why_only_once(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path, pulls=[pull(5, "…")], comments={"5": [{"user": PERSON, "body": "?"}] * 3})
    _prepare(github, "close")
    _prepare(github, "close")
    assert len(github.state["comments"]["5"]) == 4


def _prepare(github: FakeGitHub, decision: str, **counts: str) -> Path:
    """The workspace, after the step that prepares the proposal."""
    workspace = github.folder / "workspace"
    workspace.mkdir(exist_ok=True)
    for path, text in ((OUTPUT["page"], "the page"), (OUTPUT["data"], "the data")):
        file = github.folder / "artifact" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    ran = github.run(
        "prepare-proposal.sh",
        github.folder / "artifact",
        cwd=workspace,
        environ={
            **({"ADDED": "0", "MODIFIED": "0", "REMOVED": "0"} | counts),
            "DECISION": decision,
            "PULL": "" if decision == "open" else "5",
            "HEAD": "" if decision == "open" else "5" * 40,
            "PAGE": OUTPUT["page"],
            "DATA": OUTPUT["data"],
        },
    )
    assert ran.returncode == 0, ran.stderr
    return workspace


# --- the branch that a person took over -----------------------------------------------------------------------------


def test_a_branch_with_a_persons_commit_is_commented_once_for_all_nights(tmp_path: Path) -> None:
    commits = {"5": [commit("a", BOT), commit("b", BOT), commit("c", PERSON), commit("d", BOT)]}
    others = [{"user": PERSON, "body": "Une relecture"}, {"user": PERSON, "body": "<!-- robot : branche reprise -->"}]
    github = FakeGitHub(tmp_path, pulls=[pull(5)], commits=commits, comments={"5": others})
    for _ in range(3):
        ran = github.run("comment-blocked.sh", environ={"PULL": "5", "BRANCH": BRANCH})
        assert ran.returncode == 0, ran.stderr
    assert github.writes == [f"POST repos/{REPOSITORY}/issues/5/comments"]
    comment = github.state["comments"]["5"][-1]["body"]
    assert comment.startswith("Une personne a ajouté un commit à cette branche")
    assert f"`git push --force origin {'b' * 40}:refs/heads/{BRANCH}`" in comment


def test_without_a_commit_of_ours_to_go_back_to_none_is_named(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path, pulls=[pull(5)], commits={"5": [commit("c", None)]})
    assert github.run("comment-blocked.sh", environ={"PULL": "5", "BRANCH": BRANCH}).returncode == 0
    assert "git push" not in github.state["comments"]["5"][0]["body"]


# --- the issue of failed nights -------------------------------------------------------------------------------------

RUN = "https://github.example/etalab/page/actions/runs/42"
GUARD = "31 lignes publiées sur 97 ont disparu du tableau. La page n'a pas été modifiée."


def test_failed_nights_have_one_issue_that_closes_by_itself(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path)
    issues, comments = f"repos/{REPOSITORY}/issues", f"repos/{REPOSITORY}/issues/100/comments"
    nights = [
        (_failure("guard", GUARD), [f"POST {issues}"]),
        (_failure("guard", GUARD), []),
        (_failure("guard", GUARD.replace("31", "32")), []),
        (_failure("job", "Accès refusé à la feuille 1AbC."), [f"POST {comments}", f"PATCH {issues}/100"]),
        (_failure("job", "Accès refusé à la feuille 1AbC."), []),
        (_results(), [f"PATCH {issues}/100", f"POST {comments}"]),
        (_results(), []),
        (_failure("guard", GUARD), [f"POST {issues}"]),
    ]
    for number, (night, writes) in enumerate(nights):
        github.forget_calls()
        ran = github.run("keep-failure-issue.sh", environ=night)
        assert ran.returncode == 0, ran.stderr
        assert (number, github.writes) == (number, writes)
    first, second = github.state["issues"]
    assert (first["state"], first["state_reason"], second["state"]) == ("closed", "completed", "open")
    assert "Accès refusé à la feuille 1AbC." in first["body"]
    assert [comment["body"].splitlines()[0] for comment in github.state["comments"]["100"]] == [
        "La raison a changé.",
        f"[Cette nuit]({RUN}) s'est bien passée. Ce ticket se ferme de lui-même.",
    ]


def test_the_issue_quotes_the_sentence_and_says_what_to_do(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path)
    github.run("keep-failure-issue.sh", environ=_failure("guard", GUARD))
    (issue,) = github.state["issues"]
    assert issue["title"] == "La mise à jour nocturne de la page a échoué"
    assert f"```text\n{GUARD}\n```" in issue["body"]
    assert "« Laisser passer cette fois de nombreuses disparitions »" in issue["body"]
    assert f"[Journal de l'exécution]({RUN})" in issue["body"]


def test_nothing_in_the_sentence_is_live_in_the_issue(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path)
    github.run(
        "keep-failure-issue.sh",
        environ=_failure("job", "@equipe fixes #12\r\n```\n![](x)<!-- raison\x1b\u202e" + "`" * 9),
    )
    (issue,) = github.state["issues"]
    quoted = issue["body"].partition("```text\n")[2].partition("\n```\n")[0]
    assert quoted == "@\u200bequipe fixes #\u200b12\n'''\n![](x)<!\u200b-- raison" + "'" * 9
    assert issue["body"].count("```") == 2


def test_a_very_long_sentence_is_cut(tmp_path: Path) -> None:
    github = FakeGitHub(tmp_path)
    github.run("keep-failure-issue.sh", environ=_failure("job", "long " * 10_000))
    assert len(github.state["issues"][0]["body"]) < 4000


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        ({"PROPOSE": "failure"}, "la demande de fusion n'a pas pu être ouverte"),
        ({"PROPOSE": "cancelled"}, "la demande de fusion n'a pas pu être ouverte"),
        ({"HAND_BACK": "failure"}, "Le commentaire qui explique"),
        ({"READ": "failure"}, "sans dire pourquoi"),
        ({"READ": "cancelled"}, "sans dire pourquoi"),
    ],
)
def test_every_job_that_fails_or_takes_too_long_is_a_failed_night(
    tmp_path: Path, results: dict[str, str], sentence: str
) -> None:
    github = FakeGitHub(tmp_path)
    assert github.run("keep-failure-issue.sh", environ=_results(**results)).returncode == 0
    assert sentence in github.state["issues"][0]["body"]


def test_only_our_own_issue_is_touched(tmp_path: Path) -> None:
    body = "<!-- robot : nuit en échec -->"
    others = [{"number": number, "state": "open", "user": PERSON, "body": body} for number in (1, 2, 3)]
    github = FakeGitHub(tmp_path, issues=others, pulls=[pull(5, body)])
    assert github.run("keep-failure-issue.sh", environ=_results()).returncode == 0
    assert github.writes == []


def _results(**results: str) -> dict[str, str]:
    """What the other jobs of a good night came to, but for these."""
    return {"READ": "success", "PROPOSE": "skipped", "HAND_BACK": "skipped", "FAILURE": "", **results}


def _failure(kind: str, sentence: str) -> dict[str, str]:
    return _results(READ="failure", FAILURE=json.dumps({"kind": kind, "sentence": sentence}))


def test_what_failed_in_one_job_is_understood_in_the_other(tmp_path: Path, checkout: Path) -> None:
    _fake_job(checkout, 'import sys; sys.exit("Une phrase, « é » et \\"guillemets\\".\\nUne autre.")')
    github = FakeGitHub(tmp_path)
    (tmp_path / "night").mkdir()
    github.run("run-job.sh", tmp_path / "night", cwd=checkout, environ=OURS_IS_AWAY)
    _why(github)
    ran = github.run("keep-failure-issue.sh", environ=_results(READ="failure", FAILURE=github.outputs["failure"]))
    assert ran.returncode == 0, ran.stderr
    assert '```text\nUne phrase, « é » et "guillemets".\nUne autre.\n```' in github.state["issues"][0]["body"]


# --- the page against its templates ---------------------------------------------------------------------------------


def test_a_changed_template_says_what_to_run(tmp_path: Path, checkout: Path) -> None:
    github = FakeGitHub(tmp_path)
    for command in ("git init -q", "python3 -m job render", "git add -A"):
        subprocess.run(command.split(), cwd=checkout, env=github.environ, capture_output=True, check=True)
    assert github.run("compare-page.sh", cwd=checkout).returncode == 0
    template = checkout / "templates/page.md.j2"
    template.write_text(template.read_text() + "\nUn mot de plus.\n")
    ran = github.run("compare-page.sh", cwd=checkout)
    assert ran.returncode == 1
    assert "+Un mot de plus." in ran.stdout
    assert f"::error file={OUTPUT['page']}::" in ran.stdout
    assert "Lancez « python -m job render »" in github.summary
