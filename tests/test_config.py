"""config.toml → Config: what a sound file says, and what a wrong one is told."""

# ruff: noqa: E501  messages are compared whole, one case a line

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import FROZEN, ROOT, row, sheet

from job.config import Config
from job.config_file import load_config
from job.model import JobError, Record
from job.output.edition import render_json
from job.text import clean, fold

TEXT = FROZEN.read_text(encoding="utf-8")


def write_config(folder: Path, content: str | bytes) -> Path:
    """A config.toml in a folder of its own, beside a folder that it must not reach."""
    root = folder / "repository"
    root.mkdir()
    (folder / "elsewhere").mkdir()
    (root / "link").symlink_to(folder / "elsewhere")
    path = root / "config.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def edited(*edits: tuple[str, str]) -> str:
    text = TEXT
    for old, new in edits:
        assert old in text, "the frozen file no longer has this line"
        text = text.replace(old, new, 1)
    return text


def refusal(path: Path) -> str:
    with pytest.raises(JobError) as refused:
        load_config(path)
    assert refused.value.exit_code == 1
    return str(refused.value)


# --- what a wrong file is told -----------------------------------------------------------------------------------

AIR = '{ label = "Air", uri = "http://data.europa.eu/bna/c_63b37dd4" }'
COLUMN = '[[columns]]\nfield = "reason"\ntitle = "Motif"\nrequired = false\nhelp = "Dites pourquoi."\n'
THEME = "\n[[themes]]"  # what a further column stands before
PATH = "il faut, entre guillemets, un chemin avec des /, à l'intérieur du dossier de ce fichier, hors de .git."
HOST = "écrivez seulement le nom du site, en minuscules, comme data.gouv.fr, sans https:// ni barre oblique."
DOMAIN = f"{HOST[:-1]} ni étoile."
ROLES = "columns : il faut les colonnes dont field est category, name et status, avec required = true. Ajoutez ce qui manque."
PAGE = "output.page : ce nom ne doit finir ni par .csv, ni par .json."
DATA = "output.data : il faut un .csv autre que datapackage.csv."
TWICE = "Gardez-le à un seul endroit."

# fmt: off
BROKEN = [  # (a piece of the frozen file, what stands in its place, every mistake that is told)
    # a key
    ("min_rows = 1", "", ["guards.min_rows : cette clé, ou cette section, manque. Ajoutez-la."]),
    ("[limits]", "[limites]", ["limits : cette clé, ou cette section, manque. Ajoutez-la.", "limites : clé inconnue. Vouliez-vous dire « limits » ?"]),
    ("min_rows = 1", "min_rows = 1\nzzz = 1", ["guards.zzz : clé inconnue. Clés : min_rows, max_removed, max_changed, handful."]),
    ("[feedback]", "[zzz]", ["zzz : clé inconnue. Clés : list, sheet, output, guards, limits, addresses, feedback, vocabulary, columns, themes."]),
    (AIR, '{ label = "Air", alias = ["Atmosphère"] }', ["themes[2].categories[20].alias (« Air ») : clé inconnue. Vouliez-vous dire « aliases » ?"]),
    # a value of another kind
    ('singular = "jeu de données"', "singular = 3", ["list.singular : il faut un texte entre guillemets."]),
    ("enabled = false", 'enabled = "oui"', ["feedback.enabled : il faut true ou false, sans guillemets."]),
    ("min_rows = 1", "min_rows = true", ["guards.min_rows : il faut un nombre entier, sans guillemets."]),
    ("max_removed = 0.2", 'max_removed = "20 %"', ["guards.max_removed : il faut un nombre, sans guillemets : 0.2 pour 20 %."]),
    (AIR, '{ label = "Air", aliases = "Atmosphère" }', ["themes[2].categories[20].aliases (« Air ») : il faut une liste entre crochets [ ]."]),
    (AIR, '"Air"', ["themes[2].categories[20] (« Données sur l'observation de la Terre et l'environnement ») : il faut des clés : une section [ … ], ou une entrée entre accolades { … }."]),
    ("nothing = [", 'nothing = "xx"\nnothings = [', ["vocabulary.nothing : il faut une liste entre crochets [ ].", "vocabulary.nothings : clé inconnue. Vouliez-vous dire « nothing » ?"]),
    ("tabs = []", 'tabs = ["Suivi", 0, true, " "]', [f"sheet.tabs[{rank}] : il faut un titre entre guillemets, ou un numéro (gid) sans guillemets." for rank in (3, 4)]),
    # a value that cannot be meant
    ("min_rows = 1", "min_rows = -1", ["guards.min_rows : ce nombre est trop petit. Mettez 0 ou plus."]),
    ("max_removed = 0.2", "max_removed = 20", ["guards.max_removed : ce nombre est trop grand. Mettez 1 ou moins."]),
    ('article = "le"', 'article = "les"', ["list.article : cette valeur n'est pas admise. Choisissez : 'le', 'la' ou \"l'\"."]),
    (AIR, '{ label = "" }', ["themes[2].categories[20].label : ce texte est vide. Complétez-le, ou supprimez-le."]),
    (AIR, '{ label = "Air", uri = "bna/c_63b37dd4" }', ["themes[2].categories[20].uri (« Air ») : écrivez une adresse entière, avec http:// ou https://."]),
    ('id = ""', 'id = "https://docs.google.com/spreadsheets/d/1AbC/edit"', ["sheet.id : copiez seulement ce qui se trouve entre /d/ et /edit dans l'adresse de la feuille."]),
    ('"rie.gouv.fr"', '"https://rie.gouv.fr/"', [f"addresses.internal[1] : {DOMAIN}"]),
    ('"rie.gouv.fr"', '"*.rie.gouv.fr"', [f"addresses.internal[1] : {DOMAIN}"]),
    ('"demo.data.gouv.fr"', '"https://demo.data.gouv.fr"', [f"addresses.unusable[1].hosts[1] : {HOST}"]),
    ('address_on = "data.gouv.fr"', 'address_on = "Data.gouv.fr"', [f"vocabulary.statuses[7].address_on (« Disponible sur data.gouv.fr ») : {DOMAIN}"]),
    ('"/wp-admin*"', '"wp-admin*"', ["addresses.unusable[3].paths[1] : commencez par / ou par *."]),
    ('field = "url"', 'field = "Lien web"', ["columns[7].field (« URL ») : écrivez ce nom en minuscules, sans accent ni espace."]),
    ('branch = "robot/donnees-de-forte-valeur"', 'branch = "robot/données & co"', ["list.branch : écrivez ce nom en lettres sans accent, chiffres, tirets et barres obliques, comme robot/ma-liste."]),
    # a path
    ('page = "site/liste_donnees_forte-valeur.md"', 'page = "../page.md"', [f"output.page : {PATH}"]),
    ('page = "site/liste_donnees_forte-valeur.md"', 'page = "/srv/page.md"', [f"output.page : {PATH}"]),
    ('page = "site/liste_donnees_forte-valeur.md"', 'page = "link/page.md"', [f"output.page : {PATH}"]),
    ('data = "site/public/donnees-de-forte-valeur.csv"', 'data = ".git/config"', [f"output.data : {PATH}"]),
    ('component = "site/ChercherUnJeu.vue"', "component = 3", [f"output.component : {PATH}"]),
    ('report = "build"', 'report = "."', [f"output.report : {PATH}"]),
    ('page = "site/liste_donnees_forte-valeur.md"', r"page = 'site\page.md'", [f"output.page : {PATH}"]),
    ('page = "site/liste_donnees_forte-valeur.md"', 'page = "site/public/donnees-de-forte-valeur.csv"', [PAGE]),
    ('page = "site/liste_donnees_forte-valeur.md"', 'page = "site/public/datapackage.json"', [PAGE]),
    ('data = "site/public/donnees-de-forte-valeur.csv"', 'data = "site/public/donnees.json"', [DATA]),
    ('data = "site/public/donnees-de-forte-valeur.csv"', 'data = "site/public/datapackage.csv"', [DATA]),
    ('report = "build"', 'report = "site"', ["output : page et data ne peuvent pas être dans le dossier de report, qui n'est pas publié."]),
    # two entries that say the same, or contradict each other
    ('{ label = "Planifié", ', '{ label = "publie", ', [f"vocabulary.statuses : « Publié » se trouve en [3] (« publie ») et en [6] (« Disponible »). {TWICE}"]),
    ('aliases = ["Rue de Valois", ', 'aliases = ["Bercy", "justice", ', [
        f"vocabulary.ministries : « Bercy » se trouve en [2] (« Ministère de l'Économie, des Finances et de la Souveraineté industrielle et numérique ») et en [7] (« Ministère de la Culture »). {TWICE}",
        f"vocabulary.ministries : « Justice » se trouve en [7] (« Ministère de la Culture ») et en [8] (« Ministère de la Justice »). {TWICE}",
    ]),
    (AIR, '{ label = "Eau" }', [f"themes[2].categories (« Données sur l'observation de la Terre et l'environnement ») : « Eau » se trouve en [20] (« Eau ») et en [26] (« Eau »). {TWICE}"]),
    (AIR, '{ label = "Adresses" }', [f"themes : « Adresses » se trouve en [1] (« Données géospatiales ») et en [2] (« Données sur l'observation de la Terre et l'environnement »). {TWICE}"]),
    ('"Lien", ', '"Titre", ', [f"columns : « Titre » se trouve en [3] (« Nom du jeu de données ») et en [7] (« URL »). {TWICE}"]),
    ('title = "URL"', 'title = "2. Statut *"', [f"columns : « 2. Statut * » se trouve en [6] (« Statut ») et en [7] (« 2. Statut * »). {TWICE}"]),
    ('field = "url"', 'field = "status"', [f"columns : « status » se trouve en [6] (« Statut ») et en [7] (« URL »). {TWICE}"]),
    ('field = "status"', 'field = "state"', [ROLES]),
    ('"Avancement"]\nrequired = true', '"Avancement"]\nrequired = false', [ROLES]),
    (THEME, f'\n{COLUMN}kind = "choice"\n{THEME}', ['columns[15] (« Motif ») : kind = "choice" et choices = […] vont ensemble. Ajoutez l\'un, ou retirez l\'autre.']),
    (THEME, f'\n{COLUMN}choices = ["oui"]\n{THEME}', ['columns[15] (« Motif ») : kind = "choice" et choices = […] vont ensemble. Ajoutez l\'un, ou retirez l\'autre.']),
    ('field = "producer"', 'field = "maker"', ['columns : output.component a besoin des colonnes dont field est producer et ministry. Ajoutez celle qui manque, ou mettez component = "".']),
    ('placeholder = "A venir"', 'placeholder = "À compléter"', ["vocabulary : placeholder doit être le label de l'un des statuts."]),
]
# fmt: on


@pytest.mark.parametrize(("old", "new", "mistakes"), BROKEN)
def test_each_mistake_is_named_with_its_key(tmp_path: Path, old: str, new: str, mistakes: list[str]) -> None:
    first, *listed, last = refusal(write_config(tmp_path, edited((old, new)))).splitlines()
    assert listed == [f"- {mistake}" for mistake in mistakes]
    assert first.startswith(f"config.toml contient {len(mistakes)} erreur")
    assert last == "Rien n'a été modifié."


def test_a_further_column_takes_no_name_that_the_data_or_the_snapshot_have(tmp_path: Path, config: Config) -> None:
    record = Record("Données géospatiales", "Adresses", "BAN", "", "", "Disponible", "")
    (dataset,) = json.loads(b"".join(render_json([record], config)))
    names = {*dataset, *dataset["categories"][0], *sheet(row()).rows.columns}.difference(config.fields)
    taken = "ce nom est déjà pris. Choisissez-en un autre : il ne se voit que dans les données."
    columns = "".join(COLUMN.replace("reason", name).replace("Motif", name) for name in sorted(names))
    told = refusal(write_config(tmp_path, edited((THEME, f"\n{columns}\n{THEME}")))).splitlines()[1:-1]
    places = enumerate(sorted(names), 15)
    assert told == [f"- columns[{place}].field (« {name} ») : {taken}" for place, name in places]


def test_all_the_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    edits = (("min_rows = 1", "min_row = -1"), ("name = 300", 'name = "300"'), (AIR, '{ label = "Adresses" }'))
    assert refusal(write_config(tmp_path, edited(*edits, ('id = ""', "id = 1")))) == (
        "config.toml contient 5 erreurs (entre crochets : le rang dans la liste, à partir de 1) :\n"
        "- sheet.id : il faut un texte entre guillemets.\n"
        "- guards.min_rows : cette clé, ou cette section, manque. Ajoutez-la.\n"
        "- guards.min_row : clé inconnue. Vouliez-vous dire « min_rows » ?\n"
        "- limits.name : il faut un nombre entier, sans guillemets.\n"
        "- themes : « Adresses » se trouve en [1] (« Données géospatiales ») et en [2] (« Données sur l'observation de la "
        "Terre et l'environnement »). Gardez-le à un seul endroit.\n"
        "Rien n'a été modifié."
    )


NOT_UTF_8 = "config.toml n'est pas en UTF-8. Enregistrez-le avec l'encodage UTF-8. Rien n'a été modifié."
NOT_TOML = (
    "config.toml n'est pas du TOML : {}. Une valeur s'écrit true ou false, sans guillemets, ou un texte entre "
    "guillemets, ou un nombre, ou une liste entre crochets. Comparez cette ligne, et celle d'avant, avec leurs voisines. "
    "Rien n'a été modifié."
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[feedback]\nenabled = oui\n", NOT_TOML.format("Invalid value (ligne 2)")),
        ("[sheet]\n[sheet]\n", NOT_TOML.format("Cannot declare ('sheet',) twice (ligne 2)")),
        ("[sheet]\ntabs = [\n  1,\n", NOT_TOML.format("Invalid value (à la fin)")),
        ("[sheet]\ntabs = [\n  1", NOT_TOML.format("Unclosed array (à la fin)")),
        ("# page\n# ministères\n".encode("latin-1"), NOT_UTF_8),
    ],
    ids=["no quotes", "section twice", "end of file", "open bracket", "not UTF-8"],
)
def test_a_file_that_is_not_toml_is_refused_with_the_line(tmp_path: Path, content: str | bytes, message: str) -> None:
    assert refusal(write_config(tmp_path, content)) == message


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    message = f"{path} est introuvable ou illisible. Indiquez son chemin avec --config. Rien n'a été modifié."
    assert refusal(path) == message


# --- what a sound file gives -------------------------------------------------------------------------------------


def test_the_file_may_have_been_saved_by_windows(tmp_path: Path) -> None:
    path = write_config(tmp_path, TEXT)
    plain = load_config(path)
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert load_config(path) == plain


def test_a_line_break_in_a_text_becomes_a_space(tmp_path: Path) -> None:
    config = load_config(write_config(tmp_path, edited((AIR, '{ label = """Air\npur """ }'))))
    assert "Air pur" in config.theme_of


def test_paths_are_absolute_and_the_other_data_files_stand_beside_the_first(tmp_path: Path) -> None:
    root = tmp_path.resolve() / "repository"
    output = load_config(
        write_config(tmp_path, edited(('component = "site/ChercherUnJeu.vue"', 'component = "site/filtre.vue"')))
    ).output
    assert (output.page, output.component) == (root / "site/liste_donnees_forte-valeur.md", root / "site/filtre.vue")
    assert [output.data.name, output.json.name, output.package.name] == [
        "donnees-de-forte-valeur.csv",
        "donnees-de-forte-valeur.json",
        "datapackage.json",
    ]
    assert output.json.parent == output.package.parent == output.data.parent


def test_further_columns_come_in_the_order_of_the_file_with_their_choices(tmp_path: Path) -> None:
    choice = (
        COLUMN.replace("reason", "impact").replace("Motif", "Étude") + 'kind = "choice"\nchoices = ["Oui", "Non"]\n'
    )
    config = load_config(write_config(tmp_path, edited((THEME, f"\n{choice}\n{COLUMN}\n{THEME}"))))
    assert [(column.field, column.kind, column.on_page) for column in config.extra[-2:]] == [
        ("impact", "choice", False),
        ("reason", "text", False),
    ]
    assert (config.lookup["impact"], "reason" in config.lookup) == ({"oui": "Oui", "non": "Non"}, False)
    assert ("reason" in config.column, "date" in config.column, config.title("reason")) == (True, False, "Motif")


def test_columns_of_the_list_may_be_left_out(tmp_path: Path) -> None:
    head, *columns = edited(('component = "site/ChercherUnJeu.vue"', 'component = ""')).split("[[columns]]\n")
    columns[-1], rest = columns[-1].split("# Les thématiques", 1)
    needed = [column for column in columns if column.split('"')[1] in ("category", "name", "status")]
    config = load_config(write_config(tmp_path, "[[columns]]\n".join([head, *needed]) + "#" + rest))
    assert [column.field for column in config.columns] == ["category", "name", "status"]


# --- what the file says ------------------------------------------------------------------------------------------


def test_the_empty_page_has_the_headings_of_the_file_in_its_order(config: Config) -> None:
    seed = (ROOT / "tests" / "data" / "seed.md").read_text(encoding="utf-8")
    headings = [line.lstrip("#").strip() for line in seed.splitlines() if line.startswith(("## ", "### "))]
    labels = [label for theme in config.themes for label in (theme.label, *(it.label for it in theme.categories))]
    assert [fold(label) for label in labels] == [fold(clean(heading)) for heading in headings]


def test_every_theme_and_all_categories_but_one_have_their_own_european_identifier(config: Config) -> None:
    uris = {category.label: category.uri for theme in config.themes for category in (theme, *theme.categories)}
    assert [label for label, uri in uris.items() if not uri] == [
        "Information environnementale - Diffusion de l'information environnementale"
    ]
    assert len(set(uris.values())) == len(uris)


@pytest.mark.parametrize(
    ("field", "typed", "label"),
    [
        ("theme", "Données sur l'observation de la terre et l'environnement", None),
        ("theme", "Données sur les entreprises et les propriétés d’entreprises", None),
        ("theme", "Données de mobilité", "Données sur la mobilité"),
        ("theme", "Géospatiales", "Données géospatiales"),
        ("category", "Domaine de l'eau", "Eau"),
        ("category", "Domaine des émissions", "Emissions"),
        ("category", "Dette brute consolidée", "Dette publique brute consolidée"),
        ("category", "Informations de base sur l'entreprise : Attributs clés", None),
        ("producer", "Institut National de la Statistique et des Etudes Economiques (Insee)", "Insee"),
        ("producer", "Bureau de Recherches Géologiques et Minières", "BRGM"),
        ("ministry", "Bercy", "Ministère de l'Économie, des Finances et de la Souveraineté industrielle et numérique"),
        ("ministry", "Quai d’Orsay", "Ministère de l'Europe et des Affaires étrangères"),
        ("ministry", "MTE", "Ministère de la Transition écologique et de la Cohésion des territoires"),
        ("ministry", "Matignon", "Services du Premier ministre"),
        ("ministry", "Avenue de Ségur", ""),  # several are there
        ("status", "DISPONIBLE", "Disponible"),
        ("status", "Ouvert", "Disponible"),
        ("status", "En ligne", "Disponible"),
        ("status", "publiée", "Disponible"),
        ("status", "Indisponible", "Non disponible"),
        ("status", "Pas disponible", "Non disponible"),
        ("status", "Plus disponible", "Non disponible"),
        ("status", "Non ouvert", "Non disponible"),
        ("status", "Ouverture en cours", "En cours d'ouverture"),
        ("status", "Bientôt disponible", ""),  # nobody knows which
        ("status", "En cours", ""),
    ],
)
def test_what_people_type_is_found_under_its_canonical_label(
    config: Config, field: str, typed: str, label: str | None
) -> None:
    """None: the label that is typed there but for its case and signs."""
    found = config.lookup[field].get(fold(clean(typed)), "")
    assert found == label if label is not None else fold(found) == fold(clean(typed))


def test_no_entry_has_an_alias_that_its_label_makes_needless(live: Config) -> None:
    categories = [category for theme in live.themes for category in theme.categories]
    for term in (
        *live.themes,
        *categories,
        *live.vocabulary.statuses,
        *live.vocabulary.ministries,
        *live.vocabulary.producers,
    ):
        folded = [fold(name) for name in term.names]
        assert len(set(folded)) == len(folded), term.label


def test_words_that_say_nothing_are_no_label_or_alias(live: Config) -> None:
    assert [name for found in live.lookup.values() for name in found if name in live.vocabulary.nothing] == []


def test_no_two_entries_have_the_same_european_identifier(live: Config) -> None:
    uris = [term.uri for theme in live.themes for term in (theme, *theme.categories) if term.uri]
    assert len(set(uris)) == len(uris)


@pytest.mark.parametrize(
    ("title", "ignored"),
    [
        *[(title, True) for title in ("Copie de Suivi", "COPIE DE HVD 2", "Suivi (copie)", "Suivi - copie")],
        *[(title, True) for title in ("Sauvegarde 12/03", "Archives", "Archives T2", "Suivi (archivé)")],
        *[
            (title, True)
            for title in ("modèle", "Brouillon Julie", "Ancien suivi", "Suivi_old", "Copies", "NE PAS UTILISER")
        ],
        *[(title, False) for title in ("Suivi", "Anciens combattants", "Suivi archivistique", "Testaments")],
        *[(title, True) for title in ("Jeux écartés", "Suivi périmé", "Données périmées", "Non retenus", "Suivi bkp")],
        *[(title, False) for title in ("Modèles de données de prévision météorologique numérique", "HVD 2024", "")],
        *[(title, False) for title in ("Périmètre IGN", "Suivi du périmètre", "Écartements de voies")],
    ],
)
def test_a_tab_may_be_no_data(live: Config, title: str, ignored: bool) -> None:
    assert live.sheet.ignores(title) is ignored


@pytest.mark.parametrize(
    ("host", "path", "problem"),
    [
        ("demo.data.gouv.fr", "/fr/datasets/x/", "un site de démonstration ou de test"),
        ("a.recette.insee.fr", "/", "un site de démonstration ou de test"),
        ("www.data.gouv.fr", "/admin/datasets/5ea1", "cette page d'administration"),
        ("www.data.gouv.fr", "/fr/admin/dataset/5ea1/", "cette page d'administration"),
        ("www.data.gouv.fr", "/fr/datasets/?q=sols", "une recherche"),
        ("www.google.com", "/search?q=sols", "un moteur de recherche"),
        ("www.insee.fr", "/fr/login?next=/", "une page de connexion"),
        ("sig.exemple.fr", "/Account/Login", "une page de connexion"),
        ("sso.ign.fr", "/", "une page de connexion"),
        ("eur01.safelinks.protection.outlook.com", "/?url=https%3A%2F%2Fx.fr", "le filtre d'une messagerie"),
        ("www.google.com", "/url?q=https://x.fr/&sa=D", "passe par Google"),
        ("urldefense.com", "/v3/__https://x.fr__;!!a", "le filtre d'une messagerie"),
        ("bit.ly", "/3xYz", "cette adresse raccourcie"),
        ("exemple.sharepoint.com", "/:x:/s/a", "SharePoint"),
        ("docs.google.com", "/spreadsheets/d/1AbC/edit", "un document partagé de Google"),
        ("francetransfert.numerique.gouv.fr", "/download", "transfert de fichiers"),
        # what a reader can use
        ("www.data.gouv.fr", "/fr/datasets/base-adresse-nationale/", ""),
        ("www.data.gouv.fr", "/fr/datasets/administration-territoriale/?page=2", ""),
        ("api-adresse.data.gouv.fr", "/search/?q=8+bd+du+port", ""),
        ("demo.fr", "/", ""),
        ("www.google.com", "/maps/", ""),
        ("catalogue.fr", "/connexion-internet/", ""),
        ("notbit.ly", "/", ""),
        ("bit.ly.exemple.fr", "/", ""),
    ],
)
def test_an_address_may_be_of_no_use_to_a_reader(config: Config, host: str, path: str, problem: str) -> None:
    entry = config.addresses.unusable_entry(host, path)
    assert problem in entry.problem if entry and problem else (entry, problem) == (None, "")
