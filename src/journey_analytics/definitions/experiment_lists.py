"""Experiments as tables: what is tried, its variants, and the events that name one."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from sqlglot import exp

from journey_analytics.definitions.event_details import holds_of_a_parameter
from journey_analytics.definitions.experiments import Experiment
from journey_analytics.definitions.front_matter import FrontMatter
from journey_analytics.definitions.generated import rows_model
from journey_analytics.definitions.model import Model
from journey_analytics.definitions.settings import Settings
from journey_analytics.definitions.strict import place_in
from journey_analytics.errors import DefinitionError, did_you_mean

EVENTS = "int_experiment_events"
_RAW = "raw_ga4__events"


def check_experiments(settings: Settings, path: Path, touchpoints: Collection[str]) -> None:
    """Refuse experiments that nothing can judge.

    Args:
        path: of the settings, for messages.
        touchpoints: all touchpoint ids.

    Raises:
        DefinitionError: a conversion that is no key event, an unknown touchpoint, or a name that stands twice.
    """
    events = [event.event_name for event in settings.key_events]
    seen: set[str] = set()
    for number, item in enumerate(settings.experiments):
        faults = [] if item.experiment not in seen else [("experiment", "stands twice. Give each a name of its own.")]
        seen.add(item.experiment)
        named = (("conversion", item.conversion, events), ("touchpoint", item.touchpoint, [None, *touchpoints]))
        for key, value, allowed in named:
            if value not in allowed:
                names = sorted(name for name in allowed if name is not None)
                what = "no event of key_events" if key == "conversion" else "not there"
                hint = did_you_mean(str(value), names)
                faults.append((key, f"{value!r} is {what}. Allowed: {', '.join(names)}.{hint}"))
        if faults:
            at, text = faults[0]
            place = place_in(path, ("experiments", number, at))
            raise DefinitionError(f"{place}: experiment {item.experiment!r}: {at} {text}")


def experiment_models(settings: Settings, path: Path) -> list[Model]:
    """Return dim_experiments, dim_experiment_variants, and the events that name a variant."""
    experiments = settings.experiments
    titles = {"title_nl": "varchar", "title_en": "varchar"}
    return [
        rows_model(
            "dim_experiments", path, "One row per experiment of the settings.", ["experiment_id"],
            {"experiment_id": "varchar", **titles, "control": "varchar", "conversion": "varchar", "starts_on": "date",
             "ends_on": "date", "horizon_seconds": "bigint", "owner": "varchar", "touchpoint_id": "varchar"},
            [(e.experiment, e.title_nl, e.title_en, e.control, e.conversion, str(e.starts_on), str(e.ends_on),
              int(e.horizon.total_seconds()), e.owner, e.touchpoint) for e in experiments],
        ),
        rows_model(
            "dim_experiment_variants", path, "One row per variant of an experiment.", ["experiment_id", "variant"],
            {"experiment_id": "varchar", "variant": "varchar", "variant_order": "integer", **titles,
             "is_control": "boolean", "split_weight": "double"},
            [(e.experiment, v.variant, place, v.title_nl, v.title_en, v.variant == e.control, float(v.split))
             for e in experiments for place, v in enumerate(e.variants, start=1)],
        ),
        _events_model(experiments, path),
    ]  # fmt: skip


def _events_model(experiments: Collection[Experiment], path: Path) -> Model:
    """Return the events whose parameter names a variant, of the raw table: it alone holds all parameters."""
    selects = [
        f"select distinct event_key, event_date, {_text(item.experiment)} as experiment_id, "
        f"{_text(variant.variant)} as variant\nfrom {_RAW}\n"
        f"where event_date >= date '{item.starts_on}' and event_date <= date '{item.ends_on}'\n"
        f"and {holds_of_a_parameter(item.parameter, variant.value)}"
        for item in experiments
        for variant in item.variants
    ]
    nothing = f"select event_key, event_date, '' as experiment_id, '' as variant\nfrom {_RAW}\nwhere false"
    front = FrontMatter(
        description="One row per event and variant of an experiment that a parameter of the event names.",
        grain=("event_key", "event_date", "experiment_id", "variant"),
        owner="marketing-analytics",
        rebuild_by="event_date",
    )
    return Model(EVENTS, "goals", path, front, "\nunion all\n".join(selects) or nothing, True)


def _text(value: str) -> str:
    return exp.Literal.string(value).sql("duckdb")
