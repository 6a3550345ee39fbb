"""How customers stand by their tasks, and one decision about many of them: what a list shows and changes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from workflow import audit, records, tasks
from workflow.availability import withheld
from workflow.campaigns import leaves_alone
from workflow.database import Database
from workflow.errors import EditConflictError
from workflow.schema import OPEN_STATUSES, campaign_members, campaigns, outcomes
from workflow.tasks import Task

STATES = ("none", "open", "approved", "snoozed", "done", "dropped")
NOBODY = ""
READ_AT_MOST = 20_000  # tasks that a filter looks at, the newest
AT_ONCE = 5_000  # customers that one press may change

Tasks = Mapping[str, Sequence[Task]]


@dataclass(frozen=True)
class Step:
    """What one press did: tasks added and changed (before, after), what came second, and who was left out."""

    added: list[Task] = field(default_factory=list)
    changed: list[tuple[Task, Task]] = field(default_factory=list)
    conflicts: list[tuple[str, EditConflictError]] = field(default_factory=list)
    without_suggestion: int = 0
    finished: int = 0
    stopped: int = 0

    @property
    def customers(self) -> int:
        """How many customers it reached."""
        return len(self.added) + len(self.changed)


@dataclass(frozen=True)
class Choice:
    """Customers that a filter over decisions leaves: these alone (None: anybody) and without those."""

    only: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    is_cut: bool = False


def by_customer(found: Iterable[Task]) -> dict[str, list[Task]]:
    """Tasks of each customer, in the order they came."""
    grouped: dict[str, list[Task]] = defaultdict(list)
    for task in found:
        grouped[task.customer_id].append(task)
    return dict(grouped)


def current(found: Sequence[Task], action: str | None) -> Task | None:
    """The task that stands for a customer: open before closed, of the suggested action before others, newest first."""
    ranked = [((task.status in OPEN_STATUSES, task.action == action, task.created_at), task) for task in found]
    return max(ranked, key=lambda pair: pair[0])[1] if ranked else None


def state(task: Any, on: date) -> str:
    """One of STATES: a task’s status, or that an open one rests beyond the day; of a task or of a row of one."""
    if task is None:
        return "none"
    rests = task.status in OPEN_STATUSES and task.snoozed_until is not None and task.snoozed_until > on
    return "snoozed" if rests else task.status


def chosen(
    database: Database, owners: Sequence[str], states: Sequence[str], on: date, hide_snoozed: bool = True
) -> Choice:
    """Whom a filter by owner and state leaves; NOBODY among the owners means who has none.

    Looks at the newest READ_AT_MOST tasks and says when there are more. Snoozed customers are left out unless the
    states ask for them.
    """
    if not owners and not states and not hide_snoozed:
        return Choice()
    is_rest_alone = not owners and not states
    rows = tasks.snoozed(database, on) if is_rest_alone else tasks.newest(database, READ_AT_MOST)
    stands: dict[str, Any] = {}
    for row in rows:  # newest first; an open task stands before a closed one
        if row.customer_id not in stands or (
            row.status in OPEN_STATUSES and stands[row.customer_id].status not in OPEN_STATUSES
        ):
            stands[row.customer_id] = row
    states_of = {customer: state(row, on) for customer, row in stands.items()}
    owner_of = {customer: row.owner or NOBODY for customer, row in stands.items()}
    asked = set(states) or set(STATES) - ({"snoozed"} if hide_snoozed else set())
    fits = {
        customer: states_of[customer] in asked and (not owners or owner_of[customer] in owners) for customer in stands
    }
    is_cut = len(rows) >= READ_AT_MOST and not is_rest_alone
    if "none" in asked and (not owners or NOBODY in owners):  # who has no task at all is wanted too
        return Choice(None, tuple(sorted(customer for customer, met in fits.items() if not met)), is_cut)
    return Choice(tuple(sorted(customer for customer, met in fits.items() if met)), (), is_cut)


def arms(database: Database, customer_ids: Sequence[str]) -> dict[str, str]:
    """The arm of each of these customers who is in a campaign that runs today; `control` wins over `treated`.

    Arms of service initiatives are none of a list's business: they withhold one action and no contact.
    """
    member = campaign_members.c
    query = select(member.customer_id, member.arm).join(campaigns, campaigns.c.campaign_id == member.campaign_id)
    running = leaves_alone(database.clock().date())
    found: dict[str, str] = {}
    with database.read() as connection:
        for part in records.chunks(list(customer_ids)):
            rows = connection.execute(query.where(running, member.customer_id.in_(part)))
            for customer, arm in rows:
                found[customer] = min(arm, found.get(customer, arm))
    return found


def stopped(database: Database, customer_ids: Sequence[str]) -> dict[str, str]:
    """Which of these customers may not be contacted by what was decided since they were scored, and by which rule."""
    found = {customer: "control arm" for customer, arm in arms(database, customer_ids).items() if arm == "control"}
    query = select(outcomes.c.customer_id).where(outcomes.c.result == "do not contact")
    with database.read() as connection:
        for part in records.chunks(list(customer_ids)):
            objected = connection.execute(query.where(outcomes.c.customer_id.in_(part))).scalars()
            found.update(dict.fromkeys(objected, "objection"))
    return found


def decide(
    database: Database,
    wanted: Sequence[tuple[str, str | None]],
    change: Mapping[str, Any],
    seen: Tasks,
    new: Mapping[str, Any],
    by: str,
) -> Step:
    """Make one change for many customers, given with their suggested actions.

    `seen` holds the tasks as the person saw them (a customer who was not looked at is missing there): what others did
    since then comes back as conflicts and is left as it is. Who has no open task gets one of the suggested action with
    the fields of `new`, unless it is done already; who may not be contacted any more is left out. Raises
    AlreadyThereError where somebody adds the same just then.
    """
    ids = [customer for customer, _ in wanted]
    fresh, barred = by_customer(tasks.of_customers(database, ids)), set(stopped(database, ids))
    with database.read() as connection:
        barred |= {who for who, _ in withheld(connection, database.clock().date()) & set(wanted)}
    sorted_out: dict[str, list[Any]] = {kind: [] for kind in ("add", "change", "second", "stopped", "finished", "none")}
    for customer, action in wanted:
        now = current(fresh.get(customer, ()), action)
        task = current(seen[customer], action) if customer in seen else now
        if task is not None and task.task_id not in {other.task_id for other in fresh.get(customer, ())}:
            task = now  # what was seen is gone: somebody took it back
        kind = "stopped" if customer in barred else _kind(task, now, action, new)
        sorted_out[kind].append({"change": task, "second": now}.get(kind, (customer, action)))
    added = [Task(customer, action, **{**new, **change}) for customer, action in sorted_out["add"]]
    before = {task.task_id: task for task in sorted_out["change"]}
    done = tasks.put(database, added, [replace(task, **change) for task in before.values()], by)
    return Step(
        added=done.saved[: len(added)],
        changed=[(before[task.task_id], task) for task in done.saved[len(added) :]],
        conflicts=[(task.customer_id, _added_meanwhile(database, task)) for task in sorted_out["second"]]
        + _named(done.conflicts, before),
        without_suggestion=len(sorted_out["none"]),
        finished=len(sorted_out["finished"]),
        stopped=len(sorted_out["stopped"]),
    )


def _kind(task: Task | None, now: Task | None, action: str | None, new: Mapping[str, Any]) -> str:
    """What a press does to a customer, by the task they saw, the one that stands now, and the suggested action."""
    if task is not None and task.status in OPEN_STATUSES:
        return "change"
    if now is not None and now.status in OPEN_STATUSES:
        return "second"
    if now is not None and now.status == "done" and now.action == action and now.run_id == new.get("run_id"):
        return "finished"
    return "add" if action is not None else "none"


def undo(database: Database, step: Step, by: str) -> Step:
    """Take a step back: tasks it added go, tasks it changed are as before; what others changed since stays."""
    known = {task.task_id: task for task in step.added} | {after.task_id: after for _, after in step.changed}
    gone = tasks.take_back(database, step.added, by)
    back = [replace(before, version=after.version) for before, after in step.changed]
    done = tasks.put(database, [], back, by)
    changed = [(known[task.task_id], task) for task in done.saved]
    return Step(gone.saved, changed, _named([*gone.conflicts, *done.conflicts], known))


def _named(conflicts: Sequence[EditConflictError], known: Mapping[str, Task]) -> list[tuple[str, EditConflictError]]:
    return [(known[conflict.record_id].customer_id, conflict) for conflict in conflicts]


def _added_meanwhile(database: Database, task: Task) -> EditConflictError:
    """The conflict with somebody who took up a customer after the list was drawn."""
    with database.read() as connection:
        changes = audit.changes_since(connection, "task", task.task_id, 0)
    told = {change.field: change for change in changes if change.field in ("owner", "status") and change.after}
    return EditConflictError("task", task.task_id, 0, [told.get("owner") or told["status"]])
