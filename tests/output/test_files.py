"""Files replaced one by one, atomically; and what GitHub is handed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT

from job.config import Config
from job.model import JobError
from job.output.files import publish_files, read_published, stage_file
from job.output.github import tell_github


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def write(files: dict[Path, bytes], folder: Path | None = None) -> dict[Path, Path]:
    staged: dict[Path, Path] = {}
    for path, content in files.items():
        staged |= stage_file(path, [content], folder)
    publish_files(staged)
    return staged


@pytest.mark.parametrize("folder", ["", "build/published"])
def test_files_are_staged_then_put_in_their_place(tmp_path: Path, folder: str) -> None:
    page = tmp_path / "site" / "page.md"
    staged = stage_file(page, ["é".encode(), b"\n"], tmp_path / folder if folder else None)
    assert names(tmp_path) == [f"{folder}/page.md" if folder else "site/.page.md.new"]
    publish_files(staged)
    assert names(tmp_path) == ["site/page.md"]
    assert page.read_bytes() == "é\n".encode()


def test_what_has_not_changed_is_not_touched(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write({page: b"x"})
    before = page.stat()
    assert not write({page: b"x"})
    assert (page.stat().st_mtime_ns, page.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert names(tmp_path) == ["page.md"]


def test_a_folder_in_the_place_of_a_file_has_its_sentence(tmp_path: Path) -> None:
    (tmp_path / "page.md").mkdir()
    with pytest.raises(JobError, match=r"^Impossible d'écrire .*page\.md \(.*\)\. Corrigez, puis relancez\.$"):
        write({tmp_path / "page.md": b"x"})


def test_a_file_in_the_place_of_a_folder_has_its_sentence(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("")
    with pytest.raises(JobError, match=r"^Impossible d'écrire .*/site \("):
        write({tmp_path / "site" / "page.md": b"x"})


def test_the_files_come_in_their_order_and_those_before_a_failure_stand(tmp_path: Path) -> None:
    (tmp_path / "page.md").mkdir()
    with pytest.raises(JobError):
        write({tmp_path / "data.csv": b"new", tmp_path / "page.md": b"new", tmp_path / "late": b"new"})
    assert names(tmp_path) == [".late.new", ".page.md.new", "data.csv"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device here that is always full")
def test_a_full_disk_leaves_every_file_as_it_was(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("old")
    (tmp_path / ".page.md.new").symlink_to("/dev/full")
    with pytest.raises(JobError, match="No space left on device"):
        write({tmp_path / "data.csv": b"new", page: b"new"})
    assert not (tmp_path / "data.csv").exists()
    assert page.read_text() == "old"


KILLED = """
import sys
from pathlib import Path
from job.output.files import publish_files, stage_file
folder = Path(sys.argv[1])
for turn in range(10**6):
    pieces = [f"{turn}\\n".encode() * 100_000]
    publish_files(stage_file(folder / "data", pieces) | stage_file(folder / "page", pieces))
    print(turn, flush=True)
"""


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_each_file_whole_and_the_data_no_older_than_the_page(tmp_path: Path) -> None:
    for attempt in range(8):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT)
        assert process.stdout
        process.stdout.readline()
        time.sleep(attempt * 0.0037)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        data, page = ((tmp_path / name).read_text().splitlines() for name in ("data", "page"))
        assert ({*data} - {data[0]}, {*page} - {page[0]}, len(data), len(page)) == (set(), set(), 100_000, 100_000)
        assert int(data[0]) - int(page[0]) in (0, 1)


def test_reading_says_what_is_wrong(tmp_path: Path, config: Config) -> None:
    assert read_published(config, tmp_path / "absent.csv") == ()
    with pytest.raises(JobError, match=r"^Impossible de lire .* \(Is a directory\)\. Rien n'a été modifié\.$"):
        read_published(config, tmp_path)


def test_github_is_told_when_it_listens(tmp_path: Path) -> None:
    tell_github({}, {"changed": "true"}, "# Résumé\n")
    environ = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    tell_github(environ, {"decision": "open", "added": 3, "title": "Données : 1 ajout", "pull": ""}, "# Résumé\n")
    told = (tmp_path / "output").read_text(encoding="utf-8")
    assert told == "decision=open\nadded=3\ntitle=Données : 1 ajout\npull=\n"
    assert (tmp_path / "summary").read_text(encoding="utf-8") == "# Résumé\n"


@pytest.mark.parametrize("value", ["a\nb=c", "a\rb=c", "a\n"])
def test_an_output_that_could_add_another_is_a_bug(value: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unsafe output"):
        tell_github({"GITHUB_OUTPUT": str(tmp_path / "output")}, {"changed": value}, "")
    assert os.listdir(tmp_path) == []  # noqa: PTH208
