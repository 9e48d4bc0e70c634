"""``docs/negotiation.md``: a plan as the start of a conversation, every answer made by running the command above it."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import tempfile
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

#: Prose, and the commands whose output stands below it. ``PLAN`` is the operations problem's plan.
STORY: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        """# What if, what does each limit cost, and what must give

Made by running the commands on this page (`python -m docs.generate`); edit `docs/pages/negotiation.py`, not this page.

A plan is the start of a conversation: engineers ask what if, finance has a number, procurement faces a vendor, operations
runs something already. Every figure below is the cost of a plan that was solved again and checked. A difference carries the
interval in which the true one lies; where that straddles zero, the sign is *not proven* and the answer says so. The
problems are small enough to follow by hand.

## Engineers ask what if

Half the time to the first token: what moves, what does it cost, and what stood in the way?""",
        ("whatif problems/negotiation-engineers.json --set services.chat.slo.ttft_ms.p95=300",),
    ),
    ("""Which plan holds at which demand? `-o sweep.csv` writes the table, `--jobs 2` uses two processes, `--resume` goes on after a
stop, and the file is the same in every case.""", ("sweep problems/negotiation-engineers.json --over demand=0.5:1.5:0.5",)),
    ("""What does every limit cost? A mixed-integer program has no shadow prices, so each limit is moved and the program solved again;
the widest swing stands first.""", ("price problems/negotiation-engineers.json",)),
    (
        """## Finance has a number

28,000 USD a month. The limits that cannot all hold are named in the words of the problem, with the defaults under which that is
so: nobody asked for no spot, but with spot there would be a way. With any one of them out a plan exists, and a second
solver confirms that with all of them, and nothing else, none does. The bundles below are the cheapest concessions of
their character, each with a checked plan and with who must agree.""",
        ("negotiate problems/negotiation-finance.json --budget 28000 --keep residency",),
    ),
    (
        """Whose is the money? Each team at list, contracted and effective price, by a stated rule; the lines sum to the total to the
cent. `--rule whole` sets empty slots and the savings of commitments apart instead.""",
        ("showback problems/negotiation-teams.json --by team",),
    ),
    (
        """How much to commit to, when nobody knows next year's demand? Commitments are the same in every scenario, everything else
adapts: one program decides them, and each figure is the cost of a scenario's plan with the level held.""",
        ("commit problems/negotiation-commitments.json --over demand=0.6:1.4:0.4",),
    ),
    (
        """And what will be regretted? Four scenarios with weights lie in a file; commitments keep today's price, whatever rents do.""",
        ("regret problems/negotiation-commitments.json --scenarios problems/scenarios/next-year.json --aim regret",),
    ),
    (
        """## Procurement faces a vendor

At which price does the vendor's machine enter the plan, and at which does it take over? The cheapest cost is concave and
piecewise linear in one price, so both are exact after a few solves.""",
        ("price problems/negotiation-procurement.json --option mi300x@crusoe", "why-not problems/negotiation-procurement.json --use 'MI300X for chat'"),
    ),
    ("What is the rival worth, that is, what does walking away cost?", ("whatif problems/negotiation-procurement.json --without rival",)),
    (
        """## Operations must live with it

Why is the plan as it is? `planner solve problems/negotiation-operations.json -o plan.json` wrote the plan that is explained.""",
        ("explain PLAN",),
    ),
    ("And if that plan is not wanted: what costs little more and really differs, and what does each kilogram of carbon cost?",
     ("alternatives problems/negotiation-operations.json --within 15%", "frontier problems/negotiation-operations.json --step 10%")),
    (
        """A year later the plan runs, one service has grown and a rival asks less. What to start, stop and keep, and what does each
further change save? The work that a change takes and the hour of running twice are part of the cost.""",
        ("replan problems/negotiation-moving.json --from PLAN", "replan problems/negotiation-moving.json --from PLAN --max-changes 2"),
    ),
)


def negotiation_page() -> str:
    """The whole page."""
    return _page()


@lru_cache(maxsize=1)
def _page() -> str:
    parts = []
    with tempfile.TemporaryDirectory() as folder:
        plan = str(Path(folder) / "plan.json")
        _said(["solve", "problems/negotiation-operations.json", "-o", plan])
        for prose, commands in STORY:
            parts.append(prose + "\n")
            for command in commands:
                shown = f"planner {command.replace('PLAN', 'plan.json')}"
                parts.append(f"```sh\n{shown}\n```\n\n```text\n{_said(shlex.split(command.replace('PLAN', plan)))}\n```\n")
    return "\n".join(parts)


def _said(arguments: list[str]) -> str:
    """What a command prints at 80 columns; it must end well."""
    from planner.cli.main import main

    said = io.StringIO()
    columns, folder = os.environ.get("COLUMNS"), os.getcwd()
    os.environ["COLUMNS"] = "80"
    os.chdir(ROOT)
    try:
        with contextlib.redirect_stdout(said):
            code = main(arguments)
    finally:
        os.chdir(folder)
        os.environ.pop("COLUMNS") if columns is None else os.environ.update(COLUMNS=columns)
    if code != 0:
        raise SystemExit(f"docs/negotiation.md: planner {' '.join(arguments)} ended with {code}")
    return said.getvalue().rstrip()
