"""Random arms that nobody can predict and everybody can check: a keyed hash of the customer's id."""

import hmac
from collections.abc import Sequence

import numpy as np

_BYTES = 7  # 56 bits: exact in a double, and no two customers of a shop meet


def draws(customer_ids: Sequence[str], key: str) -> np.ndarray:
    """A number in [0, 1) per customer, evenly spread, that depends on the id and the key alone.

    HMAC-SHA256 (RFC 2104): without the key it cannot be told from chance, so nobody can choose who is held out.
    """
    secret = key.encode()
    digests = (hmac.digest(secret, customer.encode(), "sha256")[:_BYTES] for customer in customer_ids)
    numbers = np.fromiter((int.from_bytes(digest, "big") for digest in digests), dtype=float, count=len(customer_ids))
    return numbers / 256**_BYTES


def is_control(customer_ids: Sequence[str], key: str, control_share: float) -> np.ndarray:
    """Who is held out: each customer with probability `control_share`, whatever the others and their order.

    The same ids and key give the same arms; a larger share keeps everybody in control who was there already.
    """
    return draws(customer_ids, key) < control_share


def control_group(customer_ids: Sequence[str], key: str, control_share: float) -> np.ndarray:
    """`is_control` with nobody missing: at least one customer on either side, as far as there are two.

    A small audience may draw one arm empty; then the customer with the lowest (highest) number changes sides. A share
    of 0 holds out nobody.
    """
    numbers = draws(customer_ids, key)
    held = numbers < control_share
    if control_share > 0 and len(numbers) > 1:
        if not held.any():
            held[np.argmin(numbers)] = True
        elif held.all():
            held[np.argmax(numbers)] = False
    return held
