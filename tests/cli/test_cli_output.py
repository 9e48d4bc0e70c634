"""A result never replaces an input, and what cannot be written is said before the work begins."""

import os

import pytest

from planner.cli.output import refuse_output
from planner.errors import CannotWrite, UsageError


def test_an_output_that_is_an_input_is_refused(tmp_path):
    problem = tmp_path / "p.json"
    problem.write_text("{}")
    with pytest.raises(UsageError, match="also an input"):
        refuse_output(str(problem), (str(problem),))


def test_a_link_to_an_input_is_that_input(tmp_path):
    problem, link = tmp_path / "p.json", tmp_path / "link.json"
    problem.write_text("{}")
    link.symlink_to(problem)
    with pytest.raises(UsageError):
        refuse_output(str(link), (None, str(problem)))


def test_two_spellings_of_a_file_that_does_not_exist_are_one_file(tmp_path):
    with pytest.raises(UsageError):
        refuse_output(f"{tmp_path}/new.json", (f"{tmp_path}/./new.json",))


def test_a_missing_folder_and_a_folder_as_output_are_told_at_once(tmp_path):
    with pytest.raises(CannotWrite, match="does not exist"):
        refuse_output(str(tmp_path / "none" / "plan.json"), ())
    with pytest.raises(CannotWrite, match="directory"):
        refuse_output(str(tmp_path), ())


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_told_at_once(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(CannotWrite, match="read-only"):
        refuse_output(str(tmp_path / "plan.json"), ())


def test_the_command_line_refuses_before_it_reads_anything(run, tmp_path):
    done = run("solve", tmp_path / "absent.json", "-o", tmp_path / "none" / "plan.json")
    assert done.code == 1 and "folder" in done.err and "mkdir -p" in done.err
    problem = tmp_path / "p.json"
    problem.write_text("{}")
    assert run("solve", problem, "-o", problem).code == 2
    assert problem.read_text() == "{}"
