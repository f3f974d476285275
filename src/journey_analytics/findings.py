"""The three findings that matter most, in words."""

from __future__ import annotations

from dataclasses import dataclass

from journey_analytics.warehouse import Warehouse
from journey_analytics.wording import Language, money, whole

TOP = 3


@dataclass(frozen=True)
class Finding:
    """A friction of the primary journey model that is worse than chance explains."""

    phase: dict[Language, str]
    statement: dict[Language, str]
    base: dict[Language, str]
    n: int
    pending_n: int
    currency: str | None
    low: float | None
    mid: float | None
    high: float | None
    owner: str | None

    def sentences(self, language: Language) -> str:
        """Return the finding in words: what people do, what it costs, how sure it is, who owns it."""
        parts = [self.statement[language], self._cost(language), self._certainty(language), self._owner(language)]
        return " ".join(part for part in parts if part)

    def _cost(self, language: Language) -> str:
        if self.mid is None or self.low is None or self.high is None or self.currency is None:
            return ""
        low, mid, high = (money(amount, self.currency, language) for amount in (self.low, self.mid, self.high))
        if language == "nl":
            return (
                f"Kost ongeveer {mid} per week, tussen {low} en {high}, als het hier ging zoals in de rest van de fase."
            )
        return f"Costs about {mid} a week, between {low} and {high}, if it went here as in the rest of the phase."

    def _certainty(self, language: Language) -> str:
        n, pending = whole(self.n, language), whole(self.pending_n, language)
        if language == "nl":
            return f"Gemeten over {n} {self.base['nl']}; {pending} nog open. De oorzaak is nog niet getest."
        return f"Measured over {n} {self.base['en']}; {pending} still open. The cause has not been tested."

    def _owner(self, language: Language) -> str:
        if self.owner is not None:
            return f"Eigenaar: {self.owner}." if language == "nl" else f"Owner: {self.owner}."
        return "Eigenaar ontbreekt." if language == "nl" else "No owner yet."


def top_findings(warehouse: Warehouse) -> list[Finding]:
    """Return at most three findings of the primary journey model, one per overlap group, the costliest first."""
    rows = warehouse.rows(
        f"""select
            phases.title_nl, phases.title_en, annotations.statement_nl, annotations.statement_en,
            signals.base_nl, signals.base_en, annotations.n,
            annotations.pending_n, annotations.currency, annotations.opportunity_low, annotations.opportunity_mid,
            annotations.opportunity_high, annotations.owner
        from pub_friction_annotations as annotations
        inner join dim_journeys as journeys on annotations.journey_model = journeys.journey_model
        inner join dim_phases as phases
            on annotations.journey_model = phases.journey_model and annotations.phase = phases.phase
        inner join dim_signals as signals on split_part(annotations.signal_id, ':', 1) = signals.signal_id
        where journeys.is_primary and annotations.additive
            and annotations.as_of in (select as_of from run_window)
        order by annotations.priority_rank
        limit {TOP}"""
    )
    return [
        Finding(
            phase={"nl": phase_nl, "en": phase_en},
            statement={"nl": nl, "en": en},
            base={"nl": base_nl, "en": base_en},
            n=n,
            pending_n=pending_n,
            currency=currency,
            low=_number(low),
            mid=_number(mid),
            high=_number(high),
            owner=owner,
        )
        for phase_nl, phase_en, nl, en, base_nl, base_en, n, pending_n, currency, low, mid, high, owner in rows
    ]


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
