"""The fit on measurements made from known coefficients: it finds them, shrinks the rest, and repeats itself."""

import csv
import math

import numpy as np
import pytest

from planner.perf.cases import COLUMNS
from planner.perf.coefficients import BANDS, FIELDS, LOG_DEFAULT, Coefficients
from planner.perf.fit.design import Design
from planner.perf.fit.estimate import estimate
from planner.perf.fit.observations import read_observations
from planner.perf.fit.validate import errors, left_out, weighted_quantile
from planner.perf.predict import predict_rows
from tests.perf.shapes import H100, H100_PCIE, LLAMA_8B, LLAMA_70B

MODELS = {"Llama-3-8B": LLAMA_8B, "Llama-3-70B": LLAMA_70B}
CHIPS = {"H100": H100, "H100-PCIe": H100_PCIE}
#: The truth behind the made-up measurements: weights are read 20 % slower everywhere, 15 % slower again on one chip.
TRUTH = {("memory", "all", ""): math.log(0.8), ("memory", "chip", "H100-PCIe"): math.log(0.85)}


@pytest.fixture(scope="module")
def measurements(tmp_path_factory):
    rows = [
        (model, chip, tp, tp, 1, "vLLM", "0.9", "bf16", "bf16", isl, 256, batch, metric)
        for model, tp in (("Llama-3-8B", 1), ("Llama-3-70B", 4))
        for chip in CHIPS
        for isl in (256, 1024)
        for batch in (1, 8, 32)
        for metric in ("tpot_ms", "output_tok_s_total")
    ]
    columns = {name: [row[at] for row in rows] for at, name in enumerate(COLUMNS)}
    spread = {
        (f"band {metric}", side, "pair"): 0.0 for metric in BANDS for side in ("low", "high")
    }
    known = {("memory", "model", name): 0.0 for name in MODELS} | {("memory", "chip", "H100"): 0.0}
    value = predict_rows(columns, MODELS, CHIPS, table=Coefficients({**known, **TRUTH}, spread))["predicted"]
    path = tmp_path_factory.mktemp("fit") / "measured.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow((*COLUMNS, "value", "source", "notes"))
        writer.writerows((*row, one, "made up", "") for row, one in zip(rows, value))
    return read_observations(path, MODELS, CHIPS)


def test_predictions_of_the_fitted_rows_come_close(measurements):
    design = Design.of(measurements.table.relatives)
    rows = np.arange(len(measurements.value))
    found = estimate(measurements, design, rows)
    assert np.median(np.abs(found)) < 0.02  # most deviations shrink to nothing
    memory = dict(zip(design.names, found))[("memory", "all", "")]
    assert memory < -0.03  # and the one that is wrong everywhere moves


def test_the_same_rows_give_the_same_bits(measurements):
    design = Design.of(measurements.table.relatives)
    rows = np.arange(len(measurements.value))
    assert np.array_equal(estimate(measurements, design, rows), estimate(measurements, design, rows))


def test_pairs_left_out_are_predicted_from_their_relatives(measurements):
    ratio = left_out(measurements, measurements.pair, folds=4).log_ratio
    report = {one.target: one for one in errors(measurements, ratio)}
    assert report["tpot"].pairs == 4
    assert report["tpot"].median < 0.2
    assert report["tpot"].rows == 24  # two lengths, three loads on each pair


def test_a_design_adds_up_the_groups_of_a_row(measurements):
    design = Design.of(measurements.table.relatives)
    values = np.zeros(design.size)
    values[design.names.index(("memory", "chip", "H100"))] = 0.1
    values[design.names.index(("memory", "all", ""))] = 0.2
    shifted = design.field_values(values, np.arange(len(measurements.value)))[:, FIELDS.index("memory")]
    on_h100 = measurements.chip == "H100"
    assert shifted[on_h100] == pytest.approx(0.3)
    assert shifted[~on_h100] == pytest.approx(0.2)
    assert len(LOG_DEFAULT) == len(FIELDS)


def test_rows_that_contradict_themselves_or_exceed_physics_do_not_count(tmp_path):
    base = ["Llama-3-8B", "H100", 1, 1, 1, "vLLM", "0.9", "bf16", "bf16", 256, 100, 10]
    rows = [
        # 10 running, but 1,000 tokens/s x (0.1 s + 100 x 0.1 s) / 100 tokens = 101
        (*base, "output_tok_s_total", 1000.0, "s", ""),
        (*base, "ttft_ms", 100.0, "s", ""),
        (*base, "tpot_ms", 100.0, "s", ""),
        (*base[:-1], 20, "tpot_ms", 10.0, "s", ""),
        (*base[:-1], 30, "tpot_ms", 10.0, "s", "SUSPECT: beyond the peak"),
    ]
    path = tmp_path / "measured.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([(*COLUMNS, "value", "source", "notes"), *rows])
    assert read_observations(path, MODELS, CHIPS).used.tolist() == [False, False, False, True, False]


def test_a_weighted_median_lets_a_heavy_value_win():
    assert weighted_quantile([1.0, 2.0, 3.0], [1.0, 1.0, 5.0], 0.5) == 3.0
    assert weighted_quantile([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], 0.5) == 2.0
