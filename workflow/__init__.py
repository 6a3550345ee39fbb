"""What people decide: worklist, campaigns, outcomes, settings history. Nothing here can be computed again."""
