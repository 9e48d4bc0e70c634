"""Latency that a group of replicas shows at its load: the unqueued time of its slowest class and the tail of the wait."""

from __future__ import annotations

import math
from collections.abc import Sequence

#: Utilisation from which on a wait has no end worth a number: what a solver's last digits leave below one is not room.
SATURATED = 1.0 - 1e-9
#: Shares of classes that add up to a limit but for rounding are within it.
SHARE_TOLERANCE = 1e-12


def tail_wait_s(
    replicas: float,
    utilisation: float,
    *,
    work_s_mean: float,
    work_scv: float,
    dispersion: float,
    percentile: float,
) -> float:
    """Wait that ``percentile`` per cent of requests stay under [s]; the inverse of ``queueing.safe_share``.

    replicas      N pooled replicas
    utilisation   share of saturation in use, 0 to 1; at 1 and above the wait is infinite
    """
    if replicas <= 0 or utilisation <= 0.0:
        return 0.0
    if utilisation >= SATURATED:
        return math.inf
    power = math.sqrt(2.0 * (replicas + 1.0)) - 1.0
    excess = power * math.log(utilisation) - math.log(max(1.0 - percentile / 100.0, 1e-12))
    spread = work_s_mean * (dispersion + work_scv)
    return max(0.0, excess * spread / (2.0 * replicas * (1.0 - utilisation)))


def work_moments(work_s: Sequence[float], shares: Sequence[float], served: Sequence[bool]) -> tuple[float, float]:
    """(mean, squared coefficient of variation) of work over the classes served, weighted by their shares."""
    pairs = [(w, p) for w, p, can in zip(work_s, shares, served, strict=True) if can and p > 0]
    weight = sum(p for _, p in pairs)
    if weight <= 0:
        return 0.0, 0.0
    mean = sum(w * p for w, p in pairs) / weight
    square = sum(w * w * p for w, p in pairs) / weight
    return mean, max(0.0, square / mean**2 - 1.0) if mean > 0 else 0.0


def late_by_size(sizes: Sequence[float], shares: Sequence[float], percentile: float) -> tuple[frozenset[int], float]:
    """Classes that a percentile lets be late by their size alone, and their share.

    A p95 limit lets 5 % of requests be late. Half of that is kept for waiting; the other half goes to the largest
    classes, as far as it reaches. Size is input tokens for TTFT, input and output tokens otherwise.
    """
    room = 0.5 * (1.0 - percentile / 100.0) + SHARE_TOLERANCE
    late: set[int] = set()
    total = 0.0
    for b in sorted(range(len(sizes)), key=lambda b: (-sizes[b], b)):
        if total + shares[b] > room:
            break
        late.add(b)
        total += shares[b]
    return frozenset(late), total


def without_pace(output_tokens: Sequence[float]) -> frozenset[int]:
    """Classes whose answers are one token: they have no time per further token, and a TPOT limit asks nothing of them."""
    return frozenset(b for b, tokens in enumerate(output_tokens) if tokens <= 1.0)


def shares_without(shares: Sequence[float], left_out: frozenset[int]) -> tuple[float, ...]:
    """Shares of the classes among those that are not left out, of which it is 0."""
    kept = tuple(0.0 if b in left_out else share for b, share in enumerate(shares))
    total = sum(kept)
    return tuple(share / total for share in kept) if left_out and total > 0.0 else kept


def answer_ms(ttft_ms: float, tpot_ms: float | None, output_tokens: float) -> float:
    """TTFT and the time of every output token, which is how long a request holds its place; an answer of one token is over with its first."""
    return ttft_ms if tpot_ms is None else ttft_ms + output_tokens * tpot_ms


def latency_percentile(slo) -> float:
    """The percentile at which latency is predicted: the strictest of the TTFT and end-to-end limits, else 95."""
    asked = [float(key[1:]) for limit in (slo.ttft_ms, slo.end_to_end_ms) if limit for key in limit]
    return max(asked, default=95.0)
