"""Planned, billed and used: what a plan meant to pay and serve, what the bill and the metrics say, and why they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.analysis.billed_rent import Billed, billed_rent
from planner.analysis.planned_rent import COMMITTED, SPOT, Key, Rent, planned_rent
from planner.analysis.variance import Pair, Variance, scaled, total, variances
from planner.verify.case import Case

if TYPE_CHECKING:
    from planner.plan.schema import Plan
    from planner.problem.schema import Problem

#: A pool that does less than this share of the work it was planned to do, for the hours billed, is under-used.
UNDER_USED = 0.8
#: A commitment of which this share more than the plan meant bought nothing is under-used.
UNUSED = 0.05
#: Billed for pools in which no service of the plan stands.
NOBODY = "(no service of the plan)"


@dataclass(frozen=True)
class Line:
    """A pool or a service, in a month.

    accelerator_hours  planned and billed; used: busy, planned utilisation scaled by the demand measured; None: not measured
    """

    name: str
    planned_usd: float
    billed_usd: float
    variance: Variance
    planned_accelerator_hours: float
    billed_accelerator_hours: float
    planned_used_hours: float
    used_hours: float | None


@dataclass(frozen=True)
class Served:
    """A service's requests per second: planned without headroom, and measured; None: not measured."""

    name: str
    served_as: str | None
    planned_per_s: float
    measured_per_s: float | None


@dataclass(frozen=True)
class UnderUsed:
    """Money that bought less than it was meant to; ``used_share`` of what was billed, None: not measured."""

    what: str
    kind: str
    used_share: float | None
    planned_share: float | None
    idle_usd: float
    reason: str


@dataclass(frozen=True)
class Actuals:
    """A plan beside a month's bill and metrics; all money in USD a month.

    outside  rows of the bill that pay for no known instance; not compared
    months   that the bill covers
    """

    months: float | None
    variance: Variance
    planned_usd: float
    billed_usd: float
    pools: tuple[Line, ...]
    services: tuple[Line, ...]
    served: tuple[Served, ...]
    under_used: tuple[UnderUsed, ...]
    outside: dict[str, float]
    notes: tuple[str, ...]


def actuals(
    plan: Plan, problem: Problem, catalog: Any, *, charges: Iterable[Any] | None, months: float, loads: Mapping[str, Any],
    labels: Mapping[str, str],
) -> Actuals:
    """Compares a checked plan with what came.

    charges  rows of a bill (``planner.imports.focus_bill.Charge``), which covers ``months``; None: no bill
    loads    measured load by service (``planner.imports.observed.Load``); labels: the name it was served under
    """
    case = Case(plan, problem, catalog)
    planned = planned_rent(case)
    everything = {**catalog.offers, **{pool.id: pool for pool in case.every_pool if pool.owned is None}}
    bought = [name for name, option in case.options.items() if option.bought]
    billed = billed_rent(charges, everything, months, bought) if charges is not None else None
    lines = _pairs(case, planned, billed.rent if billed is not None else planned, everything)
    found = variances({_text(key): pair for key, pair in lines.items()})
    by_key = {key: found[_text(key)] for key in lines}
    work = {service.name: _ratio(case, service.name, loads) for service in problem.services}
    pools = tuple(_pool(case, name, lines, by_key, work) for name in dict.fromkeys(key[0] for key in lines))
    services = tuple(_services(case, lines, by_key, work))
    return Actuals(
        months=months if charges is not None else None,
        variance=total(by_key.values()),
        planned_usd=sum(one.usd for one in planned.values()),
        billed_usd=sum(pair.billed_usd for pair in lines.values()),
        pools=pools,
        services=services,
        served=tuple(_served(case, service.name, loads, labels) for service in problem.services),
        under_used=tuple(_under_used(pools, billed, plan)) if billed is not None else (),
        outside=dict(sorted(billed.outside.items(), key=lambda one: (-abs(one[1]), one[0]))) if billed is not None else {},
        notes=tuple(_notes(case, charges is not None, loads)),
    )


def _pairs(case: Case, planned: Mapping[Key, Rent], billed: Mapping[Key, Rent], known: Mapping[str, Any]) -> dict[Key, Pair]:
    found = {}
    for key in sorted({*planned, *billed}):
        before, after, pool = planned.get(key, Rent()), billed.get(key, Rent()), known.get(key[0])
        size = _size(case, key[0], pool)
        expected = _listed(case, key, pool)
        found[key] = Pair(before.hours * size, before.usd, after.hours * size, after.usd, None if expected is None else expected / size)
    return found


def _size(case: Case, name: str, pool: Any) -> float:
    own = case.pools.get(name)
    if own is not None:
        return float(own.accelerators)
    return 1.0 if pool is None else pool.accelerators_per_instance


def _listed(case: Case, key: Key, pool: Any) -> float | None:
    """What an hour of an instance that the plan did not want was expected to cost; unknown under a commitment."""
    if pool is None or key[1] == COMMITTED:
        return None
    if (own := case.pools.get(key[0])) is not None:
        prices = own.spot if key[1] == SPOT else own.on_demand
        return None if prices is None else prices[0]
    return pool.spot_usd_per_hour if key[1] == SPOT else pool.on_demand_usd_per_hour


def _ratio(case: Case, service: str, loads: Mapping[str, Any]) -> float | None:
    """Measured demand over the demand that the plan's figures are for, headroom included; None: not measured."""
    if service not in loads:
        return None
    planned = _mean_rate(case, service)
    return loads[service].rate_per_s / planned if planned else None


def _mean_rate(case: Case, service: str) -> float:
    return sum(sum(rate * hours for rate, hours in zip(rates, case.hours)) for rates in case.demand[service]) / sum(case.hours)


def _pool(
    case: Case, name: str, lines: Mapping[Key, Pair], found: Mapping[Key, Variance], work: Mapping[str, float | None]
) -> Line:
    own = [key for key in lines if key[0] == name]
    placed = case.placed_in(name)
    ratios = [(_busy(case, p), work[p.service.name]) for p in placed]
    used = None if not ratios or any(ratio is None for _, ratio in ratios) else sum(busy * ratio for busy, ratio in ratios)
    return _line(name, [lines[key] for key in own], total(found[key] for key in own), sum(busy for busy, _ in ratios), used)


def _line(name: str, pairs: Iterable[Pair], variance: Variance, busy: float, used: float | None) -> Line:
    pairs = list(pairs)
    sums = {field: sum(getattr(pair, field) for pair in pairs) for field in ("planned_usd", "billed_usd", "planned_units", "billed_units")}
    return Line(name, sums["planned_usd"], sums["billed_usd"], variance, sums["planned_units"], sums["billed_units"], busy, used)


def _busy(case: Case, placed: Any) -> float:
    """Accelerator-hours in which its replicas are planned to be busy."""
    one = placed.deployment
    share = ((one.utilisation[t] or 0.0) * one.replicas[t] * hours for t, hours in enumerate(case.hours))
    return placed.configuration.accelerators * sum(share)


def _services(
    case: Case, lines: Mapping[Key, Pair], found: Mapping[Key, Variance], work: Mapping[str, float | None]
) -> Iterable[Line]:
    """Each pool's line split by the accelerator-hours that the plan gives its services there, firm and spot apart."""
    shares = {key: _shares(case, key) for key in lines}
    for name in (*case.services, NOBODY):
        own = {key: share for key in lines if (share := shares[key].get(name))}
        if name == NOBODY and not own:
            continue
        pairs = [_part(lines[key], share) for key, share in own.items()]
        busy = sum(_busy(case, p) for p in case.placed_of(name) if p.pool.owned is None) if name in case.services else 0.0
        ratio = work.get(name)
        yield _line(name, pairs, total(scaled(found[key], share) for key, share in own.items()), busy, None if ratio is None else busy * ratio)


def _part(pair: Pair, share: float) -> Pair:
    return Pair(pair.planned_units * share, pair.planned_usd * share, pair.billed_units * share, pair.billed_usd * share)


def _shares(case: Case, key: Key) -> dict[str, float]:
    taken: dict[str, float] = {}
    for p in case.placed_in(key[0]):
        if p.firm == (key[1] != SPOT):
            hours = sum(count * h for count, h in zip(p.deployment.replicas, case.hours))
            taken[p.service.name] = taken.get(p.service.name, 0.0) + p.configuration.accelerators * hours
    whole = sum(taken.values())
    return {name: hours / whole for name, hours in taken.items()} if whole else {NOBODY: 1.0}


def _served(case: Case, service: str, loads: Mapping[str, Any], labels: Mapping[str, str]) -> Served:
    planned = _mean_rate(case, service) / case.services[service].workload.headroom
    return Served(service, labels.get(service), planned, loads[service].rate_per_s if service in loads else None)


def _under_used(pools: Iterable[Line], billed: Billed, plan: Plan) -> Iterable[UnderUsed]:
    meant = {one.name: one.used_share for one in plan.commitments}
    for pool in pools:
        if pool.billed_usd <= 0.0 or pool.name in billed.promises:
            continue
        planned = pool.planned_used_hours / pool.planned_accelerator_hours if pool.planned_accelerator_hours else None
        if planned is None:
            yield UnderUsed(pool.name, "instances", None, None, pool.billed_usd, "billed, and no part of the plan")
        elif pool.used_hours is not None and pool.billed_accelerator_hours:
            used = pool.used_hours / pool.billed_accelerator_hours
            if used < UNDER_USED * planned:
                yield UnderUsed(pool.name, "instances", used, planned, pool.billed_usd * (1.0 - used / planned), "busy for less than planned")
    for name, promise in sorted(billed.promises.items()):
        if promise.usd > 0.0 and promise.unused_usd > (UNUSED + 1.0 - meant.get(name, 1.0)) * promise.usd:
            used = 1.0 - promise.unused_usd / promise.usd
            yield UnderUsed(name, "commitment", used, meant.get(name), promise.unused_usd, "paid for and not used")
        elif not promise.used:
            yield UnderUsed(name, "commitment", None, None, promise.usd, "paid for; no row of the bill shows it in use")


def _notes(case: Case, with_bill: bool, loads: Mapping[str, Any]) -> Iterable[str]:
    if with_bill:
        yield "The bill is brought to a month of the plan, 730 h; a calendar month counts as one, so 31 days show 1.9 % more volume."
        yield "A pool's bill goes to its services by the accelerator-hours that the plan gives them there."
        if any(pool.owned is not None for pool in case.every_pool):
            yield "Owned machines are on no bill and are not compared."
    missing = [name for name in case.services if name not in loads]
    if loads and missing:
        yield f"Not measured: {', '.join(missing)}; their demand stays as planned."
    if loads:
        yield "Used is the planned utilisation scaled by the requests measured."


def _text(key: Key) -> str:
    return f"{key[1]} {key[0]}"
