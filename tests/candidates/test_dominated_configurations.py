"""Leaving out dominated configurations never makes the cheapest plan dearer."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import numpy as np
from own_pools import offer, service
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from planner.candidates.candidate import Candidate, Choices, Configuration
from planner.candidates.dominated_configurations import dominated_configurations

NO_LIMITS = SimpleNamespace(limits=SimpleNamespace(max_configurations=None))
FREE = SimpleNamespace(ramp=None)
MOST = 8


def candidate(index, size, serves, work, cache, shares, quality=None):
    levels = tuple(zip((1, 2, 4, 8), shares))
    return Candidate(
        service="s",
        configuration=Configuration("bf16", "X", size, 1, "vLLM", index),
        pools=("pool",),
        can_serve=serves,
        work_s=work,
        residence_s=cache,
        kv_tokens=(1.0,) * len(work),
        kv_capacity_tokens=1.0,
        levels=levels,
        quality=quality,
        preparation_usd=0.0,
        basis="modelled",
        point=None,
    )


def choices(candidates):
    return Choices("s", ("a", "b"), tuple(candidates), ())


def lost(candidates, service=FREE, problem=NO_LIMITS):
    return {i: d.by for i, d in dominated_configurations(choices(candidates), service, problem).items()}


figure = st.sampled_from([0.25, 0.5, 1.0, 2.0])
share = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), min_size=4, max_size=4).map(lambda s: tuple(sorted(s)))


@st.composite
def groups(draw):
    count = draw(st.integers(2, 3))
    return [
        candidate(
            index,
            draw(st.sampled_from([1, 2])),
            draw(st.sampled_from([(True, True), (True, False), (True, True)])),
            (draw(figure), draw(figure)),
            (draw(figure), draw(figure)),
            draw(share),
        )
        for index in range(count)
    ]


def cheapest(candidates, demand):
    """Fewest accelerators that serve ``demand``, by trying all counts of replicas; None: none does."""
    plans = sorted(
        product(range(MOST + 1), repeat=len(candidates)),
        key=lambda counts: sum(n * c.configuration.accelerators for n, c in zip(counts, candidates)),
    )
    for counts in plans:
        total = sum(n * c.configuration.accelerators for n, c in zip(counts, candidates))
        if total > MOST:
            return None
        if _serves(candidates, counts, demand):
            return total
    return None


def _serves(candidates, counts, demand):
    """Whether a routing exists: shares of classes over candidates within work and cache."""
    n, b = len(candidates), len(demand)
    rows, room = [], []
    for i, (c, count) in enumerate(zip(candidates, counts)):
        for figures, limit in ((c.work_s, c.share_at(count) * count), (c.residence_s, count)):
            row = np.zeros((n, b))
            row[i] = figures
            rows.append(row.ravel())
            room.append(limit)
    served = np.array([np.arange(n * b) % b == k for k in range(b)], dtype=float)
    top = [None if can else 0.0 for c in candidates for can in c.can_serve]
    found = linprog(np.zeros(n * b), rows, room, served, demand, bounds=[(0.0, t) for t in top])
    return found.status == 0


@settings(max_examples=60, deadline=None, derandomize=True)
@given(groups(), st.sampled_from([(1.0, 0.0), (0.5, 0.5), (2.0, 1.0), (0.3, 1.7)]))
def test_the_fewest_accelerators_stay_the_fewest(candidates, demand):
    gone = lost(candidates)
    if not gone:
        return
    left = [c for i, c in enumerate(candidates) if i not in gone]
    assert cheapest(left, demand) == cheapest(candidates, demand)


ALL = (True, True)
FULL = (1.0,) * 4


def test_a_configuration_no_worse_in_anything_replaces_another():
    slow, quick = candidate(8, 1, ALL, (2.0, 2.0), (1.0, 1.0), FULL), candidate(64, 1, ALL, (1.0, 2.0), (1.0, 1.0), FULL)
    assert lost([slow, quick]) == {0: "bf16 X tp1 batch 64"}


def test_of_two_alike_the_first_in_canonical_order_stays():
    alike = [candidate(n, 1, ALL, (1.0, 1.0), (1.0, 1.0), FULL) for n in (64, 8)]
    assert lost(alike) == {0: "bf16 X tp1 batch 8"}


def test_one_class_one_level_or_some_cache_is_enough_to_stay():
    base = candidate(8, 1, ALL, (2.0, 2.0), (1.0, 1.0), (0.5, 0.5, 1.0, 1.0))
    for other in (
        candidate(64, 1, (True, False), (1.0, 1.0), (1.0, 1.0), FULL),
        candidate(64, 1, ALL, (1.0, 1.0), (1.0, 1.0), (0.25, 1.0, 1.0, 1.0)),
        candidate(64, 1, ALL, (1.0, 1.0), (1.0, 2.5), FULL),
        candidate(64, 1, ALL, (1.0, 2.5), (1.0, 1.0), FULL),
    ):
        assert 0 not in lost([base, other])


def test_less_cache_does_not_matter_where_the_work_cannot_fill_it():
    # At most half a request per second and replica: 1.5 s of cache each are never more than three quarters of it.
    base = candidate(8, 1, ALL, (2.0, 2.0), (1.0, 1.0), FULL)
    assert lost([base, candidate(64, 1, ALL, (1.0, 1.0), (1.0, 1.5), FULL)]) == {0: "bf16 X tp1 batch 64"}


def test_two_small_replicas_replace_one_twice_as_large():
    # Work doubles at most, and two small ones carry what one large one does.
    large = candidate(8, 2, ALL, (1.0, 1.0), (1.0, 1.0), (0.5, 0.6, 0.7, 0.8))
    small = candidate(8, 1, ALL, (2.0, 2.0), (2.0, 2.0), (0.0, 0.5, 0.6, 0.8))
    assert lost([large, small]) == {0: "bf16 X tp1 batch 8"}
    assert lost([large, small], service=SimpleNamespace(ramp=object())) == {}


def test_higher_quality_stays_where_quality_counts():
    good = candidate(8, 1, ALL, (2.0, 2.0), (1.0, 1.0), FULL, quality=0.9)
    quick = candidate(64, 1, ALL, (1.0, 1.0), (1.0, 1.0), FULL, quality=0.8)
    assert lost([good, quick]) == {}


def test_nothing_is_left_out_under_a_fleet_wide_limit_on_configurations():
    limited = SimpleNamespace(limits=SimpleNamespace(max_configurations=2))
    alike = [candidate(n, 1, ALL, (1.0, 1.0), (1.0, 1.0), FULL) for n in (64, 8)]
    assert lost(alike, problem=limited) == {}


def test_pruning_says_what_replaced_what(make):
    made = make(service(batch_limits=[8, 64, 256]), offers=[offer()])
    every, few = made.one(), made.one(prune=True)
    gone = {str(c.configuration) for c in every.candidates} - {str(c.configuration) for c in few.candidates}
    assert gone == {d.what for d in few.dominated if d.kind == "configuration"}
    assert {d.by for d in few.dominated} <= {str(c.configuration) for c in few.candidates}
