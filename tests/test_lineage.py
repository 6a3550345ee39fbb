"""No step mixes features, data, settings and model that do not belong together."""

from pathlib import Path

import duckdb
import pytest

from pipelines import jobs, publish
from pipelines.console import Outcome
from pipelines.errors import InputError
from pipelines.progress import silent

SETTINGS = {
    "horizon": "[churn]\nhorizon_days = 30\n",
    "value horizon": "[economics]\nvalue_horizon_days = 180\n",
}


def run(home: Path, job: jobs.Job) -> Outcome:
    return job(home, silent)


@pytest.mark.parametrize("job", [jobs.train(None), jobs.score(None)], ids=["train", "score"])
def test_features_of_other_settings_are_refused(job, home):
    (home / "settings.toml").write_text(SETTINGS["horizon"], encoding="utf-8")
    before = publish.current(home, "warehouse")
    with pytest.raises(InputError, match=r"python -m pipelines|cannot score"):
        run(home, job)
    assert publish.current(home, "warehouse") == before


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_model_for_another_question_does_not_score(setting, home):
    (home / "settings.toml").write_text(SETTINGS[setting] + "[snapshots]\ncount = 1\n", encoding="utf-8")
    run(home, jobs.build())
    with pytest.raises(InputError, match="Model version 1 cannot score"):
        run(home, jobs.score(None))


def test_other_economics_bring_a_new_model(home):
    (home / "settings.toml").write_text(SETTINGS["value horizon"] + "[snapshots]\ncount = 4\n", encoding="utf-8")
    facts = run(home, jobs.refresh(None, None)).facts
    assert facts["training_reason"] == "the economics have changed since"
    assert facts["train"]["promoted"]
    assert facts["score"]["model_version"] == facts["train"]["version"]


def test_features_of_older_data_are_not_scored(home):
    orders = home / "sample" / "orders.parquet"
    with duckdb.connect() as con:
        con.execute(f"create table orders as from '{orders}' where customer_id not like '%7'")
        orders.unlink()
        con.execute(f"copy orders to '{orders}' (format parquet)")
    run(home, jobs.ingest(str(home / "sample"), None))
    with pytest.raises(InputError, match="built from other data"):
        run(home, jobs.score(None))


def test_features_of_an_older_program_are_not_scored(home):
    before = publish.current(home, "warehouse")
    with duckdb.connect(str(publish.require(home, "features"))) as con:
        con.execute("alter table build_info drop column built_by")
    with pytest.raises(InputError, match="built by another version of this program"):
        run(home, jobs.score(None))
    assert publish.current(home, "warehouse") == before
    with duckdb.connect(str(publish.require(home, "features"))) as con:
        con.execute("alter table build_info add column built_by varchar default '0123456789ab'")
    with pytest.raises(InputError, match="python -m pipelines refresh"):
        run(home, jobs.train(None))
