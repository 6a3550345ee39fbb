"""The overview: figures of planted months, pictures with the table behind them, and shops that lack a part."""

from functools import partial
from types import SimpleNamespace

import duckdb
import pandas as pd
import pytest

from pages.components import (
    overview_charts,
    overview_figures,
    overview_groups,
    overview_pictures,
    overview_service,
    overview_shop,
    overview_words,
)
from pipelines import publish, queries
from tests.warehouse_fixture import publish_warehouse

MONTHS = pd.date_range("2025-09-01", periods=15, freq="MS")


class Asked:
    """The questions of `pipelines.queries` on one warehouse, as the page's door offers them."""

    def __init__(self, con):
        self.con = con

    def __getattr__(self, name):
        return partial(getattr(queries, name), self.con.cursor())


@pytest.fixture(scope="module")
def shop(shared_home):
    with publish.open_current(shared_home, "warehouse") as con:
        yield overview_shop.gathered(Asked(con))


def plain(text):
    return text.replace("\u00a0", " ")


def months(**columns):
    """Fifteen months, the last of them running."""
    frame = pd.DataFrame({"month": MONTHS, "is_running": [False] * 14 + [True], "n_12m": 90, "active_customers": 100})
    return frame.assign(retention_rate=0.9, retention_12m=0.7, nrr=1.0, nrr_12m=None).assign(**columns)


def young(**parts):
    """A shop of planted months with nothing else."""
    run = {"eligibility": "active", "active_days": 365, "as_of_date": pd.Timestamp("2026-11-15"), "currency": "EUR",
           "horizon_days": 90, "model_state": "model"}  # fmt: skip
    nothing = {name: pd.DataFrame() for name in overview_shop.Shop.__dataclass_fields__}
    days = pd.DataFrame({"as_of_date": [pd.Timestamp("2026-11-15")], "value_at_risk": [500.0]})
    totals = {"value_at_risk": 500.0, "expected_value": 2_000.0, "customers": 10}
    return overview_shop.Shop(**nothing | {"run": run, "months": months(), "totals": totals, "at_risk_days": days,
                                           "told": {}, "moved": None} | parts)  # fmt: skip


def test_every_picture_of_a_shop_has_a_table_and_words_for_who_cannot_see_it(shop):
    pictures = [*overview_pictures.first_row(shop), *overview_pictures.second_row(shop)]
    assert len(pictures) == 5
    for picture in pictures:
        assert picture.chart is not None, picture.alt
        assert picture.chart.description
        assert len(picture.table)
        assert all(isinstance(name, str) and not name.islower() for name in picture.table), picture.table.columns
        assert "nan" not in picture.table.to_string().lower()


def test_five_tiles_say_definition_n_and_date(shop):
    tiles = overview_figures.tiles(shop)
    assert [tile.label.split(",")[0].split(" (")[0] for tile in tiles] == [
        "Retention", "NRR", "Value at risk", "Incremental revenue", "CSAT",
    ]  # fmt: skip
    for tile in tiles:
        assert "n = " in plain(tile.help)
        assert "20" in tile.help
    assert all(len(tiles[place].trend) == 13 for place in (0, 1, 3, 4))
    assert all(tiles[place].change for place in (0, 1, 3, 4))


def test_a_month_still_running_is_in_no_tile_and_no_line():
    shop = young(months=months(retention_rate=[0.90] * 13 + [0.94, 0.1]))
    tile = overview_figures.tiles(shop)[0]
    assert (plain(tile.value), plain(tile.change), tile.is_up) == ("94.0 %", "+4.0 points", True)
    assert 0.1 not in tile.trend
    frame = overview_charts.retention_frame(shop.months, pd.DataFrame())
    assert list(frame["Month"]) == [f"{month:%b %y}" for month in MONTHS[1:14]]
    assert plain(overview_words.retention_title(shop)) == "94.0 % of customers stayed in Oct 26, 90.0 % a year before"


def test_what_is_expected_follows_the_months_that_are_known():
    coming = pd.DataFrame({"month": [MONTHS[13], MONTHS[14]], "kind": ["past", "forecast"], "expected": 0.91,
                           "low": 0.9, "high": 0.92, "state": ["came true", "to come"],
                           "is_within": [True, None]})  # fmt: skip
    frame = overview_charts.retention_frame(months(), coming)
    assert list(frame["Month"].tail(2)) == ["Oct 26", "Nov 26"]
    assert plain(frame["95 % range"].iloc[-1]) == "90.0 % to 92.0 %"
    assert frame["Retention"].iloc[-1] == "–"
    assert list(frame["State"].tail(2)) == ["came true", "to come"]
    assert "1 of 1 forecast held" in plain(overview_words.retention_note(young(forecast=coming)))


def test_bars_of_the_bridge_hang_together_and_end_where_the_month_ends():
    row = pd.Series({"start": 1000, "expansion": 200, "contraction": 150, "churned": 100, "won_back": 30, "new": 60,
                     "end": 1040, "month": MONTHS[0], "basis": "orders"})  # fmt: skip
    frame = overview_charts.bridge_frame(row, "EUR").set_index("Part")
    steps = frame.loc["Expansion":"New"]
    assert list(steps["from"].iloc[1:]) == list(steps["to"].iloc[:-1])
    assert steps["to"].iloc[-1] == frame.loc["End", "to"] == 40
    assert plain(frame.loc["Churned", "Revenue"]) == "−€ 100"
    assert plain(frame.loc["End", "Revenue"]) == "€ 1,040"
    assert plain(overview_words.bridge_title(row)) == "Customers’ revenue grew by 4.0 % in Sep 2025"


def test_incremental_revenue_adds_up_the_campaigns_of_twelve_months():
    told = [
        ("old", "2025-08-31", "measured", 9.0, 8.0, 10.0, 100),  # its result came too early
        ("one", "2025-11-20", "measured", 2.0, -1.0, 5.0, 100),
        ("two", "2026-10-31", "measured", 1.0, -3.0, 5.0, 100),
        ("busy", "2026-10-31", "running", 50.0, 40.0, 60.0, 100),
        ("late", "2026-11-10", "measured", 7.0, 6.0, 8.0, 100),  # in the month still running
    ]
    with duckdb.connect() as con:
        con.register("given", pd.DataFrame({"month": MONTHS, "is_running": [False] * 14 + [True]}))
        con.execute("create table kpi_months as select month::date as month, is_running from given")
        con.execute(
            "create table campaign_results (campaign_id varchar, stop_on date, state varchar, difference double,"
            " low double, high double, treated_n bigint, control_n bigint, metric varchar, action varchar)"
        )
        con.executemany("insert into campaign_results values (?, ?, ?, ?, ?, ?, ?, 50, 'revenue', '')", told)
        con.execute("insert into campaign_results select * replace ('' as campaign_id) from campaign_results")
        newest = queries.kept_revenue(con).iloc[-1]
    assert newest["month"] == pd.Timestamp("2026-10-01")
    assert (newest["campaigns"], newest["amount"], newest["treated_n"]) == (2, 300.0, 200)
    assert (newest["low"], newest["high"]) == (300.0 - 500.0, 300.0 + 500.0)  # √(300² + 400²)
    tile = overview_figures.tiles(young(kept=newest.to_frame().T))[3]
    assert plain(tile.value) == "€ 300"
    assert "neither a gain nor a loss is shown" in tile.help


def test_without_a_control_group_the_tile_says_how_to_start():
    tile = overview_figures.tiles(young())[3]
    assert tile.value == "Not measured"
    assert "control group" in tile.note
    assert "launch a campaign" in tile.help


def test_cohorts_leave_out_the_month_still_running_and_the_first_order_itself():
    pairs = [(cohort, month) for cohort in MONTHS for month in MONTHS if month >= cohort]
    found = pd.DataFrame(pairs, columns=["cohort", "month"])
    since = (found["month"].dt.year - found["cohort"].dt.year) * 12 + found["month"].dt.month - found["cohort"].dt.month
    found = found.assign(months_since=since, is_running=found["month"] == MONTHS[-1], customers=40, retained_share=0.25)
    frame = overview_groups.cohort_frame(found)
    assert set(frame["Months since"]) == set(range(1, 12))
    assert frame["First order"].nunique() == 12
    assert frame["First order"].iloc[-1] == "Sep 26"  # October’s buyers have had November alone, which is running
    assert (
        plain(overview_words.cohort_title(found, young().run))
        == "25 % order again a month after the first, 25 % a year ago"
    )


def test_two_first_buyers_are_no_finding_about_cohorts():
    found = pd.DataFrame({"cohort": MONTHS[-3:-2], "months_since": 1, "is_running": False, "customers": 2,
                          "retained_share": 0.5})  # fmt: skip
    assert overview_words.cohort_title(found, young().run) == "Who comes again after the first order"
    contracts = {**young().run, "eligibility": "subscribed"}
    assert overview_words.cohort_title(found, contracts).startswith("Who keeps the contract")
    assert "50" in overview_words.cohort_title(found.assign(customers=30), young().run)


def test_risks_and_experiments_lead_to_their_page():
    risks = pd.DataFrame(
        {"rank": [2, 1], "title": ["Late parcels", "Leaving"], "sentence": ["90 wait. More.", "9 go."],
         "page": "worklist", "filter": ["trouble=Late+parcel", "band=High&band=Very high"]}
    )  # fmt: skip
    first, second = overview_words.risks(young(risks=risks))
    assert (first.title, first.text, first.more) == ("Leaving", "9 go.", "")
    assert first.address == {"band": ["High", "Very high"]}
    assert (second.text, second.more, second.address) == ("90 wait.", "More.", {"trouble": ["Late parcel"]})
    tests = pd.DataFrame({"rank": [1], "title": ["Test a call"], "sentence": ["Contact half."], "why": ["Assumed."],
                          "customers": [163], "rounds": [2], "detectable": [0.151], "page": ["campaigns"],
                          "filter": [""]})  # fmt: skip
    (line,) = overview_words.experiments(young(experiments=tests))
    assert plain(line.text) == "163 customers in 2 rounds show a difference from 15.1 points"
    assert (line.more, line.address) == ("Contact half. Assumed.", {})


def test_movement_counts_what_each_segment_won_and_lost():
    moves = pd.DataFrame({"from_group": ["No order yet", "Loyal", "Loyal"], "to_group": ["New", "Loyal", "At risk"],
                          "customers": [5, 20, 7]})  # fmt: skip
    frame = overview_groups.movement_frame(moves).set_index("Segment")
    assert dict(frame["Change"]) == {"Loyal": "−7", "New": "+5", "At risk": "+7"}
    assert dict(frame["Now"]) == {"Loyal": "20", "New": "5", "At risk": "7"}


def test_the_help_desk_compares_with_the_same_month_of_last_year():
    rows = pd.DataFrame({"month": MONTHS, "is_running": [False] * 14 + [True], "tickets": 9, "unanswered": 1,
                         "reply_median_hours": [4.0, 3.0] + [9.0] * 11 + [2.0, 99.0], "reply_p90_hours": 20.0,
                         "resolution_median_hours": 30.0, "resolution_p90_hours": 90.0, "reopened_share": 0.1,
                         "reopened_low": 0.0, "reopened_high": 0.4, "basis": "24/7"})  # fmt: skip
    head, reply, *_ = overview_service.service(young(services=rows))
    assert plain(head.note) == "Oct 2026, n = 9"
    assert (plain(reply.value), plain(reply.note)) == ("2.0 h", "90 % in 20.0 h · a year ago 3.0 h")
    assert overview_service.service(young()) == []


def test_a_warehouse_of_an_older_version_lacks_parts_and_not_the_page(tmp_path):
    tables = ("campaign_results", "segment_moves", "experience_scores", "overview_risks")
    publish_warehouse(tmp_path, customers=60, changes=tuple(f"drop table if exists {table}" for table in tables))
    with publish.open_current(tmp_path, "warehouse") as con:
        shop = overview_shop.gathered(Asked(con))
    assert len(overview_figures.tiles(shop)) == 5
    assert overview_pictures.movement(shop).chart is None
    assert "can be compared once" in overview_pictures.movement(shop).otherwise
    assert SimpleNamespace(**shop.told) == SimpleNamespace()
