"""What config.toml may say, and what the job asks of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, Strict
from pydantic_core.core_schema import ValidationInfo

from job.model import ROLES, Change, Record
from job.text import clean, fold, title_key


def _must(hold: Callable[[Any], object], mistake: str) -> AfterValidator:
    """Refuses, with this sentence, a value of which this does not hold."""

    def check(value: Any) -> Any:
        if not hold(value):
            raise ValueError(mistake)
        return value

    return AfterValidator(check)


def _like(pattern: str, mistake: str) -> AfterValidator:
    return _must(re.compile(pattern).fullmatch, mistake)


def _once(texts: Callable[[Any], Iterable[str]], key: Callable[[str], str] = fold) -> AfterValidator:
    """Refuses a list in which two entries claim one text: what has one key is one. An entry may repeat itself."""

    def check(entries: tuple[Any, ...]) -> tuple[Any, ...]:
        owners: dict[str, str] = {}
        mistakes = [
            f"« {text} » se trouve en {first} et en {place}. Gardez-le à un seul endroit."
            for rank, entry in enumerate(entries, 1)
            for text in texts(entry)
            if (first := owners.setdefault(key(text), place := f"[{rank}] (« {entry.names[0]} »)")) != place
        ]
        if mistakes:
            raise ValueError("\n".join(mistakes))
        return entries

    return AfterValidator(check)


def _below_root(typed: object, info: ValidationInfo) -> Path:
    """The absolute path, links followed."""
    root: Path = (info.context or {})["root"]
    path = (root / typed).resolve() if isinstance(typed, str) and typed.isprintable() and "\\" not in typed else root
    if path == root or not path.is_relative_to(root) or ".git" in path.relative_to(root).parts:
        raise ValueError(_PATH)
    return path


_Entry = TypeVar("_Entry")
_Many = Annotated[tuple[_Entry, ...], Strict(strict=False)]  # TOML only has lists
_Entries = Annotated[tuple[_Entry, ...], Strict(strict=False), _once(lambda entry: entry.names)]
_Line = Annotated[str, AfterValidator(clean)]  # may be empty
_Name = Annotated[str, AfterValidator(clean), _must(bool, "ce texte est vide. Complétez-le, ou supprimez-le.")]
_Key = Annotated[_Name, AfterValidator(fold)]
_Count = Annotated[int, Field(ge=0)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Inside = Annotated[Path, PlainValidator(_below_root)]
_InsideOrNone = Annotated[Path | None, PlainValidator(lambda typed, info: _below_root(typed, info) if typed else None)]
_PATH = "il faut, entre guillemets, un chemin avec des /, à l'intérieur du dossier de ce fichier, hors de .git."
_DOMAIN = "écrivez seulement le nom du site, en minuscules, comme data.gouv.fr, sans https:// ni barre oblique"
_Domain = Annotated[str, _like(r"([a-z0-9-]+(\.[a-z0-9-]+)*)?", f"{_DOMAIN} ni étoile.")]
_Host = Annotated[str, _like(r"[a-z0-9*-]+(\.[a-z0-9*-]+)*", f"{_DOMAIN}.")]
_Uri = Annotated[str, _like(r"(https?://\S+)?", "écrivez une adresse entière, avec http:// ou https://.")]
_TAB = "il faut un titre entre guillemets, ou un numéro (gid) sans guillemets."
_TitleOrGid = Annotated[Any, _must(lambda it: type(it) is int or (isinstance(it, str) and clean(it)), _TAB)]
_SHEET_ID = "copiez seulement ce qui se trouve entre /d/ et /edit dans l'adresse de la feuille."
_BRANCH = "écrivez ce nom en lettres sans accent, chiffres, tirets et barres obliques, comme robot/ma-liste."
_PAGE = _must(lambda it: it.suffix not in (".csv", ".json"), "ce nom ne doit finir ni par .csv, ni par .json.")
_DATA = _must(lambda it: it.suffix == ".csv" and it.stem != "datapackage", "il faut un .csv autre que datapackage.csv.")
_REPORT = "page et data ne peuvent pas être dans le dossier de report, qui n'est pas publié."
_FIELD = "écrivez ce nom en minuscules, sans accent ni espace."
_OTHER_FIELD = "ce nom est déjà pris. Choisissez-en un autre : il ne se voit que dans les données."
_TAKEN = frozenset(  # by the published data; by the columns of Snapshot.rows that are no field
    "thematique thematique_uri categorie categorie_uri categories nom producteur ministere statut adresse "
    "tab row link_at".split()
)
_PLACEHOLDER = "placeholder doit être le label de l'un des statuts."
_CHOICES = "kind = \"choice\" et choices = […] vont ensemble. Ajoutez l'un, ou retirez l'autre."
_ROLES = "il faut les colonnes dont field est category, name et status, avec required = true. Ajoutez ce qui manque."
_FILTER = (
    "output.component a besoin des colonnes dont field est producer et ministry. "
    'Ajoutez celle qui manque, ou mettez component = "".'
)


def _are_enough(columns: tuple[Column, ...], info: ValidationInfo) -> tuple[Column, ...]:
    """The columns that every list has, and those that the filter reads on the page: its first four."""
    fields = {column.field for column in columns}
    if not {"category", "name", "status"} <= {column.field for column in columns if column.required}:
        raise ValueError(_ROLES)
    if not {"producer", "ministry"} <= fields and "output" in info.data and info.data["output"].component:
        raise ValueError(_FILTER)
    return columns


def _glob(patterns: Iterable[str]) -> re.Pattern[str]:
    """Any of the patterns; `*` in them is any text."""
    return re.compile("|".join(re.escape(it).replace(r"\*", ".*") for it in patterns), re.IGNORECASE)


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, ignored_types=(cached_property,))


class Licence(_Part):
    name: _Name  # as the Open Definition spells it
    title: _Name
    path: _Uri


class ListConfig(_Part):
    title: _Name
    singular: _Name  # « jeu de données »
    plural: _Name
    article: Literal["le", "la", "l'"]  # its gender
    branch: Annotated[str, _like("[A-Za-z0-9_-]+([/.][A-Za-z0-9_-]+)*", _BRANCH)]  # of the pull request
    reference: _Line = ""  # the text that asks for this list
    licence: Licence | None = None  # of the published data

    @property
    def is_feminine(self) -> bool:
        return self.article == "la"

    @property
    def one(self) -> str:
        """« un jeu de données », « une mesure »."""
        return f"{'une' if self.is_feminine else 'un'} {self.singular}"


class SheetConfig(_Part):
    id: Annotated[str, _like(r"[\w-]*", _SHEET_ID)]  # in the sheet's address; "" when not set up yet
    tabs: _Many[_TitleOrGid]  # (): every visible tab whose header matches
    ignore: _Many[_Name] = ()  # titles of tabs that are no data; `*` is any text
    contact: _Line = ""  # whom to ask, as the instructions tab says it

    def ignores(self, title: str) -> bool:
        return bool(_glob(map(fold, self.ignore)).fullmatch(fold(clean(title))))


class Output(_Part):
    page: Annotated[_Inside, _PAGE]  # absolute, below the folder of config.toml, like those that follow
    data: Annotated[_Inside, _DATA]
    report: _Inside  # folder
    templates: _Inside  # folder
    component: _InsideOrNone = None  # the filter that the page imports

    @property
    def json(self) -> Path:  # type: ignore[override]  # BaseModel has a deprecated method of this name
        return self.data.with_suffix(".json")

    @property
    def package(self) -> Path:
        return self.data.with_name("datapackage.json")

    @property
    def older(self) -> Path:
        """Where an earlier version left the data: beside the page."""
        return self.page.with_name(self.data.name)


class Guards(_Part):
    min_rows: _Count  # fewer publishable datasets than this: refuse
    max_removed: _Share  # of the published datasets
    max_changed: _Share  # of the rows, in one column
    handful: _Count  # so many may always go or change


class Limits(_Part):
    name: _Count  # characters
    address: _Count  # characters


class Unusable(_Part):
    """Addresses that a reader cannot use, and what to tell the person who typed one."""

    hosts: _Many[_Host]  # each covers its subdomains; `*` is any text
    paths: _Many[Annotated[str, _like("[/*].*", "commencez par / ou par *.")]] = ("*",)  # path and query
    code: _Name = "adresse-inutilisable"
    problem: _Name
    remedy: _Name


class Feedback(_Part):
    enabled: bool = False  # the findings are also written into a tab of the sheet


class Addresses(_Part):
    internal: _Many[_Domain]  # domains that the public cannot reach
    unusable: _Many[Unusable] = ()

    def unusable_entry(self, host: str, path: str) -> Unusable | None:
        """The first entry that covers this host and this path with its query, None when there is none."""
        return next((entry for entry, paths in self._on(host) if paths.fullmatch(path)), None)

    @cached_property
    def _on(self) -> Callable[[str], list[tuple[Unusable, re.Pattern[str]]]]:
        """Host → its entries, each with its paths. Cached: a sheet has many addresses on few hosts."""
        globs = [(it, _glob(f"*.{host}" for host in it.hosts), _glob(it.paths)) for it in self.unusable]
        return cache(lambda host: [(it, paths) for it, hosts, paths in globs if hosts.fullmatch(f".{host}")])


class Term(_Part):
    label: _Name  # canonical: what is published
    aliases: _Many[_Name] = ()  # what else people type for it

    @property
    def names(self) -> tuple[str, ...]:
        return self.label, *self.aliases


class Status(Term):
    meaning: _Line = ""  # one French sentence for the person who chooses
    promises_access: bool = False  # an address is expected
    address_on: _Domain = ""  # the domain that address must be on, "" for any


class Ministry(Term):
    contact: _Line = ""  # whom its digest goes to


class Category(Term):
    uri: _Uri = ""  # in the EU vocabulary; "" when it has none


class Theme(Category):
    categories: _Entries[Category]  # in page order


class Column(_Part):
    field: Annotated[str, _like("[a-z][a-z0-9_]*", _FIELD), _must(lambda it: it not in _TAKEN, _OTHER_FIELD)]
    title: _Name
    aliases: _Many[_Name] = ()
    required: bool  # the tab is refused without it
    help: _Name  # one French sentence: what to type there
    example: _Line = ""  # what one well-filled row holds there
    # Of a further column, one whose field is none of model.ROLES:
    kind: Literal["text", "address", "date", "choice"] = "text"
    choices: _Many[_Name] = ()
    on_page: bool = False
    explains: bool = False  # why a status promises no access
    deadline: bool = False  # a date by which a status that promises access is announced

    @property
    def names(self) -> tuple[str, ...]:
        return self.title, *self.aliases


class Vocabulary(_Part):
    placeholder: _Name  # the status of a dataset that is still to come
    unknown: _Name  # what the page says for an unknown producer or ministry
    nothing: Annotated[frozenset[_Key], Strict(strict=False)] = frozenset()  # words that say nothing
    statuses: _Entries[Status]  # in order of progress
    ministries: _Entries[Ministry]
    producers: _Entries[Term] = ()  # only those with aliases: any producer may be typed


class Config(_Part):
    root: Path  # the folder of config.toml
    list: ListConfig
    sheet: SheetConfig
    output: Annotated[Output, _must(lambda it: it.report not in (*it.page.parents, *it.data.parents), _REPORT)]
    guards: Guards
    limits: Limits
    addresses: Addresses
    feedback: Feedback = Feedback()
    vocabulary: Annotated[
        Vocabulary, _must(lambda it: it.placeholder in [status.label for status in it.statuses], _PLACEHOLDER)
    ]
    columns: Annotated[  # in the order of the sheet that we prepare
        _Many[Annotated[Column, _must(lambda it: (it.kind == "choice") == bool(it.choices), _CHOICES)]],
        _once(lambda column: column.names, title_key),
        _once(lambda column: [column.field]),
        AfterValidator(_are_enough),
    ]
    themes: Annotated[  # in page order
        _Entries[Theme], _once(lambda theme: [name for category in theme.categories for name in category.names])
    ]

    @property
    def placeholder(self) -> str:
        return self.vocabulary.placeholder

    @cached_property
    def lookup(self) -> Mapping[str, Mapping[str, str]]:
        """Field → folded label or alias → canonical label, for each field that has a list."""
        terms: dict[str, tuple[Term, ...]] = {
            "theme": self.themes,
            "category": tuple(category for theme in self.themes for category in theme.categories),
            "status": self.vocabulary.statuses,
            "ministry": self.vocabulary.ministries,
            "producer": self.vocabulary.producers,
        }
        labels = {field: {fold(name): it.label for it in of for name in it.names} for field, of in terms.items()}
        return labels | {it.field: {fold(label): label for label in it.choices} for it in self.extra if it.choices}

    def labels(self, field: str) -> tuple[str, ...]:
        """The canonical labels that people choose from, in order; () where anything may be typed: any producer."""
        return () if field == "producer" else tuple(dict.fromkeys(self.lookup.get(field, {}).values()))

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Title or alias, folded and without marks → field."""
        return {title_key(name): column.field for column in self.columns for name in column.names}

    @cached_property
    def theme_of(self) -> Mapping[str, str]:
        """Category label → theme label, in page order."""
        return {category.label: theme.label for theme in self.themes for category in theme.categories}

    @cached_property
    def extra(self) -> tuple[Column, ...]:
        """The further columns, in the order of Record.extra."""
        return tuple(column for column in self.columns if column.field not in ROLES)

    @cached_property
    def new_sheet_columns(self) -> tuple[Column, ...]:
        """The columns that a new sheet gets: a further one that is not required is read where a sheet has it."""
        return tuple(column for column in self.columns if column.field in ROLES or column.required)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Every field a row may have: the roles, then the further ones."""
        return (*ROLES, *(column.field for column in self.extra))

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The fields without which a row is not complete."""
        return ("category", "name", "producer", "ministry", "status", *(it.field for it in self.extra if it.required))

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Field → what its cells hold, as of a further column: "text", "address", "date" or "choice"."""
        roles = dict.fromkeys(ROLES, "text") | dict.fromkeys(("theme", "category", "status"), "choice")
        return {**roles, "url": "address", **{it.field: "date" if it.deadline else it.kind for it in self.extra}}

    def value(self, record: Record, field: str) -> str:
        """What a record holds in a field, "" for nothing."""
        if field in ROLES:
            return str(getattr(record, field))
        return record.extra[self.fields.index(field) - len(ROLES)] if record.extra else ""

    def changed(self, change: Change) -> tuple[str, ...]:
        """The fields that differ, the theme excepted: it follows from the category."""
        _, old, new = change
        return tuple(field for field in self.fields[1:] if self.value(old, field) != self.value(new, field))

    @cached_property
    def column(self) -> Mapping[str, Column]:
        """Field → its column."""
        return {column.field: column for column in self.columns}

    def title(self, field: str) -> str:
        return self.column[field].title

    @cached_property
    def status(self) -> Mapping[str, Status]:
        """Canonical label → the status."""
        return {status.label: status for status in self.vocabulary.statuses}

    def promises_access(self, label: str) -> bool:
        return label in self.status and self.status[label].promises_access
