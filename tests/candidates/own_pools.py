"""Small problems with pools of their own, so that every price and size in a test is on the page."""

from planner.candidates.enumerate import choices
from planner.documents import from_data
from planner.economics.build_pools import build_pools
from planner.economics.timeline import timeline
from planner.problem.load import problem_of

ONE_CLASS = [{"input_tokens": 500, "output_tokens": 100, "share": 1.0}]


def service(name="chat", **fields):
    return {
        "name": name,
        "model": "Llama-3.1-8B",
        "workload": {"rate_per_s": 10.0, "classes": ONE_CLASS, "dispersion_10s": 1.0},
        "batch_limits": [64],
        **fields,
    }


def offer(name="box", accelerator="H100", size=8, region="here", price=2.0, **fields):
    """A row of ``size`` accelerators at ``price`` USD an hour each."""
    return {
        "provider": "p",
        "region": region,
        "instance_type": name,
        "accelerator": accelerator,
        "accelerators_per_instance": size,
        "on_demand_usd_per_hour": None if price is None else price * size,
        **fields,
    }


class Made:
    """Choices of a problem, with and without what is dominated."""

    def __init__(self, catalog, services, offers, fields):
        stated = {
            "schema_version": 1,
            "services": services,
            "offers": {"catalog": False, "own": offers, "accelerators": fields.pop("accelerators", [])},
            **fields,
        }
        self.problem = problem_of(from_data(_known(stated), "problem.json")).problem
        self.times = timeline(self.problem)
        self.pools, self.left_out = build_pools(self.problem, catalog, self.times)
        self.catalog = catalog

    def choices(self, *, prune=False):
        return choices(self.problem, self.catalog, self.pools, self.times, prune=prune)

    def one(self, *, prune=False):
        return self.choices(prune=prune)[0]

    def broken(self):
        """Rules broken by configuration, of the first service."""
        return {str(r.configuration): {b.rule: b for b in r.broken} for r in self.one().rejections}

    def sides(self):
        """Sides of pools that are left to the first service after pruning."""
        found = set()
        for candidate in self.one(prune=True).candidates:
            for pool in candidate.pools:
                known = next(p for p in self.pools if p.id == pool)
                for firm in (True, False):
                    sold = known.firm if firm else known.spot is not None
                    if sold and candidate.may_use(pool, firm=firm):
                        found.add(f"{known.instance_type} {'firm' if firm else 'spot'}")
        return found


def _known(value):
    if isinstance(value, dict):
        return {k: _known(v) for k, v in value.items() if v is not None}
    return [_known(v) for v in value] if isinstance(value, list) else value
