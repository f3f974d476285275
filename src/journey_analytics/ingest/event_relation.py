"""The query that translates the rows of a file: our columns by name, by path, or the first of several with a value, and
all that no mapping names as parameters.

A column that a path leads into is a box: it is opened once per row, and its fields become parameters of their own, named
by their path. An exploded column is a box as well, of which each row holds one element.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from journey_analytics.definitions.sources import joined_parts
from journey_analytics.ingest.event_sql import CONTENT_COLUMNS
from journey_analytics.ingest.field_paths import FieldPath, read_path
from journey_analytics.ingest.reader import LOAD_PATH
from journey_analytics.warehouse import literal

_KEY_POINTER = "'/' || replace(replace(k, '~', '~0'), '/', '~1')"


@dataclass(frozen=True)
class FileRows:
    """The rows of a file as SQL.

    Attributes:
        source: a table function.
        row_number: the expression of a row's number in the file, null where nobody knows it.
        text_of: column -> the expression of its value as text.
        columns: their names; None for JSON, where each row has its own.
        keys: for JSON the expression of the names that a row has.
        not_ours: names that are no part of the file.
    """

    source: str
    row_number: str
    text_of: Callable[[str], str]
    columns: Sequence[str] | None = None
    keys: str = ""
    not_ours: tuple[str, ...] = ()


def event_relation(rows: FileRows, origins: Mapping[str, Sequence[str]], explode: str | None) -> str:
    """Return a query with load_path, row_number, the mapped columns as texts, other_params, and whether there is an event.

    Args:
        rows: the rows of the file.
        origins: our column -> where its value may stand, first choice first.
        explode: the column that holds a list of events.
    """
    paths = {
        ours: [[read_path(part, rows.columns) for part in joined_parts(origin)] for origin in told]
        for ours, told in origins.items()
    }
    every = [path for told in paths.values() for parts in told for path in parts]
    opened = dict.fromkeys([*([explode] if explode else []), *(path.column for path in every if path.fields)])
    boxes = {column: f"box_{number}" for number, column in enumerate(opened, start=1)}
    mapped = [f"{_first(rows, told, boxes)} as {ours}" for ours, told in paths.items()]
    others = f"cast({_others(rows, _taken(paths), boxes)} as {CONTENT_COLUMNS['other_params']}) as other_params"
    holds = f"{boxes[explode]} is not null" if explode else "true"
    return (
        f"select {LOAD_PATH}, {rows.row_number} as row_number, {', '.join([*mapped, others])}, {holds} as holds_event "
        f"from {_opened(rows, boxes, explode)}"
    )


def _opened(rows: FileRows, boxes: Mapping[str, str], explode: str | None) -> str:
    """Return the rows with their boxes as columns, one row per element of what is exploded."""
    if not boxes:
        return rows.source
    opened = []
    for column, box in boxes.items():
        content = f"try_cast({rows.text_of(column)} as json)"
        if column == explode:  # a row without elements stays, so that it is refused and not lost
            content = (
                f"unnest(case when json_array_length({content}) > 0 then cast({content} as json[]) "
                "else [cast(null as json)] end)"
            )
        opened.append(f"{content} as {box}")
    return f"(select *, {', '.join(opened)} from {rows.source})"


def _first(rows: FileRows, told: Sequence[Sequence[FieldPath]], boxes: Mapping[str, str]) -> str:
    """Return the first of several values that is there."""
    values = []
    for parts in told:
        texts = [_text(rows, path, boxes) for path in parts]
        joined = ", ".join(f"nullif({text}, '')" for text in texts)
        values.append(f"concat_ws(' ', {joined})" if len(texts) > 1 else texts[0])
    filled = [f"nullif({value}, '')" for value in values]
    return values[0] if len(values) == 1 else f"coalesce({', '.join(filled)})"


def _text(rows: FileRows, path: FieldPath, boxes: Mapping[str, str]) -> str:
    if not path.fields:
        box = boxes.get(path.column)
        return rows.text_of(path.column) if box is None else f"cast({box} as varchar)"
    inner = f"json_extract_string({boxes[path.column]}, {literal(path.pointer)})"
    if rows.columns is not None:
        return inner
    # in JSON a name may itself hold dots
    return f"coalesce({rows.text_of('.'.join([path.column, *path.fields]))}, {inner})"


def _taken(paths: Mapping[str, Sequence[Sequence[FieldPath]]]) -> set[FieldPath]:
    """Return the fields that our columns show in full: of several only the first is certain to be shown."""
    firsts = [path for told in paths.values() for path in told[0]]
    return {path for path in firsts if len(path.fields) <= 1}


def _others(rows: FileRows, taken: set[FieldPath], boxes: Mapping[str, str]) -> str:
    """Return the list of what is not taken: whole columns, and the fields of boxes."""
    whole = [path.column for path in taken if not path.fields]
    if rows.columns is None:
        dotted = [".".join([path.column, *path.fields]) for path in taken if path.fields]
        known = _texts(sorted({*whole, *dotted, *boxes, *rows.not_ours}))
        lists = [
            f"list_transform(list_filter({rows.keys}, lambda k: not list_contains({known}, k)), "
            f"lambda k: {{'key': k, 'string_value': json_extract_string(json, {_KEY_POINTER})}})"
        ]
    else:
        rest = [name for name in rows.columns if name not in whole and name not in boxes]
        lists = [f"[{', '.join(_parameter(literal(name), rows.text_of(name)) for name in rest)}]"]
    for column, box in boxes.items():
        known = _shown(rows, column, sorted(path.fields[0] for path in taken if path.fields and path.column == column))
        field = f"json_extract_string({box}, {_KEY_POINTER})"
        named = _parameter(f"{literal(f'{column}.')} || k", field)
        unopened = _parameter(literal(column), f"coalesce(cast({box} as varchar), {rows.text_of(column)})")
        lists.append(
            f"case when json_type({box}) = 'OBJECT' then list_transform(list_filter(json_keys({box}), "
            f"lambda k: not list_contains({known}, k)), lambda k: {named}) else [{unopened}] end"
        )
    return lists[0] if len(lists) == 1 else f"list_concat({', '.join(lists)})"


def _shown(rows: FileRows, column: str, fields: Sequence[str]) -> str:
    """Return the list of a box's fields that our columns show in this row."""
    if rows.columns is not None:
        return _texts(fields)
    # a column that bears the path as its own name comes first: then the field is not shown
    told = [f"case when {rows.text_of(f'{column}.{field}')} is null then {literal(field)} end" for field in fields]
    return f"cast([{', '.join(told)}] as varchar[])"


def _parameter(key: str, value: str) -> str:
    return f"{{'key': {key}, 'string_value': {value}}}"


def _texts(names: Sequence[str]) -> str:
    return f"cast([{', '.join(literal(name) for name in names)}] as varchar[])"
