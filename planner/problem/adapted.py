"""What a service may run instead of its model as it is: one adapted to its task, or its own with a prefix cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from planner.problem.base import Frozen, Name, NonNegative

if TYPE_CHECKING:
    from planner.problem.service import Service

SEPARATOR, PLUS = "/", "+"


class Adapter(Frozen):
    """Low-rank factors beside the weights of the base, which many adapters can share."""

    rank: Annotated[int, Field(ge=1, le=512)] = Field(description="of its factors, in every linear layer")


class Adapted(Frozen):
    """A model made fit for a task. A job that ``prepares`` it is run, once for all services, if any of them uses it."""

    name: Name = Field(pattern=r"^[^/:]+$")
    model: Name = Field(description="catalogue name of the model that is served")
    variants: tuple[Name, ...] = Field(("native",), min_length=1, description="precisions in which it may be served")
    examples_tokens: NonNegative = Field(0.0, description="few-shot examples that lengthen every prompt")
    adapter: Adapter | None = Field(None, description="it is a LoRA adapter of its model, so replicas of that may be shared; None: weights of its own")


class Alternative(Frozen):
    """An adapted model that a service may use instead of its own, with the quality measured on the service's task."""

    use: Name = Field(description="name of an adapted model")
    score: NonNegative = Field(description="in the unit of quality.base_score")


def name_of_variant(adapted: str, method: str) -> str:
    """How a configuration names a variant of an adapted model."""
    return f"{adapted}{SEPARATOR}{method}"


def adapted_of(service: Service, variant: str, problem: Any) -> Adapted | None:
    """The adapted model that a configuration's variant names; None: the service's own model."""
    name, found, _ = variant.partition(SEPARATOR)
    if not found or all(one.use != name for one in service.alternatives):
        return None
    return next((one for one in problem.adapted if one.name == name), None)


def as_served(service: Service, variant: str, problem: Any) -> tuple[Service, str]:
    """(the service as a replica of ``variant`` sees it, the method): another model, other prompts, another score."""
    variant, _, cache = variant.partition(PLUS)
    if cache:
        service = with_prefix(service, prefix_of(service, cache))
    adapted = adapted_of(service, variant, problem)
    if adapted is None:
        return service, variant
    return with_adapted(service, adapted), variant.partition(SEPARATOR)[2]


def with_adapted(service: Service, adapted: Adapted) -> Service:
    """``service`` as if the adapted model were its own."""
    score = next(one.score for one in service.alternatives if one.use == adapted.name)
    load = service.workload
    classes = tuple(c.model_copy(update={"input_tokens": c.input_tokens + adapted.examples_tokens}) for c in load.classes)
    quality = None if service.quality is None else service.quality.model_copy(update={"base_score": score})
    allow = service.allow.model_copy(update={"variants": adapted.variants})
    update = {"model": adapted.model, "workload": load.model_copy(update={"classes": classes}), "quality": quality}
    return service.model_copy(update={**update, "allow": allow, "profiles": (), "safe_shares": (), "profiles_only": False, "alternatives": ()})


def prefix_of(service: Service, name: str) -> Any:
    """The prefix cache of that name; raises LookupError where the service has none."""
    found = next((c for c in service.caches if c.kind == "prefix" and c.name == name), None)
    if found is None:
        raise LookupError(f"{service.name} has no prefix cache {name!r}")
    return found


def kept_tokens(service: Service, variant: str) -> float:
    """Tokens that a prefix cache keeps in every replica of ``variant``; 0 without one."""
    name = variant.partition(PLUS)[2]
    return prefix_of(service, name).kept_tokens if name else 0.0


def with_prefix(service: Service, cache: Any) -> Service:
    """``service`` with a share of the rest of its input tokens found in a prefix cache; measurements were without it."""
    load = service.workload
    hit = load.prefix_hit + (1.0 - load.prefix_hit) * cache.hit
    workload = load.model_copy(update={"prefix_hit": hit})
    return service.model_copy(update={"workload": workload, "profiles": (), "safe_shares": (), "profiles_only": False, "alternatives": (), "caches": ()})


def things_to_make(service: Service, variant: str, problem: Any) -> tuple[str, ...]:
    """What must exist before ``variant`` is served, as ``jobs[].prepares`` names it: model:method, and the adapted model."""
    served, method = as_served(service, variant, problem)
    adapted = adapted_of(service, variant, problem)
    if service.workload.serves is not None:
        from planner.problem.serves import adapters_of

        # Replicas that are shared hold the adapters of all whom they may answer for.
        return f"{served.model}:{method}", *(one.name for one in adapters_of(service, problem))
    own = (f"{served.model}:{method}",)
    return own if adapted is None else (*own, adapted.name)


def made_by_jobs(problem: Any) -> frozenset[str]:
    """Everything that some job prepares."""
    return frozenset(job.prepares for job in problem.jobs if job.prepares is not None)


def prepared_key(service: Service, variant: str, problem: Any) -> tuple[str, str]:
    """What is prepared and stored once for the fleet: (model, variant), or (adapted model, method)."""
    variant = variant.partition(PLUS)[0]
    adapted = adapted_of(service, variant, problem)
    return (service.model, variant) if adapted is None else (adapted.name, variant.partition(SEPARATOR)[2])


def job_needed(job: Any, used: frozenset[str]) -> bool:
    """Whether a job is run in a plan that uses these things."""
    return job.prepares is None or job.prepares in used
