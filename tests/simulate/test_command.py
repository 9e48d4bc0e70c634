"""``planner simulate``: what it prints, what it refuses, and traces that are not as one hopes."""

import json
from pathlib import Path

import pytest

from planner.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
CONVERSATION = ROOT / "problems/workloads/azure2023-conversation.csv.gz"


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """The plan of one chat service on two replicas."""
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    assert main(["solve", str(ROOT / "problems/02-chat.json"), "-o", str(path)]) == 0
    return path


@pytest.fixture
def simulated(run, plan):
    def command(*arguments, plan=plan):
        done = run("simulate", plan, "--json", *arguments)
        return done.code, json.loads(done.out)

    return command


@pytest.fixture
def trace(tmp_path):
    def write(*rows):
        path = tmp_path / "trace.csv"
        path.write_text("t_seconds,input_tokens,output_tokens\n" + "".join(f"{t},{a},{b}\n" for t, a, b in rows))
        return path

    return write


def test_a_real_trace_is_replayed_request_by_request(simulated):
    code, found = simulated("--trace", CONVERSATION)
    service = found["services"][0]
    assert code == 0 and found["status"] == "done" and found["slo_met"]
    assert service["requests"] == 10_108 == service["endings"]["finished"] + (10_108 - service["counted_requests"])
    assert service["simulated_rate"] == pytest.approx(service["planned_rate"], rel=0.001)
    assert [(one["metric"], one["percentile"]) for one in service["limits"]] == [("ttft_ms", 95.0), ("ttft_ms", 99.0), ("tpot_ms", 95.0)]
    for one in service["limits"]:
        # A limit is kept exactly when its percentile, as measured, is within it.
        assert one["met"] == (one["attainment"] >= one["percentile"] / 100) == (one["measured_ms"] <= one["limit_ms"])
        assert one["lower_bound"] <= one["attainment"]


def test_stepping_prints_the_same_document(run, plan):
    fast = ("simulate", plan, "--json", "--trace", CONVERSATION, "--disaggregate", "1:1")
    assert run(*fast).out == run(*fast, "--step").out


def test_divided_replicas_are_told_beside_the_plans_own(simulated, run, plan):
    code, found = simulated("--trace", CONVERSATION, "--disaggregate", "1:1,link=25,latency=2")
    divided = found["services"][0]["disaggregated"]
    (one,) = divided["groups"]
    assert code == 0 and (one["prefill"], one["decode"], one["link_gb_per_s"]) == (1, 1, 25.0)
    # Llama-3.1-8B keeps 2 x 32 layers x 8 heads x 128 x 2 bytes a token. Mean input 1,155 tokens and the first one: 151.5 MB at 25 GB/s
    # are 6.06 ms, and 2 ms before.
    assert one["kv_bytes_per_token"] == 131_072 and one["requests"] == 10_108
    assert one["transfer_ms"] == pytest.approx(2 + one["moved_gb"] / 10_108 / 25 * 1000)
    plain = simulated("--trace", CONVERSATION)[1]["services"][0]
    assert divided["together"] == {name: plain[name] for name in divided["together"]}
    assert plain["disaggregated"] is None
    # Reading delays nobody's next token any more.
    assert found["services"][0]["itl_ms"]["p99"]["value"] < 0.5 * plain["itl_ms"]["p99"]["value"]
    assert "1 read prompts" in run("simulate", plan, "--trace", CONVERSATION, "--disaggregate", "1:1").out


def test_gaps_between_tokens_are_counted_and_bounded(simulated):
    _, found = simulated("--trace", CONVERSATION)
    itl = found["services"][0]["itl_ms"]
    assert 0.9 * found["services"][0]["tokens_written"] < itl["gaps"] < found["services"][0]["tokens_written"]
    for name in ("p50", "p90", "p95", "p99"):
        assert itl[name]["low"] <= itl[name]["value"] <= itl[name]["high"]


def test_too_many_requests_miss_the_limits_with_exit_code_7(simulated):
    # Twice 5.6 requests/s is more than what two replicas of 6.05 each at saturation can serve in time.
    code, found = simulated("--trace", CONVERSATION, "--scale", "3")
    assert code == 7 and found["status"] == "check_failed" and not found["slo_met"]
    assert found["services"][0]["simulated_rate"] == pytest.approx(3 * 5.616, rel=0.01)


def test_drawn_requests_come_at_the_planned_rate_and_more_seeds_are_more_of_them(simulated):
    _, one = simulated()
    _, two = simulated("--seeds", "2")
    assert one["services"][0]["simulated_rate"] == pytest.approx(one["services"][0]["planned_rate"], rel=0.05)
    assert two["services"][0]["requests"] == pytest.approx(2 * one["services"][0]["requests"], rel=0.05)


def test_a_trace_repeated_is_no_new_evidence(simulated):
    bounds = [[one["lower_bound"] for one in simulated("--trace", CONVERSATION, "--seeds", n)[1]["services"][0]["limits"]] for n in "13"]
    assert bounds[1] == pytest.approx(bounds[0], abs=2e-4)


def test_one_request_is_served_but_proves_nothing(simulated, trace):
    code, found = simulated("--trace", trace((1000, 500, 20)), "--warm-up", "0")
    assert code == 0 and found["slo_met"] and not found["confident"]
    assert found["services"][0]["requests"] == 1


def test_requests_at_one_instant_are_all_served(simulated, trace):
    _, found = simulated("--trace", trace(*[(5, 100, 10)] * 50), "--warm-up", "0")
    assert found["services"][0]["endings"]["finished"] == 50
    assert found["services"][0]["goodput_per_s"] is None  # an instant has no rate


def test_a_gap_of_hours_costs_neither_time_nor_requests(simulated, trace):
    _, found = simulated("--trace", trace((0, 100, 10), (1, 100, 10), (40_000, 100, 10)), "--warm-up", "0")
    assert found["services"][0]["endings"]["finished"] == 3
    assert found["simulated_s"] == 40_000


def test_times_out_of_order_are_sorted_and_said(simulated, trace):
    _, found = simulated("--trace", trace((9, 100, 10), (3, 100, 10)), "--warm-up", "0")
    assert found["services"][0]["requests"] == 2
    assert "out of order" in found["notes"][0]


def test_a_request_longer_than_the_model_reads_is_counted_as_missed(simulated, trace):
    # Llama 3.1 takes 131,072 tokens.
    code, found = simulated("--trace", trace((0, 200_000, 10), (1, 100, 10)), "--warm-up", "0")
    assert code == 7
    assert found["services"][0]["endings"] | {} == {"finished": 1, "refused": 0, "too_long": 1, "lost": 0, "unfinished": 0}
    assert "200,010 tokens" in found["notes"][0]


@pytest.mark.parametrize(
    "rows, told",
    [
        ([("x", 1, 1)], "t_seconds"),
        ([(1, 0, 5)], "input_tokens"),
        ([(1, 5, -2)], "output_tokens"),
        ([], "no requests"),
    ],
)
def test_a_trace_that_cannot_be_meant_is_refused_with_its_place(run, plan, trace, rows, told):
    done = run("simulate", plan, "--trace", trace(*rows))
    assert done.code == 3
    assert told in done.err and "trace.csv" in done.err


@pytest.mark.parametrize(
    "arguments, told",
    [
        (("--start", "noon"), 'no period "noon"'),
        (("--kill-spot", "600"), None),
        (("--kill-spot", "soon"), "no time of a loss"),
        (("--scale", "0"), "at least"),
        (("--trace", "a=b.csv", "--trace", "c=d.csv"), None),
        (("--seeds", "0"), "seeds"),
        (("--warm-up", "1e9"), "nothing would be counted"),
        (("--trace", "chat="), "names no file"),
        (("--trace", f"other={__file__}"), "names no service of the plan"),
        (("--start-delay", "1e9"), "never serve"),
        (("--autoscale", "requests=8,max=1e8"), "cannot be meant"),
        (("--disaggregate", "2"), "no ratio"),
        (("--disaggregate", "0:2"), "no ratio"),
        (("--disaggregate", "tickets=1:1"), "no service of the plan"),
        (("--disaggregate", "1:1", "--disaggregate", "chat=1:2"), "divided twice"),
        (("--disaggregate", "1:1,link=rope"), "cannot be meant"),
        (("--disaggregate", "1:1,link=scaleup"), "no scale-up link"),
        (("--disaggregate", "1:1", "--autoscale", "requests=8"), "not with --router"),
    ],
)
def test_options_that_mean_nothing_are_refused(run, plan, arguments, told):
    done = run("simulate", plan, *arguments)
    assert done.code == (0 if told is None and arguments[0] == "--kill-spot" else 3 if told is None else 2)
    assert told is None or told in done.err


def test_a_trace_longer_than_the_clock_of_a_run_is_refused(run, plan, trace):
    # 50 days; at twice the pace 25.
    done = run("simulate", plan, "--trace", trace((0, 100, 10), (50 * 86_400, 100, 10)))
    assert done.code == 2 and "50 days" in done.err and "46" in done.err
    assert run("simulate", plan, "--trace", trace((0, 100, 10), (50 * 86_400, 100, 10)), "--scale", "2").code == 0


def test_all_of_a_few_requests_count(simulated, trace):
    _, found = simulated("--trace", trace((0, 200_000, 10), (100, 100, 10)))
    assert found["services"][0]["warm_up_s"] == 0.0 and found["services"][0]["endings"]["too_long"] == 1


def test_a_loss_after_the_end_of_time_never_comes(simulated, trace):
    code, found = simulated("--trace", trace((0, 100, 10), (5, 100, 10)), "--kill-spot", "999999999")
    # Nor has this plan any spot to lose, which is told.
    assert code == 0 and found["notes"] == ["the plan has no spot instances, so none are reclaimed"]


def test_a_plan_without_demand_was_not_measured_and_never_met(run, plan, tmp_path):
    content = json.loads(plan.read_text())
    for deployment in content["services"][0]["deployments"]:
        deployment["rate_per_s"] = {name: [0.0] for name in deployment["rate_per_s"]}
    quiet = tmp_path / "quiet.json"
    quiet.write_text(json.dumps(content))
    done = run("simulate", quiet)
    assert done.code == 7
    assert "Not measured" in done.out and "0 requests" in done.out and "no requests" in done.out
    found = json.loads(run("simulate", quiet, "--json").out)
    assert found["slo_met"] is None and found["confident"] is None and found["services"][0]["slo_met"] is None
    assert all(one["met"] is None and one["confident"] is None and one["attainment"] is None for one in found["services"][0]["limits"])


def test_a_limit_that_no_request_can_meet_or_miss_is_not_measured(simulated, trace):
    # Answers of one token have no time per further token; their first token is in time, so nothing was missed either.
    code, found = simulated("--trace", trace(*[(t, 100, 1) for t in range(200)]))
    by_metric = {one["metric"]: one["met"] for one in found["services"][0]["limits"] if one["percentile"] == 95.0}
    assert by_metric == {"ttft_ms": True, "tpot_ms": None}
    assert code == 7 and found["slo_met"] is None and found["status"] == "check_failed"


def test_a_service_without_demand_leaves_the_verdict_to_the_others(run, plan, tmp_path):
    # A second service like the first, to which nothing is routed.
    content = json.loads(plan.read_text())
    idle = json.loads(json.dumps(content["services"][0])) | {"name": "idle"}
    for deployment in idle["deployments"]:
        deployment["rate_per_s"] = {name: [0.0] for name in deployment["rate_per_s"]}
    content["services"].append(idle)
    content["inputs"]["problem"]["services"].append(content["inputs"]["problem"]["services"][0] | {"name": "idle"})
    both = tmp_path / "both.json"
    both.write_text(json.dumps(content))
    done = run("simulate", both, "--json")
    found = json.loads(done.out)
    assert done.code == 0 and found["slo_met"] is True and [one["slo_met"] for one in found["services"]] == [True, None]


def test_a_plan_whose_replicas_are_gone_refuses_everybody(run, plan, tmp_path):
    content = json.loads(plan.read_text())
    content["services"][0]["deployments"][0]["replicas"] = [0]
    empty = tmp_path / "empty.json"
    empty.write_text(json.dumps(content))
    done = run("simulate", empty, "--json")
    assert done.code == 7
    ended = json.loads(done.out)["services"][0]["endings"]
    assert ended["finished"] == 0 and ended["refused"] > 0
