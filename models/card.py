"""The model card: what a version predicts, from what, how well, and where its limits are, as Markdown."""

from typing import Any

_NAMES = {
    "roc_auc": "ROC AUC",
    "pr_auc": "PR-AUC",
    "log_loss": "Log loss",
    "brier": "Brier",
    "lift_10": "Lift of the riskiest 10 %",
    "calibration_gap": "Mean risk − churn rate",
}


def model_card(facts: dict[str, Any]) -> str:
    """The card of a version's facts (label, evaluation, windows, features, value figures)."""
    label, evaluation = facts["label"], facts["evaluation"]
    lines = [
        "# Churn model",
        "",
        f"- Predicts: churn within {label['horizon_days']} days, for {label['eligibility']} customers",
        f"- Kind: {facts['kind']} ({facts['rounds']} trees on a logistic prior), {len(facts['features'])} features",
        f"- Trained on {facts['rows']:,} rows of {facts['customers']:,} customers, data up to {facts['data_as_of']}",
        f"- Judged {evaluation['kind']} on {evaluation['n']:,} customers as of {evaluation['test_date']}, "
        f"churn rate {evaluation['churn_rate']:.1%}",
        f"- In use: {facts.get('reason') or 'not decided'}",
        "",
        "| metric | population | model | value | 95 % interval | n |",
        "|---|---|---|---|---|---|",
        *[_metric_line(row) for row in evaluation["metrics"]],
        "",
        "## Calibration per snapshot",
        "",
        "| snapshot | n | promised | actual | part |",
        "|---|---|---|---|---|",
        *[
            f"| {row['as_of_date']} | {row['n']:,} | {row['promised']:.1%} | {row['actual']:.1%} | {row['part']} |"
            for row in evaluation["months"]
        ],
        "",
        "## Value model",
        "",
        *[f"- {name.replace('_', ' ')}: {value}" for name, value in facts["value_figures"].items()],
        "",
        "## What weighs most (mean |log-odds|)",
        "",
        *[f"- {name}: {value:.3f}" for name, value in list(facts["importance"].items())[:15]],
        "",
        "Contributions say what is associated with churn in this shop's past, not what causes it.",
    ]
    return "\n".join(lines) + "\n"


def _metric_line(row: dict[str, Any]) -> str:
    """One row of the table of metrics."""
    figures = [f"{row[name]:.4f}" if row[name] is not None else "–" for name in ("value", "low", "high")]
    name = _NAMES.get(row["metric"], row["metric"])
    return (
        f"| {name} | {row['population']} | {row['model']} | {figures[0]} | {figures[1]} – {figures[2]} | {row['n']:,} |"
    )
