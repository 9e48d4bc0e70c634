"""Cases of constraints on what others run: limits of provider APIs, bought units, serverless workers, work that may wait."""

from __future__ import annotations

import math

from tests.formulation.case import ONE, Case
from tests.formulation.tiny import MONTH, hosted, offer, problem, replica, service, units, workers

HOSTED = [
    Case(
        "api_limit",
        "10 USD a million requests, 26.28 USD for 1/s all month; 300 a minute are 5/s; for the rest 2 replicas, which carry 8/s",
        problem([service()], ONE),
        {"a": [replica(), hosted(1e-5, requests_per_minute=300.0)]},
        2 * 26.28 + 2 * MONTH,
    ),
    Case(
        "provisioned_capacity",
        "a request is 200 tokens, 10/s are 120,000 a minute; a replica for 1 USD/h carries 4/s, a unit for 0.10 USD/h 1/s: three are the "
        "least, and for 10/s ten, 1 USD/h, where 3 replicas cost 3 and 2 replicas with 3 units 2.30",
        problem([service()], ONE),
        {"a": [replica(), units(0.1, 12_000.0, minimum_units=3)]},
        10 * 0.1 * MONTH,
    ),
    Case(
        "serverless_workers",
        "0.01/s keep a worker up for 100 s each: load 1, where the tangent touches 1 − e^−1; at 1.5 USD/h it is cheaper than 1 replica",
        problem([service(rate=0.01)], ONE),
        {"a": [replica(), workers(4.0, usd_per_hour=1.5, stay_s=100.0)]},
        1.5 * (1.0 - math.exp(-1.0)) * MONTH,
    ),
    Case(
        "deadline",
        "rates 2 and 10 by half day, due within a day: two replicas, all that there are, carry 8/s; 2/s of the second half wait "
        "for the first, where they make 4/s: one replica, and two in the second half",
        problem(
            [service(rate=[2.0, 10.0], modes=["asynchronous"], window_hours=24.0)],
            [offer("i1", 1.0, stock=2)],
            periods={"kind": "day", "per_day": 2},
        ),
        {"a": [replica()]},
        (1 + 2) / 2 * MONTH,
    ),
]
