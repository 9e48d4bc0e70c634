"""Plan format v1: what is decided, what it costs, how far it is proven, and what it rests on.

Lists over time are aligned with ``periods``. Figures are never rounded here.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from planner.plan.hosted import HostedUse
from planner.plan.origin import Origin
from planner.plan.part import Part
from planner.plan.shadow import Shadow
from planner.plan.simulation import Simulation
from planner.plan.waiting import Waiting

SCHEMA_VERSION = 1
Status = Literal["optimal", "feasible", "infeasible", "unknown", "invalid", "check_failed"]
Basis = Literal["measured", "interpolated", "modelled"]


class PlanPeriod(Part):
    """One period; hours over all periods sum to 730."""

    name: str
    hours_per_month: float


class Deployment(Part):
    """Replicas of one configuration of a service in one pool, bought firm or as spot.

    Requests are routed to a configuration in a region; its deployments there share them by
    their replicas, spot counted at its availability.
    """

    variant: str
    accelerator: str
    tp: int
    pp: int
    engine: str
    max_num_seqs: int
    instance_type: str
    provider: str
    region: str = Field(description="provider:region")
    pool: str = Field(description="provider:instance_type@region")
    purchase: Literal["firm", "spot"]
    replicas: tuple[int, ...]
    rate_per_s: dict[str, tuple[float, ...]] = Field(description="routed rate by request class, per period")
    slices: dict[str, tuple[int, ...]] | None = Field(None, description="with routing slices: by class of the whole configuration in the region")
    ttft_ms: tuple[float | None, ...] = Field(description="predicted at ``latency_percentile``; None without replicas")
    tpot_ms: tuple[float | None, ...]
    latency_percentile: float
    utilisation: tuple[float | None, ...] = Field(description="of saturation, per period")
    headroom: tuple[float | None, ...] = Field(
        description="safe share of saturation less utilisation, over utilisation's limit: 0 is full"
    )
    basis: Basis
    share_basis: Literal["assumed", "simulated"] = Field(
        "assumed", description="of the safe share of saturation: a queueing rule, or a table made by simulation"
    )


class Survival(Part):
    """A routing that serves the stated fraction after one failure domain is lost."""

    lost: str
    kind: Literal["spot_pool", "spot_region", "zone"]
    routing: tuple[RecourseRoute, ...]


class RecourseRoute(Part):
    """Rate of one class sent to one surviving configuration of a region, per period."""

    variant: str
    accelerator: str
    tp: int
    pp: int
    engine: str
    max_num_seqs: int
    region: str
    request_class: str
    rate_per_s: tuple[float, ...]


class ServicePlan(Part):
    """What serves one service."""

    name: str
    deployments: tuple[Deployment, ...]
    hosted: tuple[HostedUse, ...] = ()
    waiting: dict[str, tuple[float, ...]] = Field({}, description="requests that wait at the end of each period, by class")
    answered_by: dict[str, tuple[float, ...]] = Field({}, description="requests per second that groups answer of it, by group, per period")
    busy_shares: dict[str, float] = Field({}, description="of a group: share of its replicas' busy time by service, over the month")
    cache: str | None = Field(None, description="response cache that it buys, by name; it answers its share of every class")
    unserved_per_s: dict[str, tuple[float, ...]] = Field({}, description="by class; only under a stated shortage rule")
    survival: tuple[Survival, ...] = ()
    quality_mean: float | None = None
    carbon_kg_per_month: float | None = None
    share_usd_per_month: float | None = Field(
        None, description="linear share of the shared instances at on-demand (spot) price, and own usage charges, as team budgets count"
    )


class PoolPlan(Part):
    """Instances of one pool."""

    id: str
    instance_type: str
    provider: str
    region: str
    accelerator: str
    accelerators_per_instance: int
    on_demand: tuple[float, ...]
    reserved: dict[str, tuple[float, ...]] = Field({}, description="instances covered, by commitment name")
    owned: tuple[int, ...]
    spot: tuple[int, ...]
    running_firm: tuple[int, ...]
    firm_starts: tuple[int, ...]
    spot_starts: tuple[int, ...]


class CommitmentPlan(Part):
    """A commitment that the plan buys."""

    name: str
    measure: Literal["instances", "accelerators", "spend"]
    units: float
    term_months: int
    usd_per_unit_hour: float
    upfront_usd: float
    beyond_horizon_usd: float
    used_share: float = Field(description="share of what is paid for that is used, over the hours in which it is there")


class Safety(Part):
    """What it costs to plan with the safe end of the predictions, against the plan with the nominal ones."""

    confidence: dict[str, float] = Field(description="probability with which each prediction holds, by service")
    nominal_usd_per_month: float | None = Field(description="cost of the nominal plan, which passed the same check; None: none")
    nominal_bound_usd_per_month: float | None
    extra_usd_per_month: float | None = Field(description="this plan's cost less the nominal plan's")
    message: str = Field("", description="why there is no nominal plan")


class JobPlan(Part):
    """How one job is run: on so many instances of one pool at once, every run alike."""

    name: str
    pool: str = Field(description="provider:instance_type@region")
    purchase: Literal["firm", "spot"]
    instances: int
    spare: tuple[float, ...] = Field(description="of these, on reserved, held or owned ones that services leave idle, per period")
    runs: int = Field(description="within the horizon")
    hours_per_run: float = Field(description="from start to end, restarts and waiting for spot included")
    flop_per_run: float
    memory_gib: float = Field(description="of each accelerator")
    kwh_per_run: float | None = Field(None, description="None: power is unknown")


class CashMonth(Part):
    """What is paid in one month of the horizon, counted from 0."""

    month: int
    running_usd: float = Field(description="rent, energy, people and all else of the month")
    upfront_usd: float = Field(description="commitments paid upfront and hardware, less what old hardware brings")
    one_off_usd: float = Field(description="preparation, set-up and other one-off work, in the first month")


class Binding(Part):
    """A limit and how near the plan is to it."""

    constraint: str
    where: str
    value: float
    limit: float
    unit: str
    slack: float


class Assumption(Part):
    """A default used, or a fact that is assumed or derived."""

    path: str
    value: Any
    kind: Literal["default", "assumed", "derived", "private", "measured", "published"]
    reason: str
    source: str = ""
    as_of: str = ""


class NotConsidered(Part):
    """Options left out for one reason."""

    reason: str
    what: tuple[str, ...] = Field(description="names; one with * stands for exactly the pools of the problem it matches")
    services: tuple[str, ...] = Field((), description="for which they are left out; empty: for all")


class SolverReport(Part):
    """How the plan was found; not part of what two runs must agree on."""

    backend: str
    version: str
    method: str
    seconds: float = Field(description="build and solve; importing the solver is a phase of its own")
    phases: dict[str, float] = {}
    columns: int
    rows: int
    nonzeros: int
    integers: int
    nodes: int | None = None
    tie_break_proven: bool = False
    gap_asked: float
    message: str = ""


class Inputs(Part):
    """Everything needed to check the plan again."""

    problem: dict[str, Any] = Field(description="normalised problem, workloads inline, defaults applied")
    problem_digest: str
    catalog_edition: str
    catalog_digest: str
    overlay_digest: str | None = None
    facts: dict[str, Any] | None = Field(
        None, description="rows of a private overlay that the plan needs, so that it can be checked alone"
    )
    planner_version: str
    origin: Origin | None = Field(None, description="only in a plan that was written to a file beside its problem")


class Check(Part):
    """One thing recomputed: the worst relative violation seen, and where."""

    name: str
    passed: bool
    worst: float
    where: str = ""
    detail: str = ""


class Certificate(Part):
    """What the independent recomputation confirmed, and what it cannot."""

    passed: bool
    checks: tuple[Check, ...]
    placement: dict[str, tuple[str, ...]] = Field(
        {}, description="service → instances that hold its replicas in the tightest period"
    )
    cannot_check: tuple[str, ...] = (
        "the bound rests on the solver's search; this check recomputes the plan, not the proof",
    )


class Plan(Part):
    """A deployment plan."""

    schema_version: Literal[1] = SCHEMA_VERSION
    status: Status
    proven: bool
    checked: bool
    deterministic: bool
    simulated: bool = False
    gap: float | None
    bound_usd_per_month: float | None
    cost: dict[str, float]
    cash: tuple[CashMonth, ...] = Field((), description="by month, beside the amortised cost; empty: not stated")
    carbon_kg_per_month: float | None = Field(description="None when a used pool's power or grid is unknown")
    carbon_by_region: dict[str, tuple[float, ...]] | None = Field(
        None, description="kgCO2e a month emitted in each period, by region; they sum to carbon_kg_per_month"
    )
    carbon_offset_kg_per_month: float | None = Field(None, description="for which certificates are bought; None: none asked for")
    carbon_market_kg_per_month: float | None = Field(
        None, description="the same emissions counted by contracts for electricity (market-based); None: no contracts, or unknown"
    )
    routing: Literal["divisible", "slices", "mixed"]
    periods: tuple[PlanPeriod, ...]
    services: tuple[ServicePlan, ...]
    pools: tuple[PoolPlan, ...]
    commitments: tuple[CommitmentPlan, ...] = ()
    jobs: tuple[JobPlan, ...] = ()
    binding: tuple[Binding, ...]
    demand_multiplier_survived: float | None
    simulation: Simulation | None = Field(
        None, description="only where a plan was simulated; its proof is of the last program, with the shares of saturation as simulated"
    )
    waiting: Waiting | None = Field(None, description="only where work may wait")
    shadow: Shadow | None = Field(None, description="only where a service mirrors another")
    safety: Safety | None = Field(None, description="only where a service states a confidence")
    assumptions: tuple[Assumption, ...]
    not_considered: tuple[NotConsidered, ...] = ()
    certificate: Certificate | None = None
    solver: SolverReport
    inputs: Inputs


Survival.model_rebuild()
