"""Benchmarks that anyone can run: the real pipeline on public data, beside figures of other models."""
