"""What replicas of one configuration carry with their latency limits met, stated by hand."""

from __future__ import annotations

from tests.oracle.facts import FIRM, SPOT, Group
from tests.oracle.program import TINY, Program, total


def carries(m: Program, g: Group, t: int, sent: dict, slots: list, on_spot: dict | None = None) -> None:
    """Σ w·x ≤ φ(N)·E and, where cache is limited, Σ x·residence·tokens ≤ capacity·E, over the replicas in ``slots``.

    One binary per level of φ; it may be 1 only from its count of replicas on. With a spot share to keep, what is on
    spot must fit the spot replicas and the rest the firm ones, at the φ of all of them.
    """
    c, f = g.candidate, m.facts
    replicas = total(m.y[g.index, k, side, t] for k, side in slots)
    effective = {
        side: total(f.availability(k, side) * m.y[g.index, k, side, t] for k, own in slots if own == side)
        for side in (FIRM, SPOT)
    }
    bounds = [(total(c.work_s[b] * x for b, x in sent.items()), effective[FIRM] + effective[SPOT])]
    keeps_share = on_spot is not None and f.problem.services[g.s].spot.max_share < 1.0
    if keeps_share:
        firm = {b: x - on_spot[b] for b, x in sent.items()}
        bounds.append((total(c.work_s[b] * x for b, x in firm.items()), effective[FIRM]))
        bounds.append((total(c.work_s[b] * on_spot[b] for b in sent), effective[SPOT]))
    if c.kv_capacity_tokens is not None:
        tokens = {b: c.residence_s[b] * c.kv_tokens[b] for b in sent}
        m.p += total(tokens[b] * x for b, x in sent.items()) <= c.kv_capacity_tokens * (effective[FIRM] + effective[SPOT])
        if keeps_share:
            m.p += total(tokens[b] * x for b, x in firm.items()) <= c.kv_capacity_tokens * effective[FIRM]
            m.p += total(tokens[b] * on_spot[b] for b in sent) <= c.kv_capacity_tokens * effective[SPOT]
    for b in (b for b in sent if 0.0 < f.together(g.s, b, t) < TINY):
        # Any work needs a replica, also work within CBC's tolerance.
        parts = [(sent[b], (FIRM, SPOT))]
        if keeps_share:
            parts += [(on_spot[b], (SPOT,)), (sent[b] - on_spot[b], (FIRM,))]
        for x, sides in parts:
            m.p += x * (1.0 / f.together(g.s, b, t)) <= total(m.y[(g.index, *slot, t)] for slot in slots if slot[1] in sides)
    if c.levels[0][0] <= 1 and len({share for _, share in c.levels}) == 1:
        for work, room in bounds:
            m.p += work <= c.levels[0][1] * room
        return
    everything = sum(c.work_s[b] * f.together(g.s, b, t) for b in sent)
    chosen = []
    for at_least, share in c.levels:
        if share > 0:
            z = m.yes_no()
            chosen.append(z)
            m.p += replicas >= at_least * z
            for work, room in bounds:
                m.p += work <= share * room + everything * (1 - z)
    m.p += total(chosen) <= 1
    for work, _ in bounds:
        m.p += work <= everything * total(chosen)
