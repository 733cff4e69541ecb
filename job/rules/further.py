"""Rules for the columns that a list adds: dates, choices, and why a status promises no access."""

from __future__ import annotations

from collections.abc import Iterator

from job.config import Config
from job.model import Finding
from job.rules.row import WITHOUT_THIS_CELL, Row


def further_cells_are_understood(row: Row, config: Config) -> Iterator[Finding]:
    """A date is one, and a choice is one of its list."""
    for field, cell in row.altered:
        if not cell.is_unknown:
            continue
        if config.kinds[field] == "date":
            problem, remedy = "ce n'est pas une date précise.", "Tapez un jour, un mois et une année, comme 31/12/2026."
            yield row.to_fix(field, "date-illisible", problem, remedy, effect=WITHOUT_THIS_CELL)
        elif config.kinds[field] == "choice":
            remedy = "" if cell.meant else f"Valeurs admises : {', '.join(config.column(field).choices)}."
            problem, effect = "cette valeur n'est pas dans la liste.", WITHOUT_THIS_CELL
            yield row.to_fix(field, "valeur-inconnue", problem, remedy, effect=effect, suggestion=cell.meant)


def delay_is_explained(row: Row, config: Config) -> Iterator[Finding]:
    """A status that promises no access comes with a reason or a date, where the sheet asks for them."""
    if not row.status or row.status.promises_access:
        return
    asked = [it.field for it in config.extra if (it.explains or it.deadline) and it.field in row.tab.columns]
    if asked and not any(row[field].is_filled for field in asked):
        problem = f"rien ne dit pourquoi, ni jusqu'à quand, le statut est « {row.status.label} »."
        yield row.info(asked[0], "retard-inexplique", problem, "Vous pouvez le dire ici.")


def deadline_is_to_come(row: Row, config: Config) -> Iterator[Finding]:
    """An expected date that is past asks for news, while nothing is accessible. The only rule that knows the date."""
    if not row.today or not row.status or row.status.promises_access:
        return
    for field in (column.field for column in config.extra if column.deadline):
        if "" < row[field].value < row.today:
            problem = f"cette date est passée, et le statut est encore « {row.status.label} »."
            yield row.to_fix(field, "date-passee", problem, "Changez le statut, ou la date.")
