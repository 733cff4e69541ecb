"""One cell, judged by itself: what was typed, what a message may quote of it, what it stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from job.config import Config
from job.content import LOOK_ALIKE, content_fault
from job.model import ROLES
from job.rules.address import CONFIDENTIAL, Refusal, public_address
from job.text import MONTHS, clean, fold, has_foreign_letters, iso_date, nearest, without_marks

_CLOSED = ("theme", "category", "status", "ministry")  # lists that people choose from
_NAMES = re.compile(r"[^\W\d_]")  # a producer and a ministry have letters
_SAYS = re.compile(r"\w")
_DITTO = re.compile(  # folded
    r"""\W*(?:idem|ibid|ditto|pareil)\b.{0,30}|id\.?|["'«»〃″^↑ ]+|//"""
    r"""|\W*memes?(?: (?:que|valeurs?|producteur|ministere|ligne|chose)\b.{0,30})?"""
    r"""|\W*(?:voir |cf\.? )?(?:=|ci-dessus|(?:la )?ligne (?:precedente|du dessus|au-dessus|\d+))\W*"""
)
_LAST_BRACKETS = re.compile(r" \(.*\)$")  # « n/a (autorité indépendante) »
_AROUND = " ()[]<>{}.…:;,!?*_-"
# A no-break space is good French typography: no finding says that it is published as a plain one.
_FINE_SPACES = re.compile(r"[\u00a0\u202f\u2009]")


class Cell(NamedTuple):
    """One cell, judged by itself."""

    raw: str  # as it stands in the sheet
    text: str  # cleaned; may hold what must not be repeated
    typed: str = ""  # what a message may quote of it, "" when it is unfit
    value: str = ""  # the label, text or address it stands for, "" when there is none to publish
    is_listed: bool = False  # it is a label of its field's list, or an alias of one
    meant: str = ""  # the label that was probably meant instead, "" in doubt
    fault: str = ""  # the code of what makes it unfit to be repeated (job/content.py)
    refusal: Refusal | None = None  # why its address is not published
    is_ditto: bool = False  # « idem »: the value of the row above is meant
    says_nothing: bool = False  # empty, « n/c », « idem »
    is_to_come: bool = False  # « A venir », however it is spelt

    @property
    def is_filled(self) -> bool:
        """Whether it tells something of the dataset."""
        return not (self.says_nothing or self.is_to_come)

    @property
    def is_unknown(self) -> bool:
        """Whether it says something that is not understood: no label of its list, no date."""
        return bool(self.typed) and self.is_filled and not self.value

    @property
    def is_neat(self) -> bool:
        """Whether what is published of it are the very characters that were typed."""
        return not self.value or self.raw == self.typed or _FINE_SPACES.sub(" ", self.raw) == self.typed


EMPTY = Cell("", "", says_nothing=True)


class Cells(dict[str, Cell]):
    """The text of a cell of one field → the cell. A text that comes back is judged once."""

    def __init__(self, field: str, config: Config) -> None:
        super().__init__({"": EMPTY})
        self.field, self.config = field, config
        self.kind, self.lookup = config.kinds[field], config.lookup.get(field, {})
        self.is_list = field in _CLOSED or self.kind == "choice"
        self.to_come = fold(config.placeholder)
        is_prose = self.kind == "text" and field not in ROLES  # « en attente du décret » is a reason
        words = () if is_prose else config.vocabulary.nothing
        self.beginnings = tuple(f"{word} " for word in words if " " in word)

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
                fault = LOOK_ALIKE if self.field in _CLOSED and has_foreign_letters(text) else ""
                meant = _meant(self.field, text, self.lookup, self.config)
        if fault:
            return Cell(raw, text, is_listed=is_listed, meant=meant, fault=fault)
        return self._silent(raw, text, key) or Cell(raw, text, text, self._value(text, key), is_listed, meant)

    def _value(self, text: str, key: str) -> str:
        """What it stands for: a date, a label of its list, or itself where any text will do."""
        if self.kind == "date":
            return iso_date(text)
        is_free = self.kind == "text" and len(text) <= self.config.limits.name
        return self.lookup.get(key, text if is_free else "")

    def _address(self, raw: str, text: str) -> Cell:
        found, fault = public_address(text, self.config), content_fault(text)
        if fault and fault not in CONFIDENTIAL:  # of these the refusal tells
            return Cell(raw, text, fault=fault)
        if isinstance(found, Refusal):
            refused = Cell(raw, text, text if found.may_be_repeated else "", refusal=found)
            return (None if fault else self._silent(raw, text, fold(text))) or refused
        return Cell(raw, text, text, found)

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
        if not (_NAMES if self.field in ("producer", "ministry") else _SAYS).search(key):
            return True
        words, bare = self.config.vocabulary.nothing, _LAST_BRACKETS.sub("", key).strip(_AROUND)
        return key in words or bare in words or key.startswith(self.beginnings) or bare.startswith(self.beginnings)


def _meant(field: str, text: str, lookup: Mapping[str, str], config: Config) -> str:
    """The label that was probably meant. Another name of a ministry is no mistake: governments change."""
    if field == "status":
        without_date = lookup.get(_DATE_BEHIND.sub("", fold(text)), "")
        # « Disponible fin 2026 » is not disponible yet.
        return nearest(text, lookup) or ("" if config.promises_access(without_date) else without_date)
    if field != "ministry":
        return nearest(text, lookup, with_more=field in ("theme", "category"))
    before = fold(_ASIDE.split(text)[0])
    return lookup.get(before, "") or (nearest(text, lookup, with_beginnings=False) if " " in text else "")


_DATE_BEHIND = re.compile(  # folded: « Planifié T3 2026 », « Prévu pour fin juin 2026 »
    r"\W+(?:(?:\d+(?:er?|eme)?|[ts]\d|fin|debut|mi|en|pour|courant|d'ici|au|le|trimestre|semestre"
    rf"|{'|'.join(map(fold, MONTHS))})\b\W*)+$"
)
_ASIDE = re.compile(r" ?[(/:?]| - ")  # « MTECT (CGDD) », « MTE ? »
