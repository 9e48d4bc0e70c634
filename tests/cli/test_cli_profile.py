"""``planner profile``: results in, a problem with profiles out; and which measurements are worth making."""

import json

import pytest
from test_cli_confidence import modelled

RESULT = {
    "backend": "vllm", "request_rate": "inf", "max_concurrency": 64, "duration": 40.0, "completed": 320,
    "total_input_tokens": 320000, "total_output_tokens": 64000, "mean_ttft_ms": 400.0, "mean_tpot_ms": 30.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def problem(tmp_path_factory):
    return modelled(tmp_path_factory.mktemp("profile"))


@pytest.fixture
def result(tmp_path):
    path = tmp_path / "bench.json"
    path.write_text(json.dumps(RESULT), encoding="utf-8")
    return path


def test_a_result_becomes_a_profile_and_shows_the_formula_before_and_after(run, problem, result, tmp_path):
    output = tmp_path / "measured.json"
    done = run("profile", "import", result, "--problem", problem, "--accelerator", "H100-SXM", "--variant", "bf16", "-o", output)
    assert done.code == 0 and "before" in done.out and "after" in done.out
    (profile,) = json.loads(output.read_text())["services"][0]["profiles"]
    assert profile["points"] == [
        {"input_tokens": 1000.0, "output_tokens": 200.0, "concurrency": 64.0, "ttft_ms": 400.0, "tpot_ms": 30.0, "output_tokens_per_s": 1600.0}
    ]
    before, after = (json.loads(run("solve", path, "--json").out) for path in (problem, output))
    # measured at 1,600 tokens/s where the formula says more: the plan needs more machines, and says why
    assert after["cost"]["total_usd_per_month"] > before["cost"]["total_usd_per_month"]
    assert after["services"][0]["deployments"][0]["basis"] == "measured"
    plan = tmp_path / "plan.json"
    assert run("solve", output, "-o", plan).code == 0 and run("verify", plan).code == 0


def test_the_comparison_is_a_document_too(run, problem, result):
    found = json.loads(run("profile", "import", result, "--problem", problem, "--accelerator", "H100", "--variant", "bf16", "--json").out)
    assert {row["metric"] for row in found["compared"]} == {"ttft_ms", "tpot_ms", "output_tokens_per_s"}
    assert found["median_error"]["after"] < found["median_error"]["before"] and found["profile"]["engine"] == "vLLM"


def test_what_names_nothing_known_is_refused(run, problem, result):
    wrong = run("profile", "import", result, "--problem", problem, "--accelerator", "H900")
    assert wrong.code == 3 and "H900" in wrong.err
    elsewhere = result.with_name("sglang.json")
    elsewhere.write_text(json.dumps({**RESULT, "backend": "sglang"}), encoding="utf-8")
    wrong = run("profile", "import", elsewhere, "--problem", problem, "--accelerator", "H100", "--variant", "bf16")
    assert wrong.code == 3 and "measured with SGLang" in wrong.err
    assert run("profile", "import", result, "--problem", problem, "--accelerator", "H100", "--service", "chta").code == 2
    assert run("profile", "import", result, "--problem", problem, "--accelerator", "H100", "-o", problem).code == 2


@pytest.mark.parametrize("columns", ["80", "160", "50"])
def test_measurements_are_ranked_by_what_they_save(run, problem, columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    done = run("profile", "plan", problem, "--most", "1")
    assert done.code == 0 and "Worth measuring" in done.out and max(map(len, done.out.splitlines())) <= int(columns)
    found = json.loads(run("profile", "plan", problem, "--most", "1", "--json").out)
    (first,) = found["measurements"]
    assert found["optimistic_usd_per_month"] <= found["nominal_usd_per_month"] <= found["safe_usd_per_month"]
    # a run that confirms the formula takes the safe plan towards the nominal one
    assert 0 < first["saving_usd_per_month"] <= found["safe_usd_per_month"] - found["nominal_usd_per_month"] + 1e-6
    assert first["band_after"][0] > first["band_now"][0]


def test_a_figure_in_another_unit_is_refused_with_what_was_predicted(run, problem, tmp_path):
    path = tmp_path / "seconds.json"  # a field that says ms, and seconds in it
    path.write_text(json.dumps({**RESULT, "mean_tpot_ms": 0.03, "mean_ttft_ms": 0.4}), encoding="utf-8")
    wrong = run("profile", "import", path, "--problem", problem, "--accelerator", "H100", "--variant", "bf16")
    assert wrong.code == 3 and "another unit" in wrong.err and "tpot_ms" in wrong.err


def test_where_neither_end_of_the_bands_has_a_plan_no_measurement_is_offered(capsys):
    from rich.console import Console

    from planner.analysis.worth_measuring import Worth
    from planner.report.profiles import worth_view

    Console(width=160).print(worth_view(Worth(0.9, None, None, None, ()), 160))
    assert "what stands in the way is no prediction" in capsys.readouterr().out
