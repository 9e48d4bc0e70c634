"""What may come after the known parts of a trace: the later of them once more, with what changed between the two changed once more."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from planner.simulate.arrivals import nearest_class
from planner.workload import Trace

DAY_S = 86_400.0
#: Windows of the later part by which a change is told from chance; of traces over days the windows are days, so that hours are compared with
#: the same hours. Parts longer than a quarter of a day that hold no two days tell hours and drift not apart, and nothing is carried on.
WINDOWS, SHORT_S = 4, 0.25 * DAY_S
#: No class is carried on to more than this many times what it was.
MOST = 2.0
#: Standard errors to the upper bound of a forecast: 90 % of a normal distribution lies below.
BAND = 1.2816
#: Changes smaller than this are none.
LEAST = 0.01


def drifted(earlier: Trace, later: Trace, classes: Sequence[tuple[float, float]], ahead: float) -> Trace | None:
    """The requests of ``later`` as the drift from ``earlier`` goes on; None where nothing drifts beyond chance, or none can be told.

    .. math:: \\lambda_b(t + \\Delta) = \\lambda_b(t) \\cdot (later_b / earlier_b)^{ahead \\cdot \\kappa_b}

    classes  by whose rates requests are told apart: (input, output) tokens
    ahead    how far ahead of the later part's middle, in distances between the middles of the two
    kappa_b  1 - variance / change², at least 0: of a change in the logarithm of a class's rate what chance does not explain
             (James and Stein); variance is that of windows around their part's mean, and never less than that of Poisson arrivals
    """
    length = _window_s(later)
    if length is None:
        return None
    rates, errors = zip(*(_rate(part, classes, length) for part in (earlier, later)))
    change = np.log(rates[1] / rates[0])
    kept = np.maximum(0.0, 1.0 - (errors[0] ** 2 + errors[1] ** 2) / np.maximum(change**2, 1e-12))
    factor = np.minimum(np.exp(ahead * kept * change), MOST)
    return None if np.all(np.abs(factor - 1.0) < LEAST) else _as_often(later, classes, factor)


def band_of(earlier: Trace, later: Trace, ahead: float) -> float:
    """By how much a request may be larger than its drift leads to expect: upper bound over expectation of its mean tokens, at ``BAND``.

    The mean of the part to come is later^(1 + ahead) / earlier^ahead, so errors of both parts add up with these weights.
    """
    length = _window_s(later)
    if length is None:
        return 1.0
    before, after = (_error_of_mean(part, length) for part in (earlier, later))
    return math.exp(BAND * math.hypot((1.0 + ahead) * after, ahead * before))


def ahead_of(hold_back: float) -> float:
    """From the middle of the part picked on to the end of the trace, in distances between the middles of the first two parts."""
    return 0.75 * hold_back / (0.5 - 0.25 * hold_back)


def _window_s(later: Trace) -> float | None:
    if later.span_seconds >= 2.0 * DAY_S:
        return DAY_S
    return later.span_seconds / WINDOWS if 0.0 < later.span_seconds <= SHORT_S else None


def _rate(part: Trace, classes: Sequence[tuple[float, float]], length: float) -> tuple[np.ndarray, np.ndarray]:
    """(requests/s, relative standard error) of each class, from whole windows; half a request is added, so that none is absent."""
    count = max(1, round(part.span_seconds / length))
    at = np.minimum(((part.t_seconds - part.t_seconds[0]) / length).astype(np.int64), count - 1)
    kind = nearest_class(part.input_tokens, part.output_tokens, classes)
    found = np.zeros((count, len(classes)))
    np.add.at(found, (at, kind), 1.0)
    mean = found.mean(axis=0) + 0.5 / count
    variance = np.maximum(found.var(axis=0, ddof=1) if count > 1 else mean**2, mean)
    return mean / length, np.sqrt(variance / count) / mean


def _error_of_mean(part: Trace, length: float) -> float:
    """Relative standard error of the mean tokens of a request, from the means of whole windows."""
    count = max(1, round(part.span_seconds / length))
    at = np.minimum(((part.t_seconds - part.t_seconds[0]) / length).astype(np.int64), count - 1)
    asked, tokens = np.bincount(at, minlength=count), np.bincount(at, part.input_tokens + part.output_tokens, minlength=count)
    means = tokens[asked > 0] / asked[asked > 0]
    return float(means.std(ddof=1) / means.mean() / math.sqrt(len(means))) if len(means) > 1 else 0.0


def _as_often(part: Trace, classes: Sequence[tuple[float, float]], factor: np.ndarray) -> Trace:
    """Requests of each class ``factor`` times as often, evenly spread: every so many are left out, or come once more elsewhere in the part."""
    kind = nearest_class(part.input_tokens, part.output_tokens, classes)
    times = np.zeros(part.requests, np.int64)
    for one, often in enumerate(factor):
        here = np.flatnonzero(kind == one)
        times[here] = np.diff(np.floor(often * np.arange(len(here) + 1) + 0.5)).astype(np.int64)
    start, span = float(part.t_seconds[0]), max(part.span_seconds, 1e-6)
    most = int(times.max())
    which = [np.flatnonzero(times > copy) for copy in range(most)]
    at = np.concatenate([(part.t_seconds[some] - start + copy * span / most) % span for copy, some in enumerate(which)])
    order, every = np.argsort(at, kind="stable"), np.concatenate(which)
    return Trace(at[order] + start, part.input_tokens[every][order], part.output_tokens[every][order], part.notes)
