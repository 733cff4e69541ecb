"""What is told of a night beside the report: its figures, and its findings for those who typed the rows."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

from job.config import Config
from job.model import Change, Finding, Kind, Night, Severity
from job.output.escape import Trusted, escape_mail, render_csv, render_template
from job.text import plural, slug


def in_words(changes: Iterable[Change]) -> str:
    """« 1 disparition, 2 ajouts », "" when nothing changes."""
    return ", ".join(plural(count, kind.value) for kind, count in Counter(it.kind for it in changes).items())


def render_summary(night: Night, config: Config) -> bytes:
    """The run's figures as JSON."""
    counts = Counter(change.kind for change in night.changes)
    unchanged = len(night.records) - (len(night.changes) - counts[Kind.REMOVED])
    values = {
        "decision": night.decision,
        "changed": night.differs,
        "fingerprint": night.fingerprint,
        "rows_read": night.verdict.rows_read,
        "datasets": {"published": night.before.total(), "proposed": night.after.total()},
        "changes": {kind.name.lower(): counts[kind] for kind in Kind} | {"unchanged": unchanged},
        "kept": len(night.kept),
        "findings": {severity.value: len(night.findings(severity)) for severity in Severity},
        "coverage": {"covered": len(night.after), "categories": len(config.theme_of)},
    }
    return (json.dumps(values, ensure_ascii=False, indent=2) + "\n").encode()


def render_log(night: Night, config: Config, *, written: bool) -> str:
    """What the terminal shows at the end: figures and file names, never a cell."""
    datasets = plural(night.after.total(), config.list.singular, config.list.plural)
    page = f"Page modifiée : {config.output.page.relative_to(config.root)}" if night.differs else "Page inchangée."
    lines = (
        plural(night.verdict.rows_read, "ligne lue", "lignes lues"),
        f"{datasets} dans {plural(len(night.after), 'catégorie')} sur {len(config.theme_of)}",
        plural(len(night.findings(Severity.BLOCKING)), "ligne bloquée", "lignes bloquées"),
        plural(len(night.findings(Severity.TO_FIX)), "point à corriger", "points à corriger"),
        in_words(night.changes) or "aucun changement",
        page if written else "Essai : seul le compte rendu a été écrit.",
        night.feedback_failure and f"Le contrôle n'a pas pu être écrit dans le tableau : {night.feedback_failure}",
        f"Décision : {night.decision}",
        f"Compte rendu : {config.output.report.relative_to(config.root) / 'report.md'}",
    )
    return "\n".join(filter(None, lines))


# --- findings ----------------------------------------------------------------------------------------------------


def by_ministry(findings: Iterable[Finding], config: Config) -> dict[str, list[Finding]]:
    """The findings of each ministry, in the order of config.toml; those of no known ministry last, under ""."""
    groups: dict[str, list[Finding]] = {label: [] for label in (*config.labels("ministry"), "")}
    for finding in findings:
        groups[finding.ministry].append(finding)
    return {label: group for label, group in groups.items() if group}


_COLUMNS: Mapping[str, Callable[[Finding], str]] = {
    "gravité": lambda finding: finding.severity.value,
    "onglet": lambda finding: finding.tab,
    "cellule": lambda finding: finding.cell,
    "ligne": lambda finding: str(finding.row or ""),
    "colonne": lambda finding: finding.column,
    "jeu": lambda finding: finding.name,
    "ministère": lambda finding: finding.ministry,
    "code": lambda finding: finding.code,
    "message": lambda finding: finding.message,
    "suggestion": lambda finding: finding.suggestion,
    "lien": lambda finding: finding.link,
}


def render_findings(findings: Sequence[Finding]) -> bytes:
    """The findings as CSV that French spreadsheet programs open by a double click (semicolons, byte order mark)."""
    rows = ([value(finding) for value in _COLUMNS.values()] for finding in findings)
    return b"".join([BOM_UTF8, *render_csv(_COLUMNS, rows, delimiter=";")])


def render_digests(night: Night, config: Config) -> dict[str, bytes]:
    """File name → message ready to be pasted into an e-mail, for each ministry that has something to fix."""
    contacts = {ministry.label: ministry.contact for ministry in config.vocabulary.ministries}
    return {
        f"{slug(label) or 'sans-ministere'}.md": render_template(
            "digest.md.j2",
            config,
            escape_mail,
            ministry=Trusted(label),
            contact=Trusted(contacts.get(label, "")),
            night=night,
            rows=[list(group) for _, group in groupby(findings, key=lambda finding: (finding.tab, finding.row))],
            count=len(findings),
        )
        for label, findings in by_ministry(night.verdict.actionable, config).items()
    }
