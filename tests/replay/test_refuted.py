"""A run ends when its limit is refuted, and says no more than it saw."""

import numpy as np

from planner.replay.refuted import PIECE, in_pieces, watch
from planner.simulate.arrivals import Requests
from planner.simulate.tally import Limit, not_measured

P95 = Limit("ttft", 95.0, 500.0)


def kept(late, in_time=0):
    return np.array([[False] * late + [True] * in_time])


def test_a_limit_is_refuted_beyond_so_many_times_the_requests_that_it_allows_to_be_late():
    # p95 of 1,000 requests lets 50 be late; four times that is 200.
    watched = watch((P95,), 1_000, 4.0)
    watched.count(kept(200, 300))
    assert not watched.over()
    watched.count(kept(1))
    assert watched.over()
    # 201 of 1,000 were late; the rest could all have been in time.
    (most,) = watched.at_most((not_measured(P95),))
    assert most.attainment == 1.0 - 201 / 1_000 and most.met is False and most.confident is False and most.measured_ms is None


def test_pieces_are_the_same_requests_in_order_until_it_is_over():
    many = 2 * PIECE + 5
    chunk = Requests(np.arange(many), *(np.zeros(many, np.int64),) * 3)
    assert np.concatenate([one.at_ps for one in in_pieces(iter([chunk]), lambda: False)]).tolist() == list(range(many))
    looks = iter([False, True])
    assert sum(len(one.at_ps) for one in in_pieces(iter([chunk]), lambda: next(looks))) == PIECE
    assert [one is chunk for one in in_pieces(iter([chunk]), None)] == [True]
