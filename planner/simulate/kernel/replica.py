"""One replica with continuous batching: decode first, prompts in chunks, cache grown, and the youngest preempted."""

from __future__ import annotations

from planner.simulate.kernel.compiled import compiled
from planner.simulate.kernel.durations import alike, attention_ps, count_until, decode_ps, growth_ps, stretch_ps
from planner.simulate.kernel.heaps import due_changed, due_removed, finish_added, finish_removed
from planner.simulate.kernel.rows import count_gap, count_gaps, ended
from planner.simulate.kernel.scaling import resting
from planner.simulate.kernel.world import FINISHED, NOBODY, STARTING


@compiled
def begin(w, i, now):
    """Plans the replica's next segment: one iteration with prompts in it, or as many alike ones as come to pass."""
    r = w.replicas[i]
    _make_room(w, i, now)
    tokens, attention = _read_prompts(w, i)
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
    r = w.replicas[i]
    enqueue(w, i, slot)
    if not r.busy:
        begin(w, i, now)
    elif r.planned > 1 and r.head == slot and r.seqs < w.records[r.record].limit_seqs:
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
    r.head = r.tail = r.partial = r.read_head = r.read_tail = NOBODY
    r.busy = r.seqs = r.context = r.kv = r.kv_rate = r.outstanding = 0
    due_removed(w, i)
    return head


@compiled
def _advance(w, i, count):
    """``count`` iterations' worth of tokens, cache and gaps between tokens."""
    r = w.replicas[i]
    if r.running > 0:
        first = decode_ps(w, r.record, r.running, r.context) + r.chunk_ps
        count_gaps(w, first, growth_ps(w, r.record, r.running, r.context), count, r.running)
    r.kv_sum += count * r.kv + r.kv_rate * (count * (count - 1) // 2)
    r.kv_peak = max(r.kv_peak, r.kv + r.kv_rate * max(count - 1, 0))
    r.iterations += count
    r.context += count * r.running
    r.kv += count * r.kv_rate
    r.tokens_out += count * r.running


@compiled
def _make_room(w, i, now):
    """Preempts until the cache holds one token more of every running sequence: a prompt in part, then the youngest."""
    r = w.replicas[i]
    while r.kv + r.kv_rate > r.capacity and r.seqs > 1:
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
def _to_read(w, record, slot):
    """Prompt tokens to compute: with what was generated before a preemption, without what the prefix cache holds."""
    q = w.requests[slot]
    if w.records[record].whole:
        return 1
    return max(1, q.input - int(w.records[record].cached_share * q.input)) + q.made


@compiled
def _read_prompts(w, i):
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
            if r.kv + need + r.kv_rate > r.capacity and r.seqs > 0:
                break
            _admit(w, i, need)
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
    r.partial = slot
    r.seqs += 1
    r.kv += need
    r.kv_peak = max(r.kv_peak, r.kv)
    w.requests[slot].left = _to_read(w, r.record, slot)
    w.requests[slot].order = r.orders
    r.orders += 1


@compiled
def _first_token(w, i, slot, now):
    """The prompt is read: the iteration that ended gave a token, the first or the next after a preemption."""
    r = w.replicas[i]
    q = w.requests[slot]
    if q.first == NOBODY:
        q.first = now
    else:
        count_gap(w, now - q.last)
    q.made += 1
    q.last = now
    r.tokens_out += 1
    if q.made == q.output:
        r.kv -= q.kv_weight * (q.input + q.made)
        _leave(w, i, slot, now)
        return
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
