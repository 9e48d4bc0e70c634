"""The safe share of saturation of a configuration: what a simulation found, else what the queueing rule assumes."""

from __future__ import annotations

from typing import Any

#: How a share of saturation is known.
ASSUMED, SIMULATED = "assumed", "simulated"

Levels = tuple[tuple[int, float], ...]


def share_levels(service: Any, configuration: Any, assumed: Levels) -> tuple[Levels, str]:
    """(levels of (N, share), basis) of one configuration of ``service``.

    ``service.safe_shares`` are tables that a simulation wrote; the one that names the configuration counts, the rule
    for all others. Between levels the next lower one applies, above the last the last.
    """
    for stated in service.safe_shares:
        own = (stated.variant, stated.accelerator, stated.tp, stated.pp, stated.max_num_seqs)
        if own == (configuration.variant, configuration.accelerator, configuration.tp, configuration.pp, configuration.max_num_seqs):
            return tuple((int(count), float(share)) for count, share in stated.levels), SIMULATED
    return assumed, ASSUMED
