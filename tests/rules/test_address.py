"""A typed address: published in one normal form, or refused for one reason."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from job.config import Config
from job.rules import address as rules
from job.rules.address import Refusal, address_key, is_on, looks_like_an_address, public_address
from job.text import clean


@pytest.mark.parametrize(
    "address",
    [
        "https://www.data.gouv.fr/fr/datasets/base-adresse-nationale/",
        "http://www.insee.fr",
        "https://www.insee.fr/fr/statistiques/?a=1&copy=2",
        "https://geoservices.ign.fr:8443/wfs",
        "https://exemple.fr/#/carte/fond",
        "https://exemple.fr/a;b,c=d!e$f'g~h@i:j+k",
        "https://exemple.fr/Majuscules/respect%C3%A9es",
        "https://sous_domaine.exemple.fr/",
        "https://web.archive.org/web/2020/https://exemple.fr/",
        "https://exemple.fr/fiche?id=0612345678",
        "https://exemple.fr/?token=",
        "https://mademo.data.gouv.fr/",  # no subdomain of demo.data.gouv.fr
        "https://xn--t-9fab.fr/",
        "https://hydro.eaufrance.fr/@station",
    ],
)
def test_an_ordinary_address_is_published_as_typed(address: str, config: Config) -> None:
    assert public_address(address, config) == address


AROUND = [("", ","), ("", "."), ("", " ;"), ("", ")"), ("(", ")"), ("<", ">"), ("« ", " »"), ('"', '"'), ("[", "].")]


@pytest.mark.parametrize(
    ("typed", "published"),
    [
        ("HTTPS://Transport.Data.Gouv.FR/Datasets", "https://transport.data.gouv.fr/Datasets"),
        ("transport.data.gouv.fr", "https://transport.data.gouv.fr"),
        ("www.data.gouv.fr/fr/datasets/x", "https://www.data.gouv.fr/fr/datasets/x"),
        ("www.cerema.science/jeu", "https://www.cerema.science/jeu"),
        ("hubeau.eaufrance.fr", "https://hubeau.eaufrance.fr"),
        ("exemple.fr:8080/x", "https://exemple.fr:8080/x"),
        *((f"{before}https://exemple.fr/a{behind}", "https://exemple.fr/a") for before, behind in AROUND),
        ("https://exemple.fr/a_(b)", "https://exemple.fr/a_%28b%29"),
        ("https://www.insee.fr:443/a", "https://www.insee.fr/a"),
        ("http://www.insee.fr:80/a", "http://www.insee.fr/a"),
        ("http://www.insee.fr:443/a", "http://www.insee.fr:443/a"),
        ("https://www.insee.fr:/", "https://www.insee.fr/"),
        ("https://www.insee.fr./a", "https://www.insee.fr/a"),
        ("https://www.insee.fr?", "https://www.insee.fr"),
        ("https://exemple.fr/été", "https://exemple.fr/%C3%A9t%C3%A9"),
        ("https://exemple.fr/%", "https://exemple.fr/%25"),
        ("https://exemple.fr/100%bio", "https://exemple.fr/100%25bio"),
        ("https://exemple.fr/a)b(c", "https://exemple.fr/a%29b%28c"),
        ("https://exemple.fr/{{7*7}}", "https://exemple.fr/%7B%7B7%2A7%7D%7D"),
        ("https://exemple.fr/?q=a|b^c`d[e]", "https://exemple.fr/?q=a%7Cb%5Ec%60d%5Be%5D"),
        ("https://été.fr/", "https://xn--t-9fab.fr/"),
        ("https://STRASSE.de/", "https://strasse.de/"),
        ("https://straße.de/", "https://xn--strae-oqa.de/"),
        ("https://data。gouv。fr/", "https://data.gouv.fr/"),
    ],
)
def test_an_unusual_address_is_published_in_its_normal_form(typed: str, published: str, config: Config) -> None:
    assert public_address(typed, config) == published


REFUSED = """
    adresse-invalide             Lien
    adresse-invalide             voir la page
    adresse-invalide             https://exemple.fr/a b
    adresse-invalide             https://exemple.fr/<b>
    adresse-invalide             https://exemple.fr/"x"
    adresse-invalide             https:///chemin
    adresse-invalide             https://
    adresse-invalide             https://a..fr/
    adresse-invalide             https://-a.fr/
    adresse-invalide             https://a|b.fr/
    adresse-invalide             Pas d'adresse
    adresse-invalide             export.csv
    adresse-invalide             https://exemple.fr/stat…
    adresse-invalide             https://exemple.fr/stat...
    adresse-invalide             exemple.fr/stat...
    adresse-interdite            file:///Z:/partage/gtfs.zip
    adresse-interdite            ftp://ftp.exemple.fr/gtfs.zip
    adresses-multiples           https://exemple.fr/a https://exemple.fr/b
    adresses-multiples           https://exemple.fr/a et https://exemple.fr/b
    adresses-multiples           https://exemple.fr/a,https://exemple.fr/b
    adresses-multiples           https://exemple.fr/a;HTTPS://exemple.fr/b
    adresse-interne              http://intranet/gtfs
    adresse-interne              http://localhost/
    adresse-interne              http://localhost:3000/
    adresse-interne              http://a.localhost/
    adresse-interne              http://nas.local/
    adresse-interne              http://portail.intranet/
    adresse-interne              http://intranet.ign/gtfs
    adresse-interne              https://intranet.exemple.fr/gtfs
    adresse-interne              https://dgitm.intranet.exemple.fr/
    adresse-interne              http://site.lan/
    adresse-interne              https://exemple.test/
    adresse-interne              https://exemple.example/
    adresse-interne              https://exemple.onion/
    adresse-interne              https://x.rie.gouv.fr/
    adresse-interne              https://sig.intradef.gouv.fr/
    adresse-interne              http://127.0.0.1/
    adresse-interne              http://10.0.0.1:8080/
    adresse-interne              http://192.168.1.1/
    adresse-interne              http://8.8.8.8/
    adresse-interne              http://2130706433/
    adresse-interne              http://0x7f000001/
    adresse-interne              http://0x7f.1/
    adresse-interne              http://0177.0.0.1/
    adresse-interne              http://127.1/
    adresse-interne              https://127.0.0.1./
    adresse-interne              https://１２７.0.0.1/
    adresse-interne              https://①②⑦.0.0.1/
    adresse-invalide             http://[::1]/
    adresse-invalide             http://[::ffff:127.0.0.1]/
    adresse-de-test              https://demo.data.gouv.fr/fr/datasets/bd-foret-r/
    adresse-de-test              HTTPS://DEMO.data.gouv.fr./x
    adresse-de-test              https://a.demo.data.gouv.fr/
    adresse-de-test              https://recette.exemple.fr/x
    adresse-de-test              https://preprod-carte.exemple.fr/
    adresse-inutilisable         https://www.data.gouv.fr/admin/datasets/5ea1
    adresse-inutilisable         https://www.data.gouv.fr/beta/admin/me
    adresse-inutilisable         https://www.data.gouv.fr/fr/search/?q=eau
    adresse-inutilisable         https://www.data.gouv.fr/fr/datasets/?organization=1
    adresse-inutilisable         https://www.data.gouv.fr/datasets/search?q=eau
    adresse-inutilisable         https://www.google.fr/search?q=eau
    adresse-inutilisable         https://exemple.fr/user/login
    adresse-inutilisable         https://sso.exemple.fr/x
    adresse-inutilisable         https://ministere.sharepoint.com/:x:/r/sites/hvd
    adresse-inutilisable         https://drive.google.com/file/d/1/view
    adresse-inutilisable         https://docs.google.com/spreadsheets/d/1/edit
    adresse-inutilisable         https://1drv.ms/x
    adresse-inutilisable         https://bit.ly/x
    adresse-inutilisable         https://wetransfer.com/downloads/x
    adresse-inutilisable         https://resana.numerique.gouv.fr/x
"""

# typed → the address to type instead
SUGGESTED = [
    (
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexemple.fr%2Fa&data=05%7C02",
        "https://exemple.fr/a",
    ),
    (
        "https://x.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexemple.fr&data=jean.dupont%40exemple.fr",
        "https://exemple.fr",
    ),
    ("https://urldefense.com/v3/__https://exemple.fr/a__;!!abc", "https://exemple.fr/a"),
    ("https://www.google.com/url?sa=t&url=https%3A%2F%2Fexemple.fr%2Fa", "https://exemple.fr/a"),
    ("https://www.google.com/url?q=https://exemple.fr/a&sa=D", "https://exemple.fr/a"),
    ("https://www.linkedin.com/redir/redirect?url=https%3A%2F%2Fexemple.fr", "https://exemple.fr"),
    ("https://auth.exemple.fr/realms/x?redirect_uri=https%3A%2F%2Fexemple.fr%2Fa", "https://exemple.fr/a"),
    ("https://www.google.com/url?q=https://drive.google.com/x", ""),  # no better
    ("https://https://exemple.fr/a", "https://exemple.fr/a"),
    ("http://https://exemple.fr/a", "https://exemple.fr/a"),
    ("voir https://exemple.fr/a.", "https://exemple.fr/a"),
    ("https://exemple.fr/a (nouveau site)", "https://exemple.fr/a"),
    ("voir (https://exemple.fr/a) - nouveau", "https://exemple.fr/a"),
    ("https//exemple.fr/a", "https://exemple.fr/a"),
    ("https//exemple.fr/a?token=abcdef12", ""),  # no better
    ("mot de passe : azerty42, https://exemple.fr/a", ""),  # the secret is what must be told
    ("https://exemple.fr/base adresse", ""),  # who knows where it ends
]


@pytest.mark.parametrize(("typed", "suggestion"), SUGGESTED)
def test_the_address_inside_the_typed_one_is_suggested(typed: str, suggestion: str, config: Config) -> None:
    refusal = public_address(typed, config)
    assert isinstance(refusal, Refusal)
    assert (refusal.suggestion, "dupont" in refusal.problem) == (suggestion, False)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://exemple.fr/a", True),
        ("www.exemple.fr", True),
        ("exemple.fr/jeux/a", True),
        ("transport.data.gouv.fr", False),
        ("export.csv", False),
        ("Base https://exemple.fr/a", False),
        ("Eau/Air", False),
    ],
)
def test_a_name_that_is_an_address_is_seen(text: str, is_one: bool) -> None:
    assert looks_like_an_address(text) is is_one


REFUSED_UNSEEN = """
    adresse-invalide             -
    adresse-invalide             #annexe
    adresse-invalide             https://exemple.fr\\@evil.example
    adresse-invalide             \\\\serveur\\partage
    adresse-invalide             //exemple.fr/x
    adresse-mal-ecrite           https:exemple.fr
    adresse-invalide             java script:alert(1)
    adresse-illisible            https://exemple.fr:99999/
    adresse-illisible            https://exemple.fr:port/
    adresse-illisible            https://[::1/
    adresse-interdite            javascript:alert(1)
    adresse-interdite            JavaScript:alert(1)
    adresse-interdite            vbscript:x
    adresse-interdite            data:text/html,<script>
    adresse-invalide             mailto:contact@exemple.fr
    adresse-interdite            C:\\partage\\gtfs.zip
    adresse-formule              =HYPERLINK("https://exemple.fr";"GTFS")
    adresse-trompeuse            https://www.data.gоuv.fr/
    adresse-trompeuse            https://www.data.ɡouv.fr/
    adresse-trompeuse            https://www.ınsee.fr/
    adresse-trompeuse            https://xn--80ak6aa92e.com/
    adresse-trompeuse            https://xn--t-bjab.fr/
    adresse-trompeuse            http://0.0.0.١/
    adresse-trompeuse            https://☃.fr/
    adresse-trompeuse            https://例え.jp/
    identifiants-dans-l-adresse  https://www.data.gouv.fr@evil.example/
    identifiants-dans-l-adresse  https://user:hunter2@exemple.fr/
    identifiants-dans-l-adresse  https://:hunter2@exemple.fr/
    identifiants-dans-l-adresse  https://exemple.fr%40evil.example/
    identifiants-dans-l-adresse  https://exemple.fr/?key=abcd1234
    identifiants-dans-l-adresse  https://exemple.fr/wfs?apikey=abc&service=WFS
    identifiants-dans-l-adresse  https://exemple.fr/?a=1&Token=abc
    identifiants-dans-l-adresse  https://exemple.fr/?a=1;sig=abc1
    identifiants-dans-l-adresse  https://exemple.fr/?to%6ben=abc
    identifiants-dans-l-adresse  https://exemple.fr/#access_token=abc
    identifiants-dans-l-adresse  https://exemple.fr/#/carte?key=abcd1234
    identifiants-dans-l-adresse  https://exemple.fr/x;jsessionid=ABC
    identifiants-dans-l-adresse  https://exemple.fr/f?X-Amz-Signature=abc
    identifiants-dans-l-adresse  www.exemple.fr/?password=hunter2
    coordonnees-personnelles     jean.dupont@exemple.fr
    coordonnees-personnelles     mailto:jean.dupont@exemple.fr
    coordonnees-personnelles     https://exemple.fr/jean.dupont@exemple.fr
    coordonnees-personnelles     06 12 34 56 78
"""


def _table(text: str) -> list[tuple[str, str]]:
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in text.strip().splitlines()]


@pytest.mark.parametrize(
    ("code", "typed", "may_be_repeated"),
    [*((*line, True) for line in _table(REFUSED)), *((*line, False) for line in _table(REFUSED_UNSEEN))],
)
def test_an_address_we_would_not_link_to_is_refused(
    code: str,
    typed: str,
    may_be_repeated: bool,
    config: Config,
) -> None:
    refusal = public_address(typed, config)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.may_be_repeated) == (code, may_be_repeated)
    assert re.fullmatch(r"\S.*\.", refusal.problem)
    assert refusal.suggestion or re.fullmatch(r"[A-ZÀ-Ý].*\.", refusal.remedy)
    for telling in ("hunter2", "abc", "dupont", "06 12"):
        assert telling not in refusal.problem + refusal.remedy


@pytest.mark.parametrize(
    "cell", ["bob:hunter2@ftp.exemple.fr", "//bob:hunter2@exemple.fr", "http:\\\\bob:hunter2@x.fr"]
)
def test_a_broken_address_with_an_at_sign_is_not_repeated(cell: str, config: Config) -> None:
    refusal = public_address(cell, config)
    assert isinstance(refusal, Refusal)
    assert not refusal.may_be_repeated


@pytest.mark.parametrize(
    ("typed", "published", "length"),
    [
        ("https://exemple.fr/1234567", "https://exemple.fr/1234567", 26),
        ("https://exemple.fr/été/", "https://exemple.fr/%C3%A9t%C3%A9/", 33),  # what counts is what is published
    ],
)
def test_an_address_longer_than_the_limit_is_refused(typed: str, published: str, length: int, config: Config) -> None:
    def limited_to(limit: int) -> Config:
        return config.model_copy(update={"limits": config.limits.model_copy(update={"address": limit})})

    assert public_address(typed, limited_to(length)) == published
    assert public_address(typed, limited_to(length - 1)) == Refusal(
        "adresse-trop-longue",
        f"cette adresse compte {length} caractères, la limite est de {length - 1}.",
        "Indiquez l'adresse courte de la page.",
        may_be_repeated=False,
    )


@pytest.mark.parametrize(
    ("address", "domain", "there"),
    [
        ("https://data.gouv.fr/x", "data.gouv.fr", True),
        ("https://www.data.gouv.fr/x", "data.gouv.fr", True),
        ("https://www.data.gouv.fr:8443/x", "data.gouv.fr", True),
        ("https://data.gouv.fr", "data.gouv.fr", True),
        ("https://mydata.gouv.fr/x", "data.gouv.fr", False),
        ("https://data.gouv.fr.evil.com/x", "data.gouv.fr", False),
        ("https://evil.com/data.gouv.fr", "data.gouv.fr", False),
    ],
)
def test_an_address_is_on_a_domain_or_below_it(address: str, domain: str, there: bool) -> None:
    assert is_on(address, domain) is there


def test_two_addresses_are_the_same_but_for_scheme_and_last_slash() -> None:
    same = {"https://a.fr/x", "http://a.fr/x", "https://a.fr/x/"}
    assert {address_key(address) for address in same} == {"a.fr/x"}
    assert len({address_key(address) for address in ("https://a.fr/x", "https://a.fr/X", "https://a.fr/x?a")}) == 3


HOSTS = st.sampled_from(
    ["exemple.fr", "WWW.Exemple.FR", "été.fr", "a.fr:443", "a.fr:8080", "127.0.0.1", "xn--t-9fab.fr"]
)
PARTS = st.text(st.characters(exclude_categories=[]), max_size=30)


@given(
    st.one_of(
        PARTS,
        st.builds("https://{}".format, PARTS),
        st.builds("{}://{}/{}?{}#{}".format, st.sampled_from(["http", "HTTPS"]), HOSTS, PARTS, PARTS, PARTS),
    )
)
@example("https://exemple.fr/%E0%A4%A")
@example("https://exemple.fr/%%%2")
@example("https://exemple.fr/#")
@example("https://exemple.fr/?#")
@example("https://exemple.fr/.#")
def test_a_published_address_is_plain_ascii_and_published_again_as_it_is(config: Config, typed: str) -> None:
    address = public_address(clean(typed), config)
    if isinstance(address, str):
        assert re.fullmatch(r"https?://[a-z0-9._-]+(:[0-9]+)?[!$%&'+,./0-9:;=?@A-Z_a-z~#-]*", address)
        assert public_address(address, config) == address


USUAL_HOSTS = (
    "exemple.fr www.data.gouv.fr demo.data.gouv.fr google.com ader.gouv.fr 10.0.0.1 local.lan xn--t-9fab.fr -a.fr"
)
PIECES = st.lists(st.sampled_from("/ // . .. - _ ~ a A 7 fr admin login search node edit __VITE_a key-12345".split()))


@given(
    st.builds(
        "http{}://{}{}".format, st.sampled_from(["", "s"]), st.sampled_from(USUAL_HOSTS.split()), PIECES.map("".join)
    )
)
def test_the_short_cut_for_usual_addresses_finds_nothing_else(config: Config, typed: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "_USUAL", re.compile("(?!)"))
        found = public_address(typed, config)
    assert public_address(typed, config) == found


@pytest.mark.parametrize(
    "address",
    [
        "https://x.fr/?mail=jean.dupont%40gouv.fr",
        "https://demo.data.gouv.fr/?u=jean.dupont%40gouv.fr",
        "mailto:jean.dupont%2540gouv.fr",
        "https://y.fr/?next=https%3A%2F%2Fx.fr%3Ftoken%3Dabcdef12",
        "https://x.fr/g%68p_abcdefghijklmnopqrstuvwxyz",
        "https://x.fr/?userToken=abc",
        "https://x.fr/?token[]=abc",
        "https://x.fr/?motdepasse=Toto1234",
    ],
)
def test_percent_encoding_hides_neither_a_person_nor_a_secret(address: str, config: Config) -> None:
    refusal = public_address(address, config)
    assert isinstance(refusal, Refusal)
    assert not refusal.may_be_repeated
