"""Names that a customer carries and a model does not read: by them its figures are told in groups."""

import duckdb
import numpy as np
import pandas as pd

from models.slices import DIMENSIONS
from pipelines.quoting import quoted
from pipelines.warehouse import tables


def with_names(con: duckdb.DuckDBPyConnection, frame: pd.DataFrame, alias: str = "source") -> pd.DataFrame:
    """The frame with the columns of models.slices.DIMENSIONS that table customers of the attached store holds.

    They are text, which no model takes for a feature. Nothing is added where there is no such table or nothing in it.
    """
    if f"{alias}.customers" not in tables(con):
        return frame
    names = ", ".join(f"any_value({quoted(name)}) as {quoted(name)}" for name in DIMENSIONS)
    found = con.execute(f"select customer_id, {names} from {alias}.customers group by customer_id").df()
    known = [name for name in DIMENSIONS if found[name].notna().any() and name not in frame]
    if not known:
        return frame
    places = pd.Index(found["customer_id"]).get_indexer(frame["customer_id"])
    named = {name: pd.Categorical(found[name]) for name in known}
    codes = {name: np.where(places >= 0, values.codes[places], -1) for name, values in named.items()}
    return frame.assign(**{name: pd.Categorical.from_codes(codes[name], dtype=named[name].dtype) for name in known})
