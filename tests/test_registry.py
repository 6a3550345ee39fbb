"""The registry: versions that load as they were saved, one champion, nothing that runs when it is read."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from models.bundle import Bundle
from models.churn import ChurnModel
from models.params import Params
from models.train import train
from models.value import ValueModel
from pipelines import registry
from pipelines.config import Settings
from pipelines.errors import InputError
from tests.churn_frames import HORIZON, labelled_frame, without_truth

FRAME = without_truth(labelled_frame(600, 8))


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    trained = train(FRAME, HORIZON, Params(max_rounds=30, patience=10, eta=0.1, threads=1))
    facts = {
        "label": registry.label_of(Settings()),
        "trained_at": "2026-01-02T03:04:05",
        "data_as_of": "2026-01-01",
        "known_features": list(trained.model.features),
        "evaluation": trained.evaluation.to_dict(),
        "reason": "a test",
    }
    return Bundle(trained.model, ValueModel(), facts, trained.rehearsal)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, bundle: Bundle) -> Path:
    """A home with three versions, the second of which is the champion."""
    folder = tmp_path_factory.mktemp("registry")
    numbers = [registry.register(folder, bundle, f"run{number}", "# card") for number in range(3)]
    assert numbers == ["1", "2", "3"]
    registry.promote(folder, "2")
    return folder


def risks(model: ChurnModel) -> list[float]:
    return model.churn_risk(FRAME.head(50)).tolist()


def test_an_empty_home_has_no_model(tmp_path: Path) -> None:
    assert registry.find_champion(tmp_path) is None
    assert registry.describe_champion(tmp_path) is None
    with pytest.raises(InputError, match="train"):
        registry.champion(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_loaded_version_is_the_saved_one(home: Path, bundle: Bundle) -> None:
    loaded = registry.load(home, "3")
    assert loaded.version == "3"
    assert loaded.facts == bundle.facts
    assert risks(loaded.churn) == risks(bundle.churn)


def test_registering_promotes_nothing(home: Path) -> None:
    assert registry.champion(home).version == "2"
    assert registry.versions(home) == ["1", "2", "3"]


def test_promotion_can_be_rolled_back(home: Path) -> None:
    for version in ("3", "1", "2"):
        registry.promote(home, version)
        described = registry.describe_champion(home)
        assert described is not None
        assert described["version"] == version
    with pytest.raises(InputError, match="99"):
        registry.promote(home, "99")
    assert registry.champion(home).version == "2"


def test_the_card_of_a_version_can_be_found(home: Path) -> None:
    assert registry.next_version(home) == str(int(registry.versions(home)[-1]) + 1)
    described = registry.describe_champion(home)
    assert described is not None
    assert Path(described["card"]).read_text(encoding="utf-8") == "# card"
    assert registry.card_path(home, "1") != registry.card_path(home, "3")


def test_an_unpromoted_version_is_not_used(tmp_path: Path, bundle: Bundle) -> None:
    registry.register(tmp_path, bundle, "run")
    assert registry.find_champion(tmp_path) is None
    with pytest.raises(InputError, match="not promoted"):
        registry.champion(tmp_path)


def test_files_are_json_ubj_and_markdown_alone(home: Path) -> None:
    files = [path for path in (home / "registry" / "artifacts").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".json", ".ubj", ".md"}
    for path in files:
        assert not path.read_bytes().startswith(b"\x80")  # no pickle under another name
    assert {path.name for path in home.iterdir()} == {"registry"}


def test_a_moved_home_keeps_its_model(home: Path, tmp_path: Path, bundle: Bundle) -> None:
    moved = tmp_path / "moved to 100%20 ü'"
    shutil.copytree(home, moved)
    before = sorted((home / "registry").rglob("*"))
    assert risks(registry.champion(moved).churn) == risks(bundle.churn)
    registry.promote(moved, registry.register(moved, bundle, "run after the move"))
    assert risks(registry.champion(moved).churn) == risks(bundle.churn)
    assert sorted((home / "registry").rglob("*")) == before


def test_a_damaged_version_is_named(tmp_path: Path, bundle: Bundle) -> None:
    registry.promote(tmp_path, registry.register(tmp_path, bundle, "run"))
    (found,) = (tmp_path / "registry").rglob("model.json")
    found.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="version 1"):
        registry.champion(tmp_path)


def test_killed_while_registering_the_champion_stays(home: Path) -> None:
    """A process dies with its files written and its version not yet registered."""
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from pipelines import registry\n"
        "home = Path(sys.argv[1])\n"
        "bundle = registry.champion(home)\n"
        "registry._ensure_name = lambda client: os.kill(os.getpid(), 9)\n"
        "registry.register(home, bundle, 'killed')\n"
    )
    before = registry.versions(home)
    done = subprocess.run([sys.executable, "-c", script, str(home)], cwd=Path(__file__).parent.parent, check=False)
    assert done.returncode == -9
    assert registry.versions(home) == before
    assert registry.champion(home).version == "2"


def test_nothing_is_said_and_nothing_is_written_elsewhere(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom pipelines import registry\n"
        "registry._experiment(registry.client_of(Path(sys.argv[1])), Path(sys.argv[1]))\n"
    )
    root = Path(__file__).parent.parent
    place, user = tmp_path / "place", tmp_path / "user"
    place.mkdir()
    user.mkdir()
    env = os.environ | {"PYTHONPATH": str(root), "HOME": str(user)}
    arguments = [sys.executable, "-c", script, str(tmp_path / "home")]
    done = subprocess.run(arguments, cwd=place, env=env, capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""
    assert not list(place.iterdir())
    assert not [path for path in user.rglob("*") if "mlflow" in path.name or "mlruns" in path.name]


def test_metrics_are_readable_with_any_mlflow_viewer(home: Path) -> None:
    with sqlite3.connect(home / "registry" / "mlflow.db") as con:
        found = dict(con.execute("select key, value from latest_metrics").fetchall())
    assert 0.5 < found["roc_auc"] <= 1
    assert "log_loss_active_2h" in found


def test_a_label_is_what_was_asked(bundle: Bundle) -> None:
    base = Settings()
    label = registry.label_of(base)
    assert json.loads(json.dumps(label)) == label
    for change in ({"horizon_days": 30}, {"eligibility": "due"}, {"active_days": 100}):
        other = base.model_copy(update={"churn": base.churn.model_copy(update=change)})
        assert registry.label_of(other) != label
    unrelated = base.model_copy(update={"risk": base.risk.model_copy(update={"bands": (0.1, 0.2, 0.3)})})
    assert registry.label_of(unrelated) == label
    assert replace(bundle, version="1").kind in {"boosted", "logistic"}
