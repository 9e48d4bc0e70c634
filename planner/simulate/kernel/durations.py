"""How long iterations last, in whole picoseconds, and how many alike ones fit before something changes."""

from __future__ import annotations

from planner.simulate.kernel.compiled import compiled, inlined
from planner.simulate.kernel.world import KNOTS, NEVER


@inlined
def piece(w, record, running, context):
    """The piece of decode time that a context of ``context`` tokens over ``running`` sequences lies in."""
    k = 0
    while k + 1 < KNOTS and w.records[record].knots[k + 1] != NEVER and w.records[record].knots[k + 1] * running <= context:
        k += 1
    return k


@inlined
def decode_ps(w, record, running, context):
    """One decode iteration of ``running`` sequences with ``context`` tokens in all; nothing for none."""
    k = piece(w, record, running, context)
    beyond = context - w.records[record].knots[k] * running
    return 0 if running == 0 else w.decode[record, running, k, 0] + w.decode[record, running, k, 1] * beyond


@inlined
def growth_ps(w, record, running, context):
    """How much longer each next iteration lasts: every sequence has one token more."""
    return w.decode[record, running, piece(w, record, running, context), 1] * running


@inlined
def alike(w, record, running, context):
    """Iterations from here on whose times grow evenly: up to the next bend of decode time."""
    k = piece(w, record, running, context)
    bends = k + 1 < KNOTS and w.records[record].knots[k + 1] != NEVER
    return (w.records[record].knots[k + 1] * running - context + running - 1) // running if bends else NEVER


@inlined
def stretch_ps(first, growth, count):
    """Sum of ``count`` iterations, the first of which lasts ``first``."""
    return count * first + growth * (count * (count - 1) // 2)


@compiled
def count_until(first, growth, most, wait):
    """The least number of iterations, at most ``most``, that last at least ``wait``."""
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        if stretch_ps(first, growth, middle) >= wait:
            high = middle
        else:
            low = middle + 1
    return low


@inlined
def attention_ps(w, record, tokens, before):
    """Attention of a chunk of ``tokens`` prompt tokens behind ``before`` others of its request."""
    at = before + 0.5 * tokens
    k = 0
    while k + 1 < KNOTS and w.records[record].knots[k + 1] <= at:
        k += 1
    seen = w.records[record].seen[k] + w.records[record].seen_slope[k] * (at - w.records[record].knots[k])
    return int(w.records[record].pair_ps * tokens * seen)
