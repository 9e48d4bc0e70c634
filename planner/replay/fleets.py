"""One service of a plan as the fleet that is simulated: its groups, their iteration times, and what the plan routes where."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from planner.errors import PlannerError
from planner.perf.ask import Ask, as_asked, ask_of, stated_limits
from planner.perf.from_catalog import chip_of, replica_of, served_variant
from planner.perf.iteration import IterationTimes, iteration_times, measured_work
from planner.perf.measured import profiles_of, runs_of
from planner.perf.operating_point import OperatingPoint, operating_point
from planner.perf.replica import Replica
from planner.perf.safety import safety
from planner.plan.schema import Deployment
from planner.problem.adapted import as_served, kept_tokens
from planner.problem.service import Service
from planner.replay.case import Case
from planner.simulate.fleet import Fleet, Group, Part, Stage
from planner.simulate.tally import Limit
from planner.workload import Trace

Configuration = tuple[str, str, int, int, str, int]


@dataclass(frozen=True)
class Replicated:
    """One replica: its iterations, replica-seconds per request of each class at saturation, and its requests/s then.

    context  longest request its model takes                                        [tokens]
    cached   share of input tokens found in its prefix cache
    replica  what was predicted; None: only its throughput is known
    """

    times: IterationTimes
    work_s: tuple[float, ...]
    speed: float
    context: int | None
    cached: float
    replica: Replica | None = None


def own_fleet(case: Case, service: Service, stages: tuple[Stage, ...]) -> Fleet:
    """The fleet of one service over ``stages``, without what hosted options have."""
    names = class_names(service)
    ways: dict[tuple[Configuration, str], list[Deployment]] = {}
    planned = next((s for s in case.plan.services if s.name == service.name), None)
    for one in planned.deployments if planned else ():
        ways.setdefault((configuration_of(one), one.region), []).append(one)
    groups = []
    for (configuration, region), members in ways.items():
        found = replicated(case, service, configuration)
        rates = tuple(_sum(member.rate_per_s.get(name) for member in members) or (0.0,) * len(case.plan.periods) for name in names)
        parts = tuple(Part(m.pool, region, m.purchase, m.replicas, _per_instance(case, m), m.tp * m.pp) for m in members)
        groups.append(Group(group_name(configuration, region), found.times, parts, rates, found.speed, found.context, found.cached, found.work_s))
    unserved = tuple((planned.unserved_per_s.get(name) if planned else None) or (0.0,) * len(case.plan.periods) for name in names)
    return Fleet(service.name, tuple(groups), lengths_of(service), stages, unserved)


def replicated(case: Case, service: Service, configuration: Configuration) -> Replicated:
    """One replica of a configuration as the plan predicts it; raises PlannerError where nothing can be predicted.

    Times are those of the plan's own predictions: corrected by the user's runs, at the safe end where the problem
    states a confidence, and scaled to a measured TPOT and TTFT of this very configuration.
    """
    kept = kept_tokens(service, configuration[0])
    service, variant_name = as_served(service, configuration[0], case.problem)
    _, accelerator, tp, pp, _, batch = configuration
    own = case.problem.offers.accelerators
    measured = profiles_of(service, case.catalog, own).get((variant_name, accelerator, tp, pp, batch))
    ask = ask_of(service)
    if measured is not None and measured.throughput_rps is not None:
        work = tuple(1.0 / rate if rate else math.inf for rate in measured.throughput_rps)
        return Replicated(measured_work(work), work, _speed(work, ask.shares), None, 0.0)
    variant = served_variant(case.catalog, service.model, variant_name)
    if variant is None or variant.architecture is None or variant.precision is None:
        raise PlannerError(f"nothing can be predicted for {service.model} as {variant_name}", where=case.file)
    replica = as_asked(ask, replica_of(variant, chip_of(case.catalog, own, accelerator), tp, pp, batch))
    runs = runs_of(service, case.catalog, own)
    point = operating_point(replica, ask.input_tokens, ask.output_tokens, ask.shares, prefix_hit=ask.prefix_hit, runs=runs)
    if not isinstance(point, OperatingPoint):
        raise PlannerError(f"{service.name}: {' '.join(map(str, configuration[:2]))} cannot run: {point.reason}", where=case.file)
    slower = safety(point.band, ask.confidence).work
    times = iteration_times(replica, runs=runs, slower=slower * _pace(measured, point, ask))
    work = tuple(slower * w for w in point.work_s)
    if kept:
        times = replace(times, kv_capacity_tokens=max(0.0, times.kv_capacity_tokens - kept))
    return Replicated(times, work, _speed(work, ask.shares), variant.architecture.max_context, ask.prefix_hit, replica)


def configuration_of(deployment: Deployment) -> Configuration:
    """How a replica of a deployment is run."""
    d = deployment
    return d.variant, d.accelerator, d.tp, d.pp, d.engine, d.max_num_seqs


def group_name(configuration: Configuration, region: str) -> str:
    """How a group is told from the others of its service."""
    variant, accelerator, tp, pp, _, batch = configuration
    return f"{variant} {accelerator} tp{tp}" + (f" pp{pp}" if pp > 1 else "") + f" batch {batch} {region}"


def class_names(service: Service) -> tuple[str, ...]:
    """Names of the request classes: as given, else c1, c2, … in order."""
    return tuple(c.name or f"c{i + 1}" for i, c in enumerate(service.workload.classes or ()))


def lengths_of(service: Service) -> tuple[tuple[float, float], ...]:
    """Mean (input, output) tokens of each class."""
    return tuple((float(c.input_tokens), float(c.output_tokens)) for c in service.workload.classes or ())


def longest_of(case: Case, service: Service) -> float:
    """Tokens of the longest request that the service's model takes; infinite where that is not known."""
    return float(getattr(case.catalog.model(service.model), "max_context", None) or math.inf)


def limits_of(service: Service, trace: Trace | None = None) -> tuple[Limit, ...]:
    """The service's latency limits; those that its classes ask nothing of (a TPOT of answers of one token) only where ``trace`` does."""
    paced = trace is not None and bool((trace.output_tokens > 1).any())
    return tuple(Limit(one.rule, one.percentile, one.limit_ms) for one in (stated_limits(service.slo) if paced else ask_of(service).limits))


def _pace(measured, point: OperatingPoint, ask: Ask) -> float:
    """What a measured TPOT of exactly this configuration says of the formula's, weighted by tokens."""
    if measured is None or not measured.tpot_ms:
        return 1.0
    weight = [p * n for p, n in zip(ask.shares, ask.output_tokens)]
    known = [(w, m, f) for w, m, f in zip(weight, measured.tpot_ms, point.tpot_ms) if f is not None]
    return sum(w * m for w, m, _ in known) / sum(w * f for w, _, f in known) if known else 1.0


def _speed(work_s: tuple[float, ...], shares: tuple[float, ...]) -> float:
    can = [(w, p) for w, p in zip(work_s, shares) if math.isfinite(w)]
    busy = sum(w * p for w, p in can)
    return sum(p for _, p in can) / busy if busy > 0.0 else 1e-9


def _sum(each: Iterable[tuple[float, ...] | None]) -> tuple[float, ...]:
    return tuple(map(sum, zip(*(rates for rates in each if rates is not None))))


def _per_instance(case: Case, deployment: Deployment) -> int:
    return max(1, case.pools[deployment.pool].accelerators // (deployment.tp * deployment.pp))
