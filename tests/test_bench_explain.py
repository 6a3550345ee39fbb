"""The benchmark of contributions: what stands in its table was measured, on contributions equal to shap's."""

import math
import re
from pathlib import Path

import pytest

from benchmarks.explain import IN_WORDS, OURS, SHAP, XGBOOST, Case, measure, random_case, section, shop_case


@pytest.fixture(scope="module")
def cases(shared_home: Path) -> list[Case]:
    return [random_case(1_000, trees=3), shop_case(3_000, shared_home)]


def test_every_contender_is_measured_and_scaled_to_a_million(cases: list[Case]) -> None:
    results = [measure(case, slow_rows=200, rounds=1) for case in cases]
    told = section(results)
    for case, result in zip(cases, results, strict=True):
        rows = [line.split(" | ") for line in told.splitlines() if line.startswith(f"| {case.name} |")]
        assert [row[1] for row in rows] == [OURS, IN_WORDS, SHAP, XGBOOST]
        assert [row[2] for row in rows] == [f"{len(case.frame):,}"] * 2 + ["200"] * 2
        for row, timing in zip(rows, result.timings, strict=True):
            assert math.isclose(float(row[5]), timing.wall / result.timings[0].wall, abs_tol=0.06)
        assert result.difference < 1e-5
    assert re.search(r"Largest difference from shap: \de-\d\d log-odds", told)


def test_the_shops_rows_are_repeated_until_there_are_enough(cases: list[Case]) -> None:
    assert len(cases[1].frame) == 3_000
    assert set(cases[1].model.features) <= set(cases[1].frame)
