"""Replicas that come and go while requests do: workers that stop when idle, and groups under an autoscaler."""

from __future__ import annotations

from math import ceil

from planner.simulate.kernel.billing import billed, settled
from planner.simulate.kernel.compiled import compiled
from planner.simulate.kernel.heaps import due_changed, due_removed
from planner.simulate.kernel.world import AUTOSCALED, LOOK_PS, NOBODY, OFF, STARTING, UP, UTILISATION, WORK_LOOKS, WORKERS

#: Of Kubernetes' autoscaler by default: no change for so little, and at most twice as many or four more in one look.
TOLERANCE, MOST_MORE = 0.1, 4


@compiled
def start(w, i, now):
    """Replica ``i`` begins to start and is up when its group's start-up is over."""
    r = w.replicas[i]
    billed(w, i, 1, now)
    r.phase, r.busy, r.planned, r.started = STARTING, 1, 1, now
    r.starts += 1
    r.ends = now + w.records[r.record].start_ps
    due_changed(w, i)


@compiled
def started(w, i):
    """The start-up is over: replica ``i`` may begin to work."""
    r = w.replicas[i]
    r.phase, r.busy = UP, 0
    if w.records[r.record].scaling == AUTOSCALED:
        r.accepting = 1


@compiled
def resting(w, i, now):
    """Nothing to do: a worker stops after its idle time unless it is kept up; one that is scaled away is gone."""
    r = w.replicas[i]
    r.busy = 0
    scaling = w.records[r.record].scaling
    if scaling == WORKERS and r.phase == UP and not _kept(w, i):
        r.ends = now + w.records[r.record].idle_ps
        due_changed(w, i)
        return
    due_removed(w, i)
    if scaling == AUTOSCALED and r.phase == UP and not r.accepting:
        switched_off(w, i, now)


@compiled
def switched_off(w, i, now):
    """Replica ``i`` is gone, and no longer paid."""
    r = w.replicas[i]
    if r.phase != OFF:
        billed(w, i, -1, now)
    r.phase = r.busy = r.accepting = 0
    due_removed(w, i)


@compiled
def period_begins(w, which, now):
    """Workers that the period keeps up are up when it begins; those that it does not may stop."""
    settled(w, now)
    w.state[0].period = which
    if not w.state[0].by_class:
        return
    for i in range(w.replicas.shape[0]):
        r = w.replicas[i]
        if w.records[r.record].scaling == WORKERS:
            if not _kept(w, i):
                if r.phase == UP and not r.busy and r.place == NOBODY:
                    resting(w, i, now)
            elif r.phase == OFF:
                r.phase = UP
                billed(w, i, 1, now)
            elif not r.busy:
                due_removed(w, i)


@compiled
def look(w, now):
    """Every autoscaler looks at its group: too few replicas are begun to start, too many take no more requests."""
    for g in range(w.records.shape[0]):
        if w.records[g].scaling == AUTOSCALED:
            _scale(w, g, now)
    w.state[0].looks += 1
    w.state[0].look = now + LOOK_PS


@compiled
def _kept(w, i):
    record = w.replicas[i].record
    return i - w.records[record].first < w.by_period[w.replicas.shape[0] + record, w.state[0].period % w.by_period.shape[1]]


@compiled
def _scale(w, g, now):
    q = w.records[g]
    have = 0
    for i in range(q.first, q.past):
        have += w.replicas[i].phase == STARTING or w.replicas[i].accepting
    wanted = _load(w, g) / q.target
    advised = have
    if have == 0 or abs(wanted / have - 1.0) > TOLERANCE:
        advised = int(ceil(wanted))
    advised = min(max(advised, q.least), q.most)
    q.advice[w.state[0].looks % q.memory] = advised
    if advised > have:
        _more(w, g, min(advised, max(2 * have, have + MOST_MORE)) - have, now)
    elif advised < have:
        # Down only to the most that was advised within its memory.
        for at in range(q.memory):
            advised = max(advised, q.advice[at])
        _fewer(w, g, have - advised, now)


@compiled
def _load(w, g):
    """Requests in the group's replicas, or replicas kept busy by the work that arrived of late."""
    q = w.records[g]
    if q.measure == UTILISATION:
        q.work[w.state[0].looks % WORK_LOOKS] = q.arriving
        q.arriving = 0.0
        return q.work.sum() / (LOOK_PS * min(w.state[0].looks + 1, WORK_LOOKS))
    count = 0
    for i in range(q.first, q.past):
        count += w.replicas[i].outstanding
    return float(count)


@compiled
def _more(w, g, count, now):
    for i in range(w.records[g].first, w.records[g].past):
        if count > 0 and w.replicas[i].phase == OFF and not w.replicas[i].away:
            start(w, i, now)
            count -= 1


@compiled
def _fewer(w, g, count, now):
    """The last of the group first."""
    for i in range(w.records[g].past - 1, w.records[g].first - 1, -1):
        r = w.replicas[i]
        if count > 0 and (r.phase == STARTING or r.accepting):
            count -= 1
            r.accepting = 0
            if r.phase == STARTING or not r.busy:
                switched_off(w, i, now)
