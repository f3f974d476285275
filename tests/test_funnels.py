"""What a funnel's definition takes and refuses, and that a night can build every choice."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlglot

from journey_analytics import pipeline, places
from journey_analytics.definitions.event_details import PARAMETER_COLUMNS, ItemWhen
from journey_analytics.definitions.event_expressions import EVENT_COLUMNS
from journey_analytics.definitions.front_matter import split_model_file
from journey_analytics.definitions.funnels import NOT_OFFERED, Funnel, read_funnel
from journey_analytics.errors import DefinitionError
from journey_analytics.funnels.any_order import sharing_steps
from journey_analytics.funnels.cases import CaseEvent, CaseStep
from journey_analytics.funnels.engine import Measured, case_funnel, measure
from journey_analytics.ingest import ga4_layout
from journey_analytics.warehouse import Warehouse
from tests.conftest import ROOT

START = datetime(2026, 3, 29, tzinfo=UTC)


def run(events: Sequence[CaseEvent], steps: Sequence[CaseStep | Sequence[str]], **choices: Any) -> Measured:
    return measure(case_funnel(steps, choices), events)


# --- breakdowns ---------------------------------------------------------------------------------------------------------

# U1 enters in session S1 and converts in S2; U2 gets no further than step 1
ACROSS = [
    CaseEvent("1", START, "a", "U1", "S1"),
    CaseEvent("2", START + timedelta(hours=1), "b", "U1", "S2"),
    CaseEvent("3", START, "a", "U2", "S1"),
]


@pytest.mark.parametrize(
    ("attribution", "sessions"),
    [
        ("entry", ["S1-U1", "S1-U2"]),
        ("last", ["S2-U1", "S1-U2"]),
        ("step 1", ["S1-U1", "S1-U2"]),
        ("step 2", ["S2-U1", None]),
    ],
)
def test_the_session_that_speaks_in_a_breakdown_is_that_of_the_event_which_the_attribution_names(
    attribution: str, sessions: list[str | None]
) -> None:
    found = run(ACROSS, (("a",), ("b",)), window="7 days", attribution=attribution).attempts
    by_person = sorted(found, key=lambda row: row["person_key"])
    assert [row["attributed_session_key"] for row in by_person] == sessions


def test_with_all_each_value_that_is_held_has_an_attempt_of_its_own() -> None:
    events = [replace(event, value=event.session) for event in ACROSS if event.person == "U1"]
    events.append(CaseEvent("4", START + timedelta(hours=2), "a", "U1", "S2", "S2"))
    found = run(events, (("a",), ("b",)), window="7 days", hold="page_group", attribution="all").attempts
    assert {row["attributed_session_key"]: row["steps_reached"] for row in found} == {"S1-U1": 1, "S2-U1": 1}


# --- definitions ------------------------------------------------------------------------------------------------------

FUNNEL = """\
name: sign_up
title_nl: Aanmelden
title_en: Sign up
description_nl: Van formulier tot aanmelding
description_en: From form to sign-up
window: 30 minutes
steps:
  - {step: form, title_nl: Formulier, title_en: Form, when: {page_path: /aanmelden}}
  - {step: done, title_nl: Klaar, title_en: Done, when: {event_name: [sign_up, register]}}
"""


MORE = "  - {step: more, title_nl: Meer, title_en: More, when: {event_name: more}}\n"
LAST = "  - {step: last, title_nl: Laatst, title_en: Last, when: {event_name: last}}\n"
PARAMS = "params: {method: Google, value: {starts_with: '1'}}"
ITEMS = "when: {event_name: add_to_cart}, items: {item_category: [paint, brushes], item_brand: {contains: Kwast}}"
WHERE = "any_of: [{event_name: more}, {page_path: /more}], where: event_value >= 10 and search_term is not null"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sign_up.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_a_funnel_leaves_out_has_the_default_of_the_vocabulary(tmp_path: Path) -> None:
    funnel = read_funnel(written(tmp_path, FUNNEL))
    assert (funnel.order, funnel.entry, funnel.attempt, funnel.count, funnel.window_scope, funnel.reuse, funnel.unit) == (
        "ordered", "closed", "best", "uniques", "total", False, "person",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ordr: strict", r"sign_up.yml:10: unknown key 'ordr'. Allowed: .*Did you mean 'order'\?"),
        ("order: strickt", r":10: order: 'strickt' is none of the choices. Allowed: ordered, strict, any. Did you mean 'strict'\?"),
        ("unit: person\ncount: sessions", ":10: unit: contradicts `count: sessions`"),
        ("reuse: true", ":10: reuse: 'true' is not offered yet"),
        ("attribution: lst", r":10: attribution: 'lst' is none of the choices. Allowed: entry, .*Did you mean 'last'\?"),
        ("attribution: step 3", ":10: attribution: 'step 3' is none of the 2 steps"),
        ("attribution: all", ":10: attribution: 'all' counts a value only where each step has it.*`hold: device_category`"),
        ("min_gap: 5", ":10: min_gap: 5 is no duration"),
        ("hold: item", ":10: hold: 'item' cannot be held. Allowed: session_key"),
        ("range: {date_from: 2026-02-01, date_to: 2026-01-01}", ":10: range: .*before it begins"),
        ("range: {}", ":10: range: is empty"),
        ("exclude: {when: {event_nam: x}}", ":10: exclude.when: unknown key 'event_nam'.*event_name"),
        ("order: strict\nhold: session_key", ":11: hold: hold is not offered together"),
        ("hold: country\nbetween: no_repeats", ":10: hold: hold is not offered together with `between: no_repeats`"),
        ("between: steps_only\norder: strict", ":10: between: goes with `order: ordered` only; strict says itself"),
        ("between: steps_only\nentry: open", ":11: entry: 'open' is not offered together"),
        ("grace: 2 seconds", ":10: grace: needs steps that share no event, or one event could fill both 'form' and 'done'"),
        ("count: totals\ngrace: 2 seconds", ":11: grace: is not offered together with `count: totals`"),
        ("anchor: first_step", ":10: anchor: goes with `order: any` only"),
        ("order: any\nentry: open", ":11: entry: with `order: any` no step comes before another. Leave `entry` away"),
        ("order: any\nmin_gap: 5 seconds", ":11: min_gap: .*Leave `min_gap` away"),
        ("order: any\ntie: later_timestamp", ":11: tie: .*Leave `tie` away"),
        ("order: any\nwindow_scope: per_step", ":11: window_scope: .*Leave `window_scope` away"),
        (f"{MORE}window_scope: per_step\nentry: open", ":11: window_scope: .*Write total"),
        (f"{MORE}window_scope: per_step\ncount: totals", ":12: count: 'totals' is not offered.*Write uniques"),
        (f"{MORE}window_scope: per_step\nexclude: {{when: {{event_name: x}}, rule: removes}}",
         ":12: exclude.rule: 'removes' is not offered.*Write ends"),
        (f"{MORE}window_scope: per_step\nbetween: no_repeats", ":12: between: .*Write anything"),
        (MORE.replace("step: more", "step: more, optional: true"),
         r":10: steps\[2\].optional: the first and the last step cannot be skipped"),
        (MORE.replace("step: more", "step: more, optional: true") + LAST + "order: strict",
         r":10: steps\[2\].optional: is not offered together with `order: strict`"),
        ("  - {step: more, title_nl: M, title_en: M}", r":10: steps\[2\]: names no event. Give at least one of: when, any_of, where"),
        *((f"  - {{step: more, title_nl: M, title_en: M, where: \"{said}\"}}", rf":10: steps\[2\].where: {told}") for said, told in (
            ("event_valeu > 3", "'event_valeu' is no column of an event.*Did you mean 'event_value'"),
            ("event_value >", "'event_value >' cannot be read"),
            ("event_value", "'event_value' is neither true nor false. Write a comparison"),
            ("event_name in (select 'a')", "looks further than one event"),
            ("count(*) > 3", "looks further than one event"),
            ("row_number() over () = 1", "looks further than one event"),
            ("event_at < now()", "now is none of the functions"),
            ("random() < 0.5", "rand is none of the functions"),
            ("batch_page_id = 1", "'batch_page_id' is no column of an event"),
        )),
    ],
)  # fmt: skip
def test_a_fault_names_file_line_and_what_is_allowed(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(DefinitionError, match=told):
        read_funnel(written(tmp_path, f"{FUNNEL}{line}\n"))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("window: 30 minutes", "window: 30", ":6: window: 30 is no duration"),
        ("name: sign_up", "name: signup", ":1: name is 'signup', but the file is called 'sign_up'"),
        ("step: done", "step: form", ":9: steps.1..step: step 'form' stands twice"),
        ("/aanmelden", "/aanmelden/", ":8: .*never matches"),
    ],
)
def test_a_fault_in_a_step_or_name_is_placed(tmp_path: Path, before: str, after: str, told: str) -> None:
    with pytest.raises(DefinitionError, match=told):
        read_funnel(written(tmp_path, FUNNEL.replace(before, after)))


def test_each_sentence_about_what_is_not_offered_says_what_to_do() -> None:
    for reasons in NOT_OFFERED.values():
        assert all("Offered:" in why or "Write" in why or "Leave" in why for why in reasons.values())


CHOICES = {
    "every_attempt": "count: totals",
    "every_attempt_for_ever": "count: totals\nwindow: none",
    "nothing_between": "order: strict",
    "first_entry": "attempt: first",
    "by_session": "unit: session",
    "ended": "exclude: {when: {event_name: refund}}",
    "removed": "exclude: {when: {event_name: refund}, rule: removes}",
    "held": "hold: [session_key, page_group]",
    "of_june": "range: {date_from: 2026-06-01, date_to: 2026-06-30}",
    "slow": "min_gap: 10 seconds",
    "later": "tie: later_timestamp",
    "two_steps": "window_scope: per_step",
    "by_the_last": "attribution: last",
    "by_step_two": "attribution: step 2",
    "by_each_device": "attribution: all\nhold: device_category",
    "in_any_order": "order: any",
    "in_any_order_from_the_first": "order: any\nanchor: first_step\nexclude: {when: {event_name: refund}}",
    "every_attempt_in_any_order": "order: any\ncount: totals\nhold: page_group",
    "dealt_out": f"{MORE.replace('event_name: more', 'page_path: /more')}{LAST}order: any",
    "open_to_all": "entry: open",
    "with_grace": "grace: 2 seconds",
    "open_and_strict": f"{MORE}entry: open\norder: strict\ncount: totals",
    "only_steps_between": "between: steps_only",
    "no_repeats_between": f"{MORE}between: no_repeats",
    "to_the_second": "tie: same_second",
    "of_sessions": "count: sessions",
    "three_windows": f"{MORE}window_scope: per_step\nmin_gap: 1 second\nexclude: {{when: {{event_name: refund}}}}",
    "three_directly": f"{MORE}window_scope: per_step\norder: strict",
    "a_step_to_skip": f"{MORE.replace('step: more', 'optional: true, step: more')}{LAST}tie: later_timestamp",
    "an_expression": MORE.replace("when: {event_name: more}", WHERE),
    "a_parameter": f"{MORE.replace('when: {event_name: more}', PARAMS)}order: any",
    "an_item": f"{MORE.replace('when: {event_name: more}', ITEMS)}exclude: {{params: {{term: [x, y]}}}}",
    "the_first_ever": f"{MORE.replace('step: more', 'first_ever: true, step: more')}attribution: last",
}


def with_funnels(folder: Path, texts: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Work with the project's `sql/` and these funnels instead of its own."""
    own = {path.name for path in (ROOT / "sql" / "funnels").iterdir()}
    shutil.copytree(
        ROOT / "sql", folder / "sql", ignore=lambda at, names: own & set(names) if Path(at).name == "funnels" else set()
    )
    for name, text in texts.items():
        (folder / "sql" / "funnels" / f"{name}.yml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(places, "sql_folder", lambda: folder / "sql")


def test_every_choice_that_is_offered_is_one_that_a_night_can_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {}
    for name, choice in CHOICES.items():
        text = FUNNEL.replace("window: 30 minutes\n", "") if "window: " in choice else FUNNEL
        if name == "with_grace":
            text = text.replace("page_path: /aanmelden", "event_name: form")
        texts[name] = f"{text.replace('name: sign_up', f'name: {name}')}{choice}\n"
    with_funnels(tmp_path, texts, monkeypatch)
    night = pipeline.plan_night(places.sample_settings())
    assert {funnel.name for funnel in night.project.funnels} == set(CHOICES)
    assert pipeline.check_definitions(night) == []


def test_a_property_may_have_no_funnel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_funnels(tmp_path, {}, monkeypatch)
    night = pipeline.plan_night(places.sample_settings())
    assert night.project.funnels == ()
    assert pipeline.check_definitions(night) == []


def test_an_expression_may_look_at_every_column_of_an_event_but_those_of_its_delivery() -> None:
    select = split_model_file(ROOT / "sql" / "events" / "fct_events.sql")[2]
    last_part = sqlglot.parse_one(select, read="duckdb")
    made = {column.alias_or_name for column in last_part.expressions}
    delivery = {"event_order", "batch_page_id", "batch_ordering_id", "batch_event_index", "source_identity"}
    assert set(EVENT_COLUMNS) == made - delivery


def funnel_of(*steps: dict[str, Any], **choices: Any) -> Funnel:
    texts = {"title_nl": "-", "title_en": "-"}
    listed = [{"step": f"step_{number}", **texts, **step} for number, step in enumerate(steps)]
    about = {"name": "f", "description_nl": "-", "description_en": "-", "window": "7 days", **texts, **choices}
    return Funnel.model_validate({**about, "steps": listed})


# of U1 the b is worth nothing, of U2 the c stands for it, of U3 nothing does
WORTH = [
    CaseEvent("1", START, "a", "U1"),
    CaseEvent("2", START + timedelta(hours=1), "b", "U1", "S1", "no"),
    CaseEvent("3", START, "a", "U2"),
    CaseEvent("4", START + timedelta(hours=1), "c", "U2", "S1", "yes"),
    CaseEvent("5", START, "a", "U3"),
    CaseEvent("6", START + timedelta(hours=1), "b", "U3"),
]


@pytest.mark.parametrize(
    ("step", "reached"),
    [
        ({"when": {"event_name": "b"}}, 2),
        ({"any_of": [{"event_name": "b"}, {"page_group": "yes"}]}, 3),
        ({"where": "event_name = 'b' and page_group is null"}, 1),
        ({"when": {"event_name": ["b", "c"]}, "where": "page_group <> 'no'"}, 1),
        ({"any_of": [{"event_name": "b"}, {"event_name": "c"}], "unless": {"page_group": "no"}}, 2),
    ],
)
def test_all_that_a_step_says_of_an_event_must_hold_and_of_any_of_one_thing(step: dict[str, Any], reached: int) -> None:
    assert measure(funnel_of({"when": {"event_name": "a"}}, step), WORTH).each("converted") == [3, reached]


def test_only_the_very_first_event_of_a_name_counts_where_a_step_asks_for_it() -> None:
    first, second = (
        {"when": {"event_name": "a", "page_group": "yes"}, "first_ever": True},
        {"when": {"event_name": "b"}},
    )
    events = [
        # the first a of U1 is of another group, that of U2 is not
        CaseEvent("1", START, "a", "U1", "S1", "no"),
        CaseEvent("2", START + timedelta(hours=1), "a", "U1", "S1", "yes"),
        CaseEvent("3", START + timedelta(hours=2), "b", "U1"),
        CaseEvent("4", START + timedelta(hours=1), "a", "U2", "S1", "yes"),
        CaseEvent("5", START + timedelta(hours=2), "b", "U2"),
    ]
    assert measure(funnel_of(first, second), events).each("converted") == [1, 1]
    assert measure(funnel_of(first | {"first_ever": False}, second), events).each("converted") == [2, 2]


@pytest.mark.parametrize(
    ("steps", "groups"),
    [
        ((["a"], ["b"], ["c"]), [[(1,)], [(2,)], [(3,)]]),
        ((["a"], ["b"], ["a"]), [[(1, 3)], [(2,)]]),
        ((["a", "b"], ["b", "c"], ["d"]), [[(1,), (2,)], [(3,)]]),
        ((["a"], ["b"], ["a", "b"]), [[(1,), (2,), (3,)]]),
    ],
)
def test_only_steps_that_may_share_an_event_are_dealt_out_together(
    steps: tuple[list[str], ...], groups: list[list[tuple[int, ...]]]
) -> None:
    assert sharing_steps(case_funnel(steps, {"window": "none", "order": "any"})) == groups


def test_ten_equal_steps_in_any_order_need_ten_events() -> None:
    events = [CaseEvent(str(number), START + timedelta(hours=number), "a") for number in range(9)]
    nine = run(events, [["a"]] * 10, window="7 days", order="any").each("converted")
    assert nine == [1] * 9 + [0]


def test_the_parameters_and_item_fields_that_have_a_column_are_those_of_the_raw_table() -> None:
    columns = {column.parameter: column.name for column in ga4_layout.EVENT_COLUMNS if column.parameter}
    assert columns == PARAMETER_COLUMNS
    assert set(ItemWhen.model_fields) <= set(ga4_layout.ITEM_FIELDS)


# 1 has a red item of Kwast; 2 has both, but not in one item; 3 has no item and says another method
RAW = """
create table raw_ga4__events as
select * from (values
    ('1', [{'item_brand': 'Kwast', 'item_variant': 'red'}], [{'key': 'method', 'string_value': 'Google', 'int_value': null}], 'x'),
    ('2', [{'item_brand': 'Kwast', 'item_variant': 'blue'}, {'item_brand': 'Kleur', 'item_variant': 'red'}],
     [{'key': 'method', 'string_value': null, 'int_value': 7}, {'key': 'other', 'string_value': 'Google', 'int_value': null}], 'y'),
    ('3', null, null, null)
) as events(event_key, items, other_params, param_term)
"""


@pytest.mark.parametrize(
    ("step", "events"),
    [
        ({"items": {"item_brand": "Kwast", "item_variant": "red"}}, ["1"]),
        ({"items": {"item_brand": {"starts_with": "K"}}}, ["1", "2"]),
        ({"params": {"method": "Google"}}, ["1"]),
        ({"params": {"method": ["Google", "7"]}}, ["1", "2"]),
        ({"params": {"method": "7", "term": "y"}}, ["2"]),
        ({"params": {"method": "Google"}, "items": {"item_variant": "blue"}}, []),
    ],
)
def test_parameters_and_items_match_within_one_item_and_by_name(step: dict[str, Any], events: list[str]) -> None:
    funnel = funnel_of({"when": {"event_name": "a"}}, step)
    with Warehouse.open() as warehouse:
        warehouse.run(
            RAW.replace("null}", "null, 'double_value': null::double}").replace("7}", "7, 'double_value': null}")
        )
        condition = funnel.steps[1].details_condition()
        found = warehouse.rows(f"select event_key from raw_ga4__events where {condition} order by event_key")
    assert [key for (key,) in found] == events
