"""Answers are read row by row whatever tool wrote them, refused with a reason, and written down once."""

import dataclasses
from datetime import date, datetime
from io import BytesIO

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import InputError
from pipelines.export import without_formulas
from pipelines.responses import read_responses
from tests.campaign_cases import NOON, objecting
from workflow import WorkflowError, audit, campaigns, contacts, outcomes, tasks
from workflow.campaigns import Brief, Campaign
from workflow.errors import NotFoundError
from workflow.launch import launch
from workflow.outcomes import Outcome
from workflow.responses import record_responses
from workflow.schema import RESULTS

NOW = datetime(2026, 4, 1)
BRIEF = dataclasses.asdict(Brief("economic", "at risk", "letter", "voucher", "once", "sales"))


def read(text: str, name: str = "answers.csv"):
    return read_responses(text.encode(), name, NOW)


def table(frame: pd.DataFrame) -> list[tuple]:
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in frame.itertuples(index=False)]


def test_a_plain_file_is_read_as_it_stands():
    found, refused = read(
        "customer_id,result,responded_at,note\nc1,accepted,2026-03-05 10:30,glad\n\nc2,not reached,,\n"
    )
    assert table(found) == [
        (2, "c1", "accepted", datetime(2026, 3, 5, 10, 30), "glad"),
        (4, "c2", "not reached", None, ""),
    ]
    assert refused.empty


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kunden-Nr;Ergebnis;Datum;Bemerkung\nc1;angenommen;05.03.2026 10:30;ja\n",
         ("c1", "accepted", datetime(2026, 3, 5, 10, 30), "ja")),
        ("Customer ID\tEvent\tTimestamp\nc1\tUnsubscribed\t2026-03-05T12:30:00+02:00\n",
         ("c1", "do not contact", datetime(2026, 3, 5, 10, 30), "Unsubscribed")),
        ("\ufeffcustomer|status\nc1|Hard_Bounce\n", ("c1", "not reached", None, "Hard_Bounce")),
        ("\n \ncustomer_id,e-mail,response\n'-c1, x@y ,SPAM-complaint\n",
         ("-c1", "do not contact", None, "SPAM-complaint")),
        ("customer_id,result\nc1,Opened\n", ("c1", "reached", None, "Opened")),
    ],
)  # fmt: skip
def test_other_words_are_understood_and_kept(text, expected):
    found, refused = read(text)
    assert [row[1:] for row in table(found)] == [expected]
    assert refused.empty


def test_each_wrong_row_is_refused_with_its_number_and_reason():
    found, refused = read(
        "customer_id,result,responded_at\n,accepted,\nc1,maybe,\nc2,,\nc3,accepted,5/3/26\nc4,refused,2027-01-01\nc5,reached,\n"
    )
    assert list(found["customer_id"]) == ["c5"]
    assert [(row.row, row.column, row.value) for row in refused.itertuples()] == [
        (2, "customer_id", ""),
        (3, "result", "maybe"),
        (4, "result", ""),
        (5, "responded_at", "5/3/26"),
        (6, "responded_at", "2027-01-01"),
    ]
    assert "Known are: reached, not reached, accepted" in refused["reason"][1]
    assert "31.03.2026" in refused["reason"][3]


def test_an_unsubscribe_counts_whatever_its_date_says():
    found, refused = read("customer_id,result,date\nc1,unsubscribe,soon\nc2,opt-out,2099-01-01\n")
    assert [row[1:4] for row in table(found)] == [("c1", "do not contact", None), ("c2", "do not contact", None)]
    assert refused.empty


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"customer_id,result\n", "answers.pdf", "must end in .csv or .xlsx"),
        (b"", "answers.csv", "answers.csv is empty"),
        (b" \n\n", "answers.csv", "is empty"),
        (b"customer_id,answered\nc1,x\n", "answers.csv", "has no column result. It has: customer_id, answered"),
        (b"e-mail,name\nx,y\n", "a.csv", "no column customer_id and no column result"),
        (b"customer,kunde,result\n", "a.csv", "more than one column that may be customer_id: customer, kunde"),
        (b"PK\0\0\0", "a.csv", "is no text file"),
        (b"PK\0\0\0", "a.xlsx", "cannot be read as a workbook"),
    ],
)
def test_a_file_that_is_no_list_of_answers_is_told(content, name, message):
    with pytest.raises(InputError, match=message):
        read_responses(content, name, NOW)


def test_a_column_of_the_very_name_wins_over_its_other_names():
    found, _ = read("status,result,customer_id,customer\nsent,accepted,c1,Ann\n")
    assert table(found)[0][1:3] == ("c1", "accepted")


def test_a_workbook_is_read_with_its_numbers_and_dates():
    buffer = BytesIO()
    pd.DataFrame(
        {
            "Customer": [12346, 7],
            "Result": ["clicked", "no"],
            "Date": [datetime(2026, 3, 5), None],
            "Note": ["", "busy"],
        }
    ).to_excel(buffer, index=False)
    found, refused = read_responses(buffer.getvalue(), "Answers.XLSX", NOW)
    assert table(found) == [
        (2, "12346", "accepted", datetime(2026, 3, 5), "clicked"),
        (3, "7", "refused", None, "busy"),
    ]
    assert refused.empty


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.text(min_size=1).filter(lambda text: text.strip() == text), st.sampled_from(RESULTS))))
def test_what_an_export_wrote_comes_back(rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "result"])
    frame = frame[~frame["customer_id"].str.contains("[\r\n\0\t]") & ~frame["customer_id"].str.startswith("'")]
    content = without_formulas(frame).to_csv(index=False).encode("utf-8", "surrogatepass")
    try:
        content.decode()
    except UnicodeDecodeError:
        return
    found, refused = read_responses(content, "x.csv", NOW)
    assert refused.empty
    assert found[["customer_id", "result"]].to_numpy().tolist() == frame.to_numpy().tolist()


@pytest.fixture
def campaign(database):
    draft = campaigns.add(database, Campaign("Spring", BRIEF, {}, 0.3, date(2026, 6, 1)), by="anna")
    people = pd.DataFrame({"customer_id": [f"c{number}" for number in range(20)], "action": "call"})
    return launch(database, draft, people, "run", by="anna")


def by_arm(database, campaign, arm: str) -> list[str]:
    return [one.customer_id for one in campaigns.members(database, campaign.campaign_id) if one.arm == arm]


def answers(*rows: tuple) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "result", "responded_at"])
    return frame.assign(row=range(2, len(rows) + 2), note="", responded_at=pd.to_datetime(frame["responded_at"]))


def test_an_answer_becomes_an_outcome_of_its_contact_and_finishes_the_task(database, campaign, clock):
    one, two, three, *_ = by_arm(database, campaign, "treated")
    clock.now = NOW
    given = answers((one, "accepted", "2026-03-09 08:00"), (two, "not reached", None), (three, "refused", None))
    done = record_responses(database, campaign.campaign_id, given, by="ben")
    assert (done.added, done.known, len(done.rejects)) == (3, 0, 0)
    (outcome,) = outcomes.of_customer(database, one)
    (contact,) = contacts.of_customer(database, one)
    assert (outcome.result, outcome.contact_id, outcome.task_id) == ("accepted", contact.contact_id, contact.task_id)
    assert contact.responded_at == datetime(2026, 3, 9, 8)
    assert contacts.of_customer(database, two)[0].responded_at is None
    assert contacts.of_customer(database, three)[0].responded_at == NOW
    status = {name: tasks.of_customer(database, name)[0].status for name in (one, two, three)}
    assert status == {one: "done", two: "open", three: "done"}
    assert campaigns.tally(database, campaign.campaign_id).results == {"accepted": 1, "not reached": 1, "refused": 1}
    assert {line.who for line in audit.history(database, "outcome", outcome.outcome_id)} == {"ben"}


def test_the_same_file_twice_adds_nothing(database, campaign, clock):
    one, two, *_ = by_arm(database, campaign, "treated")
    (logged,) = contacts.of_customer(database, two)
    outcomes.add(database, [Outcome(two, "refused", "by hand", logged.task_id, logged.contact_id)], by="anna")
    given = answers(
        (one, "reached", "2026-03-09"), (one, "reached", "2026-03-08"), (one, "accepted", None), (two, "refused", None),
        ("stranger", "do not contact", None),
    )  # fmt: skip
    first = record_responses(database, campaign.campaign_id, given, by="ben")
    assert (first.added, first.objections, first.known) == (3, 1, 2)
    assert contacts.of_customer(database, one)[0].responded_at == NOON  # no moment was given: when it was imported
    before = audit.latest(database), contacts.of_customer(database, one)
    clock.now = NOW
    again = record_responses(database, campaign.campaign_id, given, by="ben")
    assert (again.added, again.objections, again.known) == (0, 0, 5)
    assert (audit.latest(database), contacts.of_customer(database, one)) == before


def test_who_was_not_contacted_did_not_answer_but_may_object(database, campaign):
    held = by_arm(database, campaign, "control")
    treated = by_arm(database, campaign, "treated")[0]
    given = answers(
        (held[0], "accepted", None), ("stranger", "reached", None), (held[1], "do not contact", None),
        ("stranger", "do not contact", None), (treated, "accepted", "2026-03-01"), (treated, "accepted", "2026-03-02"),
    )  # fmt: skip
    done = record_responses(database, campaign.campaign_id, given, by="ben")
    assert [(row.row, row.column) for row in done.rejects.itertuples()] == [
        (2, "customer_id"), (3, "customer_id"), (6, "responded_at"),
    ]  # fmt: skip
    assert "launched later, on 2026-03-02" in done.rejects["reason"].iloc[-1]
    assert (done.added, done.objections) == (3, 2)
    assert objecting(database) == {held[1], "stranger"}
    assert contacts.of_customer(database, treated)[0].responded_at == NOON  # the file knew the day alone


def test_a_draft_and_a_campaign_that_is_gone_are_told(database):
    draft = campaigns.add(database, Campaign("Draft"), by="anna")
    with pytest.raises(WorkflowError, match="was not launched yet"):
        record_responses(database, draft.campaign_id, answers(), by="ben")
    with pytest.raises(NotFoundError):
        record_responses(database, "nowhere", answers(), by="ben")
