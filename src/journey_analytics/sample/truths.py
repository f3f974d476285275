"""truth.yml: what is planted in a sample, for people and for tests."""

from __future__ import annotations

from datetime import date
from typing import Any

import yaml

from journey_analytics.sample.site import Site, Truth

HEADER = """\
# What is planted in this sample, so that everyone can check what the analysis finds.
#
# strength:
#   leaves: of the persons (with consent) for whom the fact holds, the share that stops for good the first time they
#     are on that kind of page, that is without a later touch in a later phase within 30 days
#   otherwise: the same of the other persons there; other_page: the same at a page to compare with
#   signal_share: the share of the page's visitors who meet the signal
#   slower: how many times longer the page is open; ga4_share_…: who of those that leave, or not, get the GA4 event
# from: the first day, or start. for_whom: {} is everyone.
# visible_now: whether the analysis should report it today; why_not says why it does not.
"""


def truth_text(site: Site, seed: int, last_date: date, days: int) -> str:
    """Return the content of truth.yml."""
    document = {
        "scenario": site.name,
        "property": site.title,
        "seed": seed,
        "last_date": last_date,
        "days": days,
        "truths": [_row(site, truth) for truth in site.truths],
    }
    return HEADER + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


def _row(site: Site, truth: Truth) -> dict[str, Any]:
    strength = _strength(site, truth)
    texts = {name: _percent(number) for name, number in strength.items() if name != "slower"}
    texts |= {"slower": f"{truth.slower:g}", "since": str(truth.since)}
    row: dict[str, Any] = {
        "id": truth.id,
        "what_nl": truth.what_nl.format(**texts),
        "what_en": truth.what_en.format(**texts),
        "where": {"page_group": truth.page, "event": truth.event},
        "from": truth.since or "start",
        "for_whom": dict(truth.for_whom),
        "strength": strength,
        "signal": truth.signal,
        "visible_now": truth.visible_now,
    }
    if not truth.visible_now:
        row["why_not"] = truth.why_not
    return row


def _percent(share: float) -> str:
    return f"{share * 100:g} %"


def _strength(site: Site, truth: Truth) -> dict[str, float]:
    """Return the numbers of a truth, those that do not apply left out."""
    numbers = {
        "leaves": truth.leaves,
        "otherwise": site.otherwise(truth) if truth.leaves is not None and truth.is_for_some else None,
        "other_page": site.pages[site.page_number(truth.other_page)].leave if truth.other_page else None,
        "signal_share": truth.signal_share or None,
        "slower": truth.slower if truth.slower != 1.0 else None,
        "ga4_share_if_leaving": truth.ga4_share_if_leaving or None,
        "ga4_share_if_not": truth.ga4_share_if_not or None,
    }
    return {name: number for name, number in numbers.items() if number is not None}
