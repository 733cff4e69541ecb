"""Published Records × new Records → Changes; the guards; the last good version of a broken row."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from job.address import address_key
from job.content import content_faults
from job.model import RECORD_COLUMNS, REFUSED, JobError, records_in
from job.text import fold
from job.validate import Validation, count_datasets, in_page_order

if TYPE_CHECKING:
    from job.config import Config


class Dataset(NamedTuple):
    """One record; its fields are model.RECORD_COLUMNS."""

    theme: str
    category: str
    name: str
    producer: str
    ministry: str
    status: str
    url: str

    @property
    def is_placeholder(self) -> bool:
        """Whether it only says that something is to come: its name is its status, and nothing else is given."""
        return bool(self.name) and self.name == self.status and not (self.producer or self.ministry or self.url)


class Pair(NamedTuple):
    """The same dataset, as published and as it would be."""

    old: Dataset
    new: Dataset

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that differ. The theme follows from the category."""
        return tuple(field for field in RECORD_COLUMNS[1:] if getattr(self.old, field) != getattr(self.new, field))


@dataclass(frozen=True)
class Kept:
    """A published dataset whose row is broken in the sheet: it stays as published."""

    dataset: Dataset
    tab: str
    cell: str  # what breaks it
    column: str  # its title
    link: str


@dataclass(frozen=True)
class Changes:
    """What would differ on the page, in page order."""

    removed: tuple[Dataset, ...]
    modified: tuple[Pair, ...]  # neither renamed nor moved
    renamed: tuple[Pair, ...]  # another name in the same category
    moved: tuple[Pair, ...]  # another category
    added: tuple[Dataset, ...]
    unchanged: int

    def __bool__(self) -> bool:
        return bool(self.removed or self.modified or self.renamed or self.moved or self.added)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Every dataset that is on both sides and differs."""
        return (*self.modified, *self.renamed, *self.moved)


Key = Callable[[Dataset], tuple[str, ...]]


def _identity(dataset: Dataset) -> tuple[str, ...]:
    if not (dataset.category and dataset.name):
        return ()
    kind = "to come" if dataset.is_placeholder else "by " + fold(dataset.producer)
    return dataset.category, "named " + fold(dataset.name), kind


# How a dataset is recognised when its identity has changed: from the surest sign to the least. A sign counts only
# when it points to one dataset on each side, and when none of its parts is empty.
_SIGNS: tuple[Key, ...] = (
    lambda dataset: (dataset.category, fold(dataset.name)),  # another producer
    lambda dataset: (dataset.category, address_key(dataset.url)),  # another name
    lambda dataset: (fold(dataset.name), address_key(dataset.url)),  # another category
    lambda dataset: (fold(dataset.name), fold(dataset.producer)),  # another category and address
)


def under_todays_names(published: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Published records, their labels renamed as config.toml has been since: an old name is an alias of the new one."""
    named = published.copy()
    for field in ("category", "status", "ministry", "producer"):
        lookup = config.lookup[field]
        today = {text: lookup.get(fold(text), text) for text in set(published[field])}
        named[field] = [today[text] for text in published[field]]
    named["theme"] = [
        config.theme_of.get(label, theme) for label, theme in zip(named["category"], published["theme"], strict=True)
    ]
    return named


WITHHELD = "(retiré)"  # what stands, of what was published, for what may not be repeated


def fit_to_repeat(published: pd.DataFrame) -> pd.DataFrame:
    """Published records without what may not be repeated: it went online before anything here could recognise it."""
    fit = published.copy()
    for field in RECORD_COLUMNS:
        texts = list(set(published[field]))
        unfit = {text for text, fault in zip(texts, content_faults(texts), strict=True) if fault}
        if unfit:
            fit[field] = [WITHHELD if text in unfit else text for text in published[field]]
    return fit


def without_withheld(records: pd.DataFrame) -> pd.DataFrame:
    """The same records, as they may be published: a cell that was withheld is empty."""
    shown = records.copy()
    for field in ("producer", "ministry", "url"):
        shown[field] = ["" if text == WITHHELD else text for text in records[field]]
    return shown


def compare(published: pd.DataFrame, records: pd.DataFrame) -> Changes:
    """What publishing `records` would change."""
    old, new = _datasets(published), _datasets(records)
    pairs = _paired(old, new, [(key, range(len(new))) for key in (_identity, *_SIGNS)])
    differing = [Pair(old[before], new[after]) for before, after in pairs if old[before] != new[after]]
    gone, come = {before for before, _ in pairs}, {after for _, after in pairs}
    return Changes(
        removed=tuple(dataset for place, dataset in enumerate(old) if place not in gone),
        modified=tuple(pair for pair in differing if not {"category", "name"} & set(pair.fields)),
        renamed=tuple(pair for pair in differing if "name" in pair.fields and "category" not in pair.fields),
        moved=tuple(pair for pair in differing if "category" in pair.fields),
        added=tuple(dataset for place, dataset in enumerate(new) if place not in come),
        unchanged=len(pairs) - len(differing),
    )


def keep_last_good_versions(
    published: pd.DataFrame, validation: Validation, config: Config
) -> tuple[pd.DataFrame, tuple[Kept, ...]]:
    """The new records with, for each broken row that was published, its last published version; and which those are."""
    if published.empty or validation.broken.empty:
        return validation.records, ()
    known = set(config.theme_of)
    old = [
        dataset
        for dataset in _datasets(published)
        if dataset.category in known and WITHHELD not in (dataset.category, dataset.name, dataset.status)
    ]
    sound, broken = _datasets(validation.records), _datasets(validation.broken)
    is_sound, is_broken = range(len(sound)), range(len(sound), len(sound) + len(broken))
    nameless = [place for place, dataset in enumerate(broken, start=len(sound)) if not dataset.name]
    elsewhere = [place for place, dataset in enumerate(broken, start=len(sound)) if not dataset.category]
    steps: list[tuple[Key, Iterable[int]]] = [
        (_identity, is_sound),  # a broken row never claims what a sound one holds for sure,
        (_identity, is_broken),  # nor a sound one, by a weaker sign, what a broken one holds for sure
        *((sign, is_sound) for sign in _SIGNS),
        *((sign, is_broken) for sign in _SIGNS),
        (lambda dataset: (fold(dataset.name),), elsewhere),
        (lambda dataset: (dataset.category, fold(dataset.producer)), nameless),
        # as many rows that tell nothing as datasets that are missing: those are they
        (lambda dataset: (dataset.category,), nameless),
        (lambda _: ("anywhere",), [place for place in nameless if place in elsewhere]),
    ]
    pairs = [
        (before, after - len(sound))
        for before, after in _paired(old, [*sound, *broken], steps, len(sound))
        if after in is_broken
    ]
    cells = list(validation.broken[["tab", "cell", "column", "link"]].itertuples(index=False, name=None))
    kept = tuple(Kept(old[before], *cells[after]) for before, after in sorted(pairs))
    if not kept:
        return validation.records, ()
    frame = without_withheld(pd.DataFrame([each.dataset for each in kept], columns=list(RECORD_COLUMNS)))
    return in_page_order(pd.concat([validation.records, frame]), config), kept


def _datasets(frame: pd.DataFrame) -> list[Dataset]:
    return [Dataset(*record) for record in records_in(frame)]


def _paired(
    old: Sequence[Dataset],
    new: Sequence[Dataset],
    steps: Iterable[tuple[Key, Iterable[int]]],
    groups_from: float = math.inf,
) -> list[tuple[int, int]]:
    """Positions of the same dataset on both sides, in the order of `new`.

    Each step looks, with its key, among those of `new` at these positions that are not paired yet. From position
    `groups_from` on, as many on one side as on the other will do: which is which does not matter there.
    """
    free_old, free_new = set(range(len(old))), set(range(len(new)))
    pairs: list[tuple[int, int]] = []
    for key, places in steps:
        if not free_old:
            break
        before = _by_key(old, free_old, key)
        after = _by_key(new, free_new.intersection(places), key)
        found = [
            pair
            for sign, here in after.items()
            if len(here) == len(before.get(sign, ())) and (len(here) == 1 or here[0] >= groups_from)
            for pair in zip(before[sign], here, strict=True)
        ]
        free_old.difference_update(place for place, _ in found)
        free_new.difference_update(place for _, place in found)
        pairs += found
    return sorted(pairs, key=lambda pair: pair[1])


def _by_key(datasets: Sequence[Dataset], free: set[int], key: Key) -> dict[tuple[str, ...], list[int]]:
    places: dict[tuple[str, ...], list[int]] = {}
    for place in sorted(free):
        dataset = datasets[place]
        if dataset.is_placeholder and key is not _identity:
            continue  # nothing but its place tells one « A venir » from another
        sign = key(dataset)
        if sign and all(sign):
            places.setdefault(sign, []).append(place)
    return places


# --- guards ------------------------------------------------------------------------------------------------------

_NOTHING_CHANGED = "La page n'a pas été modifiée."
_RESTORE = (
    "Rétablissez le tableau depuis son historique ; si c'est voulu, relevez guards.max_scrambled_share dans "
    "config.toml le temps d'une nuit."
)


def refuse_suspicious(
    published: pd.DataFrame,
    records: pd.DataFrame,
    changes: Changes,
    kept: Sequence[Kept],
    config: Config,
    *,
    accept_removals: bool,
) -> None:
    """Let a night through, or not.

    Raises:
        JobError: exit code 3, for changes that are more likely an accident than somebody's wish.
    """
    datasets, before = count_datasets(records, config), count_datasets(published, config)
    if datasets == 0:
        raise _refusal("Le tableau ne contient aucun jeu de données publiable. Vérifiez qu'il n'a pas été vidé.")
    if datasets < config.guards.min_rows:
        raise _refusal(
            f"Le tableau ne contient que {datasets} jeux de données publiables (minimum : {config.guards.min_rows}). "
            "Si c'est voulu, abaissez guards.min_rows dans config.toml."
        )
    removed = sum(not dataset.is_placeholder for dataset in changes.removed)
    share = config.guards.max_removed_share
    if not accept_removals and removed > max(config.guards.max_removed_floor, share * before):
        raise _refusal(
            f"{removed} lignes publiées sur {before} ont disparu du tableau (plafond : {share * 100:.0f}\u202f%). "
            "Rétablissez-les depuis l'historique du tableau ; si c'est voulu, relancez avec --accept-removals."
        )
    on_both_sides = len(changes.pairs) + changes.unchanged
    ceiling = max(config.guards.max_removed_floor, config.guards.max_scrambled_share * on_both_sides)
    _refuse_broken_columns(kept, on_both_sides, ceiling)
    _refuse_emptied_columns(changes, config, on_both_sides, ceiling)
    _refuse_swapped_columns(changes, config, on_both_sides, ceiling)
    _refuse_scrambled_columns(changes, config, on_both_sides, ceiling)
    _refuse_filled_down_columns(published, changes, config, on_both_sides, ceiling)


def _changed_values(changes: Changes, field: str) -> list[tuple[str, str]]:
    """What this column held and holds, of the datasets in which it changed."""
    return [(getattr(pair.old, field), getattr(pair.new, field)) for pair in changes.pairs if field in pair.fields]


def _refuse_broken_columns(kept: Sequence[Kept], on_both_sides: int, ceiling: float) -> None:
    """A column that was emptied, replaced or sorted alone leaves the page as it was, and nobody would know."""
    for column, count in Counter(each.column for each in kept).most_common(1):
        if count > ceiling:
            raise _refusal(
                f"{count} lignes publiées sur {on_both_sides} ne peuvent plus être lues ({column}), comme si la "
                "colonne avait été vidée, remplacée ou triée sans les autres. Rétablissez le tableau depuis son "
                "historique ; si une liste de config.toml a changé, gardez-y les anciens noms comme alias."
            )


def _refuse_swapped_columns(changes: Changes, config: Config, on_both_sides: int, ceiling: float) -> None:
    """Two columns whose titles or contents changed places."""
    for one, other in (("name", "producer"), ("name", "ministry"), ("producer", "ministry")):
        swapped = sum(
            getattr(pair.new, one) == getattr(pair.old, other) != getattr(pair.old, one)
            and getattr(pair.new, other) == getattr(pair.old, one)
            for pair in changes.pairs
        )
        if swapped > ceiling:
            raise _refusal(
                f"{swapped} lignes sur {on_both_sides} ont échangé deux colonnes ({config.title(one)}, "
                f"{config.title(other)}). Remettez chaque colonne sous son titre."
            )


def _refuse_emptied_columns(changes: Changes, config: Config, on_both_sides: int, ceiling: float) -> None:
    """A column that lost its content, or its title when that title is not required."""
    silence = {"producer": "", "ministry": "", "status": config.placeholder, "url": ""}
    for field, nothing in silence.items():
        lost = sum(new == nothing for _, new in _changed_values(changes, field))
        if lost > ceiling:
            raise _refusal(
                f"{lost} lignes sur {on_both_sides} ont perdu leur valeur ({config.title(field)}), comme si la colonne "
                f"avait été vidée ou renommée. {_RESTORE}"
            )


def _refuse_scrambled_columns(changes: Changes, config: Config, on_both_sides: int, ceiling: float) -> None:
    """A column that was sorted alone deals the same values out to other rows; a real campaign brings new values."""
    scrambled: dict[str, int] = {}
    for field in ("category", "name", "producer", "ministry", "url"):  # statuses move on together, and are few
        dealt = _changed_values(changes, field)
        dealt_again = Counter(old for old, _ in dealt) & Counter(new for _, new in dealt)
        if len(dealt) > ceiling and dealt_again.total() * 2 >= len(dealt):
            scrambled[config.title(field)] = len(dealt)
    if scrambled:
        raise _refusal(
            f"{max(scrambled.values())} lignes sur {on_both_sides} ont échangé leurs valeurs ({', '.join(scrambled)}), "
            f"comme si une colonne avait été triée sans les autres. {_RESTORE}"
        )


def _refuse_filled_down_columns(
    published: pd.DataFrame, changes: Changes, config: Config, on_both_sides: int, ceiling: float
) -> None:
    """A cell that was dragged over those below it, as it is or counting up; a real campaign brings new values."""
    for field in ("name", "producer", "ministry", "url"):  # statuses move on together, and are few
        # To fill in what was empty is no accident.
        changed = [(old, new) for old, new in _changed_values(changes, field) if old and new]
        count = max(_copied(changed, set(published[field]), field), _counted_up(changed))
        if count > ceiling:
            raise _refusal(
                f"{count} lignes sur {on_both_sides} ont reçu la même valeur, ou des valeurs qui se suivent "
                f"({config.title(field)}), comme si une cellule avait été recopiée vers le bas. {_RESTORE}"
            )


def _copied(changed: Sequence[tuple[str, str]], published: set[str], field: str) -> int:
    """How many rows took over one value that stood elsewhere, in the place of several (of one: it was renamed)."""
    for value, count in Counter(new for _, new in changed).most_common(1):
        overwritten = {old for old, new in changed if new == value}
        if len(overwritten) > 2 and (value in published or field in ("name", "url")):  # noqa: PLR2004
            return count
    return 0


_FIGURES = re.compile(r"[0-9]+")


def _counted_up(changed: Sequence[tuple[str, str]]) -> int:
    """How many rows have the same value but for their last figure, which is a new one and follows another's."""
    numbers: dict[str, set[int]] = {}  # by what is the same but for its figures
    for old, new in changed:
        before, after = _FIGURES.findall(old), _FIGURES.findall(new)
        if after and after[-1:] != before[-1:]:
            numbers.setdefault(_FIGURES.sub("0", new), set()).add(int(after[-1][:18]))
    dense = (len(found) for found in numbers.values() if max(found) - min(found) < 2 * len(found))
    return max(dense, default=0)


def _refusal(reason: str) -> JobError:
    return JobError(f"{reason} {_NOTHING_CHANGED}", REFUSED)
