"""What would be lost without a channel: the removal effect of a Markov chain of channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from journey_analytics.estimates.frames import EstimateError, numbers, refuse, with_columns
from journey_analytics.estimates.rounding import Floats

if TYPE_CHECKING:
    import pandas as pd

START, CONVERTED, LOST = "(start)", "(converted)", "(lost)"


def removal_effect(frame: pd.DataFrame) -> pd.DataFrame:
    """Add `removal_share`: the share of conversions that the chain loses when everybody who comes to `from_state` is lost.

    Rows are the transitions of one first-order chain: `transitions` counts how often `to_state` followed `from_state`.
    It starts at (start) and ends at (converted) or (lost). All rows of a state bear its share; that of (start) is 1.
    Null where nothing converts.

    Anderl, Becker, Wangenheim, Schumann 2016, International Journal of Research in Marketing 33, 457-474.

    >>> import pandas as pd
    >>> chain = [("(start)", "Email", 2), ("(start)", "Direct", 2), ("Email", "(converted)", 1), ("Email", "Direct", 1)]
    >>> chain += [("Direct", "(converted)", 1), ("Direct", "(lost)", 2)]
    >>> removal_effect(pd.DataFrame(chain, columns=["from_state", "to_state", "transitions"]))["removal_share"].tolist()
    [1.0, 1.0, 0.666666666667, 0.666666666667, 0.5, 0.5]

    Raises:
        EstimateError: a transition out of an end or into the start, or a state that leads nowhere.
    """
    counts = numbers(frame, "transitions")
    refuse(counts <= 0, "transitions is not above 0")
    origin, target = frame["from_state"].astype(str).to_numpy(), frame["to_state"].astype(str).to_numpy()
    refuse(np.isin(origin, [CONVERTED, LOST]), "from_state is an end")
    refuse(target == START, "to_state is the start")
    states = sorted(set(origin))
    strangers = set(target) - set(states) - {CONVERTED, LOST}
    if strangers:
        raise EstimateError(f"the state {min(strangers)!r} leads nowhere: it is no from_state.")

    place = {state: number for number, state in enumerate(states)}
    moves = np.zeros((len(states), len(states)))
    converts = np.zeros(len(states))
    for start, end, count in zip(origin, target, counts, strict=True):
        if end == CONVERTED:
            converts[place[start]] += count
        elif end != LOST:
            moves[place[start], place[end]] += count
    totals = np.zeros(len(states))
    np.add.at(totals, [place[state] for state in origin], counts)
    moves, converts = moves / totals[:, None], converts / totals

    share = dict.fromkeys(states, np.nan)
    whole = _conversion_share(moves, converts, place.get(START))
    if whole > 0:
        for state in states:
            without_moves, without_converts = moves.copy(), converts.copy()
            without_moves[place[state]], without_converts[place[state]] = 0, 0
            share[state] = 1 - _conversion_share(without_moves, without_converts, place.get(START)) / whole
    return with_columns(frame, {"removal_share": np.array([share[state] for state in origin], dtype=np.float64)})


def _conversion_share(moves: Floats, converts: Floats, start: int | None) -> float:
    """Return the probability that a path from the start ends in a conversion."""
    if start is None:
        return 0.0
    return float(np.linalg.solve(np.eye(len(converts)) - moves, converts)[start])
