"""What leaves the system: a row for every request, and the gaps between tokens counted in bins."""

from __future__ import annotations

import numpy as np

from planner.simulate.kernel.compiled import compiled


@compiled
def in_system(w, change, now):
    """Counts requests in the system over time; ``change`` is +1, -1 or 0."""
    s = w.state[0]
    s.area += float(s.outstanding) * float(now - s.last_change)
    s.last_change = now
    s.outstanding += change


@compiled
def ended(w, slot, now, status):
    """Writes the request's row and frees its slot."""
    q = w.requests[slot]
    s = w.state[0]
    row = w.rows[s.rows]
    row.index, row.kind, row.arrived = q.index, q.kind, q.arrived
    row.first, row.last = q.first, q.last
    row.input, row.output, row.made = q.input, q.output, q.made
    row.status, row.retries, row.replica = status, q.retries, q.replica
    s.rows += 1
    w.requests[s.free].stack = slot
    s.free += 1
    in_system(w, -1, now)


@compiled
def count_gap(w, gap):
    """One gap between two tokens of a sequence."""
    w.gaps[1, np.searchsorted(w.gaps[0], gap, side="right")] += 1


@compiled
def count_gaps(w, first, growth, count, sequences):
    """``sequences`` gaps for each of ``count`` iterations, the first lasting ``first`` and each ``growth`` longer."""
    done = 0
    at = np.searchsorted(w.gaps[0], first, side="right")
    last = w.gaps.shape[1] - 1
    while done < count:
        if at >= last or growth == 0:
            here = count - done
        else:
            gap = first + growth * done
            here = min(count - done, max(0, (w.gaps[0, at] - gap + growth - 1) // growth))
        w.gaps[1, min(at, last)] += here * sequences
        done += here
        at += 1
