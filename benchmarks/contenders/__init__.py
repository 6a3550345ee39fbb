"""Other ways to the same features: each module has `run(job)`, and is held to the pipeline's own values."""
