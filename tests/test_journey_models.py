"""The eight journey models, the common touchpoints and the samples' settings, held against walks a person can read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest
from sqlglot import exp

from journey_analytics.definitions.generated import journey_models
from journey_analytics.definitions.journeys import Journey, read_journey
from journey_analytics.definitions.rules import PhaseWhen
from journey_analytics.definitions.settings import Settings, read_settings
from journey_analytics.definitions.touchpoints import read_touchpoints, touchpoint_case
from journey_analytics.errors import DefinitionError

ROOT = Path(__file__).parents[1]
JOURNEYS = {path.stem: read_journey(path) for path in sorted((ROOT / "sql/journeys").glob("*.yml"))}
TOUCHPOINTS = read_touchpoints(ROOT / "sql/touchpoints.yml")
SETTINGS = {path.parent.name: path for path in sorted((ROOT / "data/sample").glob("*/journey.yml"))}

MODELS = (
    "mckinsey4", "lifecycle5", "aida", "see_think_do_care", "race", "mckinsey_cdj", "b2b8", "museum_night",
)  # fmt: skip
PAGE_GROUPS = [
    "home", "inspiration", "category", "product", "search", "cart", "checkout_details", "checkout_shipping",
    "checkout_payment", "confirmation", "account", "service", "returns", "reviews", "about", "pricing", "cases",
    "documentation", "demo", "contact", "information", "conditions", "costs", "form_login", "form_details",
    "form_documents", "form_review", "form_sent", "other",
]  # fmt: skip

ORDERS = ("purchase", "generate_lead", "form_success")  # by the settings of the three samples

# A touch per line, and the phase in which each model puts it, by its first three letters; - means none.
# `came by` is filled at the first touch of a session. The state is that before the touch: the order makes a customer.
#
# event            page group        state    session came by    mck lif aid see rac cdj b2b mus
WALKS = {
    "webshop": """
page_view          inspiration       prospect 1 Organic_Search   ori awa att see rea ini pro ide
page_view          home              prospect 1 -                ori awa att see rea ini awa ide
page_view          category          prospect 1 -                ori con int thi act ini con pre
select_item        category          prospect 1 -                eva con int thi act act con pre
page_view          product           prospect 2 Paid_Search      eva con int thi act act con pre
view_item          product           prospect 2 -                eva con int thi act act con pre
add_to_wishlist    product           prospect 2 -                eva con des thi act act con pre
page_view          reviews           prospect 2 -                eva con int thi act act con pre
page_view          returns           prospect 2 -                eva con int thi act act req pre
add_to_cart        product           prospect 2 -                aan pur des do  act act dec pre
page_view          cart              prospect 2 -                aan pur des do  act act dec pre
page_view          account           prospect 2 -                -   -   -   -   -   -   -   -
page_view          checkout_shipping prospect 2 -                aan pur des do  con mom pur pre
add_payment_info   checkout_payment  prospect 2 -                aan pur des do  con mom pur pre
page_view          confirmation      prospect 2 -                aan pur act do  con mom pur pre
purchase           confirmation      prospect 2 -                aan pur act do  con mom pur pre
page_view          confirmation      customer 2 -                aan pur act do  con mom pur pre
page_view          confirmation      customer 3 Direct           naz ret -   car eng pos ret dur
page_view          account           customer 3 -                naz ret -   car eng pos ret dur
login              account           customer 3 -                naz ret -   car eng pos ret dur
page_view          service           customer 3 -                naz ret -   car eng pos ret dur
page_view          returns           customer 3 -                naz ret -   car eng pos ret aft
write_review       reviews           customer 4 Email            naz adv -   car eng pos adv aft
share              product           customer 4 -                naz adv -   car eng pos adv aft
page_view          home              customer 5 Direct           naz ret -   car eng pos ret dur
add_to_cart        account           customer 5 -                aan pur des do  act mom dec pre
page_view          category          customer 6 Direct           eva con int thi act act con pre
page_view          product           customer 6 -                eva con int thi act act con pre
purchase           -                 customer 6 -                aan pur act do  con mom pur pre
""",
    "b2b lead site": """
page_view          product           prospect 1 Paid_Social      eva con int thi rea act awa pre
page_view          inspiration       prospect 1 -                ori awa att see rea ini pro ide
page_view          documentation     prospect 2 Organic_Search   eva con int thi act act req pre
page_view          cases             prospect 2 -                eva con int thi act act con pre
page_view          pricing           prospect 2 -                eva con int thi act act dec pre
page_view          contact           prospect 3 Direct           eva con int thi act act dec pre
page_view          demo              prospect 3 -                aan pur des do  con mom dec pre
form_start         demo              prospect 3 -                aan pur des do  con mom dec pre
generate_lead      demo              prospect 3 -                aan pur act do  con mom pur pre
working_lead       -                 customer 4 -                naz ret -   car eng pos ret dur
qualify_lead       -                 customer 4 -                naz ret -   car eng pos ret dur
close_convert_lead -                 customer 4 -                naz ret -   car eng pos ret dur
page_view          account           customer 4 Direct           naz ret -   car eng pos ret dur
page_view          documentation     customer 4 -                naz ret -   car eng pos ret dur
page_view          pricing           customer 5 Direct           eva con int thi act act dec pre
page_view          account           prospect 9 Direct           -   -   -   -   -   -   -   -
qualify_lead       -                 prospect 1 -                aan pur des do  con mom dec -
""",
    "public form": """
page_view          information       prospect 1 Organic_Search   ori awa att see rea ini pro ide
page_view          product           prospect 1 -                eva con int thi act act con pre
page_view          conditions        prospect 1 -                eva con int thi act act req pre
page_view          costs             prospect 1 -                eva con int thi act act dec pre
page_view          other             prospect 2 Direct           ori awa att see rea ini awa ide
form_start         home              prospect 2 -                ori awa att see rea ini awa ide
page_view          form_login        prospect 2 -                aan pur des do  con mom pur pre
login              form_login        prospect 2 -                aan pur des do  con mom pur pre
form_step          form_details      prospect 2 -                aan pur des do  con mom pur pre
page_view          form_documents    prospect 2 -                aan pur des do  con mom pur pre
page_view          form_review       prospect 2 -                aan pur des do  con mom pur pre
page_view          form_sent         prospect 2 -                aan pur act do  con mom pur pre
form_success       form_sent         prospect 2 -                aan pur act do  con mom pur pre
page_view          account           customer 3 Direct           naz ret -   car eng pos ret dur
page_view          contact           customer 3 -                naz ret -   car eng pos ret dur
page_view          form_sent         customer 4 Direct           naz ret -   car eng pos ret dur
page_view          product           customer 4 -                eva con int thi act act con pre
form_success       form_sent         customer 4 -                aan pur act do  con mom pur pre
""",
}


def answers(case: exp.Expression, touches: Iterable[dict[str, object]]) -> list[str | None]:
    """Return what a compiled CASE says of each touch. Columns that a touch does not give are null."""
    types = {"is_landing": "boolean", "is_order": "boolean", "session_number": "integer"}
    columns = [*PhaseWhen.model_fields, "page_title"]
    rows = [[touch.get(column) for column in columns] for touch in touches]
    row = ", ".join(f"?::{types.get(column, 'varchar')}" for column in columns)
    numbered = ", ".join(f"({number}, {row})" for number in range(len(rows)))
    query = f"""
        select {case.sql("duckdb")}
        from (values {numbered}) as touches (touch_number, {", ".join(columns)})
        order by touch_number
    """
    return [answer for (answer,) in duckdb.execute(query, [value for row in rows for value in row]).fetchall()]


def walk(text: str) -> list[tuple[dict[str, object], dict[str, str]]]:
    """Return the touches of a walk, each with the phase that each model should give it."""
    touches = []
    for line in text.strip().splitlines():
        event_name, page_group, state, session, came_by, *phases = line.split()
        touch = {
            "event_name": event_name,
            "is_order": event_name in ORDERS,
            "page_group": None if page_group == "-" else page_group,
            "page_path": None if page_group == "-" else "/somewhere",
            "person_state": state,
            "session_number": int(session),
            "is_landing": came_by != "-",
            "channel_group": None if came_by == "-" else came_by.replace("_", " "),
        }
        touches.append((touch, dict(zip(MODELS, phases, strict=True))))
    return touches


def short(phase: str | None) -> str:
    return "-" if phase is None else phase[:3]


def test_the_eight_models_are_there():
    assert set(MODELS) <= set(JOURNEYS)


@pytest.mark.parametrize("model", MODELS)
def test_three_letters_tell_the_phases_of_a_model_apart(model):
    names = [phase.phase for phase in JOURNEYS[model].phases]
    assert len({short(name) for name in names}) == len(names)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", WALKS)
def test_every_touch_of_a_walk_is_in_its_phase(name, model):
    touches = walk(WALKS[name])
    found = answers(JOURNEYS[model].phase_case(), (touch for touch, _ in touches))
    lines = WALKS[name].strip().splitlines()
    wrong = [
        f"{line[:56]} expected {expected[model]}, is {short(phase)}"
        for line, (_, expected), phase in zip(lines, touches, found, strict=True)
        if short(phase) != expected[model]
    ]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("model", MODELS)
def test_every_phase_is_reached_by_someone(model):
    touches = [touch for text in WALKS.values() for touch, _ in walk(text)]
    reached = set(answers(JOURNEYS[model].phase_case(), touches)) - {None}
    assert reached == {phase.phase for phase in JOURNEYS[model].phases}


@pytest.mark.parametrize("model", MODELS)
def test_an_order_stands_before_aftercare_and_a_new_look_at_products_before_the_order(model):
    """What makes cycles work: aftercare must not begin a new one, and a new look at products must."""
    order, aftercare, product = (
        {"event_name": "purchase", "page_group": "confirmation", "person_state": "prospect"},
        {"event_name": "page_view", "page_group": "account", "person_state": "customer"},
        {"event_name": "page_view", "page_group": "product", "person_state": "customer"},
    )
    places = {phase.phase: place for place, phase in enumerate(JOURNEYS[model].phases)}
    at = [places.get(phase) for phase in answers(JOURNEYS[model].phase_case(), (order, aftercare, product))]
    assert at[1] is None if model == "aida" else at[1] > at[0]  # AIDA ends at the order
    assert at[2] <= at[0]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("state", ["prospect", "customer"])
def test_a_page_view_of_any_group_has_a_phase(state, model):
    touches = [{"event_name": "page_view", "page_group": group, "person_state": state} for group in PAGE_GROUPS]
    found = answers(JOURNEYS[model].phase_case(), touches)
    without = {group for group, phase in zip(PAGE_GROUPS, found, strict=True) if phase is None}
    if state == "prospect":
        assert without == {"account"}  # logging in to order, or a customer of long ago: nobody knows
    elif model == "aida":
        assert without.isdisjoint({"category", "product", "search", "cart", "pricing", "confirmation"})
    else:
        assert not without


@pytest.mark.parametrize("model", MODELS)
def test_texts_for_people_are_whole_sentences_in_two_languages(model):
    journey: Journey = JOURNEYS[model]
    texts = [journey, *journey.phases]
    for text in texts:
        assert text.title_nl
        assert text.title_en
        assert text.description_nl.endswith((".", "?"))
        assert text.description_en.endswith((".", "?"))
        assert text.description_nl != text.description_en


# Errors. The first line of this model is line 1.
GOOD = """\
name: own
title_nl: Eigen
title_en: Own
description_nl: Een eigen model.
description_en: A model of one's own.
window: 30 days
phases:
  - {phase: look, title_nl: Kijken, title_en: Look, description_nl: Kijken., description_en: Look.}
  - {phase: buy, title_nl: Kopen, title_en: Buy, description_nl: Kopen., description_en: Buy.}
rules:
  - {phase: buy, when: {event_name: purchase}}
  - {phase: look, when: {event_name: page_view}}
"""


@pytest.mark.parametrize(
    ("change", "to", "line", "says"),
    [
        ("window: 30 days", "windows: 30 days", 6, "unknown key 'windows'. Allowed: description_en,"),
        ("window: 30 days", "windows: 30 days", 6, "Did you mean 'window'?"),
        ("window: 30 days", "window: 30", 6, "Write a whole number and a unit, such as"),
        ("event_name: page_view", "event_names: page_view", 12, "unknown key 'event_names'. Allowed: channel_group,"),
        ("event_name: page_view", "event_names: page_view", 12, "Did you mean 'event_name'?"),
        ("{phase: buy, title_nl", "{phase: look, title_nl", 9, "phase 'look' stands twice"),
        ("{phase: buy, when", "{phase: by, when", 11, "'by' is not in phases. Allowed: look, buy. Did you mean"),
        ("  - {phase: buy, when: {event_name: purchase}}\n", "", 9, "phase 'buy' has no rule"),
        ("when: {event_name: purchase}", "when: {}", 11, "names no column. Allowed: channel_group,"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_file_line_and_what_is_allowed(tmp_path, change, to, line, says):
    path = tmp_path / "own.yml"
    path.write_text(GOOD.replace(change, to), encoding="utf-8")
    with pytest.raises(DefinitionError) as raised:
        read_journey(path)
    message = str(raised.value)
    assert says in message
    assert re.match(rf"{re.escape(str(path))}:{line}: ", message)


def test_a_model_bears_the_name_of_its_file(tmp_path):
    path = tmp_path / "other.yml"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"other\.yml:1: name is 'own', but the file is called 'other'"):
        read_journey(path)


def test_the_model_with_the_faults_taken_out_is_read(tmp_path):
    path = tmp_path / "own.yml"
    path.write_text(GOOD, encoding="utf-8")
    assert [phase.phase for phase in read_journey(path).phases] == ["look", "buy"]


def landed(page_group: str, channel_group: str) -> dict[str, object]:
    return {
        "event_name": "page_view", "page_group": page_group, "page_path": "/somewhere",
        "channel_group": channel_group, "is_landing": True,
    }  # fmt: skip


def test_every_standard_page_group_has_a_touchpoint_of_its_own_name():
    touches = [{"event_name": "page_view", "page_group": group, "page_path": "/somewhere"} for group in PAGE_GROUPS]
    assert answers(touchpoint_case((), TOUCHPOINTS), touches) == PAGE_GROUPS
    assert set(PAGE_GROUPS) <= {touchpoint.touchpoint_id for touchpoint in TOUCHPOINTS}


@pytest.mark.parametrize("channel_group", ["Paid Search", "Paid Shopping", "Organic Search", "Email", "Direct"])
def test_landing_deep_in_the_funnel_is_a_touch_of_the_page(channel_group):
    deep = ["category", "cart", "confirmation", "demo"]
    deep += [group for group in PAGE_GROUPS if group.startswith(("checkout_", "form_"))]
    assert answers(touchpoint_case((), TOUCHPOINTS), (landed(group, channel_group) for group in deep)) == deep


@pytest.mark.parametrize(
    ("touch", "touchpoint_id"),
    [
        (landed("home", "Paid Search"), "ad_search"),
        (landed("inspiration", "Organic Search"), "search_result"),
        (landed("inspiration", "Organic Social"), "social_post"),
        (landed("home", "Email"), "newsletter"),
        (landed("account", "Email"), "order_mail"),
        (landed("product", "Paid Shopping"), "ad_shopping"),
        (landed("product", "Paid Search"), "product"),
        (landed("home", "Direct"), "home"),
        (landed("home", "Paid Search") | {"is_landing": False}, "home"),
        ({"event_name": "write_review", "page_group": "product", "page_path": "/p/verf"}, "review_written"),
        ({"event_name": "purchase", "page_group": "confirmation", "page_path": "/bedankt"}, "confirmation"),
        ({"event_name": "purchase"}, "order_reported"),
        ({"event_name": "qualify_lead"}, "sales_contact"),
        ({"event_name": "page_view", "page_group": "store_finder", "page_path": "/winkels"}, "store_finder"),
    ],
)
def test_a_touch_is_met_at_its_touchpoint(touch, touchpoint_id):
    assert answers(touchpoint_case((), TOUCHPOINTS), [touch]) == [touchpoint_id]


PAGES = {
    "webshop": """
        / home  /inspiratie/kleurtrends-2026 inspiration  /c/muurverf category  /p/lak-hoogglans-wit-1l product
        /zoeken search  /winkelwagen cart  /afrekenen/gegevens checkout_details  /bedankt confirmation
        /afrekenen/verzending checkout_shipping  /afrekenen/betaling checkout_payment  /account account
        /account/bestellingen account  /klantenservice/bezorging service  /retourneren returns  /reviews reviews
        /over-ons about  /vacatures other""",
    "b2b_leads": """
        / home  /blog/planning-in-de-bouw inspiration  /oplossingen/planning product  /prijzen pricing
        /klantverhalen/installateur-zuid cases  /documentatie/api documentation  /demo demo  /contact contact
        /support/storing-melden service  /login account  /vacatures other""",
    "government_form": """
        / home  /parkeren information  /parkeervergunning product  /parkeervergunning/voorwaarden conditions
        /parkeervergunning/kosten costs  /aanvraag/inloggen form_login  /aanvraag/gegevens form_details
        /aanvraag/documenten form_documents  /aanvraag/controle form_review  /aanvraag/verstuurd form_sent
        /contact contact  /mijn-waterdam account  /parkeerboete other""",
}


@pytest.mark.parametrize("scenario", PAGES)
def test_the_pages_of_a_sample_fall_into_their_groups(scenario):
    words = PAGES[scenario].split()
    settings = read_settings(SETTINGS[scenario])
    touches = [{"page_path": path} for path in words[::2]]
    assert answers(settings.page_group_case(), touches) == words[1::2]
    assert {group.page_group for group in settings.page_groups} <= set(PAGE_GROUPS)


@pytest.mark.parametrize(
    ("scenario", "model", "order", "value"),
    [
        ("webshop", "mckinsey4", "purchase", None),
        ("b2b_leads", "b2b8", "generate_lead", 250),
        ("government_form", "mckinsey4", "form_success", None),
    ],
)
def test_a_sample_has_one_order_event_and_a_model_that_exists(scenario, model, order, value):
    settings: Settings = read_settings(SETTINGS[scenario])
    assert settings.primary_journey == model in JOURNEYS
    assert [(key.event_name, key.value) for key in settings.key_events if key.is_order] == [(order, value)]
    assert settings.time_zone == "Europe/Amsterdam"
    assert settings.public_salt


def test_where_nobody_buys_the_phase_has_the_name_that_the_settings_give_it_and_the_other_phases_keep_theirs():
    settings = read_settings(SETTINGS["government_form"])
    phases = journey_models(JOURNEYS.values(), settings, ROOT)[1]
    titles = duckdb.sql(
        f"select title_nl, title_en from ({phases.sql}) where journey_model = 'mckinsey4' order by phase_order"
    ).fetchall()
    assert titles == [
        ("Oriëntatie", "Orientation"), ("Evaluatie", "Evaluation"), ("Aanvraag", "Application"), ("Nazorg", "Aftercare"),
    ]  # fmt: skip


@pytest.mark.parametrize("scenario", SETTINGS)
def test_owners_answer_for_touchpoints_that_exist_and_not_for_all(scenario):
    settings = read_settings(SETTINGS[scenario])
    known = {touchpoint.touchpoint_id for touchpoint in (*settings.touchpoints, *TOUCHPOINTS)}
    used = {group.page_group for group in settings.page_groups}
    assert set(settings.owners) <= known
    assert used - set(settings.owners), "a touchpoint without an owner is a finding that the sample should show"


@pytest.mark.parametrize("path", SETTINGS.values(), ids=SETTINGS)
def test_settings_tell_editors_their_schema(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert re.fullmatch(r"# yaml-language-server: \$schema=\.\./\.\./\.\./docs/schemas/settings\.json", first)
