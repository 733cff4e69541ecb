"""Published rows × new rows: what changed, what is kept, what is refused."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd
import pytest

from job.compare import (
    Changes,
    Dataset,
    Kept,
    compare,
    fit_to_repeat,
    keep_last_good_versions,
    refuse_suspicious,
    under_todays_names,
)
from job.config import Config
from job.model import RECORD_COLUMNS, REFUSED, JobError, no_rows, records_in
from job.validate import Validation, frame_of, in_page_order

GEO = "Données géospatiales"


def dataset(name: str = "Cadastre", category: str = "Adresses", theme: str = GEO, **cells: str) -> Dataset:
    rest = {"producer": "IGN", "ministry": "", "status": "Disponible", "url": f"https://x.fr/{name}", **cells}
    return Dataset(theme, category, name, **rest)


def changes(old: Sequence[Dataset], new: Sequence[Dataset]) -> Changes:
    return compare(frame_of(old), frame_of(new))


A, B, C = dataset("A"), dataset("B"), dataset("C")


@pytest.mark.parametrize(
    ("case", "old", "new", "kind"),
    [
        ("added", A, [A, B], "added"),
        ("removed", A, [], "removed"),
        ("status", A, [A._replace(status="Planifié")], "modified"),
        ("address", A, [A._replace(url="https://x.fr/autre")], "modified"),
        ("producer, told by category and name", A, [A._replace(producer="BRGM", url="")], "modified"),
        ("spelling of the name", A, [A._replace(name="a")], "renamed"),
        ("name, told by the address", A, [A._replace(name="Tout autre")], "renamed"),
        ("name and scheme of the address", A, [A._replace(name="Z", url="http://x.fr/A/")], "renamed"),
        ("category, told by name and address", A, [A._replace(category="Bâtiments")], "moved"),
        ("category and producer", A, [A._replace(category="Bâtiments", producer="")], "moved"),
        ("category and address", A, [A._replace(category="Bâtiments", url="")], "moved"),
        ("everything but the category", A, [A._replace(name="Z", url="https://x.fr/Z")], "removed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_change_is_told_for_what_it_is(case: str, old: Dataset, new: list[Dataset], kind: str) -> None:
    found = changes([old], new)
    told = {name for name in ("added", "removed", "modified", "renamed", "moved") if getattr(found, name)}
    assert told == {kind} | ({"added"} if case == "everything but the category" else set())


def test_the_same_rows_in_any_order_are_no_change() -> None:
    rows = [dataset(str(number)) for number in range(20)]
    found = changes(rows, random.Random(1).sample(rows, len(rows)))  # noqa: S311  the same order every time
    assert not found
    assert found.unchanged == 20


def test_a_change_names_the_fields_that_differ() -> None:
    (pair,) = changes([A], [A._replace(status="Planifié", ministry="X")]).modified
    assert (pair.old, pair.new, pair.fields) == (A, A._replace(status="Planifié", ministry="X"), ("ministry", "status"))


def test_two_candidates_are_no_rename() -> None:
    shared = "https://x.fr/page"
    old = [dataset("A", url=shared), dataset("B", url=shared)]
    found = changes(old, [dataset("C", url=shared)])
    assert (found.removed, found.added, found.renamed) == (tuple(old), (dataset("C", url=shared),), ())


def test_empty_addresses_pair_nothing() -> None:
    found = changes([dataset("A", url="")], [dataset("B", url="")])
    assert (len(found.removed), len(found.added)) == (1, 1)


def test_a_first_page_only_adds() -> None:
    found = compare(no_rows(RECORD_COLUMNS), frame_of([A, B]))
    assert (found.added, found.removed) == ((A, B), ())


def test_rows_that_only_say_something_is_to_come_pair_with_each_other_alone() -> None:
    to_come = Dataset(GEO, "Adresses", "A venir", "", "", "A venir", "")
    unnamed = to_come._replace(ministry="M", status="Planifié")
    assert not changes([unnamed, to_come], [unnamed, to_come])
    assert changes([unnamed, to_come], [to_come]).removed == (unnamed,)


# --- broken rows -------------------------------------------------------------------------------------------------


def validation(sound: Sequence[Dataset], broken: Sequence[Dataset]) -> Validation:
    cells = frame_of(broken).assign(
        tab="Suivi", cell=[f"F{row}" for row in range(2, 2 + len(broken))], column="Statut", link=""
    )
    return Validation(frame_of(sound), cells, (), len(sound) + len(broken))


@pytest.mark.parametrize(
    ("case", "broken"),
    [
        ("status", A._replace(status="")),
        ("category", A._replace(category="", theme="")),
        ("name", A._replace(name="")),
        ("name, without an address", A._replace(name="", url="")),
        ("everything but the name", dataset("A", category="", producer="", url="", theme="")),
        ("everything but the category", Dataset(GEO, "Adresses", "", "", "", "", "")),
        ("everything", Dataset("", "", "", "", "", "", "")),
        ("status and producer", A._replace(status="", producer="")),
    ],
)
def test_a_broken_row_keeps_its_last_published_version(case: str, broken: Dataset, config: Config) -> None:
    records, kept = keep_last_good_versions(frame_of([A, B]), validation([B], [broken]), config)
    assert list(records["name"]) == ["A", "B"], case
    assert [(each.dataset, each.tab, each.cell) for each in kept] == [(A, "Suivi", "F2")]


def test_rows_alike_that_break_together_are_all_kept(config: Config) -> None:
    twice = [A, A._replace(category="Bâtiments")]
    lost = [each._replace(category="", theme="") for each in twice]
    records, kept = keep_last_good_versions(frame_of([*twice, B]), validation([B], lost), config)
    assert sorted(each.dataset for each in kept) == sorted(twice)
    assert len(records) == 3


def test_rows_that_tell_nothing_keep_what_is_missing_when_there_are_as_many(config: Config) -> None:
    lost = Dataset("", "", "", "", "", "", "")
    for broken, kept_names in (([lost] * 2, ["A", "B"]), ([lost], []), ([lost] * 3, [])):
        _, kept = keep_last_good_versions(frame_of([A, B, C]), validation([C], broken), config)
        assert [each.dataset.name for each in kept] == kept_names


def test_a_row_with_a_name_of_its_own_keeps_no_other(config: Config) -> None:
    neuf = dataset("Neuf", category="", theme="", url="")
    _, kept = keep_last_good_versions(frame_of([A, B]), validation([B], [neuf]), config)
    assert kept == ()


def test_a_broken_row_that_was_never_published_keeps_nothing(config: Config) -> None:
    records, kept = keep_last_good_versions(frame_of([B]), validation([B], [dataset("Neuf", status="")]), config)
    assert (list(records["name"]), kept) == (["B"], ())


def test_a_row_that_left_the_sheet_is_not_kept(config: Config) -> None:
    records, kept = keep_last_good_versions(frame_of([A, B]), validation([B], []), config)
    assert (list(records["name"]), kept) == (["B"], ())


def test_a_broken_row_is_not_taken_for_the_old_name_of_a_sound_one(config: Config) -> None:
    # The sound newcomer shares its category and address: a weaker sign than the broken row's own name.
    newcomer = dataset("Nouveau", url=A.url)
    records, kept = keep_last_good_versions(frame_of([A]), validation([newcomer], [A._replace(status="")]), config)
    assert [each.dataset for each in kept] == [A]
    assert sorted(records["name"]) == ["A", "Nouveau"]


def test_a_broken_row_does_not_take_what_a_sound_row_holds(config: Config) -> None:
    records, kept = keep_last_good_versions(frame_of([A]), validation([A], [A._replace(name="", status="")]), config)
    assert (list(records["name"]), kept) == (["A"], ())


def test_nothing_is_kept_in_a_category_that_is_gone(config: Config) -> None:
    gone = A._replace(category="Routes")
    records, kept = keep_last_good_versions(frame_of([gone]), validation([B], [gone._replace(status="")]), config)
    assert (list(records["name"]), kept) == (["B"], ())


# --- guards ------------------------------------------------------------------------------------------------------

MANY = [dataset(f"Jeu {number:03}", producer=f"P{number}", ministry=f"M{number}") for number in range(100)]


def judge(
    old: Sequence[Dataset],
    new: Sequence[Dataset],
    config: Config,
    *,
    accept: bool = False,
    kept: Sequence[Kept] = (),
) -> None:
    published, records = frame_of(old), in_page_order(frame_of(new), config)
    refuse_suspicious(published, records, compare(published, records), kept, config, accept_removals=accept)


def refusal(old: Sequence[Dataset], new: Sequence[Dataset], config: Config, *, accept: bool = False) -> str:
    with pytest.raises(JobError) as caught:
        judge(old, new, config, accept=accept)
    assert caught.value.exit_code == REFUSED
    assert str(caught.value).endswith("La page n'a pas été modifiée.")
    return str(caught.value)


@pytest.mark.parametrize("accept", [False, True])
def test_an_emptied_sheet_is_refused_whatever_is_accepted(accept: bool, config: Config) -> None:  # noqa: FBT001
    assert "aucun jeu de données publiable" in refusal(MANY, [], config, accept=accept)


def test_placeholders_alone_are_nothing_publishable(config: Config) -> None:
    to_come = Dataset(GEO, "Adresses", "A venir", "", "", "A venir", "")
    assert "aucun jeu" in refusal(MANY, [to_come], config)


def test_fewer_rows_than_the_minimum_are_refused(config: Config) -> None:
    strict = replace(config, guards=replace(config.guards, min_rows=50))
    assert "que 40 jeux de données publiables (minimum : 50)" in refusal([], MANY[:40], strict)
    judge([], MANY[:50], strict)


def test_too_many_removals_are_refused_unless_accepted(config: Config) -> None:
    sentence = refusal(MANY, MANY[:79], config)
    assert sentence.startswith("21 lignes publiées sur 100 ont disparu du tableau (plafond : 20\u202f%).")
    judge(MANY, MANY[:79], config, accept=True)
    judge(MANY, MANY[:80], config)


def test_a_handful_may_always_go(config: Config) -> None:
    judge(MANY[:8], MANY[:3], config)
    refusal(MANY[:8], MANY[:2], config)


def test_a_first_run_removes_nothing(config: Config) -> None:
    judge([], MANY, config)


def shifted(field: str, share: float) -> list[Dataset]:
    count = int(len(MANY) * share)
    values = [getattr(each, field) for each in MANY[:count]]
    return [
        *(each._replace(**{field: value}) for each, value in zip(MANY, values[1:] + values[:1], strict=False)),
        *MANY[count:],
    ]


@pytest.mark.parametrize(
    ("field", "columns"),
    [
        ("producer", "Producteur"),
        ("ministry", "Ministère de tutelle"),
        ("url", "URL"),
        ("name", "Producteur, Ministère de tutelle, URL"),  # seen from the name, it is all the others that moved
    ],
)
def test_a_column_sorted_alone_is_refused(field: str, columns: str, config: Config) -> None:
    sentence = refusal(MANY, shifted(field, 0.5), config, accept=True)
    assert sentence.startswith(f"50 lignes sur 100 ont échangé leurs valeurs ({columns}), comme si une colonne")


@pytest.mark.parametrize(
    "change",
    [
        lambda each: each._replace(ministry="Nouveau ministère"),
        lambda each: each._replace(status="Disponible sur data.gouv.fr"),
        lambda each: each._replace(url=each.url.replace("x.fr", "y.fr")),
    ],
    ids=["reshuffle", "status", "new domain"],
)
def test_a_campaign_that_brings_new_values_goes_through(change: Callable[[Dataset], Dataset], config: Config) -> None:
    judge(MANY, [change(each) for each in MANY], config)


def test_placeholders_that_leave_are_no_removals(config: Config) -> None:
    to_come = [Dataset(GEO, category, "A venir", "", "", "A venir", "") for category in list(config.theme_of)[:7]]
    named = [dataset("Jeu", each.category, url="") for each in to_come]
    judge([*named, *to_come], named, config)


def test_statuses_that_all_move_on_go_through(config: Config) -> None:
    steps = {"A venir": "Planifié", "Planifié": "Disponible", "Disponible": "Disponible"}
    old = [each._replace(status=status) for each, status in zip(MANY, list(steps) * 34, strict=False)]
    judge(old, [each._replace(status=steps[each.status]) for each in old], config)


@pytest.mark.parametrize(
    ("field", "nothing", "title"),
    [("url", "", "URL"), ("producer", "", "Producteur"), ("status", "A venir", "Statut")],
)
def test_a_column_that_was_emptied_is_refused(field: str, nothing: str, title: str, config: Config) -> None:
    emptied = [each._replace(**{field: nothing}) for each in MANY]
    assert refusal(MANY, emptied, config).startswith(f"100 lignes sur 100 ont perdu leur valeur ({title})")


@pytest.mark.parametrize("step", [0, 1], ids=["copied", "counting up"])
@pytest.mark.parametrize(
    ("field", "title"),
    [
        ("name", "Nom du jeu de données"),
        ("producer", "Producteur"),
        ("ministry", "Ministère de tutelle"),
        ("url", "URL"),
    ],
)
def test_a_cell_dragged_over_those_below_it_is_refused(field: str, title: str, step: int, config: Config) -> None:
    words = ["".join(letters) for letters in itertools.product("abcdefghij", repeat=2)]
    values = [f"https://x.fr/{word}/1" for word in words]
    old = [each._replace(**{field: value}) for each, value in zip(MANY, values, strict=True)]
    for first, refused in ((60, True), (80, False)):
        dragged = [*values[:first], *(f"https://x.fr/{words[first]}/{1 + step * i}" for i in range(100 - first))]
        new = [each._replace(**{field: value}) for each, value in zip(old, dragged, strict=True)]
        if refused:
            sentence = refusal(old, new, config, accept=True)
            assert f" lignes sur 100 ont reçu la même valeur, ou des valeurs qui se suivent ({title})," in sentence
        else:
            judge(old, new, config)


def test_values_that_count_up_are_refused_whatever_they_were(config: Config) -> None:
    counting = [each._replace(producer=f"Bureau {n}") for n, each in enumerate(MANY)]
    assert "des valeurs qui se suivent (Producteur)" in refusal(
        [e._replace(producer=f"P{e.name}x") for e in MANY], counting, config
    )
    numbered = [each._replace(url=f"https://y.fr/{n * 7}") for n, each in enumerate(MANY)]
    judge(MANY, numbered, config)


def test_a_gap_does_not_hide_that_values_count_up(config: Config) -> None:
    gaps = [each if n % 10 == 0 else each._replace(url=f"https://y.fr/jeu-{n}") for n, each in enumerate(MANY)]
    assert "des valeurs qui se suivent (URL)" in refusal(MANY, gaps, config)


def test_a_value_that_is_new_everywhere_is_refused_where_none_can_be_shared(config: Config) -> None:
    assert "90 lignes sur 100" in refusal(
        MANY, [*MANY[:10], *(each._replace(url="https://y.fr/") for each in MANY[10:])], config
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (lambda n: {"url": f"https://y.fr/rpg-2023-{n}"}, lambda n: {"url": f"https://y.fr/rpg-2024-{n}"}),
        (lambda n: {"ministry": "A" if n < 50 else "B"}, lambda _: {"ministry": "A"}),
        (lambda n: {"producer": f"P{n % 2}"}, lambda _: {"producer": "P0"}),
    ],
    ids=["the year in every address", "a ministry takes in another", "a producer takes in another"],
)
def test_what_is_done_to_one_value_everywhere_goes_through(
    before: Callable[[int], dict[str, str]], after: Callable[[int], dict[str, str]], config: Config
) -> None:
    old = [each._replace(**before(n)) for n, each in enumerate(MANY)]
    judge(old, [each._replace(**after(n)) for n, each in enumerate(MANY)], config)


def test_what_may_not_be_repeated_any_more_is_a_change_like_any_other(config: Config) -> None:
    online = [each._replace(url=f"{each.url}?token=hunter{n}") for n, each in enumerate(MANY)]
    published = fit_to_repeat(frame_of(online))
    records = in_page_order(frame_of([each._replace(url="") for each in MANY]), config)
    changed = compare(published, records)
    assert {(pair.old.url, pair.new.url) for pair in changed.modified} == {("(retiré)", "")}
    with pytest.raises(JobError, match=r"100 lignes sur 100 ont perdu leur valeur \(URL\)"):
        refuse_suspicious(published, records, changed, (), config, accept_removals=False)
    broken = validation([], [online[0]._replace(status="", url="")])
    records, _ = keep_last_good_versions(fit_to_repeat(frame_of(online[:1])), broken, config)
    assert list(records["url"]) == [""]


def test_filling_in_what_was_empty_goes_through(config: Config) -> None:
    blank = [MANY[0], *(each._replace(ministry="") for each in MANY[1:])]
    judge(blank, [each._replace(ministry=MANY[0].ministry) for each in blank], config)


@pytest.mark.parametrize(
    ("one", "other", "titles"),
    [
        ("producer", "ministry", "Producteur, Ministère de tutelle"),
        ("name", "producer", "Nom du jeu de données, Producteur"),
        ("name", "ministry", "Nom du jeu de données, Ministère de tutelle"),
    ],
)
def test_two_columns_that_changed_places_are_refused(one: str, other: str, titles: str, config: Config) -> None:
    swapped = [each._replace(**{one: getattr(each, other), other: getattr(each, one)}) for each in MANY]
    sentence = refusal(MANY, swapped, config, accept=True)
    assert sentence.startswith(f"100 lignes sur 100 ont échangé deux colonnes ({titles}).")


def test_categories_sorted_alone_are_refused(config: Config) -> None:
    labels = list(config.theme_of)[:20]
    old = [each._replace(category=labels[number // 5]) for number, each in enumerate(MANY)]
    new = [each._replace(category=labels[19 - number // 5]) for number, each in enumerate(MANY)]
    assert "lignes sur 100 ont échangé leurs valeurs (Catégorie" in refusal(old, new, config, accept=True)


def test_a_column_that_can_no_longer_be_read_is_refused(config: Config) -> None:
    def broken(count: int) -> list[Kept]:
        return [Kept(each, "Suivi", "B2", "Catégorie", "") for each in MANY[:count]]

    judge(MANY, MANY, config, kept=broken(30))
    with pytest.raises(JobError, match=r"^31 lignes publiées sur 100 ne peuvent plus être lues \(Catégorie\)"):
        judge(MANY, MANY, config, kept=broken(31))


def test_a_label_renamed_in_the_configuration_is_the_same_label(config: Config) -> None:
    themes = (
        replace(
            config.themes[0],
            categories=tuple(
                replace(each, label="Adresses postales", aliases=("Adresses",)) if each.label == "Adresses" else each
                for each in config.themes[0].categories
            ),
        ),
        *config.themes[1:],
    )
    renamed_to = {"category": {"adresses": "Adresses postales"}, "status": {"planifie": "Programmé"}}
    lookup = {field: {**found, **renamed_to.get(field, {})} for field, found in config.lookup.items()}
    today = replace(config, themes=themes, lookup=lookup)
    old = A._replace(status="Planifié")
    renamed = A._replace(category="Adresses postales", status="Programmé")
    published = under_todays_names(frame_of([old]), today)
    assert [Dataset(*each) for each in records_in(published)] == [renamed]
    _, kept = keep_last_good_versions(published, validation([], [renamed._replace(status="")]), today)
    assert [each.dataset for each in kept] == [renamed]


def test_a_small_exchange_goes_through(config: Config) -> None:
    judge(MANY, shifted("producer", 0.3), config)


def test_frames_are_never_changed_in_place(config: Config) -> None:
    published = frame_of(MANY)
    before = published.copy(deep=True)
    keep_last_good_versions(published, validation(MANY[:50], [MANY[60]._replace(status="")]), config)
    pd.testing.assert_frame_equal(published, before)
