"""What customers say, as figures with intervals: CSAT, NPS and CES from counts of their answers."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from models.wilson import wilson

DRAWS = 4_000
_SEED = 20_260_101
CES_RANGE = (1.0, 7.0)


@dataclass(frozen=True)
class Answers:
    """Answers of one kind in one group: how many, good and bad ones among them, sum and sum of squares of scores.

    Good and bad: CSAT 4–5 and the rest, NPS 9–10 and 0–6; CES uses the sums alone.
    """

    n: int
    good: int
    bad: int
    total: float
    squares: float


@dataclass(frozen=True)
class Figure:
    """A value with its 95 % interval; both ends None where the answers do not allow one."""

    value: float
    low: float | None
    high: float | None


def csat(answers: Answers) -> Figure:
    """Share of 4–5 of 5 with Wilson's interval."""
    return Figure(answers.good / answers.n, *wilson(answers.good / answers.n, answers.n))


def nps(answers: Answers) -> Figure:
    """% promoters − % detractors, −100 to 100; of the whole group, never of one customer.

    The interval is a bootstrap of the three shares: multinomial answers with Jeffreys' half an answer added to each
    group, so that ten promoters out of ten still have one. The same counts give the same interval.
    """
    value = 100.0 * (answers.good - answers.bad) / answers.n
    counts = np.array([answers.good, answers.n - answers.good - answers.bad, answers.bad], dtype=float)
    draws = np.random.default_rng(_SEED).dirichlet(counts + 0.5, DRAWS)
    low, high = np.quantile(100.0 * (draws[:, 0] - draws[:, 2]), (0.025, 0.975))
    return Figure(value, min(float(low), value), max(float(high), value))


def ces(answers: Answers) -> Figure:
    """Mean of 1–7, 7 = easy, with Student's interval; none from a single answer."""
    mean = answers.total / answers.n
    if answers.n < 2:
        return Figure(mean, None, None)
    variance = max(answers.squares - answers.n * mean * mean, 0.0) / (answers.n - 1)
    width = float(student.ppf(0.975, answers.n - 1)) * math.sqrt(variance / answers.n)
    least, most = CES_RANGE
    return Figure(mean, min(max(mean - width, least), mean), max(min(mean + width, most), mean))


_KINDS: Mapping[str, Callable[[Answers], Figure]] = {"csat": csat, "nps": nps, "ces": ces}


def figure(kind: str, answers: Answers) -> Figure:
    """The figure of a kind of answers (`csat`, `nps`, `ces`); `answers.n` is at least 1."""
    return _KINDS[kind](answers)
