"""``planner commit``: how much to commit to, over demand scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.bench import bench_of, bench_options, code_of, put
from planner.cli.parameters import FILE
from planner.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from planner.cli.interrupts import Interrupts

DEMAND = "demand=0.6:1.4:0.2"


@click.command("commit", epilog="Example: planner commit problems/15-savings-plan.json --over demand=0.7:1.3:0.3")
@click.argument("problem", type=FILE)
@click.option("--over", multiple=True, metavar="PATH=FROM:TO:STEP", help=f"Scenarios, all weighing the same, as for sweep. Without it {DEMAND}.")
@click.option("--scenarios", type=FILE, metavar="FILE", help='A list of {"name", "set": {PATH: VALUE}, "weight"}, JSON or YAML.')
@bench_options
@click.pass_obj
def command(interrupts: Interrupts, problem: str, over: tuple[str, ...], scenarios: str | None, **asked: Any) -> int:
    """Recommend a level of reservations and spend commitments for PROBLEM that suits several demand scenarios.

    Commitments are the same in every scenario, everything else adapts: one program decides them. Beside the recommended
    level stand none and what the lowest, the present and the highest demand alone would choose, each priced in every
    scenario by a checked plan; then from which use on each commitment pays, and reservations beside spend.
    """
    if over and scenarios is not None:
        raise UsageError("either --over or --scenarios says which scenarios there are", where="planner commit", hint=f"--over {DEMAND}")
    chosen = scenarios_of(over or (DEMAND,), scenarios)
    with bench_of(problem, asked, interrupts) as bench:
        from planner.analysis.commit import commit

        found = commit(bench, chosen)
    from planner.report.commit import commit_content, commit_view

    if found.stuck is not None:
        code = code_of(found.stuck[1])
    else:
        code = code_of(found.base)
        if code is ExitCode.DONE and not _proven(found, asked["gap"]):
            code = ExitCode.STOPPED_WITH_PLAN
    return put(code, lambda: commit_content(found), lambda width: commit_view(found, width), as_json=asked["as_json"])


def scenarios_of(over: tuple[str, ...], file: str | None) -> Any:
    """The scenarios of a file, or of a grid."""
    from planner.analysis.scenarios import grid, listed

    if file is not None:
        from planner.documents import read

        return listed(read(file))
    return grid(over)


def _proven(found: Any, gap: float) -> bool:
    """Whether the recommended level's mean is within the gap of what no level beats, each of both within it."""
    level = next(one for one in found.levels if "recommended" in one.name.split(" = "))
    return level.expected is not None and found.bound is not None and level.expected - found.bound <= 2.0 * max(gap, 1e-9) * abs(level.expected)
