"""Who may be contacted when, held against a plain reading of the rules, customer by customer."""

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import contact_policy as rules
from models.actions import CHANNELS, Catalogue
from pipelines.catalogue import SHIPPED, read_catalogue

CATALOGUE = read_catalogue(SHIPPED)
DAY = 20_000
POLICY = rules.Policy(channel_7={"email": 1, "phone": 1}, channel_30={"email": 3, "phone": 1, "post": 1})
NAMES = [one.id for one in CATALOGUE.actions]
AT_ALL = dict.fromkeys(CHANNELS, rules.GRANTED)


def standing(people):
    return rules.Standing(
        {channel: np.array([one["consent"][channel] for one in people]) for channel in CHANNELS},
        np.array([one["held_out_until"] for one in people]),
        np.array([one["open"] for one in people]),
        np.array([one["trouble_on"] for one in people]),
        np.array([one["share"] for one in people], dtype=float),
    )


def contacts(people):
    made = [(i, *contact) for i, one in enumerate(people) for contact in one["contacts"]]
    columns = list(zip(*made, strict=True)) or [(), (), (), ()]
    whose, days = (np.array(column, dtype=int) for column in columns[:2])
    return rules.Contacts(whose, days, *(np.array(column, dtype=object) for column in columns[2:]))


def held(people, action, policy=POLICY, day=DAY, catalogue=CATALOGUE):
    past = rules.freed(contacts(people), catalogue, policy, len(people))
    return rules.held_back(catalogue[action], standing(people), past, policy, day)


def person(**changes):
    plain = {"consent": AT_ALL, "held_out_until": rules.LONG_AGO, "open": False, "trouble_on": rules.LONG_AGO,
             "share": 0.0, "contacts": []}  # fmt: skip
    return plain | changes


def broken_rules(one, action, policy, day):
    """Every rule that a contact on `day` would break, read off its words."""
    word = one["consent"][action.channel]
    made = one["contacts"]

    def within(days, **wanted):
        chosen = [
            c for c in made if day - days < c[0] and all(c[i] in wanted[k] for k, i in PLACES.items() if k in wanted)
        ]
        return len(chosen)

    services = [o.id for o in CATALOGUE.actions if o.kind == "service recovery"]
    discounts = [o.id for o in CATALOGUE.actions if o.incentive.is_any]
    dealt_with = any(c[2] in services and c[0] >= one["trouble_on"] for c in made)
    broken = {
        "objection": word == rules.REFUSED,
        "no consent": action.needs_consent and word != rules.GRANTED,
        "control arm": day < one["held_out_until"],
        "cooldown": within(action.cooldown_days, action=[action.id]) > 0,
        "contacts in 7 days": within(7) >= policy.all_7,
        "contacts in 30 days": within(30) >= policy.all_30,
        "channel in 7 days": within(7, channel=[action.channel]) >= policy.channel_7.get(action.channel, 99),
        "channel in 30 days": within(30, channel=[action.channel]) >= policy.channel_30.get(action.channel, 99),
    }
    if action.is_offer:
        broken["open ticket"] = one["open"]
        broken["service before discount"] = not dealt_with and day < one["trouble_on"] + policy.service_days
    if action.incentive.is_any:
        broken["running discount"] = within(policy.discount_days, action=discounts) >= policy.running_discounts
        broken["discount dependence"] = one["share"] > policy.max_discount_share
    return {name for name, is_broken in broken.items() if is_broken}


PLACES = {"channel": 1, "action": 2}
PAST_DAY = st.integers(DAY - 100, DAY)
PERSON = st.fixed_dictionaries(
    {
        "consent": st.fixed_dictionaries({channel: st.sampled_from([1, 1, 1, 0, -1]) for channel in CHANNELS}),
        "held_out_until": st.sampled_from([rules.LONG_AGO, rules.LONG_AGO, DAY, DAY + 1, DAY + 40]),
        "open": st.sampled_from([False, False, True]),
        "trouble_on": st.one_of(st.just(rules.LONG_AGO), PAST_DAY),
        "share": st.sampled_from([0.0, 0.8, 0.9, float("nan")]),
        "contacts": st.lists(
            st.tuples(PAST_DAY, st.sampled_from([*CHANNELS, ""]), st.sampled_from([*NAMES, "another"])), max_size=6
        ),
    }
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PERSON, min_size=1, max_size=8))
def test_nobody_is_contacted_against_a_rule_and_nobody_is_held_back_without_one(people):
    for action in CATALOGUE.actions:
        day = rules.next_open_day(DAY, action.channel, POLICY)
        found = held(people, action.id, day=day)
        for one, rule, until in zip(people, found.rule, found.until, strict=True):
            broken = broken_rules(one, action, POLICY, day)
            if not broken:
                assert (rule, until) == (rules.ALLOWED, day)
                continue
            assert rules.RULES[rule] in broken
            assert until > day


@settings(max_examples=100, deadline=None)
@given(st.lists(PERSON, min_size=1, max_size=5))
def test_on_the_day_it_is_deferred_to_only_what_is_looked_at_again_can_hold(people):
    looked_at_again = {"open ticket", "discount dependence"}
    for action in CATALOGUE.actions:
        day = rules.next_open_day(DAY, action.channel, POLICY)
        found = held(people, action.id, day=day)
        for one, until in zip(people, found.until, strict=True):
            if until == rules.NEVER:
                assert broken_rules(one, action, POLICY, day) & {"objection", "no consent"}
            else:
                assert until == rules.next_open_day(until, action.channel, POLICY)
                assert broken_rules(one, action, POLICY, until) <= looked_at_again


def test_an_open_ticket_holds_back_everything_but_service():
    for action in CATALOGUE.actions:
        (rule,) = held([person(open=True)], action.id).rule
        assert rule == (rules.ALLOWED if action.kind == "service recovery" else rules.RULES.index("open ticket"))


def test_dealing_with_it_frees_the_offers():
    late = person(trouble_on=DAY - 10)
    called = late | {"contacts": [(DAY - 10, "phone", "service_call")]}
    too_early = late | {"contacts": [(DAY - 11, "phone", "service_call")]}
    found = held([late, called, too_early], "winback_voucher")
    assert found.is_allowed.tolist() == [False, True, False]
    assert found.until[0] == DAY - 10 + POLICY.service_days


def test_the_rule_that_ends_last_is_named():
    one = person(held_out_until=DAY + 50, contacts=[(DAY - 1, "email", "winback_voucher")])
    found = held([one], "winback_voucher")
    assert rules.RULES[found.rule[0]] == "cooldown"
    assert found.until[0] == DAY - 1 + CATALOGUE["winback_voucher"].cooldown_days


def test_a_closed_channel_is_never_used():
    found = held([person()], "winback_letter", rules.Policy(channel_7={"post": 0}))
    assert rules.RULES[found.rule[0]] == "channel in 7 days"
    assert found.until[0] == rules.NEVER


def test_a_discount_without_a_catalogue_entry_counts_for_the_caps_alone():
    one = person(contacts=[(DAY - 1, "email", "an old mailing")])
    assert rules.RULES[held([one], "winback_voucher").rule[0]] == "channel in 7 days"
    assert held([one], "winback_letter").is_allowed.all()


def test_quiet_days_move_the_day_on_for_their_channels_alone():
    sunday = datetime(2026, 11, 1).toordinal() - datetime(1970, 1, 1).toordinal()
    weekend = rules.Policy(quiet_days=(6, 7))
    assert rules.next_open_day(sunday, "phone", POLICY) == sunday + 1
    assert rules.next_open_day(sunday - 1, "phone", weekend) == sunday + 1
    assert rules.next_open_day(sunday, "email", POLICY) == sunday


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-02 10:30", "2026-11-02 10:30"),
        ("2026-11-02 07:10", "2026-11-02 08:00"),
        ("2026-11-02 20:00", "2026-11-03 08:00"),
        ("2026-11-07 21:00", "2026-11-09 08:00"),  # Saturday evening: Sunday is quiet
        ("2026-11-01 12:00", "2026-11-02 08:00"),
    ],
)
def test_quiet_hours(moment, opens):
    asked, opened = datetime.fromisoformat(moment), datetime.fromisoformat(opens)
    assert rules.next_open_moment(asked, "phone", POLICY) == opened
    assert rules.next_open_moment(asked, "email", POLICY) == asked


def test_quiet_hours_at_noon_and_none_at_all():
    noon = rules.Policy(quiet_from=12, quiet_until=14, quiet_days=())
    assert rules.next_open_moment(datetime(2026, 11, 2, 13), "sms", noon) == datetime(2026, 11, 2, 14)
    none = rules.Policy(quiet_from=0, quiet_until=0, quiet_days=())
    assert rules.next_open_moment(datetime(2026, 11, 2, 3), "sms", none) == datetime(2026, 11, 2, 3)


def test_an_empty_past_holds_nothing_back():
    past = rules.freed(contacts([]), Catalogue(CATALOGUE.actions, ""), POLICY, 3)
    assert past.all_7.tolist() == [rules.LONG_AGO + 7] * 3
