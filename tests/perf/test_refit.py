"""The refit: the same measurements give the same bytes, and what cannot be true teaches nothing."""

import csv
import shutil

import pytest

from planner.errors import InvalidInput
from planner.perf.cases import COLUMNS
from planner.perf.coefficients import EDITIONS, Coefficients
from planner.perf.fit.evaluation import EVALUATION_COLUMNS, family_of
from planner.perf.fit.facts import facts
from planner.perf.fit.observations import read_observations
from planner.perf.fit.refit import refit
from planner.perf.predict import predict_rows


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    folder = tmp_path_factory.mktemp("edition")
    for name in ("models.csv", "accelerators.csv"):
        shutil.copy(max(path.parent for path in EDITIONS.glob("*/models.csv")) / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def calibration(edition):
    """Every prediction of three models on three accelerators, 20 % off on one of these."""
    rows = [
        (model, chip, 1, 1, 1, "vLLM", "0.9", "bf16", "bf16", isl, 256, load, metric)
        for model in ("Llama-3.1-8B", "Qwen2.5-7B", "Mistral-7B")
        for chip in ("H100", "A100-80GB", "L40S")
        for isl, load in ((256, 4), (1024, 16))
        for metric in ("tpot_ms", "ttft_ms", "output_tok_s_total")
    ]
    columns = {name: [row[at] for row in rows] for at, name in enumerate(COLUMNS)}
    value = predict_rows(columns, *facts(edition))["predicted"]
    path = edition / "calibration.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow((*COLUMNS, "value", "source", "notes"))
        slow = {"tpot_ms": 1.2, "ttft_ms": 1.2, "output_tok_s_total": 1 / 1.2}
        writer.writerows((*row, one * (slow[row[-1]] if row[1] == "L40S" else 1.0), "made up", "") for row, one in zip(rows, value))
    return path


def test_the_same_measurements_give_the_same_bytes_and_a_table_that_is_read_back(calibration, edition):
    first, second = refit(calibration, edition), refit(calibration, edition)
    assert first == second
    table = Coefficients.of(csv.DictReader(first[0].splitlines()))
    assert table.known("chip", "L40S") and not table.known("chip", "H200")
    assert {side for _, side, novelty in table.spread if novelty == "measured"} == {"low", "high"}
    evaluated = list(csv.DictReader(first[1].splitlines()))
    assert tuple(evaluated[0]) == EVALUATION_COLUMNS
    overall = {row["target"]: row for row in evaluated if row["basis"] == "formula" and not row["source"] and row["pairs"]}
    assert overall["tpot"]["pairs"] == "9" and overall["tpot"]["rows"] == "18"


def test_a_row_beyond_all_peaks_does_not_teach(calibration, edition, tmp_path):
    rows = list(csv.reader(calibration.open()))
    path = tmp_path / "impossible.csv"
    at = rows[0].index("value")
    flow = next(row for row in rows[1:] if row[COLUMNS.index("metric")] == "output_tok_s_total")
    impossible = [*flow[:at], "1e7", *flow[at + 1 :]]  # ten million tokens a second on one accelerator
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([rows[0], flow, impossible])
    assert read_observations(path, *facts(edition)).used.tolist() == [True, False]


def test_measurements_of_one_model_are_refused_for_none_is_left_when_it_is(calibration, edition, tmp_path):
    rows = list(csv.reader(calibration.open()))
    path = tmp_path / "few.csv"
    for kept, said in (([row for row in rows[1:] if row[0] == "Qwen2.5-7B"], "of 1 models"), ([], "of 0 models")):
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([rows[0], *kept])
        with pytest.raises(InvalidInput, match=said):
            refit(path, edition)


@pytest.mark.parametrize(("name", "family"), [("Llama-3.1-8B", "Llama"), ("Qwen2.5-72B", "Qwen"), ("gpt-oss-20b", "gpt"), ("7B", "7B")])
def test_a_family_is_what_a_name_begins_with(name, family):
    assert family_of(name) == family
