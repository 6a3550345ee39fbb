"""What is measured: data sets, days, horizons, and the figures of other models on the same customers.

The reference models saw what the pipeline sees: every customer with an order before the day, past strictly before it,
churned = no order in the horizon from it on. They are recency alone; BG/NBD's P(no order within the horizon); a
logistic regression on log recency, frequency, monetary value and tenure; a boosted model with 23 RFM features; and the
blend, the equal mean of logistic, boosted and MBG/NBD. Their figures were measured once, before this model, and stay.
For the first CDNOW row the literature has Pareto/NBD with AUC .7998 and log loss .4208.
"""

from dataclasses import dataclass
from datetime import date

REFERENCES = ("recency", "bg_nbd", "logistic", "boosted", "blend")


@dataclass(frozen=True)
class Row:
    """One measurement; `references`: (ROC AUC, log loss) by the names of `REFERENCES`, empty where there are none."""

    data: str
    as_of: date
    horizon_days: int
    references: dict[str, tuple[float, float]]
    eligibility: str = "active"

    @property
    def name(self) -> str:
        """The row in words."""
        told = f"{TITLES[self.data]}, {self.as_of}, {self.horizon_days} days"
        return told if self.eligibility == "active" else f"{told}, customers {self.eligibility}"

    def best(self, metric: str) -> float:
        """The best reference figure: the highest `roc_auc` or the lowest `log_loss`."""
        found = self.references.values()
        return max(auc for auc, _ in found) if metric == "roc_auc" else min(loss for _, loss in found)


TITLES = {"cdnow": "CDNOW", "complete_journey": "Complete Journey", "online_retail_ii_2010": "Online Retail II 2010"}


def _references(*figures: tuple[float, float]) -> dict[str, tuple[float, float]]:
    return dict(zip(REFERENCES, figures, strict=True))


ROWS = (
    Row(
        "cdnow",
        date(1998, 1, 1),
        181,
        _references((0.796, 0.471), (0.788, 0.425), (0.807, 0.415), (0.805, 0.421), (0.807, 0.411)),
    ),
    Row(
        "cdnow",
        date(1998, 4, 1),
        90,
        _references((0.828, 0.321), (0.830, 0.303), (0.840, 0.301), (0.839, 0.297), (0.840, 0.297)),
    ),
    Row(
        "complete_journey",
        date(2017, 12, 2),
        30,
        _references((0.827, 0.348), (0.872, 0.334), (0.877, 0.312), (0.883, 0.305), (0.885, 0.302)),
    ),
    Row(
        "complete_journey",
        date(2017, 12, 18),
        14,
        _references((0.801, 0.481), (0.833, 0.464), (0.842, 0.443), (0.854, 0.431), (0.850, 0.432)),
    ),
    Row(
        "online_retail_ii_2010",
        date(2010, 9, 2),
        90,
        _references((0.662, 0.687), (0.720, 0.636), (0.728, 0.612), (0.722, 0.613), (0.732, 0.615)),
    ),
    Row("online_retail_ii_2010", date(2010, 9, 2), 90, {}, "due"),
)


def _earlier(data: str, *cutoffs: tuple[str, int]) -> tuple[Row, ...]:
    return tuple(Row(data, date.fromisoformat(day), horizon, {}) for day, horizon in cutoffs)


# What choices of the model are made on: every outcome is over before the first of the data set's rows above begins.
EARLIER = (
    *_earlier(
        "cdnow", ("1997-08-01", 90), ("1997-09-01", 90), ("1997-10-01", 90), ("1997-11-01", 60), ("1997-12-01", 30)
    ),
    *_earlier(
        "complete_journey",
        ("2017-06-02", 30), ("2017-07-02", 60), ("2017-07-18", 14), ("2017-08-02", 30), ("2017-09-18", 14),
        ("2017-10-02", 30), ("2017-10-18", 14),
    ),
    *_earlier(
        "online_retail_ii_2010",
        ("2010-05-04", 90), ("2010-05-10", 60), ("2010-06-04", 90), ("2010-06-10", 30), ("2010-06-10", 60),
        ("2010-07-01", 60), ("2010-07-20", 30), ("2010-08-02", 30),
    ),
)  # fmt: skip
