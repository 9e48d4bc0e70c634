"""Provisioned throughput is recomputed: what units carry, how many are sold, what they are paid."""

from __future__ import annotations

import pytest
import units_case
from by_hand import failed
from hosted_case import USE
from units_case import UNITS


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"problem": {"apis.0.provisioned": None}}, "provisioned_units"),
        ({"problem": {"apis.0.provisioned": UNITS | {"output_weight": 3.0}}}, "provisioned_capacity"),
        ({"problem": {"apis.0.provisioned": UNITS | {"minimum_units": 6}}}, "provisioned_capacity"),
        ({"problem": {"apis.0.provisioned": UNITS | {"step_units": 4}}}, "provisioned_capacity"),
        ({"problem": {"apis.0.provisioned": UNITS | {"usd_per_unit_hour": 1.1}}}, "claimed_hosted"),
        ({"plan": {f"{USE}.units": None}}, "provisioned_capacity"),
        ({"plan": {f"{USE}.units": 10}}, "claimed_hosted"),
        ({"plan": {"demand_multiplier_survived": 1.1}}, "demand_multiplier"),
        ({"plan": {"cost": {"provider_api_usd_per_month": 3650.0, "total_usd_per_month": 3650.0}}}, "cost"),
        ({"problem": {"services.0.modes": ["provider_api"]}}, "modes"),
    ],
)
def test_a_changed_value_fails_the_check_it_concerns(changes, check):
    assert check in failed(units_case, **changes)
