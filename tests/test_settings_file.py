"""Settings change in their file: comments stay, what is not allowed is told, and the history says who and why."""

import stat

import pytest

from pipelines.config import load_settings
from pipelines.errors import InputError
from pipelines.settings_file import change, fingerprint, history

TEXT = """# ours
[churn]   # the question
horizon_days  =  90   # a quarter
eligibility = "active"

[economics]
gross_margin = 0.4
# the end
"""


@pytest.fixture
def home(tmp_path):
    (tmp_path / "settings.toml").write_text(TEXT, encoding="utf-8")
    return tmp_path


def told(home, changes, **more) -> str:
    """What a refused change says, with the file as it was and nothing kept."""
    before = (home / "settings.toml").read_bytes()
    with pytest.raises(InputError) as error:
        change(home, changes, "anna", "a test", **more)
    assert (home / "settings.toml").read_bytes() == before
    assert history(home) == []
    assert sorted(path.name for path in home.glob(".settings.toml*")) == []
    return str(error.value)


def test_only_the_value_changes_and_the_history_says_who_and_why(home):
    wanted = {"churn.horizon_days": 60, "churn.active_days": 365}  # the second stands so already, by default
    (line,) = change(home, wanted, "anna", "most reorder within two months")
    assert (home / "settings.toml").read_text(encoding="utf-8") == TEXT.replace("  90 ", "  60 ")
    assert load_settings(home).churn.horizon_days == 60
    assert (line.before, line.after, line.changed_by, line.why) == (90, 60, "anna", "most reorder within two months")
    change(home, {"churn.horizon_days": 30, "churn.eligibility": "due"}, "ben", "weekly goods")
    assert [(one.setting, one.before, one.after) for one in history(home)] == [
        ("churn.horizon_days", 60, 30),
        ("churn.eligibility", "active", "due"),
        ("churn.horizon_days", 90, 60),
    ]
    assert [one.changed_by for one in history(home, "churn.eligibility")] == ["ben"]


def test_a_value_that_stands_already_is_no_change(home):
    assert change(home, {"churn.horizon_days": 90, "churn.active_days": 365}, "anna", "the same") == []
    assert history(home) == []
    assert (home / "settings.toml").read_text(encoding="utf-8") == TEXT


def test_none_takes_a_setting_back_to_its_default(home):
    (line,) = change(home, {"economics.gross_margin": None}, "anna", "we know no better")
    assert (line.before, line.after) == (0.4, 0.35)
    assert "# the end" in (home / "settings.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [None, "", "churn.horizon_days = 90\n", "churn = { horizon_days = 90 }\r\n"])
def test_any_form_of_the_file_takes_the_change(tmp_path, text):
    if text is not None:
        (tmp_path / "settings.toml").write_bytes(text.encode())
    change(tmp_path, {"churn.horizon_days": 60, "contacts.all_7": 1, "risk.bands": (0.1, 0.2, 0.3)}, "anna", "why not")
    settings = load_settings(tmp_path)
    assert (settings.churn.horizon_days, settings.contacts.all_7, settings.risk.bands) == (60, 1, (0.1, 0.2, 0.3))


def test_what_is_not_allowed_names_the_key_and_what_is(home):
    message = told(home, {"churn.horizon_days": 60, "churn.eligibility": "everybody"})
    assert "churn.eligibility" in message and "'active', 'due' or 'subscribed'" in message
    assert f"{home / 'settings.toml'} " in message
    assert "churn.horizn" in told(home, {"churn.horizn": 60})
    assert "workflow.url" in told(home, {"workflow.url": "postgresql://u:secret@h/d"})


def test_a_change_needs_a_name_and_a_reason(home):
    for by, why in (("anna", " "), (" ", "a reason")):
        with pytest.raises(InputError):
            change(home, {"churn.horizon_days": 60}, by, why)
    assert load_settings(home).churn.horizon_days == 90
    assert history(home) == []


def test_a_file_that_changed_since_it_was_read_is_not_overwritten(home):
    seen = fingerprint(home)
    change(home, {"churn.horizon_days": 60}, "ben", "first", seen)
    with pytest.raises(InputError, match=r"changed meanwhile.*ben, churn\.horizon_days = 60"):
        change(home, {"churn.horizon_days": 30}, "anna", "second", seen)
    assert load_settings(home).churn.horizon_days == 60
    assert len(history(home)) == 1


def test_what_the_environment_holds_is_told_and_not_changed(home, monkeypatch):
    monkeypatch.setenv("STAMMKUNDE_CHURN__HORIZON_DAYS", "45")
    assert "STAMMKUNDE_CHURN__HORIZON_DAYS" in told(home, {"churn.horizon_days": 60})
    assert change(home, {"churn.eligibility": "due"}, "anna", "another key is free")


def test_a_file_nobody_else_may_read_stays_so(home):
    (home / "settings.toml").chmod(0o600)
    change(home, {"churn.horizon_days": 60}, "anna", "a test")
    assert stat.S_IMODE((home / "settings.toml").stat().st_mode) == 0o600


def test_where_the_workflow_database_does_not_answer_nothing_changes(home, monkeypatch):
    monkeypatch.setenv("STAMMKUNDE_WORKFLOW__URL", f"sqlite:///{home / 'settings.toml' / 'no.db'}")
    with pytest.raises(InputError, match="stay as they were"):
        change(home, {"churn.horizon_days": 60}, "anna", "a test")
    assert load_settings(home).churn.horizon_days == 90
