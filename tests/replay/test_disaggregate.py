"""How a plan's replicas are divided into those that read prompts and those that decode, and what their links carry."""

from types import SimpleNamespace

import pytest

from planner.errors import UsageError
from planner.perf.chip import Chip
from planner.perf.replica import Precision, Replica
from planner.replay.disaggregate import Disaggregate, by_part, cache_bytes_per_token, link_gb_per_s, reads_of

H100 = Chip("H100", "NVIDIA", 80, 3350, scaleup_link="NVLink4", scaleup_gb_per_s=900, pcie="5.0x16")


@pytest.mark.parametrize(
    "count, ratio, reads",
    [(5, (2, 3), 2), (10, (2, 3), 4), (4, (2, 3), 2), (2, (9, 1), 1), (2, (1, 9), 1), (7, (1, 9), 1), (1, (2, 3), 1), (0, (1, 1), 0)],
)
def test_as_near_to_the_ratio_as_can_be_with_one_of_either_kind(count, ratio, reads):
    assert reads_of(count, Disaggregate(*ratio)) == reads


@pytest.mark.parametrize("counts, reads", [((3, 2), [1, 1]), ((5, 0), [2, 0]), ((1, 1, 1, 1, 1), [0, 1, 0, 1, 0]), ((0, 0), [0, 0])])
def test_firm_and_spot_read_and_decode_alike(counts, reads):
    # Two of five, by cumulative rounding: after 3 of 5 replicas 1.2, after all of them 2.
    assert by_part(counts, Disaggregate(2, 3)) == reads


def test_links_are_the_catalogues_and_go_one_way():
    # NVLink's 900 GB/s count both directions; PCIe 5.0 has 16 lanes of 0.985 x 4 GB/s.
    assert link_gb_per_s(H100, "scaleup") == 450.0 and link_gb_per_s(H100, "pcie") == pytest.approx(63.04)
    assert link_gb_per_s(H100, "network") == 50.0 and link_gb_per_s(H100, 12.5) == 12.5
    with pytest.raises(UsageError, match="no scale-up link"):
        link_gb_per_s(Chip("L4", "NVIDIA", 24, 300, pcie="4.0x16"), "scaleup")


@pytest.mark.parametrize("tp, kv, expected", [(1, "bf16", 131_072), (8, "fp8", 65_536), (16, "bf16", 262_144)])
def test_a_token_moves_as_often_as_the_replica_keeps_it(tp, kv, expected):
    # Llama-3.1-8B: 2 x 32 layers x 8 heads x 128 values; on 16 accelerators each of the 8 heads is kept twice.
    model = SimpleNamespace(attention="GQA", kv_heads=8, head_dim=128, full_layers=32, window_layers=0)
    assert cache_bytes_per_token(Replica(model, H100, Precision("bf16", "bf16", kv), tp)) == expected
