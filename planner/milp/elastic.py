"""A copy of a program in which named limits may be broken at a price: what would have to give?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.errors import PlannerError
from planner.milp.model import Family, LinearModel


@dataclass(frozen=True, eq=False)
class Elastic:
    """An elastic model and where its slack columns are.

    model     the program with slack columns after the original ones
    row       the original row of each slack
    column    the column of each slack
    sign      +1 lifts the row's lower bound from below, -1 eases its upper bound
    """

    model: LinearModel
    row: np.ndarray
    column: np.ndarray
    sign: np.ndarray

    def slack(self, values: np.ndarray) -> dict[int, float]:
        """How far each relaxed row is broken in ``values``, in the row's own unit; only rows that are."""
        broken: dict[int, float] = {}
        for row, column in zip(self.row.tolist(), self.column.tolist(), strict=True):
            if values[column] > 0.0:
                broken[row] = broken.get(row, 0.0) + float(values[column])
        return broken


def elastic(
    model: LinearModel,
    penalty: Mapping[str, float],
    *,
    rows: np.ndarray | None = None,
    keep_cost: bool = False,
) -> Elastic:
    """``model`` with a slack on each finite side of the rows of the families named in ``penalty``.

    penalty    USD (or any objective unit) per unit of slack, by row family; a name that made no row is an error
    rows       relax only these of the families' rows; None relaxes all
    keep_cost  False minimises the weighted slack alone; True adds it to the model's cost
    """
    row, side_penalty, sign = [], [], []
    for name in sorted(penalty):
        members = model.rows_of(name)
        if members.size == 0:
            raise PlannerError("there are no such rows to relax", where=f"constraint {name}")
        if rows is not None:
            members = members[np.isin(members, rows)]
        for bound, direction in ((model.row_lower, 1.0), (model.row_upper, -1.0)):
            limited = members[np.isfinite(bound[members])]
            row.append(limited)
            side_penalty.append(np.full(limited.size, float(penalty[name])))
            sign.append(np.full(limited.size, direction))
    slack_row = np.concatenate(row) if row else np.empty(0, dtype=np.int64)
    slack_sign = np.concatenate(sign) if sign else np.empty(0)
    slack_cost = np.concatenate(side_penalty) if side_penalty else np.empty(0)
    order = np.lexsort((-slack_sign, slack_row))
    slack_row, slack_sign, slack_cost = slack_row[order], slack_sign[order], slack_cost[order]
    slack_column = model.column_count + np.arange(slack_row.size)
    relaxed = _extended(model, slack_row, slack_column, slack_sign, slack_cost, keep_cost)
    return Elastic(relaxed, slack_row, slack_column, slack_sign)


def _extended(
    model: LinearModel, row: np.ndarray, column: np.ndarray, sign: np.ndarray, cost: np.ndarray, keep_cost: bool
) -> LinearModel:
    extra = row.size
    # Inserting before a row's end keeps row-major order, because slack columns are numbered last.
    place = model.row_start[row + 1]
    row_start = model.row_start.copy()
    row_start[1:] += np.cumsum(np.bincount(row, minlength=model.row_count))

    def labels() -> list[str]:
        names = model.row_names()
        side = {1.0: "below", -1.0: "above"}
        own = [f"slack[{names[r]}|{side[s]}]" for r, s in zip(row.tolist(), sign.tolist(), strict=True)]
        return [*model.column_names(), *own]

    return LinearModel(
        cost=np.concatenate([model.cost if keep_cost else np.zeros(model.column_count), cost]),
        column_lower=np.concatenate([model.column_lower, np.zeros(extra)]),
        column_upper=np.concatenate([model.column_upper, np.full(extra, np.inf)]),
        integer=np.concatenate([model.integer, np.zeros(extra, dtype=bool)]),
        row_start=row_start,
        column_index=np.insert(model.column_index, place, column),
        coefficient=np.insert(model.coefficient, place, sign),
        row_lower=model.row_lower,
        row_upper=model.row_upper,
        cost_offset=model.cost_offset if keep_cost else 0.0,
        column_family=(*model.column_family, Family("slack", model.column_count, model.column_count + extra)),
        row_family=model.row_family,
        column_labels=labels,
        row_labels=model.row_labels,
    )
