"""Constants of the performance model in one place, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


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


#: How sharply the roofline bends where reading and computing take equally long (4: 19 % above the longer one).
ROOFLINE_SHARPNESS = 4.0


@dataclass(frozen=True)
class Efficiency:
    """How much of each peak a replica reaches, and what each step costs besides.

    memory, cache      shares of peak bandwidth when reading weights, and the KV cache
    compute, attention shares of the matrix rate in weight matrices, and of the 16-bit rate in attention
    link               share of the link's rate
    routed             routed experts' share of what dense matrices reach
    half_tokens        tokens per matrix at which half the matrix rate is reached; ``padding`` scales it for experts
    spread             how evenly tokens choose experts: 1 evenly, less when they crowd on few
    launch_s           per layer and step, not hidden by the device; routed_launch_s more per layer with experts
    all_reduce_s       per all-reduce of two chips; ``hops`` is the power with which it grows with doublings of chips
    exchange_s         per expert exchange and doubling of chips
    step_s, sequence_s per engine step, and per running sequence in it (scheduling, sampling)
    prompt_s           per request, before its prefill starts
    together           share of the other running requests' prefills that a prompt waits for
    steps_waited       decode steps of the running batch that a prompt waits for
    bubble             time lost between pipeline stages, per stage after the first
    drain              of a finite run at full load: cost of its tail, in requests decoded alone per 1,000 requests
    prefill, decode    factors on the time of reading prompts, and of a decode step, that the parts above leave open
    throughput, ttft, tpot  what remains between the physics and what benchmarks report
    """

    memory: Any
    cache: Any
    compute: Any
    attention: Any
    link: Any
    routed: Any
    half_tokens: Any
    padding: Any
    spread: Any
    launch_s: Any
    routed_launch_s: Any
    all_reduce_s: Any
    hops: Any
    exchange_s: Any
    step_s: Any
    sequence_s: Any
    prompt_s: Any
    together: Any
    steps_waited: Any
    bubble: Any
    drain: Any
    prefill: Any = 1.0
    decode: Any = 1.0
    throughput: Any = 1.0
    ttft: Any = 1.0
    tpot: Any = 1.0


@dataclass(frozen=True)
class Band:
    """Multipliers (low, high) that hold the measured value in 80 % of cases.

    ttft   of the time to the first token that is the request's own: before and while its prompt is read
    queue  of the time that it waits for other prompts and for room, which a closed load adds
    """

    throughput: tuple[float, float]
    ttft: tuple[float, float]
    tpot: tuple[float, float]
    queue: tuple[float, float]

    def widened(self, factor: float) -> Band:
        """The band with its logarithms ``factor`` times as long."""
        return Band(*((low**factor, high**factor) for low, high in (self.throughput, self.ttft, self.tpot, self.queue)))

    def ttft_at(self, waited: Any) -> tuple[Any, Any]:
        """Of a time to first token of which the share ``waited`` is spent waiting for others, 0 to 1."""
        return tuple((1.0 - waited) * own + waited * queue for own, queue in zip(self.ttft, self.queue))


#: Where the fit starts, and what a field is where nothing was fitted: round values of the right size for datacentre
#: parts (assumed from the calibration measurements at tensor parallelism 1).
DEFAULT = Efficiency(
    memory=0.75,
    cache=0.6,
    compute=0.6,
    attention=0.35,
    link=0.45,
    routed=0.8,
    half_tokens=64.0,
    padding=0.25,
    spread=0.7,
    launch_s=20e-6,
    routed_launch_s=20e-6,
    all_reduce_s=8e-6,
    hops=0.6,
    exchange_s=20e-6,
    step_s=1.5e-3,
    sequence_s=8e-6,
    prompt_s=10e-3,
    together=0.05,
    steps_waited=0.7,
    bubble=0.05,
    drain=0.3,
)
