"""The gate before a version goes live: what its rows say that no honest past can say, and what has changed too much.

Each check is a pure function of rows and returns findings. A finding that blocks keeps a version from going live; one
that warns is told and leaves the decision to people. Limits stand here, why they stand where they do in
docs/decisions/0031.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from models.adversarial import Apart, area
from models.timeless import Timeless
from models.windows import customer_groups

BLOCK, WARN = "block", "warn"
UNTIMELY = "not known at the time"
ALONE_LIMIT = 0.95
GAIN = 0.01  # log loss, below which an attribute is not worth a suspicion
FADED_BLOCK, FADED_WARN = (0.5, 3.0), (0.6, 1.7)  # share of it left a year before, standard errors
SHIFT_BLOCK, SHIFT_WARN = (0.015, 4.0), (0.008, 3.0)  # difference in risk, and −log10 of its chance
GROWTH, AT_FIRST = 0.4, 0.3
APART_WARN, APART_BLOCK, TOGETHER = 0.10, 0.30, 0.10  # beyond what earlier days of the same distance differ by
NOTHING_BEFORE = 0.65  # what a feature may differ by, and
NOTHING_BEFORE_TOGETHER = 0.85  # what all may differ by, where no earlier days are there to compare with
_BINS, _HALVES = 20, 2


@dataclass(frozen=True)
class Finding:
    """What one check found: the feature as it is stored and in words (empty where none is meant), what to do with it,
    the value beside its limit, and one sentence for people.
    """

    check: str
    feature: str
    label: str
    level: str
    value: float
    limit: float
    words: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


def blocks(gate: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The findings that block, of what a version keeps about its gate; none where it was made before there was one."""
    return [found for found in (gate or {}).get("findings", ()) if found["level"] == BLOCK]


def named(findings: Sequence[Mapping[str, Any]]) -> str:
    """What findings are about, in a clause: `not known at the time: Recorded status, Recorded reason`."""
    about: dict[str, list[str]] = {}
    for found in findings:
        about.setdefault(found["check"], []).append(found["label"])
    return "; ".join(f"{check}: {', '.join(dict.fromkeys(labels))}" for check, labels in about.items())


def area_alone(rows: pd.DataFrame, feature: str) -> float:
    """ROC AUC of the churn rate that customers with like values of one feature have, seen on other customers.

    Direction-free: values in up to 20 bins, the missing in one of their own, rates from the other half of customers.
    """
    churned = rows["churned"].to_numpy(dtype=float)
    place = _bins(rows[feature].to_numpy(dtype=float))
    half = customer_groups(rows["customer_id"], _HALVES, seed=5)
    rate = np.zeros(len(rows))
    for part in range(_HALVES):
        own, size = half == part, place.max() + 1
        seen = np.bincount(place[~own], minlength=size)
        left = np.bincount(place[~own], weights=churned[~own], minlength=size)
        base = churned[~own].mean() if (~own).any() else 0.5
        rate[own] = ((left + 2 * base) / (seen + 2))[place[own]]
    return area(churned, rate)


def _bins(value: np.ndarray) -> np.ndarray:
    """A bin number per row: distinct values where there are few, equal shares otherwise; 0 is missing."""
    known = value[~np.isnan(value)]
    distinct = np.unique(known)
    edges = distinct if len(distinct) <= 3 * _BINS else np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)))
    return np.where(np.isnan(value), 0, np.searchsorted(edges, value, side="right")).astype(int)


def alone(
    samples: Sequence[pd.DataFrame], features: Sequence[str], labels: Mapping[str, str], own_moments: Collection[str]
) -> list[Finding]:
    """Features that tell on their own who churned, in any of the samples (rows with churned).

    Those that come from the moments of the orders themselves, `own_moments`, cannot know more than the label does:
    they warn.
    """
    found = []
    for name in features:
        value = max((area_alone(rows, name) for rows in samples if rows[name].nunique(dropna=False) > 1), default=0.5)
        if value > ALONE_LIMIT:
            level = WARN if name in own_moments else BLOCK
            words = (
                f"“{labels[name]}” alone tells who churned: ROC AUC {value:.2f}, the limit is {ALONE_LIMIT:.2f}. "
                "So good a feature mostly knows what came afterwards."
            )
            found.append(Finding("tells the outcome alone", name, labels[name], level, value, ALONE_LIMIT, words))
    return found


def untimely(found: Mapping[str, Timeless], labels: Mapping[str, str]) -> list[Finding]:
    """What was found about facts without a time that an honest one does not do."""
    findings = []
    for name, judged in found.items():
        for check in (_fades, _today, _grows):
            finding = check(name, labels[name], judged)
            if finding:
                findings.append(finding)
    return findings


def _fades(name: str, label: str, judged: Timeless) -> Finding | None:
    """It tells much about the newest outcomes and little about those of a year before."""
    if judged.gain_then is None or judged.gain < GAIN:
        return None
    share = max(judged.gain_then / judged.gain, 0.0)
    for level, (limit, errors) in ((BLOCK, FADED_BLOCK), (WARN, FADED_WARN)):
        if share < limit and judged.fading >= errors:
            words = (
                f"“{label}” says much about the newest outcomes and {_little(share)} about those of a year before. A "
                "value written after customers had left behaves so; on the days learned from nobody knew it."
            )
            return Finding(UNTIMELY, name, label, level, share, limit, words)
    return None


def _little(share: float) -> str:
    return "nothing" if share < 0.05 else f"only {100 * share:.0f} % as much"


def _today(name: str, label: str, judged: Timeless) -> Finding | None:
    """What it says of today's customers does not follow from what it said of those whose outcome is known."""
    for level, (shift, surprise) in ((BLOCK, SHIFT_BLOCK), (WARN, SHIFT_WARN)):
        if judged.shift >= shift and judged.surprise >= surprise:
            words = (
                f"“{label}” moves the risk of today's customers by {100 * judged.shift:.1f} points otherwise than that "
                "of customers of the same recency and age whose outcome is known. Its values changed, or were filled "
                "in, after the days that are learned from."
            )
            return Finding(UNTIMELY, name, label, level, judged.shift, shift, words)
    return None


def _grows(name: str, label: str, judged: Timeless) -> Finding | None:
    """A number that starts at nothing and grows with the time as a customer: today's count stands beside every day."""
    if judged.growth < GROWTH or judged.at_first > AT_FIRST:
        return None
    words = (
        f"“{label}” starts near nothing and grows while somebody is a customer. Today's value stands beside every past "
        "day, where it was smaller: it counts what came afterwards."
    )
    return Finding(UNTIMELY, name, label, BLOCK, judged.growth, GROWTH, words)


def shifted(now: Apart, before: Sequence[Apart], labels: Mapping[str, str]) -> list[Finding]:
    """Features by which today's customers differ from those learned from more than earlier days of the same distance.

    `before`: the same for earlier pairs of days, best one of them a year ago, so that growth and season pass.
    """
    findings = []
    for name, value in now.alone.items():
        usual = max((pair.alone.get(name, 0.5) for pair in before), default=NOTHING_BEFORE)
        beyond = value - usual
        if beyond >= APART_WARN:
            level = BLOCK if beyond >= APART_BLOCK else WARN
            words = (
                f"“{labels[name]}” differs between the customers learned from and today's: by it one day is told from "
                f"the other with ROC AUC {value:.2f}, between earlier days with {usual:.2f}."
            )
            findings.append(Finding("differs from training", name, labels[name], level, value, usual, words))
    usual = max((pair.together for pair in before), default=NOTHING_BEFORE_TOGETHER)
    if not findings and now.together - usual >= TOGETHER and now.looked_at:
        names = list(now.looked_at)[:3]
        told = ", ".join(f"“{labels[name]}”" for name in names)
        words = (
            f"A classifier tells today's customers from those learned from with ROC AUC {now.together:.2f}, earlier "
            f"days with {usual:.2f}; it looks at {told} most."
        )
        label = labels[names[0]]
        findings.append(Finding("differs from training", names[0], label, WARN, now.together, usual, words))
    return sorted(findings, key=lambda item: item.limit - item.value)
