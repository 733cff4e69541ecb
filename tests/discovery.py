"""Google's own description of the Sheets API, to check requests against: what it does not list, Google refuses.

It is the discovery document that google-api-python-client ships (https://sheets.googleapis.com/$discovery/rest?version=v4).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import googleapiclient

# The message that the field mask of each request is about.
_MASKED = {
    "UpdateCellsRequest": "CellData",
    "RepeatCellRequest": "CellData",
    "UpdateSheetPropertiesRequest": "SheetProperties",
    "UpdateDimensionPropertiesRequest": "DimensionProperties",
    "UpdateProtectedRangeRequest": "ProtectedRange",
    "UpdateBandingRequest": "BandedRange",
}
_KINDS: dict[str, Any] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}


@cache
def _schemas() -> dict[str, Any]:
    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    schemas: dict[str, Any] = json.loads((folder / "sheets.v4.json").read_text(encoding="utf-8"))["schemas"]
    return schemas


def mistakes(value: Any, schema: str) -> list[str]:
    """Why Google would refuse this message; [] when it would not."""
    return list(_message(value, schema, schema))


def _message(value: Any, schema: str, path: str) -> Iterator[str]:
    known = _schemas()[schema].get("properties", {})
    if not isinstance(value, dict):
        yield f"{path}: not an object"
        return
    if schema in {"Request", "ExtendedValue"} and len(value) > 1:
        yield f"{path}: one of {sorted(value)}, not all"
    if schema == "Request" and not value:
        yield f"{path}: empty"
    for key, inner in value.items():
        if key not in known:
            yield f"{path}.{key}: unknown field"
        elif known[key].get("readOnly"):
            yield f"{path}.{key}: read-only"
        elif known[key].get("format") == "google-fieldmask":
            yield from (f"{path}.{key}: {problem}" for problem in mask_mistakes(inner, _MASKED[schema]))
        else:
            yield from _value(inner, known[key], f"{path}.{key}")
    if schema == "DataValidationRule":
        yield from _condition(value, "data validation", path)
    if schema == "BooleanRule":
        yield from _condition(value, "conditional formatting", path)


def _value(value: Any, field: dict[str, Any], path: str) -> Iterator[str]:
    if "$ref" in field:
        yield from _message(value, field["$ref"], path)
        return
    kind = _KINDS[field["type"]]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        yield f"{path}: not of type {field['type']}"
    elif "enum" in field and value not in field["enum"]:
        yield f"{path}: {value!r} is none of its values"
    elif field.get("format") == "int32" and not -(2**31) <= value < 2**31:
        yield f"{path}: beyond 32 bits"
    elif field["type"] == "array":
        for rank, item in enumerate(value):
            yield from _value(item, field["items"], f"{path}[{rank}]")
    elif field["type"] == "object":
        yield f"{path}: a map, which no request of ours needs"


def _condition(rule: dict[str, Any], use: str, path: str) -> Iterator[str]:
    """A condition is only good for the uses that its description lists, and with so many values."""
    kinds = _schemas()["BooleanCondition"]["properties"]["type"]
    condition = rule["condition"]
    description = dict(zip(kinds["enum"], kinds["enumDescriptions"], strict=True))[condition["type"]]
    values = [value.get("userEnteredValue", "") for value in condition.get("values", [])]
    if use not in description:
        yield f"{path}: {condition['type']} is not for {use}"
    if "Requires a single ConditionValue" in description and len(values) != 1:
        yield f"{path}: {condition['type']} takes one value"
    if "Requires no ConditionValues" in description and values:
        yield f"{path}: {condition['type']} takes no value"
    if "Formulas are not supported" in description and [text for text in values if text[:1] in "=+"]:
        yield f"{path}: a list takes no formula"
    if condition["type"] == "CUSTOM_FORMULA" and not values[0].startswith("="):
        yield f"{path}: no formula"


class MaskError(ValueError):
    """Google answers 400 to such a mask."""


def mask_mistakes(mask: str, schema: str) -> list[str]:
    """What this field mask names that the message has not; [] when Google would take it."""
    try:
        parse_mask(mask, schema)
    except MaskError as error:
        return [str(error)]
    return []


def parse_mask(mask: str, schema: str) -> dict[str, Any]:
    """A field mask in any notation, `a(b,c)`, `a/b` or `a.b`, as nested dictionaries of fields that Google knows."""
    tokens = re.findall(r"\w+|.", mask)[::-1]

    def fields(schema: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while True:
            name, below = field(schema)
            found.setdefault(name, {}).update(below)
            if tokens[-1:] != [","]:
                return found
            tokens.pop()

    def field(schema: str) -> tuple[str, dict[str, Any]]:
        name = tokens.pop() if tokens else ""
        known = _schemas()[schema].get("properties", {}).get(name) if schema else None
        if known is None:
            raise MaskError(f"{name!r} is not in {schema or 'a plain value'}")
        inner = known.get("$ref") or known.get("items", {}).get("$ref", "")
        if tokens[-1:] == ["("]:
            tokens.pop()
            below = fields(inner)
            if tokens[-1:] != [")"]:
                raise MaskError(f"{mask!r} ends too early")
            tokens.pop()
        elif tokens[-1:] in (["."], ["/"]):
            tokens.pop()
            below = dict([field(inner)])
        else:
            below = {}
        return name, below

    found = fields(schema)
    if tokens:
        raise MaskError(f"{mask!r} goes on after its end")
    return found
