"""The value benchmark: what it measures on a shop it makes itself, and that what is lost is said."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.value import ROWS, ValueResult, ValueRow, losses, run, value_section
from models.value_figures import GAMMA_GAMMA, MODEL, OWN_PAST, judge


@pytest.fixture(scope="module")
def measured(shared_home: Path) -> ValueResult:
    return run(ValueRow("sample", date(2026, 3, 1), 60, 180), shared_home)


def test_promise_and_outcome_cover_the_same_days(measured: ValueResult) -> None:
    figures = measured.figures
    assert (figures["seen_days"], figures["as_of_date"]) == (180, "2026-03-01")
    assert set(figures["models"]) == {MODEL, GAMMA_GAMMA, OWN_PAST}
    for name in (MODEL, GAMMA_GAMMA):
        assert figures["models"][name]["ratio_of_sums"]["value"] == pytest.approx(1, abs=0.35)
        assert figures["models"][name]["spearman"]["value"] > 0.3
    assert measured.used in figures["models"]


def result(row: ValueRow, used: str) -> ValueResult:
    """A value model that keeps its word to the cent beside two that do not."""
    brought = np.random.default_rng(1).lognormal(3, 1, 400)
    rows = pd.DataFrame({"customer_id": np.arange(400), "as_of_date": pd.Timestamp(row.as_of), "value_days": 90})
    promises = {MODEL: brought, GAMMA_GAMMA: brought * 1.1, OWN_PAST: brought[::-1]}
    return ValueResult(row, used, judge(rows.assign(stayed_margin=brought), promises))


def test_every_row_stands_in_the_section_with_what_was_used_in_bold() -> None:
    results = [result(row, MODEL) for row in ROWS]
    section = value_section([replace(results[0], used=GAMMA_GAMMA), *results[1:]])
    lines = {line.split(" | ")[0].strip("| "): line for line in section.splitlines() if line.startswith("| ")}
    for row in ROWS:
        assert lines[row.name].count("**") == 2
    assert "**1.10 " in lines[ROWS[0].name]
    assert "**1.00 " in lines[ROWS[1].name]


def test_what_is_lost_is_said() -> None:
    kept, lost = result(ROWS[0], MODEL), result(ROWS[1], OWN_PAST)
    assert losses([kept]) == "None of the three is better on any row."
    told = losses([kept, lost])
    assert f"rank correlation on {ROWS[1].name} by" in told
    assert ROWS[0].name not in told
    assert f"sum on {ROWS[0].name} by 0.100" in losses([replace(kept, used=GAMMA_GAMMA)])
