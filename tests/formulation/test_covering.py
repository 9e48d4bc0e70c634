"""Covering rows: every plan meets them, and a fraction of a replica does not."""

from __future__ import annotations

import numpy as np
import pytest

from planner.backends import solve
from planner.formulation.covering import SHORT, with_covering_rows
from tests.decompose.test_bounds import built_of
from tests.formulation.tiny import MONTH, offer, problem, program, replica, service
from tests.oracle.generator import random_problem
from tests.oracle.rare import rare_problem
from tests.oracle.tiny import tiny_problem

#: Quick ones; together with φ, spot shares, survival, two classes of which some groups serve one, tiny rates, slices, periods.
RANDOM = (0, 1, 2, 4, 8, 9, 10, 12, 13, 16, 17, 20, 25, 27, 40, 41, 61, 62, 74, 95, 115)
RARE = (0, 1, 2, 3, 7, 9, 12, 14, 17, 21)
TINY = (0, 3, 5, 6, 7, 11, 14, 17, 24, 26)
CASES = [(make, s) for make, seeds in ((random_problem, RANDOM), (rare_problem, RARE), (tiny_problem, TINY)) for s in seeds]


def relaxation(model) -> float:
    answer = solve(model.relaxed(), backend="highs", gap=0.0)
    assert answer.objective is not None
    return answer.objective


def optimum(built) -> float:
    return solve(built.model, backend="highs", gap=0.0).objective


def coefficients(built, covered) -> list[dict[str, float]]:
    """Covering rows as coefficients by the names of their columns."""
    names, dense = built.model.column_names(), covered.model.dense()
    return [
        {names[j]: float(dense[i, j]) for j in np.flatnonzero(dense[i])} for i in covered.model.rows_of("covering")
    ]


@pytest.mark.parametrize(("make", "seed"), CASES)
def test_no_plan_breaks_a_covering_row_and_the_relaxation_never_falls(make, seed):
    built = built_of(make(seed))
    if built is None:
        pytest.skip("no candidates")
    covered = with_covering_rows(built).model
    draw = np.random.default_rng(seed)
    costs = [built.model.cost] + [built.model.cost * draw.uniform(0.2, 5.0, built.model.column_count) for _ in range(2)]
    for cost in costs:
        # The natural program alone is solved: the rows have no say in what comes out.
        model = built.model.with_cost(cost)
        plan = solve(model, backend="highs", gap=1e-3, node_limit=200)
        if plan.values is None:
            return
        activity = covered.activity(plan.values)[covered.rows_of("covering")]
        assert (activity >= covered.row_lower[covered.rows_of("covering")] - 1e-6).all()
        natural = relaxation(model)
        assert relaxation(covered.with_cost(cost)) >= natural - 1e-7 * abs(natural)


def test_a_replica_larger_than_the_demand_counts_once():
    # 10 requests/s. A: 4/s for 4 USD/h; B: 30/s for 20 USD/h. Natural, with one replica at least (demand_served): b of B and
    # 1 - b of A, 4 + 26 b = 10, so b = 6/26 and 4 + 16 b = 100/13 USD/h. Covering: one B is worth the demand once, not three
    # times, one A 0.4 of it: 2.5 A for 10 USD/h are cheaper than one B. Optimum: 3 A, 12 USD/h.
    offers = [offer("x", 4.0), offer("y", 20.0, accelerator="L4")]
    built = program(problem([service()], offers), {"a": [replica(4.0), replica(30.0, accelerator="L4")]})
    covered = with_covering_rows(built)
    (row,) = coefficients(built, covered)
    assert sorted(row.values()) == [pytest.approx(0.4), pytest.approx(1.0)]
    assert relaxation(built.model) == pytest.approx(100.0 / 13.0 * MONTH)
    assert relaxation(covered.model) == pytest.approx(10.0 * MONTH, rel=2 * SHORT)
    assert optimum(built) == pytest.approx(12.0 * MONTH)


def test_levels_of_saturation_count_at_their_own_number_of_replicas():
    # 10 requests/s, 4/s a replica at saturation, half of that below four replicas: worth 0.2, 0.4, 0.6 and, with four, all.
    # The best worth per replica is 1/4, so N >= 4, which is the optimum; natural: 10 / 4 = 2.5 replicas.
    built = program(problem([service()], [offer("x", 1.0)]), {"a": [replica(4.0, levels=((1, 0.5), (4, 1.0)))]})
    covered = with_covering_rows(built)
    (row,) = coefficients(built, covered)
    assert list(row.values()) == [pytest.approx(0.25)]
    assert relaxation(built.model) == pytest.approx(2.5 * MONTH)
    assert relaxation(covered.model) == pytest.approx(4.0 * MONTH, rel=2 * SHORT)
    assert optimum(built) == pytest.approx(4.0 * MONTH)


def test_what_spot_may_not_serve_needs_whole_firm_replicas():
    # 2 requests/s, at most half on spot; replicas of 4/s at 2 USD/h firm and 1 USD/h spot. Natural, one replica at least: a
    # quarter of a firm one for one request/s and three quarters of a spot one, 0.5 + 0.75 USD/h.
    # One request/s must be served firm, which one firm replica does: N_firm >= 1, 2 USD/h, the optimum.
    spotted = offer("x", 2.0, spot_usd_per_hour=1.0, spot_availability=1.0, spot_interruptions_per_month=0.0)
    built = program(problem([service(rate=2.0, spot={"allowed": True, "max_share": 0.5})], [spotted]), {"a": [replica(4.0)]})
    covered = with_covering_rows(built)
    firm = [row for row in coefficients(built, covered) if not any("spot" in name for name in row)]
    assert [list(row.values()) for row in firm] == [[pytest.approx(1.0)]]
    assert relaxation(built.model) == pytest.approx(1.25 * MONTH)
    assert relaxation(covered.model) == pytest.approx(2.0 * MONTH, rel=2 * SHORT)
    assert optimum(built) == pytest.approx(2.0 * MONTH)


def test_what_must_survive_a_loss_needs_whole_replicas_outside_it():
    # 1 request/s of which half survives the loss of the spot pool; replicas of 4/s at 2 USD/h firm, 1 USD/h spot.
    # Natural, one replica at least: an eighth of a firm one and seven eighths of a spot one, 0.25 + 0.875. One firm replica serves the half and all else: 2 USD/h.
    spotted = offer("x", 2.0, spot_usd_per_hour=1.0, spot_availability=1.0, spot_interruptions_per_month=0.0)
    survives = {"min_instances": 0, "survives_loss": {"fraction": 0.5, "of": ["spot_pool"]}}
    stated = problem([service(rate=1.0, spot={"allowed": True}, availability=survives)], [spotted])
    built = program(stated, {"a": [replica(4.0)]})
    assert relaxation(built.model) == pytest.approx(1.125 * MONTH)
    assert relaxation(with_covering_rows(built).model) == pytest.approx(2.0 * MONTH, rel=2 * SHORT)
    assert optimum(built) == pytest.approx(2.0 * MONTH)


def test_what_must_survive_counts_against_the_share_that_must():
    # 10 requests/s of which half survives: a firm replica of 4/s is worth 0.4 of all and 0.8 of the half, a spot one 0.4 and 0.
    spotted = offer("x", 2.0, spot_usd_per_hour=1.0, spot_availability=1.0, spot_interruptions_per_month=0.0)
    survives = {"min_instances": 0, "survives_loss": {"fraction": 0.5, "of": ["spot_pool"]}}
    built = program(problem([service(spot={"allowed": True}, availability=survives)], [spotted]), {"a": [replica(4.0)]})
    rows = [sorted(row.values()) for row in coefficients(built, with_covering_rows(built))]
    assert rows == [[pytest.approx(0.4), pytest.approx(0.4)], [pytest.approx(0.8)]]


def test_a_group_that_serves_some_classes_counts_for_no_more_than_those():
    # 2 requests/s, half short, half long. A: 4/s short, 1/s long. B: 8/s short, none long.
    # By A's times, 1/4 and 1 s, a request takes 0.625 s: a short one is worth 0.4 of it, a long one 1.6. All short ones are
    # 0.5 · 0.4 = 0.2 of the demand, and B, however many, serves no more: 0.2. One A: 1.6/s of 2, so 0.8. B's own times give the
    # same values (a long one where A takes twice B's time is 1 / 2 s: 1/8 and 1/2), so there is one row.
    built = built_of(
        {
            "schema_version": 1,
            "services": [
                {
                    "name": "a",
                    "model": "Llama-3.1-8B",
                    "workload": {
                        "rate_per_s": [2.0],
                        "dispersion_10s": 1.0,
                        "classes": [
                            {"name": "short", "input_tokens": 200, "output_tokens": 100, "share": 0.5},
                            {"name": "long", "input_tokens": 3000, "output_tokens": 500, "share": 0.5},
                        ],
                    },
                    "profiles_only": True,
                    "profiles": [
                        {"variant": "bf16", "accelerator": "small", "tp": 1, "throughput_rps": [4.0, 1.0]},
                        {"variant": "bf16", "accelerator": "large", "tp": 1, "throughput_rps": [8.0, None]},
                    ],
                }
            ],
            "offers": {
                "catalog": False,
                "own": [
                    {**offer("x", 2.0, accelerator="small"), "provider": "aws", "region": "us-east-1"},
                    {**offer("y", 1.0, accelerator="large"), "provider": "aws", "region": "us-east-1"},
                ],
                "accelerators": [{"name": "small", "tdp_w": 300.0}, {"name": "large", "tdp_w": 700.0}],
            },
        }
    )
    (row,) = coefficients(built, with_covering_rows(built))
    assert {("large" if "large" in name else "small"): value for name, value in row.items()} == {
        "small": pytest.approx(0.8),
        "large": pytest.approx(0.2),
    }


def test_a_replica_worth_less_than_a_millionth_of_the_demand_still_counts():
    # 4 million requests/s, one a replica: 4 million replicas at 1 USD/h, and the rows must not say that there is no plan.
    built = program(problem([service(rate=4e6)], [offer("x", 1.0)]), {"a": [replica(1.0)]})
    covered = with_covering_rows(built)
    (row,) = coefficients(built, covered)
    assert list(row.values()) == [pytest.approx(1e-6)]
    assert relaxation(covered.model) == pytest.approx(4e6 * MONTH)


def test_each_period_with_demand_has_its_row_and_one_without_has_none():
    stated = problem([service(rate=[1.0, 0.0, 6.0])], [offer("x", 2.0)], periods={"kind": "day", "per_day": 3})
    built = program(stated, {"a": [replica(4.0)]})
    # Worth at most all of 1 request/s; of 6, two thirds by one and all by two, 1/2 each: the first is the better.
    assert [list(row.values()) for row in coefficients(built, with_covering_rows(built))] == [
        [pytest.approx(1.0)],
        [pytest.approx(2.0 / 3.0)],
    ]


@pytest.mark.parametrize("freedom", [{"unserved_usd_per_request": 1e-3}, {"routing": "slices", "slice_factor": 2}])
def test_demand_that_need_not_be_served_whole_has_no_rows(freedom):
    built = program(problem([service(rate=1.0, **freedom)], [offer("x", 2.0)]), {"a": [replica(4.0)]})
    assert with_covering_rows(built).model.row_count == built.model.row_count
