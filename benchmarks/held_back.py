"""Plans of the problems on requests that were not used to make them: by the queueing rule, by one fixed utilisation, by simulation.

``python -m benchmarks.held_back problems/02-chat.json … --write`` adds rows to ``docs/simulation.csv``, from which
``docs/simulation.md`` is made; minutes a problem.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, fields
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "simulation.csv"


@dataclass(frozen=True)
class Row:
    """One problem: USD a month of each plan, whether it kept every limit, and the most replicas of the last two;
    ``catalog`` begins the digest of the facts that it was measured with.
    """

    problem: str
    held_back: str
    rule_usd: float
    rule_held: bool
    fixed_usd: str
    fixed_utilisation: str
    simulated_usd: float
    simulated_held: bool
    replicas: int
    rounds: int
    catalog: str


@click.command()
@click.argument("problems", nargs=-1, required=True)
@click.option("--write", is_flag=True, help="Add the rows to docs/simulation.csv.")
@click.option("--time-limit", type=float, default=None, help="Seconds a problem; rows are then what was found by then.")
def main(problems: tuple[str, ...], write: bool, time_limit: float | None) -> None:
    """Measure each problem and print its row."""
    for path in problems:
        row = measured(path, time_limit)
        print(json.dumps(vars(row)), flush=True)
        if write:
            _add(row)


def measured(path: str, time_limit_s: float | None) -> Row:
    """The three plans of one problem."""
    from planner.catalog import load_catalog
    from planner.plan.cost import TOTAL
    from planner.problem.load import load_problem
    from planner.replay.shares import cache_folder
    from planner.replay.search import Asked, begun
    from planner.replay.tighten import one_share, searched
    from planner.solve import Options

    loaded = load_problem(path)
    catalog = load_catalog(loaded.problem.catalog)
    search = begun(loaded, catalog, Asked(Options(time_limit_s=time_limit_s), cache=cache_folder()))
    plan = searched(search).plan
    rounds, best = plan.simulation.rounds, search.best
    rule = next(one for one in rounds if one.first)
    # From the single share at which the search stopped, now whatever it costs.
    search.best = None
    fixed = (search.hundredth / 100, best) if best is not None and best.basis == "one share" else one_share(search)
    fixed = fixed if fixed is not None and fixed[1].holds else None
    return Row(
        problem=Path(path).stem, held_back=plan.simulation.requests, rule_usd=rule.usd_per_month, rule_held=not rule.missed,
        fixed_usd="" if fixed is None else repr(fixed[1].usd), fixed_utilisation="" if fixed is None else repr(fixed[0]),
        simulated_usd=plan.cost[TOTAL], simulated_held=plan.simulated,
        replicas=max(_replicas(plan), 0 if fixed is None else _replicas(fixed[1].plan)), rounds=len(rounds),
        catalog=catalog.digest[:12],
    )  # fmt: skip


def _replicas(plan) -> int:
    """Most replicas of all services in any period."""
    return max(sum(d.replicas[t] for service in plan.services for d in service.deployments) for t in range(len(plan.periods)))


def _add(row: Row) -> None:
    names = [field.name for field in fields(Row)]
    rows = []
    if TABLE.exists():
        with TABLE.open(newline="", encoding="utf-8") as stream:
            rows = [one for one in csv.DictReader(stream) if one["problem"] != row.problem]
    rows.append({name: str(getattr(row, name)) for name in names})
    with TABLE.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda one: one["problem"]))


if __name__ == "__main__":
    main()
