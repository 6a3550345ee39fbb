"""Taking newly eligible customers into every service initiative that still takes some in: the nightly step."""

import getpass
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import workflow
from pipelines import publish
from pipelines.config import Settings, workflow_url
from pipelines.errors import InputError
from pipelines.service_audience import eligible
from workflow import campaigns, enrolment
from workflow.enrolment import Enrolled


@dataclass(frozen=True)
class EnrolReport:
    """By initiative whom this press took in; empty where none is running."""

    initiatives: dict[str, Enrolled]

    def lines(self) -> list[str]:
        """The report in plain lines."""
        if not self.initiatives:
            return ["No service initiative takes customers in."]
        return [
            f"{name}: {found.treated:,} treated and {found.control:,} served as usual came in, "
            f"{sum(found.left_out.values()):,} were left out."
            for name, found in self.initiatives.items()
        ]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able facts."""
        return asdict(self)


def enrol(home: Path, settings: Settings, by: str | None = None) -> EnrolReport:
    """Take in whoever meets the rule of a running initiative by the published scores; never launches anything.

    Arms come from the key of each launch, so that a night's run and a press on the page draw alike. Raises InputError
    where nothing was published or the workflow database does not answer.
    """
    try:
        database = workflow.open_existing(workflow_url(home, settings))
        if database is None:
            return EnrolReport({})
        try:
            today = database.clock().date()
            running = [one for one in campaigns.listed(database) if enrolment.is_enrolling(one, today)]
            found = {}
            for one in running:
                with publish.open_current(home, "warehouse") as con:
                    chosen = eligible(con, one.audience)
                found[one.name] = enrolment.enrol(database, one.campaign_id, chosen, by or getpass.getuser())
        finally:
            database.close()
    except workflow.WorkflowError as error:
        raise InputError(str(error)) from None
    return EnrolReport(found)
