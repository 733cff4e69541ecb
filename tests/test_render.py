"""Records → page and data: what a reader sees, and what a typed cell can never become."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import cmarkgfm
import pandas as pd
import pytest
from cmarkgfm.cmark import Options
from hypothesis import example, given
from hypothesis import strategies as st
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from mdit_py_plugins.attrs import attrs_plugin

from job import render
from job.config import Config
from job.content import content_fault
from job.model import RECORD_COLUMNS, JobError, no_rows
from job.render import (
    escape_csv,
    escape_github,
    escape_log,
    escape_mail,
    escape_page,
    parse_data,
    render_data,
    render_page,
)
from job.text import clean
from job.validate import frame_of, in_page_order

DATA = Path(__file__).parent / "data"
ADDRESS = "https://www.data.gouv.fr/fr/datasets/cadastre/"


def vitepress_like() -> MarkdownIt:
    """An independent parser set up as VitePress sets up its own: HTML, bare links, attributes."""
    parser = MarkdownIt("default", {"html": True, "linkify": True, "typographer": False}).use(attrs_plugin)
    parser.linkify = LinkifyIt({}, {"fuzzy_link": False})
    return parser


def record(name: str = "Cadastre", category: str = "Adresses", **cells: str) -> tuple[str, ...]:
    given = {"producer": "IGN", "ministry": "", "status": "Disponible", "url": "", **cells}
    return ("Données géospatiales", category, name, *given.values())


def page_of(config: Config, *records: tuple[str, ...]) -> str:
    return render_page(in_page_order(frame_of(records), config), config)


def table_of(category: str, page: str) -> list[str]:
    section = page.split(f"### {category}\n", 1)[1].split("\n#", 1)[0]
    return [line for line in section.splitlines() if line.startswith("|")][2:]


# --- the page ----------------------------------------------------------------------------------------------------


def test_with_no_rows_the_page_parses_to_the_html_of_the_page_it_replaces(config: Config) -> None:
    def html(markdown: str) -> str:
        body = markdown.split("---\n", 2)[2]
        return re.sub(r"\s+", " ", MarkdownIt().enable("table").render(body))

    assert html(render_page(no_rows(RECORD_COLUMNS), config)) == html((DATA / "seed.md").read_text(encoding="utf-8"))


def test_the_front_matter_is_that_of_the_page_it_replaces(config: Config) -> None:
    seed = (DATA / "seed.md").read_text(encoding="utf-8")
    page = render_page(no_rows(RECORD_COLUMNS), config)
    assert page.split("---")[1] == seed.split("---")[1]


def test_the_name_links_to_the_address_and_empty_cells_read_a_venir(config: Config) -> None:
    page = page_of(config, record(url=ADDRESS), record("Base", producer="", status="A venir"))
    assert table_of("Adresses", page) == [
        "| Base | A venir | A venir | A venir |",
        f"| [Cadastre](<{ADDRESS}>) | IGN | A venir | Disponible |",
    ]


def test_an_empty_category_shows_two_rows_to_come(config: Config) -> None:
    assert table_of("Bâtiments", page_of(config, record())) == ["| A venir | A venir | A venir | A venir |"] * 2


def test_names_are_in_french_alphabetical_order_and_those_to_come_are_last(config: Config) -> None:
    names = ["Zones", "A venir", "Écoles", "eau", "Œuvres", "École", "ecole", "« Air »", "Oeufs", "API (2)", "API 10"]
    page = page_of(config, *(record(name) for name in names))
    assert [line.split(" | ")[0].removeprefix("| ") for line in table_of("Adresses", page)] == [
        "« Air »",
        "API 10",
        "API (2)",
        "eau",
        "ecole",
        "École",
        "Écoles",
        "Oeufs",
        "Œuvres",
        "Zones",
        "A venir",
    ]


def test_the_order_of_the_rows_changes_no_byte(config: Config) -> None:
    rows = [record(name, producer=producer) for name in ("b", "B", "é", "e") for producer in ("x", "y")]
    pages = {page_of(config, *random.Random(seed).sample(rows, len(rows))) for seed in range(5)}  # noqa: S311
    assert len(pages) == 1


def test_a_category_that_config_no_longer_knows_is_refused_by_name(config: Config) -> None:
    with pytest.raises(JobError, match=r"catégorie « Routes », absente de config\.toml"):
        render_page(frame_of([record(category="Routes")]), config)


def test_the_committed_page_is_what_render_gives(config: Config) -> None:
    data = config.output.data.read_text(encoding="utf-8")
    published = in_page_order(parse_data(data, "data"), config)
    assert config.output.page.read_text(encoding="utf-8") == render_page(published, config)
    assert data.encode() == render_data(published, config)


# --- cells are text ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Comptes nationaux : agrégats",
        "Cartes géologiques à 1/50 000 (BRGM), et/ou n° 3",
        "L’état des lieux - « Œuvres » - 100 % ; déjà ? Oui !",
        "nom_du_jeu, C#, a+b=c, 5 €, $",
    ],
)
def test_ordinary_french_stands_in_the_source_as_typed(text: str) -> None:
    assert escape_page(text) == text


@pytest.mark.parametrize(
    ("typed", "source"),
    [
        ("R&D", "R&amp;D"),
        ("{{ 7*7 }}", "&#123;&#123; 7&#42;7 &#125;&#125;"),
        ("<!--@include: x-->", "&lt;!--&#64;include: x--&gt;"),
        ("a | b", "a &#124; b"),
        (":tada: ;-) 8-)", "&#58;tada: ;-&#41; 8-&#41;"),
        ("https://x.fr", "https&#58;/&#47;x.fr"),
        ("_souligné_", "&#95;souligné&#95;"),
    ],
)
def test_entities_appear_where_a_character_could_act(typed: str, source: str) -> None:
    assert escape_page(typed) == source


ACTIVE = st.text(alphabet=st.sampled_from("ab1 &<>{}[]()`*_~|\\@#:;/-+=!.\"'éB8xDP3"), max_size=30)
TYPED = st.one_of(st.text(max_size=40), ACTIVE).map(clean).filter(lambda text: not content_fault(text))


@given(cells=st.lists(TYPED, min_size=4, max_size=4))
def test_any_text_in_a_table_cell_reads_back_exactly_and_nothing_else_comes_to_be(cells: list[str]) -> None:
    table = "| a | b | c | d |\n|---|---|---|---|\n| " + " | ".join(map(escape_page, cells)) + " |\n"
    tokens = vitepress_like().parse(table)
    inlines = [token for token in tokens if token.type == "inline"][4:]
    shown = [child for token in inlines for child in token.children or []]
    assert {child.type for child in shown} <= {"text", "text_special"}
    assert ["".join(child.content for child in token.children or []) for token in inlines] == cells
    assert not any(token.attrs for token in tokens)


@given(text=TYPED.filter(bool))
def test_any_text_as_the_name_of_a_link_reads_back_exactly(text: str) -> None:
    source = f"| a |\n|---|\n| [{escape_page(text)}](<{ADDRESS}>) |\n"
    (inline,) = [token for token in vitepress_like().parse(source) if token.type == "inline"][1:]
    opening, *inside, closing = inline.children or []
    assert (opening.type, opening.attrs, closing.type) == ("link_open", {"href": ADDRESS}, "link_close")
    assert "".join(child.content for child in inside) == text


def test_an_address_keeps_its_parameters() -> None:
    source = f"[x](<{render.escape_address('https://x.fr/?a=1&copy=2')}>)"
    assert 'href="https://x.fr/?a=1&amp;copy=2"' in MarkdownIt().render(source)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "https://x.fr/a b", "https://x.fr/>", "https://x.fr/{{x}}"])
def test_data_edited_by_hand_cannot_smuggle_an_address_in(address: str, config: Config) -> None:
    with pytest.raises(JobError, match="n'est pas valide"):
        page_of(config, record(url=address))


BACKTICKS = st.builds(lambda before, count, after: before + "`" * count + after, ACTIVE, st.integers(0, 250), ACTIVE)


class Read(HTMLParser):
    """A piece of HTML as its tags and its texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(f"{tag} {attrs}" if attrs else tag)

    def handle_comment(self, data: str) -> None:
        self.tags.append(f"<!--{data}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def as_on_github(markdown: str) -> Read:
    extensions = ["autolink", "strikethrough", "table", "tasklist"]
    return Read(cmarkgfm.markdown_to_html_with_extensions(markdown, Options.CMARK_OPT_UNSAFE, extensions))


@given(text=st.one_of(TYPED, ACTIVE, BACKTICKS).map(clean).filter(bool))
@example("`" * 80 + " &commat;org/team ![x](//evil.example/x.png) www.evil.example <b>x</b>")
def test_any_text_in_the_report_is_inline_code_to_githubs_own_parser(text: str) -> None:
    read = as_on_github(f"- {escape_github(text)} fin")
    assert read.tags == ["ul", "li", "code"]
    assert "".join(read.texts).replace("\u200b", "").split("\n") == ["", f"{text} fin", "", ""]


@given(text=st.one_of(TYPED, ACTIVE, BACKTICKS))
def test_any_text_in_the_report_is_one_piece_of_inline_code(text: str) -> None:
    text = clean(text)
    tokens = MarkdownIt("gfm-like").parse(f"- {escape_github(text)} fin")
    (inline,) = [token for token in tokens if token.type == "inline"]
    code = [child.content for child in inline.children or [] if child.type == "code_inline"]
    assert [shown.replace("\u200b", "") for shown in code] == [text] * bool(text)
    assert {child.type for child in inline.children or []} <= {"text", "code_inline"}


@pytest.mark.parametrize("typed", ["@org/equipe", "fixes #12", "GH-45", "https://github.com/o/r/issues/1"])
def test_no_mention_or_reference_survives_a_reader_that_ignores_code(typed: str) -> None:
    assert not re.search(r"@\w|#\d|GH-\d|://\w", escape_github(typed))


@given(text=st.text(max_size=40))
def test_no_runner_finds_a_command_in_a_log_line(text: str) -> None:
    line = escape_log(f"x {text}")
    assert not re.search(r"::|##\[|[\r\n\x0b\x0c\x1b\x85\u2028\u2029]", line)


@given(text=st.text(max_size=20) | st.text(alphabet="'=+-@＝1,;\t", max_size=8))
def test_a_csv_cell_is_never_a_formula_whatever_the_separator_and_reads_back_exactly(text: str) -> None:
    escaped = escape_csv(text)
    for cell in re.split("[,;\t]", escaped):
        assert cell[:1] not in {*"=+-@\r\x00＝＋－＠"}
    assert render.unescape_csv(escaped) == text


def test_an_address_stands_in_the_data_as_it_is() -> None:
    assert escape_csv("https://www.google.com/maps/@48.85,-2.35,12z") == "https://www.google.com/maps/@48.85,-2.35,12z"
    assert escape_csv("https://x.fr/;=HYPERLINK(A1)") == "https://x.fr/;'=HYPERLINK(A1)"


@given(text=st.one_of(TYPED, ACTIVE))
@example("Cadastre https://evil.example/login, WWW.evil.example, contact@exemple.fr")
def test_no_web_address_in_a_message_becomes_a_link(text: str) -> None:
    said = escape_mail(clean(text))
    assert LinkifyIt({}, {"fuzzy_link": False, "fuzzy_email": False}).match(said) is None
    assert not re.search(r"(?i)://|\bwww\.", said)
    assert said.replace("\u200b", "") == clean(text).replace("\u200b", "")


# --- the data ----------------------------------------------------------------------------------------------------


@given(names=st.lists(TYPED.filter(bool), max_size=5, unique=True))
def test_published_data_reads_back_exactly(names: list[str], config: Config) -> None:
    records = in_page_order(frame_of([record(name, producer=name) for name in names]), config)
    again = parse_data(render_data(records, config).decode(), "data")
    pd.testing.assert_frame_equal(again, records, check_dtype=False)


def test_the_data_names_each_category_in_the_eu_vocabulary(config: Config) -> None:
    header, row = render_data(frame_of([record()]), config).decode().splitlines()
    assert header == (
        '"thematique","categorie","nom","producteur","ministere","statut","adresse","thematique_uri","categorie_uri"'
    )
    assert row.endswith('"http://data.europa.eu/bna/c_ac64a52d","http://data.europa.eu/bna/c_c3de25e4"')


_DATA = '"thematique","categorie","nom","producteur","ministere","statut","adresse"\n"","","{}","","","",""\n'


@pytest.mark.parametrize(
    "text",
    [
        "nom,statut\na,b\n",
        "n'importe quoi",
        _DATA.format("x\n\n# Titre"),
        _DATA.format("x" * 200_000),
        '"thematique"\n"a","b"\n',
    ],
)
def test_a_damaged_data_file_is_refused(text: str) -> None:
    with pytest.raises(JobError, match="abîmé"):
        parse_data(text, "donnees.csv")


# --- templates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("a\n{% for %}\n", 2),
        ("a\nb\n{{ unknown }}\n", 3),
        ("a\n\n\n{{ placeholder.nothing() }}\n", 4),
        ("{{ 1 / 0 }}", 1),
    ],
)
def test_a_mistake_in_a_template_is_named_with_its_line(
    template: str, line: int, config: Config, tmp_path: Path
) -> None:
    (tmp_path / "page.md.j2").write_text(template, encoding="utf-8")
    elsewhere = replace(config, output=replace(config.output, templates=tmp_path))
    with pytest.raises(JobError, match=rf"Le modèle page\.md\.j2, ligne {line}, est à corriger"):
        render.render_template("page.md.j2", elsewhere, escape_page, placeholder="A venir")
