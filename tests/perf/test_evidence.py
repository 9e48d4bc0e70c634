"""What a measurement says of figures near it: all of itself, part of its neighbours, nothing of the unrelated."""

import numpy as np
import pytest

from planner.perf.coefficients import FIELDS
from planner.perf.evidence import KIN, MOST, Evidence, Places, metric_index


def places(*rows):
    """(metric, {field: slope}, log concurrency, split) of each figure."""
    slopes = np.zeros((len(rows), len(FIELDS)))
    for at, (_, fields, _, _) in enumerate(rows):
        for name, slope in fields.items():
            slopes[at, FIELDS.index(name)] = slope
    where = np.array([[np.log(1000.0), np.log(200.0), load] for _, _, load, _ in rows])
    return Places(slopes, metric_index([one[0] for one in rows]), where, np.array([one[3] for one in rows]))


HERE = ("tpot", {"tpot": 1.0, "decode": 1.0, "cache": -0.3}, 0.0, 0)


def test_the_figure_itself_follows_its_measurement():
    evidence = Evidence.of(places(HERE), np.array([0.3]))
    shift, left = evidence.shift(places(HERE))
    assert shift[0] == pytest.approx(0.3, rel=0.02)
    assert left[0] < 0.05  # what repeating the measurement would show


def test_the_further_away_the_less_is_known():
    far = [("tpot", {"tpot": 1.0, "decode": 1.0 - 0.1 * step, "cache": -0.3}, float(step), 0) for step in range(5)]
    shift, left = Evidence.of(places(HERE), np.array([0.3])).shift(places(*far))
    assert list(shift) == sorted(shift, reverse=True) and left[0] < left[1]
    assert 0.1 < shift[-1] < shift[0]


def test_another_split_follows_in_part():
    other = (*HERE[:3], 1)
    shift, left = Evidence.of(places(HERE), np.array([0.3])).shift(places(HERE, other))
    assert shift[1] == pytest.approx(KIN * shift[0])
    assert left[1] > left[0]


def test_slower_tokens_mean_less_throughput():
    flow = ("throughput", {"throughput": 1.0, "decode": -0.9, "cache": 0.3}, 0.0, 0)
    shift, _ = Evidence.of(places(HERE), np.array([0.3])).shift(places(flow))
    assert -0.3 < shift[0] < -0.15


def test_a_figure_that_depends_on_nothing_alike_stays():
    first = ("ttft", {"together": 1.0}, 0.0, 0)
    assert Evidence.of(places(HERE), np.array([0.3])).shift(places(first))[0][0] == pytest.approx(0.0)


def test_two_measurements_that_disagree_meet_in_the_middle():
    evidence = Evidence.of(places(HERE, HERE), np.array([0.2, 0.4]))
    assert evidence.shift(places(HERE))[0][0] == pytest.approx(0.3, rel=0.02)


def test_coefficients_move_the_way_that_explains_the_measurement():
    moved = dict(zip(FIELDS, Evidence.of(places(HERE), np.array([0.3])).moved(0)))
    assert moved["cache"] < 0 < moved["tpot"] < moved["decode"] and moved["compute"] == 0.0
    # to first order they explain all but what is the place's own: slopes times moves
    assert moved["tpot"] + moved["decode"] - 0.3 * moved["cache"] == pytest.approx(0.3, rel=0.1)


def test_thousands_of_measurements_are_thinned():
    many = places(*([HERE] * (MOST + 100)))
    assert len(Evidence.of(many, np.full(MOST + 100, 0.1)).log_ratio) <= MOST
