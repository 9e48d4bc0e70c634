"""``planner actuals``: the plan's own bill is no variance, a dearer one is price, half the demand is half the fleet."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from small import COST, written

ROOT = Path(__file__).resolve().parents[2]
DAY = 1_790_000_000 - 1_790_000_000 % 86_400


@pytest.fixture
def plan(tmp_path, run):
    """Two machines at 10 USD/h for 3 requests/s, and the FOCUS rows that the planner expects of them."""
    own = [{"provider": "aws", "region": "us-east-1", "instance_type": "one", "accelerator": "H100", "accelerators_per_instance": 1, "on_demand_usd_per_hour": 10.0}]
    problem = written(tmp_path, offers={"catalog": False, "own": own})
    assert run("solve", problem, "-o", tmp_path / "plan.json").code == 0
    assert run("export", tmp_path / "plan.json", "--to", "focus", "-o", tmp_path / "bill").code == 0
    return tmp_path / "plan.json"


def billed(plan, **changes):
    """The path of the expected bill with other values in its rows."""
    rows = list(csv.DictReader(io.StringIO((plan.parent / "bill" / "focus.csv").read_text(encoding="utf-8"))))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0])
    writer.writeheader()
    writer.writerows({**row, **changes} for row in rows)
    return text_file(plan.parent, "billed.csv", stream.getvalue())


def text_file(folder, name, text):
    """The path of a file with some text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def measured(folder, rate, name="chat"):
    """The path of a day's counters: ``rate`` requests/s of 100 tokens in and out."""
    counters = {"vllm:request_success_total": rate, "vllm:prompt_tokens_total": 100 * rate, "vllm:generation_tokens_total": 100 * rate}
    result = [
        {"metric": {"__name__": metric, "model_name": name}, "values": [[DAY + 3600 * hour, str(3600 * hour * each)] for hour in range(25)]}
        for metric, each in counters.items()
    ]
    return text_file(folder, "prom.json", json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}))


def test_the_bill_that_the_plan_expects_shows_no_variance(plan, run):
    done = run("actuals", plan, "--bill", plan.parent / "bill" / "focus.csv", "--json")
    found = json.loads(done.out)
    assert (done.code, found["status"], found["planned_usd"], found["billed_usd"]) == (0, "done", COST, COST)
    assert found["variance"] == {"usd": 0.0, "price": 0.0, "volume": 0.0, "mix": 0.0}
    assert found["under_used"] == [] and found["measured_demand"] is None


@pytest.mark.parametrize("name", ["11-owned.json", "42-buy.json"])
def test_the_bill_expected_of_starts_owned_and_bought_machines_shows_none_either(name, run, tmp_path):
    assert run("solve", ROOT / "problems" / name, "-o", tmp_path / "plan.json", "--gap", "1%").code == 0
    assert run("export", tmp_path / "plan.json", "--to", "focus", "-o", tmp_path / "bill").code == 0
    found = json.loads(run("actuals", tmp_path / "plan.json", "--bill", tmp_path / "bill" / "focus.csv", "--json").out)
    assert found["variance"]["usd"] == pytest.approx(0.0, abs=0.005) and found["planned_usd"] > 1000
    assert found["under_used"] == []


def test_a_dearer_hour_is_price_and_more_hours_are_volume(plan, run):
    # 1,460 h at 11 instead of 10 USD; then 1,606 h, a tenth more, at 10.
    dearer = json.loads(run("actuals", plan, "--bill", billed(plan, EffectiveCost="16060"), "--json").out)
    assert (dearer["variance"]["price"], dearer["variance"]["volume"]) == pytest.approx((1460.0, 0.0))
    longer = json.loads(run("actuals", plan, "--bill", billed(plan, EffectiveCost="16060", ConsumedQuantity="1606"), "--json").out)
    assert (longer["variance"]["price"], longer["variance"]["volume"]) == pytest.approx((0.0, 1460.0))
    assert longer["services"][0]["variance"] == longer["variance"]


def test_bills_of_later_versions_name_the_seller_in_other_columns(plan, run):
    later = billed(plan)
    later.write_text(later.read_text(encoding="utf-8").replace("ProviderName", "HostProviderName"), encoding="utf-8")
    assert json.loads(run("actuals", plan, "--bill", later, "--json").out)["billed_usd"] == COST


def test_half_the_demand_is_half_the_fleet_and_the_idle_half_is_named(plan, run, tmp_path):
    done = run("actuals", plan, "--bill", plan.parent / "bill" / "focus.csv", "--metrics", measured(tmp_path, 1.5), "-o", tmp_path / "next.json")
    assert done.code == 0 and max(map(len, done.out.split("\n"))) <= 80
    assert "Billed 14,600.00 USD/month against 14,600.00 planned: as planned" in done.out
    assert "aws one, us-east-1 7,300.00 USD/month: instances busy for less than planned" in done.out
    assert "7,300.00 USD/month less, -50 %" in done.out
    assert run("verify", tmp_path / "next.json").code == 0


def test_what_was_committed_to_is_paid_on_unless_it_is_chosen_anew(tmp_path, run):
    # Two machines for a year at 6 USD/h, 8,760 USD/month: with half the demand they are paid as before, chosen anew it is one.
    own = [{"provider": "aws", "region": "us-east-1", "instance_type": "one", "accelerator": "H100", "accelerators_per_instance": 1,
            "on_demand_usd_per_hour": 10.0, "reserved_1y_usd_per_hour": 6.0}]  # fmt: skip
    plan = tmp_path / "plan.json"
    assert run("solve", written(tmp_path, offers={"catalog": False, "own": own}), "-o", plan).code == 0
    metrics = measured(tmp_path, 1.5)
    costs = [
        json.loads(run("actuals", plan, "--metrics", metrics, "--json", *more).out)["measured_demand"]["after"]["total_usd_per_month"]
        for more in ((), ("--recommit",))
    ]
    assert costs == pytest.approx([8760.0, 4380.0])


def test_metrics_alone_end_in_a_plan_too(plan, run, tmp_path):
    found = json.loads(run("actuals", plan, "--metrics", measured(tmp_path, 4.5), "--json").out)
    # 4.5 requests/s take three machines.
    assert found["measured_demand"]["after"]["total_usd_per_month"] == pytest.approx(1.5 * COST)
    assert found["served"] == [{"name": "chat", "served_as": "chat", "planned_per_s": 3.0, "measured_per_s": pytest.approx(4.5)}]


def test_rent_in_a_pool_that_nobody_planned_is_named_as_idle(plan, run):
    found = json.loads(run("actuals", plan, "--bill", billed(plan, SkuId="p5.48xlarge", ResourceName="p5.48xlarge"), "--json").out)
    (idle,) = found["under_used"]
    assert idle["what"] == "aws:p5.48xlarge@us-east-1" and idle["idle_usd"] == COST
    assert {line["name"] for line in found["services"]} == {"chat", "(no service of the plan)"}


def test_what_the_catalogue_does_not_know_is_shown_apart_and_never_compared(plan, run):
    other = billed(plan, SkuId="db.r5", ResourceName="db.r5", ServiceName="Databases", ChargeDescription="db.r5")
    found = json.loads(run("actuals", plan, "--bill", other, "--json").out)
    assert found["outside"] == {"Databases": COST} and found["billed_usd"] == 0.0


def test_a_bill_of_a_company_is_read_though_it_has_more_cells_than_anybody_types(plan, run):
    # 30,000 rows under 39 columns are 1.2 million cells; all are the plan's one row, so all of it is a difference.
    head, row = (plan.parent / "bill" / "focus.csv").read_text(encoding="utf-8").rstrip("\n").split("\n")
    large = text_file(plan.parent, "large.csv", "\n".join([head, *[row] * 30_000]))
    assert json.loads(run("actuals", plan, "--bill", large, "--json").out)["billed_usd"] == pytest.approx(30_000 * COST)


def test_the_page_on_bills_names_the_columns_that_are_read():
    page = (ROOT / "docs" / "actuals.md").read_text(encoding="utf-8").split("## The variance")[0]
    source = (ROOT / "planner" / "imports" / "focus_bill.py").read_text(encoding="utf-8")
    named = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`", page))
    assert named >= {"EffectiveCost", "SkuPriceDetails", "HostProviderName"} and all(f'"{name}"' in source for name in named)


def refused(run, *arguments):
    """What a command says when it ends with exit code 2 or 3."""
    done = run("actuals", *arguments)
    assert done.code in (2, 3) and done.out == ""
    return done.err


def test_wrong_inputs_say_what_is_wrong_and_where(plan, run, tmp_path):
    assert "nothing to compare with" in refused(run, plan)
    odd = text_file(tmp_path, "odd.csv", "Cost,ChargePeriodStart,ChargePeriodEnd\n1,2,3\n")
    assert "'EffectiveCost' is missing" in refused(run, plan, "--bill", odd)
    assert "billed.csv:2: " in refused(run, plan, "--bill", billed(plan, EffectiveCost="a lot"))
    assert "is no amount that a bill holds" in refused(run, plan, "--bill", billed(plan, EffectiveCost="1e308"))
    assert "the bill is in EUR" in refused(run, plan, "--bill", billed(plan, BillingCurrency="EUR"))
    nobody = measured(tmp_path, 1.0, "nobody")
    assert "no service of the plan is in what was measured, whose models are: nobody" in refused(run, plan, "--metrics", nobody)
    assert "names no service and its model" in refused(run, plan, "--metrics", nobody, "--served", "chat")


def test_a_plan_that_does_not_hold_is_no_measure(plan, run, tmp_path):
    content = json.loads(plan.read_text(encoding="utf-8"))
    content["cost"]["on_demand_usd_per_month"] = 1.0
    forged = text_file(tmp_path, "forged.json", json.dumps(content))
    assert run("actuals", forged, "--bill", plan.parent / "bill" / "focus.csv").code == 7
