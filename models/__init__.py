"""What we believe: pure functions from frames to frames or frozen dataclasses. No database, no file, no Streamlit."""

import os

# OpenMP threads that wait actively steal the cores of whatever else runs: on a busy two-core machine training then
# takes seventeen times the CPU time. Asleep they cost nothing measurable on an idle one. Read once, when XGBoost loads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
