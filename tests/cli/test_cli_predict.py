"""``planner predict``: rows in, the same rows out with an answer or a reason each."""

import csv
import io
import json

import pytest

HEADER = "model,gpu,n_gpu,tp,engine,weight_precision,isl,osl,concurrency_or_max,metric,mine"
GOOD = "Llama-3.1-8B,H100-SXM,1,1,vLLM,bf16,1000,200,32,tpot_ms,a=1"


def table(folder, *rows, header=HEADER):
    path = folder / "rows.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def answered(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_rows_come_back_in_their_order_with_five_more_columns(run, tmp_path):
    path = table(tmp_path, GOOD, GOOD.replace("tpot_ms", "ttft_ms"))
    done = run("predict", path)
    rows = answered(done.out)
    assert done.code == 0 and list(rows[0]) == [*HEADER.split(","), "predicted", "low", "high", "basis", "reason"]
    assert [row["metric"] for row in rows] == ["tpot_ms", "ttft_ms"] and rows[0]["mine"] == "a=1"
    assert all(float(row["low"]) < float(row["predicted"]) < float(row["high"]) for row in rows)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [("Llama-3.1-8B", "Nobody-1B", "Nobody-1B"), ("H100-SXM", "H900", "H900"), (",32,", ",soon,", "soon"),
     ("tpot_ms", "joy", "joy"), (",1,1,vLLM", ",0,1,vLLM", "n_gpu"), (",200,", ",-5,", "output length"), (",bf16,", ",int3,", "int3")],
)  # fmt: skip
def test_a_row_that_cannot_be_predicted_says_why_and_leaves_the_others_alone(run, tmp_path, old, new, reason):
    done = run("predict", table(tmp_path, GOOD.replace(old, new, 1), GOOD))
    wrong, good = answered(done.out)
    assert done.code == 0 and wrong["predicted"] == "" and wrong["basis"] == "none" and reason in wrong["reason"]
    assert float(good["predicted"]) > 0


def test_an_engine_that_was_never_measured_is_predicted_with_a_reason_and_a_wider_band(run, tmp_path):
    known, new = answered(run("predict", table(tmp_path, GOOD, GOOD.replace("vLLM", "Nobody's"))).out)
    assert "Nobody's" in new["reason"]
    assert float(new["high"]) / float(new["low"]) > float(known["high"]) / float(known["low"])


def test_a_prefix_cache_shortens_the_first_token_and_drafts_the_others(run, tmp_path):
    header = HEADER + ",prefix_hit,draft_tokens,draft_acceptance"
    first, rest = GOOD.replace("tpot_ms", "ttft_ms"), GOOD
    rows = answered(run("predict", table(tmp_path, first + ",0,0,0", first + ",0.9,0,0", rest + ",0,0,0", rest + ",0,3,0.8",
                                         rest + ",2,0,0", header=header)).out)  # fmt: skip
    value = [float(row["predicted"] or 0) for row in rows]
    assert value[1] < value[0] and value[3] < value[2] and "prefix_hit" in rows[4]["reason"]


def test_a_table_goes_to_a_file_and_a_summary_to_the_terminal(run, tmp_path):
    output = tmp_path / "out.csv"
    done = run("predict", table(tmp_path, GOOD, GOOD.replace("Llama-3.1-8B", "Nobody-1B")), "-o", output)
    said = " ".join(done.out.split())
    assert done.code == 0 and "2 rows" in said and "1 modelled" in said and "Nobody-1B" in said
    assert len(answered(output.read_text())) == 2
    assert run("predict", output, "-o", output).code == 2  # never over its input
    again = answered(run("predict", output).out)
    assert list(again[0]) == list(answered(output.read_text())[0])  # an answered table is answered anew, not twice


def test_own_measurements_correct_their_configuration(run, tmp_path):
    path, own = table(tmp_path, GOOD), tmp_path / "own.csv"
    own.write_text(f"{HEADER},value\n{GOOD},40\n", encoding="utf-8")
    (row,) = answered(run("predict", path, "--measured", own).out)
    assert row["basis"] == "measured" and float(row["predicted"]) == pytest.approx(40.0, rel=2e-2)
    own.write_text(f"{HEADER},value\n{GOOD},-1\n", encoding="utf-8")
    assert run("predict", path, "--measured", own).code == 3


def test_own_results_that_cannot_be_read_are_counted_and_said(run, tmp_path):
    own = tmp_path / "own.csv"
    own.write_text(f"{HEADER},value\n" + f"{GOOD.replace('H100-SXM', 'H10O')},40\n" * 2, encoding="utf-8")
    done = run("predict", table(tmp_path, GOOD), "--measured", own)
    assert done.code == 0 and answered(done.out)[0]["basis"] == "modelled"
    assert "own.csv: 2 rows left out: accelerator 'H10O' is not known; did you mean H100" in done.err


def test_json_holds_numbers(run, tmp_path):
    found = json.loads(run("predict", table(tmp_path, GOOD), "--json").out)
    assert found["status"] == "done" and found["rows"][0]["low"] < found["rows"][0]["predicted"]
    assert found["summary"]["basis"] == {"modelled": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [("model,gpu\nx,y\n", "isl"), ("", "empty"), (f"{HEADER},model\n", "two columns"), (f"{HEADER}\n{GOOD},more\n", "cells under")],
)
def test_a_table_of_another_form_is_refused_with_its_line(run, tmp_path, text, said):
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding="utf-8")
    done = run("predict", path)
    assert done.code == 3 and said in done.err
