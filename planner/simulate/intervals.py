"""How sure a share is: batch means for requests that are not independent, and never surer than independent ones would be."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

CONFIDENCE = 0.95


def lower_bound(met: np.ndarray, offered: np.ndarray, confidence: float = CONFIDENCE) -> float | None:
    """One-sided lower bound of the share ``met / offered``, from consecutive batches; None without requests.

    The spread between batches carries what neighbouring requests have in common (Law and Kelton, batch means), by the
    ratio estimator and Student's t. The exact bound of a binomial share (Clopper and Pearson) caps it: where every
    request was in time, batches do not differ, and few requests still prove little.
    """
    kept = offered > 0
    met, offered = met[kept].astype(float), offered[kept].astype(float)
    total = float(offered.sum())
    if total == 0.0:
        return None
    share = float(met.sum()) / total
    exact = _clopper_pearson(float(met.sum()), total, confidence)
    half = half_width(met, offered, confidence)
    return min(exact, 0.0 if half is None else max(0.0, share - half))


def half_width(met: np.ndarray, offered: np.ndarray, confidence: float = CONFIDENCE) -> float | None:
    """Distance from the share to its one-sided bound by batch means; None with fewer than two batches."""
    count = len(offered)
    if count < 2:
        return None
    share = met.sum() / offered.sum()
    residual = met - share * offered
    deviation = math.sqrt(float((residual**2).sum()) / (count - 1) / count) / float(offered.mean())
    return student_quantile(confidence, count - 1) * deviation


@lru_cache(maxsize=256)
def student_quantile(probability: float, freedom: int) -> float:
    """Quantile of Student's t for a probability of at least one half."""
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = 0.5 * (low + high)
        below = 1.0 - 0.5 * _beta_below(freedom / (freedom + middle * middle), 0.5 * freedom, 0.5)
        low, high = (middle, high) if below < probability else (low, middle)
    return 0.5 * (low + high)


def _clopper_pearson(met: float, total: float, confidence: float) -> float:
    """The share below which ``met`` or more of ``total`` independent requests would be met too seldom."""
    if met <= 0.0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        at_least = _beta_below(middle, met, total - met + 1.0)
        low, high = (middle, high) if at_least < 1.0 - confidence else (low, middle)
    return low


def _beta_below(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta function, by its continued fraction (Lentz; Abramowitz and Stegun 26.5.8)."""
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - _beta_below(1.0 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    value = d
    for m in range(1, 10_000):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0)),
        ):
            d = 1.0 + numerator * d
            c = 1.0 + numerator / c
            c, d = (c if abs(c) > tiny else tiny), 1.0 / (d if abs(d) > tiny else tiny)
            value *= c * d
        if abs(c * d - 1.0) < 1e-14:
            break
    return min(1.0, front * value)
