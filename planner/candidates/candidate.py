"""A replica configuration that meets every rule (Candidate), one that does not (Rejection), and what a service may choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from planner.perf.operating_point import OperatingPoint

if TYPE_CHECKING:
    from planner.candidates.hosted import Hosted, HostedRejection


@dataclass(frozen=True, order=True)
class Configuration:
    """How one replica is run; what a team has to know how to run."""

    variant: str
    accelerator: str
    tp: int
    pp: int
    engine: str
    max_num_seqs: int

    @property
    def accelerators(self) -> int:
        """Accelerators of one replica."""
        return self.tp * self.pp

    def __str__(self) -> str:
        pipeline = f" pp{self.pp}" if self.pp > 1 else ""
        return f"{self.variant} {self.accelerator} tp{self.tp}{pipeline} batch {self.max_num_seqs}"


@dataclass(frozen=True)
class Candidate:
    """A configuration of a service that meets every rule.

    pools          ids of the pools in which it may run, sorted
    can_serve      per request class, whether this configuration can serve it
    work_s         replica-seconds per request at saturation, per class                 [s]
    residence_s    time a request holds its cache at the operating point, per class     [s]
    kv_tokens      tokens of cache a request holds, per class                           [tokens]
    kv_capacity_tokens  safe cache of one replica; None: not limited                    [tokens]
    levels         (N, φ(N)) with N rising and φ non-decreasing; the share of saturation that N replicas carry
    share_basis    how they are known: assumed (a queueing rule) or simulated
    quality        base score times recovery; None when no floor asks for it
    member_quality the same of each service that a group serves, in the order of ``members_of``
    preparation_usd     one-off cost of the variant
    weights_gb          size of the weights as stored; None: unknown, and then nothing charges by it
    ttft_ms, tpot_ms    per class without queueing, measured ones first; None: not known   [ms]
    point          the performance prediction it rests on; None for a throughput-only profile
    """

    service: str
    configuration: Configuration
    pools: tuple[str, ...]
    can_serve: tuple[bool, ...]
    work_s: tuple[float, ...]
    residence_s: tuple[float, ...]
    kv_tokens: tuple[float, ...]
    kv_capacity_tokens: float | None
    levels: tuple[tuple[int, float], ...]
    quality: float | None
    preparation_usd: float
    basis: str
    point: OperatingPoint | None
    assumptions: tuple[str, ...] = ()
    ttft_ms: tuple[float, ...] | None = None
    tpot_ms: tuple[float | None, ...] | None = None
    weights_gb: float | None = None
    dominated_sides: frozenset[tuple[str, bool]] = frozenset()
    share_basis: str = "assumed"
    member_quality: tuple[float | None, ...] = ()

    def may_use(self, pool: str, *, firm: bool) -> bool:
        """Whether the firm (or spot) side of a pool is open to it: not dominated by another pool's."""
        return (pool, firm) not in self.dominated_sides

    def share_at(self, replicas: float) -> float:
        """φ(N): the level at or below N; 0 below the first level."""
        share = 0.0
        for count, value in self.levels:
            if replicas >= count - 1e-9:
                share = value
        return share


@dataclass(frozen=True)
class Broken:
    """One rule that a configuration breaks, with the value reached and the limit."""

    rule: str
    value: float | str | None
    limit: float | str | None
    unit: str
    relative_miss: float | None
    message: str


@dataclass(frozen=True)
class Rejection:
    """A configuration that breaks at least one rule, with all that it breaks."""

    service: str
    configuration: Configuration
    broken: tuple[Broken, ...]

    @property
    def what(self) -> str:
        """What was turned away, in words."""
        return str(self.configuration)


@dataclass(frozen=True)
class Dominated:
    """A configuration or pool left out because another is no worse in anything that the problem counts.

    kind  configuration, or side (one way of buying in a pool)
    """

    what: str
    by: str
    why: str
    kind: Literal["configuration", "side"] = "configuration"


@dataclass(frozen=True)
class Choices:
    """All that one service may choose from; ``excluded_pools`` gives the reason by pool or pattern of pools.

    hosted, hosted_rejections   options without replicas of the service's own, and those that break a rule
    """

    service: str
    class_names: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    rejections: tuple[Rejection, ...]
    dominated: tuple[Dominated, ...] = ()
    excluded_pools: Mapping[str, str] = field(default_factory=dict)
    hosted: tuple[Hosted, ...] = ()
    hosted_rejections: tuple[HostedRejection, ...] = ()
