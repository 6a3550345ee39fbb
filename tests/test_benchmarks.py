"""The accuracy benchmark: its table says what the measured lists hold, and where references are better."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from benchmarks.accuracy import measure, place_data
from benchmarks.page import accuracy_section, behind, losses, write_section
from benchmarks.rows import EARLIER, ROWS, TITLES
from tests.test_docs import ROOT


@pytest.fixture(scope="module")
def scored() -> pd.DataFrame:
    """A list as `backtest` writes it; the last customers' horizon is not over."""
    rng = np.random.default_rng(1)
    risk = rng.beta(2, 1, 800)
    churned = pd.array(rng.random(800) < risk, dtype="boolean")
    churned[780:] = pd.NA
    names = [f"C{number}" for number in range(800)]
    return pd.DataFrame({"customer_id": names, "churn_risk": risk, "churned": churned})


@pytest.fixture(scope="module")
def results(scored):
    return [measure(row, scored, 1.0) for row in ROWS]


def test_figures_are_those_of_scikit_learn_on_customers_whose_horizon_is_over(scored, results):
    known = scored[:780]
    figures = results[0].figures
    assert results[0].n == 780
    assert figures["roc_auc"].value == pytest.approx(roc_auc_score(known["churned"].astype(int), known["churn_risk"]))
    assert figures["log_loss"].value == pytest.approx(log_loss(known["churned"].astype(int), known["churn_risk"]))
    gap = known["churn_risk"].mean() - known["churned"].astype(float).mean()
    assert figures["calibration_gap"].value == pytest.approx(gap)


def test_every_row_stands_in_the_table_with_our_figures_and_its_references(results):
    section = accuracy_section(results)
    for result in results:
        lines = [line for line in section.splitlines() if line.startswith(f"| {result.row.name} |")]
        assert len(lines) == 1 + bool(result.row.references)
        ours = f"{result.figures['roc_auc'].value:.3f} / {result.figures['log_loss'].value:.3f}"
        for auc, loss in result.row.references.values():
            assert f"{auc:.3f} / {loss:.3f}" in lines[0]
        assert not result.row.references or ours in lines[0]


def test_what_is_lost_is_said(scored, results):
    told = losses(results[:5])
    for result in results[:5]:
        lost = behind(result, "log_loss") > 0.0005
        assert (f"log loss on {result.row.name} by" in told) == lost
    perfect = scored.assign(churn_risk=scored["churned"].astype(float))
    assert losses([measure(ROWS[0], perfect)]) == "No reference is better on any row."


def test_a_section_is_replaced_and_others_stay(tmp_path, results):
    page = tmp_path / "benchmarks.md"
    write_section(page, "speed", "fast")
    write_section(page, "accuracy", "old")
    write_section(page, "accuracy", accuracy_section(results[:1]))
    text = page.read_text()
    assert "fast" in text and "old\n" not in text
    assert text.count(accuracy_section(results[:1])) == 1


def test_data_sets_have_a_mapping_and_missing_ones_are_left_out(tmp_path):
    for data in TITLES:
        assert (ROOT / f"docs/mappings/{data}.toml").exists()
    assert place_data("cdnow", tmp_path, tmp_path / "source") is None
    assert place_data("cdnow", None, tmp_path / "source") is None


def test_choices_are_made_on_outcomes_that_are_over_before_what_is_reported():
    for data in TITLES:
        first = min(row.as_of for row in ROWS if row.data == data)
        chosen_on = [row for row in EARLIER if row.data == data]
        assert chosen_on
        assert all(row.as_of + timedelta(days=row.horizon_days) <= first for row in chosen_on)
