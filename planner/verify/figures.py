"""How near the plan is to each limit that was set, recomputed: the figures behind ``binding``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from planner.economics.commitments import scope_covers
from planner.economics.pools import Pool, place_matches
from planner.verify.case import Case, class_names
from planner.verify.groups import answering, is_group
from planner.verify.hosted import may_use
from planner.verify.jobs import jobs_of
from planner.verify.jobs import one_off_usd as jobs_once_usd
from planner.verify.recarbon import fleet_kg, capped_kw, service_kg
from planner.verify.recharge import one_off_usd
from planner.verify.remigrate import migration_usd, moves
from planner.verify.recost import preparation_usd, recost, share_usd, upfront_usd

KG, CONFIGURATIONS = "kgCO2e/month", "configurations"


class Figure(NamedTuple):
    """A limit and the value reached, in ``unit``; ``sense`` is 1 where the value must stay under it, -1 where over it."""

    constraint: str
    where: str
    value: float
    limit: float
    unit: str
    sense: int = 1

    @property
    def slack(self) -> float:
        """What is left before the limit is reached."""
        return self.sense * (self.limit - self.value)


def figures(case: Case) -> Iterator[Figure]:
    """Every limit that was set; the tightest period's value where it holds in each period."""
    yield from money(case)
    yield from carbon(case)
    yield from instances(case)
    yield from api_limits(case)
    for name in case.services:
        yield from _service(case, name)
    if case.problem.existing is not None and case.problem.limits.max_changes is not None:
        yield Figure("changes", "limits.max_changes", len(moves(case)), case.problem.limits.max_changes, "changes")
    fleet = case.problem.limits.max_configurations
    if fleet is not None:
        used = {(p.service.model, p.configuration) for p in case.placed if any(p.deployment.replicas)}
        yield Figure("max_configurations", "all services", len(used), fleet, CONFIGURATIONS)


def money(case: Case) -> Iterator[Figure]:
    """Caps on the total, on cash upfront, on one-off work and on teams."""
    limits = case.problem.limits
    if limits.budget_usd_per_month is not None or limits.horizon_usd is not None:
        total = sum(recost(case).values())
        if limits.budget_usd_per_month is not None:
            yield Figure("budget", "budget_usd_per_month", total, limits.budget_usd_per_month, "USD/month")
        if limits.horizon_usd is not None:
            yield Figure("budget", "horizon_usd", total * case.problem.horizon.months, limits.horizon_usd, "USD")
    if limits.upfront_usd is not None:
        yield Figure("budget", "upfront_usd", upfront_usd(case), limits.upfront_usd, "USD")
    if limits.one_off_usd is not None:
        yield Figure("budget", "one_off_usd", sum(preparation_usd(case).values()) + one_off_usd(case) + jobs_once_usd(case) + migration_usd(case), limits.one_off_usd, "USD")
    for team in limits.teams:
        share = sum(share_usd(case, s.name) for s in case.problem.services if s.team == team.team)
        yield Figure("budget", f"team {team.team}", share, team.budget_usd_per_month, "USD/month")


def carbon(case: Case) -> Iterator[Figure]:
    """Caps on fleet, region and service; emissions that are unknown count as without end."""
    limits = case.problem.limits
    unknown = float("inf")
    if limits.carbon_kg_per_month is not None:
        kg = fleet_kg(case)
        offset = case.problem.carbon.offsets
        if kg is not None and offset is not None and offset.inside_cap:
            kg -= case.plan.carbon_offset_kg_per_month or 0.0
        yield Figure("carbon_cap", "all services", unknown if kg is None else kg, limits.carbon_kg_per_month, KG)
    for region in limits.regions:
        kg = fleet_kg(case, lambda pool, name=region.region: place_matches(name, pool))
        yield Figure("carbon_cap", region.region, unknown if kg is None else kg, region.carbon_kg_per_month, KG)
    for service in case.problem.services:
        if service.carbon_kg_per_month is not None:
            kg = service_kg(case, service.name)
            yield Figure("carbon_cap", service.name, unknown if kg is None else kg, service.carbon_kg_per_month, KG)


def instances(case: Case) -> Iterator[Figure]:
    """Quotas, stock and power of owned pools, in the tightest period."""
    for number, limit in enumerate(case.problem.limits.quotas):
        top = limit.max_instances if limit.max_accelerators is None else limit.max_accelerators
        used = max(quota_use(case, limit, t) for t in case.periods)
        unit = "instances" if limit.max_accelerators is None else "accelerators"
        yield Figure("quota", quota_name(limit, number), used, top, unit)
    for pool in case.every_pool:
        if pool.stock is not None and (pool.id in case.pool_plans or any(f.pool.id == pool.id for f in jobs_of(case))):
            yield Figure("stock", pool.id, max(taken(case, pool, t) for t in case.periods), pool.stock, "instances")
    for where, cap, pools in power_caps(case):
        drawn = [[capped_kw(case, pool, t) for pool in pools] for t in case.periods]
        unknown = any(None in each for each in drawn)
        yield Figure("power_cap", where, float("inf") if unknown else max(map(sum, drawn)), cap, "kW")


def power_caps(case: Case) -> Iterator[tuple[str, float, list[Pool]]]:
    """(name, kW, pools) of the caps of owned pools, and of sites over all owned pools there."""
    owned = [pool for pool in case.every_pool if pool.owned is not None]
    yield from ((pool.id, pool.power_cap_kw, [pool]) for pool in owned if pool.power_cap_kw is not None)
    for limit in case.problem.limits.sites:
        there = [pool for pool in owned if pool.site == limit.site]
        if there:
            yield f"site {limit.site}", limit.power_kw, there


def api_limits(case: Case) -> Iterator[Figure]:
    """Limits of provider APIs that a service may use, in the period that sends most there; an unused one is at 0."""
    if not case.problem.apis:
        return
    for name, offer in sorted(case.api_offers.items()):
        if offer.requests_per_minute is None and offer.tokens_per_minute is None:
            continue
        if not any(may_use(service, offer, case.problem, case.catalog) for service in case.services.values()):
            continue
        users = [one for one in case.hosted if one.use.name in (name, f"{name} batch")]
        if offer.requests_per_minute is not None:
            sent = max(sum(one.requests_per_minute(t) for one in users) for t in case.periods)
            yield Figure("api_limit", f"{name} requests", sent, offer.requests_per_minute, "requests/minute")
        if offer.tokens_per_minute is not None:
            sent = max(sum(one.tokens_per_minute(t) for one in users) for t in case.periods)
            yield Figure("api_limit", f"{name} tokens", sent, offer.tokens_per_minute, "tokens/minute")


def taken(case: Case, pool: Pool, t: int) -> int:
    """Instances of a pool that run in a period, and those that jobs may stand on."""
    part = case.pool_plans.get(pool.id)
    running = 0 if part is None else part.running_firm[t] + part.spot[t]
    return running + sum(found.instances(t) for found in jobs_of(case) if found.pool.id == pool.id)


def quota_name(limit, number: int) -> str:
    """A quota's own name, or its selectors."""
    chosen = (limit.provider, limit.region, limit.accelerator, limit.instance_type, limit.purchase)
    return limit.name or " ".join(v for v in chosen if v) or f"quota {number + 1}"


def quota_use(case: Case, limit, t: int) -> int:
    """Instances or accelerators in a period that a quota counts."""
    used = 0
    for part in case.plan.pools:
        if scope_covers(limit, case.pools[part.id]):
            firm = part.running_firm[t] if limit.purchase != "spot" else 0
            spot = part.spot[t] if limit.purchase != "firm" else 0
            used += (firm + spot) * (1 if limit.max_accelerators is None else part.accelerators_per_instance)
    for found in jobs_of(case):
        if scope_covers(limit, found.pool) and limit.purchase in (None, found.plan.purchase):
            used += found.instances(t) * (1 if limit.max_accelerators is None else found.pool.accelerators)
    return used


def _service(case: Case, name: str) -> Iterator[Figure]:
    service, placed = case.services[name], case.placed_of(name)
    if any(any(p.deployment.replicas) for p in placed):
        yield Figure("replica_capacity", name, _fullest(case, name), 1.0, "of safe capacity")
    if service.max_configurations is not None:
        used = {p.configuration for p in placed if any(p.deployment.replicas)}
        yield Figure("max_configurations", name, len(used), service.max_configurations, CONFIGURATIONS)
    if service.spot.allowed and service.spot.max_share < 1.0 and not is_group(service):
        yield Figure("spot_share", name, max(spot_shares(case, name)), service.spot.max_share, "of requests")
    if service.ramp is not None and any(p.before is not None for p in case.times.periods):
        added = max(0, max(added_replicas(case, name)))
        yield Figure("ramp", name, added, service.ramp.max_added_replicas, "replicas per period")
    if service.quality is not None and service.quality.mean is not None:
        mean = mean_quality(case, name)
        if mean is not None:
            yield Figure("quality_floor", name, mean, service.quality.mean, "score", sense=-1)


def spot_shares(case: Case, service: str) -> list[float]:
    """Share of a service's requests that spot answers, by period."""
    demand = [sum(rates[t] for rates in case.demand[service]) for t in case.periods]
    shared = [rates for label in class_names(case.services[service]) for p, rates in answering(case, service, label) if not p.firm]
    on_spot = [sum(p.rate(t) for p in case.placed_of(service) if not p.firm) + sum(rates[t] for rates in shared) for t in case.periods]
    return [s / d if d else 0.0 for s, d in zip(on_spot, demand)]


def added_replicas(case: Case, service: str) -> list[int]:
    """Replicas of a service more than in the period before, by period; negative where fewer."""
    count = [sum(p.deployment.replicas[t] for p in case.placed_of(service)) for t in case.periods]
    return [0 if p.before is None else count[t] - count[p.before] for t, p in enumerate(case.times.periods)]


def mean_quality(case: Case, service: str) -> float | None:
    """Rate-weighted quality over the month; None without requests, or where a used variant's is unknown."""
    value = weight = 0.0
    for p in case.placed_of(service):
        requests = sum(case.hours[t] * p.rate(t) for t in case.periods)
        if requests:
            if p.facts.quality is None:
                return None
            value += requests * p.facts.quality
            weight += requests
    for p, rates in (pair for label in class_names(case.services[service]) for pair in answering(case, service, label)):
        requests, quality = sum(case.hours[t] * rates[t] for t in case.periods), dict(p.facts.member_quality)[service]
        if requests:
            if quality is None:
                return None
            value += requests * quality
            weight += requests
    cache = case.caches.get(service)
    if cache is not None and cache.score is not None:
        asked = sum(case.hours[t] * sum(rates[t] for rates in case.demand[service]) for t in case.periods)
        value += cache.hit * asked * cache.score
        weight += cache.hit * asked
    for one in case.hosted_of(service):
        requests = sum(case.hours[t] * one.requests_per_s(t) for t in case.periods)
        if requests:
            if one.quality is None:
                return None
            value += requests * one.quality
            weight += requests
    return value / weight if weight else None


def _fullest(case: Case, service: str) -> float:
    """Highest share of safe capacity that any of a service's groups uses in any period."""
    worst = 0.0
    for group in case.groups_of(service):
        for t in case.periods:
            room = group.share(t) * group.effective(t)
            if room:
                worst = max(worst, sum(m.work(t) for m in group.members) / room)
    return worst
