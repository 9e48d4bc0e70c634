"""The solver packages live in one process in any order, and nobody pays for one that is not used."""

import itertools
import subprocess
import sys

import pytest

SOLVES = {
    "highspy": """
import highspy
h = highspy.Highs()
h.setOptionValue("output_flag", False)
x = h.addVariable(0, 5, 1.0)
h.addConstr(x >= 2)
h.run()
assert abs(h.getInfo().objective_function_value - 2) < 1e-9
""",
    "ortools": """
from ortools.math_opt.python import mathopt
for solver in (mathopt.SolverType.HIGHS, mathopt.SolverType.GSCIP, mathopt.SolverType.GLOP):
    m = mathopt.Model()
    y = m.add_variable(lb=0, ub=5)
    m.add_linear_constraint(y >= 2)
    m.minimize(y)
    assert abs(mathopt.solve(m, solver).objective_value() - 2) < 1e-9
""",
    "pulp": """
import pulp
p = pulp.LpProblem("p", pulp.LpMinimize)
z = p.add_variable("z", lowBound=0, upBound=5)
p += z
p += z >= 2
p.solve(pulp.PULP_CBC_CMD(msg=False) if hasattr(pulp, "PULP_CBC_CMD") else pulp.COIN_CMD(msg=False))
assert abs(z.varValue - 2) < 1e-9
""",
}


@pytest.mark.parametrize("pair", list(itertools.permutations(sorted(SOLVES), 2)), ids="-then-".join)
def test_two_solver_packages_work_in_one_process(pair):
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "".join(SOLVES[name] for name in (*pair, pair[0]))],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr


def test_importing_the_backends_imports_no_solver():
    code = (
        "import sys, planner.backends, planner.milp; planner.backends.available();"
        "print([m for m in ('pulp', 'ortools', 'highspy', 'scipy', 'pandas') if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ended.stdout.strip() == "[]", ended.stderr


def test_the_pinned_versions_carry_the_same_highs():
    from importlib.metadata import version

    assert version("highspy") == "1.12.0"
    assert version("ortools").startswith("9.15.")
