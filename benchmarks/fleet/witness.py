"""A plan of a whole fleet, made service by service under quotas and prices: the proof that limits can be met."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from benchmarks.fleet.options import Options
from benchmarks.fleet.slack import Slack

MOST_PIECES = 5
#: A part of the demand below this is nothing.
NOTHING = 1e-9


@dataclass(frozen=True)
class Asked:
    """One service: its options, and what its owners ask of any plan.

    least    distinct instances in every period with demand
    most     distinct configurations; None: any number
    active   1 in periods with demand, 0 in others             [T]
    """

    options: Options
    team: int
    least: int
    most: int | None
    active: np.ndarray

    @cached_property
    def replicas(self) -> np.ndarray:
        """Replicas that carry all of the demand, by option and period."""
        return self.options.replicas(self.active)

    @cached_property
    def size(self) -> float:
        """Cost of serving it by the cheapest option alone [USD/month]."""
        instances = np.ceil(self.replicas / self.options.per_instance[:, None])
        return float(_bills(self.options, slice(None), self.replicas, instances, self.active)[0].min())


@dataclass(frozen=True)
class Piece:
    """Replicas of one option, the instances rented for them, and the part of the service's demand that they carry [T].

    Replicas that the instances do not hold stand on room that others leave.
    """

    option: int
    replicas: np.ndarray
    instances: np.ndarray
    part: np.ndarray


@dataclass(frozen=True)
class Steering:
    """What choices weigh beside money: carbon [USD/kg] and, by team, a USD of its share [1]."""

    usd_per_kg: float
    team_weight: np.ndarray


@dataclass(frozen=True)
class Witness:
    """Pieces of each service, and what all of them use.

    running  accelerators by family and period    [F, T]
    cost     [USD/month]
    carbon   [kg/month]
    shares   by team                              [USD/month]
    """

    pieces: tuple[tuple[Piece, ...], ...]
    running: np.ndarray
    cost: float
    carbon: float
    shares: np.ndarray


def witness(fleet: tuple[Asked, ...], quota: np.ndarray, steering: Steering) -> Witness:
    """The plan in which each service in turn, the dearest first, takes what is cheapest within what quotas leave.

    quota  accelerators by family, infinite where there is none  [F]

    Where quotas leave a service too little, it takes more all the same: the caller sees a use over the quota and must
    grant it.
    """
    running = np.zeros((len(quota), len(fleet[0].active)))
    slack = Slack()
    chosen: dict[int, tuple[Piece, ...]] = {}
    for n in sorted(range(len(fleet)), key=lambda n: (-fleet[n].size, n)):
        chosen[n] = _Choice(fleet[n], quota[:, None] - running, slack, steering).pieces()
        for piece in chosen[n]:
            _settle(fleet[n], piece, running, slack)
    cost, carbon, share = np.array([_totals(asked, chosen[n]) for n, asked in enumerate(fleet)]).T
    shares = np.bincount([asked.team for asked in fleet], share, minlength=len(steering.team_weight))
    return Witness(tuple(chosen[n] for n in range(len(fleet))), running, float(cost.sum()), float(carbon.sum()), shares)


def _settle(asked: Asked, piece: Piece, running: np.ndarray, slack: Slack) -> None:
    """Counts what a piece rents, and the room that it takes and leaves."""
    options, index = asked.options, piece.option
    side, size = options.side(index), int(options.size[index])
    rented = piece.instances * options.accelerators[index]
    running[options.family[index]] += rented
    own = np.minimum(piece.replicas, piece.instances * options.per_instance[index])
    slack.take(side, size, piece.replicas - own)
    slack.leave(side, size, rented - own * size)


class _Choice:
    """One service's choice.

    free     instances that quotas leave, by option and period
    hosted   replicas that find room on instances that run anyway, by option and period
    """

    def __init__(self, asked: Asked, room: np.ndarray, slack: Slack, steering: Steering) -> None:
        self.asked, self.options, self.steering = asked, asked.options, steering
        self.free = np.floor(np.maximum(room[self.options.family], 0.0) / self.options.accelerators[:, None])
        periods = len(asked.active)
        self.hosted = np.array(
            [slack.replicas(self.options.side(i), int(size), periods) for i, size in enumerate(self.options.size)]
        )

    def pieces(self) -> tuple[Piece, ...]:
        """The cheapest found: one option for everything, or an efficient one and others for what it leaves."""
        one = self._whole(self.asked.active, self.free, self.asked.least)
        apart = {self.asked.least, min(self.asked.least, 1)}
        tried = [plan for plan in (one and (one,), *(self._several(first) for first in sorted(apart))) if plan]
        if tried:
            return min(tried, key=self._score)
        # Quotas leave too little: what exceeds them least is taken all the same.
        count = self._wanted(self.asked.active, self.asked.least)
        instances = self._rented(count, self.asked.least)
        excess = ((instances - self.free) * self.options.accelerators[:, None]).max(axis=1)
        return (_piece(int(np.argmin(excess)), count, instances, np.broadcast_to(self.asked.active, count.shape)),)

    def _several(self, first: int) -> tuple[Piece, ...] | None:
        """First what carries a part of the demand for the least money, then the rest whole, or in parts again.

        first   distinct instances of the first piece; the other pieces bring what is missing to those asked for
        """
        options, free, left, pieces = self.options, self.free.copy(), self.asked.active, []
        missing = self.asked.least * self.asked.active
        while left.max() > NOTHING or missing.max() > 0.0:
            if len(pieces) == MOST_PIECES:
                return None
            least = int(missing.max()) if pieces or first > 1 else first
            room = np.where(self._still_open(pieces)[:, None], free, -1.0)
            piece = self._whole(left, room, least) if pieces else None
            piece = piece or self._efficient(left, room, least)
            if piece is None:
                return None
            pieces.append(piece)
            left = np.where(left - piece.part > NOTHING, left - piece.part, 0.0)
            missing = np.maximum(missing - piece.instances, 0.0) if self.asked.least > 1 else np.zeros_like(missing)
            same = options.family == options.family[piece.option]
            used = piece.instances * options.accelerators[piece.option] / options.accelerators[same, None]
            free[same] = np.maximum(np.floor(free[same] - used), 0.0)
        return tuple(pieces)

    def _whole(self, left: np.ndarray, free: np.ndarray, least: int) -> Piece | None:
        """The cheapest option that carries all of ``left``."""
        count = self._wanted(left, least)
        instances = self._rented(count, least)
        fits = (instances <= free).all(axis=1)
        if not fits.any():
            return None
        part = np.broadcast_to(left, count.shape)
        score = np.where(fits, self._scores(count, instances, part), np.inf)
        return _piece(int(np.argmin(score)), count, instances, part)

    def _efficient(self, left: np.ndarray, free: np.ndarray, least: int) -> Piece | None:
        """The option that carries a part of ``left`` for the least money; its last replica is left out if that is cheaper."""
        floor = least * self.asked.active
        wanted = self._wanted(left, least)
        hosted = 0.0 if self.asked.least > 1 else self.hosted
        count = np.minimum(wanted, np.maximum(free, 0.0) * self.options.per_instance[:, None] + hosted)
        count = np.where(np.isfinite(count), count, 0.0)
        fewer = np.where((count > floor) & (count > 1) & (count == wanted), count - 1, count)
        found, least_each = None, np.inf
        for tried in (count, fewer):
            instances = self._rented(tried, least)
            part = np.minimum(self.options.carried(tried), left)
            useful = (part.sum(axis=1) > NOTHING) & ((instances <= free) & (tried >= floor)).all(axis=1)
            each = self._scores(tried, instances, part) / np.maximum(part.sum(axis=1), NOTHING)
            best = int(np.argmin(np.where(useful, each, np.inf)))
            if useful[best] and each[best] < least_each:
                found, least_each = _piece(best, tried, instances, part), each[best]
        return found

    def _wanted(self, left: np.ndarray, least: int) -> np.ndarray:
        """Replicas that carry ``left``, one at least on each of ``least`` instances."""
        count = self.asked.replicas if left is self.asked.active else self.options.replicas(left)
        return np.maximum(count, least * self.asked.active)

    def _rented(self, count: np.ndarray, least: int) -> np.ndarray:
        """Instances rented for them; distinct instances are all a service's own."""
        if self.asked.least > 1:
            return np.maximum(np.ceil(count / self.options.per_instance[:, None]), least * self.asked.active)
        return np.ceil(np.maximum(count - self.hosted, 0.0) / self.options.per_instance[:, None])

    def _still_open(self, pieces: list[Piece]) -> np.ndarray:
        """Options in pools that no piece is in, and that keep the service within its number of configurations."""
        options = self.options
        used = [p.option for p in pieces]
        free = ~np.isin(options.pool, options.pool[used])
        taken = np.unique(options.configuration[used])
        limited = self.asked.most is not None and len(taken) >= self.asked.most
        return free & np.isin(options.configuration, taken) if limited else free

    def _scores(self, count, instances, part) -> np.ndarray:
        return self._weighed(_bills(self.options, slice(None), count, instances, part))

    def _score(self, pieces: tuple[Piece, ...]) -> float:
        return float(self._weighed(_totals(self.asked, pieces)))

    def _weighed(self, bills):
        cost, carbon, share = bills
        return cost + self.steering.usd_per_kg * carbon + self.steering.team_weight[self.asked.team] * share


def _piece(option: int, count: np.ndarray, instances: np.ndarray, part: np.ndarray) -> Piece:
    return Piece(option, count[option], instances[option], part[option])


def _bills(options: Options, which, count, instances, part) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(cost, carbon, share) a month of so many replicas, of the instances rented, and of a part of the demand."""
    cost = (options.rent[which] * instances).sum(axis=-1) - options.saved[which] * instances.min(axis=-1)
    carbon = (options.idle_kg[which] * instances + options.busy_kg[which] * part).sum(axis=-1)
    return cost, carbon, (options.share[which] * count).sum(axis=-1)


def _totals(asked: Asked, pieces: tuple[Piece, ...]) -> np.ndarray:
    """(cost, carbon, share) of one service."""
    return sum(np.array(_bills(asked.options, p.option, p.replicas, p.instances, p.part)) for p in pieces)
