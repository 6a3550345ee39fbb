"""The third door: from the campaigns page to campaigns, their audiences, files and answers. Nothing here draws."""

import json
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import data, decisions
from pages.components.decisions import tried
from pipelines import audience as audiences
from pipelines import campaign_export, config, publish
from pipelines.errors import InputError
from pipelines.responses import read_responses
from workflow import campaigns, launch, responses, segments
from workflow.campaigns import Brief, Campaign, Tally
from workflow.launch import Terms
from workflow.records import new_id
from workflow.responses import Recorded
from workflow.segments import Segment

__all__ = ["Brief", "Campaign", "Recorded", "Segment", "Tally", "Terms"]

Record = dict[str, Any]
NOBODY = pd.DataFrame(
    columns=["customer_id", "action", "channel", "expected_net", "cost", "agent_minutes", "acceptance", "churn_risk"]
).astype(dict.fromkeys(("expected_net", "cost", "agent_minutes", "acceptance", "churn_risk"), float))


def listed() -> list[Campaign]:
    """All campaigns of the workflow database, oldest first; none where it does not answer, which is then told."""
    return tried(lambda: campaigns.listed(decisions.database()), [])


def saved_segments() -> list[Segment]:
    """The saved segments, by name."""
    return tried(lambda: segments.listed(decisions.database()), [])


def today() -> date:
    """The day of the workflow database's clock."""
    return tried(lambda: decisions.database().clock().date(), date.today())


@st.cache_resource(max_entries=4, show_spinner=False)
def _audience(path: str, definition: str) -> pd.DataFrame:
    """Whom a definition means in one published warehouse: shared between visitors and never changed in place."""
    wanted = json.loads(definition)
    settings = config.load_settings(data.home())
    with publish.open_current(data.home(), "warehouse") as con:
        return audiences.audience(con, wanted, settings)


def audience(definition: Record) -> tuple[pd.DataFrame, Record]:
    """Whom a definition means now, without those who must not be contacted by now; and how many left why.

    Nobody, and the sentence that says why, where a draft names an action or a limit that is no more.
    """
    try:
        chosen = _audience(str(data.warehouse()), json.dumps(definition, sort_keys=True))
    except InputError as error:
        decisions.problem(str(error))
        return NOBODY, {}
    since = data.decisions_read_at()
    return tried(lambda: launch.leave_out(decisions.database(), chosen, since), (chosen, {}))


def keep(draft: Campaign, is_new: bool) -> Campaign | None:
    """Save a draft, or add it as a new one; None where that was refused, which is then told."""
    write = campaigns.add if is_new else campaigns.save
    return tried(lambda: write(decisions.database(), draft, decisions.person()), None)


def newest(campaign_id: str) -> Campaign | None:
    """A campaign as it stands now."""
    return tried(lambda: campaigns.get(decisions.database(), campaign_id), None)


def start(draft: Campaign, chosen: pd.DataFrame, terms: Terms) -> Campaign | None:
    """Launch a saved draft; None where that was refused, which is then told."""
    run_id = str(data.run_info()["run_id"])
    return tried(lambda: launch.launch(decisions.database(), draft, chosen, run_id, decisions.person(), terms), None)


def tally(campaign_id: str) -> Tally:
    """How far a launched campaign is, in customers."""
    return tried(lambda: campaigns.tally(decisions.database(), campaign_id), Tally({}, {}, {}))


def fingerprint(campaign_id: str) -> str:
    """What the arms of a launched campaign can be checked against."""
    return tried(lambda: launch.fingerprint_of(decisions.database(), campaign_id), "")


def close(campaign: Campaign, nobody_contacted: bool = False) -> Campaign | None:
    """Close a running campaign; up to its stop date that calls it off."""
    return tried(lambda: campaigns.close(decisions.database(), campaign, decisions.person(), nobody_contacted), None)


def mark_sent(campaign_id: str) -> int | None:
    """Mark the open tasks of whoever stands in a campaign's file as done, as after a mail tool sent it."""
    try:
        sent = campaign_export.read_campaign(data.home(), campaign_id).rows["customer_id"]
    except InputError as error:
        decisions.problem(str(error))
        return None
    return tried(lambda: campaigns.mark_sent(decisions.database(), campaign_id, sent, decisions.person()), None)


def fresh_id() -> str:
    """An id that no campaign has."""
    return new_id()


def file(campaign_id: str, ending: str) -> bytes:
    """Those to contact as a file for a mail tool; made when it is asked for, by what holds at that moment."""
    return campaign_export.campaign_file(data.home(), campaign_id, ending)


def manifest(campaign_id: str) -> bytes:
    """What belongs to the file, as CSV: run, numbers per arm, who was left out why, fingerprint. It names nobody."""
    return campaign_export.campaign_manifest(data.home(), campaign_id).to_csv(index=False).encode("utf-8-sig")


def read_answers(content: bytes, name: str) -> tuple[pd.DataFrame, pd.DataFrame] | str:
    """The answers in a file and the rows that are none, or the sentence that says why it is no such file."""
    try:
        return read_responses(content, name)
    except InputError as error:
        return str(error)


def keep_answers(campaign_id: str, answers: pd.DataFrame) -> Recorded | None:
    """Keep answers with the contacts they belong to; a file that comes twice adds nothing."""
    return tried(
        lambda: responses.record_responses(decisions.database(), campaign_id, answers, decisions.person()), None
    )
