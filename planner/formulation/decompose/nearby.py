"""Patterns that cost little more than the cheapest at the best prices: plans of whole machines are made of these too."""

from __future__ import annotations

import numpy as np

from planner.formulation.decompose.pattern import Pattern
from planner.formulation.decompose.pricing import Pricing, out_of_time

#: How much dearer than the cheapest they are at most, and nodes of the search for those of one block.
WIDTH, NODES = 0.08, 50_000
#: Services that together make this share of what all blocks cost are looked at: those that a plan may lose much by.
WEIGHT = 0.97


def nearby(state: Pricing, most: int, run) -> list[Pattern]:
    """At most so many patterns near the cheapest of each of the blocks that cost most, at the best prices."""
    oracle = state.oracle
    priced = oracle.split.priced(state.prices)
    each = np.where(np.isfinite(state.blocks), np.maximum(state.blocks, 0.0), 0.0).sum(axis=1)
    order = np.argsort(-each, kind="stable")
    enough = int(np.searchsorted(np.cumsum(each[order]), WEIGHT * each.sum())) + 1
    found = []
    for number in order[:enough].tolist():
        search = oracle.searches[number]
        if out_of_time(run):
            break
        if search is not None:
            chosen = search.several(oracle.costs(search, priced), most, WIDTH, NODES)
            found += [oracle.making.made(number, c.period, c.reached.groups, c.placed, c.apart, c.reached.routing) for c in chosen]
    return found
