"""One cell, judged by itself: what was typed, what it stands for, and what is wrong with it whatever stands beside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from job.config import Config
from job.content import FAULTS, LOOK_ALIKE, content_fault
from job.model import ROLES
from job.rules.address import Refusal, looks_like_an_address, public_address
from job.text import MONTHS, clean, fold, has_foreign_letters, iso_date, most_alike, nearest, without_marks

LETTER = re.compile(r"[^\W\d_]")  # a producer and a ministry have some
_SAYS = re.compile(r"\w")
_DITTO = re.compile(  # folded
    r"""\W*(?:idem|ibid(?:em)?|ditto|pareil)\b.{0,30}|id\.?|["'«»〃″^↑ ]+|//"""
    r"""|\W*(?:l[ea]s? )?memes?(?: (?:que|valeurs?|producteur|ministere|ligne|chose)\b.{0,30})?"""
    r"""|\W*(?:voir |cf\.? |comme )?(?:=|(?:ci|au)-dessus|plus haut|supra"""
    r"""|(?:la )?l(?:igne|\.) (?:precedente|du dessus|au[ -]dessus|\d+))\W*"""
)
_LAST_BRACKETS = re.compile(r" \(.*\)$")  # « n/a (autorité indépendante) »
_AROUND = " ()[]<>{}.…:;,!?*_-"
_VARIANT = re.compile(r"(?<=\w)[./ ](?=\w)|(?<=[eitu])(?:es?|s)$")  # « N.C » is « n/c », « définies » « défini »

_ASKED = {"name": "un nom", "producer": "un producteur", "ministry": "un ministère"}
_MAIL = re.compile(r"[^\s@/]+@[\w.-]+\.\w+")
# Folded. In a cell the word must stand apart: « (supprimé) BD TOPO », « BD TOPO, à retirer le 3 mai ». A plural tells
# what a dataset holds: « Concessions (annulées) ».
_ENDS = "(?:supprim|retir|abandonn|annul|enlev)"
_WITHDRAWN = rf"(?:{_ENDS}(?:ee?|er(?! \w+ \w))|a {_ENDS}er|(?:a )?ne (?:pas|plus) publier|doublon(?! d[e']))"
_WITHDRAWN_CELL = re.compile(rf"(?:^\W*|[^\w\s'-] ?| - )(?:ligne |jeu )?{_WITHDRAWN}\b(?! et remplace)")
_WITHDRAWN_STATUS = re.compile(rf"\b{_WITHDRAWN}")
_TO_WITHDRAW = "Pour retirer cette ligne de la page, supprimez-la du tableau."
WITHDRAWN = "retrait-en-mots"


class Cell(NamedTuple):
    """One cell, judged by itself."""

    raw: str  # as it stands in the sheet
    text: str  # cleaned; may hold what must not be repeated
    typed: str = ""  # what a message may quote of it, "" when it is unfit
    value: str = ""  # the label, text or address it stands for, "" when there is none to publish
    is_listed: bool = False  # it is a label of its field's list, or an alias of one
    meant: str = ""  # the label that was probably meant instead, "" in doubt
    refusal: Refusal | None = None  # why nothing of it is published, whatever stands beside it
    is_ditto: bool = False  # « idem »: the value of the row above is meant
    says_nothing: bool = False  # empty, « n/c », « idem »
    is_to_come: bool = False  # « A venir », however it is spelt

    @property
    def is_filled(self) -> bool:
        """Whether it tells something of the dataset."""
        return not (self.says_nothing or self.is_to_come)


EMPTY = Cell("", "", says_nothing=True)


class Cells(dict[str, Cell]):
    """The text of a cell of one field → the cell. A text that comes back is judged once."""

    def __init__(self, field: str, config: Config) -> None:
        super().__init__({"": EMPTY})
        self.field, self.config = field, config
        self.kind, self.lookup = config.kinds[field], config.lookup.get(field, {})
        self.is_list = bool(config.labels(field))  # that people choose from
        self.to_come = fold(config.placeholder)
        is_prose = self.kind == "text" and field not in ROLES  # « en attente du décret » is a reason
        self.nothing = {_VARIANT.sub("", word.strip(_AROUND)) for word in config.vocabulary.nothing}
        self.longest = max(map(len, config.vocabulary.nothing), default=0) + 2  # « non précisées »
        words = (word for word in config.vocabulary.nothing if " " in word)
        self.beginnings = tuple(f"{word} " for word in words if not is_prose or word.startswith("voir "))

    def __missing__(self, raw: str) -> Cell:
        judge = self._address if self.kind == "address" else self._label
        cell = self[raw] = judge(raw, clean(raw))
        return cell

    def _label(self, raw: str, text: str) -> Cell:
        key, fault, meant = fold(text), content_fault(text), ""
        is_listed = key in self.lookup
        if self.is_list and not is_listed:
            bare = without_marks(text)
            if fold(bare) in self.lookup:
                return self[bare]
            if not fault:
                fault = LOOK_ALIKE if has_foreign_letters(text) else ""
                meant = _meant(self.field, text, self.lookup, self.config)
        if fault:
            return Cell(raw, text, meant=meant, refusal=Refusal(fault, *FAULTS[fault], suggestion=meant))
        if silent := self._silent(raw, text, key):
            return silent
        value = iso_date(text) if self.kind == "date" else self.lookup.get(key, text if self.kind == "text" else "")
        refusal = self._refusal(raw, text, value, meant)
        return Cell(raw, text, text, "" if refusal else value, is_listed, meant, refusal)

    def _refusal(self, raw: str, text: str, value: str, meant: str) -> Refusal | None:
        """Why a text that says something is not published in this column."""
        asked = _ASKED.get(self.field)
        if asked and looks_like_an_address(text):
            return Refusal("nom-adresse", f"c'est une adresse, pas {asked}.", "Tapez le nom ici.")
        if self.field == "name" and _MAIL.fullmatch(text):  # a producer may be told by the mailbox of a service
            return Refusal("nom-adresse", "c'est une adresse de messagerie, pas un nom.", "Tapez le nom ici.")
        limit = self.config.limits.name
        if len(value) > limit:
            problem = f"ce texte compte {len(value)} caractères, la limite est de {limit}."
            code = "nom-trop-long" if self.field == "name" else "texte-trop-long"
            return Refusal(code, problem, "Raccourcissez-le.")
        if self.field in ROLES[:5] and _is_withdrawn(self.field, fold(text)):
            return Refusal(WITHDRAWN, "cette cellule dit que la ligne est retirée.", _TO_WITHDRAW)
        is_fine = bool(value) or self.field == "theme"  # the category decides
        return None if is_fine else self._not_understood(raw, text, meant)

    def _not_understood(self, raw: str, text: str, meant: str) -> Refusal:
        """What to say of a text that is no date, or none of its list."""
        if self.kind == "date":
            remedy = "Tapez un jour, un mois et une année, comme 31/12/2026."
            return Refusal("date-illisible", "ce n'est pas une date précise.", remedy)
        if self.field == "category":
            return self._no_category(raw, text, meant)
        remedy = "" if meant else allowed(self.field, self.config)
        if self.field == "status":
            return _no_status(text, meant, remedy)
        return Refusal("valeur-inconnue", "cette valeur n'est pas dans la liste.", remedy, suggestion=meant)

    def _no_category(self, raw: str, text: str, meant: str) -> Refusal:
        code, config = "categorie-inconnue", self.config
        if len(several := side_by_side(raw, self.lookup)) > 1:
            others = quoted(several[1:])
            remedy = f"Une seule catégorie par ligne : gardez « {several[0]} » et recopiez la ligne pour {others}."
            return Refusal("categories-multiples", "cette cellule contient plusieurs catégories.", remedy)
        if theme := config.lookup["theme"].get(fold(text)):
            inside = [label for label, its_theme in config.theme_of.items() if its_theme == theme]
            remedy = f"Choisissez une de ses catégories, comme {quoted(inside[:3])}."
            return Refusal(code, "c'est une thématique, pas une catégorie.", remedy)
        alike = most_alike(text, self.lookup)
        closest = "La plus proche" if len(alike) == 1 else "Les plus proches"
        remedy = f"{closest} : {quoted(alike)}." if alike else config.column["category"].help
        is_address = looks_like_an_address(text)
        problem = "c'est une adresse, pas une catégorie." if is_address else "cette catégorie n'existe pas."
        return Refusal(code, problem, "" if meant else remedy, suggestion=meant)

    def _address(self, raw: str, text: str) -> Cell:
        found = public_address(text, self.config)
        if not isinstance(found, Refusal):
            return Cell(raw, text, text, found)
        silent = None if content_fault(text) else self._silent(raw, text, fold(text))
        return silent or Cell(raw, text, text if found.may_be_repeated else "", refusal=found)

    def _silent(self, raw: str, text: str, key: str) -> Cell | None:
        """The cell, when it tells nothing of the dataset: « n/c », « idem », « A venir »."""
        is_listed, is_ditto = key in self.lookup, bool(_DITTO.fullmatch(key))
        if not is_listed and (is_ditto or self._says_nothing(key)):
            return Cell(raw, text, text, says_nothing=True, is_ditto=is_ditto)
        if key != self.to_come:
            return None
        value = self.config.placeholder if self.field in ("name", "status") else ""
        return Cell(raw, text, text, value, is_listed, is_to_come=True)

    def _says_nothing(self, key: str) -> bool:
        """Whether it is punctuation, a word that says nothing, or begins with several that do: « à préciser par X »."""
        if not (LETTER if self.field in ("producer", "ministry") else _SAYS).search(key):
            return True
        bare = _LAST_BRACKETS.sub("", key).strip(_AROUND)
        is_word = len(bare) <= self.longest and _VARIANT.sub("", bare) in self.nothing
        return is_word or bare.startswith(self.beginnings)


def allowed(field: str, config: Config) -> str:
    """What may be chosen there, in a sentence."""
    return f"{'Statuts admis' if field == 'status' else 'Valeurs admises'} : {', '.join(config.labels(field))}."


def _is_withdrawn(field: str, key: str) -> bool:
    """Whether a cell says that its row is; « IRSN (supprimé) » only says it of the producer."""
    found = _WITHDRAWN_CELL.search(key)
    return found is not None and (field in ROLES[:3] or not found.start() or not found[0].endswith("e"))


def _no_status(text: str, meant: str, remedy: str) -> Refusal:
    problem, key = "ce statut n'existe pas.", fold(text)
    if _WITHDRAWN_STATUS.search(key):
        remedy = f"{_TO_WITHDRAW} {remedy}"
    elif looks_like_an_address(text):
        problem = "c'est une adresse, pas un statut."
    elif any(map(str.isdigit, key.removeprefix(fold(meant)))):
        remedy = f"{remedy} Une date ou un nombre ne se met pas ici.".strip()
    return Refusal("statut-inconnu", problem, remedy, suggestion=meant)


_APART = r"(?:[^\w\s'-]|(?<!\w)-(?!\w)|\b(?:et|ou|puis)\b)"  # what stands between two labels; some hold it themselves


def side_by_side(raw: str, lookup: Mapping[str, str]) -> list[str]:
    """The labels that one cell holds, with a sign or a word like « et » between them."""
    labels = "|".join(map(re.escape, sorted(lookup, key=len, reverse=True)))
    text = fold(clean(raw.replace("\n", ";")))[:500]  # more is no list of labels, and would take long
    found = re.findall(rf"(?:^|{_APART})\W*+({labels})(?=\W*(?:$|{_APART}))", text)
    return list(dict.fromkeys(map(lookup.__getitem__, found)))


def quoted(labels: Iterable[str]) -> str:
    return ", ".join(f"« {label} »" for label in labels)


def _meant(field: str, text: str, lookup: Mapping[str, str], config: Config) -> str:
    """The label that was probably meant. Another name of a ministry is no mistake: governments change."""
    if field == "status":
        without_date = lookup.get(_DATE_BEHIND.sub("", fold(text)[:200]), "")
        # « Disponible fin 2026 » is not disponible yet.
        return nearest(text, lookup) or ("" if config.promises_access(without_date) else without_date)
    if field != "ministry":
        return nearest(text, lookup, with_more=field in ("theme", "category"))
    before = _ASIDE.split(fold(text))[0]
    return lookup.get(before, "") or (nearest(text, lookup, with_beginnings=False) if " " in text else "")


_DATE_BEHIND = re.compile(  # folded: « Planifié T3 2026 », « Prévu pour fin juin 2026 »
    r"\W+(?:(?:\d+(?:er?|eme)?|[ts]\d|fin|debut|mi|en|pour|courant|d'ici|au|le|trimestre|semestre"
    rf"|{'|'.join(map(fold, MONTHS))})\b\W*)+$"
)
_ASIDE = re.compile(r" ?[(/:?]| - ")  # « MTECT (CGDD) », « MTE ? »
