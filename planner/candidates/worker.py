"""A serverless worker under judgement, and the sizes and times of requests that its rules look at."""

from __future__ import annotations

from dataclasses import dataclass

from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import Judged
from planner.perf.latency import answer_ms
from planner.problem.service import Service
from planner.units import MS_PER_SECOND


@dataclass(frozen=True)
class Worker:
    """A configuration of a serverless worker under judgement.

    judged     it as a replica, with half of the lateness left to cold starts
    cold_s     from a request at an idle service until a worker answers
    least_rate requests/s from which on cold starts are rare enough; 0 where the limits bear them
    """

    host: JudgedHosted
    judged: Judged
    cold_s: float
    least_rate: float


def times_s(judged: Judged) -> tuple[float, ...] | None:
    """Whole time of a request of each class at the full batch [s]; None: not known."""
    found = judged.assessment
    if found is None:
        return None
    if found.ttft_ms is not None and found.tpot_ms is not None:
        classes = judged.service.workload.classes
        return tuple(
            answer_ms(ttft, tpot, c.output_tokens) / MS_PER_SECOND for c, ttft, tpot in zip(classes, found.ttft_ms, found.tpot_ms)
        )
    return found.residence_s if any(found.residence_s) else None


def slowest_s(judged: Judged) -> float | None:
    """Whole time of the slowest class that is served; None: not known."""
    times = times_s(judged)
    if times is None:
        return None
    return max((t for t, can in zip(times, judged.assessment.can_serve) if can), default=0.0)


def request_mb(service: Service, problem) -> float:
    """Size of the largest request: as stated, else its tokens [10^6 bytes]."""
    if service.request_mb is not None:
        return service.request_mb
    return max(c.input_tokens for c in service.workload.classes) * problem.costs.bytes_per_token / 1e6
