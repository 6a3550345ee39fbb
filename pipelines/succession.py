"""Which version was in use before which: steps back lead to the one before, then to the one before that."""

from pathlib import Path

from pipelines import registry


def in_use_before(home: Path) -> str | None:
    """The version that was in use before the one in use; None where there was none or it is gone."""
    order, present = registry.order_until_now(home), registry.versions(home)
    before = next((version for version in reversed(order[:-1]) if version != order[-1]), None)
    if before is None and order:
        before = registry.load(home, order[-1]).facts.get("previous")  # put to use before an order was kept
    return before if before in present else None


def step_back(home: Path, version: str) -> None:
    """Put the version of `in_use_before` to use again, without a new place in the order."""
    registry.client_of(home).set_registered_model_alias(registry.NAME, registry.ALIAS, version)
