"""How good expected values are: what stayers were promised against what they brought, beside two simple models."""

from typing import Any

import numpy as np
import pandas as pd

from models.evaluate import Estimate, Resamples, estimate, subsample

MODEL, GAMMA_GAMMA, OWN_PAST = "model", "gamma_gamma", "own_past"
BASELINES = (GAMMA_GAMMA, OWN_PAST)
TOP = 0.1
_FLOOR = 0.01  # of the mean: below it a promise counts as this much, or a single 0 would decide everything
_MAX_ROWS = 20_000


def judge(rows: pd.DataFrame, promises: dict[str, np.ndarray]) -> dict[str, Any]:
    """Figures of promised money on stayers' rows (customer_id, as_of_date, stayed_margin, value_days), JSON-able.

    `models`: per model Spearman's rank correlation, promised over seen, share of all margin that the tenth with the
    highest promises brought, each with its interval from resampling customers; `differences`: Tweedie deviance (power
    1.5, a proper score of a mean) of `MODEL` less each baseline's, paired, negative is better; `tenths` of `MODEL`.
    """
    chosen = rows.index.isin(subsample(rows, _MAX_ROWS).index)
    rows, promises = rows[chosen], {name: values[chosen] for name, values in promises.items()}
    seen, draws = np.maximum(rows["stayed_margin"].to_numpy(dtype=float), 0), Resamples.of(rows["customer_id"])
    figures = {name: _figures(seen, promised, draws) for name, promised in promises.items()}
    return {
        "n": len(rows),
        "as_of_date": str(pd.Timestamp(rows["as_of_date"].max()).date()),
        "seen_days": int(rows["value_days"].max()),
        "seen_per_customer": float(seen.mean()),
        "models": {name: {key: _plain(value) for key, value in found.items()} for name, found in figures.items()},
        "differences": _differences(seen, promises, draws),
        "tenths": tenths(seen, promises[MODEL], draws) if MODEL in promises else [],
    }


def _figures(seen: np.ndarray, promised: np.ndarray, resamples: Resamples) -> dict[str, Estimate]:
    weights, n = resamples.weights.astype(np.float64), len(seen)
    total = weights @ seen
    ranks = pd.DataFrame({"seen": seen, "promised": promised}).rank().to_numpy()
    top = _top_shares(promised)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "spearman": estimate(_correlations(ranks[:, 0], ranks[:, 1], weights), n),
            "ratio_of_sums": estimate((weights @ promised) / total, n),
            "top_tenth_share": estimate((weights @ (seen * top)) / total, n),
        }


def _top_shares(promised: np.ndarray) -> np.ndarray:
    """1 for rows of the tenth with the highest promises; equal promises share the border evenly."""
    border = np.quantile(promised, 1 - TOP)
    above, equal = promised > border, promised == border
    return above + equal * max(TOP * len(promised) - above.sum(), 0) / max(equal.sum(), 1)


def _correlations(one: np.ndarray, other: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted correlation per resample; 0 where one side does not vary."""
    one, other = one - one.mean(), other - other.mean()
    total = weights.sum(axis=1)
    means = weights @ one / total, weights @ other / total
    joint = weights @ (one * other) / total - means[0] * means[1]
    spread = (weights @ one**2 / total - means[0] ** 2) * (weights @ other**2 / total - means[1] ** 2)
    return np.nan_to_num(joint / np.sqrt(np.maximum(spread, 0)), posinf=0.0, neginf=0.0)


def deviance(seen: np.ndarray, promised: np.ndarray) -> np.ndarray:
    """Tweedie deviance of power 1.5 per row, up to a constant of what was seen; money in units of its mean."""
    unit = max(float(seen.mean()), 1e-12)
    share = np.maximum(promised / unit, _FLOOR)
    return 2 * (seen / unit) / np.sqrt(share) + 2 * np.sqrt(share)


def _differences(seen: np.ndarray, promises: dict[str, np.ndarray], resamples: Resamples) -> dict[str, Any]:
    if MODEL not in promises:
        return {}
    weights = resamples.weights.astype(np.float64)
    losses = {name: deviance(seen, promised) for name, promised in promises.items()}
    others = [name for name in BASELINES if name in promises]
    return {
        name: _plain(estimate(weights @ (losses[MODEL] - losses[name]) / weights.sum(axis=1), len(seen)))
        for name in others
    }


def tenths(seen: np.ndarray, promised: np.ndarray, resamples: Resamples) -> list[dict[str, Any]]:
    """One row per tenth of stayers by promise, lowest first: n, mean promised, mean seen with its interval, ratio."""
    rows = []
    for part in np.array_split(np.argsort(promised, kind="stable"), min(10, len(promised))):
        weights = resamples.weights[:, part].astype(np.float64)
        found = estimate(weights @ seen[part] / np.maximum(weights.sum(axis=1), 1e-12), len(part))
        mean = float(promised[part].mean())
        told = {"promised": mean, "seen": found.value, "low": found.low, "high": found.high}
        rows.append({"n": len(part), **told, "ratio": mean / found.value if found.value > 0 else None})
    return rows


def choose(figures: dict[str, Any]) -> tuple[str, str]:
    """Which of the judged models to use, and why: `MODEL` only where its deviance is lower than that of both others.

    Else the one of these two whose deviance is lower.
    """
    gaps = figures["differences"]
    if not gaps:
        return OWN_PAST, "the features that the model starts from are not there"
    best = max(gaps, key=lambda name: gaps[name]["value"])
    gap = gaps[best]
    told = f"deviance {gap['value']:+.4f} ({gap['low']:+.4f} to {gap['high']:+.4f}) against {WORDS[best]}"
    if gap["value"] >= 0:
        return best, f"the trained model is no better: {told}"
    is_sure = all(found["high"] is not None and found["high"] < 0 for found in gaps.values())
    return MODEL, f"better than both simple models{'' if is_sure else ', though not beyond the interval'}: {told}"


WORDS = {
    MODEL: "value model",
    GAMMA_GAMMA: "Gamma-Gamma and MBG/NBD",
    OWN_PAST: "the customer's own past year",
}


def _plain(found: Estimate) -> dict[str, Any]:
    told = {"value": found.value, "low": found.low, "high": found.high}
    return {name: value if np.isfinite(value) else None for name, value in told.items()}
