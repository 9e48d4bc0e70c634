"""Changes of a problem by path: what a path means, what a value means, and what is refused."""

import json

import pytest

from planner.catalog.load import load_catalog
from planner.documents import from_data
from planner.errors import InvalidInput, UsageError
from planner.problem.load import problem_of
from planner.problem.patch import Change, parse_change, parsed, patched

CLASSES = [{"input_tokens": 100, "output_tokens": 100, "share": 1}]


@pytest.fixture(scope="module")
def catalog():
    return load_catalog("2026-11")


def stated(**more):
    service = {
        "name": "chat", "team": "a.b", "model": "Llama-3.1-8B", "workload": {"rate_per_s": 3, "classes": CLASSES},
        "slo": {"ttft_ms": {"p95": 800, "p99": 3000}},
    }
    document = {"services": [service, {**service, "name": "v1.5", "slo": {}}], "limits": {"budget_usd_per_month": 1000}, **more}
    return problem_of(from_data(document, "p.json"))


def after(catalog, *texts, **more):
    return patched(stated(**more), parsed(texts), catalog).problem


def service(problem, name="chat"):
    return next(s for s in problem.services if s.name == name)


def test_a_value_is_absolute_or_relative_to_what_it_is_now(catalog):
    path = "services.chat.slo.ttft_ms.p95"
    found = [service(after(catalog, f"{path}={value}")).slo.ttft_ms["p95"] for value in ("300", "+20%", "-25%", "*1.5")]
    assert found == pytest.approx([300, 960, 600, 1200])


def test_changes_follow_each_other(catalog):
    # 800 × 1.5 = 1,200, and half of that again: 1,800.
    found = after(catalog, "services.chat.slo.ttft_ms.p95=*1.5", "services.chat.slo.ttft_ms.p95=+50%")
    assert service(found).slo.ttft_ms["p95"] == pytest.approx(1800)


def test_a_unit_may_be_left_out_where_one_field_is_meant(catalog):
    assert after(catalog, "limits.budget=2000").limits.budget_usd_per_month == 2000
    assert service(after(catalog, "services.chat.slo.ttft.p95=300")).slo.ttft_ms["p95"] == 300


def test_patterns_take_several_and_names_may_hold_dots(catalog):
    both = after(catalog, "services.*.workload.headroom=1.5")
    assert [s.workload.headroom for s in both.services] == [1.5, 1.5]
    assert service(after(catalog, "services.v1.5.slo.tpot_ms.p99.9=50"), "v1.5").slo.tpot_ms == {"p99.9": 50}
    assert service(after(catalog, 'services["v1.5"].priority=3'), "v1.5").priority == 3
    assert after(catalog, "services[0].priority=3").services[0].priority == 3


def test_demand_scales_every_service_or_one(catalog):
    assert [s.workload.scale for s in after(catalog, "demand=+20%").services] == pytest.approx([1.2, 1.2])
    assert {s.name: s.workload.scale for s in after(catalog, "demand.chat=2").services} == {"chat": 2, "v1.5": 1}


def test_one_number_where_one_or_many_may_stand_stays_one(catalog):
    shaped = {"rate_per_s": 3, "hourly_shape": [1] * 12 + [3] * 12, "classes": CLASSES}
    document = {"services": [{"name": "chat", "model": "Llama-3.1-8B", "workload": shaped}], "periods": {"kind": "day", "per_day": 2}}
    found = patched(problem_of(from_data(document, "p.json")), parsed(["services.chat.workload.rate_per_s=5"]), catalog).problem
    # The shape stays: half the day at half the mean, half at one and a half times it.
    assert service(found).workload.rate_per_s == pytest.approx((2.5, 7.5))


def test_an_object_that_is_not_there_is_made_and_none_takes_a_limit_away(catalog):
    assert service(after(catalog, "services.chat.availability.min_instances=3")).availability.min_instances == 3
    assert after(catalog, "limits.budget=none").limits.budget_usd_per_month is None
    assert service(after(catalog, "services.chat.slo.ttft_ms.p95=none")).slo.ttft_ms == {"p99": 3000}
    # What has a default that limits is given up, not set back to it.
    assert service(after(catalog, "services.chat.allow.variants=none")).allow.variants is None


def test_a_list_may_be_written_with_commas(catalog):
    assert service(after(catalog, "services.chat.allow.regions=EU,US")).allow.regions == ("EU", "US")
    assert service(after(catalog, 'services.chat.allow.tp=[1, 2]')).allow.tp == (1, 2)


def test_a_price_of_the_catalogue_becomes_an_offer_of_the_problems_own(catalog):
    row = next(o for o in sorted(catalog.offers.values(), key=lambda o: o.id) if o.provider == "aws" and o.spot_usd_per_hour)
    (own,) = after(catalog, f"offers.{row.id}.spot=0.36").offers.own
    assert own.id == row.id and own.spot_usd_per_hour == 0.36
    assert own.on_demand_usd_per_hour == row.on_demand_usd_per_hour


def test_a_scaled_price_is_scaled_in_every_season(catalog):
    # 0.30 at +20 % is 0.36: factor 1.2; twice +20 % are 1.44.
    found = after(catalog, "offers.aws:*.spot=+20%", "offers.aws:*.spot=+20%")
    (season,) = found.horizon.seasons
    assert season.months == 12 and [p.spot for p in season.prices] == pytest.approx([1.2, 1.2])


def test_a_price_change_opens_no_offer_that_the_problem_leaves_out(catalog):
    kept = sorted(o.id for o in catalog.offers.values() if o.provider == "aws" and o.on_demand_usd_per_hour)[0]
    found = after(catalog, "offers.*.on_demand=99", offers={"only": [kept]})
    assert [own.id for own in found.offers.own] == [kept]


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("services.chatt.priority=2", "chat"), ("limits.budgt=3", "budget"), ("services.chat.slo.tfft.p95=3", "ttft"),
        ("offers.aws:*.spott=+20%", "spot"), ("offers.mars:*.spot=+20%", "mars"), ("offers.zz:*.spot=+20%", "known here: "), ("demandd=2", '"demand"'), ("services.chat.workload.trace=+20%", "trace"),
        ("demand=-1", "multiplier"), ("demand", "PATH=VALUE"), ("limits.budget=-120%", "negative"),
    ],
)  # fmt: skip
def test_what_leads_nowhere_is_refused_with_what_is_near(catalog, text, near):
    with pytest.raises(UsageError) as refused:
        after(catalog, text)
    assert near in str(refused.value)


def test_a_value_that_the_format_does_not_allow_is_an_invalid_input(catalog):
    for text in ("services.chat.slo.ttft_ms.p95=-5", "services.chat.priority=2.5", "services.chat.allow.regions=mars"):
        with pytest.raises(InvalidInput):
            after(catalog, text)


def test_a_change_is_written_as_it_is_read():
    for text in ("demand=*1.2", "limits.budget=1000", "services.chat.allow.regions=EU"):
        assert str(parse_change(text)) == text
    assert parse_change("demand=+20%") == Change("demand", factor=1.2)


def test_a_changed_problem_is_the_one_that_a_file_with_that_value_states(catalog):
    base = stated()
    changed = patched(base, parsed(["services.chat.workload.scale=2", "limits.budget=5"]), catalog)
    again = problem_of(from_data(json.loads(json.dumps(changed.document.data)), "p.json"))
    assert changed.problem == again.problem
