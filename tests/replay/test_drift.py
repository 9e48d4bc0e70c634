"""What drifted between two parts of a trace goes on; what chance explains does not."""

import numpy as np
import pytest

from planner.replay.drift import ahead_of, drifted
from planner.workload import Trace

SHORT, LONG = (100.0, 10.0), (1000.0, 10.0)


def evenly(seconds, *streams):
    """A trace of streams (requests/s, input tokens) that each come evenly."""
    at = np.concatenate([(np.arange(int(seconds * rate)) + 0.5) / rate for rate, _ in streams])
    given = np.concatenate([np.full(int(seconds * rate), tokens) for rate, tokens in streams])
    order = np.argsort(at, kind="stable")
    return Trace(at[order], given[order], np.full(len(at), 10))


def rates(trace, seconds):
    return {tokens: (trace.input_tokens == tokens).sum() / seconds for tokens in (100, 1000)}


def test_a_class_that_grew_grows_on_and_one_that_did_not_stays():
    # Long prompts from 2 to 4 a second over one distance between the middles; half a distance on they are 4 x sqrt(2) = 5.66.
    earlier, later = evenly(600, (8, 100), (2, 1000)), evenly(600, (8, 100), (4, 1000))
    found = rates(drifted(earlier, later, (SHORT, LONG), 0.5), 600)
    assert found[100] == pytest.approx(8, rel=0.01) and found[1000] == pytest.approx(5.66, rel=0.02)


def test_what_becomes_rarer_becomes_rarer_on():
    # From 8 to 4 a second: 4 / sqrt(2) = 2.83 half a distance on.
    found = rates(drifted(evenly(600, (8, 100)), evenly(600, (4, 100)), (SHORT, LONG), 0.5), 600)
    assert found[100] == pytest.approx(2.83, rel=0.02) and found[1000] == 0


def test_no_class_is_carried_on_to_more_than_twice_what_it_was():
    found = rates(drifted(evenly(600, (1, 100)), evenly(600, (16, 100)), (SHORT, LONG), 0.75), 600)
    assert found[100] == pytest.approx(32, rel=0.01)


def test_a_change_within_chance_is_carried_on_nowhere():
    # 30 and 33 requests of Poisson arrivals differ by chance: variance 1/30 + 1/33 against a change of 0.1² in the logarithm.
    assert drifted(evenly(300, (0.1, 100)), evenly(300, (0.11, 100)), (SHORT, LONG), 0.75) is None


def test_of_a_change_that_bursts_may_well_explain_less_than_half_is_carried_on():
    def busy(*starts):
        at = np.concatenate([start + 0.1 * np.arange(1000) for start in starts])
        return Trace(at, np.full(len(at), 100), np.full(len(at), 10))

    # Bursts of 100 s: five in 1,200 s, then three in 400 s, which is 4.2 and 7.5 requests/s; in full that would be 7.5 x 1.8^0.75 = 11.7.
    found = drifted(busy(0, 200, 500, 700, 1100), busy(0, 200, 300), (SHORT, LONG), 0.75)
    assert 7.5 < found.requests / 400 < 7.5 + (11.7 - 7.5) / 2


def test_hours_and_drift_are_not_told_apart_in_half_a_day():
    earlier, later = evenly(36_000, (0.1, 100)), evenly(36_000, (0.2, 100))
    assert drifted(earlier, later, (SHORT, LONG), 0.75) is None
    # Two days after two days: whole days are compared.
    found = drifted(evenly(2.2 * 86_400, (0.1, 100)), evenly(2.2 * 86_400, (0.2, 100)), (SHORT, LONG), 0.5)
    assert found.requests / (2.2 * 86_400) == pytest.approx(0.2 * 2**0.5, rel=0.02)


def test_the_end_of_the_trace_lies_three_quarters_of_the_known_distance_ahead():
    # Parts of 60, 20 and 20 %: middles at 30 and 70 %, 40 % apart; the end is 30 % beyond.
    assert ahead_of(0.4) == pytest.approx(0.75)


def test_a_lone_request_drifts_nowhere():
    one = Trace(np.array([5.0]), np.array([100]), np.array([10]))
    assert drifted(evenly(600, (1, 100)), one, (SHORT, LONG), 0.75) is None
