"""Who may hold cache on a replica: prompts are let in and read in order of arrival, and the youngest make room where it is full."""

from __future__ import annotations

from planner.simulate.kernel.compiled import compiled
from planner.simulate.kernel.durations import attention_ps
from planner.simulate.kernel.heaps import finish_removed
from planner.simulate.kernel.link import fetched
from planner.simulate.kernel.world import NOBODY


@compiled
def make_room(w, i, now):
    """Preempts until the cache holds one token more of every running sequence: a prompt in part, then the youngest."""
    r = w.replicas[i]
    while r.kv + r.kv_rate > r.capacity and (r.seqs > 1 or r.held > 0):
        if r.partial != NOBODY:
            slot = r.partial
            r.partial = NOBODY
        else:
            at = 0
            for place in range(1, r.running):
                if w.requests[w.finish[i, place, 1]].order > w.requests[w.finish[i, at, 1]].order:
                    at = place
            left = w.finish[i, at, 0] - r.iterations
            slot = finish_removed(w, i, at)
            if r.fresh != NOBODY:
                _stale(w, i, slot)
            if w.requests[slot].made < w.requests[slot].output - left:
                w.requests[slot].made = w.requests[slot].output - left
                w.requests[slot].last = now
            r.context -= w.requests[slot].input + w.requests[slot].made
            r.kv_rate -= w.requests[slot].kv_weight
        held = w.requests[slot].input + w.requests[slot].made + (1 if w.requests[slot].left > 0 else 0)
        r.kv -= w.requests[slot].kv_weight * held
        w.requests[slot].left = _to_read(w, r.record, slot)
        r.seqs -= 1
        r.preempted += 1
        w.requests[slot].following = r.head
        if r.head == NOBODY:
            r.tail = slot
        r.head = slot


@compiled
def read_prompts(w, i, now):
    """Takes prompts in order of arrival into the next iteration; (tokens read, their attention and fixed work)."""
    r = w.replicas[i]
    room = w.records[r.record].limit_tokens - r.running
    tokens = 0
    attention = 0
    while room > tokens:
        if r.partial == NOBODY:
            if r.head == NOBODY or r.seqs >= w.records[r.record].limit_seqs:
                break
            need = w.requests[r.head].kv_weight * (w.requests[r.head].input + w.requests[r.head].made + 1)
            if r.kv + need + r.kv_rate > r.capacity and r.kv > 0:
                break
            if w.requests[r.head].source != NOBODY:
                # The token that this room is for comes with the first iteration after the transfer.
                fetched(w, i, _admit(w, i, need - w.requests[r.head].kv_weight), now)
                continue
            r.partial = _admit(w, i, need)
            w.requests[r.partial].left = _to_read(w, r.record, r.partial)
        slot = r.partial
        q = w.requests[slot]
        chunk = min(q.left, room - tokens)
        attention += attention_ps(w, r.record, chunk, q.input + q.made - q.left)
        q.left -= chunk
        tokens += chunk
        if q.left > 0:
            break
        attention += int(w.by_class[-2, q.kind, r.record])
        r.partial = NOBODY
        q.following = NOBODY
        if r.read_head == NOBODY:
            r.read_head = slot
        else:
            w.requests[r.read_tail].following = slot
        r.read_tail = slot
    return tokens, attention


@compiled
def _admit(w, i, need):
    r = w.replicas[i]
    slot = r.head
    r.head = w.requests[slot].following
    if r.head == NOBODY:
        r.tail = NOBODY
    r.seqs += 1
    r.kv += need
    r.kv_peak = max(r.kv_peak, r.kv)
    w.requests[slot].order = r.orders
    r.orders += 1
    return slot


@compiled
def _to_read(w, record, slot):
    """Prompt tokens to compute: with what was generated before a preemption, without what the prefix cache holds."""
    q = w.requests[slot]
    if w.records[record].whole:
        return 1
    return max(1, q.input - int(w.records[record].cached_share * q.input)) + q.made


@compiled
def _stale(w, i, slot):
    """A sequence that is preempted before it decoded has no gap to tell yet."""
    r = w.replicas[i]
    if r.fresh == slot:
        r.fresh = w.requests[slot].following
        return
    before = r.fresh
    while before != NOBODY and w.requests[before].following != slot:
        before = w.requests[before].following
    if before != NOBODY:
        w.requests[before].following = w.requests[slot].following
