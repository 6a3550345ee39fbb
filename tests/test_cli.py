"""The command line as its users meet it: exit codes, JSON and plain lines."""

import json
from datetime import date, timedelta

import duckdb
import pytest

from pipelines import jobs
from pipelines.errors import InputError
from pipelines.progress import silent


def test_status_of_nothing_says_what_to_do(cli, tmp_path):
    done = cli("status", "--home", tmp_path / "nowhere")
    assert "python -m pipelines refresh SOURCE" in done.stdout
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("command", ["build", "train", "score"])
def test_a_step_too_early_names_the_one_before(command, cli, tmp_path):
    done = cli(command, "--home", tmp_path, check=False)
    assert done.returncode == 2
    assert "Run `python -m pipelines" in done.stderr


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("[churn]\nhorizon_days = 0\n", ["churn.horizon_days", "greater than or equal to 1"]),
        ("[churn]\nhorizn_days = 30\n", ["churn.horizn_days", "docs/settings.md"]),
        ("[churn\n", ["settings.toml is not valid TOML"]),
        ('[economics]\ncurrency = "EURO"\n', ["economics.currency"]),
        ("[risk]\nbands = [0.5, 0.25, 0.75]\n", ["risk.bands", "rising"]),
    ],
)
def test_a_wrong_setting_is_named(settings, words, cli, tmp_path):
    (tmp_path / "settings.toml").write_text(settings, encoding="utf-8")
    done = cli("build", "--home", tmp_path, check=False)
    assert done.returncode == 2
    assert all(word in done.stderr for word in words), done.stderr


def test_an_environment_variable_overrides_the_file(cli, tmp_path):
    (tmp_path / "settings.toml").write_text("[churn]\nhorizon_days = 60\n", encoding="utf-8")
    done = cli("build", "--home", tmp_path, env={"STAMMKUNDE_CHURN__HORIZON_DAYS": "x"}, check=False)
    assert done.returncode == 2
    assert "$STAMMKUNDE_CHURN__HORIZON_DAYS" in done.stderr


def test_every_command_speaks_json(home, cli, tmp_path):
    # sample aside, the others (refresh, backtest, forget) speak it where they are tested
    commands = [
        ["status"],
        ["ingest", home / "sample"],
        ["build"],
        ["train"],
        ["score"],
        ["export", "worklist", "--out", tmp_path / "list.csv"],
    ]
    for command in commands:
        facts = json.loads(cli(*command, "--home", home, "--json").stdout)
        assert facts, command


@pytest.mark.parametrize("arguments", [["backtest"], ["score", "--as-of", "soon"], ["sing"]])
def test_wrong_arguments_are_json_too(arguments, cli):
    done = cli(*arguments, "--json", check=False)
    assert json.loads(done.stdout)["exit_code"] == done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_home_that_cannot_be_one_is_refused(tmp_path):
    (tmp_path / "file").touch()
    for home, words in ((tmp_path / "file", "is a file"), (tmp_path / "really?", "question mark")):
        with pytest.raises(InputError, match=words):
            jobs.build()(home, silent)


def test_an_error_is_json_too(cli, tmp_path):
    done = cli("build", "--home", tmp_path, "--json", check=False)
    assert json.loads(done.stdout)["exit_code"] == done.returncode == 2


def test_refresh_published_the_tables_of_the_contract(shared_home, refresh_facts):
    columns = {
        "customer_scores": "customer_id as_of_date churn_risk risk_band expected_value segment lifecycle_stage action"
        " expected_net model_version",
        "customer_reasons": "customer_id as_of_date rank feature value contribution reason",
    }
    with duckdb.connect(str(shared_home / "warehouse.duckdb"), read_only=True) as con:
        for table, names in columns.items():
            assert [row[0] for row in con.execute(f"describe {table}").fetchall()] == names.split()
        scored = con.execute("select count(*) from customer_scores").fetchall()[0][0]
    assert scored == refresh_facts["score"]["scored_customers"] > 0


def test_a_past_day_can_be_scored_and_the_future_cannot(home, cli):
    newest = date.fromisoformat(json.loads(cli("status", "--home", home, "--json").stdout)["scores"]["as_of_date"])
    past = newest - timedelta(days=120)
    cli("score", "--as-of", past, "--home", home)
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        assert con.execute("select distinct as_of_date from customer_scores").fetchall() == [(past,)]
        assert con.execute("select max(occurred_at)::date from customer_events").fetchall()[0][0] < past
    done = cli("score", "--as-of", newest + timedelta(days=1), "--home", home, check=False)
    assert done.returncode == 2
    assert "the data allow days from" in done.stderr


def test_the_run_log_tells_each_run_with_its_hashes(shared_home):
    events = [json.loads(line) for line in (shared_home / "runs.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [event["event"] for event in events] == ["started", "done"]
    assert {"run_id", "command", "data_hash", "settings_hash", "code_hash", "model_version"} <= events[-1].keys()
