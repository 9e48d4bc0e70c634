"""Time for which instances are paid, where it is decided while requests come: workers, and replicas under an autoscaler."""

from __future__ import annotations

from planner.simulate.kernel.compiled import compiled
from planner.simulate.kernel.world import NOBODY


@compiled
def billed(w, i, change, now):
    """Replica ``i`` begins (+1) or ends (-1) to hold its instance, which is paid while any of its replicas does."""
    first = w.replicas[i].bill
    if first != NOBODY:
        marked(w, i, change, now)
        _settle(w, first, now)
        w.replicas[first].paid_replicas += change
        r = w.replicas[i]
        until = min(now, w.state[0].paid_until)
        r.up_ps += max(0, until - r.up_since) if change < 0 else 0
        r.up_since = until


@compiled
def marked(w, i, change, now):
    """Writes down that replica ``i`` comes (+1) or goes (-1), while there is room; all are counted."""
    s = w.state[0]
    if s.marked < w.marks.shape[0]:
        w.marks[s.marked, 0] = now
        w.marks[s.marked, 1] = i
        w.marks[s.marked, 2] = change
    s.marked += 1


@compiled
def settled(w, now):
    """What is paid up to ``now`` is written down; the period may change."""
    for i in range(w.replicas.shape[0]):
        if w.replicas[i].bill == i:
            _settle(w, i, now)


@compiled
def _settle(w, first, now):
    b = w.replicas[first]
    until = min(now, w.state[0].paid_until)
    if b.paid_replicas > 0 and until > b.paid_since:
        w.by_period[first, w.state[0].period % w.by_period.shape[1]] += until - b.paid_since
    b.paid_since = until
