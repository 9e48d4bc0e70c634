"""At which price an option enters the plan and takes it over: the cost as a function of one price, line by line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import Bench, plan_of, reason_of
from planner.analysis.lines import Bend, Line, bends, envelope
from planner.analysis.priced import Priced, priced
from planner.economics.commitments import scope_covers
from planner.milp.status import ZERO_GAP
from planner.plan.cost import TOTAL
from planner.solve import Infeasible, Outcome

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


@dataclass(frozen=True)
class Stretch:
    """Between two factors on today's price one plan is the cheapest, or there is none.

    share  of the plan's accelerator-hours that the option holds, those that a commitment by its price covers too; of requests that
           may be sent there, of a hosted one
    whole  nothing else serves what the plan serves and the option may serve
    low, high  factors on today's price; a bend lies between ``high`` of one stretch and ``low`` of the next
    usd_at_low, usd_at_high  what the plan costs there [USD/month]; None without a plan
    plan   None: none meets the limits at these prices (``proven``), or none was found in the time given
    why    why there is no plan, in words
    """

    low: float
    high: float
    usd_at_low: float | None
    usd_at_high: float | None
    plan: Plan | None
    share: float
    instances: str
    why: str = ""
    proven: bool = True
    whole: bool = False


@dataclass(frozen=True)
class OptionPrice:
    """Stretches from the lowest price to the highest.

    exact     every bend between the ends is known exactly; else each lies in the interval of ``bends``
    bends     between each stretch and the next one, in factors on today's price
    enters    largest factor at which the option is used at all; None: at no price
    takes_over  largest at which it serves all that the plan serves and it may serve; None: at no price
    today     of what the option's name means, by id, in ``unit``
    shared    what shares are of: ``accelerator-hours`` or ``requests``
    swept     plans were only asked for at even steps
    """

    base: Outcome
    option: str
    purchase: str
    unit: str
    today: dict[str, float]
    stretches: tuple[Stretch, ...]
    exact: bool
    why_not_exact: str
    enters: float | None
    takes_over: float | None
    solves: int
    bends: tuple[Bend, ...] = ()
    swept: bool = False
    shared: str = "accelerator-hours"


def price_option(bench: Bench, option: str, *, purchase: str | None = None, low: float = LEAST, high: float = MOST) -> OptionPrice:
    """``option`` is ``accelerator@provider``, ``instance type@region``, a hosted option or a pattern; all that match move together.

    ``purchase`` is one of ``planner.analysis.priced.PURCHASES``; None: the first in which the name is sold.
    A program that is solved whole is asked for gap 0; one that is solved in parts, or that ends before, for the gap of the bench,
    and every bend is then an interval. Where the problem has no plan and money is capped, one may exist at other prices: these are
    asked too.
    """
    return price_of(bench, option, priced(bench, option, purchase), low=low, high=high)


def price_of(bench: Bench, option: str, sold: Priced, *, low: float = LEAST, high: float = MOST) -> OptionPrice:
    """``price_option`` of a price that was looked up before."""
    base, before = bench.base(), bench.solves
    plan = plan_of(base)
    reason = _beyond_objective(bench, sold)
    if plan is None and not (isinstance(base, Infeasible) and reason):
        return OptionPrice(base, option, sold.purchase, sold.unit, sold.today, (), True, "", None, None, 0, shared=sold.shared)
    whole_program = plan is None or plan.solver.method == "monolith"
    asked = _Asked(bench, sold, 0.0 if whole_program else bench.options.gap)
    found: tuple[list[Stretch], tuple[Bend, ...]] | None = None
    if not reason:
        try:
            found = _lined(asked, low, high)
        except _Bent:
            reason = "one-off work is charged at what an accelerator-hour usually costs, which moves with the price"
        except _NoPlan as none:
            reason = f"at {none.factor:.4g} times the price no plan was found: {none.why}"
    stretches, met = found or _swept(asked, low, high)
    why = reason or asked.unproven
    used = [one for one in stretches if one.share > 0.0]
    whole = [one for one in stretches if one.whole]
    return OptionPrice(
        base, option, sold.purchase, sold.unit, sold.today, tuple(stretches), not why, why,
        max((one.high for one in used), default=None), max((one.high for one in whole), default=None), bench.solves - before, met, bool(reason), sold.shared,
    )  # fmt: skip


class _Bent(Exception):
    """What a plan costs is no line in the price."""


class _NoPlan(Exception):
    """There is none at a factor, or none was found: ``proven`` says which."""

    def __init__(self, factor: float, answer: Outcome) -> None:
        super().__init__()
        self.factor, self.why, self.proven = factor, reason_of(answer), isinstance(answer, Infeasible)


class _Asked:
    """Plans at factors of a price, each a line: what it costs at every factor."""

    def __init__(self, bench: Bench, sold: Priced, gap: float) -> None:
        self.bench, self.sold, self.gap = bench, sold, gap
        self.rising = not _spends(bench, sold)
        self.unproven = "" if gap <= ZERO_GAP else f"plans are proven to a gap of {gap:.2g}"

    def plan(self, factor: float, gap: float) -> Plan:
        answer = self.bench.solved(self.sold.at(factor), gap=gap, explain=False, tie_break=False, price_safety=False)
        plan = plan_of(answer)
        if plan is None:
            raise _NoPlan(factor, answer)
        if not plan.proven:
            self.unproven = f"at {factor:.4g} times the price the plan is proven only within {plan.gap or 0.0:.2g}"
        return plan

    def line(self, factor: float) -> Line:
        """What the cheapest plan at a factor costs at every other: two recounts, no search."""
        plan = self.plan(factor, self.gap)
        ends = LEAST / 2.0, 2.0 * MOST
        first, last = (recounted(self.bench, plan, self.sold.at(end)) for end in ends)
        slope = (last - first) / (ends[1] - ends[0])
        cost = plan.cost[TOTAL]
        line = Line(first - slope * ends[0], slope, plan, 0.0 if plan.bound_usd_per_month is None else cost - plan.bound_usd_per_month)
        if abs(line.at(factor) - cost) > STRAIGHT * max(abs(first), abs(last), abs(cost)):
            raise _Bent
        return line

    def stretch(self, low: float, high: float, plan: Plan) -> Stretch:
        from planner.analysis.sweep import instances

        ends = [recounted(self.bench, plan, self.sold.at(factor)) for factor in (low, high)]
        return Stretch(low, high, *ends, plan, self.sold.share(plan), ", ".join(instances(plan)), whole=self.sold.whole(plan))


def recounted(bench: Bench, plan: Plan, problem: Any) -> float:
    """What a plan costs under another problem's prices, by the check's own arithmetic [USD/month]."""
    from planner.verify.case import Case
    from planner.verify.recost import recost

    return sum(recost(Case(plan, problem, bench.catalog)).values())


def _lined(asked: _Asked, low: float, high: float) -> tuple[list[Stretch], tuple[Bend, ...]]:
    segments = envelope(asked.line, low, high, tolerance=max(EXACT, asked.gap))
    return [asked.stretch(one.low, one.high, one.line.of) for one in segments], bends(segments)


def _swept(asked: _Asked, low: float, high: float) -> tuple[list[Stretch], tuple[Bend, ...]]:
    """Plans at even steps; what lies between two that differ is not known.

    No plan costs less at a higher price: above one at which none meets the caps none does. What a spend commitment leaves of a
    rising price is more involved, so there every step is asked.
    """
    found: list[Stretch] = []
    for step in range(SWEEP + 1):
        factor = low + (high - low) * step / SWEEP
        try:
            made = asked.stretch(factor, factor, asked.plan(factor, asked.bench.options.gap))
        except _NoPlan as none:
            made = Stretch(factor, factor, None, None, None, 0.0, "", none.why, none.proven)
        over = asked.bench.stopped
        if made.plan is None and made.proven and asked.rising:
            made, over = replace(made, high=high), True
        if found and _alike(found[-1], made):
            found[-1] = replace(made, low=found[-1].low, usd_at_low=found[-1].usd_at_low)
        else:
            found.append(made)
        if over:
            break
    return found, tuple(Bend(None, one.high, other.low) for one, other in zip(found, found[1:]))


def _alike(one: Stretch, other: Stretch) -> bool:
    """Whether the same plan holds at both, or none does for the same reason."""
    return (one.instances, one.plan is None, one.proven) == (other.instances, other.plan is None, other.proven)


def _beyond_objective(bench: Bench, sold: Priced) -> str:
    """Why the price stands in more than the objective; empty where it does not."""
    problem = bench.loaded.problem
    limits = problem.limits
    if limits.budget_usd_per_month is not None or limits.horizon_usd is not None or limits.teams:
        return "money is capped, so the price stands in a limit too"
    if limits.one_off_usd is not None:
        return "one-off work is capped, and charged at what an accelerator-hour usually costs, so the price stands in a limit too"
    derived = [one for one in problem.commitments.offers if one.usd_per_hour is None and one.upfront_share]
    if limits.upfront_usd is not None and derived:
        return "cash upfront is capped, and a share of what a commitment costs, so the price stands in a limit too"
    if _spends(bench, sold):
        return "a spend commitment counts dollars, so the price stands in a limit too"
    return ""


def _spends(bench: Bench, sold: Priced) -> bool:
    """Whether a commitment counts the dollars that the option costs by the hour, not its instances; of spot and what is hosted none does."""
    problem = bench.loaded.problem
    spends = [one for one in (*problem.commitments.offers, *problem.commitments.held) if one.measure == "spend"]
    if not spends or sold.purchase not in ("on_demand", "reserved"):
        return False
    pools = [pool for pool in bench.stated(problem).pools if pool.id in sold.today]
    return any(scope_covers(one.scope, pool) for one in spends for pool in pools)
