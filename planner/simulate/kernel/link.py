"""Cache on its way from the replica that read a prompt to the one that will decode: links, room, and what is on them."""

from __future__ import annotations

from planner.simulate.kernel.compiled import compiled
from planner.simulate.kernel.durations import count_until, decode_ps, growth_ps
from planner.simulate.kernel.world import NEVER, NOBODY


@compiled
def fetched(w, i, slot, now):
    """The cache of ``slot``, for which there is room on replica ``i``, comes when the links at both ends are free."""
    r, q = w.replicas[i], w.requests[slot]
    p = w.replicas[q.source]
    record = w.records[r.record]
    held = q.kv_weight * (q.input + q.made)
    start = max(now, r.link, p.link)
    r.link = p.link = start + int(held * record.kv_ps)
    q.ready = r.link + record.latency_ps
    r.moved += 1
    r.moved_kv += held
    r.moving_ps += float(q.ready - start)
    r.stood_ps += float(start - q.last)
    q.following = NOBODY
    if r.coming_head == NOBODY:
        r.coming_head = slot
    else:
        # Never before those that were fetched earlier: the link of this end is theirs until then.
        w.requests[r.coming_tail].following = slot
    r.coming_tail = slot
    if q.ready < w.state[0].landing:
        w.state[0].landing, w.state[0].landing_at = q.ready, i


@compiled
def next_landing(w):
    """Looks for the transfer that ends next."""
    s = w.state[0]
    s.landing = NEVER
    for i in range(w.replicas.shape[0]):
        slot = w.replicas[i].coming_head
        if slot != NOBODY and w.requests[slot].ready < s.landing:
            s.landing, s.landing_at = w.requests[slot].ready, i


@compiled
def released(w, slot, now):
    """The replica that held the request's cache for another has the room again; which it is."""
    q = w.requests[slot]
    source = q.source
    room_back(w, source, q.kv_weight * (q.input + q.made), now)
    w.replicas[source].held -= q.kv_weight * (q.input + q.made)
    q.source = NOBODY
    return source


@compiled
def room_back(w, i, room, now):
    """Cache is free again in the middle of a segment: iterations that are over had it in use."""
    r = w.replicas[i]
    if r.busy and r.planned > 1:
        first, growth = decode_ps(w, r.record, r.running, r.context), growth_ps(w, r.record, r.running, r.context)
        over = count_until(first, growth, r.planned, now - r.started) - 1
        r.kv_sum += over * room
        if over > 0:
            r.kv_peak = max(r.kv_peak, r.kv + r.kv_rate * (over - 1))
    r.kv -= room
