"""The plan is about this problem and this catalogue, and its form can be computed with."""

from __future__ import annotations

from collections.abc import Iterator

from planner.documents import digest, from_data, validate
from planner.errors import InvalidInput
from planner.plan.cost import COST_PARTS, TOTAL
from planner.plan.problem_digest import problem_digest
from planner.verify.case import Case, class_names
from planner.verify.measure import Seen, equal, refused, same, unless
from planner.verify.registry import check


@check("inputs")
def inputs(case: Case) -> Iterator[Seen]:
    """The embedded problem is the one given, and the digests are those of problem, catalogue and overlay."""
    from planner.problem.schema import Problem

    stated = case.plan.inputs
    try:
        embedded = validate(from_data(stated.problem, "inputs.problem"), Problem)
    except InvalidInput as error:
        yield refused("inputs.problem", f"the embedded problem is not valid: {error}")
    else:
        # As it stands there, or with every default: a later version may know fields that the plan's did not.
        written, filled = problem_digest(stated.problem), digest(embedded.model_dump(mode="json"))
        yield same(stated.problem_digest, written if stated.problem_digest == written else filled, "problem_digest")
        yield unless(embedded != case.problem, "inputs.problem", "the plan is of another problem than the one given")
    yield same(stated.catalog_edition, case.catalog.edition, "catalog_edition")
    yield same(stated.catalog_digest, case.catalog.digest, "catalog_digest")
    yield same(stated.overlay_digest, case.catalog.overlay_digest, "overlay_digest")


@check("periods", first=True)
def periods(case: Case) -> Iterator[Seen]:
    """Periods are those of the problem, in order, with their hours; they sum to 730."""
    found = case.plan.periods
    yield same(len(found), len(case.hours), "number of periods")
    for stated, period in zip(found, case.times.periods):
        yield same(stated.name, period.name, f"name of period {period.name}")
        yield equal(stated.hours_per_month, period.hours_per_month, f"hours of {period.name}", unit="h/month")


@check("shape", first=True)
def shape(case: Case) -> Iterator[Seen]:
    """Names are known and appear once; lists have one entry per period; facts repeated in the plan are the pool's."""
    yield from _services(case)
    yield from _deployments(case)
    yield from _pools(case)
    yield from _commitments(case)
    for key in sorted(set(case.plan.cost) - set(COST_PARTS) - {TOTAL}):
        yield refused(f"cost.{key}", "no such part of the cost")


def _services(case: Case) -> Iterator[Seen]:
    names = [part.name for part in case.plan.services]
    yield from _once(names, "service")
    for name in names:
        yield unless(name not in case.services, f"service {name!r}", "the problem has no such service")
    for name in case.services:
        yield unless(name not in names, f"service {name!r}", "the plan says nothing of this service")
    for part in case.plan.services:
        service = case.services.get(part.name)
        classes = class_names(service) if service else ()
        yield from _once([use.name for use in part.hosted], f"{part.name} hosted option")
        for use in part.hosted:
            w = use.workers
            lists = () if w is None else (w.stops_when_idle, w.up_share, w.busy, w.kept, w.cold_share)
            yield unless({len(one) for one in lists} - {len(case.hours)}, f"{part.name} {use.name}", "one figure for each period")
            for name, rates in use.rate_per_s.items():
                where = f"{part.name} {use.name} {name!r}"
                yield unless(name not in classes, where, "the service has no such request class")
                yield same(len(rates), len(case.hours), f"{where}: periods")
        for name, rates in part.unserved_per_s.items():
            yield unless(name not in classes, f"{part.name} {name!r}", "the service has no such request class")
            yield same(len(rates), len(case.hours), f"{part.name} unserved {name}: periods")
        yield from _once([f"{loss.kind} {loss.lost}" for loss in part.survival], f"{part.name} loss")
        for loss in part.survival:
            for route in loss.routing:
                where = f"{part.name} without {loss.lost} {route.request_class!r}"
                yield unless(route.request_class not in classes, where, "the service has no such request class")
                yield same(len(route.rate_per_s), len(case.hours), f"{where}: periods")
    wanted = {s.routing for s in case.problem.services}
    yield same(case.plan.routing, wanted.pop() if len(wanted) == 1 else "mixed", "routing")


def _deployments(case: Case) -> Iterator[Seen]:
    for part in case.plan.services:
        service = case.services.get(part.name)
        classes = class_names(service) if service else ()
        keys = [(d.variant, d.accelerator, d.tp, d.pp, d.engine, d.max_num_seqs, d.pool, d.purchase) for d in part.deployments]
        yield from _once([" ".join(map(str, k)) for k in keys], f"{part.name} deployment")
        for d in part.deployments:
            where = f"{part.name} {d.pool} {d.purchase}"
            lists = (d.replicas, d.ttft_ms, d.tpot_ms, d.utilisation, d.headroom, *d.rate_per_s.values(), *(d.slices or {}).values())
            yield same({len(one) for one in lists}, {len(case.hours)}, f"{where}: periods")
            for name in (*d.rate_per_s, *(d.slices or {})):
                yield unless(name not in classes, f"{where} {name!r}", "the service has no such request class")
            yield unless(min(d.tp, d.pp, d.max_num_seqs) < 1, where, "tp, pp and max_num_seqs must be 1 or more")
            pool = case.pools.get(d.pool)
            if pool is None:
                yield refused(where, "no such pool in problem and catalogue")
                continue
            stated = (d.instance_type, d.provider, d.region)
            yield same(stated, (pool.instance_type, pool.provider, pool.region), where)
            yield unless(d.pool not in case.pool_plans, where, "its pool is not among the plan's pools")


def _pools(case: Case) -> Iterator[Seen]:
    yield from _once([part.id for part in case.plan.pools], "pool")
    for part in case.plan.pools:
        pool = case.pools.get(part.id)
        if pool is None:
            yield refused(part.id, "no such pool in problem and catalogue")
            continue
        stated = (part.instance_type, part.provider, part.region, part.accelerator, part.accelerators_per_instance)
        yield same(stated, (pool.instance_type, pool.provider, pool.region, pool.accelerator, pool.accelerators), part.id)
        lists = (
            part.on_demand, part.owned, part.spot, part.running_firm, part.firm_starts, part.spot_starts, *part.reserved.values(),
        )
        yield same({len(one) for one in lists}, {len(case.hours)}, f"{part.id}: periods")


def _commitments(case: Case) -> Iterator[Seen]:
    names = [c.name for c in case.plan.commitments]
    yield from _once(names, "commitment")
    for name in names:
        yield unless(name not in case.options, f"commitment {name!r}", "it is not on offer")
    for part in case.plan.pools:
        for name in part.reserved:
            known = name in names or name in case.held
            yield unless(not known, f"{part.id} commitment {name!r}", "it is neither bought nor held")


def _once(names: list[str], what: str) -> Iterator[Seen]:
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield refused(name, f"this {what} appears {names.count(name)} times")
