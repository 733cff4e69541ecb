"""One escape function for each format that a cell ends up in, and templates whose values are escaped by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from io import BytesIO
from itertools import chain
from pathlib import Path

import jinja2

from job.config import Config
from job.model import UNCHANGED, JobError
from job.text import plural, shorten, slug


class Trusted(str):
    """Text of ours, which a template prints as it is. Everything else is escaped for the template's tongue."""

    __slots__ = ()


_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# What could act in a table cell on VitePress 1.6: Markdown, raw HTML, Vue interpolation, attributes, includes, links
# made of bare addresses, emoji shortcuts. Entities stay entities until the page is shown; a backslash would not do.
_ACTIVE = re.compile(
    r"""[&<>{}\[\]`*~|\\@_:/()]  # one set that starts every match: eight times faster than alternatives
    (?: (?<= [&<>{}\[\]`*~|\\@])
      | (?<= _) (?: (?<! [^\W_]_) | (?! [^\W_]))  # emphasis, but not nom_du_jeu
      | (?<= :) (?! [ ]|$)                        # :tada: :) http:
      | (?<= //)                                  # //host
      | (?<= [-;][()])                            # ;-) 8-) ;(
    )
    """,
    re.VERBOSE,
)


@lru_cache(maxsize=1_000)  # producers, ministries and statuses come back
def escape_page(text: str) -> str:
    """The text as a Markdown table cell that reads exactly so on VitePress. Ordinary French stands as typed."""
    return _ACTIVE.sub(lambda match: _NAMED.get(match[0], f"&#{ord(match[0])};"), text)


_PUBLISHED_ADDRESS = re.compile(r"https?://[^\s<>\"\\{}|`^\[\]]+")


def is_published_address(url: str) -> bool:
    """Whether this is an address as the rules let it through: nothing in it ends a link or a piece of code."""
    return bool(_PUBLISHED_ADDRESS.fullmatch(url))


def escape_address(url: str) -> str:
    """A published address as the destination of a Markdown link, between < and >."""
    if not is_published_address(url):
        raise JobError(f"L'adresse « {shorten(url)} » des données publiées n'est pas valide. {UNCHANGED}")
    return url.replace("&", "&amp;")


BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # no cleaned text has one; a file edited by hand may


def escape_github(text: str) -> str:
    """The text as inline code of GitHub-flavoured Markdown: no mention, reference, link or command in it is live.

    A zero-width space after « @ », « # », « GH- » and « : » of « :// » covers the readers that ignore code spans
    (e-mail notifications, comment bots). Another cuts long runs of backticks: to GitHub's parser (cmark-gfm), a fence
    of more than 80 is none.
    """
    if not text:
        return ""
    text = BREAKS.sub(" ", text)
    inert = re.sub(r"([@#]|:(?=//)|\b[Gg][Hh]-(?=\d)|`{20}(?=`))", "\\1\u200b", text)
    fence = "`" * (max((len(run) for run in re.findall("`+", inert)), default=0) + 1)
    pad = " " if inert.startswith("`") or inert.endswith("`") else ""
    return f"{fence}{pad}{inert}{pad}{fence}"


def escape_mail(text: str) -> str:
    """The text in a plain message: a zero-width space keeps « https:// » or « www. » from becoming a link."""
    return re.sub(r":(?=//)|\bwww(?=\.)", "\\g<0>\u200b", text, flags=re.IGNORECASE)


def escape_log(text: str) -> str:
    """The text on one line in which a workflow runner finds no command (« ::x:: », « ##[x] »)."""
    no_break = "\u00a0\u202f"  # our own typography
    visible = "".join(char if char.isprintable() or char in no_break else f"\\u{ord(char):04x}" for char in text)
    return re.sub(r":(?=:)", ":\u200b", visible).replace("##[", "#\u200b#[")


# At the start, or where a program that expects another separator starts a cell; and the apostrophes before it.
_STARTS = "=+-@\t\r\x00＝＋－＠"
_FORMULA = re.compile(rf"(^|[,;\t]\"*)('*)(?=[{re.escape(_STARTS)}])")
_NO_FORMULA = re.compile(r"https?://[^\s<>\"\\{}|`^\[\]()]*")  # nor can a published address hold one that does anything


def escape_csv(text: str) -> str:
    """The text as a CSV cell that no spreadsheet program takes for a formula (OWASP: an apostrophe before it)."""
    if text[:1] not in "'" + _STARTS and not ("," in text or ";" in text or "\t" in text):
        return text
    return text if _NO_FORMULA.fullmatch(text) else _FORMULA.sub(r"\1'\2", text)


def unescape_csv(text: str) -> str:
    """What escape_csv was given."""
    if "'" not in text or _NO_FORMULA.fullmatch(text):
        return text
    return _FORMULA.sub(lambda found: found[1] + found[2][1:], text)


@lru_cache(maxsize=1_000)  # labels come back row after row
def _quoted(text: str) -> str:
    return escape_csv(text).replace('"', '""')


def render_csv(titles: Iterable[str], rows: Iterable[Iterable[str]], delimiter: str = ",") -> Iterator[bytes]:
    """The lines of a CSV in UTF-8: every cell between quotes, none of them a formula."""
    between = f'"{delimiter}"'
    for row in chain([titles], rows):
        yield f'"{between.join(map(_quoted, row))}"\n'.encode()


# --- templates ---------------------------------------------------------------------------------------------------


def render_template(template: str, config: Config, escape: Callable[[str], str], **values: object) -> bytes:
    """The template filled with these values and the words for the list.

    Each is escaped by `escape` unless it is Trusted or a number.

    Raises:
        JobError: the template is missing, unreadable or wrong.
    """
    written = BytesIO()
    try:
        pieces = _environment(config.output.templates, escape).get_template(template).stream(list=config.list, **values)
        pieces.enable_buffering(1_000)  # a long page is never held as text and in UTF-8 at once
        pieces.dump(written, encoding="utf-8")
    except (jinja2.TemplateError, OSError, UnicodeError) as error:
        place = f"{error.name}, ligne {error.lineno}" if isinstance(error, jinja2.TemplateSyntaxError) else template
        reason = getattr(error, "message", "il ne peut pas être lu, ou n'est pas en UTF-8") or ""
        raise JobError(f"Le modèle {place} est à corriger : {reason.rstrip('.')}. {UNCHANGED}") from None
    return written.getvalue()


@cache
def _environment(folder: Path, escape: Callable[[str], str]) -> jinja2.Environment:
    ours = Path(__file__).parents[2] / "templates"  # for the templates that a list has not made its own
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, ours]),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701  HTML escaping would be the wrong format: finalize escapes instead
        finalize=lambda value: value if isinstance(value, (Trusted, int)) else escape(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name, render in (("trusted", str), ("plural", plural), ("slug", slug)):
        environment.filters[name] = lambda *given, render=render: Trusted(render(*given))
    return environment
