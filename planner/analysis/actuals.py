"""Planned, billed and used: what a plan meant to pay and serve, what the bill and the metrics say, and why they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.analysis.actual_hosted import HostedLine, hosted_line, sales_of
from planner.analysis.billed_rent import Billed, billed_rent
from planner.analysis.measured_load import ELSEWHERE, Measured, MeasuredLoad, measured
from planner.analysis.planned_rent import COMMITTED, ON_DEMAND, SPOT, Key, Rent, job_rent, planned_hosted, planned_rent
from planner.analysis.under_used import UnderUsed, under_used
from planner.analysis.variance import Pair, Variance, scaled, total, variances
from planner.economics.meters import UNIT_OF
from planner.verify.case import Case
from planner.verify.jobs import jobs_of

if TYPE_CHECKING:
    from planner.plan.schema import Plan
    from planner.problem.schema import Problem

#: Billed for what no service of the plan uses.
NOBODY = "(no service of the plan)"
JOBS = "(jobs)"
#: What lines of pools are counted in.
ACCELERATOR_HOURS = "accelerator-hours"


@dataclass(frozen=True)
class Line:
    """A pool or a service, in a month; a service's money holds its hosted options too.

    accelerator_hours  planned and billed, of pools; used: busy, planned utilisation scaled by the demand measured; None: not measured
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
class Actuals:
    """A plan beside a month's bill and metrics; all money in USD a month.

    outside  rows of the bill that pay for nothing that is known; not compared
    months   that the bill covers
    loads    of services that were measured, ready to be planned for
    """

    months: float | None
    variance: Variance
    planned_usd: float
    billed_usd: float
    pools: tuple[Line, ...]
    hosted: tuple[HostedLine, ...]
    services: tuple[Line, ...]
    served: tuple[Served, ...]
    under_used: tuple[UnderUsed, ...]
    outside: dict[str, float]
    loads: dict[str, MeasuredLoad]
    notes: tuple[str, ...]


def actuals(
    plan: Plan, problem: Problem, catalog: Any, *, charges: Iterable[Any] | None, months: float, loads: Mapping[str, Any],
    labels: Mapping[str, str], routed: Mapping[str, Any] | None = None,
) -> Actuals:
    """Compares a checked plan with what came.

    charges  rows of a bill (``planner.imports.focus_bill.Charge``), which covers ``months``; None: no bill
    loads    that engines counted, by service (``planner.imports.observed.Load``); labels: the name it was served under
    routed   what a router logged, by service (``planner.imports.litellm_spend.Routed``)
    """
    case, logs = Case(plan, problem, catalog), routed or {}
    apart = planned_hosted(case)
    planned = planned_rent(case) | _summed(apart.values())
    everything = {**catalog.offers, **{pool.id: pool for pool in case.every_pool if pool.owned is None}}
    bought = [name for name, option in case.options.items() if option.bought]
    sales = sales_of(case, apart)
    billed = billed_rent(charges, everything, months, bought, sales) if charges is not None else None
    lines = _pairs(case, planned, billed, everything, sales)
    by_key = _variances(lines)
    rows = None if billed is None else {key: (planned.get(key, Rent()), billed.rent.get(key, Rent())) for key in lines if key not in billed.unstated}
    known = {service.name: _measured(case, service.name, loads, logs, rows) for service in problem.services}
    shares = {key: _shares(case, key, apart) for key in lines}
    pools = tuple(_pool(case, name, lines, by_key, known) for name in dict.fromkeys(key[0] for key in lines if key[1] not in UNIT_OF))
    options = dict.fromkeys(key[0] for key in lines if key[1] in UNIT_OF)
    hosted = tuple(hosted_line(case, name, lines, by_key, known, logs, sales) for name in options)
    return Actuals(
        months=months if charges is not None else None,
        variance=total(by_key.values()),
        planned_usd=sum(one.usd for one in planned.values()),
        billed_usd=sum(pair.billed_usd for pair in lines.values()),
        pools=pools,
        hosted=hosted,
        services=tuple(_services(case, lines, by_key, known, shares)),
        served=tuple(_served(case, service.name, known, labels) for service in problem.services),
        under_used=tuple(under_used(pools, hosted, billed, plan)) if billed is not None else (),
        outside=dict(sorted(billed.outside.items(), key=lambda one: (-abs(one[1]), one[0]))) if billed is not None else {},
        loads={name: one.whole for name, one in known.items() if one.whole is not None},
        notes=tuple(_notes(case, billed, known, bool(loads or logs))),
    )


def _summed(parts: Iterable[Mapping[Key, Rent]]) -> dict[Key, Rent]:
    """Services that use one option pay into one line."""
    found: dict[Key, Rent] = {}
    for part in parts:
        for key, one in part.items():
            line = found.setdefault(key, Rent())
            line.quantity += one.quantity
            line.usd += one.usd
    return found


def _pairs(case: Case, planned: Mapping[Key, Rent], billed: Billed | None, known: Mapping[str, Any], sales: Any) -> dict[Key, Pair]:
    rent = planned if billed is None else billed.rent
    unstated = frozenset() if billed is None else billed.unstated
    found = {}
    for key in sorted({*planned, *rent}):
        before, after, pool = planned.get(key, Rent()), rent.get(key, Rent()), known.get(key[0])
        size = 1.0 if key[1] in UNIT_OF else _size(case, key[0], pool)
        expected = sales.price(*key) if key[1] in UNIT_OF else _listed(case, key, pool)
        quantity = None if key in unstated else after.quantity * size
        found[key] = Pair(before.quantity * size, before.usd, quantity, after.usd, None if expected is None else expected / size)
    return found


def _variances(lines: Mapping[Key, Pair]) -> dict[Key, Variance]:
    """Lines are compared with those that are counted in the same unit: hours of accelerators are no tokens."""
    found: dict[Key, Variance] = {}
    for unit in dict.fromkeys(UNIT_OF.get(key[1], ACCELERATOR_HOURS) for key in lines):
        own = {_text(key): pair for key, pair in lines.items() if UNIT_OF.get(key[1], ACCELERATOR_HOURS) == unit}
        parts = variances(own)
        found |= {key: parts[_text(key)] for key in lines if _text(key) in parts}
    return {key: found[key] for key in lines}


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


def _measured(case: Case, service: str, loads: Mapping[str, Any], logs: Mapping[str, Any], rows: Mapping[Key, tuple[Rent, Rent]] | None) -> Measured:
    log = logs.get(service)
    parts = {} if log is None else {name: load for name in ("own", "elsewhere") if (load := getattr(log, name)) is not None}
    return measured(case, service, loads.get(service), parts, rows)


def _pool(case: Case, name: str, lines: Mapping[Key, Pair], found: Mapping[Key, Variance], known: Mapping[str, Measured]) -> Line:
    own = [key for key in lines if key[0] == name and key[1] not in UNIT_OF]
    ratios = [(_busy(case, p), known[p.service.name].own) for p in case.placed_in(name)]
    used = None if not ratios or any(ratio is None for _, ratio in ratios) else sum(busy * ratio for busy, ratio in ratios)
    return _line(name, {key: lines[key] for key in own}, total(found[key] for key in own), sum(busy for busy, _ in ratios), used)


def _line(name: str, pairs: Mapping[Key, Pair], variance: Variance, busy: float, used: float | None) -> Line:
    usd = [sum(getattr(pair, field) for pair in pairs.values()) for field in ("planned_usd", "billed_usd")]
    pools = [pair for key, pair in pairs.items() if key[1] not in UNIT_OF]
    hours = [sum(getattr(pair, field) for pair in pools) for field in ("planned_units", "billed_units")]
    return Line(name, *usd, variance, *hours, busy, used)


def _busy(case: Case, placed: Any) -> float:
    """Accelerator-hours in which its replicas are planned to be busy."""
    one = placed.deployment
    share = ((one.utilisation[t] or 0.0) * one.replicas[t] * hours for t, hours in enumerate(case.hours))
    return placed.configuration.accelerators * sum(share)


def _services(
    case: Case, lines: Mapping[Key, Pair], found: Mapping[Key, Variance], known: Mapping[str, Measured], shares: Mapping[Key, Mapping[str, float]]
) -> Iterable[Line]:
    """Each line split as the plan splits it: pools by accelerator-hours, firm and spot apart, hosted options by their cost."""
    for name in (*case.services, JOBS, NOBODY):
        own = {key: share for key in lines if (share := shares[key].get(name))}
        if name not in case.services and not own:
            continue
        pairs = {key: _part(lines[key], share) for key, share in own.items()}
        busy = sum(_busy(case, p) for p in case.placed_of(name) if p.pool.owned is None) if name in case.services else 0.0
        ratio = known[name].own if name in case.services else None
        yield _line(name, pairs, total(scaled(found[key], share) for key, share in own.items()), busy, None if ratio is None else busy * ratio)


def _part(pair: Pair, share: float) -> Pair:
    billed = None if pair.billed_units is None else pair.billed_units * share
    return Pair(pair.planned_units * share, pair.planned_usd * share, billed, pair.billed_usd * share)


def _shares(case: Case, key: Key, apart: Mapping[str, Mapping[Key, Rent]]) -> dict[str, float]:
    taken: dict[str, float] = {}
    if key[1] in UNIT_OF:
        # By the option's whole cost, so that a meter that nobody planned goes where the others go.
        for service, own in apart.items():
            taken[service] = sum(one.usd for other, one in own.items() if other[0] == key[0])
    else:
        for p in case.placed_in(key[0]):
            if p.firm == (key[1] != SPOT):
                hours = sum(count * h for count, h in zip(p.deployment.replicas, case.hours))
                taken[p.service.name] = taken.get(p.service.name, 0.0) + p.configuration.accelerators * hours
        for job in jobs_of(case):
            if job.pool.id == key[0] and (ON_DEMAND if job.firm else SPOT) == key[1]:
                hours = sum(hours for _, hours, _ in job_rent(case, job)) * job.pool.accelerators
                taken[JOBS] = taken.get(JOBS, 0.0) + hours
    whole = sum(taken.values())
    return {name: part / whole for name, part in taken.items()} if whole else {NOBODY: 1.0}


def _served(case: Case, service: str, known: Mapping[str, Measured], labels: Mapping[str, str]) -> Served:
    rates = sum(sum(rate * hours for rate, hours in zip(found, case.hours)) for found in case.demand[service]) / sum(case.hours)
    load = known[service].whole
    return Served(service, labels.get(service), rates / case.services[service].workload.headroom, None if load is None else load.rate_per_s)


def _notes(case: Case, billed: Billed | None, known: Mapping[str, Measured], with_loads: bool) -> Iterable[str]:
    if billed is not None:
        yield "The bill is brought to a month of the plan, 730 h; a calendar month counts as one, so 31 days show 1.9 % more volume."
        yield "A line of the bill goes to services as the plan splits it: pools by accelerator-hours, hosted options by their cost."
        if any(pool.owned is not None for pool in case.every_pool):
            yield "Owned machines are on no bill and are not compared."
        if case.plan.jobs:
            yield "Jobs are spread over the horizon: a month in which one runs is dearer than planned, the others cheaper."
        for name, meter in sorted(billed.unstated):
            yield f"The bill states money and no quantity for {name}, {meter}: its difference counts as price."
    missing = [name for name, one in known.items() if one.whole is None]
    if missing and (with_loads or len(missing) < len(known)):
        yield f"Not measured: {', '.join(missing)}; their demand stays as planned."
    yield from (note for one in known.values() for note in one.notes)
    if any(one.whole is not None and "tokens billed" in one.whole.sources for one in known.values()):
        yield "A bill counts tokens and no requests: these are the planned ones, more or fewer as the tokens billed, their lengths as planned."
    if any(one.own is not None for one in known.values()):
        yield "Used is the planned utilisation scaled by the requests measured."


def _text(key: Key) -> str:
    return f"{key[1]} {key[0]}"
