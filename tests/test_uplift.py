"""Effects on single customers: locked in a shop where all answer alike, unlocked and used where they were planted."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from models.expected_net import Money
from pipelines.acceptances import measured_catalogue
from pipelines.catalogue import SHIPPED, read_catalogue
from pipelines.results import results_into
from pipelines.sample import write_sample
from pipelines.sample.coefficients import Coefficients, Contacts
from pipelines.uplift import uplift_into
from pipelines.warehouse import run_folder, set_variables

AS_OF = date(2026, 11, 1)
ALIKE = Contacts(
    persuadable_score=50.0, effect_noise=0.0, persuaded=(0.3,) * 4, persuaded_by_taste=(0.0,) * 4, worsened=(0.0,) * 4
)
BY_TASTE = Contacts(
    persuadable_score=0.0,
    persuadable_by_discount_taste=8.0,
    worse_off_score=-50.0,
    effect_noise=0.0,
    persuaded=(0.9,) * 4,
    persuaded_by_taste=(0.0,) * 4,
)


@contextmanager
def judged(folder: Path, customers: int, contacts: Contacts) -> Iterator[duckdb.DuckDBPyConnection]:
    """A sample shop with planted effects whose campaigns were measured, with everybody as if scored."""
    write_sample(customers, 7, folder, coefficients=Coefficients(contacts=contacts))
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        for path in folder.glob("*.parquet"):
            con.execute(f"create view {path.stem} as from '{path}'")
        set_variables(con, known_until=date(9999, 1, 1), as_of_date=AS_OF, horizon_days=90, eligibility="active")
        set_variables(con, gross_margin=0.35)
        run_folder(con, "staging", "temp view")
        run_folder(con, "keys", "temp table")
        run_folder(con, "facts")
        run_folder(con, "segments")
        figures = results_into(con)
        catalogue = measured_catalogue(con, read_catalogue(SHIPPED), figures)
        con.execute("create table customer_scores as select customer_id from customer_numbers")
        uplift_into(con, catalogue, figures)
        yield con


def test_a_shop_where_all_answer_alike_stays_locked(tmp_path: Path) -> None:
    with judged(tmp_path, 4_500, ALIKE) as con:
        told = con.execute("select action, is_unlocked, learner from uplift_state order by n desc").fetchall()
        assert [is_unlocked for _, is_unlocked, _ in told] == [False] * 4
        assert told[0][2] is not None, "there were enough draws to judge"
        assert con.execute("select count(*) from customer_uplift").fetchall() == [(0,)]


def test_planted_differences_are_unlocked_and_reach_the_expected_net(tmp_path: Path) -> None:
    with judged(tmp_path, 8_000, BY_TASTE) as con:
        unlocked = [a for (a,) in con.execute("select action from uplift_state where is_unlocked").fetchall()]
        assert unlocked
        taste, own, expected = zip(
            *con.execute(
                "select discount_taste, acceptance, mean from customer_uplift inner join truth using (customer_id)"
                " inner join action_acceptances as known using (action) where action = ? and segment = ''",
                unlocked[:1],
            ).fetchall(),
            strict=True,
        )
        assert np.corrcoef(taste, own)[0, 1] > 0.3
        assert np.mean(own) == pytest.approx(expected[0], rel=0.5)
        assert (min(own) >= 0, max(own) <= 1) == (True, True)


def test_an_acceptance_of_ones_own_goes_before_that_of_the_segment() -> None:
    action = read_catalogue(SHIPPED)["winback_voucher"]
    two = np.zeros(2)
    money = Money(two, two, two, two, two, own={"winback_voucher": np.array([0.7, np.nan])})
    assert list(money.acceptance(action)) == [0.7, action.acceptance.mean]
