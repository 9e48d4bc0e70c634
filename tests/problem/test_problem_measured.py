"""What a problem may say of performance: measured runs, confidence, drafts and shared prefixes."""

import pytest
from stated_problems import service

from planner.errors import InvalidInput

POINT = {"input_tokens": 1000.0, "output_tokens": 200.0, "concurrency": 8.0, "tpot_ms": 12.0}


def test_runs_are_kept_in_one_order_whatever_the_file_says(made):
    points = [POINT, {**POINT, "concurrency": 4.0}, {**POINT, "concurrency": 16.0}]
    one, two = (made(service(profiles=[{"accelerator": "H100", "points": each}])).problem for each in (points, points[::-1]))
    assert one == two and len(one.services[0].profiles[0].points) == 3


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"profiles": [{"accelerator": "H100", "points": [{"input_tokens": 1.0, "output_tokens": 1.0}]}]}, "a measured point needs"),
     ({"profiles": [{"accelerator": "H100", "points": [POINT]}], "profiles_only": True}, "points alone"),
     ({"confidence": 1.0}, "confidence"), ({"speculation": {"draft_tokens": 3, "acceptance": 1.2}}, "acceptance"),
     ({"workload": {"prefix_hit": 1.0}}, "prefix_hit")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_name(made, fields, said):
    with pytest.raises(InvalidInput, match=said):
        made(service(**fields))


def test_nothing_is_assumed_where_nothing_is_said(made):
    (plain,) = made().problem.services
    assert (plain.confidence, plain.speculation, plain.workload.prefix_hit) == (None, None, 0.0)
