"""Strict reading of YAML: unknown keys are refused, and every error names its file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from journey_analytics.definitions.yaml_faults import yaml_fault
from journey_analytics.errors import DefinitionError, did_you_mean

# the C parser is five times as fast, where PyYAML was built with it
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Location = tuple[str | int, ...]


class Definition(BaseModel):
    """A frozen definition that refuses keys it does not know and says which it does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            allowed = sorted(field.alias or name for name, field in cls.model_fields.items())
            for key in value:
                if key not in allowed:
                    raise PydanticCustomError(
                        "unknown_key",
                        "unknown key '{key}'. Allowed: {allowed}.{hint}",
                        {"key": str(key), "allowed": ", ".join(allowed), "hint": did_you_mean(str(key), allowed)},
                    )
        return value


Kind = TypeVar("Kind", bound=Definition)


def read_yaml(text: str, path: Path, first_line: int = 1) -> tuple[Any, dict[Location, int]]:
    """Return the data of a YAML text and the line of each key and item.

    Args:
        text: the YAML.
        path: the file it stands in, for messages.
        first_line: the line of the file at which the text starts (front matter starts below the comment mark).

    Raises:
        DefinitionError: the text is no YAML, or says a key twice.
    """
    lines: dict[Location, int] = {}
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None, lines
        _collect_lines(node, (), lines, path, first_line)
        return loader.construct_document(node), lines
    except yaml.YAMLError as error:
        line, wrong = yaml_fault(text, error, _Loader, first_line)
        raise DefinitionError(f"{path}:{line}: is not valid YAML: {wrong}.") from None


def _collect_lines(node: yaml.Node, at: Location, lines: dict[Location, int], path: Path, first_line: int) -> None:
    lines.setdefault(at, node.start_mark.line + first_line)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*at, _plain(key))
            line = key.start_mark.line + first_line
            if here in lines:
                raise DefinitionError(
                    f"{path}:{line}: key {key.value!r} stands twice; the first is at line {lines[here]}."
                )
            lines[here] = line
            _collect_lines(value, here, lines, path, first_line)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _collect_lines(value, (*at, index), lines, path, first_line)
    elif node.tag == "tag:yaml.org,2002:timestamp":
        _refuse_impossible_date(node, path, first_line)


def _refuse_impossible_date(node: Any, path: Path, first_line: int) -> None:
    try:
        yaml.constructor.SafeConstructor().construct_yaml_timestamp(node)
    except ValueError as error:
        line = node.start_mark.line + first_line
        raise DefinitionError(f"{path}:{line}: {node.value!r} is no date that there is: {error}.") from None


def _plain(key: yaml.Node) -> str | int:
    return int(key.value) if key.tag == "tag:yaml.org,2002:int" else str(key.value)


def validated(kind: type[Kind], data: Any, path: Path, lines: Mapping[Location, int]) -> Kind:
    """Return `data` as a `kind`.

    Raises:
        DefinitionError: one line per fault: file, line, where in the file, what is wrong and what is allowed.
    """
    if data is None:
        data = {}
    if not isinstance(data, Mapping):
        raise DefinitionError(f"{path}:1: should be a list of 'key: value' lines, but is {type(data).__name__}.")
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        # a list whose only item is wrong counts as empty too: the item's own fault says it all
        told = [
            detail
            for detail in details
            if detail["type"] != "too_short" or not any(_is_within(other["loc"], detail["loc"]) for other in details)
        ]
        faults = [_sentence(detail, path, lines) for detail in told]
        raise DefinitionError("\n".join(dict.fromkeys(faults))) from None


def _is_within(inner: Location, outer: Location) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def misplaced(message: str, *at: str | int) -> PydanticCustomError:
    """Return the error of a validator that looks at a whole, with the place within it that is wrong."""
    return PydanticCustomError("misplaced", "{told}", {"told": message, "at": at})


def _sentence(detail: ErrorDetails, path: Path, lines: Mapping[Location, int]) -> str:
    context = detail.get("ctx") or {}
    where = _known_part((*detail["loc"], *context.get("at", ())), lines)
    line = lines.get((*where, str(context.get("key", ""))), lines.get(where, 1))
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(".")
    message = fault_message(detail)
    return f"{path}:{line}: {place + ': ' if place else ''}{message}{'' if message.endswith(('.', '?')) else '.'}"


# the patterns of definitions, in words
PATTERNS = {
    r"^[a-z][a-z0-9_]*$": "Write small letters, digits and _, a letter first",
    r"^[A-Z]{3}$": "Write three capitals, such as EUR",
    r"^[1-9]\d*(MB|GB)$": "Write a whole number and MB or GB, without a space, such as 4GB",
    r"^kpi_[a-z][a-z0-9_]*$": "Write kpi_ and then small letters, digits and _, such as kpi_net_promoter_score",
    r"^One row per ": "The first sentence begins with 'One row per '",
}
_KINDS = {
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "float_parsing": "is no number",
    "float_type": "is no number",
    "int_parsing": "is no whole number",
    "int_type": "is no whole number",
    "int_from_float": "is no whole number",
    "string_type": "is no text. Put it between quotes",
    "dict_type": "is no list of 'key: value'",
    "model_type": "is no list of 'key: value'",
    "tuple_type": "is no list. Write [a, b], or lines that begin with '- '",
    "date_from_datetime_parsing": "is no date. Write it as 2026-03-31",
    "date_parsing": "is no date. Write it as 2026-03-31",
    "date_type": "is no date. Write it as 2026-03-31",
}
_BOUNDS = {
    "greater_than_equal": "small. Allowed: {ge} or more",
    "less_than_equal": "large. Allowed: {le} or less",
    "string_too_short": "short. Write at least {min_length} characters",
    "too_short": "short. Write at least {min_length}",
}
_SHOWN = 60


def fault_message(detail: ErrorDetails) -> str:
    """Return what is wrong with a value, and what is allowed, without where it stands."""
    kind, context = detail["type"], detail.get("ctx") or {}
    if kind == "missing":
        return f"key {str(detail['loc'][-1])!r} is missing"
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        said = str(detail["input"])
        return f"{said!r} is none of the choices. Allowed: {', '.join(allowed)}.{did_you_mean(said, allowed)}"
    if kind in _KINDS and detail["input"] is None:
        return "says nothing. Write a value, or leave the key out"
    said = repr(detail["input"])[:_SHOWN]
    if kind in _KINDS:
        return f"{said} {_KINDS[kind]}"
    if kind in _BOUNDS:
        return f"{said} is too {_BOUNDS[kind].format(**context)}"
    if kind == "string_pattern_mismatch":
        return f"{said} is not allowed. {PATTERNS[context['pattern']]}"
    return detail["msg"].removeprefix("Value error, ")


def _known_part(location: Location, lines: Mapping[Location, int]) -> Location:
    """Return the location without the names of union members that pydantic mixes in."""
    known: Location = ()
    for part in location:
        if (*known, part) in lines:
            known = (*known, part)
    return known


def read_definition(kind: type[Kind], path: Path) -> Kind:
    """Return the definition that a YAML file holds.

    Raises:
        DefinitionError: see `validated`; also when the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError(
            f"{path}: cannot be read ({error}). Is the name right, and the file UTF-8 text?"
        ) from None
    data, lines = read_yaml(text, path)
    return validated(kind, data, path, lines)


def place_in(path: Path, location: Location) -> str:
    """Return `file:line` of a key that a YAML file says; the file alone where it does not say it, or is not there."""
    if not path.is_file():
        return str(path)
    lines = read_yaml(path.read_text(encoding="utf-8"), path)[1]
    return f"{path}:{lines[location]}" if location in lines else str(path)


def nearest_place(path: Path, location: Location) -> str:
    """Return `file:line` of a key or item that a YAML file says, or of the nearest that it says around it."""
    lines = read_yaml(path.read_text(encoding="utf-8"), path)[1]
    while location not in lines:
        location = location[:-1]
    return f"{path}:{lines[location]}"
