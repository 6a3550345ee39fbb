"""The catalogue of actions: the shipped one is sound, a wrong one is told by file, entry, key and what is allowed."""

import shutil
import tomllib

import numpy as np
import pytest

from models.actions import BONDS, CHANNELS, KINDS, NUMBERS, WORDS, YES_NO, Condition, fits
from models.contact_policy import RULES
from pipelines.catalogue import SHIPPED, Entry, catalogue_file, load_catalogue, read_catalogue
from pipelines.errors import InputError

ENTRY = """[letter]
title = "A letter"
kind = "win-back"
bond = "emotional"
when = { orders_min = 2 }
channel = "post"
contact_cost = 1.5
"""


def read(tmp_path, text):
    (tmp_path / "actions.toml").write_text(text, encoding="utf-8")
    return load_catalogue(tmp_path)


def told(tmp_path, text):
    with pytest.raises(InputError) as error:
        read(tmp_path, text)
    return str(error.value)


def test_the_shipped_actions_serve_every_kind_bond_and_fact():
    actions = read_catalogue(SHIPPED).actions
    assert 12 <= len(actions) <= 18
    assert {action.kind for action in actions} == set(KINDS)
    assert {action.bond for action in actions} == set(BONDS)
    used = {one.fact for action in actions for group in action.when for one in group}
    assert used <= {*NUMBERS, *WORDS, *YES_NO}
    told = {"churn_risk", "lifecycle", "segment", "orders", "open_ticket", "late_delivery", "late_parcel", "nps"}
    assert used >= told
    assert {action.channel for action in actions} <= set(CHANNELS)


def test_what_is_not_said_has_the_default(tmp_path):
    (letter,) = read(tmp_path, ENTRY).actions
    assert (letter.acceptance.a, letter.acceptance.b, letter.acceptance.source) == (6, 14, "assumed")
    assert letter.acceptance.mean == pytest.approx(0.30)
    assert letter.needs_consent
    assert not letter.incentive.is_any


def test_a_mean_with_its_strength_is_the_same_prior(tmp_path):
    one = read(tmp_path, ENTRY + "acceptance = { mean = 0.3, strength = 20 }").actions[0].acceptance
    other = read(tmp_path, ENTRY + "acceptance = { a = 6, b = 14 }").actions[0].acceptance
    assert (one.a, one.b) == pytest.approx((other.a, other.b))


def test_the_homes_own_file_stands_in_for_the_shipped_one(tmp_path):
    assert catalogue_file(tmp_path) == SHIPPED
    shutil.copy(SHIPPED, tmp_path / "actions.toml")
    assert load_catalogue(tmp_path) == read_catalogue(SHIPPED)
    assert [action.id for action in read(tmp_path, ENTRY).actions] == ["letter"]


def test_the_version_follows_the_content_and_not_the_comments(tmp_path):
    first = read(tmp_path, ENTRY).version
    assert read(tmp_path, "# ours\n" + ENTRY).version == first
    assert read(tmp_path, ENTRY.replace("1.5", "1.6")).version != first
    assert read(tmp_path, ENTRY.replace("= 2", "= 3")).version != first


WRONG = {
    "unknown kind": (ENTRY.replace("win-back", "winback"), ["letter", "kind", "'win-back'", "'winback'"]),
    "unknown bond": (ENTRY.replace("emotional", "nice"), ["letter", "bond", "'contractual'"]),
    "unknown channel": (ENTRY.replace('"post"', '"fax"'), ["letter", "channel", "'phone'", "'fax'"]),
    "unknown key": (ENTRY + "colour = 1", ["letter", "colour", "Allowed: title", "cooldown_days"]),
    "unknown fact": (ENTRY.replace("orders_min", "order_min"), ["letter", "when.order_min", "orders_max", "nps_min"]),
    "unknown word": (ENTRY.replace("orders_min = 2", 'lifecycle = ["gone"]'), ["when.lifecycle", "'lapsed'", "'gone'"]),
    "yes or no": (ENTRY.replace("orders_min = 2", "open_ticket = 3"), ["letter", "when.open_ticket", "found 3"]),
    "no condition": (ENTRY.replace("orders_min = 2", ""), ["letter", "when", "orders_min = 0"]),
    "no group": (ENTRY.replace("{ orders_min = 2 }", "[]"), ["letter", "when", "at least 1"]),
    "empty range": (ENTRY.replace("= 2", "= 2, orders_max = 1"), ["letter", "when", "orders_min is above orders_max"]),
    "missing key": (ENTRY.replace('kind = "win-back"\n', ""), ["letter", "kind", "missing", "cross-sell"]),
    "negative cost": (ENTRY.replace("1.5", "-1"), ["letter", "contact_cost", "greater than or equal to 0"]),
    "not a number": (ENTRY.replace("1.5", "nan"), ["letter", "contact_cost", "finite"]),
    "share above one": (ENTRY + "incentive = { share_of_order = 15 }", ["incentive.share_of_order", "equal to 1"]),
    "unknown part": (ENTRY + "incentive = { share = 0.1 }", ["incentive.share", "Allowed: share_of_order, amount"]),
    "two priors": (ENTRY + "acceptance = { a = 6, mean = 0.3 }", ["acceptance", "either a and b, or mean"]),
    "half a prior": (ENTRY + "acceptance = { a = 6 }", ["acceptance", "either a and b, or mean"]),
    "gain of no sale": (ENTRY + "gain = 1", ["letter", "takes no gain"]),
    "sale without gain": (ENTRY.replace("win-back", "up-sell"), ["letter", "up-sell needs gain"]),
    "paid advocate": (
        ENTRY.replace("win-back", "referral") + "gain = 1\nincentive = { amount = 5 }",
        ["letter", "referral gives no incentive"],
    ),
    "strange id": (ENTRY.replace("[letter]", '["a letter"]'), ["'a letter'", "lower-case"]),
    "outside": ("title = 'x'\n", ["'title'", "[its_id]"]),
    "twice": (ENTRY + ENTRY, ["not valid TOML", "letter"]),
    "no TOML": ("[letter", ["not valid TOML", "Mend that line"]),
    "nothing": ("", ["no action", "shipped"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_catalogue_is_told(case, tmp_path):
    text, words = WRONG[case]
    message = told(tmp_path, text)
    assert str(tmp_path / "actions.toml") in message
    assert [word for word in words if word not in message] == []
    assert "pydantic" not in message
    assert "Input" not in message.split("Input should")[0]


def test_every_mistake_is_told_at_once(tmp_path):
    message = told(tmp_path, ENTRY.replace("win-back", "x").replace("post", "y"))
    assert "key kind" in message
    assert "key channel" in message


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "actions.toml").mkdir()
    with pytest.raises(InputError, match=r"actions\.toml cannot be read"):
        load_catalogue(tmp_path)


FACTS = {
    "orders": np.array([1.0, 2, 3, np.nan]),
    "open_ticket": np.array([True, False, False, True]),
    "lifecycle": np.array([WORDS["lifecycle"].index("lapsed"), WORDS["lifecycle"].index("new"), -1, -1]),
}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition("orders", low=2), [False, True, True, False]),
        (Condition("orders", high=2), [True, True, False, False]),
        (Condition("orders", low=2, high=2), [False, True, False, False]),
        (Condition("open_ticket", is_true=True), [True, False, False, True]),
        (Condition("open_ticket", is_true=False), [False, True, True, False]),
        (Condition("lifecycle", words=("lapsed", "active")), [True, False, False, False]),
    ],
)
def test_a_condition_holds_for_what_is_known_alone(condition, holds):
    assert condition.holds(FACTS).tolist() == holds


def test_all_conditions_of_a_group_and_any_group(tmp_path):
    text = ENTRY.replace("{ orders_min = 2 }", '[{ orders_min = 2, open_ticket = true }, { lifecycle = ["new"] }]')
    (letter,) = read(tmp_path, text).actions
    assert fits(letter, FACTS).tolist() == [False, True, False, False]


def test_the_shipped_file_says_where_it_is_explained():
    assert "docs/actions.md" in SHIPPED.read_text(encoding="utf-8")
    assert len(tomllib.loads(SHIPPED.read_text(encoding="utf-8"))) == len(read_catalogue(SHIPPED).actions)


def test_the_page_names_every_key_fact_and_rule():
    page = (SHIPPED.parents[1] / "docs/actions.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")}
    assert {f"`{key}`" for key in Entry.model_fields} <= rows
    for fact, meaning in {**NUMBERS, **YES_NO}.items():
        assert f"| {meaning} |" in page.split(f"| `{fact}` |")[1].splitlines()[0]
    for fact, words in WORDS.items():
        assert f"| `{fact}` | words | {', '.join(words)} |" in page
    rules = ", ".join(row for row in rows if not row.startswith("`")).split(", ")
    assert [rule for rule in RULES if rule not in rules] == []
    assert [word for word in (*KINDS, *BONDS, *CHANNELS) if f"`{word}`" not in page] == []
