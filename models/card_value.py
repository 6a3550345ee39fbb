"""The model card's section on the expected value, and the sentence that a training tells of it."""

from typing import Any

from models.value_figures import WORDS

_KINDS = {
    "out of time": "Judged out of time",
    "out of customers": "Judged on customers it had not learned from, not out of time, which is a weaker promise,",
    "not judged": "Not judged",
}
_FIGURES = {
    "spearman": "rank correlation (Spearman)",
    "ratio_of_sums": "promised ÷ seen",
    "top_tenth_share": "share of the margin in the highest tenth",
}


def seen_words(figures: dict[str, Any]) -> str:
    """Over how many of the promised days the judgement saw: `seen over 120 of 365 days`."""
    return f"seen over {figures['seen_days']} of {figures['value_days']} days"


def value_line(figures: dict[str, Any]) -> str:
    """One line for the report of a training."""
    if not figures.get("models"):
        return f"Expected value: {WORDS[figures['used']]} ({figures['reason']})."
    used = figures["models"][figures["used"]]
    ratio, rank = used["ratio_of_sums"], used["spearman"]
    return (
        f"Expected value by the {WORDS[figures['used']].removeprefix('the ')}, judged {figures['kind']} on "
        f"{figures['n']:,} customers who stayed as of {figures['as_of_date']}, {seen_words(figures)}: promised ÷ seen "
        f"{ratio['value']:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f}), rank correlation {rank['value']:.2f}."
    )


def value_section(figures: dict[str, Any]) -> list[str]:
    """Lines of the section."""
    lines = [
        "## Expected value",
        "",
        f"Margin over {figures['value_days']} days if the customer stays, discounted. "
        f"In use: {WORDS[figures['used']]}; {figures['reason']}.",
    ]
    if not figures.get("models"):
        return lines
    first, last = figures["learned_days"]
    lines += [
        "",
        f"{_KINDS[figures['kind']]} on {figures['n']:,} customers who stayed as of {figures['as_of_date']}, "
        f"{seen_words(figures)}; learned from {figures['learned_rows']:,} rows seen over {first} to {last} days.",
        "",
        f"| model | {' | '.join(_FIGURES.values())} |",
        "|---|---|---|---|",
        *(_model_line(name, found, figures["used"]) for name, found in figures["models"].items()),
    ]
    if figures["tenths"]:
        lines += ["", "The value model by tenths of its promise, money per customer:", "", *_tenths(figures["tenths"])]
    if figures["seen_days"] < figures["value_days"]:
        lines += ["", _extrapolated(figures)]
    return lines


def _extrapolated(figures: dict[str, Any]) -> str:
    return (
        f"No whole value horizon was over for these customers: the last {figures['value_days'] - figures['seen_days']} "
        "days of the promise are extrapolated from the customers' rhythm, and no season in them has been checked."
    )


def _model_line(name: str, found: dict[str, Any], used: str) -> str:
    told = []
    for key in _FIGURES:
        value, low, high = (
            f"{found[key][part]:.3f}" if found[key][part] is not None else "–" for part in ("value", "low", "high")
        )
        told.append(f"{value} ({low} to {high})")
    return f"| {WORDS[name]}{' (in use)' if name == used else ''} | {' | '.join(told)} |"


def _tenths(rows: list[dict[str, Any]]) -> list[str]:
    lines = ["| tenth | n | promised | seen | promised ÷ seen |", "|---|---|---|---|---|"]
    for number, row in enumerate(rows, start=1):
        ratio = f"{row['ratio']:.2f}" if row["ratio"] is not None else "–"
        seen = f"{row['seen']:,.2f} ({row['low']:,.2f} to {row['high']:,.2f})"
        lines.append(f"| {number} | {row['n']:,} | {row['promised']:,.2f} | {seen} | {ratio} |")
    return lines
