"""Atomic writes, and what GitHub Actions is handed: the run's outputs and its summary."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
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


def write_files(files: Mapping[Path, bytes], *, stale: Iterable[Path] = ()) -> bool:
    """Give these files these contents, in this order, and remove the stale ones. Returns whether anything differed.

    Each file is replaced atomically. The data come before the page, which is a function of them: a run that is killed
    between the two is healed by the next.

    Raises:
        JobError: the disk is full, a folder cannot be written…
    """
    changed = [path for path, content in files.items() if not path.is_file() or read_bytes(path) != content]
    for path in changed:
        beside = path.with_name(f".{path.name}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(files[path])
            os.replace(beside, path)  # noqa: PTH105  the word everybody looks for
        except OSError as error:
            with suppress(OSError):
                beside.unlink()
            raise JobError(f"Impossible d'écrire {path} ({error.strerror}). Corrigez, puis relancez.") from None
    for path in stale:
        path.unlink(missing_ok=True)
    return bool(changed)


def tell_github(environ: Mapping[str, str], outputs: Mapping[str, str | int], summary: str) -> None:
    """Hand the run's outputs and its summary to GitHub Actions, when it is what runs us."""
    lines = [f"{name}={value}\n" for name, value in outputs.items()]
    for line in lines:
        if not re.fullmatch(r"[a-z_]+=[a-z0-9-]*\n", line):  # a line break in a value would add an output
            raise ValueError(f"unsafe output: {line!r}")
    for name, text in (("GITHUB_OUTPUT", "".join(lines)), ("GITHUB_STEP_SUMMARY", summary)):
        if environ.get(name):
            with Path(environ[name]).open("a", encoding="utf-8", newline="\n") as file:
                file.write(text)
