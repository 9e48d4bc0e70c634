"""How a plan differs from what runs today, and what that costs, in plain arithmetic."""

from __future__ import annotations

from typing import NamedTuple

from planner.economics.existing import Deployed, deployed, double_running_usd, today, work_usd
from planner.verify.case import Case


class Move(NamedTuple):
    """One deployment that is not as it was: replicas by period."""

    deployment: Deployed
    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def started(self) -> int:
        """Replicas brought up above today's."""
        return max(0, *(after - before for before, after in zip(self.before, self.after)))


def moves(case: Case) -> list[Move]:
    """Deployments started, stopped or resized, by name; none where nothing is stated of today."""
    if case.problem.existing is None:
        return []
    none = (0,) * len(case.periods)
    before = today(case.problem, len(case.periods))
    after = {deployed(p.deployment, p.service.name): tuple(p.deployment.replicas) for p in case.placed}
    found = [Move(name, before.get(name, none), after.get(name, none)) for name in sorted(before.keys() | after.keys())]
    return [move for move in found if move.before != move.after]


def standing(case: Case) -> dict[Deployed, tuple[int, ...]]:
    """Replicas of today by deployment and period."""
    return today(case.problem, len(case.periods))


def migration_usd(case: Case) -> float:
    """People's work for every change, and the hours in which what starts runs beside what serves [USD]."""
    return sum(move_usd(case, move) for move in moves(case))


def move_usd(case: Case, move: Move) -> float:
    """What one change costs once [USD]."""
    name, work = move.deployment, work_usd(case.problem)
    if not move.started:
        return work
    price = case.pools[name.pool].share_usd_per_hour(firm=name.purchase == "firm")
    return work + move.started * double_running_usd(case.problem, name.tp * name.pp, price, case.hours)
