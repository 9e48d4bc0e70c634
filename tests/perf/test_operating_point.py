"""Properties that every operating point has, whatever the coefficients."""

import numpy as np
import pytest

from planner.perf.closed_loop import closed_loop
from planner.perf.operating_point import (
    DoesNotFit,
    OperatingPoint,
    Unpredictable,
    operating_point,
    operating_points,
)
from planner.perf.replica import Engine, Precision, Replica
from planner.perf.runs import MeasuredPoint, Run
from tests.perf.shapes import A10G, H100, LLAMA_8B, LLAMA_70B

INPUT, OUTPUT, SHARES = [500.0, 2000.0, 6000.0], [100.0, 300.0, 500.0], [0.5, 0.3, 0.2]
REPLICA = Replica(LLAMA_70B, H100, tp=4)


def point(replica=REPLICA, **options) -> OperatingPoint:
    return operating_point(replica, INPUT, OUTPUT, SHARES, **options)


def test_saturation_is_where_the_work_of_all_classes_fills_one_replica():
    found = point()
    assert found.saturation_rps * np.dot(SHARES, found.work_s) == pytest.approx(1.0)


def test_littles_law_holds_at_saturation():
    # requests per second x time in the replica = requests running; TTFT counts one whole iteration more than
    # the work itself, so equality is approximate
    found = point()
    running = found.saturation_rps * np.dot(SHARES, found.residence_s)
    assert running == pytest.approx(found.running_batch, rel=0.1)


def test_the_cache_is_never_overfilled_at_the_running_batch():
    small = Replica(LLAMA_70B, H100, tp=2)
    found = point(small)
    stay = np.multiply(SHARES, found.residence_s)
    held = np.dot(stay, found.kv_tokens) / stay.sum()
    assert found.running_batch * held <= found.kv_capacity_tokens * (1 + 1e-3)
    assert found.running_batch < small.engine.max_num_seqs


def test_a_larger_batch_costs_latency_and_saves_work():
    found = operating_points(REPLICA, INPUT, OUTPUT, SHARES, (1, 4, 16, 64))
    assert [p.running_batch for p in found] == [1, 4, 16, 64]
    assert all(a.tpot_ms[0] < b.tpot_ms[0] for a, b in zip(found, found[1:]))
    assert all(a.saturation_rps < b.saturation_rps for a, b in zip(found, found[1:]))


def test_one_pass_over_batches_equals_one_call_each():
    together = operating_points(REPLICA, INPUT, OUTPUT, SHARES, (8, 32))
    assert together[1] == point(REPLICA.with_batch(32))


def test_splitting_a_class_in_two_changes_nothing():
    whole = operating_point(REPLICA, [1000], [200], [1])
    halves = operating_point(REPLICA, [1000, 1000], [200, 200], [0.5, 0.5])
    assert halves.work_s[0] == pytest.approx(whole.work_s[0])
    assert halves.saturation_rps == pytest.approx(whole.saturation_rps)


def test_prefix_hits_shorten_work_and_first_token():
    cold, warm = point(), point(prefix_hit=0.8)
    assert all(b < a for a, b in zip(cold.work_s, warm.work_s))
    assert all(b < a for a, b in zip(cold.ttft_ms, warm.ttft_ms))


def test_too_little_memory_is_said_with_need_and_limit():
    found = operating_point(Replica(LLAMA_70B, A10G), [100], [100], [1])
    assert isinstance(found, DoesNotFit)
    assert found.needed_gib > found.limit_gib == pytest.approx(21.6)


def test_a_request_longer_than_the_whole_cache_does_not_fit():
    found = operating_point(Replica(LLAMA_8B, A10G), [200_000], [100], [1])
    assert isinstance(found, DoesNotFit)
    assert found.needed_gib > found.limit_gib


def test_an_unsupported_format_is_unpredictable_not_zero():
    found = operating_point(Replica(LLAMA_8B, A10G, Precision("fp8", "fp8", "fp8")), [100], [100], [1])
    assert isinstance(found, Unpredictable)


def test_end_to_end_is_first_token_plus_the_others():
    found = point()
    assert found.end_to_end_ms[2] == pytest.approx(found.ttft_ms[2] + 499 * found.tpot_ms[2])


def test_a_measured_run_pulls_the_prediction_to_the_measurement():
    replica = Replica(LLAMA_8B, H100, engine=Engine(max_num_seqs=32))
    before = operating_point(replica, [1000], [200], [1])
    modelled_ms = closed_loop(replica, 1000, 200, 32).tpot_s * 1000
    slower = Run(replica, MeasuredPoint(1000, 200, 32, tpot_ms=modelled_ms * 1.5))
    after = operating_point(replica, [1000], [200], [1], runs=(slower,))
    # the figure itself follows nearly all the way; what is left may be that load's own
    assert after.tpot_ms[0] == pytest.approx(before.tpot_ms[0] * 1.5, rel=0.08)
    assert after.saturation_rps < before.saturation_rps
    assert after.basis == "measured"
    assert after.band.tpot[1] < before.band.tpot[1]


def test_a_run_of_another_split_moves_a_prediction_less():
    one, two = (Replica(LLAMA_8B, H100, tp=tp, engine=Engine(max_num_seqs=32)) for tp in (1, 2))
    slow = Run(one, MeasuredPoint(1000, 200, 32, tpot_ms=closed_loop(one, 1000, 200, 32).tpot_s * 1500))
    ratio = [
        operating_point(r, [1000], [200], [1], runs=(slow,)).tpot_ms[0] / operating_point(r, [1000], [200], [1]).tpot_ms[0]
        for r in (one, two)
    ]
    assert 1.1 < ratio[1] < ratio[0]
    assert operating_point(two, [1000], [200], [1], runs=(slow,)).basis == "interpolated"


def test_a_run_of_another_accelerator_or_precision_says_nothing():
    replica = Replica(LLAMA_8B, H100, engine=Engine(max_num_seqs=32))
    other = Run(Replica(LLAMA_8B, A10G, engine=Engine(max_num_seqs=32)), MeasuredPoint(1000, 200, 32, tpot_ms=99.0))
    eight = Run(Replica(LLAMA_8B, H100, Precision("fp8", "fp8", "fp8")), MeasuredPoint(1000, 200, 32, tpot_ms=99.0))
    assert operating_point(replica, [1000], [200], [1], runs=(other, eight)) == operating_point(replica, [1000], [200], [1])


def test_a_distant_run_only_interpolates():
    replica = Replica(LLAMA_8B, H100, engine=Engine(max_num_seqs=32))
    far = Run(replica, MeasuredPoint(100, 50, 1, tpot_ms=9.0))
    assert operating_point(replica, [4000], [800], [1], runs=(far,)).basis == "interpolated"
