"""Ends a run as soon as so many requests were late that nothing that comes could make good for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.simulate.arrivals import Requests
from planner.simulate.tally import Attainment, Limit

#: Requests between two looks.
PIECE = 1_000


@dataclass
class Refuted:
    """Watches one run of ``requests`` in all: it is over when more are late than ``times`` what a limit allows of them.

    late  so far, by limit
    """

    limits: Sequence[Limit]
    requests: int
    times: float
    late: np.ndarray

    def count(self, kept: np.ndarray) -> None:
        """Counts requests that left; ``kept`` as of ``in_time``."""
        self.late += (~kept).sum(axis=1)

    def over(self) -> bool:
        """Whether a limit is refuted, whatever the rest of the run would be."""
        allowed = [(1.0 - one.percentile / 100.0) * self.requests for one in self.limits]
        return any(late > self.times * max(most, 1.0) for late, most in zip(self.late, allowed))

    def at_most(self, found: Sequence[Attainment]) -> tuple[Attainment, ...]:
        """What the limits could still have reached."""
        shares = [1.0 - float(late) / self.requests for late in self.late]
        return tuple(
            replace(one, requests=self.requests, attainment=share, lower_bound=share, measured_ms=None) for one, share in zip(found, shares)
        )


def watch(limits: Sequence[Limit], requests: int, times: float) -> Refuted:
    """Nothing was late so far."""
    return Refuted(limits, requests, times, np.zeros(len(limits), np.int64))


def in_pieces(chunks: Iterator[Requests], over: Callable[[], bool] | None) -> Iterator[Requests]:
    """The same requests a piece at a time, until it is ``over``; as they are where nobody asks."""
    if over is None:
        yield from chunks
        return
    for chunk in chunks:
        for first in range(0, len(chunk.at_ps), PIECE):
            if over():
                return
            part = slice(first, first + PIECE)
            yield Requests(chunk.at_ps[part], chunk.kind[part], chunk.input_tokens[part], chunk.output_tokens[part])
