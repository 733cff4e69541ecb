"""What a cell must not hold: seen however it is written, and never taken for what only looks like it.

Three lists stand in data/: secrets.txt, people.txt, and harmless.txt for what must go through. A line is a family, a
tab and a text; ‹U+00A0› stands for a character that cannot be seen.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import with_real_characters
from hypothesis import given
from hypothesis import strategies as st

from job import content
from job.content import CONTACT, MOST_CHARACTERS, SECRET, TOO_LONG, content_fault, echo, first_fault
from job.text import clean

DATA = Path(__file__).parent / "data"
ANYTHING = st.text(st.characters(exclude_categories=[]))  # lone surrogates too


def families_of(name: str) -> dict[str, list[str]]:
    families: dict[str, list[str]] = {}
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        family, text = line.split("\t")
        families.setdefault(family, []).append(with_real_characters(text))
    return families


def lines_of(name: str) -> list[str]:
    return [*itertools.chain(*families_of(name).values())]


SECRETS, PEOPLE, HARMLESS = (families_of(name) for name in ("secrets.txt", "people.txt", "harmless.txt"))


@pytest.mark.parametrize("families", [SECRETS, PEOPLE, HARMLESS], ids=["secrets", "people", "harmless"])
def test_a_family_has_at_most_ten_texts_and_no_text_twice(families: dict[str, list[str]]) -> None:
    texts = [*itertools.chain(*families.values())]
    assert len(texts) == len(set(texts))
    assert {family: len(texts) for family, texts in families.items() if len(texts) > 10} == {}


# --- damage ------------------------------------------------------------------------------------------------------

FORMULA_ERRORS = """
    #REF!  #VALUE!  #VALEUR!  #NUM!  #NOMBRE!  #NULL!  #NUL!  #ERROR!  #ERREUR!  #NAME?  #NOM?  #DIV/0!  #N/A  #n/a
    #SPILL!  #PROPAGATION!  #CALC!  #CHAMP!  #BUSY!  #GETTING_DATA  #####  Loading...  Loading…  Chargement...
"""
MOJIBAKE = """
    DonnÃ©es  Ã©tat  Ãtat  Ã‰tat  Å“uvre  Lâ€™eau  Â«eauÂ»  30Â°C  eauÂ  ï»¿Nom  DÃ©partement  √©tat  Donn√©es  l‚Äôeau
"""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((text, "erreur-de-formule") for text in FORMULA_ERRORS.split()),
        ("Chargement en cours...", "erreur-de-formule"),
        *((text, "accents-abimes") for text in MOJIBAKE.split()),
        ("Ã  venir", "accents-abimes"),
        *((f"abc{chr(control)}def", "sens-d-ecriture") for control in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))),
        ("D\ufffdnominations", "caractere-de-remplacement"),
        ("Unités \ud800", "caractere-de-remplacement"),
        ("x __VITE_ASSET__ y", "mot-reserve-au-site"),
        ("https://exemple.fr/__VITE_ASSET__", "mot-reserve-au-site"),
        ("__VP_STATIC_START__", "mot-reserve-au-site"),
        ("!~{001}~", "mot-reserve-au-site"),
    ],
)
def test_damage_is_recognised_and_never_echoed(text: str, code: str) -> None:
    assert (content_fault(clean(text)), echo(text)) == (code, "")
    if code not in ("erreur-de-formule", "accents-abimes"):
        assert (content_fault(clean(f"BAN ({text})")), echo(f"BAN ({text})")) == (code, "")


def test_a_cell_that_is_too_long_is_refused_unread() -> None:
    assert content_fault("a" * MOST_CHARACTERS) == ""
    assert content_fault("a" * MOST_CHARACTERS + "b") == TOO_LONG == "trop-long-pour-etre-lu"
    assert content_fault("mdp : azerty42 " * MOST_CHARACTERS) == TOO_LONG


# --- secrets and people ------------------------------------------------------------------------------------------

AROUND = ["BAN ({})", "[{}]", "Base Adresse Nationale, {}, à jour"]


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        *(pytest.param(SECRET, texts, id=family) for family, texts in SECRETS.items()),
        *(pytest.param(CONTACT, texts, id=family) for family, texts in PEOPLE.items()),
    ],
)
def test_a_secret_or_a_person_is_seen_however_it_is_written(code: str, texts: list[str]) -> None:
    assert {text: content_fault(clean(text)) for text in texts} == dict.fromkeys(texts, code)
    assert [text for text in texts if echo(text)] == []
    typed = [around.format(text) for text in texts for around in AROUND]
    assert [text for text in typed if content_fault(clean(text)) not in (SECRET, CONTACT)] == []


ANY_LETTER = "Kq7ZbX3mTfW9dRj2LsVh5NcYg8PxGw4BtQkE6uDzJa1M"
LOWER_CASE = "k7qz3bxm9tfw2drj5lsvh8ncyg4pxwb6tqke1udzja0m"
CAPITALS = "K7QZ3BXM9TFW2DRJ5LSVH8NCYG4PXWB6TQKE1UDZJA0M"
DULL = "Azertyuiopqsdfgh1234567890jklmwxcvbn"  # seen by how the token starts, or not at all
TOKENS = [  # how it starts, what follows, how many letters: made up here, so that no scanner takes this file for a leak
    *((start, DULL, 36) for start in ("ghp_", "gho_", "ghs_", "github_pat_11", "hf_")),
    *((start, DULL, 20) for start in ("glpat-", "gldt-", "GOCSPX-", "xoxb-1234567890-", "sk_live_", "AAPK", "AAPT")),
    *((start, DULL, 40) for start in ("sk-", "sk-proj-", "sk-ant-api03-", "AIzaSy", "ya29.")),
    *((start, CAPITALS, 16) for start in ("AKIA", "ASIA")),
    *((start, DULL, 40) for start in ("eyJhbGciOiJIUzI1NiJ9.", "pk.eyJ1IjoiaHZkIn0.")),  # JSON Web Token, Mapbox
    *((start, ANY_LETTER, 40) for start in ("lin_api_", "secret_", "glsa_", "")),  # drawn by a machine
    ("", LOWER_CASE, 44),
    ("https://hooks.slack.com/services/T0/B0/", DULL, 24),
    ("https://discord.com/api/webhooks/123456789012345678/", DULL, 40),
    ("https://services.data.shom.fr/", LOWER_CASE, 24),
]


@pytest.mark.parametrize(("start", "letters", "length"), TOKENS)
def test_a_key_or_token_is_seen_by_its_looks(start: str, letters: str, length: int) -> None:
    token = start + "".join(itertools.islice(itertools.cycle(letters), length))
    for typed in (token, f"BAN {token}", f"({token})", f"clé={token}", token[:9] + "\u200b" + token[9:]):
        assert content_fault(clean(typed)) == SECRET, typed


def test_a_secret_is_told_before_whatever_else_is_wrong_with_a_cell() -> None:
    for other in ("__VITE_x__", "DonnÃ©es", "\ufffd", "\u202e"):
        assert content_fault(f"{other} mdp : azerty42") == "secret"


def test_a_secret_is_seen_wherever_it_stands_in_a_cell() -> None:
    typed = [("ab " * 500)[:place] + " mdp : azerty42" for place in range(0, 1_500, 7)]
    assert [text for text in typed if content_fault(text) != SECRET] == []


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("mdp : Azerty42!", "password : …"),
        ("le mot de passe est hunter2", "password …"),
        ("https://exemple.fr/?token=abcd", "parameter named as a secret"),
        ("Jean Dupont 06 12 34 56 78", "telephone"),
        ("jean.dupont@exemple.fr", "e-mail of a person"),
        ("#REF!", "erreur-de-formule"),
        ("Base Adresse Nationale", ""),
    ],
)
def test_a_refusal_can_be_traced_to_its_pattern(text: str, pattern: str) -> None:
    assert first_fault(text)[1] == pattern


# --- what goes through -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("texts", [pytest.param(texts, id=family) for family, texts in HARMLESS.items()])
def test_harmless_text_may_be_repeated_alone_and_within_a_sentence(texts: list[str]) -> None:
    # In brackets « (Loading) » or « (REF) » stay words; only a whole cell is a formula error.
    typed = [around.format(text) for text in texts for around in ("{}", *AROUND)]
    assert {text: first_fault(text)[1] for text in typed if content_fault(text)} == {}


ORDINARY_WORDS = st.lists(st.text("bfgnrvéàôç", max_size=10), max_size=4).map(" ".join)


@given(ORDINARY_WORDS, st.sampled_from(lines_of("harmless.txt")), ORDINARY_WORDS)
def test_ordinary_words_around_harmless_text_make_no_fault(before: str, text: str, after: str) -> None:
    assert first_fault(clean(f"{before} « {text} » {after}")) == ("", "")


@given(ANYTHING)
def test_an_echo_is_short_clean_and_fit_to_repeat(typed: str) -> None:
    shown = echo(typed * 50)
    assert len(shown) <= 80
    assert clean(shown) == shown
    assert content_fault(shown.removesuffix("…")) == ""


# --- the search itself -------------------------------------------------------------------------------------------


def as_others_type_it(text: str) -> Iterator[str]:
    yield from (text, text.upper(), text.lower(), text.replace("é", "e"), text.replace("e", "é"))
    yield from (text.replace(": ", mark) for mark in ("", " ", "> ", "/", "- ", "_", "("))
    yield re.sub(" ?: ?", " ", text)
    yield text.partition(" ")[2]
    yield "mon" + text
    yield "https://exemple.fr/" + re.sub("[^a-z0-9./-]+", "-", text.lower())
    yield "https://exemple.fr/tel/" + re.sub("[^a-z0-9./-]+", "", text.lower())


def test_the_prefilter_hides_nothing_however_it_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [text for name in ("secrets.txt", "people.txt", "harmless.txt") for text in lines_of(name)]
    typed = {clean(other): "" for text in texts for other in as_others_type_it(text)}
    with_prefilter = {text: content_fault(text) for text in typed}
    monkeypatch.setattr(content, "_PLAIN", re.compile("(?!)"))
    content.content_fault.cache_clear()
    assert {text: content_fault(text) for text in typed} == with_prefilter


AWKWARD = """
    data.  eyJ-  a.b-c@  0·1·2·  +262·1  //b:  Ã  -----BEGIN·  mdp·:  &#768;  a-  a1  token·a  _secret_a  api-key.
    user:  acces·a/  ?p=  tel  (at)·  mdp_  "a@  mot·de·passe·a·  acces·#1  ?u=a&  a/b@  aA1!  1a1-  a.fr/  clé·1a
"""


@pytest.mark.parametrize("piece", [piece.replace("·", " ") for piece in AWKWARD.split()])
def test_no_pattern_backtracks_without_end(piece: str) -> None:
    """Stops at the general time limit when one does."""
    assert content_fault((piece * MOST_CHARACTERS)[:MOST_CHARACTERS]) in {"", SECRET, CONTACT, "accents-abimes"}
