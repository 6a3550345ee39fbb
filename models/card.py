"""The model card: what a version predicts, from what, how well, for whom, and where its limits are, as Markdown."""

from collections.abc import Iterable, Sequence
from typing import Any

from models.card_gate import gate_section, own_columns
from models.card_value import value_section
from models.slices import MIN_ROWS
from models.wilson import wilson

_METRICS = {
    "roc_auc": "ROC AUC",
    "pr_auc": "PR-AUC",
    "log_loss": "Log loss",
    "brier": "Brier score",
    "lift_10": "Lift of the riskiest tenth",
    "calibration_gap": "Mean risk − churn rate",
}
_MODELS = {
    "model": "this version",
    "champion": "version in use before",
    "base_rate": "churn rate alone",
    "recency": "recency alone",
    "logistic": "logistic on recency, frequency, money, tenure",
    "mbg_nbd": "MBG/NBD, rhythm alone",
}
_POPULATIONS = {"all": "All eligible customers", "active_2h": "Only those who ordered within the last two horizons"}
_PARTS = {"test": "the test, unseen by every choice", "fold": "judged by a model that had not seen it"}
Facts = dict[str, Any]


def model_card(facts: Facts, version: str = "") -> str:
    """The card of a version's facts (label, evaluation, windows, features, value figures, hashes).

    What older facts do not hold is left out.
    """
    sections = [
        _head(facts, version),
        _label(facts),
        _population(facts),
        _figures(facts),
        _months(facts),
        _slices(facts),
        value_section(facts["value_figures"]),
        gate_section(facts.get("gate")),
        _features(facts),
        _origin(facts),
        _limits(facts),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return lines + [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]


def _head(facts: Facts, version: str) -> list[str]:
    judged, choice = facts["evaluation"], facts.get("choice") or {}
    used = "yes" if facts.get("promoted") else "no"
    kinds = {"on a simple model": facts["rounds"], "that know nothing of it": facts["fresh_rounds"]}
    trees = " and ".join(f"{count} trees {what}" for what, count in kinds.items() if count)
    why = [("Why this kind", choice["reason"])] if choice.get("reason") else []
    rows = [
        ("Put to use when trained", f"{used}: {facts['reason']}" if facts.get("reason") else "not decided"),
        ("In use before", f"version {facts['previous']}" if facts.get("previous") else "none"),
        ("Trained", f"{facts.get('trained_at', '–')[:16].replace('T', ' ')} UTC, on data up to {facts['data_as_of']}"),
        ("Kind", trees or "simple model without trees"),
        *why,
        (
            "Learned from",
            f"{facts['rows']:,} rows of {facts['customers']:,} customers, {len(facts['features'])} features",
        ),
        (
            "Judged",
            f"{judged['kind']} on {judged['n']:,} customers as of {judged['test_date']}, "
            f"of whom {judged['churn_rate']:.1%} churned",
        ),
    ]
    return [f"# Churn model{f', version {version}' if version else ''}", "", *table(("", ""), rows)]


def _label(facts: Facts) -> list[str]:
    label = facts["label"]
    days = label["horizon_days"]
    event = (
        f"the contract ends within {days} days and no other follows within a day"
        if label["eligibility"] == "subscribed"
        else f"no order within {days} days, the day of the prediction included; cancelled orders do not count"
    )
    who = {
        "active": f"customers who ordered within the last {label.get('active_days', '–')} days",
        "due": "customers with two or more order days whose next order falls around the horizon "
        f"(due factor {label.get('due_factor', '–')})",
        "subscribed": "customers with a running contract",
    }[label["eligibility"]]
    return ["## What is predicted", "", f"- Churned: {event}.", f"- Looked at (`{label['eligibility']}`): {who}."]


def _population(facts: Facts) -> list[str]:
    found = facts.get("population")
    if not found:
        return []
    left = found["customers"] - found["eligible"]
    lines = [
        f"- In: {found['eligible']:,} of {found['customers']:,} customers with an order or a contract before "
        f"{found['as_of_date']} get a risk.",
        f"- Not in: {max(left, 0):,}, because they do not fit the definition above on that day. They have a segment "
        "and a stage, no risk and no expected value. People who signed up and never bought are not in either.",
    ]
    if found["sampled_share"] < 1:
        lines.append(f"- Learned from a sample of {found['sampled_share']:.0%} of the customers, whole and by hash.")
    return ["## Who is in, who is not", "", *lines]


def _figures(facts: Facts) -> list[str]:
    judged = facts["evaluation"]
    lines = ["## How well it ranks and promises", "", "95 % intervals from resampling customers."]
    for population, words in _POPULATIONS.items():
        rows = [row for row in judged["metrics"] if row["population"] == population]
        if rows:
            lines += ["", f"**{words}** (n = {rows[0]['n']:,})", "", *_metric_table(rows)]
    paired = [row for row in judged["differences"] if row["population"] == "all"]
    if paired:
        told = [(_METRICS[row["metric"]], _name(row["model"]), _interval(row, "+.4f")) for row in paired]
        lines += ["", "This version less the other, on the same resamples (log loss: negative is better)", ""]
        lines += table(("metric", "against", "difference"), told)
    return lines


def _metric_table(rows: list[Facts]) -> list[str]:
    models = list(dict.fromkeys(row["model"] for row in rows))
    found = {(row["model"], row["metric"]): row for row in rows}
    names = [name for name in _METRICS if any((model, name) in found for model in models)]
    lines = [[_name(model), *(_interval(found[model, name], ".3f") for name in names)] for model in models]
    return table(("model", *(_METRICS[name] for name in names)), lines)


def _name(model: str) -> str:
    return _MODELS.get(model, model.replace("_", " "))


def _interval(row: Facts, form: str) -> str:
    value, low, high = (f"{row[name]:{form}}" if row[name] is not None else "–" for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _months(facts: Facts) -> list[str]:
    months = facts["evaluation"]["months"]
    if not months:
        return []
    largest = max(months, key=lambda row: abs(row["promised"] - row["actual"]))
    rows = []
    for row in months:
        low, high = wilson(row["actual"], row["n"])
        mark = " **largest gap**" if row is largest else ""
        gap = f"{100 * (row['promised'] - row['actual']):+.1f}{mark}"
        actual = f"{row['actual']:.1%} ({low:.1%} to {high:.1%})"
        rows.append((row["as_of_date"], f"{row['n']:,}", f"{row['promised']:.1%}", actual, gap, _part(row["part"])))
    return [
        "## Promised and actual churn per month",
        "",
        f"Largest gap: {100 * (largest['promised'] - largest['actual']):+.1f} points as of {largest['as_of_date']}.",
        "",
        *table(("as of", "n", "promised", "actual", "promised − actual, points", "part"), rows),
    ]


def _part(name: str) -> str:
    return _PARTS.get(name, name)


def _slices(facts: Facts) -> list[str]:
    found = facts["evaluation"].get("slices")
    if not found:
        return []
    rows = []
    for row in found:
        auc = f"{row['roc_auc']:.3f}" if row["roc_auc"] is not None else "–"
        gap, low, high = (100 * row[name] for name in ("gap", "low", "high"))
        told = f"{gap:+.1f} ({low:+.1f} to {high:+.1f}){' **worst**' if row['is_worst'] else ''}"
        rows.append((row["dimension"], row["slice"], f"{row['n']:,}", f"{row['churn_rate']:.1%}", auc, told))
    worst = next((row for row in found if row["is_worst"]), None)
    told = (
        f"Worst: {worst['dimension'].lower()}, {worst['slice']}: {100 * worst['gap']:+.1f} points."
        if worst
        else "In no group is the promise off beyond its interval."
    )
    head = ("group", "", "n", "churn rate", "ROC AUC", "promised − actual, points")
    note = (
        f"On the test's customers, groups of {MIN_ROWS} and more; of twenty true promises one is off by chance. {told}"
    )
    return ["## Groups of customers", "", note, "", *table(head, rows)]


def _features(facts: Facts) -> list[str]:
    groups: dict[str, list[str]] = facts.get("feature_groups", {})
    lines = [f"- **{group}** ({len(names)}): {', '.join(names)}" for group, names in groups.items()]
    labels = facts.get("feature_labels", {})
    weights = [(labels.get(name, name), f"{value:.3f}") for name, value in list(facts["importance"].items())[:15]]
    return [
        "## What it looks at",
        "",
        *lines,
        *([""] if lines else []),
        *own_columns(facts),
        "What moves the risk most, as the mean of |log-odds| over customers:",
        "",
        *table(("feature", "weight"), weights),
    ]


def _origin(facts: Facts) -> list[str]:
    windows = facts.get("windows", {})
    libraries = ", ".join(f"{name} {number}" for name, number in facts.get("libraries", {}).items())
    rows = [
        ("Snapshots learned from", " to ".join(windows.get("fit") or ("–",))),
        ("Data", f"hash `{facts.get('data_hash') or 'not known'}`, orders up to {facts['data_as_of']}"),
        ("Settings", f"hash `{facts.get('settings_hash', 'not known')}`"),
        ("Code", f"hash `{facts.get('code_hash', 'not known')}`"),
        ("Parameters", ", ".join(f"{name} {value}" for name, value in facts.get("parameters", {}).items()) or "–"),
        ("Libraries", libraries or "not known"),
        ("Run", facts.get("run_id", "–")),
    ]
    return [
        "## Where it comes from, and how to make it again",
        "",
        *table(("", ""), rows),
        "",
        "With the same data, settings, code and libraries, and as many cores, the same version comes out of:",
        "",
        "```sh",
        "python -m pipelines ingest SOURCE --home HOME",
        "python -m pipelines build --home HOME",
        "python -m pipelines train --home HOME",
        "```",
    ]


def _limits(facts: Facts) -> list[str]:
    judged = facts["evaluation"]["kind"]
    weaker = [] if judged == "out of time" else ["- Judged out of customers, not out of time: a weaker promise."]
    return [
        "## Limits",
        "",
        "- Contributions say what is associated with churn in this shop's past, not what causes it. They do not say",
        "  what would happen if the shop changed something.",
        "- It knows the shop's own tables alone: nothing of competitors, prices elsewhere, or why somebody moved away.",
        "- It was judged on the past. An assortment, a price list or a season unlike those learned from is a guess",
        "  until outcomes are in. Promised and actual churn per month tell how far it has been off so far.",
        "- New customers and one-time buyers have little history: their risks lie close together.",
        *weaker,
    ]
