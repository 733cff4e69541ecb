"""What a cell must not hold: errors of formulas, damaged or deceptive text, secrets, people's contact details.

A secret cannot be told from a word with certainty. What decides here: the known looks of keys and tokens, what people
write around a password, and letters that no language puts together. In doubt a row waits for its author rather than
a password goes online; and words that only speak of passwords go through.
"""

from __future__ import annotations

import html
import itertools
import re
import unicodedata
from collections.abc import Callable, Sequence
from urllib.parse import unquote

from job.text import BIDI_CONTROLS, clean, fold, in_latin_letters, shorten

FORMULA_ERROR = "erreur-de-formule"
REPLACEMENT = "caractere-de-remplacement"
MOJIBAKE = "accents-abimes"
BIDI = "sens-d-ecriture"
SECRET = "secret"
CONTACT = "coordonnees-personnelles"
RESERVED = "mot-reserve-au-site"

_FORMULA_ERRORS = re.compile(
    r"#N/A|#[\w/]{2,20}[!?]"  # in whatever language: #REF!, #DIV/0!, #NOM?, #CHAMP!…
    r"|(?:Loading|Chargement(?: en cours)?) ?(?:\.\.\.|…)"
    r"|#GETTING_DATA|#{3,}",
    re.IGNORECASE,
)
# UTF-8 read as Windows-1252: « é » becomes « Ã© », « ’ » becomes « â€™ »; read as Mac Roman, « √© » and « ‚Äô ».
_MOJIBAKE = re.compile(
    r"Ã(?:[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸ ]|$)|\bÃ|Â(?:[¡-¿ ]|$)|â€|Å“|ï¿½|ï»¿|√[©®™†ß¥´ªâÄ]|‚Ä"
)
# Vite, VitePress and Rollup replace these in the compiled page, where no escaping reaches: the build fails or lies.
_RESERVED = re.compile(r"__(?:VITE|VP)_|!~\{[\w$]+\}~")


def _readable(text: str) -> str:
    """The text as a person makes it out: percent signs and entities decoded, look-alikes of letters made plain."""
    for _ in range(3):
        decoded = html.unescape(unquote(text))
        if decoded == text:
            break
        text = decoded
    if text.isascii():
        return text
    text = in_latin_letters(unicodedata.normalize("NFKC", text))
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


# --- secrets -----------------------------------------------------------------------------------------------------


def _any_of(*patterns: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile("|".join(patterns), flags)


_WEB_ADDRESS = re.compile(r"https?://[^\s\"'<>|]+", re.IGNORECASE)

# Keys and tokens that say by their first letters what they are.
_KEY = _any_of(
    r"(?<![A-Za-z0-9])(?:"
    r"gh[pousr]_\w{20}|github_pat_\w{20}|gl(?:pat|ptt|dt|rt|cbt|oas|soat|ffct|imt|agent)-[\w-]{16}"
    r"|xox[a-z]-(?=[\w-]*[0-9])[\w-]{10}|xapp-[\w-]{10}|whsec_\w{10}|[prs]k_(?:live|test)_\w{10}|shp[a-z]{2}_\w{20}"
    r"|A(?:KI|SI|RO|ID|GP|NP|BI|CC)A(?=[A-Z]*[0-9])[0-9A-Z]{16}(?![0-9A-Z])"
    r"|AIza[\w-]{30}|ya29\.[\w-]{10}|GOCSPX-[\w-]{10}|1//0[\w-]{20}|hv[sb]\.[\w-]{20}|dckr_[po]at_[\w-]{10}"
    r"|sk-(?:(?:proj|ant|or|lf)-[\w-]{16}|(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{20})|pypi-A[\w-]{20}"
    r"|(?:gsk|hf|npm|r8)_(?=[a-z]*[A-Z0-9])\w{28}|SG\.(?=[\w.-]*[A-Z0-9])[\w-]{16,}\.[\w-]{4,}"
    r"|(?:HRKU|NRAK|NRJS|PMAK|CFPAT|BBDC|AAPK|AAPT|SCW|GOOG1)-?(?=\w*[0-9])[\w-]{17}|(?:bot)?[0-9]{8,10}:AA[\w-]{30}"
    r"|(?<!/)(?!sha|md5)[A-Za-z]{1,10}[0-9]?[_-](?:[A-Za-z0-9]{1,8}[_-])*[0-9a-f]{32}(?!\w*\.\w)|(?:dapi|SK)[0-9a-f]{32}"
    r"|eyJ(?=[\w-]*[0-9A-Z])[A-Za-z0-9_-]{14}"  # JSON in base64: a JWT
    r"|MII[A-Za-z0-9+/]{40}|b3BlbnNzaC1rZXk|LS0tLS1CRUdJTi"  # private keys in base64
    r")",
    r"(?i:begin[a-z0-9 -]{0,20}private[ -]key|putty-user-key|private-mac:|age-secret-key-)",
    # addresses that are keys
    r"hooks\.slack\.com/\w|discord(?:app)?\.com/api/(?:v[0-9]+/)?webhooks/[0-9]|outlook\.office\.com/webhook",
    r"hooks\.zapier\.com/hooks/\w|/hooks/[a-z0-9]{20}|(?:wxs\.ign|data\.shom)\.fr/(?=[a-z]*[0-9])[a-z0-9]{24}",
    r"/(?:api[_-]?key|token|key)/(?=[\w-]*[0-9])[\w-]{12}",
)

# What a chart or a map shows, in the address of a page: JSON in base64 too, and nobody's token.
_STATE = re.compile(r"(?<=[?&#])(?:r|datachart|state|config|view|[0-9]+)=eyJ[\w%=-]*(?![.\w])", re.IGNORECASE)

# A login and its password, as programs write them.
_LOGIN = _any_of(
    r"[a-z][a-z0-9+.-]{1,15}://[^\s/@:]*:[^\s/@]+@|://[\w-]{20,}@",
    r"(?<![\w.-])(?!(?:(?:e-?)?mail|mailto|courriel|mel|contact)s?:)[\w.-]{2,40}:(?=[^\s@/]*[0-9!#$%*?])[^\s@/]{4,}@[\w-]+\.",
    r"(?:jdbc:|sqlplus )\S*/\S+@|\s(?:-u|--user)[ =]?[\"']?[\w.-]+:\S|\bauth=\(|\bsshpass\b|\b(?:lftp|ncftp)\b.* -[up]",
    r"\s-p(?=\S*[0-9])[^\s-]{6}|\bunzip -P |--(?:[a-z]+-)?(?:password|passwd|token|api-key|secret)[ =]\S{4}",
    r"basic\s+(?=\S*[0-9A-Z]\S*[0-9A-Z])[\w+/-]{12,}={1,2}(?!=)",
    flags=re.IGNORECASE,
)

# The parameters of an address, or the lines of a settings file: name=value.
_PARAMETER = re.compile(r"([?&;#/]?)([^\W\d][\w.$-]{0,40})[\"'\[\])+]{0,3}(\s?)[=:][\"']?([^?&;#\s\"'<>]+)")
_SECRET_NAME = _any_of(
    r".*(?:token|jeton|secret|passw(?:or)?d|pwd|passphrase|mot[_-]?de[_-]?passe|credentials?|signature)",
    r".*_auth|(?:.*[._-])?(?:mdp|jwt|jsessionid|phpsess(?:ion)?id|pswd)|.+[._-]pass|mdp_.*|temp_url_sig|secret[._-]key.*",
    r".*(?:api|app|auth|secret|map|consumer|subscription|licen[sc]e|private|access|account|signing|encryption|master"
    r"|client|gg|resource|rl)[._-]?(?:key|cl[eé]f?)",
    r"cl[eé]f?[_-]?api|awsaccesskeyid|(?:auth|access)[._-]?code|otp|userpass|userkey",
)
_SECRET_NAME_IN_AN_ADDRESS = re.compile(r"key|cl[eé]f?|sig|auth|authorization|hmac|(sess(?:ion)?_?id|sid)")
_PERHAPS_A_SECRET_NAME = re.compile(r"pass|pw|p|appid|app_code|licen[sc]e|ak|sk|sess(?:ion)?")

# What people say: folded, and without its web addresses.
_NO_SECRET = (  # « mot de passe : aucun »
    r"(?!(?:aucune?|non|no|sans|none|neant|n/a|null|vide|facultati|optionnel|gratuit|sur demande|requi|necessaire|voir"
    r"|see|guide|recommand|politique|bonne|maison|personne|true|false|documentation|inconnu|a venir|oui|yes|public"
    r"|etude|enquete|recherche|usage|statisti|liste|bilan|fonds|mouvement|plan|methode|regle|mesure|indicateur|nombre"
    r"|\*{3}|\.{3}|x{3})\S*)"
)
_IS = r"[\"'*`)\]\\]*\s?(?:[:=>|→]+|-+>)[:=]*\s?[\"'*`(\[«]*\s?"
_STANDARD = r"(?!\W*(?:v[0-9]|fido|iso|rfc|nist|[0-9]?fa\b))"  # « mots de passe : ISO 27001 »
_LIKE_A_PASSWORD = r"(?=\S*[a-z])(?=\S*[0-9!@#$%*?+^~])(?!\S*://)\S{4}"
# Letters and figures in turn: « 8f3a9c2e », and not « FR123A4 ».
_LIKE_A_KEY = r"(?=(?:[a-z_/+-]*[0-9]+[a-z_/+-]+){2}[0-9])(?=[\w/+-]*[a-z])[\w/+-]{7}"
_LOGIN_THEN = r"[:=( ]+[\w.@-]+ ?[/:;,|-] ?(?:[a-z]+:)?"
_ONE_WORD = rf"{_NO_SECRET}[^\s,;)»\"'&]{{4,}}(?=[,;)»\"'.]*(?:\s*$|[,;)»\"']))"
_WORD_FOR_PASSWORD = (
    r"(?<![^\W_])(?:m[ .-]?d[ .-]?p\b\.?|mdp(?=[0-9_])|mot[ _-]?de[ _-]?passs?e|p[a@][s$]{2}[ _-]?w[o0]rde?|passwd|pswd"
    r"|psw\b|pwd|passphrase|phrase de passe|pass ?code|passkey)\w*"
)
_WORD_FOR_KEY = (
    r"(?<![a-z])(?:[\w.-]{0,30}[._-]|[a-z]{0,12})(?:secret|token|jeton|bearer|creds|credentials|(?:api|app|access"
    r"|account|auth|secret|private|consumer|subscription|licen[sc]e|signing|encryption|master)[ ._-]?key"
    r"|clef?[ _-](?:(?:d'|de l'|pour l')?(?:api|acces)|secrete|privee))(?:[._-][\w.-]{0,40})?"
)
_SAID = _any_of(
    rf"{_WORD_FOR_PASSWORD}(?: [^\s:=]+){{0,5}}?{_IS}{_NO_SECRET}[^\s&]{{3}}|mdp [^\s)]+\)",
    rf"(?:mots[ _-]de[ _-]passe|{_WORD_FOR_PASSWORD})\W(?:\S+ ){{0,6}}?{_STANDARD}\W*{_STANDARD}{_LIKE_A_PASSWORD}",
    rf"{_WORD_FOR_KEY}(?:\W{{0,2}}(?:d'|de l')?(?:acces|api|authentification))?{_IS}"
    rf"(?:{_ONE_WORD}|{_NO_SECRET}{_LIKE_A_PASSWORD}|[0-9]{{4}})",
    rf"{_WORD_FOR_KEY}s?\W{{1,3}}(?:\S+ ){{0,2}}?(?:{_LIKE_A_KEY}|(?=[a-z/+-]*[0-9])(?=[0-9]*[a-z])[a-z0-9/+-]{{10}})",
    rf"\b(?:clef?|key|token|cookie|session|sessid|sid)\b[^:=]{{0,40}}{_IS}(?:[a-z_]+=)?{_LIKE_A_KEY}",
    rf"\b(?:\w+[_-])?(?:pass|pw|passe|requirepass){_IS}{_LIKE_A_PASSWORD}|\brequirepass\s\S",
    rf"\b(?:code (?:d'acces|d'entree|secret|confidentiel|pin|otp|partage|wifi)|digicode)\s?(?:{_IS}|\s)"
    r"(?!(?:19|20)[0-9]{2}\b)(?=\S*[0-9])\S{4}",
    rf"\bcode wifi{_IS}{_NO_SECRET}\S|\bauthorization:\S|\bbearer[:=\s]+[\"']?(?=\S*[0-9])[\w.~+/=-]{{6}}",
    # a login and its password: « accès : admin / Passw0rd! »; the words that mean much else ask for surer signs
    rf"\b(?:login|user|username|utilisateur|credentials|creds)\b[^/:=]{{0,20}}{_LOGIN_THEN}{_LIKE_A_PASSWORD}",
    rf"\b(?:identifiants?|ident|compte|acces|sftp|ftp|connexion)\b[^/:=]{{0,20}}"
    rf"(?:{_LOGIN_THEN}(?=\S*[!@#$%*?^~])|[:=( ]+(?:admin|root|user|test|demo|\w*_user) ?[/:;,|-] ?){_LIKE_A_PASSWORD}",
    rf"\b(?:admin|root|guest|user) ?[/:] ?(?:admin|root|geoserver|{_LIKE_A_PASSWORD})",
    rf"\b(?:login|user|machine|identifiant|utilisateur)\b.{{1,40}}\b(?:pass|pw|p)\b\W{{0,3}}{_LIKE_A_PASSWORD}",
)


def _holds_secret(text: str) -> bool:
    """Whether the (readable) text gives a secret away."""
    return bool(
        _KEY.search(_STATE.sub("", text))
        or _LOGIN.search(text)
        or any(map(_is_secret_parameter, _PARAMETER.findall(text)))
        or _is_said(_WEB_ADDRESS.sub(" ", text))
    )


def _is_secret_parameter(parameter: tuple[str, str, str, str]) -> bool:
    before, name, gap, value = parameter
    name, value = name.lower(), value.lower()
    if gap and not before:
        return False  # « secret = 1 » in a sentence
    if _SECRET_NAME.fullmatch(name):
        return bool(re.match(_NO_SECRET + r"..", value))
    if not before:
        return False
    if found := _SECRET_NAME_IN_AN_ADDRESS.fullmatch(name):
        return len(value) > 2 and not (found[1] and value.isdecimal())  # « sid=2023 » is a year
    return bool(_PERHAPS_A_SECRET_NAME.fullmatch(name) and re.match(r"(?=.*[a-z])(?=.*[0-9]).{7}", value))


def _is_said(text: str) -> bool:
    return bool(_SAID.search(fold(text)) or any(map(_looks_drawn, _RUN.findall(text))))


_RUN = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{20,}")
_SAME_KIND = re.compile(r"[A-Z]+|[a-z]+|[0-9]+")


def _looks_drawn(run: str) -> bool:
    """Whether letters and figures follow each other as in no word, but as a machine draws them."""
    pieces = _SAME_KIND.findall(run)
    kinds = {"A" if piece[0].isupper() else "0" if piece[0].isdigit() else "a" for piece in pieces}
    if {"A", "a"} <= kinds:
        return len(pieces) >= (0.35 if "0" in kinds else 0.5) * len(run)
    return (
        kinds == {"a", "0"} and len(run) >= 32 and len(pieces) >= 0.2 * len(run) and not re.fullmatch("[0-9a-f]+", run)
    )


# --- people's contact details ------------------------------------------------------------------------------------

# Who is behind an e-mail address: « prenom.nom@… » is a person; « contact@… », « open-data@… » is a service. A word
# alone (« hydro@… ») may be either, and goes through unless a private person's provider follows.
_OF_A_SERVICE = re.compile(
    r"(?:accueil|actualites|administration|agence|api|archives|assistance|banque|bibliotheque|boite|bureau|cellule|centre"
    r"|commune|communication|conservation|contact|d[a-z]{0,2}t|data(?:set)?|demarches|departement|dga?[a-z]{2,3}|diffusion"
    r"|direction|documentation|donnees|dr[a-z]{2,3}|equipe|etalab|geo(?:data|portail|services?|plateforme)?|guichet"
    r"|infos?|inspire|laboratoire|licences?|mairie|marches|mission|ne|no|noreply|observatoire|open|opendata|pan|pole"
    r"|point|portail|prefecture|presse|projet|qualite|registre|reseau|secretariat|services?|sg|sig|standard"
    r"|statistiques?|support|unite|webmaster)[0-9]*"
)
_OF_NO_SURNAME = re.compile(
    r"api|communication|contact|data|diffusion|documentation|donnees|infos?|inspire|opendata|sig|statistiques?|support"
)
_PRIVATE_PROVIDER = re.compile(
    r"(?:g(?:oogle)?mail|outlook|hotmail|live|msn|ymail|yahoo|orange|wanadoo|free|laposte|sfr|icloud|me|mac|aol|gmx"
    r"|proton(?:mail)?|tuta(?:nota)?|bbox|numericable|neuf|club-internet|aliceadsl|mailo|zoho)\.[a-z]"
)
_AT = re.compile(
    r"\s?[\[({<]\s?(?:at|a|arobase?|@)\s?[\])}>]\s?|\s?\barobase?\b\s?|(?<=[a-z])[ _-]at[ _-](?=[\w-]+\.)"
    r"|\s?@+\s?(?=[\w-]+(?:\.[\w-]+)+)"
)
_AT_IN_WORDS = re.compile(r"\bat\b.*\bdot\b")
_DOT = re.compile(r"\s?[\[({<]\s?(?:dot|point|\.)\s?[\])}>]\s?|\s(?:dot|point|\.)\s")
_MAILBOX = re.compile(
    r"(?:(\"[^\"]+\")|(?<![\w.+'-])(?<!//)([\w.+'-]{1,64}))@([^\W_][^\W_-]*(?:-[^\W_]+)*(?:\.[\w-]+)*(?!_)|\[)"
)


def _is_somebodys(mailbox: tuple[str, str, str]) -> bool:
    quoted, local, domain = mailbox
    words = [word for word in re.split("[._-]+", local.partition("+")[0]) if re.search(r"[^\W\d]", word)]
    if quoted or not words:
        return bool(quoted)
    is_private = bool(_PRIVATE_PROVIDER.match(domain)) and len(words) > 2
    if (_OF_A_SERVICE.fullmatch(words[0]) and not is_private) or (
        len(words) == 2 and _OF_NO_SURNAME.fullmatch(words[1])
    ):
        return False
    return len(words) > 1 or bool(_PRIVATE_PROVIDER.match(domain))


def _holds_mailbox(folded: str) -> bool:
    if _AT_IN_WORDS.search(folded):
        folded = re.sub(r"\sat\s", "@", folded)
    return any(map(_is_somebodys, _MAILBOX.findall(_AT.sub("@", _DOT.sub(".", folded)))))


# Folded: what announces a number, and what says that figures are something else.
_CALL = re.compile(r"\b(?:tel[a-z]*|port(?:able)?|mobile|fixe|gsm|fax|phone|contact|t)[ .:/=-]{0,3}(?=[+(0-9])")
_ANNOUNCED = "\N{BLACK TELEPHONE} "
_IDENTIFIER = re.compile(
    r"\b(?:n[°o]s?|numeros?|isbn(?:-10)?|idref|viaf|ppn|aiot|s3ic|anfr|finess(?: e[tj])?|iris|site|lot|ref\w*|id"
    r"|fichier|code|base)[ .:]{0,2}$"
)
_LIST = re.compile(
    r"\b(?:departements?|dep(?:t?s)?|dpts?|ddt|dreal|regions?|academies?|zones?|sections?|feuilles?|lots?|version|echeances"
    r"|profondeurs|idcc|ede|nc|sh|hs|cp[acf]|taric|tarif\w*|naf|ape|nomenclature(?: [a-z]+)?|cadastrale)[ :]{0,2}$"
)
_UNIT = re.compile(r" ?(?:€|euros?\b|habitants|emplois|km|%)")
_NOT_A_CALL = re.compile(rf"\w|[/.]\w|-[^\W\d]|{_UNIT.pattern}")
_NUMBER = re.compile(r"(?<![\w.,/=+-])[+(]{0,2}[0-9o](?:[0-9()]|[ .·•*|;:,_/-]{1,3}(?=[0-9(]))*")
_BETWEEN_NUMBERS = re.compile(r" ?[/,;|] ?| - ")
_COUNTRY = re.compile(
    r"[+(]{0,2}(?:00)?[ (]?(?:3[1-69]|35[123]|37[67]|4[013-9]|7|1(?=\D{0,2}[2-9])|2(?:1[236]|2[1-9]|[34][0-9]|6[1-9])"
    r"|50[08]|59[0-9]|68[0-9])"
)
_GROUPINGS = frozenset(  # of the ten figures of a French number
    "22222 4222 433 2332 1333 13222 28 112222 1111111111 222211 1222222".split()
)


def _holds_number(folded: str) -> bool:
    text = _CALL.sub(_ANNOUNCED, folded)
    for found in _NUMBER.finditer(text):
        before, after = text[max(found.start() - 40, 0) : found.start()], text[found.end() : found.end() + 20]
        several = [run for run in _BETWEEN_NUMBERS.split(found[0]) if len(run) >= 10]
        if any(_is_number(run, before, after) for run in (found[0], *(several if len(several) > 1 else ()))):
            return True
    return False


def _is_number(run: str, before: str, after: str) -> bool:
    """Whether a run of figures and marks is somebody's telephone number, however it is grouped."""
    is_announced = before.endswith(_ANNOUNCED)
    groups = re.findall("[0-9]+", run.replace("o", "0"))
    figures = "".join(groups)
    sizes = "".join(str(len(group)) for group in groups)
    if run.startswith(("+", "(+")) or (figures.startswith("00") and (len(groups) > 1 or figures.startswith("0033"))):
        is_amount = len(figures) < 10 and set(sizes[1:]) == {"3"}
        is_far = bool(_COUNTRY.match(run)) and 9 <= len(figures.removeprefix("00")) <= 15
        return is_far and not is_amount and not _UNIT.match(after)
    if sizes == "212222" and groups[0] == "33":
        return True
    if len(figures) != 10 or not re.match("0[1-79]", figures) or _NOT_A_CALL.match(after):
        return False
    if is_announced or _LIST.search(before):
        return is_announced
    if len(groups) == 1:
        return not _IDENTIFIER.search(before)
    if sizes in ("2224", "244"):
        return not re.match("19|20", groups[-1])
    is_list = sizes == "22222" and groups == sorted(set(groups)) and (groups[-1] < "21" or _is_counting(groups))
    return sizes in _GROUPINGS and not is_list


def _is_counting(groups: list[str]) -> bool:
    return all(int(after) == int(before) + 1 for before, after in itertools.pairwise(groups))


def _holds_contact(text: str) -> bool:
    """Whether the (readable) text tells how to reach a person."""
    folded = fold(text)
    return _holds_mailbox(folded) or _holds_number(folded)


# --- all together ------------------------------------------------------------------------------------------------

_DAMAGES: tuple[tuple[str, Callable[[str], object]], ...] = (
    (FORMULA_ERROR, _FORMULA_ERRORS.fullmatch),
    (BIDI, re.compile(f"[{BIDI_CONTROLS}]").search),
    (REPLACEMENT, re.compile("\ufffd").search),
    (MOJIBAKE, _MOJIBAKE.search),
)

_PIECE, _OVERLAP = 600, 200  # characters


def content_fault(text: str) -> str:
    """The code of what makes this (cleaned) text unfit to be repeated anywhere, "" when nothing does."""
    for code, found in _DAMAGES:
        if found(text):
            return code
    readable = _readable(text)
    # By pieces that overlap: a cell may be long, and a search that starts anew at each letter must not be.
    pieces = [readable[at : at + _PIECE] for at in range(0, max(len(readable) - _OVERLAP, 1), _PIECE - _OVERLAP)]
    if any(map(_holds_secret, pieces)):
        return SECRET
    if any(map(_holds_contact, pieces)):
        return CONTACT
    return RESERVED if _RESERVED.search(text) else ""


# --- a whole column ----------------------------------------------------------------------------------------------

# A first look, at what none of the patterns above can do without: signs, figures, words.
_ODD_SIGN = re.compile(  # one set of characters: three times faster than alternatives
    r"[#%&@=!$<>\[{‚ªº¹²³¼½¾ßïÃÂÅ€\u0100-\u0151\u0154-\u200f\u2011\u2024-\u2025\u2027-\uffff\U00010000-\U0010ffff]"
)
_HARMLESS_SIGN = re.compile(r"(?<=.)#|%(?![0-9A-Fa-f]{2})|&(?![#A-Za-z])|!(?!~)|ï(?![¿»])|(?<!â)€", re.DOTALL)
_LONGEST_WORD = 18  # a longer one may be a token; « anticonstitutionnellement » is looked at closely
_MANY_FIGURES = re.compile(r"[0-9](?:[^A-Za-z0-9]*[0-9]){8}")
_ODD_PIECES = ("__", "--", "_live_", "_test_", " -p", " -P", " -u", " -U", "eyJ", "sig:")
_AT_IN_BRACKETS = re.compile(r"\( ?[aàâä] ?\)", re.IGNORECASE)
_IN_WORDS = bytes(  # of each sign of Western Europe: its letter, small and without accent, or a space
    ord(letter) if "a" <= (letter := unicodedata.normalize("NFD", chr(code).lower())[0]) <= "z" else ord(" ")
    for code in range(256)
)
_TELLING_WORDS = frozenset(
    "mdp pass passe passes pw psw sshpass requirepass cle cles clef clefs code codes wifi basic private auth"
    " hmac authorization cookie session sess sessid sessionid jsessionid phpsessid sid jwt ak sk app appid licence"
    " license p u id login ident identifiant identifiants user users username utilisateur compte acces sftp ftp"
    " connexion admin root guest machine arobase arobas at dot webhook hooks webhooks gocspx whsec ya".split()
)
_TELLING_PIECES = re.compile(  # of words too: « clientsecret »
    r"mdp|m ?d ?p |pass[wpcks]|de ?pass|ps?wd|secret|token|jeton|bearer|creds|credential|signature|key|xox|xapp"
    r"|clef? (?:(?:d |de l |pour l )?(?:api|acces)|secrete|privee)|clef?api"
)
_PLAIN_ADDRESS = re.compile(r"https?://[a-z0-9./-]*")
_TELLING_IN_AN_ADDRESS = (
    *("hook", "key", "token", "-at-", "glpat", "glptt", "gldt", "glrt", "glcbt", "gloas", "glsoat", "glffct", "glimt"),
    *("glagent", "arobas", "sshpass", "xox", "xapp", "sk-", "ya29", "hvs.", "hvb.", "1//0", "wxs.ign", "data.shom"),
)
_HEXADECIMAL = re.compile(r"[0-9a-f]{32}")


def content_faults(texts: Sequence[str]) -> list[str]:
    """content_fault of each text, several times faster: nearly every honest one needs but a look."""
    return ["" if _is_ordinary(text) else content_fault(text) for text in texts]


def _is_ordinary(text: str) -> bool:
    if _PLAIN_ADDRESS.fullmatch(text):
        return not (
            any(map(text.__contains__, _TELLING_IN_AN_ADDRESS))
            or _HEXADECIMAL.search(text)
            or (_MANY_FIGURES.search(text) and _CALL.search(text))
        )
    if (
        (_ODD_SIGN.search(text) and _ODD_SIGN.search(_HARMLESS_SIGN.sub("", text)))
        or len(max(text.split(), key=len, default="")) > _LONGEST_WORD
        or _MANY_FIGURES.search(text)
        or text.endswith(("...", "…"))
        or any(map(text.__contains__, _ODD_PIECES))
        or _AT_IN_BRACKETS.search(text)
    ):
        return False
    words = text.encode("latin-1", "replace").translate(_IN_WORDS).decode("ascii")
    return _TELLING_WORDS.isdisjoint(words.split()) and not _TELLING_PIECES.search(words + " ")


def echo(text: str) -> str:
    """Any text as a message may repeat it: cleaned, shortened, "" when it is unfit to be repeated."""
    text = clean(text)
    return "" if content_fault(text) else shorten(text)
