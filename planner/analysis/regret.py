"""Plans against scenarios: what the nominal plan's commitments cost in each, and a robust choice beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.analysis.bench import Bench, plan_of
from planner.analysis.committing import Committing
from planner.analysis.difference import Interval
from planner.analysis.levels import Level, bought, level, without_nothing, without_plan
from planner.plan.cost import TOTAL
from planner.solve import Outcome
from planner.two_stage import Decided

if TYPE_CHECKING:
    from planner.analysis.scenarios import Scenario


@dataclass(frozen=True)
class Regret:
    """The nominal plan's commitments and robust ones, both in every scenario.

    aim      what the robust choice makes least: ``mean``, ``cvar95`` or ``regret``
    bound    no commitments reach less of the aim [USD/month]; None: no bound
    optima   cost of each scenario by itself, known beforehand [USD/month]
    gained   mean cost of robust less nominal
    foresight  mean cost of robust less that of the scenarios' own optima: what knowing beforehand would be worth
    left_out what nominal buys and some scenario cannot use, so that robust may not buy it
    stuck    (what, its answer) where something has no plan at all
    """

    aim: str
    base: Outcome
    scenarios: tuple[tuple[str, float], ...]
    optima: tuple[float | None, ...]
    nominal: Level | None
    robust: Level | None
    bound: float | None
    gained: Interval | None
    foresight: Interval | None
    left_out: tuple[str, ...] = ()
    stuck: tuple[str, Outcome] | None = None


def regret(bench: Bench, scenarios: Sequence[Scenario], *, aim: str = "mean") -> Regret:
    """Commit now, adapt later: commitments are bought before the scenario is known, everything else after.

    The robust commitments are those of one program over all scenarios; every cost is that of a scenario's plan, checked,
    and every regret is against the scenario's own proven optimum.
    """
    asked = Committing(bench, scenarios)
    named = tuple(zip(asked.names, asked.weights))
    base = asked.base()
    optima = [asked.optimum(s) for s in range(len(scenarios))]
    costs = tuple(None if (plan := plan_of(one)) is None else plan.cost[TOTAL] for one in optima)
    stuck = without_plan(asked, base, optima)
    if stuck is not None:
        return Regret(aim, base, named, costs, None, None, None, None, None, stuck=stuck)
    nominal = level(asked, "nominal", bought(base.plan), optima)
    decided = asked.together(aim, costs)
    if not isinstance(decided, Decided):
        return Regret(aim, base, named, costs, nominal, None, None, None, None, stuck=("all scenarios together", decided))
    robust = level(asked, "robust", without_nothing(decided.units), optima)
    bounds = [one.plan.bound_usd_per_month for one in optima]
    mean = sum(p * c for p, c in zip(asked.weights, costs))
    mean_bound = None if None in bounds else sum(p * b for p, b in zip(asked.weights, bounds))
    foresight = None if robust.expected is None else Interval(
        max(0.0, robust.expected - mean), None if robust.bound is None else max(0.0, robust.bound - mean), None if mean_bound is None else robust.expected - mean_bound,
    )  # fmt: skip
    return Regret(aim, base, named, costs, nominal, robust, decided.bound, _gained(nominal, robust), foresight, tuple(name for name in nominal.units if name not in decided.shared))


def _gained(nominal: Level, robust: Level) -> Interval | None:
    if nominal.expected is None or robust.expected is None:
        return None
    if nominal.units == robust.units:
        return Interval(0.0, 0.0, 0.0)
    least = None if robust.bound is None else robust.bound - nominal.expected
    return Interval(robust.expected - nominal.expected, least, None if nominal.bound is None else robust.expected - nominal.bound)
