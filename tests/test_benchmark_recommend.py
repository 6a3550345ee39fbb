"""The recommendation benchmark: what it measures on a shop of its own, and that what is lost is said."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from benchmarks.recommend import ROWS, Cutoff, HitRate, losses, run, section


def test_recommendations_beat_popularity_on_the_sample_shop(shared_home: Path) -> None:
    measured = run(Cutoff("sample", date(2026, 6, 1), 90), shared_home)
    assert measured.customers > 200
    assert measured.low > 0
    assert measured.ours > max(measured.all_time, measured.lately) > 0


def test_every_row_stands_in_the_section_and_losses_are_said() -> None:
    won = [HitRate(row, 1234, ours=0.3, all_time=0.2, lately=0.25, low=0.02, high=0.08) for row in ROWS]
    text = section([won[0], replace(won[1], low=-0.01)])
    assert all(f"| {row.name} | 1,234 | 20.0% | 25.0% | **30.0%** | +5.0 points" in text for row in ROWS)
    assert f"not beaten beyond chance** on {ROWS[1].name}." in text
    assert "beaten beyond chance on every row" in losses(won)
