"""``planner report``: a plan as one HTML page that travels by e-mail, as Markdown, as CSV or as a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.output import refuse_output
from planner.cli.parameters import FILE
from planner.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from planner.report.page.analyses import Analysis


@click.command("report", epilog="Example: planner report plan.json -o report.html")
@click.argument("plan", type=FILE)
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write to a file instead of standard output.")
@click.option("--format", "kind", type=click.Choice(["html", "md", "csv", "xlsx"]), help="Default: by the ending of the output, else html.")
@click.option("--compare", type=FILE, metavar="OTHER", help="A second plan, set beside this one.")
@click.option("--with", "found", type=FILE, multiple=True, metavar="JSON", help="What another command printed with --json, as a section. May be repeated.")
@click.option("--redact-prices", is_flag=True, help="Money as an index where the total is 100, and no price of any unit.")
def command(plan: str, output: str | None, kind: str | None, compare: str | None, found: tuple[str, ...], redact_prices: bool) -> int:
    """Write a report on PLAN: one page without network access, readable on a phone and on paper.

    Every number in it stands in the plan or follows from it; each says where it comes from.
    """
    refuse_output(output, (plan, compare, *found))
    if redact_prices and found:
        raise UsageError("what other commands found states prices in words", where="--redact-prices", hint="leave --with out")
    kind = kind or _by_ending(output)
    if kind == "xlsx" and output is None:
        raise UsageError("a spreadsheet is no text for a terminal", where="--format xlsx", hint="-o report.xlsx")
    from planner.cli.streams import write_result
    from planner.documents import write_atomic
    from planner.plan.read import read_plan
    from planner.report.page.build import report_of

    other = read_plan(compare) if compare is not None else None
    analyses = [_analysis(name) for name in found]
    report = report_of(read_plan(plan), other=other, analyses=analyses, hide_prices=redact_prices)
    made = _writers()[kind](report)
    if output is None:
        write_result(made)
    else:
        write_atomic(output, made)
    return ExitCode.DONE


def _writers() -> dict[str, Any]:
    from planner.report.page.html import html_text
    from planner.report.page.markdown import markdown_text
    from planner.report.page.tidy_csv import tidy_csv_text
    from planner.report.page.xlsx import xlsx_bytes

    return {"html": html_text, "md": markdown_text, "csv": tidy_csv_text, "xlsx": xlsx_bytes}


def _by_ending(output: str | None) -> str:
    ending = (output or "").rpartition(".")[2].lower()
    return {"md": "md", "markdown": "md", "csv": "csv", "xlsx": "xlsx"}.get(ending, "html")


def _analysis(path: str) -> Analysis:
    """The JSON of another command, named after its file."""
    import os

    from planner.documents import read
    from planner.errors import Fault, InvalidInput
    from planner.report.page.analyses import Analysis

    data = read(path).data
    if not isinstance(data, dict):
        raise InvalidInput(path, [Fault("", "not_a_document", "this is no JSON object, as --json of a command prints it")])
    if "errors" in data:
        raise InvalidInput(path, [Fault("errors", "no_result", "the command failed: this document holds its errors and no result")])
    return Analysis(os.path.splitext(os.path.basename(path))[0], data)
