"""Every feature has words that a shop manager can read, and every word a feature."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from models.wording import FeatureWords, sentences
from pipelines.build import facts_into
from pipelines.feature_page import PAGE, feature_page
from pipelines.snapshots import feature_words, set_snapshot_variables, snapshot_into, word_problems
from pipelines.warehouse import SQL_FOLDER, read_folder
from pipelines.words import Words, unknown_placeholders, words_of
from tests.random_shop import day, random_shop, settings, source

EVERY = [words for file in read_folder("features") for words in words_of(file)]
NEW_SQL = """-- One row per customer with an order.
select customer_id, count(*) as {name} from order_facts
where ordered_at < getvariable('as_of_date') group by customer_id"""
NEW_WORDS = """group = "value"
[{name}]
label = "Orders of a newcomer"
unit = "count"
direction = "either"
changeable = false
family = "newcomer"
reason = "{{value}} orders, last {{days_since_last_order}} ago"
reason_missing = "none"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the feature folder to add to."""
    return Path(shutil.copytree(SQL_FOLDER / "features", tmp_path / "features"))


def add(folder: Path, stem: str, sql: str | None = None, words: str | None = None) -> None:
    for suffix, text in ((".sql", sql), (".toml", words)):
        if text is not None:
            (folder / f"{stem}{suffix}").write_text(text, encoding="utf-8")


def problems_of(folder: Path) -> list[str]:
    """What the check says about a folder on a shop with every table."""
    chosen = settings()
    with source(random_shop(1)) as con:
        facts_into(con, "source", chosen)
        set_snapshot_variables(con, chosen, day(500))
        return word_problems(con, folder)


def test_every_feature_has_words_and_every_word_a_feature(folder: Path) -> None:
    assert problems_of(folder) == []


def test_reasons_name_features_that_are_there_whenever_their_own_is() -> None:
    files = [file for file in read_folder("features") if words_of(file)]
    of_orders = {"order_facts", "order_sums"}
    always = {words.feature for file in files if file.references <= of_orders for words in words_of(file)}
    for file in files:
        told = set(re.findall(r"\{(\w+)\}", " ".join(words.reason for words in words_of(file)))) - {"value"}
        assert told <= always | {words.feature for words in words_of(file)}


def test_a_placeholder_that_names_no_feature_is_noticed() -> None:
    assert unknown_placeholders(EVERY) == []
    wrong = EVERY[0].model_copy(update={"reason": "{no_such_feature}"})
    assert unknown_placeholders([wrong]) == [f"{wrong.feature}: {{no_such_feature}}"]


def test_a_feature_needs_one_file_and_its_words(folder: Path) -> None:
    add(folder, "newcomer", NEW_SQL.format(name="newcomer_orders"), NEW_WORDS.format(name="newcomer_orders"))
    assert problems_of(folder) == []
    chosen = settings(churn={"active_days": 10_000})
    with source(random_shop(1)) as con:
        facts_into(con, "source", chosen)
        snapshot_into(con, chosen, day(500), folder=folder)
        found = con.execute("select newcomer_orders, orders_365d from customer_features").df()
        assert "newcomer_orders" in [words.feature for words in feature_words(con, folder)]
    assert (found["newcomer_orders"] >= found["orders_365d"]).all()
    assert "newcomer_orders" in feature_page(folder)


@pytest.mark.parametrize(
    ("sql", "words", "expected"),
    [
        (NEW_SQL.format(name="a"), None, "new.sql has no words: write new.toml beside it"),
        (NEW_SQL.format(name="a"), NEW_WORDS.format(name="b"), "a in new.sql has no words"),
        (NEW_SQL.format(name="a"), NEW_WORDS.format(name="b"), "b in new.toml has no column"),
        (NEW_SQL.format(name="order_days"), NEW_WORDS.format(name="order_days"), "order_days is in new and in rhythm"),
        ("select 1 as a", NEW_WORDS.format(name="a"), "new has no customer_id"),
    ],
)
def test_the_check_notices(sql: str, words: str | None, expected: str, folder: Path) -> None:
    add(folder, "new", sql, words)
    assert expected in problems_of(folder)


def test_wrong_words_name_file_and_key(folder: Path) -> None:
    add(folder, "new", NEW_SQL.format(name="a"), NEW_WORDS.format(name="a").replace('"count"', '"parsecs"'))
    with pytest.raises(ValueError, match=r"new\.toml(.|\n)*unit"):
        problems_of(folder)


def test_one_sentence_belongs_to_one_family() -> None:
    """Features told by the same sentence share a family, so that no reason is given twice."""
    families: dict[str, set[str]] = {}
    for words in EVERY:
        families.setdefault(words.reason.replace("{value}", f"{{{words.feature}}}"), set()).add(words.family)
    assert {reason: found for reason, found in families.items() if len(found) > 1} == {}


def test_every_group_of_the_product_has_features() -> None:
    assert len({words.group for words in EVERY}) == 10
    assert max(Counter(words.feature for words in EVERY).values()) == 1


@pytest.mark.parametrize("words", EVERY, ids=lambda words: words.feature)
def test_words_are_plain_sentences(words: Words) -> None:
    assert not re.search(r"(?i)\b(cv|std|z-score|csat|nps|ces|aov|rfm|sku)\b", words.reason + words.reason_missing)
    assert words.reason[0].islower() or words.reason[0] == "{"
    assert not words.reason.endswith(".")
    assert "{" not in words.reason_missing


@pytest.mark.parametrize("value", [0.0, 1.0, 2.5, None])
def test_reasons_can_be_written_for_any_value(value: float | None) -> None:
    known = {w.feature: FeatureWords(w.feature, w.label, w.unit, w.family, w.reason, w.reason_missing) for w in EVERY}
    frame = pd.DataFrame({feature: [value] for feature in known}, dtype=float)
    for feature, words in known.items():
        (text,) = sentences(words, frame, known, "€")
        assert "{" not in text
        assert (text == words.reason_missing) == (value is None), feature
        assert not re.search(r"\b1 (different )?\w+(ies|[^s]s) (?!of the|off)", text) or words.unit != "count", text


def test_the_page_about_features_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == feature_page(), "run `python -m pipelines.feature_page`"
