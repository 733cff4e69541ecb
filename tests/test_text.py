"""Text as people type it: what cleaning takes away, what look-up overlooks, what may never be repeated."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.text import (
    clean,
    fold,
    has_foreign_letters,
    iso_date,
    most_alike,
    nearest,
    shorten,
    slug,
    title_key,
    without_marks,
)

ANYTHING = st.text(st.characters(exclude_categories=[]))  # lone surrogates too


# --- cleaning ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "published"),
    [
        ("Base Adresse Nationale", "Base Adresse Nationale"),
        ("", ""),
        ("  Base   Adresse  ", "Base Adresse"),
        ("Base\tAdresse", "Base Adresse"),
        ("Base\nAdresse", "Base Adresse"),
        ("Base\rAdresse", "Base Adresse"),
        ("Base\r\n\r\nAdresse", "Base Adresse"),
        ("Base\u2028Adresse\u2029", "Base Adresse"),
        ("Base\x0b\x0cAdresse\x1c\x1d\x1e\x1f\x85", "Base Adresse"),
        ("Données\u00a0: observations\u202fvalidées", "Données : observations validées"),  # no-break spaces
        ("Base\u2009\u3000Adresse", "Base Adresse"),  # thin and ideographic spaces
        ("Base\u200b Adresse\ufeff", "Base Adresse"),  # zero-width space, byte order mark
        ("Base\u00adAdresse", "BaseAdresse"),  # soft hyphen
        ("IGN\u200e\u200f\u061c", "IGN"),  # marks of direction: harmless, invisible
        ("\u2800\u3164\u115f\uffa0", ""),  # blank, although no space to Unicode
        ("B\x00A\x07N\x1b[31m", "BAN[31m"),  # a terminal's escape is only text without its first character
        ("cafe\u0301", "café"),  # decomposed: macOS file names
        ("e\u200b\u0301", "é"),
        ("A\ufe0f B\U000e0041", "A B"),  # variation selector, tag
        ("x\ud800y", "x\ufffdy"),  # half a surrogate pair: shown as lost, and reported so
        ("R&amp;D d&#39;int&eacute;r&ecirc;t", "R&D d'intérêt"),  # pasted from a portal
        ("&amp;amp;lt;b&gt;", "<b>"),
        ("&a\u200bmp;l&#8203;t;b&g\u00adt;", "<b>"),
        ("AT&T; a&b;", "AT&T; a&b;"),
        ("œuvre – l’été « à » 20 °C", "œuvre – l’été « à » 20 °C"),  # typography is nobody's mistake
        ("＜script＞", "＜script＞"),  # never folded into something that acts
        ("abc\u202edef", "abc\u202edef"),  # kept, for content_fault to report
    ],
)
def test_a_cell_is_cleaned_to_one_visible_line(typed: str, published: str) -> None:
    assert clean(typed) == published


def test_a_letter_keeps_no_more_marks_than_a_language_has() -> None:
    assert clean("a" + "\u0300\u0316" * 20_000 + "b") == unicodedata.normalize("NFC", "a" + "\u0300\u0316" * 15 + "b")


@given(ANYTHING)
def test_cleaning_twice_changes_nothing_more(typed: str) -> None:
    assert clean(clean(typed)) == clean(typed)


@given(ANYTHING)
def test_cleaned_text_is_one_composed_line_without_controls(typed: str) -> None:
    text = clean(typed)
    assert text == unicodedata.normalize("NFC", text).strip()
    assert "  " not in text
    assert not {unicodedata.category(char) for char in text} & {"Cc", "Cs", "Zl", "Zp"}


# --- folding -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("ADRESSES", "Adresses"),
        ("À VENIR", "A venir"),
        ("Émissions", "Emissions"),
        ("Main d’œuvre potentielle", "Main d'oeuvre potentielle"),
        ("ÆGIR", "aegir"),
        ("Ǽgir", "aegir"),
        ("ｅ", "ｅ"),
        ("En cours d’ouverture", "En cours d'ouverture"),
        ("En cours d‘ouverture", "En cours d'ouverture"),
        ("En cours dʼouverture", "En cours d'ouverture"),
        ("En cours d′ouverture", "En cours d'ouverture"),
        ("En cours d´ouverture", "En cours d'ouverture"),
        ("En cours d`ouverture", "En cours d'ouverture"),
        ("EN COURS D' OUVERTURE", "En cours d'ouverture"),
        ("Comptes nationaux – PIB", "Comptes nationaux - PIB"),
        ("Comptes nationaux — PIB", "Comptes nationaux - PIB"),
        ("Ortho‑imagerie", "Ortho-imagerie"),
        ("Ortho−imagerie", "Ortho-imagerie"),
        ("Données climatiques: observations", "Données climatiques : observations"),
        ("Straße", "strasse"),
    ],
)
def test_a_label_is_found_whatever_its_case_accents_and_typography(typed: str, label: str) -> None:
    assert fold(clean(typed)) == fold(label)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Population", "Population, fécondité, mortalité"),
        ("Disponible", "Ｄisponible"),  # full-width
        ("Disponible", "Disроnible"),  # Cyrillic
        ("Disponible", "Disponibles"),
        ("Eau", "E au"),
        ("Parcelles agricoles", "Parcelles - agricoles"),
    ],
)
def test_different_words_are_never_the_same_label(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(ANYTHING)
def test_folding_twice_changes_nothing_more(typed: str) -> None:
    key = fold(clean(typed))
    assert fold(key) == key


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Ministère de l'Économie, des Finances", "ministere-de-l-economie-des-finances"),
        ("../../etc/passwd", "etc-passwd"),
        ("Ｄ", ""),
    ],
)
def test_a_label_gives_a_file_name_of_ascii_letters(label: str, name: str) -> None:
    assert slug(label) == name


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert [shorten("abc", 3), shorten("abcd", 3), shorten("ab cd", 4)] == ["abc", "ab…", "ab…"]


# --- near misses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("Disponible", False),
        ("Ｄisponible", True),  # full-width
        ("Dispоnible", True),  # Cyrillic о
        ("Αdresses", True),  # Greek Α
        ("𝐃isponible", True),  # mathematical bold
        ("Œuvre, Łódź, façade, naïf", False),
        ("lʼeau, nº 2, 1ʳᵉ µm", True),  # « ʳ » is nobody's typing
        ("lʼeau, nº 2, 3 µm", False),
        ("80 %", False),
    ],
)
def test_letters_of_another_alphabet_are_seen(text: str, foreign: bool) -> None:
    assert has_foreign_letters(text) is foreign


STATUSES = {  # folded name → label
    fold(name): label
    for label, names in {
        "Disponible": "Disponible, Publié, Ouvert",
        "Disponible sur data.gouv.fr": "Disponible sur data.gouv.fr",
        "Partiellement disponible": "Partiellement disponible, Partiellement ouvert",
        "Non disponible": "Non disponible, Indisponible, Pas disponible, Dépublié",
        "En cours d'ouverture": "En cours d'ouverture, En cours de publication",
        "Planifié": "Planifié, Prévu",
        "Non requis": "Non requis",
    }.items()
    for name in names.split(", ")
}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        # misspelt
        ("Diponible", "Disponible"),
        ("Disponibles", "Disponible"),
        ("Ｄisponible", "Disponible"),
        ("Dispоnible", "Disponible"),
        ("Planifier", "Planifié"),
        ("Non requi", "Non requis"),
        ("Indisponibles", "Non disponible"),
        ("Disponible ?", "Disponible"),
        ("Nondisponible", "Non disponible"),
        # its beginning
        ("En cours", "En cours d'ouverture"),
        ("Partiellement", "Partiellement disponible"),
        ("Dispo", ""),  # of two
        # never the contrary
        ("Bientôt disponible", ""),
        ("Sera disponible", ""),
        ("Partiellement indisponible", ""),
        ("Ouvert partiellement", ""),
        ("Disponible sur demande", ""),
        ("Non planifié", ""),
        ("Plus ouvert", ""),
        ("Requis", ""),
        ("Nonplanifié", ""),
        ("Déplanifié", ""),
        ("Désouvert", ""),
        ("Malouvert", ""),
        ("Republié", ""),
        ("Oublié", ""),  # another first letter
        # what follows may turn the sense round
        ("Disponible en interne", ""),
        ("Disponible sur intranet", ""),
        ("Disponible uniquement pour les agents", ""),
        ("Disponible (accès restreint)", ""),
        ("Disponible sous conditions", ""),
        ("Disponible mais payant", ""),
        ("Disponible fin 2026", ""),
        ("Disponible en 2025", ""),
        ("Disponible (à confirmer)", ""),
        ("Disponible (partiel)", ""),
        ("Disponible sauf Outre-mer", ""),
        ("Ouvert à 80 %", ""),
        ("Planifié T3 2026", ""),
        ("Planifié puis abandonné", ""),
        ("❌ Disponible", ""),
        ("Disponible 🚫", ""),
        # two
        ("Disponible / En cours d'ouverture", ""),
        ("Non requis / Disponible", ""),
        # nothing alike
        ("80 %", ""),
        ("", ""),
        ("Non", ""),
    ],
)
def test_a_near_miss_is_suggested_and_never_the_contrary(typed: str, meant: str) -> None:
    assert nearest(typed, STATUSES) == meant


def near(typed: str, *labels: str, **options: bool) -> str:
    return nearest(typed, {fold(label): label for label in labels}, **options)


@pytest.mark.parametrize("label", ["Lieux de production", "Ministère des Sports", "Cohésion des territoires"])
def test_a_space_that_is_wanting_makes_no_prefix(label: str) -> None:
    for glued in (label.replace(" des ", " des"), label.replace(" de ", " de"), label.replace(" ", "")):
        assert near(glued, label) == label


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Adresses (BAN)", "Adresses"),
        ("Parcelles agricoles 2026", "Parcelles agricoles"),  # the longest
        ("Air (qualité)", ""),  # too short to be sure
    ],
)
def test_where_more_may_follow_a_label_it_is_suggested(typed: str, meant: str) -> None:
    labels = ["Adresses", "Parcelles", "Parcelles agricoles", "Air"]
    assert near(typed, *labels, with_more=True) == meant


def test_a_word_that_is_wanting_may_say_the_contrary() -> None:
    assert near("Obligatoire", "Non obligatoire") == near("Reprogrammé", "Déprogrammé") == ""
    assert near("Indisponnible", "Disponible") == near("Nondisponible", "Disponible") == ""
    assert near("Ministère de l'Itérieur", "Ministère de l'Intérieur") == "Ministère de l'Intérieur"
    assert near("l'nidustrie", "L'industrie") == "L'industrie"
    assert near("Sources énergie", "Sources d'énergie") == "Sources d'énergie"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Ministère de la Cullture", "Ministère de la Culture"),
        ("Ministère de la Mer", ""),  # most letters are the same, the word that counts is not
        ("Ministère de la Culture et de la Mer", ""),
    ],
)
def test_every_word_of_a_misspelt_label_has_its_counterpart(typed: str, meant: str) -> None:
    labels = ["Ministère de la Culture", "Ministère de la Santé"]
    assert near(typed, *labels, with_beginnings=False) == meant


def test_a_word_with_another_first_letter_is_rarely_a_misspelling() -> None:
    assert near("Écologie", "Géologie") == near("Pédologie", "Géologie") == ""
    assert near("Fisponible", "Disponible") == near("isponible", "Disponible") == "Disponible"


def test_what_is_near_one_label_and_begins_another_is_in_doubt() -> None:
    labels = {"ouverte": "Disponible", "ouverture prevue": "Planifié", "mis en ligne": "Disponible"}
    assert nearest("Ouverture", labels) == ""
    assert nearest("Mise en ligne", labels) == "Disponible"
    assert nearest("Mise en ligne", labels | {"mise en ligne en cours": "En cours d'ouverture"}) == ""


def test_between_two_equally_near_labels_nothing_is_suggested() -> None:
    assert near("Adressez", "Adresses") == "Adresses"
    assert near("Adressez", "Adresses", "Adressen") == ""


CATEGORIES = [
    "Parcelles cadastrales",
    "Parcelles agricoles",
    "Adresses",
    "Air",
    "Hydrographie",
    "Mortalité",
    "Pauvreté",
    "Population",
    "Sites protégés",
    "Réseaux de transport",
    "Protection de la nature et biodiversité",
    "Données radar",
    "Données climatiques",
    "Données de prévision",
    "Données d'observation",
]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Parcelles", ["Parcelles cadastrales", "Parcelles agricoles"]),
        ("Parcelles à usage agricole", ["Parcelles agricoles", "Parcelles cadastrales"]),
        ("Adrses", ["Adresses"]),
        ("transports", ["Réseaux de transport"]),
        ("Biodiversité", ["Protection de la nature et biodiversité"]),
        ("Données climatique", ["Données climatiques"]),
        ("Données géospatiales", []),  # too many labels are « données »
        ("Santé", []),
        ("aucun", []),
        ("autre", []),
        ("geospatial", []),
        ("Demographie", []),
    ],
)
def test_what_is_shown_for_a_label_that_does_not_exist_holds_a_word_of_it(typed: str, shown: list[str]) -> None:
    assert most_alike(typed, {fold(label): label for label in CATEGORIES}) == shown


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("31/12/2026", "2026-12-31"),
        ("le 31.12.26", "2026-12-31"),
        ("31/12/2026 00:00", "2026-12-31"),
        ("2026-12-31", "2026-12-31"),
        ("vendredi 1er mars 2026", "2026-03-01"),
        ("12/2026", "2026-12-31"),
        ("2026/06", "2026-06-30"),
        ("juin 2026", "2026-06-30"),
        ("2026", "2026-12-31"),
    ],
)
def test_a_date_is_read_as_the_french_write_it(typed: str, read: str) -> None:
    assert iso_date(typed) == read


@pytest.mark.parametrize(
    "typed",
    "12/27, 6/26, 6/10, juin 26, 01/13/2026, 12/27/26, 13/2026, 2026-13-01, 31/06/2026, T2 2026, 1er semestre 2027, "
    "fin 2025, fin juin 2026, mi-2027, avant le 30/06/2026, été 2026, 0123, 31/12/0206, > 2026, ≥ 2026, ~2027, 2030+, "
    "31/12/2026 - - - - - - - - - - - - - - - - - - - - - - - - - -".split(", "),
)
def test_no_date_is_made_up(typed: str) -> None:
    assert iso_date(typed) == ""


@pytest.mark.parametrize(
    "title",
    ["Statut", "STATUT *", "Statut :", "6. Statut", "Statut (obligatoire)", "[6] Statut", "n° 6 - statut", "Statut ?"],
)
def test_marks_around_a_title_do_not_count(title: str) -> None:
    assert title_key(title) == "statut"


@pytest.mark.parametrize(
    "typed", ["Adresses.", "Adresses *", "Adresses ;", "Adresses :", "1. Adresses", "2) Adresses", "1.3 - Adresses."]
)
def test_marks_around_a_label_do_not_count(typed: str) -> None:
    assert without_marks(typed) == "Adresses"


@pytest.mark.parametrize("typed", ["0 Disponible", "2025 : Disponible", "Disponible ?", "Disponible (API)", "-"])
def test_what_may_say_something_is_no_mark(typed: str) -> None:
    assert without_marks(typed) == typed
