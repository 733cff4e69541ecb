"""Files replaced all or none, whatever happens; and what GitHub is handed."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT

from job import publish
from job.config import Config
from job.model import JobError
from job.publish import alone, read_text, tell_github, write_files


def placed(config: Config, folder: Path) -> Config:
    """A project in this folder."""
    output = replace(config.output, page=folder / "page.md", data=folder / "data.csv", report=folder / "build")
    return replace(config, root=folder, output=output)


@pytest.fixture
def ours(tmp_path: Path, config: Config) -> Config:
    (tmp_path / "build").mkdir()
    return placed(config, tmp_path)


def names(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != ".lock"
    )


def test_files_are_written_and_stale_ones_removed(tmp_path: Path, ours: Config) -> None:
    stale = ours.output.report / "ministries" / "ancien.md"
    stale.parent.mkdir()
    stale.write_text("vieux")
    page = tmp_path / "site" / "page.md"
    assert write_files({page: "é\n", ours.output.report / "report.md": "r"}, ours, stale=[stale])
    assert names(tmp_path) == ["build/report.md", "site/page.md"]
    assert page.read_bytes() == "é\n".encode()


def test_what_has_not_changed_is_not_touched(tmp_path: Path, ours: Config) -> None:
    page = tmp_path / "page.md"
    write_files({page: "x"}, ours)
    before = page.stat()
    assert not write_files({page: "x"}, ours)
    assert page.stat().st_mtime_ns == before.st_mtime_ns
    assert page.stat().st_ino == before.st_ino


@pytest.mark.parametrize("full_after", range(3))
def test_a_full_disk_changes_nothing(
    full_after: int, tmp_path: Path, ours: Config, monkeypatch: pytest.MonkeyPatch
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
        write_files(files, ours)
    assert {path: path.read_text() for path in tmp_path.iterdir() if path.is_file()} == dict.fromkeys(files, "old")
    assert names(ours.output.report) == []


def test_a_file_in_the_place_of_a_folder_has_its_sentence(tmp_path: Path, ours: Config) -> None:
    (tmp_path / "site").write_text("")
    with pytest.raises(JobError, match="un fichier se trouve à la place d'un dossier"):
        write_files({tmp_path / "site" / "page.md": "x"}, ours)


def interrupted(ours: Config, monkeypatch: pytest.MonkeyPatch, *, after: int) -> dict[Path, str]:
    """A publication that stopped after so many renamings: the paths, and what they were to hold."""
    files = {ours.output.page: "new page", ours.output.data: "new data"}
    for path in files:
        path.write_text("old")
    renamed = iter(range(10))
    real = Path.replace

    def rename(self: Path, target: Path | str) -> Path:
        if next(renamed) == after + 1:  # the journal itself is the first
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", rename)
    with pytest.raises(KeyboardInterrupt):
        write_files(files, ours)
    monkeypatch.undo()
    return files


@pytest.mark.parametrize("after", [0, 1])
def test_an_interrupted_renaming_is_finished_by_the_next_run(
    after: int, ours: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = interrupted(ours, monkeypatch, after=after)
    with alone(ours) as finished:
        assert finished
    assert {path: path.read_text() for path in files} == files
    assert names(tmp_path) == ["data.csv", "page.md"]


def texts(ours: Config) -> list[str]:
    return [path.read_text() for path in (ours.output.page, ours.output.data)]


@pytest.mark.parametrize("after", [0, 1])
def test_what_somebody_changed_since_is_not_overwritten(
    after: int, ours: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(ours, monkeypatch, after=after)
    ours.output.page.write_text("pulled")
    ours.output.data.write_text("pulled too")
    with alone(ours) as finished:
        assert not finished
    assert texts(ours) == ["pulled", "pulled too"]
    assert names(tmp_path) == ["data.csv", "page.md"]


def test_a_check_does_not_finish_a_publication(ours: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(ours, monkeypatch, after=0)
    with pytest.raises(JobError, match="reste à achever"), alone(ours, may_publish=False):
        pass
    assert texts(ours) == ["old", "old"]


def test_a_copy_of_the_project_finishes_its_own_publication(
    ours: Config, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(ours, monkeypatch, after=0)
    shutil.copytree(tmp_path, tmp_path.parent / "copy")
    copy = placed(config, tmp_path.parent / "copy")
    with alone(copy) as finished:
        assert finished
    assert (texts(copy), texts(ours)) == (["new page", "new data"], ["old", "old"])


@pytest.mark.parametrize(
    "journal",
    [
        *("", "{", "[]", "{}", "[3]", "\0", "[" * 10_000, '{"replace": "abc", "remove": []}', '{"replace": {}}'),
        '{"replace": {}, "remove": ["VICTIM"]}',
        '{"replace": {}, "remove": ["../victim"]}',
        '{"replace": {}, "remove": ["page.md"]}',  # below the project, but none of the report's
        '{"replace": {"VICTIM": ["DIGEST", "DIGEST"]}, "remove": []}',
        '{"replace": {"page.md": ["", "x"]}, "remove": []}',
        '{"replace": {"config.toml": ["", ""]}, "remove": []}',
        '{"replace": {"a\\u0000b": ["", ""]}, "remove": []}',
        '{"replace": {"\\ud800": ["", ""]}, "remove": []}',
        '{"replace": {"circle/x": ["", ""]}, "remove": []}',
        '{"replace": {}, "remove": ["build/folder"]}',
    ],
)
def test_a_journal_that_is_not_ours_is_dropped(journal: str, ours: Config, tmp_path: Path) -> None:
    victim = tmp_path.parent / "victim"
    victim.write_text("mine")
    victim.with_name("victim.staged").write_text("theirs")
    ours.output.page.write_text("old")
    (tmp_path / "circle").symlink_to("circle")
    (ours.output.report / "folder").mkdir()
    path = ours.output.report / "publication.staged"
    path.write_text(journal.replace("VICTIM", str(victim)))
    with alone(ours) as finished:
        assert not finished
    assert (victim.read_text(), ours.output.page.read_text(), path.exists()) == ("mine", "old", False)


def test_a_renaming_that_fails_says_so_and_can_be_taken_up_again(ours: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(ours, monkeypatch, after=1)

    def busy(*_: object) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(Path, "replace", busy)
    with (
        pytest.raises(JobError, match=r"n'a pas pu être achevée : .*data\.csv \(le fichier est occupé\)"),
        alone(ours),
    ):
        pass
    monkeypatch.undo()
    with alone(ours):
        pass
    assert texts(ours) == ["new page", "new data"]


@pytest.mark.parametrize("name", ["page.md", "build/report.md", "build/publication.staged"])
def test_a_folder_in_the_place_of_a_file_changes_nothing(name: str, ours: Config, tmp_path: Path) -> None:
    ours.output.data.write_text("old")
    (tmp_path / name).mkdir()
    files = {ours.output.data: "new", ours.output.page: "new", ours.output.report / "report.md": "new"}
    with pytest.raises(JobError, match=r"un dossier se trouve à la place du fichier.*Rien n'a été modifié"):
        write_files(files, ours)
    assert ours.output.data.read_text() == "old"
    assert names(tmp_path) == ["data.csv"]


def test_a_link_leads_nothing_out_of_the_project(ours: Config, tmp_path: Path) -> None:
    outside = tmp_path.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "notes.md").write_text("mine")
    (ours.output.report / "ministries").symlink_to(outside)
    with pytest.raises(JobError, match=r"un lien mène hors du dossier du projet"):
        write_files({ours.output.report / "ministries" / "a.md": "x"}, ours)
    ours.output.data.with_name("data.csv.staged").symlink_to(outside / "notes.md")
    write_files({ours.output.data: "new"}, ours)
    assert [path.name for path in outside.iterdir()] == ["notes.md"]
    assert (outside / "notes.md").read_text() == "mine"
    assert not ours.output.data.is_symlink()


def test_a_file_keeps_its_rights(ours: Config) -> None:
    ours.output.data.write_text("old")
    ours.output.data.chmod(0o664)
    before = os.umask(0o077)
    try:
        write_files({ours.output.data: "new"}, ours)
    finally:
        os.umask(before)
    assert ours.output.data.stat().st_mode & 0o777 == 0o664


def test_what_a_kill_left_before_its_journal_is_cleared_away(ours: Config, tmp_path: Path) -> None:
    (ours.output.report / "ministries").mkdir()
    for path in (ours.output.page, ours.output.data, ours.output.report / "ministries" / "a.md"):
        path.with_name(path.name + ".staged").write_text("half")
    with alone(ours):
        assert names(tmp_path) == []


KILLED = """
import sys
from dataclasses import replace
from pathlib import Path
from job.config import load_config
from job.publish import alone, write_files
folder = Path(sys.argv[1])
config = load_config(Path("config.toml"))
output = replace(config.output, page=folder / "page.md", data=folder / "data.csv", report=folder / "build")
config = replace(config, root=folder, output=output)
for turn in range(10**6):
    with alone(config):
        ours = (output.page, output.data, output.report / "a.md", output.report / "b.md")
        write_files(dict.fromkeys(ours, str(turn) * 1000), config)
    print(turn, flush=True)
"""


def test_a_kill_at_any_moment_leaves_the_old_set_or_the_new_one(tmp_path: Path, ours: Config) -> None:
    for attempt in range(8):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT)
        assert process.stdout
        process.stdout.readline()
        time.sleep(attempt * 0.0037)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        with alone(ours):
            pass
        report = ours.output.report
        assert len({*texts(ours), *((report / name).read_text() for name in ("a.md", "b.md"))}) == 1
        assert not (tmp_path / "build" / "publication.staged").exists()


def test_a_second_run_says_that_another_is_at_work(ours: Config) -> None:
    with (
        alone(ours),
        pytest.raises(JobError, match="Une autre exécution est en cours"),
        alone(ours),
    ):
        pass
    with alone(ours):
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


def test_no_trace_is_left_beside_the_files(tmp_path: Path, ours: Config) -> None:
    write_files({tmp_path / "page.md": "x"}, ours)
    assert names(tmp_path) == ["page.md"]
    assert publish._JOURNAL == "publication.staged"  # noqa: SLF001  .gitignore names it
