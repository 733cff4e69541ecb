"""The workflows as they stand, the list of packages, and the handbook of failed nights."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
import yaml
from conftest import replace_once
from fake_gh import BRANCH, ROOT, SCRIPTS
from packaging.requirements import Requirement

from job.changes.decide import Decision
from job.config import Config
from job.output.github import FAILURES, read_settings

Job = dict[Any, Any]  # a part of a workflow, as YAML tells it

WORKFLOWS: dict[str, Job] = {
    path.name: yaml.safe_load(path.read_text()) for path in (ROOT / ".github/workflows").glob("*.yml")
}
SYNC = WORKFLOWS["sync.yml"]
JOBS = {f"{name}, {job}": it for name, workflow in WORKFLOWS.items() for job, it in workflow["jobs"].items()}
STEPS = {f"{job}, {step['name']}": step for job, it in JOBS.items() for step in it["steps"]}
SETTINGS = read_settings(ROOT / "config.toml")
PATHS = [SETTINGS[name] for name in ("page", "data", "json", "package")]


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


@pytest.mark.slow
@pytest.mark.parametrize("page", ["site/liste.md", "site/liste_donnees_forte-valeur.md"])
def test_a_page_that_was_not_committed_is_noticed_even_where_it_is_new(page: str, project: Path) -> None:
    (script,) = (step["run"] for step in JOBS["ci.yml, page"]["steps"] if "job render" in step.get("run", ""))
    own = dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"), "x")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    def run(commands: str) -> int:
        environ = {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(project), **own}
        return subprocess.run(["bash", "-ec", commands], cwd=project, env=environ, check=False).returncode

    assert (
        run("echo build/ >.gitignore; git init --quiet; python -m job render; git add .; git commit --quiet -m x") == 0
    )
    replace_once(project / "config.toml", SETTINGS["page"], page)
    assert run(f"git commit --quiet --allow-empty -am y\n{script}") == (page != SETTINGS["page"])


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
    assert writing == {"propose", "tell", "failures", "stay-scheduled"}


def test_only_the_job_that_proposes_can_change_the_repository() -> None:
    assert [name for name, job in SYNC["jobs"].items() if job["permissions"].get("contents") == "write"] == ["propose"]


def test_the_two_keys_stand_in_two_environments() -> None:
    assert {name: job["environment"] for name, job in SYNC["jobs"].items() if "environment" in job} == {
        "read": "google-sheet",
        "propose": "pull-request",
    }


def test_the_site_is_built_without_a_secret_or_a_right_to_write_and_may_fail() -> None:
    preview = SYNC["jobs"]["preview"]
    assert preview["permissions"] == {"contents": "read"}
    assert not re.search(r"secrets\.|github\.token", json.dumps(preview))
    assert preview["continue-on-error"] is True
    assert [name for name, job in SYNC["jobs"].items() if "preview" in job.get("needs", ())] == []


@pytest.mark.parametrize(
    ("data", "lock", "site"),
    [
        ("site/public/a.csv", "site/package-lock.json", "site"),
        ("public/a.csv", "package-lock.json", "."),
        ("site/public/a.csv", "package-lock.json", ""),  # npm builds nothing there
        ("site/a.csv", "site/package-lock.json", ""),
    ],
)
def test_the_site_that_is_built_is_the_one_that_serves_the_data(
    data: str, lock: str, site: str, tmp_path: Path
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / lock).touch()
    text = (ROOT / "config.toml").read_text().replace(f'data = "{SETTINGS["data"]}"', f'data = "{data}"')
    (tmp_path / "config.toml").write_text(text)
    assert read_settings(tmp_path / "config.toml")["site"] == site


def test_data_beside_the_page_are_those_of_an_older_version(tmp_path: Path) -> None:
    config = Path(shutil.copy(ROOT / "config.toml", tmp_path))
    older = Path(SETTINGS["page"]).with_name(Path(SETTINGS["data"]).name)
    assert read_settings(config)["older"] == ""
    (tmp_path / older).parent.mkdir(parents=True)
    (tmp_path / older).touch()
    assert read_settings(config)["older"] == str(older)
    replace_once(config, f'data = "{SETTINGS["data"]}"', f'data = "{older}"')
    assert read_settings(config)["older"] == ""


def test_the_site_is_only_built_where_there_is_one() -> None:
    assert "needs.read.outputs.site != ''" in SYNC["jobs"]["preview"]["if"]
    assert _step("preview", "upload-artifact")["with"]["path"].startswith("${{ needs.read.outputs.site }}/")


def test_the_branch_and_the_paths_are_named_in_config_toml_only(live: Config) -> None:
    text = (ROOT / ".github/workflows/sync.yml").read_text()
    assert [value for value in (BRANCH, *PATHS) if value in text] == []
    assert SETTINGS["branch"] == BRANCH
    output = live.output
    assert SETTINGS["page"] == str(output.page.relative_to(live.root))
    assert SETTINGS["data"] == str(output.data.relative_to(live.root))
    assert SETTINGS["report"] == str(output.report.relative_to(live.root))


def test_the_artifact_holds_the_report_the_page_and_its_data_and_nothing_else() -> None:
    assert _named(_step("read", "upload-artifact")["with"]["path"], "steps.settings") == [
        "config.toml",
        f"{SETTINGS['report']}/",
        *PATHS,
    ]


def test_a_night_whose_paths_are_unknown_keeps_no_artifact() -> None:
    assert "steps.settings.outcome == 'success'" in _step("read", "upload-artifact")["if"]


def test_a_commit_holds_the_page_and_its_data_and_nothing_else() -> None:
    assert _named(_step("propose", "create-pull-request")["with"]["add-paths"], "needs.read") == PATHS


def _named(paths: str, where: str) -> list[str]:
    """What these lines of the workflow name, once they are filled in."""
    filled = re.sub(
        rf"\${{{{ {re.escape(where)}\.outputs\.(\w+) }}}}", lambda found: SETTINGS[found[1]], paths.rstrip("\n")
    )
    return [line for line in filled.splitlines() if line]


def test_what_google_leaves_in_the_workspace_is_in_no_commit_and_no_artifact() -> None:
    kept = (
        _step("read", "upload-artifact")["with"]["path"] + _step("propose", "create-pull-request")["with"]["add-paths"]
    )
    assert not re.search(r"[*?\[]", kept), "a pattern could match gha-creds-*.json"
    assert "gha-creds-*.json" in (ROOT / ".gitignore").read_text().splitlines()


def test_the_pull_request_is_only_touched_when_the_decision_says_so() -> None:
    acting = set(json.loads(re.findall(r"fromJSON\('(.+?)'\)", SYNC["jobs"]["propose"]["if"])[0]))
    assert acting == set(get_args(Decision)) - {"none", "keep", "blocked", "muted"}
    telling = set(json.loads(re.findall(r"fromJSON\('(.+?)'\)", SYNC["jobs"]["tell"]["if"])[0]))
    assert telling == {"blocked", "muted"}


@pytest.mark.parametrize("job", ["propose", "tell", "failures"])
def test_a_dry_run_or_another_branch_than_the_default_one_acts_on_nothing(job: str) -> None:
    condition = SYNC["jobs"][job]["if"]
    assert "!inputs.dry_run &&" in condition
    assert "(github.event_name == 'schedule' || github.ref_name == github.event.repository.default_branch)" in condition


def test_it_goes_back_to_draft_before_anything_is_pushed() -> None:
    steps = [step["name"] for step in SYNC["jobs"]["propose"]["steps"]]
    assert steps.index("Say under the pull request what there is to say") < steps.index("Back to draft")
    assert steps.index("Back to draft") == steps.index("Open, update or close") - 1


def test_the_issue_is_told_what_every_step_and_job_came_to() -> None:
    keep = SYNC["jobs"]["failures"]["steps"][-1]["env"]
    assert set(keep) == {"GH_TOKEN", "SHEET", "FAILURE", *FAILURES}
    outputs = SYNC["jobs"]["read"]["outputs"]
    told = re.findall(r"needs\.read\.outputs\.(\w+)", json.dumps(SYNC["jobs"]["failures"]))
    assert [name for name in told if name not in outputs] == []
    steps = {step.get("id") for step in SYNC["jobs"]["read"]["steps"]}
    assert set(re.findall(r"steps\.(\w+)\.", json.dumps(outputs))) <= steps


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
    lists = [ROOT / "requirements.txt", *ROOT.glob("*/package-lock.json"), *ROOT.glob("tests/*/package-lock.json")]
    assert len(lists) > 2
    assert [path for path in lists if "registry" in (text := path.read_text()) or "index-url" in text] == []


def test_what_contributors_are_told_to_change_is_there() -> None:
    code = "".join(path.read_text() for path in (ROOT / "job").rglob("*.py"))
    names = re.findall("`([A-Z_]{4,})`", (ROOT / "CONTRIBUTING.md").read_text())
    assert names != []
    assert [name for name in names if not re.search(rf"^{name}\b", code, re.MULTILINE)] == []


# --- docs/when-a-night-fails.md -------------------------------------------------------------------------------------


def sentences() -> dict[str, str]:
    """Every sentence that a failed night may quote: public constants that end like one, and how an error begins."""
    code = "".join(path.read_text() for path in sorted((ROOT / "job").rglob("*.py")))
    found = {begins: begins for begins in re.findall(r'JobError\(\s*f?"([A-Z][^{"]+)', code)}
    for module in ("job.output.github", "job.source.refusals", "job.changes.guards"):
        if importlib.util.find_spec(module):
            values = vars(importlib.import_module(module))
            for name, value in [*values.items(), *values.get("FAILURES", {}).items()]:
                sentence = getattr(value, "sentence", value)
                if name.isupper() and not name.startswith("_") and isinstance(sentence, str) and sentence[-1:] == ".":
                    found[f"{module}.{name}"] = sentence
    return found


@pytest.mark.parametrize("sentence", sentences().values(), ids=sentences())
def test_every_sentence_that_can_be_quoted_is_explained(sentence: str) -> None:
    handbook = " ".join((ROOT / "docs/when-a-night-fails.md").read_text().split())
    first = re.split(r"(?<=\.) ", " ".join(sentence.split()))[0]
    missing = [part for part in re.split(r"\{[^}]+\}", first) if part.strip(" .") not in handbook]
    assert missing == []
