"""The register of checks: one for each rule, each constraint and each claim, under the same name everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.errors import PlannerError
from planner.plan.schema import Check
from planner.verify.measure import LARGEST, ROW_TOLERANCE, Seen

if TYPE_CHECKING:
    from planner.verify.case import Case

Function = Callable[["Case"], Iterable[Seen]]


@dataclass(frozen=True)
class Registered:
    """A check.

    name       of the rule, constraint or claim
    tolerance  relative violation up to which it passes
    first      it must pass before anything can be computed from the plan
    function   yields one ``Seen`` for each comparison
    """

    name: str
    tolerance: float
    first: bool
    function: Function

    @property
    def docstring(self) -> str:
        """What it recomputes."""
        return self.function.__doc__ or ""

    def run(self, case: Case) -> Check:
        """The worst violation seen, and where; a plan that cannot be computed with fails, it never raises."""
        worst = Seen(0.0, "")
        count = 0
        try:
            for seen in self.function(case):
                count += 1
                if seen.miss > worst.miss or count == 1:
                    worst = seen
        except (ArithmeticError, AttributeError, LookupError, PlannerError, TypeError, ValueError) as error:
            detail = f"cannot be computed from this plan: {type(error).__name__}: {error}"
            return Check(name=self.name, passed=False, worst=1.0, detail=detail)
        passed = worst.miss <= self.tolerance
        detail = worst.detail if not passed else "" if count else "nothing of the kind in this plan"
        return Check(name=self.name, passed=passed, worst=min(worst.miss, LARGEST), where=worst.where, detail=detail)


REGISTER: dict[str, Registered] = {}


def check(name: str, *, tolerance: float = ROW_TOLERANCE, first: bool = False) -> Callable[[Function], Function]:
    """Registers a function ``(case) -> Iterable[Seen]`` under ``name``."""

    def register(function: Function) -> Function:
        if name in REGISTER:
            raise ValueError(f"two checks are called {name}")
        REGISTER[name] = Registered(name, tolerance, first, function)
        return function

    return register
