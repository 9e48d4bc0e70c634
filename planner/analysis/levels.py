"""Commitments held in every scenario: what they cost on average and at worst, and what is regretted of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.analysis.bench import plan_of
from planner.analysis.committing import Committing
from planner.analysis.difference import Interval, cost_interval
from planner.plan.cost import TOTAL
from planner.solve import Outcome

if TYPE_CHECKING:
    from planner.plan.schema import Plan

#: CVaR 95 is the mean of the dearest scenarios up to this weight.
TAIL = 0.05


@dataclass(frozen=True)
class Level:
    """Commitments held in every scenario, everything else adapted to each.

    units, spend    by name; names of those counted in USD an hour, the others count instances or accelerators
    usd_per_hour    paid whether used or not
    expected        weighted mean of the scenarios' costs, and its bound [USD/month]; None: some scenario has no plan with it
    cvar95          mean cost of the dearest scenarios up to 5 % of the weight [USD/month]
    regret          the most that it costs over a scenario's own optimum, and the scenario
    worst           the scenario in which it is used least; used its share used there
    costs, regrets  by scenario; None: no plan
    """

    name: str
    units: dict[str, float]
    usd_per_hour: float
    expected: float | None
    bound: float | None
    cvar95: float | None
    regret: Interval | None
    regretted: str
    worst: str
    used: float | None
    worst_cost: float | None
    costs: tuple[float | None, ...]
    regrets: tuple[Interval | None, ...]
    spend: tuple[str, ...] = ()


def level(asked: Committing, name: str, units: dict[str, float], optima: Sequence[Outcome]) -> Level:
    """``units`` in every scenario, each a checked plan of the scenario's program with them held."""
    plans = [plan_of(asked.at(units, s)) for s in range(len(asked.names))]
    costs = tuple(None if plan is None else plan.cost[TOTAL] for plan in plans)
    regrets = tuple(None if plan is None else _at_least_nothing(cost_interval(best.plan, plan)) for best, plan in zip(optima, plans))
    found = Level(name, units, asked.usd_per_hour(units), None, None, None, None, "", "", None, None, costs, regrets, asked.spend(units))
    if None in costs:
        missing = asked.names[costs.index(None)]
        return replace(found, regretted=missing, worst=missing)
    bounds = [plan.bound_usd_per_month for plan in plans]
    most = max(range(len(plans)), key=lambda s: regrets[s].value)
    least = [one.least for one in regrets]
    ends = [one.most for one in regrets]
    shares = [used(plan) for plan in plans]
    worst = min(range(len(plans)), key=lambda s: (2.0 if shares[s] is None else shares[s], costs[s]))
    return replace(
        found,
        expected=sum(p * c for p, c in zip(asked.weights, costs)),
        bound=None if None in bounds else sum(p * b for p, b in zip(asked.weights, bounds)),
        cvar95=tail_mean(asked.weights, costs),
        regret=Interval(regrets[most].value, None if None in least else max(least), None if None in ends else max(ends)),
        regretted=asked.names[most], worst=asked.names[worst], used=shares[worst], worst_cost=costs[worst],
    )  # fmt: skip


def _at_least_nothing(found: Interval) -> Interval:
    """A plan under commitments is a plan of the scenario, so it never costs less than the scenario's optimum."""
    return Interval(max(0.0, found.value), None if found.least is None else max(0.0, found.least), None if found.most is None else max(0.0, found.most))


def tail_mean(weights: Sequence[float], costs: Sequence[float]) -> float:
    """Mean of the dearest scenarios up to a weight of ``TAIL``."""
    total, left = 0.0, TAIL
    for cost, weight in sorted(zip(costs, weights), reverse=True):
        total, left = total + cost * min(weight, left), left - min(weight, left)
    return total / TAIL


def without_plan(asked: Committing, base: Outcome, optima: Sequence[Outcome]) -> tuple[str, Outcome] | None:
    """The first that has no plan at all, with its reasons."""
    if plan_of(base) is None:
        return "the problem as it is", asked.why(None)
    for number, (name, answer) in enumerate(zip(asked.names, optima)):
        if plan_of(answer) is None:
            return name, asked.why(number)
    return None


def bought(plan: Plan) -> dict[str, float]:
    """Units of each commitment that a plan buys."""
    return {one.name: one.units for one in plan.commitments}


def without_nothing(units: dict[str, float]) -> dict[str, float]:
    """Units of what is bought at all."""
    return {name: count for name, count in units.items() if count > 1e-9}


def used(plan: Plan) -> float | None:
    """Share of what is paid for commitments that is used; None: none are bought."""
    paid = [(one.units * one.usd_per_unit_hour, one.used_share) for one in plan.commitments]
    whole = sum(usd for usd, _ in paid)
    return min(1.0, sum(usd * share for usd, share in paid) / whole) if whole > 0 else None


def merged(levels: Sequence[Level]) -> list[Level]:
    """Levels of the same units once, under all their names, the cheapest on average first."""
    found: dict[tuple, Level] = {}
    for one in levels:
        key = tuple(sorted((name, round(count, 6)) for name, count in one.units.items()))
        before = found.get(key)
        found[key] = one if before is None else replace(before, name=f"{before.name} = {one.name}")
    return sorted(found.values(), key=lambda one: (one.expected is None, one.expected or 0.0))
