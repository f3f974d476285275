"""The shape of a Parquet file, from its footer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from journey_analytics.ingest.file_kind import FileRefused
from journey_analytics.ingest.ga4_layout import Shape, is_nested_as, list_element

TEXT_TYPES = ("string", "large_string")
# a column without any value, and a list that is empty in every row, with and without Parquet's own wrapper in the data
_NOTHING: tuple[Shape, ...] = ("null", ["null"], {"list": ["null"]}, {"list": [{"element": "null"}]})


def parquet_shape(path: Path) -> dict[str, Shape]:
    """Return the columns of a Parquet file with their shapes.

    Raises:
        FileRefused: the footer cannot be read.
    """
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError):
        raise FileRefused("is damaged: it begins like Parquet and has no readable end; download it again") from None
    return {field.name: _shape(field.type) for field in schema}


def refuse_without(required: Iterable[str], shape: Mapping[str, Shape], instead: str) -> None:
    """Refuse a file that lacks a column.

    Raises:
        FileRefused: a column is missing; `instead` says what to export.
    """
    missing = [name for name in required if name not in shape]
    if missing:
        raise FileRefused(f"lacks {', '.join(missing)}; it has {', '.join(list(shape)[:12])}. {instead}")


def holds_texts(shape: Mapping[str, Shape], export: Mapping[str, Shape]) -> bool:
    """Return whether nested data of the export is text in this file, at any depth.

    Raises:
        FileRefused: it is neither nested nor text.
    """
    other = dict(_in_another_form(shape, export))
    wrong = [path for path, found in other.items() if found not in TEXT_TYPES]
    if wrong:
        raise FileRefused(
            f"holds {', '.join(wrong)} in another form than the export of GA4 does; "
            "export the table itself as Parquet or newline-delimited JSON"
        )
    return bool(other)


def _in_another_form(
    shape: Mapping[str, Shape], export: Mapping[str, Shape], within: str = ""
) -> Iterator[tuple[str, Shape]]:
    """Yield the path and the shape of what is not nested as the export has it; nulls go as anything."""
    for name, wanted in export.items():
        found = shape.get(name, "null")
        if found in _NOTHING:
            continue
        if not is_nested_as(found, wanted):
            yield f"{within}{name}", found
        elif isinstance(wanted, dict) and isinstance(found, dict):
            yield from _in_another_form(found, wanted, f"{within}{name}.")
        elif isinstance(wanted, list) and isinstance(wanted[0], dict):
            element = list_element(found)
            assert element is not None, "it is nested as the export has it"
            yield from _in_another_form(element[0], wanted[0], f"{within}{name}[].")


def _shape(type_: pa.DataType) -> Shape:
    if pa.types.is_struct(type_):
        return {field.name: _shape(field.type) for field in type_}
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return [_shape(type_.value_type)]
    if pa.types.is_timestamp(type_):
        return "timestamp"
    return "null" if pa.types.is_null(type_) else str(type_)
