"""What the traffic filters of the settings leave out, told with its share: nothing goes in silence."""

from __future__ import annotations

from dataclasses import dataclass

from journey_analytics.definitions.settings import Settings
from journey_analytics.warehouse import Warehouse
from journey_analytics.wording import Language, percentage, whole

_COUNTED = """
    select traffic_filter, cast(sum(events) as bigint) from fct_filtered_events group by traffic_filter
"""
_DOUBTED_SHARE = 0.5
_DELIVERED = "select cast(coalesce(sum(delivered_rows), 0) as bigint) from int_delivered_days"


@dataclass(frozen=True)
class LeftOut:
    """How many of the delivered events a filter leaves out."""

    traffic_filter: str
    events: int
    delivered_events: int

    @property
    def is_doubtful(self) -> bool:
        """Whether the rule may be wrong: it holds for nothing, or for most of all there is."""
        return not self.events or self.events > _DOUBTED_SHARE * self.delivered_events

    def sentence(self, language: Language) -> str:
        """Return it in words.

        >>> LeftOut("internal", 120, 4000).sentence("en")
        'Filter internal leaves out 120 of 4,000 delivered events (3.0%).'
        """
        if not self.events:
            return {
                "nl": f"Filter {self.traffic_filter} laat geen enkel event weg: staat de regel goed?",
                "en": f"Filter {self.traffic_filter} leaves out no event: is its rule right?",
            }[language]
        part, base = whole(self.events, language), whole(self.delivered_events, language)
        share = percentage(self.events / self.delivered_events, language)
        return {
            "nl": f"Filter {self.traffic_filter} laat {part} van {base} aangeleverde events weg ({share}).",
            "en": f"Filter {self.traffic_filter} leaves out {part} of {base} delivered events ({share}).",
        }[language]


def left_out(settings: Settings, warehouse: Warehouse) -> list[LeftOut]:
    """Return what each filter leaves out of all stored events, in the order of the settings."""
    if not settings.traffic_filters:
        return []
    events = dict(warehouse.rows(_COUNTED))
    delivered = int(warehouse.value(_DELIVERED))
    return [
        LeftOut(each.traffic_filter, int(events.get(each.traffic_filter, 0)), delivered)
        for each in settings.traffic_filters
    ]
