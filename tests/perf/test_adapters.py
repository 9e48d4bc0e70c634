"""What adapters that are kept loaded take of memory and time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog import load_catalog
from planner.perf.adapters import adapter_bytes_per_chip
from planner.perf.architecture import Architecture
from planner.perf.ask import Ask, Limit, as_asked, exempt_classes
from planner.perf.assess import assess
from planner.perf.from_catalog import chip_of, replica_of, served_variant
from planner.perf.latency import work_moments
from planner.perf.memory import memory_use
from planner.perf.queueing import safe_share

CATALOG = load_catalog("2026-11")
LLAMA = Architecture.of(CATALOG.model("Llama-3.1-8B"))
ASK = Ask(input_tokens=(500.0, 4000.0), output_tokens=(100.0, 100.0), shares=(0.99, 0.01), limits=(), dispersion=2.0, context_tokens=4100.0)
LOADED = replace(ASK, adapters=(4, 16, 1.25), every_class=True)


def replica(accelerator: str = "L40S", tp: int = 1):
    return replica_of(served_variant(CATALOG, "Llama-3.1-8B", "bf16"), chip_of(CATALOG, (), accelerator), tp, 1, 32)


def test_an_adapter_takes_its_rank_in_every_linear_layer():
    # 32 layers x rank 16 x (7 x 4096 + 2 x 4096 + 2 x 1024 + 3 x 14336) values of 2 bytes.
    assert adapter_bytes_per_chip(LLAMA, 1, 1, 1, 16) == 2 * 32 * 16 * (7 * 4096 + 2 * 4096 + 2 * 1024 + 3 * 14336) == 83_886_080
    assert adapter_bytes_per_chip(LLAMA, 1, 1, 3, 16) == 3 * 83_886_080
    assert adapter_bytes_per_chip(LLAMA, 1, 1, 0, 16) == 0


def test_of_a_split_layer_each_chip_holds_the_whole_side_and_its_part_of_the_other():
    assert adapter_bytes_per_chip(LLAMA, 2, 1, 1, 16) == 2 * 32 * 16 * (7 * 4096 + 4096 + 1024 + 1.5 * 14336)
    assert adapter_bytes_per_chip(LLAMA, 1, 2, 1, 16) == 83_886_080 / 2


@pytest.mark.parametrize("shape", [{"ffn": None}, {"experts": 8}, {"attention": "MLA"}, {"state_layers": 4}, {"shape_assumed": True}])
def test_what_the_shape_does_not_say_is_unknown_and_breaks_a_rule(shape):
    odd = replace(LLAMA, **shape)
    assert adapter_bytes_per_chip(odd, 1, 1, 1, 16) is None
    assert [b.rule for b in assess(LOADED, replace(replica(), architecture=odd)).broken] == ["adapters_known"]
    assert "adapters_known" not in [b.rule for b in assess(ASK, replace(replica(), architecture=odd)).broken]


def test_adapters_take_their_memory_from_the_cache():
    plain, loaded = memory_use(replica()), memory_use(as_asked(LOADED, replica()))
    assert loaded.weights_gib - plain.weights_gib == pytest.approx(4 * 83_886_080 / 2**30)
    assert loaded.kv_safe_gib == pytest.approx(plain.kv_safe_gib - 0.9 * 4 * 83_886_080 / 2**30)


def test_every_time_is_longer_by_the_same_factor():
    # With no adapter to make room for, the cache, and so the batch, is the same.
    alone, slower = assess(ASK, replica()), assess(replace(ASK, adapters=(0, 1, 1.25)), replica())
    for name in ("work_s", "ttft_ms", "tpot_ms"):
        assert getattr(slower, name) == pytest.approx([1.25 * value for value in getattr(alone, name)])


def test_no_class_of_a_group_is_excused_by_its_size():
    limit = Limit("ttft", 95.0, 400.0)
    assert exempt_classes(ASK, limit) == (frozenset({1}), 0.01)
    assert exempt_classes(LOADED, limit) == (frozenset(), 0.0)


def test_waiting_in_a_group_is_no_shorter_than_in_any_mix_that_it_may_be_sent():
    limits = (Limit("ttft", 95.0, 3000.0),)
    found = assess(replace(ASK, limits=limits, every_class=True), replica())
    slack = (3000.0 - max(found.ttft_ms)) / 1000.0
    for long in (0.0, 0.01, 0.3, 0.9, 1.0):
        mean, scv = work_moments(found.work_s, (1.0 - long, long), (True, True))
        mixed = safe_share((1, 8), work_s_mean=mean, work_scv=scv, dispersion=2.0, slack_s=slack, percentile=95.0)
        assert all(dict(found.levels)[n] <= share + 1e-9 for n, share in zip((1, 8), mixed)), long
