"""Rows that are no dataset: notes, totals, headings, separations, repeated titles, help and example rows.

Such a row is told once, blocks nothing and stands for no dataset. What a row tells beside its name decides, not how the
name reads: with a producer, a ministry, a status or an address beside it, an odd name is a name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from job.text import fold, title_key

if TYPE_CHECKING:
    from job.config import Config
    from job.rules.cell import Cell
    from job.rules.row import Row

# Code → what such a row is, and what to do if it is not: two sentences.
KINDS = {
    "titres-repetes": ("cette ligne répète les titres des colonnes", ""),
    "ligne-de-total": ("cette ligne est un total, pas {one}", ""),
    "ligne-de-separation": ("cette ligne est une séparation, pas {one}", ""),
    "ligne-d-aide": ("cette ligne explique comment remplir, elle ne décrit pas {one}", ""),
    "ligne-exemple": ("cette ligne est un exemple, pas {one}", ""),
    "categorie-seule": ("cette ligne ne porte qu'une catégorie", ""),
    "ligne-sans-jeu": (
        "cette ligne ne décrit pas {one}",
        "Si c'en est un, indiquez au moins sa catégorie et son statut.",
    ),
}

_HAS_LETTERS, _HAS_FIGURES = re.compile(r"[^\W\d_]"), re.compile(r"\d")
_TOTAL = re.compile(  # with or without its figure
    r"\W*(?:sous[ -]?|nombre )?tota(?:l|ux)(?: general| partiel| global)?\W*[0-9 ]*\W*"
    r"(?:jeux|lignes|donnees)?(?: de donnees)?\W*"
)
_EXAMPLE = re.compile(
    r"\W*(?:par |a titre d')?ex(?:emples?)?\b\.?(?: ?n?°? ?[0-9]+| a \w+)?(?:\W*(?:[:=\])>]| - ).*|\W*$)|\W*p\. ?ex\b.*"
    r"|.*[\[(](?:ligne |jeu )?(?:d')?exemple[\])]\W*|\W*(?:ligne|jeu(?: de donnees)?) (?:d')?exemple\b.*"
    r"|\W*exemple de (?:ligne|saisie|remplissage)\b.*"
)
# Folded: what no dataset is called. Asked only of a name with nothing but its category beside it.
_REMARK = re.compile(
    r"[*→>]|->|\(.*\)$|.*:$"  # a mark in front, brackets around, a colon behind
    r"|(?:n\.? ?b\b|p\.? ?s\b|nota\b"
    r"|(?:notes?|remarques?|attention|important|rappel|sources?|legende|infos?|informations?|avertissement|commentaires?"
    r"|contact|precisions?|todo|a noter)(?: ?[:!.(]| - |$))"
    r"|a \w+(?:er|ir|oir|re)\b|\w+ez [a-z]|\w+(?:er|ir) (?:l[ae]s? |l')"  # « à revoir », « relancer la DGPR »
    r"|[\w ]+ = "  # what a colour means
    r"|(?:voir|cf|merci|svp|aucune?|rien|pas (?:de|d'\w+|concern\w+)|sans objet|non concern\w+|en attente|en cours"
    r"|doublon|pour memoire|jamais|(?:supprim|retir|abandonn|annul)ee?s?)(?![\w-])|ok$"
    r"|ne (?:pas|plus|rien)\b|(?:mis(?:e)? a jour|maj|relu|valide|verifie|modifie|vu) (?:le|par|en)\b"
    r"|.*\b(?:sont|sera|seront|doit|doivent|faut|peut|peuvent|c'est|n'est|n'a|n'ont|j'ai|a ete|ont ete|vous|nous|votre"
    r"|svp|il (?:y a|manque|reste)|ci-(?:dessous|dessus|joint|contre|apres))\b"
    r"|(?:\S+ ){4,}.*\w{3}[.!?]$|.*[!?]$"  # a sentence
    r"|(?:somme|moyenne|nombre|nb|compte)\W*[0-9 ]*$|sous[ -]?tota|total (?!de|du)"
    r"|(?:total|nombre|nb|soit)\b.*[:=(] ?[0-9]|[0-9 ]+(?:jeux|lignes)\b"
)


def what_it_is(row: Row, config: Config, *, is_first: bool) -> str:
    """The code of what this row is instead of a dataset (a key of KINDS), "" for a dataset.

    `is_first`: no dataset stands above it in its tab.
    """
    said = _what_it_says_it_is(row)
    if said or _is_ordinary(row):
        return said
    texts = {field: fold(cell.text) for field, cell in row.cells.items() if cell.text}
    shown = _what_it_looks_like(texts, config) or ("ligne-d-aide" if _is_help(row, is_first=is_first) else "")
    if shown or _describes_a_dataset(row):
        return shown
    return "categorie-seule" if row["category"].value and not row["name"].text else "ligne-sans-jeu"


def _is_ordinary(row: Row) -> bool:
    """As nearly every row: no other question is asked of it."""
    return row["category"].is_listed and row["status"].is_listed and bool(_HAS_LETTERS.search(row["name"].text))


def _what_it_looks_like(texts: dict[str, str], config: Config) -> str:
    titles = sum(config.titles.get(title_key(text)) == field for field, text in texts.items())
    if titles > 1 and titles * 2 > len(texts):  # a dataset may be called « Titre »
        return "titres-repetes"
    everything = " ".join(texts.values())
    if _HAS_LETTERS.search(everything):
        return ""
    return "ligne-de-total" if _HAS_FIGURES.search(everything) else "ligne-de-separation"


def _what_it_says_it_is(row: Row) -> str:
    """An example says so; a total does in its name, or in its first cell when its name is a figure at most."""
    theme, category, name = row["theme"], row["category"], row["name"]
    for text in (fold(cell.text) for cell in (name, category, theme) if not cell.is_listed):
        if "ex" in text and _EXAMPLE.fullmatch(text):
            return "ligne-exemple"
    texts = [name.text]
    if not _HAS_LETTERS.search(name.text):
        texts.append(next(cell.text for cell in row.cells.values() if cell.text))
    return "ligne-de-total" if any(_TOTAL.fullmatch(fold(text)) for text in texts) else ""


def _is_help(row: Row, *, is_first: bool) -> bool:
    """Most cells are in brackets; or above all datasets no cell holds what stands in its list, and two are filled."""
    texts = [cell.text for cell in row.cells.values() if cell.text]
    if len(texts) > 1 and sum(text[0] + text[-1] in ("()", "[]") for text in texts) * 2 > len(texts):
        return True
    if not is_first:
        return False
    chosen = [row[field] for field in ("theme", "category", "ministry", "status") if row[field].is_filled]
    return len(chosen) > 1 and not any(cell.is_listed or cell.meant for cell in chosen)


def _describes_a_dataset(row: Row) -> bool:
    """Whether the row says enough: a name and something of it, or where a dataset without a name stands."""
    if row.is_placeholder:
        return any(cell.is_to_come for cell in row.cells.values())
    told = {field for field in ("producer", "ministry", "status", "url") if _tells(row[field], field)}
    is_placed = bool(row["category"].value or row["category"].meant)
    if not row["name"].says_nothing:
        is_remark = bool(_REMARK.match(fold(row["name"].text)))
        return len(told) >= is_remark + (not is_placed)  # each asks for one cell more beside the name
    place = told - {"ministry"} if is_placed else {"url"} & told
    return bool(place or (row["status"].value and len(told) > 1))


def _tells(cell: Cell, field: str) -> bool:
    """Whether it tells something of a dataset: a status of the list or near it, an address, the name of somebody."""
    if field == "status":
        return cell.is_filled and bool(cell.value or cell.meant or cell.fault)
    if field == "url":
        return bool(cell.value or cell.fault or (cell.refusal and cell.refusal.code != "adresse-invalide"))
    return cell.is_filled and bool(_HAS_LETTERS.search(cell.text)) and "@" not in cell.text
