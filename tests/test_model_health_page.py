"""Model health on its page: the verdict first, every part drawn, breaks told apart, nothing raw."""

import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from pages.components import model_health_words as own
from tests.test_pages import RAW, opened, said
from tests.warehouse_fixture import publish_warehouse

BREAK = (
    "insert into data_breaks by name select 'support_tickets' as table_name, '' as part, 'stopped' as kind,"
    " newest_day - 20 as started_on, 8.0 as usual, 0.0 as seen, true as is_current, 15 as features,"
    " 'Support tickets: nothing came since 12 Oct 2026, 8.0 a day before' as sentence from retrain_advice",
    "update drift_features set kind = 'data break', psi = 0.9 where feature = 'tickets_90d' and kind != 'training'",
    "update retrain_advice set is_due = false, rule = 'data break', advice = 'Mend the source.',"
    " reason = 'Support tickets: nothing came since 12 Oct 2026, 8.0 a day before'",
)
MISSED = (
    "insert into promise_runs by name select * replace ('run' as kind, 'r1' as run_id, 0.21 as promised,"
    " 0.02 as slack, false as is_kept) from promise_runs where kind = 'rehearsed' limit 1",
    "update retrain_advice set is_due = true, rule = 'calibration', reason = 'one promise is beyond what it allowed'",
)


def changed(home: Path, to: Path, statements: tuple[str, ...]) -> Path:
    """A copy of a home in whose warehouse something else is told."""
    copy = shutil.copytree(home, to / "home", symlinks=True)
    with duckdb.connect(str((copy / "warehouse.duckdb").resolve())) as con:
        for statement in statements:
            con.execute(statement)
    return copy


@pytest.mark.parametrize("part", own.PARTS.values())
def test_every_part_draws_a_first_run(part, shared_home, monkeypatch):
    app = opened("model_health", shared_home, monkeypatch, health=part)
    text = said(app)
    assert not app.exception and not RAW.findall(text.replace("None None", ""))
    assert "No promise is over yet; in rehearsal" in text and "The next promise" in text
    assert "the definition" in text or "churn definition" in text, "the rule stands behind the headline"


def test_a_broken_source_is_named_first_and_apart(shared_home, tmp_path, monkeypatch):
    text = said(opened("model_health", changed(shared_home, tmp_path, BREAK), monkeypatch, health="Drift"))
    assert "**A source broke. Support tickets: nothing came since 12 Oct 2026" in text and "Mend the source." in text
    assert "What broke in the sources" in text
    assert "1 feature moved because data broke" in text
    assert "Data breaks now 1" in text and "Customers changed 0 features" in text


def test_a_missed_promise_asks_for_a_training(shared_home, tmp_path, monkeypatch):
    home = changed(shared_home, tmp_path, MISSED)
    text = said(opened("model_health", home, monkeypatch))
    assert "**Train again: one promise is beyond what it allowed.**" in text and "Promises kept 0 of 1" in text
    gaps = said(opened("model_health", home, monkeypatch, health="Calibration"))
    assert "1 month of" in gaps and "beyond what the promise allowed" in gaps


def test_a_list_of_an_older_version_says_what_fills_the_page(tmp_path, monkeypatch):
    publish_warehouse(tmp_path, customers=40)
    assert "python -m pipelines score" in said(opened("model_health", tmp_path, monkeypatch))


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"state": "pending"}, "too early to say"),
        ({"state": "lost"}, "customers not in the data"),
        ({"state": "matured", "actual": 0.4, "promised": 0.41, "is_kept": True}, "kept"),
        ({"state": "matured", "actual": 0.5, "promised": 0.41, "is_kept": False}, "missed: too few promised"),
        ({"state": "estimated", "estimate": 0.4, "promised": 0.41, "is_kept": True}, "on course"),
        ({"state": "estimated", "estimate": 0.2, "promised": 0.41, "is_kept": False}, "off course: too many promised"),
    ],
)
def test_each_promise_has_a_verdict_in_words(row, told):
    assert own.verdict(row) == told


@pytest.mark.parametrize(
    ("low", "high", "is_missing", "unit", "told"),
    [
        (None, 7.0, False, "days", "up to 7"), (7.0, 14.5, False, "days", "7 to 14.5"),
        (90.0, None, False, "days", "more than 90"), (0.0, 0.25, False, "share", "0 % to 25 %"),
        (None, None, True, "days", "not known"), (-1.5, 0.0, False, "ratio", "−1.5 to 0"),
    ],
)  # fmt: skip
def test_bins_read_as_people_say_them(low, high, is_missing, unit, told):
    row = {"low": low if low is not None else float("nan"), "high": high, "is_missing": is_missing}
    assert own.bin_name(row, unit).replace("\u00a0", " ") == told


def test_of_several_promises_the_headline_counts_those_kept():
    runs = pd.DataFrame({"kind": "run", "state": ["matured"] * 3 + ["estimated"], "is_kept": [True, True, False, True]})
    advice = {"rule": "", "is_due": False, "reason": "the model is 3 days of data old, the limit is 30"}
    told = own.headline(advice, runs, pd.DataFrame()).replace("\u00a0", " ")
    assert told == (
        "2 of 3 promises kept, 1 of 1 more on course. "
        "Training is not due: the model is 3 days of data old, the limit is 30."
    )
