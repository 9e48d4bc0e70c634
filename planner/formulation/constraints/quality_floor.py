"""The mean quality of what answers the requests stays over a floor."""

from collections.abc import Iterator

import numpy as np

from planner.formulation.caches import options_of
from planner.formulation.registry import constraint
from planner.formulation.rows import Rows
from planner.formulation.shared import answering


@constraint(unit="score", limit=True)
def quality_floor(sets, var, data) -> Iterator[Rows]:
    r"""Rate-weighted quality over the month is at least the floor.

    .. math:: \sum_{b,c,r,t} h_t (Q_c - \bar Q_s) \, x_{sbcrt} + \sum_{b,o,t} h_t (Q_o - \bar Q_s) \, x_{sbot} \ge 0

    Q_c     base score times recovery of the configuration's variant on the named benchmark   [score]
    Q_c     of replicas that a group shares: the member's own score, with its adapter        [score]
    Q_o     quality of what hosted option o serves                                           [score]
    Q_bar   floor                                                                            [score]   quality.mean
    h_t     hours of the period in a month                                                   [h/month]

    What a semantic cache answers counts at its own score; an exact one repeats what counts already. Absent without a mean floor; a floor per variant (``quality.min``) is a rule.
    """
    for number, service in enumerate(sets.services):
        if service.quality is None or service.quality.mean is None:
            continue
        rows = Rows(1, lower=0.0, where=service.name)
        scale = max(float((data.hours * data.arrivals[number].sum(axis=0)).sum()), 1e-12)
        for group in sets.groups_of[number]:
            weight = (group.candidate.quality - service.quality.mean) * data.hours / scale
            columns = var.rate[group.index]
            rows.add(columns.ravel(), (weight * var.rate_unit[group.index]).ravel(), rows=np.zeros(columns.size, dtype=int))
        for group, helper in answering(sets, number):
            mine = [i for i, b in enumerate(group.served) if helper.first <= b < helper.first + len(sets.choices[number].class_names)]
            weight = (group.candidate.member_quality[helper.place] - service.quality.mean) * data.hours / scale
            columns = var.rate[group.index][mine]
            rows.add(columns.ravel(), (weight * var.rate_unit[group.index][mine]).ravel(), rows=np.zeros(columns.size, dtype=int))
        for option, column in options_of(sets, var, number):
            if option.score is not None:
                answered = option.hit * float((data.hours * data.arrivals[number].sum(axis=0)).sum()) / scale
                rows.add(np.array([column]), (option.score - service.quality.mean) * answered)
        for choice in sets.hosted_of[number]:
            weight = (choice.option.quality - service.quality.mean) * data.hours / scale * var.hosted_unit[choice.index]
            columns = var.hosted[choice.index]
            rows.add(columns.ravel(), weight.ravel(), rows=np.zeros(columns.size, dtype=int))
        if not rows.empty:
            yield rows
