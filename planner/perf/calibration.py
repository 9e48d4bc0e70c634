"""Constants of the performance model in one place, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from planner.perf.replica import Replica

#: Share of the memory left after weights that planning may fill with cache (the rest: fragmentation, growth).
SAFE_KV_SHARE = 0.9
#: Context of the driver and collective library on one chip, GiB (assumed; 0.6-1.2 seen on CUDA and ROCm).
RUNTIME_GIB = 1.0
#: Captured execution graphs, GiB (assumed; engines report 0.2-1.5).
GRAPH_GIB = 0.5
#: Live 16-bit buffers of hidden size per token of the budget: residual, normed, qkv, gate and up (assumed).
INTER_STAGE_BUFFERS = 10.0
#: State of a linear-attention layer per hidden channel: 32-bit, 128 values per channel (published shapes).
STATE_BYTES_PER_CHANNEL = 4.0 * 128.0
#: Usable PCIe 3.0 rate per lane and direction, GB/s (8 GT/s, 128b/130b coding).
PCIE_LANE_GB_PER_S = 0.985
#: Between machines, per chip and direction: one 400 Gb/s port (assumed).
NETWORK_GB_PER_S = 50.0
#: Chips that a scale-up link joins, by a word in its name (published system designs); first match counts.
DOMAIN_CHIPS = (("72-GPU", 72), ("ICI", 256), ("NeuronLink", 16), ("NVLink", 8), ("Infinity", 8), ("RoCE", 8))


@dataclass(frozen=True)
class Efficiency:
    """How much of each peak a replica reaches, and what each step costs besides.

    memory, compute, attention, link  shares of peak bandwidth, matrix rate, attention rate, link rate
    launch_s                          per layer and step, not hidden by the device
    all_reduce_s                      per all-reduce and doubling of chips
    step_s, sequence_s                per engine step, and per running sequence in it (scheduling, sampling)
    prompt_s                          per request, before its prefill starts
    """

    memory: Any
    compute: Any
    attention: Any
    link: Any
    launch_s: Any
    all_reduce_s: Any
    step_s: Any
    sequence_s: Any
    prompt_s: Any


@dataclass(frozen=True)
class Band:
    """Multipliers (low, high) that hold the measured value in 80 % of cases."""

    throughput: tuple[float, float]
    ttft: tuple[float, float]
    tpot: tuple[float, float]


#: Medians over the calibration measurements at tensor parallelism 1, rounded (measured; see docs of the fit).
DEFAULT = Efficiency(
    memory=0.75,
    compute=0.55,
    attention=0.35,
    link=0.45,
    launch_s=25e-6,
    all_reduce_s=6e-6,
    step_s=1.5e-3,
    sequence_s=8e-6,
    prompt_s=10e-3,
)
DEFAULT_BAND = Band(throughput=(0.55, 1.7), ttft=(0.45, 2.2), tpot=(0.6, 1.6))


@lru_cache(maxsize=65536)
def efficiency(replica: Replica) -> Efficiency:
    """Coefficients for a replica's chip, precision and engine."""
    return DEFAULT


@lru_cache(maxsize=65536)
def band(replica: Replica) -> Band:
    """Uncertainty of an unmeasured replica."""
    return DEFAULT_BAND
