"""A sample shop as it was known on a day: without later rows, and without what was noted later on earlier ones."""

from datetime import date
from pathlib import Path

import duckdb

from pipelines.contract import TABLES
from pipelines.errors import InputError
from pipelines.quoting import sql_text
from pipelines.sample.contracts import PLANS, PRICE_RISE_MONTH
from pipelines.sample.people import TIER_FROM, TIERS
from pipelines.sample.seasons import FIRST_DAY, MONTH_EDGES

# The moment each row is about; order lines have their order's.
_MOMENT = {
    "orders": "ordered_at", "customers": "signed_up_at", "consents": "changed_at", "support_tickets": "opened_at",
    "surveys": "answered_at", "touchpoints": "occurred_at", "contacts": "contacted_at", "subscriptions": "started_at",
}  # fmt: skip
# What is noted on a row at a moment of its own: that moment, and the columns that belong to it with what stood there.
_LATER: dict[str, dict[str, dict[str, str]]] = {
    "orders": {"delivered_at": {}, "refunded_at": {"refunded": "0.0"}},
    "order_lines": {"returned_at": {"returned_quantity": "0.0"}},
    "support_tickets": {
        "first_replied_at": {}, "solved_at": {}, "reopened_at": {}, "rated_at": {"satisfaction": "null"},
    },
    "contacts": {"responded_at": {}},
    "subscriptions": {"ended_at": {}},
}  # fmt: skip


def write_known(shop: Path, day: date, to: Path) -> None:
    """Write what was known of a sample shop before `day` into another folder, as Parquet, without the truth.

    `shop` is a folder that `write_sample` or `play_sample` wrote as Parquet. A ticket that is solved anew after the day
    stands open, for its first solution is not on record. Raises InputError if a table is missing.
    """
    to.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute("set variable day = ?::timestamp", [day])
        for name in TABLES:
            file = shop / f"{name}.parquet"
            if not file.exists():
                raise InputError(f"{shop} holds no {file.name}: write a sample shop there, as Parquet.")
            con.execute(f"create view {name} as from read_parquet({sql_text(str(file))})")
        for name in TABLES:
            con.execute(f"copy ({_known(name, day)}) to {sql_text(str(to / f'{name}.parquet'))} (format parquet)")


def _known(table: str, day: date) -> str:
    """The query of a table as it was known."""
    if table == "customers":
        return _customers()
    if table == "order_lines":
        return (
            f"select order_lines.* replace ({_before(table)}) from order_lines "
            "semi join (from orders where ordered_at < getvariable('day')) using (order_id)"
        )
    if table not in _MOMENT:
        return f"from {table}"
    replaced = [_before(table), _renewal(day)] if table == "subscriptions" else [_before(table)]
    chosen = f"* replace ({', '.join(filter(None, replaced))})" if any(replaced) else "*"
    return f"select {chosen} from {table} where {_MOMENT[table]} < getvariable('day')"


def _before(table: str) -> str:
    """Columns that are noted later, each as it stood before the day."""
    found = []
    for moment, belongings in _LATER.get(table, {}).items():
        is_later = f"{moment} >= getvariable('day')"
        found += [f"case when {is_later} then {old} else {name} end as {name}" for name, old in belongings.items()]
        found.append(f"case when {is_later} then null else {moment} end as {moment}")
    return ", ".join(found)


def _renewal(day: date) -> str:
    """A running contract's next renewal after the day, and its fee before prices rose."""
    period = " ".join(f"when {sql_text(name)} then {365.25 if yearly else 30.4375}" for name, _, yearly in PLANS)
    fees = " ".join(f"when {sql_text(name)} then {fee}" for name, fee, _ in PLANS)
    days = f"(case plan {period} end)"
    periods = f"greatest(ceil(epoch(getvariable('day') - started_at) / 86400 / {days}), 1)"
    next_one = f"started_at + to_microseconds(cast({periods} * {days} * 86400000000 as bigint))"
    told = (
        "case when coalesce(ended_at >= getvariable('day'), true) "
        f"then date_trunc('second', {next_one}) end as renews_at"
    )
    has_risen = (day - FIRST_DAY).days > MONTH_EDGES[PRICE_RISE_MONTH]
    return told if has_risen else f"{told}, case plan {fees} end as monthly_fee"


def _customers() -> str:
    """Customers who had signed up, with the points and the tier that their orders had brought by then."""
    known = "case when refunded_at >= getvariable('day') then 0.0 else refunded end"
    points = "floor(round(100 * (revenue - {})) / 100) * (status = 'completed')::int"
    steps = " ".join(f"when points < {least} then '{tier}'" for tier, least in zip(TIERS, TIER_FROM, strict=False))
    return f"""
        with later as (
            select customer_id, sum({points.format("refunded")})
                - coalesce(sum({points.format(known)}) filter (ordered_at < getvariable('day')), 0) as points
            from orders group by customer_id
        ),
        pointed as (
            select customers.*, loyalty_points - coalesce(later.points, 0) as points
            from customers left join later using (customer_id)
            where signed_up_at < getvariable('day')
        )
        select * exclude (points) replace (points as loyalty_points,
            case when points is not null then case {steps} else '{TIERS[-1]}' end end as loyalty_tier)
        from pointed order by customer_id"""
