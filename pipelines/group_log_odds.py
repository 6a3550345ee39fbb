"""What each group of features adds to a customer's log-odds, kept while scoring for whoever groups customers by it."""

import duckdb
import numpy as np
import pandas as pd

from pipelines.quoting import quoted

TABLE = "customer_group_log_odds"
OTHER = "other"  # features without words of their own


class GroupLogOdds:
    """Temporary table `customer_group_log_odds`: one row per scored customer, one column of log-odds per group."""

    def __init__(self, con: duckdb.DuckDBPyConnection, features_alias: str) -> None:
        """Make the table anew in `con`, with the groups of the attached store's feature_words."""
        words = con.execute(f"select feature, feature_group from {features_alias}.feature_words").fetchall()
        self._con = con
        self._group_of = dict(words)
        self.groups = list(dict.fromkeys([*self._group_of.values(), OTHER]))
        columns = "".join(f", {quoted(group)} float" for group in self.groups)
        con.execute(f"create or replace temp table {TABLE} (customer_id varchar{columns})")

    def add(self, customer_id: pd.Series, features: tuple[str, ...], contributions: np.ndarray) -> None:
        """Append one batch: its log-odds by feature, shape (customers, features), summed by group."""
        place = [self.groups.index(self._group_of.get(name, OTHER)) for name in features]
        belongs = np.zeros((len(features), len(self.groups)), dtype=contributions.dtype)
        belongs[np.arange(len(features)), place] = 1
        sums = pd.DataFrame(contributions @ belongs, columns=self.groups)
        sums.insert(0, "customer_id", customer_id.to_numpy())
        self._con.register("grouped_batch", sums)
        self._con.execute(f"insert into {TABLE} by name select * from grouped_batch")
        self._con.unregister("grouped_batch")
