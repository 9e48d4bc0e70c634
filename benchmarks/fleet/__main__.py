"""``python -m benchmarks.fleet --services 200 --periods 24 --seed 7 -o problem.json``: writes a fleet as a problem file."""

from __future__ import annotations

import json
import sys

import click

from benchmarks.fleet.generate import MOST_SERVICES, PERIODS, make_fleet
from benchmarks.fleet.market import EDITION


@click.command()
@click.option("--services", type=click.IntRange(1, MOST_SERVICES), default=10, show_default=True)
@click.option("--periods", type=click.Choice([str(p) for p in PERIODS]), default="24", show_default=True, help="One, a day or a week.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option("--uncoupled", is_flag=True, help="No quotas, commitments, carbon cap, cash cap or budgets.")
@click.option("--modes", is_flag=True, help="Provider APIs and serverless workers may answer some services; no carbon cap, since what these emit is unknown.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Default: standard output.")
def main(services: int, periods: str, seed: int, uncoupled: bool, modes: bool, output: str | None) -> None:
    """Write a realistic fleet of language-model services as a problem file."""
    from planner.catalog.load import load_catalog
    from planner.documents.write import write_atomic

    problem = make_fleet(services, int(periods), seed, load_catalog(EDITION), coupled=not uncoupled, modes=modes)
    text = problem_text(problem)
    if output is None:
        sys.stdout.write(text)
    else:
        write_atomic(output, text)


def problem_text(problem: dict) -> str:
    """The problem as JSON, one service a line."""
    services = ",\n  ".join(json.dumps(service) for service in problem["services"])
    rest = {name: value for name, value in problem.items() if name != "services"}
    return json.dumps(rest, indent=1)[:-2] + f',\n "services": [\n  {services}\n ]\n}}\n'


if __name__ == "__main__":
    main()
