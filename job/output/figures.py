"""The figures of a night: how many datasets, how many categories; for the report, the summary and the terminal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Mapping
from typing import TYPE_CHECKING, NamedTuple

from job.model import Changes, Night, Severity
from job.output.digests import by_ministry, to_fix
from job.text import plural

if TYPE_CHECKING:
    from job.config import Config


class Coverage(NamedTuple):
    """How many categories of a theme have at least one dataset, published and to be."""

    label: str
    before: int
    after: int
    total: int


def coverage(before: Container[str], after: Container[str], config: Config) -> list[Coverage]:
    """The coverage of each theme, in page order; `before` and `after`: the categories that have a dataset."""
    themes = []
    for theme in config.themes:
        labels = {category.label for category in theme.categories}
        had, has = (sum(label in side for label in labels) for side in (before, after))
        themes.append(Coverage(theme.label, had, has, len(labels)))
    return themes


# In the order in which every text counts them.
KINDS: Mapping[str, tuple[str, str]] = {
    "removed": ("disparition", "disparitions"),
    "modified": ("modification", "modifications"),
    "renamed": ("renommage", "renommages"),
    "moved": ("déplacement", "déplacements"),
    "added": ("ajout", "ajouts"),
}


def count_changes(changes: Changes) -> dict[str, int]:
    """Kind of change → how many."""
    return {kind: len(getattr(changes, kind)) for kind in KINDS}


def in_words(changes: Changes) -> str:
    """« 1 disparition, 2 ajouts », "" when nothing changes."""
    return ", ".join(plural(count, *KINDS[kind]) for kind, count in count_changes(changes).items() if count)


def render_summary(night: Night, config: Config) -> bytes:
    """The run's figures as JSON."""
    themes = coverage(night.before, night.after, config)
    findings = night.verdict.findings
    values = {
        "decision": night.decision,
        "changed": night.differs,
        "fingerprint": night.fingerprint,
        "rows_read": night.verdict.rows_read,
        "datasets": {"published": night.before.total(), "proposed": night.after.total()},
        "changes": {**count_changes(night.changes), "unchanged": night.changes.unchanged},
        "kept": len(night.kept),
        "findings": {
            "by_severity": dict(Counter(finding.severity.value for finding in findings)),
            "by_code": dict(sorted(Counter(finding.code for finding in findings).items())),
            "by_ministry": {label: len(group) for label, group in by_ministry(to_fix(night), config).items()},
        },
        "coverage": {
            "covered": sum(theme.after for theme in themes),
            "categories": sum(theme.total for theme in themes),
            "by_theme": {theme.label: [theme.after, theme.total] for theme in themes},
        },
    }
    return (json.dumps(values, ensure_ascii=False, indent=2) + "\n").encode()


def render_log(night: Night, config: Config, *, written: bool) -> str:
    """What the terminal shows at the end: figures and file names, never a cell."""
    themes = coverage(night.before, night.after, config)
    done, categories = sum(theme.after for theme in themes), sum(theme.total for theme in themes)
    outcome = "Page inchangée."
    if not written:
        outcome = "Essai : seul le compte rendu a été écrit."
    elif night.differs:
        outcome = f"Page modifiée : {config.output.page.relative_to(config.root)}"
    failure = night.feedback_failure and f"Le contrôle n'a pas pu être écrit dans le tableau : {night.feedback_failure}"
    lines = [
        plural(night.verdict.rows_read, "ligne lue", "lignes lues"),
        plural(night.after.total(), config.list.singular, config.list.plural)
        + f" dans {plural(done, 'catégorie')} sur {categories}",
        plural(len(night.findings(Severity.BLOCKING)), "ligne bloquée", "lignes bloquées"),
        plural(len(night.findings(Severity.TO_FIX)), "point à corriger", "points à corriger"),
        in_words(night.changes) or "aucun changement",
        outcome,
        *filter(None, [failure]),
        f"Décision : {night.decision}",
        f"Compte rendu : {config.output.report.relative_to(config.root) / 'report.md'}",
    ]
    return "\n".join(lines)
