"""What a cell must not hold: errors of formulas, damaged or deceptive text, secrets, people's contact details.

A secret cannot be told from a word with certainty. Named patterns decide: how keys and tokens begin, what people write
around a password, letters that no language puts together. In doubt a row waits for its author rather than a password
goes online; words that only speak of passwords go through. `first_fault` names the pattern that refused a text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from functools import cache
from urllib.parse import unquote

from job.text import BIDI_CONTROLS, clean, fold, in_latin_letters, shorten

TOO_LONG = "trop-long-pour-etre-lu"
FORMULA_ERROR = "erreur-de-formule"
REPLACEMENT = "caractere-de-remplacement"
MOJIBAKE = "accents-abimes"
BIDI = "sens-d-ecriture"
SECRET = "secret"
CONTACT = "coordonnees-personnelles"
RESERVED = "mot-reserve-au-site"
LOOK_ALIKE = "lettres-trompeuses"  # said of a closed list's cell only: a name may be Greek

# Code → what is wrong, and what to do.
FAULTS = {
    TOO_LONG: ("ce texte est bien trop long.", "Raccourcissez-le."),
    FORMULA_ERROR: (
        "la formule de cette cellule donne une erreur.",
        "Corrigez la formule, ou tapez la valeur à sa place.",
    ),
    REPLACEMENT: ("des caractères ont été perdus dans cette cellule (« \ufffd »).", "Retapez le texte."),
    MOJIBAKE: ("les accents de cette cellule sont abîmés.", "Retapez le texte, ou recopiez-le depuis sa source."),
    BIDI: (
        "cette cellule contient des caractères invisibles qui inversent le sens du texte.",
        "Retapez le texte à la main.",
    ),
    SECRET: (
        "cette cellule semble contenir un mot de passe, une clé ou un jeton ; elle n'est reprise nulle part.",
        "Effacez-le, y compris de l'historique du tableau, tapez la bonne valeur, et faites révoquer ce secret.",
    ),
    CONTACT: (
        "cette cellule contient les coordonnées d'une personne ; elle n'est reprise nulle part.",
        "Retirez ces coordonnées, et gardez le reste.",
    ),
    RESERVED: (
        "cette cellule contient un mot que le site réserve à son fonctionnement (« __VITE_… », par exemple).",
        "Écrivez ce mot autrement.",
    ),
    LOOK_ALIKE: (
        "cette cellule contient des lettres d'un autre alphabet qui imitent les nôtres.",
        "Retapez la valeur à la main.",
    ),
}

MOST_CHARACTERS = 5_000  # an honest cell is far shorter, and a search through a longer one takes too long


@cache  # the same labels and addresses come back in many rows
def content_fault(text: str) -> str:
    """The code of what makes this (cleaned) text unfit to be repeated anywhere, "" when nothing does."""
    return first_fault(text)[0]


def echo(text: str) -> str:
    """Any text as a message may repeat it: cleaned, shortened, "" when it is unfit to be repeated."""
    text = clean(text)
    return "" if content_fault(text) else shorten(text)


def first_fault(text: str) -> tuple[str, str]:
    """The code of what makes this text unfit, and the name of the pattern that says so; twice "" when it is fit."""
    if len(text) > MOST_CHARACTERS:
        return TOO_LONG, TOO_LONG
    if plain := _PLAIN.fullmatch(text):
        lower = text.lower() if text.isascii() else fold(text)
        may_call = _NINE_FIGURES.search(lower) and (not plain["address"] or _CALL.search(lower))
        if not may_call and not (_TELLING_IN_ADDRESS if plain["address"] else _TELLING).search(lower):
            return "", ""
    readable = _readable(text)
    if name := _secret(text, readable):  # first: whoever typed it has to revoke it, whatever else is wrong
        return SECRET, name
    if name := _contact(fold(readable)):
        return CONTACT, name
    code = _damage(text)
    return code, code


# The prefilter, for speed: most cells need no more. A plain text is an address, or words of French letters, and no
# piece of it is as long as a key (20 characters). Without a telling word or nine figures no pattern can be in it.
_PLAIN = re.compile(
    r"(?P<address>https?://(?:[A-Za-z0-9]{0,19}(?:[._/-]|$))*)"
    r"|(?:[A-Za-z0-9ÀÇÈÉÊËÎÏÔÙÛÜŒàâäçèéêëîïôöùûüÿœ,;:.'’()/«»°–-]{1,19}(?: |$))*"
)
_TELLING = re.compile(
    r"m[ .-]?d[ .-]?p|p(?:[a@][s$]{2}(?!ag)|s{0,2}w)|token|jeton|s(?:ecret|ignature|ess|id\b)|bearer|key|login|root"
    r"|c(?:red|le(?!s)|ookie|ompte|onne(?:xion|cte)|ode (?:d|conf|pin|otp|part|w))|digic|a(?:uthori|cces|dmin ?[/:])"
    r"|u(?:ser|tilis)|guest|ident|ftp|curl|\.\.\.|hook|a(?:robas|iza|t(?<=[ (_-]at)[ )_-])|glpat|\( ?a ?\)"
)
_TELLING_IN_ADDRESS = re.compile(r"token|key|hook|arobas|at(?<=[_-]at)[_-]|__v")  # what else tells needs other signs
_NINE_FIGURES = re.compile(r"[0-9](?:[^a-z0-9]*[0-9]){8}")


def _first_of(patterns: dict[str, str]) -> Callable[[str], str]:
    """A search: a text → the name of the first of these patterns that is in it, "" when none is."""
    compiled = {name: re.compile(pattern) for name, pattern in patterns.items()}
    return lambda text: next((name for name, pattern in compiled.items() if pattern.search(text)), "")


_damage = _first_of(
    {
        # In whatever language: #REF!, #DIV/0!, #NOM?, #CHAMP!…
        FORMULA_ERROR: r"(?i)^(?:#N/A|#[\w/]{2,20}[!?]|#GETTING_DATA|#{3,}"
        r"|(?:Loading|Chargement(?: en cours)?) ?(?:\.{3}|…))$",
        BIDI: f"[{BIDI_CONTROLS}]",
        REPLACEMENT: "\ufffd",
        # UTF-8 read as Windows-1252: « é » becomes « Ã© », « ’ » becomes « â€™ »; as Mac Roman: « √© » and « ‚Äô ».
        MOJIBAKE: r"Ã(?:[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸ ]|$)|\bÃ|Â(?:[¡-¿ ]|$)|â€|Å“|ï¿½|ï»¿|√[©®™†ß¥´ªâÄ]|‚Ä",
        # Vite, VitePress and Rollup replace these in the compiled page, where no escaping reaches.
        RESERVED: r"__(?:VITE|VP)_|!~\{[\w$]+\}~",
    }
)


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
# The parts of the patterns. Every repetition has a limit, so that a search takes time in proportion to the text.

_NO_SECRET = (  # what people write in the place of a secret, or of: « mot de passe : aucun », « jetons : étude »
    r"(?!(?:aucune?|non?|sans|none|neant|n/a|null|vide|oui|yes|true|false|public|obligatoire|inutile|libre|individuel"
    r"|personnel|compte|(?:demand|reserv)e[erz]?|voir|cf|see|apres|aupres|avec|chez|dans|des|les|lors|meme|par|pas|plus"
    r"|pour|selon|sur|une|via|guide|politique|bonne|norme|notice|nouvelle|maison|personne|etude|enquete|recherche|usage"
    r"|bilan|liste|fonds|mouvement|plan|methode|regle|mesure|indicateur|nombre)s?\b|facultati|optionnel|gratuit|requi"
    r"|necessaire|oubli|inconnu|recommand|documentation|statisti|expir|supprim|confidentiel|inscri|oauth|your|votre"
    r"|<|\$?\{|[*•]{3}|\.{3}|x{3}"
    r"|\w{2,11}[eisu] (?:par|apres|aupres|separement|sur demande)\b)"  # « communiqué sur demande »
)
_IS = r"[\"'*`)\]\\]{0,4}\s?(?:[:=>|→]|->)[:=>-]{0,3}\s?[\"'*`(\[«]{0,4}\s?"
_A_PASSWORD = r"(?=\S{0,60}[a-z])(?=\S{0,60}[0-9!@#$%*?+^~])(?!\S{0,60}://)\S{4}"
_ODD_PASSWORD = r"(?=\w{1,40}[!#$^~])(?=\S{0,40}[0-9])(?=\S{0,40}[a-z])[\w!#$%^~*?@+-]{6,60}(?![^\s,;.)»\]\"'])"
# Letters and figures change three times: « 8f3a9c2e », and not « FR123A4 », « 75101_8909_00012_bis ».
_A_KEY = r"(?=(?:[\w/+-]{0,40}?(?:[0-9]-?[a-z]|[a-z]-?[0-9])){3})[\w/+-]{7}"
_A_LONG_KEY = r"(?![a-z/+-]{1,40}20[0-9]{2}\b)(?=[a-z/+-]{0,40}[0-9])(?=[0-9]{0,40}[a-z])[a-z0-9/+-]{10}"
_ONE_WORD = rf"{_NO_SECRET}[^\s,;)»\"'&]{{4,80}}(?=[,;)»\"'.]{{0,3}}(?:\s*$|[,;)»\"']))"
_PASSWORD = (
    r"(?<![^\W_])(?:m[ .-]?d[ .-]?p\b\.?|mdp(?=[0-9_])|mot[ _-]?de[ _-]?passs?e|p[a@][s$]{2}[ _-]?w[o0]rde?|pa?s{0,2}wd"
    r"|psw\b|passphrase|phrase (?:de passe|secrete)|pass ?code|passkey)\w{0,20}"
)
_ACCESS = r"\b(?:ident(?:ifiants?)?|compte|acces|s?ftp|connexion|connecte[rz])\b"
_WHOSE = "(?:api|app|access|account|auth|client|secret|private|consumer|subscription|licen[sc]e|signing|encryption)"
_KEY = (
    rf"(?:secret|token|jeton|bearer|creds|credentials|(?:{_WHOSE}|master)[ ._-]?key"
    r"|clef?[ _-](?:(?:d'|de l'|pour l')?(?:api|acces)|secrete|privee))(?:[._-][\w.-]{0,40})?"
)
_NO_VERSION = r"(?!v[0-9]|[0-9]+\.[0-9]|(?:main|master|latest)\b)"  # « etalab/schema@2.3.1 », « …@main »
_VALUE = r"[\"'\[\])+]{0,3}[=:][\"']?"  # behind the name of a parameter
_BOTH = r"(?=[^&#\s]{0,40}[a-z])(?=[^&#\s]{0,40}[0-9])"
_SECRET_NAME = (
    r"(?:token|jeton|secret|passw(?:or)?d|pwd|passphrase|mot[_-]?de[_-]?passe|credentials?|signature|_auth|[._-]pass"
    r"|(?<![a-z])(?:mdp|jwt|jsessionid|phpsess(?:ion)?id|pswd|otp|userpass)|mdp_\w{1,20}"
    rf"|(?:{_WHOSE}|map|master|user)[._-]?(?:key|cl[eé]f?)(?:_?id|_\w{{1,20}})?"
    r"|cl[eé]f?[_-]?api|(?:auth|access)[._-]?code)"
)

_written = _first_of(  # in the readable text
    {
        # It says by its first letters whose it is.
        "key of a service": r"(?<![A-Za-z0-9])(?:"
        r"gh[pousr]_\w{20}|github_pat_\w{20}|gl(?:pat|dt)-[\w-]{16}"  # GitHub, GitLab
        r"|A[KS]IA(?=[A-Z]*[0-9])[0-9A-Z]{16}(?![0-9A-Z])|AAP[KT](?=\w{0,20}[0-9])[\w-]{17}"  # Amazon, ArcGIS
        r"|AIza[\w-]{30}|ya29\.[\w-]{20}|GOCSPX-[\w-]{20}"  # Google
        r"|sk-(?:(?:proj|ant)-[\w-]{16}|(?=[a-z]{0,20}[A-Z0-9])[A-Za-z0-9]{20})|hf_(?=[a-z]{0,20}[A-Z0-9])\w{28}"  # AI
        r"|xox[a-z]-(?=[\w-]{0,20}[0-9])[\w-]{20}|[prs]k_(?:live|test)_\w{12}"  # Slack, Stripe
        r"|eyJ[A-Za-z0-9_-]{10,300}\.[\w-]{4})",  # JSON Web Token, Mapbox
        "private key": r"(?i)begin[a-z0-9 -]{0,20}private[ -]key|putty-user-key",
        # Whoever has the address needs no other key.
        "address that is a key": r"(?i)hooks\.slack\.com/\w|discord\.com/api/webhooks/[0-9]"
        r"|(?:wxs\.ign|data\.shom)\.fr/(?=[a-z]{0,23}[0-9])[a-z0-9]{24}"
        r"|/(?:api[_-]?key|token|key)/(?=[\w-]{0,40}[0-9][a-z]{1,9}[0-9])[\w-]{12}",
        # As programs write them; « contact:hvd75@… » is a mailbox, « …@3a7bd3e » a commit.
        "//login:password@host": r"//[^\s/@:]{0,60}:[^\s/@]{1,100}@|://[\w-]{20,100}@",
        "login:password@host": r"(?<![\w.-])(?!(?i:(?:e-?)?mail|mailto|courriel|mel|contact|service|adresse)s?:)"
        r"[\w.-]{2,40}:(?=[^\s@/]{0,60}[0-9!#$%*?])[^\s@/]{4,100}@[\w-]{1,60}\.",
        "login/password@database": rf"(?<![\w./@-])[A-Za-z]\w{{1,29}}/[^\s/@:]{{3,30}}@(?![0-9a-f]{{7}}){_NO_VERSION}"
        r"(?:[A-Za-z]\w{1,30}(?![\w.@-])|[\w.-]{1,60}:[0-9])",
        "curl -u login:password": r"\s(?:-u|--user)[ =]?[\"']?[\w.-]{1,40}:\S",
        # In settings as in an address; « secret = 1 » in a sentence is no setting.
        "parameter named as a secret": rf"(?i)([?&;#/])?{_SECRET_NAME}(?(1) ?){_VALUE}{_NO_SECRET}[^?&;#\s\"'<>]{{2}}",
        # Only in an address, and of letters and figures: « ?key=amenity » is an attribute, « ?sid=2023 » a year.
        "signed address": rf"(?i)[?&;#/](?:sig|auth(?:orization)?|hmac) ?{_VALUE}(?=[^&\s]{{0,90}}[0-9])\S{{3}}",
        "session in an address": rf"(?i)[?&;#/](?:sess(?:ion)?_?id|sid) ?{_VALUE}(?![0-9]+(?:[^\w%.+-]|$))[^&\s]{{3}}",
        "key in an address": r"(?i)[?&;#/](?:(?:[a-z]{1,20}_)?key|cl[eé]f?|sess(?:ion)?|appid|app_code|ak|sk|pass|pw)"
        rf"{_VALUE}(?![a-z]{{1,40}}20[0-9]{{2}}\b){_BOTH}[a-z0-9]{{7}}",
        "user=…&p=…": rf"(?i)[?&;](?:u|use?r|username|login)=[^&#\s]{{1,60}}&p(?:w|ass)?{_VALUE}{_BOTH}[^&#\s]{{4}}",
    }
)

_said = _first_of(  # in what people say: folded, and without its web addresses
    {
        # Behind a sign anything is the password; without one, only what looks like a password.
        "password : …": rf"{_PASSWORD}(?: [^\s:=]{{1,40}}){{0,5}}?{_IS}{_NO_SECRET}[^\s&]{{3}}",
        # Not « Registre des projets MDP 2008 »: a sign stands before it.
        "(mdp …": rf"[\[(,;:/|-] ?mdp \(?{_NO_SECRET}[^\s()\],;]{{2,80}}(?:[)\],;]|$)|(?:^|[\[(,;:/|-] ?)mdp [\"«]",
        "password …": rf"(?:mots[ _-]de[ _-]passe|{_PASSWORD})\W(?:\S{{1,40}} ){{0,6}}?"
        rf"(?!\W{{0,3}}(?:v[0-9]|fido|iso|rfc|nist|[0-9]?fa\b))\W{{0,3}}{_A_PASSWORD}",  # « mots de passe : ISO 27001 »
        "pass : …": rf"\b(?:(?:\w{{1,20}}[_-])?(?:passe?|pw){_IS}"
        rf"|(?:login|user|identifiant|utilisateur)\b.{{1,40}}\b(?:passe?|pw)\b\W{{0,3}}){_A_PASSWORD}",
        # The same for keys: « jeton de présence » is none, « jeton : azertyuiop » is.
        "key : …": rf"{_KEY}(?:\W{{0,2}}(?:d'|de l')?(?:acces|api|auth\w*|partagee?|client))?(?:{_IS}{_ONE_WORD}"
        rf"|(?:(?<!secret)(?<!token)(?<!jeton)(?: [^\s:=]{{1,20}}){{1,2}})?{_IS}{_NO_SECRET}{_A_PASSWORD})",
        "key …": rf"{_KEY}s?\W{{1,3}}(?:\S{{1,40}} ){{0,2}}?(?:{_A_KEY}|{_A_LONG_KEY})",
        # « clé primaire : id_parcelle » opens nothing: letters and figures must stand in turn.
        "clé … : …": rf"(?<![^\W_])(?:clef?|key|token|jeton|cookie|session|sid)\b[^:=]{{0,40}}{_IS}"
        rf"(?:[a-z_]{{1,20}}=)?{_A_KEY}",
        "clé …": rf"\bclef? (?:\S{{1,40}} ){{0,3}}?(?=[a-z0-9]{{16}}){_A_KEY}",
        # « code d'accès 2024 » is a year.
        "code d'accès …": r"\b(?:digicode|code (?:d'(?:acces|entree)|secret|confidentiel|pin|otp|(?:d[eu] )?partage"
        rf"|wifi))\b(?:(?: [^\s:=]{{1,40}}){{0,3}}?{_IS}|\s)(?!(?:19|20)[0-9]{{2}}\b)(?=\S{{0,60}}[0-9])\S{{4}}",
        "code wifi : …": rf"\b(?:code|clef?) (?:wi-?fi|wpa2?|wep){_IS}{_NO_SECRET}\S",
        "authorization: …": r"\bauthorization:\S|\bbearer[:=\s]{1,3}[\"']?(?=\S{0,60}[0-9])[\w.~+/=-]{6}",
        "login : … / …": r"\b(?:login|user|username|utilisateur|credentials|creds)\b"
        rf"[^/:=]{{0,20}}[:=( ]{{1,3}}[\w.@-]{{1,40}} ?[/:;,|-] ?(?!@|v[0-9]){_A_PASSWORD}",  # not « X : @etalab »
        "admin / …": rf"\b(?:admin|root|guest|user) ?[/:] ?(?:admin|root|geoserver|{_A_PASSWORD})",
        # These words mean much else: the password must look like one, or begin with the login.
        "accès … Pass#2024": rf"{_ACCESS}.{{0,60}}?[\s:/(]{_ODD_PASSWORD}",
        "accès : hvd / hvd2024": rf"{_ACCESS}[^/:=]{{0,20}}[:=( ]{{1,3}}(\w{{3,40}})[ /:;,|(-]{{1,3}}\1[0-9]+(?!\.?\w)",
    }
)
_WEB_ADDRESS = re.compile(  # « www.exemple.fr », too
    r"(?i)(?:https?://|(?<![\w@.-])[\w.-]{1,60}\.(?:com|eu|fr|net|org)(?=[/?#]|[.,)\]]?(?:\s|$)))[^\s\"'<>|]*"
)
_OF_FOUR_KINDS = re.compile(  # as rules for passwords ask; not « Feuil1!A1 », « Scan25@EPSG:3857 »
    r"(?<!\S)(?=\S{8})(?=\S{0,60}[a-z])(?=\S{0,60}[A-Z])(?=\S{0,60}[0-9])"
    r"\S{0,60}(?:!(?!\$?[A-Z])|@(?=[0-9]|ss)(?![0-9a-f]{7}|[0-9]+[ck]?m\b|\S{0,60}[.:]))"
)


def _secret(text: str, readable: str) -> str:
    """The name of the pattern by which the text gives a secret away, "" when none does."""
    said = fold(_WEB_ADDRESS.sub(" ", readable))
    if name := _written(readable) or (_TELLING.search(said) and _said(said)):
        return name
    words = _readable(_WEB_ADDRESS.sub(" ", text))  # in this order: a decoded address ends at its first space
    is_no_word = _OF_FOUR_KINDS.search(words) or any(map(_looks_drawn, re.findall("[A-Za-z0-9+/]{20,}", words)))
    return "signs that no word has" if is_no_word else ""


def _looks_drawn(run: str) -> bool:
    """Whether letters and figures follow each other as in no word, but as a machine draws them."""
    changes = len(re.findall("[A-Z]?[a-z]+|[A-Z]+|[0-9]+", run)) / len(run)  # « AtlasDesPaysages2024 »: 4 / 20
    if run.upper() != run != run.lower():
        return changes >= 0.35
    return len(run) >= 32 and changes >= 0.2 and not re.fullmatch("[0-9a-f]+|[0-9A-Z+/]+", run)  # not a fingerprint


# --- people's contact details ------------------------------------------------------------------------------------

# Who is behind an e-mail address: « prenom.nom@… » is a person; « contact@… », « open-data@… » is a service. A word
# alone (« hydro@… ») may be either, and goes through unless a private person's provider follows.
_OF_A_SERVICE = re.compile(
    r"(?:accueil|actualites|administration|agence|api|archives|ars|assistance|banque|base|bibliotheque|boite|bureau"
    r"|cadastre|cartes?|cellule|centre|commune|communication|conservation|contact|d[a-z]{0,2}t|dd[a-z]{2,5}"
    r"|data(?:set)?|demarches|departement|dga?[a-z]{2,3}|diffusion|direction|documentation|donnees|dr[a-z]{2,3}"
    r"|equipe|etalab|foncier|geo(?:data|portail|services?|plateforme)?|guichet|infos?|inspire|laboratoire|licences?"
    r"|mairie|marches|mission|ne|no|noreply|observatoire|open|opendata|pan|pole|point|portail|pref(?:ecture)?|presse"
    r"|projet|qualite|registre|reseau|secretariat|services?|sg|sig|standard|statistiques?|support|unite"
    r"|webmaster)[0-9]*"
)
_OF_NO_SURNAME = re.compile(
    r"api|communication|contact|data|diffusion|documentation|donnees|infos?|inspire|opendata|sig|statistiques?|support"
)
_PRIVATE_PROVIDER = re.compile(
    r"(?:g(?:oogle)?mail|outlook|hotmail|live|msn|ymail|yahoo|orange|wanadoo|free|laposte|sfr|icloud|me|mac|aol|gmx"
    r"|proton(?:mail)?|tuta(?:nota)?|bbox|numericable|neuf|club-internet|aliceadsl|mailo|zoho)\.[a-z]"
)
_AT = re.compile(  # however it is hidden from robots
    r"\s?[\[({<]\s?(?:at|a|arobase?|@)\s?[\])}>]\s?|\s?\barobase?\b\s?|(?<=[a-z])[ _-]at[ _-](?=[\w-]{1,60}\.)"
    r"|\s?(?<!@)@+\s?(?=[\w-]{1,60}(?:\.[\w-]{1,60})+)"
)
_DOT = re.compile(r"\s?[\[({<]\s?(?:dot|point|\.)\s?[\])}>]\s?|\s(?:dot|point|\.)\s")
_MAILBOX = re.compile(
    rf"(?:(\"[^\"]{{1,60}}\")|(?<![\w.+'-])(?<!//)([\w.+'-]{{1,64}}))@{_NO_VERSION}"
    r"([^\W_][^\W_-]*(?:-[^\W_]+)*(?:\.[\w-]+)*(?!_)|\[)"
)


def _is_somebodys(mailbox: tuple[str, str, str]) -> bool:
    quoted, local, domain = mailbox
    words = [word for word in re.split("[._-]+", local.partition("+")[0]) if re.search(r"[^\W\d]", word)]
    if not words:
        return bool(quoted)
    is_private = bool(_PRIVATE_PROVIDER.match(domain))
    begins_as_a_service = _OF_A_SERVICE.fullmatch(words[0]) and not (is_private and len(words) > 2)
    ends_as_one = len(words) == 2 and _OF_NO_SURNAME.fullmatch(words[1])
    return not (begins_as_a_service or ends_as_one) and (len(words) > 1 or is_private)


# Folded: what announces a telephone number, and what says that figures are something else.
_CALL = re.compile(r"\b(?:tel[a-z]*|port(?:able)?|mobile|fixe|gsm|fax|phone|contact|t)[ .:/=-]{0,3}(?=[+(0-9])")
_ANNOUNCED = "\N{BLACK TELEPHONE} "
_IDENTIFIER = re.compile(
    r"\b(n[°o]s?|numeros?|isbn(-10)?|idref|viaf|ppn|finess( e.)?|iris|site|lot|ref\w*|id|fichier|code|base)[ .:]{0,2}$"
)
_LIST = re.compile(  # what everybody may call is nobody's either: « Accueil de l'IGN : 01 … », not « Accueil : 06 … »
    r"\b(?:(?:departements?|dep(?:t?s)?|dpts?|ddt|dreal|regions?|academies?|zones?|sections?|feuilles?|lots?|version|nc"
    r"|sh|hs|cp[acf]|tari[cf]\w*|naf|ape|nomenclature(?: [a-z]+)?|cadastrale)[ .:]{0,2}[0-9]{2}"
    r"|(?:standard|accueil)(?: d.{1,30})?[ .:]{0,2}0[1-59])$"
)
_UNIT = re.compile(r" ?(?:€|euros?\b|habitants|emplois|km|%)")
_NUMBER = re.compile(r"(?<![\w.,/=+-])[+(]{0,2}[0-9o](?:[0-9)]|\((?=[0-9])|[ .·•*|;:,_/-]{1,3}(?=\(?[0-9]))*")
_APART = re.compile(  # « 06 12 34 56 78 / 79 », « … (24 h) »; and, one below the other, « 312 06 12 34 56 78 »
    r" ?[/,;|:] ?| - | \((?!0\))"
    r"|(?:(?<=[0-9]{3})|(?<=0[0-9](?:[ .-][0-9]{2}){4})) (?=0[1-79](?:[ .-]?[0-9]{2}){4}(?!.?[0-9]))"
)
_COUNTRY = r"(?:3[1-9]|4[013-9]|7|1(?=\D{0,2}[2-9])|2[1-6][0-9]|(?:50|59|68)[0-9])"
_ABROAD = re.compile(rf"\({{0,2}}(?:\+{{1,2}} ?\(?{_COUNTRY}|00 ?(?:33|{_COUNTRY}[0-9]*[^0-9,;]))")
_GROUPINGS = "22222 4222 2224 244 433 2332 1333 13222 28 112222 1111111111 222211".split()  # of ten figures


def _contact(folded: str) -> str:
    """The name of what tells how to reach a person, "" when nothing does."""
    if any(map(_is_somebodys, _MAILBOX.findall(_AT.sub("@", _DOT.sub(".", folded))))):
        return "e-mail of a person"
    text = _CALL.sub(_ANNOUNCED, folded)
    for found in _NUMBER.finditer(text):
        before, after = text[max(found.start() - 40, 0) : found.start()], text[found.end() : found.end() + 20]
        *others, last = _APART.split(found[0])
        runs = [(found[0], after), (last, after), *((run, "") for run in others)]
        if any(_is_number(run, before, behind) for run, behind in runs):
            return "telephone"
    return ""


def _is_number(run: str, before: str, after: str) -> bool:
    """Whether a run of figures and marks is somebody's telephone number, however it is grouped."""
    groups = re.findall("[0-9]+", run.replace("o", "0"))
    figures = "".join(groups)
    sizes = "".join(str(len(group)) for group in groups)
    if _ABROAD.match(run) or (sizes == "212222" and groups[0] == "33"):
        is_amount = len(figures) < 10 and set(sizes[1:]) == {"3"}
        return 9 <= len(figures.removeprefix("00")) <= 15 and not (is_amount or _UNIT.match(after))
    if not re.fullmatch("0[1-79][0-9]{8}", figures) or re.match(r"\w|[/.]\w|-[^\W\d]", after):
        return False
    is_listed = _LIST.search(before + figures[:2])
    return before.endswith(_ANNOUNCED) or (not is_listed and _is_grouped_as_one(groups, sizes, before))


def _is_grouped_as_one(groups: list[str], sizes: str, before: str) -> bool:
    """Whether ten figures stand together as people write a telephone number; `sizes`: « 22222 »."""
    if len(groups) == 1:
        return not _IDENTIFIER.search(before)
    is_list = sizes == "22222" and groups == sorted(set(groups)) and groups[-1] < "21"  # of departments
    return sizes in _GROUPINGS and not (is_list or re.fullmatch("(?:19|20)..", groups[-1]))  # a year
