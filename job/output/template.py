"""Templates: every value is escaped unless it is ours."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

import jinja2

from job.config import Config
from job.model import UNCHANGED, JobError
from job.output.escape import Trusted
from job.text import plural, slug


def render_template(template: str, config: Config, escape: Callable[[str], str], **values: object) -> bytes:
    """The template filled with these values and the words for the list.

    Each is escaped by `escape` unless it is Trusted or a number.

    Raises:
        JobError: the template is missing, unreadable or wrong.
    """
    written = BytesIO()
    try:
        pieces = _environment(config.output.templates, escape).get_template(template).stream(list=config.list, **values)
        pieces.enable_buffering(1_000)  # a long page is never held as text and in UTF-8 at once
        pieces.dump(written, encoding="utf-8")
    except jinja2.TemplateError as error:
        place = f"{error.name}, ligne {error.lineno}" if isinstance(error, jinja2.TemplateSyntaxError) else template
        raise JobError(f"Le modèle {place} est à corriger : {(error.message or '').rstrip('.')}. {UNCHANGED}") from None
    except (OSError, UnicodeError):
        reason = "il ne peut pas être lu, ou n'est pas en UTF-8"
        raise JobError(f"Le modèle {template} est à corriger : {reason}. {UNCHANGED}") from None
    return written.getvalue()


@cache
def _environment(folder: Path, escape: Callable[[str], str]) -> jinja2.Environment:
    ours = Path(__file__).parents[2] / "templates"  # for the templates that a list has not made its own
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, ours]),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701  HTML escaping would be the wrong format: finalize escapes instead
        finalize=lambda value: value if isinstance(value, (Trusted, int)) else escape(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name, render in (("trusted", str), ("plural", plural), ("slug", slug)):
        environment.filters[name] = lambda *given, render=render: Trusted(render(*given))
    return environment
