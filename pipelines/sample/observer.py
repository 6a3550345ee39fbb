"""What the true hazard says of what can be seen: every formula and coefficient known, every customer inferred.

The observer knows how the shop works, to the last coefficient, and what happened with each order (`grievance`). Who the
customers are it must infer: pace, regularity, hazard, sensitivity, whether they wanted one order only. It draws many
possible persons per customer, weighs each by how well the orders so far fit, and averages their futures (importance
sampling; persons' paces are drawn around the customer's own gaps). Touchpoints and contacts it does not read.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from scipy.special import gammaincc, gammaln

from pipelines.quoting import sql_text
from pipelines.sample import shop_words as words
from pipelines.sample.coefficients import Coefficients
from pipelines.sample.draws import Bools, Floats, Ints, Rng
from pipelines.sample.seasons import FIRST_DAY, GIFT, SEASONS, STEADY, demand

DRAWS = 200
_BREAKS = 4  # points of the grid over the length of a break
_RETURNS_PER_DAY = 0.0004  # about the share of those who left who order again on a day, contacted or not
_GAP_VARIANCE = 0.7  # of the log of a gap: how far a proposal trusts the gaps seen; weights correct it


@dataclass(frozen=True)
class _Known:
    """One row per customer (`people`) and per order before the day (`orders`, `who` = position in `people`)."""

    people: pd.DataFrame
    orders: pd.DataFrame
    clock: Floats  # days of demand until each order, one column per season
    as_of: float
    horizon: float


@dataclass
class _Persons:
    """Possible persons, customers × draws, and the log of how well each fits so far."""

    mean_gap: Floats
    regularity: Floats
    log_hazard: Floats
    sensitivity: Floats
    season: Ints
    is_one_time: Bools
    earlier_orders: Floats
    log_weight: Floats
    log_gamma: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Keep the gamma function of the shapes, which every gap needs."""
        self.log_gamma = gammaln(self.regularity)


def inferred_chances(
    folder: Path, as_of: date, horizon_days: int, c: Coefficients | None = None, draws: int = DRAWS
) -> pd.Series:
    """Return the chance of no order in [as_of, as_of + horizon) that follows from what can be seen, by customer_id.

    One value per customer with an order before the day that was not cancelled; `folder` holds a sample shop as Parquet,
    written with the coefficients `c`.
    """
    c = c or Coefficients()
    known = _known(folder, as_of, horizon_days)
    persons = _draw(np.random.default_rng(0), known, draws, c)
    chances = np.zeros(persons.mean_gap.shape)
    last = known.orders.groupby("who")["number"].transform("max") == known.orders["number"]
    for _, orders in known.orders.groupby("number"):
        rows, is_last = orders.index.to_numpy(), last[orders.index].to_numpy()
        _weigh_gaps(known, persons, rows[~is_last], c)
        chances[orders["who"].to_numpy()[is_last]] = _future(known, persons, rows[is_last], c)
    weight = np.exp(persons.log_weight - persons.log_weight.max(axis=1, keepdims=True))
    return pd.Series((weight * chances).sum(axis=1) / weight.sum(axis=1), known.people["customer_id"])


def _known(folder: Path, as_of: date, horizon_days: int) -> _Known:
    """Read what the observer may see of customers with an order that counts before the day."""
    files = {path.stem: sql_text(str(path)) for path in folder.glob("*.parquet")}
    with duckdb.connect() as con:
        orders = con.execute(
            f"""
            select
                customer_id,
                epoch(ordered_at - ?::timestamp) / 86400 as day,
                coalesce(discount, 0) > 0 as is_discounted,
                grievance,
            from {files["orders"]} as orders
            inner join {files["truth_orders"]} as truth_orders using (order_id, customer_id)
            where ordered_at < ?
            qualify bool_or(status = 'completed') over (partition by customer_id)
            order by customer_id, ordered_at, order_id
            """,
            [FIRST_DAY, as_of],
        ).df()
        people = con.execute(
            f"""
            select
                customer_id,
                season,
                discount_taste,
                acquisition_channel,
                loyalty_tier is not null as is_member,
                epoch(signed_up_at - ?::timestamp) / 86400 as signed_up,
            from {files["truth"]} as truth
            inner join {files["customers"]} as customers using (customer_id)
            where customer_id in (select customer_id from orders)
            order by customer_id
            """,
            [FIRST_DAY],
        ).df()
    orders["who"] = pd.Index(people["customer_id"]).get_indexer(orders["customer_id"])
    orders["number"] = orders.groupby("who").cumcount()
    days = orders["day"].to_numpy()
    clock = np.column_stack([demand(days, np.full(len(days), kind)) for kind in range(len(SEASONS))])
    return _Known(people, orders, clock, float((as_of - FIRST_DAY).days), float(horizon_days))


def _draw(rng: Rng, known: _Known, draws: int, c: Coefficients) -> _Persons:
    """Draw persons from the shop's own distributions, their pace nearer to the gaps seen."""
    people, shape = known.people, (len(known.people), draws)
    seasons = people["season"].map(SEASONS.index).to_numpy()
    mean_gap, log_weight = _paces(rng, known, seasons, shape, c)
    # Gift buyers look like anybody until December; whom the season of their goods moves is plain from the goods.
    is_gift = rng.random(shape) < 0.5
    log_weight += np.log(np.where(is_gift, c.rhythm.gift_buyers, 1 - c.rhythm.gift_buyers))
    plain = np.where(seasons == GIFT, STEADY, seasons)[:, None]
    shift = {row[0]: row[2] for row in words.ACQUISITION}
    hazard = c.leaving.base_hazard_sigma * rng.standard_normal(shape) + np.log(c.leaving.base_hazard)
    hazard += people["acquisition_channel"].map(shift).fillna(0).to_numpy()[:, None]
    hazard += c.leaving.member * people["is_member"].to_numpy()[:, None]
    signed_up = people["signed_up"].to_numpy()[:, None]
    regularity = c.rhythm.regularity * np.exp(c.rhythm.regularity_sigma * rng.standard_normal(shape))
    return _Persons(
        mean_gap=mean_gap,
        regularity=np.maximum(regularity, 0.7),
        log_hazard=hazard + c.leaving.gap_power * np.log(mean_gap / 60.0),
        sensitivity=rng.gamma(4.0, 0.25, shape),
        season=np.where(is_gift, GIFT, plain),
        is_one_time=(rng.random(shape) < c.leaving.one_time_share) & (signed_up >= 0),
        earlier_orders=np.where(signed_up < 0, np.floor(-signed_up / mean_gap) + 1, 0),
        log_weight=log_weight,
    )


def _paces(rng: Rng, known: _Known, seasons: Ints, shape: tuple[int, int], c: Coefficients) -> tuple[Floats, Floats]:
    """Return mean gaps drawn around the customer's own, and the log weights that make up for it."""
    orders = known.orders
    own: pd.Series = pd.Series(known.clock[np.arange(len(orders)), seasons[orders["who"]]])
    gap = own.groupby(orders["who"]).diff().astype(float)
    logs = gap[gap > 1].map(np.log).groupby(orders["who"])
    seen = logs.size().reindex(range(shape[0]), fill_value=0).to_numpy()
    middle = logs.mean().reindex(range(shape[0])).fillna(0.0).to_numpy()
    centre, sigma = np.log(c.rhythm.gap_days), c.rhythm.gap_sigma
    precision = 1 / sigma**2 + seen / _GAP_VARIANCE
    proposed = (centre / sigma**2 + seen * (middle + 0.1) / _GAP_VARIANCE) / precision
    noise = rng.standard_normal(shape)
    log_gap = proposed[:, None] + 1.4 / np.sqrt(precision)[:, None] * noise
    return np.maximum(np.exp(log_gap), 4.0), 0.5 * noise**2 - 0.5 * ((log_gap - centre) / sigma) ** 2


def _decision(known: _Known, persons: _Persons, rows: Ints, c: Coefficients) -> tuple[Floats, Floats]:
    """Return each person's chance to leave after the orders, and the mean of the gap that else follows."""
    orders = known.orders.iloc[rows]
    who = orders["who"].to_numpy()
    before = persons.earlier_orders[who] + orders["number"].to_numpy()[:, None]
    grievance, sensitivity = orders["grievance"].to_numpy()[:, None], persons.sensitivity[who]
    discounted = known.people["discount_taste"].to_numpy()[who] * orders["is_discounted"].to_numpy()
    log_hazard = (
        persons.log_hazard[who]
        + c.leaving.experience_of_shop * np.log1p(before)
        + c.leaving.first_order * (before == 0)
        + c.leaving.discount_ended * discounted[:, None]
        + sensitivity * np.maximum(grievance, -1.0)
    )
    leaves = np.where(persons.is_one_time[who] & (before == 0), 1.0, 1.0 - np.exp(-np.exp(log_hazard)))
    slower = np.exp(c.leaving.grievance_slows * sensitivity * np.maximum(grievance, 0.0))
    return leaves, persons.mean_gap[who] * slower


def _weigh_gaps(known: _Known, persons: _Persons, rows: Ints, c: Coefficients) -> None:
    """Let the gap from each order to the next one weigh the persons; a customer's next row is the next order."""
    who, days = known.orders["who"].to_numpy()[rows], known.orders["day"].to_numpy()
    leaves, mean = _decision(known, persons, rows, c)
    season = persons.season[who]
    start, end = (np.take_along_axis(known.clock[at], season, axis=1) for at in (rows, rows + 1))
    shape, gap = persons.regularity[who], np.maximum(end - start, 0.5)
    told = (1 - c.rhythm.pause) * _density(gap, mean, shape, persons.log_gamma[who])
    for stretch in _stretches(c):
        told += c.rhythm.pause / _BREAKS * _density(gap / stretch, mean, shape, persons.log_gamma[who]) / stretch
    is_forgotten = (days[rows + 1] - days[rows] < 0.5)[:, None]
    told = np.where(is_forgotten, c.rhythm.same_day, (1 - c.rhythm.same_day) * told)
    persons.log_weight[who] += np.log((1 - leaves) * told + leaves * _RETURNS_PER_DAY + 1e-300)


def _future(known: _Known, persons: _Persons, rows: Ints, c: Coefficients) -> Floats:
    """Return each person's chance of no order in the horizon, after the silence since the last order weighed them."""
    who, since = known.orders["who"].to_numpy()[rows], known.as_of - known.orders["day"].to_numpy()[rows][:, None]
    leaves, mean = _decision(known, persons, rows, c)
    season, shape = persons.season[who], persons.regularity[who]
    start = np.take_along_axis(known.clock[rows], season, axis=1)
    silent = []
    for day in (known.as_of, known.as_of + known.horizon):
        ticks = demand(np.full(len(SEASONS), day), np.arange(len(SEASONS)))[season] - start
        gone = leaves * np.exp(-_RETURNS_PER_DAY * (day - known.as_of + since))
        silent.append(gone + (1 - leaves) * _survival(np.maximum(ticks, 0.0) / mean, shape, c) + 1e-300)
    persons.log_weight[who] += np.log(silent[0])
    return np.asarray(silent[1] / silent[0])


def _stretches(c: Coefficients) -> Floats:
    return np.asarray(2.0 + (c.rhythm.pause_longest - 2.0) * (np.arange(_BREAKS) + 0.5) / _BREAKS)


def _density(gap: Floats, mean: Floats, shape: Floats, log_gamma: Floats) -> Floats:
    scale = mean / shape
    return np.asarray(np.exp((shape - 1) * np.log(gap) - gap / scale - shape * np.log(scale) - log_gamma))


def _survival(gaps: Floats, shape: Floats, c: Coefficients) -> Floats:
    """Return the chance of a gap longer than so many mean gaps."""
    longer = (1 - c.rhythm.pause) * gammaincc(shape, shape * gaps)
    for stretch in _stretches(c):
        longer += c.rhythm.pause / _BREAKS * gammaincc(shape, shape * gaps / stretch)
    return np.asarray((1 - c.rhythm.same_day) * longer)
