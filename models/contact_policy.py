"""Who may be contacted when: rules that hold a contact back until a day, each by its name.

Nothing is dropped: a contact is allowed on the day, or held back by the rule that ends last, until the first day on
which no rule holds any more and the channel has no quiet day. Days are numbers of days since 1970-01-01; `NEVER` is
the day of a rule that only the customer can end. All arrays have one entry per customer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from models.actions import CHANNELS, SERVICE, Action, Catalogue

Days = np.ndarray
LONG_AGO, NEVER = -(10**6), 10**6  # days that no shop reaches
RULES = (
    "objection",
    "no consent",
    "control arm",
    "open ticket",
    "service before discount",
    "cooldown",
    "contacts in 7 days",
    "contacts in 30 days",
    "channel in 7 days",
    "channel in 30 days",
    "running discount",
    "discount dependence",
)
ALLOWED = -1
GRANTED, NOT_ASKED, REFUSED = 1, 0, -1


@dataclass(frozen=True)
class Policy:
    """The shop's limits. Caps count contacts per customer; 0 as a cap closes the channel.

    `quiet_days` are ISO weekdays (7 = Sunday) and hold, like the quiet hours, for `quiet_channels`.
    """

    all_7: int = 2
    all_30: int = 4
    channel_7: Mapping[str, int] | None = None
    channel_30: Mapping[str, int] | None = None
    quiet_from: int = 20
    quiet_until: int = 8
    quiet_days: tuple[int, ...] = (7,)
    quiet_channels: tuple[str, ...] = ("phone", "sms", "push")
    service_days: int = 30
    look_again_days: int = 7
    discount_days: int = 30
    running_discounts: int = 1
    max_discount_share: float = 0.8


@dataclass(frozen=True)
class Standing:
    """How each customer stands on the day.

    `consent` is GRANTED, NOT_ASKED or REFUSED by channel; `held_out_until` the first day after the control arm;
    `withheld_until` the same of single actions, by their ids; `trouble_on` the day of the last slow or reopened ticket
    or late delivery (LONG_AGO without one).
    """

    consent: Mapping[str, np.ndarray]
    held_out_until: Days
    has_open_ticket: np.ndarray
    trouble_on: Days
    discount_share: np.ndarray
    withheld_until: Mapping[str, Days] = field(default_factory=dict)


@dataclass(frozen=True)
class Contacts:
    """Contacts that were made (not withheld), one entry each: the customer's position, the day, channel and action.

    `channel` and `action` are words; one that is not in the catalogue counts for the caps alone.
    """

    customer: np.ndarray
    day: Days
    channel: np.ndarray
    action: np.ndarray

    def where(self, chosen: np.ndarray) -> "Contacts":
        """Some of the contacts."""
        return Contacts(self.customer[chosen], self.day[chosen], self.channel[chosen], self.action[chosen])


@dataclass(frozen=True)
class Freed:
    """From which day on the contacts of the past hold nothing back any more, per customer."""

    all_7: Days
    all_30: Days
    channel_7: Mapping[str, Days]
    channel_30: Mapping[str, Days]
    last_of: Mapping[str, Days]
    discount: Days
    last_service: Days


@dataclass(frozen=True)
class Held:
    """Per customer the position in RULES of what holds the action back (ALLOWED = nothing), and until which day.

    `until` is the day itself where nothing does.
    """

    rule: np.ndarray
    until: Days

    @property
    def is_allowed(self) -> np.ndarray:
        """Who may be contacted on the day."""
        return self.rule == ALLOWED


def nth_latest(customer: np.ndarray, day: Days, n: int, customers: int) -> Days:
    """The day of each customer's n-th latest contact (n from 1); LONG_AGO where there are fewer."""
    order = np.lexsort((-day, customer))
    whose, when = customer[order], day[order]
    start = np.flatnonzero(np.r_[True, whose[1:] != whose[:-1]]) if len(whose) else np.zeros(0, dtype=int)
    place = np.arange(len(whose)) - np.repeat(start, np.diff(np.r_[start, len(whose)]))
    found = np.full(customers, LONG_AGO)
    chosen = place == n - 1
    found[whose[chosen]] = when[chosen]
    return found


def freed(past: Contacts, catalogue: Catalogue, policy: Policy, customers: int) -> Freed:
    """What the contacts of the past mean for each of `customers` customers."""
    by_channel = {channel: past.where(past.channel == channel) for channel in CHANNELS}
    per_7, per_30 = policy.channel_7 or {}, policy.channel_30 or {}
    discounts = [action.id for action in catalogue.actions if action.incentive.is_any]
    services = [action.id for action in catalogue.actions if action.kind == SERVICE]
    return Freed(
        _cap(past, policy.all_7, 7, customers),
        _cap(past, policy.all_30, 30, customers),
        {name: _cap(made, per_7[name], 7, customers) for name, made in by_channel.items() if name in per_7},
        {name: _cap(made, per_30[name], 30, customers) for name, made in by_channel.items() if name in per_30},
        {action.id: _latest(past, [action.id], customers) for action in catalogue.actions},
        _cap(past.where(np.isin(past.action, discounts)), policy.running_discounts, policy.discount_days, customers),
        _latest(past, services, customers),
    )


def _cap(made: Contacts, most: int, days: int, customers: int) -> Days:
    """From which day on one more contact keeps the cap of `most` within any `days` days."""
    if most == 0:
        return np.full(customers, NEVER)
    return nth_latest(made.customer, made.day, most, customers) + days


def _latest(past: Contacts, actions: list[str], customers: int) -> Days:
    """The day of the last contact with one of some actions."""
    made = past.where(np.isin(past.action, actions))
    return nth_latest(made.customer, made.day, 1, customers)


def held_back(action: Action, standing: Standing, past: Freed, policy: Policy, day: int) -> Held:
    """Which rule holds the action back for each customer on `day`, and until when; of several the one that ends last.

    The day should be open for the channel (`next_open_day`).
    """
    ends = np.stack(_ends(action, standing, past, policy, day))
    last = np.argmax(ends, axis=0)
    until = np.maximum(ends[last, np.arange(ends.shape[1])], day)
    rule = np.where(until > day, last, ALLOWED)
    return Held(rule, np.where((until > day) & (until < NEVER), _open_days(until, action.channel, policy), until))


def _ends(action: Action, standing: Standing, past: Freed, policy: Policy, day: int) -> list[Days]:
    """The first day after each of RULES, in their order; LONG_AGO where one holds nothing back."""
    none = np.full(len(standing.trouble_on), LONG_AGO)
    consent = standing.consent[action.channel]
    trouble = np.where(standing.trouble_on > past.last_service, standing.trouble_on + policy.service_days, LONG_AGO)
    offer, discount = action.is_offer, action.incentive.is_any
    lives_on_discounts = np.nan_to_num(standing.discount_share) > policy.max_discount_share
    return [
        np.where(consent == REFUSED, NEVER, LONG_AGO),
        np.where(consent != GRANTED, NEVER, LONG_AGO) if action.needs_consent else none,
        np.maximum(standing.held_out_until, standing.withheld_until.get(action.id, none)),
        np.where(standing.has_open_ticket, day + policy.look_again_days, LONG_AGO) if offer else none,
        trouble if offer else none,
        past.last_of[action.id] + action.cooldown_days,
        past.all_7,
        past.all_30,
        past.channel_7.get(action.channel, none),
        past.channel_30.get(action.channel, none),
        past.discount if discount else none,
        np.where(lives_on_discounts, day + policy.look_again_days, LONG_AGO) if discount else none,
    ]


def next_open_day(day: int, channel: str, policy: Policy) -> int:
    """The first day from `day` on that is no quiet day of the channel."""
    return int(_open_days(np.array([day]), channel, policy)[0])


def _open_days(days: Days, channel: str, policy: Policy) -> Days:
    """Each day moved on to the next one that is no quiet day of the channel."""
    if channel not in policy.quiet_channels:
        return days
    moved = days.copy()
    for _ in range(6):
        moved += np.isin((moved + 3) % 7 + 1, policy.quiet_days)  # 1970-01-01 was a Thursday
    return moved


def next_open_moment(moment: datetime, channel: str, policy: Policy) -> datetime:
    """The first moment from `moment` on, in the shop's own time, outside quiet hours and quiet days of the channel."""
    if channel not in policy.quiet_channels:
        return moment
    start, end = policy.quiet_from, policy.quiet_until
    for _ in range(9):  # a week of quiet days, with a quiet night on either side
        hour = moment.hour
        in_the_evening = start > end and hour >= start
        if moment.isoweekday() in policy.quiet_days or in_the_evening:
            moment = moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        elif (hour < end) if start > end else (start <= hour < end):
            moment = moment.replace(hour=end, minute=0, second=0, microsecond=0)
        else:
            break
    return moment
