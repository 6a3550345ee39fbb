"""A sample shop that is played: what is decided for a month changes that month and what follows, never the past."""

from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from pipelines.contract import TABLES
from pipelines.errors import InputError
from pipelines.sample import GivenContacts, play_sample, write_known, write_sample
from pipelines.sample.coefficients import ACTIONS

CUSTOMERS, SEED = 300, 4
MONTHS = tuple(date(2026, month, 1) for month in range(5, 11))
ALL_ACTIONS = (*ACTIONS, "calendar")  # the last is planted nowhere
NEW = date(2026, 4, 1)


@pytest.fixture(scope="module")
def old_customers(tmp_path_factory) -> list[str]:
    """Who had signed up a month before the first decision."""
    to = tmp_path_factory.mktemp("old")
    write_sample(CUSTOMERS, SEED, to)
    return [row[0] for row in duckdb.sql(f"select customer_id from '{to}/customers.parquet' "
            f"where signed_up_at < date '{NEW}' order by 1").fetchall()]  # fmt: skip


def contacts(who: list[str], seed: int, count: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    chosen = rng.choice(who, min(count, len(who)), replace=False)
    return pd.DataFrame({
        "customer_id": chosen,
        "action": rng.choice(ALL_ACTIONS, len(chosen)),
        "arm": rng.choice(["treated", "control"], len(chosen)),
    })  # fmt: skip


def rows(folder: Path, name: str) -> list[tuple]:
    return duckdb.sql(f"from '{folder}/{name}.parquet'").fetchall()


@examples(
    max_examples=6, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(month=st.integers(0, 5), seed=st.integers(0, 99), counts=st.tuples(st.integers(0, 250), st.integers(0, 250)))
def test_what_is_decided_leaves_the_past_as_it_was(old_customers, tmp_path_factory, month, seed, counts):
    before = {day: contacts(old_customers, seed + place, 60) for place, day in enumerate(MONTHS[:month])}
    told = []
    for place, count in enumerate(counts):
        shop, known = (tmp_path_factory.mktemp(name) for name in ("shop", "known"))
        decided = {MONTHS[month]: contacts(old_customers, seed + 50 + place, count)}
        play_sample(CUSTOMERS, SEED, shop, GivenContacts({**before, **decided}, 0 if before else place))
        write_known(shop, MONTHS[month], known)
        told.append({name: rows(known, name) for name in TABLES})
    for name in TABLES:
        assert told[0][name] == told[1][name] != [], name


def test_a_decision_changes_what_follows_it(old_customers, tmp_path):
    for place, decided in enumerate((contacts(old_customers, 1, 250), contacts(old_customers, 1, 0))):
        play_sample(CUSTOMERS, SEED, tmp_path / str(place), GivenContacts({MONTHS[2]: decided}))
    first, second = (
        pd.DataFrame(rows(tmp_path / str(place), "orders")).groupby(lambda row: 0)[2].agg(list)[0] for place in (0, 1)
    )
    edge = pd.Timestamp(MONTHS[2])
    assert [at for at in first if at < edge] == [at for at in second if at < edge]
    assert first != second


def test_given_contacts_are_the_month_s_contacts(old_customers, tmp_path):
    decided = contacts(old_customers, 3, 120)
    play_sample(CUSTOMERS, SEED, tmp_path, GivenContacts({MONTHS[0]: decided}))
    made = duckdb.sql(f"""select customer_id, action, arm, effect, responded_at, would_order_at, had_left
        from '{tmp_path}/contacts.parquet' join '{tmp_path}/truth_contacts.parquet' using (contact_id, customer_id)
        where date_trunc('month', contacted_at) = date '{MONTHS[0]}' order by 1""").df()
    asked = decided.sort_values("customer_id").reset_index(drop=True)
    pd.testing.assert_frame_equal(made[["customer_id", "action", "arm"]], asked, check_dtype=False)
    assert (made.loc[made["action"] == "calendar", "effect"] == 0).all()
    assert (made["effect"] != 0).any()
    assert made.loc[made["arm"] == "control", "responded_at"].isna().all()
    assert made.loc[made["had_left"], "would_order_at"].isna().all()
    assert made.loc[~made["had_left"], "would_order_at"].notna().mean() > 0.9


def test_a_day_s_source_holds_what_the_shop_writes_that_ends_then(tmp_path):
    """Cut on the day after the last, nothing is lost; points, tiers and renewals are the generator's own."""
    write_sample(CUSTOMERS, SEED, tmp_path / "shop")
    write_known(tmp_path / "shop", date(2026, 11, 1), tmp_path / "known")
    for name in TABLES:
        whole, known = rows(tmp_path / "shop", name), rows(tmp_path / "known", name)
        assert (sorted(whole, key=repr) == sorted(known, key=repr)) or name == "subscriptions", name
    gap = duckdb.sql(f"""select max(abs(epoch(w.renews_at - k.renews_at))), count(*) filter (w.renews_at is not null)
        from '{tmp_path}/shop/subscriptions.parquet' w
        full join '{tmp_path}/known/subscriptions.parquet' k using (subscription_id, customer_id, monthly_fee)
        """).fetchall()[0]
    assert gap[0] <= 1 and gap[1] > 5


@pytest.mark.parametrize(
    ("day", "customer_id", "arm", "word"),
    [
        (date(2026, 5, 2), "C00000001", "treated", "first of a month"),
        (MONTHS[0], "C00000999", "treated", "C00000999"),
        (MONTHS[0], "anybody", "treated", "anybody"),
        (MONTHS[0], "C00000001", "maybe", "neither"),
    ],
)
def test_what_no_shop_could_have_done_is_refused(tmp_path, day, customer_id, arm, word):
    frame = pd.DataFrame({"customer_id": [customer_id], "action": ["wake_up_email"], "arm": [arm]})
    with pytest.raises(InputError, match=word):
        play_sample(CUSTOMERS, SEED, tmp_path / "shop", GivenContacts({day: frame}))
    assert not (tmp_path / "shop").exists()


def test_who_has_not_signed_up_cannot_be_contacted(tmp_path):
    write_sample(CUSTOMERS, SEED, tmp_path / "drawn")
    late = duckdb.sql(f"select max_by(customer_id, signed_up_at) from '{tmp_path}/drawn/customers.parquet'").fetchall()
    frame = pd.DataFrame({"customer_id": [late[0][0]], "action": ["wake_up_email"], "arm": ["treated"]})
    with pytest.raises(InputError, match="not known yet"):
        play_sample(CUSTOMERS, SEED, tmp_path / "shop", GivenContacts({MONTHS[0]: frame}))
