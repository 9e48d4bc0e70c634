"""Small problems whose answer is worked out in the comment beside it."""

from __future__ import annotations

from typing import Any

import pytest

from planner.solve import Infeasible, Options, Solved, solve
from tests.oracle.load import catalog, problem
from tests.oracle.solving import plan_of

BOX = {"provider": "aws", "region": "us-east-1", "instance_type": "box", "accelerator": "small", "accelerators_per_instance": 2}
ON_DEMAND = {**BOX, "on_demand_usd_per_hour": 3.0}
SPOT_ONLY = {**BOX, "spot_usd_per_hour": 1.0, "spot_availability": 0.9, "spot_interruptions_per_month": 3.0}
HELD = {"name": "old", "scope": {"instance_type": "box"}, "measure": "instances", "amount": 2, "usd_per_month": 100.0}


def chat(rate: float | list[float] = 3.0, shares: tuple[float, ...] = (1.0,), **fields: Any) -> dict[str, Any]:
    """One replica on one accelerator serves one request of any class a second."""
    classes = [{"name": f"c{i}", "input_tokens": 200, "output_tokens": 100, "share": s} for i, s in enumerate(shares)]
    profile = {"variant": "bf16", "accelerator": "small", "tp": 1, "throughput_rps": [1.0] * len(shares)}
    workload = {"rate_per_s": rate, "classes": classes, "dispersion_10s": 1.0}
    stated = {"name": "chat", "model": "Llama-3.1-8B", "workload": workload, "profiles_only": True, "profiles": [profile]}
    return {**stated, "spot": {"allowed": False}, **fields}


def stated(*services: dict[str, Any], offers: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    own = {"catalog": False, "accelerators": [{"name": "small", "tdp_w": 300}], "own": offers}
    return {"schema_version": 1, "services": list(services), "offers": own, "commitments": {"offered": False}, **fields}


def test_what_is_sold_as_spot_only_serves_firm_on_the_instances_held():
    # Three replicas on two held boxes of two: 100 USD paid in any case, nothing bought.
    plan = plan_of(stated(chat(3.0), offers=[SPOT_ONLY], commitments={"held": [HELD]}))
    assert plan.cost["total_usd_per_month"] == 100.0
    assert plan.pools[0].reserved == {"old": (2.0,)} and plan.services[0].deployments[0].purchase == "firm"


def test_a_share_counts_held_instances_at_what_they_cost():
    # 100 USD for two boxes of two, 0.0342 USD an accelerator-hour: three replicas use 75 USD of it.
    document = stated(chat(3.0, team="red"), offers=[SPOT_ONLY], commitments={"held": [HELD]})
    assert plan_of(document).services[0].share_usd_per_month == pytest.approx(75.0)
    document["limits"] = {"teams": [{"team": "red", "budget_usd_per_month": 74.0}]}
    assert plan_of(document) is None


def test_where_more_is_asked_than_is_held_the_commitment_is_named():
    # Five replicas need three boxes; two are held.
    document = stated(chat(5.0), offers=[SPOT_ONLY], commitments={"held": [HELD]})
    answer = solve(problem(document), catalog(), Options())
    assert isinstance(answer, Infeasible)
    (conflict,) = answer.conflicts
    assert (conflict.where, conflict.limit, conflict.least) == ("old", 2.0, pytest.approx(3.0))


@pytest.mark.parametrize("rate", [1e-3, 1e-5, 1e-8, 1e-12])
@pytest.mark.parametrize("routing", [{}, {"routing": "slices", "slice_factor": 3}], ids=["divisible", "slices"])
def test_a_demand_however_small_needs_an_instance_in_the_periods_that_have_it(rate, routing):
    # One box in the first half of the day: 365 h at 3 USD; starting it costs nothing here.
    day = {"periods": {"kind": "day", "per_day": 2}, "start_up": {"hours": 0.0}}
    plan = plan_of(stated(chat([rate, 0.0], **routing), offers=[ON_DEMAND], **day))
    assert plan.cost["total_usd_per_month"] == pytest.approx(1095.0)


def test_a_tiny_class_beside_an_ordinary_one_is_served_where_it_can_be():
    # The rare class runs on tp 2 only: a whole box beside the one that two requests a second fill. 2 × 730 h × 3 USD.
    profiles = [
        {"variant": "bf16", "accelerator": "small", "tp": 1, "throughput_rps": [1.0, None]},
        {"variant": "bf16", "accelerator": "small", "tp": 2, "throughput_rps": [1.0, 1.0]},
    ]
    plan = plan_of(stated(chat(2.0, (1.0 - 1e-9, 1e-9), profiles=profiles), offers=[ON_DEMAND]))
    assert plan.cost["total_usd_per_month"] == pytest.approx(4380.0)


def test_a_tiny_demand_keeps_its_share_off_spot():
    # Half may go to spot: the other half needs a firm box, which serves it all. 730 h at 3 USD.
    both = {**SPOT_ONLY, "on_demand_usd_per_hour": 3.0}
    plan = plan_of(stated(chat(1e-9, spot={"allowed": True, "max_share": 0.5}), offers=[both]))
    assert plan.cost["total_usd_per_month"] == pytest.approx(2190.0)


def test_a_tiny_demand_survives_the_loss_of_a_zone_on_another_instance():
    # A box in each of two zones: 2 × 730 h × 3 USD.
    zones = [{**ON_DEMAND, "zone": zone} for zone in ("a", "b")]
    lasting = {"availability": {"min_instances": 1, "survives_loss": {"fraction": 0.5, "of": ["zone"]}}}
    answer = solve(problem(stated(chat(1e-9, **lasting), offers=zones)), catalog(), Options())
    assert isinstance(answer, Solved)
    assert answer.plan.cost["total_usd_per_month"] == pytest.approx(4380.0)


def test_a_shadow_is_paid_for_the_months_in_which_it_stands_and_shares_instances():
    # Three replicas of chat on two boxes of two leave one accelerator empty. A half of 3/s mirrored for 3 of 12 months is 1.5
    # replicas: one more box in these months. (2 + 3/12) × 730 h × 3 USD, of which the shadow costs 547.50.
    mirrors = {"service": "chat", "share": 0.5, "start_month": 4, "months": 3}
    shadow = chat(workload={"mirrors": mirrors}) | {"name": "next"}
    plan = plan_of(stated(chat(3.0), shadow, offers=[ON_DEMAND]))
    assert plan.cost["total_usd_per_month"] == pytest.approx(4927.5)
    assert plan.services[1].deployments[0].replicas == (0, 2, 0)
    assert plan.shadow.services == ("next",) and plan.shadow.extra_usd_per_month == pytest.approx(547.5)


def test_a_small_shadow_fits_where_an_accelerator_is_empty():
    # A third of 3/s is one replica, on the accelerator that chat leaves empty: nothing more is paid.
    shadow = chat(workload={"mirrors": {"service": "chat", "share": 1 / 3}}) | {"name": "next"}
    plan = plan_of(stated(chat(3.0), shadow, offers=[ON_DEMAND]))
    assert plan.cost["total_usd_per_month"] == pytest.approx(4380.0) and plan.shadow.extra_usd_per_month == pytest.approx(0.0)


def test_a_shadow_that_nothing_can_answer_is_no_plan():
    # Each of its requests would take longer than the limit stated for it, though chat beside it has none.
    profile = {"variant": "bf16", "accelerator": "small", "tp": 1, "throughput_rps": [1.0], "ttft_ms": [900.0], "tpot_ms": [20.0]}
    shadow = chat(workload={"mirrors": {"service": "chat", "share": 0.5}}, profiles=[profile], slo={"ttft_ms": {"p95": 500}}) | {"name": "next"}
    assert plan_of(stated(chat(3.0), shadow, offers=[ON_DEMAND])) is None
    shadow["slo"] = {"ttft_ms": {"p95": 5000}}
    assert plan_of(stated(chat(3.0), shadow, offers=[ON_DEMAND])) is not None


QUOTE = {"usd_per_unit_hour": 0.5, "tokens_per_minute": 6000, "output_weight": 4.0, "minimum_units": 5, "step_units": 2}


@pytest.mark.parametrize(
    ("rates", "months", "more", "cost", "units"),
    [
        # A request is 200 + 4 × 100 = 600 tokens, so a unit carries 1/6 of one a second. By the token it costs 0.0005 USD: 1.80 USD/h
        # for 1/s, which six units carry for 3. They are the least that is sold, so 1/s goes by the token: 1.80 × 730.
        (1.0, 12, {}, 1314.0, None),
        # At 0.25 USD six units cost 1.50 USD/h.
        (1.0, 12, {"usd_per_unit_hour": 0.25}, 1095.0, 6),
        # 1/s half of the day and 3/s the other: the base on units; of 2/s by the token at 3.60 USD/h twelve more at 3 all day, half used, no.
        ([1.0, 3.0], 12, {"usd_per_unit_hour": 0.25}, 1095.0 + 365.0 * 3.6, 6),
        # No whole number of terms in the horizon: by the token.
        (1.0, 10, {"usd_per_unit_hour": 0.25, "term_months": 12}, 1314.0, None),
    ],
)
def test_units_carry_what_is_steady_and_tokens_the_rest(rates, months, more, cost, units):
    api = {"provider": "host1", "model": "chat", "serves": "Llama-3.1-8B", "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 3.0,
           "context_window": 8000, "provisioned": QUOTE | more}  # fmt: skip
    both = chat(rates, modes=["provider_api", "provisioned"], allow={"providers": ["host*"], "variants": ["bf16"]})
    period = {"periods": {"kind": "day", "per_day": 2}} if isinstance(rates, list) else {}
    plan = plan_of(stated(both, offers=[ON_DEMAND], apis=[api], horizon={"months": months}, **period))
    assert plan.cost["total_usd_per_month"] == pytest.approx(cost)
    assert next((use.units for use in plan.services[0].hosted if use.mode == "provisioned"), None) == units
