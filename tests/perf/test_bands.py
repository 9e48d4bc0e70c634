"""The band of a time to first token: one for the request's own time, one for what it waits for others."""

import csv
import math

import numpy as np
import pytest

from planner.perf.calibration import Band
from planner.perf.cases import COLUMNS
from planner.perf.closed_loop import loop_state
from planner.perf.coefficients import BANDS, FIELDS, Coefficients, efficiency
from planner.perf.fit.observations import read_observations
from planner.perf.fit.spread import ends
from planner.perf.fit.validate import LeftOut
from planner.perf.footprint import footprint
from planner.perf.predict import predict_rows
from planner.perf.replica import Replica
from tests.perf.shapes import A10G, H100, LLAMA_8B, LLAMA_70B

BAND = Band(throughput=(0.8, 1.2), ttft=(0.5, 2.0), tpot=(0.7, 1.5), queue=(0.1, 6.0))
ROW = {
    "model": "Llama-3-8B", "gpu": "H100", "n_gpu": 1, "tp": 1, "pp": 1, "engine": "vLLM", "engine_version": "0.9.1",
    "weight_precision": "bf16", "kv_precision": "bf16", "isl": 1000, "osl": 200, "metric": "ttft_ms",
}  # fmt: skip


def test_the_share_that_is_waiting_carries_its_own_band():
    assert BAND.ttft_at(0.0) == (0.5, 2.0)
    assert BAND.ttft_at(1.0) == (0.1, 6.0)
    assert BAND.ttft_at(0.25) == pytest.approx((0.75 * 0.5 + 0.25 * 0.1, 0.75 * 2.0 + 0.25 * 6.0))


def test_a_request_alone_waits_for_nobody_and_one_without_room_mostly_waits():
    replica = Replica(LLAMA_8B, H100)
    state = loop_state(footprint(replica), efficiency(replica), 1000.0, 200.0, np.array([1.0, 8.0, 6400.0]), 64.0, 8192.0)
    assert state.waited[0] == 0.0 and 0.0 < state.waited[1] < 0.9 < state.waited[2] < 1.0


def test_predictions_of_ttft_widen_with_the_load():
    spread = {(f"band {name}", side, "pair"): math.log(getattr(BAND, name)[at]) for name in BANDS for at, side in enumerate(("low", "high"))}
    table = Coefficients({("memory", "chip", "H100"): 0.0, ("memory", "model", "Llama-3-8B"): 0.0}, spread)
    columns = {name: [{**ROW, "concurrency_or_max": load}.get(name) for load in ("1", "32", "100000")] for name in COLUMNS}
    out = predict_rows(columns, {"Llama-3-8B": LLAMA_8B}, {"H100": H100}, table=table)
    high = [one / value for one, value in zip(out["high"], out["predicted"])]
    assert high[0] == pytest.approx(2.0) and high[0] < high[1] < high[2] == pytest.approx(6.0, rel=0.01)


def test_ends_of_waiting_are_what_is_left_when_the_own_time_takes_its_band(tmp_path):
    rows = [(model, chip, 1, 1, 1, "vLLM", "0.9", "bf16", "bf16", 1000, 200, load, "ttft_ms", 100.0, "made up", "")
            for model in ("Llama-3-8B", "Llama-3-70B") for chip in ("H100", "A10G") for load in (1, 32)]  # fmt: skip
    path = tmp_path / "measured.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([(*COLUMNS, "value", "source", "notes"), *rows])
    seen = read_observations(path, {"Llama-3-8B": LLAMA_8B, "Llama-3-70B": LLAMA_70B}, {"H100": H100, "A10G": A10G})
    waits = seen.table.load > 1.0
    # Alone every request takes what was predicted. With others half of the time is waiting, and twice the time was measured:
    # 2 = 0.5 x 1 + 0.5 x 3.
    found = LeftOut(np.where(waits, -math.log(2.0), 0.0), np.zeros((len(rows), len(FIELDS))), np.where(waits, 0.5, 0.0))
    assert seen.used.sum() >= 4
    band = ends(seen, found, np.arange(len(seen.value)))
    assert band["ttft"] == (0.0, 0.0)
    assert band["queue"] == pytest.approx((0.0, math.log(3.0)))
