"""What a person reads of a plan, at 20, 80 and 160 columns."""

import pytest
from plans import COST, deployment, plan

from planner.cli.console import as_text
from planner.report.plan_view import plan_view


def shown(found, columns=80, **more):
    return as_text(plan_view(found, columns, **more), columns)


def flat(text):
    """Words without the line breaks that a narrow terminal puts between them."""
    return " ".join(text.split())


def test_the_first_line_is_the_answer_and_the_second_its_proof():
    first, second = shown(plan(), 160).split("\n")[:2]
    assert first == "Cheapest deployment: 11,680.00 USD/month"
    assert second == "Proven optimal within 0.005 %: no plan costs less than 11,679.40. Checked without the solver: 1 check passed."


def test_a_plan_that_is_not_proven_says_what_could_be_saved():
    text = flat(shown(plan(status="feasible", proven=False, gap=0.1, bound_usd_per_month=10512.0, deterministic=False)))
    assert "Best deployment found: 11,680.00 USD/month" in text
    assert "Not proven: at most 10 % could be saved (no plan costs less than 10,512.00)" in text
    assert "another run may end with another plan" in text and "Proven" not in text


def test_a_plan_without_a_bound_claims_none():
    text = shown(plan(status="feasible", proven=False, gap=None, bound_usd_per_month=None))
    assert "no lower bound is known" in text


def test_a_failed_check_stands_beside_the_cost():
    failed = {"passed": False, "checks": [{"name": "cost", "passed": False, "worst": 0.1}]}
    assert "The check failed: cost." in flat(shown(plan(certificate=failed, checked=False)))


@pytest.mark.parametrize("columns", [20, 40, 80, 120, 160])
def test_nothing_is_wider_than_the_terminal_and_nothing_is_cut_off(columns):
    text = shown(plan(), columns, everything=True)
    assert max(map(len, text.split("\n"))) <= columns
    assert "…" not in text
    for fact in ("11,680.00", "7,300.00", "4,380.00", "p5.4xlarge,", "H100", "2–6", "quota"):
        assert fact in text


def test_replicas_instances_and_latency_are_shown_against_their_limits():
    text = flat(shown(plan(), 160))
    # Rates by class: 3 + 1 requests/s for half the day, 9 + 3 for the other half.
    assert "chat Llama-3.1-8B 8 requests/s on average, 12 at the peak" in text
    assert "2–6 ▃▃▃▃▃▃▃▃▃▃▃▃████████████ fp8 on 2 × H100, batch 128 aws p5.4xlarge, us-east-1 firm" in text
    assert "p95 312 of 500 ms p95 31 ms 71 % 5 % modelled" in text
    assert "4 × H100 0–2 1" in text and "aws 1 year: 1 instance for 12 months, 100 % used" in text


def test_ways_of_paying_that_are_not_used_have_no_column():
    text = shown(plan())
    assert "on demand" in text and "spot" not in text and "owned" not in text


def test_a_reservation_of_one_pool_alone_stands_by_its_term_since_the_row_names_the_pool():
    pool = plan().pools[0].model_dump()
    of_the_pool = {**pool, "reserved": {"1y aws:p5.4xlarge@us-east-1": (1.0,) * 24}}
    text = flat(shown(plan(pools=[of_the_pool]), 160))
    assert "reserved 1y" in text and "1y aws:p5" not in text


def test_cost_parts_stand_largest_first_and_sum_to_the_cent():
    third = {"on_demand_usd_per_month": 10 / 3, "reserved_usd_per_month": 10 / 3, "spot_usd_per_month": 10 / 3}
    text = shown(plan(cost={**third, "total_usd_per_month": 10.0}))
    assert text.count("3.33 ") == 2 and text.count("3.34 ") == 1 and "10.00" in text
    assert list(COST)[0].startswith("on_demand") and text.index("on-demand instances") < text.index("reserved instances")


def test_only_limits_without_slack_are_said_to_bind():
    text = shown(plan())
    assert "quota  aws H100  3 of 3 instances" in text and "carbon_cap" not in text
    text = shown(plan(), everything=True)
    assert "never binding" in text and "387.7 left" in text


def test_what_the_plan_rests_on_is_grouped_the_weakest_first():
    text = flat(shown(plan()))
    assert text.index("assumed (1)") < text.index("defaults (1)")
    assert "obtainable at once" in text and "horizon.months 12" in text and "Not considered" not in text
    assert "price unknown (1) gcp:a4@us-central1" in flat(shown(plan(), everything=True))


HOSTILE = "[red]\x1b]0;x\x07\x1b[2J {{7*7}} %s :smile: [/] \u202e"


@pytest.mark.parametrize("columns", [20, 80, 160])
def test_names_are_printed_as_written_and_never_obeyed(columns):
    text = shown(plan(HOSTILE), columns)
    assert all(sign.isprintable() for line in text.split("\n") for sign in line)
    joined = "".join(text.split())
    assert "[red]\\x1b]0;x\\x07\\x1b[2J{{7*7}}%s:smile:[/]\\u202e" in joined


def test_spot_and_unserved_demand_are_visible():
    service = {"name": "chat", "deployments": [deployment(purchase="spot")], "unserved_per_s": {"long": (0.0,) * 23 + (2.0,)}}
    text = shown(plan(services=[service]))
    assert "spot" in text and "left unserved: long up to 2/s" in text


def test_unknown_carbon_is_said_not_left_out():
    assert "carbon unknown" in shown(plan(carbon_kg_per_month=None))


def test_what_is_paid_today_is_set_against_the_plan():
    found = plan()
    for paid, said in ((20000.0, "8,320.00 USD/month (42 %) less than the 20,000.00 paid today."), (11000.0, "680.00 USD/month (6.2 %) more than the 11,000.00")):
        problem = {**found.inputs.problem, "paid_now_usd_per_month": paid}
        stated = found.model_copy(update={"inputs": found.inputs.model_copy(update={"problem": problem})})
        # The plan costs 11,680.
        assert said in flat(shown(stated))
