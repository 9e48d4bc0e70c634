"""A service's replicas divided into those that read prompts and those that decode, as a what-if."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.errors import UsageError
from planner.perf.calibration import NETWORK_GB_PER_S
from planner.perf.communication import pcie_gb_per_s
from planner.perf.memory import kv_bytes_per_token, kv_copies, state_bytes_per_sequence
from planner.perf.replica import Chip, Replica
from planner.replay.case import Case
from planner.replay.fleets import configuration_of, group_name, replicated
from planner.replay.waiting import may_wait
from planner.simulate.fleet import Fleet, Group, Part, Transfer
from planner.simulate.kernel.world import KV_UNIT, PS_PER_S
from planner.simulate.service import Played
from planner.units import MS_PER_SECOND

PREFILL, DECODE = "prefill", "decode"
NETWORK, SCALE_UP, PCIE = "network", "scaleup", "pcie"
LINKS = (NETWORK, SCALE_UP, PCIE)
#: Until the first byte of a cache moves: the two replicas agree where it goes (assumed).
LATENCY_MS = 1.0
BYTES_PER_GB = 1e9
HINT = "2:3, or SERVICE=2:3,link=network|scaleup|pcie|GB_PER_S,latency=MS"


@dataclass(frozen=True)
class Disaggregate:
    """So many of every ``prefill`` + ``decode`` replicas read prompts, and the others decode.

    link  a word of ``LINKS``, as the catalogue knows the accelerator's, or GB/s of one accelerator and direction
    """

    prefill: int
    decode: int
    link: str | float = NETWORK
    latency_ms: float = LATENCY_MS


@dataclass(frozen=True)
class Divided:
    """What moved between the replicas of one configuration in one region; times are means over the requests that moved.

    prefill, decode     the most replicas of each kind in the simulated periods
    link_gb_per_s       of one accelerator, one direction
    kv_bytes_per_token  that move, over all accelerators of a replica
    transfer_ms         on the link and its latency
    wait_ms             from the first token until its transfer begins: for room on a decode replica, and for the links
    prefill_busy, decode_busy  share of their time in which an iteration was under way
    """

    name: str
    prefill: int
    decode: int
    link: str
    link_gb_per_s: float
    latency_ms: float
    kv_bytes_per_token: float
    requests: int
    moved_gb: float
    transfer_ms: float | None
    wait_ms: float | None
    prefill_busy: float
    decode_busy: float


def divided_as(case: Case, given: Sequence[str]) -> dict[str, Disaggregate]:
    """``[SERVICE=]P:D[,link=…][,latency=MS]`` each; the name may be left out where the plan has one service. Raises UsageError."""
    found: dict[str, Disaggregate] = {}
    names = [service.name for service in case.plan.services]
    for text in given:
        head, *more = text.split(",")
        name, _, ratio = head.rpartition("=")
        if not name and len(names) == 1:
            name = names[0]
        if name not in names:
            raise UsageError(f'"{text}" names no service of the plan', hint=f"--disaggregate SERVICE={ratio} with one of " + ", ".join(names[:10]))
        if name in found:
            raise UsageError(f'"{name}" is divided twice', hint="one --disaggregate for each service")
        reads, colon, writes = ratio.partition(":")
        if not (colon and reads.isdecimal() and writes.isdecimal() and 0 < int(reads) <= 10_000 and 0 < int(writes) <= 10_000):
            raise UsageError(f'"{ratio}" is no ratio of prefill to decode replicas', hint=HINT)
        found[name] = Disaggregate(int(reads), int(writes), **_settings(text, more))
        _refuse(case, name)
    return found


def assumed_of(divided: Mapping[str, Disaggregate]) -> list[str]:
    """What of the links nobody stated."""
    return [
        f"{name}: a link of {NETWORK_GB_PER_S:g} GB/s an accelerator between replicas is assumed; link= states yours"
        for name, asked in sorted(divided.items()) if asked.link == NETWORK
    ]  # fmt: skip


def disaggregated(case: Case, fleet: Fleet, asked: Disaggregate | None) -> Fleet:
    """The fleet with the replicas of every configuration in a region divided; one that is alone in a period does both."""
    if asked is None:
        return fleet
    own = _replicas(case, fleet.service)
    return replace(fleet, groups=tuple(_apart(group, own[group.name], asked) if group.name in own else group for group in fleet.groups))


def divided_found(case: Case, fleet: Fleet, asked: Disaggregate | None, played: Sequence[Played]) -> tuple[Divided, ...]:
    """One entry for each configuration that was divided."""
    if asked is None:
        return ()
    own = _replicas(case, fleet.service)
    return tuple(_found(fleet, g, group, own[group.name], asked, played) for g, group in enumerate(fleet.groups) if group.transfer is not None)


def reads_of(count: int, asked: Disaggregate) -> int:
    """How many of ``count`` replicas read prompts: the nearest to the ratio, with one left for either side; one alone does both."""
    return count if count < 2 else min(max(int(count * asked.prefill / (asked.prefill + asked.decode) + 0.5), 1), count - 1)


def _settings(text: str, parts: Sequence[str]) -> dict[str, str | float]:
    found: dict[str, str | float] = {}
    for part in parts:
        key, _, value = part.partition("=")
        if key == "link" and value in LINKS and "link" not in found:
            found["link"] = value
            continue
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if key == "link" and "link" not in found and 1e-6 <= number <= 1e6:
            found["link"] = number
        elif key == "latency" and "latency_ms" not in found and 0.0 <= number <= 1e6:
            found["latency_ms"] = number
        else:
            raise UsageError(f'"{part}" in "{text}" cannot be meant', hint=HINT)
    return found


def _refuse(case: Case, name: str) -> None:
    """Services whose replicas cannot be divided."""
    planned = next(s for s in case.plan.services if s.name == name)
    if not planned.deployments:
        raise UsageError(f'"{name}" has no replicas of its own to divide')
    if may_wait(case.services[name]):
        raise UsageError(f'"{name}" may wait, so nothing is gained by dividing its replicas', hint="divide a service with latency limits")
    counts: dict[str, np.ndarray] = {}
    for d in planned.deployments:
        group = group_name(configuration_of(d), d.region)
        counts[group] = counts.get(group, 0) + np.array(d.replicas)
    if all((count < 2).all() for count in counts.values()):
        raise UsageError(f'"{name}" never has two replicas of one configuration in a region, so there is nothing to divide')
    for d in planned.deployments:
        if replicated(case, case.services[name], configuration_of(d)).replica is None:
            raise UsageError(f'of {d.variant} on {d.accelerator} for "{name}" only the throughput is known, not what prefill and decode take')


def _replicas(case: Case, name: str) -> dict[str, Replica]:
    """By name of the group."""
    planned, service = next(s for s in case.plan.services if s.name == name), case.services[name]
    return {group_name(configuration_of(d), d.region): replicated(case, service, configuration_of(d)).replica for d in planned.deployments}


def _apart(group: Group, replica: Replica, asked: Disaggregate) -> Group:
    periods = range(len(group.parts[0].replicas))
    reads = [by_part([part.replicas[t] for part in group.parts], asked) for t in periods]
    parts = [replace(part, replicas=tuple(reads[t][p] for t in periods), role=PREFILL) for p, part in enumerate(group.parts)]
    parts += [replace(part, replicas=tuple(part.replicas[t] - reads[t][p] for t in periods), role=DECODE) for p, part in enumerate(group.parts)]
    link = link_gb_per_s(replica.chip, asked.link) * BYTES_PER_GB * replica.chips
    state_s = state_bytes_per_sequence(replica.architecture) / link
    return replace(group, parts=tuple(parts), transfer=Transfer(cache_bytes_per_token(replica) / link, asked.latency_ms / MS_PER_SECOND + state_s))


def by_part(counts: Sequence[int], asked: Disaggregate) -> list[int]:
    """Of each part its share of those that read, by cumulative rounding."""
    reads, every = reads_of(sum(counts), asked), max(sum(counts), 1)
    upto = np.cumsum([0, *counts])
    return np.diff((upto * reads + every // 2) // every).tolist()


def cache_bytes_per_token(replica: Replica) -> float:
    """Bytes of cache of one token in every layer, as often as the replica's accelerators keep it."""
    own = replica.architecture
    return sum(kv_bytes_per_token(own, replica.precision.kv)) * kv_copies(own, replica.tp)


def link_gb_per_s(chip: Chip, link: str | float) -> float:
    """GB/s and direction of one accelerator; raises UsageError where the catalogue knows of no such link."""
    if not isinstance(link, str):
        return link
    if link == NETWORK:
        return NETWORK_GB_PER_S
    if link == SCALE_UP:
        if not chip.is_linked or not chip.scaleup_gb_per_s:
            raise UsageError(f"{chip.name} has no scale-up link in the catalogue", hint="link=network, link=pcie, or GB/s")
        return chip.scaleup_gb_per_s / 2.0
    if chip.pcie is None:
        raise UsageError(f"the catalogue does not know the PCIe slot of {chip.name}", hint="link=network, or GB/s")
    return pcie_gb_per_s(chip.pcie)


def _found(fleet: Fleet, g: int, group: Group, replica: Replica, asked: Disaggregate, played: Sequence[Played]) -> Divided:
    places = fleet.replicas()
    own = np.concatenate([one.world.replicas[[i for i, place in enumerate(places) if place[0] == g]] for one in played])
    requests, token = int(own["moved"].sum()), cache_bytes_per_token(replica)

    def mean_ms(name: str) -> float | None:
        return float(own[name].sum()) / requests / PS_PER_S * MS_PER_SECOND if requests else None

    return Divided(
        group.name, _most(group.parts, PREFILL), _most(group.parts, DECODE), asked.link if isinstance(asked.link, str) else "stated",
        link_gb_per_s(replica.chip, asked.link), asked.latency_ms, token, requests, float(own["moved_kv"].sum()) / KV_UNIT * token / BYTES_PER_GB,
        mean_ms("moving_ps"), mean_ms("stood_ps"), _busy(fleet, g, PREFILL, played), _busy(fleet, g, DECODE, played),
    )  # fmt: skip


def _most(parts: Sequence[Part], role: str) -> int:
    return max(sum(counts) for counts in zip(*(part.replicas for part in parts if part.role == role)))


def _busy(fleet: Fleet, g: int, role: str, played: Sequence[Played]) -> float:
    starts, busy, there = [stage.start_s for stage in fleet.stages], 0.0, 0.0
    for one in played:
        ends = [*starts[1:], max(one.ended_s, starts[-1])]
        there += sum(
            max(0.0, min(end, one.ended_s) - start) * part.replicas[stage.period]
            for part in fleet.groups[g].parts if part.role == role
            for stage, start, end in zip(fleet.stages, starts, ends)
        )  # fmt: skip
        own = [i for i, (k, p, _) in enumerate(fleet.replicas()) if k == g and fleet.groups[k].parts[p].role == role]
        busy += float(one.world.replicas["busy_ps"][own].sum()) / PS_PER_S
    return min(1.0, busy / there) if there > 0.0 else 0.0

