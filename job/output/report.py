"""The pull request's body and the run's summary: what changed, what needs a look, what each gesture will do.

What comes from the sheet is printed as inline code: nothing in it is live. Rows are made here and cut whole; the
template arranges them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, groupby, islice
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from job.model import Changes, Finding, Night, Pair, Record, Severity
from job.output.digests import by_ministry, to_fix
from job.output.escape import Trusted, escape_github, is_published_address
from job.output.figures import Coverage, coverage, in_words
from job.output.template import render_template
from job.text import fold, plural, shorten

if TYPE_CHECKING:
    from job.config import Config

T = TypeVar("T")

# UTF-16 units, as JavaScript counts them; GitHub refuses a body above 65 536. Additions get what the others leave.
_LIMIT = 60_000
_BUDGETS = {"look": 8_000, "review": 8_000, "removed": 5_000, "changed": 11_000, "known": 8_000, "infos": 2_500}
_FRAME = 4_000  # what the template adds
_UNFOLDED = 5  # new findings, names in a sentence
_FOLDED_ABOVE = 10  # additions
_LONGEST_TABLE = 40  # rows: a longer one is folded
_LONGEST = 200  # characters of a cell


def render_report(night: Night, config: Config, marker: str) -> bytes:
    """The body, below 60 000 characters by whole rows. `marker` is its last line: the fingerprint, unseen."""
    cells = _Cells(night, config)
    new, known = _new_and_known(night)
    changes, added = night.changes, night.changes.added
    are_folded = len(added) > _FOLDED_ABOVE
    in_table = replace(changes, added=() if are_folded else added)
    look, infos = list(_look(night, new, cells)), night.findings(Severity.INFO)
    shown = {
        "look": _fit(look, len(look), _BUDGETS["look"]),
        "review": _table(night.since_review or Changes(), cells, _BUDGETS["review"]),
        "removed": _table(Changes(removed=changes.removed), cells, _BUDGETS["removed"]),
        "changed": _table(replace(in_table, removed=()), cells, _BUDGETS["changed"]),
        "infos": _fit(map(cells.remark, infos), len(infos), _BUDGETS["infos"]),
    }
    ministries = _by_ministry(new, known, config, cells)
    used = sum(map(_size, chain(*shown.values(), *(ministry.remarks for ministry in ministries))))
    themes = coverage(night.before, night.after, config)
    return render_template(
        "report.md.j2",
        config,
        escape_github,
        **shown,
        night=night,
        words=in_words(changes),
        figures=_figures(night, themes, config),
        since_words=in_words(night.since_review) if night.since_review else "",
        in_table=_count(in_table),
        longest=_LONGEST_TABLE,
        added=_by_theme(added, cells, _LIMIT - _FRAME - used) if are_folded else [],
        ministries=ministries,
        new=len(new),
        known=len(known),
        settled=_settled(changes, config),
        coverage=sorted(themes, key=lambda theme: theme.before == theme.after),
        infos_count=len(infos),
        run=Trusted(night.run),
        sheet=Trusted(night.sheet),
        marker=Trusted(marker),
    )


def _figures(night: Night, themes: Sequence[Coverage], config: Config) -> Trusted:
    """« 96 jeux de données (97 aujourd'hui) dans 48 catégories sur 66 (49 aujourd'hui) »."""

    def today(before: int, after: int) -> str:
        return f" ({before} aujourd'hui)" if before != after else ""

    before, after = night.before.total(), night.after.total()
    had, has = sum(theme.before for theme in themes), sum(theme.after for theme in themes)
    datasets = plural(after, config.list.singular, config.list.plural) + today(before, after)
    categories = f"{plural(has, 'catégorie')} sur {sum(theme.total for theme in themes)}{today(had, has)}"
    return Trusted(f"{datasets} dans {categories}")


def _size(line: str) -> int:
    return len(line.encode("utf-16-le")) // 2 + 1


def _fit(lines: Iterable[str], count: int, left: int) -> list[Trusted]:
    """The first of so many lines that there is room for, and how many there are beside. Makes no others."""
    kept = list[Trusted]()
    for line in lines:
        left -= _size(line)
        if left < 0:
            more = f"… et {plural(count - len(kept), 'autre')}"
            return [*kept, Trusted(_row("", more) if line.startswith("|") else f"- {more}")]
        kept.append(Trusted(line))
    return kept


# --- how texts are shown -----------------------------------------------------------------------------------------


def _row(*cells: str) -> str:
    """One row of a table: a bar ends no cell, whether a backslash stands before it or not."""
    inert = (re.sub(r"\\(?=\|)", "\\\\\u200b", cell).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(inert)} |"


class _Cells:
    """Labels of config.toml as they are, everything else as inline code."""

    def __init__(self, night: Night, config: Config) -> None:
        self.config = config
        self.several_tabs = len(night.snapshot.tabs) > 1
        self.lines = night.verdict.lines
        self.ours = {*config.theme_of, *config.theme_of.values(), *(column.title for column in config.columns)}
        self.ours |= {term.label for term in (*config.statuses, *config.ministries)}

    def code(self, text: str) -> str:
        """Inline code."""
        return escape_github(shorten(text, _LONGEST))

    def text(self, text: str) -> str:
        """A label as it is, another text as inline code."""
        return text if text in self.ours else self.code(text)

    def address(self, url: str) -> str:
        """A published address whole and untouched, so that it can be copied: in inline code nothing of it is live."""
        return f"`{url}`" if is_published_address(url) else self.text(url)

    def dataset(self, record: Record) -> str:
        """« `name` (`producer`) »."""
        producer = f" ({self.code(record.producer)})" if record.producer else ""
        return f"{self.code(record.name)}{producer}"

    def line(self, record: Record) -> str:
        """The number of its row in the sheet, as a link to it."""
        number, link = self.lines.get(record, (0, ""))
        return (f"[{number}](<{link}>)" if link else str(number)) if number else ""

    def value(self, record: Record, field: str) -> str:
        """What a field holds, with its title where it would not be clear."""
        text = self.config.value(record, field)
        shown = (self.address(text) if field == "url" else self.text(text)) if text else "*vide*"
        return shown if field in ("status", "category") else f"{self.config.title(field)}\u00a0: {shown}"

    def remark(self, finding: Finding, *, is_whole: bool = True) -> str:
        """One finding as an item of a list; with what its author should do, when it is whole."""
        place = f"[{finding.cell}](<{finding.link}>)" if finding.link and finding.cell else finding.cell
        if not finding.cell:
            place = f"Onglet {self.text(finding.tab)}"
        elif self.several_tabs:
            place += f" de {self.text(finding.tab)}"
        column = f" ({self.text(finding.column)})" if finding.column else ""
        name = f", {self.code(finding.name)}" if finding.name and finding.name != finding.typed else ""
        typed = f"{self.code(finding.typed)}, " if finding.typed else ""
        hint = f"Vouliez-vous dire {self.text(finding.suggestion)}\u00a0?" if finding.suggestion else ""
        said = (finding.sentence, finding.effect, hint, finding.remedy if is_whole else "")
        since = f" ({finding.since})" if finding.since else ""
        return f"- {place}{column}{name}\u00a0: {typed}{' '.join(filter(None, said))}{since}"


# --- what needs a look -------------------------------------------------------------------------------------------


def _look(night: Night, new: Sequence[Finding], cells: _Cells) -> Iterator[str]:
    """What a reviewer looks at first: an item for each kind, with its own items below when it has several."""
    changes = night.changes
    lost = [label for label in night.before if label not in night.after]
    gained = [label for label in night.after if label not in night.before and night.published]
    left = _who_left(changes, cells)
    is_feminine = cells.config.list.is_feminine
    its, last, first = ("sa", "dernière", "première") if is_feminine else ("son", "dernier", "premier")
    short = cells.config.list.singular.split(" ", maxsplit=1)[0]  # « jeu » for « jeu de données »
    yield from _item(
        f"catégorie perdrait {its} {last} {short}",
        f"catégories perdraient leur {last} {short}",
        lost,
        lambda label: f"{cells.text(label)} ({', '.join(left.get(label, ()))})",
    )
    yield from _item(
        f"catégorie aurait {its} {first} {short}", f"catégories auraient leur {first} {short}", gained, cells.text
    )
    others = [record for record in changes.removed if record.category not in lost]
    yield from _item("disparition", "disparitions", others, cells.dataset)
    yield from _new_remarks(night, new, cells)


def _new_remarks(night: Night, new: Sequence[Finding], cells: _Cells) -> Iterator[str]:
    """What is new to correct; of a blocking remark, what becomes of the row."""
    kept = {each.finding for each in night.kept}
    stays = {True: " Sa version publiée reste en ligne.", False: " La ligne n'est pas publiée."}
    blocking = [finding for finding in new if finding.severity is Severity.BLOCKING]
    to_fix = [finding for finding in new if finding.severity is Severity.TO_FIX]

    def say(finding: Finding) -> str:
        end = stays[finding in kept] if finding.severity is Severity.BLOCKING else ""
        return cells.remark(finding, is_whole=False) + end

    yield from _listed("ligne en erreur", "lignes en erreur", blocking, say)
    yield from _listed("nouveau point à corriger", "nouveaux points à corriger", to_fix, say)


def _item(singular: str, many: str, items: Sequence[T], say: Callable[[T], str]) -> Iterator[str]:
    """One line: how many, and the first ones by name."""
    if items:
        more = f" et {plural(len(items) - _UNFOLDED, 'autre')}" if len(items) > _UNFOLDED else ""
        yield f"- **{plural(len(items), singular, many)}\u00a0:** {', '.join(map(say, items[:_UNFOLDED]))}{more}."


def _listed(singular: str, many: str, items: Sequence[T], say: Callable[[T], str]) -> Iterator[str]:
    """One line when there is one, or else a list of the first ones."""
    title = f"- **{plural(len(items), singular, many)}\u00a0:**"
    if len(items) == 1:
        yield f"{title} {say(items[0]).removeprefix('- ')}"
    elif items:
        yield title
        yield from (f"  {say(item)}" for item in items[:_UNFOLDED])
        if len(items) > _UNFOLDED:
            yield f"  - … et {plural(len(items) - _UNFOLDED, 'autre')}, dans `findings.csv`"


def _who_left(changes: Changes, cells: _Cells) -> Mapping[str, list[str]]:
    """Category → which datasets leave it, and how; the first ones."""
    left: dict[str, list[str]] = {}
    for how, records in (("retiré", changes.removed), ("déplacé", [pair.old for pair in changes.moved])):
        for record in records:
            said = left.setdefault(record.category, [])
            if len(said) < _UNFOLDED:
                said.append(f"{cells.code(record.name)} {how}")
    return left


# --- what changes ------------------------------------------------------------------------------------------------


def _count(changes: Changes) -> int:
    return len(changes.removed) + len(changes.pairs) + len(changes.added)


def _table(changes: Changes, cells: _Cells, left: int) -> list[Trusted]:
    """The rows that there is room for."""
    return _fit(_rows(changes, cells), _count(changes), left)


def _rows(changes: Changes, cells: _Cells) -> Iterator[str]:
    """One row of the table for each change: sign, dataset, before, after, line."""
    for record in changes.removed:
        yield _row("−", cells.dataset(record), cells.text(record.category), "*retiré*", "")
    for sign, pairs in (("✎", (*changes.modified, *changes.renamed)), ("↪", changes.moved)):
        for pair in pairs:
            yield _row(sign, cells.dataset(pair.old), *_before_and_after(pair, cells), cells.line(pair.new))
    for record in changes.added:
        yield _row("+", cells.dataset(record), "", _whole(record, cells), cells.line(record))


def _before_and_after(pair: Pair, cells: _Cells) -> tuple[str, str]:
    """The fields that differ, as they were and as they would be. The old name stands beside them already."""
    changed = cells.config.changed(pair)
    fields = [field for field in changed if field != "name"]
    renamed = f"*renommé* {cells.code(pair.new.name)}" if "name" in changed else ""
    before, after = ([cells.value(side, field) for field in fields] for side in pair)
    return "<br>".join(before), "<br>".join(filter(None, (renamed, *after)))


def _whole(record: Record, cells: _Cells) -> str:
    """Everything of a new row that does not stand beside it."""
    where = f"{record.category}, {cells.value(record, 'status')}"
    further = [cells.value(record, it.field) for it in cells.config.extra if cells.config.value(record, it.field)]
    return "<br>".join(filter(None, (where, cells.text(record.ministry), cells.address(record.url), *further)))


class _Theme(NamedTuple):
    """The additions of a theme, which are folded."""

    label: Trusted
    additions: int
    rows: list[Trusted]


def _by_theme(added: Sequence[Record], cells: _Cells, left: int) -> list[_Theme]:
    """The additions that there is room for. They come in page order."""
    lines = (_row(cells.dataset(record), _whole(record, cells), cells.line(record)) for record in added)
    rows = iter(_fit(lines, len(added), left))
    counts = {theme: len(list(group)) for theme, group in groupby(added, key=lambda record: record.theme)}
    themes = [_Theme(Trusted(theme), count, list(islice(rows, count))) for theme, count in counts.items()]
    return [theme for theme in themes if theme.rows]


# --- findings ----------------------------------------------------------------------------------------------------


def _new_and_known(night: Night) -> tuple[list[Finding], list[Finding]]:
    """A finding on a row that this night adds or changes, or that blocks, is new; on the first night all are known."""

    def place(row: int, link: str) -> tuple[int, str]:
        return row, link.partition("&")[0]  # the tab's own address

    touched = (*night.changes.added, *(pair.new for pair in night.changes.pairs)) if night.published else ()
    places = {place(*night.verdict.lines[record]) for record in touched if record in night.verdict.lines}
    new: list[Finding] = []
    known: list[Finding] = []
    for finding in to_fix(night):
        is_new = finding.severity is Severity.BLOCKING or place(finding.row, finding.link) in places
        (new if is_new else known).append(finding)
    return new, known


class _Ministry(NamedTuple):
    """What one ministry has to fix."""

    label: Trusted
    points: int
    new: int  # of them, shown above
    remarks: list[Trusted]  # the known ones that there is room for


def _by_ministry(new: Sequence[Finding], known: Sequence[Finding], config: Config, cells: _Cells) -> list[_Ministry]:
    groups, fresh = by_ministry(known, config), by_ministry(new, config)
    remarks = iter(_fit(map(cells.remark, chain(*groups.values())), len(known), _BUDGETS["known"]))
    found = []
    for label in by_ministry([*new, *known], config):
        count, count_new = len(groups.get(label, ())), len(fresh.get(label, ()))
        shown = list(islice(remarks, count))
        found.append(_Ministry(Trusted(label or "Sans ministère reconnu"), count + count_new, count_new, shown))
    return found


def _settled(changes: Changes, config: Config) -> int:
    """How many cells said nothing on the page, and say something now."""
    nothing = ("", config.placeholder)
    return sum(
        getattr(pair.old, field) in nothing and fold(getattr(pair.new, field)) not in map(fold, nothing)
        for pair in changes.pairs
        for field in ("producer", "ministry", "status", "url")
    )
