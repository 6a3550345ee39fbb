"""Shops too odd to learn from: each is told what is missing, and the last good scores stay where there are any."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from pipelines import jobs, publish
from pipelines.config import load_settings
from pipelines.progress import silent
from pipelines.status import describe, gather

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
    "one customer": "1 customer with a known outcome, 200 needed",
    "everybody churned": "0 who stayed, 50 needed",
    "nobody churned": "0 who churned, 50 needed",
    "a single day": "no day has an outcome yet",
    "nobody looked at": "nobody was eligible on any day whose outcome is known. Choose another churn.eligibility",
}


@pytest.mark.parametrize("shop", WHAT_IS_MISSING)
def test_a_shop_without_anything_to_learn_is_published_and_told_so(shop, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    if shop == "nobody looked at":
        (home / "settings.toml").write_text('[churn]\neligibility = "due"\n', encoding="utf-8")
    orders = ODD_SHOPS.get(shop, [(f"c{n}", n) for n in range(300)])
    outcome = jobs.refresh(str(write_orders(tmp_path / "shop", orders)), None)(home, silent)
    assert WHAT_IS_MISSING[shop] in " ".join(outcome.lines)
    assert not outcome.facts["train"]["promoted"]
    with publish.open_current(home, "warehouse") as con:
        customers = con.execute("select count(*), count(churn_risk) from customer_list").fetchall()
    assert customers == [(len({customer for customer, _ in orders}), 0)]
    assert "Model: none in use. Nothing was trained" in "\n".join(describe(gather(home, load_settings(home))))


@pytest.mark.parametrize("shop", ["one customer", "nobody churned"])
def test_an_odd_delivery_leaves_the_last_scores(shop, home, cli, tmp_path):
    before = (home / "warehouse.duckdb").resolve()
    source = write_orders(tmp_path / "shop", ODD_SHOPS[shop])
    done = cli("refresh", source, "--home", home, check=False)
    assert done.returncode == 2
    assert (home / "warehouse.duckdb").resolve() == before
    assert "Check: scores follow the data" in cli("status", "--home", home).stdout
