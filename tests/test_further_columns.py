"""Columns that a list adds by configuration: read, judged, compared, guarded, published like the others."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import frictionless
import pytest
from conftest import DATA, EXAMPLE, PAGE, ROOT, SOUND, Run, contents, replace_once, sheet
from nights import night_of
from test_content import lines_of

from job.__main__ import main
from job.changes.compare import compare, keep_last_good_versions
from job.changes.guards import suspicion
from job.config import Config
from job.config_file import load_config
from job.form.setup import incomplete_formula
from job.model import Severity, Verdict
from job.output.edition import parse_data, render_data
from job.output.escape import escape_page
from job.output.page import render_page
from job.rules.judge import judge

TODAY = "2026-11-25"
LETTERS = dict(zip((*(key for key in SOUND if key != "link_at"),), "ABCDEFG", strict=True))
FURTHER = {"api_adresse": "H", "api_statut": "I", "raisons": "J", "date_prevue": "K"}


def judged(config: Config, *rows: dict[str, str]) -> Verdict:
    """What the rules make of sound rows with these cells."""
    blank = dict.fromkeys(FURTHER, "")
    return judge(sheet(*(SOUND | blank | row for row in rows), columns=LETTERS | FURTHER), config, TODAY)


TYPED = [
    # column, typed, published, what is told
    ("date_prevue", "31/12/2026", "2026-12-31", []),
    ("date_prevue", "1er mars 2027", "2027-03-01", []),
    ("date_prevue", "juin 2027", "2027-06-30", []),
    ("date_prevue", "2027", "2027-12-31", []),
    ("date_prevue", "n/c", "", []),
    ("date_prevue", "T2 2027", "", ["date-illisible"]),
    ("date_prevue", "bientôt", "", ["date-illisible"]),
    ("date_prevue", "32/13/2027", "", ["date-illisible"]),
    ("date_prevue", "idem", "", ["cellule-vide"]),
    ("api_statut", "disponible", "Disponible", ["libelle-normalise"]),
    ("api_statut", "Disponible ;", "Disponible", []),
    ("api_statut", "Disponibl", "", ["valeur-inconnue"]),
    ("api_statut", "Disponible en interne", "", ["valeur-inconnue"]),
    ("api_adresse", "https://api.gouv.fr/les-api/ban", "https://api.gouv.fr/les-api/ban", []),
    ("api_adresse", "http://intranet/api", "", ["adresse-interne"]),
    ("api_adresse", "https://api.gouv.fr/?token=0123456789abcdef0123456789abcdef", "", ["identifiants-dans-l-adresse"]),
    ("api_adresse", "idem, mdp : azerty42", "", ["identifiants-dans-l-adresse"]),
    ("raisons", "Secret statistique", "Secret statistique", []),
    ("raisons", "En attente du décret d'application", "En attente du décret d'application", []),
    ("raisons", "Sans objet pour les données de gestion", "Sans objet pour les données de gestion", []),
    ("raisons", "En attente", "", []),
    ("raisons", "x" * 301, "", ["texte-trop-long"]),
    ("raisons", "mot de passe : azerty42", "", ["secret"]),
    ("raisons", "jean.dupont@interieur.gouv.fr", "", ["coordonnees-personnelles"]),
]


@pytest.mark.parametrize("typed", ["fin 2025", "01/13/2026", "avant le 30/06/2026", "juin 26"])
def test_a_date_without_its_exact_day_is_asked_for(config: Config, typed: str) -> None:
    (finding,) = judged(config, {"date_prevue": typed}).findings
    assert (finding.problem, finding.remedy) == (
        "ce n'est pas une date précise.",
        "Tapez un jour, un mois et une année, comme 31/12/2026.",
    )


@pytest.mark.parametrize(("field", "typed", "published", "told"), TYPED)
def test_a_further_cell_is_judged_by_its_kind(
    config: Config, field: str, typed: str, published: str, told: list[str]
) -> None:
    verdict = judged(config, {field: typed})
    (record,) = verdict.records
    assert config.value(record, field) == published
    assert [finding.code for finding in verdict.findings] == told
    assert all(finding.cell == f"{FURTHER[field]}2" for finding in verdict.findings)


def test_an_address_in_a_further_list_is_not_told_to_be_the_datasets(config: Config) -> None:
    verdict = judged(config, {"status": "Planifié", "url": "", "api_statut": "https://api.gouv.fr/ban"})
    (remedy,) = (finding.remedy for finding in verdict.findings if finding.code == "valeur-inconnue")
    assert remedy.startswith("Valeurs admises")


def test_a_further_cell_that_is_required_is_asked_for_and_its_row_is_yellow(project: Path) -> None:
    path = project / "config.toml"
    replace_once(path, "required = false\nexplains", "required = true\nexplains")
    config = load_config(path)
    (finding,) = judged(config, {"raisons": "n/c"}).findings
    assert (finding.code, finding.cell, finding.remedy) == ("cellule-vide", "J2", config.column["raisons"].help)
    assert '($J2="")' in incomplete_formula({"name": 2, "raisons": 9}, 2, config)


def test_a_deadline_is_a_date_even_where_no_kind_says_so(project: Path) -> None:
    path = project / "config.toml"
    replace_once(path, 'kind = "date"\ndeadline', "deadline")
    verdict = judged(load_config(path), {"status": "Planifié", "url": "", "date_prevue": "01/06/2030"})
    assert ([record.extra[4] for record in verdict.records], verdict.findings) == (["2030-06-01"], ())


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"status": "Planifié", "url": ""}, ["retard-inexplique"]),
        ({"status": "Planifié", "url": "", "raisons": "Travaux en cours chez le producteur"}, []),
        ({"status": "Planifié", "url": "", "raisons": "idem"}, ["cellule-vide"]),  # told once, to copy the value
        ({"status": "Planifié", "url": "", "date_prevue": "25/11/2026"}, []),  # today
        ({"status": "Planifié", "url": "", "date_prevue": "31/12/2025"}, ["date-passee"]),
        ({"status": "Disponible", "date_prevue": "31/12/2025"}, []),
        ({"status": "Disponible"}, []),
    ],
)
def test_a_status_without_access_is_explained(config: Config, cells: dict[str, str], told: list[str]) -> None:
    assert [finding.code for finding in judged(config, cells).findings] == told


def test_what_a_past_date_asks_for_ends_its_remark(config: Config) -> None:
    past = {"url": "", "date_prevue": "31/12/2025", "raisons": "Projet abandonné"}
    (finding,) = judged(config, past | {"status": "Non disponible"}).findings  # another status, and still no access
    assert finding.remedy == "Changez la date, ou effacez-la\u00a0; si l'on accède aux données, changez le statut."
    for followed in ({"date_prevue": "31/12/2030"}, {"date_prevue": ""}):
        assert judged(config, past | {"status": "Non disponible"} | followed).findings == ()
    assert judged(config, past | {"status": "Disponible", "url": SOUND["url"]}).findings == ()


def test_a_delay_that_is_not_explained_is_no_reproach(config: Config) -> None:
    (finding,) = judged(config, {"status": "Planifié", "url": ""}).findings
    assert finding.severity is Severity.INFO


def test_a_sheet_without_these_columns_is_told_nothing_of_them(config: Config) -> None:
    verdict = judge(sheet(SOUND | {"status": "Planifié", "url": ""}), config, TODAY)
    assert (verdict.findings, verdict.records[0].extra) == ((), ())


HOSTILE = [
    "{{ 7*7 }}",
    "<script>alert(1)</script>",
    "=cmd|'/C calc'!A0",
    "a | b",
    "@torvalds #12",
    "<!--@include: x-->",
]


@pytest.fixture
def shown(project: Path, config: Config) -> Config:
    """Every further column stands on the page."""
    path = project / "config.toml"
    text = path.read_text(encoding="utf-8")
    for column in config.extra:
        text = text.replace(f'field = "{column.field}"', f'field = "{column.field}"\non_page = true')
    path.write_text(text, encoding="utf-8")
    return load_config(path)


@pytest.mark.parametrize(("published", "seen"), [("31/12/2026", "31 décembre 2026"), ("<b>2026", "&lt;b&gt;2026")])
def test_a_date_that_a_hand_put_into_the_data_is_shown(shown: Config, published: str, seen: str) -> None:
    (record,) = judged(shown, {"date_prevue": "1er mars 2027"}).records
    edited = record._replace(extra=tuple(published if text == "2027-03-01" else text for text in record.extra))
    assert f"| {seen} |" in render_page([edited], shown, date(2026, 11, 25)).decode()


def test_hostile_text_stays_text_in_every_output(shown: Config) -> None:
    records = judged(shown, *({"name": f"Jeu {n}", "raisons": text} for n, text in enumerate(HOSTILE))).records
    page = render_page(records, shown, date(2026, 11, 25)).decode()
    assert [text for text in HOSTILE if f"| {escape_page(text)} |" not in page] == []
    assert not any(text in page for text in HOSTILE if text != "a | b")
    data = b"".join(render_data(records, shown))
    assert tuple(parse_data(data, "x", shown)) == records
    rows = csv.DictReader(io.StringIO(data.decode()))
    assert not any(row["raisons"].startswith(("=", "+", "-", "@")) for row in rows)


@pytest.mark.parametrize("name", ["secrets.txt", "people.txt"])
def test_no_secret_or_person_is_published_from_a_further_column(config: Config, name: str) -> None:
    rows = ({"name": f"Jeu {n}", "raisons": text} for n, text in enumerate(lines_of(name)))
    assert [record.extra for record in judged(config, *rows).records if record.extra] == []


def test_a_further_column_is_compared_and_guarded_like_the_others(config: Config) -> None:
    before = judged(config, *({"name": f"Jeu {n}", "url": f"https://x.fr/{n}", "raisons": f"R{n}"} for n in range(40)))
    after = judged(config, *({"name": f"Jeu {n}", "url": f"https://x.fr/{n}", "raisons": "R0"} for n in range(40)))
    changes = compare(before.records, after.records)
    assert {config.changed(change) for change in changes} == {("raisons",)}
    told = suspicion(night_of(sheet(), after, before.records, after.records), None, config)
    assert told.startswith("39 lignes sur 40 changent dans la colonne « Raisons de non-ouverture »")


def test_the_last_good_version_keeps_them(config: Config) -> None:
    published = judged(config, {"raisons": "Secret statistique"}).records
    broken = judged(config, {"status": "Ouvrable", "raisons": "Autre"})
    assert keep_last_good_versions(published, broken, config)[0] == published


def test_they_reach_the_data_only_when_a_row_has_them(run: Run, project: Path) -> None:
    run("sync", "--from", EXAMPLE)
    run("sync", "--from", EXAMPLE)
    before = contents(project)
    header = (project / DATA).read_text(encoding="utf-8").splitlines()[0]
    assert "raisons" not in header
    text = EXAMPLE.read_text(encoding="utf-8").splitlines()
    wider = project / "wider.csv"
    titles, filled = "Raisons de non-ouverture,Date prévue d'ouverture", "Aucune donnée,31/12/2026"
    wider.write_text("\n".join([f"{text[0]},{titles}", f"{text[1]},{filled}", *text[2:]]), encoding="utf-8")
    run("sync", "--from", EXAMPLE)
    assert contents(project) == before | {"wider.csv": wider.read_bytes()}
    run("sync", "--from", wider)
    assert "raisons" in (project / DATA).read_text(encoding="utf-8").splitlines()[0]
    datasets = json.loads((project / DATA).with_suffix(".json").read_text(encoding="utf-8"))
    assert [each["raisons"] for each in datasets if each["raisons"]] == ["Aucune donnée"]
    package = (project / DATA).with_name("datapackage.json")
    assert frictionless.validate(str(package)).valid
    fields = json.loads(package.read_text(encoding="utf-8"))["resources"][0]["schema"]["fields"]
    assert [field["name"] for field in fields if field["type"] == "date"] == ["date_prevue"]
    assert "Aucune donnée" not in (project / PAGE).read_text(encoding="utf-8")  # on_page is off


# --- another list ------------------------------------------------------------------------------------------------


def test_another_list_is_made_by_configuration_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example = ROOT / "examples" / "commitments"
    for path in (example / "config.toml", example / "templates" / "page.md.j2"):
        target = tmp_path / path.relative_to(example)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    arguments = ["sync", "--config", str(tmp_path / "config.toml"), "--from", str(example / "commitments.csv")]
    assert main(arguments, {}, lambda: date(2026, 11, 25)) == 0
    assert capsys.readouterr().out.splitlines()[:2] == ["20 lignes lues", "20 engagements dans 4 catégories sur 4"]
    assert (tmp_path / "site" / "engagements.md").read_bytes() == (example / "site" / "engagements.md").read_bytes()
    assert frictionless.validate(str(tmp_path / "site" / "public" / "datapackage.json")).valid
    header = (tmp_path / "site" / "public" / "engagements.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == (
        '"thematique","categorie","nom","ministere","statut","date_prevue","priorite","suivi"'
        ',"thematique_uri","categorie_uri"'
    )
    told = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "build").rglob("*.*") if path.is_file())
    assert "Engagements ministériels : 20 ajouts" in told
    assert "forte valeur" not in told


def test_no_line_of_the_code_names_a_list() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "job").rglob("*.py"))
    assert not any(word in code for word in ("forte valeur", "HVD", "engagement", "donnees-de-forte-valeur"))


def test_the_second_list_is_in_order() -> None:
    assert load_config(ROOT / "examples" / "commitments" / "config.toml").list.singular == "engagement"
