"""The files that the hand-written plan is exported to, kept to be read: ``python -m tests.export.golden --write``."""

import sys
from pathlib import Path

from planner.export.targets import TARGETS
from tests.export.cases import asked, deployment, plan

HERE = Path(__file__).parent / "golden"


def without_spot():
    """SageMaker sells none."""
    return asked(plan=plan(services=[{"name": "chat", "deployments": [deployment()]}, plan().model_dump()["services"][1]]))


def made():
    """Every file of every target but the bill, which is about prices: name below ``golden/`` → text."""
    found = {}
    for target in TARGETS:
        if target != "focus":
            files = TARGETS[target](without_spot() if target == "sagemaker" else asked())
            found |= {f"{target}/{name}": text for name, text in files.items()}
    return found


def kept():
    """What is kept."""
    return {str(path.relative_to(HERE)): path.read_text(encoding="utf-8") for path in sorted(HERE.rglob("*")) if path.is_file()}


if __name__ == "__main__" and "--write" in sys.argv[1:]:
    for name, text in made().items():
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        (HERE / name).write_text(text, encoding="utf-8")
