"""What a sweep shows: each scenario's difference from the plan as it is, and which plan holds where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner.analysis.difference import Interval, interval
from planner.analysis.scenarios import Scenario
from planner.analysis.sweep import Result

#: The scenario in which nothing changes; every sweep holds it, first.
NOW = Scenario("now", ())


@dataclass(frozen=True)
class Row:
    """One scenario; ``plan`` is the letter of its plan, ``delta`` its cost less that of the plan as it is."""

    result: Result
    plan: str
    delta: Interval | None


@dataclass(frozen=True)
class Swept:
    """All scenarios, the one without changes first; ``plans`` by letter, in the order in which they first hold."""

    rows: tuple[Row, ...]
    plans: dict[str, str]

    @property
    def crashed(self) -> int:
        """Scenarios that took their process down."""
        return sum(row.result.status == "crashed" for row in self.rows)


def swept(results: Sequence[Result]) -> Swept:
    """``results`` of ``sweep``, of which the first is NOW's."""
    now = results[0]
    letters: dict[str, str] = {}
    for result in results:
        if result.plan and result.plan not in letters:
            letters[result.plan] = _letter(len(letters))
    rows = tuple(Row(result, letters.get(result.plan, ""), _delta(now, result)) for result in results)
    return Swept(rows, {letter: plan for plan, letter in letters.items()})


def _delta(now: Result, then: Result) -> Interval | None:
    if then is now and now.total_usd_per_month is not None:
        return Interval(0.0, 0.0, 0.0)
    if now.total_usd_per_month is None or then.total_usd_per_month is None:
        return None
    return interval(now.total_usd_per_month, now.bound_usd_per_month, then.total_usd_per_month, then.bound_usd_per_month)


def _letter(number: int) -> str:
    """A, B, … Z, AA, AB, …"""
    text = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, 26)
        text = chr(ord("A") + digit) + text
    return text
