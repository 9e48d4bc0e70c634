"""Rule: tensor parallelism splits attention heads evenly."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.registry import rule
from planner.perf.memory import heads_divisible


@rule(unit="heads")
def heads_divide(it: Judged) -> Broken | None:
    """The tensor-parallel degree divides the query heads, and divides the KV heads or is a multiple of them."""
    model = None if it.variant is None else it.variant.architecture
    tp = it.configuration.tp
    if it.measured or model is None or heads_divisible(model, tp):
        return None
    message = f"tp {tp} does not split {model.heads} query heads and {model.kv_heads:g} KV heads of {model.name} evenly"
    return broken("heads_divide", float(tp), float(model.heads), "heads", message)
