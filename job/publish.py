"""What the job leaves behind: files replaced all or none, and the run's outputs and summary for GitHub."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from job.model import JobError, in_french

_STAGED = ".staged"  # a new content waiting beside the file it will replace
_JOURNAL = "publication.staged"  # in the report folder: its presence means that everything is staged, and will be done


def read_text(path: Path) -> str:
    """The text of a published file, "" when it does not exist yet.

    Raises:
        JobError: it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise JobError(f"{path} n'est pas en UTF-8. Rétablissez ce fichier. Rien n'a été modifié.") from None
    except OSError as error:
        raise JobError(f"Impossible de lire {path} ({in_french(error)}). Rien n'a été modifié.") from None


@contextmanager
def alone(report: Path) -> Iterator[None]:
    """Nobody else writes meanwhile; what an interrupted run had begun is first finished, or undone.

    Raises:
        JobError: another run is at work, or the report folder cannot be written.
    """
    try:
        report.mkdir(parents=True, exist_ok=True)
        lock = FileLock(report / ".lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise JobError("Une autre exécution est en cours. Attendez qu'elle finisse. Rien n'a été modifié.") from None
    except OSError as error:
        raise _cannot_write(report, error) from None
    try:
        _finish_interrupted(report)
        yield
    finally:
        lock.release()


def write_files(files: Mapping[Path, str | bytes], report: Path, *, stale: Iterable[Path] = ()) -> bool:
    """Give these files these contents and remove the stale ones, all or none. Returns whether anything differed.

    Everything is first written beside its target; a journal then says that all is there. A run that is killed before
    the journal leaves the old files; after it, the next run finishes the renaming.

    Raises:
        JobError: the disk is full, a folder cannot be written…; nothing was changed.
    """
    contents = {path: text if isinstance(text, bytes) else text.encode() for path, text in files.items()}
    changed = {path: content for path, content in contents.items() if _content(path) != content}
    removed = [path for path in stale if path.exists()]
    if not changed and not removed:
        return False
    staged: list[Path] = []
    journal = report / _JOURNAL
    path = journal
    try:
        for path, content in changed.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            staged.append(_beside(path))
            _write_through(staged[-1], content)
        plan = {"replace": [str(path) for path in changed], "remove": [str(path) for path in removed]}
        staged.append(_beside(journal))
        _write_through(staged[-1], json.dumps(plan).encode())
        staged[-1].replace(journal)
    except OSError as error:
        for leftover in staged:
            with suppress(OSError):
                leftover.unlink(missing_ok=True)
        raise _cannot_write(path, error) from None
    _finish_interrupted(report)
    return True


def _finish_interrupted(report: Path) -> None:
    """Carry out the journal, if there is one; it may have been carried out in part."""
    journal = report / _JOURNAL
    try:
        plan = json.loads(journal.read_bytes())
    except FileNotFoundError:
        return
    for name in plan["replace"]:
        with suppress(FileNotFoundError):  # done before the interruption
            _beside(Path(name)).replace(name)
    for name in plan["remove"]:
        Path(name).unlink(missing_ok=True)
    journal.unlink()


def _beside(path: Path) -> Path:
    return path.with_name(path.name + _STAGED)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _cannot_write(path: Path, error: OSError) -> JobError:
    return JobError(f"Impossible d'écrire {path} ({in_french(error)}). Rien n'a été modifié.")


def tell_github(environ: Mapping[str, str], outputs: Mapping[str, str | int], summary: str) -> None:
    """Hand the run's outputs and its summary to GitHub Actions, when it is what runs us."""
    if outputs_file := environ.get("GITHUB_OUTPUT"):
        lines = [f"{name}={value}\n" for name, value in outputs.items()]
        for line in lines:
            if not re.fullmatch(r"[a-z_]+=[a-z0-9-]*\n", line):  # a line break in a value would add an output
                raise ValueError(f"unsafe output: {line!r}")
        _append(Path(outputs_file), "".join(lines))
    if summary_file := environ.get("GITHUB_STEP_SUMMARY"):
        _append(Path(summary_file), summary)


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise _cannot_write(path, error) from None
