"""The findings for those who typed the rows: as CSV, and as one message for each ministry."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from job.model import Finding, Night, Severity
from job.output.escape import Trusted, escape_mail, render_csv
from job.output.template import render_template
from job.text import slug

if TYPE_CHECKING:
    from job.config import Config


def to_fix(night: Night) -> list[Finding]:
    """The findings that ask somebody to do something, in sheet order."""
    return [finding for finding in night.verdict.findings if finding.severity is not Severity.INFO]


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
    columns = {title: map(value, findings) for title, value in _COLUMNS.items()}
    return b"".join([BOM_UTF8, *render_csv(columns, delimiter=";")])


def render_digests(night: Night, config: Config) -> dict[str, bytes]:
    """File name → message ready to be pasted into an e-mail, for each ministry that has something to fix."""
    contacts = {ministry.label: ministry.contact for ministry in config.ministries}
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
        for label, findings in by_ministry(to_fix(night), config).items()
    }
