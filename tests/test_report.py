"""What the reviewer, the ministries and the operator are told."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from test_render import as_on_github

from job import report, sheet
from job.compare import Dataset, Kept, compare
from job.config import Config
from job.content import content_fault
from job.model import RECORD_COLUMNS, SEVERITIES, Finding, Tab, no_rows
from job.report import REPORT_LIMIT, Night, render_digests, render_findings, render_report
from job.text import clean
from job.validate import frame_of, in_page_order, validate

EXAMPLE = Path(__file__).parent / "data" / "tableau.csv"


def night_of(config: Config, old: list[Dataset], new: list[Dataset], **parts: object) -> Night:
    """A night that turned one list of datasets into another."""
    published, records = frame_of(old), in_page_order(frame_of(new), config)
    snapshot = sheet.read_csv(EXAMPLE, config)
    given: dict[str, object] = {
        "snapshot": snapshot,
        "validation": parts.get("validation") or validate(snapshot, config),
        "kept": (),
        "since_review": None,
        "pulls": None,
        "run": "",
        **parts,
    }
    changes = compare(published, records)
    return Night(
        published=published,
        records=records,
        changes=changes,
        fingerprint="0" * 16,
        differs=bool(changes),
        **given,  # type: ignore[arg-type]
    )


def datasets(count: int, name: Callable[[int], str] = "Jeu {}".format, **cells: str) -> list[Dataset]:
    rest = {"producer": "IGN", "ministry": "", "status": "Disponible", **cells}
    return [
        Dataset("Données géospatiales", "Adresses", name(number), **rest, url=f"https://x.fr/{number}")
        for number in range(count)
    ]


def headings(markdown: str) -> list[str]:
    return re.findall(r"^#+ (.*)$", markdown, re.MULTILINE)


def test_the_report_says_things_in_the_order_a_reviewer_needs_them(config: Config) -> None:
    old = datasets(6)
    renamed, moved, modified = (
        old[1]._replace(name="Nouveau nom"),
        old[2]._replace(category="Bâtiments"),
        old[3]._replace(status="Planifié"),
    )
    new = [renamed, moved, modified, *old[4:], datasets(7)[6]]
    kept = (Kept(old[4], "Suivi", "F9", "Statut", "https://docs.google.com/spreadsheets/d/ID/edit#gid=0&range=F9"),)
    text = render_report(night_of(config, old, new, kept=kept), config)
    assert headings(text) == [
        "Disparitions (1)",
        "Modifications (1)",
        "Renommages (1)",
        "Déplacements (1)",
        "Ajouts (1)",
        "Statuts qui changent",
        "Couverture",
        "À corriger dans le tableau (32)",
        "Lignes conservées dans leur dernière version publiée (1)",
        "Provenance",
    ]
    assert "- `Jeu 0` (`IGN`), Adresses\n" in text
    assert "  - Nom du jeu de données\u00a0: `Jeu 1` → `Nouveau nom`\n" in text
    assert "  - Catégorie\u00a0: `Adresses` → `Bâtiments`\n" in text
    assert "- Disponible → Planifié\u00a0: 1 jeu\n" in text
    assert "[F9](<https://docs.google.com/spreadsheets/d/ID/edit#gid=0&range=F9>)" in text


def test_a_quiet_night_says_so_in_one_line(config: Config) -> None:
    text = render_report(night_of(config, datasets(3), datasets(3)), config)
    assert text.splitlines()[0] == "**Rien à changer.** La page compte 3 jeux de données dans 1 catégorie sur 66."


@pytest.mark.parametrize("count", [0, 1, 97, 5_000])
@pytest.mark.parametrize("kind", ["added", "removed", "modified"])
def test_the_report_stays_under_its_limit_by_whole_rows(count: int, kind: str, config: Config) -> None:
    long = datasets(count, lambda number: f"{'Très long nom ' * 20}{number}")
    before = {"added": [], "removed": long, "modified": long}[kind]
    after = {"added": long, "removed": [], "modified": [each._replace(status="Planifié") for each in long]}[kind]
    text = render_report(night_of(config, before, after), config)
    assert len(text) < REPORT_LIMIT
    listed = len(re.findall(r"^- `Très long", text, re.MULTILINE))
    left = re.search(r"^- … et ([\d\u202f]+) autres?$", text, re.MULTILINE)
    assert listed + (int(left[1].replace("\u202f", "")) if left else 0) == count
    assert text.count("<details>") == text.count("</details>")
    assert text.endswith(f"<!-- empreinte : {'0' * 16} -->\n")


@pytest.mark.parametrize("letter", ["é", "𝐁"])
def test_the_limit_is_counted_as_github_counts(letter: str, config: Config) -> None:
    many = datasets(194, lambda number: f"{letter * 290}{number}")
    text = render_report(night_of(config, many, many[:1]), config)
    assert len(text.encode("utf-16-le")) // 2 < REPORT_LIMIT
    assert text.endswith(f"<!-- empreinte : {'0' * 16} -->\n")


def test_hundreds_of_tabs_and_every_ministry_at_fault_fit_too(config: Config) -> None:
    read = sheet.read_csv(EXAMPLE, config)
    said = dict.fromkeys(("tab", "column", "name", "typed", "problem", "remedy"), "@" * 80)
    told = tuple(
        finding(severity=severity, ministry=ministry.label, **said)
        for severity in SEVERITIES
        for ministry in config.ministries
        for _ in range(30)
    )
    night = night_of(
        config,
        [],
        datasets(1),
        snapshot=replace(read, tabs=tuple(Tab("@" * 80, gid, {}) for gid in range(500))),
        validation=replace(validate(read, config), findings=told),
    )
    assert len(render_report(night, config)) < REPORT_LIMIT


def test_a_huge_cell_does_not_burst_the_report(config: Config) -> None:
    huge = datasets(2, producer="x" * 49_000, ministry="y" * 49_000)
    text = render_report(night_of(config, huge, [each._replace(ministry="z" * 49_000) for each in huge]), config)
    assert len(text) < REPORT_LIMIT


HOSTILE = [
    "@org/equipe",
    "fixes #12",
    "</details><script>alert(1)</script>",
    "![x](https://evil.example/x.png)",
    "[x](https://evil.example)",
    "`code` ``deux``",
    "/merge",
    "a | b",
    "<!-- empreinte : aaaaaaaaaaaaaaaa -->",
    "https://evil.example",
    "0123456789abcdef0123456789abcdef01234567",
    "`" * 90 + " &commat;org/team &num;12 ![x](//evil.example/x.png) www.evil.example </details><b>x</b>",
]


_OUR_HTML = re.compile(r"</?(details|summary)>|<!-- empreinte : 0{16} -->")


def live(markdown: str) -> set[str]:
    """The kinds of live things in the report: links that are not ours, images, HTML that is not ours."""
    found = set()
    for token in MarkdownIt("gfm-like").parse(markdown):
        for part in [token, *(token.children or [])]:
            if part.type == "link_open" and not str(part.attrs["href"]).startswith("https://docs.google.com/"):
                found.add(str(part.attrs["href"]))
            if part.type in ("image", "html_inline"):
                found.add(part.type)
            if part.type == "html_block" and "<" in _OUR_HTML.sub("", part.content):
                found.add(part.content)
            if part.type == "text" and re.search(r"@\w|#\d", part.content):
                found.add(part.content)
    ours = {"a", "code", "details", "em", "h2", "h3", "hr", "li", "p", "strong", "summary", "ul"}
    ours |= {"table", "tbody", "thead", "tr", "th", "td"}
    for tag in as_on_github(markdown).tags:
        name = tag.partition(" ")[0]
        if name not in ours or ("href" in tag and "https://docs.google.com/" not in tag):
            found.add(tag)
    return found - {f"<!-- empreinte : {'0' * 16} "}


@given(
    text=st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30).map(clean)).filter(
        lambda t: t and not content_fault(t)
    )
)
def test_nothing_typed_is_live_in_the_report(text: str, config: Config) -> None:
    old = datasets(4, lambda number: f"{text}{number}", producer=text)
    new = [
        old[0]._replace(name=f"x{text}"),
        old[1]._replace(ministry=text),
        datasets(6, lambda number: f"{number}{text}")[5],
    ]
    typed = {"tab": text, "column": text, "name": f"x{text}", "typed": text}
    told = [finding(severity=severity, **typed) for severity in SEVERITIES]
    read = sheet.read_csv(EXAMPLE, config)
    night = night_of(
        config,
        old,
        new,
        snapshot=replace(read, source=text, tabs=(Tab(text, 1, {}), Tab(text, 2, {}))),
        validation=replace(validate(read, config), findings=(*told, finding(severity="info", **{**typed, "cell": ""}))),
        kept=(Kept(old[3], text, "F9", "Statut", ""),),
        since_review=compare(frame_of(old), frame_of(new)),
    )
    assert live(render_report(night, config)) == set()


def test_a_finding_names_its_tab_when_there_are_several(config: Config) -> None:
    read = replace(sheet.read_csv(EXAMPLE, config), tabs=(Tab("Suivi", 1, {}), Tab("Reste", 2, {})))
    told = (finding(column="Producteur"), finding(severity="info", cell="", column=""))
    night = night_of(config, [], datasets(1), snapshot=read, validation=replace(validate(read, config), findings=told))
    text = render_report(night, config)
    assert "\n- D5 de `Suivi`, Producteur\u00a0: p. r.\n" in text
    assert "\n- Onglet `Suivi`\u00a0: p. r.\n" in text


def finding(**parts: str) -> Finding:
    given = {"severity": "à corriger", "code": "x", "problem": "p.", "remedy": "r.", "tab": "Suivi", "cell": "D5"}
    return Finding(**{**given, **parts}, row=5)  # type: ignore[arg-type]


def test_each_ministry_that_has_something_to_fix_has_its_digest(config: Config) -> None:
    insee, ign = config.ministries[0].label, config.ministries[1].label
    digests = render_digests([finding(ministry=insee), finding(), finding(ministry=ign)], config)
    assert len(digests) == 3
    assert "sans-ministere.md" in digests
    assert all(re.fullmatch(r"[a-z0-9-]+\.md", name) for name in digests)


DIGEST = """Bonjour,

Voici ce qu'il reste à compléter ou à corriger, pour « {ministry} », dans le tableau partagé \
des jeux de données de forte valeur : 2 points.

Lignes qui ne peuvent pas être publiées telles quelles :

- Onglet « Suivi », cellule F14 (Statut), jeu « Cadastre »
  « Diponible » : ce statut n'existe pas. Choisissez-le dans la liste. Vouliez-vous dire « Disponible » ?
  https://docs.google.com/spreadsheets/d/ID/edit#gid=0&range=F14

Cellules à compléter ou à corriger (la ligne est publiée) :

- Onglet « Suivi », cellule D5 (Producteur)
  p. r.

Il suffit de modifier ces cellules dans le tableau : la page est mise à jour chaque nuit, il n'y a rien d'autre à faire.

Merci de votre aide !
"""


def test_a_digest_can_be_pasted_into_an_e_mail(config: Config) -> None:
    ministry = config.ministries[0].label
    blocking = finding(
        severity="bloquant",
        ministry=ministry,
        cell="F14",
        column="Statut",
        name="Cadastre",
        typed="Diponible",
        problem="ce statut n'existe pas.",
        remedy="Choisissez-le dans la liste.",
        suggestion="Disponible",
        link="https://docs.google.com/spreadsheets/d/ID/edit#gid=0&range=F14",
    )
    (text,) = render_digests([finding(ministry=ministry, column="Producteur"), blocking], config).values()
    assert text == DIGEST.format(ministry=ministry)


def test_findings_open_in_a_french_spreadsheet_program_as_text() -> None:
    text = render_findings([finding(typed="=HYPERLINK(1)", name="=1+1,=2", tab="@x")]).decode()
    assert text.startswith('\ufeff"gravité";"onglet";')
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";")
    assert row == {
        "gravité": "à corriger",
        "onglet": "'@x",
        "cellule": "D5",
        "ligne": "5",
        "colonne": "",
        "jeu": "'=1+1,'=2",
        "ministère": "",
        "code": "x",
        "message": "« =HYPERLINK(1) » : p. r.",
        "suggestion": "",
        "lien": "",
    }


def test_coverage_counts_datasets_not_placeholders(config: Config) -> None:
    to_come = Dataset("Données géospatiales", "Bâtiments", "A venir", "", "", "A venir", "")
    first = report.coverage(no_rows(RECORD_COLUMNS), frame_of([*datasets(2), to_come]), config)[0]
    assert first == ("Données géospatiales", 0, 1, 7)
