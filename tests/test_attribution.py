"""Attribution against oracles that are not ours: every order of the channels, and every path of a chain walked out."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey_analytics.estimates import EstimateError, apply_estimates
from journey_analytics.warehouse import Warehouse

CHANNELS = ("Direct", "Email", "Referral")
Paths = list[tuple[list[str], bool]]
paths_of_channels = st.lists(
    st.tuples(st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=4), st.booleans()), min_size=1, max_size=12
)


def transitions(paths: Paths) -> pd.DataFrame:
    """Return how often one state followed another."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for channels, is_converted in paths:
        states = ["(start)", *channels, "(converted)" if is_converted else "(lost)"]
        for pair in pairwise(states):
            counts[pair] += 1
    return pd.DataFrame([(*pair, n) for pair, n in counts.items()], columns=["from_state", "to_state", "transitions"])


def walked(chain: pd.DataFrame, without: str | None) -> float:
    """Return the share that converts, by sending everybody one step at a time until all have arrived."""
    totals = chain.groupby("from_state")["transitions"].sum()
    here, converted = {"(start)": 1.0}, 0.0
    for _ in range(3000):
        there: dict[str, float] = defaultdict(float)
        for row in chain.itertuples():
            share = here.get(row.from_state, 0.0) * row.transitions / totals[row.from_state]
            if row.from_state == without or row.to_state == "(lost)":
                continue
            if row.to_state == "(converted)":
                converted += share
            else:
                there[row.to_state] += share
        here = there
        if sum(here.values()) < 1e-13:
            break
    return converted


@given(paths_of_channels)
def test_the_removal_share_is_what_walking_without_the_channel_loses(paths: Paths) -> None:
    chain = transitions(paths)
    found = apply_estimates(chain, ["removal_effect"]).groupby("from_state")["removal_share"].first()
    whole = walked(chain, None)
    for state in found.index:
        if whole == 0:
            assert np.isnan(found[state])
        else:
            assert found[state] == pytest.approx(1 - walked(chain, str(state)) / whole, abs=1e-9)


@given(paths_of_channels)
def test_as_much_to_each_channel_of_a_path_is_the_shapley_value(paths: Paths) -> None:
    sets = [set(channels) for channels, is_converted in paths if is_converted]
    value: dict[str, float] = defaultdict(float)
    orders = list(permutations(CHANNELS))
    for order in orders:
        for place, channel in enumerate(order):
            before, after = set(order[:place]), set(order[: place + 1])
            value[channel] += (sum(s <= after for s in sets) - sum(s <= before for s in sets)) / len(orders)
    for channel in CHANNELS:
        assert value[channel] == pytest.approx(sum(1 / len(s) for s in sets if channel in s))


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("Email", "Direct", 1), "leads nowhere"),
        (("(lost)", "(converted)", 1), "from_state is an end"),
        (("Email", "(start)", 1), "to_state is the start"),
        (("Email", "(lost)", 0), "transitions is not above 0"),
    ],
)
def test_a_chain_that_cannot_be_is_refused(row: tuple[str, str, int], told: str) -> None:
    chain = pd.DataFrame([("(start)", "Email", 1), row], columns=["from_state", "to_state", "transitions"])
    with pytest.raises(EstimateError, match=told):
        apply_estimates(chain, ["removal_effect"])


def test_every_model_gives_away_every_order_of_the_sample(webshop_tables: Warehouse) -> None:
    sums = webshop_tables.rows(
        """select attribution_model, sum(attributed_orders) = max(orders), sum(attributed_value) = max(order_value), max(orders) > 200
        from pub_attribution group by all"""
    )
    assert len(sums) == 8
    assert all(all(row[1:]) for row in sums)
