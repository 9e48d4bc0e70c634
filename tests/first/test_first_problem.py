"""What other tools saw of a load becomes a problem: rates by hour, lengths, and what is paid today."""

import json

import pytest
from answers import BILL, START, answer, day_of_metrics, series, spend_rows, written

from planner.cli.main import main
from planner.errors import InvalidInput
from planner.imports.focus_bill import months_of, read_bill
from planner.imports.litellm_spend import read_spend, trace_text
from planner.imports.prometheus import load_of, models_in, read_series


def load(folder, *found, model=None):
    return load_of(read_series([written(folder, "metrics.json", answer(*found))]), model)


def test_counters_become_rates_by_hour_and_mean_lengths(tmp_path):
    found = load(tmp_path, *day_of_metrics())
    # 3,600 requests in an hour are one a second.
    assert found.hourly_per_s[:12] == pytest.approx([1.0] * 12) and found.hourly_per_s[12:] == pytest.approx([2.0] * 12)
    assert [(one.input_tokens, one.output_tokens, one.share) for one in found.classes] == [(1000.0, 200.0, 1.0)]
    assert "lengths are means" in found.notes[0]


def test_several_engines_are_added_and_a_restart_is_no_negative_load(tmp_path):
    second = day_of_metrics(instance="b")
    # The counter of b begins again at noon: it has counted 7,200 by 13:00, as it would have without the restart.
    for one, factor in zip(second, (1, 1000, 200)):
        for at in range(13, 25):
            one["values"][at][1] = str(7200 * factor * (at - 12))
    found = load(tmp_path, *day_of_metrics(), *second)
    assert found.hourly_per_s == pytest.approx([2.0] * 12 + [4.0] * 12)


def test_hours_without_data_have_the_mean_and_that_is_said(tmp_path):
    half = [{**one, "values": one["values"][:13]} for one in day_of_metrics()]
    found = load(tmp_path, *half)
    assert found.hourly_per_s == pytest.approx([1.0] * 24) and "no data for 12 of 24 hours" in found.notes[0]


def test_histograms_become_classes_that_keep_the_means(tmp_path):
    # Half of the prompts up to 100 tokens, half up to 2,000; all answers up to 400.
    buckets = [
        series("vllm:request_prompt_tokens_bucket", [0, 500], step=86400, le="100"),
        series("vllm:request_prompt_tokens_bucket", [0, 1000], step=86400, le="2000"),
        series("vllm:request_prompt_tokens_bucket", [0, 1000], step=86400, le="+Inf"),
        series("vllm:request_generation_tokens_bucket", [0, 1000], step=86400, le="400"),
    ]
    found = load(tmp_path, *day_of_metrics(), *buckets)
    assert [one.share for one in found.classes] == pytest.approx([0.5, 0.5])
    assert sum(one.share * one.input_tokens for one in found.classes) == pytest.approx(1000.0)
    # Between the edges a class lies at their geometric mean: 10 and 447, scaled alike.
    assert found.classes[1].input_tokens / found.classes[0].input_tokens == pytest.approx((100 * 2000) ** 0.5 / 10)


def test_what_is_no_counter_over_a_range_is_refused(tmp_path):
    rate = series("x", [1, 2])
    del rate["metric"]["__name__"]
    with pytest.raises(InvalidInput, match="as after rate"):
        load(tmp_path, rate)
    with pytest.raises(InvalidInput, match="range"):
        read_series([written(tmp_path, "instant.json", {"data": {"resultType": "vector", "result": []}})])
    with pytest.raises(InvalidInput, match="vllm:prompt_tokens_total"):
        load(tmp_path, day_of_metrics()[0])
    assert models_in(read_series([written(tmp_path, "m.json", answer(*day_of_metrics()))])) == ("chat",)


def test_a_spend_log_is_read_in_all_its_forms(tmp_path):
    rows = spend_rows(10)
    lines = "\n".join(map(json.dumps, rows))
    table = "\n".join(["startTime,model,prompt_tokens,completion_tokens,spend", *(f"{r['startTime']},{r['model']},100,50,0.01" for r in rows)])
    forms = [written(tmp_path, "a.json", rows), written(tmp_path, "b.jsonl", lines), written(tmp_path, "c.csv", table)]
    assert len({read_spend(one) for one in forms}) == 1
    # The second request comes 36 s after midnight.
    assert trace_text(read_spend(forms[0])).split("\n")[:3] == ["t_seconds,input_tokens,output_tokens", "0.000,100,50", "36.000,100,50"]
    with pytest.raises(InvalidInput, match="a row needs"):
        read_spend(written(tmp_path, "d.json", [{"model": "x"}]))


def test_a_bill_of_a_calendar_month_is_one_month(tmp_path):
    charges = read_bill(written(tmp_path, "bill.csv", BILL))
    assert months_of(charges) == 1.0 and sum(one.effective_usd for one in charges) == 1200.0
    assert charges[0].hours == 100.0 and charges[0].start == START - 86400
    with pytest.raises(InvalidInput, match="in EUR"):
        read_bill(written(tmp_path, "eur.csv", BILL.replace("USD", "EUR")))


def problem_of(folder, *words):
    file = folder / "problem.json"
    assert main(["init", "--model", "Llama-3.1-8B", *words, "-o", str(file)]) == 0
    assert main(["check", str(file)]) == 0
    return json.loads(file.read_text(encoding="utf-8"))


def test_metrics_and_a_bill_make_a_problem_that_can_be_solved(tmp_path, capsys):
    metrics, bill = written(tmp_path, "metrics.json", answer(*day_of_metrics())), written(tmp_path, "bill.csv", BILL)
    found = problem_of(tmp_path, "--prometheus", metrics, "--bill", bill, "--region", "aws:us-east-1", "--budget", "9000", "--ttft", "800")
    assert found["paid_now_usd_per_month"] == 1200.0 and found["limits"] == {"budget_usd_per_month": 9000.0}
    assert len(found["services"][0]["workload"]["rate_per_s"]) == 24 and found["services"][0]["slo"]["ttft_ms"] == {"p95": 800.0}
    assert "paid today: 1,200.00 USD/month" in capsys.readouterr().err


def test_a_spend_log_makes_a_trace_beside_the_problem(tmp_path, capsys):
    found = problem_of(tmp_path, "--spend", written(tmp_path, "spend.json", spend_rows()))
    assert found["services"][0]["workload"] == {"trace": "problem-trace.csv"} and (tmp_path / "problem-trace.csv").exists()
    # 24 USD over 2,399 × 36 s, for 730 h.
    assert found["paid_now_usd_per_month"] == pytest.approx(24.0 / (2399 * 36.0) * 730 * 3600)


def test_a_spend_log_is_also_asked_by_the_name_that_a_router_gave(tmp_path):
    rows = [{**row, "model_group": "front" if at % 3 else "back"} for at, row in enumerate(spend_rows(9))]
    problem_of(tmp_path, "--spend", written(tmp_path, "spend.json", rows), "--served", "back")
    # A header and three of nine requests.
    assert len((tmp_path / "problem-trace.csv").read_text(encoding="utf-8").splitlines()) == 4


def test_a_stated_load_and_a_config_make_a_problem_with_an_overlay(tmp_path, capsys):
    config = {"_name_or_path": "org/Tiny-1B", "model_type": "llama", "num_hidden_layers": 16, "hidden_size": 2048, "num_attention_heads": 32,
              "num_key_value_heads": 8, "intermediate_size": 8192, "vocab_size": 128256, "tie_word_embeddings": True}  # fmt: skip
    file, path = tmp_path / "problem.json", written(tmp_path, "config.json", config)
    words = ["init", "--model", path, "--rate", "2", "--input-tokens", "500", "--output-tokens", "100", "-o", str(file)]
    assert main(words) == 0
    overlay = json.loads((tmp_path / "overlay.json").read_text(encoding="utf-8"))
    assert overlay["model_configs"] == [{"name": "Tiny-1B", "config": "config.json"}]
    assert main(["check", str(file), "--overlay", str(tmp_path / "overlay.json")]) == 0
    # A second run would overwrite the overlay, which may hold prices.
    assert main(words) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "what is known of the load"), (["--rate", "2"], "lengths of requests"),
        (["--rate", "2", "--input-tokens", "1", "--output-tokens", "1", "--model", "Lama-3.1-8B"], "Llama-3.1-8B"),
        (["--trace", "/etc/hostname"], "beside the problem"), (["--rate", "-2"], "at least"),
    ],
)  # fmt: skip
def test_what_is_missing_is_asked_for(tmp_path, capsys, words, said):
    assert main(["init", "--model", "Llama-3.1-8B", *words, "-o", str(tmp_path / "p.json")]) == 2
    assert said in capsys.readouterr().err
