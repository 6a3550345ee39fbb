"""Scored customers as arrays, in batches: the facts that conditions name, their money, and how they stand."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from models import contact_policy as rules
from models.actions import CHANNELS, NUMBERS, WORDS, YES_NO, Action, Catalogue
from models.expected_net import Money

BATCH_ROWS = 100_000
_EPOCH = date(1970, 1, 1).toordinal()
_TROUBLES = {"reopened_ticket": "reopened_on", "slow_ticket": "slow_on", "late_delivery": "late_on"}


@dataclass(frozen=True)
class Terms:
    """What decides beside the customers: catalogue, policy, price of dependence on discounts, and two days.

    Facts are those of `as_of`; the rules hold for `day`, the list's. `allows_unknown` lets unknown consent pass.
    """

    catalogue: Catalogue
    policy: rules.Policy
    dependence: float
    as_of: int
    day: int
    allows_unknown: bool = False

    def day_for(self, action: Action) -> int:
        """The first day on which the action's channel is open."""
        return rules.next_open_day(self.day, action.channel, self.policy)


@dataclass(frozen=True)
class Batch:
    """Some customers as arrays of one length: facts for conditions, money, standing, and what past contacts mean."""

    customer_id: pa.Array
    facts: dict[str, np.ndarray]
    money: Money
    standing: rules.Standing
    past: rules.Freed


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def day_of(number: int) -> date:
    """The day of a number of days since 1970-01-01."""
    return date.fromordinal(number + _EPOCH)


def batches(con: duckdb.DuckDBPyConnection, terms: Terms) -> Iterator[Batch]:
    """All rows of tables customer_states, past_contacts and own_acceptances, `BATCH_ROWS` customers at a time."""
    states = con.sql("from customer_states order by position").to_arrow_table()
    own = con.sql("from own_acceptances order by position").df()
    withheld = con.sql("from withheld_actions order by position").df()
    made = con.sql("from past_contacts order by position").df()
    whose = made["position"].to_numpy()
    for first in range(0, states.num_rows, BATCH_ROWS):
        rows = states.slice(first, BATCH_ROWS).to_pandas()
        begin, end = np.searchsorted(whose, [first, first + len(rows)])
        contacts = _contacts(made.iloc[begin:end], first)
        past = rules.freed(contacts, terms.catalogue, terms.policy, len(rows))
        own_rates, until = (_by_action(known, first, len(rows)) for known in (own, withheld))
        yield _batch(rows, past, terms, (own_rates, until))


def _by_action(known: pd.DataFrame, first: int, customers: int) -> dict[str, np.ndarray]:
    """By action the figures of single customers in a batch whose customers are numbered from `first` on."""
    begin, end = np.searchsorted(known["position"], [first, first + customers])
    found: dict[str, np.ndarray] = {}
    for action, rows in known.iloc[begin:end].groupby("action"):
        found[str(action)] = np.full(customers, np.nan)
        found[str(action)][rows["position"] - first] = rows["figure"]
    return found


def _contacts(made: pd.DataFrame, first: int) -> rules.Contacts:
    """Contacts of a batch whose customers are numbered from `first` on."""
    return rules.Contacts(
        made["position"].to_numpy() - first,
        made["day"].to_numpy(),
        made["channel"].to_numpy(dtype=object),
        made["action"].to_numpy(dtype=object),
    )


def _batch(
    rows: pd.DataFrame,
    past: rules.Freed,
    terms: Terms,
    by_action: tuple[dict[str, np.ndarray], dict[str, np.ndarray]],
) -> Batch:
    """One batch as arrays; `by_action` are acceptances of single customers, and days until which it is withheld."""
    own, withheld = by_action
    troubles = {fact: _days(rows[column]) for fact, column in _TROUBLES.items()}
    since = terms.as_of - terms.policy.service_days
    facts = {name: rows[name].to_numpy(dtype=float) for name in NUMBERS}
    facts |= {name: pd.Categorical(rows[name], categories=list(known)).codes for name, known in WORDS.items()}
    facts |= {name: rows[name].to_numpy(dtype=bool) for name in YES_NO if name not in troubles}
    facts |= {name: day > since for name, day in troubles.items()}
    return Batch(
        pa.array(rows["customer_id"], pa.string()),
        facts,
        Money(
            facts["churn_risk"],
            facts["expected_value"],
            facts["average_order"],
            rows["order_margin"].to_numpy(dtype=float),
            facts["discount_share"],
            facts["segment"],
            own,
        ),
        rules.Standing(
            {channel: _consent(rows[channel], terms.allows_unknown) for channel in CHANNELS},
            _held_out(rows["held_out_until"], terms),
            facts["open_ticket"],
            np.maximum.reduce(list(troubles.values())),
            facts["discount_share"],
            {action: _after_today(np.nan_to_num(days, nan=rules.LONG_AGO), terms) for action, days in withheld.items()},
        ),
        past,
    )


def _held_out(until: pd.Series, terms: Terms) -> np.ndarray:
    """The first day after the control arm; whoever is in it today is in no list of today, even for a later open day."""
    return _after_today(_days(until), terms)


def _after_today(first: np.ndarray, terms: Terms) -> np.ndarray:
    """A first free day, moved behind every day that a list of today may name."""
    opens = max(terms.day_for(action) for action in terms.catalogue.actions)
    return np.where(first > rules.LONG_AGO, np.maximum(first, opens + 1), first)


def _consent(words: pd.Series, allows_unknown: bool) -> np.ndarray:
    """The last word on a channel; silence is consent only where the settings let it."""
    word = words.to_numpy(dtype=np.int8)
    return np.where(word == rules.NOT_ASKED, rules.GRANTED, word) if allows_unknown else word


def _days(dates: pd.Series) -> np.ndarray:
    """Dates as days since 1970; LONG_AGO where there is none."""
    stamps = pd.to_datetime(dates).to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(stamps), rules.LONG_AGO, stamps.astype(np.int64))
