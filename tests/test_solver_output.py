"""What HiGHS writes past every switch never reaches the reader, and everything else does."""

import subprocess
import sys

SCRIPT = """
import ctypes
import os

from models.solver_output import without_stray_lines

c = ctypes.CDLL(None)
print("before")
with without_stray_lines():
    c.puts(b"HighsMipSolverData::transformNewIntegerFeasibleSolution tmpSolver.run();")
    os.write(1, b"of somebody else\\n")
    print("from Python")
c.puts(b"after")
"""


def test_only_the_lines_of_the_solver_are_dropped():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60)
    assert sorted(done.stdout.split("\n")) == sorted(["before", "of somebody else", "from Python", "after", ""])
    assert done.stderr == ""


def test_without_standard_output_the_solver_still_runs():
    closed = "import os, sys\nos.close(1)\nsys.stdout = None\n"
    solve = "from models.solver_output import without_stray_lines\nwith without_stray_lines():\n    sys.exit(7)\n"
    done = subprocess.run([sys.executable, "-c", closed + solve], capture_output=True, check=False, timeout=60)
    assert done.returncode == 7
