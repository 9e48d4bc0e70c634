"""Plans of the problems on requests that were not used to make them: by the queueing rule, by one fixed utilisation, by simulation.

``python -m benchmarks.held_back problems/02-chat.json … --write`` adds rows to ``docs/simulation.csv``, from which
``docs/simulation.md`` is made; minutes a problem. With ``--beside`` only the columns that need no search are measured anew:
one share for all problems alike, and whether a cheaper plan could hold.
"""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "simulation.csv"
#: What people take who have nothing better; and the boldest share, to the hundredth, that keeps every limit of the table.
THUMB, COMMON = 0.7, 0.07
#: Where nothing cheaper than the simulated plan was found, this is looked at closely: cuts of a hundredth, for so many plans.
CUT, ROUNDS = 0.99, 150


@dataclass(frozen=True)
class Row:
    """One problem: USD a month of each plan, whether it kept every limit, and the most replicas of the last two.

    fixed    the boldest share of saturation for all configurations of the problem that keeps every limit
    thumb    the share of ``THUMB``; common: of ``COMMON``; no cost where no plan meets the problem's limits with it
    none_less  of plans that cost as much as the fixed share's: yes where every cheaper one was refuted
    catalog  begins the digest of the facts that it was measured with
    left_out  why there is no plan to speak of
    """

    problem: str
    held_back: str = ""
    rule_usd: str = ""
    rule_held: str = ""
    fixed_usd: str = ""
    fixed_utilisation: str = ""
    simulated_usd: str = ""
    simulated_held: str = ""
    replicas: str = ""
    rounds: str = ""
    thumb_usd: str = ""
    thumb_held: str = ""
    common_usd: str = ""
    common_held: str = ""
    none_less: str = ""
    catalog: str = ""
    left_out: str = ""


@click.command()
@click.argument("problems", nargs=-1, required=True)
@click.option("--write", is_flag=True, help="Add the rows to docs/simulation.csv.")
@click.option("--beside", "only_beside", is_flag=True, help="Only what is told beside rows that are there.")
@click.option("--time-limit", type=float, default=None, help="Seconds a problem; rows are then what was found by then.")
def main(problems: tuple[str, ...], write: bool, only_beside: bool, time_limit: float | None) -> None:
    """Measure each problem and print its row."""
    for path in problems:
        row = beside(path, _known()[Path(path).stem]) if only_beside else measured(path, time_limit)
        print(json.dumps(asdict(row)), flush=True)
        if write:
            _add(row)


def measured(path: str, time_limit_s: float | None = None) -> Row:
    """The plans of one problem."""
    from planner.plan.cost import TOTAL
    from planner.replay.fleets import limits_of
    from planner.replay.tighten import one_share, searched
    from planner.solve import Solved

    search, name = _search(path, time_limit_s), Path(path).stem
    if not any(limits_of(service) for service in search.problem.services):
        return Row(name, left_out="no latency limits")
    outcome = searched(search)
    if not isinstance(outcome, Solved):
        return Row(name, left_out="no plan: " + type(outcome).__name__.lower())
    plan = outcome.plan
    rounds, best = plan.simulation.rounds, search.best
    rule = next(one for one in rounds if one.first)
    # From the single share at which the search stopped, now whatever it costs.
    search.best = None
    fixed = (search.hundredth / 100, best) if best is not None and best.basis == "one share" else one_share(search)
    fixed = fixed if fixed is not None and fixed[1].holds else None
    row = Row(
        problem=name, held_back=plan.simulation.requests, rule_usd=repr(rule.usd_per_month), rule_held=str(not rule.missed),
        fixed_usd="" if fixed is None else repr(fixed[1].usd), fixed_utilisation="" if fixed is None else repr(fixed[0]),
        simulated_usd=repr(plan.cost[TOTAL]), simulated_held=str(plan.simulated),
        replicas=str(max(_replicas(plan), 0 if fixed is None else _replicas(fixed[1].plan))), rounds=str(len(rounds)),
    )  # fmt: skip
    return beside(path, row)


def beside(path: str, row: Row) -> Row:
    """``row`` with what needs no search: shares that are the same for all problems, and whether less could do."""
    if row.left_out:
        return row
    search = _search(path, None)
    thumb, common = (_at_share(search, share) for share in (THUMB, COMMON))
    equal = row.fixed_usd and float(row.simulated_usd) > 0.9999 * float(row.fixed_usd)
    return replace(
        row, thumb_usd=thumb[0], thumb_held=thumb[1], common_usd=common[0], common_held=common[1],
        none_less=_none_less(search, float(row.simulated_usd)) if equal else "", catalog=search.catalog.digest[:12],
    )  # fmt: skip


def _search(path: str, time_limit_s: float | None):
    from planner.catalog import load_catalog
    from planner.problem.load import load_problem
    from planner.replay.search import Asked, begun
    from planner.replay.shares import cache_folder
    from planner.solve import Options

    loaded = load_problem(path)
    return begun(loaded, load_catalog(loaded.problem.catalog), Asked(Options(time_limit_s=time_limit_s), cache=cache_folder()))


def _at_share(search, share: float) -> tuple[str, str]:
    """(USD a month, whether it keeps every limit) of the plan with one share for all."""
    from planner.errors import CheckFailed
    from planner.replay.tables import uniform_tables
    from planner.solve import Solved

    tables = uniform_tables(search.configurations, share)
    try:
        outcome = search.solved(tables)
    except CheckFailed:
        return "", "check failed"
    if not isinstance(outcome, Solved):
        return "", type(outcome).__name__.lower()
    found = search.tried(outcome.plan, tables, "one share", until_late=True)
    return repr(found.usd), str(found.holds)


def _none_less(search, usd: float) -> str:
    """Whether every plan that costs less is refuted: from shares of 0.99 on, only what missed is cut, by a hundredth each time.

    More replicas with less to do can only be earlier, so what a share was refuted at, it is refuted above.
    """
    from planner.plan.cost import TOTAL
    from planner.replay.search import BOLDEST, SAME
    from planner.replay.tables import uniform_tables
    from planner.replay.tighten import tightened
    from planner.solve import Solved

    search.best = None
    tables = uniform_tables(search.configurations, BOLDEST, "not refuted by simulation")
    for _ in range(ROUNDS):
        outcome = search.solved(tables)
        if not isinstance(outcome, Solved) or outcome.plan.cost[TOTAL] >= usd * (1.0 - SAME):
            return "yes"
        found = search.tried(outcome.plan, tables, "bold")
        tighter = tightened(search, found, tables, 0, ((float("inf"), CUT),))
        if found.done or tighter is tables:
            return f"no: {found.usd!r}" if found.holds else "unknown"
        tables = tighter
    return "unknown"


def _replicas(plan) -> int:
    """Most replicas of all services in any period."""
    return max(sum(d.replicas[t] for service in plan.services for d in service.deployments) for t in range(len(plan.periods)))


def _known() -> dict[str, Row]:
    if not TABLE.exists():
        return {}
    with TABLE.open(newline="", encoding="utf-8") as stream:
        return {one["problem"]: Row(**one) for one in csv.DictReader(stream)}


def _add(row: Row) -> None:
    rows = _known() | {row.problem: row}
    with TABLE.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(asdict(row)), lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(rows[name]) for name in sorted(rows))


if __name__ == "__main__":
    main()
