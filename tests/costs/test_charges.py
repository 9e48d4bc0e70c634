"""Every charge beside machines is what arithmetic by hand says, and switching one off changes nothing else."""

from __future__ import annotations

import pytest

from planner.errors import InvalidInput
from planner.plan.cost import TOTAL
from planner.plan.schema import Plan
from planner.problem.meaning import check_meaning
from planner.problem.load import problem_of
from planner.documents import from_data
from planner.solve import Infeasible, Options, solve
from planner.verify.certify import certify
from planner.verify.case import Case
from planner.verify.recost import recost
from tests.oracle.load import catalog, problem
from tests.oracle.solving import cost_of, plan_of

# 2 requests/s of 1,000 + 500 tokens on one replica a card that does 1.25/s: two cards at 1 USD/h.
REQUESTS = 2 * 3600 * 730


def document(costs: dict, **more) -> dict:
    return {
        "name": "t",
        "services": [{
            "name": "a", "model": "Llama-3.1-8B", "home": "aws:us-east-1", "profiles_only": True,
            "workload": {"rate_per_s": 2.0, "dispersion_10s": 1.0,
                         "classes": [{"input_tokens": 1000, "output_tokens": 500, "share": 1.0}]},
            "profiles": [{"variant": "bf16", "accelerator": "card", "throughput_rps": [1.25]}],
        }],
        "offers": {"catalog": False, "accelerators": [{"name": "card", "tdp_w": 100}],
                   "own": [{"provider": "aws", "region": "us-east-1", "instance_type": "one", "accelerator": "card",
                            "accelerators_per_instance": 1, "on_demand_usd_per_hour": 1.0}]},
        "costs": costs, **more,
    }  # fmt: skip


BY_HAND = [
    # Llama-3.1-8B: 8.03e9 parameters of two bytes, two versions, 0.5 USD per GB.
    ({"storage": [{"usd_per_gb_month": 0.5, "versions": 2}]}, "storage_usd_per_month", 8.03 * 2 * 2 * 0.5),
    # 500 tokens of 4 bytes leave for each request.
    ({"egress": [{"usd_per_gb": 0.1}]}, "egress_usd_per_month", REQUESTS * 500 * 4 / 1e9 * 0.1),
    # Served at home: nothing crosses; but the weights come from elsewhere, 16.06 GB once over 12 months.
    ({"transfer": [{"usd_per_gb": 0.6}], "weights_home": "EU"}, "transfer_usd_per_month", 8.03 * 2 * 0.6 / 12),
    ({"load_balancers": [{"usd_per_hour": 0.02, "usd_per_gb": 0.008}]}, "load_balancing_usd_per_month",
     0.02 * 730 + REQUESTS * 1500 * 4 / 1e9 * 0.008),
    # 4,500 USD per GPU and year over 8,760 h, two cards all month.
    ({"licences": [{"usd_per_accelerator_hour": "licence:NVIDIA AI Enterprise subscription@nvidia:*"}]},
     "licences_usd_per_month", 2 * 4500 / 12),
    # A half person of 150,000 USD base and 1.3 employer's cost; 6,000 USD once.
    ({"platforms": [{"name": "p", "people": 0.5, "usd_per_person_year": "people:Site reliability engineer US median@*:us",
                     "loading": 1.3, "one_off_usd": 6000}]}, "staff_usd_per_month", 0.5 * 150_000 * 1.3 / 12 + 500),
    ({"monitoring": [{"usd_per_instance_hour": 0.05, "usd_per_million_requests": 2.0}]}, "monitoring_usd_per_month",
     2 * 730 * 0.05 + REQUESTS / 1e6 * 2.0),
    ({"support": [{"share_of_bill": 0.1}]}, "support_usd_per_month", 0.1 * 2 * 730),
    ({"fixed": [{"name": "d", "kind": "data", "one_off_usd": 1200, "usd_per_month": 5}]}, "data_usd_per_month", 105.0),
    ({"fixed": [{"name": "d", "one_off_usd": 1200}]}, "fixed_usd_per_month", 100.0),
]  # fmt: skip
EVERY = {key: value for costs, *_ in BY_HAND for key, value in costs.items()}


@pytest.mark.parametrize("costs, part, usd", BY_HAND, ids=lambda value: value if isinstance(value, str) else "")
def test_a_charge_is_what_arithmetic_says(costs, part, usd):
    plan = plan_of(document(costs))
    assert plan.cost[part] == pytest.approx(usd, rel=1e-3 if "storage" in part or "transfer" in part else 1e-12)
    assert plan.cost[TOTAL] == pytest.approx(2 * 730 + plan.cost[part], rel=1e-12)


def test_parts_sum_to_the_total_to_the_cent():
    cost = plan_of(document(EVERY)).cost
    assert len(cost) == 11 and sum(usd for part, usd in cost.items() if part != TOTAL) == pytest.approx(cost[TOTAL], abs=1e-9)


def test_what_crosses_is_paid_only_away_from_home():
    away = document({"transfer": [{"usd_per_gb": 0.02}]})
    away["services"][0]["home"] = "EU"
    assert plan_of(away).cost["transfer_usd_per_month"] == pytest.approx(REQUESTS * 1500 * 4 / 1e9 * 0.02)


def test_a_part_switched_off_on_the_same_plan_changes_nothing_else():
    whole = plan_of(document(EVERY))
    full = recost(Case(whole, problem(document(EVERY)), catalog()))
    for part in whole.cost.keys() - {TOTAL}:
        less = recost(Case(whole, problem(document(EVERY | {"without": [part]})), catalog()))
        assert less == full | {part: 0.0}


def test_optimising_again_without_a_part_never_costs_more():
    total = cost_of(document(EVERY))
    for part in plan_of(document(EVERY)).cost.keys() - {TOTAL}:
        assert cost_of(document(EVERY | {"without": [part]})) <= total


def test_a_part_nobody_knows_is_refused():
    with pytest.raises(InvalidInput, match="no part of the cost"):
        plan_of(document({"without": ["rent"]}))


def test_a_place_without_a_stated_price_is_left_out_not_free():
    outcome = solve(problem(document({"egress": [{"place": "gcp:*", "usd_per_gb": 0.1}]})), catalog(), Options())
    assert isinstance(outcome, Infeasible)
    assert [c.constraint for c in outcome.conflicts] == ["charges_known"]


@pytest.mark.parametrize("name, code", [("no such row", "unknown_figure"), ("carbon:AWS fleet PUE@*:*", "odd_unit")])
def test_a_name_that_is_no_figure_of_the_kind_is_a_fault(name, code):
    stated = problem_of(from_data(document({"egress": [{"usd_per_gb": name}]}), "t.json"))
    with pytest.raises(InvalidInput) as error:
        check_meaning(stated, catalog())
    assert [(f.path, f.code) for f in error.value.faults] == [("costs.egress[0].usd_per_gb", code)]


def test_people_of_unknown_cost_are_not_free():
    with pytest.raises(InvalidInput, match="unknown, not nothing"):
        problem(document({"platforms": [{"name": "p", "people": 1}]}))


@pytest.mark.parametrize("part", ["storage_usd_per_month", "staff_usd_per_month", "egress_usd_per_month", "support_usd_per_month"])
def test_a_charge_left_out_of_a_plan_fails_its_check(part):
    plan = plan_of(document(EVERY))
    cost = {**plan.cost, part: 0.0, TOTAL: plan.cost[TOTAL] - plan.cost[part]}
    changed = Plan.model_validate(plan.model_dump() | {"cost": cost})
    failed = {c.name for c in certify(changed, problem(document(EVERY)), catalog()).checks if not c.passed}
    assert "cost" in failed and ("paid_once" in failed) == (part in ("storage_usd_per_month", "staff_usd_per_month"))
