"""At which price an option enters the plan and takes it over: the cost as a function of one price, line by line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import Bench, plan_of
from planner.analysis.lines import Bend, Line, bends, envelope
from planner.analysis.token_prices import BY_TOKEN, at_token_prices, sold_by_token
from planner.documents.clean import shortened
from planner.documents.near import did_you_mean
from planner.errors import PlannerError, UsageError
from planner.milp.status import ZERO_GAP
from planner.plan.cost import TOTAL
from planner.problem.patch import Change
from planner.solve import Outcome

if TYPE_CHECKING:
    from planner.plan.schema import Plan

#: From a twentieth of today's price to three times it.
LEAST, MOST = 0.05, 3.0
#: Steps of the sweep where the price stands in more than the objective.
SWEEP = 20
#: Two lines are one where they differ by less than this, relative.
EXACT = 1e-8
#: A plan's cost is a line in the price where its recounts differ from it by less than this, relative.
STRAIGHT = 1e-9
PURCHASES = {"on_demand": "on_demand", "spot": "spot"}
#: The purchase of what is paid by the token.
TOKENS = "by_the_token"


@dataclass(frozen=True)
class Stretch:
    """Between two factors on today's price one plan is the cheapest.

    share  of the plan's accelerator-hours that the option holds; of requests that may be sent there, by the token
    low, high  factors on today's price; a bend lies between ``high`` of one stretch and ``low`` of the next
    usd_at_low, usd_at_high  what the plan costs there [USD/month]
    """

    low: float
    high: float
    usd_at_low: float
    usd_at_high: float
    plan: Plan
    share: float
    instances: str


@dataclass(frozen=True)
class OptionPrice:
    """Stretches from the lowest price to the highest.

    exact     every bend between the ends is known exactly; else each lies in the interval of ``bends``
    bends     between each stretch and the next one, in factors on today's price
    enters    largest factor at which the option is used at all; takes_over  at which it holds everything; None: at no price
    today     USD/h of the pools meant, by id; by the token USD for 10^6 tokens of input
    swept     plans were only asked for at even steps
    """

    base: Outcome
    option: str
    purchase: str
    today: dict[str, float]
    stretches: tuple[Stretch, ...]
    exact: bool
    why_not_exact: str
    enters: float | None
    takes_over: float | None
    solves: int
    bends: tuple[Bend, ...] = ()
    swept: bool = False


def price_option(bench: Bench, option: str, *, purchase: str = "on_demand", low: float = LEAST, high: float = MOST) -> OptionPrice:
    """``option`` is ``accelerator@provider``, ``instance type@region`` or a pattern over offers; all that match move together.

    Where no pool goes by that name, it is a provider's API, ``provider:model`` or a pattern, and its token prices move.
    A program that is solved whole is asked for gap 0; one that is solved in parts, or that ends before, for the gap of the bench,
    and every bend is then an interval.
    """
    apis = sold_by_token(bench.stated(bench.loaded.problem).choices, option) if not _pools(bench, option) else ()
    if apis:
        purchase, today = TOKENS, {one.id: one.input_usd_per_mtok for one in apis}
    else:
        today = {pool.id: getattr(pool, purchase)[0] for pool in matching(bench, option) if getattr(pool, purchase)}
    if not today:
        raise UsageError(f"nothing that matches {shortened(option)} is sold {purchase.replace('_', ' ')}", where="--option", hint="--purchase spot or on_demand")
    base, before = bench.base(), bench.solves
    plan = plan_of(base)
    if plan is None:
        return OptionPrice(base, option, purchase, today, (), True, "", None, None, 0)
    asked = _Asked(bench, today, purchase, apis, 0.0 if plan.solver.method == "monolith" else bench.options.gap)
    reason = _beyond_objective(bench)
    found: tuple[list[Stretch], tuple[Bend, ...]] | None = None
    if not reason:
        try:
            found = _lined(asked, low, high)
        except _Bent:
            reason = "one-off work is charged at what an accelerator-hour usually costs, which moves with the price"
    stretches, met = found or _swept(asked, low, high)
    why = reason or asked.unproven
    used = [one for one in stretches if one.share > 0.0]
    whole = [one for one in stretches if one.share >= 1.0 - 1e-9]
    return OptionPrice(
        base, option, purchase, today, tuple(stretches), not why, why,
        max((one.high for one in used), default=None), max((one.high for one in whole), default=None), bench.solves - before, met, bool(reason),
    )  # fmt: skip


def matching(bench: Bench, option: str) -> list[Any]:
    """Rented pools of the problem that an option names; raises UsageError with near names where there is none."""
    found = _pools(bench, option)
    if not found:
        what, stated = option.partition("@")[0], bench.stated(bench.loaded.problem)
        pools = [pool for pool in stated.pools if pool.owned is None]
        hosted = {one.name for choice in stated.choices for one in choice.hosted}
        near = did_you_mean(what, {name for pool in pools for name in (pool.accelerator, pool.instance_type)}) or did_you_mean(option, [*(p.id for p in pools), *sorted(hosted)])
        raise UsageError(f'no pool of this problem is "{shortened(option)}"{near}', where="--option", hint="such as mi300x@crusoe, an offer's name or provider:model")
    return found


def _pools(bench: Bench, option: str) -> list[Any]:
    what, sign, where = option.partition("@")

    def names(pool: Any) -> bool:
        if fnmatchcase(pool.id.casefold(), option.casefold()):
            return True
        wares = (pool.accelerator, pool.instance_type)
        short = pool.region.split(":", 1)[-1]
        places = (pool.provider, pool.region, short)
        return any(fnmatchcase(w.casefold(), what.casefold()) for w in wares) and (
            not sign or any(fnmatchcase(p.casefold(), where.casefold()) for p in places)
        )

    return [pool for pool in bench.stated(bench.loaded.problem).pools if pool.owned is None and names(pool)]


class _Bent(Exception):
    """What a plan costs is no line in the price."""


class _Asked:
    """Plans at factors of a price, each a line: what it costs at every factor."""

    def __init__(self, bench: Bench, today: dict[str, float], purchase: str, apis: tuple[Any, ...], gap: float) -> None:
        self.bench, self.today, self.purchase, self.apis, self.gap = bench, today, purchase, apis, gap
        self.unproven = "" if gap <= ZERO_GAP else f"plans are proven to a gap of {gap:.2g}"

    def problem(self, factor: float) -> Any:
        if self.apis:
            return at_token_prices(self.bench.loaded.problem, self.apis, factor)
        changes = [Change(f"offers.{name}.{PURCHASES[self.purchase]}", factor=factor) for name in sorted(self.today)]
        return self.bench.after(*changes).problem

    def plan(self, factor: float, gap: float) -> Plan:
        answer = self.bench.solved(self.problem(factor), gap=gap, explain=False, tie_break=False, price_safety=False)
        plan = plan_of(answer)
        if plan is None:
            raise PlannerError(f"no plan was found at {factor:g} times the price", where="price", hint="a longer --time-limit")
        if not plan.proven:
            self.unproven = f"at {factor:.4g} times the price the plan is proven only within {plan.gap or 0.0:.2g}"
        return plan

    def line(self, factor: float) -> Line:
        """What the cheapest plan at a factor costs at every other: two recounts, no search."""
        plan = self.plan(factor, self.gap)
        ends = LEAST / 2.0, 2.0 * MOST
        first, last = (recounted(self.bench, plan, self.problem(end)) for end in ends)
        slope = (last - first) / (ends[1] - ends[0])
        cost = plan.cost[TOTAL]
        line = Line(first - slope * ends[0], slope, plan, 0.0 if plan.bound_usd_per_month is None else cost - plan.bound_usd_per_month)
        if abs(line.at(factor) - cost) > STRAIGHT * max(abs(first), abs(last), abs(cost)):
            raise _Bent
        return line

    def stretch(self, low: float, high: float, plan: Plan) -> Stretch:
        from planner.analysis.sweep import instances

        ends = [recounted(self.bench, plan, self.problem(factor)) for factor in (low, high)]
        return Stretch(low, high, *ends, plan, self.share(plan), ", ".join(instances(plan)))

    def share(self, plan: Plan) -> float:
        """Of the plan's accelerator-hours, those bought in this way from the pools meant; of requests, those sent to the APIs."""
        if self.apis:
            return self._sent(plan)
        hours = [period.hours_per_month for period in plan.periods]
        held = total = 0.0
        for pool in plan.pools:
            both = sum(h * (f + s) for h, f, s in zip(hours, pool.running_firm, pool.spot)) * pool.accelerators_per_instance
            kind = pool.spot if self.purchase == "spot" else pool.on_demand
            total += both
            if pool.id in self.today:
                held += sum(h * n for h, n in zip(hours, kind)) * pool.accelerators_per_instance
        return held / total if total else 0.0


    def _sent(self, plan: Plan) -> float:
        """Of the requests of services that may use the APIs meant, those that they answer."""
        hours = [period.hours_per_month for period in plan.periods]
        choices = self.bench.stated(self.bench.loaded.problem).choices
        may = {choice.service for choice in choices if any(one.offer.id in self.today for one in choice.hosted)}
        there = total = 0.0
        for service in (one for one in plan.services if one.name in may):
            for one in (*service.deployments, *service.hosted):
                count = sum(h * rate for rates in one.rate_per_s.values() for h, rate in zip(hours, rates))
                total += count
                there += count if getattr(one, "mode", "") in BY_TOKEN and one.name.removesuffix(" batch") in self.today else 0.0
            total += sum(h * rate for rates in service.answered_by.values() for h, rate in zip(hours, rates))
        return there / total if total else 0.0


def recounted(bench: Bench, plan: Plan, problem: Any) -> float:
    """What a plan costs under another problem's prices, by the check's own arithmetic [USD/month]."""
    from planner.verify.case import Case
    from planner.verify.recost import recost

    return sum(recost(Case(plan, problem, bench.catalog)).values())


def _lined(asked: _Asked, low: float, high: float) -> tuple[list[Stretch], tuple[Bend, ...]]:
    segments = envelope(asked.line, low, high, tolerance=max(EXACT, asked.gap))
    return [asked.stretch(one.low, one.high, one.line.of) for one in segments], bends(segments)


def _swept(asked: _Asked, low: float, high: float) -> tuple[list[Stretch], tuple[Bend, ...]]:
    """Plans at even steps; what lies between two that differ is not known."""
    found: list[Stretch] = []
    for step in range(SWEEP + 1):
        factor = low + (high - low) * step / SWEEP
        plan = asked.plan(factor, asked.bench.options.gap)
        made = asked.stretch(factor, factor, plan)
        if found and found[-1].instances == made.instances:
            found[-1] = replace(made, low=found[-1].low, usd_at_low=found[-1].usd_at_low)
        else:
            found.append(made)
    return found, tuple(Bend(None, one.high, other.low) for one, other in zip(found, found[1:]))


def _beyond_objective(bench: Bench) -> str:
    """Why the price stands in more than the objective; empty where it does not."""
    problem = bench.loaded.problem
    limits = problem.limits
    if limits.budget_usd_per_month is not None or limits.horizon_usd is not None or limits.teams:
        return "money is capped, so the price stands in a limit too"
    if limits.one_off_usd is not None:
        return "one-off work is capped, and charged at what an accelerator-hour usually costs, so the price stands in a limit too"
    spend = [*problem.commitments.offers, *problem.commitments.held]
    if any(one.measure == "spend" for one in spend):
        return "a spend commitment counts dollars, so the price stands in a limit too"
    return ""
