"""What VitePress makes of a cell: built in one go, then read back from the HTML.

Exit code 0 of VitePress proves nothing (a page whose code fails is published empty), so what is compared is the text of
every cell and everything around the tables.
"""

from __future__ import annotations

import html
import itertools
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from built_site import PAGE, ROOT, UNKNOWN, Project, sheet_of_hostile_rows
from conftest import with_real_characters
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from job.config import Config
from job.content import content_fault
from job.rules.address import public_address
from job.text import clean

pytestmark = pytest.mark.slow

CATEGORY = ("Données géospatiales", "Unités administratives")
LINK = "https://www.insee.fr/"


def _typed() -> list[str]:
    lines = (ROOT / "tests" / "data" / "markup.txt").read_text(encoding="utf-8").splitlines()
    texts = [with_real_characters(line.partition("\t")[2]) for line in lines if not line.startswith("# ")]
    return [
        *filter(lambda text: not content_fault(text), map(clean, texts)),
        *(character * 100 for character in "*[{`&"),
    ]


def _generated(count: int) -> list[str]:
    """So many texts put together by chance, the same at each run."""
    pieces = r"""& < > { } [ ] ` * _ ~ | \ @ # : / ; - ( ) ! $ % ^ + = ' " . , ? {{ }} // ~~ ** __ :) ;( ;-( 8-) B-) <3
        --> <!-- <b> </b> {.c}
        {#a} :tada: https:// http: mailto: a.fr b@c.fr &amp; &#123; &lt ]( ](< >) a b8 é 0 n° x-"""
    texts: dict[str, None] = {}

    @settings(
        max_examples=count * 2,  # some come twice or are blank
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.one_of(
            st.lists(st.sampled_from((*pieces.split(), " ", " ", " : ")), min_size=1, max_size=12).map("".join),
            st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
            st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=30),
        )
    )
    def collect(text: str) -> None:
        if (cleaned := clean(text)) and not content_fault(cleaned):
            texts[cleaned] = None

    collect()
    assert len(texts) >= count
    return list(texts)[:count]


ADDRESSES = (
    "https://www.data.gouv.fr/fr/datasets/base-adresse-nationale/",
    "http://transport.data.gouv.fr",
    "https://transport.data.gouv.fr:8443/a/b.html",
    "https://transport.data.gouv.fr/a.md",
    "https://transport.data.gouv.fr/a_b_/_c_/__d__/*e*/~f~",
    "https://transport.data.gouv.fr/?a=1&copy=2&amp=3&lt=4",
    "https://transport.data.gouv.fr/?a=&amp;b=&#123;",
    "https://transport.data.gouv.fr/a(b)c",
    "https://transport.data.gouv.fr/a)b",
    "https://transport.data.gouv.fr/a[b]{c}|d^e`f",
    "https://transport.data.gouv.fr/{{7*7}}",
    "https://transport.data.gouv.fr/%7B%7B7*7%7D%7D",
    "https://transport.data.gouv.fr/{.c}#{onclick=alert(1)}",
    "https://transport.data.gouv.fr/a%20b%2Fc%",
    "https://transport.data.gouv.fr/%E0%A4%A",
    "https://transport.data.gouv.fr/à/œuvre?é=ç#ù",
    "https://transport.data.gouv.fr/日本",
    "https://transport.data.gouv.fr/l'eau;v=1,2!$@x:y",
    "https://transport.data.gouv.fr/:tada:/:)",
    "https://transport.data.gouv.fr//a//b/../c/./d",
    "https://transport.data.gouv.fr/?url=https://www.insee.fr/&x=//y",
    "https://transport.data.gouv.fr/#!/a?b",
    "https://transport.data.gouv.fr/?q",
    "https://économie.gouv.fr/é",
    "https://xn--conomie-9xa.gouv.fr/",
    "HTTPS://WWW.INSEE.FR/Fr/Statistiques",
    "https://sous_domaine.data.gouv.fr/",
    "https://www.insee.fr/" + "a" * 1500,
)


Row = tuple[str, ...]  # in the columns of the published data


def texts_of(config: Config) -> list[Row]:
    """Every text in the three columns that are typed freely, with and without a link; then every address."""
    ends = (("Disponible", LINK), ("A venir", ""))
    hostile = [(text, text, text, *end) for text in _typed() for end in ends]
    parts = iter(_generated(1200))
    generated = [(*three, *end) for three, end in zip(zip(parts, parts, parts, strict=True), itertools.cycle(ends))]
    published = [public_address(address, config) for address in ADDRESSES]
    urls = [url for url in published if isinstance(url, str)]
    assert urls == published  # none refused
    linked = [(f"Jeu {number}", "Insee", "DINUM", "Disponible", url) for number, url in enumerate(urls)]
    return [(*CATEGORY, *cells) for cells in dict.fromkeys((*hostile, *generated, *linked))]


# --- HTML, read back ---------------------------------------------------------------------------------------------

CELL = (
    '<td style="text-align:left;">'
    '(?:<a href="([^"<>]*)" target="_blank" rel="noreferrer">([^<>]*)</a>|([^<>]*))(?: <em>lien à venir</em>)?</td>'
)
ROW = re.compile(f"<tr>{CELL * 4}</tr>")


class Page:
    """One built page, its comments left out."""

    def __init__(self, path: Path) -> None:
        self.html = re.sub("<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        (self.body,) = re.findall(r'<div[^>]*class="vp-doc [^>]*>(.*?)</main>', self.html, re.DOTALL)

    @property
    def frame(self) -> str:
        """What our Markdown became, with its tables emptied and the names of its data files left out."""
        emptied = re.sub("<tbody>.*?</tbody>", "", self.body, flags=re.DOTALL)
        return re.sub(r'href="/\w+\.(csv|json)"', r'href="/\1"', emptied)

    @property
    def scripts(self) -> list[str]:
        return re.findall("<script.*?</script>", self.html, re.DOTALL)

    @property
    def tables(self) -> dict[str, list[Row]]:
        """Category → its rows, which hold nothing but text and our link: name, producer, ministry, status, address."""
        found: dict[str, list[Row]] = {}
        for section in re.split("(?=<h3 )", self.body)[1:]:
            ((heading, tbody),) = re.findall("^<h3[^>]*>([^<]*)<.*<tbody>(.*?)</tbody>", section, re.DOTALL)
            assert ROW.sub("", tbody) == ""
            rows = [[html.unescape(part) for part in row] for row in ROW.findall(tbody)]
            found[html.unescape(heading).strip()] = [
                (name or unlinked, producer, ministry, status, address)
                for address, name, unlinked, _, _, producer, _, _, ministry, _, _, status in rows
            ]
        return found


def tables_of(rows: list[Row], config: Config) -> dict[str, list[Row]]:
    """What these rows should look like."""
    tables: dict[str, list[Row]] = {label: [] for label in config.theme_of}
    for _, category, name, producer, ministry, status, address in rows:
        tables[category].append((name, producer or UNKNOWN, ministry or UNKNOWN, status, address))
    to_come = (*[config.placeholder] * 4, "")
    return {label: table or [to_come] * 2 for label, table in tables.items()}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("texts"))


@pytest.fixture(scope="module")
def texts(config: Config) -> list[Row]:
    return [row for row in texts_of(config) if row[2]]  # the rules let no dataset through without a name


@pytest.fixture(scope="module")
def site(project: Project, texts: list[Row], config: Config) -> Callable[[str], Page]:
    """Every page of this file, built in one go, by name."""
    shutil.copy(ROOT / "tests" / "data" / "seed.md", project.site / "seed.md")
    project.render([], PAGE)
    project.render(texts, "texts")
    plain = [(*CATEGORY, f"Jeu {n}", f"Producteur {n}", f"Ministère {n}", *row[5:]) for n, row in enumerate(texts)]
    project.render(plain, "plain")
    project.publish(sheet_of_hostile_rows(project.folder / "hostile.csv", config), "hostile", "hostile")
    out = project.folder / "dist"
    project.build(out)
    return lambda name: Page(out / f"{name}.html")


# --- the page ----------------------------------------------------------------------------------------------------


def test_a_page_without_rows_is_the_page_that_people_wrote(site: Callable[[str], Page]) -> None:
    assert site(PAGE).body == site("seed").body


def test_a_page_without_rows_has_its_headings_and_two_rows_to_come_in_each_table(
    site: Callable[[str], Page], config: Config
) -> None:
    assert [site(PAGE).body.count(f"<{tag}") for tag in ("h1", "h2", "h3", "table")] == [1, 6, 66, 66]
    assert site(PAGE).tables == tables_of([], config)


def test_whatever_is_typed_is_shown_as_typed(site: Callable[[str], Page], texts: list[Row], config: Config) -> None:
    meant, shown = (Counter(tables[CATEGORY[1]]) for tables in (tables_of(texts, config), site("texts").tables))

    assert len(texts) > 900
    assert (meant - shown, shown - meant) == (Counter(), Counter())


def test_each_hostile_row_is_shown_under_its_heading_with_its_link(
    site: Callable[[str], Page], project: Project, config: Config
) -> None:
    published = project.published("hostile")

    assert len(published) > 180
    assert site("hostile").tables == tables_of(published, config)


def test_nothing_typed_reaches_the_page_around_the_rows(site: Callable[[str], Page]) -> None:
    assert site("texts").frame == site("plain").frame
    assert {name: site(name).scripts for name in ("texts", "plain", "hostile")} == dict.fromkeys(
        ("texts", "plain", "hostile"), site("seed").scripts
    )
