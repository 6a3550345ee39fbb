"""Words of the part "Versions": names of contenders, metrics with their meaning, and what a training brought."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pages.components import words
from pages.components.trained import BLOCKED, IN_USE, NOT_USED, PROPOSED, USED_BEFORE, Version

Record = Mapping[str, Any]
RESULT, RANKING, MONEY, GROUPS, DRIVERS, LISTS = "result", "ranking", "money", "groups", "drivers", "list"
PARTS = {RESULT: "Result", RANKING: "Ranking", MONEY: "Money", GROUPS: "Groups", DRIVERS: "Drivers",
         LISTS: "Who would be contacted"}  # fmt: skip
STATES = {IN_USE: "In use", PROPOSED: "Proposed", USED_BEFORE: "Used before", NOT_USED: "Not used",
          BLOCKED: "Blocked"}  # fmt: skip
OWN, RIVAL = "model", "champion"
BASELINES = {"logistic": "Simple model (logistic)", "mbg_nbd": "Rhythm of orders (MBG/NBD)",
             "recency": "Recency alone", "base_rate": "Churn rate alone"}  # fmt: skip
BASELINE_HELP = (
    "**Simple model**: logistic regression on recency, frequency, money, tenure.  \n**Rhythm of orders**: the chance "
    "of no order by the buy-till-you-die model MBG/NBD.  \n**Recency alone**: who has waited longest.  \n**Churn rate "
    "alone**: the same risk for everybody. All learned from the same past and are judged on the same customers."
)
METRICS = {
    "roc_auc": ("ROC AUC", "How often a customer who left was ranked above one who stayed: 0.5 is chance, 1 perfect."),
    "pr_auc": ("PR-AUC", "Precision averaged over all thresholds; chance is the churn rate. Higher is better."),
    "log_loss": ("Log loss", "How far the probabilities were off, on the whole. Lower is better."),
    "brier": ("Brier score", "Mean squared error of the probabilities. Lower is better."),
    "lift_10": ("Lift of the riskiest tenth", "Churn rate of the riskiest tenth over that of all. Higher is better."),
    "calibration_gap": ("Promised − actual", "Mean risk minus churn rate, in points. 0 is right on the whole."),
    "empc": ("EMPC", "Expected maximum profit: what contacting the right share would earn per customer."),
}  # fmt: skip
LOWER_IS_BETTER = ("log_loss", "brier")
NONE_YET = "No version was trained yet. Start a training in the part Train; what it brought then stands here."
NO_REPORT = (
    "This version was trained before versions kept their judged customers. Train anew in the part Train, or with "
    "python -m pipelines train, to see this."
)
PAIRED = "Paired: both were judged on the same customers, drawn again together 200 times (95 % interval)."


def contender(name: str, version: Version) -> str:
    """How a model that was judged beside a version is called."""
    if name == OWN:
        return f"Version {version.number}"
    return BASELINES.get(name, f"Version {version.facts.get('previous') or '–'}, in use then")


def label_told(label: Record) -> str:
    """The question that a version answers: `no order in 90 d, ordered within 365 d`."""
    days = words.days(label["horizon_days"])
    if label["eligibility"] == "subscribed":
        return f"contract ends in {days}"
    who = f"ordered within {words.days(label['active_days'])}" if "active_days" in label else "next order due"
    return f"no order in {days}, {who}"


def test_day(version: Version) -> date:
    """The day as of which a version was judged."""
    return date.fromisoformat(version.facts["evaluation"]["test_date"])


def scope(version: Version, who: str = "all") -> str:
    """On whom, when and how a version was judged."""
    judged = version.facts["evaluation"]
    place = f"{words.day(test_day(version))}, judged {judged['kind']}"
    if who == "all":
        return f"n = {words.count(judged['n'])}, {place}, {words.percent(judged['churn_rate'])} left"
    counts = [row["n"] for row in judged["metrics"] if row["population"] == who]
    return f"n = {words.count(counts[0]) if counts else 0}, {place}"


def figure(metric: str, value: float | None) -> str:
    """A level of a metric."""
    if words.is_missing(value):
        return words.MISSING
    if metric == "calibration_gap":
        return words.points(value).removesuffix(f"{words.GAP}points")
    return f"{value:.2f}{words.GAP}×" if metric == "lift_10" else f"{value:.3f}"


def signed(metric: str, value: float | None, currency: str = "EUR") -> str:
    """A difference of a metric, with its sign."""
    if words.is_missing(value):
        return words.MISSING
    if metric == "empc":
        return money_signed(value, currency)
    if metric == "calibration_gap":
        return words.points(value).removesuffix(f"{words.GAP}points")
    digits = 2 if metric == "lift_10" else 4
    rounded = round(value, digits)
    return f"{rounded:+.{digits}f}".replace("-", "−") if rounded else "±0"


def money_signed(value: float | None, currency: str) -> str:
    """A difference in money, with its sign."""
    if words.is_missing(value):
        return words.MISSING
    return f"{'+' if value > 0 else '−' if value < 0 else '±'}{words.money(abs(value), currency)}"


def interval(low: str, high: str) -> str:
    """Two ends as text: `−0.01 to +0.02`."""
    return f"{low} to {high}" if words.MISSING not in (low, high) else words.MISSING


def difference(version: Version, other: str, metric: str = "log_loss", population: str = "all") -> Record | None:
    """The paired difference this version − another, as it was judged; None where it was not."""
    for row in version.facts["evaluation"]["differences"]:
        if (row["model"], row["metric"], row["population"]) == (other, metric, population):
            return row if row["value"] is not None else None
    return None


def is_better(row: Record | None, metric: str = "log_loss") -> bool | None:
    """True or False where the difference is beyond chance; None where it is not told."""
    if row is None or row["low"] is None or row["low"] <= 0 <= row["high"]:
        return None
    return (row["value"] < 0) == (metric in LOWER_IS_BETTER)


def verdict(version: Version) -> str:
    """What a training brought, in one sentence that never says more than its interval."""
    row, rival = difference(version, RIVAL), contender(RIVAL, version)
    if version.state == BLOCKED:
        return "Blocked by the gate, so its figures on the past cannot be trusted"
    if row is None:
        return _against_baselines(version)
    told = f"log loss {signed('log_loss', row['value'])} ({ends('log_loss', row)})"
    judged = is_better(row)
    if row["value"] == row["low"] == row["high"] == 0:
        return f"Predicts exactly the same as {_lower(rival)}"
    if judged is None:
        return f"Not told apart from {_lower(rival)}: {told}"
    return f"{'Better' if judged else 'Worse'} than {_lower(rival)}: {told}"


def _against_baselines(version: Version) -> str:
    """The verdict of a version that had no other to be judged beside."""
    better = [name for name in BASELINES if is_better(difference(version, name))]
    known = [name for name in BASELINES if difference(version, name) is not None]
    if not version.facts.get("has_signal", True):
        return "No usable signal: its ranking or its probabilities are no better than the churn rate alone"
    if len(better) == len(known):
        return "Better than every simple model; there was no other version to be judged beside"
    lost = [name for name in known if is_better(difference(version, name)) is False]
    sides = {"worse than": lost, "not told apart from": [name for name in known if name not in (*better, *lost)]}
    told = [f"{side}: {', '.join(BASELINES[one].lower() for one in names)}" for side, names in sides.items() if names]
    text = "; ".join([*told, "there was no other version to be judged beside"])
    return f"{text[0].upper()}{text[1:]}"


def ends(metric: str, row: Record, currency: str = "EUR") -> str:
    """The interval of a difference."""
    return interval(signed(metric, row["low"], currency), signed(metric, row["high"], currency))


def ladder_title(version: Version, metric: str, who: str) -> str:
    """How a version fares beside the simple models."""
    rows = [difference(version, name, metric, who) for name in BASELINES]
    known = [row for row in rows if row is not None]
    what = "Ranks" if metric == "roc_auc" else "Predicts"
    better = sum(is_better(row, metric) is True for row in known)
    if not known:
        return "Nothing to compare with"
    if better == len(known):
        return f"{what} better than every simple model"
    return f"{what} better than {better} of {len(known)} simple models"


def months_title(months: Sequence[Record]) -> str:
    """The largest gap between promise and outcome over the judged months."""
    if not months:
        return "No month was judged"
    worst = max(months, key=lambda row: abs(row["promised"] - row["actual"]))
    gap = worst["promised"] - worst["actual"]
    day = words.month(date.fromisoformat(worst["as_of_date"]))
    return f"Off by at most {words.points(abs(gap)).lstrip('+±')}: {'too much' if gap > 0 else 'too little'} in {day}"


def when(moment: datetime) -> str:
    """Day and hour, UTC."""
    return f"{words.day(moment)}, {moment:%H:%M}"


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
