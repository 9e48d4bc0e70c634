"""``planner solve`` from file to answer: every ending has its output, its exit code and its word."""

import importlib
import json
import signal

import pytest
from small import COST, problem, written

from planner.cli.streams import PLAIN


def plan_of(done):
    return json.loads(done.out)


def test_the_answer_comes_first_and_is_right(run, tmp_path):
    done = run("solve", written(tmp_path))
    assert done.code == 0 and done.err == ""
    assert done.out.split("\n")[0] == "Cheapest deployment: 14,600.00 USD/month"
    assert "Proven optimal" in done.out and "Checked without the solver" in done.out


def test_json_and_the_written_file_are_the_same_plan(run, tmp_path):
    plan = tmp_path / "plan.json"
    done = run("solve", written(tmp_path), "--json", "-o", plan)
    found = plan_of(done)
    assert (done.code, found["status"], found["proven"], found["checked"]) == (0, "optimal", True, True)
    assert found["cost"]["total_usd_per_month"] == pytest.approx(COST, rel=1e-12)
    assert json.loads(plan.read_text()) == found


def test_a_plan_that_was_written_passes_the_check_and_an_edited_one_does_not(run, tmp_path):
    plan = tmp_path / "plan.json"
    source = written(tmp_path)
    run("solve", source, "-o", plan)
    done = run("verify", plan, source, "--json")
    assert done.code == 0 and json.loads(done.out)["status"] == "done"
    edited = json.loads(plan.read_text())
    edited["cost"]["total_usd_per_month"] -= 1.0
    plan.write_text(json.dumps(edited))
    done = run("verify", plan)
    assert done.code == 7 and "does not hold" in done.out and "FAIL" in done.out


def test_a_plan_is_verified_against_its_own_problem_only(run, tmp_path):
    plan = tmp_path / "plan.json"
    run("solve", written(tmp_path), "-o", plan)
    other = problem()
    other["services"][0]["workload"]["rate_per_s"] = 2
    path = tmp_path / "other.json"
    path.write_text(json.dumps(other))
    assert run("verify", plan, path).code == 7


def test_an_impossible_limit_is_named_with_what_would_do(run, tmp_path):
    source = written(tmp_path, limits={"budget_usd_per_month": 10000})
    done = run("solve", source)
    assert done.code == 4 and done.out.startswith("No plan meets all limits.") and "budget" in done.out and "14,600" in done.out
    document = json.loads(run("solve", source, "--json").out)
    assert document["status"] == "infeasible" and document["conflicts"][0]["constraint"] == "budget"
    assert document["conflicts"][0]["least"] == pytest.approx(COST, rel=1e-6)


def test_no_time_at_all_is_an_honest_no_answer(run, tmp_path):
    plan = tmp_path / "plan.json"
    done = run("solve", written(tmp_path), "--time-limit", "0", "--json", "-o", plan)
    assert done.code == 6 and json.loads(done.out)["status"] == "unknown" and not plan.exists()
    assert "bound_usd_per_month" in json.loads(done.out)


@pytest.mark.parametrize(("limit", "code", "word"), [("14600", 0, "gate passed"), ("14599.99", 8, "gate failed")])
def test_the_gate_is_one_line_and_an_exit_code(run, tmp_path, limit, code, word):
    done = run("solve", written(tmp_path), "--max-cost", limit)
    assert done.code == code and done.out.startswith(word) and done.out.count("\n") == 1 and done.err == ""


def test_the_plan_is_written_whether_the_gate_passes_or_not(run, tmp_path):
    plan = tmp_path / "plan.json"
    assert run("solve", written(tmp_path), "--max-cost", "100", "-o", plan).code == 8
    assert run("verify", plan).code == 0 and json.loads(plan.read_text())["cost"]["total_usd_per_month"] == pytest.approx(COST)


def test_a_failed_gate_has_its_word_in_json_and_a_passed_one_is_the_plan(run, tmp_path):
    failed = run("solve", written(tmp_path), "--max-cost", "100", "--json")
    document = json.loads(failed.out)
    assert failed.code == 8 and document["status"] == "gate_failed" and document["cost_usd_per_month"] == pytest.approx(COST)
    passed = run("solve", written(tmp_path), "--max-cost", "20000", "--json")
    assert passed.code == 0 and plan_of(passed)["status"] == "optimal" and "gate passed" in passed.err


@pytest.mark.parametrize(("increase", "code"), [("60%", 0), ("50%", 0), ("49%", 8)])
def test_an_increase_is_measured_against_a_plan_that_holds(run, tmp_path, increase, code):
    plan, dearer = tmp_path / "plan.json", problem()
    run("solve", written(tmp_path), "-o", plan)
    # 5 requests/s need three machines: half as much again.
    dearer["services"][0]["workload"]["rate_per_s"] = 5
    path = tmp_path / "dearer.json"
    path.write_text(json.dumps(dearer))
    assert run("solve", path, "--max-increase", increase, "--against", plan).code == code


def test_a_plan_that_does_not_hold_is_no_measure(run, tmp_path):
    plan = tmp_path / "plan.json"
    run("solve", written(tmp_path), "-o", plan)
    content = json.loads(plan.read_text())
    content["cost"]["total_usd_per_month"] *= 2
    plan.write_text(json.dumps(content))
    done = run("solve", written(tmp_path), "--max-increase", "5%", "--against", plan)
    assert done.code == 7 and "planner verify" in done.err


def test_all_faults_of_a_file_come_together_with_their_places(run, tmp_path):
    path = tmp_path / "bad.json"
    path.write_text('{"services": [{"name": "", "modle": "x"}], "limits": {"budget_usd_per_month": -1}}')
    done = run("solve", path, "--json")
    errors = json.loads(done.out)["errors"]
    assert done.code == 3 and {"services[0].name", "limits.budget_usd_per_month"} <= {one["path"] for one in errors}
    assert f"{path}:1:" in done.err and 'did you mean "model"' in done.err


def test_a_value_in_another_unit_is_doubted_and_refused_only_on_request(run, tmp_path):
    stated = problem()
    stated["services"][0]["slo"] = {"ttft_ms": {"p95": 0.5}}
    stated["services"][0]["profiles"][0]["ttft_ms"] = [0.1]
    path = tmp_path / "seconds.json"
    path.write_text(json.dumps(stated))
    done = run("solve", path)
    assert done.code == 0 and "warning: " in done.err and "ttft_ms" in done.err
    done = run("solve", path, "--strict")
    assert done.code == 3 and "--strict" in done.err


def test_a_name_that_the_catalogue_lacks_is_answered_with_a_near_one(run, tmp_path):
    stated = problem()
    stated["services"][0]["profiles"][0]["accelerator"] = "H10O"
    path = tmp_path / "typo.json"
    path.write_text(json.dumps(stated))
    done = run("solve", path, "--json")
    assert done.code == 3 and "H100" in json.loads(done.out)["errors"][0]["message"]


def test_a_backend_that_does_not_exist_is_a_usage_error(run, tmp_path):
    done = run("solve", written(tmp_path), "--backend", "magic")
    assert done.code == 2 and "highs" in done.err


HOSTILE = '<script>alert(1)</script> [/] [red] {{7*7}} %s ${HOME} \x1b]0;x\x07 \u202e "><img src=x> ok'


def test_a_hostile_name_is_shown_and_never_obeyed(run, tmp_path):
    stated = problem()
    stated["services"][0]["name"] = HOSTILE
    path = tmp_path / "hostile.json"
    path.write_text(json.dumps(stated))
    for arguments in (("solve", path), ("solve", path, "-v"), ("solve", path, "--json"), ("check", path), ("model", path)):
        done = run(*arguments)
        assert done.code == 0
        assert all(sign.isprintable() or sign == "\n" for sign in done.out + done.err), arguments


def test_own_prices_can_be_left_out_of_everything(run, tmp_path):
    plan = tmp_path / "plan.json"
    stated = problem()
    stated["offers"]["own"][0]["on_demand_usd_per_hour"] = 10.0625
    path = tmp_path / "private.json"
    path.write_text(json.dumps(stated))
    done = run("solve", path, "--redact", "-v", "-o", plan)
    assert done.code == 0 and "10.0625" not in done.out + plan.read_text() and "10.0625" not in run("solve", path, "--redact", "--json").out


def test_the_plainest_terminal_shows_a_whole_plan(process, tmp_path):
    done = process(
        "solve", written(tmp_path), LANG="C", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", TERM="dumb", COLUMNS="20",
        NO_COLOR="1",
    )
    assert done.code == 0 and done.err == "" and done.out.isascii() and "14,600.00" in done.out
    assert max(map(len, done.out.split("\n"))) <= 20 and not set(PLAIN) & set(done.out)


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("planner.cli.solve.read_inputs", 130),
        ("planner.candidates.enumerate.choices", 130),
        ("planner.formulation.build.build", 130),
        ("planner.formulation.plan.make_plan", 0),
        ("planner.verify.certify.certify", 0),
        ("os.replace", 0),
    ],
)
def test_an_interruption_in_any_step_ends_in_a_stated_way(run, tmp_path, monkeypatch, where, code):
    folder, name = where.rsplit(".", 1)
    step = getattr(importlib.import_module(folder), name)

    def interrupted(*arguments, **options):
        monkeypatch.undo()
        signal.raise_signal(signal.SIGINT)
        return step(*arguments, **options)

    monkeypatch.setattr(where, interrupted)
    plan = tmp_path / "plan.json"
    done = run("solve", written(tmp_path), "-o", plan, "--json")
    assert done.code == code and "Traceback" not in done.err
    assert json.loads(done.out)["status"] == ("optimal" if code == 0 else "interrupted")
    assert sorted(file.name for file in tmp_path.iterdir()) == (["plan.json", "small.json"] if code == 0 else ["small.json"])
