"""What a cell must not hold: seen however it is written, and never taken for what only looks like it.

The three long lists stand in data/: secrets.txt, people.txt, and harmless.txt for what must go through. In them
‹U+00A0› stands for a character that cannot be seen.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.content import CONTACT, SECRET, content_fault, content_faults, echo
from job.text import clean, fold

DATA = Path(__file__).parent / "data"
ANYTHING = st.text(st.characters(exclude_categories=[]))  # lone surrogates too


def lines_of(name: str) -> list[str]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [re.sub("‹U\\+([0-9A-F]+)›", lambda code: chr(int(code[1], 16)), line) for line in lines]


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
        ("__VP_STATIC_START__", "mot-reserve-au-site"),
        ("!~{001}~", "mot-reserve-au-site"),
    ],
)
def test_what_must_not_be_repeated_is_recognised_and_never_echoed(text: str, code: str) -> None:
    assert (content_fault(clean(text)), echo(text)) == (code, "")
    if code not in ("erreur-de-formule", "accents-abimes"):
        assert (content_fault(clean(f"BAN ({text})")), echo(f"BAN ({text})")) == (code, "")


# --- secrets and people ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "code"), [("secrets.txt", SECRET), ("people.txt", CONTACT)])
@pytest.mark.parametrize(
    "around", ["{}", "BAN ({})", "Base Adresse Nationale, {}, à jour"], ids=["alone", "(…)", "in a text"]
)
def test_a_secret_or_a_person_is_seen_however_it_is_written(name: str, code: str, around: str) -> None:
    typed = [around.format(text) for text in lines_of(name)]
    assert len(typed) > 250
    assert [text for text in typed if content_fault(clean(text)) not in (SECRET, CONTACT)] == []
    if around == "{}":
        assert [text for text in typed if content_fault(clean(text)) != code] == []
        assert [text for text in typed if echo(text)] == []


@pytest.mark.parametrize("around", ["{}", "BAN ({})", "Base Adresse Nationale, {}, à jour"])
def test_a_whole_column_is_judged_as_its_cells_are(around: str) -> None:
    typed = [
        clean(around.format(text)) for name in ("secrets.txt", "people.txt", "harmless.txt") for text in lines_of(name)
    ]
    typed += [*FORMULA_ERRORS.split(), *MOJIBAKE.split(), "Chargement en cours…", "Ã  venir", "!~{001}~", "__VP_X__"]
    assert dict(zip(typed, content_faults(typed), strict=True)) == {text: content_fault(text) for text in typed}


@given(
    st.lists(st.text(max_size=60) | st.text(alphabet="mdpas : =@0123.a/", max_size=60)).map(
        lambda texts: [*map(clean, texts)]
    )
)
def test_a_whole_column_of_anything_is_judged_as_its_cells_are(texts: list[str]) -> None:
    assert content_faults(texts) == [content_fault(text) for text in texts]


def as_others_type_it(text: str) -> Iterator[str]:
    yield from (text.upper(), text.lower(), text.replace("é", "e"), text.replace("e", "é"), text.replace("a", "à"))
    yield from (text.replace(": ", mark) for mark in ("", " ", "> ", "/", "- ", "_", "("))
    yield re.sub(" ?: ?", " ", text)
    yield text.partition(" ")[2]
    yield "mon" + text
    yield "https://exemple.fr/" + re.sub("[^a-z0-9./-]+", "-", text.lower())
    yield "https://exemple.fr/tel/" + re.sub("[^a-z0-9./-]+", "", text.lower())


@pytest.mark.parametrize("name", ["secrets.txt", "people.txt"])
def test_nothing_unfit_is_ordinary_at_first_look_however_it_is_typed(name: str) -> None:
    typed = [clean(other) for text in lines_of(name) for other in as_others_type_it(text)]
    faults = [content_fault(text) for text in typed]
    assert [text for text, one, other in zip(typed, faults, content_faults(typed), strict=True) if one != other] == []


def test_words_about_secrets_and_figures_that_are_no_number_go_through() -> None:
    assert [text for text in lines_of("harmless.txt") if content_fault(clean(text))] == []


ANY_LETTER = "Kq7ZbX3mTfW9dRj2LsVh5NcYg8PxGw4BtQkE6uDzJa1M"
DULL = "Azertyuiopqsdfgh1234567890jklmwxcvbn"  # seen by how the token starts, or not at all
LOWER_CASE = "k7qz3bxm9tfw2drj5lsvh8ncyg4pxwb6tqke1udzja0m"
HEXADECIMAL = "8f3a9c2e71d4b6058f3a9c2e71d4b6058f3a9c2e71d4b605"
CAPITALS = "K7QZ3BXM9TFW2DRJ5LSVH8NCYG4PXWB6TQKE1UDZJA0M"
TOKENS = [  # how it starts, what of, how many: made up here, so that no scanner takes this file for a leak
    *((start, DULL, 36) for start in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_11", "npm_", "hf_")),
    *((f"gl{kind}-", DULL, 20) for kind in ("pat", "ptt", "dt", "rt", "cbt", "oas", "soat", "ffct", "imt", "agent")),
    *((f"xox{kind}-1234567890-", DULL, 24) for kind in "abcdeprs"),
    *((start, DULL, 24) for start in ("xapp-1-A0-", "sk_live_", "rk_test_", "pk_live_", "whsec_")),
    *((start, CAPITALS, 16) for start in ("AKIA", "ASIA", "ABIA", "ACCA")),
    *((start, DULL, 40) for start in ("sk-", "sk-proj-", "sk-ant-api03-", "gsk_", "r8_")),
    *(
        (start, DULL, 40)
        for start in ("AIzaSy", "ya29.", "1//0", "hvs.", "hvb.", "pypi-AgEI", "dckr_pat_", "dckr_oat_")
    ),
    *(
        (start, ANY_LETTER, 40)
        for start in (
            "lin_api_",
            "sq0csp-",
            "xai-",
            "pplx-",
            "pcsk_",
            "ntn_",
            "secret_",
            "figd_",
            "tskey-auth-",
            "glsa_",
            "phx_",
            "ATATT3xFf",
        )
    ),
    *(
        (start, DULL, 22)
        for start in ("GOCSPX-", "SG.abcdefghijkl0123456789.", "AAPK", "AAPT", "HRKU-", "NRAK-", "PMAK-")
    ),
    *((start, HEXADECIMAL, 32) for start in ("shpat_", "shpss_", "dapi", "key-", "SK", "xkeysib-")),
    *((start, HEXADECIMAL, 48) for start in ("dop_v1_", "doo_v1_", "sbp_", "sntryu_", "rubygems_")),
    ("pk.eyJ1Ijoi", DULL, 40),  # Mapbox
    ("eyJhbGciOi", DULL, 40),
    ("123456789:AA", DULL, 33),  # Telegram
    ("MIIEvQIBADANBg", DULL, 44),  # a private key without its first line
    ("", ANY_LETTER, 40),  # AWS, and whatever else a machine drew
    ("", LOWER_CASE, 44),
    ("https://hooks.slack.com/services/T0/B0/", DULL, 24),
    ("https://discord.com/api/webhooks/123456789012345678/", DULL, 40),
    ("https://outlook.office.com/webhook/", HEXADECIMAL, 32),
    ("https://api.telegram.org/bot123456789:AA", DULL, 33),
    ("https://wxs.ign.fr/", LOWER_CASE, 24),
    ("-----BEGIN RSA PRIVATE KEY----- ", DULL, 30),
    ("-----begin openssh private key----- ", DULL, 30),
    ("BEGIN ENCRYPTED PRIVATE KEY ", DULL, 30),
    ("PuTTY-User-Key-File-3: ssh-ed25519 ", DULL, 30),
    ("Private-MAC: ", HEXADECIMAL, 40),
    ("AGE-SECRET-KEY-1", CAPITALS, 40),
    *((start, DULL, 30) for start in ("b3BlbnNzaC1rZXk", "LS0tLS1CRUdJTi")),  # private keys, in base64 once more
    *((start, DULL, 22) for start in ("NRJS-", "CFPAT-", "BBDC-", "SCW", "GOOG1")),
    *((start, CAPITALS, 16) for start in ("AROA", "AIDA", "AGPA", "ANPA")),
    ("https://services.data.shom.fr/", LOWER_CASE, 24),
    ("https://hooks.zapier.com/hooks/catch/", DULL, 12),
    ("https://discussion.exemple.fr/hooks/", LOWER_CASE, 26),
]


@pytest.mark.parametrize(("start", "letters", "length"), TOKENS)
def test_a_key_or_token_is_seen_by_its_looks(start: str, letters: str, length: int) -> None:
    token = start + "".join(itertools.islice(itertools.cycle(letters), length))
    for typed in (token, f"BAN {token}", f"({token})", f"clé={token}", token[:9] + "\u200b" + token[9:]):
        assert content_fault(clean(typed)) == SECRET, typed


@pytest.mark.parametrize(
    "typed",
    [
        "0123456789abcdef0123456789abcdef01234567",  # a commit
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "sha256-" + HEXADECIMAL,
        "https://www.data.gouv.fr/datasets/5c34944606e3e73d4a551889/",
        "BDTOPO_3-3_TOUSTHEMES_SHP_LAMB93_D075_2023-06-15",
        "DonneesHydrographiquesMetropole2023DepartementsRegions",
        "Documents/Travail/2023/ExportFinalVersion2",
        "JORFTEXT000047000000",
        "anticonstitutionnellement hexakosioihexekontahexaphobie",
    ],
)
def test_an_identifier_or_a_long_word_is_no_token(typed: str) -> None:
    assert content_fault(clean(typed)) == ""


def test_a_secret_is_seen_wherever_it_stands_in_a_cell() -> None:
    typed = [("ab " * 500)[:place] + " mdp : azerty42" for place in range(1_500)]
    assert [text for text in typed if content_fault(clean(text)) != SECRET] == []


# --- what goes through -------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    "piece",
    [
        "data.",
        "eyJ-",
        "a.b-c@",
        "0 1 2 ",
        "+262 1",
        "aa://b:",
        "Ã",
        "-----BEGIN ",
        "'",
        "mdp :",
        "\u0300\u0316",
        "&#768;&#790;",
        "a-",
        "token a",
        "_secret_a",
        "secret.a-",
    ],
)
def test_a_cell_as_long_as_google_allows_is_judged_at_once(piece: str) -> None:
    text = piece * (50_000 // len(piece))
    start = time.process_time()  # of this process alone, however busy the machine
    cleaned = clean(text)
    content_fault(cleaned)
    fold(cleaned)
    assert time.process_time() - start < 3  # 0.6 s at worst; a pattern that backtracks takes minutes
