"""Records → page and data, and templates in general. Escaping lives here, once for each tongue."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from itertools import chain
from pathlib import PurePath
from typing import TYPE_CHECKING

import jinja2
import pandas as pd

from job.model import RECORD_COLUMNS, JobError, in_french, no_rows, records_in
from job.text import shorten

if TYPE_CHECKING:
    from pathlib import Path

    from job.config import Config


# --- one escaping for each tongue --------------------------------------------------------------------------------


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


def escape_address(url: str) -> str:
    """A published address as the destination of a Markdown link, between < and >."""
    if not _PUBLISHED_ADDRESS.fullmatch(url):
        raise JobError(f"L'adresse « {shorten(url)} » des données publiées n'est pas valide. Rien n'a été modifié.")
    return url.replace("&", "&amp;")


_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # no cleaned text has one; a file edited by hand may


def escape_github(text: str) -> str:
    """The text as inline code of GitHub-flavoured Markdown: no mention, reference, link or command in it is live.

    A zero-width space after « @ », « # », « GH- » and « : » of « :// » covers the readers that ignore code spans
    (e-mail notifications, comment bots). Another cuts long runs of backticks: to GitHub's parser (cmark-gfm), a fence
    of more than 80 is none.
    """
    if not text:
        return ""
    text = _BREAKS.sub(" ", text)
    inert = re.sub(r"([@#]|:(?=//)|\b[Gg][Hh]-(?=\d)|`{20}(?=`))", "\\1\u200b", text)
    fence = "`" * (max((len(run) for run in re.findall("`+", inert)), default=0) + 1)
    pad = " " if inert.startswith("`") or inert.endswith("`") else ""
    return f"{fence}{pad}{inert}{pad}{fence}"


def escape_mail(text: str) -> str:
    """The text in a plain message: a zero-width space keeps « https:// » or « www. » from becoming a link."""
    return re.sub(r":(?=//)|\bwww(?=\.)", "\\g<0>\u200b", text, flags=re.IGNORECASE)


_NO_BREAK = "\u00a0\u202f"  # our own typography


def escape_log(text: str) -> str:
    """The text on one line in which a workflow runner finds no command (« ::x:: », « ##[x] »)."""
    visible = "".join(char if char.isprintable() or char in _NO_BREAK else f"\\u{ord(char):04x}" for char in text)
    return re.sub(r":(?=:)", ":\u200b", visible).replace("##[", "#\u200b#[")


# At the start, or where a program that expects another separator starts a cell.
_FORMULA_STARTS = "=+-@\t\r\x00＝＋－＠"
_FORMULA = re.compile(rf"(^|[,;\t])(?='*[{re.escape(_FORMULA_STARTS)}])")
_ESCAPED_FORMULA = re.compile(rf"(^|[,;\t])'(?='*[{re.escape(_FORMULA_STARTS)}])")
_NO_FORMULA = re.compile(r"https?://[^\s<>\"\\{}|`^\[\]()]*")  # nor can a published address hold one that does anything


def escape_csv(text: str) -> str:
    """The text as a CSV cell that no spreadsheet program takes for a formula (OWASP: an apostrophe before it)."""
    if not text.startswith(("'", *_FORMULA_STARTS)) and not ("," in text or ";" in text or "\t" in text):
        return text
    return text if _NO_FORMULA.fullmatch(text) else _FORMULA.sub(r"\1'", text)


def unescape_csv(text: str) -> str:
    """What escape_csv was given."""
    return text if _NO_FORMULA.fullmatch(text) else _ESCAPED_FORMULA.sub(r"\1", text)


class _Quoted(dict[str, str]):
    """Text → what stands between its quotes: labels come back row after row, and are worked out once."""

    def __missing__(self, text: str) -> str:
        quoted = self[text] = escape_csv(text).replace('"', '""')
        return quoted


def render_csv(columns: Mapping[str, Iterable[str]], delimiter: str = ",") -> bytes:
    """Title → cells, as CSV in UTF-8: every cell between quotes, none of them a formula."""
    between = f'"{delimiter}"'
    rows = zip(*(list(map(_Quoted().__getitem__, cells)) for cells in columns.values()), strict=True)
    # Row by row: as one text, a single « ’ » would double the size of what may be 50 MB.
    return b"".join(f'"{between.join(row)}"\n'.encode() for row in chain([columns], rows))


# --- the page and its data ---------------------------------------------------------------------------------------


def render_page(records: pd.DataFrame, config: Config) -> str:
    """The whole page, in Markdown.

    Raises:
        JobError: the template is wrong (named with its line), or a record is in no category of config.toml.
    """
    placeholder = config.placeholder
    rows: dict[str, list[tuple[str, ...]]] = {label: [] for label in config.theme_of}
    for _, category, name, producer, ministry, status, url in records_in(records):
        if category not in rows:
            raise JobError(
                f"Les données publiées citent la catégorie « {shorten(category)} », absente de config.toml. "
                "Rendez-la à config.toml, ou corrigez les données. Rien n'a été modifié."
            )
        address = Trusted(escape_address(url)) if url else ""
        rows[category].append((name, producer or placeholder, ministry or placeholder, status, address))
    themes = [
        (Trusted(theme.label), [(Trusted(category.label), rows[category.label]) for category in theme.categories])
        for theme in config.themes
    ]
    return render_template("page.md.j2", config, escape_page, themes=themes, placeholder=placeholder)


# Column of the data file → field. The titles are for people who reuse the data, so they do not follow the sheet's.
_DATA_FIELDS = {
    "thematique": "theme",
    "categorie": "category",
    "nom": "name",
    "producteur": "producer",
    "ministere": "ministry",
    "statut": "status",
    "adresse": "url",
}


def render_data(records: pd.DataFrame, config: Config) -> bytes:
    """The published rows as CSV, with the address of each theme and category in the EU vocabulary."""
    uris = {category.label: (theme.uri, category.uri) for theme in config.themes for category in theme.categories}
    theme_uris, category_uris = ([uris[label][place] for label in records["category"]] for place in (0, 1))
    published = {name: records[field].tolist() for name, field in _DATA_FIELDS.items()}
    return render_csv({**published, "thematique_uri": theme_uris, "categorie_uri": category_uris})


def parse_data(text: str, source: str) -> pd.DataFrame:
    """What render_data was given; no rows for a file that does not exist yet. `source` names the file in messages.

    Raises:
        JobError: this is no data file of ours.
    """
    if not text:
        return no_rows(RECORD_COLUMNS)
    try:
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error:
        rows = []
    header = rows[0] if rows else []
    whole = set(_DATA_FIELDS) <= set(header) and all(len(row) == len(header) for row in rows)
    if not whole or any(_BREAKS.search(cell) for row in rows for cell in row):
        raise damaged(source)
    if len(rows) == 1:
        return no_rows(RECORD_COLUMNS)
    columns = dict(zip(header, zip(*rows[1:], strict=True), strict=True))
    return pd.DataFrame({field: [unescape_csv(cell) for cell in columns[name]] for name, field in _DATA_FIELDS.items()})


def damaged(source: str) -> JobError:
    """What to say of a data file that is not as we left it."""
    return JobError(
        f"Le fichier de données {escape_log(source)} est abîmé : colonnes attendues « {', '.join(_DATA_FIELDS)} ». "
        "Rétablissez-le depuis l'historique du dépôt. Rien n'a été modifié."
    )


def fingerprint(page: bytes, data: bytes) -> str:
    """What tells two publications apart: 16 hexadecimal digits of exactly what would be published."""
    digest = hashlib.sha256()
    for part in (page, b"\0", data):
        digest.update(part)
    return digest.hexdigest()[:16]


def render_template(template: str, config: Config, escape: Callable[[str], str], **values: object) -> str:
    """The template filled with these values, each escaped by `escape` unless it is Trusted or a number.

    Raises:
        JobError: the template is missing or wrong; names its line.
    """

    try:
        text = _environment(config.output.templates, escape).get_template(template).render(values)
        text.encode()  # half a character would be found out when it is too late
    except jinja2.TemplateSyntaxError as error:
        place: tuple[str, object] = (error.name or template, error.lineno)
        reason = error.message
    except (
        jinja2.TemplateError,
        TypeError,
        ValueError,
        ArithmeticError,
        LookupError,
        AttributeError,
        RecursionError,
        SyntaxError,
        MemoryError,
    ) as error:
        place = _template_place(error, template)
        reason = str(error) or type(error).__name__
    except OSError as error:
        place, reason = (template, "?"), in_french(error)
    else:
        if text.strip():
            return text
        place, reason = (template, 1), "il est vide"
    name, line = place
    raise JobError(
        f"Le modèle {escape_log(name)}, ligne {line}, est à corriger : {escape_log(str(reason))}. Rien n'a été modifié."
    )


@cache
def _environment(folder: Path, escape: Callable[[str], str]) -> jinja2.Environment:
    def finalize(value: object) -> object:
        return value if isinstance(value, (Trusted, int)) else escape(str(value))

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701  HTML escaping would be the wrong tongue: finalize escapes instead
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(trusted=Trusted, plural=plural)
    return environment


def _template_place(error: BaseException, template: str) -> tuple[str, object]:
    """The template and the line that were being rendered, from the traceback that Jinja rewrites to point at them."""
    place: tuple[str, object] = (template, "?")
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename.endswith(".j2"):
            place = (PurePath(trace.tb_frame.f_code.co_filename).name, trace.tb_lineno)
        trace = trace.tb_next
    return place


def plural(count: int, singular: str, plural: str = "") -> Trusted:
    """« 1 ligne », « 2 lignes », « 12 345 lignes »: with its number, a no-break space between thousands."""
    word = singular if abs(count) < 2 else plural or singular + "s"  # noqa: PLR2004  French: 0 and 1 are singular
    return Trusted(f"{count:,}".replace(",", "\u202f") + f" {word}")
