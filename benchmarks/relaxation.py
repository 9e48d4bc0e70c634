"""``python -m benchmarks.relaxation PROBLEM...``: what covering rows and whole periods lift the bound to before any search of the whole."""

from __future__ import annotations

import time
from pathlib import Path

import click


@click.command()
@click.argument("problems", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--gap", type=float, default=1e-3, show_default=True, help="Gap to solve to.")
@click.option("--limit", type=float, default=60.0, show_default=True, help="Seconds for solving; 0: relaxations alone.")
@click.option("--way", type=click.Choice(["chosen", "whole", "period", "prices"]), default="chosen", show_default=True, help="Which way to solve.")
def main(problems: tuple[str, ...], gap: float, limit: float, way: str) -> None:
    """Print, per problem, the relaxation as stated and with covering rows, the first bound told, and plan and bound [USD/month]."""
    click.echo(f"{'problem':<28}{'rows':>9}{'covering':>9}{'relaxed':>14}{'covered':>14}{'first bound':>14}{'s':>7}{'plan':>14}{'bound':>14}{'s':>7}  method")
    for path in problems:
        click.echo(row(Path(path), gap, limit, way))


def row(path: Path, gap: float, limit_s: float, way: str) -> str:
    """One line of the table."""
    from planner.catalog.load import load_catalog
    from planner.formulation.covering import with_covering_rows
    from planner.formulation.decompose.by_period import solve_by_period
    from planner.formulation.decompose.run import solve_by_prices
    from planner.formulation.method import method_for
    from planner.formulation.monolith import solve_whole
    from planner.problem.load import load_problem
    from planner.solve import Options, Progress, Run, program

    built = program(load_problem(path).problem, load_catalog())
    covered = with_covering_rows(built)
    added = covered.model.row_count - built.model.row_count
    line = f"{path.stem[:27]:<28}{built.model.row_count:>9,}{added:>9,}{relaxed(built.model):>14,.2f}{relaxed(covered.model):>14,.2f}"
    if not limit_s:
        return line
    began = time.monotonic()
    ways = {"whole": solve_whole, "period": solve_by_period, "prices": solve_by_prices}
    method = ways.get(way) or method_for(built, "auto")
    told: list[Progress] = []
    found = method(built, Run(Options(gap=gap, time_limit_s=limit_s), told.append, None))
    seconds = time.monotonic() - began
    first = next((p for p in told if p.bound is not None), Progress("none"))
    return f"{line}{figure(first.bound):>14}{first.seconds:>7.1f}{figure(found.objective):>14}{figure(found.bound):>14}{seconds:>7.1f}  {method.__name__}"


def relaxed(model) -> float:
    """Optimal value of the linear relaxation."""
    from planner.backends import solve

    return solve(model.relaxed(), backend="highs", gap=0.0).objective


def figure(value: float | None) -> str:
    """A sum of money, or that there is none."""
    return "-" if value is None else f"{value:,.2f}"


if __name__ == "__main__":
    main()
