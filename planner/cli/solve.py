"""``planner solve``: the cheapest deployment, with its proof, its check and its budget gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.gate import Gate, gate_of, gate_options, report_gate
from planner.cli.inputs import catalog_options, json_option, read_inputs, strict_option
from planner.cli.output import refuse_output
from planner.cli.parameters import CONFIDENCE, FILE, GAP, SECONDS, SHARE
from planner.cli.streams import results_only
from planner.errors import ExitCode

if TYPE_CHECKING:
    from planner.cli.interrupts import Interrupts
    from planner.plan.schema import Plan


@click.command("solve", epilog="Example: planner solve problems/02-chat.json -o plan.json --gap 0.1%")
@click.argument("problem", type=FILE)
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Also write the plan to a file, whole or not at all; also when a gate fails.")
@json_option
@click.option("--gap", type=GAP, default=1e-4, show_default=True, help="Relative gap to prove; 0 asks for the exact optimum.")
@click.option("--confidence", type=CONFIDENCE, help="Plan so that each prediction holds with this probability, and say what that costs.")
@click.option("--simulate", is_flag=True, help="Simulate plans, tighten what misses and solve again; score the last one on requests that no plan met; exit code 7 where it does not hold.")
@click.option("--hold-back", type=SHARE, default=0.4, show_default=True, help="Share of each trace's time that --simulate does not plan with: plans are picked on its first half, and the last one is scored on the second.")
@click.option("--time-limit", type=SECONDS, help="Stop after so many seconds with the best plan and its gap.")
@click.option("--backend", default="auto", show_default=True, metavar="NAME", help="highs, scip, cbc, cp-sat (proves small gaps, not 0) or another that is installed.")
@click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True, help="Threads of the solver.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Seed of the solver.")
@catalog_options
@click.option("--redact", is_flag=True, help="Leave private prices and rows out of what is printed or written; totals stay, and tell what they add up to.")
@gate_options
@strict_option
@click.option("-v", "--verbose", is_flag=True, help="Also reasons, limits that never bind, and options not considered.")
@click.pass_obj
def command(interrupts: Interrupts, problem: str, output: str | None, **asked: Any) -> int:
    """Find the cheapest deployment that meets every limit of PROBLEM, prove it and check it.

    Exit code 0: proven to the asked gap. 4: no plan can meet all limits. 5: stopped with a plan. 6: stopped without.
    7: it was simulated, and a latency limit is not surely kept in the score. 8: the budget gate failed.
    """
    refuse_output(output, (problem, asked["overlay"], asked["against"]))
    gate = gate_of(asked)
    outcome, loaded = _solved(problem, asked, interrupts)
    from planner.solve import Infeasible, Unknown

    if isinstance(outcome, Infeasible):
        return _infeasible(outcome, asked["as_json"])
    if isinstance(outcome, Unknown):
        return _unknown(outcome, interrupts.asked, asked["as_json"])
    return _plan(outcome.plan, loaded, output, gate, asked)


def _solved(problem: str, asked: dict[str, Any], interrupts: Interrupts) -> tuple[Any, Any]:
    from planner.cli.progress import ProgressLine

    with ProgressLine() as progress:
        interrupts.phase = lambda: progress.phase
        loaded, catalog = read_inputs(problem, asked["catalog"], asked["overlay"], asked["strict"])
        with results_only():
            outcome = _answer(loaded, catalog, asked, progress, interrupts)
    if hasattr(outcome, "plan"):
        from planner.cli.freshness import say_old_prices_of

        say_old_prices_of(outcome.plan, catalog)
    return outcome, loaded


def _answer(loaded: Any, catalog: Any, asked: dict[str, Any], progress: Any, interrupts: Interrupts) -> Any:
    from planner.solve import Options, solve

    options = Options(
        gap=asked["gap"], time_limit_s=asked["time_limit"], backend=asked["backend"],
        threads=asked["threads"], seed=asked["seed"],
    )
    if asked["simulate"]:
        from planner.cli.simulate import say_compiling
        from planner.replay.shares import cache_folder
        from planner.replay.tighten import Asked, solve_simulated

        say_compiling()

        how = Asked(options, asked["hold_back"], confidence=asked["confidence"], cache=cache_folder())
        return solve_simulated(loaded, catalog, how, on_progress=progress, stop=interrupts.stop)
    stated = loaded.problem
    if asked["confidence"] is not None:
        from planner.problem.confidence import with_confidence

        stated = with_confidence(stated, asked["confidence"])
    return solve(stated, catalog, options, on_progress=progress, stop=interrupts.stop)


def _plan(plan: Plan, loaded: Any, output: str | None, gate: Gate | None, asked: dict[str, Any]) -> int:
    from planner.cli.origin import with_origin
    from planner.plan.write import plan_text, write_plan

    plan = with_origin(plan, loaded, output, asked["catalog"], asked["overlay"])

    if asked["redact"]:
        from planner.report.redact import redacted

        plan = redacted(plan)
    if output is not None:
        write_plan(plan, output)
    code = ExitCode.DONE if plan.proven else ExitCode.STOPPED_WITH_PLAN
    if plan.simulation is not None and not plan.simulated:
        code = ExitCode.CHECK_FAILED
    if gate is not None:
        return report_gate(gate, plan, code, as_json=asked["as_json"])
    if asked["as_json"]:
        from planner.cli.outcome import write_json_text

        write_json_text(plan_text(plan))
    else:
        from planner.cli.console import show
        from planner.report.plan_view import plan_view

        show(lambda width: plan_view(plan, width, everything=asked["verbose"]))
    return code


def _infeasible(outcome: Any, as_json: bool) -> int:
    from planner.report.no_plan import infeasible_content, infeasible_view

    return _without_plan(ExitCode.INFEASIBLE, infeasible_content(outcome), infeasible_view(outcome), as_json)


def _unknown(outcome: Any, interrupted: bool, as_json: bool) -> int:
    from planner.report.no_plan import unknown_content, unknown_view

    # A bound, or one solver's word that there is no plan, is something to show.
    known = outcome.bound_usd_per_month is not None or outcome.reason == "unconfirmed"
    nothing = (interrupted or outcome.reason == "interrupted") and not known
    code = ExitCode.INTERRUPTED if nothing else ExitCode.STOPPED_WITHOUT
    return _without_plan(code, unknown_content(outcome), unknown_view(outcome), as_json)


def _without_plan(code: ExitCode, content: dict[str, Any], view: Any, as_json: bool) -> int:
    if as_json:
        from planner.cli.outcome import document, write_json

        write_json(document(code, **content))
    else:
        from planner.cli.console import show

        show(lambda width: view)
    return code
