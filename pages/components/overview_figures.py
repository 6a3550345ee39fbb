"""The five tiles of the overview: retention, NRR, value at risk, incremental revenue kept, experience."""

import pandas as pd

from pages.components import words
from pages.components.overview_shop import Shop
from pages.components.sentences import has_model, same_month_last_year
from pages.components.tile import Tile

MONTHS_SHOWN = 13
KINDS = {"csat": "CSAT", "nps": "NPS", "ces": "CES"}
HOW_TO_MEASURE = (
    "Only customers who were left alone at random can tell it: launch a campaign with a control group on the page "
    "Campaigns, or load contacts with their arm. Its result is read once its stop date and the horizon are over."
)


def tiles(shop: Shop) -> list[Tile]:
    """Each with the months behind it and the change to the same month of last year, where both are known."""
    return [_retention(shop), _net_retention(shop), _at_risk(shop), _kept(shop), _experience(shop)]


def _retention(shop: Shop) -> Tile:
    run = shop.run
    active = (
        "Customers with a running contract at the start of the month."
        if run["eligibility"] == "subscribed"
        else f"Customers with an order in the {words.plural(run['active_days'], 'day')} before the month began."
    )
    definition = (
        "Retention rate per month = (customers at the end − new or returned ones) ÷ customers at the start of the "
        f"month; churn rate = 1 − retention rate. {active} Unit: share of customers."
    )
    return _monthly(shop, "retention_rate", "Retention, per month", definition, "retention_12m")


def _net_retention(shop: Shop) -> Tile:
    what = (
        "monthly fees of running contracts"
        if "fees" in set(shop.bridge.get("basis", []))
        else f"net revenue of the last {words.plural(shop.run['active_days'], 'day')}"
    )
    definition = (
        "Net revenue retention = (start + expansion − contraction − churned) ÷ start, of the customers active at the "
        f"start of the month; revenue is the {what}. Above 100 %: those who stayed grew by more than was lost."
    )
    return _monthly(shop, "nrr", "NRR, per month", definition, "nrr_12m")


def _monthly(shop: Shop, column: str, label: str, definition: str, yearly: str) -> Tile:
    """A rate of the newest month that is over, with the same over twelve months beside it."""
    newest, before = same_month_last_year(shop.months, column)
    if newest is None:
        late = f"{definition} The data do not reach back far enough on {words.day(shop.run['as_of_date'])}."
        return Tile(label, words.MISSING, late, note="data too young")
    over = shop.months[~shop.months["is_running"].astype(bool) & shop.months[column].notna()]
    now = float(newest[column])
    year = "" if words.is_missing(newest[yearly]) else f"{words.rate(newest[yearly])} over{words.GAP}12{words.GAP}m"
    help_text = f"{definition} {words.month(newest['month'])}, n = {_active(newest['active_customers'])}."
    if year:
        help_text += f" Over 12 months: {words.rate(newest[yearly])}, n = {_active(newest['n_12m'])}."
    return Tile(
        label, words.rate(now), help_text,
        change=None if before is None else words.points(now - before),
        note=_notes(_against(newest["month"], before), year),
        trend=tuple(over[column].tail(MONTHS_SHOWN).astype(float)),
        is_up=_way(None if before is None else words.points(now - before)),
    )  # fmt: skip


def _active(number: float) -> str:
    return words.plural(number, "active customer")


def _against(month: pd.Timestamp, before: float | None) -> str:
    """What a figure is compared with: as short as on an axis, so that it fits a phone's tile."""
    return f"in {words.month(month)}" if before is None else f"vs {month - pd.DateOffset(years=1):%b %y}"


def _notes(*notes: str) -> str:
    return " · ".join(note for note in notes if note)


def _way(change: str | None) -> bool | None:
    """Whether a change goes up; None for none."""
    return None if change is None or change[0] not in "+−" else change[0] == "+"


def _at_risk(shop: Shop) -> Tile:
    run, totals = shop.run, shop.totals
    label = f"Value at risk, {words.days(run['horizon_days'])}"
    if not has_model(run):
        why = (
            f"Nobody has a churn risk, so no value at risk either: {run['model_state']}. {run['model_note']} "
            f"As of {words.day(run['as_of_date'])}."
        )
        return Tile(label, words.MISSING, why, note=run["model_state"])
    share = totals["value_at_risk"] / totals["expected_value"] if totals["expected_value"] else None
    change = _since_last_year(shop)
    return Tile(
        label, words.money_tile(totals["value_at_risk"], run["currency"]),
        f"Sum of churn risk × expected value, in {run['currency']}: margin expected to be lost with the customers who "
        f"{words.churn(run['eligibility'])['leave']} in the next {run['horizon_days']} days if nothing is done. "
        f"n = {words.plural(totals['customers'], 'scored customer')}, as of {words.day(run['as_of_date'])}. "
        "Past months are shown once runs have told them; nobody's past risk is made up.",
        change=change, is_up=_way(change),
        note=_notes("vs a year ago" if change else "", f"{words.percent(share)} of expected margin"),
        trend=_run_by_run(shop),
    )  # fmt: skip


def _run_by_run(shop: Shop) -> tuple[float, ...]:
    """The value at risk that the last runs told, one per month."""
    days = shop.at_risk_days.assign(month=pd.to_datetime(shop.at_risk_days["as_of_date"]).dt.to_period("M"))
    monthly = days.groupby("month")["value_at_risk"].last().dropna().tail(MONTHS_SHOWN)
    return tuple(monthly.astype(float)) if len(monthly) > 1 else ()


def _since_last_year(shop: Shop) -> str | None:
    """How the value at risk moved since the run nearest to a year ago, if one lies within a fortnight of it."""
    days = pd.to_datetime(shop.at_risk_days["as_of_date"])
    apart = (days - (pd.Timestamp(shop.run["as_of_date"]) - pd.DateOffset(years=1))).abs()
    if apart.empty or apart.min() > pd.Timedelta(days=14):
        return None
    before = float(shop.at_risk_days["value_at_risk"].iloc[int(apart.to_numpy().argmin())])
    return words.change(shop.totals["value_at_risk"] / before - 1) if before else None


def _kept(shop: Shop) -> Tile:
    label, date = "Incremental revenue", words.day(shop.run["as_of_date"])
    definition = (
        "Revenue that campaigns earned: treated minus control, everybody in the arm they were drawn for, times the "
        f"customers treated, in {shop.run['currency']}; campaigns whose result came within the 12 months."
    )
    if shop.kept.empty:
        nothing = f"{definition} No result is known on {date}. {HOW_TO_MEASURE}"
        return Tile(label, "Not measured", nothing, note="yet: launch a campaign with a control group")
    newest = shop.kept.iloc[-1]
    low, high = (words.money_tile(newest[end], shop.run["currency"]) for end in ("low", "high"))
    before = shop.kept[shop.kept["month"] == newest["month"] - pd.DateOffset(years=1)]["amount"]
    change = _more(newest["amount"] - before.iloc[0], shop.run["currency"]) if len(before) else None
    unsure, against = newest["low"] <= 0 <= newest["high"], _against(newest["month"], len(before) or None)
    return Tile(
        label, words.money_tile(newest["amount"], shop.run["currency"]),
        f"{definition} 95 % interval {low} to {high}"
        f"{': it holds 0, so neither a gain nor a loss is shown' if unsure else ''}. Through "
        f"{words.month(newest['month'])}, n = {words.plural(newest['treated_n'], 'treated customer')} and "
        f"{words.count(newest['control_n'])} left alone in {words.plural(newest['campaigns'], 'campaign')}.",
        change=change, is_up=_way(change),
        note=_notes(f"12{words.GAP}m, {against}", _span(newest["low"], newest["high"])),
        trend=tuple(shop.kept["amount"].tail(MONTHS_SHOWN).astype(float)) if len(shop.kept) > 1 else (),
    )  # fmt: skip


def _span(low: float, high: float) -> str:
    """An interval of money as short as a tile needs it: `−111 k to +50 k`."""
    unit, sign = next((size, name) for size, name in ((1e6, "M"), (1e3, "k"), (1.0, "")) if max(-low, high) >= size
                      or size == 1.0)  # fmt: skip
    ends = (f"{end / unit:+,.0f}{words.GAP}{sign}".strip().replace("-", "−") for end in (low, high))
    return " to ".join(ends)


def _more(amount: float, currency: str) -> str:
    """A signed amount of money."""
    return f"{'+' if amount > 0 else ''}{words.money_tile(amount, currency)}"


def _experience(shop: Shop) -> Tile:
    """CSAT of the newest month that is over with its past, and NPS and CES of the same month."""
    told = {kind: found for kind in KINDS if (found := _answers(shop.scores, kind)) is not None}
    if not told:
        why = " ".join(shop.gaps[shop.gaps["part"] == "scores"]["sentence"]) if len(shop.gaps) else ""
        day = words.day(shop.run["as_of_date"])
        help_text = f"What customers said: CSAT, NPS, CES. {why or 'No month has an answer.'} As of {day}."
        return Tile("Experience", words.MISSING, help_text, note="no answers")
    first = next(iter(told))
    rows = told[first]
    newest = rows.iloc[-1]
    before = rows[rows["month"] == newest["month"] - pd.DateOffset(years=1)]["value"]
    change = _difference(first, newest["value"] - before.iloc[0]) if len(before) else None
    others = [
        f"{KINDS[kind]}{words.GAP}{score(kind, row['value'])}{words.GAP}({words.count(row['n'])})"
        for kind, of in told.items()
        if kind != first and len(row := of[of["month"] == newest["month"]].squeeze())
    ]
    return Tile(
        f"{KINDS[first]} (n {words.count(newest['n'])})", score(first, newest["value"]),
        _meaning(told, newest["month"]),
        change=change, is_up=_way(change),
        note=_notes(*others) or _against(newest["month"], None if change is None else 0.0),
        trend=tuple(rows["value"].tail(MONTHS_SHOWN).astype(float)) if len(rows) > 1 else (),
    )  # fmt: skip


def _answers(scores: pd.DataFrame, kind: str) -> pd.DataFrame | None:
    """Months that are over with an answer of a kind; stars of tickets only where no survey asks for CSAT."""
    if scores.empty:
        return None
    rows = scores[(scores["kind"] == kind) & ~scores["is_running"].astype(bool) & scores["value"].notna()]
    surveys = rows[rows["source"] == "survey"]
    found = (surveys if len(surveys) else rows).sort_values("month")
    return found if len(found) else None


def score(kind: str, value: float | None) -> str:
    """A score in its own unit: CSAT as a share, NPS signed, CES with one decimal."""
    if words.is_missing(value):
        return words.MISSING
    if kind == "csat":
        return words.percent(value)
    return f"{value:+.0f}".replace("-", "−") if kind == "nps" else f"{value:.1f}"


def _difference(kind: str, step: float) -> str:
    if kind == "csat":
        return words.points(step)
    return f"{step:+.{0 if kind == 'nps' else 1}f}".replace("-", "−")


def _meaning(told: dict[str, pd.DataFrame], month: pd.Timestamp) -> str:
    """Definition, interval and n of the scores of a month."""
    means = {
        "csat": "CSAT: share of 4 to 5 of 5",
        "nps": "NPS: % of 9–10 − % of 0–6",
        "ces": "CES: mean of 1 to 7, 7 is easy",
    }
    texts = []
    for kind, rows in told.items():
        for row in rows[rows["month"] == month].to_dict("records"):
            span = f"{score(kind, row['low'])} to {score(kind, row['high'])}"
            texts.append(f"{means[kind]}: {score(kind, row['value'])} (95 % {span}), n = {words.count(row['n'])}.")
    when = f"Answers of {words.month(month)}; in brackets how many; the change is to the same month of last year."
    return f"{when} {' '.join(texts)} Who is angry or delighted answers more often."
