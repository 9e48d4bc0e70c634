"""Whole numbers bounded by what a better plan may cost: nothing up to that cost is lost, whatever the prices are."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from planner.backends import solve
from planner.formulation.within_cost import within_cost
from planner.milp.model import LinearModel


def covering(cost, coefficient, demand, upper=9.0) -> LinearModel:
    """Whole x from 0 to ``upper`` at ``cost`` each with coefficient · x ≥ demand."""
    n = len(cost)
    return LinearModel(
        cost=np.array(cost, dtype=float), column_lower=np.zeros(n), column_upper=np.full(n, upper), integer=np.ones(n, dtype=bool),
        row_start=np.array([0, n]), column_index=np.arange(n), coefficient=np.array(coefficient, dtype=float),
        row_lower=np.array([demand]), row_upper=np.array([np.inf]),
    )  # fmt: skip


def test_an_instance_too_dear_for_what_it_serves_is_closed_and_others_keep_what_they_may_cost():
    # 10 requests/s over instances of 4/s at 4 USD, 2/s at 3 USD and 1/s at 9 USD. At 1 USD per request/s the least cost is
    # 10; beyond what they are worth they cost 0, 1 and 8. A plan of at most 13 takes 9, 3 and 0 of them.
    bounded = within_cost(covering([4, 3, 9], [4, 2, 1], 10.0), np.array([1.0]), 13.0)
    assert bounded.column_upper.tolist() == [9.0, 3.0, 0.0]


def test_a_plan_of_exactly_the_cost_allowed_is_kept():
    # One request/s: beyond their worth of 1 they cost 0 and 0.1; three of the second make 1 + 0.3 exactly.
    bounded = within_cost(covering([1.0, 1.1], [1, 1], 1.0), np.array([1.0]), 1.3)
    assert bounded.column_upper.tolist() == [9.0, 3.0]


@pytest.mark.parametrize("seed", range(12))
def test_every_vector_up_to_the_cost_stays_under_any_prices(seed):
    draw = np.random.default_rng(seed)
    n = 4
    model = covering(draw.integers(1, 9, n), draw.integers(1, 6, n), float(draw.integers(3, 12)), upper=4.0)
    best = solve(model, backend="highs", gap=0.0)
    relaxed = solve(model.relaxed(), backend="highs", gap=0.0)
    most = best.objective * draw.uniform(1.0, 1.4)
    for prices in (relaxed.row_duals, draw.normal(0.0, 2.0, 1), np.array([0.0])):
        upper = within_cost(model, prices, most).column_upper
        for vector in product(range(5), repeat=n):
            x = np.array(vector, dtype=float)
            if model.violation(x).size <= 0 and model.objective(x) <= most:
                assert (x <= upper).all()


def test_columns_without_an_upper_bound_that_prices_make_endless_leave_everything_as_it_is():
    # Under a price of 2 the column at 1 USD gains without end, so nothing is known of the least cost.
    model = covering([1.0, 5.0], [1, 1], 1.0, upper=np.inf)
    assert (within_cost(model, np.array([2.0]), 3.0).column_upper == np.inf).all()
