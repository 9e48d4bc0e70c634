"""When a job may run: the months from its start to its deadline, again and again where it recurs, and the periods in them."""

from __future__ import annotations

from typing import Any

from planner.economics.timeline import Timeline
from planner.units import HOURS_PER_MONTH


def windows(job: Any, horizon_months: int) -> tuple[tuple[float, float], ...]:
    """(begin, end) in months of each run whose deadline lies within the horizon."""
    length = job.deadline_hours / HOURS_PER_MONTH
    every = horizon_months if job.every_months is None else job.every_months
    starts = range(job.start_month, horizon_months, every)
    found = tuple((float(s), s + length) for s in (starts if job.every_months is not None else (job.start_month,)))
    return tuple((a, b) for a, b in found if b <= horizon_months + 1e-9)


def share_by_period(job: Any, times: Timeline) -> tuple[float, ...]:
    """Share of a job's hours that falls in each period: as the hours of its windows do, day and night alike; sums to 1."""
    asked = windows(job, times.horizon_months)
    hours = []
    for period in times.periods:
        each = period.hours_per_month * times.horizon_months / len(period.months)
        hours.append(each * sum(overlap(window, month) for window in asked for month in period.months))
    total = sum(hours)
    return tuple(h / total for h in hours) if total else (0.0,) * len(hours)


def share_by_month(job: Any, horizon_months: int) -> tuple[float, ...]:
    """Share of a job's hours that falls in each month of the horizon; sums to 1."""
    asked = windows(job, horizon_months)
    hours = [sum(overlap(window, month) for window in asked) for month in range(horizon_months)]
    total = sum(hours)
    return tuple(h / total for h in hours) if total else (0.0,) * horizon_months


def overlap(window: tuple[float, float], month: int) -> float:
    """Months of ``window`` within ``month``."""
    return max(0.0, min(window[1], month + 1.0) - max(window[0], float(month)))
