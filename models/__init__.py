"""What we believe: pure functions from frames to frames or frozen dataclasses. No database, no file, no Streamlit."""
