"""When cash is paid for commitments and hardware: on the day they begin, again when they end within the horizon."""

from __future__ import annotations

from planner.economics.commitments import CommitmentOption


def upfront_by_month(option: CommitmentOption, horizon_months: int) -> dict[int, float]:
    """USD paid for one unit at the beginning of months, counted from 0; what old hardware brings is taken off the next.

    A term or life that ends within the horizon is paid again.
    """
    start = option.first_month
    months = range(start, horizon_months, option.term_months)
    again = option.upfront_usd_per_unit - option.salvage_usd_per_unit
    return {month: option.upfront_usd_per_unit if month == start else again for month in months}


def paid_before_usd_per_month(option: CommitmentOption) -> float:
    """What of a unit's price in a month was paid upfront, and is no cash of the month [USD]."""
    return 0.0 if option.bought else option.upfront_usd_per_unit / option.term_months
