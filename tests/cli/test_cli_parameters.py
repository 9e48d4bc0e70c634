"""Numbers on the command line are finite, in range and in the unit that the option says."""

import click
import pytest

from planner.cli.parameters import GAP, INCREASE, SECONDS, USD


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [(GAP, "0.001", 0.001), (GAP, "0.1%", 0.001), (GAP, "0", 0.0), (SECONDS, "1.5", 1.5), (USD, "52000", 52000.0),
     (INCREASE, "5%", 0.05), (INCREASE, "-3 %", -0.03)],
)
def test_a_number_is_read_in_its_unit(kind, text, value):
    assert kind.convert(text, None, None) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("kind", "text"),
    [(GAP, "nan"), (GAP, "inf"), (GAP, "2"), (GAP, "-0.1"), (GAP, "30"), (SECONDS, "1e400"), (SECONDS, "-1"), (SECONDS, "5%"),
     (USD, "1_000"), (USD, "52k"), (USD, ""), (INCREASE, "0.05"), (INCREASE, "5"), (INCREASE, "-200%")],
)
def test_what_is_no_such_number_is_refused_with_an_example(kind, text):
    with pytest.raises(click.BadParameter) as refused:
        kind.convert(text, None, None)
    assert "such as" in refused.value.message or "write" in refused.value.message


def test_an_increase_needs_the_plan_it_is_measured_against(run):
    done = run("solve", "p.json", "--max-increase", "5%")
    assert done.code == 2 and "--against" in done.err
