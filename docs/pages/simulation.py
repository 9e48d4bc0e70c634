"""docs/simulation.md: what a simulation does and says, and what it makes of the problems."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

TABLE = Path(__file__).resolve().parents[1] / "simulation.csv"

#: As in ``benchmarks.held_back``: a share for all problems alike that keeps every limit, and one that people take.
COMMON, THUMB = 0.07, 0.7
#: Replicas from which on there is something to choose.
LARGE = 3
#: What is shown where a share leaves no plan.
NO_PLAN = {"infeasible": "no plan", "unknown": "none found", "check failed": "–"}

HEAD = """# Simulation

Made from `docs/simulation.csv` by `python -m docs.generate`; `python -m benchmarks.held_back PROBLEM --write` measures its rows.

`planner simulate PLAN --trace FILE` replays requests against a plan, one by one: the router sends each to a replica, replicas read
prompts in chunks and decode in batches, the KV cache fills and preempts, and every request's times are counted.
`planner solve PROBLEM --simulate` does so while it solves: it plays plans on the part of the trace that was held back (40 % by
default), every service in every period and after every loss that it is to survive, tightens the shares of saturation that missed, and
solves again, from careful shares found by simulation, from the boldest ones, and with one share for all, until no cheaper plan is left
that could hold. How it works and what is assumed is in [decisions/simulation.md](decisions/simulation.md).

## What `--json` says of each service

| field | meaning |
| --- | --- |
| `requests`, `planned_rate`, `simulated_rate` | all that arrived, over all seeds; requests a second of the plan and of the run |
| `slo_met` | every limit's `attainment` is at least its percentile, and nothing that may wait was late |
| `confident` | so is every `lower_bound`: one-sided, 95 %, from batches of consecutive arrivals |
| `limits[]` | `metric`, `percentile`, `limit_ms`, `measured_ms` (null: not reached), `attainment`, `lower_bound`, `requests`, `unknown` (of which nobody states how long they took: no attainment then) |
| `ttft_ms`, `tpot_ms`, `end_to_end_ms` | mean, number, and percentiles with the bounds that hold them in 90 % of cases |
| `itl_ms` | the same of the gaps between tokens of a sequence, by when they end (`gaps`: their number; bins 0.5 % wide) |
| `goodput_per_s` | requests a second within all limits; null where all came at one instant |
| `endings`, `retried` | finished, refused, too long, lost, unfinished: all but the first are not in time |
| `claimed` | what the plan said of the same periods |
| `provider_apis[]`, `hosted` | requests, those refused by a limit of the account, those that units did not carry, latency as stated, dollars |
| `serverless[]` | starts, requests that met one, hours and dollars of workers, beside what the plan claims (its upper bounds) |
| `window` | of work that may wait: due within `window_hours`, `late` (for whatever reason); one late request misses |
| `disaggregated` | with `--disaggregate`: `groups[]`, caches moved, their time on the way and the wait before, how busy both kinds are; `together`, what the same replicas reach undivided |
| `answered_by` | groups whose replicas answer for the service; it has no requests of its own then |
| `autoscaling[]` | with `--autoscale`: starts and mean replicas beside the plan's |

`incurred` holds cost and carbon of the simulated hours beside the plan's. `--faults all` prints `faults[]` instead: `fault`,
`kind`, `service`, `period`, `start_s`, `end_s`, `requests` that came meanwhile, `during` and `undisturbed` (shares served within all limits, with and without
it), `turned_away` (share refused), `recover_s`, `unrecovered`, `survives` (null: nothing is stated for such a loss), and `retried`, `lost`, `refused`,
`unfinished`: requests of the whole run beyond those without the fault.

## Faults

`--faults all` (or some of `instance,spot_pool,spot_region,zone,region,slow_start,burst`) plays each fault that a plan can meet on its own: a pool's
instance that holds most of the service (by the placement that the plan's check works out), a spot pool or all spot of a region until the problem's
restart time is over, a zone or a region for half an hour, twice the requests for ten minutes, and replicas that come three start-up times
late where a period adds most of them. Without a trace it is the plan's busiest period (`--start` names another), each period as long as it is. A row says
who of the requests that came meanwhile was served within all limits, beside the same requests without the fault; the share turned away, for want of
replicas or because the plan undertakes a fraction only; when minutes were as good again as without it; what was sent again and what was
lost; and whether the fraction that the problem wants survived was (exit code 7 if not). Each is one run. `--kill-spot 600` reclaims spot in an ordinary run, and
`--spot-trace FILE` makes it come and go as a probe recorded: CSV, also gzipped, with `start_seconds,duration_seconds` and `available` (1: there),
`unavailable` (1: away) or `value` (1: there); of a file with a column `series` one is chosen by `FILE#PART_OF_ITS_NAME`, and
`POOL=FILE` is for one pool.

## Replicas that follow the load

`--autoscale requests=8` or `--autoscale utilisation=0.7` asks what an autoscaler would do with the plan's configurations instead of its
periods; after commas `min=` and `max=` replicas of each configuration (default 1, and the plan's most), `start=` seconds until a
replica serves (default: the problem's `start_up.hours`), `calm=` seconds until replicas are taken away (300). It looks every 15 s as
Kubernetes' does by default: requests running and waiting, or the work that came in the last minute in replicas' worth at saturation, over
the target; differences of a tenth are let be, at most twice as many or four more are started in one look, and the last ones stop first, when
they have answered what they have. `utilisation` alone takes the plan's own highest. Cost and carbon are those of instances while
any of their replicas starts or runs (periods are then played in full, however long that takes); instances covered by commitments or owned cost what they cost, those that ran longest are taken for them. Services that share instances in the plan are counted with their
own then, and a note says so.

## Prefill and decode apart

`--disaggregate 2:3` (or `SERVICE=2:3`) asks what the plan's replicas would do if of every five two read prompts and three decoded; of each
configuration in a region and period as near to the ratio as can be, with one of either kind. After commas `link=` `network` (the default), `scaleup` or
`pcie`, as the catalogue knows the accelerator's, or GB/s of one accelerator in one direction; `latency=` milliseconds before a cache moves (1).
The run is told first, and beside it the same requests on the same replicas undivided; the exit code is of the divided one.

## Plans on requests that did not make them

For each problem with latency limits plans made from the first 60 % of its trace, or from its stated demand, and put under the rest of the trace or
newly drawn arrivals; "kept" means every limit at its percentile with 95 % confidence, in every period and after every loss that the plan survives.
USD a month with the queueing rule (what `solve` does alone); simulated; and with one fixed share of saturation, in three readings: the boldest for this
very problem, to the hundredth, found with hindsight; {common:g} for all problems alike, the boldest that keeps every limit wherever there is a plan with it;
and {thumb:g}, a common rule of thumb. Replicas are the most at a time, of the larger of the simulated plan and the one of the boldest share.

| problem | replicas | queueing rule | | simulated | | boldest share | | at {common:g} | at {thumb:g} | | plans on the way |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""


def simulation_page() -> str:
    """The page as Markdown."""
    with TABLE.open(newline="", encoding="utf-8") as stream:
        every = list(csv.DictReader(stream))
    rows = [row for row in every if not row["left_out"]]
    head = HEAD.replace("{common:g}", f"{COMMON:g}").replace("{thumb:g}", f"{THUMB:g}")
    return head + "".join(_row(row) for row in rows) + _sums(rows) + _left_out(every)


def _row(row: dict[str, str]) -> str:
    fixed = f"{float(row['fixed_usd']):,.0f} | {float(row['fixed_utilisation']):g}" if row["fixed_usd"] else "– | none keeps them"
    return (
        f"| {row['problem']} | {row['replicas']} | {float(row['rule_usd']):,.0f} | {_kept(row['rule_held'])} |"
        f" {float(row['simulated_usd']):,.0f} | {_kept(row['simulated_held'])} | {fixed} |"
        f" {_beside(row['common_usd'], row['common_held'])} | {_beside(row['thumb_usd'], row['thumb_held'])} |"
        f" {_kept(row['thumb_held']) if row['thumb_usd'] else ''} | {row['rounds']} |\n"
    )


def _beside(usd: str, held: str) -> str:
    return f"{float(usd):,.0f}" if usd else NO_PLAN.get(held, held)


def _kept(value: str) -> str:
    return "kept" if value == "True" else "missed"


def _sums(rows: list[dict[str, str]]) -> str:
    held = [row for row in rows if row["simulated_held"] == "True"]
    never = [row["problem"] for row in rows if row["simulated_held"] != "True"]
    large = [row for row in held if int(row["replicas"]) >= LARGE]
    less, equal, more = _against(large, "fixed")
    dearer = [row["problem"] for row in held if row["fixed_usd"] and _usd(row, "simulated") > 1.0001 * _usd(row, "fixed")]
    none_less = [row["problem"] for row in large if row["problem"] in equal and row["none_less"] == "yes"]
    unsure = [name for name in equal if name not in none_less]
    common_less, common_equal, common_more = _against([row for row in large if row["common_usd"]], "common")
    thumb = [row for row in large if row["thumb_usd"]]
    missed = [row["problem"] for row in thumb if row["thumb_held"] != "True"]
    thumb_less, thumb_equal, _ = _against([row for row in thumb if row["thumb_held"] == "True"], "thumb")
    rule = [row["problem"] for row in rows if row["rule_held"] != "True"]
    lines = [
        f"The simulated plan keeps its limits on {len(held)} of {len(rows)} problems" + (f"; not on {', '.join(never)}" if never else "") + ".",
        f"It costs more than the plan of a fixed share that also keeps them on {', '.join(dearer) if dearer else 'none'}.",
        f"Of the {len(large)} with three or more replicas it costs less than:",
        "",
        f"- the boldest share of each problem, found with hindsight, on {len(less)}, the same on {len(equal)}, more on {len(more)}. Where it is the same,"
        f" every cheaper plan is refuted on {len(none_less)}" + (f"; not looked at to the end on {', '.join(unsure)}" if unsure else "")
        + f" ({', '.join(none_less)}): the program was solved with nothing but refuted shares cut, by a hundredth each time, until no cheaper plan was left;",
        f"- the share of {COMMON:g} for all problems alike on {len(common_less)}, the same on {len(common_equal)}, more on {len(common_more)}; {_without(large)};",
        f"- the share of {THUMB:g} on {len(thumb_less)} of the {len(thumb) - len(missed)} on which that keeps the limits, the same on {len(thumb_equal)}. It misses a limit on"
        f" {len(missed)}: {', '.join(missed)}.",
        "",
        f"The queueing rule misses a limit on {', '.join(rule)}." if rule else "The queueing rule keeps every limit.",
    ]  # fmt: skip
    facts = Counter(row["catalog"] for row in rows)
    if len(facts) > 1:
        usual = facts.most_common(1)[0][0]
        before = [row["problem"] for row in rows if row["catalog"] != usual]
        lines.append(f"Measured with other figures of performance than the rest, of an earlier or a later refit: {', '.join(before)}.")
    return "\n" + "\n".join(lines) + "\n"


def _against(rows: list[dict[str, str]], other: str) -> tuple[list[str], list[str], list[str]]:
    """Problems on which the simulated plan costs less, the same and more than the other one."""
    found: tuple[list[str], list[str], list[str]] = ([], [], [])
    for row in rows:
        if row[f"{other}_usd"]:
            ratio = _usd(row, "simulated") / _usd(row, other)
            found[0 if ratio < 0.9999 else 2 if ratio > 1.0001 else 1].append(row["problem"])
    return found


def _without(rows: list[dict[str, str]]) -> str:
    none = [row["problem"] for row in rows if not row["common_usd"]]
    return f"{', '.join(none)} {'has' if len(none) == 1 else 'have'} no plan with it" if none else "all have a plan with it"


def _usd(row: dict[str, str], plan: str) -> float:
    return float(row[f"{plan}_usd"])


def _left_out(rows: list[dict[str, str]]) -> str:
    """Problems with limits that there is nothing to say of, by reason."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row["left_out"]:
            reasons.setdefault(row["left_out"], []).append(row["problem"])
    return "".join(f"\nLeft out ({reason}): {', '.join(names)}.\n" for reason, names in sorted(reasons.items()))
