"""Leaves out what cannot improve any plan; the best plan costs the same with and without."""

from __future__ import annotations

from dataclasses import replace

from planner.candidates.candidate import Candidate, Choices, Dominated
from planner.candidates.dominated_configurations import dominated_configurations
from planner.candidates.dominated_pools import dominated_pools
from planner.candidates.sides import Side, Terms
from planner.economics.pools import Pool
from planner.economics.timeline import Timeline
from planner.problem.schema import Problem
from planner.problem.service import Service


def pruned(choices: tuple[Choices, ...], problem: Problem, pools: tuple[Pool, ...], times: Timeline) -> tuple[Choices, ...]:
    """All that is dominated left out of choices from which something was taken away before."""
    if not may_prune(problem):
        return choices
    fewer = tuple(without_configurations(choice, service, problem) for choice, service in zip(choices, problem.services, strict=True))
    return without_sides(fewer, problem, pools, times)


def may_prune(problem: Problem) -> bool:
    """Charges beside machines, and jobs on what services leave idle, may tell apart what dominance takes to be alike."""
    return not problem.costs.tells_pools_apart and not problem.jobs


def without_configurations(choice: Choices, service: Service, problem: Problem) -> Choices:
    """``choice`` less its dominated configurations, each with its reason; what runs today, of any service, may always be kept."""
    running = {(d.variant, d.accelerator, d.tp, d.pp, d.max_num_seqs) for d in problem.existing.deployments} if problem.existing else set()
    lost = {
        index: why for index, why in dominated_configurations(choice, service, problem).items()
        if _settings(choice.candidates[index]) not in running
    }  # fmt: skip
    if not lost:
        return choice
    kept = tuple(c for index, c in enumerate(choice.candidates) if index not in lost)
    return replace(choice, candidates=kept, dominated=choice.dominated + tuple(lost[i] for i in sorted(lost)))


def _settings(candidate: Candidate) -> tuple:
    c = candidate.configuration
    return c.variant, c.accelerator, c.tp, c.pp, c.max_num_seqs


def without_sides(
    choices: tuple[Choices, ...], problem: Problem, pools: tuple[Pool, ...], times: Timeline
) -> tuple[Choices, ...]:
    """``choices`` of all services less the dominated sides of pools, each with its reason."""
    by_id = {pool.id: pool for pool in pools}
    lost = dominated_pools(pools, *_users(choices, problem, by_id), Terms(problem, pools, times))
    return tuple(
        _without_sides(choice, service, lost, by_id) for choice, service in zip(choices, problem.services, strict=True)
    )


def _users(choices: tuple[Choices, ...], problem: Problem, pools: dict[str, Pool]) -> tuple[dict[Side, int], int]:
    """Bit masks over all candidates: who may use a side, and who must survive the loss of spot."""
    users: dict[Side, int] = {}
    survivors = 0
    bit = 1
    for choice, service in zip(choices, problem.services, strict=True):
        survives = service.availability is not None and service.availability.survives_loss is not None
        for candidate in choice.candidates:
            for pool in candidate.pools:
                for firm in open_sides(service, pools[pool]):
                    users[pool, firm] = users.get((pool, firm), 0) | bit
            survivors |= bit if survives else 0
            bit <<= 1
    return users, survivors


def open_sides(service: Service, pool: Pool) -> tuple[bool, ...]:
    """Sides of a pool that a service may use at all: firm (True), spot (False)."""
    spot = pool.spot is not None and service.spot.allowed and service.spot.max_share > 0
    return (True,) * pool.firm + (False,) * spot


def _without_sides(
    choice: Choices, service: Service, lost: dict[Side, Dominated], pools: dict[str, Pool]
) -> Choices:
    if not lost:
        return choice
    open_in = {pool: open_sides(service, pools[pool]) for c in choice.candidates for pool in c.pools}
    gone = sorted((pool, firm) for pool, sides in open_in.items() for firm in sides if (pool, firm) in lost)
    kept = tuple(_limited(c, open_in, lost) for c in choice.candidates)
    return replace(choice, candidates=kept, dominated=choice.dominated + tuple(lost[side] for side in gone))


def _limited(candidate: Candidate, open_in: dict[str, tuple[bool, ...]], lost: dict[Side, Dominated]) -> Candidate:
    """The candidate in the pools that keep a side, and the sides of these that it lost."""
    left = tuple(p for p in candidate.pools if any((p, firm) not in lost for firm in open_in[p]))
    closed = frozenset((p, firm) for p in left for firm in open_in[p] if (p, firm) in lost)
    return replace(candidate, pools=left, dominated_sides=closed)
