"""The list of commands, each imported only when it is called."""

from __future__ import annotations

import click

from planner import __version__
from planner.cli.lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    package="planner.cli",
    commands={
        "init": ("init", "Write a first problem from a model, a load and a bill."),
        "solve": ("solve", "Find the cheapest deployment, prove it and check it."),
        "verify": ("verify", "Recompute every figure of a plan without the solver."),
        "report": ("report", "A plan as one HTML page, Markdown, CSV or a spreadsheet."),
        "export": ("export", "A plan as files that deploy, buy and bill it."),
        "whatif": ("whatif", "Show what changes of a problem do to its plan."),
        "compare": ("compare", "Build or buy: the best plan of each kind, and where they break even."),
        "sweep": ("sweep", "Solve many scenarios of a problem and tell which plan holds where."),
        "price": ("price", "Tell what every limit costs, or at which price an option is chosen."),
        "explain": ("explain", "Say why a plan is as it is."),
        "why-not": ("why_not", "Say why an option is not in the plan, and what it would take."),
        "alternatives": ("alternatives", "Find near-optimal plans that really differ."),
        "frontier": ("frontier", "Trade cost against carbon, latency, quality or spot risk."),
        "replan": ("replan", "Tell what to start, stop and keep, within so many changes."),
        "negotiate": ("negotiate", "Name the limits that conflict and what must give."),
        "showback": ("showback", "Split a plan's cost between services or teams, to the cent."),
        "commit": ("commit", "Recommend a level of commitments over demand scenarios."),
        "regret": ("regret", "Commitments against scenarios: regret, CVaR 95, robust ones."),
        "actuals": ("actuals", "Compare a plan with its bill and metrics, and solve it again."),
        "diff": ("diff", "Show two plans side by side."),
        "simulate": ("simulate", "Put a plan under requests and tell whether its limits hold."),
        "drift": ("drift", "How what runs differs from the plan."),
        "weeks": ("weeks", "Plan from earlier weeks of demand and replay the last one."),
        "check": ("check", "Validate a problem and say which rules left which options out."),
        "model": ("model", "Write the mixed-integer program as LP or MPS text."),
        "schema": ("schema", "Print the JSON Schema of the problem format."),
        "catalog": ("catalog", "List, show, check and compare editions of the catalogue."),
        "predict": ("predict", "Predict throughput and latencies for a table of configurations."),
        "estimate": ("estimate", "Memory, speed, cost per token and training work of one model."),
        "scaling": ("scaling", "Say what size of model a compute budget buys."),
        "claims": ("claims", "Work out widely quoted figures again, with their arithmetic."),
        "profile": ("profile", "Read own benchmark results, and find out which are worth making."),
        "import": ("imports", "Turn another tool's input into a problem or an overlay."),
    },
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: planner solve problems/02-chat.json",
)
@click.version_option(__version__, "-V", "--version", message="planner %(version)s")
def program() -> None:
    """Find, prove and check the cheapest way to run large language models.

    Results go to standard output, everything else to standard error.
    """
