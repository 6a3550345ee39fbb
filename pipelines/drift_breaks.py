"""Breaks in the features: what a source no longer says of anybody, and which drift a break explains."""

from collections.abc import Iterator
from datetime import date

import pandas as pd

from models.breaks import MISSING, Break
from models.drift import BEHAVIOUR, BREAK, OWN_DOING, SLIGHT, Reference
from pipelines.feature_sources import feature_sources, sources_of
from pipelines.source_days import SourceBreak

_CONTACTS, _ORDERS = "contacts", "orders"
_KNOWN, _LOST = 0.3, 0.5  # share of customers known of in training, part of it lost
_ALWAYS = 0.999  # known of everybody: counts, of which "no row" means 0


def lost_breaks(rows: pd.DataFrame, reference: Reference, since: date) -> list[SourceBreak]:
    """Tables whose features are unknown all at once of customers of whom they were known, by features and days.

    Rows keep coming, but they lead to nobody: usually the customer numbers changed. What is usual say the training rows
    as they were, because a source that is loaded anew changes its past as well. `since` is the newest day that the
    model knew: then all was well.
    """
    sources = feature_sources()
    usual = pd.Series({name: 1 - counts[-1] / max(sum(counts), 1) for name, counts in reference.counts.items()})
    tables = rows["feature"].map(lambda name: sources_of(name, sources) - {_ORDERS})
    found: list[SourceBreak] = []
    for table in sorted(set().union(*tables)):
        is_theirs = tables.map(lambda behind, table=table: behind == {table})
        theirs = rows[is_theirs & rows["feature"].map(usual).between(_KNOWN, _ALWAYS)]
        known = 1 - theirs.pivot(index="as_of_date", columns="feature", values="missing_share").sort_index()
        if known.shape[1]:
            found += [SourceBreak(table, "", each) for each in _losses(known, usual[known.columns], since)]
    return found


def _losses(known: pd.DataFrame, usual: pd.Series, since: date) -> Iterator[Break]:
    """Runs of days on which most of what was `known` (days × features) is not.

    A run begins on the day before that was looked at: from then on it may have been so.
    """
    days = list(known.index)
    is_lost = (known <= (1 - _LOST) * usual).all(axis=1)
    started: tuple[date, float] | None = None
    for before, day in zip([since, *days], days, strict=False):
        if day > since and is_lost[day] and started is None:
            started = max(before, since), float(known.loc[[day]].to_numpy().max())
        elif started is not None and not is_lost[day]:
            yield Break(MISSING, started[0], day, float(usual.max()), started[1])
            started = None
    if started is not None:
        yield Break(MISSING, started[0], None, float(usual.max()), started[1])


def with_breaks(rows: pd.DataFrame, breaks: list[SourceBreak], end: date) -> pd.DataFrame:
    """Mark what moved because a source broke, or because the shop itself contacts people in another rhythm: neither
    says that customers behave differently.
    """
    sources = feature_sources()
    broken = {
        day: {each.table for each in breaks if each.found.touches(day)} for day in rows["as_of_date"].unique() if breaks
    }
    hit = [
        day > end and index >= SLIGHT and bool(sources_of(name, sources) & broken.get(day, set()))
        for name, day, index in zip(rows["feature"], rows["as_of_date"], rows["psi"], strict=True)
    ]
    is_own = rows["feature"].map(lambda name: sources_of(name, sources) == {_CONTACTS}).astype(bool)
    is_own &= rows["kind"] == BEHAVIOUR
    return rows.assign(
        kind=rows["kind"].mask(is_own, OWN_DOING).mask(pd.Series(hit, index=rows.index, dtype=bool), BREAK)
    )
