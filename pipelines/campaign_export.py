"""A campaign as a file for a mail tool: whom to contact now, and a manifest that proves the arms and names nobody."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

import workflow
from pipelines.config import Settings, load_settings, workflow_url
from pipelines.errors import InputError
from pipelines.export import NO_CONSENTS, REASONS, as_bytes, check_target, counted, left_out_line, write_sheets
from pipelines.reachable import export_reasons, newest_state
from workflow import campaigns
from workflow.campaigns import Campaign
from workflow.launch import fingerprint_of

_ROWS = """
-- One row per treated member of the campaign, as the contact log has them.
select
    made.customer_id,
    made.action,
    made.channel,
    made.contact_id,
from decided_contacts as made
inner join decided_members as members
    on made.campaign_id = members.campaign_id and made.customer_id = members.customer_id
where made.campaign_id = $campaign and made.arm = 'treated' and members.arm = 'treated'
order by made.customer_id
"""


@dataclass(frozen=True)
class CampaignFile:
    """A campaign's file before it is written: the rows for the mail tool, the manifest, and who was left out why."""

    rows: pd.DataFrame
    manifest: pd.DataFrame
    left_out: dict[str, int]
    has_consents: bool

    @property
    def sheets(self) -> dict[str, pd.DataFrame]:
        """Sheets by name; the first one alone is what a .csv holds."""
        return {"Contacts": self.rows, "Manifest": self.manifest}


@dataclass(frozen=True)
class CampaignExportReport:
    """What was written, where, and how many treated members it left out for which reason."""

    out: str
    manifest: str
    rows: int
    left_out: dict[str, int]
    has_consents: bool

    def lines(self) -> list[str]:
        """The report in plain lines."""
        told = [
            f"Wrote {self.rows:,} contacts to {self.out}, the manifest to {self.manifest}.",
            left_out_line(self.left_out),
        ]
        return told if self.has_consents else [*told, NO_CONSENTS]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-able facts."""
        return asdict(self)


def export_campaign(home: Path, campaign_id: str, out: Path) -> CampaignExportReport:
    """Write a running campaign's contacts to .csv (the manifest beside it) or .xlsx (the manifest as second sheet).

    A campaign may be given by its name, too.
    Nobody held out here or elsewhere, without consent to the channel (of service initiatives: with a no to it),
    objecting or forgotten is in it, as of now, and nobody whose task is done, dropped or put off: a file that is
    written again contacts nobody twice.
    Raises InputError for a campaign that does not run, a target that cannot be written, or a database that is silent.
    """
    check_target(out)
    file = read_campaign(home, campaign_id)
    manifest = out
    write_sheets(file.sheets, out)
    if out.suffix.lower() == ".csv":
        manifest = out.with_name(f"{out.stem}_manifest.csv")
        write_sheets({"Manifest": file.manifest}, manifest)
    return CampaignExportReport(str(out), str(manifest), len(file.rows), file.left_out, file.has_consents)


def campaign_file(home: Path, campaign_id: str, ending: str = ".xlsx") -> bytes:
    """The bytes of `export_campaign`'s main file, for a button that downloads; a .csv comes without its manifest."""
    return as_bytes(read_campaign(home, campaign_id).sheets, ending)


def campaign_manifest(home: Path, campaign_id: str) -> pd.DataFrame:
    """What the file rests on, as lines of `what` and `value`: counts per arm and what the arms are checked against."""
    return read_campaign(home, campaign_id).manifest


def read_campaign(home: Path, campaign_id: str) -> CampaignFile:
    """A running campaign's rows and manifest as of now; raises InputError."""
    settings = load_settings(home)
    campaign, fingerprint, to_do = _campaign(home, campaign_id, settings)
    with newest_state(home, settings) as con:
        made = con.execute(_ROWS, {"campaign": campaign.campaign_id}).df()
        told = export_reasons(con, home, made).set_index("customer_id")["reason"]
        reason = made["customer_id"].map(told)
        if (
            campaign.is_service
        ):  # dealing with the customer's own matter is no advertising, but a no to the channel counts
            said_no = "select customer_id from latest_consents where channel = ? and not granted"
            refused = con.execute(said_no, [campaign.audience.get("channel")]).df()["customer_id"]
            reason = reason.mask((reason == "no consent") & ~made["customer_id"].isin(refused))
        reason = reason.mask(reason.isna() & ~made["customer_id"].isin(to_do), "settled")
        allowed = made[reason.isna()]
        rows = _named(con, allowed, campaign)
        if campaign.is_service:
            rows = _with_matters(con, rows, campaign)
        arms = con.execute(
            "select arm, count(*) from decided_members where campaign_id = $campaign group by arm order by arm desc",
            {"campaign": campaign.campaign_id},
        ).fetchall()
        (has_consents,) = con.execute("select getvariable('has_consents')").fetchall()[0]
    left_out = counted(reason)
    manifest = _manifest(campaign, dict(arms), fingerprint, len(rows), left_out)
    return CampaignFile(rows, manifest, left_out, bool(has_consents))


def _campaign(home: Path, campaign_id: str, settings: Settings) -> tuple[Campaign, str, frozenset[str]]:
    """A running campaign, its fingerprint, and whose task is still to be done."""
    try:
        database = workflow.open_existing(workflow_url(home, settings))
        if database is None:
            raise InputError("No campaign was launched yet, so there is nothing to export.")
        try:
            named = [one.campaign_id for one in campaigns.listed(database) if one.name == campaign_id]
            campaign = campaigns.get(database, *(named or [campaign_id]))
            fingerprint = fingerprint_of(database, campaign.campaign_id)
            to_do = campaigns.still_to_do(database, campaign.campaign_id)
        finally:
            database.close()
    except workflow.WorkflowError as error:
        raise InputError(str(error)) from None
    if campaign.status != "running":
        raise InputError(f"{campaign.name!r} is {campaign.status}: only a running campaign is exported.")
    return campaign, fingerprint, to_do


def _named(con: duckdb.DuckDBPyConnection, allowed: pd.DataFrame, campaign: Campaign) -> pd.DataFrame:
    """The rows of the file: names and addresses from the newest source, titles from the last scoring's catalogue."""
    has_customers = con.execute("select 1 from duckdb_views() where view_name = 'customers'").fetchall()
    people = "customers" if has_customers else "(select null::varchar as customer_id, null as name, null as email)"
    con.register("allowed_rows", allowed.astype(object))
    return con.execute(
        f"""
        select
            $name as campaign, $run as run_id, allowed_rows.contact_id, allowed_rows.customer_id,
            people.name, people.email, coalesce(actions.title, allowed_rows.action) as action_title,
            allowed_rows.channel, 'treated' as arm,
        from allowed_rows
        left join {people} as people on allowed_rows.customer_id = people.customer_id
        left join warehouse.actions on allowed_rows.action = actions.action
        order by allowed_rows.customer_id
        """,
        {"name": campaign.name, "run": campaign.run_id},
    ).df()


def _with_matters(con: duckdb.DuckDBPyConnection, rows: pd.DataFrame, campaign: Campaign) -> pd.DataFrame:
    """The rows of a service initiative: what is to be done, and the ticket or parcel that it was about when scored."""
    con.register("file_rows", rows.astype(object))
    return con.execute(
        """
        select
            file_rows.* replace ($title as action_title), $treated as to_do, found.ticket_id, found.topic,
            found.order_id, found.since,
        from file_rows
        left join warehouse.initiative_customers as found
            on file_rows.customer_id = found.customer_id and found.trigger = $trigger
        order by file_rows.customer_id
        """,
        {name: campaign.audience[name] for name in ("title", "treated", "trigger")},
    ).df()


def _manifest(
    campaign: Campaign, arms: dict[str, int], fingerprint: str, rows: int, left_out: dict[str, int]
) -> pd.DataFrame:
    """The manifest as lines of what and value, all text."""
    lines: list[tuple[str, object]] = [
        ("campaign", campaign.name),
        ("campaign id", campaign.campaign_id),
        ("run id", campaign.run_id),
        ("launched at (UTC)", f"{campaign.launched_at:%Y-%m-%d %H:%M}"),
        ("stop date", campaign.stop_on),
        ("treated", arms.get("treated", 0)),
        ("control, in no file", arms.get("control", 0)),
        ("contacts in this file", rows),
        *((f"treated but left out: {REASONS[reason]}", count) for reason, count in left_out.items()),
        ("fingerprint of the arms", fingerprint),
    ]
    return pd.DataFrame([(what, str(value)) for what, value in lines], columns=["what", "value"])
