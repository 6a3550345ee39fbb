"""Drift tells customers who changed from seasons, ageing and chance."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.drift import (
    BEHAVIOUR,
    LARGE,
    LEARNED,
    Reference,
    counts_of,
    deciles,
    edges_of,
    months_of,
    psi,
    reference_of,
)

DAYS = [date(2025 + (2 + step) // 12, (2 + step) % 12 + 1, 3) for step in range(18)]
LATER = [date(2026, 10, 1), date(2026, 11, 1)]


def judged(months: list[np.ndarray], learned: int = 16) -> pd.DataFrame:
    """Months of one feature, the first `learned` of which are training rows."""
    days = (DAYS + LATER)[: len(months)]
    rows = pd.DataFrame({"x": np.concatenate(months[:learned])})
    reference = reference_of(rows, ["x"])
    counts = np.array([counts_of(month, reference.edges["x"]) for month in months])
    return months_of("x", days, counts, reference, days[learned - 1])


def test_psi_is_the_published_sum():
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.3, 0.3, 0.4])
    expected = ((p - q) * np.log(p / q)).sum()
    assert psi(p * 1e7, q * 1e7) == pytest.approx(expected, rel=1e-4)
    assert psi(q * 1e7, p * 1e7) == pytest.approx(expected, rel=1e-4)
    assert psi(p * 1e7, p * 1e7) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_every_row_falls_into_one_bin_and_values_many_share_have_their_own(seed):
    rng = np.random.default_rng(seed)
    values = np.where(rng.random(2000) < 0.7, 1.0, rng.integers(0, 6, 2000)).astype(float)
    values[:50] = np.nan
    edges = edges_of(values)
    counts = counts_of(values, edges)
    assert counts.sum() == len(values) and counts[-1] == 50
    assert (values == 1.0).sum() in counts, "the common value is not mixed with others"
    assert counts_of(np.array([0.0, 1.0]), edges_of(np.r_[np.ones(95), np.zeros(5)])).tolist()[:2] == [1, 1]


@pytest.mark.parametrize("seed", range(5))
def test_a_stationary_feature_never_alarms(seed):
    rng = np.random.default_rng(seed)
    found = judged([rng.gamma(2, 20, 600) for _ in range(20)])
    assert (found["psi"] < LARGE).all()
    assert set(found["kind"][:16]) == {LEARNED} and BEHAVIOUR not in set(found["kind"])


def test_seasons_and_ageing_are_usual_and_a_jump_is_not():
    rng = np.random.default_rng(1)
    season = [rng.normal(np.sin(step / 12 * 2 * np.pi) * 2, 1, 800) for step in range(20)]
    ageing = [rng.uniform(0, 300 + 30 * step, 800) for step in range(20)]
    jump = [rng.normal(0, 1, 800) for _ in range(18)] + [rng.normal(1.5, 1, 800) for _ in range(2)]
    assert BEHAVIOUR not in set(judged(season)["kind"])
    assert BEHAVIOUR not in set(judged(ageing)["kind"])
    assert judged(jump)["kind"].tolist()[-2:] == [BEHAVIOUR, BEHAVIOUR]
    assert (judged(jump)["psi"][:18] < LARGE).all()


def test_missing_rows_are_a_bin_of_their_own():
    rng = np.random.default_rng(2)
    months = [rng.normal(0, 1, 500) for _ in range(19)]
    gone = months[-1].copy()
    gone[:400] = np.nan
    found = judged([*months, gone])
    assert found["missing_share"].tolist() == pytest.approx([0.0] * 19 + [0.8])
    assert found["kind"].iloc[-1] == BEHAVIOUR


def test_the_reference_survives_json():
    kept = reference_of(pd.DataFrame({"x": [1.0, 2.0, np.nan], "empty": [np.nan] * 3}), ["x", "empty"])
    assert Reference.from_dict(kept.to_dict()) == kept
    assert kept.counts["empty"] == [0, 3]
    assert Reference.from_dict(None) == Reference()


def test_deciles_enclose_the_risks():
    found = deciles(np.linspace(0, 1, 101))
    assert found == pytest.approx([step / 10 for step in range(11)])
    assert np.isnan(deciles(np.array([]))).all()
