"""How data moves: sources, DuckDB stores, features, model registry, scores and the command line."""
