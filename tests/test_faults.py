"""Machines and folders that are not as they should be: one sentence, nothing published, and the next run heals."""

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


@pytest.mark.parametrize(
    ("case", "spoil", "sentence"),
    [
        ("a file where the site should be", lambda p: (p / "site").write_text(""), "Impossible de lire"),
        ("a file where the report should be", lambda p: (p / "build").write_text(""), "Impossible d'écrire"),
        ("a template that is none", lambda p: (p / "templates/page.md.j2").write_text("{% if %}"), "page.md.j2"),
        ("damaged data", lambda p: published(p, b"x\n"), "est abîmé"),
        ("data of nothing, which would let every row vanish", lambda p: published(p, b""), "est abîmé"),
        ("data in another encoding", lambda p: published(p, "é".encode("latin-1")), "est abîmé"),
    ],
)
def test_a_folder_that_is_not_as_it_should_be_has_its_sentence(
    case: str, spoil: Callable[[Path], object], sentence: str, run: Run, project: Path
) -> None:
    spoil(project)
    before = {name: content for name, content in contents(project).items() if not name.startswith("build")}
    code, _, err = run("sync", "--from", EXAMPLE)
    assert (code, sentence in err, err.count("\n")) == (1, True, 1), (case, err)
    assert {name: content for name, content in contents(project).items() if not name.startswith("build")} == before


def published(project: Path, content: bytes) -> None:
    (project / DATA).parent.mkdir(parents=True)
    (project / DATA).write_bytes(content)


def test_windows_line_endings_change_nothing(run: Run, project: Path) -> None:
    run("sync", "--from", EXAMPLE)
    before = {name: (project / name).read_bytes() for name in (PAGE, DATA)}
    for path in (project / "config.toml", *(project / "templates").iterdir()):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert run("sync", "--from", EXAMPLE)[0] == 0
    assert {name: (project / name).read_bytes() for name in (PAGE, DATA)} == before


# --- whole processes ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_night_killed_at_any_moment_is_healed_by_the_next(run: Run, project: Path) -> None:
    run("sync", "--from", EXAMPLE)
    fewer = edited(project, lambda rows: rows[:-3])
    old = {name: (project / name).read_bytes() for name in (PAGE, DATA)}
    run("sync", "--from", fewer)
    new = {name: (project / name).read_bytes() for name in (PAGE, DATA)}
    for attempt in range(8):
        for name, content in old.items():
            (project / name).write_bytes(content)
        night = subprocess.Popen(command(project, "sync", "--from", fewer), cwd=ROOT, stdout=subprocess.DEVNULL)
        time.sleep(0.15 + attempt * 0.08)
        night.send_signal(signal.SIGKILL)
        night.wait()
        assert all((project / name).read_bytes() in (old[name], new[name]) for name in old)
        assert run("sync", "--from", fewer)[0] == 0
        assert {name: (project / name).read_bytes() for name in new} == new


@pytest.mark.slow
def test_ctrl_c_ends_in_one_sentence(project: Path) -> None:
    os.mkfifo(project / "sheet.csv")
    night = subprocess.Popen(
        command(project, "sync", "--from", project / "sheet.csv"), cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    with (project / "sheet.csv").open("w"):  # opens when the night reads
        time.sleep(0.1)
        night.send_signal(signal.SIGINT)
        assert night.communicate()[1] == "Interrompu : relancez quand vous voulez.\n"
    assert night.returncode == 130


def powerless(*words: str) -> list[str]:
    """The command run by somebody whom permissions stop, which they do not root."""
    return [*words] if os.geteuid() else ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *words]


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may do everything")
@pytest.mark.parametrize(
    ("closed", "mode", "sentence"),
    [
        ("site", 0o555, "Impossible d'écrire {}/" + PAGE),
        ("build", 0o555, "Impossible d'écrire {}/build/.report.md.new"),
        (DATA, 0, "Impossible de lire {}/" + DATA),
        ("edited.csv", 0, "Fichier « {}/edited.csv » introuvable ou illisible"),
    ],
)
def test_what_may_not_be_read_or_written_has_its_sentence(
    closed: str, mode: int, sentence: str, run: Run, project: Path
) -> None:
    run("sync", "--from", EXAMPLE)
    source = edited(project, lambda rows: rows[:-1])
    (project / closed).chmod(mode)
    night = powerless(*command(project, "sync", "--from", source))
    done = subprocess.run(night, check=False, cwd=ROOT, capture_output=True, text=True)
    (project / closed).chmod(0o755)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(sentence.format(project))


@pytest.mark.slow
@pytest.mark.parametrize("rest", ["</dev/null >/dev/null", "<&-"])
def test_no_terminal_is_no_trouble(rest: str, project: Path) -> None:
    line = f"set -o pipefail; {shlex.join(command(project, 'sync', '--from', EXAMPLE))} {rest}"
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, check=False, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (project / PAGE).exists()
