"""How fast a plan is made, how much memory it takes, and how far from the best it could at most be.

    python -m benchmarks.plan --size 10000

Customers, actions and limits are made up; several limits bind. Each size runs in a process of its own, so that the peak
of memory is its own.
"""

import resource
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.accuracy import PAGE
from benchmarks.page import machine, write_section
from models.plan import Limits, PlanAction, dense_offers, make_plan
from models.plan_reasons import displaced, left_alone

STEPS = ("arrays", "plan", "with gains", "lists")
SIZES = [10_000, 100_000, 1_000_000]
CHANNELS = ("email", "phone", "post", "sms")
ACTIONS = tuple(
    PlanAction(f"action_{place}", CHANNELS[place % 4], (0.1, 4, 1.2, 0.3)[place % 4], (0, 12, 1, 0)[place % 4])
    for place in range(16)
)


@dataclass(frozen=True)
class PlanRun:
    """Seconds of STEPS for one size, the highest use of memory, and what the plan says of itself."""

    customers: int
    offers: int
    seconds: tuple[float, ...]
    gibibytes: float
    contacts: int
    gap: float


def money(customers: int, seed: int = 0, missing: float = 0.3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expected net and cost per customer × ACTIONS, and churn risks; a share of the nets is out of the question."""
    rng = np.random.default_rng(seed)
    risk, value = rng.beta(1.2, 2, customers), rng.lognormal(4.5, 1, customers)
    accepted = risk[:, None] * rng.uniform(0.05, 0.4, 16) * rng.lognormal(0, 0.4, (customers, 16))
    incentive = np.where(rng.random(16) < 0.5, rng.uniform(3, 15, 16), 0.0)
    cost = np.array([action.contact_cost for action in ACTIONS])
    cost = cost + (accepted + (1 - risk[:, None]) * 0.4) * incentive
    net = accepted * value[:, None] - cost
    net[rng.random(net.shape) < missing] = np.nan
    return net, cost, risk


def tight(customers: int) -> Limits:
    """Limits of which several bind on `money`."""
    return Limits(0.5 * customers, 0.004 * customers, {"email": customers // 5, "sms": customers // 20})


def measure(customers: int) -> PlanRun:
    """Make a plan for made-up customers, once as a slider asks for it and once with everything there is to know."""
    net, cost, risk = money(customers)
    limits, clock = tight(customers), [time.perf_counter()]
    offers = dense_offers(ACTIONS, net, cost, churn_risk=risk)
    clock.append(time.perf_counter())
    make_plan(offers, limits, with_gains=False)
    clock.append(time.perf_counter())
    plan = make_plan(offers, limits)
    clock.append(time.perf_counter())
    displaced(plan), left_alone(plan)
    clock.append(time.perf_counter())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return PlanRun(customers, len(offers.rows), tuple(np.diff(clock).tolist()), peak, plan.contacts, plan.gap)


def apart(customers: int) -> PlanRun:
    """`measure` in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, customers).result()


def section(runs: Sequence[PlanRun]) -> str:
    """The section on the plan as Markdown."""
    lines = [
        "## Plan",
        "",
        "At most one of sixteen actions per customer under a budget, agent hours and two channel caps",
        "(`make bench-speed`; [what the numbers mean](plan.md)). Seconds: to bring arrays into order (once per",
        "publication); to plan, as a slider asks for it; to plan with what more of each limit would earn; for the",
        "lists of displaced and left-alone customers. The gap is by how much a better plan could at most be better.",
        "Memory is the highest use of the whole process with its made-up customers.",
        "",
        f"| customers | offers | {' | '.join(f'{step} s' for step in STEPS)} | GiB | contacted | gap |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {run.customers:,} | {run.offers:,} | {' | '.join(f'{taken:.2f}' for taken in run.seconds)} "
        f"| {run.gibibytes:.1f} | {run.contacts:,} | {run.gap:.4%} |"
        for run in runs
    ]
    return "\n".join([*lines, "", f"{machine()}."])


def main(
    size: Annotated[list[int] | None, typer.Option(help="Customers; may be given again.")] = None,
    page: Annotated[Path, typer.Option(help="Page to write the section to.")] = PAGE,
) -> None:
    """Measure, show the section, and write it to the page."""
    told = section([apart(customers) for customers in size or SIZES])
    typer.echo(told)
    write_section(page, "plan", told)


if __name__ == "__main__":
    typer.run(main)
