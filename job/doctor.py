"""What a night needs, looked at one by one: ✓, ✗ with what to do, – for what cannot be seen from here. Writes nothing.

GitHub is asked through `gh`, as the person who runs this: the nightly job itself never calls GitHub.
"""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from job.config import Config
from job.config_file import load_config
from job.model import JobError
from job.output.files import stage_again
from job.source.table import Grid


def _check(good: object, what: str, remedy: str) -> str:
    return f"✓ {what}" if good else f"✗ {what}\n  → {remedy}"


def examine(path: Path, today: date, environ: Mapping[str, str]) -> Iterator[str]:
    """A line, in French, for each thing."""
    yield f"✓ Python {platform.python_version()}"
    try:
        config = load_config(path)
    except JobError as error:
        yield f"✗ {path.name} : {error}"
        return
    yield f"✓ {path.name} est lisible et cohérent"
    remedy = "Lancez python -m job render, et ajoutez ce qui change à votre commit."
    try:
        with TemporaryDirectory() as folder:
            is_current = not stage_again(config, today, Path(folder))
        yield _check(is_current, "page conforme à ses données et à ses modèles", remedy)
    except JobError as error:
        yield f"✗ Modèles et données publiées : {error}"
    yield from _google(config)
    yield from _github(environ)


def _google(config: Config) -> Iterator[str]:
    if not config.sheet.id:
        yield "– aucune feuille Google n'est indiquée (sheet.id dans config.toml)"
        return
    from job.source import google, refusals  # noqa: PLC0415  only when there is a sheet to look at

    mask = "sheets(properties(sheetId,title,sheetType),protectedRanges(requestingUserCanEdit,warningOnly))"
    try:
        client = google.open_sheet(config, writes=False)
        yield f"✓ identifiants Google : {refusals.account(client)}"
        snapshot = google.fetch_snapshot(client, config)
        _, grids = google.fetch_spreadsheet(client, config, f"properties(title),{mask}")
    except JobError as error:
        unread = "– pas d'identifiants Google ici : la feuille n'a pas été lue"
        yield unread if refusals.NO_CREDENTIALS in str(error) else f"✗ Google : {error}"
        return
    yield f"✓ la feuille « {snapshot.source} » est lisible"
    for tab in snapshot.tabs:
        titles = ", ".join(f"{letters} {config.title(field)}" for field, letters in tab.columns.items())
        yield f"✓ onglet « {tab.title} », titres en ligne {tab.header} : {titles}"
    for finding in snapshot.findings:
        yield f"– onglet « {finding.tab} »{f', {finding.cell}' if finding.cell else ''} : {finding.problem}"
    yield _role(grids, config)


def _role(grids: Sequence[Grid], config: Config) -> str:
    """Reader or editor, as far as the sheet's own protected ranges tell: asking otherwise takes a right more."""
    ranges = [it for grid in grids for it in grid.resource.get("protectedRanges", []) if it.get("warningOnly")]
    if not ranges:
        return "– rôle dans la feuille : inconnu tant que python -m job setup ne l'a pas préparée"
    is_editor = any(found.get("requestingUserCanEdit") for found in ranges)
    role = f"rôle dans la feuille : {'éditeur' if is_editor else 'lecteur'}"
    remedy = "[feedback] veut y écrire : partagez-la comme « Éditeur », ou mettez enabled = false."
    return _check(is_editor or not config.feedback.enabled, role, remedy)


def _github(environ: Mapping[str, str]) -> Iterator[str]:
    repository = _ask(environ, "")
    if not repository:
        yield "– GitHub n'a pas été interrogé : gh n'est pas là, n'est pas connecté, ou ce dossier n'est pas un dépôt"
        return
    branch = repository["default_branch"]
    remedy = "GitHub coupe les exécutions programmées d'un fork : créez un dépôt à part (docs/set-up.md, étape 1)."
    yield _check(not repository["fork"], f"dépôt à part : {repository['full_name']}, branche {branch}", remedy)
    yield _check(repository["has_issues"], "tickets ouverts", "Settings, General, Features : cochez Issues.")

    may_propose = _ask(environ, "actions/permissions/workflow").get("can_approve_pull_request_reviews")
    remedy = "Cochez « Allow GitHub Actions to create and approve pull requests » (docs/set-up.md, étape 6)."
    yield _check(may_propose, "droit d'ouvrir des demandes de fusion, pour Actions", remedy)
    for place in ("google-sheet", "pull-request"):
        branches = _names(environ, f"environments/{place}/deployment-branch-policies", "branch_policies")
        yield _check(branches == {branch}, f"environnement {place}, réservé à {branch}", "docs/set-up.md, étape 5.")

    # How a night logs in to Google, by the names of variables and secrets: their values are not asked for.
    variables = _names(environ, "actions/variables?per_page=30", "variables")  # GitHub gives ten, if not asked
    is_federated = "GOOGLE_WORKLOAD_IDENTITY_PROVIDER" in variables  # then no key is looked at
    has_key = "GOOGLE_SERVICE_ACCOUNT_KEY" in _names(environ, "environments/google-sheet/secrets", "secrets")
    how = "fédération d'identité" if is_federated else "une clé" if has_key else "fédération ou par une clé"
    remedy = "Il faut ses deux variables, ou le secret GOOGLE_SERVICE_ACCOUNT_KEY sans elles : docs/set-up.md, étape 4."
    is_complete = "GOOGLE_SERVICE_ACCOUNT" in variables if is_federated else has_key
    yield _check(is_complete, f"connexion à Google par {how}", remedy)

    is_active = _ask(environ, "actions/workflows/sync.yml").get("state") == "active"
    yield _check(is_active, "exécution de nuit programmée", "Onglet Actions, « Nightly page », « Enable workflow ».")
    for night in _ask(environ, "actions/workflows/sync.yml/runs?per_page=1").get("workflow_runs", []):
        what = f"dernière nuit : {night['created_at'][:10]}, {night['conclusion'] or 'en cours'}"
        remedy = f"{night['html_url']} et docs/when-a-night-fails.md."
        yield _check(night["conclusion"] in ("success", None), what, remedy)


def _names(environ: Mapping[str, str], endpoint: str, items: str) -> set[str]:
    return {item["name"] for item in _ask(environ, endpoint).get(items, [])}


def _ask(environ: Mapping[str, str], endpoint: str) -> Any:
    """GitHub's JSON about the repository of this folder, not in colours; {} without an answer."""
    command = ["gh", "api", f"repos/{{owner}}/{{repo}}/{endpoint}".rstrip("/")]  # gh fills in owner and repository
    try:
        done = subprocess.run(command, capture_output=True, check=True, env={**environ, "CLICOLOR_FORCE": "0"})  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return {}
    return json.loads(done.stdout) or {}
