"""What the program's indices run over: groups (candidate in a region), slots (group in a pool, firm or spot), sides of pools."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from planner.candidates.candidate import Candidate, Choices, Configuration
from planner.candidates.hosted import Hosted
from planner.candidates.jobs import JobChoices
from planner.economics.caches import CacheOption
from planner.economics.charges import Charges
from planner.economics.commitments import CommitmentOption, HeldOption
from planner.economics.pools import Pool
from planner.economics.timeline import Timeline
from planner.problem.schema import Problem
from planner.problem.service import Service


@dataclass(frozen=True)
class Slot:
    """Where replicas of a group may stand: one pool, firm or spot."""

    index: int
    group: int
    service: int
    pool: int
    firm: bool
    accelerators: int
    effective: float


@dataclass(frozen=True)
class Group:
    """A candidate of a service in one region: the unit over which replicas pool."""

    index: int
    service: int
    candidate: Candidate
    region: str
    slots: tuple[int, ...]
    served: tuple[int, ...]

    @property
    def configuration(self) -> Configuration:
        """How its replicas are run."""
        return self.candidate.configuration


@dataclass(frozen=True)
class HostedChoice:
    """A hosted option of a service."""

    index: int
    service: int
    option: Hosted


@dataclass(frozen=True)
class Sets:
    """All indices of one program, in canonical order."""

    problem: Problem
    times: Timeline
    pools: tuple[Pool, ...]
    choices: tuple[Choices, ...]
    options: tuple[CommitmentOption, ...]
    held: tuple[HeldOption, ...]
    groups: tuple[Group, ...]
    slots: tuple[Slot, ...]
    charges: Charges = Charges()
    jobs: tuple[JobChoices, ...] = ()
    caches: tuple[tuple[CacheOption, ...], ...] = ()

    @property
    def services(self) -> tuple[Service, ...]:
        """Services, aligned with ``choices``."""
        return self.problem.services

    @property
    def period_count(self) -> int:
        """Number of periods."""
        return len(self.times.periods)

    @cached_property
    def groups_of(self) -> tuple[tuple[Group, ...], ...]:
        """Groups by service."""
        found: list[list[Group]] = [[] for _ in self.services]
        for group in self.groups:
            found[group.service].append(group)
        return tuple(map(tuple, found))

    @cached_property
    def hosted(self) -> tuple[HostedChoice, ...]:
        """Hosted options of all services, in order."""
        every = [(number, option) for number, choice in enumerate(self.choices) for option in choice.hosted]
        return tuple(HostedChoice(index, number, option) for index, (number, option) in enumerate(every))

    @cached_property
    def hosted_of(self) -> tuple[tuple[HostedChoice, ...], ...]:
        """Hosted options by service."""
        return tuple(tuple(h for h in self.hosted if h.service == number) for number in range(len(self.services)))

    @cached_property
    def slots_in(self) -> dict[tuple[int, bool], tuple[Slot, ...]]:
        """Slots by side of a pool (pool index, firm), sides sorted."""
        found: dict[tuple[int, bool], list[Slot]] = {}
        for slot in self.slots:
            found.setdefault((slot.pool, slot.firm), []).append(slot)
        return {side: tuple(found[side]) for side in sorted(found, key=lambda s: (s[0], not s[1]))}

    @cached_property
    def pool_index(self) -> dict[str, int]:
        """Index of a pool by id."""
        return {pool.id: index for index, pool in enumerate(self.pools)}

    def configurations_of(self, service: int) -> tuple[Configuration, ...]:
        """Distinct configurations of a service, sorted."""
        return tuple(sorted({g.configuration for g in self.groups_of[service]}))

    def period_names(self) -> list[str]:
        """Names of the periods, in order."""
        return [p.name for p in self.times.periods]


def make_sets(
    problem: Problem,
    times: Timeline,
    pools: tuple[Pool, ...],
    choices: tuple[Choices, ...],
    options: tuple[CommitmentOption, ...],
    held: tuple[HeldOption, ...],
    charges: Charges = Charges(),
    jobs: tuple[JobChoices, ...] = (),
    caches: tuple[tuple[CacheOption, ...], ...] = (),
) -> Sets:
    """Indices over what the services may choose; rented pools nobody may use are dropped."""
    wanted = {pool for choice in choices for candidate in choice.candidates for pool in candidate.pools}
    wanted |= {option.pool for choice in jobs for option in choice.options}
    # Owned pools stay: those never switched off cost energy even when nobody uses them.
    kept = tuple(pool for pool in pools if pool.id in wanted or pool.owned is not None)
    index_of = {pool.id: index for index, pool in enumerate(kept)}
    groups: list[Group] = []
    slots: list[Slot] = []
    for number, (service, choice) in enumerate(zip(problem.services, choices, strict=True)):
        for candidate in choice.candidates:
            _add_groups(number, service, candidate, kept, index_of, groups, slots)
    options = tuple(o for o in options if any(p in index_of for p in o.covers))
    return Sets(problem, times, kept, choices, options, held, tuple(groups), tuple(slots), charges, jobs, caches)


def _add_groups(number, service, candidate, pools, index_of, groups, slots) -> None:
    regions: dict[str, list[int]] = {}
    for name in candidate.pools:
        pool = index_of[name]
        regions.setdefault(pools[pool].region, []).append(pool)
    served = tuple(b for b, can in enumerate(candidate.can_serve) if can)
    for region, members in sorted(regions.items()):
        group = len(groups)
        own = []
        for pool in sorted(members):
            for firm in _purchases(service, pools[pool], candidate):
                own.append(len(slots))
                slots.append(
                    Slot(
                        index=len(slots),
                        group=group,
                        service=number,
                        pool=pool,
                        firm=firm,
                        accelerators=candidate.configuration.accelerators,
                        effective=1.0 if firm else pools[pool].spot_availability,
                    )
                )
        if own:
            groups.append(Group(group, number, candidate, region, tuple(own), served))


def _purchases(service: Service, pool: Pool, candidate: Candidate) -> list[bool]:
    """Firm and spot sides of a pool that this candidate of the service may use."""
    sides = []
    if pool.firm and candidate.may_use(pool.id, firm=True):
        sides.append(True)
    may_spot = service.spot.allowed and service.spot.max_share > 0 and pool.spot is not None
    if may_spot and candidate.may_use(pool.id, firm=False):
        sides.append(False)
    return sides
