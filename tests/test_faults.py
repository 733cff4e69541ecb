"""Machines that fail under the job: what was published before is there after, or what is published now, whole."""

from __future__ import annotations

import os
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
        ("damaged data", lambda p: published(p, "x\n"), "abîmé"),
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
        ("templates/page.md.j2", 0, "Le modèle page.md.j2"),
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


def test_no_terminal_and_a_closed_output_are_no_trouble(project: Path) -> None:
    done = subprocess.run(
        command(project, "sync", "--from", EXAMPLE),
        cwd=ROOT,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert (done.returncode, done.stderr) == (0, b"")
