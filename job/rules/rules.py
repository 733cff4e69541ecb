"""The rules: what may be published of a row, and what to tell the person who typed it.

A rule is a sentence that should be true of every row. It yields a finding for each thing that makes it false. A row is
left out when, and only when, a rule is blocking.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from job.config import Config
from job.model import ROLES, Finding, Record
from job.rules.address import address_key, is_on, looks_like_an_address
from job.rules.cell import WITHDRAWN, Cell, allowed, side_by_side
from job.rules.row import Row
from job.text import fold

Rule = Callable[[Row, Config], Iterator[Finding]]

# --- rules for one row -------------------------------------------------------------------------------------------


def cells_can_be_published(row: Row, config: Config) -> Iterator[Finding]:
    """Nothing is wrong with any cell alone: a secret, damaged text, an unusable address, too many characters…"""
    for field, cell in row.altered:
        if not (why := cell.refusal):
            continue
        remedy, meant = why.remedy, why.suggestion
        is_misplaced = field in ROLES[:-1] and looks_like_an_address(cell.typed)
        if is_misplaced and "url" in row.tab.columns and not row["url"].text:
            remedy = f"Déplacez-la en {row.cell_name('url')}. {remedy}"
        if cell.typed and _is_shifted(row, config):
            remedy, meant = "La ligne semble décalée : remettez chaque valeur sous son titre.", ""
        if field in ("name", "category", "status") or why.code == WITHDRAWN:
            yield row.blocking(field, why.code, why.problem, remedy, suggestion=meant)
        else:
            effect = _WITHOUT.get(field, "La ligne est publiée sans cette cellule.")
            yield row.to_fix(field, why.code, why.problem, remedy, effect=effect, suggestion=meant)


def _is_shifted(row: Row, config: Config) -> bool:
    """Whether several cells hold a label of another column's list: the row was pasted one column off."""
    lists = ("theme", "category", "ministry", "status")
    strangers = [row[field] for field in (*lists, "url") if row[field].is_filled and not row[field].is_listed]
    return sum(any(fold(cell.text) in config.lookup[field] for field in lists) for cell in strangers) > 1


_WITHOUT = {"theme": "", "url": "La ligne est publiée sans lien."}
_EMPTY_CODES = {
    "name": "nom-vide",
    "category": "categorie-vide",
    "status": "statut-vide",
    "producer": "producteur-vide",
    "ministry": "ministere-vide",
    "url": "adresse-manquante",
}


def row_is_complete(row: Row, config: Config) -> Iterator[Finding]:
    """Every cell that is needed says something. What is wanting is told at once."""
    missing = _missing(row, config)
    if not missing:
        return
    field, *others = missing
    if others:
        code, problem = "ligne-incomplete", f"ligne incomplète : {', '.join(_named(row, each) for each in missing)}."
        is_ditto = any(row[each].is_ditto for each in missing)
        remedy = "Recopiez ces valeurs en entier." if is_ditto else "Complétez ces cellules."
    else:
        code, (problem, remedy) = _EMPTY_CODES.get(field, "cellule-vide"), _why_empty(row, field, config)
    effect = f"La ligne est publiée avec le statut « {config.placeholder} »." if "status" in missing else ""
    if {"name", "category"} & {*missing}:
        yield row.blocking(field, code, problem, remedy, quoted=not others)
    else:
        yield row.to_fix(field, code, problem, remedy, effect=effect, quoted=not others)


def _missing(row: Row, config: Config) -> list[str]:
    silent = ((field, cell) for field, cell in row.cells.items() if cell.says_nothing or cell.is_to_come)
    return [field for field, cell in silent if _is_wanted(field, cell, row, config)]


def _is_wanted(field: str, cell: Cell, row: Row, config: Config) -> bool:
    """Whether this cell, which tells nothing of the dataset, should."""
    if field == "url":
        can_be_told = "url" in config.column and not row.tab.has_unknown_addresses
        return cell.is_ditto or bool(can_be_told and row.status and row.status.promises_access)
    if cell.is_to_come:
        return field == "category"
    return field in row.tab.columns if field in config.needed else cell.is_ditto and field not in ROLES


def _named(row: Row, field: str) -> str:
    """« statut (F14) »: a cell in the middle of a sentence."""
    title, cell = row.config.title(field), f" ({row.cell_name(field)})" if field in row.tab.columns else ""
    return f"{title if title[1:2].isupper() else title[:1].lower() + title[1:]}{cell}"  # not « uRL »


def _why_empty(row: Row, field: str, config: Config) -> tuple[str, str]:
    """What is wrong with the one cell that says nothing, and what to do."""
    if row[field].is_ditto:
        return "la valeur d'une autre ligne n'est pas reprise.", "Recopiez la valeur dans cette cellule."
    if field == "url":
        problem = f"le statut est « {row.record.status} », mais il n'y a pas d'adresse."
        there = "Tapez l'adresse" if field in row.tab.columns else f"Ajoutez une colonne « {config.title(field)} »"
        return problem, f"{there}, ou changez le statut."
    problem = "cette cellule est lue comme une cellule vide." if row[field].text else "cette cellule est vide."
    return problem, allowed(field, config) if field == "status" else config.column[field].help


def category_belongs_to_the_theme(row: Row, config: Config) -> Iterator[Finding]:
    theme, right = row["theme"].value, row.record.theme
    if theme and right and theme != right:
        problem = f"cette catégorie appartient à la thématique « {right} », et non à « {theme} »."
        remedy = "Corrigez la thématique ou la catégorie."
        yield row.blocking("category", "categorie-d-un-autre-theme", problem, remedy)


def theme_is_known(row: Row, config: Config) -> Iterator[Finding]:
    cell, right = row["theme"], row.record.theme
    if cell.value or cell.refusal or not right or "theme" not in row.tab.columns:
        return
    code = "thematique-inconnue" if cell.is_filled else "thematique-vide"
    problem = "cette thématique n'existe pas" if cell.is_filled else "il manque la thématique"
    yield row.info("theme", code, f"{problem} ; c'est la catégorie qui décide.", f"Ce devrait être « {right} ».")


def ministry_is_in_the_list(row: Row, config: Config) -> Iterator[Finding]:
    cell, lookup = row["ministry"], config.lookup["ministry"]
    if not cell.value or cell.is_listed:
        return
    as_typed = "La ligne est publiée telle quelle."
    if len(side_by_side(cell.raw, lookup)) > 1 or fold(cell.text).count("ministere") > 1:
        problem = "cette cellule contient plusieurs ministères."
        remedy = "Gardez-en un seul, le principal."
        yield row.to_fix("ministry", "ministeres-multiples", problem, remedy, effect=as_typed)
    elif cell.meant:
        problem = "ce ministère n'est pas dans la liste."
        yield row.to_fix("ministry", "ministere-inconnu", problem, effect=as_typed, suggestion=cell.meant)
    elif fold(cell.text) in config.lookup["producer"]:
        problem = "c'est un producteur, pas un ministère."
        swapped, other = "Producteur et ministère sont-ils intervertis ?", "Indiquez son ministère de tutelle."
        remedy = swapped if fold(row["producer"].text) in lookup else other
        yield row.to_fix("ministry", "ministere-producteur", problem, remedy, effect=as_typed)
    else:
        whom = config.sheet.contact or "la personne qui a partagé le tableau"
        remedy = f"S'il existe, {whom} peut l'ajouter à la liste."
        problem = "ce ministère n'est pas dans la liste ; il est publié tel quel."
        yield row.info("ministry", "ministere-hors-liste", problem, remedy)


def address_is_where_the_status_says(row: Row, config: Config) -> Iterator[Finding]:
    status = row.status
    if row.record.url and status and status.address_on and not is_on(row.record.url, status.address_on):
        problem = f"le statut est « {status.label} », mais l'adresse n'est pas sur {status.address_on}."
        remedy = f"Tapez l'adresse de sa page sur {status.address_on}, ou choisissez un autre statut."
        yield row.to_fix("url", "adresse-hors-du-site-annonce", problem, remedy)


def delay_is_explained(row: Row, config: Config) -> Iterator[Finding]:
    """A status that promises no access comes with a reason or a date, where the sheet asks for them."""
    if not row.status or row.status.promises_access:
        return
    asked = [it.field for it in config.extra if (it.explains or it.deadline) and it.field in row.tab.columns]
    if asked and not any(row[field].is_filled or row[field].is_ditto for field in asked):
        problem = f"rien ne dit pourquoi, ni jusqu'à quand, le statut est « {row.status.label} »."
        yield row.info(asked[0], "retard-inexplique", problem, "Vous pouvez le dire ici.")


def deadline_is_to_come(row: Row, config: Config) -> Iterator[Finding]:
    """A date that is past asks for news, while nothing is accessible. The only rule that knows the date."""
    if not row.status or row.status.promises_access:
        return
    for field in (column.field for column in config.extra if column.deadline):
        if "" < row[field].value < row.today:
            problem = f"cette date est passée, et le statut est encore « {row.status.label} »."
            remedy = "Changez la date, ou effacez-la ; si l'on accède aux données, changez le statut."
            yield row.to_fix(field, "date-passee", problem, remedy)


# A no-break space is good French typography: no finding says that it is published as a plain one.
_FINE_SPACES = re.compile(r"[\u00a0\u202f\u2009]")


def cells_are_typed_as_published(row: Row, config: Config) -> Iterator[Finding]:
    """A cell is published in the very characters that were typed."""
    for field, cell in row.altered:
        if cell.is_listed and cell.value != cell.typed:
            yield row.info(field, "libelle-normalise", f"publié sous le nom « {cell.value} ».")
        if cell.value not in ("", cell.typed) and config.kinds[field] == "address":
            yield row.info(field, "adresse-normalisee", "adresse publiée sous sa forme normalisée.")
        is_neat = _FINE_SPACES.sub(" ", cell.raw) == cell.typed
        if cell.value and not is_neat and not (field == "url" and row.link_at):
            problem = "espaces en trop, retours à la ligne, codes HTML ou caractères invisibles retirés."
            yield row.info(field, "texte-nettoye", problem)


def address_stands_in_its_column(row: Row, config: Config) -> Iterator[Finding]:
    if row.link_at and row.record.url:
        problem = "l'adresse a été trouvée sur cette cellule ; elle est publiée."
        yield row.info(row.link_at, "lien-ailleurs", problem, quoted=False)


RULES: tuple[Rule, ...] = (
    cells_can_be_published,
    cells_are_typed_as_published,
    address_stands_in_its_column,
    category_belongs_to_the_theme,
    row_is_complete,
    theme_is_known,
    ministry_is_in_the_list,
    address_is_where_the_status_says,
    delay_is_explained,
    deadline_is_to_come,
)

# --- rules between rows: they look only at rows that no rule above leaves out -------------------------------------


def dataset_is_listed_once(rows: Sequence[Row], config: Config) -> Iterator[tuple[Row, Finding]]:
    """Of rows for the same dataset one is published: that of the first tab, then the most complete, in any order."""
    for group in _sharing(rows, lambda it: (it.record.category, fold(it.record.name), fold(it.record.producer))):
        first, *others = sorted(group, key=lambda row: (row.tab.number, _blanks(row.record, config), row.record))
        for row in others:
            differs = "" if row.record == first.record else ", avec d'autres informations"
            problem = f"cette ligne répète la ligne {first.number_for(row)}{differs} ; seule l'autre est publiée."
            remedy = "Gardez une seule des deux lignes, ou donnez-leur deux noms : le fichier, l'API."
            yield row, row.blocking("name", "doublon", problem, f"{remedy} Chacun a alors son adresse.")


def _blanks(record: Record, config: Config) -> int:
    return sum(text in ("", config.placeholder) for text in record[: len(ROLES)])


def address_is_of_one_dataset(rows: Sequence[Row], config: Config) -> Iterator[tuple[Row, Finding]]:
    """One address under two names of a category, or under another name and another producer anywhere."""
    for group in _sharing([row for row in rows if row.record.url], lambda it: address_key(it.record.url)):
        named: dict[str, list[Row]] = defaultdict(list)
        for row in group:
            named[fold(row.record.name)].append(row)
        for row in group:  # thousands may share both: rows of its own name are not gone through
            others = chain.from_iterable(them for name, them in named.items() if name != fold(row.record.name))
            category, producer = row.record.category, fold(row.record.producer)
            # Two names of one address in one category, or of two producers, are hardly the same dataset's.
            doubtful = (it for it in others if it.record.category == category or fold(it.record.producer) != producer)
            if other := next(doubtful, None):
                problem = f"la ligne {other.number_for(row)} donne la même adresse sous un autre nom."
                remedy = (
                    "Vérifiez à quelle ligne elle revient et corrigez l'autre, à moins qu'elle ne vaille pour les deux."
                )
                yield row, row.to_fix("url", "adresse-partagee", problem, remedy)


def _sharing(rows: Sequence[Row], key: Callable[[Row], object]) -> list[list[Row]]:
    """The groups of rows that have a key in common."""
    groups: dict[object, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return [group for group in groups.values() if len(group) > 1]
