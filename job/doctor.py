"""What a night needs, looked at one by one: ✓, ✗ with what to do, – for what cannot be seen from here. Writes nothing.

GitHub is asked through `gh`, as the person who runs this: the nightly job itself never calls GitHub.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from job.config import Config
from job.config_file import load_config
from job.model import UNCHANGED, JobError, Snapshot

Ask = Callable[[str], Any]  # an endpoint below repos/{owner}/{repo} → GitHub's JSON, {} without an answer


class Check(NamedTuple):
    """One line: what a night needs, in French, and whether it is there."""

    mark: str  # ✓ ✗ –
    what: str
    remedy: str = ""  # what to do about a ✗

    def __str__(self) -> str:
        return f"{self.mark} {self.what}" + (f"\n  → {self.remedy}" if self.remedy else "")


def _check(good: object, what: str, remedy: str) -> Check:
    return Check("✓", what) if good else Check("✗", what, remedy)


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
    remedy = "Lancez python -m job render, et ajoutez ce qui change à votre commit."
    try:
        yield _check(is_up_to_date(config), "page conforme à ses données et à ses modèles", remedy)
    except JobError as error:
        yield _refused("Modèles et données publiées", error)
    yield from _google(config)
    yield from _github(environ)


# --- Google ------------------------------------------------------------------------------------------------------


_PROTECTED = (
    "properties(title),sheets(properties(sheetId,title,sheetType),protectedRanges(requestingUserCanEdit,warningOnly))"
)


def _google(config: Config) -> Iterator[Check]:
    if not config.sheet.id:
        yield Check("–", "aucune feuille Google n'est indiquée (sheet.id dans config.toml)")
        return
    from job.source import google, refusals  # noqa: PLC0415  only when there is a sheet to look at

    try:
        client = google.open_sheet(config, writes=False)
        yield Check("✓", f"identifiants Google : {google.account(client)}")
        snapshot = google.fetch_snapshot(client, config)
        yield Check("✓", f"la feuille « {snapshot.source} » est lisible")
        yield from _tabs(snapshot, config)
        yield _role(google.fetch_spreadsheet(client, config, _PROTECTED).resources, config)
    except JobError as error:
        unread = Check("–", "pas d'identifiants Google ici : la feuille n'a pas été lue")
        yield unread if refusals.NO_CREDENTIALS.sentence in str(error) else _refused("Google", error)


def _tabs(snapshot: Snapshot, config: Config) -> Iterator[Check]:
    for tab in snapshot.tabs:
        titles = ", ".join(f"{letters} {config.title(field)}" for field, letters in tab.columns.items())
        yield Check("✓", f"onglet « {tab.title} », titres en ligne {tab.header} : {titles}")
    for finding in snapshot.findings:
        yield Check("–", f"onglet « {finding.tab} »{f', {finding.cell}' if finding.cell else ''} : {finding.problem}")


def _role(sheets: Sequence[Any], config: Config) -> Check:
    """Reader or editor, as far as the sheet's own protected ranges tell: asking otherwise takes a right more."""
    ranges = [found for sheet in sheets for found in sheet.get("protectedRanges", []) if found.get("warningOnly")]
    if not ranges:
        return Check("–", "rôle dans la feuille : inconnu tant que python -m job setup ne l'a pas préparée")
    is_editor = any(found.get("requestingUserCanEdit") for found in ranges)
    role = f"rôle dans la feuille : {'éditeur' if is_editor else 'lecteur'}"
    remedy = "[feedback] veut y écrire : partagez-la comme « Éditeur », ou mettez enabled = false."
    return _check(is_editor or not config.feedback.enabled, role, remedy)


# --- GitHub ------------------------------------------------------------------------------------------------------


def _github(environ: Mapping[str, str]) -> Iterator[Check]:
    ask = _asking(environ)
    repository = ask("")
    if not repository:
        reason = "gh n'est pas là, n'est pas connecté, ou ce dossier n'est pas un dépôt"
        yield Check("–", f"GitHub n'a pas été interrogé : {reason}")
        return
    name, branch = repository["full_name"], repository["default_branch"]
    no_fork = "GitHub coupe les exécutions programmées d'un fork : créez un dépôt à part (docs/set-up.md, étape 1)."
    yield _check(not repository["fork"], f"dépôt à part : {name}, branche {branch}", no_fork)
    yield _check(repository["has_issues"], "tickets ouverts", "Settings, General, Features : cochez Issues.")
    yield _check(
        ask("actions/permissions/workflow").get("can_approve_pull_request_reviews"),
        "droit d'ouvrir des demandes de fusion, pour Actions",
        "Cochez « Allow GitHub Actions to create and approve pull requests » (docs/set-up.md, étape 6).",
    )
    for place in ("google-sheet", "pull-request"):
        policies = ask(f"environments/{place}/deployment-branch-policies").get("branch_policies", [])
        is_kept = [policy["name"] for policy in policies] == [branch]
        yield _check(is_kept, f"environnement {place}, réservé à {branch}", "docs/set-up.md, étape 5.")
    yield _login(ask)
    yield from _workflow(ask)


def _login(ask: Ask) -> Check:
    """How a night logs in to Google, by the names of variables and secrets: their values are not asked for."""
    variables = {variable["name"] for variable in ask("actions/variables").get("variables", [])}
    secrets = {secret["name"] for secret in ask("environments/google-sheet/secrets").get("secrets", [])}
    federation = {"GOOGLE_WORKLOAD_IDENTITY_PROVIDER", "GOOGLE_SERVICE_ACCOUNT"} <= variables
    has_key = "GOOGLE_SERVICE_ACCOUNT_KEY" in secrets
    how = "par fédération d'identité" if federation else "par une clé" if has_key else "par fédération ou par une clé"
    remedy = "Il n'y a ni ses variables, ni le secret GOOGLE_SERVICE_ACCOUNT_KEY : docs/set-up.md, étape 4."
    return _check(federation or has_key, f"connexion à Google {how}", remedy)


def _workflow(ask: Ask) -> Iterator[Check]:
    is_active = ask("actions/workflows/sync.yml").get("state") == "active"
    yield _check(is_active, "exécution de nuit programmée", "Onglet Actions, « Nightly page », « Enable workflow ».")
    for run in ask("actions/workflows/sync.yml/runs?per_page=1").get("workflow_runs", []):
        what = f"dernière nuit : {run['created_at'][:10]}, {run['conclusion'] or 'en cours'}"
        yield _check(run["conclusion"] in ("success", None), what, f"{run['html_url']} et docs/when-a-night-fails.md.")


def _asking(environ: Mapping[str, str]) -> Ask:
    """What asks GitHub about the repository of this folder."""

    def ask(endpoint: str) -> Any:
        command = ["gh", "api", f"repos/{{owner}}/{{repo}}/{endpoint}".rstrip("/")]  # gh fills in owner and repository
        try:
            done = subprocess.run(command, capture_output=True, check=False, env=dict(environ))  # noqa: S603
        except OSError:
            return {}
        return json.loads(done.stdout) or {} if done.returncode == 0 else {}

    return ask
