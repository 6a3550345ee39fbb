"""The experience page: what each part says, a call that is logged, and shops that lack what it needs."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from pages.components import experience_words as own
from pages.components.experience_words import between, between_points, score
from pipelines import publish
from tests.test_pages import RAW, opened, said
from tests.warehouse_fixture import publish_warehouse

PARTS = [label for part, label in own.PARTS.items() if part != own.JOURNEY]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn shop with detractors that wait, and a running month."""
    home = tmp_path_factory.mktemp("experience")
    publish_warehouse(home, customers=400)
    return home


def part_of(home: Path, monkeypatch: pytest.MonkeyPatch, part: str, **address: str) -> AppTest:
    """The page opened on one of its parts."""
    app = opened("experience", home, monkeypatch, experience=part, **address)
    assert not app.exception
    return app


@pytest.mark.parametrize("part", PARTS)
def test_each_part_speaks_in_peoples_words(part, shared_home, monkeypatch):
    text = said(part_of(shared_home, monkeypatch, part))
    assert "could not be drawn" not in text
    assert not RAW.findall(text)


@pytest.mark.parametrize(
    "address", [{"said": name} for name in own.KINDS] + [{"served": "Reopened"}, {"served": "Resolution"}]
)
def test_each_measure_has_its_n_and_a_month_still_running_is_never_compared(address, drawn, monkeypatch):
    part = own.PARTS[own.SERVICE] if "served" in address else own.PARTS[own.VOICE]
    text = said(part_of(drawn, monkeypatch, part, **address))
    assert "could not be drawn" not in text
    assert "n = " in text
    assert "in Oct 2026" in text  # November runs
    assert "in Nov 2026" not in text


def test_both_comparisons_stand_beside_each_other(drawn, monkeypatch):
    text = said(part_of(drawn, monkeypatch, own.PARTS[own.SUPPORT]))
    assert "Contact with support costs customers: +3.0 points (+1.0 to +5.0) of churn" in text
    assert "26.0 % of those with a ticket left and 47.0 % of those without" in text
    assert "As they are (crude)" in text


def test_an_effect_that_may_be_none_is_not_called_one(tmp_path, monkeypatch):
    publish_warehouse(tmp_path, customers=60, changes=("update experience_support set low = -0.01",))
    text = said(part_of(tmp_path, monkeypatch, own.PARTS[own.SUPPORT]))
    assert "Whether contact with support changes churn cannot be told" in text


def waiting(app: AppTest) -> int:
    """How many customers the tile says wait for a call."""
    (tile,) = [tile for tile in app.metric if tile.label == "Waiting for a call"]
    return int(tile.value)


def log(app: AppTest, result: str) -> AppTest:
    """Log the call to the first customer of the form."""
    app.button_group(key="call_result").set_value(result)
    return next(button for button in app.button if button.label == "Log the call").click().run()


def test_a_call_ends_the_wait_and_one_that_reached_nobody_does_not(drawn, tmp_path, monkeypatch):
    home = tmp_path / "home"
    shutil.copytree(drawn, home, symlinks=True)
    app = part_of(home, monkeypatch, own.PARTS[own.CALLS])
    before, customer = waiting(app), app.selectbox(key="detractor").value
    assert before > 1

    app = log(app, "not reached")
    assert waiting(app) == before
    assert app.selectbox(key="detractor").value == customer
    assert any(state.endswith(", tried") for state in app.dataframe[0].value["State"])

    app = log(app, "reached")
    assert waiting(app) == before - 1
    assert app.selectbox(key="detractor").value != customer
    assert customer not in app.selectbox(key="detractor").options

    app = log(part_of(home, monkeypatch, own.PARTS[own.CALLS]), "do not contact")
    assert waiting(app) == before - 2


def test_the_list_marks_who_is_overdue_and_says_what_they_wrote(drawn, monkeypatch):
    app = part_of(drawn, monkeypatch, own.PARTS[own.CALLS])
    table = app.dataframe[0].value
    assert any(str(state).startswith("Overdue") for state in table["State"])
    assert "Closed in time" in set(table["State"])
    assert "It came *late*, [again]" in set(table["Said"].dropna())


def test_too_few_tickets_are_no_missing_table():
    notes = pd.DataFrame({"part": ["support", "scores"], "sentence": ["It needs 50.", "It needs the table surveys."]})
    assert own.missing(notes, "support") == "It needs 50. There are not so many yet."
    assert "data/README.md" in own.missing(notes, "scores")
    assert own.missing(notes, "service") == ""


def test_who_waits_longest_is_told_by_what_the_groups_are_sorted_by(drawn, monkeypatch):
    text = said(part_of(drawn, monkeypatch, own.PARTS[own.SERVICE]))
    with publish.open_current(drawn, "warehouse") as con:
        ((name, hours),) = con.execute(
            "select group_name, reply_p90_hours from experience_service where dimension = 'channel' and replied >= 30"
            " order by reply_p90_hours desc limit 1"
        ).fetchall()
    assert f"“{own.touchpoint(name)}” waits longest: one ticket in ten over {hours:.1f} h" in text


@pytest.mark.parametrize("part", [part for part in PARTS if part != own.PARTS[own.SUPPORT]])
def test_without_tickets_and_surveys_each_part_says_what_would_fill_it(part, tmp_path, monkeypatch):
    nothing = [f"delete from {table}" for table in ("experience_scores", "experience_service", "experience_detractors",
               "experience_loop", "experience_support", "experience_support_strata")]  # fmt: skip
    notes = "insert into experience_notes values ('scores', 'Needs the table a.'), ('service', 'Needs the table b.')," \
            " ('detractors', 'Needs the table a.'), ('support', 'Needs the table b.')"  # fmt: skip
    publish_warehouse(tmp_path, customers=40, changes=(*nothing, notes))
    text = said(part_of(tmp_path, monkeypatch, part))
    assert "data/README.md says how to bring it" in text
    tiles = opened("experience", tmp_path, monkeypatch).metric
    assert {tile.value for tile in tiles} == {"–"}, "who was never asked does not wait for a call either"
    assert "nobody was asked" in tiles[-1].proto.delta_description


def test_scores_published_by_an_older_version_name_the_command(tmp_path, monkeypatch):
    publish_warehouse(tmp_path, customers=40, changes=("drop table experience_notes",))
    assert "python -m pipelines score" in said(part_of(tmp_path, monkeypatch, PARTS[0]))


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [("csat", 0.849, "85 %"), ("nps", -7.4, "−7"), ("nps", 24.6, "+25"), ("ces", 5.44, "5.4"), ("csat", None, "–")],
)
def test_every_score_has_its_own_unit(kind, value, shown):
    assert score(kind, value).replace("\u00a0", " ") == shown


def test_intervals_name_their_unit_once():
    assert between("csat", 0.82, 0.874).replace("\u00a0", " ") == "82 to 87 %"
    assert between("nps", -17.0, 32.0) == "−17 to +32"
    assert between("ces", None, None) == "no interval"
    assert between_points(-0.0131, 0.042).replace("\u00a0", " ") == "−1.3 to +4.2 points"


def test_the_published_warehouse_is_never_written_to(drawn):
    with publish.open_current(drawn, "warehouse") as con:
        assert con.execute("select count(*) from experience_detractors").fetchone() == (12,)
