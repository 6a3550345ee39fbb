"""Writes `docs/features.md` from the feature words: `python -m pipelines.feature_page`. A test compares the two."""

from pathlib import Path

from pipelines.warehouse import SQL_FOLDER, SqlFile, read_folder
from pipelines.words import Words, words_of

PAGE = Path(__file__).parent.parent / "docs" / "features.md"
_EFFECT = {"higher_raises": "more means leaving", "higher_lowers": "more means staying", "either": "either way"}

_HEAD = """# Features

What the model knows about a customer, made from the words beside each SQL file in `pipelines/sql/features/`
(`python -m pipelines.feature_page` writes this page). A table that the source lacks takes its features away and
nothing else; `build` reports which.

**Point in time.** A snapshot of a day knows what happened strictly before that day's midnight, each fact by its own
moment: a refund counts from `refunded_at`, a rating from `rated_at`, a return from `returned_at`, a sign-up from
`signed_up_at`. A fact without its own moment is unknown. A ticket solved later is open, a contract ended later runs,
and a renewal that lies ahead is not looked at. Cancelled orders never count. "Last 90 days" are the 90 days before the
snapshot's day, and yesterday is one day ago.

**Missing.** Where nothing can be said (no rhythm after one order) the value is missing, not zero, and the reason
says why.

**Extra columns of `customers`** named in the setting `features.attributes` become features `attribute_<column>`. They
carry no time, so nothing proves they were known earlier. Numbers and booleans are taken as they are; a text becomes a
code from 0 to 999 computed from the text (case and outer blanks ignored), the same in every run and without order.

**To add a feature** put a select into a file of `pipelines/sql/features/`, one row per customer with `customer_id`
(or `customer_number`, which is quicker; what all orders sum up to stands ready in `order_sums`),
reading facts `where … < getvariable('as_of_date')`, and its words into the `.toml` of the same name. That is all: the
build joins it, and the tests that exist check its words, its style and that it does not see the future. `when_absent`
in the words is the value for customers of whom the file has no row (0 tickets); without it they have none.
"""


def _row(words: Words) -> str:
    """One feature as a table row."""
    changeable = "yes" if words.changeable else ""
    cells = (f"`{words.feature}`", words.label, words.unit, _EFFECT[words.direction], changeable, words.reason)
    return f"| {' | '.join(cells)} |"


def _section(file: SqlFile) -> str:
    """The features of one file as a table under its grain."""
    grain = file.text.splitlines()[0].removeprefix("-- ")
    rows = "\n".join(_row(words) for words in words_of(file))
    return (
        f"## {file.name}: {words_of(file)[0].group}\n\n{grain}\n\n"
        "| feature | meaning | unit | expected | the shop can change it | told as |\n|---|---|---|---|---|---|\n"
        f"{rows}\n"
    )


def feature_page(folder: Path = SQL_FOLDER / "features") -> str:
    """The page about every feature of a folder, as Markdown."""
    return "\n".join([_HEAD, *(_section(file) for file in read_folder(folder) if words_of(file))])


if __name__ == "__main__":
    PAGE.write_text(feature_page(), encoding="utf-8")
