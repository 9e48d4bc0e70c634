"""Rules for one replica and its place: what a service allows, and what model and hardware can do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from planner.economics.charges import charges_unknown
from planner.economics.pools import place_matches
from planner.problem.service import Service
from planner.verify.case import Case, Placed
from planner.verify.groups import asking
from planner.verify.measure import ALL, Seen, at_most, refused, unless
from planner.verify.registry import check

#: A rule broken by very little is broken all the same.
LEAST_MISS = 1e-3

#: Rules that are recounted from the facts of a replica, with what each demands.
REPLICA_RULES: dict[str, str] = {
    "accelerator_facts_known": "Memory and bandwidth of the accelerator are known, or a throughput was measured.",
    "model_facts_known": "Size, shape and precision of what is served are known, or a throughput was measured.",
    "kind_of_model": "The model is a decoder.",
    "allowed_variant": "The variant is one that the service allows; ``native`` means the model as published.",
    "engine_settings": "The engine and its batch limit are among those the service considers or has measured.",
    "preparation_known": "Under a cap on one-off work, the work on the variant is known.",
    "weights_known": "Where storing or copying weights is charged, the size of the variant's weights is known.",
    "precision_supported": "The accelerator has a known matrix rate for the variant's activations and for 16 bits.",
    "heads_divide": "The tensor-parallel degree splits the attention heads evenly.",
    "context_length": "The longest request fits the model's context.",
    "adapters_known": "Where adapters are kept loaded, the shape of the model says what they take: dense layers, all alike.",
    "memory": "Weights, activations, runtime and the cache of the longest request fit each chip.",
    "throughput": "A measured throughput is not nil for every class.",
    "ttft": "Some class meets the TTFT limit with room for waiting, and φ is not nil at every count.",
    "tpot": "Some class meets the TPOT limit with the full batch running.",
    "end_to_end": "Some class meets the end-to-end limit with room for waiting, and φ is not nil at every count.",
}


def _recount(rule: str, demand: str) -> None:
    def function(case: Case) -> Iterator[Seen]:
        for p in case.used:
            found = [b for b in p.facts.broken if b.rule == rule]
            for broken in found:
                miss = broken.relative_miss
                yield Seen(ALL if miss is None else max(miss, LEAST_MISS), str(p), broken.message)
            if not found:
                yield Seen(0.0, str(p))

    function.__doc__ = demand
    check(rule)(function)


for _rule, _demand in REPLICA_RULES.items():
    _recount(_rule, _demand)


@check("replica_rules")
def replica_rules(case: Case) -> Iterator[Seen]:
    """No configuration breaks a rule of the performance model that has no check of its own."""
    for p in case.used:
        other = [b.rule for b in p.facts.broken if b.rule not in REPLICA_RULES]
        yield unless(other, str(p), f"breaks {', '.join(other)}")


@check("allowed_vendor")
def allowed_vendor(case: Case) -> Iterator[Seen]:
    """Accelerators come from makers that the service allows."""
    for p, service in _asked(case):
        yield _allowed(str(p), p.pool.vendor, service.allow.vendors)


@check("allowed_provider")
def allowed_provider(case: Case) -> Iterator[Seen]:
    """Pools belong to providers that the service allows and does not exclude."""
    for p, service in _asked(case):
        yield _allowed(str(p), p.pool.provider, service.allow.providers, service.allow.exclude_providers)


@check("allowed_region")
def allowed_region(case: Case) -> Iterator[Seen]:
    """Pools stand in regions, countries or areas that the service allows and does not exclude."""
    for p, service in _asked(case):
        allow = service.allow
        inside = allow.regions is None or any(place_matches(r, p.pool) for r in allow.regions)
        outside = any(place_matches(r, p.pool) for r in allow.exclude_regions)
        yield unless(not inside or outside, str(p), f"{p.pool.region} is not allowed")


@check("allowed_accelerator")
def allowed_accelerator(case: Case) -> Iterator[Seen]:
    """Accelerators are those that the service allows and does not exclude."""
    for p, service in _asked(case):
        yield _allowed(str(p), p.configuration.accelerator, service.allow.accelerators, service.allow.exclude_accelerators)


@check("allowed_tp")
def allowed_tp(case: Case) -> Iterator[Seen]:
    """Tensor-parallel degrees are those that the service allows."""
    for p, service in _asked(case):
        sizes = service.allow.tp
        wrong = sizes is not None and p.configuration.tp not in sizes
        yield unless(wrong, str(p), f"tp {p.configuration.tp} is not among {sizes}")


@check("allowed_pp")
def allowed_pp(case: Case) -> Iterator[Seen]:
    """Numbers of pipeline stages are those that the service allows."""
    for p, service in _asked(case):
        stages = service.allow.pp
        wrong = stages is not None and p.configuration.pp not in stages
        yield unless(wrong, str(p), f"pp {p.configuration.pp} is not among {stages}")


@check("on_offer")
def on_offer(case: Case) -> Iterator[Seen]:
    """Replicas stand in pools that the problem may use, with the accelerator that their configuration names."""
    for p in case.used:
        yield unless(p.configuration.accelerator != p.pool.accelerator, str(p), f"the pool has {p.pool.accelerator}")


@check("host_memory")
def host_memory(case: Case) -> Iterator[Seen]:
    """Weights kept in host memory fit four fifths of it, which is known."""
    for p in case.used:
        if p.service.allow.host_weights_gib is None or not p.facts.host_gib:
            continue
        needed = p.facts.host_gib * p.pool.accelerators
        yield unless(p.pool.host_gib is None, str(p), "how much memory the host has is unknown")
        if p.pool.host_gib is not None:
            yield at_most(needed, 0.8 * p.pool.host_gib, str(p), unit="GiB")


@check("price_known")
def price_known(case: Case) -> Iterator[Seen]:
    """What a replica stands on is owned, or has a known price in the way it is bought."""
    covered = {pool for option in case.options.values() for pool in option.covers}
    covered |= {k for held in case.held.values() if held.measure != "spend" and held.amount > 0 for k in held.covers}
    for p in case.used:
        if p.firm:
            known = p.pool.owned is not None or p.pool.on_demand is not None or p.pool.id in covered
        else:
            known = p.pool.spot is not None
        yield unless(not known, str(p), f"no price is known to buy it {p.deployment.purchase}")


@check("charges_known")
def charges_known(case: Case) -> Iterator[Seen]:
    """Storage, egress, transfer and load balancing are charged in every place in use, or nowhere."""
    for p in case.used:
        unknown = charges_unknown(case.problem.costs, p.pool)
        yield unless(unknown, str(p), f"costs does not say what it charges for {', '.join(unknown)} there")


@check("power_known")
def power_known(case: Case) -> Iterator[Seen]:
    """Power is known where carbon counts, electricity is paid or power capped; the grid too where carbon counts."""
    limits = case.problem.limits
    fleet = limits.carbon_kg_per_month is not None or case.problem.carbon.price_usd_per_tonne > 0
    fleet = fleet or case.problem.carbon.offsets is not None
    for p in case.used:
        capped = any(place_matches(r.region, p.pool) for r in limits.regions)
        carbon = fleet or capped or p.service.carbon_kg_per_month is not None
        unknown = []
        if (carbon or p.pool.owned is not None) and None in (p.pool.idle_kw(), p.pool.busy_kw_per_accelerator()):
            unknown.append("power")
        if carbon and p.pool.intensity is None:
            unknown.append("grid intensity")
        if carbon and case.problem.carbon.embodied and p.pool.embodied_kg_per_hour is None:
            unknown.append("embodied emissions")
        yield unless(unknown, str(p), f"unknown: {', '.join(unknown)}")


def _asked(case: Case) -> Iterator[tuple[Placed, Service]]:
    """Deployments in use, with each service that must allow them: their own, and those that a group may answer for."""
    for p in case.used:
        for service in asking(case, p):
            yield p, service


def _allowed(where: str, value: str, allowed: Iterable[str] | None, barred: Iterable[str] = ()) -> Seen:
    if allowed is not None and not _matches(value, allowed):
        return refused(where, f"{value} is not among {', '.join(allowed)}")
    return unless(_matches(value, barred), where, f"{value} is excluded")


def _matches(value: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(value.casefold(), pattern.casefold()) for pattern in patterns)
