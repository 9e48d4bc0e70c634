"""Showback: lines that sum to the plan's total at each price, by rules that can be recomputed by hand."""

import json

import pytest

from planner.analysis.showback import WHOLE, showback
from planner.analysis.split import Split
from planner.plan.cost import TOTAL
from planner.verify.case import Case
from tests.analysis.small import MONTH, bench, catalog, offer, problem, service

# chat needs two replicas (3 of 2 requests/s each), code one: three of the four slots of one instance at 40 USD/h.
SHARED = problem([service(team="front"), service("code", rate=1.0)], [offer("four", 40.0, size=4)])
PLAN_12 = {"name": "a year", "scope": {"provider": "own"}, "measure": "instances", "term_months": 12, "discount": 0.4}

EVERYTHING = problem(
    [service(team="front", spot={"allowed": True, "max_share": 0.4}), service("code", rate=[1.0, 5.0], unserved_usd_per_request=0.01)],
    [offer("two", 20.0, size=2, spot_usd_per_hour=6.0, spot_availability=0.9, spot_interruptions_per_month=10)],
    periods={"kind": "day", "per_day": 2}, start_up={"hours": 0.5, "spot_restart_hours": 0.1}, financing={"annual_rate": 0.1},
    commitments={"offers": [PLAN_12 | {"upfront_share": 0.5, "max_units": 1},
                            {"name": "plan", "scope": {}, "measure": "spend", "term_months": 12, "discount": 0.2}],
                 "held": [{"name": "old", "scope": {"instance_type": "two"}, "measure": "instances", "amount": 1, "usd_per_month": 9000}]},
    owned=[{"name": "rack", "accelerator": "H100", "accelerators_per_instance": 1, "instances": 1, "electricity_usd_per_kwh": 0.2,
            "upkeep_usd_per_hour": 0.1, "power_off": True, "site": "here"}],
    carbon={"price_usd_per_tonne": 0.0}, costs={"support": [{"offers": "own:*", "share_of_bill": 0.1}], "licences": [{"usd_per_accelerator_hour": 0.5}]},
)  # fmt: skip


def split(document, listed=None, **more):
    base = bench(document)
    plan = base.base().plan
    return showback(plan, base.loaded.problem, base.catalog, listed or base.catalog, **more)


def lines(found):
    return {one.name: one for one in found.lines}


def test_those_who_stand_on_an_instance_carry_its_empty_slots():
    found = lines(split(SHARED))
    # 40 × 730 = 29,200 for the instance, two thirds and one third; a quarter of each is for the slot that nobody takes.
    assert found["chat"].effective_usd == pytest.approx(29200 * 2 / 3)
    assert found["code"].effective_usd == pytest.approx(29200 / 3)
    assert found["chat"].empty_usd == pytest.approx(29200 * 2 / 3 / 4)


def test_empty_slots_belong_to_the_whole_where_that_is_the_rule():
    found = lines(split(SHARED, rule="whole"))
    # 10 USD/h for each accelerator taken, the fourth is the whole's: the same share as team budgets count.
    assert found["chat"].effective_usd == pytest.approx(2 * 10 * MONTH)
    assert found["code"].effective_usd == pytest.approx(10 * MONTH)
    assert found[WHOLE].effective_usd == pytest.approx(10 * MONTH)
    shares = {s.name: s.share_usd_per_month for s in bench(SHARED).base().plan.services}
    assert {name: one.effective_usd for name, one in found.items() if name != WHOLE} == pytest.approx(shares)


def test_spot_hours_that_do_not_run_are_no_empty_slots():
    # Two full spot machines at 4 USD/h count as 8 in the service's share, and run nine hours of ten: 7.2.
    spot = {"spot_usd_per_hour": 4.0, "spot_availability": 0.9, "spot_interruptions_per_month": 0.0}
    found = lines(split(problem([service(spot={"allowed": True})], [offer("one", 10.0, **spot)]), rule="whole"))
    assert found["chat"].effective_usd == pytest.approx(2 * 4 * MONTH) and found[WHOLE].empty_usd == pytest.approx(0.0)
    assert found[WHOLE].parts == pytest.approx({"empty_slots": 0.0, "starts_and_spot_hours": -0.8 * MONTH, "commitments": 0.0}, abs=1e-6)


def test_savings_of_a_commitment_are_in_the_effective_price_alone():
    committed = {**SHARED, "commitments": {"offers": [PLAN_12]}}
    found = split(committed)
    # 40 % off the one instance that runs all the time.
    assert found.total("effective_usd") == pytest.approx(0.6 * 29200)
    assert found.total("contracted_usd") == found.total("list_usd") == pytest.approx(29200)
    whole = lines(split(committed, rule="whole"))[WHOLE]
    # One empty slot (7,300) less what the commitment saves (11,680).
    assert whole.effective_usd == pytest.approx(7300 - 11680) and whole.parts["commitments"] == pytest.approx(-11680)


def test_list_price_is_the_sellers_where_an_own_row_changes_it():
    name = "aws:g6e.2xlarge@us-east-1"
    row = catalog().offers[name]
    own = offer("g6e.2xlarge", row.on_demand_usd_per_hour / 2, provider="aws", region="us-east-1") | {"accelerator": row.accelerator}
    served = service(profiles=[{"accelerator": row.accelerator, "throughput_rps": [2.0]}])
    found = split(problem([served], [own]))
    assert found.total("list_usd") == pytest.approx(2 * found.total("contracted_usd"))
    assert found.total("contracted_usd") == pytest.approx(found.plan.cost[TOTAL])


def test_in_each_period_everybody_pays_the_same_for_an_accelerator():
    # Half the day: chat alone on two machines. The other half: code too, on a third.
    halves = {"periods": {"kind": "day", "per_day": 2}, "start_up": {"hours": 0.0, "spot_restart_hours": 0.0}}
    found = lines(split(problem([service(), service("code", rate=[0.0, 1.0])], **halves)))
    assert found["chat"].effective_usd == pytest.approx(2 * 10 * MONTH)
    assert found["code"].effective_usd == pytest.approx(10 * MONTH / 2)


def test_charges_go_to_those_who_cause_them_and_the_rest_by_all_of_it():
    costs = {
        "egress": [{"place": "*", "usd_per_gb": 1.0}],
        "fixed": [{"name": "audit", "usd_per_month": 300.0}],
        "platforms": [{"name": "ops", "offers": ["own:*"], "usd_per_month": 900.0}],
    }
    found = split({**SHARED, "costs": costs})
    by_name = lines(found)
    # chat sends three times the answers of code.
    egress = {name: one.parts["egress_usd_per_month"] for name, one in by_name.items()}
    assert egress["chat"] == pytest.approx(3 * egress["code"])
    # The platform by accelerator-hours: two to one.
    assert by_name["chat"].parts["staff_usd_per_month"] == pytest.approx(600)
    assert found.nobodys == ("fixed_usd_per_month",)
    rest = {name: one.effective_usd - one.parts["fixed_usd_per_month"] for name, one in by_name.items()}
    assert by_name["chat"].parts["fixed_usd_per_month"] == pytest.approx(300 * rest["chat"] / sum(rest.values()))
    assert found.total("effective_usd") == pytest.approx(found.plan.cost[TOTAL])


@pytest.mark.parametrize("rule", ["spread", "whole"])
@pytest.mark.parametrize("by", ["service", "team"])
def test_lines_sum_to_the_total_with_every_kind_of_payment(rule, by):
    found = split(EVERYTHING, rule=rule, by=by)
    assert found.total("effective_usd") == pytest.approx(found.plan.cost[TOTAL], rel=1e-12)
    for one in found.lines:
        assert sum(one.parts.values()) == pytest.approx(one.effective_usd, rel=1e-9, abs=1e-9)
    names = [one.name for one in found.lines]
    assert names[:2] == (["chat", "code"] if by == "service" else ["(no team)", "front"])


def test_what_is_split_by_sums_to_each_part_of_the_cost_by_itself():
    base = bench(EVERYTHING)
    plan = base.base().plan
    found = Split(Case(plan, base.loaded.problem, base.catalog)).parts
    # Energy and upkeep go by accelerator-hours; everything else that has a driver is counted in money.
    money = {part for part in found if part in plan.cost and not part.startswith("owned_")}
    assert len(money) >= 5
    for part in money:
        assert sum(found[part].values()) == pytest.approx(plan.cost[part], rel=1e-9), part


def test_what_is_owned_costs_the_same_at_every_price():
    rack = {"name": "rack", "site": "here", "accelerator": "H100", "accelerators_per_instance": 1, "instances": 2, "electricity_usd_per_kwh": 0.2, "power_off": True}
    halves = {"periods": {"kind": "day", "per_day": 2}, "start_up": {"hours": 0.5, "spot_restart_hours": 0.0}}
    found = split(problem([service(rate=[1.0, 3.0])], owned=[rack], **halves))
    assert found.plan.cost["start_ups_usd_per_month"] > 0
    assert found.total("list_usd") == pytest.approx(found.total("effective_usd"), rel=1e-12)


def test_who_moves_pays_for_it():
    row = {"service": "chat", "variant": "bf16", "accelerator": "H100", "engine": "unstated", "max_num_seqs": 256, "pool": "own:one@here", "replicas": [2]}
    found = lines(split(problem([service(), service("code", rate=1.0)], existing={"deployments": [row]})))
    # chat stays as it is; code's one replica is new: 4 h of work at 94 USD, and an hour of a machine.
    assert found["code"].parts["migration_usd_per_month"] == pytest.approx((4 * 94 + 10) / 12)
    assert "migration_usd_per_month" not in found["chat"].parts


def test_a_job_pays_for_itself():
    job = {"name": "tune", "kind": "fine_tuning", "model": "Llama-3.2-1B", "tokens": 1e9, "deadline_hours": 700, "instances": [1]}
    found = split(problem(jobs=[job]))
    by_name = lines(found)
    assert by_name["job tune"].effective_usd == pytest.approx(sum(usd for part, usd in found.plan.cost.items() if part.startswith("job")))
    assert found.total("effective_usd") == pytest.approx(found.plan.cost[TOTAL])
    assert [one.name for one in split(problem(jobs=[job]), by="team").lines] == ["(jobs)", "(no team)"]


def test_printed_cents_sum_to_the_printed_total(run, tmp_path):
    file, plan = tmp_path / "p.json", tmp_path / "plan.json"
    file.write_text(json.dumps(SHARED))
    done = run("showback", file, "--by", "service")
    rows = [row.split() for row in done.out.split("\n") if row.startswith("  c") or row.startswith("  total")]
    cents = {row[0]: round(float(row[3].replace(",", "")) * 100) for row in rows if len(row) > 4}
    assert done.code == 0 and cents["chat"] + cents["code"] == cents["total"] == 2920000
    assert all(len(line) <= 80 for line in done.out.split("\n"))
    run("solve", file, "-o", plan)
    answer = json.loads(run("showback", plan, "--json").out)
    assert answer["by"] == "team" and [one["name"] for one in answer["lines"]] == ["(no team)", "front"]
    spoilt = json.loads(plan.read_text())
    spoilt["cost"]["total_usd_per_month"] = 1.0
    plan.write_text(json.dumps(spoilt))
    assert run("showback", plan).code == 7


def test_no_plan_has_no_cost_to_split(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps({**SHARED, "limits": {"budget_usd_per_month": 1}}))
    assert run("showback", file).code == 4
    assert json.loads(run("showback", file, "--json").out)["status"] == "infeasible"
    assert run("showback", tmp_path / "none.json").code == 3
