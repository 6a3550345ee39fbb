"""What people decide: tasks, contacts, outcomes, campaigns, segments and settings, in one transactional database.

Open it once with `open_database`, hand it to the functions of `tasks`, `contacts`, `outcomes`, `campaigns`, `segments`,
`settings_history` and `audit`. Records are frozen dataclasses; edit one with `dataclasses.replace` and save it.
"""

from workflow.database import Database, open_database, open_existing
from workflow.erasure import forget
from workflow.errors import EditConflictError, WorkflowError

__all__ = ["Database", "EditConflictError", "WorkflowError", "forget", "open_database", "open_existing"]
