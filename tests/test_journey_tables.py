"""Crosswalk, loyalty loop, gaps, calendar, content and the stuck on the sample: against other ways to count, and what must add up."""

from __future__ import annotations

import csv
from pathlib import Path

from journey_analytics import pipeline
from journey_analytics.warehouse import Warehouse


def test_the_crosswalk_counts_what_touches_joined_to_themselves_count(webshop_tables: Warehouse) -> None:
    different = webshop_tables.rows(
        """with pairs as (
            select ours.journey_model, ours.phase, theirs.journey_model, coalesce(theirs.phase, 'none'), count(*)
            from int_phase_touches as ours
            inner join int_phase_touches as theirs
                on ours.event_key = theirs.event_key and ours.journey_model <> theirs.journey_model
            where ours.phase is not null
            group by all
        ), told as (
            select journey_model, phase, other_journey_model, other_phase, touches from pub_phase_crosswalk
        )
        (from pairs except from told) union all (from told except from pairs)"""
    )
    assert different == []
    assert webshop_tables.value("select count(*) from pub_phase_crosswalk") > 300


def test_shares_of_a_phase_make_the_whole_and_both_directions_have_the_same_touches(webshop_tables: Warehouse) -> None:
    sums = "select sum(share_of_phase) as whole from pub_phase_crosswalk group by journey_model, phase, other_journey_model"
    assert webshop_tables.value(f"select max(abs(whole - 1)) < 1e-9 from ({sums})")
    unlike = webshop_tables.rows(
        """select * from pub_phase_crosswalk as there
        left join pub_phase_crosswalk as back
            on there.journey_model = back.other_journey_model and there.phase = back.other_phase
            and there.other_journey_model = back.journey_model and there.other_phase = back.phase
        where there.other_phase <> 'none' and there.touches is distinct from back.touches"""
    )
    assert unlike == []


def test_orders_of_either_kind_add_up_in_the_loyalty_loop_and_are_all_orders(webshop_tables: Warehouse) -> None:
    rows = webshop_tables.rows(
        """select journey_model, sum(orders) filter (segment_kind = 'all'), sum(orders) filter (segment_kind <> 'all'),
            sum(denominator) filter (segment_kind = 'all'), sum(denominator) filter (segment_kind <> 'all')
        from pub_loyalty_loop group by journey_model order by journey_model"""
    )
    orders = webshop_tables.value("select count(*) from fct_orders where not is_probable_repeat")
    assert [row[0] for row in rows] == ["b2b8", "lifecycle5", "mckinsey4", "mckinsey_cdj", "see_think_do_care"]
    assert {(row[1], row[2]) for row in rows} == {(orders, orders)}
    assert all(row[3] == row[4] > 0 for row in rows)


def test_the_planted_newsletter_is_the_example_for_evaluation_and_has_a_price(webshop_tables: Warehouse) -> None:
    (row,) = webshop_tables.rows(
        """select gap_rank, phase, segment_value, gap_verdict, gap_ci_low > 0, opportunity_low, opportunity_mid, opportunity_high
        from pub_phase_gaps
        where journey_model = 'mckinsey4' and counterfactual = 'segment_best' and gap_rank = 1"""
    )
    assert row[:5] == (1, "evaluatie", "Email", "gap", True)
    assert 0 < row[5] < row[6] < row[7]


def test_channels_of_the_calendar_add_up_to_all_and_all_to_what_there_was(webshop_tables: Warehouse) -> None:
    unlike = webshop_tables.rows(
        """select weekday, hour_of_day from pub_touch_calendar group by all
        having sum(sessions) filter (segment_kind = 'all') <> sum(sessions) filter (segment_kind <> 'all')
            or sum(touches) filter (segment_kind = 'all') <> sum(touches) filter (segment_kind <> 'all')
            or sum(orders) filter (segment_kind = 'all') <> sum(orders) filter (segment_kind <> 'all')
            or sum(numerator) filter (segment_kind = 'all') <> sum(numerator) filter (segment_kind <> 'all')"""
    )
    assert unlike == []
    (told,) = webshop_tables.rows(
        "select sum(sessions), sum(touches), sum(orders), count(*) from pub_touch_calendar where segment_kind = 'all'"
    )
    recent = "between (select as_of - 83 from run_window) and (select as_of from run_window)"
    there = (
        webshop_tables.value(f"select count(*) from fct_sessions where session_date {recent}"),
        webshop_tables.value(f"select count(*) from fct_touches where event_date {recent}"),
        webshop_tables.value(f"select count(*) from fct_orders where order_date {recent} and not is_probable_repeat"),
        7 * 24,
    )
    assert told == there


def test_touches_of_the_contents_of_a_level_are_all_touches_of_the_phase(webshop_tables: Warehouse) -> None:
    sums = webshop_tables.rows(
        """select sum(touches), max(phase_touches), sum(earlier_touches) from pub_phase_content
        group by journey_model, phase, content_level"""
    )
    assert len(sums) > 60
    assert all(touches == whole > 0 for touches, whole, _ in sums)


def test_the_list_of_the_stuck_is_as_long_as_the_counts_say(webshop_tables: Warehouse) -> None:
    listed = webshop_tables.rows(
        "select phase, count(distinct person_key) from pub_stuck group by phase order by phase"
    )
    counted = webshop_tables.rows(
        "select phase, numerator from pub_stuck_phases where journey_model = 'mckinsey4' and numerator > 0 order by phase"
    )
    assert listed == counted
    assert sum(row[1] for row in listed) == webshop_tables.value("select count(*) from pub_stuck") > 100


def test_nobody_who_ordered_in_the_newest_cycle_is_stuck(webshop_tables: Warehouse) -> None:
    ordered = webshop_tables.value(
        """select count(*) from pub_stuck as stuck inner join fct_orders as orders
            on stuck.person_key = orders.person_key and orders.ordered_at >= stuck.reached_at"""
    )
    assert ordered == 0


def test_only_the_list_of_the_stuck_has_a_key_of_people(webshop: pipeline.Run, webshop_tables: Warehouse) -> None:
    assert webshop.published is not None
    keys = {row[0] for row in webshop_tables.rows("select distinct person_key from dim_people")}
    holders = [path.name for path in sorted(webshop.published.glob("*.csv")) if keys & words(path)]
    assert holders == ["stuck.csv"]


def words(path: Path) -> set[str]:
    """Return every value that a CSV file holds."""
    with path.open(encoding="utf-8", newline="") as file:
        return {value for row in csv.reader(file) for value in row}
