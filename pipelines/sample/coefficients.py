"""Every planted number of the sample shop, in one place; `docs/sample-shop.md` says what each does."""

from dataclasses import dataclass, field

ACTIONS = ("winback_voucher", "wake_up_email", "service_call", "loyalty_bonus")
RESPONSE_TYPES = ("persuadable", "indifferent", "worse_off")

# What can go wrong with an order, in the order in which a leaver's cause is attributed.
EXPERIENCES = (
    "late_delivery", "slow_reply", "reopened_ticket", "unsolved_ticket", "product_trouble", "returned", "cancelled",
)  # fmt: skip
CAUSES = ("natural", "one_time", *EXPERIENCES, "past_trouble", "discount_ended", "contact")


@dataclass(frozen=True)
class Experience:
    """Weight of each experience with one order in the customer's grievance (log-hazard at sensitivity 1)."""

    late_delivery: float = 0.85
    slow_reply: float = 1.10
    reopened_ticket: float = 1.30
    unsolved_ticket: float = 1.50
    product_trouble: float = 0.90
    returned: float = 0.35
    cancelled: float = 0.50
    solved_first_time: float = -0.35  # a quick, lasting answer heals: the recovery paradox, kept small


@dataclass(frozen=True)
class Leaving:
    """The hazard of leaving after an order."""

    base_hazard: float = 0.046  # median over customers, per order
    base_hazard_sigma: float = 0.70  # log scale
    gap_power: float = 0.35  # rare buyers leave sooner per order: (mean gap / 60) ** power
    memory: float = 0.55  # share of the grievance that is left at the next order
    discount_ended: float = 0.80  # × discount taste, after an order at a discount
    experience_of_shop: float = -0.16  # × ln(1 + earlier orders)
    member: float = -0.25
    subscriber: float = -0.50
    first_order: float = 0.45
    one_time_share: float = 0.17  # of new customers: leave after the first order with certainty
    grievance_slows: float = 0.12  # log of the next gap per unit of sensitivity × grievance
    comes_back: float = 0.003  # per month, without any contact


@dataclass(frozen=True)
class Service:
    """How often things go wrong and how the help desk answers."""

    late: float = 0.085
    late_in_december: float = 2.4  # multiplies the odds-free probability, as do the next
    trouble: float = 0.030
    cancelled: float = 0.020
    ticket_if_late: float = 0.30
    ticket_if_trouble: float = 0.65
    ticket_if_returned: float = 0.22
    ticket_otherwise: float = 0.045
    ticket_per_month: float = 0.006  # questions that no order caused
    slow_hours: float = 24.0  # a reply later than this is slow
    reply_hours: float = 7.0  # median of e-mail tickets
    reply_sigma: float = 1.3
    reply_in_december: float = 1.6
    reply_in_bad_spring: float = 3.0  # March to May 2025: the help desk changed its software
    reopened: float = 0.10
    reopened_if_trouble: float = 0.15  # added
    unsolved: float = 0.035
    rated: float = 0.35


@dataclass(frozen=True)
class Contacts:
    """Past retention campaigns: who is contacted, how arms are drawn, what a contact does."""

    control_share: float = 0.40
    picked: float = 0.20  # of those in an action's scope in a month
    rest_days: float = 60.0
    persuadable_score: float = 0.0
    persuadable_by_discount_taste: float = 0.9  # per standard deviation
    worse_off_score: float = -0.7
    worse_off_by_regularity: float = 0.9  # per standard deviation of log regularity
    effect_noise: float = 0.30  # effects vary by ± this share between customers
    persuaded: tuple[float, ...] = (0.20, 0.16, 0.16, 0.14)  # by action: P(comes back | has left, contacted)
    persuaded_by_taste: tuple[float, ...] = (0.60, 0.0, 0.12, 0.10)  # × discount taste, –, sensitivity, membership
    worsened: tuple[float, ...] = (0.06, 0.25, 0.05, 0.04)  # by action: P(leaves | still there, contacted)
    cost: tuple[float, ...] = (0.35, 0.05, 4.80, 1.50)
    voucher_used: float = 0.70  # share of treated who use the voucher on an order within 60 days
    voucher_rate: float = 0.15
    unsubscribe: tuple[float, ...] = (0.004, 0.010, 0.120)  # by response type


@dataclass(frozen=True)
class Rhythm:
    """How often, how regularly and when customers buy."""

    gap_days: float = 38.0  # median over customers
    gap_sigma: float = 0.62
    regularity: float = 2.4  # median gamma shape of the gaps; 1 would be a Poisson process
    regularity_sigma: float = 0.70
    before_window: float = 0.33  # share who signed up before the first day
    never_orders: float = 0.03
    gift_buyers: float = 0.09
    pause: float = 0.07  # share of gaps that are a break: illness, travel, a full cupboard
    pause_longest: float = 7.0  # a break stretches the gap 2 to so many times
    same_day: float = 0.02  # a second order within hours: something was forgotten


@dataclass(frozen=True)
class Subscription:
    """Who takes out a contract, and why it ends at a renewal; shares per month."""

    starts: float = 0.009  # × engagement, at most 0.05
    ends: float = 0.010
    ends_after_leaving: float = 0.40
    ends_after_price_rise: float = 0.10  # × (0.5 + discount taste), in September and October 2025
    ends_after_bad_service: float = 0.06  # × sensitivity, while the grievance is above the next number
    bad_service: float = 0.80
    price_rise: float = 1.15  # fees from September 2025 on are higher by this factor


@dataclass(frozen=True)
class Basket:
    """What goes into an order."""

    extra_lines: float = 1.55  # Poisson mean of the lines after the first, twice that for firms
    same_category: float = 0.40  # share of later lines from the first line's category
    companion: float = 0.28  # share of second lines that are the first line's companion
    inflation: float = 0.03  # prices were lower by about this share per year
    pieces: float = 0.12  # Poisson mean of further pieces per line, × spending
    pieces_of_firms: float = 3.0
    free_shipping: float = 50.0  # from this many euro on
    shipping: float = 4.90


@dataclass(frozen=True)
class Voice:
    """Surveys and other traces."""

    nps_asked: float = 0.10  # share of orders
    csat_asked: float = 0.16  # share of orders; CES is asked after every ticket
    answers: float = 0.24  # of those with neither good nor bad feelings
    commented: float = 0.35
    fade_days: float = 45.0  # touchpoints thin out over so many days before leaving
    after_leaving: float = 0.06  # share of the former intensity that stays
    leaves_newsletter: float = 0.0025  # per month, for no reason
    leavers_unsubscribe: float = 0.12


@dataclass(frozen=True)
class Coefficients:
    """All planted numbers; pass a changed copy to `write_sample` for a counterfactual world."""

    rhythm: Rhythm = field(default_factory=Rhythm)
    leaving: Leaving = field(default_factory=Leaving)
    experience: Experience = field(default_factory=Experience)
    service: Service = field(default_factory=Service)
    contacts: Contacts = field(default_factory=Contacts)
    subscription: Subscription = field(default_factory=Subscription)
    basket: Basket = field(default_factory=Basket)
    voice: Voice = field(default_factory=Voice)
