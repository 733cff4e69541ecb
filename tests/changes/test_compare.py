"""Published rows × new rows: what changed, and which last good versions stay."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import copy_project, replace_once, row, sheet
from hypothesis import given
from hypothesis import strategies as st
from nights import play, published_from

from job.changes.compare import WITHHELD, compare, keep_last_good_versions, published_again, under_current_labels
from job.config import Config
from job.config_file import load_config
from job.model import Broken, Change, Finding, Kind, Record, Severity, Verdict

A = Record("Données géospatiales", "Adresses", "A", "IGN", "", "Disponible", "https://x.fr/A")
B, C = (A._replace(name=name, url=f"https://x.fr/{name}") for name in "BC")


def kinds(changes: Iterable[Change]) -> set[str]:
    return {change.kind.name.lower() for change in changes}


@pytest.mark.parametrize(
    ("case", "becomes", "told"),
    [
        ("nothing", {}, set()),
        ("status", {"status": "Planifié"}, {"modified"}),
        ("address", {"url": "https://x.fr/autre"}, {"modified"}),
        ("producer, told by category and name", {"producer": "BRGM", "url": ""}, {"modified"}),
        ("spelling of the name", {"name": "a"}, {"renamed"}),
        ("name, told by the address", {"name": "Tout autre"}, {"renamed"}),
        ("name and scheme of the address", {"name": "Z", "url": "http://x.fr/A/"}, {"renamed"}),
        ("category, told by name and address", {"category": "Bâtiments"}, {"moved"}),
        ("category and producer", {"category": "Bâtiments", "producer": ""}, {"moved"}),
        ("category and address", {"category": "Bâtiments", "url": ""}, {"moved"}),
        ("everything but the category", {"name": "Z", "url": "https://x.fr/Z"}, {"removed", "added"}),
    ],
)
def test_each_change_is_told_for_what_it_is(case: str, becomes: Mapping[str, Any], told: set[str]) -> None:
    assert kinds(compare([A, B], [A._replace(**becomes), B])) == told, case


def test_the_theme_follows_from_the_category_and_is_no_change_of_its_own(config: Config) -> None:
    (change,) = compare([A], [A._replace(theme="Données météorologiques", category="Données radar")])
    assert config.changed(change) == ("category",)


def test_the_same_rows_in_any_order_are_no_change() -> None:
    rows = [A._replace(name=f"{n}", url=f"https://x.fr/{n}") for n in range(20)]
    assert compare(rows, random.Random(1).sample(rows, 20)) == ()  # noqa: S311


@pytest.mark.parametrize(
    ("case", "old", "new"),
    [
        ("two candidates are no rename", [A, B._replace(url=A.url)], [C._replace(url=A.url)]),
        ("empty addresses pair nothing", [A._replace(url="")], [B._replace(url="")]),
        ("a first page only adds", [], [A, B]),
    ],
)
def test_what_cannot_be_told_apart_is_removed_and_added(case: str, old: list[Record], new: list[Record]) -> None:
    removed, added = ([Change(kind, it, it) for it in side] for kind, side in ((Kind.REMOVED, old), (Kind.ADDED, new)))
    assert compare(old, new) == (*removed, *added), case


def test_rows_that_only_say_something_is_to_come_pair_with_each_other_alone() -> None:
    to_come = Record(A.theme, A.category, "A venir", "", "", "A venir", "")
    unnamed = to_come._replace(ministry="M", status="Planifié")
    assert not compare([unnamed, to_come], [unnamed, to_come])
    assert compare([unnamed, to_come], [to_come]) == (Change(Kind.REMOVED, unnamed, unnamed),)


RECORDS = st.builds(
    Record,
    st.just(A.theme),
    st.sampled_from(["Adresses", "Bâtiments"]),
    st.sampled_from(["A", "a", "B", "A venir"]),
    st.sampled_from(["", "IGN"]),
    st.just(""),
    st.sampled_from(["Disponible", "A venir"]),
    st.sampled_from(["", "https://x.fr/1", "https://x.fr/2"]),
    extra=st.just(()),
)
ANY_ROWS = st.lists(RECORDS, max_size=8, unique_by=lambda it: (it.category, it.name.lower(), it.producer))


@given(old=ANY_ROWS, new=ANY_ROWS)
def test_every_row_is_told_once_on_each_side(old: list[Record], new: list[Record]) -> None:
    changes = compare(old, new)
    gone = Counter(it.old for it in changes if it.kind is not Kind.ADDED)
    come = Counter(it.new for it in changes if it.kind is not Kind.REMOVED)
    assert Counter(old) - gone == Counter(new) - come
    assert (gone <= Counter(old), come <= Counter(new)) == (True, True)
    assert compare(old, old) == ()


# --- broken rows -------------------------------------------------------------------------------------------------

BROKEN = Finding(Severity.BLOCKING, "statut-inconnu", "p.", cell="F9", row=9, column="Statut")


def kept_names(
    published: list[Record], sound: list[Record], broken: Record, config: Config, *, has_damaged_name: bool = False
) -> tuple[list[str], list[str]]:
    """The names of what would be published, and of what is kept of it."""
    verdict = Verdict(tuple(sound), (Broken(broken, BROKEN, has_damaged_name),), (BROKEN,), len(sound) + 1)
    records, kept = keep_last_good_versions(published, verdict, config)
    stays = [record.name for record in records if record not in sound]
    assert kept == (BROKEN,) * len(stays)
    return [record.name for record in records], stays


NOTHING = Record("", "", "", "", "", "", "")


@pytest.mark.parametrize(
    ("case", "broken", "has_damaged_name", "kept"),
    [
        ("it says all but the status", A._replace(status=""), False, ["A"]),
        ("it says all but the category", A._replace(category="", theme=""), False, ["A"]),
        ("it says its name alone", NOTHING._replace(name="A"), False, ["A"]),
        ("it says its address alone", NOTHING._replace(url=A.url), False, ["A"]),
        ("its name is damaged, its address is not", A._replace(name=""), True, ["A"]),
        ("its name is damaged; category and producer are left", A._replace(name="", url=""), True, ["A"]),
        ("its name was taken away; category and producer are left", A._replace(name="", url=""), False, []),
        ("it says its category alone", NOTHING._replace(category=A.category), False, []),
        ("it says nothing", NOTHING, True, []),
        ("it has a name of its own", C._replace(category="", url=""), False, []),
    ],
)
def test_a_broken_row_keeps_the_published_dataset_that_it_still_points_to(
    case: str, broken: Record, has_damaged_name: bool, kept: list[str], config: Config
) -> None:
    found = kept_names([A, B], [B], broken, config, has_damaged_name=has_damaged_name)
    assert found == ([*kept, "B"], kept), case


@pytest.mark.parametrize(
    ("case", "published", "sound", "broken", "names", "kept"),
    [
        ("it was never published", [B], [B], C._replace(status=""), ["B"], []),
        ("a sound row holds that dataset", [A], [A], A._replace(status=""), ["A"], []),
        (
            "its name points to two datasets",
            [A, A._replace(category="Bâtiments")],
            [],
            NOTHING._replace(name="A"),
            [],
            [],
        ),
        # The sound newcomer shares its category and address: a weaker sign than the broken row's own name.
        ("a newcomer has its address", [A], [B._replace(url=A.url)], A._replace(status=""), ["B"], []),
        ("its category is gone", [A._replace(category="Routes")], [B], A._replace(category="Routes"), ["B"], []),
        ("its status is gone", [A._replace(status="Ouvert")], [B], A._replace(status="Ouvert"), ["B"], []),
    ],
)
def test_it_keeps_nothing_when(
    case: str,
    published: list[Record],
    sound: list[Record],
    broken: Record,
    names: list[str],
    kept: list[str],
    config: Config,
) -> None:
    assert kept_names(published, sound, broken, config) == (names, kept), case


@pytest.mark.parametrize("mistake", [{"status": "Ouvrable"}, {"category": "Occupation"}, {"category": "", "url": ""}])
@pytest.mark.parametrize("twice", [1, 2])  # a third row with the same mistake takes nothing away
def test_rows_alike_that_break_together_are_all_kept(mistake: dict[str, str], twice: int, config: Config) -> None:
    rows = [row(), row(category="Bâtiments")]
    published = published_from(rows, config)
    night = play(sheet(*(each | mistake for each in rows * twice)), config, published)
    assert (len(night.kept), night.records) == (2, published)


def test_a_row_that_breaks_twice_stands_for_no_other_dataset(config: Config) -> None:
    rows = [row(), row(category="Bâtiments")]
    twice = [rows[0] | {"status": "Ouvrable"}] * 2  # and the other was deleted
    published = published_from(rows, config)
    assert play(sheet(*twice), config, published).records == published[:1]


def test_rows_of_one_name_that_break_together_stand_each_for_its_own_dataset(config: Config) -> None:
    rows = [row(producer=""), row(producer="Insee", url="https://x.fr/B")]
    broken = [each | {"status": "Ouvrable", "producer": ""} for each in rows]
    published = published_from(rows, config)
    assert play(sheet(*broken), config, published).records == published


def test_damaged_names_keep_nothing_where_they_may_be_those_of_other_datasets(config: Config) -> None:
    rows = [row(name=name, url="") for name in "AB"]
    damaged = [row(name="#REF!", url="")] * 2  # B was deleted, C is new?
    assert play(sheet(*damaged), config, published_from(rows, config)).records == ()


def test_what_is_deleted_goes_the_same_night_whatever_else_breaks(config: Config) -> None:
    published = published_from([row(name="A"), row(name="B", url="https://x.fr/B")], config)
    night = play(sheet(row(name="Tout autre", status="Ouvrable", url="")), config, published)
    assert (night.records, [(it.kind, it.old.name) for it in night.changes]) == (
        (),
        [(Kind.REMOVED, "A"), (Kind.REMOVED, "B")],
    )


# --- what was published ------------------------------------------------------------------------------------------


def test_a_label_renamed_in_the_configuration_is_the_same_label(tmp_path: Path) -> None:
    path = copy_project(tmp_path)
    replace_once(path, 'label = "Adresses"', 'label = "Adresses postales", aliases = ["Adresses"]')
    assert under_current_labels([A], load_config(path)) == (A._replace(category="Adresses postales"),)


def test_what_may_not_be_repeated_is_withheld_and_its_going_is_a_change(config: Config) -> None:
    online = A._replace(producer="IGN, mdp : hunter2")
    (published,) = under_current_labels([online], config)
    assert published == A._replace(producer=WITHHELD)
    assert published_again([published, A._replace(name=WITHHELD)]) == [A._replace(producer="")]
    assert kinds(compare([published], [A._replace(producer="")])) == {"modified"}
