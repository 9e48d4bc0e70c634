"""Which period of a planning cycle an instant of a trace or summary falls into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Cycle = Literal["single", "day", "weekday_weekend", "week"]
_DAY_HOURS = 24
_WEEKDAYS = 5


@dataclass(frozen=True)
class Clock:
    """What second 0 of the data is on the wall.

    start_hour        local hour of day of second 0
    start_weekday     0 Monday ... 6 Sunday of second 0, local; ``None`` when the data does not say
    utc_offset_hours  local time is UTC plus this
    """

    start_hour: float = 0.0
    start_weekday: int | None = None
    utc_offset_hours: float = 0.0


def periods_in(cycle: Cycle, per_day: int = _DAY_HOURS) -> int:
    """How many periods a cycle has; ``per_day`` (a divisor of 24) counts for ``day`` only."""
    if cycle == "day" and (per_day < 1 or _DAY_HOURS % per_day):
        raise ValueError(f"{per_day} periods do not divide a day of 24 hours")
    return {"single": 1, "day": per_day, "weekday_weekend": 2 * _DAY_HOURS, "week": 7 * _DAY_HOURS}[cycle]


def period_of(seconds: np.ndarray, clock: Clock, cycle: Cycle, per_day: int = _DAY_HOURS) -> np.ndarray:
    """The period index of each instant; periods are in UTC, period 0 begins at 00:00 UTC (of Monday for ``week``).

    ``weekday_weekend`` has the 24 hours of a weekday, then of a weekend day. Which kind a day is follows the local
    calendar; each kind is a cyclic day of its own, so its local hours turn into UTC hours of the same kind. Raises
    ``ValueError`` for a cycle with weekdays when the clock has none.
    """
    count = periods_in(cycle, per_day)
    local_hour = clock.start_hour + np.asarray(seconds, dtype=float) / 3600.0
    utc_hour = local_hour - clock.utc_offset_hours
    if cycle == "single":
        return np.zeros(len(local_hour), dtype=np.int64)
    if cycle == "day":
        return np.floor(utc_hour % _DAY_HOURS * per_day / _DAY_HOURS).astype(np.int64) % count
    if clock.start_weekday is None:
        raise ValueError("the weekday of the first day is not known")
    start = clock.start_weekday * _DAY_HOURS
    if cycle == "week":
        return np.floor((start + utc_hour) % count).astype(np.int64) % count
    is_weekend = ((start + local_hour) // _DAY_HOURS % 7 >= _WEEKDAYS).astype(np.int64)
    return is_weekend * _DAY_HOURS + np.floor(utc_hour % _DAY_HOURS).astype(np.int64) % _DAY_HOURS
