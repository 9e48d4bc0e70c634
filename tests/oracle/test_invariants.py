"""What must not change a plan does not, and what cannot make it dearer does not."""

from __future__ import annotations

import pytest

from tests.oracle.change import in_other_money, loosened, permuted, renamed
from tests.oracle.generator import random_problem
from tests.oracle.solving import cost_of, plan_of, same

#: With commitments, owned hardware, seasons, φ, spot, slices, shortage; quick to solve.
SEEDS = [4, 13, 17, 20, 27, 33, 41, 42, 45, 58, 64, 68, 100, 119, 123]
LIMITED = [0, 1, 2, 4, 9, 10, 13, 16, 17, 20, 24, 25, 27, 35, 40, 41, 44, 46, 54, 58, 61, 62, 63, 74, 91, 119]


def without_run(plan):
    return None if plan is None else plan.model_dump_json(exclude={"solver", "inputs"})


@pytest.mark.parametrize("seed", SEEDS)
def test_another_order_of_everything_gives_the_same_plan_byte_for_byte(seed):
    document = random_problem(seed)
    assert without_run(plan_of(permuted(document, seed))) == without_run(plan_of(document))


@pytest.mark.parametrize("seed", SEEDS)
def test_other_names_give_the_same_cost(seed):
    document = random_problem(seed)
    assert same(cost_of(renamed(document)), cost_of(document))


@pytest.mark.parametrize("seed", SEEDS)
def test_ten_times_all_money_is_ten_times_the_cost(seed):
    document = random_problem(seed)
    cost = cost_of(document)
    assert same(cost_of(in_other_money(document, 10.0)), None if cost is None else 10.0 * cost)


@pytest.mark.parametrize("seed", LIMITED)
def test_loosening_any_one_limit_never_raises_the_optimum(seed):
    assert_monotone(random_problem(seed))


def test_long_run_changes_nothing_that_must_stay(fuzz_seed):
    document = random_problem(fuzz_seed)
    plan = plan_of(document)
    cost = None if plan is None else plan.cost["total_usd_per_month"]
    assert without_run(plan_of(permuted(document, fuzz_seed))) == without_run(plan)
    assert same(cost_of(renamed(document)), cost)
    assert same(cost_of(in_other_money(document, 10.0)), None if cost is None else 10.0 * cost)


def test_long_run_is_monotone(fuzz_seed):
    assert_monotone(random_problem(fuzz_seed))


def assert_monotone(document) -> None:
    if document["limits"].get("shortage") == "by_priority":
        pytest.skip("where more demand can be served, serving it may cost more")
    tight = cost_of(document)
    for name, looser in loosened(document):
        cost = cost_of(looser)
        if tight is not None:
            assert cost is not None, f"{name} loosened leaves no plan"
            assert cost <= tight * (1 + 1e-8) + 1e-9, f"{name} loosened costs {cost} instead of {tight}"
