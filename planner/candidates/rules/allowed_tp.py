"""Rule: tensor-parallel degrees that the service allows."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.registry import rule


@rule(unit="accelerators")
def allowed_tp(it: Judged) -> Broken | None:
    """The tensor-parallel degree is one of ``allow.tp``; absent when the service names none."""
    allowed, tp = it.service.allow.tp, it.configuration.tp
    if allowed is None or tp in allowed:
        return None
    stated = ", ".join(map(str, allowed))
    return broken("allowed_tp", float(tp), stated, "accelerators", f"tp {tp}; allowed: {stated}")
