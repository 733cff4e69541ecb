"""What a night may not do."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from conftest import sheet
from nights import night_of

from job.changes.guards import suspicion
from job.config import Config
from job.model import Broken, Finding, Record, Severity, Verdict

MANY = [
    Record("Données géospatiales", "Adresses", f"Jeu {n}", f"P{n}", "M", "Planifié", f"https://x.fr/{n}")
    for n in range(100)
]
RESTORE = "ablissez"  # « Rétablissez », « rétablissez »


def refusal(
    published: Sequence[Record],
    records: Sequence[Record],
    config: Config,
    *,
    under_review: Sequence[Record] | None = None,
    kept: Sequence[Finding] = (),
    verdict: Verdict | None = None,
) -> str:
    """What the guards say, "" when they let the night through."""
    given = verdict or Verdict(tuple(records), (), (), len(records))
    night = night_of(sheet(), given, published, records, under_review, kept=tuple(kept))
    return suspicion(night, under_review, config)


def each(change: Callable[[int], dict[str, Any]], count: int = 100) -> list[Record]:
    """The rows, of which the first `count` change."""
    return [it._replace(**change(n)) if n < count else it for n, it in enumerate(MANY)]


def rotated(field: str, count: int) -> list[Record]:
    """A column sorted alone: its first values stand one row further down."""
    return each(lambda n: {field: getattr(MANY[(n + 1) % count], field)}, count)


# --- how many rows -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "published", "records", "said"),
    [
        ("a first night", [], MANY, ""),
        ("a fifth of the rows goes", MANY, MANY[20:], ""),
        (
            "one more goes",
            MANY,
            MANY[21:],
            "21 lignes publiées sur 100 ont disparu du tableau (plafond : 20\u202f%) : ",
        ),
        ("five of six go: a handful", MANY[:6], MANY[:1], ""),
        ("six of seven go", MANY[:7], MANY[:1], "6 lignes publiées sur 7 ont disparu"),
        ("every row goes", MANY, [], "Le tableau ne contient aucune ligne publiable. Rétablissez le tableau"),
    ],
)
def test_rows_that_go(case: str, published: list[Record], records: list[Record], said: str, config: Config) -> None:
    found = refusal(published, records, config)
    assert found.startswith(said) if said else not found, case


def test_the_refusal_names_the_first_rows(config: Config) -> None:
    assert refusal(MANY, [], config).endswith("La page n'a pas été modifiée.")
    assert "« Jeu 0 », « Jeu 1 », « Jeu 2 », « Jeu 3 », « Jeu 4 » et 45 autres" in refusal(MANY, MANY[50:], config)


def test_rows_that_are_all_blocked_are_not_said_to_be_emptied(config: Config) -> None:
    finding = Finding(Severity.BLOCKING, "statut-inconnu", "p.")
    verdict = Verdict((), tuple(Broken(it, finding, has_damaged_name=False) for it in MANY[:97]), (), 97)
    assert refusal([], [], config, verdict=verdict).startswith(
        "97 lignes lues, aucune publiable : statut-inconnu × 97."
    )


def test_fewer_rows_than_the_least_are_refused(config: Config) -> None:
    more = config.model_copy(update={"guards": config.guards.model_copy(update={"min_rows": 50})})
    assert refusal([], MANY[:49], more).startswith("Le tableau ne contient que 49 lignes publiables (minimum : 50).")
    assert not refusal([], MANY[:50], more)


def test_placeholders_that_go_are_no_removals(config: Config) -> None:
    to_come = [Record(MANY[0].theme, label, "A venir", "", "", "A venir", "") for label in list(config.theme_of)[:40]]
    assert not refusal([*MANY, *to_come], MANY, config)


# --- how many cells of one column --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accident", "records", "title", "evidence"),
    [
        ("emptied", each(lambda _: {"url": ""}), "URL", "« https://x.fr/0 » → vide × 1"),
        ("filled down", each(lambda _: {"producer": "P0"}), "Producteur", "« P1 » → « P0 » × 1"),
        ("numbered", each(lambda n: {"producer": f"Bureau {n}"}), "Producteur", "« P0 » → « Bureau 0 » × 1"),
        ("sorted alone", rotated("url", 40), "URL", "« https://x.fr/0 » → « https://x.fr/1 » × 1"),
        ("swapped", each(lambda n: {"producer": "M", "ministry": f"P{n}"}), "Producteur", "« P0 » → « M » × 1"),
        ("replaced", each(lambda _: {"ministry": "N"}), "Ministère de tutelle", "« M » → « N » × 100"),
        ("renamed", each(lambda n: {"name": f"x{n}"}), "Nom du jeu de données", "« Jeu 0 » → « x0 » × 1"),
        ("moved", each(lambda _: {"category": "Bâtiments"}), "Catégorie", "« Adresses » → « Bâtiments » × 100"),
    ],
)
def test_a_column_that_changed_in_too_many_rows_is_refused_with_evidence(
    accident: str, records: list[Record], title: str, evidence: str, config: Config
) -> None:
    found = refusal(MANY, records, config)
    assert re.match(rf"\d+ lignes sur 100 changent dans la colonne « {title} » \(plafond : 30\u202f%\) : ", found), (
        accident
    )
    assert evidence in found
    assert RESTORE in found
    assert "--accept" in found


@pytest.mark.parametrize("field", ["category", "name", "producer", "ministry", "url"])
@pytest.mark.parametrize(("count", "is_refused"), [(30, False), (31, True)])
def test_up_to_the_ceiling_a_column_may_change(field: str, count: int, is_refused: bool, config: Config) -> None:
    label = {"category": "Bâtiments"}.get(field, "https://y.fr/")
    changed = each(lambda n: {field: label if field in ("category", "ministry") else f"{label}{n}"}, count)
    assert bool(refusal(MANY, changed, config)) is is_refused


@pytest.mark.parametrize(("count", "is_refused"), [(44, False), (45, True)])
def test_the_rows_that_go_are_none_that_could_change(count: int, is_refused: bool, config: Config) -> None:
    stay = each(lambda _: {"ministry": "N"}, count)[20:]
    assert refusal(MANY, stay, config).startswith("25 lignes sur 80 changent") is is_refused


def test_a_column_that_was_empty_may_be_filled(config: Config) -> None:
    """Whoever adds a column of addresses, as asked, must not stop the night."""
    bare = each(lambda _: {"url": ""})
    assert not refusal(bare, MANY, config)
    assert "dans la colonne « URL »" in refusal([*bare[1:], MANY[0]], MANY, config)


def test_statuses_move_on_together(config: Config) -> None:
    assert not refusal(MANY, each(lambda _: {"status": "Disponible"}), config)


@pytest.mark.parametrize("column", ["category", "name", "producer", "ministry", "url", "status"])
def test_a_column_that_cannot_be_read_any_more_is_refused(column: str, config: Config) -> None:
    finding = Finding(Severity.BLOCKING, "x", "p.", column=config.title(column))
    assert not refusal(MANY, MANY, config, kept=[finding] * 30)
    assert f"« {config.title(column)} »" in refusal(MANY, MANY, config, kept=[finding] * 31)


@pytest.mark.parametrize(
    ("field", "value", "evidence"),
    [
        ("status", "Disponible", "illisible × 31."),  # a status that moved on is no evidence
        ("ministry", "N", "illisible × 31, « M » → « N » × 1."),
    ],
)
def test_what_cannot_be_read_is_counted_beside_what_changed(
    field: str, value: str, evidence: str, config: Config
) -> None:
    kept = [Finding(Severity.BLOCKING, "x", "p.", column=config.title(field))] * 31
    assert f" : {evidence} R" in refusal(MANY, each(lambda _: {field: value}, 1), config, kept=kept)


# --- what a person looks at already ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "under_review", "records", "is_refused"),
    [
        ("nothing is open", None, MANY[50:], True),
        ("the open one proposes just that", MANY[50:], MANY[50:], False),
        ("a little more than the open one proposes", MANY[50:], MANY[55:], False),
        ("much more than the open one proposes", MANY[50:], MANY[80:], True),
        ("much of the little that the open one leaves", MANY[80:], MANY[86:], True),
        ("the open one proposes something else", MANY, MANY[50:], True),
        ("nothing is left, as the open one proposes", [], [], True),
    ],
)
def test_what_the_open_pull_request_proposes_is_not_counted_again(
    case: str, under_review: list[Record] | None, records: list[Record], is_refused: bool, config: Config
) -> None:
    assert bool(refusal(MANY, records, config, under_review=under_review)) is is_refused, case
