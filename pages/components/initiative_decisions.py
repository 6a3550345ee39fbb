"""The door from pages to service initiatives: what may be tried, on whom, launching, and taking in who comes later."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import data, decisions
from pages.components.campaign_decisions import Campaign, Terms, listed
from pages.components.decisions import tried
from pipelines import publish, service_audience
from pipelines.errors import InputError
from pipelines.initiative_catalogue import Initiative, load_initiatives
from workflow import campaigns, enrolment, launch
from workflow.enrolment import Enrolled

__all__ = ["Enrolled", "Initiative"]

Record = dict[str, Any]
_NOBODY = pd.DataFrame({"customer_id": [], "action": [], "channel": [], "contact_cost": [], "since": []})


def catalogue() -> dict[str, Initiative]:
    """The initiatives that may be tried, by id; none, and the sentence that says why, where the file is wrong."""
    try:
        return load_initiatives(data.home())
    except InputError as error:
        decisions.problem(str(error))
        return {}


@st.cache_resource(max_entries=8, show_spinner=False)
def _eligible(path: str, design: str) -> pd.DataFrame:
    """Whom a design means in one published warehouse: shared between visitors and never changed in place."""
    with publish.open_current(data.home(), "warehouse") as con:
        return service_audience.eligible(con, json.loads(design))


def audience(design: Mapping[str, Any]) -> tuple[pd.DataFrame, dict[str, int]]:
    """Whom a design takes in today, without those who must not come in; and how many are left out why."""
    asked = {name: design.get(name) for name in ("initiative", "trigger", "cost", "channel", "stages", "segments")}
    try:
        chosen = _eligible(str(data.warehouse()), json.dumps(asked, sort_keys=True))
    except InputError as error:
        decisions.problem(str(error))
        return _NOBODY, {}
    return tried(lambda: enrolment.allowed(decisions.database(), chosen), (chosen, {}))


def start(draft: Campaign, chosen: pd.DataFrame, terms: Terms) -> Campaign | None:
    """Launch an initiative; None where that was refused, which is then told. The draft that is left is used again."""
    return tried(lambda: _start(draft, chosen, terms), None)


def _start(draft: Campaign, chosen: pd.DataFrame, terms: Terms) -> Campaign:
    database, by = decisions.database(), decisions.person()
    left = [one for one in listed() if one.name == draft.name and one.status == "draft" and one.is_service]
    if left:
        fresh = replace(draft, campaign_id=left[0].campaign_id, version=left[0].version, created_at=left[0].created_at)
        kept = campaigns.save(database, fresh, by)
    else:
        kept = campaigns.add(database, draft, by)
    return launch.launch(database, kept, chosen, str(data.run_info()["run_id"]), by, terms)


def is_enrolling(campaign: Campaign) -> bool:
    """Whether an initiative still takes customers in today."""
    return tried(lambda: enrolment.is_enrolling(campaign, decisions.database().clock().date()), False)


def enrol(campaign: Campaign) -> Enrolled | None:
    """Take in who meets the rule of an initiative by the published scores; None where that was refused."""
    chosen, _ = audience(campaign.audience)
    return tried(lambda: enrolment.enrol(decisions.database(), campaign.campaign_id, chosen, decisions.person()), None)
