"""What a second statement of the program starts from: the problem, its periods and demand, and the public facts."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from planner.candidates.candidate import Candidate, Choices
from planner.candidates.jobs import JobChoices
from planner.economics.commitments import CommitmentOption, HeldOption
from planner.economics.pools import Pool, place_matches
from planner.economics.timeline import Timeline
from planner.problem.schema import Problem

FIRM, SPOT = "firm", "spot"


@dataclass(frozen=True)
class Facts:
    """A normalised problem with what candidates and economics say about it."""

    problem: Problem
    times: Timeline
    pools: dict[str, Pool]
    choices: tuple[Choices, ...]
    options: tuple[CommitmentOption, ...]
    held: tuple[HeldOption, ...]
    jobs: tuple[JobChoices, ...] = ()

    @cached_property
    def periods(self) -> range:
        """Indices of the periods."""
        return range(len(self.times.periods))

    @cached_property
    def hours(self) -> list[float]:
        """Hours of each period in a month."""
        return [p.hours_per_month for p in self.times.periods]

    @cached_property
    def groups(self) -> list[Group]:
        """Candidates by service and region: the unit over which replicas pool."""
        found = []
        for s, choice in enumerate(self.choices):
            for candidate in choice.candidates:
                for region in sorted({self.pools[k].region for k in candidate.pools}):
                    group = Group(len(found), s, candidate, region)
                    if self.slots(group):
                        found.append(group)
        return found

    def slots(self, group: Group) -> list[tuple[str, str]]:
        """Where replicas of the group may stand: (pool, firm or spot)."""
        service = self.problem.services[group.s]
        slots = []
        for k in group.candidate.pools:
            pool = self.pools[k]
            if pool.region != group.region:
                continue
            if pool.firm:
                slots.append((k, FIRM))
            if service.spot.allowed and pool.spot is not None:
                slots.append((k, SPOT))
        return slots

    def demand(self, s: int, b: int, t: int) -> float:
        """Requests per second of class ``b`` of service ``s`` in period ``t``."""
        service = self.problem.services[s]
        work = service.workload
        period = self.times.periods[t]
        if work.serves is not None:
            return self.demand(*self.asked_by(s)[b], t)
        if work.mirrors is not None:
            (of,) = [i for i, one in enumerate(self.problem.services) if one.name == work.mirrors.service]
            length = work.mirrors.months or self.problem.horizon.months - work.mirrors.start_month
            on = set(period.months) <= set(range(work.mirrors.start_month, work.mirrors.start_month + length))
            return self.demand(of, b, t) * work.mirrors.share if on else 0.0
        rate = work.rate_per_s if isinstance(work.rate_per_s, (int, float)) else work.rate_per_s[period.in_cycle]
        stated = self.times.seasons[period.season].stated
        season = self.problem.horizon.seasons[stated].demand if stated is not None else {}
        times = season.get(service.name, season.get("*", 1.0))
        return rate * work.scale * work.headroom * times * work.classes[b].share

    def asked_by(self, s: int) -> list[tuple[int, int]]:
        """(service, class) that each class of a group is of; services by name."""
        by_name = {one.name: i for i, one in enumerate(self.problem.services)}
        serves = self.problem.services[s].workload.serves
        return [] if serves is None else [(by_name[name], b) for name in sorted(serves.services) for b in self.classes(by_name[name])]

    def is_group(self, s: int) -> bool:
        """Whether a service answers for others, and has no demand of its own."""
        return self.problem.services[s].workload.serves is not None

    def in_group(self, s: int) -> bool:
        """Whether some group may answer for the service."""
        return any(s in {member for member, _ in self.asked_by(g)} for g in range(len(self.problem.services)))

    def window(self, s: int) -> int:
        """D: periods in which what comes may be served."""
        service, first = self.problem.services[s], self.times.periods[0]
        if service.window_hours is None or not service.defer or first.before is None:
            return 1
        return max(1, int(service.window_hours / first.length_hours + 1e-9))

    def together(self, s: int, b: int, t: int) -> float:
        """The most of a class that may be served in a period: what comes in it and in the D − 1 before it."""
        total, at = 0.0, t
        for _ in range(self.window(s)):
            total += self.demand(s, b, at)
            at = self.times.periods[at].before
            if at == t:
                break
        return total

    def classes(self, s: int) -> range:
        """Indices of the request classes of a service."""
        return range(len(self.problem.services[s].workload.classes))

    def has_demand(self, s: int, t: int) -> bool:
        """Whether anything is asked of the service in the period."""
        return any(self.demand(s, b, t) > 0 for b in self.classes(s))

    def availability(self, pool: str, side: str) -> float:
        """Share of the hours that an instance is there."""
        return 1.0 if side == FIRM else self.pools[pool].spot_availability

    def quota_covers(self, quota, pool: Pool, side: str) -> bool:
        """Whether every selector of a quota matches one side of a pool."""
        return all(
            wanted is None or fnmatchcase(value.casefold(), wanted.casefold())
            for wanted, value in (
                (quota.provider, pool.provider),
                (quota.accelerator, pool.accelerator),
                (quota.instance_type, pool.instance_type),
                (quota.purchase, side),
            )
        ) and (quota.region is None or place_matches(quota.region, pool))

    def enough(self, group: Group) -> int:
        """A number of replicas that more of is never needed in one place, generously."""
        service = self.problem.services[group.s]
        c = group.candidate
        worst = min([self.availability(k, side) for k, side in self.slots(group)], default=1.0)
        able = [b for b in self.classes(group.s) if c.can_serve[b]]
        most = 0.0
        for t in self.periods:
            load = sum(c.work_s[b] * self.together(group.s, b, t) for b in able)
            first = next(((n, share) for n, share in c.levels if share > 0), None)
            if first is None:
                continue
            most = max(most, first[0] + load / (first[1] * worst))
            if c.kv_capacity_tokens:
                held = sum(c.residence_s[b] * c.kv_tokens[b] * self.together(group.s, b, t) for b in able)
                most = max(most, held / (c.kv_capacity_tokens * worst))
        redundant = service.availability.min_instances if service.availability else 0
        return 2 * int(most + 1) + redundant


@dataclass(frozen=True)
class Group:
    """One candidate of one service in one region."""

    index: int
    s: int
    candidate: Candidate
    region: str

    @property
    def a(self) -> int:
        """Accelerators of a replica."""
        return self.candidate.configuration.accelerators
