"""The figures of a night: how many datasets, how many categories; for the report, the summary and the terminal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from job.model import Changes, Night, Record, Severity
from job.output.digests import by_ministry, to_fix
from job.rules.judge import count_datasets
from job.text import plural

if TYPE_CHECKING:
    from job.config import Config


class Coverage(NamedTuple):
    """How many categories of a theme have at least one dataset, published and to be."""

    label: str
    before: int
    after: int
    total: int


def coverage(published: Iterable[Record], records: Iterable[Record], config: Config) -> list[Coverage]:
    """The coverage of each theme, in page order."""
    before, after = covered(published), covered(records)
    return [
        Coverage(theme.label, len(labels & before), len(labels & after), len(labels))
        for theme in config.themes
        for labels in [{category.label for category in theme.categories}]
    ]


def covered(records: Iterable[Record]) -> set[str]:
    """The categories that have a dataset."""
    return {record.category for record in records if not record.is_placeholder}


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
    themes = coverage(night.published, night.records, config)
    findings = night.verdict.findings
    values = {
        "decision": night.decision,
        "changed": night.differs,
        "fingerprint": night.fingerprint,
        "rows_read": night.verdict.rows_read,
        "datasets": {"published": count_datasets(night.published), "proposed": count_datasets(night.records)},
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
    themes = coverage(night.published, night.records, config)
    done, categories = sum(theme.after for theme in themes), sum(theme.total for theme in themes)
    outcome = "Page inchangée."
    if not written:
        outcome = "Essai : seul le compte rendu a été écrit."
    elif night.differs:
        outcome = f"Page modifiée : {config.output.page.relative_to(config.root)}"
    failure = night.feedback_failure and f"Le contrôle n'a pas pu être écrit dans le tableau : {night.feedback_failure}"
    lines = [
        plural(night.verdict.rows_read, "ligne lue", "lignes lues"),
        plural(count_datasets(night.records), config.list.singular, config.list.plural)
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
