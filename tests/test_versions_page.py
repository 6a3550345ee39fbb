"""The part "Versions" without a browser: every part says what it found, and what is missing says what fills it."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from models.empc import empc_of
from models.judged import CHURNED, RISK, VALUE
from models.profit import Terms
from pages.components import version_words as own
from pages.components import words
from pipelines import compare, registry, version_report, versions
from pipelines.config import load_settings
from tests.test_pages import RAW, opened, said


@pytest.fixture(scope="module")
def shop(shared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions, the second without a report, and a comparison of both."""
    home = tmp_path_factory.mktemp("versions") / "home"
    shutil.copytree(shared_home, home, symlinks=True, ignore=shutil.ignore_patterns("workflow.db*"))
    registry.register(home, registry.champion(home), "again", "# The card of the second")
    compare.compare(home, load_settings(home), "1", "2")
    return home


@pytest.fixture
def page(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STAMMKUNDE_WORKFLOW__URL", f"sqlite:///{tmp_path / 'workflow.db'}")
    return lambda **address: opened("training", shop, monkeypatch, part="Versions", **address)


def clean(app: AppTest) -> str:
    text = said(app)
    assert not app.exception
    assert "could not be drawn" not in text
    assert not RAW.findall(text.replace("None None", ""))
    return text


@pytest.mark.parametrize("part", own.PARTS.values())
def test_every_part_is_an_address_and_says_what_it_found(page, part):
    app = page(show=part, version="1")
    clean(app)
    assert app.segmented_control(key="show").value == next(key for key, name in own.PARTS.items() if name == part)


def test_the_list_has_every_version_with_its_state_and_figures(page):
    table = page().dataframe[0].value
    assert table["Version"].tolist() == ["2", "1"]
    assert table["State"].tolist()[1] == "In use"
    assert table["ROC AUC"].str.match(r"0\.\d{3} \(0\.\d{3} to 0\.\d{3}\)").all()


def test_a_version_without_a_report_says_how_to_get_one(page):
    for part in ("Ranking", "Money"):
        assert "Train anew" in clean(page(show=part, version="2"))
    assert "Train anew" in clean(page(show="Drivers", version="2"))


def test_the_sliders_move_the_profit_by_the_formula(page, shop):
    version = versions.all_versions(shop)[-1]
    judged = version_report.read(version.report_folder).judged
    app = page(show="Money", version="1", incentive="40.0", contact_cost="4.0")
    clean(app)
    found = empc_of(
        judged[CHURNED].to_numpy(dtype=float), judged[RISK + "model"].to_numpy(), float(judged[VALUE].mean()),
        Terms(contact_cost=4.0, incentive=40.0),
    )  # fmt: skip
    assert app.metric[0].value.replace("\\", "") == words.money(found.profit, "EUR")
    cheaper = page(show="Money", version="1")
    assert money(cheaper.metric[2].value) > money(app.metric[2].value)


def money(shown: str) -> float:
    return float(shown.replace("\\", "").replace("€", "").replace(",", "").replace("\u00a0", "").replace("M", "e6"))


def test_features_are_found_by_their_words(page):
    app = page(show="Drivers", version="1", find_feature="opened e-mail")
    clean(app)
    (found,) = [table.value for table in app.dataframe if "Told as" in table.value]
    assert 0 < len(found) < 20
    text = found[["Feature", "Told as", "Group"]].agg(" ".join, axis=1).str.lower()
    assert text.str.contains("opened").all()
    assert not found["Told as"].str.contains(r"[{}\[\]]").any()
    assert "Nothing is called that" in said(page(show="Drivers", version="1", find_feature="zebra"))


def test_two_equal_versions_change_no_list(page):
    app = page(show="Who would be contacted", version="2", beside="1")
    text = clean(app)
    assert "stays the same" in text
    assert "not told apart" in text


def test_a_pair_that_was_not_compared_names_the_command(page):
    assert "pipelines compare 2 1" in clean(page(show="Who would be contacted", version="1", beside="2"))


def test_what_lost_to_a_simple_model_is_not_called_a_tie():
    ends = {"logistic": (0.003, 0.017), "mbg_nbd": (-0.03, -0.02), "recency": (-0.01, 0.01)}
    rows = [
        {"model": name, "metric": "log_loss", "population": "all", "value": (low + high) / 2, "low": low, "high": high}
        for name, (low, high) in ends.items()
    ]
    version = SimpleNamespace(state="live", number="1", facts={"evaluation": {"differences": rows}})
    told = own.verdict(version)
    assert told.startswith("Worse than: simple model (logistic); not told apart from: recency alone; ")
