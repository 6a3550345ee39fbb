"""Recommendations: what to offer a customer next, with the evidence in words, from what was known at the as-of date."""

import duckdb

from models.recommend import evidence, top_products
from pipelines.progress import Progress, silent
from pipelines.warehouse import run_folder, tables

PER_CUSTOMER = 5
TABLES = {"product_pairs": "ranked_pairs", "customer_recommendations": "ranked_recommendations"}
_EMPTY = {
    "product_pairs": "product_id varchar, product_name varchar, rank integer, pair_product_id varchar,"
    " pair_product_name varchar, support bigint, lift double, customers_together bigint, together_lift double,"
    " n bigint",
    "customer_recommendations": "customer_id varchar, rank integer, kind varchar, product_id varchar,"
    " product_name varchar, score double, evidence varchar",
}
_WITHOUT_LINES = "There are no recommendations: they need the table order_lines, the products of each order."
_WITHOUT_PRODUCTS = (
    "Recommendations name products by their number and know no upgrades or accessories: they need the table products."
)


def recommend_into(con: duckdb.DuckDBPyConnection, progress: Progress = silent) -> str:
    """Write tables product_pairs and customer_recommendations; returns what is missing in a sentence, or nothing.

    Reads orders, order_lines and products by their bare names and the variable as_of_date; looks at nothing from that
    day on. Without order_lines both tables are empty. product_pairs: one row per product and pair, at most 60 each;
    customer_recommendations: one row per customer and rank, at most 5 each, by customer and rank.
    """
    present = tables(con)
    if "order_lines" not in present:
        for name, columns in _EMPTY.items():
            con.execute(f"create table {name} ({columns})")
        return _WITHOUT_LINES
    progress("recommendations", 0.0)
    made = cross_sell_into(con)
    views = run_folder(con, "recommendations", "temp view").built
    for name, view in TABLES.items():
        con.execute(f"create table {name} as select * from {view}")
    for view in reversed(views):
        con.execute(f'drop view "{view}"')
    for name in made:
        con.execute(f'drop table "{name}"')
    return "" if "products" in present else _WITHOUT_PRODUCTS


def cross_sell_into(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Temporary table cross_sell_scores and what it is made from; returns the names of all of them.

    One row per customer_number and product_number not bought yet, the best five: score, because_number.
    """
    built = run_folder(con, "purchases", "temp table").built
    known = evidence(
        con.execute(
            "select customer_number, product_number, getvariable('as_of_date')::date - last_bought_on as days_ago"
            " from purchased_products"
        ).df(),
        con.execute("select product_number, pair_number, strength from pair_strengths where strength > 0").df(),
        con.execute("select product_number, demand_share from product_popularity").df(),
    )
    con.register("top_products", top_products(known, PER_CUSTOMER))
    con.execute(
        "create or replace temp table cross_sell_scores as"
        " select customer_number::integer as customer_number, product_number::integer as product_number,"
        " score::double as score, because_number::integer as because_number from top_products"
    )
    con.unregister("top_products")
    return ["cross_sell_scores", *built]
