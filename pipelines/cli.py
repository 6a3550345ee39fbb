"""The command line: `python -m pipelines COMMAND --home DIR`. Each command is a thin door to a job."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from pipelines import jobs
from pipelines.config import home_folder
from pipelines.console import Outcome, explained_errors, progress_bar, show

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Stammkunde: who is about to stop buying, why, and what each customer is worth.",
)

Home = Annotated[
    Path | None, typer.Option("--home", help="Folder everything is written under (default: $STAMMKUNDE_HOME or data/).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of lines.")]
AsOf = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day to look from (YYYY-MM-DD).")]
Mapping = Annotated[Path | None, typer.Option(help="Mapping file (default: mapping.toml beside the files).")]
Trials = Annotated[int | None, typer.Option(min=0, help="Parameter trials before the final fit.")]
Note = Annotated[str, typer.Option(help="Why, for the history.")]
By = Annotated[str | None, typer.Option(help="Who decides (default: whoever runs the command).")]


def _run(job: jobs.Job, home: Path | None, as_json: bool) -> None:
    """Run a job in a home folder and show its outcome or its error."""
    folder = home_folder(home)
    with explained_errors(folder, as_json):
        with progress_bar(as_json) as progress:
            outcome: Outcome = job(folder, progress)
        show(outcome, as_json)


@app.command()
def sample(
    to: Annotated[Path, typer.Option(help="Folder to write the shop's files to.")],
    customers: Annotated[int, typer.Option(min=1, help="How many customers.")] = 5000,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 1,
    format: Annotated[Literal["csv", "parquet"], typer.Option(help="File format.")] = "parquet",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Write a sample shop's source folder, every table of the contract, with the planted truth beside it."""
    _run(jobs.sample(customers, seed, to, format), home, as_json)


@app.command()
def ingest(source: str, mapping: Mapping = None, home: Home = None, as_json: AsJson = False) -> None:
    """Check and load a source: a folder, a file or a database URL."""
    _run(jobs.ingest(source, mapping), home, as_json)


@app.command()
def build(home: Home = None, as_json: AsJson = False) -> None:
    """Compute the features and labels of every snapshot."""
    _run(jobs.build(), home, as_json)


@app.command()
def train(
    trials: Trials = None,
    propose: Annotated[bool, typer.Option("--propose", help="Register the version without putting it to use.")] = False,
    build: Annotated[bool, typer.Option("--build", help="Build features first if built for other settings.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Train, judge out of time and register a version; it goes live if it is better and the gate has no block."""
    _run(jobs.train(trials, propose, build), home, as_json)


@app.command()
def promote(version: str, note: Note, by: By = None, home: Home = None, as_json: AsJson = False) -> None:
    """Put a model version to use: its churn definition, its features, its scores, published."""
    _run(jobs.promote(version, note, by), home, as_json)


@app.command()
def rollback(note: Note, by: By = None, home: Home = None, as_json: AsJson = False) -> None:
    """Put the model version to use again that was in use before."""
    _run(jobs.rollback(note, by), home, as_json)


@app.command()
def score(as_of: AsOf = None, home: Home = None, as_json: AsJson = False) -> None:
    """Publish risk, reasons and value of every customer."""
    _run(jobs.score(as_of.date() if as_of else None), home, as_json)


@app.command()
def refresh(
    source: Annotated[str | None, typer.Argument()] = None,
    mapping: Mapping = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """The nightly job: ingest (if a source is given), build, train when due, score, publish."""
    _run(jobs.refresh(source, mapping), home, as_json)


@app.command()
def labels(home: Home = None, as_json: AsJson = False) -> None:
    """Compare definitions of churn (horizon and eligibility) on this shop's past: the label lab."""
    _run(jobs.labels(), home, as_json)


@app.command()
def backtest(
    as_of: Annotated[datetime, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The day to go back to.")],
    out: Annotated[Path, typer.Option(help="Parquet file to write.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Write the list as it would have been on a day, trained only on what was known then."""
    _run(jobs.backtest(as_of.date(), out), home, as_json)


@app.command()
def compare(first: str, second: str, home: Home = None, as_json: AsJson = False) -> None:
    """Compare two model versions on the same customers, and the lists they would make."""
    _run(jobs.compare(first, second), home, as_json)


@app.command()
def status(home: Home = None, as_json: AsJson = False) -> None:
    """Say how fresh data, model and scores are, and what the last run did."""
    _run(jobs.status(), home, as_json)


@app.command()
def export(
    what: Annotated[Literal["worklist", "campaign", "rejects"], typer.Argument()],
    out: Annotated[Path, typer.Option(help="File to write: .csv or .xlsx.")],
    campaign: Annotated[str | None, typer.Option(help="The running campaign, by name or id.")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Write the list to act on or a campaign for a mail tool, without anybody held out, or all rejected rows."""
    _run(jobs.export(what, out, campaign), home, as_json)


@app.command()
def enrol(by: By = None, home: Home = None, as_json: AsJson = False) -> None:
    """Take newly eligible customers into running service initiatives."""
    _run(jobs.enrol(by), home, as_json)


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="File to write: .pdf or .png.")], home: Home = None, as_json: AsJson = False
) -> None:
    """Write the overview on one page, for paper and mail."""
    _run(jobs.report(out), home, as_json)


@app.command()
def forget(customer_id: str, home: Home = None, as_json: AsJson = False) -> None:
    """Erase a person from everything under home and from the workflow database."""
    _run(jobs.forget(customer_id), home, as_json)
