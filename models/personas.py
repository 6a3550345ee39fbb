"""Personas: clusters of customers by what drives their risk and how they behave, the same from run to run.

Grouped contributions (log-odds per group of features) and behaviour enter with equal weight. How many clusters is
chosen by silhouette (Rousseeuw 1987) on a sample; everybody is then given to the nearest centre.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from models.persona_words import TRAITS

CHOICES = range(4, 8)
SAMPLE, JUDGED = 20_000, 2_500
MIN_CUSTOMERS = 200
MIN_SHARE = 0.03  # of all: a smaller cluster is a handful of odd ones, no persona
STICKY = 0.02  # silhouette by which another number of clusters must be better than the last one
SAME = 0.25  # overlap (Jaccard) from which a cluster is the persona of the last run
_FAR = 3.0  # standard deviations beyond which a customer counts no further
SEED = 20_260_101


@dataclass(frozen=True)
class Clusters:
    """Centres in the space of `space`, and how well they part the sample."""

    centres: np.ndarray
    silhouette: float

    def assign(self, points: np.ndarray) -> np.ndarray:
        """The nearest centre of each point; of equally near ones the first."""
        distance = (self.centres**2).sum(axis=1) - 2 * points @ self.centres.T
        return np.asarray(distance.argmin(axis=1))


def space(log_odds: pd.DataFrame, traits: pd.DataFrame) -> np.ndarray:
    """One point per customer: tempered contributions and standardised behaviour, both of equal weight."""
    reasons = log_odds.to_numpy(dtype=np.float32)
    spread = reasons.std(axis=0)
    # half-way between log-odds and standardised: the strongest group leads, and the others are heard
    scale = np.sqrt(np.maximum(spread * spread.max(initial=0), 1e-12))
    reasons = _bounded((reasons - reasons.mean(axis=0)) / scale)
    known = [trait for trait in TRAITS if trait.name in traits]
    columns = [_standardised(traits[trait.name].to_numpy(dtype=np.float32), trait.is_log) for trait in known]
    behaviour = np.stack([column for column in columns if column is not None], axis=1)
    weight = np.sqrt(reasons.var(axis=0).sum() / max(float(behaviour.var(axis=0).sum()), 1e-9))
    return np.hstack([reasons, behaviour * np.float32(weight or 1.0)])


def fit(points: np.ndarray, sample: np.ndarray, previous: int | None = None) -> Clusters:
    """Clusters of the customers at the places `sample`; `previous` is how many the last run had.

    Deterministic for equal points. Of two numbers of clusters that part them equally well the last run's wins.
    """
    chosen = points[sample[:SAMPLE]]
    judged = chosen[:JUDGED]
    found: dict[int, Clusters] = {}
    worth: dict[int, float] = {}
    for count in CHOICES:
        fitted = KMeans(count, n_init=4, random_state=SEED).fit(chosen)
        share = np.bincount(fitted.labels_, minlength=count) / len(chosen)
        parts = fitted.labels_[:JUDGED]
        quality = float(silhouette_score(judged, parts)) if len(set(parts)) > 1 else -1.0
        found[count] = Clusters(fitted.cluster_centers_.astype(np.float32), quality)
        worth[count] = quality - (share.min() < MIN_SHARE)  # numbers with a handful of odd ones come last
    best = max(worth, key=worth.__getitem__)
    if previous is not None and worth.get(previous, -2.0) > worth[best] - STICKY:
        best = previous
    return found[best]


def matched(labels: pd.Series, before: pd.Series, taken: int = 0) -> dict[int, str]:
    """The persona of each cluster: the last run's where enough customers are the same, else a new number.

    Both series are by customer_id; `before` has persona ids such as P3. `taken` is the highest number ever given.
    Overlap is Jaccard over the customers of both runs, the best one-to-one assignment by the Hungarian method.
    """
    clusters = sorted(labels.unique())
    both = pd.DataFrame({"new": labels, "old": before}).dropna()
    table = pd.crosstab(both["new"], both["old"]).reindex(clusters, fill_value=0)
    counts = table.to_numpy(dtype=float)
    union = counts.sum(axis=1, keepdims=True) + counts.sum(axis=0, keepdims=True) - counts
    overlap = counts / np.maximum(union, 1)
    rows, columns = linear_sum_assignment(-overlap)
    known = {
        clusters[row]: str(table.columns[column])
        for row, column in zip(rows, columns, strict=True)
        if overlap[row, column] >= SAME
    }
    highest = max([taken, *(int(old[1:]) for old in before.dropna().unique())], default=0)
    by_size = labels.value_counts()
    fresh = sorted((cluster for cluster in clusters if cluster not in known), key=lambda one: (-by_size[one], one))
    return known | {cluster: f"P{highest + place}" for place, cluster in enumerate(fresh, start=1)}


def _standardised(values: np.ndarray, is_log: bool) -> np.ndarray | None:
    """A trait around 0 with deviation 1, the unknown at its middle; None where it is the same for all."""
    scaled = np.log1p(np.maximum(values, 0)) if is_log else values
    if np.isnan(scaled).all():
        return None
    scaled = np.where(np.isnan(scaled), np.nanmedian(scaled), scaled)
    spread = float(scaled.std())
    return _bounded((scaled - scaled.mean()) / spread) if spread > 1e-6 else None


def _bounded(values: np.ndarray) -> np.ndarray:
    return np.clip(values, -_FAR, _FAR)
