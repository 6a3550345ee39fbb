"""A campaign's interval holds the planted effect, and holding out by hash compares like with like."""

import numpy as np
import pytest

from benchmarks.one_month import Measured, campaigns, lines


@pytest.fixture(scope="module")
def found() -> list[Measured]:
    return list(campaigns(range(40), 1000))


def test_nine_in_ten_intervals_hold_the_planted_effect(found):
    assert len(found) == 40
    assert np.mean([one.is_covered for one in found]) >= 0.9


def test_what_is_measured_is_what_was_planted_in_the_mean(found):
    gaps = np.array([one.found.difference - one.planted for one in found])
    assert abs(gaps.mean()) < 4 * gaps.std(ddof=1) / np.sqrt(len(gaps))
    planted = {action: np.mean([one.planted for one in found if one.action == action]) for action in
               {one.action for one in found}}  # fmt: skip
    assert planted["winback_voucher"] > 0.03 > planted["loyalty_bonus"] > planted["wake_up_email"]


def test_intervals_are_no_wider_than_chance_asks(found):
    """An interval that holds everything would hold the effect, too: its width is that of two shares."""
    for one in found:
        n = np.array([one.found.treated_n, one.found.control_n])
        share = np.array([one.found.treated, one.found.control])
        width = one.found.high - one.found.low
        assert 0.9 < width / (2 * 1.96 * np.sqrt((share * (1 - share) / n).sum())) < 1.2


def test_the_table_tells_every_action_and_all(found):
    told = lines(found)
    assert len(told) == 2 + 4 + 1
    assert told[-1].startswith("| **all** | 40 |")
