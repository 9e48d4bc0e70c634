"""The tables of safe shares that come with the planner: those that ``solve --simulate`` asks for on the problems, and no others.

``python -m benchmarks.shipped_shares problems/*.json problems/*.yaml --write`` after what they rest on has changed (predictions, limits,
traces, the simulation itself): iteration times are part of their names, so tables of before are never found again. All are found
anew, in a quarter of an hour.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import click


@click.command()
@click.argument("problems", nargs=-1, required=True)
@click.option("--write", is_flag=True, help="Replace the tables that are shipped.")
def main(problems: tuple[str, ...], write: bool) -> None:
    """Find what each problem asks for, and say how much of it is shipped."""
    from planner.replay import shares

    known, used = dict(shares.shipped()), {}
    with tempfile.TemporaryDirectory() as folder:
        target, shares.SHIPPED = shares.SHIPPED, Path(folder) / "none"
        shares.shipped.cache_clear()
        for path in problems:
            own = asked_for(path, Path(folder) / Path(path).name)
            print(f"{Path(path).stem}: {len(own)} tables, {sum(known.get(key) == own[key] for key in own)} shipped", flush=True)
            used |= own
    print(f"{len(used)} tables are asked for; of {len(known)} shipped ones {sum(key not in used for key in known)} are not")
    if write:
        lines = ",\n".join(f'  "{key}": {json.dumps(used[key])}' for key in sorted(used))
        target.write_text("{\n" + lines + "\n}\n", encoding="ascii")


def asked_for(path: str, folder: Path) -> dict[str, list]:
    """The tables of what the plans of a problem use, by digest; none where it has no plan or no limits."""
    from planner.catalog import load_catalog
    from planner.errors import InvalidInput
    from planner.problem.load import load_problem
    from planner.replay.search import Asked, begun
    from planner.replay.tighten import by_evidence
    from planner.solve import Options, Solved

    try:
        loaded = load_problem(path)
    except InvalidInput:
        return {}  # a file of another kind
    search = begun(loaded, load_catalog(loaded.problem.catalog), Asked(Options(), cache=folder))
    outcome = search.solved({})
    if isinstance(outcome, Solved):
        search.tried(outcome.plan, {}, "queueing rule")
        by_evidence(search, outcome.plan)
    return {one.stem: json.loads(one.read_text(encoding="ascii")) for one in sorted(folder.glob("*.json"))}


if __name__ == "__main__":
    main()
