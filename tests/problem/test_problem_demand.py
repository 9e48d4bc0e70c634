"""Requests per second by class and period."""

import pytest
from stated_problems import service

from planner.economics.timeline import timeline
from planner.problem.demand import demand


def test_scale_headroom_season_and_share_multiply(made):
    classes = [
        {"input_tokens": 1, "output_tokens": 1, "share": 0.25},
        {"input_tokens": 2, "output_tokens": 2, "share": 0.75},
    ]
    problem = made(
        service("a", workload={"rate_per_s": 8.0, "scale": 0.5, "headroom": 1.5, "classes": classes}),
        service("b", workload={"rate_per_s": 1.0}),
        horizon={
            "months": 12,
            "seasons": [{"name": "low", "months": 9}, {"name": "high", "months": 3, "demand": {"a": 2.0, "*": 3.0}}],
        },
    ).problem
    rates = demand(problem, timeline(problem))
    # a: 8 x 0.5 x 1.5 = 6, doubled in the high season; b is one of all others.
    assert rates["a"].tolist() == [[1.5, 3.0], [4.5, 9.0]]
    assert rates["b"].tolist() == [[1.0, 3.0]]


def test_a_month_holds_the_stated_mean(made):
    shape = [float(h) for h in range(24)]
    problem = made(
        service(workload={"hourly_shape": shape, "weekend_factor": 0.5}), periods={"kind": "weekday_weekend"}
    ).problem
    times = timeline(problem)
    total = sum(rate * p.hours_per_month for rate, p in zip(demand(problem, times)["chat"][0], times.periods))
    assert total / 730 == pytest.approx(10.0)
