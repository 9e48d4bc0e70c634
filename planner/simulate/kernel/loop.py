"""The event loop: changes of the schedule first, then arrivals, then ends of iterations, in order of time."""

from __future__ import annotations

from planner.simulate.kernel.compiled import compiled
from planner.simulate.kernel.heaps import due_removed
from planner.simulate.kernel.replica import arrived, begin, complete, stopped
from planner.simulate.kernel.router import choose
from planner.simulate.kernel.rows import ended, in_system
from planner.simulate.kernel.world import (
    CLOSE, FAIL, KV_UNIT, LOST, NEVER, NOBODY, OPEN, PERIOD, REFUSED, TOO_LONG, UNFINISHED,
)  # fmt: skip


@compiled
def advance(w, first_index, times, kinds, inputs, outputs, draws, until):
    """Plays the arrivals given, in order, and everything that happens up to ``until`` or to the last of them.

    With ``until`` of ``NEVER`` it returns with the last arrival, ready for the next ones; otherwise at that instant.
    """
    at = 0
    while True:
        arrival = times[at] if at < times.shape[0] else NEVER
        change = w.schedule[w.state[0].next_event, 0] if w.state[0].next_event < w.schedule.shape[0] else NEVER
        due = w.replicas[w.replicas[0].heap].ends if w.state[0].due > 0 else NEVER
        if at >= times.shape[0] and (until == NEVER or min(change, due) > until):
            return
        if change <= arrival and change <= due:
            _change(w)
        elif arrival <= due:
            _arrive(w, first_index + at, times[at], kinds[at], inputs[at], outputs[at], draws[at])
            at += 1
        else:
            i = w.replicas[0].heap
            complete(w, i)
            begin(w, i, due)


@compiled
def drained(w):
    """Whether nobody is in the system."""
    return w.state[0].outstanding == 0


@compiled
def abandon(w, now):
    """Ends the run: whoever is still in the system is written down as unfinished."""
    for i in range(w.replicas.shape[0]):
        slot = stopped(w, i, now)
        while slot != NOBODY:
            following = w.requests[slot].following
            ended(w, slot, now, UNFINISHED)
            slot = following
        due_removed(w, i)


@compiled
def _arrive(w, index, now, kind, tokens_in, tokens_out, draw):
    w.state[0].free -= 1
    slot = w.requests[w.state[0].free].stack
    q = w.requests[slot]
    q.index, q.kind, q.arrived, q.input, q.output = index, kind, now, tokens_in, tokens_out
    q.retries, q.replica = 0, NOBODY
    in_system(w, 1, now)
    _send(w, slot, now, draw)


@compiled
def _send(w, slot, now, draw):
    """To a replica, or out of the system where none takes it or none could ever hold it."""
    q = w.requests[slot]
    q.made, q.left, q.first, q.last, q.following = 0, 0, NOBODY, now, NOBODY
    i = choose(w, q.kind, draw)
    if i == NOBODY:
        ended(w, slot, now, REFUSED)
        return
    record = w.replicas[i].record
    if w.records[record].whole:
        q.input = q.output = 1
    total = q.input + q.output
    share = w.records[record].full_share
    q.kv_weight = KV_UNIT if share >= 1.0 else int(KV_UNIT * (share + (1.0 - share) * min(total, w.records[record].window) / total))
    if total > w.records[record].limit_context or q.kv_weight * total > w.replicas[i].capacity:
        ended(w, slot, now, TOO_LONG)
        return
    q.replica = i
    w.replicas[i].outstanding += 1
    arrived(w, i, slot, now)


@compiled
def _change(w):
    """Carries out the next event of the schedule."""
    event = w.schedule[w.state[0].next_event]
    w.state[0].next_event += 1
    now, what, which = event[0], event[1], event[2]
    if what == PERIOD:
        w.state[0].period = which
    elif what == OPEN:
        w.replicas[which].accepting = 1
    elif what == CLOSE:
        w.replicas[which].accepting = 0
    elif what == FAIL:
        w.replicas[which].accepting = 0
        slot = stopped(w, which, now)
        while slot != NOBODY:
            following = w.requests[slot].following
            if w.state[0].retry:
                w.state[0].retried += 1
                w.requests[slot].retries += 1
                # A request's own number stands for a draw: spread evenly, and the same in every run.
                _send(w, slot, now, (w.requests[slot].index * 0.6180339887498949) % 1.0)
            else:
                ended(w, slot, now, LOST)
            slot = following
