"""Requests per second of every service, class and period: what the program and the check must serve."""

from __future__ import annotations

from typing import Any


def demand(problem: Any, times: Any) -> dict[str, Any]:
    """Rates by service name as arrays [class, period], in requests per second.

    .. math:: \\lambda_{sbt} = rate_{s,c(t)} \\cdot scale_s \\cdot headroom_s \\cdot season_{s,t} \\cdot share_b

    rate     one number per period of the cycle; c(t) is the period's place in it                   [1/s]
    season   the season's multiplier for the service, else for ``*``, else 1                        [1]

    What mirrors a service has its share of that service's demand in the months of the mirror, and none in others. What serves
    other services may be sent all of theirs, class by class: how much it is sent is decided.

    ``problem`` is normalised (``planner.problem.load``), ``times`` its timeline.
    """
    rates = {service.name: _rates(service, problem.horizon.seasons, times) for service in problem.services if has_own_demand(service)}
    for service in problem.services:
        mirror = service.workload.mirrors
        if mirror is not None:
            rates[service.name] = rates[mirror.service] * mirror.share * _during(mirror, problem.horizon.months, times)
    for service in problem.services:
        if service.workload.serves is not None:
            rates[service.name] = _stacked([rates[name] for name in service.workload.serves.services])
    return rates


def has_own_demand(service: Any) -> bool:
    """Whether its requests are its own: neither copies of another service's nor those that it may answer for others."""
    return service.workload.mirrors is None and service.workload.serves is None


def _stacked(rates: list[Any]) -> Any:
    import numpy as np

    return np.concatenate(rates)


def _during(mirror: Any, horizon_months: int, times: Any) -> Any:
    """1 in periods of months in which a mirror stands, else 0; the timeline splits seasons where it begins and ends."""
    import numpy as np

    last = mirror.ends(horizon_months)
    return np.array([float(mirror.start_month <= period.months[0] < last) for period in times.periods])


def _rates(service: Any, seasons: Any, times: Any) -> Any:
    import numpy as np

    load = service.workload
    total = []
    for period in times.periods:
        stated = times.seasons[period.season].stated
        factors = seasons[stated].demand if stated is not None else {}
        season = factors.get(service.name, factors.get("*", 1.0))
        total.append(load.rate_per_s[period.in_cycle] * load.scale * load.headroom * season)
    return np.outer([c.share for c in load.classes], total)
