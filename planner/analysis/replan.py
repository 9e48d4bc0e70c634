"""From what runs today: the cheapest plan within so many changes, with what moving costs; what to start, stop and keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import Bench, plan_of
from planner.analysis.difference import Difference, difference
from planner.analysis.moving import Moving, moved
from planner.errors import UsageError
from planner.plan.cost import TOTAL
from planner.solve import Outcome

if TYPE_CHECKING:
    from planner.plan.schema import Plan

#: Numbers of changes looked at beside the one asked for.
RUNGS = 6


@dataclass(frozen=True)
class Action:
    """What happens in one pool, firm or spot: instances at the busiest hour before and after."""

    pool: str
    purchase: str
    before: int
    after: int

    @property
    def word(self) -> str:
        """``start``, ``stop`` or ``keep``."""
        return "keep" if self.before == self.after else "start" if self.after > self.before else "stop"


@dataclass(frozen=True)
class Move:
    """A plan within so many changes.

    changes            instances started and stopped, each at its busiest hour
    migration_usd      double running, once
    total_usd          monthly cost and migration spread over the horizon: what was minimised [USD/month]
    bound_usd          no plan within these changes has a lower total [USD/month]; None: no bound
    """

    most: int | None
    changes: int
    plan: Plan
    migration_usd: float
    total_usd: float
    bound_usd: float | None


@dataclass(frozen=True)
class Replan:
    """The move asked for, and the cheapest ones with fewer changes.

    today          the plan that runs, as its file says        still_holds  whether it meets every limit of the problem
    today_usd      what it costs at the problem's prices [USD/month]; None: it does not hold
    payback_months migration over what is saved a month; None: nothing is saved
    """

    base: Outcome
    today: Plan
    today_usd: float | None
    chosen: Move | None
    found: Difference | None
    actions: tuple[Action, ...]
    rungs: tuple[Move, ...]

    @property
    def payback_months(self) -> float | None:
        """How long until the migration has paid for itself."""
        if self.chosen is None or self.today_usd is None:
            return None
        saved = self.today_usd - self.chosen.plan.cost[TOTAL]
        return self.chosen.migration_usd / saved if saved > 0.0 else None


def replan(bench: Bench, today: Plan, *, most: int | None = None, hours: float = 1.0) -> Replan:
    """``most`` limits instances started and stopped; ``hours`` is how long an instance started runs beside what it replaces."""
    base = bench.base()
    if plan_of(base) is None:
        return Replan(base, today, None, None, None, (), ())
    moving = Moving(bench, today, hours)
    if moving.periods != len(today.periods) and any(len(set(counts)) > 1 for counts in moving.counts().values()):
        raise UsageError(
            f"the plan has {len(today.periods)} periods and the problem {moving.periods}", where="--from", hint="a plan of the same periods.kind",
        )
    chosen = moved(moving, most)
    # With fewer changes than the cheapest move makes, each number is a search of its own.
    fewer = range(chosen.changes) if chosen is not None else range(0)
    step = max(1, -(-len(fewer) // RUNGS))
    rungs = [move for n in reversed(fewer[::step]) if (move := moved(moving, n)) is not None]
    if chosen is None:
        return Replan(base, today, _today_usd(bench, today), None, None, (), tuple(rungs))
    found = difference(today, chosen.plan, bench.catalog)
    return Replan(base, today, _today_usd(bench, today), chosen, found, tuple(_actions(today, chosen.plan)), (chosen, *rungs))


def _today_usd(bench: Bench, today: Plan) -> float | None:
    """Today's plan at the problem's prices, where it meets every limit; its demand must be served too."""
    from planner.analysis.difference import CLAIMS
    from planner.analysis.option_price import recounted
    from planner.verify.certify import certify

    problem = bench.loaded.problem
    tried = certify(today.model_copy(update={"certificate": None}), problem, bench.catalog)
    if any(not one.passed and one.name not in CLAIMS for one in tried.checks):
        return None
    try:
        return recounted(bench, today, problem)
    except (ArithmeticError, LookupError, ValueError):
        return None


def _actions(today: Plan, new: Plan) -> Iterator[Action]:
    """By pool and purchase; what is kept stands there too."""
    old, now = (_peaks(plan) for plan in (today, new))
    for key in sorted(old.keys() | now.keys()):
        yield Action(*key, old.get(key, 0), now.get(key, 0))


def _peaks(plan: Plan) -> dict[tuple[str, str], int]:
    kinds: list[tuple[str, str, Any]] = []
    for pool in plan.pools:
        kinds += [(pool.id, "firm", pool.running_firm), (pool.id, "spot", pool.spot)]
    return {(pool, purchase): max(counts) for pool, purchase, counts in kinds if any(counts)}
