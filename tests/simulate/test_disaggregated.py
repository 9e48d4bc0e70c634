"""Prompts read on some replicas and answers decoded on others: the cache moves once, over links, and nothing is lost on the way."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.simulate.fleet import Outage, Part, Stage, Transfer
from planner.simulate.kernel.world import FINISHED, KV_UNIT, PS_PER_S
from planner.simulate.service import Rules
from tests.simulate.cases import fleet, group, requests, run, times

MS = PS_PER_S // 1000


def apart(record, reads, writes, *, s_per_token=1e-4, latency_s=0.005, stages=(Stage(0, 0.0),), **more):
    """A fleet of replicas that read prompts and replicas that decode, by period."""
    parts = (Part("pool", "here", "firm", tuple(reads), role="prefill"), Part("pool", "here", "firm", tuple(writes), role="decode"))
    own = group(record, parts=parts, rates=((1.0,) * len(reads),), **more)
    return fleet(replace(own, transfer=Transfer(s_per_token, latency_s)), stages=stages)


def test_an_answer_goes_on_where_its_cache_arrived():
    # Ten tokens are read in 1 ms, when the first token is there. 11 tokens of cache take 1.1 ms on the link and 5 ms more; then four
    # steps of 10 ms + 1 us per token in cache: 11, 12, 13, 14.
    rows, played, _ = run(apart(times(), (1,), (1,)), requests([0.0], 10, 5))
    assert rows[0]["first"] == 1 * MS and rows[0]["replica"] == 1
    assert rows[0]["last"] == 1 * MS + 11 * MS // 10 + 5 * MS + 40 * MS + (11 + 12 + 13 + 14) * MS // 1000
    own = played.world.replicas
    assert own["moved"].tolist() == [0, 1] and own["moved_kv"].tolist() == [0, 11 * KV_UNIT]
    assert own["tokens_in"].tolist() == [10, 0] and own["tokens_out"].tolist() == [1, 4]


def test_the_gap_after_the_first_token_holds_the_transfer():
    # As above: 6.1 ms of transfer and a step of 10.011 ms, then three of 10.012 to 10.014 ms; bins are 0.5 % wide.
    _, _, tally = run(apart(times(), (1,), (1,)), requests([0.0], 10, 5), end_s=1.0)
    assert tally.finished("itl") == 4
    assert [one.value_ms for one in tally.quantiles("itl", (75.0, 100.0))] == pytest.approx([10.014, 16.111], rel=0.006)


def test_an_answer_of_one_token_moves_nothing():
    rows, played, _ = run(apart(times(), (1,), (1,)), requests([0.0, 0.0], 10, 1))
    assert (rows["status"] == FINISHED).all() and played.world.replicas["moved"].sum() == 0


def test_a_link_carries_one_cache_at_a_time():
    # Read after 1 ms and after 2 ms. Each takes 11 x 10 ms on the link of the one that read them, the second when the first is over.
    rows, played, _ = run(apart(times(), (1,), (2,), s_per_token=0.01, latency_s=0.0), requests([0.0, 0.0], 10, 2))
    assert sorted(rows["last"].tolist()) == [1 * MS + k * 110 * MS + 10 * MS + 11 * MS // 1000 for k in (1, 2)]
    assert played.world.replicas["stood_ps"].sum() == 109 * MS and played.world.replicas["moving_ps"].sum() == 220 * MS


def test_a_link_is_a_server_that_pollaczek_and_khinchine_describe():
    # M/D/1: a cache of 2 tokens takes 1 s on the link, 0.8 requests/s ask for it; reading and decoding take next to nothing. Mean wait
    # 0.8 / (2 x 0.2) = 2 s.
    at = np.random.default_rng(1).exponential(1 / 0.8, 200_000).cumsum()
    record = times(seqs=10**4, budget=2 * 10**4, kv=1e9, step=0.0, slope=0.0, token=0.0)
    rows, played, _ = run(apart(record, (1,), (1,), s_per_token=0.5, latency_s=0.0), requests(at, 1, 2))
    assert played.world.replicas["stood_ps"].sum() / PS_PER_S / len(at) == pytest.approx(2.0, rel=0.04)
    assert ((rows["last"] - rows["first"]) / PS_PER_S).mean() == pytest.approx(3.0, rel=0.03)


def test_a_saturated_pair_serves_what_its_slower_half_allows():
    # Reading 10 tokens takes 1 ms. A decode replica of 8 sequences at 1 ms a step makes 8 / (99 x 1 ms) = 80.8 answers/s of 99 more
    # tokens; one that reads keeps two of those at 161.6 busy, and four are held up by it at 1,000 / s less what is lost between steps.
    record = times(seqs=8, budget=64, kv=1e9, step=0.001, slope=0.0)
    for writes, served in ((1, 80.8), (2, 161.6)):
        _, played, _ = run(apart(record, (1,), (writes,), s_per_token=0.0, latency_s=0.0), requests(np.zeros(4_000), 10, 100))
        assert 4_000 / played.ended_s == pytest.approx(served, rel=0.03)
    _, played, _ = run(apart(record, (1,), (4,), s_per_token=0.0, latency_s=0.0), requests(np.zeros(4_000), 10, 10))
    assert 4_000 / played.ended_s == pytest.approx(1_000.0, rel=0.03)


def test_a_prompt_holds_its_room_until_its_cache_has_moved():
    # Cache for one prompt of 40 where it is read; 41 tokens take 4.1 s to move. The second is read (4 ms) when the first has landed.
    rows, _, _ = run(apart(times(kv=60.0), (1,), (1,), s_per_token=0.1, latency_s=0.0), requests([0.0, 0.0], 40, 5))
    assert rows[0]["first"] == 4 * MS and rows[1]["first"] == 4 * MS + 4_100 * MS + 4 * MS


def test_no_decode_replica_takes_more_than_its_cache_holds():
    # Room for one of 10 + 30 tokens at a time: the second moves when the first has gone.
    rows, played, _ = run(apart(times(kv=45.0), (1,), (1,)), requests([0.0, 0.0], 10, 30))
    assert played.world.replicas["preempted"].sum() <= 1 and (rows["status"] == FINISHED).all()
    assert rows["last"][1] > rows["last"][0]


@pytest.mark.parametrize("lost, left", [("decode", 0), ("prefill", 1)])
def test_where_one_kind_is_lost_the_other_does_both(lost, left):
    rows, played, _ = run(apart(times(), (1,), (1,)), requests([1.0, 2.0], 10, 5), outages=[Outage(1 - left, 0.5)])
    assert (rows["status"] == FINISHED).all() and set(rows["replica"]) == {left}
    assert played.world.replicas["moved"].sum() == 0


def test_whoever_lost_its_cache_on_the_way_starts_anew():
    # The transfer takes 1.1 s; the reader is lost after 0.5 s, and the other one reads and decodes.
    rows, played, _ = run(apart(times(), (1,), (1,), s_per_token=0.1), requests([0.0], 10, 5), outages=[Outage(0, 0.5)])
    assert rows[0]["retries"] == 1 and rows[0]["replica"] == 1 and rows[0]["made"] == 5
    assert rows[0]["first"] == 501 * MS
    assert (played.world.replicas["kv"] == 0).all() and (played.world.replicas["outstanding"] == 0).all()


def test_every_token_is_made_once_and_all_room_is_given_back():
    draw = np.random.default_rng(7)
    outputs, inputs = draw.integers(1, 60, 4_000), draw.integers(1, 60, 4_000)
    at = draw.exponential(1 / 40.0, 4_000).cumsum()
    rows, played, tally = run(apart(times(kv=250.0), (2,), (3,)), requests(at, inputs, outputs))
    own = played.world.replicas
    assert (rows["made"] == outputs).all() and (rows["status"] == FINISHED).all() and tally.requests == 4_000
    assert own["tokens_out"].sum() == outputs.sum() and own["tokens_in"][:2].sum() == inputs.sum()
    assert own["moved"].sum() == (outputs > 1).sum() and own["moved_kv"].sum() == ((inputs + 1)[outputs > 1]).sum() * KV_UNIT
    assert (own["tokens_in"][2:] > 0).any()  # the cache is small: those preempted are read again where they were
    assert tally.finished("itl") == (outputs - 1).sum()
    for name in ("kv", "kv_rate", "context", "seqs", "outstanding"):
        assert (own[name] == 0).all(), name
    assert played.area == pytest.approx(float((rows["last"] - rows["arrived"]).sum()) / PS_PER_S, rel=1e-9)


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 10**6), seqs=st.integers(1, 7), kv=st.integers(130, 400), s_per_token=st.sampled_from([0.0, 1e-4, 5e-3]),
    latency=st.sampled_from([0.0, 0.01, 0.3]), retry=st.booleans(), knots=st.sampled_from([(0,), (0, 25)]), faults=st.integers(0, 4),
)  # fmt: skip
def test_jumping_gives_what_stepping_gives(seed, seqs, kv, s_per_token, latency, retry, knots, faults):
    draw = np.random.default_rng(seed)
    at = np.sort(np.round(draw.uniform(0, 12, 80), draw.integers(1, 6)))
    place = apart(
        times(seqs, 40, float(kv), slope=1e-4, knots=knots), (2, 1, 1), (1, 2, 0), s_per_token=s_per_token, latency_s=latency,
        stages=(Stage(0, 0.0), Stage(1, 4.0), Stage(2, 8.0)),
    )  # fmt: skip
    outages = tuple(Outage(int(draw.integers(4)), float(start), float(start + draw.exponential(2.0))) for start in draw.uniform(0, 12, faults))
    chunk = requests(at, draw.integers(1, 90, 80), draw.integers(1, 40, 80))
    (jumped, one, a), (stepped, two, b) = (run(place, chunk, rules=Rules(retry=retry, stepping=s), outages=outages) for s in (False, True))
    assert (jumped == stepped).all() and one.ended_s == two.ended_s
    assert (a.counts["itl"] == b.counts["itl"]).all()
    for name in ("iterations", "busy_ps", "tokens_in", "tokens_out", "preempted", "kv_sum", "moved", "moved_kv", "moving_ps", "stood_ps"):
        assert (one.world.replicas[name] == two.world.replicas[name]).all(), name
    assert (one.world.replicas["kv"] == 0).all() and len(jumped) == 80
