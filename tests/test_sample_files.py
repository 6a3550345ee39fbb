"""The sample shop's folder is complete or untouched: replaced, interrupted, refused, never half written."""

import hashlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.contract import TABLES
from pipelines.errors import InputError
from pipelines.sample import write_sample


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("customers", [1, 2, 11])
def test_a_handful_of_customers_is_a_shop(tmp_path, customers):
    rows = write_sample(customers, 5, tmp_path)
    assert rows["customers"] == customers
    assert set(rows) == set(TABLES)
    assert len(list(tmp_path.glob("*.parquet"))) == len(TABLES) + 5


def test_a_second_shop_replaces_the_first_and_its_format(tmp_path):
    write_sample(20, 1, tmp_path, format="csv")
    (tmp_path / "notes.txt").write_text("mine")
    write_sample(30, 1, tmp_path)
    assert not list(tmp_path.glob("*.csv"))
    assert pq.read_metadata(tmp_path / "customers.parquet").num_rows == 30
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_an_interrupted_run_leaves_the_old_shop(tmp_path):
    write_sample(20, 1, tmp_path)
    before = digests(tmp_path)

    def interrupt(step: str, done: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sample(30, 2, tmp_path, progress=interrupt)
    assert digests(tmp_path) == before


def test_a_folder_with_real_tables_is_left_alone(tmp_path):
    (tmp_path / "orders.csv").write_text("order_id\n1\n")
    with pytest.raises(InputError, match=r"orders\.csv"):
        write_sample(20, 1, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["orders.csv"]


@pytest.mark.parametrize(
    ("customers", "seed", "form", "word"), [(0, 1, "csv", "customer"), (5, -1, "csv", "seed"), (5, 1, "xml", "xml")]
)
def test_impossible_arguments_are_named(tmp_path, customers, seed, form, word):
    with pytest.raises(InputError, match=word):
        write_sample(customers, seed, tmp_path / "new", format=form)
    assert not (tmp_path / "new").exists()
