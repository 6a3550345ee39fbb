"""No feature sees the future: whatever is rewritten at or after the as-of date, the snapshot stays as it was."""

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from models.folds import age_weights
from models.prior import fit_prior
from pipelines.contract import TABLES
from pipelines.train import training_frame
from pipelines.warehouse import SQL_FOLDER
from tests.random_shop import (
    DAYS,
    EVENTS,
    FIRST_DAY,
    LATER,
    ORDERS,
    Shop,
    built,
    day,
    features_at,
    moments,
    random_rows,
    random_shop,
    settings,
)

ELIGIBILITIES = [
    {"eligibility": "active", "active_days": 200},
    {"eligibility": "due", "due_factor": 2.0},
    {"eligibility": "subscribed"},
]


@dataclass(frozen=True)
class Rewrite:
    """One way to rewrite the future: of which table, along which moment, and how."""

    table: str
    column: str
    how: str


REWRITES = [
    *(Rewrite(table, column, how) for table, column in EVENTS.items() for how in ("change", "drop", "add", "set")),
    *(Rewrite("order_lines", "ordered_at", how) for how in ("change", "drop", "add")),
    *(
        Rewrite(table, column, how)
        for table, later in LATER.items()
        for column in later
        for how in ("null", "move", "set")
    ),
]


def future_moments(rng: np.random.Generator, as_of: int, count: int) -> pd.Series:
    """Moments at or after the as-of date; some exactly on its first instant."""
    found = moments(rng, count, as_of, DAYS + 100)
    return found.where(rng.random(count) > 0.2, FIRST_DAY + pd.Timedelta(days=as_of))


def rewrite(shop: Shop, as_of: int, step: Rewrite, rng: np.random.Generator) -> None:
    """Rewrite what happens at or after day `as_of` of the shop, in place."""
    if step.how in ("null", "move") or (step.how == "set" and step.column in LATER.get(step.table, {})):
        _rewrite_later(shop, as_of, step, rng)
    elif step.how == "set":
        _date_the_undated(shop, as_of, step, rng)
    else:
        _rewrite_rows(shop, as_of, step, rng)


def _rewrite_later(shop: Shop, as_of: int, step: Rewrite, rng: np.random.Generator) -> None:
    """Take back, move or add what is noted on a row at a moment of its own, with the columns that belong to it."""
    frame = shop[step.table]
    now = FIRST_DAY + pd.Timedelta(days=as_of)
    rows = frame[step.column].isna() if step.how == "set" else frame[step.column] >= now
    drawn = random_rows(rng, step.table, len(frame))
    for column in LATER[step.table][step.column]:
        frame[column] = frame[column].mask(rows, drawn[column])
    moved = None if step.how == "null" else future_moments(rng, as_of, len(frame))
    frame[step.column] = frame[step.column].mask(rows, moved)


def _date_the_undated(shop: Shop, as_of: int, step: Rewrite, rng: np.random.Generator) -> None:
    """Give rows without a moment (customers who never signed up) one in the future, and other content."""
    frame = shop[step.table]
    undated = frame[step.column].isna()
    drawn = random_rows(rng, step.table, len(frame)).assign(
        **{step.column: future_moments(rng, as_of, len(frame)), TABLES[step.table].key[0]: frame.iloc[:, 0]}
    )
    shop[step.table] = pd.concat([frame[~undated], drawn[undated]], ignore_index=True)


def _rewrite_rows(shop: Shop, as_of: int, step: Rewrite, rng: np.random.Generator) -> None:
    """Change, drop or add whole rows whose moment lies in the future."""
    frame = shop[step.table]
    now = FIRST_DAY + pd.Timedelta(days=as_of)
    if step.table == "order_lines":
        orders = shop["orders"]
        to_come = set(ORDERS) - set(orders.loc[orders["ordered_at"] < now, "order_id"])
        ahead = frame["order_id"].isin(to_come)
    else:
        to_come, ahead = set(), frame[step.column] >= now
    kept = [frame[~ahead]]
    if step.how == "add":
        kept.append(frame[ahead])
    if step.how != "drop":
        drawn = random_rows(rng, step.table, 30 if step.how == "add" else int(ahead.sum()), prefix=f"new-{step.how}-")
        if step.table == "order_lines":
            drawn["order_id"] = rng.choice(sorted(to_come), len(drawn)) if to_come else "nowhere"
        else:
            drawn[step.column] = future_moments(rng, as_of, len(drawn))
        kept.append(drawn)
    shop[step.table] = pd.concat(kept, ignore_index=True)


def rewritten(seed: int, as_of: int, steps: list[Rewrite]) -> Shop:
    """The shop of a seed with its future rewritten."""
    shop, rng = random_shop(seed), np.random.default_rng(seed + 1)
    for step in steps:
        rewrite(shop, as_of, step, rng)
    return shop


def same(before: pd.DataFrame, after: pd.DataFrame) -> bool:
    """Whether two snapshots have the same customers with the same features."""
    return before.shape == after.shape and bool(((before == after) | (before.isna() & after.isna())).to_numpy().all())


def moved(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """What differs, in words for a failing test."""
    if list(before["customer_id"]) != list(after["customer_id"]):
        return ["eligible customers"]
    return [name for name in before if not same(before[[name]], after[[name]])]


def test_rewrites_cover_every_moment_of_the_contract() -> None:
    covered = {(step.table, step.column) for step in REWRITES}
    every = {
        (table.name, column.name) for table in TABLES.values() for column in table.columns if column.type == "timestamp"
    }
    assert every <= covered


# Without shrinking: every example builds two shops, and the list of features that moved says enough.
@examples(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(
    seed=st.integers(0, 10_000),
    as_of=st.integers(150, DAYS - 50),
    steps=st.lists(st.sampled_from(REWRITES), min_size=1, max_size=len(REWRITES), unique=True),
    churn=st.sampled_from(ELIGIBILITIES),
)
def test_no_feature_moves_when_the_future_is_rewritten(
    seed: int, as_of: int, steps: list[Rewrite], churn: dict
) -> None:
    chosen = settings(churn=churn)
    before = features_at(random_shop(seed), day(as_of), chosen)
    after = features_at(rewritten(seed, as_of, steps), day(as_of), chosen)
    assert moved(before, after) == []


@pytest.mark.parametrize("churn", ELIGIBILITIES)
def test_no_feature_moves_when_all_of_the_future_is_rewritten(churn: dict) -> None:
    chosen = settings(churn=churn)
    for seed in range(3):
        before = features_at(random_shop(seed), day(500), chosen)
        assert moved(before, features_at(rewritten(seed, 500, REWRITES), day(500), chosen)) == []


# Features that see the future, each in a way that is easy to write by mistake.
LEAKS = {
    "later orders": "select customer_id, count(*) as leak from order_facts group by customer_id",
    "the as-of date itself": "select customer_id, count(*) as leak from order_facts "
    "where ordered_on <= getvariable('as_of_date') group by customer_id",
    "later refunds": "select customer_id, sum(refunded) as leak from order_facts "
    "where ordered_at < getvariable('as_of_date') group by customer_id",
    "later ratings": "select customer_id, avg(satisfaction) as leak from ticket_facts "
    "where opened_at < getvariable('as_of_date') group by customer_id",
    "later replies": "select customer_id, max(reply_hours) as leak from ticket_facts "
    "where opened_at < getvariable('as_of_date') group by customer_id",
    "later ends": "select customer_id, count(ended_at) as leak from subscription_facts "
    "where started_at < getvariable('as_of_date') group by customer_id",
    "later sign-ups": "select customer_id, count(*) as leak from signup_facts group by customer_id",
}
LEAK_WORDS = """
group = "value"
[leak]
label = "A leak"
unit = "count"
direction = "either"
changeable = false
family = "leak"
reason = "{value}"
reason_missing = "none"
"""


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_is_noticed(leak: str, tmp_path: Path) -> None:
    folder = tmp_path / "features"
    shutil.copytree(SQL_FOLDER / "features", folder)
    (folder / "leaky.sql").write_text(LEAKS[leak], encoding="utf-8")
    (folder / "leaky.toml").write_text(LEAK_WORDS, encoding="utf-8")
    found: set[str] = set()
    for seed in range(8):
        before = features_at(random_shop(seed), day(500), settings(), folder)
        found |= set(moved(before, features_at(rewritten(seed, 500, REWRITES), day(500), settings(), folder)))
        if found:
            break
    assert found == {"leak"}


@pytest.mark.parametrize("churn", ELIGIBILITIES)
def test_what_was_known_then_is_all_a_past_snapshot_uses(churn: dict) -> None:
    """A build that knows nothing from the date on, as in a backtest, has the features of the full one."""
    shop, chosen = random_shop(3), settings(churn=churn, snapshots={"count": 2})
    cut = date(2024, 8, 1)
    con, report = built(shop, chosen, cut)
    with con:
        newest = con.execute("select * from customer_features where as_of_date = ? order by customer_id", [cut]).df()
        known = con.execute("select max(ordered_at) from order_facts").fetchall()[0][0]
    assert report.as_of_date == str(cut)
    assert known < pd.Timestamp(cut)
    assert moved(newest, features_at(shop, cut, chosen)) == []


def learned(shop: Shop, cut: date) -> dict:
    """The prior with its rhythm as fitted on the morning of `cut`, and what it says of everybody then."""
    con, _ = built(shop, settings(churn={"horizon_days": 60}, snapshots={"count": 5}), cut)
    with con:
        frame = training_frame(con, "main", 1_000_000)
        newest = con.execute("select * from customer_features where as_of_date = ? order by customer_id", [cut]).df()
    prior = fit_prior(frame, age_weights(frame, 60.0), horizon_days=60)
    return prior.to_dict() | {"log_odds": list(zip(newest["customer_id"], prior.log_odds(newest), strict=True))}


@pytest.mark.parametrize("seed", range(2))
def test_the_prior_does_not_move_when_the_future_is_rewritten(seed: int) -> None:
    """Neither features nor outcomes that it learns from reach beyond the day."""
    before = learned(random_shop(seed), day(500))
    assert before["rhythm"] is not None
    assert before["log_odds"]
    assert learned(rewritten(seed, 500, REWRITES), day(500)) == before


def test_a_prior_that_saw_the_future_would_be_noticed() -> None:
    """The same comparison two months later sees other outcomes, so it can tell priors apart."""
    found = [learned(shop, day(560)) for shop in (random_shop(0), rewritten(0, 500, REWRITES))]
    assert found[0] != found[1]
