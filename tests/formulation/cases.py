"""One case per constraint: the optimum with it, derived by hand, and that without it the optimum is another."""

from __future__ import annotations

from tests.formulation.case import ONE, Case
from tests.formulation.hosted_cases import HOSTED
from tests.formulation.tiny import MONTH, offer, problem, replica, service

# The accelerator of the tests draws 700 W when rated; busy 0.8 of it, idle from the catalogue.
CLEAN = {"pue": 1.0, "g_co2e_per_kwh": 100.0}

# Three replicas of tests.formulation.tiny.replica() where an instance costs 1 USD/h.
TODAY = {"service": "a", "variant": "bf16", "accelerator": "H100", "max_num_seqs": 256, "pool": "p:i1@r1", "replicas": [3]}

CASES = [
    Case(
        "demand_served",
        "10 requests/s over replicas of 4: 3 replicas at 1 USD/h",
        problem([service()], ONE),
        {"a": [replica()]},
        3 * MONTH,
    ),
    Case(
        "replica_capacity",
        "φ(1) = 0.5, φ(4) = 0.8: n = 3 carries 3·0.5·4 = 6 < 10, n = 4 carries 4·0.8·4 = 12.8",
        problem([service()], ONE),
        {"a": [replica(levels=((1, 0.5), (4, 0.8)))]},
        4 * MONTH,
    ),
    Case(
        "kv_capacity",
        "10/s hold 10·2 s·500 = 10,000 tokens; replicas hold 2,100 each: 5, though 3 have the time",
        problem([service()], ONE),
        {"a": [replica(residence_s=2.0, kv_tokens=500.0, kv_capacity_tokens=2100.0)]},
        5 * MONTH,
    ),
    Case(
        "instance_packing",
        "3 replicas of 2 accelerators need 6; instances of 4 at 3 USD/h: 2",
        problem([service()], [offer("i4", 3.0, size=4)]),
        {"a": [replica(tp=2)]},
        2 * 3 * MONTH,
    ),
    Case(
        "commitment_pool",
        "3 instances, 1 reserved year at 0.6 < 1 on demand for each",
        problem([service()], [offer("i1", 1.0, reserved_1y_usd_per_hour=0.6)]),
        {"a": [replica()]},
        3 * 0.6 * MONTH,
    ),
    Case(
        "stock",
        "2 of the 1 USD pool exist, the third replica stands in the 5 USD pool",
        problem([service()], [offer("i1", 1.0, stock=2), offer("i1b", 5.0)]),
        {"a": [replica()]},
        (2 * 1 + 5) * MONTH,
    ),
    Case(
        "quota",
        "a quota of 1 on the cheap type leaves 2 replicas for the 5 USD type",
        problem(
            [service()],
            [offer("i1", 1.0), offer("i1b", 5.0)],
            limits={"quotas": [{"instance_type": "i1", "max_instances": 1}]},
        ),
        {"a": [replica()]},
        (1 + 2 * 5) * MONTH,
    ),
    Case(
        "spot_share",
        "at least 5/s firm: 2 replicas at 1, which carry 8/s; the other 2/s on 1 spot at 0.25",
        problem(
            [service(spot={"allowed": True, "max_share": 0.5})],
            [offer("i1", 1.0, spot_usd_per_hour=0.25, spot_availability=1.0)],
        ),
        {"a": [replica()]},
        (2 * 1.0 + 0.25) * MONTH,
    ),
    Case(
        "survives_loss",
        "losing all spot of the region must leave 8/s: 2 firm replicas at 1; the rest, 2/s, 1 spot at 0.25",
        problem(
            [service(spot={"allowed": True}, availability={"min_instances": 1, "survives_loss": {"fraction": 0.8}})],
            [offer("i1", 1.0, spot_usd_per_hour=0.25, spot_availability=1.0)],
        ),
        {"a": [replica()]},
        (2 + 0.25) * MONTH,
    ),
    Case(
        "min_instances",
        "one replica would do; two distinct instances are asked for",
        problem([service(rate=1.0, availability={"min_instances": 2})], ONE),
        {"a": [replica()]},
        2 * MONTH,
    ),
    Case(
        "max_configurations",
        "free choice mixes 2 of H100 (8/s, 4.0) and one L4 (2/s, 0.3); one configuration: 3 H100 at 2.0",
        problem(
            [service(max_configurations=1)],
            [offer("i1", 2.0), offer("l4", 0.3, accelerator="L4", stock=1)],
        ),
        {"a": [replica(), replica(2.0, accelerator="L4")]},
        3 * 2.0 * MONTH,
    ),
    Case(
        "ramp",
        "rates 2, 18 by half day need 1 and 5 replicas; growth by 3 asks for 2 in the first half",
        problem(
            [service(rate=[2.0, 18.0], ramp={"max_added_replicas": 3})],
            ONE,
            periods={"kind": "day", "per_day": 2},
        ),
        {"a": [replica()]},
        (2 + 5) / 2 * MONTH,
    ),
    Case(
        "start_up",
        "1 and 3 instances by half day: 2 starts a day, 730/24 days, each 0.5 h at 1 USD",
        problem(
            [service(rate=[2.0, 10.0])],
            ONE,
            periods={"kind": "day", "per_day": 2},
            start_up={"hours": 0.5, "spot_restart_hours": 0.0},
        ),
        {"a": [replica()]},
        (1 + 3) / 2 * MONTH + 2 * 0.5 * MONTH / 24,
    ),
    Case(
        "quality_floor",
        "mean 0.95 of 1.0 and 0.9 needs 5/s on the better: 2 replicas at 2, which carry 8/s; 1 at 0.5 for the rest",
        problem(
            [service(quality={"mean": 0.95})],
            [offer("i1", 2.0), offer("l4", 0.5, accelerator="L4")],
        ),
        {"a": [replica(quality=1.0), replica(accelerator="L4", variant="int4", quality=0.9)]},
        (2 * 2.0 + 0.5) * MONTH,
    ),
    Case(
        "carbon_cap",
        "dirty owned hardware is free, its 1 kg/kWh is not: a cap of 0 kg leaves the carbon-free owned machine's 0.1 USD/h upkeep",
        problem(
            [service(rate=4.0)],
            [],
            owned=[
                {"name": n, "accelerator": "H100", "accelerators_per_instance": 1, "instances": 1,
                 "electricity_usd_per_kwh": 0.0, "upkeep_usd_per_hour": u, "pue": 1.0, "g_co2e_per_kwh": g, "power_off": True}
                for n, u, g in (("dirty", 0.0, 1000.0), ("clean", 0.1, 0.0))
            ],
            limits={"carbon_kg_per_month": 0.0},
        ),
        {"a": [replica()]},
        0.1 * MONTH,
    ),
    Case(
        "budget",
        "no upfront cash: the reservation at 0.6 paid upfront is out, 3 on demand",
        problem(
            [service()],
            ONE,
            commitments={"offers": [
                {"name": "upfront", "scope": {"instance_type": "i1"}, "measure": "instances", "term_months": 12,
                 "usd_per_hour": 0.6, "upfront_share": 1.0}
            ]},
            limits={"upfront_usd": 0.0},
        ),
        {"a": [replica()]},
        3 * MONTH,
    ),
    Case(
        "preparation",
        "int4 needs 2 replicas at 1 but 12,000 USD once (1,000 a month): dearer than 3 as published",
        problem([service()], ONE),
        {"a": [replica(), replica(5.0, variant="int4", preparation_usd=12_000.0)]},
        3 * MONTH,
    ),
    Case(
        "paid_once",
        "a platform of 5,000 USD a month for the pool at 1 USD/h: three at 2 USD/h elsewhere cost 4,380",
        problem(
            [service()],
            [offer("i1", 1.0), offer("i2", 2.0, region="r2")],
            costs={"platforms": [{"name": "far", "offers": ["p:i1@*"], "usd_per_month": 5000.0}]},
        ),
        {"a": [replica()]},
        3 * 2.0 * MONTH,
    ),
    Case(
        "offsets",
        "owned, free, 1 kg/kWh at 1,000 USD a tonne of certificates: 700 W·0.8 busy + 75 W host is 0.635 USD/h; renting is 0.5",
        problem(
            [service(rate=4.0)],
            [offer("i1", 0.5, region="us-east-1", provider="aws")],
            owned=[
                {"name": "own", "accelerator": "H100", "accelerators_per_instance": 1, "instances": 1,
                 "electricity_usd_per_kwh": 0.0, "pue": 1.0, "g_co2e_per_kwh": 1000.0, "power_off": True}
            ],
            carbon={"offsets": {"usd_per_tonne": 1000.0}},
        ),
        {"a": [replica(pool="owned:own@owned")]},
        0.635 * MONTH,
    ),
    Case(
        "jobs_done",
        "three replicas at 1 USD/h, and once in 12 months a job: 1.24e9 parameters × (6 × 1e9 + 2 × 1e7) FLOP on one H100 of "
        "989.4 TFLOP/s at 0.4, and a sixtieth for checkpoints, at 1 USD/h",
        problem(
            [service()],
            ONE,
            jobs=[{"name": "tune", "kind": "fine_tuning", "model": "Llama-3.2-1B", "tokens": 1e9,
                   "deadline_hours": 700, "instances": [1]}],
        ),
        {"a": [replica()]},
        3 * MONTH + 1.24e9 * 6.02e9 / (989.4e12 * 0.4 * 3600) * (61 / 60) / 12,
    ),
    Case(
        "changes",
        "three run at 1 USD/h where half would do elsewhere; starting there and stopping here are two changes, one is allowed",
        problem(
            [service()],
            [offer("i1", 1.0), offer("i2", 0.5)],
            existing={"deployments": [TODAY], "migration": {"hours_per_change": 0, "usd_per_hour": 0, "double_running_hours": 0}},
            limits={"max_changes": 1},
        ),
        {"a": [replica()]},
        3 * MONTH,
    ),
    Case(
        "migration",
        "three move from 1 to 0.9 USD/h: two changes of 4 h at 94 USD, and three replicas that run an hour beside the old ones",
        problem([service()], [offer("i1", 1.0), offer("i2", 0.9)], existing={"deployments": [TODAY]}),
        {"a": [replica()]},
        3 * 0.9 * MONTH + (2 * 4 * 94 + 3 * 0.9) / 12,
    ),
    Case(
        "response_cache",
        "two caches of 40 % at 1 USD a month: one leaves 6/s for 2 replicas; both would leave 2/s for 1",
        problem(
            [service(caches=[{"name": n, "kind": "exact", "hit": 0.4, "usd_per_month": 1.0} for n in ("a", "b")])],
            ONE,
        ),
        {"a": [replica()]},
        2 * MONTH + 1.0,
    ),
    Case(
        "power_cap",
        "an owned machine idle at 0 W and 1 kW of cap carries no work: see the owned case; rent 1 at 2 USD",
        problem(
            [service(rate=4.0)],
            [offer("i1", 2.0)],
            owned=[
                {"name": "own", "accelerator": "H100", "accelerators_per_instance": 1, "instances": 1,
                 "electricity_usd_per_kwh": 0.0, "pue": 1.0, "g_co2e_per_kwh": 0.0, "power_off": True, "power_cap_kw": 0.01}
            ],
        ),
        {"a": [replica()]},
        2.0 * MONTH,
    ),
    *HOSTED,
]
