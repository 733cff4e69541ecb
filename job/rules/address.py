"""A typed address → the absolute http(s) address of a public host that we may link to, or why it is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qs, quote, urlsplit, urlunsplit

from job.content import CONTACT, SECRET, content_fault

if TYPE_CHECKING:
    from job.config import Config


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an address is not published."""

    code: str
    problem: str
    remedy: str
    may_be_repeated: bool = True
    suggestion: str = ""  # the address to type instead


_INVALID = "adresse-invalide"
_COPY_IT = "Copiez l'adresse complète depuis la barre du navigateur, « https:// » compris."
_RETYPE = "Retapez l'adresse à la main, ou copiez-la depuis le navigateur."
_PUBLIC_ONLY = "Indiquez une adresse que tout le monde peut ouvrir."
# Content fault → why an address that holds it is refused.
CONFIDENTIAL = {
    CONTACT: Refusal(
        CONTACT,
        "cette adresse contient des coordonnées personnelles ; elle n'est pas reprise ici.",
        "Indiquez l'adresse de sa page.",
        may_be_repeated=False,
    ),
    SECRET: Refusal(
        "identifiants-dans-l-adresse",
        "cette adresse contient une clé, un jeton ou un mot de passe ; elle n'est pas reprise ici.",
        "Indiquez une adresse qui n'en contient pas, et faites révoquer cette clé ou ce mot de passe.",
        may_be_repeated=False,
    ),
}
_WITH_A_LOGIN = Refusal(
    "identifiants-dans-l-adresse",
    "cette adresse contient un identifiant avant « @ » ; elle n'est pas reprise ici.",
    "Retirez l'identifiant et, si c'était un mot de passe, changez-le.",
    may_be_repeated=False,
)

_WEB = re.compile(r"https?://", re.IGNORECASE)
_TWICE = re.compile(r"(?:https?:/*)+(https?://)", re.IGNORECASE)
# « voir https://… », « https://… (nouveau) ». Any other space may belong to the address.
_AMONG_WORDS = re.compile(
    r".* (?:[«(<] ?)?(https?://[\w-]+\.\S+(?: »)?)|(https?://[\w-]+\.\S+) [(\[–—-].*", re.IGNORECASE
)
_WITHIN = re.compile(r"https?://.*?(?=__;|$)", re.IGNORECASE)  # what a redirector's path may hold
# What a text begins with when it is not one web address → what to say. The first that fits.
_NOT_ONE = {
    "=": Refusal("adresse-formule", "c'est le texte d'une formule, pas une adresse.", _COPY_IT),
    r"(?:.* )?https?://\S*(?: .*|[,;|])https?://": Refusal(
        "adresses-multiples",
        "cette cellule contient plusieurs adresses.",
        "Gardez une seule adresse, ou faites-en deux lignes.",
    ),
    r"(?:mailto:)?[^\s@:/]+@[\w.-]+$": Refusal(
        _INVALID, "c'est une adresse de messagerie, pas une page web.", "Indiquez l'adresse de sa page."
    ),
    r"(?!https?:)[a-z][a-z0-9+.-]*:": Refusal(
        "adresse-interdite", "seules les adresses « https:// » ou « http:// » sont publiées.", _COPY_IT
    ),
    r"(?!https?://)": Refusal(_INVALID, "ce n'est pas une adresse web.", _COPY_IT),
    r'.*[\s\\<>"]': Refusal(
        _INVALID, "cette adresse contient une espace ou un signe qui n'y a pas sa place.", _COPY_IT
    ),
}
_NOT_ONE_WEB_ADDRESS = [(re.compile(pattern, re.IGNORECASE), refusal) for pattern, refusal in _NOT_ONE.items()]
# An address, as far as one can tell, or nothing but words (« Lien », « voir la page »).
_HARMLESS = re.compile(r"[a-z]+://|[\w-]+(?:\.[\w-]+)+(?:[/?#:]|$)|[^\W\d_]+(?:[ '’][^\W\d_]+)*$", re.IGNORECASE)
_BARE_DOMAIN = re.compile(r"(?:www\.)?[\w-]+(?:\.[\w-]+)*\.([a-z]{2,24})(?::[0-9]+)?(?:[/?#].*)?", re.IGNORECASE)
# Where what is typed without « https:// » is a site, and not a file (« jeu.geojson ») or the half of a name.
_ENDINGS = frozenset(
    "alsace be bzh ch com corsica de es eu fr gf gp int io it lu mq nc net org paris pf pm re tf wf yt".split()
)
_CUT = re.compile(r"(?:https?:|www\.)\S*(?:…|\.\.\.$)", re.IGNORECASE)
_IS_CUT = Refusal(_INVALID, "cette adresse est coupée.", _COPY_IT)
_SLIP = re.compile(r"(?!https?://)h?t+ps?[:;/\\]{1,4}(?=[\w-]+\.\w)", re.IGNORECASE)  # « https//www… », « ttps://… »
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")  # RFC 1035
# Names that are never on the public Internet (RFC 2606, 6761, 6762, 7686, 8375, 9476, and office custom).
_NEVER_PUBLIC = frozenset(
    "localhost local localdomain internal intranet intra lan corp home private test example invalid onion alt"
    " arpa".split()
)
_USUAL = re.compile(r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)+)(/(?:[\w/.-]*[\w/-])?)?", re.ASCII)
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_KEPT = "%/:?=&+,;!$'@~-._"  # what may stand in a path or query; parentheses would end a Markdown link


def public_address(typed: str, config: Config) -> str | Refusal:
    """The address as published (lower-case scheme and host, IDNA host, the rest percent-encoded), or why it is refused.

    Expects cleaned text. Idempotent.
    """
    if _is_usual(typed, config):
        return typed
    address = repaired(typed)
    found = _IS_CUT if _CUT.match(typed) else _checked(address, config)
    if isinstance(found, Refusal) and content_fault(typed):
        return replace(found, may_be_repeated=False)
    return found


def _is_usual(typed: str, config: Config) -> bool:
    """Whether it is published as it is typed, as nearly every address: for speed, nothing below finds otherwise."""
    found = _USUAL.fullmatch(typed)
    if not found or len(typed) > config.limits.address or content_fault(typed):
        return False
    host, path = found.groups("/")
    is_public = _public_host(host, config.addresses.internal) == host
    return is_public and not config.addresses.unusable_entry(host, path)


def repaired(typed: str) -> str:
    """The address without the punctuation of a sentence around it, and with the « https:// » that a domain lacks."""
    address = typed.rstrip(" ,;.»\"'>").lstrip(" «\"'<([")
    for opening, closing in ("()", "[]"):
        while address.endswith(closing) and address.count(closing) > address.count(opening):
            address = address[:-1].rstrip(" ,;.")
    domain = _BARE_DOMAIN.fullmatch(address)
    says_web = address.lower().startswith("www.") or (domain and domain[1].lower() in _ENDINGS)
    return f"https://{address}" if domain and says_web and "@" not in address else address or typed


def looks_like_an_address(text: str) -> bool:
    """Whether the whole text is a web address, rather than a name (« transport.data.gouv.fr » is one)."""
    if " " in text:
        return False
    return bool(_WEB.match(text)) or (repaired(text) != text and bool(re.match(r"www\.|[\w.-]+\.\w+/", text)))


def _checked(typed: str, config: Config) -> str | Refusal:
    parts = _parsed(typed, config)
    if isinstance(parts, Refusal):
        return parts
    host = _public_host(parts.hostname or "", config.addresses.internal)
    if isinstance(host, Refusal):
        return host
    unusable = _unusable(host, parts, config)
    if unusable and unusable.suggestion:  # a mail filter carries somebody's address, and a key
        return unusable
    address = _normal_form(parts, host)
    return CONFIDENTIAL.get(content_fault(typed)) or unusable or _too_long(address, config) or address


def _parsed(typed: str, config: Config) -> SplitResult | Refusal:
    refusal = _too_long(typed, config) or _not_one_web_address(typed, config)
    if refusal:
        # What does not even look like an address may be anything, and is better not repeated.
        fit = bool(_HARMLESS.match(typed)) and "@" not in typed and refusal.may_be_repeated
        return CONFIDENTIAL.get(content_fault(typed)) or replace(refusal, may_be_repeated=fit)
    try:
        parts = urlsplit(typed)
        _ = parts.port
    except ValueError:
        return Refusal("adresse-illisible", "cette adresse est mal formée.", _COPY_IT, may_be_repeated=False)
    return _WITH_A_LOGIN if "@" in parts.netloc or "%40" in parts.netloc else parts


def _normal_form(parts: SplitResult, host: str) -> str:
    is_usual = parts.port in (None, {"http": 80, "https": 443}[parts.scheme])
    netloc = host if is_usual else f"{host}:{parts.port}"
    return urlunsplit((parts.scheme, netloc, *map(_percent_encoded, parts[2:])))


def _unusable(host: str, parts: SplitResult, config: Config) -> Refusal | None:
    """What the table in config.toml says of this address: a page that no reader can use, or a redirector."""
    path = parts.path or "/"
    entry = config.addresses.unusable_entry(host, f"{path}?{parts.query}" if parts.query else path)
    if entry is None:
        return None
    inside = [*(value for values in parse_qs(parts.query).values() for value in values), *_WITHIN.findall(path)]
    final = next((address for value in inside if _WEB.match(value) and (address := _suggested(value, config))), "")
    return Refusal(entry.code, entry.problem, "" if final else entry.remedy, suggestion=final)


def _suggested(address: str, config: Config) -> str:
    """The address as it would be published, "" when it would not."""
    final = _checked(address, config)
    return "" if isinstance(final, Refusal) else final


def _too_long(address: str, config: Config) -> Refusal | None:
    limit = config.limits.address
    if len(address) <= limit:
        return None
    problem = f"cette adresse compte {len(address)} caractères, la limite est de {limit}."
    return Refusal("adresse-trop-longue", problem, "Indiquez l'adresse courte de la page.", may_be_repeated=False)


def address_key(address: str) -> str:
    """What tells two published addresses apart: neither the scheme nor a slash at the end."""
    return address.removeprefix("https://").removeprefix("http://").rstrip("/")


def is_on(address: str, domain: str) -> bool:
    """Whether the address is on this domain or below it."""
    return _is_below(address.split("/", 3)[2].partition(":")[0], (domain,))


def _not_one_web_address(typed: str, config: Config) -> Refusal | None:
    refusal = next((refusal for pattern, refusal in _NOT_ONE_WEB_ADDRESS if pattern.match(typed)), None)
    if refusal and refusal.code in ("adresse-formule", "adresses-multiples"):
        return refusal
    if twice := _TWICE.match(typed):
        once = _suggested(typed[twice.start(1) :], config)
        return Refusal(
            "adresse-doublee", "« https:// » figure deux fois.", "Gardez-le une seule fois.", suggestion=once
        )
    if slip := _SLIP.match(typed):
        whole = _suggested(f"https://{typed[slip.end() :]}", config)
        return Refusal(_INVALID, "« https:// » est mal écrit.", "" if whole else _COPY_IT, suggestion=whole)
    if among := _AMONG_WORDS.fullmatch(typed):
        alone = _suggested(repaired(among[1] or among[2]), config)
        problem = "cette cellule contient autre chose qu'une adresse."
        return Refusal(_INVALID, problem, "Ne gardez que l'adresse.", suggestion=alone)
    return refusal


@lru_cache(maxsize=10_000)
def _public_host(host: str, internal: tuple[str, ...]) -> str | Refusal:
    """The host in lower-case ASCII (IDNA), or why it cannot be reached by everyone."""
    host = host.lower().removesuffix(".")
    if not host.isascii() or "xn--" in host:
        host, shown = _international_host(host)
        if not host:
            problem = f"le nom du site mélange ou imite des lettres d'un autre alphabet{shown}."
            return Refusal("adresse-trompeuse", problem, _RETYPE, may_be_repeated=False)
    last = host.rpartition(".")[2]
    if not _HOST.fullmatch(host):
        return Refusal(_INVALID, "le nom du site n'est pas valide.", _COPY_IT)
    if last.isdigit() or last.startswith("0x"):  # an IP address, in any of its spellings
        return Refusal("adresse-interne", "cette adresse désigne une machine par son numéro.", _PUBLIC_ONLY)
    if last == host or last in _NEVER_PUBLIC or _is_below(host, internal):
        return Refusal("adresse-interne", "cette adresse n'est accessible que depuis un réseau interne.", _PUBLIC_ONLY)
    return host


def _international_host(host: str) -> tuple[str, str]:
    """The IDNA form of a host with Latin letters only ("" for another), and how to show the real one."""
    import idna  # only the rare address that needs it pays for it  # noqa: PLC0415

    try:
        encoded = idna.encode(host, uts46=True).decode("ascii")
        decoded = idna.decode(encoded)
    except UnicodeError:  # idna.IDNAError is one
        return "", ""
    if _FAMILIAR.fullmatch(decoded):
        return encoded, ""
    # Only the part that deceives: a whole name (« www.… ») would be a link wherever the message is shown.
    deceptive = [label for label in encoded.split(".") if label.startswith("xn--")]
    return "", f" (forme réelle : {', '.join(deceptive)})"


# What registries of Western Europe let into a name. « ɡ » and « ı » are Latin letters too, but seen only to deceive.
_FAMILIAR = re.compile(r"[a-z0-9._ß-öø-ÿāăąćčďđēėęěğģīįķłńňőœřśşšťūůűųźżž-]*")


def _is_below(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith("." + domain) for domain in domains)


def _percent_encoded(part: str) -> str:
    return quote(_BROKEN_PERCENT.sub("%25", part), safe=_KEPT)
