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
#: Utilisations that are tried for the fixed one, from the boldest down.
FIXED = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02)


@dataclass(frozen=True)
class Row:
    """One problem: USD a month of each plan, whether it kept every limit, and the replicas of the simulated one."""

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


@click.command()
@click.argument("problems", nargs=-1, required=True)
@click.option("--write", is_flag=True, help="Add the rows to docs/simulation.csv.")
@click.option("--time-limit", type=float, default=120.0)
def main(problems: tuple[str, ...], write: bool, time_limit: float) -> None:
    """Measure each problem and print its row."""
    for path in problems:
        row = measured(path, time_limit)
        print(json.dumps(vars(row)), flush=True)
        if write:
            _add(row)


def measured(path: str, time_limit_s: float) -> Row:
    """The three plans of one problem."""
    from planner.catalog import load_catalog
    from planner.plan.cost import TOTAL
    from planner.problem.load import load_problem
    from planner.replay.held_back import split
    from planner.replay.shares import cache_folder
    from planner.replay.tighten import Asked, solve_simulated
    from planner.solve import Options

    loaded = load_problem(path)
    catalog = load_catalog(loaded.problem.catalog)
    options = Options(gap=1e-3, time_limit_s=time_limit_s)
    outcome = solve_simulated(loaded, catalog, Asked(options, cache=cache_folder()))
    plan = outcome.plan
    rule = next(one for one in plan.simulation.rounds if one.first)
    fixed = _fixed(split(loaded, 0.4), catalog, options)
    used = [d for service in plan.services for d in service.deployments]
    return Row(
        problem=Path(path).stem, held_back=plan.simulation.requests, rule_usd=rule.usd_per_month, rule_held=not rule.missed,
        fixed_usd="" if fixed is None else repr(fixed[1]), fixed_utilisation="" if fixed is None else repr(fixed[0]),
        simulated_usd=plan.cost[TOTAL], simulated_held=plan.simulated,
        replicas=max(sum(d.replicas[t] for d in used) for t in range(len(plan.periods))), rounds=len(plan.simulation.rounds),
    )  # fmt: skip


def _fixed(parts, catalog, options) -> tuple[float, float] | None:
    """(utilisation, USD a month) of the cheapest plan whose limits hold with one utilisation for every configuration."""
    from planner.plan.cost import TOTAL
    from planner.problem.normalise import changed
    from planner.problem.safe_share import SafeShare
    from planner.problem.schema import Problem
    from planner.replay.case import Case
    from planner.replay.run import Setting, simulate_plan
    from planner.solve import Solved, judged, solve

    choices = {one.service: one.candidates for one in judged(parts.problem, catalog, prune=False).choices}
    for share in FIXED:
        services = []
        for service in parts.problem.services:
            each = {candidate.configuration: candidate for candidate in choices[service.name]}
            stated = tuple(
                SafeShare(variant=c.variant, accelerator=c.accelerator, tp=c.tp, pp=c.pp, max_num_seqs=c.max_num_seqs, levels=((1, share),), source="fixed")
                for c in sorted(each)
            )
            services.append(changed(service, safe_shares=stated))
        outcome = solve(changed(parts.problem, services=tuple(services)), catalog, options)
        if not isinstance(outcome, Solved):
            continue
        case = Case(outcome.plan, Problem.model_validate(outcome.plan.inputs.problem, strict=False), catalog)
        found = simulate_plan(case, Setting(parts.held_back, seeds=3, first_seed=1))
        if all(one.slo_met and one.confident for one in found.values()):
            return share, outcome.plan.cost[TOTAL]
    return None


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
