"""The cheapest set of compositions that meets every row of a service, exactly, period by period, as machine code."""

from __future__ import annotations

import numba
import numpy as np

from planner.formulation.decompose.cover_tables import CELLS, bound_of, tables

#: Compositions in one set at most.
DEPTH = 64
#: What a row may fall short by and still be met, relative: as in the covering rows of searches.
SHORT = 2e-6


@numba.njit(cache=True, nogil=True, error_model="numpy")
def cheapest_sets(cost, extra, cover, cap, need, group, once, upper, close, nodes, most=1, width=0.0):
    """The cheapest set of items that meets all rows in each period.

    With ``once`` at most one of each group; else each as often as wanted, so that no item need be looked at that another
    one beats: a relaxation, and quicker.

    cost   of each item [K, T], infinite: not on offer
    extra  cost of serving the whole demand by it, beside ``cost`` [K, T]; [0, T]: none
    cover  what each item is worth by row [R, K, T or 1]; ``cap`` the share that it can be worth at most [R, K]
    need   what each row asks for, 0: nothing [R, T]
    group  of each item [K]
    upper  cost that a set must stay under to be of use [T]
    close  sets so little cheaper than the best found are not looked for
    nodes  searched per period at most
    most   sets wanted, the cheapest ones; ``width``: none that costs more than the cheapest by this share of it

    Returns (lower bound on the cost of any set under ``upper`` [T], number of items of each set found [T, most], the items
    [T, most, DEPTH], whether the search was finished [T]); the cheapest set is the first. The bound is min(``upper``, the best found) less ``close`` where it was.
    """
    count, periods = cost.shape
    stated = need.shape[0]
    # The mean of all rows is one more: sets that meet each by another item meet it with nothing to spare.
    rows = stated + 1
    bound = np.zeros(periods)
    sizes = np.zeros((periods, most), dtype=np.int64)
    found = np.zeros((periods, most, DEPTH), dtype=np.int64)
    total_of = np.zeros(most)
    done = np.ones(periods, dtype=np.bool_)
    charged = extra.shape[0] > 0
    along = cover.shape[2] > 1
    share = np.zeros((count, rows))
    kept = np.zeros(count, dtype=np.int64)
    least = np.zeros((rows, CELLS + 1))
    left = np.zeros((DEPTH + 1, rows))
    at = np.zeros(DEPTH + 1, dtype=np.int64)
    spent = np.zeros(DEPTH + 1)
    for t in range(periods):
        asked = 0
        for r in range(stated):
            if need[r, t] > 0:
                asked += 1
        if asked == 0:
            continue
        for r in range(stated):
            left[0, r] = 1.0 if need[r, t] > 0 else 0.0
        left[0, stated] = 1.0
        order = np.argsort(cost[:, t], kind="mergesort")
        amount = 0
        for i in range(count):
            k = order[i]
            own = cost[k, t]
            if not own < upper[t]:
                break
            mean = 0.0
            for r in range(stated):
                value = 0.0
                if need[r, t] > 0:
                    value = min(cover[r, k, t if along else 0] / need[r, t], cap[r, k], 1.0)
                    # Rounding must not let a row that is just met look as if it were not.
                    if value > 1.0 - SHORT:
                        value = 1.0
                share[amount, r] = value
                mean += value / asked
            if mean <= 1e-9:
                continue
            share[amount, stated] = min(mean, 1.0)
            beaten = False
            for j in range(amount):
                other = kept[j]
                if charged and cost[other, t] + extra[other, t] > own + 1e-12 * abs(own) and extra[other, t] > extra[k, t]:
                    continue
                worse = not once or group[other] == group[k]
                for r in range(stated if worse else 0):
                    if share[j, r] < share[amount, r] - 1e-12:
                        worse = False
                        break
                if worse:
                    beaten = True
                    break
            if not beaten:
                kept[amount] = k
                amount += 1
        tables(share, cost, extra, kept, amount, left, least, t)
        best, finished = upper[t], True
        total_of[:] = np.inf
        root = bound_of(left, 0, least, rows)
        size = _greedy(share, cost, kept, amount, group, once, left, at, stated, t)
        if size:
            whole = 0.0
            for d in range(size):
                whole += cost[kept[at[d]], t]
                found[t, 0, d] = kept[at[d]]
            if charged:
                # As in the search all but the last item stand one place on.
                for d in range(size - 1):
                    at[d] -= 1
                whole += _extra(share, extra, kept, at, size - 1, t)
            if whole < best:
                best = whole
                # Of several the search comes to it again.
                if most == 1:
                    total_of[0], sizes[t, 0] = whole, size
        bar = _bar(best, total_of, close, width)
        depth, at[0], spent[0] = 0, amount - 1, 0.0
        visited = 0
        while depth >= 0:
            i = at[depth]
            if i < 0 or depth >= DEPTH or visited > nodes:
                if visited > nodes or depth >= DEPTH:
                    finished = False
                depth -= 1
                continue
            k = kept[i]
            at[depth] = i - 1
            total = spent[depth] + cost[k, t]
            if total >= bar:
                continue
            if once and _taken(group, kept, at, depth, group[k]):
                continue
            helps = False
            met = True
            for r in range(rows):
                before = left[depth, r]
                after = before - share[i, r]
                if r < stated and before > SHORT and share[i, r] > 0.0:
                    helps = True
                if after < SHORT:
                    after = 0.0
                elif r < stated:
                    met = False
                left[depth + 1, r] = after
            if not helps:
                continue
            visited += 1
            if met:
                whole = total
                if charged:
                    at[depth] = i
                    whole += _extra(share, extra, kept, at, depth, t)
                    at[depth] = i - 1
                if whole < bar:
                    # It takes the place of the dearest, and the cheapest stays in front.
                    place = int(np.argmax(total_of))
                    if whole < total_of[0]:
                        if place != 0:
                            total_of[place], sizes[t, place] = total_of[0], sizes[t, 0]
                            found[t, place] = found[t, 0]
                        place = 0
                    total_of[place], sizes[t, place] = whole, depth + 1
                    for d in range(depth):
                        found[t, place, d] = kept[at[d] + 1]
                    found[t, place, depth] = k
                    best = min(best, whole)
                    bar = _bar(best, total_of, close, width)
                continue
            if total + bound_of(left, depth + 1, least, rows) >= bar:
                continue
            if depth + 1 >= DEPTH:
                finished = False
                continue
            depth += 1
            # Sets are walked in order of their items, the dearest first, so that each is met once.
            at[depth] = i
            spent[depth] = total
        done[t] = finished
        bound[t] = min(best, max(root, best - close)) if finished else min(best, root)
    return bound, sizes, found, done


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _bar(best, value, close, width):
    """Cost from which on a set is not wanted: one is sought that is cheaper, or several that cost little more."""
    if value.size == 1:
        return best * (1.0 - 1e-9) - close
    return min(best * (1.0 + width), value.max())


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _greedy(share, cost, kept, amount, group, once, left, at, stated, t):
    """Size of a set that meets all rows, its items in ``at``: the most still wanted for the money, one by one; 0: none."""
    depth = 0
    while depth < DEPTH:
        best, least = -1, np.inf
        for i in range(amount):
            worth = 0.0
            for r in range(stated):
                worth += min(share[i, r], left[depth, r])
            if worth <= 0.0 or cost[kept[i], t] >= least * worth:
                continue
            if once:
                new = True
                for d in range(depth):
                    if group[kept[at[d]]] == group[kept[i]]:
                        new = False
                        break
                if not new:
                    continue
            best, least = i, cost[kept[i], t] / worth
        if best < 0:
            return 0
        at[depth] = best
        met = True
        for r in range(stated):
            after = left[depth, r] - share[best, r]
            left[depth + 1, r] = after if after >= SHORT else 0.0
            if after >= SHORT:
                met = False
        depth += 1
        if met:
            return depth
    return 0


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _taken(group, kept, at, depth, own):
    """Whether the set at hand has an item of a group."""
    for d in range(depth):
        if group[kept[at[d] + 1]] == own:
            return True
    return False


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _extra(share, extra, kept, at, depth, t):
    """Least cost of serving the demand by the set at hand, under the first row: the cheapest items first."""
    size = depth + 1
    used = np.zeros(size, dtype=np.bool_)
    left, total = 1.0, 0.0
    for _ in range(size):
        best = -1
        for d in range(size):
            place = at[d] if d == depth else at[d] + 1
            if not used[d] and (best < 0 or extra[kept[place], t] < extra[kept[at[best] if best == depth else at[best] + 1], t]):
                best = d
        place = at[best] if best == depth else at[best] + 1
        used[best] = True
        part = min(left, share[place, 0])
        total += part * extra[kept[place], t]
        left -= part
        if left <= 0.0:
            break
    return total
