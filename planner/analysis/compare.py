"""Build or buy: the best plan of each kind of service, what it costs by token and request, and where demand makes another cheaper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import Bench, plan_of, reason_of
from planner.candidates.candidate import Choices
from planner.plan.cost import TOTAL
from planner.problem.demand import has_own_demand
from planner.problem.hosted import ON_BARE_MACHINES, SELF_HOSTED
from planner.problem.normalise import changed
from planner.problem.serves import OF

if TYPE_CHECKING:
    from planner.plan.schema import Plan
    from planner.problem.schema import Problem
    from planner.solve import Judged

#: Kinds in the order in which they are shown: what is bought by use first. The last may be any mix.
KINDS = {
    "provider_api": "all by provider APIs",
    "serverless": "all serverless",
    "on_demand": "self-hosted on demand",
    "self_hosted": "self-hosted, any way to pay",
    "mixed": "mixed",
}
#: Demand is tried at so many doublings and halvings for a crossing; a crossing is narrowed to this ratio.
DOUBLINGS, NARROW = 7, 1.02
#: Gaps at which two kinds are told apart where they are far from each other.
COARSE = (0.3, 0.02)
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True)
class Kind:
    """The best plan of one kind; ``plan`` None: there is none, for the ``reason``.

    usd_per_mtok      cost by 10^6 tokens of input and output served
    usd_per_1000      cost by 1,000 requests served
    utilisation       work done over what the machines and workers that are paid for could do; None: nothing is run
    not_allowed       services whose ``modes`` do not name this kind
    """

    name: str
    plan: Plan | None
    reason: str = ""
    usd_per_month: float | None = None
    usd_per_mtok: float | None = None
    usd_per_1000: float | None = None
    utilisation: float | None = None
    not_allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class BreakEven:
    """Where two kinds change places: at ``low`` times the demand ``below`` is cheaper, at ``high`` times it ``above`` is.

    Both sides were solved: ``low_usd`` and ``high_usd`` are (below, above) there. None: not between 1/128 and 128 times.
    """

    below: str
    above: str
    low: float | None
    high: float | None
    requests_per_s: tuple[float, float] | None = None
    low_usd: tuple[float, float] | None = None
    high_usd: tuple[float, float] | None = None


@dataclass(frozen=True)
class Comparison:
    """All kinds on one page; ``demand_per_s`` is the mean of all services together, which break-even points scale."""

    kinds: tuple[Kind, ...]
    break_even: tuple[BreakEven, ...]
    demand_per_s: float
    solves: int = 0
    notes: tuple[str, ...] = field(default=())


def compare(bench: Bench) -> Comparison:
    """Solves the problem once for each kind, and again at other demands around every break-even point."""
    problem = bench.loaded.problem
    asked = _Asked(bench)
    if bench.options.prune and all_in_one(problem):
        every = bench.stated(of_kind(problem, "mixed"))
        for kind in ("self_hosted", "serverless", "provider_api"):
            bench.know(part_of(every, of_kind(problem, kind)))
    kinds = tuple(_kind(asked, name) for name in KINDS)
    rate = demand_per_s(bench.stated(problem))
    return Comparison(kinds, tuple(_break_even(asked, kinds, rate)), rate, bench.solves)


def of_kind(problem: Problem, kind: str, times: float = 1.0) -> Problem:
    """The problem with every service answered in one way alone, at ``times`` its demand."""
    own = kind not in ("provider_api", "serverless")
    services = tuple(_service(service, kind, times) for service in problem.services if own or service.workload.serves is None)
    made = changed(problem, services=services)
    if kind == "on_demand":
        made = changed(made, commitments=changed(problem.commitments, offered=False, offers=()))
    return made


def all_in_one(problem: Problem) -> bool:
    """Whether the candidates of the mix hold those of every kind: own replicas are run alike in all of them, and alone."""
    return not any("managed" in s.modes or s.routing == "slices" or s.workload.serves is not None for s in problem.services)


def part_of(every: Judged, problem: Problem) -> Judged:
    """Of the candidates of a mix, those of ``problem``, which is the same with fewer modes."""
    choices = []
    for service, choice in zip(problem.services, every.choices, strict=True):
        hosted = tuple(one for one in choice.hosted if one.mode in service.modes)
        refused = tuple(one for one in choice.hosted_rejections if one.mode in service.modes or one.broken[0].rule == "mode_retired")
        if set(service.modes) & set(ON_BARE_MACHINES):
            choices.append(replace(choice, hosted=hosted, hosted_rejections=refused if set(service.modes) - set(ON_BARE_MACHINES) else ()))
        else:
            choices.append(Choices(service.name, choice.class_names, (), (), hosted=hosted, hosted_rejections=refused))
    return replace(every, problem=problem, choices=tuple(choices))


def demand_per_s(stated: Any) -> float:
    """Mean requests per second of all services over the month, of a judged problem; what is mirrored answers nobody."""
    hours = [period.hours_per_month for period in stated.times.periods]
    asked = {service.name for service in stated.problem.services if has_own_demand(service)}
    return sum(float(found.sum(axis=0) @ hours) for name, found in stated.rates.items() if name in asked) / sum(hours)


def _service(service: Any, kind: str, times: float) -> Any:
    load = changed(service.workload, scale=service.workload.scale * times)
    spot = changed(service.spot, allowed=False) if kind == "on_demand" else service.spot
    if service.workload.serves is not None:
        return changed(service, spot=spot)  # its demand is that of those it serves
    modes = _modes(service, kind)
    substitutes = service.substitutes if "provider_api" in modes else ()
    return changed(service, modes=modes, workload=load, spot=spot, substitutes=substitutes)


def _modes(service: Any, kind: str) -> tuple[str, ...]:
    """What may wait is served from a queue on own replicas, and may go to a provider's batch."""
    own = "real_time" if service.window_hours is None else "asynchronous"
    apis = ("provider_api",) if service.window_hours is None else ("batch", "provider_api")
    apis = (*apis, "provisioned") if "provisioned" in service.modes else apis
    ends = ("managed",) if "managed" in service.modes else ()
    if kind == "mixed" and service.routing != "slices":  # whole slices are for own replicas
        return tuple(sorted((own, *ends, "serverless", *apis)))
    return {"provider_api": apis, "serverless": ("serverless",)}.get(kind, (own,))


class _Asked:
    """Answers by kind and multiple of demand."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def answer(self, kind: str, times: float = 1.0, *, explain: bool = False, gap: float | None = None) -> Any:
        stated = of_kind(self.bench.loaded.problem, kind, times)
        quick = {} if times == 1.0 else {"tie_break": False, "price_safety": False, "gap": max(gap or 0.0, self.bench.options.gap)}
        return self.bench.solved(stated, explain=explain, **quick)

    def usd(self, kind: str, times: float) -> float | None:
        plan = plan_of(self.answer(kind, times))
        return None if plan is None else plan.cost[TOTAL]


def _kind(asked: _Asked, name: str) -> Kind:
    problem = asked.bench.loaded.problem
    sliced = [s.name for s in problem.services if s.routing == "slices"]
    if sliced and name in ("provider_api", "serverless"):
        return Kind(name, None, f"routed in whole slices, which own replicas alone take: {', '.join(sliced)}")
    wanted = {"provider_api": {"provider_api", "batch", "provisioned"}, "serverless": {"serverless"}}.get(name, set(SELF_HOSTED))
    barred = () if name == "mixed" else tuple(s.name for s in problem.services if not wanted & set(s.modes))
    answer = asked.answer(name)
    plan = plan_of(answer)
    if name == "mixed" and plan is not None:
        used = {part.name: {one.mode for one in part.hosted} for part in plan.services}
        barred = tuple(s.name for s in problem.services if used[s.name] - set(s.modes))
    if plan is None:
        return Kind(name, None, reason_of(asked.answer(name, explain=True)), not_allowed=barred)
    total = plan.cost[TOTAL]
    requests, tokens = served(plan, problem)
    return Kind(
        name=name,
        plan=plan,
        usd_per_month=total,
        usd_per_mtok=1e6 * total / tokens if tokens else None,
        usd_per_1000=1e3 * total / requests if requests else None,
        utilisation=utilisation(plan),
        not_allowed=barred,
    )


def served(plan: Plan, problem: Problem) -> tuple[float, float]:
    """(requests, tokens of input and output) that a plan answers in a month, from a cache too; what is mirrored answers nobody."""
    sizes = {
        (s.name, c.name or f"c{b + 1}"): c.input_tokens + c.output_tokens
        for s in problem.services
        if s.workload.mirrors is None
        for b, c in enumerate(s.workload.classes)
    }
    answering = {name for name, _ in sizes}
    groups = {s.name for s in problem.services if s.workload.serves is not None}
    hits = {(s.name, c.name): c.hit for s in problem.services for c in s.caches}
    bought = {part.name: hits[part.name, part.cache] for part in plan.services if part.cache is not None}
    requests = tokens = 0.0
    for service in plan.services:
        if service.name not in answering:
            continue
        for one in (*service.deployments, *service.hosted):
            for name, rates in one.rate_per_s.items():
                asked_of = name.partition(OF)[0] if service.name in groups else service.name
                count = sum(rate * p.hours_per_month * SECONDS_PER_HOUR for rate, p in zip(rates, plan.periods))
                count /= 1.0 - bought.get(asked_of, 0.0)  # these are what a cache left
                requests += count
                tokens += count * sizes[service.name, name]
    return requests, tokens


def utilisation(plan: Plan) -> float | None:
    """Busy accelerator-hours of replicas over the accelerator-hours of the instances that run; None: none runs."""
    busy = paid = 0.0
    for t, period in enumerate(plan.periods):
        hours = period.hours_per_month
        for service in plan.services:
            for d in service.deployments:
                busy += hours * (d.utilisation[t] or 0.0) * d.replicas[t] * d.tp * d.pp
        for pool in plan.pools:
            paid += hours * (pool.running_firm[t] + pool.spot[t]) * pool.accelerators_per_instance
    return busy / paid if paid else None


def _break_even(asked: _Asked, kinds: tuple[Kind, ...], rate: float) -> Iterator[BreakEven]:
    """Between neighbours by today's cost, among those that have a plan; a mix is as cheap as the cheapest and has none."""
    ranked = sorted((k for k in kinds if k.plan is not None and k.name != "mixed"), key=lambda k: (k.usd_per_month, list(KINDS).index(k.name)))
    for first, second in zip(ranked, ranked[1:]):
        if {first.name, second.name} == {"on_demand", "self_hosted"}:
            continue  # every plan of the one is a plan of the other: they never change places
        yield _between(asked, first.name, second.name, rate)


def _between(asked: _Asked, cheaper: str, dearer: str, rate: float) -> BreakEven:
    """The crossing nearest to today's demand, looked for upwards and downwards by doublings, then narrowed."""

    def sign(times: float) -> int:
        """1 where the order is today's, -1 where it is turned round, 0 where both cost the same or one has no plan."""
        for gap in (*COARSE, None):
            a, b = plan_of(asked.answer(cheaper, times, gap=gap)), plan_of(asked.answer(dearer, times, gap=gap))
            if a is None or b is None:
                return 0
            unproven = sum((plan.gap or 0.0) * abs(plan.cost[TOTAL]) for plan in (a, b)) + 1e-9 * a.cost[TOTAL]
            difference = b.cost[TOTAL] - a.cost[TOTAL]
            if abs(difference) > unproven:
                return 1 if difference > 0 else -1
        return 0

    inner = {2.0: 1.0, 0.5: 1.0}
    for _ in range(DOUBLINGS):
        for step in (2.0, 0.5):
            times = inner[step] * step
            found = sign(times)
            if found < 0:
                return _narrowed(asked, cheaper, dearer, inner[step], times, sign, rate)
            inner[step] = times
    return BreakEven(cheaper, dearer, None, None)


def _narrowed(asked: _Asked, cheaper: str, dearer: str, near: float, far: float, sign: Any, rate: float) -> BreakEven:
    """``near`` has today's order or none, ``far`` the other: halved until they are close; costs on both sides are solved ones."""
    while max(near / far, far / near) > NARROW:
        middle = (near * far) ** 0.5
        if sign(middle) < 0:
            far = middle
        else:
            near = middle
    low, high = min(near, far), max(near, far)
    below, above = (cheaper, dearer) if far > near else (dearer, cheaper)
    return BreakEven(
        below=below,
        above=above,
        low=low,
        high=high,
        requests_per_s=(low * rate, high * rate),
        low_usd=(asked.usd(below, low), asked.usd(above, low)),
        high_usd=(asked.usd(below, high), asked.usd(above, high)),
    )
