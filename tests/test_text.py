"""Text as people type it: what cleaning takes away, what look-up overlooks, what may never be repeated."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.text import clean, content_fault, echo, fold, has_foreign_letters, nearest, shorten, slug

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
        ("œuvre – l’été « à » 20 °C", "œuvre – l’été « à » 20 °C"),  # typography is nobody's mistake
        ("＜script＞", "＜script＞"),  # never folded into something that acts
        ("abc\u202edef", "abc\u202edef"),  # kept, for content_fault to report
    ],
)
def test_a_cell_is_cleaned_to_one_visible_line(typed: str, published: str) -> None:
    assert clean(typed) == published


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


# --- what a cell must not hold -----------------------------------------------------------------------------------

FORMULA_ERRORS = """
    #REF!  #VALUE!  #VALEUR!  #NUM!  #NOMBRE!  #NULL!  #NUL!  #ERROR!  #ERREUR!  #NAME?  #NOM?  #DIV/0!  #N/A  #n/a
    #SPILL!  #PROPAGATION!  #CALC!  #CHAMP!  #BUSY!  #GETTING_DATA  #####  Loading...  Loading…  Chargement...
"""
MOJIBAKE = """
    DonnÃ©es  Ã©tat  Ãtat  Ã‰tat  Å“uvre  Lâ€™eau  Â«eauÂ»  30Â°C  eauÂ  ï»¿Nom  DÃ©partement  √©tat  Donn√©es  l‚Äôeau
"""
SECRETS = """
    ghp_0000000000000000000000000000EXEMPLE
    github_pat_11ABCDEFG0abcdefghijkl_xyz
    glpat-abcdefghij1234567890
    xoxb-1234567890-abcdef
    AKIAIOSFODNN7EXAMPLE
    ASIAIOSFODNN7EXAMPLE
    AIzaSyD-abcdefghijklmnopqrstuvwxyz12345
    ya29.a0AfH6SMBabcdefghij
    1//0gabcdefghijklmnopqrstuvwxyz
    GOCSPX-abcdefghijkl
    sk-proj-abcdefghijklmnopqrstuvwx
    sk_live_abcdefghij1234
    rk_test_abcdefghij1234
    whsec_abcdefghijklmnop1234
    hf_abcdefghijklmnopqrstuvwxyzABCDEFGH
    npm_abcdefghijklmnopqrstuvwxyz0123456789
    pypi-AgEIcHlwaS5vcmcCJDU0abcd
    dckr_pat_abcdefghijklmnopqrstuvwxyz
    shpat_abcdefghijklmnopqrstuvwxyz123456
    hvs.CAESIJabcdefghijklmnopqrstuv
    SG.abcdefghijklmnop.qrstuv
    eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx
    -----BEGIN PRIVATE KEY-----
    -----BEGIN RSA PRIVATE KEY-----
    -----BEGIN OPENSSH PRIVATE KEY-----
    "private_key": "-----"
    Authorization: Bearer abcdefghijklmnop
    Authorization: Basic dXNlcjpwYXNzd29yZA==
    https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXX
    https://discord.com/api/webhooks/123456789012345678/abcdef
    postgres://user:hunter2@db.exemple.fr/base
    ftp://user:hunter2@ftp.exemple.fr
    https://user:hunter2@exemple.fr/
    mot de passe : azerty
    Mot de passe: azerty
    MDP=azerty
    identifiant : admin / mdp : x1y2
    password: hunter2
    token=abcdef
    jeton : abcdef
    Clé API : 1234567
    clé d'API : 1234567
    clé d’accès : 1234567
    clé secrète : 1234567
    api_key=123456
    X-Api-Key: 123456
    client_secret=abcdef
    DefaultEndpointsProtocol=https;AccountName=x;AccountKey=abc==
"""
PERSONAL = """
    jean.dupont@interieur.gouv.fr
    Jean.DUPONT@exemple.fr
    écrire à j.dupont@exemple.fr
    jean-pierre.dupont@exemple.fr
    <jean_dupont@exemple.fr>
    jean.dupont.ext@exemple.fr
    jean.dupont2@exemple.fr
    jean.dupont+hvd@exemple.fr
    06 12 34 56 78
    0612345678
    06.12.34.56.78
    06-12-34-56-78
    (06 12 34 56 78)
    Tél : 01 44 97 12 34, poste 12
    Tél:0144971234
    +33 6 12 34 56 78
    +33612345678
    +33.6.12.34.56.78
    +33 (0)6 12 34 56 78
    0033612345678
    +262 692 12 34 56
    +590 590 12 34 56
    +689 40 12 34 56
"""


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((text, "erreur-de-formule") for text in FORMULA_ERRORS.split()),
        ("Chargement en cours...", "erreur-de-formule"),
        *((text, "accents-abimes") for text in MOJIBAKE.split()),
        ("Ã  venir", "accents-abimes"),
        *((text, "secret") for text in _lines(SECRETS)),
        *((text, "coordonnees-personnelles") for text in _lines(PERSONAL)),
        *((f"abc{chr(control)}def", "sens-d-ecriture") for control in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))),
        ("D\ufffdnominations", "caractere-de-remplacement"),
        ("Unités \ud800", "caractere-de-remplacement"),
        ("x __VITE_ASSET__ y", "mot-reserve-au-site"),
        ("__VP_STATIC_START__", "mot-reserve-au-site"),
        ("!~{001}~", "mot-reserve-au-site"),
    ],
)
def test_what_must_not_be_repeated_is_recognised_and_never_echoed(text: str, code: str) -> None:
    assert (content_fault(clean(text)), echo(text)) == (code, "")
    if code not in ("erreur-de-formule", "accents-abimes"):
        assert (content_fault(clean(f"BAN ({text})")), echo(f"BAN ({text})")) == (code, "")


@pytest.mark.parametrize(
    "text",
    [
        # figures that are no telephone number
        "SIRET 12002701600563",
        "SIRET 120 027 016 00563",
        "SIREN 120027016",
        "Séries 2018 2019 2020 2021 2022",
        "Du 01 01 2020 au 31 12 2021",
        "01 01 2020 31 12",
        "2018-2023",
        "48.8566140, 2.3522219",
        "0.0612345678",
        "X = 0652469.02, Y = 6862035.26",
        "10.5281/zenodo.0123456789",
        "https://exemple.fr/fiche?id=0612345678",
        "https://exemple.fr/0612345678/x",
        "EPSG:2154",
        "1_000",
        "2E10",
        "06 12 34",
        # mailboxes of a service, and what only looks like a mailbox
        "contact@exemple.fr",
        "hydro@exemple.invalid",
        "open-data@exemple.fr",
        "donnees_ouvertes@exemple.fr",
        "service-des-donnees@exemple.fr",
        "support.geoportail@exemple.fr",
        "pôle.sig@exemple.fr",
        "RNE @org-exemple-9z/equipe-data",
        # words about secrets
        "Secret statistique",
        "Secret statistique des entreprises : méthode",
        "Jetons de présence",
        "Task-force sk-",
        "Clés de répartition",
        "Mots de passe oubliés",
        # accents that are right
        "SÃO TOMÉ",
        "GUIMARÃES",
        "Nombre de pâturages, Château, Âge",
        "ÂGE",
        "√2",
        # text that is no formula error
        "Loading",
        "Chargement des bornes électriques",
        "REF",
        "#hashtag",
        "Numéro #12",
        "VITE",
        "https://www.data.gouv.fr/fr/datasets/base-adresse-nationale/",
        "https://exemple.fr/?a=1&copy=2",
    ],
)
def test_ordinary_text_may_be_repeated(text: str) -> None:
    assert echo(text) == text


@given(ANYTHING)
def test_an_echo_is_short_clean_and_fit_to_repeat(typed: str) -> None:
    shown = echo(typed * 50)
    assert len(shown) <= 80
    assert clean(shown) == shown
    assert content_fault(shown.removesuffix("…")) == ""


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert [shorten("abc", 3), shorten("abcd", 3), shorten("ab cd", 4)] == ["abc", "ab…", "ab…"]


@pytest.mark.parametrize(
    "piece", ["data.", "eyJ-", "a.b-c@", "0 1 2 ", "+262 1", "aa://b:", "Ã", "-----BEGIN ", "'", "mdp :"]
)
def test_a_cell_as_long_as_google_allows_is_judged_at_once(piece: str) -> None:
    text = piece * (50_000 // len(piece))
    start = time.perf_counter()
    content_fault(clean(text))
    fold(text)
    assert time.perf_counter() - start < 2  # 0.3 s at worst; a pattern that backtracks takes minutes


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
def test_letters_of_another_alphabet_are_seen(text: str, foreign: bool) -> None:  # noqa: FBT001  a column of the table
    assert has_foreign_letters(text) is foreign


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Diponible", "Disponible"),
        ("Disponibles", "Disponible"),
        ("Ｄisponible", "Disponible"),
        ("Dispоnible", "Disponible"),
        ("Planifier", "Planifié"),
        ("Non requi", "Non requis"),
        ("80 %", ""),
        ("", ""),
        ("Non", ""),
        ("Disponible / En cours", ""),
    ],
)
def test_a_near_miss_is_suggested_and_nothing_else(typed: str, meant: str) -> None:
    assert nearest(typed, ["Disponible", "Planifié", "Non requis", "Non disponible"]) == meant


def test_between_two_equally_near_labels_nothing_is_suggested() -> None:
    assert nearest("Lot X", ["Lot A", "Lot B"], score=50) == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("écrire à jdupont75@gmail.com", "coordonnees-personnelles"),
        ("Mot de passe : « Toto1234 »", "secret"),
        ("mdp Toto1234!", "secret"),
        ("clef api : d41d8cd98f00b204", "secret"),
    ],
)
def test_what_people_write_by_hand_is_seen_too(text: str, code: str) -> None:
    assert content_fault(text) == code
