"""Placements are found whenever the program's own condition says that one exists."""

from __future__ import annotations

import random

import pytest

from planner.verify.placement import Block, distinct, place

SIDE = ("p", "firm")


def test_two_replicas_of_one_service_stand_apart() -> None:
    # Two instances of 8: a replica of 4 each, although both would fit on one.
    found = place([Block(SIDE, "a", 4, 2)], {SIDE: (2, 8)}, {"a": 2})
    assert found == {SIDE: [{"a": 4}, {"a": 4}]}


def test_a_large_replica_leaves_no_second_instance() -> None:
    # 8 + 1 + 1 fit on two instances of 8, but the two small ones then share the second.
    assert place([Block(SIDE, "big", 8, 1), Block(SIDE, "a", 1, 2)], {SIDE: (2, 8)}, {"a": 2}) is None


def test_more_than_the_instances_hold_is_no_placement() -> None:
    assert place([Block(SIDE, "a", 4, 5)], {SIDE: (2, 8)}, {}) is None


def test_instances_of_several_pools_count_together() -> None:
    other = ("q", "spot")
    blocks = [Block(SIDE, "a", 8, 1), Block(other, "a", 1, 1)]
    found = place(blocks, {SIDE: (1, 8), other: (1, 1)}, {"a": 2})
    assert distinct(found)["a"] == [(SIDE, 1), (other, 1)]


def test_what_stands_apart_elsewhere_leaves_room_for_what_must_stand_apart_here() -> None:
    # Two instances of 8, full. "here" must use both; "both" has its second one in the other pool, so its two
    # replicas of 2 may share an instance, which they must: 4 + 2 + 1 + 1 beside 2 + 2 + 2 + 1 + 1 is 16 in two ways.
    other = ("q", "spot")
    blocks = [
        Block(SIDE, "large", 4, 1), Block(SIDE, "here", 2, 2), Block(SIDE, "both", 2, 2), Block(other, "both", 1, 6),
        Block(SIDE, "also", 1, 2), Block(SIDE, "rest", 1, 2),
    ]  # fmt: skip
    found = place(blocks, {SIDE: (2, 8), other: (1, 8)}, {"here": 2, "both": 2, "also": 2})
    assert found is not None
    assert {s: len(where) for s, where in distinct(found).items() if s in ("here", "both", "also")} == {"here": 2, "both": 2, "also": 2}


def program_allows(blocks: list[Block], running: int, capacity: int, wanted: dict[str, int]) -> bool:
    """The rows of ``min_instances``: for some counts d of distinct instances by size, each large block still fits."""
    sizes = sorted({b.size for b in blocks})
    if sum(b.size * b.count for b in blocks) > capacity * running:
        return False
    for service, least in wanted.items():
        have = {b.size: b.count for b in blocks if b.service == service}
        counted: dict[int, int] = {}
        left = least
        for size in sorted(have, reverse=True):  # counting large replicas first breaks the fewest blocks
            counted[size] = min(have[size], left)
            left -= counted[size]
        if left > 0 or least > running:
            return False
        for q in sizes:
            broken = q * sum(d for size, d in counted.items() if size < q)
            if sum(b.size * b.count for b in blocks if b.size >= q) > capacity * running - broken:
                return False
    return True


@pytest.mark.parametrize("seed", range(300))
def test_every_mix_that_the_program_allows_is_placed(seed: int) -> None:
    random_ = random.Random(seed)
    capacity = random_.choice([2, 4, 8])
    running = random_.randint(1, 5)
    sizes = [2**k for k in range(capacity.bit_length()) if 2**k <= capacity]
    merged: dict[tuple[str, int], int] = {}
    room = capacity * running
    for _ in range(random_.randint(1, 8)):
        service, size = random_.choice("abc"), random_.choice(sizes)
        count = random_.randint(1, 4)
        if count * size <= room:
            room -= count * size
            merged[service, size] = merged.get((service, size), 0) + count
    blocks = [Block(SIDE, service, size, count) for (service, size), count in sorted(merged.items())]
    wanted = {s: random_.randint(1, 3) for s in sorted({b.service for b in blocks}) if random_.random() < 0.8}
    if not blocks or not program_allows(blocks, running, capacity, wanted):
        return
    found = place(blocks, {SIDE: (running, capacity)}, wanted)
    assert found is not None, (blocks, running, capacity, wanted)
    held = found[SIDE]
    assert all(sum(one.values()) <= capacity for one in held)
    for service in {b.service for b in blocks}:
        total = sum(b.size * b.count for b in blocks if b.service == service)
        assert sum(one.get(service, 0) for one in held) == total
        assert sum(service in one for one in held) >= wanted.get(service, 0)
