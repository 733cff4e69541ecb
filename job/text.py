"""Text as people type it: cleaned for publishing, folded for look-up, compared for near misses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

# Blank or invisible although Unicode does not class them as spaces or format characters (U+2800 is a braille pattern,
# the others are fillers, joiners and variation selectors).
_INVISIBLE_OTHERS = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
BIDI_CONTROLS = "\u202a-\u202e\u2066-\u2069"  # kept by clean(), so that they can be reported (CVE-2021-42574)
_SPACE = re.compile(r"[\s\u0085\x1c-\x1f]+")
_INVISIBLE = re.compile(
    rf"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u200b-\u200f\u2060-\u2065\u206a-\u206f\ufeff\ufff0-\ufffb"
    rf"{_INVISIBLE_OTHERS}]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")  # JSON can carry half a pair; no UTF-8 file can
_PLAIN = re.compile(r"(?:[!-~À-ÖØ-öø-ÿœŒ’«»…–—€°]+(?: [!-~À-ÖØ-öø-ÿœŒ’«»…–—€°]+)*)?")


def clean(text: str) -> str:
    """The text in NFC on one line: every kind of space or line break is one space, invisible characters are gone."""
    if _PLAIN.fullmatch(text):  # the ordinary case, several times faster; already what it should be
        return text
    text = _SURROGATE.sub("\ufffd", text)
    text = unicodedata.normalize("NFC", _few_marks(_INVISIBLE.sub("", _SPACE.sub(" ", text))))
    return _SPACE.sub(" ", text).strip(" ")


# On one letter: Unicode's own limit for streams (UAX 15). To order more takes time that grows as their square.
_MOST_MARKS = 30
_MANY_MARKS = re.compile(rf"[\u0300-\U0010ffff]{{{_MOST_MARKS}}}")


def _few_marks(text: str) -> str:
    if not _MANY_MARKS.search(text):
        return text
    kept, marks = [], 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)


_TYPOGRAPHY = str.maketrans(
    {**dict.fromkeys("’‘ʼ′´`ʹ‛＇", "'"), **dict.fromkeys("‐‑‒–—―−﹣－", "-"), "œ": "oe", "æ": "ae"}
)
_JOINTS = ((" :", ":"), (": ", ":"), (" '", "'"), ("' ", "'"))
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


@cache  # the same few accents come back in every name
def _fold_letters(letters: str) -> str:
    decomposed = unicodedata.normalize("NFD", letters).translate(_TYPOGRAPHY)  # in this order: « ǽ » holds an « æ »
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@cache
def fold(text: str) -> str:
    """The key under which a label is looked up: no case, accent, ligature or typographic variant. Never shown.

    Expects cleaned text. Not NFKC: full-width letters and look-alikes stay different on purpose.
    """
    try:
        folded = text.encode("latin-1").translate(_FOLDED_LATIN_1).decode("latin-1")  # five times faster
    except UnicodeEncodeError:
        folded = ""
    if not folded or "\0" in folded:
        folded = _fold_signs(text)
    if "  " in folded:  # an accent stood there on its own
        folded = _SPACE.sub(" ", folded)
    for loose, tight in _JOINTS:
        folded = folded.replace(loose, tight)
    return folded.strip()


def _fold_signs(text: str) -> str:
    return _NOT_ASCII.sub(lambda letters: _fold_letters(letters[0]), text.casefold()).replace("`", "'")


# What each sign of Western Europe folds to; NUL where that is more than one, or none.
_FOLDED_LATIN_1 = bytes(
    folded[0] if len(folded := _fold_signs(chr(code)).encode("latin-1", "ignore")) == 1 else 0 for code in range(256)
)


def slug(label: str) -> str:
    """A file name for a label: lower-case ASCII letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", fold(label)).strip("-")


def shorten(text: str, limit: int = 80) -> str:
    """The text, cut with « … » when it is too long for a message."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def has_foreign_letters(text: str) -> bool:
    """Whether a letter comes from another alphabet than ours (Cyrillic « о », full-width « Ｄ »…)."""
    return any(
        char.isalpha() and not unicodedata.name(char, "").startswith("LATIN ")
        for char in text
        if char > "\x7f" and char not in _OURS
    )


_OURS = "ªºµʼʹ"  # letters to Unicode, signs to us


# Letters of other alphabets that look like ours.
_ALIKE = ("авеорсухіѕјһԁӏοανρτικɡı", "abeopcyxisjhdloavptikgi")
_LOOK_ALIKES = str.maketrans(_ALIKE[0] + _ALIKE[0].upper(), _ALIKE[1] + _ALIKE[1].upper())


def in_latin_letters(text: str) -> str:
    """The text with our letters in the place of those that look like them. For look-up: never shown."""
    return text.translate(_LOOK_ALIKES)


def nearest(text: str, labels: Iterable[str], score: float = 80.0) -> str:
    """The one label that `text` was probably meant to be, "" when none is near enough or two are equally near."""
    from rapidfuzz import fuzz, process  # only a sheet with near misses pays for it  # noqa: PLC0415

    typed = fold(in_latin_letters(unicodedata.normalize("NFKC", text)).casefold())[:200]
    by_key = {fold(label): label for label in labels}
    best = process.extract(typed, by_key.keys(), scorer=fuzz.ratio, score_cutoff=score, limit=2)
    if not best or (len(best) == 2 and best[0][1] == best[1][1]):  # noqa: PLR2004
        return ""
    return by_key[best[0][0]]
