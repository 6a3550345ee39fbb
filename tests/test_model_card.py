"""The model card and the groups in it: what it must say, for every shop, and that the worst is found."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.card import model_card
from models.card_value import seen_words, value_line, value_section
from models.order_value import ValueTerms
from models.slices import MIN_ROWS, slice_table
from models.wilson import wilson
from pipelines.value_rows import day_to_judge
from tests.churn_frames import labelled_frame

SECTIONS = (
    "What is predicted",
    "How well it ranks and promises",
    "Promised and actual churn per month",
    "Groups of customers",
    "Expected value",
    "What it looks at",
    "Where it comes from, and how to make it again",
    "Limits",
)


def judged(**changes: object) -> dict:
    """Facts of a version as a training leaves them."""
    figure = {"value": 0.8, "low": 0.7, "high": 0.9}
    metric = figure | {"metric": "roc_auc", "population": "all", "n": 500, "model": "model"}
    month = {"n": 400, "promised": 0.40, "actual": 0.31, "part": "fold"}
    evaluation = {
        "kind": "out of time",
        "test_date": "2026-05-01",
        "n": 500,
        "churn_rate": 0.3,
        "metrics": [metric, metric | {"model": "logistic", "low": None}],
        "differences": [metric | {"model": "logistic", "value": 0.01}],
        "months": [month | {"as_of_date": "2026-02-01"}, month | {"as_of_date": "2026-05-01", "actual": 0.39}],
        "slices": slice_table(*skewed()),
    }
    facts = {
        "label": {"horizon_days": 60, "eligibility": "active", "active_days": 200},
        "evaluation": evaluation,
        "value_figures": value_facts(),
        "rounds": 12,
        "fresh_rounds": 7,
        "rows": 5_000,
        "customers": 700,
        "features": ["a", "b"],
        "data_as_of": "2026-07-01",
        "importance": {"a": 0.5},
        "data_hash": "0123abcd",
        "promoted": True,
        "previous": "3",
        "reason": "better",
    }
    return facts | changes


def value_facts(seen: int = 120) -> dict:
    figure = {"value": 0.8, "low": 0.7, "high": 0.9}
    return {
        "kind": "out of time",
        "used": "gamma_gamma",
        "reason": "for a test",
        "value_days": 365,
        "seen_days": seen,
        "learned_days": [60, 90],
        "learned_rows": 900,
        "n": 100,
        "as_of_date": "2026-03-01",
        "models": {"gamma_gamma": dict.fromkeys(("spearman", "ratio_of_sums", "top_tenth_share"), figure)},
        "differences": {},
        "tenths": [{"n": 10, "promised": 5.0, "seen": 4.0, "low": 3.0, "high": 5.0, "ratio": 1.25}],
    }


def skewed() -> tuple[pd.DataFrame, np.ndarray]:
    """Test rows with true log-odds, but of Norwegians the risk is promised far too low."""
    frame = labelled_frame(3000, 1, seed=3).rename(columns={"true_log_odds": "log_odds"})
    country = np.random.default_rng(1).choice(["NO", "SE", "DK"], len(frame), p=[0.2, 0.79, 0.01])
    return frame.assign(country=country), frame["log_odds"].to_numpy() - 2.0 * (country == "NO")


def test_the_card_has_every_part_and_names_what_matters() -> None:
    card = model_card(judged(), "4")
    for section in SECTIONS:
        assert f"## {section}\n" in card
    for told in ("version 4", "version 3", "60 days", "0123abcd", "+9.0 points as of 2026-02-01", "country, NO"):
        assert told in card
    assert card.count("**worst**") == card.count("**largest gap**") == 1
    assert "not what causes it" in card


def test_every_table_of_the_card_is_whole() -> None:
    """Each row of a table has as many cells as its head, whatever the names hold."""
    facts = judged()
    facts["evaluation"]["slices"][0]["slice"] = "a|b"
    blocks = [block.splitlines() for block in model_card(facts).split("\n\n") if block.startswith("|")]
    assert len(blocks) > 6
    for lines in blocks:
        assert {line.count("|") for line in lines} == {lines[0].count("|")}


@pytest.mark.parametrize("eligibility", ["active", "due", "subscribed"])
def test_older_facts_and_every_label_give_a_card(eligibility: str) -> None:
    facts = judged(label={"horizon_days": 60, "eligibility": eligibility})
    del facts["evaluation"]["slices"]
    for name in ("data_hash", "promoted", "previous", "reason"):
        del facts[name]
    card = model_card(facts)
    assert f"`{eligibility}`" in card
    assert "not decided" in card


def test_a_part_of_the_year_is_called_so() -> None:
    assert seen_words(value_facts(120)) == "seen over 120 of 365 days"
    assert "seen over 120 of 365 days" in value_line(value_facts(120))
    assert "extrapolated" in "\n".join(value_section(value_facts(120)))
    assert "extrapolated" not in "\n".join(value_section(value_facts(365)))
    nothing = value_facts() | {"kind": "not judged", "used": "own_past", "models": {}, "tenths": []}
    assert "own past" in value_line(nothing)
    assert len(value_section(nothing)) == 3


def test_the_group_with_the_worst_promise_is_found() -> None:
    found = slice_table(*skewed())
    (worst,) = [row for row in found if row["is_worst"]]
    assert (worst["dimension"], worst["slice"]) == ("Country", "NO")
    assert worst["high"] < 0
    swedes = next(row for row in found if row["slice"] == "SE")
    assert swedes["low"] < 0 < swedes["high"]
    assert not any(row["slice"] == "DK" for row in found)
    assert all(row["n"] >= MIN_ROWS for row in found)


def test_groups_of_a_dimension_hold_every_customer_once() -> None:
    rows, log_odds = skewed()
    sizes = pd.DataFrame(slice_table(rows, log_odds, least=1)).groupby("dimension")["n"].sum()
    assert set(sizes) == {len(rows)}
    assert {"Lifecycle", "Margin of the last 12 months", "Customer for", "Days with an order"} <= set(sizes.index)


def test_a_share_has_its_interval() -> None:
    low, high = wilson(0.5, 100)
    assert (low, high) == pytest.approx((0.4038, 0.5962), abs=1e-4)  # Brown, Cai & DasGupta 2001
    assert wilson(0.0, 10)[0] == 0
    assert 0 < wilson(0.0, 10)[1] < 0.3
    assert wilson(0.3, 0) == (0, 1)


def test_the_day_to_judge_on_has_a_whole_year_after_it_where_there_is_one() -> None:
    terms = ValueTerms(90, 365)
    end = date(2026, 11, 1)
    days = [date(2025 + (month > 9), (month + 2) % 12 + 1, 3) for month in range(18)]  # from March 2025 on
    seen = {day: min((end - day).days, 365) for day in days if (end - day).days >= 90}
    assert day_to_judge(seen, terms) == max(day for day, length in seen.items() if length == 365)
    young = {day: (date(2025, 12, 1) - day).days for day in days if (date(2025, 12, 1) - day).days >= 90}
    chosen = day_to_judge(young, terms)
    assert chosen is not None
    assert (chosen - min(young)).days >= 90
    assert day_to_judge({date(2025, 3, 3): 90}, terms) is None
    assert day_to_judge({}, terms) is None
