"""README, .ci/run and reality agree; every path and link that a page names exists; every step it gives works."""

import configparser
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
COMMANDS = re.findall(r"^```sh\n(.*?)\n```$", README, re.DOTALL | re.MULTILINE)


def test_two_commands_set_everything_up():
    first, second = COMMANDS[:2]
    for command in (first, second):
        assert "\n" not in command
        made, installed, used = command.split(" && ")
        assert made == "python3 -m venv --without-pip .venv" and installed.startswith("python3 -m pip --python .venv install")
        assert used.startswith(".venv/bin/")
    assert "planner solve problems/" in first and "pytest" in second


def test_ci_runs_exactly_the_command_that_the_readme_gives():
    shown = subprocess.run(["bash", ROOT / ".ci" / "run", "--show"], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == COMMANDS[1]


def test_what_the_test_command_installs_and_calls_is_declared():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    assert "'.[test]'" in COMMANDS[1] and COMMANDS[1].endswith(".venv/bin/python -m pytest -n auto")
    declared = re.findall(r"^([\w-]+)", setup["options.extras_require"]["test"], re.MULTILINE)
    assert {"pytest", "pytest-xdist", "hypothesis"} <= set(declared)
    assert setup["tool:pytest"]["testpaths"] == "tests"


def tree(folder, command):
    """A tree with .ci/run and a README whose test command is ``command``."""
    (folder / ".ci").mkdir()
    for name in ("run", "readme_tests.py"):
        shutil.copy(ROOT / ".ci" / name, folder / ".ci" / name)
    (folder / "README.md").write_text(f"```sh\n{command}\n```\n", encoding="utf-8")
    (folder / ".venv").mkdir()
    (folder / "kept").write_text("here")
    return folder / ".ci" / "run"


def test_ci_works_on_a_copy_and_hands_over_closing_line_and_exit_code(tmp_path):
    script = tree(tmp_path, "ls -d .venv; cat kept; echo; echo '3 failed, 5 passed in 0.1s # pytest'; pwd >&2; exit 3")
    done = subprocess.run(["bash", script], capture_output=True, text=True)
    assert done.returncode == 3
    assert done.stdout.rstrip().split("\n")[-1].startswith("3 failed, 5 passed")
    assert "here" in done.stdout and "\n.venv\n" not in done.stdout
    assert str(tmp_path) not in done.stderr.strip().split("\n")[-1]


def test_ci_refuses_a_readme_with_no_or_two_test_commands(tmp_path):
    script = tree(tmp_path, "echo nothing")
    done = subprocess.run(["bash", script], capture_output=True, text=True)
    assert done.returncode != 0 and "exactly one" in done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file_or_heading_that_exists(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        found = ROOT / path if path else ROOT / page
        assert found.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", found.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w-]", "", h.lower().replace(" ", "-")) for h in headings}, target


@pytest.mark.parametrize("page", PAGES)
def test_every_path_named_in_code_exists(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"`((?:planner|docs|tests|problems|catalogs|\.ci)/[\w./-]*)`", text)
    assert all((ROOT / name).exists() for name in named), named


def test_every_planner_command_in_the_pages_exists(run):
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for line in re.findall(r"(?:`|^|bin/)planner ((?:[a-z-]+ ?)+)", text, re.MULTILINE):
            words = line.split()
            depth = 2 if words[0] in ("catalog", "import") else 1
            assert run(*words[:depth], "--help").code == 0, line


def test_every_option_in_the_readme_exists():
    manual = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for command in re.findall(r"planner \w[^`\n]*", README):
        for option in re.findall(r"(?<!\S)(--[a-z-]+)", command):
            assert f"`{option}`" in manual, command


def test_the_smallest_problem_of_the_readme_is_valid(run, tmp_path):
    from planner.problem.load import load_problem

    (example,) = re.findall(r"^```json\n(.*?)\n```$", README, re.DOTALL | re.MULTILINE)
    problem = tmp_path / "my.json"
    problem.write_text(example)
    assert load_problem(problem).problem.services[0].model == json.loads(example)["services"][0]["model"]


def test_the_warning_about_other_packages_of_the_name_stands():
    assert "cannot share an\nenvironment with another distribution that also installs a package named `planner`" in README
