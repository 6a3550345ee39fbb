"""What a contact costs and brings under the settings, where models or definitions are compared in money."""

from models.profit import Terms
from pipelines.config import Settings


def terms_of(settings: Settings) -> Terms:
    """The terms of section `economics`."""
    money = settings.economics
    return Terms(money.contact_cost, money.incentive, money.redemption, money.acceptance_alpha, money.acceptance_beta)
