"""The sections of the settings: every key with its default, what is allowed, and the words of docs/settings.md."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
Cap = Annotated[int, Field(ge=0)]
Weekday = Annotated[int, Field(ge=1, le=7)]
Channel = Literal["email", "phone", "sms", "post", "push"]


class Section(BaseModel):
    """A frozen group of settings that refuses unknown keys, so that a typing error is told and not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Churn(Section):
    """What counts as churned, and for whom the question makes sense."""

    horizon_days: int = Field(90, ge=1, le=730, description="churned = no order in this many days after the snapshot")
    eligibility: Literal["active", "due", "subscribed"] = Field(
        "active",
        description="active: ordered within active_days; due: the next order is expected around the horizon; "
        "subscribed: contract running, churned = contract ended in the horizon",
    )
    active_days: int = Field(365, ge=1, description="an active customer ordered within this many days")
    due_factor: float = Field(0.5, ge=0, description="width of the due window on both sides, in horizons")


class Snapshots(Section):
    """The dates on which customers are looked at."""

    every: Literal["day", "week", "month", "quarter"] = Field(
        "month",
        description="distance between snapshots; `month` with a horizon under 60 days: half of it, in whole weeks",
    )
    count: int = Field(
        18,
        ge=1,
        le=120,
        description="labelled snapshots at most, counted back from the newest one; where they stand closer than a "
        "month, the months they span",
    )
    min_history_days: int = Field(30, ge=0, description="days of orders that must lie before the oldest snapshot")


class Features(Section):
    """Which facts beyond the contract's own become features."""

    attributes: tuple[str, ...] = Field((), description="extra columns of customers to use as features")


class Economics(Section):
    """How orders become money."""

    gross_margin: Share = Field(0.35, description="margin share where products have no unit cost")
    value_horizon_days: int = Field(365, ge=30, description="days of margin in the expected value")
    discount_rate: float = Field(0.10, ge=0, lt=1, description="yearly rate that discounts future margin")
    currency: str = Field("EUR", min_length=3, max_length=3, description="ISO code of the shop's one currency")
    contact_cost: float = Field(1.0, ge=0, description="what a contact costs, where models are compared in money")
    ticket_cost: float = Field(6.0, ge=0, description="what a support ticket costs, in what a customer earned")
    incentive: float = Field(10.0, ge=0, description="what the incentive costs per taker, where they are compared")
    redemption: Share = Field(1.0, description="share of stayers who take the incentive, where they are compared")
    acceptance_alpha: float = Field(
        6.0, gt=0, description="share of leavers won back, where they are compared: Beta's a"
    )
    acceptance_beta: float = Field(
        14.0, gt=0, description="the same: Beta's b; 6 and 14 mean 0.30, known as by 20 tries"
    )


class Lifecycle(Section):
    """Thresholds of the lifecycle stages, in multiples of the customer's own cadence."""

    new_days: int = Field(60, ge=1, description="a first order within this many days makes a new customer")
    cooling: float = Field(1.0, gt=0, description="overdue ratio from which a customer cools")
    at_risk: float = Field(1.5, gt=0, description="overdue ratio from which a customer is at risk")
    lapsed: float = Field(2.0, gt=0, description="overdue ratio above which a customer has lapsed")

    @model_validator(mode="after")
    def _rising(self) -> "Lifecycle":
        if not self.cooling < self.at_risk < self.lapsed:
            raise ValueError("cooling, at_risk and lapsed must be rising")
        return self


class Experience(Section):
    """When the help desk works (hours to a reply or a solution count then alone), and what hides behind tickets."""

    business_hours: str = Field(
        "",
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d)?$",
        description="hours of the help desk, such as 09:00-17:00, in the time of the data (UTC); "
        "empty: around the clock",
    )
    business_days: tuple[Weekday, ...] = Field(
        (1, 2, 3, 4, 5, 6, 7), min_length=1, description="days on which the help desk works, 1 = Monday"
    )
    hidden_causes: tuple[str, ...] = Field(
        ("product",),
        description="topics of tickets whose cause shows in no other table, such as a fault of the product; what they "
        "cost by themselves is not counted as an effect of contact",
    )

    @property
    def hours(self) -> tuple[float, float]:
        """Hour of the day at which the help desk opens, and at which it closes; 0 and 24 around the clock."""
        if not self.business_hours:
            return 0.0, 24.0
        since, until = (int(end[:2]) + int(end[3:]) / 60 for end in self.business_hours.split("-"))
        return since, until

    @model_validator(mode="after")
    def _rising(self) -> "Experience":
        since, until = self.hours
        if not since < until <= 24:
            raise ValueError("business_hours must begin before they end, on one day")
        return self


class Risk(Section):
    """Bands of churn risk, for words beside the probability."""

    bands: tuple[Share, Share, Share] = Field((0.25, 0.5, 0.75), description="lower edges of medium, high, very high")

    @field_validator("bands")
    @classmethod
    def _rising(cls, bands: tuple[float, float, float]) -> tuple[float, float, float]:
        if not bands[0] < bands[1] < bands[2]:
            raise ValueError("the three edges must be rising")
        return bands


class Contacts(Section):
    """The contact policy: how often, when and to whom an offer may be made. Caps are per customer."""

    all_7: int = Field(2, ge=0, description="contacts within 7 days at most, over all channels")
    all_30: int = Field(4, ge=0, description="contacts within 30 days at most, over all channels")
    channel_7: dict[Channel, Cap] = Field(
        {"email": 1, "phone": 1}, description="contacts within 7 days at most, by channel; 0 closes it"
    )
    channel_30: dict[Channel, Cap] = Field(
        {"email": 3, "phone": 1, "post": 1}, description="contacts within 30 days at most, by channel"
    )
    quiet_channels: tuple[Channel, ...] = Field(
        ("phone", "sms", "push"), description="channels that keep the quiet hours and days"
    )
    quiet_from: int = Field(20, ge=0, le=23, description="hour at which the quiet hours begin, in the shop's own time")
    quiet_until: int = Field(8, ge=0, le=23, description="hour at which they end")
    quiet_days: tuple[Weekday, ...] = Field((7,), max_length=6, description="quiet weekdays, 1 = Monday")
    unknown_consent: Literal["block", "allow"] = Field(
        "block", description="what holds for actions that need consent where the shop has no consents table"
    )
    slow_reply_hours: float = Field(24.0, gt=0, description="a first reply that took longer makes a ticket slow")
    service_days: int = Field(
        30, ge=0, description="days a reopened or slow ticket or a late delivery holds offers back, unless dealt with"
    )
    look_again_days: int = Field(7, ge=1, description="days after which an open ticket is looked at again")
    discount_dependence: float = Field(
        1.0, ge=0, description="extra price of a discount for a customer who only buys at a discount; 1 doubles it"
    )
    max_discount_share: Share = Field(0.8, description="share of orders at a discount above which no more is given")
    discount_days: int = Field(30, ge=0, description="days that a discount runs")
    running_discounts: int = Field(1, ge=0, description="running discounts per customer at most")


class Plan(Section):
    """What one plan may spend unless its caller says otherwise."""

    budget: float = Field(1_000.0, ge=0, description="money for contacts and incentives, in the shop's currency")
    agent_hours: float = Field(20.0, ge=0, description="hours of agents")
    channel_caps: dict[Channel, Cap] = Field(
        {}, description="contacts per channel at most, such as { phone = 50 }; a channel left out has no cap"
    )


class Model(Section):
    """How the model is trained and when it is due again."""

    trials: int = Field(0, ge=0, description="optuna trials before the final fit; 0 keeps the default parameters")
    max_rows: int = Field(500_000, ge=1_000, description="training rows at most, sampled by customer")
    retrain_after_days: int = Field(30, ge=1, description="age of the model, in days of data, at which it is due")
    seed: int = Field(7, ge=0, description="seed of every random step")


class Ingest(Section):
    """How much bad input is tolerated."""

    max_reject_share: Share = Field(0.05, description="share of rejected rows per table above which ingest stops")
    gap_days: int = Field(365, ge=30, description="orders later than all others by more days than this are rejected")


class Uploads(Section):
    """What may be dropped on the page for new data, and how long it stays there."""

    max_mb: int = Field(200, ge=1, le=2_000, description="size of the files of one upload at most, in MB")
    keep_days: int = Field(7, ge=1, description="days after which an upload that was not loaded is removed")


class Runs(Section):
    """What is kept of earlier runs."""

    keep: int = Field(3, ge=1, description="published sources and warehouses kept; of features the newest alone")


class Engine(Section):
    """What computes."""

    name: Literal["duckdb"] = Field("duckdb", description="the engine that runs the SQL files")
    threads: int = Field(0, ge=0, description="threads for DuckDB and XGBoost; 0 uses every core")
    memory_limit: str = Field(
        "", description="DuckDB's memory limit such as '8GB'; empty: 4.5 GB, or 80 % of the machine's if that is less"
    )


class Workflow(Section):
    """Where decisions are kept."""

    url: SecretStr = Field(
        SecretStr(""),
        description="database of decisions, such as `postgresql://USER:PASSWORD@HOST/NAME`; empty keeps `workflow.db` "
        "under home",
    )
