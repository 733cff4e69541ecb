"""What a night needs, looked at one by one: ✓, ✗ with what to do, – for what cannot be seen from here. Writes nothing.

GitHub is asked through `gh`, as the person who runs this: the nightly job itself never calls GitHub.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from job.config import Config, load_config
from job.model import UNCHANGED, JobError, Snapshot

if TYPE_CHECKING:
    import gspread

Ask = Callable[[str], Any]  # an endpoint below repos/{owner}/{name} → GitHub's JSON, None when it refuses


class Check(NamedTuple):
    """One line."""

    mark: str  # ✓ ✗ –
    what: str  # a French phrase
    remedy: str = ""  # what to do about a ✗

    def __str__(self) -> str:
        return f"{self.mark} {self.what}" + (f"\n  → {self.remedy}" if self.remedy else "")


def _check(*, good: object, what: str, otherwise: str, remedy: str) -> Check:
    return Check("✓", what) if good else Check("✗", otherwise, remedy)


def _refused(what: str, error: JobError) -> Check:
    return Check("✗", f"{what} : {str(error).removesuffix(f' {UNCHANGED}')}")


def examine(
    path: Path, is_up_to_date: Callable[[Config], bool], environ: Mapping[str, str] = os.environ
) -> Iterator[Check]:
    """Every check there is. `is_up_to_date`: whether the page is what its data and templates give."""
    yield Check("✓", f"Python {platform.python_version()}")
    try:
        config = load_config(path)
    except JobError as error:
        yield _refused(path.name, error)
        return
    yield Check("✓", f"{path.name} est lisible et cohérent")
    try:
        good = is_up_to_date(config)
    except JobError as error:
        yield _refused("Modèles et données publiées", error)
    else:
        yield Check("✓", "les modèles et les données publiées se lisent")
        yield _check(
            good=good,
            what="la page correspond à ses données et à ses modèles",
            otherwise="la page ne correspond plus à ses données ou à ses modèles",
            remedy="Lancez python -m job render, et ajoutez ce qui change à votre commit.",
        )
    yield from _google(config, environ)
    yield from _github(environ)


# --- Google ------------------------------------------------------------------------------------------------------


def _google(config: Config, environ: Mapping[str, str]) -> Iterator[Check]:
    if not config.sheet.id:
        yield Check("–", "aucune feuille Google n'est indiquée (sheet.id dans config.toml)")
        return
    from job.source import google, refusals  # noqa: PLC0415  only when there is a sheet to look at

    try:
        client = google.open_sheet(config, writes=False)
        yield Check("✓", f"identifiants Google : {google.account(client)}")
        snapshot = google.fetch_snapshot(client, config)
        role = _role(client, config)
    except JobError as error:
        has_none = refusals.NO_CREDENTIALS.sentence in str(error) and not environ.get("GOOGLE_APPLICATION_CREDENTIALS")
        yield (
            Check("–", "pas d'identifiants Google ici : la feuille n'a pas été lue")
            if has_none
            else _refused("Google", error)
        )
        return
    yield Check("✓", f"la feuille « {snapshot.source} » est lisible")
    yield from _tabs(snapshot, config)
    yield role


def _tabs(snapshot: Snapshot, config: Config) -> Iterator[Check]:
    for tab in snapshot.tabs:
        titles = ", ".join(f"{letters} {config.title(field)}" for field, letters in tab.columns.items())
        yield Check("✓", f"onglet « {tab.title} », titres en ligne {tab.header} : {titles}")
        absent = [column.title for column in config.asked if column.field not in tab.columns]
        if absent:
            yield Check("–", f"onglet « {tab.title} » : pas de colonne {', '.join(absent)}")
    for finding in snapshot.findings:
        yield Check("–", f"onglet « {finding.tab} »{f', {finding.cell}' if finding.cell else ''} : {finding.problem}")


def _role(client: gspread.Client, config: Config) -> Check:
    """Reader or editor, as far as the sheet's own protected ranges tell: asking otherwise takes a right more."""
    from job.source import google  # noqa: PLC0415

    asked = "properties(sheetId,title,sheetType),protectedRanges(requestingUserCanEdit,warningOnly)"
    mask = f"properties(title),sheets({asked})"
    resources = google.fetch_spreadsheet(client, config, mask).resources
    ranges = [found for sheet in resources for found in sheet.get("protectedRanges", []) if found.get("warningOnly")]
    if not ranges:
        return Check("–", "rôle dans la feuille : inconnu tant que python -m job setup ne l'a pas préparée")
    if any(found.get("requestingUserCanEdit") for found in ranges):
        return Check("✓", "rôle dans la feuille : éditeur")
    return _check(
        good=not config.feedback.enabled,
        what="rôle dans la feuille : lecteur",
        otherwise="rôle dans la feuille : lecteur, mais [feedback] veut y écrire",
        remedy="Partagez-la comme « Éditeur », ou mettez enabled = false.",
    )


# --- GitHub ------------------------------------------------------------------------------------------------------


def _github(environ: Mapping[str, str]) -> Iterator[Check]:
    ask = _asking(environ)
    repository = ask("") if ask else None
    if not ask or not repository:
        yield Check(
            "–", "GitHub n'a pas été interrogé : gh n'est pas là, n'est pas connecté, ou ce dossier n'est pas un dépôt"
        )
        return
    yield _check(
        good=not repository.get("fork"),
        what=f"dépôt {repository['full_name']}, branche {repository['default_branch']}",
        otherwise=f"{repository['full_name']} est un fork : GitHub y coupe les exécutions programmées",
        remedy="Créez un dépôt à part (docs/set-up.md, étape 1).",
    )
    yield _check(
        good=repository.get("has_issues"),
        what="les tickets sont ouverts",
        otherwise="les tickets sont fermés : une nuit en échec ne se dirait nulle part",
        remedy="Settings, General, Features : cochez Issues.",
    )
    allowed = ask("actions/permissions/workflow") or {}
    yield _check(
        good=allowed.get("can_approve_pull_request_reviews"),
        what="Actions peut ouvrir des demandes de fusion",
        otherwise="Actions ne peut pas ouvrir de demande de fusion",
        remedy="Cochez « Allow GitHub Actions to create and approve pull requests » (docs/set-up.md, étape 6).",
    )
    for name in ("google-sheet", "pull-request"):
        yield _environment(ask, name, repository["default_branch"])
    yield _login(ask)
    yield from _workflow(ask)


def _environment(ask: Ask, name: str, branch: str) -> Check:
    found = ask(f"environments/{name}/deployment-branch-policies") or {}
    branches = [policy["name"] for policy in found.get("branch_policies", [])]
    return _check(
        good=branches == [branch],
        what=f"environnement {name}, réservé à {branch}",
        otherwise=f"l'environnement {name} manque, ou n'est pas réservé à {branch}",
        remedy="docs/set-up.md, étape 5.",
    )


def _login(ask: Ask) -> Check:
    """How a night logs in to Google, by the names of variables and secrets: their values are not asked for."""
    variables = {variable["name"] for variable in (ask("actions/variables") or {}).get("variables", [])}
    secrets = {secret["name"] for secret in (ask("environments/google-sheet/secrets") or {}).get("secrets", [])}
    federation = {"GOOGLE_WORKLOAD_IDENTITY_PROVIDER", "GOOGLE_SERVICE_ACCOUNT"} <= variables
    how = "par fédération d'identité" if federation else "par une clé"
    return _check(
        good=federation or "GOOGLE_SERVICE_ACCOUNT_KEY" in secrets,
        what=f"la nuit se connecte à Google {how}",
        otherwise="ni les variables de la fédération d'identité, ni le secret GOOGLE_SERVICE_ACCOUNT_KEY",
        remedy="docs/set-up.md, étape 4.",
    )


def _workflow(ask: Ask) -> Iterator[Check]:
    workflow = ask("actions/workflows/sync.yml") or {}
    yield _check(
        good=workflow.get("state") == "active",
        what="l'exécution de nuit est programmée",
        otherwise="l'exécution de nuit est coupée, ou sync.yml n'est pas sur la branche par défaut",
        remedy="Onglet Actions, « Nightly page », « Enable workflow ».",
    )
    runs = (ask("actions/workflows/sync.yml/runs?per_page=1") or {}).get("workflow_runs", [])
    if not runs:
        yield Check("–", "aucune nuit encore")
        return
    yield _check(
        good=runs[0]["conclusion"] in ("success", None),
        what=f"dernière nuit : {runs[0]['created_at'][:10]}, {runs[0]['conclusion'] or 'en cours'}",
        otherwise=f"dernière nuit : {runs[0]['created_at'][:10]}, en échec",
        remedy=f"{runs[0]['html_url']} et docs/when-a-night-fails.md.",
    )


def _asking(environ: Mapping[str, str]) -> Ask | None:
    """What asks GitHub about this repository; None where gh cannot."""
    if not shutil.which("gh", path=environ.get("PATH")):
        return None

    def gh(*arguments: str) -> Any:
        done = subprocess.run(["gh", *arguments], capture_output=True, check=False, env=dict(environ))  # noqa: S603, S607
        try:
            return json.loads(done.stdout) if done.returncode == 0 else None
        except ValueError:
            return None

    name = environ.get("GITHUB_REPOSITORY") or (gh("repo", "view", "--json", "nameWithOwner") or {}).get(
        "nameWithOwner"
    )
    return (lambda endpoint: gh("api", f"repos/{name}/{endpoint}".rstrip("/"))) if name else None
