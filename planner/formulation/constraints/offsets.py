"""Certificates bought for emissions: at least a stated share of them, at most all."""

from __future__ import annotations

from collections.abc import Iterator

from planner.formulation.constraints.carbon_cap import add_terms, fleet_emissions
from planner.formulation.registry import constraint
from planner.formulation.rows import Rows


@constraint(unit="kgCO2e/month", limit=False)
def offsets(sets, var, data) -> Iterator[Rows]:
    r"""What is offset lies between a stated share of the emissions and all of them.

    .. math:: \sigma \, E \le o \le E

    o       emissions for which certificates are bought         [kgCO2e/month]
    E       emissions of all pools, as ``carbon_cap`` counts them [kgCO2e/month]
    sigma   share to be offset                                  [1]              carbon.offsets.share

    Absent without ``carbon.offsets``. Whether a cap counts what is left is ``carbon.offsets.inside_cap``.
    """
    asked = sets.problem.carbon.offsets
    if asked is None:
        return
    terms, fixed = fleet_emissions(sets, var, data, lambda pool: True)
    for share, sense, where in ((asked.share, 1.0, "at least"), (1.0, -1.0, "at most")):
        # sense × (o − share × E) ≥ 0
        rows = Rows(1, lower=sense * share * fixed, where=where).add(var.offset, sense)
        yield add_terms(rows, [(columns, -sense * share * kg) for columns, kg in terms])
