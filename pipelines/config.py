"""Settings: `settings.toml` under home, every key with a default, `STAMMKUNDE_<SECTION>__<KEY>` overrides."""

import hashlib
import os
import tomllib
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from pipelines.errors import InputError
from pipelines.settings_sections import (
    Churn,
    Contacts,
    Economics,
    Engine,
    Experience,
    Features,
    Ingest,
    Lifecycle,
    Model,
    Plan,
    Risk,
    Runs,
    Snapshots,
    Uploads,
    Workflow,
)

SETTINGS_FILE = "settings.toml"
DEFAULT_HOME = Path("data")
PREFIX = "STAMMKUNDE_"


class Settings(BaseSettings):
    """All settings of one home folder. Frozen; made by `load_settings`."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
    )

    churn: Churn = Churn()
    snapshots: Snapshots = Snapshots()
    features: Features = Features()
    economics: Economics = Economics()
    lifecycle: Lifecycle = Lifecycle()
    experience: Experience = Experience()
    risk: Risk = Risk()
    contacts: Contacts = Contacts()
    plan: Plan = Plan()
    model: Model = Model()
    ingest: Ingest = Ingest()
    uploads: Uploads = Uploads()
    runs: Runs = Runs()
    engine: Engine = Engine()
    workflow: Workflow = Workflow()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then the file named by the class's `toml_file`, then the defaults."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def hash(self) -> str:
        """Twelve hex digits that change when any setting does that a result rests on."""
        return hashlib.sha256(self.model_dump_json(exclude={"plan", "uploads", "workflow"}).encode()).hexdigest()[:12]


def home_folder(home: Path | None = None) -> Path:
    """The folder everything is written under: the argument, else `$STAMMKUNDE_HOME`, else `data/`."""
    return Path(home or os.environ.get(f"{PREFIX}HOME") or DEFAULT_HOME)


def workflow_url(home: Path, settings: Settings) -> str:
    """The URL of the workflow database of a home; it may hold a password."""
    return settings.workflow.url.get_secret_value() or f"sqlite:///{home.resolve() / 'workflow.db'}"


def load_settings(home: Path) -> Settings:
    """Read the settings of `home`; raises InputError naming file or variable, key and what is allowed."""
    return settings_from(home / SETTINGS_FILE)


def settings_from(path: Path) -> Settings:
    """Read the settings of a file that need not exist; raises as `load_settings`."""

    class HomeSettings(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    try:
        return HomeSettings()
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not valid TOML: {error}. Mend that line and run the command again.") from error
    except ValidationError as error:
        raise InputError(_explain(error, path)) from error


def _explain(error: ValidationError, path: Path) -> str:
    """One line per wrong setting: where it may stand, what is wrong, and that every key has a default."""
    lines = []
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"])
        variable = PREFIX + "__".join(str(part).upper() for part in item["loc"])
        found = (
            f" (found {item['input']!r})"
            if not isinstance(item["input"], dict) and item["loc"][:1] != ("workflow",)
            else ""
        )
        wrong = "there is no such setting" if item["type"] == "extra_forbidden" else item["msg"]
        lines.append(f"Setting {key} in {path} or ${variable}: {wrong}{found}.")
    return "\n".join([*lines, "Correct or remove it; every key has a default (see docs/settings.md)."])
