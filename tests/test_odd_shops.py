"""Shops too odd to learn from: each is told what is missing, and the last good scores stay."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from pipelines import jobs
from pipelines.errors import InputError
from pipelines.progress import silent

START = date(2025, 1, 1)


def write_orders(folder: Path, orders: list[tuple[str, int]]) -> Path:
    """A source of `orders.csv` alone, from (customer, day number) pairs."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["order_id,customer_id,ordered_at,revenue"]
    for number, (customer, day) in enumerate(orders):
        lines.append(f"o{number},{customer},{START + timedelta(days=day)},{10 + number % 7}.50")
    (folder / "orders.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


ODD_SHOPS = {
    "one customer": [("only", day) for day in range(0, 700, 20)],
    "everybody churned": [(f"c{n}", n % 90) for n in range(300)] + [("late", 420)],
    "nobody churned": [(f"c{n}", day + n % 7) for n in range(40) for day in range(0, 600, 14)],
    "a single day": [(f"c{n}", 0) for n in range(50)],
}


WHAT_IS_MISSING = {
    "one customer": "found 1 customers",
    "everybody churned": "300 churned and 0 stayed",
    "nobody churned": "0 churned and 40 stayed",
    "a single day": "No snapshot has an outcome yet",
}


def test_where_nobody_is_looked_at_the_definition_is_named(tmp_path):
    source, home = write_orders(tmp_path / "shop", [(f"c{n}", n) for n in range(300)]), tmp_path / "home"
    home.mkdir()
    (home / "settings.toml").write_text('[churn]\neligibility = "due"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"Nobody was eligible.*churn\.eligibility"):
        jobs.refresh(str(source), None)(home, silent)


@pytest.mark.parametrize("shop", ODD_SHOPS)
def test_a_shop_without_anything_to_learn_is_told_so(shop, cli, tmp_path):
    source, home = write_orders(tmp_path / "shop", ODD_SHOPS[shop]), tmp_path / "home"
    done = cli("refresh", source, "--home", home, check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert WHAT_IS_MISSING[shop] in done.stderr
    assert (home / "source.duckdb").exists()
    status = cli("status", "--home", home)
    assert "Model: none yet" in status.stdout


@pytest.mark.parametrize("shop", ["one customer", "nobody churned"])
def test_an_odd_delivery_leaves_the_last_scores(shop, home, cli, tmp_path):
    before = (home / "warehouse.duckdb").resolve()
    source = write_orders(tmp_path / "shop", ODD_SHOPS[shop])
    done = cli("refresh", source, "--home", home, check=False)
    assert done.returncode == 2
    assert (home / "warehouse.duckdb").resolve() == before
    assert "Check: scores follow the data" in cli("status", "--home", home).stdout
