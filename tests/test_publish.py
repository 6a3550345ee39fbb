"""Publication is all or nothing, for readers and for the disk."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import duckdb
import pytest

from pipelines import publish
from pipelines.config import Engine, Settings
from pipelines.errors import BusyError, InputError


def publish_number(home: Path, number: int) -> None:
    with publish.new_store(home, "warehouse", f"run{number:04d}") as con:
        con.execute("create table truth as select ? as number, range as i from range(1000)", [number])


def read_number(home: Path) -> int:
    with publish.open_current(home, "warehouse") as con:
        low, high, rows = con.execute("select min(number), max(number), count(*) from truth").fetchall()[0]
    assert (low, rows) == (high, 1000)
    return low


def test_a_failed_run_publishes_nothing_and_leaves_nothing(tmp_path):
    publish_number(tmp_path, 1)
    before = publish.current(tmp_path, "warehouse").read_bytes()
    with pytest.raises(ValueError, match="on purpose"), publish.new_store(tmp_path, "warehouse", "run0002") as con:
        con.execute("create table truth as select 2 as number")
        raise ValueError("on purpose")
    assert publish.current(tmp_path, "warehouse").read_bytes() == before
    assert [path.name for path in publish.store_folder(tmp_path).iterdir()] == ["warehouse_run0001.duckdb"]


def test_only_the_last_runs_are_kept(tmp_path):
    for number in range(6):
        publish_number(tmp_path, number)
    kept = sorted(path.name for path in publish.store_folder(tmp_path).iterdir())
    assert kept == [f"warehouse_run{number:04d}.duckdb" for number in (3, 4, 5)]
    assert read_number(tmp_path) == 5


def test_a_missing_stage_names_the_command_to_run(tmp_path):
    with pytest.raises(InputError, match="pipelines build --home"):
        publish.require(tmp_path, "features")


def _read_until_last(home: Path, last: int, seen: "multiprocessing.Queue[int]") -> None:
    number = -1
    while number != last:
        number = read_number(home)
        seen.put(number)


def test_readers_never_see_a_torn_or_older_state(tmp_path):
    publish_number(tmp_path, 0)
    context = multiprocessing.get_context("spawn")
    seen: multiprocessing.Queue[int] = context.Queue()
    reader = context.Process(target=_read_until_last, args=(tmp_path, 10, seen))
    reader.start()
    numbers = [seen.get(timeout=60)]
    for number in range(1, 11):
        publish_number(tmp_path, number)
    while numbers[-1] != 10:
        numbers.append(seen.get(timeout=60))
    reader.join(timeout=60)
    assert reader.exitcode == 0
    assert numbers == sorted(numbers)


def _hold_lock(home: Path) -> None:
    with publish.run_lock(home, "slow work"):
        (home / "held").touch()
        time.sleep(60)


@pytest.fixture
def lock_holder(tmp_path):
    process = multiprocessing.get_context("spawn").Process(target=_hold_lock, args=(tmp_path,))
    process.start()
    while not (tmp_path / "held").exists():
        time.sleep(0.01)
    yield process
    process.kill()
    process.join()


def test_a_second_run_is_told_who_is_at_work(tmp_path, lock_holder):
    with pytest.raises(BusyError, match=f"`slow work` \\(process {lock_holder.pid}"), publish.run_lock(tmp_path, "b"):
        pass


def test_a_killed_run_blocks_nobody_and_its_leftovers_go(tmp_path, lock_holder):
    publish_number(tmp_path, 1)
    torn = publish.store_folder(tmp_path) / "warehouse_run0002.duckdb.tmp"
    torn.write_bytes(b"half a file")
    os.kill(lock_holder.pid, signal.SIGKILL)
    lock_holder.join()
    with publish.run_lock(tmp_path, "next"):
        assert not torn.exists()
    assert read_number(tmp_path) == 1


def test_a_published_file_has_no_write_ahead_log(tmp_path):
    publish_number(tmp_path, 1)
    assert not list(tmp_path.rglob("*.wal"))
    with pytest.raises(duckdb.Error), publish.open_current(tmp_path, "warehouse") as con:
        con.execute("insert into truth values (2, 2)")


def test_memory_is_bounded_and_a_setting_overrides(tmp_path: Path) -> None:
    with duckdb.connect() as con:
        publish.configure(con, tmp_path, Settings())
        found = con.execute("select current_setting('memory_limit')").fetchall()[0][0]
        assert float(found.removesuffix(" GiB")) <= publish.ENOUGH_MEMORY / 2**30
        publish.configure(con, tmp_path, Settings(engine=Engine(memory_limit="3GiB")))
        assert con.execute("select current_setting('memory_limit')").fetchall()[0][0] == "3.0 GiB"
