"""What cost may be traded against: how each objective is read from a plan, and how it is capped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.analysis.bench import Bench
from planner.problem.normalise import changed
from planner.problem.serves import OF

if TYPE_CHECKING:
    from planner.plan.schema import Plan
    from planner.problem.schema import Problem

#: A cap that nothing reaches, which makes the objective be counted.
LOOSE = 1e12


@dataclass(frozen=True)
class Objective:
    """What is traded against cost; ``of`` reads it from a plan, ``capped`` limits it. Lower is better, quality turned round.

    whole  whether it takes steps only: then every point can be found
    least  what no plan is below
    counted   the problem in which rows of the program count it; None: nothing in the program does
    measures  these rows, of which the largest figure is the objective
    """

    name: str
    unit: str
    of: Callable[[Any, Any], float | None]
    capped: Callable[[Any, float], Any]
    whole: Callable[[Bench], bool] = lambda bench: False
    sign: float = 1.0
    least: Callable[[Bench], float] = lambda bench: 0.0
    counted: Callable[[Any], Any] | None = None
    measures: Callable[[Any], Sequence[Any]] = lambda built: ()


def _carbon(plan: Plan, problem: Problem) -> float | None:
    return plan.carbon_kg_per_month


def _carbon_capped(problem: Problem, cap: float) -> Problem:
    return changed(problem, limits=changed(problem.limits, carbon_kg_per_month=max(cap, 0.0)))


def _carbon_counted(problem: Problem) -> Any:
    """Offsets inside the cap are taken off what it counts, not off what a plan emits: then nothing counts that."""
    offsets = problem.carbon.offsets
    return None if offsets is not None and offsets.inside_cap else _carbon_capped(problem, LOOSE)


def _spot(plan: Plan, problem: Problem) -> float:
    """The largest share of a service's requests on spot, in any period; what a group answers for it on spot counts."""
    from planner.economics.timeline import timeline
    from planner.problem.demand import demand, has_own_demand

    asked = demand(problem, timeline(problem))
    there = {service.name: [0.0] * len(plan.periods) for service in problem.services}
    for service, d in ((service, d) for service in plan.services for d in service.deployments if d.purchase == "spot"):
        for name, rates in d.rate_per_s.items():
            owner = name.partition(OF)[0] if OF in name and name.partition(OF)[0] in there else service.name
            there[owner] = [sum(pair) for pair in zip(there[owner], rates)]
    shares = [
        spot / total
        for service in problem.services if has_own_demand(service)
        for spot, total in zip(there[service.name], asked[service.name].sum(axis=0).tolist()) if total
    ]  # fmt: skip
    return max((0.0, *shares))


def _spot_capped(problem: Problem, cap: float) -> Problem:
    share = min(1.0, max(0.0, cap))
    return changed(problem, services=tuple(changed(s, spot=changed(s.spot, max_share=min(share, s.spot.max_share))) for s in problem.services))


def _quality(plan: Plan, problem: Problem) -> float | None:
    known = [s.quality_mean for s in plan.services if not s.busy_shares]
    return None if None in known or not known else -min(known)


def _quality_capped(problem: Problem, cap: float) -> Problem:
    from planner.problem.service import Quality

    floor = max(0.0, -cap) if cap < LOOSE else 0.0
    return changed(problem, services=tuple(s if s.workload.serves is not None else _with_floor(s, floor, Quality) for s in problem.services))


def _with_floor(service: Any, floor: float, quality: Any) -> Any:
    stated = service.quality or quality()
    return changed(service, quality=changed(stated, mean=max(floor, stated.mean or 0.0)))


def _best_quality(bench: Bench) -> float:
    """Less than nothing: the highest score of any variant that may be chosen, turned round."""
    choices = bench.stated(_quality_capped(bench.loaded.problem, LOOSE)).choices
    return -max((c.quality for one in choices for c in (*one.candidates, *one.hosted) if c.quality is not None), default=1.0)


def _latency(plan: Plan, problem: Problem) -> float:
    """The multiple of all latency limits that the problem states, at which it was solved."""
    from planner.documents import from_data, validate
    from planner.problem.schema import Problem as Format

    there = validate(from_data(plan.inputs.problem, "plan"), Format)
    pairs = [(now[key], was[key]) for n, w in zip(there.services, problem.services) for now, was in slos(n, w) for key in was]
    return max((now / was for now, was in pairs), default=1.0)


def slos(now: Any, was: Any) -> list[tuple[dict, dict]]:
    return [(getattr(now.slo, name) or {}, limits) for name in type(was.slo).model_fields if (limits := getattr(was.slo, name))]


def _latency_capped(problem: Problem, cap: float) -> Problem:
    factor = 1.0 if cap >= LOOSE else cap
    return changed(problem, services=tuple(changed(s, slo=_tightened(s.slo, factor)) for s in problem.services))


def _tightened(slo: Any, factor: float) -> Any:
    scaled = {name: {key: value * factor for key, value in limits.items()} for name in type(slo).model_fields if (limits := getattr(slo, name))}
    return changed(slo, **scaled)


def _carbon_is_whole(bench: Bench) -> bool:
    """Whether neither cost nor emissions depend on how requests are routed: both then follow whole numbers."""
    import math

    from planner.solve import program

    built = program(bench.loaded.problem, bench.catalog)
    rates = [columns for columns in built.var.rate.values()]
    costless = all(not built.model.cost[columns].any() for columns in rates)
    emissions = [built.data.carbon_per_rate(group) for group in built.sets.groups]
    flexible = any(option.measure != "instances" for option in built.sets.options) or any(held.measure == "spend" for held in built.sets.held)
    return costless and not flexible and all(kg is not None and math.isclose(float(abs(kg).max(initial=0.0)), 0.0, abs_tol=1e-12) for kg in emissions)


#: All but all on spot, so that the share is counted: far less than rounding away from it.
ALMOST = 1.0 - 1e-9


def _fleet(built: Any) -> Iterator[Any]:
    from planner.analysis.second import Measure
    from planner.formulation.constraints.carbon_cap import fleet_emissions

    _, always = fleet_emissions(built.sets, built.var, built.data, lambda pool: True)
    yield from (Measure(one.start, one.scale, always) for one in built.ranges if one.constraint == "carbon_cap" and one.where == "all services")


def _shares(built: Any) -> Iterator[Any]:
    """By service and period: what its row counts, over its limit, times the share that the limit is."""
    from planner.analysis.second import Measure

    allowed = {service.name: service.spot.max_share for service in built.sets.services}
    for one in built.ranges:
        if one.constraint == "spot_share" and one.where in allowed:
            for row in range(one.start, one.stop):
                limit = float(built.model.row_upper[row])
                if limit > 0.0:
                    yield Measure(row, allowed[one.where] / limit)


def _means(built: Any) -> Iterator[Any]:
    """By service: the floor less its mean score, less the floor."""
    from planner.analysis.second import Measure

    floors = {service.name: service.quality.mean for service in built.sets.services if service.quality is not None}
    for one in built.ranges:
        if one.constraint == "quality_floor":
            yield Measure(one.start, -one.scale, -floors[one.where])


OBJECTIVES = {
    "carbon": Objective("carbon", "kgCO2e/month", _carbon, _carbon_capped, _carbon_is_whole, counted=_carbon_counted, measures=_fleet),
    "latency": Objective("latency", "times all latency limits", _latency, _latency_capped),
    "quality": Objective("quality", "least mean score", _quality, _quality_capped, sign=-1.0, least=_best_quality, counted=lambda problem: _quality_capped(problem, LOOSE), measures=_means),
    "spot": Objective("spot", "largest share on spot", _spot, _spot_capped, counted=lambda problem: _spot_capped(problem, ALMOST), measures=_shares),
}
