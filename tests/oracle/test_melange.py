"""A configuration in Mélange's form costs what Mélange's own program says."""

from __future__ import annotations

import pytest

from planner.imports.melange import melange_problem
from tests.oracle.melange_oracle import melange_optimum, random_config
from tests.oracle.solving import cost_of, plan_of, same

HOURS_PER_MONTH = 730


@pytest.mark.parametrize("seed", range(10))
def test_total_is_730_times_the_hourly_cost_of_melange(seed):
    config = random_config(seed)
    assert same(cost_of(melange_problem(config, "m")), HOURS_PER_MONTH * melange_optimum(config).cost_usd_per_hour)


@pytest.mark.parametrize("seed", range(3))
def test_one_binary_per_slice_and_counted_slices_are_one_program(seed):
    config = random_config(seed, rows=2, columns=2)
    assert same(melange_optimum(config, by_slice=True).cost_usd_per_hour, melange_optimum(config).cost_usd_per_hour)


def one_gpu(tput: float, *, rate: float = 1.0, slice_factor: int = 1, cost: float = 2.0) -> dict:
    return {
        "gpu_info": {"g": {"cost": cost, "tputs": [[tput]]}},
        "workload_distribution": [[1.0]],
        "total_request_rate": rate,
        "slice_factor": slice_factor,
    }


def test_load_may_exceed_the_count_by_a_millionth_and_no_more():
    # Load 3.0000005 fits three instances, 3.00001 needs four; 2 USD/h each, 730 h a month.
    assert cost_of(melange_problem(one_gpu(1.0, rate=3.0000005), "m")) == pytest.approx(3 * 2 * 730)
    assert cost_of(melange_problem(one_gpu(1.0, rate=3.00001), "m")) == pytest.approx(4 * 2 * 730)


def test_a_throughput_of_a_hundred_thousandth_cannot_serve():
    assert plan_of(melange_problem(one_gpu(1e-5), "m")) is None
    # 1 / 1.1e-5 = 90909.09: 90,910 instances.
    assert cost_of(melange_problem(one_gpu(1.1e-5), "m")) == pytest.approx(90910 * 2 * 730)


def test_slices_are_not_divided():
    # Two GPUs of 1 USD/h serve 1 request/s each, one of 1.9 USD/h serves 1.5. Demand 1.5 in one slice cannot be
    # split between types: 1.9. In three slices of 0.5 it could, but 1 + 1.9 and 2 x 1 are dearer: 1.9 again.
    config = {
        "gpu_info": {"small": {"cost": 1.0, "tputs": [[1.0]]}, "large": {"cost": 1.9, "tputs": [[1.5]]}},
        "workload_distribution": [[1.0]],
        "total_request_rate": 1.5,
        "slice_factor": 1,
    }
    assert cost_of(melange_problem(config, "m")) == pytest.approx(1.9 * 730)
    # Demand 2.4: one slice needs 2 large (3.8) or 3 small (3.0). Slices of 1.2 allow 1 large + 2 small, which is
    # dearer: 3.0. Slices of 0.8 (three): 0.8 on one small, 1.6 on two small or 1.5 < 1.6 on large: 3.0 or 1 + 1.9 no.
    assert cost_of(melange_problem({**config, "total_request_rate": 2.4}, "m")) == pytest.approx(3.0 * 730)
    # In 24 slices of 0.1: 1.5 on the large and 0.9 on a small one: 2.9.
    finer = {**config, "total_request_rate": 2.4, "slice_factor": 24}
    assert cost_of(melange_problem(finer, "m")) == pytest.approx(2.9 * 730)


def test_no_demand_costs_nothing():
    assert cost_of(melange_problem(one_gpu(1.0, rate=0.0), "m")) == 0.0
    assert cost_of(melange_problem(one_gpu(0.0, rate=0.0), "m")) == 0.0


def test_an_instance_costs_what_it_costs_and_the_plan_says_slices():
    plan = plan_of(melange_problem(random_config(0), "m"))
    assert plan.routing == "slices"
    assert {k: v for k, v in plan.cost.items() if v} == {
        "on_demand_usd_per_month": plan.cost["total_usd_per_month"],
        "total_usd_per_month": plan.cost["total_usd_per_month"],
    }
