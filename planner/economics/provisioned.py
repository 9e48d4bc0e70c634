"""Provisioned throughput: what units carry and cost, and how many a purchase may hold."""

from __future__ import annotations

import math

from planner.units import SECONDS_PER_MINUTE

#: Loads over a whole number of steps by less than this, relative, are rounding.
ROUNDING = 1e-9


def minute_load(units, input_tokens: float, output_tokens: float) -> float:
    """What one request per second takes of units, in their tokens per minute: cached input counts in full."""
    return SECONDS_PER_MINUTE * (input_tokens + units.output_weight * output_tokens)


def least_steps(units) -> int:
    """Steps of the smallest purchase."""
    return math.ceil(units.minimum_units / units.step_units)


def most_steps(units, tokens_per_minute: float) -> int:
    """Steps that carry a load, at least the smallest purchase: more is never needed."""
    each = units.step_units * units.tokens_per_minute
    return max(least_steps(units), math.ceil(tokens_per_minute / each * (1.0 - ROUNDING)) if tokens_per_minute > 0 else 0)
