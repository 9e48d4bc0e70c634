"""``planner model``: the mixed-integer program as text that other solvers read."""

from __future__ import annotations

import click

from planner.cli.inputs import catalog_options, read_inputs, strict_option
from planner.cli.output import refuse_output
from planner.cli.parameters import FILE
from planner.errors import ExitCode


@click.command("model", epilog="Example: planner model problems/02-chat.json --format mps -o first.mps")
@click.argument("problem", type=FILE)
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write to a file instead of standard output.")
@click.option("--format", "form", type=click.Choice(("lp", "mps")), default="lp", show_default=True, help="LP or free MPS.")
@catalog_options
@strict_option
def command(problem: str, output: str | None, form: str, catalog: str | None, overlay: str | None, strict: bool) -> int:
    """Write the program that PROBLEM becomes, with names that say what every column and row is."""
    refuse_output(output, (problem, overlay))
    loaded, facts = read_inputs(problem, catalog, overlay, strict)
    from planner.milp.text import lp_text, mps_text
    from planner.solve import program

    text = (lp_text if form == "lp" else mps_text)(program(loaded.problem, facts).model)
    if output is None:
        from planner.cli.streams import write_result

        write_result(text)
    else:
        from planner.documents import write_atomic

        write_atomic(output, text)
    return ExitCode.DONE

