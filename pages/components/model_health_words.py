"""Model health in words: the verdict on top, what each promise came to, why a feature moved."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pages.components import words

Record = Mapping[str, Any]

TITLE = "Do the probabilities keep their word?"
OLD = "This list was published before the program watched its model. Run `python -m pipelines score` to fill this page."
NO_MODEL = (
    "No model is in use, so there are no promises to keep. The page fills itself once a training has found a signal."
)
PROMISES, CALIBRATION, DRIFT, RISKS = "promises", "calibration", "drift", "risks"
PARTS = {PROMISES: "Promises", CALIBRATION: "Calibration", DRIFT: "Drift", RISKS: "Risks over time"}

MATURED, ESTIMATED, PENDING, LOST = "matured", "estimated", "pending", "lost"
REHEARSED = "rehearsed"
BEHAVIOUR, BREAK, USUAL, OWN, LEARNED = "behaviour", "data break", "usual", "own contacts", "training"
KINDS = {
    BEHAVIOUR: "customers changed",
    BREAK: "data break",
    USUAL: "as every time",
    OWN: "own contacts",
    LEARNED: "learned from",
    "slight": "slight",
    "stable": "stable",
}
LARGE = 0.2

PSI_HELP = (
    "Population stability index: how far the customers of a month are from those the model learned from, feature by "
    "feature. Σ (share − share then) × ln(share ÷ share then) over bins fixed at training; what is not known is a bin "
    "of its own. Below 0.1 stable, from 0.2 large."
)
PROMISE_HELP = (
    "Promised: mean churn risk of all customers of a run. Came: the share that churned, with its 95 % Wilson interval. "
    "Allowed: 95 of 100 months end within it, from chance (Σ p(1 − p)) and from how much the months differ on which "
    "the model's training judged itself."
)
TENTH_HELP = (
    "Customers of one promise in ten equal groups by their risk, lowest first. Calibrated: in each group as many "
    "churned as its mean risk said."
)
AUC_HELP = (
    "ROC AUC: the chance that of two customers, one who left and one who stayed, the one who left had the higher risk. "
    "0.5 is guessing, 1 is perfect."
)


def is_run(row: Record) -> bool:
    """Whether a row is a run's promise; the others are rehearsed months."""
    return bool(row["kind"] != REHEARSED)


def verdict(row: Record) -> str:
    """What became of a promise, in few words."""
    if row["state"] == PENDING:
        return "too early to say"
    if row["state"] == LOST:
        return "customers not in the data"
    gap = came(row) - row["promised"]
    if row["is_kept"]:
        return "on course" if row["state"] == ESTIMATED else "kept"
    side = "too few promised" if gap > 0 else "too many promised"
    return f"off course: {side}" if row["state"] == ESTIMATED else f"missed: {side}"


def came(row: Record) -> float:
    """The churn rate that came, or is on its way."""
    return float(row["actual"] if row["state"] == MATURED else row["estimate"])


def headline(advice: Record, runs: pd.DataFrame, breaks: pd.DataFrame) -> str:
    """The page in one sentence."""
    current = breaks[breaks["is_current"]] if len(breaks) else breaks
    if advice["rule"] == BREAK and len(current):
        return f"A source broke. {current.iloc[0]['sentence']}."
    if advice["is_due"]:
        return f"Train again: {advice['reason']}."
    return f"{_kept(runs)} Training is not due: {advice['reason']}."


def rule(advice: Record) -> str:
    """When `refresh` trains again, with today's figures, as Markdown."""
    moved = advice["moved_weight"]
    weight = "" if words.is_missing(moved) else f" Today: {words.percent(moved)}."
    return (
        "`refresh` trains again when the first of these holds:\n\n"
        "1. The churn definition, the economics or the features are no longer those of the model.\n"
        f"2. The model is {advice['limit_days']} days of data old. Today: {advice['age_days']}.\n"
        "3. The newest promise of this version that can be judged is beyond what it allowed.\n"
        f"4. Features in which customers changed carry 10 % of the model's weight or more.{weight}\n\n"
        "While a source is broken, 2 to 4 wait: it is to be mended first. What stays broken for 60 days counts as how "
        "the shop is now. For 3 and 4 the newest training must be 7 days of data old."
    )


def _kept(runs: pd.DataFrame) -> str:
    """How promises fare, as a sentence."""
    own = runs[runs["kind"] != REHEARSED]
    over, under_way = own[own["state"] == MATURED], own[own["state"] == ESTIMATED]
    if len(over):
        told = f"{_of(over['is_kept'], 'promise')} kept"
        return f"{told}, {_of(under_way['is_kept'], 'more')} on course." if len(under_way) else f"{told}."
    if len(under_way):
        return f"{_of(under_way['is_kept'], 'promise')} on course, none is over yet."
    rehearsed = runs[runs["kind"] == REHEARSED]
    if len(rehearsed):
        return f"No promise is over yet; in rehearsal {_of(rehearsed['is_kept'], 'month')} kept their word."
    return "No promise is over yet."


def _of(is_kept: Sequence[bool], one: str) -> str:
    """`2 of 3 promises`."""
    total, good = len(is_kept), int(pd.Series(is_kept).astype(bool).sum())
    things = one if one == "more" else words.plural(total, one).split(words.GAP, 1)[1]
    return f"{good} of {total} {things}"


def next_promise(runs: pd.DataFrame) -> str:
    """When the next promise is over."""
    waiting = runs[runs["state"].isin([PENDING, ESTIMATED])]
    if waiting.empty:
        return ""
    row = waiting.sort_values("due_on").iloc[0]
    return f"The next promise, of {words.day(row['as_of_date'])}, is over on {words.day(row['due_on'])}."


def promise_title(runs: pd.DataFrame) -> str:
    """The finding of the chart of promises."""
    over = runs[(runs["kind"] != REHEARSED) & (runs["state"] == MATURED)]
    if over.empty:
        return "What was promised, and what is coming"
    row = over.iloc[-1]
    return (
        f"Of the newest promise that is over, {words.rate(row['promised'])} were to leave and "
        f"{words.rate(row['actual'])} did"
    )


def gap_title(runs: pd.DataFrame) -> str:
    """The finding of the chart of gaps."""
    told = runs[runs["state"].isin([MATURED, ESTIMATED])]
    if told.empty:
        return "No promise can be judged yet"
    gaps = [came(row) - row["promised"] for row in told.to_dict("records")]
    beyond = int((~told["is_kept"].astype(bool)).sum())
    if beyond:
        return f"{words.plural(beyond, 'month')} of {len(told)} beyond what the promise allowed"
    return f"All within what was allowed; on average {words.points(sum(gaps) / len(gaps))} came beyond the promise"


def drift_title(summary: pd.DataFrame) -> str:
    """The finding of the heat map."""
    moved = summary[summary["kind"] == BEHAVIOUR]
    broken = summary[summary["kind"] == BREAK]
    parts = []
    if len(moved):
        share = words.percent(moved["weight"].sum())
        parts.append(f"customers changed in {words.plural(len(moved), 'feature')} with {share} of the model's weight")
    if len(broken):
        parts.append(f"{words.plural(len(broken), 'feature')} moved because data broke")
    if not parts:
        return "Customers are as the model knows them"
    return words.sentence(", ".join(parts)) or ""


def psi(value: float | None) -> str:
    """A PSI with two decimals."""
    return words.MISSING if words.is_missing(value) else "<0.01" if value < 0.005 else f"{value:.2f}"


def bin_name(row: Record, unit: str) -> str:
    """A bin of a feature's values: `up to 7`, `7 to 14`, `more than 90`, `not known`."""
    if row["is_missing"]:
        return "not known"
    low, high = row["low"], row["high"]
    if words.is_missing(low) and words.is_missing(high):
        return "any value"
    if words.is_missing(low):
        return f"up to {_figure(high, unit)}"
    if words.is_missing(high):
        return f"more than {_figure(low, unit)}"
    return f"{_figure(low, unit)} to {_figure(high, unit)}"


def _figure(value: float, unit: str) -> str:
    """A bin's edge, as short as it can be told."""
    if unit == "share":
        return words.percent(value) if value in (0, 1) or abs(value) >= 0.01 else f"{value * 100:.1f}{words.GAP}%"
    text = f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:,.3g}"
    return text.replace("-", "−")


def moved_words(row: Record) -> str:
    """Why a feature counts as it does on the newest day."""
    if row["kind"] == BEHAVIOUR:
        return (
            f"PSI {psi(row['psi'])}; from the last month learned from it moved by {psi(row['step'])}, "
            f"no two months in training so far apart by more than {psi(row['usual_step'])}"
        )
    if row["kind"] == USUAL:
        return f"PSI {psi(row['psi'])}, but it moves that much between training months too: season, or a shop's age"
    if row["kind"] == BREAK:
        return f"PSI {psi(row['psi'])}, while a source behind it broke: it says nothing about customers"
    if row["kind"] == OWN:
        return f"PSI {psi(row['psi'])}: the shop contacts people in another rhythm than before"
    return f"PSI {psi(row['psi'])}"
