"""The part "Train" of the training page: what it says of a run in every state, and of the newest version."""

import fcntl
import os
from pathlib import Path

import pytest

from pipelines import background, job_files
from tests.test_pages import opened, said
from tests.warehouse_fixture import publish_warehouse


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    home = tmp_path_factory.mktemp("training")
    publish_warehouse(home, customers=60)
    return home


def record(home: Path, *, end: dict | None = None, command: tuple[str, ...] = ("train",)) -> Path:
    """The record of a run that Anna started, dead unless somebody holds its lock."""
    folder, alive = job_files.new_folder(home, list(command), "Anna", "page")
    os.close(alive)
    if end:
        job_files.write(folder / "end.json", {"at": "2026-11-22T14:10:00", **end})
    return folder


def test_a_run_at_work_is_shown_to_everybody_and_nobody_can_start_another(drawn, monkeypatch):
    folder = record(drawn)
    detail = {"trial": 3, "trials": 25, "best": 0.4312, "best_trial": 2}
    job_files.write(
        folder / "progress.json",
        {"step": "trial 3 of 25", "share": 0.2, "detail": detail, "seconds_left": 200, "at": "2999-01-01T00:00:00"},
    )
    with (folder / "alive").open("r+") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        text = said(app := opened("training", drawn, monkeypatch))
        assert "Training: Anna, started at" in text
        assert "20 % · best log loss so far 0.4312 (trial 2) · about" in text
        assert app.get("progress")[0].proto.text == "Searching for parameters: trial 3 of 25"
        assert app.button(key="train_now").disabled
        assert app.button(key="run_cancel_now")
        app.button(key="run_cancel_now").click().run()
        assert "Cancelling, asked by" in said(app)
    assert "was cancelled by" in said(app.run())
    assert not app.button(key="train_now").disabled


ENDS = {
    "killed": (None, "ended without a word"),
    "failed": ({"phase": "failed", "message": "orders.csv, row 3: *no* date"}, "row 3: *no* date"),
    "done": ({"phase": "done", "message": ""}, "is done"),
}


@pytest.mark.parametrize(("end", "told"), ENDS.values(), ids=ENDS)
def test_how_the_last_run_ended_is_told(end, told, drawn, monkeypatch):
    record(drawn, end=end)
    app = opened("training", drawn, monkeypatch)
    assert not app.exception
    text = said(app)
    assert "The training that Anna started at" in text
    assert told in text
    assert not app.button(key="train_now").disabled


def test_a_page_tells_of_the_runs_it_asks_for_alone(drawn, monkeypatch):
    record(drawn, end={"phase": "done", "message": ""})
    record(drawn, command=("promote", "1"))
    assert "The training that Anna started" in said(opened("training", drawn, monkeypatch))
    assert background.last(drawn, "promote").phase == background.KILLED


def test_the_newest_version_stands_beside_what_it_was_judged_with(shared_home, monkeypatch):
    app = opened("training", shared_home, monkeypatch)
    text = said(app)
    assert "Version 1 is in use. Better than every simple model" in text
    ladder = app.table[0].value
    assert ladder.index[0] == "New version"
    assert {"ROC AUC", "Log loss", "Promised − actual"} == set(ladder.columns)
    assert "The checks passed" in text
    assert "Enough to learn from" in text
