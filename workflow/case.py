"""One customer's case: what was decided and said, by whom, and logging what came of a contact."""

from dataclasses import dataclass, field, replace

from sqlalchemy import select

from workflow import outcomes, records
from workflow.campaigns import leaves_alone
from workflow.contacts import CONTACTS, Contact
from workflow.database import Database
from workflow.outcomes import OUTCOMES, Outcome
from workflow.schema import ARMS, OPEN_STATUSES, audit_trail, campaign_members, campaigns, contacts, tasks
from workflow.schema import outcomes as outcomes_table
from workflow.tasks import TASKS, Task

OBJECTION = "do not contact"
NOT_MADE = ("not reached",)  # results after which no contact was made


@dataclass(frozen=True)
class Case:
    """Everything decided about one customer, oldest first; `who` names the person behind each record's last change.

    `arm` is the one in a running campaign, None in none.
    """

    tasks: list[Task] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    who: dict[str, str] = field(default_factory=dict)
    arm: str | None = None

    @property
    def open_tasks(self) -> list[Task]:
        """What is still to do."""
        return [task for task in self.tasks if task.status in OPEN_STATUSES]

    @property
    def objects(self) -> bool:
        """Whether the customer asked not to be contacted any more."""
        return any(outcome.result == OBJECTION for outcome in self.outcomes)


@dataclass(frozen=True)
class Answer:
    """What came of a contact: of a task as it was seen or, without one, of an action over a channel, or of neither.

    `closes` says whether the task is done with it.
    """

    customer_id: str
    result: str
    note: str = ""
    task: Task | None = None
    action: str | None = None
    channel: str | None = None
    cost: float | None = None
    run_id: str | None = None
    closes: bool = True


def about(database: Database, customer_id: str) -> Case:
    """The case of a customer, read in one transaction."""
    trail, members = audit_trail.c, campaign_members.c
    with database.read() as connection:
        found = Case(
            records.find(connection, TASKS, tasks.c.customer_id == customer_id, order=tasks.c.created_at),
            records.find(connection, CONTACTS, contacts.c.customer_id == customer_id, order=contacts.c.contacted_at),
            records.find(
                connection,
                OUTCOMES,
                outcomes_table.c.customer_id == customer_id,
                order=outcomes_table.c.recorded_at,
            ),
        )
        rows = connection.execute(
            select(trail.record_id, trail.who).where(trail.customer_id == customer_id).order_by(trail.entry_id)
        )
        who = {str(record): str(person) for record, person in rows}
        running = connection.execute(
            select(members.arm)
            .join(campaigns, campaigns.c.campaign_id == members.campaign_id)
            .where(members.customer_id == customer_id, leaves_alone(database.clock().date()))
        )
        arms = set(running.scalars())
    # whoever is held out anywhere is held out
    return replace(found, who=who, arm=next((arm for arm in reversed(ARMS) if arm in arms), None))


def log(database: Database, said: Answer, by: str) -> Outcome:
    """Log an answer with the contact it belongs to, once; raises EditConflictError, then nothing was written.

    A campaign logs its contacts at launch: the task's own line is used again. An answer that came with no task and no
    action, such as a call by the customer, logs no contact.
    """
    outcome = Outcome(said.customer_id, said.result, said.note)
    task = replace(said.task, status="done") if said.task and said.closes else said.task
    return outcomes.log(database, outcome, by, _contact(database, said), task)


def _contact(database: Database, said: Answer) -> Contact | None:
    """The contact that led to an answer: the logged one of the task, or a new one; None where none was made."""
    if said.result in NOT_MADE or (said.task is None and said.action is None):
        return None
    made = _contacts_of(database, said.task) if said.task else []
    action = said.task.action if said.task else str(said.action)
    now = database.clock()
    contact = made[-1] if made else Contact(
        said.customer_id, action, "treated", said.channel, said.cost, now, None, said.run_id,
        said.task.task_id if said.task else None, said.task.campaign_id if said.task else None,
    )  # fmt: skip
    if said.result == "accepted" and contact.responded_at is None:
        return replace(contact, responded_at=now)
    return contact


def _contacts_of(database: Database, task: Task) -> list[Contact]:
    """The contacts logged for a task, oldest first; what was withheld is none."""
    with database.read() as connection:
        return records.find(
            connection,
            CONTACTS,
            contacts.c.task_id == task.task_id,
            contacts.c.arm == "treated",
            order=contacts.c.contacted_at,
        )
