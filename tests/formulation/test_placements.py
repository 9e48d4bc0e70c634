"""Services that each could stand on enough distinct instances, but not together, are given the instances they need."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from planner.backends import solve
from planner.formulation.decompose.completion import completed
from planner.formulation.monolith import solve_whole
from planner.formulation.placements import broken_rows, with_placements
from planner.verify.placement import Block, place
from tests.decompose.test_bounds import a_run
from tests.formulation.tiny import MONTH, offer, problem, program, replica, service

APART = {"availability": {"min_instances": 2}}


def small_ones(number: int, large: int, *, most: int = 9):
    """``large`` replicas of 4 accelerators (0.8 of 4 requests/s each), and services of two replicas of one, apart."""
    stated = [service("big", rate=3.0 * large)] + [service(f"s{i}", rate=5.0, **APART) for i in range(number)]
    ways = {"big": [replica(rps=4.0, tp=4)]} | {f"s{i}": [replica(rps=4.0)] for i in range(number)}
    limits = {"quotas": [{"instance_type": "i8", "max_instances": most}]}
    return program(problem(stated, [offer("i8", 8.0, size=8)], limits=limits), ways)


def test_six_services_apart_beside_one_large_replica_need_a_third_instance():
    # 4 + 6 x 2 accelerators fill two instances of 8, but beside the large replica only four of the six find room.
    built = small_ones(6, 1)
    first = solve_whole(small_ones(4, 1), a_run(gap=0))
    assert first.objective == pytest.approx(2 * 8.0 * MONTH) and first.program is None
    found = solve_whole(built, a_run(gap=0))
    assert found.objective == pytest.approx(3 * 8.0 * MONTH)
    assert found.program is not None and not broken_rows(built, found.values)


def test_replicas_chosen_before_are_given_one_more_instance():
    built = small_ones(6, 1)
    two = built.model.fixed(built.var.running[0, True], 2.0)
    packed = solve(two, backend="highs", gap=0.0)
    assert broken_rows(built, packed.values)
    _, values, _ = completed(built, packed.values, a_run(gap=0))
    assert np.round(values[built.var.running[0, True]]).tolist() == [3]
    assert not broken_rows(built, values)


def test_where_no_third_instance_is_to_be_had_there_is_no_plan():
    found = solve_whole(small_ones(6, 1, most=2), a_run(gap=0))
    assert found.infeasible and found.confirmed_by
    assert "min_instances" in {part.constraint for part in found.program.ranges[-1:]}


def test_a_plan_that_can_stand_breaks_no_row():
    assert with_placements(small_ones(4, 1), solve_whole(small_ones(4, 1), a_run(gap=0)).values) is None


def cases(seed: int):
    """Sides with some replicas by service: (instances, accelerators of one, [(size, replicas, apart)])."""
    random_ = random.Random(seed)
    while True:
        capacity, running = random_.choice([2, 4, 8]), random_.randint(1, 4)
        room, found = capacity * running, []
        for _ in range(random_.randint(2, 9)):
            size = random_.choice([s for s in (1, 1, 2, 4, 8) if s <= capacity])
            count = random_.randint(1, running + 1)
            if size * count <= room:
                room -= size * count
                found.append((size, count, random_.randint(1, min(count, running)) if random_.random() < 0.8 else 0))
        if len(found) > 1:
            return running, capacity, found


def stands(running: int, capacity: int, blocks) -> bool:
    """Whether a placement exists, by going through all ways to spread each service over the instances."""
    states = {(capacity,) * running}
    for size, count, apart in sorted(blocks, reverse=True):
        spreads = [w for w in itertools.product(range(count + 1), repeat=running) if sum(w) == count and sum(x > 0 for x in w) >= apart]
        states = {
            tuple(sorted(left))
            for state in states
            for spread in spreads
            if min(left := [free - size * x for free, x in zip(state, spread, strict=True)]) >= 0
        }
    return bool(states)


@pytest.mark.parametrize("block", range(4))
def test_rows_and_search_agree_with_every_way_to_place(block):
    for seed in range(25 * block, 25 * block + 25):
        running, capacity, blocks = cases(seed)
        rates = [count - 0.5 for _, count, _ in blocks]
        names = [f"s{i}" for i in range(len(blocks))]
        stated = [
            service(name, rate=rate, availability={"min_instances": apart})
            for name, rate, (_, _, apart) in zip(names, rates, blocks, strict=True)
        ]
        ways = {name: [replica(rps=1.0, tp=size)] for name, (size, _, _) in zip(names, blocks, strict=True)}
        built = program(problem(stated, [offer("i", 1.0, size=capacity)]), ways)
        values = np.zeros(built.model.column_count)
        values[built.var.running[0, True]] = running
        for slot in built.sets.slots:
            values[built.var.replicas[slot.index]] = blocks[slot.service][1]
        for (number, _, _), columns in built.var.distinct.items():
            values[columns] = blocks[number][2]
        placed = place(
            [Block(("i", "firm"), name, size, count) for name, (size, count, _) in zip(names, blocks, strict=True)],
            {("i", "firm"): (running, capacity)},
            {name: apart for name, (_, _, apart) in zip(names, blocks, strict=True) if apart},
        )
        truth = stands(running, capacity, blocks)
        assert (placed is not None) == truth, (running, capacity, blocks)
        held = built.model.row_upper - built.model.activity(values)
        alone = all(held[r] >= -1e-6 for part in built.ranges if part.constraint == "min_instances" for r in range(part.start, part.stop))
        assert (alone and not broken_rows(built, values)) == truth, (running, capacity, blocks)
