"""Machines that fail under the job: what was published before is there after, or what is published now, whole."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import DATA, EXAMPLE, PAGE, ROOT, Run, contents, edited


def command(project: Path, *arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "job", *map(str, arguments), "--config", str(project / "config.toml")]


def test_a_night_killed_at_any_moment_leaves_the_old_page_or_the_new_one(run: Run, project: Path) -> None:
    run("sync", "--from", EXAMPLE)
    old = {name: (project / name).read_bytes() for name in (PAGE, DATA)}
    fewer = edited(project, lambda rows: rows[:-3])
    start = time.perf_counter()
    subprocess.run(command(project, "sync", "--from", fewer), check=True, cwd=ROOT, capture_output=True)
    whole_s = time.perf_counter() - start
    new = {name: (project / name).read_bytes() for name in (PAGE, DATA)}
    assert new != old

    for share in (0.55, 0.7, 0.8, 0.85, 0.9, 0.95):
        run("sync", "--from", EXAMPLE)
        night = subprocess.Popen(command(project, "sync", "--from", fewer), cwd=ROOT, stdout=subprocess.PIPE)
        time.sleep(whole_s * share)
        night.send_signal(signal.SIGKILL)
        night.communicate()
        assert run("render")[0] == 0  # whatever command comes next finishes what was begun
        assert {name: (project / name).read_bytes() for name in (PAGE, DATA)} in (old, new)
        assert not [name for name in contents(project) if name.endswith(".staged") and name.startswith("build/pub")]


def test_two_nights_at_once_are_one_night_and_a_sentence(project: Path) -> None:
    nights = [
        subprocess.Popen(
            command(project, "sync", "--from", EXAMPLE), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    ends = [(night.communicate()[1].decode(), night.returncode) for night in nights]
    assert 0 in {code for _, code in ends}
    for sentence, code in ends:
        assert code == 0 or sentence == (
            "Une autre exécution est en cours. Attendez qu'elle finisse. Rien n'a été modifié.\n"
        )
    assert (project / PAGE).read_text(encoding="utf-8").count("](<https://") == 95


def make_file(path: Path) -> None:
    path.write_text("")


@pytest.mark.parametrize(
    ("case", "spoil", "sentence"),
    [
        ("a file where the folder of the page should be", lambda p: make_file(p / "site"), "output.page : ce chemin"),
        ("a file where the report should be", lambda p: make_file(p / "build"), "c'est un fichier"),
        ("a folder where the page should be", lambda p: (p / PAGE).mkdir(parents=True), "c'est un dossier"),
        ("templates gone", lambda p: shutil.rmtree(p / "templates"), "il y manque page.md.j2"),
        ("a template that is no text", lambda p: (p / "templates/page.md.j2").write_bytes(b"\xff\xfe"), "page.md.j2"),
        (
            "a template that is empty",
            lambda p: (p / "templates/page.md.j2").write_text(""),
            "ligne 1, est à corriger : il",
        ),
        ("damaged data", lambda p: published(p, "x\n"), "abîmé"),
        ("data of nothing, which would let every row vanish", lambda p: published(p, ""), "abîmé"),
        ("data in another encoding", lambda p: published(p, "é", "latin-1"), "pas en UTF-8"),
    ],
)
def test_a_folder_that_is_not_as_it_should_be_has_its_sentence(
    case: str,
    spoil: Callable[[Path], object],
    sentence: str,
    run: Run,
    project: Path,
) -> None:
    spoil(project)
    before = contents(project)
    code, _, err = run("sync", "--from", EXAMPLE)
    assert (code, sentence in err) == (1, True), case
    assert contents(project) == before


def published(project: Path, text: str, encoding: str = "utf-8") -> None:
    (project / DATA).parent.mkdir()
    (project / DATA).write_text(text, encoding=encoding)


@pytest.mark.parametrize(
    ("template", "place"),
    [
        ("{% include 'page.md.j2' %}", "page.md.j2, ligne 1"),
        ("{% macro a() %}{{ a() }}{% endmacro %}\n{{ a() }}", "page.md.j2, ligne 1"),
        ("\n{% extends 'page.md.j2' %}", "page.md.j2, ligne"),
        ("{{ '\\ud800' }}", "page.md.j2, ligne ?"),
        ("\n{% include 'part.j2' %}", "part.j2, ligne 2"),
        ("".join(f"{{% for a{n} in [1] %}}" for n in range(30)) + "{% endfor %}" * 30, "page.md.j2, ligne"),
    ],
    ids=["includes itself", "calls itself", "extends itself", "half a character", "of a part", "too deep for Python"],
)
def test_a_template_that_cannot_be_filled_is_named_and_nothing_written(
    template: str, place: str, run: Run, project: Path
) -> None:
    (project / "templates" / "page.md.j2").write_text(template)
    (project / "templates" / "part.j2").write_text("a\n{{ unknown }}")
    before = contents(project)
    code, out, err = run("sync", "--from", EXAMPLE)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(f"Le modèle {place}")
    assert err.endswith("Rien n'a été modifié.\n")
    assert contents(project) == before


@pytest.mark.parametrize("name", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
@pytest.mark.parametrize("place", [".", "absent/file"])
def test_what_github_could_not_be_told_is_known_before_anything_is_written(
    name: str, place: str, run: Run, project: Path
) -> None:
    before = contents(project)
    code, _, err = run("sync", "--from", EXAMPLE, environ={name: str(project / place)})
    assert (code, err.count("\n"), err.endswith("Rien n'a été modifié.\n")) == (1, 1, True)
    assert contents(project) == before


def test_a_disk_that_fills_up_at_the_very_end_does_not_deny_what_was_written(run: Run, project: Path) -> None:
    code, _, err = run("sync", "--from", EXAMPLE, environ={"GITHUB_OUTPUT": "/dev/full"})
    assert (code, err) == (
        1,
        "Impossible d'écrire /dev/full (le disque est plein). Le reste, la page comprise, est déjà écrit.\n",
    )
    assert (project / PAGE).exists()


@pytest.mark.parametrize("pulls", ["[" * 100_000, '{"repository": "", "base": "", "commits": [], "pulls": [1e999]}'])
def test_any_answer_of_githubs_is_read_or_refused(pulls: str, run: Run, project: Path) -> None:
    (project / "pulls.json").write_text(pulls)
    code, _, err = run("sync", "--from", EXAMPLE, "--pulls", project / "pulls.json")
    assert (code, err.count("\n")) == (1, 1)


def test_ctrl_c_ends_in_one_sentence(project: Path) -> None:
    os.mkfifo(project / "sheet.csv")
    night = subprocess.Popen(
        command(project, "sync", "--from", project / "sheet.csv"), cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    while not (project / "build" / ".lock").exists():
        assert night.poll() is None
        time.sleep(0.01)
    time.sleep(0.1)
    night.send_signal(signal.SIGINT)
    assert night.communicate()[1] == "Interrompu : relancez quand vous voulez, les fichiers publiés sont entiers.\n"
    assert night.returncode == 130


def powerless(*words: str) -> list[str]:
    """The command run by somebody whom permissions stop, which they do not root."""
    return [*words] if os.geteuid() else ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *words]


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may do everything")
@pytest.mark.parametrize(
    ("closed", "mode", "sentence"),
    [
        ("site", 0o555, f"Impossible d'écrire {{}}/{PAGE} (accès refusé)."),
        ("build", 0o555, "Impossible d'écrire {}/build/report.md (accès refusé)."),
        (PAGE, 0, f"Impossible de lire {{}}/{PAGE} (accès refusé)."),
        ("edited.csv", 0, "Fichier « {}/edited.csv » illisible (accès refusé). Vérifiez les droits d'accès."),
        ("config.toml", 0, "{}/config.toml ne peut pas être lu. Vérifiez que c'est un fichier lisible."),
        ("templates/page.md.j2", 0, "Le modèle page.md.j2, ligne ?, est à corriger : accès refusé."),
        ("templates", 0, "config.toml contient 1 erreur"),
    ],
)
def test_what_may_not_be_read_or_written_has_its_sentence(
    closed: str, mode: int, sentence: str, run: Run, project: Path
) -> None:
    run("sync", "--from", EXAMPLE)
    source = edited(project, lambda rows: rows[:-1])
    before = contents(project)
    (project / closed).chmod(mode)
    night = powerless(*command(project, "sync", "--from", source))
    done = subprocess.run(night, check=False, cwd=ROOT, capture_output=True, text=True)
    (project / closed).chmod(0o755)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(sentence.format(project))
    assert done.stderr.endswith("Rien n'a été modifié.\n")
    assert contents(project) == before


def test_windows_line_endings_change_nothing(run: Run, project: Path) -> None:
    run("sync", "--from", EXAMPLE)
    before = {name: (project / name).read_bytes() for name in (PAGE, DATA)}
    for path in (project / "config.toml", *(project / "templates").iterdir()):
        text = path.read_text(encoding="utf-8")
        path.write_bytes(b"\xef\xbb\xbf" * (path.suffix == ".toml") + text.replace("\n", "\r\n").encode())
    assert run("sync", "--from", EXAMPLE)[0] == 0
    assert {name: (project / name).read_bytes() for name in (PAGE, DATA)} == before


@pytest.mark.parametrize(
    ("rest", "unbuffered"),
    [
        ("</dev/null >/dev/null", ""),
        ("<&-", ""),
        (">&-", ""),
        *((f, u) for f in ("| true", ">/dev/full") for u in ("", "1")),
    ],
)
def test_no_terminal_and_nobody_who_listens_are_no_trouble(rest: str, unbuffered: str, project: Path) -> None:
    line = f"set -o pipefail; {shlex.join(command(project, 'sync', '--from', EXAMPLE))} {rest}"
    environ = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, check=False, stderr=subprocess.PIPE, env=environ)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (project / PAGE).exists()
