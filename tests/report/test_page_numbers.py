"""Every number of a report is the plan's: read back from the page, and recomputed here by other means."""

import json
import re
from urllib.parse import unquote

import pytest
from page_elements import Page
from page_plans import fleet, page_plan

from planner.report.page.analyses import Analysis
from planner.report.page.build import report_of
from planner.report.page.html import html_text
from planner.report.page.markdown import markdown_text
from planner.report.page.tidy_csv import tidy_csv_text


def at(document, origin):
    """What a JSON pointer names."""
    for step in origin.split("/")[1:]:
        step = unquote(step).replace("~1", "/").replace("~0", "~")
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def hours(plan):
    return [period["hours_per_month"] for period in plan["periods"]]


def mean(plan, values):
    return sum(map(float.__mul__, map(float, values), hours(plan))) / sum(hours(plan))


def rate(plan, service):
    """Requests/s of a service in each period."""
    part = plan["services"][int(service)]
    rates = [one for found in part["deployments"] + part["hosted"] for one in found["rate_per_s"].values()]
    return [sum(column) for column in zip(*rates)]


def instances(plan, pool, way):
    found = plan["pools"][int(pool)]
    if way == "reserved":
        return [sum(column) for column in zip(*found["reserved"].values())] or [0.0] * len(hours(plan))
    return found[way]


def running(plan, pool):
    found = plan["pools"][int(pool)]
    return [sum(column) for column in zip(found["running_firm"], found["spot"])]


def field(plan, service, number, name):
    return [value for value in plan["services"][int(service)]["deployments"][int(number)][name] if value is not None]


# The same names as the report's, written a second time.
AGAIN = {
    "served": lambda p, s, t: rate(p, s)[int(t)],
    "served_by_all": lambda p, t: sum(rate(p, s)[int(t)] for s in range(len(p["services"]))),
    "replicas": lambda p, s, t: sum(one["replicas"][int(t)] for one in p["services"][int(s)]["deployments"]),
    "accelerators": lambda p, way, t: sum(instances(p, k, way)[int(t)] * one["accelerators_per_instance"] for k, one in enumerate(p["pools"])),
    "accelerators_of": lambda p, s, d: max(field(p, s, d, "replicas")) * p["services"][int(s)]["deployments"][int(d)]["tp"],
    "most": lambda p, s, d, name: max(field(p, s, d, name)),
    "least": lambda p, s, d, name: min(field(p, s, d, name)),
    "most_running": lambda p, k: max(running(p, k)),
    "mean_running": lambda p, k: mean(p, running(p, k)),
    "cost_share": lambda p, part: p["cost"][part] / p["cost"]["total_usd_per_month"],
    "saving": lambda p: p["inputs"]["problem"]["paid_now_usd_per_month"] - p["cost"]["total_usd_per_month"],
    "region_carbon": lambda p, region: sum(p["carbon_by_region"][region]),
    "month": lambda p, entry: int(entry) + 1,
    "hosted_rate": lambda p, s, h: mean(p, [sum(column) for column in zip(*p["services"][int(s)]["hosted"][int(h)]["rate_per_s"].values())]),
    "sent": lambda p, mode, t: sum(
        rates[int(t)] for one in p["services"] for use in (one["hosted"] if mode != "own" else one["deployments"])
        if mode in ("own", use["mode"]) for rates in use["rate_per_s"].values()
    ),
    "growth": lambda p: p["demand_multiplier_survived"] - 1.0,
    "left_out": lambda p, entry: len(p["not_considered"][int(entry)]["what"]),
    "checks": lambda p: len(p["certificate"]["checks"]),
    "count": lambda p, name: len(p[name]),
    "assumptions": lambda p, kind: len([one for one in p["assumptions"] if one["kind"] == kind]),
    "binding": lambda p: len([one for one in p["binding"] if one["slack"] <= 1e-6 * max(1.0, one["limit"])]),
}


def meant(documents, origin):
    """The number that an origin stands for."""
    name, *arguments = origin.split(" ")
    if name == "difference":
        first, second = (meant(documents, one) for one in arguments)
        return first - second
    side, _, name = name.rpartition(":") if re.match(r"(other|analysis\d+):", name) else ("", "", name)
    plan = documents[side]
    return at(plan, name) if name.startswith("/") else AGAIN[name](plan, *(unquote(one).replace("~1", "/").replace("~0", "~") for one in arguments))


def half_a_digit(text):
    """What rounding to the digits shown may cost, and the number shown."""
    plain = text.replace(",", "").replace("%", "").strip().lstrip("+")
    mantissa, _, exponent = plain.partition("e")
    decimals = len(mantissa.partition(".")[2])
    scale = 10.0 ** int(exponent or 0) * (0.01 if "%" in text else 1.0)
    return 0.5000001 * 10.0**-decimals * scale, float(mantissa) * scale


def shown(plan, **more):
    return Page(html_text(report_of(plan, **more)))


@pytest.mark.parametrize("make", [page_plan, lambda: fleet(4)])
def test_every_figure_is_the_plans_and_is_rounded_rightly(make):
    plan = make()
    document = plan.model_dump(mode="json")
    page = shown(plan)
    assert len(page.figures) > 400
    for origin, value, text in page.figures:
        assert float(value) == pytest.approx(meant({"": document}, origin), rel=1e-12, abs=1e-12), origin
        # At most four digits of large amounts are after the point; big ones lose their fraction.
        slack, read = half_a_digit(text)
        assert abs(read - float(value)) <= slack, (origin, value, text)


def test_no_number_stands_outside_of_a_figure():
    page = shown(page_plan())
    # "100" of the index and "95" of percentiles are figures; what is left holds no digit but those of the word kgCO2e.
    left = [text for text in page.words if re.search(r"\d", text.replace("CO2e", ""))]
    assert left == []


def test_words_of_the_plan_are_the_plans():
    plan = page_plan()
    page = shown(plan)
    known = json.dumps(plan.model_dump(mode="json"), ensure_ascii=False) + " ".join(text for _, _, text in page.figures)
    tokens = {token for text in page.names for token in re.findall(r"[\w.,@:-]*\d[\w.,@:-]*", text.replace("CO2e", ""))}
    assert [token for token in sorted(tokens) if token.strip(".:,") not in known] == []


def test_what_is_compared_comes_from_both_plans():
    plan, other = page_plan(), page_plan(cost={"on_demand_usd_per_month": 8000.0, "total_usd_per_month": 8000.0})
    documents = {"": plan.model_dump(mode="json"), "other": other.model_dump(mode="json")}
    figures = shown(plan, other=other).figures
    # 11,680 − 8,000.
    assert ["difference /cost/total_usd_per_month other:/cost/total_usd_per_month", "3680.0", "+3,680.00"] in figures
    for origin, value, _ in figures:
        assert float(value) == pytest.approx(meant(documents, origin), rel=1e-12), origin


def test_figures_of_other_commands_are_theirs():
    content = {"command": "price", "limits": [{"limit": "budget", "step": 0.1, "cost_usd_per_month": 4000.0}]}
    page = shown(page_plan(), analyses=[Analysis("price", content)])
    assert ["analysis0:/limits/0/cost_usd_per_month", "4000.0", "4,000.00"] in page.figures


def test_hidden_prices_are_an_index_of_100_and_no_amount_is_left():
    plan = page_plan(binding=[{"constraint": "budget", "where": "all", "value": 11680.0, "limit": 12000.0, "unit": "USD/month", "slack": 320.0}])
    report = report_of(plan, hide_prices=True)
    page = Page(html_text(report))
    values = {origin: float(value) for origin, value, _ in page.figures}
    assert values["/cost/total_usd_per_month"] == pytest.approx(100.0)
    # 7,300 of 11,680 USD on demand.
    assert values["/cost/on_demand_usd_per_month"] == pytest.approx(62.5)
    assert values["/binding/0/limit"] == pytest.approx(12000 / 116.8)
    assert not any("usd_per_unit_hour" in origin for origin in values)
    for text in (html_text(report), markdown_text(report), tidy_csv_text(report)):
        assert not any(amount in text for amount in ("11680", "11,680", "7300", "7,300", "4380", "12,000", "9000.5"))
        assert "USD" not in text.replace("analysis", "")


def test_a_spend_commitment_counts_money_and_is_hidden_with_it():
    bought = {"name": "savings plan", "measure": "spend", "units": 4.816, "term_months": 12, "usd_per_unit_hour": 1.0, "upfront_usd": 0.0,
              "beyond_horizon_usd": 0.0, "used_share": 1.0}  # fmt: skip
    plan = page_plan(commitments=[bought])
    assert "4.816" in tidy_csv_text(report_of(plan))
    # 4.816 USD/h where 11,680 USD a month are 100.
    hidden = tidy_csv_text(report_of(plan, hide_prices=True))
    assert "4.816" not in hidden and f"units,{4.816 * (100 / 11680)}" in hidden


def test_a_table_of_figures_alone_names_its_rows():
    plan = page_plan(cash=[{"month": 0, "running_usd": 10.0, "upfront_usd": 90.0, "one_off_usd": 0.0}, {"month": 1, "running_usd": 10.0, "upfront_usd": 0.0, "one_off_usd": 0.0}])
    assert "Cost,Cash by month,1,upfront,90.0,/cash/0/upfront_usd" in tidy_csv_text(report_of(plan)).split("\n")


def test_words_that_may_state_a_price_are_left_out_with_the_prices():
    facts = [{"path": "apis.seller:model", "value": [0.5, 1.5], "kind": "published", "reason": "USD per million tokens"},
             {"path": "hosts.x", "value": 1.116, "kind": "derived", "reason": "USD per hour of a worker"},
             {"path": "energy.pue", "value": 1.2, "kind": "default", "reason": "two halls"}]  # fmt: skip
    plan = page_plan(assumptions=facts)
    problem = {**plan.inputs.problem, "description": "Cash is capped at 20,000 USD."}
    plan = plan.model_copy(update={"inputs": plan.inputs.model_copy(update={"problem": problem})})
    text = html_text(report_of(plan, hide_prices=True))
    assert "20,000" not in text and "1.116" not in text and "[0.5" not in text and ">1.2<" in text
    assert "20,000" in html_text(report_of(plan))


def test_markdown_and_csv_hold_the_same_figures():
    plan = page_plan()
    report = report_of(plan)
    markdown, csv = markdown_text(report), tidy_csv_text(report)
    assert "**The cheapest deployment of 1 service costs 11,680.00 USD a month, proven within 0.005 %.**" in markdown
    assert "| on-demand instances | 7,300.00 | 62 % |" in markdown or "| on\\-demand instances | 7,300.00 | 62 % |" in markdown
    assert "Cost,Cost by part,total,USD/month,11680.0,/cost/total_usd_per_month" in csv.split("\n")


def test_parts_of_a_plan_that_no_section_knows_are_shown_all_the_same():
    page = shown(page_plan())
    assert ["/services/0/quality_mean", "0.93", "0.93"] in page.figures


def test_the_same_plan_gives_the_same_page():
    assert html_text(report_of(page_plan())) == html_text(report_of(page_plan()))


def test_what_is_paid_today_is_set_against_the_plan():
    plan = page_plan()
    problem = {**plan.inputs.problem, "paid_now_usd_per_month": 20000.0}
    plan = plan.model_copy(update={"inputs": plan.inputs.model_copy(update={"problem": problem})})
    # 20,000 − 11,680; as an index 100 × 8,320 / 11,680 = 71.23.
    assert ["saving", "8320.0", "8,320.00"] in shown(plan).figures
    assert "20,000" not in html_text(report_of(plan, hide_prices=True)) and "71.23" in html_text(report_of(plan, hide_prices=True))


def test_hosted_options_jobs_and_cash_are_shown_with_their_figures():
    plan = page_plan(
        services=[{"name": "chat", "deployments": [], "hosted": [
            {"mode": "provider_api", "name": "seller:model", "provider": "seller", "rate_per_s": {"c1": (1.0,) * 12 + (2.0,) * 12}, "usd_per_month": 321.5}]}],
        jobs=[{"name": "tune", "pool": "aws:p5.4xlarge@us-east-1", "purchase": "spot", "instances": 2, "spare": (0.0,) * 24, "runs": 3,
               "hours_per_run": 12.5, "flop_per_run": 1e20, "memory_gib": 70.0, "kwh_per_run": None}],
        cash=[{"month": 0, "running_usd": 10.0, "upfront_usd": 90.0, "one_off_usd": 0.0}, {"month": 1, "running_usd": 10.0, "upfront_usd": 0.0, "one_off_usd": 0.0}],
    )  # fmt: skip
    figures = shown(plan).figures
    # Half of the hours at 1/s and half at 2/s.
    values = {origin: float(value) for origin, value, _ in figures}
    assert values["hosted_rate 0 0"] == pytest.approx(1.5) and ["/services/0/hosted/0/usd_per_month", "321.5", "321.50"] in figures
    assert [values["sent provider_api 0"], values["sent provider_api 12"]] == [1.0, 2.0] and "sent own 0" not in values
    assert ["/jobs/0/hours_per_run", "12.5", "12.5"] in figures and ["/cash/0/upfront_usd", "90.0", "90.00"] in figures
    document = plan.model_dump(mode="json")
    for origin, value, _ in figures:
        assert float(value) == pytest.approx(meant({"": document}, origin), rel=1e-12), origin
