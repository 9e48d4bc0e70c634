"""Answers of one token have no time per further token: a TPOT limit asks nothing of them, wherever it is looked at."""

import json

import pytest

from planner.cli.main import main
from planner.perf.ask import Ask, Limit, exempt_classes
from planner.perf.latency import answer_ms, shares_without


def problem(*classes, tpot_ms=5):
    """Labels of one token each, under a TPOT limit that no replica would keep."""
    return {
        "schema_version": 1, "catalog": "2026-11", "commitments": {"offered": False},
        "services": [{
            "name": "labels", "model": "Llama-3.1-8B", "batch_limits": [32],
            "workload": {"rate_per_s": 5, "classes": [{"input_tokens": i, "output_tokens": o, "share": p} for i, o, p in classes], "dispersion_10s": 1},
            "slo": {"ttft_ms": {"p95": 1000}, "tpot_ms": {"p95": tpot_ms}},
            "allow": {"regions": ["aws:us-east-1"], "accelerators": ["L40S"], "variants": ["fp8"], "tp": [1]},
        }],
    }  # fmt: skip


def solved(folder, content):
    (folder / "problem.json").write_text(json.dumps(content))
    assert main(["solve", str(folder / "problem.json"), "-o", str(folder / "plan.json")]) == 0
    return folder / "plan.json", json.loads((folder / "plan.json").read_text())


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    return solved(tmp_path_factory.mktemp("labels"), problem((500, 1, 1.0)))


def test_a_plan_of_labels_states_no_tpot_and_its_check_agrees(run, labels):
    path, plan = labels
    (one,) = plan["services"][0]["deployments"]
    assert one["tpot_ms"] == [None] and one["ttft_ms"][0] > 0
    assert run("verify", path).code == 0
    # A claim of any figure where there is none is refused.
    one["tpot_ms"] = [4.0]
    (path.parent / "edited.json").write_text(json.dumps(plan))
    assert run("verify", path.parent / "edited.json").code == 7


def test_its_simulation_holds_without_a_word_of_tpot(run, labels):
    done = run("simulate", labels[0], "--json")
    found = json.loads(done.out)["services"][0]
    assert done.code == 0 and found["slo_met"] is True and [limit["metric"] for limit in found["limits"]] == ["ttft_ms"]
    assert found["claimed"]["tpot_ms"] is None and found["tpot_ms"]["requests"] == 0


def test_a_trace_with_longer_answers_than_the_problem_states_is_held_to_the_limit(run, labels, tmp_path):
    (tmp_path / "trace.csv").write_text("t_seconds,input_tokens,output_tokens\n" + "".join(f"{t},500,{1 + t % 2}\n" for t in range(60)))
    found = json.loads(run("simulate", labels[0], "--trace", tmp_path / "trace.csv", "--json").out)["services"][0]
    asked = {limit["metric"]: limit["requests"] for limit in found["limits"]}
    assert asked == {"ttft_ms": 60, "tpot_ms": 30}


def test_the_percentile_of_a_tpot_is_over_those_who_have_one(tmp_path):
    # 2 % of the answers have 100 tokens, and they are all who have a TPOT: a p95 lets none of their classes off by its size.
    limit = Limit("tpot", 95.0, 50.0)
    ask = Ask((500.0, 500.0), (1.0, 100.0), (0.98, 0.02), (limit,), 1.0, 600.0)
    assert exempt_classes(ask, limit) == (frozenset({0}), 0.0)
    assert exempt_classes(ask, Limit("end_to_end", 95.0, 50.0)) == (frozenset({1}), 0.02)
    assert shares_without((0.5, 0.3, 0.2), frozenset({0})) == (0.0, 0.6, 0.4)
    _, plan = solved(tmp_path, problem((500, 1, 0.98), (500, 100, 0.02), tpot_ms=5000))
    assert plan["services"][0]["deployments"][0]["tpot_ms"][0] > 0


def test_an_answer_of_one_token_is_over_with_its_first():
    assert (answer_ms(80.0, None, 1.0), answer_ms(80.0, 20.0, 3.0)) == (80.0, 140.0)


def test_a_measurement_of_labels_is_advised_without_a_tpot(run, labels):
    done = run("profile", "plan", labels[0].parent / "problem.json")
    # One replica is enough at either end of the bands, so there is nothing to gain; the measurement was tried all the same.
    assert done.code == 0 and "measured for labels" in done.err and "no single run" in done.out
