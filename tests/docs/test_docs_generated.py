"""Pages and passages made from the program are what the program says now."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from docs import generate  # noqa: E402 - the repository's own scripts, not part of the package
from docs.pages.mathematics import markdown  # noqa: E402


@pytest.mark.parametrize("page", sorted(str(path.relative_to(ROOT)) for path in generate.pages()))
def test_a_generated_page_is_not_stale(page):
    path = ROOT / page
    assert generate.same(generate.read(path), generate.pages()[path]()), "run: python -m docs.generate"


def test_the_generator_is_called_as_the_pages_say():
    """Each page is compared by itself above; a few are enough to show that the command says what they say."""
    done = subprocess.run([sys.executable, "-m", "docs.generate", "--check", "docs/mathematics.md", "docs/cli.md"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_time_of_a_solve_makes_no_page_stale_and_a_cost_does():
    assert generate.same("9 rows in 1.25 s\n", "9 rows in 12 s\n") and generate.same("80 rows\n  in 2 min 3 s", "80 rows in 1.25 s")
    assert not generate.same("cost 1.25", "cost 1.26")


def test_a_docstring_becomes_prose_equations_and_symbols():
    docstring = r"""One sentence.

    .. math:: a \le b

        c \ge d

    a   first symbol   [1]

    Absent when nothing is asked.
    """
    expected = (
        "One sentence.\n\n```math\na \\le b\n```\n\n```math\nc \\ge d\n```\n\n"
        "```text\na   first symbol   [1]\n```\n\nAbsent when nothing is asked.\n"
    )
    assert markdown(docstring) == expected


def test_every_constraint_has_an_entry_with_its_equation():
    from planner.formulation.registry import constraints

    page = generate.read(ROOT / "docs" / "mathematics.md")
    for name in constraints():
        entry = page.split(f"\n### {name}\n")[1].split("\n### ")[0]
        assert "```math" in entry, name


def test_every_command_and_exit_code_is_in_the_manual():
    from planner.cli.program import program
    from planner.errors import ExitCode

    page = generate.read(ROOT / "docs" / "cli.md")
    assert all(f"## planner {name}\n" in page for name in program.listed)
    assert all(f"\n| {int(code)} | " in page for code in ExitCode)


def test_every_default_stands_with_its_reason():
    from planner.problem.defaults import DEFAULTS

    page = generate.read(ROOT / "docs" / "problem-format.md")
    assert all(f"| `{name}` | " in page and one.reason in page for name, one in DEFAULTS.items())
