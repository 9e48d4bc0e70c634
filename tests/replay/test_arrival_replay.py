"""Arrivals replayed through a server that only reads: a load that misses a limit there misses it in every simulation."""

import numpy as np
import pytest

from planner.perf.iteration import measured_work
from planner.replay import shares
from planner.replay.arrival_replay import first_tokens, reading_s, surely_missed
from planner.replay.sources import Drawn
from planner.simulate.tally import Limit
from tests.simulate.cases import fleet, group, requests, run, server, times


def test_one_server_takes_work_in_order_of_arrival():
    # Work of 2 s each at 0, 1 and 10: done at 2, 4 and 12.
    assert first_tokens(np.array([0.0, 1.0, 10.0]), np.full(3, 2.0)).tolist() == [2.0, 4.0, 12.0]


def test_pieces_of_work_end_exactly_as_simulated():
    at = np.random.default_rng(1).exponential(1.0, 2_000).cumsum()
    chunk = requests(at, 10, 10)
    rows, _, _ = run(server(0.8), chunk)
    assert first_tokens(chunk.at_ps / 1e12, reading_s(measured_work((0.8,)), chunk)) * 1e12 == pytest.approx(rows["last"], rel=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_no_first_token_comes_sooner_in_a_simulation(seed):
    draw = np.random.default_rng(seed)
    chunk = requests(np.sort(draw.uniform(0, 20, 300)), draw.integers(1, 200, 300), draw.integers(1, 30, 300))
    record = times(seqs=4 + seed, budget=40, kv=400.0, token=1e-3, pair=1e-6, step=0.002)
    rows, _, _ = run(fleet(group(record)), chunk)
    assert (rows["first"] >= first_tokens(chunk.at_ps / 1e12, reading_s(record, chunk)) * 1e12 * (1 - 1e-9)).all()


@pytest.mark.parametrize("token, spared", [(2e-3, True), (1e-5, False)])
def test_tables_are_the_same_without_it_and_take_more_runs(monkeypatch, token, spared):
    # Prompts of 100 tokens at 2 ms each are all there is to wait for; at 0.01 ms they are next to nothing.
    import planner.replay.sources as sources

    monkeypatch.setattr(sources, "PROBE_REQUESTS", 1_500)
    monkeypatch.setattr(sources, "PROBE_S", 10.0)
    source, limits = Drawn(((100.0, 5.0),), (1.0,), 4.0, 0), (Limit("ttft", 95.0, 1500.0),)
    record = times(seqs=8, budget=200, kv=1e6, token=token, step=0.005, slope=0.0)
    runs: list[int] = []
    play = shares.play
    monkeypatch.setattr(shares, "play", lambda *given, **named: runs.append(1) or play(*given, **named))
    pruned = shares.share_table(record, (100 * token + 0.02 / 8,), limits, source, 2)
    first, runs[:] = len(runs), []
    monkeypatch.setattr(shares, "surely_missed", lambda *_: False)
    assert shares.share_table(record, (100 * token + 0.02 / 8,), limits, source, 2) == pruned
    assert (first < len(runs)) == spared


def test_limits_that_reading_says_nothing_of_are_left_to_the_simulation():
    chunk = requests(np.zeros(100), 10, 10)
    assert not surely_missed(times(token=1.0), (Limit("tpot", 95.0, 1.0),), [chunk], 0.0)
    assert surely_missed(times(token=1.0), (Limit("ttft", 95.0, 1000.0),), [chunk], 0.0)
    assert not surely_missed(times(token=1.0), (Limit("ttft", 95.0, 1000.0),), [], 0.0)
