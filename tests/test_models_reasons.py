"""Reasons: the few that matter, one per family, each with the customer's own numbers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.explain import LEAST, NOTHING, choose, reasons
from models.wording import UNKNOWN, FeatureWords, hours, money, plain_words, sentences, share, singular, texts

WORDS = {
    word.feature: word
    for word in (
        FeatureWords(
            "since", "Days since", "days", "recency", "ordered {value} ago[, usually every {gap}]", "never ordered"
        ),
        FeatureWords("gap", "Usual gap", "days", "cadence", "usually orders every {value}", "no rhythm"),
        FeatureWords("spent", "Spent", "money", "value", "spent {value} so far", "spent nothing"),
        FeatureWords(
            "late", "Late", "share", "delivery", "{value} of the deliveries came late", "no delivery", "higher_raises"
        ),
        FeatureWords("tickets", "Tickets", "count", "service", "opened {value} tickets in 90 days", "no ticket"),
    )
}


@given(arrays(float, (7, 9), elements=st.floats(-3, 3)), st.integers(1, 9))
def test_at_most_three_up_two_down_and_one_per_family(contributions: np.ndarray, families: int) -> None:
    family = [str(number % families) for number in range(9)]
    chosen = choose(contributions, family)
    for row in range(7):
        picked = [number for number in chosen.features[row] if number >= 0]
        told = [contributions[row, number] for number in picked]
        assert sum(value > 0 for value in told) <= 3
        assert sum(value < 0 for value in told) <= 2
        assert len({family[number] for number in picked}) == len(picked)
        assert [abs(value) for value in told] == sorted((abs(value) for value in told), reverse=True)
        assert all(abs(value) >= LEAST for value in told)
        largest = np.abs(contributions[row]).max()
        assert largest < LEAST or abs(told[0]) == largest


def told(frame: pd.DataFrame, contributions: list[list[float]]) -> pd.DataFrame:
    return reasons(frame, list(frame.columns), np.array(contributions), WORDS, "€")


def test_every_reason_carries_that_customers_numbers() -> None:
    frame = pd.DataFrame({"since": [74.0, 3.0], "gap": [31.0, np.nan], "spent": [1240.4, 9.5], "late": [0.314, 0.0]})
    rows = told(frame, [[1.0, 0.5, -0.3, 0.2], [-1.0, 0.1, 0.4, -0.2]])
    assert rows["reason"].tolist() == [
        "ordered 74 days ago, usually every 31 days",
        "usually orders every 31 days",
        "spent € 1,240 so far",
        "31 % of the deliveries came late",
        "ordered 3 days ago",
        "spent € 9.50 so far",
        "0 % of the deliveries came late",
        "no rhythm",
    ]
    assert rows["row"].tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert rows["rank"].tolist() == [1, 2, 3, 4, 1, 2, 3, 4]
    assert rows["value"].tolist()[:4] == [74.0, 31.0, 1240.4, 0.314]


def compared(frame: pd.DataFrame, contributions: list[list[float]], typical: dict[str, float]) -> list[str]:
    return reasons(frame, list(frame.columns), np.array(contributions), WORDS, "€", typical)["reason"].tolist()


def test_what_is_the_same_for_all_is_not_told() -> None:
    frame = pd.DataFrame({"since": [74.0], "late": [0.5]})
    assert compared(frame, [[3.0, 1.0]], {"late": 0.1}) == ["50 % of the deliveries came late (typical: 10 %)"]


def test_a_reason_that_compares_with_nothing_gets_the_typical_value() -> None:
    frame = pd.DataFrame({"since": [74.0, 74.0], "gap": [31.0, np.nan]})
    told_since = compared(frame, [[1.0, 0.0], [1.0, 0.0]], {"since": 40.0, "gap": 30.0})
    assert told_since == ["ordered 74 days ago, usually every 31 days", "ordered 74 days ago (typical: 40 days)"]


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-2, 2))
def test_a_reason_lies_on_the_side_that_its_words_expect(value: float, typical: float, contribution: float) -> None:
    """Late deliveries raise the risk: few of them are no reason to leave, and the typical share is no reason at all."""
    frame = pd.DataFrame({"late": [value]})
    is_told = compared(frame, [[contribution]], {"late": typical}) != [NOTHING]
    assert is_told == (abs(contribution) >= LEAST and (value - typical) * contribution > 0)


def test_a_customer_alone_is_compared_with_nobody() -> None:
    frame = pd.DataFrame({"late": [0.5]})
    assert compared(frame, [[1.0]], {"late": float("nan")}) == ["50 % of the deliveries came late"]


def test_who_has_no_reason_is_told_so() -> None:
    rows = told(pd.DataFrame({"since": [1.0, 74.0], "late": [0.0, 0.5]}), [[0.0, 0.001], [0.0, 1.0]])
    assert rows["reason"].tolist() == [NOTHING, "50 % of the deliveries came late"]
    assert rows["feature"].isna().tolist() == [True, False]
    assert rows["contribution"].tolist() == [0.0, 1.0]
    assert rows["rank"].tolist() == [1, 1]


def test_a_feature_without_words_is_told_plainly() -> None:
    frame = pd.DataFrame({"shoe_size": [43.0, np.nan]})
    rows = told(frame, [[1.0], [1.0]])
    assert rows["reason"].tolist() == ["shoe size: 43", "shoe size is not known"]


@pytest.mark.parametrize(
    ("unit", "value", "expected"),
    [
        ("days", 1.0, "1 day"),
        ("days", 1234.4, "1,234 days"),
        ("money", 99.5, "€ 99.50"),
        ("money", -250.0, "€ -250"),
        ("share", 0.314, "31 %"),
        ("share", 0.001, "under 1 %"),
        ("hours", 3.42, "3.4 h"),
        ("hours", 72.0, "3 days"),
        ("ratio", 2.31, "2.3 times"),
        ("flag", 1.0, "yes"),
        ("count", 12.0, "12"),
        ("days", np.nan, UNKNOWN),
    ],
)
def test_units_in_words(unit: str, value: float, expected: str) -> None:
    assert texts(np.array([value, value]), unit, "€").tolist() == [expected, expected]


def test_one_of_a_thing_is_singular() -> None:
    frame = pd.DataFrame({"tickets": [1.0, 2.0, 0.0]})
    assert sentences(WORDS["tickets"], frame, WORDS, "€").tolist() == [
        "opened 1 ticket in 90 days",
        "opened 2 tickets in 90 days",
        "opened 0 tickets in 90 days",
    ]
    assert singular(" different categories so far") == " different category so far"
    assert singular(" promised deliveries have not arrived") == " promised delivery has not arrived"


@given(st.floats(0, 1e9))
def test_told_numbers_are_close_to_the_exact_ones(value: float) -> None:
    assert float(money(value, "€")[2:].replace(",", "")) == pytest.approx(value, abs=0.5)
    assert float(share(min(value, 1.0)).removeprefix("under ")[:-2]) / 100 == pytest.approx(min(value, 1.0), abs=0.011)
    number = float(hours(value).split()[0].replace(",", ""))
    assert number * (1 if hours(value).endswith(" h") else 24) == pytest.approx(value, abs=12.1)


def test_plain_words_name_the_feature() -> None:
    assert plain_words("late_share").label == "late share"
