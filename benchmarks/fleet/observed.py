"""What was seen in public traces: request lengths, burstiness and days of hourly rates that fleets are drawn from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from planner.workload.lengths import LengthClasses, from_cells, merged

FILE = Path(__file__).with_name("observed.json")
HOURS_PER_DAY = 24
DAYS_PER_WEEK = 7
#: Requests drawn for one service: enough that its classes resemble the source, few enough that services differ.
SAMPLE = 400


@dataclass(frozen=True)
class Observed:
    """One public workload.

    lengths         [classes, 3]: share, input tokens, output tokens
    dispersion_10s  index of dispersion of arrivals over 10 s; None: arrivals not published
    days            [days, 24]: rates by local hour over their mean; no rows: not published
    """

    lengths: np.ndarray
    dispersion_10s: float | None
    days: np.ndarray


@cache
def observed() -> dict[str, Observed]:
    """Every workload by its key."""
    data = json.loads(FILE.read_text(encoding="utf-8"))["workloads"]
    return {
        key: Observed(np.array(row["lengths"]), row["dispersion_10s"], np.array(row["days"]).reshape(-1, HOURS_PER_DAY))
        for key, row in data.items()
    }


def drawn_lengths(random: np.random.Generator, key: str, classes: int, most_tokens: float) -> LengthClasses:
    """``classes`` length classes of a service: a sample of the observed joint histogram, merged.

    Lengths of input and output together over ``most_tokens`` are left out: its users cannot send them.
    """
    share, inputs, outputs = observed()[key].lengths.T
    fits = inputs + outputs <= most_tokens
    share = np.where(fits, share, 0.0)
    counts = random.multinomial(SAMPLE, share / share.sum())
    return merged(from_cells(counts / SAMPLE, np.maximum(inputs, 1.0), np.maximum(outputs, 1.0)), classes)


def drawn_rates(random: np.random.Generator, key: str | None, periods: int, utc_offset: int) -> np.ndarray:
    """Rates per period in UTC with mean 1: real days of ``key``'s rates, seen from a place at ``utc_offset``.

    24 periods take one day; 168 take seven days of one source, each with its own level; None is a steady load.
    """
    if key is None or periods == 1:
        return np.ones(periods)
    days = observed()[key].days
    chosen = random.choice(len(days), size=periods // HOURS_PER_DAY, replace=False)
    # Row h of a day is the local hour h; the local hour at UTC hour u is u + offset.
    rates = np.roll(days[chosen].ravel(), -utc_offset)
    return rates / rates.mean()
