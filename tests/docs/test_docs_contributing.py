"""The steps of CONTRIBUTING.md, followed."""

import csv
import re
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_there_are_steps_for_everything_that_is_often_added():
    headings = re.findall(r"^## (.*)$", CONTRIBUTING, re.MULTILINE)
    assert headings == [
        "Add a constraint", "Add a rule", "Add an accelerator, an offer or a model", "Add an inference mode", "Add an export target",
        "Add a section to the report", "Add a command",
    ]


def test_a_new_constraint_is_built_and_documented_under_its_name(monkeypatch):
    from docs.pages.mathematics import mathematics_page

    from planner.formulation import registry

    registry.constraints()  # all that exist are known before the register is copied
    monkeypatch.setattr(registry, "_REGISTER", dict(registry._REGISTER))

    @registry.constraint(unit="replicas", limit=True)
    def no_more_than_seven(sets, var, data):
        r"""Nobody runs more than seven.

        .. math:: y \le 7
        """
        yield from ()

    assert registry.constraints()["no_more_than_seven"].build is no_more_than_seven
    assert "### no_more_than_seven\n\n*limit, in replicas*\n\nNobody runs more than seven." in mathematics_page()


def test_a_name_is_taken_once():
    from planner.formulation import registry

    registry.constraints()
    with pytest.raises(ValueError, match="two constraints"):

        @registry.constraint(unit="1", limit=False)
        def demand_served(sets, var, data):
            yield from ()


def test_every_constraint_has_a_check_of_its_name():
    from planner.formulation.registry import constraints
    from planner.verify.checks import CHECKS

    assert set(constraints()) <= set(CHECKS)


def test_a_new_edition_is_usable_after_the_steps(tmp_path, run):
    from planner.catalog import load_catalog
    from planner.catalog.manifest import refresh

    assert "from planner.catalog.manifest import refresh; refresh(Path(" in CONTRIBUTING
    edition = tmp_path / "2027-01"
    shutil.copytree(ROOT / "catalogs" / "2026-11", edition)
    with open(edition / "accelerators.csv", newline="", encoding="utf-8") as stream:
        header, first, *rest = csv.reader(stream)
    new = [*first]
    new[header.index("name")] = "X100"
    if "aliases" in header:
        new[header.index("aliases")] = ""
    with open(edition / "accelerators.csv", "w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows([header, first, *rest, new])
    refresh(edition)
    assert load_catalog(edition).edition == "2027-01" and load_catalog(edition).accelerator("X100") is not None
    assert run("catalog", "check", edition).code == 0
    assert "added accelerators X100" in run("catalog", "diff", "2026-11", edition).out


def test_every_command_is_written_as_the_steps_say():
    from importlib import import_module

    from planner.cli.program import program

    for name, (module, one_line) in program.listed.items():
        command = import_module(f"planner.cli.{module}").command
        assert command.help and one_line and command.epilog.startswith(f"Example: planner {name}")
