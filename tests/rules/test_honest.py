"""What honest, hurried people do to a shared sheet: what is published all the same, and all that is told.

data/honest/no_dataset.csv holds rows that are no dataset, dataset.csv rows that are one in spite of their name, and
mistakes.csv what people mistype, one cell at a time, with what they are told.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import BLANK, DATA, EXAMPLE, SOUND, SOUND_RECORD, TITLES, Run, examples, lines, row, sheet
from hypothesis import example, given
from hypothesis import strategies as st

from job.changes.compare import compare, keep_last_good_versions
from job.config import Config
from job.content import content_fault
from job.model import ROLES, Change, Kind, Severity, Snapshot, Verdict
from job.rules.judge import judge
from job.rules.notes import KINDS
from job.source.csv_file import read_csv
from job.source.table import Grid, build_snapshot, chosen_grids

HONEST = Path(__file__).parents[1] / "data" / "honest"
Lines = Sequence[Sequence[str]]


def table(name: str) -> list[dict[str, str]]:
    with (HONEST / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cells(line: Mapping[str, str]) -> list[str]:
    return [line[field] for field in ROLES]


def read(config: Config, *tabs: Grid | Lines) -> Snapshot:
    """A Google Sheet with these visible tabs: « Suivi », then « Onglet 1 »…"""
    names = ("Suivi", *(f"Onglet {number}" for number in range(1, len(tabs))))
    grids = [tab if isinstance(tab, Grid) else Grid(names[gid], gid, tab) for gid, tab in enumerate(tabs)]
    return build_snapshot("Suivi HVD", "1AbC", chosen_grids(grids, config), config)


def published(verdict: Verdict) -> list[str]:
    return [record.name for record in verdict.records]


def told(verdict: Verdict) -> list[str]:
    """Each finding in short: severity, cell (the tab for a whole one), code."""
    return [f"{each.severity.value} {each.cell or each.tab} {each.code}" for each in verdict.findings]


def next_night(first: Snapshot, second: Snapshot, config: Config) -> tuple[Change, ...]:
    """What the second night changes of what the first one published."""
    before = judge(first, config).records
    after, _ = keep_last_good_versions(before, judge(second, config), config)
    return compare(before, after)


GOOD = [list(TITLES), *lines("Jeu A", "Jeu B", "Jeu C", "Jeu D", "Jeu E", "Jeu F")]
ALL = ["Jeu A", "Jeu B", "Jeu C", "Jeu D", "Jeu E", "Jeu F"]

# --- rows that are no dataset ------------------------------------------------------------------------------------

NO_DATASET = table("no_dataset.csv")


@pytest.mark.parametrize("line", NO_DATASET, ids=lambda line: " | ".join(filter(None, cells(line))))
def test_a_row_that_is_no_dataset_is_told_once_and_stands_for_none(line: dict[str, str], config: Config) -> None:
    odd = cells(line)
    first, second = read(config, [*GOOD, odd]), read(config, [*GOOD[:-1], odd])
    verdict = judge(first, config)
    (finding,) = verdict.findings
    assert (published(verdict), verdict.broken) == (ALL, ())
    assert (finding.severity, finding.code, finding.row) == (Severity.INFO, line["kind"], 8)
    changes = next_night(first, second, config)
    assert [(it.kind, it.old.name) for it in changes] == [(Kind.REMOVED, "Jeu F")]
    assert not next_night(first, first, config)


@pytest.mark.parametrize("line", table("dataset.csv"), ids=lambda line: " | ".join(filter(None, cells(line))))
def test_a_row_that_tells_something_of_a_dataset_is_one_however_odd_its_name(
    line: dict[str, str], config: Config
) -> None:
    verdict = judge(read(config, [*GOOD, cells(line)]), config)
    assert not {finding.code for finding in verdict.findings} & KINDS.keys()
    assert (line["name"] in published(verdict)) != bool(verdict.broken)


HELP = [
    ["Choisir dans la liste", "Choisir dans la liste", "Texte libre", "Organisme", "Choisir", "Choisir", "Adresse"],
    ["menu", "menu", "nom complet", "sigle", "menu", "menu", "https://www.data.gouv.fr/fr/datasets/…"],
    ["obligatoire", "obligatoire", "obligatoire", "obligatoire", "obligatoire", "obligatoire", "facultatif"],
    ["", "une seule", "nom complet du jeu", "organisme", "(voir l'onglet Listes)", "liste fermée", "lien"],
    ["Du règlement", "Du règlement", "Intitulé public", "Qui produit ?", "Qui est responsable ?", "Où en est-on ?", ""],
    ["(liste)", "(liste)", "(texte libre)", "(texte libre)", "(liste des ministères)", "(liste)", "(https://…)"],
]


@pytest.mark.parametrize("line", HELP, ids=[line[1] for line in HELP])
def test_rows_of_help_under_the_titles_are_told_once_each(line: list[str], config: Config) -> None:
    numbers = list("1234567")
    verdict = judge(read(config, [GOOD[0], numbers, [], line, *GOOD[1:]]), config)
    assert (published(verdict), told(verdict)) == (ALL, ["info C2 ligne-sans-jeu", "info C4 ligne-sans-jeu"])
    below = judge(read(config, [*GOOD, line]), config)  # there it is a dataset that somebody is about to fill in
    assert [finding.severity for finding in below.findings] == [Severity.BLOCKING]


@pytest.mark.parametrize(
    ("first", "remark"),
    [
        (["Géo", "Adrese", "Base des gares", "IGN", "MTE", "En cours", ""], "bloquant B2 categorie-inconnue"),
        (["DonnÃ©es", "BÃ¢timents", "Base", "IGN", "CohÃ©sion", "PlanifiÃ©", ""], "bloquant B2 accents-abimes"),
        (["#REF!"] * 7, "bloquant B2 erreur-de-formule"),
        # Pasted one column off.
        (["Adresses", "BAN", "IGN", "MTE", "Disponible", "https://exemple.fr/1"], "bloquant B2 categorie-inconnue"),
        (["", "Données géospatiales", "Adresses", "BAN", "IGN", "MTE", "Disponible"], "bloquant B2 categorie-inconnue"),
    ],
)
def test_a_row_of_help_is_only_what_no_list_knows(config: Config, first: list[str], remark: str) -> None:
    assert told(judge(read(config, [GOOD[0], first]), config)) == [remark]


# --- what people type --------------------------------------------------------------------------------------------

MISTAKES = table("mistakes.csv")


def test_a_list_is_named_in_its_gender(config: Config) -> None:
    measures = config.list.model_copy(update={"singular": "mesure", "article": "la"})
    (finding,) = judge(sheet(BLANK | {"name": "Total : 12"}), config.model_copy(update={"list": measures})).findings
    assert "pas une mesure" in finding.message


@pytest.mark.parametrize("line", MISTAKES, ids=lambda line: f"{line['column']} = {line['typed']}")
def test_a_mistake_is_told_in_words_that_help(line: dict[str, str], config: Config) -> None:
    columns = [
        next(each.field for each in config.columns if each.title == title) for title in line["column"].split(" + ")
    ]
    typed = line["typed"].split(" + ") if line["typed"] else [""] * len(columns)
    (finding,) = judge(sheet(row(**dict(zip(columns, typed, strict=True)))), config).findings
    said = (finding.severity.value, finding.cell, finding.message.replace("\u00a0", " "))
    assert said == (line["severity"], line["cell"], line["message"])


@pytest.mark.parametrize(
    "name",
    [
        "Concessions (annulées)",
        "Installations nucléaires - abandonnées",
        "Enlevés : véhicules en fourrière",
        "BD TOPO (annule et remplace la version 2)",
        "Trains supprimés",
        "Doublon d'adresses",
        "Retrait-gonflement des argiles",
    ],
)
def test_a_name_may_speak_of_what_was_withdrawn(name: str, config: Config) -> None:
    verdict = judge(sheet(row(name=name)), config)
    assert (published(verdict), told(verdict)) == ([name], [])


def test_every_message_is_good_french(config: Config) -> None:
    fields = {column.title: column.field for column in config.columns}
    one = [row(**{fields[line["column"]]: line["typed"]}) for line in MISTAKES if " + " not in line["column"]]
    odd = [BLANK | {field: line[field] for field in ROLES} for line in NO_DATASET]
    findings = judge(sheet(*one, *odd), config).findings
    assert len(findings) > 150
    for finding in findings:
        ours = " ".join(filter(None, (finding.sentence, finding.effect, finding.remedy)))
        assert finding.typed or re.match("[A-ZÀ-Ý«]", ours), "begins with a capital, or with what was typed"
        assert not re.search(" [:;?!»]|« ", ours), "no-break spaces"
        assert ours.endswith((".", "?"))
        assert "liste déroulante" not in ours
        assert finding.severity is not Severity.BLOCKING or "publiée" not in finding.effect
        assert finding.severity is Severity.INFO or finding.to_do, "says what to do"


SEVERAL = [
    # typed (the rest of the row is sound)  → the one remark of the whole row
    (
        {"status": "Diponible", "producer": "n/c", "url": "Lien"},
        (
            "bloquant F2 « Diponible » : ce statut n'existe pas. Vouliez-vous dire « Disponible » ? Sur la même ligne, "
            "D2 (Producteur) : cette cellule est lue comme une cellule vide ; G2 (URL) : ce n'est pas une adresse web."
        ),
    ),
    (
        {"status": "Diponible", "producer": "", "ministry": ""},
        (
            "bloquant F2 « Diponible » : ce statut n'existe pas. Vouliez-vous dire « Disponible » ? Sur la même ligne, "
            "il manque : producteur (D2), ministère de tutelle (E2)."
        ),
    ),
    (
        {"category": "", "name": "", "status": ""},
        (
            "bloquant B2 Ligne incomplète : catégorie (B2), nom du jeu de données (C2), statut (F2). "
            "Complétez ces cellules."
        ),
    ),
    (
        {"producer": "idem", "ministry": "idem"},
        "à corriger D2 Ligne incomplète : producteur (D2), ministère de tutelle (E2). Recopiez ces valeurs en entier.",
    ),
    (
        {"name": "https://exemple.fr/jeu", "url": ""},
        (
            "bloquant C2 « https://exemple.fr/jeu » : c'est une adresse, pas un nom. Déplacez-la en G2. Tapez le nom "
            "ici. "
            "Sur la même ligne, G2 (URL) : le statut est « Disponible », mais il n'y a pas d'adresse."
        ),
    ),
]


@pytest.mark.parametrize(("typed", "remark"), SEVERAL)
def test_one_row_gets_one_message(typed: dict[str, str], remark: str, config: Config) -> None:
    (finding,) = judge(sheet(row(**typed)), config).findings
    assert f"{finding.severity.value} {finding.cell} {finding.message}".replace("\u00a0", " ") == remark


NOTHING_SAID = (
    "n/c|?|-|…|xx|à compléter|à préciser (voir la DINUM)|TRUE|(Information manquante)|non renseigné à ce "
    "jour|N.D.|néant"
    "|idem|Idem.|idem ci-dessus|\"|''|〃|↑|voir ci-dessus|cf. ligne précédente|même producteur|ibidem|Le même|supra"
).split("|")


@pytest.mark.parametrize("text", NOTHING_SAID)
def test_words_that_say_nothing_are_an_empty_cell_and_never_published(text: str, config: Config) -> None:
    rows = [row(name=f"Jeu {n}", url=f"https://exemple.fr/{n}") | {field: text} for n, field in enumerate(ROLES)]
    verdict = judge(sheet(*rows), config)
    assert [tuple(record[2:7]) for record in verdict.records] == [
        ("Jeu 0", "IGN", SOUND["ministry"], "Disponible", "https://exemple.fr/0"),
        ("Jeu 3", "", SOUND["ministry"], "Disponible", "https://exemple.fr/3"),
        ("Jeu 4", "IGN", "", "Disponible", "https://exemple.fr/4"),
        ("Jeu 5", "IGN", SOUND["ministry"], "A venir", "https://exemple.fr/5"),
        ("Jeu 6", "IGN", SOUND["ministry"], "Disponible", ""),
    ]
    copies = "Recopiez la valeur dans cette cellule." in {finding.remedy for finding in verdict.findings}
    assert copies == (NOTHING_SAID.index(text) >= NOTHING_SAID.index("idem"))


def test_what_a_portal_exports_is_read_or_gets_the_right_suggestion(config: Config) -> None:
    (line,) = lines("Sites d&#39;int&eacute;r&ecirc;t &amp; zones")
    exported = [line[0], "['Bâtiments']", "API RNB", *line[3:6], "https://exemple.fr/api"]
    both = [line[0], "['Adresses', 'Bâtiments']", "Cadastre", *line[3:6], "https://exemple.fr/cadastre"]
    verdict = judge(read(config, [GOOD[0], line, exported, both]), config)
    assert published(verdict) == ["Sites d'intérêt & zones"]
    assert told(verdict) == [
        "info C2 texte-nettoye",
        "bloquant B3 categorie-inconnue",
        "bloquant B4 categories-multiples",
    ]
    assert verdict.findings[1].suggestion == "Bâtiments"


@pytest.mark.parametrize("api", ["https://exemple.fr/api", "https://exemple.fr/0"])
def test_the_file_and_the_api_of_one_dataset_need_a_name_and_an_address_each(api: str, config: Config) -> None:
    (file,) = lines("RNB")
    verdict = judge(read(config, [GOOD[0], file, [*file[:6], api]]), config)
    assert (published(verdict), told(verdict)) == (["RNB"], ["bloquant C3 doublon"])
    assert verdict.findings[0].remedy.endswith(
        "ou donnez-leur deux noms\u00a0: le fichier, l'API. Chacun a alors son adresse."
    )
    followed = [*file[:2], "RNB, l'API", *file[3:6], "https://exemple.fr/api"]
    assert told(judge(read(config, [GOOD[0], file, followed]), config)) == []


def test_the_other_row_is_looked_for_in_the_tab_that_one_counts(config: Config) -> None:
    contacts = [["Nom", "Téléphone"], ["Claire", "poste 12"]]
    verdict = judge(read(config, contacts, GOOD, contacts, [GOOD[0], GOOD[1], *lines("Jeu Z")]), config)
    (twin,) = (finding for finding in verdict.findings if finding.code == "doublon")
    assert "répète la ligne 2 de l'onglet n° 2\u00a0;" in twin.problem


@pytest.mark.parametrize(
    ("first", "wrong"),
    [  # from this column on, the cells of the row stand one to the right or to the left of their titles
        (0, ["", *GOOD[1]]),
        (0, GOOD[1][1:]),
        (3, [*GOOD[1][:3], "", *GOOD[1][3:]]),
    ],
)
def test_a_row_that_was_pasted_one_column_off_is_told_so(first: int, wrong: list[str], config: Config) -> None:
    verdict = judge(read(config, [*GOOD[:1], *GOOD[2:], wrong]), config)
    (finding,) = (finding for finding in verdict.findings if finding.severity is not Severity.INFO)
    assert (finding.severity, finding.suggestion, finding.column in TITLES[first:]) == (Severity.BLOCKING, "", True)
    assert finding.remedy.startswith("La ligne semble décalée\u00a0: remettez chaque valeur sous son titre.")


LINKED = {(1, 2): ("https://demo.data.gouv.fr/fr/datasets/a/",)}  # on the name


def test_the_address_that_replaces_a_link_is_asked_for_where_it_cures(config: Config) -> None:
    (line,) = lines("Jeu A")
    linked = judge(read(config, Grid("Suivi", 0, [GOOD[0], [*line[:6], ""]], links=LINKED)), config)
    assert told(linked) == ["à corriger C2 adresse-de-test"]
    assert linked.findings[0].remedy.endswith("L'adresse se tape en G2.")
    assert told(judge(read(config, Grid("Suivi", 0, [GOOD[0], line], links=LINKED)), config)) == []


def test_without_a_column_for_it_an_address_is_changed_in_its_link(config: Config) -> None:
    rows = [line[:6] for line in [GOOD[0], *lines("Jeu A")]]
    (finding,) = judge(read(config, Grid("Suivi", 0, rows, links=LINKED)), config).findings
    assert (finding.cell, finding.remedy) == (
        "C2",
        "Indiquez l'adresse du jeu sur le site réel. L'adresse se change dans le lien, et non dans le texte.",
    )


def test_an_address_that_ends_in_32_hexadecimal_digits_holds_no_secret(config: Config) -> None:
    slug = "https://exemple.opendata.arcgis.com/datasets/zones-9f3c1f5c0f6d4c5d8a7b6c5d4e3f2a1b_0"
    verdict = judge(sheet(row(url=slug)), config)
    assert ([record.url for record in verdict.records], told(verdict)) == ([slug], [])


# --- tabs, titles, merges, links: two nights ---------------------------------------------------------------------


RENAMED = [*GOOD[:2], [*GOOD[2][:2], "Jeu B nouveau", *GOOD[2][3:]], *GOOD[3:-1]]
BESIDE = {
    "contacts": (
        [["Ministère", "Nom", "Courriel"], ["MTE", "Nom de test", "contact@exemple.fr"]],
        "info Onglet 1 onglet-ignore",
    ),
    "lists": ([["Thématique", "Catégorie", "Statut"], ["", "Adresses", "Disponible"]], "info Onglet 1 onglet-ignore"),
    "a log": (
        [["Date", "Jeu de données", "Statut", "Par"], ["12/03", "Jeu A", "Disponible"]],
        "info Onglet 1 onglet-ignore",
    ),
    "a copy of last night": (GOOD, "à corriger Onglet 1 onglet-copie"),
}


@pytest.mark.parametrize("beside", BESIDE)
def test_nothing_withdrawn_comes_back_from_another_tab(beside: str, config: Config) -> None:
    tab, remark = BESIDE[beside]
    first, second = read(config, GOOD, tab), read(config, RENAMED, tab)
    changes = next_night(first, second, config)
    assert [(it.kind, it.old.name, it.new.name) for it in changes] == [
        (Kind.REMOVED, "Jeu F", "Jeu F"),
        (Kind.RENAMED, "Jeu B", "Jeu B nouveau"),
    ]
    assert told(judge(second, config)) == [remark]


@pytest.mark.parametrize("title", ["Archives", "Lignes supprimées", "Jeux retirés", "Poubelle"])
def test_a_dataset_moved_to_a_visible_tab_of_what_is_over_leaves_the_page(title: str, config: Config) -> None:
    over = Grid(title, 7, [GOOD[0], GOOD[-1]])
    second = read(config, GOOD[:-1], over)
    changes = next_night(read(config, GOOD), second, config)
    assert [(it.kind, it.old.name) for it in changes] == [(Kind.REMOVED, "Jeu F")]
    assert told(judge(second, config)) == [f"à corriger {title} onglet-copie"]


COLUMNS = {
    "marks": ([f"{title} *" for title in TITLES], [], []),
    "brackets and numbers": ([f"{number}. {title} (obligatoire)" for number, title in enumerate(TITLES)], [], []),
    "an alias beside the title": ([*TITLES, "Nom"], ["Durand"], ["info H1 colonne-ignoree"]),
    "a key to the right": ([*TITLES, "", "Statut"], ["", "Disponible"], ["info I1 colonne-ignoree"]),
    "another title of the addresses": ([*TITLES[:6], "URL du jeu de données"], [], []),
}


@pytest.mark.parametrize("case", COLUMNS)
def test_titles_and_columns_of_ones_own_change_nothing(case: str, config: Config) -> None:
    titles, more, remarks = COLUMNS[case]
    second = read(config, [titles, *([*line, *more] for line in GOOD[1:])])
    assert not next_night(read(config, GOOD), second, config)
    assert set(told(judge(second, config))) == set(remarks)


def test_a_column_of_addresses_that_cannot_be_known_is_one_finding(config: Config) -> None:
    verdict = judge(read(config, [[*TITLES[:6], "Page"], *GOOD[1:]]), config)
    assert (published(verdict), told(verdict)) == (ALL, ["à corriger G1 colonne-d-adresses"])


def google(config: Config, *rows: Sequence[str], **traits: Any) -> Snapshot:
    return read(config, Grid("Suivi", 0, [GOOD[0], *rows], **traits))


def test_producer_ministry_and_status_merged_over_rows_count_for_each(config: Config) -> None:
    rows = lines("Jeu A", "Jeu B", "Jeu C")
    merged = [rows[0], *([*line[:3], "", "", "", line[6]] for line in rows[1:])]
    second = google(config, *merged, merges=[(1, 4, column) for column in (3, 4, 5)])
    assert not next_night(google(config, *rows), second, config)
    assert told(judge(second, config)) == []


def test_a_name_and_its_address_merged_over_two_categories_are_two_datasets(config: Config) -> None:
    (one,) = lines("RNB")
    other = [one[0], "Bâtiments", "", *one[3:6], ""]
    first = google(config, one, other, merges=[(1, 3, 2), (1, 3, 6)])
    assert [record[1:3] + record[6:7] for record in judge(first, config).records] == [
        ("Adresses", "RNB", "https://exemple.fr/0"),
        ("Bâtiments", "RNB", "https://exemple.fr/0"),
    ]
    changes = next_night(first, google(config, one), config)
    assert [(it.kind, it.old.category) for it in changes] == [(Kind.REMOVED, "Bâtiments")]


LINKS = [
    ({(1, 2): ("https://exemple.fr/a",)}, "https://exemple.fr/a", ["info C2 lien-ailleurs"]),
    ({(1, 5): ("https://exemple.fr/a",)}, "https://exemple.fr/a", ["info F2 lien-ailleurs"]),
    ({(1, 2): ("https://exemple.fr/a", "https://exemple.fr/b")}, "", ["à corriger C2 adresses-multiples"]),
    ({(1, 6): ("https://exemple.fr/a", "https://exemple.fr/b")}, "", ["à corriger G2 adresses-multiples"]),
]


@pytest.mark.parametrize(("links", "address", "remarks"), LINKS)
def test_a_link_placed_on_a_cell_is_its_address_when_there_is_one(
    links: Mapping[tuple[int, int], tuple[str, ...]], address: str, remarks: list[str], config: Config
) -> None:
    (line,) = lines("Jeu A")
    verdict = judge(google(config, [*line[:6], ""], links=links), config)
    assert ([record.url for record in verdict.records], told(verdict)) == ([address], remarks)


def test_rows_struck_through_stay_published_and_are_announced(config: Config) -> None:
    second = google(config, *GOOD[1:], withdrawn_rows=frozenset([6]))
    assert not next_night(read(config, GOOD), second, config)
    assert told(judge(second, config)) == ["info Suivi ligne-masquee"]


# --- the same by the command line: the decision ------------------------------------------------------------------

NIGHTS = {
    "a note below": (["* Liste tenue par le bureau des données"], ["Jeu F"]),
    "a total": (["", "", "Total : 6"], ["Jeu F"]),
    "repeated titles": (TITLES, ["Jeu F"]),
    "a separation": (["", "", "———"], ["Jeu F"]),
    "a category alone": (["", "Adresses"], ["Jeu E", "Jeu F"]),
}


@pytest.mark.parametrize("case", NIGHTS)
def test_the_second_night_proposes_what_was_deleted_and_the_third_nothing(case: str, project: Path, run: Run) -> None:
    odd, deleted = NIGHTS[case]
    kept = [line for line in GOOD if line[2] not in deleted]
    decisions = []
    for sheet_of_the_night in ([*GOOD, odd], [*kept, odd], [*kept, odd]):
        with (project / "sheet.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(sheet_of_the_night)
        code, out, _ = run("sync", "--from", project / "sheet.csv")
        decisions.append((code, re.findall("Décision : (.*)", out)[0]))
    assert decisions == [(0, "open"), (0, "open"), (0, "none")]
    page = (project / DATA).read_text(encoding="utf-8")
    assert [name for name in ALL if name not in page] == deleted


# --- for any sheet -----------------------------------------------------------------------------------------------

with EXAMPLE.open(encoding="utf-8", newline="") as _file:
    REAL = list(csv.reader(_file))

ODD_ROWS = st.lists(st.sampled_from([cells(line) for line in NO_DATASET]), max_size=3)
OWN_TABS = st.lists(st.sampled_from([tab for tab, _ in BESIDE.values() if tab is not GOOD]), max_size=2)
OWN_COLUMNS = st.lists(
    st.sampled_from(["Nom", "Remarques", "Statut (interne)", "Lien", "Échéance"]), max_size=2, unique=True
)
PLACES = st.integers(1, len(REAL) - 1)


def real_sheet(
    config: Config, rows: Lines, odd: Lines, place: int, tabs: Sequence[Lines], columns: Sequence[str]
) -> Snapshot:
    titles = [*REAL[0], *columns]
    body = [[*line, *("x" for _ in columns)] for line in rows]
    return read(config, [titles, *body[:place], *odd, *body[place:]], *tabs)


@given(ODD_ROWS, PLACES, OWN_TABS, OWN_COLUMNS, PLACES)
@examples(40)
def test_what_is_added_beside_datasets_changes_nothing_and_what_is_deleted_goes_the_same_night(
    config: Config, odd: Lines, place: int, tabs: Sequence[Lines], columns: Sequence[str], deleted: int
) -> None:
    before = judge(read_csv(EXAMPLE, config), config).records
    beside = judge(real_sheet(config, REAL[1:], odd, place, tabs, columns), config)
    assert beside.records == before
    less = judge(real_sheet(config, [*REAL[1:deleted], *REAL[deleted + 1 :]], odd, place, tabs, columns), config)
    after, kept = keep_last_good_versions(before, less, config)
    gone = set(before) - set(after)
    assert (len(after), kept, {record.name for record in gone}) == (len(before) - 1, (), {REAL[deleted][2]})


WORDS = st.text(st.sampled_from("abcdéèà ,;:.!?()*-0123456789"), min_size=1, max_size=30)


@given(WORDS, st.sampled_from(ROLES[:6]))
@example("Jeu F", "name")
@examples(60)
def test_a_text_alone_in_its_row_is_never_published_nor_blocks(config: Config, text: str, field: str) -> None:
    verdict = judge(sheet(row(), BLANK | {field: text}), config)
    assert len(verdict.records) == 1
    assert not [each for each in verdict.findings if each.severity is Severity.BLOCKING and not content_fault(text)]


@given(WORDS)
@examples(60)
def test_a_name_with_all_its_cells_is_a_dataset_unless_it_says_so_itself(config: Config, text: str) -> None:
    verdict = judge(sheet(row(name=f"Base {text}")), config)
    assert verdict.records == (SOUND_RECORD._replace(name=verdict.records[0].name),)
