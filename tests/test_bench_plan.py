"""The benchmark of the plan: its table says what was measured, and the small size keeps its word."""

from benchmarks.plan import STEPS, measure, section


def test_the_table_says_what_was_measured():
    run = measure(2_000)
    (line,) = [line for line in section([run]).splitlines() if line.startswith("| 2,000 |")]
    cells = line.strip("| ").split(" | ")
    assert cells[-1] == f"{run.gap:.4%}"
    assert cells[-2] == f"{run.contacts:,}"
    assert float(cells[3]) == round(run.seconds[STEPS.index("plan")], 2)


def test_ten_thousand_customers_are_planned_while_a_slider_moves():
    run = measure(10_000)
    assert run.seconds[STEPS.index("plan")] < 1.0
    assert run.gap <= 0.005
