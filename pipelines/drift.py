"""Drift as a step: the customers of every month beside the training rows of a model, on one lasting sample of them."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from models.bundle import Bundle
from models.drift import BEHAVIOUR, Reference, counts_of, deciles, months_of, reference_of
from models.promised import shares_by_then
from pipelines import publish, runs
from pipelines.config import Settings
from pipelines.drift_breaks import lost_breaks, with_breaks
from pipelines.drift_sample import days_of, frames_of, sample_into
from pipelines.published_drift import published_drift
from pipelines.source_days import SourceBreak, source_breaks
from pipelines.warehouse import expose, tables

WEIGHTY = 0.1  # of the model's weight: features that drift and carry less change few risks
CURVE_DAYS = 12  # past days that say how soon customers come back


@dataclass(frozen=True)
class Past:
    """Risks of a past day's customers and the days until the first order (an end, where contracts are predicted)."""

    risk: np.ndarray
    event_days: np.ndarray


@dataclass(frozen=True)
class Drift:
    """What was found. `features`: one row per feature × day; `bins`: per feature × day × bin, without a day for the
    training rows; `deciles`: the model's risks per day; `past` by day, for estimates of what is on its way.
    """

    key: str
    newest: date
    features: pd.DataFrame
    bins: pd.DataFrame
    deciles: pd.DataFrame
    breaks: list[SourceBreak] = field(default_factory=list)
    past: dict[date, Past] = field(default_factory=dict)

    def moved(self) -> pd.DataFrame:
        """Rows of the newest day whose customers behave differently from all that the model learned from."""
        rows = self.features
        return rows[(rows["as_of_date"] == self.newest) & (rows["kind"] == BEHAVIOUR)]

    @property
    def moved_weight(self) -> float:
        """Share of the model's weight on features that drifted."""
        return float(self.moved()["weight"].sum())

    @property
    def current_breaks(self) -> list[SourceBreak]:
        """Breaks that last."""
        return [each for each in self.breaks if each.found.ended_on is None]

    def curves(self, elapsed: int, horizon: int) -> list[np.ndarray]:
        """One per past day: of those who came back within the horizon, which share had done so by then, per band."""
        found = (shares_by_then(past.risk, past.event_days, elapsed, horizon) for past in self.past.values())
        return [curve for curve in found if curve is not None]


# The last ones found, so that the rule and the publication of one run share them.
_found: dict[tuple[str, str], Drift] = {}
_breaks: dict[str, list[SourceBreak]] = {}


def drift_of(home: Path, settings: Settings, model: Bundle, with_past: bool = True) -> Drift:
    """Drift of the present features and source against a model's training rows; they must be there.

    What the last publication found for the same data and model is read from it, unless `past` is needed, which is not
    kept.
    """
    features, source = publish.require(home, "features"), publish.require(home, "source")
    parts = (features.name, source.name, str(model.version), str(model.facts.get("trained_at")), runs.code_hash())
    key, place = " ".join(parts), str(features)
    if (place, key) not in _found:
        kept = None if with_past else published_drift(home, key)
        if kept:
            return Drift(key, *kept)
        _found.clear()
        with duckdb.connect() as con:
            publish.configure(con, home, settings)
            publish.attach(con, features, "features")
            _found[place, key] = _drift(con, settings, model, (key, breaks_of_source(home, settings)))
    return _found[place, key]


def breaks_of_source(home: Path, settings: Settings) -> list[SourceBreak]:
    """Breaks of the present source, oldest first."""
    path = publish.require(home, "source")
    if str(path) not in _breaks:
        _breaks.clear()
        with duckdb.connect() as con:
            publish.configure(con, home, settings)
            publish.attach(con, path, "source")
            _breaks[str(path)] = source_breaks(con, "source")
    return _breaks[str(path)]


def _drift(
    con: duckdb.DuckDBPyConnection, settings: Settings, model: Bundle, known: tuple[str, list[SourceBreak]]
) -> Drift:
    """All parts, from the attached store `features`; `known` are key and breaks."""
    key, breaks = known
    expose(con, "features")
    newest = con.execute("select max(as_of_date) from snapshots").fetchall()[0][0]
    is_part = sample_into(con, newest)
    names = [name for name in model.facts["known_features"] if name in _features(con)]
    end = date.fromisoformat(model.facts["windows"]["fit"][1])
    frames = dict(frames_of(con, settings, days_of(con, newest), names, is_part))
    days = list(frames)
    reference = Reference.from_dict(model.facts.get("drift")) if "drift" in model.facts else _stand_in(frames, end)
    names = [name for name in names if name in reference.counts]
    counts = {
        name: np.array([counts_of(frames[day][name].to_numpy(dtype=float), reference.edges[name]) for day in days])
        for name in names
    }
    rows = pd.concat([months_of(name, days, counts[name], reference, end) for name in names], ignore_index=True)
    breaks = [*breaks, *lost_breaks(rows, reference, date.fromisoformat(model.facts["data_as_of"]))]
    risks = {day: model.churn.churn_risk(frame) for day, frame in frames.items() if _can(model, frame)}
    return Drift(
        key,
        newest,
        _described(con, with_breaks(rows, breaks, end), model),
        _bins(names, days, counts, reference),
        pd.DataFrame([_decile_row(day, risk) for day, risk in risks.items()]),
        breaks,
        _past(con, settings, frames, risks),
    )


def _features(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {row[0] for row in con.execute("select feature from feature_words").fetchall()}


def _stand_in(frames: dict[date, pd.DataFrame], end: date) -> Reference:
    """For a version that kept no bins of its training rows: today's rows of the months it learned from."""
    learned = [frame for day, frame in frames.items() if day <= end] or list(frames.values())[:1]
    rows = pd.concat(learned, ignore_index=True)
    return reference_of(rows, [name for name in rows.columns if name not in ("customer_id", "as_of_date")])


def _can(model: Bundle, frame: pd.DataFrame) -> bool:
    """Whether the model can score a day's rows."""
    return len(frame) > 0 and set(model.churn.features) <= set(frame.columns)


def _decile_row(day: date, risk: np.ndarray) -> dict[str, Any]:
    found = {f"d{place}": value for place, value in enumerate(deciles(risk))}
    return {"as_of_date": day, "n": len(risk), "mean": float(risk.mean())} | found


def _described(con: duckdb.DuckDBPyConnection, rows: pd.DataFrame, model: Bundle) -> pd.DataFrame:
    """With label, group, unit and the share of the model's weight that a feature carries."""
    words = con.execute("select feature, label, feature_group, unit from feature_words").df()
    importance = pd.Series(model.facts.get("importance", {}), dtype=float)
    share = importance / importance.sum() if importance.sum() > 0 else importance
    return rows.merge(words, on="feature", how="left").assign(
        weight=lambda frame: frame["feature"].map(share).fillna(0.0).astype(float)
    )


def _bins(names: list[str], days: list[date], counts: dict[str, np.ndarray], reference: Reference) -> pd.DataFrame:
    """Rows per feature, day and bin; `low` (exclusive) and `high` are empty at the ends, both where it is missing."""
    parts = []
    for name in names:
        edges = reference.edges[name]
        low = [np.nan, *edges, np.nan]
        high = [*edges, np.nan, np.nan]
        table = np.vstack([np.asarray(reference.counts[name])[None], counts[name]])
        width = len(low)
        parts.append(
            pd.DataFrame(
                {
                    "feature": name,
                    "as_of_date": np.repeat(np.array([None, *days], dtype=object), width),
                    "bin": np.tile(np.arange(width), len(days) + 1),
                    "low": np.tile(low, len(days) + 1),
                    "high": np.tile(high, len(days) + 1),
                    "rows": table.ravel(),
                    "is_missing": np.tile(np.arange(width) == width - 1, len(days) + 1),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _past(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    frames: dict[date, pd.DataFrame],
    risks: dict[date, np.ndarray],
) -> dict[date, Past]:
    """The newest past days whose horizon is over, each with risks and days until the first event."""
    labelled = [row[0] for row in con.execute("select as_of_date from snapshots where is_labelled").fetchall()]
    days = sorted(day for day in labelled if day in risks)[-CURVE_DAYS:]
    found = {}
    for day in days:
        events = _events(con, settings, day)
        found[day] = Past(risks[day], frames[day]["customer_id"].map(events).to_numpy(dtype=float))
    return found


def _events(con: duckdb.DuckDBPyConnection, settings: Settings, day: date) -> pd.Series:
    """Days from a day to the first order within the horizon per customer; to the end of contracts where predicted."""
    is_contract = settings.churn.eligibility == "subscribed" and "subscription_facts" in tables(con)
    table, moment = ("subscription_facts", "ended_at") if is_contract else ("order_facts", "ordered_at")
    rows = con.execute(
        f"select customer_id, min(date_diff('day', cast(? as date), cast({moment} as date))) as days from {table}"
        f" semi join looked_at using (customer_id) where {moment} >= ? and {moment} < ? group by customer_id",
        [day, day, day + timedelta(days=settings.churn.horizon_days)],
    ).df()
    return rows.set_index("customer_id")["days"]
