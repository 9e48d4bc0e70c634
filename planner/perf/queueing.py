"""The share of saturation that N pooled replicas may carry while the tail of the wait stays short."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: Never promise the whole of saturation where a latency limit exists.
HIGHEST_SHARE = 1.0 - 1e-6
BISECTIONS = 40


def safe_share(
    levels: Sequence[int],
    *,
    work_s_mean: float,
    work_scv: float,
    dispersion: float,
    slack_s: float | None,
    percentile: float,
) -> tuple[float, ...]:
    r"""Share of saturation per level N of pooled replicas (kind: assumed).

    The wait exceeds ``slack_s`` with probability at most ``1 - percentile / 100``:

    .. math:: P(W > t) \approx \rho^{\sqrt{2(N+1)} - 1}
              \exp\left(-\frac{2 N (1 - \rho)\, t}{w\,(D + c_s^2)}\right)

    work_s_mean  w, mean replica-seconds per request                                  [s]
    work_scv     c_s^2, squared coefficient of variation of the work                  [1]
    dispersion   D, index of dispersion of arrival counts over 10 s (Poisson: 1)      [1]
    slack_s      t, latency limit less the latency without queueing; None: no limit   [s]
    percentile   of requests that must meet it, such as 95                            [%]

    Allen-Cunneen for G/G/N with Sakasegawa's probability of waiting and an exponential tail; the index of
    dispersion over 10 s stands for the arrivals' squared coefficient of variation, which is conservative where
    the slack is shorter than 10 s. 1.0 without a limit, 0.0 without slack; non-decreasing in N and in slack.
    """
    if slack_s is None:
        return (1.0,) * len(levels)
    return tuple(
        safe_shares(
            levels,
            work_s_mean=[work_s_mean],
            work_scv=[work_scv],
            dispersion=dispersion,
            slack_s=[slack_s],
            percentile=[percentile],
        )[0].tolist()
    )


def safe_shares(
    levels: Sequence[int],
    *,
    work_s_mean: Sequence[float],
    work_scv: Sequence[float],
    dispersion: float,
    slack_s: Sequence[float],
    percentile: Sequence[float],
) -> np.ndarray:
    """``safe_share`` of many cases at once, one row each, every one with a limit."""
    count = np.asarray(levels, dtype=float)
    work, scv, slack, share = (np.asarray(v, dtype=float)[:, None] for v in (work_s_mean, work_scv, slack_s, percentile))
    possible = (slack > 0.0) & np.isfinite(work)
    spread = np.maximum(dispersion + scv, 1e-9)
    decay = 2.0 * count * np.where(possible, slack, 0.0) / (np.where(possible, np.maximum(work, 1e-12), 1.0) * spread)
    power = np.sqrt(2.0 * (count + 1.0)) - 1.0
    log_allowed = np.log(np.maximum(1.0 - share / 100.0, 1e-12))
    low, high = np.zeros_like(decay), np.full_like(decay, HIGHEST_SHARE)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        meets = power * np.log(middle) - decay * (1.0 - middle) <= log_allowed
        low, high = np.where(meets, middle, low), np.where(meets, high, middle)
    return np.where(possible, low, 0.0)
