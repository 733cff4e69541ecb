"""A typed address → the absolute http(s) address of a public host that we may link to, or why it is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from job.config import Config
from job.content import CONTACT, FAULTS, MOST_CHARACTERS, SECRET, content_fault


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an address, or what else stands in a cell, is not published."""

    code: str
    problem: str
    remedy: str
    may_be_repeated: bool = True
    suggestion: str = ""  # the address to type instead


_INVALID, _INTERNAL = "adresse-invalide", "adresse-interne"
_COPY_IT = "Copiez l'adresse complète depuis la barre du navigateur, « https:// » compris."
_PUBLIC_ONLY = "Indiquez une adresse que tout le monde peut ouvrir."
# Content fault → why an address that holds it is refused.
CONFIDENTIAL = {
    CONTACT: Refusal(
        CONTACT,
        "cette adresse contient des coordonnées personnelles ; elle n'est pas reprise ici.",
        "Indiquez l'adresse de sa page.",
    ),
    SECRET: Refusal(
        "identifiants-dans-l-adresse",
        "cette adresse contient un identifiant, une clé ou un mot de passe ; elle n'est pas reprise ici.",
        "Indiquez une adresse qui n'en contient pas, et faites révoquer toute clé ou tout mot de passe.",
    ),
}

# What is not one web address → what to say of it; the first that fits. A group holds the address that was meant.
_NOT_ONE = {
    r"(?:https?:|www\.)\S*(?:…|\.\.\.$)": Refusal(_INVALID, "cette adresse est coupée.", _COPY_IT),
    "=": Refusal("adresse-formule", "c'est le texte d'une formule, pas une adresse.", _COPY_IT),
    r"(?=(https?://\S+?)[ ,;]*\1$)": Refusal(
        "adresse-doublee", "cette adresse figure deux fois.", "Ne la gardez qu'une fois."
    ),
    r"(?:.* )?(?:https?://|www\.)\w\S*(?: .*|[,;|])(?:https?://|www\.)": Refusal(
        "adresses-multiples",
        "cette cellule contient plusieurs adresses.",
        "Gardez une seule adresse, ou faites-en deux lignes, chacune sous son nom.",
    ),
    r"(?:https?:/*(?:www\.)?)+(?=https?:?/)(?:https?//)?(.*)": Refusal(
        "adresse-doublee", "« https:// » figure deux fois.", _COPY_IT
    ),
    r"(?!https?://\S)h*[tp]{2,}s* ?[:;/\\]{1,4} ?([\w-]+\.\w.*)": Refusal(
        "adresse-mal-ecrite", "« https:// » est mal écrit.", _COPY_IT
    ),
    # « voir https://… », « Lien:https://… », « https://… (nouveau) ». Any other space may belong to the address.
    r"(?=.* |(?!blob|filesystem)\w+:https?:)(?:.*[ «(<:])?(https?://[\w-]+\.\S+)(?: [»(\[–—-].*)?$": Refusal(
        _INVALID, "cette cellule contient autre chose qu'une adresse.", "Ne gardez que l'adresse."
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
_WEB = re.compile(r"https?://", re.IGNORECASE)
_LIKE_AN_ADDRESS = re.compile(r"(?:https?://|www\.|[\w.-]+/)\S*", re.IGNORECASE)
_WITHIN = re.compile(r"https?://.*?(?=__;|$)", re.IGNORECASE)  # what a redirector's path may hold
# An address, as far as one can tell, or nothing but words (« Lien », « voir la page »).
_HARMLESS = re.compile(
    r"(?!.*@)(?:[a-z]+://|[\w-]+(?:\.[\w-]+)+(?:[/?#:]|$)|[^\W\d_]+(?:[ '’][^\W\d_]+)*$)", re.IGNORECASE
)
# Where what is typed without « https:// » is a site, and not a file (« jeu.geojson ») or the half of a name.
_ENDINGS = "alsace|be|bzh|ch|com|corsica|de|es|eu|fr|gf|gp|int|io|it|lu|mq|nc|net|org|paris|pf|pm|re|tf|wf|yt"
_BARE_DOMAIN = re.compile(
    rf"(?:www\.(?:[\w-]+\.)+[a-z]{{2,24}}|(?:[\w-]+\.)+(?:{_ENDINGS}))(?::[0-9]+)?(?:[/?#][^@]*)?", re.IGNORECASE
)
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")  # RFC 1035
# What registries of Western Europe let into a name. « ɡ » and « ı » are Latin letters too, but seen only to deceive.
_FAMILIAR = re.compile(r"[a-z0-9._ß-öø-ÿāăąćčďđēėęěğģīįķłńňőœřśşšťūůűųźżž-]*")
# Names that are never on the public Internet (RFC 2606, 6761, 6762, 7686, 8375, 9476, and office custom).
_NEVER_PUBLIC = (
    "localhost local localdomain internal intranet intra lan corp home private test example invalid onion alt arpa"
).split()
_USUAL = re.compile(r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)+)(/(?:[\w/.-]*[\w/-])?)?", re.ASCII)
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_KEPT = "%/:?=&+,;!$'@~-._"  # what may stand in a path or query; parentheses would end a Markdown link


def public_address(typed: str, config: Config) -> str | Refusal:
    """The address as published (lower-case scheme and host, IDNA host, the rest percent-encoded), or why it is refused.

    Expects cleaned text. Idempotent.
    """
    if _is_usual(typed, config):
        return typed
    fault, limit = content_fault(typed), config.limits.address
    address = repaired(typed[:MOST_CHARACTERS])  # one that is longer is refused unread
    found = _checked(address, config) if len(address) <= limit else address
    if isinstance(found, str) and len(found) > limit:
        problem = f"cette adresse compte {len(found)} caractères, la limite est de {limit}."
        found = Refusal("adresse-trop-longue", problem, "Indiquez l'adresse courte de la page.", may_be_repeated=False)
    # A mail filter carries somebody's address, and a key: the final address is told all the same.
    if fault and not (isinstance(found, Refusal) and found.suggestion):
        found = CONFIDENTIAL.get(fault) or Refusal(fault, *FAULTS[fault])
    if isinstance(found, str):
        return found
    # What does not even look like an address may be anything, and is better not repeated.
    is_harmless = not fault and bool(_HARMLESS.match(unquote(address)))
    return replace(found, may_be_repeated=found.may_be_repeated and is_harmless)


def _is_usual(typed: str, config: Config) -> bool:
    """Whether it is published as it is typed, as nearly every address: for speed, nothing else finds otherwise."""
    usual = _USUAL.fullmatch(typed)
    if not usual or len(typed) > config.limits.address or content_fault(typed):
        return False
    host, path = usual.groups("/")
    is_public = _public_host(host, config.addresses.internal) == host
    return is_public and not config.addresses.unusable_entry(host, path)


def repaired(typed: str) -> str:
    """The address without the punctuation of a sentence around it, and with the « https:// » that a domain lacks."""
    address = typed if typed.endswith("...") else typed.rstrip(" ,;.»\"'>#?").lstrip(" «\"'<([")
    for opening, closing in ("()", "[]"):
        while address.endswith(closing) and address.count(closing) > address.count(opening):
            address = address[:-1].rstrip(" ,;.")
    return f"https://{address}" if _BARE_DOMAIN.fullmatch(address) else address or typed


def looks_like_an_address(text: str) -> bool:
    """Whether the whole text is a web address, rather than a name (« transport.data.gouv.fr » is one)."""
    return bool(_LIKE_AN_ADDRESS.fullmatch(text) and _WEB.match(repaired(text)))


def _checked(typed: str, config: Config) -> str | Refusal:
    if refusal := _not_one_web_address(typed, config):
        return refusal
    try:
        parts = urlsplit(typed)
        port = parts.port
    except ValueError:
        return Refusal("adresse-illisible", "cette adresse est mal formée.", _COPY_IT, may_be_repeated=False)
    if "@" in parts.netloc or "%40" in parts.netloc:
        return CONFIDENTIAL[SECRET]
    host = _public_host(parts.hostname or "", config.addresses.internal)
    if isinstance(host, Refusal):
        return host
    path = parts.path or "/"
    if entry := config.addresses.unusable_entry(host, urlunsplit(("", "", path, parts.query, ""))):
        inside = [*(value for _, value in parse_qsl(parts.query)), *_WITHIN.findall(path)]  # a redirector's target
        refusal = Refusal(entry.code, entry.problem, entry.remedy)
        return _with_suggestion(refusal, filter(_WEB.match, inside), config)
    netloc = host if port in (None, {"http": 80, "https": 443}[parts.scheme]) else f"{host}:{port}"
    rest = (quote(_BROKEN_PERCENT.sub("%25", part), safe=_KEPT) for part in parts[2:])
    return urlunsplit((parts.scheme, netloc, *rest))


def _not_one_web_address(typed: str, config: Config) -> Refusal | None:
    for pattern, refusal in _NOT_ONE_WEB_ADDRESS:
        if found := pattern.match(typed):
            meant = (text if _WEB.match(text) else f"https://{text}" for text in found.groups())
            return CONFIDENTIAL.get(content_fault(typed)) or _with_suggestion(refusal, meant, config)
    return None


def _with_suggestion(refusal: Refusal, meant: Iterable[str], config: Config) -> Refusal:
    """The refusal; with the first of these addresses that would be published, if any, in place of its remedy."""
    found = (public_address(text, config) for text in meant)
    address = next((address for address in found if isinstance(address, str)), "")
    return replace(refusal, remedy="", suggestion=address) if address else refusal


@lru_cache(maxsize=10_000)
def _public_host(host: str, internal: tuple[str, ...]) -> str | Refusal:
    """The host in lower-case ASCII (IDNA), or why it cannot be reached by everyone."""
    host = host.lower().removesuffix(".")
    if not host.isascii() or "xn--" in host:
        import idna  # only the rare address that needs it pays for it  # noqa: PLC0415

        try:
            host = idna.encode(host, uts46=True).decode("ascii")
            is_familiar = bool(_FAMILIAR.fullmatch(idna.decode(host)))
        except UnicodeError:  # idna.IDNAError is one
            is_familiar = False
        if not is_familiar:
            problem = "le nom du site mélange ou imite des lettres d'un autre alphabet."
            remedy = "Retapez l'adresse à la main, ou copiez-la depuis le navigateur."
            return Refusal("adresse-trompeuse", problem, remedy, may_be_repeated=False)
    if not _HOST.fullmatch(host):
        return Refusal(_INVALID, "le nom du site n'est pas valide.", _COPY_IT)
    last = host.rpartition(".")[2]
    if last.isdigit() or last.startswith("0x"):  # an IP address, in any of its spellings
        return Refusal(_INTERNAL, "cette adresse désigne une machine par son numéro.", _PUBLIC_ONLY)
    ends = tuple(f".{name}" for name in (*_NEVER_PUBLIC, *internal))
    if last == host or "intranet" in host.split(".")[:-1] or f".{host}".endswith(ends):
        return Refusal(_INTERNAL, "cette adresse n'est accessible que depuis un réseau interne.", _PUBLIC_ONLY)
    return host


def address_key(address: str) -> str:
    """What tells two published addresses apart: neither the scheme nor a slash at the end."""
    return address.removeprefix("https://").removeprefix("http://").rstrip("/")


def is_on(address: str, domain: str) -> bool:
    """Whether the address is on this domain or below it."""
    host = address.split("/", 3)[2].partition(":")[0]
    return f".{host}".endswith(f".{domain}")
