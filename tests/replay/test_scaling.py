"""Serverless workers, autoscalers and waiting work of whole plans: what is reported, what it cost, and what is refused."""

import json
from pathlib import Path

import pytest

from planner.cli.main import main

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")

    def made(problem, name="plan"):
        path = folder / f"{name}.json"
        if not path.exists():
            if not isinstance(problem, Path):
                problem, content = folder / f"{name}.problem.json", problem
                problem.write_text(json.dumps(content))
            assert main(["solve", str(problem), "-o", str(path)]) == 0
        return path

    return made


@pytest.fixture(scope="module")
def chat(plan):
    return plan(ROOT / "problems/02-chat.json", "chat")


@pytest.fixture(scope="module")
def serverless(plan):
    return plan(ROOT / "problems/23-serverless.json", "serverless")


@pytest.fixture(scope="module")
def waiting(plan, tmp_path_factory):
    """One request in ten seconds, due within 12 of 24 hours, on a replica that runs in the last quarter of the day alone."""
    content = {
        "schema_version": 1, "catalog": "2026-11", "commitments": {"offered": False}, "periods": {"kind": "day", "per_day": 4},
        "services": [{
            "name": "papers", "model": "Llama-3.1-8B", "modes": ["asynchronous"], "window_hours": 12, "batch_limits": [8],
            "workload": {"rate_per_s": 0.1, "classes": [{"input_tokens": 1000, "output_tokens": 100, "share": 1}]},
            "allow": {"regions": ["aws:us-east-1"], "accelerators": ["L4"], "variants": ["fp8"], "tp": [1]},
        }],
    }  # fmt: skip
    return json.loads(plan(content, "papers").read_text())


def simulated(run, path, *arguments):
    done = run("simulate", path, "--json", *arguments)
    return done.code, json.loads(done.out)


def test_workers_stay_within_what_the_plan_claims_of_them(run, serverless):
    code, found = simulated(run, serverless)
    (one,) = found["services"][0]["serverless"]
    # The plan's cold starts and paid hours are upper bounds.
    assert code == 0 and one["requests"] == found["services"][0]["requests"] > 100
    assert 0 < one["starts"] <= one["cold_requests"] and one["cold_share"] <= one["claimed_cold_share"]
    assert 0 < one["worker_hours"] <= one["claimed_worker_hours"] and one["usd"] / one["worker_hours"] == pytest.approx(one["claimed_usd"] / one["claimed_worker_hours"])
    spent = found["incurred"]
    assert spent["planned_usd"] - spent["incurred_usd"] == pytest.approx(one["claimed_usd"] - one["usd"])


def test_a_request_that_meets_a_cold_start_waits_for_it(run, serverless, tmp_path):
    trace = tmp_path / "two.csv"
    trace.write_text("t_seconds,input_tokens,output_tokens\n0,500,10\n30,500,10\n")
    _, found = simulated(run, serverless, "--trace", trace, "--warm-up", "0")
    first, second = (found["services"][0]["ttft_ms"][p]["value"] for p in ("p99", "p50"))
    assert first > 10_000 > 1_000 > second  # the second comes while the worker is up
    assert found["services"][0]["serverless"][0]["cold_requests"] == 1


def test_an_autoscaler_with_a_low_target_takes_more_replicas_than_the_plan_and_they_are_paid(run, chat):
    _, found = simulated(run, chat, "--autoscale", "utilisation=0.25,max=8,start=60")
    (one,) = found["services"][0]["autoscaling"]
    # The plan has two replicas at 0.457 of saturation: at a target of 0.25 that is 3.65 replicas, and bursts ask for more.
    assert (one["target"], one["most"], one["planned_replicas"]) == (0.25, 8, 2) and 3.65 < one["mean_replicas"] < 6
    spent = found["incurred"]
    assert spent["incurred_usd"] / spent["planned_usd"] == pytest.approx(one["mean_replicas"] / 2, rel=0.01)


def test_an_autoscaler_at_the_plans_own_utilisation_keeps_to_the_plans_replicas(run, chat):
    code, found = simulated(run, chat, "--autoscale", "utilisation")
    (one,) = found["services"][0]["autoscaling"]
    assert code == 0 and one["least"] == 1 and one["most"] == 2 and one["start_s"] == 360
    assert found["incurred"]["incurred_usd"] <= found["incurred"]["planned_usd"] * (1 + 1e-9)


def test_under_autoscalers_instances_that_services_share_are_paid_once(run, chat, plan, monkeypatch):
    def service(name):
        return {
            "name": name, "model": "Llama-3.1-8B", "batch_limits": [8],
            "workload": {"rate_per_s": 0.1, "classes": [{"input_tokens": 200, "output_tokens": 20, "share": 1}]},
            "slo": {"ttft_ms": {"p95": 2000}}, "allow": {"variants": ["fp8"], "tp": [1]},
        }  # fmt: skip

    # One replica of each, on the four accelerators of one instance: paid once, by the plan and here.
    shared = plan({
        "schema_version": 1, "catalog": "2026-11", "commitments": {"offered": False}, "services": [service("one"), service("two")],
        "offers": {"only": ["aws:g6.12xlarge@us-east-1"]},
    }, "shared")  # fmt: skip
    _, found = simulated(run, shared, "--autoscale", "requests=8")
    spent = found["incurred"]
    assert not spent["at_most"] and spent["incurred_usd"] == pytest.approx(spent["planned_usd"]) and not found["notes"]
    # Where not all that came and went is written down, each service is counted with its own, and that is told.
    monkeypatch.setattr("planner.replay.laid_over.MOST_MARKS", 0)
    _, found = simulated(run, shared, "--autoscale", "requests=8")
    spent = found["incurred"]
    assert spent["at_most"] and spent["incurred_usd"] == pytest.approx(2 * spent["planned_usd"])
    assert "cost at most" in run("simulate", shared, "--autoscale", "requests=8").out
    # Without an autoscaler, and where every replica has its own instance, it is what it cost.
    assert not simulated(run, shared)[1]["incurred"]["at_most"]
    assert not simulated(run, chat, "--autoscale", "requests=8")[1]["incurred"]["at_most"]


@pytest.mark.parametrize(
    "text", ["latency=5", "requests", "requests=0", "utilisation=1.5", "requests=4,min=0", "requests=4,min=3,max=2", "requests=4,top=3", "requests=x"]
)
def test_an_autoscaler_that_cannot_be_meant_is_refused(run, chat, text):
    assert run("simulate", chat, "--autoscale", text).code == 2


def late(run, waiting, tmp_path, replicas, *arguments):
    content = json.loads(json.dumps(waiting))
    served = content["services"][0]["deployments"][0]
    served["replicas"] = replicas
    served["rate_per_s"] = {"c1": [0.4 * (count > 0) / sum(map(bool, replicas)) for count in replicas]}
    content["services"][0]["waiting"] = {}
    path = tmp_path / "edited.json"
    path.write_text(json.dumps(content))
    return simulated(run, path, *arguments)


def test_work_waits_for_the_hours_in_which_the_plan_serves_it(run, waiting, tmp_path):
    # Replicas in the second and the fourth quarter: nobody waits longer than six hours and a bit.
    code, found = late(run, waiting, tmp_path, [0, 2, 0, 2])
    service = found["services"][0]
    assert code == 0 and service["window"]["late"] == 0 and service["window"]["in_time"] == 1.0
    assert 5.9 * 3.6e6 < service["window"]["longest_ms"] < 8 * 3.6e6
    assert service["simulated_rate"] == pytest.approx(0.1, rel=0.05)


def test_what_is_not_answered_within_its_window_is_late_and_misses(run, waiting, tmp_path):
    # Only in the fourth quarter, from hour 18 on: what came in the first six hours is older than twelve by then.
    code, found = late(run, waiting, tmp_path, [0, 0, 0, 2])
    service = found["services"][0]
    assert code == 7 and not service["slo_met"] and not service["confident"]
    assert service["window"]["late"] / service["window"]["requests"] == pytest.approx(6 / 24, abs=0.05)


def test_without_a_replica_all_that_waits_is_late(run, waiting, tmp_path):
    content = json.loads(json.dumps(waiting))
    content["services"][0]["deployments"][0]["replicas"] = [0, 0, 0, 0]
    path = tmp_path / "none.json"
    path.write_text(json.dumps(content))
    code, found = simulated(run, path)
    window = found["services"][0]["window"]
    assert code == 7 and window["in_time"] == 0.0 and window["late"] == window["requests"] > 0


def test_periods_are_played_in_full_where_starts_take_minutes(tmp_path):
    from planner.replay.case import read_case
    from planner.replay.demand import span_of

    problem = {
        "schema_version": 1, "catalog": "2026-11", "commitments": {"offered": False}, "periods": {"kind": "day", "per_day": 2},
        "services": [{
            "name": "busy", "model": "Llama-3.1-8B", "batch_limits": [32],
            "workload": {"rate_per_s": [5, 20], "classes": [{"input_tokens": 500, "output_tokens": 50, "share": 1}]},
            "allow": {"regions": ["aws:us-east-1"], "accelerators": ["L40S"], "variants": ["fp8"], "tp": [1]},
        }],
    }  # fmt: skip
    (tmp_path / "busy.json").write_text(json.dumps(problem))
    assert main(["solve", str(tmp_path / "busy.json"), "-o", str(tmp_path / "plan.json")]) == 0
    case = read_case(tmp_path / "plan.json")
    # A day of 12.5 requests/s on average is over a million: more than are drawn otherwise.
    part, whole = (span_of(case, {}, None, 1.0, whole=whole) for whole in (False, True))
    assert part.share == pytest.approx(600_000 / (12.5 * 86_400)) and (whole.share, whole.seconds) == (1.0, 86_400.0)
