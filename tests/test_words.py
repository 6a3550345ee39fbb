"""Formats, sentences and colours: what people read is exact and reads the same everywhere."""

import math
import re
import tomllib
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.components import charts, customer_charts, sentences, words
from pages.components.theme import STRONGEST

THEME = tomllib.loads((Path(__file__).parents[1] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
RUN = {
    "horizon_days": 90, "eligibility": "active", "active_days": 365, "currency": "EUR",
    "as_of_date": date(2026, 11, 21), "model_version": "3", "scored_customers": 4590, "customers": 5000,
}  # fmt: skip


def plain(text: str) -> str:
    return text.replace(words.GAP, " ")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1240, "€ 1,240"), (1239.5, "€ 1,240"), (99.994, "€ 99.99"), (99.996, "€ 100"), (41.5, "€ 41.50"), (0, "€ 0"),
     (-1240.4, "−€ 1,240"), (12_400_000, "€ 12.4 M"), (9_999_999.7, "€ 10.0 M"), (None, "–"), (math.nan, "–")],
)  # fmt: skip
def test_money_has_no_cents_above_100(value, shown):
    assert plain(words.money(value)) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.31, "31 %"), (0.0, "0 %"), (1.0, "100 %"), (0.001, "< 1 %"), (0.999, "> 99 %"), (0.125, "13 %"), (None, "–")],
)
def test_a_probability_is_a_whole_percentage_and_never_falsely_certain(share, shown):
    assert plain(words.percent(share)) == shown


@given(st.floats(min_value=0, max_value=1, allow_subnormal=False))
def test_only_certainty_reads_as_certainty(share):
    assert (plain(words.percent(share)) in {"0 %", "100 %"}) == (share in {0, 1})


@given(st.floats(min_value=0, max_value=1e9))
def test_money_in_words_stays_within_half_a_unit_of_the_amount(amount):
    text = plain(words.money(amount)).removeprefix("€ ").replace(",", "")
    shown = float(text.removesuffix(" M")) * (1e6 if text.endswith(" M") else 1)
    step = 1e5 if text.endswith(" M") else 1 if amount >= 99.995 else 0.01
    assert abs(shown - amount) <= step / 2 + 1e-6 * max(amount, 1)


def test_other_figures():
    assert plain(words.day(datetime(2026, 11, 20, 9, 30))) == "20 Nov 2026"
    assert plain(words.day(date(2026, 3, 1))) == "1 Mar 2026"
    assert plain(words.month(date(2026, 3, 1))) == "Mar 2026"
    assert plain(words.days(12)) == "12 d"
    assert plain(words.days(-3)) == "−3 d"
    assert plain(words.hours(3.44)) == "3.4 h"
    assert plain(words.rate(0.0456)) == "4.6 %"
    assert plain(words.points(-0.0041)) == "−0.4 points"
    assert plain(words.points(0.0002)) == "±0.0 points"
    assert plain(words.change(0.123)) == "+12 %"
    assert plain(words.count(1240)) == "1,240"
    assert plain(words.plural(1, "customer")) == "1 customer"
    assert plain(words.plural(1240, "customer")) == "1,240 customers"
    assert plain(words.money(5, "XAF")) == "XAF 5.00"
    assert words.day(pd.NaT) == words.MISSING
    assert words.channels(None) == words.MISSING
    assert words.channels("") == "no consent"
    assert words.label("at_risk") == "At risk"


@pytest.mark.parametrize("text", ["*A* $x$ _b_", "[a](http://x)", ":red[x] :smile:", "`c` ~d~ <b>"])
def test_text_from_data_has_no_meaning_in_markdown(text):
    shown = words.literal(text)
    assert shown.replace("\\", "").replace(words.JOINER, "") == text
    assert not re.search(r"(?<!\\)[*_$`\[\]~<>]", shown)
    assert ":smile:" not in shown
    assert "http://" not in shown


def test_a_figure_never_breaks_over_two_lines():
    shown = [
        words.money(1240),
        words.percent(0.3),
        words.days(3),
        words.day(date(2026, 1, 1)),
        words.plural(3, "order"),
    ]
    assert not any(" " in text for text in shown)


SECOND = {"within_days": 365, "buyers": 900, "returned": 414, "return_share": 0.46, "median_days": 41.0}


def customer(**changes):
    row = {
        "is_scored": True, "risk_band": "high", "churn_risk": 0.63, "value_at_risk": 412.4, "days_since_last_order": 74,
        "typical_gap_days": 31.2, "order_days": 9, "lifecycle_stage": "lapsed",
        "first_ordered_at": date(2025, 1, 1), "last_ordered_at": date(2025, 9, 8),
    }  # fmt: skip
    return {**row, **changes}


def test_the_verdict_says_risk_stake_and_rhythm():
    assert plain(sentences.verdict(customer(), RUN, SECOND)) == (
        "Likely to stop buying: 63 % risk in the next 90 days; € 412 of margin at stake. "
        "Last ordered 74 days ago, usually every 31 days."
    )


@pytest.mark.parametrize(
    ("changes", "part"),
    [({"risk_band": "low", "churn_risk": 0.04}, "Likely to keep buying: 4 % risk"),
     ({"typical_gap_days": math.nan, "order_days": 1}, "Bought once, 74 days ago. Of 100 first-time buyers 46"),
     ({"typical_gap_days": math.nan, "lifecycle_stage": "new"}, "New: bought once, 74 days ago."),
     ({"typical_gap_days": math.nan}, "come back within a year, half of them within 41 days."),
     ({"days_since_last_order": 0}, "Last ordered today"),
     ({"first_ordered_at": date(2024, 1, 1)}, "usually every 31 days (77 on average)."),
     ({"is_scored": False, "days_since_last_order": 373}, "no order for 373 days"),
     ({"is_scored": False}, "was not eligible")],
)  # fmt: skip
def test_the_verdict_fits_the_case(changes, part):
    assert part in plain(sentences.verdict(customer(**changes), RUN, SECOND))


@pytest.mark.parametrize(("eligibility", "part"), [("due", "not expected around"), ("subscribed", "no contract")])
def test_an_unscored_customer_is_told_why(eligibility, part):
    assert part in sentences.verdict(customer(is_scored=False), {**RUN, "eligibility": eligibility}, SECOND)


def test_who_bought_once_is_told_why_nothing_is_due():
    once = customer(is_scored=False, order_days=1, typical_gap_days=math.nan)
    told = sentences.verdict(once, {**RUN, "eligibility": "due"}, {})
    assert "a single order has no rhythm" in told
    assert "not known yet" in told


def test_nobody_is_left_out_silently():
    totals = {"left_out": 1428, "left_out_once": 585}
    assert plain(sentences.left_out(totals, RUN)) == (
        "Not listed: 1,428 customers (585 bought once) without an order in the last 365 days."
    )
    assert "whose next order is not due" in sentences.left_out(totals, {**RUN, "eligibility": "due"})
    assert "without a running contract" in sentences.left_out(totals, {**RUN, "eligibility": "subscribed"})
    assert sentences.left_out({"left_out": 0, "left_out_once": 0}, RUN) == ""


@pytest.mark.parametrize(
    ("rank", "ties", "shown"), [(12, 0, "12"), (12, 3, "=12"), (None, None, "–"), (1240, 1, "=1,240")]
)
def test_a_shared_place_is_marked(rank, ties, shown):
    assert words.place(rank, ties) == shown


def test_where_contracts_are_predicted_nobody_speaks_of_orders():
    run = {**RUN, "eligibility": "subscribed"}
    assert sentences.prediction(run).startswith("Predicts: contract ends within")
    assert "Likely to end the contract: 63 %" in plain(sentences.verdict(customer(), run, SECOND))
    assert "Likely to keep the contract" in sentences.verdict(customer(risk_band="low"), run, SECOND)
    never = customer(days_since_last_order=None, typical_gap_days=math.nan)
    assert sentences.verdict(never, run, SECOND).endswith("Never ordered.")
    assert "stopped buying" not in sentences.overview(months([0.05, 0.06]), TOTALS, run)
    assert "without an order" not in sentences.no_churn_rate(run)


def months(rates, running=None, start="2025-10-01"):
    index = pd.date_range(start, periods=len(rates), freq="MS")
    return pd.DataFrame({"month": index, "churn_rate": rates, "is_running": running or [False] * len(rates)})


TOTALS = {"value_at_risk": 1_240_000.0, "high_risk_customers": 3, "customers": 10}


def test_the_overview_compares_with_the_same_month_of_last_year():
    rates = [0.05] + [0.06] * 11 + [0.046]
    assert plain(sentences.overview(months(rates), TOTALS, RUN)) == (
        "4.6 % of customers stopped buying in Oct 2026, 0.4 points fewer than a year ago; "
        "€ 1.24 M of margin is at risk in the next 90 days."
    )


def test_a_month_still_running_is_never_compared():
    rates = [0.05] + [0.06] * 11 + [0.046, 0.9]
    running = [False] * 13 + [True]
    with_running = sentences.overview(months(rates, running), TOTALS, RUN)
    assert with_running == sentences.overview(months(rates[:-1]), TOTALS, RUN)


def test_without_a_year_or_a_month_the_sentence_says_so():
    assert "no month of last year" in sentences.overview(months([0.05, 0.06]), TOTALS, RUN)
    without_rate = sentences.overview(months([0.05], [True]), TOTALS, RUN)
    assert "stopped buying" not in without_rate
    assert "at risk" in without_rate
    assert f"{RUN['active_days']} days" in plain(sentences.no_churn_rate(RUN))


def test_an_empty_list_names_the_filter_that_helps_most():
    text = plain(sentences.empty_list({"search": 652, "stages": 3, "bands": 0}, RUN))
    assert "Without the search" in text
    assert "652 customers" in text
    assert "reset" in sentences.empty_list({"search": 0}, RUN)


def test_a_list_without_any_scored_customer_says_so():
    assert "no customer was eligible" in sentences.empty_list({"search": 0}, {**RUN, "scored_customers": 0})


def test_the_waterfall_adds_up_and_ends_in_the_calibrated_probability():
    reasons = pd.DataFrame({"reason": ["late", "loyal"], "contribution": [0.9, -0.4]})
    total = {"base_log_odds": -0.6, "other_log_odds": 0.25, "log_odds": 0.15, "churn_risk": 0.52}
    frame = customer_charts.waterfall_frame(reasons, total)
    assert frame[customer_charts.TO].iloc[-1] == pytest.approx(total["log_odds"])
    steps = frame.iloc[:-1]
    assert (steps[customer_charts.FROM].iloc[1:].to_numpy() == steps[customer_charts.TO].iloc[:-1].to_numpy()).all()
    assert plain(frame[customer_charts.TEXT].iloc[-1]) == "52 %"
    assert not frame[customer_charts.TEXT].iloc[:-1].str.contains("%").any()


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


HUES = ("redColor", "orangeColor", "greenColor", "blueColor", "violetColor", "grayColor")


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_and_marks_reach_the_contrast_of_wcag_aa(mode):
    theme = THEME[mode]
    for surface in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        for text in [name for name in theme if name.endswith(("textColor", "TextColor", "linkColor")) or name in HUES]:
            assert contrast(theme[text], surface) >= 4.5, (mode, text)
        for mark in (theme["primaryColor"], *theme["chartCategoricalColors"]):
            assert contrast(mark, surface) >= 3, (mode, mark)
    assert contrast(theme["dataframeHeaderTextColor"], theme["dataframeHeaderBackgroundColor"]) >= 4.5
    assert contrast(theme["codeTextColor"], theme["codeBackgroundColor"]) >= 4.5
    for ground in theme["sidebar"].values():
        assert contrast(theme["textColor"], ground) >= 4.5
    assert contrast(theme["primaryColor"], {"light": "#FFFFFF", "dark": "#11181D"}[mode]) >= 4.5  # words on a button


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_words_on_coloured_squares_keep_their_contrast(mode):
    ink, ground = THEME[mode]["textColor"], THEME[mode]["backgroundColor"]
    for colour in THEME[mode]["chartCategoricalColors"]:
        parts = [
            STRONGEST * int(colour[i : i + 2], 16) + (1 - STRONGEST) * int(ground[i : i + 2], 16) for i in (1, 3, 5)
        ]
        assert contrast(ink, "#" + "".join(f"{round(part):02X}" for part in parts)) >= 4.5, (mode, colour)


# Machado, Oliveira & Fernandes 2009: protanopia and deuteranopia at full severity, on linear RGB.
DEFICIENCIES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_the_two_directions_of_a_reason_differ_for_the_colour_blind(mode, deficiency):
    colours = THEME[mode]["chartCategoricalColors"]
    raises, lowers = (_seen(colours[i], DEFICIENCIES[deficiency]) for i in (3, 0))
    assert math.dist(raises, lowers) > 0.2


def _seen(colour: str, matrix: list[list[float]]) -> list[float]:
    parts = [(int(colour[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5)]
    return [max(sum(m * p for m, p in zip(row, parts, strict=True)), 0) ** (1 / 2.2) for row in matrix]


def test_a_young_shop_is_told_what_came_of_its_last_known_day():
    days = pd.DataFrame(
        {
            "as_of_date": pd.to_datetime(["2010-08-02", "2010-09-02", "2010-12-01"]),
            "churn_rate": [0.46, 0.416, None],
            "is_labelled": [True, True, False],
        }
    )
    assert plain(sentences.outcome_title(days, RUN)) == "41.6 % placed no order within 90 days of 2 Sep 2010"
    assert charts.outcome_frame(days)["Rate"].tolist() == [0.46, 0.416]
    assert sentences.outcome_title(days.tail(1), RUN) == "No outcome is known yet"


@pytest.mark.parametrize(("names", "told"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_names_are_listed_as_people_do(names, told):
    assert words.listed(names) == told
