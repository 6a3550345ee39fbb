"""Frames of the part "Versions", in people's words; charts and tables show the same."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from pages.components import version_words as own
from pages.components import words
from pages.components.trained import Version

MODEL, VALUE, LOW, HIGH, SHOWN, KIND = "Model", "Difference", "From", "To", "Shown as", "Kind"
DAY, PROMISED, CAME, CUSTOMERS = "Day", "Promised", "Came", "Customers"
GROUP, DIMENSION, GAP, MARK = "Group", "By", "Promised − came", "Mark"
ORDER = (own.OWN, own.RIVAL, *own.BASELINES)


def list_frame(versions: Sequence[Version]) -> pd.DataFrame:
    """One row per version: what it is, what it answers, and how well."""
    return pd.DataFrame([_listed(version) for version in versions])


def _listed(version: Version) -> dict[str, str]:
    facts = version.facts
    found = {
        row["metric"]: row
        for row in facts["evaluation"]["metrics"]
        if row["model"] == own.OWN and row["population"] == "all"
    }
    return {
        "Version": version.number,
        "State": own.STATES[version.state],
        "Trained": own.when(version.trained_at),
        "Data up to": words.day(date.fromisoformat(facts["data_as_of"])),
        "Predicts": own.label_told(facts["label"]),
        "ROC AUC": _with_interval("roc_auc", found.get("roc_auc")),
        "Log loss": _with_interval("log_loss", found.get("log_loss")),
        "Judged on": words.count(facts["evaluation"]["n"]),
        "Kind": "Trees" if facts["kind"] == "boosted" else "Simple model",
    }


def _with_interval(metric: str, row: dict | None) -> str:
    if row is None or row["value"] is None:
        return words.MISSING
    ends = own.interval(own.figure(metric, row["low"]), own.figure(metric, row["high"]))
    return f"{own.figure(metric, row['value'])} ({ends})"


def ladder_frame(version: Version, population: str, shown: Sequence[str]) -> pd.DataFrame:
    """One row per model judged on the same customers: its figures with intervals."""
    cells: dict[str, dict[str, str]] = {}
    for row in version.facts["evaluation"]["metrics"]:
        if row["population"] == population and row["metric"] in shown:
            cells.setdefault(row["model"], {})[own.METRICS[row["metric"]][0]] = _with_interval(row["metric"], row)
    names = [name for name in ORDER if name in cells]
    table = pd.DataFrame([cells[name] for name in names], columns=[own.METRICS[name][0] for name in shown])
    table.insert(0, MODEL, [own.contender(name, version) for name in names])
    return table.fillna(words.MISSING)


def difference_frame(version: Version, metric: str, population: str) -> pd.DataFrame:
    """This version minus each other model, paired, with its interval; the best other one first."""
    rows = []
    for name in ORDER[1:]:
        row = own.difference(version, name, metric, population)
        if row is not None and row["low"] is not None:
            rows.append(
                {
                    MODEL: own.contender(name, version),
                    VALUE: row["value"],
                    LOW: row["low"],
                    HIGH: row["high"],
                    SHOWN: f"{own.signed(metric, row['value'])} ({own.ends(metric, row)})",
                }
            )
    return pd.DataFrame(rows)


def month_frame(version: Version) -> pd.DataFrame:
    """Promised and seen churn per judged snapshot, oldest first."""
    rows = version.facts["evaluation"]["months"]
    frame = pd.DataFrame(
        {
            DAY: pd.to_datetime([row["as_of_date"] for row in rows]),
            PROMISED: [row["promised"] for row in rows],
            CAME: [row["actual"] for row in rows],
            CUSTOMERS: [row["n"] for row in rows],
            "Unseen by": ["every choice" if row["part"] == "test" else "the trees judged" for row in rows],
        }
    )
    frame[SHOWN] = [
        f"{words.rate(promised)} promised, {words.rate(came)} came, n = {words.count(n)}"
        for promised, came, n in zip(frame[PROMISED], frame[CAME], frame[CUSTOMERS], strict=True)
    ]
    return frame.sort_values(DAY, ignore_index=True)


def tenth_frame(version: Version) -> pd.DataFrame:
    """Promised and seen churn per tenth of customers by risk, lowest first."""
    rows = version.facts["evaluation"]["calibration"]
    frame = pd.DataFrame(
        {
            "Tenth": [f"{number} of {len(rows)}" for number in range(1, len(rows) + 1)],
            PROMISED: [row["promised"] for row in rows],
            CAME: [row["actual"] for row in rows],
            LOW: [row["low"] for row in rows],
            HIGH: [row["high"] for row in rows],
            CUSTOMERS: [row["n"] for row in rows],
        }
    )
    frame[SHOWN] = [
        f"{words.percent(row['promised'])} promised, {words.percent(row['actual'])} came "
        f"({words.percent(row['low'])} to {words.percent(row['high'])})"
        for row in rows
    ]
    return frame


def tenths_title(frame: pd.DataFrame) -> str:
    """Whether every tenth kept its promise within its interval."""
    missed = frame[(frame[PROMISED] < frame[LOW]) | (frame[PROMISED] > frame[HIGH])]
    if missed.empty:
        return "Every tenth by risk kept its promise"
    return f"{len(missed)} of {len(frame)} tenths by risk missed their promise beyond the interval"


def slice_frame(version: Version) -> pd.DataFrame:
    """One row per group of judged customers; the gap in points, its interval and what is worst."""
    rows = version.facts["evaluation"].get("slices") or []
    return pd.DataFrame(
        [
            {
                DIMENSION: row["dimension"],
                GROUP: row["slice"],
                CUSTOMERS: row["n"],
                PROMISED: words.percent(row["promised"]),
                CAME: words.percent(row["churn_rate"]),
                GAP: row["gap"],
                LOW: row["low"],
                HIGH: row["high"],
                "ROC AUC": own.figure("roc_auc", row["roc_auc"]),
                MARK: "worst" if row["is_worst"] else "beyond chance" if row["low"] > 0 or row["high"] < 0 else "",
                SHOWN: f"{words.points(row['gap'])}{' · worst' if row['is_worst'] else ''}",
            }
            for row in rows
        ]
    )


def slices_title(frame: pd.DataFrame) -> str:
    """The worst group in a sentence, or that none is beyond chance."""
    worst = frame[frame[MARK] == "worst"]
    if worst.empty:
        return "No group is promised too much or too little beyond chance"
    row = worst.iloc[0]
    much = "Too much" if row[GAP] > 0 else "Too little"
    return f"{much} is promised to {row[DIMENSION].lower()} “{row[GROUP]}”: {row[PROMISED]} promised, {row[CAME]} came"
