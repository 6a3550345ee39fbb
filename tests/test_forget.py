"""After `forget`, a person stands nowhere under home, and no later ingest brings them back."""

import json
import stat
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from pipelines.export import as_bytes
from pipelines.person import Person, erase_from_file, rows_in_file
from workflow import open_database, tasks
from workflow.tasks import Task

PERSON_SQL = "select customer_id from orders group by 1 having count(*) > 3 order by 1 limit 1"


@pytest.fixture
def person(home: Path) -> str:
    with duckdb.connect(str(home / "source.duckdb"), read_only=True) as con:
        return con.execute(PERSON_SQL).fetchall()[0][0]


def places_of(home: Path, person: str) -> list[str]:
    """Every table, column and file under home in which the person's id stands."""
    found = []
    for store in (home / "store").glob("*.duckdb"):
        with duckdb.connect(str(store), read_only=True) as con:
            columns = con.execute(
                "select table_name, column_name from duckdb_columns() where data_type = 'VARCHAR' and not internal"
            ).fetchall()
            for table, column in columns:
                query = f'select count(*) from "{table}" where "{column}" = ?'
                if con.execute(query, [person]).fetchall()[0][0]:
                    found.append(f"{store.name}: {table}.{column}")
    for path in home.rglob("*.parquet"):
        frame = pd.read_parquet(path)
        if any((frame[column].astype(str) == person).any() for column in frame):
            found.append(path.name)
    found += [path.name for path in home.glob("workflow.db*") if person.encode() in path.read_bytes()]
    plain = [path for path in home.rglob("*") if path.suffix in {".csv", ".json", ".jsonl", ".txt", ".md"}]
    found += [path.name for path in plain if person in path.read_text(encoding="utf-8", errors="replace")]
    return found


def test_a_forgotten_person_stands_nowhere_and_stays_away(home, person, cli):
    cli("export", "worklist", "--out", home / "list.csv", "--home", home)
    cli("score", "--home", home)  # a second run whose file holds the person too
    decisions = open_database(f"sqlite:///{home / 'workflow.db'}")  # stays open, as a dashboard's does
    tasks.add(decisions, [Task(person, "call", note=f"{person} is friendly")], by="anna")
    assert {"workflow.db-wal"} <= set(places_of(home, person))
    assert len(places_of(home, person)) > 10
    lines_before = _order_lines(home)

    facts = json.loads(cli("forget", person, "--home", home, "--json").stdout)
    assert facts["unread_files"] == []
    assert facts["decisions_erased"] == 2
    assert places_of(home, person) == []
    assert _order_lines(home) < lines_before
    assert [path.name for path in (home / "store").glob("warehouse_*")] == [(home / "warehouse.duckdb").resolve().name]

    cli("sample", "--customers", 1500, "--seed", 1, "--to", home / "sample")  # the shop's own system still has them
    assert places_of(home, person) != []
    cli("ingest", home / "sample", "--home", home)
    with duckdb.connect(str(home / "source.duckdb"), read_only=True) as con:
        assert con.execute("select count(*) from orders where customer_id = ?", [person]).fetchall() == [(0,)]
        told = con.execute("select rows_loaded from ingest_report where table_name = 'orders'").fetchall()
        assert told == con.execute("select count(*) from orders").fetchall()
    assert _order_lines(home) < lines_before


def _order_lines(home: Path) -> int:
    with duckdb.connect(str(home / "source.duckdb"), read_only=True) as con:
        return con.execute("select count(*) from order_lines").fetchall()[0][0]


def test_the_memory_does_not_tell_who_it_was(home, person, cli):
    cli("forget", person, "--home", home)
    memory = home / "forgotten.json"
    assert stat.S_IMODE(memory.stat().st_mode) == 0o600
    assert person not in memory.read_text(encoding="utf-8")
    assert len(json.loads(memory.read_text(encoding="utf-8"))["hashes"]) == 1
    assert person not in (home / "runs.jsonl").read_text(encoding="utf-8")


def test_everybody_else_stays_as_they_were(home, person, cli):
    query = "select * from customer_scores where customer_id != ? order by customer_id"
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        before = con.execute(query, [person]).df()
    cli("forget", person, "--home", home)
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        pd.testing.assert_frame_equal(con.execute("select * from customer_scores order by customer_id").df(), before)


def test_a_file_whose_columns_say_nothing_is_to_be_looked_at(tmp_path):
    names_nobody, may_name_somebody = tmp_path / "manifest.csv", tmp_path / "other.csv"
    names_nobody.write_text("what,value\ntreated,9\n")
    may_name_somebody.write_text("what,value,email\nasked,9,a@example.org\n")
    person = Person("C1", ())
    assert rows_in_file(names_nobody, person) == 0
    assert rows_in_file(may_name_somebody, person) is None


def test_an_id_that_an_export_disarmed_is_found_and_erased(tmp_path):
    listed = tmp_path / "list.csv"
    listed.write_bytes(as_bytes({"Worklist": pd.DataFrame({"customer_id": ["-12", "12", "-1"], "note": "x"})}, ".csv"))
    person = Person("-12", ())
    assert rows_in_file(listed, person) == 1
    assert erase_from_file(listed, person) == 1
    assert pd.read_csv(listed, dtype=str)["customer_id"].tolist() == ["12", "'-1"]


def test_an_unknown_person_is_told(home, cli):
    done = cli("forget", "nobody", "--home", home, check=False)
    assert done.returncode == 2
    assert "No customer 'nobody'" in done.stderr
    assert not (home / "forgotten.json").exists()
