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
    sides = {side: [b for b in blocks if b.side == side] for side in sorted(instances)}
    reach = {side: _reach(sides[side], instances[side][0]) for side in sides}
    placement: Placement = {}
    for side, (count, capacity) in sorted(instances.items()):
        here = reach[side]
        # What other sides cannot give must stand here; what they may is spread as far as it goes.
        must = {s: max(0, least - sum(r.get(s, 0) for of, r in reach.items() if of != side)) for s, least in wanted.items()}
        aims = {s: min(least, here.get(s, 0)) for s, least in wanted.items()}
        placement[side] = [{} for _ in range(count)]
        if not _greedy(placement[side], capacity, sides[side], aims, must):
            return None
    for side, (count, capacity) in sorted(instances.items()):
        short = _short(placement, wanted)
        if any(service in reach[side] for service in short):
            stands = distinct({of: held for of, held in placement.items() if of != side})
            missing = {s: least - len(stands.get(s, ())) for s, least in wanted.items()}
            found = _search(sides[side], count, capacity, {s: least for s, least in missing.items() if least > 0})
            if found is not None:
                placement[side] = found
    return None if _short(placement, wanted) else placement


def _reach(blocks: list[Block], running: int) -> dict[str, int]:
    """Distinct instances that each service could stand on if it were alone on a side."""
    replicas: dict[str, int] = {}
    for block in blocks:
        replicas[block.service] = replicas.get(block.service, 0) + block.count
    return {service: min(count, running) for service, count in replicas.items()}


def distinct(placement: Placement) -> dict[str, list[tuple[Side, int]]]:
    """By service: the instances it stands on, as (side, number counted from 1)."""
    found: dict[str, list[tuple[Side, int]]] = {}
    for side in sorted(placement):
        for number, held in enumerate(placement[side], 1):
            for service in held:
                found.setdefault(service, []).append((side, number))
    return found


def _greedy(bins: list[dict[str, int]], capacity: int, blocks: list[Block], aims: Mapping[str, int], must: Mapping[str, int]) -> bool:
    """Largest first; within a size first what must stand apart, each on the emptiest instance without its service.

    Those that are to stand on most instances choose first. What need not stand apart follows, on the emptiest.
    """
    held = [0] * len(bins)
    left = {(b.size, b.service): 0 for b in blocks}
    for block in blocks:
        left[block.size, block.service] += block.count
    met: dict[str, int] = {}

    def put(index: int, size: int, service: str) -> None:
        held[index] += size
        bins[index][service] = bins[index].get(service, 0) + size
        left[size, service] -= 1

    for size in sorted({size for size, _ in left}, reverse=True):
        of_size = sorted(service for of, service in left if of == size)
        for goal in (must, aims):
            missing = {s: min(left[size, s], goal.get(s, 0) - met.get(s, 0)) for s in of_size}
            for service in sorted((s for s in of_size if missing[s] > 0), key=lambda s: (-missing[s], s)):
                free = [i for i in range(len(bins)) if service not in bins[i] and held[i] + size <= capacity]
                for index in heapq.nsmallest(missing[service], free, key=lambda i: (held[i], i)):
                    put(index, size, service)
                    met[service] = met.get(service, 0) + 1
        heap = [(held[i], i) for i in range(len(bins))]
        heapq.heapify(heap)
        for service in of_size:
            while left[size, service]:
                if not heap or heap[0][0] + size > capacity:
                    return False
                index = heap[0][1]
                put(index, size, service)
                heapq.heapreplace(heap, (held[index], index))
    return True


def _short(placement: Placement, wanted: Mapping[str, int]) -> set[str]:
    """Services that stand on too few instances."""
    found = distinct(placement)
    return {service for service, least in wanted.items() if len(found.get(service, ())) < least}


def _search(blocks: list[Block], count: int, capacity: int, wanted: Mapping[str, int]) -> list[dict[str, int]] | None:
    """Depth first over every replica of one side, largest first; instances that hold the same are tried once."""
    items = [b for b in sorted(blocks, key=lambda b: (-b.size, b.service not in wanted, b.service)) for _ in range(b.count)]
    bins: list[dict[str, int]] = [{} for _ in range(count)]
    steps = SEARCH_STEPS

    def fits(at: int) -> bool:
        nonlocal steps
        steps -= 1
        if steps < 0:
            return False
        if at == len(items):
            return all(sum(service in held for held in bins) >= least for service, least in wanted.items())
        item = items[at]
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
    return bins if fits(0) else None
