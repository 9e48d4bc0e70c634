"""Configurations that another one on the same accelerator replaces at no loss, whatever the plan."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.candidates.candidate import Candidate, Choices, Dominated
from planner.problem.schema import Problem
from planner.problem.service import Service


def dominated_configurations(choices: Choices, service: Service, problem: Problem) -> dict[int, Dominated]:
    r"""Index of each candidate that another dominates, with the reason.

    Candidate :math:`d` on :math:`a_d` accelerators a replica dominates :math:`c` on :math:`a_c = m\,a_d` (m = 1, 2,
    4, …; same accelerator) when, for every class b that c serves and every level N,

    .. math::
        d \text{ serves } b, \quad w_{db} \le m\,w_{cb}, \quad
        \frac{residence_{db}\,kv_{db}}{KV_d} \le m\,\frac{residence_{cb}\,kv_{cb}}{KV_c}, \quad
        \varphi_d(mN) \ge \varphi_c(N)

    (or, for the cache, :math:`\varphi_c^{max}\, residence_{db}\,kv_{db} / KV_d \le m\,w_{cb}` for all b: the work
    that c may be given cannot fill d's cache), and d may use every pool that c may, keeps no less quality and costs
    nothing to prepare (or is the same variant).

    Exactness. In any plan put m replicas of d wherever one of c stands, and give them c's requests. They take the
    same accelerators of the same instances, so packing, purchase, quotas, stock, distinct instances and every cost
    of instances stay as they are. Where d had replicas of its own in a region, both now pool: φ does not fall with N,
    so :math:`\varphi_d(mN_c+N_d)\,(mE_c+E_d) \ge \varphi_c(N_c)\,mE_c + \varphi_d(N_d)\,E_d`, which holds after any
    loss too. Busy energy is :math:`a\,w\,x` and does not rise. Distinct configurations of the service do not rise,
    and no variant is opened that costs anything. Not applied: with m > 1 under a ramp limit (it counts replicas);
    under a fleet-wide limit on configurations (another service of the model may go on with c).
    """
    if problem.limits.max_configurations is not None:
        return {}
    found: dict[int, Dominated] = {}
    by_accelerator: dict[str, list[int]] = {}
    for index, candidate in enumerate(choices.candidates):
        by_accelerator.setdefault(candidate.configuration.accelerator, []).append(index)
    for members in by_accelerator.values():
        alive = [choices.candidates[i] for i in members]
        for loser, winner in _pairs(alive, replicas_counted=service.ramp is not None):
            c, d = alive[loser], alive[winner]
            found[members[loser]] = Dominated(str(c.configuration), str(d.configuration), _why(c, d))
    return found


def _pairs(group: Sequence[Candidate], *, replicas_counted: bool) -> list[tuple[int, int]]:
    """(dominated, dominating) for each dominated member."""
    if len(group) < 2:
        return []
    size = np.array([c.configuration.accelerators for c in group])
    times = size[:, None] / size[None, :]  # [c, d]: replicas of d in the place of one of c
    fits = times == 1.0 if replicas_counted else (times >= 1.0) & (np.log2(times) % 1.0 == 0.0)
    serves = np.array([c.can_serve for c in group])
    work = np.where(serves, [c.work_s for c in group], np.inf)
    cache = np.where(serves, [_cache(c) for c in group], np.inf)
    # Where the work that c may be given cannot fill d's cache, what c's own cache allows does not matter.
    top = np.array([max(share for _, share in c.levels) for c in group])
    filled = np.where(serves, cache, 0.0)[None, :, :] * top[:, None, None] > times[:, :, None] * work[:, None, :]
    never_full = ~(filled & serves[:, None, :]).any(axis=2)
    better = fits & _subset(serves) & _no_more(work, times, serves) & (_no_more(cache, times, serves) | never_full)
    better &= _shares(group, times) & _open(group)
    np.fill_diagonal(better, False)
    names = [c.configuration for c in group]
    return replaced(better, sorted(range(len(group)), key=lambda i: names[i]))


def replaced(better: np.ndarray, order: Sequence[int]) -> list[tuple[int, int]]:
    """(member, what replaces it) for each member that can go; ``better[c, d]``: d may replace c.

    Members go one at a time, the last in ``order`` first, each while one that may replace it is still there: so of
    two alike the first stays, and every step is justified by itself.
    """
    alive = np.ones(len(better), dtype=bool)
    by: dict[int, int] = {}
    rank = {member: place for place, member in enumerate(order)}
    for c in reversed(order):
        others = np.flatnonzero(better[c] & alive)
        if others.size:
            by[c] = min(others.tolist(), key=rank.__getitem__)
            alive[c] = False
    return [(c, _last(c, by)) for c in sorted(by)]


def _last(member: int, by: dict[int, int]) -> int:
    while member in by:
        member = by[member]
    return member


def _cache(c: Candidate) -> list[float]:
    """Share of one replica's cache that a request per second of each class holds [s]."""
    if not c.kv_capacity_tokens:
        return [0.0] * len(c.work_s)
    return [r * k / c.kv_capacity_tokens for r, k in zip(c.residence_s, c.kv_tokens)]


def _subset(serves: np.ndarray) -> np.ndarray:
    """[c, d]: d serves every class that c serves."""
    return ~(serves[:, None, :] & ~serves[None, :, :]).any(axis=2)


def _no_more(figure: np.ndarray, times: np.ndarray, serves: np.ndarray) -> np.ndarray:
    """[c, d]: d's figure is at most ``times`` that of c in every class that c serves."""
    with np.errstate(invalid="ignore"):
        worse = figure[None, :, :] > times[:, :, None] * figure[:, None, :]
    return ~(worse & serves[:, None, :]).any(axis=2)


def _shares(group: Sequence[Candidate], times: np.ndarray) -> np.ndarray:
    """[c, d]: m N replicas of d carry at least the share of saturation that N of c carry, at every level of c."""
    levels = group[0].levels
    if any(tuple(n for n, _ in c.levels) != tuple(n for n, _ in levels) for c in group):
        return np.zeros(times.shape, dtype=bool)
    share = np.array([[value for _, value in c.levels] for c in group])
    step = np.log2(np.maximum(times, 1.0)).astype(int)
    found = np.zeros(times.shape, dtype=bool)
    for up in sorted(set(step.ravel().tolist())):
        # Levels are powers of two: m N is the level log2(m) further on, or the last.
        at = np.minimum(np.arange(len(levels)) + up, len(levels) - 1)
        holds = (share[None, :, at] >= share[:, None, :]).all(axis=2)
        found |= (step == up) & holds
    return found


def _open(group: Sequence[Candidate]) -> np.ndarray:
    """[c, d]: d may use c's pools, keeps its quality and asks for no preparation that c does not."""
    pools = [frozenset(c.pools) for c in group]
    return np.array(
        [
            [
                pools[i] <= pools[j]
                and all(_keeps(a, b) for a, b in zip((c.quality, *c.member_quality), (d.quality, *d.member_quality)))
                and (d.preparation_usd == 0.0 or d.configuration.variant == c.configuration.variant)
                for j, d in enumerate(group)
            ]
            for i, c in enumerate(group)
        ]
    )


def _keeps(least: float | None, quality: float | None) -> bool:
    return least is None or (quality is not None and quality >= least)


def _why(c: Candidate, d: Candidate) -> str:
    times = c.configuration.accelerators // d.configuration.accelerators
    count = "one replica" if times == 1 else f"{times} replicas on the same accelerators"
    return f"{count} do no worse in work, cache, share of saturation, classes served and quality"
