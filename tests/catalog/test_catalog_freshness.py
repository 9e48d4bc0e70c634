"""A price past its age is called old: spot after a week, lists after a quarter; what only names a month counts from its first day."""

from __future__ import annotations

import datetime

import pytest

from planner.catalog.check import check_catalog
from planner.catalog.freshness import LIMIT_DAYS, age_when_made, age_words, old_prices, price_ages

G6E = "aws:g6e.xlarge@us-east-1"  # listed on 2026-07-20, spot of 2025-06
LISTED = datetime.date(2026, 7, 20)


def aged(shipped, days, price="list", since=LISTED):
    """Whether the offer's price is old so many days after it held."""
    return bool(old_prices(shipped, since + datetime.timedelta(days=days), [(G6E, price)]))


def test_a_list_price_is_old_after_ninety_days_and_a_spot_price_after_seven(shipped):
    assert LIMIT_DAYS == {"spot": 7, "list": 90}
    assert (aged(shipped, 90), aged(shipped, 91)) == (False, True)
    june = datetime.date(2025, 6, 1)
    assert (aged(shipped, 7, "spot", june), aged(shipped, 8, "spot", june)) == (False, True)


def test_the_oldest_comes_first_and_is_named_with_its_date(shipped):
    used = [(G6E, "list"), (G6E, "spot"), ("aws:g6e.xlarge@us-east-2", "list"), ("own:one@here", "list")]
    old = old_prices(shipped, datetime.date(2026, 11, 21), used)
    assert [(one.id.rpartition("@")[2], one.price, one.days) for one in old] == [("us-east-2", "list", 595), ("us-east-1", "spot", 538), ("us-east-1", "list", 124)]
    assert age_words(old) == (
        "1 spot price in use is older than 7 days (oldest: aws:g6e.xlarge@us-east-1 of 2025-06, 538 days); "
        "2 list prices in use are older than 90 days (oldest: aws:g6e.xlarge@us-east-2 of 2025-04-05, 595 days)"
    )
    assert age_words(()) == ""


def test_ages_are_counted_by_table_seller_and_kind(shipped):
    found = price_ages(shipped, datetime.date(2026, 11, 21))
    spot = [offer for offer in shipped.offers.values() if offer.provider == "aws" and offer.spot_usd_per_hour is not None]
    (aws,) = [one for one in found if (one.table, one.provider, one.price) == ("offers", "aws", "spot")]
    assert (aws.prices, aws.old) == (len(spot), len(spot)) and aws.oldest_days >= 538
    assert {one.table for one in found} == {"offers", "api_prices"}


def test_the_check_of_an_edition_tells_ages_only_on_a_day_it_is_given(shipped):
    def ages(day=None):
        return [one for one in check_catalog(shipped, day) if one.rule == "price_age"]

    assert ages() == [] and ages(datetime.date(2024, 1, 1)) == []
    found = ages(datetime.date(2026, 11, 21))
    assert found and {one.severity for one in found} == {"note"}


@pytest.mark.parametrize(
    ("as_of", "edition", "words"),
    [
        ("2026-07-20", "2026-11", ", 104 days old when its edition began"),  # 11 + 31 + 30 + 31 + 1
        ("2026-11-05", "2026-11", ""), ("2026-11", "2026-11", ""), ("2026-07-20", "my-edition", ""), ("stated in the problem", "2026-11", ""),
    ],
)  # fmt: skip
def test_a_plan_tells_ages_by_its_edition_and_by_no_clock(as_of, edition, words):
    assert age_when_made(as_of, edition) == words
