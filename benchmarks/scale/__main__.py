"""``python -m benchmarks.scale``: the planner, plain HiGHS and PuLP with CBC on the same fleets in the same run."""

from __future__ import annotations

import json
import signal
import sys
import tempfile
from pathlib import Path

import click

from benchmarks.fleet.__main__ import problem_text
from benchmarks.fleet.generate import make_fleet
from benchmarks.fleet.market import EDITION
from benchmarks.scale.child import METHODS
from benchmarks.scale.curve import CURVE, curve
from benchmarks.scale.observe import observed
from benchmarks.scale.tables import cells, heading, row

#: What is asked of each number of services over a day: gap and seconds.
ASKED = {1: (0.0, 2.0), 10: (0.001, 20.0), 50: (0.005, 60.0), 200: (0.005, 120.0), 1000: (0.01, 900.0)}
#: Runs go on to this gap, so that the time to it is seen as well.
FINEST = 0.001
LEAST_S = 20.0


def _sizes(context, parameter, value: str) -> list[tuple[int, int]]:
    try:
        return [(int(n), int(t)) for n, _, t in (one.partition("x") for one in value.split(","))]
    except ValueError:
        raise click.BadParameter("sizes are services x periods, such as 10x24,50x24") from None


@click.command()
@click.option("--sizes", callback=_sizes, default="1x24,10x24,50x24,200x24", show_default=True, help="Services x periods.")
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--methods", default="planner,highs,cbc", show_default=True, help=f"Of {', '.join(METHODS)}.")
@click.option("--limit", type=float, help="Seconds for each run; default: what is asked of the size.")
@click.option("--gap", type=float, help=f"Gap asked; default: {FINEST} or what is asked of the size, if less.")
@click.option("--threads", type=int, default=2, show_default=True)
@click.option("--memory", type=float, default=16.0, show_default=True, help="GiB after which a run is ended.")
@click.option("--uncoupled", is_flag=True, help="Fleets whose services share nothing but instances.")
@click.option("--curve", "as_curve", is_flag=True, help="Instead: cost of building and pricing against services x periods.")
@click.option("--json", "file", type=click.Path(dir_okay=False), help="Also write everything noted to a file.")
def main(sizes, seed, methods, limit, gap, threads, memory, uncoupled, as_curve, file) -> None:
    """Measure how solving scales: each run in a process of its own, with a time limit."""
    from planner.catalog.load import load_catalog

    # A child is ended with its parent.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    catalog = load_catalog(EDITION)
    noted = []
    with tempfile.TemporaryDirectory() as folder:

        def fleet(services: int, periods: int) -> Path:
            path = Path(folder, f"{services}x{periods}.json")
            path.write_text(problem_text(make_fleet(services, periods, seed, catalog, coupled=not uncoupled)), encoding="utf-8")
            return path

        if as_curve:
            curve(CURVE if sizes == _sizes(None, None, "1x24,10x24,50x24,200x24") else sizes, fleet, threads, click.echo)
            return
        click.echo(heading())
        for services, periods in sizes:
            target, seconds = ASKED.get(services, (FINEST, 120.0))
            problem = fleet(services, periods)
            for method in methods.split(","):
                run = observed(
                    problem,
                    method,
                    gap=min(target, FINEST) if gap is None else gap,
                    seconds=max(seconds, LEAST_S) if limit is None else limit,
                    threads=threads,
                    most_gib=memory,
                )
                click.echo(row(cells(f"{services} x {periods}", run)))
                noted.append({"services": services, "periods": periods, "method": method, "seed": seed, "notes": run.notes})
    if file is not None:
        Path(file).write_text(json.dumps(noted, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
