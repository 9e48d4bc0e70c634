"""How bursty arrivals are: index of dispersion of counts, and coefficient of variation of the times between them."""

from __future__ import annotations

import numpy as np

# With fewer windows the variance of counts is itself uncertain by a quarter or more (relative error about sqrt(2/n)).
LEAST_WINDOWS = 30


def index_of_dispersion(t_seconds: np.ndarray, window_seconds: float = 10.0, within_seconds: float = 3600.0) -> float | None:
    """Variance over mean of counts per window (Poisson: 1), against the mean of each ``within_seconds``.

    The mean may drift from hour to hour without counting as burstiness; that is what rates per period are for. Only
    whole windows after the first arrival count. ``None`` below ``LEAST_WINDOWS`` windows.
    """
    times = np.asarray(t_seconds, dtype=float)
    if not len(times):
        return None
    since = times - times[0]
    windows = int(since[-1] // window_seconds)
    if windows < LEAST_WINDOWS:
        return None
    counts = np.bincount((since // window_seconds).astype(np.int64), minlength=windows)[:windows]
    per_stretch = max(LEAST_WINDOWS, int(within_seconds // window_seconds))
    squares = freedom_mean = 0.0
    for stretch in np.array_split(counts, max(1, windows // per_stretch)):
        # The variance estimate divides by n - 1, weighted by the stretch's requests.
        squares += stretch.var(ddof=1) * len(stretch)
        freedom_mean += stretch.mean() * len(stretch)
    return float(squares / freedom_mean)


def interarrival_cv(t_seconds: np.ndarray) -> float | None:
    """Standard deviation over mean of the times between arrivals (Poisson: 1); ``None`` below three arrivals or at one instant."""
    gaps = np.diff(np.asarray(t_seconds, dtype=float))
    if len(gaps) < 2 or gaps.sum() <= 0:
        return None
    return float(gaps.std() / gaps.mean())
