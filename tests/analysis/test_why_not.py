"""Why an option is not in the plan: a rule with its figures, or a price; and plans that differ."""

import json

import pytest

from planner.analysis.alternatives import alternatives, deployments
from planner.analysis.why_not import why_not
from planner.errors import UsageError
from tests.analysis.small import MONTH, bench, offer, problem, service

TWO = problem(offers=[offer("one", 10.0), offer("dear", 12.0, provider="other")])


def test_an_option_that_is_too_dear_comes_with_its_cost_and_its_price():
    (found,) = why_not(bench(TWO), "dear@other for chat")
    # Two machines at 12 instead of 10: 4 × 730 more; at 10/12 of its price it costs the same.
    assert found.forced.value == pytest.approx(2 * 2 * MONTH) and found.forced.sign == "higher"
    (price,) = found.prices
    assert price.purchase == "on_demand" and price.enters == price.takes_over == pytest.approx(10 / 12)


def test_at_the_price_that_is_named_the_option_costs_no_more():
    on = bench(TWO)
    (found,) = why_not(on, "dear@other")
    there = bench(problem(offers=[offer("one", 10.0), offer("dear", 12.0 * found.prices[0].enters, provider="other")]))
    (again,) = why_not(there, "dear@other")
    assert again.used or again.forced.value == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        # Two machines at 3 USD/h on demand against two on spot at 9, or reserved at 5: a third of the price, or three fifths.
        ({"usd": None, "spot_usd_per_hour": 9.0, "spot_availability": 1.0, "spot_interruptions_per_month": 0.0}, {"spot": 3 / 9}),
        ({"usd": 20.0, "spot_usd_per_hour": 9.0, "spot_availability": 1.0, "spot_interruptions_per_month": 0.0}, {"on_demand": 3 / 20, "spot": 3 / 9}),
        ({"usd": None, "reserved_1y_usd_per_hour": 5.0}, {"reserved": 3 / 5}),
        ({"usd": 8.0, "reserved_1y_usd_per_hour": 5.0}, {"on_demand": 3 / 8, "reserved": 3 / 5}),
    ],
)
def test_every_price_that_may_be_paid_is_named(more, named):
    on = bench(problem([service(spot={"allowed": True})], [offer("one", 3.0), offer("dear", provider="other", **more)], commitments={"offered": True}))
    (found,) = why_not(on, "dear@other")
    assert {one.purchase: one.enters for one in found.prices} == {name: pytest.approx(factor) for name, factor in named.items()}


def test_an_option_that_breaks_a_rule_comes_with_the_rule():
    document = problem([service(allow={"exclude_providers": ["other"]})], TWO["offers"]["own"])
    (found,) = why_not(bench(document), "dear@other for chat")
    assert found.eligible == 0 and any("other" in text for text in found.left_out)
    catalogued = {**problem([{**service(), "profiles_only": False, "profiles": [], "slo": {"ttft_ms": {"p95": 1}}}]), "offers": {"catalog": False, "own": [offer()]}}
    (found,) = why_not(bench(catalogued), "H100 for chat")
    assert found.eligible == 0 and found.barred and any("ttft" in rule for rule in found.barred[0].rules)


def test_what_is_in_the_plan_is_said_to_be():
    assert why_not(bench(TWO), "one@own")[0].used and why_not(bench(TWO), "own:one@here")[0].used


def test_names_that_nothing_has_are_refused_with_near_ones():
    for use, near in (
        ("one for chatt", 'mean "chat"'), ("one for search", "known here: chat"), ("H10 for chat", 'mean "H100"'), ("ome@own", 'mean "one"'),
        ("one@hre", 'not sold at "hre"; did you mean "here"'), ("zzz", "known here: H100, dear, one"), ("fp9 on H100", 'no variant is called "fp9".*"fp8"'),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=near):
            why_not(bench(TWO), use)


def test_an_alternative_shares_nothing_where_that_is_near_enough():
    found = alternatives(bench(TWO), within=0.25)
    (other,) = found.others
    assert other.shared == () and other.found.cost.value == pytest.approx(2 * 2 * MONTH) and found.complete
    assert alternatives(bench(TWO), within=0.1).others == ()


def test_an_alternative_shares_the_fewest_where_it_must_share():
    # Three replicas: two at 10, the third at 11 or at 12. The two sellers of one each cannot do without the first.
    document = problem([service(rate=5.0)], [offer("one", 10.0, stock=2), offer("mid", 11.0, stock=1), offer("dear", 12.0, provider="other", stock=1)])
    (other, *_) = alternatives(bench(document), within=0.2).others
    assert other.shared == ("chat on own:one@here firm",) and other.fewest and other.found.cost.value == pytest.approx(1 * MONTH)
    assert deployments(other.found.after) != deployments(other.found.before)


def test_an_alternative_claims_no_bound_but_that_of_the_cheapest():
    (other,) = alternatives(bench(TWO), within=0.25).others
    plan, base = other.found.after, other.found.before
    assert plan.bound_usd_per_month == base.bound_usd_per_month and not plan.proven and plan.certificate.passed


def test_the_commands_say_what_was_found(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(TWO))
    done = run("why-not", file, "--use", "dear@other for chat")
    assert done.code == 0 and "83.3333 %" in done.out and all(len(text) <= 80 for text in done.out.split("\n"))
    assert json.loads(run("why-not", file, "--use", "one", "--json").out)["services"][0]["used"]
    done = run("alternatives", file, "--within", "25%")
    assert done.code == 0 and "shares no deployment" in done.out
    assert json.loads(run("alternatives", file, "--json").out)["alternatives"] == []
