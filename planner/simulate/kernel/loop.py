"""The event loop: changes of the schedule first, then arrivals, ends of transfers, looks of autoscalers, and ends of iterations, in order of time."""

from __future__ import annotations

from planner.simulate.kernel.compiled import compiled, inlined
from planner.simulate.kernel.handover import forsaken, handed_over, land
from planner.simulate.kernel.heaps import due_removed
from planner.simulate.kernel.replica import arrived, begin, complete, enqueue, stopped
from planner.simulate.kernel.router import WAITS, choose
from planner.simulate.kernel.rows import ended, in_system
from planner.simulate.kernel.scaling import look, period_begins, started, switched_off
from planner.simulate.kernel.world import (
    AUTOSCALED, CLOSE, FAIL, KV_UNIT, LOST, NEVER, NOBODY, OPEN, PERIOD, REFUSED, STARTING, TOO_LONG, UNFINISHED, UP,
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
        seen = w.state[0].look
        landing = w.state[0].landing
        if at >= times.shape[0] and (until == NEVER or min(change, due, seen, landing) > until):
            return
        if change <= min(arrival, landing, seen, due):
            _change(w)
        elif arrival <= min(landing, seen, due):
            _arrive(w, first_index + at, times[at], kinds[at], inputs[at], outputs[at], draws[at])
            at += 1
        elif landing <= min(seen, due):
            land(w, landing)
        elif seen <= due:
            look(w, seen)
        else:
            i = w.replicas[0].heap
            if w.replicas[i].phase == UP and w.replicas[i].busy:
                complete(w, i)
                if w.replicas[i].out_head != NOBODY:
                    handed_over(w, i, due)
                if w.records[w.replicas[i].record].queued:
                    _pull(w, i)
                begin(w, i, due)
            elif w.replicas[i].busy:
                started(w, i)
                begin(w, i, due)
            else:
                switched_off(w, i, due)


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
    for g in range(w.records.shape[0]):
        slot = w.records[g].head
        while slot != NOBODY:
            following = w.requests[slot].following
            ended(w, slot, now, UNFINISHED)
            slot = following


@compiled
def _pull(w, i):
    """Those that wait for the group's replicas come here while there is room."""
    r = w.replicas[i]
    q = w.records[r.record]
    while q.head != NOBODY and r.accepting and r.outstanding < q.limit_seqs:
        slot = q.head
        q.head = w.requests[slot].following
        _placed(w, slot, i)
        enqueue(w, i, slot)


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
    q.made, q.left, q.first, q.last, q.following, q.source = 0, 0, NOBODY, now, NOBODY, NOBODY
    i = choose(w, q.kind, draw, now)
    if i == NOBODY:
        ended(w, slot, now, REFUSED)
        return
    record = w.replicas[i].record if i >= 0 else WAITS - i
    if w.records[record].whole:
        q.input = q.output = 1
    total = q.input + q.output
    share = w.records[record].full_share
    q.kv_weight = KV_UNIT if share >= 1.0 else int(KV_UNIT * (share + (1.0 - share) * min(total, w.records[record].window) / total))
    if total > w.records[record].limit_context or q.kv_weight * total > w.replicas[w.records[record].first].capacity:
        ended(w, slot, now, TOO_LONG)
    elif i >= 0:
        _placed(w, slot, i)
        arrived(w, i, slot, now)
    elif w.records[record].head == NOBODY:
        w.records[record].head = w.records[record].tail = slot
    else:
        w.requests[w.records[record].tail].following = slot
        w.records[record].tail = slot


@inlined
def _placed(w, slot, i):
    w.requests[slot].replica = i
    w.replicas[i].outstanding += 1
    w.replicas[i].sent += 1
    w.replicas[i].cold += w.replicas[i].phase == STARTING


@compiled
def _change(w):
    """Carries out the next event of the schedule."""
    event = w.schedule[w.state[0].next_event]
    w.state[0].next_event += 1
    now, what, which = event[0], event[1], event[2]
    if what == PERIOD:
        period_begins(w, which, now)
    elif what == OPEN:
        w.replicas[which].away = 0
        if w.records[w.replicas[which].record].scaling != AUTOSCALED:
            w.replicas[which].accepting = 1
            if w.records[w.replicas[which].record].queued:
                _pull(w, which)
                if not w.replicas[which].busy:
                    begin(w, which, now)
    elif what == CLOSE:
        w.replicas[which].accepting = 0
    elif what == FAIL:
        w.replicas[which].accepting = 0
        slot = forsaken(w, which, stopped(w, which, now), now)
        if w.records[w.replicas[which].record].scaling == AUTOSCALED:
            w.replicas[which].away = 1
            switched_off(w, which, now)
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
