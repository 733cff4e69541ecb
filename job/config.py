"""config.toml → Config. Every mistake in the file is named with its key."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from job.content import echo
from job.model import FIELDS, JobError
from job.text import clean, fold, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

TEMPLATES = ("page.md.j2", "report.md.j2", "digest.md.j2", "instructions.txt.j2")  # what must be in output.templates


@dataclass(frozen=True)
class Term:
    """One entry of a list people choose from."""

    label: str  # canonical: what is published
    aliases: tuple[str, ...] = ()  # what else people type for it


@dataclass(frozen=True)
class Category(Term):
    uri: str = ""  # in the EU vocabulary; "" when it has none


@dataclass(frozen=True)
class Theme(Term):
    tag: str = ""  # on data.gouv.fr
    uri: str = ""  # in the EU vocabulary
    categories: tuple[Category, ...] = ()  # in page order


@dataclass(frozen=True)
class Status(Term):
    meaning: str = ""  # one French sentence for the person who chooses
    promises_access: bool = False  # an address is expected
    address_on: str = ""  # the domain that address must be on, "" for any


@dataclass(frozen=True)
class Column:
    """One column of the sheet that we read."""

    field: str  # one of model.FIELDS
    title: str
    aliases: tuple[str, ...]
    required: bool  # the tab is refused without it
    help: str  # one French sentence: what to type there
    example: str = ""  # what one well-filled row holds there


@dataclass(frozen=True)
class SheetConfig:
    id: str  # the long identifier in the sheet's address; "" when not set up yet
    tabs: tuple[str | int, ...]  # titles or gids; () for every visible tab whose header matches
    contact: str = ""  # whom to ask, as the instructions tab says it


@dataclass(frozen=True)
class Output:
    page: Path
    data: Path
    report: Path  # folder
    templates: Path  # folder


@dataclass(frozen=True)
class Guards:
    min_rows: int  # fewer publishable datasets than this: refuse
    max_removed_share: float  # 0…1 of the published datasets
    max_removed_floor: int  # so many may always vanish, whatever the share
    max_scrambled_share: float  # 0…1 of the rows that keep category and name


@dataclass(frozen=True)
class Limits:
    name: int  # characters
    address: int  # characters


@dataclass(frozen=True)
class Addresses:
    not_production: tuple[str, ...]  # hosts that are no production (a subdomain counts)
    internal: tuple[str, ...]  # domains that the public cannot reach


@dataclass(frozen=True)
class Feedback:
    enabled: bool = False  # the findings are also written into a tab of the sheet


@dataclass(frozen=True)
class Config:
    root: Path  # the folder of config.toml; every path above is absolute, below it
    sheet: SheetConfig
    output: Output
    guards: Guards
    limits: Limits
    addresses: Addresses
    placeholder: str  # what an empty cell reads on the page: « A venir »
    themes: tuple[Theme, ...]  # in page order
    statuses: tuple[Status, ...]  # in order of progress
    ministries: tuple[Term, ...]
    producers: tuple[Term, ...]  # only those with aliases: any producer may be typed
    columns: tuple[Column, ...]  # one for each of model.FIELDS, in that order

    lookup: Mapping[str, Mapping[str, str]]  # field → folded label or alias → canonical label
    feedback: Feedback = Feedback()

    @property
    def theme_of(self) -> dict[str, str]:
        """Category label → theme label, in page order."""
        return {category.label: theme.label for theme in self.themes for category in theme.categories}

    def title(self, field: str) -> str:
        """The title of the column that holds this field."""
        return next(column.title for column in self.columns if column.field == field)


def lookup_of(terms: tuple[Term, ...]) -> dict[str, str]:
    """Folded label or alias → canonical label."""
    return {fold(name): term.label for term in terms for name in (term.label, *term.aliases)}


def load_config(path: Path) -> Config:
    """The configuration in this file.

    Raises:
        JobError: the file is missing, unreadable or wrong; every mistake in it is listed with its key.
    """
    mistakes: list[str] = []
    file = _Table(_parse(path), "", mistakes)
    config = file.build(lambda table: _config(table, path))
    mistakes += _contradictions(config)
    if mistakes:
        raise _refusal(path, mistakes)
    return replace(config, columns=tuple(sorted(config.columns, key=lambda column: FIELDS.index(column.field))))


def _refusal(path: Path, mistakes: Sequence[str]) -> JobError:
    count = "1 erreur" if len(mistakes) == 1 else f"{len(mistakes)} erreurs"
    ranks = " (entre crochets : le rang dans la liste, à partir de 1)" if any("[" in line for line in mistakes) else ""
    lines = [f"{path.name} contient {count}{ranks} :", *(f"- {mistake}" for mistake in mistakes)]
    return JobError("\n".join([*lines, _UNCHANGED]))


_UNCHANGED = "Rien n'a été modifié."

# --- the file as TOML --------------------------------------------------------------------------------------------

_SYNTAX = {  # the start of what tomllib says → what the person who typed it should look for
    "Illegal character '\\n'": "un guillemet fermant manque",
    "Illegal character": "un caractère invisible ou interdit s'y trouve",
    "Unterminated string": "un guillemet fermant manque",
    "Unclosed array": "une virgule ou un crochet fermant manque",
    "Unclosed inline table": "une virgule ou une accolade fermante manque",
    "Expected '='": "le signe = manque après la clé",
    "Expected newline": "il y a du texte en trop après la valeur",
    "Unescaped": "une barre oblique inverse ne peut pas figurer dans un texte",
    "Invalid value": "la valeur n'est pas reconnue ; un texte se met entre guillemets droits",
    "Invalid date": "cette date n'existe pas ; un texte se met entre guillemets droits",
    "Invalid statement": "une ligne commence par une clé, par # ou par [",
    "Invalid initial": "une clé s'écrit sans accent ni guillemet",
    "Expected ']": "un crochet fermant manque",
    "Cannot": "une clé ou une section y figure pour la seconde fois",
    "Duplicate": "une clé y figure deux fois",
}


def _parse(path: Path) -> dict[str, object]:
    """The file's tables and values; a byte-order mark or Windows line ends make no difference."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise JobError(f"{path} est introuvable. Indiquez son chemin avec --config. {_UNCHANGED}") from None
    except OSError:
        raise JobError(f"{path} ne peut pas être lu. Vérifiez que c'est un fichier lisible. {_UNCHANGED}") from None
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        reason, remedy = "le texte n'est pas en UTF-8", "Enregistrez de nouveau le fichier avec l'encodage UTF-8."
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+)", str(error))
        line = int(found[1]) if found else raw.count(b"\n") + 1
        reason = next((text for start, text in _SYNTAX.items() if str(error).startswith(start)), "syntaxe incorrecte")
        remedy = "Comparez-la, et celle d'avant, avec leurs voisines."
    except (ValueError, RecursionError):  # raised bare for a number of over 4300 digits, for brackets in brackets
        raise JobError(
            f"{path.name} contient un nombre trop long ou des crochets trop imbriqués. Corrigez-le. {_UNCHANGED}"
        ) from None
    raise JobError(f"{path.name}, ligne {line} : {reason}. {remedy} {_UNCHANGED}")


# --- reading keys ------------------------------------------------------------------------------------------------

_Value = TypeVar("_Value")

_KINDS: dict[type, str] = {
    str: "un texte",
    bool: "true ou false",
    int: "un nombre entier",
    float: "un nombre à virgule",
    list: "une liste",
    dict: "un groupe de clés",
    datetime: "une date",
    date: "une date",
    time: "une heure",
}
_TEXT = "un texte entre guillemets"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffd]")  # line breaks, bidi, decoding accidents
# Labels stand as they are in headings and tables: nothing in them may mean something to Markdown, HTML or VitePress.
_ACTIVE = re.compile(r"[{}<>|`\[\]*_#~\\]|&(?=#?\w+;)|:(?=[\w+-]+:)")
_DOMAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*", re.IGNORECASE)
_URI = re.compile(r"https?://[!-~]+")
_TAG = re.compile(r"[a-z0-9-]+")
_SHEET_ID = re.compile(r"[\w-]+", re.ASCII)
_TITLE_OR_GID: tuple[type[str | int], ...] = (str, int)


class _Table:
    """One table of the file, read key by key.

    Every mistake is noted with its path, and a harmless value stands in for what is wrong, so that reading goes on.
    """

    def __init__(self, values: Mapping[str, object], path: str, mistakes: list[str]) -> None:
        self.values = values
        self.path = path
        self.mistakes = mistakes
        self.known: list[str] = []

    def build(self, read: Callable[[_Table], _Value]) -> _Value:
        """What `read` makes of this table; the keys it did not ask for are mistakes."""
        built = read(self)
        for key in self.values:
            if key not in self.known:
                meant = nearest(key, self.known, score=70)
                hint = f"Vouliez-vous dire « {meant} » ?" if meant else f"Clés admises : {', '.join(self.known)}."
                self.mistake(echo(key) or "?", f"clé inconnue. {hint}")
        return built

    def mistake(self, key: str, problem: str) -> None:
        name = self.values.get("label", self.values.get("title"))
        shown = echo(name) if isinstance(name, str) else ""
        where = f"{self.path}.{key}".removeprefix(".")
        self.mistakes.append(f"{where} (« {shown} ») : {problem}" if shown else f"{where} : {problem}")

    def section(self, key: str, read: Callable[[_Table], _Value], *, optional: bool = False) -> _Value:
        missing = f"cette section manque. Ajoutez [{key}]."
        values = self._value(key, dict, f"une section [{key}]", optional=optional, missing=missing)
        return self._inner(values, key).build(read)

    def entries(self, key: str, read: Callable[[_Table], _Value], *, may_be_empty: bool = False) -> tuple[_Value, ...]:
        tables = self._items(key, dict, "une entrée entre accolades { … }")
        if not tables and not may_be_empty and isinstance(self.values.get(key), list):
            self.mistake(key, "cette liste est vide. Ajoutez au moins une entrée.")
        return tuple(self._inner(values, f"{key}[{rank}]").build(read) for rank, values in enumerate(tables, 1))

    def text(self, key: str, *, optional: bool = False) -> str:
        return self._clean(key, self._value(key, str, _TEXT, optional=optional), may_be_empty=optional)

    def label(self, key: str = "label") -> str:
        label = self.text(key)
        active = "".join(dict.fromkeys(_ACTIVE.findall(label)))
        if active:
            self.mistake(key, f"ce nom contient {' '.join(active)}, réservé à la mise en forme de la page. Retirez-le.")
        return label

    def matching(self, key: str, pattern: re.Pattern[str], remedy: str, *, optional: bool = True) -> str:
        """A text of this form, or an empty one."""
        text = self._clean(key, self._value(key, str, _TEXT, optional=optional), may_be_empty=True)
        if text and not pattern.fullmatch(text):
            self.mistake(key, f"cette valeur n'a pas la forme attendue. {remedy}")
        return text

    def aliases(self) -> tuple[str, ...]:
        typed = self._items("aliases", str, _TEXT, optional=True)
        return tuple(self._clean(f"aliases[{rank}]", alias) for rank, alias in enumerate(typed, 1))

    def domains(self, key: str) -> tuple[str, ...]:
        typed = [self._clean(f"{key}[{rank}]", text) for rank, text in enumerate(self._items(key, str, _TEXT), 1)]
        for rank, domain in enumerate(typed, 1):
            if domain and not _DOMAIN.fullmatch(domain):
                self.mistake(f"{key}[{rank}]", f"ce n'est pas un nom de domaine. {_DOMAIN_ONLY}")
        return tuple(domain.lower() for domain in typed)

    def tabs(self, key: str) -> tuple[str | int, ...]:
        typed = self._items(key, _TITLE_OR_GID, "un titre entre guillemets ou un numéro (gid)")
        return tuple(
            tab if isinstance(tab, int) else self._clean(f"{key}[{rank}]", tab) for rank, tab in enumerate(typed, 1)
        )

    def whole(self, key: str, least: int) -> int:
        number = self._value(key, int, "un nombre entier")
        if number is not None and number < least:
            self.mistake(key, f"ce nombre est trop petit. Mettez {least} ou plus.")
        return number or 0

    def share(self, key: str) -> float:
        number = self._value(key, (int, float), "un nombre de 0 à 1")
        if number is not None and not 0 <= number <= 1:  # refuses nan too
            self.mistake(key, "une part va de 0 à 1. Par exemple, écrivez 0.2 pour 20 %.")
            return 0.0
        return float(number or 0)

    def flag(self, key: str, *, optional: bool = False) -> bool:
        return self._value(key, bool, "true ou false, sans guillemets", optional=optional) or False

    def _inner(self, values: dict[str, object] | None, path: str) -> _Table:
        """A table of this one. What is not there was reported as such: its own mistakes are not counted."""
        mistakes = [] if values is None else self.mistakes
        return _Table(values or {}, f"{self.path}.{path}".removeprefix("."), mistakes)

    def _value(
        self,
        key: str,
        kind: type[_Value] | tuple[type[_Value], ...],
        expected: str,
        *,
        optional: bool = False,
        missing: str = "",
    ) -> _Value | None:
        self.known.append(key)
        if key in self.values:
            return self._of_kind(key, self.values[key], kind, expected)
        if not optional:
            self.mistake(key, missing or f"cette clé manque. Ajoutez-la, avec {expected}.")
        return None

    def _items(
        self, key: str, kind: type[_Value] | tuple[type[_Value], ...], expected: str, *, optional: bool = False
    ) -> list[_Value | None]:
        items = self._value(key, list, "une liste entre crochets [ ]", optional=optional) or []
        return [self._of_kind(f"{key}[{rank}]", item, kind, expected) for rank, item in enumerate(items, 1)]

    def _of_kind(
        self, key: str, value: object, kind: type[_Value] | tuple[type[_Value], ...], expected: str
    ) -> _Value | None:
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):  # to Python, true is a number
            return value
        self.mistake(key, f"il faut {expected}, pas {_KINDS[type(value)]}. Remplacez cette valeur.")
        return None

    def _clean(self, key: str, typed: str | None, *, may_be_empty: bool = False) -> str:
        if typed is None:
            return ""
        if _CONTROL.search(typed):
            self.mistake(key, "ce texte contient un saut de ligne ou un caractère invisible. Retapez-le sur une ligne.")
        text = clean(typed)
        if not fold(text) and not may_be_empty:
            self.mistake(key, "ce texte est vide. Complétez-le, ou supprimez-le s'il ne sert à rien.")
        return text


# --- the file's sections -----------------------------------------------------------------------------------------

_DOMAIN_ONLY = "Écrivez seulement le nom du site, comme data.gouv.fr, sans https:// ni barre oblique."
_URI_ONLY = "Écrivez une adresse qui commence par http:// ou https://, ou supprimez cette clé."


def _config(file: _Table, path: Path) -> Config:
    """The whole file, columns in the file's order; what is wrong in it is noted by `file`."""
    sheet = file.section("sheet", _sheet)
    output = file.section("output", lambda table: _output(table, path))
    guards = file.section("guards", _guards)
    limits = file.section(
        "limits", lambda table: Limits(name=table.whole("name", 1), address=table.whole("address", 1))
    )
    addresses = file.section("addresses", _addresses)
    feedback = file.section(
        "feedback", lambda table: Feedback(enabled=table.flag("enabled", optional=True)), optional=True
    )
    placeholder, statuses, ministries, producers = file.section("vocabulary", _vocabulary)
    columns = file.entries("columns", _column)
    themes = file.entries("themes", _theme)
    return Config(
        root=_root(path),
        sheet=sheet,
        output=output,
        guards=guards,
        limits=limits,
        addresses=addresses,
        placeholder=placeholder,
        themes=themes,
        statuses=statuses,
        ministries=ministries,
        producers=producers,
        columns=columns,
        lookup={
            "theme": lookup_of(themes),
            "category": lookup_of(tuple(category for theme in themes for category in theme.categories)),
            "status": lookup_of(statuses),
            "ministry": lookup_of(ministries),
            "producer": lookup_of(producers),
        },
        feedback=feedback,
    )


def _sheet(table: _Table) -> SheetConfig:
    remedy = "Copiez seulement ce qui se trouve entre /d/ et /edit dans l'adresse de la feuille."
    return SheetConfig(
        id=table.matching("id", _SHEET_ID, remedy, optional=False),
        tabs=table.tabs("tabs"),
        contact=table.text("contact", optional=True),
    )


def _output(table: _Table, config_path: Path) -> Output:
    root = _root(config_path)
    files = {key: _path_below(root, table, key) for key in ("page", "data")}
    folders = {key: _path_below(root, table, key) for key in ("report", "templates")}
    taken = {root / config_path.name: config_path.name}
    for key, file in _known(files):
        if file in taken:
            table.mistake(key, f"c'est le même fichier que {taken[file]}. Choisissez-en un autre.")
        taken.setdefault(file, key)
        if file.is_dir():
            table.mistake(key, "c'est un dossier. Indiquez un fichier.")
        for other, folder in _known(folders):
            if file.is_relative_to(folder):
                table.mistake(key, f"ce fichier serait dans le dossier de {other}. Choisissez un autre dossier.")
        for other, path in _known(files | folders):
            if path != file and path.is_relative_to(file):
                table.mistake(key, f"ce fichier serait aussi le dossier de {other}. Indiquez un nom de fichier.")
    _check_folders(table, dict(_known(folders)))
    return Output(**{key: path or root for key, path in (files | folders).items()})


def _known(paths: Mapping[str, Path | None]) -> Iterator[tuple[str, Path]]:
    return ((key, path) for key, path in paths.items() if path)


def _check_folders(table: _Table, folders: Mapping[str, Path]) -> None:
    for key, folder in folders.items():
        if folder.is_file():
            table.mistake(key, "c'est un fichier. Indiquez un dossier.")
        for other in folders.keys() - {key}:
            if folder.is_relative_to(folders[other]):
                table.mistake(key, f"ce dossier serait dans celui de {other}. Choisissez-en un autre.")
    if "templates" in folders:
        try:
            absent = [name for name in TEMPLATES if not (folders["templates"] / name).is_file()]
        except OSError:  # some versions of Python raise for a folder that may not be entered
            absent = [*TEMPLATES]
        if absent:
            table.mistake("templates", f"il y manque {', '.join(absent)}. Remettez-les, ou corrigez le dossier.")


def _root(config_path: Path) -> Path:
    return config_path.parent.resolve()


def _path_below(root: Path, table: _Table, key: str) -> Path | None:
    """The absolute path, links followed; None when it is wrong."""
    typed = table.text(key)
    if not typed:
        return None
    if "\\" in typed:
        table.mistake(key, "ce chemin contient une barre oblique inverse. Séparez les dossiers par « / ».")
        return None
    try:
        path = (root / typed).resolve()
        path.stat()
    except FileNotFoundError:  # not yet
        pass
    except (OSError, RuntimeError):  # a name too long, a folder that is a file; links in a circle, before Python 3.13
        table.mistake(key, "ce chemin ne peut pas exister. Indiquez un nom plus simple.")
        return None
    inside = not typed.startswith("/") and path != root and path.is_relative_to(root)
    if not inside or ".git" in path.relative_to(root).parts:
        table.mistake(
            key,
            "il faut un chemin à l'intérieur du dossier de ce fichier. Retirez « .. », le « / » du début ou le lien.",
        )
        return None
    return path


def _guards(table: _Table) -> Guards:
    return Guards(
        min_rows=table.whole("min_rows", 0),
        max_removed_share=table.share("max_removed_share"),
        max_removed_floor=table.whole("max_removed_floor", 0),
        max_scrambled_share=table.share("max_scrambled_share"),
    )


def _addresses(table: _Table) -> Addresses:
    return Addresses(not_production=table.domains("not_production"), internal=table.domains("internal"))


def _vocabulary(table: _Table) -> tuple[str, tuple[Status, ...], tuple[Term, ...], tuple[Term, ...]]:
    return (
        table.label("placeholder"),
        table.entries("statuses", _status),
        table.entries("ministries", _term, may_be_empty=True),
        table.entries("producers", _term, may_be_empty=True),
    )


def _term(table: _Table) -> Term:
    return Term(label=table.label(), aliases=table.aliases())


def _status(table: _Table) -> Status:
    return Status(
        label=table.label(),
        aliases=table.aliases(),
        meaning=table.text("meaning", optional=True),
        promises_access=table.flag("promises_access", optional=True),
        address_on=table.matching("address_on", _DOMAIN, _DOMAIN_ONLY).lower(),
    )


def _column(table: _Table) -> Column:
    field = table.text("field")
    if field and field not in FIELDS:
        meant = nearest(field, FIELDS, score=70)
        hint = f"Vouliez-vous dire « {meant} » ?" if meant else f"Champs admis : {', '.join(FIELDS)}."
        table.mistake("field", f"ce champ n'existe pas. {hint}")
    return Column(
        field=field,
        title=table.label("title"),
        aliases=table.aliases(),
        required=table.flag("required"),
        help=table.text("help"),
        example=table.text("example", optional=True),
    )


def _theme(table: _Table) -> Theme:
    return Theme(
        label=table.label(),
        aliases=table.aliases(),
        tag=table.matching("tag", _TAG, "Écrivez-la en minuscules sans accent, avec des tirets."),
        uri=table.matching("uri", _URI, _URI_ONLY),
        categories=table.entries("categories", _category),
    )


def _category(table: _Table) -> Category:
    return Category(label=table.label(), aliases=table.aliases(), uri=table.matching("uri", _URI, _URI_ONLY))


# --- what contradicts itself -------------------------------------------------------------------------------------


def _contradictions(config: Config) -> Iterator[str]:
    """A mistake for each thing that is said twice, or missing although each part is well formed."""
    themes = list(_ranked("themes", config.themes))
    categories = [entry for where, theme in themes for entry in _ranked(f"{where}.categories", theme.categories)]
    columns = list(_ranked("columns", config.columns))
    for terms in (
        themes,
        categories,
        _ranked("vocabulary.statuses", config.statuses),
        _ranked("vocabulary.ministries", config.ministries),
        _ranked("vocabulary.producers", config.producers),
    ):
        yield from _said_twice(_names(where, "label", term.label, term.aliases) for where, term in terms)
    yield from _said_twice(_names(where, "title", column.title, column.aliases) for where, column in columns)
    yield from _said_twice([_Claim(f"{where}.field", column.field, column.title)] for where, column in columns)
    yield from _said_twice(
        [_Claim(f"{where}.uri", term.uri, term.label)] for terms in (themes, categories) for where, term in terms
    )
    for field in FIELDS if columns else ():
        if field not in {column.field for _, column in columns}:
            yield f'columns : il manque la colonne du champ « {field} ». Ajoutez une entrée avec field = "{field}".'
    labels = [status.label for status in config.statuses]
    if config.placeholder and labels and config.placeholder not in labels:
        yield f"vocabulary.placeholder : ce doit être l'un des statuts. Choisissez : {', '.join(map(echo, labels))}."


class _Claim(NamedTuple):
    """A text that only one entry may have."""

    where: str
    text: str
    entry: str  # the label of the entry that claims it


def _ranked(path: str, entries: Iterable[_Value]) -> Iterator[tuple[str, _Value]]:
    return ((f"{path}[{rank}]", entry) for rank, entry in enumerate(entries, 1))


def _names(where: str, key: str, name: str, aliases: Iterable[str]) -> list[_Claim]:
    return [
        _Claim(place, text, name) for place, text in [(f"{where}.{key}", name), *_ranked(f"{where}.aliases", aliases)]
    ]


def _said_twice(entries: Iterable[list[_Claim]]) -> Iterator[str]:
    """A mistake for each text that two entries claim, once folded. An entry may repeat itself."""
    owners: dict[str, _Claim] = {}
    for claims in entries:
        mine: dict[str, _Claim] = {}
        for claim in claims:
            if claim.text:
                mine.setdefault(fold(claim.text), claim)
        for key, claim in mine.items():
            first = owners.setdefault(key, claim)
            if first is not claim:
                here, there = (f"{place.where} (« {echo(place.entry)} »)" for place in (claim, first))
                yield f"{here} : « {echo(claim.text)} » figure déjà en {there}. Gardez-le à un seul endroit."
