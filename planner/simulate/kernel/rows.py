"""What leaves the system: a row for every request, and the gaps between tokens counted in bins."""

from __future__ import annotations

import numpy as np

from planner.simulate.kernel.compiled import compiled
from planner.simulate.kernel.durations import count_until, stretch_ps


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
def count_gap(w, gap, now):
    """One gap between two tokens of a sequence, which ends now."""
    w.gaps[_row(w, now), np.searchsorted(w.gaps[0], gap, side="right")] += 1


@compiled
def count_gaps(w, started, first, growth, count, sequences):
    """``sequences`` gaps for each of ``count`` iterations from ``started`` on, the first lasting ``first`` and each ``growth`` longer."""
    done = 0
    while done < count:
        begun = started + stretch_ps(first, growth, done)
        gap = first + growth * done
        row = _row(w, begun + gap)
        here = count - done
        past = w.state[0].gaps_from + (row - 1) * w.state[0].gaps_batch
        if row < w.gaps.shape[0] - 1 and begun + stretch_ps(gap, growth, here) >= past:
            # Those that end before the next batch begins.
            here = count_until(gap, growth, here, past - begun) - 1
        _binned(w, row, gap, growth, here, sequences)
        done += here


@compiled
def _row(w, now):
    """The row of ``gaps`` for what ends now: the second is of the warm-up, the last of all that comes after the batches."""
    s = w.state[0]
    if now < s.gaps_from:
        return 1
    return min(2 + (now - s.gaps_from) // s.gaps_batch, w.gaps.shape[0] - 1)


@compiled
def _binned(w, row, first, growth, count, sequences):
    done = 0
    at = np.searchsorted(w.gaps[0], first, side="right")
    last = w.gaps.shape[1] - 1
    while done < count:
        if at >= last or growth == 0:
            here = count - done
        else:
            gap = first + growth * done
            here = min(count - done, max(0, (w.gaps[0, at] - gap + growth - 1) // growth))
        w.gaps[row, min(at, last)] += here * sequences
        done += here
        at += 1
