"""What people are told in the sheet: a note on each title, and the tab « Mode d'emploi ». Pure."""

from __future__ import annotations

from job.config import Column, Config
from job.form.own_tab import NewCell
from job.output.escape import Trusted
from job.output.template import render_template
from job.text import plural


def choices(column: Column, config: Config) -> tuple[str, ...]:
    """The labels that a column's drop-down list offers, () when it has none: any producer may be typed."""
    return config.labels(column.field) if column.field in config.lookup and column.field != "producer" else ()


def what_to_type(column: Column, config: Config) -> str:
    """What people are told of a column, in its note and in the instructions. Tests hold it against the rules."""
    promising = " ou ".join(f"« {status.label} »" for status in config.statuses if status.promises_access)
    blocks = "Si cette case est vide, la ligne n'est pas publiée."
    asked = "Si cette case est vide, le robot demande de la compléter."
    when_empty = {
        "category": blocks,
        "name": f"{plural(config.limits.name, 'caractère')} au plus. {blocks}",
        "producer": asked,
        "ministry": asked,
        "status": f"{asked} La ligne est publiée avec le statut « {config.placeholder} ».",
        "url": f"Attendu avec le statut {promising}." if promising else "Facultatif.",
    }.get(column.field, "Facultatif.")
    of_list = "Rien d'autre que la liste n'est accepté." if choices(column, config) else ""
    if column.field == "ministry":
        whom = f" {config.sheet.contact} peut l'y ajouter." if config.sheet.contact else ""
        of_list = f"Un seul, le principal. S'il n'est pas dans la liste, tapez-le : il sera publié tel quel.{whom}"
    return " ".join(filter(None, (column.help, of_list, when_empty)))


def render_instructions(config: Config) -> list[list[NewCell]]:
    """The rows of the instructions tab: one or two cells each.

    Raises:
        JobError: the template is wrong.
    """
    columns = [(column.title, column.example, what_to_type(column, config)) for column in config.new_sheet_columns]
    text = render_template("instructions.txt.j2", config, Trusted, columns=columns, settings=config).decode()
    return [_line(*line.strip().split(" | ", 1)) for line in text.strip().split("\n")]


_SIZES = {"# ": 16, "## ": 12}  # of a line that begins so, in points


def _line(first: str, *second: str) -> list[NewCell]:
    mark = next((mark for mark in _SIZES if first.startswith(mark)), "")
    text, size, is_pair = first.removeprefix(mark), _SIZES.get(mark, 10), bool(second)
    return [NewCell(text, size=size, is_bold=bool(mark) or is_pair, wraps=is_pair), *map(NewCell, second)]
