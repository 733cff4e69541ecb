"""The page as the real site shows it: built by VitePress 1.6.4, then read back from its HTML.

Exit code 0 of VitePress proves nothing (a page whose code fails is published empty), so what is compared is the text of
every cell and the whole structure around it. Once: `npm ci` in tests/vitepress.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from conftest import published_address, sheet
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from test_hostile import CELLS

from job.config import Config
from job.model import RECORD_COLUMNS, no_rows
from job.render import render_page
from job.sheet import read_csv
from job.text import clean
from job.validate import validate

pytestmark = pytest.mark.vitepress

TESTS = Path(__file__).parent
PROJECT = TESTS / "vitepress"
MODULES = PROJECT / "node_modules"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Kind of trouble → texts that bring it about, or nearly.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "ordinary French": (
        "Comptes nationaux : agrégats",
        "Base Adresse Nationale (BAN)",
        "L’état civil et l'état d’urgence",
        "Carte au 1/50 000",
        "Arrêts et/ou lignes (bus, métro, tramway…)",
        "Données « ouvertes » – 2ᵉ édition — n° 3",
        "Dépenses de R&D des entreprises",
        "Œuvres, cœur, Ÿ, ÇA, Ñandú, œ & æ",
        'Chômage "BIT", catégorie A',
        "Prix : 5 € ; 10 % ; 3 m² ; +2,5 °C",
        "BD_TOPO_V3 (nom_du_jeu)",
        "C# et F#, version 2.0",
        "Quoi ? Oui ! Non... Ah ; bon",
        "1. Un point",
        "A venir",
    ),
    # markdown-it-emoji is on in VitePress: every shortcut it knows, several of them without a colon.
    "emoji shortcuts": (
        *_words(
            r""">:( >:-( :") :-") </3 <\3 :/ :-/ :'( :'-( :,( :,-( :( :-( <3 ]:( ]:-( o:) O:) o:-) O:-) 0:) 0:-) :')
            :'-) :,) :,-) :'D :'-D :,D :,-D :* :-* x-) X-) :| :-| :o :-o :O :-O :@ :-@ :D :-D :) :-) ]:) ]:-) :,'( :,'-(
            ;( ;-( :P :-P 8-) B-) ,:( ,:-( ,:) ,:-) :s :-S :z :-Z :$ :-$ ;) ;-) :tada: :+1: :-1: :100: :e-mail:
            ::tada:: a:tada:b"""
        ),
        "Bravo ;-) et 8-) puis (;() «;-(»",
        "un {;)} deux *8-)* trois &;( quatre",
        "entre -( et -) rien",
    ),
    # Interpolation is code that runs while the site is built, even inside a code span.
    "Vue": (
        "{{ 7*7 }}",
        "`{{ 7*7 }}`",
        "\\{\\{ 7*7 \\}\\}",
        "{{ ''.constructor.constructor('return process.env.HOME')() }}",
        "{{ jeu.nom }}",
        "{{ nom_du_jeu }}",
        "{{ x",
        "x }}",
        "{{{ 1 }}}",
        "{ { 1 } }",
        "{{",
        "{",
        "}",
        "v-html=\"'<b>x</b>'\"",
        '<p v-text="7*7"></p>',
        "<slot/>",
        '<component is="script">',
        '<Badge text="x" />',
        "import.meta.env.MODE process.env.NODE_ENV",
    ),
    # markdown-it-attrs is on: braces at the end of a cell become attributes of its <td>.
    "attributes": (
        "x {onclick=alert(1)}",
        "x {.c}",
        "x {#annexe}",
        "{#annexe}",
        "x {colspan=9}",
        "x {@mouseenter=alert(1)}",
        "x {:title=7*7}",
        "x {v-html=x}",
        "{NUTS1, NUTS2, NUTS3}",
        '{"type": "object"}',
        "x {a b a}",
        "**x**{.c}",
        "`x`{.c}",
        "[x]{.c}",
    ),
    # Includes are read from the raw source before any Markdown; snippets and containers need a line of their own.
    "includes": (
        "<!--@include: ../package.json-->",
        "<!-- @include: /../../etc/hostname -->",
        "`<!--@include: ./seed.md-->`",
        "<!--@include: @/seed.md{1,3}-->",
        "<<< package.json",
        "x\n\n<<< @/package.json{1}\n\n",
        "x\n\n::: danger\nx\n:::",
        "[[toc]]",
        "[[package.json]]",
    ),
    # linkify is on, without its fuzzy half.
    "bare addresses": (
        "https://exemple.fr/a?b=1&c=2#d",
        "HTTP://EXEMPLE.FR",
        "voir https://exemple.fr.",
        "(https://exemple.fr/)",
        "//exemple.fr/a",
        "a //exemple.fr b",
        "(//exemple.fr)",
        "///exemple.fr",
        "/ /exemple.fr",
        "//localhost",
        "ftp://exemple.fr",
        "mailto:contact@exemple.fr",
        "contact@exemple.fr",
        "www.exemple.fr",
        "exemple.fr/a",
        "tel:+33100000000",
        "javascript:alert(1)",
        "<https://exemple.fr>",
        "<contact@exemple.fr>",
        "https:/exemple.fr",
        "https: //exemple.fr",
        "https&#58;//exemple.fr",
    ),
    "entities typed as such": (
        "&amp;",
        "&amp;amp;",
        "&#123;",
        "&#x7B;&#x7B; 7*7 &#x7D;&#x7D;",
        "&copy",
        "&copy;",
        "?a=1&copy=2",
        "&lt;b&gt;",
        "&nbsp;",
        "&",
        "&;",
        "&#;",
        "&#0;",
        "&notanentity;",
        "R&D;",
    ),
    "pipes and backslashes": (
        "|",
        "||",
        "| a | b |",
        "a|b",
        "a|",
        "|a",
        "\\",
        "\\\\",
        "a\\",
        "a\\\\",
        "\\|",
        "\\\\|",
        "|\\",
        "a\\|b",
        "a \\| b \\\\| c",
        "\\a \\* \\[ \\& \\: \\_",
        "C:\\temp\\nouveau",
        "`a|b`",
        "| --- |",
        ":---:",
        "---|---",
    ),
    "code spans": ("`", "``", "`a`", "`` a ` b ``", "a ` b", "\\`a`", "```", "```js", "~~~", "`a | b"),
    "emphasis": (
        "*a*",
        "**a**",
        "***a***",
        "a*b*c",
        "*",
        "_a_",
        "__a__",
        "a _b_ c",
        "(_a_)",
        "_",
        "a_",
        "_a",
        "a__b__c",
        "'_a_'",
        "é_è_ê",
        "1_2_3",
        "~a~",
        "~~a~~",
        "a~~b~~c",
        "~",
        "==a== ^a^ ++a++",
    ),
    "raw HTML": (
        "<b>",
        "<b>gras</b>",
        "a <b et c> d",
        "</div>",
        "</td></tr></table>",
        "<br>",
        "<hr/>",
        "<script>alert(1)</script>",
        "</script>",
        "<script setup>x</script>",
        "<style>*{display:none}</style>",
        "<svg onload=alert(1)>",
        "<img src=x onerror=alert(1)>",
        '<iframe src="https://exemple.fr">',
        '<a href="javascript:alert(1)">x</a>',
        "<!-- caché -->",
        "<!--",
        "-->",
        "<![CDATA[ x ]]>",
        "<![CDATA[",
        "<?php echo 1 ?>",
        "<!DOCTYPE html>",
        "<template>",
        "<textarea>",
        "1 < 2 > 0",
        "a<b",
        "<",
        ">",
        "＜script＞",
        "' onmouseover='x",
        '" onmouseover="x',
    ),
    "other template tongues": (
        "{% raw %}",
        "{% for x in y %}",
        "{# commentaire #}",
        "{{ config }}",
        "${{ secrets.TOKEN }}",
        "${HOME} $HOME $(id) `id`",
        "<%= 7*7 %>",
        "#{7*7}",
        "%s %(x)s {0} {x!r}",
        "::error::x",
        "##[error]x",
    ),
    "links and images": (
        "[x](https://exemple.fr)",
        "[x](javascript:alert(1))",
        "[x](./introuvable.md)",
        "[x]()",
        "[x]",
        "[x][y]",
        "[x]: https://exemple.fr",
        "![x](https://exemple.fr/x.png)",
        "![](./x.png)",
        "](https://exemple.fr)",
        "a](<https://exemple.fr>) b",
        "[",
        "]",
        "[[x]](y)",
        "x>)",
        "!",
        "(",
        ")",
    ),
    # Blocks are live at the start of a line only: in a cell they are text, as long as no line can be started.
    "blocks": (
        "# titre",
        "## titre",
        "#",
        "#12",
        "- élément",
        "* élément",
        "+ élément",
        "1) élément",
        "> citation",
        "> [!NOTE]",
        "- [x] fait",
        "---",
        "===",
        "--- title: x ---",
        "a\nb",
        "a\r\n\r\n## b",
        "a\rb",
        "a\u2028b\u2029c\x0bd\x0ce\x85f",
        "a\tb",
        "    code",
        "[^1]",
        "[^1]: note",
        "^[note]",
        "*[ABR]: abréviation",
        "$$ x $$",
        "$x$",
        "\\(x\\)",
    ),
    "mentions": ("@quelqu-un", "@org/equipe", "a @ b", "fixes #12", "org/depot#3", "/merge", "[skip ci]"),
    "invisible or rare characters": (
        "a\u00a0: b\u202f; c",
        "a\u200bb\u00adc\ufeffd",
        "ｆｕｌｌ ｗｉｄｔｈ ｛｛7*7｝｝",
        "日本語 العربية",
        "🎉 1️⃣ 👩‍👩‍👧",
        "e\u0301te\u0301",
        "ﬁ ½ ① ℡ №",
        "\u0000a\u0007b",
        "\U00010330\U0001f1eb\U0001f1f7",
        "a\ufffeb",
    ),
    # Looks of what Vite replaces after everything is compiled (the real ones are refused before they get here).
    "near placeholders": (
        "VITE_ASSET",
        "__vite__",
        "__dirname",
        "__VUE_OPTIONS_API__",
        "import('./x')",
        "//# sourceMappingURL=x",
    ),
    "long": ("mot " * 500, "a" * 3000, "*" * 200, "[" * 200, "{" * 100, "`" * 99, "&" * 99),
}
HOSTILE = [clean(text) for texts in FAMILIES.values() for text in texts]

# What lends itself to being put together by chance.
_PIECES = (
    *_words(
        r"""& < > { } [ ] ` * _ ~ | \ @ # : / ; - ( ) ! $ % ^ + = ' " . , ? {{ }} // ~~ ** __ :) ;( ;-( 8-) B-) <3 -->
        <!-- <b> </b> {.c} {#a} :tada: https:// http: mailto: a.fr b@c.fr &amp; &#123; &lt ]( ](< >) a b8 é 0 n° x-"""
    ),
    " ",
    " ",
    " : ",
)
TEXTS = st.one_of(
    st.lists(st.sampled_from(_PIECES), min_size=1, max_size=12).map("".join),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=30),
)
GENERATED = 1500

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


# --- HTML, read back ---------------------------------------------------------------------------------------------


@dataclass
class Element:
    """An HTML element: the text in it is str, character references resolved. No comment, no blank between elements."""

    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator[Element]:
        """This element and those below it with one of these tags, in order."""
        if self.tag in tags:
            yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.all(*tags)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)


class _Reader(HTMLParser):
    _VOID = frozenset(_words("area base br col embed hr img input link meta source track wbr"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("document")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self._open[-1].children.append(element)
        if tag not in self._VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._VOID:
            assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
            self._open.pop()

    def handle_data(self, data: str) -> None:
        siblings = self._open[-1].children
        if siblings and isinstance(siblings[-1], str):
            siblings[-1] += data
        elif data.strip():
            siblings.append(data)


@dataclass(frozen=True)
class Page:
    """One built page."""

    document: Element

    @property
    def body(self) -> list[Element | str]:
        """What our Markdown became, without the site around it."""
        (article,) = (
            div for div in self.document.all("div") if "vp-doc" in (div.attributes.get("class") or "").split()
        )
        return article.children

    @property
    def rows(self) -> list[Element]:
        """The rows of all tables, titles left out."""
        return [row for body in Element("body", {}, self.body).all("tbody") for row in body.all("tr")]

    @property
    def frame(self) -> list[Element | str]:
        """The body with its tables emptied."""

        def emptied(node: Element | str) -> Element | str:
            if isinstance(node, str):
                return node
            children = [] if node.tag == "tbody" else [emptied(child) for child in node.children]
            return Element(node.tag, node.attributes, children)

        return [emptied(node) for node in self.body]

    @property
    def scripts(self) -> list[Element]:
        return list(self.document.all("script"))


def read_page(path: Path) -> Page:
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    return Page(reader.root)


# --- one build ---------------------------------------------------------------------------------------------------


def _cell(*children: Element | str) -> Element:
    return Element("td", {"style": "text-align:left;"}, list(children))


def shown(records: pd.DataFrame) -> list[Element]:
    """The rows that the site should show: nothing but the text of each cell, and our link on a name with an address."""
    rows = []
    for name, producer, ministry, status, url in _cells(records):
        link = Element("a", {"href": url, "target": "_blank", "rel": "noreferrer"}, [name])
        rows.append(Element("tr", {}, [_cell(link if url else name), _cell(producer), _cell(ministry), _cell(status)]))
    return rows


def _cells(records: pd.DataFrame) -> list[list[str]]:
    rows: list[list[str]] = records[["name", "producer", "ministry", "status", "url"]].to_numpy().tolist()
    return rows


def _in_first_category(rows: list[tuple[str, str, str, str, str]], config: Config) -> pd.DataFrame:
    """Records of these names, producers, ministries, statuses and addresses."""
    category, theme = next(iter(config.theme_of.items()))
    return pd.DataFrame([(theme, category, *row) for row in rows], columns=list(RECORD_COLUMNS))


@pytest.fixture(scope="module")
def examples(config: Config) -> pd.DataFrame:
    """The example spreadsheet's rows, as the job publishes them."""
    return validate(read_csv(TESTS / "data" / "tableau.csv", config), config).records


@pytest.fixture(scope="module")
def harmful(config: Config) -> pd.DataFrame:
    """What is published of the rows of data/hostile.csv, all in one sheet."""
    return validate(sheet(*CELLS), config).records


@pytest.fixture(scope="module")
def hostile(config: Config) -> pd.DataFrame:
    """Every hostile text in the four visible columns at once, with and without a link on the name."""
    return _in_first_category(
        [(text, text, text, text, url) for text in HOSTILE for url in ("https://www.insee.fr/", "")], config
    )


@pytest.fixture(scope="module")
def generated(config: Config) -> pd.DataFrame:
    """GENERATED texts, the same at each run, four to a row; every other row has a link."""
    texts: dict[str, None] = {}

    @settings(
        max_examples=GENERATED * 2,  # some come twice or are blank
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(TEXTS)
    def collect(text: str) -> None:
        if cleaned := clean(text):
            texts[cleaned] = None

    collect()
    assert len(texts) >= GENERATED
    kept = list(texts)[:GENERATED]
    links = itertools.cycle(("https://www.insee.fr/", ""))
    return _in_first_category(list(zip(kept[::4], kept[1::4], kept[2::4], kept[3::4], links, strict=False)), config)


@pytest.fixture(scope="module")
def linked(config: Config) -> pd.DataFrame:
    """A row for each of ADDRESSES, in the form that is published."""
    published = [published_address(address, config) for address in ADDRESSES]
    urls = [url for url in published if isinstance(url, str)]
    assert urls == published  # none refused
    return _in_first_category([(url[:60], "Insee", "A venir", "A venir", url) for url in urls], config)


@pytest.fixture(scope="module")
def node() -> str:
    """Where Node is. Without it or VitePress the tests are skipped, unless REQUIRE_VITEPRESS=1."""
    node = shutil.which("node")
    if node and (MODULES / "vitepress").is_dir():
        return node
    reason = "VitePress is not installed (run `npm ci` in tests/vitepress)" if node else "Node is not installed"
    if os.environ.get("REQUIRE_VITEPRESS") == "1":
        pytest.fail(f"REQUIRE_VITEPRESS=1, but {reason}", pytrace=False)
    pytest.skip(f"left out: {reason}")


@pytest.fixture(scope="module")
def site(
    node: str,
    tmp_path_factory: pytest.TempPathFactory,
    config: Config,
    examples: pd.DataFrame,
    harmful: pd.DataFrame,
    hostile: pd.DataFrame,
    generated: pd.DataFrame,
    linked: pd.DataFrame,
) -> Callable[[str], Page]:
    """Every page of this file, built in one go, by name."""
    root = tmp_path_factory.mktemp("site")
    shutil.copytree(PROJECT, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules", "cache", "dist"))
    (root / "node_modules").symlink_to(MODULES)
    shutil.copy(TESTS / "data" / "seed.md", root / "seed.md")
    pages = {"empty": no_rows(RECORD_COLUMNS), "examples": examples, "hostile": hostile, "generated": generated}
    for name, records in {**pages, "harmful": harmful, "linked": linked}.items():
        (root / f"{name}.md").write_text(render_page(records, config), encoding="utf-8")
    built = subprocess.run(
        [node, "node_modules/vitepress/bin/vitepress.js", "build"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert built.returncode == 0, f"vitepress build failed:\n{built.stdout[-3000:]}\n{built.stderr[-3000:]}"
    return lambda name: read_page(root / ".vitepress" / "dist" / f"{name}.html")


def differences(page: Page, records: pd.DataFrame) -> list[tuple[str, Element]]:
    """What was meant and what is shown, for the first rows that differ."""
    meant = shown(records)
    assert len(page.rows) == len(meant) + 2 * 65  # the other categories read « A venir » twice
    return [(want.text, got) for want, got in zip(meant, page.rows, strict=False) if want != got][:5]


# --- the page ----------------------------------------------------------------------------------------------------


def test_a_page_without_rows_is_the_page_that_people_wrote(site: Callable[[str], Page]) -> None:
    assert site("empty").body == site("seed").body


def test_a_page_without_rows_has_its_headings_and_two_rows_to_come_in_each_table(site: Callable[[str], Page]) -> None:
    body = Element("body", {}, site("empty").body)

    assert [len(list(body.all(tag))) for tag in ("h1", "h2", "h3", "table")] == [1, 6, 66, 66]
    assert site("empty").rows == [Element("tr", {}, [_cell("A venir")] * 4)] * 132


@pytest.mark.parametrize(("name", "count"), [("examples", 97), ("harmful", 210)])
def test_each_row_is_shown_under_its_heading_with_its_link(
    site: Callable[[str], Page], request: pytest.FixtureRequest, config: Config, name: str, count: int
) -> None:
    heading = ""
    tables: dict[str, list[Element]] = {}
    for element in Element("body", {}, site(name).body).all("h3", "tbody"):
        if element.tag == "h3":
            heading = element.text.removesuffix("\u200b").strip()  # VitePress' permalink
        else:
            tables[heading] = list(element.all("tr"))
    records: pd.DataFrame = request.getfixturevalue(name)
    filled = records.replace({"producer": "", "ministry": ""}, config.placeholder)
    to_come = [Element("tr", {}, [_cell(config.placeholder)] * 4)] * 2

    assert len(records) == count
    assert tables == {label: shown(filled[filled["category"] == label]) or to_come for label in config.theme_of}


@pytest.mark.parametrize("column", range(4), ids=["name", "producer", "ministry", "status"])
def test_whatever_is_typed_is_shown_as_typed(site: Callable[[str], Page], hostile: pd.DataFrame, column: int) -> None:
    meant = [row.children[column] for row in shown(hostile)]
    got = [row.children[column] for row in site("hostile").rows[: len(meant)]]

    assert len(set(HOSTILE)) >= 120
    assert [(want, cell) for want, cell in zip(meant, got, strict=True) if want != cell] == []


@pytest.mark.parametrize("name", ["hostile", "generated", "linked"])
def test_rows_hold_nothing_but_text_and_our_link(
    site: Callable[[str], Page], request: pytest.FixtureRequest, name: str
) -> None:
    assert differences(site(name), request.getfixturevalue(name)) == []


@pytest.mark.parametrize("name", ["empty", "examples", "harmful", "hostile", "generated", "linked"])
def test_nothing_typed_reaches_the_page_around_the_rows(site: Callable[[str], Page], name: str) -> None:
    assert site(name).frame == site("seed").frame
    assert site(name).scripts == site("seed").scripts


def test_an_address_is_linked_as_it_is_published(site: Callable[[str], Page], linked: pd.DataFrame) -> None:
    links = [next(row.all("a")).attributes for row in site("linked").rows[: len(linked)]]

    assert links == [{"href": url, "target": "_blank", "rel": "noreferrer"} for url in linked["url"]]
