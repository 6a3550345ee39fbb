"""A run that is killed, stopped or starved of disk leaves the last good state, and the next run completes."""

import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines import publish
from pipelines.config import Settings
from pipelines.runs import logged_run

ROOT = Path(__file__).parent.parent

KILL_POINTS = ("store/source_*.tmp", "store/features_*.tmp", "store/warehouse_*.tmp")


def start(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(home: Path, pattern: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not list(home.glob(pattern)):
        assert process.poll() is None, f"ended before {pattern} appeared: {process.communicate()}"
        assert time.monotonic() < deadline, f"{pattern} never appeared"
        time.sleep(0.002)


def published(home: Path) -> dict[str, str]:
    """What every stage's link names, and that the pages' file can be read."""
    with publish.open_current(home, "warehouse") as con:
        assert con.execute("select count(*) from customer_scores").fetchall()[0][0] > 0
    return {stage: str(publish.link(home, stage).readlink()) for stage in publish.STAGES}


def test_killed_at_any_point_the_old_state_stays_and_the_next_run_completes(home, cli):
    for pattern in KILL_POINTS:
        before = published(home)
        process = start("refresh", home / "sample", "--home", home)
        wait_for(home, pattern, process)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        after = published(home)
        assert after["warehouse"] == before["warehouse"]
        stage = pattern.split("/")[1].split("_")[0]
        assert after[stage] == before[stage]
    cli("refresh", home / "sample", "--home", home)
    assert published(home)["warehouse"] != before["warehouse"]
    assert not list(home.glob("store/*.tmp*"))


def test_ctrl_c_says_that_nothing_was_harmed(home):
    before = published(home)
    process = start("build", "--home", home)
    wait_for(home, "store/features_*.tmp", process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.strip() == "Stopped. What was published before is unharmed."
    assert published(home) == before
    assert not list(home.glob("store/*.tmp*"))


def _no_file_above(size: int):
    """Make every write beyond `size` bytes fail in the child, as a full disk does."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("command", ["ingest", "build", "score"])
def test_a_full_disk_is_told_and_harms_nothing(home, command):
    before = published(home)
    arguments = [command, *([str(home / "sample")] if command == "ingest" else []), "--home", str(home)]
    done = subprocess.run(
        [sys.executable, "-m", "pipelines", *arguments],
        cwd=ROOT,
        preexec_fn=_no_file_above(300_000),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr.startswith("The disk that holds")
    assert "Free some space" in done.stderr
    assert published(home) == before


def test_stopped_in_the_middle_of_a_query_is_stopped_not_failed(tmp_path):
    """A signal that DuckDB notices between the pieces of a query comes back as an error of its own."""
    with pytest.raises(KeyboardInterrupt), logged_run(tmp_path, "build", Settings()):
        raise RuntimeError("Query interrupted")
    assert '"event": "stopped"' in (tmp_path / "runs.jsonl").read_text(encoding="utf-8")
    with pytest.raises(RuntimeError), logged_run(tmp_path, "build", Settings()):
        raise RuntimeError("something else")
    assert '"event": "failed"' in (tmp_path / "runs.jsonl").read_text(encoding="utf-8")
