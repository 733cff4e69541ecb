"""Files replaced all or none, whatever happens; and what GitHub is handed."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from job import publish
from job.model import JobError
from job.publish import alone, read_text, tell_github, write_files


@pytest.fixture
def report(tmp_path: Path) -> Path:
    folder = tmp_path / "build"
    folder.mkdir()
    return folder


def names(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != ".lock"
    )


def test_files_are_written_and_stale_ones_removed(tmp_path: Path, report: Path) -> None:
    stale = report / "ministries" / "ancien.md"
    stale.parent.mkdir()
    stale.write_text("vieux")
    page = tmp_path / "site" / "page.md"
    assert write_files({page: "é\n", report / "report.md": "r"}, report, stale=[stale])
    assert names(tmp_path) == ["build/report.md", "site/page.md"]
    assert page.read_bytes() == "é\n".encode()


def test_what_has_not_changed_is_not_touched(tmp_path: Path, report: Path) -> None:
    page = tmp_path / "page.md"
    write_files({page: "x"}, report)
    before = page.stat()
    assert not write_files({page: "x"}, report)
    assert page.stat().st_mtime_ns == before.st_mtime_ns
    assert page.stat().st_ino == before.st_ino


@pytest.mark.parametrize("full_after", range(3))
def test_a_full_disk_changes_nothing(
    full_after: int, tmp_path: Path, report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {tmp_path / "page.md": "new", tmp_path / "data.csv": "new"}
    for path in files:
        path.write_text("old")
    syncs = iter(range(10))

    def fsync(_: int) -> None:
        if next(syncs) == full_after:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(JobError, match=r"Impossible d'écrire .*le disque est plein.*Rien n'a été modifié"):
        write_files(files, report)
    assert {path: path.read_text() for path in tmp_path.iterdir() if path.is_file()} == dict.fromkeys(files, "old")
    assert names(report) == []


def test_a_file_in_the_place_of_a_folder_has_its_sentence(tmp_path: Path, report: Path) -> None:
    (tmp_path / "site").write_text("")
    with pytest.raises(JobError, match="un fichier se trouve à la place d'un dossier"):
        write_files({tmp_path / "site" / "page.md": "x"}, report)


@pytest.mark.parametrize("done", range(3))
def test_an_interrupted_renaming_is_finished_by_the_next_run(
    done: int, tmp_path: Path, report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {tmp_path / "page.md": "new", tmp_path / "data.csv": "new"}
    for path in files:
        path.write_text("old")
    renamed = iter(range(10))
    real = Path.replace

    def replace(self: Path, target: Path | str) -> Path:
        if next(renamed) == done + 1:  # the journal itself is the first
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    if done < len(files):
        with pytest.raises(KeyboardInterrupt):
            write_files(files, report)
    monkeypatch.undo()
    with alone(report):
        pass
    assert done == len(files) or {path.read_text() for path in files} == {"new"}
    assert names(tmp_path) == ["data.csv", "page.md"]


KILLED = """
import sys
from pathlib import Path
from job.publish import alone, write_files
folder = Path(sys.argv[1])
for turn in range(10**6):
    with alone(folder / "build"):
        write_files({folder / f"{name}.md": str(turn) * 1000 for name in "abcd"}, folder / "build")
    print(turn, flush=True)
"""


def test_a_kill_at_any_moment_leaves_the_old_set_or_the_new_one(tmp_path: Path) -> None:
    for attempt in range(8):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE)
        assert process.stdout
        process.stdout.readline()
        time.sleep(attempt * 0.0037)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        with alone(tmp_path / "build"):
            pass
        assert len({(tmp_path / f"{name}.md").read_text() for name in "abcd"}) == 1
        assert not (tmp_path / "build" / "publication.staged").exists()


def test_a_second_run_says_that_another_is_at_work(report: Path) -> None:
    with (
        alone(report),
        pytest.raises(JobError, match="Une autre exécution est en cours"),
        alone(report),
    ):
        pass
    with alone(report):
        pass


def test_reading_says_what_is_wrong(tmp_path: Path) -> None:
    assert read_text(tmp_path / "absent.csv") == ""
    (tmp_path / "latin.csv").write_bytes("é".encode("latin-1"))
    with pytest.raises(JobError, match="n'est pas en UTF-8"):
        read_text(tmp_path / "latin.csv")
    with pytest.raises(JobError, match="un dossier se trouve à la place du fichier"):
        read_text(tmp_path)


def test_github_is_told_when_it_listens(tmp_path: Path) -> None:
    tell_github({}, {"changed": "true"}, "# Résumé\n")
    environ = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    tell_github(environ, {"changed": "true", "added": 3, "pull": ""}, "# Résumé\n")
    assert (tmp_path / "output").read_text() == "changed=true\nadded=3\npull=\n"
    assert (tmp_path / "summary").read_text(encoding="utf-8") == "# Résumé\n"


@pytest.mark.parametrize("value", ["a\nb=c", "a b", "é", "a=b", "<<EOF"])
def test_an_output_that_could_add_another_is_a_bug(value: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unsafe output"):
        tell_github({"GITHUB_OUTPUT": str(tmp_path / "output")}, {"changed": value}, "")


def test_no_trace_is_left_beside_the_files(tmp_path: Path, report: Path) -> None:
    write_files({tmp_path / "page.md": "x"}, report)
    assert names(tmp_path) == ["page.md"]
    assert publish._JOURNAL == "publication.staged"  # noqa: SLF001  .gitignore names it
