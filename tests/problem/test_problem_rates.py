"""Rates by local hour become rates per period in UTC."""

import pytest

from planner.problem.clock import rates_of_shape

NINE_O_CLOCK = tuple(1.0 if hour == 9 else 0.0 for hour in range(24))
FLAT = (1.0,) * 24


def test_nine_in_the_morning_two_hours_east_is_seven_utc():
    rates = rates_of_shape(1.0, NINE_O_CLOCK, 1.0, 2.0, "day", 24)
    assert rates[7] == 24.0 and sum(rates) == 24.0


def test_half_an_hour_of_offset_is_shared_by_two_utc_hours():
    # 09:00-10:00 at UTC+5:30 is 03:30-04:30 UTC.
    rates = rates_of_shape(1.0, NINE_O_CLOCK, 1.0, 5.5, "day", 24)
    assert rates[3] == rates[4] == 12.0


def test_long_periods_take_the_mean_of_their_hours():
    assert rates_of_shape(1.0, NINE_O_CLOCK, 1.0, 0.0, "day", 4) == (0.0, 4.0, 0.0, 0.0)


def test_a_single_period_has_the_mean_rate():
    assert rates_of_shape(3.0, NINE_O_CLOCK, 0.5, 0.0, "single", 24) == (3.0,)


def test_weekends_at_half_rate_keep_the_mean_of_the_week():
    # 5 weekdays at w and 2 weekend days at w/2 average 1: w = 7/6.
    rates = rates_of_shape(1.0, FLAT, 0.5, 0.0, "weekday_weekend", 24)
    assert rates[0] == pytest.approx(7 / 6) and rates[24] == pytest.approx(7 / 12)
    assert 5 / 7 * rates[0] + 2 / 7 * rates[24] == pytest.approx(1.0)


def test_in_a_cyclic_week_the_local_weekend_begins_before_utc_midnight_east_of_greenwich():
    # Saturday 00:00 at UTC+2 is Friday 22:00 UTC: hour 4 * 24 + 22 = 118 of the week.
    rates = rates_of_shape(1.0, FLAT, 0.0, 2.0, "week", 24)
    assert rates[117] == pytest.approx(7 / 5) and rates[118] == 0.0
    assert sum(rates) == pytest.approx(168.0)


@pytest.mark.parametrize("kind, per_day, weights", [("day", 8, None), ("weekday_weekend", 24, "days"), ("week", 24, None)])
@pytest.mark.parametrize("offset", [-3.5, 0.0, 5.75, 13.0])
def test_the_mean_over_a_week_is_the_stated_rate(kind, per_day, weights, offset):
    shape = tuple(float(h % 7) for h in range(24))
    rates = rates_of_shape(2.5, shape, 0.3, offset, kind, per_day)
    if weights:
        mean = (5 * sum(rates[:24]) + 2 * sum(rates[24:])) / (7 * 24)
    else:
        mean = sum(rates) / len(rates)
    assert mean == pytest.approx(2.5)
