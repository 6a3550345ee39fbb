"""No step mixes features, data, settings and model that do not belong together."""

import json
from pathlib import Path

import duckdb
import pytest

SETTINGS = {
    "horizon": "[churn]\nhorizon_days = 30\n",
    "value horizon": "[economics]\nvalue_horizon_days = 180\n",
}


@pytest.mark.parametrize("command", ["train", "score"])
def test_features_of_other_settings_are_refused(command, home, cli):
    (home / "settings.toml").write_text(SETTINGS["horizon"], encoding="utf-8")
    before = (home / "warehouse.duckdb").resolve()
    done = cli(command, "--home", home, check=False)
    assert done.returncode == 2, done.stdout
    assert "python -m pipelines" in done.stderr
    assert (home / "warehouse.duckdb").resolve() == before


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_model_for_another_question_does_not_score(setting, home, cli):
    (home / "settings.toml").write_text(SETTINGS[setting], encoding="utf-8")
    cli("build", "--home", home)
    done = cli("score", "--home", home, check=False)
    assert done.returncode == 2, done.stdout
    assert "Model version 1 cannot score" in done.stderr


def test_other_economics_bring_a_new_model(home, cli):
    (home / "settings.toml").write_text(SETTINGS["value horizon"], encoding="utf-8")
    facts = json.loads(cli("refresh", "--home", home, "--json").stdout)
    assert facts["training_reason"] == "the economics have changed since"
    assert facts["train"]["promoted"]
    assert facts["score"]["model_version"] == facts["train"]["version"]


def test_features_of_older_data_are_not_scored(home, cli):
    orders = home / "sample" / "orders.parquet"
    with duckdb.connect() as con:
        con.execute(f"create table orders as from '{orders}' where customer_id not like '%7'")
        Path(orders).unlink()
        con.execute(f"copy orders to '{orders}' (format parquet)")
    cli("ingest", home / "sample", "--home", home)
    done = cli("score", "--home", home, check=False)
    assert done.returncode == 2, done.stdout
    assert "built from other data" in done.stderr
