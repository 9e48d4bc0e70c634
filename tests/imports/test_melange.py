"""Claims about reading Mélange's input form."""

from __future__ import annotations

import copy
import math

import pytest

from planner.documents import from_data, parse, validate
from planner.errors import InvalidInput
from planner.imports.melange import melange_problem
from planner.problem.schema import Problem

#: Two GPUs, four buckets, one of them without weight. The weights sum to 1.25, not to 1.
CONFIG = {
    "gpu_info": {
        "A10G": {"cost": 1.01, "tputs": [[2, 1], [5, 0]]},
        "A100-80GB": {"cost": 3.67, "tputs": [[20, 2], [50, 20]]},
    },
    "workload_distribution": [[0.25, 0.125], [0.875, 0]],
    "total_request_rate": 8.0,
    "slice_factor": 4,
}


def faults_of(config) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        melange_problem(config, "m")
    return {fault.path: fault.message for fault in caught.value.faults}


def changed(*path, to):
    config = copy.deepcopy(CONFIG)
    place = config
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return config


def service_of(config):
    return validate(from_data(melange_problem(config, "m"), "m"), Problem).services[0]


def test_bucket_rates_are_weight_times_total_rate_without_normalising():
    service = service_of(CONFIG)
    rates = {c.name: service.workload.rate_per_s * c.share for c in service.workload.classes}
    # 0.25 * 8 = 2, 0.125 * 8 = 1, 0.875 * 8 = 7
    assert rates == pytest.approx({"in0-out0": 2.0, "in0-out1": 1.0, "in1-out0": 7.0}, rel=1e-12)


def test_buckets_without_weight_are_dropped_with_their_throughputs():
    profiles = {p.accelerator: p.throughput_rps for p in service_of(CONFIG).profiles}
    assert profiles == {"A10G": (2.0, 1.0, 5.0), "A100-80GB": (20.0, 2.0, 50.0)}


def test_each_gpu_is_an_instance_of_one_accelerator_at_its_hourly_price():
    problem = validate(from_data(melange_problem(CONFIG, "m"), "m"), Problem)
    assert not problem.offers.catalog
    assert {(o.accelerator, o.accelerators_per_instance, o.on_demand_usd_per_hour) for o in problem.offers.own} == {
        ("A10G", 1, 1.01),
        ("A100-80GB", 1, 3.67),
    }


def test_nothing_but_the_hourly_price_can_enter_the_cost():
    problem = melange_problem(CONFIG, "m")
    assert problem["start_up"] == {"hours": 0.0, "spot_restart_hours": 0.0}
    assert problem["horizon"]["months"] == 1
    assert not problem["commitments"]["offered"]
    assert problem["carbon"]["price_usd_per_tonne"] == 0.0
    assert problem["services"][0]["spot"] == {"allowed": False}
    assert "availability" not in problem["services"][0]


def test_slices_are_those_of_the_form_and_one_where_it_states_none():
    assert (service_of(CONFIG).routing, service_of(CONFIG).slice_factor) == ("slices", 4)
    without = copy.deepcopy(CONFIG)
    del without["slice_factor"]
    assert service_of(without).slice_factor == 1


def test_a_price_of_zero_is_said_to_be_meant():
    own = melange_problem(changed("gpu_info", "A10G", "cost", to=0), "m")["offers"]["own"]
    assert {o["instance_type"]: o["free"] for o in own} == {"A10G": True, "A100-80GB": False}


def test_no_weight_at_all_asks_for_nothing():
    service = service_of(changed("workload_distribution", to=[[0, 0], [0, 0]]))
    assert service.workload.rate_per_s == 0.0


def test_the_order_of_the_gpus_does_not_matter():
    other = dict(CONFIG, gpu_info=dict(reversed(CONFIG["gpu_info"].items())))
    assert melange_problem(other, "m") == melange_problem(CONFIG, "m")


def test_shares_of_many_odd_weights_sum_to_one():
    weights = [[math.pi**(i / 9) / (j + 3) for j in range(30)] for i in range(30)]
    config = {
        "gpu_info": {"g": {"cost": 1, "tputs": [[1.0] * 30] * 30}},
        "workload_distribution": weights,
        "total_request_rate": 3.0,
    }
    assert sum(c.share for c in service_of(config).workload.classes) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("config", "path"),
    [
        (changed("workload_distribution", to=[[0.5], [0.25, 0.25]]), "workload_distribution[1]"),
        (changed("workload_distribution", to=[[]]), "workload_distribution[0]"),
        (changed("workload_distribution", to=[]), "workload_distribution"),
        (changed("workload_distribution", 0, 1, to=-0.5), "workload_distribution[0][1]"),
        (changed("workload_distribution", 0, 1, to=math.nan), "workload_distribution[0][1]"),
        (changed("gpu_info", "A10G", "tputs", to=[[2, 1]]), "gpu_info.A10G.tputs"),
        (changed("gpu_info", "A10G", "tputs", 1, to=[5, 0, 1]), "gpu_info.A10G.tputs[1]"),
        (changed("gpu_info", "A10G", "tputs", 1, 0, to=-5), "gpu_info.A10G.tputs[1][0]"),
        (changed("gpu_info", "A10G", "tputs", 1, 0, to=math.inf), "gpu_info.A10G.tputs[1][0]"),
        (changed("gpu_info", "A10G", "tputs", 1, 0, to="5"), "gpu_info.A10G.tputs[1][0]"),
        (changed("gpu_info", "A10G", "cost", to=-1), "gpu_info.A10G.cost"),
        (changed("gpu_info", "A10G", to={"cost": 1}), "gpu_info.A10G.tputs"),
        (changed("gpu_info", to={}), "gpu_info"),
        (changed("total_request_rate", to=-1), "total_request_rate"),
        (changed("total_request_rate", to=True), "total_request_rate"),
        (changed("total_request_rate", to=9e14), "total_request_rate"),
        (changed("slice_factor", to=0), "slice_factor"),
        (changed("slice_factor", to=2.5), "slice_factor"),
        (changed("gpu_info", "a10g", to={"cost": 1, "tputs": [[1, 1], [1, 1]]}), "gpu_info"),
        (changed("gpus", to={}), "gpus"),
        ({k: v for k, v in CONFIG.items() if k != "total_request_rate"}, "total_request_rate"),
        ({k: v for k, v in CONFIG.items() if k != "gpu_info"}, "gpu_info"),
        ({k: v for k, v in CONFIG.items() if k != "workload_distribution"}, "workload_distribution"),
    ],
)
def test_what_is_wrong_is_said_with_its_path(config, path):
    assert path in faults_of(config)


def test_all_that_is_wrong_is_said_at_once():
    config = changed("gpu_info", "A10G", "cost", to=-1)
    config["slice_factor"] = 0
    assert set(faults_of(config)) == {"gpu_info.A10G.cost", "slice_factor"}


def test_faults_of_a_file_carry_their_line():
    text = b'{\n "gpu_info": {"g": {"cost": 1, "tputs": [[1]]}},\n "workload_distribution": [[1, 2]],\n "total_request_rate": 1\n}'
    with pytest.raises(InvalidInput) as caught:
        melange_problem(parse(text, "config.json"), "m")
    (fault,) = caught.value.faults
    assert (fault.path, fault.line) == ("gpu_info.g.tputs[0]", 2)
