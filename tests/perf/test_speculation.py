"""Speculative decoding: tokens gained per check against its price."""

import pytest

from planner.perf.operating_point import operating_point
from planner.perf.replica import Engine, Replica
from planner.perf.speculation import Speculation, tokens_per_step
from tests.perf.shapes import H100, LLAMA_8B


def test_expected_tokens_are_a_geometric_sum():
    # 1 + 0.5 + 0.25 + 0.125
    assert tokens_per_step(Speculation(3, 0.5, 0.0)) == pytest.approx(1.875)
    assert tokens_per_step(Speculation(3, 1.0, 0.0)) == pytest.approx(4.0)
    assert tokens_per_step(Speculation(0, 0.9, 0.0)) == pytest.approx(1.0)


def test_a_good_draft_speeds_up_a_small_batch_and_a_useless_one_slows_it():
    def tpot(**draft):
        replica = Replica(LLAMA_8B, H100, engine=Engine(max_num_seqs=1, **draft))
        return operating_point(replica, [500], [200], [1]).tpot_ms[0]

    plain = tpot()
    assert tpot(draft_tokens=3, draft_acceptance=0.8, draft_cost=0.05) < plain
    assert tpot(draft_tokens=3, draft_acceptance=0.0, draft_cost=0.05) > plain
