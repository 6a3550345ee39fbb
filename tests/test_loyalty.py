"""Loyalty of five kinds: shares of what the data know; what they do not know steps aside and is named."""

import pandas as pd
import pytest

from models.loyalty import BONDS, MIN_ANSWERS, PARTS, SHOP, profile
from pipelines import publish


def parts(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["segment", "part", "hits", "n"])


SIZES = pd.Series({SHOP: 100, "Loyal": 40})


def row(found: pd.DataFrame, segment: str, bond: str) -> pd.Series:
    return found[(found["segment"] == segment) & (found["bond"] == bond)].iloc[0]


def test_a_score_is_the_mean_of_its_known_shares():
    known = parts((SHOP, "points", 50, 100), (SHOP, "discount", 30, 100), ("Loyal", "points", 30, 40),
                  ("Loyal", "discount", 10, 40))  # fmt: skip
    found = profile(known, SIZES)
    assert row(found, "Loyal", "economic")["score"] == pytest.approx(50)
    assert row(found, SHOP, "economic")["score"] == pytest.approx(40)
    assert row(found, "Loyal", "economic")["missing"] == ""
    assert row(found, "Loyal", "economic")["evidence"] == "75 % hold points or a tier; 25 % of orders at a discount"


def test_every_group_has_every_bond_and_without_data_none_has_a_score():
    found = profile(parts(), SIZES)
    assert len(found) == len(SIZES) * len(BONDS) == 10
    assert found["score"].isna().all()
    assert found["missing"].str.contains("the data have no").all()
    assert set(found["bond"]) == {"contractual", "economic", "situational", "technical-functional", "emotional"}


def test_few_answers_step_aside_and_are_named():
    few = parts((SHOP, "nps", 60, 100), ("Loyal", "nps", 5, MIN_ANSWERS - 1), ("Loyal", "voice", 4, 40),
                (SHOP, "voice", 10, 100))  # fmt: skip
    loyal = row(profile(few, SIZES), "Loyal", "emotional")
    assert loyal["score"] == pytest.approx(10)
    assert f"fewer than {MIN_ANSWERS} cases of NPS surveys" in loyal["missing"]
    assert "NPS" not in loyal["evidence"]
    assert "NPS +20 (n = 100)" in row(profile(few, SIZES), SHOP, "emotional")["evidence"]


@pytest.fixture(scope="module")
def warehouse(shared_home):
    with publish.open_current(shared_home, "warehouse") as con:
        con.execute("attach ? as source (read_only)", [str(publish.require(shared_home, "source"))])
        yield con


def test_scores_of_the_sample_shop_lie_between_0_and_100_for_every_group(warehouse):
    found = warehouse.execute("select * from loyalty_profile").df()
    groups = warehouse.execute("select count(distinct segment) from customer_segments").fetchall()[0][0]
    assert len(found) == 5 * (groups + 1)
    assert found.loc[found["segment"] == SHOP, "score"].between(1, 100).all()
    assert found["score"].dropna().between(0, 100).all()
    assert (found.loc[found["segment"] == SHOP, "missing"] == "").all()  # the sample shop has every table


def test_the_contractual_bond_is_the_share_with_a_running_contract(warehouse):
    segment = "Champions"
    share = warehouse.execute(
        """
        select 100.0 * count(*) filter (customer_id in (
            select customer_id from source.subscriptions, run_info
            where started_at < as_of_date and (ended_at is null or ended_at >= as_of_date)
        )) / count(*) from customer_segments where segment = ?
        """,
        [segment],
    ).fetchall()[0][0]
    found = warehouse.execute(
        "select score from loyalty_profile where segment = ? and bond = 'contractual'", [segment]
    ).fetchall()
    assert found[0][0] == pytest.approx(share)


def test_promoters_are_counted_whole_and_the_indifferent_half(warehouse):
    promoters, detractors, n = warehouse.execute(
        """
        with last as (
            select customer_id, arg_max(score, answered_at) as score from source.surveys, run_info
            where kind = 'nps' and answered_at < as_of_date
                and customer_id in (select customer_id from customer_segments)
            group by 1
        )
        select count(*) filter (score >= 9), count(*) filter (score <= 6), count(*) from last
        """
    ).fetchall()[0]
    evidence = warehouse.execute(
        "select evidence from loyalty_profile where segment = '' and bond = 'emotional'"
    ).fetchall()[0][0]
    nps = f"{round(100 * (promoters - detractors) / n):+d}".replace("-", "−")
    assert f"NPS {nps} (n = {n:,})" in evidence


def test_parts_are_told_once_each():
    assert len({part.name for part in PARTS}) == len(PARTS)
