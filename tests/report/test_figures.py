"""Printed figures: cents that sum, digits that mean something."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.report.figures import amount, apart, cents_that_add_up, level, percent, seconds, span, usd
from planner.report.sparkline import sparkline


def test_three_thirds_sum_to_the_whole():
    # 33.333 each is 33.33; one cent is missing and goes to the first of three equal losses.
    parts = cents_that_add_up({"a": 100 / 3, "b": 100 / 3, "c": 100 / 3}, 100.0)
    assert parts == {"a": Decimal("33.34"), "b": Decimal("33.33"), "c": Decimal("33.33")}


def test_the_missing_cent_goes_to_the_part_that_lost_most():
    # Down: 0.01 (lost 0.009), 0.02 (lost 0.001), total 0.04: one cent is missing.
    assert cents_that_add_up({"a": 0.021, "b": 0.019}, 0.04) == {"a": Decimal("0.02"), "b": Decimal("0.02")}


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=13))
def test_printed_parts_always_sum_to_the_printed_total(values):
    total = sum(values)
    parts = cents_that_add_up({str(n): value for n, value in enumerate(values)}, total)
    assert usd(sum(parts.values())) == usd(total)
    assert all(abs(float(parts[str(n)]) - value) <= 0.01 + 1e-6 for n, value in enumerate(values))


def test_parts_that_do_not_sum_to_their_total_are_not_made_to():
    assert cents_that_add_up({"a": 1.0}, 5.0) == {"a": Decimal("1.00")}


@pytest.mark.parametrize(("value", "text"), [(41328.216, "41,328.22"), (0.0, "0.00"), (-0.001, "0.00"), (1e12, "1,000,000,000,000.00")])
def test_money_has_cents_and_thousands(value, text):
    assert usd(value) == text


@pytest.mark.parametrize(("share", "text"), [(0, "0 %"), (0.2, "20 %"), (0.0084, "0.84 %"), (0.00005, "0.005 %"), (1.5, "150 %"), (0.0999, "10 %")])
def test_percentages_have_two_telling_digits(share, text):
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"), [(10700.0, "10,700"), (12.5, "12.5"), (0.0042, "0.0042"), (2.5e-7, "2.5e-07"), (1234.56, "1,234.6"), (-3, "-3")]
)
def test_amounts_of_any_size_are_readable(value, text):
    assert amount(value) == text


def test_two_amounts_that_differ_never_look_alike():
    assert apart(9000.04, 9000.0) == ("9,000.04", "9,000")
    assert apart(3.0, 3.0) == ("3", "3")


def test_a_span_is_one_number_where_nothing_changes():
    assert (span((4, 4)), span((3, 12, 5)), span(())) == ("4", "3–12", "0")


@pytest.mark.parametrize(("value", "text"), [(0.421, "0.42 s"), (12.3, "12 s"), (200.0, "3 min 20 s")])
def test_times_are_given_as_people_say_them(value, text):
    assert seconds(value) == text


def test_bars_start_at_zero_and_peaks_survive_being_put_together():
    assert sparkline((0, 1, 4, 8), 10) == "·▁▄█"
    # Four values in two places: the larger of each pair is shown.
    assert sparkline((1, 8, 1, 4), 2) == "█▄"
    assert sparkline((5, 5), 10) == "" and sparkline((), 10) == ""


@pytest.mark.parametrize(("share", "text"), [(0.9, "90 %"), (0.975, "97.5 %"), (0.999, "99.9 %")])
def test_a_confidence_is_never_rounded_to_certainty(share, text):
    assert level(share) == text
