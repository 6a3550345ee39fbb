"""Arms are random, stable and unpredictable without the key; the power formula is what simulated campaigns show."""

import hashlib
import hmac
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.assignment import control_group, draws, is_control
from models.power import detectable_difference, needed_customers, power_of

IDS = [f"C{number:06}" for number in range(20_000)]
ids = st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=30, unique=True)
shares = st.floats(0.01, 0.99)


def test_a_draw_is_the_keyed_hash_by_hand():
    digest = hmac.new(b"key", "Zoë".encode(), hashlib.sha256).hexdigest()
    assert draws(["Zoë"], "key")[0] == int(digest[:14], 16) / 2**56


def test_arms_are_evenly_spread_and_another_key_gives_other_arms():
    numbers = draws(IDS, "spring")
    counts, _ = np.histogram(numbers, bins=20, range=(0, 1))
    assert ((counts - 1000) ** 2 / 1000).sum() < 43.8  # chi-squared with 19 degrees, one in a thousand
    assert abs(np.corrcoef(numbers, draws(IDS, "summer"))[0, 1]) < 0.03
    assert abs(np.corrcoef(numbers[1:], numbers[:-1])[0, 1]) < 0.03


@settings(deadline=None)
@given(ids, st.randoms(), shares)
def test_a_customers_arm_does_not_depend_on_the_others(customers, shuffle, share):
    held = dict(zip(customers, is_control(customers, "key", share), strict=True))
    others = customers.copy()
    shuffle.shuffle(others)
    others = others[: max(len(others) // 2, 1)]
    assert [held[one] for one in others] == list(is_control(others, "key", share))


@settings(deadline=None)
@given(ids, shares, shares)
def test_a_larger_share_keeps_everybody_in_control_and_no_arm_is_empty(customers, one, other):
    less, more = sorted((one, other))
    assert not (is_control(customers, "key", less) & ~is_control(customers, "key", more)).any()
    held = control_group(customers, "key", less)
    assert 0 < held.sum() < len(customers)
    assert not control_group(customers, "key", 0).any()


@pytest.mark.parametrize(("treated", "control", "base", "rise"), [(900, 100, 0.6, 0.14), (400, 400, 0.1, 0.06)])
def test_the_power_is_what_simulated_campaigns_show(treated, control, base, rise):
    rng = np.random.default_rng(5)
    kept, stayed = rng.binomial(treated, base + rise, 20_000), rng.binomial(control, base, 20_000)
    pooled = (kept + stayed) / (treated + control)
    z = (kept / treated - stayed / control) / np.sqrt(pooled * (1 - pooled) * (1 / treated + 1 / control))
    assert (np.abs(z) > 1.959964).mean() == pytest.approx(power_of(treated, control, base, rise), abs=0.015)


@settings(deadline=None)
@given(st.integers(30, 5000), st.integers(30, 5000), st.floats(0.02, 0.95))
def test_the_detectable_difference_has_exactly_the_power_asked_for(treated, control, base):
    rise = detectable_difference(treated, control, base)
    if math.isnan(rise):
        assert power_of(treated, control, base, 1 - base) < 0.8
    else:
        assert power_of(treated, control, base, rise) == pytest.approx(0.8, abs=1e-6)
        assert detectable_difference(4 * treated, 4 * control, base) < rise


@settings(deadline=None)
@given(st.floats(0.05, 0.9), st.floats(0.01, 0.09), st.floats(0.05, 0.95))
def test_the_needed_number_is_the_first_that_has_the_power(base, rise, share):
    needed = needed_customers(base, rise, share)
    assert power_of(needed * (1 - share), needed * share, base, rise) >= 0.8 - 1e-9
    assert power_of((needed - 1) * (1 - share), (needed - 1) * share, base, rise) < 0.8


def test_the_needed_number_by_hand():
    """60 % against 70 %, equal arms, power 90 %, alpha 1 %: (2.5758·√0.455 + 1.2816·√0.45)² / 0.01 = 674.5 per arm."""
    assert needed_customers(0.6, 0.1, 0.5, power=0.9, alpha=0.01) == pytest.approx(2 * 674.5, abs=2)


def test_what_can_never_be_told_is_refused():
    assert math.isnan(detectable_difference(3, 3, 0.5))
    assert power_of(0, 10, 0.5, 0.1) == 0
    with pytest.raises(ValueError, match="never told from chance"):
        needed_customers(0.5, 0.0, 0.5)
    with pytest.raises(ValueError, match="do not lie in"):
        needed_customers(0.95, 0.1, 0.5)
