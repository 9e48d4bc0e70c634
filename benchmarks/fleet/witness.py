"""A plan of a whole fleet, made service by service under quotas and prices: the proof that limits can be met."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.fleet.options import Options

#: Times that every service chooses, from the second time on knowing what all others chose.
ROUNDS = 2
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


@dataclass(frozen=True)
class Piece:
    """Replicas of one option, instances of their own, and the part of the service's demand that they carry [T]."""

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
    unlimited = np.full_like(running, np.inf)
    alone = [_score(asked, _pieces(asked, unlimited, steering), steering) for asked in fleet]
    chosen: dict[int, tuple[Piece, ...]] = {}
    for _ in range(ROUNDS):
        for n in sorted(range(len(fleet)), key=lambda n: (-alone[n], n)):
            for piece in chosen.get(n, ()):
                running[fleet[n].options.family[piece.option]] -= _accelerators(fleet[n], piece)
            chosen[n] = _pieces(fleet[n], quota[:, None] - running, steering)
            for piece in chosen[n]:
                running[fleet[n].options.family[piece.option]] += _accelerators(fleet[n], piece)
    cost, carbon, share = np.array([_totals(asked, chosen[n]) for n, asked in enumerate(fleet)]).T
    shares = np.bincount([asked.team for asked in fleet], share, minlength=len(steering.team_weight))
    return Witness(tuple(chosen[n] for n in range(len(fleet))), running, float(cost.sum()), float(carbon.sum()), shares)


def _pieces(asked: Asked, room: np.ndarray, steering: Steering) -> tuple[Piece, ...]:
    """The cheapest found: one option for everything, or an efficient one and others for what it leaves."""
    free = np.floor(np.maximum(room[asked.options.family], 0.0) / asked.options.accelerators[:, None])
    one = _whole(asked, asked.active, free, steering, asked.least)
    tried = [plan for plan in (one and (one,), _several(asked, free, steering)) if plan]
    if tried:
        return min(tried, key=lambda plan: _score(asked, plan, steering))
    # Quotas leave too little: what exceeds them least is taken all the same.
    count, instances = _needed(asked, asked.active, asked.least)
    excess = ((instances - free) * asked.options.accelerators[:, None]).max(axis=1)
    return (_piece(int(np.argmin(excess)), count, instances, np.broadcast_to(asked.active, count.shape)),)


def _several(asked: Asked, free: np.ndarray, steering: Steering) -> tuple[Piece, ...] | None:
    """First what carries a part of the demand for the least money, then the rest whole, or in parts again."""
    options = asked.options
    free, left, pieces = free.copy(), asked.active, []
    while left.max() > NOTHING:
        if len(pieces) == MOST_PIECES:
            return None
        open_to = _still_open(asked, pieces)
        room = np.where(open_to[:, None], free, 0.0)
        piece = _whole(asked, left, room, steering, 0) if pieces else None
        piece = piece or _efficient(asked, left, room, steering, 0 if pieces else asked.least)
        if piece is None:
            return None
        pieces.append(piece)
        left = np.where(left - piece.part > NOTHING, left - piece.part, 0.0)
        same = options.family == options.family[piece.option]
        used = _accelerators(asked, piece) / options.accelerators[same, None]
        free[same] = np.maximum(np.floor(free[same] - used), 0.0)
    return tuple(pieces)


def _whole(asked: Asked, left: np.ndarray, free: np.ndarray, steering: Steering, least: int) -> Piece | None:
    """The cheapest option that carries all of ``left``."""
    count, instances = _needed(asked, left, least)
    fits = (instances <= free).all(axis=1)
    if not fits.any():
        return None
    part = np.broadcast_to(left, count.shape)
    score = np.where(fits, _scores(asked, slice(None), count, instances, part, steering), np.inf)
    return _piece(int(np.argmin(score)), count, instances, part)


def _efficient(asked: Asked, left: np.ndarray, free: np.ndarray, steering: Steering, least: int) -> Piece | None:
    """The option that carries a part of ``left`` for the least money; its last replica is left out if that is cheaper."""
    options, floor = asked.options, least * asked.active
    wanted, _ = _needed(asked, left, least)
    count = np.minimum(wanted, free * options.per_instance[:, None])
    count = np.where(np.isfinite(count), count, 0.0)
    fewer = np.where((count > floor) & (count > 1) & (count == wanted), count - 1, count)
    found, least_each = None, np.inf
    for tried in (count, fewer):
        instances = np.maximum(np.ceil(tried / options.per_instance[:, None]), floor)
        part = np.minimum(options.carried(tried), left)
        useful = (part.sum(axis=1) > NOTHING) & ((instances <= free) & (tried >= floor)).all(axis=1)
        score = _scores(asked, slice(None), tried, instances, part, steering)
        each = np.where(useful, score / np.maximum(part.sum(axis=1), NOTHING), np.inf)
        best = int(np.argmin(each))
        if each[best] < least_each:
            found, least_each = _piece(best, tried, instances, part), each[best]
    return found


def _needed(asked: Asked, left: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
    """(replicas, instances of their own) that carry ``left``, by option and period."""
    count = np.maximum(asked.options.replicas(left), least * asked.active)
    return count, np.maximum(np.ceil(count / asked.options.per_instance[:, None]), least * asked.active)


def _still_open(asked: Asked, pieces: list[Piece]) -> np.ndarray:
    """Options that no piece has, and that keep the service within its number of configurations."""
    options = asked.options
    used = sorted(p.option for p in pieces)
    free = ~np.isin(np.arange(len(options.pool)), used)
    taken = np.unique(options.configuration[used])
    return free & np.isin(options.configuration, taken) if asked.most is not None and len(taken) >= asked.most else free


def _piece(option: int, count: np.ndarray, instances: np.ndarray, part: np.ndarray) -> Piece:
    return Piece(option, count[option], instances[option], part[option])


def _scores(asked: Asked, which, count, instances, part, steering: Steering) -> np.ndarray:
    cost, carbon, share = _bills(asked.options, which, count, instances, part)
    return cost + steering.usd_per_kg * carbon + steering.team_weight[asked.team] * share


def _bills(options: Options, which, count, instances, part) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(cost, carbon, share) a month of so many replicas on so many instances that carry a part of the demand."""
    cost = (options.rent[which] * instances).sum(axis=-1) - options.saved[which] * instances.min(axis=-1)
    carbon = (options.idle_kg[which] * instances + options.busy_kg[which] * part).sum(axis=-1)
    return cost, carbon, (options.share[which] * count).sum(axis=-1)


def _totals(asked: Asked, pieces: tuple[Piece, ...]) -> np.ndarray:
    """(cost, carbon, share) of one service."""
    return sum(np.array(_bills(asked.options, p.option, p.replicas, p.instances, p.part)) for p in pieces)


def _score(asked: Asked, pieces: tuple[Piece, ...], steering: Steering) -> float:
    cost, carbon, share = _totals(asked, pieces)
    return float(cost + steering.usd_per_kg * carbon + steering.team_weight[asked.team] * share)


def _accelerators(asked: Asked, piece: Piece) -> np.ndarray:
    return piece.instances * asked.options.accelerators[piece.option]
