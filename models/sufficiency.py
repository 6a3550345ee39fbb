"""Whether a shop's past is enough to learn from: one rule, each number with its reason, told in words.

Two levels. *Enough to learn*: the simple model can be fitted and judged. *Enough for trees*: it can also be measured
whether trees predict better than the simple model; below that nobody could tell, so the simple model is used.
"""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from models.windows import as_dates

TERMS = 5  # of the simple model: recency, frequency, monetary value, tenure, rhythm
LOOK_BACK_DAYS = 30  # of orders before the first snapshot, or its features would be empty

# Of the smaller outcome, ten per term: below that the terms of a logistic regression come out biased and its intervals
# wrong (Peduzzi et al. 1996, J Clin Epidemiol 49:1373).
LEAST_OF_EACH = 10 * TERMS
# The 95 % interval of a ROC AUC near 0.7 is then about ± 0.07 (Hanley & McNeil 1982, half of them churned): enough to
# tell a usable ranking from chance, and hardly anything finer.
LEAST_CUSTOMERS = 200
# Trees need more events per term than a regression to be stable (van der Ploeg, Austin & Steyerberg 2014, BMC Med Res
# Methodol 14:137). They start from the simple model here and stop when later data gain nothing, so what they need is
# enough to be judged by: twice the events, and an interval of about ± 0.045.
TREES_OF_EACH = 20 * TERMS
TREES_CUSTOMERS = 500


@dataclass(frozen=True)
class Evidence:
    """What a shop's past holds: distinct customers with a known outcome, who of them churned or stayed at least once,
    and the days of history from `LOOK_BACK_DAYS` before the first snapshot to the end of the last outcome.
    """

    customers: int
    churners: int
    stayers: int
    history_days: int


@dataclass(frozen=True)
class Requirement:
    """One line of the rule: what is there, what the simple model needs, what trees need, and why."""

    what: str
    found: int
    needed: int
    needed_for_trees: int
    why: str

    @property
    def is_met(self) -> bool:
        """Whether there is enough for the simple model."""
        return self.found >= self.needed

    @property
    def missing(self) -> str:
        """What is missing for the simple model, as a clause; empty when nothing is."""
        return "" if self.is_met else f"{_told(self.what, self.found)}, {self.needed:,} needed ({self.why})"


@dataclass(frozen=True)
class Sufficiency:
    """The verdict of the rule."""

    requirements: tuple[Requirement, ...]

    @property
    def is_enough(self) -> bool:
        """Whether the simple model may be trained."""
        return all(item.is_met for item in self.requirements)

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing for the simple model, one clause each; empty when it may be trained."""
        return tuple(item.missing for item in self.requirements if not item.is_met)

    @property
    def missing_for_trees(self) -> tuple[str, ...]:
        """What is missing before trees can be compared with the simple model, one clause each; empty when they can."""
        short = [item for item in self.requirements if item.found < item.needed_for_trees]
        return tuple(f"{item.found:,} of {item.needed_for_trees:,} {item.what}" for item in short)


def judged(evidence: Evidence, horizon_days: int) -> Sufficiency:
    """Apply the rule to what is there."""
    each = "ten for each of the simple model's five terms"
    return Sufficiency(
        (
            Requirement(
                "customers with a known outcome", evidence.customers, LEAST_CUSTOMERS, TREES_CUSTOMERS,
                "with fewer a good ranking cannot be told from chance",
            ),
            Requirement("who churned", evidence.churners, LEAST_OF_EACH, TREES_OF_EACH, each),
            Requirement("who stayed", evidence.stayers, LEAST_OF_EACH, TREES_OF_EACH, each),
            Requirement(
                "days of history", evidence.history_days, LOOK_BACK_DAYS + horizon_days,
                LOOK_BACK_DAYS + 2 * horizon_days,
                f"{LOOK_BACK_DAYS} to look back on and {horizon_days} until an outcome is known",
            ),
        )
    )  # fmt: skip


def history_days(first: date, last: date, horizon_days: int) -> int:
    """Days of history behind snapshots from `first` to `last` whose outcomes are known."""
    return LOOK_BACK_DAYS + (last - first).days + horizon_days


def evidence_of(frame: pd.DataFrame, horizon_days: int) -> Evidence:
    """What labelled rows (customer_id, as_of_date, churned) hold."""
    churned = frame["churned"].astype(bool)
    dates = as_dates(frame["as_of_date"])
    span = history_days(dates[0], dates[-1], horizon_days) if dates else 0
    customers = frame["customer_id"]
    return Evidence(customers.nunique(), customers[churned].nunique(), customers[~churned].nunique(), span)


def sufficiency(frame: pd.DataFrame, horizon_days: int) -> Sufficiency:
    """The rule on labelled rows (customer_id, as_of_date, churned)."""
    return judged(evidence_of(frame, horizon_days), horizon_days)


def _told(what: str, number: int) -> str:
    """A count with its noun, singular for one."""
    return f"{number:,} {what}" if number != 1 else f"1 {what.replace('customers', 'customer').replace('days', 'day')}"
