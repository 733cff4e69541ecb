"""A typed address → the absolute http(s) address of a public host that we may link to, or why it is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from job.content import CONTACT, SECRET

if TYPE_CHECKING:
    from job.config import Addresses, Config


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an address is not published."""

    code: str
    problem: str
    remedy: str
    may_be_repeated: bool = True


_ADD_SCHEME = "Copiez l'adresse complète depuis la barre du navigateur, « https:// » compris."
_PUBLIC_ONLY = "Indiquez une adresse que tout le monde peut ouvrir."
# Content fault → why an address that holds it is refused.
CONFIDENTIAL = {
    CONTACT: Refusal(
        CONTACT,
        "cette adresse contient des coordonnées personnelles ; elle n'est pas reprise ici.",
        "Indiquez l'adresse de la page du jeu.",
        may_be_repeated=False,
    ),
    SECRET: Refusal(
        "identifiants-dans-l-adresse",
        "cette adresse contient une clé, un jeton ou un mot de passe ; elle n'est pas reprise ici.",
        "Indiquez une adresse qui n'en contient pas, et faites révoquer celui-ci.",
        may_be_repeated=False,
    ),
}
_WITH_A_LOGIN = Refusal(
    "identifiants-dans-l-adresse",
    "cette adresse contient un identifiant avant « @ » ; elle n'est pas reprise ici.",
    "Retirez l'identifiant et, si c'était un mot de passe, changez-le.",
    may_be_repeated=False,
)

_ORDINARY = re.compile(r"https?://([a-z0-9.-]+)(?:/[A-Za-z0-9/._-]*)?(?:#[A-Za-z0-9/._-]*)?")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
# An address, as far as one can tell, or nothing but words (« Lien », « voir la page »).
_HARMLESS = re.compile(r"[a-z]+://|[\w-]+(?:\.[\w-]+)+(?:[/?#:]|$)|[^\W\d_]+(?: [^\W\d_]+)*$", re.IGNORECASE)
_BARE_DOMAIN = re.compile(r"(?:www\.)?[\w-]+(?:\.[\w-]+)+(?:[/?#:].*)?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# Names that are never on the public Internet (RFC 2606, 6761, 6762, 7686, 8375, 9476, and office custom).
_NEVER_PUBLIC = frozenset(
    "localhost local localdomain internal intranet intra lan corp home private test example invalid onion alt"
    " arpa".split()
)
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_KEPT = "%/:?=&+,;!$'@~-._"  # what may stand in a path or query; parentheses would end a Markdown link


def public_address(typed: str, fault: str, config: Config) -> str | Refusal:
    """The address as published (lower-case scheme and host, IDNA host, the rest percent-encoded), or why it is refused.

    Expects cleaned text and its content_fault. What it returns, given back to it, is returned unchanged.
    """
    if fault in CONFIDENTIAL:
        return CONFIDENTIAL[fault]
    ordinary = _ORDINARY.fullmatch(typed)
    if ordinary and len(typed) <= config.limits.address and public_host(ordinary[1], config) == ordinary[1]:
        return typed  # a short cut: several times faster, for nearly every address
    if len(typed) > config.limits.address:
        return _too_long(typed, config)
    refusal = _not_one_web_address(typed)
    if refusal:
        # What does not even look like an address may be anything, and is better not repeated.
        return replace(refusal, may_be_repeated=bool(_HARMLESS.match(typed)) and "@" not in typed)
    try:
        parts = urlsplit(typed)
        port = parts.port
    except ValueError:
        return Refusal("adresse-illisible", "cette adresse est mal formée.", _ADD_SCHEME, may_be_repeated=False)
    if "@" in parts.netloc or "%40" in parts.netloc:
        return _WITH_A_LOGIN
    host = public_host(parts.hostname or "", config)
    if isinstance(host, Refusal):
        return host
    default_port = {"http": 80, "https": 443}[parts.scheme]
    netloc = host if port in (None, default_port) else f"{host}:{port}"
    address = f"{parts.scheme}://{netloc}{_percent_encoded(parts.path)}"
    if parts.query:
        address += "?" + _percent_encoded(parts.query)
    if parts.fragment:
        address += "#" + _percent_encoded(parts.fragment)
    return address if len(address) <= config.limits.address else _too_long(address, config)


def _too_long(address: str, config: Config) -> Refusal:
    problem = f"cette adresse compte {len(address)} caractères, la limite est de {config.limits.address}."
    return Refusal("adresse-trop-longue", problem, "Indiquez l'adresse courte de la page.", may_be_repeated=False)


def address_key(address: str) -> str:
    """What tells two published addresses apart: neither the scheme nor a slash at the end."""
    return address.removeprefix("https://").removeprefix("http://").rstrip("/")


def is_on(address: str, domain: str) -> bool:
    """Whether the address is on this domain or below it."""
    host = address.split("/", 3)[2].partition(":")[0]
    return host == domain or host.endswith("." + domain)


def _not_one_web_address(typed: str) -> Refusal | None:
    if typed.startswith("="):
        return Refusal("adresse-formule", "c'est le texte d'une formule, pas une adresse.", _ADD_SCHEME)
    if len(re.findall(r"https?://", typed, re.IGNORECASE)) > 1 and re.search(r" |[,;|]https?://", typed, re.IGNORECASE):
        return Refusal(
            "adresses-multiples",
            "cette cellule contient plusieurs adresses.",
            "Gardez une seule adresse ; ajoutez une ligne si ce sont deux jeux de données.",
        )
    scheme = _SCHEME.match(typed)
    if scheme and scheme[1].lower() not in {"http", "https"} and not _BARE_DOMAIN.fullmatch(typed):
        return Refusal(
            "adresse-interdite", "seules les adresses « https:// » ou « http:// » sont publiées.", _ADD_SCHEME
        )
    if not re.match(r"https?://", typed, re.IGNORECASE):
        if _BARE_DOMAIN.fullmatch(typed):
            return Refusal("adresse-incomplete", "il manque le début de l'adresse.", "Ajoutez « https:// » devant.")
        return Refusal("adresse-invalide", "ce n'est pas une adresse web.", _ADD_SCHEME)
    if re.search(r'[\s\\<>"]', typed):
        return Refusal(
            "adresse-invalide",
            "cette adresse contient une espace, un guillemet, un chevron ou une barre oblique inverse.",
            _ADD_SCHEME,
        )
    return None


def public_host(host: str, config: Config) -> str | Refusal:
    """The host in lower-case ASCII (IDNA), or why it cannot be reached by everyone."""
    return _public_host(host, config.addresses)


@lru_cache(maxsize=10_000)
def _public_host(host: str, addresses: Addresses) -> str | Refusal:
    host = host.lower().removesuffix(".")
    if not host.isascii() or "xn--" in host:
        host, shown = _international_host(host)
        if not host:
            return Refusal(
                "adresse-trompeuse",
                f"le nom du site mélange ou imite des lettres d'un autre alphabet{shown}.",
                "Retapez l'adresse à la main, ou copiez-la depuis le navigateur.",
                may_be_repeated=False,
            )
    labels = host.split(".")
    last = labels[-1]
    if not host or not all(_LABEL.fullmatch(label) for label in labels) or len(host) > 253:  # noqa: PLR2004  RFC 1035
        return Refusal("adresse-invalide", "le nom du site n'est pas valide.", _ADD_SCHEME)
    if last.isdigit() or last.startswith("0x"):  # an IP address, in any of its spellings
        return Refusal("adresse-interne", "cette adresse désigne une machine par son numéro.", _PUBLIC_ONLY)
    if len(labels) == 1 or last in _NEVER_PUBLIC or _is_below(host, addresses.internal):
        return Refusal("adresse-interne", "cette adresse n'est accessible que depuis un réseau interne.", _PUBLIC_ONLY)
    if _is_below(host, addresses.not_production):
        return Refusal(
            "adresse-de-test",
            "cette adresse mène à un site de démonstration ou de test.",
            "Indiquez l'adresse du jeu sur le site réel.",
        )
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
