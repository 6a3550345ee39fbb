"""Runs that a page starts: real processes, their progress, their end of every kind, and who may start what."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines import background, job_files, page_commands, publish, registry, status
from pipelines.background import RunState
from pipelines.config import load_settings
from pipelines.errors import BusyError, InputError
from pipelines.time_left import seconds_left

ROOT = Path(__file__).parent.parent
LONG = ["train", "--trials", "300"]


def until(home: Path, reached: Callable[[RunState], bool], seconds: float = 120) -> RunState:
    """The state of the run as soon as it is as asked for."""
    deadline = time.monotonic() + seconds
    while not reached(found := background.state(home)):
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def ended(run: RunState) -> bool:
    return not run.is_running


def process_of(home: Path, run: RunState) -> int:
    return job_files.read(job_files.jobs_folder(home) / run.job_id / "process.json")["process"]


def good_state(home: Path) -> dict[str, str]:
    """Everything a page shows: what is published, and the model in use."""
    with publish.open_current(home, "warehouse") as con:
        assert con.execute("select count(*) from customer_scores").fetchall()[0][0] > 0
    links = {stage: str(publish.link(home, stage).readlink()) for stage in publish.STAGES}
    return links | {"champion": registry.describe_champion(home)["version"]}


@pytest.fixture(autouse=True)
def nothing_left_at_work(request: pytest.FixtureRequest) -> Iterator[None]:
    """A run is in no test's process group: where a test fails, its run would go on."""
    home = request.getfixturevalue("home") if "home" in request.fixturenames else None
    yield
    if home:
        run = background.state(home)
        if run and run.is_running:
            background.cancel(home, run.job_id, "the test", at_once=True)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen]:
    """A process that is nobody's business."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    yield process
    process.kill()
    process.wait()


def test_a_run_outlives_the_dashboard_and_tells_how_far_it_is(home):
    code = (
        "import os, signal; from pathlib import Path; from pipelines import background\n"
        f"background.start(Path({str(home)!r}), ['build'], 'Anna')\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    dashboard = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False)
    assert dashboard.returncode == -signal.SIGKILL
    shares, steps = [], []
    while (run := background.state(home)).is_running:
        shares.append(run.share)
        steps.append(run.step)
        time.sleep(0.02)
    assert run.phase == background.DONE, run
    assert (run.by, run.place, run.command) == ("Anna", "page", ("build",))
    assert shares == sorted(shares)
    assert any(0 < share < 1 for share in shares)
    assert any(step.startswith("features of") for step in steps)
    assert any("features of" in line for line in run.log)
    assert run.facts and run.lines and any("snapshots" in line for line in run.lines)
    assert run.ended_at >= run.started_at


def test_one_at_a_time_progress_of_trials_and_cancelling(home):
    before = good_state(home)
    background.start(home, LONG, "Anna")
    run = until(home, lambda run: "best" in run.detail)
    assert run.detail["trials"] == 300
    assert 1 <= run.detail["best_trial"] <= run.detail["trial"] <= 300
    assert 0 < run.detail["best"] < 1
    assert os.getsid(process_of(home, run)) != os.getsid(0)
    with pytest.raises(BusyError, match=rf"Anna started a training at {run.started_at:%H:%M} UTC"):
        background.start(home, ["score"], "Ben")
    terminal = subprocess.run(
        [sys.executable, "-m", "pipelines", "score", "--home", str(home)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert terminal.returncode == 1
    assert "started by Anna" in terminal.stderr
    told = status.describe(status.gather(home, load_settings(home)))
    assert re.match(r"At work: Anna started a training at \d\d:\d\d UTC: trial \d+ of 300", told[-1])
    background.cancel(home, run.job_id, "Ben")
    over = until(home, ended)
    assert (over.phase, over.cancelled_by, over.job_id) == (background.CANCELLED, "Ben", run.job_id)
    assert "unharmed" in over.message
    assert good_state(home) == before
    background.cancel(home, run.job_id, "Ben")  # once more, after its end: nothing happens
    assert background.state(home) == over


def test_a_killed_training_is_recognised_and_leaves_champion_and_list(home):
    before = good_state(home)
    run = background.start(home, LONG, "Anna")
    until(home, lambda run: run.detail.get("trial", 0) >= 1)
    os.kill(process_of(home, run), signal.SIGKILL)
    over = until(home, ended)
    assert over.phase == background.KILLED
    assert "unharmed" in over.message
    assert good_state(home) == before
    background.start(home, ["build"], "Ben")
    assert until(home, ended).phase == background.DONE
    assert good_state(home)["champion"] == before["champion"]


def test_a_run_in_a_terminal_is_seen_and_refuses_a_second_one(home):
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines", *LONG, "--home", str(home)], cwd=ROOT, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while not (run := background.state(home)) or not run.is_running:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert (run.place, run.name, run.by) == ("terminal", "train", job_files.account())
    with pytest.raises(BusyError, match="started a training in a terminal at"):
        background.start(home, ["build"], "Ben")
    until(home, lambda run: run.step)
    background.cancel(home, run.job_id, "Ben")
    assert process.wait(timeout=60) == 1
    assert background.state(home).phase == background.CANCELLED


def test_of_several_who_press_at_the_same_moment_one_starts(home):
    def press(name: str) -> str:
        try:
            return background.start(home, ["build"], name).by
        except BusyError as error:
            return str(error)

    with ThreadPoolExecutor(4) as people:
        answers = list(people.map(press, ["Anna", "Ben", "Cem", "Dora"]))
    (winner,) = [answer for answer in answers if " " not in answer]
    assert all(answer.startswith(f"{winner} started a rebuild") for answer in answers if answer != winner)
    assert until(home, ended).by == winner


def test_what_fails_says_why(home):
    (home / "settings.toml").write_text("[churn]\nhorizon_days = 'soon'\n", encoding="utf-8")
    background.start(home, ["build"], "Anna")
    over = until(home, ended)
    assert over.phase == background.FAILED
    assert "churn.horizon_days" in over.message
    assert any("churn.horizon_days" in line for line in over.log)


def left_behind(home: Path, process: int, born: str) -> Path:
    """The record of a run that never said how it ended, with the id of a process."""
    folder, alive = job_files.new_folder(home, ["train"], "Anna", "page")
    job_files.write(folder / "process.json", {"process": process, "born": born})
    os.close(alive)
    return folder


def test_a_process_that_got_the_id_of_a_dead_run_is_not_taken_for_it(tmp_path, sleeper):
    folder = left_behind(tmp_path, sleeper.pid, "another boot:1")
    assert background.state(tmp_path).phase == background.KILLED
    background.cancel(tmp_path, folder.name, "Ben", at_once=True)
    # and where the lock is held, by whomever, the birth still tells them apart
    handle = os.open(folder / "alive", os.O_RDWR)
    job_files.fcntl.flock(handle, job_files.fcntl.LOCK_EX)
    background.cancel(tmp_path, folder.name, "Ben", at_once=True)
    os.close(handle)
    time.sleep(0.2)
    assert sleeper.poll() is None


def test_torn_and_foreign_files_are_passed_over(tmp_path):
    folder = left_behind(tmp_path, 0, "")
    (folder / "progress.json").write_text('{"step": "fi', encoding="utf-8")
    (folder / "end.json").write_text("[]", encoding="utf-8")
    (job_files.jobs_folder(tmp_path) / "notes").mkdir()
    assert background.state(tmp_path).phase == background.KILLED
    assert background.state(tmp_path / "nowhere") is None


def test_old_records_are_removed(tmp_path):
    for _ in range(job_files.KEEP + 3):
        newest = left_behind(tmp_path, 0, "")
    kept = job_files.folders(tmp_path)
    assert len(kept) == job_files.KEEP
    assert kept[0] == newest


def test_forgetting_a_person_forgets_records_that_name_them(home):
    named, other = left_behind(home, 0, ""), left_behind(home, 0, "")
    with publish.open_current(home, "warehouse") as con:
        (customer,) = con.execute("select customer_id from customer_scores limit 1").fetchall()[0]
    (named / "log.txt").write_text(f"row 3, column customer_id: {customer}", encoding="utf-8")
    job_files.erase(home, {customer})
    assert not named.exists()
    assert other.exists()


BAD_WORDS = [
    [],
    ["forget", "C1"],
    ["sample", "--to", "/tmp/x"],
    ["train", "--home", "/elsewhere"],
    ["train", "--trials", "5; rm -rf /"],
    ["train", "--trials"],
    ["train", "extra"],
    ["promote"],
    ["promote", "1 --note x"],
    ["promote", "-1"],
    ["compare", "1"],
    ["promote", "1", "--note", "a\x00b"],
    ["refresh", "/etc"],
    ["refresh", "postgresql://example.org/shop"],
]


@pytest.mark.parametrize("words", BAD_WORDS, ids=lambda words: " ".join(words) or "nothing")
def test_a_page_starts_nothing_but_the_listed_commands(words, tmp_path):
    with pytest.raises(InputError):
        background.start(tmp_path, words, "Anna")
    assert background.state(tmp_path) is None


def test_nobody_starts_and_stops_nothing(tmp_path, sleeper):
    with pytest.raises(InputError, match="Sign in"):
        background.start(tmp_path, ["build"], "")
    folder, alive = job_files.new_folder(tmp_path, ["train"], "Anna", "page")
    job_files.note_process(folder, sleeper.pid)
    background.cancel(tmp_path, folder.name, "", at_once=True)
    assert background.state(tmp_path).is_running
    background.cancel(tmp_path, folder.name, "Ben", at_once=True)
    os.close(alive)
    assert sleeper.wait(timeout=10) == -signal.SIGKILL
    assert background.state(tmp_path).phase == background.CANCELLED


def test_where_nothing_can_be_written_nothing_starts(tmp_path):
    (tmp_path / "jobs").write_text("a file in the way", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written to"):
        background.start(tmp_path, ["build"], "Anna")


def test_a_note_stays_one_argument_and_files_come_from_the_uploads_alone(tmp_path):
    note = '--home=/elsewhere $(reboot) `x` "quoted"\nsecond line'
    arguments = page_commands.checked(tmp_path, ["promote", "--note", note, "3"])
    assert arguments == ["promote", f"--note={note}", f"--home={tmp_path.resolve()}", "--", "3"]
    inside, outside = tmp_path / "uploads" / "a", tmp_path / "secret"
    inside.mkdir(parents=True)
    outside.mkdir()
    assert page_commands.checked(tmp_path, ["refresh", str(inside)])[-1] == str(inside.resolve())
    (tmp_path / "uploads" / "link").symlink_to(outside)
    for path in (outside, tmp_path / "uploads" / "link", tmp_path / "uploads" / ".." / "secret", tmp_path / "uploads"):
        with pytest.raises(InputError, match="uploads"):
            page_commands.checked(tmp_path, ["refresh", str(path)])


def test_every_listed_command_and_option_is_one_of_the_command_line():
    from typer.main import get_command

    from pipelines.cli import app

    commands = get_command(app).commands
    for name, allowed in page_commands.COMMANDS.items():
        known = {option for parameter in commands[name].params for option in parameter.opts}
        assert set(allowed.options) <= known, name


def test_time_left_follows_the_last_run_and_the_pace_of_this_one():
    last = [(0.1, 10.0), (0.5, 20.0), (1.0, 100.0)]
    assert seconds_left(0.5, 20.0, last) == pytest.approx(80)
    assert seconds_left(0.5, 40.0, last) == pytest.approx(160)  # half as fast as last time
    assert seconds_left(0.75, 60.0, last) == pytest.approx(40)  # between two marks
    assert seconds_left(1.0, 99.0, last) == 0
    assert seconds_left(0.5, 30.0) == pytest.approx(30)
    assert seconds_left(0.01, 1.0) is None


def test_records_hold_no_secret_of_the_command_line(home):
    """A database address may hold a password: a terminal's record keeps the command's name alone."""
    subprocess.run(
        [sys.executable, "-m", "pipelines", "ingest", "postgresql://shop:geheim-9@127.0.0.1:1/x", "--home", str(home)],
        cwd=ROOT, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    run = background.state(home)
    assert (run.command, run.phase) == (("ingest",), background.FAILED)
    folder = job_files.jobs_folder(home) / run.job_id
    assert not any("geheim-9" in path.read_text(encoding="utf-8") for path in folder.iterdir())
    assert json.loads((folder / "end.json").read_text(encoding="utf-8"))["message"]
