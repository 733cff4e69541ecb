"""Rows that are no dataset: notes, totals, headings, separations, repeated titles, help and example rows.

Such a row gets one finding, blocks nothing and stands for no dataset. The cells beside the name decide, not how the
name reads: with a producer, a ministry, a status or an address beside it, an odd name is a name.
"""

from __future__ import annotations

import re
from itertools import chain

from job.config import Config
from job.rules.address import CONFIDENTIAL
from job.rules.cell import LETTER, Cell
from job.rules.row import Row
from job.text import fold, title_key

# Code → what such a row is, and what to do if it is not: two sentences.
KINDS = {
    "ligne-de-total": ("cette ligne est un total, pas {one}", ""),
    "ligne-exemple": ("cette ligne est un exemple, pas {one}", ""),
    "ligne-sans-jeu": ("cette ligne ne décrit pas {one}", "Si c'en est un, tapez son nom, sa catégorie et son statut."),
}

# Folded: what a name, a category or a theme says of its row, whatever stands beside it.
_TOTAL = re.compile(  # with or without its figure
    r"\W*(?:sous[ -]?|nombre )?tota(?:l|ux)(?: general| partiel| global)?\W*[0-9 ]*\W*"
    r"(?:jeux|lignes|donnees)?(?: de donnees)?\W*"
)
_EXAMPLE = re.compile(
    r"\W*(?:(?:par |a titre d')?ex(?:emples?)?\b\.?(?: ?n?°? ?[0-9]+| a \w+)?(?:\W*(?:[:=\])>]| - ).*|\W*$)"
    r"|p\. ?ex\b.*|(?:ligne|jeu(?: de donnees)?) (?:d')?exemple\b.*|exemple de (?:ligne|saisie|remplissage)\b.*)"
    r"|.*[\[(](?:ligne |jeu )?(?:d')?exemple[\])]\W*"
)
# Folded: what no dataset is called. Asked only of a name with nothing but its category beside it.
_REMARK = re.compile(
    r"[*→>]|->|\(.*\)$|.*:$|[\W\d_]*$"  # a mark in front, brackets around, a colon behind; no letter
    r"|(?:notes?|remarques?|attention|important|rappel|sources?|legende|infos?|informations?|avertissement|commentaires?"
    r"|contact|precisions?|todo|a noter)(?: ?[:!.(]| - |$)|n\.? ?b\b|p\.? ?s\b|nota\b"
    r"|a \w+(?:er|ir|oir|re)\b|\w+ez [a-z]|\w+(?:er|ir) (?:l[ae]s? |l')"  # « à revoir », « relancer la DGPR »
    r"|[\w ]+ = "  # what a colour means
    r"|(?:voir|cf|aucune?|rien|pas (?:de|d'\w+|encore|concern\w+)|sans objet|non(?: \w+)?$|en attente|en cours"
    r"|doublon|pour memoire|jamais|(?:supprim|retir|abandonn|annul)ee?s?)(?![\w-])|ok$"
    r"|ne (?:pas|plus|rien)\b|(?:mis(?:e)? a jour|maj|relu|valide|verifie|modifie|vu) (?:le|par|en)\b"
    r"|.*\b(?:sont|sera|seront|doit|doivent|faut|peut|peuvent|c'est|n'est|n'a|n'ont|je|j'\w+|a ete|ont ete|vous|nous"
    r"|votre|merci|svp|il (?:y a|manque|reste)|ci-(?:dessous|dessus|joint|contre|apres))\b"
    r"|(?:\S+ ){4,}.*\w{3}[.!?]$|.*[!?]$"  # a sentence
    r"|(?:somme|moyenne|nombre|nb|compte)\W*[0-9 ]*$|sous[ -]?tota|total (?!de|du)"
    r"|(?:total|nombre|nb|soit)\b.*[:=(] ?[0-9]|[0-9 ]+(?:jeux|lignes)\b"
)


def what_it_is(row: Row, config: Config, *, is_first: bool) -> str:
    """The code of what this row is instead of a dataset (a key of KINDS), "" for a dataset.

    `is_first`: no dataset stands above it in its tab.
    """
    for field in ("name", "category", "theme"):
        if not row[field].is_listed and (kind := _what_it_says(field, row)):
            return kind
    if row["category"].is_listed and row["status"].is_listed and row["name"].is_filled:
        return ""  # as nearly every row
    is_help = _repeats_the_titles(row, config) or (is_first and _fills_in_no_list(row, config))
    return "" if _describes_a_dataset(row) and not is_help else "ligne-sans-jeu"


def _what_it_says(field: str, row: Row) -> str:
    """The kind that a cell says its row is, "" for none."""
    text = fold(row[field].text)
    if "ex" in text and _EXAMPLE.fullmatch(text):
        return "ligne-exemple"
    if "tota" not in text or not _TOTAL.fullmatch(text):
        return ""
    # « Total » beside a name or an address is a slip: what is counted has neither.
    is_slip = field != "name" and (row["url"].is_filled or LETTER.search(row["name"].text))
    return "" if is_slip else "ligne-de-total"


def _repeats_the_titles(row: Row, config: Config) -> bool:
    """Whether most of what is filled are titles, in any order; a dataset may be called « Titre »."""
    texts = [cell.text for cell in row.cells.values() if cell.text]
    return sum(title_key(text) in config.titles for text in texts) * 2 > len(texts)


def _fills_in_no_list(row: Row, config: Config) -> bool:
    """Whether two cells or more are filled where people choose from a list, and the row holds nothing of any list."""
    lists = {field: config.lookup[field] for field in ("theme", "category", "ministry", "status")}
    chosen = [row[field] for field in lists if row[field].is_filled]
    if len(chosen) <= 1 or any(cell.is_listed or cell.meant or not cell.typed for cell in chosen):
        return False
    # A dataset pasted one column off is no help row.
    return {fold(cell.text) for cell in row.cells.values()}.isdisjoint(chain.from_iterable(lists.values()))


def _describes_a_dataset(row: Row) -> bool:
    """Whether the row says enough: a name and something of it, or where a dataset without a name stands."""
    if row.is_placeholder:
        return any(cell.is_to_come for cell in row.cells.values())
    name, category = row["name"], row["category"]
    is_no_name = bool(name.says_nothing or _REMARK.match(fold(name.text)))
    if not is_no_name and sum(cell.is_ditto for cell in row.cells.values()) > 1:
        return True
    filled = _filled_fields(row)
    # No category, no name and a name that reads like a remark each ask for one cell more.
    needed = (not (category.value or category.meant)) + is_no_name
    return len(filled) >= needed or (name.says_nothing and "url" in filled)


def _filled_fields(row: Row) -> set[str]:
    """The fields that tell something of a dataset, beside its name and its category."""
    filled = {field for field in ("producer", "ministry", "status", "url") if _tells(field, row[field])}
    return filled - {"ministry"} if row["name"].says_nothing and "status" not in filled else filled  # a heading


def _tells(field: str, cell: Cell) -> bool:
    """Whether a cell beside the name and the category tells something of a dataset."""
    if cell.refusal and not cell.meant:  # a note may say there whom to write to, or hold a few more words
        is_text = field in ("producer", "ministry")
        vague = (*CONFIDENTIAL, "texte-trop-long") if is_text else ("adresse-invalide", "statut-inconnu")
        return cell.refusal.code not in vague
    return cell.is_filled
