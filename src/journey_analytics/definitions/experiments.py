"""Experiments: which parameter tells the variant that somebody saw, and what it is to bring."""

from __future__ import annotations

from datetime import date
from itertools import combinations

from pydantic import Field, model_validator

from journey_analytics.definitions.durations import Duration
from journey_analytics.definitions.rules import Word
from journey_analytics.definitions.strict import Definition, misplaced

_NAME = r"^[a-z][a-z0-9_]*$"
# what int_experiment_sums calls those who saw more than one variant
CROSSED = "none"


class Variant(Definition):
    """One of the ways in which an experiment shows the site."""

    variant: str = Field(pattern=_NAME)
    title_nl: str
    title_en: str
    value: Word = Field(description="value of the parameter, a list of values, or a pattern such as {ends_with: -1}")
    split: float = Field(
        1, gt=0, allow_inf_nan=False, description="its part of the visitors, beside those of the others"
    )


class Experiment(Definition):
    """Visitors dealt out over variants by chance, and held against the control once: when everybody has had the horizon."""

    experiment: str = Field(pattern=_NAME)
    title_nl: str
    title_en: str
    parameter: str = Field("exp_variant_string", description="parameter of GA4's events that names the variant")
    variants: tuple[Variant, ...] = Field(min_length=2)
    control: str = Field(description="the variant that the others are held against: the site as it was")
    conversion: str = Field(description="event of key_events that each variant is to bring")
    starts_on: date = Field(description="first date on which a variant counts as seen")
    ends_on: date = Field(description="last date on which somebody may come in; there is no verdict before it")
    horizon: Duration = Field(
        description="how long after first seeing their variant somebody can convert, such as 14 days"
    )
    touchpoint: str | None = Field(None, description="touchpoint_id where it is shown")
    owner: str | None = None

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> Experiment:
        names = [variant.variant for variant in self.variants]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise misplaced(f"variant {twice!r} stands twice; give both values to one, as a list", "variants")
        if CROSSED in names:
            raise misplaced(f"variant {CROSSED!r} stands for who saw more than one; choose another name", "variants")
        if self.control not in names:
            raise misplaced(f"control {self.control!r} is none of the variants: {', '.join(names)}", "control")
        if self.ends_on < self.starts_on:
            raise misplaced(f"ends_on {self.ends_on} is before starts_on {self.starts_on}", "ends_on")
        for one, other in combinations(self.variants, 2):
            shared = _values(one) & _values(other)
            if shared:
                raise misplaced(
                    f"{one.variant!r} and {other.variant!r} share the value {min(shared)!r}: nobody could say who saw which",
                    "variants",
                )
        return self


def _values(variant: Variant) -> set[str]:
    """Return the values that are written out; those of patterns are seen in the data, where a person may see two variants."""
    return set(variant.value) if isinstance(variant.value, tuple) else set()
