"""What the command `labels` says: the grid in plain lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LabReport:
    """A finished label lab, and which definition is chosen."""

    lab: Mapping[str, Any]
    horizon_days: int
    eligibility: str
    seconds: float

    def lines(self) -> list[str]:
        """One line per definition."""
        cells = self.lab["cells"]
        sample = "" if self.lab["share"] == 1 else f", counted on {self.lab['customers']:,} customers"
        return [
            f"Label lab as of {self.lab['as_of']}: {len(cells)} definitions of churn{sample}, judged out of time.",
            *(f"  {self._line(cell)}" for cell in cells),
            "Choose one on the page Training, part Label lab, or change the section churn of settings.toml.",
        ]

    def _line(self, cell: Mapping[str, Any]) -> str:
        """A definition with its figures."""
        judged, money = cell["accuracy"], cell["earned"]
        parts = [
            f"{cell['eligibility']} {cell['horizon_days']} days",
            f"churn {cell['churn_rate']:.1%}" if cell["churn_rate"] is not None else "no outcome known yet",
            f"eligible {cell['eligible']:,}",
            f"undecided {cell['undecided'] / max(cell['recent'], 1):.0%}",
        ]
        if judged:
            simple = judged["figures"]["simple"]
            parts += [f"ROC AUC {simple['roc_auc']['value']:.3f}", f"log loss {simple['log_loss']['value']:.3f}"]
        if money:
            earned = money["realised"]["value"]
            parts.append(f"{earned:,.0f} {self.lab['currency']} per 1,000 customers and year")
        is_chosen = (cell["eligibility"], cell["horizon_days"]) == (self.eligibility, self.horizon_days)
        return ", ".join(parts) + (" (chosen)" if is_chosen else "")

    def to_dict(self) -> dict[str, Any]:
        """The result without its months, with how long it took."""
        cells = [{name: value for name, value in cell.items() if name != "months"} for cell in self.lab["cells"]]
        return {**self.lab, "cells": cells, "seconds": self.seconds}
