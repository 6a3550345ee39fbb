"""The acceptance of each action as measured by treated minus control, and the catalogue that plans with it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from models.acceptance import Churners, Posterior, prior, sale_posterior, segment_posteriors
from models.actions import WORDS, Acceptance, Action, Catalogue
from models.experiments import share_difference
from models.reach import WEAK, reach
from models.wording import rate
from pipelines.results import Figures, arm, compare

_COLUMNS = (
    "action varchar, segment varchar, assumed double, mean double, low double, high double, a double, b double, "
    "source varchar, treated_n bigint, control_n bigint, words varchar, harm double"
)
OUTWEIGHS = 2.0  # measured once what was seen is worth as much as the prior: half its variance is left
TOLD_HARM = 0.005  # below this share nobody needs to hear of it
SEGMENT_ARM = 25  # customers in either arm of a segment with a figure of its own


@dataclass(frozen=True)
class Learned:
    """What is known of an action's acceptance, for everybody or within a segment, and from how many customers."""

    posterior: Posterior
    treated_n: int = 0
    control_n: int = 0
    is_measured: bool = False
    harm: float = 0.0

    @property
    def words(self) -> str:
        """Where the figure comes from."""
        seen = f"{self.treated_n:,} contacted and {self.control_n:,} left alone"
        if self.is_measured:
            driven = f"; may drive away about {rate(self.harm)} of those who would have stayed"
            harm = driven if self.harm >= TOLD_HARM else ""
            return f"measured: {seen}{harm}"
        return f"assumed, {seen} so far are too few" if self.treated_n or self.control_n else "assumed"


def measured_catalogue(con: duckdb.DuckDBPyConnection, catalogue: Catalogue, figures: Figures) -> Catalogue:
    """Write action_acceptances and give each action what was learned of its acceptance, in place of the prior.

    The badge turns to measured where what was seen is worth as much as the prior; until then the prior leans towards
    it and stays assumed. Segments with SEGMENT_ARM customers in both arms get a figure of their own.
    """
    con.execute(f"create or replace table action_acceptances ({_COLUMNS})")
    arms, segments = figures.readable(figures.arms), figures.readable(figures.segments)
    actions: list[Action] = []
    rows: list[dict[str, Any]] = []
    for action in catalogue.actions:
        parts = segments[segments["action"] == action.id]
        found = _of_action(action, arms[arms["action"] == action.id], parts)
        within = _of_segments(action, parts, found.harm) if found.is_measured and not action.is_sale else {}
        rows += _rows(action, found, within)
        actions.append(replace(action, acceptance=_acceptance(action, found, within)))
    con.register("learned_acceptances", pa.Table.from_pylist(rows))
    con.execute("insert into action_acceptances by name select * from learned_acceptances")
    con.unregister("learned_acceptances")
    return replace(catalogue, actions=tuple(actions))


def _of_action(action: Action, strata: pd.DataFrame, parts: pd.DataFrame) -> Learned:
    """Prior and evidence together; `parts` are the strata by segment, which tell acceptance and harm apart."""
    before = action.acceptance
    seen = _churners(strata)
    treated_n, control_n = int(strata["t_n"].sum()), int(strata["c_n"].sum())
    if seen is None:
        return Learned(prior(before.a, before.b), treated_n, control_n)
    found, harm = (_of_sale(action, strata), 0.0) if action.is_sale else _of_contact(action, parts)
    is_measured = OUTWEIGHS * found.variance <= prior(before.a, before.b).variance
    return Learned(found, treated_n, control_n, is_measured, harm if is_measured else 0.0)


def _of_contact(action: Action, parts: pd.DataFrame) -> tuple[Posterior, float]:
    """Of what makes people stay: whom it keeps and whom it drives away, from segments that churn unlike."""
    groups = [churners for _, rows in parts.groupby("segment") if (churners := _churners(rows))]
    found = reach(groups, action.acceptance.a, action.acceptance.b)
    return found.acceptance, found.harm


def _of_sale(action: Action, strata: pd.DataFrame) -> Posterior:
    """Of what sells: the incremental margin against that of a sale to everybody who orders."""
    before, found = action.acceptance, compare(strata, "margin")
    ordered = share_difference(arm(strata, "t_", "retention"), arm(strata, "c_", "retention")).control
    margin, revenue = np.average(strata[["t_order_margin", "t_order_revenue"]], axis=0, weights=strata["t_n"])
    incentive = action.incentive.share_of_order * revenue + action.incentive.amount
    error = (found.high - found.low) / 3.92
    return sale_posterior(found.difference, error, ordered * (action.gain * margin - incentive), before.a, before.b)


def _of_segments(action: Action, strata: pd.DataFrame, harm: float) -> dict[str, Learned]:
    """The acceptance within each segment that has enough customers in both arms."""
    parts = {name: strata[strata["segment"] == name] for name in WORDS["segment"]}
    seen = {name: churners for name, rows in parts.items() if (churners := _churners(rows))}
    before = action.acceptance
    told = segment_posteriors(list(seen.values()), WEAK * before.a, WEAK * before.b, harm)
    return {
        name: Learned(one, int(parts[name]["t_n"].sum()), int(parts[name]["c_n"].sum()), True, harm)
        for (name, churners), one in zip(seen.items(), told, strict=True)
        if min(churners.treated_n, churners.control_n) >= SEGMENT_ARM
    }


def _churners(strata: pd.DataFrame) -> Churners | None:
    """Churners of both arms over the strata, as many customers as they are worth; None where an arm is empty."""
    told = share_difference(arm(strata, "t_", "retention"), arm(strata, "c_", "retention"))
    if not min(told.worth) > 0:
        return None
    treated, control = told.worth
    return Churners(treated, treated * (1 - told.treated), control, control * (1 - told.control))


def _acceptance(action: Action, found: Learned, within: dict[str, Learned]) -> Acceptance:
    """What the expected net reckons with."""
    return Acceptance(
        found.posterior.a,
        found.posterior.b,
        "measured" if found.is_measured else action.acceptance.source,
        found.words,
        tuple((name, one.posterior.mean) for name, one in within.items()),
        found.harm,
    )


def _rows(action: Action, found: Learned, within: dict[str, Learned]) -> Iterator[dict[str, Any]]:
    """Rows of action_acceptances: of everybody, segment '', then of each segment with a figure of its own."""
    for segment, one in {"": found, **within}.items():
        told = one.posterior
        yield {
            "action": action.id,
            "segment": segment,
            "assumed": action.acceptance.mean,
            "mean": told.mean,
            "low": told.low,
            "high": told.high,
            "a": told.a,
            "b": told.b,
            "source": "measured" if one.is_measured else action.acceptance.source,
            "treated_n": one.treated_n,
            "control_n": one.control_n,
            "words": one.words,
            "harm": one.harm,
        }
