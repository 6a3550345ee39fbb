"""The acceptance learns what was planted, keeps to the prior where little was seen, and never believes in harm."""

import numpy as np
import pytest

from models.acceptance import Churners, prior, retention_posterior, sale_posterior, segment_posteriors

RNG = np.random.default_rng(11)
A, B = 6.0, 14.0


def seen(n: int, m: int, c: float, gamma: float) -> Churners:
    """Churners of both arms, drawn."""
    return Churners(n, float(RNG.binomial(n, c * (1 - gamma))), m, float(RNG.binomial(m, c)))


@pytest.mark.parametrize(("c", "gamma"), [(0.3, 0.05), (0.7, 0.15), (0.9, 0.5)])
def test_a_planted_acceptance_is_found_and_covered(c: float, gamma: float) -> None:
    found = [retention_posterior(seen(6_000, 4_000, c, gamma), 1, 1) for _ in range(80)]
    assert np.mean([one.mean for one in found]) == pytest.approx(gamma, abs=0.02)
    assert np.mean([one.low <= gamma <= one.high for one in found]) >= 0.88


def test_intervals_cover_what_is_drawn_from_the_prior() -> None:
    truths = RNG.beta(A, B, 150)
    found = [retention_posterior(seen(200, 150, RNG.uniform(0.2, 1), gamma), A, B) for gamma in truths]
    assert np.mean([one.low <= gamma <= one.high for one, gamma in zip(found, truths, strict=True)]) > 0.9
    assert np.mean([one.mean for one in found]) == pytest.approx(truths.mean(), abs=0.02)


def test_nothing_seen_leaves_the_prior() -> None:
    found, before = retention_posterior(Churners(0, 0, 0, 0), A, B), prior(A, B)
    assert (found.a, found.b) == pytest.approx((A, B), rel=1e-3)
    assert (found.low, found.high) == pytest.approx((before.low, before.high), abs=2e-3)


def test_few_customers_move_it_little_and_many_end_it() -> None:
    means = [retention_posterior(Churners(n, 0.2 * n, n, 0.25 * n), A, B).mean for n in (0, 10, 1_000, 1_000_000)]
    assert abs(means[0] - means[1]) < 0.02
    assert means[1:] == sorted(means[1:], reverse=True)
    assert means[-1] == pytest.approx(0.2, abs=0.005)


def test_an_action_that_drives_away_is_accepted_by_nobody() -> None:
    few, many = (retention_posterior(Churners(n, 0.5 * n, n, 0.4 * n), A, B).mean for n in (3_000, 100_000))
    assert few < 0.02
    assert many < 0.001


def test_what_sells_learns_from_its_margin() -> None:
    found = [sale_posterior(RNG.normal(0.08 * 12, 0.2), 0.2, 12, 1, 1) for _ in range(200)]
    assert np.mean([one.low <= 0.08 <= one.high for one in found]) > 0.9
    assert sale_posterior(-3.0, 0.2, 12, 1, 19).mean < 0.01
    assert sale_posterior(float("nan"), 0.0, 12, A, B) == prior(A, B)


def test_segments_that_do_not_differ_are_drawn_together() -> None:
    parts = [seen(700, 500, 0.7, 0.15) for _ in range(6)]
    alone = [retention_posterior(part, 1, 1).mean for part in parts]
    drawn = [one.mean for one in segment_posteriors(parts, A, B)]
    assert np.std(drawn) < np.std(alone)
    assert np.mean(drawn) == pytest.approx(0.15, abs=0.05)


def test_segments_that_differ_keep_their_own() -> None:
    parts = [seen(4_000, 3_000, 0.7, gamma) for gamma in (0.0, 0.0, 0.4, 0.4)]
    drawn = [one.mean for one in segment_posteriors(parts, A, B)]
    assert max(drawn[:2]) < 0.08
    assert min(drawn[2:]) > 0.34


def test_a_segment_is_never_surer_than_all_together() -> None:
    parts = [seen(300, 200, 0.7, 0.15) for _ in range(8)]
    sums = [sum(getattr(part, name) for part in parts) for name in ("treated_n", "treated", "control_n", "control")]
    everybody = retention_posterior(Churners(*sums), A, B)
    for one in segment_posteriors(parts, A, B):
        assert one.high - one.low > 0.9 * (everybody.high - everybody.low)


def test_one_segment_alone_learns_from_itself() -> None:
    (found,) = segment_posteriors([Churners(5_000, 3_000, 5_000, 4_000)], A, B)
    assert found.mean == pytest.approx(0.25, abs=0.02)
