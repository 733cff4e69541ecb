"""The rules for rows: what the page shows, what its author is told, and in which cell."""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest
from conftest import BLANK, LETTERS, SOUND, cells_of, row, sheet, sheet_of_tabs
from hypothesis import given, settings
from hypothesis import strategies as st

from job.config import Config
from job.content import content_fault
from job.model import FIELDS, RECORD_COLUMNS, Finding
from job.sheet import read_csv
from job.text import clean, fold
from job.validate import Validation, in_page_order, is_placeholder, validate

TABLEAU = Path(__file__).parent / "data" / "tableau.csv"
LEFT_OUT = None  # in the tables below: the row is not on the page


def remarks(validation: Validation) -> list[str]:
    """Each finding in short: severity, cell, code."""
    return [f"{finding.severity} {finding.cell} {finding.code}" for finding in validation.findings]


def published(validation: Validation) -> list[dict[str, str]]:
    """Each published row, reduced to the cells in which it differs from the sound one."""
    return [
        {field: text for field, text in record.items() if text != SOUND[field]}
        for record in cells_of(validation.records)
    ]


# --- one row at a time -------------------------------------------------------------------------------------------

WHAT_IS_TYPED = [
    # typed (the rest of the row is sound)  → on the page (where it differs)  → remarks, in order of gravity
    ({}, {}, []),
    #
    # The name.
    ({"name": ""}, LEFT_OUT, ["bloquant C2 nom-vide"]),
    ({"name": "\u2800\u3164"}, LEFT_OUT, ["bloquant C2 nom-vide"]),
    ({"name": "A" * 300}, {"name": "A" * 300}, []),
    ({"name": "A" * 301}, LEFT_OUT, ["bloquant C2 nom-trop-long"]),
    ({"name": "Total"}, LEFT_OUT, ["bloquant C2 ligne-de-total"]),
    ({"name": "SOUS-TOTAL"}, LEFT_OUT, ["bloquant C2 ligne-de-total"]),
    ({"name": "Total général : 97 jeux"}, LEFT_OUT, ["bloquant C2 ligne-de-total"]),
    ({"name": "Total :"}, LEFT_OUT, ["bloquant C2 ligne-de-total"]),
    ({"name": "Total (97)"}, LEFT_OUT, ["bloquant C2 ligne-de-total"]),
    ({"name": "Total des surfaces agricoles"}, {"name": "Total des surfaces agricoles"}, []),
    *(
        (
            {"name": name, "producer": "", "ministry": "", "status": "", "url": ""},
            LEFT_OUT,
            ["bloquant C2 ligne-de-total"],
        )
        for name in ("Total Données géospatiales", "Sous-total Adresses", "Nombre total", "Somme", "Moyenne", "Nb")
    ),
    ({"name": "Total des émissions"}, {"name": "Total des émissions"}, []),
    ({"name": "Nom du jeu de données", "status": "Statut"}, LEFT_OUT, ["bloquant C2 en-tete-repete"]),
    ({"name": "TITRE", "status": "État"}, LEFT_OUT, ["bloquant C2 en-tete-repete"]),
    ({"name": "Titre"}, {"name": "Titre"}, []),
    ({"name": "---"}, {"name": "---"}, []),  # odd, but the rest of the row is filled in
    ({"name": "1_000"}, {"name": "1_000"}, []),
    ({"name": "Аdresses"}, {"name": "Аdresses"}, []),  # a Cyrillic letter, in a text that is free
    ({"name": "A venir"}, {"name": "A venir"}, []),
    #
    # The category.
    ({"category": ""}, LEFT_OUT, ["bloquant B2 categorie-vide"]),
    ({"category": "Adrese"}, LEFT_OUT, ["bloquant B2 categorie-inconnue"]),
    ({"category": "A venir"}, LEFT_OUT, ["bloquant B2 categorie-inconnue"]),
    ({"category": "Données géospatiales"}, LEFT_OUT, ["bloquant B2 categorie-inconnue"]),
    ({"category": "Hydrographie"}, LEFT_OUT, ["bloquant B2 categorie-d-un-autre-theme"]),
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
    ({"theme": "Données de santé"}, {}, ["info A2 thematique-inconnue"]),
    ({"theme": "Géospatiales"}, {}, ["info A2 libelle-normalise"]),
    (
        {"theme": "", "category": "Population"},
        {"theme": "Données statistiques", "category": "Population"},
        ["info A2 thematique-vide"],
    ),
    (
        {"theme": "Santé", "category": "Santé"},
        LEFT_OUT,
        ["bloquant B2 categorie-inconnue"],
    ),
    #
    # The status.
    ({"status": ""}, {"status": "A venir"}, ["à corriger F2 statut-vide"]),
    ({"status": "Diponible"}, LEFT_OUT, ["bloquant F2 statut-inconnu"]),
    ({"status": "2025-03-12"}, LEFT_OUT, ["bloquant F2 statut-inconnu"]),
    ({"status": "80 %"}, LEFT_OUT, ["bloquant F2 statut-inconnu"]),
    ({"status": "Disponible / En cours"}, LEFT_OUT, ["bloquant F2 statut-inconnu"]),
    ({"status": "disponible"}, {}, ["info F2 libelle-normalise"]),
    ({"status": "Publié"}, {}, ["info F2 libelle-normalise"]),
    ({"status": "À VENIR"}, {"status": "A venir"}, ["info F2 libelle-normalise"]),
    ({"status": "En cours d’ouverture"}, {"status": "En cours d'ouverture"}, ["info F2 libelle-normalise"]),
    ({"status": "EN COURS D' OUVERTURE"}, {"status": "En cours d'ouverture"}, ["info F2 libelle-normalise"]),
    ({"status": "Disponible\n"}, {}, ["info F2 texte-nettoye"]),
    #
    # The producer and the ministry.
    ({"producer": ""}, {"producer": ""}, ["à corriger D2 producteur-vide"]),
    ({"producer": "A venir"}, {"producer": ""}, []),
    ({"producer": "INSEE"}, {"producer": "Insee"}, ["info D2 libelle-normalise"]),
    ({"producer": "Ville d’Évian"}, {"producer": "Ville d’Évian"}, []),
    ({"producer": "A" * 300}, {"producer": "A" * 300}, []),
    ({"producer": "A" * 301}, {"producer": ""}, ["à corriger D2 texte-trop-long"]),
    ({"ministry": "A" * 301}, {"ministry": ""}, ["à corriger E2 texte-trop-long"]),
    ({"ministry": ""}, {"ministry": ""}, ["à corriger E2 ministere-vide"]),
    ({"ministry": "à venir"}, {"ministry": ""}, []),
    ({"ministry": "MTE"}, {}, ["info E2 libelle-normalise"]),
    ({"ministry": "Ministère du Temps"}, {"ministry": "Ministère du Temps"}, ["à corriger E2 ministere-inconnu"]),
    (
        {"producer": SOUND["ministry"], "ministry": "IGN"},  # swapped
        {"producer": SOUND["ministry"], "ministry": "IGN"},
        ["à corriger E2 ministere-inconnu"],
    ),
    #
    # The address: each reason for a refusal stands in test_address.py.
    ({"url": "Lien"}, {"url": ""}, ["à corriger G2 adresse-invalide"]),
    ({"url": "adresse.data.gouv.fr"}, {"url": ""}, ["à corriger G2 adresse-incomplete"]),
    ({"url": "javascript:alert(1)"}, {"url": ""}, ["à corriger G2 adresse-interdite"]),
    ({"url": "http://intranet/ban"}, {"url": ""}, ["à corriger G2 adresse-interne"]),
    ({"url": "https://demo.data.gouv.fr/ban"}, {"url": ""}, ["à corriger G2 adresse-de-test"]),
    ({"url": "https://a@exemple.fr/"}, {"url": ""}, ["à corriger G2 identifiants-dans-l-adresse"]),
    ({"url": "https://exemple.fr/?key=abc"}, {"url": ""}, ["à corriger G2 identifiants-dans-l-adresse"]),
    ({"url": "https://exemple.fr/" + "a" * 1982}, {"url": ""}, ["à corriger G2 adresse-trop-longue"]),
    ({"url": "À venir", "status": "Planifié"}, {"url": "", "status": "Planifié"}, []),
    ({"url": ""}, {"url": ""}, ["à corriger G2 adresse-manquante"]),
    (
        {"url": "", "status": "Partiellement disponible"},
        {"url": "", "status": "Partiellement disponible"},
        ["à corriger G2 adresse-manquante"],
    ),
    ({"url": "", "status": "Planifié"}, {"url": "", "status": "Planifié"}, []),
    ({"url": "", "status": ""}, {"url": "", "status": "A venir"}, ["à corriger F2 statut-vide"]),
    ({"status": "Disponible sur data.gouv.fr"}, {"status": "Disponible sur data.gouv.fr"}, []),
    (
        {"status": "Disponible sur data.gouv.fr", "url": "https://data.gouv.fr.exemple.fr/"},
        {"status": "Disponible sur data.gouv.fr", "url": "https://data.gouv.fr.exemple.fr/"},
        ["à corriger G2 adresse-hors-du-site-annonce"],
    ),
    (
        {"url": "HTTPS://Exemple.FR/Été"},
        {"url": "https://exemple.fr/%C3%89t%C3%A9"},
        ["info G2 adresse-normalisee"],
    ),
    (
        {"url": "https://docs.google.com/spreadsheets/d/1"},
        {"url": "https://docs.google.com/spreadsheets/d/1"},
        ["info G2 adresse-peut-etre-privee"],
    ),
    ({"url": "", "link": "https://exemple.fr/ban"}, {"url": "https://exemple.fr/ban"}, ["info C2 lien-sur-le-nom"]),
    ({"link": "https://exemple.fr/ban"}, {}, []),  # the address typed in its own column is the one meant
    ({"url": "", "link": "javascript:alert(1)"}, {"url": ""}, ["à corriger C2 adresse-interdite"]),
    #
    # Spaces and invisible characters; good French typography is not worth a word.
    ({"name": " Base\n Adresse\tNationale "}, {}, ["info C2 texte-nettoye"]),
    ({"name": "Base\u00a0Adresse\u202fNationale"}, {}, []),
    ({"producer": "I\u200bGN"}, {}, ["info D2 texte-nettoye"]),
    ({"url": SOUND["url"] + "\n"}, {}, ["info G2 texte-nettoye"]),
    #
    # Several things at once: the gravest first, then the order of the rules.
    (
        {"theme": "", "producer": "", "status": "x", "url": "Lien"},
        LEFT_OUT,
        [
            "bloquant F2 statut-inconnu",
            "à corriger D2 producteur-vide",
            "à corriger G2 adresse-invalide",
            "info A2 thematique-vide",
        ],
    ),
]


@pytest.mark.parametrize(("typed", "on_the_page", "remarked"), WHAT_IS_TYPED)
def test_a_row_is_published_or_its_author_told_why_not(
    typed: dict[str, str], on_the_page: dict[str, str] | None, remarked: list[str], config: Config
) -> None:
    validation = validate(sheet(row(**typed)), config)
    assert published(validation) == ([] if on_the_page is LEFT_OUT else [on_the_page])
    assert remarks(validation) == remarked


UNFIT = [
    ("#REF!", "erreur-de-formule"),
    ("Loading...", "erreur-de-formule"),
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
    rows = [row(name=f"Jeu {n}", url=f"https://exemple.fr/{n}") | {field: text} for n, field in enumerate(FIELDS, 1)]
    validation = validate(sheet(*rows, sheet_id="1AbC"), config)
    assert published(validation) == [
        {"name": "Jeu 1", "url": "https://exemple.fr/1"},  # the theme is known from the category
        {"name": "Jeu 4", "url": "https://exemple.fr/4", "producer": ""},
        {"name": "Jeu 5", "url": "https://exemple.fr/5", "ministry": ""},
        {"name": "Jeu 7", "url": ""},
    ]
    assert remarks(validation) == [
        f"à corriger A2 {code}",
        f"bloquant B3 {code}",
        f"bloquant C4 {code}",
        f"à corriger D5 {code}",
        f"à corriger E6 {code}",
        f"bloquant F7 {code}",
        f"à corriger G8 {'identifiants-dans-l-adresse' if code == 'secret' else code}",
    ]
    assert {finding.typed for finding in validation.findings} == {""}
    assert clean(text) not in repr((validation.findings, cells_of(validation.records), cells_of(validation.broken)))


@pytest.mark.parametrize(
    "typed",
    [
        "https://exemple.fr/?sig=8f3a9c2e",
        "exemple.fr/?key=8f3a9c2e",
        "https://exemple.fr/%3Fmdp%3Dazerty42%20",
        "admin:hunter2@exemple.fr/wfs",
        "redis://:hunter2@exemple.fr",
        "jean.dupont@exemple.fr",
        "jdupont@interieur.gouv.fr",
        "06 12 34 56 78",
        "https://exemple.fr/?email=jean.dupont@exemple.fr",
        "x 8f3a9c2e",  # whatever it is, it is no address
    ],
)
@pytest.mark.parametrize("around", ["{}", "{} ", "\n{}", "{}\u200b", " {} "])
def test_a_refused_address_that_may_not_be_repeated_is_repeated_by_no_other_remark(
    typed: str, around: str, config: Config
) -> None:
    url = around.format(typed)
    to_come = row(name="A venir", producer="", ministry="", status="", url=url)
    validation = validate(sheet(row(url=url), to_come), config)
    assert {finding.row for finding in validation.findings} >= {2, 3}  # none is taken for a row that says nothing
    assert clean(typed) not in repr((validation.findings, cells_of(validation.records)))


@pytest.mark.parametrize(
    ("field", "typed", "suggestion", "remarked"),
    [
        ("theme", "Donnéеs géospatiales", "Données géospatiales", "à corriger A2"),  # Cyrillic е
        ("category", "Аdresses", "Adresses", "bloquant B2"),  # Cyrillic А
        ("ministry", "Ministère de la Сulture", "Ministère de la Culture", "à corriger E2"),  # Cyrillic С
        ("status", "Ｄisponible", "Disponible", "bloquant F2"),  # full-width
        ("status", "Disponiblе sur data.gouv.fr", "Disponible sur data.gouv.fr", "bloquant F2"),
    ],
)
def test_a_look_alike_is_no_value_of_a_closed_list(
    field: str, typed: str, suggestion: str, remarked: str, config: Config
) -> None:
    validation = validate(sheet(row(**{field: typed})), config)
    assert remarks(validation) == [f"{remarked} lettres-trompeuses"]
    assert [(finding.typed, finding.suggestion) for finding in validation.findings] == [("", suggestion)]


@pytest.mark.parametrize(
    "cells",
    [
        {"theme": "Données météorologiques"},
        {"category": "Adresses"},
        {"theme": "Données géospatiales", "category": "Adresses"},
    ],
)
def test_a_section_heading_is_told_so_once(cells: dict[str, str], config: Config) -> None:
    validation = validate(sheet(BLANK | cells), config)
    assert (published(validation), remarks(validation)) == ([], ["bloquant C2 ligne-sans-jeu"])


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"name": "TOTAL"}, "ligne-de-total"),
        ({"name": "Total", "status": "97", "url": "66"}, "ligne-de-total"),
        ({"name": "————"}, "ligne-de-separation"),
        ({"category": "***", "name": "***"}, "ligne-de-separation"),
        (
            dict(zip(FIELDS, ["Thème", "Catégorie", "Nom", "Producteur", "Ministère", "Statut", "URL"], strict=True)),
            "en-tete-repete",
        ),
    ],
)
def test_a_row_that_is_no_dataset_is_told_so_once(cells: dict[str, str], code: str, config: Config) -> None:
    validation = validate(sheet(BLANK | cells), config)
    assert (published(validation), remarks(validation)) == ([], [f"bloquant C2 {code}"])


def test_a_secret_in_a_row_that_is_no_dataset_is_still_reported(config: Config) -> None:
    validation = validate(sheet(BLANK | {"name": "Total", "producer": "mdp : azerty42"}), config)
    assert remarks(validation) == ["bloquant C2 ligne-de-total", "à corriger D2 secret"]


# --- rows that hold nothing --------------------------------------------------------------------------------------

A_VENIR = dict.fromkeys(BLANK, "A venir") | {"link": ""}
TO_COME = {field: "A venir" if field in ("name", "status") else "" for field in RECORD_COLUMNS}


@pytest.mark.parametrize(
    "cells",
    [
        BLANK,
        dict.fromkeys(BLANK, " \u200b\u00a0"),
        A_VENIR,
        {field: text.upper() for field, text in A_VENIR.items()},
        A_VENIR | {"category": "Adresses", "theme": ""},
        BLANK | {"category": "Adresses", "name": "A venir"},
        BLANK | {"category": "Adresses", "name": "à venir", "status": "À VENIR"},
        BLANK | {"status": "A venir"},
    ],
)
def test_a_row_that_holds_nothing_is_worth_no_remark(cells: dict[str, str], config: Config) -> None:
    validation = validate(sheet(cells), config)
    assert (published(validation), remarks(validation)) == ([], [])


def test_a_row_to_come_whose_other_cells_are_unfit_is_no_second_row_to_come(config: Config) -> None:
    silent = dict.fromkeys(("producer", "ministry", "status", "url"), "")
    unfit = row(**silent | {"name": "A venir", "url": "https://demo.data.gouv.fr/x"})
    validation = validate(sheet(row(), row(**silent | {"name": "A venir"}), unfit), config)
    assert [record["name"] for record in cells_of(validation.records)] == ["Base Adresse Nationale", "A venir"]
    assert "à corriger G4 adresse-de-test" in remarks(validation)
    assert cells_of(validate(sheet(unfit), config).records) == []


def test_a_category_with_datasets_keeps_one_row_that_says_more_is_to_come(config: Config) -> None:
    to_come = BLANK | {"category": "Adresses", "name": "A venir"}
    validation = validate(sheet(to_come, row(), to_come, A_VENIR), config)
    place = {"theme": SOUND["theme"], "category": "Adresses"}
    assert cells_of(validation.records) == [
        {field: SOUND[field] for field in RECORD_COLUMNS},
        TO_COME | place,
    ]
    assert is_placeholder(validation.records, config).tolist() == [False, True]
    assert remarks(validation) == []


def test_a_placeholder_in_a_category_that_does_not_exist_is_reported(config: Config) -> None:
    validation = validate(sheet(BLANK | {"category": "Adrese", "name": "A venir"}), config)
    assert (published(validation), remarks(validation)) == ([], ["bloquant B2 categorie-inconnue"])


def test_only_rows_that_hold_something_are_counted(config: Config) -> None:
    assert validate(sheet(row(), BLANK, row(status="x"), BLANK | {"name": " "}), config).rows_read == 2


def test_an_empty_sheet_gives_nothing(config: Config) -> None:
    validation = validate(sheet(), config)
    assert (published(validation), remarks(validation), validation.rows_read) == ([], [], 0)
    assert tuple(validation.records.columns) == RECORD_COLUMNS


# --- what a finding says -----------------------------------------------------------------------------------------

CHOOSE = "Choisissez une valeur dans la liste déroulante."
STATUSES = (
    "Choisissez l'un de ceux-ci : A venir, Non disponible, Planifié, En cours d'ouverture, Partiellement disponible, "
    "Disponible, Disponible sur data.gouv.fr, Non requis."
)
COMPLETE = "Copiez l'adresse complète depuis la barre du navigateur, « https:// » compris."

WHAT_IS_SAID = [
    ({"name": ""}, "il manque le nom du jeu de données. Tapez le nom du jeu de données, ou « A venir »."),
    (
        {"name": "", "producer": "", "ministry": "", "status": "", "url": ""},
        (
            "cette ligne ne porte qu'une thématique ou une catégorie. "
            "Complétez-la, tapez « A venir » comme nom, ou supprimez-la."
        ),
    ),
    ({"name": "Total"}, "« Total » : cette ligne est un total, pas un jeu de données. Supprimez cette ligne."),
    (
        {"name": "Titre", "status": "Statut"},
        "« Titre » : cette ligne répète les titres des colonnes. Supprimez cette ligne.",
    ),
    (
        {"name": "***", "producer": "", "ministry": "", "status": "", "url": ""},
        "« *** » : cette ligne est une séparation, pas un jeu de données. Supprimez cette ligne.",
    ),
    (
        {"name": "Bis " * 99 + "Bis"},
        (
            "« Bis Bis Bis Bis Bis Bis Bis Bis Bis Bis Bis Bis Bis Bis Bis Bis Bis Bis Bis Bis… » : "
            "ce nom compte 399 caractères, la limite est de 300. Raccourcissez-le."
        ),
    ),
    ({"category": ""}, "il manque la catégorie. Choisissez-la dans la liste déroulante."),
    (
        {"category": "Adrese"},
        f"« Adrese » : cette catégorie n'existe pas. {CHOOSE} Vouliez-vous dire « Adresses » ?",
    ),
    ({"category": "Santé"}, f"« Santé » : cette catégorie n'existe pas. {CHOOSE}"),
    (
        {"category": "Air"},
        (
            "« Air » : cette catégorie appartient à la thématique « Données sur l'observation de la Terre et "
            "l'environnement », et non à « Données géospatiales ». Corrigez la thématique ou la catégorie."
        ),
    ),
    ({"theme": ""}, "il manque la thématique ; c'est la catégorie qui décide. Choisissez « Données géospatiales »."),
    (
        {"theme": "Géo"},
        "« Géo » : cette thématique n'existe pas ; c'est la catégorie qui décide. Choisissez « Données géospatiales ».",
    ),
    (
        {"status": ""},
        "il manque le statut ; le jeu est publié avec « A venir ». Choisissez-le dans la liste déroulante.",
    ),
    (
        {"status": "Diponible"},
        f"« Diponible » : ce statut n'existe pas. {STATUSES} Vouliez-vous dire « Disponible » ?",
    ),
    ({"status": "80 %"}, f"« 80 % » : ce statut n'existe pas. {STATUSES}"),
    ({"producer": ""}, "il manque le producteur. Tapez l'organisme qui produit les données."),
    ({"ministry": ""}, "il manque le ministère de tutelle. Choisissez-le dans la liste déroulante."),
    (
        {"ministry": "Ministère de la Cullture"},
        (
            "« Ministère de la Cullture » : ce ministère n'est pas dans la liste ; il est publié tel quel. "
            f"{CHOOSE} Vouliez-vous dire « Ministère de la Culture » ?"
        ),
    ),
    (
        {"ministry": "Ministère de la Transision écologique"},  # found through an alias, suggested under its label
        (
            "« Ministère de la Transision écologique » : ce ministère n'est pas dans la liste ; "
            f"il est publié tel quel. {CHOOSE} Vouliez-vous dire « {SOUND['ministry']} » ?"
        ),
    ),
    ({"url": "Lien"}, f"« Lien » : ce n'est pas une adresse web. Le jeu est publié sans lien. {COMPLETE}"),
    (
        {"url": "https://demo.data.gouv.fr/x"},
        (
            "« https://demo.data.gouv.fr/x » : cette adresse mène à un site de démonstration ou de test. "
            "Le jeu est publié sans lien. Indiquez l'adresse du jeu sur le site réel."
        ),
    ),
    (
        {"url": "https://a@exemple.fr/"},
        (
            "cette adresse contient un identifiant avant « @ » ; elle n'est pas reprise ici. "
            "Le jeu est publié sans lien. Retirez l'identifiant et, si c'était un mot de passe, changez-le."
        ),
    ),
    (
        {"url": ""},
        (
            "le statut est « Disponible », mais il n'y a pas d'adresse. "
            "Tapez l'adresse du jeu de données, ou changez le statut."
        ),
    ),
    (
        {"status": "Disponible sur data.gouv.fr", "url": "https://exemple.fr/"},
        (
            "« https://exemple.fr/ » : le statut est « Disponible sur data.gouv.fr », mais l'adresse n'est pas sur "
            "data.gouv.fr. Tapez l'adresse de la page du jeu sur data.gouv.fr, ou choisissez un autre statut."
        ),
    ),
    (
        {"url": "https://drive.google.com/x"},
        (
            "« https://drive.google.com/x » : cette adresse mène à un document partagé, peut-être privé ; "
            "elle est publiée. Vérifiez que tout le monde peut l'ouvrir."
        ),
    ),
    ({"url": "HTTP://exemple.fr"}, "« HTTP://exemple.fr » : adresse publiée sous sa forme normalisée."),
    (
        {"url": "", "link": "https://exemple.fr/"},
        "l'adresse a été trouvée sur le nom du jeu ; elle est publiée. Vous pouvez la copier dans sa colonne.",
    ),
    ({"status": "publié"}, "« publié » : publié sous son nom officiel, « Disponible »."),
    (
        {"producer": " IGN"},
        "« IGN » : espaces en trop, retours à la ligne ou caractères invisibles retirés.",
    ),
    (
        {"producer": "#N/A"},
        "la formule de cette cellule donne une erreur. Corrigez la formule, ou tapez la valeur à sa place.",
    ),
    (
        {"producer": "I\ufffdN"},
        "des caractères ont été perdus dans cette cellule (« \ufffd »). Retapez le texte.",
    ),
    (
        {"producer": "MÃ©tÃ©o"},
        "les accents de cette cellule sont abîmés. Retapez le texte, ou recopiez-le depuis sa source.",
    ),
    (
        {"producer": "\u202eNGI"},
        "cette cellule contient des caractères invisibles qui inversent le sens du texte. Retapez le texte à la main.",
    ),
    (
        {"producer": "mdp : azerty42"},
        (
            "cette cellule semble contenir un mot de passe, une clé ou un jeton ; elle n'est reprise nulle part. "
            "Effacez-la, y compris de l'historique du tableau, et faites révoquer ce secret."
        ),
    ),
    (
        {"producer": "j.dupont@exemple.fr"},
        (
            "cette cellule contient les coordonnées d'une personne ; elle n'est reprise nulle part. "
            "Retirez-les ; au besoin, indiquez l'adresse d'un service."
        ),
    ),
    (
        {"ministry": "Ministère de la Сulture"},
        (
            "cette cellule contient des lettres d'un autre alphabet qui imitent les nôtres. "
            "Choisissez la valeur dans la liste déroulante. Vouliez-vous dire « Ministère de la Culture » ?"
        ),
    ),
]


@pytest.mark.parametrize(("typed", "said"), WHAT_IS_SAID)
def test_a_finding_says_what_is_wrong_and_what_to_do(typed: dict[str, str], said: str, config: Config) -> None:
    (finding,) = (finding for finding in validate(sheet(row(**typed)), config).findings)
    assert finding.message == said


def test_a_finding_opens_the_sheet_on_the_very_cell(config: Config) -> None:
    validation = validate(sheet(BLANK, row(status="Diponible"), sheet_id="1AbC"), config)
    assert validation.findings == (
        Finding(
            severity="bloquant",
            code="statut-inconnu",
            problem="ce statut n'existe pas.",
            remedy=STATUSES,
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
        ),
    )


def test_a_finding_of_a_csv_file_has_the_cell_but_no_link(config: Config) -> None:
    (finding,) = validate(sheet(row(producer="")), config).findings
    assert (finding.cell, finding.link) == ("D2", "")


def test_a_cell_is_named_by_the_column_it_stands_in(config: Config) -> None:
    columns = dict(zip(reversed(FIELDS), ["A", "B", "Z", "AA", "AB", "AC", "AD"], strict=True))
    validation = validate(sheet(row(status="x", producer=""), columns=columns), config)
    assert remarks(validation) == ["bloquant B2 statut-inconnu", "à corriger AA2 producteur-vide"]


@pytest.mark.parametrize(
    ("typed", "ministry"),
    [("MTE", SOUND["ministry"]), ("Ministère du Temps", ""), ("", ""), ("A venir", ""), ("mdp : azerty42", "")],
)
def test_a_finding_is_addressed_to_an_official_ministry_or_to_none(typed: str, ministry: str, config: Config) -> None:
    findings = validate(sheet(row(ministry=typed, status="x")), config).findings
    assert {finding.ministry for finding in findings} == {ministry}


def test_findings_come_in_the_order_of_the_sheet(config: Config) -> None:
    here = row(producer="")
    below = row(name="B", url="", status="x", theme="")
    validation = validate(sheet(here, below, row(name="C", url="Lien")), config)
    assert remarks(validation) == [
        "à corriger D2 producteur-vide",
        "bloquant F3 statut-inconnu",
        "info A3 thematique-vide",
        "à corriger G4 adresse-invalide",
    ]


# --- columns and tabs --------------------------------------------------------------------------------------------


def without(field: str) -> Mapping[str, str]:
    return {name: letters for name, letters in LETTERS.items() if name != field}


def test_a_sheet_without_a_theme_column_is_complete(config: Config) -> None:
    validation = validate(sheet(row(theme=""), columns=without("theme")), config)
    assert (published(validation), remarks(validation)) == ([{}], [])


def test_a_remark_on_a_column_that_is_absent_points_at_the_name(config: Config) -> None:
    validation = validate(sheet(row(url=""), columns=without("url")), config)
    assert remarks(validation) == ["à corriger C2 adresse-manquante"]


def test_rows_of_all_tabs_are_one_list(config: Config) -> None:
    tabs = {
        "DGPR": (row(url="", status="Planifié"), row(name="A", status="x")),
        "Géo": (row(), row(name="Z", url="Lien")),
    }
    validation = validate(sheet_of_tabs(tabs, sheet_id="1AbC"), config)
    assert published(validation) == [{"status": "Planifié", "url": ""}, {"name": "Z", "url": ""}]
    assert [(finding.tab, finding.cell, finding.code, finding.link) for finding in validation.findings] == [
        ("DGPR", "F3", "statut-inconnu", "https://docs.google.com/spreadsheets/d/1AbC/edit#gid=10&range=F3"),
        ("Géo", "C2", "doublon", "https://docs.google.com/spreadsheets/d/1AbC/edit#gid=11&range=C2"),
        ("Géo", "G3", "adresse-invalide", "https://docs.google.com/spreadsheets/d/1AbC/edit#gid=11&range=G3"),
    ]
    assert validation.findings[1].problem == (
        "ce jeu figure déjà à la ligne 2 de l'onglet n° 1, avec d'autres informations ; "
        "seule cette ligne-là est publiée."
    )


# --- rows compared with each other -------------------------------------------------------------------------------


def test_of_two_equal_rows_the_first_is_published(config: Config) -> None:
    validation = validate(sheet(row(), row()), config)
    (finding,) = validation.findings
    assert published(validation) == [{}]
    assert (finding.severity, finding.cell, finding.code) == ("bloquant", "C3", "doublon")
    assert finding.message == (
        "« Base Adresse Nationale » : ce jeu figure déjà à la ligne 2 ; seule cette ligne-là est publiée. "
        "Gardez une seule des deux lignes, avec les bonnes informations."
    )


def test_of_two_rows_for_one_dataset_the_most_complete_is_published(config: Config) -> None:
    validation = validate(sheet(row(url="", status="Planifié"), row()), config)
    (finding,) = validation.findings
    assert published(validation) == [{}]
    assert (finding.severity, finding.cell, finding.code) == ("bloquant", "C2", "doublon")
    assert finding.problem == (
        "ce jeu figure déjà à la ligne 3, avec d'autres informations ; seule cette ligne-là est publiée."
    )


def test_to_come_is_less_than_any_status(config: Config) -> None:
    validation = validate(sheet(row(status="A venir"), row(status="Disponible")), config)
    assert published(validation) == [{}]
    assert remarks(validation) == ["bloquant C2 doublon"]


def test_a_copy_of_the_tab_does_not_take_the_place_of_what_is_kept_up(config: Config) -> None:
    kept_up, copied = row(status="Planifié", url="", producer=""), row(producer="")
    validation = validate(sheet_of_tabs({"Suivi": (kept_up,), "Copie de Suivi": (copied,)}), config)
    assert published(validation) == [{"status": "Planifié", "url": "", "producer": ""}]


def test_between_two_rows_as_complete_as_each_other_their_order_decides_nothing(config: Config) -> None:
    twins = row(status="Planifié", url="https://exemple.fr/b"), row(url="https://exemple.fr/a")
    one, other = (cells_of(validate(sheet(*rows), config).records) for rows in (twins, reversed(twins)))
    assert one == other


@pytest.mark.parametrize(
    "twin",
    [
        {"name": "BASE ADRESSE NATIONALE"},
        {"name": "Base  Adresse\nNationale"},
        {"producer": "Institut national de l’information géographique et forestière"},
        {"category": "adresses"},
        {"url": "https://autre.exemple.fr/"},
    ],
)
def test_the_same_dataset_is_recognised_however_it_is_typed(twin: dict[str, str], config: Config) -> None:
    validation = validate(sheet(row(), row(**twin)), config)
    assert len(validation.records) == 1
    assert [finding.code for finding in validation.findings if finding.severity == "bloquant"] == ["doublon"]


@pytest.mark.parametrize(
    "other",
    [
        {"producer": "DINUM"},
        {"category": "Bâtiments"},
        {"name": "Base Adresse Nationale (API)", "url": "https://autre.exemple.fr/"},
    ],
)
def test_another_producer_category_or_name_is_another_dataset(other: dict[str, str], config: Config) -> None:
    validation = validate(sheet(row(), row(**other)), config)
    assert (len(validation.records), remarks(validation)) == (2, [])


@pytest.mark.parametrize("broken", [{"status": "x"}, {"category": "x"}, {"status": "mdp : azerty42"}])
def test_a_broken_twin_does_not_take_the_sound_row_down(broken: dict[str, str], config: Config) -> None:
    for rows in ([row(**broken), row()], [row(), row(**broken)]):
        validation = validate(sheet(*rows), config)
        assert published(validation) == [{}]
        assert "doublon" not in {finding.code for finding in validation.findings}


def test_one_address_under_two_names_of_a_category_is_told_to_both(config: Config) -> None:
    validation = validate(
        sheet(row(name="A"), row(name="B", url="http://adresse.data.gouv.fr/donnees-nationales/")), config
    )
    assert [record["name"] for record in cells_of(validation.records)] == ["A", "B"]
    assert [(finding.severity, finding.cell, finding.problem) for finding in validation.findings] == [
        ("à corriger", "G2", "deux jeux de cette catégorie ont la même adresse (voir aussi la ligne 3)."),
        ("à corriger", "G3", "deux jeux de cette catégorie ont la même adresse (voir aussi la ligne 2)."),
    ]


def test_one_address_in_two_categories_is_no_matter(config: Config) -> None:
    assert remarks(validate(sheet(row(), row(category="Bâtiments", name="Autre nom")), config)) == []


def test_placeholders_are_never_duplicates(config: Config) -> None:
    to_come = BLANK | {"category": "Adresses", "name": "A venir"}
    assert remarks(validate(sheet(to_come, to_come, to_come), config)) == []


def test_rows_left_out_are_kept_aside_with_the_cell_to_blame(config: Config) -> None:
    validation = validate(sheet(row(status="x"), row(name="A", url="Lien"), sheet_id="1AbC"), config)
    assert cells_of(validation.broken) == [
        {field: SOUND[field] for field in RECORD_COLUMNS}
        | {
            "status": "",
            "tab": "Suivi",
            "cell": "F2",
            "column": "Statut",
            "link": "https://docs.google.com/spreadsheets/d/1AbC/edit#gid=10&range=F2",
        }
    ]


def test_records_are_in_page_order_and_french_alphabetical_order(config: Config) -> None:
    names = ["Zones", "éboulis", "Eau", "A venir", "École", "eau douce", "« Eau » (bis)", "10 ans"]
    rows = [row(name=name, url="", status="Planifié") for name in names]
    validation = validate(sheet(row(theme="Données statistiques", category="Emploi"), *rows), config)
    assert [record["name"] for record in cells_of(validation.records)] == [
        *["10 ans", "Eau", "« Eau » (bis)", "eau douce", "éboulis", "École", "Zones", "A venir"],
        "Base Adresse Nationale",
    ]


# --- for any sheet whatever --------------------------------------------------------------------------------------

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=12)  # lone surrogates too
LIKELY = {
    "theme": ["", SOUND["theme"], "géospatiales", "Données statistiques", "x"],
    "category": ["", "Adresses", "ADRESSES", "Bâtiments", "Emploi", "Аdresses", "A venir"],
    "name": ["", "BAN", "ban", "B\u200bAN", "A venir", "Total", "---", "#REF!", "Ét\u0301é"],
    "producer": ["", "IGN", "ign", "A venir", "mdp : azerty42"],
    "ministry": ["", "MTE", "IGN", "A venir", SOUND["ministry"]],
    "status": ["", "Disponible", "publié", "A venir", "Planifié", "Disponible sur data.gouv.fr", "x"],
    "url": ["", "Lien", "https://a.fr/é", "http://a.fr/%C3%A9/", "https://www.data.gouv.fr/x", "A venir"],
    "link": ["", "", "https://a.fr/x"],
}
ROWS = st.fixed_dictionaries(
    {"name": st.one_of(st.sampled_from(LIKELY["name"]), ANY_TEXT)},
    optional={field: st.one_of(st.sampled_from(texts), ANY_TEXT) for field, texts in LIKELY.items() if field != "name"},
).map(lambda cells: SOUND | cells)
SHEETS = st.lists(ROWS, max_size=6)
few = settings(max_examples=25)  # each sheet takes a while
GAPS = {"producteur-vide", "ministere-vide", "ministere-inconnu", "adresse-manquante", "adresse-partagee"}
STANDING = GAPS | {"adresse-hors-du-site-annonce", "adresse-peut-etre-privee"}


@given(SHEETS)
@few
def test_every_row_is_on_the_page_in_the_findings_or_a_placeholder(config: Config, rows: list[dict[str, str]]) -> None:
    validation = validate(sheet(*rows), config)
    names = {(record["category"], record["name"]) for record in cells_of(validation.records)}
    blamed = {finding.row for finding in validation.findings if finding.severity == "bloquant"}
    for line, cells in enumerate(rows, start=2):
        text = {field: clean(typed) for field, typed in cells.items()}
        category = config.lookup["category"].get(fold(text["category"]), "")
        says_to_come = fold(text["name"]) == fold("A venir")
        on_the_page = (category, "A venir" if says_to_come else text["name"]) in names
        assert on_the_page or line in blamed or says_to_come or not any(text.values())


@given(SHEETS, st.randoms(use_true_random=False))
@few
def test_the_order_of_rows_never_changes_what_is_published(
    config: Config, rows: list[dict[str, str]], chance: random.Random
) -> None:
    shuffled = chance.sample(rows, len(rows))
    assert cells_of(validate(sheet(*rows), config).records) == cells_of(validate(sheet(*shuffled), config).records)


@given(SHEETS)
@few
def test_what_is_published_is_published_again_as_it_is(config: Config, rows: list[dict[str, str]]) -> None:
    records = cells_of(validate(sheet(*rows), config).records)
    again = validate(sheet(*(record | {"link": ""} for record in records)), config)
    assert cells_of(again.records) == records
    assert {finding.code for finding in again.findings} <= STANDING


@given(SHEETS)
@few
def test_nothing_published_or_said_is_unfit_to_repeat(config: Config, rows: list[dict[str, str]]) -> None:
    validation = validate(sheet(*rows, sheet_id="1AbC"), config)
    texts = [text for record in cells_of(validation.records) for text in record.values()]
    texts += [text for finding in validation.findings for text in (finding.typed, finding.name, finding.suggestion)]
    for text in texts:
        assert (clean(text), content_fault(text)) == (text, "")
        assert not {unicodedata.category(char) for char in text} & {"Cc", "Cs"}


@given(SHEETS)
@few
def test_what_is_published_is_canonical_and_in_page_order(config: Config, rows: list[dict[str, str]]) -> None:
    records = validate(sheet(*rows), config).records
    theme_of = config.theme_of
    assert [theme_of[category] for category in records["category"]] == records["theme"].tolist()
    assert set(records["status"]) <= {status.label for status in config.statuses}
    assert (records["name"] != "").all()
    pd.testing.assert_frame_equal(records, in_page_order(records, config))


# --- the sheet as it is today ------------------------------------------------------------------------------------


def test_the_real_sheet_gives_all_its_rows_and_these_remarks(config: Config) -> None:
    validation = validate(read_csv(TABLEAU, config), config)
    assert (validation.rows_read, len(validation.records)) == (97, 97)
    assert (validation.records["category"].nunique(), len(config.theme_of)) == (49, 66)
    assert validation.broken.empty
    assert Counter((finding.severity, finding.code) for finding in validation.findings) == {
        ("à corriger", "producteur-vide"): 14,
        ("à corriger", "ministere-vide"): 14,
        ("à corriger", "adresse-invalide"): 1,
        ("à corriger", "adresse-de-test"): 1,
        ("à corriger", "adresse-partagee"): 2,
    }
    assert [remark for remark in remarks(validation) if " G" in remark] == [
        "à corriger G48 adresse-partagee",
        "à corriger G49 adresse-partagee",
        "à corriger G54 adresse-de-test",
        "à corriger G97 adresse-invalide",
    ]
