"""A serving group is what those it serves make it: their classes, the strictest of their limits, their adapters."""

from __future__ import annotations

from collections.abc import Iterator

from planner.verify.case import Case, class_names
from planner.verify.groups import answering, busy_shares, is_group
from planner.verify.measure import CLAIM_TOLERANCE, Seen, at_least, at_most, equal, refused, same, unless
from planner.verify.registry import check

METRICS = ("ttft_ms", "tpot_ms", "end_to_end_ms")


@check("serving_group")
def serving_group(case: Case) -> Iterator[Seen]:
    """Each service of a group runs the group's model, itself or as an adapter of it, and every limit of each holds for the group."""
    for group in filter(is_group, case.services.values()):
        loaded, expected = {}, []
        for name in sorted(group.workload.serves.services):
            member, where = case.services[name], f"{group.name}: {name}"
            used = {one.use for one in member.alternatives}
            fits = [a for a in case.problem.adapted if a.name in used and a.model == group.model and a.adapter is not None]
            if not fits and member.model != group.model:
                yield refused(where, f"it runs {member.model}, and has no adapter of {group.model}")
            loaded.update((one.name, one.adapter.rank) for one in fits[:1])
            longer = fits[0].examples_tokens if fits else 0.0
            expected += [(f"{name}:{label}", c.input_tokens + longer, c.output_tokens) for label, c in zip(class_names(member), member.workload.classes)]
            yield from _strictest(group, member, where)
        stated = [(c.name, c.input_tokens, c.output_tokens) for c in group.workload.classes]
        yield same(stated, expected, f"{group.name}: classes")
        yield at_least(group.workload.serves.max_adapters, len(loaded), f"{group.name}: adapters loaded")
        yield at_least(group.workload.serves.max_rank, max(loaded.values(), default=1), f"{group.name}: room for rank")


def _strictest(group, member, where: str) -> Iterator[Seen]:
    for metric in METRICS:
        own = getattr(group.slo, metric) or {}
        for percentile, limit in (getattr(member.slo, metric) or {}).items():
            yield at_most(own.get(percentile, float("inf")), limit, f"{where} {metric} {percentile}", unit="ms")
    yield unless(set(member.requires) - set(group.requires), where, "what it requires is not required of the group")
    yield unless(group.spot.allowed and not member.spot.allowed, where, "it allows no spot")
    yield at_least(group.context_tokens or 0, member.context_tokens or 0, f"{where} context", unit="tokens")
    yield at_least(group.workload.dispersion_10s, member.workload.dispersion_10s, f"{where} burstiness")
    yield at_most(group.workload.prefix_hit, member.workload.prefix_hit, f"{where} prefix hits")
    if member.availability is not None:
        held = group.availability
        yield at_least(0 if held is None else held.min_instances, member.availability.min_instances, f"{where} instances")
        if member.availability.survives_loss is not None:
            loss, asked = None if held is None else held.survives_loss, member.availability.survives_loss
            yield at_least(0.0 if loss is None else loss.fraction, asked.fraction, f"{where} after a loss")
            yield unless(loss is None or set(asked.of) - set(loss.of), where, "a loss that it survives is not survived by the group")
    if member.confidence is not None:
        yield at_least(group.confidence or 0.0, member.confidence, f"{where} confidence")


@check("shared_replicas", tolerance=CLAIM_TOLERANCE)
def shared_replicas(case: Case) -> Iterator[Seen]:
    """What a group is said to answer of a service is what its deployments are sent; shares of its busy time are rate times work."""
    for name, part in case.parts.items():
        computed = _answered(case, name)
        yield same(sorted(part.answered_by), sorted(computed), f"{name}: groups that answer for it")
        for group in sorted(set(computed) & set(part.answered_by)):
            for t, rate in enumerate(computed[group]):
                where = f"{name}: answered by {group} {case.names[t]}"
                yield equal(part.answered_by[group][t], rate, where, unit="requests/s", floor=1e-3 * max(computed[group]))
        if not is_group(case.services[name]):
            yield same(part.busy_shares, {}, f"{name}: shares of busy time")
            continue
        computed = busy_shares(case, name)
        yield same(sorted(part.busy_shares), sorted(computed), f"{name}: services by busy time")
        for member, share in computed.items():
            if member in part.busy_shares:
                yield equal(part.busy_shares[member], share, f"{name}: {member}", floor=1e-3)


def _answered(case: Case, name: str) -> dict[str, list[float]]:
    """Requests/s by group and period, of groups that are sent any."""
    found: dict[str, list[float]] = {}
    for label in class_names(case.services[name]):
        for p, rates in answering(case, name, label):
            before = found.get(p.service.name, [0.0] * len(rates))
            found[p.service.name] = [a + b for a, b in zip(before, rates)]
    return {group: rates for group, rates in found.items() if any(rates)}
