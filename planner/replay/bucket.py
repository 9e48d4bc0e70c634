"""One set of rate limits and what is left of them."""

from __future__ import annotations

import math

import numpy as np


class Bucket:
    """Limits a minute, each a bucket that is full at first and refills evenly; None: no such limit."""

    def __init__(self, *per_minute: float | None) -> None:
        self.per_minute = np.array([math.inf if most is None else float(most) for most in per_minute])
        self.level, self.since = self.per_minute.copy(), np.zeros(1, np.int64)

    def admitted(self, at_ps: np.ndarray, need: np.ndarray) -> np.ndarray:
        """Which requests find room in every bucket; ``need`` [request, bucket], in order of time."""
        from planner.simulate.kernel.bucket import admitted

        if not np.isfinite(self.per_minute).any():
            return np.ones(len(at_ps), bool)
        # A limit that there is not is a bucket from which nothing is taken.
        finite = np.isfinite(self.per_minute)
        if not finite.all():
            need, per_minute, level = np.ascontiguousarray(need[:, finite]), self.per_minute[finite], self.level[finite]
            found = admitted(at_ps, need, per_minute, level, self.since)
            self.level[finite] = level
            return found
        return admitted(at_ps, np.ascontiguousarray(need, dtype=float), self.per_minute, self.level, self.since)
