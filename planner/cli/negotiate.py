"""``planner negotiate``: which limits conflict, and what must give to get a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.bench import bench_of, bench_options, put
from planner.cli.parameters import FILE, USD
from planner.errors import ExitCode

if TYPE_CHECKING:
    from planner.cli.interrupts import Interrupts


@click.command("negotiate", epilog="Example: planner negotiate problems/17-no-plan.json --keep residency")
@click.argument("problem", type=FILE)
@click.option("--budget", type=USD, help="A budget in USD a month that must be met; it never gives way.")
@click.option("--keep", multiple=True, metavar="NAME", help="A kind of limit (slo, residency, …) or a path that may not give way; may be repeated.")
@click.option("--weights", type=FILE, metavar="FILE", help='How much giving way hurts, {"slo": 5, PATH: 10}, by kind or path.')
@bench_options
@click.pass_obj
def command(interrupts: Interrupts, problem: str, budget: float | None, keep: tuple[str, ...], weights: str | None, **asked: Any) -> int:
    """Name the smallest sets of limits of PROBLEM that cannot all hold, and the cheapest ways out.

    A default that nobody stated, without which a set could hold, stands after "while": it is a way out too.
    A bundle is a set of concessions with a checked plan: of the fewest changes, of least pain, without touching service
    levels, by commitments or by procurement alone; the least pain stands first. Nobody is asked for more than a plan needs,
    and physics never gives way. Then every limit alone, those that suffice by the smallest change first: the least that it
    would have to give with the plan that this buys, or that giving it up is not enough.
    Exit code 0: bundles are shown, or nothing must give. 4: no bundle exists. 6: not known.
    """
    with bench_of(problem, asked, interrupts) as bench:
        from planner.analysis.negotiate import negotiate

        found = negotiate(bench, budget=budget, keep=keep, weights=_read(weights))
    from planner.report.negotiation import negotiation_content, negotiation_view
    from planner.solve import Unknown

    if hasattr(found.asked, "plan") or found.bundles:
        code = ExitCode.DONE
    else:
        code = ExitCode.STOPPED_WITHOUT if isinstance(found.asked, Unknown) or not found.exhausted else ExitCode.INFEASIBLE
    return put(code, lambda: negotiation_content(found), lambda width: negotiation_view(found, width), as_json=asked["as_json"])


def _read(path: str | None) -> dict[str, float]:
    if path is None:
        return {}
    from planner.documents import read
    from planner.errors import Fault, InvalidInput

    document = read(path)
    data = document.data if isinstance(document.data, dict) else {}
    wrong = [key for key, value in data.items() if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0]
    if wrong or not isinstance(document.data, dict):
        raise InvalidInput(path, [document.fault((key,), "not_a_weight", "a weight is a number above 0") for key in wrong]
                           or [Fault("", "not_weights", 'an object such as {"slo": 5} is needed')])  # fmt: skip
    return data
