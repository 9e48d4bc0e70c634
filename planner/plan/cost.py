"""The parts of a plan's cost, in the order they are printed; together they are the total."""

COST_PARTS: dict[str, str] = {
    "on_demand_usd_per_month": "on-demand instances",
    "reserved_usd_per_month": "reserved instances and families",
    "spend_commitments_usd_per_month": "spend commitments",
    "held_commitments_usd_per_month": "commitments already held",
    "spot_usd_per_month": "spot instances, hours expected to run",
    "spot_restarts_usd_per_month": "restarts after interruptions",
    "start_ups_usd_per_month": "start-ups before serving",
    "owned_energy_usd_per_month": "energy of owned hardware",
    "owned_upkeep_usd_per_month": "upkeep of owned hardware",
    "financing_usd_per_month": "interest on upfront payments",
    "preparation_usd_per_month": "one-off preparation over the horizon",
    "storage_usd_per_month": "storage of weights",
    "egress_usd_per_month": "answers sent to the internet",
    "transfer_usd_per_month": "traffic and weights between regions",
    "load_balancing_usd_per_month": "load balancing",
    "licences_usd_per_month": "software licences",
    "staff_usd_per_month": "people and set-up of platforms in use",
    "monitoring_usd_per_month": "monitoring",
    "support_usd_per_month": "providers' support plans",
    "data_usd_per_month": "data",
    "fixed_usd_per_month": "sums that are paid in any case",
    "carbon_price_usd_per_month": "carbon at the internal price",
    "unserved_usd_per_month": "demand left unserved",
}
TOTAL = "total_usd_per_month"
