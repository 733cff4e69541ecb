"""The command line, run as its users run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import DATA, EXAMPLE, PAGE, ROOT, Run, contents, edited

from job.__main__ import main


def test_the_example_gives_its_page_its_data_and_its_report(project: Path, run: Run) -> None:
    code, out, err = run("sync", "--from", EXAMPLE)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "97 lignes lues",
        "97 jeux dans 49 catégories sur 66",
        "0 point bloquant",
        "32 points à corriger",
        "97 ajouts, 0 modification, 0 disparition",
        f"Page modifiée : {PAGE}",
        "Compte rendu : build/report.md",
    ]
    assert sorted(name for name in contents(project) if name.startswith(("build/", "site/"))) == [
        "build/findings.csv",
        "build/ministries/ministere-de-la-transition-ecologique-et-de-la-cohesion-des-territoires.md",
        "build/ministries/ministere-du-travail-de-la-sante-et-des-solidarites.md",
        "build/ministries/sans-ministere.md",
        "build/report.md",
        "build/summary.json",
        DATA,
        PAGE,
    ]
    summary = json.loads((project / "build" / "summary.json").read_text(encoding="utf-8"))
    assert summary["findings"]["by_code"] == {
        "adresse-de-test": 1,
        "adresse-invalide": 1,
        "adresse-partagee": 2,
        "ministere-vide": 14,
        "producteur-vide": 14,
    }


def test_a_second_run_changes_nothing(project: Path, run: Run) -> None:
    run("sync", "--from", EXAMPLE)
    published = {name: (project / name).read_bytes() for name in (PAGE, DATA)}
    code, out, _ = run("sync", "--from", EXAMPLE)
    assert (code, out.splitlines()[-2]) == (0, "Page inchangée.")
    first = contents(project)
    assert {name: first[name] for name in published} == published
    run("sync", "--from", EXAMPLE)
    assert contents(project) == first


def test_check_writes_the_report_and_nothing_else(project: Path, run: Run) -> None:
    code, out, _ = run("sync", "--from", EXAMPLE, "--check")
    assert (code, out.splitlines()[-2]) == (0, "Essai : seul le compte rendu a été écrit.")
    assert not (project / "site").exists()
    assert (project / "build" / "report.md").exists()


def test_render_rebuilds_the_page_from_its_data(project: Path, run: Run) -> None:
    run("sync", "--from", EXAMPLE)
    page = (project / PAGE).read_bytes()
    (project / PAGE).unlink()
    assert run("render") == (0, "liste_donnees_forte-valeur.md : page reconstruite.\n", "")
    assert (project / PAGE).read_bytes() == page
    assert run("render") == (0, "liste_donnees_forte-valeur.md : déjà à jour.\n", "")


def test_a_row_that_is_repaired_comes_back(project: Path, run: Run) -> None:
    def misspelt(rows: list[list[str]]) -> list[list[str]]:
        return [[*row[:5], "Dispo nible", row[6]] if row[2] == "Cadastre" else row for row in rows]

    run("sync", "--from", edited(project, misspelt))
    assert "Cadastre" not in (project / PAGE).read_text(encoding="utf-8")
    run("sync", "--from", EXAMPLE)
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


@pytest.mark.parametrize(
    ("case", "prepare", "sentence"),
    [
        ("missing file", lambda p: p / "absent.csv", "introuvable"),
        ("a folder", lambda p: p, "c'est un dossier"),
        ("empty file", lambda p: written(p, b""), "le fichier est vide"),
        ("wrong encoding", lambda p: written(p, "Catégorie,Nom\n".encode("latin-1")), "pas en UTF-8"),
        ("binary", lambda p: written(p, b"PK\x03\x04..."), "classeur Excel"),
        ("no header", lambda p: written(p, b"a,b\n1,2\n"), "il manque les colonnes"),
        ("missing column", lambda p: edited(p, lambda rows: [row[:5] for row in rows]), "la colonne « Statut »"),
        ("doubled column", lambda p: edited(p, lambda rows: [[*row, row[6]] for row in rows]), "en G1 et en H1"),
    ],
)  # fmt: skip
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


def written(project: Path, content: bytes) -> Path:
    path = project / "sheet.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("edit", "exit_code", "sentence"),
    [
        (lambda rows: rows[:1], 3, "aucun jeu de données publiable"),
        (lambda rows: rows[:60], 3, "38 lignes publiées sur 97 ont disparu du tableau (plafond : 20\u202f%)."),
        (lambda rows: [*rows[:60], *([""] * 7 for _ in range(3)), *rows[60:]], 0, ""),
    ],
)
def test_a_suspicious_night_is_refused(
    edit: Callable[[list[list[str]]], list[list[str]]], exit_code: int, sentence: str, project: Path, run: Run
) -> None:
    run("sync", "--from", EXAMPLE)
    source = edited(project, edit)
    before = contents(project)
    code, _, err = run("sync", "--from", source)
    assert (code, sentence in err) == (exit_code, True)
    if exit_code:
        assert contents(project) == before


def test_a_refused_removal_goes_through_when_it_is_accepted(project: Path, run: Run) -> None:
    run("sync", "--from", EXAMPLE)
    code, out, _ = run("sync", "--from", edited(project, lambda rows: rows[:60]), "--accept-removals")
    assert (code, out.splitlines()[4]) == (0, "0 ajout, 0 modification, 38 disparitions")


def test_every_mistake_of_the_configuration_is_listed(project: Path, run: Run) -> None:
    text = (project / "config.toml").read_text(encoding="utf-8")
    (project / "config.toml").write_text(text.replace("min_rows = 1", "min_row = 1"), encoding="utf-8")
    code, _, err = run("sync", "--from", EXAMPLE)
    assert code == 1
    assert "guards.min_row" in err
    assert "min_rows" in err


def test_without_a_sheet_the_sentence_says_what_to_fill_in(run: Run) -> None:
    sentence = "Aucune feuille Google n'est indiquée. Renseignez sheet.id dans config.toml, ou utilisez --from."
    assert run("sync") == (1, "", f"{sentence} Rien n'a été modifié.\n")


@pytest.mark.parametrize(
    "arguments", [[], ["publish"], ["sync", "--form", "x"], ["sync", "--from"], ["sync", "x"], ["sync", "--ch"]]
)
def test_a_wrong_command_line_is_answered_in_french(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments, {})
    out, err = capsys.readouterr()
    assert (caught.value.code, out) == (2, "")
    assert err.splitlines()[-1].startswith("Commande non comprise.")
    assert "error" not in err


def test_help_is_in_french(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["sync", "--help"], ["setup", "--help"], ["render", "--help"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments, {})
        assert caught.value.code == 0
    out = capsys.readouterr().out
    assert not {"show", "this", "usage:", "optional", "positional"} & set(out.split())


def test_the_run_tells_github(project: Path, run: Run, tmp_path: Path) -> None:
    environ = {
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_RUN_ID": "42",
    }
    run("sync", "--from", EXAMPLE, environ=environ)
    outputs = dict(line.split("=") for line in (tmp_path / "output").read_text().splitlines())
    report = (project / "build" / "report.md").read_text(encoding="utf-8")
    assert outputs == {
        "changed": "true",
        "decision": "open",
        "fingerprint": outputs["fingerprint"],
        "pull": "",
        "added": "97",
        "removed": "0",
        "modified": "0",
    }
    assert report.splitlines()[-1] == f"<!-- empreinte : {outputs['fingerprint']} -->"
    assert "[42](<https://github.com/o/r/actions/runs/42>)" in report
    assert (tmp_path / "summary").read_text(encoding="utf-8") == report


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


def test_a_csv_run_imports_neither_google_nor_network_libraries(project: Path) -> None:
    code = (
        "import sys; from job.__main__ import main; "
        f"main(['sync', '--from', {str(EXAMPLE)!r}, '--config', {str(project / 'config.toml')!r}], {{}}); "
        "heavy = {'gspread', 'google.auth', 'requests', 'rapidfuzz', 'idna', 'job.form', 'job.feedback'}; "
        "heavy &= set(sys.modules); "
        "sys.exit(' '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_the_readme_shows_is_what_a_run_gives(project: Path, run: Run) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, out, _ = run("sync", "--from", EXAMPLE)
    assert f"```\n{out}```" in readme
    extract = readme.split("```markdown\n", 1)[1].split("```", 1)[0]
    assert extract in (project / PAGE).read_text(encoding="utf-8")
    quoted = readme.split("> Onglet", 1)[1].split("\n\n", 1)[0].replace("\n> ", " ")
    digests = " ".join(path.read_text(encoding="utf-8") for path in (project / "build" / "ministries").iterdir())
    assert " ".join(quoted.split()) in " ".join(digests.replace("\u200b", "").split())
