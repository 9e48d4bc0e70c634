"""Every configuration a service might run, judged by every rule: what is left, and why the rest is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from planner.candidates.candidate import Candidate, Choices, Configuration, Rejection
from planner.candidates.hosted_options import hosted_options
from planner.candidates.instead import instead
from planner.candidates.judged import Judged
from planner.candidates.members import broken_for, with_qualities
from planner.candidates.patterns import matches_any
from planner.candidates.places import Judge, Places
from planner.candidates.prune import may_prune, without_configurations, without_sides
from planner.candidates.quality import Quality, quality_of
from planner.candidates.question import class_names, question
from planner.candidates.registry import rules_of
from planner.candidates.remembered import remembered, replicas_of
from planner.candidates.serverless import as_worker
from planner.candidates.splits import Split, splits
from planner.catalog.catalog import Catalog
from planner.economics.charges import weights_charged
from planner.economics.pools import Pool
from planner.economics.preparation import preparation_usd
from planner.economics.timeline import Timeline
from planner.errors import PlannerError
from planner.perf.assess import Ask, Assessment, Measured, ask_of, assess_many
from planner.perf.from_catalog import NATIVE, ServedVariant, chip_of, replica_of, served_variants
from planner.perf.known_shares import ASSUMED, share_levels
from planner.perf.measured import UNSTATED_ENGINE, profiles_of, runs_of
from planner.perf.replica import Chip, Engine, Replica
from planner.perf.stored import stored_gb
from planner.problem.hosted import SELF_HOSTED
from planner.problem.adapted import made_by_jobs
from planner.problem.schema import Problem
from planner.problem.serves import members_of
from planner.problem.service import Service

Slot = tuple[str, str, int, int, int]  # variant, accelerator, tp, pp, max_num_seqs


def choices(
    problem: Problem, catalog: Catalog, pools: tuple[Pool, ...], times: Timeline, *, prune: bool = True
) -> tuple[Choices, ...]:
    """What each service may choose from, in the order of ``problem.services``.

    ``problem`` is normalised, ``pools`` are ``build_pools``'s. ``prune`` leaves out what is dominated, which never
    changes the cost of the best plan (see ``planner.candidates.prune``).
    """
    prune = prune and may_prune(problem)
    making = remembered(_Making, problem, catalog, pools, prune, times)
    found = tuple(making.choices(service) for service in problem.services)
    return without_sides(found, problem, pools, times) if prune else found


class _Making:
    """Facts looked up once and shared between services that ask the same."""

    def __init__(self, problem: Problem, catalog: Catalog, pools: tuple[Pool, ...], prune: bool, times: Timeline) -> None:
        self.times = times
        self.problem = problem
        self.prune = prune
        self.catalog = catalog
        self.pools = pools
        self.judge = Judge(problem, pools)
        self.made_by_jobs = made_by_jobs(problem)
        self.vendors = {pool.accelerator: pool.vendor for pool in pools}
        self._known = known = replicas_of(problem, catalog)
        self._chips, self._variants, self._assessed = known.chips, known.variants, known.assessed
        self._made: dict[tuple, Choices] = {}
        self._qualities: dict[tuple[int, str], Quality | None] = {}
        self._by_method: dict[str, dict[str, ServedVariant]] = {}

    def choices(self, service: Service) -> Choices:
        """Candidates and rejections of one service; a service that asks the same as another shares its work."""
        key = question(service, self.problem)
        if key not in self._made:
            made = self._choices(service)
            self._made[key] = without_configurations(made, service, self.problem) if self.prune else made
        made = self._made[key]
        if made.service == service.name:
            return made
        return replace(
            made,
            service=service.name,
            class_names=class_names(service),
            candidates=tuple(replace(c, service=service.name) for c in made.candidates),
            hosted=tuple(replace(h, service=service.name) for h in made.hosted),
            hosted_rejections=tuple(replace(r, service=service.name) for r in made.hosted_rejections),
            rejections=tuple(replace(r, service=service.name) for r in made.rejections),
        )

    def _choices(self, service: Service) -> Choices:
        self._qualities = {}  # by the identity of services, which holds as long as they are in hand
        members = members_of(service, self.problem)
        places = self.judge.places_of_all(service, members) if members else self.judge.places(service)
        measured = profiles_of(service, self.catalog, self.problem.offers.accelerators)
        ask = ask_of(service)
        candidates: list[Candidate] = []
        rejections: list[Rejection] = []
        ended: dict[str, str] = {}
        slots = sorted(set(self._slots(service, places, measured)))
        self._assess(service, ask, slots, measured)
        for slot in slots:
            judged = self._judged(service, ask, slot, measured.get(slot))
            asking = [self._judged(member, ask, slot, None) for member in members]
            wrong = [*(b for r in rules_of("replica") if (b := r.check(judged)) is not None), *broken_for(asking)]
            usable, barred = places.for_replicas(judged.configuration.accelerator, judged.configuration.accelerators)
            usable, barred, late = places.for_configuration(judged, usable, barred)
            ended |= late
            broken = tuple(wrong) + barred
            if broken:
                rejections.append(Rejection(service.name, judged.configuration, broken))
            else:
                candidates.append(with_qualities(_candidate(judged, usable), asking))
        more, refused = instead(service, self.problem, self._choices)
        candidates, rejections = candidates + more, rejections + refused
        used = {pool for one in candidates for pool in one.pools}
        variants = (v for v in self.variants(service.model) if v.method in self._to_consider(service))
        hosted, hosted_rejections = hosted_options(service, self.problem, self.catalog, self.times, variants, self._workers)
        return Choices(
            service=service.name,
            class_names=class_names(service),
            candidates=tuple(candidates),
            rejections=tuple(rejections),
            excluded_pools=places.excluded() | {k: ended[k] for k in sorted(ended.keys() - used)} if set(service.modes) & set(SELF_HOSTED) else {},
            hosted=hosted,
            hosted_rejections=hosted_rejections,
        )

    def _slots(self, service: Service, places: Places, measured: dict[Slot, Measured]) -> Iterator[Slot]:
        """Configurations to judge: all combinations, except where a profile speaks for all batch limits at once."""
        if not set(service.modes) & set(SELF_HOSTED):
            return
        yield from measured
        if service.profiles_only:
            return
        silent = {slot[:4] for slot, found in measured.items() if found.any_batch}
        for variant in self._to_consider(service):
            for accelerator in sorted({*self.vendors, *self._named(service)}):
                for split in self._splits(service, variant, accelerator, places.largest_instance(accelerator)):
                    if (variant, accelerator, *split) not in silent:
                        for limit in service.batch_limits:
                            yield variant, accelerator, *split, limit

    def _splits(self, service: Service, variant: str, accelerator: str, largest: int) -> tuple[Split, ...]:
        """Ways to split a replica of a variant over an accelerator."""
        return splits(service, self.variant(service.model, variant), self.chip(accelerator)[0], largest)

    def _workers(self, service: Service, accelerator: str) -> Iterator[Judged]:
        """Workers of a serverless service as replicas on one accelerator, of every variant and batch limit."""
        measured = profiles_of(service, self.catalog, self.problem.offers.accelerators)
        ask = ask_of(service)
        slots = [slot for slot in measured if slot[1:4] == (accelerator, 1, 1)]
        if not service.profiles_only:
            slots += [(v, accelerator, 1, 1, limit) for v in self._to_consider(service) for limit in service.batch_limits]
        slots = sorted(set(slots))
        self._assess(service, ask, slots, measured)
        for slot in slots:
            yield as_worker(self._judged(service, ask, slot, measured.get(slot)))

    def _to_consider(self, service: Service) -> tuple[str, ...]:
        """The model as published, and the variants that the service names; all where it names none."""
        allowed = service.allow.variants
        known = self.variants(service.model)
        named = tuple(v.method for v in known if allowed is None or v.native or matches_any(allowed, v.method))
        return named or (NATIVE,)

    def _named(self, service: Service) -> Iterator[str]:
        """Accelerators that the service names, on offer or not, so that it is told when they are not."""
        for name in service.allow.accelerators or ():
            row = self.catalog.accelerator(name)
            if row is not None:
                yield row.name

    def _judged(self, service: Service, ask: Ask, slot: Slot, measured: Measured | None) -> Judged:
        variant_name, accelerator, tp, pp, limit = slot
        variant = self.variant(service.model, variant_name)
        chip, unknown = self.chip(accelerator)
        stands_alone = measured is not None and measured.throughput_rps is not None
        engine = UNSTATED_ENGINE if stands_alone else Engine().name
        work = None if variant is None else variant.preparation_accelerator_hours
        if f"{service.model}:{variant_name}" in self.made_by_jobs:
            work = 0.0  # a job of the problem makes it, and is paid for as such
        return Judged(
            service=service,
            configuration=Configuration(variant_name, accelerator, tp, pp, engine, limit),
            variant=variant,
            model=self.catalog.model(service.model),
            chip=chip,
            chip_unknown=unknown,
            vendor=self._vendor(accelerator),
            assessment=self._assessed.get(_key(ask, service, slot, measured)),
            quality=self._quality(service, variant),
            measured=stands_alone,
            context_tokens=ask.context_tokens,
            offered=accelerator in self.vendors,
            preparation_usd=0.0 if variant is None else preparation_usd(work, self.pools),
            one_off_cap=self.problem.limits.one_off_usd,
            weights_gb=stored_gb(variant),
            weights_charged=weights_charged(self.problem.costs),
        )

    def _assess(self, service: Service, ask: Ask, slots: list[Slot], measured: dict[Slot, Measured]) -> None:
        """Assessments of all slots that can be predicted and are not known from another service."""
        self._known.make_room(self._made)
        new: dict[tuple, tuple[Replica | None, Measured | None]] = {}
        for slot in slots:
            found, key = measured.get(slot), _key(ask, service, slot, measured.get(slot))
            if key in self._assessed:
                continue
            variant, (chip, _) = self.variant(service.model, slot[0]), self.chip(slot[1])
            if found is not None and found.throughput_rps is not None:
                new[key] = None, found
            elif None not in (variant, chip) and None not in (variant.architecture, variant.precision):
                new[key] = replica_of(variant, chip, *slot[2:]), found
        runs = runs_of(service, self.catalog, self.problem.offers.accelerators)
        self._assessed.update(zip(new, assess_many(ask, tuple(new.values()), runs)))

    def _vendor(self, accelerator: str) -> str:
        row = None if accelerator in self.vendors else self.catalog.accelerator(accelerator)
        return self.vendors.get(accelerator, "unknown") if row is None else row.vendor

    def variants(self, model: str) -> tuple[ServedVariant, ...]:
        """Variants of a model, native first."""
        if model not in self._variants:
            self._variants[model] = served_variants(self.catalog, model)
        return self._variants[model]

    def variant(self, model: str, method: str) -> ServedVariant | None:
        """A variant of a model by its method."""
        if model not in self._by_method:
            self._by_method[model] = {v.method: v for v in reversed(self.variants(model))}
        return self._by_method[model].get(method)

    def _quality(self, service: Service, variant: ServedVariant | None) -> Quality | None:
        key = id(service), "" if variant is None else variant.method
        if key not in self._qualities:
            self._qualities[key] = quality_of(service, variant, self.catalog)
        return self._qualities[key]

    def chip(self, name: str) -> tuple[Chip | None, str]:
        """The accelerator's facts, or why they are unknown."""
        if name not in self._chips:
            try:
                self._chips[name] = chip_of(self.catalog, self.problem.offers.accelerators, name), ""
            except PlannerError as error:
                self._chips[name] = None, error.message
        return self._chips[name]


def _key(ask: Ask, service: Service, slot: Slot, measured: Measured | None) -> tuple:
    return ask, service.model, slot, measured, tuple(p for p in service.profiles if p.points)


def _candidate(it: Judged, pools: tuple[str, ...]) -> Candidate:
    found = it.assessment
    levels, share_basis = share_levels(it.service, it.configuration, found.levels)
    return Candidate(
        service=it.service.name,
        configuration=it.configuration,
        pools=pools,
        can_serve=found.can_serve,
        work_s=found.work_s,
        residence_s=found.residence_s,
        kv_tokens=found.kv_tokens,
        kv_capacity_tokens=found.kv_capacity_tokens,
        levels=levels,
        share_basis=share_basis,
        quality=None if it.quality is None else it.quality.value,
        preparation_usd=it.preparation_usd or 0.0,
        basis=found.basis,
        point=found.point,
        assumptions=tuple(_assumptions(it)),
        ttft_ms=found.ttft_ms,
        tpot_ms=found.tpot_ms,
        weights_gb=it.weights_gb,
    )


def _assumptions(it: Judged) -> Iterator[str]:
    if not it.measured and it.assessment.basis != "measured":
        band = it.assessment.point.band
        named = (("throughput", band.throughput), ("TTFT", band.ttft), ("TPOT", band.tpot))
        within = ", ".join(f"{name} within x{low:.2g} to x{high:.2g}" for name, (low, high) in named)
        yield f"performance is {it.assessment.basis}: {within} in 80 % of cases"
    if it.assessment.point is None and (it.variant is None or it.variant.architecture is None):
        why = f"the catalogue has no facts of {it.service.model}" if it.variant is None else it.variant.unknown
        yield f"throughput is the profile's alone; that memory, cache and context length suffice is not checked: {why}"
    levels, share_basis = share_levels(it.service, it.configuration, it.assessment.levels)
    if share_basis == ASSUMED and any(share < 1.0 for _, share in levels):
        yield "share of saturation from a queueing formula, not from simulation"
    if it.variant is not None and it.variant.architecture is not None and it.variant.architecture.shape_assumed:
        yield f"the shape of {it.variant.architecture.name} is assumed from its size"
    if it.preparation_usd is None:
        yield f"{it.configuration.variant} can be had ready-made: the cost of preparing it is unknown and not counted"
    if it.quality is not None and it.variant is not None and not it.variant.native:
        yield f"quality that {it.configuration.variant} keeps: {it.variant.kind}"
