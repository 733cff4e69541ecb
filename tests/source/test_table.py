"""CSV export → Snapshot: what is read, what is refused, and what is passed over but mentioned."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import TITLES, lines

from job.config import Config
from job.model import ROLES, Finding, JobError, Severity, Snapshot, Tab
from job.source.csv_file import read_csv
from job.source.table import Grid, build_snapshot, chosen_grids, where

if TYPE_CHECKING:
    import pandas as pd

ROOT = Path(__file__).parents[2]
HEADER = ",".join(TITLES)
ROW = "Géo,Adresses,BAN,IGN,MTE,Disponible,https://ban.fr"
CELLS = ("Géo", "Adresses", "BAN", "IGN", "MTE", "Disponible", "https://ban.fr")
COLUMNS = ("tab", "row", *ROLES, "link_at")


def rows_of(rows: pd.DataFrame) -> list[tuple[object, ...]]:
    """The frame as plain tuples, its columns checked."""
    assert tuple(rows.columns) == COLUMNS
    assert [str(rows[column].dtype) for column in COLUMNS] == ["int64", "int64", *["object"] * 8]
    return list(rows.itertuples(index=False, name=None))


Read = Callable[[str | bytes], Snapshot]


@pytest.fixture
def read(tmp_path: Path, config: Config) -> Read:
    """Reads a CSV export with this content."""

    def read(content: str | bytes) -> Snapshot:
        path = tmp_path / "export.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_csv(path, config)

    return read


def refusal(read: Read, content: str | bytes) -> str:
    """The sentence, without the path."""
    with pytest.raises(JobError) as refused:
        read(content)
    assert refused.value.exit_code == 1
    assert refused.value.__context__ is None
    return re.sub(r"« \S+/export", "« export", str(refused.value))


def test_an_export_is_read_as_text_with_its_row_numbers_and_columns(read: Read) -> None:
    snapshot = read(f"{HEADER}\n{ROW}\n,Adresses, 0123 ,NA,nan,1.50,\n")
    assert rows_of(snapshot.rows) == [
        (0, 2, *CELLS, ""),
        (0, 3, "", "Adresses", " 0123 ", "NA", "nan", "1.50", "", ""),
    ]
    assert (snapshot.source, snapshot.sheet, snapshot.findings) == ("export.csv", "", ())
    assert snapshot.tabs == (Tab("export.csv", 1, "", dict(zip(ROLES, "ABCDEFG", strict=True))),)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f"\ufeff{HEADER}\n{ROW}\n".encode(), id="byte order mark"),
        pytest.param(f"{HEADER}\r\n{ROW}\r\n".encode(), id="CRLF"),
        pytest.param(f"{HEADER}\r{ROW}\r".encode(), id="CR"),
        pytest.param(f"{HEADER}\n{ROW}".encode(), id="no final line break"),
        pytest.param(f"{HEADER}\n{ROW}\n".replace(",", ";").encode(), id="semicolons"),
        pytest.param(f"{HEADER}\n{ROW}\n".replace(",", "\t").encode(), id="tabs"),
        pytest.param(f"{HEADER.upper()}\n{ROW}\n".encode(), id="capitals"),
        pytest.param(f"{HEADER},,,\n{ROW},,,\n".encode(), id="empty columns"),
        pytest.param(f"{HEADER}\n{ROW},surplus\n".encode(), id="longer row"),
        pytest.param(
            f"\u00a0Thème\u200b ,categorie,Titre,producteur,ministere  de tutelle,ÉTAT,Lien\n{ROW}\n".encode(),
            id="aliases, accents and invisible characters",
        ),
        pytest.param('"' + HEADER.replace(",", '","') + f'"\n{ROW}\n'.replace("BAN", '"BAN"'), id="quotes"),
    ],
)
def test_every_usual_kind_of_export_gives_the_same_row(read: Read, content: str | bytes) -> None:
    assert rows_of(read(content).rows) == [(0, 2, *CELLS, "")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            'Géo,A,"deux\nlignes",,,,\nGéo,A,suivant,,,,\n', [(2, "deux\nlignes"), (3, "suivant")], id="break"
        ),
        pytest.param("\n,,,,,,\nGéo,A,quatre,,,,\n", [(4, "quatre")], id="blank rows keep the numbering"),
        pytest.param(
            " ,\u00a0,\u200b,\t,\u2800,,\nGéo,A,trois,,,,\n", [(3, "trois")], id="what looks blank is a blank row"
        ),
        pytest.param("Géo,A,court\n", [(2, "court")], id="a short row"),
        pytest.param("Géo,A\n", [(2, "")], id="a row without a name"),
        pytest.param(",,?,,,,\n,,日本,,,,\n,,\u202e,,,,\n", [(2, "?"), (3, "日本"), (4, "\u202e")], id="any sign"),
        pytest.param('Géo,A,"dit ""base"", v2",,,,\n', [(2, 'dit "base", v2')], id="doubled quotes"),
        pytest.param("", [], id="a header alone"),
    ],
)
def test_a_row_keeps_the_number_it_has_in_the_sheet(read: Read, body: str, expected: list[tuple[int, str]]) -> None:
    rows = read(f"{HEADER}\n{body}").rows
    assert list(zip(rows["row"], rows["name"], strict=True)) == expected


def test_columns_are_found_by_title_in_any_order_below_a_preamble(read: Read) -> None:
    titles = "URL,Statut,Nom du jeu de données,Producteur,Catégorie,Ministère de tutelle"
    lines = ["Recensement,mis à jour,le 12 mars,par la DINUM", ",,", "Merci de remplir,Statut,", titles]
    snapshot = read("\n".join([*lines, "https://ban.fr,Disponible,BAN,IGN,Adresses,MTE\n"]))
    assert rows_of(snapshot.rows) == [(0, 5, "", *CELLS[1:], "")]
    letters = {"category": "E", "name": "C", "producer": "D", "ministry": "F", "status": "B", "url": "A"}
    assert (snapshot.tabs[0].columns, snapshot.tabs[0].header) == (letters, 4)


def test_a_dataset_that_a_sort_took_above_the_titles_is_read_like_the_others(read: Read) -> None:
    above = ["Recensement,,,2024", "Géo,Adresses,Zoo,IGN,,,", "Statut,,,", ",x,Villes,INSEE,,Planifié,"]
    below = ["Géo,Adresses,BAN,,,Disponible,"]
    rows = read("\n".join([*above, HEADER, *below])).rows
    assert list(zip(rows["row"], rows["name"], strict=True)) == [(2, "Zoo"), (4, "Villes"), (6, "BAN")]


def test_the_first_row_of_titles_is_the_one_even_if_a_fuller_one_follows(read: Read) -> None:
    titles = "Catégorie,Nom du jeu de données,Producteur,Statut,Ministère de tutelle"
    rows = read("\n".join([titles, "A,un,IGN,Disponible", f"{titles},URL", "A,deux,IGN,Disponible"])).rows
    assert list(rows["name"]) == ["un", "Nom du jeu de données", "deux"]


def test_the_header_may_stand_on_the_tenth_row_but_no_lower(read: Read) -> None:
    assert rows_of(read("Bonjour\n" * 9 + f"{HEADER}\n{ROW}\n").rows) == [(0, 11, *CELLS, "")]
    assert refusal(read, "Bonjour\n" * 10 + f"{HEADER}\n{ROW}\n") == (
        "Fichier « export.csv » : il manque les colonnes « Catégorie », « Nom du jeu de données », « Producteur », "
        "« Ministère de tutelle », « Statut ». Titres non reconnus : A1 « Bonjour ». Rétablissez les titres de "
        "colonnes, sur une même ligne, parmi les dix premières. Rien n'a été modifié."
    )


def test_unknown_columns_are_passed_over_and_mentioned(read: Read) -> None:
    snapshot = read(f"{HEADER},Commentaire interne,\n{ROW},à revoir,oubli\n")
    assert rows_of(snapshot.rows) == [(0, 2, *CELLS, "")]
    ignored = partial(Finding, Severity.INFO, "colonne-ignoree", tab="export.csv", row=1)
    assert snapshot.findings == (
        ignored("cette colonne n'est pas connue : elle n'est pas publiée.", cell="H1", column="Commentaire interne"),
        ignored("cette colonne n'est pas connue : elle n'est pas publiée.", cell="I1"),
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        *(
            pytest.param(
                content,
                "Fichier « export.csv » : ce n'est pas un CSV en UTF-8. Enregistrez le tableau au format « CSV "
                "UTF-8 ».",
                id=case,
            )
            for case, content in {
                "Windows-1252": f"{HEADER}\n{ROW}\n".encode("cp1252"),
                "UTF-16": f"{HEADER}\n{ROW}\n".encode("utf-16"),
                "xlsx": b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00\xb5\x55",
                "xls": b"\xd0\xcf\x11\xe0\xa1\xb1",
            }.items()
        ),
        *(
            pytest.param(
                f"{HEADER}\n{lines}",
                f"Fichier « export.csv », vers la ligne {line} : des guillemets sont mal placés, ou une cellule est "
                "trop longue. Exportez à nouveau le tableau.",
                id=case,
            )
            for case, line, lines in (
                ("open quote", 4, f'{ROW}\nGéo,A,"jamais fermé\n{ROW}\n'),
                ("text after a quote", 2, 'Géo,A,"BAN" v2,,,,\n'),
                ("huge cell", 2, f"Géo,A,{'x' * 200_000},,,,\n"),
            )
        ),
        pytest.param(
            b"",
            "Fichier « export.csv » : il manque les colonnes « Catégorie », « Nom du jeu de données », « Producteur », "
            "« Ministère de tutelle », « Statut ». Rétablissez les titres de colonnes, sur une même ligne, parmi les "
            "dix premières.",
            id="empty",
        ),
        pytest.param(
            HEADER.replace("Statut", "Statut d'ouv.") + ",Remarques",
            "Fichier « export.csv » : il manque la colonne « Statut ». Titres non reconnus : F1 « Statut d'ouv. », H1 "
            "« Remarques ». Rétablissez les titres de colonnes, sur une même ligne, parmi les dix premières.",
            id="a required column is missing",
        ),
        pytest.param(
            HEADER.replace("Statut", "") + "\n,Adresses,BAN,IGN,MTE,Disponible,\n",
            "Fichier « export.csv » : il manque la colonne « Statut ». Titres vides : F1. Rétablissez les titres de "
            "colonnes, sur une même ligne, parmi les dix premières.",
            id="a required title was wiped",
        ),
        pytest.param(
            f"{HEADER.replace('URL', 'Lien')},Adresse\n",
            "Fichier « export.csv » : la colonne « URL » existe deux fois, en G1 « Lien » et en H1 « Adresse ». "
            "Supprimez ou renommez l'une des deux.",
            id="two aliases",
        ),
        pytest.param(
            f"\n{HEADER},statut\n",
            "Fichier « export.csv » : la colonne « Statut » existe deux fois, en F2 « Statut » et en H2 « statut ». "
            "Supprimez ou renommez l'une des deux.",
            id="a title twice",
        ),
    ],
)
def test_a_file_that_is_no_whole_export_is_refused_in_one_sentence(
    read: Read, content: str | bytes, sentence: str
) -> None:
    csv.field_size_limit(131_072)  # Python's own; importing frictionless lifts it for the whole process
    assert refusal(read, content) == f"{sentence} Rien n'a été modifié."


def test_a_missing_file_and_a_folder_are_refused_with_their_path(tmp_path: Path, config: Config) -> None:
    for path in (tmp_path / "nulle-part.csv", tmp_path):
        with pytest.raises(JobError) as refused:
            read_csv(path, config)
        assert str(refused.value) == (
            f"Fichier « {path} » introuvable ou illisible. Vérifiez le chemin donné à --from. Rien n'a été modifié."
        )


def test_no_title_unfit_to_repeat_is_repeated_in_a_refusal(read: Read) -> None:
    assert "azerty42" not in refusal(read, "mdp : azerty42,Catégorie\n")


@pytest.mark.parametrize(
    ("column", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
)
def test_columns_are_lettered_as_in_a_sheet(column: int, letters: str) -> None:
    assert where(None, column) == letters


@pytest.mark.slow
def test_reading_a_file_imports_no_google_library() -> None:
    script = (
        "import sys, pathlib; from job.source.csv_file import read_csv; from job.config_file import load_config\n"
        "read_csv(pathlib.Path('tests/data/tableau.csv'), load_config(pathlib.Path('tests/data/config.toml')))\n"
        "print([name for name in ('gspread', 'google.auth', 'requests') if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    )
    assert done.stdout == "[]\n"


# --- tabs --------------------------------------------------------------------------------------------------------


GOOD = [[*TITLES], *lines("Jeu A", "Jeu B", "Jeu C", "Jeu D")]


def snapshot_of(config: Config, *tabs: tuple[str, Sequence[Sequence[str]]], **traits: Any) -> Snapshot:
    """A Google Sheet with these visible tabs; the traits are those of the first one."""
    grids = [Grid(title, gid, rows, **(traits if gid == 0 else {})) for gid, (title, rows) in enumerate(tabs)]
    return build_snapshot("Suivi HVD", "1AbC", chosen_grids(grids, config), config)


def told(snapshot: Snapshot) -> list[str]:
    return [f"{each.severity.value} {each.tab} {each.cell} {each.code}" for each in snapshot.findings]


OWN = "info {title}  onglet-ignore"
COPY = "à corriger {title}  onglet-copie"
OTHER_TABS = [
    # somebody's own
    ("Contacts", [["Ministère", "Nom", "Courriel"], ["MTE", "Nom de test", "contact@exemple.fr"]], OWN),
    ("Correspondants", [["Catégorie", "Nom", "Organisme", "Ministère", "Téléphone"], ["Adresses", "", "IGN"]], OWN),
    ("Annuaire", [["Catégorie", "Nom", "Ministère", "Nom"], ["Adresses", "A", "MTE", "B"]], OWN),
    ("Listes", [["Thématique", "Catégorie", "Statut", "Ministère de tutelle"], ["", "Adresses", "Disponible"]], OWN),
    ("Historique", [["Date", "Jeu de données", "Statut", "Par"], ["12/03/2024", "Jeu A", "Disponible", "LD"]], OWN),
    ("Bilan", [["Statut", "Nombre"], ["Disponible", "4"]], OWN),
    ("Réunion du 12 mars", [["Présents : la DINUM, l'IGN"], ["Relancer la DGFiP"]], OWN),
    ("Vide", [], OWN),
    # copies, archives, drafts: by their title…
    ("Copie de Suivi", [[*TITLES], *lines("Jeu Z")], COPY),
    ("Archives", [[*TITLES], *lines("Jeu X", "Jeu Y")], COPY),
    ("Sauvegarde du 3 mai", GOOD, COPY),
    ("Modèle", [[*TITLES]], COPY),
    ("Suivi (ancien)", GOOD, COPY),
    ("Sauvegarde abîmée", [[*TITLES[:5], "x"], *lines("Jeu Z")], OWN),
    # … or because nearly all of their rows stand in another tab
    ("v2", [[*TITLES], *lines("Jeu A", "Jeu B", "Jeu C", "Jeu Z")], COPY),
]


@pytest.mark.parametrize(("title", "rows", "remark"), OTHER_TABS, ids=[title for title, *_ in OTHER_TABS])
def test_a_tab_that_is_not_data_is_passed_over(title: str, rows: list[list[str]], remark: str, config: Config) -> None:
    snapshot = snapshot_of(config, ("Suivi", GOOD), (title, rows))
    assert list(snapshot.rows["name"]) == ["Jeu A", "Jeu B", "Jeu C", "Jeu D"]
    assert told(snapshot) == [remark.format(title=title)]


def test_tabs_of_two_ministries_are_both_read(config: Config) -> None:
    for names in (("Jeu K", "Jeu L", "Jeu A"), ("Jeu A", "Jeu B"), ("Jeu A", "Jeu B", "Jeu C", "Jeu K", "Jeu L")):
        snapshot = snapshot_of(config, ("Géo", GOOD), ("Culture", [[*TITLES], *lines(*names)]))
        assert (len(snapshot.tabs), told(snapshot)) == (2, [])


def test_a_column_that_one_tab_lacks_is_empty_there(config: Config) -> None:
    further = [[*TITLES, "Adresse de l'API"], [*lines("Jeu K")[0], "https://exemple.fr/api"]]
    rows = snapshot_of(config, ("Géo", GOOD[:2]), ("Culture", further)).rows
    assert list(zip(rows["tab"], rows["name"], rows["api_adresse"], strict=True)) == [
        (0, "Jeu A", ""),
        (1, "Jeu K", "https://exemple.fr/api"),
    ]


@pytest.mark.parametrize(
    ("title", "rows", "sentence"),
    [
        (
            "Culture",
            [[*TITLES[:5], "Statut d'ouv.", "URL"], *lines("Jeu K")],
            (
                "Onglet « Culture » : il manque la colonne « Statut ». Titres non reconnus : F1 « Statut d'ouv. ». "
                "Rétablissez les titres de colonnes, sur une même ligne, parmi les dix premières ; si cet onglet n'est "
                "pas à publier, masquez-le. Rien n'a été modifié."
            ),
        ),
        (
            "Culture",
            [[*TITLES, "Statut"], *lines("Jeu K")],
            (
                "Onglet « Culture » : la colonne « Statut » existe deux fois, en F1 « Statut » et en H1 « Statut ». "
                "Supprimez ou "
                "renommez l'une des deux. Rien n'a été modifié."
            ),
        ),
    ],
)
def test_a_tab_of_data_that_lacks_one_title_or_has_one_twice_stops_the_night(
    title: str, rows: list[list[str]], sentence: str, config: Config
) -> None:
    with pytest.raises(JobError) as refused:
        snapshot_of(config, ("Suivi", GOOD), (title, rows))
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("title", "rows", "sentence"),
    [
        (
            "Suivi",
            [["Thème", "Intitulé exact", "Statuts"]],
            (
                "Onglet « Suivi » : il manque les colonnes « Catégorie », « Nom du jeu de données », « Producteur », "
                "« Ministère de tutelle », « Statut ». Titres non reconnus : C1 « Statuts », B1 « Intitulé exact ». "
                "Rétablissez les titres de colonnes, sur une même ligne, parmi les dix premières. Rien n'a été modifié."
            ),
        ),
        (
            "Copie de Suivi",
            GOOD,
            (
                "Aucun onglet n'a été lu. Ceux qui sont masqués, et ceux dont le nom est celui d'une copie, d'une "
                "archive ou d'un brouillon (sheet.ignore), ne le sont que si config.toml les nomme dans sheet.tabs. "
                "Rien n'a été modifié."
            ),
        ),
    ],
)
def test_a_sheet_without_a_tab_to_read_is_refused(
    title: str, rows: list[list[str]], sentence: str, config: Config
) -> None:
    with pytest.raises(JobError) as refused:
        snapshot_of(config, (title, rows))
    assert str(refused.value) == sentence


def test_of_tabs_without_the_titles_the_one_that_has_most_of_them_is_named(config: Config) -> None:
    contacts, broken = [["Nom", "Courriel"]], [["Catégorie", "Nom", "Organisme"], ["Adresses", "Jeu A", "IGN"]]
    with pytest.raises(
        JobError, match="Onglet « Suivi » : il manque les colonnes « Ministère de tutelle », « Statut »"
    ):
        snapshot_of(config, ("Contacts", contacts), ("Suivi", broken), ("Vide", []))


@pytest.mark.parametrize(
    ("named", "read"),
    [
        ([1], ["Archives"]),
        (["Archives"], ["Archives"]),
        (["  données  GÉO "], ["Données géo"]),
        (["Données géo", 1, 0], ["Données géo", "Archives"]),
        ([2], None),
        (["Culture"], None),
    ],
)
def test_the_tabs_that_config_names_are_read_whatever_their_title(
    named: list[str | int], read: list[str] | None, config: Config
) -> None:
    config = config.model_copy(update={"sheet": config.sheet.model_copy(update={"tabs": tuple(named)})})
    tabs = ("Données géo", GOOD), ("Archives", GOOD)
    if read:
        assert [tab.title for tab in snapshot_of(config, *tabs, hidden=True).tabs] == read
        return
    with pytest.raises(JobError) as refused:
        snapshot_of(config, *tabs)
    assert str(refused.value) == (
        f"L'onglet « {named[0]} » n'existe pas dans la feuille. Onglets existants : « Données géo » (gid 0), "
        "« Archives » (gid 1). Corrigez sheet.tabs dans config.toml. Rien n'a été modifié."
    )


# --- titles ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title",
    ["Statut *", "Statut :", "Statut (obligatoire)", "6. Statut", "f) Statut", "Statut\n[liste]", "Statut ▼", "ETAT"],
)
def test_a_title_is_known_whatever_its_marks(title: str, config: Config) -> None:
    snapshot = snapshot_of(config, ("Suivi", [[*TITLES[:5], title, "URL"], *lines("Jeu A")]))
    assert (list(snapshot.rows["status"]), told(snapshot)) == (["Disponible"], [])


OWN_COLUMNS = [
    # further titles  → where the remark is
    (["Nom", "Prénom"], ["info Suivi H1 colonne-ignoree", "info Suivi I1 colonne-ignoree"]),  # an alias of ours
    (["Statut (interne)"], ["info Suivi H1 colonne-ignoree"]),  # ours, with a mark
    (["Lien"], ["info Suivi H1 colonne-ignoree"]),
    (["", "Statut", "Définition"], [f"info Suivi {cell} colonne-ignoree" for cell in ("H1", "I1", "J1")]),  # a key
    (["", *TITLES], ["info Suivi H1 colonne-ignoree", "à corriger Suivi I1 second-tableau"]),  # rows that would be lost
]


@pytest.mark.parametrize(("titles", "remarks"), OWN_COLUMNS)
def test_a_column_of_ones_own_beside_ours_is_not_read(titles: list[str], remarks: list[str], config: Config) -> None:
    rows = [[*line, *("zzz" for _ in titles)] for line in lines("Jeu A", "Jeu B")]
    snapshot = snapshot_of(config, ("Suivi", [[*TITLES, *titles], *rows]))
    assert "zzz" not in snapshot.rows.to_numpy()
    assert told(snapshot) == remarks


def test_the_remark_on_a_second_table_goes_with_its_titles_and_says_so(config: Config) -> None:
    moved = lines("Jeu A", "Jeu B")
    (remark,) = snapshot_of(config, ("Suivi", [[*TITLES, "", *TITLES], *moved])).findings
    assert (remark.code, remark.remedy.endswith("puis effacez ses titres.")) == ("second-tableau", True)
    assert told(snapshot_of(config, ("Suivi", [[*TITLES], *moved]))) == []


@pytest.mark.parametrize("title", ["", "Page de téléchargement", "Où ?"])
def test_addresses_under_a_title_that_is_not_known_are_told_once_at_the_title(title: str, config: Config) -> None:
    snapshot = snapshot_of(config, ("Suivi", [[*TITLES[:6], title], *lines("Jeu A", "Jeu B")]))
    assert (list(snapshot.rows["url"]), snapshot.tabs[0].has_unknown_addresses) == (["", ""], True)
    assert told(snapshot) == ["à corriger Suivi G1 colonne-d-adresses"]


def test_a_column_with_an_address_among_other_texts_is_ones_own(config: Config) -> None:
    rows = [[*TITLES[:6], "Notes"], *([*line[:6], "à voir"] for line in lines("Jeu A")), *lines("Jeu B")]
    assert told(snapshot_of(config, ("Suivi", rows))) == ["info Suivi G1 colonne-ignoree"]


# --- what people see is what is read -----------------------------------------------------------------------------


def test_a_vertical_merge_counts_for_every_row_it_covers(config: Config) -> None:
    rows = [[*TITLES], [*lines("Jeu A")[0][:6], ""], ["", "Bâtiments", "", "", "", "", ""], ["", "Eau", "Jeu C"]]
    merges = [(1, 3, column) for column in (0, 2, 3, 4, 5, 6)]
    snapshot = snapshot_of(config, ("Suivi", rows), merges=merges, links={(1, 2): ("https://exemple.fr/lien",)})
    assert [list(snapshot.rows[field]) for field in ("category", "name", "status", "url")] == [
        ["Adresses", "Bâtiments", "Eau"],
        ["Jeu A", "Jeu A", "Jeu C"],
        ["Disponible", "Disponible", ""],
        ["https://exemple.fr/lien", "https://exemple.fr/lien", ""],
    ]


@pytest.mark.parametrize("column", [2, 6])
def test_a_merge_below_the_last_row_that_is_filled_ends_there(config: Config, column: int) -> None:
    links = {(1, column): ("https://exemple.fr/lien",)}
    snapshot = snapshot_of(config, ("Suivi", [[*TITLES], *lines("Jeu A")]), merges=[(1, 4, column)], links=links)
    assert list(snapshot.rows["name"]) == ["Jeu A"]


def test_a_title_that_is_merged_over_two_rows_is_no_cell_of_the_second(config: Config) -> None:
    rows = [[*TITLES], ["", "", "", "", "", "aide"], *lines("Jeu A")]
    snapshot = snapshot_of(config, ("Suivi", rows), merges=[(0, 2, 2)])
    assert list(snapshot.rows["name"]) == ["", "Jeu A"]


LINKS = [
    # the cells that have links (C is the name, F the status, G the address)  → the address found, and where
    ({"C": ["https://exemple.fr/a"]}, ("https://exemple.fr/a", "name")),
    ({"F": ["https://exemple.fr/a"]}, ("https://exemple.fr/a", "status")),
    ({"C": ["https://exemple.fr/a"], "F": ["https://exemple.fr/b"]}, ("https://exemple.fr/a", "name")),
    ({"C": ["https://exemple.fr/a", "https://exemple.fr/b"]}, ("https://exemple.fr/a https://exemple.fr/b", "name")),
    ({"D": ["https://exemple.fr/a"], "F": ["https://exemple.fr/a"]}, ("https://exemple.fr/a", "producer")),
    ({"D": ["https://a.fr/"], "F": ["https://b.fr/"]}, ("https://a.fr/ https://b.fr/", "producer")),
    ({"H": ["https://exemple.fr/a"]}, ("", "")),  # somebody's own column
    ({"B": ["https://exemple.fr/reglement"]}, ("", "")),  # on the category
    ({"C": ["https://exemple.fr/a"], "G": ["https://exemple.fr/b"]}, ("https://exemple.fr/b", "")),
]


@pytest.mark.parametrize(("links", "found"), LINKS)
def test_a_link_placed_on_a_cell_is_an_address(
    links: Mapping[str, list[str]], found: tuple[str, str], config: Config
) -> None:
    placed = {(1, ord(letter) - ord("A")): tuple(addresses) for letter, addresses in links.items()}
    (line,) = lines("Jeu A")
    rows = [[*TITLES], [*line[:6], "Lien" if "G" in links else " "]]
    snapshot = snapshot_of(config, ("Suivi", rows), links=placed)
    assert (snapshot.rows["url"][0].strip(), snapshot.rows["link_at"][0]) == found


def test_the_address_that_is_typed_in_its_own_column_is_the_one_meant(config: Config) -> None:
    links = {(1, 2): ("https://exemple.fr/a",)}
    snapshot = snapshot_of(config, ("Suivi", [[*TITLES], *lines("Jeu A")]), links=links)
    assert (snapshot.rows["url"][0], snapshot.rows["link_at"][0]) == ("https://exemple.fr/0", "")


@pytest.mark.parametrize(
    ("typed", "read"), [("Lien", "https://exemple.fr/a"), ("https://exemple.fr/b", "https://exemple.fr/b")]
)
def test_an_address_cell_that_reads_link_holds_its_link(typed: str, read: str, config: Config) -> None:
    (line,) = lines("Jeu A")
    rows = [[*TITLES], [*line[:6], typed]]
    snapshot = snapshot_of(config, ("Suivi", rows), links={(1, 6): ("https://exemple.fr/a",)})
    assert list(snapshot.rows["url"]) == [read]


def test_rows_that_are_hidden_or_struck_through_are_read_and_announced(config: Config) -> None:
    snapshot = snapshot_of(config, ("Suivi", GOOD), withdrawn_rows=frozenset([2, 3, 99]))
    assert len(snapshot.rows) == 4
    assert [finding.message for finding in snapshot.findings] == [
        "2 lignes masquées ou barrées ont été lues comme les autres. Pour qu'une ligne ne soit plus publiée, "
        "supprimez-la\u00a0: masquer ou barrer ne suffit pas."
    ]
