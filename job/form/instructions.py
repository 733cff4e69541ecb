"""What people are told in the sheet: a note on each title, and the tab « Mode d'emploi ». Pure."""

from __future__ import annotations

from job.config import Column, Config
from job.form.own_tab import Cell
from job.output.escape import Trusted
from job.output.template import render_template
from job.text import plural


def choices(column: Column, config: Config) -> tuple[str, ...]:
    """The labels that a column's drop-down list offers, () when it has none."""
    has_list = column.field in ("theme", "category", "ministry", "status") or column.kind == "choice"
    return config.labels(column.field) if has_list else ()


def is_closed(column: Column) -> bool:
    """Whether its list admits nothing else: there are more ministries than any list of them."""
    return column.field != "ministry"


_BLOCKS = "Si cette case est vide, la ligne n'est pas publiée."
_ASKED = "Si cette case est vide, le robot demande de la compléter."


def what_to_type(column: Column, config: Config) -> str:
    """What people are told of a column, in its note and in the instructions. Tests hold it against the rules."""
    promising = " ou ".join(f"« {status.label} »" for status in config.statuses if status.promises_access)
    told = {
        "category": _BLOCKS,
        "name": f"{plural(config.limits.name, 'caractère')} au plus. {_BLOCKS}",
        "producer": _ASKED,
        "ministry": _ASKED,
        "status": f"{_ASKED} La ligne est publiée avec le statut « {config.placeholder} ».",
        "url": f"Attendu avec le statut {promising}." if promising else "Facultatif.",
    }.get(column.field, "Facultatif.")
    if not choices(column, config):
        return f"{column.help} {told}"
    if is_closed(column):
        return f"{column.help} Rien d'autre que la liste n'est accepté. {told}"
    whom = f" {config.sheet.contact} peut l'y ajouter." if config.sheet.contact else ""
    own = f"Un seul, le principal. S'il n'est pas dans la liste, tapez-le : il sera publié tel quel.{whom}"
    return f"{column.help} {own} {told}"


_SIZES = {"# ": 16, "## ": 12}  # of a line that begins so, in points


def render_instructions(config: Config) -> list[list[Cell]]:
    """The rows of the instructions tab: one or two cells each.

    Raises:
        JobError: the template is wrong.
    """
    text = render_template(
        "instructions.txt.j2",
        config,
        Trusted,
        columns=[(column.title, column.example, what_to_type(column, config)) for column in config.asked],
        statuses=config.statuses,
        themes=config.themes,
        placeholder=config.placeholder,
        contact=config.sheet.contact,
        feedback=config.feedback.enabled,
    ).decode()
    return [_line(*line.strip().split(" | ", 1)) for line in text.strip().split("\n")]


def _line(first: str, *second: str) -> list[Cell]:
    mark = next((mark for mark in _SIZES if first.startswith(mark)), "")
    look = Cell(first.removeprefix(mark), size=_SIZES.get(mark, 10), is_bold=bool(mark or second), wraps=bool(second))
    return [look, *map(Cell, second)]
