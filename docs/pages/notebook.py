"""Notebooks under docs/examples: their cells run in order, their outputs are written beside them, no Jupyter needed."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
from pathlib import Path
from typing import Any


def executed(path: Path) -> str:
    """The notebook in ``path`` with the outputs that its code cells have now; a cell that raises, raises here.

    Cells run as in Jupyter: one after the other in one namespace, in the notebook's own folder, and the value of a last
    expression is shown. Outputs are text alone, so that a change of them reads as a change of text.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    names: dict[str, Any] = {"__name__": "__main__"}
    before = os.getcwd()
    os.chdir(path.parent)
    try:
        count = 0
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                count += 1
                cell["execution_count"], cell["outputs"] = count, _outputs("".join(cell["source"]), names, count)
    finally:
        os.chdir(before)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _outputs(source: str, names: dict[str, Any], count: int) -> list[dict[str, Any]]:
    said, value = run(source, names)
    outputs: list[dict[str, Any]] = []
    if said:
        outputs.append({"name": "stdout", "output_type": "stream", "text": said.splitlines(keepends=True)})
    if value is not None:
        data = {"text/plain": repr(value).splitlines(keepends=True)}
        outputs.append({"data": data, "execution_count": count, "metadata": {}, "output_type": "execute_result"})
    return outputs


def run(source: str, names: dict[str, Any]) -> tuple[str, Any]:
    """What some code prints, and the value of its last expression; None where it ends in a statement."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), names)
        value = None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    return printed.getvalue(), value
