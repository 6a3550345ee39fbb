"""What customers earned and are expected to, steps to the third order, and value at risk from run to run."""

from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from pipelines import promises, publish, queries
from pipelines.contract import TABLES
from tests.kpi_cases import KINDS, chosen, published, shop_of
from tests.random_shop import Shop, day


@pytest.mark.parametrize("kind", KINDS)
def test_what_customers_earned_is_the_same_by_month_and_by_group(kind, tmp_path):
    shop, as_of, asked = shop_of(4), day(700), chosen(kind)
    with published(shop, as_of, asked, tmp_path) as con:
        months, values = con.execute("from kpi_months").df(), queries.kpi_values(con, "segment")
        (whole,) = queries.kpi_values(con, "shop").to_dict("records")
    assert whole["clv_historic"] == pytest.approx(months["clv_historic"].iloc[-1])
    assert (values["clv_historic"] * values["customers"]).sum() == pytest.approx(
        whole["clv_historic"] * whole["customers"]
    )
    assert whole["clv_predicted"] == pytest.approx(75)  # one in four leaves, and who stays is worth 100
    assert whole["clv_predicted"] * whole["scored_customers"] + whole["value_at_risk"] == whole["expected_value"]
    assert months["value_at_risk"].iloc[-1] == whole["value_at_risk"]


def planted_shop() -> Shop:
    """Sixty first orders in one January: forty come again after 30 days, ten of these once more; one is refunded."""
    rows = []
    for number in range(60):
        name, first = f"c{number:02}", pd.Timestamp("2023-01-05")
        days = [0, 30, 70] if number < 10 else [0, 30] if number < 40 else [0]
        rows += [(f"{name}-{step}", name, first + pd.Timedelta(days=step), 100.0) for step in days]
    orders = pd.DataFrame(rows, columns=["order_id", "customer_id", "ordered_at", "revenue"])
    orders["refunded"], orders["refunded_at"] = np.nan, pd.NaT
    orders.loc[0, "refunded"], orders.loc[0, "refunded_at"] = 40.0, pd.Timestamp("2023-04-10")
    tickets = pd.DataFrame({"ticket_id": ["t1"], "customer_id": ["c00"], "opened_at": [pd.Timestamp("2023-02-01")]})
    contacts = pd.DataFrame(
        {
            "contact_id": ["k1", "k2"], "customer_id": ["c01", "c02"], "action": "mail", "arm": ["treated", "control"],
            "contacted_at": pd.Timestamp("2023-03-01"), "cost": 2.5,
        }
    )  # fmt: skip
    tables = {"orders": orders, "support_tickets": tickets, "contacts": contacts}
    return {name: frame.reindex(columns=[one.name for one in TABLES[name].columns]) for name, frame in tables.items()}


def test_planted_steps_worth_and_refund(tmp_path):
    asked = chosen()
    with published(planted_shop(), date(2023, 6, 20), asked, tmp_path) as con:
        steps = queries.kpi_steps(con)
        months = con.execute("from kpi_months").df().set_index("month")
        bridge = queries.kpi_bridge(con).set_index("month")
    assert steps["customers"].tolist() == [60, 40, 10]
    assert steps["share_of_first"].tolist() == pytest.approx([1, 2 / 3, 1 / 6])
    assert steps["share_of_previous"].tolist() == pytest.approx([1, 2 / 3, 1 / 4])
    assert steps["median_days"].tolist()[1:] == [30, 40]
    assert steps["within_days"].tolist() == [90] * 3
    margin = 110 * 100 * asked.economics.gross_margin
    costs = 40 + asked.economics.ticket_cost + 2.5  # the refund, one ticket, and the one contact that was made
    assert months["clv_historic"].iloc[-1] == pytest.approx((margin - costs) / 60)
    assert months.loc["2023-03-01", "refunds"] == 0
    assert months.loc["2023-04-01", "refunds"] == 40
    # in April the twenty who came once are gone; who was refunded still counts, for 40 less
    assert bridge.loc["2023-04-01", ["churned", "contraction"]].tolist() == [20 * 100, 40 + 40 * 100 - 40]
    assert months.loc["2023-04-01", ["active_customers", "active_at_end"]].tolist() == [60, 40]
    # until the first order is 100 days old nobody can leave: such a month has no rate
    assert months.loc[:"2023-04-01", "churn_rate"].isna().all()
    assert months.loc["2023-05-01", "churned_customers"] == 30


@pytest.mark.parametrize(("starts", "periods"), [(-120, {"latest", "before"}), (-100, {"latest"})])
def test_steps_are_compared_with_a_period_only_if_the_data_reach_back_to_its_start(starts, periods, tmp_path):
    """In the first days of the data everybody known before looks like a first buyer."""
    shop, as_of = planted_shop(), date(2023, 6, 20)
    newest = shop["orders"]["ordered_at"].min()
    early = shop["orders"].drop_duplicates("customer_id").assign(
        ordered_at=newest + pd.Timedelta(days=starts), refunded=0.0, refunded_at=pd.NaT)  # fmt: skip
    ids = early["customer_id"].map("early-{}".format)
    early = early.assign(customer_id=ids, order_id=ids)
    last = early.assign(ordered_at=newest - pd.Timedelta(days=80), customer_id=ids + "b", order_id=ids + "b")
    shop["orders"] = pd.concat([shop["orders"], early, last], ignore_index=True)
    with published(shop, as_of, chosen(), tmp_path) as con:
        steps = queries.kpi_steps(con)
    assert set(steps["period"]) == periods


def test_every_run_adds_what_was_at_risk(tmp_path):
    """What was published and promised before is kept; a question is answered by the runs that asked it."""
    shop, asked = shop_of(6), chosen()
    with published(shop, day(600), asked, tmp_path) as con:
        rows = con.execute("from kpi_value_at_risk").df()
    again = "insert into kpi_value_at_risk select * replace ("
    with publish.new_store(tmp_path, "warehouse", "20240801T000000-aaaa") as con:
        con.execute("create table kpi_value_at_risk as select * replace (as_of_date::date as as_of_date) from rows")
        con.execute(f"{again} as_of_date - 30 as as_of_date) from kpi_value_at_risk")
        con.execute(f"{again} 60 as horizon_days, as_of_date - 9 as as_of_date) from kpi_value_at_risk")
        promises.folder(tmp_path).mkdir()
        con.execute(
            "copy (select 'c1' as customer_id, 0.5::float as churn_risk, 80::float as expected_value, 'r' as run_id,"
            f" date '{day(640)}' as as_of_date, '2' as model_version, 90 as horizon_days, 'active' as eligibility)"
            f" to '{promises.folder(tmp_path)}/one.parquet'"
        )
    with published(shop, day(590), asked, tmp_path) as con:
        assert queries.kpi_value_at_risk(con)["as_of_date"].dt.date.tolist() == [day(570), day(590)]
        assert con.execute("select max(as_of_date) from kpi_value_at_risk").fetchall() == [(day(640),)]
    with published(shop, day(660), asked, tmp_path) as con:
        found = queries.kpi_value_at_risk(con)
        months = queries.kpi_months(con).set_index("month")["value_at_risk"].dropna()
    assert found["as_of_date"].dt.date.tolist() == [day(570), day(600), day(640), day(660)]
    assert found["value_at_risk"].tolist() == [*[rows["value_at_risk"][0]] * 2, 40, found["value_at_risk"].iloc[-1]]
    assert len(months) == len({f"{pd.Timestamp(day(number - 1)):%Y-%m}" for number in (570, 600, 640, 660)})


def test_the_published_shop_has_months_that_agree_with_its_list(shared_home):
    with publish.open_current(shared_home, "warehouse") as con:
        assert queries.has_kpis(con)
        listed = con.execute("select sum(value_at_risk), count(*) from customer_list").fetchall()[0]
        last = queries.kpi_months(con, 1).iloc[0]
        bridge, steps = con.execute("from kpi_bridge order by month").fetchall(), queries.kpi_steps(con)
        (shop,) = queries.kpi_values(con).to_dict("records")
    assert last["value_at_risk"] == pytest.approx(listed[0])
    assert (last["customers_to_date"], shop["customers"]) == (listed[1], listed[1])
    assert all(
        start + expansion - contraction - churned + won_back + new == end
        for *_, start, expansion, contraction, churned, won_back, new, end in bridge
    )
    assert all(row[-1] == following[4] for row, following in pairwise(bridge))
    assert all(group["customers"].is_monotonic_decreasing for _, group in steps.groupby("period"))
