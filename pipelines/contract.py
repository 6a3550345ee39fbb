"""The data contract: every source table with its columns, types and rules, as one constant.

The loader, the sample shop and `data/README.md` all follow this module; a test holds the page to it.
"""

from dataclasses import dataclass
from typing import Literal

Type = Literal["text", "integer", "number", "money", "timestamp", "boolean"]

SQL_TYPES: dict[Type, str] = {
    "text": "varchar",
    "integer": "bigint",
    "number": "double",
    "money": "double",
    "timestamp": "timestamp",
    "boolean": "boolean",
}


@dataclass(frozen=True)
class Column:
    """One column of a source table; `low` and `high` are inclusive bounds, `above` an exclusive lower one."""

    name: str
    type: Type
    is_required: bool = False
    low: float | None = None
    high: float | None = None
    above: float | None = None
    allowed: tuple[str, ...] = ()
    default: str | None = None
    refers_to: str | None = None  # table whose key a value should name; a miss is an orphan, not an error


@dataclass(frozen=True)
class Table:
    """One source table: its grain in words, its columns in contract order and the columns that identify a row."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Return the column called `name`; raises KeyError if the contract has none."""
        return {column.name: column for column in self.columns}[name]

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that a source must bring."""
        return tuple(column.name for column in self.columns if column.is_required)


def _column(spec: str, **rules: object) -> Column:
    """Read "name type" (a star after the name marks a required column) and attach the rules."""
    name, kind = spec.split()
    return Column(name.rstrip("*"), kind, is_required=name.endswith("*"), **rules)  # type: ignore[arg-type]


CONSENT_CHANNELS = ("email", "phone", "sms", "post", "push")
TOUCHPOINT_KINDS = (
    "visit", "store_visit", "cart_added", "cart_abandoned", "email_sent", "email_opened", "email_clicked",
    "review", "referral", "chat", "unsubscribe",
)  # fmt: skip
SURVEY_RANGES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}

_CUSTOMER = _column("customer_id* text", refers_to="customers")

_TABLES = (
    Table(
        "orders",
        "order",
        ("order_id",),
        (
            _column("order_id* text"),
            _CUSTOMER,
            _column("ordered_at* timestamp"),
            _column("revenue* money", low=0),
            _column("discount money", low=0),
            _column("shipping_fee money"),
            _column("refunded money", low=0),
            _column("refunded_at timestamp"),
            _column("status text", allowed=("completed", "cancelled"), default="completed"),
            _column("channel text"),
            _column("promised_at timestamp"),
            _column("delivered_at timestamp"),
            _column("coupon text"),
        ),
    ),
    Table(
        "order_lines",
        "order × product",
        ("order_id", "product_id"),
        (
            _column("order_id* text", refers_to="orders"),
            _column("product_id* text", refers_to="products"),
            _column("quantity* number", above=0),
            _column("unit_price* money"),
            _column("discount money"),
            _column("returned_quantity number"),
            _column("returned_at timestamp"),
        ),
    ),
    Table(
        "products",
        "product",
        ("product_id",),
        (
            _column("product_id* text"),
            _column("name text"),
            _column("category text"),
            _column("unit_price money"),
            _column("unit_cost money"),
            _column("upgrade_of text", refers_to="products"),
            _column("accessory_of text", refers_to="products"),
        ),
    ),
    Table(
        "customers",
        "customer",
        ("customer_id",),
        (
            _column("customer_id* text"),
            _column("name text"),
            _column("email text"),
            _column("signed_up_at timestamp"),
            _column("country text"),
            _column("region text"),
            _column("acquisition_channel text"),
            _column("preferred_channel text"),
            _column("loyalty_tier text"),
            _column("loyalty_points number"),
            _column("is_business boolean"),
        ),
    ),
    Table(
        "consents",
        "change of consent",
        ("customer_id", "channel", "changed_at"),
        (
            _CUSTOMER,
            _column("channel* text", allowed=CONSENT_CHANNELS),
            _column("granted* boolean"),
            _column("changed_at* timestamp"),
        ),
    ),
    Table(
        "support_tickets",
        "ticket",
        ("ticket_id",),
        (
            _column("ticket_id* text"),
            _CUSTOMER,
            _column("opened_at* timestamp"),
            _column("first_replied_at timestamp"),
            _column("solved_at timestamp"),
            _column("reopened_at timestamp"),
            _column("channel text"),
            _column("topic text"),
            _column("order_id text", refers_to="orders"),
            _column("satisfaction integer", low=1, high=5),
            _column("rated_at timestamp"),
        ),
    ),
    Table(
        "surveys",
        "answer",
        ("survey_id",),
        (
            _column("survey_id* text"),
            _CUSTOMER,
            _column("answered_at* timestamp"),
            _column("kind* text", allowed=tuple(SURVEY_RANGES)),
            _column("score* number"),  # the range depends on the kind: SURVEY_RANGES
            _column("comment text"),
        ),
    ),
    Table(
        "touchpoints",
        "contact of any kind with the brand",
        ("touchpoint_id",),
        (
            _column("touchpoint_id* text"),
            _CUSTOMER,
            _column("occurred_at* timestamp"),
            _column("kind* text", allowed=TOUCHPOINT_KINDS),
            _column("channel text"),
            _column("value number"),
        ),
    ),
    Table(
        "contacts",
        "retention contact made, or withheld",
        ("contact_id",),
        (
            _column("contact_id* text"),
            _CUSTOMER,
            _column("contacted_at* timestamp"),
            _column("action* text"),
            _column("arm* text", allowed=("treated", "control")),
            _column("campaign text"),
            _column("channel text"),
            _column("cost money"),
            _column("responded_at timestamp"),
        ),
    ),
    Table(
        "subscriptions",
        "contract",
        ("subscription_id",),
        (
            _column("subscription_id* text"),
            _CUSTOMER,
            _column("plan text"),
            _column("started_at* timestamp"),
            _column("ended_at timestamp"),
            _column("renews_at timestamp"),
            _column("monthly_fee money"),
        ),
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _TABLES}
