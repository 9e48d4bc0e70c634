"""Bundles of concessions: what each gives and buys, and which of several no other one beats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.analysis.limits import Limit, Step
from planner.analysis.smallest import NARROW
from planner.plan.cost import TOTAL

if TYPE_CHECKING:
    from planner.plan.schema import Plan

#: Costs that differ by less than this, relative, are one.
ALIKE = 1e-9
#: What a bundle without a character of its own is called.
OTHER = "another way"


@dataclass(frozen=True)
class Concession:
    """One limit that gives way: from what, to what, and who must agree."""

    limit: Limit
    step: Step

    @property
    def words(self) -> str:
        """In the user's words."""
        return self.limit.given(self.step)


@dataclass(frozen=True)
class Bundle:
    """Concessions that together buy a plan, which is solved and checked.

    characters  what it is the best of
    pain        Σ weight × size over its concessions
    saves       cost of the cheapest plan without the budget less this one's; None where there is none   [USD/month]
    """

    characters: tuple[str, ...]
    concessions: tuple[Concession, ...]
    pain: float
    plan: Plan
    saves: float | None

    @property
    def agrees(self) -> tuple[str, ...]:
        """Who must agree."""
        return tuple(dict.fromkeys(one.limit.kind.agrees for one in self.concessions))


def undominated(bundles: list[Bundle]) -> list[Bundle]:
    """Without those that another one beats.

    It concedes no more of anything, costs no more, and one of the two less; or it moves no other limits, hurts no more and costs no
    more: then the one beaten is no other way, it only asks for more of the same.
    """

    def moves(bundle: Bundle) -> dict[str, float]:
        # By value: of a limit of nothing every change is as large as giving it up.
        return {one.limit.path: float("inf") if one.step.dropped else away(one) for one in bundle.concessions}

    def beats(one: Bundle, other: Bundle) -> bool:
        a, b = moves(one), moves(other)
        cost, its = one.plan.cost[TOTAL], other.plan.cost[TOTAL]
        if all(far <= b.get(path, 0.0) for path, far in a.items()) and cost <= its and (a != b or cost < its):
            return True
        return a.keys() < b.keys() and other.characters == (OTHER,) and one.pain <= other.pain and cost <= its * (1.0 + ALIKE)

    kept: list[Bundle] = []
    for bundle in bundles:
        twin = next((i for i, one in enumerate(kept) if _alike(moves(one), moves(bundle))), None)
        if twin is not None:
            characters = tuple(dict.fromkeys((*kept[twin].characters, *bundle.characters)))
            kept[twin] = replace(kept[twin], characters=tuple(c for c in characters if c != OTHER) or (OTHER,))
        else:
            kept.append(bundle)
    return [one for one in kept if not any(beats(other, one) for other in kept if other is not one)]


def away(given: Concession) -> float:
    """How far a number moved, in its own unit; a choice is one."""
    value = given.step.change.value
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and isinstance(given.limit.value, (int, float))
    return abs(value - given.limit.value) if number else 1.0


def _alike(one: dict[str, float], other: dict[str, float]) -> bool:
    """Whether two bundles move the same limits as far, to what values are known to."""
    return one.keys() == other.keys() and all(far == other[path] or abs(far - other[path]) <= 2.0 * NARROW * max(far, other[path]) for path, far in one.items())
