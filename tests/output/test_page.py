"""Records → the page: what a reader sees."""

from __future__ import annotations

import os
import random
import re
from datetime import date
from pathlib import Path

import pytest
from conftest import ROOT, SOUND, sheet
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from nights import example_rows, published_from
from reading import HOSTILE
from recount import recount

from job.config import Config
from job.model import JobError, Record
from job.output.edition import fingerprint, render_data
from job.output.escape import escape_page, render_template
from job.output.page import in_french, render_page
from job.rules.judge import in_page_order, judge

ADDRESS = "https://www.data.gouv.fr/fr/datasets/cadastre/"
DAY = date(2026, 11, 24)
A = Record("Données géospatiales", "Adresses", "Cadastre", "IGN", "", "Disponible", "")
TO_COME = Record("Données géospatiales", "Adresses", "A venir", "", "", "A venir", "")


def page_of(config: Config, *records: Record) -> str:
    return render_page(in_page_order(records, config), config, DAY).decode()


def table_of(category: str, page: str) -> list[str]:
    section = page.split(f"### {category}\n", 1)[1].split("\n#", 1)[0]
    return [line for line in section.splitlines() if line.startswith("|")][2:]


# --- the page that is still empty --------------------------------------------------------------------------------


def test_with_no_rows_the_page_is_the_page_it_replaces(config: Config) -> None:
    def html(markdown: str) -> str:
        return re.sub(r"\s+", " ", MarkdownIt().enable("table").render(markdown.split("---\n", 2)[2]))

    page, seed = render_page((), config, DAY).decode(), (ROOT / "tests/data/seed.md").read_text(encoding="utf-8")
    assert html(page) == html(seed)
    assert page.split("---")[1] == seed.split("---")[1]


def test_an_empty_category_shows_two_rows_to_come(config: Config) -> None:
    assert table_of("Bâtiments", page_of(config, A)) == ["| A venir | A venir | A venir | A venir |"] * 2


# --- a row -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "record", "shown"),
    [
        (
            "the name links to the address",
            A._replace(url=ADDRESS, status="Planifié"),
            "[Cadastre](<{}>) | IGN | ? | Planifié",
        ),
        ("what is unknown says so", A._replace(producer="", status="A venir"), "Cadastre | ? | ? | A venir"),
        ("a promise without an address says so", A, "Cadastre | IGN | ? | Disponible *lien à venir*"),
        ("a promise that is kept", A._replace(url=ADDRESS), "[Cadastre](<{}>) | IGN | ? | Disponible"),
        ("a row to come is a row to come", TO_COME, "A venir | A venir | A venir | A venir"),
    ],
)
def test_a_row_reads(case: str, record: Record, shown: str, config: Config) -> None:
    expected = shown.replace("?", config.vocabulary.unknown).format(ADDRESS)
    assert table_of("Adresses", page_of(config, record)) == [f"| {expected} |"], case


def test_names_are_in_french_alphabetical_order_and_those_to_come_are_last(config: Config) -> None:
    names = ["Zones", "A venir", "Écoles", "eau", "Œuvres", "École", "ecole", "« Air »", "Oeufs", "API (2)", "API 10"]
    page = page_of(config, *(A._replace(name=name, status="A venir") for name in names))
    shown = [line.split(" | ")[0].removeprefix("| ") for line in table_of("Adresses", page)]
    assert shown == "« Air »,API 10,API (2),eau,ecole,École,Écoles,Oeufs,Œuvres,Zones,A venir".split(",")


@given(seed=st.integers())
@settings(max_examples=10)
def test_the_order_of_the_sheet_changes_no_byte(seed: int, config: Config) -> None:
    rows = [SOUND | {"name": name, "producer": producer} for name in ("b", "B", "é", "e") for producer in ("x", "y")]
    mixed = random.Random(seed).sample(rows, len(rows))  # noqa: S311
    published, again = published_from(rows, config), published_from(mixed, config)
    assert render_page(again, config, DAY) == render_page(published, config, DAY)
    assert list(render_data(again, config)) == list(render_data(published, config))


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (A._replace(category="Routes"), r"citent « Routes » \(Catégorie\), que config\.toml ne connaît pas"),
        (A._replace(status="Ouvert"), r"citent « Ouvert » \(Statut\), que config\.toml ne connaît pas"),
        (A._replace(url="javascript:alert(1)"), "n'est pas valide"),
    ],
)
def test_published_data_that_config_does_not_know_are_refused_by_name(
    record: Record, sentence: str, config: Config
) -> None:
    with pytest.raises(JobError, match=sentence):
        render_page([record], config, DAY)


# --- the summary -------------------------------------------------------------------------------------------------

SUMMARY = """\
## En résumé

**3 jeux de données**, dont **1 accessible**, dans **2 catégories** sur 66.

Données au 24 novembre 2026. Pour les réutiliser\u00a0: [CSV](/donnees-de-forte-valeur.csv), \
[JSON](/donnees-de-forte-valeur.json).

| Thématique | Catégories couvertes | Jeux de données | Accessibles |
| :- | -: | -: | -: |
| [Données géospatiales](#donnees-geospatiales) | 2 sur 7 | 3 | 1 |
"""


def test_the_summary_comes_before_the_first_theme(config: Config) -> None:
    records = [A, A._replace(name="B", url=ADDRESS), A._replace(category="Bâtiments", status="Planifié"), TO_COME]
    page = page_of(config, *records)
    before, _, after = page.partition("## En résumé")
    assert "statut d'ouverture.\n\n" in before
    assert ("## En résumé" + after).startswith(SUMMARY)
    assert re.findall(r"^\* \*\*(.*?)\*\*\u00a0: ", after, re.MULTILINE) == ["Planifié", "Disponible"]


def test_the_file_of_the_filter_may_have_any_name(config: Config) -> None:
    output = config.output.model_copy(update={"component": config.output.page.with_name("chercher-un-jeu.vue")})
    page = page_of(config.model_copy(update={"output": output}), A)
    assert "\nimport ChercherUnJeu from './chercher-un-jeu.vue'\n" in page
    assert "\n<ChercherUnJeu />\n" in page


@pytest.mark.parametrize(
    ("day", "said"),
    [(date(2026, 3, 1), "1er mars 2026"), (date(2026, 11, 24), "24 novembre 2026"), (date(2027, 8, 2), "2 août 2027")],
)
def test_a_day_is_said_in_french(day: date, said: str) -> None:
    assert in_french(day) == said


def test_the_day_is_no_part_of_the_fingerprint(config: Config, tmp_path: Path) -> None:
    def mark(page: bytes) -> str:
        (tmp_path / "page.md").write_bytes(page)
        return fingerprint(Path(os.devnull), tmp_path / "page.md")

    pages = [render_page([A], config, day) for day in (DAY, date(2027, 1, 1))]
    assert pages[0] != pages[1]
    assert mark(pages[0]) == mark(pages[1])
    named = [render_page([A._replace(name=f"Données au {day} mars")], config, DAY) for day in (3, 4)]
    assert mark(named[0]) != mark(named[1])


@pytest.mark.parametrize("seed", [None, *range(50)], ids=lambda seed: "example" if seed is None else str(seed))
def test_somebody_elses_count_from_the_csv_agrees(seed: int | None, config: Config, tmp_path: Path) -> None:
    rows = example_rows() if seed is None else random_rows(random.Random(seed), config)  # noqa: S311
    records = judge(sheet(*rows), config).records
    (tmp_path / "data.csv").write_bytes(b"".join(render_data(records, config)))
    (tmp_path / "page.md").write_bytes(render_page(records, config, DAY))
    counted, said = recount(tmp_path / "data.csv"), read_summary(tmp_path / "page.md")
    assert said == counted


def random_rows(chance: random.Random, config: Config) -> list[dict[str, str]]:
    """Rows of any category, status and mistake."""
    cells = {
        "category": [*config.theme_of][:: chance.randint(1, 9)],
        "name": ["A venir", "", *(f"Jeu {n}" for n in range(60))],
        "status": [*config.labels("status"), "Ouvert", "", "xyz"],
        "url": ["", "A venir", "https://demo.data.gouv.fr/x", "https://x.fr/a", ADDRESS, "pas une adresse"],
        "producer": ["", "IGN", *HOSTILE],
    }
    drawn = ({field: chance.choice(texts) for field, texts in cells.items()} for _ in range(chance.randint(1, 80)))
    return [SOUND | {"theme": ""} | cells for cells in drawn]


def read_summary(page: Path) -> dict[str, list[int]]:
    """What « En résumé » says: datasets, accessible and categories of the whole page, and of each theme."""
    text = page.read_text(encoding="utf-8")
    if "## En résumé" not in text:
        return {"": [0, 0, 0]}
    whole = re.search(r"\*\*(\d+) jeux? de données\*\*, dont \*\*(\d+) .*?\*\*(\d+) catégorie", text)
    assert whole
    found = {"": [int(figure) for figure in whole.groups()]}
    for line in re.findall(r"^\| \[.*\]\(#.*\|$", text, re.MULTILINE):
        name, covered, datasets, accessible = line.strip("| ").split(" | ")
        label = name.removeprefix("[").partition("](")[0]
        if datasets != "0":
            found[label] = [int(datasets), int(accessible), int(covered.split()[0])]
    return found


# --- the template ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("a\n{% for %}\n", "Le modèle page.md.j2, ligne 2 est à corriger : "),
        ("{% if true %}", "Le modèle page.md.j2, ligne 1 est à corriger : Unexpected end of template."),
        ("a\nb\n{{ unknown }}\n", "Le modèle page.md.j2 est à corriger : 'unknown' is undefined"),
        ("\n{% include 'part.j2' %}", "Le modèle page.md.j2 est à corriger : "),
        (
            "thématique".encode("latin-1"),
            "Le modèle page.md.j2 est à corriger : il ne peut pas être lu, ou n'est pas en UTF-8.",
        ),
    ],
)
def test_a_mistake_in_a_template_has_its_sentence(
    template: str | bytes, said: str, config: Config, tmp_path: Path
) -> None:
    (tmp_path / "page.md.j2").write_bytes(template if isinstance(template, bytes) else template.encode())
    elsewhere = config.model_copy(update={"output": config.output.model_copy(update={"templates": tmp_path})})
    with pytest.raises(JobError, match=f"^{re.escape(said)}.*(?<!\\.\\.) Rien n'a été modifié\\.$"):
        render_template("page.md.j2", elsewhere, escape_page, placeholder="A venir")
