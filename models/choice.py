"""Trees or the simple model: trees are used only where they predicted better beyond their interval."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from models.evaluate import MAX_ROWS, Estimate, Resamples, estimate
from models.windows import customer_groups

BOOSTED, SIMPLE = "boosted", "simple"


@dataclass(frozen=True)
class Choice:
    """Which model is used and why, as a plain clause; `gain`: log loss with trees − without, negative is better."""

    used: str
    reason: str
    gain: Estimate | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-able: used, reason, gain (value, low, high), n."""
        gain = asdict(self.gain) if self.gain else None
        return {"used": self.used, "reason": self.reason, "gain": gain, "n": gain["n"] if gain else 0}


@dataclass(frozen=True)
class Contest:
    """One judged window: whose rows, and the loss of each row with trees and without."""

    customer_ids: pd.Series
    boosted: np.ndarray
    simple: np.ndarray


def choose(contests: Sequence[Contest], in_time: bool) -> Choice:
    """Compare on all judged windows together; a customer's rows of several windows are resampled as one."""
    customers = pd.concat([contest.customer_ids for contest in contests], ignore_index=True)
    gains = np.concatenate([contest.boosted - contest.simple for contest in contests])
    if len(gains) > MAX_ROWS:
        kept = customer_groups(customers, 10_000, seed=3) < int(10_000 * MAX_ROWS / len(gains))
        customers, gains = customers[kept], gains[kept]
    weights = Resamples.of(customers).weights.astype(np.float64)
    gain = estimate(weights @ gains / weights.sum(axis=1), len(gains))
    where = "later data" if in_time else "other customers"
    told = f"log loss {gain.value:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})"
    if gain.high < 0:
        return Choice(BOOSTED, f"trees predict better than the simple model on {where}: {told}", gain)
    return Choice(SIMPLE, f"trees did not predict better than the simple model on {where}: {told}", gain)


def too_little_to_compare(missing: Sequence[str]) -> Choice:
    """The simple model, because what is there could not show that trees are better; `missing` in words."""
    return Choice(SIMPLE, f"too little to tell whether trees predict better: {', '.join(missing)}")
