"""How much to commit to: levels over demand scenarios, each one's break-even and use, and what kinds of commitment bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import Bench, plan_of
from planner.analysis.committing import Committing
from planner.analysis.difference import SLACK, Interval
from planner.analysis.levels import Level, bought, level, merged, without_nothing, without_plan
from planner.plan.cost import TOTAL
from planner.solve import Outcome, Unknown
from planner.two_stage import Decided
from planner.verify.case import Case

if TYPE_CHECKING:
    from planner.analysis.scenarios import Scenario
    from planner.plan.schema import Plan

NONE, RECOMMENDED = "none", "recommended"


@dataclass(frozen=True)
class Terms:
    """One commitment on offer: from which use on it pays, and how much it is used.

    break_even  share of the hours that a unit must be used for to cost no more than on demand; None: no on-demand price
    units       in the base plan, and recommended
    last, next  share of the hours in which the base plan uses the last unit it buys, and would use one more
    used        share of what is paid for that the base plan uses
    """

    name: str
    measure: str
    term_months: int
    break_even: float | None
    units: float
    recommended: float
    last: float | None
    next: float | None
    used: float | None


@dataclass(frozen=True)
class Rates:
    """Of a plan's rented firm instances: covered by commitments, commitments used, saved against on demand."""

    coverage: float | None
    utilisation: float | None
    effective_savings_rate: float | None


@dataclass(frozen=True)
class Commitments:
    """What to commit to. ``saved`` is the recommended level's mean cost less that of none; ``beside`` by kinds allowed."""

    base: Outcome
    scenarios: tuple[tuple[str, float], ...]
    levels: tuple[Level, ...]
    saved: Interval | None
    bound: float | None
    rates: Rates | None
    terms: tuple[Terms, ...]
    beside: tuple[tuple[str, Outcome], ...]
    stuck: tuple[str, Outcome] | None = None


def commit(bench: Bench, scenarios: Sequence[Scenario]) -> Commitments:
    """Levels of commitment over ``scenarios``: none, what each extreme and the base would choose, and the best over all.

    The recommended level is the first stage of one program in which all scenarios share it and adapt everything else;
    each figure is the cost of a plan of its scenario with the level held, checked.
    """
    asked = Committing(bench, scenarios)
    named = tuple(zip(asked.names, asked.weights))
    base = asked.base()
    optima = [asked.optimum(s) for s in range(len(scenarios))]
    stuck = without_plan(asked, base, optima)
    if stuck is not None:
        return Commitments(base, named, (), None, None, None, (), (), stuck=stuck)
    decided = asked.together()
    if not isinstance(decided, Decided):
        return Commitments(base, named, (), None, None, None, (), (), stuck=("all scenarios together", decided))
    order = sorted(range(len(scenarios)), key=lambda s: plan_of(optima[s]).cost[TOTAL])
    wanted = {NONE: {}, f"best for {asked.names[order[0]]}": bought(optima[order[0]].plan), "best for the problem as it is": bought(base.plan),
              f"best for {asked.names[order[-1]]}": bought(optima[order[-1]].plan), RECOMMENDED: without_nothing(decided.units)}  # fmt: skip
    levels = merged([level(asked, name, units, optima) for name, units in wanted.items()])
    by_name = {part: one for one in levels for part in one.name.split(" = ")}
    recommended = by_name[RECOMMENDED]
    return Commitments(
        base=base, scenarios=named, levels=tuple(levels), saved=_less(by_name[NONE], recommended, decided.bound), bound=decided.bound,
        rates=rates(Case(base.plan, bench.loaded.problem, bench.catalog)), terms=tuple(_terms(asked, base.plan, recommended)),
        beside=tuple(_beside(asked)),
    )  # fmt: skip


def _less(none: Level, level: Level, bound: float | None) -> Interval | None:
    if none.expected is None or level.expected is None:
        return None
    if not level.units:
        return Interval(0.0, 0.0, 0.0)
    return Interval(level.expected - none.expected, None if bound is None else bound - none.expected, None if none.bound is None else level.expected - none.bound)


def rates(case: Case) -> Rates:
    """Coverage, utilisation and effective savings rate of a plan's rented firm instances, contracts held included."""
    alone = covered = used = paid = 0.0
    for part in case.plan.pools:
        pool = case.pools[part.id]
        if pool.owned is not None:
            continue
        each = pool.share_usd_per_hour(firm=True)
        for t, hours in enumerate(case.hours):
            usd = hours * pool.accelerators * each[t if len(each) > 1 else 0]
            alone += usd * part.running_firm[t]
            covered += usd * min(part.running_firm[t], sum(counts[t] for counts in part.reserved.values()))  # jobs may stand on more
    contracts = [one for one in case.plan.commitments if not case.options[one.name].bought]
    for one in contracts:
        paid += one.units * one.usd_per_unit_hour
        used += one.units * one.usd_per_unit_hour * one.used_share
    parts = ("on_demand", "reserved", "spend_commitments", "held_commitments")
    spent = sum(case.plan.cost.get(f"{part}_usd_per_month", 0.0) for part in parts)
    spent += sum(one.units * case.options[one.name].financing_usd_per_unit_month for one in contracts)
    saved = 1.0 - spent / alone if alone else None
    return Rates(covered / alone if alone else None, min(1.0, used / paid) if paid else None, 0.0 if saved is not None and abs(saved) <= SLACK else saved)


def _terms(asked: Committing, plan: Plan, recommended: Level) -> Any:
    case = Case(plan, asked.bench.loaded.problem, asked.bench.catalog)
    running = {part.id: part.running_firm for part in plan.pools}
    mine = {one.name: one for one in plan.commitments}
    for name, option in sorted(asked.options.items()):
        there = [pool for pool in option.covers if pool in running]
        if option.bought or not (there or name in mine or recommended.units.get(name)):
            continue
        one = mine.get(name)
        units = one.units if one else 0.0
        last = after = None
        if option.measure == "instances" and there:
            counts = running[there[0]]
            share = [sum(h for h, n in zip(case.hours, counts) if n >= level) / sum(case.hours) for level in (units, units + 1)]
            last, after = share[0] if units else None, share[1]
        yield Terms(name, option.measure, option.term_months, _break_even(case, option), units, recommended.units.get(name, 0.0), last, after, min(1.0, one.used_share) if one else None)


def _break_even(case: Case, option: Any) -> float | None:
    if option.measure == "spend":
        return 1.0 - option.discount
    pool = case.pools[option.covers[0]]
    if pool.on_demand is None:
        return None
    size = pool.accelerators if option.measure == "accelerators" else 1
    price = sum(h * p for h, p in zip(case.hours, pool.on_demand)) / sum(case.hours) / size
    return (option.usd_per_unit_hour + option.financing_usd_per_unit_month / sum(case.hours)) / price if price else None


def _beside(asked: Committing) -> Any:
    """The base problem with each kind of contract alone; hardware stays open in all of them."""
    kinds = {name: option.measure == "spend" for name, option in asked.options.items() if not option.bought}
    if not kinds:
        return
    yield "no commitments", asked.base_at(dict.fromkeys(kinds, 0.0))
    if len(set(kinds.values())) > 1:
        yield "reservations alone", asked.base_at({name: 0.0 for name, spend in kinds.items() if spend})
        yield "spend alone", asked.base_at({name: 0.0 for name, spend in kinds.items() if not spend})
    yield ("both" if len(set(kinds.values())) > 1 else "reservations" if not any(kinds.values()) else "spend"), asked.base()


def not_known(found: Commitments) -> bool:
    """Whether the clock or a signal left something open."""
    return found.stuck is not None and isinstance(found.stuck[1], Unknown)
