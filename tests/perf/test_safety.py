"""The safe end of a prediction: nominal at one half, the end of the band at nine tenths, further out beyond."""

from dataclasses import replace

import pytest

from planner.perf.ask import Ask, Limit
from planner.perf.assess import assess
from planner.perf.calibration import Band
from planner.perf.replica import Engine, Replica
from planner.perf.safety import NOMINAL, safety
from tests.perf.shapes import H100, LLAMA_8B

BAND = Band(throughput=(0.8, 1.2), ttft=(0.5, 3.0), tpot=(0.7, 1.5), queue=(0.2, 6.0))
ASK = Ask((1000.0,), (200.0,), (1.0,), (Limit("ttft", 95.0, 20000.0),), 1.0, 1200.0)


def test_no_confidence_and_an_even_chance_are_the_nominal_prediction():
    assert safety(BAND, None) == NOMINAL
    half = safety(BAND, 0.5)
    assert (half.work, half.ttft, half.tpot) == pytest.approx((1.0, 1.0, 1.0))


def test_nine_tenths_are_the_ends_of_the_band():
    found = safety(BAND, 0.9)
    # throughput at the low end: 1/0.8 as much work; latencies at the high end
    assert (found.work, found.ttft, found.tpot) == pytest.approx((1.25, 3.0, 1.5))


def test_a_tenth_is_the_favourable_end_of_the_band():
    found = safety(BAND, 0.1)
    assert (found.work, found.ttft, found.tpot) == pytest.approx((1 / 1.2, 0.5, 0.7))


def test_more_confidence_is_never_cheaper():
    factors = [safety(BAND, c) for c in (0.5, 0.8, 0.9, 0.95, 0.99)]
    for name in ("work", "ttft", "tpot"):
        values = [getattr(f, name) for f in factors]
        assert values == sorted(values) and values[0] < values[-1]


def test_an_assessment_takes_work_and_latency_at_the_safe_end():
    replica = Replica(LLAMA_8B, H100, engine=Engine(max_num_seqs=32))
    plain, safe = assess(ASK, replica), assess(replace(ASK, confidence=0.9), replica)
    band = plain.point.band
    assert safe.work_s[0] == pytest.approx(plain.work_s[0] / band.throughput[0])
    assert safe.ttft_ms[0] == pytest.approx(plain.ttft_ms[0] * band.ttft[1])
    assert safe.tpot_ms[0] == pytest.approx(plain.tpot_ms[0] * band.tpot[1])
    assert safe.residence_s[0] > plain.residence_s[0]
    assert all(a <= b for (_, a), (_, b) in zip(safe.levels, plain.levels))


def test_drafts_and_cached_prefixes_reach_the_assessment():
    replica = Replica(LLAMA_8B, H100, engine=Engine(max_num_seqs=8))
    plain = assess(ASK, replica)
    assert assess(replace(ASK, drafts=(3, 0.8, 0.05)), replica).tpot_ms[0] < plain.tpot_ms[0]
    assert assess(replace(ASK, prefix_hit=0.9), replica).ttft_ms[0] < plain.ttft_ms[0]
