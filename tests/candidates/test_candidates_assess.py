"""Who may miss a limit, and what is left of it for waiting."""

import math

import pytest

from planner.perf.ask import Ask, Limit, Measured, exempt_classes
from planner.perf.assess import LEVELS, assess
from planner.perf.queueing import safe_share


def ask(limits=(), shares=(0.7, 0.28, 0.02), inputs=(1000.0, 200.0, 8000.0), outputs=(200.0, 400.0, 300.0)):
    return Ask(inputs, outputs, shares, tuple(limits), dispersion=2.0, context_tokens=1.0)


P95 = Limit("ttft", 95.0, 1000.0)


def test_the_largest_two_percent_may_miss_a_p95_limit_and_not_a_p97_limit():
    # Half of 5 % is 2.5 %; half of 3 % is 1.5 %.
    assert exempt_classes(ask(), P95) == (frozenset({2}), 0.02)
    assert exempt_classes(ask(), Limit("ttft", 97.0, 1000.0)) == (frozenset(), 0.0)


def test_the_largest_by_input_for_ttft_by_both_otherwise():
    sizes = ask(shares=(0.96, 0.02, 0.02), inputs=(10.0, 100.0, 20.0), outputs=(10.0, 10.0, 900.0))
    assert exempt_classes(sizes, P95)[0] == {1}
    assert exempt_classes(sizes, Limit("end_to_end", 95.0, 1.0))[0] == {2}


def test_an_exempt_class_is_served_and_leaves_the_tail_that_is_left():
    found = assess(ask([P95]), None, Measured((10.0, 10.0, 10.0), ttft_ms=(400.0, 100.0, 5000.0)))
    assert found.can_serve == (True, True, True)
    # The slowest that counts takes 400 of 1000 ms. Of the 5 % that may be late, 2 % are by size: 3 % may wait longer.
    expected = safe_share(LEVELS, work_s_mean=0.1, work_scv=0.0, dispersion=2.0, slack_s=0.6, percentile=97.0)
    assert [share for _, share in found.levels] == pytest.approx(expected, abs=1e-6)


def test_a_tenth_of_the_limit_is_kept_for_waiting():
    within = assess(ask([P95]), None, Measured((1.0, 1.0, 1.0), ttft_ms=(900.0, 1.0, 1.0)))
    beyond = assess(ask([P95]), None, Measured((1.0, 1.0, 1.0), ttft_ms=(900.1, 1.0, 1.0)))
    assert within.can_serve == (True, True, True) and beyond.can_serve == (False, True, True)


def test_tpot_has_no_waiting_to_keep_room_for():
    limit = Limit("tpot", 99.0, 50.0)
    found = assess(ask([limit]), None, Measured((1.0,) * 3, tpot_ms=(50.0, 50.0, 50.0)))
    assert found.can_serve == (True,) * 3 and all(share == 1.0 for _, share in found.levels)


def test_end_to_end_is_the_first_token_and_the_steps_after_it():
    found = assess(ask(), None, Measured((1.0,) * 3, ttft_ms=(100.0,) * 3, tpot_ms=(10.0,) * 3))
    assert found.end_to_end_ms == (100.0 + 199 * 10.0, 100.0 + 399 * 10.0, 100.0 + 299 * 10.0)


def test_the_strictest_of_several_limits_decides_at_every_level():
    loose, tight = Limit("ttft", 50.0, 2000.0), Limit("ttft", 99.0, 1500.0)
    measured = Measured((1.0,) * 3, ttft_ms=(500.0,) * 3)
    both, each = assess(ask([loose, tight]), None, measured), [assess(ask([x]), None, measured) for x in (loose, tight)]
    assert both.levels == tuple((n, min(a.levels[i][1] for a in each)) for i, n in enumerate(LEVELS))


def test_a_class_of_nil_throughput_is_not_served_and_does_not_count_in_the_mean():
    found = assess(ask(), None, Measured((2.0, None, 1e-6)))
    assert found.can_serve == (True, False, False)
    assert found.work_s == (0.5, math.inf, math.inf) and not found.broken


def test_when_no_class_is_served_the_nearest_one_says_which_limit():
    measured = Measured((1.0,) * 3, ttft_ms=(2000.0, 1000.0, 9000.0), tpot_ms=(40.0, 40.0, 40.0))
    found = assess(ask([Limit("ttft", 99.0, 1000.0), Limit("tpot", 99.0, 50.0)]), None, measured)
    # 1000 ms against 900 is nearest.
    assert [(m.rule, m.value, m.limit) for m in found.broken] == [("ttft", 1000.0, 900.0)]
