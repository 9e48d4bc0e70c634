"""The price of every limit: the program solved again with the limit moved step by step, ranked by how much that changes.

A mixed-integer program has no shadow price: what a limit costs is only known by moving it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.analysis.bench import Bench, plan_of, reason_of
from planner.analysis.difference import Interval, cost_interval, difference
from planner.analysis.limit_names import meant
from planner.analysis.limits import Limit, limits_of
from planner.errors import PlannerError, UsageError
from planner.plan.cost import TOTAL
from planner.problem.patch import Change
from planner.solve import Outcome

if TYPE_CHECKING:
    from planner.plan.schema import Plan

#: Relative steps of a ladder.
SHARES = (-0.2, -0.1, -0.05, 0.05, 0.1, 0.2)


@dataclass(frozen=True)
class Rung:
    """One step of a limit.

    delta      cost less that of the plan as it is; None: no plan
    same_plan  whether the plan is the one as it is; None: no plan
    cost       of the plan [USD/month]; None: no plan
    given_up   whether the limit is given up, not moved
    """

    value: float | None
    words: str
    delta: Interval | None
    same_plan: bool | None
    message: str = ""
    cost: float | None = None
    given_up: bool = False


@dataclass(frozen=True)
class Ladder:
    """One limit's steps, from the lowest value to the highest, and giving it up last.

    ``swing`` is the dearest less the cheapest [USD/month], ``costs`` what the limit costs: the plan with it less the one without.
    """

    limit: Limit
    rungs: tuple[Rung, ...]

    @property
    def swing(self) -> float:
        """What the limit moves over its steps; the plan as it is counts too."""
        values = [0.0, *(rung.delta.value for rung in self.rungs if rung.delta is not None)]
        return max(values) - min(values)

    @property
    def without(self) -> Rung | None:
        """The step that gives the limit up."""
        return next((rung for rung in self.rungs if rung.given_up), None)

    @property
    def costs(self) -> Interval | None:
        """The plan as it is less the one without the limit; None: that one is not known."""
        rung = self.without
        if rung is None or rung.delta is None:
            return None
        least, most = (None if end is None else 0.0 - end for end in (rung.delta.most, rung.delta.least))
        return Interval(0.0 - rung.delta.value, least, most)

    @property
    def impossible(self) -> int:
        """Steps that leave no plan."""
        return sum(rung.delta is None for rung in self.rungs)


@dataclass(frozen=True)
class Prices:
    """All ladders, the widest swing first; empty where the problem has no plan."""

    base: Outcome
    ladders: tuple[Ladder, ...]


def price_limits(bench: Bench, *, shares: Sequence[float] = SHARES, only: Sequence[str] = ()) -> Prices:
    """``only`` takes patterns of paths or kinds; raises UsageError for one that no limit has."""
    wishes = [limit for limit in limits_of(bench.loaded.stated) if not limit.lever]
    chosen = frozenset().union(*(_named(bench, wishes, name) for name in only)) if only else range(len(wishes))
    limits = [wishes[i] for i in sorted(chosen)]
    base = bench.base()
    plan = plan_of(base)
    if plan is None:
        return Prices(base, ())
    ladders = [Ladder(limit, tuple(_rungs(bench, plan, limit, shares))) for limit in limits]
    return Prices(base, tuple(sorted(ladders, key=lambda one: (-one.swing, -one.impossible, one.limit.path))))


def _named(bench: Bench, limits: Sequence[Limit], name: str) -> frozenset[int]:
    found = meant(bench.loaded.stated, limits, name, "--only")
    if not found:
        raise UsageError(f"this problem states no limit on {name}", where="--only", hint=f"one of {', '.join(sorted({limit.kind.name for limit in limits}))}" if limits else "")
    return found


def _rungs(bench: Bench, plan: Plan, limit: Limit, shares: Sequence[float]) -> Iterator[Rung]:
    for change, words in _moves(limit, shares):
        given_up = change is limit.steps[-1].change
        try:
            answer = bench.solved(bench.after(change).problem, explain=False)
        except PlannerError as error:
            yield Rung(change.value, words, None, None, error.message, None, given_up)
            continue
        new = plan_of(answer)
        if new is None:
            yield Rung(change.value, words, None, None, reason_of(answer), None, given_up)
        else:
            yield Rung(change.value, words, cost_interval(plan, new), difference(plan, new).same_plan, "", new.cost[TOTAL], given_up)


def _moves(limit: Limit, shares: Sequence[float]) -> Iterator[tuple[Change, str]]:
    """Changes of a number from low to high, of a whole one by one up and down too; then the limit is given up.

    A limit that is not used up, or that a few steps do not move, may still cost: whole numbers jump, so what it costs is only
    known without it.
    """
    if limit.side != "choice":
        found: dict[float, str] = {}
        for share in shares:
            value = limit.value * (1.0 + share)
            if not limit.whole and value != limit.value:
                found[value] = f"{share:+.0%}"
            for near in (round(value), limit.value + (1 if share > 0 else -1)) if limit.whole else ():
                if near >= 0 and near != limit.value:
                    found[near] = f"{near - limit.value:+d}"
        yield from ((Change(limit.path, value), found[value]) for value in sorted(found))
    yield limit.steps[-1].change, "given up"
