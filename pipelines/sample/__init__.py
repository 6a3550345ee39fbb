"""The sample shop: every table of the contract, written from planted truths that stand beside it."""

from pipelines.sample.given import GivenContacts
from pipelines.sample.known import write_known
from pipelines.sample.writer import play_sample, write_sample

__all__ = ["GivenContacts", "play_sample", "write_known", "write_sample"]
