"""Expected value: sums that are met on later outcomes, whatever part of the year was seen, and honest choices."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from models import value_fit
from models.bundle import Bundle, from_files, to_files
from models.churn import ChurnModel, FeatureMismatchError
from models.order_value import ValueTerms, fit_order_value
from models.params import Params
from models.prior import Prior
from models.season import fit_season, season_of
from models.value import ValueModel, past_yearly_margin
from models.value_figures import GAMMA_GAMMA, MODEL, OWN_PAST, choose, judge
from models.value_fit import Known, candidates, fit_value, stayers

PARAMS = Params(threads=1)
HORIZON = 60
TERMS = ValueTerms(HORIZON, 365)
NO_DAYS = pd.Series(dtype=float)
START = date(2024, 1, 1)


def orders_of(customers: int, days: int, seed: int = 1, peak: float = 1.0) -> tuple[pd.DataFrame, np.ndarray]:
    """Orders (customer, day, margin) of people with rates and order values of their own, and who of them is keen.

    New ones come all the time and leave after 500 days on average; `peak` multiplies the rate in the last quarter of a
    year. Orders vary wildly, and who is `keen`, which is known, spends four times as much: more than few orders tell.
    """
    rng = np.random.default_rng(seed)
    rate, value = rng.gamma(2.0, 1 / 90.0, customers), rng.lognormal(3.0, 0.4, customers)
    keen = rng.random(customers) < 0.4
    starts = rng.integers(0, days, customers)
    left = starts + rng.exponential(500.0, customers)
    weight = np.where(np.arange(days) % 365 >= 273, peak, 1.0)
    rows = []
    for number in range(customers):
        ordered = np.flatnonzero(rng.random(days) < rate[number] * weight)
        ordered = np.r_[starts[number], ordered[(ordered > starts[number]) & (ordered < left[number])]]
        margin = value[number] * rng.gamma(0.7, 1 / 0.7, len(ordered)) * (4.0 if keen[number] else 1.0)
        rows.append(pd.DataFrame({"customer": number, "day": ordered, "margin": margin}))
    return pd.concat(rows, ignore_index=True), keen


def frame_of(orders: pd.DataFrame, keen: np.ndarray, days: list[int], until: int) -> pd.DataFrame:
    """Rows as a build leaves them: features of each as-of day, and outcomes seen before day `until`."""
    rows = []
    for day in days:
        before, after = orders[orders["day"] < day], orders[(orders["day"] >= day) & (orders["day"] < until)]
        past = before.groupby("customer").agg(
            orders=("day", "size"), first=("day", "min"), last=("day", "max"), total=("margin", "sum")
        )
        seen = min(until - day, 365)
        brought = after[after["day"] < day + seen].groupby("customer")["margin"].sum()
        stayed = after[after["day"] < day + HORIZON]["customer"].unique()
        frame = pd.DataFrame(
            {
                "customer_id": [f"C{number:04d}" for number in past.index],
                "as_of_date": pd.Timestamp(START + timedelta(days=day)),
                "churned": ~past.index.isin(stayed),
                "stayed_margin": brought.reindex(past.index).fillna(0.0).to_numpy(),
                "value_days": seen,
                "order_days": past["orders"].to_numpy(dtype=float),
                "days_since_last_order": (day - past["last"]).to_numpy(dtype=float),
                "tenure_days": (day - past["first"]).to_numpy(dtype=float),
                "revenue_total": 2 * past["total"].to_numpy(),
                "margin_share": 0.5,
                "margin_365d": before[before["day"] >= day - 365]
                .groupby("customer")["margin"]
                .sum()
                .reindex(past.index)
                .fillna(0)
                .to_numpy(),
                "keen": keen[past.index].astype(float),
            }
        )
        frame.loc[frame["churned"], "stayed_margin"] = np.nan
        rows.append(frame)
    return pd.concat(rows, ignore_index=True)


def daily(orders: pd.DataFrame, before: int) -> pd.Series:
    """Margin per day before a day."""
    sums = orders[orders["day"] < before].groupby("day")["margin"].sum()
    return sums.set_axis(pd.DatetimeIndex([START + timedelta(days=int(day)) for day in sums.index]))


def known(frame: pd.DataFrame, per_day: pd.Series = NO_DAYS) -> Known:
    return Known(stayers(frame), frame, per_day)


@pytest.fixture(scope="module")
def shop() -> tuple[pd.DataFrame, np.ndarray]:
    return orders_of(2500, 1000)


@pytest.fixture(scope="module")
def then(shop: tuple[pd.DataFrame, np.ndarray]) -> pd.DataFrame:
    """What was known on day 600: outcomes seen over 60 to 300 of the 365 days promised."""
    return frame_of(*shop, [300, 360, 420, 480, 540], 600)


@pytest.fixture(scope="module")
def model(shop: tuple[pd.DataFrame, np.ndarray], then: pd.DataFrame) -> ValueModel:
    return candidates(known(then, daily(shop[0], 600)), TERMS, PARAMS)[MODEL]


@pytest.fixture(scope="module")
def later(shop: tuple[pd.DataFrame, np.ndarray]) -> pd.DataFrame:
    """Stayers of day 600 and what they then brought in a whole year."""
    return stayers(frame_of(*shop, [600], 1000))


def test_a_year_is_promised_from_shorter_outcomes_and_its_sum_comes(then: pd.DataFrame, later: pd.DataFrame) -> None:
    _, figures = fit_value(known(then), TERMS, PARAMS, (known(then), later))
    assert figures["kind"] == "out of time"
    assert figures["used"] == MODEL
    assert (figures["seen_days"], figures["learned_days"]) == (365, [60, 300])
    ours = {name: figure["value"] for name, figure in figures["models"][MODEL].items()}
    assert ours["ratio_of_sums"] == pytest.approx(1.0, abs=0.07)
    for other in (GAMMA_GAMMA, OWN_PAST):
        assert ours["spearman"] > figures["models"][other]["spearman"]["value"]
        assert ours["top_tenth_share"] >= figures["models"][other]["top_tenth_share"]["value"] - 0.01
        assert figures["differences"][other]["high"] < 0
    assert sum(row["n"] for row in figures["tenths"]) == figures["n"] == len(later)
    assert [row["promised"] for row in figures["tenths"]] == sorted(row["promised"] for row in figures["tenths"])


def test_trees_move_money_between_customers_and_leave_the_sum_of_today(
    then: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_trees = candidates(known(then), TERMS, PARAMS)[MODEL]
    monkeypatch.setattr(value_fit, "TREE_STAYERS", len(then) + 1)
    level_alone = candidates(known(then), TERMS, PARAMS)[MODEL]
    today = then[then["as_of_date"] == then["as_of_date"].max()]
    assert with_trees.booster is not None and level_alone.booster is None
    assert with_trees.base is not None
    stay, moved, before = with_trees.base.p_stay(today), with_trees.predict(today), level_alone.predict(today)
    assert (stay * moved).sum() == pytest.approx((stay * before).sum())
    keen = today["keen"].to_numpy() == 1
    assert (moved[keen] / before[keen]).mean() > 1 > (moved[~keen] / before[~keen]).mean()


def test_trees_do_not_learn_which_month_it_was(then: pd.DataFrame) -> None:
    """Months that brought three times as much as others, and a feature that names them."""
    is_rich = then["as_of_date"].rank(method="dense") % 2 == 0
    assert 0 < is_rich.mean() < 1
    named = then.assign(rich_month=is_rich.astype(float), stayed_margin=then["stayed_margin"] * (1 + 2 * is_rich))
    model = candidates(known(named), TERMS, PARAMS)[MODEL]
    rich, poor = (model.predict(named.assign(rich_month=value)).sum() for value in (1.0, 0.0))
    assert "rich_month" in model.features
    assert rich == pytest.approx(poor, rel=0.1)


def test_few_customers_move_the_level_less(then: pd.DataFrame) -> None:
    """All bring five times what their orders let expect: of few that is believed in part, of more of them rather."""
    met = []
    for last in ("C0100", "C0400"):
        some = then[then["customer_id"] < last]
        rows = stayers(some.assign(stayed_margin=some["stayed_margin"] * 5))
        found = candidates(Known(rows, some, NO_DAYS), TERMS, PARAMS)
        ours, plain = (found[name].predict(rows, rows["value_days"].to_numpy()).sum() for name in (MODEL, GAMMA_GAMMA))
        assert plain < ours
        met.append(ours / rows["stayed_margin"].sum())
    assert met[0] < met[1] - 0.05 < 0.95


def test_what_cannot_be_learned_leaves_the_simple_model_in_use(then: pd.DataFrame, later: pd.DataFrame) -> None:
    """Outcomes given to the wrong customers: what was learned from them is worse than nothing."""
    rows = stayers(then)
    shuffled = rows.assign(stayed_margin=rows["stayed_margin"].sample(frac=1, random_state=1).to_numpy() * 4)
    spoiled = Known(shuffled, then, NO_DAYS)
    model, figures = fit_value(spoiled, TERMS, PARAMS, (spoiled, later))
    assert figures["used"] == model.kind == GAMMA_GAMMA
    assert figures["reason"].startswith("the trained model is no better")
    base = fit_order_value(then, TERMS)
    assert base is not None
    assert model.predict(later) == pytest.approx(base.margin(later, np.full(len(later), 365.0)))


def test_a_season_seen_once_in_a_short_outcome_is_not_taken_for_the_year() -> None:
    orders, keen = orders_of(1200, 1500, seed=4, peak=3.0)
    day = 1095
    then = frame_of(orders, keen, [800, 860, 920], day - 90)  # no outcome of the third year's peak
    later = stayers(frame_of(orders, keen, [day], 1500))
    plain, _ = fit_value(known(then), TERMS, PARAMS)
    aware, _ = fit_value(known(then, daily(orders, day)), TERMS, PARAMS)
    seen = later["stayed_margin"].sum()
    assert len(aware.season) == 53
    assert abs(aware.predict(later).sum() / seen - 1) < abs(plain.predict(later).sum() / seen - 1)


def test_the_season_is_the_shops_own_year() -> None:
    days = pd.date_range("2022-01-01", periods=3 * 365)
    growing = np.linspace(1, 3, len(days))
    season = fit_season(pd.Series(np.where(days.month >= 11, 4.0, 1.0) * growing, index=days))
    found = season_of(season, pd.Series([pd.Timestamp("2025-11-05"), pd.Timestamp("2025-03-01")]), np.array([40, 120]))
    assert found[0] == pytest.approx(4 / 1.5, rel=0.1)
    assert found[1] == pytest.approx(1 / 1.5, rel=0.1)
    whole = season_of(season, pd.Series(days[::30]), np.full(len(days[::30]), 365))
    assert whole == pytest.approx(1.0, abs=0.01)
    assert fit_season(pd.Series(1.0, index=days[:700])) == ()
    assert fit_season(NO_DAYS) == ()


def test_without_an_earlier_day_customers_are_split(then: pd.DataFrame) -> None:
    model, figures = fit_value(known(then), TERMS, PARAMS)
    assert figures["kind"] == "out of customers"
    assert figures["n"] == len(stayers(then))
    assert model.kind == figures["used"]
    assert figures["models"][MODEL]["ratio_of_sums"]["value"] == pytest.approx(1.0, abs=0.05)


def test_too_few_stayers_fall_back_to_the_own_past(then: pd.DataFrame) -> None:
    few = then[then["customer_id"] < "C0040"]
    model, figures = fit_value(known(few), TERMS, PARAMS)
    assert (model.predict(few) == past_yearly_margin(few)).all()
    assert (figures["kind"], figures["used"], figures["tenths"]) == ("not judged", OWN_PAST, [])


def test_values_are_money_whatever_comes_in(model: ValueModel, then: pd.DataFrame) -> None:
    odd = then.head(40).copy()
    odd.loc[odd.index[:5], ["margin_365d", "revenue_total"]] = -100.0
    odd.loc[odd.index[5:9], ["order_days", "days_since_last_order", "tenure_days", "revenue_total"]] = np.nan
    odd.loc[odd.index[9], "revenue_total"] = 1e9
    odd.loc[odd.index[10], ["days_since_last_order", "tenure_days"]] = 5_000.0
    found = model.predict(odd)
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    with pytest.raises(FeatureMismatchError, match="keen"):
        model.predict(then.drop(columns="keen"))
    with pytest.raises(FeatureMismatchError, match="tenure_days"):
        model.predict(then.drop(columns="tenure_days"))


def test_customers_without_an_order_are_worth_what_such_customers_brought(then: pd.DataFrame) -> None:
    """A contract can run without a single order."""
    blank = then.index % 10 == 0
    features = ["order_days", "days_since_last_order", "tenure_days", "revenue_total", "margin_share", "margin_365d"]
    frame = then.assign(stayed_margin=then["stayed_margin"].mask(blank & ~then["churned"], 7.0))
    frame.loc[blank, features] = np.nan
    rows = stayers(frame)
    model, _ = fit_value(known(frame), replace(TERMS, stay_is_order=False), PARAMS)
    none = rows["order_days"].isna()
    promised = model.predict(rows, rows["value_days"].to_numpy())
    assert promised[none].mean() == pytest.approx(7.0, rel=0.25)
    assert promised[none].max() < np.median(promised[~none])


def test_the_past_of_a_young_customer_is_brought_to_a_year() -> None:
    frame = pd.DataFrame({"margin_365d": [100.0, 100.0, 100.0, -5.0], "tenure_days": [700.0, 182.5, 1.0, 50.0]})
    assert past_yearly_margin(frame) == pytest.approx([100.0, 200.0, 100 * 365 / 90, 0.0])


def test_a_saved_value_model_predicts_the_same(model: ValueModel, then: pd.DataFrame) -> None:
    season = tuple(np.linspace(0.5, 1.5, 53).tolist())
    churn = ChurnModel((), Prior((), (), (), 0.0))
    simple = replace(model, kind=GAMMA_GAMMA, booster=None, features=(), season=season, value_days=90)
    for value in (model, simple, ValueModel()):
        assert (from_files(to_files(Bundle(churn, value))).value.predict(then) == value.predict(then)).all()


def test_figures_of_a_promise_that_is_kept() -> None:
    rng = np.random.default_rng(5)
    brought = rng.lognormal(3, 1, 500)
    rows = pd.DataFrame({"customer_id": np.arange(500), "as_of_date": pd.Timestamp("2025-01-01"), "value_days": 90})
    rows["stayed_margin"] = brought
    figures = judge(rows, {MODEL: brought, GAMMA_GAMMA: np.full(500, brought.mean()), OWN_PAST: brought[::-1] * 2})
    ours = figures["models"][MODEL]
    assert (ours["spearman"]["value"], ours["ratio_of_sums"]["value"]) == pytest.approx((1, 1))
    assert ours["top_tenth_share"]["value"] == pytest.approx(np.sort(brought)[-50:].sum() / brought.sum())
    assert figures["models"][GAMMA_GAMMA]["spearman"]["value"] == 0
    assert figures["models"][GAMMA_GAMMA]["top_tenth_share"]["value"] == pytest.approx(0.1)
    assert figures["models"][OWN_PAST]["ratio_of_sums"]["value"] == pytest.approx(2)
    assert all(
        row["ratio"] == pytest.approx(1) and row["low"] <= row["seen"] <= row["high"] for row in figures["tenths"]
    )
    assert choose(figures)[0] == MODEL
