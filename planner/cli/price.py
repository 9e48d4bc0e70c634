"""``planner price``: what every limit costs, or at which price an option is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.bench import bench_of, bench_options, code_of, put
from planner.cli.parameters import FILE
from planner.errors import UsageError

if TYPE_CHECKING:
    from planner.cli.interrupts import Interrupts


@click.command("price", epilog="Example: planner price problems/02-chat.json --only slo")
@click.argument("problem", type=FILE)
@click.option("--only", multiple=True, metavar="NAME", help="Only these limits: kinds (slo, budget, …) or patterns of paths; may be repeated.")
@click.option("--option", metavar="NAME", help="Price this option instead: accelerator@provider, instance type@region, a provider's API, a serverless worker, or a pattern.")
@click.option("--purchase", type=click.Choice(["on_demand", "spot", "reserved", "by_the_token", "serverless", "provisioned"]), help="Which price of the option. Default: on demand, or how a hosted option of the name is paid.")
@bench_options
@click.pass_obj
def command(interrupts: Interrupts, problem: str, only: tuple[str, ...], option: str | None, purchase: str | None, **asked: Any) -> int:
    """Move every limit of PROBLEM from -20 % to +20 % and rank what that does; every step is solved again.

    With --option: the prices at which an option enters the plan and takes over all that it may serve. The cheapest cost is
    concave and piecewise linear in a price, so these are exact; where money is capped the price stands in a limit too, and a
    sweep of prices is shown instead, with the prices at which no plan meets the limits.
    """
    if only and option is not None:
        raise UsageError("--only is of limits, --option of a price", where="planner price", hint="one of them")
    if purchase is not None and option is None:
        raise UsageError("--purchase says which price of an option, and none is named", where="--purchase", hint="--option mi300x@crusoe")
    with bench_of(problem, asked, interrupts) as bench:
        if option is None:
            from planner.analysis.ladder import price_limits

            prices = price_limits(bench, only=only)
        else:
            from planner.analysis.option_price import price_option

            priced = price_option(bench, option, purchase=purchase)
    if option is None:
        from planner.report.prices import prices_content, prices_view

        return put(code_of(prices.base), lambda: prices_content(prices), lambda width: prices_view(prices, width), as_json=asked["as_json"])
    from planner.report.prices import option_content, option_view

    return put(code_of(priced.base), lambda: option_content(priced), lambda width: option_view(priced, width), as_json=asked["as_json"])
