"""What a simulation found as plain data: the content that ``planner simulate --json`` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from planner.replay.autoscale import autoscaled_found, packing_notes
from planner.replay.case import Case
from planner.replay.demand import Span
from planner.replay.disaggregate import divided_found
from planner.replay.incurred import incurred
from planner.replay.laid_over import laid_over
from planner.replay.run import Simulated
from planner.replay.sent import options_found
from planner.replay.serverless import workers_found
from planner.replay.usage import busy_share, planned_utilisation, utilisation
from planner.simulate.fleet import Autoscaler
from planner.simulate.kernel.world import ENDINGS, PS_PER_S
from planner.simulate.service import kv_use
from planner.simulate.tally import ITL, METRICS, Attainment, Tally, verdict
from planner.units import SECONDS_PER_HOUR

PERCENTILES = (50.0, 90.0, 95.0, 99.0)


def content(case: Case, found: Mapping[str, Simulated], together: Mapping[str, Simulated] | None = None) -> dict[str, Any]:
    """What was found, as plain data; ``together`` are the same services undivided, where some were divided."""
    first = next(iter(found.values()))
    # A service without demand, or whose requests another one's replicas answer, says nothing, unless all are such.
    asked = [one for one in found.values() if not one.idle] or list(found.values())
    lengths: dict[int, float] = {}
    ends = [*(stage.start_s for stage in first.span.stages[1:]), first.span.seconds]
    for stage, end in zip(first.span.stages, ends):
        lengths[stage.period] = lengths.get(stage.period, 0.0) + max(0.0, end - stage.start_s)
    hours = {t: seconds / SECONDS_PER_HOUR for t, seconds in lengths.items()}
    workers = {name: workers_found(case, one.fleet, one.played, hours) for name, one in found.items()}
    hosted = {name: options_found(case.services[name], one.sent, len(one.played), hours) for name, one in found.items()}
    by_use = tuple(sum(getattr(w, usd) for each in (*workers.values(), *hosted.values()) for w in each) for usd in ("claimed_usd", "usd"))
    load = {name: one.simulated_rate / one.planned_rate for name, one in found.items() if one.planned_rate > 0.0}
    ran, at_most = _ran(case, found)
    spent = incurred(case, lengths, load, _spot_up(found), ran=ran, by_use=by_use)
    return {
        "start": case.plan.periods[first.span.stages[0].period].name,
        "simulated_s": first.span.seconds,
        "share_of_each_period": first.span.share,
        "slo_met": verdict(one.slo_met for one in asked),
        "confident": verdict(one.confident for one in asked),
        "incurred": asdict(spent) | {"at_most": at_most},
        "services": [
            _service_content(case, name, one, hours)
            | {"disaggregated": _divided_content(case, one, (together or {}).get(name), hours)}
            | {"serverless": [asdict(w) for w in workers[name]], "provider_apis": [asdict(option) for option in hosted[name]]}
            for name, one in found.items()
        ],
    }


def _service_content(case: Case, name: str, one: Simulated, hours: Mapping[int, float]) -> dict[str, Any]:
    tally, played = one.tally, one.played
    counted_s = (tally.end - tally.begin) / 1e12 * len(played)
    used = [kv_use(p.world) for p in played]
    replicas = np.concatenate([p.world.replicas for p in played])
    return {
        "name": name,
        "requests": one.requests,
        "counted_requests": tally.requests,
        "warm_up_s": one.warm_up_s,
        "planned_rate": one.planned_rate,
        "simulated_rate": one.simulated_rate,
        "claimed": _claimed(case, name, one.span, hours),
        "answered_by": sorted(next(s for s in case.plan.services if s.name == name).answered_by),
        "hosted": {"requests": one.sent.requests, "refused": one.sent.refused},
        "slo_met": one.slo_met,
        "confident": one.confident,
        "window": None if one.due is None else _window_content(case, name, one),
        "limits": [_limit_content(limit) for limit in one.limits],
        **{f"{metric}_ms": _percentiles(tally, metric) for metric in METRICS},
        "itl_ms": {"gaps": tally.finished(ITL), **_quantiles(tally, ITL)},
        "goodput_per_s": float(tally.good.sum()) / counted_s if one.span.seconds > 0.0 else None,
        "endings": {ending: int(count) for ending, count in zip(ENDINGS, tally.endings)},
        "retried": tally.retried,
        "preemptions": int(replicas["preempted"].sum()),
        "autoscaling": [asdict(found) for found in autoscaled_found(one.fleet, played, one.span.seconds, hours)],
        "utilisation": utilisation(one.fleet, played, one.taken, one.span.seconds or max(p.ended_s for p in played)),
        "busy_share": busy_share(one.fleet, played),
        "kv_use_mean": sum(u[0] for u in used) / len(used),
        "kv_use_peak": max(u[1] for u in used),
        "tokens_read": int(replicas["tokens_in"].sum()),
        "tokens_written": int(replicas["tokens_out"].sum()),
    }


def _divided_content(case: Case, one: Simulated, undivided: Simulated | None, hours: Mapping[int, float]) -> dict[str, Any] | None:
    """What moved, and what the same replicas reach where each does both."""
    if undivided is None or one.divided is None:
        return None
    whole = _service_content(case, one.fleet.service, undivided, hours)
    kept = ("slo_met", "confident", "limits", *(f"{metric}_ms" for metric in (*METRICS, ITL)), "goodput_per_s", "endings", "preemptions", "utilisation", "busy_share")
    return {
        "groups": [asdict(part) for part in divided_found(case, one.fleet, one.divided, one.played)],
        "together": {name: whole[name] for name in kept},
    }


def _limit_content(one: Attainment) -> dict[str, Any]:
    return {
        "metric": f"{one.limit.metric}_ms",
        "percentile": one.limit.percentile,
        "limit_ms": one.limit.limit_ms,
        "measured_ms": one.measured_ms,
        "attainment": one.attainment,
        "lower_bound": one.lower_bound,
        "requests": one.requests,
        "unknown": one.unknown,
        "met": one.met,
        "confident": one.confident,
    }


def _window_content(case: Case, name: str, one: Simulated) -> dict[str, Any]:
    """Work that may wait: late is all that was not answered within the window, for whatever reason."""
    share = one.due.attainment
    late = None if share is None else round((1.0 - share) * one.due.requests)
    return {
        "window_hours": case.services[name].window_hours, "requests": one.due.requests, "in_time": share, "late": late,
        "waiting_before": one.before, "longest_ms": one.tally.quantiles("end_to_end", (100.0,))[0].value_ms, "met": one.due.met,
    }  # fmt: skip


def _percentiles(tally: Tally, metric: str) -> dict[str, Any]:
    return {"mean": tally.mean_ms(metric), "requests": tally.finished(metric), **_quantiles(tally, metric)}


def _quantiles(tally: Tally, metric: str) -> dict[str, Any]:
    return {f"p{one.percentile:g}": {"value": one.value_ms, "low": one.low_ms, "high": one.high_ms} for one in tally.quantiles(metric, PERCENTILES)}


def _claimed(case: Case, name: str, span: Span, hours: Mapping[int, float]) -> dict[str, Any]:
    """What the plan says of the simulated periods: latencies at its percentile, where they are worst, and utilisation in the mean."""
    planned = next(s for s in case.plan.services if s.name == name)
    periods = {stage.period for stage in span.stages}

    def worst(values: str) -> float | None:
        known = [v for d in planned.deployments for t in periods if (v := getattr(d, values)[t]) is not None]
        return max(known, default=None)

    percentile = next((d.latency_percentile for d in planned.deployments), None)
    return {"percentile": percentile, "ttft_ms": worst("ttft_ms"), "tpot_ms": worst("tpot_ms"), "utilisation": planned_utilisation(planned, hours)}


def _spot_up(found: Mapping[str, Simulated]) -> float:
    """Share of the time that spot replicas were there; 1 where there are none."""
    there = asked = 0.0
    for one in found.values():
        places = one.fleet.replicas()
        spot = [i for i, (g, p, _) in enumerate(places) if one.fleet.groups[g].parts[p].purchase == "spot"]
        asked += len(spot) * one.span.seconds
        away = sum(
            max(0.0, min(o.end_s if o.end_s is not None else one.span.seconds, one.span.seconds) - o.start_s) for o in one.outages if o.replica in set(spot)
        )
        there += len(spot) * one.span.seconds - away
    return there / asked if asked > 0.0 else 1.0


def _ran(case: Case, found: Mapping[str, Simulated]) -> tuple[dict[tuple[str, str], np.ndarray] | None, bool]:
    """Hours of every instance under an autoscaler, [instance, period] by pool and purchase, in the mean over seeds (None: the plan's own), and
    whether they are only upper bounds: services share instances, and more replicas came and went than was written down."""
    shared = bool(packing_notes(case)) and any(isinstance(group.scaling, Autoscaler) for one in found.values() for group in one.fleet.groups)
    together = laid_over(case, found) if shared else None
    if together is not None:
        return together, False
    ran: dict[tuple[str, str], list[np.ndarray]] = {}
    for one in found.values():
        for i, (g, p, number) in enumerate(one.fleet.replicas()):
            group, part = one.fleet.groups[g], one.fleet.groups[g].parts[p]
            if isinstance(group.scaling, Autoscaler) and number % part.replicas_per_instance == 0:
                paid = sum(played.world.by_period[i] for played in one.played) / len(one.played)
                ran.setdefault((part.pool, part.purchase), []).append(paid / PS_PER_S / SECONDS_PER_HOUR)
    return {key: np.array(rows) for key, rows in ran.items()} or None, shared
