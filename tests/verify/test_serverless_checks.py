"""Serverless workers are recomputed: how long they are up, how often they start, what they carry, and every rule."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import serverless_case
from by_hand import failed
from serverless_case import PROBLEM, USE, WRONG

from planner.verify.checks import CHECKS
from planner.verify.facts import Broken


@pytest.mark.parametrize("name", [name for name, wrong in WRONG.items() if not wrong])
def test_a_rule_that_an_option_breaks_fails_under_its_name(name):
    case = SimpleNamespace(hosted=(SimpleNamespace(broken=(Broken(name, "it does"),)),))
    assert not CHECKS[name].run(case).passed


@pytest.mark.parametrize(
    ("values", "check"),
    [
        ({f"{USE}.workers.up_share": [0.6]}, "claimed_workers"),
        ({f"{USE}.workers.busy": [1]}, "serverless_workers"),  # beside one that stops when idle
        ({f"{USE}.workers.stops_when_idle": [0], f"{USE}.workers.kept": [1]}, "serverless_workers"),  # no such price
        ({f"{USE}.workers.busy": [1], f"{USE}.workers.stops_when_idle": [0]}, "cost"),  # paid all month
        ({f"{USE}.workers.stops_when_idle": [1, 1]}, "shape"),
        ({f"{USE}.workers.variant": "fp8"}, "modes"),
        ({f"{USE}.workers.engine": "vLLM"}, "worker_rules"),
        ({f"{USE}.usd_per_month": 1.0}, "claimed_hosted"),
        ({f"{USE}.workers": None}, "modes"),
    ],
)
def test_a_changed_value_fails_the_check_it_concerns(values, check):
    assert check in failed(serverless_case, plan=values)


def test_requests_that_one_worker_cannot_carry_fail():
    # 2 requests/s at saturation; with a limit at p90 less is safe.
    load = {**PROBLEM["services"][0]["workload"], "rate_per_s": [2.5]}
    assert "serverless_workers" in failed(serverless_case, problem={"services.0.workload": load}, plan={f"{USE}.rate_per_s": {"c": [2.5]}})


def test_a_table_of_safe_shares_is_no_limit_of_workers():
    # Of pooled replicas a simulation might find next to nothing safe; a worker stands alone and is judged as without the table.
    table = {"variant": "bf16", "accelerator": "X", "tp": 1, "pp": 1, "max_num_seqs": 8, "levels": [[1, 0.001]], "source": "test"}
    assert not failed(serverless_case, problem={"services.0.safe_shares": [table]})
