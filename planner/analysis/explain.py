"""Why this plan: what it pays for, what binds, what each service would cost alone, what sharing saves, and the runners-up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import Bench, plan_of
from planner.analysis.difference import Interval, cost_interval, interval
from planner.analysis.elsewhere import not_shared, sent, without_hosted
from planner.plan.cost import TOTAL
from planner.problem.normalise import changed
from planner.solve import Outcome, solve

if TYPE_CHECKING:
    from planner.plan.schema import Binding, Plan, ServicePlan

#: The part of the cost that no plan changes.
HELD = "held_commitments_usd_per_month"
#: A limit used to this share of itself binds.
BINDS = 1e-6


@dataclass(frozen=True)
class Used:
    """What serves one service in the plan: accelerators by kind (means over the month), how full they are, and hosted options.

    hosted  share of the requests answered that each hosted option, or a group's replicas, answers
    """

    service: str
    accelerators: dict[str, float]
    utilisation: float | None
    hosted: dict[str, float]

    @property
    def words(self) -> str:
        """Such as "2 L40S and nebius:llama for 30 % of its requests"."""
        run = [f"{round(count, 2):,g} {name}" for name, count in self.accelerators.items() if count]
        sent = [name if share > 1 - 1e-9 else f"{name} for {100 * share:.3g} % of its requests" for name, share in self.hosted.items() if share]
        return " and ".join(run + sent)


@dataclass(frozen=True)
class Alone:
    """What a service would cost with nobody to share with; None: it has no plan alone within the time given."""

    service: str
    usd_per_month: float | None
    bound_usd_per_month: float | None


@dataclass(frozen=True)
class RunnerUp:
    """The cheapest plan in which a service does without what answers most of its requests.

    without  an accelerator, a hosted option or a group's replicas     instead  what serves it then; empty: nothing is sent to it
    delta    its cost less the plan's; None: without that there is no plan
    unserved  share of all requests that it leaves unserved, beyond what the plan does
    """

    service: str
    without: str
    instead: str
    delta: Interval | None
    unserved: float = 0.0


@dataclass(frozen=True)
class Explanation:
    """Everything is computed from the plan; ``alone`` and ``runners_up`` are solved again from its problem."""

    plan: Plan
    parts: tuple[tuple[str, float, float], ...]
    used: tuple[Used, ...]
    binding: tuple[Binding, ...]
    growth: float | None
    alone: tuple[Alone, ...]
    runners_up: tuple[RunnerUp, ...]

    @property
    def sharing_saves(self) -> float | None:
        """Cost of all services alone, less the plan's [USD/month]; None where one of them is not known, or there is one.

        What is paid for commitments held, whoever uses them, counts once.
        """
        found = self.sharing
        return None if found is None else found.value

    @property
    def sharing(self) -> Interval | None:
        """The same with the interval in which the true saving lies."""
        costs = [one.usd_per_month for one in self.alone]
        bounds = [one.bound_usd_per_month for one in self.alone]
        if len(costs) < 2 or None in costs:
            return None
        again = self.held * (len(costs) - 1)
        return interval(self.plan.cost[TOTAL], self.plan.bound_usd_per_month, sum(costs) - again, None if None in bounds else sum(bounds) - again)

    @property
    def held(self) -> float:
        """What is paid in any case for commitments already held, in the plan and in that of each service alone [USD/month]."""
        return self.plan.cost.get(HELD, 0.0)


def explain(plan: Plan, bench: Bench | None = None) -> Explanation:
    """``bench`` holds the plan's problem; without one nothing is solved again."""
    total = plan.cost[TOTAL]
    parts = sorted(((name, usd) for name, usd in plan.cost.items() if name != TOTAL and usd), key=lambda part: -part[1])
    return Explanation(
        plan=plan,
        parts=tuple((name, usd, usd / total if total else 0.0) for name, usd in parts),
        used=tuple(_used(service, plan) for service in plan.services),
        binding=tuple(one for one in plan.binding if one.slack <= BINDS * max(1.0, abs(one.limit))),
        growth=plan.demand_multiplier_survived,
        alone=() if bench is None or len(plan.services) < 2 else tuple(_alone(bench)),
        runners_up=() if bench is None else tuple(_runners_up(plan, bench)),
    )


def _used(service: ServicePlan, plan: Plan) -> Used:
    hours = [period.hours_per_month for period in plan.periods]
    found: dict[str, float] = {}
    busy = weight = 0.0
    for one in service.deployments:
        count = [n * one.tp * one.pp for n in one.replicas]
        found[one.accelerator] = found.get(one.accelerator, 0.0) + sum(n * h for n, h in zip(count, hours)) / sum(hours)
        for n, h, u in zip(count, hours, one.utilisation):
            if u is not None:
                busy, weight = busy + u * n * h, weight + n * h
    elsewhere = {name: sum(rate * h for rate, h in zip(rates, hours)) for name, rates in sent(service).items()}
    answered = sum(elsewhere.values()) + sum(_requests(one, hours) for one in service.deployments)
    shares = {name: rate / answered for name, rate in sorted(elsewhere.items())} if answered else {}
    return Used(service.name, dict(sorted(found.items())), busy / weight if weight else None, shares)


def _requests(option: Any, hours: list[float]) -> float:
    """Of all classes, weighted by the hours of each period."""
    return sum(rate * h for rates in option.rate_per_s.values() for rate, h in zip(rates, hours))


def _alone(bench: Bench) -> Iterator[Alone]:
    problem = bench.loaded.problem
    for service in (s for s in problem.services if s.workload.serves is None):
        teams = tuple(team for team in problem.limits.teams if team.team == service.team)
        single = changed(problem, services=(service,), limits=changed(problem.limits, teams=teams))
        plan = plan_of(bench.solved(single, explain=False, price_safety=False))
        yield Alone(service.name, None if plan is None else plan.cost[TOTAL], None if plan is None else plan.bound_usd_per_month)


def _runners_up(plan: Plan, bench: Bench) -> Iterator[RunnerUp]:
    for service in plan.services:
        answered = _answered(service, plan)
        if not answered:
            continue
        # Of those that answer as many the first by name, so that the answer is always the same.
        kind, most = max(sorted(answered), key=lambda key: answered[key])
        other = plan_of(_without(bench, service.name, kind, most))
        if other is None:
            yield RunnerUp(service.name, most, "", None)
            continue
        theirs = next((one for one in other.services if one.name == service.name), None)
        words = "" if theirs is None else _used(theirs, other).words
        yield RunnerUp(service.name, most, words, cost_interval(plan, other), max(0.0, _unserved(other) - _unserved(plan)))


def _unserved(plan: Plan) -> float:
    """Share of all requests of a month that a plan does not serve."""
    hours = [period.hours_per_month for period in plan.periods]
    lost = sum(rate * h for s in plan.services for rates in s.unserved_per_s.values() for rate, h in zip(rates, hours))
    served = sum(count for s in plan.services for count in _answered(s, plan).values())
    return lost / (lost + served) if lost else 0.0


def _answered(service: ServicePlan, plan: Plan) -> dict[tuple[str, str], float]:
    """Requests by (kind, who answers them): an accelerator, a hosted option or a group's replicas."""
    hours = [period.hours_per_month for period in plan.periods]
    found: dict[tuple[str, str], float] = {}
    for one in service.deployments:
        key = "accelerator", one.accelerator
        found[key] = found.get(key, 0.0) + _requests(one, hours)
    groups = {f"replicas of {group}" for group in service.answered_by}
    for name, rates in sent(service).items():
        found["group" if name in groups else "hosted", name] = sum(rate * h for rate, h in zip(rates, hours))
    return {key: count for key, count in found.items() if count > 0.0}


def _without(bench: Bench, service: str, kind: str, name: str) -> Outcome:
    """The cheapest plan in which a service does without one that answers it."""
    problem = bench.loaded.problem
    if kind == "hosted":
        stated = bench.stated(problem)
        options = replace(bench.options, explain=False, price_safety=False)
        fewer = replace(stated, choices=without_hosted(stated.choices, service, name))
        return solve(problem, bench.catalog, options, on_progress=bench.on_progress, stop=bench.stop, stated=fewer)
    if kind == "group":
        return bench.solved(not_shared(bench.loaded, service, name.removeprefix("replicas of ")), explain=False, price_safety=False)
    without = tuple(
        changed(s, allow=changed(s.allow, exclude_accelerators=(*s.allow.exclude_accelerators, name))) if s.name == service else s
        for s in problem.services
    )
    return bench.solved(changed(problem, services=without), explain=False, price_safety=False)


def bench_of_plan(plan: Plan, file: str, catalog: Any, **more: Any) -> Bench:
    """A bench with the problem that a plan carries: in its one form already, whatever files it once came from."""
    from planner.documents import from_data, validate
    from planner.problem.load import LoadedProblem
    from planner.problem.schema import Problem

    document = from_data(plan.inputs.problem, f"{file}: inputs.problem")
    problem = validate(document, Problem)
    return Bench(LoadedProblem(problem, problem, document, document.file), catalog, **more)
