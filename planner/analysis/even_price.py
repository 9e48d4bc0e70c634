"""At which part of its price an option that is forced in costs no more than the plan without it: two plans recounted, no search."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import Bench
from planner.analysis.hosted_prices import HOSTED
from planner.analysis.option_price import recounted
from planner.plan.cost import TOTAL
from planner.problem.patch import Change

if TYPE_CHECKING:
    from planner.plan.schema import Plan
    from planner.problem.schema import Problem

#: Prices of a rented pool: the figure of an offer, and what it is called. One that nobody asks does not move.
FIGURES = {"on_demand": "on-demand", "spot": "spot", "reserved_1y": "reserved", "reserved_3y": "reserved"}
#: Relative to the plan's cost; halvings of what lies between, where costs are no straight lines in the price.
EVEN, HALVINGS = 1e-9, 40


@dataclass(frozen=True)
class EvenPrice:
    """factor  on the prices that ``kinds`` names, at which both cost the same; None: at none, however low."""

    factor: float | None
    kinds: tuple[str, ...]


def even_price(bench: Bench, plan: Plan, forced: Plan, pools: Mapping[str, Any], hosted: Sequence[Any]) -> EvenPrice:
    """``pools`` and ``hosted`` are what the option means; the prices that move are those by which ``forced`` pays for it."""
    figures = sorted({(part.id, figure) for part in forced.pools if part.id in pools for figure in _paid(part, pools[part.id])})
    ways = {name: {one.offer.id: one.offer for one in hosted if one.mode in kind.modes} for name, kind in HOSTED.items()}
    kinds = tuple(dict.fromkeys([FIGURES[figure] for _, figure in figures] + [_WORDS[name] for name, offers in ways.items() if offers]))
    if forced.cost[TOTAL] <= plan.cost[TOTAL]:
        return EvenPrice(1.0, kinds)
    if not kinds:
        return EvenPrice(None, kinds)

    def more(factor: float) -> float:
        problem = bench.after(*(Change(f"offers.{pool}.{figure}", factor=factor) for pool, figure in figures)).problem
        for name, offers in ways.items():
            problem = HOSTED[name].at(problem, list(offers.values()), factor) if offers else problem
        return _less(bench, forced, plan, problem)

    return EvenPrice(_root(more, forced.cost[TOTAL] - plan.cost[TOTAL], EVEN * abs(plan.cost[TOTAL])), kinds)


_WORDS = {"by_the_token": "token", "serverless": "worker", "provisioned": "unit"}


def _less(bench: Bench, forced: Plan, plan: Plan, problem: Problem) -> float:
    return recounted(bench, forced, problem) - recounted(bench, plan, problem)


def _paid(part: Any, pool: Any) -> list[str]:
    """Figures of an offer by which a plan pays for a pool."""
    reserved = [figure for term, figure in ((12, "reserved_1y"), (36, "reserved_3y")) if any(months == term for months, _ in pool.reserved)]
    # What a commitment of the user's own costs may be a share of the on-demand price.
    firm = any(any(counts) for counts in part.reserved.values())
    found = ["on_demand"] if pool.on_demand and (firm or any(part.on_demand)) else []
    return found + (["spot"] if any(part.spot) else []) + (reserved if firm else [])


def _root(more: Callable[[float], float], now: float, near: float) -> float | None:
    """Where ``more`` is nothing, between none of the price and all of it, at which it is ``now``; it rises with the price."""
    # A straight line as a rule: known at one and at a half.
    slope = 2.0 * (now - more(0.5))
    guess = 1.0 - now / slope if slope > 0.0 else 0.0
    if guess <= 0.0:
        return None
    if abs(more(guess)) <= near:
        return guess
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if more(middle) <= 0.0 else (low, middle)
    return low if low > 0.0 else None
