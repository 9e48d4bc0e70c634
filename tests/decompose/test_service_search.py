"""Blocks of one service and period are searched exactly: sets under rows, and replicas that can be routed."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pytest

from planner.formulation.decompose.covers import cheapest_sets
from planner.formulation.decompose.oracle import Oracle
from planner.formulation.decompose.prices import flat_prices
from planner.formulation.decompose.slot_costs import slot_costs
from planner.formulation.decompose.split import split
from planner.formulation.decompose.strengthen import strengthened
from planner.formulation.tighten import tightened
from tests.decompose.test_bounds import built_of
from tests.oracle.generator import random_problem
from tests.oracle.tiny import tiny_problem

NODES = 100_000


def cheapest_by_hand(cost, extra, share, group):
    """(the cheapest set with at most one item of each group that meets all rows, the cheapest of up to 5 items, however often)."""
    once, often = np.inf, np.inf
    for size in range(1, 6):
        for items in map(list, combinations_with_replacement(range(cost.size), size)):
            if (share[:, items].sum(axis=1) >= 1.0).all():
                total = cost[items].sum() + served_at(extra[items], share[0, items])
                often = min(often, total)
                if len(set(group[items])) == size:
                    once = min(once, total)
    return once, often


def served_at(extra, share):
    """Serving a whole demand by items that cover these shares of it, the cheapest first."""
    left, total = 1.0, 0.0
    for i in np.argsort(extra):
        part = min(left, share[i])
        total, left = total + part * extra[i], left - part
    return total


@pytest.mark.parametrize("once", (False, True))
@pytest.mark.parametrize("charged", (False, True))
@pytest.mark.parametrize("seed", range(12))
def test_no_set_of_items_is_cheaper_than_the_one_found(seed, charged, once):
    drawn = np.random.default_rng(seed)
    count, rows = 9, int(drawn.integers(1, 4))
    cost = drawn.uniform(1, 9, count)
    group = np.arange(count) % 3
    # Item 0 alone is enough, at the highest cost; others cover at least a quarter of each row.
    share = drawn.uniform(0.25, 1.0, (rows, count))
    share[:, 0], cost[0] = 1.0, 9.0
    extra = drawn.uniform(0, 3, count) * charged
    given = extra[:, None] if charged else np.zeros((0, 1))
    bound, size, items, done = cheapest_sets(
        cost[:, None], given, share[:, :, None].copy(), np.ones((rows, count)), np.ones((rows, 1)), group, once, np.array([np.inf]), 0.0, NODES
    )
    assert done[0]
    found = items[0, 0, : size[0, 0]]
    assert (share[:, found].sum(axis=1) >= 1.0 - 1e-5).all()
    assert bound[0] == pytest.approx(cheapest_by_hand(cost, extra, share, group)[0 if once else 1], rel=1e-9)
    assert not once or len(set(group[found])) == found.size


@pytest.mark.parametrize("seed", range(8))
def test_of_several_sets_the_cheapest_ones_are_found_and_none_that_is_much_dearer(seed):
    drawn = np.random.default_rng(seed)
    count = 7
    cost, share, group = drawn.uniform(1, 9, count), drawn.uniform(0.3, 1.0, (2, count)), np.arange(count)
    given = cost[:, None], np.zeros((0, 1)), share[:, :, None].copy(), np.ones((2, count)), np.ones((2, 1)), group
    _, size, items, _ = cheapest_sets(*given, True, np.array([np.inf]), 0.0, NODES, 4, 0.5)
    found = [tuple(sorted(items[0, k, : size[0, k]].tolist())) for k in range(4) if size[0, k]]
    # By hand: every set that meets both rows; all groups differ.
    wanted = {}
    for bits in range(1, 2**count):
        own = [i for i in range(count) if bits >> i & 1]
        if (share[:, own].sum(axis=1) >= 1.0).all():
            wanted[tuple(own)] = cost[own].sum()
    least = min(wanted.values())
    assert found[0] == min(wanted, key=wanted.get) and len(set(found)) == len(found)
    assert all(wanted[own] <= 1.5 * least + 1e-9 for own in found)
    # No set that needs all of its items is cheaper than the dearest found, and left out.
    tight = [own for own in wanted if not any(tuple(i for i in own if i != j) in wanted for j in own)]
    dearest = max(wanted[own] for own in found)
    if len(found) == 4:
        assert {own for own in tight if wanted[own] < dearest - 1e-9} <= set(found)


def test_a_search_that_is_cut_short_gives_a_bound_and_never_claims_more():
    drawn = np.random.default_rng(5)
    cost, share = drawn.uniform(1, 2, 40), drawn.uniform(0.02, 0.2, (3, 40))
    given = (cost[:, None], np.zeros((0, 1)), share[:, :, None].copy(), np.ones((3, 40)), np.ones((3, 1)), np.arange(40), False, np.array([np.inf]), 0.0)
    cut, *_, finished = cheapest_sets(*given, 50)
    whole, *_ = cheapest_sets(*given, 5_000_000)
    assert not finished[0] and 0 < cut[0] <= whole[0] + 1e-9


def test_what_costs_no_less_than_is_known_is_not_looked_for():
    given = (np.array([[3.0], [5.0]]), np.zeros((0, 1)), np.array([[[0.6], [1.0]]]), np.ones((1, 2)), np.ones((1, 1)), np.arange(2), False)
    assert cheapest_sets(*given, np.array([np.inf]), 0.0, NODES)[0][0] == 5.0
    bound, size, *_ = cheapest_sets(*given, np.array([4.5]), 0.0, NODES)
    assert bound[0] == 4.5 and size[0, 0] == 0


def test_replicas_cost_no_less_where_their_cheapest_slot_has_no_room():
    # Two slots of one group: a replica at 1 USD with room for 2, one at 5 USD with room for 30.
    slots, most = np.array([[0, 1]]), np.array([[[2.0], [30.0]]])
    price, nothing = np.array([[[1.0], [5.0]]]), np.zeros((1, 2, 1))
    costs = slot_costs(slots, most, price, nothing, nothing, np.ones((1, 2)))
    least = costs.least(np.zeros(5, dtype=int), np.array([1, 2, 3, 20, 33]), np.array([0]))
    # 3 are 2 at 1 and 1 at 5; 20 are 2 at 1 and 18 at 5, beyond what is spread one by one; there is no room for 33.
    assert least[:, 0].tolist() == [1.0, 2.0, 7.0, 92.0, np.inf]
    assert costs.placed(0, 3, 0, 0)[0] == {0: 2, 1: 1} and costs.placed(0, 20, 0, 0)[0] == {0: 2, 1: 18}


@pytest.mark.parametrize(("make", "seed"), [(random_problem, s) for s in (0, 1, 2, 7, 8, 9)] + [(tiny_problem, s) for s in range(6)])
def test_at_any_prices_a_bound_is_no_more_than_the_optimum_and_most_often_the_optimum(make, seed):
    built = built_of(make(seed))
    if built is None:
        pytest.skip("no candidates")
    tight, opened = strengthened(tightened(built))
    oracle = Oracle(tight, split(tight), opened)
    flat = flat_prices(tight, oracle.split)
    drawn = np.random.default_rng(seed)
    for prices in (flat, flat * drawn.uniform(0.5, 1.5, flat.size)):
        priced = oracle.split.priced(prices)
        answer = oracle.answer(priced, 160, 1)
        met, reached = 0, 0
        for number, search in enumerate(oracle.searches):
            for t in np.flatnonzero(search.blocks.rate > 0)[:3].tolist() if search is not None else ():
                _, pattern = oracle.search(number, t, priced, gap=1e-6)
                if pattern is None:
                    continue
                optimum = float(priced[pattern.columns] @ pattern.values)
                slack = 2e-6 * max(1.0, abs(optimum))
                assert answer.bound[number, t] <= optimum + slack
                found = [float(priced[p.columns] @ p.values) for p in answer.patterns if p.block == number * oracle.periods + t]
                assert all(cost >= answer.bound[number, t] - slack for cost in found)
                met, reached = met + 1, reached + (answer.bound[number, t] >= optimum * (1 - 1e-4) - slack)
        # What is left over are limits of one service alone (carbon, quality), which prices do not reach.
        assert reached >= 0.5 * met
