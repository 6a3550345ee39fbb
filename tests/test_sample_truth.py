"""What is planted in the sample shop can be found in its tables, within the error that its size allows.

Differences are judged by z = difference / standard error: an effect that must be there needs |z| above a bound, one
that must not be there |z| below 4, which chance exceeds once in 16,000 draws.
"""

import dataclasses
from pathlib import Path

import duckdb
import numpy as np
import pytest
from scipy.stats import spearmanr

from pipelines.sample import write_sample
from pipelines.sample.coefficients import ACTIONS, Coefficients, Experience

CUSTOMERS = 20_000


def written(to: Path, coefficients: Coefficients | None = None) -> duckdb.DuckDBPyConnection:
    write_sample(CUSTOMERS, 11, to, coefficients=coefficients)
    con = duckdb.connect()
    for path in sorted(to.glob("*.parquet")):
        con.execute(f"create view {path.stem} as from '{path}'")
    # One row per completed order: whether the decision after it was to leave (no other order ever followed).
    con.execute("""create table decisions as
        select o.*, lead(ordered_at) over (partition by customer_id order by ordered_at, order_id) is null as was_last,
            delivered_at > promised_at as is_late
        from orders o""")
    con.execute("""create table after_contact as
        select c.*, t.had_left, t.effect, r.response_type,
            not exists (from orders o where o.customer_id = c.customer_id and o.ordered_at >= c.contacted_at
                and o.ordered_at < c.contacted_at + interval 90 day) as churned
        from contacts c join truth_contacts t using (contact_id) join truth r on r.customer_id = c.customer_id
        where c.contacted_at < timestamp '2026-08-01'""")
    return con


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    return written(tmp_path_factory.mktemp("shop"))


def column(con: duckdb.DuckDBPyConnection, sql: str) -> np.ndarray:
    return np.array([row[0] for row in con.execute(sql).fetchall()], dtype=float)


def difference(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Return the difference of two means and its standard error."""
    assert min(len(first), len(second)) >= 50
    return first.mean() - second.mean(), np.sqrt(first.var() / len(first) + second.var() / len(second))


def z(first: np.ndarray, second: np.ndarray) -> float:
    gap, error = difference(first, second)
    return gap / error


def test_nobody_orders_after_leaving(shop):
    late = "select count(*) from orders join truth using (customer_id) where ordered_at > left_at"
    assert column(shop, late)[0] == 0
    assert column(shop, "select count(*) from truth where left_at is not null")[0] > CUSTOMERS / 3
    assert column(shop, "select count(*) from truth where times_won_back > 0")[0] > 100


def test_who_has_not_left_will_order_again(shop):
    wrong = "select count(*) from truth where (left_at is null) != (cause is null) or " \
        "(left_at is null and next_ordered_at is null and not never_orders)"  # fmt: skip
    assert column(shop, wrong)[0] == 0
    assert column(shop, "select min(epoch(next_ordered_at)) from truth")[0] >= 1793491200  # 2026-11-01


@pytest.mark.parametrize("as_of", ["2024-10-01", "2025-02-01", "2025-08-01", "2026-07-01"])
def test_churn_among_active_customers_is_realistic(shop, as_of):
    churned = column(shop, f"""select max(ordered_at) < date '{as_of}' from orders
        where ordered_at < date '{as_of}' + interval 90 day group by customer_id
        having max(ordered_at) filter (ordered_at < date '{as_of}') >= date '{as_of}' - interval 1 year""")  # fmt: skip
    assert len(churned) > 2000
    assert 0.35 < churned.mean() < 0.60


def test_late_parcels_bring_tickets(shop):
    asked = "exists (from support_tickets s where s.order_id = d.order_id)"
    sql = f"select {asked}::int from decisions d where is_late"
    assert z(column(shop, sql), column(shop, sql.replace("where is_late", "where not is_late"))) > 20


def test_late_parcels_drive_customers_away(shop):
    sql = "select was_last::int from decisions where ordered_at < timestamp '2025-10-01' and is_late"
    assert z(column(shop, sql), column(shop, sql.replace("and is_late", "and not is_late"))) > 10


def leavers(con: duckdb.DuckDBPyConnection, condition: str) -> np.ndarray:
    """Return for tickets of old orders that meet the condition whether the order stayed the last one."""
    return column(con, f"""select was_last::int from decisions
        join support_tickets s using (order_id) join truth_tickets t using (ticket_id)
        where ordered_at < timestamp '2025-10-01' and not is_unsolved and {condition}""")  # fmt: skip


def test_slow_replies_drive_customers_away_as_much_as_the_truth_says(shop):
    gap, error = difference(
        leavers(shop, "is_slow and not is_reopened"), leavers(shop, "not is_slow and not is_reopened")
    )
    planted = column(shop, """select leave_probability_if_slow - leave_probability_if_fast from truth_tickets
        where is_caused_by_order and not is_reopened and not is_unsolved""").mean()  # fmt: skip
    assert gap / error > 5
    # A leaver won back later has another order after all, so that a little less is seen than was planted.
    assert 0.75 * planted - 4 * error < gap < planted + 4 * error


def test_without_the_planted_effect_slow_replies_hurt_nobody(tmp_path):
    harmless = dataclasses.replace(Experience(), slow_reply=0.0, solved_first_time=0.0)
    other = written(tmp_path, dataclasses.replace(Coefficients(), experience=harmless))
    slow, fast = leavers(other, "is_slow and not is_reopened"), leavers(other, "not is_slow and not is_reopened")
    assert abs(z(slow, fast)) < 4
    gap = "select max(abs(leave_probability_if_slow - leave_probability_if_fast)) from truth_tickets"
    assert column(other, gap)[0] == 0


def test_reopened_tickets_drive_customers_away(shop):
    assert z(leavers(shop, "is_reopened"), leavers(shop, "not is_reopened and not is_slow")) > 6


def test_the_bad_spring_made_replies_slow(shop):
    sql = """select (first_replied_at > opened_at + interval 24 hour)::int from support_tickets
        where first_replied_at is not null
            and {} opened_at between timestamp '2025-03-01' and timestamp '2025-06-01'"""
    assert z(column(shop, sql.format("")), column(shop, sql.format("not"))) > 8


def test_arms_are_drawn_at_random(shop):
    treated = column(shop, "select (arm = 'treated')::int from contacts")
    assert abs(treated.mean() - 0.6) < 4 * treated.std() / np.sqrt(len(treated))
    traits = ("discount_taste", "regularity", "ln(mean_gap_days)", "service_sensitivity", "engagement", "had_left::int",
               "(response_type = 'persuadable')::int", "(response_type = 'worse_off')::int")  # fmt: skip
    for trait in traits:
        sql = f"""select {trait} from contacts join truth_contacts using (contact_id, customer_id)
            join truth using (customer_id) where arm = '{{}}'"""
        assert abs(z(column(shop, sql.format("treated")), column(shop, sql.format("control")))) < 4, trait


def effect(con: duckdb.DuckDBPyConnection, condition: str) -> tuple[float, float]:
    """Return treated minus control share of customers without an order in 90 days, and its standard error."""
    sql = "select churned::int from after_contact where arm = '{}' and " + condition
    return difference(column(con, sql.format("treated")), column(con, sql.format("control")))


def planted(con: duckdb.DuckDBPyConnection, condition: str) -> float:
    return float(column(con, f"select avg(effect) from after_contact where {condition}")[0])


def test_the_persuadable_are_kept_as_often_as_planted(shop):
    for action in ACTIONS[:2]:
        condition = f"response_type = 'persuadable' and action = '{action}'"
        gap, error = effect(shop, condition)
        assert abs(gap - planted(shop, condition)) < 4 * error
    gap, error = effect(shop, "response_type = 'persuadable'")
    assert gap / error < -6


def test_a_wake_up_drives_the_worse_off_away(shop):
    condition = "response_type = 'worse_off' and action = 'wake_up_email' and not had_left"
    gap, error = effect(shop, condition)
    assert gap / error > 3
    assert gap < planted(shop, condition) + 4 * error  # some would not have ordered in 90 days anyway


def test_the_indifferent_do_not_care(shop):
    gap, error = effect(shop, "response_type = 'indifferent'")
    assert abs(gap / error) < 4
    assert planted(shop, "response_type = 'indifferent'") == 0


def test_the_year_has_seasons(shop):
    per_day = dict(
        shop.execute("""select month(ordered_at), count(*) / count(distinct ordered_at::date)
        from orders where year(ordered_at) = 2025 group by 1""").fetchall()
    )
    assert per_day[12] > 1.25 * per_day[7] and per_day[11] > 1.25 * per_day[8]
    share = (
        "select (month(ordered_at) in (11, 12))::int from orders join truth using (customer_id) where season {} 'gift'"
    )
    assert z(column(shop, share.format("=")), column(shop, share.format("!="))) > 20
    spring = (
        "select (month(ordered_at) in (3, 4, 5))::int from orders join truth using (customer_id) where season = '{}'"
    )
    assert z(column(shop, spring.format("garden")), column(shop, spring.format("cosy"))) > 10


def test_regular_customers_buy_regularly_and_at_their_own_pace(shop):
    found = shop.execute("""
        with gaps as (
            select *, epoch(ordered_at - lag(ordered_at) over (partition by customer_id order by ordered_at)) as gap
            from orders)
        select regularity, mean_gap_days, stddev(gap) / avg(gap), median(gap) / 86400
        from gaps join truth using (customer_id)
        where season = 'steady' and gap > 86400
        group by customer_id, regularity, mean_gap_days having count(gap) >= 8""").fetchall()
    rows = np.array(found, dtype=float)
    assert len(rows) > 300
    regularity, pace, variation, median = rows.T
    assert spearmanr(regularity, variation).statistic < -4 / np.sqrt(len(rows)) - 0.15
    assert spearmanr(pace, median).statistic > 0.8


def test_accessories_and_pairs_are_bought_together(shop):
    lifts = column(shop, """with pairs as (
            select a.product_id as product, b.product_id as accessory, count(*) as together
            from order_lines a join order_lines b using (order_id) join products p on p.product_id = b.product_id
            where p.accessory_of = a.product_id group by all having count(*) >= 20),
        bought as (select product_id, count(*) as orders from order_lines group by all)
        select together * (select count(*) from orders) / a.orders / b.orders from pairs
        join bought a on a.product_id = product join bought b on b.product_id = accessory""")  # fmt: skip
    assert len(lifts) > 10
    assert np.quantile(lifts, 0.1) > 2


def test_spending_follows_a_power_law(shop):
    spent = np.sort(column(shop, "select sum(revenue) from orders group by customer_id"))[::-1]
    assert spent[: len(spent) // 100].sum() > 0.15 * spent.sum()
    assert spent[0] > 100 * np.median(spent)


def test_interest_fades_before_a_customer_leaves(shop):
    sql = """select count(occurred_at) from truth join customers using (customer_id)
        left join touchpoints t on t.customer_id = truth.customer_id
            and kind in ('cart_abandoned', 'chat', 'store_visit')
            and occurred_at between left_at - interval {} day and left_at - interval {} day
        where left_at between signed_up_at + interval 100 day and timestamp '2026-10-31'
            and left_at > timestamp '2024-02-01' group by truth.customer_id"""
    assert z(column(shop, sql.format(90, 60)), column(shop, sql.format(30, 0))) > 8


def test_surveys_reflect_what_happened(shop):
    sql = """select score from surveys s where kind = 'nps' and {} exists (
        from decisions d where d.customer_id = s.customer_id and is_late
            and d.ordered_at between s.answered_at - interval 60 day and s.answered_at)"""
    assert z(column(shop, sql.format("")), column(shop, sql.format("not"))) < -6
    rated = """select satisfaction from support_tickets join truth_tickets using (ticket_id)
        where satisfaction is not null and {} is_slow"""
    assert z(column(shop, rated.format("")), column(shop, rated.format("not"))) < -10


def test_subscriptions_end_for_the_planted_reasons(shop):
    causes = dict(shop.execute("select end_cause, count(*) from truth_subscriptions group by 1").fetchall())
    assert set(causes) == {None, "natural", "left", "price_rise", "bad_service"}
    ended = """select coalesce(ended_at < timestamp '{0}' + interval 2 month, false)::int from subscriptions
        where started_at < timestamp '{0}' and (ended_at is null or ended_at >= timestamp '{0}')"""
    assert z(column(shop, ended.format("2025-09-01")), column(shop, ended.format("2025-06-01"))) > 3
