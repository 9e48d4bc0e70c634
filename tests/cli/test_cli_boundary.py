"""Whatever happens inside comes out as a message, an exit code and, on request, a JSON document."""

import json

import click
import pytest

from planner.cli.guard import guarded
from planner.cli.interrupts import Interrupts
from planner.cli.outcome import STATUS
from planner.errors import CannotWrite, CheckFailed, ExitCode, Fault, InvalidInput, PlannerError, UsageError


def raising(error):
    """A command that fails with ``error``."""

    @click.command()
    @click.option("--json", is_flag=True)
    def command(json):
        raise error

    return command


EXPECTED = (
    (UsageError("no such thing"), 2, "usage"),
    (InvalidInput("p.json", [Fault("services", "missing_field", "services is required")]), 3, "invalid"),
    (CannotWrite("the file is read-only"), 1, "cannot_write"),
    (CheckFailed("cost differs"), 7, "check_failed"),
    (PlannerError("no solver"), 70, "internal"),
    (KeyboardInterrupt(), 130, "interrupted"),
)


@pytest.mark.parametrize(("error", "code", "word"), EXPECTED)
def test_every_failure_has_its_exit_code_and_the_same_word_in_json(error, code, word, capsys):
    assert guarded(raising(error), ["--json"], Interrupts()) == code
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert (document["schema_version"], document["status"]) == (1, word)
    assert set(document["errors"][0]) >= {"path", "code", "message"}
    assert said.err.strip()


def test_every_exit_code_has_one_word_of_its_own():
    assert set(STATUS) == set(ExitCode)
    assert len(set(STATUS.values())) == len(STATUS)


def test_without_json_a_failure_leaves_standard_output_empty(capsys):
    assert guarded(raising(UsageError("no such thing", hint="another")), [], Interrupts()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "no such thing\n  try: another\n"


def test_twenty_faults_are_shown_and_the_rest_counted(capsys):
    faults = [Fault(f"services[{n}]", "unknown_field", f"fault {n}") for n in range(25)]
    assert guarded(raising(InvalidInput("p.json", faults)), ["--json"], Interrupts()) == 3
    said = capsys.readouterr()
    assert len(json.loads(said.out)["errors"]) == 20
    assert said.err.count("\n") == 21 and "and 5 more" in said.err


def test_an_unexpected_failure_is_one_line_with_a_file_that_repeats_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    problem = tmp_path / "problem.json"
    problem.write_text('{"services": []}')
    private = tmp_path / "prices.json"
    private.write_text('{"secret": 1}')

    @click.command()
    @click.argument("problem")
    @click.option("--overlay")
    def command(problem, overlay):
        raise RuntimeError("split\x1b[2J in two")

    assert guarded(command, [str(problem), "--overlay", str(private)], Interrupts()) == 70
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and "Traceback" not in said.err and "\x1b" not in said.err
    (saved,) = tmp_path.glob("planner-failure-*.json")
    assert str(saved) in said.err
    content = json.loads(saved.read_text())
    assert content["files"] == {str(problem): '{"services": []}'}
    assert "secret" not in saved.read_text()
    assert "RuntimeError" in content["traceback"] and saved.stat().st_mode & 0o077 == 0


def test_a_failure_that_an_interruption_caused_is_an_interruption(capsys):
    # A library that is interrupted may wrap that in an error of its own.
    interrupts = Interrupts()
    interrupts.asked = True
    assert guarded(raising(ValueError("wrapped")), ["--json"], interrupts) == 130
    assert json.loads(capsys.readouterr().out)["status"] == "interrupted"


def test_a_developer_may_ask_for_the_traceback(monkeypatch):
    monkeypatch.setenv("PLANNER_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        guarded(raising(ZeroDivisionError("seen")), [], Interrupts())


def test_a_command_that_does_not_exist_is_answered_with_a_near_name(run):
    done = run("slove", "p.json")
    assert done.code == 2 and 'did you mean "solve"?' in done.err and done.out == ""


def test_an_option_that_does_not_exist_names_the_help_to_read(run):
    done = run("solve", "p.json", "--gpa", "0.1", "--json")
    assert done.code == 2 and "--gap" in done.err and "planner solve --help" in done.err
    assert json.loads(done.out)["status"] == "usage"


def test_no_command_at_all_prints_the_help(run):
    done = run()
    assert "Commands:" in done.out + done.err and done.code in (0, 2)


def test_every_command_has_a_one_line_help_and_an_example(run):
    from planner.cli.program import program

    for name, (_, help_line) in program.listed.items():
        assert help_line.endswith(".") and len(help_line) < 70
        done = run(name, "--help")
        assert done.code == 0 and f"Example: planner {name}" in done.out


def test_the_version_is_that_of_the_package(run):
    from planner import __version__

    assert run("--version").out == f"planner {__version__}\n"
