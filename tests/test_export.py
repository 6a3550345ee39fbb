"""The exported list agrees with what was published, and no cell of it is a formula; who may be in it: test_leaks."""

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import InputError
from pipelines.export import export_worklist, without_formulas


@given(st.text(min_size=1, max_size=20))
def test_no_exported_text_starts_a_formula(text):
    safe = without_formulas(pd.DataFrame({"name": [text]}))["name"].iloc[0]
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert safe.endswith(text)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_file_agrees_with_the_scores(shared_home, tmp_path, ending):
    out = tmp_path / f"list.{ending}"
    report = export_worklist(shared_home, out)
    frame = pd.read_csv(out, dtype={"customer_id": str}) if ending == "csv" else pd.read_excel(out, engine="calamine")
    assert len(frame) == report.rows > 0
    assert report.held_out > 0
    assert report.without_consent > 0
    with duckdb.connect(str(shared_home / "warehouse.duckdb"), read_only=True) as con:
        published = {row[0]: row for row in con.execute("from customer_list where is_scored").fetchall()}
        listed = {
            row[0]: row[1:]
            for row in con.execute(
                "select customer_id, list.action, title, actions.channel, expected_net, churn_risk, list_contains("
                "string_split(contactable_channels, ', '), actions.channel) from customer_list as list"
                " inner join actions on list.action = actions.action where is_scored and not is_held_out"
            ).fetchall()
        }
    assert report.rows + sum(report.left_out.values()) == len(published)
    for row in frame.itertuples():
        action, title, channel, net, risk, has_consent = listed[row.customer_id]
        assert (row.action, row.action_title, row.channel) == (action, title, channel)
        assert (row.expected_net, row.churn_risk) == (pytest.approx(net), pytest.approx(risk))
        assert has_consent
    assert len(frame) == sum(row[-1] for row in listed.values())
    assert frame["expected_net"].is_monotonic_decreasing
    assert frame["expected_net"].min() > 0


def test_another_ending_or_folder_is_refused(shared_home, tmp_path):
    with pytest.raises(InputError, match=r"must end in \.csv or \.xlsx"):
        export_worklist(shared_home, tmp_path / "list.pdf")
    with pytest.raises(InputError, match="does not exist"):
        export_worklist(shared_home, tmp_path / "nowhere" / "list.csv")
