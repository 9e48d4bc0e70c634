"""Writes every page and passage that is made from the program: ``python -m docs.generate [--check] [PAGE…]``; ``--check`` only compares."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def main(arguments: list[str]) -> int:
    """Writes what differs, or names it with ``--check``; 1 when a comparison found something stale. No page named: all."""
    checking, stale = "--check" in arguments, 0
    named = {ROOT / argument for argument in arguments if argument != "--check"}
    for path, make in pages().items():
        if named and path not in named:
            continue
        text = make()
        if same(read(path), text):
            continue
        stale += 1
        if not checking:
            path.write_text(text, encoding="utf-8")
        print(f"{'stale' if checking else 'written'}: {path.relative_to(ROOT)}")
    return int(checking and stale > 0)


def pages() -> dict[Path, Callable[[], str]]:
    """Every generated file, and what makes it."""
    from docs.pages.accuracy import accuracy_page
    from docs.pages.commands import commands_page
    from docs.pages.mathematics import mathematics_page
    from docs.pages.negotiation import negotiation_page
    from docs.pages.notebook import executed
    from docs.pages.problem_format import problem_format_page
    from docs.pages.readme import readme
    from docs.pages.simulation import simulation_page

    docs = ROOT / "docs"
    return {
        docs / "accuracy.md": accuracy_page,
        docs / "cli.md": commands_page,
        docs / "examples" / "chat.ipynb": lambda: executed(docs / "examples" / "chat.ipynb"),
        docs / "mathematics.md": mathematics_page,
        docs / "negotiation.md": negotiation_page,
        docs / "problem-format.md": problem_format_page,
        docs / "simulation.md": simulation_page,
        ROOT / "README.md": lambda: readme(read(ROOT / "README.md")),
    }


def read(path: Path) -> str:
    """The file as it is; empty when there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def same(old: str, new: str) -> bool:
    """Whether two texts differ in nothing but how long a solve took."""
    from docs.pages.readme import without_seconds

    return without_seconds(old) == without_seconds(new)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
