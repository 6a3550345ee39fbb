"""What the charts of the experience page show, as frames in people's words: the tables behind them are the same."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from pages.components import experience_words as own
from pages.components import words
from pages.components.experience_charts import GROUP, INTERVAL, MONTH, RUNNING, SHOWN, STATE, N

MONTHS_SHOWN = 25
_HOURS = {"reply": "replied", "resolution": "solved"}


def score_months(months: pd.DataFrame, name: str) -> pd.DataFrame:
    """One kind of answers per month, newest 25."""
    found = _of_kind(months, name).tail(MONTHS_SHOWN)
    return _dated(found).assign(**_scored(found, own.KINDS[name][0]))


def score_groups(scores: pd.DataFrame, name: str) -> pd.DataFrame:
    """One kind of answers per channel or topic, worst first."""
    found = _of_kind(scores, name).sort_values("value", kind="stable")
    frame = _named(found).assign(**_scored(found, own.KINDS[name][0]))
    frame["told"] = _beside(frame)
    frame["answers"] = found["n"].to_numpy()
    frame["is_few"] = frame["answers"] < own.FEW
    return frame


def _of_kind(scores: pd.DataFrame, name: str) -> pd.DataFrame:
    kind, source = own.KINDS[name]
    return scores[(scores["kind"] == kind) & (scores["source"] == source)]


def _dated(found: pd.DataFrame) -> pd.DataFrame:
    state = found["is_running"].astype(bool).map({True: RUNNING, False: "over"})
    return pd.DataFrame({MONTH: pd.to_datetime(found["month"]), STATE: state}).reset_index(drop=True)


def _named(found: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({GROUP: found["group_name"].map(own.touchpoint)}).reset_index(drop=True)


def _scored(found: pd.DataFrame, kind: str) -> dict[str, Any]:
    """Columns of a score with its interval, n and, where it is known, how many of those asked answered."""
    ends = [own.between(kind, low, high) for low, high in zip(found["low"], found["high"], strict=True)]
    columns: dict[str, Any] = {
        SHOWN: [own.score(kind, value) for value in found["value"]],
        INTERVAL: ends,
        N: [words.count(n) for n in found["n"]],
    }
    if found["response_rate"].notna().any():
        columns["Answered"] = [words.percent(share) for share in found["response_rate"]]
    return columns | _numbers(found, "value", "low", "high")


def _beside(frame: pd.DataFrame) -> list[str]:
    """The words to the right of a group: its figure and n."""
    return [f"{shown}{words.GAP}· n = {n}" for shown, n in zip(frame[SHOWN], frame[N], strict=True)]


def _numbers(found: pd.DataFrame, value: str, low: str | None, high: str | None) -> dict[str, Any]:
    """The numbers that a chart draws."""
    empty = pd.Series(float("nan"), index=found.index)
    ends = {"value": value, "low": low, "high": high}
    return {name: (found[of] if of else empty).astype(float).to_numpy() for name, of in ends.items()}


def hour_months(months: pd.DataFrame, step: str) -> pd.DataFrame:
    """Hours to the first reply (`reply`) or the solution (`resolution`) per month: median and 90th percentile."""
    found = months[months[f"{step}_median_hours"].notna()].tail(MONTHS_SHOWN)
    return _dated(found).assign(**_hours(found, step))


def hour_groups(groups: pd.DataFrame, step: str) -> pd.DataFrame:
    """Hours to reply or solution per channel or topic, slowest tenth first."""
    found = groups[groups[f"{step}_median_hours"].notna()].sort_values(f"{step}_p90_hours", ascending=False)
    frame = _named(found).assign(**_hours(found, step))
    frame["told"] = _beside(frame)
    frame["slow"] = found[f"{step}_p90_hours"].map(words.hours).to_numpy()
    frame["is_few"] = (found[_HOURS[step]] < own.FEW).to_numpy()
    return frame


def _hours(found: pd.DataFrame, step: str) -> dict[str, Any]:
    median, most = found[f"{step}_median_hours"], found[f"{step}_p90_hours"]
    return {
        SHOWN: [f"{words.hours(one)}, 9 of 10 in {words.hours(two)}" for one, two in zip(median, most, strict=True)],
        INTERVAL: [f"{words.hours(one)} to {words.hours(two)}" for one, two in zip(median, most, strict=True)],
        N: [words.count(n) for n in found[_HOURS[step]]],
        **_numbers(found, f"{step}_median_hours", f"{step}_median_hours", f"{step}_p90_hours"),
    }


def reopened_months(months: pd.DataFrame) -> pd.DataFrame:
    """Share of solved tickets that were reopened, per month."""
    found = months[months["reopened_share"].notna()].tail(MONTHS_SHOWN)
    return _dated(found).assign(**_reopened(found))


def reopened_groups(groups: pd.DataFrame) -> pd.DataFrame:
    """Share of solved tickets that were reopened, per channel or topic, highest first."""
    found = groups[groups["reopened_share"].notna()].sort_values("reopened_share", ascending=False)
    frame = _named(found).assign(**_reopened(found))
    frame["told"] = _beside(frame)
    frame["is_few"] = (found["solved"] < own.FEW).to_numpy()
    return frame


def _reopened(found: pd.DataFrame) -> dict[str, Any]:
    between: Callable[[Any, Any], str] = lambda low, high: own.between("csat", low, high)  # noqa: E731
    return {
        SHOWN: [words.percent(share) for share in found["reopened_share"]],
        INTERVAL: list(map(between, found["reopened_low"], found["reopened_high"])),
        N: [words.count(n) for n in found["solved"]],
        **_numbers(found, "reopened_share", "reopened_low", "reopened_high"),
    }


def loop_months(loop: pd.DataFrame) -> pd.DataFrame:
    """Of the detractors due, those who were talked to within 48 hours, per month of their answer."""
    found = loop[loop["closed_share"].notna()]
    pairs = zip(found["closed_48h"], found["due"], strict=True)
    return _dated(found).assign(
        **{
            SHOWN: [f"{words.count(done)} of {words.count(due)}" for done, due in pairs],
            INTERVAL: [own.between("csat", low, high) for low, high in zip(found["low"], found["high"], strict=True)],
            N: [words.count(n) for n in found["due"]],
        },
        due=found["due"].to_numpy(),
        done=found["closed_48h"].to_numpy(),
    )


def differences(found: pd.DataFrame, names: Callable[[Any], str], columns: tuple[str, str, str]) -> pd.DataFrame:
    """Differences in points with their interval, one row per part or stratum, in the order given.

    `found` has n and `columns` (difference, low, high); `names` gives the words of a row of `found`.
    """
    rows = found.to_dict("records")
    value, low, high = columns
    frame = pd.DataFrame(
        {
            GROUP: [names(row) for row in rows],
            SHOWN: [words.points(row[value]) for row in rows],
            INTERVAL: [own.between_points(row[low], row[high]) for row in rows],
            N: [words.count(row["n"]) for row in rows],
        }
    ).assign(**_numbers(found, *columns))
    frame["told"] = _beside(frame)
    frame["is_few"] = False
    return frame
