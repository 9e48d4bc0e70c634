"""Lays a fleet out as the arrays of a ``World``, and makes them larger when more requests are in the system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from planner.simulate.fleet import Autoscaler, Fleet, Group, Outage, Workers
from planner.simulate.kernel.world import (
    AUTOSCALED, CLOSE, FAIL, KNOTS, KV_UNIT, LOOK_PS, MEASURES, MOST_LOOKS, MOST_MARKS, NEVER, NOBODY, OFF, OPEN, PERIOD, PS_PER_S, RECORD, REPLICA,
    REQUEST, ROLES, ROW, STATE, UP, WORKERS, World, gap_edges,
)  # fmt: skip

#: Cache beyond which a replica's own limit is not the cache.
MOST_KV_TOKENS = 10**12


def build(
    fleet: Fleet, outages: Sequence[Outage], *, router: int, retry: bool, stepping: bool, start_delay_s: float = 0.0, paid_s: float = 0.0,
    gaps: tuple[int, int, int] = (0, 1, 1),
) -> World:
    """The world of ``fleet`` at time 0, empty.

    start_delay_s  how late replicas of later periods are
    paid_s         until when they are paid
    gaps           between tokens: when they begin to count, length of a batch of them in picoseconds, and number of batches
    """
    places = fleet.replicas()
    each = [group.times for group in fleet.groups]
    replicas = np.zeros(len(places), REPLICA)
    for i, (g, p, _) in enumerate(places):
        replicas[i]["record"], replicas[i]["speed"] = g, fleet.groups[g].speed
        replicas[i]["capacity"] = int(min(each[g].kv_capacity_tokens, MOST_KV_TOKENS) * KV_UNIT)
        replicas[i]["phase"] = UP
        replicas[i]["role"] = ROLES[fleet.groups[g].parts[p].role]
        for name in ("head", "tail", "partial", "read_head", "read_tail", "out_head", "out_tail", "coming_head", "coming_tail", "landed", "fresh", "place", "bill"):
            replicas[i][name] = NOBODY
    up = _scaled(fleet, places, replicas)
    state = np.zeros(1, STATE)
    state["router"], state["retry"], state["stepping"] = router, retry, stepping
    state["by_class"] = any(group.queued or isinstance(group.scaling, Workers) for group in fleet.groups)
    state["look"] = LOOK_PS if any(isinstance(group.scaling, Autoscaler) for group in fleet.groups) else NEVER
    state["paid_until"] = ps(paid_s)
    state["landing"] = NEVER
    marks = np.zeros((MOST_MARKS if any(isinstance(group.scaling, Autoscaler) for group in fleet.groups) else 0, 3), np.int64)
    state["marked"] = len(up)
    marks[: len(up), 1:] = [(i, 1) for i in up][: len(marks)] or np.zeros((0, 2))
    state["gaps_from"], state["gaps_batch"] = gaps[:2]
    edges = gap_edges()
    return World(
        state=state,
        replicas=replicas,
        requests=np.zeros(0, REQUEST),
        rows=np.zeros(0, ROW),
        finish=np.zeros((len(places), max((t.max_num_seqs for t in each), default=0) + 1, 2), np.int64),
        schedule=_schedule(fleet, places, outages, start_delay_s),
        by_class=np.concatenate([_reach(fleet), _work(fleet)]),
        records=_records(fleet, places),
        decode=_padded([_decode(t) for t in each], 3),
        pass_ps=_padded([_whole(t.pass_s) for t in each], 1),
        gaps=np.array([[*edges, NEVER], *np.zeros((1 + gaps[2], len(edges) + 1))], np.int64),
        marks=marks,
        by_period=np.concatenate([np.zeros((len(places), _periods(fleet)), np.int64), _kept(fleet)]),
    )


def with_room(world: World, arrivals: int) -> World:
    """The same world with slots for ``arrivals`` more requests, and rows for whoever may end meanwhile."""
    free, size = int(world.state[0]["free"]), len(world.requests)
    if free < arrivals:
        more = max(arrivals - free, size // 2)
        requests = np.concatenate([world.requests, np.zeros(more, REQUEST)])
        requests["stack"][free : free + more] = np.arange(size, size + more)
        world.state["free"] = free + more
        world = world._replace(requests=requests)
    if len(world.rows) < len(world.requests):
        world = world._replace(rows=np.zeros(len(world.requests), ROW))
    return world


def ps(seconds: float) -> int:
    """Whole picoseconds; what lies beyond the clock never comes."""
    return NEVER if seconds >= NEVER / PS_PER_S else round(seconds * PS_PER_S)


def _whole(seconds: Any) -> np.ndarray:
    return np.rint(np.asarray(seconds, dtype=float) * PS_PER_S).astype(np.int64)


def _padded(tables: Sequence[np.ndarray], axes: int) -> np.ndarray:
    """Tables of different sizes side by side, the rest 0."""
    shape = tuple(max((t.shape[axis] for t in tables), default=1) for axis in range(axes))
    found = np.zeros((len(tables), *shape), np.int64)
    for row, table in zip(found, tables):
        row[tuple(slice(0, n) for n in table.shape)] = table
    return found


def _decode(times: Any) -> np.ndarray:
    table = np.zeros((times.max_num_seqs + 1, KNOTS, 2), np.int64)
    used = len(times.knots)
    table[:, :used, 0], table[:, :used, 1] = _whole(times.decode_s), _whole(times.decode_slope_s)
    return table


def _work(fleet: Fleet) -> np.ndarray:
    """Of a single piece of work, and of a request at saturation [2, class, group], in whole picoseconds."""
    table = np.zeros((2, len(fleet.classes), len(fleet.groups)))
    for g, group in enumerate(fleet.groups):
        for row, work in enumerate((group.times.work_s, group.work_s)):
            if work is not None and len(work):
                table[row, :, g] = _whole(np.where(np.isfinite(work), work, 0.0))
    return table


def _kept(fleet: Fleet) -> np.ndarray:
    table = np.zeros((len(fleet.groups), _periods(fleet)), np.int64)
    for g, group in enumerate(fleet.groups):
        if isinstance(group.scaling, Workers):
            table[g] = group.scaling.kept
    return table


def _scaled(fleet: Fleet, places: Sequence[tuple[int, int, int]], replicas: np.ndarray) -> list[int]:
    """Replicas that come and go by themselves: who shares an instance, and which are up at time 0; the latter are given back."""
    up: list[int] = []
    there = [0] * len(fleet.groups)
    for i, (g, p, number) in enumerate(places):
        group = fleet.groups[g]
        if group.scaling is None:
            continue
        part = group.parts[p]
        first = i - number % part.replicas_per_instance
        replicas[i]["bill"], replicas[i]["phase"] = first, OFF
        if isinstance(group.scaling, Autoscaler) and there[g] < group.scaling.at(fleet.stages[0].period):
            there[g] += 1
            replicas[i]["phase"], replicas[i]["accepting"] = UP, 1
            replicas[first]["paid_replicas"] += 1
            up.append(i)
    return up


def _records(fleet: Fleet, places: Sequence[tuple[int, int, int]]) -> np.ndarray:
    found = np.zeros(len(fleet.groups), RECORD)
    found["knots"], found["head"], found["tail"] = NEVER, NOBODY, NOBODY
    for g, (row, group) in enumerate(zip(found, fleet.groups)):
        t = group.times
        own = [i for i, place in enumerate(places) if place[0] == g]
        row["first"], row["past"] = (own[0], own[-1] + 1) if own else (0, 0)
        row["limit_seqs"], row["limit_tokens"] = t.max_num_seqs, t.token_budget
        row["limit_context"] = NEVER if group.context is None else group.context
        row["whole"], row["window"], row["full_share"] = t.work_s is not None, t.window_tokens, t.full_kv_share
        row["cached_share"], row["pair_ps"] = group.cached, t.pair_s * PS_PER_S
        for name, values in (("knots", t.knots), ("seen", t.seen), ("seen_slope", t.seen_slope)):
            row[name][: len(values)] = values
        row["queued"] = group.queued
        row["middle"] = next((i for i in own if group.parts[places[i][1]].role == "decode"), row["past"])
        if group.transfer is not None:
            row["kv_ps"], row["latency_ps"] = group.transfer.s_per_token * PS_PER_S / KV_UNIT, ps(group.transfer.latency_s)
        _scaling(row, group, fleet)
    return found


def _scaling(row: np.ndarray, group: Group, fleet: Fleet) -> None:
    if group.scaling is None:
        return
    row["start_ps"] = ps(group.scaling.start_s)
    if isinstance(group.scaling, Workers):
        row["scaling"], row["idle_ps"] = WORKERS, ps(group.scaling.idle_s)
        return
    own = group.scaling
    row["scaling"], row["measure"], row["target"], row["least"], row["most"] = AUTOSCALED, MEASURES[own.measure], own.target, own.least, own.most
    row["memory"] = min(max(1, round(own.calm_s * PS_PER_S / LOOK_PS)), MOST_LOOKS)
    row["advice"] = own.at(fleet.stages[0].period)


def _reach(fleet: Fleet) -> np.ndarray:
    """Cumulative shares of the groups [routing and period, class, group]: the plan's own, then one block a reroute."""
    usual = [group.rate_per_s for group in fleet.groups]
    blocks = [_shares(fleet, usual, fleet.unserved)]
    blocks += [_shares(fleet, one.rate_per_s, one.unserved) for one in fleet.reroutes]
    return np.concatenate(blocks)


def _periods(fleet: Fleet) -> int:
    return max((len(part.replicas) for group in fleet.groups for part in group.parts), default=1)


def _shares(fleet: Fleet, rates: Sequence[Any], unserved: Sequence[Any]) -> np.ndarray:
    """A class that goes nowhere is routed as all together are; what is left unserved reaches no group."""
    periods, groups = _periods(fleet), len(fleet.groups)
    rate = np.array(rates, float).reshape(groups, len(fleet.classes), periods)
    rate = np.transpose(rate, (2, 1, 0)).copy()
    always = [g.queued or g.scaling is not None for g in fleet.groups]
    present = np.array([[here or sum(p.replicas[t] for p in g.parts) > 0 for g, here in zip(fleet.groups, always)] for t in range(periods)], bool)
    present = present.reshape(periods, groups)
    rate *= present[:, None, :]
    away = np.array(unserved, float).T[:, :, None] if len(unserved) else np.zeros((*rate.shape[:2], 1))
    speeds = np.array([g.speed for g in fleet.groups]) * present[:, None, :]
    for instead in (rate.sum(axis=1, keepdims=True), speeds):
        rate = np.where(rate.sum(axis=2, keepdims=True) + away > 0.0, rate, np.broadcast_to(instead, rate.shape))
    total = rate.sum(axis=2, keepdims=True) + away
    reach = np.cumsum(np.divide(rate, total, out=np.zeros_like(rate), where=total > 0.0), axis=2)
    return np.where(reach >= 1.0 - 1e-12, 2.0, reach)  # the last group takes what rounding leaves


def _routings(fleet: Fleet) -> list[tuple[int, int, int, int]]:
    """Events that set the routing: at every stage, and where a reroute begins or ends."""
    edges = {stage.start_s for stage in fleet.stages}
    edges |= {at for one in fleet.reroutes for at in (one.start_s, one.end_s) if at is not None}
    events = []
    for at in sorted(edges):
        period = max((s for s in fleet.stages if s.start_s <= at), key=lambda s: s.start_s, default=fleet.stages[0]).period
        active = [k + 1 for k, one in enumerate(fleet.reroutes) if one.start_s <= at and (one.end_s is None or at < one.end_s)]
        events.append((ps(at), 0, PERIOD, (active[-1] if active else 0) * _periods(fleet) + period))
    return events


def _schedule(fleet: Fleet, places: Sequence[tuple[int, int, int]], outages: Sequence[Outage], start_delay_s: float) -> np.ndarray:
    """Changes of period and of replicas in order of time; a replica that its period no longer has takes no new requests."""
    away: dict[int, list[tuple[float, float]]] = {}
    for one in outages:
        away.setdefault(one.replica, []).append((one.start_s, np.inf if one.end_s is None else one.end_s))
    events = _routings(fleet)
    for i, (g, p, number) in enumerate(places):
        if fleet.groups[g].scaling is not None:
            events += [event for start, end in away.get(i, []) for event in _lost(i, start, end)]
            continue
        counts = fleet.groups[g].parts[p].replicas
        wanted = [number < counts[stage.period] for stage in fleet.stages]
        begins = [0.0, *(stage.start_s + start_delay_s for stage in fleet.stages[1:])]
        ends = [stage.start_s for stage in fleet.stages]
        spans = _spans(wanted, begins, ends)
        for start, end in spans:
            for up, down, failed in _without(start, end, away.get(i, [])):
                events.append((ps(up), 2, OPEN, i))
                if down < np.inf:
                    events.append((ps(down), 1, FAIL if failed else CLOSE, i))
        events += [(ps(start), 1, FAIL, i) for start, _ in away.get(i, []) if not any(a <= start < b for a, b in spans)]
    events.sort()
    return np.array([(at, what, which) for at, _, what, which in events], np.int64).reshape(-1, 3)


def _lost(replica: int, start: float, end: float) -> list[tuple[int, int, int, int]]:
    """A replica that comes and goes by itself cannot be started for a while."""
    back = [(ps(end), 2, OPEN, replica)] if end < np.inf else []
    return [(ps(start), 1, FAIL, replica), *back]


def _spans(wanted: Sequence[bool], begins: Sequence[float], ends: Sequence[float]) -> list[tuple[float, float]]:
    """Stretches of time in which a replica is part of the plan."""
    found: list[tuple[float, float]] = []
    since: float | None = None
    for k, want in enumerate(wanted):
        if want and since is None:
            since = begins[k]
        elif not want and since is not None:
            if ends[k] > since:
                found.append((since, ends[k]))
            since = None
    return [*found, (since, np.inf)] if since is not None else found


def _without(start: float, end: float, away: Sequence[tuple[float, float]]) -> list[tuple[float, float, bool]]:
    """What outages leave of a stretch: (up, down, whether an outage ended it)."""
    found, at = [], start
    for down, back in sorted(away):
        if back <= at or down >= end:
            continue
        if down > at:
            found.append((at, down, True))
        at = max(at, back)
    return [*found, (at, end, False)] if at < end else found
