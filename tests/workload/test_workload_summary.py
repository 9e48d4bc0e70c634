"""A summary's rates and histogram are read with their places, and gaps stay gaps."""

import json

import pytest

from planner.errors import InvalidInput
from planner.workload import merged, read_summary

GOOD = {
    "name": "chat", "source": "made for this test", "mean_rate_rps": 3.0,
    "rate_rps_per_60s": [1.0], "rate_rps_per_600s": [2.0, 0.0, 4.0], "windows_without_data": [1],
    "burstiness": {"index_of_dispersion_10s": 3.2, "cv_interarrival": None},
    "bucket_edges": [0, 1, 100, 1000],
    "joint_histogram_columns": ["input_bucket", "output_bucket", "probability", "mean_input", "mean_output"],
    "joint_histogram": [[1, 1, 0.25, 50.0, 20.0], [2, 1, 0.7501, 200.0, 40.0]],
    "percentiles_nobody_reads": {"p50": "x"},
}


def summary(tmp_path, **changes):
    path = tmp_path / "s.json"
    path.write_text(json.dumps(GOOD | changes))
    return read_summary(path)


def faults(tmp_path, **changes):
    with pytest.raises(InvalidInput) as caught:
        summary(tmp_path, **changes)
    return [(fault.path, fault.line is not None) for fault in caught.value.faults]


def test_what_a_summary_says_is_read(tmp_path):
    read = summary(tmp_path)
    assert (read.name, read.mean_per_s, read.dispersion_10s, read.interarrival_cv) == ("chat", 3.0, 3.2, None)
    assert read.rates.window_seconds == 600 and read.rates.rate_per_s == (2.0, None, 4.0)
    assert read.classes.share == pytest.approx((0.25 / 1.0001, 0.7501 / 1.0001)) and sum(read.classes.share) == pytest.approx(1, abs=1e-12)
    assert read.classes.input_tokens == (50.0, 200.0)


def test_its_classes_can_be_merged(tmp_path):
    assert len(merged(summary(tmp_path).classes, 1).share) == 1


def test_what_it_does_not_say_is_none(tmp_path):
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"mean_rate_rps": 1}))
    read = read_summary(path)
    assert read.rates is None and read.classes is None and read.dispersion_10s is None and read.name is None


def test_nothing_of_use_is_an_error(tmp_path):
    path = tmp_path / "s.json"
    for text in ("{}", '{"percentiles": 1}', "[]"):
        path.write_text(text)
        with pytest.raises(InvalidInput):
            read_summary(path)


def test_requests_without_tokens_count_as_one_token_and_a_note_says_so(tmp_path):
    read = summary(tmp_path, joint_histogram=[[1, 0, 0.5, 50.0, 0.0], [1, 1, 0.5, 50.0, 20.0]])
    assert read.classes.output_tokens == (1.0, 20.0) and "one token" in read.notes[0]


@pytest.mark.parametrize(
    "changes, paths",
    [
        ({"mean_rate_rps": -1}, ["mean_rate_rps"]),
        ({"mean_rate_rps": True}, ["mean_rate_rps"]),
        ({"rate_rps_per_600s": [1, "2", -3]}, ["rate_rps_per_600s[1]", "rate_rps_per_600s[2]"]),
        ({"rate_rps_per_600s": 5}, ["rate_rps_per_600s", "windows_without_data[0]"]),
        ({"windows_without_data": [3, True]}, ["windows_without_data[0]", "windows_without_data[1]"]),
        ({"bucket_edges": [0, 5, 5]}, ["bucket_edges"]),
        ({"joint_histogram": [[1, 1, 1.5, 50, 20]]}, ["joint_histogram[0][2]"]),
        ({"joint_histogram": [[1, 1, 1]]}, ["joint_histogram[0]"]),
        ({"joint_histogram": [[9, 1, 1, 50, 20]]}, ["joint_histogram[0][0]"]),
        ({"joint_histogram": [[1, 1, 1, 500, 20]]}, ["joint_histogram[0][3]"]),
        ({"joint_histogram": [[1, 1, 0.5, 50, 20]]}, ["joint_histogram"]),
        ({"joint_histogram": [[1, 1, 0.5, 50, 20], [1, 1, 0.5, 50, 20]]}, ["joint_histogram"]),
        ({"joint_histogram": [[1, 1, None, 50, 20]]}, ["joint_histogram[0][2]"]),
        ({"joint_histogram_columns": ["a"]}, ["joint_histogram_columns"]),
        ({"burstiness": [], "name": 3}, ["burstiness", "name"]),
    ],
)
def test_every_bad_value_is_named_with_its_place(tmp_path, changes, paths):
    found = faults(tmp_path, **changes)
    assert sorted(path for path, _ in found) == paths and all(has_line for _, has_line in found)
