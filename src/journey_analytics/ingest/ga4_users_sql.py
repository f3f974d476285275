"""The SELECT that turns rows of GA4's user data, from Parquet or JSON, into rows of the raw table."""

from __future__ import annotations

from journey_analytics.definitions.settings import Redaction
from journey_analytics.ingest.canonical import event_key, list_text
from journey_analytics.ingest.drift import other_fields_sql
from journey_analytics.ingest.ga4_layout import FIELD_FIELDS, Column, Shape, struct_list_type
from journey_analytics.ingest.ga4_schema import DOCUMENTED_OF_USERS
from journey_analytics.ingest.ga4_sql import DATE_FORMATS, field_sql, unwrapped
from journey_analytics.ingest.ga4_users_layout import USER_COLUMNS, USER_LISTS, list_fields, users_content_columns
from journey_analytics.ingest.nested_relation import NestedRows
from journey_analytics.ingest.reader import FIRST_TIMESTAMP, LAST_TIMESTAMP
from journey_analytics.ingest.redaction import redacted_list, redacted_when_needed, suspicious

_NO_MICROSECONDS = f"event_timestamp not between {FIRST_TIMESTAMP} and {LAST_TIMESTAMP}"
_NO_ID = "coalesce(user_id, '') = '' and coalesce(user_pseudo_id, '') = ''"
# what makes a row one that is refused, in terms of the raw table
BAD_ROW = f"({_NO_ID}) or event_date is null or {_NO_MICROSECONDS}"
FREE_TEXTS = tuple(column.name for column in USER_COLUMNS if column.is_free_text)
TEXT_LISTS = ("user_properties", "other_fields")


def users_select(rows: NestedRows, redaction: Redaction) -> str:
    """Return the SELECT of staged rows; what is missing in their shape becomes null."""
    return f"""
with

export as (
    select load_path, {rows.row_number} as row_number, {_export_columns(rows.shape)}
    from {rows.relation}
),

dated as (
    select *, cast(try_strptime(occurrence_date, {DATE_FORMATS}) as date) as event_date
    from export
),

timed as (
    -- 0 stands for a time that Google does not know
    select
        *,
        coalesce(nullif(last_active_timestamp, 0), epoch_us(cast(event_date as timestamp))) as event_timestamp
    from dated
),

cut as (
    select * replace ({_cut_columns(redaction)})
    from timed
)

select
    load_path,
    row_number,
    {_reject_reason()} as reject_reason,
    case when {BAD_ROW} then {_reject_content()} end as reject_content,
    {_user_key()} as event_key,
    {", ".join(users_content_columns())}
from cut
"""


def _export_columns(shape: dict[str, Shape]) -> str:
    columns = [_export_column(shape, column) for column in USER_COLUMNS]
    lists = [f"{_list(shape, name)} as {name}" for name in USER_LISTS]
    others = other_fields_sql(shape, DOCUMENTED_OF_USERS) or f"cast([] as {struct_list_type(FIELD_FIELDS)})"
    return ", ".join([*columns, *lists, f"{others} as other_fields"])


def _export_column(shape: dict[str, Shape], column: Column) -> str:
    if column.name == "event_date":
        return f"{field_sql(shape, column.fields[0], 'varchar') or 'cast(null as varchar)'} as occurrence_date"
    if column.type == "date":
        # a text that is no date stops the statement, so that the row is refused by name and not emptied
        text = field_sql(shape, column.fields[0], "varchar") or "cast(null as varchar)"
        return f"cast(strptime(nullif({text}, ''), {DATE_FORMATS}) as date) as {column.name}"
    return f"{field_sql(shape, column.fields[0], column.type) or f'cast(null as {column.type})'} as {column.name}"


def _list(shape: dict[str, Shape], name: str) -> str:
    """Return the SQL of a list with the fields that are stored of its elements."""
    found = unwrapped(shape, name)
    if found is None:
        return f"cast([] as {struct_list_type(list_fields()[name])})"
    source, element = found
    members = ", ".join(f"'{column.name}': {_member(element, column)}" for column in USER_LISTS[name])
    return f"coalesce(list_transform({source}, lambda e: {{{members}}}), [])"


def _member(element: dict[str, Shape], column: Column) -> str:
    path = column.fields[0]
    is_there = field_sql(element, path, column.type) is not None
    return f"cast({f'e.{path}' if is_there else 'null'} as {column.type})"


def _cut_columns(redaction: Redaction) -> str:
    cut = [f"{redacted_when_needed(name, redaction)} as {name}" for name in FREE_TEXTS]
    for name in TEXT_LISTS:
        fields = list_fields()[name]
        doubt = suspicious(list_text(name, fields, is_sorted=True), redaction)
        cut.append(f"case when {doubt} then {redacted_list(name, fields, redaction)} else {name} end as {name}")
    return ", ".join(cut)


def _reject_reason() -> str:
    return f"""case
        when not ({BAD_ROW}) then null
        when {_NO_ID} then 'user_id and pseudo_user_id are missing'
        when coalesce(occurrence_date, '') = '' then 'occurrence_date is missing'
        when event_date is null then 'occurrence_date ' || occurrence_date || ' is no date written as YYYYMMDD'
        else 'user_info.last_active_timestamp_micros ' || event_timestamp || ' is not in microseconds since 1970'
    end"""


def _reject_content() -> str:
    return (
        "left(concat_ws(' ', 'occurrence_date=' || occurrence_date, 'user_id=' || user_id, "
        "'pseudo_user_id=' || user_pseudo_id, 'last_active_timestamp_micros=' || last_active_timestamp), 200)"
    )


def _user_key() -> str:
    lists = [list_text(name, fields, is_sorted=True) for name, fields in list_fields().items()]
    return event_key([*(column.name for column in USER_COLUMNS), *lists])
