"""How large a campaign must be to show what it does: power of a comparison of two shares.

Normal approximation of the two-sided test of two independent proportions with unequal groups: Fleiss, Levin & Paik
(2003), Statistical Methods for Rates and Proportions, 3rd ed., section 4.2, without their correction for continuity.
With n1 treated at p1 and n0 control at p0, p the mean of both weighted by size, d = |p1 − p0|:
power = Φ((d − z(1 − α/2)·√(p(1 − p)(1/n1 + 1/n0))) / √(p1(1 − p1)/n1 + p0(1 − p0)/n0)).
"""

import math

from scipy.optimize import brentq
from scipy.stats import norm

POWER, ALPHA = 0.8, 0.05


def power_of(treated: float, control: float, base_rate: float, difference: float, alpha: float = ALPHA) -> float:
    """Probability that a true difference is told from chance; `base_rate` is the share among those held out.

    `treated` and `control` are numbers of customers. Raises ValueError where a share would leave [0, 1].
    """
    raised = base_rate + difference
    if not (0 <= base_rate <= 1 and 0 <= raised <= 1):
        raise ValueError(f"shares of {base_rate} and {raised} do not lie in [0, 1]")
    if treated <= 0 or control <= 0:
        return 0.0
    middle = (treated * raised + control * base_rate) / (treated + control)
    under_none = math.sqrt(middle * (1 - middle) * (1 / treated + 1 / control))
    under_this = math.sqrt(raised * (1 - raised) / treated + base_rate * (1 - base_rate) / control)
    beyond = abs(difference) - float(norm.ppf(1 - alpha / 2)) * under_none
    if under_this == 0:
        return float(beyond > 0)
    return float(norm.cdf(beyond / under_this))


def detectable_difference(
    treated: float, control: float, base_rate: float, power: float = POWER, alpha: float = ALPHA
) -> float:
    """The smallest rise of a share above `base_rate` that such arms show with probability `power`.

    In shares (0.03 = three percentage points); nan where not even the largest possible rise would show.
    """
    room = 1 - base_rate
    if room <= 0 or power_of(treated, control, base_rate, room, alpha) < power:
        return math.nan
    least = 1e-9 * room

    def missing(difference: float) -> float:
        return power_of(treated, control, base_rate, difference, alpha) - power

    return least if missing(least) >= 0 else float(brentq(missing, least, room, xtol=1e-10))


def needed_customers(
    base_rate: float, difference: float, control_share: float, power: float = POWER, alpha: float = ALPHA
) -> int:
    """How many customers, both arms together, show a true `difference` with probability `power`.

    The formula of the module solved for the whole number: (z(1 − α/2)·√(p(1 − p)/(s(1 − s))) + z(power)·√(p1(1 −
    p1)/(1 − s) + p0(1 − p0)/s))² / d² with s the control share. Raises ValueError where no number would do.
    """
    raised = base_rate + difference
    if not (0 <= base_rate <= 1 and 0 <= raised <= 1):
        raise ValueError(f"shares of {base_rate} and {raised} do not lie in [0, 1]")
    if difference == 0 or not 0 < control_share < 1:
        raise ValueError("a difference of 0, or one arm alone, is never told from chance")
    treated_share = 1 - control_share
    middle = treated_share * raised + control_share * base_rate
    under_none = math.sqrt(middle * (1 - middle) / (treated_share * control_share))
    under_this = math.sqrt(raised * (1 - raised) / treated_share + base_rate * (1 - base_rate) / control_share)
    beyond = float(norm.ppf(1 - alpha / 2)) * under_none + float(norm.ppf(power)) * under_this
    return math.ceil((beyond / difference) ** 2)
