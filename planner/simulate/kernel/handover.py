"""Prompts read on one replica and decoded on another of the group: who gets them, and what a lost replica takes along."""

from __future__ import annotations

from planner.simulate.kernel.compiled import compiled
from planner.simulate.kernel.link import next_landing, released, room_back
from planner.simulate.kernel.replica import arrived, decodes, looked_at
from planner.simulate.kernel.router import least
from planner.simulate.kernel.world import NOBODY


@compiled
def handed_over(w, i, now):
    """What was read on replica ``i`` queues where the fewest requests are; it stays here where no replica decodes."""
    r = w.replicas[i]
    record = w.records[r.record]
    slot = r.out_head
    r.out_head = r.out_tail = NOBODY
    while slot != NOBODY:
        q = w.requests[slot]
        following = q.following
        to = least(w, record.middle, record.past)
        if to == NOBODY:
            decodes(w, i, slot)
        else:
            # Its cache stays here until the other has fetched it.
            r.seqs -= 1
            r.outstanding -= 1
            r.held += q.kv_weight * (q.input + q.made)
            q.source, q.replica = i, to
            w.replicas[to].outstanding += 1
            arrived(w, to, slot, now)
        slot = following


@compiled
def land(w, now):
    """A transfer ends: the request decodes with the replica's next iteration, and the room it had elsewhere is free."""
    i = w.state[0].landing_at
    r = w.replicas[i]
    slot = r.coming_head
    r.coming_head = w.requests[slot].following
    if r.coming_head == NOBODY:
        r.coming_tail = NOBODY
    next_landing(w)
    w.requests[slot].following = r.landed
    r.landed = slot
    source = released(w, slot, now)
    looked_at(w, i, now)
    if w.replicas[source].head != NOBODY:
        looked_at(w, source, now)


@compiled
def forsaken(w, i, head, now):
    """Replica ``i`` is lost, and requests linked from ``head`` with it: they give back what others hold for them, and those
    whose cache it held join them; the list of all."""
    slot = head
    while slot != NOBODY:
        if w.requests[slot].source != NOBODY:
            source = released(w, slot, now)
            if w.replicas[source].head != NOBODY:
                looked_at(w, source, now)
        slot = w.requests[slot].following
    record = w.records[w.replicas[i].record]
    for d in range(record.middle, record.past):
        r = w.replicas[d]
        before = r.outstanding
        waiting, r.head, r.tail, head = _without(w, r.head, i, head)
        coming, r.coming_head, r.coming_tail, head = _without(w, r.coming_head, i, head)
        r.outstanding -= waiting + coming
        r.seqs -= coming
        if coming:
            room_back(w, d, _given_back(w, head, coming), now)
        if r.outstanding < before and r.head != NOBODY:
            looked_at(w, d, now)
    next_landing(w)
    return head


@compiled
def _without(w, slot, source, taken):
    """A list less the requests whose cache lies at ``source``: (their number, first and last of the rest, they before ``taken``)."""
    count, head, tail = 0, NOBODY, NOBODY
    while slot != NOBODY:
        following = w.requests[slot].following
        if w.requests[slot].source == source:
            count += 1
            w.requests[slot].source = NOBODY
            w.requests[slot].following = taken
            taken = slot
        else:
            w.requests[slot].following = NOBODY
            if head == NOBODY:
                head = slot
            else:
                w.requests[tail].following = slot
            tail = slot
        slot = following
    return count, head, tail, taken


@compiled
def _given_back(w, slot, count):
    """Room that was kept for the first ``count`` of a list."""
    held = 0
    for _ in range(count):
        held += w.requests[slot].kv_weight * (w.requests[slot].input + w.requests[slot].made)
        slot = w.requests[slot].following
    return held
