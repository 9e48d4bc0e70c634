"""docs/simulation.md: what a simulation does and says, and what it makes of the problems."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

TABLE = Path(__file__).resolve().parents[1] / "simulation.csv"

#: As in ``benchmarks.held_back``: what people take.
THUMB = 0.7
#: Replicas from which on there is something to choose.
LARGE = 3
#: What is shown where a share leaves no plan.
NO_PLAN = {"infeasible": "no plan", "unknown": "none found", "check failed": "–"}

HEAD = """# Simulation

Made from `docs/simulation.csv` by `python -m docs.generate`; `python -m benchmarks.held_back PROBLEM --write` measures its rows.

`planner simulate PLAN --trace FILE` replays requests against a plan, one by one: the router sends each to a replica, replicas read
prompts in chunks and decode in batches, the KV cache fills and preempts, and every request's times are counted.
`planner solve PROBLEM --simulate` does so while it solves: it plays plans on what they are picked on, every service in every period and
after every loss that it is to survive, tightens the shares of saturation that missed, and solves again, from careful shares found by
simulation, from the boldest ones, and with one share for all, until no cheaper plan is left that could hold. The plan that is left is
scored once, on requests that had no say in it. How it works and what is assumed is in [decisions/simulation.md](decisions/simulation.md).

## Planned with, picked on, scored

A trace is cut in three by time; `--hold-back` (0.4) is the share of the last two, halves of it.

| part | by default | what it decides |
| --- | --- | --- |
| planned with | the first 60 % | rates, lengths and burstiness of the problem that is solved; tables of shares |
| picked on | the next 20 % | with the first part, and with arrivals drawn as bursty as it, which plans are refuted: each of the three is asked alone, at 99 % confidence; and so is what drifted from the first part to this one, going on |
| untouched | the last 20 % | nothing: the final plan is played on it once, and that is its score, at the stated 95 % |

What drifts between the two known parts goes on when the plan runs. Each class of requests is as often as it came in the part picked on, times its growth
since the first part carried on to the end of the trace, as far as chance does not explain it; plans are to reach their limits then, with no confidence beyond
that, since the end lies beyond most of what comes. Where the problem states its rates only lengths drift, and requests come more often by the upper
bound (90 %) of what their tokens may be. The plan states what was carried on how far (`simulation.picked_on`). It is a scenario, no forecast of the untouched
part, of which nothing is known but how long it is. Parts over six hours that hold no two days tell hours and drift not apart: nothing is carried on then.

Services without a trace are picked on an hour of drawn arrivals and scored on four such runs of other seeds. The verdict is the score's:
`simulated` is true, and the exit code 0, where nothing that the plan was picked on refutes it and every limit was measured and surely kept in
the score. Otherwise the exit code is 7 and the text says which: the plan does not hold; or its limits were kept, but not surely, for too few
requests came or too bursty (a short trace is never mixed with what the plan was picked on to make up for it); or no plan was found
that holds where plans are picked. Runs where plans are picked end when four times the requests are late that a limit allows, and nothing more is asked of a
service and period that were late. A miss is not mended, since the next plan would be picked on it; a longer trace, `workload.headroom` for
demand that grows, or a higher `--hold-back` are what to try.

## What `--json` says of each service

| field | meaning |
| --- | --- |
| `requests`, `planned_rate`, `simulated_rate` | all that arrived, over all seeds; requests a second of the plan and of the run |
| `slo_met` | every limit's `attainment` is at least its percentile, and nothing that may wait was late; a TPOT limit of a service whose answers are one token asks nothing and is not listed, unless the trace has longer ones; null where a limit was not measured, since no request came that it asks anything of (exit code 7). Of the whole run: false where one service's is, else null where one's is; services without planned or simulated requests say nothing |
| `confident` | so is every `lower_bound`: one-sided, 95 %, from batches of consecutive arrivals; null as of `slo_met` |
| `limits[]` | `metric`, `percentile`, `limit_ms`, `measured_ms` (null: not reached), `attainment`, `lower_bound`, `requests`, `unknown` (of which nobody states how long they took: no attainment then) |
| `ttft_ms`, `tpot_ms`, `end_to_end_ms` | mean, number, and percentiles with the bounds that hold them in 90 % of cases |
| `itl_ms` | the same of the gaps between tokens of a sequence, by when they end (`gaps`: their number; bins 0.5 % wide) |
| `goodput_per_s` | requests a second within all limits; null where all came at one instant |
| `endings`, `retried` | finished, refused, too long, lost, unfinished: all but the first are not in time |
| `utilisation` | share of saturation used: the work of the requests, by class as the plan counts it, over replicas |
| `busy_share` | share of the replicas' time in which an iteration was under way, however small its batch: near 1 long before saturation |
| `claimed` | what the plan said of the same periods: latencies where they are worst, `utilisation` (the same measure as above) in the mean |
| `provider_apis[]`, `hosted` | requests, those refused by a limit of the account, those that units did not carry, latency as stated, dollars |
| `serverless[]` | starts, requests that met one, hours and dollars of workers, beside what the plan claims (its upper bounds) |
| `window` | of work that may wait: due within `window_hours`, `late` (for whatever reason); one late request misses |
| `disaggregated` | with `--disaggregate`: `groups[]`, caches moved, their time on the way and the wait before, how busy both kinds are; `together`, what the same replicas reach undivided |
| `answered_by` | groups whose replicas answer for the service; it has no requests of its own then |
| `autoscaling[]` | with `--autoscale`: starts and mean replicas beside the plan's |

`incurred` holds cost and carbon of the simulated hours beside the plan's; `at_most` where they are upper bounds (below). `--faults all` prints `faults[]` instead: `fault`,
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
`POOL=FILE` is for one pool. Run lengths are read too: `trace_id,gap_seconds,rle_available_x_run`, a series a row, `0x246 1x3` being 246 probes without an
instance and three with one.

## Replicas that follow the load

`--autoscale requests=8` or `--autoscale utilisation=0.7` asks what an autoscaler would do with the plan's configurations instead of its
periods; after commas `min=` and `max=` replicas of each configuration (default 1, and the plan's most), `start=` seconds until a
replica serves (default: the problem's `start_up.hours`), `calm=` seconds until replicas are taken away (300). It looks every 15 s as
Kubernetes' does by default: requests running and waiting, or the work that came in the last minute in replicas' worth at saturation, over
the target; differences of a tenth are let be, at most twice as many or four more are started in one look, and the last ones stop first, when
they have answered what they have. `utilisation` alone takes the plan's own highest. Cost and carbon are those of instances while
any of their replicas starts or runs (periods are then played in full, however long that takes); instances covered by commitments or owned cost what they cost, those that ran longest are taken for them. Each service is played alone; where services
share instances in the plan, their replicas are laid over each other by when each came and went: on the first instance with room, and of a service with
`min_instances` on so many. Where more came and went than is written down (200,000 times a service), each is counted with instances of its own, and
`incurred.at_most` and a note say that cost and carbon are upper bounds.

## Prefill and decode apart

`--disaggregate 2:3` (or `SERVICE=2:3`) asks what the plan's replicas would do if of every five two read prompts and three decoded; of each
configuration in a region and period as near to the ratio as can be, with one of either kind. After commas `link=` `network` (the default), `scaleup` or
`pcie`, as the catalogue knows the accelerator's, or GB/s of one accelerator in one direction; `latency=` milliseconds before a cache moves (1).
The run is told first, and beside it the same requests on the same replicas undivided; the exit code is of the divided one.

## Plans on requests that did not make them

For each problem with latency limits plans made and picked as above, and scored: "kept" means every limit at its percentile with 95 % confidence on
the untouched requests, in every period and after every loss that the plan survives; "kept?" that the share of requests in time is reached, but not surely.
USD a month with the queueing rule (what `solve` does alone); simulated; and with one fixed share of saturation for all configurations, in four readings:

- picked alike: the boldest for this very problem, to the hundredth, that nothing refutes where plans are picked. It needs the same simulations;
- hindsight: the boldest that keeps every limit on the very requests of the score, which nobody has who plans;
- at {common}: the same for all problems, the boldest that is picked on every one of them. It is what a rule without simulation would have to be;
- at {thumb:g}: a common rule of thumb.

Replicas are the most at a time, of the larger of the simulated plan and the one picked alike.

| problem | replicas | queueing rule | | simulated | | picked alike | | | hindsight | | at {common} | | at {thumb:g} | | plans on the way |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""


def simulation_page() -> str:
    """The page as Markdown."""
    with TABLE.open(newline="", encoding="utf-8") as stream:
        every = list(csv.DictReader(stream))
    rows = [row for row in every if not row["left_out"]]
    head = HEAD.replace("{common}", _common(rows)).replace("{thumb:g}", f"{THUMB:g}")
    return head + "".join(_row(row) for row in rows) + _sums(rows) + _left_out(every)


def _common(rows: list[dict[str, str]]) -> str:
    """The share that was measured for all problems alike."""
    return ", ".join(sorted({row["common_share"] for row in rows if row["common_share"]})) or "one share for all"


def _row(row: dict[str, str]) -> str:
    fixed = f"{float(row['fixed_usd']):,.0f} | {float(row['fixed_utilisation']):g} | {_kept(row['fixed_held'])}" if row["fixed_usd"] else "– | none | "
    late = f"{float(row['hindsight_usd']):,.0f} | {float(row['hindsight_utilisation']):g}" if row["hindsight_usd"] else "– | none"
    return (
        f"| {row['problem']} | {row['replicas']} | {float(row['rule_usd']):,.0f} | {_kept(row['rule_held'])} |"
        f" {float(row['simulated_usd']):,.0f} | {_kept(row['simulated_held'])} | {fixed} | {late} | {_beside(row, 'common')} | {_beside(row, 'thumb')} |"
        f" {row['rounds']} |\n"
    )


def _beside(row: dict[str, str], plan: str) -> str:
    usd, held = row[f"{plan}_usd"], row[f"{plan}_held"]
    return f"{float(usd):,.0f} | {_kept(held)}" if usd else f"{NO_PLAN.get(held, held or '–')} | "


def _kept(value: str) -> str:
    return {"True": "kept", "unsure": "kept?"}.get(value, "missed")


def _sums(rows: list[dict[str, str]]) -> str:
    by = {word: [row["problem"] for row in rows if _kept(row["simulated_held"]) == word] for word in ("kept", "kept?", "missed")}
    large = [row for row in rows if int(row["replicas"]) >= LARGE]
    share = _common(rows)
    lines = [
        f"The score of the simulated plan: every limit surely kept on {len(by['kept'])} of {len(rows)} problems"
        + (f"; kept, but not surely, on {', '.join(by['kept?'])}" if by["kept?"] else "") + (f"; missed on {', '.join(by['missed'])}" if by["missed"] else "")
        + ".",
        "",
        f'"Costs less" says little without against what. Of the {len(large)} problems with three or more replicas the simulated plan costs',
        "",
        f"- against one share of {share} for all problems alike: {_told(large, 'common')}{_without(large)};",
        f"- against the boldest share of each problem, picked alike: {_told(large, 'fixed')}. {_none_less(large)};",
        f"- against the boldest share of each problem with hindsight of the score: {_told(large, 'hindsight')};",
        f"- against {THUMB:g}: {_told(large, 'thumb')}. That misses a limit on {_names(large, 'thumb_held')}.",
        "",
        f"Of all {len(rows)}, plans that were kept cost more than one of a fixed share that was also kept: picked alike, on {_dearer(rows, 'fixed', 'fixed_held')};"
        f" with hindsight, on {_dearer(rows, 'hindsight', '')}.",
        f"The share picked alike misses its score on {_names(rows, 'fixed_held')}, the queueing rule on {_names(rows, 'rule_held')}.",
    ]  # fmt: skip
    stopped = {row["problem"]: row["stopped_s"] for row in rows if row["stopped_s"]}
    if stopped:
        told = ", ".join(f"{name} ({float(seconds):g} s)" for name, seconds in stopped.items())
        lines.append(f"The search was ended by the clock on {told}: what was found by then is shown, and may be dearer than it need be.")
    facts = Counter(row["catalog"] for row in rows)
    if len(facts) > 1:
        usual = facts.most_common(1)[0][0]
        before = [row["problem"] for row in rows if row["catalog"] != usual]
        lines.append(f"Measured with other figures of performance than the rest, of an earlier or a later refit: {', '.join(before)}.")
    return "\n" + "\n".join(lines) + "\n"


def _told(rows: list[dict[str, str]], other: str) -> str:
    known = [row for row in rows if row[f"{other}_usd"]]
    less, equal, more = _against(known, other)
    return f"less on {len(less)} of {len(known)}, the same on {len(equal)}, more on {len(more)}" + (f" ({', '.join(more)})" if more else "")


def _none_less(rows: list[dict[str, str]]) -> str:
    """Of those that cost the same: whether anything cheaper is left."""
    equal = _against([row for row in rows if row["fixed_usd"]], "fixed")[1]
    refuted = [row["problem"] for row in rows if row["problem"] in equal and row["none_less"] == "yes"]
    unsure = [name for name in equal if name not in refuted]
    return (
        f"Where it is the same, every cheaper plan is refuted on {len(refuted)}: the program was solved with nothing but refuted shares cut, by a hundredth"
        " each time, until no cheaper plan was left" + (f" (not looked at to the end on {', '.join(unsure)})" if unsure else "")
    )


def _dearer(rows: list[dict[str, str]], other: str, held: str) -> str:
    found = [
        row["problem"]
        for row in rows
        if row["simulated_held"] == "True" and row[f"{other}_usd"] and (not held or row[held] == "True") and _usd(row, "simulated") > 1.0001 * _usd(row, other)
    ]
    return ", ".join(found) or "none"


def _names(rows: list[dict[str, str]], held: str) -> str:
    """Problems whose score is a miss."""
    plan = held.removesuffix("_held")
    return ", ".join(row["problem"] for row in rows if row[f"{plan}_usd"] and row[held] == "False") or "none"


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
    return f"; {', '.join(none)} {'has' if len(none) == 1 else 'have'} no plan with it" if none else ""


def _usd(row: dict[str, str], plan: str) -> float:
    return float(row[f"{plan}_usd"])


def _left_out(rows: list[dict[str, str]]) -> str:
    """Problems with limits that there is nothing to say of, by reason."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row["left_out"]:
            reasons.setdefault(row["left_out"], []).append(row["problem"])
    return "".join(f"\nLeft out ({reason}): {', '.join(names)}.\n" for reason, names in sorted(reasons.items()))
