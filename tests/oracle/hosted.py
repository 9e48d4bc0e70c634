"""Hosted options of the second statement, read from the problem's own rows: who may be asked, and for how much."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tests.oracle.facts import Facts

#: A worker that stops when idle is paid by the lines that touch 1 − e^−A here.
TOUCHED = (0.0, 0.25, 0.5, 1.0, 1.75, 3.0)


@dataclass(frozen=True)
class Api:
    """A provider API that service ``s`` may use; figures by request class."""

    s: int
    name: str
    usd: list[float]
    tokens: list[float]
    quality: float
    requests_per_minute: float | None
    tokens_per_minute: float | None
    batch: bool = False
    units: object | None = None


def apis(f: Facts) -> list[Api]:
    """Every row for a service's model that meets what the service asks for.

    The random problems allow their own rows alone: providers ``host1``, ``host2``, … with exact names.
    """
    problem, found = f.problem, []
    limits = problem.limits
    carbon = problem.carbon.price_usd_per_tonne > 0 or limits.carbon_kg_per_month is not None or bool(limits.regions)
    for s, service in enumerate(problem.services):
        if not {"provider_api", "batch", "provisioned"} & set(service.modes) or carbon or service.carbon_kg_per_month is not None:
            continue
        classes = service.workload.classes
        for row in problem.apis:
            attributes = {a for v in problem.vendors if v.provider == row.provider for a in v.attributes}
            longest = max(c.input_tokens + c.output_tokens for c in classes)
            slow = any(
                not any(float(known[1:]) >= float(key[1:]) and ms <= most for known, ms in (row.ttft_ms or {}).items())
                for key, most in (service.slo.ttft_ms or {}).items()
            )
            barred = service.quality is not None and service.quality.min is not None and service.quality.min > service.quality.base_score
            if slow or barred or row.context_window is None or longest > row.context_window or set(service.requires) - attributes:
                continue
            hit = service.workload.prefix_hit
            cached = row.input_usd_per_mtok if row.cached_input_usd_per_mtok is None else row.cached_input_usd_per_mtok
            usd = [
                1e-6 * (c.input_tokens * (row.input_usd_per_mtok * (1 - hit) + cached * hit) + c.output_tokens * row.output_usd_per_mtok)
                for c in classes
            ]
            base = 1.0 if service.quality is None else service.quality.base_score
            tokens = [c.input_tokens + c.output_tokens for c in classes]
            name, limits_of = f"{row.provider}:{row.model}", (row.requests_per_minute, row.tokens_per_minute)
            if "provider_api" in service.modes:
                found.append(Api(s, name, usd, tokens, base, *limits_of))
            term = row.provisioned and row.provisioned.term_months
            if "provisioned" in service.modes and row.provisioned is not None and (term is None or problem.horizon.months % term == 0):
                found.append(Api(s, f"{name} units", [0.0] * len(classes), tokens, base, None, None, units=row.provisioned))
            if "batch" in service.modes and row.batch_window_hours is not None and row.batch_window_hours <= service.window_hours:
                prices = row.batch_input_usd_per_mtok, row.batch_output_usd_per_mtok
                if None not in prices:
                    cheap = [1e-6 * (c.input_tokens * prices[0] + c.output_tokens * prices[1]) for c in classes]
                    found.append(Api(s, name, cheap, tokens, base, *limits_of, batch=True))
    return found


@dataclass(frozen=True)
class Serverless:
    """Workers that service ``s`` may use: what one does is public fact, as for replicas."""

    s: int
    option: object

    @property
    def quality(self) -> float:
        return self.option.quality


def serverless(f: Facts) -> list[Serverless]:
    """Serverless options of all services."""
    return [Serverless(s, h) for s, choice in enumerate(f.choices) for h in choice.hosted if h.workers is not None]


def add_workers(m, o: int, one: Serverless, parts: dict) -> list:
    """Rows of one serverless option, what it is paid into ``parts``, and its USD a month by period."""
    f, w, offer = m.facts, one.option.workers, one.option.offer
    paid = []
    for t in f.periods:
        able = [b for b in f.classes(one.s) if w.can_serve[b]]
        sent = {b: m.h[o, b, t] for b in able}
        if not any(f.together(one.s, b, t) for b in able):
            continue
        lines = [m.yes_no() for _ in TOUCHED]
        loads = [m.real() for _ in TOUCHED]
        busy, kept = m.whole(offer.max_workers), m.whole(offer.max_workers if offer.kept_usd_per_hour is not None else 0)
        alone, workers = m.sum(lines), m.sum([*lines, busy, kept])
        every = sum(w.stay_s[b] * f.together(one.s, b, t) for b in able)
        m.p += m.sum(w.work_s[b] * x for b, x in sent.items()) <= w.share * workers
        m.p += m.sum(w.cache[b] * x for b, x in sent.items()) <= workers
        for b, x in sent.items():
            if f.together(one.s, b, t) > 0:
                m.p += x * (1.0 / f.together(one.s, b, t)) <= workers
        m.p += m.sum(w.stay_s[b] * x for b, x in sent.items()) <= m.sum(loads) + every * (busy + kept)
        for z, a in zip(lines, loads, strict=True):
            m.p += a <= every * z
        m.p += busy + kept <= offer.max_workers * (1 - alone)
        m.p += alone <= 1
        if w.least_rate > 0:
            m.p += m.sum(sent.values()) >= w.least_rate * (alone + busy)
        up = m.sum(math.exp(-at) * a + (1.0 - math.exp(-at) * (1.0 + at)) * z for at, z, a in zip(TOUCHED, lines, loads, strict=True))
        hourly = offer.usd_per_hour * (up + busy) + (offer.kept_usd_per_hour or 0.0) * kept
        paid.append(f.hours[t] * hourly)
    parts["serverless_usd_per_month"] += paid
    return paid


def add_units(m, o: int, api: Api, parts: dict) -> list:
    """Steps of units, the same all the time, that carry what is sent in every period; its USD a month."""
    f, sold = m.facts, api.units
    steps, any_ = m.whole(), m.yes_no()
    classes = f.problem.services[api.s].workload.classes
    for t in f.periods:
        sent = m.sum(60 * (c.input_tokens + sold.output_weight * c.output_tokens) * m.h[o, b, t] for b, c in enumerate(classes))
        m.p += sent <= sold.tokens_per_minute * sold.step_units * steps
    m.p += sold.step_units * steps >= sold.minimum_units * any_
    m.p += steps <= 10_000 * any_
    usd = 730.0 * sold.usd_per_unit_hour * sold.step_units * steps
    parts["provisioned_usd_per_month"].append(usd)
    return [usd]
