"""Independent readers of what the job writes: a parser set up as VitePress's, and GitHub's own."""

from __future__ import annotations

from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options
from hypothesis import strategies as st
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from mdit_py_plugins.attrs import attrs_plugin

from job.content import content_fault
from job.text import clean

ACTIVE = st.text(alphabet=st.sampled_from("ab1 &<>{}[]()`*_~|\\@#:;/-+=!.\"'éB8xDP3"), max_size=30)
TYPED = st.one_of(st.text(max_size=40), ACTIVE).map(clean).filter(lambda text: not content_fault(text))
BACKTICKS = st.builds(lambda before, count, after: before + "`" * count + after, ACTIVE, st.integers(0, 250), ACTIVE)

HOSTILE = [
    "@org/equipe",
    "fixes #12",
    "</details></table><script>alert(1)</script>",
    "![x](https://evil.example/x.png)",
    "[x](https://evil.example)",
    "`code` ``deux``",
    "/merge",
    "a | b",
    "a \\| b",
    "a \\\\| b \\",
    "| - | - |",
    "<!-- empreinte : aaaaaaaaaaaaaaaa -->",
    "https://evil.example www.evil.example",
    "{{ 7*7 }} <!--@include: ../x--> {onclick=alert(1)}",
    "=HYPERLINK(1)",
    "::set-output name=x::y ##[add-mask]x",
    "0123456789abcdef0123456789abcdef01234567",
    "`" * 90 + " &commat;org/team &num;12 ![x](//evil.example/x.png) www.evil.example </details><b>x</b>",
]


def vitepress_like() -> MarkdownIt:
    """A parser set up as VitePress sets up its own: HTML, bare links, attributes."""
    parser = MarkdownIt("default", {"html": True, "linkify": True, "typographer": False}).use(attrs_plugin)
    parser.linkify = LinkifyIt({}, {"fuzzy_link": False})
    return parser


class Read(HTMLParser):
    """A piece of HTML as its tags and its texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []  # outside code
        self.code: list[str] = []
        self._is_code = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_code = tag == "code"
        href = dict(attrs).get("href")
        if self._is_code:
            self.code.append("")
        self.tags.append(f"{tag} {href}" if href else tag)

    def handle_endtag(self, tag: str) -> None:
        self._is_code = self._is_code and tag != "code"

    def handle_comment(self, data: str) -> None:
        self.tags.append(f"<!--{data}-->")

    def handle_data(self, data: str) -> None:
        if self._is_code:
            self.code[-1] += data
        else:
            self.texts.append(data)


def as_on_github(markdown: str) -> Read:
    """The HTML that GitHub makes of it, before anything is taken out."""
    extensions = ["autolink", "strikethrough", "table", "tasklist"]
    return Read(cmarkgfm.markdown_to_html_with_extensions(markdown, Options.CMARK_OPT_UNSAFE, extensions))


def without_zero_width(text: str) -> str:
    return text.replace("\u200b", "")
