"""Words of the part "Train": is there enough to learn from, what a training means, what it brought."""

from typing import Any

import pandas as pd

from pages.components import run_words, trained, version_words, words
from pages.components.trained import Version

TRIALS = {0: "None", 10: "10 trials", 25: "25 trials", 50: "50 trials"}
TRIALS_HELP = (
    "Parameters that bring the lowest log loss over folds inside the training period, never on the test. "
    "Without a search the defaults are used, which are the first trial of every search. Each trial trains the model "
    "once more on every fold, so time grows with their number."
)
APPLY_HELP = (
    "Off: the version is registered and judged, and the model in use stays until somebody promotes it under Versions. "
    "On: it is put to use at once if it predicts better than the model in use and the checks pass, as by night."
)
_STANDS = {
    trained.IN_USE: "is in use",
    trained.PROPOSED: "waits to be promoted",
    trained.NOT_USED: "was not put to use",
    trained.BLOCKED: "is held back by the gate",
    trained.USED_BEFORE: "was in use before",
}
_MODELS = {"model": "New version", "champion": "Model in use", "logistic": "Simple model (logistic)",
           "mbg_nbd": "Rhythm of orders (MBG/NBD)", "recency": "Recency alone"}  # fmt: skip
METRICS = {
    "roc_auc": ("ROC AUC", "How often a customer who left was ranked above one who stayed: 0.5 is chance, 1 perfect."),
    "log_loss": ("Log loss", "How far the probabilities were off, on the whole; lower is better."),
    "calibration_gap": ("Promised − actual", "Promised churn minus churn that came, in percentage points."),
}


def enough_title(rules: pd.DataFrame) -> str:
    """The verdict of the sufficiency rule as a title."""
    if (rules["found"] < rules["needed"]).any():
        return "Too little to learn from: a training would be refused"
    if (rules["found"] < rules["needed_for_trees"]).any():
        return "Enough for the simple model, not yet to compare trees with it"
    return "Enough to learn from, for trees as well"


def result(version: Version) -> str:
    """What came of the newest training, in two sentences: how it stands, and whether it predicts better."""
    return f"Version {version.number} {_STANDS.get(version.state, version.state)}. {version_words.verdict(version)}."


def gate(facts: dict[str, Any]) -> str:
    """What the checks before promotion found, in short; nothing of a version that is older than they."""
    if "gate" not in facts:
        return ""
    found = facts["gate"]["findings"]
    blocks = [finding["words"] for finding in found if finding["level"] == "block"]
    if blocks:
        return f"The checks hold it back: {blocks[0]}"
    return f"The checks passed, with {words.plural(len(found), 'warning')}." if found else "The checks passed."


def judged(facts: dict[str, Any]) -> str:
    """On whom and when the figures were measured, with n."""
    found = facts["evaluation"]
    day = words.day(pd.Timestamp(found["test_date"]))
    customers = words.plural(found["n"], "customer")
    return f"Judged {found['kind']} on {customers} as of {day}, {words.rate(found['churn_rate'])} of whom churned"


def ladder(facts: dict[str, Any]) -> pd.DataFrame:
    """One row per model judged on the same rows, with each figure and its 95 % interval as text; best known first."""
    rows = [row for row in facts["evaluation"]["metrics"] if row["population"] == "all" and row["model"] in _MODELS]
    cells: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["metric"] in METRICS and row["value"] is not None:
            cells.setdefault(row["model"], {})[METRICS[row["metric"]][0]] = _figure(row)
    table = pd.DataFrame.from_dict(cells, orient="index").reindex([name for name in _MODELS if name in cells])
    return table.rename(index=_MODELS).rename_axis("Model").fillna(words.MISSING)


def _figure(row: dict[str, Any]) -> str:
    """A figure with its interval."""
    scale, sign, unit = (100, "+", 1) if row["metric"] == "calibration_gap" else (1, "", 3)

    def shown(value: float) -> str:
        return f"{value * scale:{sign}.{unit}f}".replace("-", "−")

    if row["low"] is None:
        return shown(row["value"])
    return f"{shown(row['value'])} ({shown(row['low'])} to {shown(row['high'])})"


def duration(seconds: float) -> str:
    """How long the last training took, for whoever starts another."""
    return f"The last training took {run_words.took(seconds)}."
