"""Work that may wait is recomputed: what waits, for how long, and what that saves; a provider's batch has its own window."""

from __future__ import annotations

import hosted_case
import pytest
import waiting_case
from by_hand import failed
from waiting_case import DOCS, RUN, WAITS


@pytest.mark.parametrize(
    ("plan", "check"),
    [
        ({f"{DOCS}.waiting": {"c": [0.0, WAITS - 100.0]}}, "deadline"),  # what comes and what is served say otherwise
        ({f"{DOCS}.waiting": {"c": [-1.0, WAITS - 1.0]}}, "deadline"),
        ({f"{DOCS}.waiting": {"c": [2 * WAITS, 3 * WAITS]}}, "deadline"),  # some of the first half came before it
        ({f"{DOCS}.waiting": {}}, "deadline"),
        ({f"{RUN}.rate_per_s": {"c": [4.0, 3.9]}}, "deadline"),
        ({f"{RUN}.rate_per_s": {"c": [4.1, 3.9]}}, "deadline"),
        ({"waiting.as_it_comes_usd_per_month": 700.0, "waiting.saved_usd_per_month": -30.0}, "waiting"),  # under this plan's bound
    ],
)
def test_a_changed_value_fails_the_check_it_concerns(plan, check):
    assert check in failed(waiting_case, plan=plan)


def test_a_service_that_may_not_wait_is_held_to_its_demand():
    assert {"demand_served", "deadline"} & failed(waiting_case, problem={f"{DOCS}.defer": False})


def test_a_batch_has_its_price_and_its_window():
    # 900 tokens in at 0.5 and 100 out at 1 USD a million.
    usd = hosted_case.USD / 2.0
    problem = {f"{hosted_case.CHAT}.modes": ["batch"], f"{hosted_case.CHAT}.window_hours": 24.0, f"{hosted_case.CHAT}.slo": {},
               "apis.0.batch_window_hours": 24.0}  # fmt: skip
    name = f"{hosted_case.API} batch"
    plan = {
        f"{hosted_case.USE}.mode": "batch", f"{hosted_case.USE}.name": name, f"{hosted_case.USE}.usd_per_month": usd,
        "cost": {"provider_api_usd_per_month": usd, "total_usd_per_month": usd}, "bound_usd_per_month": usd,
        f"{hosted_case.CHAT}.share_usd_per_month": usd, "assumptions.0.path": f"apis.{name}", "assumptions.0.value": [0.5, 1.0],
    }  # fmt: skip
    price = {"batch_input_usd_per_mtok": 0.5, "batch_output_usd_per_mtok": 1.0}
    found = hosted_case.certificate(plan, problem, **price)
    assert [(c.name, c.where, c.detail) for c in found.checks if not c.passed] == []
    late = hosted_case.certificate(plan, {**problem, "apis.0.batch_window_hours": 25.0}, **price)
    assert "api_batch_window" in {c.name for c in late.checks if not c.passed}
