"""Speculative decoding: a draft proposes tokens, one step of the model checks them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.perf.calibration import Efficiency
from planner.perf.decode import step_s
from planner.perf.footprint import Footprint


@dataclass(frozen=True)
class Speculation:
    """Inputs of the user, from his own traffic; arrays where many replicas are computed at once.

    draft_tokens  proposed per step; 0: no speculation
    acceptance    probability that a proposed token is the model's own, given that those before it were
    draft_cost    time of proposing one token, as a share of a plain decode step
    """

    draft_tokens: Any = 0.0
    acceptance: Any = 0.0
    draft_cost: Any = 0.0


def tokens_per_step(speculation: Speculation) -> Any:
    """Expected tokens of one check: 1 + a + a^2 + ... + a^k (Leviathan et al. 2023, equation 1)."""
    accepted = np.asarray(speculation.acceptance, dtype=float)
    proposed = np.asarray(speculation.draft_tokens, dtype=float)
    below = np.minimum(accepted, 1.0 - 1e-9)
    return np.where(accepted >= 1.0, proposed + 1.0, (1.0 - below ** (proposed + 1.0)) / (1.0 - below))


def token_s(loads: Footprint, batch: Any, context: Any, rate: Efficiency, speculation: Speculation) -> Any:
    """Mean seconds between two tokens of a sequence, among ``batch`` sequences that decode together."""
    plain = step_s(loads, batch, context, rate)
    if not np.any(np.asarray(speculation.draft_tokens) > 0.0):
        return plain
    check = step_s(loads, batch, context, rate, tokens_each=speculation.draft_tokens + 1.0)
    proposing = speculation.draft_tokens * speculation.draft_cost * plain
    return (check + proposing) / tokens_per_step(speculation)
