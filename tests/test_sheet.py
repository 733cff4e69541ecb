"""CSV export → Snapshot: what is read, what is refused, and what is passed over but mentioned."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from job.config import Addresses, Column, Config, Guards, Limits, Output, SheetConfig
from job.model import FIELDS, SNAPSHOT_COLUMNS, Finding, JobError, Snapshot, Tab
from job.sheet import column_letters, read_csv

if TYPE_CHECKING:
    import pandas as pd

TESTS = Path(__file__).parent
TITLES = ("Thématique", "Catégorie", "Nom du jeu de données", "Producteur", "Ministère de tutelle", "Statut", "URL")
ALIASES = {"theme": ("Thème",), "name": ("Jeu de données", "Titre"), "status": ("État",), "url": ("Lien", "Adresse")}
HEADER = ",".join(TITLES)
ROW = "Géo,Adresses,BAN,IGN,MTE,Disponible,https://ban.fr"
CELLS = ("Géo", "Adresses", "BAN", "IGN", "MTE", "Disponible", "https://ban.fr")


def config_of(root: Path, *, sheet_id: str = "1AbC", tabs: tuple[str | int, ...] = ()) -> Config:
    """A configuration of which only the sheet and its columns matter here."""
    return Config(
        root=root,
        sheet=SheetConfig(sheet_id, tabs),
        output=Output(root / "page.md", root / "page.csv", root / "build", root / "templates"),
        guards=Guards(0, 1.0, 0, 1.0),
        limits=Limits(1000, 1000),
        addresses=Addresses((), ()),
        placeholder="A venir",
        themes=(),
        statuses=(),
        ministries=(),
        producers=(),
        columns=tuple(
            Column(field, title, ALIASES.get(field, ()), required=field not in ("theme", "ministry", "url"), help="")
            for field, title in zip(FIELDS, TITLES, strict=True)
        ),
        lookup={},
    )


def rows_of(rows: pd.DataFrame) -> list[tuple[object, ...]]:
    """The frame as plain tuples, its columns checked."""
    assert tuple(rows.columns) == SNAPSHOT_COLUMNS
    assert [str(rows[column].dtype) for column in SNAPSHOT_COLUMNS] == ["int64", "int64", *["object"] * 8]
    return list(rows.itertuples(index=False, name=None))


def read(folder: Path, content: str | bytes, name: str = "export.csv") -> Snapshot:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_csv(path, config_of(folder))


def refusal(folder: Path, content: str | bytes, name: str = "export.csv") -> str:
    """The sentence, without the path."""
    with pytest.raises(JobError) as refused:
        read(folder, content, name)
    assert refused.value.exit_code == 1
    assert refused.value.__context__ is None
    return str(refused.value).replace(str(folder / name), name)


def test_an_export_is_read_as_text_with_its_row_numbers_and_columns(tmp_path: Path) -> None:
    snapshot = read(tmp_path, f"{HEADER}\n{ROW}\n,Adresses, 0123 ,NA,nan,1.50,\n")
    assert rows_of(snapshot.rows) == [
        (0, 2, *CELLS, ""),
        (0, 3, "", "Adresses", " 0123 ", "NA", "nan", "1.50", "", ""),
    ]
    assert (snapshot.source, snapshot.sheet_id, snapshot.findings) == ("export.csv", "", ())
    assert snapshot.tabs == (Tab("export.csv", None, dict(zip(FIELDS, "ABCDEFG", strict=True))),)


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
def test_every_usual_kind_of_export_gives_the_same_row(tmp_path: Path, content: str | bytes) -> None:
    assert rows_of(read(tmp_path, content).rows) == [(0, 2, *CELLS, "")]


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
def test_a_row_keeps_the_number_it_has_in_the_sheet(tmp_path: Path, body: str, expected: list[tuple[int, str]]) -> None:
    rows = read(tmp_path, f"{HEADER}\n{body}").rows
    assert list(zip(rows["row"], rows["name"], strict=True)) == expected


def test_columns_are_found_by_title_in_any_order_below_a_preamble(tmp_path: Path) -> None:
    titles = "URL,Statut,Nom du jeu de données,Producteur,Catégorie"
    lines = ["Recensement,,", ",,", "Merci de remplir,Statut,", titles]
    snapshot = read(tmp_path, "\n".join([*lines, "https://ban.fr,Disponible,BAN,IGN,Adresses\n"]))
    assert rows_of(snapshot.rows) == [(0, 5, "", "Adresses", "BAN", "IGN", "", "Disponible", "https://ban.fr", "")]
    assert snapshot.tabs[0].columns == {"category": "E", "name": "C", "producer": "D", "status": "B", "url": "A"}


def test_a_dataset_that_a_sort_took_above_the_titles_is_read_like_the_others(tmp_path: Path) -> None:
    above = ["Recensement,,,2024", "Géo,A,Zoo,IGN,,Disponible,", "Statut,,,", ",A,Villes,INSEE,,Planifié,"]
    below = ["Géo,A,Adresses,,,Disponible,"]
    rows = read(tmp_path, "\n".join([*above, HEADER, *below])).rows
    assert list(zip(rows["row"], rows["name"], strict=True)) == [(2, "Zoo"), (4, "Villes"), (6, "Adresses")]


def test_the_first_row_of_titles_is_the_one_even_if_a_fuller_one_follows(tmp_path: Path) -> None:
    titles = "Catégorie,Nom du jeu de données,Producteur,Statut"
    rows = read(tmp_path, "\n".join([titles, "A,un,IGN,Disponible", f"{titles},URL", "A,deux,IGN,Disponible"])).rows
    assert list(rows["name"]) == ["un", "Nom du jeu de données", "deux"]


def test_the_header_may_stand_on_the_tenth_row_but_no_lower(tmp_path: Path) -> None:
    assert rows_of(read(tmp_path, "Bonjour\n" * 9 + f"{HEADER}\n{ROW}\n").rows) == [(0, 11, *CELLS, "")]
    assert refusal(tmp_path, "Bonjour\n" * 10 + f"{HEADER}\n{ROW}\n") == (
        "Fichier « export.csv », dix premières lignes : il manque les colonnes « Catégorie », "
        "« Nom du jeu de données », « Producteur », « Statut ». Rétablissez les titres de colonnes, sur une "
        "même ligne. Rien n'a été modifié."
    )


def test_unknown_columns_are_passed_over_and_mentioned(tmp_path: Path) -> None:
    snapshot = read(tmp_path, f"{HEADER},Commentaire interne,\n{ROW},à revoir,oubli\n")
    assert rows_of(snapshot.rows) == [(0, 2, *CELLS, "")]
    ignored = partial(Finding, "info", "colonne-ignoree", remedy="", tab="export.csv", row=1)
    unknown = "Cette colonne n'est pas connue : elle n'est pas publiée."
    untitled = "Cette colonne n'a pas de titre : elle n'est pas publiée."
    assert snapshot.findings == (
        ignored(unknown, cell="H1", column="Commentaire interne"),
        ignored(untitled, cell="I1"),
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"", "Fichier « export.csv » : le fichier est vide. Exportez à nouveau le tableau.", id="empty"),
        pytest.param(
            "\ufeff \n\n".encode(),
            "Fichier « export.csv » : le fichier est vide. Exportez à nouveau le tableau.",
            id="blank",
        ),
        pytest.param(
            f"{HEADER}\n{ROW}\n".encode("cp1252"),
            "Fichier « export.csv » : le texte n'est pas en UTF-8. Enregistrez-le en UTF-8 (Excel : « CSV UTF-8 »).",
            id="Windows-1252",
        ),
        pytest.param(
            f"{HEADER}\n{ROW}\n".encode("utf-16"),
            "Fichier « export.csv » : le texte n'est pas en UTF-8. Enregistrez-le en UTF-8 (Excel : « CSV UTF-8 »).",
            id="UTF-16",
        ),
        pytest.param(
            b"PK\x03\x04\x14\x00",
            "Fichier « export.csv » : c'est un classeur Excel. Enregistrez-le au format CSV UTF-8.",
            id="xlsx",
        ),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1",
            "Fichier « export.csv » : c'est un classeur Excel. Enregistrez-le au format CSV UTF-8.",
            id="xls",
        ),
        pytest.param(
            f"{HEADER}\nGéo\0,A\n".encode(),
            "Fichier « export.csv » : ce n'est pas un fichier texte. Exportez le tableau au format CSV.",
            id="binary",
        ),
        pytest.param(
            f'{HEADER}\n{ROW}\nGéo,A,"jamais fermé\n{ROW}\n',
            "Fichier « export.csv », vers la ligne 4 : des guillemets sont mal placés. Exportez à nouveau le tableau.",
            id="open quote",
        ),
        pytest.param(
            f'{HEADER}\nGéo,A,"BAN" v2,,,,\n',
            "Fichier « export.csv », vers la ligne 2 : des guillemets sont mal placés. Exportez à nouveau le tableau.",
            id="text after a quote",
        ),
        pytest.param(
            f"{HEADER}\nGéo,A,{'x' * 200_000},,,,\n",
            "Fichier « export.csv », vers la ligne 2 : une cellule est trop longue, ou des guillemets sont mal placés. "
            "Exportez à nouveau le tableau.",
            id="huge cell",
        ),
        pytest.param(
            HEADER.replace("Statut", "Avancement"),
            "Fichier « export.csv », ligne 1 : il manque la colonne « Statut ». Rétablissez les titres de colonnes, "
            "sur une même ligne.",
            id="a required column is missing",
        ),
        pytest.param(
            f"{HEADER},Adresse\n",
            "Fichier « export.csv » : la colonne « URL » existe deux fois, en G1 et en H1. Supprimez ou renommez l'une "
            "des deux.",
            id="a title and its alias",
        ),
        pytest.param(
            f"\n{HEADER},statut\n",
            "Fichier « export.csv » : la colonne « Statut » existe deux fois, en F2 et en H2. Supprimez ou renommez "
            "l'une des deux.",
            id="a title twice",
        ),
    ],
)
def test_a_file_that_is_no_whole_export_is_refused_in_one_sentence(
    tmp_path: Path, content: str | bytes, sentence: str
) -> None:
    assert refusal(tmp_path, content) == f"{sentence} Rien n'a été modifié."


def test_a_missing_file_and_a_folder_each_have_their_sentence(tmp_path: Path) -> None:
    with pytest.raises(JobError) as missing:
        read_csv(tmp_path / "nulle-part.csv", config_of(tmp_path))
    with pytest.raises(JobError) as folder:
        read_csv(tmp_path, config_of(tmp_path))
    assert [str(missing.value), str(folder.value)] == [
        f"Fichier « {tmp_path}/nulle-part.csv » introuvable. Vérifiez le chemin donné à --from. Rien n'a été modifié.",
        f"Fichier « {tmp_path} » : c'est un dossier. Donnez à --from le chemin d'un fichier CSV. Rien n'a été modifié.",
    ]


def test_no_cell_is_repeated_in_a_refusal(tmp_path: Path) -> None:
    assert "secret" not in refusal(tmp_path, "secret,Catégorie\n")


@pytest.mark.parametrize(
    ("column", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
)
def test_columns_are_lettered_as_in_a_sheet(column: int, letters: str) -> None:
    assert column_letters(column) == letters


def test_reading_a_file_imports_no_google_library(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    script = (
        "import sys, pathlib; from job.sheet import read_csv; from test_sheet import config_of\n"
        f"root = pathlib.Path({str(tmp_path)!r}); read_csv(root / 'export.csv', config_of(root))\n"
        "print([name for name in ('gspread', 'google.auth', 'requests') if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (TESTS, TESTS.parent)))}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == "[]\n"
