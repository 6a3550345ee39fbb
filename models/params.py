"""What the fit may be told: one configuration for every shop, with the reason where a number is not a usual one."""

from dataclasses import dataclass


class InsufficientDataError(ValueError):
    """There is too little history to learn from; the message says what is missing and how much there is."""


@dataclass(frozen=True)
class Params:
    """Parameters of one fit. Days are days, shares are 0–1, `threads` 0 means every core."""

    max_depth: int = 2  # deeper trees won nothing on real shops and cost more to explain
    eta: float = 0.05  # slow steps: the place where trees stop helping is found finely
    max_rounds: int = 400
    patience: int = 30  # rounds without gain on later data before a fit stops
    min_child_weight: float = 20.0
    subsample: float = 0.7
    colsample: float = 0.5
    reg_lambda: float = 10.0
    max_bin: int = 128
    half_life_days: float = 365.0  # a snapshot this much older counts half: habits drift, but last year had this season
    max_folds: int = 3
    max_rows: int = 500_000
    trials: int = 0  # of a search for better ones; 0 keeps these
    seed: int = 7
    threads: int = 0
