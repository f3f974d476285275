"""Strict reading of YAML: unknown keys are refused, and every error names its file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

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
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        line = first_line + (error.problem_mark.line if error.problem_mark else 0)
        raise DefinitionError(f"{path}:{line}: is not valid YAML: {error.problem or error.context}.") from None
    lines: dict[Location, int] = {}
    if node is None:
        return None, lines
    _collect_lines(node, (), lines, path, first_line)
    return loader.construct_document(node), lines


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
        faults = [_sentence(detail, path, lines) for detail in error.errors(include_url=False)]
        raise DefinitionError("\n".join(dict.fromkeys(faults))) from None


def _sentence(detail: ErrorDetails, path: Path, lines: Mapping[Location, int]) -> str:
    where = _known_part(detail["loc"], lines)
    context = detail.get("ctx") or {}
    line = lines.get((*where, str(context.get("key", ""))), lines.get(where, 1))
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(".")
    message = fault_message(detail)
    return f"{path}:{line}: {place + ': ' if place else ''}{message}{'' if message.endswith(('.', '?')) else '.'}"


def fault_message(detail: ErrorDetails) -> str:
    """Return what is wrong with a value, and what is allowed, without where it stands."""
    if detail["type"] == "missing":
        return f"key {str(detail['loc'][-1])!r} is missing"
    if detail["type"] == "literal_error":
        allowed = re.findall(r"'([^']*)'", str((detail.get("ctx") or {}).get("expected", "")))
        said = str(detail["input"])
        return f"{said!r} is none of the choices. Allowed: {', '.join(allowed)}.{did_you_mean(said, allowed)}"
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
