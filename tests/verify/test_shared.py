"""Replicas that services share: what is sent to them is counted for each, and what follows for the group is recomputed."""

from __future__ import annotations

import pytest
import shared_case
from by_hand import failed

from planner.problem.service import Slo

BOTH, RUN = "services.2", "services.2.deployments.0"
OWN = {"services.1.slo": {"ttft_ms": {"p95": 300.0}}}


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"plan": {f"{RUN}.rate_per_s": {"docs:c": [1.0], "mail:c": [1.9]}}}, "demand_served"),
        ({"problem": {"services.0.workload.rate_per_s": 1.2}}, "demand_served"),
        ({"plan": {f"{RUN}.rate_per_s": {"docs:c": [3.0], "mail:c": [4.0]}}}, "replica_capacity"),
        ({"plan": {"services.0.answered_by": {}}}, "shared_replicas"),
        ({"plan": {"services.0.answered_by": {"both": [0.9]}}}, "shared_replicas"),
        ({"plan": {"services.0.busy_shares": {"docs": 1.0}}}, "shared_replicas"),
        # What each of them allows, the replicas must be.
        ({"problem": {"services.0.allow.exclude_accelerators": ["X"]}}, "allowed_accelerator"),
        ({"problem": {"services.1.allow.regions": ["elsewhere"]}}, "allowed_region"),
        ({"problem": {"services.1.allow.vendors": ["other"]}}, "allowed_vendor"),
        ({"problem": {"adapted.0.variants": ["fp8"]}}, "allowed_variant"),
        ({"problem": {"services.1.requires": ["private_network"]}}, "attributes"),
        ({"problem": {"services.1.availability": {"min_instances": 2}}}, "min_instances"),
        # The catalogue of the tests lacks the model, so what the base keeps of docs' quality is unknown.
        ({"problem": {"services.0.quality": {"min": 0.5}}}, "quality_known"),
        ({"problem": OWN}, "ttft"),
        ({"problem": OWN, "group": {"slo": Slo()}}, "serving_group"),
        ({"group": {"requires": ()}, "problem": {"services.0.requires": ["no_training"]}}, "serving_group"),
    ],
)
def test_what_breaks_the_plan_is_found(changes, check):
    assert check in failed(shared_case, **changes)
