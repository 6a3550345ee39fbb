"""Comparing two versions: both rehearsals on the newest customers with a known outcome, both models on today's list.

A version's own report was made on the data of its day; here both are asked about the same customers.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from models.bundle import Bundle
from models.calibrate import expit
from models.churn import FeatureMismatchError
from models.comparison import Believed, changed_lists, compare_figures, realised_lists
from models.evaluate import subsample
from models.profit import Terms
from pipelines import lineage, publish, registry, runs
from pipelines.comparison import Comparison, keep
from pipelines.config import Settings
from pipelines.economics import terms_of
from pipelines.errors import InputError
from pipelines.expected_value import expected_value
from pipelines.frames import feature_columns, floats_sql
from pipelines.progress import Progress, silent
from pipelines.score import BATCH_ROWS
from pipelines.slice_names import with_names

_NAMED = ("days_since_last_order", "order_days", "revenue_total", "overdue_ratio", "tenure_days", "margin_365d")
_MAX_JUDGED = 200_000  # rows read before whole customers are sampled


def compare(home: Path, settings: Settings, first: str, second: str, progress: Progress = silent) -> Comparison:
    """Compare two versions on the present features and keep the result; raises InputError naming the next step."""
    models = _loaded(home, first), _loaded(home, second)
    terms = terms_of(settings)
    progress("judge both", 0.0)
    with publish.open_current(home, "features") as con:
        lineage.require_features(con, home, settings)
        source = publish.current(home, "source")
        if source is not None:
            publish.attach(con, source, "source")
        judged = _judged(con, models, settings, terms)
        progress("list of today", 0.3)
        as_of, rows, believed = _today(con, models, settings, progress)
    result = Comparison(
        first=first,
        second=second,
        made_at=runs.utc_now().isoformat(),
        features=publish.require(home, "features").name,
        as_of=str(as_of),
        customers=len(rows),
        terms=asdict(terms),
        lists=changed_lists(rows, *believed, terms),
        **judged,
    )
    keep(home, result)
    progress("list of today", 1.0)
    return result


def beside_champion(home: Path, settings: Settings, version: str, progress: Progress = silent) -> list[str]:
    """Compare a proposed version with the one in use, so that whoever decides sees at once whom it would contact.

    Returns the comparison in lines, or why there is none; nothing where no version is in use.
    """
    champion = registry.readable_champion(home)
    if champion is None or champion.version is None:
        return []
    try:
        return compare(home, settings, champion.version, version, progress).lines()
    except InputError as error:
        return [f"Not compared with version {champion.version}: {error}"]


def _loaded(home: Path, version: str) -> Bundle:
    """A version; raises InputError that names those there are."""
    known = registry.versions(home)
    if version not in known:
        raise InputError(f"Model version {version} does not exist. There are: {', '.join(known) or 'none'}.")
    return registry.load(home, version)


def _judged(
    con: duckdb.DuckDBPyConnection, models: tuple[Bundle, Bundle], settings: Settings, terms: Terms
) -> dict[str, Any]:
    """Figures and lists where the outcome is known, or why there are none."""
    found = con.execute("select max(as_of_date) from churn_labels where churned is not null").fetchall()[0][0]
    why = "no outcome is known yet" if found is None else _incomparable(models, settings, found)
    if why:
        return {"not_judged": why}
    rows = _labelled(con, found)
    rehearsals = [model.rehearsal for model in models if model.rehearsal is not None]
    try:
        odds = [model.calibrator.log_odds(model.log_odds(rows)) for model in rehearsals]
        values = [expected_value(model, rows, settings) for model in models]
    except FeatureMismatchError:
        return {"not_judged": "the present data lack features of one of them"}
    believed = [Believed(expit(part), value) for part, value in zip(odds, values, strict=True)]
    return {
        "test_date": str(found),
        "judged": len(rows),
        "figures": compare_figures(rows, (odds[0], odds[1]), (values[0] + values[1]) / 2, terms),
        "realised": realised_lists(rows, believed[0], believed[1], terms),
    }


def _incomparable(models: tuple[Bundle, Bundle], settings: Settings, day: date) -> str:
    """Why two versions cannot be judged on the newest customers with a known outcome; empty when they can."""
    label = registry.label_of(settings)
    for model in models:
        if model.facts["label"] != label:
            return f"version {model.version} answers another question than the present churn definition"
        if model.rehearsal is None:
            return f"version {model.version} was trained on too short a history to keep a rehearsal"
        known = date.fromisoformat(model.facts["windows"]["rehearsal"][1])
        if known + timedelta(days=label["horizon_days"]) > day:
            return f"version {model.version} has learned from outcomes later than {day}"
    return ""


def _labelled(con: duckdb.DuckDBPyConnection, day: date) -> pd.DataFrame:
    """Rows of a day with a known outcome, whole customers sampled by hash where there are very many."""
    columns = floats_sql(feature_columns(con, "customer_features"), "features")
    count = con.execute("select count(*) from churn_labels where as_of_date = ?", [day]).fetchall()[0][0]
    share = min(10_000, 10_000 * _MAX_JUDGED // max(count, 1))
    return subsample(
        con.execute(
            f"""
            select features.customer_id, features.as_of_date, labels.churned, {columns}
            from customer_features as features
            inner join churn_labels as labels using (customer_id, as_of_date)
            where features.as_of_date = ? and labels.churned is not null
                and md5_number_lower(features.customer_id) % 10000 < {share}
            order by features.customer_id
            """,
            [day],
        ).df()
    ).reset_index(drop=True)


def _today(
    con: duckdb.DuckDBPyConnection, models: tuple[Bundle, Bundle], settings: Settings, progress: Progress
) -> tuple[date, pd.DataFrame, tuple[Believed, Believed]]:
    """The newest day, its customers (id and what groups are told by), and what either model believes of them."""
    as_of = con.execute("select max(as_of_date) from customer_features").fetchall()[0][0]
    total = con.execute("select count(*) from customer_features where as_of_date = ?", [as_of]).fetchall()[0][0]
    kept, told, done = [], [], 0
    try:
        for frame in _batches(con, as_of):
            kept.append(frame[["customer_id", *(name for name in _NAMED if name in frame)]])
            told.append([(model.churn.churn_risk(frame), expected_value(model, frame, settings)) for model in models])
            done += len(frame)
            progress("list of today", 0.3 + 0.65 * done / total)
    except FeatureMismatchError as error:
        raise InputError(f"{error}. A version can be compared only where its features are at hand.") from error
    rows = with_names(con, pd.concat(kept, ignore_index=True))
    one, other = (
        Believed(*(np.concatenate([part[side][what] for part in told]) for what in (0, 1))) for side in (0, 1)
    )
    return as_of, rows, (one, other)


def _batches(con: duckdb.DuckDBPyConnection, as_of: date) -> Iterator[pd.DataFrame]:
    columns = floats_sql(feature_columns(con, "customer_features"), "features")
    query = f"select customer_id, as_of_date, {columns} from customer_features as features where as_of_date = ?"
    with con.cursor() as reading:
        for batch in reading.sql(f"{query} order by customer_id", params=[as_of]).to_arrow_reader(BATCH_ROWS):
            yield batch.to_pandas()
