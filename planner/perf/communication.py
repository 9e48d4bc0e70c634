"""Time that the chips of one replica spend talking: all-reduce, expert exchange, hand-over between stages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.perf.calibration import DOMAIN_CHIPS, NETWORK_GB_PER_S, PCIE_LANE_GB_PER_S, Efficiency
from planner.perf.replica import Chip

if TYPE_CHECKING:
    from planner.perf.footprint import Footprint

ALL_REDUCES_PER_LAYER = 2.0  # one after attention, one after the feed-forward part
BYTES_PER_ACTIVATION = 2.0  # all-reduce carries 16-bit values in today's engines
CALLS_PER_HAND_OVER = 4.0  # send, receive and their synchronisation, in units of one all-reduce latency


def all_reduce_s(loads: Footprint, tokens: Any, rate: Efficiency) -> Any:
    """Seconds of all all-reduces of one pass over ``tokens`` tokens; 0 for tp = 1.

    A ring moves 2 (tp - 1) / tp of the message over each chip's link; each call costs a latency that grows with a
    power of the doublings of chips: little behind a switch, more in a ring.
    """
    message = tokens * loads.hidden * BYTES_PER_ACTIVATION
    moved = 2.0 * (loads.tp - 1.0) / loads.tp * message / (loads.link_bytes_per_s * rate.link)
    latency = rate.all_reduce_s * np.log2(loads.tp) ** rate.hops
    return ALL_REDUCES_PER_LAYER * loads.layers * (moved + latency)


def expert_exchange_s(loads: Footprint, tokens: Any, rate: Efficiency) -> Any:
    """Seconds to send tokens to their experts on other chips and back; 0 unless experts are spread wider than tp."""
    chips = loads.tp * loads.copies
    message = tokens * loads.experts_per_token * loads.hidden * BYTES_PER_ACTIVATION
    moved = 2.0 * message / (chips * loads.wide_link_bytes_per_s * rate.link)
    latency = 2.0 * rate.exchange_s * np.log2(chips)
    return np.where(loads.copies > 1.0, loads.moe_layers * (moved + latency), 0.0)


def hand_over_s(loads: Footprint, tokens: Any, rate: Efficiency) -> Any:
    """Seconds to pass activations through all stage borders once; 0 for pp = 1."""
    message = tokens * loads.hidden * BYTES_PER_ACTIVATION
    return (loads.pp - 1.0) * (message / (loads.link_bytes_per_s * rate.link) + CALLS_PER_HAND_OVER * rate.all_reduce_s)


def link_bytes_per_s(chip: Chip, chips: int) -> float:
    """Bytes per second and direction that one chip can send to its peers among ``chips``.

    A bridge joins two cards; beyond it, and without a scale-up link, traffic takes PCIe; beyond the domain
    that the link spans, the data-centre network.
    """
    link = chip.scaleup_link or ""
    if link and chip.scaleup_gb_per_s:
        if "bridge" in link:
            if chips <= 2:
                return chip.scaleup_gb_per_s / 2.0 * 1e9
        elif chips <= _domain(link):
            return chip.scaleup_gb_per_s / 2.0 * 1e9
        else:
            return NETWORK_GB_PER_S * 1e9
    return pcie_gb_per_s(chip.pcie) * 1e9


def _domain(link: str) -> int:
    return next((chips for word, chips in DOMAIN_CHIPS if word in link), 8)


def pcie_gb_per_s(text: str | None) -> float:
    """"4.0x16" is generation 4 with 16 lanes; an unknown slot counts as generation 3 with 16 lanes."""
    found = re.match(r"(\d)(?:\.\d)?\s*x\s*(\d+)", text or "")
    generation, lanes = (int(found.group(1)), int(found.group(2))) if found else (3, 16)
    return PCIE_LANE_GB_PER_S * 2.0 ** (generation - 3) * lanes
