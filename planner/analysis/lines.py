"""The lower envelope of lines that are found one at a time: where a concave, piecewise linear function bends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Line:
    """``at(x) = level + slope · x``, with what it belongs to; the lowest line where it was found lies at most ``slack`` below it."""

    level: float
    slope: float
    of: Any
    slack: float = 0.0

    def at(self, x: float) -> float:
        """Its value at ``x``."""
        return self.level + self.slope * x


@dataclass(frozen=True)
class Segment:
    """A line that is lowest from ``low`` to ``high``."""

    low: float
    high: float
    line: Line


@dataclass(frozen=True)
class Bend:
    """Where one line takes over from another: between ``least`` and ``most``, at ``at`` by the lines themselves; None: not known."""

    at: float | None
    least: float
    most: float


def bends(segments: Sequence[Segment]) -> tuple[Bend, ...]:
    """Where neighbouring segments meet; outside a bend's interval its two lines differ by more than what is not proven of them."""
    found = []
    for one, other in zip(segments, segments[1:]):
        steeper = one.line.slope - other.line.slope
        half = max(one.line.slack, other.line.slack) / steeper if steeper > 0.0 else 0.0
        found.append(Bend(one.high, max(segments[0].low, one.high - half), min(segments[-1].high, one.high + half)))
    return tuple(found)


def envelope(lowest: Callable[[float], Line], low: float, high: float, *, tolerance: float = 1e-8) -> tuple[Segment, ...]:
    """Every segment of the function between ``low`` and ``high``; ``lowest(x)`` gives a line that is lowest at ``x``.

    Two lines that are lowest at the ends of a stretch either meet on the function, and it bends there once, or the function
    lies below where they meet and another line is found. With k bends about 2k + 1 lines are asked for
    (Eisner and Severance, 1976). ``tolerance`` is relative: what lies so little below is not told apart.
    """
    found = _between(lowest, low, high, lowest(low), lowest(high), tolerance)
    joined: list[Segment] = []
    for one in found:
        if joined and _same(joined[-1].line, one.line, low, high, tolerance):
            joined[-1] = Segment(joined[-1].low, one.high, joined[-1].line)
        else:
            joined.append(one)
    return tuple(one for one in joined if one.high - one.low > tolerance * (high - low)) or tuple(joined)


def _between(lowest, low: float, high: float, left: Line, right: Line, tolerance: float) -> list[Segment]:
    if _same(left, right, low, high, tolerance):
        return [Segment(low, high, left)]
    # Concave: the line on the left is the steeper one.
    if left.slope - right.slope <= 0.0:
        return [Segment(low, high, left if left.at(high) <= right.at(low) else right)]
    meet = min(high, max(low, (right.level - left.level) / (left.slope - right.slope)))
    middle = lowest(meet)
    if middle.at(meet) >= left.at(meet) - tolerance * max(1.0, abs(left.at(meet))):
        return [Segment(low, meet, left), Segment(meet, high, right)]
    return _between(lowest, low, meet, left, middle, tolerance) + _between(lowest, meet, high, middle, right, tolerance)


def _same(one: Line, other: Line, low: float, high: float, tolerance: float) -> bool:
    return all(abs(one.at(x) - other.at(x)) <= tolerance * max(1.0, abs(one.at(x))) for x in (low, high))
