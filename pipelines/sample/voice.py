"""What customers say when asked: NPS, CSAT and CES, answered more often by the delighted and the angry."""

import numpy as np

from pipelines.sample.coefficients import Voice
from pipelines.sample.draws import Floats, Frame, Ints, Rng, chance, next_day, pick, stack
from pipelines.sample.traits import Traits

KINDS = ("nps", "csat", "ces")
NPS, CSAT, CES = range(3)

COMMENTS_BAD = (
    "Parcel came days late and nobody told me.", "Still waiting for an answer to my second e-mail.",
    "Had to explain everything twice.", "The colour was nothing like the picture!",
    "I asked for a refund three weeks ago. Three. Weeks.", "Zu spät, zu teuer, nie wieder.",
)  # fmt: skip
COMMENTS_FAIR = (
    "Fine, nothing special.", "Good goods, slow checkout.", "Okay.", "Würde gern öfter in den Laden gehen.",
    "Delivery was quick but the box was far too big for one jug of milk; please think of the paper.",
)  # fmt: skip
COMMENTS_GOOD = (
    "Lovely packaging, quick delivery.", "Your people on the phone are wonderful!", "Immer wieder gern – schön!",
    "Exactly what I was looking for.", "My mother's favourite shop, now mine too.",
)  # fmt: skip
COMMENTS = COMMENTS_BAD + COMMENTS_FAIR + COMMENTS_GOOD


def ask(rng: Rng, traits: Traits, orders: Frame, tickets: Frame, c: Voice) -> Frame:
    """Return the answers to all surveys, one row each; `score` lies in the range of its kind."""
    nps = np.flatnonzero(chance(rng, c.nps_asked, len(orders["at"])))
    csat = np.flatnonzero(chance(rng, c.csat_asked, len(orders["at"])) & ~orders["is_cancelled"])
    mood, sensitivity = traits.mood, traits.sensitivity
    felt = sensitivity[orders["customer"]] * orders["grievance"]
    now = 0.9 * orders["is_late"] + 1.1 * orders["has_trouble"] + 0.4 * orders["is_returned"]
    person = mood[orders["customer"]]
    effort = 1.4 * tickets["is_slow"] + 1.6 * tickets["is_reopened"] + 2.2 * tickets["is_unsolved"]
    draws = (rng, c)
    answers = [
        _answers(draws, orders["customer"][nps], orders["received"][nps] + 6, NPS,
                 8.6 + person[nps] - 2.4 * felt[nps]),
        _answers(draws, orders["customer"][csat], orders["received"][csat] + 1, CSAT,
                 4.5 + 0.4 * person[csat] - 1.1 * now[csat]),
        _answers(draws, tickets["customer"], tickets["done"] + 0.5, CES,
                 5.9 + 0.5 * mood[tickets["customer"]] - effort),
    ]  # fmt: skip
    return stack(answers)


def _answers(draws: tuple[Rng, Voice], customer: Ints, asked: Floats, kind: int, opinion: Floats) -> Frame:
    """Keep those who answer: the further an opinion lies from lukewarm, the likelier."""
    rng, c = draws
    low, high = ((0, 10), (1, 5), (1, 7))[kind]
    score = np.clip(np.rint(opinion + 0.11 * (high - low) * rng.standard_normal(len(opinion))), low, high)
    share = (score - low) / (high - low)
    answers = chance(rng, c.answers * (0.7 + 2.2 * np.abs(share - 0.72)), len(score))
    score, share = score[answers], share[answers]
    return {
        "customer": customer[answers],
        "at": next_day(rng, asked[answers] + rng.exponential(1.2, len(score))),
        "kind": np.full(len(score), kind),
        "score": score,
        "comment": _comment(rng, share, c),
    }


def _comment(rng: Rng, share: Floats, c: Voice) -> Ints:
    """Return the position of a comment that fits the score, −1 for none."""
    n = len(share)
    bad, fair, good = len(COMMENTS_BAD), len(COMMENTS_FAIR), len(COMMENTS_GOOD)
    low = pick(rng, [1.0] * bad, n)
    middle = bad + pick(rng, [1.0] * fair, n)
    high = bad + fair + pick(rng, [1.0] * good, n)
    fitting = np.where(share < 0.45, low, np.where(share < 0.8, middle, high))
    return np.where(chance(rng, c.commented, n), fitting, -1)
