"""Arrow arrays as the lines that `bq extract` writes: INT64 as text, nulls left out, `<`, `>` and `&` escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from journey_analytics.sample.schema import Column

ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))


def fields_of(columns: Mapping[str, Column]) -> list[Column]:
    """Return the columns as JSON fields, each distinct value written out once; empty columns are left out."""
    return [
        Column(_field(name, column.values), column.rows)
        for name, column in columns.items()
        if column.values.null_count < len(column.values)
    ]


def json_lines(fields: Sequence[Column], start: int, length: int) -> bytes:
    """Return some rows as JSON objects, each ended by a line feed. `fields` come from `fields_of`."""
    texts = [field.slice(start, length) for field in fields]
    body = _joined(texts)
    return _bytes_of(pc.binary_join_element_wise("{", body, "}\n", ""))


def json_texts(values: pa.Array) -> pa.Array:
    """Return each value as JSON text; null stays null, so that its field can be left out."""
    kind = values.type
    if pa.types.is_struct(kind):
        return _objects(values)
    if pa.types.is_list(kind):
        return _lists(values)
    if pa.types.is_string(kind):
        return _quoted(values)
    if pa.types.is_boolean(kind):
        return pc.cast(values, pa.string())
    if pa.types.is_floating(kind):
        return _floats(values)
    return pc.binary_join_element_wise('"', pc.cast(values, pa.string()), '"', "")


def _field(name: str, values: pa.Array) -> pa.Array:
    if values.null_count == len(values):
        return pa.nulls(len(values), pa.string())
    return pc.binary_join_element_wise(f'"{name}":', json_texts(values), "")


def _joined(fields: Sequence[pa.Array]) -> pa.Array:
    """Return the fields that are there, with commas; an empty text where none is (Arrow would drop that row)."""
    nothing = fields[0].is_null()
    for field in fields[1:]:
        nothing = pc.and_(nothing, field.is_null())
    first = pc.if_else(nothing, "", fields[0])
    return pc.binary_join_element_wise(first, *fields[1:], ",", null_handling="skip")


def _objects(values: pa.StructArray) -> pa.Array:
    kind = values.type
    fields = [_field(kind.field(number).name, child) for number, child in enumerate(values.flatten())]
    body = _joined(fields)
    texts = pc.binary_join_element_wise("{", body, "}", "")
    return pc.if_else(values.is_valid(), texts, None) if values.null_count else texts


def _lists(values: pa.ListArray) -> pa.Array:
    texts = json_texts(values.flatten())
    offsets = np.asarray(values.offsets)
    lists = pa.ListArray.from_arrays(pa.array(offsets - offsets[0], pa.int32()), texts)
    return pc.binary_join_element_wise("[", pc.binary_join(lists, ","), "]", "")


def _quoted(values: pa.Array) -> pa.Array:
    """Return texts in quotes. Texts repeat a lot, so that each distinct one is escaped once."""
    coded = values.dictionary_encode()
    texts = coded.dictionary
    for plain, escaped in ESCAPES:
        texts = pc.replace_substring(texts, plain, escaped)
    return pc.binary_join_element_wise('"', texts, '"', "").take(coded.indices)


def _floats(values: pa.Array) -> pa.Array:
    texts = pc.cast(values, pa.string())
    whole = pc.invert(pc.match_substring_regex(texts, "[.e]"))
    return pc.if_else(whole, pc.binary_join_element_wise(texts, ".0", ""), texts)


def _bytes_of(texts: pa.Array) -> bytes:
    """Return all texts end to end."""
    _, offsets, data = texts.buffers()
    edges = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return bytes(memoryview(data)[edges[0] : edges[-1]]) if len(texts) else b""
