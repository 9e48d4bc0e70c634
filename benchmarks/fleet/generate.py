"""Makes a fleet: services drawn, what nobody could serve made possible, and limits that couple them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.fleet.couple import coupled as couple
from benchmarks.fleet.market import EDITION, commitments, offers
from benchmarks.fleet.modes import with_modes
from benchmarks.fleet.options import Market, Options
from benchmarks.fleet.services import drawn_services, with_teams
from benchmarks.fleet.witness import Asked, Witness
from planner.catalog.catalog import Catalog

PERIODS = {1: {"kind": "single"}, 24: {"kind": "day", "per_day": 24}, 168: {"kind": "week"}}
MOST_SERVICES = 1000
#: A latency limit that no hardware on offer meets is stretched, as its owner would have to; then it is given up.
STRETCH = 1.6
STRETCHES = 6


@dataclass(frozen=True)
class Fleet:
    """A problem in the problem format, and the plan that shows it has one; ``witness`` is None where nothing couples."""

    problem: dict[str, Any]
    services: tuple[Asked, ...]
    market: Market
    witness: Witness | None


def make_fleet(services: int, periods: int, seed: int, catalog: Catalog, *, coupled: bool = True, modes: bool = False) -> dict[str, Any]:
    """A problem in the problem format, the same for the same arguments, that has a plan.

    services  1 to 1,000
    periods   1, 24 (a day) or 168 (a week)
    coupled   with quotas, commitments, a cap on carbon, one on upfront cash and budgets of teams; without, services
              meet only in the instances they share
    modes     some services may also be answered by provider APIs or serverless workers; carbon is not capped then, since
              what these emit is unknown

    Raises ValueError for other sizes.
    """
    return drawn_fleet(services, periods, seed, catalog, coupled=coupled, modes=modes).problem


def drawn_fleet(services: int, periods: int, seed: int, catalog: Catalog, *, coupled: bool = True, modes: bool = False) -> Fleet:
    """As ``make_fleet``, with what the limits were drawn from."""
    if not 1 <= services <= MOST_SERVICES or periods not in PERIODS:
        raise ValueError(f"1 to {MOST_SERVICES} services and {', '.join(map(str, PERIODS))} periods")
    contexts = {model.name: model.max_context for model in catalog.models.values()}
    drawn = with_teams(drawn_services(services, periods, seed, contexts), seed)
    problem = {
        "schema_version": 1,
        "name": f"fleet-{services}x{periods}-seed{seed}{'' if coupled else '-uncoupled'}{'-modes' if modes else ''}",
        "description": "Drawn from public traces and the catalogue by benchmarks.fleet; no company's figures.",
        "catalog": EDITION,
        "periods": PERIODS[periods],
        "offers": offers(catalog),
        "commitments": commitments(catalog) if coupled else {"offered": False},
        "services": drawn,
    }
    options, market = _possible(problem, catalog)
    teams = tuple(sorted({service["team"] for service in drawn}))
    fleet = tuple(_asked(service, found, teams, market) for service, found in zip(drawn, options))
    plan = None
    if coupled:
        problem["limits"], plan = couple(fleet, teams, market, np.random.default_rng((seed, 6)))
    if modes:
        machines = {row["provider"] for row in problem["offers"].get("own", ())} | {offer.provider for offer in catalog.offers.values()}
        sold = {row.provider for row in catalog.api_prices.values()} | {row.provider for row in catalog.modes.values()}
        # Those who sell machines too stay as the services have them: what own replicas may stand on is the same as without modes.
        problem["services"] = with_modes(problem["services"], seed, sold - machines)
        problem.get("limits", {}).pop("carbon_kg_per_month", None)
    return Fleet(problem, fleet, market, plan)


def _asked(service: dict[str, Any], options: Options, teams: tuple[str, ...], market: Market) -> Asked:
    least = service.get("availability", {}).get("min_instances", 1)
    active = np.broadcast_to(np.array(service["workload"]["rate_per_s"]) > 0, market.hours.shape)
    return Asked(options, teams.index(service["team"]), least, service.get("max_configurations"), active.astype(float))


def _possible(problem: dict[str, Any], catalog: Catalog) -> tuple[tuple[Options, ...], Market]:
    """Options of every service; latency limits of services without any are stretched in ``problem`` until there is one."""
    waiting = list(range(len(problem["services"])))
    found: dict[int, Options] = {}
    for attempt in range(STRETCHES + 1):
        made, market = _options(problem, waiting, catalog)
        found.update((n, o) for n, o in made.items() if o is not None)
        waiting = [n for n in waiting if n not in found]
        if not waiting:
            break
        for n in waiting:
            service = problem["services"][n]
            service["slo"] = {} if attempt == STRETCHES - 1 else _stretched(service["slo"])
    if waiting:
        names = ", ".join(problem["services"][n]["name"] for n in waiting)
        raise ValueError(f"nothing on offer serves {names}")
    return tuple(found[n] for n in range(len(found))), market


def _stretched(slo: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return {name: {p: float(f"{STRETCH * ms:.2g}") for p, ms in limits.items()} for name, limits in slo.items()}


def _options(problem: dict[str, Any], numbers: list[int], catalog: Catalog) -> tuple[dict[int, Options | None], Market]:
    """Options of the services with these numbers, as the program itself judges them, and the market they are in."""
    from planner.candidates.enumerate import choices
    from planner.documents.read import from_data
    from planner.economics.commitments import commitment_options
    from planner.economics.build_pools import build_pools
    from planner.economics.timeline import timeline
    from planner.problem.demand import demand
    from planner.problem.load import problem_of

    asked = {**problem, "services": [problem["services"][n] for n in numbers]}
    stated = problem_of(from_data(asked, "fleet")).problem
    times = timeline(stated)
    pools, _ = build_pools(stated, catalog, times)
    market = Market(stated, pools, times, commitment_options(stated, pools)[0])
    rates = demand(stated, times)
    number_of = {problem["services"][n]["name"]: n for n in numbers}
    made = {
        number_of[service.name]: market.options(service, choice, rates[service.name])
        for service, choice in zip(stated.services, choices(stated, catalog, pools, times, prune=False))
    }
    return made, market
