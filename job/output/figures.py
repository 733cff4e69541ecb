"""The figures of a night: how many datasets, how many categories; for the report, the summary and the terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from job.model import Changes, Night, Severity
from job.text import plural

if TYPE_CHECKING:
    from job.config import Config

# In the order in which every text counts them.
_KINDS = {
    "removed": "disparition",
    "modified": "modification",
    "renamed": "renommage",
    "moved": "déplacement",
    "added": "ajout",
}


def count_changes(changes: Changes) -> dict[str, int]:
    """Kind of change → how many."""
    return {kind: len(getattr(changes, kind)) for kind in _KINDS}


def in_words(changes: Changes) -> str:
    """« 1 disparition, 2 ajouts », "" when nothing changes."""
    return ", ".join(plural(count, _KINDS[kind]) for kind, count in count_changes(changes).items() if count)


def render_summary(night: Night, config: Config) -> bytes:
    """The run's figures as JSON."""
    values = {
        "decision": night.decision,
        "changed": night.differs,
        "fingerprint": night.fingerprint,
        "rows_read": night.verdict.rows_read,
        "datasets": {"published": night.before.total(), "proposed": night.after.total()},
        "changes": {**count_changes(night.changes), "unchanged": night.changes.unchanged},
        "kept": len(night.kept),
        "findings": {severity.value: len(night.findings(severity)) for severity in Severity},
        "coverage": {"covered": len(night.after), "categories": len(config.theme_of)},
    }
    return (json.dumps(values, ensure_ascii=False, indent=2) + "\n").encode()


def render_log(night: Night, config: Config, *, written: bool) -> str:
    """What the terminal shows at the end: figures and file names, never a cell."""
    datasets = plural(night.after.total(), config.list.singular, config.list.plural)
    outcome = "Page inchangée."
    if not written:
        outcome = "Essai : seul le compte rendu a été écrit."
    elif night.differs:
        outcome = f"Page modifiée : {config.output.page.relative_to(config.root)}"
    failure = night.feedback_failure and f"Le contrôle n'a pas pu être écrit dans le tableau : {night.feedback_failure}"
    lines = (
        plural(night.verdict.rows_read, "ligne lue", "lignes lues"),
        f"{datasets} dans {plural(len(night.after), 'catégorie')} sur {len(config.theme_of)}",
        plural(len(night.findings(Severity.BLOCKING)), "ligne bloquée", "lignes bloquées"),
        plural(len(night.findings(Severity.TO_FIX)), "point à corriger", "points à corriger"),
        in_words(night.changes) or "aucun changement",
        outcome,
        failure,
        f"Décision : {night.decision}",
        f"Compte rendu : {config.output.report.relative_to(config.root) / 'report.md'}",
    )
    return "\n".join(filter(None, lines))
