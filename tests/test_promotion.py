"""A version is put to use whole or not at all; going back gives the same scores; everybody's reasons are kept."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

import workflow
from pipelines import journal, promotion, promotion_history, publish, registry, settings_file, succession
from pipelines.config import load_settings, workflow_url
from pipelines.errors import InputError
from pipelines.promotion import Decision
from tests.test_killed import start, wait_for

SAID = Decision("Anna", "the autumn campaign needs it")


def another(home: Path, **facts: object) -> str:
    """One more version like the one in use, but for some facts; returns its number."""
    bundle = registry.champion(home)
    return registry.register(home, replace(bundle, facts=bundle.facts | {"promoted": False} | facts), "again")


def shorter(home: Path) -> str:
    """One more version that answers for 60 days."""
    return another(home, label=registry.champion(home).facts["label"] | {"horizon_days": 60})


def scores(home: Path) -> list[tuple]:
    with publish.open_current(home, "warehouse") as con:
        return con.execute("select * from customer_scores order by customer_id").fetchall()


def standing(home: Path) -> dict[str, object]:
    """All that a promotion may change."""
    settings = home / "settings.toml"
    return {
        "in use": registry.describe_champion(home)["version"],
        "settings": settings.read_text() if settings.exists() else None,
        **{stage: str(publish.link(home, stage).readlink()) for stage in publish.STAGES},
    }


def test_a_version_brings_its_question_and_going_back_gives_the_same_scores(home, cli):
    before, version = scores(home), shorter(home)
    done = cli("promote", version, "--note", "shorter: 60 days", "--by", "Anna", "--home", home, "--json")
    told = json.loads(done.stdout)
    assert told["settings"] == {"churn.horizon_days": 60}
    assert told["rebuilt"]
    with publish.open_current(home, "warehouse") as con:
        assert con.execute("select horizon_days, model_version from run_info").fetchall() == [(60, version)]
    assert load_settings(home).churn.horizon_days == 60
    assert scores(home) != before

    promotion.roll_back(home, Decision("Ben", "nobody understood it"), "back")
    assert scores(home) == before
    assert load_settings(home).churn.horizon_days == 90
    lines = promotion_history.history(home)
    assert [(line.by, line.version, line.before) for line in lines] == [
        ("Ben", "1", version), ("Anna", version, "1"), ("", "1", None)
    ]  # fmt: skip
    assert lines[1].note == "shorter: 60 days"
    assert promotion_history.before(home) is None
    assert not list(publish.store_folder(home).glob("before_*"))


def test_what_fails_half_way_is_taken_back(home):
    before, version = standing(home), shorter(home)
    (home / "actions.toml").write_text("[[action]]\nid = 1\n")  # the scoring stops at it, after the build
    with pytest.raises(InputError, match=r"actions\.toml"):
        promotion.promote(home, version, SAID, "r2")
    assert standing(home) == before
    assert not journal.exists(home)
    assert promotion_history.history(home)[0].by == ""
    assert publish.current(home, "features").exists()


def test_a_killed_promotion_leaves_the_champion_and_the_next_command_takes_the_rest_back(home, cli):
    before, version = standing(home), shorter(home)
    process = start("promote", version, "--note", "x", "--home", home)
    wait_for(home, "store/warehouse_*.tmp", process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    after = standing(home)
    assert (after["in use"], after["warehouse"]) == (before["in use"], before["warehouse"])
    assert after["features"] != before["features"]  # built anew by then
    (home / "orders.csv").write_text("order_id\n")
    assert cli("ingest", home / "orders.csv", "--home", home, check=False).returncode == 2  # any command that writes
    assert standing(home) == before
    assert not journal.exists(home)


def test_a_publication_that_was_complete_is_finished(home):
    version = another(home)
    with publish.open_current(home, "warehouse") as con:
        run = con.execute("select run_id from run_info").fetchall()[0][0]
    journal.Journal.open(home, ("model promoted", version, "1"), ("Anna", "why not"), run)
    promotion.recover(home)
    assert registry.describe_champion(home)["version"] == version
    assert promotion_history.history(home)[0].note == "why not"
    assert promotion_history.before(home) == "1"
    assert not journal.exists(home)


def test_a_setting_changed_a_moment_before_the_kill_is_taken_back_and_what_others_wrote_since_stays(home):
    settings = home / "settings.toml"
    settings.write_text("# ours\n")
    for since, left in (("", "# ours\n"), ("[model]\nseed = 8\n", None)):
        changes = {"churn.horizon_days": 60}
        journal.Journal.open(home, ("model promoted", shorter(home), "1"), ("Anna", "x"), "r9", changes)
        settings_file.change(home, changes, "Anna", "x")
        settings.write_text(written := settings.read_text() + since)
        promotion.recover(home)
        assert settings.read_text() == (left or written)
        assert not journal.exists(home)
    assert [line.after for line in settings_file.history(home)] == [60, None, 60]


def test_what_may_not_be_used_is_refused_with_the_reason(home):
    finding = {"check": "x", "feature": "attribute_status", "label": "Recorded status", "level": "block",
               "value": 1.0, "limit": 0.95, "words": "“Recorded status” alone tells who churned."}  # fmt: skip
    before = standing(home)
    blocked = another(home, gate={"findings": [finding], "checked": []})
    silent = another(home, has_signal=False)
    dearer = another(home, value_terms=registry.champion(home).facts["value_terms"] | {"gross_margin": 0.5})
    for version, why in ((blocked, "Recorded status"), (silent, "no usable signal"), (dearer, "gross_margin was 0.5"),
                         ("1", "in use already"), ("99", "does not exist")):  # fmt: skip
        with pytest.raises(InputError, match=why):
            promotion.promote(home, version, SAID, "r2")
    with pytest.raises(InputError, match="nothing to go back to"):
        promotion.roll_back(home, SAID, "r2")
    with pytest.raises(InputError, match="Say why"):
        Decision("Anna", " ")
    assert standing(home) == before


def test_the_question_cannot_come_back_where_the_environment_holds_it(home, monkeypatch):
    before, version = standing(home), shorter(home)
    monkeypatch.setitem(os.environ, "STAMMKUNDE_CHURN__HORIZON_DAYS", "90")
    with pytest.raises(InputError, match="STAMMKUNDE_CHURN__HORIZON_DAYS"):
        promotion.promote(home, version, SAID, "r2")
    assert standing(home) == before


def test_going_back_twice_leads_to_the_one_before_that(home):
    for version in (another(home), another(home)):
        registry.promote(home, version)
    assert registry.order_until_now(home) == ["1", "2", "3"]
    for expected in ("2", "1"):
        assert succession.in_use_before(home) == expected
        succession.step_back(home, expected)
    assert succession.in_use_before(home) is None
    registry.promote(home, "3")
    assert promotion_history.before(home) == succession.in_use_before(home) == "1"


def test_a_note_about_a_person_is_blotted_out_when_the_person_is_erased(home):
    version = another(home)
    registry.promote(home, "1")
    with publish.open_current(home, "warehouse") as con:
        run = con.execute("select run_id from run_info").fetchall()[0][0]
    journal.Journal.open(home, ("model promoted", version, "1"), ("Anna", "because of C00000012"), run)
    promotion.recover(home)
    workflow.forget(workflow_url(home, load_settings(home)), "C00000012")
    assert "C00000012" not in promotion_history.history(home)[0].note
