"""A fortnight of nights, through the command line and real git: what each one decides, publishes and reports."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from job.__main__ import main
from job.decide import BRANCH

ROOT = Path(__file__).parents[1]
PAGE, DATA = "site/liste_donnees_forte-valeur.md", "site/donnees-de-forte-valeur.csv"
ROBOT, PERSON = ("github-actions[bot]", "Bot"), ("camille", "User")
Rows = list[list[str]]
CATEGORY, NAME, PRODUCER, STATUS = 1, 2, 3, 5


@dataclass
class World:
    """A repository, the sheet, and GitHub's list of pull requests."""

    folder: Path
    sheet: Rows
    pulls: list[dict[str, Any]] = field(default_factory=list)
    authors: list[tuple[str, str]] = field(default_factory=list)  # of the commits on the robot's branch
    edits: int = 0  # of commits, pull requests and comments, by the robot

    def git(self, *arguments: str) -> str:
        command = ["git", "-c", "user.name=x", "-c", "user.email=x@x.fr", "-C", str(self.folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout

    def night(self, *options: str) -> tuple[int, dict[str, str], str]:
        """The workflow's steps: exit code, the job's outputs, and what it said on standard error."""
        self.git("checkout", "--quiet", "main")
        self.git("reset", "--quiet", "--hard")
        self.git("clean", "--quiet", "--force", "-d")
        work = self.folder.parent
        with (work / "sheet.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(self.sheet)
        commits = [{"author": {"login": login, "type": kind}} for login, kind in self.authors]
        answer = {"repository": "o/r", "base": "main", "pulls": self.pulls, "commits": commits}
        (work / "pulls.json").write_text(json.dumps(answer))
        arguments = ["--from", str(work / "sheet.csv"), "--pulls", str(work / "pulls.json"), *options]
        if self.open:
            (work / "review.csv").write_text(self.git("show", f"{BRANCH}:{DATA}"), encoding="utf-8")
            arguments += ["--under-review", str(work / "review.csv")]
        (work / "output").unlink(missing_ok=True)
        environ = {"GITHUB_OUTPUT": str(work / "output")}
        code = main(["sync", "--config", str(self.folder / "config.toml"), *arguments], environ)
        if code:
            assert self.git("status", "--porcelain") == ""
            return code, {}, ""
        outputs = dict(line.split("=") for line in (work / "output").read_text().splitlines())
        self.obey(outputs["decision"])
        return code, outputs, self.report

    def obey(self, decision: str) -> None:
        """What create-pull-request does of each decision."""
        if decision in ("open", "update"):
            self.git("checkout", "--quiet", "-B", BRANCH)
            self.git("add", PAGE, DATA)
            self.git("commit", "--quiet", "--message", "x")
            self.authors = [ROBOT]
            self.edits += 1
        if decision == "open":
            self.pulls.append(
                {
                    "number": len(self.pulls) + 1,
                    "state": "open",
                    "merged_at": None,
                    "body": self.report,
                    "head": {"ref": BRANCH, "repo": {"full_name": "o/r"}},
                    "base": {"ref": "main"},
                }
            )
        elif decision == "update":
            self.open["body"] = self.report
        elif decision == "close":
            self.open.update(state="closed", body="sans objet")
            self.edits += 1

    @property
    def open(self) -> dict[str, Any]:
        return next((pull for pull in self.pulls if pull["state"] == "open"), {})

    @property
    def report(self) -> str:
        return (self.folder / "build" / "report.md").read_text(encoding="utf-8")

    def merge(self) -> None:
        self.open.update(state="closed", merged_at="2026-11-23T08:00:00Z")
        self.git("clean", "--quiet", "--force", "-d")
        self.git("checkout", "--quiet", "--force", "main")
        self.git("merge", "--quiet", BRANCH)

    def refuse(self) -> None:
        self.open.update(state="closed")

    def change(self, name: str, column: int, value: str) -> None:
        (row,) = [row for row in self.sheet if row[NAME] == name]
        row[column] = value

    def shown(self, path: str = PAGE, branch: str = BRANCH) -> str:
        return self.git("show", f"{branch}:{path}")


@pytest.fixture
def world(tmp_path: Path) -> World:
    folder = tmp_path / "repository"
    folder.mkdir()
    for name in ("config.toml", ".gitignore"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "templates", folder / "templates")
    with (ROOT / "tests" / "data" / "tableau.csv").open(encoding="utf-8", newline="") as file:
        sheet = list(csv.reader(file))
    world = World(folder, sheet)
    world.git("init", "--quiet", "--initial-branch=main")
    world.git("add", ".")
    world.git("commit", "--quiet", "--message", "x")
    assert main(["render", "--config", str(folder / "config.toml")], {}) == 0
    world.git("add", ".")
    world.git("commit", "--quiet", "--message", "x")
    return world


def verdict(report: str) -> str:
    return re.sub(r"[*]", "", report.splitlines()[0])


def test_a_fortnight(world: World, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: PLR0915  one story
    # Night 1: the first page is proposed, night 2 finds nothing to add to it, and in the morning somebody merges.
    code, outputs, report = world.night()
    assert (code, outputs["decision"], outputs["added"]) == (0, "open", "97")
    assert verdict(report).startswith("97 ajouts. La page compterait 97 jeux de données (0 aujourd'hui)")
    pull = dict(world.open)
    assert world.night()[1]["decision"] == "keep"
    assert (world.open, world.edits) == (pull, 1)
    world.merge()

    # Night 3: nothing.
    _, outputs, report = world.night()
    assert (outputs["decision"], outputs["changed"], verdict(report)[:16]) == ("none", "false", "Rien à changer. ")
    assert world.edits == 1

    # Night 4: two additions. Night 5: one more while they are under review; the body begins with what is new.
    new = ["", "Bruit", "Cartes de bruit", "Cerema", world.sheet[4][4], "Disponible", "https://www.cerema.fr/bruit"]
    world.sheet += [new, [*new[:2], "Points noirs du bruit", *new[3:6], "https://www.cerema.fr/points"]]
    _, outputs, _ = world.night()
    assert (outputs["decision"], outputs["added"]) == ("open", "2")
    world.sheet.append([*new[:2], "Plans de prévention", *new[3:6], "https://www.cerema.fr/plans"])
    _, outputs, report = world.night()
    assert (outputs["decision"], outputs["added"], outputs["pull"]) == ("update", "3", "2")
    since_review = report.split("## Depuis la version en cours de relecture")[1].split("---")[0]
    assert "Plans de prévention" in since_review
    assert "Cartes de bruit" not in since_review
    assert world.night()[1]["decision"] == "keep"
    world.merge()

    # Night 6: a typo in a status. The row stays as it was, and the report says which cell breaks it.
    world.change("Cartes de bruit", STATUS, "Diponible")
    _, outputs, report = world.night()
    assert outputs["decision"] == "none"
    assert "1 ligne reste dans sa dernière version publiée" in report
    assert "- `Cartes de bruit` (`Cerema`), Bruit\u00a0: F99" in report
    assert "`Diponible`, ce statut n'existe pas." in report
    assert "Vouliez-vous dire « Disponible »" in report

    # Night 7: repaired, and updated like any other.
    world.change("Cartes de bruit", STATUS, "Disponible sur data.gouv.fr")
    _, outputs, report = world.night()
    assert (outputs["decision"], outputs["modified"]) == ("open", "1")
    assert "Statut\u00a0: Disponible → Disponible sur data.gouv.fr" in report.replace("`", "")
    world.merge()

    # Night 8: a rename is one change. Night 9: a re-sorted sheet is none.
    world.change("Cadastre", NAME, "Plan cadastral")
    _, outputs, report = world.night()
    assert (outputs["decision"], outputs["added"], outputs["removed"], outputs["modified"]) == ("open", "0", "0", "1")
    assert "Nom du jeu de données\u00a0: `Cadastre` → `Plan cadastral`" in report
    world.merge()
    world.sheet[1:] = sorted(world.sheet[1:], key=lambda row: row[::-1])
    assert world.night()[1]["decision"] == "none"

    # Night 10: the sheet is emptied. Night 11: half the rows are gone. Both refused; the second is then accepted.
    full = [list(row) for row in world.sheet]
    edits = world.edits
    world.sheet = full[:1]
    assert world.night()[0] == 3
    assert "aucun jeu de données publiable" in capsys.readouterr().err
    world.sheet = full[:51]
    assert world.night()[0] == 3
    assert "50 lignes publiées sur 100 ont disparu du tableau" in capsys.readouterr().err
    assert world.edits == edits
    _, outputs, report = world.night("--accept-removals")
    assert (outputs["decision"], outputs["removed"]) == ("open", "50")
    assert report.index("## Disparitions (50)") < report.index("## Couverture")

    # Night 12: the reviewer refuses; the same content is not proposed again. The sheet changes: it is.
    world.refuse()
    edits = world.edits
    assert world.night("--accept-removals")[1]["decision"] == "muted"
    assert world.edits == edits
    world.sheet = full[:-1]
    assert world.night()[1]["decision"] == "open"

    # Night 13: a reviewer commits to the branch, which is then left alone, whatever the sheet says.
    world.authors.append(PERSON)
    world.change("Plan cadastral", STATUS, "Disponible")
    tip = world.git("rev-parse", BRANCH)
    _, outputs, _ = world.night()
    assert outputs["decision"] == "blocked"
    assert world.git("rev-parse", BRANCH) == tip

    # Night 14: the reviewer takes the commit back, and the sheet is as published again: the proposal closes.
    world.authors.pop()
    world.sheet = full
    world.change("Plan cadastral", STATUS, "Disponible sur data.gouv.fr")
    assert world.night()[1]["decision"] == "close"
    assert world.night()[1]["decision"] == "none"

    # The same change made again is a new wish, not the one that was closed.
    world.sheet = full[:-1]
    assert world.night()[1]["decision"] == "open"
    assert world.shown(DATA).count("\n") == 100


@pytest.mark.parametrize(
    ("case", "change"),
    [
        ("a dataset is deleted", lambda world: world.sheet.pop()),
        ("a template changes", lambda world: _append(world.folder / "templates" / "page.md.j2", "Fin.\n")),
    ],
)
def test_whatever_changes_the_page_is_proposed_once(case: str, change: Callable[[World], object], world: World) -> None:
    world.night()
    world.merge()
    change(world)
    world.git("commit", "--quiet", "--allow-empty", "--all", "--message", case)
    assert world.night()[1]["decision"] == "open"
    assert world.night()[1]["decision"] == "keep"


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
