"""Published × new records → changes; and the last good version of a broken row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import TypeVar

from job.config import Config
from job.content import content_fault
from job.model import ROLES, Change, Finding, Kind, Record, Verdict
from job.rules.address import address_key
from job.rules.judge import in_page_order
from job.text import fold

WITHHELD = "(retiré)"  # in published records, in the place of a text that may not be repeated

T = TypeVar("T")
Key = Callable[[Record], tuple[object, ...]]  # what may be the same of one dataset on both sides


def _identity(record: Record) -> tuple[object, ...]:
    return record.category, fold(record.name), fold(record.producer), record.is_placeholder


# How a dataset is recognised, from the surest key to the least. A key counts only when it points to one dataset on each
# side, and when neither of its parts is empty.
_KEYS: tuple[Key, ...] = (
    tuple,  # whole records: nearly every dataset is as it was
    _identity,
    lambda record: (record.category, fold(record.name)),  # another producer
    lambda record: (record.category, address_key(record.url)),  # a rename
    lambda record: (fold(record.name), address_key(record.url)),  # a move
    lambda record: (fold(record.name), fold(record.producer)),  # a move, and another address
)
# Of broken rows only: before the keys above, what tells two of one name apart; after them, a single cell. Rows that say
# the same share a key: see `_paired`.
_ALL_CELLS: tuple[Key, ...] = (lambda record: (*_identity(record), address_key(record.url)),)
_ONE_CELL: tuple[Key, ...] = (lambda record: (fold(record.name),), lambda record: (address_key(record.url),))
_NAMELESS: tuple[Key, ...] = (lambda record: (record.category, fold(record.producer)),)


def compare(published: Sequence[Record], records: Sequence[Record]) -> tuple[Change, ...]:
    """What publishing `records` would change, by kind, then in page order."""
    pairs, removed, added = _paired(published, records, _KEYS, lambda record: record, shared=False)
    changed = [Change(_kind(old, new), old, new) for old, new in pairs if old != new]
    changed.sort(key=lambda change: list(Kind).index(change.kind))
    gone = [Change(Kind.REMOVED, record, record) for record in removed]
    return (*gone, *changed, *(Change(Kind.ADDED, record, record) for record in added))


def _kind(old: Record, new: Record) -> Kind:
    if old.category != new.category:
        return Kind.MOVED
    return Kind.MODIFIED if old.name == new.name else Kind.RENAMED


def keep_last_good_versions(
    published: Sequence[Record], verdict: Verdict, config: Config
) -> tuple[tuple[Record, ...], tuple[Finding, ...]]:
    """The new records, with the last published version of each broken row that was published; and what breaks those.

    A broken row stands for the published dataset that its name or its address points to, or its producer and category
    when its name cell is damaged. Rows that say the same stand for several, if those are no more than the rows.
    """
    if not published or not verdict.broken:
        return verdict.records, ()
    gone = (change.old for change in compare(published, verdict.records) if change.kind is Kind.REMOVED)
    free = [record for record in gone if _may_stay(record, config)]
    keys = (*_ALL_CELLS, *_KEYS, *_ONE_CELL)
    named, free, left = _paired(free, verdict.broken, keys, lambda row: row.record, shared=True)
    damaged = [row for row in left if row.has_damaged_name]
    nameless, _, _ = _paired(free, damaged, _NAMELESS, lambda row: row.record, shared=False)
    kept = [*named, *nameless]
    records = in_page_order([*verdict.records, *published_again(record for record, _ in kept)], config)
    return tuple(records), tuple(row.finding for _, row in kept)


def _may_stay(record: Record, config: Config) -> bool:
    is_known = record.category in config.theme_of and record.status in config.status
    return is_known and record.name != WITHHELD and not record.is_placeholder


def _paired(
    old: Sequence[Record], new: Sequence[T], keys: Iterable[Key], record_of: Callable[[T], Record], *, shared: bool
) -> tuple[list[tuple[Record, T]], list[Record], list[T]]:
    """The same dataset on both sides, in the order of `new`; what is only on the old side; only on the new one.

    Each key looks at what is not paired yet. `shared`: several may have the same, and are paired in any order.
    """
    free_old, free_new = dict(enumerate(old)), dict(enumerate(map(record_of, new)))
    pairs: dict[int, int] = {}  # position in `new` → position in `old`
    for key in keys if old else ():
        before, after = _by_key(free_old, key), _by_key(free_new, key)
        for value, news in after.items():
            olds = before.get(value, ())
            if olds and len(olds) <= len(news) and (shared or len(news) == 1):
                pairs.update(zip(news, olds, strict=False))
                for position in olds:
                    del free_old[position]
                for position in news:
                    del free_new[position]
    both = [(old[pairs[position]], new[position]) for position in sorted(pairs)]
    return both, list(free_old.values()), [new[position] for position in free_new]


def _by_key(records: Mapping[int, Record], key: Key) -> dict[tuple[object, ...], list[int]]:
    """The key's value → the positions of the records that have it."""
    positions: dict[tuple[object, ...], list[int]] = {}
    for position, record in records.items():
        if record.is_placeholder and key not in (tuple, _identity):
            continue  # nothing but its category tells one « A venir » from another
        value = key(record)
        if all(value[:2]):  # the identity of a dataset without a producer counts
            positions.setdefault(value, []).append(position)
    return positions


# --- what was published ------------------------------------------------------------------------------------------


def under_current_labels(published: Iterable[Record], config: Config) -> tuple[Record, ...]:
    """Published records under the labels that config.toml has now, without what may not be repeated.

    An old label is an alias of the new one. What went online before anything here could recognise it leaves the page.
    """

    @cache  # each text is judged once
    def current(field: str, text: str) -> str:
        label = config.lookup[field].get(fold(text), text) if field in config.lookup else text
        return WITHHELD if content_fault(text) else label

    def renamed(record: Record) -> Record:
        theme, category, *texts = map(current, config.fields, (*record[:-1], *record.extra))
        roles, extra = texts[: len(ROLES) - 2], tuple(texts[len(ROLES) - 2 :])
        return Record._make((config.theme_of.get(category, theme), category, *roles, extra))

    return tuple(map(renamed, published))


def published_again(published: Iterable[Record]) -> list[Record]:
    """The published records, with withheld cells empty; without the records whose name is withheld."""

    def shown(text: str) -> str:
        return "" if text == WITHHELD else text

    there = (record for record in published if record.name != WITHHELD)
    return [Record._make((*map(shown, record[:-1]), tuple(map(shown, record.extra)))) for record in there]
