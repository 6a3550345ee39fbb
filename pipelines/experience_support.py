"""Churn with and without contact with support, as tables: crude, like beside like, and by how the tickets went."""

import duckdb
import pandas as pd

from models import support_effect
from models.support_effect import Comparison
from models.wilson import wilson
from pipelines.settings_sections import Experience

_STRATA = {
    "outcome": ("none", "solved first time", "reopened", "unsolved"),
    "wait": ("none", "under 4 h", "4 to 24 h", "over 24 h", "no reply yet"),
}
_CRUDE = "Who writes has mostly ordered lately, and who ordered lately stays: this is no effect of the contact."
_ADJUSTED = (
    "Of those who ordered in the same 90 days, beside customers alike in recency, frequency, value, tenure, orders, "
    "late parcels and refunds."
)
_HIDDEN = (
    " What made customers write about “{topics}” shows in no other table: it is told apart by tickets on other topics "
    "that were answered as fast and as well."
)


def fill(con: duckdb.DuckDBPyConnection, table: str, rows: list[list[object]]) -> None:
    """Append rows, if there are any."""
    if rows:
        con.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)


def support_into(con: duckdb.DuckDBPyConnection, step: int, chosen: Experience) -> None:
    """Tables experience_support and experience_support_strata, where there are customers enough of both kinds."""
    rows = con.execute("from experience_exposure order by customer_number, as_of_date").df()
    alike = support_effect.comparable(rows)
    if not len(alike) or not support_effect.is_enough(alike):
        return
    model = support_effect.standardised(alike)
    adjusted = model.against(alike["is_exposed"].to_numpy(dtype=bool))
    days = (rows["as_of_date"].min().date(), rows["as_of_date"].max().date())
    parts = {"crude": (support_effect.crude(rows), rows, _CRUDE), "adjusted": (adjusted, alike, _told(alike, chosen))}
    fill(
        con,
        "experience_support",
        [
            [*days, name, *_facts(one), of["customer_number"].nunique(), step > 1, say]
            for name, (one, of, say) in parts.items()
        ],
    )
    _strata_into(con, alike, model)


def _told(alike: pd.DataFrame, chosen: Experience) -> str:
    """What the adjusted comparison adjusts for."""
    topics = "”, “".join(chosen.hidden_causes)
    return _ADJUSTED + (_HIDDEN.format(topics=topics) if alike[support_effect.HIDDEN].any() else "")


def _strata_into(con: duckdb.DuckDBPyConnection, alike: pd.DataFrame, model: support_effect.Standardised) -> None:
    """Table experience_support_strata, of the customers who are compared like with like."""
    for dimension, strata in _STRATA.items():
        adjusted = support_effect.by_stratum(alike, model, dimension)
        seen = alike.assign(stratum=alike[dimension].where(alike["is_exposed"], "none")).groupby("stratum")["churned"]
        counted = {str(name): (len(part), int(part.sum())) for name, part in seen}
        fill(
            con,
            "experience_support_strata",
            [
                [dimension, name, place, *_share(*counted[name]), *_gap(adjusted.get(name))]
                for place, name in enumerate(strata)
                if name in counted
            ],
        )


def _facts(one: Comparison) -> tuple[object, ...]:
    return (
        one.exposed, one.unexposed, one.exposed_churn, one.unexposed_churn, one.difference, one.low, one.high,
        one.ratio, one.ratio_low, one.ratio_high,
    )  # fmt: skip


def _share(n: int, churned: int) -> tuple[object, ...]:
    return (n, churned, churned / n, *wilson(churned / n, n))


def _gap(one: Comparison | None) -> tuple[float | None, float | None, float | None]:
    return (one.difference, one.low, one.high) if one else (None, None, None)
