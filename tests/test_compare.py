"""Two versions side by side: nothing differs from itself, swapping swaps the sign, and no customer is kept."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.comparison import RULES, Believed, changed_lists, compare_figures, realised_lists, size_of
from models.profit import Terms
from pipelines import compare, comparison, publish, registry
from pipelines.config import load_settings
from pipelines.errors import InputError

TERMS = Terms()


def shop(n: int = 3_000, seed: int = 5) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Customers with an outcome, the true risk and their value."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(-0.5, 1.5, n)
    risk = 1 / (1 + np.exp(-odds))
    rows = pd.DataFrame(
        {
            "customer_id": [f"C{number}" for number in range(n)],
            "churned": rng.random(n) < risk,
            "tenure_days": rng.integers(1, 900, n),
        }
    )
    return rows, odds, rng.lognormal(4.5, 0.7, n)


def blurred(odds: np.ndarray, noise: float = 1.5) -> np.ndarray:
    return odds + np.random.default_rng(9).normal(0, noise, len(odds))


def believed(odds: np.ndarray, value: np.ndarray) -> Believed:
    return Believed(1 / (1 + np.exp(-odds)), value)


def test_nothing_differs_from_itself() -> None:
    rows, odds, value = shop()
    same = believed(odds, value)
    assert {row["value"] for row in compare_figures(rows, (odds, odds), value, TERMS)} == {0.0}
    assert {row["value"] for row in realised_lists(rows, same, same, TERMS)} == {0.0}
    for row in changed_lists(rows, same, same, TERMS):
        assert (row["changed"], row["moves"], row["first"]) == (0, [], row["second"])


def test_swapping_the_versions_swaps_the_sign() -> None:
    rows, odds, value = shop()
    one, other = believed(odds, value), believed(blurred(odds), value * 1.3)
    there, back = (realised_lists(rows, *pair, TERMS) for pair in ((one, other), (other, one)))
    for a, b in zip(there, back, strict=True):
        assert (a["value"], a["low"], a["high"]) == pytest.approx((-b["value"], -b["high"], -b["low"]))
    there, back = (changed_lists(rows, *pair, TERMS) for pair in ((one, other), (other, one)))
    for a, b in zip(there, back, strict=True):
        assert (a["first"], a["second"], a["changed"]) == pytest.approx((b["second"], b["first"], b["changed"]))


def test_who_knows_more_is_seen_in_figures_and_in_money() -> None:
    rows, odds, value = shop()
    noise = blurred(odds)
    found = {row["metric"]: row for row in compare_figures(rows, (noise, odds), value, Terms(incentive=40))}
    assert found["roc_auc"]["low"] > 0 > found["log_loss"]["high"]
    assert found["empc"]["low"] > 0
    for row in realised_lists(rows, believed(noise, value), believed(odds, value), TERMS):
        assert row["low"] > 0, row["rule"]


def test_lists_have_their_size_and_every_move_is_counted_once() -> None:
    rows, odds, value = shop()
    found = changed_lists(rows, believed(odds, value), believed(blurred(odds), value), TERMS)
    assert [row["rule"] for row in found] == list(RULES)
    for row in found:
        assert row["size"] == 1_000 == size_of(3_000)
        assert 0 < row["changed"] < 1_000
        assert sum(move["joins"] for move in row["moves"]) == row["changed"]
        assert sum(move["leaves"] for move in row["moves"]) == row["changed"]
    assert (size_of(1), size_of(900), size_of(10**6)) == (0, 450, 1_000)


@pytest.fixture(scope="module")
def homes(shared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a second version that knows less, and a third that answers another question."""
    home = tmp_path_factory.mktemp("compare") / "home"
    shutil.copytree(shared_home, home, symlinks=True, ignore=shutil.ignore_patterns("workflow.db*"))
    first = registry.champion(home)
    assert first.rehearsal is not None
    blind = replace(first.churn.prior, coefficients=tuple(0.3 * one for one in first.churn.prior.coefficients))
    less = replace(first.churn, prior=blind, booster=None, fresh=None)
    registry.register(home, replace(first, churn=less, rehearsal=less), "less")
    label = first.facts["label"] | {"horizon_days": 60}
    registry.register(home, replace(first, facts=first.facts | {"label": label}), "another question")
    return home


def first_metrics(home: Path) -> list[dict]:
    return registry.load(home, "1").facts["evaluation"]["metrics"]


def test_two_versions_are_compared_and_the_result_is_kept_without_customers(homes: Path) -> None:
    settings = load_settings(homes)
    steps: list[float] = []
    found = compare.compare(homes, settings, "1", "2", lambda _step, done: steps.append(done))
    assert steps == sorted(steps)
    assert steps[-1] == 1.0
    figures = {row["metric"]: row for row in found.figures}
    own = {(row["model"], row["metric"], row["population"]): row for row in first_metrics(homes)}
    auc = own["model", "roc_auc", "all"]["value"]
    assert figures["roc_auc"]["first"] == pytest.approx(auc, abs=1e-6), "the same customers, the same rehearsal"
    assert figures["log_loss"]["low"] > 0
    assert all(row["changed"] > 0 for row in found.lists)
    assert comparison.read(homes, "1", "2") == found
    assert not comparison.is_stale(homes, found, settings)
    text = comparison.place_of(homes, "1", "2").read_text(encoding="utf-8")
    with publish.open_current(homes, "features") as con:
        ids = [row[0] for row in con.execute("select distinct customer_id from customer_features").fetchall()]
    assert not [one for one in ids if f'"{one}"' in text]
    assert any("difference" in line for line in found.lines())


def test_other_economics_make_a_comparison_old(homes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = compare.compare(homes, load_settings(homes), "2", "1")
    monkeypatch.setenv("STAMMKUNDE_ECONOMICS__INCENTIVE", "35")
    assert comparison.is_stale(homes, found, load_settings(homes))


def test_versions_of_different_questions_get_lists_and_no_figures(homes: Path) -> None:
    found = compare.compare(homes, load_settings(homes), "1", "3")
    assert "another question" in found.not_judged
    assert (found.figures, found.realised) == ([], [])
    assert len(found.lists) == 2
    assert "another question" in found.lines()[0]


def test_an_unknown_version_is_named_with_those_there_are(homes: Path) -> None:
    with pytest.raises(InputError, match=r"9 does not exist\. There are: 1, 2, 3"):
        compare.compare(homes, load_settings(homes), "1", "9")


def test_a_proposed_version_is_compared_with_the_one_in_use(homes: Path) -> None:
    lines = compare.beside_champion(homes, load_settings(homes), "2")
    assert lines[0].startswith("Version 2 beside version 1, both judged on the same")
    assert comparison.read(homes, "1", "2") is not None


def test_a_torn_result_is_none(homes: Path) -> None:
    comparison.place_of(homes, "3", "1").write_text(json.dumps({"first": "3"}), encoding="utf-8")
    assert comparison.read(homes, "3", "1") is None
