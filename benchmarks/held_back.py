"""Plans of the problems on requests that were used neither to make nor to pick them: by the queueing rule, one fixed share, simulation.

``python -m benchmarks.held_back problems/02-chat.json … --write`` adds rows to ``docs/simulation.csv``, from which
``docs/simulation.md`` is made; minutes a problem. ``--common 0.05`` measures in rows that are there the plan with that share for all
problems alike, and ``--cheaper`` whether a cheaper plan could hold where the boldest share costs as much.
"""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "simulation.csv"
#: What people take who have nothing better.
THUMB = 0.7
#: Where nothing cheaper than the simulated plan was found, this is looked at closely: cuts of a hundredth, for so many plans and seconds.
CUT, ROUNDS, CLOSELY_S = 0.99, 150, 300.0


@dataclass(frozen=True)
class Row:
    """One problem: USD a month of each plan, its score, and the most replicas of the simulated plan and the fixed share's.

    …_held   on requests that no plan was picked on: True; "unsure" where limits were kept, but not surely; or False
    fixed    the boldest share of saturation for all configurations of the problem whose plan nothing refuted where plans are picked
    hindsight  the boldest share whose plan keeps every limit on the very requests of the score
    thumb    the share of ``THUMB``; common: of ``common_share``, for all problems alike; no cost where no plan meets the problem's limits with it
    none_less  of plans that cost as much as the fixed share's: yes where every cheaper one was refuted
    stopped_s  the search was ended by the clock after so many seconds: dearer than it need be, perhaps
    catalog  begins the digest of the facts that it was measured with
    left_out  why there is no plan to speak of
    """

    problem: str
    held_back: str = ""
    rule_usd: str = ""
    rule_held: str = ""
    fixed_usd: str = ""
    fixed_utilisation: str = ""
    fixed_held: str = ""
    hindsight_usd: str = ""
    hindsight_utilisation: str = ""
    simulated_usd: str = ""
    simulated_held: str = ""
    replicas: str = ""
    rounds: str = ""
    thumb_usd: str = ""
    thumb_held: str = ""
    common_share: str = ""
    common_usd: str = ""
    common_held: str = ""
    none_less: str = ""
    stopped_s: str = ""
    catalog: str = ""
    left_out: str = ""


@click.command()
@click.argument("problems", nargs=-1, required=True)
@click.option("--write", is_flag=True, help="Add the rows to docs/simulation.csv.")
@click.option("--common", type=float, default=None, help="Only the plan with this share, in rows that are there.")
@click.option("--cheaper", is_flag=True, help="Only whether a cheaper plan could hold, in rows that are there.")
@click.option("--time-limit", type=float, default=None, help="Seconds a search; rows are then what was found by then.")
def main(problems: tuple[str, ...], write: bool, common: float | None, cheaper: bool, time_limit: float | None) -> None:
    """Measure each problem and print its row."""
    for path in problems:
        if common is not None:
            row = with_common(path, _known()[Path(path).stem], common)
        elif cheaper:
            row = with_none_less(path, _known()[Path(path).stem])
        else:
            row = with_known(measured(path, time_limit), _known().get(Path(path).stem))
        print(json.dumps(asdict(row)), flush=True)
        if write:
            _add(row)


def measured(path: str, time_limit_s: float | None = None) -> Row:
    """The plans of one problem."""
    from planner.plan.cost import TOTAL
    from planner.replay.fleets import limits_of
    from planner.replay.search import ENOUGH
    from planner.replay.tighten import one_share, searched
    from planner.solve import Options, Solved

    search, name = _search(path, time_limit_s), Path(path).stem
    if not any(limits_of(service) for service in search.problem.services):
        return Row(name, left_out="no latency limits")
    outcome = searched(search)
    if not isinstance(outcome, Solved):
        return Row(name, left_out="no plan: " + type(outcome).__name__.lower())
    plan, best = outcome.plan, search.best
    stopped = search.late()
    search.asked = replace(search.asked, options=Options(time_limit_s=None))
    rounds = plan.simulation.rounds
    rule = search.solved({}).plan
    # From the single share at which the search stopped, now whatever it costs.
    search.best = None
    fixed = (search.hundredth / 100, best) if best is not None and best.basis == "one share" else one_share(search)
    hindsight = _search(path, time_limit_s)
    hindsight.trials = replace(search.scores, enough=ENOUGH, _known={})
    late = one_share(hindsight)
    thumb = _at_share(search, THUMB)
    return Row(
        problem=name, held_back=plan.simulation.requests, rule_usd=repr(rule.cost[TOTAL]), rule_held=_score(search, rule),
        fixed_usd="" if fixed is None else repr(fixed[1].usd), fixed_utilisation="" if fixed is None else repr(fixed[0]),
        fixed_held="" if fixed is None else _score(search, fixed[1].plan),
        hindsight_usd="" if late is None else repr(late[1].usd), hindsight_utilisation="" if late is None else repr(late[0]),
        simulated_usd=repr(plan.cost[TOTAL]), simulated_held=_score(search, plan) if plan.simulation.held_where_picked else "False",
        replicas=str(max(_replicas(plan), 0 if fixed is None else _replicas(fixed[1].plan))), rounds=str(len(rounds)),
        thumb_usd=thumb[0], thumb_held=thumb[1], stopped_s=repr(time_limit_s) if stopped else "", catalog=search.catalog.digest[:12],
    )  # fmt: skip


def with_known(row: Row, before: Row | None) -> Row:
    """``row`` with what is still true of it as it was measured ``before``, with the same facts: the plan of the share for all problems alike, and
    that nothing cheaper could hold where it costs as much, since what a part of the requests refuted is refuted."""
    if before is None or before.catalog != row.catalog:
        return row
    same = (before.simulated_usd, before.fixed_usd) == (row.simulated_usd, row.fixed_usd)
    return replace(
        row, common_share=before.common_share, common_usd=before.common_usd, common_held=before.common_held, none_less=before.none_less if same else "",
    )  # fmt: skip


def with_common(path: str, row: Row, share: float) -> Row:
    """``row`` with the plan of one share that is the same for all problems."""
    if row.left_out:
        return row
    usd, held = _at_share(_search(path, None), share)
    return replace(row, common_share=repr(share), common_usd=usd, common_held=held)


def with_none_less(path: str, row: Row) -> Row:
    """``row`` with whether less could do, where the boldest share costs as much as the simulated plan."""
    equal = not row.left_out and row.fixed_usd and float(row.simulated_usd) > 0.9999 * float(row.fixed_usd)
    return replace(row, none_less=_none_less(_search(path, CLOSELY_S), float(row.simulated_usd)) if equal else "")


def _score(search, plan) -> str:
    """A plan's score: every limit surely kept, kept, or not."""
    limits = [one for cell in search.scored(plan) for one in cell.limits]
    return "True" if all(one.confident for one in limits) else "unsure" if all(one.met for one in limits) else "False"


def _search(path: str, time_limit_s: float | None):
    from planner.catalog import load_catalog
    from planner.problem.load import load_problem
    from planner.replay.search import Asked, begun
    from planner.replay.shares import cache_folder
    from planner.solve import Options

    loaded = load_problem(path)
    return begun(loaded, load_catalog(loaded.problem.catalog), Asked(Options(time_limit_s=time_limit_s), cache=cache_folder()))


def _at_share(search, share: float) -> tuple[str, str]:
    """(USD a month, score) of the plan with one share for all."""
    from planner.errors import CheckFailed
    from planner.plan.cost import TOTAL
    from planner.replay.tables import uniform_tables
    from planner.solve import Solved

    tables = uniform_tables(search.configurations, share)
    try:
        outcome = search.solved(tables)
    except CheckFailed:
        return "", "check failed"
    if not isinstance(outcome, Solved):
        return "", type(outcome).__name__.lower()
    return repr(outcome.plan.cost[TOTAL]), _score(search, outcome.plan)


def _none_less(search, usd: float) -> str:
    """Whether every plan that costs less is refuted: from shares of 0.99 on, only what missed is cut, by a hundredth each time.

    More replicas with less to do can only be earlier, so what a share was refuted at, it is refuted above.
    """
    from planner.plan.cost import TOTAL
    from planner.replay.search import BOLDEST, SAME
    from planner.replay.tables import uniform_tables
    from planner.replay.tighten import tightened
    from planner.solve import Solved, Unknown

    search.best = None
    tables = uniform_tables(search.configurations, BOLDEST, "not refuted by simulation")
    for _ in range(ROUNDS):
        outcome = search.solved(tables)
        if isinstance(outcome, Unknown):
            return "unknown"
        if not isinstance(outcome, Solved) or outcome.plan.cost[TOTAL] >= usd * (1.0 - SAME):
            return "yes"
        found = search.tried(outcome.plan, tables, "bold")
        tighter = tightened(search, found, tables, 0, ((float("inf"), CUT),))
        if found.done or tighter is tables:
            return f"no: {found.usd!r}" if found.done else "unknown"
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
