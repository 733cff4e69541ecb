"""Snapshot → Records + Findings: what may be published, and what to tell the people who typed the rest.

Cells are cleaned and looked up first, which gives what *would* be published; then each rule compares that with what was
typed and reports. A row is left out when, and only when, a rule says `bloquant`: so every row that was read is on the
page, in the findings, or both.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from job.address import CONFIDENTIAL, Refusal, address_key, is_on, public_address
from job.config import Config, Status
from job.content import BIDI, CONTACT, FORMULA_ERROR, MOJIBAKE, REPLACEMENT, RESERVED, SECRET, content_faults
from job.model import FIELDS, RECORD_COLUMNS, SEVERITIES, Finding, Severity, Snapshot, cell_link, records_in
from job.text import clean, fold, has_foreign_letters, nearest, shorten

LOOK_ALIKE = "lettres-trompeuses"
_CLOSED = ("theme", "category", "status", "ministry")
_DECIDING = ("name", "category", "status")  # a fault there leaves us not knowing what, where or how far
_ABOUT_THE_DATASET = ("producer", "ministry", "status", "url")


@dataclass(frozen=True)
class Validation:
    """What the sheet gives."""

    records: pd.DataFrame  # RECORD_COLUMNS, in page order, placeholder rows included
    # Rows that no rule lets through: RECORD_COLUMNS ("" for what cannot be told), and tab, cell, column, link to blame.
    broken: pd.DataFrame
    findings: tuple[Finding, ...]  # in sheet order
    rows_read: int  # rows with something in them


def validate(snapshot: Snapshot, config: Config) -> Validation:
    """Every row of the snapshot, judged by every rule."""
    rows = Rows(snapshot, config)
    found = _one_reason_where_no_dataset_is([hit for rule in RULES for hit in rule(rows)])
    broken = _blocking(found)
    sound = ~rows.records.index.isin(broken) & rows.ordinary
    found += [hit for rule in RULES_BETWEEN_ROWS for hit in rule(rows, rows.records[sound])]
    found.sort(key=lambda hit: (hit[0], SEVERITIES.index(hit[1].severity)))
    left_out = rows.records.index.isin(_blocking(found)) | rows.nowhere
    return Validation(
        records=in_page_order(_with_useful_placeholders(rows, rows.records[~left_out]), config),
        broken=_broken(rows.records, broken),
        findings=(*snapshot.findings, *(finding for _, finding in found)),
        rows_read=len(rows.records),
    )


def _one_reason_where_no_dataset_is(found: list[tuple[int, Finding]]) -> list[tuple[int, Finding]]:
    """A heading or a total is told so once: what its other cells lack is no matter. A secret in one still is."""
    no_dataset = {position for position, finding in found if finding.code in _NO_DATASETS}
    return [
        (position, finding)
        for position, finding in found
        if position not in no_dataset or finding.code in _NO_DATASETS or finding.code in _FAULTS
    ]


def _blocking(found: list[tuple[int, Finding]]) -> dict[int, Finding]:
    """The first reason of each row that is left out."""
    return {position: finding for position, finding in reversed(found) if finding.severity == "bloquant"}


def _with_useful_placeholders(rows: Rows, known: pd.DataFrame) -> pd.DataFrame:
    """A category with datasets keeps one row that says more is to come; one without shows the page's own anyway."""
    placeholder = is_placeholder(known, rows.config)  # as published: whatever else was typed there may be unfit
    with_datasets = set(known["category"][~placeholder])
    useful = placeholder & known["category"].isin(with_datasets)
    return pd.concat([known[~placeholder], known[useful].drop_duplicates(["category"])])


def _broken(known: pd.DataFrame, reasons: Mapping[int, Finding]) -> pd.DataFrame:
    positions = sorted(reasons)
    names = known["name"][positions].tolist()
    return (
        known.loc[positions]
        .assign(
            # What stands there instead of a name tells nothing of which dataset it is.
            name=[
                "" if reasons[position].code in {*_NO_DATASETS, _TOO_LONG_A_NAME} else name
                for position, name in zip(positions, names, strict=True)
            ],
            column=[reasons[position].column for position in positions],
            tab=[reasons[position].tab for position in positions],
            cell=[reasons[position].cell for position in positions],
            link=[reasons[position].link for position in positions],
        )
        .reset_index(drop=True)
    )


def in_page_order(records: pd.DataFrame, config: Config) -> pd.DataFrame:
    """The records by category, then in French alphabetical order, those without a name yet last; no tie is left."""
    position = {label: number for number, label in enumerate(config.theme_of)}

    def place(record: tuple[str, ...]) -> tuple[object, ...]:
        _, category, name, *_ = record
        # Letters and figures decide; accents, case and punctuation only between names that are otherwise the same.
        letters = " ".join(_LETTERS.findall(fold(name)))
        return position.get(category, len(position)), name == config.placeholder, letters, record

    return frame_of(sorted(records_in(records), key=place))


_LETTERS = re.compile(r"\w+")


def frame_of(records: Sequence[tuple[str, ...]]) -> pd.DataFrame:
    """Records as a frame."""
    columns = zip(*records, strict=True) if records else [()] * len(RECORD_COLUMNS)
    return pd.DataFrame(
        {name: pd.Series(cells, dtype="object") for name, cells in zip(RECORD_COLUMNS, columns, strict=True)}
    )


def is_placeholder(records: pd.DataFrame, config: Config) -> pd.Series[bool]:
    """Which records only say that something is to come."""
    silence = (config.placeholder, config.placeholder, "", "", "")
    columns = (records[field].tolist() for field in ("name", "status", "producer", "ministry", "url"))
    return pd.Series([cells == silence for cells in zip(*columns, strict=True)], index=records.index, dtype="bool")


def count_datasets(records: pd.DataFrame, config: Config) -> int:
    """How many records announce a dataset, rather than that something is to come."""
    return int((~is_placeholder(records, config)).sum())


class Column:
    """A column as its distinct texts and where each row has its own: a function is called once for each text."""

    def __init__(self, texts: Sequence[Any], places: Any) -> None:
        self.texts = texts
        self._places = places  # array of int: for each row, a position in `texts`

    @classmethod
    def of(cls, cells: pd.Series[Any]) -> Column:
        places, texts = pd.factorize(cells)
        return cls(texts.tolist(), places)

    def __getitem__(self, position: int) -> Any:
        return self.texts[self._places[position]]

    def map(self, function: Callable[..., object], *others: Column) -> Column:
        """The function of each cell, and of those of columns that come from the same one."""
        return Column(list(map(function, self.texts, *(other.texts for other in others))), self._places)

    def map_all(self, function: Callable[[Sequence[Any]], Sequence[object]]) -> Column:
        """The same, by a function that is given all the texts at once."""
        return Column(function(self.texts), self._places)

    def where(self, is_so: Callable[..., object], *others: Column) -> pd.Series[bool]:
        """The rows for which it is so."""
        return self.map(is_so, *others).map(bool).series("bool")

    def series(self, dtype: Literal["object", "bool"] = "object") -> pd.Series[Any]:
        return pd.Series(np.array(self.texts, dtype=dtype)[self._places], dtype=dtype)

    def only(self, rows: pd.Series[bool]) -> Column:
        return Column(self.texts, self._places[rows])


class Rows:
    """The rows with something in them, column by column: what was typed, and what would be published."""

    def __init__(self, snapshot: Snapshot, config: Config) -> None:
        self.config = config
        self.snapshot = snapshot
        self.link_is_used = _link_is_used(snapshot.rows)
        rows = snapshot.rows.assign(url=snapshot.rows["url"].mask(self.link_is_used, snapshot.rows["link"]))
        self.raw = {field: Column.of(rows[field]) for field in FIELDS}
        self.cells = {field: raw.map(clean) for field, raw in self.raw.items()}  # may hold what must not be repeated
        filled = functools.reduce(operator.or_, (cells.where(bool) for cells in self.cells.values()))
        if not filled.all():
            self.raw = {field: raw.only(filled) for field, raw in self.raw.items()}
            self.cells = {field: cells.only(filled) for field, cells in self.cells.items()}
            self.link_is_used = self.link_is_used[filled].reset_index(drop=True)
        self.row, self.tab = (rows[number][filled].tolist() for number in ("row", "tab"))
        # The code of what makes a cell unfit to be repeated, "" when nothing does.
        self.fault = {field: self.cells[field].map_all(content_faults) for field in FIELDS}
        for field in _CLOSED:
            self.fault[field] = self.fault[field].map(self._look_alike(field), self.cells[field])
        self.address = self.cells["url"].map(self._address, self.fault["url"])
        # address_is_public says that itself.
        self.fault["url"] = self.fault["url"].map(lambda code: "" if code in CONFIDENTIAL else code)
        # What a message may repeat.
        self.typed = {
            field: self.cells[field].map(lambda text, fault: "" if fault else text, self.fault[field])
            for field in FIELDS
        }
        self.typed["url"] = self.typed["url"].map(
            lambda text, address: "" if isinstance(address, Refusal) and not address.may_be_repeated else text,
            self.address,
        )
        self.known = {field: self._published(field) for field in FIELDS}
        ministries = set(config.lookup["ministry"].values())
        self.listed_ministry = self.known["ministry"].map(lambda label: label if label in ministries else "")
        self.records = pd.DataFrame({field: known.series() for field, known in self.known.items()})
        self.is_placeholder = self._is_placeholder()
        # A placeholder without a category says nothing at all: it is neither published nor worth a finding.
        nowhere = ("", fold(config.placeholder))
        self.nowhere = self.is_placeholder & self.cells["category"].where(lambda text: fold(text) in nowhere)

    def _look_alike(self, field: str) -> Callable[[str, str], str]:
        lookup = self.config.lookup[field]
        return lambda code, text: (
            LOOK_ALIKE if not code and has_foreign_letters(text) and fold(text) not in lookup else code
        )

    def _address(self, text: str, fault: str) -> str | Refusal:
        """The address to publish, "" when there is none, or why it is refused."""
        is_damaged = fault and fault not in CONFIDENTIAL
        return "" if not text or is_damaged or self.says_to_come(text) else public_address(text, fault, self.config)

    def _published(self, field: str) -> Column:
        """The canonical label or the text of each cell of this column, "" when there is none to publish."""
        typed, config = self.typed[field], self.config
        lookup = config.lookup.get(field, {})
        if field == "theme":
            theme_of = config.theme_of
            return self.canonical("category").map(lambda label: theme_of.get(label, ""))
        if field == "category":
            return self.canonical("category")
        if field == "status":
            label_of = self.canonical("status")
            return label_of.map(lambda label, cell: label if cell else config.placeholder, self.cells["status"])
        if field == "url":
            return self.address.map(lambda address: "" if isinstance(address, Refusal) else address)
        if field == "name":
            return typed.map(lambda text: config.placeholder if self.says_to_come(text) else text)
        limit = config.limits.name
        return typed.map(
            lambda text: "" if len(text) > limit or self.says_to_come(text) else lookup.get(fold(text), text)
        )

    def says_to_come(self, text: str) -> bool:
        """Whether a cell only says that something is to come, however it is spelt."""
        return len(text) <= 2 * len(self.config.placeholder) and fold(text) == fold(self.config.placeholder)

    def _is_placeholder(self) -> pd.Series[bool]:
        """Rows that name no dataset and say nothing else of one."""
        nothing = {field: self.cells[field].where(lambda text: not text or self.says_to_come(text)) for field in FIELDS}
        silent = self.typed["name"].where(self.says_to_come)
        for field in FIELDS:
            silent &= self.fit(field)
        for field in _ABOUT_THE_DATASET:
            silent &= nothing[field]
        return silent | functools.reduce(operator.and_, nothing.values())

    def canonical(self, field: str) -> Column:
        """The label that each cell of this closed list stands for, "" when there is none."""
        lookup = self.config.lookup[field]
        return self.typed[field].map(lambda text: lookup.get(fold(text), ""))

    def empty(self, field: str) -> pd.Series[bool]:
        """Rows whose cell is empty: nothing typed, not something unfit."""
        return self.cells[field].where(operator.not_)

    def given(self, field: str) -> pd.Series[bool]:
        """Rows whose cell holds something that may be repeated."""
        return self.typed[field].where(bool)

    def fit(self, field: str) -> pd.Series[bool]:
        """Rows whose cell is empty or may be repeated."""
        return self.fault[field].where(operator.not_)

    @cached_property
    def ordinary(self) -> pd.Series[bool]:
        """Rows that announce a dataset, rather than that something is to come."""
        return ~self.is_placeholder

    def at(self, mask: pd.Series[bool]) -> Iterator[int]:
        """The positions where the mask holds."""
        return iter(self.records.index[mask].tolist())

    def finding(
        self,
        position: int,
        field: str,
        severity: Severity,
        code: str,
        problem: str,
        remedy: str = "",
        *,
        typed: str = "",
        suggestion: str = "",
    ) -> tuple[int, Finding]:
        tab = self.snapshot.tabs[self.tab[position]]
        row = self.row[position]
        on_the_name = field == "url" and self.link_is_used[position]
        at = "name" if on_the_name or field not in tab.columns else field
        cell = f"{tab.columns.get(at, '')}{row}"
        return position, Finding(
            severity=severity,
            code=code,
            problem=problem,
            remedy=remedy,
            tab=tab.title,
            cell=cell,
            row=row,
            column=self.config.title(at),
            name=shorten(self.typed["name"][position]),
            ministry=self.listed_ministry[position],
            category=self.known["category"][position],
            typed=shorten(typed),
            suggestion=suggestion,
            link=cell_link(self.snapshot.sheet_id, tab.gid, cell),
        )


def _link_is_used(rows: pd.DataFrame) -> pd.Series[bool]:
    """Rows in which the address placed on the name stands in for an empty address cell."""
    linked = Column.of(rows["link"]).where(clean)
    return linked & Column.of(rows["url"].where(linked, "-")).where(lambda url: not clean(url))


# --- the rules ---------------------------------------------------------------------------------------------------
# Each is a sentence that should be true of every row, and yields a finding for each row of which it is not.

Found = Iterator[tuple[int, Finding]]

_FAULTS = {
    FORMULA_ERROR: (
        "la formule de cette cellule donne une erreur.",
        "Corrigez la formule, ou tapez la valeur à sa place.",
    ),
    REPLACEMENT: (
        "des caractères ont été perdus dans cette cellule (« \N{REPLACEMENT CHARACTER} »).",
        "Retapez le texte.",
    ),
    MOJIBAKE: ("les accents de cette cellule sont abîmés.", "Retapez le texte, ou recopiez-le depuis sa source."),
    BIDI: (
        "cette cellule contient des caractères invisibles qui inversent le sens du texte.",
        "Retapez le texte à la main.",
    ),
    SECRET: (
        "cette cellule semble contenir un mot de passe, une clé ou un jeton ; elle n'est reprise nulle part.",
        "Effacez-la, y compris de l'historique du tableau, et faites révoquer ce secret.",
    ),
    CONTACT: (
        "cette cellule contient les coordonnées d'une personne ; elle n'est reprise nulle part.",
        "Retirez-les ; au besoin, indiquez l'adresse d'un service.",
    ),
    RESERVED: (
        "cette cellule contient un mot que le site réserve à son fonctionnement (« __VITE_… », par exemple).",
        "Écrivez-le autrement.",
    ),
    LOOK_ALIKE: (
        "cette cellule contient des lettres d'un autre alphabet qui imitent les nôtres.",
        "Choisissez la valeur dans la liste déroulante.",
    ),
}


def content_is_fit_to_publish(rows: Rows) -> Found:
    """A formula error, a secret, damaged or deceptive text is never published nor repeated."""
    for field in FIELDS:
        severity: Severity = "bloquant" if field in _DECIDING else "à corriger"
        for position in rows.at(~rows.fit(field)):
            code = rows.fault[field][position]
            labels = set(rows.config.lookup.get(field, {}).values())
            hint = nearest(rows.cells[field][position], sorted(labels)) if code == LOOK_ALIKE else ""
            yield rows.finding(position, field, severity, code, *_FAULTS[code], suggestion=hint)


def name_is_given(rows: Rows) -> Found:
    for position in rows.at(rows.empty("name") & ~rows.nowhere):
        if not any(rows.cells[field][position] for field in _ABOUT_THE_DATASET):
            yield rows.finding(
                position,
                "name",
                "bloquant",
                "ligne-sans-jeu",
                _NO_DATASETS["ligne-sans-jeu"],
                f"Complétez-la, tapez « {rows.config.placeholder} » comme nom, ou supprimez-la.",
            )
        else:
            remedy = f"Tapez le nom du jeu de données, ou « {rows.config.placeholder} »."
            yield rows.finding(position, "name", "bloquant", "nom-vide", "il manque le nom du jeu de données.", remedy)


_LETTER_OR_FIGURE = re.compile(r"\w")
_TOTAL = re.compile(
    r"(?:sous[ -]?)?tota(?:l|ux)(?: general)?(?: ?[:=])?(?: ?\(?[0-9 ]+\)?(?: (?:jeux|lignes)[a-z ]*)?)?"
)
# The same, where nothing else is said of a dataset.
_LIKE_A_TOTAL = re.compile(r"(?:sous[ -]?)?tota(?:l|ux)\b.*|(?:nombre|nb|somme|moyenne)(?: total| de .*)?")


_NO_DATASETS = {
    "ligne-sans-jeu": "cette ligne ne porte qu'une thématique ou une catégorie.",
    "en-tete-repete": "cette ligne répète les titres des colonnes.",
    "ligne-de-total": "cette ligne est un total, pas un jeu de données.",
    "ligne-de-separation": "cette ligne est une séparation, pas un jeu de données.",
}


def name_is_one_of_a_dataset(rows: Rows) -> Found:
    columns = {column.field: {fold(name) for name in (column.title, *column.aliases)} for column in rows.config.columns}

    def suspicion(name: str) -> str:
        key = fold(name)
        if key in columns["name"]:
            return "en-tete-repete"
        if _LIKE_A_TOTAL.fullmatch(key):
            return "ligne-de-total"
        return "" if _LETTER_OR_FIGURE.search(key) else "ligne-de-separation"

    suspicions = rows.typed["name"].map(suspicion)
    for position in rows.at(suspicions.where(bool) & rows.given("name")):
        code, typed = suspicions[position], rows.typed["name"][position]
        if code == "en-tete-repete" and fold(rows.typed["status"][position]) not in columns["status"]:
            continue  # a dataset may well be called « Titre »
        is_sure = code == "en-tete-repete" or bool(_TOTAL.fullmatch(fold(typed)))
        if not is_sure and any(rows.cells[field][position] for field in _ABOUT_THE_DATASET):
            continue  # odd, but somebody filled in the rest
        yield rows.finding(
            position, "name", "bloquant", code, _NO_DATASETS[code], "Supprimez cette ligne.", typed=typed
        )


def texts_are_short(rows: Rows) -> Found:
    limit = rows.config.limits.name
    cases: tuple[tuple[str, Severity, str, str], ...] = (
        ("name", "bloquant", _TOO_LONG_A_NAME, "ce nom compte {} caractères, la limite est de {}."),
        ("producer", "à corriger", "texte-trop-long", _TOO_LONG),
        ("ministry", "à corriger", "texte-trop-long", _TOO_LONG),
    )
    for field, severity, code, problem in cases:
        for position in rows.at(rows.typed[field].where(lambda text: len(text) > limit)):
            typed = rows.typed[field][position]
            said = problem.format(len(typed), limit)
            yield rows.finding(position, field, severity, code, said, "Raccourcissez-le.", typed=typed)


_TOO_LONG_A_NAME = "nom-trop-long"
_TOO_LONG = "ce texte compte {} caractères, la limite est de {}. Le jeu est publié sans lui."


def category_is_given(rows: Rows) -> Found:
    for position in rows.at(rows.empty("category") & ~rows.nowhere):
        remedy = "Choisissez-la dans la liste déroulante."
        yield rows.finding(position, "category", "bloquant", "categorie-vide", "il manque la catégorie.", remedy)


def category_is_known(rows: Rows) -> Found:
    unknown = rows.given("category") & rows.known["category"].where(operator.not_) & ~rows.nowhere
    yield from _not_in_list(
        rows, unknown, "category", "bloquant", "categorie-inconnue", "cette catégorie n'existe pas."
    )


def category_belongs_to_the_theme(rows: Rows) -> Found:
    theme = rows.canonical("theme")
    both = theme.where(bool) & rows.known["theme"].where(bool)
    for position in rows.at(both & (theme.series() != rows.known["theme"].series())):
        category, right = rows.known["category"][position], rows.known["theme"][position]
        yield rows.finding(
            position,
            "category",
            "bloquant",
            "categorie-d-un-autre-theme",
            f"cette catégorie appartient à la thématique « {right} », et non à « {theme[position]} ».",
            "Corrigez la thématique ou la catégorie.",
            typed=category,
        )


def theme_is_known(rows: Rows) -> Found:
    theme = rows.canonical("theme")
    decided = rows.known["theme"].where(bool) & theme.where(operator.not_) & rows.fit("theme")
    with_column = {number for number, tab in enumerate(rows.snapshot.tabs) if "theme" in tab.columns}
    for position in rows.at(decided & pd.Series(rows.tab).isin(with_column) & rows.ordinary):
        right = rows.known["theme"][position]
        if rows.typed["theme"][position]:
            code, problem = "thematique-inconnue", "cette thématique n'existe pas ; c'est la catégorie qui décide."
        else:
            code, problem = "thematique-vide", "il manque la thématique ; c'est la catégorie qui décide."
        typed = rows.typed["theme"][position]
        yield rows.finding(position, "theme", "info", code, problem, f"Choisissez « {right} ».", typed=typed)


def status_is_given(rows: Rows) -> Found:
    for position in rows.at(rows.empty("status") & rows.ordinary):
        problem = f"il manque le statut ; le jeu est publié avec « {rows.config.placeholder} »."
        remedy = "Choisissez-le dans la liste déroulante."
        yield rows.finding(position, "status", "à corriger", "statut-vide", problem, remedy)


def status_is_known(rows: Rows) -> Found:
    unknown = rows.given("status") & rows.known["status"].where(operator.not_)
    admitted = "Choisissez l'un de ceux-ci : " + ", ".join(status.label for status in rows.config.statuses) + "."
    yield from _not_in_list(rows, unknown, "status", "bloquant", "statut-inconnu", "ce statut n'existe pas.", admitted)


def producer_is_given(rows: Rows) -> Found:
    for position in rows.at(rows.empty("producer") & rows.ordinary):
        remedy = "Tapez l'organisme qui produit les données."
        yield rows.finding(position, "producer", "à corriger", "producteur-vide", "il manque le producteur.", remedy)


def ministry_is_given(rows: Rows) -> Found:
    for position in rows.at(rows.empty("ministry") & rows.ordinary):
        remedy = "Choisissez-le dans la liste déroulante."
        problem = "il manque le ministère de tutelle."
        yield rows.finding(position, "ministry", "à corriger", "ministere-vide", problem, remedy)


def ministry_is_in_the_list(rows: Rows) -> Found:
    unknown = rows.known["ministry"].where(bool) & rows.listed_ministry.where(operator.not_)
    problem = "ce ministère n'est pas dans la liste ; il est publié tel quel."
    yield from _not_in_list(rows, unknown, "ministry", "à corriger", "ministere-inconnu", problem)


def address_is_public(rows: Rows) -> Found:
    for position in rows.at(rows.address.where(lambda address: isinstance(address, Refusal))):
        refusal, typed = rows.address[position], rows.typed["url"][position]
        problem = f"{refusal.problem.removesuffix('.')}. Le jeu est publié sans lien."
        yield rows.finding(position, "url", "à corriger", refusal.code, problem, refusal.remedy, typed=typed)


_SHARED_DOCUMENT = re.compile(r"https?://(?:docs|drive)\.google\.com/")


def address_is_likely_open_to_all(rows: Rows) -> Found:
    for position in rows.at(rows.known["url"].where(_SHARED_DOCUMENT.match)):
        problem = "cette adresse mène à un document partagé, peut-être privé ; elle est publiée."
        remedy = "Vérifiez que tout le monde peut l'ouvrir."
        typed = rows.typed["url"][position]
        yield rows.finding(position, "url", "info", "adresse-peut-etre-privee", problem, remedy, typed=typed)


def status_keeps_its_promise(rows: Rows) -> Found:
    promising = [status.label for status in rows.config.statuses if status.promises_access]
    without = rows.known["status"].where(promising.__contains__) & rows.empty("url")
    for position in rows.at(without & rows.ordinary):
        status = rows.known["status"][position]
        yield rows.finding(
            position,
            "url",
            "à corriger",
            "adresse-manquante",
            f"le statut est « {status} », mais il n'y a pas d'adresse.",
            "Tapez l'adresse du jeu de données, ou changez le statut.",
        )


def address_is_where_the_status_says(rows: Rows) -> Found:
    for status in (status for status in rows.config.statuses if status.address_on):
        chosen = rows.known["status"].where(status.label.__eq__)
        elsewhere = rows.known["url"].where(lambda url, domain=status.address_on: url and not is_on(url, domain))
        for position in rows.at(chosen & elsewhere):
            yield _address_elsewhere(rows, position, status)


def _address_elsewhere(rows: Rows, position: int, status: Status) -> tuple[int, Finding]:
    return rows.finding(
        position,
        "url",
        "à corriger",
        "adresse-hors-du-site-annonce",
        f"le statut est « {status.label} », mais l'adresse n'est pas sur {status.address_on}.",
        f"Tapez l'adresse de la page du jeu sur {status.address_on}, ou choisissez un autre statut.",
        typed=rows.typed["url"][position],
    )


def address_names_one_dataset_of_its_category(rows: Rows, sound: pd.DataFrame) -> Found:
    keys = sound[["category", "name"]].assign(address=[address_key(url) for url in sound["url"]])
    keys = keys[keys.duplicated(["category", "address"], keep=False) & (sound["url"] != "")]
    keys["name"] = [fold(name) for name in keys["name"]]
    several = keys.drop_duplicates().duplicated(["category", "address"], keep=False)
    shared = keys.loc[several.index[several], ["category", "address"]].drop_duplicates()
    for _, group in keys.reset_index().merge(shared).groupby(["category", "address"], sort=False):
        positions = dict(zip(group["index"], group["name"], strict=True))
        first, first_name = next(iter(positions.items()))
        second = next(place for place, name in positions.items() if name != first_name)
        for position, name in positions.items():
            other = second if name == first_name else first
            yield rows.finding(
                position,
                "url",
                "à corriger",
                "adresse-partagee",
                f"deux jeux de cette catégorie ont la même adresse (voir aussi la ligne {_line(rows, other)}).",
                "Vérifiez laquelle des deux est la bonne, et corrigez l'autre.",
                typed=rows.typed["url"][position],
            )


def dataset_is_listed_once(rows: Rows, sound: pd.DataFrame) -> Found:
    """Of rows for the same dataset one is published, and the others left out.

    That of the first tab (the others may be copies), then the most complete, whatever the order of the rows.
    """
    keys = sound.assign(_name=[*map(fold, sound["name"])], _producer=[*map(fold, sound["producer"])])
    identity = ["category", "_name", "_producer"]
    twins = keys[keys.duplicated(identity, keep=False)]
    silent = twins[list(RECORD_COLUMNS)].isin(["", rows.config.placeholder])
    twins = twins.assign(_tab=[rows.tab[position] for position in twins.index], _blanks=silent.sum(axis=1))
    ordered = twins.sort_values([*identity, "_tab", "_blanks", *RECORD_COLUMNS], kind="stable")
    kept: dict[tuple[str, ...], int] = {}
    for position, key in zip(
        ordered.index.tolist(), zip(*(ordered[part] for part in identity), strict=True), strict=True
    ):
        first = kept.setdefault(key, position)
        if first == position:
            continue
        same = sound.loc[first].equals(sound.loc[position])
        differs = "" if same else ", avec d'autres informations"
        yield rows.finding(
            position,
            "name",
            "bloquant",
            "doublon",
            f"ce jeu figure déjà à la ligne {_line(rows, first)}{differs} ; seule cette ligne-là est publiée.",
            "Gardez une seule des deux lignes, avec les bonnes informations.",
            typed=rows.typed["name"][position],
        )


def labels_are_typed_as_in_the_list(rows: Rows) -> Found:
    for field in ("category", "theme", "status", "ministry", "producer"):
        canonical = rows.canonical(field)
        otherwise = canonical.where(lambda label, typed: label not in ("", typed), rows.typed[field])
        for position in rows.at(otherwise & rows.ordinary):
            problem = f"publié sous son nom officiel, « {canonical[position]} »."
            typed = rows.typed[field][position]
            yield rows.finding(position, field, "info", "libelle-normalise", problem, typed=typed)


def address_stands_in_its_column(rows: Rows) -> Found:
    for position in rows.at(rows.link_is_used & rows.known["url"].where(bool)):
        problem = "l'adresse a été trouvée sur le nom du jeu ; elle est publiée."
        yield rows.finding(
            position, "name", "info", "lien-sur-le-nom", problem, "Vous pouvez la copier dans sa colonne."
        )


def address_is_typed_as_published(rows: Rows) -> Found:
    otherwise = rows.known["url"].where(lambda url, typed: url not in ("", typed), rows.typed["url"])
    for position in rows.at(otherwise):
        problem = "adresse publiée sous sa forme normalisée."
        yield rows.finding(position, "url", "info", "adresse-normalisee", problem, typed=rows.typed["url"][position])


def text_is_typed_neatly(rows: Rows) -> Found:
    def repaired(raw: str, typed: str) -> bool:
        # A no-break space is good French typography: publishing it as a plain one is not worth a word.
        return typed not in ("", raw) and re.sub(r"[\u00a0\u202f\u2009]", " ", raw) != typed

    for field in FIELDS:
        typed = rows.typed[field]
        for position in rows.at(rows.raw[field].where(repaired, typed) & ~rows.link_is_used):
            problem = "espaces en trop, retours à la ligne ou caractères invisibles retirés."
            yield rows.finding(position, field, "info", "texte-nettoye", problem, typed=typed[position])


RULES: tuple[Callable[[Rows], Found], ...] = (
    content_is_fit_to_publish,
    name_is_given,
    name_is_one_of_a_dataset,
    texts_are_short,
    category_is_given,
    category_is_known,
    category_belongs_to_the_theme,
    theme_is_known,
    status_is_given,
    status_is_known,
    producer_is_given,
    ministry_is_given,
    ministry_is_in_the_list,
    address_is_public,
    address_is_likely_open_to_all,
    status_keeps_its_promise,
    address_is_where_the_status_says,
    labels_are_typed_as_in_the_list,
    address_stands_in_its_column,
    address_is_typed_as_published,
    text_is_typed_neatly,
)

# These compare rows with each other, and so look only at those that no rule above leaves out.
RULES_BETWEEN_ROWS: tuple[Callable[[Rows, pd.DataFrame], Found], ...] = (
    dataset_is_listed_once,
    address_names_one_dataset_of_its_category,
)


def _not_in_list(
    rows: Rows,
    unknown: pd.Series[bool],
    field: str,
    severity: Severity,
    code: str,
    problem: str,
    remedy: str = "Choisissez une valeur dans la liste déroulante.",
) -> Found:
    lookup = rows.config.lookup[field]
    suggestions = functools.cache(lambda text: nearest_label(text, lookup))
    for position in rows.at(unknown):
        typed = rows.typed[field][position]
        yield rows.finding(position, field, severity, code, problem, remedy, typed=typed, suggestion=suggestions(typed))


def nearest_label(text: str, lookup: Mapping[str, str]) -> str:
    """The canonical label that was probably meant, found through its aliases too; "" when in doubt."""
    return lookup.get(fold(nearest(text, lookup.keys())), "")


def _line(rows: Rows, position: int) -> str:
    """A row's number, with its tab when there are several (by number: a tab's title is somebody's text)."""
    number = str(rows.row[position])
    tab = rows.tab[position] + 1
    return number if len(rows.snapshot.tabs) == 1 else f"{number} de l'onglet n° {tab}"
