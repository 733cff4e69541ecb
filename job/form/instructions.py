"""What people are told in the sheet: a note on each title, and the tab « Mode d'emploi ». Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from job.form.own_tab import Cell
from job.model import ROLES, Severity, Snapshot, Tab
from job.output.escape import Trusted
from job.output.template import render_template
from job.rules.judge import judge
from job.source.titles import where
from job.text import plural

if TYPE_CHECKING:
    from job.config import Column, Config


def choices(column: Column, config: Config) -> tuple[str, ...]:
    """The labels that a column's drop-down list offers, () when it has none."""
    has_list = column.field in ("theme", "category", "ministry", "status") or column.kind == "choice"
    return config.labels(column.field) if has_list else ()


def is_closed(column: Column) -> bool:
    """Whether its list admits nothing else: there are more ministries than any list of them."""
    return column.field != "ministry"


def what_to_type(column: Column, config: Config) -> str:
    """What people are told of a column, in its note and in the instructions."""
    return " ".join(_sentences(column, config))


def _sentences(column: Column, config: Config) -> Iterator[str]:
    yield column.help
    if choices(column, config) and is_closed(column):
        yield "Rien d'autre que la liste n'est accepté."
    elif choices(column, config):
        yield "Un seul, le principal. S'il n'est pas dans la liste, tapez-le : il sera publié tel quel."
        if config.sheet.contact:
            yield f"{config.sheet.contact} peut l'y ajouter."
    if column.field == "name":
        yield f"{plural(config.limits.name, 'caractère')} au plus."
    if any(each.example for each in config.columns):
        yield _if_empty(column.field, config)


def _if_empty(field: str, config: Config) -> str:
    """What an empty cell entails, as the rules judge the example without it, under each status."""
    example = {column.field: column.example for column in config.columns}
    letters = {column.field: where(None, position) for position, column in enumerate(config.columns)}
    found = {}
    for status in config.statuses:
        cells = {**dict.fromkeys((*ROLES, "link", "link_at"), ""), **example, "status": status.label, field: ""}
        rows = pd.DataFrame([{"tab": 0, "row": 3, **cells}])
        for finding in judge(Snapshot("", "", (Tab("", None, letters),), rows, ()), config).findings:
            if finding.column == config.title(field) and finding.severity is not Severity.INFO:
                found[status.label] = finding
    if not found:
        return "Facultatif."
    if len(found) < len(config.statuses):
        return f"Attendu avec le statut {' ou '.join(f'« {label} »' for label in found)}."
    finding = next(iter(found.values()))
    if finding.severity is Severity.BLOCKING:
        return "Si cette case est vide, la ligne n'est pas publiée."
    return f"Si cette case est vide, le robot demande de la compléter. {finding.effect}".rstrip()


_SIZES = {"# ": 16, "## ": 12}  # of a line that begins so, in points


def render_instructions(config: Config, texts: Mapping[str, str]) -> list[list[Cell]]:
    """The rows of the instructions tab: one or two cells each.

    Raises:
        JobError: the template is wrong.
    """
    text = render_template(
        "instructions.txt.j2",
        config,
        Trusted,
        list=config.list,
        columns=[(column.title, column.example, texts[column.field]) for column in config.columns],
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
