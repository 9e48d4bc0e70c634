"""``docs/mathematics.md``: the program as the constraints state it, each beside the check that recomputes it."""

from __future__ import annotations

import inspect

INTRODUCTION = r"""# The mathematics

Made from the docstrings of `planner/formulation/constraints/` by `python -m docs.generate`; edit those, not this page.

The plan is a vector of decisions: routed rates x, replicas y, running instances, instances bought on demand and as
spot, commitments. What one replica can do alone (memory, precision, latency) is no constraint: a configuration that
breaks such a rule is left out before the program is written. What couples replicas is below, one entry a constraint.
A **limit** is set by the user and may be asked to give way when no plan exists; a **fact** may not.

Indices: service s, request class b, configuration c, region r, pool k, purchase p (firm or spot), period t, commitment m.
A month has 730 h; h_t are the hours of period t in it.
"""

OBJECTIVE = """## Objective

The total cost of ownership, in USD per month, is the least possible. These parts sum to it:

"""

RULES = """## Rules of one replica

Every configuration is judged by all of them; `planner check` counts what each set of rules leaves out.

| rule | demands |
| --- | --- |
"""


GROUPS = r"""## Serving groups

Services that run one base model, as it is or with a LoRA adapter (`adapted[].adapter`), may be answered by replicas that they
share. A service g with `workload.serves` is such a group: it has no demand, its classes are those of its members, and it is a
service in every constraint below but for what is said there. Whether a member is answered by the group, by replicas of its own,
by another of its modes, or by a mix of them is decided: its row `demand_served` counts what every group answers for it. With the
classes B_s of member s, and $`x_{g,(s,b)}`$ what configurations of the group answer of its class b, one replica carries them all:

```math
\sum_{s \in S_g} \sum_{b \in B_s} w_{c,(s,b)} \, x_{g,(s,b),crt} \le \varphi_c(N_{gcrt}) \, E_{gcrt}
```

What a replica is judged by is the strictest of its members, so that nobody gets less than alone:

```text
latency      each percentile at its least limit; every class meets every limit, none is excused by its size, as the few long
             requests of all may be the many of one; waiting is reckoned at the largest work of any class, so for any mix sent there
rules        a configuration or pool is allowed if every member allows it; each member's floor on quality holds with its adapter
arrivals     the burstiest member's dispersion, the least share found in a prefix cache; the longest context, the highest confidence
work         w, TTFT and TPOT are those without adapters times serves.slower (assumed unless stated), at the mix of all demand
memory       the base once, and room for every adapter at the highest rank r on each chip of tp = t, pp = p, in 16 bits:
             2 bytes x r x layers / p x ( h (1 + 1 + 1 + 1 + 2 + 1) + (2 q + 2 k + 3 f) / t ), times the number of adapters
             h hidden size, q and k widths of queries and of keys, f width of the gated feed-forward part; else unknown, and out
instances    min_instances and survives_loss take the largest of the members'; the group keeps them for what it is sent
preparation  a group that stands has all its adapters: the jobs that make them are run
```

A cost of shared replicas is its members' by busy time, $`\sum_b w \, x \, h`$ of each over that of all (`busy_shares`, `showback`).
What is one member's alone and cannot be told apart there is refused when the problem is read: work that may wait, whole slices, a ramp,
a cap on own emissions or on configurations, a team's budget with members of other teams, homes that differ.

"""


def mathematics_page() -> str:
    """The whole page."""
    from planner.candidates.registry import rules
    from planner.formulation.registry import constraints
    from planner.plan.cost import COST_PARTS

    parts = "".join(f"- `{name}`: {words}\n" for name, words in COST_PARTS.items())
    entries = "\n".join(_entry(one) for one in constraints().values())
    judged = "".join(f"| {one.name} | {_code(one.statement)} |\n" for one in rules().values())
    return f"{INTRODUCTION}\n{OBJECTIVE}{parts}\n{RULES}{judged}\n{GROUPS}## Constraints\n\n{entries}".rstrip() + "\n"


def _entry(constraint) -> str:
    from planner.verify.checks import CHECKS

    kind = "limit" if constraint.limit else "fact"
    checked = CHECKS.get(constraint.name)
    beside = f"*Recomputed by* `verify`: {_sentence(checked.docstring)}\n" if checked and checked.docstring else ""
    return f"### {constraint.name}\n\n*{kind}, in {constraint.unit}*\n\n{markdown(constraint.docstring)}\n{beside}"


def _sentence(docstring: str) -> str:
    return _code(" ".join(inspect.cleandoc(docstring).split("\n\n")[0].split()))


def _code(prose: str) -> str:
    """reStructuredText's double backquotes are Markdown's single ones."""
    return prose.replace("``", "`")


def markdown(docstring: str) -> str:
    """A docstring as Markdown: equations as ``math`` blocks, tables of symbols as they stand, prose as paragraphs."""
    blocks: list[str] = []
    in_math = False
    for paragraph in inspect.cleandoc(docstring).split("\n\n"):
        begins = paragraph.startswith(".. math::")
        equation = paragraph.removeprefix(".. math::")
        in_math = begins or (in_math and paragraph.startswith(" "))
        if in_math:
            text = "\n".join(line.strip() for line in equation.strip().split("\n"))
            blocks.append(f"```math\n{text}\n```")
        elif any("   " in line or "  " in line.strip() for line in paragraph.split("\n")):
            blocks.append(f"```text\n{paragraph}\n```")
        else:
            blocks.append(_code(paragraph))
    return "\n\n".join(blocks) + "\n"
