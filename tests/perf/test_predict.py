"""Tables of configurations: what is read, assumed, refused and corrected by measurements."""

import math

import pytest

from planner.perf.cases import COLUMNS, cases, metric_of, precision_of
from planner.perf.coefficients import BANDS, Coefficients
from planner.perf.predict import predict_rows
from planner.perf.spelling import fold, stored_in
from tests.perf.shapes import A10G, H100, LLAMA_8B, LLAMA_70B, MIXTRAL

MODELS = {"Llama-3-8B": LLAMA_8B, "Llama-3-70B": LLAMA_70B, "Mixtral-8x7B": MIXTRAL}
CHIPS = {"H100": H100, "A10G": A10G}
SPREAD = {
    (f"band {metric}", side, novelty): sign * width
    for metric in BANDS
    for side, sign in (("low", -1.0), ("high", 1.0))
    for novelty, width in (("pair", 0.2), ("chip", 0.4), ("model", 0.4), ("chip model", 0.6))
}
PLAIN = Coefficients({("memory", "chip", "H100"): 0.0, ("memory", "model", "Llama-3-8B"): 0.0}, SPREAD)
ROW = {
    "model": "Llama-3-8B", "gpu": "H100-SXM", "n_gpu": 1, "tp": 1, "pp": 1, "engine": "vLLM", "engine_version": "0.9.1",
    "weight_precision": "bf16", "kv_precision": "bf16", "isl": 1000, "osl": 200, "concurrency_or_max": "32",
    "metric": "tpot_ms",
}  # fmt: skip


def predict(*rows, table=PLAIN, measured=None):
    given = [{**ROW, **row} for row in rows]
    columns = {name: [row[name] for row in given] for name in COLUMNS}
    if measured is not None:
        own = [{**ROW, **row} for row in measured]
        measured = {name: [row[name] for row in own] for name in (*COLUMNS, "value")}
    return predict_rows(columns, MODELS, CHIPS, measured=measured, table=table)


def test_every_row_gets_an_answer_or_a_reason_in_its_place():
    out = predict({}, {"model": "unheard of"}, {"gpu": "unheard of"}, {"metric": "joy"}, {"osl": None}, {})
    assert [value is None for value in out["predicted"]] == [False, True, True, True, True, False]
    assert out["reason"][1] == "model 'unheard of' is not known"
    assert out["basis"] == ["modelled", "none", "none", "none", "none", "modelled"]
    assert out["predicted"][0] == out["predicted"][5]


def test_total_tokens_count_the_input_too():
    out = predict({"metric": "output_tok_s_total"}, {"metric": "total_tok_s"})
    # 1,000 in for every 200 out: six times
    assert out["predicted"][1] == pytest.approx(6 * out["predicted"][0])


def test_latency_and_throughput_of_a_closed_load_obey_littles_law():
    flow, first, rest = predict({"metric": "output_tok_s_total"}, {"metric": "ttft_ms"}, {"metric": "tpot_ms"})["predicted"]
    running = flow / 200 * (first + 199 * rest) / 1000
    assert running == pytest.approx(32, rel=0.03)


def test_two_copies_carry_twice_the_load():
    one, two = predict(
        {"metric": "output_tok_s_total"}, {"metric": "output_tok_s_total", "n_gpu": 2, "concurrency_or_max": "64"}
    )["predicted"]
    assert two == pytest.approx(2 * one)


def test_an_open_load_below_saturation_is_served_at_its_own_rate():
    out = predict({"metric": "output_tok_s_total", "concurrency_or_max": "qps:2"})
    assert out["predicted"][0] == pytest.approx(2 * 200)


def test_bands_widen_for_what_was_never_measured():
    known, new_model = predict({}), predict({"model": "Llama-3-70B", "n_gpu": 4, "tp": 4})
    new_chip, both = predict({"gpu": "A10G"}), predict({"gpu": "A10G", "model": "Llama-3-70B", "n_gpu": 16, "tp": 16})
    widths = [math.log(out["high"][0] / out["low"][0]) for out in (known, new_model, new_chip, both)]
    assert widths == pytest.approx([0.4, 0.8, 0.8, 1.2])


def test_a_measurement_of_the_same_point_is_reproduced_and_narrows_the_band():
    out = predict({}, measured=[{"value": 40.0}])
    assert out["predicted"][0] == pytest.approx(40.0, rel=0.01)
    assert out["basis"] == ["measured"]
    assert math.log(out["high"][0] / out["low"][0]) < 0.5 * 0.4


def test_a_measurement_of_another_load_moves_the_prediction_as_far():
    plain = predict({"concurrency_or_max": "64"})["predicted"][0]
    at_32 = predict({})["predicted"][0]
    out = predict({"concurrency_or_max": "64"}, measured=[{"value": 1.3 * at_32}])
    assert out["predicted"][0] == pytest.approx(1.3 * plain, rel=0.05)
    assert out["basis"] == ["interpolated"]


def test_a_measurement_of_another_split_moves_the_prediction_in_part():
    two = {"tp": 2, "n_gpu": 2}
    plain = predict(two)["predicted"][0]
    out = predict(two, measured=[{"value": 1.3 * predict({})["predicted"][0]}])
    assert 1.1 * plain < out["predicted"][0] < 1.28 * plain
    assert out["basis"] == ["interpolated"]


def test_a_measured_token_time_tells_the_throughput_too():
    flow = {"metric": "output_tok_s_total"}
    out = predict(flow, measured=[{"value": 1.3 * predict({})["predicted"][0]}])
    assert out["predicted"][0] < 0.9 * predict(flow)["predicted"][0]  # Little's law: the same requests take longer


@pytest.mark.parametrize("metric", ["ttft_ms", "tpot_ms"])
def test_a_latency_of_a_full_queue_teaches_nothing(metric):
    queued = [{"value": 5.0 * predict({})["predicted"][0], "concurrency_or_max": "max", "metric": metric}]
    assert predict({}, measured=queued) == predict({})


def test_a_measurement_of_another_configuration_changes_nothing():
    assert predict({}, measured=[{"value": 40.0, "weight_precision": "fp8"}]) == predict({})


def test_sixteen_bit_weights_that_cannot_fit_are_read_as_eight_bit_and_said():
    out = predict({"model": "Llama-3-70B", "weight_precision": "fp16"})
    assert "8-bit weights assumed" in out["reason"][0]


def test_an_open_split_is_chosen_and_said():
    out = predict({"tp": None, "pp": None, "n_gpu": 8})
    assert out["reason"] == ["split assumed"]


def test_names_are_found_with_spaces_inside_and_near_ones_are_offered():
    out = predict({"gpu": "A 10G"}, {"model": "Llama 3 8 B"}, {"gpu": "H10"}, {"model": "llama-3"}, {"model": " "}, {"gpu": None})
    assert [value is None for value in out["predicted"]] == [False, False, True, True, True, True]
    assert out["reason"][2:] == [
        "accelerator 'H10' is not known; did you mean H100?",
        "model 'llama-3' is not known; did you mean Llama-3-8B or Llama-3-70B?",
        "model is blank",
        "accelerator is blank",
    ]


@pytest.mark.parametrize(
    "name, stored",
    [("org/Llama-3-8B-Instruct-FP8", "fp8"), ("Llama-3-8B-AWQ", "int4"), ("Llama-3-8B-GPTQ-Int8", "int8"), ("Llama-3-8B-Instruct", None)],
)
def test_a_releases_name_may_state_its_weights(name, stored):
    assert stored_in(name) == stored
    given = {"model": name, "weight_precision": None}
    said = predict(given)["predicted"]
    assert said == predict({"weight_precision": stored})["predicted"]


def test_metrics_are_read_in_capitals_and_blanks_are_called_so():
    out = predict({"metric": "TPOT_ms"}, {}, {"metric": ""}, {"concurrency_or_max": " "})
    assert out["predicted"][0] == out["predicted"][1]
    assert "queued at once" in predict({"metric": "ttft_ms", "concurrency_or_max": "max"})["reason"][0]
    assert out["reason"][2].startswith("metric is blank") and out["reason"][3].startswith("load is blank")


@pytest.mark.parametrize(
    "name, meaning",
    [("total_tok_s", ("total", "plain")), ("ttft_ms_p99", ("ttft", "p99")), ("itl_ms_mean", ("tpot", "mean"))],
)
def test_metric_names_carry_kind_and_statistic(name, meaning):
    assert metric_of(name) == meaning


def test_weight_only_formats_multiply_in_sixteen_bits():
    assert precision_of("int4 (Q4_K_M)", None, "llama.cpp", H100).activations == "bf16"
    assert precision_of("fp8", None, "TensorRT-LLM", H100).kv == "fp8"
    assert precision_of("fp8", None, "vLLM", A10G).activations == "bf16"  # no 8-bit floating rate on the chip
    assert (precision_of("w4a16", None, "vLLM", H100).weights, precision_of("w4a16", None, "vLLM", H100).activations) == ("int4", "bf16")
    assert precision_of("w4a4", None, "vLLM", H100).weights == "fp4"
    assert precision_of("w8a8", None, "vLLM", H100) == "weight precision 'w8a8' is not known"  # floating or integers
    assert precision_of("secret", None, "vLLM", H100) == "weight precision 'secret' is not known"


def test_names_fold_to_the_same_chip():
    assert fold("H100-SXM") == fold("NVIDIA H100 SXM5") == fold("h100")
    assert fold("A100-PCIe-80GB") == fold("A100-80GB-PCIe")


@pytest.mark.parametrize(
    "name", ["meta-llama/Llama-3-8B-Instruct", "llama 3 8b", "Llama-3-8B-Instruct-FP8", "Llama-3-8B-Instruct-AWQ"]
)
def test_releases_of_one_shape_are_one_model(name):
    assert predict({"model": name})["predicted"] == predict({})["predicted"]


def test_names_fold_across_makers_and_memory():
    assert fold("NVIDIA A100-SXM4-80GB") == fold("A100 80GB HBM2e") and fold("AMD Instinct MI300X") == fold("mi300x")


def test_a_refused_table_is_empty_not_an_error():
    found = cases({name: ["x"] for name in COLUMNS}, MODELS, CHIPS)
    assert len(found.at) == 0
    assert found.refused


def test_a_measurement_in_another_unit_corrects_nothing_and_is_named():
    plain = predict({})["predicted"][0]
    out = predict({}, measured=[{"value": plain / 1000.0}])  # seconds, where milliseconds are meant
    assert out["predicted"][0] == pytest.approx(plain) and out["basis"][0] == "modelled"
    assert "another unit" in out["reason"][0]
    both = predict({}, measured=[{"value": plain / 1000.0}, {"value": plain * 1.2}])
    assert both["basis"][0] == "measured" and both["predicted"][0] > 1.1 * plain


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"tp": "1.5"}, "must be whole numbers"),
        ({"n_gpu": "0"}, "must be whole numbers"),
        ({"kv_precision": "banana"}, "cache precision 'banana' is not known"),
    ],
)
def test_a_cell_that_cannot_be_meant_is_refused(cells, said):
    out = predict(cells)
    assert out["predicted"] == [None] and said in out["reason"][0]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"n_gpu": 2, "tp": 4}, "tp 4 x pp 1 on 2 accelerators taken as tp 2"),
        ({"n_gpu": 3, "tp": 2}, "1 of 3 accelerators stand idle"),
        ({"n_gpu": 7, "tp": 7}, "tp 7 does not share 32 attention heads evenly"),
        ({"isl": 9000}, "longer than the model's context of 8,192 tokens"),
        ({"metric": "ttft_ms_p90"}, "no measurement states a p90"),
    ],
)
def test_what_a_benchmark_could_hardly_have_run_is_predicted_and_said(cells, said):
    out = predict(cells)
    assert out["predicted"][0] > 0 and said in out["reason"][0]
