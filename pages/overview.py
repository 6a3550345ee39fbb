"""Overview: are we keeping customers, and what is at stake?"""

import streamlit as st

from pages.components import access, charts, data, figures, sentences, widgets, words

access.enter()
TITLE = "Are we keeping our customers?"
if not data.is_published():
    widgets.no_data(TITLE)
    st.stop()

run = data.run_info()
if not data.has_kpis():
    widgets.head(TITLE, run)
    widgets.nothing_found(figures.OLD)
    st.stop()
months = data.monthly_kpis()
totals = data.totals()
bins = data.risk_histogram()
snapshots = data.snapshot_health()
as_of = words.day(run["as_of_date"])

widgets.head(TITLE, run)
widgets.model_state(run)
widgets.say(sentences.overview(months, totals, run))
widgets.tiles(figures.overview(months, totals, snapshots, run))

left, right = st.columns([6, 5], gap="small")
if months["churn_rate"].notna().any():
    gone = f"Share of customers who {words.churn(run['eligibility'])['gone']}, by month"
    with left, widgets.card(sentences.churn_title(months), gone):
        widgets.draw(charts.rate_line(charts.rate_frame(months, "churn_rate")))
else:
    with left, widgets.card(sentences.outcome_title(snapshots, run), sentences.no_churn_rate(run)):
        widgets.draw(charts.rate_line(charts.outcome_frame(snapshots)), "It comes with the end of the first horizon.")
stages = data.at_risk_by("lifecycle_stage")
with (
    right,
    widgets.card(
        sentences.group_title(stages, "lifecycle_stage", run), f"By lifecycle stage, with customers · {as_of}"
    ),
):
    frame = charts.amount_frame(stages, "lifecycle_stage", "Stage", run["currency"])
    widgets.draw(charts.amount_bars(frame, "Stage"))

left, right = st.columns([6, 5], gap="small")
if sentences.has_model(run):
    note = f"Customers by churn risk · n = {words.count(totals['customers'])}, {as_of}"
    with left, widgets.card(sentences.risk_title(totals), note):
        frame = charts.risk_frame(bins, run["currency"])
        widgets.draw(charts.risk_bars(frame, totals["mean_risk"]))
else:
    with left, widgets.card("What there is to learn from", f"Beside what a model needs · {as_of}"):
        widgets.evidence()
segments = data.at_risk_by("segment")
with right, widgets.card(sentences.group_title(segments, "segment", run), f"By segment, with customers · {as_of}"):
    frame = charts.amount_frame(segments, "segment", "Segment", run["currency"])
    widgets.draw(charts.amount_bars(frame, "Segment"))
st.caption(f"Last load: {figures.data_note(data.ingest_report())} {sentences.left_out(totals, run)}")
