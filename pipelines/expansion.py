"""What customers could buy beyond what they have, and who would recommend the shop: potential per group, advocates."""

from datetime import date, timedelta

import duckdb

from models.wilson import wilson
from pipelines.config import Settings
from pipelines.progress import Progress, silent
from pipelines.recommend import cross_sell_into
from pipelines.warehouse import run_folder, set_variables, tables

MOST_CUSTOMERS = 50_000  # of the replay: more would cost minutes and gain no digit that is shown
LEAST_BUYERS = 50  # of fewer who ordered no share is told
KINDS = ("up-sell", "accessory", "cross-sell", "replenishment")
_TABLES = {
    "expansion_rates": "kind varchar, measured_from date, measured_until date, is_sample boolean, customers bigint, "
    "ordered bigint, bought bigint, basis varchar, taken double, low double, high double",
    "expansion_customers": "customer_id varchar, kind varchar, product_id varchar, product_name varchar, "
    "evidence varchar, margin_per_sale double, propensity double, expected_margin double",
    "expansion_potential": "dimension varchar, group_name varchar, kind varchar, group_customers bigint, "
    "customers bigint, expected_sales double, margin_per_sale double, expected_margin double, low double, high double",
    "expansion_notes": "part varchar, sentence varchar",
}
_REPLAY = """
with

best as (
    select
        customer_id,
        kind,
        product_id,
    from ranked_recommendations
    qualify 1 = row_number() over (partition by customer_id, kind order by rank)
),

sold as (
    select distinct
        customer_id,
        product_id,
    from orders
    inner join order_lines using (order_id)
    where ordered_at >= $day and ordered_at < $until and coalesce(status, 'completed') != 'cancelled'
),

ordered as (select distinct customer_id from sold)

select
    best.kind,
    count(*) as customers,
    count(ordered.customer_id) as ordered,
    count(sold.customer_id) as bought,
from best
inner join features.churn_labels as looked_at using (customer_id)
left join ordered using (customer_id)
left join sold using (customer_id, product_id)
where looked_at.as_of_date = $day and looked_at.churned is not null
group by best.kind
"""


def expansion_into(
    con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date, progress: Progress = silent
) -> None:
    """Write tables expansion_rates, _customers, _potential, _actions, _notes, advocates and advocate_steps into `con`.

    After list, recommendations, actions and personas are there. Contract tables and facts are read by their bare names,
    stores `source` and `features` must be attached, variables as_of_date and eligibility set. Every table is there,
    empty where its source table is not; expansion_notes says which. docs/segments.md has the formulas.
    """
    progress("expansion", 0.0)
    for name, columns in _TABLES.items():
        con.execute(f"create or replace table {name} ({columns})")
    set_variables(con, gross_margin=float(settings.economics.gross_margin))
    present = tables(con)
    day = _replayed_day(con, settings, as_of)
    if "order_lines" in present and day is not None:
        _rates_into(con, settings, day)
    progress("expansion", 0.6)
    parts = run_folder(con, "expansion_parts", "temp table").built
    run_folder(con, "expansion_marts")
    _notes_into(con, present, settings)
    for name in parts:
        con.execute(f"drop table temp.{name}")


def _replayed_day(con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date) -> date | None:
    """The newest day whose horizon was over on the scored day; None where the history is shorter."""
    over = as_of - timedelta(days=settings.churn.horizon_days)
    found: date | None = con.execute(
        "select max(as_of_date) from snapshots where is_labelled and as_of_date <= ?", [over]
    ).fetchall()[0][0]
    return found


def _rates_into(con: duckdb.DuckDBPyConnection, settings: Settings, day: date) -> None:
    """Table expansion_rates: what became of the recommendations that would have been made on an earlier day.

    `taken` is the share of those who ordered at all; of all who were looked at where nobody's risk of ordering nothing
    is known, and for contracts, whose end says nothing about orders.
    """
    until = day + timedelta(days=settings.churn.horizon_days)
    with con.cursor() as past:  # tables, views and variables of its own
        is_sample = _past_shop(past, day)
        cross_sell_into(past)
        run_folder(past, "recommendations", "temp view")
        counted = past.execute(_REPLAY, {"day": day, "until": until}).fetchall()
    known = con.execute("select count(*) > 0 from customer_scores").fetchall()[0][0]
    basis = "ordered" if known and settings.churn.eligibility != "subscribed" else "looked at"
    for kind, customers, ordered, bought in sorted(counted):
        n = ordered if basis == "ordered" else customers
        share = (bought / n, *wilson(bought / n, n)) if ordered >= LEAST_BUYERS else (None, None, None)
        con.execute(
            "insert into expansion_rates values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [kind, day, until, is_sample, customers, ordered, bought, basis, *share],
        )


def _past_shop(past: duckdb.DuckDBPyConnection, day: date) -> bool:
    """What the recommender reads, of at most `MOST_CUSTOMERS` customers drawn by hash; returns whether it is a draw."""
    set_variables(past, as_of_date=day)
    (buyers,) = past.execute(
        "select count(distinct customer_id) from source.orders where ordered_at < ?", [day]
    ).fetchall()[0]
    share = min(1.0, MOST_CUSTOMERS / max(buyers, 1))
    drawn = "true" if share == 1 else f"md5(customer_id) < '{int(share * 16**8):08x}'"
    past.execute(f"create temp view orders as select * from source.orders where {drawn}")
    past.execute("create temp view order_lines as select * from source.order_lines semi join orders using (order_id)")
    if "source.products" in tables(past):
        past.execute("create temp view products as select * from source.products")
    return share < 1


def _notes_into(con: duckdb.DuckDBPyConnection, present: set[str], settings: Settings) -> None:
    """Table expansion_notes: one row per part that cannot be shown whole, with what would bring it."""
    (rates,) = con.execute("select count(taken) from expansion_rates").fetchall()[0]
    (asks,) = con.execute("select count(*) from actions where kind = 'referral'").fetchall()[0]
    notes = {
        "potential": "What customers could buy needs the table order_lines, the products of each order."
        if "order_lines" not in present
        else None
        if rates
        else f"How often a recommended product is bought is measured on a day {settings.churn.horizon_days} days or "
        f"more ago, on {LEAST_BUYERS} customers or more who then ordered. The history does not reach so far yet.",
        "links": None
        if "products" in present or "order_lines" not in present
        else "Upgrades and accessories need the table products with upgrade_of and accessory_of.",
        "advocates": None if "surveys" in present else "Advocates need answers to the NPS question: the table surveys.",
        "asking": None if asks else "The catalogue of actions has none of kind referral: nobody can be asked.",
    }
    for part, sentence in notes.items():
        if sentence:
            con.execute("insert into expansion_notes values (?, ?)", [part, sentence])
