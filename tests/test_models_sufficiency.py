"""The sufficiency rule: enough is said only where every part is enough, and what is missing is named."""

from dataclasses import fields, replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sufficiency import Evidence, evidence_of, judged, sufficiency
from tests.churn_frames import HORIZON, labelled_frame

PLENTY = Evidence(5_000, 2_000, 4_000, 900)
counts = st.integers(0, 2_000)


def test_a_sample_shop_is_enough_for_trees() -> None:
    found = judged(PLENTY, 90)
    assert found.is_enough
    assert found.missing == found.missing_for_trees == ()


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("customers", "with a known outcome"),
        ("churners", "churned"),
        ("stayers", "stayed"),
        ("history_days", "history"),
    ],
)
def test_each_part_alone_is_missed_and_named(part: str, words: str) -> None:
    found = judged(replace(PLENTY, **{part: 1}), 90)
    assert not found.is_enough
    assert found.missing_for_trees
    (missing,) = found.missing
    assert words in missing
    assert "needed (" in missing


@given(st.builds(Evidence, counts, counts, counts, counts), st.sampled_from([f.name for f in fields(Evidence)]))
def test_more_of_anything_never_takes_anything_away(evidence: Evidence, part: str) -> None:
    less, more = judged(evidence, 90), judged(replace(evidence, **{part: getattr(evidence, part) + 500}), 90)
    assert less.is_enough <= more.is_enough
    assert len(more.missing_for_trees) <= len(less.missing_for_trees)
    for found in (less, more):
        assert len(found.missing) <= len(found.missing_for_trees)  # what trees need is never less
        assert found.is_enough == (found.missing == ())
        trees_allowed = all(item.found >= item.needed_for_trees for item in found.requirements)
        assert trees_allowed == (found.missing_for_trees == ())


def test_people_are_counted_once_and_a_longer_horizon_needs_more_history() -> None:
    frame = labelled_frame(250, 6)
    found = evidence_of(frame, HORIZON)
    assert found.customers == 250
    assert found.churners == frame.groupby("customer_id")["churned"].any().sum()
    assert found.stayers == (~frame.groupby("customer_id")["churned"].all()).sum()
    assert sufficiency(frame, HORIZON).is_enough
    assert not judged(replace(PLENTY, history_days=120), 120).is_enough
    assert judged(replace(PLENTY, history_days=120), 90).is_enough


def test_trees_wait_for_two_windows_that_do_not_overlap() -> None:
    missing = [sufficiency(labelled_frame(600, count), HORIZON).missing_for_trees for count in (2, 3)]
    # 30 days apart: with the third, the first outcome is known when the last begins.
    assert missing == [("120 of 150 days of history",), ()]


def test_no_rows_are_no_evidence() -> None:
    nobody = pd.DataFrame({"customer_id": [], "as_of_date": pd.to_datetime([]), "churned": []})
    assert evidence_of(nobody, 90) == Evidence(0, 0, 0, 0)
