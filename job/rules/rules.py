"""The rules: what may be published of a row, and what to tell the person who typed it.

A rule is a sentence that should be true of every row. It yields a finding for each thing that makes it false. A row is
left out when, and only when, a rule is blocking.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from job.config import Config
from job.content import FAULTS
from job.model import ROLES, Finding, Record
from job.rules.address import Refusal, address_key, is_on, looks_like_an_address
from job.rules.row import Row
from job.text import clean, fold, most_alike

Rule = Callable[[Row, Config], Iterator[Finding]]
WITHOUT_THIS_CELL = "La ligne est publiée sans cette cellule."

# --- rules for one row -------------------------------------------------------------------------------------------


def content_is_fit_to_publish(row: Row, config: Config) -> Iterator[Finding]:
    """A formula error, a secret, damaged or deceptive text is never published nor repeated."""
    for field, cell in row.altered:
        if not cell.fault:
            continue
        problem, remedy = FAULTS[cell.fault]
        if field in ("name", "category", "status"):
            yield row.blocking(field, cell.fault, problem, remedy, suggestion=cell.meant)
        else:
            effect = WITHOUT_THIS_CELL if field != "theme" else ""
            yield row.to_fix(field, cell.fault, problem, remedy, effect=effect, suggestion=cell.meant)


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
    silent = (field for field, cell in zip(row.position, row.cells, strict=True) if cell.says_nothing)
    missing = [field for field in silent if field in config.needed and field in row.tab.columns]
    if row["category"].is_to_come:
        missing.append("category")
    missing += [field for field, cell in row.altered if cell.is_ditto and field not in (*ROLES, *missing)]
    can_be_told = "url" in config.column and not row.tab.has_unknown_addresses
    is_promised = can_be_told and row.status and row.status.promises_access
    if row["url"].is_ditto or (is_promised and not row["url"].is_filled):
        missing.append("url")
    return missing


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
    return problem, _statuses(config) if field == "status" else config.column[field].help


def _statuses(config: Config) -> str:
    return f"Statuts admis : {', '.join(config.labels('status'))}."


_MAIL = re.compile(r"[^\s@/]+@[\w.-]+\.\w+")
# Folded. In a cell the word must stand apart: « (supprimé) BD TOPO », « BD TOPO, à retirer le 3 mai ». A plural tells
# what a dataset holds: « Concessions (annulées) ».
_WITHDRAWN = r"(?:a )?(?:(?:supprim|retir|abandonn|annul|enlev)(?:ee?|er)|ne (?:pas|plus) publier|doublon)"
_WITHDRAWN_CELL = re.compile(rf"(?:^\W*|[^\w\s'-] ?| - )(?:ligne |jeu )?{_WITHDRAWN}\b(?! et remplace)")
_WITHDRAWN_STATUS = re.compile(rf"\b{_WITHDRAWN}")
_TO_WITHDRAW = "Pour retirer cette ligne de la page, supprimez-la du tableau."


def name_names_a_dataset(row: Row, config: Config) -> Iterator[Finding]:
    """A name is no address, and no cell says in words that the row is withdrawn."""
    name = row["name"].typed
    if looks_like_an_address(name):
        free = _free_url_cell(row)
        remedy = f"Déplacez-la en {free}, et tapez le nom ici." if free else "Tapez le nom ici."
        yield row.blocking("name", "nom-adresse", "c'est une adresse, pas un nom.", remedy)
    elif _MAIL.fullmatch(name):
        yield row.blocking("name", "nom-adresse", "c'est une adresse de messagerie, pas un nom.", "Tapez le nom ici.")
    elif field := next((it for it in ROLES[:-2] if _withdraws(row[it].typed)), ""):
        yield row.blocking(field, "retrait-en-mots", "cette cellule dit que la ligne est retirée.", _TO_WITHDRAW)


@lru_cache(maxsize=1_000)  # producers and ministries come back
def _withdraws(text: str) -> bool:
    return bool(_WITHDRAWN_CELL.search(fold(text)))


def _free_url_cell(row: Row) -> str:
    """« G36 », where an address may be moved; "" when that cell is filled."""
    return row.cell_name("url") if "url" in row.tab.columns and not row["url"].text else ""


_APART = r"(?:[^\w\s'-]|(?<!\w)-(?!\w)|\b(?:et|ou|puis)\b)"  # what stands between two labels; some hold it themselves


def _side_by_side(raw: str, lookup: Mapping[str, str]) -> list[str]:
    """The labels that one cell holds, with a sign or a word like « et » between them."""
    labels = "|".join(map(re.escape, sorted(lookup, key=len, reverse=True)))
    text = fold(clean(raw.replace("\n", ";")))[:500]  # more is no list of labels, and would take long
    found = re.findall(rf"(?:^|{_APART})\W*+({labels})(?=\W*(?:$|{_APART}))", text)
    return list(dict.fromkeys(map(lookup.__getitem__, found)))


def category_is_known(row: Row, config: Config) -> Iterator[Finding]:
    cell = row["category"]
    if not cell.is_unknown:
        return
    lookup = config.lookup["category"]
    if len(several := _side_by_side(cell.raw, lookup)) > 1:
        others = _quoted(several[1:])
        remedy = f"Une seule catégorie par ligne : gardez « {several[0]} » et recopiez la ligne pour {others}."
        yield row.blocking("category", "categories-multiples", "cette cellule contient plusieurs catégories.", remedy)
    elif theme := config.lookup["theme"].get(fold(cell.text)):
        inside = [label for label, its_theme in config.theme_of.items() if its_theme == theme]
        remedy = f"Choisissez une de ses catégories, comme {_quoted(inside[:3])}."
        yield row.blocking("category", "categorie-inconnue", "c'est une thématique, pas une catégorie.", remedy)
    else:
        remedy, problem = "", "cette catégorie n'existe pas."
        if not cell.meant:
            alike = _quoted(most_alike(cell.text, lookup))
            remedy = f"Les plus proches : {alike}." if alike else config.column["category"].help
        yield row.blocking("category", "categorie-inconnue", problem, remedy, suggestion=cell.meant)


def category_belongs_to_the_theme(row: Row, config: Config) -> Iterator[Finding]:
    theme, right = row["theme"].value, row.record.theme
    if theme and right and theme != right:
        problem = f"cette catégorie appartient à la thématique « {right} », et non à « {theme} »."
        remedy = "Corrigez la thématique ou la catégorie."
        yield row.blocking("category", "categorie-d-un-autre-theme", problem, remedy)


def theme_is_known(row: Row, config: Config) -> Iterator[Finding]:
    cell, right = row["theme"], row.record.theme
    if cell.value or cell.fault or not right or "theme" not in row.tab.columns:
        return
    code = "thematique-inconnue" if cell.is_filled else "thematique-vide"
    problem = "cette thématique n'existe pas" if cell.is_filled else "il manque la thématique"
    yield row.info("theme", code, f"{problem} ; c'est la catégorie qui décide.", f"Ce devrait être « {right} ».")


def status_is_known(row: Row, config: Config) -> Iterator[Finding]:
    cell = row["status"]
    if not cell.is_unknown:
        return
    rest = fold(cell.text).removeprefix(fold(cell.meant))
    remedy, free = "" if cell.meant else _statuses(config), _free_url_cell(row)
    if _WITHDRAWN_STATUS.search(fold(cell.text)):
        remedy = f"{_TO_WITHDRAW} {remedy}"
    elif looks_like_an_address(cell.typed):
        where = f" : déplacez-la en {free}" if free else ""
        remedy = f"C'est une adresse{where}. {remedy}"
    elif any(map(str.isdigit, rest)):
        remedy = f"{remedy} Une date ou un nombre ne se met pas ici.".strip()
    yield row.blocking("status", "statut-inconnu", "ce statut n'existe pas.", remedy, suggestion=cell.meant)


def ministry_is_in_the_list(row: Row, config: Config) -> Iterator[Finding]:
    cell, lookup = row["ministry"], config.lookup["ministry"]
    if not cell.value or cell.is_listed:
        return
    as_typed = "La ligne est publiée telle quelle."
    if len(_side_by_side(cell.raw, lookup)) > 1 or fold(cell.text).count("ministere") > 1:
        problem = "cette cellule contient plusieurs ministères."
        remedy = "Gardez-en un seul, le principal."
        yield row.to_fix("ministry", "ministeres-multiples", problem, remedy, effect=as_typed)
    elif cell.meant:
        problem = "ce ministère n'est pas dans la liste."
        yield row.to_fix("ministry", "ministere-inconnu", problem, effect=as_typed, suggestion=cell.meant)
    elif fold(cell.text) in config.lookup["producer"]:
        problem = "c'est un producteur, pas un ministère."
        is_swapped = fold(row["producer"].text) in lookup
        swapped, other = "Producteur et ministère sont-ils intervertis ?", "Indiquez son ministère de tutelle."
        remedy = swapped if is_swapped else other
        yield row.to_fix("ministry", "ministere-producteur", problem, remedy, effect=as_typed)
    else:
        whom = config.sheet.contact or "la personne qui a partagé le tableau"
        remedy = f"S'il existe, {whom} peut l'ajouter à la liste."
        problem = "ce ministère n'est pas dans la liste ; il est publié tel quel."
        yield row.info("ministry", "ministere-hors-liste", problem, remedy)


def cells_hold_what_their_column_asks(row: Row, config: Config) -> Iterator[Finding]:
    """A text is short enough, an address usable, a date precise, a choice one of its list."""
    for field, cell in row.altered:
        kind, why = config.kinds[field], cell.refusal
        if kind == "text" and len(cell.typed) > config.limits.name:
            problem = f"ce texte compte {len(cell.typed)} caractères, la limite est de {config.limits.name}."
            why = Refusal("nom-trop-long" if field == "name" else "texte-trop-long", problem, "Raccourcissez-le.")
        elif kind == "date" and cell.is_unknown:
            remedy = "Tapez un jour, un mois et une année, comme 31/12/2026."
            why = Refusal("date-illisible", "ce n'est pas une date précise.", remedy)
        elif kind == "choice" and cell.is_unknown:
            remedy = "" if cell.meant else f"Valeurs admises : {', '.join(config.column[field].choices)}."
            why = Refusal("valeur-inconnue", "cette valeur n'est pas dans la liste.", remedy, suggestion=cell.meant)
        if why and field == "name":
            yield row.blocking(field, why.code, why.problem, why.remedy)
        elif why:
            effect = "La ligne est publiée sans lien." if field == "url" else WITHOUT_THIS_CELL
            yield row.to_fix(field, why.code, why.problem, why.remedy, effect=effect, suggestion=why.suggestion)


def address_is_where_the_status_says(row: Row, config: Config) -> Iterator[Finding]:
    status = row.status
    if row.record.url and status and status.address_on and not is_on(row.record.url, status.address_on):
        problem = f"le statut est « {status.label} », mais l'adresse n'est pas sur {status.address_on}."
        remedy = f"Tapez l'adresse de sa page sur {status.address_on}, ou choisissez un autre statut."
        yield row.to_fix("url", "adresse-hors-du-site-annonce", problem, remedy)


def delay_is_explained(row: Row, config: Config) -> Iterator[Finding]:
    """A status that promises no access comes with a reason, or a date to come, where the sheet asks for them."""
    if not row.status or row.status.promises_access:
        return
    asked = [it.field for it in config.extra if (it.explains or it.deadline) and it.field in row.tab.columns]
    if asked and not any(row[field].is_filled for field in asked):
        problem = f"rien ne dit pourquoi, ni jusqu'à quand, le statut est « {row.status.label} »."
        yield row.info(asked[0], "retard-inexplique", problem, "Vous pouvez le dire ici.")
    for field in (column.field for column in config.extra if column.deadline):
        if "" < row[field].value < row.today:
            problem = f"cette date est passée, et le statut est encore « {row.status.label} »."
            yield row.to_fix(field, "date-passee", problem, "Changez le statut, ou la date.")


def cells_are_typed_as_published(row: Row, config: Config) -> Iterator[Finding]:
    """A cell is published in the very characters that were typed, and the address stands in its own column."""
    for field, cell in row.altered:
        if cell.is_listed and cell.value != cell.typed:
            yield row.info(field, "libelle-normalise", f"publié sous le nom « {cell.value} ».")
        if cell.value not in ("", cell.typed) and config.kinds[field] == "address":
            yield row.info(field, "adresse-normalisee", "adresse publiée sous sa forme normalisée.")
        if not cell.is_neat and not (field == "url" and row.link_at):
            problem = "espaces en trop, retours à la ligne, codes HTML ou caractères invisibles retirés."
            yield row.info(field, "texte-nettoye", problem)
    if row.link_at and row.record.url:
        where = "le nom" if row.link_at == "name" else f"la cellule « {config.title(row.link_at)} »"
        problem = f"l'adresse a été trouvée sur {where} ; elle est publiée."
        yield row.info(row.link_at, "lien-ailleurs", problem, "Vous pouvez la copier dans sa colonne.", quoted=False)


RULES: tuple[Rule, ...] = (
    content_is_fit_to_publish,
    category_is_known,
    status_is_known,
    cells_hold_what_their_column_asks,
    cells_are_typed_as_published,
    category_belongs_to_the_theme,
    name_names_a_dataset,
    row_is_complete,
    theme_is_known,
    ministry_is_in_the_list,
    address_is_where_the_status_says,
    delay_is_explained,
)

# --- rules between rows: they look only at rows that no rule above leaves out -------------------------------------


def dataset_is_listed_once(rows: Sequence[Row], config: Config) -> Iterator[tuple[Row, Finding]]:
    """Of rows for the same dataset one is published: that of the first tab, then the most complete, in any order."""
    for group in _sharing(rows, lambda it: (it.record.category, fold(it.record.name), fold(it.record.producer))):
        first, *others = sorted(group, key=lambda row: (row.tab_number, _blanks(row.record, config), row.record))
        for row in others:
            differs = "" if row.record == first.record else ", avec d'autres informations"
            problem = f"cette ligne répète la ligne {first.number_for(row)}{differs} ; seule l'autre est publiée."
            remedy = "Gardez une seule des deux lignes, ou donnez-leur deux noms : le fichier, l'API."
            yield row, row.blocking("name", "doublon", problem, remedy)


def _blanks(record: Record, config: Config) -> int:
    return sum(text in ("", config.placeholder) for text in record[: len(ROLES)])


def address_is_of_one_dataset(rows: Sequence[Row], config: Config) -> Iterator[tuple[Row, Finding]]:
    """One address under two names of a category, or under another name and another producer anywhere."""
    for group in _sharing([row for row in rows if row.record.url], lambda it: address_key(it.record.url)):
        names = {fold(row.record.name) for row in group}
        for row in group if len(names) > 1 else ():  # one dataset may be in many categories
            if other := next((it for it in group if _are_strangers(row.record, it.record)), None):
                problem = f"la ligne {other.number_for(row)} donne la même adresse sous un autre nom."
                remedy = "Vérifiez à quelle ligne elle revient, et corrigez l'autre."
                yield row, row.to_fix("url", "adresse-partagee", problem, remedy)


def _are_strangers(one: Record, other: Record) -> bool:
    """Whether two records of one address are hardly the same dataset."""
    may_differ = one.category != other.category and fold(one.producer) == fold(other.producer)
    return not may_differ and fold(one.name) != fold(other.name)


def _sharing(rows: Sequence[Row], key: Callable[[Row], object]) -> list[list[Row]]:
    """The groups of rows that have a key in common."""
    groups: dict[object, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return [group for group in groups.values() if len(group) > 1]


def _quoted(labels: Iterable[str]) -> str:
    return ", ".join(f"« {label} »" for label in labels)
