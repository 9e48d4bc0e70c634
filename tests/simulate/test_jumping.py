"""Jumping over alike iterations gives exactly what stepping through them gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.simulate.fleet import Outage, Part, Stage
from planner.simulate.service import Rules
from tests.simulate.cases import fleet, group, requests, run, times


def same(place, chunk, **more):
    rules = more.pop("rules", Rules())
    jumped, one, _ = run(place, chunk, rules=rules, **more)
    stepped, two, _ = run(place, chunk, rules=Rules(rules.router, rules.retry, True, rules.start_delay_s), **more)
    assert (jumped == stepped).all()
    assert (one.world.gaps == two.world.gaps).all()
    for name in ("iterations", "busy_ps", "tokens_in", "tokens_out", "preempted", "kv_sum"):
        assert (one.world.replicas[name] == two.world.replicas[name]).all(), name
    assert one.ended_s == two.ended_s
    return jumped, one, two


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    seqs=st.integers(1, 9),
    budget=st.integers(10, 80),
    kv=st.integers(130, 600),
    replicas=st.integers(1, 3),
    rate=st.sampled_from([0.5, 3.0, 20.0]),
    router=st.sampled_from(["plan", "least-outstanding", "round-robin", "random"]),
    knots=st.sampled_from([(0,), (0, 20), (0, 15, 60)]),
    slope=st.sampled_from([0.0, 1e-5, 1e-3]),
)
def test_every_request_ends_at_the_same_picosecond(seed, seqs, budget, kv, replicas, rate, router, knots, slope):
    draw = np.random.default_rng(seed)
    at = np.sort(np.round(draw.exponential(1 / rate, 60).cumsum(), draw.integers(1, 6)))  # often at the same instant
    place = fleet(group(times(seqs, budget, float(kv), slope=slope, per_running=1e-3, pair=1e-7, knots=knots), (replicas,), cached=0.3))
    same(place, requests(at, draw.integers(1, 90, 60), draw.integers(1, 40, 60)), rules=Rules(router))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), retry=st.booleans(), delay=st.sampled_from([0.0, 0.7]))
def test_also_when_replicas_come_go_and_fail(seed, retry, delay):
    draw = np.random.default_rng(seed)
    at = np.sort(draw.uniform(0, 12, 80))
    record = times(5, 40, 300.0, knots=(0, 25))
    parts = (Part("firm", "here", "firm", (2, 1, 0)), Part("spot", "here", "spot", (0, 2, 1)))
    place = fleet(
        group(record, parts=parts, rates=((1.0, 1.0, 1.0),)), group(record, (1, 0, 2), rates=((1.0, 0.0, 2.0),), name="b"),
        stages=(Stage(0, 0.0), Stage(1, 4.0), Stage(2, 8.0)),
    )  # fmt: skip
    count = len(place.replicas())
    outages = tuple(
        Outage(int(draw.integers(count)), float(start), float(start + draw.exponential(2.0)) if draw.random() < 0.7 else None)
        for start in draw.uniform(0, 12, 4)
    )
    same(place, requests(at, draw.integers(1, 90, 80), draw.integers(1, 40, 80)), rules=Rules(retry=retry, start_delay_s=delay), outages=outages)


def test_jumping_takes_fewer_segments():
    # One request of 1,000 tokens: one iteration that reads, 999 alike ones that write.
    rows, jumped, stepped = same(fleet(group(times())), requests([0.0], 10, 1000))
    assert jumped.world.state[0]["segments"] == 2
    assert stepped.world.state[0]["segments"] == 1000
    assert rows[0]["made"] == 1000


def test_times_are_exact_sums():
    # Reading 10 tokens: 10 x 0.1 ms, the first token at 1 ms. Then 4 steps of 10 ms + 1 us per token in cache: 11, 12, 13, 14.
    rows, _, _ = run(fleet(group(times())), requests([0.0], 10, 5))
    assert rows[0]["first"] == 1_000_000_000
    assert rows[0]["last"] == 1_000_000_000 + 4 * 10_000_000_000 + (11 + 12 + 13 + 14) * 1_000_000


@pytest.mark.parametrize("knots", [(0,), (0, 12)])
def test_a_bend_of_decode_time_is_met_in_the_middle_of_a_jump(knots):
    # As above; from 12 tokens of context on each token costs 2 us more instead of 1: 11, then 12, 12 + 2, 12 + 4.
    rows, _, _ = run(fleet(group(times(knots=knots))), requests([0.0], 10, 5))
    context = 11 + 12 + 13 + 14 if knots == (0,) else 11 + 12 + 14 + 16
    assert rows[0]["last"] == 1_000_000_000 + 40_000_000_000 + context * 1_000_000
