"""Contacts that are decided outside the shop: who, which action and which arm, month by month."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from pipelines.errors import InputError
from pipelines.sample.coefficients import ACTIONS
from pipelines.sample.draws import Frame
from pipelines.sample.seasons import FIRST_DAY, MONTH_EDGES

ARMS = ("control", "treated")
_ID = r"C(\d{8})"


@dataclass(frozen=True)
class GivenContacts:
    """Contacts by the first day of their month: frames of customer_id, action, arm, at most one row per customer.

    In such a month nothing else goes out. An action that is not planted changes nobody's mind. Equal up to the first of
    these months, shops with another `again` go on from there by other random draws. Raises InputError for a day that
    is no first of a month in the shop's time, and for rows that cannot be.
    """

    months: Mapping[date, pd.DataFrame] = field(default_factory=dict)
    again: int = 0

    def __post_init__(self) -> None:
        """Refuse what no shop could have done."""
        for day, contacts in self.months.items():
            month_number(day)
            _check(day, contacts)

    @property
    def first_month(self) -> int:
        """The number of the first month with given contacts; beyond the last month without any."""
        return min(map(month_number, self.months), default=len(MONTH_EDGES))

    @property
    def actions(self) -> tuple[str, ...]:
        """The planted actions, then the others by name."""
        named = {str(action) for contacts in self.months.values() for action in contacts["action"]}
        return (*ACTIONS, *sorted(named - set(ACTIONS)))

    def rows(self, first_customer: int, customers: int) -> dict[int, Frame]:
        """The contacts of one chunk by number of month: customer (position in the chunk), action, is_treated."""
        found = {}
        for day, contacts in self.months.items():
            number = contacts["customer_id"].str.extract(_ID, expand=False).astype("int64").to_numpy()
            position = number - 1 - first_customer
            rows = np.flatnonzero((position >= 0) & (position < customers))
            rows = rows[np.argsort(position[rows], kind="stable")]
            found[month_number(day)] = {
                "customer": position[rows],
                "action": contacts["action"].map(self.actions.index).to_numpy(dtype=np.int64)[rows],
                "is_treated": (contacts["arm"] == ARMS[1]).to_numpy(dtype=bool)[rows],
            }
        return found


def month_number(day: date) -> int:
    """Return the number of the month that starts on a day; raises InputError where none does."""
    found = np.flatnonzero(MONTH_EDGES[:-1] == (day - FIRST_DAY).days)
    if not len(found):
        raise InputError(f"Given contacts: no month of the sample shop starts on {day}. Name the first of a month.")
    return int(found[0])


def _check(day: date, contacts: pd.DataFrame) -> None:
    if missing := {"customer_id", "action", "arm"} - set(contacts.columns):
        raise InputError(f"Given contacts of {day}: column {min(missing)} is missing.")
    ids = contacts["customer_id"].astype(str)
    wrong = {
        "no customer of a sample shop": ids[~ids.str.fullmatch(_ID)],
        "contacted twice in a month": ids[ids.duplicated()],
        "in an arm that is neither treated nor control": ids[~contacts["arm"].isin(ARMS)],
    }
    for what, who in wrong.items():
        if len(who):
            raise InputError(f"Given contacts of {day}: {who.iloc[0]} is {what}.")


def require_known(day: float, signed_up: np.ndarray, customer: np.ndarray) -> None:
    """Raise InputError if somebody is to be contacted before they signed up; days since the first day."""
    early = customer[signed_up[customer] >= day]
    if len(early):
        raise InputError(f"Given contacts: customer {early[0] + 1} of the chunk is not known yet on day {day:.0f}.")


def require_inside(given: GivenContacts, customers: int) -> None:
    """Raise InputError if a contact names a customer beyond the shop's last one."""
    for day, contacts in given.months.items():
        number = contacts["customer_id"].str.extract(_ID, expand=False).astype("int64")
        wrong = contacts["customer_id"][(number < 1) | (number > customers)]
        if len(wrong):
            raise InputError(f"Given contacts of {day}: the shop has no customer {wrong.iloc[0]}.")
