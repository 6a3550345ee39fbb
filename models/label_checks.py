"""What a gate asks of the outcomes themselves: jumps of the churn rate, and outcomes that are not known yet."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from models.gate import BLOCK, WARN, Finding

JUMP_WARN, JUMP_BLOCK, JUMP_ERRORS = 0.5, 1.2, 4.0  # log-odds of the churn rate, standard errors
USUAL = 3.0  # times what the rate usually moves by


def jumps(rates: Sequence[tuple[date, int, float]]) -> list[Finding]:
    """The churn rate of the newest day with an outcome, and of those before, against how it usually moves.

    `rates`: day, customers, churn rate; oldest first. A move that the same season made a year before as well is none.
    The newest day blocks where the jump is large, older ones warn.
    """
    odds = [_log_odds(n, rate) for _, n, rate in rates]
    steps = np.diff(odds) if len(odds) > 1 else np.zeros(0)
    findings = []
    for place, step in enumerate(steps, start=1):
        others = np.abs(np.delete(steps, place - 1))
        usual = float(np.median(others)) if len(others) >= 3 else JUMP_WARN / USUAL
        limit = max(JUMP_WARN, USUAL * usual)
        if abs(step) <= limit or abs(step) < JUMP_ERRORS * _error(rates[place - 1 : place + 1]):
            continue
        if _was_so_before(rates, steps, place):
            continue
        (before, _, rate), (day, _, now) = rates[place - 1], rates[place]
        level = BLOCK if place == len(steps) and abs(step) >= JUMP_BLOCK else WARN
        words = (
            f"The churn rate jumped from {rate:.0%} (as of {before}) to {now:.0%} (as of {day}), against a usual move "
            f"of {abs(_moved(rate, usual) - rate):.1%}. Look for days without orders, a changed export or new prices."
        )
        findings.append(Finding("base rate", "", "Churn rate", level, abs(float(step)), limit, words))
    return findings


def _log_odds(customers: int, rate: float) -> float:
    """Log-odds of a rate, half a customer added to either side."""
    share = (rate * customers + 0.5) / (customers + 1)
    return float(np.log(share / (1 - share)))


def _error(pair: Sequence[tuple[date, int, float]]) -> float:
    """Standard error of the difference of two log-odds."""
    return float(np.sqrt(sum(1 / (n * rate + 0.5) + 1 / (n * (1 - rate) + 0.5) for _, n, rate in pair)))


def _moved(rate: float, step: float) -> float:
    """A rate after a step of log-odds."""
    odds = rate / max(1 - rate, 1e-9) * np.exp(step)
    return float(odds / (1 + odds))


def _was_so_before(rates: Sequence[tuple[date, int, float]], steps: np.ndarray, place: int) -> bool:
    """Whether the same season moved the rate at least half as far, a year before."""
    day = rates[place][0]
    for other in range(1, place):
        apart = (day - rates[other][0]).days
        if abs(apart - 365) <= 20 and steps[other - 1] * steps[place - 1] > 0:
            return bool(abs(steps[other - 1]) >= abs(steps[place - 1]) / 2)
    return False


def young_labels(newest: date, horizon_days: int, known_until: date, quiet_days: int) -> list[Finding]:
    """Outcomes that are said to be known and are not: the horizon reaches beyond the data, or into days without orders.

    `quiet_days`: days at the end of the data on which next to no order was made, though there usually are some.
    """
    over = (known_until - newest).days
    if over < horizon_days:
        words = f"The newest outcomes are {over} days old, churn is known after {horizon_days}: they are guesses."
        return [Finding("labels too young", "", "Outcomes", BLOCK, over, horizon_days, words)]
    share = min(quiet_days, horizon_days) / horizon_days
    if share < 1 / 10 or quiet_days < 7:
        return []
    level = BLOCK if share >= 1 / 3 else WARN
    words = (
        f"Hardly any order came on the last {quiet_days} days of the data. Customers seem to have churned as of "
        f"{newest} because the data stop, not because they do."
    )
    return [Finding("labels too young", "", "Outcomes", level, share, 1 / 10, words)]


def quiet_days(counts: Sequence[int]) -> int:
    """Days at the end of a row of daily orders with less than a twentieth of what is usual; 0 in a very small shop.

    A run of days without orders counts where at least five orders were to be expected in it.
    """
    series = np.asarray(counts, dtype=float)
    usual = float(np.median(series[-365:])) if len(series) else 0.0
    usual = usual or (float(series[-365:].mean()) if len(series) else 0.0)
    quiet, best = 0.0, 0
    for back, count in enumerate(series[::-1], start=1):
        quiet += count
        expected = back * usual
        if quiet > 0.05 * expected and quiet > 1:
            break
        if expected >= 5 and quiet <= max(0.05 * expected, 1.0):
            best = back
    return best
