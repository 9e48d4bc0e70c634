"""Whether what a problem says makes sense against a catalogue: names that exist, months that lie in the horizon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from planner.documents.near import did_you_mean
from planner.economics.timeline import timeline
from planner.economics.figures import UNITS, figure_fault
from planner.errors import Fault, InvalidInput
from planner.problem.hosted import SELF_HOSTED
from planner.problem.known_names import KnownNames, known_names
from planner.problem.load import LoadedProblem, located
from planner.problem.plausible import doubtful
from planner.problem.schema import Problem
from planner.problem.service import Service

PRICES = (
    "on_demand_usd_per_hour", "spot_usd_per_hour", "reserved_1y_usd_per_hour", "reserved_3y_usd_per_hour",
)  # fmt: skip


def check_meaning(loaded: LoadedProblem, catalog: Any, *, strict: bool = False) -> tuple[Fault, ...]:
    """Warnings about values that are possible but unlikely; raises InvalidInput with every name that leads nowhere.

    ``strict`` turns the warnings into errors.
    """
    faults = list(faults_of(loaded.stated, catalog))
    warnings = [located(loaded.document, w) for w in doubtful(loaded.stated, catalog)]
    if strict:
        hint = " (an error because of --strict)"
        faults += [replace(w, message=w.message + hint) for w in warnings]
    if faults:
        placed = [f if f.line else located(loaded.document, f) for f in faults]
        raise InvalidInput(loaded.file, sorted(placed, key=lambda f: (f.line or 0, f.column or 0, f.path)))
    return tuple(warnings)


def faults_of(problem: Problem, catalog: Any) -> Iterator[Fault]:
    """Everything in ``problem`` (as stated, in the order of its file) that the catalogue cannot give a meaning."""
    known = known_names(problem, catalog)
    for index, service in enumerate(problem.services):
        yield from _service(service, f"services[{index}]", known, problem, catalog)
    yield from _apis(problem, known, catalog)
    yield from _limits(problem, known)
    yield from _offers(problem, known)
    yield from _commitments(problem, known)
    yield from _horizon(problem, known)
    yield from _jobs(problem, known, catalog)
    yield from _adapted(problem, catalog)
    yield from _figures(problem, catalog)
    yield from _existing(problem)
    for index, row in enumerate(problem.owned):
        yield from _accelerator(known, row.accelerator, f"owned[{index}].accelerator")
        if row.buy is not None and row.buy.delivery_month >= problem.horizon.months:
            text = f"month {row.buy.delivery_month} lies beyond the horizon of {problem.horizon.months} months, counted from 0"
            yield Fault(f"owned[{index}].buy.delivery_month", "outside_horizon", text)


def _service(service: Service, path: str, known: KnownNames, problem: Problem, catalog: Any) -> Iterator[Fault]:
    measured = service.profiles_only and all(p.throughput_rps is not None for p in service.profiles)
    if not measured and catalog.model(service.model) is None and not known_to_an_api(service, problem, catalog):
        near = catalog.near_models(service.model)
        text = f"; did you mean {' or '.join(near)}?" if near else "; an overlay can describe it"
        yield Fault(f"{path}.model", "unknown_model", f'the catalogue has no model "{service.model}"{text}')
    if not service.batch_limits:
        yield Fault(f"{path}.batch_limits", "empty", "the list is empty; name at least one limit on running sequences")
    allow = service.allow
    for what, field in (
        ("vendor", "vendors"), ("provider", "providers"), ("region", "regions"), ("accelerator", "accelerators"),
        ("accelerator", "exclude_accelerators"), ("provider", "exclude_providers"), ("region", "exclude_regions"),
    ):  # fmt: skip
        yield from _patterns(known, what, getattr(allow, field), f"{path}.allow.{field}")
    if "variants" in allow.model_fields_set and not measured:
        yield from _patterns(known, "variant", allow.variants, f"{path}.allow.variants")
    for index, profile in enumerate(service.profiles):
        yield from _accelerator(known, profile.accelerator, f"{path}.profiles[{index}].accelerator")
    benchmark = None if service.quality is None else service.quality.benchmark
    if benchmark is not None and not known.has("benchmark", benchmark):
        yield _unknown(known, "benchmark", benchmark, f"{path}.quality.benchmark")


def _existing(problem: Problem) -> Iterator[Fault]:
    """What runs today has one number of replicas, or one for each period."""
    periods = len(timeline(problem).periods)
    for index, row in enumerate(() if problem.existing is None else problem.existing.deployments):
        if len(row.replicas) not in (1, periods):
            text = f"{len(row.replicas)} numbers; the problem has {periods} periods"
            yield Fault(f"existing.deployments[{index}].replicas", "wrong_length", text)


def known_to_an_api(service: Service, problem: Problem, catalog: Any) -> bool:
    """Whether a service without replicas of its own asks for a model by a provider's name of it, or names substitutes."""
    if set(service.modes) & set(SELF_HOSTED):
        return False
    sold = {row.api_model for row in catalog.api_prices.values()} | {row.model for row in problem.apis if row.serves is not None}
    return bool(service.substitutes) or service.model in sold


def _apis(problem: Problem, known: KnownNames, catalog: Any) -> Iterator[Fault]:
    """Rows about provider APIs, and substitutes, name something that is sold."""
    if not (problem.apis or any(s.substitutes for s in problem.services)):
        return
    from planner.economics.api import api_offers, names_of

    offers = api_offers(problem, catalog)
    for index, row in enumerate(problem.apis):
        met = any(
            fnmatchcase(name.casefold(), row.provider.casefold()) and fnmatchcase(o.api_model.casefold(), row.model.casefold())
            for o in offers
            for name in names_of(o.provider)
        )
        if not met:
            near = did_you_mean(row.model, {o.api_model for o in offers if o.provider == row.provider})
            near = near or did_you_mean(row.provider, {o.provider for o in offers})
            text = f'no token price is known of model "{row.model}" at "{row.provider}"{near}; a row with serves and prices states one'
            yield Fault(f"apis[{index}]", "unknown_api", text)
        if row.serves is not None and catalog.model(row.serves) is None and not any(s.model == row.serves for s in problem.services):
            yield Fault(f"apis[{index}].serves", "unknown_model", f'neither catalogue nor a service has the model "{row.serves}"')
    sold = {o.id for o in offers}
    for index, service in enumerate(problem.services):
        for number, other in enumerate(service.substitutes):
            if f"{other.provider}:{other.model}" not in sold:
                near = did_you_mean(other.model, {o.api_model for o in offers if o.provider == other.provider})
                text = f'no token price is known of model "{other.model}" at "{other.provider}"{near}'
                yield Fault(f"services[{index}].substitutes[{number}]", "unknown_api", text)


def _limits(problem: Problem, known: KnownNames) -> Iterator[Fault]:
    limits = problem.limits
    for index, team in enumerate(limits.teams):
        if not known.has("team", team.team):
            text = f'no service belongs to team "{team.team}"{known.near("team", team.team)}'
            yield Fault(f"limits.teams[{index}].team", "unknown_team", text)
    for index, cap in enumerate(limits.regions):
        yield from _patterns(known, "region", (cap.region,), f"limits.regions[{index}].region", listed=False)
    sites = {row.site for row in problem.owned}
    for index, cap in enumerate(limits.sites):
        if cap.site not in sites:
            text = f'no owned hardware stands at site "{cap.site}"'
            yield Fault(f"limits.sites[{index}].site", "unknown_site", text)
    for index, quota in enumerate(limits.quotas):
        yield from _selectors(known, quota, f"limits.quotas[{index}]")


def _offers(problem: Problem, known: KnownNames) -> Iterator[Fault]:
    offers = problem.offers
    yield from _patterns(known, "offer", offers.only, "offers.only")
    yield from _patterns(known, "offer", offers.exclude, "offers.exclude")
    for index, row in enumerate(offers.own):
        path = f"offers.own[{index}]"
        yield from _accelerator(known, row.accelerator, f"{path}.accelerator")
        for field in PRICES:
            if getattr(row, field) == 0 and not row.free:
                text = "a price of 0 needs free: true; leave an unknown price out"
                yield Fault(f"{path}.{field}", "price_of_zero", text)
    yield from _twice((o.id for o in offers.own), "offers.own")
    yield from _twice((a.name.casefold() for a in offers.accelerators), "offers.accelerators")


def _commitments(problem: Problem, known: KnownNames) -> Iterator[Fault]:
    months = problem.horizon.months
    for kind, rows in (("offers", problem.commitments.offers), ("held", problem.commitments.held)):
        for index, row in enumerate(rows):
            yield from _selectors(known, row.scope, f"commitments.{kind}[{index}].scope")
    for index, row in enumerate(problem.commitments.held):
        if row.start_month >= months:
            text = f"month {row.start_month} lies beyond the horizon of {months} months, which are counted from 0"
            yield Fault(f"commitments.held[{index}].start_month", "outside_horizon", text)


def _horizon(problem: Problem, known: KnownNames) -> Iterator[Fault]:
    for index, season in enumerate(problem.horizon.seasons):
        path = f"horizon.seasons[{index}]"
        for name in season.demand:
            if name != "*" and not known.has("service", name):
                text = f'no service is named "{name}"{known.near("service", name)}'
                yield Fault(f"{path}.demand", "unknown_service", text)
        for number, change in enumerate(season.prices):
            yield from _patterns(known, "offer", (change.offers,), f"{path}.prices[{number}].offers", listed=False)


def _figures(problem: Problem, catalog: Any) -> Iterator[Fault]:
    """Figures taken by name from the catalogue's costs."""
    for index, service in enumerate(problem.services):
        for number, cache in enumerate(service.caches):
            if (found := figure_fault(cache.usd_per_gb_month, "usd_per_gb_month", catalog)) is not None:
                yield Fault(f"services[{index}].caches[{number}].usd_per_gb_month", *found)
    for index, row in enumerate(problem.owned):
        for field, value in row.buy or ():
            if field in UNITS and (found := figure_fault(value, field, catalog)) is not None:
                yield Fault(f"owned[{index}].buy.{field}", *found)
    for kind, rows in problem.costs:
        for index, row in enumerate(rows if isinstance(rows, tuple) and kind != "without" else ()):
            for field, value in row:
                if field in UNITS and (found := figure_fault(value, field, catalog)) is not None:
                    yield Fault(f"costs.{kind}[{index}].{field}", *found)


def _adapted(problem: Problem, catalog: Any) -> Iterator[Fault]:
    """Adapted models are of known models, services use those that are stated, jobs make what somebody may use."""
    stated = {one.name for one in problem.adapted}
    for index, one in enumerate(problem.adapted):
        if catalog.model(one.model) is None:
            yield Fault(f"adapted[{index}].model", "unknown_model", f'the catalogue has no model "{one.model}"')
    for index, service in enumerate(problem.services):
        for number, row in enumerate(service.alternatives):
            if row.use not in stated:
                yield Fault(f"services[{index}].alternatives[{number}].use", "unknown_adapted", f'no adapted model is named "{row.use}"')
    models = {s.model for s in problem.services} | {a.model for a in problem.adapted}
    known = {m: catalog.model(m) for m in models}
    made = stated | {f"{m}:{rows[0].method}" for m, row in known.items() if row for rows in catalog.variants_of(row.name)}
    for index, job in enumerate(problem.jobs):
        if job.prepares is not None and job.prepares not in made:
            text = f'"{job.prepares}" is no adapted model and no variant (model:method) that a service may use'
            yield Fault(f"jobs[{index}].prepares", "unknown_variant", text)


def _jobs(problem: Problem, known: KnownNames, catalog: Any) -> Iterator[Fault]:
    for index, job in enumerate(problem.jobs):
        path = f"jobs[{index}]"
        models = [(job.model, "model")] + ([(job.teacher.model, "teacher.model")] if job.teacher and job.teacher.model else [])
        for name, field in models:
            if catalog.model(name) is None:
                near = catalog.near_models(name)
                text = f"; did you mean {' or '.join(near)}?" if near else "; an overlay can describe it"
                yield Fault(f"{path}.{field}", "unknown_model", f'the catalogue has no model "{name}"{text}')
        for what in ("provider", "region", "accelerator"):
            for field in (f"{what}s", f"exclude_{what}s"):
                yield from _patterns(known, what, getattr(job.allow, field), f"{path}.allow.{field}")


def _selectors(known: KnownNames, row: Any, path: str) -> Iterator[Fault]:
    for what, field in (
        ("provider", "provider"), ("region", "region"), ("accelerator", "accelerator"), ("instance type", "instance_type"),
    ):  # fmt: skip
        value = getattr(row, field)
        if value is not None:
            yield from _patterns(known, what, (value,), f"{path}.{field}", listed=False)


def _patterns(
    known: KnownNames, what: str, patterns: Iterable[str] | None, path: str, *, listed: bool = True
) -> Iterator[Fault]:
    for index, pattern in enumerate(patterns or ()):
        if not known.matched(what, pattern):
            place = f"{path}[{index}]" if listed else path
            yield _unknown(known, what, pattern, place)


def _accelerator(known: KnownNames, name: str, path: str) -> Iterator[Fault]:
    """One accelerator, which may go by an alias; patterns know names only."""
    if not known.has("accelerator or alias", name):
        yield _unknown(known, "accelerator", name, path)


def _unknown(known: KnownNames, what: str, name: str, path: str) -> Fault:
    code = f"unknown_{what.replace(' ', '_')}"
    return Fault(path, code, f'neither catalogue nor problem knows the {what} "{name}"{known.near(what, name)}')


def _twice(names: Iterable[str], path: str) -> Iterator[Fault]:
    for name, times in sorted(Counter(names).items()):
        if times > 1:
            yield Fault(path, "duplicate_name", f'{times} rows are named "{name}"; which one holds cannot be told')
