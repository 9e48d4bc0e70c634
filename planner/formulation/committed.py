"""Commitments held at stated units, and the programs of several scenarios as one that shares its commitments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.milp.model import Family, LinearModel

if TYPE_CHECKING:
    from planner.formulation.build import Built

#: What may be made least over scenarios: the weighted mean, the mean of the worst 5 %, or the most that is regretted.
AIMS = ("mean", "cvar95", "regret")
TAIL = 0.05


def with_units(built: Built, units: Mapping[str, float]) -> Built:
    """The program with the commitments named in ``units`` held at so many; those it does not name are decided.

    A name that is no column of the program holds nothing here: what it costs is for the caller to add.
    """
    wanted = {number: float(units[name]) for name, number in numbered(built).items() if name in units}
    if not wanted:
        return replace(built, committed=bool(units) or built.committed)
    model = _opened(built, wanted)
    columns = np.array([built.var.units[number] for number in wanted])
    return replace(built, model=model.fixed(columns, np.array(list(wanted.values()))), committed=True)


def numbered(built: Built) -> dict[str, int]:
    """Numbers of the commitments that the program decides, by name."""
    return {built.sets.options[number].name: number for number in sorted(built.var.units)}


@dataclass(frozen=True)
class Joined:
    """One program over all scenarios: their columns side by side, from ``first`` on, then those of the aim.

    names  commitments that every scenario can use; each is bought in the same number in all of them
    """

    model: LinearModel
    first: tuple[int, ...]
    names: tuple[str, ...]
    built: tuple[Built, ...]

    def units(self, values: np.ndarray) -> dict[str, float]:
        """Units of each shared commitment in a vector; whole numbers whole."""
        found = {}
        for name, number in numbered(self.built[0]).items():
            if name in self.names:
                column = self.built[0].var.units[number]
                value = float(values[self.first[0] + column])
                found[name] = float(round(value)) if self.built[0].model.integer[column] else max(value, 0.0)
        return found


def joined(built: Sequence[Built], weights: Sequence[float], *, aim: str = "mean", optima: Sequence[float] | None = None) -> Joined:
    r"""The two-stage program: commit now, adapt later.

    .. math:: \min \sum_s p_s\, cost_s(R, x_s) \quad\text{s.t. } (R, x_s) \text{ is a plan of scenario } s \text{ for every } s

    R     units of every commitment, the same in all scenarios; one that some scenario cannot use is not bought
    x_s   everything else, decided in each scenario
    p_s   weights, summing to 1

    aim ``regret``: least z with cost_s − optimum_s ≤ z; ``cvar95``: least η + Σ p_s w_s / 0.05 with w_s ≥ cost_s − η.
    """
    by_name = [numbered(one) for one in built]
    names = tuple(name for name in by_name[0] if all(name in known for known in by_name[1:]))
    most = {name: max(float(one.model.column_upper[one.var.units[known[name]]]) for one, known in zip(built, by_name)) for name in names}
    models = []
    for one, known in zip(built, by_name):
        model = _opened(one, {known[name]: most[name] for name in names})
        apart = [one.var.units[number] for name, number in known.items() if name not in names]
        models.append(model.fixed(np.array(apart, dtype=int), 0.0))
    first = tuple(int(n) for n in np.cumsum([0, *(model.column_count for model in models[:-1])]))
    model = _side_by_side(models, first, weights if aim == "mean" else None)
    model = _linked(model, built, by_name, names, first)
    if aim != "mean":
        model = _aimed(model, models, first, weights, aim, optima)
    return Joined(model, first, names, tuple(built))


def _opened(built: Built, most: Mapping[int, float]) -> LinearModel:
    """The model in which so many units are possible, also where the scenario alone would never want as many."""
    model = built.model
    upper, coefficient = model.column_upper.copy(), model.coefficient.copy()
    row_of = model.entry_row() if any(number in built.var.signed for number in most) else None
    for number, value in most.items():
        column = built.var.units[number]
        upper[column] = max(upper[column], value)
        if number in built.var.signed:
            # The row units ≤ most · signed: its ``most`` was that of this scenario.
            rows = set(row_of[model.column_index == column])
            here = (model.column_index == built.var.signed[number]) & np.isin(row_of, list(rows)) & (coefficient < 0)
            here &= model.row_upper[row_of] == 0.0
            coefficient[here] = np.minimum(coefficient[here], -upper[column])
    return replace(model, column_upper=upper, coefficient=coefficient)


def _side_by_side(models: Sequence[LinearModel], first: Sequence[int], weights: Sequence[float] | None) -> LinearModel:
    """Block-diagonal: no row meets two scenarios yet."""
    share = [0.0] * len(models) if weights is None else list(weights)
    entries = np.cumsum([0, *(model.entry_count for model in models)])

    def every(name: str) -> np.ndarray:
        return np.concatenate([getattr(model, name) for model in models])

    families = tuple(Family(f.name, f.start + at, f.stop + at) for model, at in zip(models, first) for f in model.column_family)
    return LinearModel(
        cost=np.concatenate([model.cost * p for model, p in zip(models, share)]),
        column_lower=every("column_lower"),
        column_upper=every("column_upper"),
        integer=every("integer"),
        row_start=np.concatenate([[0], *(model.row_start[1:] + at for model, at in zip(models, entries))]),
        column_index=np.concatenate([model.column_index + at for model, at in zip(models, first)]),
        coefficient=every("coefficient"),
        row_lower=every("row_lower"),
        row_upper=every("row_upper"),
        cost_offset=sum(model.cost_offset * p for model, p in zip(models, share)),
        column_family=families,
    )


def _linked(model: LinearModel, built: Sequence[Built], by_name: Sequence[dict[str, int]], names: Sequence[str], first: Sequence[int]) -> LinearModel:
    pairs = [
        (first[0] + built[0].var.units[by_name[0][name]], first[s] + built[s].var.units[by_name[s][name]])
        for s in range(1, len(built)) for name in names
    ]  # fmt: skip
    if not pairs:
        return model
    columns = np.array(pairs).ravel()
    return model.with_rows(
        "committed_alike", np.arange(0, columns.size + 1, 2), columns, np.tile([1.0, -1.0], len(pairs)), np.zeros(len(pairs)), np.zeros(len(pairs))
    )


def _aimed(model: LinearModel, models: Sequence[LinearModel], first: Sequence[int], weights: Sequence[float], aim: str, optima) -> LinearModel:
    """The model with the columns and rows of an aim other than the mean, in units of a thousandth of the largest optimum."""
    unit = max(1.0, max(abs(value) for value in optima)) / 1e3
    count = len(models)
    z = model.column_count
    model = model.with_columns("aim", 1, lower=-np.inf if aim == "cvar95" else 0.0)
    cost = np.concatenate([model.cost, np.zeros(count)]) if aim == "cvar95" else model.cost.copy()
    cost[z] = unit
    if aim == "cvar95":
        model = model.with_columns("over", count)
        cost[z + 1 :] = [unit * p / TAIL for p in weights]
    starts, columns, entries, upper = [0], [], [], []
    for s, one in enumerate(models):
        charged = np.flatnonzero(one.cost)
        extra = [z] if aim == "regret" else [z, z + 1 + s]
        columns += [charged + first[s], extra]
        entries += [one.cost[charged] / unit, [-1.0] * len(extra)]
        starts.append(starts[-1] + charged.size + len(extra))
        upper.append(((optima[s] if aim == "regret" else 0.0) - one.cost_offset) / unit)
    model = model.with_rows("aimed", np.array(starts), np.concatenate(columns), np.concatenate(entries), np.full(count, -np.inf), np.array(upper))
    return model.with_cost(cost)
