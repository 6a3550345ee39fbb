"""How the audit trail calls a change of the version in use: shared by who writes it and who reads it."""

PROMOTED, ROLLED_BACK = "model promoted", "model rolled back"
RECORD = "model"
