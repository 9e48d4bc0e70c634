"""A plan of one week on the next: equal weeks leave nothing to regret, a busier one is missed and said."""

import json

import pytest


def problem(folder, second_week, *, weeks=2, kind="day"):
    """A day of two periods: 1 and 3 requests/s in the first week, ``second_week`` times that in the next; windows of 12 h."""
    day = [1.0, 3.0]
    rates = day * 7 + [second_week * rate for rate in day] * 7
    (folder / "rates.json").write_text(json.dumps({
        "rate_rps_per_43200s": rates[: 14 * weeks], "burstiness": {"index_of_dispersion_10s": 2.0},
        "bucket_edges": [0, 500, 1000], "joint_histogram": [[1, 0, 1.0, 800, 150]], "joint_histogram_columns": ["input_bucket", "output_bucket", "probability", "mean_input", "mean_output"],
    }))  # fmt: skip
    content = {
        "schema_version": 1, "catalog": "2026-11", "commitments": {"offered": False}, "periods": {"kind": kind, **({"per_day": 2} if kind == "day" else {})},
        "services": [{
            "name": "chat", "model": "Llama-3.1-8B", "workload": {"summary": "rates.json"},
            "slo": {"ttft_ms": {"p95": 900}, "tpot_ms": {"p95": 80}}, "batch_limits": [8],
            "allow": {"regions": ["aws:us-east-1"], "accelerators": ["L4"], "variants": ["fp8"], "tp": [1]},
        }],
    }  # fmt: skip
    path = folder / "problem.json"
    path.write_text(json.dumps(content))
    return path


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """A replayed week of fewer requests: every window for a part of its length."""
    monkeypatch.setattr("planner.replay.weeks.MOST_REQUESTS", 30_000)


def test_a_week_like_the_one_before_leaves_nothing_to_regret(run, tmp_path):
    done = run("weeks", problem(tmp_path, 1.0), "--json")
    found = json.loads(done.out)
    service, = found["services"]
    assert done.code == 0 and found["regret_usd_per_month"] == pytest.approx(0.0, abs=1e-6)
    assert (service["over_replica_hours"], service["under_replica_hours"]) == (0, 0)
    assert service["forecast"]["mean"] == pytest.approx([1.0, 3.0]) == service["actual_per_s"]


def test_a_week_twice_as_busy_is_missed_and_hindsight_would_have_paid_more(run, tmp_path):
    done = run("weeks", problem(tmp_path, 4.0), "--json")
    found = json.loads(done.out)
    assert done.code == 7 and not found["slo_met"]
    assert found["regret_usd_per_month"] < 0 and found["services"][0]["under_replica_hours"] > 0


def test_a_quieter_week_was_paid_for_in_vain(run, tmp_path):
    done = run("weeks", problem(tmp_path, 0.25))
    assert done.code == 0 and "more than the plan made knowing the week" in done.out


@pytest.mark.parametrize("more, told", [({"weeks": 1}, "no two weeks"), ({"kind": "single"}, "do not follow a week")])
def test_demand_that_shows_no_two_weeks_is_refused(run, tmp_path, more, told):
    done = run("weeks", problem(tmp_path, 1.0, **more))
    assert done.code == 2 and told in done.err


def test_a_trace_is_replayed_as_it_came(run, tmp_path):
    # A request every ten minutes for two weeks; in the second, one hour has a hundred at once, which drawn arrivals would spread.
    first = [600.0 * k for k in range(2 * 7 * 144)]
    times = sorted([*first, *[7 * 86_400.0 + 36_000.0] * 100])
    (tmp_path / "trace.csv").write_text("t_seconds,input_tokens,output_tokens\n" + "".join(f"{t},800,150\n" for t in [*times, 14 * 86_400.0]))
    path = problem(tmp_path, 1.0)
    content = json.loads(path.read_text())
    content["services"][0]["workload"] = {"trace": "trace.csv", "dispersion_10s": 1}
    path.write_text(json.dumps(content))
    done = run("weeks", path, "--json")
    limit = next(one for one in json.loads(done.out)["services"][0]["limits"] if one["limit"]["metric"] == "ttft")
    # 1,008 requests of the week and the hundred; most of these wait for one another.
    assert limit["requests"] == 1108 and limit["attainment"] < 0.97
    assert done.code == 7


def test_weekdays_and_weekends_are_planned_apart(run, tmp_path):
    found = json.loads(run("weeks", problem(tmp_path, 1.0, kind="weekday_weekend"), "--json").out)
    assert len(found["services"][0]["forecast"]["mean"]) == 48
