"""Predicts a table of configurations and loads row by row, as a benchmark would report it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from planner.perf.calibration import Band
from planner.perf.cases import Cases, cases
from planner.perf.coefficients import Coefficients, deviations, shipped
from planner.perf.evidence import Evidence, Places, metric_index
from planner.perf.replica import Architecture, Chip, Replica
from planner.perf.sensitivity import log_reported, log_slopes, share_waited

#: Distance, as a sum of natural logarithms of tokens and concurrency, within which a measurement is of the row itself.
NEAR = 0.1
#: Percentiles beyond the median that a metric may name.
TAILS = ("p90", "p95", "p99")
#: A measurement that differs from the formula by more than this factor is in another unit, or of something else.
FARTHEST = 30.0


def predict_rows(
    columns: Mapping[str, Sequence[Any]],
    models: Mapping[str, Architecture],
    chips: Mapping[str, Chip],
    *,
    measured: Mapping[str, Sequence[Any]] | None = None,
    table: Coefficients | None = None,
) -> dict[str, list[Any]]:
    """Columns predicted, low, high, basis and reason, in the order of the rows.

    columns   model, gpu, n_gpu, tp, pp, engine, engine_version, weight_precision, kv_precision, isl, osl,
              concurrency_or_max (a number, ``max`` or ``qps:RATE``) and metric (output_tok_s_total, total_tok_s,
              ttft_ms, tpot_ms or itl_ms, with _mean, _p50 or _p99), and where there are such prefix_hit, draft_tokens,
              draft_acceptance and draft_cost; blank cells are None, NaN or ""
    measured  the user's own results: the same columns and ``value``; they correct the formula for their
              configuration, the more the nearer, and in part for its other splits
    low, high hold the true value in 80 % of cases. A row that cannot be predicted has None and says why in
    ``reason``; elsewhere ``reason`` names what had to be assumed.
    """
    coefficients = shipped() if table is None else table
    found = cases(columns, models, chips)
    count = len(columns["model"])
    out: dict[str, list[Any]] = {name: [None] * count for name in ("predicted", "low", "high", "basis", "reason")}
    for at, reason in found.refused.items():
        out["basis"][at], out["reason"][at] = "none", reason
    if not len(found.at):
        return out
    known = deviations(found.relatives, coefficients)
    log_value = log_reported(found, known)
    low, high = _bands(found, known, coefficients)
    basis, doubts = ["modelled"] * len(log_value), [""] * len(log_value)
    if measured is not None and len(measured["value"]):
        _correct(log_value, low, high, (basis, doubts), found, _own(measured, models, chips), coefficients)
    value = np.exp(log_value)
    for row, at in enumerate(found.at.tolist()):
        out["predicted"][at] = float(value[row])
        out["low"][at], out["high"][at] = float(value[row] * low[row]), float(value[row] * high[row])
        out["basis"][at], out["reason"][at] = basis[row], "; ".join(filter(None, (_reason(found, row, coefficients), doubts[row])))
    return out


def _reason(found: Cases, row: int, coefficients: Coefficients) -> str:
    """What had to be assumed for a row."""
    groups, said = found.relatives[row], [found.notes[row]]
    if coefficients.never_ran(groups):
        said.append(f"no measurement of engine {groups['engine']!r}: predicted as any engine")
    if groups["statistic"] in TAILS and not coefficients.known("statistic", groups["statistic"]):
        said.append(f"no measurement states a {groups['statistic']}: predicted as a mean or median")
    return "; ".join(filter(None, said))


def _bands(found: Cases, field_values: np.ndarray, coefficients: Coefficients) -> tuple[np.ndarray, np.ndarray]:
    known: dict[tuple[str, ...], Band] = {}
    low, high = np.empty(len(found.relatives)), np.empty(len(found.relatives))
    names, share = metric_names(found), share_waited(found, field_values)
    for row, groups in enumerate(found.relatives):
        key = (groups["chip"], groups["model"], groups["engine"])
        if key not in known:
            known[key] = coefficients.band(groups)
        band = known[key]
        low[row], high[row] = band.ttft_at(share[row]) if names[row] == "ttft" else getattr(band, names[row])
    return low, high


def unread(measured: Mapping[str, Sequence[Any]], models: Mapping[str, Architecture], chips: Mapping[str, Chip]) -> Mapping[int, str]:
    """Why rows of own results teach nothing, by their positions."""
    found = cases(measured, models, chips)
    return {**found.refused, **dict.fromkeys(found.at[found.queued].tolist(), "the latency of a full queue is waiting, and teaches nothing")}


def metric_names(found: Cases) -> np.ndarray:
    """throughput, ttft or tpot of each row; total tokens per second count as throughput."""
    return np.where(found.metric == "total", "throughput", found.metric)


def _own(measured: Mapping[str, Sequence[Any]], models: Any, chips: Any) -> tuple[Cases, np.ndarray]:
    """The user's rows that teach something, and their values."""
    own = cases(measured, models, chips)
    own = own.select(np.flatnonzero(~own.queued))
    return own, np.array([float(measured["value"][at]) for at in own.at])


def _correct(
    log_value: np.ndarray, low: np.ndarray, high: np.ndarray, words: tuple[list[str], list[str]], found: Cases,
    own: tuple[Cases, np.ndarray], coefficients: Coefficients,
) -> None:
    """Moves values and narrows bands of every row whose configuration was measured, in place.

    ``words`` are basis and doubts of the rows; measurements beyond ``FARTHEST`` are left out and doubted.
    """
    basis, doubts = words
    theirs, value = own
    asked, told = _by_configuration(found), _by_configuration(theirs)
    shared = [key for key in told if key in asked]
    if not shared:
        return
    splits: dict[tuple, int] = {}
    known = deviations(theirs.relatives, coefficients)
    measured, log_ratio = places_of(theirs, known, splits), np.log(value) - log_reported(theirs, known)
    credible = np.abs(log_ratio) <= np.log(FARTHEST)
    for key in shared:
        if not credible[told[key]].all():
            for row in asked[key]:
                doubts[row] = f"a measurement more than {FARTHEST:g} times off the formula was left out: is it in another unit?"
    told = {key: told[key][credible[told[key]]] for key in shared}
    shared = [key for key in shared if len(told[key])]
    if not shared:
        return
    rows = np.concatenate([asked[key] for key in shared])
    wanted = found.select(rows)
    places = places_of(wanted, deviations(wanted.relatives, coefficients), splits)
    names, begin = metric_names(wanted), 0
    for key in shared:
        here = np.arange(begin, begin + len(asked[key]))
        begin += len(here)
        evidence = Evidence.of(measured.select(told[key]), log_ratio[told[key]])
        shift, deviation = evidence.shift(places.select(here))
        near = _measured_there(places.select(here), evidence.places)
        for at, moved, left, there in zip(here, shift, deviation, near):
            row, around = rows[at], coefficients.around_measured(str(names[at]), left)
            log_value[row] += moved
            low[row], high[row] = max(low[row], around[0]), min(high[row], around[1])
            basis[row] = "measured" if there else "interpolated"


def _by_configuration(found: Cases) -> dict[tuple, np.ndarray]:
    """Rows by what they run on, however it is split."""
    rows = defaultdict(list)
    for row, replica in enumerate(found.replicas):
        rows[configuration_of(replica)].append(row)
    return {key: np.array(each) for key, each in rows.items()}


def configuration_of(replica: Replica) -> tuple:
    """What a measurement is of, apart from how the replica is split."""
    engine = replica.engine
    return replica.architecture.name, replica.chip.name, replica.precision, engine.name, engine.version


def places_of(table: Cases, field_values: np.ndarray, splits: dict[tuple, int]) -> Places:
    """The figures of a table's rows; ``splits`` numbers the splits seen so far."""
    load = np.where(np.isfinite(table.load), table.load, table.room)
    shapes = [(one.tp, one.pp, one.ep, count) for one, count in zip(table.replicas, table.count.tolist())]
    return Places(
        slopes=log_slopes(table, field_values),
        metric=metric_index(metric_names(table)),
        where=np.log(np.stack([table.input_tokens, table.output_tokens, load], axis=1)),
        split=np.array([splits.setdefault(shape, len(splits)) for shape in shapes], dtype=int),
    )


def _measured_there(places: Places, measured: Places) -> np.ndarray:
    """Whether the same metric of the same split was measured at the place of each figure."""
    distance = np.abs(places.where[:, None, :] - measured.where[None, :, :]).sum(axis=2)
    same = (places.metric[:, None] == measured.metric) & (places.split[:, None] == measured.split)
    return (same & (distance <= NEAR)).any(axis=1)
