"""What people are told of a night: the report, the findings, a digest for each ministry, the figures, the log."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, takewhile
from typing import TYPE_CHECKING, NamedTuple

from job.decide import Decision, PullRequest, decide, marker
from job.render import Trusted, escape_github, escape_mail, plural, render_csv, render_template
from job.text import shorten, slug
from job.validate import Validation, count_datasets, is_placeholder

if TYPE_CHECKING:
    import pandas as pd

    from job.compare import Changes, Dataset, Kept
    from job.config import Config
    from job.model import Finding, Snapshot

REPORT_LIMIT = 60_000  # characters; GitHub refuses a pull request body above 65 536
_LIST_LIMITS = (1, 2, 5, 10, 20, 50, 100, 200, 300, 600)  # rows of each list: the most with which the report fits


@dataclass(frozen=True)
class Night:
    """Everything that one run found out."""

    snapshot: Snapshot
    validation: Validation
    published: pd.DataFrame  # RECORD_COLUMNS: what the default branch holds
    records: pd.DataFrame  # RECORD_COLUMNS: what would be published
    changes: Changes  # from one to the other
    kept: tuple[Kept, ...]
    since_review: Changes | None  # against the pull request that is open
    fingerprint: str
    differs: bool  # from the files of the default branch
    pulls: tuple[PullRequest, ...] | None  # None: nobody asked GitHub
    run: str  # web address of the run, "" on a laptop
    feedback_failure: str = ""  # why the findings could not be written into the sheet: a French sentence

    @property
    def decision(self) -> Decision:
        """What to do with the pull request; without GitHub's answer, as if there were none yet."""
        return decide(self.fingerprint, self.pulls or (), differs=self.differs)

    @property
    def outputs(self) -> dict[str, str | int]:
        """What the workflow's next steps need. Figures and constants only: never a word from the sheet."""
        return {
            "changed": "true" if self.differs else "false",
            "decision": self.decision,
            "fingerprint": self.fingerprint,
            "pull": next((pull.number for pull in self.pulls or () if pull.is_open), ""),
            "added": len(self.changes.added),
            "removed": len(self.changes.removed),
            "modified": len(self.changes.pairs),
        }

    @cached_property
    def to_fix(self) -> list[Finding]:
        """The findings that ask somebody to type something."""
        return [finding for finding in self.validation.findings if finding.severity != "info"]

    def count(self, severity: str) -> int:
        """How many findings have this severity."""
        return sum(finding.severity == severity for finding in self.validation.findings)


class Coverage(NamedTuple):
    """How many categories of a theme have at least one dataset, published and to be."""

    label: str
    before: int
    after: int
    total: int


def coverage(published: pd.DataFrame, records: pd.DataFrame, config: Config) -> list[Coverage]:
    """The coverage of each theme, in page order."""
    before, after = _covered(published, config), _covered(records, config)
    return [
        Coverage(theme.label, len(labels & before), len(labels & after), len(labels))
        for theme in config.themes
        for labels in [{category.label for category in theme.categories}]
    ]


def _covered(records: pd.DataFrame, config: Config) -> set[str]:
    return set(records["category"][~is_placeholder(records, config)])


def by_ministry(findings: Iterable[Finding], config: Config) -> dict[str, list[Finding]]:
    """The findings of each ministry, in the order of config.toml; those of no known ministry last, under ""."""
    groups: dict[str, list[Finding]] = {label: [] for label in (*(term.label for term in config.ministries), "")}
    for finding in findings:
        groups[finding.ministry].append(finding)
    return {label: group for label, group in groups.items() if group}


def render_all(night: Night, config: Config) -> dict[str, bytes]:
    """Path below the report folder → content, of everything the report folder holds."""
    digests = render_digests(night.to_fix, config)
    return {
        "report.md": render_report(night, config).encode(),
        "findings.csv": render_findings(night.validation.findings),
        "summary.json": render_summary(night, config).encode(),
        **{f"ministries/{name}": text.encode() for name, text in digests.items()},
    }


def render_report(night: Night, config: Config) -> str:
    """The pull request's body and the run's summary, under REPORT_LIMIT characters by whole rows."""
    themes = coverage(night.published, night.records, config)
    ours = {
        *config.theme_of,
        *(status.label for status in config.statuses),
        *(column.title for column in config.columns),
    }
    values = {
        "night": night,
        "published": count_datasets(night.published, config),
        "proposed": count_datasets(night.records, config),
        "coverage": [(Trusted(theme.label), *theme[1:]) for theme in themes],
        "covered_before": sum(theme.before for theme in themes),
        "covered": sum(theme.after for theme in themes),
        "categories": sum(theme.total for theme in themes),
        "transitions": _transitions(night.changes),
        "added": _by_theme(night.changes.added),
        "label": lambda text: Trusted(text) if text in ours else text,
        "titles": {column.field: Trusted(column.title) for column in config.columns},
        "blocked": by_ministry([finding for finding in night.to_fix if finding.severity == "bloquant"], config),
        "wrong": by_ministry([finding for finding in night.to_fix if finding.severity == "à corriger"], config),
        "infos": [finding for finding in night.validation.findings if finding.severity == "info"],
        "marker": Trusted(marker(night.fingerprint)),
        "run": Trusted(night.run),
        "feedback_failure": night.feedback_failure,
    }

    def cut(limit: int) -> str:
        return render_template("report.md.j2", config, _short_code, limit=limit, **values)

    *shorter, longest = _LIST_LIMITS
    report = cut(longest)
    if _fits(report):
        return report
    # From the shortest up: on a large sheet, the reports that turn out too long are the costly ones.
    fitting = list(takewhile(_fits, map(cut, shorter)))
    return fitting[-1] if fitting else cut(shorter[0])


def _fits(report: str) -> bool:
    """Counted as JavaScript counts, in which the pull request is opened: « 𝐀 » is two."""
    return len(report.encode("utf-16-le")) // 2 < REPORT_LIMIT


def _short_code(text: str) -> str:
    """A cell as inline code: the page shows it whole, the report need not."""
    return escape_github(shorten(text, 200))


def _by_theme(added: Iterable[Dataset]) -> list[tuple[Trusted, list[Dataset]]]:
    """The datasets under their theme; both come in page order."""
    return [(Trusted(theme), list(group)) for theme, group in groupby(added, key=lambda dataset: dataset.theme)]


def _transitions(changes: Changes) -> list[tuple[str, str, int]]:
    """Old status, new status, how many datasets; the most frequent first."""
    counts = Counter((pair.old.status, pair.new.status) for pair in changes.pairs if "status" in pair.fields)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(old, new, count) for (old, new), count in ordered]


_FINDING_COLUMNS: Mapping[str, Callable[[Finding], str]] = {
    "gravité": lambda finding: finding.severity,
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
    columns = {title: map(value, findings) for title, value in _FINDING_COLUMNS.items()}
    return BOM_UTF8 + render_csv(columns, delimiter=";")


def render_digests(findings: Sequence[Finding], config: Config) -> dict[str, str]:
    """File name → message ready to be pasted into an e-mail, for each ministry that has something to fix."""
    return {
        f"{slug(label) or 'sans-ministere'}.md": render_template(
            "digest.md.j2", config, escape_mail, ministry=Trusted(label), findings=group
        )
        for label, group in by_ministry(findings, config).items()
    }


def render_summary(night: Night, config: Config) -> str:
    """The run's figures as JSON."""
    themes = coverage(night.published, night.records, config)
    values = {
        "decision": night.decision,
        "changed": night.differs,
        "fingerprint": night.fingerprint,
        "rows_read": night.validation.rows_read,
        "datasets": {
            "published": count_datasets(night.published, config),
            "proposed": count_datasets(night.records, config),
        },
        "changes": {
            "added": len(night.changes.added),
            "removed": len(night.changes.removed),
            "modified": len(night.changes.modified),
            "renamed": len(night.changes.renamed),
            "moved": len(night.changes.moved),
            "unchanged": night.changes.unchanged,
        },
        "kept": len(night.kept),
        "findings": {
            "by_severity": dict(Counter(finding.severity for finding in night.validation.findings)),
            "by_code": dict(sorted(Counter(finding.code for finding in night.validation.findings).items())),
        },
        "coverage": {
            "covered": sum(theme.after for theme in themes),
            "categories": sum(theme.total for theme in themes),
            "by_theme": {theme.label: [theme.after, theme.total] for theme in themes},
        },
    }
    return json.dumps(values, ensure_ascii=False, indent=2) + "\n"


def render_log(night: Night, config: Config, *, written: bool) -> str:
    """What the terminal shows at the end: figures and file names, never a cell."""
    themes = coverage(night.published, night.records, config)
    covered, categories = sum(theme.after for theme in themes), sum(theme.total for theme in themes)
    changes = night.changes
    figures = [
        plural(night.validation.rows_read, "ligne lue", "lignes lues"),
        plural(count_datasets(night.records, config), "jeu", "jeux")
        + f" dans {plural(covered, 'catégorie')} sur {categories}",
        plural(night.count("bloquant"), "point bloquant", "points bloquants"),
        plural(night.count("à corriger"), "point à corriger", "points à corriger"),
        ", ".join(
            plural(len(items), word)
            for items, word in (
                (changes.added, "ajout"),
                (changes.pairs, "modification"),
                (changes.removed, "disparition"),
            )
        ),
    ]
    if not written:
        outcome = "Essai : seul le compte rendu a été écrit."
    elif night.differs:
        outcome = f"Page modifiée : {config.output.page.relative_to(config.root)}"
    else:
        outcome = "Page inchangée."
    report = config.output.report.relative_to(config.root) / "report.md"
    if night.feedback_failure:
        outcome += f"\nLe contrôle n'a pas pu être écrit dans le tableau : {night.feedback_failure}"
    decision = f"Décision : {night.decision}\n" if night.pulls is not None else ""
    return "\n".join(figures) + f"\n{outcome}\n{decision}Compte rendu : {report}"
