"""Records → the data for machines, and back."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import frictionless
import pytest
from conftest import SOUND, sheet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nights import example_rows
from reading import HOSTILE, TYPED

from job.config import Config
from job.model import JobError, Record
from job.output.edition import fingerprint, parse_data, read_changed, render_data, render_json, render_package
from job.rules.judge import in_page_order, judge

A = Record("Données géospatiales", "Adresses", "Cadastre", "IGN", "", "Disponible", "https://x.fr/a")
DAY = date(2026, 11, 24)


@given(names=st.lists(TYPED.filter(bool) | st.sampled_from(HOSTILE), max_size=5, unique=True))
def test_published_data_reads_back_exactly(names: list[str], config: Config) -> None:
    records = in_page_order([A._replace(name=name, producer=name, ministry=name) for name in names], config)
    assert parse_data(b"".join(render_data(records, config)), "data.csv", config) == records


def test_the_data_names_each_category_in_the_eu_vocabulary(config: Config) -> None:
    assert b"".join(render_data([A], config)).decode().splitlines() == [
        '"thematique","categorie","nom","producteur","ministere","statut","adresse","thematique_uri","categorie_uri"',
        (
            '"Données géospatiales","Adresses","Cadastre","IGN","","Disponible","https://x.fr/a",'
            '"http://data.europa.eu/bna/c_ac64a52d","http://data.europa.eu/bna/c_c3de25e4"'
        ),
    ]


_DATA = '"thematique","categorie","nom","producteur","ministere","statut","adresse"\n"","","{}","","","",""\n'


@pytest.mark.parametrize(
    "content",
    [
        b"nom,statut\na,b\n",
        b"n'importe quoi",
        _DATA.format("x\n\n# Titre").encode(),
        b'"thematique"\n"a","b"\n',
        _DATA.format("é").encode("latin-1"),
        b"\xff\xfe",
        b"",  # and not « nothing is published »
    ],
)
def test_a_damaged_data_file_is_refused(content: bytes, config: Config) -> None:
    with pytest.raises(JobError, match=r"Le fichier de données donnees\.csv est abîmé"):
        parse_data(content, "donnees.csv", config)


# --- JSON --------------------------------------------------------------------------------------------------------


def dataset(categories: dict[str, dict[str, str]], adresse: str = "https://x.fr/a") -> dict[str, Any]:
    themes = {
        "Adresses": ("c_c3de25e4", "Données géospatiales", "c_ac64a52d"),
        "Bâtiments": ("c_60182062", "Données géospatiales", "c_ac64a52d"),
    }
    return {
        "nom": "Cadastre",
        "producteur": "IGN",
        "ministere": "",
        "statut": "Disponible",
        "adresse": adresse,
        "categories": [
            {
                "categorie": label,
                "categorie_uri": f"http://data.europa.eu/bna/{themes[label][0]}",
                "thematique": themes[label][1],
                "thematique_uri": f"http://data.europa.eu/bna/{themes[label][2]}",
                **otherwise,
            }
            for label, otherwise in categories.items()
        ],
    }


BOTH: dict[str, dict[str, str]] = {"Adresses": {}, "Bâtiments": {}}


@pytest.mark.parametrize(
    ("case", "first", "second", "objects"),
    [
        ("one address", {}, {}, [dataset(BOTH)]),
        ("the same address, spelt otherwise", {}, {"url": "http://x.fr/a/"}, "otherwise"),
        ("another address", {}, {"url": "https://x.fr/b"}, "two"),
        ("no address, one name and producer", {"url": ""}, {"url": ""}, [dataset(BOTH, "")]),
        ("no address, another name", {"url": ""}, {"url": "", "name": "B"}, "two"),
        ("no address, names that are to come", {"url": "", "name": "A venir"}, {"url": "", "name": "A venir"}, "two"),
    ],
)
def test_rows_of_one_dataset_are_one_object(
    case: str, first: dict[str, Any], second: dict[str, Any], objects: Any, config: Config
) -> None:
    found = json.loads(b"".join(render_json([A._replace(**first), A._replace(category="Bâtiments", **second)], config)))
    if objects == "two":
        assert [len(it["categories"]) for it in found] == [1, 1], case
    elif objects == "otherwise":
        assert found == [dataset(BOTH | {"Bâtiments": {"adresse": "http://x.fr/a/"}})], case
    else:
        assert found == objects, case


def test_where_names_differ_under_one_address_all_are_kept(config: Config) -> None:
    records = [A, A._replace(category="Bâtiments", name="Plan", status="Planifié")]
    assert json.loads(b"".join(render_json(records, config))) == [
        dataset(BOTH | {"Bâtiments": {"nom": "Plan", "statut": "Planifié"}})
    ]


def test_a_row_to_come_is_no_dataset(config: Config) -> None:
    assert (
        json.loads(b"".join(render_json([Record(A.theme, A.category, "A venir", "", "", "A venir", "")], config))) == []
    )


# --- the Data Package --------------------------------------------------------------------------------------------


def is_valid(folder: Path, records: list[Record] | tuple[Record, ...], config: Config) -> bool:
    """Whether frictionless finds that the files are as their Data Package says."""
    (folder / config.output.data.name).write_bytes(b"".join(render_data(records, config)))
    (folder / config.output.json.name).write_bytes(b"".join(render_json(records, config)))
    (folder / "datapackage.json").write_bytes(render_package(records, DAY, config))
    return bool(frictionless.validate(str(folder / "datapackage.json")).valid)


def test_the_data_of_the_example_are_as_their_package_says(config: Config, tmp_path: Path) -> None:
    assert is_valid(tmp_path, judge(sheet(*example_rows()), config).records, config)
    assert is_valid(tmp_path, (), config)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(texts=st.lists(TYPED | st.sampled_from(HOSTILE), min_size=3, max_size=3))
def test_whatever_is_published_is_as_the_package_says(texts: list[str], config: Config, tmp_path: Path) -> None:
    rows = [SOUND | {"name": texts[0], "producer": texts[1]}, SOUND | {"name": "B", "ministry": texts[2], "url": ""}]
    rows += [SOUND | {"category": label, "status": "", "theme": ""} for label in config.theme_of]
    assert is_valid(tmp_path, judge(sheet(*rows), config).records, config)


def test_a_label_that_begins_like_a_formula_stands_in_its_list_as_in_the_data(config: Config, tmp_path: Path) -> None:
    statuses = (config.vocabulary.statuses[0].model_copy(update={"label": "-disponible"}), *config.vocabulary.statuses)
    odd = config.model_copy(update={"vocabulary": config.vocabulary.model_copy(update={"statuses": statuses})})
    for name in ("lookup", "theme_of"):
        odd.__dict__.pop(name, None)
    assert is_valid(tmp_path, [A._replace(status="-disponible")], odd)


def test_an_undescribed_status_is_not_as_the_package_says(config: Config, tmp_path: Path) -> None:
    assert not is_valid(tmp_path, [A._replace(status="Ouvert")], config)


def test_the_package_keeps_the_day_of_the_last_change(tmp_path: Path, config: Config) -> None:
    package = tmp_path / "datapackage.json"
    assert read_changed(package) is None
    for content in (b"", b"{}", b"[]", b"x", b'{"created": 3}'):
        package.write_bytes(content)
        assert read_changed(package) is None
    package.write_bytes(render_package([], DAY, config))
    assert read_changed(package) == DAY


def test_each_content_has_its_fingerprint(tmp_path: Path) -> None:
    def mark(*contents: bytes) -> str:
        for name, content in zip(("data", "page"), contents, strict=True):
            (tmp_path / name).write_bytes(content)
        return fingerprint(tmp_path / "data", tmp_path / "page")

    prints = {mark(b"a", b"b"), mark(b"ab", b""), mark(b"b", b"a"), mark(b"a", b"b")}
    assert len(prints) == 3
    assert all(len(it) == 16 for it in prints)
