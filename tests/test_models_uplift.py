"""Individual effects are found where they were planted, and stay locked where everybody answers alike."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import uplift as benchmark
from models.qini import Randomised, Rankings, qini
from models.uplift import LEARNERS, SIMPLEST, can_learn, halves, prove

SHARED = Path(__file__).parent.parent.parent / "shared" / "data"


def shop(n: int, seed: int, *, alike: bool) -> tuple[np.ndarray, Randomised]:
    """Customers whose risk follows two inputs; contact keeps 30 % of the churners, or only those high in a third."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 6))
    churn = 1 / (1 + np.exp(-(0.2 + 0.8 * x[:, 0] - 0.6 * x[:, 1])))
    treated = rng.random(n) < 0.6
    gamma = np.full(n, 0.3) if alike else np.where(x[:, 2] > 0, 0.6, 0.0)
    return x, Randomised.of(treated, rng.random(n) > churn * (1 - gamma * treated))


def test_qini_is_one_for_who_knew_everything_and_nothing_for_a_constant() -> None:
    _, seen = shop(3_000, 1, alike=False)
    knew = np.where(seen.treated, seen.outcome, -seen.outcome)
    assert qini(knew, seen) == pytest.approx(1)
    assert qini(np.zeros(3_000), seen) == pytest.approx(0, abs=1e-12)
    chance = [qini(np.random.default_rng(seed).random(3_000), seen) for seed in range(40)]
    assert abs(np.mean(chance)) < 0.02


def test_qini_is_the_area_by_hand() -> None:
    # ranking: treated good, control bad, treated bad, control good
    seen = Randomised.of(np.array([True, False, True, False]), np.array([1.0, 0.0, 0.0, 1.0]))
    # curve 0, 1, 1, 1, 0 (the last: 1 - 1 * 2/2): area 3/4, straight line to 0; the best ranking has the same curve
    assert qini(np.array([4.0, 3.0, 2.0, 1.0]), seen) == pytest.approx(1.0)
    # backwards: 0, 0, -1, -1/2, 0: area -3/8 over 3/4
    assert qini(np.array([1.0, 2.0, 3.0, 4.0]), seen) == pytest.approx(-1 / 2)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 5), st.integers(0, 3)), min_size=2, max_size=40))
def test_a_weight_is_as_many_customers(rows: list[tuple]) -> None:
    treated, outcome, score, weight = (np.array(column) for column in zip(*rows, strict=True))
    seen = Randomised.of(treated, outcome)
    whole = np.repeat(np.arange(len(rows)), weight)
    weighted = Rankings([score.astype(float)], seen).coefficients(weight.astype(float))[0]
    assert weighted == pytest.approx(qini(score[whole].astype(float), seen.where(whole)) if len(whole) else 0.0)


@pytest.mark.parametrize("learner", LEARNERS)
def test_learners_rank_by_the_planted_effect(learner: str) -> None:
    x, seen = shop(6_000, 2, alike=False)
    found = LEARNERS[learner](x[:4_000], seen.where(np.arange(4_000)))(x[4_000:]).added
    assert found[x[4_000:, 2] > 0].mean() > found[x[4_000:, 2] <= 0].mean() + 0.1


def test_planted_differences_unlock_and_equal_effects_do_not() -> None:
    assert prove(*shop(6_000, 3, alike=False)).is_unlocked
    assert not prove(*shop(3_000, 0, alike=True), tried=4).is_unlocked


def test_somebody_drawn_twice_is_never_learned_from_and_judged() -> None:
    seen = Randomised.of(np.arange(90) % 2 == 0, np.arange(90) % 3 == 0, np.arange(90) % 40)
    for seed in range(5):
        learn, hold = halves(seen, seed)
        assert sorted([*learn, *hold]) == list(range(90))
        assert not set(seen.customer[learn]) & set(seen.customer[hold])


def test_too_few_or_one_sided_draws_are_not_learned_from() -> None:
    _, seen = shop(2_000, 5, alike=True)
    assert can_learn(seen)
    assert not can_learn(seen.where(np.arange(900)))
    assert not can_learn(Randomised.of(seen.treated, np.ones(2_000)))


@pytest.mark.skipif(not (SHARED / benchmark.FILE).exists(), reason=f"{benchmark.FILE} is not in ../shared/data")
def test_a_real_mail_unlocks() -> None:
    found = benchmark.read(SHARED)
    assert found is not None
    references = (benchmark.t_learner, benchmark.response_model)
    for ranking, value in zip(references, benchmark.REFERENCES.values(), strict=True):
        assert np.mean(benchmark.half_splits(*found, ranking)) == pytest.approx(value, abs=0.001)
    learn = LEARNERS[SIMPLEST]
    ours = benchmark.half_splits(*found, lambda known, seen, new: learn(known, seen)(new).added)
    assert np.mean(ours) >= benchmark.NEEDED
    assert prove(*found, tried=4).is_unlocked
