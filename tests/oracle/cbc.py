"""CBC asked for the least value of an objective, and asked twice, since it errs."""

from __future__ import annotations

import pulp

from tests.oracle.program import Program, total


class OracleGaveUp(Exception):
    """CBC neither proved an optimum nor infeasibility in its time."""


def least(m: Program, objective, time_limit_s: float, parts: dict | None = None) -> tuple[float, dict] | None:
    """The least value of the objective, with its parts; None: infeasible.

    CBC errs on one program in a thousand, calling it infeasible or stopping short of the optimum, and not on the same
    ones with its preparations as without. What it finds is always feasible: so the lesser of two answers counts.
    """
    # Where there is nothing to choose, or nothing to choose by, CBC is given something all the same.
    m.p.setObjective(objective if m.p.numConstraints() and len(objective) else total([objective, 0 * m.real(0)]))
    found = []
    for options in ([], ["preprocess off", "presolve off"]):
        m.p.solve(pulp.PULP_CBC_CMD(msg=False, gapRel=0.0, gapAbs=1e-9, timeLimit=time_limit_s, options=options))
        if m.p.sol_status == pulp.LpSolutionOptimal:
            values = {name: pulp.value(total([part])) for name, part in (parts or {}).items()}
            found.append((pulp.value(objective) if len(objective) else objective.constant, values))
        elif m.p.status != pulp.LpStatusInfeasible:
            raise OracleGaveUp(pulp.LpStatus[m.p.status])
    return min(found, key=lambda f: f[0], default=None)
