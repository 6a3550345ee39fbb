"""Names of steps of long work, with figures beside them for whoever shows more than the name."""

from typing import Any


class Step(str):
    """The name of a step, readable as it is; `detail` has its figures by name, for instance trial, trials and best."""

    __slots__ = ("detail",)
    detail: dict[str, float]

    def __new__(cls, name: str, **detail: float) -> "Step":
        """A name with figures."""
        step = super().__new__(cls, name)
        step.detail = detail
        return step

    def __reduce__(self) -> Any:
        """Copies and other processes get the figures, too."""
        return _again, (str(self), self.detail)


def _again(name: str, detail: dict[str, float]) -> Step:
    return Step(name, **detail)
