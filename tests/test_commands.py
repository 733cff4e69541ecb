"""The command line, run as its users run it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from conftest import DATA, EXAMPLE, PAGE, ROOT, Run, contents, edited, replace_once

from job.__main__ import main

JSON, PACKAGE = "site/public/donnees-de-forte-valeur.json", "site/public/datapackage.json"


# --- sync --------------------------------------------------------------------------------------------------------


def test_the_example_gives_its_page_its_data_and_its_report(project: Path, run: Run) -> None:
    code, out, err = run("sync", "--from", EXAMPLE)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "97 lignes lues",
        "97 jeux de données dans 49 catégories sur 66",
        "0 ligne bloquée",
        "21 points à corriger",
        "97 ajouts",
        f"Page modifiée : {PAGE}",
        "Décision : open",
        "Compte rendu : build/report.md",
    ]
    assert sorted(name for name in contents(project) if name.startswith(("build/", "site/"))) == [
        "build/findings.csv",
        "build/github/night.json",
        "build/ministries/ministere-de-l-economie-des-finances-et-de-la-souverainete-industrielle-et-numerique.md",
        "build/ministries/ministere-de-la-transition-ecologique-et-de-la-cohesion-des-territoires.md",
        "build/ministries/ministere-du-travail-de-la-sante-et-des-solidarites.md",
        "build/ministries/sans-ministere.md",
        "build/report.md",
        "build/summary.json",
        PAGE,
        PACKAGE,
        DATA,
        JSON,
    ]


def test_two_nights_with_the_same_sheet_differ_in_no_byte(project: Path, run: Run) -> None:
    run("sync", "--from", EXAMPLE)
    published = {name: (project / name).read_bytes() for name in (PAGE, DATA, JSON, PACKAGE)}
    code, out, _ = run("sync", "--from", edited(project, reversed_rows))
    assert (code, out.splitlines()[4:6]) == (0, ["aucun changement", "Page inchangée."])
    first = contents(project)
    assert {name: first[name] for name in published} == published
    run("sync", "--from", project / "edited.csv")
    assert contents(project) == first


def test_a_published_row_that_somebody_doubled_by_hand_is_one(project: Path, run: Run) -> None:
    run("sync", "--from", EXAMPLE)
    data = (project / DATA).read_bytes()
    (project / DATA).write_bytes(data + data.partition(b"\n")[2])
    _, out, _ = run("sync", "--from", EXAMPLE)
    assert out.splitlines()[4] == "aucun changement"
    assert (project / DATA).read_bytes() == data


def reversed_rows(rows: list[list[str]]) -> list[list[str]]:
    return [rows[0], *reversed(rows[1:])]


def night_on(day: date, project: Path, source: Path) -> int:
    """The exit code of the night of that day."""
    return main(["sync", "--config", str(project / "config.toml"), "--from", str(source)], {}, lambda: day)


def test_the_day_on_the_page_is_that_of_the_last_change_of_the_data(project: Path) -> None:
    def day_said(day: date, source: Path) -> str:
        assert night_on(day, project, source) == 0
        return (project / PAGE).read_text(encoding="utf-8").split("Données au ", 1)[1].split(".", 1)[0]

    without_last = edited(project, lambda rows: rows[:-1])
    assert day_said(date(2026, 11, 24), EXAMPLE) == "24 novembre 2026"
    assert day_said(date(2026, 11, 25), EXAMPLE) == "24 novembre 2026"
    assert day_said(date(2026, 12, 1), without_last) == "1er décembre 2026"
    template = project / "templates" / "page.md.j2"
    template.write_text(template.read_text(encoding="utf-8") + "\nMerci.\n", encoding="utf-8")
    assert day_said(date(2026, 12, 2), without_last) == "1er décembre 2026"


@pytest.mark.parametrize("written", range(4))
def test_a_run_that_was_killed_between_two_files_is_healed_by_the_next(
    written: int, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many files of the site are written as said, then the process is no more."""
    night_on(date(2026, 11, 24), project, EXAMPLE)
    fewer = edited(project, lambda rows: rows[:-3])
    replace, calls = os.replace, iter(range(99))

    def killed(source: Path, target: Path) -> None:
        if target.is_relative_to(project / "site") and next(calls) == written:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", killed)
    assert night_on(date(2026, 11, 25), project, fewer) == 130
    monkeypatch.undo()
    assert night_on(date(2026, 11, 25), project, fewer) == 0
    healed = {name: (project / name).read_bytes() for name in (PAGE, DATA, JSON, PACKAGE)}
    for name in healed:
        (project / name).unlink()
    assert night_on(date(2026, 11, 25), project, fewer) == 0
    assert {name: (project / name).read_bytes() for name in healed} == healed


def test_check_writes_the_report_and_nothing_else(project: Path, run: Run) -> None:
    code, out, _ = run("sync", "--from", EXAMPLE, "--check")
    assert (code, out.splitlines()[5]) == (0, "Essai : seul le compte rendu a été écrit.")
    assert not (project / "site").exists()
    assert (project / "build" / "report.md").exists()


def test_the_digest_of_a_ministry_that_has_nothing_left_to_fix_goes(project: Path, run: Run) -> None:
    run("sync", "--from", EXAMPLE)
    run("sync", "--from", edited(project, lambda rows: [row for row in rows if row[3:5] != ["", ""]]))
    assert len(list((project / "build" / "ministries").iterdir())) == 4
    run("sync", "--from", edited(project, lambda rows: [row for row in rows if row[3] and row[4]]))
    assert not (project / "build" / "ministries" / "sans-ministere.md").exists()


def test_a_row_that_is_repaired_comes_back(project: Path, run: Run) -> None:
    def misspelt(rows: list[list[str]]) -> list[list[str]]:
        return [[*row[:5], "Dispo nible", row[6]] if row[2] == "Cadastre" else row for row in rows]

    run("sync", "--from", edited(project, misspelt))
    assert "Cadastre" not in (project / PAGE).read_text(encoding="utf-8")
    run("sync", "--from", EXAMPLE)
    assert "[Cadastre]" in (project / PAGE).read_text(encoding="utf-8")
    run("sync", "--from", edited(project, misspelt))
    assert "[Cadastre]" in (project / PAGE).read_text(encoding="utf-8")


@pytest.mark.parametrize("cell", [2, 3, 4, 6], ids=["name", "producer", "ministry", "address"])
@pytest.mark.parametrize("status", ["Disponible", "Dispo nible", None], ids=["sound", "broken", "gone"])
def test_a_secret_that_went_online_leaves_the_page_and_is_repeated_nowhere(
    cell: int, status: str | None, project: Path, run: Run
) -> None:
    secret = "https://ign.fr/?mdp=hunter2" if cell == 6 else "IGN, mdp : hunter2"

    def told(rows: list[list[str]]) -> list[list[str]]:
        (place,) = (number for number, row in enumerate(rows) if row[2] == "Cadastre")
        row = rows[place]
        row[5], row[cell] = status or "", secret
        return [*rows[:place], *([row] if status else []), *rows[place + 1 :]]

    run("sync", "--from", EXAMPLE)
    old = (project / DATA).read_text(encoding="utf-8").splitlines(keepends=True)
    cells = [line.split('","') for line in old]
    line = next(number for number, row in enumerate(cells) if row[2] == "Cadastre")
    cells[line][cell] = secret
    (project / DATA).write_text("".join('","'.join(row) for row in cells), encoding="utf-8")
    code, *said = run("sync", "--from", edited(project, told))
    assert code == 0
    written = {name: content for name, content in contents(project).items() if name != "edited.csv"}
    assert [name for name, content in written.items() if b"hunter2" in content] == []
    assert "hunter2" not in "".join(said)


def test_the_data_of_an_older_installation_are_found(project: Path, run: Run) -> None:
    run("sync", "--from", EXAMPLE)
    (project / DATA).rename(project / "site" / Path(DATA).name)
    code, out, _ = run("sync", "--from", EXAMPLE)
    assert (code, out.splitlines()[4]) == (0, "aucun changement")
    assert (project / DATA).exists()


# --- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "prepare", "sentence"),
    [
        ("missing file", lambda p: p / "absent.csv", "introuvable"),
        ("a folder", lambda p: p, "illisible"),
        ("empty file", lambda p: written(p, b""), "il manque les colonnes"),
        ("wrong encoding", lambda p: written(p, "Catégorie,Nom\n".encode("latin-1")), "pas un CSV en UTF-8"),
        ("binary", lambda p: written(p, b"PK\x03\x04\xb5"), "pas un CSV en UTF-8"),
        ("no header", lambda p: written(p, b"a,b\n1,2\n"), "Statut"),
        ("missing column", lambda p: edited(p, lambda rows: [row[:5] for row in rows]), "« Statut »"),
        ("doubled column", lambda p: edited(p, lambda rows: [[*row, row[6]] for row in rows]), "H1"),
    ],
)
def test_a_sheet_that_cannot_be_read_has_its_sentence(
    case: str, prepare: Callable[[Path], Path], sentence: str, project: Path, run: Run
) -> None:
    source = prepare(project)
    before = contents(project)
    code, out, err = run("sync", "--from", source)
    assert (code, out) == (1, ""), case
    assert sentence in err
    assert err.endswith("Rien n'a été modifié.\n")
    assert err.count("\n") == 1
    assert contents(project) == before


@pytest.mark.skipif(sys.platform == "darwin", reason="there every file name is in UTF-8")
def test_a_file_name_in_another_encoding_is_no_trouble(project: Path, run: Run) -> None:
    source = shutil.copy(EXAMPLE, project / os.fsdecode(b"donn\xe9es.csv"))  # out of a ZIP file made by Windows
    assert run("sync", "--from", source)[0] == 0


def written(project: Path, content: bytes) -> Path:
    path = project / "sheet.csv"
    path.write_bytes(content)
    return path


Edit = Callable[[list[list[str]]], list[list[str]]]


@pytest.mark.parametrize(
    ("case", "edit", "sentence"),
    [
        ("emptied", lambda rows: rows[:1], "aucune ligne publiable"),
        ("cut", lambda rows: rows[:60], "38 lignes publiées sur 97 ont disparu du tableau (plafond : 20\u202f%)"),
        ("overwritten", lambda rows: [rows[0], *([*row[:5], "OK", row[6]] for row in rows[1:])], "« Statut »"),
    ],
)
def test_a_suspicious_night_is_refused_and_leaves_its_evidence(
    case: str, edit: Edit, sentence: str, project: Path, run: Run
) -> None:
    run("sync", "--from", EXAMPLE)
    source = edited(project, edit)
    before = contents(project)
    code, out, err = run("sync", "--from", source)
    assert (code, out, err.count("\n")) == (3, "", 1), case
    assert sentence in err
    after = contents(project)
    changed = {name for name in {**before, **after} if before.get(name) != after.get(name)}
    assert {name for name in changed if not name.startswith("build/")} == set()
    assert changed >= {"build/report.md", "build/summary.json"}
    report = (project / "build" / "report.md").read_text(encoding="utf-8")
    assert report.startswith("**Rien n'est proposé cette nuit :** `")
    assert sentence in report
    assert "Accepter" not in report


def test_lines_left_blank_are_no_trouble(project: Path, run: Run) -> None:
    run("sync", "--from", EXAMPLE)
    code, out, _ = run(
        "sync", "--from", edited(project, lambda rows: [*rows[:60], *([""] * 7 for _ in "abc"), *rows[60:]])
    )
    assert (code, out.splitlines()[4]) == (0, "aucun changement")


def test_a_refusal_is_let_through_when_it_is_accepted(project: Path, run: Run) -> None:
    run("sync", "--from", EXAMPLE)
    code, out, _ = run("sync", "--from", edited(project, lambda rows: rows[:60]), "--accept")
    assert (code, out.splitlines()[4]) == (0, "38 disparitions")


def test_without_a_sheet_the_sentence_says_what_to_fill_in(run: Run) -> None:
    code, out, err = run("sync")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "sheet.id" in err
    assert err.endswith("Rien n'a été modifié.\n")


def test_every_mistake_of_the_configuration_is_listed(project: Path, run: Run) -> None:
    replace_once(project / "config.toml", "min_rows = 1", "min_row = 1")
    code, _, err = run("sync", "--from", EXAMPLE)
    assert code == 1
    assert "guards.min_row" in err
    assert "min_rows" in err


# --- render ------------------------------------------------------------------------------------------------------


def test_render_rebuilds_the_page_from_its_data(project: Path, run: Run) -> None:
    run("sync", "--from", EXAMPLE)
    before = {name: (project / name).read_bytes() for name in (PAGE, DATA, JSON, PACKAGE)}
    for name in (PAGE, JSON):
        (project / name).unlink()
    assert run("render") == (0, "liste_donnees_forte-valeur.md : page reconstruite.\n", "")
    assert {name: (project / name).read_bytes() for name in before} == before
    assert run("render") == (0, "liste_donnees_forte-valeur.md : déjà à jour.\n", "")


# --- the command itself ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [[], ["publish"], ["sync", "--form", "x"], ["sync", "--from"], ["sync", "x"], ["sync", "--ch"]]
)
def test_a_wrong_command_line_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments, {})
    assert (caught.value.code, capsys.readouterr().out) == (2, "")


@pytest.mark.parametrize(("label", "column"), [("Adresses", "Catégorie"), ("Disponible", "Statut")])
def test_render_refuses_a_label_that_the_configuration_does_not_know(
    project: Path, run: Run, label: str, column: str
) -> None:
    run("sync", "--from", str(EXAMPLE))
    data = project / DATA
    data.write_text(data.read_text(encoding="utf-8").replace(f'"{label}"', '"Ancien"'), encoding="utf-8")
    page = (project / PAGE).read_bytes()
    code, _, said = run("render")
    assert (code, (project / PAGE).read_bytes()) == (1, page)
    assert said.startswith(f"Les données publiées citent « Ancien » ({column}), que config.toml ne connaît pas. ")


@pytest.mark.parametrize("command", ["sync", "render", "setup", "doctor"])
def test_each_command_says_in_french_what_it_does(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"], {})
    assert caught.value.code == 0
    assert "--config FICHIER" in capsys.readouterr().out


def test_the_run_tells_github(project: Path, run: Run, tmp_path: Path) -> None:
    environ = {
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_RUN_ID": "42",
    }
    run("sync", "--from", EXAMPLE, environ=environ)
    report = (project / "build" / "report.md").read_text(encoding="utf-8")
    mark = json.loads((project / "build" / "summary.json").read_text(encoding="utf-8"))["fingerprint"]
    assert (tmp_path / "output").read_text() == "decision=open\n"
    assert report.splitlines()[-1] == f"<!-- empreinte : {mark} -->"
    assert "[42](<https://github.com/o/r/actions/runs/42>)" in report
    assert (tmp_path / "summary").read_text(encoding="utf-8").startswith(report)


@pytest.mark.parametrize(
    ("lock", "options", "is_linked"),
    [
        ("site/package-lock.json", (), True),
        ("site/package-lock.json", ("--check",), False),
        ("package-lock.json", (), False),
    ],
)
def test_the_report_links_the_preview_that_the_workflow_makes(
    project: Path, run: Run, lock: str, options: tuple[str, ...], is_linked: bool
) -> None:
    (project / "site").mkdir(exist_ok=True)
    (project / lock).touch()
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    run("sync", "--from", EXAMPLE, *options, environ=dict.fromkeys(names, "x"))
    assert ("`preview`" in (project / "build" / "report.md").read_text(encoding="utf-8")) == is_linked


def test_the_committed_page_and_data_are_what_render_gives(project: Path, run: Run) -> None:
    shutil.copy(ROOT / "config.toml", project)
    for name in (PAGE, DATA, JSON, PACKAGE):
        if (ROOT / name).exists():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_bytes((ROOT / name).read_bytes())
    before = {name: content for name, content in contents(project).items() if name.startswith("site/")}
    run("render")
    assert {name: contents(project)[name] for name in before} == before


def test_what_the_readme_shows_is_what_a_run_gives(project: Path, run: Run) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, out, _ = run("sync", "--from", EXAMPLE)
    assert f"```\n{out}```" in readme
    quoted = readme.split("\n> ", 1)[1].split("\n\n", 1)[0].replace("\n> ", " ")
    digests = " ".join(path.read_text(encoding="utf-8") for path in (project / "build" / "ministries").iterdir())
    assert quoted in " ".join(digests.replace("\u200b", "").split())


# --- the process -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_process_speaks_french_in_a_locale_that_cannot(project: Path) -> None:
    environ = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-m", "job", "sync", "--from", str(EXAMPLE), "--config", str(project / "config.toml")],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env=environ,  # no HOME either
    )
    assert "49 catégories" in done.stdout.decode("utf-8")


@pytest.mark.slow
def test_a_csv_run_imports_neither_google_nor_network_libraries(project: Path) -> None:
    code = (
        "import sys; from job.__main__ import main; "
        f"main(['sync', '--from', {str(EXAMPLE)!r}, '--config', {str(project / 'config.toml')!r}], {{}}); "
        "heavy = {'gspread', 'google.auth', 'requests', 'rapidfuzz', 'idna'} & set(sys.modules); "
        "sys.exit(' '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_whoever_has_read_enough_sees_no_traceback(project: Path) -> None:
    command = [sys.executable, "-m", "job", "doctor", "--config", str(project / "config.toml")]
    environ = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ, cwd=ROOT) as started:
        assert started.stdout
        assert started.stderr
        started.stdout.close()
        assert started.stderr.read() == b""
