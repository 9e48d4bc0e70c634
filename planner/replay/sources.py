"""Requests at any rate: those of a trace played faster or slower, or drawn with the burstiness that a problem states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

import numpy as np

from planner.problem.service import Service
from planner.replay.fleets import lengths_of
from planner.simulate.arrivals import Requests, drawn, nearest_class, replayed
from planner.workload import Trace

#: A drawn probe holds at least so many requests and lasts at least so long, to meet bursts of ten seconds often.
PROBE_REQUESTS, PROBE_S = 20_000, 900.0
#: No run lasts longer: its picoseconds are whole numbers of 63 bits, of which the upper half means never: after 4.6 million seconds.
LONGEST_S = 4e6


class Source(Protocol):
    """Where probing requests come from; ``shares`` are those of the request classes in it, ``digest`` names its content."""

    shares: tuple[float, ...]
    digest: str

    def at(self, rate: float) -> tuple[Iterator[Requests], float]:
        """Requests at ``rate`` per second, and how many seconds they last."""
        ...


@dataclass(frozen=True, eq=False)
class Played:
    """A trace, faster or slower; requests of classes outside ``kept`` are left out."""

    t_seconds: np.ndarray
    input_tokens: np.ndarray
    output_tokens: np.ndarray
    classes: tuple[tuple[float, float], ...]
    shares: tuple[float, ...]
    digest: str

    def at(self, rate: float) -> tuple[Iterator[Requests], float]:
        span = float(self.t_seconds[-1] - self.t_seconds[0])
        scale = max(rate * span / len(self.t_seconds), span / LONGEST_S)
        return replayed(self.t_seconds, self.input_tokens, self.output_tokens, self.classes, scale), span / scale


@dataclass(frozen=True)
class Drawn:
    """Arrivals with an index of dispersion; lengths are the classes' means."""

    classes: tuple[tuple[float, float], ...]
    shares: tuple[float, ...]
    dispersion: float
    seed: int

    @property
    def digest(self) -> str:
        return sha256(repr((self.classes, self.shares, self.dispersion, self.seed)).encode()).hexdigest()

    def at(self, rate: float) -> tuple[Iterator[Requests], float]:
        seconds = min(max(PROBE_REQUESTS / rate, PROBE_S), LONGEST_S)
        return drawn([(0.0, seconds, [rate * share for share in self.shares])], self.classes, self.dispersion, self.seed), seconds


def source_of(service: Service, trace: Trace | None, can_serve: Sequence[bool], seed: int = 0) -> Source | None:
    """Requests of the classes that a configuration serves; None where it serves none, or the trace is an instant."""
    classes = lengths_of(service)
    if trace is None:
        shares = [c.share * can for c, can in zip(service.workload.classes or (), can_serve)]
        total = sum(shares)
        dispersion = float(service.workload.dispersion_10s or 1.0)
        return Drawn(classes, tuple(share / total for share in shares), dispersion, seed) if total > 0.0 else None
    kind = nearest_class(trace.input_tokens, trace.output_tokens, classes)
    kept = np.asarray(can_serve)[kind]
    at = trace.t_seconds[kept]
    if len(at) < 2 or at[-1] <= at[0]:
        return None
    shares = np.bincount(kind[kept], minlength=len(classes)) / len(at)
    digest = sha256(b"".join(part[kept].tobytes() for part in (trace.t_seconds, trace.input_tokens, trace.output_tokens)))
    digest.update(repr(classes).encode())
    return Played(at, trace.input_tokens[kept], trace.output_tokens[kept], classes, tuple(shares.tolist()), digest.hexdigest())
