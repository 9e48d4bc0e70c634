"""Two heaps: replicas by the instant their segment ends, and a replica's sequences by the iteration that ends them."""

from __future__ import annotations

from planner.simulate.kernel.compiled import compiled
from planner.simulate.kernel.world import NOBODY


@compiled
def _before(w, a, b):
    x, y = w.replicas[a].ends, w.replicas[b].ends
    return x < y or (x == y and a < b)


@compiled
def _put(w, at, replica):
    w.replicas[at].heap = replica
    w.replicas[replica].place = at


@compiled
def _up(w, at):
    replica = w.replicas[at].heap
    while at > 0:
        above = (at - 1) // 2
        if not _before(w, replica, w.replicas[above].heap):
            break
        _put(w, at, w.replicas[above].heap)
        at = above
    _put(w, at, replica)


@compiled
def _down(w, at):
    replica = w.replicas[at].heap
    size = w.state[0].due
    while 2 * at + 1 < size:
        below = 2 * at + 1
        if below + 1 < size and _before(w, w.replicas[below + 1].heap, w.replicas[below].heap):
            below += 1
        if not _before(w, w.replicas[below].heap, replica):
            break
        _put(w, at, w.replicas[below].heap)
        at = below
    _put(w, at, replica)


@compiled
def due_changed(w, replica):
    """Puts a replica whose ``ends`` was set where it belongs, or in."""
    if w.replicas[replica].place == NOBODY:
        at = w.state[0].due
        w.state[0].due = at + 1
        _put(w, at, replica)
        _up(w, at)
    else:
        _up(w, w.replicas[replica].place)
        _down(w, w.replicas[replica].place)


@compiled
def due_removed(w, replica):
    """Takes a replica out, wherever it stands."""
    at = w.replicas[replica].place
    if at == NOBODY:
        return
    w.replicas[replica].place = NOBODY
    w.state[0].due -= 1
    last = w.replicas[w.state[0].due].heap
    if last != replica:
        _put(w, at, last)
        _up(w, at)
        _down(w, w.replicas[last].place)


@compiled
def _earlier(w, i, a, b):
    x, y = w.finish[i, a, 0], w.finish[i, b, 0]
    return x < y or (x == y and w.finish[i, a, 1] < w.finish[i, b, 1])


@compiled
def _swap(w, i, a, b):
    w.finish[i, a, 0], w.finish[i, b, 0] = w.finish[i, b, 0], w.finish[i, a, 0]
    w.finish[i, a, 1], w.finish[i, b, 1] = w.finish[i, b, 1], w.finish[i, a, 1]


@compiled
def _settle(w, i, at, size):
    while at > 0 and _earlier(w, i, at, (at - 1) // 2):
        _swap(w, i, at, (at - 1) // 2)
        at = (at - 1) // 2
    while 2 * at + 1 < size:
        below = 2 * at + 1
        if below + 1 < size and _earlier(w, i, below + 1, below):
            below += 1
        if not _earlier(w, i, below, at):
            break
        _swap(w, i, at, below)
        at = below


@compiled
def finish_added(w, i, iteration, slot):
    """A sequence of replica ``i`` begins to decode and ends with iteration number ``iteration``."""
    at = w.replicas[i].running
    w.finish[i, at, 0] = iteration
    w.finish[i, at, 1] = slot
    w.replicas[i].running = at + 1
    _settle(w, i, at, at + 1)


@compiled
def finish_removed(w, i, at):
    """Takes the sequence at place ``at`` of the heap out and returns its slot."""
    slot = w.finish[i, at, 1]
    last = w.replicas[i].running - 1
    w.replicas[i].running = last
    if at != last:
        _swap(w, i, at, last)
        _settle(w, i, at, last)
    return slot
