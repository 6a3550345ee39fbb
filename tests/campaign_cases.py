"""A clock that can be set, an audience, a draft, and what became of it: for tests of campaigns."""

import dataclasses
from datetime import date, datetime

import pandas as pd
from sqlalchemy import select

from workflow import availability, campaigns
from workflow.campaigns import Brief, Campaign
from workflow.schema import metadata

NOON = datetime(2026, 3, 2, 12)
STOP = date(2026, 6, 1)
ANSWERED = dataclasses.asdict(Brief("economic", "at risk", "letter", "voucher", "once, in March", "sales"))


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now


def people(count: int, first: int = 0) -> pd.DataFrame:
    ids = [f"C{number:05}" for number in range(first, first + count)]
    return pd.DataFrame({"customer_id": ids, "action": "call", "channel": "phone", "contact_cost": 4.8, "cost": 9.0})


def draft(database, name="Spring", **fields):
    given = {"control_share": 0.2, "stop_on": STOP} | fields
    return campaigns.add(database, Campaign(name, ANSWERED, {"from": "plan"}, **given), by="anna")


def arms(database, campaign) -> dict[str, str]:
    return {member.customer_id: member.arm for member in campaigns.members(database, campaign.campaign_id)}


def held_out(database) -> set[str]:
    with database.read() as connection:
        return availability.held_out(connection, database.clock().date())


def objecting(database) -> set[str]:
    with database.read() as connection:
        return availability.objecting(connection)


def everything(database) -> dict[str, list[tuple]]:
    with database.read() as connection:
        return {name: connection.execute(select(table)).all() for name, table in metadata.tables.items()}
