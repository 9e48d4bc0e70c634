"""Weights that an accelerator keeps in its host's memory and reads through its slot in every pass."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planner.perf.memory import kv_tokens_held, memory_use, weight_bytes_per_chip
from planner.perf.replica import Replica
from planner.units import BYTES_PER_GIB

if TYPE_CHECKING:
    from planner.perf.calibration import Efficiency
    from planner.perf.footprint import Footprint

#: Of what an accelerator's engine may use, the part that weights fill where others lie in host memory; the rest is for cache.
WEIGHTS_SHARE = 0.5


def with_host_memory(replica: Replica, allowed_gib: float, longest_tokens: float) -> Replica:
    """``replica`` with as many weights in host memory as it lacks room for; as it is where it fits, or cannot.

    allowed_gib     of weights that each accelerator may keep there
    longest_tokens  that must fit its cache
    """
    alone = memory_use(replica.with_batch(1))
    fits = alone.fits and kv_tokens_held(replica.architecture, longest_tokens) <= alone.kv_tokens
    if fits or replica.chip.processor or replica.chip.pcie is None:
        return replica
    stays = WEIGHTS_SHARE * (alone.limit_gib - alone.activations_gib - alone.runtime_gib)
    moved = min(allowed_gib, max(weight_bytes_per_chip(replica) / BYTES_PER_GIB - stays, 0.0))
    return replace(replica, engine=replace(replica.engine, host_gib=moved))


def host_s(loads: Footprint, rate: Efficiency) -> Any:
    """Seconds to read the weights in host memory once, stage after stage; nothing hides it.

    The share of the slot's rate is that of links: no reading from hosts was measured.
    """
    return loads.pp * loads.host_bytes / (loads.host_bytes_per_s * rate.link)
