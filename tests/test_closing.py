"""What a launch fixed stays; closing after the stop date finishes a campaign, closing before calls it off."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from tests.campaign_cases import NOON, draft, held_out, people
from workflow import EditConflictError, WorkflowError, campaigns, contacts, tasks
from workflow.launch import launch


def test_what_the_launch_fixed_stays_and_only_closing_ends_it(database, clock):
    launched = launch(database, draft(database), people(40), "run", by="anna")
    before = campaigns.members(database, launched.campaign_id)
    for moved in ({"stop_on": date(2026, 4, 1)}, {"brief": {}}, {"control_share": 0.1}, {"status": "finished"}):
        with pytest.raises(WorkflowError, match=f"Fixed since the launch: {next(iter(moved))}"):
            campaigns.save(database, replace(launched, **moved), by="ben")
    renamed = campaigns.save(database, replace(launched, name="Spring letter"), by="ben")
    with pytest.raises(EditConflictError, match="changed name from Spring to Spring letter"):
        campaigns.close(database, launched, by="anna")
    clock.now = datetime(2026, 6, 1, 23)
    assert held_out(database)
    clock.now = datetime(2026, 6, 2)
    assert held_out(database) == set()  # its stop date is over, closed or not
    closed = campaigns.close(database, renamed, by="anna")
    assert (closed.status, closed.closed_at, closed.is_called_off) == ("finished", clock.now, False)
    assert campaigns.tally(database, launched.campaign_id).tasks == {"dropped": len(before) - held(before)}
    assert campaigns.members(database, launched.campaign_id) == before
    with pytest.raises(WorkflowError, match="is finished: only a running campaign is closed"):
        campaigns.close(database, closed, by="anna")


def held(members) -> int:
    return sum(member.arm == "control" for member in members)


@pytest.mark.parametrize("nobody_contacted", [True, False])
def test_called_off_it_frees_its_control_group_and_what_was_not_done(database, nobody_contacted):
    launched = launch(database, draft(database), people(40), "run", by="anna")
    done = tasks.still_open(database)[0]
    tasks.save(database, replace(done, status="done"), by="ben")
    closed = campaigns.close(database, launched, by="anna", nobody_contacted=nobody_contacted)
    assert closed.is_called_off
    assert held_out(database) == set()
    treated = 40 - held(campaigns.members(database, launched.campaign_id))
    assert campaigns.tally(database, launched.campaign_id).tasks == {"done": 1, "dropped": treated - 1}
    log = contacts.between(database, NOON, NOON + timedelta(days=1))
    made = [contact.customer_id for contact in log if contact.arm == "treated"]
    assert len(made) == (1 if nobody_contacted else treated)
    assert done.customer_id in made


def test_a_sent_file_closes_the_open_tasks(database):
    launched = launch(database, draft(database), people(40), "run", by="anna")
    treated = 40 - held(campaigns.members(database, launched.campaign_id))
    everybody = campaigns.still_to_do(database, launched.campaign_id)
    unsent, *sent = sorted(everybody)
    assert campaigns.mark_sent(database, launched.campaign_id, sent, by="anna") == treated - 1
    assert campaigns.still_to_do(database, launched.campaign_id) == {unsent}, "whom the file left out"
    assert campaigns.mark_sent(database, launched.campaign_id, everybody, by="anna") == 1
    assert campaigns.tally(database, launched.campaign_id).tasks == {"done": treated}
    assert campaigns.mark_sent(database, launched.campaign_id, everybody, by="anna") == 0


def test_what_is_put_off_was_in_no_file_and_stays_open(database, clock):
    launched = launch(database, draft(database), people(40), "run", by="anna")
    first, *others = tasks.still_open(database)
    rests = tasks.save(database, replace(first, snoozed_until=NOON.date() + timedelta(days=9)), by="ben")
    everybody = {task.customer_id for task in (first, *others)}
    assert campaigns.mark_sent(database, launched.campaign_id, everybody, by="anna") == len(others)
    assert tasks.still_open(database) == [rests]
    clock.now = NOON + timedelta(days=9)
    assert campaigns.still_to_do(database, launched.campaign_id) == {first.customer_id}
    assert campaigns.mark_sent(database, launched.campaign_id, everybody, by="anna") == 1
