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
    replica    price of a replica, 0 or more [G, S, T]
    opened     price of an instance opened, 0 or more [G, S, T]
    counted    price of an instance counted as distinct [G, S, T]
    per_whole  replicas that fill an instance [G, S]
    few        cost of up to SPREAD replicas spread at best [G, SPREAD + 1, T]
    taken      replicas on each slot where the ones before it hold the rest [S, G, SPREAD + 1, T]
    """

    slots: np.ndarray
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
            found[many] = count[many, None] * self.unit[:, periods][group[many]]
        return found

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
            whole = np.ceil(count / self.per_whole[g, known] - 1e-9)
            cost = count * self.replica[g, known, t] + whole * self.opened[g, known, t]
            return {int(self.slots[g, known[cost.argmin()]]): count}, {}
        left = count
        for s in range(self.slots.shape[1] - 1, -1, -1):
            here = int(self.taken[s, g, left, t])
            if here:
                where[int(self.slots[g, s])] = here
                left -= here
        return where, {}


def slot_costs(slots: np.ndarray, replica: np.ndarray, opened: np.ndarray, counted: np.ndarray, per_whole: np.ndarray) -> SlotCosts:
    """The costs of one service's firm or spot replicas, spread over slots at best."""
    groups, count, periods = replica.shape
    numbers = np.arange(SPREAD + 1)
    few = np.full((groups, SPREAD + 1, periods), np.inf)
    few[:, 0] = 0.0
    taken = np.zeros((count, groups, SPREAD + 1, periods), dtype=np.int8)
    with np.errstate(invalid="ignore"):
        for s in range(count):
            here = numbers[None, :, None] * replica[:, s, None, :] + np.ceil(numbers[None, :] / per_whole[:, s, None] - 1e-9)[
                :, :, None
            ] * opened[:, s, None, :]
            before = few
            few = before.copy()
            for m in range(1, SPREAD + 1):
                candidate = before[:, : SPREAD + 1 - m] + here[:, m : m + 1]
                better = candidate < few[:, m:] * (1.0 - 1e-12)
                few[:, m:] = np.where(better, candidate, few[:, m:])
                taken[s, :, m:][better] = m
    return SlotCosts(slots, replica, opened, counted, per_whole, few, taken)


def filling(built: Built, slots: np.ndarray) -> np.ndarray:
    """Replicas that fill an instance, by group and slot [G, S]."""
    sets = built.sets
    each = [1.0 if q < 0 else sets.pools[sets.slots[q].pool].accelerators / sets.slots[q].accelerators for q in slots.ravel().tolist()]
    return np.array(each).reshape(slots.shape)
