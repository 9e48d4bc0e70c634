"""The simulation against what is known exactly: queues, saturation, Little's law, and nothing lost or made up."""

import math

import numpy as np
import pytest

from planner.perf.iteration import measured_work
from planner.simulate.arrivals import drawn
from planner.simulate.service import Rules
from planner.simulate.kernel.world import FINISHED, PS_PER_S, REFUSED, TOO_LONG
from tests.simulate.cases import fleet, group, requests, run, server, times


def poisson(rate, count, seed):
    return np.random.default_rng(seed).exponential(1 / rate, count).cumsum()


def test_one_server_with_even_work_waits_as_pollaczek_and_khinchine_say():
    # M/D/1 at load 0.8, work 1 s: mean wait = rho w / (2 (1 - rho)) = 0.8 / 0.4 = 2 s, so 3 s in all.
    rows, _, _ = run(server(1.0), requests(poisson(0.8, 200_000, 1), 10, 10))
    mean = (rows["last"] - rows["arrived"]).mean() / PS_PER_S
    assert mean == pytest.approx(3.0, rel=0.03)


def test_one_server_with_exponential_work_waits_as_erlang_says():
    # M/M/1: a sequence at a time, reading takes nothing, a token 1 ms. Outputs are 1 + geometric with mean 500: work 0.5 s,
    # nearly exponential. At rate 1.4 the load is 0.7 and the mean time in the system w / (1 - rho) = 0.5 / 0.3 = 1.667 s.
    draw = np.random.default_rng(2)
    lengths = draw.geometric(1 / 500, 300_000) + 1
    record = times(seqs=1, budget=64, kv=1e9, step=0.001, slope=0.0, token=0.0)
    rows, _, _ = run(fleet(group(record)), requests(poisson(1.4, 300_000, 3), 1, lengths))
    stay = (rows["last"] - rows["arrived"]) / PS_PER_S
    assert stay.mean() == pytest.approx(0.5 / 0.3, rel=0.03)
    # The time in the system is exponential too: its p95 is ln 20 times its mean.
    assert np.quantile(stay, 0.95) == pytest.approx(math.log(20) * 0.5 / 0.3, rel=0.03)


def test_pooled_servers_wait_as_erlang_c_says():
    # M/M/4 in one queue needs one replica of 4 sequences whose steps take the same however many run: load 0.75,
    # offered a = 3. Erlang C = (a^4/4! x 4/(4-a)) / (sum a^k/k! + the same) = 13.5 / 26.5; wait = C w / (4 - a) = 0.2547 s.
    draw = np.random.default_rng(4)
    lengths = draw.geometric(1 / 500, 150_000) + 1
    record = times(seqs=4, budget=64, kv=1e9, step=0.001, slope=0.0, token=0.0)
    rows, _, _ = run(fleet(group(record)), requests(poisson(6.0, 150_000, 5), 1, lengths))
    waited = ((rows["first"] - rows["arrived"]) / PS_PER_S).mean()
    assert waited == pytest.approx(13.5 / 26.5 * 0.5, rel=0.05)


def test_a_saturated_replica_serves_what_its_iterations_allow():
    # 8 sequences, 1 ms a step whoever runs, 100 tokens each after the first: 8 / (99 x 1 ms) = 80.8 requests/s at most;
    # all are there at once and reading takes nothing.
    record = times(seqs=8, budget=64, kv=1e9, step=0.001, slope=0.0, token=0.0)
    rows, played, _ = run(fleet(group(record)), requests(np.zeros(8_000), 1, 100))
    assert played.ended_s == pytest.approx(8_000 / (8 / 0.099), rel=0.02)
    assert (rows["status"] == FINISHED).all()


def test_littles_law_holds_to_the_last_digit():
    # Requests in the system, summed over time, are the times that all requests spent in it.
    rows, played, _ = run(fleet(group(times(), (2,))), requests(poisson(20.0, 5_000, 6), 30, 20))
    assert played.area == pytest.approx(float((rows["last"] - rows["arrived"]).sum()) / PS_PER_S, rel=1e-9)


@pytest.mark.parametrize("router", ["plan", "least-outstanding", "round-robin", "random"])
def test_every_request_leaves_once_and_every_token_is_made_once(router):
    draw = np.random.default_rng(7)
    outputs, inputs = draw.integers(1, 60, 4_000), draw.integers(1, 60, 4_000)
    rows, played, tally = run(
        fleet(group(times(kv=250.0), (3,))), requests(poisson(60.0, 4_000, 8), inputs, outputs), rules=Rules(router)
    )
    assert rows["index"].tolist() == list(range(4_000))
    assert (rows["made"] == outputs).all() and (rows["status"] == FINISHED).all()
    own = played.world.replicas
    assert own["preempted"].sum() > 0  # the cache is small
    # Without preemption every prompt token would be read once; tokens made before one are read again, none made twice.
    assert own["tokens_out"].sum() == outputs.sum()
    assert own["tokens_in"].sum() > inputs.sum()
    assert (own["kv"] == 0).all() and (own["context"] == 0).all() and (own["seqs"] == 0).all()
    assert tally.requests == 4_000


def test_requests_are_read_in_order_of_arrival():
    rows, _, _ = run(fleet(group(times(kv=300.0))), requests(poisson(50.0, 2_000, 9), 25, 15))
    assert (np.diff(rows["first"]) >= 0).all()


def test_a_preempted_request_keeps_its_place_and_its_tokens():
    # Two requests of 40 + 40 tokens in a cache of 120: both fit at first (41 + 41), and later one has to go.
    rows, played, _ = run(fleet(group(times(kv=120.0))), requests([0.0, 0.0], 40, 40))
    assert played.world.replicas[0]["preempted"] == 1
    assert rows["made"].tolist() == [40, 40]
    assert rows[0]["last"] < rows[1]["last"]  # the younger one waited


def test_one_seed_repeats_byte_for_byte_and_two_differ():
    def once(seed):
        place = fleet(group(times(), (2,)))
        return run(place, *drawn([(0.0, 100.0, [20.0])], [(30.0, 20.0)], 4.0, seed), seed=seed)[0].tobytes()

    assert once(1) == once(1)
    assert once(1) != once(2)


def test_drawn_answers_lie_around_the_mean_and_never_beyond_what_the_model_takes():
    # Means of 200 and 990 tokens after 10: to a fifth either side, but requests of 1,000 tokens are the longest that the model takes.
    chunks = list(drawn([(0.0, 20_000.0, [1.0, 1.0])], [(10.0, 200.0), (10.0, 990.0)], 1.0, 5, spread=0.2, longest=1000))
    kind, made = (np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in ("kind", "output_tokens"))
    short, long = made[kind == 0], made[kind == 1]
    assert (short.min(), short.max()) == (160, 240) and short.mean() == pytest.approx(200, rel=0.005)
    assert long.min() == 792 and long.max() == 990
    # The same instants and classes come without a spread.
    plain = list(drawn([(0.0, 20_000.0, [1.0, 1.0])], [(10.0, 200.0), (10.0, 990.0)], 1.0, 5))
    assert [c.at_ps.tolist() for c in plain] == [c.at_ps.tolist() for c in chunks] and set(np.concatenate([c.output_tokens for c in plain])) == {200, 990}


@pytest.mark.parametrize("dispersion", [0.25, 1.0, 3.0, 75.0])
def test_drawn_arrivals_have_the_dispersion_and_the_rate_asked_for(dispersion):
    chunks = list(drawn([(0.0, 200_000.0, [1.0, 3.0])], [(30.0, 20.0), (5.0, 6.0)], dispersion, 11))
    at = np.concatenate([c.at_ps for c in chunks]) / PS_PER_S
    counts = np.bincount((at // 10).astype(int), minlength=20_000)[:20_000]
    assert counts.mean() == pytest.approx(40.0, rel=0.03)
    assert counts.var() / counts.mean() == pytest.approx(dispersion, rel=0.1, abs=0.02)
    assert (np.diff(at) >= 0).all()
    assert np.concatenate([c.kind for c in chunks]).mean() == pytest.approx(0.75, abs=0.02)


def test_requests_that_nothing_can_hold_are_turned_away_and_the_rest_served():
    rows, _, tally = run(fleet(group(times(kv=100.0), context=90)), requests([0.0, 1.0, 2.0, 3.0], [50, 95, 80, 10], [40, 6, 10, 5]))
    assert rows["status"].tolist() == [FINISHED, TOO_LONG, FINISHED, FINISHED]
    assert tally.requests == 4


def test_without_a_replica_everyone_is_refused():
    rows, _, _ = run(fleet(group(times(), (0,))), requests([0.0, 1.0], 10, 10))
    assert rows["status"].tolist() == [REFUSED, REFUSED]


def test_unlike_classes_of_measured_work_take_their_own_time():
    place = fleet(group(measured_work((1.0, 3.0)), rates=((1.0,), (1.0,))), classes=((10.0, 10.0), (100.0, 10.0)))
    rows, _, _ = run(place, requests([0.0, 10.0], [10, 100], 10, kind=[0, 1]))
    assert ((rows["last"] - rows["arrived"]) / PS_PER_S).tolist() == [1.0, 3.0]
