"""Chooses the replica of a request, among those that take requests now."""

from __future__ import annotations

from planner.simulate.kernel.compiled import compiled
from planner.simulate.kernel.scaling import start
from planner.simulate.kernel.world import BY_CLASS, NOBODY, OFF, RANDOM, ROUND_ROBIN, UP, WORKERS

#: Below it: the request waits in the queue of a group, counted down from here.
WAITS = -2


@compiled
def choose(w, kind, draw, now):
    """The replica for a request of class ``kind``, ``NOBODY``, or ``WAITS`` less the group where it waits; ``draw`` is uniform in 0 to 1."""
    router = w.state[0].router
    if router == BY_CLASS or w.state[0].by_class:
        wanted = _pool(w, kind, draw)
        if wanted == NOBODY:
            if router == BY_CLASS:
                return NOBODY
        else:
            w.records[wanted].arriving += w.by_class[-1, kind, wanted]
            if w.records[wanted].scaling == WORKERS:
                return _worker(w, wanted, now)
            if router == BY_CLASS or w.records[wanted].queued:
                found = least(w, w.records[wanted].first, w.records[wanted].middle)
                if found == NOBODY:
                    # Nobody reads prompts alone: those that decode can do both.
                    found = least(w, w.records[wanted].middle, w.records[wanted].past)
                if w.records[wanted].queued and (found == NOBODY or w.replicas[found].outstanding >= w.records[wanted].limit_seqs):
                    return WAITS - wanted
                if found != NOBODY:
                    return found
    if router == ROUND_ROBIN:
        return _next(w)
    if router == RANDOM:
        return _drawn(w, draw)
    return least(w, 0, w.replicas.shape[0])


@compiled
def _pool(w, kind, draw):
    """The pool that the plan's shares of this class give; ``NOBODY`` where the plan serves nobody at all."""
    reach = w.by_class[w.state[0].period, kind]
    for pool in range(reach.shape[0]):
        if draw < reach[pool]:
            return pool
    return NOBODY


@compiled
def _worker(w, group, now):
    """The first worker that is up and has room, else one that starts, else a new one; all full: the one with the fewest."""
    starting = off = fewest = NOBODY
    for i in range(w.records[group].first, w.records[group].past):
        r = w.replicas[i]
        if r.phase == OFF:
            if off == NOBODY:
                off = i
            continue
        if r.outstanding < w.records[group].limit_seqs:
            if r.phase == UP:
                return i
            if starting == NOBODY:
                starting = i
        if fewest == NOBODY or r.outstanding < w.replicas[fewest].outstanding:
            fewest = i
    if starting != NOBODY:
        return starting
    if off != NOBODY:
        start(w, off, now)
        return off
    return fewest


@compiled
def least(w, first, past):
    """The fewest outstanding requests for its speed, in turn among equals."""
    size = past - first
    if size <= 0:
        return NOBODY
    w.state[0].turn += 1
    start = w.state[0].turn % size
    best = NOBODY
    least = 0.0
    for step in range(size):
        at = start + step
        i = first + (at if at < size else at - size)
        r = w.replicas[i]
        if r.accepting:
            load = r.outstanding / r.speed
            if best == NOBODY or load < least:
                best, least = i, load
                if load == 0.0:
                    break
    return best


@compiled
def _next(w):
    size = w.replicas.shape[0]
    for _ in range(size):
        w.state[0].turn += 1
        i = w.state[0].turn % size
        if w.replicas[i].accepting:
            return i
    return NOBODY


@compiled
def _drawn(w, draw):
    size = w.replicas.shape[0]
    taking = 0
    for i in range(size):
        taking += w.replicas[i].accepting
    wanted = int(draw * taking)
    for i in range(size):
        if w.replicas[i].accepting:
            if wanted == 0:
                return i
            wanted -= 1
    return NOBODY
