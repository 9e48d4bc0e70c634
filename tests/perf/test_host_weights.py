"""Weights in host memory: as many as are missing, read through the slot once for every pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog import load_catalog
from planner.perf.coefficients import band, efficiency
from planner.perf.decode import step_s
from planner.perf.footprint import footprint
from planner.perf.from_catalog import chip_of, replica_of, served_variant
from planner.perf.host_memory import host_s, with_host_memory
from planner.perf.memory import memory_use, weight_bytes_per_chip
from planner.perf.prefill import prefill_s
from planner.units import BYTES_PER_GIB

CATALOG = load_catalog("2026-11")


def replica(model="Llama-3.3-70B", chip="H100", tp=1):
    return replica_of(served_variant(CATALOG, model, "bf16"), chip_of(CATALOG, (), chip), tp, 1, 8)


def test_what_fits_stays_as_it_is():
    small = replica("Llama-3.1-8B")
    assert with_host_memory(small, 100.0, 1000.0) is small


def test_half_of_the_usable_memory_is_left_to_weights_and_the_rest_goes_to_the_host():
    alone, moved = replica(), with_host_memory(replica(), 200.0, 1000.0)
    use = memory_use(alone.with_batch(1))
    # 80 GiB, nine tenths of them usable, less activations and runtime; 131.4 GiB of weights.
    stays = 0.5 * (80 * 0.9 - use.activations_gib - use.runtime_gib)
    assert moved.engine.host_gib == pytest.approx(weight_bytes_per_chip(alone) / BYTES_PER_GIB - stays)
    assert memory_use(moved).fits and not memory_use(alone).fits


def test_no_more_goes_there_than_is_allowed():
    assert with_host_memory(replica(), 20.0, 1000.0).engine.host_gib == 20.0
    assert not memory_use(with_host_memory(replica(), 20.0, 1000.0)).fits


def test_every_step_and_every_prompt_reads_it_once_at_the_links_share_of_the_slot():
    moved = with_host_memory(replica(), 200.0, 1000.0)
    rate = efficiency(moved)
    # PCIe 5.0 with 16 lanes: 4 × 0.985 × 16 GB/s.
    seconds = moved.engine.host_gib * BYTES_PER_GIB / (4 * 0.985 * 16e9 * rate.link)
    loads, free = footprint(moved), footprint(replace(moved, engine=replace(moved.engine, host_gib=0.0)))
    assert host_s(loads, rate) == pytest.approx(seconds) and seconds > 2.0
    assert step_s(loads, 8.0, 1000.0, rate) - step_s(free, 8.0, 1000.0, rate) == pytest.approx(seconds * rate.decode)
    assert prefill_s(loads, 500.0, 0.0, rate) - prefill_s(free, 500.0, 0.0, rate) == pytest.approx(seconds * rate.prefill)


def test_its_band_is_twice_as_wide_and_processors_have_no_other_memory():
    alone, moved = replica(), with_host_memory(replica(), 200.0, 1000.0)
    assert band(moved).tpot == pytest.approx(tuple(side**2 for side in band(alone).tpot))
    host = replica(chip="Xeon-8488C-4c")
    assert with_host_memory(host, 200.0, 1000.0) is host
