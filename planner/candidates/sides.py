"""What sets the sides of two pools apart: figures that are compared, and limits that tell them apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np

from planner.economics.commitments import CommitmentOption, HeldOption, commitment_options, held_options
from planner.economics.pools import Pool, place_matches
from planner.economics.timeline import Timeline
from planner.problem.limits import Quota
from planner.problem.schema import Problem

Side = tuple[str, bool]  # pool id, firm

#: A figure that is not known compares with nothing.
UNKNOWN = math.nan


@dataclass(frozen=True)
class Standing:
    """Limits and commitments that bear on a side, by number or name."""

    size: int
    zone: str | None
    quotas: frozenset[int]
    caps: frozenset[str]
    commitments: frozenset[str]


class Terms:
    """All that a problem counts about a side of a pool, besides who may use it."""

    def __init__(self, problem: Problem, pools: tuple[Pool, ...], times: Timeline) -> None:
        self.problem = problem
        self.kept = frozenset((row.pool, row.purchase == "firm") for row in problem.existing.deployments) if problem.existing else frozenset()
        self.starts = problem.start_up.hours > 0 and any(p.before is not None for p in times.periods)
        self.periods = len(times.periods)
        self.carbon = (
            problem.limits.carbon_kg_per_month is not None
            or bool(problem.limits.regions)
            or problem.carbon.price_usd_per_tonne > 0
            or problem.carbon.offsets is not None
            or any(s.carbon_kg_per_month is not None for s in problem.services)
        )
        self.zones_matter = any(
            s.availability and s.availability.survives_loss and "zone" in s.availability.survives_loss.of
            for s in problem.services
        )
        options, _ = commitment_options(problem, pools)
        self.plain: dict[str, float] = {}
        self.shared: dict[str, set[str]] = {}
        self.by_name: dict[str, CommitmentOption | HeldOption] = {}
        for option in options:
            self._option(option, pools)
        for held in held_options(problem, pools, times):
            self._covers(f"held {held.name}", held)

    def _option(self, option: CommitmentOption, pools: tuple[Pool, ...]) -> None:
        """A commitment on one pool without terms besides its price counts by price; any other must cover both."""
        unbound = option.min_units is None and option.max_units is None and option.upfront_usd_per_unit == 0.0
        if option.measure == "instances" and unbound:
            (pool,) = option.covers
            self.plain[pool] = min(self.plain.get(pool, math.inf), option.usd_per_unit_hour)
        else:
            self._covers(f"offered {option.name}", option)

    def _covers(self, name: str, option: CommitmentOption | HeldOption) -> None:
        self.by_name[name] = option
        for pool in option.covers:
            self.shared.setdefault(pool, set()).add(name)

    def cost(self, pool: Pool, firm: bool) -> list[float]:
        """Figures per accelerator of which less is no worse; NaN where one is unknown."""
        each = self._firm(pool) if firm else self._spot(pool)
        return each + (self._emissions(pool, firm) if self.carbon else [])

    def standing(self, pool: Pool, firm: bool) -> Standing:
        """The limits and commitments that bear on a side."""
        limits = self.problem.limits
        return Standing(
            size=pool.accelerators,
            zone=pool.failure_zone if self.zones_matter else None,
            quotas=frozenset(i for i, quota in enumerate(limits.quotas) if _counts(quota, pool, firm)),
            caps=frozenset(cap.region for cap in limits.regions if place_matches(cap.region, pool)),
            commitments=frozenset(self.shared.get(pool.id, ())) if firm else frozenset(),
        )

    def no_worse(self, k: Standing, q: Standing) -> bool:
        """Whether what stands at q is under no limit that it escapes at k, and under every commitment that helps at k.

        Smaller instances are more instances: limits and commitments that count instances then differ.
        """
        alike = q.size == k.size
        return (
            q.zone in (None, k.zone)
            and q.quotas <= k.quotas
            and (alike or all(self.problem.limits.quotas[i].max_accelerators is not None for i in q.quotas))
            and q.caps <= k.caps
            and k.commitments <= q.commitments
            and (alike or all(self.by_name[name].measure != "instances" for name in k.commitments))
        )

    def _firm(self, pool: Pool) -> list[float]:
        size = pool.accelerators
        nothing = (math.inf,) * self.periods
        rent = [p / size for p in pool.on_demand or nothing]
        # A start is charged at the on-demand price; where there is none, it is free of charge.
        start = [p / size for p in pool.on_demand or (0.0,) * self.periods] if self.starts else []
        committed = self.plain.get(pool.id, math.inf) / size
        return [*rent, *start, committed, *self._share(pool, firm=True)]

    def _spot(self, pool: Pool) -> list[float]:
        size = pool.accelerators
        paid = pool.paid_share_of_spot(self.problem.start_up.spot_restart_hours)
        rent = [p * paid / size for p in pool.spot]
        start = [p / size for p in pool.spot] if self.starts else []
        return [*rent, *start, -pool.spot_availability, *self._share(pool, firm=False)]

    def _share(self, pool: Pool, *, firm: bool) -> list[float]:
        """What a team's budget and double running count for an accelerator-hour, by period."""
        if not self.problem.limits.teams and self.problem.existing is None:
            return []
        return np.broadcast_to(pool.share_usd_per_hour(firm=firm), self.periods).tolist()

    def _emissions(self, pool: Pool, firm: bool) -> list[float]:
        idle, busy = pool.idle_kw(), pool.busy_kw_per_accelerator()
        grid = pool.intensity or (UNKNOWN,) * self.periods
        up = (1.0 if firm else pool.spot_availability) / pool.accelerators
        found = [g * (UNKNOWN if idle is None else idle) * up for g in grid]
        found += [g * (UNKNOWN if busy is None else busy) for g in grid]
        if self.problem.carbon.embodied:
            found.append(UNKNOWN if pool.embodied_kg_per_hour is None else pool.embodied_kg_per_hour * up)
        return found


def _counts(quota: Quota, pool: Pool, firm: bool) -> bool:
    """Whether the quota counts this side of a pool."""
    named = (
        (quota.provider, pool.provider),
        (quota.accelerator, pool.accelerator),
        (quota.instance_type, pool.instance_type),
    )
    return (
        (quota.purchase is None or (quota.purchase == "firm") == firm)
        and all(p is None or fnmatchcase(v.casefold(), p.casefold()) for p, v in named)
        and (quota.region is None or place_matches(quota.region, pool))
    )
