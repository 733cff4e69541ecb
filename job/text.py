"""Text as people type it: cleaned for publishing, folded for look-up, compared for near misses."""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cache

BIDI_CONTROLS = "\u202a-\u202e\u2066-\u2069"  # kept by clean(), so that they can be reported (CVE-2021-42574)
_SPACE = re.compile(r"[\s\u0085\x1c-\x1f]+")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u200b-\u200f\u2060-\u2065\u206a-\u206f\ufeff\ufff0-\ufffb"
    # To Unicode no spaces nor format characters: a braille pattern (U+2800), fillers, joiners, variation selectors.
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")  # JSON can carry half a pair; no UTF-8 file can
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
# Most texts, and already clean: settles them several times faster.
_PLAIN = re.compile(r"(?:[!-%'-~À-ÖØ-öø-ÿœŒ’«»…–—€°]+(?: [!-%'-~À-ÖØ-öø-ÿœŒ’«»…–—€°]+)*)?")
# 30 on one letter is Unicode's own limit for streams (UAX 15). To order more takes time that grows as their square.
_TOO_MANY_MARKS = re.compile("([\u0300-\u036f]{30})[\u0300-\u036f]+")


def clean(text: str) -> str:
    """The text in NFC on one line. Idempotent.

    Every kind of space or line break is one space, invisible characters are gone, HTML entities are decoded.
    """
    if _PLAIN.fullmatch(text):
        return text
    text = _INVISIBLE.sub("", text)  # first, and of each entity: what is left of one may be another
    while (decoded := _ENTITY.sub(lambda found: _INVISIBLE.sub("", html.unescape(found[0])), text)) != text:
        text = decoded
    text = _TOO_MANY_MARKS.sub(r"\1", _SPACE.sub(" ", _SURROGATE.sub("\ufffd", text)))
    return _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")


_TYPOGRAPHY = str.maketrans(
    {**dict.fromkeys("’‘ʼ′´`ʹ‛＇", "'"), **dict.fromkeys("‐‑‒–—―−﹣－", "-"), "œ": "oe", "æ": "ae"}
)
_JOINTS = (("`", "'"), (" :", ":"), (": ", ":"), (" '", "'"), ("' ", "'"))
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
    folded = text.casefold()
    if not folded.isascii():
        folded = " ".join(_NOT_ASCII.sub(lambda letters: _fold_letters(letters[0]), folded).split())
    for loose, tight in _JOINTS:
        folded = folded.replace(loose, tight)
    return folded.strip()


_TITLE_MARKS = re.compile(  # « 6. Statut », « f) Statut », « Statut (à choisir) », « Statut ▼ », « Statut obligatoire »
    r"^(?:n° ?)?(?:[0-9]+(?:\.[0-9]+)* ?[.)/:-]?|[a-z] ?[.):]|[a-z] -) ?|[\[(][^\])]*[\])]|[^\w' /-]"
    r"|\b(?:obligatoire|facultatif|requis)\b"
)


@cache
def title_key(text: str) -> str:
    """The key under which a column's title is looked up: folded, without its marks, brackets or number."""
    folded = fold(clean(text))
    return _SPACE.sub(" ", _TITLE_MARKS.sub(" ", folded)).strip(" -_/") or folded


_LABEL_MARKS = re.compile(r"^[0-9]{1,2}(?:\.[0-9]{1,2})* ?[.):-] ?|[ .*;:]+$")  # « 1. Adresses », « Disponible. »


def without_marks(text: str) -> str:
    """The label without a list's number before it nor marks after it."""
    return _LABEL_MARKS.sub("", text)


def slug(label: str) -> str:
    """A file name for a label: lower-case ASCII letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", fold(label)).strip("-")


def plural(count: int, singular: str, plural: str = "") -> str:
    """« 1 ligne », « 2 lignes », « 12 345 lignes »: with its number, a no-break space between thousands."""
    word = singular if abs(count) < 2 else plural or singular + "s"  # noqa: PLR2004  French: 0 and 1 are singular
    return f"{count:,}".replace(",", "\u202f") + f" {word}"


def and_others(count: int) -> str:
    """« et 3 autres » behind a list that is cut, "" when no other is left."""
    return f" et {plural(count, 'autre')}" if count > 0 else ""


_DATES = {  # day before month; of a month or a year the last day; nothing relative (« demain »)
    "DATE_ORDER": "DMY",
    "PREFER_LOCALE_DATE_ORDER": False,
    "PREFER_DAY_OF_MONTH": "last",
    "PREFER_MONTH_OF_YEAR": "last",
    "REQUIRE_PARTS": ["year"],
    "PARSERS": ["absolute-time"],
}
MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
_LONGEST_DATE = 60  # characters: more would take long


@cache  # a few dates, many rows
def iso_date(text: str) -> str:
    """« 31/12/2026 », « 1er mars 2026 », « juin 2026 », « 2026 » → the last day meant, in ISO; "" for no date."""
    import dateparser  # only a sheet with a column of dates pays for it  # noqa: PLC0415

    folded = fold(text)
    is_none = len(text) > _LONGEST_DATE or re.search("[a-z][0-9]|[<>≤≥+~]", folded)  # « T2 2026 », « > 2026 »
    found = None if is_none else dateparser.parse(text, languages=["fr"], settings=_DATES)
    if not found or found.year < 1000:  # noqa: PLR2004  « 0123 » is a number
        return ""
    day, month, year = found.day, found.month, found.year
    french, iso = [day, month, year], [year, month, day]
    figures = [int(figure) for figure in re.findall("[0-9]+", folded)[: len(french)]]  # not the hour
    # Not « 01/13/2026 » nor « 12/27 », which are read in another order.
    is_in_order = figures in (french, [day, month, year % 100], french[1:], french[2:], iso, iso[:2])
    return f"{found:%Y-%m-%d}" if is_in_order or re.search("[a-z]{3}", folded) else ""


def shorten(text: str, limit: int = 80) -> str:
    """The text, cut with « … » when it is too long for a message."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def has_foreign_letters(text: str) -> bool:
    """Whether a letter comes from another alphabet than ours (Cyrillic « о », full-width « Ｄ »…)."""
    letters = (char for char in text if char > "\x7f" and char.isalpha() and char not in "ªºµʼʹ")  # signs to us
    return any(not unicodedata.name(char, "").startswith("LATIN ") for char in letters)


# Letters of other alphabets that look like ours.
_ALIKE = ("авеорсухіѕјһԁӏοανρτικɡı", "abeopcyxisjhdloavptikgi")
_LOOK_ALIKES = str.maketrans(_ALIKE[0] + _ALIKE[0].upper(), _ALIKE[1] + _ALIKE[1].upper())


def in_latin_letters(text: str) -> str:
    """The text with our letters in the place of those that look like them. For look-up: never shown."""
    return text.translate(_LOOK_ALIKES)


# --- what was probably meant --------------------------------------------------------------------------------------

_NEAR = 80.0  # of 100, rapidfuzz's ratio
_NEARER = 88.0  # with another first letter: « Écologie » is no misspelt « Géologie »
_NEAR_WORD = 75.0
_SAME_WORD = 85.0  # « transports » and « transport », not « démographie » and « hydrographie »
_WORD = re.compile("[^\\W_]+|[\u2190-\u2bff\U0001f000-\U0001faff]")  # or a sign: « ❌ Disponible » says more
_LONG_WORD = re.compile(r"[^\W_]{5,}")
_SHORT = 2  # « de », « d' », « en »
_SENSE = re.compile("^(in|im|ir|non|de|mal)?(?:re)?(.*)")  # what turns a word's sense round, and the word without it
_LEAST_BEGINNING = 4  # letters: « Dis » begins too much


def nearest(text: str, labels: Mapping[str, str], *, with_beginnings: bool = True, with_more: bool = False) -> str:
    """The label (by folded name) that `text` was probably meant to be, "" in doubt; never one that says the contrary.

    It is a misspelling of it or begins it. Where more may follow a label without changing its sense, « Adresses (BAN) »
    is meant to be the longest label that begins it; « Disponible en interne » is not « Disponible ».
    """
    typed = fold(in_latin_letters(unicodedata.normalize("NFKC", text)))[:200]
    keys = _misspelt(typed, labels)
    if not keys and with_more:
        keys = _longest_beginning(typed, labels)
    if not keys and with_beginnings and len(typed) >= _LEAST_BEGINNING:
        keys = [key for key in labels if key.startswith(typed)]
    found = {labels[key] for key in keys}
    return found.pop() if len(found) == 1 else ""


def _misspelt(typed: str, keys: Iterable[str]) -> list[str]:
    first = next(iter(_WORD.findall(typed)), "")[:1]
    near = [(key, score) for key, score in _alike(typed, keys, _NEAR) if key.startswith(first) or score >= _NEARER]
    alike = [(key, score) for key, score in near if _is_misspelt(typed, key)]
    best = [key for key, score in alike if score == alike[0][1]]  # the best comes first
    if not best or best == [typed]:
        return best
    # « Ouverture », near « Ouverte », also begins « Ouverture prévue ».
    return best + [key for key in keys if key.startswith(f"{typed} ")]


def _longest_beginning(typed: str, keys: Iterable[str]) -> list[str]:
    """The longest of the keys that are the whole words at the beginning of the text, if any."""
    begin_it = (key for key in keys if re.match(rf"{re.escape(key)}(?!\w)", typed))
    return sorted((key for key in begin_it if len(key) >= _LEAST_BEGINNING), key=len)[-1:]


def most_alike(text: str, labels: Mapping[str, str], count: int = 3) -> list[str]:
    """The labels (by folded name) that hold long words of the text, misspelt or not, those with most of them first.

    A word that more labels than this hold tells nothing: « données ».
    """
    holders: dict[str, list[str]] = defaultdict(list)
    for key, label in labels.items():
        for word in _WORD.findall(key):
            holders[word].append(label)
    held: Counter[str] = Counter()
    for word in dict.fromkeys(_LONG_WORD.findall(fold(text)[:200])):
        found = dict.fromkeys(label for other, _ in _alike(word, holders, _SAME_WORD) for label in holders[other])
        held.update(list(found) if len(found) <= count else ())
    return [label for label, _ in held.most_common(count)]


def _alike(typed: str, keys: Iterable[str], score: float) -> list[tuple[str, float]]:
    from rapidfuzz import fuzz, process  # only a sheet with near misses pays for it  # noqa: PLC0415

    found = process.extract(typed, list(keys), scorer=fuzz.ratio, score_cutoff=score, limit=None)
    return [(key, likeness) for key, likeness, _ in found]


def _is_misspelt(typed: str, key: str) -> bool:
    """Whether each word has its counterpart: « Ministère de la Mer » is no misspelt « Ministère de la Santé ».

    None but the shortest may be wanting: « Obligatoire » is no misspelt « Non obligatoire ».
    """
    words, others = _WORD.findall(typed), _WORD.findall(key)
    each_is_known = all(any(_are_alike(word, other) for other in others) for word in words)
    none_is_wanting = all(len(it) <= _SHORT or any(_are_alike(word, it) for word in words) for it in others)
    return "".join(words) == "".join(others) or (each_is_known and none_is_wanting)  # « desterritoires » has no prefix


def _are_alike(one: str, other: str) -> bool:
    """Whether the other word is this one, misspelt or begun; not its contrary, which is nearer without its negation."""
    from rapidfuzz import fuzz  # noqa: PLC0415  the same

    likeness = fuzz.ratio(one, other)
    turned, bare = _SENSE.findall(one)[0]
    other_turned, other_bare = _SENSE.findall(other)[0]
    is_contrary = bool(turned) != bool(other_turned) and fuzz.ratio(bare, other_bare) > likeness
    return not is_contrary and (other.startswith(one) or likeness >= _NEAR_WORD)
