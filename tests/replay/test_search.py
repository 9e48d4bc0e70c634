"""The search for the cheapest plan that holds: what tables say, what held-back requests are, and what no single share beats."""

import json

import numpy as np
import pytest

from planner.problem.schema import Periods
from planner.replay.held_requests import HeldBack, held_requests, superposed
from planner.replay.tables import lowered, share_at, shown, table_of
from planner.replay.cell import Load
from planner.workload import Trace

KEY = ("fp8", "L40S", 1, 1, "vllm", 32)


def trace(*seconds):
    at = np.array(seconds, float)
    return Trace(at, np.full(len(at), 100), np.full(len(at), 10))


def played(chunks):
    return np.concatenate([chunk.at_ps for chunk in chunks]) / 1e12


def test_what_four_replicas_could_not_carry_fewer_cannot_and_more_may():
    table = lowered(table_of(KEY, ((1, 0.9),), "bold"), 4, 0.7)
    assert table.levels == ((1, 0.7), (5, 0.9))
    # Eight could not carry 0.8, and what was said of four stands.
    table = lowered(table, 8, 0.8)
    assert table.levels == ((1, 0.7), (5, 0.8), (9, 0.9))
    assert [share_at(table, n) for n in (1, 4, 5, 8, 9, 100)] == [0.7, 0.7, 0.8, 0.8, 0.9, 0.9]


def test_a_table_as_carried_promises_no_more_than_was_seen():
    table = lowered(table_of(KEY, ((1, 0.99),), "bold"), 2, 0.5)
    seen = [Load(KEY, "aws:us-east-1", n, used) for n, used in ((3, 0.6), (6, 0.8), (0, 0.0))]
    # Two replicas were seen nowhere: what three carried, but never above the 0.5 at which they missed.
    assert shown(table, seen).levels == ((1, 0.5), (3, 0.6), (6, 0.8))


def test_copies_at_once_keep_every_request_and_the_length_of_the_trace():
    # Five seconds long, twice at once: the second copy begins 2.5 s later and wraps around.
    two = superposed(trace(0, 1, 5), 2)
    assert two.t_seconds.tolist() == [0.0, 0.0, 1.0, 2.5, 2.5, 3.5]


def test_a_stated_rate_is_met_by_copies_and_a_trace_of_its_own_rate_plays_faster(service):
    one_a_second = trace(*range(101))
    # 3.5 requests/s from one a second: four copies, each a little slower; 100 s last 100 x 4 / 3.5.
    chunks, seconds = held_requests(HeldBack(one_a_second, own_rate=False), service, Periods(), 0, rate=3.5, planned=1.0)
    assert seconds == pytest.approx(100 * 4 / 3.5) and len(played(chunks)) == 404
    # Planned with two a second and a plan for six: three times as fast, and half as many came as were planned with.
    chunks, seconds = held_requests(HeldBack(one_a_second, own_rate=True), service, Periods(), 0, rate=6.0, planned=2.0)
    assert seconds == pytest.approx(100 / 3) and len(played(chunks)) == 101


def test_a_trace_of_days_is_played_by_the_hour_that_it_came_in(service):
    # Two days; hour 6 UTC of each has two requests 60 s apart, hour 18 has none.
    days = trace(0, 6 * 3600, 6 * 3600 + 60, 30 * 3600, 30 * 3600 + 60)
    periods = Periods(kind="day", per_day=2)
    chunks, seconds = held_requests(HeldBack(days, own_rate=True), service, periods, 0, rate=1.0, planned=1.0)
    # All five are of the first half of a day; the second day's half follows 12 h after the first one began.
    assert played(chunks).tolist() == [0.0, 21600.0, 21660.0, 64800.0, 64860.0] and seconds == pytest.approx(64860.0)
    # Nothing came in the second half: it is played with all of it, at the rate that is planned for.
    chunks, seconds = held_requests(HeldBack(days, own_rate=True), service, periods, 1, rate=1.0, planned=1.0)
    assert len(played(chunks)) / seconds == pytest.approx(1.0, rel=0.5)


def test_a_rare_request_makes_no_run_that_outlasts_its_clock(service):
    from planner.replay.held_requests import drawn_requests
    from planner.replay.sources import LONGEST_S, Drawn

    # Twenty thousand requests at one in ten thousand seconds would last 2e8 s: 2e20 picoseconds, over 63 bits.
    for chunks, seconds in (Drawn(((100.0, 10.0),), (1.0,), 1.0, 0).at(1e-4), drawn_requests(service, [1e-4], 0, (0,), 20_000, 3600.0, 1e6)):
        assert seconds == LONGEST_S
        at = played(chunks)
        assert len(at) and (at >= 0).all() and at.max() <= LONGEST_S
    chunks, seconds = held_requests(HeldBack(trace(*range(101)), own_rate=True), service, Periods(), 0, rate=1e-6, planned=1.0)
    assert seconds == pytest.approx(LONGEST_S) and (played(chunks) >= 0).all()


@pytest.fixture
def service(tmp_path):
    return _loaded(tmp_path).problem.services[0]


def test_no_single_share_gives_a_cheaper_plan_that_holds(tmp_path):
    from planner.catalog import load_catalog
    from planner.replay.tables import uniform_tables
    from planner.replay.search import Asked, begun
    from planner.replay.tighten import searched
    from planner.solve import Options, Solved

    loaded = _loaded(tmp_path)
    search = begun(loaded, load_catalog(loaded.problem.catalog), Asked(Options(), seeds=1))
    plan = searched(search).plan
    assert plan.simulation.held_where_picked and plan.checked
    best, search.best = plan.cost["total_usd_per_month"], None
    kept = []
    for share in (0.95, 0.8, 0.65, 0.5, 0.35, 0.2):
        tables = uniform_tables(search.configurations, share)
        outcome = search.solved(tables)
        if isinstance(outcome, Solved) and search.tried(outcome.plan, tables, "one share").done:
            kept.append(outcome.plan.cost["total_usd_per_month"])
    assert kept and best <= min(kept) * (1 + 1e-4)
    # The shares of the final plan are what it carries: no room is promised that nobody looked at.
    for one in plan.services[0].deployments:
        if one.share_basis == "simulated" and plan.simulation.rounds[-1].basis == "as carried":
            assert max(room for room in one.headroom if room is not None) < 0.01


def _loaded(folder):
    from planner.problem.load import load_problem

    content = {
        "schema_version": 1, "catalog": "2026-11", "commitments": {"offered": False},
        "services": [{
            "name": "chat", "model": "Llama-3.1-8B",
            "workload": {"rate_per_s": 12, "classes": [{"input_tokens": 1000, "output_tokens": 200, "share": 1}], "dispersion_10s": 6},
            "slo": {"ttft_ms": {"p95": 800}, "tpot_ms": {"p95": 60}},
            "allow": {"regions": ["aws:us-east-1"], "accelerators": ["L4", "L40S"], "variants": ["fp8"], "tp": [1]},
            "batch_limits": [16],
        }],
    }  # fmt: skip
    path = folder / "problem.json"
    path.write_text(json.dumps(content))
    return load_problem(str(path))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Fewer requests a trial and a table."""
    import planner.replay.sources as sources
    import planner.replay.trial as trial

    monkeypatch.setattr(trial, "DRAWN_REQUESTS", 4_000)
    monkeypatch.setattr(trial, "DRAWN_S", 300.0)
    monkeypatch.setattr(sources, "PROBE_REQUESTS", 2_000)
    monkeypatch.setattr(sources, "PROBE_S", 150.0)
