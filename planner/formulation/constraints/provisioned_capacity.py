"""What is sent to provisioned throughput fits the units bought, of which there are at least the smallest purchase."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.economics.provisioned import least_steps
from planner.formulation.provisioned import loads
from planner.formulation.registry import constraint
from planner.formulation.rows import Rows


@constraint(unit="tokens/minute", limit=False)
def provisioned_capacity(sets, var, data) -> Iterator[Rows]:
    r"""Requests sent to provisioned throughput fit the units bought for the service, the same in all periods.

    .. math:: 60 \sum_b (in_b + \omega \, out_b) \, x_{sbot} \le q_o \, g_o \, n_{so}, \qquad m_o \, y_{so} \le n_{so} \le M_{so} \, y_{so}

    x_sbot   rate of class b of service s sent to option o                            [requests/s]
    in, out  tokens of a request; omega: what a token of output counts                [tokens], [1]       apis.provisioned.output_weight
    n_so     steps of units bought over the horizon; y_so: 1 where any are            [steps], [1]
    g_o      units of a step; m_o: steps of the smallest purchase                     [units], [steps]    apis.provisioned.step_units, minimum_units
    q_o      tokens per minute that a unit carries                                    [tokens/minute]     apis.provisioned.tokens_per_minute
    M_so     steps that carry all that the service may send there                     [steps]

    What units do not carry overflows to other options that the service allows. Absent for services without the mode.
    """
    for index, (steps, bought, most) in sorted(var.provisioned.items()):
        choice = sets.hosted[index]
        units, where = choice.option.offer.provisioned, f"{sets.services[choice.service].name} {choice.option.name}"
        carried = units.step_units * units.tokens_per_minute
        # In units of one step, so that a row's figures are near one.
        weight = loads(sets, choice)[:, None] / carried * var.hosted_unit[index]
        always = np.full(sets.period_count, steps)
        yield Rows(sets.period_count, upper=0.0, where=where).add(var.hosted[index], weight).add(always, -1.0)
        some, mark = np.array([steps]), np.array([bought])
        yield Rows(1, lower=0.0, where=where).add(some, 1.0).add(mark, -float(least_steps(units)))
        yield Rows(1, upper=0.0, where=where).add(some, 1.0).add(mark, -float(most))


def provisioned_use(built, decided) -> Iterator[tuple[float, float]]:
    """(most sent in a period, what the units carry) [tokens/minute] of every option that is bought."""
    for index, units in sorted(decided.provisioned.items()):
        choice = built.sets.hosted[index]
        if units:
            yield float((loads(built.sets, choice) @ decided.hosted[index]).max()), units * choice.option.offer.provisioned.tokens_per_minute
