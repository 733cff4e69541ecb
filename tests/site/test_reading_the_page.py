"""The page in a real browser, on a site that stands at /hvd/: filters, links, phone, dark, print, no JavaScript."""

from __future__ import annotations

import csv
import functools
import io
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from built_site import DATA, PAGE, ROOT, TITLES, UNKNOWN, Project, leave_out, sheet_of_hostile_rows
from playwright.sync_api import Browser, sync_playwright
from reader import BASE, Reader

from job.config import Config
from job.output.escape import escape_csv

pytestmark = pytest.mark.slow

Row = tuple[str, ...]  # in the columns of the published data

FURTHER = """\
Thématique,Catégorie,Nom du jeu,Producteur,Ministère,Statut,URL,URL de l'API,Motif de non-ouverture,Échéance d'ouverture
Données statistiques,Emploi,Sans adresse,Insee,Culture,Planifié,,https://api.gouv.fr/x,Travaux en cours,31/12/2026
Données statistiques,Chômage,Sans autre case,Insee,Culture,Disponible,https://www.insee.fr/x,,,
Données statistiques,Chômage,A venir,Insee,,Planifié,,,,
Données statistiques,Chômage,A venir,,,A venir,,,,
"""


class Site:
    """The built site, served, and what the job published in it."""

    def __init__(self, folder: Path, config: Config) -> None:
        project = Project(folder)
        self.rows = project.publish(ROOT / "tests" / "data" / "tableau.csv")
        hostile = sheet_of_hostile_rows(folder / "hostile.csv", config)
        with hostile.open("a", encoding="utf-8") as file:
            file.write(f"Données statistiques,Emploi,{'Sansespace' * 20},{'sansespace' * 10},,Planifié,\n")
        self.hostile = project.publish(hostile, "hostile", "hostile")
        self.further = folder / "further.csv"
        self.further.write_text(FURTHER, encoding="utf-8")
        fields = ("raisons", "api_adresse", "date_prevue")
        project.run("sync", "--from", self.further, page="further", data="further", on_page=fields)
        link = f"[Les jeux statistiques](./{PAGE}.md?theme=Données+statistiques)"
        (project.site / "elsewhere.md").write_text(f"# Ailleurs\n\n{link}\n", encoding="utf-8")
        project.build(folder / "www" / BASE.strip("/"), BASE)
        self.public = {path.name for path in (project.site / "public").iterdir()}
        self.folder = folder / "www"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, config: Config) -> Site:
    return Site(tmp_path_factory.mktemp("site"), config)


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    """Where the site is served."""
    handler = functools.partial(_Quiet, directory=str(site.folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        leave_out("Chromium is not installed", "REQUIRE_BROWSER")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])


@pytest.fixture
def reader(browser: Browser, address: str) -> Iterator[Reader]:
    reader = Reader(browser, address)
    yield reader
    reader.page.context.close()
    assert reader.troubles == []


def names(rows: list[Row], **chosen: str) -> list[str]:
    """The names of the rows with these cells, by CSV title; « A venir » left out, as Reader.names does."""
    chosen_rows = [row for row in rows if all(row[TITLES.index(title)] == cell for title, cell in chosen.items())]
    return [row[2] for row in chosen_rows if row[2] != "A venir"]


def csv_of(rows: list[Row]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([TITLES, *([escape_csv(cell) for cell in row] for row in rows)])
    return file.getvalue().encode()


# --- the site ----------------------------------------------------------------------------------------------------


def test_the_page_and_its_data_are_online(site: Site, reader: Reader) -> None:
    hrefs = reader.open().page.locator("main a").evaluate_all("all => all.map(a => a.href)")
    linked = {urlsplit(href).path for href in hrefs if BASE in href}
    paths = {f"{BASE}{PAGE}.html", *(f"{BASE}{name}" for name in site.public)} | linked

    assert {f"{DATA}.csv", f"{DATA}.json", "datapackage.json"} <= site.public
    assert {f"{BASE}{DATA}.csv", f"{BASE}{DATA}.json"} <= linked
    assert {path: reader.page.request.get(path).status for path in paths} == dict.fromkeys(paths, 200)


def test_the_root_of_the_site_leads_to_the_page(reader: Reader) -> None:
    reader.page.goto(BASE)
    reader.page.wait_for_url(f"**{BASE}{PAGE}.html")


def test_the_site_speaks_french(reader: Reader) -> None:
    reader.open().page.get_by_role("button", name="Rechercher").click()

    assert reader.page.locator("html").get_attribute("lang") == "fr-FR"
    assert reader.seen(".outline-title") == ["Sur cette page"]
    assert "parcourir" in reader.page.locator(".search-keyboard-shortcuts").inner_text()


def test_the_search_of_the_site_ignores_accents(reader: Reader) -> None:
    reader.open().page.get_by_role("button", name="Rechercher").click()
    reader.page.locator(".search-input").fill("alertes meteo")

    reader.page.locator(".result.selected", has_text="Alertes météorologiques").wait_for()


# --- filters -----------------------------------------------------------------------------------------------------


def test_without_a_filter_every_dataset_is_counted_and_every_table_is_there(site: Site, reader: Reader) -> None:
    reader.open()

    assert reader.count == f"{len(site.rows)} jeux sur {len(site.rows)}"
    assert reader.names == names(site.rows)
    assert len(reader.seen(".hvd-filter ~ h3")) == 66


@pytest.mark.parametrize(
    ("label", "title", "option"),
    [
        ("Thématique", "thematique", "Données statistiques"),
        ("Ministère de tutelle", "ministere", "Ministère du Travail, de la Santé et des Solidarités"),
        ("Producteur", "producteur", "Système d'information sur l'eau"),
        ("Statut", "statut", "Disponible"),
    ],
)
def test_a_filter_shows_the_rows_that_match_under_their_headings(
    site: Site, reader: Reader, label: str, title: str, option: str
) -> None:
    reader.open().choose(label, option)
    rows = [row for row in site.rows if row[TITLES.index(title)] == option]

    assert 0 < len(rows) < len(site.rows)
    assert reader.names == [row[2] for row in rows]
    assert reader.count == f"{len(rows)} {'jeux' if len(rows) > 1 else 'jeu'} sur {len(site.rows)}"
    assert reader.seen(".hvd-filter ~ h2") == list(dict.fromkeys(row[0] for row in rows))
    assert reader.seen(".hvd-filter ~ h3") == list(dict.fromkeys(row[1] for row in rows))


def test_the_outline_names_the_themes_that_are_shown(reader: Reader) -> None:
    reader.open()
    others = reader.outline[:-6]
    reader.choose("Thématique", "Données statistiques")

    assert reader.outline == [*others, "Données statistiques"]


def test_filters_add_up(reader: Reader) -> None:
    reader.open().choose("Thématique", "Données géospatiales")
    reader.choose("Producteur", "IGN")
    reader.search("topo")

    assert reader.names == ["BD Topo"]
    assert reader.chosen == {"q": "topo", "theme": "Données géospatiales", "producteur": "IGN"}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("DENOMINATIONS geographiques", ["BD Topo"]),  # words of a category
        ("etat regolithe", ["Etat des lieux de la connaissance du régolithe allochtone au millionième"]),
        ("  rnb   api ", ["API RNB"]),
        ("PIB — principaux", ["Comptabilité nationale"]),  # whatever the dash
        ("aucun jeu ainsi nommé", []),
    ],
)
def test_words_are_found_whatever_their_case_accents_and_order(reader: Reader, words: str, found: list[str]) -> None:
    reader.open().search(words)

    assert reader.names == found


def test_options_are_in_french_alphabetical_order_and_themes_in_that_of_the_page(site: Site, reader: Reader) -> None:
    reader.open()

    assert reader.options("Thématique") == list(dict.fromkeys(row[0] for row in site.rows))
    assert [option for option in reader.options("Ministère de tutelle") if option != UNKNOWN] == [
        "Ministère de l'Économie, des Finances et de la Souveraineté industrielle et numérique",
        "Ministère de l'Enseignement supérieur et de la Recherche",
        "Ministère de la Transition écologique et de la Cohésion des territoires",
        "Ministère du Travail, de la Santé et des Solidarités",
    ]


# --- the address -------------------------------------------------------------------------------------------------


def test_a_link_that_is_shared_or_reloaded_shows_the_same(browser: Browser, address: str, reader: Reader) -> None:
    reader.open().choose("Statut", "Disponible")
    reader.search("eau")
    meant = (reader.count, reader.names, reader.chosen)
    reader.page.reload()
    reader.page.get_by_role("search").wait_for()
    friend = Reader(browser, address)
    friend.page.goto(reader.page.url)
    friend.page.get_by_role("search").wait_for()

    assert meant[2] == {"q": "eau", "statut": "Disponible"}
    assert [(one.count, one.names, one.chosen) for one in (reader, friend)] == [meant, meant]
    assert friend.select("Statut").input_value() == "Disponible"
    friend.page.wait_for_function("document.querySelector('.hvd-filter').getBoundingClientRect().top < 100")


@pytest.mark.parametrize(
    ("query", "statut", "count"),
    [("disponible", "Disponible", 6), ("Retir%C3%A9", "Retiré", 0), ("%E0%A4%A", "\ufffd%A", 0)],
)
def test_a_link_written_by_hand_is_understood_or_shows_what_it_asks_for(
    reader: Reader, query: str, statut: str, count: int
) -> None:
    reader.open(f"?statut={query}")

    assert (reader.select("Statut").input_value(), len(reader.names)) == (statut, count)


def test_the_back_button_undoes_one_choice_or_one_search(site: Site, reader: Reader) -> None:
    reader.open().choose("Thématique", "Données géospatiales")
    reader.choose("Producteur", "IGN")
    reader.search("topo")
    steps = []
    for _ in range(3):
        reader.back()
        steps.append((reader.chosen, len(reader.names)))

    assert steps == [
        ({"theme": "Données géospatiales", "producteur": "IGN"}, 4),
        ({"theme": "Données géospatiales"}, 8),
        ({}, len(site.rows)),
    ]


def test_clearing_shows_the_whole_page_again_and_leaves_the_keyboard_in_the_form(site: Site, reader: Reader) -> None:
    reader.open("?statut=Disponible&q=eau&autre=1#donnees-statistiques").page.keyboard.press("Tab")
    reader.page.get_by_role("button", name="Effacer les filtres").click()

    assert reader.chosen == {"autre": "1"}
    assert reader.count == f"{len(site.rows)} jeux sur {len(site.rows)}"
    assert reader.page.evaluate("document.activeElement.type") == "search"
    assert not reader.page.get_by_role("button", name="Effacer les filtres").is_visible()


def test_a_heading_found_by_the_search_of_the_site_is_shown_even_when_a_filter_hid_it(reader: Reader) -> None:
    reader.open("?theme=Données+statistiques").page.get_by_role("button", name="Rechercher").click()
    reader.page.locator(".search-input").fill("Parcelles cadastrales")
    reader.page.locator(".result.selected", has_text="Parcelles cadastrales").wait_for()
    reader.page.keyboard.press("Enter")

    reader.page.wait_for_function("scrollY > 500")
    assert (reader.chosen, reader.page.locator("#parcelles-cadastrales").is_visible()) == ({}, True)


def test_a_heading_that_the_address_names_is_shown_even_when_a_filter_hid_it(reader: Reader) -> None:
    reader.open("?theme=Données+statistiques").page.evaluate("location.hash = 'parcelles-cadastrales'")

    reader.page.locator("#parcelles-cadastrales").wait_for()
    assert reader.select("Thématique").input_value() == ""


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("?theme=Données+sur+la+mobilité#reseaux-de-transport", "#reseaux-de-transport"),
        ("?theme=Données+statistiques#parcelles-cadastrales", ".hvd-filter"),  # the heading is hidden
        ("#population", "#population"),
    ],
)
def test_a_link_that_is_shared_leads_to_what_it_names_or_to_the_filters(reader: Reader, query: str, place: str) -> None:
    box = f"document.querySelector('{place}').getBoundingClientRect()"  # below the bar of the site
    reader.open(query).page.wait_for_function(f"{box}.height > 0 && {box}.top > 40 && {box}.top < 200")


def test_the_filters_follow_a_visit_to_another_page_and_back(site: Site, reader: Reader) -> None:
    reader.page.goto(f"{BASE}elsewhere.html")
    reader.page.get_by_role("link", name="Les jeux statistiques").click()
    reader.page.get_by_role("search").wait_for()
    meant = names(site.rows, thematique="Données statistiques")
    first = reader.names
    reader.page.go_back()
    reader.page.get_by_role("heading", name="Ailleurs").wait_for()
    reader.page.go_forward()
    reader.page.get_by_role("search").wait_for()

    assert (first, reader.names) == (meant, meant)


# --- download ----------------------------------------------------------------------------------------------------


def test_the_download_holds_the_published_rows_that_are_shown(site: Site, reader: Reader) -> None:
    reader.open()
    everything = reader.download()
    reader.choose("Statut", "Disponible")

    assert everything == csv_of(site.rows)
    assert reader.download() == csv_of([row for row in site.rows if row[5] == "Disponible"])


def test_further_columns_of_the_page_are_in_the_download(reader: Reader) -> None:
    titles, *rows = csv.reader(io.StringIO(reader.open(name="further").download().decode()))
    insee, culture = "Insee", "Ministère de la Culture"

    assert titles == [*TITLES, "Adresse de l'API", "Raisons de non-ouverture", "Date prévue d'ouverture"]
    assert [row[2:] for row in rows] == [
        [
            "Sans adresse",
            insee,
            culture,
            "Planifié",
            "",
            "https://api.gouv.fr/x",
            "Travaux en cours",
            "31 décembre 2026",
        ],
        ["Sans autre case", insee, culture, "Disponible", "https://www.insee.fr/x", "", "", ""],
        ["A venir", insee, "", "Planifié", "", "", "", ""],  # a dataset, whose name is to come
    ]


# --- hostile rows ------------------------------------------------------------------------------------------------


def test_hostile_rows_stay_text_with_the_filters_on_and_in_the_download(site: Site, reader: Reader) -> None:
    reader.open(name="hostile")

    assert reader.names == names(site.hostile)
    assert reader.page.locator(".hvd-filter ~ * td *:not(a, em)").count() == 0
    assert set(reader.options("Producteur")) == {row[3] or UNKNOWN for row in site.hostile}
    assert reader.download() == csv_of(site.hostile)


def test_a_hostile_text_can_be_chosen_searched_and_shared(site: Site, reader: Reader) -> None:
    texts = [row[2] for row in site.hostile if "Hydrographie" in row[1] or "Emploi" in row[1]]
    found = {}
    reader.open(name="hostile")
    for text in texts:
        reader.page.get_by_label("Mots cherchés").fill(text)
        found[text] = (reader.chosen, text in reader.names)

    assert len(texts) > 20
    assert found == {text: ({"q": text}, True) for text in texts}


# --- every way of reading ----------------------------------------------------------------------------------------


def test_without_javascript_the_page_is_whole_and_the_form_absent(browser: Browser, address: str, site: Site) -> None:
    reader = Reader(browser, address, java_script_enabled=False)
    reader.page.goto(f"{BASE}{PAGE}.html?statut=Disponible")

    assert reader.page.get_by_role("search").count() == 0
    rows = reader.page.locator(".hvd-filter ~ * td:first-child")
    assert [text for text in rows.all_inner_texts() if text != "A venir"] == names(site.rows)
    assert rows.first.is_visible()


def test_in_print_the_page_is_whole_and_the_form_absent(site: Site, reader: Reader) -> None:
    reader.open("?statut=Disponible").page.emulate_media(media="print")

    assert not reader.page.locator(".hvd-filter form").is_visible()
    assert reader.names == names(site.rows)


@pytest.mark.parametrize("name", [PAGE, "hostile"])
def test_on_a_phone_every_cell_is_read_without_scrolling_sideways(
    browser: Browser, address: str, site: Site, name: str
) -> None:
    reader = Reader(browser, address, viewport={"width": 390, "height": 844}).open(name=name)
    script = "all => all.map(td => [td.getBoundingClientRect().left, td.getBoundingClientRect().left + td.scrollWidth])"
    edges = reader.page.locator(".hvd-filter ~ * td").evaluate_all(script)

    assert max(map(len, names(site.hostile))) >= 200
    assert 0 <= min(left for left, _ in edges) <= max(right for _, right in edges) <= 390
    assert reader.page.evaluate("document.documentElement.scrollWidth") == 390


def test_on_a_phone_a_further_cell_is_read_with_its_title(browser: Browser, address: str) -> None:
    reader = Reader(browser, address, viewport={"width": 390, "height": 844}).open(name="further")
    script = "all => all.map(td => getComputedStyle(td, '::before').content)"
    shown = reader.page.locator("tr:has-text('Sans adresse') td").evaluate_all(script)

    assert [text.strip('"') for text in shown[3:5]] == ["Statut : ", "Adresse de l'API : "]


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1366)])
def test_axe_finds_nothing_serious(browser: Browser, address: str, scheme: Any, width: int) -> None:
    reader = Reader(browser, address, color_scheme=scheme, viewport={"width": width, "height": 900})
    reader.open("?theme=Données+géospatiales")
    violations = Axe().run(reader.page).response["violations"]
    serious = [one for one in violations if one["impact"] in ("serious", "critical")]

    assert reader.page.locator("html.dark").count() == (scheme == "dark")
    assert [(one["id"], one["nodes"][0]["html"]) for one in serious] == []


def test_the_form_is_used_with_the_keyboard_alone(reader: Reader) -> None:
    reader.open().page.get_by_label("Mots cherchés").focus()
    reader.page.keyboard.type("eau")
    script = "one => [one.innerText.split('\\n')[0], getComputedStyle(one).outlineStyle]"
    focused = []
    for _ in range(6):
        reader.page.keyboard.press("Tab")
        focused.append(reader.page.locator(":focus").evaluate(script))
    reader.page.keyboard.press("Shift+Tab")
    reader.page.keyboard.press("Enter")

    assert focused == [
        ["Toutes les thématiques", "solid"],
        ["Tous les ministères", "solid"],
        ["Tous les producteurs", "solid"],
        ["Tous les statuts", "solid"],
        ["Effacer les filtres", "solid"],
        ["Télécharger ces lignes (CSV)", "solid"],
    ]
    assert reader.chosen == {}
