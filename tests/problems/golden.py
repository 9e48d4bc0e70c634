"""The agreed result of every problem file; rewrite them with ``python -m tests.problems.golden --write``.

A result is written only when a second solver agrees: the plan passed its check, and neither solver's cost lies below
the other's bound. For a problem without a plan both must find none.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from planner.catalog import load_catalog
from planner.plan.schema import Plan
from planner.problem.load import load_problem
from planner.solve import Infeasible, Options, Outcome, Solved, solve

FOLDER = Path(__file__).resolve().parents[2] / "problems"
GOLDEN = FOLDER / "golden.json"
SECOND_OPINION = "scip"
SECOND_OPINION_SECONDS = 300.0
ROUNDING = 1e-6  # relative, between two solvers' costs and bounds


def problem_files() -> list[Path]:
    """All problem files, in order."""
    return sorted(p for p in FOLDER.iterdir() if p.suffix in (".json", ".yaml") and p != GOLDEN)


def solved(file: Path, **options: Any) -> Outcome:
    """The answer of the product to a problem file."""
    return solve(load_problem(file).problem, load_catalog("2026-11"), Options(**options))


def result(outcome: Outcome) -> dict[str, Any]:
    """What is held: status, cost, instances per period, and what hosted options are paid where any answers."""
    if isinstance(outcome, Infeasible):
        limits = sorted(f"{c.constraint}: {c.where}" for c in outcome.conflicts)
        return {"status": "infeasible", "conflicts": limits}
    assert isinstance(outcome, Solved), outcome
    plan = outcome.plan
    hosted = {f"{s.name}: {h.name}": h.usd_per_month for s in plan.services for h in s.hosted}
    return {
        "status": plan.status,
        "total_usd_per_month": plan.cost["total_usd_per_month"],
        "instances": _instances(plan),
        "commitments": {c.name: c.units for c in plan.commitments},
        **({"hosted_usd_per_month": hosted} if hosted else {}),
    }


def _instances(plan: Plan) -> dict[str, list[int]]:
    found = {}
    for pool in plan.pools:
        for purchase, counts in (("firm", pool.running_firm), ("spot", pool.spot)):
            if any(counts):
                found[f"{pool.id} {purchase}"] = list(counts)
    return found


def agreed(file: Path) -> dict[str, Any]:
    """The result of a problem file, confirmed by a second solver; raises ValueError where it is not."""
    first = solved(file)
    second = solved(file, backend=SECOND_OPINION, time_limit_s=SECOND_OPINION_SECONDS)
    if isinstance(first, Infeasible) or isinstance(second, Infeasible):
        if type(first) is not type(second):
            raise ValueError(f"{file.name}: {type(first).__name__}, but {SECOND_OPINION} says {type(second).__name__}")
        return result(first)
    if not isinstance(first, Solved) or not isinstance(second, Solved):
        raise ValueError(f"{file.name}: no plan in time: {first if isinstance(second, Solved) else second}")
    ours, theirs = first.plan, second.plan
    if ours.status != "optimal" or not ours.certificate.passed:
        raise ValueError(f"{file.name}: {ours.status}, gap {ours.gap}")
    for a, b in ((ours, theirs), (theirs, ours)):
        if a.bound_usd_per_month > b.cost["total_usd_per_month"] * (1 + ROUNDING):
            raise ValueError(f"{file.name}: a bound of {a.solver.backend} is above the cost of {b.solver.backend}")
    return result(first)


def main() -> int:
    """Writes the file, or says what differs from it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="replace golden.json by what two solvers agree on")
    parser.add_argument("only", nargs="*", help="names of files; the results of all others stay as they are held")
    wanted = parser.parse_args()
    found = json.loads(GOLDEN.read_text(encoding="utf-8")) if wanted.only else {}
    for file in problem_files():
        if wanted.only and file.name not in wanted.only:
            continue
        found[file.name] = agreed(file)
        print(file.name, found[file.name].get("total_usd_per_month", "no plan"), file=sys.stderr, flush=True)
    found = {file.name: found[file.name] for file in problem_files()}
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    if wanted.write:
        GOLDEN.write_text(text, encoding="utf-8")
        return 0
    same = GOLDEN.exists() and GOLDEN.read_text(encoding="utf-8") == text
    print("as held" if same else "differs from golden.json", file=sys.stderr)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
