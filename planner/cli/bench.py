"""What the analysis commands share: how their many programs are solved, and how an answer without a plan ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from planner.cli.inputs import catalog_options, json_option, read_inputs, strict_option
from planner.cli.parameters import GAP, SECONDS
from planner.errors import ExitCode

if TYPE_CHECKING:
    from planner.analysis.bench import Bench
    from planner.cli.interrupts import Interrupts

Command = Callable[..., Any]


def bench_options(command: Command) -> Command:
    """``--json``, how to solve, which catalogue, and ``--strict``."""
    command = strict_option(catalog_options(command))
    command = click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Seed of the solver.")(command)
    command = click.option("--backend", default="auto", show_default=True, metavar="NAME", help="As for solve.")(command)
    command = click.option("--time-limit", type=SECONDS, help="Stop each solve after so many seconds with its best plan and gap.")(command)
    command = click.option("--gap", type=GAP, default=1e-4, show_default=True, help="Relative gap to prove of each plan.")(command)
    return json_option(command)


@contextmanager
def bench_of(problem: str, asked: dict[str, Any], interrupts: Interrupts, **options: Any) -> Iterator[Bench]:
    """A bench with the problem of a file; progress shows while the block runs, and libraries keep quiet."""
    from planner.cli.progress import ProgressLine
    from planner.cli.streams import results_only

    with ProgressLine() as progress:
        interrupts.phase = lambda: progress.phase
        loaded, catalog = read_inputs(problem, asked["catalog"], asked["overlay"], asked["strict"])
        from planner.analysis.bench import Bench
        from planner.solve import Options

        how = Options(gap=asked["gap"], time_limit_s=asked["time_limit"], backend=asked["backend"], seed=asked["seed"], **options)
        with results_only():
            yield Bench(loaded, catalog, how, progress, interrupts.stop, (asked["catalog"] or loaded.problem.catalog, asked["overlay"]))


def code_of(*answers: Any) -> ExitCode:
    """The exit code of several answers together: the first without a plan decides, then the first that is not proven."""
    from planner.solve import Infeasible, Solved

    for answer in answers:
        if not isinstance(answer, Solved):
            return ExitCode.INFEASIBLE if isinstance(answer, Infeasible) else ExitCode.STOPPED_WITHOUT
    return ExitCode.DONE if all(answer.plan.proven for answer in answers) else ExitCode.STOPPED_WITH_PLAN


def put(code: ExitCode, content: Callable[[], dict[str, Any]], view: Callable[[int], Any], *, as_json: bool) -> int:
    """Prints a result as one JSON document or as a view, and returns its exit code."""
    if as_json:
        from planner.cli.outcome import document, write_json

        write_json(document(code, **content()))
    else:
        from planner.cli.console import show

        show(view)
    return int(code)
