"""The work on a launched campaign: what the launch made, the file for the mail tool, answers, closing it."""

from functools import partial

import streamlit as st

from pages.components import campaign_answers, widgets, words
from pages.components import campaign_decisions as doors
from pages.components.campaign_decisions import Campaign
from pages.components.result_words import RUNNING

# By whether it is a service initiative: the file's heading and help, and what a press on the button says was done.
FILES = {
    False: ("**For the mail tool**", "Treated customers alone, with consent at this moment. Never a control, an "
            "objection, or somebody without consent."),
    True: ("**For the service team**", "Treated customers alone, with the ticket or parcel it is about. Whoever "
           "is served as usual stands in no file, so that nobody can serve them worse than usual."),
}  # fmt: skip
DONE = {False: "sent", True: "done"}
SENT = {False: "After the mail tool sent the file", True: "After the team worked through the file"}


def show(campaign: Campaign, state: str) -> None:
    """All of it; what only a running campaign allows is offered while it runs."""
    tally = doors.tally(campaign.campaign_id)
    treated, control = ("treated", "served as usual") if campaign.is_service else ("contacted", "held out")
    with widgets.card(
        f"{words.count(tally.arms.get('treated', 0))} {treated}, {words.count(tally.arms.get('control', 0))} {control}",
        f"Launched {words.day(campaign.launched_at)} from run {campaign.run_id}",
    ):
        st.markdown(f"Tasks: {_counted(tally.tasks) or 'none'}.")
        st.markdown(f"Answers: {_counted(tally.results) or 'none yet'}.")
        st.caption(
            f"Fingerprint of the arms: `{doors.fingerprint(campaign.campaign_id)[:16] or words.MISSING}`",
            help="Made when the arms were drawn. Whoever changes an arm afterwards cannot make it again.",
        )
        if state == RUNNING:
            _files(campaign, tally.tasks.get("open", 0) + tally.tasks.get("approved", 0))
        if campaign.status == RUNNING:
            campaign_answers.show(campaign)
            _close(campaign, state)


def _counted(counts: dict[str, int]) -> str:
    """Counts in words, most first: `1,116 open, 12 done`."""
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return ", ".join(f"{words.count(count)} {name}" for name, count in ordered)


def _files(campaign: Campaign, still_open: int) -> None:
    """The file of those to contact, and the manifest that belongs to it."""
    heading, about = FILES[campaign.is_service]
    st.markdown(heading, help=about)
    stem = "".join(letter if letter.isalnum() else "-" for letter in campaign.name.lower())
    with st.container(horizontal=True, gap="small"):
        for ending, label in ((".xlsx", "Excel"), (".csv", "CSV")):
            st.download_button(
                label, partial(doors.file, campaign.campaign_id, ending), f"{stem}{ending}",
                key=f"file{ending}", on_click="ignore", icon=":material/download:",
            )  # fmt: skip
        st.download_button(
            "Manifest", partial(doors.manifest, campaign.campaign_id), f"{stem}-manifest.csv", key="manifest",
            on_click="ignore", icon=":material/download:",
            help="Run, numbers per arm, who is left out why, fingerprint of the arms. It names nobody.",
        )  # fmt: skip
        with st.popover(f"Mark as {DONE[campaign.is_service]} …", key="sent", disabled=not still_open):
            _sent(campaign, still_open)


def _sent(campaign: Campaign, still_open: int) -> None:
    """The one question before every open task of a campaign becomes done."""
    st.markdown(
        f"{SENT[campaign.is_service]}: of {words.plural(still_open, 'open task')} those in the file become done, "
        "calls and letters among them. What is put off, and whom the file leaves out, stays open."
    )
    if st.button("Mark them as done", key="sent_now"):
        done = doors.mark_sent(campaign.campaign_id)
        if done is not None:
            st.toast(f"{words.plural(done, 'task')} marked as done")
        st.rerun()


def _close(campaign: Campaign, state: str) -> None:
    """Finishing after the stop date, or calling off before it: either asks once and says what it means."""
    is_early = state == RUNNING
    with st.popover("Call off …" if is_early else "Finish …", type="tertiary", key="close"):
        st.markdown(
            "The control group is free at once, open tasks are dropped, and this campaign never gets a result. To see "
            f"what it earned, wait until {words.day(campaign.stop_on)}."
            if is_early
            else "Its time is over: open tasks are dropped, the result stays."
        )
        nobody = is_early and st.checkbox(
            "Nobody with an open task was contacted", key="nobody_contacted",
            help="Their lines leave the contact log, so that they may be contacted again at once.",
        )  # fmt: skip
        if st.button("Call it off" if is_early else "Finish it", key="close_now"):
            if doors.close(campaign, bool(nobody)):
                st.toast(f"{campaign.name} was {'called off' if is_early else 'finished'}")
            st.rerun()
