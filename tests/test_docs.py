"""The documentation says what the code does: every setting, command and option stands in it."""

import re
from pathlib import Path

from typer.main import get_command

from pipelines.cli import app
from pipelines.config import Settings

ROOT = Path(__file__).parent.parent


def settings_table() -> list[str]:
    """One table row per setting, as docs/settings.md must have it."""
    rows = []
    for section, outer in Settings.model_fields.items():
        for key, field in outer.annotation.model_fields.items():
            default = list(field.default) if isinstance(field.default, tuple) else field.default
            rows.append(f"| `{section}.{key}` | `{str(default) or '(empty)'}` | {field.description} |")
    return rows


def test_every_setting_is_documented_with_its_default():
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    missing = [row for row in settings_table() if row not in page]
    assert not missing, "put these rows into docs/settings.md:\n" + "\n".join(missing)


def test_no_documented_setting_is_unknown():
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(\w+\.\w+)`", page, re.MULTILINE))
    known = {row.split("`")[1] for row in settings_table()}
    assert documented == known


def test_every_command_and_option_is_documented():
    page = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    for name, command in get_command(app).commands.items():
        (row,) = re.findall(rf"^\| `{name}\b[^`]*`", page, re.MULTILINE)
        for option in command.params:
            if option.param_type_name == "option" and option.name not in {"home", "as_json", "help"}:
                assert option.opts[0] in row, f"{name} {option.opts[0]}"


def test_links_between_pages_lead_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "data/README.md"]
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://")):
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"
