"""The safe share of saturation: monotone, between its limits, and near the simulated ends of its range."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.perf.queueing import safe_share

LEVELS = (1, 2, 4, 8, 16, 32)
positive = st.floats(1e-3, 1e3)


@settings(max_examples=150, deadline=None)
@given(positive, st.floats(0, 50), st.floats(0, 200), positive, st.floats(50, 99.9))
def test_share_never_falls_with_more_replicas(work, scv, dispersion, slack, percentile):
    shares = safe_share(
        LEVELS, work_s_mean=work, work_scv=scv, dispersion=dispersion, slack_s=slack, percentile=percentile
    )
    assert list(shares) == sorted(shares)
    assert all(0.0 <= share < 1.0 for share in shares)


@settings(max_examples=150, deadline=None)
@given(positive, st.floats(0, 200), positive, st.floats(1, 100), st.floats(50, 99.9))
def test_share_never_falls_with_more_slack(work, dispersion, slack, more, percentile):
    facts = {"work_s_mean": work, "work_scv": 1.0, "dispersion": dispersion, "percentile": percentile}
    tight = safe_share(LEVELS, slack_s=slack, **facts)
    loose = safe_share(LEVELS, slack_s=slack * more, **facts)
    assert all(a <= b for a, b in zip(tight, loose))


@settings(max_examples=100, deadline=None)
@given(positive, positive, st.floats(50, 99.0), st.floats(0, 200), st.floats(0, 100))
def test_share_never_rises_with_burstiness(work, slack, percentile, dispersion, more):
    facts = {"work_s_mean": work, "work_scv": 1.0, "slack_s": slack, "percentile": percentile}
    calm = safe_share(LEVELS, dispersion=dispersion, **facts)
    bursty = safe_share(LEVELS, dispersion=dispersion + more, **facts)
    assert all(a >= b for a, b in zip(calm, bursty))


def test_no_limit_is_the_whole_and_no_slack_is_nothing():
    facts = {"work_s_mean": 0.1, "work_scv": 1.0, "dispersion": 3.0, "percentile": 95}
    assert safe_share(LEVELS, slack_s=None, **facts) == (1.0,) * 6
    assert safe_share(LEVELS, slack_s=0.0, **facts) == (0.0,) * 6
    assert safe_share(LEVELS, slack_s=-1.0, **facts) == (0.0,) * 6


def test_one_exponential_server_matches_its_exact_tail():
    # M/M/1: P(W > t) = rho exp(-(1 - rho) t / w); at rho = 0.8, t = 10 w this is 0.8 exp(-2) = 0.10827
    (share,) = safe_share(
        (1,), work_s_mean=1.0, work_scv=1.0, dispersion=1.0, slack_s=10.0, percentile=100 * (1 - 0.108268)
    )
    assert share == pytest.approx(0.8, abs=1e-4)


def test_bursty_code_completion_alone_is_far_below_pooled_conversation():
    code = safe_share((1,), work_s_mean=0.15, work_scv=2.0, dispersion=75, slack_s=0.5, percentile=95)[0]
    conversation = safe_share((8,), work_s_mean=0.1, work_scv=1.0, dispersion=3.0, slack_s=2.0, percentile=95)[0]
    assert code < 0.12
    assert conversation > 0.9
