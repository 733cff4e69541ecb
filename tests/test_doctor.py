"""`doctor` on set-ups that lack one thing each: it names that thing, writes nothing and repeats no secret."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, contents, copy_project, replace_once
from fake_google import ROBOT, FakeGoogle, FakeSpreadsheet, FakeTab, key_info

from job.__main__ import main
from job.config_file import load_config

pytestmark = pytest.mark.slow  # each question to GitHub is a process of its own

TITLES = ["Thématique", "Catégorie", "Nom du jeu de données", "Producteur", "Ministère de tutelle", "Statut", "URL"]
ROW = ["Données géospatiales", "Adresses", "BAN", "IGN", "Services du Premier ministre", "Disponible", "https://a.fr/"]

# What GitHub answers when all is well: endpoint → JSON.
GOOD: dict[str, Any] = {
    "": {"full_name": "etalab/page", "default_branch": "main", "fork": False, "has_issues": True},
    "actions/permissions/workflow": {"can_approve_pull_request_reviews": True},
    "environments/google-sheet/deployment-branch-policies": {"branch_policies": [{"name": "main"}]},
    "environments/pull-request/deployment-branch-policies": {"branch_policies": [{"name": "main"}]},
    "environments/google-sheet/secrets": {"secrets": []},
    "actions/variables?per_page=30": {
        "variables": [{"name": "GOOGLE_WORKLOAD_IDENTITY_PROVIDER"}, {"name": "GOOGLE_SERVICE_ACCOUNT"}]
    },
    "actions/workflows/sync.yml": {"state": "active"},
    "actions/workflows/sync.yml/runs?per_page=1": {
        "workflow_runs": [{"conclusion": "success", "created_at": "2026-03-02T03:20:00Z", "html_url": "https://x/42"}]
    },
}


class SetUp:
    """A project with a Google Sheet and a repository, where all is well until a test breaks something."""

    def __init__(self, folder: Path, google: FakeGoogle, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.google = google
        self.capsys = capsys
        self.github = dict(GOOD)
        self.environ = {
            **google.environment,
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }

    def configure(self, old: str, new: str) -> None:
        replace_once(self.folder / "config.toml", old, new)

    def run(self, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
        """The exit code, and the lines."""
        (self.folder / "bin" / "github.json").write_text(json.dumps(self.github), encoding="utf-8")
        for name, value in self.environ.items():
            monkeypatch.setenv(name, value)
        code = main(["doctor", "--config", str(self.folder / "config.toml")], self.environ)
        return code, self.capsys.readouterr().out.splitlines()


@pytest.fixture
def set_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[SetUp]:
    copy_project(tmp_path)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "gh").write_text(
        f"""#!{sys.executable} -IS
import json, os, pathlib, sys
known = json.loads((pathlib.Path(__file__).parent / "github.json").read_text())
endpoint = sys.argv[2].removeprefix("repos/{{owner}}/{{repo}}").lstrip("/")
if sys.argv[1] != "api" or endpoint not in known:
    sys.exit(1)
told = json.dumps(known[endpoint])
print(f"\\x1b[1m{{told}}" if os.environ.get("CLICOLOR_FORCE", "0") != "0" else told)
""",
        encoding="utf-8",
    )
    (programs / "gh").chmod(0o755)
    main(["render", "--config", str(tmp_path / "config.toml")])
    capsys.readouterr()
    with FakeGoogle(FakeSpreadsheet("1AbC", "Suivi", [FakeTab("Suivi", 0, [TITLES, ROW])])) as google:
        it = SetUp(tmp_path, google, capsys)
        it.configure('id = ""', 'id = "1AbC"')
        yield it


def test_where_all_is_well_every_line_says_so(set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    code, lines = set_up.run(monkeypatch)
    assert code == 0
    assert [line for line in lines if not line.startswith("✓")] == [
        "– rôle dans la feuille : inconnu tant que python -m job setup ne l'a pas préparée"
    ]
    assert f"✓ identifiants Google : {ROBOT}" in lines
    assert "✓ la feuille « Suivi » est lisible" in lines
    assert "✓ connexion à Google par fédération d'identité" in lines
    assert "✓ dernière nuit : 2026-03-02, success" in lines


def test_somebody_who_wants_colours_is_answered_too(set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up.environ["CLICOLOR_FORCE"] = "1"
    assert set_up.run(monkeypatch)[0] == 0


def _github(endpoint: str, **changed: Any) -> Callable[[SetUp], None]:
    return lambda set_up: set_up.github.update({endpoint: GOOD[endpoint] | changed})


def _without(endpoint: str) -> Callable[[SetUp], None]:
    return lambda set_up: set_up.github.update({endpoint: None})


def _tab(titles: list[str], title: str = "Suivi") -> Callable[[SetUp], None]:
    def break_it(set_up: SetUp) -> None:
        set_up.google.spreadsheet.tabs = [FakeTab(title, 0, [titles, ROW])]

    return break_it


def _stale(set_up: SetUp) -> None:
    page = set_up.folder / "site" / "liste_donnees_forte-valeur.md"
    page.write_text(page.read_text(encoding="utf-8") + "à la main\n", encoding="utf-8")


def _template(set_up: SetUp) -> None:
    (set_up.folder / "templates" / "page.md.j2").write_text("{% if %}", encoding="utf-8")


def _reader(set_up: SetUp) -> None:
    (tab,) = set_up.google.spreadsheet.tabs
    tab.owned["protectedRanges"] = [{"protectedRangeId": 1, "range": {"sheetId": 0}, "warningOnly": True}]


def _reader_who_is_to_write(set_up: SetUp) -> None:
    _reader(set_up)
    set_up.configure("enabled = false", "enabled = true")


BROKEN: list[tuple[str, Callable[[SetUp], None], str]] = [
    (
        "a flag in French",
        lambda it: it.configure("enabled = false", "enabled = oui"),
        "✗ config.toml : config.toml n'est pas du TOML",
    ),
    (
        "a key that nobody knows",
        lambda it: it.configure("[sheet]", "[sheet]\nidd = 1"),
        "✗ config.toml : config.toml contient",
    ),
    ("a template that is none", _template, "✗ Modèles et données publiées : Le modèle page.md.j2"),
    ("a page edited by hand", _stale, "✗ page conforme à ses données et à ses modèles"),
    (
        "a key file that is not there",
        lambda it: it.environ.update(GOOGLE_APPLICATION_CREDENTIALS="/nowhere/key.json"),
        "✗ Google : Le fichier /nowhere/key.json (GOOGLE_APPLICATION_CREDENTIALS) n'existe pas ou est inutilisable.",
    ),
    (
        "another sheet",
        lambda it: it.configure('id = "1AbC"', 'id = "2XyZ"'),
        "✗ Google : La feuille 2XyZ n'existe pas, ou n'existe plus.",
    ),
    (
        "a title that changed",
        _tab([*TITLES[:5], "Statut d'ouv.", "URL"]),
        "✗ Google : Onglet « Suivi » : il manque la colonne « Statut ». ",
    ),
    (
        "a tab named in config.toml",
        lambda it: it.configure("tabs = []", 'tabs = ["Feuil1"]'),
        "✗ Google : L'onglet « Feuil1 » n'existe pas",
    ),
    ("a reader who is to write", _reader_who_is_to_write, "✗ rôle dans la feuille : lecteur"),
    ("a fork", _github("", fork=True), "✗ dépôt à part : etalab/page, branche main"),
    ("issues switched off", _github("", has_issues=False), "✗ tickets ouverts"),
    (
        "the box for pull requests",
        _github("actions/permissions/workflow", can_approve_pull_request_reviews=False),
        "✗ droit d'ouvrir des demandes de fusion, pour Actions",
    ),
    (
        "an environment",
        _without("environments/google-sheet/deployment-branch-policies"),
        "✗ environnement google-sheet, réservé à main",
    ),
    (
        "variables and secrets",
        _github("actions/variables?per_page=30", variables=[]),
        "✗ connexion à Google par fédération ou par une clé",
    ),
    (
        "a federation without its account, beside a key that no night looks at",
        lambda it: it.github.update(
            {
                "actions/variables?per_page=30": {"variables": [{"name": "GOOGLE_WORKLOAD_IDENTITY_PROVIDER"}]},
                "environments/google-sheet/secrets": {"secrets": [{"name": "GOOGLE_SERVICE_ACCOUNT_KEY"}]},
            }
        ),
        "✗ connexion à Google par fédération d'identité",
    ),
    (
        "a workflow that is off",
        _github("actions/workflows/sync.yml", state="disabled_manually"),
        "✗ exécution de nuit programmée",
    ),
    (
        "a night that failed",
        _github(
            "actions/workflows/sync.yml/runs?per_page=1",
            workflow_runs=[{"conclusion": "failure", "created_at": "2026-03-02T03:20:00Z", "html_url": "https://x/42"}],
        ),
        "✗ dernière nuit : 2026-03-02, failure",
    ),
]


@pytest.mark.parametrize(("may_edit", "role"), [(False, "lecteur"), (True, "éditeur")])
def test_the_role_shows_in_a_sheet_that_was_prepared(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch, may_edit: bool, role: str
) -> None:
    _reader(set_up)
    set_up.google.spreadsheet.tabs[0].owned["protectedRanges"][0]["requestingUserCanEdit"] = may_edit
    code, lines = set_up.run(monkeypatch)
    assert (code, f"✓ rôle dans la feuille : {role}" in lines) == (0, True)


@pytest.mark.parametrize(("break_it", "line"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_what_is_missing_is_named(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch, break_it: Callable[[SetUp], None], line: str
) -> None:
    break_it(set_up)
    code, lines = set_up.run(monkeypatch)
    assert code == 1
    assert next(found for found in lines if found.startswith("✗")).startswith(line)
    assert sum(found.startswith("✗") for found in lines) == 1


def test_it_writes_nothing_and_repeats_no_secret(set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up.run(monkeypatch)  # which also writes what the fake GitHub answers
    before = contents(set_up.folder)
    _, lines = set_up.run(monkeypatch)
    assert contents(set_up.folder) == before
    assert key_info()["private_key"] not in "\n".join(lines)
    assert all(seen.method == "GET" or "token" in seen.path for seen in set_up.google.seen)


def test_without_google_and_without_gh_it_says_what_it_could_not_see(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up.environ = {"PATH": str(set_up.folder), "HOME": str(set_up.folder)}
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    set_up.configure('id = "1AbC"', 'id = ""')
    code, lines = set_up.run(monkeypatch)
    assert code == 0
    assert [line[:30] for line in lines if line.startswith("–")] == [
        "– aucune feuille Google n'est ",
        "– GitHub n'a pas été interrogé",
    ]


def test_the_project_as_it_lies_here_is_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert load_config(ROOT / "config.toml")
    assert main(["doctor", "--config", str(ROOT / "config.toml")], {"PATH": ""}) == 0
    assert "✗" not in capsys.readouterr().out
