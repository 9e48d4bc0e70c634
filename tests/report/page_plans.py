"""Plans for tests of the page: the hand-written one with carbon, its like for fifty services, and one with hostile names."""

from plans import deployment, plan

# Twelve hours at 20 kg and twelve at 22.695 kg: 512.34 kg a month, as the plan says.
CARBON = {"aws:us-east-1": (20.0,) * 12 + (22.695,) * 12}
HOSTILE = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "=HYPERLINK(\"x\")", "\x1b[31mred\x1b[0m", "abc\u202edef",
    "x" * 10_000, "](javascript:alert(1))", "{{7*7}}", "a|b\nc", "&lt;b&gt;",
)  # fmt: skip


def page_plan(**changes):
    """Two ways of buying, carbon by region, a share, a limit on latency."""
    service = {"name": "chat", "share_usd_per_month": 9000.5, "carbon_kg_per_month": 500.25, "quality_mean": 0.93}
    service["deployments"] = [deployment(), deployment(purchase="spot", replicas=(0,) * 12 + (1,) * 12)]
    return plan(**{"carbon_by_region": CARBON, "services": [service], **changes})


def fleet(services=50):
    """One plan of many services, each in two pools, over 24 periods."""
    names = [f"service-{at:02d}" for at in range(services)]
    stated = [{"name": name, "model": "Llama-3.1-8B", "slo": {"ttft_ms": {"p95": 500.0}}} for name in names]
    made = [{"name": name, "share_usd_per_month": 100.0 + at, "deployments": [deployment(), deployment(purchase="spot")]} for at, name in enumerate(names)]
    found = page_plan(services=made)
    problem = {**found.inputs.problem, "services": stated}
    return found.model_copy(update={"inputs": found.inputs.model_copy(update={"problem": problem}), "assumptions": found.assumptions * 200})


def hostile():
    """Every name that a user can choose is an attack."""
    services = [{"name": name, "share_usd_per_month": 1.0, "deployments": [deployment(variant=name, pool=name)]} for name in HOSTILE]
    found = page_plan(services=services)
    problem = {"name": HOSTILE[0], "description": HOSTILE[1], "services": [{"name": name, "model": name, "team": name} for name in HOSTILE]}
    return found.model_copy(update={"inputs": found.inputs.model_copy(update={"problem": problem})})
