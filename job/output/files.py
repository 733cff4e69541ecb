"""Atomic writes, and what GitHub Actions is handed: the run's outputs and its summary."""

from __future__ import annotations

import filecmp
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from job.model import UNCHANGED, JobError


def read_bytes(path: Path) -> bytes:
    """The content of a published file, b"" when it does not exist yet.

    Raises:
        JobError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise JobError(f"Impossible de lire {path} ({error.strerror}). {UNCHANGED}") from None


def stage_files(files: Mapping[Path, Iterable[bytes]], folder: Path | None = None) -> dict[Path, Path]:
    """Write these pieces. Each file that is to change → where its new content lies ready: beside it, or in this folder.

    Raises:
        JobError: the disk is full, a folder cannot be written…
    """
    staged: dict[Path, Path] = {}
    for path, content in files.items():
        ready = staged[path] = folder / path.name if folder else path.with_name(f".{path.name}.new")
        with _no_trace(staged, path):
            ready.parent.mkdir(parents=True, exist_ok=True)
            with ready.open("wb") as file:
                file.writelines(content)
            if path.is_file() and filecmp.cmp(ready, path, shallow=False):
                staged.pop(path).unlink()
    return staged


def publish_files(staged: Mapping[Path, Path]) -> None:
    """Put what was staged in its place, in this order. Each file is replaced atomically.

    Raises:
        JobError: a folder stands in the place of a file…
    """
    for path, ready in staged.items():
        with _no_trace(staged, path):
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(ready, path)  # noqa: PTH105  the word everybody looks for


@contextmanager
def _no_trace(staged: Mapping[Path, Path], path: Path) -> Iterator[None]:
    """Nothing that was staged is left when a file cannot be written."""
    try:
        yield
    except OSError as error:
        for ready in staged.values():
            with suppress(OSError):
                ready.unlink()
        place = error.filename2 or error.filename or path
        raise JobError(f"Impossible d'écrire {place} ({error.strerror}). Corrigez, puis relancez.") from None


def tell_github(environ: Mapping[str, str], outputs: Mapping[str, str | int], summary: str) -> None:
    """Hand the run's outputs and its summary to GitHub Actions, when it is what runs us."""
    lines = [f"{name}={value}\n" for name, value in outputs.items()]
    for line in lines:
        if not re.fullmatch(r"[a-z_]+=[^\r\n]*\n", line):  # a line break in a value would add an output
            raise ValueError(f"unsafe output: {line!r}")
    for name, text in (("GITHUB_OUTPUT", "".join(lines)), ("GITHUB_STEP_SUMMARY", summary)):
        if environ.get(name):
            Path(environ[name]).write_text(text, encoding="utf-8", newline="\n")  # once, though a step is tried again
