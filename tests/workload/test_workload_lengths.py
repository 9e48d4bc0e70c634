"""Length classes keep means and work exactly, and as much of the second moment as their number allows."""

import numpy as np
import pytest

from planner.workload import from_cells, joint_histogram, merged


def sample(seed=1, n=2000):
    draw = np.random.default_rng(seed)
    return np.clip(draw.lognormal(6, 1.2, n).astype(int), 1, 30_000), np.clip(draw.lognormal(5, 1, n).astype(int), 1, 4000)


def test_a_cell_holds_the_share_and_the_means_of_its_requests():
    # Buckets [0,10) and [10,20) of input, [0,100) of output: two requests of (4, 6) and (8, 10), two of (12, 50).
    classes = joint_histogram([4, 8, 12, 12], [6, 10, 50, 50], [0, 10, 20], [0, 100])
    assert classes.share == (0.5, 0.5) and classes.input_tokens == (6.0, 12.0) and classes.output_tokens == (8.0, 50.0)
    assert classes.names == ("in6-out8", "in12-out50")


def test_a_value_on_an_edge_belongs_to_the_upper_bucket_and_outside_is_an_error():
    assert len(joint_histogram([9, 10], [1, 1], [0, 10, 20], [0, 5]).share) == 2
    for tokens in ([20], [-1]):
        with pytest.raises(ValueError):
            joint_histogram(tokens, [1], [0, 10, 20], [0, 5])


def test_merging_keeps_the_means_and_the_shares():
    tokens_in, tokens_out = sample()
    for most in (1, 3, 12):
        classes = merged(joint_histogram(tokens_in, tokens_out), most)
        assert len(classes.share) == most and sum(classes.share) == pytest.approx(1, abs=1e-12)
        assert np.dot(classes.share, classes.input_tokens) == pytest.approx(tokens_in.mean(), rel=1e-12)
        assert np.dot(classes.share, classes.output_tokens) == pytest.approx(tokens_out.mean(), rel=1e-12)


def test_more_classes_keep_more_of_the_second_moment():
    classes = joint_histogram(*sample())
    kept = [merged(classes, most).second_moment_kept.input_input for most in (1, 4, 12, 40)]
    assert kept == sorted(kept) and kept[2] > 0.9 and classes.second_moment_kept.input_input > kept[-1]


def test_the_two_closest_classes_are_joined_first():
    # Scaled distances: (100, 10) and (104, 10) are next to each other, (1000, 10) is far; 0.25 and 0.25 join to 102.
    classes = merged(from_cells([0.25, 0.25, 0.5], [100, 104, 1000], [10, 10, 10]), 2)
    assert classes.input_tokens == pytest.approx((102, 1000)) and classes.share == (0.5, 0.5)


def test_the_lost_second_moment_is_stated_against_the_requests():
    # One class of mean 2 for inputs 1 and 3: 2^2 of (1 + 9)/2 = 5 is kept.
    assert joint_histogram([1, 3], [1, 1], [0, 10], [0, 10]).second_moment_kept.input_input == pytest.approx(4 / 5)


def test_empty_cells_are_dropped_and_shares_scaled():
    classes = from_cells([0.2, 0.0, 0.6], [1, 2, 3], [1, 1, 1])
    assert classes.share == pytest.approx((0.25, 0.75)) and classes.input_tokens == (1.0, 3.0)


def test_the_order_of_requests_does_not_matter():
    tokens_in, tokens_out = sample()
    back = merged(joint_histogram(tokens_in[::-1], tokens_out[::-1]))
    there = merged(joint_histogram(tokens_in, tokens_out))
    assert there.names == back.names and there.share == pytest.approx(back.share, rel=1e-12)


def test_names_are_unique():
    assert from_cells([0.5, 0.5], [10.1, 10.2], [5, 5]).names == ("in10-out5", "in10-out5-2")


def test_no_requests_and_unequal_lists_are_errors():
    for pair in (([], []), ([1], [1, 2])):
        with pytest.raises(ValueError):
            joint_histogram(*pair)
