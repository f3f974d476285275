"""The SELECT that turns GA4 export rows, from Parquet or NDJSON, into rows of the raw table.

Lists of keys and of values are made once per row; each hot parameter is then one `list_position`. That was the fastest
of the formulations measured. Each step is a CTE of its own, so that nothing is computed twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from journey_analytics.definitions.settings import Redaction
from journey_analytics.ingest.canonical import event_key, list_text
from journey_analytics.ingest.drift import other_fields_sql
from journey_analytics.ingest.ga4_layout import (
    EVENT_COLUMNS,
    FIELD_FIELDS,
    ITEM_FIELDS,
    ITEM_PARAMETER_FIELDS,
    LIST_COLUMNS,
    PARAMETER_FIELDS,
    REPEATED_PARAMETERS,
    Column,
    Shape,
    content_columns,
    list_element,
    member,
    struct_list_type,
)
from journey_analytics.ingest.reader import FIRST_TIMESTAMP, LAST_TIMESTAMP
from journey_analytics.ingest.redaction import redacted_list, redacted_when_needed, suspicious
from journey_analytics.warehouse import literal, quoted

# a number outside is in seconds or milliseconds, or no time at all
_NO_MICROSECONDS = f"event_timestamp not between {FIRST_TIMESTAMP} and {LAST_TIMESTAMP}"
# what makes a row one that is refused, in terms of the raw table
BAD_ROW = f"coalesce(event_name, '') = '' or event_timestamp is null or {_NO_MICROSECONDS} or event_date is null"
DATE_FORMATS = "['%Y%m%d', '%Y-%m-%d']"

_REPEATED = "list_filter(parameter_keys, lambda k, place: list_position(parameter_keys, k) < place)"

FREE_TEXTS = tuple(column.name for column in EVENT_COLUMNS if column.is_free_text)


def ga4_select(relation: str, shape: dict[str, Shape], row_number: str, redaction: Redaction) -> str:
    """Return the SELECT of staged rows.

    Args:
        relation: what stands in FROM; it has a column load_path.
        shape: the shape of its rows; what is missing in it becomes null, what the documents do not know is kept.
        row_number: SQL expression for the row's number in its file, from 1; null where nobody knows it.
        redaction: what is cut out of texts.
    """
    parameters = _ParameterSql.of(shape, "event_params")
    other_text = _other_text(has_new_fields=other_fields_sql(shape) is not None)
    return f"""
with

export as (
    select load_path, {row_number} as row_number, {_export_columns(shape)}, {parameters.source} as event_params
    from {relation}
),

keyed as (
    select
        *,
        list_transform(event_params, lambda p: {parameters.key}) as parameter_keys,
        list_transform(event_params, lambda p: {parameters.text}) as parameter_texts
    from export
),

counted as (
    -- a dozen names are compared faster than hashed
    select *, cast(coalesce(len({_REPEATED}), 0) as smallint) as {REPEATED_PARAMETERS}
    from keyed
),

folded as (
    select * exclude (event_params), {_other_params(parameters)} as other_params
    from counted
),

flat as (
    select load_path, row_number, export_date, {_flat_columns()}, {", ".join(LIST_COLUMNS)}, {REPEATED_PARAMETERS}
    from folded
),

texts as (
    select *, {other_text} as other_text, {_parameters_text("user_properties")} as user_text
    from flat
),

doubts as (
    select
        *,
        {suspicious(f"concat_ws(' ', {', '.join(FREE_TEXTS)})", redaction)} as is_text_doubtful,
        {suspicious("other_text", redaction)} as is_other_doubtful,
        {suspicious("user_text", redaction)} as is_user_doubtful
    from texts
),

cut as (
    select * replace ({_cut_columns(redaction)})
    from doubts
),

retold as (
    select * replace (
        case when is_other_doubtful then {other_text} else other_text end as other_text,
        case when is_user_doubtful then {_parameters_text("user_properties")} else user_text end as user_text
    )
    from cut
)

select
    load_path,
    row_number,
    {_reject_reason()} as reject_reason,
    case when {BAD_ROW} then {_reject_content()} end as reject_content,
    {_event_key()} as event_key,
    {", ".join(content_columns())}
from retold
"""


def field_sql(shape: Shape, path: str, type_: str) -> str | None:
    """Return the expression for a field of the export in the wanted type, or None when the export lacks it.

    >>> field_sql({"device": {"category": "varchar"}}, "device.category", "varchar")
    'cast("device"."category" as varchar)'
    """
    leaf = member(shape, path)
    if not isinstance(leaf, str) or leaf == "null":
        return None
    expression = ".".join(quoted(name) for name in path.split("."))
    return f"epoch_us({expression})" if leaf == "timestamp" else f"cast({expression} as {type_})"


def _export_columns(shape: dict[str, Shape]) -> str:
    user_properties = _ParameterSql.of(shape, "user_properties")
    others = other_fields_sql(shape) or f"cast([] as {struct_list_type(FIELD_FIELDS)})"
    lists = [
        f"{user_properties.folded(user_properties.source)} as user_properties",
        f"{_items(shape)} as items",
        f"{_item_params(shape)} as item_params",
        f"{others} as other_fields",
    ]
    return ", ".join([_export_column(shape, column) for column in EVENT_COLUMNS if column.fields] + lists)


def _export_column(shape: Shape, column: Column) -> str:
    if column.type == "date":
        return f"{field_sql(shape, 'event_date', 'varchar') or 'null'} as export_date"
    found = [sql for path in column.fields if (sql := field_sql(shape, path, column.type))]
    value = f"coalesce({', '.join(found)})" if len(found) > 1 else (found or [f"cast(null as {column.type})"])[0]
    return f"{value} as {column.name}"


def unwrapped(shape: Shape, path: str) -> tuple[str, dict[str, Shape]] | None:
    """Return a list's expression and the shape of its elements, or None when the export lacks it."""
    found = list_element(member(shape, path))
    if found is None:
        return None
    element, is_wrapped = found
    return (f"list_transform({path}.list, lambda w: w.element)" if is_wrapped else path), element


@dataclass(frozen=True)
class _ParameterSql:
    """Expressions over a list of parameters `p` as the file has them, with typed nulls for what it lacks."""

    source: str
    key: str
    text: str
    members: str

    @classmethod
    def of(cls, shape: Shape, path: str) -> _ParameterSql:
        source, element = unwrapped(shape, path) or (f"cast([] as {struct_list_type(PARAMETER_FIELDS)})", {})

        def value(name: str, type_: str) -> str | None:
            leaf = member(element, f"value.{name}")
            return None if leaf in (None, "null") else f"cast(p.value.{name} as {type_})"

        string, whole = value("string_value", "varchar"), value("int_value", "bigint")
        numbers = [sql for name in ("double_value", "float_value") if (sql := value(name, "double"))]
        texts = [sql if sql == string else f"cast({sql} as varchar)" for sql in (string, whole, *numbers) if sql]
        members = (
            f"'key': cast(p.key as varchar), 'string_value': {string or 'cast(null as varchar)'}, "
            f"'int_value': {whole or 'cast(null as bigint)'}, "
            f"'double_value': {_first_of(numbers, 'double')}"
        )
        return cls(source, "cast(p.key as varchar)", _first_of(texts, "varchar"), members)

    def folded(self, parameters: str) -> str:
        """Return the list with the members that are stored."""
        return f"coalesce(list_transform({parameters}, lambda p: {{{self.members}}}), [])"


def _first_of(expressions: Sequence[str], type_: str) -> str:
    """Return the expression for the first value that is not null."""
    if not expressions:
        return f"cast(null as {type_})"
    return expressions[0] if len(expressions) == 1 else f"coalesce({', '.join(expressions)})"


def _items(shape: Shape) -> str:
    type_ = struct_list_type(ITEM_FIELDS)
    found = unwrapped(shape, "items")
    if found is None:
        return f"cast([] as {type_})"
    source, element = found
    members = ", ".join(
        f"'{name}': cast({'null' if element.get(name, 'null') == 'null' else f'e.{name}'} as {sql_type})"
        for name, sql_type in ITEM_FIELDS.items()
    )
    return f"coalesce(list_transform({source}, lambda e: {{{members}}}), [])"


def _item_params(shape: dict[str, Shape]) -> str:
    """Return the list of the parameters of all items, each with the place of its item."""
    nothing = f"cast([] as {struct_list_type(ITEM_PARAMETER_FIELDS)})"
    source, element = unwrapped(shape, "items") or ("", {})
    if list_element(element.get("item_params")) is None:
        return nothing
    parameters = _ParameterSql.of({"e": element}, "e.item_params")
    one = f"list_transform({parameters.source}, lambda p: {{'item': cast(i as bigint), {parameters.members}}})"
    return f"coalesce(flatten(list_transform({source}, lambda e, i: coalesce({one}, []))), [])"


def _other_params(parameters: _ParameterSql) -> str:
    """Return the list of parameters that no column holds: those without one, and those that came a second time."""
    other = _is_other(parameters)
    repeated = f"list_position(parameter_keys, {parameters.key}) < place"
    once = parameters.folded(f"list_filter(event_params, lambda p: {other})")
    again = parameters.folded(f"list_filter(event_params, lambda p, place: {repeated} or {other})")
    return f"case when {REPEATED_PARAMETERS} = 0 then {once} else {again} end"


def _is_other(parameters: _ParameterSql) -> str:
    """Return the condition of a parameter that no column of its own holds; a text where a number belongs is one too."""
    hot = [column for column in EVENT_COLUMNS if column.parameter]
    numbers = ", ".join(literal(str(column.parameter)) for column in hot if column.type != "varchar")
    texts = ", ".join(literal(str(column.parameter)) for column in hot if column.type == "varchar")
    return (
        f"coalesce(case when list_contains([{numbers}], {parameters.key}) "
        f"then {parameters.text} is not null and try_cast({parameters.text} as double) is null "
        f"else not list_contains([{texts}], {parameters.key}) end, true)"
    )


def _flat_columns() -> str:
    return ", ".join(_flat_column(column) for column in EVENT_COLUMNS)


def _flat_column(column: Column) -> str:
    if column.type == "date":
        return f"cast(try_strptime(export_date, {DATE_FORMATS}) as date) as {column.name}"
    if column.parameter is None:
        return column.name
    value = f"parameter_texts[list_position(parameter_keys, {literal(column.parameter)})]"
    if column.type != "varchar":
        value = f"try_cast({value} as {column.type})"
    return f"coalesce({column.name}, {value}) as {column.name}" if column.fields else f"{value} as {column.name}"


def _cut_columns(redaction: Redaction) -> str:
    """Return the redacted columns; rows without a sign of something to cut pass through."""
    cut = {name: ("is_text_doubtful", redacted_when_needed(name, redaction)) for name in FREE_TEXTS}
    doubts = {"other_params": "is_other_doubtful", "other_fields": "is_other_doubtful"}
    if redaction.is_on:
        doubts["item_params"] = "len(item_params) > 0"
    for name, doubt in {**doubts, "user_properties": "is_user_doubtful"}.items():
        cut[name] = (doubt, redacted_list(name, LIST_COLUMNS[name], redaction))
    return ", ".join(f"case when {doubt} then {sql} else {name} end as {name}" for name, (doubt, sql) in cut.items())


def _other_text(*, has_new_fields: bool) -> str:
    """Return the text of all that no column holds; fields that are new change the key only where one has a value."""
    text = _parameters_text("other_params")
    if not has_new_fields:
        return text
    fields = list_text("other_fields", FIELD_FIELDS, is_sorted=True)
    return f"{text} || case when len(other_fields) > 0 then chr(31) || {fields} else '' end"


def _parameters_text(parameters: str) -> str:
    return list_text(parameters, PARAMETER_FIELDS, is_sorted=True)


def _reject_reason() -> str:
    return f"""case
        when not ({BAD_ROW}) then null
        when coalesce(event_name, '') = '' then 'event_name is missing'
        when event_timestamp is null then 'event_timestamp is missing'
        when {_NO_MICROSECONDS} then 'event_timestamp ' || event_timestamp || ' is not in microseconds since 1970'
        when coalesce(export_date, '') = '' then 'event_date is missing'
        else 'event_date ' || export_date || ' is no date written as YYYYMMDD'
    end"""


def _reject_content() -> str:
    return (
        "left(concat_ws(' ', 'event_date=' || export_date, 'event_timestamp=' || event_timestamp, "
        "'event_name=' || event_name, 'page_location=' || page_location), 200)"
    )


def _event_key() -> str:
    columns = [column.name for column in EVENT_COLUMNS]
    # parameters of items came later: they change the key only where there are some
    params = list_text("item_params", ITEM_PARAMETER_FIELDS, is_sorted=True)
    params = f"case when len(item_params) > 0 then chr(31) || {params} else '' end"
    items = f"{list_text('items', ITEM_FIELDS, is_sorted=False)} || {params}"
    return event_key([*columns, items, "user_text", "other_text"])
