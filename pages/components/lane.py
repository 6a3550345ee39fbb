"""The first column of a table whose rows open a page: a number that opens nothing.

The Tab key arrives in a table's first cell, which is the same to the server as a click there. Without this column
whoever walks a page by keys would be sent to the first customer; with it, arrow keys go down the numbers, and one step
to the right opens the row.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

NUMBER = "number"
LABEL, WIDTH = "No.", 44
HELP = "Number in the list as it is filtered and sorted."


def numbered(shown: pd.DataFrame, first: int = 1) -> pd.DataFrame:
    """The rows with their numbers in front."""
    numbers = [f"{number:,}" for number in range(first, first + len(shown))]
    return pd.concat([pd.Series(numbers, index=shown.index, name=NUMBER, dtype=object), shown], axis=1)


def opened(selection: Mapping[str, Any], *lanes: str) -> int | None:
    """The row of the cell that was clicked; None without one, and in the columns that open nothing."""
    cells = [row for row, column in selection["cells"] if column not in (NUMBER, *lanes)]
    return cells[0] if cells else None
