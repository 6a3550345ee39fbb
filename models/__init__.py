"""What we believe: pure functions from frames to frames or frozen dataclasses. No database, no file, no Streamlit."""

import os

# OpenMP threads that wait actively steal the cores of whatever else runs: on a busy two-core machine training then takes
# eight times as long. Sleeping while they wait costs nothing measurable on an idle one. Read once, when XGBoost loads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import os

# Threads of XGBoost and scikit-learn wait asleep: spinning costs 17 times the CPU time where another program is busy.
# The library reads this once, when it is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
