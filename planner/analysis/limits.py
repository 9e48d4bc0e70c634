"""The limits that a problem states, in the user's words: what each is, how far it may give way, and who must agree."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from planner.errors import UsageError
from planner.plan.limit_words import unit_after
from planner.problem.patch import Change
from planner.problem.paths import Place, places
from planner.problem.schema import Problem
from planner.units import HOURS_PER_MONTH

#: Relative steps by which a number may give way, before it is dropped.
STEPS = (0.05, 0.1, 0.2, 0.5, 1.0)
#: What dropping a number counts for, beside its steps; what giving up a choice counts for.
DROPPED, GIVEN_UP = 3.0, 1.0


@dataclass(frozen=True)
class Kind:
    """A kind of limit: who must agree to move it, and how much it is taken to hurt where the user does not say."""

    name: str
    agrees: str
    weight: float


KINDS = {
    kind.name: kind
    for kind in (
        Kind("slo", "owner of the service", 3.0),
        Kind("quality", "owner of the service", 4.0),
        Kind("availability", "owner of the service", 4.0),
        Kind("residency", "legal", 8.0),
        Kind("carbon", "sustainability", 3.0),
        Kind("budget", "finance", 2.0),
        Kind("quota", "procurement", 2.0),
        Kind("procurement", "procurement", 2.0),
        Kind("commitment", "finance", 1.0),
        Kind("spot", "operations", 2.0),
        Kind("operations", "operations", 1.0),
        Kind("risk", "owner of the service", 4.0),
        Kind("deadline", "owner of the work", 2.0),
        Kind("policy", "legal", 8.0),
        Kind("site", "facilities", 4.0),
    )
}


@dataclass(frozen=True)
class Stated:
    """A pattern of paths that are limits.

    side   ``most`` (a cap), ``least`` (a floor) or ``choice`` (it holds or it does not)
    free   the value that gives it up, or a function (problem, job) -> value
    lever  a default rather than a wish: it never conflicts, but giving it up may help
    """

    pattern: str
    kind: str
    side: str
    words: str
    unit: str = ""
    whole: bool = False
    free: Any = None
    lever: bool = False


def _end_of_horizon(problem: Problem, job: Any) -> float:
    """A deadline that is none: hours from a job's first start until the horizon ends, or until it starts again."""
    months = problem.horizon.months - job.start_month
    return HOURS_PER_MONTH * (months if job.every_months is None else min(months, job.every_months))


TABLE = (
    Stated("services.*.slo.ttft_ms.*", "slo", "most", "first token, {key}", "ms"),
    Stated("services.*.slo.tpot_ms.*", "slo", "most", "time per token, {key}", "ms"),
    Stated("services.*.slo.end_to_end_ms.*", "slo", "most", "whole answer, {key}", "ms"),
    Stated("services.*.quality.min", "quality", "least", "quality of every variant"),
    Stated("services.*.quality.mean", "quality", "least", "mean quality"),
    Stated("services.*.availability.min_instances", "availability", "least", "distinct instances", whole=True, free=0),
    Stated("services.*.availability.survives_loss.fraction", "availability", "least", "share served after a loss", free=0.0),
    Stated("services.*.allow.regions", "residency", "choice", "regions"),
    Stated("services.*.allow.exclude_regions", "residency", "choice", "regions ruled out", free=[]),
    Stated("services.*.allow.providers", "procurement", "choice", "providers"),
    Stated("services.*.allow.exclude_providers", "procurement", "choice", "providers ruled out", free=[]),
    Stated("services.*.allow.vendors", "procurement", "choice", "vendors"),
    Stated("services.*.allow.accelerators", "procurement", "choice", "accelerators"),
    Stated("services.*.allow.exclude_accelerators", "procurement", "choice", "accelerators ruled out", free=[]),
    Stated("services.*.allow.variants", "quality", "choice", "variants"),
    Stated("services.*.allow.tp", "operations", "choice", "tensor parallelism"),
    Stated("services.*.allow.pp", "operations", "choice", "pipeline parallelism"),
    Stated("services.*.allow.host_weights_gib", "operations", "most", "weights in the host's memory", "GiB", free=1e6),
    Stated("services.*.requires", "policy", "choice", "what an API must promise", free=[]),
    Stated("services.*.window_hours", "deadline", "most", "window", "hours", free=HOURS_PER_MONTH),
    Stated("jobs.*.deadline_hours", "deadline", "most", "deadline", "hours", free=_end_of_horizon),
    Stated("jobs.*.allow.regions", "residency", "choice", "regions"),
    Stated("jobs.*.allow.exclude_regions", "residency", "choice", "regions ruled out", free=[]),
    Stated("jobs.*.allow.providers", "procurement", "choice", "providers"),
    Stated("jobs.*.allow.exclude_providers", "procurement", "choice", "providers ruled out", free=[]),
    Stated("jobs.*.allow.accelerators", "procurement", "choice", "accelerators"),
    Stated("jobs.*.allow.exclude_accelerators", "procurement", "choice", "accelerators ruled out", free=[]),
    Stated("jobs.*.allow.spot", "spot", "choice", "no spot capacity", free=True, lever=True),
    Stated("services.*.spot.max_share", "spot", "most", "share on spot", free=1.0),
    Stated("services.*.spot.allowed", "spot", "choice", "no spot capacity", free=True, lever=True),
    Stated("services.*.max_configurations", "operations", "most", "configurations", whole=True),
    Stated("services.*.ramp.max_added_replicas", "operations", "most", "replicas added per period", whole=True, free=10_000),
    Stated("services.*.carbon_kg_per_month", "carbon", "most", "carbon", "kgCO2e/month"),
    Stated("services.*.confidence", "risk", "least", "confidence in predictions"),
    Stated("limits.budget_usd_per_month", "budget", "most", "budget", "USD/month"),
    Stated("limits.horizon_usd", "budget", "most", "budget over the horizon", "USD"),
    Stated("limits.upfront_usd", "budget", "most", "cash upfront", "USD"),
    Stated("limits.one_off_usd", "budget", "most", "one-off work", "USD"),
    Stated("limits.teams.*.budget_usd_per_month", "budget", "most", "budget of the team", "USD/month", free=1e15),
    Stated("limits.carbon_kg_per_month", "carbon", "most", "carbon", "kgCO2e/month"),
    Stated("limits.regions.*.carbon_kg_per_month", "carbon", "most", "carbon", "kgCO2e/month", free=1e15),
    Stated("limits.quotas.*.max_instances", "quota", "most", "quota", "instances", whole=True, free=10_000_000),
    Stated("limits.quotas.*.max_accelerators", "quota", "most", "quota", "accelerators", whole=True, free=10_000_000),
    Stated("apis.*.requests_per_minute", "quota", "most", "account", "requests/minute"),
    Stated("apis.*.tokens_per_minute", "quota", "most", "account", "tokens/minute"),
    Stated("serverless.*.max_workers", "quota", "most", "account", "workers", whole=True, free=100_000),
    Stated("limits.sites.*.power_kw", "site", "most", "power", "kW", free=1e15),
    Stated("limits.max_configurations", "operations", "most", "configurations", whole=True),
    Stated("limits.max_changes", "operations", "most", "changes", whole=True),
    Stated("commitments.offered", "commitment", "choice", "no reservations", free=True),
    Stated("commitments.max_term_months", "commitment", "most", "term of commitments", "months", whole=True),
    Stated("commitments.allow_beyond_horizon", "commitment", "choice", "no term beyond the horizon", free=True, lever=True),
    Stated("offers.only", "procurement", "choice", "offers considered"),
    Stated("offers.exclude", "procurement", "choice", "offers ruled out", free=[]),
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One way a limit may give way: the change, and how much of the limit's own size it is."""

    change: Change
    size: float
    dropped: bool

    @property
    def weighs(self) -> float:
        """What it counts for: a number that is moved very far no more than one that is given up."""
        return min(self.size, DROPPED)


@dataclass(frozen=True)
class Limit:
    """One limit of a problem.

    where  what it is about: a service, a team, a quota or the whole
    whole  counted, so that it moves by one at the least
    steps  ways to give way, the smallest first; the last one gives it up
    """

    path: str
    where: str
    words: str
    kind: Kind
    side: str
    value: Any
    unit: str
    lever: bool
    steps: tuple[Step, ...]
    whole: bool = False

    def __str__(self) -> str:
        about = f" of {self.where}" if self.where else ""
        if self.side == "choice":
            shown = ", ".join(map(str, self.value)) if isinstance(self.value, (list, tuple)) else ""
            return f"{self.words}{about}{f': {shown}' if shown else ''}"
        sign = "≤" if self.side == "most" else "≥"
        return f"{self.words}{about} {sign} {self.shown(self.value)}{self._unit(self.value)}"

    def _unit(self, value: float) -> str:
        return f" {unit_after(value, self.unit)}" if self.unit else ""

    @property
    def holding(self) -> str:
        """As a clause after "while": what a default that nobody stated keeps out."""
        if self.path.endswith("spot.allowed") or self.path.endswith("allow.spot"):
            return f"{self.where} takes no spot"
        if self.path == "commitments.allow_beyond_horizon":
            return "no term goes beyond the horizon"
        shown = ", ".join(map(str, self.value)) if isinstance(self.value, (list, tuple)) else self.shown(self.value) if isinstance(self.value, (int, float)) and not isinstance(self.value, bool) else ""
        sign = {"most": "at most ", "least": "at least "}.get(self.side, "")
        return f"{self.words}{f' of {self.where}' if self.where else ''} stay{'' if self.words.endswith('s') else 's'} {sign}{shown}".rstrip()

    def shown(self, value: float) -> str:
        """A value of it as people read it: money in whole units or to the cent."""
        return f"{value:,.2f}" if self.unit.startswith("USD") and value != round(value) else amount(value)

    def from_step(self, number: int) -> float:
        """What any value above step ``number`` − 1 and up to step ``number`` weighs at the least; the value as stated is step 0."""
        if self.side == "choice" or isinstance(self.value, bool) or not self.value:
            return self.steps[number - 1].weighs
        before = self.value if number == 1 else self.steps[number - 2].change.value
        return min(DROPPED, amount_moved(self, before + (1 if self.side == "most" else -1) if self.whole else before))

    def given(self, step: Step) -> str:
        """What is conceded, in words."""
        if step.dropped:
            return f"drop: {self}"
        return f"{self.words}{f' of {self.where}' if self.where else ''} {self.shown(self.value)} → {self.shown(step.change.value)}{self._unit(step.change.value)}"


def limits_of(problem: Problem) -> tuple[Limit, ...]:
    """Every limit that a stated problem sets, levers included, in the order of the table."""
    return tuple(limit for row in TABLE for limit in _limits(problem, row))


def amount_moved(limit: Limit, value: float) -> float:
    """How far another value is from a limit's own, as a share of it; of a limit of nothing like giving it up."""
    return abs(value - limit.value) / abs(limit.value) if limit.value else DROPPED


def amount(value: float) -> str:
    """A figure as people read it, without losing what tells two of them apart."""
    return f"{value:,.10g}"


def _limits(problem: Problem, row: Stated) -> Iterator[Limit]:
    try:
        found = places(problem, row.pattern)
    except UsageError:
        return  # nothing of the kind is stated
    for place in found:
        kind = replace(row, free=row.free(problem, problem.jobs[place.steps[1]])) if callable(row.free) else row
        if not _holds(kind, place):
            continue
        words, where = row.words.replace("{key}", str(place.steps[-1])), _where(problem, place)
        steps = tuple(_steps(kind, place))
        lever = row.lever or _is_default(problem, place)
        yield Limit(place.path, where, words, KINDS[row.kind], row.side, place.value, row.unit, lever, steps, row.whole)


def _holds(row: Stated, place: Place) -> bool:
    """Whether the value there limits anything."""
    value = place.value
    if row.side == "choice":
        return value is False if isinstance(row.free, bool) else bool(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return value != row.free


def _where(problem: Problem, place: Place) -> str:
    head = place.steps[0]
    if head in ("services", "jobs"):
        return getattr(problem, head)[place.steps[1]].name
    if head in ("apis", "serverless"):
        row = getattr(problem, head)[place.steps[1]]
        return f"{row.provider}:{row.model if head == 'apis' else row.service}"
    if head == "limits" and len(place.steps) > 2:
        row = getattr(problem.limits, place.steps[1])[place.steps[2]]
        selectors = (getattr(row, name, None) for name in ("name", "team", "site", "provider", "region", "accelerator", "instance_type"))
        return next((text for text in selectors if text), "")
    return ""


def _is_default(problem: Problem, place: Place) -> bool:
    """Whether nobody stated the value: it is the format's default."""
    *above, last = place.steps
    holder: Any = problem
    for step in above:
        holder = getattr(holder, step) if isinstance(step, str) and isinstance(holder, BaseModel) else holder[step]
    if not isinstance(holder, BaseModel) or last in holder.model_fields_set:
        return False
    return place.value == type(holder).model_fields[last].get_default(call_default_factory=True)


def _steps(row: Stated, place: Place) -> Iterator[Step]:
    path, value = place.path, place.value
    if row.side == "choice":
        yield Step(Change(path, row.free), GIVEN_UP, True)
        return
    last = value
    for share in STEPS:
        moved = value * (1.0 + share) if row.side == "most" else value * (1.0 - share)
        if row.whole:
            moved = math.ceil(moved - 1e-9) if row.side == "most" else math.floor(moved + 1e-9)
        if isinstance(row.free, (int, float)) and not isinstance(row.free, bool):
            moved = min(moved, row.free) if row.side == "most" else max(moved, row.free)
        else:
            moved = moved if row.side == "most" or moved > 0 else last
        if moved not in (last, row.free):
            size = abs(moved - value) / abs(value) if value else 1.0
            yield Step(Change(path, moved if row.whole else float(f"{moved:.12g}")), size, False)
            last = moved
    yield Step(Change(path, row.free), DROPPED, True)
