"""What a plan rests on: defaults used, facts that are assumed or derived, and options left out."""

from __future__ import annotations

from planner.candidates.excluded import left_out
from planner.catalog.freshness import SPOT_REASON, age_when_made
from planner.economics.figures import named_figures
from planner.economics.pools import Pool
from planner.formulation.build import Built
from planner.plan.schema import Assumption, NotConsidered, PoolPlan, ServicePlan


def assumptions(
    built: Built, catalog, services: tuple[ServicePlan, ...], pools: tuple[PoolPlan, ...]
) -> tuple[Assumption, ...]:
    """Defaults of the problem, then the facts behind every pool and configuration used, in canonical order."""
    from planner.problem.load import defaults_used

    found = [
        Assumption(path=path, value=value, kind="default", reason=reason)
        for path, value, reason in defaults_used(built.sets.problem)
    ]
    found += _pools(built, pools, catalog)
    for name in named_figures(built.sets.problem):
        row = catalog.costs[name]
        source = {"source": row.source, "as_of": str(row.as_of)}
        found.append(Assumption(path=f"costs: {name}", value=row.value, kind=row.kind, reason=row.unit, **source))
    found += _configurations(built, services)
    found += _hosted(built, services)
    return tuple(found)


def _pools(built: Built, used: tuple[PoolPlan, ...], catalog) -> list[Assumption]:
    found = []
    for plan in used:
        pool = built.sets.pools[built.sets.pool_index[plan.id]]
        kind = pool.kind if pool.kind in ("measured", "published", "derived", "assumed") else "private"
        price = None if pool.on_demand is None else pool.on_demand[0]
        found.append(
            Assumption(
                path=f"offers.{pool.id}.on_demand",
                value=price,
                kind="private" if pool.private else kind,
                reason="price of a pool in use" + age_when_made(pool.as_of, catalog.edition),
                source=pool.source,
                as_of=pool.as_of,
            )
        )
        found += _spot(pool, plan, catalog)
        found += [Assumption(path=f"offers.{pool.id}", value=None, kind="assumed", reason=text) for text in pool.assumed]
    return found


def _spot(pool: Pool, plan: PoolPlan, catalog) -> list[Assumption]:
    """The catalogue's spot price, where the plan pays it: it moves by the hour."""
    offer = catalog.offers.get(pool.id)
    if not any(plan.spot) or offer is None or offer.private:
        return []
    as_of, kind = offer.spot_as_of or offer.as_of, offer.spot_kind or offer.kind
    reason = SPOT_REASON + age_when_made(as_of, catalog.edition)
    return [Assumption(path=f"offers.{pool.id}.spot", value=pool.spot[0], kind=kind, reason=reason, source=offer.source, as_of=as_of)]


def _configurations(built: Built, services: tuple[ServicePlan, ...]) -> list[Assumption]:
    used = {(s.name, d.variant, d.accelerator, d.tp, d.pp, d.engine, d.max_num_seqs) for s in services for d in s.deployments}
    found = []
    seen = set()
    for group in built.sets.groups:
        c = group.configuration
        name = built.sets.services[group.service].name
        key = (name, c.variant, c.accelerator, c.tp, c.pp, c.engine, c.max_num_seqs)
        if key not in used or key in seen:
            continue
        seen.add(key)
        found += [
            Assumption(path=f"services.{name}: {c}", value=None, kind="assumed", reason=text)
            for text in group.candidate.assumptions
        ]
    return found


def _hosted(built: Built, services: tuple[ServicePlan, ...]) -> list[Assumption]:
    """Prices of hosted options in use, and what is assumed of them, each once."""
    used = {(s.name, h.name) for s in services for h in s.hosted}
    found: dict[str, list[Assumption]] = {}
    for choice in built.sets.hosted:
        option, offer = choice.option, choice.option.offer
        if (option.service, option.name) not in used:
            continue
        by_token = option.workers is None
        path = f"{'apis' if by_token else 'serverless'}.{option.name}"
        head = Assumption(
            path=path,
            value=_prices(option),
            kind="private" if offer.private or option.mode == "provisioned" else offer.kind,
            reason="USD per hour of a unit" if option.mode == "provisioned" else
            "USD per million tokens of input and of output" if by_token else "USD per hour that a worker works" if option.workers.by_request else "USD per hour of a worker that is up",
            source="stated in the problem" if option.mode == "provisioned" else offer.source,
            as_of="" if option.mode == "provisioned" else offer.as_of,
        )
        rows = found.setdefault(option.name, [head])
        for text in option.assumptions:
            row = Assumption(path=path, value=None, kind="assumed", reason=text)
            rows += [] if row in rows else [row]
    return [row for name in sorted(found) for row in found[name]]


def _prices(option) -> float | list[float]:
    """Per hour of a worker, or per million tokens of input and of output."""
    offer = option.offer
    if option.workers is not None:
        return offer.usd_per_hour
    if option.mode == "provisioned":
        return offer.provisioned.usd_per_unit_hour
    if option.mode == "batch":
        return [offer.batch_input_usd_per_mtok, offer.batch_output_usd_per_mtok]
    return [offer.input_usd_per_mtok, offer.output_usd_per_mtok]


def not_considered(built: Built, reasons: dict[str, str]) -> tuple[NotConsidered, ...]:
    """Offers and commitments left out, and pools services may not use, each reason once."""
    return tuple(
        NotConsidered(reason=one.reason, what=one.what, services=one.services)
        for one in left_out(reasons, built.sets.choices)
    )
