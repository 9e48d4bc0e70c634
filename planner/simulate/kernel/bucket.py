"""Rate limits as buckets that hold a minute's worth and refill evenly: what finds too little in one is turned away."""

from __future__ import annotations

import numpy as np

from planner.simulate.kernel.compiled import compiled
from planner.simulate.kernel.world import PS_PER_S

PS_PER_MINUTE = 60 * PS_PER_S


@compiled
def admitted(at_ps, need, per_minute, level, since):
    """Which requests are let in, in order of time; ``level`` and ``since`` are the buckets' state, changed in place.

    need        [request, bucket]: what each takes
    per_minute  [bucket]: size and refill; infinite: no limit
    """
    found = np.zeros(at_ps.shape[0], np.bool_)
    for k in range(at_ps.shape[0]):
        passed = (at_ps[k] - since[0]) / PS_PER_MINUTE
        since[0] = at_ps[k]
        room = True
        for b in range(per_minute.shape[0]):
            level[b] = min(per_minute[b], level[b] + passed * per_minute[b])
            room = room and need[k, b] <= level[b] + 1e-9 * per_minute[b]
        if room:
            found[k] = True
            for b in range(per_minute.shape[0]):
                level[b] -= need[k, b]
    return found
