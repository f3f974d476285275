"""Predictions as a table, and which models are there only where they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from journey_analytics.definitions.generated import rows_model
from journey_analytics.definitions.model import Model
from journey_analytics.definitions.predictions import Predict
from journey_analytics.definitions.settings import Settings
from journey_analytics.errors import DefinitionError, did_you_mean


def asked_for(models: Mapping[str, Model], settings: Settings) -> dict[str, Model]:
    """Return the models without those whose `only_with` names a key that the settings lack: they are not built at all.

    Raises:
        DefinitionError: `only_with` names no key of the settings.
    """
    for model in models.values():
        key = model.front.only_with
        if key is not None and key not in Settings.model_fields:
            allowed = ", ".join(sorted(Settings.model_fields))
            raise DefinitionError(
                f"{model.place_of('only_with')}: only_with {key!r} is no key of journey.yml. Allowed: {allowed}."
                f"{did_you_mean(key, Settings.model_fields)}"
            )
    return {
        name: model
        for name, model in models.items()
        if model.front.only_with is None or getattr(settings, model.front.only_with) is not None
    }


def prediction_models(predict: Predict | None, path: Path) -> list[Model]:
    """Return dim_prediction_targets; nothing where nothing is predicted.

    Args:
        path: of the settings.
    """
    if predict is None:
        return []
    rows = [(target, place, predict.horizon.days) for place, target in enumerate(predict.targets, start=1)]
    return [
        rows_model(
            "dim_prediction_targets", path, "One row per thing that is predicted of persons.", ["target"],
            {"target": "varchar", "target_order": "integer", "horizon_days": "integer"}, rows,
        )
    ]  # fmt: skip
