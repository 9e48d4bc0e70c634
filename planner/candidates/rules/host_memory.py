"""Rule: hosts have room for the weights that accelerators keep there."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.registry import rule
from planner.economics.pools import Pool
from planner.perf.ask import as_asked, ask_of
from planner.perf.from_catalog import replica_of

#: Of a host's memory, what engines may fill with weights.
HOST_SHARE = 0.8


@rule(of="placed", unit="GiB")
def host_memory(it: Judged, pool: Pool) -> Broken | None:
    """Weights that the accelerators of an instance keep in host memory fit four fifths of it, which is known."""
    known = it.chip is not None and it.variant is not None and it.variant.architecture is not None and it.variant.precision is not None
    if not known or it.measured:
        return None
    made = it.configuration
    each = as_asked(ask_of(it.service), replica_of(it.variant, it.chip, made.tp, made.pp, made.max_num_seqs)).engine.host_gib
    if not each:
        return None
    needed = each * pool.accelerators
    if pool.host_gib is None:
        return broken("host_memory", needed, None, "GiB", f"{needed:,.0f} GiB of weights in host memory; how much {pool.id} has is unknown")
    limit = HOST_SHARE * pool.host_gib
    if needed <= limit:
        return None
    text = f"{needed:,.0f} GiB of weights in host memory; {pool.id} has {pool.host_gib:,.0f} GiB, of which {limit:,.0f} may be filled"
    return broken("host_memory", needed, limit, "GiB", text)
