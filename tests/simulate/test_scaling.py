"""Replicas that come and go while requests do: workers, autoscalers, and queues of a group; against hand-worked cases and theory."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.perf.iteration import measured_work
from planner.simulate.fleet import Autoscaler, Outage, Part, Stage, Workers
from planner.simulate.kernel.world import FINISHED, OFF, PS_PER_S, UNFINISHED
from planner.simulate.service import Rules
from tests.simulate.cases import fleet, group, requests, run, times

MS = PS_PER_S // 1000


def workers(record, most, *, start=10.0, idle=5.0, kept=(0,), name="w", **more):
    own = group(record, (most,) * len(kept), rates=((1.0,) * len(kept),), name=name)
    return replace(own, scaling=Workers(start, idle, kept), **more)


def scaled(record, *, measure="requests", target=2.0, least=1, most=6, start=30.0, calm=300.0, first=1, work=(), name="a"):
    own = group(record, (most,), name=name)
    return replace(own, scaling=Autoscaler(measure, target, least, most, start, calm, (first,)), work_s=work)


def paid_s(played):
    return played.world.by_period[: len(played.world.replicas)].sum(axis=1) / PS_PER_S


def test_a_worker_starts_for_a_request_and_stops_after_its_idle_time():
    # Start 10 s, then 10 tokens read in 1 ms; an answer of one token. The second comes within the 5 s, the third after them.
    rows, played, _ = run(fleet(workers(times(), 1)), requests([0.0, 12.0, 30.0], 10, 1), paid_s=100.0)
    assert ((rows["first"] - rows["arrived"]) // MS).tolist() == [10_001, 1, 10_001]
    own = played.world.replicas[0]
    assert (own["starts"], own["cold"], own["sent"]) == (2, 2, 3)
    # Up from 0 to 12.001 + 5, and from 30 to 40.001 + 5.
    assert paid_s(played).tolist() == pytest.approx([17.001 + 15.001])


def test_a_worker_that_is_kept_never_starts_and_is_paid_throughout():
    rows, played, _ = run(fleet(workers(times(), 2, kept=(1,))), requests([0.0, 50.0], 10, 1), paid_s=100.0)
    assert ((rows["first"] - rows["arrived"]) // MS).tolist() == [1, 1]
    assert paid_s(played).tolist() == [100.0, 0.0] and played.world.replicas["starts"].sum() == 0


def test_workers_kept_in_one_period_stop_in_the_next():
    place = replace(fleet(workers(times(), 2, kept=(2, 0), idle=5.0)), stages=(Stage(0, 0.0), Stage(1, 40.0)))
    _, played, _ = run(place, requests([1.0], 10, 1), paid_s=100.0)
    assert paid_s(played).tolist() == [45.0, 45.0]
    assert (played.world.by_period[:2] / PS_PER_S).tolist() == [[40.0, 5.0], [40.0, 5.0]]


def test_a_full_worker_makes_another_start_up_to_the_most():
    # One sequence at a time: the first two of four at once each start a worker, the others wait for one of them.
    rows, played, _ = run(fleet(workers(times(seqs=1), 2)), requests([0.0] * 4, 10, 1))
    assert played.world.replicas["starts"].tolist() == [1, 1] and played.world.replicas["sent"].tolist() == [2, 2]
    assert sorted(((rows["first"] - rows["arrived"]) // MS).tolist()) == [10_001, 10_001, 10_002, 10_002]


def test_a_worker_is_up_for_as_long_as_an_infinite_server_is_busy():
    # Stays of exactly 1 + 4 s from Poisson arrivals at 0.3/s, no start-up: M/G/inf is empty for e^(-0.3 x 5) = 0.2231 of the time,
    # and so many requests find no worker up.
    draw = np.random.default_rng(1)
    at = draw.exponential(1 / 0.3, 100_000).cumsum()
    record = times(seqs=64, budget=4096, kv=1e9, step=0.01, slope=0.0, token=0.0)
    _, played, _ = run(fleet(workers(record, 1, start=0.0, idle=4.0)), requests(at, 1, 101), paid_s=float(at[-1]))
    assert played.world.replicas["cold"][0] / len(at) == pytest.approx(math.exp(-1.5), rel=0.02)
    assert paid_s(played)[0] / at[-1] == pytest.approx(1 - math.exp(-1.5), rel=0.01)


def test_an_autoscaler_starts_what_its_target_asks_for_and_takes_it_away_when_it_was_calm():
    # Ten requests at once, two for each replica: at the first look (15 s) 5 are wanted, 4 of them new, ready at 45 s. All is done by
    # 22 s or so (2,000 steps of 10 ms and a little). The look at 15 s is remembered for 20 looks: at 15 + 300 s four stop.
    record = times(seqs=10, kv=1e9, slope=0.0)
    rows, played, _ = run(fleet(scaled(record)), requests([0.0] * 10, 10, 2_000), paid_s=1_000.0)
    assert (rows["status"] == FINISHED).all() and rows["last"].max() < 22 * PS_PER_S
    assert played.world.replicas["starts"].tolist() == [0, 1, 1, 1, 1, 0]
    assert paid_s(played).tolist() == [1_000.0, 300.0, 300.0, 300.0, 300.0, 0.0]


def test_replicas_that_start_serve_only_when_they_are_up():
    # One at a time; from 45 s on the second replica takes every other request.
    at = np.arange(0.0, 90.0, 1.0)
    rows, _, _ = run(fleet(scaled(times(seqs=4, slope=0.0), most=2, target=1.0)), requests(at, 10, 300))
    assert rows[rows["replica"] == 1]["arrived"].min() >= 45 * PS_PER_S


def test_no_more_than_twice_as_many_or_four_more_in_one_look():
    # 40 requests on 1 replica, one each: 5 after 15 s, 10 after 30 s, 20 after 45 s, 40 after 60 s.
    record = times(seqs=64, kv=1e9, slope=0.0)
    _, played, _ = run(fleet(scaled(record, target=1.0, most=40, start=600.0)), requests([0.0] * 40, 10, 50_000), paid_s=70.0)
    began = 70.0 - paid_s(played)
    assert sorted(began.tolist()) == [0.0] + [15.0] * 4 + [30.0] * 5 + [45.0] * 10 + [60.0] * 20


def test_utilisation_brings_as_many_replicas_as_the_work_over_the_target():
    # 4 requests/s of 1.5 s of work each are 6 busy replicas; at a target of 0.75 that is 8. Work is looked at over a minute, where
    # 240 requests spread by 15.5 = 6.5 %, and the highest of 300 s counts: a little more than 8.
    draw = np.random.default_rng(2)
    at = draw.exponential(1 / 4.0, 40_000).cumsum()
    place = fleet(scaled(measured_work((1.5,)), measure="utilisation", target=0.75, most=20, start=60.0, first=8, work=(1.5,)))
    _, played, _ = run(place, requests(at, 10, 10), paid_s=float(at[-1]))
    assert 8.0 <= paid_s(played).sum() / at[-1] <= 9.5


def test_replicas_of_one_instance_are_paid_once():
    record = times(seqs=10, kv=1e9, slope=0.0)
    own = scaled(record)
    place = fleet(replace(own, parts=(Part("p", "here", "firm", (6,), 4),)))
    _, played, _ = run(place, requests([0.0] * 10, 10, 2_000), paid_s=1_000.0)
    # As above five replicas are up for a while: four of them on the first instance, one on the second.
    assert paid_s(played).tolist() == [1_000.0, 0.0, 0.0, 0.0, 300.0, 0.0]


def test_a_replica_that_is_lost_is_replaced_by_another_and_not_paid():
    record = times(seqs=10, kv=1e9, slope=0.0)
    place = fleet(scaled(record, least=2, most=3, first=2))
    rows, played, _ = run(place, requests([0.0, 0.0], 10, 20_000), outages=[Outage(0, 20.0)], paid_s=300.0)
    # Lost at 20 s; the look at 30 s starts the third.
    assert paid_s(played).tolist() == [20.0, 300.0, 270.0] and played.world.replicas[0]["phase"] == OFF
    assert (rows["status"] == FINISHED).all() and rows["retries"].sum() == 1


def test_one_queue_for_a_group_waits_as_erlang_c_says():
    # M/M/4: four replicas of one sequence each, work nearly exponential with mean 0.5 s, 6 requests/s. Erlang C = 13.5 / 26.5,
    # mean wait = C w / (4 - 3). Sent at once to the replica with the fewest requests they would wait longer.
    draw = np.random.default_rng(4)
    lengths, at = draw.geometric(1 / 500, 200_000) + 1, np.random.default_rng(5).exponential(1 / 6.0, 200_000).cumsum()
    record = times(seqs=1, budget=64, kv=1e9, step=0.001, slope=0.0, token=0.0)
    pooled, _, _ = run(fleet(replace(group(record, (4,)), queued=True)), requests(at, 1, lengths))
    assert ((pooled["first"] - pooled["arrived"]) / PS_PER_S).mean() == pytest.approx(13.5 / 26.5 * 0.5, rel=0.05)
    assert (np.diff(pooled["first"]) >= 0).all()  # first come, first served, whatever the replica


def test_what_waits_for_a_group_is_served_when_its_replicas_come_and_else_is_left_over():
    # No replica for 100 s, then one; a sequence at a time, 1 ms to read and one token.
    record = times(seqs=1)
    place = replace(fleet(replace(group(record, (0, 1), rates=((1.0, 1.0),)), queued=True)), stages=(Stage(0, 0.0), Stage(1, 100.0)))
    rows, played, _ = run(place, requests([0.0, 50.0, 99.0], 10, 1))
    assert (rows["first"] // MS).tolist() == [100_001, 100_002, 100_003]
    never = replace(place, stages=(Stage(0, 0.0),))
    rows, _, tally = run(never, requests([0.0, 50.0], 10, 1))
    assert rows["status"].tolist() == [UNFINISHED] * 2 and tally.requests == 2


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), retry=st.booleans(), idle=st.sampled_from([0.0, 0.4, 30.0]), target=st.sampled_from([1.0, 3.0]))
def test_jumping_gives_what_stepping_gives_also_when_replicas_come_and_go(seed, retry, idle, target):
    draw = np.random.default_rng(seed)
    at = np.sort(np.round(draw.uniform(0, 90, 120), 2))
    record = times(5, 40, 300.0, step=0.05, knots=(0, 25))
    place = replace(
        fleet(
            workers(record, 3, start=1.5, idle=idle, kept=(0, 1)),
            replace(scaled(record, target=target, start=5.0, calm=30.0), parts=(Part("p", "here", "firm", (4, 4), 2),), rate_per_s=((1.0, 2.0),)),
            replace(group(record, (0, 1), rates=((1.0, 1.0),), name="q"), queued=True),
        ),
        stages=(Stage(0, 0.0), Stage(1, 40.0), Stage(0, 80.0)),
    )
    outages = tuple(Outage(int(draw.integers(3, 7)), float(lost), float(lost) + 10.0) for lost in draw.uniform(0, 90, 2))
    chunk = requests(at, draw.integers(1, 90, 120), draw.integers(1, 40, 120))
    (jumped, one, _), (stepped, two, _) = (
        run(place, chunk, rules=Rules(retry=retry, stepping=stepping), outages=outages, paid_s=100.0) for stepping in (False, True)
    )
    assert (jumped == stepped).all() and (one.world.by_period == two.world.by_period).all()
    for name in ("starts", "cold", "sent", "up_ps", "busy_ps", "kv_sum"):
        assert (one.world.replicas[name] == two.world.replicas[name]).all(), name
