"""Segments and stages: everybody has exactly one, and it follows from the definition."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.lifecycle import STAGES, Thresholds, lifecycle_stage, second_order_days
from models.segments import GRID, RISK_BANDS, SEGMENTS, quintile, quintile_edges, rfm, risk_band, segment

GAPS = st.one_of(st.none(), st.integers(0, 900))


def customers(rows: list[tuple]) -> pd.DataFrame:
    """Rows of (order_days, days_since_last_order, median gap, last gap, median of the gaps before)."""
    names = ["order_days", "days_since_last_order", "median_gap_days", "last_gap_days", "previous_median_gap_days"]
    frame = pd.DataFrame(rows, columns=names).astype(float)
    return frame.assign(first_gap_days=frame["median_gap_days"])


def stage(*row: float | None) -> str:
    """Stage of one customer in a shop whose second orders come after 40 days."""
    others = [(2, 1000, 40, 40, None)] * 3
    return str(lifecycle_stage(customers([row, *others]), Thresholds())[0])


def test_the_grid_names_all_25_cells_with_eleven_groups() -> None:
    r, fm = np.meshgrid(np.arange(1, 6), np.arange(1, 6))
    names = segment(r.ravel(), fm.ravel(), fm.ravel())
    assert len(names) == 25
    assert set(names) == set(SEGMENTS)
    assert len(SEGMENTS) == 11
    assert [GRID[row][column - 1] for row, column in zip(r.ravel(), fm.ravel(), strict=True)] == list(names)


@given(st.lists(st.integers(-5, 5) | st.just(float("nan")), min_size=1, max_size=40))
def test_edges_place_everybody_in_their_quintile(values: list[float]) -> None:
    known = np.array(values, dtype=float)
    edges = quintile_edges(known)
    filled = np.where(np.isnan(known), -np.inf, known)
    assert list(1 + (filled[:, None] > edges).sum(axis=1)) == list(quintile(known))


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 50), st.floats(0, 1e6)), min_size=1, max_size=60))
def test_everybody_is_in_one_group_and_better_never_ranks_lower(rows: list[tuple]) -> None:
    frame = pd.DataFrame(rows, columns=["days_since_last_order", "order_days", "revenue_total"])
    found = rfm(frame)
    assert found["segment"].isin(SEGMENTS).all()
    for column, quintiles, sign in (
        ("days_since_last_order", "r", -1),
        ("order_days", "f", 1),
        ("revenue_total", "m", 1),
    ):
        ordered = found.assign(value=sign * frame[column]).sort_values("value")
        assert ordered[quintiles].between(1, 5).all()
        assert ordered[quintiles].is_monotonic_increasing
        assert (ordered.groupby("value")[quintiles].nunique() == 1).all()


def test_distinct_values_fill_five_equal_quintiles() -> None:
    assert np.bincount(quintile(np.random.default_rng(1).permutation(100).astype(float)))[1:].tolist() == [20] * 5


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 900), GAPS, GAPS, GAPS), min_size=1, max_size=40))
def test_everybody_has_a_stage(rows: list[tuple]) -> None:
    found = lifecycle_stage(customers(rows), Thresholds())
    assert set(found) <= set(STAGES)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((1, 59, None, None, None), "new"),
        ((1, 61, None, None, None), "at risk"),  # 61 days against the shop's 40 to a second order
        ((1, 81, None, None, None), "lapsed"),
        ((2, 20, 30, 30, None), "activated"),
        ((5, 20, 30, 30, 30), "active"),
        ((5, 30, 30, 30, 30), "cooling"),
        ((5, 45, 30, 30, 30), "at risk"),
        ((5, 60, 30, 30, 30), "at risk"),
        ((5, 61, 30, 30, 30), "lapsed"),
        ((5, 10, 30, 61, 30), "won back"),
        ((5, 10, 30, 60, 30), "active"),
        ((5, 70, 30, 200, 30), "lapsed"),
    ],
)
def test_stages_follow_the_definition(row: tuple, expected: str) -> None:
    assert stage(*row) == expected


def test_thresholds_move_the_stages() -> None:
    one = customers([(5, 30, 30, 30, 30)])
    assert lifecycle_stage(one, Thresholds(cooling=1.2))[0] == "active"
    assert lifecycle_stage(one, Thresholds(cooling=0.5, at_risk=0.8))[0] == "at risk"


def test_a_shop_of_one_time_buyers_has_stages_too() -> None:
    shop = customers([(1, 10, None, None, None), (1, 400, None, None, None)])
    assert second_order_days(shop) == 400
    assert list(lifecycle_stage(shop, Thresholds())) == ["new", "cooling"]


def test_bands_begin_at_their_lower_edge() -> None:
    risk = np.array([0.0, 0.2499, 0.25, 0.5, 0.7499, 0.75, 1.0])
    assert list(risk_band(risk, (0.25, 0.5, 0.75))) == [
        "low",
        "low",
        "medium",
        "high",
        "high",
        "very high",
        "very high",
    ]
    assert set(RISK_BANDS) == {"low", "medium", "high", "very high"}


def test_the_documentation_has_the_grid_and_the_stages() -> None:
    page = (Path(__file__).parent.parent / "docs" / "model.md").read_text(encoding="utf-8")
    assert all(f"| {row} | {' | '.join(names)} |" in page for row, names in GRID.items())
    assert all(f"\n| {name} |" in page for name in STAGES)
