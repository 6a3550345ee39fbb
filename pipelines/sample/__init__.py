"""The sample shop: every table of the contract, written from planted truths that stand beside it."""

from pipelines.sample.writer import write_sample

__all__ = ["write_sample"]
