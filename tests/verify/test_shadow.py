"""Mirrored demand is recomputed from the service that is mirrored, in the months stated, and so is what it is said to cost."""

from __future__ import annotations

import pytest
import shadow_case
from by_hand import failed

MIRROR = "services.1.workload.mirrors"
RUN = "services.1.deployments.0"


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"problem": {f"{MIRROR}.share": 0.3}}, "demand_served"),
        ({"problem": {f"{MIRROR}.share": 0.2}}, "demand_served"),
        ({"problem": {"services.0.workload.rate_per_s": 3.6}}, "demand_served"),
        ({"problem": {f"{MIRROR}.start_month": 8}}, "periods"),
        ({"problem": {f"{MIRROR}.start_month": 0, f"{MIRROR}.months": 9}}, "demand_served"),
        ({"plan": {f"{RUN}.rate_per_s": {"c": [1.0, 1.0]}}}, "demand_served"),
        ({"plan": {f"{RUN}.rate_per_s": {"c": [0.0, 0.5]}}}, "demand_served"),
        ({"plan": {"shadow.services": ["docs"]}}, "shadow"),
        ({"plan": {"shadow.without_usd_per_month": None}}, "shadow"),
        ({"plan": {"shadow.without_bound_usd_per_month": 740.0}}, "shadow"),
    ],
)
def test_a_changed_value_fails_the_check_it_concerns(changes, check):
    assert check in failed(shadow_case, **changes)
