"""Candidates for the risks of the overview, each found in published tables by one rule."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import duckdb

from models import told
from models.executive_risks import Risk
from models.support_effect import newcombe
from pipelines.queries.rows import record, records
from pipelines.warehouse import tables

LARGE_SHARE = 0.1  # of all value at risk, from which one customer alone is named
_HIGH = "band=High&band=Very high"
_EVERYBODY = "show=All customers&held_out=true"  # the figures count who is held out as well
_LATE_RULES = ("calibration", "behaviour")

Row = dict[str, Any]
Rule = Callable[[duckdb.DuckDBPyConnection, str, date], Iterator[Risk]]


def candidates(con: duckdb.DuckDBPyConnection, currency: str, day: date) -> list[Risk]:
    """Every risk whose rule holds; rules whose tables are missing are passed over."""
    present = tables(con)
    return [risk for rule, needed in _RULES.items() if needed <= present for risk in rule(con, currency, day)]


def _doubtful(con: duckdb.DuckDBPyConnection, currency: str, day: date) -> Iterator[Risk]:
    """The model's promises do not hold any more, or cannot be made."""
    advice = record(con, "from retrain_advice")
    if advice and advice["is_due"] and advice["rule"] in _LATE_RULES:
        text = f"Churn risks may be off: {advice['reason']}. {advice['advice']}"
        yield Risk("model_doubtful", "model", "Risks may be wrong", text, "model_health", is_first=True)


def _broken(con: duckdb.DuckDBPyConnection, currency: str, day: date) -> Iterator[Risk]:
    """A delivery of data broke and is not mended."""
    for found in records(con, "from data_breaks where is_current order by started_on desc limit 1"):
        yield Risk("data_break", "data", "A delivery of data is broken", str(found["sentence"]), "data_health",
                   is_first=True)  # fmt: skip


def _valuable(con: duckdb.DuckDBPyConnection, currency: str, day: date) -> Iterator[Risk]:
    """The most valuable fifth at high risk."""
    edge = record(con, "from value_edges order by value_class desc limit 1")
    if edge is None:
        return
    found = _sums(con, "risk_band in ('high', 'very high') and expected_value >= $least", least=edge["value_from"])
    text = (
        f"{told.plural(found['customers'], 'customer')} of the most valuable fifth are at high risk: "
        f"{told.money(found['money'], currency)}, {told.percent(found['share'])} of all value at risk."
    )
    if found["largest"] >= LARGE_SHARE * found["everything"]:
        text += f" One of them alone stands for {told.money(found['largest'], currency)}."
    yield Risk("valuable_leaving", "value", "Valuable customers about to leave", text, "worklist",
               f"{_HIGH}&expected_from={int(edge['value_from'])}&{_EVERYBODY}", found["customers"],
               found["money"])  # fmt: skip


def _unreachable(con: duckdb.DuckDBPyConnection, currency: str, day: date) -> Iterator[Risk]:
    """At high risk, and nobody may contact them."""
    found = _sums(con, "risk_band in ('high', 'very high') and contactable_channels = ''")
    if found["customers"]:
        text = (
            f"{told.plural(found['customers'], 'customer')} at high risk may not be contacted on any channel: "
            f"{told.money(found['money'], currency)} of value at risk that no campaign reaches. Consent comes with "
            "service, an order or an account."
        )
        yield Risk("no_consent", "reach", "Nobody may contact them", text, "worklist", f"{_HIGH}&{_EVERYBODY}",
                   found["customers"], found["money"])  # fmt: skip


def _waiting(con: duckdb.DuckDBPyConnection, currency: str, day: date) -> Iterator[Risk]:
    """Customers who wait for the help desk."""
    found = _sums(con, "open_tickets > 0")
    if found["customers"]:
        text = (
            f"{told.plural(found['customers'], 'customer')} on the list wait for an answer to a ticket: "
            f"{told.money(found['money'], currency)} of value at risk. Until it is solved, no offer is made to them."
        )
        yield Risk("open_tickets", "tickets", "Tickets without an answer", text, "experience", "experience=Service",
                   found["customers"], found["money"])  # fmt: skip


def _detractors(con: duckdb.DuckDBPyConnection, currency: str, day: date) -> Iterator[Risk]:
    """Detractors whom nobody called back in time."""
    found = _sums(con, "customer_id in (select customer_id from experience_detractors where state = 'overdue')")
    if found["customers"]:
        text = (
            f"{told.plural(found['customers'], 'customer')} on the list rated the shop 0 to 6 in the last 90 days and "
            f"were not called back within 48 hours: {told.money(found['money'], currency)} of value at risk."
        )
        yield Risk("detractors", "calls", "Unhappy customers not called back", text, "experience",
                   "experience=Call back", found["customers"], found["money"])  # fmt: skip


def _troubles(con: duckdb.DuckDBPyConnection, currency: str, day: date) -> Iterator[Risk]:
    """Late parcels and repeat returns nobody has written about."""
    told_as = {
        "late parcel": ("Late parcels", "have a late parcel and have not written yet"),
        "repeat returns": ("Goods keep coming back", "sent back from several orders and have not written yet"),
    }
    for state, (title, words) in told_as.items():
        chosen = "customer_id in (select customer_id from proactive_service where state = $state)"
        found = _sums(con, chosen, state=state)
        if found["customers"]:
            text = (
                f"{told.plural(found['customers'], 'customer')} on the list {words}: "
                f"{told.money(found['money'], currency)} of "
                "value at risk."
            )
            yield Risk(state.replace(" ", "_"), state, title, text, "worklist",
                       f"trouble={state.capitalize()}&{_EVERYBODY}", found["customers"], found["money"])  # fmt: skip


def _sums(con: duckdb.DuckDBPyConnection, chosen: str, **values: Any) -> Row:
    """Customers with a risk that a condition chooses: how many, their value at risk, its share, the largest one."""
    found = record(
        con,
        f"""
        select count(*) filter (chosen) as customers, coalesce(sum(value_at_risk) filter (chosen), 0) as money,
            coalesce(sum(value_at_risk), 0) as everything, coalesce(max(value_at_risk) filter (chosen), 0) as largest,
            coalesce(money / nullif(everything, 0), 0) as share,
        from (select value_at_risk, coalesce({chosen}, false) as chosen from customer_list where is_scored)
        """,
        values,
    )
    return found or {}


def _leaving(con: duckdb.DuckDBPyConnection, currency: str, day: date) -> Iterator[Risk]:
    """A coming month in which fewer stay than in any of the last twelve, beyond the band."""
    lowest = record(
        con,
        "select min(retention_rate) as rate, count(retention_rate) as months from"
        " (from kpi_months where not is_running and retention_rate is not null order by month desc limit 12)",
    )
    ahead = record(
        con,
        "from retention_forecast where measure = 'month' and kind = 'forecast' and as_of_date <= $day"
        " order by expected limit 1",
        {"day": day},
    )
    if ahead is None or lowest is None or lowest["months"] < 12 or ahead["high"] >= lowest["rate"]:
        return
    lost = (1 - ahead["expected"]) * ahead["n"]
    text = (
        f"In {told.month(ahead['month'])} {told.rate(ahead['expected'])} are expected to stay, fewer than in any of "
        f"the last twelve months: by its end {told.plural(lost, 'customer')} will not have ordered for "
        f"{ahead['active_days']} days."
    )
    yield Risk("retention_falling", "retention", "Retention is about to fall", text, "worklist",
               f"stage=Lapsed&{_EVERYBODY}", round(lost))  # fmt: skip


def _second_order(con: duckdb.DuckDBPyConnection, currency: str, day: date) -> Iterator[Risk]:
    """Fewer first buyers come a second time than in the period before, beyond chance."""
    steps = {row["period"]: row for row in records(con, "from kpi_steps where step = 2")}
    firsts = {row["period"]: row["customers"] for row in records(con, "from kpi_steps where step = 1")}
    if set(steps) != {"latest", "before"}:
        return
    now, then = ((steps[period]["share_of_first"], firsts[period]) for period in ("latest", "before"))
    if newcombe(now, then)[1] < 0:
        text = (
            f"Of {told.plural(now[1], 'first buyer')} {told.rate(now[0])} ordered again within "
            f"{steps['latest']['within_days']} days; of those in the period before, {told.rate(then[0])} did."
        )
        yield Risk(
            "second_order",
            "steps",
            "Fewer come a second time",
            text,
            "worklist",
            f"stage=New&{_EVERYBODY}",
            int(now[1]),
        )


def _less_content(con: duckdb.DuckDBPyConnection, currency: str, day: date) -> Iterator[Risk]:
    """CSAT of the newest whole month below that of the same month a year before, beyond chance."""
    rows = records(
        con,
        """
        select now.month, now.value, now.n, old.value as old_value, old.n as old_n
        from experience_scores as now
        inner join experience_scores as old
            on old.month = now.month - interval 1 year and old.dimension = 'month' and old.kind = now.kind
            and old.source = now.source
        where now.dimension = 'month' and not now.is_running and now.kind = 'csat' and now.source = 'survey'
        order by now.month desc limit 1
        """,
    )
    for row in rows:
        if newcombe((row["value"], row["n"]), (row["old_value"], row["old_n"]))[1] < 0:
            text = (
                f"In {told.month(row['month'])} {told.percent(row['value'])} of {told.plural(row['n'], 'answer')} were "
                f"content (4 or 5 of 5), a year before {told.percent(row['old_value'])}."
            )
            yield Risk(
                "less_content",
                "voice",
                "Customers are less content",
                text,
                "experience",
                "experience=Voice of the customer",
            )


_RULES: dict[Rule, set[str]] = {
    _doubtful: {"retrain_advice"},
    _broken: {"data_breaks"},
    _valuable: {"customer_list", "value_edges"},
    _unreachable: {"customer_list"},
    _waiting: {"customer_list"},
    _detractors: {"customer_list", "experience_detractors"},
    _troubles: {"customer_list", "proactive_service"},
    _leaving: {"kpi_months", "retention_forecast"},
    _second_order: {"kpi_steps"},
    _less_content: {"experience_scores"},
}
