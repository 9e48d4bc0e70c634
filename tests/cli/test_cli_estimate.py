"""``planner estimate``: the calculators, from the code that plans use."""

import json

import pytest

CONFIG = {
    "num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
    "intermediate_size": 14336, "max_position_embeddings": 131072, "model_type": "llama", "tie_word_embeddings": False,
}  # fmt: skip


def estimated(run, *words):
    done = run("estimate", *words, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_memory_by_precision_and_context(run):
    found = estimated(run, "Llama-3.1-8B", "--accelerator", "H100")
    memory = {row["precision"]: row for row in found["memory"]}
    # 8.03e9 parameters × 2 bytes = 14.96 GiB; 32 layers × 2 × 8 heads × 128 × 2 bytes = 131,072 bytes a token
    assert memory["bf16"]["weights_gib"] == pytest.approx(8.03e9 * 2 / 2**30, rel=0.01)
    assert memory["bf16"]["cache_gib"][0] == pytest.approx(4096 * 131072 / 2**30)
    assert memory["int4"]["weights_gib"] < memory["fp8"]["weights_gib"] < memory["bf16"]["weights_gib"]


def test_figures_agree_with_each_other(run):
    (row,) = estimated(run, "Llama-3.1-8B", "--accelerator", "H100", "--precision", "fp8", "--input", "1000", "--output", "200")["serving"]
    # what 1,000 input and 200 output tokens cost is the hourly price over the requests of an hour
    request = (1000 * row["usd_per_million_input"] + 200 * row["usd_per_million_output"]) / 1e6
    per_hour = 3600 * row["output_tokens_per_s"] / 200
    assert request * per_hour == pytest.approx(row["usd_per_accelerator_hour"] * row["tp"], rel=0.03)
    assert row["max_batch"] >= row["batch"] and row["decode_ms"] < row["tpot_ms"]


def test_a_model_that_does_not_fit_says_so_and_takes_more_accelerators_where_it_may(run):
    words = ("Llama-3.1-405B", "--accelerator", "L4", "--accelerator", "MI300X", "--precision", "bf16")
    found = {row["accelerator"]: row for row in estimated(run, *words)["serving"]}
    assert not found["L4"]["fits"] and "GiB" in found["L4"]["reason"]  # eight hold 192 GiB
    assert found["MI300X"]["fits"] and found["MI300X"]["tp"] == 8  # 756 GiB of weights: more than four times 192 x 0.9


def test_what_is_not_for_want_of_memory_is_not_called_so(run):
    asked = ("estimate", "Llama-3.1-8B", "--accelerator", "H100", "--precision", "bf16", "--tp")
    assert "attention heads cannot be split over 3: bf16 on H100" in run(*asked, "3").out
    assert "does not fit: bf16 on T4" in run("estimate", "Llama-3.1-8B", "--accelerator", "T4", "--precision", "bf16", "--tp", "1").out


def test_a_local_config_is_estimated_like_its_model(run, tmp_path):
    folder = tmp_path / "own-model"
    folder.mkdir()
    path = folder / "config.json"
    path.write_text(json.dumps(CONFIG), encoding="utf-8")
    own, known = (estimated(run, name, "--accelerator", "H100", "--precision", "bf16") for name in (path, "Llama-3.1-8B"))
    assert own["model"]["name"] == "own-model" and own["model"]["params_b"] == pytest.approx(8.03, rel=0.01)
    assert own["serving"][0]["output_tokens_per_s"] == pytest.approx(known["serving"][0]["output_tokens_per_s"], rel=0.15)


def test_a_request_longer_than_the_model_reads_is_said(run):
    asked = ("Llama-3.1-8B", "--accelerator", "H100", "--context")
    assert estimated(run, *asked, "131072")["notes"] == []
    assert estimated(run, *asked, "200000")["notes"] == ["requests of 200,000 tokens are longer than the model's context of 131,072"]


def test_training_comes_with_the_sources_of_its_constants(run):
    found = estimated(run, "Llama-3.1-8B", "--accelerator", "H100", "--train-tokens", "1e9")
    assert [one["method"] for one in found["training"]] == ["pretraining", "full", "lora", "qlora"]
    assert all(one["source"] and one["kind"] for one in found["training_sources"])
    assert "Rajbhandari" in json.dumps(found["training_sources"])


@pytest.mark.parametrize("columns", ["80", "160", "50"])
def test_tables_fit_the_terminal(run, columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    done = run("estimate", "Qwen3-30B-A3B")
    assert done.code == 0 and max(map(len, done.out.splitlines())) <= int(columns)


@pytest.mark.parametrize(
    ("words", "said"),
    [(("Lama-3.1-8B",), "Llama-3.1-8B"), (("Llama-3.1-8B", "--accelerator", "H900"), "no accelerator"),
     (("Llama-3.1-8B", "--precision", "int3"), "int3"), (("Llama-3.1-8B", "--input", "-1"), "-1")],
)  # fmt: skip
def test_what_does_not_exist_is_refused(run, words, said):
    done = run("estimate", *words)
    assert done.code == 2 and said in done.err


def test_a_narrow_table_says_how_far_its_figures_hold(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    words = ("Llama-3.1-8B", "--accelerator", "H100", "--accelerator", "L4", "--precision", "fp8")
    bands = [row["band"] for row in estimated(run, *words)["serving"]]
    said = " ".join(run("estimate", *words).out.split())
    assert f"within ×{min(low for low, _ in bands):.2f} to ×{max(high for _, high in bands):.2f} in 80 % of cases" in said


def test_answers_of_one_token_have_no_tpot(run):
    done = run("estimate", "Llama-3.1-8B", "--accelerator", "L4", "--precision", "fp8", "--output", 1)
    assert done.code == 0 and "none" in done.out
