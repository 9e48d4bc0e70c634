"""An explicit placement of replicas on instances, so that services stand on enough distinct ones."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from typing import NamedTuple

#: States the exact search may visit before it gives up; it runs only where the greedy placement falls short.
SEARCH_STEPS = 5_000

Side = tuple[str, str]


class Block(NamedTuple):
    """Replicas of one service that are of one size, on one side (pool, purchase)."""

    side: Side
    service: str
    size: int
    count: int


Placement = dict[Side, list[dict[str, int]]]
"""By side, for each instance: accelerators by service."""


def place(blocks: list[Block], instances: Mapping[Side, tuple[int, int]], wanted: Mapping[str, int]) -> Placement | None:
    """A placement of all blocks in which every service of ``wanted`` stands on so many distinct instances.

    instances  by side: (running instances, accelerators of one)
    wanted     distinct instances by service, over all sides together

    None when the replicas do not fit, or no such placement was found. Sizes are powers of two that divide the
    instance, placed from the largest down, so whatever is free on an instance is always a multiple of the size.
    """
    placement: Placement = {side: [{} for _ in range(count)] for side, (count, _) in instances.items()}
    for side, (_, capacity) in sorted(instances.items()):
        here = [b for b in blocks if b.side == side]
        if not _greedy(placement[side], capacity, here, wanted):
            return None
    if not _short(placement, wanted):
        return placement
    return _search(blocks, instances, wanted)


def distinct(placement: Placement) -> dict[str, list[tuple[Side, int]]]:
    """By service: the instances it stands on, as (side, number counted from 1)."""
    found: dict[str, list[tuple[Side, int]]] = {}
    for side in sorted(placement):
        for number, held in enumerate(placement[side], 1):
            for service in held:
                found.setdefault(service, []).append((side, number))
    return found


def _greedy(bins: list[dict[str, int]], capacity: int, blocks: list[Block], wanted: Mapping[str, int]) -> bool:
    """Largest first; within a size those that must be spread; each on the emptiest instance, a new one if it can."""
    heap = [(-capacity, index) for index in range(len(bins))]
    met: dict[str, int] = {}
    for block in sorted(blocks, key=lambda b: (-b.size, b.service not in wanted, b.service)):
        for _ in range(block.count):
            spread = met.get(block.service, 0) < wanted.get(block.service, 0)
            skipped = []
            while spread and heap and block.service in bins[heap[0][1]] and -heap[0][0] >= block.size:
                skipped.append(heapq.heappop(heap))
            if not heap or -heap[0][0] < block.size:
                for entry in skipped:
                    heapq.heappush(heap, entry)
                skipped = []
            if not heap or -heap[0][0] < block.size:
                return False
            free, index = heapq.heappop(heap)
            if block.service not in bins[index]:
                met[block.service] = met.get(block.service, 0) + 1
            bins[index][block.service] = bins[index].get(block.service, 0) + block.size
            for entry in (*skipped, (free + block.size, index)):
                heapq.heappush(heap, entry)
    return True


def _short(placement: Placement, wanted: Mapping[str, int]) -> bool:
    found = distinct(placement)
    return any(len(found.get(service, ())) < least for service, least in wanted.items())


def _search(blocks: list[Block], instances: Mapping[Side, tuple[int, int]], wanted: Mapping[str, int]) -> Placement | None:
    """Depth first over every replica, largest first; instances that hold the same are tried once."""
    items = [b for b in sorted(blocks, key=lambda b: (-b.size, b.side, b.service)) for _ in range(b.count)]
    placement: Placement = {side: [{} for _ in range(count)] for side, (count, _) in instances.items()}
    steps = SEARCH_STEPS

    def fits(at: int) -> bool:
        nonlocal steps
        steps -= 1
        if steps < 0:
            return False
        if at == len(items):
            return not _short(placement, wanted)
        item = items[at]
        capacity = instances[item.side][1]
        bins = placement[item.side]
        tried = set()
        for held in sorted(bins, key=lambda h: (item.service in h, sum(h.values()))):
            state = tuple(sorted(held.items()))
            if state in tried or capacity - sum(held.values()) < item.size:
                continue
            tried.add(state)
            before = held.get(item.service, 0)
            held[item.service] = before + item.size
            if fits(at + 1):
                return True
            if before:
                held[item.service] = before
            else:
                del held[item.service]
        return False

    if len(items) > 200:  # one level of recursion for each replica; beyond it the search would not end anyway
        return None
    return placement if fits(0) else None
