"""Which measurements would tighten a plan most: where the band of a prediction decides what the plan costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from planner.perf.measured import runs_of
from planner.perf.runs import MeasuredPoint, figures_at, learned
from planner.plan.cost import TOTAL
from planner.problem.confidence import with_confidence
from planner.problem.normalise import changed
from planner.problem.service import MeasuredPoint as StatedPoint
from planner.problem.service import Profile
from planner.solve import Options, Solved, solve


@dataclass(frozen=True)
class Measurement:
    """One benchmark run worth making, with the load to run it at.

    alone  whether to run single requests too: a limit rests on the time of a request that waits for nobody
    nominal, safe, optimistic  whether the plan of that end of the bands uses the configuration
    saving_usd_per_month       by how much the safe plan gets cheaper if the run confirms the formula; None: no safe plan
    band                       throughput between these multiples of the prediction in 80 % of cases, now and after the run
    """

    service: str
    variant: str
    accelerator: str
    tp: int
    pp: int
    input_tokens: float
    output_tokens: float
    concurrency: float
    alone: bool
    nominal: bool
    safe: bool
    optimistic: bool
    saving_usd_per_month: float | None
    band_now: tuple[float, float]
    band_after: tuple[float, float]


@dataclass(frozen=True)
class Worth:
    """Costs at the ends of the bands [USD/month; None: no plan] and the runs, the most valuable first."""

    confidence: float
    nominal_usd_per_month: float | None
    safe_usd_per_month: float | None
    optimistic_usd_per_month: float | None
    measurements: tuple[Measurement, ...]


def worth_measuring(
    problem: Any, catalog: Any, options: Options | None = None, *, confidence: float = 0.9, most: int = 6,
    tell: Callable[[str], None] = lambda text: None,
) -> Worth:
    """Solves at the nominal, the safe and the optimistic end, and once for each configuration that any of them uses.

    A run that confirms the formula narrows the band of its configuration and of its neighbours; what the safe plan then
    costs less is what the run is worth. At most ``most`` configurations are tried, those of most money first.
    """
    options = replace(options or Options(), price_safety=False)
    plans = {}
    for name, level in (("nominal", None), ("safe", confidence), ("optimistic", 1.0 - confidence)):
        tell(f"{name} plan")
        found = solve(with_confidence(problem, level), catalog, options)
        plans[name] = found.plan if isinstance(found, Solved) else None
    safe = plans["safe"]
    tried = []
    for key in list(_used(plans))[:most]:
        tell(f"with {key[1]} on {key[2]}, tp {key[3]}, measured for {key[0]}")
        tried.append(_tried(problem, catalog, options, confidence, key, plans))
    # A run that would save nothing is no advice; what is unknown, for want of a safe plan, is shown as such.
    tried = [one for one in tried if one.saving_usd_per_month != 0.0]
    tried.sort(key=lambda one: (-(one.saving_usd_per_month or 0.0), one.service, one.accelerator, one.variant, one.tp))
    return Worth(confidence, _cost(plans["nominal"]), _cost(safe), _cost(plans["optimistic"]), tuple(tried))


def _cost(plan: Any) -> float | None:
    return None if plan is None else plan.cost[TOTAL]


Key = tuple[str, str, str, int, int, int]  # service, variant, accelerator, tp, pp, max_num_seqs


def _used(plans: dict[str, Any]) -> Iterator[Key]:
    """Configurations whose performance is not measured, by the replicas that the plans run of them, most first."""
    weight: dict[Key, float] = {}
    for plan in plans.values():
        for service in () if plan is None else plan.services:
            for d in service.deployments:
                if d.basis != "measured":
                    key = (service.name, d.variant, d.accelerator, d.tp, d.pp, d.max_num_seqs)
                    weight[key] = weight.get(key, 0.0) + sum(d.replicas) * d.tp * d.pp
    seen: set[tuple] = set()
    for key in sorted(weight, key=lambda one: (-weight[one], one)):
        if key[:5] not in seen:  # batch limits of one replica share their measurement
            seen.add(key[:5])
            yield key


def _tried(problem: Any, catalog: Any, options: Options, confidence: float, key: Key, plans: dict[str, Any]) -> Measurement:
    name, variant, accelerator, tp, pp, batch = key
    service = next(one for one in problem.services if one.name == name)
    given, made = _lengths(service)
    alone = batch > 1 and bool(service.slo.ttft_ms or service.slo.end_to_end_ms)
    points = [MeasuredPoint(given, made, load) for load in ((float(batch), 1.0) if alone else (float(batch),))]
    profile = Profile(variant=variant, accelerator=accelerator, tp=tp, pp=pp, source="hypothetical", points=(
        StatedPoint(input_tokens=given, output_tokens=made, concurrency=float(batch), tpot_ms=1.0),
    ))  # fmt: skip
    own = problem.offers.accelerators
    (run,) = runs_of(changed(service, profiles=(profile,)), catalog, own)
    known = runs_of(service, catalog, own)
    confirmed = [_confirmed(run.replica, point, known) for point in points]
    stated = tuple(StatedPoint(**{name: getattr(one, name) for name in StatedPoint.model_fields}) for one in confirmed)
    with_run = changed(service, profiles=(*service.profiles, profile.model_copy(update={"points": stated})))
    services = tuple(with_run if one.name == name else one for one in problem.services)
    found = solve(with_confidence(changed(problem, services=services), confidence), catalog, options)
    before, after = _cost(plans["safe"]), _cost(found.plan) if isinstance(found, Solved) else None
    runs = tuple(replace(run, point=one) for one in confirmed)
    now, then = _bands(run.replica, confirmed[0], known, (*known, *runs))
    uses = {end: plan is not None and _uses(plan, key) for end, plan in plans.items()}
    return Measurement(
        name, variant, accelerator, tp, pp, given, made, float(batch), alone, uses["nominal"], uses["safe"], uses["optimistic"],
        saving_usd_per_month=None if before is None or after is None else max(before - after, 0.0), band_now=now, band_after=then,
    )


def _confirmed(replica: Any, point: MeasuredPoint, known: tuple) -> MeasuredPoint:
    """The point as a benchmark would report it if the formula is right."""
    flow, ttft, tpot = figures_at(replica, point, learned(known, replica) if known else None)
    return replace(point, output_tokens_per_s=flow, ttft_ms=ttft, tpot_ms=tpot if point.output_tokens > 1 else None)


def _lengths(service: Any) -> tuple[float, float]:
    """Mean input and output tokens of a service's requests, as whole tokens that a benchmark takes."""
    classes = service.workload.classes
    return tuple(float(max(round(sum(c.share * getattr(c, n) for c in classes)), 1)) for n in ("input_tokens", "output_tokens"))


def _bands(replica: Any, point: MeasuredPoint, known: tuple, measured: tuple) -> tuple[tuple[float, float], tuple[float, float]]:
    from planner.perf.coefficients import band

    found = []
    for runs in (known, measured):
        own = learned(runs, replica) if runs else None
        wide = band(replica)
        if own is not None:
            _, wide = own.at(replica, point.input_tokens, point.output_tokens, point.concurrency, wide)
        found.append(wide.throughput)
    return found[0], found[1]


def _uses(plan: Any, key: Key) -> bool:
    return any(
        service.name == key[0] and (d.variant, d.accelerator, d.tp, d.pp) == key[1:5]
        for service in plan.services
        for d in service.deployments
    )
