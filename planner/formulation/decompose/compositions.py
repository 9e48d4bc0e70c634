"""What the replicas of one group may be made of, firm and spot and by what can be lost at once, and what each covers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from planner.formulation.constraints.survives_loss import domains, outermost
from planner.formulation.decompose.blocks import ServiceBlocks

#: Kinds of slots in one group (firm, spot, by what is lost with them) up to which counts are combined.
MOST_KINDS = 3
#: Compositions of one service up to which counts go one by one.
MOST = 16_000
#: By what counts grow where one by one would be too many.
GROWTH = (1.02, 1.1, 1.25, 1.5, 2.0, 4.0)


@dataclass(frozen=True)
class Row:
    """A row that every routing implies: what the replicas left by a loss are worth under class values.

    values    of each class, so that the whole demand is worth 1 per request/s [B]
    spot      what a request on spot is worth less, where spot is capped
    lost      number of the loss, -1: none
    fraction  of the demand that is to be served then
    """

    values: np.ndarray
    spot: float = 0.0
    lost: int = -1
    fraction: float = 1.0

    def same(self, other: Row) -> bool:
        """Whether two rows ask for the same."""
        if self.lost != other.lost or abs(self.spot - other.spot) > 1e-9:
            return False
        return bool(np.allclose(self.values, other.values, rtol=1e-6, atol=1e-12))


@dataclass
class Compositions:
    """The compositions of all groups of a service, as flat arrays [K]; kinds of slots go along C.

    group      place of the group within the service
    low, high  replicas of each kind at least and at most: a range is offered as one [K, C]
    """

    blocks: ServiceBlocks
    group: np.ndarray
    low: np.ndarray
    high: np.ndarray
    kinds: list[list[tuple[int, ...]]]
    lost: np.ndarray
    rows: list[Row] = field(default_factory=list)
    _covers: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    @cached_property
    def slots(self) -> list[np.ndarray]:
        """Slots by kind: [G, S], padded with -1."""
        found = []
        for c in range(self.low.shape[1]):
            own = [kinds[c] if c < len(kinds) else () for kinds in self.kinds]
            width = max(1, max(map(len, own), default=1))
            found.append(np.array([list(s) + [-1] * (width - len(s)) for s in own]).reshape(len(own), width))
        return found

    @cached_property
    def firm(self) -> np.ndarray:
        """Whether a kind of a group is firm [G, C]."""
        every = self.blocks.built.sets.slots
        return np.array([[c < len(k) and every[k[c][0]].firm for c in range(self.low.shape[1])] for k in self.kinds])

    @cached_property
    def effective(self) -> np.ndarray:
        """Most that one replica of a kind counts for [G, C]."""
        every = self.blocks.built.sets.slots
        return np.array(
            [[max(every[q].effective for q in k[c]) if c < len(k) else 0.0 for c in range(self.low.shape[1])] for k in self.kinds]
        )

    @cached_property
    def plain(self) -> tuple[np.ndarray, np.ndarray]:
        """(φ(N)·E of firm and of spot replicas without any loss [2, K], effective replicas [2, K])."""
        return self.room(-1)

    def room(self, lost: int) -> tuple[np.ndarray, np.ndarray]:
        """(φ(N)·E that is left after a loss, of firm and of spot replicas, effective replicas left), both [2, K]."""
        left = self.high if lost < 0 else np.where(self.lost[lost][self.group], 0, self.high)
        count = left.sum(axis=1)
        firm = self.firm[self.group]
        each = left * self.effective[self.group]
        held = np.array([np.where(firm, each, 0.0).sum(axis=1), np.where(firm, 0.0, each).sum(axis=1)])
        share = np.zeros(count.size)
        for g, group in enumerate(self.blocks.groups):
            mine = self.group == g
            marks = group.candidate.levels
            at = np.searchsorted([n for n, _ in marks], count[mine], side="right") - 1
            share[mine] = np.where(at >= 0, np.array([s for _, s in marks])[np.maximum(at, 0)], 0.0)
        return share * held, held

    def add(self, row: Row) -> bool:
        """Adds a row; False where it is known."""
        if any(row.same(known) for known in self.rows):
            return False
        self.rows.append(row)
        self._covers.append(self._covered(row))
        return True

    def covers(self) -> tuple[np.ndarray, np.ndarray]:
        """(worth of each composition by row, in requests/s [R, K]; share of the demand it can be worth at most [R, K])."""
        return np.array([c for c, _ in self._covers]), np.array([s for _, s in self._covers])

    def _covered(self, row: Row) -> tuple[np.ndarray, np.ndarray]:
        blocks = self.blocks
        room, held = self.plain if row.lost < 0 else self.room(row.lost)
        known = np.isfinite(blocks.work)
        worth = np.zeros(self.group.size)
        for g in range(len(blocks.groups)):
            mine = self.group == g
            for side, value in enumerate((row.values, np.maximum(row.values - row.spot, 0.0))):
                worth[mine] += _most(value[known[g]], blocks.work[g][known[g]], blocks.cache[g][known[g]], room[side, mine], held[side, mine])
        most = np.where(known, row.values * blocks.share, 0.0).sum(axis=1)
        return worth / row.fraction, np.minimum(most[self.group], 1.0)

    def firm_requests(self, rate: np.ndarray) -> np.ndarray:
        """Most of the requests that firm replicas can serve, the lightest first, as a share [K, T]."""
        blocks = self.blocks
        room = self.plain[0][0]
        found = np.zeros((self.group.size, rate.size))
        for g in range(len(blocks.groups)):
            mine = np.flatnonzero(self.group == g)
            known = np.flatnonzero(np.isfinite(blocks.work[g]) & (blocks.share > 0))
            order = known[np.argsort(blocks.work[g][known], kind="stable")]
            spent = np.concatenate([[0.0], np.cumsum(blocks.work[g][order] * blocks.share[order])])
            served = np.concatenate([[0.0], np.cumsum(blocks.share[order])])
            with np.errstate(divide="ignore", invalid="ignore"):
                found[mine] = np.interp(np.nan_to_num(room[mine][:, None] / rate, posinf=np.inf), spent, served)
        return found


def compositions(blocks: ServiceBlocks) -> Compositions | None:
    """All compositions of a service's groups; None where slots are of too many kinds to combine their counts."""
    sets = blocks.built.sets
    service = sets.services[blocks.number]
    rule = service.availability.survives_loss if service.availability else None
    losses = outermost(domains(sets, blocks.number)) if rule is not None and rule.fraction > 0 else ()
    kinds: list[list[tuple[int, ...]]] = []
    for group in blocks.groups:
        by_kind: dict[tuple, list[int]] = {}
        for q in group.slots:
            slot = sets.slots[q]
            by_kind.setdefault((not slot.firm, *(q in loss.slots for loss in losses)), []).append(q)
        kinds.append([tuple(by_kind[key]) for key in sorted(by_kind)])
    width = max(map(len, kinds))
    if width > MOST_KINDS:
        return None
    enough = blocks.enough.max(axis=1, initial=0).astype(int)
    found = next((made for growth in GROWTH if len(made := _counted(kinds, enough, growth, width)) <= MOST), None)
    if found is None:
        return None
    table = np.array(found, dtype=np.int64).reshape(len(found), 1 + 2 * width)
    lost = np.array([[[c < len(k) and k[c][0] in loss.slots for c in range(width)] for k in kinds] for loss in losses])
    return Compositions(blocks, table[:, 0], table[:, 1 : 1 + width], table[:, 1 + width :], kinds, lost.reshape(len(losses), len(kinds), width))


def _counted(kinds, enough, growth: float, width: int) -> list[tuple[int, ...]]:
    rows: list[tuple[int, ...]] = []
    for g, own in enumerate(kinds):
        ranges = [(0, 0), *_ranges(int(enough[g]), growth)]
        partial: list[tuple[tuple[int, int], ...]] = [()]
        for _ in own:
            partial = [(*p, r) for p in partial for r in ranges if sum(low for low, _ in p) + r[0] <= enough[g]]
        for p in partial:
            if any(high for _, high in p):
                pad = (0,) * (width - len(own))
                rows.append((g, *(low for low, _ in p), *pad, *(high for _, high in p), *pad))
        if len(rows) > MOST:
            return rows
    return rows


def _ranges(top: int, growth: float) -> list[tuple[int, int]]:
    """Ranges of counts, one by one where ``growth`` leaves room for no more."""
    ranges: list[tuple[int, int]] = []
    low = 1
    while low <= top:
        high = max(low, min(top, int(low * growth)))
        ranges.append((low, high))
        low = high + 1
    return ranges


def _most(value: np.ndarray, work: np.ndarray, cache: np.ndarray, room: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Largest Σ v x with Σ w x <= room and Σ k x <= held, for many rooms at once [K]: a least over its dual's corners."""
    if not value.size or not value.any():
        return np.zeros(room.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        by_time, by_cache = float((value / work).max()), float(np.where(value > 0, value / cache, 0.0).max())
    corners = [(by_time, 0.0)]
    if cache.any():
        if np.isfinite(by_cache):
            corners.append((0.0, by_cache))
        for i in range(value.size):
            for j in range(i):
                det = work[i] * cache[j] - work[j] * cache[i]
                if abs(det) > 1e-14 * max(abs(work[i] * cache[j]), 1e-300):
                    a = (value[i] * cache[j] - value[j] * cache[i]) / det
                    b = (work[i] * value[j] - work[j] * value[i]) / det
                    if a >= 0 and b >= 0 and np.all(a * work + b * cache >= value * (1.0 - 1e-12)):
                        corners.append((a, b))
    # A corner that is a little too low would make a row that some plan breaks.
    return np.min([a * room + b * held for a, b in corners], axis=0) * (1.0 + 1e-9)
