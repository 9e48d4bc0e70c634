"""``python -m benchmarks.run``: the figures that the planner is held to, measured on this machine and printed."""

from __future__ import annotations

import os
import platform
import sys

import click

from benchmarks import against_melange, day_of_fleet, from_start, simulation

PARTS = {"start": from_start, "melange": against_melange, "day": day_of_fleet, "simulation": simulation}


@click.command()
@click.option("--only", type=click.Choice(sorted(PARTS)), multiple=True, help="Default: everything, about ten minutes.")
@click.option("--quick", is_flag=True, help="Fewer repetitions and instances.")
def main(only: tuple[str, ...], quick: bool) -> None:
    """Measure and print; nothing is asserted, because figures depend on the machine and on what else it does."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{platform.machine()}, {os.cpu_count()} processors, load {load:.1f}, Python {platform.python_version()}\n")
    for name, part in PARTS.items():
        if not only or name in only:
            part.measure(quick, say=_say)
            print()


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
