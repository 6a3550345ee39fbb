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


def written_pages() -> list[Path]:
    """Every page for people."""
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "data/README.md"]


def heading_anchors(page: Path) -> set[str]:
    """What a link can name after `#`: each heading in small letters, without signs, blanks as hyphens."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_reached_by_links_from_the_first_one():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        targets = re.findall(r"\]\(([^)#\s]+\.md)", page.read_text(encoding="utf-8"))
        waiting += {(page.parent / target).resolve() for target in targets if "://" not in target} - reached
    assert set(written_pages()) <= reached, {str(page.relative_to(ROOT)) for page in set(written_pages()) - reached}


def test_headings_that_links_name_exist():
    for page in written_pages():
        for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                named = page.parent / target if target else page
                assert anchor in heading_anchors(named), f"{page.relative_to(ROOT)} links to {target}#{anchor}"


def test_links_between_pages_lead_somewhere():
    for page in written_pages():
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://")):
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"
