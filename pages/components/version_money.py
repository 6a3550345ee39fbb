"""What contacting by a version's risks would earn: sliders, profit expected and realised, EMPC beside the others."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import pandas as pd
import streamlit as st

from models.empc import Ranked, empc_draws, empc_of, ranked
from models.evaluate import Estimate, Resamples, estimate
from models.judged import CHURNED, CUSTOMER, RISK, VALUE
from models.profit import ProfitCurve, Terms, profit_curve
from models.wording import symbol_of
from pages.components import money_charts as charts
from pages.components import trained, widgets, words
from pages.components import version_words as own
from pages.components.tile import Tile
from pages.components.trained import Version, VersionReport
from pages.components.version_result import contenders
from pages.components.version_table import behind

Run = Mapping[str, Any]
KEYS = ("contact_cost", "incentive", "acceptance", "redemption")


def money(version: Version, run: Run) -> None:
    """The whole part; the terms stand in the URL."""
    kept = trained.report(version)
    if kept is None:
        widgets.nothing_found(own.NO_REPORT)
        return
    tiles_place = st.container()
    with st.container(border=True):
        terms = _terms(run)
    curves = {name: _curve(kept, name, terms) for name in contenders(kept)}
    rows = _empc_rows(version, kept, terms, curves, run["currency"])
    with tiles_place:
        widgets.tiles(_tiles(version, kept, terms, curves[own.OWN], run))
    left, right = st.columns(2, gap="small")
    with left, widgets.card(charts.title(curves[own.OWN], run["currency"]), own.scope(version), _CURVE_HELP):
        frame = charts.frame(curves, version)
        st.altair_chart(
            charts.lines(frame, curves[own.OWN], run["currency"]), alt="Profit by share of customers contacted"
        )
        behind(charts.told(frame, run["currency"]), "Profit by share contacted", ())
    with right, widgets.card("In money, beside the others", own.PAIRED, own.METRICS["empc"][1] + _EMPC_HELP):
        st.dataframe(rows[list(rows)[:3]], hide_index=True, row_height=30, height="content",
                     alt="EMPC of every model judged")  # fmt: skip
        st.caption(f"A customer counts with {words.money(_clv(kept), run['currency'])}, the mean expected value.")
        with st.expander("Every figure"):
            st.dataframe(rows, hide_index=True, row_height=30, height="content", alt="Money of every model judged")


_CURVE_HELP = (
    "Customers are contacted in the order of what each is expected to earn. Expected: by the version’s own risks. "
    "Realised: the same customers, with who left in place of the risk. Nobody was contacted in fact, so both rest on "
    "the acceptance above. The band is the 95 % interval of what was realised."
)
_EMPC_HELP = (
    "  \nThe share of leavers who can be won back is not known exactly: it is a Beta distribution around the "
    "acceptance, and the best number of contacts is chosen for each (Verbraken, Verbeke & Baesens 2013)."
)


def _terms(run: Run) -> Terms:
    """What a contact costs and brings, by sliders that start at the settings."""
    settings = trained.terms()
    start = {
        "contact_cost": settings.contact_cost,
        "incentive": settings.incentive,
        "acceptance": round(settings.acceptance * 100),
        "redemption": round(settings.redemption * 100),
    }
    symbol = symbol_of(run["currency"])
    places = st.columns([1, 1, 1, 1, 0.8], gap="medium", vertical_alignment="bottom")
    with places[0]:
        cost = _slider(
            "Contact cost", "contact_cost", (0.0, 20.0, 0.1), start, f"{symbol} %.2f", "What one contact costs."
        )
    with places[1]:
        incentive = _slider("Incentive", "incentive", (0.0, 50.0, 0.5), start, f"{symbol} %.2f",
                            "What the offer costs for each customer who takes it.")  # fmt: skip
    with places[2]:
        accepted = _slider("Acceptance", "acceptance", (1, 90, 1), start, "%d %%",
                           "Assumed share of leavers who stay because they were contacted.")  # fmt: skip
    with places[3]:
        taken = _slider("Stayers who take it", "redemption", (0, 100, 1), start, "%d %%",
                        "Assumed share of those who would have stayed and take it all the same.")  # fmt: skip
    with places[4]:
        st.button(
            "As in the settings", type="tertiary", on_click=_reset, args=(start,), width="stretch", key="terms_reset"
        )
    return replace(settings.accepting(accepted / 100), contact_cost=cost, incentive=incentive, redemption=taken / 100)


def _slider(
    label: str, key: str, ends: tuple[float, float, float], start: Mapping[str, float], shown: str, about: str
) -> float:
    low, high, step = ends
    kind = type(step)
    most = max(high, kind(start[key]))
    return st.slider(label, low, most, kind(start[key]), step, format=shown, key=key, bind="query-params", help=about)


def _reset(start: Mapping[str, float]) -> None:
    st.session_state.update({key: float(start[key]) if key in KEYS[:2] else int(start[key]) for key in KEYS})


def _clv(kept: VersionReport) -> float:
    return float(kept.judged[VALUE].mean())


def _curve(kept: VersionReport, name: str, terms: Terms) -> ProfitCurve:
    judged = kept.judged
    return profit_curve(
        judged[RISK + name].to_numpy(dtype=float), judged[CHURNED].to_numpy(dtype=float),
        judged[VALUE].to_numpy(dtype=float), terms,
    )  # fmt: skip


@st.cache_resource(max_entries=4, show_spinner=False)
def _drawn(folder: str, _kept: VersionReport) -> dict[str, Ranked]:
    """Leavers and stayers by risk of every contender, in the same resamples."""
    weights = Resamples.of(_kept.judged[CUSTOMER]).weights
    churned = _kept.judged[CHURNED].to_numpy(dtype=float)
    return {name: ranked(churned, _kept.judged[RISK + name].to_numpy(), weights) for name in contenders(_kept)}


def _empc_rows(
    version: Version, kept: VersionReport, terms: Terms, curves: Mapping[str, ProfitCurve], currency: str
) -> pd.DataFrame:
    """One row per model: EMPC, this version's gain over it, and what its best list would have brought."""
    drawn = _drawn(str(version.report_folder), kept)
    draws = {name: empc_draws(groups, _clv(kept), terms) for name, groups in drawn.items()}
    rows = []
    for name, curve in curves.items():
        gain = estimate(draws[own.OWN] - draws[name], len(kept.judged))
        rows.append(
            {
                "Model": own.contender(name, version),
                "EMPC per customer": words.money(float(draws[name][0]), currency),
                "This version’s gain": words.MISSING if name == own.OWN else _gain(gain, currency),
                "Best list": words.count(curve.contacted[curve.best]),
                "Expected": words.money(curve.expected[curve.best], currency),
                "Realised": words.money(curve.realised[curve.best], currency),
            }
        )
    return pd.DataFrame(rows)


def _gain(gain: Estimate, currency: str) -> str:
    return f"{own.money_signed(gain.value, currency)} ({own.ends('empc', asdict(gain), currency)})"


def _tiles(version: Version, kept: VersionReport, terms: Terms, curve: ProfitCurve, run: Run) -> list[Tile]:
    """EMPC, how many to contact, what is expected and what it would have brought."""
    currency, best = run["currency"], curve.best
    judged = kept.judged
    found = empc_of(judged[CHURNED].to_numpy(dtype=float), judged[RISK + own.OWN].to_numpy(), _clv(kept), terms)
    scope = f"{words.sentence(own.scope(version))}."
    low, high = (words.money_tile(end[best], currency) for end in (curve.low, curve.high))
    kept_share = curve.realised[best] / curve.expected[best] if curve.expected[best] > 0 else None
    return [
        Tile("EMPC", words.money(found.profit, currency),
             f"{own.METRICS['empc'][1]} In {currency}. {scope}{_EMPC_HELP}", note="per customer looked at"),
        Tile("Worth contacting", words.count(curve.contacted[best]),
             f"Customers from whom something is expected to be earned. {scope}",
             note=f"{words.percent(curve.share[best])} of those looked at"),
        Tile("Expected", words.money_tile(curve.expected[best], currency),
             f"What contacting them is expected to earn by the version’s own risks, in {currency}. {scope}",
             note="by its own risks"),
        Tile("Realised", words.money_tile(curve.realised[best], currency),
             f"What it would have earned with those who in fact left, in {currency}, with its 95 % interval. {scope}",
             note=own.interval(low, high)),
        Tile("Promise kept", words.percent(kept_share),
             f"Realised over expected. Above or below 100 % within the interval is chance. {scope}",
             note="within the interval" if curve.low[best] <= curve.expected[best] <= curve.high[best]
             else "beyond the interval"),
    ]  # fmt: skip
