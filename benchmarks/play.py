"""A sample shop played through the real program: refresh, plan, launch, and the planted effects answer."""

import shutil
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from unittest.mock import patch

import duckdb
import numpy as np
import pandas as pd

import workflow
from benchmarks.one_month import uncontacted
from pipelines import jobs, publish
from pipelines.config import Settings, load_settings, workflow_url
from pipelines.progress import silent
from pipelines.sample import GivenContacts, play_sample, write_known
from pipelines.sample.chunk import Shop
from pipelines.sample.worth import Standing, standing
from workflow.campaigns import Brief, Campaign, add, mark_sent, members
from workflow.launch import launch, leave_out

CONTROL_SHARE = 0.4
WORTH_AT_MOST = 0.99  # a few firms would decide every comparison: nobody is worth more than this share of all are
_HERE, _BY = Path(__file__).parent, "bench"
_FOR_EACH_THOUSAND = {"budget": 500, "agent_hours": 5, "contacts": 90}


@dataclass
class Game:
    """A shop being played in a scratch folder; `decided` are the contacts so far by the first of their month."""

    customers: int
    seed: int
    scratch: Path
    decided: dict[date, pd.DataFrame] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """Where the program works."""
        return self.scratch / "home"

    @property
    def settings(self) -> Settings:
        """The shop's settings."""
        return load_settings(self.home)

    @property
    def given(self) -> GivenContacts:
        """What was decided so far, as the sample shop takes it."""
        return GivenContacts(self.decided)

    def begin(self) -> None:
        """Write settings and catalogue of actions."""
        self.home.mkdir(parents=True)
        limits = {name: round(each * self.customers / 1000) for name, each in _FOR_EACH_THOUSAND.items()}
        text = (_HERE / "six_months_settings.toml").read_text(encoding="utf-8")
        (self.home / "settings.toml").write_text(text.format(**limits), encoding="utf-8")
        shutil.copy(_HERE / "six_months_actions.toml", self.home / "actions.toml")

    def refresh(self, day: date) -> None:
        """Let the shop live until the day, and bring what is known then through the program."""
        shop, known = self.scratch / "shop", self.scratch / "known"
        play_sample(self.customers, self.seed, shop, self.given, uncontacted())
        shutil.rmtree(known, ignore_errors=True)
        write_known(shop, day, known)
        (known / "contacts.parquet").unlink()  # the program's own log has them
        jobs.refresh(str(known), None)(self.home, silent)

    def launch(self, day: date, chosen: pd.DataFrame) -> None:
        """Launch a plan with a control group at seven in the morning, and send it."""
        moment = datetime.combine(day, time(7))
        database = workflow.open_database(workflow_url(self.home, self.settings), lambda: moment)
        try:
            draft = Campaign(
                name=f"Plan of {day:%B}",
                brief=asdict(Brief(*6 * ("as the plan says",))),
                audience={"from": "plan"},
                control_share=CONTROL_SHARE,
                stop_on=day + timedelta(self.settings.churn.horizon_days),
                created_at=moment,
                campaign_id=f"plan-of-{day}",
            )
            free, _ = leave_out(database, chosen)
            # arms from a known secret, so that the same play can be had again
            with patch("workflow.launch.secrets.token_hex", lambda _size: f"shop {self.seed}, {day}"):
                campaign = launch(database, add(database, draft, _BY), free, _BY, _BY)
            found = members(database, campaign.campaign_id)
            mark_sent(database, campaign.campaign_id, {one.customer_id for one in found if one.arm == "treated"}, _BY)
        finally:
            database.close()
        self.decided[day] = pd.DataFrame([asdict(one) for one in found], columns=["customer_id", "action", "arm"])

    def truth(self, day: date) -> Standing:
        """What contacts on the day would really earn."""
        shop = Shop(self.customers, self.seed, uncontacted(), self.given)
        found = standing(shop, day, self.settings.economics.gross_margin)
        return replace(found, value=np.minimum(found.value, np.quantile(found.value, WORTH_AT_MOST)))

    def warehouse(self) -> duckdb.DuckDBPyConnection:
        """What is published."""
        return publish.open_current(self.home, "warehouse")
