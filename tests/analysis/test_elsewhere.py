"""Analyses of problems in which others than own replicas may answer: provider APIs, batches and groups that share replicas."""

import json

import pytest

from planner.analysis.alternatives import alternatives
from planner.analysis.compare import compare
from planner.analysis.explain import explain
from planner.analysis.ladder import price_limits
from planner.analysis.option_price import price_option
from planner.analysis.replan import replan
from planner.analysis.sweep import answered
from planner.analysis.scenarios import grid
from planner.analysis.whatif import what_if
from planner.analysis.why_not import why_not
from planner.problem.patch import parse_change
from tests.analysis.small import MONTH, bench, catalog, offer, problem, service

#: 200 tokens a request at 5 USD a million: 2,628 USD a month for each request/s; a box of 2 requests/s costs 7,300.
PER_RPS = 3600 * MONTH * 200 * 5e-6
HOST = {"provider": "host", "model": "m", "serves": "Llama-3.1-8B", "input_usd_per_mtok": 5.0, "output_usd_per_mtok": 5.0, "context_window": 9000}


def mixed(rate=1.0, apis=(HOST,), **more):
    """A service that may be sent to ``host``."""
    one = service(rate=rate, modes=["real_time", "provider_api"], allow={"providers": ["own", *(api["provider"] for api in apis)]})
    return problem([one], [offer("one", 10.0)], apis=list(apis), **more)


def after(on, *texts):
    changes = [parse_change(text) for text in texts]
    return what_if(on, on.after(*changes), changes).found


def test_what_moves_names_requests_that_are_sent_elsewhere():
    on = bench(mixed())
    more = after(on, "demand=1.5")
    # 1 and 1.5 requests/s by the token, 2,628 each; nothing else stands anywhere.
    assert [(m.what, m.before, m.after) for m in more.moves] == [("sent", 1.0, 1.5)] and more.same_plan
    assert more.cost.value == pytest.approx(0.5 * PER_RPS) and more.why[0].startswith("the plan before still meets every limit")
    dearer = after(on, "apis[0].output_usd_per_mtok=100")
    # 200 tokens then cost ten times as much: one box serves the request.
    assert not dearer.same_plan and {m.what for m in dearer.moves} == {"replicas", "instances", "sent"}


def test_why_says_which_limit_of_an_account_the_plan_before_would_break():
    # 12,000 tokens a minute are one request of 200 tokens a second.
    found = after(bench(mixed(apis=({**HOST, "tokens_per_minute": 12_000},))), "demand=+50%")
    (why,) = found.why
    assert "api_limit" in why and "18000" in why and "12000" in why


def test_demand_that_the_plan_before_carries_is_no_reason():
    # Two boxes carry 4 of 3 requests/s: a fifth more is 3.6.
    (why,) = after(bench(problem()), "demand=+20%").why
    assert "still meets every limit" in why
    (why,) = after(bench(problem()), "demand=+50%").why
    assert why == "the plan before carries 1.333 times its demand, and no more"


def test_a_sweep_tells_plans_apart_by_the_hosted_options_they_use():
    # The account takes 12,000 tokens a minute, one request of 200 a second.
    on = bench(mixed(apis=({**HOST, "tokens_per_minute": 12_000},)))
    few, many = (answered(on, "", one) for one in grid(["demand=1,3"]))
    assert few["plan"] == "host:m by the token" and many["plan"] == "1 own:one@here on demand, host:m by the token"


def test_token_prices_have_bends_that_every_plan_confirms():
    on = bench(mixed(rate=3.0))
    found = price_option(on, "host:m")
    # By the token 3 × 2,628 f; one box and one request/s 7,300 + 2,628 f; two boxes 14,600: bends at 7,300 / 5,256 and 7,300 / 2,628.
    assert found.exact and [one.high for one in found.stretches] == pytest.approx([7300 / (2 * PER_RPS), 7300 / PER_RPS, 3.0])
    assert found.takes_over == pytest.approx(7300 / (2 * PER_RPS)) and found.enters == pytest.approx(7300 / PER_RPS)
    assert [one.share for one in found.stretches] == pytest.approx([1.0, 1 / 3, 0.0])


def test_an_option_has_not_taken_over_while_an_api_answers_beside_it():
    # Three by the token 7,884; one box and one by the token 7,300 f + 2,628; two boxes 14,600 f: bends at 0.72 and 0.36.
    found = price_option(bench(mixed(rate=3.0)), "one@own")
    assert found.exact and [one.high for one in found.stretches] == pytest.approx([PER_RPS / 7300, 2 * PER_RPS / 7300, 3.0])
    assert [(one.share, one.whole) for one in found.stretches] == [(1.0, True), (1.0, False), (0.0, False)]
    assert found.takes_over == pytest.approx(0.36) and found.enters == pytest.approx(0.72)


def test_forcing_an_option_in_sends_nothing_elsewhere():
    on = bench(mixed())
    (found,) = why_not(on, "H100 for chat")
    # One box for the one request/s instead of 2,628 by the token; at 2,628 / 7,300 of its price it costs no more.
    assert found.forced.value == pytest.approx(7300 - PER_RPS) and found.prices[0].takes_over == pytest.approx(PER_RPS / 7300)
    assert why_not(on, "host:m")[0].used and why_not(on, "host for chat")[0].used


def test_a_hosted_option_that_is_too_dear_comes_with_the_token_price_at_which_it_is_not():
    on = bench(mixed(rate=4.0))
    (found,) = why_not(on, "host")
    # Two boxes, 14,600, against 4 × 2,628 = 10,512: they are not even needed here.
    assert found.used
    dear = {**HOST, "output_usd_per_mtok": 15.0}
    (found,) = why_not(bench(mixed(rate=4.0, apis=(dear,))), "host")
    # Twice the price: 21,024 against 14,600.
    assert found.forced.value == pytest.approx(8 * PER_RPS - 14_600) and found.prices[0].takes_over == pytest.approx(14_600 / (8 * PER_RPS))


def test_a_hosted_option_that_breaks_a_rule_comes_with_it():
    document = mixed(vendors=[{"provider": "host", "attributes": []}])
    document["services"][0]["requires"] = ["no_training"]
    (found,) = why_not(bench(document), "host for chat")
    assert found.eligible == 0 and "no_training" in found.barred[0].messages[0]


def test_plans_by_the_token_have_alternatives_and_runners_up():
    other = {**HOST, "provider": "other", "output_usd_per_mtok": 5.5}
    on = bench(mixed(apis=(HOST, other)))
    (found,) = alternatives(on, within=0.06).others
    # 100 of 200 tokens a tenth dearer: a twentieth more.
    assert found.shared == () and found.found.cost.value == pytest.approx(0.05 * PER_RPS)
    (runner,) = explain(on.base().plan, on).runners_up
    assert (runner.without, runner.instead) == ("host:m by the token", "other:m by the token") and runner.delta.value == pytest.approx(0.05 * PER_RPS)


def test_the_limit_of_an_account_has_a_price():
    # One of 3 requests/s by the token and a box for the others; with a fifth less two boxes are needed and take all,
    # without the limit no box is: whole machines do not show that in steps of a fifth.
    on = bench(mixed(rate=3.0, apis=({**HOST, "tokens_per_minute": 12_000},)))
    (ladder,) = price_limits(on, only=["quota"]).ladders
    assert "12,000 tokens/minute" in str(ladder.limit) and "host:m" in str(ladder.limit)
    assert [r.delta.value for r in ladder.rungs] == pytest.approx([7300 - PER_RPS] * 3 + [0.0] * 3 + [2 * PER_RPS - 7300])


def test_a_replan_says_what_is_sent_where():
    running = bench(mixed()).base().plan
    on = bench(mixed(rate=1.5))
    found = replan(on, running, bench(mixed()).loaded.problem, catalog())
    assert [(m.what, m.before, m.after) for m in found.moved] == [("resize", (1.0,), (1.5,))]


def test_a_kind_without_a_plan_names_the_limit_that_stands_in_the_way():
    kinds = {one.name: one for one in compare(bench(mixed(rate=3.0, apis=({**HOST, "tokens_per_minute": 12_000},)))).kinds}
    assert kinds["provider_api"].plan is None and "api_limit" in kinds["provider_api"].reason


def test_without_a_group_a_service_is_served_by_its_own_replicas():
    load = {"rate_per_s": 1.0, "classes": [{"input_tokens": 100, "output_tokens": 100, "share": 1}]}
    own = [{**service(name), "workload": load} for name in ("a", "b")]
    group = {**service("both"), "workload": {"serves": {"services": ["a", "b"]}}, "profiles": [{"accelerator": "H100", "throughput_rps": [2.0, 2.0]}]}
    on = bench(problem([*own, group]))
    # One box of 2 requests/s for both, 7,300; alone each needs its own.
    assert on.base().plan.cost["total_usd_per_month"] == pytest.approx(7300)
    (found,) = why_not(on, "H100 for a")
    assert found.forced.value == pytest.approx(7300)
    runners = {one.service: one for one in explain(on.base().plan, on).runners_up}
    assert runners["a"].without == "replicas of both" and runners["a"].instead == "1 H100" and runners["a"].delta.value == pytest.approx(7300)
    # Without boxes of its own the group is sent nothing, and both stand on theirs.
    assert runners["both"].instead == "" and runners["both"].delta.value == pytest.approx(7300)


def test_the_commands_show_what_is_sent(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(mixed()))
    done = run("whatif", file, "--set", "demand=2")
    assert done.code == 0 and "host:m by the token: 1 → 2 requests/s" in done.out and "same hosted options" in done.out
    assert run("price", file, "--option", "host:n").code == 2


def test_rows_of_provider_apis_go_by_provider_and_model():
    on = bench(mixed())
    # Twice the price of 100 of 200 tokens: half as much again.
    for path in ("apis.host:m.input", "apis.host:*.input_usd_per_mtok", "apis[0].input"):
        assert after(on, f"{path}=*2").cost.value == pytest.approx(0.5 * PER_RPS)
