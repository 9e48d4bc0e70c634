"""Rates per period are observed means in UTC; what was not observed is unknown, never zero."""

import numpy as np
import pytest

from planner.workload import (
    Clock, Trace, index_of_dispersion, interarrival_cv, rate_per_period, series_of_rates, series_of_trace, with_mean_for_unknown,
)

HOUR = 3600.0
DAY = 24 * HOUR


def trace(times):
    ones = np.ones(len(times), dtype=np.int64)
    return Trace(np.sort(np.asarray(times, dtype=float)), ones, ones)


def hourly(values):
    return series_of_rates(values, HOUR)


def test_a_steady_trace_has_its_rate():
    # 1001 arrivals, one every 2 s: 1000 intervals in 2000 s.
    rates = rate_per_period(series_of_trace(trace(2.0 * np.arange(1001))), "single")
    assert rates.rate_per_s == pytest.approx((0.5,)) and rates.observed_hours == pytest.approx((2000 / 3600,))


@pytest.mark.parametrize("times", [[5.0], [5.0, 5.0, 5.0]])
def test_a_single_instant_has_no_rate(times):
    rates = rate_per_period(series_of_trace(trace(times)), "single")
    assert rates.rate_per_s == (None,) and rates.mean_per_s is None and with_mean_for_unknown(rates) == rates


def test_a_trace_that_starts_late_or_at_the_epoch_has_the_same_rate():
    times = 2.0 * np.arange(1001)
    for start in (0.0, 350.0, 1.7e9):
        assert rate_per_period(series_of_trace(trace(times + start)), "single").mean_per_s == pytest.approx(0.5)


def test_each_hour_has_its_own_mean_and_hours_without_data_are_unknown():
    rates = rate_per_period(hourly([1, 2, 3]), "day")
    assert rates.rate_per_s[:3] == (1, 2, 3) and rates.rate_per_s[3:] == (None,) * 21
    assert rates.unknown == tuple(range(3, 24)) and rates.mean_per_s == 2


def test_unknown_periods_get_the_mean_only_on_request_and_with_a_note():
    filled = with_mean_for_unknown(rate_per_period(hourly([1, 3]), "day"))
    assert filled.rate_per_s[2:] == (2,) * 22 and "assumed" in filled.notes[-1] and not filled.unknown


def test_gap_windows_do_not_pull_the_mean_down():
    rates = rate_per_period(series_of_rates([4, 0, None, 6], HOUR, gaps=[1]), "single")
    assert rates.rate_per_s == (5,) and "2 of 4 windows" in rates.notes[0]


def test_a_gap_in_a_trace_is_left_out_and_a_silence_counts_with_a_note():
    # Two hours at 1/s with three hours between them.
    times = np.concatenate([np.arange(3600), 4 * HOUR + np.arange(3601)])
    assert rate_per_period(series_of_trace(trace(times), gaps=[(3600, 4 * HOUR)]), "single").mean_per_s == pytest.approx(1.0)
    silent = rate_per_period(series_of_trace(trace(times)), "single")
    assert silent.mean_per_s == pytest.approx(7200 / (5 * HOUR)) and "no requests for" in silent.notes[0]


def test_overlapping_gaps_are_counted_once():
    times = np.arange(7201.0)
    gaps = [(600, 1800), (1200, 2400), (2400, 2400)]
    assert rate_per_period(series_of_trace(trace(times), gaps=gaps), "single").mean_per_s == pytest.approx(1.0)


def test_periods_are_in_utc():
    # Local hour 9 at UTC+8 is 01:00 UTC; at UTC-3.5 second 0 of local midnight is 03:30 UTC, in hour 3.
    assert rate_per_period(hourly([5]), "day", Clock(start_hour=9, utc_offset_hours=8)).rate_per_s[1] == 5
    ten_minutes = series_of_rates([7], 600.0)
    assert rate_per_period(ten_minutes, "day", Clock(utc_offset_hours=-3.5)).rate_per_s[3] == 7


def test_fewer_periods_a_day_join_hours():
    rates = rate_per_period(hourly(range(24)), "day", per_day=4)
    assert rates.rate_per_s == (2.5, 8.5, 14.5, 20.5)
    with pytest.raises(ValueError):
        rate_per_period(hourly([1]), "day", per_day=5)


def test_weekdays_and_weekend_days_are_kept_apart_by_the_local_calendar():
    # Friday then Saturday at UTC+8: both local hours 0 are 16:00 UTC, of their own kind of day.
    rates = rate_per_period(hourly([1] * 24 + [3] * 24), "weekday_weekend", Clock(start_weekday=4, utc_offset_hours=8))
    assert rates.rate_per_s == (1,) * 24 + (3,) * 24


def test_a_week_begins_on_monday_utc():
    # Monday 00:00 at UTC+8 is Sunday 16:00 UTC: hour 6 * 24 + 16 of the week.
    rates = rate_per_period(hourly([9]), "week", Clock(start_weekday=0, utc_offset_hours=8))
    assert rates.rate_per_s.index(9) == 160 and rates.rate_per_s.count(None) == 167


def test_without_a_weekday_all_days_are_taken_alike_and_a_note_says_so():
    rates = rate_per_period(hourly(range(24)), "weekday_weekend")
    assert rates.rate_per_s == tuple(range(24)) * 2 and "assumed alike" in rates.notes[-1]


def test_a_metronome_has_no_dispersion_and_batches_have_their_size():
    assert index_of_dispersion(0.5 + np.arange(1000.0)) == pytest.approx(0.0)
    # Batches of 40 every 40 s in 10 s windows: counts 40,0,0,0, mean 10, variance 300 n/(n-1).
    batches = np.repeat(40.0 * np.arange(90), 40)
    assert index_of_dispersion(np.append(batches, 3600.0)) == pytest.approx(30 * 360 / 359)


def test_random_arrivals_have_a_dispersion_and_a_variation_of_one():
    times = np.cumsum(np.random.default_rng(7).exponential(0.1, 200_000))
    # 2,000 windows: the standard error is sqrt(2/2000) = 0.03.
    assert index_of_dispersion(times) == pytest.approx(1.0, abs=0.1)
    assert interarrival_cv(times) == pytest.approx(1.0, abs=0.02)


def test_a_rate_that_changes_from_hour_to_hour_is_no_burstiness():
    times = np.concatenate([np.arange(0, HOUR, 1.0), HOUR + np.arange(0, HOUR, 0.1), [2 * HOUR]])
    assert index_of_dispersion(times) == pytest.approx(0.0, abs=0.05)


def test_too_little_data_has_no_dispersion():
    assert index_of_dispersion(np.arange(100.0)) is None and index_of_dispersion(np.array([])) is None
    assert interarrival_cv(np.array([1.0, 2.0])) is None and interarrival_cv(np.zeros(5)) is None
