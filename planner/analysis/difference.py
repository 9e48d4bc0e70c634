"""The difference of two plans: what moves, cost and carbon by part with the interval that is proven, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.analysis.elsewhere import sent
from planner.plan.cost import TOTAL
from planner.plan.limit_words import in_words

if TYPE_CHECKING:
    from planner.plan.schema import Plan

#: Money is compared on unrounded sums with this relative slack.
SLACK = 1e-9
#: Checks that fail with the rule that a configuration breaks.
CONSEQUENCES = frozenset({"replica_capacity", "kv_capacity", "class_served", "survives_loss"})
#: What sets two plans apart, beside how many requests are sent where: that moves with the demand.
STANDS = frozenset({"replicas", "instances", "commitment", "provisioned", "cache", "job"})


@dataclass(frozen=True)
class Interval:
    """A difference that is known to lie between two bounds; None: there is none on that side.

    value  between the two plans at hand        least  bound of the new less cost of the base
    most   cost of the new less bound of the base
    """

    value: float
    least: float | None
    most: float | None

    @property
    def sign(self) -> str:
        """``higher``, ``lower``, ``same`` or ``not proven``, of the true difference."""
        if self.least is not None and self.least > 0.0:
            return "higher"
        if self.most is not None and self.most < 0.0:
            return "lower"
        return "same" if self.least == self.most == 0.0 else "not proven"


@dataclass(frozen=True)
class Moved:
    """One thing that two plans do differently; means over the month where it changes with the hour."""

    what: str
    where: str
    before: float | None
    after: float | None
    unit: str


@dataclass(frozen=True)
class Difference:
    """Two plans side by side; ``why`` is worked out by checking the first plan against the second one's problem."""

    before: Plan
    after: Plan
    cost: Interval
    parts: tuple[Moved, ...]
    carbon: Moved
    moves: tuple[Moved, ...]
    why: tuple[str, ...]

    @property
    def same_plan(self) -> bool:
        """Whether both run the same replicas and jobs on the same instances, paid in the same way, and use the same hosted options."""
        return not any(one.what in STANDS or (one.what == "sent" and not (one.before and one.after)) for one in self.moves)


def difference(before: Plan, after: Plan, catalog: Any | None = None) -> Difference:
    """What sets two plans apart. ``catalog`` lets the first be checked against what the second had to meet."""
    return Difference(
        before=before,
        after=after,
        cost=cost_interval(before, after),
        parts=tuple(_parts(before, after)),
        carbon=Moved("carbon", "", before.carbon_kg_per_month, after.carbon_kg_per_month, "kgCO2e/month"),
        moves=(*_counted(before, after), *_services(before, after)),
        why=() if catalog is None else tuple(_why(before, after, catalog)),
    )


def cost_interval(before: Plan, after: Plan) -> Interval:
    """[bound of the new − cost of the base, cost of the new − bound of the base] in USD a month."""
    return interval(before.cost[TOTAL], before.bound_usd_per_month, after.cost[TOTAL], after.bound_usd_per_month)


def interval(cost: float, bound: float | None, new_cost: float, new_bound: float | None) -> Interval:
    """The same from figures; differences within the slack of money are none."""
    slack = SLACK * max(abs(cost), abs(new_cost), 1e-9)

    def less(a: float | None, b: float | None) -> float | None:
        if a is None or b is None:
            return None
        return 0.0 if abs(a - b) <= slack else a - b

    value = less(new_cost, cost)
    assert value is not None
    return Interval(value, less(new_bound, cost), less(new_cost, bound))


def _parts(before: Plan, after: Plan) -> Iterator[Moved]:
    for part in dict.fromkeys([*before.cost, *after.cost]):
        old, new = before.cost.get(part, 0.0), after.cost.get(part, 0.0)
        if part != TOTAL and abs(new - old) > SLACK * max(abs(old), abs(new)):
            yield Moved("cost", part, old, new, "USD/month")


def _counted(before: Plan, after: Plan) -> Iterator[Moved]:
    """Replicas, instances, commitments, requests sent elsewhere, caches and jobs that differ, by mean over the month."""
    for what, unit, count in (
        ("replicas", "replicas", _replicas), ("instances", "instances", _instances), ("commitment", "units", _units), ("sent", "requests/s", _sent),
        ("provisioned", "units", _provisioned), ("cache", "caches", _caches), ("job", "instances", _jobs),
    ):  # fmt: skip
        old, new = count(before), count(after)
        for key in sorted(old.keys() | new.keys()):
            was, now = old.get(key, ()), new.get(key, ())
            if was != now and not _alike(was, now):
                yield Moved(what, key, _mean(was, before), _mean(now, after), unit)


def _alike(was: tuple[float, ...], now: tuple[float, ...]) -> bool:
    """Whether two rows of figures are the same but for rounding."""
    return len(was) == len(now) and all(abs(a - b) <= SLACK * max(abs(a), abs(b)) for a, b in zip(was, now))


def _replicas(plan: Plan) -> dict[str, tuple[float, ...]]:
    return {
        f"{s.name}: {d.variant} on {d.accelerator}{f' tp{d.tp}' if d.tp > 1 else ''}{f' pp{d.pp}' if d.pp > 1 else ''} "
        f"batch {d.max_num_seqs}, {d.pool} {d.purchase}": tuple(map(float, d.replicas))
        for s in plan.services
        for d in s.deployments
    }


def _instances(plan: Plan) -> dict[str, tuple[float, ...]]:
    found: dict[str, tuple[float, ...]] = {}
    for pool in plan.pools:
        kinds = {"on demand": pool.on_demand, "owned": pool.owned, "spot": pool.spot, **pool.reserved}
        found.update({f"{pool.id} {kind}": tuple(map(float, counts)) for kind, counts in kinds.items() if any(counts)})
    return found


def _units(plan: Plan) -> dict[str, tuple[float, ...]]:
    return {one.name: (one.units,) * len(plan.periods) for one in plan.commitments}


def _sent(plan: Plan) -> dict[str, tuple[float, ...]]:
    return {f"{service.name}: {name}": rates for service in plan.services for name, rates in sent(service).items()}


def _provisioned(plan: Plan) -> dict[str, tuple[float, ...]]:
    return {f"{s.name}: {one.name}": (float(one.units),) * len(plan.periods) for s in plan.services for one in s.hosted if one.units}


def _caches(plan: Plan) -> dict[str, tuple[float, ...]]:
    return {f"{service.name}: {service.cache}": (1.0,) * len(plan.periods) for service in plan.services if service.cache is not None}


def _jobs(plan: Plan) -> dict[str, tuple[float, ...]]:
    return {f"job {job.name}: {job.pool} {job.purchase}": (float(job.instances),) * len(plan.periods) for job in plan.jobs}


def _mean(counts: tuple[float, ...], plan: Plan) -> float:
    hours = [p.hours_per_month for p in plan.periods]
    return sum(c * h for c, h in zip(counts, hours)) / sum(hours) if counts else 0.0


def _services(before: Plan, after: Plan) -> Iterator[Moved]:
    """The slowest latencies of each service, its quality and its carbon."""
    old, new = ({s.name: s for s in plan.services} for plan in (before, after))
    for name in sorted(old.keys() | new.keys()):
        for what, unit in (("ttft_ms", "ms"), ("tpot_ms", "ms"), ("quality_mean", "score"), ("carbon_kg_per_month", "kgCO2e/month")):
            was, now = (_figure(side.get(name), what) for side in (old, new))
            if was != now and not (was is not None and now is not None and abs(was - now) <= SLACK * max(abs(was), abs(now))):
                yield Moved(what, name, was, now, unit)


def _figure(service: Any, what: str) -> float | None:
    if service is None:
        return None
    if what in ("ttft_ms", "tpot_ms"):
        return max((v for d in service.deployments for v in getattr(d, what) if v is not None), default=None)
    return getattr(service, what)


def _why(before: Plan, after: Plan, catalog: Any) -> Iterator[str]:
    """What the first plan would break of the second one's problem; where nothing, what it would cost there."""
    from planner.analysis.carried import carried
    from planner.candidates.registry import rules
    from planner.documents import from_data, validate
    from planner.formulation.registry import constraints
    from planner.problem.schema import Problem
    from planner.verify.certify import held_against

    if before.inputs.problem_digest == after.inputs.problem_digest:
        return
    was, problem = (validate(from_data(plan.inputs.problem, "a plan's problem"), Problem) for plan in (before, after))
    there = before.model_copy(update={"inputs": after.inputs, "certificate": None})
    moved = carried(there, was, problem)
    there, factor = (there, None) if moved is None else moved
    checks = held_against(there, problem, catalog, constraints().keys() | rules().keys())
    if any(not one.passed and one.name in ("shape", "periods") for one in checks):
        yield "the plan before is of other services or periods: its limits cannot be held against these"
        return
    # What else is held is what a plan says of itself, its proof and its inputs.
    broken = [one for one in checks if not one.passed and (one.name in constraints() or one.name in rules())]
    if any(one.name in rules() for one in broken):
        # A configuration that a rule turns away carries nothing: that says the same again.
        broken = [one for one in broken if one.name not in CONSEQUENCES]
    survived = before.demand_multiplier_survived
    full = [one for one in broken if one.name in CONSEQUENCES or one.name == "demand_served"]
    if full and survived is not None and factor is not None and survived < factor:
        yield f"the plan before carries {survived:.4g} times its demand, and no more"
        broken = [one for one in broken if one not in full]
    for one in broken:
        if one.name == "demand_served":
            yield f"the plan before is routed for another demand{f' of {one.where}' if one.where else ''}"
            continue
        yield f"the plan before would break {in_words(one.name, one.where)}{f': {one.detail}' if one.detail else ''}"
    if not broken and not full:
        yield from _kept(there, after, problem, catalog)


def _kept(before: Plan, after: Plan, problem: Any, catalog: Any) -> Iterator[str]:
    from planner.verify.case import Case
    from planner.verify.recost import recost

    try:
        cost = sum(recost(Case(before, problem, catalog)).values())
    except (ArithmeticError, LookupError, ValueError):
        return
    saved = cost - after.cost[TOTAL]
    if abs(saved) <= SLACK * abs(cost):
        yield f"the plan before still meets every limit, and costs {cost:,.2f} USD/month now: no more than the new one"
    elif saved > 0:
        yield f"the plan before still meets every limit, but would cost {cost:,.2f} USD/month now, {saved:,.2f} more than the new one"
