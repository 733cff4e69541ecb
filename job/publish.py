"""What the job leaves behind: files replaced all or none, and the run's outputs and summary for GitHub."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from job.model import JobError, in_french

if TYPE_CHECKING:
    from job.config import Config

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
def alone(config: Config, *, may_publish: bool = True) -> Iterator[bool]:
    """Nobody else writes meanwhile; gives whether a publication that was interrupted had first to be finished.

    Raises:
        JobError: another run is at work, the report folder cannot be written, or there is something to finish but
            nothing may be published.
    """
    report = config.output.report
    try:
        report.mkdir(parents=True, exist_ok=True)
        lock = FileLock(report / ".lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise JobError("Une autre exécution est en cours. Attendez qu'elle finisse. Rien n'a été modifié.") from None
    except OSError as error:
        raise _cannot_write(report, error) from None
    try:
        if not may_publish and (report / _JOURNAL).exists():
            raise JobError(
                "Une publication interrompue reste à achever. Lancez sync ou render sans --check. Rien n'a été modifié."
            )
        finished = _finish_interrupted(config)
        published = (config.output.page, config.output.data)
        # Of a run that never got to its journal.
        for leftover in (*map(_beside, published), *report.rglob(f"*{_STAGED}")):
            with suppress(OSError):
                leftover.unlink(missing_ok=True)
        yield finished
    finally:
        lock.release()


def write_files(files: Mapping[Path, str | bytes], config: Config, *, stale: Iterable[Path] = ()) -> bool:
    """Give these files these contents and remove the stale ones, all or none. Returns whether anything differed.

    Everything is first written beside its target; a journal then says that all is there. A run that is killed before
    the journal leaves the old files; after it, the next run finishes the renaming.

    Raises:
        JobError: the disk is full, a folder cannot be written…; nothing was changed.
    """
    contents = {path: text if isinstance(text, bytes) else text.encode() for path, text in files.items()}
    before = {path: _content(path) for path in contents}
    changed = {path: content for path, content in contents.items() if before[path] != content}
    removed = [path for path in stale if path.is_file()]
    if not changed and not removed:
        return False
    staged: list[Path] = []
    journal = config.output.report / _JOURNAL
    path = journal
    try:
        for path, content in changed.items():
            _refuse_what_is_no_file_of_ours(path, config.root)
            path.parent.mkdir(parents=True, exist_ok=True)
            staged.append(_beside(path))
            _write_through(staged[-1], content, like=path)
        plan = {
            "replace": {
                _name(path, config): [_digest(before[path]), _digest(content)] for path, content in changed.items()
            },
            "remove": [_name(path, config) for path in removed],
        }
        path = journal
        staged.append(_beside(journal))
        _write_through(staged[-1], json.dumps(plan).encode(), like=journal)
        staged[-1].replace(journal)
    except BaseException as error:
        for leftover in staged:
            with suppress(OSError):
                leftover.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _cannot_write(path, error) from None
        raise
    _carry_out(changed, removed, journal)
    return True


def _finish_interrupted(config: Config) -> bool:
    """Carry out the journal, if there is one: it may have been carried out in part. Returns whether it was.

    A journal that is not quite what we left (unreadable, or a file was changed since) is dropped: what is there now is
    the better version.
    """
    journal = config.output.report / _JOURNAL
    try:
        written = journal.read_bytes()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _cannot_write(journal, error) from None
    plan = _parse_journal(written, config)
    replaced, removed = plan or ([], [])
    _carry_out(replaced, removed, journal)
    return plan is not None


def _carry_out(replaced: Iterable[Path], removed: Iterable[Path], journal: Path) -> None:
    path = journal
    try:
        for path in replaced:
            _beside(path).replace(path)
        for path in removed:
            path.unlink(missing_ok=True)
        path = journal
        journal.unlink()
    except OSError as error:
        raise JobError(
            f"La publication n'a pas pu être achevée : {path} ({in_french(error)}). Certains fichiers sont peut-être "
            "déjà remplacés. Corrigez, puis relancez : elle reprendra où elle en est."
        ) from None


def _parse_journal(written: bytes, config: Config) -> tuple[list[Path], list[Path]] | None:
    """The files that are still to be replaced, and those to be removed; None when it may not be carried out."""
    root, output = config.root, config.output
    try:
        plan = json.loads(written)
        digests = {root / name: (old, new) for name, (old, new) in plan["replace"].items()}
        removed = [root / name for name in plan["remove"]]
        ours = all(path in (output.page, output.data) or _is_below(path, output.report) for path in digests)
        ours = ours and all(_is_below(path, output.report) and not path.is_dir() for path in removed)
        replaced = [path for path, (_, new) in digests.items() if _digest(_content(path)) != new] if ours else []
        as_left = all((_digest(_content(path)), _digest(_content(_beside(path)))) == digests[path] for path in replaced)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError):  # RuntimeError: links in a circle
        return None
    return (replaced, removed) if ours and as_left else None


def _name(path: Path, config: Config) -> str:
    return path.relative_to(config.root).as_posix()


def _is_below(path: Path, folder: Path) -> bool:
    """Whether it stands in this folder, whatever links lead there."""
    return path.parent.resolve().is_relative_to(folder.resolve())


def _refuse_what_is_no_file_of_ours(path: Path, root: Path) -> None:
    if path.exists() and not path.is_file():
        raise IsADirectoryError(errno.EISDIR, "")
    if not _is_below(path, root):
        raise PermissionError(errno.EXDEV, "")  # a link leads out of the project


def _beside(path: Path) -> Path:
    return path.with_name(path.name + _STAGED)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _digest(content: bytes | None) -> str:
    """What tells a file's contents apart, "" when it is not there."""
    return "" if content is None else hashlib.sha256(content).hexdigest()


def _write_through(path: Path, content: bytes, *, like: Path) -> None:
    """Write a new file, and onto the disk; its rights are those of the file it will replace."""
    path.unlink(missing_ok=True)  # it may be a link, or a left-over
    mode = like.stat().st_mode & 0o777 if like.exists() else None
    with path.open("xb") as file:
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


_NOTHING = "Rien n'a été modifié."


def _cannot_write(path: Path, error: OSError, ending: str = _NOTHING) -> JobError:
    return JobError(f"Impossible d'écrire {path} ({in_french(error)}). {ending}")


_GITHUB_FILES = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")


def check_github(environ: Mapping[str, str]) -> None:
    """What we have to say to GitHub Actions can be written, when it is what runs us.

    Raises:
        JobError: it cannot.
    """
    for path in (Path(environ[name]) for name in _GITHUB_FILES if environ.get(name)):
        try:
            path.open("a").close()
        except OSError as error:
            raise _cannot_write(path, error) from None


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
        raise _cannot_write(path, error, "Le reste, la page comprise, est déjà écrit.") from None
