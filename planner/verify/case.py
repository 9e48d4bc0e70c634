"""What the checks look at: the plan beside everything that follows from problem and catalogue alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from planner.economics.api import ApiOffer, api_offers
from planner.economics.commitments import CommitmentOption, HeldOption, commitment_options, held_options
from planner.economics.build_pools import build_pools
from planner.economics.caches import CacheOption, cache_options
from planner.economics.charges import Charges, charges_of
from planner.economics.pools import Pool
from planner.economics.serverless import ServerlessOffer, serverless_offers
from planner.economics.timeline import Timeline, timeline
from planner.plan.hosted import HostedUse
from planner.plan.schema import Check, Deployment, Plan, PoolPlan, ServicePlan
from planner.problem.schema import Problem
from planner.problem.service import Service
from planner.verify.facts import Facts, facts_of
from planner.verify.hosted import Answered, answered, serverless
from planner.verify.mirror import Rates, mirrored


class Configuration(NamedTuple):
    """How one replica is run."""

    variant: str
    accelerator: str
    tp: int
    pp: int
    engine: str
    max_num_seqs: int

    @property
    def accelerators(self) -> int:
        """Accelerators of one replica."""
        return self.tp * self.pp

    def __str__(self) -> str:
        pipeline = f" pp{self.pp}" if self.pp > 1 else ""
        return f"{self.variant} {self.accelerator} tp{self.tp}{pipeline} batch {self.max_num_seqs}"


@dataclass(frozen=True)
class Placed:
    """A deployment with its pool: replicas that are alike, in one place, bought one way."""

    service: Service
    deployment: Deployment
    pool: Pool
    configuration: Configuration
    facts: Facts

    @property
    def firm(self) -> bool:
        """Not interruptible."""
        return self.deployment.purchase == "firm"

    @property
    def availability(self) -> float:
        """What one replica counts for."""
        return 1.0 if self.firm else self.pool.spot_availability

    def effective(self, t: int) -> float:
        """Replicas, spot counted at its availability."""
        return self.deployment.replicas[t] * self.availability

    @cached_property
    def routed(self) -> tuple[tuple[int, tuple[float, ...]], ...]:
        """(class index, requests/s by period) of what is routed here."""
        stated = self.deployment.rate_per_s
        return tuple((b, stated[name]) for b, name in enumerate(class_names(self.service)) if name in stated)

    def rate(self, t: int) -> float:
        """Requests/s of all classes."""
        return sum(rates[t] for _, rates in self.routed)

    def work(self, t: int) -> float:
        """Busy replicas: sum of rate times replica-seconds per request; infinite for a class it cannot serve."""
        return sum(rates[t] * self.facts.work_s[b] for b, rates in self.routed if rates[t])

    def cached_tokens(self, t: int) -> float:
        """Tokens of cache held at once, by Little's law."""
        facts = self.facts
        return sum(rates[t] * facts.residence_s[b] * facts.kv_tokens[b] for b, rates in self.routed if rates[t])

    def __str__(self) -> str:
        return f"{self.service.name} {self.configuration} {self.pool.id} {self.deployment.purchase}"


@dataclass(frozen=True)
class Group:
    """The deployments of one configuration of a service in one region: the unit over which replicas pool."""

    service: Service
    configuration: Configuration
    region: str
    facts: Facts
    members: tuple[Placed, ...]

    def count(self, t: int) -> int:
        """Replicas, firm and spot together."""
        return sum(m.deployment.replicas[t] for m in self.members)

    def share(self, t: int) -> float:
        """Safe share of saturation at this count."""
        return self.facts.share_at(self.count(t))

    def effective(self, t: int) -> float:
        """Replicas, spot counted at its availability."""
        return sum(m.effective(t) for m in self.members)

    def __str__(self) -> str:
        return f"{self.service.name} {self.configuration} {self.region}"


class Case:
    """A plan, and problem and catalogue as they bear on it; everything else is worked out when first asked for."""

    def __init__(self, plan: Plan, problem: Problem, catalog: Any) -> None:
        self.plan = plan
        self.problem = problem
        self.catalog = catalog
        self.times: Timeline = timeline(problem)
        self.hours = tuple(p.hours_per_month for p in self.times.periods)
        self.periods = range(len(self.hours))
        self.month_hours, self.jobs = self.hours, None
        self._facts: dict[tuple[str, Configuration], Facts] = {}
        self.placements: dict[tuple, Any] = {}
        self.done: list[Check] = []

    @cached_property
    def every_pool(self) -> tuple[Pool, ...]:
        """Pools of the problem, sorted by id."""
        return build_pools(self.problem, self.catalog, self.times)[0]

    @cached_property
    def pools(self) -> Mapping[str, Pool]:
        """Pools by id."""
        return {pool.id: pool for pool in self.every_pool}

    @cached_property
    def charges(self) -> Charges:
        """Charges beside machines."""
        return charges_of(self.problem, self.catalog)

    @cached_property
    def caches(self) -> Mapping[str, CacheOption]:
        """The response cache of each service that buys one; of a service that may not have it, none."""
        offered = {name: {o.name: o for o in cache_options(s, self.catalog)[0]} for name, s in self.services.items()}
        stated = {part.name: part.cache for part in self.plan.services if part.cache is not None}
        return {name: offered[name][cache] for name, cache in stated.items() if cache in offered[name]}

    def hit(self, service: str) -> float:
        """Share of a service's requests that its response cache answers."""
        return self.caches[service].hit if service in self.caches else 0.0

    @cached_property
    def options(self) -> Mapping[str, CommitmentOption]:
        """Commitments that may be bought, by name."""
        return {o.name: o for o in commitment_options(self.problem, self.every_pool)[0]}

    @cached_property
    def held(self) -> Mapping[str, HeldOption]:
        """Commitments already held, by name."""
        return {h.name: h for h in held_options(self.problem, self.every_pool, self.times)}

    @cached_property
    def services(self) -> Mapping[str, Service]:
        """Services of the problem by name."""
        return {s.name: s for s in self.problem.services}

    @cached_property
    def demand(self) -> Mapping[str, Rates]:
        """Rate by service, class and period [1/s]."""
        return {s.name: self._demand(s) for s in self.problem.services}

    def _demand(self, service: Service) -> Rates:
        load, mirror = service.workload, service.workload.mirrors
        if mirror is not None:
            return mirrored(mirror, self._demand(self.services[mirror.service]), self.times, self.problem.horizon.months)
        if load.serves is not None:
            return sum((self._demand(self.services[name]) for name in load.serves.services), start=())
        by_period = []
        for period in self.times.periods:
            rate = load.rate_per_s[period.in_cycle] if isinstance(load.rate_per_s, tuple) else load.rate_per_s
            stated = self.times.seasons[period.season].stated
            season = self.problem.horizon.seasons[stated].demand if stated is not None else {}
            by_period.append(rate * load.scale * load.headroom * season.get(service.name, season.get("*", 1.0)))
        return tuple(tuple(rate * c.share for rate in by_period) for c in load.classes)

    def facts(self, service: Service, configuration: Configuration) -> Facts:
        """What one replica of ``configuration`` can do for ``service``."""
        key = (service.name, configuration)
        if key not in self._facts:
            self._facts[key] = facts_of(service, configuration, self.problem, self.catalog, self.every_pool)
        return self._facts[key]

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """Every deployment, in the order of the plan."""
        found = []
        for part in self.plan.services:
            service = self.services[part.name]
            for d in part.deployments:
                made = Configuration(d.variant, d.accelerator, d.tp, d.pp, d.engine, d.max_num_seqs)
                found.append(Placed(service, d, self.pools[d.pool], made, self.facts(service, made)))
        return tuple(found)

    @cached_property
    def used(self) -> tuple[Placed, ...]:
        """Deployments with a replica or a request in any period."""
        return tuple(
            p for p in self.placed if any(p.deployment.replicas) or any(any(r) for r in p.deployment.rate_per_s.values())
        )

    @cached_property
    def api_offers(self) -> Mapping[str, ApiOffer]:
        """Token prices that the problem may use, by name."""
        return {offer.id: offer for offer in api_offers(self.problem, self.catalog)}

    @cached_property
    def hosted(self) -> tuple[Answered, ...]:
        """What hosted options answer, in the order of the plan."""
        return tuple(self._answered(self.services[part.name], use) for part in self.plan.services for use in part.hosted)

    def _answered(self, service: Service, use: HostedUse) -> Answered:
        if use.mode != "serverless":
            return answered(service, use, self.problem, self.catalog, self.api_offers)
        peak = max(sum(rates[t] for rates in self.demand[service.name]) for t in self.periods)
        return serverless(service, use, self.problem, self.catalog, self.serverless_offers, self.every_pool, peak)

    @cached_property
    def serverless_offers(self) -> tuple[ServerlessOffer, ...]:
        """Workers of serverless services that the problem may use."""
        return serverless_offers(self.problem, self.catalog)

    def hosted_of(self, service: str) -> tuple[Answered, ...]:
        """What hosted options answer of one service."""
        return tuple(one for one in self.hosted if one.service.name == service)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Deployments by service, configuration and region."""
        found: dict[tuple[str, Configuration, str], list[Placed]] = {}
        for p in self.placed:
            found.setdefault((p.service.name, p.configuration, p.pool.region), []).append(p)
        return tuple(
            Group(self.services[service], made, region, members[0].facts, tuple(members))
            for (service, made, region), members in found.items()
        )

    def groups_of(self, service: str) -> tuple[Group, ...]:
        """Groups of one service."""
        return tuple(g for g in self.groups if g.service.name == service)

    def placed_of(self, service: str) -> tuple[Placed, ...]:
        """Deployments of one service."""
        return self._placed_by_service.get(service, ())

    @cached_property
    def _placed_by_service(self) -> dict[str, tuple[Placed, ...]]:
        found: dict[str, list[Placed]] = {}
        for p in self.placed:
            found.setdefault(p.service.name, []).append(p)
        return {name: tuple(members) for name, members in found.items()}

    def placed_in(self, pool: str) -> tuple[Placed, ...]:
        """Deployments in one pool."""
        return self._placed_by_pool.get(pool, ())

    @cached_property
    def _placed_by_pool(self) -> dict[str, tuple[Placed, ...]]:
        found: dict[str, list[Placed]] = {}
        for p in self.placed:
            found.setdefault(p.pool.id, []).append(p)
        return {pool: tuple(members) for pool, members in found.items()}

    @cached_property
    def parts(self) -> Mapping[str, ServicePlan]:
        """The plan's services by name."""
        return {part.name: part for part in self.plan.services}

    @cached_property
    def pool_plans(self) -> Mapping[str, PoolPlan]:
        """The plan's pools by id."""
        return {part.id: part for part in self.plan.pools}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the periods."""
        return tuple(p.name for p in self.times.periods)


def class_names(service: Service) -> tuple[str, ...]:
    """Names of a service's request classes: as given, else c1, c2, … in order."""
    return tuple(c.name or f"c{i + 1}" for i, c in enumerate(service.workload.classes))
