"""A row of bars no higher than a letter: how a number goes through the periods."""

from __future__ import annotations

import math
from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
NOTHING = "·"


def sparkline(values: Sequence[float], width: int) -> str:
    """Bars from zero to the largest value, a dot for zero itself; empty where nothing changes.

    More values than ``width`` are put together in runs of equal length, each shown by its largest.
    """
    if width < 1 or not values or min(values) == max(values):
        return ""
    run = math.ceil(len(values) / width)
    tallest = [max(values[at : at + run]) for at in range(0, len(values), run)]
    most = max(values)
    if most <= 0.0:
        return ""
    return "".join(_bar(value / most) for value in tallest)


def _bar(share: float) -> str:
    return BARS[min(len(BARS), math.ceil(len(BARS) * share)) - 1] if share > 0.0 else NOTHING
