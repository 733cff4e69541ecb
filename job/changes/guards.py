"""What a night may not do: changes that are more likely an accident than somebody's wish."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from job.config import Config
from job.model import Change, Kind, Night, Record, count_datasets
from job.text import and_others, shorten

_FIRST = 5  # rows that a refusal names
_FREQUENT = 3  # values that it shows
# What a refusal says. docs/when-a-night-fails.md explains each.
EMPTY = "Le tableau ne contient aucune ligne publiable."
ALL_BLOCKED = "{read} lignes lues, aucune publiable : {codes}."
TOO_FEW = "Le tableau ne contient que {count} lignes publiables (minimum : {least})."
TOO_MANY_GONE = "{count} lignes publiées sur {before} ont disparu du tableau (plafond : {most}\u202f%) : {names}."
TOO_MANY_CHANGED = "{count} lignes sur {rows} changent dans la colonne « {title} » (plafond : {most}\u202f%) : {shown}."
_RESTORE = "Rétablissez le tableau depuis son historique ; si c'est voulu, relancez avec --accept."
_NOT_CHANGED = "La page n'a pas été modifiée."


def suspicion(night: Night, under_review: Sequence[Record] | None, config: Config) -> str:
    """Why this night is not let through, "" when it is.

    What the robot's own open pull request proposes already is not counted again: a person looks at it anyway.
    """
    too_few = _too_few(night, config)
    refusal = too_few or next(_too_much(night, night.changes, night.published, config), "")
    if refusal and not too_few and night.since_review is not None:
        refusal = next(_too_much(night, night.since_review, under_review or (), config), "")
    return f"{refusal} {_RESTORE} {_NOT_CHANGED}" if refusal else ""


def _too_few(night: Night, config: Config) -> str:
    count = night.after.total()
    if count >= max(config.guards.min_rows, 1):
        return ""
    codes = Counter(row.finding.code for row in night.verdict.broken)
    if codes and count == 0:
        why = ", ".join(f"{code} × {times}" for code, times in codes.most_common(_FREQUENT))
        return ALL_BLOCKED.format(read=night.verdict.rows_read, codes=why)
    return TOO_FEW.format(count=count, least=config.guards.min_rows) if count else EMPTY


def _too_much(night: Night, changes: Sequence[Change], old: Sequence[Record], config: Config) -> Iterator[str]:
    """That too many datasets went; each column that changed, or cannot be read any more, in too many rows."""
    guards, gone = config.guards, [it.old for it in changes if it.kind is Kind.REMOVED]
    removed = [record.name for record in gone if not record.is_placeholder]
    before = count_datasets(old).total()
    if len(removed) > max(guards.handful, guards.max_removed * before):
        names = ", ".join(map(_quoted, removed[:_FIRST])) + and_others(len(removed) - _FIRST)
        yield TOO_MANY_GONE.format(count=len(removed), before=before, most=round(100 * guards.max_removed), names=names)
    rows, values = len(old) - len(gone), _values(night, changes, config)
    # What fills a column that was empty in every row loses nothing: it may be new in the sheet.
    used = [it.title for it in config.columns if any(config.value(record, it.field) for record in old)]
    for title in used:
        count, most = values[title].total(), round(100 * guards.max_changed)
        if count > max(guards.handful, guards.max_changed * rows):
            shown = ", ".join(f"{value} × {times}" for value, times in values[title].most_common(_FREQUENT))
            yield TOO_MANY_CHANGED.format(count=count, rows=rows, title=title, most=most, shown=shown)


def _values(night: Night, changes: Sequence[Change], config: Config) -> Mapping[str, Counter[str]]:
    """Title of a column → « old » → « new », or that it cannot be read any more → in how many rows."""
    values: dict[str, Counter[str]] = defaultdict(Counter)
    for it in changes:
        for field in config.changed(it):
            if field != "status":  # statuses move on together
                old, new = _quoted(config.value(it.old, field)), _quoted(config.value(it.new, field))
                values[config.title(field)][f"{old} → {new}"] += 1
    for finding in night.kept:
        values[finding.column]["illisible"] += 1
    return values


def _quoted(text: str) -> str:
    return f"« {shorten(text)} »" if text else "vide"
