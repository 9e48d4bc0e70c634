"""Scenarios under shared commitments: each one's optimum, its plan under given commitments, and what is best over all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import Bench
from planner.errors import UsageError
from planner.problem.costs import FixedCost
from planner.problem.normalise import changed
from planner.problem.purchase import CommitmentOffer, Scope
from planner.solve import Judged, Outcome, Unknown, indexed, judged, solve
from planner.two_stage import Decided, commit_now
from planner.units import HOURS_PER_MONTH

if TYPE_CHECKING:
    from planner.analysis.scenarios import Scenario
    from planner.problem.schema import Problem

#: How the many programs with commitments held are solved: choosing among equals costs time and changes no figure.
_PLAIN = {"tie_break": False, "price_safety": False, "explain": False}


class Committing:
    """A bench's problem under several scenarios, commitments bought before it is known which one comes.

    names, weights   of the scenarios; weights sum to 1
    problems         one a scenario, in which commitments cost what they cost on the day they are signed
    options          commitments on offer by name, at the base problem's prices
    """

    def __init__(self, bench: Bench, scenarios: Sequence[Scenario]) -> None:
        total = sum(one.weight for one in scenarios)
        if total <= 0:
            raise UsageError("no scenario has a weight above 0", where="--scenarios", hint="leave weights out to count all alike")
        if bench.loaded.problem.limits.shortage == "by_priority":
            raise UsageError("unserved demand by priority has no cost that scenarios could share", where="limits.shortage", hint="unserved_usd_per_request")
        self.bench = bench
        self.names = tuple(one.name for one in scenarios)
        self.weights = tuple(one.weight / total for one in scenarios)
        base = judged(bench.loaded.problem, bench.catalog, prune=bench.options.prune)
        self.options = {option.name: option for option in indexed(base)[0].options}
        self.problems = tuple(_signed(bench.loaded.problem, bench.after(*one.changes).problem, self.options) for one in scenarios)
        self._stated = _judged_alike(bench, (bench.loaded.problem, *self.problems))
        self.options |= {option.name: option for option in indexed(self._stated[0])[0].options}
        self._known: dict[tuple, Outcome] = {}

    def base(self) -> Outcome:
        """The answer to the problem as it is, commitments chosen for it alone."""
        return self._solved(0, None)

    def base_at(self, units: Mapping[str, float]) -> Outcome:
        """The answer to the problem as it is with some commitments held; those that ``units`` does not name are chosen."""
        return self._solved(0, units)

    def optimum(self, scenario: int) -> Outcome:
        """The answer to a scenario that was known beforehand."""
        return self._solved(scenario + 1, None)

    def at(self, units: Mapping[str, float], scenario: int) -> Outcome:
        """The answer to a scenario with all commitments held at ``units``, those not named at none."""
        return self._solved(scenario + 1, {**dict.fromkeys(self.options, 0.0), **units})

    def why(self, scenario: int | None) -> Outcome:
        """The answer to a scenario (None: the problem as it is) with the reasons where it has no plan."""
        return self.bench.solved(self.bench.loaded.problem if scenario is None else self.problems[scenario])

    def together(self, aim: str = "mean", optima: Sequence[float] | None = None) -> Decided | Any:
        """The commitments that are best over all scenarios."""
        bench = self.bench
        return commit_now(self._stated[1:], self.weights, bench.options, aim=aim, optima=optima, on_progress=bench.on_progress, stop=bench.stop)

    def usd_per_hour(self, units: Mapping[str, float]) -> float:
        """What commitments cost whether they are used or not, interest and space included [USD/h]."""
        return sum(count * _usd_per_month(self.options[name]) for name, count in units.items()) / HOURS_PER_MONTH

    def spend(self, units: Mapping[str, float]) -> tuple[str, ...]:
        """Names of commitments that are counted in USD an hour."""
        return tuple(name for name in units if self.options[name].measure == "spend")

    def _solved(self, number: int, units: Mapping[str, float] | None) -> Outcome:
        stated = self._stated[number]
        key = (stated.problem.model_dump_json(), None if units is None else tuple(sorted(units.items())))
        if key not in self._known:
            bench = self.bench
            bench.solves += 1
            stated, here = _with_idle(bench, stated, units or {}, self.options)
            answer = solve(
                stated.problem, bench.catalog, replace(bench.options, **_PLAIN), on_progress=bench.on_progress, stop=bench.stop, stated=stated,
                units=None if units is None else {name: units[name] for name in here},
            )  # fmt: skip
            if isinstance(answer, Unknown):
                return answer
            self._known[key] = answer
        return self._known[key]


def _judged_alike(bench: Bench, problems: Sequence[Problem]) -> tuple[Judged, ...]:
    """Candidates of every problem. What is dominated is left out only where it is so in all, by the same pools.

    A pool that a cheaper one replaces in one scenario may be what is committed to for the sake of another.
    """
    if bench.options.prune:
        found = tuple(bench.stated(problem) for problem in problems)
        sides = [[{one for one in choice.dominated if one.kind == "side"} for choice in stated.choices] for stated in found]
        if all(one == sides[0] for one in sides[1:]):
            return found
    return tuple(judged(problem, bench.catalog, prune=False) for problem in problems)


def _with_idle(bench: Bench, stated: Judged, units: Mapping[str, float], options: Mapping[str, Any]) -> tuple[Judged, list[str]]:
    """``stated`` with what is committed to and cannot be used there as a sum that is paid in any case; the names left."""
    sets = indexed(stated)[0]
    firm = {sets.pools[pool].id for pool, side in sets.slots_in if side}
    here = [option.name for option in sets.options if option.name in units and firm.intersection(option.covers)]
    idle = {name: count for name, count in units.items() if count > 0 and name not in here}
    if not idle:
        return stated, here
    problem = stated.problem
    rows = tuple(FixedCost(name=f"committed, of no use here: {name}"[:200], usd_per_month=n * _usd_per_month(options[name])) for name, n in idle.items())
    problem = changed(problem, costs=changed(problem.costs, fixed=(*problem.costs.fixed, *rows)))
    return replace(judged(problem, bench.catalog), choices=stated.choices), here


def _usd_per_month(option: Any) -> float:
    """Of one unit, interest on what is paid upfront and space included."""
    return option.usd_per_unit_hour * HOURS_PER_MONTH + option.financing_usd_per_unit_month + option.colocation_usd_per_unit_month


def _signed(base: Problem, scenario: Problem, options: Mapping[str, Any]) -> Problem:
    """``scenario`` with commitments at the base problem's prices: they are signed before prices move.

    Spend stays a share off the prices of the day. What a scenario says of commitments itself stands.
    """
    same_prices = scenario.horizon == base.horizon and scenario.offers == base.offers
    if same_prices or scenario.commitments != base.commitments:
        return scenario
    offers = tuple(one for offer in base.commitments.offers for one in _at_price(offer, options))
    return changed(scenario, commitments=changed(scenario.commitments, offers=offers))


def _at_price(offer: CommitmentOffer, options: Mapping[str, Any]) -> Iterator[CommitmentOffer]:
    mine = [one for name, one in options.items() if name == offer.name or name.startswith(f"{offer.name} ")]
    if offer.discount is None or offer.measure == "spend" or not mine:
        yield offer
        return
    for option in mine:
        priced = {"name": option.name, "discount": None, "usd_per_hour": option.usd_per_unit_hour}
        if option.name != offer.name:
            (pool,) = option.covers
            provider, _, rest = pool.partition(":")
            instance_type, _, place = rest.rpartition("@")
            priced["scope"] = Scope(provider=provider, region=f"{provider}:{place.partition('/')[0]}", instance_type=instance_type)
        yield changed(offer, **priced)
