"""The tables that funnels become: what they are, their steps, and everybody's attempts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from journey_analytics.definitions.front_matter import ColumnDoc, FrontMatter
from journey_analytics.definitions.funnels import MAX_STEPS, Funnel
from journey_analytics.definitions.generated import rows_model
from journey_analytics.definitions.model import Model
from journey_analytics.funnels.compiler import attempts_sql, unknown_events_sql
from journey_analytics.funnels.details import DETAILS, details_joins, details_model, event_columns
from journey_analytics.funnels.parts import EVENT_COLUMNS

_OWNER = "marketing-analytics"
ATTEMPTS, UNKNOWN = "fct_funnel_attempts", "int_funnel_unknown_events"

_COLUMNS = {
    "attempt_key": ColumnDoc(type="varchar", doc="event_key of the event with which the attempt began"),
    "session_key": ColumnDoc(type="varchar", doc="Session in which the attempt began"),
    "attributed_session_key": ColumnDoc(
        type="varchar",
        doc="Session of the event whose properties count in a breakdown, by the funnel's attribution: that of the entry, of "
        "the furthest step reached, or of a named step (null where it was not reached)",
    ),
    "entry_date": ColumnDoc(type="date", doc="event_date of the event with which the attempt began"),
    "entered_at": ColumnDoc(type="timestamp", doc="When the attempt began, UTC"),
    "window_ends_at": ColumnDoc(
        type="timestamp",
        doc="Until when this unit can still convert on an entry of this date: the end of the last window; null: no limit",
    ),
    "converted_at": ColumnDoc(type="timestamp", doc="When the last step was reached, UTC; null where it was not"),
    **{
        f"step_{number}_at": ColumnDoc(
            type="timestamp", doc=f"When step {number} was reached, UTC; null where it was not"
        )
        for number in range(1, MAX_STEPS + 1)
    },
}


def funnel_models(funnels: Sequence[Funnel], folder: Path, passed_over: Iterable[str]) -> list[Model]:
    """Return dim_funnels, dim_funnel_steps, a view of attempts for each funnel, the table that holds them all, and what counts
    for nobody.

    Args:
        folder: where the definitions of the funnels stand.
        passed_over: names of events that are no touch.
    """
    passed_over = tuple(passed_over)
    views = [_attempts_view(funnel, folder / f"{funnel.name}.yml", passed_over) for funnel in funnels]
    details = details_model(funnels, folder, _OWNER)
    tables = [_attempts_table(views, folder, has_details=bool(details)), _unknown_table(funnels, folder)]
    return [*funnel_lists(funnels, folder), *details, *views, *tables]


def funnel_lists(funnels: Iterable[Funnel], folder: Path) -> list[Model]:
    """Return dim_funnels and dim_funnel_steps."""
    funnels = list(funnels)
    titles = {"title_nl": "varchar", "title_en": "varchar"}
    return [
        rows_model(
            "dim_funnels", folder, "One row per funnel.", ["funnel"],
            {"funnel": "varchar", **titles, "description_nl": "varchar", "description_en": "varchar",
             "funnel_unit": "varchar", "funnel_count": "varchar", "funnel_attempt": "varchar", "funnel_order": "varchar",
             "funnel_window_seconds": "bigint"},
            [(f.name, f.title_nl, f.title_en, f.description_nl, f.description_en, f.unit, f.count, f.attempt, f.order,
              None if f.window is None else int(f.window.total_seconds())) for f in funnels],
        ),
        rows_model(
            "dim_funnel_steps", folder, "One row per step of a funnel.", ["funnel", "step"],
            {"funnel": "varchar", "step": "varchar", "step_order": "integer", **titles},
            [(f.name, s.step, place, s.title_nl, s.title_en) for f in funnels for place, s in enumerate(f.steps, start=1)],
        ),
    ]  # fmt: skip


def events_of_people(funnel: Funnel) -> str:
    """Return the SELECT of the events that a funnel looks at, each with its person."""
    of_event = [column for column in dict.fromkeys([*EVENT_COLUMNS, *funnel.columns_used]) if column != "person_key"]
    columns = f"people.person_key, {event_columns(funnel, of_event)}"
    return (
        f"select {columns}\nfrom fct_events as events{details_joins(funnel)}\ninner join dim_people as people\n"
        "on events.user_pseudo_id = people.user_pseudo_id and events.event_timestamp >= people.valid_from "
        "and events.event_timestamp < people.valid_to"
        "\nwhere events.source_identity = 'own'"
    )


def _attempts_view(funnel: Funnel, path: Path, passed_over: Iterable[str]) -> Model:
    events = events_of_people(funnel)
    front = FrontMatter(
        description=f"One row per attempt of the funnel {funnel.name}.",
        grain=("attempt_key",),
        owner=_OWNER,
        materialize="view",
        columns=_COLUMNS,
    )
    return Model(f"int_funnel_{funnel.name}", "drop_offs", path, front, attempts_sql(funnel, events, passed_over), True)


def _attempts_table(views: Sequence[Model], folder: Path, has_details: bool) -> Model:
    by_browser = ["fct_events", *([DETAILS] if has_details else [])]
    names = ["funnel", "attempt_key", "person_key", "session_key", "attributed_session_key", "entry_date"]
    names += [
        "steps_reached",
        "entered_at",
        "window_ends_at",
        "converted_at",
        *(f"step_{number}_at" for number in range(1, MAX_STEPS + 1)),
    ]
    columns = ", ".join(names)
    types = dict.fromkeys(names, "varchar") | {"entry_date": "date", "steps_reached": "integer"}
    types |= {name: "timestamp" for name in names if name.endswith("_at")}
    sql = "\nunion all\n".join(f"select {columns} from {view.name}" for view in views) or _no_rows(types)
    front = FrontMatter(
        description="One row per funnel and attempt: for uniques the best or the first of a unit and entry date, for totals "
        "every one.",
        grain=("funnel", "attempt_key"),
        owner=_OWNER,
        rebuild_by="person_key" if views else "full",
        via=dict.fromkeys(by_browser, "dim_people.user_pseudo_id") if views else {},
        order_by=("funnel", "entry_date", "person_key", "attempt_key"),
        columns=_COLUMNS,
    )
    return Model(ATTEMPTS, "drop_offs", folder, front, sql, True)


def _unknown_table(funnels: Sequence[Funnel], folder: Path) -> Model:
    sql = "\nunion all\n".join(unknown_events_sql(funnel, events_of_nobody(funnel)) for funnel in funnels)
    types = {"funnel": "varchar", "step_order": "integer", "event_date": "date", "unknown_events": "bigint"}
    front = FrontMatter(
        description="One row per funnel, step and date with events that fit the step and that nobody knows whose they are.",
        grain=("funnel", "step_order", "event_date"),
        owner=_OWNER,
        rebuild_by="event_date" if funnels else "full",
    )
    return Model(UNKNOWN, "drop_offs", folder, front, sql or _no_rows(types), True)


def events_of_nobody(funnel: Funnel) -> str:
    """Return the SELECT of the events that nobody knows whose they are."""
    columns = event_columns(funnel, list(dict.fromkeys(["event_date", *funnel.columns_used])))
    return (
        f"select {columns} from fct_events as events{details_joins(funnel, of_known=False)}\n"
        "where events.source_identity = 'own' and events.user_pseudo_id is null"
    )


def _no_rows(types: Mapping[str, str]) -> str:
    nulls = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in types.items())
    return f"select {nulls} where false"
