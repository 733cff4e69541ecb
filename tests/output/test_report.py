"""What the reviewer, the ministries and the operator are told."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from typing import Any, get_args

import nights
import pytest
from conftest import EXAMPLE, LETTERS, SOUND, examples, sheet, sheet_of_tabs
from hypothesis import given
from hypothesis import strategies as st
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from nights import MARKER, NIGHTS, REPORTS, edited, example_rows, google_sheet, mixed, play, published_from, quiet
from reading import ACTIVE, HOSTILE, as_on_github, without_zero_width

from job.changes.compare import compare
from job.changes.decide import Decision
from job.config import Config
from job.content import content_fault
from job.model import Finding, Night, Record, Severity, Tab
from job.output.report import render_digests, render_findings, render_log, render_report, render_summary
from job.source.csv_file import read_csv
from job.text import clean

LIMIT = 60_000


def report_of(night: Night, config: Config) -> str:
    return render_report(night, config).decode()


def units(text: str) -> int:
    """Its length as JavaScript and GitHub count it."""
    return len(text.encode("utf-16-le")) // 2


# --- whole reports -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NIGHTS)
def test_the_report_of_a_whole_night(name: str, config: Config) -> None:
    written = (REPORTS / f"{name}.md").read_text(encoding="utf-8")
    assert report_of(NIGHTS[name](config), config) == written, "`make golden` writes it anew: look at it first"


def test_the_report_is_the_same_whatever_the_order_of_the_rows(config: Config) -> None:
    rows = example_rows()
    after = published_from([*edited(rows, nights.FIVE_CHANGES), nights.ADDED], config)
    again = published_from([nights.ADDED, *reversed(edited(rows, nights.FIVE_CHANGES))], config)
    assert after == again


@pytest.mark.parametrize("decision", get_args(Decision))
def test_gestures_are_explained_where_there_is_a_pull_request_to_make_them_in(
    decision: Decision, config: Config
) -> None:
    told = "**Accepter**" in report_of(replace(mixed(config), decision=decision), config)
    assert told == (decision in ("open", "update", "keep"))


@pytest.mark.parametrize(("since", "is_told"), [((), True), (None, False)])  # None: it cannot be read
def test_nothing_new_is_told_only_where_the_version_under_review_was_read(
    since: tuple[()] | None, is_told: bool, config: Config
) -> None:
    night = replace(mixed(config), decision="update", since_review=since)
    assert ("**Aucune ligne n'a changé" in report_of(night, config)) == is_told


@pytest.mark.parametrize(("count", "is_folded"), [(40, False), (41, True)])
def test_a_long_table_is_folded_also_since_the_version_under_review(
    count: int, is_folded: bool, config: Config
) -> None:
    record = Record("Données géospatiales", "Adresses", "", "IGN", "", "Disponible", "")
    changes = compare([record._replace(name=f"Jeu {n}") for n in range(count)], ())
    night = replace(mixed(config), changes=changes, since_review=changes)
    assert report_of(night, config).count(f"{count} changements, ligne par ligne") == 2 * is_folded


def look(text: str) -> list[str]:
    """The lines under « À regarder »."""
    return [line.removeprefix("> ") for line in text.split("À regarder**\n", 1)[1].split("\n\n", 1)[0].splitlines()]


def test_what_is_to_be_looked_at_comes_first_and_once(config: Config) -> None:
    link = "https://docs.google.com/spreadsheets/d/1AbC/edit#gid=10&range="
    assert look(report_of(mixed(config), config)) == [
        (
            "- **2 catégories perdraient leur dernier jeu\u00a0:** Parcelles cadastrales (`Cadastre` déplacé), "
            "Flux touristiques en Europe (`Tourisme` retiré)."
        ),
        "- **1 catégorie aurait son premier jeu\u00a0:** Parcelles de référence.",
        (
            f"- **1 ligne en erreur\u00a0:** [F75](<{link}F75>) (Statut), `Fécondité`\u00a0: `Dispo`, "
            "ce statut n'existe pas. Sa version publiée reste en ligne."
        ),
        (
            f"- **1 nouveau point à corriger\u00a0:** [D98](<{link}D98>) (Producteur), "
            "`Base nationale des lieux de covoiturage`\u00a0: Cette cellule est vide."
        ),
    ]


def test_a_rename_says_the_old_name_once_and_a_move_its_old_category_once(config: Config) -> None:
    table = [line for line in report_of(mixed(config), config).splitlines() if re.match(r"\| [−✎↪+] ", line)]
    assert [" ".join(table).count(said) for said in ("Zonage en potentiel radon", "Parcelles cadastrales")] == [1, 1]


@pytest.mark.parametrize(("count", "unfolded", "more"), [(1, 0, ""), (5, 5, ""), (7, 5, "  - … et 2 autres, plus bas")])
def test_new_findings_are_unfolded_up_to_five_and_the_others_stand_below(
    count: int, unfolded: int, more: str, config: Config
) -> None:
    rows = [SOUND | {"name": f"Jeu {n}", "url": f"https://x.fr/{n}"} for n in range(20)]
    incomplete = [row | {"producer": ""} if n < count else row for n, row in enumerate(rows)]
    report = report_of(play(google_sheet(incomplete), config, published_from(rows, config)), config)
    _, *items = look(report)
    assert sum(line.startswith("  - [D") for line in items) == unfolded
    assert [line for line in items if "autres" in line] == ([more] if more else [])
    told = [report.count(f"`Jeu {n}`\u00a0: Cette cellule est vide.") for n in range(20)]
    assert told == [1] * count + [0] * (20 - count)


def test_a_finding_is_new_on_its_own_tab_only(config: Config) -> None:
    def tabs(**changed: str) -> Any:
        rows = [SOUND | {"name": name, "url": f"https://x.fr/{name}", "producer": ""} for name in "AB"]
        return sheet_of_tabs({"Suivi": (rows[0] | changed,), "Reste": (rows[1],)}, sheet_id="1AbC")

    published = play(tabs(), config).records
    text = report_of(play(tabs(status="Planifié", url=""), config, published), config)
    (line,) = (line for line in look(text) if "nouveau point" in line)
    assert (
        "[D2](<https://docs.google.com/spreadsheets/d/1AbC/edit#gid=10&range=D2>) de `Suivi` (Producteur), `A`" in line
    )
    assert "1 nouveau, 1 ancien" in text


def test_a_removed_dataset_whose_category_keeps_others_is_named(config: Config) -> None:
    rows = example_rows()
    text = report_of(
        play(google_sheet(edited(rows, {"OCS GE": None, "API RNB": None})), config, published_from(rows, config)),
        config,
    )
    assert look(text)[1] == "- **1 disparition\u00a0:** `API RNB` (`IGN`)."


@pytest.mark.parametrize(("count", "more"), [(5, ""), (7, " et 2 autres")])
def test_a_category_that_loses_many_datasets_counts_those_it_does_not_name(
    count: int, more: str, config: Config
) -> None:
    rows = [SOUND | {"name": f"Jeu {n}", "url": f"https://x.fr/{n}"} for n in range(count)]
    elsewhere = SOUND | {"category": "Bâtiments", "url": "https://x.fr/b"}
    night = play(google_sheet([elsewhere]), config, published_from([*rows, elsewhere], config))
    named = ", ".join(f"`Jeu {n}` retiré" for n in range(5))
    assert look(report_of(night, config)) == [
        f"- **1 catégorie perdrait son dernier jeu\u00a0:** Adresses ({named}{more})."
    ]


def test_a_row_that_only_said_that_something_is_to_come_is_no_dataset_that_disappears(config: Config) -> None:
    to_come = {**dict.fromkeys(SOUND, ""), "category": "Adresses", "name": "A venir", "status": "A venir"}
    night = play(google_sheet([SOUND]), config, published_from([SOUND, to_come], config))
    assert "| − | `A venir` | Adresses | *retiré* |  |" in report_of(night, config)
    assert "À regarder" not in report_of(night, config)


EMPTY = {"producer": "", "ministry": "", "url": ""}


@pytest.mark.parametrize(
    ("before", "settled"),
    [
        (EMPTY, ", 3 réglés"),
        ({"url": ""}, ", 1 réglé"),
        ({"url": "", "status": "Planifié"}, ""),  # nothing was wanting
        ({"status": "A venir"}, ""),
    ],
)
def test_cells_that_were_wanting_and_say_something_at_last_are_counted(
    before: dict[str, str], settled: str, config: Config
) -> None:
    point = SOUND | {"name": "Autre", "url": "https://x.fr", "producer": ""}
    night = play(google_sheet([SOUND, point]), config, published_from([SOUND | before, point], config))
    assert f"tableau\u00a0: 0 nouveau, 1 ancien{settled}</summary>" in report_of(night, config)


def test_a_ministry_says_how_many_of_its_points_are_new(config: Config) -> None:
    rows = [SOUND | {"name": f"Jeu {n}", "url": f"https://x.fr/{n}"} for n in range(7)]
    night = play(google_sheet(row | {"producer": ""} for row in rows), config, published_from(rows, config))
    assert f"**{SOUND['ministry']}** (7 points, dont 7 nouveaux)" in report_of(night, config)  # five of them above


def test_each_address_can_be_copied_from_the_report(config: Config) -> None:
    addresses = [f"https://www.data.gouv.fr/{kind}/" + "tres-long-" * 30 + "fin/?a=1&b=@2#c" for kind in ("jeu", "api")]
    cells = dict(zip(("url", "api_adresse"), addresses, strict=True))
    snapshot = sheet(SOUND | cells, columns=LETTERS | {"api_adresse": "H"}, sheet_id="1AbC")
    report = report_of(play(snapshot, config, published_from(example_rows(), config)), config)
    assert [address for address in addresses if f"`{address}`" not in report] == []


def test_a_remark_on_a_name_says_it_once(config: Config) -> None:
    text = report_of(play(sheet(SOUND, SOUND | {"name": "Base (supprimée)"}), config), config)
    assert text.count("`Base (supprimée)`") == 1


def test_a_csv_file_has_no_links_but_its_lines(config: Config) -> None:
    text = report_of(play(read_csv(EXAMPLE, config), config, run=""), config)
    assert "docs.google.com" not in text
    assert "modifiez le tableau, la demande" in text
    assert re.search(r"^\| `Cadastre` \(`DGFiP`\) \| .* \| 4 \|$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            {"differs": True},
            "**Aucune ligne ne change**\u00a0; il s'agit seulement de la présentation de la page ou de libellés",
        ),
        ({"feedback_failure": "Accès refusé."}, "**Le contrôle n'a pas pu être écrit dans le tableau**\u00a0; la page"),
    ],
)
def test_other_nights_say_what_they_are(parts: dict[str, Any], said: str, config: Config) -> None:
    assert said in report_of(replace(quiet(config), **parts), config)


def test_our_own_french_has_its_no_break_spaces(config: Config) -> None:
    night = mixed(config)
    night = replace(night, verdict=replace(night.verdict, findings=()), kept=())
    ours = re.sub(r"`[^`]*`|<[^>]*>|\| [ :|-]*\|\n", "", report_of(night, config))
    assert re.findall(r".{9} [:;?!»]|« .{9}", ours) == []


# --- the limit ---------------------------------------------------------------------------------------------------


def listed(text: str) -> int:
    """How many changes it shows or counts: whole rows, and « … et n autres »."""
    rows = len(re.findall(r"^\| (?:[−✎+] \| )?`+ ?Très", text, re.MULTILINE))
    more = re.findall(r"^\|  \| … et ([\d\u202f]+) autres? \|$", text, re.MULTILINE)
    return rows + sum(int(count.replace("\u202f", "")) for count in more)


@pytest.mark.parametrize("kind", ["added", "removed", "modified"])
@pytest.mark.parametrize(("count", "letter"), [(1, "é"), (97, "é"), (5_000, "é"), (400, "𝐁"), (400, "|"), (400, "`")])
def test_the_report_stays_under_its_limit_by_whole_rows(kind: str, count: int, letter: str, config: Config) -> None:
    def records(**cells: Any) -> tuple[Record, ...]:
        blank = Record("Données géospatiales", "Adresses", "", "IGN", "", "Disponible", "")
        return tuple(
            blank._replace(name=f"Très {letter * 290}{n}", url=f"https://x.fr/{n}", **cells) for n in range(count)
        )

    before = () if kind == "added" else records()
    after = {"added": records(), "removed": (), "modified": records(status="Planifié", ministry="M" * 300)}[kind]
    night = quiet(config)
    changes = compare(before, after)
    since = changes if kind == "modified" else None
    night = replace(night, published=before, records=after, changes=changes, since_review=since, differs=True)
    text = report_of(night, config)
    assert units(text) < LIMIT
    assert listed(text) == count * (2 if since else 1)
    assert text.count("<details>") == text.count("</details>")
    assert text.endswith(f"{MARKER}\n")


def test_hundreds_of_tabs_and_every_ministry_at_fault_fit_too(config: Config) -> None:
    night = mixed(config)
    said = dict.fromkeys(("tab", "column", "name", "typed", "problem", "remedy", "effect", "suggestion"), "@" * 300)
    told = tuple(
        Finding(
            severity,
            "x",
            ministry=ministry.label,
            cell="A1",
            row=1,
            link="https://docs.google.com/" + "x" * 200,
            **said,
        )
        for severity in Severity
        for ministry in config.vocabulary.ministries
        for _ in range(30)
    )
    tabs = tuple(Tab("@" * 80, number, "") for number in range(500))
    night = replace(night, snapshot=replace(night.snapshot, tabs=tabs), verdict=replace(night.verdict, findings=told))
    assert units(report_of(night, config)) < LIMIT


# --- nothing typed is live ---------------------------------------------------------------------------------------

OURS = ("https://docs.google.com/spreadsheets/d/1AbC/edit", "https://github.com/o/r/actions/runs/42")
TAGS = "a blockquote br code details em li p strong summary table tbody td th thead tr ul".split()


def live(markdown: str) -> set[str]:
    """What is live in it and not ours: links, images, HTML, mentions and references outside code."""
    read = as_on_github(markdown)
    found = {tag for tag in read.tags if tag not in TAGS and not tag.startswith(tuple(f"a {ours}" for ours in OURS))}
    found |= {text for text in read.texts if re.search(r"@\w|#\d|https?://\w|www\.\w", text)}
    for token in MarkdownIt("gfm-like").parse(markdown):
        for part in token.children or []:
            if part.type == "link_open" and not str(part.attrs["href"]).startswith(OURS):
                found.add(str(part.attrs["href"]))
            if part.type == "image" or (part.type == "html_inline" and part.content != "<br>"):
                found.add(part.content)
    return found - {MARKER}


SAID = (
    st.one_of(st.sampled_from(HOSTILE), ACTIVE, st.text(max_size=30))
    .map(clean)
    .filter(lambda text: bool(text) and not content_fault(text))
)


@examples(150)
@given(text=SAID)
def test_nothing_typed_is_live_in_what_is_sent(text: str, config: Config) -> None:
    rows = [SOUND | {"name": f"{text} {n}", "producer": text, "url": f"https://x.fr/{n}"} for n in range(6)]
    after = [
        rows[1] | {"name": f"x {text}"},
        rows[2] | {"ministry": text},
        rows[3] | {"status": text},
        rows[4] | {"category": text},
        rows[5] | {"url": text},
        SOUND | {"name": f"neuf {text}", "theme": text, "url": f"https://www.google.com/url?q={text}"},
    ]
    snapshot = sheet_of_tabs({text: tuple(after), f"{text} 2": (SOUND,)}, sheet_id="1AbC")
    published = published_from(rows, config)
    night = play(replace(snapshot, source=text), config, published, under_review=published)
    told = [
        Finding(severity, "x", "p.", tab=text, column=text, name=text, typed=text, suggestion=text, cell=cell, row=3)
        for severity in Severity
        for cell in ("D3", "")
    ]
    night = replace(night, verdict=replace(night.verdict, findings=(*night.verdict.findings, *told)))
    report = report_of(night, config)
    assert live(report) == set()
    assert re.findall(r"^<!-- empreinte .*$", report, re.MULTILINE) == [MARKER]
    for digest in render_digests(night, config).values():
        links = LinkifyIt({}, {"fuzzy_link": False, "fuzzy_email": False}).match(digest.decode()) or ()
        assert [it.url for it in links if not it.url.startswith((*OURS, "//"))] == []
    assert not re.search(r"::|##\[", render_log(night, config, written=True))
    for row in csv.reader(io.StringIO(render_findings(night.verdict.findings).decode("utf-8-sig")), delimiter=";"):
        assert not [cell for cell in row if cell.startswith(tuple("=+-@\t＝＋－＠"))]


@pytest.mark.parametrize("typed", [*HOSTILE, "\\", "|", "\\|", "a\\\\\\|", "``|``", "x` | y", "`|"])
@pytest.mark.parametrize("count", [4, 20])
def test_any_text_reads_back_exactly_from_a_table_and_its_row_is_whole(typed: str, count: int, config: Config) -> None:
    rows = [SOUND | {"name": f"{n} {typed}", "producer": typed, "url": f"https://x.fr/{n}"} for n in range(count)]
    night = play(google_sheet(rows), config)
    read = as_on_github(report_of(night, config))
    names = {without_zero_width(code) for code in read.code}
    assert {record.name for record in night.records} <= names, "a cell was cut, or lost a sign"
    assert {f"a {link}" for _, link in night.verdict.lines.values()} <= {*read.tags}, "the last cell was pushed out"


def test_a_page_that_is_not_built_is_not_linked(config: Config) -> None:
    assert "preview" not in report_of(replace(mixed(config), has_preview=False), config)


# --- digests, findings, figures ----------------------------------------------------------------------------------

DIGEST = """\
À\u00a0: sg@ministere.example
Objet\u00a0: Données de forte valeur\u00a0: 2 points à corriger dans le tableau partagé

Bonjour,

Voici ce qu'il reste à compléter ou à corriger dans le tableau partagé, pour «\u00a0{ministry}\u00a0».
Le tableau\u00a0: https://docs.google.com/spreadsheets/d/1AbC/edit

- Ligne 14, onglet «\u00a0Suivi\u00a0», «\u00a0Cadastre\u00a0» (cette ligne n'est pas publiée telle quelle)
  F14 (Statut)\u00a0: «\u00a0Diponible\u00a0»\u00a0: ce statut n'existe pas. \
Vouliez-vous dire «\u00a0Disponible\u00a0»\u00a0?
  https://docs.google.com/spreadsheets/d/1AbC/edit#gid=10&range=F14

- Ligne 15, onglet «\u00a0Suivi\u00a0»
  D15 (Producteur)\u00a0: Cette case est vide. Tapez le sigle de l'organisme.
  https://docs.google.com/spreadsheets/d/1AbC/edit#gid=10&range=D15

Il suffit de corriger ces cases dans le tableau\u00a0: le robot le relit chaque nuit. Les changements paraissent sur \
la page quand une personne les a relus.

Merci de votre aide\u00a0!
"""


def finding(severity: Severity = Severity.TO_FIX, row: int = 15, column: str = "D", **parts: str) -> Finding:
    link = f"https://docs.google.com/spreadsheets/d/1AbC/edit#gid=10&range={column}{row}"
    given = {"problem": "p.", "tab": "Suivi", "cell": f"{column}{row}", "link": link, **parts}
    return Finding(severity, "x", row=row, **given)


def digests_of(findings: tuple[Finding, ...], config: Config) -> dict[str, str]:
    night = quiet(config)
    night = replace(night, verdict=replace(night.verdict, findings=findings))
    return {name: text.decode() for name, text in render_digests(night, config).items()}


def test_a_digest_can_be_pasted_into_an_e_mail(config: Config) -> None:
    ministry = config.vocabulary.ministries[0].model_copy(update={"contact": "sg@ministere.example"})
    vocabulary = config.vocabulary.model_copy(update={"ministries": (ministry, *config.vocabulary.ministries[1:])})
    reachable = config.model_copy(update={"vocabulary": vocabulary})
    told = (
        replace(
            finding(Severity.BLOCKING, 14, "F", ministry=ministry.label, name="Cadastre", typed="Diponible"),
            problem="ce statut n'existe pas.",
            suggestion="Disponible",
            column="Statut",
        ),
        replace(
            finding(ministry=ministry.label, problem="cette case est vide.", remedy="Tapez le sigle de l'organisme."),
            column="Producteur",
        ),
    )
    assert digests_of(told, reachable) == {
        "ministere-de-l-agriculture-et-de-la-souverainete-alimentaire.md": DIGEST.format(ministry=ministry.label)
    }


def test_each_ministry_that_has_something_to_fix_has_its_digest(config: Config) -> None:
    first, second = config.vocabulary.ministries[0].label, config.vocabulary.ministries[1].label
    told = (finding(ministry=first), finding(), finding(Severity.INFO, ministry=second))
    digests = digests_of(told, config)
    assert sorted(digests) == ["ministere-de-l-agriculture-et-de-la-souverainete-alimentaire.md", "sans-ministere.md"]
    assert "pour des lignes dont le ministère de tutelle n'est pas indiqué" in digests["sans-ministere.md"]


def test_the_digest_of_a_csv_file_names_the_file(config: Config) -> None:
    text = "".join(text.decode() for text in render_digests(play(read_csv(EXAMPLE, config), config), config).values())
    assert "fichier «\u00a0tableau.csv\u00a0»" in text
    assert "onglet" not in text


def test_a_row_is_one_item_of_a_digest(config: Config) -> None:
    (text,) = digests_of((finding(), finding(column="E"), finding(row=16)), config).values()
    assert re.findall(r"^- Ligne (\d+)", text, re.MULTILINE) == ["15", "16"]


def test_findings_open_in_a_french_spreadsheet_program_as_text() -> None:
    text = render_findings([finding(typed="=HYPERLINK(1)", name="=1+1,=2", tab="@x", remedy="r.", link="")]).decode()
    assert text.startswith('\ufeff"gravité";"onglet";')
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";")
    assert row == {
        "gravité": "à corriger",
        "onglet": "'@x",
        "cellule": "D15",
        "ligne": "15",
        "colonne": "",
        "jeu": "'=1+1,'=2",
        "ministère": "",
        "code": "x",
        "message": "«\u00a0=HYPERLINK(1)\u00a0»\u00a0: p. r.",
        "suggestion": "",
        "lien": "",
    }


def test_coverage_counts_datasets_not_placeholders(config: Config) -> None:
    to_come = Record("Données géospatiales", "Bâtiments", "A venir", "", "", "A venir", "")
    a = to_come._replace(category="Adresses", name="A", status="Disponible")
    text = report_of(replace(quiet(config), published=(to_come,), records=(a, to_come)), config)
    assert "1 jeu de données (0 aujourd'hui) dans 1 catégorie sur 66 (0 aujourd'hui)" in text
    assert "| Données géospatiales | 0 | **1** | 7 |" in text


def test_the_figures_of_a_night(config: Config) -> None:
    assert json.loads(render_summary(mixed(config), config)) == {
        "decision": "open",
        "changed": True,
        "fingerprint": "0" * 16,
        "rows_read": 97,
        "datasets": {"published": 97, "proposed": 97},
        "changes": {"removed": 1, "modified": 1, "renamed": 1, "moved": 1, "added": 1, "unchanged": 93},
        "kept": 1,
        "findings": {"bloquant": 1, "à corriger": 21, "info": 0},
        "coverage": {"covered": 48, "categories": 66},
    }
