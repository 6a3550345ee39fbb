"""Drift as a step: the customers of every month beside the training rows of a model, on one lasting sample of them.

Months whose outcome is known lie in the feature store; those between them and today are computed for the sample alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from models.bundle import Bundle
from models.drift import BEHAVIOUR, BREAK, OWN_DOING, SLIGHT, Reference, counts_of, deciles, months_of, reference_of
from models.promised import shares_by_then
from pipelines import publish
from pipelines.config import Settings
from pipelines.feature_sources import feature_sources, sources_of
from pipelines.frames import floats_sql
from pipelines.quoting import quoted
from pipelines.snapshots import months_before, snapshot_into
from pipelines.source_days import SourceBreak, source_breaks
from pipelines.warehouse import expose, tables

SAMPLE = 10_000  # customers looked at per day
MONTHS = 18
WEIGHTY = 0.1  # of the model's weight: features that drift and carry less change few risks
CURVE_DAYS = 12  # past days that say how soon customers come back
_BETWEEN_DAYS, _SETTLED_DAYS = 25, 20
_RECENT, _CONTACTS = "recent_features", "contacts"
_OWN = {"customer_features", "churn_labels", "snapshots", "feature_words", "build_info", "customer_attributes"}


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
_found: dict[tuple[str, ...], Drift] = {}
_breaks: dict[str, list[SourceBreak]] = {}


def drift_of(home: Path, settings: Settings, model: Bundle) -> Drift:
    """Drift of the present features and source against a model's training rows; they must be there."""
    features, source = publish.require(home, "features"), publish.require(home, "source")
    key = str(features), str(source), model.version or "", str(model.facts.get("trained_at"))
    if key not in _found:
        _found.clear()
        with duckdb.connect() as con:
            publish.configure(con, home, settings)
            publish.attach(con, features, "features")
            _found[key] = _drift(con, settings, model, breaks_of_source(home, settings))
    return _found[key]


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


def _drift(con: duckdb.DuckDBPyConnection, settings: Settings, model: Bundle, breaks: list[SourceBreak]) -> Drift:
    """All parts, from the attached store `features`."""
    expose(con, "features")
    newest = con.execute("select max(as_of_date) from snapshots").fetchall()[0][0]
    is_part = _sample(con, newest)
    days = _days(con, newest)
    names = [name for name in model.facts["known_features"] if name in _features(con)]
    end = date.fromisoformat(model.facts["windows"]["fit"][1])
    frames = dict(_frames(con, settings, days, names, is_part))
    reference = Reference.from_dict(model.facts.get("drift")) if "drift" in model.facts else _stand_in(frames, end)
    names = [name for name in names if name in reference.counts]
    counts = {
        name: np.array([counts_of(frames[day][name].to_numpy(dtype=float), reference.edges[name]) for day in days])
        for name in names
    }
    rows = pd.concat([months_of(name, days, counts[name], reference, end) for name in names], ignore_index=True)
    risks = {day: model.churn.churn_risk(frame) for day, frame in frames.items() if _can(model, frame)}
    return Drift(
        newest,
        _described(con, _with_breaks(rows, breaks, end), model),
        _bins(names, days, counts, reference),
        pd.DataFrame([_decile_row(day, risk) for day, risk in risks.items()]),
        breaks,
        _past(con, settings, frames, risks),
    )


def _features(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {row[0] for row in con.execute("select feature from feature_words").fetchall()}


def _sample(con: duckdb.DuckDBPyConnection, newest: date) -> bool:
    """Temporary table `looked_at`: the sampled customers, the same from run to run; False where it is all of them."""
    rows = con.execute("select count(*) from customer_features where as_of_date = ?", [newest]).fetchall()[0][0]
    share = 10_000 * SAMPLE // max(rows, SAMPLE)
    con.execute(
        "create temp table looked_at as select customer_id, customer_number from customer_numbers"
        f" where md5_number_lower(customer_id) % 10000 < {share}"
    )
    return share < 10_000


def _days(con: duckdb.DuckDBPyConnection, newest: date) -> list[date]:
    """About one day per month, oldest first: the stored ones, and between the last of these and the newest more."""
    stored = [row[0] for row in con.execute("select as_of_date from snapshots order by 1 desc").fetchall()]
    kept: list[date] = []
    for day in stored[1:]:
        if not kept or (kept[-1] - day).days >= _BETWEEN_DAYS:
            kept.append(day)
    last = kept[0] if kept else newest
    between = [months_before(newest, step) for step in range(1, 25)]
    recent = [day for day in between if (day - last).days >= _SETTLED_DAYS]
    return sorted({*kept[:MONTHS], *recent, newest})


def _frames(
    con: duckdb.DuckDBPyConnection, settings: Settings, days: list[date], names: list[str], is_part: bool
) -> Iterator[tuple[date, pd.DataFrame]]:
    """Each day with the sampled customers' features; what the store does not hold is computed."""
    stored = {row[0] for row in con.execute("select as_of_date from snapshots").fetchall()}
    columns = floats_sql(names, "rows")
    missing = [day for day in days if day not in stored]
    if missing and is_part:
        _sampled_facts(con)
    for day in missing:
        snapshot_into(con, settings, day, _RECENT)
    for day in days:
        table = _RECENT if day in missing else "features.customer_features"
        yield (
            day,
            con.execute(
                f"select rows.customer_id, rows.as_of_date, {columns} from {table} as rows"
                " semi join looked_at using (customer_id) where rows.as_of_date = ?",
                [day],
            ).df(),
        )


def _sampled_facts(con: duckdb.DuckDBPyConnection) -> None:
    """Facts of the sampled customers in place of everybody's."""
    found = con.execute(
        "select table_name, list(column_name) from duckdb_columns() where database_name = 'features' group by 1"
    ).fetchall()
    for name, columns in found:
        key = next((key for key in ("customer_number", "customer_id") if key in columns), None)
        if key and name not in _OWN:
            con.execute(f"drop view if exists {quoted(name)}")
            con.execute(
                f"create temp table {quoted(name)} as from features.{quoted(name)} semi join looked_at using ({key})"
            )


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


def _with_breaks(rows: pd.DataFrame, breaks: list[SourceBreak], end: date) -> pd.DataFrame:
    """Mark what moved because a source broke, or because the shop itself contacts people in another rhythm: neither
    says that customers behave differently.
    """
    sources = feature_sources()
    broken = {
        day: {each.table for each in breaks if each.found.touches(day)} for day in rows["as_of_date"].unique() if breaks
    }
    hit = [
        day > end and index >= SLIGHT and bool(sources_of(name, sources) & broken.get(day, set()))
        for name, day, index in zip(rows["feature"], rows["as_of_date"], rows["psi"], strict=True)
    ]
    is_own = rows["feature"].map(lambda name: sources_of(name, sources) == {_CONTACTS}) & (rows["kind"] == BEHAVIOUR)
    return rows.assign(
        kind=rows["kind"].mask(is_own, OWN_DOING).mask(pd.Series(hit, index=rows.index, dtype=bool), BREAK)
    )


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
