"""Text as people type it: cleaned for publishing, folded for look-up, judged for what may be repeated."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache

# Blank or invisible although Unicode does not class them as spaces or format characters (U+2800 is a braille pattern,
# the others are fillers, joiners and variation selectors).
_INVISIBLE_OTHERS = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_BIDI_CONTROLS = "\u202a-\u202e\u2066-\u2069"  # kept by clean(), so that they can be reported (CVE-2021-42574)
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
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", _SPACE.sub(" ", text)))
    return _SPACE.sub(" ", text).strip(" ")


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
    folded = _NOT_ASCII.sub(lambda letters: _fold_letters(letters[0]), text.casefold()).replace("`", "'")
    if "  " in folded:  # an accent stood there on its own
        folded = _SPACE.sub(" ", folded)
    for loose, tight in _JOINTS:
        folded = folded.replace(loose, tight)
    return folded.strip()


def slug(label: str) -> str:
    """A file name for a label: lower-case ASCII letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", fold(label)).strip("-")


# --- what a cell must not hold -----------------------------------------------------------------------------------

FORMULA_ERROR = "erreur-de-formule"
REPLACEMENT = "caractere-de-remplacement"
MOJIBAKE = "accents-abimes"
BIDI = "sens-d-ecriture"
SECRET = "secret"  # noqa: S105  a finding's code, not a password
CONTACT = "coordonnees-personnelles"
RESERVED = "mot-reserve-au-site"

_FORMULA_ERRORS = re.compile(
    r"#(?:REF|VALUE|VALEUR|NUM|NOMBRE|NULL|NUL|ERROR|ERREUR|SPILL|PROPAGATION|CALC|DIV/0|NAME|NOM|N/A)"
    r"|#[\w/]{2,20}[!?]"  # the same, and those of other languages and of Excel (#CHAMP!, #BUSY!…)
    r"|(?:Loading|Chargement(?: en cours)?) ?(?:\.\.\.|…)"
    r"|#GETTING_DATA|#{3,}",
    re.IGNORECASE,
)
# UTF-8 read as Windows-1252: « é » becomes « Ã© », « ’ » becomes « â€™ »; read as Mac Roman, « √© » and « ‚Äô ».
_MOJIBAKE = re.compile(
    r"Ã(?:[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸ]| |$)|\bÃ|Â(?:[¡-¿ ]|$)|â€|Å“|ï¿½|ï»¿|√[©®™†ß¥´ªâÄ]|‚Ä"
)
_SECRET = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[pousr]_\w{20}|github_pat_\w{20}|glpat-[\w-]{16}|xox[abeprs]-[\w-]{10}|A[KS]IA[0-9A-Z]{12}"
    r"|AIza[\w-]{30}|ya29\.[\w-]{10}|GOCSPX-[\w-]{10}|sk-[\w-]{20}|[rs]k_(?:live|test)_\w{10}|hf_\w{30}"
    r"|npm_\w{30}|SG\.[\w-]{16}|1//0[\w-]{20}|hvs\.[\w-]{20}|pypi-[\w-]{20}|dckr_pat_[\w-]{10}|whsec_\w{10}"
    r"|shpat_\w{20}|eyJ[\w-]{8,2000}\.[\w-]{4,}|-----BEGIN [A-Z ]*PRIVATE KEY|private_key\b"
    r"|hooks\.slack\.com/services/\w|discord(?:app)?\.com/api/webhooks/[0-9]"
    r"|(?i:[a-z][a-z0-9+]{1,15}://[^\s/@:]+:[^\s/@]+@)|(?i:basic\s+[\w+/-]{12,}={1,2})"
    r"|(?i:bearer\s+[\w.~+/-]{12}|(?:password|passwd|pwd|mot de passe|mdp|secret|api[ _-]?key"
    r"|(?:shared)?(?:access|account)[ _-]?key|client[ _-]?secret|cl[ée] (?:d['’]?\s?)?(?:api|acc[èe]s)"
    r"|cl[ée] secr[èe]te|clef api|token|jeton)\s?[:=]\s?[«\"“']?\s?[^\s]{4}|mdp\s[^\s]{6}))"
)
# Someone's own address or number; a service's mailbox (« contact@… », « open-data@… ») is not personal.
_OF_A_SERVICE = (
    r"(?:accueil|assistance|bureau|cellule|communication|contact|data|direction|diffusion|donn[ée]es|[ée]quipe|infos?"
    r"|mission|no|opendata|p[ôo]le|portail|presse|projet|secr[ée]tariat|services?|sig|support)"
)
_CONTACT = re.compile(
    rf"(?i:(?<![\w.+-])(?![\w.+-]{{0,64}}(?<![a-zà-ÿ]){_OF_A_SERVICE}(?![a-zà-ÿ])[\w.+-]{{0,64}}@)"
    r"[a-zà-ÿ]{1,30}(?:[._-][a-zà-ÿ]{1,30}){1,4}[0-9]{0,4}(?:\+[\w.-]*)?@[a-z0-9-])"
    r"|(?i:[\w.+'-]{1,64} ?@(?:gmail|outlook|hotmail|yahoo|orange|wanadoo|free|laposte|sfr|icloud)\.[a-z])"
    # The same mark between all pairs: « 01 01 2020 31 12 » is no number. After « = » it is a parameter of an address.
    r"|(?<![\w/.=-])(?:(?:\+|00) ?33[ .-]?(?:\(0\)[ .-]?)?|0)[1-9](?P<mark>[ .-]?)[0-9]{2}(?:(?P=mark)[0-9]{2}){3}"
    r"(?![\w/-])"
    r"|(?<![\w=])\+ ?(?:262|508|59[046]|68[179])(?:[ .-]?[0-9]){6,9}(?![\w/-])"  # the overseas ones
)
# Vite, VitePress and Rollup replace these in the compiled page, where no escaping reaches: the build fails or lies.
_RESERVED = re.compile(r"__(?:VITE|VP)_|!~\{[\w$]+\}~")
_NINE_DIGITS = re.compile(r"[0-9](?:[ .-]?[0-9]){8}")  # without them or an « @ », nobody's address or number
_CONTENT_FAULTS: tuple[tuple[str, Callable[[str], object]], ...] = (
    (FORMULA_ERROR, _FORMULA_ERRORS.fullmatch),
    (BIDI, re.compile(f"[{_BIDI_CONTROLS}]").search),
    (REPLACEMENT, re.compile("\ufffd").search),
    (MOJIBAKE, _MOJIBAKE.search),
    (SECRET, _SECRET.search),
    (CONTACT, lambda text: ("@" in text or _NINE_DIGITS.search(text)) and _CONTACT.search(text)),
    (RESERVED, _RESERVED.search),
)
# Cheap looks that let nearly every honest cell through before the patterns above are tried.
_PLAIN_ADDRESS = re.compile(r"https?://[a-z0-9./-]*")
_RARE = re.compile(f"[{_BIDI_CONTROLS}\ufffd@#:=_ÃÂÅâï…√‚]")
_TELLING = (
    "!~{",
    "AKIA",
    "ASIA",
    "AIza",
    "ya29",
    "SG.",
    "eyJ",
    "---",
    "...",
    "earer",
    "EARER",
    "OCSPX",
    "1//0",
    "mdp",
    "Mdp",
    "MDP",
)
_TELLING_IN_LOWER_CASE = ("glpat-", "xox", "sk-", "pypi-", "hvs.", "webhooks")


def content_fault(text: str) -> str:
    """The code of what makes this (cleaned) text unfit to be repeated anywhere, "" when nothing does."""
    if not any(map(text.__contains__, _TELLING_IN_LOWER_CASE)):
        if _PLAIN_ADDRESS.fullmatch(text):
            return ""
        if not (_RARE.search(text) or any(map(text.__contains__, _TELLING)) or _NINE_DIGITS.search(text)):
            return ""
    return next((code for code, found in _CONTENT_FAULTS if found(text)), "")


def shorten(text: str, limit: int = 80) -> str:
    """The text, cut with « … » when it is too long for a message."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def echo(text: str) -> str:
    """Any text as a message may repeat it: cleaned, shortened, "" when it is unfit to be repeated."""
    text = clean(text)
    return "" if content_fault(text) else shorten(text)


def has_foreign_letters(text: str) -> bool:
    """Whether a letter comes from another alphabet than ours (Cyrillic « о », full-width « Ｄ »…)."""
    return any(
        char.isalpha() and not unicodedata.name(char, "").startswith("LATIN ")
        for char in text
        if char > "\x7f" and char not in _OURS
    )


_OURS = "ªºµʼʹ"  # letters to Unicode, signs to us


# Letters of other alphabets that look like ours, so that a near miss can be suggested.
_LOOK_ALIKES = str.maketrans("авеорсухіѕјһԁӏοανρτικ", "abeopcyxisjhdloavptik")


def nearest(text: str, labels: Iterable[str], score: float = 80.0) -> str:
    """The one label that `text` was probably meant to be, "" when none is near enough or two are equally near."""
    from rapidfuzz import fuzz, process  # only a sheet with near misses pays for it  # noqa: PLC0415

    typed = fold(unicodedata.normalize("NFKC", text).casefold().translate(_LOOK_ALIKES))[:200]
    by_key = {fold(label): label for label in labels}
    best = process.extract(typed, by_key.keys(), scorer=fuzz.ratio, score_cutoff=score, limit=2)
    if not best or (len(best) == 2 and best[0][1] == best[1][1]):  # noqa: PLR2004
        return ""
    return by_key[best[0][0]]
