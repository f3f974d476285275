"""From a funnel to one SELECT that counts the units of each step, without the attempts: for who only wants the counts.

The events of all units are sorted once. Then each event is handed, from above, the latest beginning of a chain that
reaches the step before its own: the latest is the one whose window is open longest, so nothing gets further. A row
knows one beginning for each step, and nothing is joined.

A unit is a number here, not a text: sorting numbers takes a third of the time. The numbers stay inside of the SELECT.
"""

from __future__ import annotations

from itertools import combinations

from journey_analytics.definitions.funnel_steps import Step
from journey_analytics.definitions.funnels import Funnel
from journey_analytics.funnels.parts import BATCH_ORDER, Ctes, in_range
from journey_analytics.warehouse import Warehouse

_CODE_BITS, _SEEDS = 62, 2
_TIME_BITS = 64
# longer than any time between two events, shorter than between two units
_FOR_EVER = 2 ** (_TIME_BITS - 1)


def why_no_counts(funnel: Funnel) -> str | None:
    """Return why a funnel's counts need its attempts, or None where `counts_sql` counts the same.

    What stands in the definition and is not known here needs them too.
    """
    told = funnel.model_dump(exclude=_UNDERSTOOD, exclude_defaults=True)
    steps = {key for step in funnel.steps for key in step.model_dump(exclude_defaults=True)} - _OF_A_STEP
    choices = sorted({*told, *steps})
    return f"the choice of {', '.join(f'`{choice}`' for choice in choices)} is made per attempt" if choices else None


_UNDERSTOOD = {
    "name",
    "title_nl",
    "title_en",
    "description_nl",
    "description_en",
    "steps",
    "window",
    "range",
    "unit",
    "attribution",
}
_OF_A_STEP = {"step", "title_nl", "title_en", "when", "any_of", "where", "unless"}


def unit_counts(warehouse: Warehouse, funnel: Funnel, events: str) -> list[int]:
    """Return how many units reach each step in their best attempt.

    Args:
        events: a SELECT of events with EVENT_COLUMNS and what the steps look at.
    """
    return [units for _, units in warehouse.rows(counts_sql(funnel, events))]


def counts_sql(funnel: Funnel, events: str, *, code_bits: int = _CODE_BITS) -> str:
    """Return the SELECT of a funnel's counts: a row per step, with the units that reach it in their best attempt.

    The engine must keep the order of a sorted subquery, as DuckDB promises for windows with an empty `over`.

    Args:
        events: a SELECT of events with EVENT_COLUMNS and what the steps look at.
        code_bits: how many bits of a digest make the number of a unit.
    """
    numbers = range(1, len(funnel.steps) + 1)
    ctes = {
        "events": events,
        "units": _units(funnel),
        **_seeds(funnel, code_bits),
        "marked": _marked(funnel, code_bits),
        "sorted": _sorted(funnel),
        "carried_1": _carried(1, "sorted"),
        **{name: sql for number in numbers[1:] for name, sql in _next(funnel, number).items()},
        "levels": f"select unit_code, max(step) as level\nfrom reached_{numbers[-1]}\ngroup by unit_code",
    }
    # read twice, for the units and for their events, and too wide to be kept in between
    kept = {"events": "as not materialized"}
    parts = ",\n\n".join(f"{name} {kept.get(name, 'as')} (\n{sql}\n)" for name, sql in ctes.items())
    entered = "select 1 as step_order, count(*) filter (has_entered) as units from units"
    later = ", ".join(f"count(*) filter (level >= {number})" for number in numbers[1:])
    listed = ", ".join(map(str, numbers[1:]))
    return (
        f"with {parts}\n\n{entered}\nunion all\n"
        f"select unnest([{listed}]), unnest([{later}]) from levels\norder by step_order"
    )


def _code(funnel: Funnel, seed: str, bits: int) -> str:
    """The number of a unit; a seed beside the texts would move all numbers alike, so it stands in them."""
    plain = ", ".join(funnel.unit_columns)
    longer = ", ".join(f"{column} || '.'" for column in funnel.unit_columns)
    return f"case when {seed} = 0 then hash({plain}) else hash({longer}) end >> {_TIME_BITS - bits}"


def _is_known(funnel: Funnel) -> str:
    return " and ".join(f"{column} is not null" for column in funnel.unit_columns)


def _fits(step: Step, number: int, funnel: Funnel) -> str:
    """The condition of a step, for a `case` or a `where`; the range of entry is one of step 1."""
    return " and ".join([step.test(), *(in_range(funnel) if number == 1 else [])])


def _units(funnel: Funnel) -> str:
    columns = ", ".join(funnel.unit_columns)
    has_entered = f"bool_or({_fits(funnel.steps[0], 1, funnel)}) as has_entered"
    return f"select {columns}, {has_entered}\nfrom events\nwhere {_is_known(funnel)}\ngroup by {columns}"


def _seeds(funnel: Funnel, bits: int) -> Ctes:
    """The first seed under which no two units have the same number; that there is none, no history will see.

    A seed is tried on no unit where the one before it has done.
    """
    tried = {
        f"tried_{seed}": f"select count(*) as units, count(distinct {_code(funnel, str(seed), bits)}) as codes\nfrom units"
        + (f"\nwhere (select units <> codes from tried_{seed - 1})" if seed else "")
        for seed in range(_SEEDS)
    }
    all_tried = "\nunion all\n".join(f"select {seed} as seed, units, codes from tried_{seed}" for seed in range(_SEEDS))
    none = "error('two units have the same number under every seed')"
    seeds = f"select coalesce(min(seed), {none}) as seed\nfrom (\n{all_tried}\n) as tried\nwhere units = codes"
    return tried | {"seeds": seeds}


def _marked(funnel: Funnel, bits: int) -> str:
    """The events that fit a step; one that fits several stands there once for each, so that it fills one of them only."""
    steps = [(number, _fits(step, number, funnel)) for number, step in enumerate(funnel.steps, start=1)]
    columns = [
        f"{_code(funnel, '(select seed from seeds)', bits)} as unit_code",
        "event_timestamp",
        f"{BATCH_ORDER} as batch_order",
    ]
    if _steps_are_apart(funnel):
        cases = " ".join(f"when {fits} then {number}" for number, fits in steps)
        columns.append(f"cast(case {cases} end as tinyint) as step")
        return f"select *\nfrom (\nselect {', '.join(columns)}\nfrom events\nwhere {_is_known(funnel)}\n) as marked\nwhere step is not null"
    of_places = " ".join(f"when {step.test()} then {n}" for n, step in enumerate(funnel.steps, start=1))
    listed = ", ".join(f"case when {fits} then {number} end" for number, fits in steps)
    columns += [
        "event_key",
        f"cast(case {of_places} end as tinyint) as lowest",
        f"unnest(list_filter([{listed}], lambda step: step is not null)) as step",
    ]
    return f"select {', '.join(columns)}\nfrom events\nwhere {_is_known(funnel)}"


def _steps_are_apart(funnel: Funnel) -> bool:
    """Whether no event can fit two steps."""
    return not any(one.may_share_an_event_with(other) for one, other in combinations(funnel.steps, 2))


def _sorted(funnel: Funnel) -> str:
    """All events in the total order of each unit; `moment` is unit and time in one number."""
    # every column that is taken along is a key of the order: one that is none makes sorting four times as dear
    order = "unit_code, event_timestamp, batch_order, "
    order += "step" if _steps_are_apart(funnel) else "lowest, event_key, step desc"
    return (
        f"select unit_code, step, cast(unit_code as hugeint) * {2**_TIME_BITS} + event_timestamp as moment\n"
        f"from (\nselect unit_code, event_timestamp, step\nfrom marked\norder by {order}\n) as in_order"
    )


def _carried(number: int, source: str) -> str:
    """Each row with the latest beginning of a chain that has reached a step at this row or above."""
    beginning = "moment" if number == 1 else "beginning"
    return (
        f"select unit_code, step, moment, max(case when step = {number} then {beginning} end) "
        f"over (rows unbounded preceding) as beginning\nfrom {source}"
    )


def _next(funnel: Funnel, number: int) -> dict[str, str]:
    """Of the rows of a step those that are in time of a chain; the others reach nothing."""
    window = _FOR_EVER if funnel.window_microseconds is None else funnel.window_microseconds
    in_time = f"case when moment - beginning <= {window} then {number} else 0 end"
    reached = (
        f"select unit_code, moment, beginning, case when step = {number} then {in_time} else step end as step\n"
        f"from carried_{number - 1}"
    )
    if number == 2:
        # who entered is counted already, and an entry does nothing more: mostly half of the rows
        reached += "\nwhere step > 1"
    if number == len(funnel.steps):
        return {f"reached_{number}": reached}
    return {f"reached_{number}": reached, f"carried_{number}": _carried(number, f"reached_{number}")}
