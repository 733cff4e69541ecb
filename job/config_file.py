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
from job.model import UNCHANGED, JobError
from job.text import nearest, plural

_SENTENCES = {  # pydantic's type of error → what to tell
    "missing": "cette clé, ou cette section, manque. Ajoutez-la.",
    "string_type": "il faut un texte entre guillemets.",
    "bool_type": "il faut true ou false, sans guillemets.",
    "int_type": "il faut un nombre entier, sans guillemets.",
    "float_type": "il faut un nombre, sans guillemets : 0.2 pour 20 %.",
    "greater_than_equal": "ce nombre est trop petit. Mettez {ge:g} ou plus.",
    "less_than_equal": "ce nombre est trop grand. Mettez {le:g} ou moins.",
    **dict.fromkeys(("tuple_type", "frozen_set_type"), "il faut une liste entre crochets [ ]."),
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
    ranks = " (entre crochets : le rang dans la liste, à partir de 1)" if "[" in "".join(mistakes) else ""
    count = plural(len(mistakes), "erreur")
    raise JobError("\n".join([f"{path.name} contient {count}{ranks} :", *mistakes, UNCHANGED]))


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # with the mark that Windows adds, or without
    except OSError:
        trouble = f"{path} est introuvable ou illisible. Indiquez son chemin avec --config."
    except UnicodeDecodeError:
        trouble = f"{path.name} n'est pas en UTF-8. Enregistrez-le avec l'encodage UTF-8."
    except tomllib.TOMLDecodeError as error:
        words = re.sub(r"at line (\d+), column \d+", r"ligne \1", str(error)).replace("at end of document", "à la fin")
        trouble = (
            f"{path.name} n'est pas du TOML : {words}. Une valeur s'écrit true ou false, sans guillemets, ou un texte "
            "entre guillemets, ou un nombre, ou une liste entre crochets. Comparez cette ligne, et celle d'avant, avec "
            "leurs voisines."
        )
    raise JobError(f"{trouble} {UNCHANGED}")


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
        model: Any = Config
        for name in (name for name in place if isinstance(name, str)):
            annotation = model.model_fields[name].annotation
            model = next(iter(get_args(annotation)), annotation)
        known = [name for name in model.model_fields if name != "root"]
        if meant := nearest(str(key), {name: name for name in known}):
            return [f"clé inconnue. Vouliez-vous dire « {meant} » ?"]
        return [f"clé inconnue. Clés : {', '.join(known)}."]
    return [_SENTENCES.get(kind, error["msg"]).format(**context).replace(" or ", " ou ")]  # pydantic lists in English
