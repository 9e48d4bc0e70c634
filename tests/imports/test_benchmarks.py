"""Benchmark results of several tools: units are read, loads worked out, everything doubtful refused with its place."""

import json
import math

import pytest

from planner.errors import InvalidInput
from planner.imports.benchmarks import read_benchmarks

VLLM = {
    "backend": "vllm", "model_id": "meta-llama/Llama-3.1-8B-Instruct", "request_rate": "inf", "max_concurrency": 32,
    "duration": 40.0, "completed": 320, "total_input_tokens": 320000, "total_output_tokens": 64000,
    "output_throughput": 1600.0, "mean_ttft_ms": 200.0, "median_ttft_ms": 180.0, "p99_ttft_ms": 900.0, "mean_tpot_ms": 18.0,
}  # fmt: skip
GENAI = {
    "input_config": {"loadgen": {"concurrency": 8}, "endpoint": {"model_names": ["m"]}},
    "time_to_first_token": {"unit": "s", "avg": 0.25, "p50": 0.2},
    "inter_token_latency": {"unit": "ms", "avg": 12.0},
    "output_token_throughput": {"unit": "tokens/sec", "avg": 600.0},
    "input_sequence_length": {"unit": "tokens", "avg": 500.0},
    "output_sequence_length": {"unit": "tokens", "avg": 100.0},
}


def guidellm(strategy, place="config", **metrics):
    known = {
        "time_to_first_token_ms": {"successful": {"mean": 50.0, "median": 40.0}},
        "inter_token_latency_ms": {"successful": {"mean": 10.0}},
        "output_tokens_per_second": {"successful": {"mean": 700.0}},
        "prompt_token_count": {"successful": {"mean": 256.0}},
        "output_token_count": {"successful": {"mean": 128.0}},
    }
    return {"benchmarks": [{place: {"strategy": strategy}, "metrics": {**known, **metrics}}]}


def read(folder, content, name="result.json", **options):
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return read_benchmarks(str(path), **options)


def refused(folder, content, name="result.json", **options):
    with pytest.raises(InvalidInput) as caught:
        read(folder, content, name, **options)
    return str(caught.value)


def test_a_vllm_result_gives_lengths_per_request_and_means(tmp_path):
    (one,) = read(tmp_path, VLLM)
    # 320,000 / 320 in, 64,000 / 320 out, 64,000 tokens in 40 s
    assert (one.input_tokens, one.output_tokens, one.output_tokens_per_s) == (1000.0, 200.0, 1600.0)
    assert (one.concurrency, one.ttft_ms, one.tpot_ms, one.engine) == (32.0, 200.0, 18.0, "vLLM")


def test_figures_that_contradict_littles_law_are_said(tmp_path):
    # 1,600 / 200 = 8 requests a second, each there for 0.2 + 199 x 0.018 s: 30.3 in flight, as good as the 32 stated
    assert read(tmp_path, VLLM)[0].notes == ()
    # with 5 ms a token 0.2 + 199 x 0.005 = 1.195 s: 9.56 in flight
    (odd,) = read(tmp_path, {**VLLM, "mean_tpot_ms": 5.0})
    assert "imply 9.56 requests in flight, 32 are stated" in odd.notes[0]


def test_a_vllm_latency_in_seconds_is_read_by_its_name(tmp_path):
    (one,) = read(tmp_path, {**{k: v for k, v in VLLM.items() if "ttft" not in k}, "mean_ttft_s": 0.2})
    assert one.ttft_ms == pytest.approx(200.0)


def test_a_field_without_unit_is_refused_and_told_how_to_state_one(tmp_path):
    said = refused(tmp_path, {**{k: v for k, v in VLLM.items() if "ttft" not in k}, "mean_ttft": 0.2})
    assert "mean_ttft has no unit" in said and "ms" in said
    said = refused(tmp_path, {**GENAI, "inter_token_latency": {"avg": 12.0}})
    assert "inter_token_latency has no unit" in said
    assert "fortnight" in refused(tmp_path, {**GENAI, "inter_token_latency": {"avg": 12.0, "unit": "fortnight"}})


def test_a_throughput_that_contradicts_counts_and_duration_is_refused(tmp_path):
    assert "which unit" in refused(tmp_path, {**VLLM, "output_throughput": 96000.0})  # per minute


def test_an_open_load_is_brought_to_requests_in_flight_by_littles_law(tmp_path):
    (one,) = read(tmp_path, {**VLLM, "max_concurrency": None, "request_rate": 8.0})
    # 1,600 tokens/s of 200 a request: 8 requests/s, each staying 0.2 + 199 × 0.018 = 3.782 s
    assert one.concurrency == pytest.approx(8 * 3.782)
    assert "Little" in one.notes[0]


def test_everything_queued_at_once_keeps_throughput_and_drops_latencies(tmp_path):
    (one,) = read(tmp_path, {**VLLM, "max_concurrency": None})
    assert (one.concurrency, one.ttft_ms, one.tpot_ms, one.output_tokens_per_s) == (None, None, None, 1600.0)
    alone = "input_tokens,output_tokens,concurrency,tpot_ms\n1000,200,max,18\n"
    assert "latencies of a full queue" in refused(tmp_path, alone, "rows.csv")


@pytest.mark.parametrize("place", ["args", "config", "scheduler"])  # the first schema, and later ones
@pytest.mark.parametrize(
    ("strategy", "load"),
    [({"type_": "concurrent", "streams": 16}, 16.0), ({"kind": "concurrent", "max_concurrency": 16}, 16.0),
     ({"type_": "synchronous"}, 1.0), ({"type_": "throughput"}, None)],
)  # fmt: skip
def test_guidellm_reports_of_all_schemas(tmp_path, place, strategy, load):
    (one,) = read(tmp_path, guidellm(strategy, place))
    assert (one.concurrency, one.tpot_ms, one.output_tokens_per_s) == (load, None if load is None else 10.0, 700.0)
    assert (one.input_tokens, one.output_tokens) == (256.0, 128.0)


def test_guidellm_at_a_rate_takes_the_concurrency_that_it_saw(tmp_path):
    (one,) = read(tmp_path, guidellm({"type_": "poisson", "rate": 4.0}, request_concurrency={"successful": {"mean": 6.5}}))
    assert one.concurrency == 6.5


def test_guidellm_without_a_bound_takes_the_concurrency_that_it_saw(tmp_path):
    (one,) = read(tmp_path, guidellm({"type_": "throughput"}, request_concurrency={"successful": {"mean": 480.0}}))
    assert (one.concurrency, one.tpot_ms) == (480.0, 10.0)


def test_an_aiperf_export_is_read_with_its_units(tmp_path):
    (one,) = read(tmp_path, GENAI)
    assert (one.ttft_ms, one.tpot_ms, one.output_tokens_per_s, one.concurrency) == (250.0, 12.0, 600.0, 8.0)


def test_a_genai_perf_csv_has_units_in_brackets_and_needs_its_concurrency(tmp_path):
    text = (
        "Metric,avg,min,max,p99,p50\nTime To First Token (ms),23.94,22.92,30.75,30.10,23.20\n"
        "Inter Token Latency (ms),11.54,11.45,11.70,11.69,11.53\nRequest Latency (ms),\"5,919.16\",1,2,3,4\n"
        "Output Sequence Length,511.90,505,516,515,512\nInput Sequence Length,127.50,126,128,128,128\n\n"
        "Metric,Value\nOutput Token Throughput (per sec),86.48\nRequest Throughput (per sec),0.17\n"
    )  # fmt: skip
    (one,) = read(tmp_path, text, "export.csv", concurrency=1.0)
    assert (one.ttft_ms, one.tpot_ms, one.output_tokens_per_s, one.output_tokens) == (23.94, 11.54, 86.48, 511.9)
    assert "--concurrency" in refused(tmp_path, text, "export.csv")
    assert "has no unit" in refused(tmp_path, text.replace(" (ms)", ""), "export.csv", concurrency=1.0)


def test_a_plain_table_states_units_in_its_columns(tmp_path):
    text = "input_tokens,output_tokens,concurrency,ttft_s,tpot_ms,output_tokens_per_s\n1000,200,8,0.1,12,600\n1000,200,max,,,900\n"
    one, two = read(tmp_path, text, "mine.csv")
    assert (one.ttft_ms, one.tpot_ms, one.output_tokens_per_s) == (100.0, 12.0, 600.0)
    assert two.concurrency is None and two.output_tokens_per_s == 900.0
    assert "ttft has no unit" in refused(tmp_path, text.replace("ttft_s", "ttft"), "mine.csv")


def test_a_table_of_one_figure_a_row_is_joined_by_load(tmp_path):
    text = "isl,osl,concurrency_or_max,metric,value\n1000,200,8,ttft_ms_mean,100\n1000,200,8,output_tok_s_total,600\n1000,200,16,itl_ms_mean,14\n"
    one, two = read(tmp_path, text, "rows.csv")
    assert (one.ttft_ms, one.output_tokens_per_s, two.tpot_ms) == (100.0, 600.0, 14.0)


@pytest.mark.parametrize(
    ("content", "said"),
    [({"hello": 1}, "none of the forms"), ({"benchmarks": []}, "no benchmark"), ({**VLLM, "completed": 0}, "no request"),
     ({**GENAI, "input_config": {}}, "--concurrency"), ({**VLLM, "mean_tpot_ms": -1.0}, "positive"),
     ({**GENAI, "input_sequence_length": None}, "input_tokens")],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_the_reason(tmp_path, content, said):
    assert said in refused(tmp_path, content)


ONE_FIGURE = "gpu,isl,osl,concurrency_or_max,metric,value\n"


def test_a_repeated_measurement_is_another_run(tmp_path):
    rows = "H100,500,100,8,tpot_ms,10\nH100,500,100,8,tpot_ms,12\nH100,500,100,8,ttft_ms,90\n"
    first, second = read(tmp_path, ONE_FIGURE + rows, "runs.csv")
    assert (first.tpot_ms, first.ttft_ms, second.tpot_ms, second.ttft_ms) == (10.0, 90.0, 12.0, None)


def test_rows_of_several_accelerators_are_no_profile_of_one(tmp_path):
    rows = "H100,500,100,8,tpot_ms,10\nA100,500,100,8,tpot_ms,12\n"
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path, ONE_FIGURE + rows, "runs.csv")
    assert [(f.path, f.code) for f in caught.value.faults] == [("gpu", "several_configurations")]


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        ({**VLLM, "request_rate": "fast"}, "a.json", "not_a_number"),
        (guidellm("sweep"), "b.json", "concurrency"),
        ("isl,osl,concurrency,ttft_ms\n500,100,many,90\n", "c.csv", "concurrency"),
        ("isl,osl,concurrency,ttft_ms\n500,100,8,nan\n", "d.csv", "not_positive"),
        ("isl,osl,concurrency,ttft_ms\n0,100,8,90\n", "e.csv", "not_positive"),
        ("isl;osl;concurrency;ttft_ms\n500;100;8;90\n", "f.csv", "delimiter"),
    ],
)
def test_what_is_no_number_is_refused_where_it_stands(tmp_path, content, name, code):
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path, content, name)
    assert caught.value.faults[0].code == code


def test_results_one_a_line_are_runs_and_infinity_is_no_limit(tmp_path):
    # SGLang writes Infinity where vllm bench serve writes "inf"; a text that holds the word is left alone
    unbounded = {**VLLM, "max_concurrency": None, "request_rate": math.inf, "median_itl_ms": math.nan, "note": 'a "NaN": Infinity'}
    lines = "\n".join(json.dumps(one) for one in (VLLM, unbounded))
    first, second = read(tmp_path, lines + "\n", "results.jsonl")
    assert (first.concurrency, second.concurrency, second.ttft_ms, second.tpot_ms) == (32.0, None, None, None)
    assert second.output_tokens_per_s == 1600.0
    said = refused(tmp_path, lines.replace("64000", "6400", 1), "results.jsonl")
    assert "line 1: output_throughput" in said
    assert "results.jsonl:2" in refused(tmp_path, json.dumps(VLLM) + "\n{1}", "results.jsonl")


def test_the_first_exports_of_aiperf_keep_figures_under_records(tmp_path):
    inner = {name: value for name, value in GENAI.items() if name != "input_config"}
    inner["ttft"] = inner.pop("time_to_first_token")
    (run,) = read(tmp_path, {"input_config": GENAI["input_config"], "records": inner})
    assert (run.ttft_ms, run.tpot_ms, run.concurrency) == (250.0, 12.0, 8.0)


def test_an_aiperf_run_at_a_rate_is_brought_to_requests_in_flight(tmp_path):
    (run,) = read(tmp_path, {**GENAI, "input_config": {"loadgen": {"request_rate": 5.0}}})
    # 600 tokens/s of 100 each are 6 requests/s, more than the 5 sent; each stays 0.25 s and 99 times 12 ms: 5 x 1.438
    assert run.concurrency == pytest.approx(7.19)
