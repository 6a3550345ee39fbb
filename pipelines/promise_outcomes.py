"""Promises beside the present source: matured ones judged, those on their way estimated, into the new warehouse."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from models.bundle import Bundle
from models.drift import deciles
from models.promised import Judged, estimated, judged, month_spread, slack, tenths
from models.wilson import wilson
from pipelines import publish
from pipelines.config import Settings
from pipelines.drift import Drift
from pipelines.promises import ESTIMATED, LOST, MATURED, PENDING, REHEARSED, RUN, Promise, kept, settled
from pipelines.quoting import sql_text
from pipelines.row_tables import write_rows
from pipelines.snapshots import label_into
from pipelines.warehouse import expose

FIRST_ESTIMATE = 0.25  # of the horizon: before, too little has been seen
MAX_ESTIMATED = 100_000  # customers that an estimate looks at
_KNOWN_SHARE = 0.5  # of its customers that must be in the source to judge a promise
_LABELS = "promise_labels"
RUNS = (
    "kind varchar, run_id varchar, as_of_date date, model_version varchar, horizon_days integer, eligibility varchar, "
    "due_on date, known_until date, elapsed_days integer, matured_share double, state varchar, n bigint, "
    "judged_n bigint, promised double, slack double, actual double, low double, high double, is_kept boolean, "
    "estimate double, estimate_low double, estimate_high double, implied double, seen double, "
    "auc double, auc_low double, auc_high double"
)
TENTHS = (
    "run_id varchar, as_of_date date, tenth integer, n bigint, promised double, actual double, low double, high double"
)
DECILES = "kind varchar, run_id varchar, model_version varchar, as_of_date date, n bigint, mean double, " + ", ".join(
    f"d{place} double" for place in range(11)
)

Row = dict[str, Any]


class Outcomes:
    """Collects rows of three tables, one promise after the other."""

    def __init__(self, home: Path, settings: Settings, drift: Drift | None, spread: float) -> None:
        """Open a connection of its own to the facts of the features in use."""
        self.settings, self.drift, self.spread = settings, drift, spread
        self.runs: list[Row] = []
        self.tenths: list[Row] = []
        self.deciles: list[Row] = []
        self.con = duckdb.connect()
        publish.configure(self.con, home, settings)
        publish.attach(self.con, publish.require(home, "features"), "features")
        expose(self.con, "features")
        self.known_until: date = self.con.execute("select max(ordered_on) + 1 from order_facts").fetchall()[0][0]

    def add(self, promise: Promise) -> None:
        """Judge or estimate one promise."""
        elapsed = max((self.known_until - promise.as_of_date).days, 0)
        risk = self._risks(promise)
        row = self._row(promise, elapsed, len(risk)) | {"promised": float(risk.mean())}
        row["slack"] = slack(risk, self.spread)
        self.deciles.append(decile_row(RUN, promise, risk))
        if elapsed >= promise.horizon_days:
            row |= self._matured(promise, len(risk))
        elif elapsed >= FIRST_ESTIMATE * promise.horizon_days:
            row |= self._estimate(promise, elapsed)
        self.runs.append(row)

    def _row(self, promise: Promise, elapsed: int, n: int) -> Row:
        share = min(elapsed / promise.horizon_days, 1.0)
        described = {name: getattr(promise, name) for name in
                     ("run_id", "as_of_date", "model_version", "horizon_days", "eligibility", "due_on")}  # fmt: skip
        more = {"known_until": self.known_until, "elapsed_days": elapsed, "matured_share": share, "n": n}
        return {"kind": RUN, "state": PENDING} | described | more

    def _risks(self, promise: Promise) -> np.ndarray:
        rows = self.con.execute(f"select churn_risk from read_parquet({sql_text(str(promise.path))})").fetchnumpy()
        return np.asarray(rows["churn_risk"], dtype=float)

    def _seen(self, promise: Promise, days: int, most: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Risk and churned (0 or 1) after some days, of the promise's customers that the source knows.

        Beyond `most` customers a fixed sample of them.
        """
        path = sql_text(str(promise.path))
        parts = 1 if most is None else max(1, self._count(path) // most)
        self.con.execute(
            f"""
            create or replace temp table promised as
            select customer_id, as_of_date, churn_risk from read_parquet({path})
            semi join customer_numbers using (customer_id) where hash(customer_id) % {parts} = 0
            """
        )
        self.con.execute(
            "create or replace temp view customer_features as select customer_id, as_of_date from promised"
        )
        self.con.execute(f"drop table if exists {_LABELS}")
        churn = self.settings.churn.model_copy(update={"horizon_days": days, "eligibility": promise.eligibility})
        settings = self.settings.model_copy(update={"churn": churn})
        label_into(self.con, settings, promise.as_of_date, promise.as_of_date + timedelta(days=days), _LABELS)
        found = self.con.execute(
            f"select churn_risk, churned::double as churned from promised join {_LABELS} using (customer_id)"
            " where churned is not null order by customer_id"
        ).fetchnumpy()
        return np.asarray(found["churn_risk"], dtype=float), np.asarray(found["churned"], dtype=float)

    def _count(self, path: str) -> int:
        return int(self.con.execute(f"select count(*) from read_parquet({path})").fetchall()[0][0])

    def _matured(self, promise: Promise, n: int) -> Row:
        """The judgement of a promise whose horizon is over."""
        risk, churned = self._seen(promise, promise.horizon_days)
        if len(risk) < _KNOWN_SHARE * n:
            return {"state": LOST, "judged_n": len(risk)}
        found = judged(risk, churned, self.spread)
        key = {"run_id": promise.run_id, "as_of_date": promise.as_of_date}
        self.tenths += [key | row for row in tenths(risk, churned)]
        return judged_row(found) | {"state": MATURED}

    def _estimate(self, promise: Promise, elapsed: int) -> Row:
        """What a promise is coming to; nothing where another question was asked, or the past cannot tell."""
        churn = self.settings.churn
        is_same = (churn.horizon_days, churn.eligibility) == (promise.horizon_days, promise.eligibility)
        curves = self.drift.curves(elapsed, promise.horizon_days) if self.drift and is_same else []
        if not curves:
            return {}
        risk, churned = self._seen(promise, elapsed, MAX_ESTIMATED)
        if not len(risk):
            return {}
        ends = promise.eligibility == "subscribed"
        found = estimated(risk, float(churned.mean() if ends else 1 - churned.mean()), curves, self.spread, ends)
        if found is None:
            return {}
        return {
            "state": ESTIMATED, "judged_n": len(risk), "is_kept": found.is_on_course, "slack": found.slack,
            "estimate": found.rate, "estimate_low": found.low, "estimate_high": found.high,
            "implied": found.implied, "seen": found.seen,
        }  # fmt: skip


def judged_row(found: Judged) -> Row:
    """A judgement as columns of promise_runs."""
    return {
        "judged_n": found.n, "promised": found.promised, "slack": found.slack, "actual": found.actual,
        "low": found.low, "high": found.high, "is_kept": found.is_kept,
        "auc": found.auc, "auc_low": found.auc_low, "auc_high": found.auc_high,
    }  # fmt: skip


def decile_row(kind: str, promise: Promise, risk: np.ndarray) -> Row:
    """One row of score_deciles."""
    found = {f"d{place}": value for place, value in enumerate(deciles(risk))}
    told = {"kind": kind, "run_id": promise.run_id, "model_version": promise.model_version}
    return told | {"as_of_date": promise.as_of_date, "n": len(risk), "mean": float(risk.mean())} | found


def needs_past(home: Path) -> bool:
    """Whether any kept promise is on its way, so that past months must say how soon customers come back."""
    promises = kept(home)
    if not promises:
        return False
    with publish.open_current(home, "features") as con:
        until = con.execute("select max(ordered_on) + 1 from order_facts").fetchall()[0][0]
    return any(
        FIRST_ESTIMATE * one.horizon_days <= (until - one.as_of_date).days < one.horizon_days for one in promises
    )


def promises_into(
    con: duckdb.DuckDBPyConnection,
    home: Path,
    settings: Settings,
    model: Bundle | None,
    drift: Drift | None,
    present: Promise | None,
) -> None:
    """Write promise_runs, promise_tenths and score_deciles into `con`: kept and settled promises, rehearsed months, and
    the run that is about to be published (`present`, its risks in `con`'s customer_scores).
    """
    facts = model.facts if model else {}
    months = (facts.get("evaluation") or {}).get("months") or []
    found = Outcomes(home, settings, drift, month_spread(months))
    with found.con:
        for promise in kept(home):
            found.add(promise)
        known = {(row["run_id"], row["as_of_date"]) for row in found.runs}
        for row in settled(home):
            if (row["run"]["run_id"], date.fromisoformat(row["run"]["as_of_date"])) not in known:
                found.runs.append(row["run"])
                found.tenths += row["tenths"]
                found.deciles += row["deciles"]
        if present:
            _add_present(con, found, present)
    if model:
        _add_rehearsed(found, model, months)
    if drift:
        told = {"kind": "model", "model_version": model.version if model else None}
        found.deciles += [told | dict(zip(drift.deciles.columns, row, strict=True))
                          for row in drift.deciles.itertuples(index=False)]  # fmt: skip
    for name, columns, rows in (
        ("promise_runs", RUNS, found.runs), ("promise_tenths", TENTHS, found.tenths),
        ("score_deciles", DECILES, found.deciles),
    ):  # fmt: skip
        write_rows(con, name, columns, rows)


def _add_present(con: duckdb.DuckDBPyConnection, found: Outcomes, promise: Promise) -> None:
    """The promise that is being made."""
    risk = np.asarray(con.execute("select churn_risk from customer_scores").fetchnumpy()["churn_risk"], dtype=float)
    is_known = any(row["as_of_date"] == promise.as_of_date and row["model_version"] == promise.model_version
                   for row in found.runs)  # fmt: skip
    if len(risk) and not is_known:
        row = found._row(promise, 0, len(risk))
        found.runs.append(row | {"promised": float(risk.mean()), "slack": slack(risk, found.spread)})
        found.deciles.append(decile_row(RUN, promise, risk))


def _add_rehearsed(found: Outcomes, model: Bundle, months: list[Row]) -> None:
    """The months on which the version's own training judged itself, promised by models that had not seen them."""
    horizon, kind = int(model.facts["label"]["horizon_days"]), model.facts["label"]["eligibility"]
    area = next((row for row in model.metrics if (row["model"], row["metric"]) == ("champion", "roc_auc")), None)
    for month in months:
        day, n = date.fromisoformat(month["as_of_date"]), int(month["n"])
        low, high = wilson(month["actual"], n)
        promise = Promise("", day, str(model.version), horizon, kind)
        width = float(1.96 * np.sqrt(month["promised"] * (1 - month["promised"]) / max(n, 1) + found.spread**2))
        row = found._row(promise, horizon, n) | {"kind": REHEARSED, "state": MATURED, "judged_n": n}
        row |= {"promised": month["promised"], "actual": month["actual"], "low": low, "high": high, "slack": width}
        row["is_kept"] = abs(month["actual"] - month["promised"]) <= width
        if area and month["part"] == "test":
            row |= {"auc": area["value"], "auc_low": area["low"], "auc_high": area["high"]}
            found.tenths += [
                {"run_id": "", "as_of_date": day, "tenth": place} | tenth
                for place, tenth in enumerate(model.facts["evaluation"]["calibration"], start=1)
            ]
        found.runs.append(row)
