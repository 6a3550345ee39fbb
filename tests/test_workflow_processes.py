"""Ten processes that write at once lose nothing, also not when all of them are the first; a killed one leaves order."""

import contextlib
import itertools
import multiprocessing
import time
from dataclasses import replace

from sqlalchemy import func, select

from workflow import EditConflictError, audit, open_database, segments, tasks
from workflow.errors import AlreadyThereError
from workflow.schema import audit_trail
from workflow.segments import Segment
from workflow.tasks import Task

PROCESSES, EDITS, BATCH = 10, 4, 50


def write_a_lot(url: str, name: str, gate) -> None:
    """One person's morning: open the database, make tasks of one's own, sign the task that all share."""
    gate.wait()
    database = open_database(url)
    with contextlib.suppress(AlreadyThereError):
        segments.add(database, Segment("shared", {}), by=name)
    for edit in range(EDITS):
        tasks.add(database, [Task(f"{name} {edit} {i}", "call") for i in range(5)], by=name)
        with contextlib.suppress(AlreadyThereError):
            tasks.add(database, [Task("shared", "call")], by=name)
        sign(database, f"{name}{edit}", name)
    database.close()


def sign(database, signature: str, name: str) -> None:
    """Add a line to the shared task's note, reading it again as often as somebody else was faster."""
    while True:
        (seen,) = tasks.of_customer(database, "shared")
        try:
            tasks.save(database, replace(seen, note=f"{seen.note}{signature} "), by=name)
            return
        except EditConflictError as conflict:
            assert conflict.changes[-1].after.startswith(seen.note)


def test_ten_processes_lose_nothing(workflow_url):
    context = multiprocessing.get_context("fork")
    gate = context.Barrier(PROCESSES)
    names = [f"p{number}" for number in range(PROCESSES)]
    writers = [context.Process(target=write_a_lot, args=(workflow_url, name, gate)) for name in names]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0] * PROCESSES

    database = open_database(workflow_url)
    (shared,) = tasks.of_customer(database, "shared")
    assert sorted(shared.note.split()) == sorted(f"{name}{edit}" for name in names for edit in range(EDITS))
    made = {task.customer_id for task in tasks.still_open(database)} - {"shared"}
    assert made == {f"{name} {edit} {i}" for name in names for edit in range(EDITS) for i in range(5)}
    lines = audit.history(database, "task", shared.task_id)
    assert [line.version for line in lines] == list(range(1, PROCESSES * EDITS + 2))
    assert all(later.before["note"] == earlier.after["note"] for earlier, later in itertools.pairwise(lines))
    with database.read() as connection:
        written = connection.execute(select(func.count()).select_from(audit_trail)).scalar_one()
    assert written == len(made) + len(lines) + len(segments.listed(database))
    database.close()


def write_for_ever(url: str) -> None:
    """Add tasks in batches until somebody ends the process."""
    database = open_database(url)
    for batch in itertools.count():
        tasks.add(database, [Task(f"{batch} {i}", "call") for i in range(BATCH)], by="anna")


def test_a_killed_writer_leaves_whole_transactions_and_no_lock(workflow_url):
    database = open_database(workflow_url)
    writer = multiprocessing.get_context("fork").Process(target=write_for_ever, args=(workflow_url,))
    writer.start()
    end = time.monotonic() + 60
    while len(tasks.still_open(database)) < 3 * BATCH and time.monotonic() < end:
        time.sleep(0.01)
    writer.kill()
    writer.join(60)
    time.sleep(0.3)  # a server may still finish the transaction it was handed
    tasks.add(database, [Task("after", "call")], by="ben")
    kept = [task.task_id for task in tasks.still_open(database)]
    assert len(kept) > 3 * BATCH
    assert len(kept) % BATCH == 1
    assert sorted(entry.record_id for entry in audit.latest(database, 10**6)) == sorted(kept)
    database.close()
