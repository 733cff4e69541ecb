"""A cell is text in every format, and the same text."""

from __future__ import annotations

import csv
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from reading import ACTIVE, BACKTICKS, HOSTILE, TYPED, as_on_github, vitepress_like, without_zero_width

from job.model import JobError
from job.output.escape import (
    escape_address,
    escape_csv,
    escape_github,
    escape_log,
    escape_mail,
    escape_page,
    is_published_address,
    render_csv,
    unescape_csv,
)
from job.text import clean

ADDRESS = "https://www.data.gouv.fr/fr/datasets/cadastre/"


# --- the page ----------------------------------------------------------------------------------------------------


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


@given(cells=st.lists(TYPED, min_size=4, max_size=4))
@example(cells=HOSTILE[:4])
@example(cells=HOSTILE[-4:])
def test_any_text_in_a_cell_of_the_page_reads_back_exactly_and_nothing_else_comes_to_be(cells: list[str]) -> None:
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
    source = f"[x](<{escape_address('https://x.fr/?a=1&copy=2')}>)"
    assert 'href="https://x.fr/?a=1&amp;copy=2"' in MarkdownIt().render(source)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "https://x.fr/a b", "https://x.fr/>", "https://x.fr/{{x}}"])
def test_what_is_no_published_address_is_no_link(address: str) -> None:
    assert not is_published_address(address)
    with pytest.raises(JobError, match="n'est pas valide"):
        escape_address(address)


# --- GitHub ------------------------------------------------------------------------------------------------------

ANY = st.one_of(TYPED, ACTIVE, BACKTICKS, st.sampled_from(HOSTILE)).map(clean).filter(bool)


@given(text=ANY)
@example("`" * 80 + " &commat;org/team ![x](//evil.example/x.png) www.evil.example <b>x</b>")
def test_any_text_in_the_report_is_one_piece_of_inline_code_to_githubs_own_parser(text: str) -> None:
    read = as_on_github(f"- {escape_github(text)} fin")
    assert read.tags == ["ul", "li", "code"]
    assert (list(map(without_zero_width, read.code)), "".join(read.texts).strip()) == ([text], "fin")


@given(text=ANY)
def test_any_text_in_the_report_is_one_piece_of_inline_code_to_others(text: str) -> None:
    tokens = MarkdownIt("gfm-like").parse(f"- {escape_github(text)} fin")
    (inline,) = [token for token in tokens if token.type == "inline"]
    code = [child.content for child in inline.children or [] if child.type == "code_inline"]
    assert list(map(without_zero_width, code)) == [text]
    assert {child.type for child in inline.children or []} <= {"text", "code_inline"}


@pytest.mark.parametrize("typed", ["@org/equipe", "fixes #12", "GH-45", "https://github.com/o/r/issues/1"])
def test_no_mention_or_reference_survives_a_reader_that_ignores_code(typed: str) -> None:
    assert not re.search(r"@\w|#\d|GH-\d|://\w", escape_github(typed))


# --- log, mail, CSV ----------------------------------------------------------------------------------------------


@given(text=st.text(max_size=40) | st.sampled_from(HOSTILE))
def test_no_runner_finds_a_command_in_a_log_line(text: str) -> None:
    line = escape_log(f"x {text}")
    assert not re.search(r"::|##\[|[\r\n\x0b\x0c\x1b\x85\u2028\u2029]", line)


@given(text=st.one_of(TYPED, ACTIVE))
@example("Cadastre https://evil.example/login, WWW.evil.example, contact@exemple.fr")
def test_no_web_address_in_a_message_becomes_a_link(text: str) -> None:
    said = escape_mail(clean(text))
    assert LinkifyIt({}, {"fuzzy_link": False, "fuzzy_email": False}).match(said) is None
    assert not re.search(r"(?i)://|\bwww\.", said)
    assert without_zero_width(said) == without_zero_width(clean(text))


@given(text=st.text(max_size=20) | st.text(alphabet="'=+-@＝1,;\t\"", max_size=8))
def test_a_csv_cell_is_never_a_formula_whatever_the_separator_and_reads_back_exactly(text: str) -> None:
    escaped = escape_csv(text)
    for cell in re.split("[,;\t]", escaped):
        assert cell[:1] not in {*"=+-@\r\x00＝＋－＠"}
    assert unescape_csv(escaped) == text


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@given(text=st.text(alphabet="'=+-@＝1,;\t\"", max_size=8))
@example('Cadastre";"=1+1')
def test_no_program_finds_a_formula_in_a_whole_line_either(separator: str, text: str) -> None:
    line = [*render_csv(["ours", "typed"], [["x", text]])][1].decode()
    (cells,) = csv.reader([line], delimiter=separator)
    assert [cell for cell in cells if cell.startswith((*"=+-@＝＋－＠",))] == []


def test_an_address_stands_in_the_data_as_it_is() -> None:
    assert escape_csv("https://www.google.com/maps/@48.85,-2.35,12z") == "https://www.google.com/maps/@48.85,-2.35,12z"
    assert escape_csv("https://x.fr/;=HYPERLINK(A1)") == "https://x.fr/;'=HYPERLINK(A1)"
