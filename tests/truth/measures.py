"""What the house says of a generated site, held against the truth: one record per site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from journey_analytics.warehouse import Warehouse
from tests.truth.answers import Answers
from tests.truth.people import ORDER_MEAN
from tests.truth.shop import ORIENTATION, PAGES, RAGE, SIGNAL_PAGE, Shop

ENOUGH = 30
PLACE_SIGNAL, PAGE_SIGNAL = "touchpoint_drop_off:last_touch", "page_signal_drop_off:"
Record = dict[str, Any]


def record_of(shop: Shop, tables: Warehouse, events: int, *, has_figures: bool) -> Record:
    """Return the record of a site whose models stand in `tables`, with KPIs and changes or without."""
    annotations = _annotations(tables)
    record: Record = {
        "arm": shop.arm,
        "number": shop.number,
        "size": shop.size,
        "strength": shop.strength,
        "place": shop.place,
        "events": events,
        "findings": [_finding(shop, row) for row in annotations if row["colour_code"] in ("red", "green")],
        "planted": [_finding(shop, row) for row in annotations if _is_planted(shop, row)],
        "lift": _lift(tables),
    }
    if shop.keen_share == 0:  # where not all are alike, the truth has no formula
        record["coverage"] = _coverage(_intervals(shop, tables, has_figures=has_figures))
        record["bias"] = _bias(shop, tables)
    return record


def _annotations(tables: Warehouse) -> list[Record]:
    return _rows(
        tables,
        "select phase, touchpoint_id, signal_id, segment, colour_code, x, n, baseline_n, priority_rank, min_sample_ok, "
        "value, ci_low, ci_high, diff, diff_ci_low, diff_ci_high "
        "from pub_friction_annotations order by priority_rank",
    )


def _rows(tables: Warehouse, sql: str) -> list[Record]:
    return [{str(name): value for name, value in row.items()} for row in tables.frame(sql).to_dict("records")]


def _is_planted(shop: Shop, row: Record) -> bool:
    """Return whether a row is about a planted friction, for all visitors; the signal's page is not planted by itself."""
    is_page_of_signal = row["signal_id"] == PLACE_SIGNAL and row["touchpoint_id"] == SIGNAL_PAGE
    return row["segment"] == "{}" and _is_true(shop, row) and not is_page_of_signal


def _is_true(shop: Shop, row: Record) -> bool:
    """Return whether the place really is worse than what it is compared with."""
    if shop.strength == 1:
        return False
    if row["signal_id"] == PLACE_SIGNAL:
        # the signal makes its whole page worse
        return (row["phase"], row["touchpoint_id"]) in (shop.place, (ORIENTATION, SIGNAL_PAGE))
    return (row["touchpoint_id"], row["signal_id"]) == (SIGNAL_PAGE, PAGE_SIGNAL + RAGE)


def _finding(shop: Shop, row: Record) -> Record:
    told = ("phase", "touchpoint_id", "signal_id", "segment", "colour_code", "x", "n", "baseline_n", "priority_rank")
    return {name: row[name] for name in told} | {"is_true": _is_true(shop, row)}


def _lift(tables: Warehouse) -> list[Record]:
    return _rows(
        tables,
        "select touchpoint_id, lift_verdict, diff, adjusted_diff, adjusted_ci_low, adjusted_ci_high, n "
        "from pub_touchpoint_lift where min_sample_ok",
    )


# --- intervals -----------------------------------------------------------------------------------------------------

# kind of estimate, n, lower end, upper end, truth
Interval = tuple[str, int, float, float, float]


def _intervals(shop: Shop, tables: Warehouse, *, has_figures: bool) -> Iterator[Interval]:
    answers = Answers(shop)
    yield from _of_annotations(answers, tables)
    yield from _of_trends(tables)
    if not has_figures:
        return
    yield from _of_kpis(answers, tables)
    for low, high, n in tables.rows(
        "select did_ci_low, did_ci_high, least(n, baseline_n, control_n, control_baseline_n) from int_change_effects "
        "where is_tested"
    ):
        yield "did", n, low, high, 0.0


def _of_annotations(answers: Answers, tables: Warehouse) -> Iterator[Interval]:
    places = {
        (phase, channel): answers.places(phase, channel)
        for phase in PAGES
        for channel in (None, "Direct", "Organic Search", "Paid Search")
    }
    signals: dict[tuple[str, str, str | None], float] = {}

    def after(phase: str, page: str, signal: str | None) -> float:
        key = (phase, page, signal)
        if key not in signals:
            signals[key] = answers.after_signal(*key)
        return signals[key]

    for row in _annotations(tables):
        if not row["min_sample_ok"]:
            continue
        phase, place = row["phase"], row["touchpoint_id"]
        if row["signal_id"] == PLACE_SIGNAL:
            rates = places[phase, _channel(row["segment"])]
            others = [rate for name, rate in rates.items() if name != place]
            true = rates[place].share
            rest = sum(rate.stopped for rate in others) / sum(rate.touched for rate in others)
            kind = "place"
        else:
            true = after(phase, place, row["signal_id"].removeprefix(PAGE_SIGNAL))
            rest, kind = after(phase, place, None), "signal"
        yield f"{kind}_share", row["n"], row["ci_low"], row["ci_high"], true
        smaller = min(row["n"], row["baseline_n"])
        yield f"{kind}_difference", smaller, row["diff_ci_low"], row["diff_ci_high"], true - rest


def _channel(segment: str) -> str | None:
    return segment.split('"')[3] if "channel_group" in segment else None


def _of_trends(tables: Warehouse) -> Iterator[Interval]:
    for low, high, n in tables.rows(
        "select diff_ci_low, diff_ci_high, least(n, baseline_n) from fct_friction_trends where is_tested"
    ):
        yield "trend_difference", n, low, high, 0.0


def _of_kpis(answers: Answers, tables: Warehouse) -> Iterator[Interval]:
    months = "period_kind = 'month' and segment_kind in ('all', 'device_category', 'channel_group')"
    for phase in PAGES:
        true = answers.progression(phase)
        for low, high, n in tables.rows(
            "select ci_low, ci_high, n from kpi_progression_share_by_period "
            f"where {months} and phase = ? and n >= ? and pending_n = 0",
            [phase, ENOUGH],
        ):
            yield "progression_share", n, low, high, true
    for low, high, n in tables.rows(
        f"select ci_low, ci_high, n from kpi_order_value_by_period where {months} and n >= ?", [ENOUGH]
    ):
        yield "order_value", n, low, high, ORDER_MEAN
    hours = answers.orientation_seconds() / 3600
    for low, high, n in tables.rows(
        "select ci_low, ci_high, n from kpi_time_in_phase_by_period "
        f"where {months} and phase = ? and n >= ? and pending_n = 0",
        [ORIENTATION, ENOUGH],
    ):
        yield "time_in_phase", n, low, high, hours
    days = answers.days_to_order()
    for low, high, n in tables.rows(
        f"select ci_low, ci_high, n from kpi_purchase_cycle_length where {months} and min_sample_ok"
    ):
        yield "purchase_cycle_median", n, low, high, days


def _coverage(intervals: Iterator[Interval]) -> dict[str, dict[str, list[int]]]:
    """Return per kind and size how many intervals hold the truth, lie above it, and lie below it."""
    counted: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))
    for kind, n, low, high, true in intervals:
        size = "30-99" if n < 100 else "100-299" if n < 300 else "300+"
        counted[kind][size][1 if low > true else 2 if high < true else 0] += 1
    return {kind: dict(sizes) for kind, sizes in counted.items()}


# --- bias ----------------------------------------------------------------------------------------------------------


def _bias(shop: Shop, tables: Warehouse) -> dict[str, list[float]]:
    """Return per phase the true share that goes on, the rate of mature visits, and the naive one of the newest 28 days."""
    answers = Answers(shop)
    rows = tables.rows(
        """select visits.phase,
            avg(case when visits.is_mature and visits.entered_date between periods.date_from and periods.date_to
                then cast(visits.state = 'progressed' as integer) end),
            -- as if whoever is still open had dropped off
            avg(case when visits.entered_date > run_window.as_of - 28 then cast(visits.state = 'progressed' as integer) end)
        from int_visit_states as visits
        cross join run_window
        inner join int_comparison_periods as periods
            on visits.journey_model = periods.journey_model and periods.comparison = 'current'
        where visits.visit_number = 1
        group by visits.phase"""
    )
    return {phase: [answers.progression(phase), mature, naive] for phase, mature, naive in rows}
