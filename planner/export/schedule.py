"""When how many replicas run: the periods of a plan as windows of the week, written as cron expressions in UTC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """From ``start`` to ``end`` (cron, five fields, UTC) so many replicas are wanted."""

    start: str
    end: str
    replicas: int


def windows(replicas: Sequence[int], kind: str) -> tuple[Window, ...]:
    """Windows in which more than the fewest replicas run; none where nothing changes.

    replicas  one number a period of the cycle
    kind      of the cycle, as ``problem.periods.kind``: day, weekday_weekend or week
    """
    if kind == "single" or len(set(replicas)) <= 1:
        return ()
    fewest = min(replicas)
    if kind == "weekday_weekend":
        parts = ((replicas[:24], "1-5", "2-6"), (replicas[24:], "0,6", "0,1"))
        return tuple(one for hours, days, after in parts for one in _day(hours, fewest, days, after))
    if kind == "week":
        # Periods begin on Monday; cron counts Sunday as 0.
        runs = _runs(replicas, fewest)
        return tuple(Window(_at(first % 24, (first // 24 + 1) % 7), _at(last % 24, (last // 24 + 1) % 7), count) for first, last, count in runs)
    return _whole_day(replicas, fewest)


def _whole_day(replicas: Sequence[int], fewest: int) -> tuple[Window, ...]:
    """A cycle of one day: a run that passes midnight is one window."""
    length = 24 // len(replicas)
    runs = _runs(replicas, fewest)
    if len(runs) > 1 and runs[0][0] == 0 and runs[-1][1] == len(replicas) and runs[0][2] == runs[-1][2]:
        runs = [*runs[1:-1], (runs[-1][0], runs[0][1], runs[0][2])]
    return tuple(Window(_at(first * length, "*"), _at(last * length % 24, "*"), count) for first, last, count in runs)


def _day(hours: Sequence[int], fewest: int, days: str, after: str) -> tuple[Window, ...]:
    """Some days of the week; a window that ends at midnight ends on the days after them."""
    return tuple(
        Window(_at(first, days), _at(last % 24, days if last < 24 else after), count) for first, last, count in _runs(hours, fewest)
    )


def _runs(replicas: Sequence[int], fewest: int) -> list[tuple[int, int, int]]:
    """(first period, period after the last, replicas) of runs of one number above the fewest."""
    found: list[tuple[int, int, int]] = []
    for at, count in enumerate(replicas):
        if count <= fewest:
            continue
        if found and found[-1][1] == at and found[-1][2] == count:
            found[-1] = (found[-1][0], at + 1, count)
        else:
            found.append((at, at + 1, count))
    return found


def _at(hour: int, days: object) -> str:
    return f"0 {hour} * * {days}"
