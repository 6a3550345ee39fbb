"""The interval of a share."""

import math


def wilson(share: float, n: float) -> tuple[float, float]:
    """95 % interval of a share seen in n cases (Wilson 1927); 0 to 1 where nothing was seen."""
    if n <= 0:
        return 0.0, 1.0
    z = 1.959964
    middle, width = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max((middle - width) / (1 + z * z / n), 0.0), min((middle + width) / (1 + z * z / n), 1.0)
