"""How far one figure of a plan is from what it must be, as a relative violation."""

from __future__ import annotations

import math
from typing import NamedTuple

#: Rows of the program may miss by this much, relative (DESIGN, exact semantics: gap).
ROW_TOLERANCE = 1e-6
#: Money and other claims are compared on unrounded sums.
CLAIM_TOLERANCE = 1e-9
#: A violation that has no size, such as a name nobody knows.
ALL = 1.0
#: Violations are reported up to this size, so that a certificate holds finite numbers only.
LARGEST = 1e9


class Seen(NamedTuple):
    """One comparison.

    miss    relative violation; 0: holds
    where   what it is about, such as a service and a period
    detail  said when it is the worst and too large
    value, limit   the two sides, where there are two
    """

    miss: float
    where: str
    detail: str = ""
    value: float | None = None
    limit: float | None = None


def at_most(value: float, limit: float, where: str, *, unit: str = "", floor: float = 1e-9) -> Seen:
    """``value`` is no more than ``limit``; relative to the limit, or to ``floor`` where the limit is smaller."""
    if not (math.isfinite(value) and math.isfinite(limit)):
        return Seen(ALL, where, f"{value:g} against {limit:g}: not a finite number", value, limit)
    miss = min(LARGEST, max(0.0, value - limit) / max(abs(limit), floor))
    return Seen(miss, where, f"{value:.9g} is above {limit:.9g} {unit}".rstrip() if miss else "", value, limit)


def at_least(value: float, limit: float, where: str, *, unit: str = "", floor: float = 1e-9) -> Seen:
    """``value`` is no less than ``limit``."""
    if not (math.isfinite(value) and math.isfinite(limit)):
        return Seen(ALL, where, f"{value:g} against {limit:g}: not a finite number", value, limit)
    miss = min(LARGEST, max(0.0, limit - value) / max(abs(limit), floor))
    return Seen(miss, where, f"{value:.9g} is below {limit:.9g} {unit}".rstrip() if miss else "", value, limit)


def equal(claimed: float, computed: float, where: str, *, unit: str = "", floor: float = 1e-9) -> Seen:
    """``claimed`` is ``computed``, relative to the larger of the computed value and ``floor``."""
    if not (math.isfinite(claimed) and math.isfinite(computed)):
        return Seen(ALL, where, f"{claimed:g} against {computed:g}: not a finite number", claimed, computed)
    miss = min(LARGEST, abs(claimed - computed) / max(abs(computed), floor))
    text = f"claimed {claimed:.9g}, recomputed {computed:.9g} {unit}".rstrip() if miss else ""
    return Seen(miss, where, text, claimed, computed)


def same(claimed: object, computed: object, where: str) -> Seen:
    """Two things that are equal or not."""
    if claimed == computed:
        return Seen(0.0, where)
    return Seen(ALL, where, f"claimed {claimed!r}, recomputed {computed!r}")


def refused(where: str, detail: str) -> Seen:
    """Something that must not be."""
    return Seen(ALL, where, detail)


def unless(wrong: object, where: str, detail: str) -> Seen:
    """Something that must not be, if ``wrong``."""
    return refused(where, detail) if wrong else Seen(0.0, where)
