"""What a version keeps for its report: enough to reckon every figure anew, and nothing that names a customer."""

import shutil
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from models.judged import CHURNED, CUSTOMER, GROUP, RISK, VALUE, Judged, anonymous_rows, rounded
from pipelines import publish, registry, version_report, versions


@pytest.fixture(scope="module")
def version(shared_home: Path) -> versions.Version:
    (found,) = versions.all_versions(shared_home)
    return found


@pytest.fixture(scope="module")
def kept(version: versions.Version) -> version_report.VersionReport:
    report = version_report.read(version.report_folder)
    assert report is not None
    return report


def test_versions_read_from_the_file_are_those_of_the_registry(home: Path) -> None:
    first = registry.champion(home)
    assert registry.register(home, first, "again") == "2"
    found = versions.all_versions(home)
    assert [one.number for one in found] == registry.versions(home)[::-1]
    assert {one.number: one.state == versions.IN_USE for one in found} == {"1": True, "2": False}
    assert found[1].facts == first.facts
    assert found[1].card == registry.card_path(home, "1").read_text(encoding="utf-8")
    before = versions.stamp(home)
    registry.promote(home, "2")
    assert versions.stamp(home) != before
    assert [one.state for one in versions.all_versions(home)] == [versions.IN_USE, versions.USED_BEFORE]


def test_a_home_without_models_has_no_versions(tmp_path: Path) -> None:
    assert versions.all_versions(tmp_path) == []
    assert versions.stamp(tmp_path) == ""


def test_the_registered_figures_follow_from_the_kept_rows(version, kept) -> None:
    judged = kept.judged
    for row in version.facts["evaluation"]["metrics"]:
        if row["population"] != "all":
            continue
        risk = judged[RISK + row["model"]]
        known = {"roc_auc": roc_auc_score, "log_loss": log_loss}.get(row["metric"])
        if known:
            assert known(judged[CHURNED], risk) == pytest.approx(row["value"], abs=1e-5), row


def test_groups_of_the_kept_rows_are_those_of_the_slices(version, kept) -> None:
    slices = pd.DataFrame(version.facts["evaluation"]["slices"])
    assert {"Segment", "Lifecycle", "Country"} <= set(slices["dimension"])
    for row in slices.itertuples():
        group = kept.judged[kept.judged[GROUP + row.dimension] == row.slice]
        assert (len(group), group[CHURNED].mean()) == (row.n, pytest.approx(row.churn_rate))


def test_drivers_weigh_as_registered(version, kept) -> None:
    features = list(kept.drivers.contributions)
    assert features == list(kept.drivers.values) == version.facts["features"]
    means = kept.drivers.contributions.abs().mean()
    strongest = max(version.facts["importance"], key=version.facts["importance"].get)
    assert means.idxmax() == strongest
    assert set(kept.words["feature"]) == set(features)


def test_no_kept_file_names_a_customer_or_keeps_their_order(shared_home: Path, version, kept) -> None:
    with publish.open_current(shared_home, "features") as con:
        ids = [row[0] for row in con.execute("select distinct customer_id from customer_features").fetchall()]
        day = version.facts["evaluation"]["test_date"]
        order = con.execute(
            "select churned from churn_labels where as_of_date = ? and churned is not null order by customer_id", [day]
        ).fetchall()
    for path in version.report_folder.iterdir():
        with duckdb.connect() as con:
            rows = con.execute(f"select * from '{path}'").df()
        texts = rows.select_dtypes(exclude="number").astype(str).to_numpy().ravel()
        assert not set(texts) & set(ids), path.name
    assert kept.judged[CHURNED].tolist() != [int(row[0]) for row in order]
    assert kept.judged[CUSTOMER].tolist() != sorted(kept.judged[CUSTOMER])


def test_money_and_features_have_three_digits(kept) -> None:
    money = kept.judged[VALUE].to_numpy(dtype=float)
    np.testing.assert_allclose(rounded(money), money, rtol=1e-6)
    known = np.array([0.0, 1234567.0, -0.0123456, np.nan, 99.95])
    np.testing.assert_allclose(rounded(known), [0.0, 1230000.0, -0.0123, np.nan, 100.0], rtol=1e-6)


def test_rows_of_a_customer_stay_together_under_one_number() -> None:
    rows = pd.DataFrame({"customer_id": ["b", "a", "b", "c"], "churned": [1, 0, 1, 0]})
    odds = np.array([1.0, 2.0, 1.0, 3.0])
    kept = anonymous_rows(Judged(rows, {"model": odds}), np.array([5.0, 6.0, 5.0, 7.0]), seed=1)
    assert kept.groupby(CUSTOMER)[VALUE].nunique().eq(1).all()
    assert sorted(kept.groupby(CUSTOMER).size()) == [1, 1, 2]


def test_a_version_of_before_has_no_report(home: Path) -> None:
    (version,) = versions.all_versions(home)
    shutil.rmtree(version.report_folder)
    assert version_report.read(version.report_folder) is None
