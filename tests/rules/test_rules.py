"""The rules for rows: what the page shows, what its author is told, and in which cell.

What the messages say stands in data/honest/mistakes.csv.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Mapping

import pytest
from conftest import BLANK, EXAMPLE, LETTERS, SOUND, SOUND_RECORD, cells_of, examples, row, sheet, sheet_of_tabs
from hypothesis import given
from hypothesis import strategies as st

from job.config import Config
from job.content import content_fault
from job.model import ROLES, Broken, Finding, Record, Severity, Verdict
from job.rules.judge import in_page_order, judge
from job.source.csv_file import read_csv
from job.text import clean

LEFT_OUT = None  # in the tables below: the row is not on the page
NOTHING = dict.fromkeys(("producer", "ministry", "status", "url"), "")


def remarks(verdict: Verdict) -> list[str]:
    """Each finding in short: severity, cell, code."""
    return [f"{finding.severity.value} {finding.cell} {finding.code}" for finding in verdict.findings]


def published(verdict: Verdict) -> list[dict[str, str]]:
    """Each published row, reduced to the cells in which it differs from the sound one."""
    return [
        {field: text for field, text in record.items() if text != SOUND[field]} for record in cells_of(verdict.records)
    ]


# --- one row at a time -------------------------------------------------------------------------------------------

WHAT_IS_TYPED = [
    # typed (the rest of the row is sound)  → on the page (where it differs)  → remarks, in order of gravity
    ({}, {}, []),
    #
    # The name.
    ({"name": ""}, LEFT_OUT, ["bloquant C2 nom-vide"]),
    ({"name": "\u2800\u3164"}, LEFT_OUT, ["bloquant C2 nom-vide"]),
    ({"name": "---"}, LEFT_OUT, ["bloquant C2 nom-vide"]),
    ({"name": "A" * 300}, {"name": "A" * 300}, []),
    ({"name": "A" * 301}, LEFT_OUT, ["bloquant C2 nom-trop-long"]),
    ({"name": "1_000"}, {"name": "1_000"}, []),
    ({"name": "Аdresses"}, {"name": "Аdresses"}, []),  # a Cyrillic letter, in a text that is free
    ({"name": "A venir"}, {"name": "A venir"}, []),
    ({"name": "transport.data.gouv.fr"}, {"name": "transport.data.gouv.fr"}, []),  # the name of a site
    ({"name": "www.insee.fr"}, LEFT_OUT, ["bloquant C2 nom-adresse"]),
    #
    # The category.
    ({"category": ""}, LEFT_OUT, ["bloquant B2 categorie-vide"]),
    ({"category": "A venir"}, LEFT_OUT, ["bloquant B2 categorie-vide"]),
    ({"category": "Adrese"}, LEFT_OUT, ["bloquant B2 categorie-inconnue"]),
    ({"category": "Données géospatiales"}, LEFT_OUT, ["bloquant B2 categorie-inconnue"]),
    ({"category": "Hydrographie"}, LEFT_OUT, ["bloquant B2 categorie-d-un-autre-theme"]),
    ({"category": "Bâtiments ; Adresses"}, LEFT_OUT, ["bloquant B2 categories-multiples"]),
    ({"category": "ADRESSES"}, {}, ["info B2 libelle-normalise"]),
    (
        {"theme": "Données statistiques", "category": "Inégalités"},
        {"theme": "Données statistiques", "category": "Inégalité"},
        ["info B2 libelle-normalise"],
    ),
    #
    # The theme: the category decides.
    ({"theme": ""}, {}, ["info A2 thematique-vide"]),
    ({"theme": "Donnees geospatialles"}, {}, ["info A2 thematique-inconnue"]),
    ({"theme": "Géospatiales"}, {}, ["info A2 libelle-normalise"]),
    ({"theme": "Santé", "category": "Santé"}, LEFT_OUT, ["bloquant B2 categorie-inconnue"]),
    #
    # The status.
    ({"status": ""}, {"status": "A venir"}, ["à corriger F2 statut-vide"]),
    ({"status": "n/c"}, {"status": "A venir"}, ["à corriger F2 statut-vide"]),
    ({"status": "Diponible"}, LEFT_OUT, ["bloquant F2 statut-inconnu"]),
    ({"status": "2025-03-12"}, LEFT_OUT, ["bloquant F2 statut-inconnu"]),
    ({"status": "disponible"}, {}, ["info F2 libelle-normalise"]),
    ({"status": "Publié"}, {}, ["info F2 libelle-normalise"]),
    ({"status": "À VENIR"}, {"status": "A venir"}, ["info F2 libelle-normalise"]),
    ({"status": "EN COURS D’ OUVERTURE"}, {"status": "En cours d'ouverture"}, ["info F2 libelle-normalise"]),
    ({"status": "Disponible."}, {}, []),
    ({"category": "1. Adresses *"}, {}, []),
    ({"status": "Disponible\n"}, {}, ["info F2 texte-nettoye"]),
    #
    # The producer and the ministry.
    ({"producer": ""}, {"producer": ""}, ["à corriger D2 producteur-vide"]),
    ({"producer": "12/03/2024"}, {"producer": ""}, ["à corriger D2 producteur-vide"]),
    ({"producer": "A venir"}, {"producer": ""}, []),
    ({"producer": "INSEE"}, {"producer": "Insee"}, ["info D2 libelle-normalise"]),
    ({"producer": "Ville d’Évian"}, {"producer": "Ville d’Évian"}, []),
    ({"producer": "A" * 301}, {"producer": ""}, ["à corriger D2 texte-trop-long"]),
    ({"ministry": "A" * 301}, {"ministry": ""}, ["à corriger E2 texte-trop-long"]),
    ({"ministry": ""}, {"ministry": ""}, ["à corriger E2 ministere-vide"]),
    ({"ministry": "à venir"}, {"ministry": ""}, []),
    ({"ministry": "MTE"}, {}, ["info E2 libelle-normalise"]),
    ({"ministry": "Ministère du Temps"}, {"ministry": "Ministère du Temps"}, ["info E2 ministere-hors-liste"]),
    (
        {"ministry": "Ministère de la Transition écologique, de la Biodiversité et de la Mer"},  # a new government
        {"ministry": "Ministère de la Transition écologique, de la Biodiversité et de la Mer"},
        ["info E2 ministere-hors-liste"],
    ),
    ({"ministry": "MTECT (CGDD)"}, {"ministry": "MTECT (CGDD)"}, ["à corriger E2 ministere-inconnu"]),
    ({"ministry": "IGN"}, {"ministry": "IGN"}, ["à corriger E2 ministere-producteur"]),
    ({"ministry": "MTE et MASA"}, {"ministry": "MTE et MASA"}, ["à corriger E2 ministeres-multiples"]),
    ({"producer": "n/c", "ministry": "?"}, {"producer": "", "ministry": ""}, ["à corriger D2 ligne-incomplete"]),
    #
    # The address: each reason for a refusal stands in test_address.py.
    ({"url": "Lien"}, {"url": ""}, ["à corriger G2 adresse-invalide"]),
    ({"url": "www.insee.fr"}, {"url": "https://www.insee.fr"}, ["info G2 adresse-normalisee"]),
    ({"url": "https://exemple.fr/" + "a" * 1982}, {"url": ""}, ["à corriger G2 adresse-trop-longue"]),
    ({"url": ""}, {"url": ""}, ["à corriger G2 adresse-manquante"]),
    ({"url": "À venir"}, {"url": ""}, ["à corriger G2 adresse-manquante"]),
    ({"url": "À venir", "status": "Planifié"}, {"url": "", "status": "Planifié"}, []),
    ({"url": "", "status": "Planifié"}, {"url": "", "status": "Planifié"}, []),
    ({"url": "", "status": ""}, {"url": "", "status": "A venir"}, ["à corriger F2 statut-vide"]),
    (
        {"status": "Disponible sur data.gouv.fr", "url": "https://data.gouv.fr.exemple.fr/"},
        {"status": "Disponible sur data.gouv.fr", "url": "https://data.gouv.fr.exemple.fr/"},
        ["à corriger G2 adresse-hors-du-site-annonce"],
    ),
    #
    # The address is a link on another cell.
    (
        {"url": "https://exemple.fr/ban", "link_at": "name"},
        {"url": "https://exemple.fr/ban"},
        ["info C2 lien-ailleurs"],
    ),
    (
        {"url": "https://exemple.fr/ban", "link_at": "status"},
        {"url": "https://exemple.fr/ban"},
        ["info F2 lien-ailleurs"],
    ),
    (
        {"url": "javascript:alert(1)", "link_at": "name"},
        {"url": ""},
        ["à corriger C2 adresse-interdite"],
    ),
    (
        {"url": "https://exemple.fr/a https://exemple.fr/b", "link_at": "name"},
        {"url": ""},
        ["à corriger C2 adresses-multiples"],
    ),
    #
    # Spaces and invisible characters; good French typography is not worth a word.
    ({"name": " Base\n Adresse\tNationale "}, {}, ["info C2 texte-nettoye"]),
    ({"name": "Base\u00a0Adresse\u202fNationale"}, {}, []),
    ({"producer": "I\u200bGN"}, {}, ["info D2 texte-nettoye"]),
    #
    # Several things at once. Of a row that is published, each; of one that is not, what blocks it, in one remark.
    (
        {"theme": "", "producer": "", "url": "Lien"},
        {"producer": "", "url": ""},
        ["à corriger D2 producteur-vide", "à corriger G2 adresse-invalide", "info A2 thematique-vide"],
    ),
    ({"theme": "", "producer": "", "status": "Diponible", "url": "Lien"}, LEFT_OUT, ["bloquant F2 statut-inconnu"]),
    ({"category": "", **NOTHING}, LEFT_OUT, ["info C2 ligne-sans-jeu"]),
    ({"category": "", "status": ""}, LEFT_OUT, ["bloquant B2 ligne-incomplete"]),
    (NOTHING, NOTHING | {"status": "A venir"}, ["à corriger D2 ligne-incomplete"]),
]


@pytest.mark.parametrize(("typed", "on_the_page", "remarked"), WHAT_IS_TYPED)
def test_a_row_is_published_or_its_author_told_why_not(
    typed: dict[str, str], on_the_page: dict[str, str] | None, remarked: list[str], config: Config
) -> None:
    verdict = judge(sheet(row(**typed)), config)
    assert published(verdict) == ([] if on_the_page is LEFT_OUT else [on_the_page])
    assert remarks(verdict) == remarked


UNFIT = [
    ("a b " * 1_300, "trop-long-pour-etre-lu"),
    ("#REF!", "erreur-de-formule"),
    ("Dénominations \ufffd", "caractere-de-remplacement"),
    ("Dénominations \udc80", "caractere-de-remplacement"),
    ("DonnÃ©es", "accents-abimes"),
    ("abc\u202edef", "sens-d-ecriture"),
    ("ghp_0000000000000000000000000000EXEMPLE", "secret"),
    ("mdp : azerty42", "secret"),
    ("jean.dupont@exemple.fr", "coordonnees-personnelles"),
    ("06 12 34 56 78", "coordonnees-personnelles"),
    ("__VITE_ASSET__", "mot-reserve-au-site"),
]


@pytest.mark.parametrize(("text", "code"), UNFIT)
def test_text_unfit_to_repeat_is_neither_published_nor_repeated(text: str, code: str, config: Config) -> None:
    rows = [row(name=f"Jeu {n}", url=f"https://exemple.fr/{n}") | {field: text} for n, field in enumerate(ROLES, 1)]
    verdict = judge(sheet(*rows, sheet_id="1AbC"), config)
    assert published(verdict) == [
        {"name": "Jeu 1", "url": "https://exemple.fr/1"},  # the theme is known from the category
        {"name": "Jeu 4", "url": "https://exemple.fr/4", "producer": ""},
        {"name": "Jeu 5", "url": "https://exemple.fr/5", "ministry": ""},
        {"name": "Jeu 7", "url": ""},
    ]
    assert remarks(verdict) == [
        f"à corriger A2 {code}",
        f"bloquant B3 {code}",
        f"bloquant C4 {code}",
        f"à corriger D5 {code}",
        f"à corriger E6 {code}",
        f"bloquant F7 {code}",
        f"à corriger G8 {'identifiants-dans-l-adresse' if code == 'secret' else code}",
    ]
    assert {finding.typed for finding in verdict.findings} == {""}
    assert clean(text) not in repr((verdict.findings, verdict.records, verdict.broken))


@pytest.mark.parametrize(
    "typed",
    [
        "https://exemple.fr/?sig=8f3a9c2e",
        "exemple.fr/?key=8f3a9c2e",
        "https://exemple.fr/%3Fmdp%3Dazerty42%20",
        "admin:hunter2@exemple.fr/wfs",
        "redis://:hunter2@exemple.fr",
        "jean.dupont@exemple.fr",
        "06 12 34 56 78",
        "https://exemple.fr/?email=jean.dupont@exemple.fr",
        "x 8f3a9c2e",  # whatever it is, it is no address
    ],
)
@pytest.mark.parametrize("around", ["{}", "\n{} ", "{}\u200b"])
def test_a_refused_address_that_may_not_be_repeated_is_repeated_by_no_other_remark(
    typed: str, around: str, config: Config
) -> None:
    url = around.format(typed)
    verdict = judge(sheet(row(url=url), row(**NOTHING | {"name": "A venir", "url": url})), config)
    assert {finding.row for finding in verdict.findings} == {2, 3}  # none is taken for a row that says nothing
    assert clean(typed) not in repr((verdict.findings, verdict.records))


@pytest.mark.parametrize(
    ("field", "typed", "suggestion", "remarked"),
    [
        ("theme", "Donnéеs géospatiales", "Données géospatiales", "à corriger A2"),  # Cyrillic е
        ("category", "Аdresses", "Adresses", "bloquant B2"),  # Cyrillic А
        ("ministry", "Ministère de la Сulture", "Ministère de la Culture", "à corriger E2"),  # Cyrillic С
        ("status", "Ｄisponible", "Disponible", "bloquant F2"),  # full-width
    ],
)
def test_a_look_alike_is_no_value_of_a_closed_list(
    field: str, typed: str, suggestion: str, remarked: str, config: Config
) -> None:
    verdict = judge(sheet(row(**{field: typed})), config)
    assert remarks(verdict) == [f"{remarked} lettres-trompeuses"]
    assert [(finding.typed, finding.suggestion) for finding in verdict.findings] == [("", suggestion)]


def test_a_row_that_is_withdrawn_is_not_asked_to_be_completed(config: Config) -> None:
    (finding,) = judge(sheet(row(name="", producer="À SUPPRIMER")), config).findings
    assert (finding.code, finding.cell) == ("retrait-en-mots", "D2")


def test_a_producer_that_was_abolished_withdraws_no_row(config: Config) -> None:
    assert judge(sheet(row(producer="IRSN (supprimé en 2025)")), config).findings == ()


@pytest.mark.parametrize("producer", ["IGN → à retirer", "IGN (doublon, à supprimer)", "IGN - ne plus publier"])
def test_what_is_to_be_withdrawn_is_the_row_and_not_its_producer(producer: str, config: Config) -> None:
    (finding,) = judge(sheet(row(producer=producer)), config).findings
    assert (finding.code, finding.cell) == ("retrait-en-mots", "D2")


def test_a_secret_in_a_row_that_is_no_dataset_is_still_reported(config: Config) -> None:
    verdict = judge(sheet(BLANK | {"name": "Total", "producer": "mdp : azerty42"}), config)
    assert remarks(verdict) == ["à corriger D2 secret", "info C2 ligne-de-total"]
    assert {finding.effect for finding in verdict.findings} == {""}
    heading = BLANK | {"name": "Total", "category": "mdp : azerty42"}
    assert remarks(judge(sheet(heading), config)) == ["à corriger B2 secret", "info C2 ligne-de-total"]
    counted = {**BLANK, "name": "Total", "url": "https://api.exemple.fr/v1?token=8f3a9c2e41"}
    assert remarks(judge(sheet(counted), config)) == [
        "à corriger G2 identifiants-dans-l-adresse",
        "info C2 ligne-de-total",
    ]
    note = BLANK | {"name": "Questions sur ce tableau", "producer": "jean.dupont@exemple.fr"}
    assert remarks(judge(sheet(note), config)) == ["à corriger D2 coordonnees-personnelles", "info C2 ligne-sans-jeu"]


def test_a_formula_that_waits_for_its_row_to_be_filled_in_asks_nothing_of_anybody(config: Config) -> None:
    for field in ("theme", "ministry"):
        assert remarks(judge(sheet(row(), BLANK | {field: "#N/A"}), config)) == [
            f"info {LETTERS[field]}3 ligne-sans-jeu"
        ]


def test_a_secret_in_the_status_of_a_dataset_blocks_it(config: Config) -> None:
    (broken,) = judge(sheet(BLANK | {"name": "Cadastre", "status": "mdp : azerty42"}), config).broken
    assert (broken.record.name, broken.finding.severity) == ("Cadastre", Severity.BLOCKING)


# --- rows that only say that something is to come ----------------------------------------------------------------

A_VENIR = dict.fromkeys(ROLES, "A venir") | {"link_at": ""}
TO_COME = BLANK | {"category": "Adresses", "name": "A venir"}


@pytest.mark.parametrize(
    "cells",
    [
        BLANK,
        dict.fromkeys(BLANK, " \u200b\u00a0"),
        A_VENIR,
        A_VENIR | {"category": "Adresses", "theme": "", "status": "À VENIR"},
        TO_COME,
        TO_COME | {"category": "adresses"},
        BLANK | {"status": "A venir"},
        BLANK | {"theme": SOUND["theme"], "status": "A venir"},
    ],
)
def test_a_row_that_holds_nothing_is_worth_no_remark(cells: dict[str, str], config: Config) -> None:
    verdict = judge(sheet(cells), config)
    assert (published(verdict), remarks(verdict)) == ([], [])


@pytest.mark.parametrize("name", ["A venir", "", "n/c"])
def test_a_category_with_datasets_keeps_one_row_that_says_more_is_to_come(name: str, config: Config) -> None:
    to_come = TO_COME | {"name": name, "status": "A venir"}
    verdict = judge(sheet(to_come, row(), to_come, A_VENIR), config)
    assert verdict.records == (SOUND_RECORD, Record(SOUND["theme"], "Adresses", "A venir", "", "", "A venir", ""))
    assert [record.is_placeholder for record in verdict.records] == [False, True]
    assert remarks(verdict) == []


def test_a_row_to_come_whose_other_cells_are_unfit_is_no_second_row_to_come(config: Config) -> None:
    unfit = row(**NOTHING | {"name": "A venir", "url": "https://demo.data.gouv.fr/x"})
    verdict = judge(sheet(row(), TO_COME, unfit), config)
    assert [record.name for record in verdict.records] == [SOUND["name"], "A venir"]
    assert "à corriger G4 adresse-de-test" in remarks(verdict)
    assert judge(sheet(unfit), config).records == ()


def test_a_placeholder_in_a_category_that_does_not_exist_is_reported(config: Config) -> None:
    verdict = judge(sheet(TO_COME | {"category": "Adrese"}), config)
    assert (published(verdict), remarks(verdict)) == ([], ["bloquant B2 categorie-inconnue"])


def test_only_rows_that_hold_something_are_counted(config: Config) -> None:
    assert judge(sheet(row(), BLANK, row(status="Diponible"), BLANK | {"name": " "}), config).rows_read == 2
    assert judge(sheet(), config) == Verdict((), (), (), 0)


# --- where a finding points --------------------------------------------------------------------------------------


def test_a_finding_opens_the_sheet_on_the_very_cell_and_the_row_is_kept_aside(config: Config) -> None:
    verdict = judge(sheet(BLANK, row(status="Diponible"), sheet_id="1AbC"), config)
    finding = Finding(
        severity=Severity.BLOCKING,
        code="statut-inconnu",
        problem="ce statut n'existe pas.",
        tab="Suivi",
        cell="F3",
        row=3,
        column="Statut",
        name="Base Adresse Nationale",
        ministry=SOUND["ministry"],
        typed="Diponible",
        suggestion="Disponible",
        link="https://docs.google.com/spreadsheets/d/1AbC/edit#gid=10&range=F3",
        category="Adresses",
    )
    record = SOUND_RECORD._replace(status="")
    assert verdict.findings == (finding,)
    assert verdict.broken == (Broken(record, finding, has_damaged_name=False),)


@pytest.mark.parametrize("name", ["#REF!", "https://exemple.fr/x", "A" * 301])
@pytest.mark.parametrize("theme", ["", "Données météorologiques"])  # which blocks the row further to the left
def test_of_a_row_whose_name_is_damaged_no_name_is_kept_aside(name: str, theme: str, config: Config) -> None:
    (broken,) = judge(sheet(row(name=name, theme=theme)), config).broken
    assert (broken.record.name, broken.has_damaged_name) == ("", True)


def test_a_name_that_withdraws_its_row_is_not_damaged(config: Config) -> None:
    (broken,) = judge(sheet(row(name="(supprimé)")), config).broken
    assert not broken.has_damaged_name


def test_a_cell_is_named_by_the_column_it_stands_in(config: Config) -> None:
    columns = dict(zip(reversed(ROLES), ["A", "B", "Z", "AA", "AB", "AC", "AD"], strict=True))
    (finding,) = judge(sheet(row(producer=""), columns=columns), config).findings
    assert (finding.cell, finding.link) == ("AA2", "")  # a file has nothing to open
    secrets = row(producer="mdp : azerty42", ministry="mdp : azerty42")
    assert remarks(judge(sheet(secrets, columns=columns), config)) == ["à corriger Z2 secret", "à corriger AA2 secret"]


@pytest.mark.parametrize(
    ("typed", "ministry"),
    [("MTE", SOUND["ministry"]), ("Ministère du Temps", ""), ("", ""), ("A venir", ""), ("mdp : azerty42", "")],
)
def test_a_finding_is_addressed_to_an_official_ministry_or_to_none(typed: str, ministry: str, config: Config) -> None:
    findings = judge(sheet(row(ministry=typed, status="Diponible")), config).findings
    assert {finding.ministry for finding in findings} == {ministry}


def test_findings_come_in_the_order_of_the_sheet(config: Config) -> None:
    here, below = row(producer="", theme=""), row(name="B", url="", theme="")
    verdict = judge(sheet(here, below, row(name="C", url="Lien")), config)
    assert remarks(verdict) == [
        "à corriger D2 producteur-vide",
        "info A2 thematique-vide",
        "à corriger G3 adresse-manquante",
        "info A3 thematique-vide",
        "à corriger G4 adresse-invalide",
    ]


def without(field: str) -> Mapping[str, str]:
    return {name: letters for name, letters in LETTERS.items() if name != field}


@pytest.mark.parametrize(
    ("column", "remarked"),
    [
        ("theme", []),
        ("ministry", []),
        ("url", ["à corriger C2 adresse-manquante"]),
    ],  # for want of a column, at the name
)
def test_nothing_is_asked_of_a_column_that_is_absent_but_the_address(
    column: str, remarked: list[str], config: Config
) -> None:
    verdict = judge(sheet(row(**{column: ""}), columns=without(column)), config)
    assert remarks(verdict) == remarked
    assert all("Ajoutez une colonne" in finding.remedy for finding in verdict.findings)


def test_an_address_is_moved_only_where_there_is_a_column_for_it(config: Config) -> None:
    (finding,) = judge(
        sheet(row(name="https://exemple.fr/x", status="Planifié", url=""), columns=without("url")), config
    ).findings
    assert finding.remedy == "Tapez le nom ici."


def test_rows_of_all_tabs_are_one_list(config: Config) -> None:
    tabs = {
        "DGPR": (row(url="", status="Planifié"), row(name="A", status="Diponible")),
        "Géo": (row(), row(name="Z", url="Lien")),
    }
    verdict = judge(sheet_of_tabs(tabs, sheet_id="1AbC"), config)
    assert published(verdict) == [{"status": "Planifié", "url": ""}, {"name": "Z", "url": ""}]
    assert [(finding.tab, finding.cell, finding.code) for finding in verdict.findings] == [
        ("DGPR", "F3", "statut-inconnu"),
        ("Géo", "C2", "doublon"),
        ("Géo", "G3", "adresse-invalide"),
    ]
    assert "cette ligne répète la ligne 2 de l'onglet n° 1" in verdict.findings[1].problem


# --- rows compared with each other -------------------------------------------------------------------------------

TWINS: list[tuple[dict[str, str], dict[str, str], dict[str, str], str]] = [
    # first row  → second row  → what is published  → who is told
    ({}, {}, {}, "bloquant C3 doublon"),
    ({"url": "", "status": "Planifié"}, {}, {}, "bloquant C2 doublon"),  # the most complete
    ({}, {"url": "Lien", "theme": ""}, {}, "bloquant C3 doublon"),  # what it lacks is not told: it is not published
    ({"status": "A venir"}, {"status": "Disponible"}, {}, "bloquant C2 doublon"),  # any status says more
    ({}, {"name": "base  adresse\nnationale"}, {}, "bloquant C3 doublon"),
    ({}, {"producer": "Institut national de l’information géographique et forestière"}, {}, "bloquant C3 doublon"),
    ({}, {"category": "adresses", "url": "https://z.exemple.fr/"}, {}, "bloquant C3 doublon"),
]


@pytest.mark.parametrize(("one", "other", "kept", "told"), TWINS)
def test_of_two_rows_for_one_dataset_one_is_published(
    one: dict[str, str], other: dict[str, str], kept: dict[str, str], told: str, config: Config
) -> None:
    verdict = judge(sheet(row(**one), row(**other)), config)
    assert published(verdict) == [kept]
    assert remarks(verdict) == [told]


def test_a_copy_of_the_tab_does_not_take_the_place_of_what_is_kept_up(config: Config) -> None:
    kept_up, copied = row(status="Planifié", url="", producer=""), row(producer="")
    verdict = judge(sheet_of_tabs({"Suivi": (kept_up,), "Autre": (copied,)}), config)
    assert published(verdict) == [{"status": "Planifié", "url": "", "producer": ""}]


@pytest.mark.parametrize("broken", [{"status": "Diponible"}, {"category": "Santé"}, {"status": "mdp : azerty42"}])
def test_a_broken_twin_does_not_take_the_sound_row_down(broken: dict[str, str], config: Config) -> None:
    for rows in ([row(**broken), row()], [row(), row(**broken)]):
        verdict = judge(sheet(*rows), config)
        assert published(verdict) == [{}]
        assert "doublon" not in {finding.code for finding in verdict.findings}


SHARED = "à corriger G2 adresse-partagee", "à corriger G3 adresse-partagee"


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"name": "B"}, SHARED),  # one address under two names of a category
        ({"name": "B", "url": "http://adresse.data.gouv.fr/donnees-nationales/"}, SHARED),
        ({"category": "Bâtiments", "name": "B"}, ()),  # one producer, one page, two categories
        ({"category": "Bâtiments", "producer": "DINUM"}, ()),  # one name
        ({"category": "Bâtiments", "name": "B", "producer": "DINUM"}, SHARED),  # another name and another producer
        ({"producer": "DINUM", "url": "https://exemple.fr/"}, ()),
        ({"name": "B", "url": "https://exemple.fr/"}, ()),
    ],
)
def test_one_address_for_two_datasets_is_told_to_both(
    other: dict[str, str], told: tuple[str, ...], config: Config
) -> None:
    verdict = judge(sheet(row(), row(**other)), config)
    assert len(verdict.records) == 2
    assert tuple(remark for remark in remarks(verdict) if "adresse-partagee" in remark) == told


@pytest.mark.timeout(60)  # it took minutes
def test_one_name_and_one_address_filled_down_are_judged_at_once(config: Config) -> None:
    verdict = judge(sheet(*(row(producer=f"Producteur {number}") for number in range(30_000))), config)
    assert (len(verdict.records), verdict.findings) == (30_000, ())


def test_records_are_in_page_order_and_french_alphabetical_order(config: Config) -> None:
    names = ["Zones", "éboulis", "Eau", "A venir", "École", "eau douce", "« Eau » (bis)", "10 ans"]
    rows = [row(name=name, url="", status="Planifié") for name in names]
    verdict = judge(sheet(row(theme="Données statistiques", category="Emploi"), *rows), config)
    assert [record.name for record in verdict.records] == [
        *["10 ans", "Eau", "« Eau » (bis)", "eau douce", "éboulis", "École", "Zones", "A venir"],
        "Base Adresse Nationale",
    ]


# --- for any sheet whatever --------------------------------------------------------------------------------------

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=12)  # lone surrogates too
LIKELY = {
    "theme": ["", SOUND["theme"], "géospatiales", "Données statistiques", "x"],
    "category": ["", "Adresses", "ADRESSES", "Bâtiments", "Emploi", "Аdresses", "A venir"],
    "name": ["", "BAN", "ban", "B\u200bAN", "A venir", "Total", "---", "#REF!", "Ét\u0301é", "R&amp;D"],
    "producer": ["", "IGN", "ign", "A venir", "mdp : azerty42", "n/c"],
    "ministry": ["", "MTE", "IGN", "A venir", SOUND["ministry"]],
    "status": ["", "Disponible", "publié", "A venir", "Planifié", "Disponible sur data.gouv.fr", "Diponible"],
    "url": ["", "Lien", "https://a.fr/é", "http://a.fr/%C3%A9/", "https://www.data.gouv.fr/x", "A venir", "a.fr,"],
    "link_at": ["", "", "name"],
}
ROWS = st.fixed_dictionaries(
    {"name": st.one_of(st.sampled_from(LIKELY["name"]), ANY_TEXT)},
    optional={
        field: st.sampled_from(texts) if field == "link_at" else st.one_of(st.sampled_from(texts), ANY_TEXT)
        for field, texts in LIKELY.items()
        if field != "name"
    },
).map(lambda cells: SOUND | cells)
SHEETS = st.lists(ROWS, max_size=6)
few = examples(25)  # each sheet takes a while
STANDING = set(
    "producteur-vide ministere-vide ligne-incomplete ministere-hors-liste ministere-inconnu ministere-producteur"
    " ministeres-multiples adresse-manquante adresse-partagee adresse-hors-du-site-annonce".split()
)


@given(SHEETS)
@few
def test_every_row_is_on_the_page_in_the_findings_or_a_placeholder(config: Config, rows: list[dict[str, str]]) -> None:
    verdict = judge(sheet(*rows), config)
    told = {finding.row for finding in verdict.findings} | {line for line, _ in verdict.lines.values()}
    for line, cells in enumerate(rows, start=2):
        says_to_come = {"a venir", "à venir"} & {clean(text).lower() for text in cells.values()}
        assert line in told or says_to_come or not any(map(clean, cells.values()))


@given(SHEETS, st.randoms(use_true_random=False))
@few
def test_the_order_of_rows_never_changes_what_is_published(
    config: Config, rows: list[dict[str, str]], chance: random.Random
) -> None:
    shuffled = chance.sample(rows, len(rows))
    assert judge(sheet(*rows), config).records == judge(sheet(*shuffled), config).records


@given(SHEETS)
@few
def test_what_is_published_is_published_again_as_it_is(config: Config, rows: list[dict[str, str]]) -> None:
    records = judge(sheet(*rows), config).records
    again = judge(sheet(*(record | {"link_at": ""} for record in cells_of(records))), config)
    assert again.records == records
    assert {finding.code for finding in again.findings} <= STANDING


@given(SHEETS)
@few
def test_nothing_published_or_said_is_unfit_to_repeat(config: Config, rows: list[dict[str, str]]) -> None:
    verdict = judge(sheet(*rows, sheet_id="1AbC"), config)
    texts = [text for record in verdict.records for text in record[:7]]
    texts += [text for finding in verdict.findings for text in (finding.typed, finding.name, finding.suggestion)]
    for text in texts:
        assert (clean(text), content_fault(text)) == (text, "")
        assert not {unicodedata.category(char) for char in text} & {"Cc", "Cs"}


@given(SHEETS)
@few
def test_what_is_published_is_canonical_and_in_page_order(config: Config, rows: list[dict[str, str]]) -> None:
    records = judge(sheet(*rows), config).records
    assert all(record.name and record.theme == config.theme_of[record.category] for record in records)
    assert {record.status for record in records} <= {status.label for status in config.vocabulary.statuses}
    assert list(records) == in_page_order(records, config)


# --- the sheet as it is today ------------------------------------------------------------------------------------

# Line → the cells to blame, and why.
REAL_SHEET = {
    "ligne-incomplete": "D13 D14 D15 D27 D28 D29 D30 D35 D36 D39 D44 D45 D91",  # neither producer nor ministry
    "ministere-vide": "E6",
    "producteur-vide": "D24",
    "adresse-partagee": "G48 G49 G71 G88",
    "adresse-de-test": "G54",
    "adresse-invalide": "G97",
}


def test_the_real_sheet_gives_all_its_rows_and_these_remarks(config: Config) -> None:
    verdict = judge(read_csv(EXAMPLE, config), config)
    assert (verdict.rows_read, len(verdict.records), verdict.broken) == (97, 97, ())
    assert sorted(remarks(verdict)) == sorted(
        f"à corriger {cell} {code}" for code, cells in REAL_SHEET.items() for cell in cells.split()
    )
