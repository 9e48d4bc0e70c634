"""Room left on instances that run anyway: where a service may put replicas without renting more."""

from __future__ import annotations

import numpy as np

#: A pool, bought firm or as spot.
Side = tuple[int, bool]


class Slack:
    """Free accelerators by side and period, in blocks by the size of the replicas that left them.

    All sizes are powers of two. Blocks of one size hold replicas of that size and below in any mix up to their sum, so
    whatever is put here has a place.
    """

    def __init__(self) -> None:
        self._free: dict[Side, dict[int, np.ndarray]] = {}

    def replicas(self, side: Side, size: int, periods: int) -> np.ndarray:
        """Replicas of ``size`` accelerators that find room [T]."""
        blocks = self._free.get(side, {})
        return sum((free // size for block, free in blocks.items() if block >= size), start=np.zeros(periods))

    def leave(self, side: Side, size: int, accelerators: np.ndarray) -> None:
        """Adds what a service with replicas of ``size`` leaves free on its instances [T]."""
        blocks = self._free.setdefault(side, {})
        blocks[size] = blocks.get(size, 0.0) + accelerators

    def take(self, side: Side, size: int, replicas: np.ndarray) -> None:
        """Removes room for ``replicas`` [T], from the smallest blocks that hold them; a broken block leaves small ones."""
        blocks = self._free.get(side, {})
        wanted = replicas * size
        broken = np.zeros_like(wanted)
        for block in sorted(b for b in blocks if b >= size):
            taken = np.minimum(wanted, blocks[block] // size * size)
            wanted = wanted - taken
            left = blocks[block] - taken
            if block > size:
                whole = left // block * block
                broken += left - whole
                left = whole
            blocks[block] = left
        self.leave(side, size, broken)
