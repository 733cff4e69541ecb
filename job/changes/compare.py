"""Published × new records → Changes; and the last good version of a broken row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from job.content import content_fault
from job.model import ROLES, Broken, Changes, Kept, Pair, Record, Verdict
from job.rules.address import address_key
from job.rules.judge import in_page_order
from job.text import fold

if TYPE_CHECKING:
    from job.config import Config

Key = Callable[[Record], tuple[str, ...]]


def _identity(record: Record) -> tuple[str, ...]:
    kind = "to come" if record.is_placeholder else "by " + fold(record.producer)
    return record.category, fold(record.name), kind


# How a dataset is recognised when its identity has changed, from the surest sign to the least. A sign counts only when
# it points to one dataset on each side, and when none of its parts is empty.
_CHANGED: tuple[Key, ...] = (
    lambda record: (record.category, fold(record.name)),  # another producer
    lambda record: (record.category, address_key(record.url)),  # a rename
    lambda record: (fold(record.name), address_key(record.url)),  # a move
    lambda record: (fold(record.name), fold(record.producer)),  # a move, and another address
)


def compare(published: Sequence[Record], records: Sequence[Record]) -> Changes:
    """What publishing `records` would change."""
    pairs = _paired(published, records, (_identity, *_CHANGED))
    differing = [pair for pair in (Pair(published[old], records[new]) for old, new in pairs) if pair.old != pair.new]
    gone, come = {old for old, _ in pairs}, {new for _, new in pairs}
    return Changes(
        removed=tuple(record for place, record in enumerate(published) if place not in gone),
        modified=tuple(pair for pair in differing if not {"category", "name"} & set(pair.fields)),
        renamed=tuple(pair for pair in differing if "name" in pair.fields and "category" not in pair.fields),
        moved=tuple(pair for pair in differing if "category" in pair.fields),
        added=tuple(record for place, record in enumerate(records) if place not in come),
        unchanged=len(pairs) - len(differing),
    )


def keep_last_good_versions(
    published: Sequence[Record], verdict: Verdict, config: Config
) -> tuple[tuple[Record, ...], tuple[Kept, ...]]:
    """The new records with, for each broken row that was published, its last published version; and which those are.

    A broken row stands for a published dataset only when what it still says points to that one alone: its name, its
    address, or its producer and category when its name cell is damaged.
    """
    if not published or not verdict.broken:
        return verdict.records, ()
    found = {before for before, _ in _paired(published, verdict.records, (_identity, *_CHANGED))}
    free = [
        record
        for place, record in enumerate(published)
        if place not in found and not record.is_placeholder and _may_stay(record, config)
    ]
    kept: list[Kept] = []
    for keys, rows in _SIGNS:
        told = {each.finding for each in kept}
        broken = [row for row in verdict.broken if rows(row) and row.finding not in told]
        pairs = _paired(free, [row.record for row in broken], keys)
        kept += [Kept(free[before], broken[after].finding) for before, after in pairs]
        gone = {before for before, _ in pairs}
        free = [record for place, record in enumerate(free) if place not in gone]
    records = in_page_order([*verdict.records, *published_again(each.record for each in kept)], config)
    return tuple(records), tuple(kept)


# Which signs count for which broken rows.
_ALONE: tuple[Key, ...] = (lambda record: (fold(record.name),), lambda record: (address_key(record.url),))
_NAMELESS: tuple[Key, ...] = (lambda record: (record.category, fold(record.producer)),)
_SIGNS: tuple[tuple[tuple[Key, ...], Callable[[Broken], bool]], ...] = (
    ((_identity, *_CHANGED, *_ALONE), lambda _: True),
    (_NAMELESS, lambda broken: broken.has_damaged_name),
)


def _may_stay(record: Record, config: Config) -> bool:
    is_known = record.category in config.theme_of and record.status in config.labels("status")
    return is_known and record.name != WITHHELD


def _paired(old: Sequence[Record], new: Sequence[Record], keys: Iterable[Key]) -> list[tuple[int, int]]:
    """Positions of the same dataset on both sides, in the order of `new`. Each key looks at what is not paired yet."""
    free_old: Sequence[int] = range(len(old))
    free_new: Sequence[int] = range(len(new))
    pairs: list[tuple[int, int]] = []
    for key in keys:
        before, after = _by_key(old, free_old, key), _by_key(new, free_new, key)
        found = [
            (before[sign][0], places[0])
            for sign, places in after.items()
            if len(places) == 1 and len(before.get(sign, ())) == 1
        ]
        pairs += found
        old_found, new_found = {place for place, _ in found}, {place for _, place in found}
        free_old = [place for place in free_old if place not in old_found]
        free_new = [place for place in free_new if place not in new_found]
        if not free_old or not free_new:
            break
    return sorted(pairs, key=lambda pair: pair[1])


def _by_key(records: Sequence[Record], free: Iterable[int], key: Key) -> dict[tuple[str, ...], list[int]]:
    places: dict[tuple[str, ...], list[int]] = {}
    for place in free:
        record = records[place]
        if record.is_placeholder and key is not _identity:
            continue  # nothing but its place tells one « A venir » from another
        sign = key(record)
        if all(sign[:2]):  # the identity of a dataset without a producer counts
            places.setdefault(sign, []).append(place)
    return places


# --- what was published ------------------------------------------------------------------------------------------

WITHHELD = "(retiré)"  # what stands, of what was published, for what may not be repeated


def as_of_today(published: Iterable[Record], config: Config) -> tuple[Record, ...]:
    """Published records under the labels that config.toml has now, without what may not be repeated.

    An old label is an alias of the new one. What went online before anything here could recognise it leaves the page.
    """
    today = [_Today(config.lookup.get(field, {}) if field != "theme" else {}) for field in config.fields]

    def as_named(record: Record) -> Record:
        texts = [labels[text] for labels, text in zip(today, (*record[:-1], *record.extra), strict=False)]
        named = Record._make((*texts[: len(ROLES)], tuple(texts[len(ROLES) :])))
        return named._replace(theme=config.theme_of.get(named.category, named.theme))

    return tuple(map(as_named, published))


class _Today(dict[Any, str]):
    """A published text → the label that config.toml has for it now. A text is looked at once."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        super().__init__()
        self.labels = labels

    def __missing__(self, text: str) -> str:
        label = self[text] = WITHHELD if content_fault(text) else self.labels.get(fold(text), text)
        return label


def published_again(published: Iterable[Record]) -> list[Record]:
    """The published records, as they may be published again: a cell that was withheld is empty.

    Of a record whose name was withheld nothing is left.
    """
    return [
        Record._make(_shown(part) if isinstance(part, str) else tuple(map(_shown, part)) for part in record)
        for record in published
        if record.name != WITHHELD
    ]


def _shown(text: str) -> str:
    return "" if text == WITHHELD else text
