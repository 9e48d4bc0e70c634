"""What n replicas of a group cost at prices, over its slots: by replica, by instance opened, by distinct instance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.formulation.build import Built

# Up to so many replicas are spread over the slots of a group exactly; more are bounded by their cheapest unit cost.
SPREAD = 16


@dataclass(frozen=True)
class SlotCosts:
    """Costs of the firm or of the spot replicas of one service's groups; S slots at most, padded with infinite cost.

    slots      slot numbers, -1 where there are fewer [G, S]
    most       replicas that limits leave room for on each slot [G, S, T]
    replica    price of a replica, 0 or more, infinite where there is no room for one [G, S, T]
    opened     price of an instance opened, 0 or more [G, S, T]
    counted    price of an instance counted as distinct [G, S, T]
    per_whole  replicas that fill an instance [G, S]
    few        cost of up to SPREAD replicas spread at best [G, SPREAD + 1, T]
    taken      replicas on each slot where the ones before it hold the rest [S, G, SPREAD + 1, T]
    """

    slots: np.ndarray
    most: np.ndarray
    replica: np.ndarray
    opened: np.ndarray
    counted: np.ndarray
    per_whole: np.ndarray
    few: np.ndarray
    taken: np.ndarray

    @property
    def unit(self) -> np.ndarray:
        """Least that a replica costs, its part of the instance included [G, T]."""
        return (self.replica + self.opened / self.per_whole[:, :, None]).min(axis=1)

    @property
    def apart(self) -> np.ndarray:
        """Least that a distinct instance costs more [G, T]."""
        return self.counted.min(axis=1)

    @property
    def whole(self) -> np.ndarray:
        """Least that a replica on an instance counted as distinct costs in all [G, T]."""
        return (self.replica + self.opened / self.per_whole[:, :, None] + self.counted).min(axis=1)

    def least(self, group: np.ndarray, count: np.ndarray, periods: np.ndarray) -> np.ndarray:
        """Lower bounds on what ``count`` replicas of ``group`` cost [K, D]."""
        small = np.minimum(count, SPREAD)
        found = self.few[group[:, None], small[:, None], periods[None, :]]
        many = np.flatnonzero(count > SPREAD)
        if many.size:
            found[many] = self._many(group[many], count[many], periods)
        return found

    def _many(self, group: np.ndarray, count: np.ndarray, periods: np.ndarray) -> np.ndarray:
        """Cost of so many replicas on the slots of least unit cost that have room, parts of instances counted [K, D]."""
        each = (self.replica + self.opened / self.per_whole[:, :, None])[:, :, periods]
        order = np.argsort(each, axis=1, kind="stable")
        each, most = np.take_along_axis(each, order, axis=1)[group], np.take_along_axis(self.most[:, :, periods], order, axis=1)[group]
        before = np.cumsum(most, axis=1) - most
        taken = np.clip(count[:, None, None] - before, 0.0, most)
        cost = np.where(taken > 0, taken, 0.0) * np.where(taken > 0, each, 0.0)
        return np.where(taken.sum(axis=1) >= count[:, None] - 1e-9, cost.sum(axis=1), np.inf)

    def placed(self, g: int, count: int, distinct: int, t: int) -> tuple[dict[int, int], dict[int, int]]:
        """(replicas by slot, distinct instances by slot) of a cheap way to place ``count`` replicas."""
        where: dict[int, int] = {}
        known = np.flatnonzero(self.slots[g] >= 0)
        if distinct:
            each = self.replica[g, known, t] + self.opened[g, known, t] / self.per_whole[g, known] + self.counted[g, known, t]
            best = int(self.slots[g, known[each.argmin()]])
            rest, _ = self.placed(g, count - distinct, 0, t) if count > distinct else ({}, {})
            rest[best] = rest.get(best, 0) + distinct
            return rest, {best: distinct}
        if count > SPREAD:
            left = count
            while left and known.size:
                here = np.minimum(left, self.most[g, known, t])
                whole = np.ceil(here / self.per_whole[g, known] - 1e-9)
                with np.errstate(invalid="ignore", divide="ignore"):
                    cost = np.where(here > 0, self.replica[g, known, t] + whole * self.opened[g, known, t] / here, np.inf)
                best = int(cost.argmin())
                if here[best] > 0:
                    where[int(self.slots[g, known[best]])] = int(here[best])
                    left -= int(here[best])
                known = np.delete(known, best)
            return where, {}
        left = count
        for s in range(self.slots.shape[1] - 1, -1, -1):
            here = int(self.taken[s, g, left, t])
            if here:
                where[int(self.slots[g, s])] = here
                left -= here
        return where, {}


def slot_costs(slots, most, replica: np.ndarray, opened: np.ndarray, counted: np.ndarray, per_whole: np.ndarray) -> SlotCosts:
    """The costs of one service's firm or spot replicas, spread over slots at best, no more on each than it has room for."""
    groups, count, periods = replica.shape
    replica = np.where(most > 0, replica, np.inf)
    numbers = np.arange(SPREAD + 1)
    few = np.full((groups, SPREAD + 1, periods), np.inf)
    few[:, 0] = 0.0
    taken = np.zeros((count, groups, SPREAD + 1, periods), dtype=np.int8)
    with np.errstate(invalid="ignore"):
        for s in range(count):
            here = numbers[None, :, None] * replica[:, s, None, :] + np.ceil(numbers[None, :] / per_whole[:, s, None] - 1e-9)[
                :, :, None
            ] * opened[:, s, None, :]
            here = np.where(numbers[None, :, None] <= most[:, s, None, :], here, np.inf)
            before = few
            few = before.copy()
            for m in range(1, SPREAD + 1):
                candidate = before[:, : SPREAD + 1 - m] + here[:, m : m + 1]
                better = candidate < few[:, m:] * (1.0 - 1e-12)
                few[:, m:] = np.where(better, candidate, few[:, m:])
                taken[s, :, m:][better] = m
    return SlotCosts(slots, most, replica, opened, counted, per_whole, few, taken)


def filling(built: Built, slots: np.ndarray) -> np.ndarray:
    """Replicas that fill an instance, by group and slot [G, S]."""
    sets = built.sets
    each = [1.0 if q < 0 else sets.pools[sets.slots[q].pool].accelerators / sets.slots[q].accelerators for q in slots.ravel().tolist()]
    return np.array(each).reshape(slots.shape)


def room(built: Built, slots: np.ndarray) -> np.ndarray:
    """Replicas that each slot has room for, by group and slot, 0 where there is none [G, S, T]."""
    upper = built.model.column_upper
    nothing = np.zeros(built.sets.period_count)
    each = [nothing if q < 0 else upper[built.var.replicas[q]] for q in slots.ravel().tolist()]
    return np.array(each).reshape(*slots.shape, nothing.size)
