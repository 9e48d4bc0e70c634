"""One replica with continuous batching: decode first, prompts in chunks, cache grown, and the youngest preempted."""

from __future__ import annotations

from planner.simulate.kernel.admission import make_room, read_prompts
from planner.simulate.kernel.compiled import compiled
from planner.simulate.kernel.durations import alike, count_until, decode_ps, growth_ps, stretch_ps
from planner.simulate.kernel.heaps import due_changed, due_removed, finish_added, finish_removed
from planner.simulate.kernel.rows import count_gap, count_gaps, ended
from planner.simulate.kernel.scaling import resting
from planner.simulate.kernel.world import FINISHED, NOBODY, READS, STARTING


@compiled
def begin(w, i, now):
    """Plans the replica's next segment: one iteration with prompts in it, or as many alike ones as come to pass."""
    r = w.replicas[i]
    while r.landed != NOBODY:
        slot = r.landed
        r.landed = w.requests[slot].following
        w.requests[slot].following = r.fresh
        r.fresh = slot
        decodes(w, i, slot)
    make_room(w, i, now)
    tokens, attention = read_prompts(w, i, now)
    if tokens == 0 and r.running == 0:
        resting(w, i, now)
        return
    first = decode_ps(w, r.record, r.running, r.context)
    r.busy, r.started, r.planned, r.chunk_ps = 1, now, 1, 0
    if tokens > 0:
        r.chunk_ps = w.pass_ps[r.record, tokens] + attention
        r.tokens_in += tokens
    elif w.state[0].stepping == 0:
        until_finish = w.finish[i, 0, 0] - r.iterations
        until_full = (r.capacity - r.kv) // max(r.kv_rate, 1)
        r.planned = max(1, min(until_finish, until_full, alike(w, r.record, r.running, r.context)))
    r.ends = now + r.chunk_ps + stretch_ps(first, growth_ps(w, r.record, r.running, r.context), r.planned)
    w.state[0].segments += 1
    due_changed(w, i)


@compiled
def complete(w, i):
    """Ends the segment: every running sequence has its tokens, those at their end leave, prompts read begin to decode."""
    r = w.replicas[i]
    now = r.ends
    _advance(w, i, r.planned)
    r.busy_ps += now - r.started
    while r.running > 0 and w.finish[i, 0, 0] == r.iterations:
        _finish(w, i, finish_removed(w, i, 0), now)
    slot = r.read_head
    r.read_head = r.read_tail = NOBODY
    while slot != NOBODY:
        following = w.requests[slot].following
        _first_token(w, i, slot, now)
        slot = following


@compiled
def arrived(w, i, slot, now):
    """A request joins the queue; a segment under way is cut at the first end of an iteration where it can be looked at."""
    enqueue(w, i, slot)
    r = w.replicas[i]
    if not r.busy or (r.head == slot and r.seqs < w.records[r.record].limit_seqs):
        looked_at(w, i, now)


@compiled
def looked_at(w, i, now):
    """What waits here may go on: an idle replica begins, a segment under way is cut at the first end of an iteration."""
    r = w.replicas[i]
    if not r.busy:
        begin(w, i, now)
    elif r.planned > 1:
        first = decode_ps(w, r.record, r.running, r.context)
        growth = growth_ps(w, r.record, r.running, r.context)
        r.planned = count_until(first, growth, r.planned, now - r.started)
        r.ends = r.started + stretch_ps(first, growth, r.planned)
        due_changed(w, i)


@compiled
def stopped(w, i, now):
    """Breaks off what runs at ``now`` and returns the requests here as a list linked by ``following``, none served."""
    r = w.replicas[i]
    if r.busy and r.phase != STARTING:
        first = decode_ps(w, r.record, r.running, r.context)
        growth = growth_ps(w, r.record, r.running, r.context)
        if r.planned > 1:
            # An iteration that ends at this very instant is lost with the rest.
            _advance(w, i, count_until(first, growth, r.planned, now - r.started) - 1)
        r.busy_ps += now - r.started
    head = r.head
    for slot in (r.coming_head, r.landed):
        while slot != NOBODY:
            following = w.requests[slot].following
            w.requests[slot].following = head
            head, slot = slot, following
    if r.partial != NOBODY:
        w.requests[r.partial].following = head
        head = r.partial
    if r.read_head != NOBODY:
        w.requests[r.read_tail].following = head
        head = r.read_head
    while r.running > 0:
        slot = finish_removed(w, i, r.running - 1)
        w.requests[slot].following = head
        head = slot
    r.head = r.tail = r.partial = r.read_head = r.read_tail = r.coming_head = r.coming_tail = r.landed = r.fresh = NOBODY
    r.busy = r.held = r.seqs = r.context = r.kv = r.kv_rate = r.outstanding = 0
    due_removed(w, i)
    return head


@compiled
def _advance(w, i, count):
    """``count`` iterations' worth of tokens, cache and gaps between tokens."""
    r = w.replicas[i]
    if r.running > 0:
        first = decode_ps(w, r.record, r.running, r.context) + r.chunk_ps
        growth = growth_ps(w, r.record, r.running, r.context)
        if r.fresh != NOBODY and count > 0:
            _fresh_gaps(w, i, r.started + first)
            count_gaps(w, r.started + first, first + growth, growth, count - 1, r.running)
        else:
            count_gaps(w, r.started, first, growth, count, r.running)
    r.kv_sum += count * r.kv + r.kv_rate * (count * (count - 1) // 2)
    r.kv_peak = max(r.kv_peak, r.kv + r.kv_rate * max(count - 1, 0))
    r.iterations += count
    r.context += count * r.running
    r.kv += count * r.kv_rate
    r.tokens_out += count * r.running


@compiled
def _fresh_gaps(w, i, now):
    """The first iteration of a segment that some began to decode with: their last token is older than it."""
    r = w.replicas[i]
    gaps = r.running
    while r.fresh != NOBODY:
        count_gap(w, now - w.requests[r.fresh].last, now)
        r.fresh = w.requests[r.fresh].following
        gaps -= 1
    count_gaps(w, r.started, now - r.started, 0, 1, gaps)


@compiled
def _first_token(w, i, slot, now):
    """The prompt is read: the iteration that ended gave a token, the first or the next after a preemption."""
    r = w.replicas[i]
    q = w.requests[slot]
    if q.first == NOBODY:
        q.first = now
    else:
        count_gap(w, now - q.last, now)
    q.made += 1
    q.last = now
    r.tokens_out += 1
    if q.made == q.output:
        r.kv -= q.kv_weight * (q.input + q.made)
        _leave(w, i, slot, now)
        return
    if r.role == READS:
        q.following = NOBODY
        if r.out_head == NOBODY:
            r.out_head = slot
        else:
            w.requests[r.out_tail].following = slot
        r.out_tail = slot
        return
    decodes(w, i, slot)


@compiled
def decodes(w, i, slot):
    """A sequence whose cache is here has one token more with each iteration from now on."""
    r = w.replicas[i]
    q = w.requests[slot]
    finish_added(w, i, r.iterations + q.output - q.made, slot)
    r.context += q.input + q.made
    r.kv_rate += q.kv_weight


@compiled
def _finish(w, i, slot, now):
    r = w.replicas[i]
    q = w.requests[slot]
    q.made = q.output
    r.context -= q.input + q.output
    r.kv -= q.kv_weight * (q.input + q.output)
    r.kv_rate -= q.kv_weight
    _leave(w, i, slot, now)


@compiled
def _leave(w, i, slot, now):
    r = w.replicas[i]
    r.seqs -= 1
    r.outstanding -= 1
    w.requests[slot].last = now
    ended(w, slot, now, FINISHED)


@compiled
def enqueue(w, i, slot):
    """To the end of the replica's queue, looked at when its next segment begins."""
    r = w.replicas[i]
    w.requests[slot].following = NOBODY
    if r.head == NOBODY:
        r.head = slot
    else:
        w.requests[r.tail].following = slot
    r.tail = slot
