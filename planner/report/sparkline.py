"""A row of bars no higher than a letter: how a number goes through the periods."""

from __future__ import annotations

import math
from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int) -> str:
    """Bars from zero to the largest value; empty where nothing changes.

    More values than ``width`` are put together in runs of equal length, each shown by its largest.
    """
    if width < 1 or not values or min(values) == max(values):
        return ""
    run = math.ceil(len(values) / width)
    tallest = [max(values[at : at + run]) for at in range(0, len(values), run)]
    most = max(values)
    if most <= 0.0:
        return ""
    return "".join(BARS[min(len(BARS) - 1, max(0, math.ceil(len(BARS) * value / most) - 1))] for value in tallest)
