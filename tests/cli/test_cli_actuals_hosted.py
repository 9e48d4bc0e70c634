"""``planner actuals`` of hosted options: tokens, units and workers are planned, billed and used, and measured demand counts them."""

import csv
import io
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 730 * 3600
# One request/s of 1,000 tokens in and 100 out: 2,628 and 262.8 million tokens a month, at 1 and 2 USD.
COST = 2628.0 + 525.6


def problem(folder, modes=("provider_api",), **api):
    """A model that Acme sells by the token, and in units of 120,000 tokens a minute (outputs count four times) if asked."""
    row = {"provider": "acme", "model": "chat-1", "serves": "Llama-3.1-8B", "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0, "context_window": 8000}
    load = {"rate_per_s": 1.0, "classes": [{"input_tokens": 1000, "output_tokens": 100, "share": 1.0}], "dispersion_10s": 1.0}
    service = {"name": "chat", "model": "Llama-3.1-8B", "modes": list(modes), "workload": load, "allow": {"providers": ["acme"]}}
    path = folder / "problem.json"
    path.write_text(json.dumps({"schema_version": 1, "name": "small", "catalog": "2026-11", "services": [service], "apis": [row | api]}), encoding="utf-8")
    return path


@pytest.fixture
def plan(tmp_path, run):
    """Everything by the token, and the bill that it expects."""
    return solved(tmp_path, run, problem(tmp_path))


def solved(folder, run, stated):
    """The plan's path; its expected bill lies in ``bill/focus.csv``."""
    assert run("solve", stated, "-o", folder / "plan.json").code == 0
    assert run("export", folder / "plan.json", "--to", "focus", "-o", folder / "bill").code == 0
    return folder / "plan.json"


def expected(plan):
    """Rows of the expected bill."""
    return list(csv.DictReader(io.StringIO((plan.parent / "bill" / "focus.csv").read_text(encoding="utf-8"))))


def billed(plan, rows):
    """The path of a bill with these rows."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, expected(plan)[0])
    writer.writeheader()
    writer.writerows(rows)
    path = plan.parent / "billed.csv"
    path.write_text(stream.getvalue(), encoding="utf-8")
    return path


def log(plan, rate, model="acme/chat-1", tokens=(1000, 100), **fields):
    """The path of a day of a router's log: ``rate`` requests a minute."""
    start = 1_790_000_000 - 1_790_000_000 % 86_400
    rows = [
        {"startTime": start + 60 * minute, "model": model, "prompt_tokens": tokens[0], "completion_tokens": tokens[1], "spend": 0.001, **fields}
        for minute in range(1440 + 1)
        for _ in range(rate)
    ]
    path = plan.parent / "spend.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def actuals(run, plan, *more):
    """The document of ``planner actuals``."""
    done = run("actuals", plan, *more, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


@pytest.mark.parametrize("name", ["20-provider-api", "23-serverless", "26-provider-batch", "30-provisioned", "44-jobs"])
def test_the_bill_that_a_plan_with_hosted_options_or_jobs_expects_shows_no_variance(name, run, tmp_path):
    plan = tmp_path / "plan.json"
    assert run("solve", ROOT / "problems" / f"{name}.json", "-o", plan, "--gap", "5%").code == 0
    assert run("export", plan, "--to", "focus", "-o", tmp_path / "bill").code == 0
    rows = expected(plan)
    total = json.loads(plan.read_text(encoding="utf-8"))["cost"]["total_usd_per_month"]
    assert sum(float(row["EffectiveCost"]) for row in rows) == pytest.approx(total)
    found = actuals(run, plan, "--bill", tmp_path / "bill" / "focus.csv")
    assert found["planned_usd"] > 20.0 and found["variance"]["usd"] == pytest.approx(0.0, abs=0.005)
    assert found["under_used"] == [] and all(one["variance"]["usd"] == pytest.approx(0.0, abs=0.005) for one in found["hosted"])


def test_dearer_tokens_are_price_more_of_all_are_volume_and_more_answers_are_mix(plan, run):
    rows = expected(plan)
    dearer = actuals(run, plan, "--bill", billed(plan, [{**row, "EffectiveCost": float(row["EffectiveCost"]) * 1.1} for row in rows]))
    assert dearer["variance"] == pytest.approx({"usd": 0.1 * COST, "price": 0.1 * COST, "volume": 0.0, "mix": 0.0}, abs=1e-6)
    more = [{**row, **{name: float(row[name]) * 1.5 for name in ("EffectiveCost", "ConsumedQuantity", "PricingQuantity")}} for row in rows]
    found = actuals(run, plan, "--bill", billed(plan, more))
    assert found["variance"] == pytest.approx({"usd": 0.5 * COST, "price": 0.0, "volume": 0.5 * COST, "mix": 0.0}, abs=1e-6)
    # Answers twice as long: 262.8 million tokens more at 2 USD. Tokens grow by a eleventh, and the rest is their mix.
    longer = [{**row, **{name: float(row[name]) * 2 for name in ("EffectiveCost", "ConsumedQuantity", "PricingQuantity")}} if "Output" in row["SkuMeter"] else row for row in rows]
    found = actuals(run, plan, "--bill", billed(plan, longer))["variance"]
    assert (found["price"], found["volume"], found["mix"]) == pytest.approx((0.0, COST / 11, 525.6 - COST / 11), abs=1e-6)


def test_tokens_billed_are_the_demand_that_is_planned_for_next(plan, run):
    rows = [{**row, **{name: float(row[name]) * 2 for name in ("EffectiveCost", "ConsumedQuantity", "PricingQuantity")}} for row in expected(plan)]
    found = actuals(run, plan, "--bill", billed(plan, rows))
    assert found["served"][0]["measured_per_s"] == pytest.approx(2.0) and found["loads"]["chat"]["sources"] == ["tokens billed"]
    assert found["measured_demand"]["after"]["total_usd_per_month"] == pytest.approx(2 * COST)


def test_a_log_of_a_router_is_demand_with_its_lengths(plan, run):
    # 30 requests a minute are 0.5 a second; answers of 200 tokens.
    found = actuals(run, plan, "--spend", log(plan, 30, tokens=(1000, 200)))
    assert found["served"][0]["measured_per_s"] == pytest.approx(0.5, rel=1e-3)
    assert found["measured_demand"]["after"]["total_usd_per_month"] == pytest.approx(0.5 * (2628.0 + 2 * 525.6), rel=1e-3)
    assert found["loads"]["chat"]["classes"] == [{"input_tokens": 1000.0, "output_tokens": 200.0, "share": 1.0}]


def test_a_group_of_a_router_says_for_which_service_a_model_was_asked(plan, run):
    spend = log(plan, 6, model_group="chat", custom_llm_provider="acme")
    assert actuals(run, plan, "--spend", spend)["served"][0]["measured_per_s"] == pytest.approx(0.1, rel=1e-3)
    other = log(plan, 6, model_group="somebody-else", custom_llm_provider="acme")
    assert run("actuals", plan, "--spend", other).code == 2


def test_units_of_which_little_is_used_are_named_with_what_they_cost(run, tmp_path):
    # 60 s × (1,000 + 4 × 100) = 84,000 tokens a minute: 70 % of one unit, 730 USD.
    units = {"usd_per_unit_hour": 1.0, "tokens_per_minute": 120000, "output_weight": 4}
    plan = solved(tmp_path, run, problem(tmp_path, ("provisioned",), provisioned=units))
    found = actuals(run, plan, "--bill", tmp_path / "bill" / "focus.csv", "--spend", log(plan, 30))
    (line,) = found["hosted"]
    assert (line["unit"], line["planned"], line["billed"]) == ("unit-hours", 730.0, 730.0)
    assert (line["planned_used"], line["used"]) == pytest.approx((0.7 * 730, 0.35 * 730), rel=1e-3)
    (idle,) = found["under_used"]
    assert (idle["what"], idle["kind"]) == ("acme:chat-1 provisioned", "units") and idle["idle_usd"] == pytest.approx(365.0, rel=1e-2)


def test_units_that_were_committed_to_and_not_used_are_a_commitment(run, tmp_path):
    units = {"usd_per_unit_hour": 1.0, "tokens_per_minute": 120000}
    plan = solved(tmp_path, run, problem(tmp_path, ("provisioned",), provisioned=units))
    (row,) = expected(plan)
    used = {**row, "EffectiveCost": 500, "CommitmentDiscountId": "ptu-1", "CommitmentDiscountStatus": "Used", "PricingCategory": "Committed"}
    unused = {**used, "EffectiveCost": 230, "CommitmentDiscountStatus": "Unused"}
    found = actuals(run, plan, "--bill", billed(plan, [used, unused]))
    assert [(one["what"], one["kind"], one["idle_usd"]) for one in found["under_used"]] == [("ptu-1", "commitment", 230.0)]
    assert found["variance"]["usd"] == pytest.approx(0.0)


def test_money_without_a_quantity_is_price_and_said(plan, run):
    rows = [{**row, "ConsumedQuantity": "", "PricingQuantity": "", "EffectiveCost": 2 * float(row["EffectiveCost"])} for row in expected(plan)]
    found = actuals(run, plan, "--bill", billed(plan, rows))
    assert found["variance"] == pytest.approx({"usd": COST, "price": COST, "volume": 0.0, "mix": 0.0})
    assert found["hosted"][0]["billed"] is None and any("no quantity for acme:chat-1" in note for note in found["notes"])


def test_tokens_of_the_model_at_a_seller_that_nobody_planned_are_named(plan, run):
    row = expected(plan)[0]
    other = {**row, "ProviderName": "Amazon Web Services", "SkuId": "X1", "ResourceName": "", "SkuMeter": "",
             "ChargeDescription": "meta.llama3-1-8b-instruct-v1:0 output tokens", "EffectiveCost": 50}  # fmt: skip
    found = actuals(run, plan, "--bill", billed(plan, [*expected(plan), other]))
    (idle,) = found["under_used"]
    assert (idle["what"], idle["kind"], idle["idle_usd"]) == ("bedrock:meta.llama3-1-8b-instruct-v1:0", "tokens", 50.0)


def test_what_own_engines_served_and_what_overflowed_are_added(run, tmp_path):
    # Two machines of 1.5 requests/s at most, priced so that one serves the base and Acme the rest.
    from small import problem as small

    stated = small()
    stated["services"][0] |= {"modes": ["real_time", "provider_api"], "allow": {"providers": ["aws", "acme"]}}
    stated["offers"] = {"catalog": False, "own": [{"provider": "aws", "region": "us-east-1", "instance_type": "one", "accelerator": "H100",
        "accelerators_per_instance": 1, "on_demand_usd_per_hour": 10.0, "stock": 1}]}  # fmt: skip
    stated["apis"] = [{"provider": "acme", "model": "chat-1", "serves": "Llama-3.1-8B", "input_usd_per_mtok": 90.0, "output_usd_per_mtok": 90.0,
                       "context_window": 8000}]  # fmt: skip
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(stated), encoding="utf-8")
    plan = solved(tmp_path, run, path)
    content = json.loads(plan.read_text(encoding="utf-8"))["services"][0]
    own = sum(rates[0] for one in content["deployments"] for rates in one["rate_per_s"].values())
    assert content["hosted"] and 0.0 < own < 3.0
    found = actuals(run, plan, "--bill", tmp_path / "bill" / "focus.csv")
    # The tokens billed say what overflowed; what the machine served is as planned, and both are the demand.
    assert found["loads"]["chat"]["sources"] == ["as planned", "tokens billed"] and found["served"][0]["measured_per_s"] == pytest.approx(3.0)


def test_names_that_a_spreadsheet_or_a_terminal_must_not_run_come_back_from_the_expected_bill(run, tmp_path):
    path = problem(tmp_path)
    stated = json.loads(path.read_text(encoding="utf-8"))
    stated["apis"][0] |= {"provider": '=ac"me<i>', "model": "chat‮=1+1<script>"}
    stated["services"][0] |= {"name": "@SUM(1)<b>", "allow": {"providers": ['=ac"me<i>']}}
    path.write_text(json.dumps(stated), encoding="utf-8")
    plan = solved(tmp_path, run, path)
    text = (tmp_path / "bill" / "focus.csv").read_text(encoding="utf-8")
    assert "‮" not in text and not [cell for row in csv.reader(io.StringIO(text)) for cell in row if cell[:1] in "=@+"and cell]
    done = run("actuals", plan, "--bill", tmp_path / "bill" / "focus.csv")
    assert done.code == 0 and "as planned" in done.out.split("\n")[0] and "‮" not in done.out
