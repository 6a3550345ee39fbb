"""The gate and the version in use on the page: what was found, what may be pressed and why not, who decided before."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from pages.components import promote_words
from pages.components.trained import BLOCKED, IN_USE, Line, Version
from pipelines import journal, promotion, publish, registry
from tests.test_pages import RAW, opened, said
from tests.test_promotion import another

FOUND = {"check": "not known at the time", "feature": "attribute_account_status", "label": "Recorded account status",
         "level": "block", "value": 0.0, "limit": 0.5, "words": "“Recorded account status” was *later*."}  # fmt: skip
WARNED = FOUND | {"level": "warn", "words": "The churn rate jumped."}


def version(state: str = "proposed", **facts: object) -> Version:
    known = {"label": {"horizon_days": 60}, "has_signal": True}
    return Version("4", state, Path(), known | facts)


def test_a_blocked_version_says_what_was_found_and_cannot_be_put_to_use(home, monkeypatch):
    number = another(home, gate={"findings": [FOUND], "checked": ["Alone: 100 features."]})
    app = opened("training", home, monkeypatch, part="Versions", version=number)
    text = said(app)
    assert not app.exception
    assert "The gate blocks it" in text
    assert "Recorded account status" in text
    assert not RAW.findall(text.replace("None None", ""))
    button = app.button(key="promote_open")
    assert button.disabled
    assert "Mend what it found" in button.help


def test_history_and_the_way_back_stand_beside_the_version_in_use(home, monkeypatch):
    number = another(home)
    with publish.open_current(home, "warehouse") as con:
        run = con.execute("select run_id from run_info").fetchall()[0][0]
    journal.Journal.open(home, ("model promoted", number, "1"), ("Anna", "for the autumn"), run)
    promotion.recover(home)
    app = opened("training", home, monkeypatch, part="Versions", version=number)
    assert not app.exception
    assert app.button(key="promote_open").label == "Go back to version 1 …"
    assert not app.button(key="promote_open").disabled
    table = next(frame.value for frame in app.dataframe if "Note" in frame.value)
    assert table[["Who", "What", "Version", "In place of", "Note"]].to_numpy().tolist()[0] == [
        "Anna", "Put to use", number, "1", "For the autumn"
    ]  # fmt: skip
    first = opened("training", home, monkeypatch, part="Versions", version="1")
    assert first.button(key="promote_open").label == "Put version 1 to use …"
    assert registry.describe_champion(home)["version"] == number


@pytest.mark.parametrize(
    ("gate", "told"),
    [
        (None, "No gate"),
        ({"findings": [], "checked": []}, "lets it pass"),
        ({"findings": [WARNED], "checked": []}, "with 1\N{NO-BREAK SPACE}warning"),
        ({"findings": [FOUND, WARNED], "checked": []}, "blocks it"),
    ],
)
def test_the_gate_in_a_few_words(gate, told):
    assert told in promote_words.verdict(gate)


def test_what_was_found_is_text_and_never_markup():
    told = promote_words.findings({"findings": [FOUND, WARNED], "checked": []})
    assert r"\*later\*" in told
    assert told.count("**Blocks**") == told.count("**Warns**") == 1


def test_obstacles_and_consequences_are_told_before_anything_is_pressed():
    assert not promote_words.obstacle(version())
    assert "gate" in promote_words.obstacle(version(BLOCKED, gate={"findings": [FOUND]}))
    assert "no usable signal" in promote_words.obstacle(version(has_signal=False))
    lines = promote_words.consequences(version(IN_USE, gate={"findings": [WARNED]}), True, "Anna *")
    assert r"Anna \*" in lines[0]
    assert "horizon 60 days" in lines[1]
    assert "The churn rate jumped" in lines[2]
    assert len(promote_words.consequences(version(), False, "Anna")) == 1


def test_a_change_by_rule_names_the_training():
    line = Line(datetime(2026, 11, 22, 6, 35), "", "by rule", "1", None, "the first model")
    row = promote_words.row(line)
    assert (row["Who"], row["What"], row["Note"]) == ("Training", "Put to use by the rule", "The first model")
    assert promote_words.row(replace(line, by="Ben", what="model rolled back", before="2"))["What"] == "Went back"
