"""What was seen of a service's load: hourly rates, lengths of requests, and what was paid for it."""

from __future__ import annotations

from dataclasses import dataclass

HOURS = 24


@dataclass(frozen=True)
class Lengths:
    """A class of requests: mean tokens and its share."""

    input_tokens: float
    output_tokens: float
    share: float


@dataclass(frozen=True)
class Load:
    """The load of one model.

    hourly_per_s       mean requests/s in each hour of the day, UTC; hours without data have the mean of the others
    classes            lengths; their shares sum to 1
    seconds            time that was looked at
    requests           that were counted
    notes              what was assumed
    """

    hourly_per_s: tuple[float, ...]
    classes: tuple[Lengths, ...]
    seconds: float
    requests: float
    notes: tuple[str, ...] = ()

    @property
    def rate_per_s(self) -> float:
        """Mean over the day."""
        return sum(self.hourly_per_s) / HOURS


def hourly(counted: list[float], seconds: list[float]) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Rates by hour of the day from counts and the time looked at; what was filled in is said."""
    total = sum(seconds)
    mean = sum(counted) / total if total else 0.0
    missing = [hour for hour in range(HOURS) if seconds[hour] <= 0.0]
    rates = tuple(counted[hour] / seconds[hour] if seconds[hour] > 0.0 else mean for hour in range(HOURS))
    if not missing:
        return rates, ()
    shown = ", ".join(f"{hour:02d}" for hour in missing[:6]) + (", …" if len(missing) > 6 else "")
    return rates, (f"no data for {len(missing)} of 24 hours (UTC {shown}): the mean of the others is taken",)
