"""A shop of orders and tickets that stands still; what can be planted: a source that stops, slower customers."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from pipelines.build import build
from pipelines.config import Settings
from pipelines.ingest import ingest

FIRST, DAYS, LEARNED = date(2024, 1, 1), 600, 500  # the model learns from the first 500 days
SETTINGS = Settings(
    churn={"horizon_days": 60, "active_days": 240}, model={"retrain_after_days": 365}, engine={"threads": 1},
    snapshots={"count": 12},
)  # fmt: skip


def shop(seed: int, customers: int = 900) -> dict[str, pd.DataFrame]:
    """Orders and tickets of customers who come, order at a rate of their own and leave, as many today as a year ago."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(1.5, 1 / 40, customers)
    start = rng.uniform(-900, DAYS, customers)
    end = np.minimum(start + rng.exponential(400, customers), DAYS)
    return {
        "orders": _events(rng, start, end, rate, "order").assign(
            revenue=lambda rows: rng.gamma(4, 12, len(rows)).round(2)
        ),
        "support_tickets": _events(rng, start, end, np.full(customers, 1 / 50), "ticket"),
    }


def _events(rng: np.random.Generator, start: np.ndarray, end: np.ndarray, rate: np.ndarray, what: str) -> pd.DataFrame:
    counts = rng.poisson(rate * np.maximum(end - start, 0))
    who = np.repeat(np.arange(len(start)), counts)
    when = rng.uniform(start[who], end[who])
    moment = {"order": "ordered_at", "ticket": "opened_at"}[what]
    rows = pd.DataFrame({"customer_id": [f"C{n:04d}" for n in who], "day": when})[lambda rows: rows["day"] >= 0]
    rows = rows.sort_values("day", ignore_index=True)
    rows[moment] = pd.Timestamp(FIRST) + pd.to_timedelta((rows["day"] * 86_400).round(), unit="s")
    return rows.assign(**{f"{what}_id": [f"{what}{n:06d}" for n in range(len(rows))]})


def slowed(tables: dict[str, pd.DataFrame], since: int, keep: float = 0.3) -> dict[str, pd.DataFrame]:
    """Customers who order less often from a day on."""
    orders = tables["orders"]
    kept = (orders["day"] < since) | (np.random.default_rng(9).random(len(orders)) < keep)
    return tables | {"orders": orders[kept]}


def without_tickets(tables: dict[str, pd.DataFrame], since: int, until: int) -> dict[str, pd.DataFrame]:
    """A source of tickets that delivers nothing between two days."""
    tickets = tables["support_tickets"]
    return tables | {"support_tickets": tickets[(tickets["day"] < since) | (tickets["day"] >= until)]}


def until(tables: dict[str, pd.DataFrame], day: int) -> dict[str, pd.DataFrame]:
    """What was known on a day."""
    return {name: rows[rows["day"] < day] for name, rows in tables.items()}


def load(home: Path, tables: dict[str, pd.DataFrame], run: str) -> None:
    """Load a shop into a home and build its features."""
    source = home / f"shop_{run}"
    source.mkdir(parents=True)
    for name, rows in tables.items():
        rows.drop(columns="day").to_parquet(source / f"{name}.parquet")
    ingest(home, str(source), SETTINGS, run)
    build(home, SETTINGS, run)


def day(number: int) -> date:
    """A day of the shop by its number."""
    return FIRST + timedelta(days=number)
