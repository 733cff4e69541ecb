"""config.toml → Config: what the real file says, and what a wrong one is told."""

# ruff: noqa: E501  messages and labels are compared whole, one case a line

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from job.config import TEMPLATES, Config, Guards, Limits, SheetConfig, load_config
from job.model import FIELDS, JobError
from job.text import clean, fold

REAL = Path(__file__).parents[1] / "config.toml"
TEXT = REAL.read_text(encoding="utf-8")

# Lines of the real file that the broken ones replace.
AIR = '{ label = "Air", uri = "http://data.europa.eu/bna/c_63b37dd4" }'
JUSTICE = '{ label = "Ministère de la Justice" }'
URL_COLUMN = 'field = "url"\ntitle = "URL"'
PAGE = 'page = "site/liste_donnees_forte-valeur.md"'
DATA = 'data = "site/donnees-de-forte-valeur.csv"'

HEADINGS = """\
## Données géospatiales
### Unités administratives
### Dénominations géographiques
### Adresses
### Bâtiments
### Parcelles cadastrales
### Parcelles de référence
### Parcelles agricoles
## Données sur l'observation de la Terre et l'environnement
### Hydrographie
### Sites protégés
### Altitude
### Géologie
### Occupation des terres
### Ortho-imagerie
### Zones de gestion, de restriction ou de réglementation et unités de déclaration
### Régions biogéographiques
### Sources d'énergie
### Installations de suivi environnemental
### Habitats et biotopes
### Usage des sols
### Ressources minérales
### Zones à risque naturel
### Caractéristiques géographiques océanographiques
### Lieux de production et sites industriels
### Régions maritimes
### Sols
### Répartition des espèces
### Air
### Climat
### Emissions
### Protection de la nature et biodiversité
### Bruit
### Déchets
### Eau
### Législation horizontale
### Information environnementale - Diffusion de l'information environnementale
## Données météorologiques
### Données d'observation mesurées par les stations météorologiques
### Données climatiques : observations validées
### Alertes météorologiques
### Données radar
### Modèles de données de prévision météorologique numérique
## Données statistiques
### Production industrielle
### Ventilations de l'indice des prix à la production industrielle par activité
### Volume des ventes par activité
### Statistiques sur le commerce international de biens dans l'UE : exportations et importants ventilées à la fois par partenaire, par produit et par flux
### Flux touristiques en Europe
### Indices des prix à la consommation harmonisés
### Comptes nationaux - Principaux agrégats du PIB
### Comptes nationaux - Indicateurs clés sur les sociétés
### Comptes nationaux - Indicateurs clés sur les ménages
### Dépenses et recettes des administrations publiques
### Dette publique brute consolidée
### Comptes et statistiques sur l'environnement
### Population, fécondité, mortalité
### Population
### Fécondité
### Mortalité
### Dépenses de santé courantes
### Pauvreté
### Inégalité
### Emploi
### Chômage
### Main d'oeuvre potentielle
## Données sur les entreprises et les propriétés d'entreprises
### Informations de base sur l'entreprise : attributs clés
### Documents et comptes de l'entreprise
## Données sur la mobilité
### Réseaux de transport
### Données sur les voies navigables intérieures
"""


def write_config(folder: Path, content: str | bytes) -> Path:
    """A config.toml in a folder of its own, with templates, beside a folder that it must not reach."""
    root = folder / "repository"
    (root / "templates").mkdir(parents=True)
    for name in TEMPLATES:
        (root / "templates" / name).touch()
    (folder / "elsewhere").mkdir()
    (root / "link").symlink_to(folder / "elsewhere")
    path = root / "config.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def edited(*edits: tuple[str, str]) -> str:
    text = TEXT
    for old, new in edits:
        assert old in text, "the real file no longer has this line"
        text = text.replace(old, new, 1)
    return text


def refusal(path: Path) -> str:
    with pytest.raises(JobError) as refused:
        load_config(path)
    assert refused.value.exit_code == 1
    return str(refused.value)


@pytest.fixture(scope="module")
def real() -> Config:
    return load_config(REAL)


def test_the_real_file_loads_with_the_values_it_shows(real: Config) -> None:
    root = REAL.parent.resolve()
    assert real.root == root
    assert real.sheet == SheetConfig(id="", tabs=())
    assert (real.output.page, real.output.data, real.output.report, real.output.templates) == (
        root / "site/liste_donnees_forte-valeur.md",
        root / "site/donnees-de-forte-valeur.csv",
        root / "build",
        root / "templates",
    )
    assert real.guards == Guards(1, 0.2, 5, 0.3)
    assert real.limits == Limits(name=300, address=2000)
    assert real.placeholder == "A venir"
    assert "demo.data.gouv.fr" in real.addresses.not_production
    assert {"rie.gouv.fr", "ader.gouv.fr"} <= set(real.addresses.internal)


def test_themes_and_categories_are_the_headings_of_the_page_in_page_order(real: Config) -> None:
    headings = ""
    for theme in real.themes:
        headings += f"## {theme.label}\n" + "".join(f"### {category.label}\n" for category in theme.categories)
    assert headings == HEADINGS


def test_every_theme_and_all_categories_but_one_have_their_european_identifier(real: Config) -> None:
    without = [category.label for theme in real.themes for category in theme.categories if not category.uri]
    assert without == ["Information environnementale - Diffusion de l'information environnementale"]
    assert all(theme.tag and theme.uri for theme in real.themes)


def test_statuses_go_from_nothing_to_everything_and_each_is_explained(real: Config) -> None:
    assert [(status.label, status.promises_access, status.address_on) for status in real.statuses] == [
        ("A venir", False, ""),
        ("Non disponible", False, ""),
        ("Planifié", False, ""),
        ("En cours d'ouverture", False, ""),
        ("Partiellement disponible", True, ""),
        ("Disponible", True, ""),
        ("Disponible sur data.gouv.fr", True, "data.gouv.fr"),
        ("Non requis", False, ""),
    ]
    assert all(status.meaning.endswith(".") for status in real.statuses)


def test_there_is_one_column_for_each_field_in_the_fields_order(real: Config) -> None:
    assert [(column.field, column.title, column.required) for column in real.columns] == [
        ("theme", "Thématique", False),
        ("category", "Catégorie", True),
        ("name", "Nom du jeu de données", True),
        ("producer", "Producteur", True),
        ("ministry", "Ministère de tutelle", True),
        ("status", "Statut", True),
        ("url", "URL", False),
    ]
    assert all(column.help.endswith(".") for column in real.columns)


def test_columns_come_in_the_fields_order_whatever_the_files(tmp_path: Path) -> None:
    head, *columns = TEXT.split("[[columns]]")
    last, themes = columns[-1].split("[[themes]]", 1)
    content = "[[columns]]".join([head, last, *columns[:-1]]) + "[[themes]]" + themes
    assert [column.field for column in load_config(write_config(tmp_path, content)).columns] == list(FIELDS)


@pytest.mark.parametrize(
    ("field", "typed", "label"),
    [
        (
            "theme",
            "Données sur l'observation de la terre et l'environnement",
            "Données sur l'observation de la Terre et l'environnement",
        ),
        (
            "theme",
            "Données sur les entreprises et propriétés d'entreprises",
            "Données sur les entreprises et les propriétés d'entreprises",
        ),
        ("theme", "Données de mobilité", "Données sur la mobilité"),
        ("category", "Domaine de l'eau", "Eau"),
        ("category", "Domaine des émissions", "Emissions"),
        ("category", "Domaine du bruit", "Bruit"),
        (
            "category",
            "Domaine de la protection de la nature et de la biodiversité",
            "Protection de la nature et biodiversité",
        ),
        ("category", "Données climatiques : les observations validées", "Données climatiques : observations validées"),
        ("category", "Inégalités", "Inégalité"),
        (
            "category",
            "Comptes nationaux - Indicateurs clés sur les entreprises",
            "Comptes nationaux - Indicateurs clés sur les sociétés",
        ),
        ("category", "Dette brute consolidée", "Dette publique brute consolidée"),
        (
            "category",
            "Ventilations de l'indice des prix de production de l'industrie par activité",
            "Ventilations de l'indice des prix à la production industrielle par activité",
        ),
        ("category", "Comptes et statistiques de l'environnement", "Comptes et statistiques sur l'environnement"),
        (
            "category",
            "Statistiques sur le commerce international de biens dans l'UE : exportations et importations ventilées à la fois par partenaire, par produit et par flux",
            "Statistiques sur le commerce international de biens dans l'UE : exportations et importants ventilées à la fois par partenaire, par produit et par flux",
        ),
        (
            "category",
            "Informations de base sur l'entreprise : Attributs clés",
            "Informations de base sur l'entreprise : attributs clés",
        ),
        ("category", "Voies navigables intérieures", "Données sur les voies navigables intérieures"),
        ("category", "Domaine de de l'eau", "Eau"),
        (
            "theme",
            "Observation de la Terre et environnement",
            "Données sur l'observation de la Terre et l'environnement",
        ),
        ("theme", "Météorologie", "Données météorologiques"),
        ("theme", "Statistiques", "Données statistiques"),
        (
            "theme",
            "Entreprises et propriétés d'entreprises",
            "Données sur les entreprises et les propriétés d'entreprises",
        ),
        ("theme", "Mobilité", "Données sur la mobilité"),
        (
            "theme",
            "Données sur les entreprises et les propriétés d’entreprises",
            "Données sur les entreprises et les propriétés d'entreprises",
        ),
        ("theme", "Géospatiales", "Données géospatiales"),
        (
            "theme",
            "Observation de la terre et environnement",
            "Données sur l'observation de la Terre et l'environnement",
        ),
        ("theme", "Météorologiques", "Données météorologiques"),
        (
            "theme",
            "Entreprises et propriété d'entreprises",
            "Données sur les entreprises et les propriétés d'entreprises",
        ),
        ("producer", "INSEE", "Insee"),
        ("producer", "Institut National de la Statistique et des Etudes Economiques (Insee)", "Insee"),
        ("producer", "Institut national de l’information géographique et forestière (IGN)", "IGN"),
        ("producer", "Bureau de recherches géologiques et minières (BRGM)", "BRGM"),
        ("producer", "Bureau de Recherches Géologiques et Minières", "BRGM"),
        ("producer", "Muséum national d'histoire naturelle (MNHN)", "MNHN"),
        ("ministry", "MTE", "Ministère de la Transition écologique et de la Cohésion des territoires"),
        (
            "ministry",
            "Ministère de la Transition Ecologique",
            "Ministère de la Transition écologique et de la Cohésion des territoires",
        ),
        (
            "ministry",
            "Ministère de l'économie",
            "Ministère de l'Économie, des Finances et de la Souveraineté industrielle et numérique",
        ),
        (
            "ministry",
            "Ministère des solidarités et de la santé",
            "Ministère du Travail, de la Santé et des Solidarités",
        ),
        (
            "ministry",
            "Ministère de la transition écologique",
            "Ministère de la Transition écologique et de la Cohésion des territoires",
        ),
        ("status", "Publié", "Disponible"),
        ("status", "A venir", "A venir"),
        ("status", "DISPONIBLE", "Disponible"),
        ("status", "En cours d’ouverture", "En cours d'ouverture"),
        ("ministry", "Ministère du travail", "Ministère du Travail, de la Santé et des Solidarités"),
    ],
)
def test_what_people_type_is_found_under_its_canonical_label(real: Config, field: str, typed: str, label: str) -> None:
    assert real.lookup[field][fold(clean(typed))] == label


def test_every_label_is_found_under_itself(real: Config) -> None:
    assert set(real.lookup) == {"theme", "category", "status", "ministry", "producer"}
    assert {label for label in real.theme_of if real.lookup["category"].get(fold(label)) == label} == set(real.theme_of)


def test_no_alias_of_the_real_file_is_redundant(real: Config) -> None:
    terms = (*real.themes, *real.statuses, *real.ministries, *real.producers)
    categories = tuple(category for theme in real.themes for category in theme.categories)
    for term in (*terms, *categories):
        names = [fold(name) for name in (term.label, *term.aliases)]
        assert len(set(names)) == len(names), term.label


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbf" + TEXT.encode(), TEXT.replace("\n", "\r\n").encode()],
    ids=["byte-order mark", "Windows line ends"],
)
def test_the_file_may_have_been_saved_by_windows(tmp_path: Path, content: bytes) -> None:
    path = write_config(tmp_path, TEXT)
    plain = load_config(path)
    path.write_bytes(content)
    assert load_config(path) == plain


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (AIR, '{ label = "Air", aliases = ["AIR", "Atmosphère", "atmosphere"] }'),
        (AIR, '{ label = "Air", uri = "" }'),
        ("tabs = []", 'tabs = ["Suivi", 0]'),
        ("max_removed_share = 0.2", "max_removed_share = 1"),
        ("min_rows = 1", "min_rows = 0"),
        (JUSTICE, '{ label = "Recherche & développement : L\'État (2024), etc." }'),
    ],
)
def test_harmless_choices_are_accepted(tmp_path: Path, old: str, new: str) -> None:
    load_config(write_config(tmp_path, edited((old, new))))


# fmt: off
BROKEN = [  # (a piece of the real file, what stands in its place, every mistake that is told)
    ("min_rows = 1", "", ["guards.min_rows : cette clé manque. Ajoutez-la, avec un nombre entier."]),
    ("enabled = false", 'enabled = "oui"', ["feedback.enabled : il faut true ou false, sans guillemets, pas un texte. Remplacez cette valeur."]),
    ("[feedback]", "[feedbak]", ["feedbak : clé inconnue. Vouliez-vous dire « feedback » ?"]),
    ('contact = ""', "contact = 3", ["sheet.contact : il faut un texte entre guillemets, pas un nombre entier. Remplacez cette valeur."]),
    ("[limits]", "[limites]", ["limits : cette section manque. Ajoutez [limits].", "limites : clé inconnue. Vouliez-vous dire « limits » ?"]),
    ("max_removed_share", "max_removed_shar", ["guards.max_removed_share : cette clé manque. Ajoutez-la, avec un nombre de 0 à 1.", "guards.max_removed_shar : clé inconnue. Vouliez-vous dire « max_removed_share » ?"]),
    ("min_rows = 1", "min_rows = 1\nzzz = 1", ["guards.zzz : clé inconnue. Clés admises : min_rows, max_removed_share, max_removed_floor, max_scrambled_share."]),
    ("min_rows = 1", 'min_rows = "1"', ["guards.min_rows : il faut un nombre entier, pas un texte. Remplacez cette valeur."]),
    ("min_rows = 1", "min_rows = true", ["guards.min_rows : il faut un nombre entier, pas true ou false. Remplacez cette valeur."]),
    ("min_rows = 1", "min_rows = 1.5", ["guards.min_rows : il faut un nombre entier, pas un nombre à virgule. Remplacez cette valeur."]),
    ("min_rows = 1", "min_rows = -1", ["guards.min_rows : ce nombre est trop petit. Mettez 0 ou plus."]),
    ("name = 300", "name = 0", ["limits.name : ce nombre est trop petit. Mettez 1 ou plus."]),
    ("max_removed_share = 0.2", "max_removed_share = 20", ["guards.max_removed_share : une part va de 0 à 1. Par exemple, écrivez 0.2 pour 20 %."]),
    ("max_removed_share = 0.2", "max_removed_share = nan", ["guards.max_removed_share : une part va de 0 à 1. Par exemple, écrivez 0.2 pour 20 %."]),
    ("max_removed_share = 0.2", "max_removed_share = true", ["guards.max_removed_share : il faut un nombre de 0 à 1, pas true ou false. Remplacez cette valeur."]),
    ("required = false # la", 'required = "non" # la', ["columns[1].required (« Thématique ») : il faut true ou false, sans guillemets, pas un texte. Remplacez cette valeur."]),
    ("tabs = []", "tabs = [1.5]", ["sheet.tabs[1] : il faut un titre entre guillemets ou un numéro (gid), pas un nombre à virgule. Remplacez cette valeur."]),
    ("tabs = []", 'tabs = [" "]', ["sheet.tabs[1] : ce texte est vide. Complétez-le, ou supprimez-le s'il ne sert à rien."]),
    ("tabs = []", 'tabs = "Suivi"', ["sheet.tabs : il faut une liste entre crochets [ ], pas un texte. Remplacez cette valeur."]),
    ("tabs = []", "tabs = [2024-03-01, true]", ["sheet.tabs[1] : il faut un titre entre guillemets ou un numéro (gid), pas une date. Remplacez cette valeur.", "sheet.tabs[2] : il faut un titre entre guillemets ou un numéro (gid), pas true ou false. Remplacez cette valeur."]),
    ('id = ""', 'id = "https://docs.google.com/spreadsheets/d/1AbC/edit"', ["sheet.id : cette valeur n'a pas la forme attendue. Copiez seulement ce qui se trouve entre /d/ et /edit dans l'adresse de la feuille."]),
    ('"demo.data.gouv.fr"', '"https://demo.data.gouv.fr/"', ["addresses.not_production[1] : ce n'est pas un nom de domaine. Écrivez seulement le nom du site, comme data.gouv.fr, sans https:// ni barre oblique."]),
    ('address_on = "data.gouv.fr"', 'address_on = "www data"', ["vocabulary.statuses[7].address_on (« Disponible sur data.gouv.fr ») : cette valeur n'a pas la forme attendue. Écrivez seulement le nom du site, comme data.gouv.fr, sans https:// ni barre oblique."]),
    (AIR, '{ label = "" }', ["themes[2].categories[20].label : ce texte est vide. Complétez-le, ou supprimez-le s'il ne sert à rien."]),
    (AIR, "{ label = 3 }", ["themes[2].categories[20].label : il faut un texte entre guillemets, pas un nombre entier. Remplacez cette valeur."]),
    (AIR, '"Air"', ["themes[2].categories[20] (« Données sur l'observation de la Terre et l'environnement ») : il faut une entrée entre accolades { … }, pas un texte. Remplacez cette valeur."]),
    (AIR, '{ uri = "http://data.europa.eu/bna/c_63b37dd4" }', ["themes[2].categories[20].label : cette clé manque. Ajoutez-la, avec un texte entre guillemets."]),
    (AIR, '{ label = "Air", uri = "bna/c_63b37dd4" }', ["themes[2].categories[20].uri (« Air ») : cette valeur n'a pas la forme attendue. Écrivez une adresse qui commence par http:// ou https://, ou supprimez cette clé."]),
    (AIR, '{ label = "Air", uri = "http://data.europa.eu/bna/c_43f88346" }', ["themes[2].categories[26].uri (« Eau ») : « http://data.europa.eu/bna/c_43f88346 » figure déjà en themes[2].categories[20].uri (« Air »). Gardez-le à un seul endroit."]),
    (AIR, '{ label = "Air", alias = ["Atmosphère"] }', ["themes[2].categories[20].alias (« Air ») : clé inconnue. Vouliez-vous dire « aliases » ?"]),
    (AIR, '{ label = "EAU" }', ["themes[2].categories[26].label (« Eau ») : « Eau » figure déjà en themes[2].categories[20].label (« EAU »). Gardez-le à un seul endroit."]),
    (AIR, '{ label = "Adresses" }', ["themes[2].categories[20].label (« Adresses ») : « Adresses » figure déjà en themes[1].categories[3].label (« Adresses »). Gardez-le à un seul endroit."]),
    (AIR, '{ label = "Air", aliases = ["Adressés"] }', ["themes[2].categories[20].aliases[1] (« Air ») : « Adressés » figure déjà en themes[1].categories[3].label (« Adresses »). Gardez-le à un seul endroit."]),
    (AIR, '{ label = "Domaine du bruit" }', ["themes[2].categories[24].aliases[1] (« Bruit ») : « Domaine du bruit » figure déjà en themes[2].categories[20].label (« Domaine du bruit »). Gardez-le à un seul endroit."]),
    (AIR, '{ label = "Air", aliases = "Atmosphère" }', ["themes[2].categories[20].aliases (« Air ») : il faut une liste entre crochets [ ], pas un texte. Remplacez cette valeur."]),
    (AIR, '{ label = "Air", aliases = ["", "Atmosphère\\n"] }', ["themes[2].categories[20].aliases[1] (« Air ») : ce texte est vide. Complétez-le, ou supprimez-le s'il ne sert à rien.", "themes[2].categories[20].aliases[2] (« Air ») : ce texte contient un saut de ligne ou un caractère invisible. Retapez-le sur une ligne."]),
    (AIR, '{ label = "Air\\nEau douce" }', ["themes[2].categories[20].label (« Air Eau douce ») : ce texte contient un saut de ligne ou un caractère invisible. Retapez-le sur une ligne."]),
    (AIR, '{ label = "{{ Air }} | <b>`x`" }', ["themes[2].categories[20].label (« {{ Air }} | <b>`x` ») : ce nom contient { } | < > `, réservé à la mise en forme de la page. Retirez-le."]),
    (AIR, '{ label = "[Air](_a_) *#~" }', ["themes[2].categories[20].label (« [Air](_a_) *#~ ») : ce nom contient [ ] _ * # ~, réservé à la mise en forme de la page. Retirez-le."]),
    (AIR, '{ label = "Air &amp; :climb:" }', ["themes[2].categories[20].label (« Air &amp; :climb: ») : ce nom contient & :, réservé à la mise en forme de la page. Retirez-le."]),
    ('label = "Données sur la mobilité"', 'label = "Météorologie"', ["themes[6].label (« Météorologie ») : « Météorologie » figure déjà en themes[3].aliases[1] (« Données météorologiques »). Gardez-le à un seul endroit."]),
    (JUSTICE, '{ label = "Ministère des armées" }', ["vocabulary.ministries[11].label (« Ministère des Armées ») : « Ministère des Armées » figure déjà en vocabulary.ministries[8].label (« Ministère des armées »). Gardez-le à un seul endroit."]),
    (JUSTICE, '{ label = "Ministère de la Justice", aliases = ["Ministère du travail"] }', ["vocabulary.ministries[13].aliases[2] (« Ministère du Travail, de la Santé et des Solidarités ») : « Ministère du Travail » figure déjà en vocabulary.ministries[8].aliases[1] (« Ministère de la Justice »). Gardez-le à un seul endroit."]),
    ('{ label = "Planifié"', '{ label = "Publié"', ["vocabulary.statuses[6].aliases[1] (« Disponible ») : « Publié » figure déjà en vocabulary.statuses[3].label (« Publié »). Gardez-le à un seul endroit."]),
    ('placeholder = "A venir"', 'placeholder = "À compléter"', ["vocabulary.placeholder : ce doit être l'un des statuts. Choisissez : A venir, Non disponible, Planifié, En cours d'ouverture, Partiellement disponible, Disponible, Disponible sur data.gouv.fr, Non requis."]),
    (URL_COLUMN, 'field = "lien"\ntitle = "URL"', ["columns[7].field (« URL ») : ce champ n'existe pas. Champs admis : theme, category, name, producer, ministry, status, url.", 'columns : il manque la colonne du champ « url ». Ajoutez une entrée avec field = "url".']),
    (URL_COLUMN, 'field = "status"\ntitle = "URL"', ["columns[7].field (« URL ») : « status » figure déjà en columns[6].field (« Statut »). Gardez-le à un seul endroit.", 'columns : il manque la colonne du champ « url ». Ajoutez une entrée avec field = "url".']),
    (URL_COLUMN, 'field = "urls"\ntitle = "statut"', ["columns[7].field (« statut ») : ce champ n'existe pas. Vouliez-vous dire « url » ?", "columns[7].title (« statut ») : « statut » figure déjà en columns[6].title (« Statut »). Gardez-le à un seul endroit.", 'columns : il manque la colonne du champ « url ». Ajoutez une entrée avec field = "url".']),
    ('"Lien", ', '"Titre", ', ["columns[7].aliases[1] (« URL ») : « Titre » figure déjà en columns[3].aliases[2] (« Nom du jeu de données »). Gardez-le à un seul endroit."]),
    (PAGE, 'page = "../page.md"', ["output.page : il faut un chemin à l'intérieur du dossier de ce fichier. Retirez « .. », le « / » du début ou le lien."]),
    (PAGE, 'page = "/srv/page.md"', ["output.page : il faut un chemin à l'intérieur du dossier de ce fichier. Retirez « .. », le « / » du début ou le lien."]),
    (PAGE, 'page = "link/page.md"', ["output.page : il faut un chemin à l'intérieur du dossier de ce fichier. Retirez « .. », le « / » du début ou le lien."]),
    (PAGE, 'page = "."', ["output.page : il faut un chemin à l'intérieur du dossier de ce fichier. Retirez « .. », le « / » du début ou le lien."]),
    (PAGE, 'page = "templates"', ["output.page : c'est un dossier. Indiquez un fichier.", "output.page : ce fichier serait dans le dossier de templates. Choisissez un autre dossier."]),
    (PAGE, 'page = "site\\\\page.md"', ["output.page : ce chemin contient une barre oblique inverse. Séparez les dossiers par « / »."]),
    (PAGE, 'page = "config.toml"', ["output.page : c'est le même fichier que config.toml. Choisissez-en un autre."]),
    (PAGE, 'page = "' + "x" * 300 + '"', ["output.page : ce chemin ne peut pas exister. Indiquez un nom plus simple."]),
    (PAGE, 'page = "config.toml/page.md"', ["output.page : ce chemin ne peut pas exister. Indiquez un nom plus simple."]),
    (DATA, 'data = "site/../site/liste_donnees_forte-valeur.md"', ["output.data : c'est le même fichier que page. Choisissez-en un autre."]),
    (DATA, 'data = "site"', ["output.data : ce fichier serait aussi le dossier de page. Indiquez un nom de fichier."]),
    (DATA, 'data = ".git/config"', ["output.data : il faut un chemin à l'intérieur du dossier de ce fichier. Retirez « .. », le « / » du début ou le lien."]),
    (DATA, 'data = "build/donnees.csv"', ["output.data : ce fichier serait dans le dossier de report. Choisissez un autre dossier."]),
    ('report = "build"', 'report = "."', ["output.report : il faut un chemin à l'intérieur du dossier de ce fichier. Retirez « .. », le « / » du début ou le lien."]),
    ('report = "build"', 'report = "config.toml"', ["output.report : c'est un fichier. Indiquez un dossier."]),
    ('report = "build"', 'report = "templates/build"', ["output.report : ce dossier serait dans celui de templates. Choisissez-en un autre."]),
    ('templates = "templates"', 'templates = "modeles"', ["output.templates : il y manque page.md.j2, report.md.j2, digest.md.j2, instructions.txt.j2. Remettez-les, ou corrigez le dossier."]),
    (AIR, '""', ["themes[2].categories[20] (« Données sur l'observation de la Terre et l'environnement ») : il faut une entrée entre accolades { … }, pas un texte. Remplacez cette valeur."]),
    ("[vocabulary]", "surprise = 1\n[vocabulary]", ["addresses.surprise : clé inconnue. Clés admises : not_production, internal."]),
]
# fmt: on


@pytest.mark.parametrize(
    ("old", "new", "mistakes"),
    BROKEN,
)
def test_each_mistake_is_named_with_its_key(tmp_path: Path, old: str, new: str, mistakes: list[str]) -> None:
    first, *listed, last = refusal(write_config(tmp_path, edited((old, new)))).splitlines()
    assert listed == [f"- {mistake}" for mistake in mistakes]
    assert first.startswith(f"config.toml contient {len(mistakes)} erreur")
    assert last == "Rien n'a été modifié."


def test_an_absolute_path_is_refused_even_inside_the_folder(tmp_path: Path) -> None:
    inside = tmp_path / "repository" / "page.md"
    assert "- output.page : " in refusal(write_config(tmp_path, edited((PAGE, f'page = "{inside}"'))))


def test_all_the_mistakes_of_a_file_are_listed_at_once_in_its_order(tmp_path: Path) -> None:
    path = write_config(
        tmp_path,
        edited(
            ("min_rows = 1", "min_rows = -1"),
            ("name = 300", 'name = "300"'),
            (PAGE, 'page = "../page.md"'),
            (DATA, 'data = "build/data.csv"'),
            (AIR, '{ label = "Eau", couleur = "bleu" }'),
        ),
    )
    message = refusal(path)
    keys = [line.split(" : ")[0].split(" (")[0] for line in message.splitlines()[1:-1]]
    assert message.startswith(
        "config.toml contient 6 erreurs (entre crochets : le rang dans la liste, à partir de 1) :"
    )
    assert keys == [
        "- output.page",
        "- output.data",
        "- guards.min_rows",
        "- limits.name",
        "- themes[2].categories[20].couleur",
        "- themes[2].categories[26].label",
    ]


def test_an_empty_file_lacks_every_section(tmp_path: Path) -> None:
    lacking = [line.split(" : ")[0] for line in refusal(write_config(tmp_path, "")).splitlines()[1:-1]]
    sections = ["sheet", "output", "guards", "limits", "addresses", "vocabulary", "columns", "themes"]
    assert lacking == [f"- {section}" for section in sections]


def test_a_theme_without_categories_is_refused(tmp_path: Path) -> None:
    content = TEXT[: TEXT.index("[[themes]]")] + '[[themes]]\nlabel = "Mobilité"\ncategories = []\n'
    assert refusal(write_config(tmp_path, content)).splitlines()[1:-1] == [
        "- themes[1].categories (« Mobilité ») : cette liste est vide. Ajoutez au moins une entrée."
    ]


def test_domains_are_read_in_lower_case(tmp_path: Path) -> None:
    edits = (('"demo.data.gouv.fr"', '"Demo.Data.Gouv.FR"'), ('address_on = "data', 'address_on = "Data'))
    config = load_config(write_config(tmp_path, edited(*edits)))
    assert config.addresses.not_production[0] == "demo.data.gouv.fr"
    assert [status.address_on for status in config.statuses if status.address_on] == ["data.gouv.fr"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            '[sheet]\nid = "\ntabs = []\n',
            "config.toml, ligne 2 : un guillemet fermant manque. Comparez-la, et celle d'avant, avec leurs voisines. Rien n'a été modifié.",
        ),
        (
            "[sheet]\n[sheet]\n",
            "config.toml, ligne 2 : une clé ou une section y figure pour la seconde fois. Comparez-la, et celle d'avant, avec leurs voisines. Rien n'a été modifié.",
        ),
        (
            "[sheet]\nid = Suivi\n",
            "config.toml, ligne 2 : la valeur n'est pas reconnue ; un texte se met entre guillemets droits. Comparez-la, et celle d'avant, avec leurs voisines. Rien n'a été modifié.",
        ),
        (
            "[sheet]\ntabs = [\n  1\n  2\n]\n",
            "config.toml, ligne 4 : une virgule ou un crochet fermant manque. Comparez-la, et celle d'avant, avec leurs voisines. Rien n'a été modifié.",
        ),
        (
            "# ministères\n[sheet]\n".encode("latin-1"),
            "config.toml, ligne 1 : le texte n'est pas en UTF-8. Enregistrez de nouveau le fichier avec l'encodage UTF-8. Rien n'a été modifié.",
        ),
        (
            "x = " + "9" * 5000,
            "config.toml contient un nombre trop long ou des crochets trop imbriqués. Corrigez-le. Rien n'a été modifié.",
        ),
        (
            "x = " + "[" * 100_000,
            "config.toml contient un nombre trop long ou des crochets trop imbriqués. Corrigez-le. Rien n'a été modifié.",
        ),
    ],
    ids=["open quote", "section twice", "no quotes", "no comma", "not UTF-8", "huge number", "deep brackets"],
)
def test_a_file_that_is_not_toml_is_refused_with_the_line(tmp_path: Path, content: str | bytes, message: str) -> None:
    assert refusal(write_config(tmp_path, content)) == message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "absent.toml"
    assert refusal(path) == f"{path} est introuvable. Indiquez son chemin avec --config. Rien n'a été modifié."


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    message = f"{tmp_path} ne peut pas être lu. Vérifiez que c'est un fichier lisible. Rien n'a été modifié."
    assert refusal(tmp_path) == message


def test_spelling_help_is_only_loaded_for_a_file_with_mistakes() -> None:
    program = "import sys, pathlib; from job.config import load_config; load_config(pathlib.Path(sys.argv[1]))"
    program += "; sys.exit('rapidfuzz' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program, str(REAL)], cwd=REAL.parent, check=False).returncode == 0


# --- garbage -----------------------------------------------------------------------------------------------------

_KEYS = sorted({"surprise", *re.findall(r"[a-z_]+(?= =)|(?<=\[)[a-z]+(?=\])", TEXT)})
_TEXTS = st.sampled_from(["", "A venir", "../x", "/", "Eau", "url", "data.gouv.fr", "a\0b", "<b>", "\u0301"]) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x7f"), max_size=20
)
_SCALARS = st.booleans() | st.integers() | st.floats() | _TEXTS | st.dates() | st.times() | st.datetimes()
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=6),
    max_leaves=20,
)


def as_toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {as_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower()  # dates, times, true, nan


@settings(max_examples=100, deadline=None)
@given(
    garbage=st.dictionaries(st.sampled_from(_KEYS), _VALUES, min_size=1, max_size=8),
    kept=st.lists(st.sampled_from(["[[columns]]", "[[themes]]", "[vocabulary]", "[output]"]), max_size=4, unique=True),
)
def test_no_garbage_raises_anything_but_a_refusal(garbage: dict[str, object], kept: list[str]) -> None:
    content = "\n".join(f"{key} = {as_toml(value)}" for key, value in garbage.items())
    content += "".join(f"\n{TEXT[TEXT.index(section) :].split(chr(10) + chr(10))[0]}" for section in kept)
    with tempfile.TemporaryDirectory() as folder, pytest.raises(JobError, match="Rien n'a été modifié"):
        load_config(write_config(Path(folder), content))
