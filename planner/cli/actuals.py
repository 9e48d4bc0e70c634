"""``planner actuals``: a plan beside the bill and the metrics that came, and the plan for what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.bench import code_of, put
from planner.cli.inputs import catalog_options, json_option
from planner.cli.output import refuse_output
from planner.cli.parameters import FILE, GAP, SECONDS
from planner.cli.plan_file import plan_file
from planner.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from planner.cli.interrupts import Interrupts
    from planner.cli.plan_file import PlanFile


@click.command("actuals", epilog="Example: planner actuals plan.json --bill focus.csv --metrics prom.json -o next.json")
@click.argument("plan", type=FILE)
@click.option("--bill", "bills", type=FILE, multiple=True, metavar="CSV", help="FOCUS 1.x cost rows in USD, CSV or Parquet. May be repeated.")
@click.option("--metrics", "metrics", type=FILE, multiple=True, metavar="JSON", help="Prometheus range queries of vLLM's counters. May be repeated.")
@click.option("--spend", "spend", type=FILE, multiple=True, metavar="FILE", help="LiteLLM spend log: requests that a router sent to providers and to own engines. May be repeated.")
@click.option("--served", "served", multiple=True, metavar="SERVICE=NAME", help="The name of a service in metrics or log, where it is neither the service's nor its model's.")
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write the plan for the measured demand to a file.")
@click.option("--recommit", is_flag=True, help="Choose commitments anew; without it those that PLAN bought are held and paid on.")
@json_option
@click.option("--gap", type=GAP, default=1e-4, show_default=True, help="Relative gap to prove of the new plan.")
@click.option("--time-limit", type=SECONDS, help="Stop its search after so many seconds with the best plan and its gap.")
@click.option("--backend", default="auto", show_default=True, metavar="NAME", help="As for solve.")
@catalog_options
@click.pass_obj
def command(
    interrupts: Interrupts, plan: str, bills: tuple[str, ...], metrics: tuple[str, ...], spend: tuple[str, ...], served: tuple[str, ...],
    output: str | None, **asked: Any,
) -> int:
    """Compare PLAN with what was billed and used, and solve it again with the demand that was measured.

    The variance is split into price, volume and mix, which sum to it; under-used instances, units and commitments are named. What
    providers of tokens answered is measured by a router's log, else by the tokens that they billed. The plan is recomputed first: exit code 7 where it does not hold. Otherwise the exit code is that of the new plan, as for solve. That plan
    keeps what PLAN committed to; `replan` tells how to get there in few changes.
    """
    if not (bills or metrics or spend):
        raise UsageError("there is nothing to compare with", where="planner actuals", hint="--bill focus.csv, --metrics prom.json, --spend spend.json")
    refuse_output(output, (plan, *bills, *metrics, *spend, asked["overlay"]))
    from planner.analysis.actuals import actuals
    from planner.imports.focus_bill import months_of, read_bill

    today = plan_file(plan, asked["catalog"], asked["overlay"])
    old, problem, catalog = today.plan, today.problem, today.catalog
    charges = tuple(one for bill in bills for one in read_bill(bill)) or None
    loads, routed, labels = _loads(metrics, spend, served, old, problem, catalog)
    months = months_of(charges) if charges else 1.0
    found = actuals(old, problem, catalog, charges=charges, months=months, loads=loads, labels=labels, routed=routed)
    answer = _resolved(today, found.loads, interrupts, asked) if found.loads else None
    if output is not None and hasattr(answer, "plan"):
        from planner.plan.write import write_plan

        write_plan(answer.plan, output)
    from planner.report.actuals import actuals_content, actuals_view

    code = ExitCode.DONE if answer is None else code_of(answer)
    return put(
        code, lambda: actuals_content(found, _content(old, answer, catalog)),
        lambda width: actuals_view(found, _view(old, answer, catalog, width)), as_json=asked["as_json"],
    )  # fmt: skip


def _loads(
    metrics: tuple[str, ...], spend: tuple[str, ...], served: tuple[str, ...], plan: Any, problem: Any, catalog: Any
) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    """By service: load that engines counted, what a router logged, and the name it was served under."""
    if not (metrics or spend):
        return {}, {}, {}
    from planner.analysis.measured_demand import asked_as, served_as
    from planner.imports.litellm_spend import names_in, read_spends, routed
    from planner.imports.prometheus import load_of, models_in, read_series

    series, spent = read_series(metrics), read_spends(spend)
    models, names = models_in(series), names_in(spent)
    stated = dict(_pair(text) for text in served)
    served_as(problem, (*models, *names), stated, catalog)  # refuses a name that nothing has
    labels = served_as(problem, models, {service: label for service, label in stated.items() if label in models}, catalog)
    asked = asked_as(plan, problem, names, {service: label for service, label in stated.items() if label in names}, catalog)
    if not (labels or asked):
        known = ", ".join(filter(None, (*models, *names))) or "none"
        raise UsageError(f"no service of the plan is in what was measured, whose models are: {known}", where="planner actuals", hint="--served SERVICE=NAME")
    counted = {service: load_of(series, label) for service, label in labels.items()}
    return counted, routed(spent, asked) if spent else {}, {service: found[0] for service, found in asked.items()} | labels


def _pair(text: str) -> tuple[str, str]:
    service, equals, name = text.partition("=")
    if not equals or not service.strip() or not name.strip():
        raise UsageError(f'"{text}" names no service and its model', where="--served", hint="--served chat=llama-3.1-8b")
    return service.strip(), name.strip()


def _resolved(today: PlanFile, loads: dict[str, Any], interrupts: Interrupts, asked: dict[str, Any]) -> Any:
    from planner.analysis.measured_demand import with_measured_demand
    from planner.analysis.replan import with_commitments
    from planner.cli.progress import ProgressLine
    from planner.cli.streams import results_only
    from planner.economics.timeline import timeline
    from planner.solve import Options, solve

    measured = with_measured_demand(today.problem, loads, timeline(today.problem))
    if not asked["recommit"]:
        measured, _ = with_commitments(measured, today.plan, today.problem, today.catalog)
    options = Options(gap=asked["gap"], time_limit_s=asked["time_limit"], backend=asked["backend"])
    with ProgressLine() as progress, results_only():
        interrupts.phase = lambda: progress.phase
        return solve(measured, today.catalog, options, on_progress=progress, stop=interrupts.stop)


def _content(old: Any, answer: Any, catalog: Any) -> dict[str, Any] | None:
    if answer is None:
        return None
    if hasattr(answer, "plan"):
        from planner.analysis.difference import difference
        from planner.report.difference import difference_content

        return difference_content(difference(old, answer.plan, catalog))
    from planner.report.no_plan import answer_content

    return answer_content(answer)


def _view(old: Any, answer: Any, catalog: Any, width: int) -> Any:
    if answer is None:
        return None
    from rich.console import Group

    from planner.report.cell import title

    if hasattr(answer, "plan"):
        from planner.analysis.difference import difference
        from planner.report.difference import difference_view

        view = difference_view(difference(old, answer.plan, catalog), width, names=("planned", "measured"))
    else:
        from planner.report.no_plan import answer_view

        view = answer_view(answer)
    return Group(title("With the demand that was measured"), view)
