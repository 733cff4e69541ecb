"""config.toml → Config. Every mistake in the file is named with its key, all at once, in French."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from job.config import Config
from job.model import JobError
from job.text import nearest

_SENTENCES = {  # pydantic's type of error → what to tell
    "missing": "cette clé, ou cette section, manque. Ajoutez-la.",
    "string_type": "il faut un texte entre guillemets.",
    "bool_type": "il faut true ou false, sans guillemets.",
    "int_type": "il faut un nombre entier, sans guillemets.",
    "float_type": "il faut un nombre, sans guillemets : 0.2 pour 20 %.",
    "greater_than_equal": "ce nombre est trop petit. Mettez {ge:g} ou plus.",
    "less_than_equal": "ce nombre est trop grand. Mettez {le:g} ou moins.",
    "tuple_type": "il faut une liste entre crochets [ ].",
    "model_type": "il faut des clés : une section [ … ], ou une entrée entre accolades {{ … }}.",
    "literal_error": "cette valeur n'est pas admise. Choisissez : {expected}.",
}


def load_config(path: Path) -> Config:
    """The configuration in this file.

    Raises:
        JobError: the file is missing, unreadable or wrong; every mistake in it is listed with its key.
    """
    root, file = path.parent.resolve(), _parse(path)
    try:
        return Config.model_validate({**file, "root": root}, context={"root": root})
    except ValidationError as error:
        told = [(_place(each["loc"], file), _sentences(each)) for each in error.errors(include_url=False)]
    mistakes = [f"- {place} : {sentence}" for place, sentences in told for sentence in sentences]
    count = "1 erreur" if len(mistakes) == 1 else f"{len(mistakes)} erreurs"
    ranks = " (entre crochets : le rang dans la liste, à partir de 1)" if "[" in "".join(mistakes) else ""
    raise JobError("\n".join([f"{path.name} contient {count}{ranks} :", *mistakes, "Rien n'a été modifié."]))


def _parse(path: Path) -> dict[str, Any]:
    """The file's tables and values; a byte-order mark or Windows line ends make no difference."""
    try:
        raw = path.read_bytes()
        return tomllib.loads(raw.decode("utf-8-sig"))
    except OSError:
        trouble = f"{path} est introuvable ou illisible. Indiquez son chemin avec --config."
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        trouble = f"{path.name}, ligne {line} : le texte n'est pas en UTF-8. Enregistrez-le avec l'encodage UTF-8."
    except tomllib.TOMLDecodeError as error:
        found = re.search(r" \(at (?:line (\d+).*|end of document)\)$", str(error))
        line = int(found[1]) if found and found[1] else raw.count(b"\n") + 1
        trouble = (
            f"{path.name}, ligne {line} : ce n'est pas du TOML ({str(error)[: found.start() if found else None]}). "
            "Une valeur s'écrit true ou false, sans guillemets, ou un texte entre guillemets, ou un nombre, ou une "
            "liste entre crochets. Comparez cette ligne, et celle d'avant, avec leurs voisines."
        )
    raise JobError(f"{trouble} Rien n'a été modifié.")


def _place(keys: Iterable[int | str], file: Any) -> str:
    """A key's path, and the label or title of the entry it is in: « themes[2].categories[20].uri (« Air ») »."""
    path = entry = ""
    for key in keys:
        path += f".{key}" if isinstance(key, str) else f"[{key + 1}]"
        file = file.get(key) if isinstance(key, str) else file[key]
        if isinstance(key, int) and isinstance(file, dict):
            entry = file.get("label") or file.get("title") or ""
    return path.removeprefix(".") + (f" (« {entry} »)" if entry else "")


def _sentences(error: ErrorDetails) -> list[str]:
    """What is wrong there and what to do; several for a list that contradicts itself in several places."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":  # ours
        return str(context["error"]).splitlines()
    if kind == "extra_forbidden":
        *place, key = error["loc"]
        known = _keys_at(place)
        meant = nearest(str(key), known.split(", "), score=70)
        return [f"clé inconnue. Vouliez-vous dire « {meant} » ?" if meant else f"clé inconnue. Clés : {known}."]
    return [_SENTENCES.get(kind, error["msg"]).format(**context).replace(" or ", " ou ")]  # pydantic lists in English


def _keys_at(place: Iterable[int | str]) -> str:
    """The keys that the file may have there."""
    model: Any = Config
    for key in (key for key in place if isinstance(key, str)):
        annotation = model.model_fields[key].annotation
        model = next(iter(get_args(annotation)), annotation)
    return ", ".join(key for key in model.model_fields if key != "root")
