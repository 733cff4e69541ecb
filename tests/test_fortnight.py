"""Nights in a row: the workflow's own scripts, the job, real git and a fake GitHub. What is decided, done and said."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import FROZEN, copy_project, replace_once
from fake_gh import BOT, BRANCH, ITSELF, PERSON, ROOT, SCRIPTS, FakeGitHub, pull

from job.__main__ import main
from job.output.github import read_settings

pytestmark = pytest.mark.slow

SETTINGS = read_settings(FROZEN)
PAGE, DATA = SETTINGS["page"], SETTINGS["data"]
PUBLISHED = (PAGE, DATA, SETTINGS["json"], SETTINGS["package"])
CATEGORY, NAME, PRODUCER, STATUS = 1, 2, 3, 5
ACCOUNTS = {account["login"]: account for account in (BOT, PERSON, ITSELF)}


class KilledError(Exception):
    """The runner is gone."""


@dataclass
class World:
    """A repository, the sheet, and GitHub."""

    folder: Path
    sheet: list[list[str]]
    github: FakeGitHub
    kill_before: str = ""  # push, description: what create-pull-request does not get to, once

    def git(self, *arguments: str, by: dict[str, Any] = BOT, of: dict[str, Any] | None = None) -> str:
        """Real git; `by` is the author and `of` the committer of what it commits."""
        names = {"GIT_AUTHOR_NAME": by["login"], "GIT_COMMITTER_NAME": (of or by)["login"]}
        mails = {"GIT_AUTHOR_EMAIL": "x", "GIT_COMMITTER_EMAIL": "x", "HOME": str(self.folder.parent)}
        done = subprocess.run(
            ["git", "-C", str(self.folder), *arguments],
            env=self.github.environ | names | mails,
            check=True,
            capture_output=True,
            encoding="utf-8",
        )
        return done.stdout.strip()

    def night(self, *options: str) -> str:
        """The workflow's steps. Returns the decision, "" when there was none."""
        results = {"READ": "success", "PROPOSE": "skipped", "TELL": "skipped", "FAILURE": "", "SHEET": "1AbC"}
        decision = ""
        try:
            decision = self.read(*options)
            job = {"blocked": "TELL", "muted": "TELL", "none": "", "keep": ""}.get(decision, "PROPOSE")
            if job:
                results[job] = "failure"
                self.act(decision)
                results[job] = "success"
        except subprocess.CalledProcessError:
            if not decision:
                results |= {"READ": "failure", "JOB": "failure", "FAILURE": self.outputs.get("failure", "")}
        except KilledError:
            pass
        self.step("again.sh", SCRIPTS / "keep-issue.sh", self.folder.parent / "issue", **results)
        return decision

    @property
    def outputs(self) -> dict[str, str]:
        """What the last `sync` handed to the next steps."""
        lines = (self.folder.parent / "outputs").read_text().splitlines()
        return {name: value for name, _, value in (line.partition("=") for line in lines)}

    def step(self, script: str, *arguments: str | Path, **environ: str) -> None:
        self.github.run(script, *arguments, cwd=self.folder, environ=environ).check_returncode()

    def read(self, *options: str) -> str:
        """The job `read`: what GitHub and the sheet say → the decision."""
        self.git("checkout", "--quiet", "main")
        self.git("reset", "--quiet", "--hard")
        self.git("clean", "--quiet", "--force", "-d", "-x")
        self.let_github_see_the_branch()
        sheet = self.folder.parent / "sheet.csv"
        with sheet.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(self.sheet)
        outputs, answers = self.folder.parent / "outputs", self.folder.parent / "answers"
        outputs.write_text("")
        self.step("again.sh", SCRIPTS / "ask-github.sh", answers, BRANCH=BRANCH, BASE="main", DATA=DATA)
        arguments = ["--from", str(sheet), "--github", str(answers), *options]
        code = main(["sync", "--config", str(self.folder / "config.toml"), *arguments], {"GITHUB_OUTPUT": str(outputs)})
        if code:
            assert self.git("status", "--porcelain") == ""
            raise subprocess.CalledProcessError(code, "sync")
        return self.outputs["decision"]

    def let_github_see_the_branch(self) -> None:
        """GitHub's view of the robot's branch: its tip, its commits, its data, whether it conflicts with main."""
        open_pulls = [it for it in self.github.state["pulls"] if it["state"] == "open"]
        if not open_pulls:
            return
        number = open_pulls[-1]["number"]
        log = self.git("log", "--reverse", "--format=%H %an %cn %P%n%s", f"main..{BRANCH}").splitlines()
        commits = []
        for line, subject in zip(log[::2], log[1::2], strict=True):
            sha, author, committer, *parents = line.split()
            commits.append(
                {
                    "sha": sha,
                    "author": ACCOUNTS[author],
                    "committer": ACCOUNTS[committer],
                    "parents": [{"sha": parent} for parent in parents],
                    "commit": {"message": subject, "verification": {"verified": committer == "web-flow"}},
                }
            )
        state = self.github.state
        state["commits"][str(number)] = commits
        state["contents"] = {f"{DATA}@{self.tip}": self.git("show", f"{BRANCH}:{DATA}") + "\n"}
        about = next(it for it in state["pulls"] if it["number"] == number)
        about["head"]["sha"] = self.tip
        try:
            self.git("merge-tree", "--write-tree", "main", BRANCH)
            about["mergeable"] = True
        except subprocess.CalledProcessError:
            about["mergeable"] = False
        self.github.state = state

    def act(self, decision: str) -> None:
        """The jobs `propose` and `tell`."""
        self.step("again.sh", SCRIPTS / "say.sh", self.folder / "build" / "github")
        outputs = self.github.outputs
        if decision in ("blocked", "muted") or outputs["go"] == "no":
            return
        if outputs["to_draft"]:
            undo = ["pr", "ready", "--undo", outputs["to_draft"], "--repo", "etalab/page"]
            self.step("again.sh", "gh", *undo)
        self.create_pull_request(outputs["title"], self.report)

    def create_pull_request(self, title: str, body: str) -> None:
        """What the action does: the branch first, the title and the description after."""
        self.stop("push")
        self.git("checkout", "--quiet", "-B", BRANCH)
        self.git("add", *PUBLISHED)
        state = self.github.state
        open_pull = next((it for it in state["pulls"] if it["state"] == "open"), None)
        if self.git("diff", "--cached", "--name-only"):
            self.git("commit", "--quiet", "--message", title)
            self.stop("description")
            if open_pull is None:
                open_pull = pull(len(state["pulls"]) + 1)
                open_pull["head"]["sha"] = self.tip
                state["pulls"].append(open_pull)
            open_pull.update(title=title, body=body)
        elif open_pull:
            open_pull["state"] = "closed"
        self.github.state = state

    def stop(self, place: str) -> None:
        if self.kill_before == place:
            self.kill_before = ""
            raise KilledError

    @property
    def tip(self) -> str:
        """The commit at the tip of the robot's branch."""
        return self.git("rev-parse", BRANCH)

    @property
    def open(self) -> dict[str, Any]:
        """The pull request that is open, as it stands."""
        return next(it for it in self.github.state["pulls"] if it["state"] == "open")

    @property
    def report(self) -> str:
        return (self.folder / "build" / "report.md").read_text(encoding="utf-8")

    @property
    def proposed(self) -> str:
        """The data on the robot's branch."""
        return self.git("show", f"{BRANCH}:{DATA}")

    def edit(self, **change: Any) -> None:
        """What a person does to the newest pull request, by GitHub's buttons."""
        state = self.github.state
        state["pulls"][-1].update(change)
        self.github.state = state

    def merge(self) -> None:
        self.edit(state="closed", merged_at="2026-11-23T08:00:00Z")
        self.git("clean", "--quiet", "--force", "-d")
        self.git("checkout", "--quiet", "--force", "main")
        self.git("merge", "--quiet", BRANCH)

    def commit(self, path: str, old: str, new: str, *, branch: str) -> None:
        """A person's commit, by hand."""
        self.git("checkout", "--quiet", "--force", branch)
        replace_once(self.folder / path, old, new)
        self.git("commit", "--quiet", "--all", "--message", "Un mot", by=PERSON)

    def update_branch(self) -> None:
        """The button « Update branch »."""
        self.git("checkout", "--quiet", "--force", BRANCH)
        words = f"Merge branch 'main' into {BRANCH}"
        self.git("merge", "--quiet", "--no-ff", "--message", words, "main", by=PERSON, of=ITSELF)

    def change(self, name: str, column: int, value: str) -> None:
        (row,) = [row for row in self.sheet if row[NAME] == name]
        row[column] = value

    def copy(self, folder: Path) -> World:
        """The same world in another folder."""
        shutil.copytree(self.folder, folder / "repository")
        sheet = [list(row) for row in self.sheet]
        return World(folder / "repository", sheet, FakeGitHub(folder, **self.github.state))


@pytest.fixture(scope="module")
def mornings(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, World, World]:
    """Three mornings to begin with."""
    folder = tmp_path_factory.mktemp("world") / "repository"
    folder.mkdir()
    copy_project(folder)
    shutil.copy(ROOT / ".gitignore", folder)
    with (ROOT / "tests" / "data" / "tableau.csv").open(encoding="utf-8", newline="") as file:
        sheet = list(csv.reader(file))
    world = World(folder, sheet, FakeGitHub(folder.parent))
    world.git("init", "--quiet", "--initial-branch=main")
    assert main(["render", "--config", str(folder / "config.toml")], {}) == 0
    world.git("add", ".")
    world.git("commit", "--quiet", "--message", "x")
    published = world.copy(tmp_path_factory.mktemp("published"))
    assert published.night() == "open"
    published.merge()
    proposed = published.copy(tmp_path_factory.mktemp("proposed"))
    proposed.change("Cadastre", STATUS, "Disponible")
    assert proposed.night() == "open"
    return world, published, proposed


@pytest.fixture
def world(mornings: tuple[World, World, World], tmp_path: Path) -> World:
    """The example sheet, and a repository where nothing is published yet."""
    return mornings[0].copy(tmp_path)


@pytest.fixture
def published(mornings: tuple[World, World, World], tmp_path: Path) -> World:
    """The same, with the example on the page."""
    return mornings[1].copy(tmp_path)


@pytest.fixture
def proposed(mornings: tuple[World, World, World], tmp_path: Path) -> World:
    """The same, with a change under review, which is no draft."""
    return mornings[2].copy(tmp_path)


def title(text: str) -> str:
    return f"Données de forte valeur : {text}"


def test_a_fortnight(world: World) -> None:
    # Night 1: the first page is proposed, night 2 finds nothing to add to it, and in the morning somebody merges.
    assert world.night() == "open"
    assert world.open["title"] == title("97 ajouts")
    first = world.open
    world.github.forget_calls()
    assert world.night() == "keep"
    assert (world.open, world.github.writes) == (first, [])
    world.merge()

    # Night 3: nothing.
    assert world.night() == "none"
    assert world.github.writes == []

    # Night 4: two additions. Night 5: one more while they are under review, which goes back to draft.
    new = ["", "Bruit", "Cartes de bruit", "Cerema", world.sheet[4][4], "Disponible", "https://www.cerema.fr/bruit"]
    world.sheet += [new, [*new[:2], "Points noirs du bruit", *new[3:6], "https://www.cerema.fr/points"]]
    assert world.night() == "open"
    assert (world.open["title"], world.open["draft"]) == (title("2 ajouts"), False)
    world.sheet.append([*new[:2], "Plans de prévention", *new[3:6], "https://www.cerema.fr/plans"])
    assert world.night() == "update"
    assert (world.open["title"], world.open["draft"], world.open["number"]) == (title("3 ajouts"), True, 2)
    assert world.night() == "keep"
    world.merge()

    # Night 6: a typo in a status: the row stays as it was. Night 7: repaired, and updated like any other.
    world.change("Cartes de bruit", STATUS, "Diponible")
    assert world.night() == "none"
    world.change("Cartes de bruit", STATUS, "Disponible sur data.gouv.fr")
    assert world.night() == "open"
    assert world.open["title"] == title("1 modification")
    world.merge()

    # Night 8: a rename is one change. Night 9: a re-sorted sheet is none.
    world.change("Cadastre", NAME, "Plan cadastral")
    assert world.night() == "open"
    assert world.open["title"] == title("1 renommage")
    world.merge()
    world.sheet[1:] = sorted(world.sheet[1:], key=lambda row: row[::-1])
    assert world.night() == "none"

    # Night 10: the sheet is emptied. Night 11: half the rows are gone. Both refused; the second is then accepted.
    full = [list(row) for row in world.sheet]
    world.sheet = full[:1]
    assert world.night() == ""
    world.sheet = full[:51]
    assert world.night() == ""
    (issue,) = world.github.state["issues"]
    assert "50 lignes publiées sur 100 ont disparu du tableau" in issue["body"]
    assert world.night("--accept") == "open"
    assert world.open["title"] == title("50 disparitions")
    assert world.github.state["issues"][0]["state"] == "closed"

    # Night 12: the reviewer refuses; the same content is not proposed again. The sheet changes: it is.
    world.edit(state="closed")
    assert world.night("--accept") == "muted"
    world.sheet = full[:-1]
    assert world.night() == "open"

    # Night 13: the sheet is as published again: the proposal closes.
    world.sheet = full
    assert world.night() == "close"
    assert world.night() == "none"

    # The same change made again is a new wish, not the one that was closed.
    world.sheet = full[:-1]
    assert world.night() == "open"
    assert world.proposed.count("\n") == 99


@pytest.mark.parametrize(
    ("case", "change"),
    [
        ("a dataset is deleted", lambda world: world.sheet.pop()),
        ("a template changes", lambda world: _append(world.folder / "templates" / "page.md.j2", "Fin.\n")),
    ],
)
def test_whatever_changes_the_page_is_proposed_once(
    case: str, change: Callable[[World], object], published: World
) -> None:
    published.git("checkout", "--quiet", "main")
    change(published)
    published.git("commit", "--quiet", "--allow-empty", "--all", "--message", case)
    assert published.night() == "open"
    assert published.night() == "keep"


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_a_page_that_was_edited_by_hand_on_main_does_not_block_the_proposal(proposed: World) -> None:
    proposed.commit(PAGE, "[Cadastre]", "[Le cadastre]", branch="main")
    assert proposed.night() == "update"
    assert proposed.open["draft"] is True
    assert proposed.night() == "keep"
    assert proposed.open["mergeable"] is True


def test_what_was_approved_is_never_left_beside_another_content(proposed: World) -> None:
    before = (proposed.tip, proposed.open["title"])
    proposed.change("Cadastre", STATUS, "En cours d'ouverture")
    proposed.github.state |= {"failures": {"ready": -1}}
    assert proposed.night() == "update"
    assert (proposed.tip, proposed.open["title"]) == before, "without a draft nothing is pushed"
    (issue,) = proposed.github.state["issues"]
    assert "la demande de fusion n'a pas pu être ouverte, mise à jour ou fermée" in issue["body"]
    proposed.github.state |= {"failures": {}}
    assert proposed.night() == "update"
    assert (proposed.open["draft"], proposed.open["body"]) == (True, proposed.report)
    assert "En cours d'ouverture" in proposed.proposed
    assert proposed.github.state["issues"][0]["state"] == "closed"
    assert proposed.night() == "keep"


@pytest.mark.parametrize("place", ["push", "description"])
@pytest.mark.parametrize("then", ["En cours d'ouverture", "Disponible"])
def test_an_update_that_was_cut_short_is_mended_by_the_next_night(proposed: World, place: str, then: str) -> None:
    proposed.change("Cadastre", STATUS, "En cours d'ouverture")
    proposed.kill_before = place
    assert proposed.night() == "update"
    proposed.edit(draft=False)  # somebody takes the half of it for a whole
    proposed.change("Cadastre", STATUS, then)  # as it is, or as it was described
    assert proposed.night() == "update"
    assert (proposed.open["draft"], proposed.open["body"]) == (True, proposed.report)
    assert '"Cadastre"' in proposed.proposed
    assert then in next(line for line in proposed.proposed.splitlines() if '"Cadastre"' in line)
    assert proposed.night() == "keep"


def test_a_branch_that_a_person_took_over_is_left_alone_and_each_take_over_is_answered_once(proposed: World) -> None:
    number = proposed.open["number"]
    ours = proposed.tip
    for branch_tip in ("first", "second"):
        proposed.commit(PAGE, "\n## ", f"\n{branch_tip}\n\n## ", branch=BRANCH)
        theirs = proposed.tip
        proposed.change("Cadastre", STATUS, "Disponible")
        assert [proposed.night(), proposed.night()] == ["blocked", "blocked"]
        assert proposed.tip == theirs
        told = proposed.github.comments(number)[-1]
        assert f"`git push --force origin {ours}:refs/heads/{BRANCH}`" in told
        assert told.endswith(f": branche reprise, {theirs} -->\n")
        proposed.git("checkout", "--quiet", "--force", "main")
        proposed.git("branch", "--quiet", "--force", BRANCH, ours)  # handed back as the comment says
        assert proposed.night() == "keep"
    assert len(proposed.github.comments(number)) == 2


def test_update_branch_is_no_take_over(proposed: World) -> None:
    proposed.commit("templates/digest.md.j2", "\n", "\n\n", branch="main")
    proposed.update_branch()
    assert proposed.night() == "keep"
    proposed.change("Cadastre", STATUS, "En cours d'ouverture")
    assert proposed.night() == "update"
    assert proposed.github.comments(proposed.open["number"]) == []


def test_a_refusal_is_answered_once_and_can_be_taken_back(proposed: World) -> None:
    number = proposed.open["number"]
    proposed.edit(state="closed")
    assert [proposed.night(), proposed.night()] == ["muted", "muted"]
    (told,) = proposed.github.comments(number)
    assert "effacez la dernière ligne" in told
    proposed.edit(state="open")
    assert proposed.night() == "keep"
    description, _, last = proposed.open["body"].rstrip().rpartition("\n")
    assert last.startswith("<!-- empreinte : ")
    proposed.edit(state="closed", body=description)
    assert proposed.night() == "open"
    assert proposed.open["number"] == number + 1


def test_an_error_of_githubs_at_every_step_changes_no_night(proposed: World) -> None:
    proposed.change("Cadastre", STATUS, "En cours d'ouverture")
    asked = ["GET pulls$", "commits", "contents", "comments", "PATCH", "ready", "GET issues$"]
    proposed.github.state |= {"failures": dict.fromkeys(asked, 1)}
    assert proposed.night() == "update"
    assert (proposed.open["draft"], proposed.open["body"]) == (True, proposed.report)
    assert [times for times in proposed.github.state["failures"].values() if times] == []
    assert proposed.github.state["issues"] == []


def test_a_night_that_cannot_ask_github_says_so_and_the_next_one_goes_on(proposed: World) -> None:
    proposed.change("Cadastre", STATUS, "En cours d'ouverture")
    proposed.github.state |= {"failures": {"GET pulls": -1}}
    assert proposed.night() == ""
    assert len(proposed.github.state["issues"]) == 1
    proposed.github.state |= {"failures": {}}
    assert proposed.night() == "update"
    assert proposed.github.state["issues"][0]["state"] == "closed"
