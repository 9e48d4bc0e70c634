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


def mathematics_page() -> str:
    """The whole page."""
    from planner.candidates.registry import rules
    from planner.formulation.registry import constraints
    from planner.plan.cost import COST_PARTS

    parts = "".join(f"- `{name}`: {words}\n" for name, words in COST_PARTS.items())
    entries = "\n".join(_entry(one) for one in constraints().values())
    judged = "".join(f"| {one.name} | {_code(one.statement)} |\n" for one in rules().values())
    return f"{INTRODUCTION}\n{OBJECTIVE}{parts}\n{RULES}{judged}\n## Constraints\n\n{entries}".rstrip() + "\n"


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
