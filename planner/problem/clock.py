"""Rates by local hour of the day as rates per period of the cycle, which are UTC."""

from __future__ import annotations

import math

HOURS = 24
WEEKDAYS = 5
DAYS = 7


def rates_of_shape(
    mean_per_s: float, shape: tuple[float, ...], weekend: float, offset_hours: float, kind: str, per_day: int
) -> tuple[float, ...]:
    """Requests per second in each period of the cycle; their mean over a week is ``mean_per_s``.

    shape         24 relative rates by local hour
    weekend       rate on weekend days over that on weekdays; nothing to tell apart: no effect
    offset_hours  local time is UTC plus this; parts of an hour mix two neighbours
    kind, per_day as ``problem.periods``
    """
    scale = mean_per_s * HOURS / sum(shape)
    by_hour = [scale * _at(shape, hour + offset_hours) for hour in range(HOURS)]
    if kind == "single":
        return (mean_per_s,)
    if kind == "day":
        length = HOURS // per_day
        return tuple(sum(by_hour[i * length : (i + 1) * length]) / length for i in range(per_day))
    weekday = DAYS / (WEEKDAYS + (DAYS - WEEKDAYS) * weekend)
    if kind == "weekday_weekend":
        return tuple(weekday * r for r in by_hour) + tuple(weekday * weekend * r for r in by_hour)
    week = tuple(
        shape[hour % HOURS] * (1.0 if hour // HOURS < WEEKDAYS else weekend) for hour in range(DAYS * HOURS)
    )
    return tuple(scale * weekday * _at(week, hour + offset_hours) for hour in range(DAYS * HOURS))


def _at(cycle: tuple[float, ...], start: float) -> float:
    """Mean of a cyclic step function over the hour that begins at ``start``."""
    whole = math.floor(start)
    part = start - whole
    first, second = cycle[whole % len(cycle)], cycle[(whole + 1) % len(cycle)]
    return first if part == 0.0 else (1.0 - part) * first + part * second
