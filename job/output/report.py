"""What is told of a night: the pull request's body, figures, and findings for those who typed the rows.

The body says what changed, what needs a look, what each gesture will do. What comes from the sheet is printed as inline
code: nothing in it is live. Rows are made here and cut whole; the template arranges them.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby, islice
from operator import attrgetter
from typing import TypeVar

from job.changes.decide import marker
from job.config import Config
from job.model import Change, Finding, Kind, Night, Record, Severity
from job.output.escape import Trusted, escape_github, escape_mail, is_published_address, render_csv, render_template
from job.text import and_others, plural, shorten, slug

_LIMIT = 56_000  # UTF-16 units, as JavaScript counts them, and 4 000 for the template; GitHub refuses more than 65 536
_UNFOLDED = 5  # new findings, names in a sentence
_FOLDED_ABOVE = 10  # additions
_LONGEST = 200  # characters of a cell

T = TypeVar("T")


def render_report(night: Night, config: Config) -> bytes:
    """The body, below 60 000 characters by whole rows. Its last line is the fingerprint, unseen."""
    md = _Markdown(night, config)
    infos = night.findings(Severity.INFO)
    broken, wanting, known = _by_news(night)
    below = by_ministry([*broken[_UNFOLDED:], *wanting[_UNFOLDED:], *known], config)
    removed, added = ([it for it in night.changes if it.kind is kind] for kind in (Kind.REMOVED, Kind.ADDED))
    folded = added if len(added) > _FOLDED_ABOVE else []
    in_table = night.changes[: len(night.changes) - len(folded)]  # removals come first, additions last
    shown = {  # each with the room that it may take; additions get what the others leave
        "look": _fit([*_look(night, broken, wanting, md)], str, 8_000),
        "review": _fit(night.since_review or (), md.change, 8_000),
        "removed": _fit(removed, md.change, 5_000),
        "changed": _fit(in_table[len(removed) :], md.change, 11_000),
        "known": _fit([*chain(*below.values())], md.remark, 8_000),
        "infos": _fit(infos, md.remark, 2_500),
    }
    left = _LIMIT - sum(map(_size, chain(*shown.values())))
    themes = {theme: list(group) for theme, group in groupby(folded, key=lambda it: it.new.theme)}  # in page order
    return render_template(
        "report.md.j2",
        config,
        escape_github,
        **shown,
        night=night,
        in_words=in_words,
        in_table=len(in_table),
        themes=themes,
        added=_spread(_fit(folded, md.addition, left), themes),
        points=by_ministry(night.verdict.actionable, config),
        new=by_ministry([*broken, *wanting], config),
        below=_spread(shown["known"], below),
        counts=(len(broken) + len(wanting), len(known), _settled(night.changes, config)),
        coverage=_coverage(night, config),
        categories=len(config.theme_of),
        infos_count=len(infos),
        marker=Trusted(marker(night.fingerprint)),
    )


def _coverage(night: Night, config: Config) -> list[tuple[str, int, int, int]]:
    """Theme, categories with a dataset, published and to be, of how many; the themes that change come first."""
    before, after = (Counter(map(config.theme_of.get, side)) for side in (night.before, night.after))
    themes = [(it.label, before[it.label], after[it.label], len(it.categories)) for it in config.themes]
    return sorted(themes, key=lambda theme: theme[1] == theme[2])


def _settled(changes: Iterable[Change], config: Config) -> int:
    """How many cells that were wanting on the page say something now. Of a status, only the old sheet could tell it."""
    settled = 0
    for it in changes:
        if it.old != it.new:
            due = ("producer", "ministry", "url") if config.promises_access(it.old.status) else ("producer", "ministry")
            settled += len([field for field in due if not getattr(it.old, field) and getattr(it.new, field)])
    return settled


# --- whole rows --------------------------------------------------------------------------------------------------


def _size(line: str) -> int:
    return len(line.encode("utf-16-le")) // 2 + 1


def _fit(them: Sequence[T], show: Callable[[T], str], left: int) -> list[Trusted]:
    """The lines of the first that there is room for, and how many there are beside. Makes no others."""
    kept = list[Trusted]()
    for line in map(show, them):
        left -= _size(line)
        if left < 0:
            more = f"… et {plural(len(them) - len(kept), 'autre')}"
            return [*kept, Trusted(_row("", more) if line.startswith("|") else f"- {more}")]
        kept.append(Trusted(line))
    return kept


def _spread(lines: Iterable[Trusted], groups: Mapping[str, Sequence[object]]) -> dict[str, list[Trusted]]:
    """The lines of each group; they come group by group, and may be cut."""
    rest = iter(lines)
    return {label: list(islice(rest, len(group))) for label, group in groups.items()}


def _row(*cells: str) -> str:
    """One row of a table: a bar ends no cell, whether a backslash stands before it or not."""
    inert = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(inert)} |"


# --- how texts are shown -----------------------------------------------------------------------------------------


class _Markdown:
    """How texts are shown: labels of config.toml as they are, everything else as inline code."""

    def __init__(self, night: Night, config: Config) -> None:
        self.config = config
        self.several_tabs = len(night.snapshot.tabs) > 1
        self.lines = night.verdict.lines
        self.ours = {column.title for column in config.columns}
        self.ours.update(*map(config.labels, ("theme", "category", "status", "ministry")))

    def code(self, text: str) -> str:
        return escape_github(shorten(text, _LONGEST))

    def text(self, text: str) -> str:
        """A label, or a published address whole, so that it can be copied: in inline code nothing of it is live."""
        return text if text in self.ours else f"`{text}`" if is_published_address(text) else self.code(text)

    def dataset(self, record: Record) -> str:
        """« `name` (`producer`) »."""
        producer = f" ({self.code(record.producer)})" if record.producer else ""
        return f"{self.code(record.name)}{producer}"

    def line(self, record: Record) -> str:
        """The number of its row in the sheet, as a link to it."""
        number, link = self.lines.get(record, ("", ""))
        return f"[{number}](<{link}>)" if link else str(number)

    def value(self, record: Record, field: str) -> str:
        """What a field holds, with its title where it would not be clear."""
        text = self.config.value(record, field)
        shown = self.text(text) if text else "*vide*"
        return shown if field in ("status", "category") else f"{self.config.title(field)}\u00a0: {shown}"

    def remark(self, finding: Finding, end: str | None = None) -> str:
        """One finding as an item of a list; its last sentence is what its author should do, or else `end`."""
        tab = self.text(finding.tab)
        place = f"Onglet {tab}"
        if finding.cell:
            place = f"[{finding.cell}](<{finding.link}>)" if finding.link else finding.cell
            place += f" de {tab}" if self.several_tabs else ""
        column = f" ({self.text(finding.column)})" if finding.column else ""
        name = f", {self.code(finding.name)}" if finding.name and finding.name != finding.typed else ""
        typed = f"{self.code(finding.typed)}, " if finding.typed else ""
        hint = f"Vouliez-vous dire {self.text(finding.suggestion)}\u00a0?" if finding.suggestion else ""
        said = (finding.sentence, finding.effect, hint, finding.remedy if end is None else end)
        since = f" ({finding.since})" if finding.since else ""
        return f"- {place}{column}{name}\u00a0: {typed}{' '.join(filter(None, said))}{since}"

    def change(self, it: Change) -> str:
        """A row of the table of changes: sign, dataset under its old name, before, after, line."""
        dataset, changed = self.dataset(it.old), self.config.changed(it)
        if it.kind is Kind.REMOVED:
            return _row("−", dataset, self.text(it.old.category), "*retiré*", "")
        if it.kind is Kind.ADDED:
            return _row("+", dataset, "", self.whole(it.new), self.line(it.new))
        before, after = ([self.value(side, field) for field in changed if field != "name"] for side in (it.old, it.new))
        renamed = [f"*renommé* {self.code(it.new.name)}"] if "name" in changed else []
        sign = "↪" if it.kind is Kind.MOVED else "✎"
        return _row(sign, dataset, "<br>".join(before), "<br>".join([*renamed, *after]), self.line(it.new))

    def addition(self, it: Change) -> str:
        """A row of a table of additions alone."""
        return _row(self.dataset(it.new), self.whole(it.new), self.line(it.new))

    def whole(self, record: Record) -> str:
        """Everything of a new row that does not stand beside it."""
        where = f"{record.category}, {self.value(record, 'status')}"
        further = [self.value(record, it.field) for it in self.config.extra if self.config.value(record, it.field)]
        return "<br>".join(filter(None, (where, self.text(record.ministry), self.text(record.url), *further)))


# --- what needs a look -------------------------------------------------------------------------------------------


def _by_news(night: Night) -> tuple[list[Finding], list[Finding], list[Finding]]:
    """What breaks a row; what is wrong with a row that this night adds or changes; the rest (all, at first)."""
    touched = [it.new for it in night.changes if it.kind is not Kind.REMOVED] if night.published else ()
    lines = (night.verdict.lines[record] for record in touched if record in night.verdict.lines)
    places = {(row, link.partition("&")[0]) for row, link in lines}  # a row's number, and its tab's own address
    new, known = list[Finding](), list[Finding]()
    for finding in night.findings(Severity.TO_FIX):
        (new if (finding.row, finding.link.partition("&")[0]) in places else known).append(finding)
    return night.findings(Severity.BLOCKING), new, known


def _look(night: Night, broken: Sequence[Finding], wanting: Sequence[Finding], md: _Markdown) -> Iterator[str]:
    """What a reviewer looks at first: an item for each kind, with its own items below when it has several."""
    if night.published:
        yield from _lost_and_gained(night, md)
    stays, gone = "Sa version publiée reste en ligne.", "La ligne n'est pas publiée."
    error, point = ("ligne en erreur", "lignes en erreur"), ("nouveau point à corriger", "nouveaux points à corriger")
    yield from _item(error, broken, lambda it: md.remark(it, stays if it in night.kept else gone))
    yield from _item(point, wanting, lambda it: md.remark(it, ""))


def _lost_and_gained(night: Night, md: _Markdown) -> Iterator[str]:
    """Categories that lose their last dataset or get their first, and what else disappears."""
    lost = [label for label in night.before if label not in night.after]
    gained = [label for label in night.after if label not in night.before]
    how = {Kind.REMOVED: "retiré", Kind.MOVED: "déplacé"}
    left = [it for it in night.changes if it.kind in how and not it.old.is_placeholder]
    others = [it.old for it in left if it.kind is Kind.REMOVED and it.old.category not in lost]

    def who_left(label: str) -> str:
        said = [f"{md.code(it.old.name)} {how[it.kind]}" for it in left if it.old.category == label]
        return f"{md.text(label)} ({', '.join(said[:_UNFOLDED])}{and_others(len(said) - _UNFOLDED)})"

    words = md.config.list
    its, last, first = ("sa", "dernière", "première") if words.is_feminine else ("son", "dernier", "premier")
    short = words.singular.split(" ", maxsplit=1)[0]  # « jeu » for « jeu de données »
    losing = (f"catégorie perdrait {its} {last} {short}", f"catégories perdraient leur {last} {short}")
    gaining = (f"catégorie aurait {its} {first} {short}", f"catégories auraient leur {first} {short}")
    yield from _item(losing, lost, who_left)
    yield from _item(gaining, gained, md.text)
    yield from _item(("disparition", "disparitions"), others, md.dataset)


def _item(kind: tuple[str, str], them: Sequence[T], show: Callable[[T], str]) -> Iterator[str]:
    """How many there are, and the first ones: names in a sentence; a remark behind the number, or each in a line."""
    if not them:
        return
    title, first = f"- **{plural(len(them), *kind)}\u00a0:**", list(map(show, them[:_UNFOLDED]))
    more = and_others(len(them) - _UNFOLDED)
    if not first[0].startswith("- "):
        yield f"{title} {', '.join(first)}{more}."
    elif len(them) == 1:
        yield f"{title} {first[0].removeprefix('- ')}"
    else:
        last = [f"  - …{more}, plus bas"] if more else []
        yield from (title, *(f"  {line}" for line in first), *last)


# --- figures -----------------------------------------------------------------------------------------------------


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


_TITLES = "gravité onglet cellule ligne colonne jeu ministère code message suggestion lien".split()
_CELLS = attrgetter(*"severity.value tab cell row column name ministry code message suggestion link".split())


def render_findings(findings: Sequence[Finding]) -> bytes:
    """The findings as CSV that French spreadsheet programs open by a double click (semicolons, byte order mark)."""
    rows = ([str(cell or "") for cell in _CELLS(finding)] for finding in findings)
    return b"".join([BOM_UTF8, *render_csv(_TITLES, rows, delimiter=";")])


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
