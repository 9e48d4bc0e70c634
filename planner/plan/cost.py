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
    "provider_api_usd_per_month": "tokens of provider APIs",
    "preparation_usd_per_month": "one-off preparation over the horizon",
    "carbon_price_usd_per_month": "carbon at the internal price",
    "unserved_usd_per_month": "demand left unserved",
}
TOTAL = "total_usd_per_month"
