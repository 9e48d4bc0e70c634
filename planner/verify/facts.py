"""What one replica of a configuration can do for a service, and the rules that it breaks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from planner.economics.charges import weights_charged
from planner.economics.pools import Pool
from planner.economics.preparation import preparation_usd
from planner.errors import PlannerError
from planner.perf.ask import as_asked
from planner.perf.assess import Assessment, Measured, ask_of, assess
from planner.perf.from_catalog import NATIVE, ServedVariant, chip_of, replica_of, served_variant
from planner.perf.known_shares import share_levels
from planner.perf.measured import UNSTATED_ENGINE, profiles_of, runs_of
from planner.perf.memory import heads_divisible
from planner.perf.replica import Chip, Engine
from planner.perf.stored import stored_gb
from planner.problem.adapted import as_served, kept_tokens, made_by_jobs
from planner.problem.serves import members_of
from planner.problem.service import Service


@dataclass(frozen=True)
class Broken:
    """A rule that the configuration breaks, with how far it is off (None: not a matter of degree)."""

    rule: str
    message: str
    relative_miss: float | None = None


@dataclass(frozen=True)
class Facts:
    """What the checks use of a replica; per request class where a tuple, as in ``perf.assess.Assessment``.

    quality          base score times recovery; None: unknown, or the service asks for none
    member_quality   the same by each service that a group may answer for
    preparation_usd  one-off cost of the variant                                         [USD]
    weights_gb       size of the weights as stored; None: unknown                        [GB]
    host_gib         of weights that each accelerator keeps in its host's memory         [GiB]
    """

    can_serve: tuple[bool, ...]
    work_s: tuple[float, ...]
    residence_s: tuple[float, ...]
    kv_tokens: tuple[float, ...]
    kv_capacity_tokens: float | None
    ttft_ms: tuple[float, ...] | None
    tpot_ms: tuple[float | None, ...] | None
    levels: tuple[tuple[int, float], ...]
    basis: str
    quality: float | None
    preparation_usd: float
    broken: tuple[Broken, ...]
    weights_gb: float | None = None
    share_basis: str = "assumed"
    host_gib: float = 0.0
    member_quality: tuple[tuple[str, float | None], ...] = ()

    def share_at(self, replicas: float) -> float:
        """φ(N): the share of saturation at the level at or below N, 0 below the first."""
        return max((share for count, share in self.levels if count <= replicas), default=0.0)


def facts_of(service: Service, configuration: Any, problem: Any, catalog: Any, pools: tuple[Pool, ...]) -> Facts:
    """The facts of one configuration; where nothing can be predicted it serves nothing and breaks a rule."""
    kept = kept_tokens(service, configuration.variant)
    service, method = as_served(service, configuration.variant, problem)
    configuration = configuration._replace(variant=method)
    own = problem.offers.accelerators
    measured = profiles_of(service, catalog, own).get((*configuration[:4], configuration.max_num_seqs))
    alone = measured is not None and measured.throughput_rps is not None
    variant = served_variant(catalog, service.model, configuration.variant)
    broken = [*_settings(service, configuration, measured, alone), *_allowed_variant(service, configuration, variant)]
    members = members_of(service, problem)
    broken += [wrong for member in members for wrong in _allowed_variant(member, configuration, variant)]
    hours = None if variant is None else variant.preparation_accelerator_hours
    hours = 0.0 if f"{service.model}:{method}" in made_by_jobs(problem) else hours
    prepared = 0.0 if variant is None else preparation_usd(hours, pools)
    if prepared is None and problem.limits.one_off_usd is not None:
        broken.append(Broken("preparation_known", f"the cost of preparing {configuration.variant} is unknown"))
    found: Assessment | None = None
    host_gib = 0.0
    if alone:
        found = assess(ask_of(service), None, measured)
    else:
        chip, why = _chip(problem, catalog, configuration.accelerator)
        missing = list(_unpredictable(service, configuration, variant, chip, why, catalog))
        broken += missing
        if not missing:
            replica = replica_of(variant, chip, configuration.tp, configuration.pp, configuration.max_num_seqs)
            found = assess(ask_of(service), replica, measured, runs_of(service, catalog, own))
            host_gib = as_asked(ask_of(service), replica).engine.host_gib
    if found is not None:
        broken += [Broken(m.rule, m.message, m.relative_miss) for m in found.broken]
    size = stored_gb(variant)
    if size is None and weights_charged(problem.costs):
        broken.append(Broken("weights_known", f"the size of {configuration.variant} is unknown, and it is charged by"))
    made = _facts(service, found, _quality(service, variant, catalog), prepared or 0.0, tuple(broken))
    if kept and made.kv_capacity_tokens is not None:
        left = made.kv_capacity_tokens - kept
        made = replace(made, kv_capacity_tokens=max(left, 0.0))
        if left < max(made.kv_tokens):
            made = replace(made, broken=(*made.broken, Broken("memory", "the prefix cache leaves no room for a request")))
    levels, share_basis = share_levels(service, configuration, made.levels)
    quality = tuple((member.name, _quality(member, variant, catalog)) for member in members)
    return replace(made, weights_gb=size, host_gib=host_gib, levels=levels if found is not None else (), share_basis=share_basis, member_quality=quality)


def _facts(
    service: Service, found: Assessment | None, quality: float | None, preparation_usd: float, broken: tuple[Broken, ...]
) -> Facts:
    if found is None:
        none = len(service.workload.classes)
        return Facts(
            (False,) * none, (math.inf,) * none, (0.0,) * none, (0.0,) * none, None, None, None, (), "", quality,
            preparation_usd, broken,
        )  # fmt: skip
    return Facts(
        can_serve=found.can_serve,
        work_s=found.work_s,
        residence_s=found.residence_s,
        kv_tokens=found.kv_tokens,
        kv_capacity_tokens=found.kv_capacity_tokens,
        ttft_ms=found.ttft_ms,
        tpot_ms=found.tpot_ms,
        levels=found.levels,
        basis=found.basis,
        quality=quality,
        preparation_usd=preparation_usd,
        broken=broken,
    )


def _settings(service: Service, configuration: Any, measured: Measured | None, alone: bool) -> Iterator[Broken]:
    """Settings that the service considers: the one engine, its batch limits, a profile where only those count."""
    engine = UNSTATED_ENGINE if alone else Engine().name
    if configuration.engine != engine:
        yield Broken("engine_settings", f"the engine is {engine}, not {configuration.engine}")
    if configuration.max_num_seqs not in service.batch_limits and measured is None:
        yield Broken("engine_settings", f"a batch of {configuration.max_num_seqs} is not among {service.batch_limits}")
    if service.profiles_only and measured is None:
        yield Broken("engine_settings", "profiles_only: no profile measures this configuration")


def _allowed_variant(service: Service, configuration: Any, variant: ServedVariant | None) -> Iterator[Broken]:
    allowed, name = service.allow.variants, configuration.variant.casefold()
    names = (name, NATIVE) if variant is not None and variant.native else (name,)
    if allowed is not None and not any(fnmatchcase(n, pattern.casefold()) for n in names for pattern in allowed):
        yield Broken("allowed_variant", f"{service.name} allows {', '.join(allowed)}, not {configuration.variant}")


def _chip(problem: Any, catalog: Any, name: str) -> tuple[Chip | None, str]:
    try:
        return chip_of(catalog, problem.offers.accelerators, name), ""
    except PlannerError as error:
        return None, error.message


def _unpredictable(
    service: Service, configuration: Any, variant: ServedVariant | None, chip: Chip | None, chip_unknown: str, catalog: Any
) -> Iterator[Broken]:
    """Rules without which there is nothing to predict from."""
    if chip is None:
        yield Broken("accelerator_facts_known", chip_unknown)
    if variant is None or variant.unknown:
        why = f"no variant {configuration.variant} of {service.model} is known" if variant is None else variant.unknown
        yield Broken("model_facts_known", why)
        return
    model = catalog.model(service.model)
    kind = getattr(model, "kind_of_model", None)
    if kind is not None and kind != "decoder":
        yield Broken("kind_of_model", f"{service.model} is an {kind} model; only decoders generate token by token")
    shape = variant.architecture
    if not heads_divisible(shape, configuration.tp):
        yield Broken("heads_divide", f"tp {configuration.tp} does not split {shape.heads} and {shape.kv_heads:g} heads evenly")
    longest = ask_of(service).context_tokens
    if shape.max_context is not None and longest > shape.max_context:
        miss = longest / shape.max_context - 1.0
        yield Broken("context_length", f"requests of {longest:,.0f} tokens; the model takes {shape.max_context:,}", miss)
    for name in dict.fromkeys((variant.precision.activations, "bf16")) if chip is not None else ():
        if chip.rate_tflops(name) is None:
            yield Broken("precision_supported", f"{chip.name} has no known matrix rate for {name}")


def _quality(service: Service, variant: ServedVariant | None, catalog: Any) -> float | None:
    """Base score times recovery on the benchmark named, or the mean of the recoveries known; None: unknown.

    The model as published keeps all of its quality.
    """
    wanted = service.quality
    if wanted is None or variant is None:
        return None
    if variant.native:
        return wanted.base_score
    if wanted.benchmark is not None:
        found = catalog.recovery(variant.model, variant.method, wanted.benchmark)
        return None if found is None else wanted.base_score * found.value
    rows = next((r for r in catalog.variants_of(variant.model) if r[0].method == variant.method), ())
    return wanted.base_score * sum(r.recovery for r in rows) / len(rows) if rows else None
